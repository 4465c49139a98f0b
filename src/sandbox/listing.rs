//! Listings: who is on which page of what, without walking through everybody for each page.
//!
//! Never: decides who may be seen (`people`), or what somebody looks like (`resource`).

use std::sync::Arc;

use serde_json::Value;

use super::call::Reading;
use super::errors::ScimError;
use super::filter::{self, Filter};
use super::groups::{Group, Maker};
use super::knobs::{
    CountAboveMax, Deactivated, FilterMatch, HandMadeGroups, InviteVisibility, ItemsPerPage, ListOrder, Totals,
};
use super::resource;
use super::team::{Person, Team};

/// `filter.maxResults` of the ServiceProviderConfig.
const COUNT_MAX: usize = 100;

/// The places of everybody a listing shows, in the order it shows them, kept until something changes.
#[derive(Clone, Default)]
pub(super) struct Roll {
    made_for: Option<(u64, InviteVisibility, Deactivated, ListOrder)>,
    places: Arc<Vec<usize>>,
}

/// What part of a listing is wanted.
struct Page {
    /// From 1.
    start_index: usize,
    count: usize,
    asked: usize,
}

impl Page {
    fn of<T>(&self, all: impl Iterator<Item = T>) -> impl Iterator<Item = T> {
        all.skip(self.start_index - 1).take(self.count)
    }

    fn list(&self, team: &Team, total: usize, resources: &[Value]) -> Value {
        let items_per_page = match team.knobs.items_per_page {
            ItemsPerPage::Returned => resources.len(),
            ItemsPerPage::Asked => self.asked,
        };
        resource::list(total, self.start_index, items_per_page, resources)
    }
}

/// `GET /Users`.
pub(super) fn users(team: &mut Team, reading: &Reading) -> Result<Value, ScimError> {
    let filter = asked_filter(team, reading)?;
    if matches!(filter, Some(Filter::DisplayName(_))) {
        return Err(ScimError::Filter);
    }
    let page = page(team, reading)?;
    let filter = filter.filter(|_| team.knobs.filter_match != FilterMatch::Ignored);
    let matching = match &filter {
        None => team.roll(),
        Some(Filter::UserName(name)) => Arc::new(team.named(name)),
        Some(Filter::Active { wanted }) => {
            let roll = team.roll();
            let shown = |at: &usize| team.shown_active(&team.people[*at]) == Some(*wanted);
            Arc::new(roll.iter().copied().filter(shown).collect())
        }
        Some(Filter::DisplayName(_)) => Arc::default(),
    };
    let total = match team.knobs.totals {
        Totals::Exact => matching.len(),
        Totals::Unfiltered => team.roll().len(),
    };
    let resources: Vec<Value> = page.of(matching.iter()).map(|at| resource::user(team, &team.people[*at])).collect();
    Ok(page.list(team, total, &resources))
}

/// `GET /Groups`.
pub(super) fn groups(team: &Team, reading: &Reading) -> Result<Value, ScimError> {
    let filter = asked_filter(team, reading)?;
    let page = page(team, reading)?;
    let is_named = |group: &&Group| match (&filter, team.knobs.filter_match) {
        (None, _) | (_, FilterMatch::Ignored) => true,
        (Some(Filter::DisplayName(name)), FilterMatch::Exact) => group.name == *name,
        (Some(Filter::DisplayName(name)), FilterMatch::IgnoringCase) => group.name.eq_ignore_ascii_case(name),
        _ => false,
    };
    if matches!(filter, Some(Filter::UserName(_) | Filter::Active { .. })) {
        return Err(ScimError::Filter);
    }
    let hides_hand_made = team.knobs.hand_made_groups == HandMadeGroups::Unlisted;
    let listed: Vec<&Group> =
        team.groups.all().filter(|group| !(hides_hand_made && group.maker == Maker::Hand)).collect();
    let matching: Vec<&Group> = listed.iter().copied().filter(is_named).collect();
    let total = match team.knobs.totals {
        Totals::Exact => matching.len(),
        Totals::Unfiltered => listed.len(),
    };
    let resources: Vec<Value> = page.of(matching.iter()).map(|group| resource::group(team, group)).collect();
    Ok(page.list(team, total, &resources))
}

fn asked_filter(team: &Team, reading: &Reading) -> Result<Option<Filter>, ScimError> {
    let parsed = reading.parameter("filter").map(|text| filter::parse(text, team.knobs.filter_syntax));
    parsed.map(|filter| filter.ok_or(ScimError::Filter)).transpose()
}

/// `startIndex` (below 1 means 1) and `count` (below 0 means 0), RFC 7644 §3.4.2.4.
fn page(team: &Team, reading: &Reading) -> Result<Page, ScimError> {
    let number = |name: &str, default: i64| match reading.parameter(name) {
        None => Ok(default),
        Some(text) => text.parse::<i64>().map_err(|_| ScimError::Syntax),
    };
    let start_index = usize::try_from(number("startIndex", 1)?.max(1)).unwrap_or(usize::MAX);
    let asked = usize::try_from(number("count", 100)?.max(0)).unwrap_or(usize::MAX);
    let count = match team.knobs.count_above_max {
        CountAboveMax::Cap => asked.min(COUNT_MAX),
        CountAboveMax::Honour => asked,
    };
    Ok(Page { start_index, count, asked })
}

impl Team {
    /// The places of everybody a listing shows, in its order.
    fn roll(&mut self) -> Arc<Vec<usize>> {
        let knobs = &self.knobs;
        let made_for = Some((self.past.revision, knobs.invite_visibility, knobs.deactivated, knobs.list_order));
        // Somebody comes into sight without a change.
        let lags = self.moment.seq < self.lags_until;
        if lags || self.roll.made_for != made_for {
            let mut places: Vec<usize> =
                (0..self.people.len()).filter(|at| self.is_listed(&self.people[*at])).collect();
            if knobs.list_order == ListOrder::NewestFirst {
                places.reverse();
            }
            self.roll = Roll { made_for: made_for.filter(|_| !lags), places: Arc::new(places) };
        }
        self.roll.places.clone()
    }

    /// Whom a filter by userName finds.
    fn named(&self, name: &str) -> Vec<usize> {
        let candidates = self.by_key.get(&name.to_ascii_lowercase()).into_iter().flatten().copied();
        let exact = self.knobs.filter_match == FilterMatch::Exact;
        let is_found = |person: &Person| self.is_listed(person) && (!exact || person.user_name == name);
        let mut found: Vec<usize> = candidates.filter(|at| is_found(&self.people[*at])).collect();
        found.sort_unstable();
        found
    }
}

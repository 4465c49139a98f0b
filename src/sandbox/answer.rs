//! The service itself: one call in, status, headers and body out, and a word on what it did to the team.
//!
//! Never: knows of doors or faults.

use serde_json::Value;

use crate::http::Response;

use super::body;
use super::call::{Reading, Route};
use super::errors::{self, ScimError, json_response};
use super::filter::{self, Filter};
use super::knobs::{CountAboveMax, DiscoveryAuth, FilterMatch, PlanChecked, ScimOff, Totals, Unrouted};
use super::limits::Bucket;
use super::people::Done;
use super::resource;
use super::team::{Existence, KeyState, Person, Plan, Scim, Team};

/// `filter.maxResults` of the ServiceProviderConfig.
const COUNT_MAX: usize = 100;

/// An answer, and what the call did.
pub(super) struct Answer {
    pub response: Response,
    pub done: Vec<Done>,
    /// Whom it was about, where that became known only now.
    pub scim_id: Option<String>,
}

impl From<Response> for Answer {
    fn from(response: Response) -> Self {
        Self { response, done: Vec::new(), scim_id: None }
    }
}

/// Serves one call.
pub(super) fn answer(team: &mut Team, reading: &Reading) -> Answer {
    if reading.route == Route::Nowhere && team.knobs.unrouted == Unrouted::BeforeAuth {
        return errors::unrouted().into();
    }
    let apostrophes = team.knobs.apostrophes;
    if let Err(response) = admit(team, reading) {
        return response.into();
    }
    operate(team, reading).unwrap_or_else(|error| error.response(apostrophes).into())
}

/// Everything that is asked before the request itself is looked at: key, limit, the key's admin, team, plan.
fn admit(team: &mut Team, reading: &Reading) -> Result<(), Response> {
    let apostrophes = team.knobs.apostrophes;
    let discovery = matches!(reading.route, Route::ServiceProviderConfig | Route::ResourceTypes);
    let key = key_state(team, reading.call.authorization.as_deref());
    if discovery && team.knobs.discovery_auth == DiscoveryAuth::Public {
        return Ok(());
    }
    let Some(key) = key else {
        return Err(match reading.route {
            Route::ResourceTypes => errors::gateway_unauthorized(team.knobs.resource_types_401),
            _ => ScimError::Unauthorized.response(apostrophes),
        });
    };
    count(team, reading)?;
    standing(team, reading, key, discovery).map_err(|error| error.response(apostrophes))
}

/// The state of a key that is let in at all: `Bearer` with any capitals, or the raw key.
fn key_state(team: &Team, authorization: Option<&str>) -> Option<KeyState> {
    let text = authorization?.trim();
    let key = match text.split_once(char::is_whitespace) {
        Some((scheme, key)) if scheme.eq_ignore_ascii_case("bearer") => key.trim_start(),
        _ => text,
    };
    team.keys.get(key).copied().filter(|state| *state != KeyState::Revoked)
}

fn count(team: &mut Team, reading: &Reading) -> Result<(), Response> {
    let Some(limits) = team.limits else { return Ok(()) };
    let bucket = if reading.is_read() { Bucket::Reads } else { Bucket::Writes };
    let now_s = team.moment.now_s;
    team.meter.count(limits, bucket, now_s).map_err(|exceeded| {
        let knobs = &team.knobs;
        errors::too_many(exceeded.limit, knobs.apostrophes, &knobs.retry_header, now_s, exceeded.wait_s)
    })
}

fn standing(team: &Team, reading: &Reading, key: KeyState, discovery: bool) -> Result<(), ScimError> {
    if team.plan != Plan::Enterprise && team.knobs.plan_checked == PlanChecked::Everywhere {
        return Err(ScimError::Plan);
    }
    if discovery {
        return Ok(());
    }
    if key == KeyState::Orphaned {
        return Err(ScimError::AdminGone);
    }
    match (team.existence, &reading.route) {
        (Existence::Deleted, Route::PatchUser(_)) => return Err(ScimError::TeamGoneOnPatch),
        (Existence::Deleted, _) => return Err(ScimError::TeamGone),
        (Existence::Exists, _) => {}
    }
    match (team.scim, team.knobs.scim_off) {
        (Scim::On, _) => Ok(()),
        (Scim::Off, ScimOff::Unauthorized) => Err(ScimError::Unauthorized),
        (Scim::Off, ScimOff::Forbidden) => Err(ScimError::ActionForbidden),
    }
}

fn operate(team: &mut Team, reading: &Reading) -> Result<Answer, ScimError> {
    let json = reading.json.as_ref();
    match &reading.route {
        Route::Users => Ok(json_response(200, &list_users(team, reading)?).into()),
        Route::NewUser => {
            let (at, done) = team.create(&body::new_user(json)?)?;
            let person = &team.people[at];
            let response = json_response(201, &resource::created_user(team, person));
            Ok(Answer { response, done: vec![done], scim_id: Some(person.id.clone()) })
        }
        Route::User(id) => Ok(shown(team, team.seen_by_id(id)?).into()),
        Route::PutUser(id) => {
            let at = team.writable_by_id(id)?;
            let update = body::put(json, team.knobs.put, team.knobs.patch)?;
            let done = team.update(at, &update)?;
            Ok(Answer { response: shown(team, at), done, scim_id: None })
        }
        Route::PatchUser(id) => {
            let at = team.writable_by_id(id)?;
            let done = team.update(at, &body::patch(json, team.knobs.patch)?)?;
            Ok(Answer { response: shown(team, at), done, scim_id: None })
        }
        Route::Groups => Ok(json_response(200, &list_groups(team, reading)?).into()),
        Route::Group => Err(ScimError::GroupNotFound),
        Route::ServiceProviderConfig => Ok(json_response(200, &resource::service_provider_config()).into()),
        Route::ResourceTypes => Ok(json_response(200, &resource::resource_types()).into()),
        Route::Nowhere => Ok(errors::unrouted().into()),
    }
}

fn shown(team: &Team, at: usize) -> Response {
    json_response(200, &resource::user(team, &team.people[at]))
}

fn list_users(team: &Team, reading: &Reading) -> Result<Value, ScimError> {
    let filter = match reading.parameter("filter") {
        None => None,
        Some(text) => Some(filter::parse(text, team.knobs.filter_syntax).ok_or(ScimError::Filter)?),
    };
    if matches!(filter, Some(Filter::DisplayName(_))) {
        return Err(ScimError::Filter);
    }
    let (start_index, count) = page(team, reading)?;
    let (mut matching, mut everybody, mut resources) = (0, 0, Vec::new());
    for person in team.listed() {
        everybody += 1;
        if filter.as_ref().is_some_and(|filter| !matches_filter(team, person, filter)) {
            continue;
        }
        matching += 1;
        if matching >= start_index && resources.len() < count {
            resources.push(resource::user(team, person));
        }
    }
    let total = match team.knobs.totals {
        Totals::Exact => matching,
        Totals::Unfiltered => everybody,
    };
    Ok(resource::list(total, start_index, &resources))
}

fn matches_filter(team: &Team, person: &Person, filter: &Filter) -> bool {
    match (filter, team.knobs.filter_match) {
        (_, FilterMatch::Ignored) => true,
        (Filter::Active { wanted }, _) => team.shown_active(person) == Some(*wanted),
        (Filter::UserName(name), FilterMatch::Exact) => person.user_name == *name,
        (Filter::UserName(name), FilterMatch::IgnoringCase) => person.user_name.eq_ignore_ascii_case(name),
        (Filter::DisplayName(_), _) => false,
    }
}

/// A team without groups yet.
fn list_groups(team: &Team, reading: &Reading) -> Result<Value, ScimError> {
    let parsed = reading.parameter("filter").map(|text| filter::parse(text, team.knobs.filter_syntax));
    match parsed {
        None | Some(Some(Filter::DisplayName(_))) => Ok(resource::list(0, page(team, reading)?.0, &[])),
        Some(_) => Err(ScimError::Filter),
    }
}

/// `startIndex` (below 1 means 1) and `count` (below 0 means 0), RFC 7644 §3.4.2.4.
fn page(team: &Team, reading: &Reading) -> Result<(usize, usize), ScimError> {
    let number = |name: &str, default: i64| match reading.parameter(name) {
        None => Ok(default),
        Some(text) => text.parse::<i64>().map_err(|_| ScimError::Syntax),
    };
    let start_index = usize::try_from(number("startIndex", 1)?.max(1)).unwrap_or(usize::MAX);
    let count = usize::try_from(number("count", 100)?.max(0)).unwrap_or(usize::MAX);
    Ok(match team.knobs.count_above_max {
        CountAboveMax::Cap => (start_index, count.min(COUNT_MAX)),
        CountAboveMax::Honour => (start_index, count),
    })
}

/// The resource as it is, for a service that says yes and changes nothing.
pub(super) fn as_it_is(team: &Team, scim_id: &str) -> Option<Response> {
    team.seen_by_id(scim_id).ok().map(|at| shown(team, at))
}

//! Steps 1 to 5 of a cycle: fetch, settle, refresh, map, plan. A dry run is this and no more: it has no writer
//! and stores nothing, and its plan has the id the real cycle's would have.
//!
//! Never: writes, to Postman or to the store.

use std::collections::{BTreeMap, BTreeSet};

use crate::clock::Clock;
use crate::config::Config;
use crate::core::evidence::{Evidence, Presence};
use crate::core::groups::Mode;
use crate::core::guard::{Ledger, Verdict, approve};
use crate::core::mapping::Mapping;
use crate::core::model::{Account, DirectoryUser, SourceId, UserName};
use crate::core::pattern::first_match;
use crate::core::plan::{Change, Inputs, digest_hex, plan};
use crate::core::reading::{Reading, SourceReading};
use crate::core::snapshot::{Fact, Snapshot};
use crate::core::time::Moment;
use crate::http::Transport;
use crate::lifeline::Lifeline;
use crate::postman::Reader;
use crate::source::{Fold, Source};
use crate::store::{Store, StoreError};

use super::fold::{Folding, Listing};
use super::look_up::look_up;
use super::outcome::{Proposal, SourceSummary, Stop};
use super::pin;
use super::refresh::{Listed, LookError, refresh};
use super::settle::{settle, without_others_accounts};
use super::team_groups::{self, ListedGroups};
use super::{high_water, identity, nesting};

/// What a cycle works with, besides the store and the team.
pub struct Context<'a> {
    pub config: &'a Config,
    pub mapping: &'a Mapping,
    pub sources: &'a [Box<dyn Source>],
    pub clock: Clock,
    pub lifeline: &'a Lifeline,
}

/// When the team is listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refresh {
    /// In the first cycle, every `schedule.refresh_every`, and after something unexpected.
    WhenDue,
    Now,
}

/// What was read and decided, and nothing stored.
pub struct Observed {
    pub proposal: Proposal,
    pub verdict: Verdict,
    /// From settling, and memberships that the listing of the team's groups showed; stored by a real cycle.
    pub settled: Vec<Fact>,
    /// How many doubts were settled.
    pub doubts_settled: u64,
    pub listed: Option<Listed>,
    /// Whether the listing was due, and not only made because of somebody new.
    pub listing: Listing,
    /// What a real cycle remembers of the listing of groups; none where there was none.
    pub groups_unread: Option<bool>,
    pub reading: Reading,
    pub snapshot: Snapshot,
    pub now: Moment,
}

impl Observed {
    /// Sources that were read to their end and understood.
    pub(super) fn good_readings(&self) -> impl Iterator<Item = (&SourceReading, &Evidence)> {
        let refusals = &self.proposal.plan.refusals;
        let is_refused = |source: &str| refusals.iter().any(|refusal| refusal.source() == source);
        let good = self.reading.sources.iter().filter(move |reading| !is_refused(&reading.source));
        good.filter_map(|reading| Some((reading, reading.evidence.as_ref().ok()?)))
    }
}

/// Why a cycle ends before it has a plan.
#[derive(Debug, thiserror::Error)]
pub enum ObserveError {
    /// The team could not be read, or is another one. What the sources said before that still ends the wait of whoever was absent and
    /// is there again: a real cycle stores it.
    #[error("{}", .stop.reason)]
    Team { stop: Stop, seen_again: Vec<Fact> },
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Reads everything and plans.
pub async fn observe<T: Transport>(
    context: &Context<'_>,
    store: &Store,
    reader: &Reader<T>,
    when: Refresh,
) -> Result<Observed, ObserveError> {
    let now = context.clock.now();
    let listing = if is_due(context, store, when, now)? { Listing::Planned } else { Listing::NotPlanned };
    let names: Vec<String> = context.sources.iter().map(|source| source.name().to_owned()).collect();
    let (index, last) = (store.index(&names)?, store.understood()?);
    let folding = Folding::new(context.mapping, &context.config.scope, listing, index, last);
    let mut folding = folding.joining(&names, store)?;
    let groups = &context.config.policy.groups;
    if groups.mode != Mode::Off {
        folding = folding.grouping(&groups.rules, store)?;
    }
    let (pinned, come, followed) = (store.identities()?, store.high_water()?, store.followed()?);
    for source in context.sources {
        let evidence = source.read(&mut Beating { folding: &mut folding, lifeline: context.lifeline }).await;
        let settings = &context.config.sources;
        let evidence = evidence.and_then(|evidence| identity::expected(settings, &pinned, &**source, evidence));
        let evidence = evidence.and_then(|evidence| high_water::expected(settings, &come, &**source, evidence));
        let evidence = evidence.and_then(|evidence| nesting::expected(&followed, &**source, evidence));
        folding.end_source(source.name(), evidence);
    }
    let doubted = doubted_snapshot(store)?;
    let (mut settled, listed) = match look(context, store, reader, listing, &folding, &doubted, now).await {
        Ok(looked) => looked,
        Err(LookError::Team(stop)) => {
            return Err(ObserveError::Team { stop, seen_again: folding.seen_again(store)? });
        }
        Err(LookError::Store(error)) => return Err(error.into()),
    };
    let touched = touched(store, &doubted, &settled, listed.as_ref())?;
    let seen_again = if groups.mode == Mode::Off { Vec::new() } else { folding.seen_again(store)? };
    let mut reading = folding.finish(store, &touched)?;
    team_groups::overlay(&team_groups::settled_moves(store, &settled)?, &mut reading.groups);
    let groups = match look_at_groups(context, store, reader, listing, &reading, &settled, now).await {
        Ok(groups) => groups,
        Err(LookError::Team(stop)) => return Err(ObserveError::Team { stop, seen_again }),
        Err(LookError::Store(error)) => return Err(error.into()),
    };
    team_groups::overlay(&groups.moved, &mut reading.groups);
    settled.extend(groups.facts());
    let snapshot = assemble(store, &reading, &touched, &settled)?;
    let probes = look_up(context, &reading, &snapshot).await;
    decide(context, store, Facts { listed, groups, listing, settled, reading, snapshot, probes, now })
}

/// What the team's groups show, when they are listed.
async fn look_at_groups<T: Transport>(
    context: &Context<'_>,
    store: &Store,
    reader: &Reader<T>,
    listing: Listing,
    reading: &Reading,
    settled: &[Fact],
    now: Moment,
) -> Result<ListedGroups, LookError> {
    let mode = context.config.policy.groups.mode;
    if mode == Mode::Off {
        return Ok(ListedGroups::default());
    }
    let (holds, doubts, groups) = (store.holds()?, store.doubts()?, store.groups()?);
    let mut snapshot = Snapshot { known: BTreeMap::new(), holds, doubts, groups };
    snapshot.absorb(settled);
    let is_due = team_groups::is_due(mode, listing, &reading.groups, &snapshot, now);
    if !is_due && !store.groups_unread()? {
        return Ok(ListedGroups::default());
    }
    team_groups::list_groups(reader, store, mode, &snapshot, settled).await
}

/// Every entry is a sign of life.
struct Beating<'f, 'a> {
    folding: &'f mut Folding<'a>,
    lifeline: &'f Lifeline,
}

impl Fold for Beating<'_, '_> {
    fn person(&mut self, user: DirectoryUser) {
        self.lifeline.beat();
        self.folding.person(user);
    }
}

/// What the team shows: what became of each doubt, and everybody, when the listing is due or somebody is new.
async fn look<T: Transport>(
    context: &Context<'_>,
    store: &Store,
    reader: &Reader<T>,
    listing: Listing,
    folding: &Folding<'_>,
    doubted: &Snapshot,
    now: Moment,
) -> Result<(Vec<Fact>, Option<Listed>), LookError> {
    let settled = settle(reader, doubted, context.config.settle_wait_s, now).await?;
    let settled = without_others_accounts(settled, store)?;
    let protected = &context.config.policy.protected;
    // Somebody may have joined by hand at that address since the last listing: look before it is asked for.
    let wants_addresses = folding.wants_addresses(store, |id, user_name| {
        let held = doubted.holds.get(id).is_some_and(|hold| hold.holds_at(now));
        !held && first_match(protected, user_name).is_none()
    })?;
    let listed = if listing == Listing::Planned || wants_addresses {
        let mut listed = refresh(reader, store, protected, &settled).await?;
        folding.without_dropped(&mut listed.team.unmanaged);
        Some(listed)
    } else {
        None
    };
    // What another team showed must not be believed of this one.
    pin::check(context.config, store, reader, listed.as_ref()).await?;
    Ok((settled, listed))
}

/// Everything read, before anything is decided.
struct Facts {
    listed: Option<Listed>,
    groups: ListedGroups,
    listing: Listing,
    settled: Vec<Fact>,
    reading: Reading,
    snapshot: Snapshot,
    probes: BTreeMap<SourceId, Presence>,
    now: Moment,
}

fn decide(context: &Context<'_>, store: &Store, facts: Facts) -> Result<Observed, ObserveError> {
    let policy = &context.config.policy;
    let team = facts.listed.as_ref().map(|listed| &listed.team);
    let managed_active = store.managed_active()?;
    let team_active = store.others_active()?.map(|others| others + managed_active);
    let mut plan = plan(&Inputs {
        policy,
        reading: &facts.reading,
        snapshot: &facts.snapshot,
        managed_active,
        managed_by_source: &store.managed_by_source()?,
        team,
        team_active: team.map(|team| team.active).or(team_active),
        team_groups: facts.groups.groups.as_deref(),
        memberships: store.memberships()?,
        probes: &facts.probes,
        context: &plan_context(context, store)?,
        now: facts.now,
    });
    let groups_unread = (facts.groups.is_unread || facts.groups.groups.is_some()).then_some(facts.groups.is_unread);
    plan.notes.extend(facts.groups.notes);
    // A stored plan can be as large as the team, so a quiet cycle leaves it alone.
    if let Some(last) = if plan.is_empty() { None } else { store.last_plan()? } {
        plan.compare(&last);
    }
    let ledger = ledger(context, store, facts.now)?;
    let verdict = approve(&plan, policy, &ledger);
    let requests: u64 = plan.changes.iter().map(|planned| u64::from(planned.change.requests())).sum();
    let writes = plan.changes.len() as u64;
    let per_min = u64::from(context.config.postman.writes_per_min);
    let proposal = Proposal {
        plan_id: plan.id(),
        held: verdict.held.clone(),
        budget: verdict.budget,
        approved: plan.keys().iter().filter(|key| ledger.approved.contains(key)).count() as u64,
        sources: facts.reading.sources.iter().map(|reading| summary(context, reading)).collect(),
        listed_team: facts.listed.is_some(),
        requests,
        minutes: writes.div_ceil(per_min.max(1)),
        is_first: !ledger.first_sync_done,
        plan,
    };
    let doubts_settled = facts.settled.iter().filter(|fact| matches!(fact, Fact::Settled { .. })).count() as u64;
    let Facts { listed, listing, settled, reading, snapshot, now, .. } = facts;
    Ok(Observed { proposal, verdict, settled, doubts_settled, listed, listing, groups_unread, reading, snapshot, now })
}

/// What the guard remembers.
pub fn ledger(context: &Context<'_>, store: &Store, now: Moment) -> Result<Ledger, StoreError> {
    let charges = store.charges(now)?;
    let same_settings = store.approved_under()?.as_deref() == Some(context.config.fingerprint.as_str());
    let approved = if same_settings { store.approved_keys(now)? } else { BTreeSet::new() };
    let first_sync_done = store.first_sync_done()?;
    Ok(Ledger { people: charges.people, memberships: charges.memberships, approved, first_sync_done })
}

fn is_due(context: &Context<'_>, store: &Store, when: Refresh, now: Moment) -> Result<bool, StoreError> {
    let due = match store.refreshed()? {
        _ if when == Refresh::Now => true,
        None => true,
        // What a listing showed is not kept, so a first plan that waits for approval lists again.
        Some(_) if !store.first_sync_done()? => true,
        // Noted by a clock that was ahead, the last listing would be the last for years.
        Some(last) if now.is_behind(last) => true,
        Some(last) => now.since(last) >= context.config.refresh_every_s || store.refresh_wanted()?,
    };
    Ok(due)
}

/// The rows that settling needs: everybody in doubt, and whoever has an account at a doubted address.
fn doubted_snapshot(store: &Store) -> Result<Snapshot, StoreError> {
    let doubts = store.doubts()?;
    let mut ids: Vec<SourceId> = doubts.values().map(|doubt| doubt.change.id().clone()).collect();
    for doubt in doubts.values() {
        if let Change::Group(change) = &doubt.change {
            ids.extend(change.people().iter().map(|person| person.id.clone()));
        }
    }
    let names: Vec<UserName> = doubts.values().filter_map(|doubt| doubt.change.user_name().cloned()).collect();
    let rows = store.known_by_ids(&ids)?.into_iter().chain(store.known_by_user_names(&names)?);
    let known = rows.map(|known| (known.id.clone(), known)).collect();
    Ok(Snapshot { known, holds: store.holds()?, doubts, groups: store.groups()? })
}

/// People who have to be in the reading whatever the directory says of them.
fn touched(
    store: &Store,
    doubted: &Snapshot,
    settled: &[Fact],
    listed: Option<&Listed>,
) -> Result<BTreeSet<SourceId>, StoreError> {
    let mut touched: BTreeSet<SourceId> = doubted.doubts.values().map(|doubt| doubt.change.id().clone()).collect();
    touched.extend(settled.iter().filter_map(|fact| match fact {
        Fact::Known(known) => Some(known.id.clone()),
        _ => None,
    }));
    if let Some(listed) = listed {
        let drifted: Vec<_> = listed.team.drifted.iter().map(|member| member.scim_id.clone()).collect();
        touched.extend(store.known_by_scim_ids(&drifted)?.into_iter().map(|known| known.id));
        touched.extend(listed.team.missing.iter().cloned());
    }
    Ok(touched)
}

/// Loads the rows a plan depends on and takes on what was settled.
fn assemble(
    store: &Store,
    reading: &Reading,
    touched: &BTreeSet<SourceId>,
    settled: &[Fact],
) -> Result<Snapshot, StoreError> {
    let accounts: Vec<&Account> = reading.people.iter().filter_map(|user| user.account.as_ref().ok()).collect();
    let names: Vec<UserName> = accounts.into_iter().map(|account| account.user_name.clone()).collect();
    let mut ids: Vec<SourceId> = reading.people.iter().map(|user| user.id.clone()).collect();
    ids.extend(reading.absent.iter().cloned());
    ids.extend(reading.rebinds.values().cloned());
    ids.extend(touched.iter().cloned());
    ids.extend(reading.groups.people().cloned());
    let rows = store.known_by_ids(&ids)?.into_iter().chain(store.known_by_user_names(&names)?);
    let known = rows.map(|known| (known.id.clone(), known)).collect();
    let mut snapshot = Snapshot { known, holds: store.holds()?, doubts: store.doubts()?, groups: store.groups()? };
    snapshot.absorb(settled);
    Ok(snapshot)
}

/// The team's pin and the configuration: what a plan id stands for besides its changes.
fn plan_context(context: &Context<'_>, store: &Store) -> Result<String, StoreError> {
    let base_url = context.config.postman.base_url.as_str();
    let pin = store.pin()?;
    let mut parts = vec![base_url.as_bytes(), context.config.fingerprint.as_bytes()];
    let members = pin.map(|pin| pin.members).unwrap_or_default();
    parts.extend(members.iter().map(|(_, scim_id)| scim_id.0.as_bytes()));
    Ok(digest_hex(parts))
}

fn summary(context: &Context<'_>, reading: &SourceReading) -> SourceSummary {
    let source = context.sources.iter().find(|source| source.name() == reading.source);
    SourceSummary {
        source: reading.source.clone(),
        describe: source.map(|source| source.describe()).unwrap_or_default(),
        understood: reading.understood,
        identity: reading.evidence.as_ref().ok().and_then(|evidence| evidence.identity.clone()),
        checked: reading.evidence.as_ref().map(|evidence| evidence.checked.clone()).unwrap_or_default(),
        failed: reading.evidence.as_ref().err().cloned(),
    }
}

//! `adopt --group`: a person's decision about one group, by its name at Postman: take it under management, or let a group that
//! was set aside go on.
//!
//! Never: changes who is in it; a later plan does, under the guard.

use crate::core::groups::{GroupId, GroupNote, KnownGroup, TeamGroup};
use crate::core::plan::Note;
use crate::core::snapshot::{Fact, Hold, HoldReason};
use crate::engine::groups::adopted;
use crate::engine::observe::Observed;
use crate::http::client::HttpTransport;
use crate::postman::Reader;
use crate::report::{clean, count};
use crate::store::Store;

use super::Failure;
use super::adopt::Decision;

/// What the look at directory and team says about the group of that name.
pub async fn decide(
    store: &Store,
    reader: &Reader<HttpTransport>,
    observed: &Observed,
    name: &str,
) -> Result<Decision, Failure> {
    let managed = store.groups()?;
    let at_postman = at_postman(reader, name).await?;
    let unmanaged: Vec<&TeamGroup> =
        at_postman.iter().filter(|group| !managed.values().any(|known| known.scim_id == group.scim_id)).collect();
    let held = held(observed, managed.values(), name);
    if let Some((id, hold)) = &held
        && (unmanaged.is_empty() || managed.contains_key(id))
    {
        return Ok(go_on(managed.get(id), id, hold, name));
    }
    if is_gone_unstored(observed, name) {
        let what = format!("the group {} was deleted at Postman, and no cycle has stored that yet", clean(name));
        return Err(Failure::new(1, what).advise("run `sync --refresh` first, then give the command again"));
    }
    let wanting = wanting(observed, name).or(held.map(|(id, _)| id));
    match (&unmanaged[..], wanting) {
        (_, Some(id)) if managed.contains_key(&id) => Err(managed_already(name)),
        ([group], Some(id)) => take(store, id, group),
        ([], _) if at_postman.is_empty() => {
            Err(Failure::new(1, format!("Postman has no group called {}", clean(name)))
                .advise("`team groups` lists them; one that a [[group]] asks for is created by `sync`"))
        }
        ([], _) => Err(managed_already(name)),
        ([_], None) => Err(Failure::new(1, format!("no group of the directory wants the name {}", clean(name)))
            .advise("add a [[group]] for it, with provisioning.groups = \"push\"; `plan` then names both")),
        _ => Err(Failure::new(1, format!("Postman has several groups called {}", clean(name)))
            .advise("rename all but one of them in Postman, then give the command again")),
    }
}

/// Whether this look is the first that finds a managed group deleted: what is to be forgotten is not set aside yet.
fn is_gone_unstored(observed: &Observed, name: &str) -> bool {
    observed.proposal.plan.notes.iter().any(|note| match note {
        Note::Group(GroupNote::GroupHeld { id, name: of, hold }) => {
            hold.reason == HoldReason::RemovedByHand
                && of.eq_ignore_ascii_case(name)
                && !observed.snapshot.holds.contains_key(id.subject())
        }
        _ => false,
    })
}

fn managed_already(name: &str) -> Failure {
    Failure::new(1, format!("the group {} is managed already, and not set aside", clean(name)))
}

/// All groups of that name; names compare as Postman compares them, by ASCII letters of either case.
async fn at_postman(reader: &Reader<HttpTransport>, name: &str) -> Result<Vec<TeamGroup>, Failure> {
    let mut found = Vec::new();
    let mut keep = |group: TeamGroup| {
        if group.name.eq_ignore_ascii_case(name) {
            found.push(group);
        }
    };
    reader.list_groups(&mut keep).await?;
    for group in &mut found {
        if group.members.is_none() {
            group.members = reader.group(&group.scim_id).await?.and_then(|group| group.members);
        }
    }
    Ok(found)
}

/// The directory group that the plan would have taken the name for.
fn wanting(observed: &Observed, name: &str) -> Option<GroupId> {
    let plan = &observed.proposal.plan;
    let matched = plan.notes.iter().find_map(|note| match note {
        Note::Group(GroupNote::GroupMatch { id, name: of, .. }) if of.eq_ignore_ascii_case(name) => Some(id),
        _ => None,
    });
    let adopted = plan.group_adoptions.iter().find(|adoption| adoption.group.name.eq_ignore_ascii_case(name));
    matched.or(adopted.map(|adoption| &adoption.id)).cloned()
}

/// A group that is set aside, by its name or its directory id.
fn held<'a>(observed: &Observed, managed: impl Iterator<Item = &'a KnownGroup>, name: &str) -> Option<(GroupId, Hold)> {
    let noted = observed.proposal.plan.notes.iter().filter_map(|note| match note {
        Note::Group(GroupNote::GroupHeld { id, name: of, .. }) => Some((id.clone(), of.clone())),
        _ => None,
    });
    let known = managed.map(|known| (known.id.clone(), known.name.clone()));
    let ids = observed.snapshot.holds.keys().filter_map(GroupId::of_subject).map(|id| (id.clone(), id.to_string()));
    let mut named = noted.chain(known).chain(ids).filter(|(_, of)| of.eq_ignore_ascii_case(name));
    named.find_map(|(id, _)| Some((id.clone(), observed.snapshot.holds.get(id.subject())?.clone())))
}

/// A group that somebody deleted at Postman is forgotten, so that it is made anew; of another the reason is.
fn go_on(known: Option<&KnownGroup>, id: &GroupId, hold: &Hold, name: &str) -> Decision {
    let name = clean(name);
    let mut facts = vec![Fact::Release(id.subject().clone())];
    if hold.reason == HoldReason::RemovedByHand {
        facts.push(Fact::ForgetGroup(id.clone()));
        let said =
            format!("The group {name} ({id}) was deleted at Postman and is forgotten: the next cycle creates it anew.");
        return Decision { facts, said };
    }
    facts.extend(known.map(|known| Fact::Group(KnownGroup { undone: 0, ..known.clone() })));
    Decision { facts, said: format!("The group {name} ({id}) is held no more; the directory decides again.") }
}

fn take(store: &Store, id: GroupId, group: &TeamGroup) -> Result<Decision, Failure> {
    let name = clean(&group.name);
    let Some(members) = &group.members else {
        return Err(Failure::new(1, format!("Postman does not show who is in the group {name}"))
            .advise("nobody can tell yet who would leave it; give the command again"));
    };
    let strangers = members.len().saturating_sub(store.known_by_scim_ids(members)?.len());
    let stay = match strangers as u64 {
        0 => String::new(),
        n => format!(" {} of them not managed and will stay.", count(n, "is", "are")),
    };
    let said = format!(
        "The group {name} is managed now and follows {id}. It has {}.{stay}",
        count(members.len() as u64, "member", "members")
    );
    let mut facts = adopted(store, &id, group)?;
    facts.push(Fact::Release(id.subject().clone()));
    Ok(Decision { facts, said })
}

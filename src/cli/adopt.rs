//! `adopt`: a person's decision about one member, by name: take them under management, bind their account to a
//! new directory id, or let somebody who was held go on.

use std::collections::BTreeSet;
use std::path::Path;

use clap::{ArgGroup, Args};

use crate::core::model::{Member, SourceId, UserName, Wanted};
use crate::core::snapshot::{Fact, Known, Origin};
use crate::engine::observe::{Observed, Refresh, observe};
use crate::engine::settle::bound;
use crate::report::{clean_reason, count};
use crate::store::Store;

use super::setup::Setup;
use super::{Failure, terminal, who};

#[derive(Args, Debug, Clone)]
#[command(group(ArgGroup::new("whom").required(true).args(["who", "all"])))]
pub struct Options {
    /// The member's userName
    #[arg(value_name = "WHO")]
    who: Option<String>,
    /// Every match: members whose userName a person of the directory has
    #[arg(long, conflicts_with = "rebind")]
    all: bool,
    /// Bind the account to the directory id that now has its userName
    #[arg(long)]
    rebind: bool,
    /// Who decides, for the audit trail [default: the user behind sudo, else the login name]
    #[arg(long, value_name = "NAME")]
    by: Option<String>,
}

/// What a decision comes to.
struct Decision {
    facts: Vec<Fact>,
    said: String,
}

pub async fn run(config: Option<&Path>, options: &Options) -> Result<u8, Failure> {
    let setup = Setup::load(config)?;
    let mut store = Store::open_beside(&setup.config.state_path)?;
    let observed = observe(&setup.context(), &store, &setup.reader()?, Refresh::Now).await?;
    if observed.proposal.source_failed() {
        return Err(Failure::new(1, "the directory could not be read, so nobody can be bound to it")
            .advise("`plan` says what is wrong with it"));
    }
    let decision = match &options.who {
        None => all_matches(&observed)?,
        Some(who) if options.rebind => rebind(&store, &observed, &UserName::new(who.as_str()))?,
        Some(who) => one(&setup, &store, &observed, &UserName::new(who.as_str()))?,
    };
    store.decree(&decision.facts, &who::actor(options.by.as_deref()), observed.now)?;
    terminal::print(&format!(
        "{}\nNothing was sent. Next: `postman-scim-sync plan` shows what follows from it.",
        clean_reason(&decision.said)
    ));
    Ok(0)
}

fn unmanaged(observed: &Observed) -> impl Iterator<Item = &Member> {
    observed.listed.iter().flat_map(|listed| &listed.team.unmanaged)
}

/// The person of the directory with that userName, if there is only one. Somebody who has left comes second: exports
/// keep leavers, and whoever has the address now is whom it means.
fn directory_id(observed: &Observed, user_name: &UserName) -> Option<SourceId> {
    let has = |account: &crate::core::model::Account| account.user_name == *user_name;
    let (claiming, others): (Vec<_>, Vec<_>) = observed
        .reading
        .people
        .iter()
        .filter(|user| user.account.as_ref().is_ok_and(has))
        .partition(|user| matches!(user.wanted, Wanted::In | Wanted::Unknown(_)));
    let people = if claiming.is_empty() { others } else { claiming };
    let ids: BTreeSet<&SourceId> = people.iter().map(|user| &user.id).collect();
    if ids.len() == 1 { ids.first().map(|id| (*id).clone()) } else { None }
}

fn all_matches(observed: &Observed) -> Result<Decision, Failure> {
    let matches: Vec<Fact> = unmanaged(observed)
        .filter_map(|member| {
            let id = directory_id(observed, &member.account.user_name)?;
            Some(Fact::Known(bound(&id, member, Origin::Adopted)))
        })
        .collect();
    if matches.is_empty() {
        return Err(Failure::new(1, "no member without management has the userName of a person in the directory"));
    }
    let said = format!("{} adopted.", count(matches.len() as u64, "match", "matches"));
    Ok(Decision { facts: matches, said })
}

/// One member, or one held person.
fn one(setup: &Setup, store: &Store, observed: &Observed, user_name: &UserName) -> Result<Decision, Failure> {
    if let Some(member) = unmanaged(observed).find(|member| member.account.user_name == *user_name) {
        return Ok(take(setup, observed, member));
    }
    let known = store.known_by_user_names(std::slice::from_ref(user_name))?.pop();
    let id = known.as_ref().map(|known| known.id.clone()).or_else(|| directory_id(observed, user_name));
    let Some(id) = id.filter(|id| observed.snapshot.holds.contains_key(id)) else {
        return Err(nobody(user_name, known.is_some()));
    };
    let mut facts = vec![Fact::Release(id.clone())];
    // What was seen of the account in this look stays true; only the fight is forgotten.
    let seen = observed.snapshot.known.get(&id).cloned().or(known);
    facts.extend(seen.map(|known| Fact::Known(Known { undone: 0, ..known })));
    Ok(Decision { facts, said: format!("{user_name} ({id}) is held no more; the directory decides again.") })
}

/// A match is bound to its directory id. Somebody the directory does not know gets an id that no directory
/// will ever show, so that they count as absent and leave under the guard.
fn take(setup: &Setup, observed: &Observed, member: &Member) -> Decision {
    let user_name = &member.account.user_name;
    if let Some(id) = directory_id(observed, user_name) {
        let facts = vec![Fact::Known(bound(&id, member, Origin::Adopted)), Fact::Release(id.clone())];
        return Decision { facts, said: format!("{user_name} is managed now, bound to {id}.") };
    }
    let source = setup.config.sources.first().map(|source| source.name.clone()).unwrap_or_default();
    let id = SourceId::new(source, format!("not-in-the-directory-{}", member.scim_id));
    let said = format!(
        "{user_name} is managed now. Nobody in the directory has this userName, so they count as absent and will be \
         deactivated like anybody who left."
    );
    Decision { facts: vec![Fact::Known(bound(&id, member, Origin::Adopted))], said }
}

fn rebind(store: &Store, observed: &Observed, user_name: &UserName) -> Result<Decision, Failure> {
    let Some(old) = store.known_by_user_names(std::slice::from_ref(user_name))?.pop() else {
        return Err(nobody(user_name, false));
    };
    let Some(new) = directory_id(observed, user_name) else {
        return Err(Failure::new(1, format!("no single person in the directory has the userName {user_name}"))
            .advise("`plan` shows duplicates and rejected entries"));
    };
    if new == old.id {
        return Err(Failure::new(1, format!("{user_name} is bound to {new} already")));
    }
    let row = Known { id: new.clone(), absent: None, undone: 0, ..old.clone() };
    let facts =
        vec![Fact::Forget(old.id.clone()), Fact::Release(old.id.clone()), Fact::Release(new.clone()), Fact::Known(row)];
    Ok(Decision { facts, said: format!("The account {user_name} was bound to {} and is bound to {new} now.", old.id) })
}

fn nobody(user_name: &UserName, managed: bool) -> Failure {
    if managed {
        return Failure::new(1, format!("{user_name} is managed already, and not held"));
    }
    Failure::new(1, format!("no member of the team has the userName {user_name}"))
        .advise("`plan --refresh` lists strangers, matches and people held")
}

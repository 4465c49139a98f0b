//! `adopt`: a person's decision about one member, by name: take them under management, bind their account to a
//! new directory id, or let somebody who was held go on.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use clap::{ArgGroup, Args};

use crate::config::Config;
use crate::core::model::{Account, DesiredUser, Member, ScimId, SourceId, UserName, Wanted};
use crate::core::pattern::first_match;
use crate::core::snapshot::{Fact, Known, Origin, Standing, id_hash};
use crate::daemon::requests::AdoptWish;
use crate::engine::observe::{Context, Observed, Refresh, observe};
use crate::engine::settle::bound;
use crate::http::client::HttpTransport;
use crate::postman::Reader;
use crate::report::{clean_reason, count};
use crate::store::Store;

use super::setup::{self, Setup};
use super::{Failure, adopt_group, beside, terminal, who};

#[derive(Args, Debug, Clone)]
#[command(group(ArgGroup::new("whom").required(true).args(["who", "all", "group"])))]
pub struct Options {
    /// The member's userName; of somebody held, also `source:id`
    #[arg(value_name = "WHO")]
    who: Option<String>,
    /// Every match: members whose userName a person of the directory has
    #[arg(long, conflicts_with = "rebind")]
    all: bool,
    /// Bind the account to the directory id that now has its userName, or that `plan` names beside it
    #[arg(long)]
    rebind: bool,
    /// Forget which entries of other sources are this person; those with their e-mail are joined again
    #[arg(long, conflicts_with_all = ["all", "rebind"])]
    apart: bool,
    /// A group of Postman by its name: it follows the directory group that wants this name, or one set aside goes on
    #[arg(long, value_name = "NAME", conflicts_with_all = ["rebind", "apart"])]
    group: Option<String>,
    /// Who decides, for the audit trail [default: the user behind sudo, else the login name]
    #[arg(long, value_name = "NAME")]
    by: Option<String>,
}

/// What a decision comes to.
pub(super) struct Decision {
    pub facts: Vec<Fact>,
    pub said: String,
}

/// The team and the directory as this decision sees them.
struct Scene<'a> {
    config: &'a Config,
    store: &'a Store,
    observed: &'a Observed,
}

pub async fn run(config: Option<&Path>, options: &Options) -> Result<u8, Failure> {
    let wish = AdoptWish {
        who: options.who.clone(),
        rebind: options.rebind,
        apart: options.apart,
        group: options.group.clone(),
    };
    let by = who::actor(options.by.as_deref());
    // Between two cycles of the daemon, or under the lock: a cycle beside it would go on from rows that this changes.
    let said = match setup::beside(config) {
        Some(path) => {
            let answer = beside::adopt(&path, &wish, &by).await?;
            if answer.exit_code != 0 {
                return Err(Failure { exit_code: answer.exit_code, what: answer.said, advice: answer.advice });
            }
            answer.said.join("\n")
        }
        None => {
            let setup = Setup::load(config)?;
            let mut store = Store::open(&setup.config.state_path)?;
            decide(&setup.context(), &mut store, &setup.reader()?, &wish, &by).await?
        }
    };
    terminal::print(&format!(
        "{}\nNothing was sent. Next: `{}` shows what follows from it.",
        clean_reason(&said),
        terminal::typed("plan", config)
    ));
    Ok(0)
}

/// Looks at the directory and the team, and stores what the decision comes to. Returns what to tell.
pub async fn decide(
    context: &Context<'_>,
    store: &mut Store,
    reader: &Reader<HttpTransport>,
    wish: &AdoptWish,
    by: &str,
) -> Result<String, Failure> {
    let observed = observe(context, store, reader, Refresh::Now).await?;
    if observed.proposal.source_failed() || !observed.proposal.plan.refusals.is_empty() {
        return Err(Failure::new(1, "the directory could not be used, so nobody can be bound to it")
            .advise("`plan` says what is wrong with it"));
    }
    let scene = Scene { config: context.config, store, observed: &observed };
    let decision = match &wish.who {
        _ if let Some(name) = &wish.group => adopt_group::decide(store, reader, &observed, name).await?,
        None => scene.all_matches()?,
        Some(who) if wish.apart => scene.apart(&UserName::new(who.as_str()))?,
        Some(who) if wish.rebind => scene.rebind(&UserName::new(who.as_str()))?,
        Some(who) => scene.one(&UserName::new(who.as_str()))?,
    };
    let bound: BTreeSet<&ScimId> = decision.facts.iter().filter_map(bound_account).collect();
    let others = unmanaged(&observed).filter(|member| member.active && !bound.contains(&member.scim_id)).count();
    store.decree(&decision.facts, by, observed.now)?;
    store.set_refreshed(observed.now, others as u64)?;
    Ok(decision.said)
}

fn bound_account(fact: &Fact) -> Option<&ScimId> {
    match fact {
        Fact::Known(known) => Some(&known.scim_id),
        _ => None,
    }
}

fn unmanaged(observed: &Observed) -> impl Iterator<Item = &Member> {
    observed.listed.iter().flat_map(|listed| &listed.team.unmanaged)
}

impl Scene<'_> {
    /// The people of the directory who have that address: those who are wanted in, else whoever is there.
    fn claimants(&self, user_name: &UserName) -> Vec<&DesiredUser> {
        let has = |account: &Account| account.user_name == *user_name;
        let people = self.observed.reading.people.iter();
        let all: Vec<&DesiredUser> = people.filter(|user| user.account.as_ref().is_ok_and(has)).collect();
        let wanted: Vec<&DesiredUser> = all.iter().copied().filter(|user| user.wanted == Wanted::In).collect();
        if wanted.is_empty() { all } else { wanted }
    }

    /// The account that a directory id manages already.
    fn managed(&self, id: &SourceId) -> Result<Option<Known>, Failure> {
        let rows = self.store.known_by_ids(std::slice::from_ref(id))?;
        Ok(rows.into_iter().find(|known| known.standing != Standing::Gone))
    }

    /// The row that has the address; a living account before one that is gone.
    fn holder(&self, user_name: &UserName) -> Result<Option<Known>, Failure> {
        let rows = self.store.known_by_user_names(std::slice::from_ref(user_name))?;
        Ok(rows.into_iter().min_by_key(|known| known.standing == Standing::Gone))
    }

    fn is_protected(&self, user_name: &UserName) -> bool {
        first_match(&self.config.policy.protected, user_name).is_some()
    }

    fn all_matches(&self) -> Result<Decision, Failure> {
        let mut facts = Vec::new();
        for member in unmanaged(self.observed).filter(|member| !self.is_protected(&member.account.user_name)) {
            if let [person] = self.claimants(&member.account.user_name)[..]
                && self.managed(&person.id)?.is_none()
            {
                facts.push(Fact::Known(bound(&person.id, member, Origin::Adopted)));
            }
        }
        if facts.is_empty() {
            return Err(Failure::new(1, "no member without management has the userName of a person in the directory"));
        }
        let said = format!("{} adopted.", count(facts.len() as u64, "match", "matches"));
        Ok(Decision { facts, said })
    }

    /// One member, or one held person.
    fn one(&self, user_name: &UserName) -> Result<Decision, Failure> {
        if self.is_protected(user_name) {
            return Err(Failure::new(1, format!("{user_name} is protected (postman.protected); nothing manages it")));
        }
        if let Some(member) = unmanaged(self.observed).find(|member| member.account.user_name == *user_name) {
            return self.take(member);
        }
        let known = self.holder(user_name)?;
        let claimed = self.claimants(user_name).first().map(|user| user.id.clone());
        let ids = known.as_ref().map(|known| known.id.clone()).into_iter().chain(claimed);
        let holds = &self.observed.snapshot.holds;
        // Somebody who is not managed is shown by id where the state is all that is looked at.
        let by_id = || holds.keys().find(|id| id.to_string() == user_name.as_str()).cloned();
        let held = ids.into_iter().find(|id| holds.contains_key(id)).or_else(by_id);
        let Some(id) = held else { return Err(nobody(user_name, known.is_some())) };
        let mut facts = vec![Fact::Release(id.clone())];
        // What was seen of the account in this look stays true; only the fight is forgotten.
        let row = self.observed.snapshot.known.get(&id).cloned();
        facts.extend(row.map(|known| Fact::Known(Known { undone: 0, ..known })));
        Ok(Decision { facts, said: format!("{user_name} ({id}) is held no more; the directory decides again.") })
    }

    /// A match is bound to its directory id. Somebody the directory does not know gets an id that no directory
    /// will ever show, so that they count as absent and leave under the guard.
    fn take(&self, member: &Member) -> Result<Decision, Failure> {
        let user_name = &member.account.user_name;
        match self.claimants(user_name)[..] {
            [] => Ok(self.take_stranger(member)),
            [person] => {
                let id = &person.id;
                self.refuse_second_account(id)?;
                let facts = vec![Fact::Known(bound(id, member, Origin::Adopted)), Fact::Release(id.clone())];
                Ok(Decision { facts, said: format!("{user_name} is managed now, bound to {id}.") })
            }
            _ => Err(Failure::new(1, format!("several people in the directory have the userName {user_name}"))
                .advise("nobody can say whose account it is; correct the directory first")),
        }
    }

    fn take_stranger(&self, member: &Member) -> Decision {
        let source = self.config.sources.first().map(|source| source.name.clone()).unwrap_or_default();
        let id = SourceId::new(source, format!("not-in-the-directory-{}", member.scim_id));
        let said = format!(
            "{} is managed now. Nobody in scope of the directory has this userName, so they count as absent and will \
             be deactivated like anybody who left. If they are there under an entry that could not be mapped, correct \
             that entry before they are due: `plan` names both.",
            member.account.user_name
        );
        Decision { facts: vec![Fact::Known(bound(&id, member, Origin::Adopted))], said }
    }

    fn rebind(&self, user_name: &UserName) -> Result<Decision, Failure> {
        let Some(old) = self.holder(user_name)? else { return Err(nobody(user_name, false)) };
        // Whom the entries of several sources are may be known by their ids, whatever address they have by now.
        let rebinds = &self.observed.reading.rebinds;
        let people = self.observed.reading.people.iter();
        let waiting = people.filter(|user| rebinds.get(&user.id) == Some(&old.id) && user.wanted == Wanted::In);
        let named = self.claimants(user_name).into_iter().filter(|user| user.id != old.id);
        let claimants: BTreeMap<&SourceId, &DesiredUser> = waiting.chain(named).map(|user| (&user.id, user)).collect();
        let [person] = claimants.into_values().collect::<Vec<_>>()[..] else {
            let what = format!("no single other person in the directory has the userName {user_name}");
            return Err(Failure::new(1, what).advise("`plan` shows duplicates and rejected entries"));
        };
        let new = &person.id;
        self.refuse_second_account(new)?;
        let in_doubt = |id| self.observed.snapshot.in_doubt(id).is_some();
        if in_doubt(&old.id) || in_doubt(new) {
            let what = format!("an earlier request about {user_name} has no known answer yet");
            return Err(Failure::new(1, what).advise("run `sync` until it is settled, then bind the account"));
        }
        let row = Known { id: new.clone(), absent: None, undone: 0, ..old.clone() };
        let facts = vec![
            Fact::Forget(old.id.clone()),
            Fact::Rebound { from: old.id.clone(), to: new.clone() },
            Fact::Release(old.id.clone()),
            Fact::Release(new.clone()),
            Fact::Known(row),
        ];
        let said = format!("The account {user_name} was bound to {} and is bound to {new} now.", old.id);
        Ok(Decision { facts, said })
    }

    /// What a wrong e-mail joined: the entries of other sources are people of their own again, or joined by their e-mails.
    fn apart(&self, user_name: &UserName) -> Result<Decision, Failure> {
        let Some(known) = self.holder(user_name)? else { return Err(nobody(user_name, false)) };
        let mut entries = Vec::new();
        for source in self.config.sources.iter().map(|source| &source.name).filter(|name| **name != known.id.source) {
            let joined = self.store.joined(source)?.into_iter().filter(|(_, person)| *person == id_hash(&known.id));
            match joined.count() as u64 {
                0 => {}
                n => entries.push(format!("{} of {source}", count(n, "entry", "entries"))),
            }
        }
        let which = if entries.is_empty() { "none was".into() } else { entries.join(", ") };
        let said =
            format!("Forgotten, which entries of other sources were joined with {user_name} ({}): {which}.", known.id);
        Ok(Decision { facts: vec![Fact::Apart(known.id)], said })
    }

    /// One person, one account: binding a second would leave the first active and unmanaged.
    fn refuse_second_account(&self, id: &SourceId) -> Result<(), Failure> {
        match self.managed(id)? {
            None => Ok(()),
            Some(known) => {
                let what = format!("{id} manages the account {} already", known.account.user_name);
                Err(Failure::new(1, what)
                    .advise("in Postman, remove the account that is not theirs, then `sync --refresh`"))
            }
        }
    }
}

fn nobody(user_name: &UserName, managed: bool) -> Failure {
    if managed {
        return Failure::new(1, format!("{user_name} is managed already, and not held"));
    }
    Failure::new(1, format!("no member of the team has the userName {user_name}"))
        .advise("`plan --refresh` lists strangers, matches and people held")
}

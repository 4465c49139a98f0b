//! An independent checker of plans. It shares no code with the planner: it asks of each change whether the
//! inputs allow it, in the words of the safety invariants.

use std::collections::BTreeSet;

use super::*;

/// Everything that is wrong with a plan; empty for a good one.
pub fn faults(plan: &Plan, world: &World) -> Vec<String> {
    let mut faults = Vec::new();
    for planned in &plan.changes {
        let change = &planned.change;
        let mut fault = |what: &str| faults.push(format!("{} {}: {what}", change.kind().as_str(), change.id()));
        check_everybody(change, world, &mut fault);
        match change {
            Change::Deactivate { cause, .. } => check_deactivation(change, *cause, world, &mut fault),
            Change::Create { account, .. } => check_create(change, account, plan, world, &mut fault),
            Change::Readdress { from, to, .. } => {
                if from == to {
                    fault("changes nothing but the case");
                }
                if to.domain() != "acme.example" {
                    fault("the domain is not verified");
                }
            }
            Change::Rename { from, to, .. } if from == to => fault("changes nothing"),
            Change::Rename { .. } | Change::Reactivate { .. } => {}
            Change::Group(_) => fault("no group is asked for"),
        }
    }
    check_whole(plan, world, &mut faults);
    faults
}

fn row<'w>(change: &Change, world: &'w World) -> Option<&'w Known> {
    world.snapshot.known.get(change.id())
}

fn entry<'w>(change: &Change, world: &'w World) -> Option<&'w DesiredUser> {
    world.reading.people.iter().find(|user| user.id == *change.id())
}

/// I4, I5, I7, I21: what no change may be, of whatever kind.
fn check_everybody(change: &Change, world: &World, fault: &mut impl FnMut(&str)) {
    if change.label().eq_ignore_ascii_case("root@acme.example") {
        fault("the account is protected");
    }
    if matches!(change, Change::Readdress { to, .. } if to.as_str().eq_ignore_ascii_case("root@acme.example")) {
        fault("the address is protected");
    }
    if world.snapshot.doubts.values().any(|doubt| doubt.change.id() == change.id()) {
        fault("an earlier request is still in doubt");
    }
    if entry(change, world).is_some_and(|user| matches!(user.wanted, Wanted::Unknown(_))) {
        fault("the directory does not say what it wants");
    }
    let is_member = |team: &Team| {
        let mut members = team.unmanaged.iter().chain(&team.drifted);
        members.any(|member| Some(&member.scim_id) == change.scim_id())
    };
    let managed = row(change, world).is_some_and(|known| Some(&known.scim_id) == change.scim_id());
    if change.scim_id().is_some() && !managed && !world.team.as_ref().is_some_and(is_member) {
        fault("the account is neither managed nor listed");
    }
    let hold = world.snapshot.holds.get(change.id()).filter(|hold| hold.until_unix_s.is_none());
    if hold.is_some() && change.kind() != Kind::Deactivate && world.team.is_none() {
        fault("the person is held");
    }
    let switches = world.policy.switches;
    let off = match change.kind() {
        Kind::Deactivate => !switches.deactivate_users,
        Kind::Readdress | Kind::Rename => !switches.update_users,
        Kind::Create | Kind::Reactivate => !switches.create_users,
        _ => false,
    };
    if off {
        fault("its switch is off");
    }
}

/// I1, I2, I4: positive evidence, from every source, twice where nobody can be asked.
fn check_deactivation(change: &Change, cause: Cause, world: &World, fault: &mut impl FnMut(&str)) {
    let Some(known) = row(change, world) else { return fault("not managed") };
    let listed_active =
        world.team.iter().flat_map(|team| &team.drifted).any(|m| m.scim_id == known.scim_id && m.active);
    if !matches!(known.standing, Standing::Active | Standing::Invited) && !listed_active {
        fault("already out of the team");
    }
    let wanted = entry(change, world).map(|user| &user.wanted);
    let probe = world.probes.get(change.id());
    let is_absent = world.reading.absent.contains(change.id());
    let complete = world.reading.sources.iter().all(|s| s.evidence.is_ok() && s.understood.entries > 0);
    match (cause, wanted) {
        (Cause::Explicit, Some(Wanted::Out(_))) => {}
        (Cause::Explicit, None | Some(Wanted::OutOfScope(_))) if matches!(probe, Some(Presence::Inactive(_))) => {}
        (Cause::Explicit, _) => fault("nothing says they are inactive"),
        (_, Some(Wanted::OutOfScope(_))) if matches!(probe, Some(Presence::Present | Presence::Failed(_))) => {
            fault("a look-up did not say that they are out");
        }
        (Cause::Absent, Some(Wanted::OutOfScope(_))) => {}
        (Cause::Absent, Some(_)) => fault("they are there"),
        (Cause::Absent, None) if !is_absent => fault("they are not absent"),
        (Cause::Absent, None) => {
            if !world.reading.sources.iter().any(|source| source.source == known.id.source) {
                fault("nobody reads their source any more");
            }
            if !complete {
                fault("not every source was read to its end");
            }
            if matches!(probe, Some(Presence::Present | Presence::Failed(_))) {
                fault("a look-up did not say that they are gone");
            }
            let waited = known.absent.is_some_and(|absence| world.now.since(absence.first) >= HOUR);
            if !waited && probe != Some(&Presence::Gone) {
                fault("absent for the first time");
            }
        }
    }
    if wanted.is_some() && !world.reading.sources.iter().any(|s| s.evidence.is_ok()) {
        fault("the source was not read");
    }
}

/// I9: one person, one account.
fn check_create(change: &Change, account: &Account, plan: &Plan, world: &World, fault: &mut impl FnMut(&str)) {
    if row(change, world).is_some_and(|known| known.standing != Standing::Gone) {
        let missing = world.team.as_ref().is_some_and(|team| team.missing.contains(change.id()));
        if !missing {
            fault("the person has an account");
        }
    }
    let freed = plan
        .changes
        .iter()
        .any(|planned| matches!(&planned.change, Change::Readdress { from, .. } if *from == account.user_name));
    let mut rows = world.snapshot.known.values();
    let taken = rows.any(|known| {
        known.account.user_name == account.user_name && known.standing != Standing::Gone && known.id != *change.id()
    });
    if taken && !freed {
        fault("the address is another's");
    }
    let members = world.team.iter().flat_map(|team| &team.unmanaged);
    if members.into_iter().any(|member| member.account.user_name == account.user_name) {
        fault("a member has the address");
    }
    if !entry(change, world).is_some_and(|user| user.wanted == Wanted::In) {
        fault("nobody wants them in");
    }
}

/// What is only seen over the whole plan.
fn check_whole(plan: &Plan, world: &World, faults: &mut Vec<String>) {
    let kinds: Vec<Kind> = plan.changes.iter().map(|planned| planned.change.kind()).collect();
    if !kinds.is_sorted() {
        faults.push("the changes are not in the order of the phases".into());
    }
    let mut once = BTreeSet::new();
    let mut addresses = BTreeSet::new();
    for planned in &plan.changes {
        if !once.insert((planned.change.id().clone(), planned.change.kind())) {
            faults.push(format!("{} twice", planned.change.id()));
        }
        let address = match &planned.change {
            Change::Create { account, .. } => Some(&account.user_name),
            Change::Readdress { to, .. } => Some(to),
            _ => None,
        };
        if address.is_some_and(|address| !addresses.insert(address.clone())) {
            faults.push(format!("two people get the address of {}", planned.change.id()));
        }
    }
    let deactivated: BTreeSet<&SourceId> =
        plan.changes.iter().filter(|p| p.change.kind() == Kind::Deactivate).map(|p| p.change.id()).collect();
    for adoption in &plan.adoptions {
        if deactivated.contains(&adoption.id) {
            faults.push(format!("{} is adopted and deactivated at once", adoption.id));
        }
        let bound = world.snapshot.known.values().any(|k| k.scim_id == adoption.member.scim_id && k.id != adoption.id);
        if bound {
            faults.push(format!("{} gets an account that is bound to another id", adoption.id));
        }
    }
    let mut claimed: BTreeMap<String, Vec<&SourceId>> = BTreeMap::new();
    for user in world.reading.people.iter().filter(|user| user.wanted == Wanted::In) {
        if let Ok(account) = &user.account {
            claimed.entry(account.user_name.as_str().to_ascii_lowercase()).or_default().push(&user.id);
        }
    }
    for ids in claimed.values().filter(|ids| ids.len() > 1) {
        if plan.changes.iter().any(|planned| ids.contains(&planned.change.id())) {
            faults.push("somebody who shares a userName changes".into());
        }
    }
}

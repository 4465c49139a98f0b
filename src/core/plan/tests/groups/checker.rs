//! The checker of what a plan does to groups. It shares no code with the planner: it asks of each change whether the inputs allow
//! it, in the words of the safety invariants.

use std::collections::BTreeSet;

use super::*;

/// Everything that is wrong with a plan's groups; empty for a good one.
pub fn faults(plan: &Plan, world: &World) -> Vec<String> {
    let mut faults = faults_of_groups(plan, world);
    let off = world.clone().with(|world| world.policy.groups.mode = Mode::Off).plan();
    if of_people(plan) != of_people(&off) {
        faults.push("groups decide about people".into());
    }
    faults
}

/// The same, people left out.
pub fn faults_of_groups(plan: &Plan, world: &World) -> Vec<String> {
    let mut faults = Vec::new();
    for planned in &plan.changes {
        let Change::Group(change) = &planned.change else { continue };
        let mut fault = |what: &str| faults.push(format!("{} {}: {what}", planned.change.kind().as_str(), change.id()));
        check_any(change, plan, world, &mut fault);
        match change {
            GroupChange::RemoveMembers { people, cause, .. } => {
                check_removal(change.id(), people, *cause, plan, world, &mut fault);
            }
            GroupChange::AddMembers { people, .. } => check_adds(change.id(), people, plan, world, &mut fault),
            GroupChange::RenameGroup { id, to, .. } => {
                if desired(id, world).is_none_or(|group| group.name != *to) {
                    fault("nobody wants that name");
                }
                check_free(id, to, world, &mut fault);
            }
            GroupChange::CreateGroup { id, name } => {
                if world.team_groups.is_none() {
                    fault("nobody looked whether Postman has it");
                }
                if desired(id, world).is_none_or(|group| group.members == 0) {
                    fault("the directory has nobody in it");
                }
                check_free(id, name, world, &mut fault);
            }
            GroupChange::DeleteGroup { id, .. } => check_deletion(id, plan, world, &mut fault),
        }
    }
    check_adoptions(plan, world, &mut faults);
    check_whole(plan, world, &mut faults);
    faults
}

fn desired<'w>(id: &GroupId, world: &'w World) -> Option<&'w DesiredGroup> {
    world.reading.groups.desired.iter().find(|group| group.id == *id)
}

fn unwanted<'w>(id: &GroupId, world: &'w World) -> Option<&'w Vec<SourceId>> {
    world.reading.groups.unwanted.iter().find(|(of, _)| of == id).map(|(_, people)| people)
}

fn is_root(world: &World, id: &SourceId) -> bool {
    let of_row = world.snapshot.known.get(id).map(|known| &known.account.user_name);
    of_row.is_some_and(|name| name.as_str().eq_ignore_ascii_case("root@acme.example"))
}

fn check_any(change: &GroupChange, plan: &Plan, world: &World, fault: &mut impl FnMut(&str)) {
    let id = change.id();
    if world.policy.groups.mode != Mode::Push {
        fault("groups are not pushed");
    }
    let is_read = |source: &SourceReading| {
        source.source == id.source() && source.evidence.is_ok() && source.understood.entries > 0
    };
    if !world.reading.sources.iter().any(is_read) {
        fault("its source was not read to its end");
    }
    if world.snapshot.doubts.values().any(|doubt| doubt.change.id() == id.subject()) {
        fault("an earlier request is in doubt");
    }
    // A listing that shows what was removed by hand ends that hold.
    let is_back = |hold: &&Hold| hold.reason == HoldReason::RemovedByHand && world.team_groups.is_some();
    let hold = world.snapshot.holds.get(id.subject()).filter(|hold| !is_back(hold));
    if hold.is_some_and(|hold| hold.until_unix_s.is_none_or(|until| until > world.now.unix_s)) {
        fault("the group is held");
    }
    let row = world.snapshot.groups.get(id);
    let creates = |of: &GroupChange| matches!(of, GroupChange::CreateGroup { .. });
    let is_new = |planned: &PlannedChange| matches!(&planned.change, Change::Group(of) if of.id() == id && creates(of));
    let adds_to_new = matches!(change, GroupChange::AddMembers { .. }) && plan.changes.iter().any(is_new);
    let is_there = row.is_some() || adds_to_new;
    if creates(change) == is_there {
        fault("created twice, or changed without being managed");
    }
    if let (Some(row), Some(listed)) = (row, &world.team_groups)
        && !listed.iter().any(|group| group.scim_id == row.scim_id)
    {
        fault("Postman does not have it any more");
    }
    let is_named =
        |other: &&DesiredGroup| desired(id, world).is_some_and(|of| of.name.eq_ignore_ascii_case(&other.name));
    let names_it = matches!(change, GroupChange::CreateGroup { .. } | GroupChange::RenameGroup { .. });
    if names_it && world.reading.groups.desired.iter().filter(is_named).count() > 1 {
        fault("two directory groups want its name");
    }
    let switches = world.policy.groups.switches;
    let on = match change {
        GroupChange::RemoveMembers { .. } => switches.remove_members,
        GroupChange::RenameGroup { .. } => switches.rename_groups,
        GroupChange::CreateGroup { .. } => switches.create_groups,
        GroupChange::AddMembers { .. } => switches.add_members,
        GroupChange::DeleteGroup { .. } => switches.delete_groups,
    };
    if !on {
        fault("its switch is off");
    }
    let members = change.people().len();
    let of_people = matches!(change, GroupChange::RemoveMembers { .. } | GroupChange::AddMembers { .. });
    if of_people && !(1..=100).contains(&members) {
        fault("a request of nobody, or of more than a hundred");
    }
}

fn check_person(person: &Person, plan: &Plan, world: &World, fault: &mut impl FnMut(&str)) {
    if is_root(world, &person.id) {
        fault("somebody is protected");
    }
    if world.snapshot.doubts.values().any(|doubt| doubt.change.id() == &person.id) {
        fault("a request about somebody is in doubt");
    }
    let leaves =
        |planned: &PlannedChange| planned.change.kind() == Kind::Deactivate && planned.change.id() == &person.id;
    if plan.changes.iter().any(leaves) {
        fault("somebody leaves the team in this plan");
    }
}

fn check_removal(
    id: &GroupId,
    people: &[Person],
    cause: Removal,
    plan: &Plan,
    world: &World,
    fault: &mut impl FnMut(&str),
) {
    let (shown_out, emptied) = match (desired(id, world), unwanted(id, world)) {
        (Some(group), _) => {
            let most_of_it = group.leaves.len() > 10 && group.leaves.len() as u64 > group.applied / 2;
            let all_of_it = group.leaves.len() > 1 && group.stays == 0;
            (&group.leaves, group.members == 0 || most_of_it || all_of_it)
        }
        (None, Some(people)) => {
            check_waited(id, world, fault);
            (people, true)
        }
        (None, None) => return fault("nothing shows that anybody left"),
    };
    if emptied && cause != Removal::Emptied {
        fault("an emptied group passes for one that some people left");
    }
    for person in people {
        check_person(person, plan, world, fault);
        if !shown_out.contains(&person.id) {
            fault("nothing shows that somebody left it");
        }
        if !world.snapshot.known.get(&person.id).is_some_and(|known| known.standing == Standing::Active) {
            fault("somebody is no managed member");
        }
    }
}

fn check_adds(id: &GroupId, people: &[Person], plan: &Plan, world: &World, fault: &mut impl FnMut(&str)) {
    for person in people {
        check_person(person, plan, world, fault);
        if !desired(id, world).is_some_and(|group| group.joins.contains(&person.id)) {
            fault("the directory does not have somebody in it");
        }
        let comes = |planned: &PlannedChange| {
            matches!(planned.change.kind(), Kind::Create | Kind::Reactivate) && planned.change.id() == &person.id
        };
        let is_there = world.snapshot.known.get(&person.id).is_some_and(|k| k.standing == Standing::Active);
        let is_adopted = plan.adoptions.iter().any(|adoption| adoption.id == person.id && adoption.member.active);
        if !is_there && !is_adopted && !plan.changes.iter().any(comes) {
            fault("somebody is not in the team");
        }
    }
}

/// No group at Postman has the name, managed or not.
fn check_free(id: &GroupId, name: &str, world: &World, fault: &mut impl FnMut(&str)) {
    let own = world.snapshot.groups.get(id).map(|row| &row.scim_id);
    let mut rows = world.snapshot.groups.values();
    let mut listed = world.team_groups.iter().flatten();
    if rows.any(|row| row.name.eq_ignore_ascii_case(name) && Some(&row.scim_id) != own)
        || listed.any(|group| group.name.eq_ignore_ascii_case(name) && Some(&group.scim_id) != own)
    {
        fault("another group has the name");
    }
}

/// I1 and I2 for groups: asked for by nobody, in every reading of an hour and more, and by no rule that was not answered.
fn check_waited(id: &GroupId, world: &World, fault: &mut impl FnMut(&str)) {
    let absent = world.snapshot.groups.get(id).and_then(|row| row.absent);
    if !absent.is_some_and(|absent| absent.cycles >= 1 && world.now.since(absent.first) >= HOUR) {
        fault("unwanted for the first time");
    }
    if world.reading.groups.failed.iter().any(|(source, ..)| source == id.source()) {
        fault("perhaps a rule that was not answered wants it");
    }
    if !world.policy.groups.switches.delete_groups {
        fault("groups are not to be deleted");
    }
}

fn check_deletion(id: &GroupId, plan: &Plan, world: &World, fault: &mut impl FnMut(&str)) {
    check_waited(id, world, fault);
    if desired(id, world).is_some() || unwanted(id, world).is_none_or(|people| !people.is_empty()) {
        fault("it is wanted, or somebody is in it");
    }
    let scim_id = world.snapshot.groups.get(id).map(|row| &row.scim_id);
    let mut listed = world.team_groups.iter().flatten();
    let is_empty = |group: &TeamGroup| group.members.as_ref().is_some_and(Vec::is_empty);
    if !listed.any(|group| Some(&group.scim_id) == scim_id && is_empty(group)) {
        fault("Postman does not show that nobody is in it");
    }
    let other =
        |planned: &PlannedChange| planned.change.id() == id.subject() && planned.change.kind() != Kind::DeleteGroup;
    if plan.changes.iter().any(other) {
        fault("it is emptied and deleted at once");
    }
}

/// I4 for groups.
fn check_adoptions(plan: &Plan, world: &World, faults: &mut Vec<String>) {
    for adoption in &plan.group_adoptions {
        let id = &adoption.id;
        let mut fault = |what: &str| faults.push(format!("adopt {id}: {what}"));
        if world.policy.groups.mode != Mode::Push {
            fault("groups are not pushed");
        }
        if !desired(id, world).is_some_and(|group| group.adopt && group.name.eq_ignore_ascii_case(&adoption.group.name))
        {
            fault("no rule says so");
        }
        let is_managed = |row: &KnownGroup| row.id == *id || row.scim_id == adoption.group.scim_id;
        if world.snapshot.groups.values().any(is_managed) {
            fault("one of them is managed already");
        }
        let same = |group: &&TeamGroup| group.name.eq_ignore_ascii_case(&adoption.group.name);
        if world.team_groups.iter().flatten().filter(same).count() != 1 {
            fault("it is not the one group of that name");
        }
        if world.snapshot.holds.contains_key(id.subject())
            || world.snapshot.doubts.values().any(|d| d.change.id() == id.subject())
        {
            fault("set aside");
        }
        if plan.changes.iter().any(|planned| planned.change.id() == id.subject()) {
            fault("adopted and changed at once");
        }
    }
}

/// What is only seen over the whole plan.
fn check_whole(plan: &Plan, world: &World, faults: &mut Vec<String>) {
    if !plan.changes.iter().map(|planned| planned.change.kind()).is_sorted() {
        faults.push("the changes are not in the order of the phases".into());
    }
    let mut once = BTreeSet::new();
    for planned in &plan.changes {
        let Change::Group(change) = &planned.change else { continue };
        for person in change.people() {
            if !once.insert((change.id().clone(), person.id.clone())) {
                faults.push(format!("{} changes twice in {}", person.id, change.id()));
            }
        }
    }
    let mode = world.policy.groups.mode;
    if mode != Mode::Push && !facts_of_groups(plan).is_empty() {
        faults.push("facts about groups that are not pushed".into());
    }
    for fact in &plan.facts {
        match fact {
            Fact::Group(group) if group.absent.is_some() && unwanted(&group.id, world).is_none() => {
                faults.push(format!("{} counts as unwanted, and is not", group.id));
            }
            Fact::ForgetGroup(id) if unwanted(id, world).is_none() => faults.push(format!("{id} is forgotten")),
            _ => {}
        }
    }
}

/// The plan without anything about groups.
fn of_people(plan: &Plan) -> Plan {
    let mut plan = plan.clone();
    let groups = facts_of_groups(&plan);
    let is_group = |planned: &PlannedChange| matches!(planned.change, Change::Group(_));
    plan.changes.retain(|planned| !is_group(planned));
    plan.group_adoptions.clear();
    plan.facts.retain(|fact| !groups.contains(fact));
    plan.notes.retain(|note| match note {
        Note::SwitchedOff { change } => !is_group(change),
        note => !matches!(note, Note::Group(_)),
    });
    plan
}

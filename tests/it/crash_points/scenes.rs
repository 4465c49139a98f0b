//! The smallest world in which each kind of change happens, and how it has to end. What the changes are about comes in twos
//! where it can: the first of a kind goes alone and is read back, the second is believed.
//!
//! Never: depends on what the engine says it did.

use fastrand::Rng;
use postman_scim_sync::config::Config;
use postman_scim_sync::core::groups::rules::{Asked, Rule};
use postman_scim_sync::core::groups::{GroupPolicy, Mode, Switches};
use postman_scim_sync::core::guard::{Limit, Share};
use postman_scim_sync::core::policy::FirstSync;
use postman_scim_sync::sandbox::{Elsewhere, Failure, Fault, KeyState, Kind, Role, Standing, Team};

use super::auditor::exactly;
use crate::simulation::directory::{NAME, Person, State, Truth};
use crate::simulation::groups::{Group, Mood};
use crate::simulation::setup::{self, ADMIN, KEY};

/// Something that happens before the cycle that is harmed.
pub enum Act {
    /// One cycle, and two hours.
    Cycle,
    Directory(fn(&mut Truth)),
    Team(fn(&mut Team)),
    Fault(Fault),
    /// A person approves the last plan.
    Approve,
}

pub struct Scene {
    pub name: &'static str,
    pub team: Team,
    pub people: Vec<Person>,
    pub groups: Vec<Group>,
    pub can_probe: bool,
    pub acts: Vec<Act>,
    /// What happens at the directory after the harmed cycle, if anything.
    pub later: Option<fn(&mut Truth)>,
    /// What is wrong with the team at the end.
    pub end: fn(&Team) -> Vec<String>,
    /// A day, unless it matters: nothing is to be mended by a listing that happened to be due.
    pub refresh_every_s: i64,
    /// Deactivations a day that nobody has to approve.
    pub a_day: Option<u64>,
    /// A person approved what takes something away: it charges no budget.
    pub approved: bool,
    /// What the harmed cycle does besides reading, if all goes well.
    pub writes: usize,
}

const ADA: &str = "ada@acme.example active Ada Lovelace";
const BOB: &str = "bob@acme.example active Bob Barker";
const CARL: &str = "carl@acme.example active Carl Cox";

fn person(mail: &str, given: &str, family: &str) -> Person {
    let (mail, given, family) = (mail.to_owned(), given.to_owned(), family.to_owned());
    Person { id: format!("id-{mail}"), mail, given, family, state: State::Active }
}

fn ada() -> Person {
    person("ada@acme.example", "Ada", "Lovelace")
}

fn bob() -> Person {
    person("bob@acme.example", "Bob", "Barker")
}

fn carl() -> Person {
    person("carl@acme.example", "Carl", "Cox")
}

fn group(name: &str, members: &[Person]) -> Group {
    let members = members.iter().map(|person| person.id.clone()).collect();
    Group { id: format!("id-{name}"), name: name.to_owned(), members, mood: Mood::Well }
}

impl Scene {
    /// Ada, Bob and Carl, whom a first cycle has made.
    fn new(name: &'static str) -> Self {
        let team = Team::new("Crash points").verified("acme.example").key(KEY, KeyState::Active);
        Self {
            name,
            team: team.member(ADMIN, "Postman", "Admin"),
            people: vec![ada(), bob(), carl()],
            groups: Vec::new(),
            can_probe: true,
            acts: vec![Act::Cycle],
            later: None,
            end: |_| Vec::new(),
            refresh_every_s: 24 * 3600,
            a_day: None,
            approved: false,
            writes: 0,
        }
    }

    fn groups(self, groups: Vec<Group>) -> Self {
        Self { groups, ..self }
    }

    fn then(mut self, act: Act) -> Self {
        self.acts.push(act);
        self
    }

    fn directory(self, change: fn(&mut Truth)) -> Self {
        self.then(Act::Directory(change))
    }

    fn ends(self, writes: usize, end: fn(&Team) -> Vec<String>) -> Self {
        Self { writes, end, ..self }
    }

    pub fn config(&self) -> Config {
        let rule = Rule { from: NAME.to_owned(), asked: Asked::of("pm-*"), postman: Some("*".to_owned()), adopt: true };
        let switches = Switches {
            create_groups: true,
            rename_groups: true,
            add_members: true,
            remove_members: true,
            delete_groups: true,
        };
        let push = GroupPolicy { mode: Mode::Push, switches, rules: vec![rule] };
        let groups = if self.groups.is_empty() { GroupPolicy::default() } else { push };
        let mut config = setup::config(&mut Rng::with_seed(0), false, groups);
        config.policy.first_sync = FirstSync::Apply;
        config.refresh_every_s = self.refresh_every_s;
        if let Some(a_day) = self.a_day {
            let most = Some(Share::People(a_day));
            config.policy.limits.deactivations = Limit { cycle: most, day: most, week: most, at_least: 0 };
        }
        config
    }
}

/// The very first cycle: two members are matches, one of them under another name; one person is new.
pub fn adoption() -> Scene {
    let mut scene = Scene::new("adoption").groups(vec![group("pm-platform", &[ada()])]);
    scene.team =
        scene.team.member("ada@acme.example", "Ada", "Lovelace").member("bob@acme.example", "Former", "Barker");
    scene.team = scene.team.group("platform", Role::Developer, &["bob@acme.example"]);
    scene.acts.clear();
    // Whoever is in an adopted group and not in the directory's leaves it: Bob.
    scene.ends(2, |team| exactly(team, &[ADA, BOB, CARL], &["platform ada@acme.example"]))
}

pub fn create() -> Scene {
    let scene = Scene::new("create").directory(|truth| {
        truth.people.push(person("dora@acme.example", "Dora", "Day"));
        truth.people.push(person("emil@acme.example", "Emil", "Erb"));
    });
    let end: fn(&Team) -> Vec<String> = |team| {
        let (dora, emil) = ("dora@acme.example active Dora Day", "emil@acme.example active Emil Erb");
        exactly(team, &[ADA, BOB, CARL, dora, emil], &[])
    };
    scene.ends(2, end)
}

/// Outside the verified domains a create is an invitation, which nobody can see before it is accepted.
pub fn invite() -> Scene {
    let mut scene =
        Scene::new("invite").directory(|truth| truth.people.push(person("dora@partner.example", "Dora", "Day")));
    scene.team = scene.team.account("dora@partner.example", Elsewhere::NoTeam);
    scene.ends(1, |team| exactly(team, &[ADA, BOB, CARL, "dora@partner.example invited Dora Day"], &[]))
}

pub fn rename() -> Scene {
    let scene = Scene::new("rename").directory(|truth| {
        truth.people[0].family = "King".to_owned();
        truth.people[1].given = "Robert".to_owned();
    });
    let end: fn(&Team) -> Vec<String> = |team| {
        let changed = ["ada@acme.example active Ada King", "bob@acme.example active Robert Barker"];
        exactly(team, &[changed[0], changed[1], CARL], &[])
    };
    scene.ends(2, end)
}

/// A chain: Ada gets a new address, and Bob hers.
pub fn readdress() -> Scene {
    let scene = Scene::new("readdress").directory(|truth| {
        truth.people[0].mail = "ada.king@acme.example".to_owned();
        truth.people[1].mail = "ada@acme.example".to_owned();
    });
    let end: fn(&Team) -> Vec<String> = |team| {
        let changed = ["ada.king@acme.example active Ada Lovelace", "ada@acme.example active Bob Barker"];
        exactly(team, &[changed[0], changed[1], CARL], &[])
    };
    scene.ends(2, end)
}

/// One is marked inactive, one is gone.
pub fn deactivate() -> Scene {
    let scene = Scene::new("deactivate").directory(|truth| {
        truth.people[0].state = State::Inactive;
        truth.people.remove(1);
    });
    let end: fn(&Team) -> Vec<String> = |team| {
        let left = ["ada@acme.example deactivated Ada Lovelace", "bob@acme.example deactivated Bob Barker"];
        exactly(team, &[left[0], left[1], CARL], &[])
    };
    scene.ends(2, end)
}

/// As many as a day allows; then one more leaves, who has to wait, whatever became of the first two.
pub fn deactivate_at_the_limit() -> Scene {
    let mut scene = Scene::new("deactivate at the limit").directory(|truth| {
        truth.people[0].state = State::Inactive;
        truth.people[1].state = State::Inactive;
    });
    scene.a_day = Some(2);
    scene.later = Some(|truth| truth.people[2].state = State::Inactive);
    let end: fn(&Team) -> Vec<String> = |team| {
        let active = team.people().iter().filter(|person| person.standing == Standing::Active);
        let active: Vec<&str> = active.map(|person| person.user_name.as_str()).collect();
        let waits = active.contains(&"carl@acme.example");
        if waits { Vec::new() } else { vec![format!("I3 more than two of three are out: {active:?} are left")] }
    };
    scene.ends(2, end)
}

pub fn reactivate() -> Scene {
    let mut scene = Scene::new("reactivate").directory(|truth| {
        truth.people[0].state = State::Inactive;
        truth.people[1].state = State::Inactive;
    });
    scene = scene.then(Act::Cycle).directory(|truth| {
        truth.people[0].state = State::Active;
        truth.people[1].state = State::Active;
    });
    scene.ends(2, |team| exactly(team, &[ADA, BOB, CARL], &[]))
}

/// Several of several kinds, all proven before, so that requests are out beside each other.
pub fn batch() -> Scene {
    let mut scene = Scene::new("batch").directory(|truth| {
        truth.people[0].family = "King".to_owned();
        truth.people[1].state = State::Inactive;
    });
    scene = scene.then(Act::Cycle).directory(|truth| {
        truth.people[0].state = State::Inactive;
        truth.people[2].state = State::Inactive;
        truth.people.push(person("dora@acme.example", "Dora", "Day"));
        truth.people.push(person("emil@acme.example", "Emil", "Erb"));
    });
    let end: fn(&Team) -> Vec<String> = |team| {
        let out = ["ada@acme.example deactivated Ada King", "bob@acme.example deactivated Bob Barker"];
        let carl = "carl@acme.example deactivated Carl Cox";
        let new = ["dora@acme.example active Dora Day", "emil@acme.example active Emil Erb"];
        exactly(team, &[out[0], out[1], carl, new[0], new[1]], &[])
    };
    scene.ends(4, end)
}

pub fn create_group() -> Scene {
    let mut scene = Scene::new("create group").groups(vec![group("pm-platform", &[ada(), bob()])]);
    scene = scene.directory(|truth| truth.groups.push(group("pm-data", &[bob(), carl()])));
    let end: fn(&Team) -> Vec<String> = |team| {
        let groups = ["data bob@acme.example carl@acme.example", "platform ada@acme.example bob@acme.example"];
        exactly(team, &[ADA, BOB, CARL], &groups)
    };
    scene.ends(2, end)
}

pub fn rename_group() -> Scene {
    let mut scene = Scene::new("rename group").groups(vec![group("pm-platform", &[ada(), bob()])]);
    scene = scene.directory(|truth| truth.groups[0].name = "pm-engine".to_owned());
    scene.ends(1, |team| exactly(team, &[ADA, BOB, CARL], &["engine ada@acme.example bob@acme.example"]))
}

/// To two groups at once.
pub fn add_members() -> Scene {
    let groups = vec![group("pm-platform", &[ada()]), group("pm-data", &[bob()])];
    let scene = Scene::new("add members").groups(groups).directory(|truth| {
        truth.groups.iter_mut().for_each(|group| _ = group.members.insert(carl().id));
    });
    let end: fn(&Team) -> Vec<String> = |team| {
        let groups = ["data bob@acme.example carl@acme.example", "platform ada@acme.example carl@acme.example"];
        exactly(team, &[ADA, BOB, CARL], &groups)
    };
    scene.ends(2, end)
}

/// From two groups at once.
pub fn remove_members() -> Scene {
    let groups = vec![group("pm-platform", &[ada(), carl()]), group("pm-data", &[bob(), carl()])];
    let scene = Scene::new("remove members").groups(groups).directory(|truth| {
        truth.groups.iter_mut().for_each(|group| _ = group.members.remove(&carl().id));
    });
    scene.ends(2, |team| exactly(team, &[ADA, BOB, CARL], &["data bob@acme.example", "platform ada@acme.example"]))
}

/// Nobody is left of the several who were in it, and a person has approved that it is emptied.
pub fn empty_group() -> Scene {
    let groups = vec![group("pm-platform", &[ada()]), group("pm-data", &[bob(), carl()])];
    let scene = Scene::new("empty group").groups(groups).directory(|truth| truth.groups[1].members.clear());
    let mut scene = scene.then(Act::Cycle).then(Act::Approve);
    scene.approved = true;
    scene.ends(1, |team| exactly(team, &[ADA, BOB, CARL], &["data", "platform ada@acme.example"]))
}

/// Nobody asks for the group any more, and a person has approved that it is emptied. It goes when a listing shows it empty.
pub fn delete_group() -> Scene {
    let groups = vec![group("pm-platform", &[ada()]), group("pm-data", &[bob()])];
    let mut scene = Scene::new("delete group").groups(groups).directory(|truth| _ = truth.groups.remove(1));
    scene.refresh_every_s = 3600;
    // Absent in two readings, two hours apart.
    scene = scene.then(Act::Cycle).then(Act::Cycle).then(Act::Approve).then(Act::Cycle);
    scene.approved = true;
    scene.ends(1, |team| exactly(team, &[ADA, BOB, CARL], &["platform ada@acme.example"]))
}

/// Answers that were lost before: what happened and what did not is read back, and the rest is done.
pub fn settle() -> Scene {
    let mut scene = Scene::new("settle").directory(|truth| {
        truth.people[0].state = State::Inactive;
        truth.people[1].family = "Brown".to_owned();
        truth.people.push(person("dora@acme.example", "Dora", "Day"));
    });
    scene = scene.then(Act::Fault(Fault::on(Kind::Deactivate, Failure::ResetBefore)));
    scene = scene.then(Act::Fault(Fault::on(Kind::Create, Failure::ResetAfter)));
    scene = scene.then(Act::Fault(Fault::on(Kind::Rename, Failure::ResetAfter))).then(Act::Cycle);
    let end: fn(&Team) -> Vec<String> = |team| {
        let changed = ["ada@acme.example deactivated Ada Lovelace", "bob@acme.example active Bob Brown"];
        exactly(team, &[changed[0], changed[1], CARL, "dora@acme.example active Dora Day"], &[])
    };
    scene.ends(1, end)
}

/// A day has passed, so the team is listed and compared: somebody edited it by hand. Who is in a group is remembered as it was
/// found, and the next plan puts it right.
pub fn refresh() -> Scene {
    let mut scene = Scene::new("refresh").groups(vec![group("pm-platform", &[ada(), bob()])]);
    scene.acts.extend((0..11).map(|_| Act::Cycle));
    scene = scene.then(Act::Team(|team| {
        team.rename_by_hand("ada@acme.example", "Adah", "Lovelace");
        team.add_by_hand("stranger@acme.example", "New", "Stranger");
        team.leave_by_hand("platform", "bob@acme.example");
    }));
    let end: fn(&Team) -> Vec<String> = |team| {
        let stranger = "stranger@acme.example active New Stranger";
        exactly(team, &[ADA, BOB, CARL, stranger], &["platform ada@acme.example bob@acme.example"])
    };
    scene.ends(1, end)
}

pub fn quiet() -> Scene {
    Scene::new("quiet").ends(0, |team| exactly(team, &[ADA, BOB, CARL], &[]))
}

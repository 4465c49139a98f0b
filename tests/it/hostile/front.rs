//! A directory of each kind with a gate in front of it, and a team that is in step with it and has work: somebody left, and
//! somebody is new. So whoever believes an attack does harm.

use super::gate::Gate;
use super::run::{Ran, complaints, run};
use crate::contract::{Directory, FIXTURES, Trouble};
use crate::support::{Lab, Row, crowd, team};

/// Of each kind: the fixture of the contract, and a part of the request for the second page.
pub const KINDS: [(&str, &str); 5] = [
    ("okta_app", "after="),
    ("entra_everybody", "skiptoken"),
    ("google", "pageToken="),
    ("keycloak", "first=5&"),
    ("scim", "startIndex=6"),
];
/// Those that sign in at a token endpoint, which is asked by POST.
pub const WITH_TOKENS: [&str; 3] = ["entra_everybody", "google", "keycloak"];

/// How many work there; the second of them leaves.
pub const PEOPLE: usize = 8;

/// The work, when it is done.
pub const DONE: [&str; 2] = ["create p9@acme.example", "deactivate p2@acme.example"];

pub struct Front {
    pub lab: Lab,
    pub gate: Gate,
    /// Where nobody should come.
    pub trap: Gate,
    pub directory: Box<dyn Directory>,
    /// The lines of the `[[source]]`, through the gate.
    pub lines: String,
}

/// The mapping of that directory's attributes.
pub fn map(lab: &mut Lab, directory: &dyn Directory) {
    let [mail, given, family] = directory.mapping();
    for (key, attribute) in [("user_name", mail), ("given_name", given), ("family_name", family)] {
        lab.set("mapping", &format!("{key} = \"{attribute}\""));
    }
}

impl Front {
    /// In step, and nobody has left yet.
    pub fn open(fixture: &str) -> Self {
        Self::of(fixture, &crowd(PEOPLE))
    }

    /// The same with these people.
    pub fn of(fixture: &str, people: &[Row]) -> Self {
        let (_, open) = FIXTURES.iter().find(|(name, _)| *name == fixture).unwrap();
        let (mut directory, mut lab) = (open(), Lab::new(team()));
        let lines = directory.lines(&lab);
        let origin = lines.split('"').find(|text| text.starts_with("http://")).unwrap().to_owned();
        let host = origin.trim_start_matches("http://").split('/').next().unwrap();
        let gate = Gate::before(host);
        let lines = lines.replace(host, &gate.address);
        directory.behind(&format!("http://{}", gate.address));
        lab.set("safety", "first_sync = \"apply\"");
        for wait in ["settle_wait", "absence_wait"] {
            lab.set("safety", &format!("{wait} = \"0s\""));
        }
        map(&mut lab, directory.as_ref());
        lab.wide_open();
        lab.source(&lines);
        directory.show(&lab, people, Trouble::None).unwrap();
        let front = Self { lab, gate, trap: Gate::trap("127.0.0.1:0"), directory, lines };
        front.lab.run(&["sync"]).exits(0);
        assert_eq!(front.lab.active().len(), people.len(), "{fixture}");
        front.lab.sandbox.clear_log();
        front.gate.lines();
        front
    }

    /// The same, with work to do.
    pub fn with_work(fixture: &str) -> Self {
        let mut front = Self::open(fixture);
        let mut people = crowd(PEOPLE + 1);
        people.remove(1);
        front.directory.show(&front.lab, &people, Trouble::None).unwrap();
        front
    }

    /// Readings end after that time.
    pub fn hurry(&mut self, timeout: &str) {
        self.lab.source(&format!("{}timeout = \"{timeout}\"\n", self.lines));
    }

    pub fn run(&self) -> Ran {
        run(&self.lab, &["sync"], &self.trap)
    }

    /// One cycle that meets an attack, and what is wrong with it. It is over then.
    pub fn refused(&self, name: &str, words: &[&str]) -> Vec<String> {
        let ran = self.run();
        let wrong = complaints(&self.lab, &ran, &self.trap, 1, words);
        let asked = self.gate.lines();
        let unmet = self.gate.peace();
        let mut wrong: Vec<String> = wrong.into_iter().map(|what| format!("{name}: {what}")).collect();
        if asked.is_empty() || unmet > 0 {
            wrong.push(format!("{name}: {unmet} attacks did not come to pass ({asked:?})"));
        }
        wrong
    }

    /// Without an attack the work is done, and no more than that.
    pub fn goes_on(&mut self) {
        self.gate.peace();
        self.lab.source(&self.lines);
        self.lab.run(&["sync"]).exits(0);
        assert_eq!(self.sent(), DONE);
    }

    /// The writes since the last call, in alphabetical order.
    pub fn sent(&self) -> Vec<String> {
        let mut sent = self.lab.sent();
        sent.sort();
        sent
    }
}

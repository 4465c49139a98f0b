//! Where a scene is played: one directory, one team that is in step with it, and questions whose answers are errors, so
//! that a test can see a scene fail.

use std::fmt::Debug;

use crate::reading::{self, Reading};
use crate::support::{Answer, Lab, Lines, Row, crowd, team};

use super::leaks::{self, Kept};
use super::{Cannot, Directory, Group, Trouble};

/// How many people work at the company when a scene begins: four pages.
pub const PEOPLE: usize = 20;

pub type Scene = fn(&mut Stage) -> Result<(), Stop>;

/// Why a scene did not go on.
pub enum Stop {
    NotYet,
    CannotHappen,
    Failed(String),
}

/// What became of a scene.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    Passed,
    /// The fixture says that its adapter does not do that yet.
    NotYet,
    CannotHappen,
    /// Directory and team could not be brought into step, so that nothing is known of the scene.
    NeverBegan(String),
    Failed(String),
}

pub struct Stage {
    lab: Lab,
    directory: Box<dyn Directory>,
    /// What the directory is in now.
    trouble: Trouble,
    /// Everybody whom the directory ever showed.
    seen: Vec<Row>,
}

impl Stage {
    /// Plays one scene in a team that has everybody of the directory and knows them.
    pub fn play(directory: Box<dyn Directory>, scene: Scene) -> Outcome {
        let mut stage = Self { lab: Lab::new(team()), directory, trouble: Trouble::None, seen: Vec::new() };
        if let Err(Stop::Failed(why)) = stage.begin() {
            return Outcome::NeverBegan(why);
        }
        match scene(&mut stage).and_then(|()| stage.nothing_written_to_the_directory()) {
            Ok(()) => Outcome::Passed,
            Err(Stop::NotYet) => Outcome::NotYet,
            Err(Stop::CannotHappen) => Outcome::CannotHappen,
            Err(Stop::Failed(why)) => {
                stage.lab.is_told = true;
                Outcome::Failed(why)
            }
        }
    }

    fn begin(&mut self) -> Result<(), Stop> {
        let lines = self.directory.lines(&self.lab);
        self.lab.source(&lines);
        if let Some(line) = self.directory.scope() {
            self.lab.set("scope", &line);
        }
        let [mail, given, family] = self.directory.mapping();
        for (key, attribute) in [("user_name", mail), ("given_name", given), ("family_name", family)] {
            self.lab.set("mapping", &format!("{key} = \"{attribute}\""));
        }
        for wait in ["settle_wait", "absence_wait"] {
            self.lab.set("safety", &format!("{wait} = \"0s\""));
        }
        self.show(&crowd(PEOPLE))?;
        let plan = self.lab.plan();
        same("the first plan, exit code", plan.code, 0).map_err(|stop| with(stop, &plan))?;
        let first = self.lab.run(&["sync", "--approve", &plan.plan_id()]);
        same("the first cycle, exit code", first.code, 0).map_err(|stop| with(stop, &first))?;
        same("people in the team after the first cycle", self.lab.active().len(), PEOPLE)?;
        self.lab.sandbox.clear_log();
        Ok(())
    }

    /// The directory holds these people, and nothing is wrong with it.
    pub fn show(&mut self, people: &[Row]) -> Result<(), Stop> {
        self.trouble(people, Trouble::None)
    }

    pub fn trouble(&mut self, people: &[Row], trouble: Trouble) -> Result<(), Stop> {
        self.trouble = trouble;
        self.seen.extend_from_slice(people);
        self.directory.show(&self.lab, people, trouble).map_err(|Cannot| Stop::CannotHappen)
    }

    pub fn can_look_up(&self) -> bool {
        self.directory.can_look_up()
    }

    /// A real cycle that must end with this exit code. Returns its report.
    pub fn cycle(&self, code: i32) -> Result<String, Stop> {
        self.command(&["sync"], code)
    }

    /// A dry run that must end with this exit code.
    pub fn plan(&self, code: i32) -> Result<String, Stop> {
        self.command(&["plan"], code)
    }

    fn command(&self, arguments: &[&str], code: i32) -> Result<String, Stop> {
        let answer = self.run(arguments)?;
        same(&format!("{arguments:?}, exit code"), answer.code, code).map_err(|stop| with(stop, &answer))?;
        Ok(answer.out.flat())
    }

    /// Whatever it does, it tells no secret, and names nobody in the log.
    fn run(&self, arguments: &[&str]) -> Result<Answer, Stop> {
        let answer = self.lab.command(arguments).output().unwrap().into();
        leaks::no_secret(&self.lab, &answer)?;
        leaks::nobody("the log", &answer.err, &self.seen)?;
        Ok(answer)
    }

    /// A cycle that refuses to believe what it read: it fails, or its plan is held. Returns its report.
    pub fn refusal(&self) -> Result<String, Stop> {
        let answer = self.run(&["sync"])?;
        same("a refusal, exit code 1 or 4", matches!(answer.code, 1 | 4), true).map_err(|stop| with(stop, &answer))?;
        Ok(answer.out.flat())
    }

    /// Whether a reading in the trouble of now is refused, rather than believed and held.
    pub fn is_refused(&self) -> bool {
        self.directory.reason(self.trouble).is_some()
    }

    /// Two cycles about a reading that is worth nothing: both fail, say why and name nobody, send the team nothing, and
    /// keep nothing of it.
    pub fn worthless(&self) -> Result<(), Stop> {
        let Some(reason) = self.directory.reason(self.trouble) else {
            return Err(Stop::Failed(format!("{:?} is believed by this fixture's own account", self.trouble)));
        };
        let before = Kept::of(&self.lab);
        same("whether the state has those who work there", before.has("p1@acme.example"), true)?;
        for _ in 0..2 {
            let said = self.cycle(1)?;
            says(&said, &[reason])?;
            says(&said, &["its members stay as they are (1) hr 20 members: "])?;
            says(&said, &["Source hr, "])?;
            says(&said, &["FAILED: "])?;
            leaks::nobody("the report of a reading that is worth nothing", &said, &self.seen)?;
        }
        Kept::of(&self.lab).has_nobody_new(&before, &self.seen)?;
        self.sent(&[])?;
        self.works(PEOPLE)
    }

    /// The writes that the team got since the last question, in any order: several are in flight at once.
    pub fn sent(&self, writes: &[&str]) -> Result<(), Stop> {
        let mut sent = self.lab.sent();
        sent.sort();
        let mut should: Vec<String> = writes.iter().map(|write| (*write).to_owned()).collect();
        should.sort();
        same("writes to the team", sent, should)
    }

    /// So many people can work in the team, none of them twice.
    pub fn works(&self, people: usize) -> Result<(), Stop> {
        same("people who can work in the team", self.lab.active().len(), people)
    }

    /// What this member is called.
    pub fn is_called(&self, user_name: &str, given: &str, family: &str) -> Result<(), Stop> {
        let person = self.lab.sandbox.person(user_name);
        let names = person.map(|person| (person.given, person.family));
        same(&format!("the names of {user_name}"), names, Some((given.to_owned(), family.to_owned())))
    }

    /// The directory holds these groups from the next `show` on.
    pub fn hold(&mut self, groups: &[Group]) -> Result<(), Stop> {
        self.directory.hold(groups).map_err(|Cannot| Stop::NotYet)
    }

    pub fn directory(&self) -> &dyn Directory {
        self.directory.as_ref()
    }

    /// What the adapter itself says when it is asked for these groups. Errors: the reading failed, or names somebody in a reason.
    pub fn read(&mut self, asked: &[&str]) -> Result<Reading, Stop> {
        let lines = self.directory.lines(&self.lab);
        reading::ask(&mut self.lab, &lines, asked);
        let source = self.directory.adapter(&reading::config(&self.lab));
        let read = reading::read_of(&self.lab, source.as_ref());
        let read = read.map_err(|error| Stop::Failed(format!("the reading failed: {error}")))?;
        leaks::nobody("why a group is not known", &read.reasons().join(" "), &self.seen)?;
        Ok(read)
    }

    fn nothing_written_to_the_directory(&self) -> Result<(), Stop> {
        same("requests that a reader never sends", self.directory.writes(), Vec::new())
    }
}

pub fn same<T: PartialEq + Debug>(what: &str, is: T, should: T) -> Result<(), Stop> {
    if is == should { Ok(()) } else { Err(Stop::Failed(format!("{what}: {is:?}, and should be {should:?}"))) }
}

/// One of these words is there.
pub fn says(said: &str, words: &[&str]) -> Result<(), Stop> {
    let is_there = words.iter().any(|word| said.contains(word));
    if is_there { Ok(()) } else { Err(Stop::Failed(format!("none of {words:?} is in: {said:.2000}"))) }
}

fn with(stop: Stop, answer: &Answer) -> Stop {
    match stop {
        Stop::Failed(why) => Stop::Failed(format!("{why}\n--- out\n{}\n--- err\n{}", answer.out, answer.err)),
        Stop::CannotHappen | Stop::NotYet => stop,
    }
}

//! The contract of every source: one narrative, told once, that each kind of directory must pass with the built program
//! against the sandbox team. A source type that the configuration knows and that has no fixture here fails.
//!
//! A new source: one file with a `Directory`, one line in `fixtures!`, and a row in `CANNOT` for each scene that cannot
//! happen to it. A directory with delta readings will need scenes of its own: every scene here is of full readings.
//!
//! Never: knows how a source is built, or lets a scene pass because its directory did not do what the scene is about.

mod entra;
mod exec;
mod file;
mod google;
pub mod groups;
mod keycloak;
mod ldap;
mod leaks;
mod okta;
mod planted;
mod scenes;
mod scim;
mod stage;

use postman_scim_sync::clock::Clock;
use postman_scim_sync::config::Config;
use postman_scim_sync::config::schema::SOURCE_TYPES;
use postman_scim_sync::source::{self, Source};

use crate::directories::ldap::Dialect;
use crate::support::{Lab, Row};
use groups::Group;
use stage::{Outcome, Stage};

/// So many people are on a page.
const PAGE: usize = 5;

/// A directory of one kind that does what a scene tells it.
pub trait Directory {
    /// The `type` of its `[[source]]`.
    fn source_type(&self) -> &'static str;

    /// The lines of its `[[source]]` behind the name: `PAGE` people in a page, where it has pages. Files that they name
    /// are written to the lab's folder.
    fn lines(&self, lab: &Lab) -> String;

    /// Links in its answers lead to this origin from now on, where it has links: something stands in front of it.
    fn behind(&mut self, _origin: &str) {}

    /// A line of `[scope]`, where it reads groups.
    fn scope(&self) -> Option<String> {
        None
    }

    /// The attributes with the e-mail and both names.
    fn mapping(&self) -> [&'static str; 3];

    /// Holds exactly these people from now on, and is in this trouble, or in none. Errors: it cannot happen here.
    fn show(&mut self, lab: &Lab, people: &[Row], trouble: Trouble) -> Result<(), Cannot>;

    /// Holds exactly these groups, besides those that its scope needs, from the next `show` on. Errors: its adapter does not
    /// hand over who is in which group yet; `NOT_YET` has its type.
    fn hold(&mut self, _groups: &[Group]) -> Result<(), Cannot> {
        Err(Cannot)
    }

    /// How a `[[group]]` names this one, in the words that `scope.groups` has.
    fn asked(&self, group: &Group) -> String {
        group.name.clone()
    }

    /// What `FoundGroup::id` is of this one.
    fn group_id(&self, group: &Group) -> String {
        group.id.clone()
    }

    /// Whether a group that is not there cannot be told from one that nobody is in.
    fn has_every_group(&self) -> bool {
        false
    }

    /// Whether a group that nobody is in can be told from one whose members may not be read.
    fn tells_empty(&self) -> bool {
        true
    }

    /// The adapter, as the program opens it.
    fn adapter(&self, config: &Config) -> Box<dyn Source> {
        source::open(&config.sources[0], &config.http, Clock::System)
    }

    /// Words of the reason for which a reading in this trouble is refused: what is wrong, in this directory's own terms.
    /// `None`: it is believed, and what it leads to is held.
    fn reason(&self, trouble: Trouble) -> Option<&'static str>;

    /// Whether it can be asked about one person, so that absence need not wait for a second cycle.
    fn can_look_up(&self) -> bool;

    /// Requests that a reader never sends, of all that arrived.
    fn writes(&self) -> Vec<String> {
        Vec::new()
    }
}

/// What goes wrong while people are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    None,
    /// Two pages of people arrive, and then an error.
    Page3Fails,
    /// The second page is the first one again.
    PageRepeated,
    /// One person is shown on the first page and again on the last.
    ShownTwice,
    /// Everybody has been shown, the last page too, and then it turns out that the reading was not whole.
    ShownAndLost,
    /// The listing shows only these people, of more, and is whole by its own account; who is asked for by id is there.
    Missed,
    /// The reader may see only these people, of more; a person who is hidden is denied by id too.
    Narrowed,
    /// These people are another directory's, under the same address.
    AnotherTenant,
    /// The directory says that somebody else reads.
    AnotherReader,
}

/// This trouble cannot happen in this kind of directory; `CANNOT` says why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cannot;

/// Fixture, scene, and why the scene cannot happen there.
const CANNOT: &[(&str, &str, &str)] = &[
    ("file", "a_group_is_renamed", "in a column a group has no id but its name, so that another name is another group"),
    ("exec", "a_group_is_renamed", "a group is no more than its name, as above"),
    ("file", "another_reader", "nobody signs in to read a file, so that nothing could tell who it was"),
    ("exec", "another_reader", "whom the program signs in as is its own business; it prints nothing about it"),
    (
        "keycloak",
        "another_reader",
        "a client signs in by the name that the configuration has, and no other client's secret fits",
    ),
    ("keycloak_groups", "another_reader", "a client signs in by its name, as above"),
    (
        "entra",
        "another_reader",
        "who reads is the client_id of the configuration; another one is another configuration",
    ),
    ("entra_everybody", "another_reader", "who reads is the client_id of the configuration, as above"),
];

/// Types of sources whose adapters do not hand over yet who is in which group; none, once groups are whole.
const NOT_YET: &[&str] = &[];

macro_rules! fixtures {
    ($($name:ident: $open:expr;)*) => {
        pub const FIXTURES: &[(&str, fn() -> Box<dyn Directory>)] = &[$((stringify!($name), || Box::new($open))),*];

        /// The whole narrative, once for each fixture.
        mod passes {
            $(#[test]
            fn $name() {
                super::pass(stringify!($name));
            })*
        }
    };
}

fixtures! {
    file: file::File::default();
    exec: exec::Exec::honest();
    openldap: ldap::Ldap::of(Dialect::OpenLdap);
    active_directory: ldap::Ldap::of(Dialect::ActiveDirectory);
    scim: scim::Scim::new();
    google: google::Google::new();
    keycloak: keycloak::Keycloak::of_realm();
    keycloak_groups: keycloak::Keycloak::of_group();
    okta_app: okta::Okta::of_app();
    okta_users: okta::Okta::of_everybody();
    okta_groups: okta::Okta::of_group();
    entra: entra::Entra::of(entra::Who::Assigned);
    entra_everybody: entra::Entra::of(entra::Who::Everybody);
}

fn pass(fixture: &str) {
    let (_, open) = FIXTURES.iter().find(|(name, _)| *name == fixture).unwrap();
    let is_yet_to_come = NOT_YET.contains(&open().source_type());
    let mut failures = Vec::new();
    for (scene, outcome) in told(*open) {
        let reason = CANNOT.iter().find(|(of, at, _)| (*of, *at) == (fixture, scene)).map(|(_, _, reason)| reason);
        match (outcome, reason) {
            (Outcome::Passed, None) if is_yet_to_come && groups::SCENES.contains(&scene) => {
                failures.push(format!("{scene}: it passes, and NOT_YET has the type of this fixture"))
            }
            (Outcome::Passed, None) => {}
            (Outcome::CannotHappen, Some(reason)) => println!("{fixture}: {scene} cannot happen: {reason}"),
            (Outcome::Passed, Some(_)) => {
                failures.push(format!("{scene}: it can happen, and CANNOT says that it cannot"))
            }
            (Outcome::CannotHappen, None) => {
                failures.push(format!("{scene}: cannot happen, and CANNOT does not say why"))
            }
            (Outcome::NotYet, None) if is_yet_to_come => {}
            (Outcome::NotYet, _) => failures.push(format!("{scene}: its fixture does not say who is in which group")),
            (Outcome::NeverBegan(why) | Outcome::Failed(why), _) => failures.push(format!("{scene}: {why}")),
        }
    }
    assert!(failures.is_empty(), "{fixture} breaks the contract of sources:\n{}", failures.join("\n"));
}

/// Every scene, each with a directory and a team of its own.
fn told(open: impl Fn() -> Box<dyn Directory>) -> Vec<(&'static str, Outcome)> {
    scenes::ALL.iter().map(|(name, scene)| (*name, Stage::play(open(), *scene))).collect()
}

#[test]
fn every_type_of_source_has_a_fixture() {
    let fixtures: Vec<&str> = FIXTURES.iter().map(|(_, open)| open().source_type()).collect();
    let without: Vec<_> = SOURCE_TYPES.iter().filter(|known| !fixtures.contains(known)).collect();
    assert!(without.is_empty(), "the configuration knows {without:?}, and no fixture here has that type");
}

#[test]
fn every_source_hands_over_who_is_in_which_group() {
    assert!(NOT_YET.is_empty(), "no groups come from {NOT_YET:?}");
}

#[test]
fn what_cannot_happen_is_about_fixtures_and_scenes_that_exist() {
    for (fixture, scene, reason) in CANNOT {
        assert!(FIXTURES.iter().any(|(name, _)| name == fixture), "no fixture {fixture}");
        assert!(scenes::ALL.iter().any(|(name, _)| name == scene), "no scene {scene}");
        assert!(reason.len() > 20, "{fixture}, {scene}: that is no reason");
    }
}

//! The contract finds bad adapters. Each of these is wrong in one way: it comes into step with the team, the scenes that
//! are about its bug fail, each in the words that it should, and a scene that is not about it passes.
//!
//! Every scene is failed by somebody here, or it would be a scene that proves nothing.

mod groups;

use std::collections::BTreeSet;

use crate::directories::ldap::Dialect;
use crate::support::{Lab, Row};

use self::groups::{Bug as GroupBug, InMemory};
use super::exec::Exec;
use super::ldap::Ldap;
use super::stage::{Outcome, Stage};
use super::{Cannot, Directory, PAGE, Trouble, scenes};

struct Bug {
    name: &'static str,
    open: fn() -> Box<dyn Directory>,
    /// A scene, and words of why it fails.
    fails: &'static [(&'static str, &'static str)],
    /// Another scene.
    passes: &'static str,
}

macro_rules! bugs {
    ($($name:ident: $open:expr, fails $fails:expr, passes $passes:expr;)*) => {
        const BUGS: &[Bug] =
            &[$(Bug { name: stringify!($name), open: || Box::new($open), fails: &$fails, passes: $passes }),*];

        mod is_found_out {
            $(#[test]
            fn $name() {
                super::is_found_out(stringify!($name));
            })*
        }
    };
}

/// A program that is honest about failures, and prints what this filter makes of the people.
fn filter(filter: &str) -> Exec {
    Exec::that("exit 1", filter)
}

const QUIET_CYCLE: &str = "writes to the team: []";
const BELIEVED: &str = "[\"sync\"], exit code: 0, and should be 1";

bugs! {
    // An error looks like the end.
    swallows_the_error_of_a_page: Exec::that("break", "cat"),
        fails [("page_three_fails", BELIEVED)], passes "shown_and_lost";
    // How it ended is lost in a pipe.
    ends_well_whatever_happens: Exec::honest().in_a_pipe(),
        fails [("shown_and_lost", BELIEVED)], passes "several_pages";
    // An error message that quotes what was read last; a program's messages are logged.
    names_people_in_its_errors: Exec::that("{ tail -n 1 read >&2; exit 1; }", "cat"),
        fails [("page_three_fails", "the log names")], passes "shown_and_lost";
    tells_secrets_in_its_errors: Exec::that("{ cat scim.key >&2; exit 1; }", "cat"),
        fails [("page_three_fails", "has the secret")], passes "shown_and_lost";
    // "Every id once" by throwing away the second.
    drops_whoever_comes_twice: filter("sort -u"),
        fails [("shown_twice", BELIEVED), ("page_repeated", BELIEVED)], passes "several_pages";
    // As many pages as the total divided by their size, rounded down.
    reads_full_pages_only: filter(&format!("head -n $(($(wc -l < read) / {PAGE} * {PAGE}))")),
        fails [("several_pages", QUIET_CYCLE), ("a_newcomer", "writes to the team: [\"rename")], passes "disabled";
    // The limit of an API, taken for everybody.
    stops_at_a_hundred: filter("head -n 100"),
        fails [("ten_times_as_many", "none of [\"Create (180): all held\"]")], passes "several_pages";
    reads_a_cache: filter("if [ -e cache ]; then cat cache; else tee cache; fi"),
        fails [("a_newcomer", QUIET_CYCLE), ("somebody_left", QUIET_CYCLE), ("unicode_names", QUIET_CYCLE)],
        passes "missed";
    shows_yesterday_where_nobody_is: filter("if [ -s read ]; then tee yesterday; else cat yesterday; fi"),
        fails [("nobody_at_all", "a refusal, exit code 1 or 4")], passes "somebody_left";
    // Absence is turned into a statement.
    calls_the_absent_inactive: filter(
        "touch known; tee now; grep -vxFf now known | sed s/active/inactive/; sort -u now known > all; mv all known"
    ),
        fails [
            ("missed", "writes to the team: [\"deactivate p20@acme.example\"]"),
            ("somebody_left", "writes to the team: [\"deactivate p20@acme.example\"]"),
            ("narrowed_rights", "exit code: 4, and should be 0"),
            ("nobody_at_all", "none of [\"Empty never means everybody left\""),
        ], passes "several_pages";
    says_active_of_everybody: filter("sed 's/\"inactive\"/\"active\"/'"),
        fails [("disabled", QUIET_CYCLE)], passes "unknown_status";
    says_inactive_of_whatever_is_not_active: filter("sed '/\"status\":\"active\"/!s/\"status\":\"[^\"]*\"/\"status\":\"inactive\"/'"),
        fails [("unknown_status", "exit code: 0, and should be 3")], passes "disabled";
    leaves_out_whoever_has_no_mail: filter("grep -v '\"mail\":\"\"'"),
        fails [("missing_mail", "exit code: 0, and should be 3")], passes "unknown_status";
    knows_ascii_only: filter("LC_ALL=C tr -c '\\n -~' '?'"),
        fails [("unicode_names", "the names of p1@acme.example")], passes "a_newcomer";
    does_not_look_which_directory_it_is: Unaware::of(Trouble::AnotherTenant),
        fails [("another_tenant", "exit code: 4, and should be 1")], passes "another_reader";
    fails_for_a_group_that_is_not_there: InMemory::with(GroupBug::MissingFailsAll),
        fails [
            ("groups_that_are_asked_for", "the reading failed: a group is not there"),
            ("groups_that_go", "the reading failed: a group is not there"),
        ], passes "a_group_is_renamed";
    does_not_say_that_a_group_is_not_there: InMemory::with(GroupBug::MissingUnsaid),
        fails [("groups_that_are_asked_for", "groups that were found"), ("groups_that_go", "groups that were found")],
        passes "a_group_is_renamed";
    finds_an_empty_group_for_one_that_is_not_there: InMemory::with(GroupBug::MissingIsEmpty),
        fails [("groups_that_are_asked_for", "groups that were found"), ("groups_that_go", "groups that were found")],
        passes "a_group_is_renamed";
    takes_an_empty_group_for_one_that_is_not_there: InMemory::with(GroupBug::EmptyIsMissing),
        fails [("groups_that_go", "groups that were found")], passes "groups_that_are_asked_for";
    matches_within_a_name: InMemory::with(GroupBug::Substring),
        fails [("groups_that_are_asked_for", "not-pm-design")], passes "a_group_is_renamed";
    matches_as_it_is_written: InMemory::with(GroupBug::LetterCase),
        fails [("groups_that_are_asked_for", "groups that were found")], passes "a_group_is_renamed";
    reads_one_page_of_groups: InMemory::with(GroupBug::PageOfGroups),
        fails [("groups_that_are_asked_for", "groups that were found")], passes "groups_that_go";
    reads_one_page_of_members: InMemory::with(GroupBug::PageOfMembers),
        fails [("groups_that_are_asked_for", "who is in which group")], passes "a_group_is_renamed";
    counts_one_page_of_members: InMemory::with(GroupBug::CountsPage),
        fails [("groups_that_are_asked_for", "has 5")], passes "a_group_is_renamed";
    knows_groups_by_their_names: InMemory::with(GroupBug::NameIsId),
        fails [("a_group_is_renamed", "groups that were found"), ("groups_that_are_asked_for", "groups that were found")],
        passes "several_pages";
    says_in_by_the_name: InMemory::with(GroupBug::InByName),
        fails [("groups_that_are_asked_for", "who is in which group"), ("a_group_is_renamed", "who is in which group")],
        passes "several_pages";
    says_twice_in: InMemory::with(GroupBug::Twice),
        fails [("groups_that_are_asked_for", "who is in which group")], passes "a_group_is_renamed";
    finds_a_group_for_one_rule_only: InMemory::with(GroupBug::OncePerGroup),
        fails [("groups_that_are_asked_for", "groups that were found")], passes "a_group_is_renamed";
    puts_members_into_scope: InMemory::with(GroupBug::IntoScope),
        fails [("groups_that_are_asked_for", "groups that people are in scope by")], passes "a_group_is_renamed";
    reads_members_only: InMemory::with(GroupBug::MembersOnly),
        fails [("groups_that_are_asked_for", "people who were read")], passes "a_group_is_renamed";
    names_people_in_a_reason: InMemory::with(GroupBug::NamesPeople),
        fails [("groups_that_are_asked_for", "why a group is not known names")], passes "a_group_is_renamed";
    does_not_look_who_reads: Unaware::of(Trouble::AnotherReader),
        fails [("another_reader", BELIEVED)], passes "another_tenant";
}

/// Scenes that nothing here fails, and why that is no flaw of theirs.
const FAILED_BY_NONE: &[(&str, &str)] = &[];

fn is_found_out(name: &str) {
    let bug = BUGS.iter().find(|bug| bug.name == name).unwrap();
    let play = |scene: &str| {
        let (_, play) = scenes::ALL.iter().find(|(name, _)| *name == scene).unwrap();
        Stage::play((bug.open)(), *play)
    };
    for (scene, because) in bug.fails {
        match play(scene) {
            Outcome::Failed(why) if why.contains(because) => {}
            other => panic!("{scene} should fail with {because:?}, and: {other:#?}"),
        }
    }
    assert_eq!(play(bug.passes), Outcome::Passed, "{}", bug.passes);
}

#[test]
fn what_is_in_memory_is_right_but_for_its_bug() {
    for scene in super::groups::SCENES {
        let (_, play) = scenes::ALL.iter().find(|(name, _)| *name == scene).unwrap();
        assert_eq!(Stage::play(Box::new(InMemory::with(GroupBug::None)), *play), Outcome::Passed, "{scene}");
    }
}

#[test]
fn every_scene_is_failed_by_a_bad_adapter() {
    let failed: BTreeSet<&str> = BUGS.iter().flat_map(|bug| bug.fails).map(|(scene, _)| *scene).collect();
    let excused: BTreeSet<&str> = FAILED_BY_NONE.iter().map(|(scene, _)| *scene).collect();
    let all: BTreeSet<&str> = scenes::ALL.iter().map(|(scene, _)| *scene).collect();
    assert_eq!(failed.union(&excused).copied().collect::<BTreeSet<_>>(), all);
    assert!(failed.is_disjoint(&excused), "what is failed needs no excuse");
}

/// A source that does not see one kind of trouble: to it, all is as ever.
struct Unaware {
    directory: Ldap,
    of: Trouble,
}

impl Unaware {
    fn of(of: Trouble) -> Self {
        Self { directory: Ldap::of(Dialect::OpenLdap), of }
    }
}

impl Directory for Unaware {
    fn source_type(&self) -> &'static str {
        self.directory.source_type()
    }

    fn lines(&self, lab: &Lab) -> String {
        self.directory.lines(lab)
    }

    fn mapping(&self) -> [&'static str; 3] {
        self.directory.mapping()
    }

    fn show(&mut self, lab: &Lab, people: &[Row], trouble: Trouble) -> Result<(), Cannot> {
        self.directory.show(lab, people, if trouble == self.of { Trouble::None } else { trouble })
    }

    fn reason(&self, trouble: Trouble) -> Option<&'static str> {
        self.directory.reason(trouble)
    }

    fn can_look_up(&self) -> bool {
        self.directory.can_look_up()
    }
}

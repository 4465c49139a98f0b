//! Memberships in the fold: only what a group's own source showed counts, and only of people who may be spoken for.

use super::*;
use crate::core::groups::rules::{Asked, Rule};
use crate::core::groups::{DesiredGroup, DirectoryGroup, FoundGroup, GroupId, GroupReading, KnownGroup};
use crate::core::reading::Reading;
use crate::source::SourceError;

fn rule(source: &str, asked: &str, postman: Option<&str>) -> Rule {
    Rule { from: source.into(), asked: Asked::of(asked), postman: postman.map(str::to_owned), adopt: false }
}

fn found(asked: &str, id: &str, name: &str, members: u64) -> DirectoryGroup {
    DirectoryGroup { asked: asked.into(), found: Ok(FoundGroup { id: id.into(), name: name.into(), members }) }
}

fn unread(asked: &str) -> DirectoryGroup {
    DirectoryGroup { asked: asked.into(), found: Err("not to be read".into()) }
}

/// In these groups.
fn of(entry: DirectoryUser, groups: &[&str]) -> DirectoryUser {
    DirectoryUser { in_groups: groups.iter().map(|group| (*group).to_owned()).collect(), ..entry }
}

fn person(source: &str, id: u32) -> DirectoryUser {
    entry(source, id, &format!("p{id}"), "Byron", Active::Yes)
}

fn managed(source: &str, id: &str) -> Fact {
    Fact::Group(KnownGroup {
        id: GroupId::new(source, id),
        scim_id: ScimId(format!("scim-group-{source}-{id}")),
        name: id.to_uppercase(),
        origin: Origin::Created,
        absent: None,
        undone: 0,
    })
}

/// A managed group in which these people of `corp` are.
fn with_members(source: &str, group: &str, people: &[u32]) -> Vec<Fact> {
    let joined = people.iter().map(|id| known("corp", *id, "", "", Standing::Active).scim_id).collect();
    vec![managed(source, group), Fact::Members { group: GroupId::new(source, group), joined, left: Vec::new() }]
}

fn rows(people: std::ops::Range<u32>) -> Vec<Fact> {
    people.map(|id| Fact::Known(known("corp", id, &format!("p{id}"), "Byron", Standing::Active))).collect()
}

/// One source's reading.
struct Read {
    name: &'static str,
    entries: Vec<DirectoryUser>,
    groups: Result<Vec<DirectoryGroup>, SourceError>,
}

fn read(name: &'static str, entries: Vec<DirectoryUser>, groups: &[DirectoryGroup]) -> Read {
    Read { name, entries, groups: Ok(groups.to_vec()) }
}

fn fold_groups(facts: &[Fact], rules: &[Rule], sources: Vec<Read>) -> Reading {
    let (mapping, scope, store) =
        (mapping(), Scope { groups: vec!["team".into()], ..Scope::default() }, store_with(facts));
    let names: Vec<String> = sources.iter().map(|source| source.name.to_owned()).collect();
    let index = store.index(&names).unwrap();
    let folding = Folding::new(&mapping, &scope, Listing::NotPlanned, index, BTreeMap::new());
    let mut folding = folding.joining(&names, &store).unwrap().grouping(rules, &store).unwrap();
    for source in sources {
        let count = source.entries.len();
        source.entries.into_iter().for_each(|entry| folding.person(entry));
        let evidence = source.groups.map(|groups| Evidence { groups, ..evidence(source.name, count) });
        folding.end_source(source.name, evidence);
    }
    folding.finish(&store, &BTreeSet::new()).unwrap()
}

fn ids(people: &[SourceId]) -> Vec<String> {
    people.iter().map(ToString::to_string).collect()
}

/// Who joins and who leaves.
#[track_caller]
fn moves(reading: &Reading, source: &str, group: &str, joins: &[&str], leaves: &[&str]) -> DesiredGroup {
    let id = GroupId::new(source, group);
    let desired = reading.groups.desired.iter().find(|desired| desired.id == id);
    let desired = desired.unwrap_or_else(|| panic!("{:?}", reading.groups));
    assert_eq!((ids(&desired.joins), ids(&desired.leaves)), (own(joins), own(leaves)));
    desired.clone()
}

fn own(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

#[test]
fn only_differences_and_only_of_people_who_were_shown() {
    let facts = [rows(1..6), with_members("corp", "g", &[1, 2, 3])].concat();
    // 1 is in it as before, 2 was shown and is not, 3 was not shown, 4 is new in it, 9 is a newcomer, 5 never was in it.
    let entries = vec![
        of(person("corp", 1), &["g"]),
        person("corp", 2),
        of(person("corp", 4), &["g", "g", "not asked for"]),
        person("corp", 5),
        of(person("corp", 9), &["g"]),
    ];
    let groups = [found("g-name", "g", "G-Name", 3)];
    let reading = fold_groups(&facts, &[rule("corp", "g-name", None)], vec![read("corp", entries, &groups)]);
    let desired = moves(&reading, "corp", "g", &["corp:4", "corp:9"], &["corp:2"]);
    assert_eq!((desired.applied, desired.members, desired.name.as_str()), (3, 3, "G-Name"));
    assert_eq!((reading.groups.failed.len(), reading.groups.unwanted.len()), (0, 0));
    // Only who differs otherwise is kept as a person.
    assert_eq!(ids(&reading.people.iter().map(|user| user.id.clone()).collect::<Vec<_>>()), ["corp:9"]);
}

#[test]
fn a_group_that_comes_short_loses_only_those_who_were_shown_without_it() {
    let facts = [rows(0..40), with_members("corp", "g", &(0..40).collect::<Vec<_>>())].concat();
    // The listing broke off, and evidence of it exists all the same.
    let entries = (0..10).map(|id| if id < 7 { of(person("corp", id), &["g"]) } else { person("corp", id) }).collect();
    let groups = [found("g", "g", "g", 7)];
    let reading = fold_groups(&facts, &[rule("corp", "g", None)], vec![read("corp", entries, &groups)]);
    let desired = moves(&reading, "corp", "g", &[], &["corp:7", "corp:8", "corp:9"]);
    assert_eq!((desired.applied, desired.members), (40, 7));
}

#[test]
fn whoever_is_renamed_stays_in_their_groups() {
    let facts = [rows(1..2), with_members("corp", "g", &[1])].concat();
    let renamed = of(entry("corp", 1, "countess", "King", Active::Yes), &["g"]);
    let groups = [found("g", "g", "g", 1)];
    let reading = fold_groups(&facts, &[rule("corp", "g", None)], vec![read("corp", vec![renamed], &groups)]);
    moves(&reading, "corp", "g", &[], &[]);
}

#[test]
fn whoever_is_out_joins_nothing_and_whose_state_is_unknown_stays_as_they_are() {
    let facts = [rows(1..5), with_members("corp", "g", &[3, 4])].concat();
    let entries = vec![
        of(entry("corp", 1, "p1", "Byron", Active::No), &["g"]),
        of(entry("corp", 2, "p2", "Byron", Active::Unknown), &["g"]),
        entry("corp", 3, "p3", "Byron", Active::Unknown),
        // Out of scope, and shown outside the group.
        DirectoryUser { groups: Vec::new(), ..person("corp", 4) },
        DirectoryUser { groups: Vec::new(), ..of(person("corp", 8), &["g"]) },
    ];
    let groups = [found("g", "g", "g", 2)];
    let reading = fold_groups(&facts, &[rule("corp", "g", None)], vec![read("corp", entries, &groups)]);
    moves(&reading, "corp", "g", &[], &["corp:4"]);
}

#[test]
fn a_rule_that_failed_makes_no_group_of_its_source_unwanted() {
    let facts = [rows(1..3), with_members("corp", "g", &[1]), with_members("corp", "h", &[1, 2])].concat();
    let rules = [rule("corp", "g", None), rule("corp", "h-*", None)];
    let entries = || vec![of(person("corp", 1), &["g"]), of(person("corp", 2), &["g"])];
    let read_with = |groups: &[DirectoryGroup]| fold_groups(&facts, &rules, vec![read("corp", entries(), groups)]);
    // The pattern matches nothing any more.
    let reading = read_with(&[found("g", "g", "g", 2)]);
    let [(group, people)] = &reading.groups.unwanted[..] else { panic!("{:?}", reading.groups) };
    assert_eq!((group.to_string(), ids(people)), ("corp/groups:h".into(), own(&["corp:1", "corp:2"])));
    moves(&reading, "corp", "g", &["corp:2"], &[]);
    // It could not be listed: what was found is followed, and nothing is over.
    let reading = read_with(&[found("g", "g", "g", 2), unread("h-*")]);
    assert_eq!(reading.groups.unwanted, []);
    assert_eq!(reading.groups.failed, [("corp".into(), "h-*".into(), "not to be read".into())]);
    moves(&reading, "corp", "g", &["corp:2"], &[]);
    // A group of which the source says nothing at all, and an answer to what nobody asked.
    for groups in [&[][..], &[found("g", "g", "g", 2), found("h", "h", "h", 0)]] {
        let reading = read_with(groups);
        assert_eq!((reading.groups.unwanted.len(), reading.groups.failed.len()), (0, 1), "{groups:?}");
    }
    // Nobody leaves a group that could not be read.
    let reading = read_with(&[unread("g"), unread("h-*")]);
    assert_eq!((reading.groups.desired.len(), reading.groups.unwanted.len()), (0, 0));
}

#[test]
fn a_source_that_was_not_read_contributes_nothing() {
    let facts = [rows(1..4), with_members("corp", "g", &[1]), with_members("crm", "h", &[2])].concat();
    let rules = [rule("corp", "g*", None), rule("crm", "h", None)];
    let corp = || vec![person("corp", 1), of(person("corp", 2), &["g"]), person("corp", 3)];
    let broken = Read {
        name: "corp",
        entries: corp(),
        groups: Err(SourceError::Unreachable { place: "p".into(), reason: "r".into() }),
    };
    let crm = read("crm", vec![], &[found("h", "h", "h", 1)]);
    let reading = fold_groups(&facts, &rules, vec![broken, crm]);
    assert_eq!(reading.groups.desired.iter().map(|group| group.id.to_string()).collect::<Vec<_>>(), ["crm/groups:h"]);
    assert_eq!(reading.groups.unwanted, []);
    // An id that stands there twice is noticed at the very end.
    let twice = [corp(), vec![person("corp", 9), person("corp", 9)]].concat();
    let reading = fold_groups(&facts, &rules[..1], vec![read("corp", twice, &[found("g*", "g", "g", 1)])]);
    assert!(reading.sources[0].evidence.is_err());
    assert_eq!((reading.groups.desired.len(), reading.groups.unwanted.len()), (0, 0));
}

#[test]
fn a_groups_members_come_from_its_own_source() {
    let link = |id: &str, person: &str| Fact::Joined {
        entry: SourceId::new("crm", id),
        person: SourceId::new("corp", person),
    };
    let facts =
        [rows(1..6), with_members("crm", "h", &[1, 2, 3, 5]), vec![link("51", "1"), link("52", "2"), link("54", "4")]];
    let rules = [rule("corp", "h", None), rule("crm", "h", None)];
    // corp has a group of the same name and id, and nobody is in it there.
    let corp = (1..6).map(|id| person("corp", id)).collect();
    // crm shows 1 outside, 2 inside under another address, 4 newly inside; it has no entry for 3, and an unjoined one for 5.
    let crm = vec![
        entry("crm", 51, "p1", "Byron", Active::Yes),
        of(entry("crm", 52, "moved", "Byron", Active::Yes), &["h"]),
        of(entry("crm", 54, "p4", "Byron", Active::Yes), &["h"]),
        of(entry("crm", 55, "p5", "Byron", Active::Yes), &["h"]),
    ];
    let groups = [found("h", "h", "h", 3)];
    let sources = vec![read("corp", corp, &[found("h", "h", "h", 0)]), read("crm", crm, &groups)];
    let reading = fold_groups(&facts.concat(), &rules, sources);
    moves(&reading, "crm", "h", &["corp:4"], &["corp:1"]);
    moves(&reading, "corp", "h", &[], &[]);
}

#[test]
fn an_entry_joins_as_the_person_who_it_is() {
    let facts = rows(1..2);
    let rules = [rule("crm", "h", None)];
    let corp = vec![person("corp", 1), person("corp", 2)];
    // One has an account, one is a newcomer in both, one is a newcomer in crm alone.
    let crm = (1..4).map(|id| of(entry("crm", 50 + id, &format!("p{id}"), "Byron", Active::Yes), &["h"])).collect();
    let sources = vec![read("corp", corp, &[]), read("crm", crm, &[found("h", "h", "h", 3)])];
    let reading = fold_groups(&facts, &rules, sources);
    moves(&reading, "crm", "h", &["corp:1", "corp:2", "crm:53"], &[]);
}

#[test]
fn newcomers_who_were_joined_before_join_as_one_person() {
    let (entry_id, person_id) = (SourceId::new("crm", "51"), SourceId::new("corp", "1"));
    let facts = [Fact::Joined { entry: entry_id, person: person_id }];
    let crm = vec![of(entry("crm", 51, "other", "Byron", Active::Yes), &["h"])];
    let sources = vec![read("corp", vec![person("corp", 1)], &[]), read("crm", crm, &[found("h", "h", "h", 1)])];
    let reading = fold_groups(&facts, &[rule("crm", "h", None)], sources);
    moves(&reading, "crm", "h", &["corp:1"], &[]);
}

#[test]
fn an_entry_says_nothing_about_an_account_for_which_it_may_not_speak() {
    // Nobody reads the source of the id that the account is bound to.
    let account = known("old", 1, "p1", "Byron", Standing::Active);
    let (group, other) = (GroupId::new("crm", "h"), GroupId::new("crm", "i"));
    let facts = [
        Fact::Known(account.clone()),
        Fact::Joined { entry: SourceId::new("crm", "51"), person: account.id },
        managed("crm", "h"),
        managed("crm", "i"),
        Fact::Members { group: group.clone(), joined: vec![account.scim_id], left: Vec::new() },
    ];
    let crm = vec![of(entry("crm", 51, "p1", "Byron", Active::Yes), &["i"])];
    let groups = [found("h", "h", "h", 0), found("i", "i", "i", 1)];
    let rules = [rule("crm", "h", None), rule("crm", "i", None)];
    let reading = fold_groups(&facts, &rules, vec![read("corp", vec![], &[]), read("crm", crm, &groups)]);
    assert_eq!(moves(&reading, group.source(), group.id(), &[], &[]).applied, 1);
    moves(&reading, other.source(), other.id(), &[], &[]);
}

#[test]
fn the_first_rule_names_a_group_that_several_mean() {
    let rules = [
        rule("crm", "*", Some("X *")),
        rule("corp", "pm-*", Some("IdP *")),
        rule("corp", "pm-a", Some("Alpha")),
        rule("corp", "pm-b", Some("Beta")),
    ];
    let groups = [
        found("pm-a", "1", "PM-A", 0),
        found("pm-*", "1", "PM-A", 0),
        found("pm-*", "2", "pm-b", 0),
        found("pm-b", "2", "pm-b", 0),
    ];
    let crm = [found("*", "1", "crm", 0)];
    let reading = fold_groups(&[], &rules, vec![read("corp", vec![], &groups), read("crm", vec![], &crm)]);
    let names: Vec<&str> = reading.groups.desired.iter().map(|group| group.name.as_str()).collect();
    assert_eq!(names, ["IdP A", "IdP b", "X crm"]);
}

#[test]
fn groups_are_left_alone_where_nothing_is_asked() {
    let facts = [rows(1..2), with_members("corp", "g", &[1])].concat();
    let reading = fold(&store_with(&facts), &[("corp", vec![of(person("corp", 1), &["h"])])]);
    assert_eq!(reading.groups, GroupReading::default());
}

/// Bugs of `src/planted.rs` that these tests are there for.
#[cfg(feature = "planted")]
#[test]
fn planted_bugs_are_found() {
    use crate::planted::Bug;
    Bug::UnseenLeaveTheirGroups.is_caught_by(only_differences_and_only_of_people_who_were_shown);
    Bug::BelievesAnUnreadGroup.is_caught_by(a_rule_that_failed_makes_no_group_of_its_source_unwanted);
}

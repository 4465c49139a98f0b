//! Groups inside groups, and what the values of their attributes mean.

use std::collections::BTreeMap;

use super::nesting::{DEPTH_MAX, Inside, Members, TooDeep, inside, set};
use super::*;

fn key(name: &str) -> Key {
    Key::of_name(name)
}

fn keys(names: &[&str]) -> Vec<Key> {
    set(names.iter().map(|name| key(name)).collect())
}

/// Groups by name with the names of their members.
fn world(groups: &[(&str, &[&str])]) -> BTreeMap<Key, Members> {
    let members =
        |names: &[&str]| Members { entries: names.iter().map(|name| key(name)).collect(), ..Members::default() };
    groups.iter().map(|(name, names)| (key(name), members(names))).collect()
}

#[track_caller]
fn check(groups: &[(&str, &[&str])], start: &str, people: &[&str], inner: &[&str]) -> Inside {
    let found = inside(key(start), &world(groups)).unwrap();
    assert_eq!(found.entries, keys(people), "people of {start}");
    assert_eq!(found.groups, keys(&[inner, &[start]].concat()), "groups in {start}");
    found
}

#[test]
fn members_of_groups_inside_count_once() {
    let groups: &[(&str, &[&str])] =
        &[("all", &["dev", "ops", "ada"]), ("dev", &["ada", "bob", "core"]), ("core", &["eve"]), ("ops", &["bob"])];
    check(groups, "all", &["ada", "bob", "eve"], &["dev", "core", "ops"]);
    check(groups, "dev", &["ada", "bob", "eve"], &["core"]);
    check(groups, "ops", &["bob"], &[]);
}

#[test]
fn groups_that_hold_each_other_or_themselves_end() {
    let groups: &[(&str, &[&str])] = &[("a", &["b", "ada"]), ("b", &["c", "bob"]), ("c", &["a", "c", "eve"])];
    for start in ["a", "b", "c"] {
        check(groups, start, &["ada", "bob", "eve"], &["a", "b", "c"]);
    }
    // Itself alone, as groupOfNames has it where somebody has to be a member: nobody.
    check(&[("lone", &["lone"])], "lone", &[], &[]);
}

#[test]
fn a_chain_deeper_than_the_bound_is_refused_and_not_cut() {
    let chain = |length: usize| {
        let entry =
            |n: usize| (key(&n.to_string()), Members { entries: keys(&[&(n + 1).to_string()]), ..Members::default() });
        (0..=length).map(entry).collect::<BTreeMap<_, _>>()
    };
    let found = inside(key("0"), &chain(DEPTH_MAX)).unwrap();
    assert_eq!((found.groups.len(), found.entries.len()), (DEPTH_MAX + 1, 1));
    assert_eq!(inside(key("0"), &chain(DEPTH_MAX + 1)), Err(TooDeep));
}

#[test]
fn uids_and_numbers_are_gathered_and_empty_groups_counted() {
    let mut groups = world(&[("all", &["posix", "void"]), ("void", &[])]);
    groups.insert(key("posix"), Members { uids: keys(&["ada", "bob"]), rid: Some(1104), ..Members::default() });
    let found = inside(key("all"), &groups).unwrap();
    assert_eq!((found.uids, found.rids, found.empty), (keys(&["ada", "bob"]), vec![1104], 1));
    // The wanted group itself is judged by the reading as a whole.
    assert_eq!(inside(key("void"), &groups).unwrap().empty, 0);
}

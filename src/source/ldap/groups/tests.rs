//! Groups inside groups, and what the values of their attributes mean.

mod pushed;

use std::collections::BTreeMap;

use super::find::Places;
use super::nesting::{DEPTH_MAX, Inside, Members, TooDeep, inside, set};
use super::*;
use crate::config::ldap_source::Directory;
use crate::source::ldap::dn::Key;

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
    let rid = primary::Rid { domain: [1; 24], number: 1104 };
    groups.insert(key("posix"), Members { uids: keys(&["ada", "bob"]), rid: Some(rid), ..Members::default() });
    let found = inside(key("all"), &groups).unwrap();
    assert_eq!((found.uids, found.rids, found.empty), (keys(&["ada", "bob"]), vec![rid], 1));
    // The wanted group itself is judged by the reading as a whole.
    assert_eq!(inside(key("void"), &groups).unwrap().empty, 0);
}

#[test]
fn a_member_is_a_dn_with_or_without_an_optional_uid() {
    let ada = Some(Key::of("uid=ada,ou=People,dc=acme,dc=example"));
    for value in [
        "uid=ada,ou=People,dc=acme,dc=example",
        "UID=Ada, ou=people,dc=acme,dc=example#'0101'B",
        " uid=ada,ou=People,dc=acme,dc=example#''B",
    ] {
        assert_eq!(members::member(value).map(Key::of), ada, "{value}");
    }
    for value in ["uid=ada#'0102'B", "uid=ada#1,dc=acme", "uid=#616461"] {
        assert_eq!(members::member(value), Some(value), "{value}");
    }
    assert_eq!(members::member(" "), None);
}

fn settings(directory: Directory, bases: &[&str], group_bases: &[&str]) -> LdapSettings {
    let texts = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
    LdapSettings {
        servers: Vec::new(),
        directory,
        bind: crate::config::ldap_source::Bind::Anonymous,
        ca_file: None,
        bases: texts(bases),
        filter: "(objectClass=person)".into(),
        id: "entryUUID".into(),
        state: crate::config::ldap_source::StateRule::OfDirectory,
        groups: crate::config::ldap_source::GroupSettings {
            pushed: Vec::new(),
            wanted: Vec::new(),
            bases: texts(group_bases),
            membership: Membership::Member,
            nested: true,
        },
        attributes: Vec::new(),
        page_size: 1000,
        timeout: std::time::Duration::from_secs(60),
        sentinels: Vec::new(),
        inactive_sentinels: Vec::new(),
    }
}

#[test]
fn groups_are_looked_for_in_the_directory_of_the_people() {
    let contexts = ["dc=example", "DC=Acme,DC=example", "o=ipaca"].map(str::to_owned);
    let places = |directory, bases: &[&str], group_bases: &[&str]| {
        Places::of(&settings(directory, bases, group_bases), &contexts).map(|places| places.bases)
    };
    let people = ["ou=People,dc=acme,dc=example", "ou=Guests, dc=acme, dc=example"];
    assert_eq!(places(Directory::OpenLdap, &people, &[]).unwrap(), ["DC=Acme,DC=example"]);
    // Not the suffix, where cn=compat shows every group once more.
    assert_eq!(places(Directory::FreeIpa, &people, &[]).unwrap(), ["cn=groups,cn=accounts,DC=Acme,DC=example"]);
    assert_eq!(places(Directory::OpenLdap, &people, &["ou=G,o=x"]).unwrap(), ["ou=G,o=x"]);
    assert!(places(Directory::OpenLdap, &["ou=People,o=other"], &[]).unwrap_err().contains("group_bases"));
}

#[test]
fn a_name_cannot_widen_a_filter_and_a_filter_needs_no_parentheses() {
    assert!(find::called("a)(cn=*", Directory::OpenLdap).ends_with(r"(cn=a\29\28cn=\2a))"));
    assert!(find::called("x", Directory::ActiveDirectory).contains("(sAMAccountName=x)"));
    let mut settings = settings(Directory::OpenLdap, &[], &[]);
    assert_eq!(people(&settings, "(a=b)"), "(&(objectClass=person)(a=b))");
    settings.filter = " objectClass=person ".into();
    assert_eq!(people(&settings, "(a=b)"), "(&(objectClass=person)(a=b))");
}

fn groups(membership: Membership, inside: Inside) -> Groups {
    Groups { wanted: vec![Wanted { name: "Team".into(), inside }], ..Groups::none(membership) }
}

fn of(groups: &Groups, dn: &str, attributes: &[(&str, &[&[u8]])]) -> bool {
    groups.of(&groups.marks(&Entry::of(dn, attributes))).unwrap() == ["Team"]
}

#[test]
fn a_person_is_in_by_dn_by_uid_by_their_own_list_or_by_their_primary_group() {
    let (ada, bob) = ("uid=ada,dc=acme", "uid=bob,dc=acme");
    let team = b"CN=team, ou=Groups,dc=acme".as_slice();
    let inside = || Inside {
        groups: vec![Key::of("cn=team,ou=Groups,dc=acme")],
        entries: vec![Key::of("UID=Ada, dc=acme")],
        uids: vec![Key::of_name("bob")],
        ..Inside::default()
    };
    for membership in [Membership::Member, Membership::Chain] {
        let groups = groups(membership, inside());
        assert_eq!(groups.attributes(), ["uid"]);
        assert!(of(&groups, ada, &[]));
        assert!(!of(&groups, bob, &[]) && !of(&groups, bob, &[("memberOf", &[team])]));
        assert!(of(&groups, bob, &[("UID", &[b"Bob"])]));
    }
    let own = groups(Membership::MemberOf, inside());
    assert_eq!(own.attributes(), ["memberOf"]);
    assert!(!of(&own, bob, &[("uid", &[b"bob"])]));
    assert!(of(&own, ada, &[("MEMBEROF", &[b"cn=other,dc=acme", team])]));
    for membership in [Membership::Member, Membership::MemberOf, Membership::Chain] {
        let primary = groups(membership, Inside { primary: vec![Key::of(bob)], ..Inside::default() });
        assert!(of(&primary, bob, &[]) && !of(&primary, ada, &[]));
    }
    // The server held a part of the list back.
    let part = Entry::of(ada, &[("memberOf;range=0-1499", &[b"cn=other,dc=acme"])]);
    assert!(own.of(&own.marks(&part)).is_err());
    for range in ["memberOf;range=0-*", "MEMBEROF;range=0-0"] {
        assert!(own.of(&own.marks(&Entry::of(ada, &[(range, &[team])]))).is_err(), "{range}");
    }
    // The group has her, and her own list does not: one of them is not what it should be.
    assert!(
        own.of(&own.marks(&Entry::of(ada, &[("memberOf", &[b"cn=other,dc=acme"])])))
            .unwrap_err()
            .contains("lists the person")
    );
    assert_eq!(own.of(&own.marks(&Entry::of(bob, &[]))), Ok(vec![]));
    assert_eq!(own.names(), ["Team"]);
    let none = Groups::none(Membership::MemberOf);
    assert!(
        none.of(&none.marks(&part)).unwrap().is_empty()
            && none.attributes().is_empty()
            && none.checked(&BTreeMap::new()).is_empty()
    );
}

#[test]
fn what_was_read_is_told_in_numbers() {
    let some = |n: u32| (0..n).map(|n| key(&n.to_string())).collect::<Vec<_>>();
    let told = |inside: &Inside, people| {
        let people = BTreeMap::from([("Team".to_owned(), people)]);
        groups(Membership::Member, inside.clone()).checked(&people).concat()
    };
    let one = Inside { groups: some(1), entries: some(1), ..Inside::default() };
    assert_eq!(told(&one, 1), "Team: 1 member, all of them people who were read");
    assert_eq!(told(&one, 0), "Team: 1 member, none of them a person who was read");
    assert_eq!(told(&one, 7), "Team: 1 member, 7 people who were read are in it");
    let many = Inside { groups: some(4), entries: some(800), uids: some(10), primary: some(2), empty: 1, rids: vec![] };
    assert_eq!(
        told(&many, 800),
        "Team: 812 members, 800 of them people who were read, 3 groups inside, 1 of them empty"
    );
}

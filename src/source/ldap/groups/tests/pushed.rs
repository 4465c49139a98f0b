//! Groups of `[[group]]`: what they are called, who is in them, and when that is not known.

use super::super::asked::name;
use super::super::find::Group;
use super::super::pushed::{Pushed, PushedGroup, Tally};
use super::*;
use crate::core::groups::FoundGroup;
use crate::core::groups::rules::Asked;
use crate::source::ldap::id;

fn named(dn: &str, names: &[(&str, &[&[u8]])], directory: Directory, asked: &str) -> Option<String> {
    name(&Entry::of(dn, names), directory, &Asked::of(asked))
}

#[test]
fn a_group_is_called_as_it_was_asked_for() {
    let dn = "CN=pm-Platform,ou=Groups,dc=acme";
    let several: (&str, &[&[u8]]) = ("cn", &[b"Another", b"pm-Platform", b"PM-old"]);
    let ldap = |asked: &str| named(dn, &[several], Directory::OpenLdap, asked);
    assert_eq!(ldap("pm-platform").as_deref(), Some("pm-Platform"));
    assert_eq!(ldap("another").as_deref(), Some("Another"));
    // By DN: as the DN has it, in whatever order the server gives them.
    assert_eq!(ldap(dn).as_deref(), Some("pm-Platform"));
    // Of two that match, always the same.
    assert_eq!(ldap("pm-*").as_deref(), Some("pm-Platform"));
    assert_eq!(ldap("pm-o*").as_deref(), Some("PM-old"));
    // Found by the server, which compares by other rules.
    assert_eq!(ldap("x-*"), None);
    let both: &[(&str, &[&[u8]])] = &[("cn", &[b"Platform Team"]), ("sAMAccountName", &[b"pm-platform"])];
    let ad = |asked: &str| named("CN=Platform Team,DC=acme", both, Directory::ActiveDirectory, asked);
    assert_eq!(ad("PM-*").as_deref(), Some("pm-platform"));
    assert_eq!(ad("Plat*").as_deref(), Some("Platform Team"));
    assert_eq!(ad("CN=Platform Team,DC=acme").as_deref(), Some("Platform Team"));
    // Without a name that may be read.
    assert_eq!(named(dn, &[], Directory::OpenLdap, dn).as_deref(), Some(dn));
}

#[test]
fn a_pattern_cannot_widen_a_filter() {
    let like = |before: &str, after: &str| find::named_like(before, after, Directory::OpenLdap);
    assert!(like("pm-", "").ends_with("(cn=pm-*))"));
    assert!(like("a)(cn=", "(b\\").ends_with(r"(cn=a\29\28cn=*\28b\5c))"), "{}", like("a)(cn=", "(b\\"));
    assert!(like("", "").ends_with("(cn=*))"));
    let ad = find::named_like("pm-", "x", Directory::ActiveDirectory);
    assert_eq!(ad, "(&(objectCategory=group)(|(cn=pm-*x)(sAMAccountName=pm-*x)))");
}

#[test]
fn a_group_has_the_directorys_own_id_and_not_that_of_people() {
    let of = |directory, own: &str| {
        let mut settings = settings(directory, &[], &[]);
        settings.id = own.into();
        id::of_groups(&settings).to_owned()
    };
    for (directory, own, group) in [
        (Directory::OpenLdap, "employeeNumber", "entryUUID"),
        (Directory::Ds389, "nsUniqueId", "nsUniqueId"),
        (Directory::FreeIpa, "uid", "ipaUniqueID"),
        (Directory::ActiveDirectory, "employeeID", "objectGUID"),
        (Directory::Other, "employeeNumber", "entryUUID"),
        (Directory::Other, "NSUNIQUEID", "NSUNIQUEID"),
    ] {
        assert_eq!(of(directory, own), group);
    }
}

/// `team` with these members, for a rule by its name and one by a pattern.
fn asked(membership: Membership, listed: Option<usize>, inside: Inside) -> Groups {
    let mut pushed = Pushed::default();
    let group = PushedGroup { group: Group { key: key("team"), dn: "cn=team".into() }, id: "7".into(), listed, inside };
    pushed.groups.push(group);
    pushed.answer(&Asked::of("team"), "team".into(), 0);
    pushed.answer(&Asked::of("t*"), "team".into(), 0);
    pushed.refuse(&Asked::of("gone"), "there is no gone".into());
    Groups { pushed, ..Groups::none(membership) }
}

fn ada() -> Inside {
    Inside { groups: vec![Key::of("cn=team,dc=acme")], entries: vec![Key::of("uid=ada,dc=acme")], ..Inside::default() }
}

#[track_caller]
fn found(tally: &Tally<'_>) -> Result<FoundGroup, String> {
    let [one, pattern, gone] = tally.found().try_into().unwrap();
    assert_eq!((one.asked.as_str(), pattern.asked.as_str(), gone.asked.as_str()), ("team", "t*", "gone"));
    assert_eq!(one.found, pattern.found);
    assert_eq!(gone.found, Err("there is no gone".into()));
    one.found
}

#[test]
fn who_is_in_an_asked_group_gets_its_id_and_others_do_not() {
    for membership in [Membership::Member, Membership::Chain] {
        let groups = asked(membership, Some(1), ada());
        let mut tally = Tally::of(&groups);
        assert_eq!(tally.count(&groups.marks(&Entry::of("UID=Ada, dc=acme", &[]))), ["7"]);
        assert!(tally.count(&groups.marks(&Entry::of("uid=bob,dc=acme", &[]))).is_empty());
        assert_eq!(found(&tally), Ok(FoundGroup { id: "7".into(), name: "team".into(), members: 1 }));
        assert_eq!(tally.checked(), ["pushed team: 1 member, all of them people who were read"]);
        // It says nothing of the scope.
        assert_eq!(groups.of(&groups.marks(&Entry::of("uid=ada,dc=acme", &[]))), Ok(vec![]));
    }
}

#[test]
fn an_empty_group_is_known_and_has_nobody() {
    let groups = asked(Membership::Member, Some(0), Inside::default());
    assert_eq!(found(&Tally::of(&groups)).unwrap().members, 0);
}

#[test]
fn a_group_whose_two_sides_differ_is_not_known() {
    let team = b"cn=team,dc=acme".as_slice();
    let uids = Inside { entries: Vec::new(), uids: keys(&["ada"]), ..ada() };
    for (inside, needs) in [(ada(), vec!["memberOf"]), (uids, vec!["memberOf", "uid"])] {
        let groups = asked(Membership::MemberOf, Some(1), inside);
        assert_eq!(groups.attributes(), needs);
        let mut tally = Tally::of(&groups);
        tally.count(&groups.marks(&Entry::of("uid=ada,dc=acme", &[("uid", &[b"ada"]), ("memberOf", &[team])])));
        assert_eq!(found(&tally).unwrap().members, 1);
        tally.count(&groups.marks(&Entry::of("uid=ada,dc=acme", &[("uid", &[b"ada"])])));
        assert!(found(&tally).unwrap_err().contains("memberOf does not name it"));
        assert!(tally.checked().is_empty());
    }
    // The server held a part of somebody's list back.
    let groups = asked(Membership::MemberOf, Some(1), ada());
    let mut tally = Tally::of(&groups);
    tally.count(&groups.marks(&Entry::of("uid=bob,dc=acme", &[("memberOf;range=0-1499", &[b"cn=other,dc=acme"])])));
    assert!(found(&tally).unwrap_err().contains("only a part of memberOf"));
}

/// Where the server follows groups inside, a group with nothing but a group in it lists one entry, and may hold nobody.
#[test]
fn where_the_server_follows_groups_people_are_counted() {
    let groups = asked(Membership::MemberOf, None, ada());
    let mut tally = Tally::of(&groups);
    assert_eq!(found(&tally).unwrap().members, 0);
    for _ in 0..3 {
        tally.count(&groups.marks(&Entry::of("uid=bob,dc=acme", &[("memberOf", &[b"cn=team,dc=acme"])])));
    }
    assert_eq!(found(&tally).unwrap().members, 3);
}

#[test]
fn nothing_is_known_of_any_where_groups_cannot_be_listed() {
    let pushed = Pushed::unread(&[Asked::of("a"), Asked::of("b*")], "there is no ou=Groups");
    let groups = Groups { pushed, ..Groups::none(Membership::Member) };
    let told = Tally::of(&groups).found();
    assert_eq!(told.len(), 2);
    assert!(told.iter().all(|group| group.found == Err("there is no ou=Groups".into())));
}

//! The groups of `[[group]]`: all who are in each, or an error of that one group; the people are read whatever becomes of them.

use crate::asked_groups::{read, read_after, try_read};
use crate::directories::ldap::{Dialect, Entry, Fault, LdapServer, Rc, Request, What, World};
use crate::support::crowd;

use super::lab;

const WAYS: [(Dialect, &str); 6] = [
    (Dialect::OpenLdap, "member"),
    (Dialect::OpenLdap, "member_of"),
    (Dialect::Ds389, "member"),
    (Dialect::ActiveDirectory, "member"),
    (Dialect::ActiveDirectory, "member_of"),
    (Dialect::ActiveDirectory, "chain"),
];

/// `Outer` holds 1 and `Middle`, that 2 and `Inner`, that 3 and `Outer`; 4 is in `Other`, and nobody in `Empty`.
fn world(dialect: Dialect) -> World {
    let mut world = World::new(dialect);
    world.member_of = true;
    world.set_people(&crowd(5));
    let [one, two, three, four] = ["1", "2", "3", "4"].map(|id| world.dn(id));
    let [outer, middle, inner] = ["Outer", "Middle", "Inner"].map(|name| world.group_dn(name));
    world.set_group("Outer", &[one, middle]);
    world.set_group("Middle", &[two, inner]);
    world.set_group("Inner", &[three, outer]);
    world.set_group("Other", &[four]);
    world.set_group("Empty", &[]);
    world
}

fn mails(ids: &[u32]) -> Vec<String> {
    ids.iter().map(|id| format!("p{id}@acme.example")).collect()
}

#[test]
fn groups_are_read_with_those_inside_and_an_empty_one_is_empty() {
    for (dialect, membership) in WAYS {
        let server = LdapServer::start(world(dialect));
        let lab = lab(&server, &format!("membership = \"{membership}\""));
        let by_dn = world(dialect).group_dn("Middle");
        let seen = read(&lab, &["outer", &by_dn, "Other", "O*er", "Empty"]);
        assert_eq!(seen.people, 5);
        let (outer, members) = seen.one("outer");
        assert_eq!(members, mails(&[1, 2, 3]), "{dialect:?} {membership}");
        assert_eq!((outer.name.as_str(), outer.members), ("Outer", 3), "{dialect:?} {membership}");
        assert_eq!(outer.id, world(dialect).shown_id("Outer"));
        assert_eq!(seen.one(&by_dn).1, mails(&[1, 2, 3]));
        assert_eq!(seen.one("Other").1, mails(&[4]));
        let mut both: Vec<&str> = seen.found("O*er").iter().map(|group| group.name.as_str()).collect();
        both.sort_unstable();
        assert_eq!(both, ["Other", "Outer"]);
        assert_eq!(seen.found("Empty")[0].members, 0, "{dialect:?} {membership}");
        assert!(
            seen.checked().contains("pushed Outer: 3 members, all of them people who were read"),
            "{}",
            seen.checked()
        );
        // Without the groups inside.
        let lines = format!("{}membership = \"{membership}\"\nnested_groups = false", server.source());
        let mut lab = lab;
        lab.source(&lines);
        assert_eq!(read(&lab, &["Outer"]).one("Outer").1, mails(&[1]), "{dialect:?} {membership}");
    }
}

#[test]
fn what_is_wrong_with_one_group_is_its_own_error_and_everybody_is_read() {
    for (dialect, membership) in WAYS {
        let mut world = world(dialect);
        let twin = world.group_dn("Other").replacen("Groups", "People", 1);
        let mut entry = world.entries.iter().find(|entry| entry.dn == world.group_dn("Other")).unwrap().clone();
        entry.dn = twin;
        world.entries.push(entry);
        let (person, unit) = (world.dn("1"), world.people_base());
        let dynamic = world.group_dn("Dynamic");
        world
            .add("Dynamic", Entry::new(&dynamic).with("cn", "Dynamic").with_all("objectClass", ["top", "groupOfURLs"]));
        let server = LdapServer::start(world);
        let lab = lab(&server, &format!("membership = \"{membership}\""));
        let seen = read(&lab, &["Gone", "Other", &person, "Outer", "cn=O*,dc=acme", "x-*", &unit, &dynamic]);
        assert_eq!(seen.people, 5);
        assert!(seen.why("Gone").contains("no group below") && seen.why("Gone").contains("group.source"));
        assert!(seen.why("Other").contains("2 groups are called Other"));
        assert!(seen.why(&person).contains("is a person's entry and no group"));
        assert!(seen.why(&unit).contains("no group, and lists nobody"), "{}", seen.why(&unit));
        assert!(seen.why(&dynamic).contains("a dynamic group whose members"), "{}", seen.why(&dynamic));
        assert!(seen.why("cn=O*,dc=acme").contains("in names and not in DNs"));
        assert!(seen.found("x-*").is_empty());
        assert_eq!(seen.one("Outer").1, mails(&[1, 2, 3]), "{dialect:?} {membership}");
        // It may no longer be seen.
        server.change(|world| world.knobs.hidden_entries = vec![world.group_dn("Outer")]);
        assert!(read(&lab, &["Outer"]).why("Outer").contains("may not see it"));
    }
}

#[test]
fn a_base_of_groups_that_is_not_there_makes_every_group_unknown_and_nobody_else() {
    for membership in ["member", "chain"] {
        let server = LdapServer::start(world(Dialect::ActiveDirectory));
        let lab =
            lab(&server, &format!("membership = \"{membership}\"\ngroup_bases = [\"OU=Gone,DC=acme,DC=example\"]"));
        let seen = read(&lab, &["Outer", "O*"]);
        assert_eq!(seen.people, 5);
        for asked in ["Outer", "O*"] {
            assert!(seen.why(asked).contains("does not exist or may not be seen"), "{}", seen.why(asked));
        }
    }
}

/// A range that breaks off in a group inside makes unknown what holds it, by whatever way, and in whatever order they are read.
#[test]
fn a_group_that_is_cut_short_is_unknown_with_all_that_hold_it() {
    let mut world = world(Dialect::ActiveDirectory);
    let many: Vec<String> = (1..=5).map(|id: u32| world.dn(&id.to_string())).collect();
    world.set_group("Inner", &many);
    world.set_group("Top", &[world.group_dn("Outer")]);
    world.knobs.value_cap = Some(3);
    let server = LdapServer::start(world);
    let lab = lab(&server, "membership = \"member\"");
    let all = ["Outer", "Top", "Inner", "Middle", "Other"];
    let seen = read(&lab, &all);
    assert_eq!(seen.one("Top").1, mails(&[1, 2, 3, 4, 5]));
    server.change(|world| world.knobs.range_breaks_at = Some(3));
    let seen = read(&lab, &all);
    assert_eq!(seen.people, 5);
    for asked in ["Outer", "Top", "Inner", "Middle"] {
        assert!(seen.why(asked).contains("the server did not send the rest of member"), "{asked}: {}", seen.why(asked));
    }
    assert_eq!(seen.one("Other").1, mails(&[4]));
}

#[test]
fn a_group_inside_that_may_no_longer_be_seen_makes_unknown_what_holds_it() {
    for (dialect, membership) in
        [(Dialect::OpenLdap, "member"), (Dialect::Ds389, "member_of"), (Dialect::ActiveDirectory, "member")]
    {
        let server = LdapServer::start(world(dialect));
        let mut lab = lab(&server, &format!("membership = \"{membership}\""));
        let first = read(&lab, &["Outer", "Other"]);
        server.change(|world| world.knobs.hidden_entries = vec![world.group_dn("Inner")]);
        let second = read_after(&lab, &["Outer", "Other"], &first);
        assert!(second.why("Outer").contains("may no longer be seen"), "{}", second.why("Outer"));
        assert_eq!(second.one("Other").1, mails(&[4]));
        assert_eq!(second.people, 5);
        // It is remembered for as long as it is missed.
        let third = read_after(&lab, &["Outer", "Other"], &second);
        assert!(third.why("Outer").contains("may no longer be seen"));
        // In the scope too, the whole reading counts for nothing.
        lab.set("scope", "groups = [\"Outer\"]");
        assert!(try_read(&lab, &["Outer"], Some(&third)).is_err());
        lab.set("scope", "groups = [\"Other\"]");
        assert!(read_after(&lab, &["Outer"], &third).why("Outer").contains("may no longer be seen"));
        // Somebody takes it out.
        server.change(|world| world.set_group("Middle", &[world.dn("2")]));
        assert_eq!(read_after(&lab, &["Outer"], &third).one("Outer").1, mails(&[1, 2]));
    }
}

#[test]
fn people_whose_own_list_may_not_be_read_do_not_leave() {
    for dialect in [Dialect::OpenLdap, Dialect::ActiveDirectory] {
        let server = LdapServer::start(world(dialect));
        let lab = lab(&server, "membership = \"member_of\"");
        server.change(|world| world.knobs.hidden_attributes = vec!["memberOf".into()]);
        let seen = read(&lab, &["Outer", "Empty"]);
        assert!(seen.why("Outer").contains("memberOf does not name it"), "{}", seen.why("Outer"));
        assert_eq!((seen.found("Empty")[0].members, seen.people), (0, 5));
    }
}

#[test]
fn a_chain_of_groups_without_an_end_in_sight_is_refused_for_its_group() {
    let mut world = world(Dialect::OpenLdap);
    for n in 0..40 {
        world.set_group(&format!("deep{n}"), &[world.group_dn(&format!("deep{}", n + 1))]);
    }
    world.set_group("deep40", &[world.dn("5")]);
    let server = LdapServer::start(world);
    let seen = read(&lab(&server, ""), &["deep0", "deep20", "Other"]);
    assert!(seen.why("deep0").contains("more than 32 deep"));
    assert_eq!(seen.one("deep20").1, mails(&[5]));
    assert_eq!(seen.one("Other").1, mails(&[4]));
}

#[test]
fn a_pattern_means_names_and_nothing_of_a_filter() {
    for dialect in [Dialect::OpenLdap, Dialect::ActiveDirectory] {
        let mut world = world(dialect);
        for name in ["PM-a)(b", "pm-a", "xpm-a"] {
            world.set_group(name, &[world.dn("1")]);
        }
        let server = LdapServer::start(world);
        let lab = lab(&server, "");
        let seen = read(&lab, &["pm-a)(*", "pm-*", "*M-a"]);
        assert_eq!(seen.one("pm-a)(*").0.name, "PM-a)(b");
        let names = |asked: &str| {
            let mut names: Vec<&str> = seen.found(asked).iter().map(|group| group.name.as_str()).collect();
            names.sort_unstable();
            names
        };
        assert_eq!(names("pm-*"), ["PM-a)(b", "pm-a"]);
        assert_eq!(names("*M-a"), ["pm-a", "xpm-a"]);
    }
}

#[test]
fn who_has_it_as_the_primary_group_is_in_it() {
    for membership in ["chain", "member", "member_of"] {
        let mut world = World::new(Dialect::ActiveDirectory);
        world.set_people(&crowd(4));
        world.set_primary_group();
        let server = LdapServer::start(world);
        let seen = read(&lab(&server, &format!("membership = \"{membership}\"")), &["Domain Users"]);
        let (group, members) = seen.one("Domain Users");
        assert_eq!(
            (members, group.members),
            (mails(&[1, 2, 3, 4]).iter().map(String::as_str).collect(), 4),
            "{membership}"
        );
    }
}

/// Members are known by DN: whoever gets another one after the groups were read has not left.
#[test]
fn somebody_who_moves_while_it_is_read_does_not_leave() {
    for (dialect, membership) in WAYS.into_iter().filter(|(_, membership)| *membership != "member_of") {
        let mut world = world(dialect);
        // Nobody of the people who are read, and so in what is read twice whenever it is read.
        let stranger = world.reader();
        let members = [world.dn("1"), world.group_dn("Middle"), stranger];
        world.set_group("Outer", &members);
        let server = LdapServer::start(world);
        let lab = lab(&server, &format!("membership = \"{membership}\""));
        assert_eq!(read(&lab, &["Other"]).one("Other").1, mails(&[4]));
        server.change(|world| {
            world.knobs.before_people = Some(|world| {
                let old = world.dn("4");
                let entry = world.entries.iter_mut().find(|entry| entry.dn == old).unwrap();
                entry.dn = old.replacen('=', "=moved ", 1);
                world.set_group("Other", &[world.dn("4")]);
            });
        });
        let seen = read(&lab, &["Other", "Outer"]);
        assert_eq!(seen.people, 5);
        assert!(seen.why("Other").contains("it changed while it was read"), "{dialect:?} {}", seen.why("Other"));
        assert_eq!(seen.one("Outer").1, mails(&[1, 2, 3]), "{dialect:?} {membership}");
        assert_eq!(read(&lab, &["Other"]).one("Other").1, mails(&[4]), "the next one is whole");
    }
}

/// What the server refuses to a search for groups says nothing about the people's.
#[test]
fn a_refused_search_for_groups_leaves_the_people_their_pages() {
    let server = LdapServer::start(world(Dialect::ActiveDirectory));
    let lab = lab(&server, "membership = \"chain\"\npage_size = 400");
    for code in [Rc::AdminLimitExceeded, Rc::SizeLimitExceeded, Rc::UnwillingToPerform] {
        // The first search of several entries is the pattern's.
        server.change(|world| world.knobs.faults = vec![Fault::page(1, What::Code(code.clone())).times(2)]);
        server.clear_log();
        let seen = read(&lab, &["Ot*"]);
        assert_eq!(seen.one("Ot*").1, mails(&[4]));
        let log = server.log();
        let sizes = |asks_for: &str| -> Vec<i64> {
            let of = log.iter().filter_map(|logged| match &logged.request {
                Request::Search { attributes, page_size, .. } if attributes.iter().any(|name| name == asks_for) => {
                    *page_size
                }
                _ => None,
            });
            of.collect()
        };
        assert_eq!(sizes("cn")[..3], [400, 200, 100], "{code:?}");
        assert_eq!(sizes("mail"), [400], "{code:?}");
        assert!(!seen.checked().contains("since the server refused"), "{}", seen.checked());
    }
}

#[test]
fn a_server_that_goes_is_no_error_of_a_group() {
    let mut world = world(Dialect::OpenLdap);
    world.knobs.faults = vec![Fault::page(1, What::Drop)];
    let server = LdapServer::start(world);
    assert!(try_read(&lab(&server, ""), &["Outer"], None).is_err());
}

/// The scope keeps its own strictness, and its look-ups do not read the groups that are only pushed.
#[test]
fn a_group_of_the_scope_still_fails_the_reading() {
    let server = LdapServer::start(world(Dialect::OpenLdap));
    let mut lab = lab(&server, "");
    lab.set("scope", "groups = [\"Empty\"]");
    assert!(try_read(&lab, &["Empty"], None).err().unwrap().to_string().contains("scope.groups: Empty: it is empty"));
    lab.set("scope", "groups = [\"Other\"]");
    let seen = read(&lab, &["Empty", "Other", "Gone"]);
    assert_eq!((seen.found("Empty")[0].members, seen.one("Other").1.len()), (0, 1));
    seen.why("Gone");
}

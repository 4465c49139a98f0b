//! Groups: ranged, nested, in a circle, primary; and that part of a group is never taken for all of it.

use crate::directories::ldap::{Dialect, Entry, LdapServer, Request, World};
use crate::support::{Lab, Lines, crowd};

use super::{in_step, lab, plan, worthless};

/// Active Directory with a group of that many members and one person more.
fn large_group(members: usize) -> World {
    let mut world = World::new(Dialect::ActiveDirectory);
    world.set_people(&crowd(members + 1));
    let base = world.people_base();
    let people = world.entries.iter().filter(|entry| entry.is_child_of(&base));
    let members: Vec<String> = people.take(members).map(|entry| entry.dn.clone()).collect();
    world.set_group("Staff", &members);
    world.knobs.value_cap = Some(1_500);
    world
}

fn scoped(lab: &mut Lab, group: &str) {
    lab.set("scope", &format!("groups = [\"{group}\"]"));
}

#[test]
fn a_group_of_four_thousand_is_read_to_the_end() {
    let server = LdapServer::start(large_group(4_000));
    let mut lab = lab(&server, "membership = \"member\"");
    scoped(&mut lab, "Staff");
    let said = plan(&lab);
    assert!(said.contains("4001 entries, 4000 in scope"), "{:.3000}", said.split("Facts").last().unwrap());
    server.change(|world| world.knobs.range_breaks_at = Some(3_000));
    worthless(&lab, "CN=Staff,OU=Groups,DC=acme,DC=example: the server did not send the rest of member");
}

#[test]
fn a_range_that_breaks_off_removes_nobody() {
    let mut world = large_group(8);
    world.knobs.value_cap = Some(3);
    let server = LdapServer::start(world);
    let mut lab = lab(&server, "membership = \"member\"");
    scoped(&mut lab, "Staff");
    lab.run(&["sync"]).exits(0);
    assert_eq!(lab.active().len(), 8);
    lab.sandbox.clear_log();
    for at in [3, 6] {
        server.change(|world| world.knobs.range_breaks_at = Some(at));
        worthless(&lab, "Staff");
    }
    assert_eq!(lab.active().len(), 8);
}

/// One group inside another, and that one inside the first.
fn in_a_circle(dialect: Dialect) -> World {
    let mut world = World::new(dialect);
    world.set_people(&crowd(5));
    let [one, two, three] = ["1", "2", "3"].map(|id| world.dn(id));
    let [outer, middle, inner] = ["Outer", "Middle", "Inner"].map(|name| world.group_dn(name));
    world.set_group("Outer", &[one, middle]);
    world.set_group("Middle", &[two, inner]);
    world.set_group("Inner", &[three, outer]);
    world
}

#[test]
fn groups_in_groups_count_and_a_circle_ends() {
    for (dialect, membership) in [
        (Dialect::OpenLdap, "member"),
        (Dialect::Ds389, "member"),
        (Dialect::ActiveDirectory, "member"),
        (Dialect::ActiveDirectory, "chain"),
        (Dialect::ActiveDirectory, "member_of"),
    ] {
        let server = LdapServer::start(in_a_circle(dialect));
        let mut lab = lab(&server, &format!("membership = \"{membership}\""));
        scoped(&mut lab, "Outer");
        let said = plan(&lab);
        assert!(said.contains("5 entries, 3 in scope"), "{dialect:?} {membership}: {said}");
        // By DN, and without the groups inside.
        let by_dn = in_a_circle(dialect).group_dn("Outer");
        scoped(&mut lab, &by_dn);
        lab.source(&format!("{}membership = \"{membership}\"\nnested_groups = false", server.source()));
        let said = plan(&lab);
        assert!(said.contains("5 entries, 1 in scope"), "{dialect:?} {membership}: {said}");
    }
}

/// Hidden from the account, or deleted where nobody tidies up behind it: its people are in no group that can be read.
#[test]
fn a_group_inside_that_can_no_longer_be_seen_removes_nobody() {
    for (dialect, membership) in [
        (Dialect::OpenLdap, "member"),
        (Dialect::Ds389, "member_of"),
        (Dialect::ActiveDirectory, "member"),
        (Dialect::ActiveDirectory, "member_of"),
    ] {
        let mut world = in_a_circle(dialect);
        world.member_of = true;
        let server = LdapServer::start(world);
        let mut lab = lab(&server, &format!("membership = \"{membership}\""));
        scoped(&mut lab, "Outer");
        lab.run(&["sync"]).exits(0);
        assert_eq!(lab.sent().len(), 3);
        for group in ["Middle", "Inner"] {
            server.change(|world| world.knobs.hidden_entries = vec![world.group_dn(group)]);
            let said = worthless(&lab, "is still a member of a group of scope.groups, and may no longer be seen");
            assert!(said.contains(&format!("the group {}", in_a_circle(dialect).group_dn(group))), "{said}");
            let check = lab.run(&["check"]).exits(1).out.flat();
            assert!(check.contains("may no longer be seen"), "{check}");
            server.change(|world| world.knobs.hidden_entries.clear());
            lab.run(&["sync"]).exits(0);
        }
        server.change(|world| {
            let gone = world.group_dn("Middle");
            world.entries.retain(|entry| entry.dn != gone);
        });
        worthless(&lab, "may no longer be seen");
        assert_eq!(lab.active().len(), 3);
        // Somebody says so, by taking it out of the group.
        server.change(|world| world.set_group("Outer", &[world.dn("1")]));
        lab.run(&["sync"]).exits(0);
        assert_eq!(
            lab.sent(),
            ["deactivate p2@acme.example", "deactivate p3@acme.example"],
            "{dialect:?} {membership}"
        );
    }
}

/// The name of a person who was deleted stays in the group, as without referential integrity.
#[test]
fn names_that_a_group_keeps_of_deleted_people_hold_nobody_up() {
    let server = LdapServer::start(in_a_circle(Dialect::OpenLdap));
    let mut lab = lab(&server, "");
    scoped(&mut lab, "Outer");
    lab.run(&["sync"]).exits(0);
    lab.sent();
    server.change(|world| {
        let gone = world.dn("2");
        world.entries.retain(|entry| entry.dn != gone);
        world.set_group("Inner", &[world.group_dn("Outer")]);
    });
    lab.run(&["sync"]).exits(0);
    assert_eq!(lab.sent(), ["deactivate p2@acme.example", "deactivate p3@acme.example"]);
    let said = plan(&lab);
    assert!(said.contains("Outer: 2 members, 1 of them people who were read, 2 groups inside"), "{said}");
}

#[test]
fn a_group_inside_counts_outside_the_bases_too() {
    let mut world = in_a_circle(Dialect::OpenLdap);
    let [groups, elsewhere] = [world.groups_base(), format!("ou=Teams\\, old,{}", world.suffix)];
    world.add("teams", Entry::new(&elsewhere).with_all("objectClass", ["top", "organizationalUnit"]));
    let moved = format!("cn=Inner,{elsewhere}");
    let inner = world.group_dn("Inner");
    world.entries.iter_mut().filter(|entry| entry.dn == inner).for_each(|entry| entry.dn.clone_from(&moved));
    world.set_group("Middle", &[world.dn("2"), moved]);
    let server = LdapServer::start(world);
    let mut lab = lab(&server, &format!("group_bases = [\"{groups}\"]"));
    scoped(&mut lab, "Outer");
    lab.run(&["sync"]).exits(0);
    assert_eq!(lab.sent().len(), 3);
    // Everything about that place is hidden: what was followed is missed, and what never was is not.
    server.change(|world| world.knobs.hidden_bases = vec![elsewhere.clone()]);
    worthless(&lab, "may no longer be seen");
    server.change(|world| {
        world.knobs.hidden_bases.clear();
        world.set_group("Middle", &[world.dn("2"), "cn=unheard-of,o=elsewhere".into()]);
    });
    lab.run(&["sync"]).exits(0);
    assert_eq!(lab.sent(), ["deactivate p3@acme.example"]);
}

#[test]
fn a_persons_entry_is_no_group() {
    for membership in ["member", "member_of", "chain"] {
        let server = LdapServer::start(in_a_circle(Dialect::ActiveDirectory));
        let mut lab = lab(&server, &format!("membership = \"{membership}\""));
        scoped(&mut lab, &in_a_circle(Dialect::ActiveDirectory).dn("1"));
        worthless(&lab, "is a person's entry and no group");
    }
}

#[test]
fn active_directory_is_asked_by_its_rule_in_chain() {
    let server = LdapServer::start(in_a_circle(Dialect::ActiveDirectory));
    let mut lab = lab(&server, "");
    scoped(&mut lab, "Outer");
    plan(&lab);
    let in_chain = |request: &Request| matches!(request, Request::Search { filter, .. } if filter.contains("1.2.840.113556.1.4.1941"));
    assert!(server.log().iter().any(|logged| in_chain(&logged.request)));
}

#[test]
fn a_primary_group_has_the_members_that_no_member_names() {
    for membership in ["chain", "member", "member_of"] {
        let mut world = World::new(Dialect::ActiveDirectory);
        world.set_people(&crowd(4));
        world.set_primary_group();
        let server = LdapServer::start(world);
        let mut lab = lab(&server, &format!("membership = \"{membership}\""));
        scoped(&mut lab, "Domain Users");
        let said = plan(&lab);
        assert!(said.contains("4 entries, 4 in scope"), "{membership}: {said}");
    }
}

/// Whoever is out of every group of the scope leaves; whoever was only moved between two of them stays.
#[test]
fn who_leaves_the_group_leaves_the_team_and_a_group_that_is_gone_does_not_empty_it() {
    let mut world = World::new(Dialect::OpenLdap);
    world.set_people(&crowd(4));
    let members: Vec<String> = (1..=4).map(|id| world.dn(&id.to_string())).collect();
    world.set_group("Staff", &members);
    let server = LdapServer::start(world);
    let mut lab = lab(&server, "");
    scoped(&mut lab, "Staff");
    lab.run(&["sync"]).exits(0);
    lab.sent();
    server.change(|world| world.set_group("Staff", &members[..3]));
    lab.run(&["sync"]).exits(0);
    assert_eq!(lab.sent(), ["deactivate p4@acme.example"]);
    // The group is no longer there, or may not be seen.
    server.change(|world| world.knobs.hidden_entries = vec![world.group_dn("Staff")]);
    worthless(&lab, "Staff");
    server.change(|world| {
        world.knobs.hidden_entries.clear();
        world.knobs.hidden_attributes = vec!["member".into()];
    });
    let answer = lab.run(&["sync"]);
    assert!(matches!(answer.code, 1 | 4), "{}", answer.out);
    assert_eq!((lab.sent(), lab.active().len()), (vec![], 3));
}

#[test]
fn without_groups_in_the_scope_no_group_is_asked_for() {
    let (lab, server) = in_step(in_a_circle(Dialect::ActiveDirectory), "");
    lab.run(&["sync"]).exits(0);
    let about_groups = |request: &Request| match request {
        Request::Search { base, filter, attributes, .. } => {
            base.contains("Groups")
                || filter.to_lowercase().contains("group")
                || attributes.iter().any(|a| a == "memberOf")
        }
        _ => false,
    };
    assert!(!server.log().iter().any(|logged| about_groups(&logged.request)), "{:#?}", server.log());
}

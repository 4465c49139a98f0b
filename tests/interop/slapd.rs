//! A real OpenLDAP to the sandbox team: a thousand people, and whatever its admin may do to the account that reads.

mod server;
mod tls;

use crate::asked_groups::{read, read_after, try_read};
use crate::directory::{Company, Directory, people};
use crate::support::Lines;
use server::{ACCESS, LIMITS, READER, Slapd};

const PEOPLE: &str = "ou=People,dc=acme,dc=example";
const BERLIN: &str = "ou=Berlin,dc=acme,dc=example";
const GROUPS: &str = "ou=Groups,dc=acme,dc=example";

#[test]
fn an_openldap_and_a_team_stay_in_step() {
    let mut company = Company::new(Slapd::start(), people(1_000));
    company.stays_in_step();
    company.is_killed_while_it_is_read();
    company.is_restored_from_yesterday();
}

/// A server with fewer people, for what does not depend on their number.
fn small() -> Company<Slapd> {
    Company::in_step(Slapd::start(), people(120))
}

impl Company<Slapd> {
    /// What nobody may see is put before what everybody may; then nobody is removed, and all is well once it is given back.
    #[track_caller]
    fn without(&mut self, hidden: &[&str], code: i32) -> String {
        let hidden: Vec<String> = hidden.iter().map(|what| format!("access to {what} by * none\n")).collect();
        self.directory.allow(&format!("{}{ACCESS}", hidden.concat()), LIMITS);
        let said = self.nobody_is_removed(code);
        self.directory.allow(ACCESS, LIMITS);
        self.quiet();
        said
    }
}

#[test]
fn rights_that_are_taken_away_remove_nobody() {
    let mut company = small();
    // The base is hidden: the server says that there is no such object, as for a base that never was.
    let said = company.without(&[&format!("dn.subtree={PEOPLE}")], 1);
    assert!(said.contains("OU=People") && said.contains("may not be seen"), "{said}");
    // What is below is hidden: the server says that all went well, and shows nobody.
    let said = company.without(&[&format!("dn.children={PEOPLE}"), &format!("dn.children={BERLIN}")], 1);
    assert!(said.contains("nobody is below"), "{said}");
    // One base of two.
    company.without(&[&format!("dn.children={BERLIN}")], 1);
    // Some people, more than a cycle may remove: a look-up does not find them either, and the guard holds them.
    let said = company.without(&["dn.regex=^uid=u1.,"], 4);
    assert!(said.contains("looked up by id"), "{said}");
    // What makes them people of this tool: their id, their address, their group, the members of it, a group in it.
    company.without(&["attrs=entryUUID"], 1);
    company.without(&["attrs=mail"], 1);
    company.without(&[&format!("dn.exact=cn=postman-users,{GROUPS}")], 1);
    company.without(&["attrs=member"], 1);
    let said = company.without(&[&format!("dn.exact=cn=platform,{GROUPS}")], 1);
    assert!(said.contains("the group cn=platform") && said.contains("may no longer be seen"), "{said}");
    // All of it: the account cannot even be bound.
    let said = company.without(&["*"], 1);
    assert!(said.contains("49") || said.to_lowercase().contains("credentials"), "{said}");
}

#[test]
fn a_listing_that_the_server_cuts_removes_nobody() {
    let mut company = small();
    // Smaller pages than the configured ones are still pages.
    company.directory.allow(ACCESS, "size.soft=60 size.hard=60 size.pr=60 size.prtotal=unlimited");
    company.quiet();
    // A limit to everything, with pages and where the server refuses pages.
    for limits in
        ["size.soft=60 size.hard=60 size.pr=60 size.prtotal=60", "size.soft=60 size.hard=60 size.prtotal=disabled"]
    {
        company.directory.allow(ACCESS, limits);
        let said = company.nobody_is_removed(1);
        assert!(said.to_lowercase().contains("limit"), "{said}");
    }
    company.directory.allow(ACCESS, LIMITS);
    company.quiet();
}

#[test]
fn an_empty_an_absent_or_another_directory_removes_nobody() {
    let mut company = small();
    company.directory.kill();
    company.nobody_is_removed(1);
    // It is back, and whoever restored it forgot the people; then they load them from LDIF, with ids of today.
    for ldif in [String::new(), crate::directory::ldif::company(&company.directory, &company.people)] {
        company.directory.forget(&ldif);
        company.nobody_is_removed(1);
    }
}

/// One newcomer is within every limit, there is no grace, and a look-up says that they are gone.
#[test]
fn a_copy_of_yesterday_of_a_provider_removes_nobody() {
    let mut directory = Slapd::start();
    directory.provide();
    let mut company = Company::in_step(directory, people(120));
    let backup = company.directory.take_backup();
    company.quiet();
    company.hire("newer");
    company.sync(3);
    assert_eq!(company.lab.sent(), ["create newer@acme.example"]);

    company.directory.restore(&backup);
    company.lab.wide_open();
    let said = company.nobody_is_removed(1);
    assert!(said.contains("its data went back") && said.contains("server 000 of dc=acme,dc=example"), "{said}");
    // A person says that it was meant.
    company.read("restored = \"2026-11-23\"\n");
    company.sync(3);
    assert_eq!(company.lab.sent(), ["deactivate newer@acme.example"]);
    company.people.pop();
    company.quiet();
}

#[test]
fn names_count_in_any_letter_case() {
    let mut company = small();
    company.read("id = \"ENTRYuuid\"\nfilter = \"(OBJECTCLASS=INETORGPERSON)\"\n");
    for line in ["user_name = \"MAIL\"", "given_name = \"GIVENNAME\"", "family_name = \"Sn\""] {
        company.lab.set("mapping", line);
    }
    company.lab.set("scope", "groups = [\"CN=Postman-Users, OU=groups, DC=ACME, dc=example\"]");
    company.read_below(&["OU=PEOPLE, DC=ACME, DC=EXAMPLE", "Ou=berlin,Dc=Acme,Dc=Example"]);
    company.quiet();
}

#[test]
fn the_second_server_is_asked_when_the_first_is_down() {
    let mut company = small();
    let [dead, url] =
        [format!("ldaps://127.0.0.1:{}", crate::directory::process::free_port()), company.directory.url()];
    let lines = company.directory.source(&url);
    company.read_lines(&lines.replace(&format!("[\"{url}\"]"), &format!("[\"{dead}\", \"{url}\"]")));
    company.quiet();
    company.directory.kill();
    let said = company.nobody_is_removed(1);
    assert!(said.contains(&dead) && said.contains(&url), "{said}");
    // Another server at the second address, of the same name and kind and with people of its own.
    company.directory.start_again();
    let other = Company::new(Slapd::start(), people(30));
    let more = format!("[\"{dead}\", \"{}\"]\n{}", other.directory.url(), other.directory.ca());
    let own = format!("[\"{url}\"]\n{}", company.directory.ca());
    company.read_lines(&lines.replace(&own, &more));
    let said = company.nobody_is_removed(1);
    assert!(said.contains("identity") || said.contains("another directory"), "{said}");
}

/// With the overlay that keeps memberOf, which the groups that were there before it do not have.
#[test]
fn groups_to_push_are_read_as_they_are() {
    const WAYS: [&str; 2] = ["member", "member_of"];
    let mut company = Company::new(Slapd::start(), people(120));
    company.has_groups_to_push();
    company.pushes_groups(&WAYS);
    let seen = read(&company.lab, &["postman-users", "pm-one"]);
    assert!(seen.why("postman-users").contains("memberOf does not name it"), "{}", seen.why("postman-users"));
    assert_eq!(seen.one("pm-one").1.len(), 3);

    // The group inside is hidden, then the members of all of them.
    company.read("");
    let whole = read(&company.lab, &["pm-one", "postman-users"]);
    assert_eq!(
        whole.one("postman-users").1.len(),
        company.people.iter().filter(|person| person.group.is_some()).count()
    );
    let hide = |what: &str| format!("access to {what} by * none\n{ACCESS}");
    company.lab.set("scope", "groups = []");
    company.directory.allow(&hide(&format!("dn.exact=cn=pm-two,{GROUPS}")), LIMITS);
    let seen = read_after(&company.lab, &["pm-one", "postman-users"], &whole);
    assert!(seen.why("pm-one").contains("may no longer be seen"), "{}", seen.why("pm-one"));
    assert_eq!((seen.one("postman-users").0, seen.people), (whole.one("postman-users").0, company.people.len()));
    company.directory.allow(&hide("attrs=member"), LIMITS);
    assert_eq!(read(&company.lab, &["pm-one"]).one("pm-one").0.members, 0);
    company.directory.allow(&hide("attrs=entryUUID"), LIMITS);
    assert!(try_read(&company.lab, &["pm-one"], None).is_err(), "people have no ids either");
    company.directory.allow(ACCESS, LIMITS);

    // A groupOfNames has to have a member: itself.
    let none = format!("replace: member\nmember: cn=pm-one,{GROUPS}\n");
    company.renames_empties_and_deletes_groups(&["member"], &none);
}

#[test]
fn plain_text_needs_a_word_and_is_warned_about() {
    let mut company = small();
    let url = format!("ldap://{}", company.directory.plain);
    company.read_lines(&format!("{}urls = [\"{url}\"]\nallow_plaintext = true\n", company.directory.source_as(READER)));
    company.quiet();
    let answer = company.lab.run(&["check"]);
    assert!(answer.err.flat().contains("clear text") || answer.out.flat().contains("clear text"), "{}", answer.out);
}

//! A real Active Directory domain (Samba) to the sandbox team.

mod server;

use crate::asked_groups::read;
use crate::directory::gate::Gate;
use crate::directory::{Company, Directory, PASSWORD, people};
use crate::support::Lines;
use server::{READER, Samba};

#[test]
fn an_active_directory_and_a_team_stay_in_step() {
    let mut company = Company::new(Samba::start(), people(60));
    company.stays_in_step();
    company.has_primary_groups();
    company.has_accounts_that_expire();
    company.is_reached_in_several_ways();
    company.has_names_in_any_case();
    company.is_killed_while_it_is_read();
    company.loses_its_rights();
    company.has_a_big_group();
    company.is_restored_from_yesterday();
}

#[test]
fn groups_to_push_are_read_as_they_are() {
    const WAYS: [&str; 3] = ["chain", "member", "member_of"];
    let mut company = Company::new(Samba::start(), people(30));
    company.has_groups_to_push();
    company.pushes_groups(&WAYS);
    company.renames_empties_and_deletes_groups(&WAYS, "replace: member\n");
    // Everybody's primary group has no member of them.
    for membership in WAYS {
        company.read(&format!("membership = \"{membership}\"\n"));
        let seen = read(&company.lab, &["Domain Users"]);
        assert_eq!(seen.one("Domain Users").1.len(), 30, "{membership}");
    }
}

impl Company<Samba> {
    /// Whoever has a group as the primary one is in no `member` of it.
    fn has_primary_groups(&mut self) {
        let group = self.directory.dn("engineering", "Groups");
        let token = self.directory.attribute(&group, "primaryGroupToken");
        let person = self.people.iter().find(|person| person.group == Some("engineering") && person.belongs()).unwrap();
        let dn = person.dn(&self.directory);
        self.directory
            .change(&format!("dn: {dn}\nchangetype: modify\nreplace: primaryGroupID\nprimaryGroupID: {token}\n"));
        assert!(!self.directory.members(&group).contains(&dn), "the server leaves them out of the members");
        self.quiet();
    }

    /// Time alone ends an account: no bit of it changes.
    fn has_accounts_that_expire(&mut self) {
        let at = self.people.iter().rposition(|person| person.belongs() && person.uid.starts_with('u')).unwrap();
        let (dn, mail) = (self.people[at].dn(&self.directory), self.people[at].mail.clone().unwrap());
        let expires =
            |when: &str| format!("dn: {dn}\nchangetype: modify\nreplace: accountExpires\naccountExpires: {when}\n");
        // In 2100, and in 2020.
        self.directory.change(&expires("157469184000000000"));
        self.quiet();
        self.directory.change(&expires("132223104000000000"));
        self.people[at].enabled = false;
        self.sync(3);
        assert_eq!(self.lab.sent(), [format!("deactivate {mail}")]);
        // Never, in the other of its two forms.
        self.directory.change(&expires("9223372036854775807"));
        self.people[at].enabled = true;
        self.sync(3);
        assert_eq!(self.lab.sent(), [format!("reactivate {mail}")]);
        self.quiet();
    }

    fn is_reached_in_several_ways(&mut self) {
        let url = self.directory.url();
        let lines = self.directory.source(&url);
        // Other names of the account. This server does not say who we are (RFC 4532), so it could be another one.
        for name in [&format!("CN=sync,CN=Users,{}", Samba::SUFFIX), "ACME\\sync"] {
            self.read_lines(&lines.replace(&format!("\"{READER}\""), &format!("{name:?}")));
            self.is_refused("another account than until now");
        }
        // StartTLS at the port for plain text; which for itself is refused, with advice.
        let plain = lines.replace(&url, &format!("ldap://{}:389", self.directory.address.name));
        self.read_lines(&plain);
        self.quiet();
        self.read_lines(&format!("{plain}allow_plaintext = true\n"));
        let said = self.nobody_is_removed(1);
        assert!(said.contains("ldaps://") && said.contains("allow_plaintext"), "{said}");
        // Of a stranger.
        self.read_lines(&lines.replace(&self.directory.ca(), ""));
        self.is_refused("nobody we trust signed its certificate");
        self.has_another_name();
        // The password is another one.
        self.lab.write("directory.password", "Another-Password-of-a-test-1");
        self.read_lines(&lines);
        self.is_refused("the password is wrong");
        self.lab.write("directory.password", PASSWORD);
        self.quiet();
    }

    /// The same server behind the same wire: by a name that its certificate has, and by one that it does not have.
    fn has_another_name(&mut self) {
        // An alert takes 24 bytes in TLS 1.3, besides 6 that tell middleboxes nothing; the end of a handshake takes more.
        const ALERT_MOST: usize = 30;
        let server = format!("{}:636", self.directory.address.name);
        let gate = Gate::before(server.parse().unwrap());
        self.read_at(&format!("ldaps://127.0.0.1:{}", gate.port));
        self.quiet();
        assert!(gate.replied_most() > ALERT_MOST, "a reading goes through the wire");
        gate.set(usize::MAX);
        self.read_at(&format!("ldaps://localhost:{}", gate.port));
        let said = self.nobody_is_removed(1);
        assert!(said.contains("its certificate is for another host") && said.contains("127.0.0.1"), "{said}");
        assert!(gate.passed() > 0, "its certificate came through the wire");
        assert!(gate.replied_most() <= ALERT_MOST, "{} bytes to a server that is not believed", gate.replied_most());
    }

    fn has_names_in_any_case(&mut self) {
        self.read("id = \"OBJECTguid\"\nfilter = \"(&(OBJECTCATEGORY=Person)(objectclass=USER))\"\n");
        self.lab.set("mapping", "given_name = \"GivenNAME\"");
        self.lab.set("scope", &format!("groups = [\"cn=POSTMAN-users,ou=groups,{}\"]", Samba::SUFFIX.to_lowercase()));
        self.quiet();
        self.read("");
    }

    /// Both ways in which a directory hides people.
    fn loses_its_rights(&mut self) {
        let backup = self.directory.take_backup();
        // Nobody may be listed in the units: all goes well, and nobody is there.
        for unit in ["People", "Berlin"] {
            self.directory.hide_children(&format!("OU={unit},{}", Samba::SUFFIX));
        }
        self.is_refused("nobody below source.bases is in it, or the account that reads may not see its members");
        // Nothing may be listed in the domain: there are no such units.
        self.directory.hide_children(Samba::SUFFIX);
        self.is_refused("does not exist or may not be seen");
        self.directory.restore(&backup);
        self.quiet();
    }

    /// Real domain controllers give at most 1,500 values of an attribute at once; Samba gives all. Most members are
    /// contacts, who are no users and are made faster.
    fn has_a_big_group(&mut self) {
        const CONTACTS: usize = 1_500;
        const MANY: usize = 60;
        let unit = format!("OU=Many,{}", Samba::SUFFIX);
        let mut text = format!("dn: {unit}\nobjectClass: organizationalUnit\nou: Many\n\n");
        let dn = |n: usize| self.directory.dn(&format!("many{n}"), "Many");
        for n in 0..CONTACTS {
            text.push_str(&format!("dn: {}\nobjectClass: contact\n\n", dn(n)));
        }
        for n in CONTACTS..CONTACTS + MANY {
            let person = self.directory.person(&format!("many{n}"));
            text.push_str(&format!("dn: {}\n{person}givenName: Many\nsn: {n}\nmail: many{n}@acme.example\n\n", dn(n)));
        }
        text.push_str(&format!("dn: {}\n{}", self.directory.dn("many", "Groups"), self.directory.group("many")));
        for n in 0..CONTACTS + MANY {
            text.push_str(&format!("member: {}\n", dn(n)));
        }
        self.directory.change(&text);
        let groups = format!("groups = [\"{}\"]", crate::directory::WANTED);
        self.lab.set("scope", "groups = [\"many\"]");
        for membership in ["chain", "member"] {
            self.read(&format!("membership = \"{membership}\"\n"));
            self.read_below(&[&unit]);
            let answer = self.lab.run(&["plan"]).exits(0);
            assert!(answer.out.flat().contains(&format!("{MANY} in scope")), "{}", answer.out);
            let seen = read(&self.lab, &["many"]);
            let listed = if membership == "chain" { MANY } else { CONTACTS + MANY };
            assert_eq!((seen.one("many").1.len(), seen.one("many").0.members), (MANY, listed as u64), "{membership}");
        }
        self.lab.set("scope", &groups);
        self.read("");
        self.read_below(&[&format!("OU=People,{}", Samba::SUFFIX), &format!("OU=Berlin,{}", Samba::SUFFIX)]);
    }
}

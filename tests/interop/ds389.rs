//! A real 389 Directory Server, the engine of FreeIPA, to the sandbox team.

mod server;

use std::process::Command;

use crate::directory::process::{TOOLS, run, tool};
use crate::directory::{Company, Directory, PASSWORD, Person, people};
use server::Ds389;

/// What the account that reads may see when nothing is wrong.
const EVERYTHING: &str = "(targetattr != \"userPassword\")";

#[test]
fn a_389_directory_and_a_team_stay_in_step() {
    let mut company = Company::new(Ds389::start(), people(60));
    company.stays_in_step();
    company.is_killed_while_it_is_read();
    company.loses_its_rights();
    company.is_cut();
    company.has_people_without_member_of();
    company.is_restored_from_yesterday();
}

impl Company<Ds389> {
    fn loses_its_rights(&mut self) {
        // Nothing at all: this server then says that all went well, and shows nothing.
        self.directory.allow(&[]);
        self.nobody_is_removed(1);
        // The tree, and nobody in it.
        self.directory.allow(&["(targetattr = \"*\")(targetfilter = \"(objectClass=organizationalUnit)\")"]);
        self.nobody_is_removed(4);
        // Whether somebody is disabled is a right of its own, and without it everybody looks active. A person who is
        // disabled for good, and is named as such, shows it.
        let dn = self.people[2].dn(&self.directory);
        assert!(!self.people[2].enabled);
        self.read(&format!("inactive_sentinels = [\"{dn}\"]\n"));
        self.directory.allow(&[EVERYTHING]);
        self.quiet();
        self.directory.allow(&["(targetattr != \"userPassword || nsAccountLock\")"]);
        self.nobody_is_removed(1);
        self.directory.allow(&[EVERYTHING]);
        self.quiet();
    }

    fn is_cut(&mut self) {
        let limit = |entries: &str| {
            format!("dn: cn=config\nchangetype: modify\nreplace: nsslapd-sizelimit\nnsslapd-sizelimit: {entries}\n")
        };
        self.directory.change(&limit("20"));
        self.nobody_is_removed(1);
        self.directory.change(&limit("2000"));
        self.quiet();
    }

    /// The memberOf plug-in passes over people whose object class does not allow the attribute; the group has them.
    fn has_people_without_member_of(&mut self) {
        let with: Person = self.people.iter().find(|person| person.belongs()).unwrap().clone();
        let classes = "changetype: modify\nadd: objectClass\nobjectClass: nsMemberOf\n";
        self.directory.change(&format!("dn: {}\n{classes}", with.dn(&self.directory)));
        let group = with.group.unwrap();
        for how in ["delete", "add"] {
            let change = crate::directory::ldif::member(&self.directory, how, group, &with.dn(&self.directory));
            self.directory.change(&change);
        }
        let found = self.directory.count("(memberOf=*)");
        assert!((1..self.expected().len()).contains(&found), "{found} have a memberOf");
        self.quiet();
    }
}

impl Ds389 {
    /// How many people match.
    fn count(&self, filter: &str) -> usize {
        let mut call = Command::new(tool("ldapsearch", TOOLS));
        call.args(["-x", "-LLL", "-H", &self.url(), "-D", "cn=Directory Manager", "-w", PASSWORD, "-b", Self::SUFFIX]);
        run(call.args([&format!("(&(objectClass=person){filter})"), "1.1"])).matches("dn: ").count()
    }
}

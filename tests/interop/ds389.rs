//! A real 389 Directory Server, the engine of FreeIPA, to the sandbox team.

mod server;

use std::process::Command;

use crate::directory::process::{TOOLS, run, tool};
use crate::directory::{Company, Directory, PASSWORD, ldif, people};
use crate::support::Lines;
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
        // Nothing at all: this server says that all went well, and shows nothing.
        self.directory.allow(&[]);
        self.is_refused("or the account that reads may not see it");
        // The tree and the groups, and nobody in it.
        let no_people = "(targetattr = \"*\")(targetfilter = \"(|(objectClass=organizationalUnit)(member=*))\")";
        self.directory.allow(&[no_people]);
        self.is_refused("nobody is below");
        // Whether somebody is disabled is a right of its own, and without it everybody looks active. A person who is
        // disabled for good, and is named as such, shows it.
        let dn = self.people[2].dn(&self.directory);
        assert!(!self.people[2].enabled);
        self.read(&format!("inactive_sentinels = [\"{dn}\"]\n"));
        self.directory.allow(&[EVERYTHING]);
        self.quiet();
        let blind = "the account may not read nsAccountLock";
        let checked = || self.lab.run(&["check"]).out.flat();
        assert!(!checked().contains(blind), "{}", checked());
        self.directory.allow(&["(targetattr != \"userPassword || nsAccountLock\")"]);
        assert!(checked().contains(blind), "{}", checked());
        self.is_refused(&format!("the sentinel {dn} is active"));
        self.directory.allow(&[EVERYTHING]);
        self.quiet();
    }

    fn is_cut(&mut self) {
        let limit = |entries: &str| {
            format!("dn: cn=config\nchangetype: modify\nreplace: nsslapd-sizelimit\nnsslapd-sizelimit: {entries}\n")
        };
        self.directory.change(&limit("20"));
        self.is_refused("sizeLimitExceeded");
        self.directory.change(&limit("2000"));
        self.quiet();
    }

    /// The memberOf plug-in passes over people whose object class does not allow the attribute, and over members from before
    /// it was there; the group has them all the same.
    fn has_people_without_member_of(&mut self) {
        self.directory.keep_member_of();
        let someone = self.people.iter().find(|person| person.belongs()).unwrap();
        let (dn, group) = (someone.dn(&self.directory), someone.group.unwrap());
        for how in ["delete", "add"] {
            self.directory.change(&ldif::member(&self.directory, how, group, &dn));
        }
        assert_eq!(self.directory.count("(memberOf=*)"), 1, "of the people, only who was added since");
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

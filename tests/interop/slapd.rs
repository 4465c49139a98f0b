//! A thousand people in a real OpenLDAP, through `ldapsearch` and config/ldap-people.py, to the sandbox team.

mod people;
mod server;

use std::process::Stdio;
use std::time::Duration;

use crate::support::{Answer, Lab, Lines, team};
use people::{GROUP, LOCKED, Person, company, ldif};
use server::{SUFFIX, Slapd, path, tool};

/// A directory, a team, and the program between them.
struct Company {
    people: Vec<Person>,
    slapd: Slapd,
    lab: Lab,
}

impl Company {
    fn new() -> Self {
        let people = company(1_000);
        let slapd = Slapd::start(&ldif(&people));
        let mut lab = Lab::new(team());
        lab.set("safety", "absence_wait = \"0s\"");
        lab.set("mapping", "given_name = \"givenName\"");
        lab.set("mapping", "family_name = \"sn\"");
        lab.set("scope", &format!("groups = [\"{GROUP}\"]"));
        let mut company = Self { people, slapd, lab };
        company.read_as("sync", &[]);
        company
    }

    /// A team that has been brought into step without an approval, and limits that would hold nothing back.
    fn in_step() -> Self {
        let mut company = Self::new();
        company.lab.set("safety", "first_sync = \"apply\"");
        company.lab.wide_open();
        company.sync(3);
        assert_eq!(company.team(), company.expected());
        company.lab.sandbox.clear_log();
        company
    }

    /// The `[[source]]`: the account that reads, and more arguments.
    fn read_as(&mut self, account: &str, more: &[&str]) {
        let (uri, bind_dn, password) = (self.slapd.uri(), format!("cn={account},{SUFFIX}"), self.slapd.password_file());
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/config/ldap-people.py");
        let mut command = vec![script, "--uri", &uri, "--plaintext", "--base", SUFFIX, "--bind-dn", &bind_dn];
        command.extend(["--password-file", &password, "--page-size", "100"]);
        command.extend(["--inactive-when", "pwdAccountLockedTime=000001010000Z"]);
        command.extend(more);
        let keys = "id = \"id\"\nactive = \"active\"\ngroups = \"groups\"\ntimeout = \"5m\"";
        self.lab.source(&format!("type = \"exec\"\ncommand = {command:?}\n{keys}"));
    }

    #[track_caller]
    fn sync(&self, code: i32) -> Answer {
        let answer = self.lab.command(&["sync", "--format", "json"]).env("PATH", path()).output().unwrap();
        Answer::from(answer).exits(code)
    }

    /// Who can work in the team, and who should: addresses in small letters.
    fn team(&self) -> Vec<String> {
        let mut names: Vec<String> = self.lab.active().iter().map(|name| name.to_lowercase()).collect();
        names.sort();
        names
    }

    fn expected(&self) -> Vec<String> {
        let people = self.people.iter().filter(|person| person.belongs());
        let mut names: Vec<String> = people.filter_map(|person| Some(person.mail.as_ref()?.to_lowercase())).collect();
        names.sort();
        names
    }

    /// Two cycles, which is what absence needs, and nobody has gone.
    #[track_caller]
    fn nobody_is_removed(&self, code: i32) -> Answer {
        self.sync(code);
        let answer = self.lab.command(&["sync"]).env("PATH", path()).output().unwrap();
        assert_eq!(self.lab.sent(), Vec::<String>::new());
        assert_eq!(self.team(), self.expected());
        Answer::from(answer).exits(code)
    }
}

#[test]
fn a_directory_and_a_team_stay_in_step() {
    let mut company = Company::new();
    // The first plan waits for a person.
    let plan_id = company.sync(4).plan_id();
    assert!(company.team().is_empty());
    let approve = company.lab.command(&["sync", "--approve", &plan_id]).env("PATH", path()).output().unwrap();
    let answer = Answer::from(approve).exits(3);
    assert!(answer.out.flat().contains("1000 entries"), "{}", answer.out);
    assert_eq!(company.team(), company.expected());
    assert_eq!(company.team().len(), 1_000 - 10 - 10 - 1, "without those without mail, outside the group, locked");
    let person = company.lab.sandbox.person("u57@acme.example").unwrap();
    assert_eq!((person.given.as_str(), person.family.as_str()), ("Zoë", "Müller-Lüdenscheidt 57"));
    company.lab.sent();

    company.sync(3);
    assert_eq!(company.lab.sent(), Vec::<String>::new(), "the second cycle is quiet");

    company.change_people();
    assert_eq!(
        company.sync(3).notes().iter().filter(|note| *note == "due").count(),
        1,
        "one is absent for the first time"
    );
    let mut sent = company.lab.sent();
    sent.sort();
    assert_eq!(sent, ["create new@acme.example", "deactivate u2@acme.example", "rename u1@acme.example"]);
    company.sync(3);
    assert_eq!(company.lab.sent(), ["deactivate u3@acme.example"], "absent for the second time");
    assert_eq!(company.team(), company.expected());
    company.sync(3);
    assert_eq!(company.lab.sent(), Vec::<String>::new());
    let person = company.lab.sandbox.person("u1@acme.example").unwrap();
    assert_eq!(person.family, "Sjöström");
}

impl Company {
    /// One is hired, one renamed, one disabled, one deleted; and one moves in the tree, with another uid too.
    fn change_people(&mut self) {
        let new = Person { uid: "new".into(), mail: Some("new@acme.example".into()), ..self.people[0].clone() };
        let dn = |n: usize| self.people[n].dn();
        self.slapd.change(&new.ldif().replacen('\n', "\nchangetype: add\n", 1));
        self.slapd.change(&format!("dn: {GROUP}\nchangetype: modify\nadd: member\nmember: {}\n", new.dn()));
        // "Sjöström" in base64.
        self.slapd.change(&format!("dn: {}\nchangetype: modify\nreplace: sn\nsn:: U2rDtnN0csO2bQ==\n", dn(1)));
        self.slapd.change(&format!(
            "dn: {}\nchangetype: modify\nreplace: pwdAccountLockedTime\npwdAccountLockedTime: {LOCKED}\n",
            dn(2)
        ));
        self.slapd.change(&format!("dn: {}\nchangetype: delete\n", dn(3)));
        self.slapd.change(&format!(
            "dn: {}\nchangetype: modrdn\nnewrdn: uid=moved\ndeleteoldrdn: 1\nnewsuperior: ou=Berlin,{SUFFIX}\n",
            dn(4)
        ));
        self.people[2].locked = true;
        self.people.remove(3);
        self.people.push(new);
    }
}

#[test]
fn a_server_that_is_killed_while_it_is_read_removes_nobody() {
    let mut company = Company::in_step();
    company.read_as(
        "sync",
        &["--attribute", "mail", "--attribute", "givenName", "--attribute", "sn", "--attribute", "description"],
    );
    let gate = Gate::before_ldapsearch(&company.lab);
    for _ in 0..2 {
        gate.close();
        let mut cycle = company.lab.command(&["sync"]);
        cycle.env("PATH", format!("{}:{}", gate.folder, path())).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut cycle = cycle.spawn().unwrap();
        gate.wait_until_reached(|| assert!(cycle.try_wait().unwrap().is_none(), "the cycle ended before the gate"));
        company.slapd.kill();
        gate.open();
        let answer = Answer::from(cycle.wait_with_output().unwrap()).exits(1);
        let said = answer.out.flat();
        assert!(said.contains("hr") && said.contains("ldap-people.py: the program exited with 1"), "{}", answer.out);
        assert!(said.contains("ldapsearch ended with"), "{}", answer.out);
        assert!(answer.err.contains("Can't contact LDAP server"), "ldapsearch is in the log: {}", answer.err);
        assert_eq!(company.lab.sent(), Vec::<String>::new());
        assert_eq!(company.team(), company.expected());
        company.slapd.restart(None);
    }
    company.sync(3);
    assert_eq!(company.lab.sent(), Vec::<String>::new(), "and all is as it was");
}

/// An `ldapsearch` that stops in the middle: what the real one prints goes through a pipe that is not read until the
/// gate opens. A page is 100 people and the pipe holds 64 KiB, so the real one has read a quarter at most.
struct Gate {
    folder: String,
}

impl Gate {
    fn before_ldapsearch(lab: &Lab) -> Self {
        let folder = lab.path("gate");
        std::fs::create_dir(&folder).unwrap();
        let gate = Self { folder: folder.display().to_string() };
        let shim = format!(
            "#!/bin/sh\ncd '{}'\nrm -f pipe; mkfifo pipe\n'{}' \"$@\" >pipe &\nexec 3<pipe\nn=0\n\
             while [ $n -lt 1000 ] && IFS= read -r line <&3; do printf '%s\\n' \"$line\"; n=$((n + 1)); done\n\
             touch reached\nwhile [ ! -e open ]; do sleep 0.05; done\ncat <&3\nwait $!\nexit $?\n",
            gate.folder,
            tool("ldapsearch").display()
        );
        lab.write("shim", &shim);
        // Not written here under its name: a file that a child of another test still has open cannot be run.
        let mut install = std::process::Command::new("install");
        install.args(["-m", "755"]).arg(lab.path("shim")).arg(folder.join("ldapsearch"));
        assert!(install.status().unwrap().success());
        gate
    }

    fn close(&self) {
        for name in ["reached", "open"] {
            let _ = std::fs::remove_file(format!("{}/{name}", self.folder));
        }
    }

    fn open(&self) {
        std::fs::write(format!("{}/open", self.folder), "").unwrap();
    }

    fn wait_until_reached(&self, mut meanwhile: impl FnMut()) {
        while !std::path::Path::new(&format!("{}/reached", self.folder)).exists() {
            meanwhile();
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

#[test]
fn a_listing_that_the_server_cuts_removes_nobody() {
    let mut company = Company::in_step();
    // Everything at once, against a limit of 500; and page by page, against a limit of 500 in all.
    for (account, more) in [("sync", &["--page-size", "0"][..]), ("cut", &[])] {
        company.read_as(account, more);
        let answer = company.nobody_is_removed(1);
        assert!(answer.out.flat().contains("ldapsearch ended with 4 (4 Size limit exceeded)"), "{}", answer.out);
    }
}

#[test]
fn an_empty_or_absent_server_removes_nobody() {
    let mut company = Company::in_step();
    company.slapd.kill();
    let answer = company.nobody_is_removed(1);
    assert!(answer.err.contains("Can't contact LDAP server"), "{}", answer.err);

    // It is back, and whoever restored it forgot the people.
    company.slapd.restart(Some(""));
    let answer = company.nobody_is_removed(4);
    assert!(answer.out.flat().contains("Empty never means everybody left"), "{}", answer.out);

    // Then they load them from LDIF, and everybody has a new entryUUID: nobody is removed, and nobody doubled, since
    // each address is the account of an id that is merely absent.
    let people = ldif(&company.people);
    company.slapd.kill();
    company.slapd.restart(Some(&people));
    company.nobody_is_removed(3);
}

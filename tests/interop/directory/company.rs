//! A directory, a team, and the program between them; and the story that each kind of directory has to live through.

use std::process::Stdio;

use super::gate::Gate;
use super::ldif::{self, Person};
use super::{Directory, PASSWORD, WANTED};
use crate::support::{Answer, Lab, Lines, team};

pub struct Company<D> {
    pub people: Vec<Person>,
    pub directory: D,
    pub lab: Lab,
    /// More lines of the `[[source]]`.
    more: String,
    bases: Vec<String>,
}

impl<D: Directory> Company<D> {
    /// These people come into an empty directory; nothing was read yet.
    pub fn new(mut directory: D, people: Vec<Person>) -> Self {
        let company = ldif::company(&directory, &people);
        directory.load(&company);
        directory.change(&ldif::circle(&directory));
        let mut lab = Lab::new(team());
        lab.write("directory.password", PASSWORD);
        lab.set("mapping", "given_name = \"givenName\"");
        lab.set("mapping", "family_name = \"sn\"");
        lab.set("scope", &format!("groups = [\"{WANTED}\"]"));
        let bases = ["People", "Berlin"].map(|unit| format!("OU={unit},{}", D::SUFFIX)).to_vec();
        let mut company = Self { people, directory, lab, more: String::new(), bases };
        company.read("");
        company
    }

    /// A team that was brought into step without an approval.
    pub fn in_step(directory: D, people: Vec<Person>) -> Self {
        let mut company = Self::new(directory, people);
        company.lab.set("safety", "first_sync = \"apply\"");
        company.lab.set("safety", "creates = { cycle = \"100%\", at_least = 1000, i_accept_no_limit = true }");
        company.sync(3);
        assert_eq!(company.team(), company.expected());
        company.lab.sandbox.clear_log();
        company
    }

    /// From now on it is read with these lines in the `[[source]]`, in place of earlier ones.
    pub fn read(&mut self, more: &str) {
        more.clone_into(&mut self.more);
        self.read_at(&self.directory.url());
    }

    /// From now on it is read at that URL, and below these bases.
    pub fn read_at(&mut self, url: &str) {
        self.read_lines(&format!("{}\n{}", self.directory.source(url), self.more));
    }

    /// From now on it is read with these lines of the `[[source]]`; the bases are added.
    pub fn read_lines(&mut self, lines: &str) {
        self.lab.source(&format!("{lines}\nbases = {:?}\n", self.bases));
    }

    pub fn read_below(&mut self, bases: &[&str]) {
        self.bases = bases.iter().map(|base| (*base).to_owned()).collect();
        self.read_at(&self.directory.url());
    }

    #[track_caller]
    pub fn sync(&self, code: i32) -> Answer {
        let answer = self.lab.sync();
        let told =
            if answer.code == code { String::new() } else { self.lab.run(&["plan"]).out.chars().take(1_500).collect() };
        assert_eq!(answer.code, code, "{}\nand a plan says:\n{told}", answer.err);
        answer
    }

    /// Who can work in the team, and who should: addresses in small letters.
    pub fn team(&self) -> Vec<String> {
        let mut names: Vec<String> = self.lab.active().iter().map(|name| name.to_lowercase()).collect();
        names.sort();
        names
    }

    pub fn expected(&self) -> Vec<String> {
        let people = self.people.iter().filter(|person| person.belongs());
        let mut names: Vec<String> = people.filter_map(|person| Some(person.mail.as_ref()?.to_lowercase())).collect();
        names.sort();
        names
    }

    /// Two cycles, which is what absence may need, and nobody has gone. Returns the second one's report for people.
    #[track_caller]
    pub fn nobody_is_removed(&self, code: i32) -> String {
        self.sync(code);
        let answer = self.lab.run(&["sync"]).exits(code);
        assert_eq!(self.lab.sent(), Vec::<String>::new());
        assert_eq!(self.team(), self.expected());
        answer.out.flat()
    }

    /// Somebody comes into the wanted group.
    pub fn hire(&mut self, uid: &str) {
        let mail = Some(format!("{uid}@acme.example"));
        let person = Person { uid: uid.into(), mail, enabled: true, ..self.people[0].clone() };
        self.directory.change(&person.ldif(&self.directory));
        self.directory.change(&ldif::member(&self.directory, "add", WANTED, &person.dn(&self.directory)));
        self.people.push(person);
    }

    /// The same, where the reading is worth nothing for that reason. A server that is down for once would be no proof.
    #[track_caller]
    pub fn is_refused(&self, why: &str) {
        let said = self.nobody_is_removed(1);
        assert!(said.contains(why) && said.contains("its members stay as they are"), "not \"{why}\": {said}");
    }

    /// One cycle, in which nothing is sent.
    #[track_caller]
    pub fn quiet(&self) {
        self.sync(3);
        assert_eq!(self.lab.sent(), Vec::<String>::new(), "a cycle in which nothing changed");
        assert_eq!(self.team(), self.expected());
    }
}

/// The stories.
impl<D: Directory> Company<D> {
    /// The first plan waits for a person, is approved, and then the team follows.
    pub fn stays_in_step(&mut self) {
        let plan_id = self.sync(4).plan_id();
        assert!(self.team().is_empty());
        let answer = self.lab.run(&["sync", "--approve", &plan_id]).exits(3);
        let everybody = format!("{} entries", self.people.len());
        assert!(answer.out.flat().contains(&everybody), "{}", answer.out);
        assert_eq!(self.team(), self.expected());
        let person = self.lab.sandbox.person("u7@acme.example").unwrap();
        assert_eq!((person.given.as_str(), person.family.as_str()), ("Hedy", "Müller-Lüdenscheidt 7"));
        self.lab.sent();
        self.quiet();

        self.change_people();
        let answer = self.sync(3);
        assert!(
            answer.out.contains("deleted, or no longer among what the source reads (looked up by id)"),
            "{}",
            answer.out
        );
        let mut sent = self.lab.sent();
        sent.sort();
        assert_eq!(
            sent,
            [
                "create new@acme.example",
                "deactivate u2@acme.example",
                "deactivate u3@acme.example",
                "readdress u1@acme.example",
                "rename ada.king@acme.example",
            ]
        );
        assert_eq!(self.team(), self.expected());
        assert_eq!(self.lab.sandbox.person("ada.king@acme.example").unwrap().family, "Sjöström");
        self.quiet();
    }

    /// One is hired into a group in a group, one marries, one is disabled, one is deleted, and one moves in the tree, with
    /// another name of the entry too.
    fn change_people(&mut self) {
        let directory = &self.directory;
        let new = Person { uid: "new".into(), mail: Some("new@acme.example".into()), ..self.people[0].clone() };
        let dn = |n: usize| self.people[n].dn(directory);
        directory.change(&new.ldif(directory));
        directory.change(&ldif::member(directory, "add", "platform", &new.dn(directory)));
        // "Sjöström" in base64.
        let marries = "replace: sn\nsn:: U2rDtnN0csO2bQ==\n-\nreplace: mail\nmail: ada.king@acme.example\n";
        directory.change(&format!("dn: {}\nchangetype: modify\n{marries}", dn(1)));
        directory.change(&format!("dn: {}\nchangetype: modify\n{}", dn(2), directory.disable()));
        directory.change(&format!("dn: {}\nchangetype: delete\n", dn(3)));
        let there = directory.dn("moved", "Berlin");
        let (rdn, unit) = there.split_once(',').unwrap();
        directory.change(&format!(
            "dn: {}\nchangetype: modrdn\nnewrdn: {rdn}\ndeleteoldrdn: 1\nnewsuperior: {unit}\n",
            dn(4)
        ));
        (self.people[4].uid, self.people[4].unit) = ("moved".into(), "Berlin");
        self.people[2].enabled = false;
        self.people[1].mail = Some("ada.king@acme.example".into());
        self.people.remove(3);
        self.people.push(new);
    }

    /// The server is killed when a third of a reading has come through, then when two thirds have.
    pub fn is_killed_while_it_is_read(&mut self) {
        let url = self.directory.url();
        let (scheme, server) = url.split_once("://").unwrap();
        let gate = Gate::before(server.parse().unwrap());
        let wire = format!("{scheme}://127.0.0.1:{}: ", gate.port);
        self.more.push_str("page_size = 10\n");
        self.read_at(&format!("{scheme}://127.0.0.1:{}", gate.port));
        self.quiet();
        let whole = gate.passed();
        for third in [1, 2] {
            gate.set(whole * third / 3);
            let mut cycle = self.lab.command(&["sync"]);
            let mut cycle = cycle.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
            gate.wait_until_held(|| assert!(cycle.try_wait().unwrap().is_none(), "the cycle ended before the gate"));
            self.directory.kill();
            gate.set(usize::MAX);
            let answer = Answer::from(cycle.wait_with_output().unwrap()).exits(1);
            let said = answer.out.flat();
            assert!(said.contains("its members stay as they are") && said.contains(&wire), "{said}");
            assert_eq!(self.lab.sent(), Vec::<String>::new());
            assert_eq!(self.team(), self.expected());
            // Nobody is there at all.
            self.is_refused(&wire);
            self.directory.start_again();
        }
        self.quiet();
        self.more = self.more.replace("page_size = 10\n", "");
        self.read_at(&url);
    }

    /// Yesterday's data come back under today's address: a restored backup, or a replica that lags. Whoever came since is
    /// in no listing, and a look-up says so too: the directory itself is wrong. A directory that has marks shows it; where
    /// it has none, or a person takes the step back for right, what is left is the guard.
    pub fn is_restored_from_yesterday(&mut self) {
        let backup = self.directory.take_backup();
        self.quiet();
        let before = self.people.clone();
        // More than one cycle may remove without an approval: 5 %, and at least 3.
        let newcomers = self.people.len() / 20 + 4;
        for n in 0..newcomers {
            self.hire(&format!("newer{n}"));
        }
        self.sync(3);
        assert_eq!(self.lab.sent().len(), newcomers);
        assert_eq!(self.team(), self.expected());

        self.directory.restore(&backup);
        if D::HAS_MARKS {
            let said = self.nobody_is_removed(1);
            assert!(said.contains("its data went back"), "{said}");
            self.more.push_str("restored = \"2026-11-23\"\n");
            self.read_at(&self.directory.url());
        }
        let said = self.nobody_is_removed(4);
        assert!(said.contains("deleted, or no longer among what the source reads (looked up by id)"), "{said}");

        // Fewer than the limit: a grace is what such a directory needs. They are announced, and stay.
        self.lab.wide_open();
        self.lab.set("safety", "grace = \"24h\"");
        let said = self.nobody_is_removed(3);
        assert!(said.contains("newer0@acme.example"), "{said}");

        // Somebody hires them again, with new ids: each address is that of somebody absent, and nobody is doubled.
        for person in &self.people[before.len()..] {
            self.directory.change(&person.ldif(&self.directory));
            self.directory.change(&ldif::member(&self.directory, "add", WANTED, &person.dn(&self.directory)));
        }
        self.nobody_is_removed(3);
    }
}

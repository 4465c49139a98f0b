//! The checker: reads the team, its log and the files of the state, and says what a kill broke.
//! The names I1 to I10 are the project's safety invariants.
//!
//! Never: asks the program, or shares its code: it opens the database by itself, and a copy of it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use postman_scim_sync::sandbox::{Kind, Logged, Sandbox, Standing};
use rusqlite::Connection;
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::people::Directory;

const ADMIN: &str = "admin@acme.example";

/// What a request is about: `("create", "p1@acme.example")`, `("deactivate", "scim id")`, `("change_members", "")`.
type Subject = (String, String);

#[derive(Default)]
pub struct Checker {
    pub violations: Vec<String>,
    /// Requests that were written down before they may leave, and requests that came.
    begun: BTreeMap<Subject, usize>,
    sent: BTreeMap<Subject, usize>,
    /// Begun, and not ended.
    open: BTreeSet<i64>,
    /// The last audit record seen, and its hash.
    audited: (i64, Vec<u8>),
    /// The directory's name of each group's SCIM id.
    groups: BTreeMap<String, String>,
    /// This round's writes, in order.
    round: Vec<Logged>,
    /// How many requests of each kind were killed before anybody knew how they ended.
    pub doubts: BTreeMap<String, u64>,
}

impl Checker {
    fn wrong(&mut self, what: impl Into<String>) {
        self.violations.push(what.into());
    }

    /// After a death, and before anybody else starts: what came was written down before, and what is written is so.
    pub fn after_death(&mut self, sandbox: &Sandbox, state: &Path, directory: &Directory, log: Vec<Logged>) {
        let copy = copy_of(state);
        let files = Connection::open(copy.path().join("state.db")).unwrap();
        self.check_pages(&files);
        self.read_audit(&files);
        self.check_marks(&files);
        self.check_rows(&files, sandbox);
        self.read_groups(&files);
        self.check_log(log, directory);
    }

    fn check_pages(&mut self, files: &Connection) {
        for check in ["integrity_check", "foreign_key_check"] {
            let mut statement = files.prepare(&format!("PRAGMA {check}")).unwrap();
            let mut rows = statement.query([]).unwrap();
            while let Some(row) = rows.next().unwrap() {
                let said: String = row.get(0).unwrap();
                if said != "ok" {
                    self.violations.push(format!("{check}: {said}"));
                }
            }
        }
    }

    /// Follows the chain from the last look on: a record that was seen is still there, and each follows the one before.
    fn read_audit(&mut self, files: &Connection) {
        let (mut seq, mut head) = std::mem::take(&mut self.audited);
        if seq == 0 {
            head = vec![0; 32];
        } else {
            let kept = files.query_row("SELECT hash FROM audit WHERE seq = ?", [seq], |row| row.get::<_, Vec<u8>>(0));
            if kept != Ok(head.clone()) {
                self.wrong(format!("I10 audit record {seq} was durable and is gone"));
            }
        }
        let sql = "SELECT seq, at, cycle, kind, subject, detail, prev, hash FROM audit WHERE seq > ? ORDER BY seq";
        let mut statement = files.prepare(sql).unwrap();
        let mut rows = statement.query([seq]).unwrap();
        while let Some(row) = rows.next().unwrap() {
            let (n, cycle): (i64, Option<i64>) = (row.get(0).unwrap(), row.get(2).unwrap());
            let (at, prev, hash): (i64, Vec<u8>, Vec<u8>) =
                (row.get(1).unwrap(), row.get(6).unwrap(), row.get(7).unwrap());
            let text = [3, 4, 5].map(|column| row.get::<_, String>(column).unwrap());
            if n != seq + 1 || prev != head || hash != link(&head, n, at, cycle, &text) {
                self.wrong(format!("I18 the audit chain is broken at {n}"));
            }
            (seq, head) = (n, hash);
            self.read_record(&text[0], &serde_json::from_str(&text[2]).unwrap());
        }
        self.audited = (seq, head);
    }

    fn read_record(&mut self, kind: &str, detail: &Value) {
        let Some(op) = detail["op"].as_i64() else { return };
        match kind {
            "begin" => {
                self.open.insert(op);
                *self.begun.entry(subject_of(&detail["change"])).or_default() += 1;
            }
            "done" | "rejected" | "not_sent" | "settled" => _ = self.open.remove(&op),
            _ => {}
        }
    }

    /// What was begun and has not ended has its mark, and nothing else has.
    fn check_marks(&mut self, files: &Connection) {
        let mut statement = files.prepare("SELECT op, change FROM mark").unwrap();
        let rows = statement.query_map([], |row| Ok((row.get(0).unwrap(), row.get::<_, String>(1).unwrap()))).unwrap();
        let marks: BTreeMap<i64, String> = rows.map(Result::unwrap).collect();
        let ops: BTreeSet<i64> = marks.keys().copied().collect();
        if ops != self.open {
            self.wrong(format!("I6 begun and not ended: {:?}, marked: {ops:?}", self.open));
        }
        for change in marks.values() {
            let (kind, _) = subject_of(&serde_json::from_str(change).unwrap());
            *self.doubts.entry(kind).or_default() += 1;
        }
    }

    /// What is said of an account about which nothing is in doubt is so.
    fn check_rows(&mut self, files: &Connection, sandbox: &Sandbox) {
        let team = sandbox.team();
        let sql = "SELECT source_id, scim_id, user_name, given, family, standing FROM member \
                   WHERE id_hash NOT IN (SELECT id_hash FROM mark)";
        let mut statement = files.prepare(sql).unwrap();
        let rows = statement.query_map([], |row| Ok([0, 1, 2, 3, 4, 5].map(|at| row.get::<_, String>(at).unwrap())));
        for [id, scim_id, user_name, given, family, standing] in rows.unwrap().map(Result::unwrap) {
            let Some(person) = team.people().iter().find(|person| person.id == scim_id) else {
                self.wrong(format!("I10 {id} has an account that does not exist"));
                continue;
            };
            let is_active = person.standing == Standing::Active;
            let shown = (&person.user_name, &person.given, &person.family, is_active);
            if shown != (&user_name, &given, &family, standing == "active") {
                self.wrong(format!("I10 {id} is stored as {user_name} {given} {family} {standing}, and is {shown:?}"));
            }
        }
    }

    fn read_groups(&mut self, files: &Connection) {
        let mut statement = files.prepare("SELECT scim_id, source_id FROM team_group").unwrap();
        let rows = statement.query_map([], |row| Ok((row.get(0).unwrap(), row.get(1).unwrap()))).unwrap();
        self.groups.extend(rows.map(Result::unwrap));
    }

    /// What came since the last look, under what the directory said then.
    pub fn check_log(&mut self, log: Vec<Logged>, directory: &Directory) {
        for (at, write) in log.iter().enumerate().filter(|(_, logged)| logged.is_write()) {
            self.check_repeat(write, &log[..at]);
            self.check_right(write, directory);
            *self.sent.entry(subject(write)).or_default() += 1;
            self.round.push(write.clone());
        }
        let unmarked = |(subject, sent): (&Subject, &usize)| *sent > self.begun.get(subject).copied().unwrap_or(0);
        let unmarked: Vec<String> = self
            .sent
            .iter()
            .filter(|entry| unmarked(*entry))
            .map(|entry| format!("I6 sent unmarked: {entry:?}"))
            .collect();
        self.violations.extend(unmarked);
    }

    /// A write that had its effect never comes again in this round, and one that had none comes again after a read.
    fn check_repeat(&mut self, write: &Logged, before: &[Logged]) {
        let is_same =
            |other: &&Logged| other.method == write.method && other.path == write.path && other.body == write.body;
        let Some(first) = self.round.iter().rev().find(is_same).cloned() else { return };
        if first.had_effect() {
            self.wrong(format!("I7 sent again after it had its effect: {:?} {:?}", write.kind, write.user_name));
        } else if !before.iter().any(|logged| !logged.is_write()) {
            self.wrong(format!("I7 sent again blind: {:?} {:?}", write.kind, write.user_name));
        }
    }

    fn check_right(&mut self, write: &Logged, directory: &Directory) {
        let owner = write.user_name.as_ref().and_then(|name| directory.owners.get(&name.to_lowercase()));
        let wanted = owner.and_then(|id| directory.by_id(id)).map(super::people::Person::wanted);
        let is_right = match write.kind {
            Kind::Deactivate => wanted == Some(false),
            Kind::Create | Kind::Reactivate | Kind::Rename | Kind::Readdress => wanted.is_some(),
            _ => true,
        };
        if !is_right || write.user_name.as_deref() == Some(ADMIN) {
            self.wrong(format!("I1 {:?} of {:?}, who is wanted: {wanted:?}", write.kind, write.user_name));
        }
    }

    /// Removals from groups, by the accounts they name.
    pub fn check_removals(&mut self, sandbox: &Sandbox, directory: &Directory, log: &[Logged]) {
        let team = sandbox.team();
        for write in log.iter().filter(|logged| logged.kind == Kind::ChangeMembers) {
            let group = write.scim_id.as_ref().and_then(|id| self.groups.get(id)).cloned().unwrap_or_default();
            for scim_id in removed(write.body.as_deref().unwrap_or_default()) {
                let person = team.people().iter().find(|person| person.id == scim_id);
                let owner = person.and_then(|p| directory.owners.get(&p.user_name)).and_then(|id| directory.by_id(id));
                if owner.is_none_or(|owner| owner.wanted() && owner.groups.contains(&group)) {
                    self.wrong(format!("I1 {scim_id} was taken out of {group:?}, who belongs there"));
                }
            }
        }
    }

    /// Two cycles after the last death: the team is as the directory wants it, and everybody has one account.
    pub fn at_rest(&mut self, sandbox: &Sandbox, directory: &Directory) {
        let team = sandbox.team();
        let mut accounts: BTreeMap<&String, Vec<&str>> = BTreeMap::new();
        let mut active = BTreeMap::new();
        for person in team.people().iter().filter(|person| person.user_name != ADMIN) {
            let Some(owner) = directory.owners.get(&person.user_name) else {
                self.wrong(format!("{} is nobody's account", person.user_name));
                continue;
            };
            accounts.entry(owner).or_default().push(&person.id);
            if person.standing == Standing::Active {
                active.insert(person.user_name.clone(), (person.given.clone(), person.family.clone()));
            } else if person.standing != Standing::Deactivated {
                self.wrong(format!("{} is {:?}", person.user_name, person.standing));
            }
        }
        for (owner, accounts) in accounts.iter().filter(|(_, accounts)| accounts.len() > 1) {
            self.wrong(format!("I9 {owner} has several accounts: {accounts:?}"));
        }
        let desired = directory.desired();
        for who in desired.keys().chain(active.keys()).collect::<BTreeSet<_>>() {
            if desired.get(who) != active.get(who) {
                self.wrong(format!("I8 {who} should be {:?} and is {:?}", desired.get(who), active.get(who)));
            }
        }
        let groups: BTreeMap<String, BTreeSet<String>> = team
            .groups()
            .iter()
            .map(|group| (group.name.clone(), team.members_of(group).into_iter().map(str::to_owned).collect()))
            .collect();
        if groups != directory.desired_groups() {
            self.wrong(format!("I8 groups are {groups:?}, and should be {:?}", directory.desired_groups()));
        }
        if !sandbox.person(ADMIN).is_some_and(|admin| admin.standing == Standing::Active) {
            self.wrong("I5 the protected account was touched");
        }
        self.round.clear();
    }
}

/// A copy of the database and its log; SQLite may write them back there.
fn copy_of(state: &Path) -> tempfile::TempDir {
    let copy = tempfile::tempdir().unwrap();
    for name in ["state.db", "state.db-wal"] {
        if state.join(name).exists() {
            std::fs::copy(state.join(name), copy.path().join(name)).unwrap();
        }
    }
    copy
}

/// docs/operations.md: SHA-256 over the hash before and every field, each with its length before it.
fn link(prev: &[u8], seq: i64, at: i64, cycle: Option<i64>, text: &[String; 3]) -> Vec<u8> {
    let cycle = cycle.map(i64::to_le_bytes);
    let cycle: &[u8] = cycle.as_ref().map(<[u8; 8]>::as_slice).unwrap_or_default();
    let mut hasher = Sha256::new();
    let (seq, at) = (seq.to_le_bytes(), at.to_le_bytes());
    for field in [prev, &seq, &at, cycle, text[0].as_bytes(), text[1].as_bytes(), text[2].as_bytes()] {
        hasher.update((field.len() as u64).to_le_bytes());
        hasher.update(field);
    }
    hasher.finalize().to_vec()
}

/// Of a change as the audit has it.
fn subject_of(change: &Value) -> Subject {
    let kind = change["kind"].as_str().unwrap();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_lowercase();
    match kind {
        "create" => (kind.into(), text(&change["account"]["user_name"])),
        "add_members" | "remove_members" => ("change_members".into(), String::new()),
        "create_group" | "rename_group" | "delete_group" => (kind.into(), String::new()),
        _ => (kind.into(), text(&change["scim_id"])),
    }
}

/// Of a request as it came.
fn subject(write: &Logged) -> Subject {
    let kind = serde_json::to_value(write.kind).unwrap().as_str().unwrap().to_owned();
    let whom = match write.kind {
        Kind::Create => write.user_name.clone(),
        Kind::Deactivate | Kind::Reactivate | Kind::Readdress | Kind::Rename => write.scim_id.clone(),
        _ => None,
    };
    (kind, whom.unwrap_or_default().to_lowercase())
}

/// The members that a PATCH takes out of its group.
fn removed(body: &str) -> Vec<String> {
    let body: Value = serde_json::from_str(body).unwrap_or_default();
    let operations = body["Operations"].as_array().cloned().unwrap_or_default();
    let removes = operations.iter().filter(|operation| operation["op"].as_str().is_some_and(|op| op == "remove"));
    removes.filter_map(|operation| Some(operation["path"].as_str()?.split('"').nth(1)?.to_owned())).collect()
}

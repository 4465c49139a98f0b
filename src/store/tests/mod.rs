//! Tests of the store on real files in temporary directories, and what they share.
//!
//! Never: a timing assertion, or a store that is not SQLite.

mod audit;
mod cycles;
mod damage;
mod groups;
mod journal;
mod opening;
mod snapshot;

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::{Path, PathBuf};

use super::*;
use crate::core::model::{Account, Name, ScimId, SourceId, UserName};
use crate::core::plan::Cause;
use crate::core::snapshot::{Hold, HoldReason, Known, Origin, Standing};

fn now() -> Moment {
    Moment { unix_s: 1_800_000_000, boot: 7, uptime_s: 5_000 }
}

fn later(seconds: i64) -> Moment {
    Moment { unix_s: now().unix_s + seconds, boot: 7, uptime_s: now().uptime_s + seconds }
}

/// A file's content; a failed comparison prints its length.
#[derive(PartialEq, Eq)]
struct Bytes(Vec<u8>);

impl fmt::Debug for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} bytes", self.0.len())
    }
}

/// Audit records of a furnished database: the cycle's two ends, 75 facts, a begin, a plan, an approval.
const RECORDS: u64 = 80;

/// A private directory and the path of a database in it.
struct Home {
    directory: tempfile::TempDir,
}

impl Home {
    fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        fs::set_permissions(directory.path(), fs::Permissions::from_mode(0o700)).unwrap();
        Self { directory }
    }
    fn path(&self) -> PathBuf {
        self.directory.path().join("state.db")
    }
    fn beside(&self, suffix: &str) -> PathBuf {
        error::sidecar(&self.path(), suffix)
    }
    fn open(&self) -> Store {
        Store::open(&self.path()).unwrap()
    }
    /// A closed database with somebody of every standing, a hold, a doubt, a plan and an approval in it.
    fn furnished() -> Self {
        let home = Self::new();
        furnish(&mut home.open());
        home
    }
    /// Every file but the lock, with its bytes.
    fn files(&self) -> BTreeMap<String, Bytes> {
        let entries = fs::read_dir(self.directory.path()).unwrap().map(|entry| entry.unwrap());
        let named =
            entries.map(|entry| (entry.file_name().into_string().unwrap(), Bytes(fs::read(entry.path()).unwrap())));
        named.filter(|(name, _)| !name.ends_with(".lock")).collect()
    }
    /// Writes the database as these bytes and nothing beside it.
    fn write(&self, bytes: &[u8]) {
        for suffix in ["-wal", "-shm"] {
            let _ = fs::remove_file(self.beside(suffix));
        }
        fs::write(self.path(), bytes).unwrap();
        fs::set_permissions(self.path(), fs::Permissions::from_mode(0o600)).unwrap();
    }
}

fn furnish(store: &mut Store) {
    let cycle = store.begin_cycle(now()).unwrap();
    let standings = [Standing::Active, Standing::Inactive, Standing::Invited, Standing::Gone];
    let mut facts: Vec<Fact> =
        standings.iter().zip(0..).map(|(standing, n)| Fact::Known(Known { standing: *standing, ..known(n) })).collect();
    facts.extend((10..80).map(|n| Fact::Known(known(n))));
    facts.push(Fact::Hold(id(10), hold()));
    store.absorb(cycle, &facts, now()).unwrap();
    store.begin(cycle, &[begin(deactivate(11))], now()).unwrap();
    store.save_plan(&Plan::default(), now()).unwrap();
    store.approve("abc", &[deactivate(12).key()], "uid 0", "one", now(), now().unix_s + 3600).unwrap();
    store.end_cycle(cycle, now(), 0, "{}").unwrap();
}

fn id(n: u32) -> SourceId {
    SourceId::new("hr", format!("e{n}"))
}

fn scim_id(n: u32) -> ScimId {
    ScimId(format!("{n:048x}"))
}

fn account(n: u32) -> Account {
    Account {
        user_name: UserName::new(format!("Person{n}@acme.example")),
        name: Name::new("Given", format!("Family{n}")),
    }
}

fn known(n: u32) -> Known {
    Known {
        id: id(n),
        scim_id: scim_id(n),
        account: account(n),
        standing: Standing::Active,
        origin: Origin::Adopted,
        absent: None,
        undone: 0,
    }
}

fn hold() -> Hold {
    Hold { reason: HoldReason::Conflict, since: now(), until_unix_s: Some(now().unix_s + 60), tries: 1 }
}

fn deactivate(n: u32) -> Change {
    Change::Deactivate { id: id(n), scim_id: scim_id(n), user_name: account(n).user_name, cause: Cause::Explicit }
}

fn create(n: u32) -> Change {
    Change::Create { id: id(n), account: account(n) }
}

fn begin(change: Change) -> Begin {
    Begin { change, why: String::new(), unapproved: 1 }
}

fn end(op: OpId, change: Change, ended: Ended) -> Record {
    Record { op, change, ended, facts: vec![] }
}

fn detail() -> String {
    "timeout".into()
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

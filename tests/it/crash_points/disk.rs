//! What stands in the state file, read with SQL and nothing of the store's code.
//!
//! Never: writes, but for a planted bug.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use postman_scim_sync::sandbox::{Kind, Logged};
use rusqlite::{Connection, OpenFlags};
use serde_json::Value;

/// One more connection to the file, beside the store's. Clones are the same one.
#[derive(Clone)]
pub struct Disk(Arc<Mutex<Connection>>);

/// What was charged, by what it takes away.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Charged {
    pub people: u64,
    pub memberships: u64,
}

impl Disk {
    pub fn at(path: &Path) -> Self {
        let conn = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE).unwrap();
        Self(Arc::new(Mutex::new(conn)))
    }

    /// What a planted bug does to the file.
    pub fn spoil(&self, sql: &str) {
        self.0.lock().unwrap().execute(sql, []).unwrap();
    }

    /// The file and its log, as a process that was killed leaves them.
    pub fn copy(from: &Path, to: &Path) {
        std::fs::copy(from, to).unwrap();
        let log = |path: &Path| PathBuf::from(format!("{}-wal", path.display()));
        if log(from).exists() {
            std::fs::copy(log(from), log(to)).unwrap();
        }
    }

    fn texts(&self, sql: &str) -> Vec<String> {
        let conn = self.0.lock().unwrap();
        let mut statement = conn.prepare_cached(sql).unwrap();
        let rows = statement.query_map([], |row| row.get(0)).unwrap();
        rows.map(Result::unwrap).collect()
    }

    fn number(&self, sql: &str) -> u64 {
        let conn = self.0.lock().unwrap();
        let mut statement = conn.prepare_cached(sql).unwrap();
        statement.query_row([], |row| row.get::<_, i64>(0)).unwrap().unsigned_abs()
    }

    pub fn complaint(&self) -> Option<String> {
        self.texts("PRAGMA quick_check").into_iter().find(|line| line != "ok")
    }

    /// Requests that have no end yet.
    pub fn marks(&self) -> Vec<Value> {
        let changes = self.texts("SELECT change FROM mark ORDER BY op");
        changes.iter().map(|change| serde_json::from_str(change).unwrap()).collect()
    }

    pub fn charged(&self) -> Charged {
        let of =
            |pool: &str| self.number(&format!("SELECT coalesce(sum(weight), 0) FROM charge WHERE pool = '{pool}'"));
        Charged { people: of("people"), memberships: of("memberships") }
    }

    /// How many requests were ever begun, by the audit chain.
    pub fn begun(&self) -> u64 {
        self.number("SELECT count(*) FROM audit WHERE kind = 'begin'")
    }

    /// The people whom the snapshot has in the team: address, standing, name.
    pub fn people(&self) -> Vec<String> {
        self.texts(
            "SELECT user_name || ' ' || standing || ' ' || given || ' ' || family FROM member WHERE standing <> 'gone'",
        )
    }

    /// Says so where this write, which has just arrived, has no mark here.
    pub fn unmarked(&self, write: &Logged) -> Option<String> {
        let marks = self.marks();
        let is_marked = marks.iter().any(|mark| is_for(mark, write));
        (!is_marked).then(|| format!("I6 {:?} of {:?} arrived unmarked: {marks:?}", write.kind, write.user_name))
    }
}

/// What a write is called where it is marked.
pub fn kind_of(write: &Logged) -> &'static str {
    match write.kind {
        Kind::Create => "create",
        Kind::Deactivate => "deactivate",
        Kind::Reactivate => "reactivate",
        Kind::Readdress => "readdress",
        Kind::Rename => "rename",
        Kind::CreateGroup => "create_group",
        Kind::RenameGroup => "rename_group",
        Kind::ChangeMembers if removals(write) > 0 => "remove_members",
        Kind::ChangeMembers => "add_members",
        Kind::DeleteGroup => "delete_group",
        _ => "nothing that is ever sent",
    }
}

/// How many memberships it ends.
pub fn removals(write: &Logged) -> u64 {
    let body = body(write);
    let operations = body["Operations"].as_array().map_or(&[][..], Vec::as_slice);
    operations.iter().filter(|operation| operation["op"] == "remove").count() as u64
}

pub fn body(write: &Logged) -> Value {
    serde_json::from_str(write.body.as_deref().unwrap_or("{}")).unwrap()
}

/// Whether a mark speaks of this write, as far as the log tells one from another.
fn is_for(mark: &Value, write: &Logged) -> bool {
    let same_subject = match write.kind {
        Kind::Create => mark["account"]["user_name"] == body(write)["userName"],
        Kind::CreateGroup => mark["name"] == body(write)["displayName"],
        Kind::RenameGroup | Kind::ChangeMembers | Kind::DeleteGroup => true,
        _ => mark["scim_id"].as_str() == write.scim_id.as_deref(),
    };
    mark["kind"] == kind_of(write) && same_subject
}

//! The audit chain: what was meant, sent, answered and allowed, each record hashed together with the one before.
//! Editing, removing, inserting or swapping a record breaks the chain there; cutting off the end and the counter
//! with it shows only against a head that was noted elsewhere (`audit_head`).
//!
//! Never: changes or removes a record.

use rusqlite::{Connection, OptionalExtension, Row, Transaction, params};
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::error::{Attempt, Result};
use super::rows::to_json;
use super::{CycleId, Store};
use crate::core::time::Moment;

/// What the first record follows.
const GENESIS: [u8; 32] = [0; 32];

/// One record, for `history` and `undo`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AuditRow {
    pub seq: i64,
    /// Seconds since 1970 UTC.
    pub at_unix_s: i64,
    pub cycle: Option<CycleId>,
    /// `begin`, `done`, `rejected`, `unknown`, `not_sent`, `known`, `forget`, `hold`, `release`, `settled`, `plan`,
    /// `approve`, `ask`, `take`, `decree`, `cycle_begin`, `cycle_end`, `pin`, `proof`, `refreshed`.
    pub kind: String,
    /// The person as `source:id`, or the plan, or nothing.
    pub subject: String,
    /// JSON: what was sent, how it ended, who approved it.
    pub detail: String,
}

impl AuditRow {
    /// SHA-256 over the previous hash and every field, each with its length before it.
    fn hash(&self, prev: &[u8]) -> [u8; 32] {
        let cycle = self.cycle.map(|cycle| cycle.0.to_le_bytes());
        let fields: [&[u8]; 7] = [
            prev,
            &self.seq.to_le_bytes(),
            &self.at_unix_s.to_le_bytes(),
            cycle.as_ref().map(<[u8; 8]>::as_slice).unwrap_or_default(),
            self.kind.as_bytes(),
            self.subject.as_bytes(),
            self.detail.as_bytes(),
        ];
        let mut hasher = Sha256::new();
        for field in fields {
            hasher.update((field.len() as u64).to_le_bytes());
            hasher.update(field);
        }
        hasher.finalize().into()
    }
}

/// The end of the chain inside one transaction.
pub(super) struct Chain<'a> {
    tx: &'a Transaction<'a>,
    at: Moment,
    cycle: Option<CycleId>,
    seq: i64,
    head: Vec<u8>,
}

impl<'a> Chain<'a> {
    pub(super) fn at_end(tx: &'a Transaction<'a>, cycle: Option<CycleId>, at: Moment) -> Attempt<Self> {
        let (seq, head) = head(tx)?.unwrap_or((0, GENESIS.to_vec()));
        Ok(Self { tx, at, cycle, seq, head })
    }

    pub(super) fn push(&mut self, kind: &str, subject: &str, detail: &impl Serialize) -> Attempt<()> {
        let record = AuditRow {
            seq: self.seq + 1,
            at_unix_s: self.at.unix_s,
            cycle: self.cycle,
            kind: kind.to_owned(),
            subject: subject.to_owned(),
            detail: to_json(detail)?,
        };
        let hash = record.hash(&self.head);
        let mut insert = self.tx.prepare_cached(
            "INSERT INTO audit (seq, at, cycle, kind, subject, detail, prev, hash) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        )?;
        insert.execute(params![
            record.seq,
            record.at_unix_s,
            record.cycle.map(|cycle| cycle.0),
            record.kind,
            record.subject,
            record.detail,
            self.head,
            hash,
        ])?;
        self.seq = record.seq;
        self.head = hash.to_vec();
        Ok(())
    }
}

fn head(conn: &Connection) -> Attempt<Option<(i64, Vec<u8>)>> {
    let mut last = conn.prepare_cached("SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1")?;
    Ok(last.query_row([], |row| Ok((row.get(0)?, row.get(1)?))).optional()?)
}

impl Store {
    /// Walks the audit chain. `Ok(number of records)`, or the first bad record's number and why.
    pub fn verify_audit(&self) -> Result<std::result::Result<u64, (i64, String)>> {
        self.read("verify the audit chain", walk)
    }

    /// The last record's number and hash in hexadecimal, to be noted where this database cannot reach.
    pub fn audit_head(&self) -> Result<Option<(i64, String)>> {
        let hex = |bytes: Vec<u8>| bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        self.read("read the audit chain", |conn| Ok(head(conn)?.map(|(seq, hash)| (seq, hex(hash)))))
    }

    /// At most `count` records after number `after`, in order.
    pub fn audit_after(&self, after: i64, count: u32) -> Result<Vec<AuditRow>> {
        self.read("read the audit chain", |conn| {
            let mut rows = conn.prepare_cached(
                "SELECT seq, at, cycle, kind, subject, detail FROM audit WHERE seq > ? ORDER BY seq LIMIT ?",
            )?;
            let rows = rows.query_map(params![after, count], read_row)?;
            Ok(rows.collect::<rusqlite::Result<_>>()?)
        })
    }
}

fn read_row(row: &Row<'_>) -> rusqlite::Result<AuditRow> {
    Ok(AuditRow {
        seq: row.get(0)?,
        at_unix_s: row.get(1)?,
        cycle: row.get::<_, Option<i64>>(2)?.map(CycleId),
        kind: row.get(3)?,
        subject: row.get(4)?,
        detail: row.get(5)?,
    })
}

type Verdict = std::result::Result<u64, (i64, String)>;

fn walk(conn: &Connection) -> Attempt<Verdict> {
    let mut statement =
        conn.prepare("SELECT seq, at, cycle, kind, subject, detail, prev, hash FROM audit ORDER BY seq")?;
    let mut rows = statement.query([])?;
    let (mut seq, mut head) = (0, GENESIS.to_vec());
    while let Some(row) = rows.next()? {
        let record = read_row(row)?;
        let (prev, hash): (Vec<u8>, Vec<u8>) = (row.get(6)?, row.get(7)?);
        if record.seq != seq + 1 {
            return Ok(Err((seq + 1, format!("missing; the next record is {}", record.seq))));
        }
        if prev != head {
            return Ok(Err((record.seq, "does not follow the record before it".into())));
        }
        if hash != record.hash(&prev) {
            return Ok(Err((record.seq, "was changed after it was written".into())));
        }
        (seq, head) = (record.seq, hash);
    }
    Ok(last_is(conn, seq)?.map(|()| seq.unsigned_abs()))
}

/// SQLite counts the records that were ever written; fewer than that means the end was cut off.
fn last_is(conn: &Connection, seq: i64) -> Attempt<std::result::Result<(), (i64, String)>> {
    let counted = conn
        .query_row("SELECT seq FROM sqlite_sequence WHERE name = 'audit'", [], |row| row.get::<_, i64>(0))
        .optional()?
        .unwrap_or(0);
    if counted == seq {
        return Ok(Ok(()));
    }
    Ok(Err((seq + 1, format!("missing; {counted} records were written"))))
}

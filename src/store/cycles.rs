//! Cycles, the plans that were held or applied, and what commands beside the daemon ask for.
//!
//! Never: keeps more of them than somebody will look at.

use rusqlite::{OptionalExtension, Row, params};
use serde_json::json;

use super::audit::Chain;
use super::error::{Fault, Result};
use super::rows::{from_json, moment, to_json};
use super::{CycleId, CycleRow, RequestRow, Store, StoredPlan};
use crate::core::plan::{LastPlan, Plan};
use crate::core::time::Moment;
use crate::planted::Bug;

/// A hundred days of a cycle every quarter of an hour.
const CYCLES_KEPT: i64 = 10_000;
const PLANS_KEPT: i64 = 20;
const CYCLE: &str = "SELECT id, started_at, started_boot, started_uptime, exit_code, report, ended_at, ended_boot, \
                     ended_uptime FROM cycle";
const REQUEST: &str = "SELECT number, kind, detail, by, at, at_boot, at_uptime FROM request ORDER BY number";

impl Store {
    pub fn begin_cycle(&mut self, now: Moment) -> Result<CycleId> {
        self.write("begin a cycle", |tx| {
            if Bug::MarksAfterSending.is_planted() {
                tx.execute("DELETE FROM mark WHERE cycle IN (SELECT id FROM cycle WHERE ended_at IS NULL)", [])?;
            }
            if Bug::RefundsOnACrash.is_planted() {
                tx.execute("DELETE FROM charge WHERE op IN (SELECT op FROM mark)", [])?;
            }
            tx.prepare_cached("INSERT INTO cycle (started_at, started_boot, started_uptime) VALUES (?, ?, ?)")?
                .execute(params![now.unix_s, now.boot, now.uptime_s])?;
            let cycle = CycleId(tx.last_insert_rowid());
            Chain::at_end(tx, Some(cycle), now)?.push("cycle_begin", "", &json!({}))?;
            Ok(cycle)
        })
    }

    /// Also lets go of cycles long past; never of the last good one, nor of one that a mark belongs to.
    pub fn end_cycle(&mut self, cycle: CycleId, now: Moment, exit_code: u8, report: &str) -> Result<()> {
        self.write("end a cycle", |tx| {
            let ended = tx
                .prepare_cached(
                    "UPDATE cycle SET ended_at = ?, ended_boot = ?, ended_uptime = ?, exit_code = ?, report = ?
                     WHERE id = ?",
                )?
                .execute(params![now.unix_s, now.boot, now.uptime_s, exit_code, report, cycle.0])?;
            if ended == 0 {
                return Err(Fault::Refused(format!("cycle {} was never begun", cycle.0)));
            }
            tx.prepare_cached(
                "DELETE FROM cycle WHERE id <= ?1
                     AND id NOT IN (SELECT cycle FROM mark)
                     AND id <> (SELECT coalesce(max(id), 0) FROM cycle WHERE exit_code IN (0, 3))",
            )?
            .execute([cycle.0 - CYCLES_KEPT])?;
            Chain::at_end(tx, Some(cycle), now)?.push("cycle_end", "", &json!({"exit_code": exit_code}))
        })
    }

    /// The newest first.
    pub fn last_cycles(&self, count: u32) -> Result<Vec<CycleRow>> {
        self.read("read the cycles", |conn| {
            let mut statement = conn.prepare_cached(&format!("{CYCLE} ORDER BY id DESC LIMIT ?"))?;
            let rows = statement.query_map([count], read_cycle)?;
            Ok(rows.collect::<rusqlite::Result<_>>()?)
        })
    }

    /// The cycle of that number, if it is still kept.
    pub fn cycle(&self, id: CycleId) -> Result<Option<CycleRow>> {
        self.read("read the cycles", |conn| {
            let sql = format!("{CYCLE} WHERE id = ?");
            Ok(conn.prepare_cached(&sql)?.query_row([id.0], read_cycle).optional()?)
        })
    }

    /// The newest that meant exit code 0 or 3: everything was read, and nothing waits for an approval.
    pub fn last_good_cycle(&self) -> Result<Option<CycleRow>> {
        self.read("read the cycles", |conn| {
            let sql = format!("{CYCLE} WHERE exit_code IN (0, 3) ORDER BY id DESC LIMIT 1");
            Ok(conn.prepare_cached(&sql)?.query_row([], read_cycle).optional()?)
        })
    }

    /// Stores a plan under its id as the newest; the last twenty stay.
    pub fn save_plan(&mut self, plan: &Plan, now: Moment) -> Result<()> {
        let id = plan.id();
        self.write("store the plan", |tx| {
            tx.prepare_cached("INSERT OR REPLACE INTO plan (id, plan, at, at_boot, at_uptime) VALUES (?, ?, ?, ?, ?)")?
                .execute(params![id, to_json(plan)?, now.unix_s, now.boot, now.uptime_s])?;
            tx.prepare_cached(
                "DELETE FROM plan WHERE saved NOT IN (SELECT saved FROM plan ORDER BY saved DESC LIMIT ?)",
            )?
            .execute([PLANS_KEPT])?;
            let detail = json!({"changes": plan.changes.len(), "adoptions": plan.adoptions.len()});
            Chain::at_end(tx, None, now)?.push("plan", &id, &detail)
        })
    }

    /// The plan that was stored last.
    pub fn last_plan(&self) -> Result<Option<LastPlan>> {
        let last = self.stored_plan("ORDER BY saved DESC LIMIT 1", [])?;
        Ok(last.map(|stored| LastPlan { id: stored.id, keys: stored.plan.keys() }))
    }

    /// A stored plan by its id.
    pub fn plan(&self, id: &str) -> Result<Option<StoredPlan>> {
        self.stored_plan("WHERE id = ?", [id])
    }

    fn stored_plan(&self, which: &str, bound: impl rusqlite::Params) -> Result<Option<StoredPlan>> {
        self.read("read the plan", |conn| {
            let sql = format!("SELECT id, plan, at, at_boot, at_uptime FROM plan {which}");
            let mut statement = conn.prepare_cached(&sql)?;
            let mut rows = statement.query(bound)?;
            let Some(row) = rows.next()? else { return Ok(None) };
            let plan = from_json(&row.get::<_, String>(1)?, "plan")?;
            Ok(Some(StoredPlan { id: row.get(0)?, plan, at: moment(row, 2)? }))
        })
    }

    /// The number under which it will be answered. `in_words`: what the audit chain keeps of the detail, for good.
    pub fn ask(&mut self, kind: &str, detail: &str, in_words: &str, by: &str, now: Moment) -> Result<i64> {
        self.write("store the request", |tx| {
            tx.prepare_cached(
                "INSERT INTO request (kind, detail, by, at, at_boot, at_uptime) VALUES (?, ?, ?, ?, ?, ?)",
            )?
            .execute(params![kind, detail, by, now.unix_s, now.boot, now.uptime_s])?;
            let number = tx.last_insert_rowid();
            let asked = json!({"number": number, "kind": kind, "detail": in_words, "by": by});
            Chain::at_end(tx, None, now)?.push("ask", "", &asked)?;
            Ok(number)
        })
    }

    /// In the order they were asked.
    pub fn waiting_requests(&self) -> Result<Vec<RequestRow>> {
        self.read("read the requests", |conn| {
            let mut statement = conn.prepare_cached(REQUEST)?;
            let rows = statement.query_map([], read_request)?;
            Ok(rows.collect::<rusqlite::Result<_>>()?)
        })
    }

    /// Takes the waiting requests; each is taken once. Cheap when there is none: a daemon asks every second.
    pub fn take_requests(&mut self, now: Moment) -> Result<Vec<RequestRow>> {
        if self.waiting_requests()?.is_empty() {
            return Ok(Vec::new());
        }
        self.write("take the requests", |tx| {
            let taken: Vec<RequestRow> =
                tx.prepare_cached(REQUEST)?.query_map([], read_request)?.collect::<rusqlite::Result<_>>()?;
            tx.execute("DELETE FROM request", [])?;
            let numbers: Vec<i64> = taken.iter().map(|request| request.number).collect();
            Chain::at_end(tx, None, now)?.push("take", "", &json!({"numbers": numbers}))?;
            Ok(taken)
        })
    }
}

fn read_cycle(row: &Row<'_>) -> rusqlite::Result<CycleRow> {
    let ended = match row.get::<_, Option<i64>>(6)? {
        Some(_) => Some(moment(row, 6)?),
        None => None,
    };
    Ok(CycleRow {
        id: CycleId(row.get(0)?),
        started: moment(row, 1)?,
        ended,
        exit_code: row.get(4)?,
        report: row.get(5)?,
    })
}

fn read_request(row: &Row<'_>) -> rusqlite::Result<RequestRow> {
    Ok(RequestRow { number: row.get(0)?, kind: row.get(1)?, detail: row.get(2)?, by: row.get(3)?, at: moment(row, 4)? })
}

//! The journal: a mark before each request, its end with all that follows, budgets, and the approvals used up.
//!
//! Never: clears a mark whose answer is unknown, refunds a charge of an earlier cycle, uses an approval twice.

use std::collections::{BTreeMap, BTreeSet};

use rusqlite::{Connection, OptionalExtension, Row, Transaction, named_params, params};
use serde_json::{Value, json};

use super::audit::Chain;
use super::error::{Attempt, Fault, Result};
use super::rows::{blob, elapsed, from_json, hash, moment, to_json, whole};
use super::{Begin, Charged, CycleId, Ended, Record, Store, settings, snapshot};
use crate::core::guard::{Class, Pool, Spent};
use crate::core::model::SourceId;
use crate::core::plan::{Change, ChangeKey};
use crate::core::snapshot::{Doubt, Fact, OpId, id_hash, scim_hash};
use crate::core::time::Moment;
use crate::planted::Bug;

/// Requests begun in one transaction.
const BATCH: usize = 32;
const DAY_S: i64 = 24 * 3600;
const WEEK_S: i64 = 7 * DAY_S;
/// How far an approval may lie in the future before it counts as given by a clock that was wrong.
const CLOCK_SLACK_S: i64 = 300;

impl Store {
    pub fn doubts(&self) -> Result<BTreeMap<OpId, Doubt>> {
        self.read("read the marks", |conn| {
            let mut statement =
                conn.prepare_cached("SELECT op, change, at, at_boot, at_uptime, change_key, id_hash FROM mark")?;
            let mut rows = statement.query([])?;
            let mut doubts = BTreeMap::new();
            while let Some(row) = rows.next()? {
                let op = OpId(row.get(0)?);
                let change: Change = from_json(&row.get::<_, String>(1)?, "change")?;
                if change.key().0 != row.get::<_, String>(5)? || id_hash(change.id()) != hash(row, 6)? {
                    return Err(Fault::Unreadable(format!("the mark of request {} is not what was stored", op.0)));
                }
                doubts.insert(op, Doubt { op, change, began: moment(row, 2)? });
            }
            Ok(doubts)
        })
    }

    /// Unapproved deactivations and removals from groups charged within 24 h and 7 d before `now`; charges from the future count.
    pub fn charges(&self, now: Moment) -> Result<Charged> {
        let within = concat!(
            "SELECT coalesce(sum(weight) FILTER (WHERE pool = 'people' AND age < :day), 0),
                 coalesce(sum(weight) FILTER (WHERE pool = 'people'), 0),
                 coalesce(sum(weight) FILTER (WHERE pool = 'memberships' AND age < :day), 0),
                 coalesce(sum(weight) FILTER (WHERE pool = 'memberships'), 0)
             FROM (SELECT weight, pool, ",
            elapsed!(),
            " AS age FROM charge) WHERE age < :week"
        );
        self.read("read the budgets", |conn| {
            let mut statement = conn.prepare_cached(within)?;
            let bound = named_params! {
                ":now": now.unix_s, ":boot": now.boot, ":uptime": now.uptime_s, ":day": DAY_S, ":week": WEEK_S,
            };
            let charges = |row: &Row<'_>, at| -> rusqlite::Result<Spent> {
                Ok(Spent { day: whole(row, at)?, week: whole(row, at + 1)? })
            };
            Ok(statement
                .query_row(bound, |row| Ok(Charged { people: charges(row, 0)?, memberships: charges(row, 2)? }))?)
        })
    }

    /// Keys that are approved, unused and not expired.
    pub fn approved_keys(&self, now: Moment) -> Result<BTreeSet<ChangeKey>> {
        let valid = concat!(
            "SELECT change_key FROM approval WHERE used_at IS NULL AND :now < expires AND :now >= at - :slack AND ",
            elapsed!(),
            " < expires - at"
        );
        self.read("read the approvals", |conn| {
            let mut statement = conn.prepare_cached(valid)?;
            let bound = named_params! {
                ":now": now.unix_s, ":boot": now.boot, ":uptime": now.uptime_s, ":slack": CLOCK_SLACK_S,
            };
            let keys = statement.query_map(bound, |row| Ok(ChangeKey(row.get(0)?)))?;
            Ok(keys.collect::<rusqlite::Result<_>>()?)
        })
    }

    /// What configuration the unused approvals are for (safety invariant I12).
    pub fn approved_under(&self) -> Result<Option<String>> {
        self.setting(settings::APPROVED_UNDER)
    }

    /// Approves exactly these keys until `expires`, at most 24 h from `now`. Returns how many. A key that is
    /// approved and unused is approved anew. `under`: the configuration's fingerprint; unused approvals for another
    /// one end.
    pub fn approve(
        &mut self,
        plan_id: &str,
        keys: &[ChangeKey],
        by: &str,
        under: &str,
        now: Moment,
        expires_unix_s: i64,
    ) -> Result<u64> {
        let keys: BTreeSet<&ChangeKey> = keys.iter().collect();
        let expires = expires_unix_s.min(now.unix_s + DAY_S);
        let others_end = self.approved_under()?.as_deref() != Some(under);
        self.write("store the approval", |tx| {
            if others_end {
                tx.execute("UPDATE approval SET expires = at WHERE used_at IS NULL", [])?;
                settings::put(tx, settings::APPROVED_UNDER, &under)?;
            }
            for key in &keys {
                put_approval(tx, plan_id, key, by, now, expires)?;
            }
            let detail = json!({"by": by, "under": under, "expires_unix_s": expires, "keys": keys});
            Chain::at_end(tx, None, now)?.push("approve", plan_id, &detail)?;
            Ok(keys.len() as u64)
        })
    }

    /// Marks, charges and audit records for at most 32 requests, durable when it returns.
    pub fn begin(&mut self, cycle: CycleId, ops: &[Begin], now: Moment) -> Result<Vec<OpId>> {
        if ops.is_empty() {
            return Ok(Vec::new());
        }
        self.write("begin requests", |tx| {
            if ops.len() > BATCH {
                return Err(Fault::Refused(format!("{} requests at once, at most {BATCH} may be begun", ops.len())));
            }
            let mut chain = Chain::at_end(tx, Some(cycle), now)?;
            ops.iter().map(|begin| begin_one(tx, &mut chain, cycle, begin, now)).collect()
        })
    }

    /// Ends of requests with all that follows from them, durable when it returns.
    pub fn record(&mut self, cycle: CycleId, records: &[Record], now: Moment) -> Result<()> {
        if records.is_empty() {
            return Ok(());
        }
        self.write("record answers", |tx| {
            let mut chain = Chain::at_end(tx, Some(cycle), now)?;
            if records.iter().any(|record| record.ended == Ended::Done) {
                settings::changed(tx, now)?;
            }
            records.iter().try_for_each(|record| record_one(tx, &mut chain, cycle, record, now))
        })
    }
}

/// Which budget a change is charged to.
fn pool(change: &Change) -> Option<&'static str> {
    Some(match Class::of(change).pool()? {
        Pool::People => "people",
        Pool::Memberships => "memberships",
    })
}

fn begin_one(tx: &Transaction<'_>, chain: &mut Chain<'_>, cycle: CycleId, begin: &Begin, now: Moment) -> Attempt<OpId> {
    let change = &begin.change;
    let key = change.key();
    tx.prepare_cached(
        "INSERT INTO mark (cycle, id_hash, change, change_key, approved, at, at_boot, at_uptime)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
    )?
    .execute(params![
        cycle.0,
        blob(id_hash(change.id())),
        to_json(change)?,
        key.0,
        begin.approved(),
        now.unix_s,
        now.boot,
        now.uptime_s
    ])?;
    let op = OpId(tx.last_insert_rowid());
    if let Some(pool) = pool(change).filter(|_| begin.unapproved > 0) {
        tx.prepare_cached("INSERT INTO charge (op, weight, pool, at, at_boot, at_uptime) VALUES (?, ?, ?, ?, ?, ?)")?
            .execute(params![
            op.0,
            i64::try_from(begin.unapproved).unwrap_or(i64::MAX),
            pool,
            now.unix_s,
            now.boot,
            now.uptime_s
        ])?;
    }
    let approval = if begin.approved() { unused_approval(tx, change)? } else { Value::Null };
    let detail = json!({
        "op": op, "key": key, "change": change, "why": begin.why, "approved": begin.approved(), "approval": approval,
    });
    chain.push("begin", &change.id().to_string(), &detail)?;
    Ok(op)
}

fn record_one(
    tx: &Transaction<'_>,
    chain: &mut Chain<'_>,
    cycle: CycleId,
    record: &Record,
    now: Moment,
) -> Attempt<()> {
    let Record { op, change, ended, facts } = record;
    let key = change.key();
    let mark = mark(tx, *op, &key)?;
    let mut approval = Value::Null;
    match ended {
        // Of a request some of whose keys were approved, too: what was done needs no approval any more.
        Ended::Done => {
            if mark.approved {
                approval = unused_approval(tx, change)?;
            }
            change.keys().iter().try_for_each(|key| use_up(tx, key, cycle, now))?;
        }
        Ended::NotSent { .. } if mark.cycle == cycle => refund(tx, *op)?,
        Ended::Unknown { .. } if Bug::ChargesAtTheAnswer.is_planted() => refund(tx, *op)?,
        Ended::Rejected { .. } => use_up_moved(tx, change, facts, cycle, now)?,
        Ended::NotSent { .. } | Ended::Unknown { .. } => {}
    }
    if !matches!(ended, Ended::Unknown { .. }) {
        clear(tx, *op)?;
    }
    snapshot::apply(tx, Some(cycle), facts)?;
    if Bug::DropsAnAuditRow.is_planted() && matches!(ended, Ended::Unknown { .. }) {
        return Ok(());
    }
    let detail = json!({
        "op": op, "key": key, "change": change, "ended": ended, "facts": facts,
        "approved": mark.approved, "approval": approval,
    });
    chain.push(ended_word(ended), &change.id().to_string(), &detail)
}

fn ended_word(ended: &Ended) -> &'static str {
    match ended {
        Ended::Done => "done",
        Ended::Rejected { .. } => "rejected",
        Ended::Unknown { .. } => "unknown",
        Ended::NotSent { .. } => "not_sent",
    }
}

struct Mark {
    cycle: CycleId,
    approved: bool,
}

/// The mark of a request that is said to have ended. An end without one means that something was sent unmarked.
fn mark(conn: &Connection, op: OpId, key: &ChangeKey) -> Attempt<Mark> {
    let mut statement = conn.prepare_cached("SELECT cycle, approved, change_key FROM mark WHERE op = ?")?;
    let found = statement
        .query_row([op.0], |row| {
            Ok((Mark { cycle: CycleId(row.get(0)?), approved: row.get(1)? }, row.get::<_, String>(2)?))
        })
        .optional()?;
    match found {
        Some((mark, marked)) if marked == key.0 => Ok(mark),
        Some(_) => Err(Fault::Refused(format!("request {} was begun for another change", op.0))),
        None => Err(Fault::Refused(format!("request {} was never begun, or has ended already", op.0))),
    }
}

pub(super) fn clear(tx: &Transaction<'_>, op: OpId) -> Attempt<()> {
    tx.prepare_cached("DELETE FROM mark WHERE op = ?")?.execute([op.0])?;
    Ok(())
}

/// A doubt that was read back. What happened has used its approval up; what did not has not.
pub(super) fn settle(tx: &Transaction<'_>, op: OpId, happened: bool) -> Attempt<()> {
    if happened {
        let mut marked = tx.prepare_cached("SELECT change, cycle, at FROM mark WHERE op = ?")?;
        let found = marked
            .query_row([op.0], |row| Ok((row.get::<_, String>(0)?, CycleId(row.get(1)?), row.get::<_, i64>(2)?)))
            .optional()?;
        if let Some((change, cycle, at)) = found {
            let change: Change = from_json(&change, "change")?;
            change.keys().iter().try_for_each(|key| use_up_at(tx, key, cycle, at))?;
        }
    }
    clear(tx, op)
}

/// Only for a request that the cycle which began it knows was never sent. After a crash nobody knows.
fn refund(tx: &Transaction<'_>, op: OpId) -> Attempt<()> {
    tx.prepare_cached("DELETE FROM charge WHERE op = ?")?.execute([op.0])?;
    Ok(())
}

fn put_approval(
    tx: &Transaction<'_>,
    plan_id: &str,
    key: &ChangeKey,
    by: &str,
    now: Moment,
    expires: i64,
) -> Attempt<()> {
    tx.prepare_cached(
        "INSERT INTO approval (change_key, plan_id, by, at, at_boot, at_uptime, expires)
         VALUES (?, ?, ?, ?, ?, ?, ?)
         ON CONFLICT (change_key) WHERE used_at IS NULL DO UPDATE SET
             plan_id = excluded.plan_id, by = excluded.by, at = excluded.at, at_boot = excluded.at_boot,
             at_uptime = excluded.at_uptime, expires = excluded.expires",
    )?
    .execute(params![key.0, plan_id, by, now.unix_s, now.boot, now.uptime_s, expires])?;
    Ok(())
}

pub(super) fn use_up(tx: &Transaction<'_>, key: &ChangeKey, cycle: CycleId, now: Moment) -> Attempt<()> {
    use_up_at(tx, key, cycle, now.unix_s)
}

fn use_up_at(tx: &Transaction<'_>, key: &ChangeKey, cycle: CycleId, at_unix_s: i64) -> Attempt<()> {
    let at_unix_s = Some(at_unix_s).filter(|_| !Bug::ApprovesTwice.is_planted());
    tx.prepare_cached("UPDATE approval SET used_at = ?, used_cycle = ? WHERE change_key = ? AND used_at IS NULL")?
        .execute(params![at_unix_s, cycle.0, key.0])?;
    Ok(())
}

/// A request that was refused, and all the same moved some of its people: theirs are used up.
fn use_up_moved(tx: &Transaction<'_>, change: &Change, facts: &[Fact], cycle: CycleId, now: Moment) -> Attempt<()> {
    let Change::Group(group_change) = change else { return Ok(()) };
    let keys = change.keys();
    let mut person = tx.prepare_cached("SELECT source, source_id FROM member WHERE scim_hash = ?")?;
    for fact in facts {
        let Fact::Members { joined, left, .. } = fact else { continue };
        for scim_id in joined.iter().chain(left) {
            let id = person
                .query_row([blob(scim_hash(scim_id))], |row| Ok(SourceId { source: row.get(0)?, id: row.get(1)? }));
            let id = id.optional()?;
            let moved = group_change.people().iter().zip(&keys).filter(|(person, _)| Some(&person.id) == id.as_ref());
            moved.map(|(_, key)| key).try_for_each(|key| use_up(tx, key, cycle, now))?;
        }
    }
    Ok(())
}

/// Who approved this change and under which plan, for the audit.
fn unused_approval(tx: &Transaction<'_>, change: &Change) -> Attempt<Value> {
    let Some(key) = change.keys().into_iter().next() else { return Ok(Value::Null) };
    let mut statement =
        tx.prepare_cached("SELECT plan_id, by FROM approval WHERE change_key = ? AND used_at IS NULL")?;
    let found = statement
        .query_row([&key.0], |row| Ok(json!({"plan": row.get::<_, String>(0)?, "by": row.get::<_, String>(1)?})))
        .optional()?;
    Ok(found.unwrap_or(Value::Null))
}

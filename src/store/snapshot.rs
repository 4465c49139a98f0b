//! The snapshot's rows: managed people and holds, the index the fold compares with, and the facts that move them.
//!
//! Never: decides; agrees with `core::snapshot::Snapshot::absorb`.

use std::collections::{BTreeMap, HashSet};

use rusqlite::{Connection, Row, Statement, ToSql, Transaction, named_params, params};

use super::audit::Chain;
use super::error::{Attempt, Fault, Result};
use super::rows::{blob, from_json, hash, moment, to_json, whole};
use super::{CycleId, IndexRow, Store, groups, joined, journal};
use crate::core::groups::GroupAdoption;
use crate::core::model::{Account, Name, ScimId, SourceId, UserName};
use crate::core::plan::{Adoption, ChangeKey};
use crate::core::snapshot::{Absence, Fact, Hold, Known, Origin, Standing};
use crate::core::snapshot::{id_hash, known_fingerprint, scim_hash};
use crate::core::time::Moment;

const READING: &str = "read the snapshot";

impl Store {
    /// Every row's hashes, in the order of the rows. `sources`: those whose place among them each row is to have.
    pub fn index(&self, sources: &[String]) -> Result<Vec<IndexRow>> {
        self.read(READING, |conn| {
            let remembered = remembered(conn)?;
            let place = |name: &[u8]| sources.iter().zip(0_u16..).find(|(source, _)| source.as_bytes() == name);
            let mut statement = conn.prepare_cached(
                "SELECT row, id_hash, fingerprint, standing, absent_cycles, source FROM member ORDER BY row",
            )?;
            let mut index = Vec::with_capacity(count(conn)?);
            let mut rows = statement.query([])?;
            while let Some(row) = rows.next()? {
                let id_hash = hash(row, 1)?;
                let standing = standing(row, 3)?;
                let absent = row.get::<_, Option<i64>>(4)?.is_some();
                index.push(IndexRow {
                    id_hash,
                    fingerprint: hash(row, 2)?,
                    row: row.get(0)?,
                    quiet: standing != Standing::Invited && !absent && !remembered.contains(&id_hash),
                    present: matches!(standing, Standing::Active | Standing::Invited),
                    source: place(row.get_ref(5)?.as_bytes().unwrap_or_default()).map(|(_, at)| at),
                });
            }
            Ok(index)
        })
    }

    /// Each is (`scim_hash`, `known_fingerprint`, row); people who are `Gone` are among them, since their account
    /// stays bound to them when it shows up again.
    pub fn scim_index(&self) -> Result<Vec<(u128, u128, i64)>> {
        self.read(READING, |conn| {
            let mut statement = conn.prepare_cached("SELECT scim_hash, fingerprint, row FROM member ORDER BY row")?;
            let mut index = Vec::with_capacity(count(conn)?);
            let mut rows = statement.query([])?;
            while let Some(row) = rows.next()? {
                index.push((hash(row, 0)?, hash(row, 1)?, row.get(2)?));
            }
            Ok(index)
        })
    }

    /// Rows that are there, each once, in the order of the rows; so do the other `known_by_*`.
    pub fn known_by_rows(&self, rows: &[i64]) -> Result<Vec<Known>> {
        self.known("row = ?1", rows.iter().map(|row| [row as &dyn ToSql]))
    }

    pub fn known_by_ids(&self, ids: &[SourceId]) -> Result<Vec<Known>> {
        self.known("source = ?1 AND source_id = ?2", ids.iter().map(|id| [&id.source as &dyn ToSql, &id.id]))
    }

    pub fn known_by_user_names(&self, names: &[UserName]) -> Result<Vec<Known>> {
        let keys: Vec<String> = names.iter().map(UserName::key).collect();
        self.known("user_name_key = ?1", keys.iter().map(|key| [key as &dyn ToSql]))
    }

    pub fn known_by_scim_ids(&self, ids: &[ScimId]) -> Result<Vec<Known>> {
        self.known("scim_id = ?1", ids.iter().map(|id| [&id.0 as &dyn ToSql]))
    }

    /// Managed members (not `Gone`) of each source name.
    pub fn managed_by_source(&self) -> Result<BTreeMap<String, u64>> {
        self.read(READING, |conn| {
            let mut statement =
                conn.prepare_cached("SELECT source, count(*) FROM member WHERE standing <> 'gone' GROUP BY source")?;
            let counts = statement.query_map([], |row| Ok((row.get(0)?, whole(row, 1)?)))?;
            Ok(counts.collect::<rusqlite::Result<_>>()?)
        })
    }

    /// Members whose standing is `Active`.
    pub fn managed_active(&self) -> Result<u64> {
        self.managed_as("active")
    }

    /// Members whose standing is `Inactive`: they stay listed in the team.
    pub fn managed_inactive(&self) -> Result<u64> {
        self.managed_as("inactive")
    }

    fn managed_as(&self, standing: &str) -> Result<u64> {
        self.read(READING, |conn| {
            let mut statement = conn.prepare_cached("SELECT count(*) FROM member WHERE standing = ?1")?;
            Ok(statement.query_row([standing], |row| whole(row, 0))?)
        })
    }

    /// Everybody in the team who is missing at the directory, the longest first.
    pub fn absent(&self, each: &mut dyn FnMut(Known)) -> Result<()> {
        self.read(READING, |conn| {
            let mut statement = conn.prepare_cached(&format!(
                "SELECT {COLUMNS} FROM member WHERE absent_cycles IS NOT NULL AND standing IN ('active', 'invited') \
                 ORDER BY absent_at, row"
            ))?;
            let mut rows = statement.query([])?;
            while let Some(row) = rows.next()? {
                each(read_known(row)?);
            }
            Ok(())
        })
    }

    pub fn holds(&self) -> Result<BTreeMap<SourceId, Hold>> {
        self.read(READING, |conn| {
            let mut statement = conn.prepare_cached("SELECT source, source_id, hold FROM hold")?;
            let mut rows = statement.query([])?;
            let mut holds = BTreeMap::new();
            while let Some(row) = rows.next()? {
                let id = SourceId::new(row.get::<_, String>(0)?, row.get::<_, String>(1)?);
                holds.insert(id, from_json(row.get_ref(2)?.as_str().unwrap_or_default(), "hold")?);
            }
            Ok(holds)
        })
    }

    /// Stores facts that followed from reading: each with an audit record. An adoption that was approved is used up.
    pub fn absorb(&mut self, cycle: CycleId, facts: &[Fact], now: Moment) -> Result<()> {
        if facts.is_empty() {
            return Ok(());
        }
        self.write("store facts", |tx| {
            apply(tx, Some(cycle), facts)?;
            for key in facts.iter().filter_map(adopted) {
                journal::use_up(tx, &key, cycle, now)?;
            }
            let mut chain = Chain::at_end(tx, Some(cycle), now)?;
            facts.iter().try_for_each(|fact| note(&mut chain, fact))
        })
    }

    /// What a person decided by name, beside the cycles: the facts, and who said so.
    pub fn decree(&mut self, facts: &[Fact], by: &str, now: Moment) -> Result<()> {
        self.write("store a decision", |tx| {
            apply(tx, None, facts)?;
            let mut chain = Chain::at_end(tx, None, now)?;
            chain.push("decree", "", &serde_json::json!({ "by": by, "facts": facts.len() }))?;
            facts.iter().try_for_each(|fact| note(&mut chain, fact))
        })
    }

    fn known<'a, const N: usize>(
        &self,
        condition: &str,
        keys: impl Iterator<Item = [&'a dyn ToSql; N]>,
    ) -> Result<Vec<Known>> {
        self.read(READING, |conn| {
            let mut statement = conn.prepare_cached(&format!("SELECT {COLUMNS} FROM member WHERE {condition}"))?;
            let mut found = BTreeMap::new();
            for key in keys {
                collect(&mut statement, &key, &mut found)?;
            }
            Ok(found.into_values().collect())
        })
    }
}

/// The approval that an adoption uses up.
fn adopted(fact: &Fact) -> Option<ChangeKey> {
    match fact {
        Fact::Known(known) if known.origin == Origin::Adopted => Some(Adoption::key_of(&known.id, &known.scim_id)),
        Fact::Group(group) if group.origin == Origin::Adopted => Some(GroupAdoption::key_of(&group.id, &group.scim_id)),
        _ => None,
    }
}

const COLUMNS: &str = "row, id_hash, scim_hash, fingerprint, standing, absent_cycles, absent_at, absent_boot, \
                       absent_uptime, undone, origin, source, source_id, scim_id, user_name, given, family";

fn collect(statement: &mut Statement<'_>, key: &[&dyn ToSql], found: &mut BTreeMap<i64, Known>) -> Attempt<()> {
    let mut rows = statement.query(key)?;
    while let Some(row) = rows.next()? {
        found.insert(row.get(0)?, read_known(row)?);
    }
    Ok(())
}

/// A row whose hashes are not those of its values was changed by the disk or by somebody else.
fn read_known(row: &Row<'_>) -> Attempt<Known> {
    let absent = match row.get::<_, Option<u32>>(5)? {
        Some(cycles) => Some(Absence { first: moment(row, 6)?, cycles }),
        None => None,
    };
    let known = Known {
        id: SourceId { source: row.get(11)?, id: row.get(12)? },
        scim_id: ScimId(row.get(13)?),
        account: Account {
            user_name: UserName::new(row.get::<_, String>(14)?),
            name: Name { given: row.get(15)?, family: row.get(16)? },
        },
        standing: standing(row, 4)?,
        origin: origin(row, 10)?,
        absent,
        undone: row.get(9)?,
    };
    let stored = [hash(row, 1)?, hash(row, 2)?, hash(row, 3)?];
    if stored != [id_hash(&known.id), scim_hash(&known.scim_id), known_fingerprint(&known)] {
        return Err(Fault::Unreadable(format!("row {} of the snapshot is not what was stored", row.get::<_, i64>(0)?)));
    }
    Ok(known)
}

fn standing(row: &Row<'_>, index: usize) -> Attempt<Standing> {
    match row.get_ref(index)?.as_bytes().unwrap_or_default() {
        b"active" => Ok(Standing::Active),
        b"inactive" => Ok(Standing::Inactive),
        b"invited" => Ok(Standing::Invited),
        b"gone" => Ok(Standing::Gone),
        _ => Err(Fault::Unreadable("a standing is none of ours".into())),
    }
}

pub(super) fn origin(row: &Row<'_>, index: usize) -> Attempt<Origin> {
    match row.get_ref(index)?.as_bytes().unwrap_or_default() {
        b"created" => Ok(Origin::Created),
        b"adopted" => Ok(Origin::Adopted),
        _ => Err(Fault::Unreadable("an origin is none of ours".into())),
    }
}

/// Hashes of the ids with a hold or a doubt: few, so the index needs no join.
fn remembered(conn: &Connection) -> Attempt<HashSet<u128>> {
    let mut statement = conn.prepare_cached("SELECT id_hash FROM hold UNION SELECT id_hash FROM mark")?;
    let mut rows = statement.query([])?;
    let mut hashes = HashSet::new();
    while let Some(row) = rows.next()? {
        hashes.insert(hash(row, 0)?);
    }
    Ok(hashes)
}

fn count(conn: &Connection) -> Attempt<usize> {
    let rows = conn.query_row("SELECT count(*) FROM member", [], |row| whole(row, 0))?;
    Ok(usize::try_from(rows).unwrap_or(0))
}

/// Moves the rows. Everybody forgotten goes first, so that a rebinding may name the account's new holder before
/// it forgets the old one; the outcome is the same as in order.
pub(super) fn apply(tx: &Transaction<'_>, cycle: Option<CycleId>, facts: &[Fact]) -> Attempt<()> {
    for fact in facts {
        if let Fact::Forget(id) = fact {
            forget(tx, id)?;
        }
    }
    for fact in facts {
        groups::follow(tx, fact)?;
        match fact {
            Fact::Group(group) => groups::put(tx, group)?,
            Fact::ForgetGroup(id) => groups::forget(tx, id)?,
            Fact::Members { group, joined, left } => groups::set_members(tx, group, joined, left, cycle)?,
            Fact::Known(known) => put(tx, known)?,
            Fact::Forget(id) => forget(tx, id)?,
            Fact::Hold(id, hold) => put_hold(tx, id, hold)?,
            Fact::Release(id) => release(tx, id)?,
            Fact::Settled { op, happened } => journal::settle(tx, *op, *happened)?,
            Fact::Rebound { from, to } => joined::rebind(tx, from, to)?,
            Fact::Joined { entry, person } => joined::join(tx, entry, person)?,
            Fact::Apart(person) => joined::part(tx, person)?,
            Fact::Missing { person, source, missing } => joined::set_missing(tx, person, source, *missing)?,
        }
    }
    Ok(())
}

fn put(tx: &Transaction<'_>, known: &Known) -> Attempt<()> {
    let mut upsert = tx.prepare_cached(
        "INSERT INTO member (id_hash, scim_hash, fingerprint, standing, absent_cycles, absent_at, absent_boot,
             absent_uptime, undone, origin, source, source_id, scim_id, user_name, user_name_key, given, family)
         VALUES (:id_hash, :scim_hash, :fingerprint, :standing, :cycles, :at, :boot, :uptime, :undone, :origin,
             :source, :source_id, :scim_id, :user_name, :key, :given, :family)
         ON CONFLICT (source, source_id) DO UPDATE SET
             scim_hash = excluded.scim_hash, fingerprint = excluded.fingerprint, standing = excluded.standing,
             absent_cycles = excluded.absent_cycles, absent_at = excluded.absent_at,
             absent_boot = excluded.absent_boot, absent_uptime = excluded.absent_uptime,
             undone = excluded.undone, origin = excluded.origin, scim_id = excluded.scim_id,
             user_name = excluded.user_name, user_name_key = excluded.user_name_key,
             given = excluded.given, family = excluded.family",
    )?;
    let first = known.absent.map(|absence| absence.first);
    upsert.execute(named_params! {
        ":id_hash": blob(id_hash(&known.id)),
        ":scim_hash": blob(scim_hash(&known.scim_id)),
        ":fingerprint": blob(known_fingerprint(known)),
        ":standing": standing_word(known.standing),
        ":cycles": known.absent.map(|absence| absence.cycles),
        ":at": first.map(|first| first.unix_s),
        ":boot": first.map(|first| first.boot),
        ":uptime": first.map(|first| first.uptime_s),
        ":undone": known.undone,
        ":origin": origin_word(known.origin),
        ":source": known.id.source,
        ":source_id": known.id.id,
        ":scim_id": known.scim_id.0,
        ":user_name": known.account.user_name.as_str(),
        ":key": known.account.user_name.key(),
        ":given": known.account.name.given,
        ":family": known.account.name.family,
    })?;
    Ok(())
}

pub(super) fn origin_word(origin: Origin) -> &'static str {
    match origin {
        Origin::Created => "created",
        Origin::Adopted => "adopted",
    }
}

fn standing_word(standing: Standing) -> &'static str {
    match standing {
        Standing::Active => "active",
        Standing::Inactive => "inactive",
        Standing::Invited => "invited",
        Standing::Gone => "gone",
    }
}

fn forget(tx: &Transaction<'_>, id: &SourceId) -> Attempt<()> {
    tx.prepare_cached("DELETE FROM member WHERE source = ? AND source_id = ?")?.execute([&id.source, &id.id])?;
    Ok(())
}

fn put_hold(tx: &Transaction<'_>, id: &SourceId, hold: &Hold) -> Attempt<()> {
    tx.prepare_cached("INSERT OR REPLACE INTO hold (source, source_id, id_hash, hold) VALUES (?, ?, ?, ?)")?
        .execute(params![id.source, id.id, blob(id_hash(id)), to_json(hold)?])?;
    Ok(())
}

fn release(tx: &Transaction<'_>, id: &SourceId) -> Attempt<()> {
    tx.prepare_cached("DELETE FROM hold WHERE source = ? AND source_id = ?")?.execute([&id.source, &id.id])?;
    Ok(())
}

fn note(chain: &mut Chain<'_>, fact: &Fact) -> Attempt<()> {
    match fact {
        Fact::Known(known) => chain.push("known", &known.id.to_string(), known),
        Fact::Group(group) => chain.push("group", &group.id.to_string(), group),
        Fact::ForgetGroup(id) => chain.push("forget_group", &id.to_string(), id),
        Fact::Members { group, joined, left } => {
            chain.push("members", &group.to_string(), &serde_json::json!({ "joined": joined, "left": left }))
        }
        Fact::Forget(id) => chain.push("forget", &id.to_string(), id),
        Fact::Hold(id, hold) => chain.push("hold", &id.to_string(), hold),
        Fact::Release(id) => chain.push("release", &id.to_string(), id),
        Fact::Settled { op, happened } => {
            chain.push("settled", "", &serde_json::json!({ "op": op, "happened": happened }))
        }
        Fact::Rebound { from, to } => chain.push("rebound", &from.to_string(), to),
        Fact::Joined { entry, person } => chain.push("joined", &entry.to_string(), person),
        Fact::Apart(person) => chain.push("apart", &person.to_string(), person),
        Fact::Missing { person, source, missing } => {
            chain.push("missing", &person.to_string(), &serde_json::json!({ "source": source, "missing": missing }))
        }
    }
}

//! Managed groups, and who was last made or seen a member of them. A membership is one of an account, not of an entry: a
//! rebinding leaves it alone. Whoever is out of the team is in no group.
//!
//! Never: decides, or keeps members who are not managed.

use std::collections::BTreeMap;

use rusqlite::{Row, Transaction, named_params, params};

use super::error::{Attempt, Fault, Result};
use super::rows::{blob, moment, whole};
use super::snapshot::{origin, origin_word};
use super::{CycleId, Store};
use crate::core::groups::{GroupId, KnownGroup};
use crate::core::model::{ScimId, SourceId};
use crate::core::snapshot::{Absence, Fact, Standing, scim_hash};

const READING: &str = "read the groups";

/// One membership, for the fold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Membership {
    /// The row of the person, as in `IndexRow::row`.
    pub row: i64,
    /// The row of the group, as in `Store::group_rows`.
    pub group: i64,
}

impl Store {
    /// All managed groups.
    pub fn groups(&self) -> Result<BTreeMap<GroupId, KnownGroup>> {
        Ok(self.group_rows()?.into_values().map(|group| (group.id.clone(), group)).collect())
    }

    /// The same, by row.
    pub fn group_rows(&self) -> Result<BTreeMap<i64, KnownGroup>> {
        self.read(READING, |conn| {
            let mut statement = conn.prepare_cached(
                "SELECT row, source, source_id, scim_id, name, origin, undone, absent_cycles, absent_at, absent_boot, \
                 absent_uptime FROM team_group",
            )?;
            let (mut rows, mut groups) = (statement.query([])?, BTreeMap::new());
            while let Some(row) = rows.next()? {
                groups.insert(row.get(0)?, read_group(row)?);
            }
            Ok(groups)
        })
    }

    /// Every membership of somebody managed, in the order of people's rows.
    pub fn membership_index(&self) -> Result<Vec<Membership>> {
        self.read(READING, |conn| {
            // By people: their rows are in this order already, and the memberships of one account lie together.
            let mut statement = conn.prepare_cached(
                "SELECT member.row, membership.group_row FROM member CROSS JOIN membership \
                 ON membership.scim_hash = member.scim_hash ORDER BY member.row",
            )?;
            let found = statement.query_map([], |row| Ok(Membership { row: row.get(0)?, group: row.get(1)? }))?;
            Ok(found.collect::<rusqlite::Result<_>>()?)
        })
    }

    /// How many memberships there are.
    pub fn memberships(&self) -> Result<u64> {
        self.read(READING, |conn| Ok(conn.query_row("SELECT count(*) FROM membership", [], |row| whole(row, 0))?))
    }

    /// The managed members of one group, by row.
    pub fn members_of(&self, group: &GroupId) -> Result<Vec<(SourceId, ScimId)>> {
        self.read(READING, |conn| {
            let mut statement = conn.prepare_cached(
                "SELECT member.source, member.source_id, member.scim_id FROM team_group \
                 JOIN membership ON membership.group_row = team_group.row \
                 JOIN member ON member.scim_hash = membership.scim_hash \
                 WHERE team_group.source = ? AND team_group.source_id = ? ORDER BY member.row",
            )?;
            let id = group.subject();
            let found = statement.query_map([&id.source, &id.id], |row| {
                Ok((SourceId::new(row.get::<_, String>(0)?, row.get::<_, String>(1)?), ScimId(row.get(2)?)))
            })?;
            Ok(found.collect::<rusqlite::Result<_>>()?)
        })
    }
}

fn read_group(row: &Row<'_>) -> Attempt<KnownGroup> {
    let subject = SourceId { source: row.get(1)?, id: row.get(2)? };
    let id = GroupId::of_subject(&subject).ok_or_else(|| Fault::Unreadable("a group has the id of a person".into()))?;
    let absent = match row.get::<_, Option<u32>>(7)? {
        Some(cycles) => Some(Absence { first: moment(row, 8)?, cycles }),
        None => None,
    };
    let (scim_id, name) = (ScimId(row.get(3)?), row.get(4)?);
    Ok(KnownGroup { id, scim_id, name, origin: origin(row, 5)?, absent, undone: row.get(6)? })
}

pub(super) fn put(tx: &Transaction<'_>, group: &KnownGroup) -> Attempt<()> {
    let mut upsert = tx.prepare_cached(
        "INSERT INTO team_group (source, source_id, scim_id, name, origin, undone, absent_cycles, absent_at, absent_boot,
             absent_uptime)
         VALUES (:source, :source_id, :scim_id, :name, :origin, :undone, :cycles, :at, :boot, :uptime)
         ON CONFLICT (source, source_id) DO UPDATE SET
             scim_id = excluded.scim_id, name = excluded.name, origin = excluded.origin, undone = excluded.undone,
             absent_cycles = excluded.absent_cycles, absent_at = excluded.absent_at,
             absent_boot = excluded.absent_boot, absent_uptime = excluded.absent_uptime",
    )?;
    let first = group.absent.map(|absence| absence.first);
    upsert.execute(named_params! {
        ":source": group.id.subject().source,
        ":source_id": group.id.subject().id,
        ":scim_id": group.scim_id.0,
        ":name": group.name,
        ":origin": origin_word(group.origin),
        ":undone": group.undone,
        ":cycles": group.absent.map(|absence| absence.cycles),
        ":at": first.map(|first| first.unix_s),
        ":boot": first.map(|first| first.boot),
        ":uptime": first.map(|first| first.uptime_s),
    })?;
    Ok(())
}

pub(super) fn forget(tx: &Transaction<'_>, id: &GroupId) -> Attempt<()> {
    let id = id.subject();
    tx.prepare_cached(
        "DELETE FROM membership WHERE group_row = (SELECT row FROM team_group WHERE source = ? AND source_id = ?)",
    )?
    .execute([&id.source, &id.id])?;
    tx.prepare_cached("DELETE FROM team_group WHERE source = ? AND source_id = ?")?.execute([&id.source, &id.id])?;
    Ok(())
}

/// `cycle`: the one that made or saw it so; none for what a person decided beside the cycles.
pub(super) fn set_members(
    tx: &Transaction<'_>,
    group: &GroupId,
    joined: &[ScimId],
    left: &[ScimId],
    cycle: Option<CycleId>,
) -> Attempt<()> {
    let id = group.subject();
    let mut join = tx.prepare_cached(
        "INSERT OR IGNORE INTO membership (scim_hash, group_row, cycle)
         SELECT ?, row, ? FROM team_group WHERE source = ? AND source_id = ?",
    )?;
    for member in joined {
        join.execute(params![blob(scim_hash(member)), cycle.map(|cycle| cycle.0), id.source, id.id])?;
    }
    let mut part = tx.prepare_cached(
        "DELETE FROM membership WHERE scim_hash = ?
             AND group_row = (SELECT row FROM team_group WHERE source = ? AND source_id = ?)",
    )?;
    for member in left {
        part.execute(params![blob(scim_hash(member)), id.source, id.id])?;
    }
    Ok(())
}

/// What else follows from a fact about a person: whoever is out of the team is in no group.
pub(super) fn follow(tx: &Transaction<'_>, fact: &Fact) -> Attempt<()> {
    if let Fact::Known(known) = fact
        && matches!(known.standing, Standing::Inactive | Standing::Gone)
    {
        tx.prepare_cached("DELETE FROM membership WHERE scim_hash = ?")?.execute([blob(scim_hash(&known.scim_id))])?;
    }
    Ok(())
}

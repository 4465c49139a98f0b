//! Single values about the team and the sources: the pin, the first sync, the last refresh, who each source is and what it was
//! understood to say, what the endpoint was seen to do.
//!
//! Never: holds a secret, or what the configuration says.

use std::collections::BTreeMap;

use rusqlite::{Connection, OptionalExtension, Transaction};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::audit::Chain;
use super::error::{Attempt, Result};
use super::rows::{from_json, to_json};
use super::{Pin, Proof, Store};
use crate::core::evidence::{Followed, HighWater, Identity, Understood};
use crate::core::plan::Kind;
use crate::core::time::Moment;

const PIN: &str = "pin";
const FIRST_SYNC_DONE: &str = "first_sync_done";
const REFRESHED: &str = "refreshed";
const OTHERS_ACTIVE: &str = "others_active";
const REFRESH_WANTED: &str = "refresh_wanted";
const GROUPS_UNREAD: &str = "groups_unread";
const PROOFS: &str = "proofs";
const IDENTITIES: &str = "identities";
const FOLLOWED: &str = "followed";
const HIGH_WATER: &str = "high_water";
const UNDERSTOOD: &str = "understood";
const LAST_CHANGE: &str = "last_change";
pub(super) const APPROVED_UNDER: &str = "approved_under";

/// How far the data of a source had come.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Come {
    /// The directory that the marks are of, as its identity names it.
    pub directory: String,
    pub to: HighWater,
    /// What `source.restored` said when a step back was last taken for right.
    pub restored: Option<String>,
}

impl Store {
    pub fn pin(&self) -> Result<Option<Pin>> {
        self.setting(PIN)
    }

    pub fn set_pin(&mut self, pin: &Pin, now: Moment) -> Result<()> {
        self.write("store the pin", |tx| {
            put(tx, PIN, pin)?;
            Chain::at_end(tx, None, now)?.push("pin", "", pin)
        })
    }

    pub fn first_sync_done(&self) -> Result<bool> {
        Ok(self.setting(FIRST_SYNC_DONE)?.unwrap_or(false))
    }

    pub fn set_first_sync_done(&mut self) -> Result<()> {
        self.write("store that the first sync is done", |tx| put(tx, FIRST_SYNC_DONE, &true))
    }

    /// When the whole team was listed last.
    pub fn refreshed(&self) -> Result<Option<Moment>> {
        self.setting(REFRESHED)
    }

    /// Active members whom we do not manage, as of the last refresh.
    pub fn others_active(&self) -> Result<Option<u64>> {
        self.setting(OTHERS_ACTIVE)
    }

    /// When a request of ours last changed the team.
    pub fn last_change(&self) -> Result<Option<Moment>> {
        self.setting(LAST_CHANGE)
    }

    /// Also answers the wish for a refresh.
    pub fn set_refreshed(&mut self, now: Moment, others_active: u64) -> Result<()> {
        self.write("store the refresh", |tx| {
            put(tx, REFRESHED, &now)?;
            put(tx, OTHERS_ACTIVE, &others_active)?;
            put(tx, REFRESH_WANTED, &false)?;
            Chain::at_end(tx, None, now)?.push("refreshed", "", &json!({"others_active": others_active}))
        })
    }

    pub fn refresh_wanted(&self) -> Result<bool> {
        Ok(self.setting(REFRESH_WANTED)?.unwrap_or(false))
    }

    pub fn want_refresh(&mut self) -> Result<()> {
        self.write("ask for a refresh", |tx| put(tx, REFRESH_WANTED, &true))
    }

    /// Whether the last listing of the team's groups failed, so that the next cycle asks again.
    pub fn groups_unread(&self) -> Result<bool> {
        Ok(self.setting(GROUPS_UNREAD)?.unwrap_or(false))
    }

    pub fn set_groups_unread(&mut self, unread: bool) -> Result<()> {
        if self.groups_unread()? == unread {
            return Ok(());
        }
        self.write("store whether the groups could be listed", |tx| put(tx, GROUPS_UNREAD, &unread))
    }

    pub fn proofs(&self) -> Result<BTreeMap<Kind, Proof>> {
        Ok(self.setting(PROOFS)?.unwrap_or_default())
    }

    pub fn set_proof(&mut self, kind: Kind, proof: &Proof, now: Moment) -> Result<()> {
        self.write("store the proof", |tx| {
            let mut proofs: BTreeMap<Kind, Proof> = get(tx, PROOFS)?.unwrap_or_default();
            proofs.insert(kind, proof.clone());
            put(tx, PROOFS, &proofs)?;
            Chain::at_end(tx, None, now)?.push("proof", kind.as_str(), proof)
        })
    }

    /// Of each source, how much of its last complete reading was understood.
    pub fn understood(&self) -> Result<BTreeMap<String, Understood>> {
        Ok(self.setting(UNDERSTOOD)?.unwrap_or_default())
    }

    pub fn set_understood(&mut self, source: &str, understood: Understood) -> Result<()> {
        self.write("store what was understood", |tx| {
            let mut all: BTreeMap<String, Understood> = get(tx, UNDERSTOOD)?.unwrap_or_default();
            all.insert(source.to_owned(), understood);
            put(tx, UNDERSTOOD, &all)
        })
    }

    /// Of each source, the directory and the account that it was first read with, or that a person named since.
    pub fn identities(&self) -> Result<BTreeMap<String, Identity>> {
        Ok(self.setting(IDENTITIES)?.unwrap_or_default())
    }

    pub fn set_identity(&mut self, source: &str, identity: &Identity, now: Moment) -> Result<()> {
        self.write("store who was read", |tx| {
            let mut all: BTreeMap<String, Identity> = get(tx, IDENTITIES)?.unwrap_or_default();
            all.insert(source.to_owned(), identity.clone());
            put(tx, IDENTITIES, &all)?;
            Chain::at_end(tx, None, now)?.push("identity", source, identity)
        })
    }

    /// Of each source that says so, how far its data had come. Every cycle moves it on, so the audit chain does not tell.
    pub fn high_water(&self) -> Result<BTreeMap<String, Come>> {
        Ok(self.setting(HIGH_WATER)?.unwrap_or_default())
    }

    pub fn set_high_water(&mut self, source: &str, come: &Come) -> Result<()> {
        self.write("store how far the data had come", |tx| {
            let mut all: BTreeMap<String, Come> = get(tx, HIGH_WATER)?.unwrap_or_default();
            all.insert(source.to_owned(), come.clone());
            put(tx, HIGH_WATER, &all)
        })
    }

    /// Of each source, the groups that its last good reading followed.
    pub fn followed(&self) -> Result<BTreeMap<String, Followed>> {
        Ok(self.setting(FOLLOWED)?.unwrap_or_default())
    }

    pub fn set_followed(&mut self, source: &str, followed: &Followed) -> Result<()> {
        self.write("store which groups were followed", |tx| {
            let mut all: BTreeMap<String, Followed> = get(tx, FOLLOWED)?.unwrap_or_default();
            all.insert(source.to_owned(), followed.clone());
            put(tx, FOLLOWED, &all)
        })
    }

    pub(super) fn setting<T: DeserializeOwned>(&self, name: &str) -> Result<Option<T>> {
        self.read("read a setting", |conn| get(conn, name))
    }
}

pub(super) fn get<T: DeserializeOwned>(conn: &Connection, name: &str) -> Attempt<Option<T>> {
    let mut statement = conn.prepare_cached("SELECT value FROM setting WHERE name = ?")?;
    let value: Option<String> = statement.query_row([name], |row| row.get(0)).optional()?;
    value.map(|value| from_json(&value, name)).transpose()
}

pub(super) fn put(tx: &Transaction<'_>, name: &str, value: &impl Serialize) -> Attempt<()> {
    tx.prepare_cached("INSERT OR REPLACE INTO setting (name, value) VALUES (?, ?)")?
        .execute([name, &to_json(value)?])?;
    Ok(())
}

/// Kept in the transaction that records the change.
pub(super) fn changed(tx: &Transaction<'_>, now: Moment) -> Attempt<()> {
    put(tx, LAST_CHANGE, &now)
}

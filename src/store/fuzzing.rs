//! Properties of a database in which one value was changed: it is read or refused, and the audit chain notices it.

use std::cell::RefCell;

use rusqlite::types::Value;
use rusqlite::{OptionalExtension, params_from_iter};

use super::{Begin, CycleId, Store};
use crate::core::model::{Account, Name, ScimId, SourceId, UserName};
use crate::core::plan::{Change, Plan};
use crate::core::snapshot::{Absence, Fact, Hold, HoldReason, Known, Origin, Standing};
use crate::core::time::Moment;

const NOW: Moment = Moment { unix_s: 1_800_000_000, boot: 7, uptime_s: 5_000 };

thread_local! {
    static STORE: RefCell<Store> = RefCell::new(furnished().expect("a database in memory"));
}

/// Somebody of every standing, a hold, a doubt, a plan, an approval, a cycle; and checks that are off, as in a damaged file.
fn furnished() -> super::Result<Store> {
    let mut store = Store::in_memory()?;
    let cycle = store.begin_cycle(NOW)?;
    let standings = [Standing::Active, Standing::Inactive, Standing::Invited, Standing::Gone];
    let mut facts: Vec<Fact> =
        standings.into_iter().zip(0..).map(|(standing, n)| Fact::Known(known(n, standing))).collect();
    let reason = HoldReason::Refused { detail: "no".into() };
    facts.push(Fact::Hold(id(0), Hold { reason, since: NOW, until_unix_s: None, tries: 1 }));
    store.absorb(cycle, &facts, NOW)?;
    let change = Change::Rename {
        id: id(0),
        scim_id: ScimId("s0".into()),
        user_name: UserName::new("p0@acme.example"),
        from: Name::new("G", "F"),
        to: Name::new("H", "F"),
    };
    let keys = [change.key()];
    store.begin(cycle, &[Begin { change, why: "the directory's name".into(), unapproved: 1 }], NOW)?;
    store.save_plan(&Plan::default(), NOW)?;
    store.approve("abc", &keys, "uid 0", "one", NOW, NOW.unix_s + 3600)?;
    store.end_cycle(cycle, NOW, 0, "{}")?;
    let off = "DROP TRIGGER audit_no_update; DROP TRIGGER audit_no_delete; PRAGMA ignore_check_constraints = ON; \
               PRAGMA foreign_keys = OFF";
    store.read("fuzz", |conn| Ok(conn.execute_batch(off)?))?;
    Ok(store)
}

fn id(n: u32) -> SourceId {
    SourceId::new("hr", format!("e{n}"))
}

fn known(n: u32, standing: Standing) -> Known {
    Known {
        id: id(n),
        scim_id: ScimId(format!("s{n}")),
        account: Account { user_name: UserName::new(format!("p{n}@acme.example")), name: Name::new("G", "F") },
        standing,
        absent: (n == 0).then_some(Absence { cycles: 1, first: NOW }),
        undone: 0,
        origin: Origin::Created,
    }
}

/// Every cell that holds something: its table, its column, its row.
fn cells(store: &Store, of: &str) -> Vec<(String, String, i64)> {
    let found = store.read("fuzz", |conn| {
        let mut columns = conn.prepare_cached(
            "SELECT t.name, c.name FROM sqlite_schema t, pragma_table_info(t.name) c WHERE t.type = 'table' \
             AND t.name NOT LIKE 'sqlite%' AND t.sql NOT LIKE '%WITHOUT ROWID%' ORDER BY t.name, c.cid",
        )?;
        let columns = columns.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
        let columns: Vec<(String, String)> = columns.collect::<rusqlite::Result<_>>()?;
        let mut cells = Vec::new();
        for (table, column) in columns.into_iter().filter(|(table, _)| of.is_empty() || table == of) {
            let mut rows = conn.prepare_cached(&format!("SELECT rowid FROM {table} ORDER BY rowid"))?;
            let rows = rows.query_map([], |row| row.get(0))?;
            cells.extend(
                rows.collect::<rusqlite::Result<Vec<i64>>>()?
                    .into_iter()
                    .map(|row| (table.clone(), column.clone(), row)),
            );
        }
        Ok(cells)
    });
    found.expect("the tables are there")
}

/// NULL, a number, a text or octets.
fn value(data: &[u8]) -> Value {
    let Some((kind, rest)) = data.split_first() else { return Value::Null };
    match kind % 4 {
        0 => Value::Null,
        1 => {
            let mut bytes = [0; 8];
            let n = rest.len().min(8);
            bytes[..n].copy_from_slice(&rest[..n]);
            Value::Integer(i64::from_le_bytes(bytes))
        }
        2 => Value::Text(String::from_utf8_lossy(rest).into_owned()),
        _ => Value::Blob(rest.to_vec()),
    }
}

/// Puts the value into one cell of the table (of any, without a name), looks, and puts back what was there. `look` is told
/// whether it is another value; a value that the column refuses is not looked at.
fn with_another_value(data: &[u8], of: &str, look: impl FnOnce(&mut Store, bool)) {
    let Some(([low, high], data)) = data.split_first_chunk() else { return };
    STORE.with_borrow_mut(|store| {
        let cells = cells(store, of);
        let (table, column, row) = &cells[usize::from(u16::from_le_bytes([*low, *high])) % cells.len()];
        let select = format!("SELECT {column} FROM {table} WHERE rowid = ?");
        let before: Option<Value> = store
            .read("fuzz", |conn| Ok(conn.prepare_cached(&select)?.query_row([row], |row| row.get(0)).optional()?))
            .expect("the cell is there");
        let (before, after) = (before.unwrap_or(Value::Null), value(data));
        let put = |store: &Store, value: &Value, row: i64| {
            let update = format!("UPDATE {table} SET {column} = ? WHERE rowid = ?");
            let values = params_from_iter([value.clone(), Value::Integer(row)]);
            store.read("fuzz", |conn| Ok(conn.prepare_cached(&update)?.execute(values)?))
        };
        if put(store, &after, *row).is_err() {
            return;
        }
        // A row's own number is a column too, and has moved with it.
        let now: Option<Value> = store
            .read("fuzz", |conn| Ok(conn.prepare_cached(&select)?.query_row([row], |row| row.get(0)).optional()?))
            .expect("the table is there");
        let moved_to = if let (None, Value::Integer(to)) = (&now, &after) { *to } else { *row };
        look(store, now.as_ref() != Some(&before));
        put(store, &before, moved_to).expect("it was there before");
    });
}

/// Whatever stands in a row, every reader answers, and none of them panics.
pub fn rows(data: &[u8]) {
    with_another_value(data, "", |store, _| {
        let sources = ["hr".to_owned()];
        let _ = (store.index(&sources), store.scim_index(), store.known_by_rows(&[1, 2, 3, 4]), store.holds());
        let _ = (store.managed_by_source(), store.managed_active(), store.managed_inactive(), store.absent(&mut drop));
        let _ = (store.known_by_ids(&[id(0)]), store.known_by_scim_ids(&[ScimId("s0".into())]));
        let _ = (store.known_by_user_names(&[UserName::new("p0@acme.example")]), store.doubts(), store.charges(NOW));
        let _ = (store.approved_keys(NOW), store.approved_under(), store.last_cycles(9), store.cycle(CycleId(1)));
        let _ = (store.last_good_cycle(), store.last_plan(), store.plan("abc"), store.waiting_requests());
        let _ = (store.groups(), store.group_rows(), store.membership_index(), store.memberships());
        let _ = (store.joined("hr"), store.missing("hr"), store.pin(), store.first_sync_done(), store.refreshed());
        let _ = (store.others_active(), store.last_change(), store.refresh_wanted(), store.groups_unread());
        let _ = (store.proofs(), store.understood(), store.identities(), store.high_water(), store.followed());
        let _ = (store.daemon(), store.paused(), store.audit_head(), store.audit_after(0, 99));
    });
}

/// One changed value anywhere in the chain is found, and an unchanged chain is whole.
pub fn audit_chain(data: &[u8]) {
    with_another_value(data, "audit", |store, is_changed| {
        let found = match store.verify_audit() {
            Ok(verdict) => verdict.is_err(),
            // A value of another kind than the column's: refused, which is found too.
            Err(_) => true,
        };
        assert_eq!(found, is_changed);
    });
}

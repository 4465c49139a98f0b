//! The schema and its numbered steps. `PRAGMA user_version` counts the steps a file has had, `application_id`
//! tells our files from other programs'.
//!
//! Never: changes a step that was released; a new schema is a new step.

use rusqlite::{Connection, TransactionBehavior};

use super::error::{Attempt, Fault};

/// "PSCS" in the four bytes SQLite keeps for the program a file belongs to.
pub(super) const APPLICATION_ID: u32 = 0x5053_4353;

/// Step `n` of this list makes schema `n` of schema `n - 1`.
const STEPS: &[&str] = &[include_str!("migrations/0001_initial.sql")];

/// The schema this program writes.
pub(super) const KNOWN: i64 = STEPS.len() as i64;

/// Brings the database to the newest schema, each step in one transaction.
pub(super) fn migrate(conn: &mut Connection) -> Attempt<()> {
    run(conn, STEPS)
}

pub(super) fn version(conn: &Connection) -> Attempt<i64> {
    Ok(conn.pragma_query_value(None, "user_version", |row| row.get(0))?)
}

fn run(conn: &mut Connection, steps: &[&str]) -> Attempt<()> {
    for (step, number) in steps.iter().zip(1_i64..) {
        let tx = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let found = version(&tx)?;
        if found >= number {
            continue;
        }
        if found != number - 1 {
            return Err(Fault::Unreadable(format!("its schema number {found} was never written by this program")));
        }
        tx.execute_batch(step)?;
        tx.pragma_update(None, "application_id", APPLICATION_ID)?;
        tx.pragma_update(None, "user_version", number)?;
        tx.commit()?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const TWO: &[&str] = &["CREATE TABLE a (x INTEGER) STRICT;", "ALTER TABLE a ADD COLUMN y TEXT;"];

    #[test]
    fn steps_run_once_each_and_in_order() {
        let mut conn = Connection::open_in_memory().unwrap();
        run(&mut conn, &TWO[..1]).unwrap();
        conn.execute("INSERT INTO a (x) VALUES (7)", []).unwrap();
        run(&mut conn, TWO).unwrap();
        run(&mut conn, TWO).unwrap();
        assert_eq!(version(&conn).unwrap(), 2);
        let row: (i64, Option<String>) =
            conn.query_row("SELECT x, y FROM a", [], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
        assert_eq!(row, (7, None));
    }

    #[test]
    fn a_failing_step_leaves_the_schema_before_it() {
        let mut conn = Connection::open_in_memory().unwrap();
        let steps = [TWO[0], "CREATE TABLE b (x INTEGER) STRICT; CREATE TABLE a (x INTEGER) STRICT;"];
        assert!(run(&mut conn, &steps).is_err());
        assert_eq!(version(&conn).unwrap(), 1);
        let tables: i64 = conn.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0)).unwrap();
        assert_eq!(tables, 1, "table b was rolled back");
    }

    #[test]
    fn the_schema_is_strict_and_marked_as_ours() {
        let mut conn = Connection::open_in_memory().unwrap();
        migrate(&mut conn).unwrap();
        let id: u32 = conn.pragma_query_value(None, "application_id", |row| row.get(0)).unwrap();
        assert_eq!((id, version(&conn).unwrap()), (APPLICATION_ID, KNOWN));
        let lax: i64 = conn
            .query_row(
                "SELECT count(*) FROM pragma_table_list WHERE schema = 'main' AND NOT strict AND name NOT LIKE 'sqlite_%'",
                [],
                |row| row.get(0),
            )
            .unwrap();
        assert_eq!(lax, 0);
    }
}

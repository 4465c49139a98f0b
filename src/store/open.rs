//! Opening: the checks before the first write, SQLite's settings, and the first file.
//!
//! Never: leaves another byte in a file it refuses, or beside it.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};

use super::error::{Attempt, Fault, Result, StoreError, sidecar};
use super::place::{Place, failed};
use super::{Store, migrations};

/// 3.51.3 mends a race that lost committed data in every WAL database since 3.7.0 (sqlite.org/wal.html, "WAL-reset").
const OLDEST_SQLITE: i32 = 3_051_003;
/// Commands beside the daemon write in milliseconds; a second daemon is told by the instance lock, not by waiting.
const BUSY: Duration = Duration::from_secs(5);
const OPENING: &str = "open";

/// What a connection is for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Purpose {
    /// The one holder of the instance lock: checks every page, may migrate.
    Own,
    /// A command beside the owner: checks every page, migrates nothing.
    Beside,
    /// Reads only.
    View,
}

impl Store {
    /// Takes the instance lock, creates what is missing (directory 0700, files 0600), checks, migrates.
    pub fn open(path: &Path) -> Result<Store> {
        let place = Place::prepare(path)?;
        let lock = place.lock()?;
        if !place.holds_database()? {
            create(&place)?;
        }
        let conn = connect(&place, Purpose::Own)?;
        let mut store = Store { conn, path: place.file, _lock: Some(lock) };
        // Its lock is ours now, so it has ended, and without a word.
        if store.daemon()?.is_some() {
            store.set_daemon(None)?;
        }
        Ok(store)
    }

    /// Beside a running daemon, for `approve` and `pause`: no instance lock. The file must exist.
    pub fn open_beside(path: &Path) -> Result<Store> {
        match existing(path)? {
            Some(place) => Ok(Store { conn: connect(&place, Purpose::Beside)?, path: place.file, _lock: None }),
            None => {
                let reason = format!("{} does not exist; run `postman-scim-sync sync` first", path.display());
                Err(StoreError::Failed { operation: OPENING, reason })
            }
        }
    }

    /// Read-only, changes no byte of the file. `None` when there is no database.
    pub fn view(path: &Path) -> Result<Option<Store>> {
        let Some(place) = existing(path)? else { return Ok(None) };
        Ok(Some(Store { conn: connect(&place, Purpose::View)?, path: place.file, _lock: None }))
    }

    /// For simulation and for a dry run without a database.
    pub fn in_memory() -> Result<Store> {
        let path = Path::new(":memory:");
        let open = || -> Attempt<Connection> {
            let mut conn = Connection::open_in_memory()?;
            settle(&conn)?;
            migrations::migrate(&mut conn)?;
            Ok(conn)
        };
        let conn = open().map_err(|fault| fault.sorted(path, OPENING))?;
        Ok(Store { conn, path: path.to_owned(), _lock: None })
    }
}

fn existing(path: &Path) -> Result<Option<Place>> {
    let Some(place) = Place::at(path)? else { return Ok(None) };
    Ok(place.holds_database()?.then_some(place))
}

/// Builds the first database under another name and renames it: a crash leaves none or a whole one.
fn create(place: &Place) -> Result<()> {
    let path = sidecar(&place.file, ".new");
    for left_over in ["", "-wal", "-shm", "-journal"] {
        let left_over = sidecar(&path, left_over);
        if left_over.exists() {
            fs::remove_file(&left_over).map_err(|error| failed("remove an unfinished file", &left_over, &error))?;
        }
    }
    place.create(&path).map_err(|error| failed("create the file", &path, &error))?;
    let build = || -> Attempt<()> {
        let mut conn = Connection::open_with_flags(&path, flags(OpenFlags::SQLITE_OPEN_READ_WRITE))?;
        settle(&conn)?;
        conn.pragma_update_and_check(None, "journal_mode", "WAL", |_| Ok(()))?;
        migrations::migrate(&mut conn)?;
        conn.close().map_err(|(_, error)| error.into())
    };
    build().map_err(|fault| fault.sorted(&path, "create"))?;
    fs::rename(&path, &place.file).map_err(|error| failed("name the new file", &path, &error))?;
    place.sync_directory()
}

/// Opens a file whose header was checked. What SQLite finds wrong behind the header leaves the file as it was: a log
/// with content is neither written back nor removed, and an empty one goes when the connection closes.
fn connect(place: &Place, purpose: Purpose) -> Result<Connection> {
    let had_log = place.has_log();
    let access = match purpose {
        Purpose::View => OpenFlags::SQLITE_OPEN_READ_ONLY,
        Purpose::Own | Purpose::Beside => OpenFlags::SQLITE_OPEN_READ_WRITE,
    };
    let sorted = |fault: Fault| fault.sorted(&place.file, OPENING);
    let opened = Connection::open_with_flags(&place.file, flags(access));
    let mut conn = opened.map_err(|error| sorted(error.into()))?;
    keep_log(&conn, had_log).map_err(sorted)?;
    if let Err(refusal) = check(&conn, place, purpose) {
        drop(conn);
        if purpose == Purpose::View && !had_log {
            tidy(place);
        }
        return Err(refusal);
    }
    if purpose == Purpose::Own {
        migrations::migrate(&mut conn).map_err(sorted)?;
    }
    keep_log(&conn, false).map_err(sorted)?;
    Ok(conn)
}

/// A read-only connection leaves an empty log behind, and only SQLite knows whether nobody else uses it: a connection
/// that could write, and does not, takes it away when it closes.
fn tidy(place: &Place) {
    if let Ok(conn) = Connection::open_with_flags(&place.file, flags(OpenFlags::SQLITE_OPEN_READ_WRITE)) {
        // The answer does not matter: the file was refused already.
        let _ = keep_log(&conn, place.has_log()).and_then(|()| read_schema(&conn));
    }
}

/// No URI file names: a `?` in a path is a `?`.
fn flags(access: OpenFlags) -> OpenFlags {
    access | OpenFlags::SQLITE_OPEN_NOFOLLOW | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_EXRESCODE
}

fn keep_log(conn: &Connection, keep: bool) -> Attempt<()> {
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, keep)?;
    Ok(())
}

/// Settings that live in the connection; none of them writes, some of them read.
fn settle(conn: &Connection) -> Attempt<()> {
    let linked = rusqlite::version_number();
    if linked < OLDEST_SQLITE {
        let version = rusqlite::version();
        return Err(Fault::Refused(format!("the linked SQLite {version} can lose data; 3.51.3 or later is needed")));
    }
    conn.busy_timeout(BUSY)?;
    conn.set_prepared_statement_cache_capacity(64);
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    for (pragma, value) in [
        ("synchronous", "FULL"),
        ("foreign_keys", "ON"),
        ("trusted_schema", "OFF"),
        ("cell_size_check", "ON"),
        ("secure_delete", "ON"),
        ("temp_store", "MEMORY"),
    ] {
        // `secure_delete` answers with its value, the others with nothing.
        let mut statement = conn.prepare(&format!("PRAGMA {pragma} = {value}"))?;
        statement.query([])?.next()?;
    }
    Ok(())
}

/// The settings, then the schema's number as the log has it, then (for writers) every page.
fn check(conn: &Connection, place: &Place, purpose: Purpose) -> Result<()> {
    let sorted = |fault: Fault| fault.sorted(&place.file, OPENING);
    settle(conn).and_then(|()| is_ours(conn)).map_err(sorted)?;
    let found = migrations::version(conn).map_err(sorted)?;
    if found > migrations::KNOWN {
        return Err(StoreError::Newer { path: place.file.clone(), found, known: migrations::KNOWN });
    }
    if found < 1 && purpose == Purpose::Own {
        return Err(sorted(Fault::Unreadable("it has no schema that this program ever wrote".into())));
    }
    if found < migrations::KNOWN && purpose != Purpose::Own {
        let reason = format!(
            "its schema {found} is older than this program's {}; run `postman-scim-sync sync` once",
            migrations::KNOWN
        );
        return Err(StoreError::Failed { operation: OPENING, reason });
    }
    match purpose {
        Purpose::View => read_schema(conn),
        Purpose::Own | Purpose::Beside => {
            let as_made = if found == migrations::KNOWN { schema_is_as_made(conn) } else { Ok(()) };
            as_made.and_then(|()| check_pages(conn))
        }
    }
    .map_err(sorted)
}

/// The header was ours; behind a log that belongs to another file there is another database.
fn is_ours(conn: &Connection) -> Attempt<()> {
    let id: i64 = conn.pragma_query_value(None, "application_id", |row| row.get(0))?;
    if id == i64::from(migrations::APPLICATION_ID) {
        return Ok(());
    }
    Err(Fault::Unreadable("its log belongs to another database".into()))
}

fn read_schema(conn: &Connection) -> Attempt<()> {
    conn.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get::<_, i64>(0))?;
    Ok(())
}

/// Whether all that this program makes stands there word for word: a flipped letter is a rule that no longer holds, or a
/// table that a later request does not find.
fn schema_is_as_made(conn: &Connection) -> Attempt<()> {
    let mut made = Connection::open_in_memory()?;
    migrations::migrate(&mut made)?;
    if schema(conn)?.is_superset(&schema(&made)?) {
        return Ok(());
    }
    Err(Fault::Unreadable("its tables are not as this program makes them".into()))
}

/// Each table, index and trigger: its kind, its name, what it is of, and how it was made.
fn schema(conn: &Connection) -> Attempt<BTreeSet<[Option<String>; 4]>> {
    let mut entries = conn.prepare("SELECT type, name, tbl_name, sql FROM sqlite_schema")?;
    let entries = entries.query_map([], |row| Ok([row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?]))?;
    Ok(entries.collect::<rusqlite::Result<_>>()?)
}

/// Every page, every row, and that each index says what its table says: a row that its index does not lead to is a person
/// nobody knows. One complaint is enough to refuse the file.
fn check_pages(conn: &Connection) -> Attempt<()> {
    let verdict: String = conn.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0))?;
    if verdict == "ok" { Ok(()) } else { Err(Fault::Unreadable(format!("SQLite's integrity_check: {verdict}"))) }
}

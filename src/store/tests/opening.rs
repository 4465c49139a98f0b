//! Fresh files, modes, the lock, views, and what SQLite was told.
//!
//! Never: opens a database outside a temporary directory.

use super::*;

#[test]
fn a_fresh_open_makes_a_private_directory_and_private_files() {
    let home = Home::new();
    let path = home.directory.path().join("a/b/state.db");
    let mut store = Store::open(&path).unwrap();
    store.begin_cycle(now()).unwrap();
    assert_eq!(mode(path.parent().unwrap()), 0o700);
    for suffix in ["", "-wal", "-shm", ".lock"] {
        assert_eq!(mode(&error::sidecar(&path, suffix)), 0o600, "{suffix}");
    }
    assert!(!error::sidecar(&path, ".new").exists());
    drop(store);
    assert!(!error::sidecar(&path, "-wal").exists(), "a clean close writes the log back");
}

#[test]
fn what_was_written_is_there_after_opening_again() {
    let home = Home::furnished();
    let store = home.open();
    assert_eq!(store.index(&[]).unwrap().len(), 74);
    assert_eq!(store.holds().unwrap(), [(id(10), hold())].into());
    assert_eq!(store.doubts().unwrap().len(), 1);
    assert_eq!(store.verify_audit().unwrap(), Ok(RECORDS));
}

#[test]
fn an_unfinished_first_file_is_built_again() {
    let home = Home::new();
    fs::write(home.beside(".new"), b"half").unwrap();
    fs::write(home.beside(".new-wal"), b"half").unwrap();
    home.open().begin_cycle(now()).unwrap();
    assert_eq!(home.files().into_keys().collect::<Vec<_>>(), ["state.db"]);
}

#[test]
fn a_second_instance_is_told_at_once_and_the_lock_dies_with_its_holder() {
    let home = Home::new();
    let first = home.open();
    assert!(matches!(Store::open(&home.path()), Err(StoreError::Locked { .. })));
    drop(first);
    home.open();
}

#[test]
fn commands_beside_and_views_need_no_lock() {
    let home = Home::furnished();
    let mut daemon = home.open();
    let mut beside = Store::open_beside(&home.path()).unwrap();
    beside.ask("pause", "", "", "uid 1000", now()).unwrap();
    let view = Store::view(&home.path()).unwrap().unwrap();
    assert_eq!(view.waiting_requests().unwrap().len(), 1);
    assert_eq!(daemon.take_requests(now()).unwrap()[0].kind, "pause");
    assert_eq!(view.waiting_requests().unwrap().len(), 0);
    assert_eq!(daemon.verify_audit().unwrap(), Ok(RECORDS + 2));
}

#[test]
fn without_a_database_a_view_sees_none_and_makes_nothing() {
    let home = Home::new();
    assert!(Store::view(&home.path()).unwrap().is_none());
    assert!(Store::view(&home.directory.path().join("no/such/state.db")).unwrap().is_none());
    assert!(matches!(Store::open_beside(&home.path()), Err(StoreError::Failed { .. })));
    assert!(home.files().is_empty());
}

#[test]
fn a_view_changes_no_byte_and_cannot_write() {
    let home = Home::furnished();
    let before = fs::read(home.path()).unwrap();
    let mut view = Store::view(&home.path()).unwrap().unwrap();
    assert_eq!(view.managed_active().unwrap(), 71);
    assert!(matches!(view.begin_cycle(now()), Err(StoreError::Failed { .. })));
    drop(view);
    assert_eq!(fs::read(home.path()).unwrap(), before);
    assert_eq!(home.open().managed_active().unwrap(), 71, "what a view leaves beside does not matter");
}

#[test]
fn a_view_reads_what_a_killed_daemon_left_in_the_log() {
    let home = Home::new();
    let mut daemon = home.open();
    furnish(&mut daemon);
    let copy = Home::new();
    for (name, bytes) in home.files() {
        fs::write(copy.directory.path().join(&name), bytes.0).unwrap();
        fs::set_permissions(copy.directory.path().join(&name), fs::Permissions::from_mode(0o600)).unwrap();
    }
    fs::remove_file(copy.beside("-shm")).unwrap();
    let before = copy.files();
    let view = Store::view(&copy.path()).unwrap().unwrap();
    assert_eq!(view.managed_active().unwrap(), 71);
    drop(view);
    let after = copy.files();
    assert_eq!((&after["state.db"], &after["state.db-wal"]), (&before["state.db"], &before["state.db-wal"]));
}

#[test]
fn an_older_schema_waits_for_a_sync() {
    let home = Home::furnished();
    let raw = rusqlite::Connection::open(home.path()).unwrap();
    raw.pragma_update(None, "user_version", 0).unwrap();
    drop(raw);
    let before = fs::read(home.path()).unwrap();
    for error in [Store::view(&home.path()).unwrap_err(), Store::open_beside(&home.path()).unwrap_err()] {
        assert!(error.to_string().contains("run `postman-scim-sync sync` once"), "{error}");
    }
    assert_eq!(fs::read(home.path()).unwrap(), before);
}

#[test]
fn a_path_through_a_linked_directory_works() {
    // systemd's DynamicUser= makes /var/lib/NAME a link to /var/lib/private/NAME.
    let home = Home::furnished();
    let elsewhere = tempfile::tempdir().unwrap();
    let link = elsewhere.path().join("link");
    std::os::unix::fs::symlink(home.directory.path(), &link).unwrap();
    assert_eq!(Store::open(&link.join("state.db")).unwrap().managed_active().unwrap(), 71);
}

#[test]
fn a_name_that_looks_like_a_uri_is_a_name() {
    let home = Home::new();
    let path = home.directory.path().join("file:a?mode=memory&immutable=1");
    Store::open(&path).unwrap().set_first_sync_done().unwrap();
    assert!(path.is_file());
    assert!(Store::open(&path).unwrap().first_sync_done().unwrap());
}

#[test]
fn sqlite_is_new_enough_and_set_as_it_should_be() {
    assert!(rusqlite::version_number() >= 3_051_003);
    let home = Home::new();
    let store = home.open();
    let ask = |pragma: &str| -> String {
        let mut statement = store.conn.prepare(&format!("SELECT CAST({pragma} AS TEXT) FROM pragma_{pragma}")).unwrap();
        statement.query_row([], |row| row.get(0)).unwrap()
    };
    for (pragma, value) in [
        ("journal_mode", "wal"),
        ("synchronous", "2"),
        ("foreign_keys", "1"),
        ("trusted_schema", "0"),
        ("secure_delete", "1"),
    ] {
        assert_eq!(ask(pragma), value, "{pragma}");
    }
    let cell_size_check: i64 = store.conn.pragma_query_value(None, "cell_size_check", |row| row.get(0)).unwrap();
    assert_eq!(cell_size_check, 1);
}

#[test]
fn a_store_in_memory_has_the_same_schema() {
    let mut store = Store::in_memory().unwrap();
    furnish(&mut store);
    assert_eq!(store.managed_active().unwrap(), 71);
}

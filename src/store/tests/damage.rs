//! Files that must not be opened: each refused with the right error, and left byte for byte as it was.
//!
//! Never: accepts a changed byte, or a file left beside the refused one.

use proptest::prelude::*;

use super::*;

/// Opens in all three ways; every refusal must be of the wanted kind and leave every file as it was.
fn refused(home: &Home, wanted: impl Fn(&StoreError) -> bool) {
    let before = home.files();
    let errors = [
        Store::open(&home.path()).map(drop),
        Store::open_beside(&home.path()).map(drop),
        Store::view(&home.path()).map(drop),
    ];
    for error in errors.map(|opened| opened.expect_err("must be refused")) {
        assert!(wanted(&error), "{error:?}");
    }
    assert_eq!(home.files(), before);
}

fn is_damaged(error: &StoreError) -> bool {
    matches!(error, StoreError::Damaged { .. })
}

fn advises(text: &str) -> impl Fn(&StoreError) -> bool {
    move |error| matches!(error, StoreError::Damaged { advice, .. } if advice.contains(text))
}

#[test]
fn an_empty_file_is_damage_and_not_a_fresh_start() {
    let home = Home::new();
    home.write(b"");
    refused(&home, advises("never a removal"));
}

#[test]
fn what_is_no_database_of_ours() {
    let home = Home::new();
    home.write(&[0x5a; 20_000]);
    refused(&home, is_damaged);
    home.write(b"SQLite format 3\0");
    refused(&home, is_damaged);
    fs::remove_file(home.path()).unwrap();
    let other = rusqlite::Connection::open(home.path()).unwrap();
    other.execute_batch("PRAGMA journal_mode = WAL; CREATE TABLE notes (x)").unwrap();
    drop(other);
    fs::set_permissions(home.path(), fs::Permissions::from_mode(0o600)).unwrap();
    refused(&home, |error| error.to_string().contains("another program's"));
}

#[test]
fn a_truncated_file_wherever_it_ends() {
    let home = Home::furnished();
    let whole = fs::read(home.path()).unwrap();
    for length in (0..whole.len()).step_by(1021).chain((0..whole.len()).step_by(4096)).chain([99, 100, 101]) {
        home.write(&whole[..length]);
        refused(&home, |error| advises("damaged && postman-scim-sync sync")(error));
    }
}

#[test]
fn a_newer_schema_in_the_file_or_in_its_log() {
    let home = Home::furnished();
    let newer = |error: &StoreError| matches!(error, StoreError::Newer { found: 99, known: 1, .. });
    let raw = rusqlite::Connection::open(home.path()).unwrap();
    raw.set_db_config(rusqlite::config::DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true).unwrap();
    raw.pragma_update(None, "user_version", 99).unwrap();
    drop(raw);
    // The index of the log is not part of the state; SQLite builds it again as it likes.
    let (file, log) = (fs::read(home.path()).unwrap(), fs::read(home.beside("-wal")).unwrap());
    assert!(!log.is_empty());
    for opened in [Store::open(&home.path()).map(drop), Store::view(&home.path()).map(drop)] {
        assert!(newer(&opened.unwrap_err()));
    }
    assert_eq!((fs::read(home.path()).unwrap(), fs::read(home.beside("-wal")).unwrap()), (file, log));

    let raw = rusqlite::Connection::open(home.path()).unwrap();
    raw.pragma_query_value(None, "user_version", |row| row.get::<_, i64>(0)).unwrap();
    drop(raw);
    refused(&home, newer);
}

#[test]
fn a_log_without_its_database_is_not_replayed_into_a_new_one() {
    let home = Home::new();
    fs::write(home.beside("-wal"), [1; 64]).unwrap();
    refused(&home, advises("state.db-wal.damaged"));
}

#[test]
fn a_log_of_another_database_is_not_replayed_into_ours() {
    let home = Home::furnished();
    let other = home.directory.path().join("other.db");
    let raw = rusqlite::Connection::open(&other).unwrap();
    raw.execute_batch("PRAGMA journal_mode = WAL; CREATE TABLE other (x); INSERT INTO other VALUES (1)").unwrap();
    fs::copy(error::sidecar(&other, "-wal"), home.beside("-wal")).unwrap();
    drop(raw);
    let (file, log) = (fs::read(home.path()).unwrap(), fs::read(home.beside("-wal")).unwrap());
    for opened in [Store::open(&home.path()).map(drop), Store::view(&home.path()).map(drop)] {
        assert!(opened.unwrap_err().to_string().contains("its log belongs to another database"));
    }
    assert_eq!((fs::read(home.path()).unwrap(), fs::read(home.beside("-wal")).unwrap()), (file, log));
}

#[test]
fn a_schema_number_that_was_never_written_is_damage_and_not_an_old_file() {
    let home = Home::furnished();
    let raw = rusqlite::Connection::open(home.path()).unwrap();
    raw.pragma_update(None, "user_version", 0).unwrap();
    drop(raw);
    let before = home.files();
    assert!(is_damaged(&Store::open(&home.path()).unwrap_err()));
    assert_eq!(home.files(), before);
}

/// Opened by whoever writes; commands that only read do not look at every page.
fn refused_to_writers(home: &Home, bytes: &[u8]) {
    home.write(bytes);
    for opened in [Store::open(&home.path()).map(drop), Store::open_beside(&home.path()).map(drop)] {
        assert!(is_damaged(&opened.unwrap_err()));
    }
}

/// Where that text stands in the file.
fn places(bytes: &[u8], text: &str) -> Vec<usize> {
    let text = text.as_bytes();
    bytes.windows(text.len()).enumerate().filter(|(_, found)| *found == text).map(|(at, _)| at).collect()
}

#[test]
fn an_index_that_does_not_lead_to_its_row_is_damage() {
    let home = Home::furnished();
    let whole = fs::read(home.path()).unwrap();
    let places = places(&whole, "person33@acme.example");
    assert!(places.len() >= 2, "in the row and in its index");
    for at in places {
        let mut bytes = whole.clone();
        bytes[at + 3] ^= 1;
        refused_to_writers(&home, &bytes);
    }
}

#[test]
fn a_flipped_letter_of_the_schema_is_damage() {
    let home = Home::furnished();
    let whole = fs::read(home.path()).unwrap();
    for text in ["REFERENCES team_group", "CHECK (approved IN (0, 1))", "the audit chain only grows"] {
        let mut bytes = whole.clone();
        let at = *places(&whole, text).first().unwrap();
        bytes[at + text.len() - 2] ^= 1;
        refused_to_writers(&home, &bytes);
    }
}

#[test]
fn a_mark_that_names_somebody_else_is_not_believed() {
    let home = Home::furnished();
    let whole = fs::read(home.path()).unwrap();
    let mut seen = 0;
    for text in [scim_id(11).0, "\"e11\"".to_owned()] {
        for at in places(&whole, &text) {
            let mut bytes = whole.clone();
            bytes[at + text.len() - 2] ^= 1;
            home.write(&bytes);
            let Ok(store) = Store::open(&home.path()) else { continue };
            match store.doubts() {
                Ok(doubts) => assert!(doubts.values().all(|doubt| doubt.change == deactivate(11))),
                Err(error) => seen += u32::from(is_damaged(&error)),
            }
        }
    }
    assert_eq!(seen, 2, "its account, and its person");
}

#[test]
fn links() {
    let home = Home::furnished();
    fs::hard_link(home.path(), home.directory.path().join("second.db")).unwrap();
    refused(&home, is_damaged);
    fs::remove_file(home.path()).unwrap();
    std::os::unix::fs::symlink("second.db", home.path()).unwrap();
    refused(&home, |error| error.to_string().contains("symbolic link"));
    fs::remove_file(home.path()).unwrap();
    fs::DirBuilder::new().mode(0o700).create(home.path()).unwrap();
    for opened in [Store::open(&home.path()).map(drop), Store::view(&home.path()).map(drop)] {
        assert!(is_damaged(&opened.unwrap_err()));
    }
}

#[test]
fn what_others_may_use() {
    let home = Home::furnished();
    for wrong in [0o640, 0o604, 0o620, 0o666] {
        fs::set_permissions(home.path(), fs::Permissions::from_mode(wrong)).unwrap();
        refused(&home, advises("chmod 600"));
    }
    fs::set_permissions(home.path(), fs::Permissions::from_mode(0o600)).unwrap();
    for wrong in [0o755, 0o750, 0o701] {
        fs::set_permissions(home.directory.path(), fs::Permissions::from_mode(wrong)).unwrap();
        refused(&home, advises("chmod 700"));
    }
    fs::set_permissions(home.directory.path(), fs::Permissions::from_mode(0o700)).unwrap();
    home.open();
}

#[test]
fn every_flipped_bit_of_the_header_is_refused_or_harmless() {
    let home = Home::furnished();
    let whole = fs::read(home.path()).unwrap();
    for bit in 0..100 * 8 {
        let mut bytes = whole.clone();
        bytes[bit / 8] ^= 1 << (bit % 8);
        refused_or_sound(&home, &bytes);
    }
}

/// Refused and untouched, or opened and then every reading call answers, if only with an error.
fn refused_or_sound(home: &Home, bytes: &[u8]) {
    home.write(bytes);
    match Store::open(&home.path()) {
        Ok(store) => {
            let _ = (store.index(&[]), store.holds(), store.doubts(), store.verify_audit(), store.last_cycles(9));
            let _ = (store.last_plan(), store.approved_keys(now()), store.charges(now()), store.proofs());
            let rows: Vec<i64> = (0..100).collect();
            for known in store.known_by_rows(&rows).unwrap_or_default() {
                let n = known.id.id[1..].parse().unwrap();
                assert_eq!((known.id.clone(), known.scim_id), (id(n), scim_id(n)), "a wrong binding was believed");
            }
        }
        Err(StoreError::Damaged { .. } | StoreError::Newer { .. } | StoreError::Failed { .. }) => {
            assert_eq!(home.files(), [("state.db".to_owned(), Bytes(bytes.to_vec()))].into());
            // A view does not check every page, so it may open; refusing, it leaves nothing either.
            if Store::view(&home.path()).is_ok() {
                return;
            }
            let names: Vec<String> = home.files().into_keys().collect();
            assert_eq!(names, ["state.db"], "nothing is left beside it");
        }
        Err(error) => panic!("{error}"),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn flipped_bytes_in_the_pages(flips in prop::collection::vec((any::<prop::sample::Index>(), 1_u8..), 1..6)) {
        let home = Home::new();
        let mut bytes = whole_file();
        for (at, mask) in flips {
            let at = at.index(bytes.len());
            bytes[at] ^= mask;
        }
        refused_or_sound(&home, &bytes);
    }

    #[test]
    fn a_page_overwritten(page in any::<prop::sample::Index>(), fill in any::<u8>()) {
        let home = Home::new();
        let mut bytes = whole_file();
        let start = page.index(bytes.len() / 4096) * 4096;
        bytes[start..start + 4096].fill(fill);
        refused_or_sound(&home, &bytes);
    }
}

fn whole_file() -> Vec<u8> {
    static BYTES: std::sync::OnceLock<Vec<u8>> = std::sync::OnceLock::new();
    BYTES.get_or_init(|| fs::read(Home::furnished().path()).unwrap()).clone()
}

#[test]
fn a_log_cut_anywhere_gives_a_state_that_was_true_once() {
    let home = Home::new();
    let mut daemon = home.open();
    let cycle = daemon.begin_cycle(now()).unwrap();
    for n in 0..12 {
        let ops = daemon.begin(cycle, &[begin(create(n))], now()).unwrap();
        let facts = vec![Fact::Known(known(n))];
        daemon.record(cycle, &[Record { op: ops[0], change: create(n), ended: Ended::Done, facts }], now()).unwrap();
    }
    let (file, log) = (fs::read(home.path()).unwrap(), fs::read(home.beside("-wal")).unwrap());
    let mut seen = std::collections::BTreeSet::new();
    for length in (0..log.len()).step_by(1373) {
        let cut = Home::new();
        cut.write(&file);
        fs::write(cut.beside("-wal"), &log[..length]).unwrap();
        let store = cut.open();
        let (people, doubts) = (store.index(&[]).unwrap().len() as u64, store.doubts().unwrap().len() as u64);
        let begun_cycle = u64::from(!store.last_cycles(1).unwrap().is_empty());
        // One record for the cycle, one for each begin, one for each end: nothing is half there.
        assert_eq!(store.verify_audit().unwrap(), Ok(begun_cycle + 2 * people + doubts));
        assert!(doubts <= 1);
        seen.insert((people, doubts));
    }
    assert_eq!(seen.len(), 12 * 2, "each state but the last");
}

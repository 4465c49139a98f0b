//! State files as real cycles leave them: one at rest, one of a program that was killed with requests in doubt and its log
//! beside it. Each with the team and the directory as they were then, and every state that was ever committed.
//!
//! Never: writes a row by itself.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::fs;
use std::path::Path;

use postman_scim_sync::config::{self, Config};
use postman_scim_sync::core::mapping::Mapping;
use postman_scim_sync::sandbox::{Failure, Fault, Kind, Shape, Team};
use rusqlite::Connection;

use crate::support::{Lab, Row, crowd, row, team};

/// In the export, and refused by Postman: held.
pub const REFUSED: &str = "p25@acme.example";
/// Missing in the export since the last cycle, and an hour has to pass.
pub const ABSENT: &str = "p9@acme.example";
pub const STRANGER: &str = "guest@partner.example";

/// The bytes of a state folder.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Files {
    pub main: Vec<u8>,
    pub wal: Option<Vec<u8>>,
}

pub struct Fixture {
    pub name: &'static str,
    pub files: Files,
    /// The same database some cycles ago.
    pub older: Files,
    pub team: Team,
    pub config: Config,
    pub mapping: Mapping,
    /// Who is to be active in the end, by userName, with the family name and the groups.
    pub desired: BTreeMap<String, (String, BTreeSet<String>)>,
    /// Whom the directory has as inactive.
    pub leavers: BTreeSet<String>,
    /// Whose address it is or was.
    pub owners: BTreeMap<String, String>,
    /// Pages, from 0, of the tables that cycles read, and of their indexes.
    pub read: Vec<usize>,
    /// What the tables held after each commit that the log still has.
    pub committed: BTreeSet<Dump>,
}

/// Every table with its rows, in words.
pub type Dump = BTreeMap<String, BTreeSet<String>>;

/// Both, and the folder they are read from.
pub fn fixtures() -> (Lab, Vec<Fixture>) {
    let lab = new_lab();
    let mut people = groups(crowd(24));
    publish(&lab, &people, "first.csv");
    let mut lab = using(lab, "first.csv");
    for _ in 0..2 {
        lab.sync().exits(0);
    }
    let older = files(&lab);
    let mut owners = owners(&people, BTreeMap::new());

    people[2].0.status = "inactive".into();
    people[4].0.family = "Married".into();
    people[6].0.mail = "seven@acme.example".into();
    people.push((row("25", "Given25", "Family25", "p25"), "a"));
    people.retain(|(row, _)| row.mail != ABSENT);
    let refused = Failure::Status { status: 400, shape: Shape::Scim };
    lab.sandbox.fault(Fault::on(Kind::Create, refused).about(REFUSED).always());
    publish(&lab, &people, "rest.csv");
    lab = using(lab, "rest.csv");
    lab.sync().exits(3);
    owners = self::owners(&people, owners);
    let rest = fixture("at rest", &lab, &people, &owners, older.clone());

    people[10].status("inactive");
    people[11].0.family = "Other".into();
    people[2].status("active");
    people[13].0.mail = "fourteen@acme.example".into();
    people[1].1 = "b";
    people[20].1 = "a";
    people.push((row("26", "Given26", "Family26", "p26"), "a"));
    people.push((row("27", "Given27", "Family27", "p27"), "b"));
    publish(&lab, &people, "doubt.csv");
    lab = using(lab, "doubt.csv");
    lab.die_at(Kind::Create, 1);
    owners = self::owners(&people, owners);
    let in_doubt = fixture("in doubt", &lab, &people, &owners, older);
    assert!(in_doubt.files.wal.is_some());
    (lab, vec![rest, in_doubt])
}

trait Says {
    fn status(&mut self, status: &str);
}

impl Says for (Row, &str) {
    fn status(&mut self, status: &str) {
        self.0.status = status.into();
    }
}

fn new_lab() -> Lab {
    let team = team().member(STRANGER, "Gu", "Est");
    let mut lab = Lab::new(team);
    for line in ["first_sync = \"apply\"", "settle_wait = \"0s\"", "absence_wait = \"1h\""] {
        lab.set("safety", line);
    }
    lab.wide_open();
    lab.set("source", "groups = \"teams\"");
    lab.set("provisioning", "groups = \"push\"");
    lab.groups("[[group]]\nsource = \"a\"\npostman = \"A\"\nadopt = true\n[[group]]\nsource = \"b\"\npostman = \"B\"\nadopt = true\n");
    lab
}

fn using(mut lab: Lab, export: &str) -> Lab {
    lab.set("source", &format!("path = \"{export}\""));
    lab
}

fn groups(people: Vec<Row>) -> Vec<(Row, &'static str)> {
    people.into_iter().enumerate().map(|(at, row)| (row, if at < 12 { "a" } else { "b" })).collect()
}

fn publish(lab: &Lab, people: &[(Row, &str)], export: &str) {
    let mut text = "id,given,family,mail,status,teams\n".to_owned();
    for (Row { id, given, family, mail, status }, groups) in people {
        writeln!(text, "{id},{given},{family},{mail},{status},{groups}").unwrap();
    }
    lab.write(export, &text);
}

fn owners(people: &[(Row, &str)], mut before: BTreeMap<String, String>) -> BTreeMap<String, String> {
    before.extend(people.iter().map(|(row, _)| (row.mail.clone(), row.id.clone())));
    before
}

fn files(lab: &Lab) -> Files {
    let wal = fs::read(lab.path("state/state.db-wal")).ok().filter(|wal| !wal.is_empty());
    Files { main: fs::read(lab.path("state/state.db")).unwrap(), wal }
}

fn fixture(
    name: &'static str,
    lab: &Lab,
    people: &[(Row, &str)],
    owners: &BTreeMap<String, String>,
    older: Files,
) -> Fixture {
    let config = config::load(Some(&lab.path("config.toml")), &[]).unwrap();
    let mapping = Mapping::compile(&config.mapping).unwrap();
    let active = people.iter().filter(|(row, _)| row.status == "active");
    let group = |group: &str| BTreeSet::from([group.to_uppercase()]);
    let mut desired: BTreeMap<_, _> =
        active.map(|(row, groups)| (row.mail.clone(), (row.family.clone(), group(groups)))).collect();
    desired.insert(ABSENT.into(), ("Family9".into(), group("a")));
    let leavers = people.iter().filter(|(row, _)| row.status != "active").map(|(row, _)| row.mail.clone()).collect();
    let files = files(lab);
    let (committed, read) = (committed(&files), read_pages(&files));
    let (team, owners) = (lab.sandbox.team(), owners.clone());
    Fixture { name, files, older, team, config, mapping, desired, leavers, owners, read, committed }
}

/// Bytes of a frame in the log: 24 of header and a page (sqlite.org/fileformat2.html §4.1); before them 32 of the log's.
pub const LOG_HEADER: usize = 32;
pub const PAGE: usize = 4096;
pub const FRAME: usize = 24 + PAGE;

/// What each number of frames of the log makes of the database.
fn committed(files: &Files) -> BTreeSet<Dump> {
    let folder = tempfile::tempdir().unwrap();
    let mut dumps = BTreeSet::new();
    let wal = files.wal.clone().unwrap_or_default();
    let frames = wal.len().saturating_sub(LOG_HEADER) / FRAME;
    for frames in 0..=frames {
        fs::write(folder.path().join("state.db"), &files.main).unwrap();
        fs::write(folder.path().join("state.db-wal"), &wal[..wal.len().min(LOG_HEADER + frames * FRAME)]).unwrap();
        let _ = fs::remove_file(folder.path().join("state.db-shm"));
        dumps.insert(dump(&folder.path().join("state.db")).unwrap());
    }
    dumps
}

/// sqlite.org/dbstat.html counts pages from 1.
fn read_pages(files: &Files) -> Vec<usize> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state.db");
    fs::write(&path, &files.main).unwrap();
    let database = Connection::open(path).unwrap();
    let sql = "SELECT pageno FROM dbstat WHERE name NOT IN ('audit', 'plan', 'cycle') AND pageno > 1";
    let mut pages = database.prepare(sql).unwrap();
    let pages = pages.query_map([], |row| row.get::<_, i64>(0)).unwrap();
    pages.map(|page| usize::try_from(page.unwrap() - 1).unwrap()).collect()
}

/// Everything that the tables hold. An error is text: it tells of a page that cannot be read.
pub fn dump(database: &Path) -> rusqlite::Result<Dump> {
    let database = Connection::open(database)?;
    let mut names = database.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'")?;
    let names: Vec<String> = names.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
    let mut dump = Dump::new();
    for name in names {
        let mut table = database.prepare(&format!("SELECT * FROM \"{name}\" NOT INDEXED"))?;
        let columns = table.column_count();
        let mut rows = table.query([])?;
        let mut lines = BTreeSet::new();
        while let Some(row) = rows.next()? {
            let mut line = String::new();
            for column in 0..columns {
                let name = row.as_ref().column_name(column)?.to_owned();
                write!(line, "{name}={:?}\u{1f}", row.get_ref(column)?).expect("a string grows");
            }
            lines.insert(line);
        }
        dump.insert(name, lines);
    }
    Ok(dump)
}

/// A create that Postman refuses, as it did when the fixture was made.
pub fn refuses() -> Fault {
    Fault::on(Kind::Create, Failure::Status { status: 400, shape: Shape::Scim }).about(REFUSED).always()
}

impl Fixture {
    /// The log of another database, which is whole in itself.
    pub fn older_log(&self) -> Vec<u8> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("other.db");
        let other = Connection::open(&path).unwrap();
        other.execute_batch("PRAGMA journal_mode = WAL; CREATE TABLE other (x); INSERT INTO other VALUES (1)").unwrap();
        let log = fs::read(folder.path().join("other.db-wal")).unwrap();
        drop(other);
        log
    }
}

//! The damage, point by point: what was done to the files, and under which name a failure is replayed.
//!
//! Never: depends on anything but the files and a seed.

use fastrand::Rng;
use rusqlite::Connection;

use super::fixture::{FRAME, Files, LOG_HEADER, PAGE};

/// What was done.
#[derive(Clone, Debug)]
pub enum Point {
    Nothing,
    /// The database ends there.
    CutMain(usize),
    CutLog(usize),
    /// Bit `bit % 8` of byte `bit / 8`.
    FlipMain(usize),
    FlipLog(usize),
    /// A page, from 0, that is all zeros; that holds what another one holds; of which the second half is of the older copy.
    ZeroPage(usize),
    PageOfAnother(usize, usize),
    TornPage(usize),
    /// 512 bytes of noise: a sector.
    Sector(usize, u64),
    LogIsGone,
    LogOfAnother,
    IndexOfLogIs(&'static str),
    Empty,
    Noise(usize),
    Text,
    Pragma(&'static str),
    /// Of a program that was here before the first.
    OldSchema,
    Older,
    /// The older database beside the newer log.
    OlderMain,
    Deleted,
    /// The log stays.
    MainIsGone,
}

/// Those of which there is a number that can be counted: all of them, in this order.
pub fn structural(files: &Files) -> Vec<Point> {
    let mut points = vec![
        Point::Nothing,
        Point::Empty,
        Point::Noise(100),
        Point::Noise(4096),
        Point::Noise(files.main.len()),
        Point::Text,
        Point::Pragma("user_version = 0"),
        Point::Pragma("user_version = 999"),
        Point::Pragma("user_version = -1"),
        Point::Pragma("application_id = 7"),
        Point::Pragma("journal_mode = DELETE"),
        Point::OldSchema,
        Point::Older,
        Point::OlderMain,
        Point::Deleted,
        Point::MainIsGone,
        Point::LogIsGone,
        Point::LogOfAnother,
        Point::IndexOfLogIs("noise"),
        Point::IndexOfLogIs("zeros"),
        Point::IndexOfLogIs("short"),
    ];
    let around = |at: usize, end: usize| [at.wrapping_sub(1), at, at + 1].into_iter().filter(move |at| *at < end);
    let pages = files.main.len() / PAGE;
    points.extend((0..=pages).flat_map(|page| around(page * PAGE, files.main.len())).map(Point::CutMain));
    points.extend((0..pages).flat_map(|page| [Point::ZeroPage(page), Point::TornPage(page)]));
    points.extend((0..pages).map(|page| Point::PageOfAnother(page, (page + 1) % pages)));
    if let Some(wal) = &files.wal {
        let frames = wal.len() / FRAME;
        points.extend((0..=frames).flat_map(|n| around(LOG_HEADER + n * FRAME, wal.len())).map(Point::CutLog));
        points.extend([0, 1, 24, 31].map(Point::CutLog));
    }
    points
}

/// One more, by chance: mostly a bit, for that is what nothing but a checksum sees, and mostly in `read`: the pages of
/// what cycles read, counted from 0.
pub fn sampled(files: &Files, read: &[usize], random: &mut Rng) -> Point {
    let log = files.wal.as_ref().map_or(0, Vec::len);
    let bit = random.usize(..PAGE * 8);
    match random.u32(..20) {
        0 => Point::CutMain(random.usize(..files.main.len())),
        1 => Point::Sector(random.usize(..files.main.len() / 512), random.u64(..)),
        2 if log > 0 => Point::CutLog(random.usize(..log)),
        3..=6 if log > 0 => Point::FlipLog(random.usize(..log * 8)),
        7..=9 => Point::FlipMain(random.usize(..files.main.len() * 8)),
        _ => Point::FlipMain(read[random.usize(..read.len())] * PAGE * 8 + bit),
    }
}

impl Point {
    /// The name of its kind, for the sums.
    pub fn kind(&self) -> String {
        let text = format!("{self:?}");
        text.split(['(', ' ']).next().unwrap().to_owned()
    }

    /// Whether it makes a state of its own, which is lived through to the end; others make the same, or are by chance.
    pub fn is_of_its_own(&self) -> bool {
        match self {
            Self::CutLog(at) => at.checked_sub(LOG_HEADER).is_some_and(|frames| frames.is_multiple_of(FRAME)),
            Self::CutMain(_) | Self::FlipMain(_) | Self::FlipLog(_) | Self::Sector(..) => false,
            Self::ZeroPage(_) | Self::TornPage(_) | Self::PageOfAnother(..) => false,
            _ => true,
        }
    }

    /// The state is an older one, or none: what was known of groups is learned again first.
    pub fn sets_back(&self) -> bool {
        matches!(self, Self::Older | Self::OlderMain | Self::Deleted | Self::MainIsGone | Self::LogIsGone)
    }

    /// The files after it; without a database where it is gone. And the `-shm` that stands beside them.
    pub fn done(&self, files: &Files, older: &Files, other_log: &[u8]) -> (Option<Vec<u8>>, Option<Vec<u8>>, Vec<u8>) {
        let (mut main, mut wal, mut shm) = (Some(files.main.clone()), files.wal.clone(), Vec::new());
        let bytes = |main: &mut Option<Vec<u8>>, change: &dyn Fn(&mut Vec<u8>)| change(main.as_mut().unwrap());
        match self {
            Self::Nothing => {}
            Self::CutMain(at) => bytes(&mut main, &|main| main.truncate(*at)),
            Self::FlipMain(bit) => bytes(&mut main, &|main| main[bit / 8] ^= 1 << (bit % 8)),
            Self::CutLog(at) => bytes(&mut wal, &|wal| wal.truncate(*at)),
            Self::FlipLog(bit) => bytes(&mut wal, &|wal| wal[bit / 8] ^= 1 << (bit % 8)),
            Self::ZeroPage(page) => bytes(&mut main, &|main| main[page * PAGE..][..PAGE].fill(0)),
            Self::PageOfAnother(page, other) => {
                bytes(&mut main, &|main| main.copy_within(other * PAGE..(other + 1) * PAGE, page * PAGE));
            }
            Self::TornPage(page) => {
                let half = page * PAGE + PAGE / 2..(page + 1) * PAGE;
                let old = older.main.get(half.clone()).map_or_else(|| vec![0; PAGE / 2], <[u8]>::to_vec);
                bytes(&mut main, &|main| main[half.clone()].copy_from_slice(&old));
            }
            Self::Sector(at, seed) => {
                bytes(&mut main, &|main| main[at * 512..][..512].copy_from_slice(&noise(512, *seed)))
            }
            Self::LogIsGone => wal = None,
            Self::LogOfAnother => wal = Some(other_log.to_vec()),
            Self::IndexOfLogIs(what) => {
                shm = match *what {
                    "noise" => noise(32768, 3),
                    "zeros" => vec![0; 32768],
                    _ => noise(100, 3),
                }
            }
            Self::Empty => main = Some(Vec::new()),
            Self::Noise(length) => main = Some(noise(*length, 5)),
            Self::Text => main = Some(b"id,given,family,mail\n".repeat(400)),
            Self::Pragma(pragma) => main = main.map(|main| with_pragma(main, pragma)),
            Self::OldSchema => (main, wal) = (Some(old_schema()), None),
            Self::Older => (main, wal) = (Some(older.main.clone()), older.wal.clone()),
            Self::OlderMain => main = Some(older.main.clone()),
            Self::Deleted => (main, wal) = (None, None),
            Self::MainIsGone => main = None,
        }
        (main, wal, shm)
    }
}

fn noise(length: usize, seed: u64) -> Vec<u8> {
    let mut random = Rng::with_seed(seed);
    (0..length).map(|_| random.u8(..)).collect()
}

fn with_pragma(main: Vec<u8>, pragma: &str) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("other.db");
    std::fs::write(&path, main).unwrap();
    let database = Connection::open(&path).unwrap();
    database.execute_batch(&format!("PRAGMA {pragma}")).unwrap();
    database.close().unwrap();
    std::fs::read(path).unwrap()
}

/// Ours by its mark, and with no table in it.
fn old_schema() -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("old.db");
    let database = Connection::open(&path).unwrap();
    let sql = "PRAGMA journal_mode = WAL; PRAGMA application_id = 0x50534353; CREATE TABLE old (x); DROP TABLE old";
    database.execute_batch(sql).unwrap();
    database.close().unwrap();
    std::fs::read(path).unwrap()
}

//! Where the database stands: the directory, its modes, the instance lock, and what can be told of a file
//! before SQLite may touch it.
//!
//! Never: opens a database, or changes a file it did not make.

use std::fs::{self, DirBuilder, File, Metadata, OpenOptions, TryLockError};
use std::io::{ErrorKind, Read};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt, fchown};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use super::error::{Result, StoreError, damaged, exposed, sidecar};
use super::migrations::{APPLICATION_ID, KNOWN};

/// The first 100 bytes of every database file (sqlite.org/fileformat2.html §1.3).
const HEADER: usize = 100;
/// `status` holds the lock for microseconds to see whether it is held; an instance that starts then tries again.
const LOOKS: u32 = 5;
const LOOK: Duration = Duration::from_millis(20);

/// A database file by its resolved name. SQLite refuses a symbolic link anywhere in a name, and systemd's
/// `DynamicUser=` makes the state directory one; so the directory is resolved and the file itself may not be a link.
pub(super) struct Place {
    directory: PathBuf,
    pub(super) file: PathBuf,
}

impl Place {
    /// The place, with its directory made (0700) where it is missing.
    pub(super) fn prepare(path: &Path) -> Result<Place> {
        let parent = parent(path);
        if !parent.exists() {
            let made = DirBuilder::new().recursive(true).mode(0o700).create(parent);
            made.map_err(|error| failed("make its directory", parent, &error))?;
        }
        Self::at(path)?.ok_or_else(|| failed("make its directory", parent, &ErrorKind::NotFound.into()))
    }

    /// The place, or `None` when not even the directory is there.
    pub(super) fn at(path: &Path) -> Result<Option<Place>> {
        let parent = parent(path);
        let directory = match fs::canonicalize(parent) {
            Ok(directory) => directory,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(failed("find its directory", parent, &error)),
        };
        let Some(name) = path.file_name() else {
            return Err(failed("find the file", path, &ErrorKind::IsADirectory.into()));
        };
        let metadata = fs::metadata(&directory).map_err(|error| failed("find its directory", parent, &error))?;
        private(&directory, &metadata, 0o700)?;
        Ok(Some(Place { file: directory.join(name), directory }))
    }

    /// Takes the instance lock. It dies with its holder, so the file stays and says nothing by itself.
    pub(super) fn lock(&self) -> Result<File> {
        let path = sidecar(&self.file, ".lock");
        let file = match self.look(&path)? {
            Some(_) => OpenOptions::new().read(true).write(true).open(&path),
            None => self.create(&path),
        };
        let file = file.map_err(|error| failed("open the instance lock", &path, &error))?;
        for _ in 0..LOOKS {
            match file.try_lock() {
                Ok(()) => return Ok(file),
                Err(TryLockError::WouldBlock) => thread::sleep(LOOK),
                Err(TryLockError::Error(error)) => return Err(failed("take the instance lock", &path, &error)),
            }
        }
        Err(StoreError::Locked { path: self.file.clone() })
    }

    /// Whether somebody holds the instance lock. To find out is to hold it for a moment.
    pub(super) fn is_locked(&self) -> Result<bool> {
        let path = sidecar(&self.file, ".lock");
        let file = match File::open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(false),
            Err(error) => return Err(failed("look at the instance lock", &path, &error)),
        };
        match file.try_lock_shared() {
            Ok(()) => Ok(false),
            Err(TryLockError::WouldBlock) => Ok(true),
            Err(TryLockError::Error(error)) => Err(failed("look at the instance lock", &path, &error)),
        }
    }

    /// Makes an empty private file for the owner of the directory: `sudo ... sync` must not lock the daemon out.
    pub(super) fn create(&self, path: &Path) -> std::io::Result<File> {
        let file = OpenOptions::new().read(true).write(true).create_new(true).mode(0o600).open(path)?;
        let owner = fs::metadata(&self.directory)?;
        if file.metadata()?.uid() != owner.uid() {
            fchown(&file, Some(owner.uid()), Some(owner.gid()))?;
        }
        Ok(file)
    }

    /// Makes a rename inside the directory durable.
    pub(super) fn sync_directory(&self) -> Result<()> {
        let synced = File::open(&self.directory).and_then(|directory| directory.sync_all());
        synced.map_err(|error| failed("sync its directory", &self.directory, &error))
    }

    /// Whether there is a database; when there is, its header is ours and its schema not too new.
    pub(super) fn holds_database(&self) -> Result<bool> {
        let Some(metadata) = self.look(&self.file)? else {
            self.no_orphans()?;
            return Ok(false);
        };
        if metadata.nlink() > 1 {
            let reason = "it has a second name (a hard link), whose log would be another file";
            return Err(exposed(&self.file, reason, format!("find / -xdev -samefile {}", self.file.display())));
        }
        self.check_header(metadata.len())?;
        Ok(true)
    }

    /// Whether a write-ahead log with content stands beside the database.
    pub(super) fn has_log(&self) -> bool {
        fs::metadata(sidecar(&self.file, "-wal")).is_ok_and(|metadata| metadata.len() > 0)
    }

    /// A private regular file, or `None` when there is none.
    fn look(&self, path: &Path) -> Result<Option<Metadata>> {
        let metadata = match fs::symlink_metadata(path) {
            Ok(metadata) => metadata,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(failed("look at the file", path, &error)),
        };
        if !metadata.is_file() {
            let (what, advice) = match () {
                () if metadata.is_symlink() => ("a symbolic link", format!("ls -l {}", path.display())),
                () if metadata.is_dir() => {
                    ("a folder", format!("set state.path to a file, such as {}", path.join("state.db").display()))
                }
                () => ("not a regular file", format!("ls -l {}", path.display())),
            };
            return Err(exposed(path, format!("it is {what}"), advice));
        }
        private(path, &metadata, 0o600)?;
        Ok(Some(metadata))
    }

    /// A log without its database would be replayed into the next one.
    fn no_orphans(&self) -> Result<()> {
        for suffix in ["-wal", "-journal"] {
            let orphan = sidecar(&self.file, suffix);
            if fs::metadata(&orphan).is_ok_and(|metadata| metadata.len() > 0) {
                let name = orphan.display();
                let reason = format!("the database is missing and its log {name} is still there");
                let advice = format!("restore the database beside it, or: mv {name} {name}.damaged");
                return Err(exposed(&self.file, reason, advice));
            }
        }
        Ok(())
    }

    fn check_header(&self, length: u64) -> Result<()> {
        let header = read_header(&self.file).map_err(|error| failed("read the file", &self.file, &error))?;
        let Some(header) = header else {
            return Err(damaged(&self.file, "it is shorter than a database header"));
        };
        if &header[..16] != b"SQLite format 3\0" {
            return Err(damaged(&self.file, "it is not a SQLite database"));
        }
        if word(&header, 68) != APPLICATION_ID {
            return Err(damaged(&self.file, "it is another program's database"));
        }
        if header[18..20] != [2, 2] {
            return Err(damaged(&self.file, "its header does not ask for a write-ahead log"));
        }
        if !has_whole_pages(&header, length) && !self.has_log() {
            return Err(damaged(&self.file, "it was cut short"));
        }
        let found = i64::from(word(&header, 60));
        if found > KNOWN {
            return Err(StoreError::Newer { path: self.file.clone(), found, known: KNOWN });
        }
        Ok(())
    }
}

/// Refuses what others may read or write: the file holds names and addresses, and whoever writes it may approve.
fn private(path: &Path, metadata: &Metadata, mode: u32) -> Result<()> {
    let found = metadata.permissions().mode() & 0o777;
    if found & 0o077 == 0 {
        return Ok(());
    }
    let reason = format!("others may use {} (mode {found:03o})", path.display());
    Err(exposed(path, reason, format!("chmod {mode:03o} {}", path.display())))
}

fn read_header(path: &Path) -> std::io::Result<Option<[u8; HEADER]>> {
    let mut header = [0; HEADER];
    match File::open(path)?.read_exact(&mut header) {
        Ok(()) => Ok(Some(header)),
        Err(error) if error.kind() == ErrorKind::UnexpectedEof => Ok(None),
        Err(error) => Err(error),
    }
}

/// Without a log to write back, every page the header counts is in the file and nothing is over.
fn has_whole_pages(header: &[u8; HEADER], length: u64) -> bool {
    let size = match u16::from_be_bytes([header[16], header[17]]) {
        1 => 65536,
        size => u64::from(size),
    };
    size >= 512 && length.is_multiple_of(size) && length >= size * u64::from(word(header, 28))
}

fn word(header: &[u8; HEADER], at: usize) -> u32 {
    u32::from_be_bytes([header[at], header[at + 1], header[at + 2], header[at + 3]])
}

fn parent(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

pub(super) fn failed(operation: &'static str, path: &Path, error: &std::io::Error) -> StoreError {
    StoreError::Failed { operation, reason: format!("{}: {error}", path.display()) }
}

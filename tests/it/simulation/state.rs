//! The tool's state over restarts: kept, set back to an older copy, or lost.
//!
//! Never: looks into the database.

use std::path::{Path, PathBuf};

use postman_scim_sync::store::Store;

/// The state database: in memory, or in a file that a crash closes and reopens.
pub struct StateFile {
    pub store: Option<Store>,
    folder: Option<tempfile::TempDir>,
    backup: bool,
}

impl StateFile {
    pub fn new(in_file: bool) -> Self {
        let folder = in_file.then(|| tempfile::tempdir().unwrap());
        let mut state = Self { store: None, folder, backup: false };
        state.reopen();
        state
    }

    fn path(&self) -> Option<PathBuf> {
        self.folder.as_ref().map(|folder| folder.path().join("state").join("state.db"))
    }

    /// What a restart does. A database in memory just stays: each of its calls is one transaction.
    pub fn reopen(&mut self) {
        match self.path() {
            Some(path) => {
                self.store = None;
                self.store = Some(Store::open(&path).unwrap());
            }
            None if self.store.is_none() => self.store = Some(Store::in_memory().unwrap()),
            None => {}
        }
    }

    /// Copies the closed database, or puts the copy back. Says whether an older state is now in place.
    pub fn back_up_or_restore(&mut self) -> bool {
        let Some(path) = self.path() else { return false };
        self.store = None;
        let kept = path.with_file_name("kept");
        let restores = self.backup;
        let (from, to) = if restores { (kept, path.clone()) } else { (path.clone(), kept) };
        for suffix in ["", "-wal", "-shm"] {
            copy_or_remove(&with_suffix(&from, suffix), &with_suffix(&to, suffix));
        }
        self.backup = !restores;
        self.reopen();
        restores
    }

    pub fn lose(&mut self) {
        self.store = None;
        if let Some(path) = self.path() {
            for suffix in ["", "-wal", "-shm"] {
                let _ = std::fs::remove_file(with_suffix(&path, suffix));
            }
        }
        self.reopen();
    }

    pub fn store(&mut self) -> &mut Store {
        self.store.as_mut().expect("open between restarts")
    }
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

fn copy_or_remove(from: &Path, to: &Path) {
    if from.exists() {
        std::fs::copy(from, to).unwrap();
    } else {
        let _ = std::fs::remove_file(to);
    }
}

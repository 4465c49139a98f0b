//! `--out FILE`: a file that only its owner can read, there whole or not at all.
//!
//! Never: leaves half of a file under the name that was asked for.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use super::Failure;
use crate::config::{Config, KeySource, SourceKind};

/// A file in the making, under another name in the same folder; it is removed unless it is finished.
pub struct Out {
    file: BufWriter<File>,
    unfinished: PathBuf,
    target: PathBuf,
}

impl Out {
    /// Errors: the folder cannot be written, or the name is that of something else than a file.
    pub fn create(path: &Path) -> Result<Self, Failure> {
        let failed = |error: &io::Error| could_not(path, error);
        // What a link points to is replaced, and not the link.
        let target = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        if fs::metadata(&target).is_ok_and(|metadata| !metadata.is_file()) {
            let what = format!("could not write {}: it is there, and no regular file", path.display());
            return Err(Failure::new(1, what).advise("name a file, or leave out --out to print"));
        }
        let name = target.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let unfinished = target.with_file_name(format!(".{name}.{}.new", std::process::id()));
        let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&unfinished);
        let file = BufWriter::new(file.map_err(|error| failed(&error))?);
        Ok(Self { file, unfinished, target })
    }

    /// Durable, then under its name.
    pub fn finish(mut self) -> Result<(), Failure> {
        let done = self.file.flush().and_then(|()| self.file.get_ref().sync_all());
        done.and_then(|()| fs::rename(&self.unfinished, &self.target)).map_err(|error| could_not(&self.target, &error))
    }
}

impl Write for Out {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Drop for Out {
    fn drop(&mut self) {
        // After `finish` there is nothing of that name.
        let _ = fs::remove_file(&self.unfinished);
    }
}

/// Writes a file that only its owner can read: plans name people.
pub fn write_private(path: &Path, text: &str) -> Result<(), Failure> {
    let mut out = Out::create(path)?;
    out.write_all(text.as_bytes()).map_err(|error| could_not(path, &error))?;
    out.finish()
}

/// Before anything is read. Errors: the name is that of a file which this configuration reads or keeps.
pub fn refuse_in_use(path: &Path, config: &Config, salt: Option<&Path>) -> Result<(), Failure> {
    let target = real(path);
    let salt = salt.map(|salt| ("the salt", salt.to_owned()));
    match in_use(config).into_iter().chain(salt).find(|(_, used)| real(used) == target) {
        None => Ok(()),
        Some((what, _)) => {
            let refused = format!("--out {}: that is {what}, and would be lost", path.display());
            Err(Failure::new(2, refused).advise("give the file another name"))
        }
    }
}

fn in_use(config: &Config) -> Vec<(&'static str, PathBuf)> {
    let state = |beside: &str| {
        let mut name = config.state_path.clone().into_os_string();
        name.push(beside);
        ("the state", PathBuf::from(name))
    };
    let mut used = ["", "-wal", "-shm", ".lock"].map(state).to_vec();
    used.extend(config.path.iter().map(|path| ("the configuration", path.clone())));
    used.extend(config.http.ca_file.iter().map(|path| ("http.ca_file", path.clone())));
    if let KeySource::File(path) | KeySource::Credential(path) = &config.postman.key {
        used.push(("the key", path.clone()));
    }
    for source in &config.sources {
        match &source.kind {
            SourceKind::File(file) => {
                used.push(("the export", file.path.clone()));
                used.extend(file.manifest.iter().map(|path| ("the manifest", path.clone())));
            }
            SourceKind::Exec(exec) => {
                used.push(("the source's program", exec.program.clone()));
                // A script may stand behind its interpreter.
                used.extend(exec.arguments.iter().map(|word| ("in the source's command", exec.folder.join(word))));
            }
            SourceKind::Ldap(ldap) => used.extend(ldap.files().map(|path| ("a file of the source", path.to_owned()))),
            SourceKind::Scim(scim) => used.push(("a file of the source", scim.access.file().to_owned())),
            SourceKind::Keycloak(keycloak) => {
                used.push(("a file of the source", keycloak.access.file().to_owned()));
            }
            SourceKind::Google(google) => {
                used.extend(google.access.file().map(|path| ("a file of the source", path.to_owned())));
            }
            SourceKind::Okta(okta) => used.push(("a file of the source", okta.access.file().to_owned())),
            SourceKind::Entra(entra) => {
                used.extend(entra.access.files().map(|path| ("a file of the source", path.to_owned())));
            }
        }
    }
    used
}

/// The name without links; of a file that is not there yet, its folder's.
fn real(path: &Path) -> PathBuf {
    let in_folder = || {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        Some(fs::canonicalize(folder).ok()?.join(path.file_name()?))
    };
    fs::canonicalize(path).ok().or_else(in_folder).unwrap_or_else(|| path.to_owned())
}

fn could_not(path: &Path, error: &io::Error) -> Failure {
    let failure = Failure::new(1, format!("could not write {}: {error}", path.display()));
    match error.kind() {
        io::ErrorKind::NotFound => failure.advise("make its folder first, or name one that is there"),
        _ => failure,
    }
}

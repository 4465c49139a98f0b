//! Secrets: read from a file or a systemd credential, never from argv.
//!
//! Never: tells a secret's content, or its length, in an error.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use secrecy::zeroize::Zeroizing;
use secrecy::{ExposeSecret, SecretString};

use super::KeySource;

/// Far above any key, password or token; a larger file is another file.
const KEY_BYTES_MAX: u64 = 4_096;
/// A private key, PEM, perhaps with its certificates.
const PEM_BYTES_MAX: u64 = 65_536;

/// Who keeps others from reading the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keeper {
    /// The file's own mode: nobody but its owner may read it.
    Owner,
    /// systemd: a credential is mounted for one service, with mode 0440 (systemd.exec(5), "CREDENTIALS").
    Systemd,
    /// Kubernetes: a projected token is mounted into one pod, with mode 0644 unless the pod says `fsGroup` or `runAsUser`.
    Kubernetes,
}

/// Where the system's manager puts credentials, in a folder for each unit (systemd.exec(5), "CREDENTIALS").
const CREDENTIALS: &str = "/run/credentials";

impl Keeper {
    /// Who keeps this file. `credentials` is `$CREDENTIALS_DIRECTORY`, which only the service itself has; whoever runs a command
    /// beside it has the path alone.
    pub fn of(path: &Path, credentials: Option<&Path>) -> Keeper {
        let Some(folder) = path.parent() else { return Keeper::Owner };
        let is_of_a_unit = folder.file_name().is_some() && folder.parent() == Some(Path::new(CREDENTIALS));
        if is_of_a_unit || credentials == Some(folder) { Keeper::Systemd } else { Keeper::Owner }
    }
}

/// A file with a password, a token or a private key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecretFile {
    pub path: PathBuf,
    pub keeper: Keeper,
}

/// Why there is no key, or no other secret.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    #[error("could not read the file {}: {reason}", path.display())]
    Unreadable { path: PathBuf, reason: String },
    #[error("the file {0} may be read by others (mode {mode:04o}); run `chmod 600 {0}`", path.display())]
    Exposed { path: PathBuf, mode: u32 },
    /// Empty, a placeholder, with whitespace, or not a key at all.
    #[error("the key in {place} {reason}; paste the SCIM API key from Postman's team settings")]
    Unusable { place: String, reason: &'static str },
    /// The secret of a `[[source]]`: a password, a token, a private key.
    #[error("the secret in {} {reason}; write it alone into the file, one line", path.display())]
    Unfit { path: PathBuf, reason: &'static str },
}

impl KeySource {
    /// The key as it is now; a file is read anew each time, so a rotated key needs no restart.
    pub fn read(&self) -> Result<SecretString, SecretError> {
        match self {
            KeySource::File(path) => read_key(path, Keeper::Owner),
            KeySource::Credential(path) => read_key(path, Keeper::Systemd),
            KeySource::Missing => {
                Err(SecretError::Unusable { place: "the configuration".into(), reason: "is missing" })
            }
            KeySource::Environment(key) => usable(key.expose_secret(), "the environment"),
        }
    }
}

impl SecretFile {
    /// A password or a token as it is now, without one trailing newline. Spaces and letters of any script may be in it; it is
    /// never empty, since a directory takes an empty password for "nobody" and says yes (RFC 4513 §5.1.2).
    pub fn read(&self) -> Result<SecretString, SecretError> {
        let unfit = |reason| Err(SecretError::Unfit { path: self.path.clone(), reason });
        let bytes = content(&self.path, self.keeper, KEY_BYTES_MAX)?;
        let Ok(text) = std::str::from_utf8(&bytes) else { return unfit("is not UTF-8 text") };
        let text = without_newline(text);
        if text.len() as u64 > KEY_BYTES_MAX {
            unfit("is far too long")
        } else if text.trim().is_empty() {
            unfit("is empty")
        } else if text.chars().any(char::is_control) {
            unfit("holds a line break or another control character")
        } else if text.eq_ignore_ascii_case("changeme") {
            unfit("is the placeholder `changeme`")
        } else {
            Ok(SecretString::from(text))
        }
    }

    /// A private key as it is now, byte for byte.
    pub fn read_pem(&self) -> Result<Zeroizing<Vec<u8>>, SecretError> {
        let bytes = content(&self.path, self.keeper, PEM_BYTES_MAX)?;
        if bytes.len() as u64 > PEM_BYTES_MAX {
            return Err(SecretError::Unreadable { path: self.path.clone(), reason: "it is far too long".into() });
        }
        Ok(bytes)
    }
}

/// Reads a key file and drops one trailing newline.
pub fn read_key(path: &Path, keeper: Keeper) -> Result<SecretString, SecretError> {
    let bytes = content(path, keeper, KEY_BYTES_MAX)?;
    let place = path.display().to_string();
    match std::str::from_utf8(&bytes) {
        Ok(text) if text.len() as u64 <= KEY_BYTES_MAX => usable(without_newline(text), &place),
        Ok(_) => Err(SecretError::Unusable { place, reason: "is far too long" }),
        Err(_) => Err(SecretError::Unusable { place, reason: "is not text" }),
    }
}

/// What the file holds, and one byte more than `bytes_max` where it holds too much.
fn content(path: &Path, keeper: Keeper, bytes_max: u64) -> Result<Zeroizing<Vec<u8>>, SecretError> {
    let unreadable = |reason: String| SecretError::Unreadable { path: path.into(), reason };
    // Asked before opening: opening a named pipe would wait for a writer.
    if !std::fs::metadata(path).map_err(|e| unreadable(e.to_string()))?.is_file() {
        return Err(unreadable("it is no regular file".into()));
    }
    let file = File::open(path).map_err(|e| unreadable(e.to_string()))?;
    if keeper == Keeper::Owner {
        refuse_exposed(&file, path)?;
    }
    let mut bytes = Zeroizing::new(Vec::with_capacity(bytes_max as usize + 1));
    file.take(bytes_max + 1).read_to_end(&mut bytes).map_err(|e| unreadable(e.to_string()))?;
    Ok(bytes)
}

/// The mode of the file that is open, not of whatever the path names by now.
#[cfg(unix)]
fn refuse_exposed(file: &File, path: &Path) -> Result<(), SecretError> {
    use std::os::unix::fs::MetadataExt;
    let unreadable = |e: std::io::Error| SecretError::Unreadable { path: path.into(), reason: e.to_string() };
    match file.metadata().map_err(unreadable)?.mode() & 0o7777 {
        mode if mode & 0o077 == 0 => Ok(()),
        mode => Err(SecretError::Exposed { path: path.into(), mode }),
    }
}

#[cfg(not(unix))]
fn refuse_exposed(_: &File, _: &Path) -> Result<(), SecretError> {
    Ok(())
}

fn without_newline(text: &str) -> &str {
    text.strip_suffix("\r\n").or_else(|| text.strip_suffix('\n')).unwrap_or(text)
}

/// A key travels in a header, so only visible ASCII works (RFC 9110 §5.5).
fn usable(text: &str, place: &str) -> Result<SecretString, SecretError> {
    let reason = if text.trim().is_empty() {
        "is empty"
    } else if text.contains(char::is_whitespace) {
        "contains whitespace"
    } else if text.eq_ignore_ascii_case("changeme") {
        "is the placeholder `changeme`"
    } else if !text.chars().all(|c| c.is_ascii_graphic()) {
        "contains characters that no key has"
    } else {
        return Ok(SecretString::from(text));
    };
    Err(SecretError::Unusable { place: place.into(), reason })
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn key_file(content: &[u8], mode: u32) -> (tempfile::TempDir, PathBuf) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("scim.key");
        std::fs::write(&path, content).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
        (dir, path)
    }

    #[test]
    fn one_newline_is_dropped_and_the_rest_kept() {
        for content in ["PMAK-not-a-real-key", "PMAK-not-a-real-key\n", "PMAK-not-a-real-key\r\n"] {
            let (_dir, path) = key_file(content.as_bytes(), 0o600);
            assert_eq!(read_key(&path, Keeper::Owner).unwrap().expose_secret(), "PMAK-not-a-real-key");
        }
    }

    #[test]
    fn what_is_no_key_is_refused_without_being_told() {
        let long = "x".repeat(4_097);
        for (content, reason) in [
            ("", "is empty"),
            ("\n", "is empty"),
            ("  \n", "is empty"),
            ("canary key", "contains whitespace"),
            ("canary\n\n", "contains whitespace"),
            (" canary", "contains whitespace"),
            ("ChangeMe\n", "is the placeholder `changeme`"),
            ("canary\u{1}", "contains characters that no key has"),
            ("canary-ключ", "contains characters that no key has"),
            (&long, "is far too long"),
        ] {
            let (_dir, path) = key_file(content.as_bytes(), 0o600);
            let error = read_key(&path, Keeper::Owner).expect_err(content);
            assert!(error.to_string().contains(reason), "{content:?}: {error}");
            assert!(!format!("{error} {error:?}").contains("canary"));
        }
        let (_dir, path) = key_file(&[0xff, 0xfe], 0o600);
        assert!(read_key(&path, Keeper::Owner).unwrap_err().to_string().contains("is not text"));
    }

    #[test]
    fn a_password_may_have_spaces_and_any_letters_and_is_never_empty() {
        let secret = |content: &[u8]| {
            let (dir, path) = key_file(content, 0o600);
            let read = SecretFile { path, keeper: Keeper::Owner }.read();
            (dir, read)
        };
        for (content, password) in
            [("correct horse  \n", "correct horse  "), ("пароль\r\n", "пароль"), ("a=b;{c}", "a=b;{c}")]
        {
            assert_eq!(secret(content.as_bytes()).1.unwrap().expose_secret(), password);
        }
        for (content, reason) in [
            (&b""[..], "is empty"),
            (b"  \n", "is empty"),
            (b"canary\n\n", "holds a line break"),
            (b"canary\0", "control character"),
            (b"changeme\n", "is the placeholder"),
            (b"canary\xff", "is not UTF-8"),
            (&[b'x'; 4_097], "is far too long"),
        ] {
            let error = secret(content).1.expect_err("unfit");
            assert!(error.to_string().contains(reason), "{error}");
            assert!(!format!("{error} {error:?}").contains("canary") && !error.to_string().contains("SCIM API key"));
        }
    }

    #[test]
    fn a_file_that_others_can_read_is_refused_with_the_remedy() {
        for mode in [0o644, 0o640, 0o604, 0o620, 0o610, 0o601, 0o666, 0o440] {
            let (_dir, path) = key_file(b"PMAK-not-a-real-key", mode);
            let error = read_key(&path, Keeper::Owner).expect_err("exposed").to_string();
            assert!(error.contains(&format!("mode {mode:04o}")), "{error}");
            assert!(error.ends_with(&format!("run `chmod 600 {}`", path.display())), "{error}");
            assert!(mode & 0o400 == 0 || read_key(&path, Keeper::Systemd).is_ok());
        }
        for mode in [0o600, 0o400] {
            let (_dir, path) = key_file(b"PMAK-not-a-real-key", mode);
            assert!(read_key(&path, Keeper::Owner).is_ok());
        }
    }

    #[test]
    fn what_systemd_keeps_is_told_by_its_folder() {
        let of = |path: &str, folder: Option<&str>| Keeper::of(Path::new(path), folder.map(Path::new));
        for (path, folder) in [
            ("/run/credentials/postman-scim-sync.service/idp-token", None),
            ("/run/credentials/postman-scim-sync.service/idp-token", Some("/run/credentials/other.service")),
            ("/run/user/1000/credentials/x.service/idp-token", Some("/run/user/1000/credentials/x.service/")),
        ] {
            assert_eq!(of(path, folder), Keeper::Systemd, "{path}");
        }
        for path in [
            "/run/credentials/idp-token",
            "/run/credentials/../idp-token",
            "/run/credentials/x.service/deeper/idp-token",
            "/tmp/run/credentials/x.service/idp-token",
            "run/credentials/x.service/idp-token",
            "/run/user/1000/credentials/x.service/idp-token",
        ] {
            assert_eq!(of(path, Some("/run/credentials/y.service")), Keeper::Owner, "{path}");
        }
    }

    #[test]
    fn a_directory_or_nothing_is_no_key_file() {
        let dir = tempfile::tempdir().unwrap();
        assert!(matches!(read_key(dir.path(), Keeper::Owner), Err(SecretError::Unreadable { .. })));
        let nothing = dir.path().join("none");
        assert!(matches!(read_key(&nothing, Keeper::Owner), Err(SecretError::Unreadable { .. })));
    }

    #[test]
    fn a_key_source_reads_again_and_never_prints_its_key() {
        let (_dir, path) = key_file(b"first-key\n", 0o600);
        let source = KeySource::File(path.clone());
        assert_eq!(source.read().unwrap().expose_secret(), "first-key");
        std::fs::write(&path, "second-key\n").unwrap();
        assert_eq!(source.read().unwrap().expose_secret(), "second-key");
        let source = KeySource::Environment(SecretString::from("canary"));
        assert!(!format!("{source:?}").contains("canary"));
        assert_eq!(source.read().unwrap().expose_secret(), "canary");
        assert!(KeySource::Environment(SecretString::from("changeme")).read().is_err());
    }
}

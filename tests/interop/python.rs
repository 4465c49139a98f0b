//! Python packages, pinned, each list in a folder of its own under `target/`, made once.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;

/// `python`, `scim-sanity`, `scim2-server` and the like, of `requirements.txt`.
pub fn program(name: &str) -> PathBuf {
    environment("scim-clients", "requirements.txt").join("bin").join(name)
}

/// `python` with canaille, whose packages do not go together with the others.
pub fn canaille() -> PathBuf {
    environment("canaille", "canaille-requirements.txt").join("bin/python")
}

/// `python` with the libraries of those who rent out directories.
pub fn clouds() -> PathBuf {
    environment("clouds", "clouds/requirements.txt").join("bin/python")
}

/// A script beside this file.
pub fn script(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/interop").join(name)
}

fn environment(name: &str, list: &str) -> PathBuf {
    let tmp = Path::new(env!("CARGO_TARGET_TMPDIR"));
    fs::create_dir_all(tmp).unwrap();
    let (folder, lock) = (tmp.join(name), File::create(tmp.join(format!("{name}.lock"))).unwrap());
    // Tests run beside each other; the first one makes it.
    lock.lock().unwrap();
    let (wanted, made_of) = (fs::read_to_string(script(list)).unwrap(), folder.join("requirements.txt"));
    if fs::read_to_string(&made_of).unwrap_or_default() != wanted {
        let _ = fs::remove_dir_all(&folder);
        run(Command::new("python3").args(["-m", "venv"]).arg(&folder), "install the packages python3 and python3-venv");
        let mut pip = Command::new(folder.join("bin/pip"));
        pip.args(["install", "--quiet", "--disable-pip-version-check", "--no-deps", "--requirement"]);
        run(pip.arg(script(list)), "pip has to reach a package index");
        fs::write(&made_of, wanted).unwrap();
    }
    folder
}

#[track_caller]
fn run(command: &mut Command, advice: &str) {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}; {advice}"));
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {}\n{told}\n{advice}", output.status);
}

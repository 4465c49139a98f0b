//! The Python packages of `requirements.txt` in a folder of their own under `target/`, made once.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;

const REQUIREMENTS: &str = include_str!("requirements.txt");

/// `python`, `scim-sanity` and the like of the environment.
pub fn program(name: &str) -> PathBuf {
    environment().join("bin").join(name)
}

/// A script beside this file.
pub fn script(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/interop").join(name)
}

fn environment() -> PathBuf {
    let tmp = Path::new(env!("CARGO_TARGET_TMPDIR"));
    fs::create_dir_all(tmp).unwrap();
    let (folder, lock) = (tmp.join("scim-clients"), File::create(tmp.join("scim-clients.lock")).unwrap());
    // Tests run beside each other; the first one makes it.
    lock.lock().unwrap();
    let made_of = folder.join("requirements.txt");
    if fs::read_to_string(&made_of).unwrap_or_default() != REQUIREMENTS {
        let _ = fs::remove_dir_all(&folder);
        run(Command::new("python3").args(["-m", "venv"]).arg(&folder), "install the packages python3 and python3-venv");
        let mut pip = Command::new(folder.join("bin/pip"));
        pip.args(["install", "--quiet", "--disable-pip-version-check", "--no-deps", "--requirement"]);
        run(pip.arg(script("requirements.txt")), "pip has to reach a package index");
        fs::write(&made_of, REQUIREMENTS).unwrap();
    }
    folder
}

#[track_caller]
fn run(command: &mut Command, advice: &str) {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}; {advice}"));
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {}\n{told}\n{advice}", output.status);
}

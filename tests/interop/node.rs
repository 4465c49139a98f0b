//! Packages from npm, pinned by a lock file, in a folder of their own under `target/`, made once.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::directory::process::tool;

/// `node`, and the script of a folder beside this file, with the packages that its lock file names.
pub fn script(folder: &str) -> Command {
    let there = installed(folder);
    let mut command = Command::new(tool("node", "nodejs"));
    command.arg(there.join("server.mjs"));
    command
}

fn installed(name: &str) -> PathBuf {
    let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/interop").join(name);
    let tmp = Path::new(env!("CARGO_TARGET_TMPDIR"));
    fs::create_dir_all(tmp).unwrap();
    let (folder, lock) = (tmp.join(name), File::create(tmp.join(format!("{name}.lock"))).unwrap());
    // Tests run beside each other; the first one makes it.
    lock.lock().unwrap();
    let wanted = fs::read_to_string(from.join("package-lock.json")).unwrap();
    let made_of = folder.join("made-of.json");
    if fs::read_to_string(&made_of).unwrap_or_default() != wanted {
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).unwrap();
        for file in ["package.json", "package-lock.json"] {
            fs::copy(from.join(file), folder.join(file)).unwrap();
        }
        let mut npm = Command::new(tool("npm", "npm"));
        npm.args(["ci", "--no-audit", "--no-fund", "--ignore-scripts"]).current_dir(&folder);
        let output = npm.output().unwrap();
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{npm:?}: {}\n{told}\nnpm has to reach a package registry", output.status);
        fs::write(&made_of, wanted).unwrap();
    }
    fs::copy(from.join("server.mjs"), folder.join("server.mjs")).unwrap();
    folder
}

//! Disks that are full, read-only, or out of descriptors, and nobody who listens: nothing is sent whose intent could not be
//! written, what is said is clear, and once there is room again two cycles put it right. Needs no privileges.
//!
//! Never: takes a failure for a fault of the test's own; where one way is not to be had, another does the same.

use std::io::{Read, Write};
use std::process::{Command, Stdio};

use crate::kills::world::{Bug, World};
use crate::support::{Answer, Lab};

/// `sync`, begun by a shell that does this first: `ulimit -n 32`, or `shift` and something with a file.
fn sync_after(lab: &Lab, first: &str) -> Command {
    in_shell(lab, Command::new("/bin/sh"), first)
}

fn in_shell(lab: &Lab, mut shell: Command, first: &str) -> Command {
    let sync = lab.command(&["sync"]);
    shell.args(["-c", &format!("{first}\nexec \"$@\""), "sh"]).arg(sync.get_program()).args(sync.get_args());
    shell.env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default()).env("USER", "tester");
    shell.env("STATE", lab.path("state"));
    shell
}

/// The same as root of a user namespace of its own, where that is allowed.
fn as_root(lab: &Lab, first: &str) -> Option<Command> {
    let may = Command::new("unshare").args(["-rm", "true"]).stderr(Stdio::null()).status();
    let mut shell = Command::new("unshare");
    shell.args(["-rm", "/bin/sh"]);
    may.is_ok_and(|status| status.success()).then(|| in_shell(lab, shell, first))
}

/// Ended by itself, and said what is wrong where something is.
fn is_clear(what: &str, answer: &Answer) {
    let said = format!("{what}: exit {}\n{}\n{}", answer.code, answer.out, answer.err);
    assert!(matches!(answer.code, 0..=3), "{said}");
    assert!(!answer.err.contains("panicked") && !answer.out.contains("panicked"), "{said}");
    let advises = answer.err.contains("error: ") && answer.err.contains("->") || answer.out.contains("stopped");
    assert!(answer.code != 1 || advises, "{said}");
}

/// One try at forty changes under that limit: what came was written down before.
fn try_once(world: &mut World, what: &str, mut command: Command) -> Answer {
    let answer: Answer = command.output().unwrap().into();
    is_clear(what, &answer);
    world.look();
    assert_eq!(world.checker.violations, [""; 0], "{what}: {}", answer.err);
    answer
}

/// As a full disk does it: the write fails. A file may have so many blocks of 512 bytes; the signal is ignored.
#[test]
fn no_room_for_the_log_wherever_it_ends() {
    let mut world = World::new(70, Bug::None);
    let (mut sent_nothing, mut sent_some) = (0, 0);
    for blocks in [0, 1, 16, 90, 200, 420, 800] {
        world.change();
        let before = world.told.writes;
        let command = sync_after(&world.lab, &format!("trap '' XFSZ\nulimit -f {blocks}"));
        let answer = try_once(&mut world, &format!("{blocks} blocks"), command);
        if answer.code == 1 {
            assert!(answer.err.contains("state database") && answer.err.contains("disk"), "{}", answer.err);
            let sent = world.told.writes - before;
            *(if sent == 0 { &mut sent_nothing } else { &mut sent_some }) += 1;
        }
        world.recover();
        assert_eq!(world.checker.violations, [""; 0], "{blocks} blocks");
    }
    assert!(sent_nothing > 0 && sent_some > 0, "the limits were before and in the middle of the writes");
}

/// A small file system of its own that is full but for so many kilobytes; where none may be mounted, a limit on files.
#[test]
fn a_disk_that_is_full_and_then_is_not() {
    let mut world = World::new(71, Bug::None);
    for left_k in [0, 24, 160] {
        world.change();
        let fill = format!(
            "set -e; T=$(mktemp -d); mount -t tmpfs -o size=3m,mode=700 none $T; cp -a \"$STATE/.\" $T/\n\
             dd if=/dev/zero of=$T/filler bs=4096 2>/dev/null || true; truncate -s -{left_k}K $T/filler\n\
             mount --bind $T \"$STATE\"; set +e; \"$@\"; CODE=$?; umount \"$STATE\"; rm $T/filler\n\
             rm -f \"$STATE\"/state.db*; cp -a $T/. \"$STATE/\"; umount $T; rmdir $T; exit $CODE"
        );
        let limit = || sync_after(&world.lab, &format!("trap '' XFSZ\nulimit -f {}", left_k * 2));
        let command = as_root(&world.lab, &fill).unwrap_or_else(limit);
        let answer = try_once(&mut world, &format!("{left_k} KiB left"), command);
        assert!(left_k > 0 || answer.code == 1, "{left_k} KiB left: {}", answer.code);
        world.recover();
        assert_eq!(world.checker.violations, [""; 0], "{left_k} KiB left");
    }
}

/// By a mount that not even root writes to, or by a mode where nobody may mount.
#[test]
fn a_state_folder_that_is_read_only() {
    let mut world = World::new(72, Bug::None);
    world.change();
    let mount = "mount --bind \"$STATE\" \"$STATE\" && mount -o remount,bind,ro \"$STATE\" || exit 99";
    let mode = || sync_after(&world.lab, "chmod 500 \"$STATE\"; chmod 400 \"$STATE\"/*");
    let command = as_root(&world.lab, mount).unwrap_or_else(mode);
    let answer = try_once(&mut world, "read-only", command);
    assert_eq!((answer.code, world.lab.sandbox.writes().len()), (1, 0), "{}", answer.err);
    let _ = Command::new("/bin/sh")
        .args(["-c", "chmod 700 \"$0\"; chmod 600 \"$0\"/*"])
        .arg(world.lab.path("state"))
        .status();
    world.recover();
    assert_eq!(world.checker.violations, [""; 0]);
}

#[test]
fn few_descriptors() {
    let mut world = World::new(73, Bug::None);
    world.change();
    for descriptors in [4, 6, 8, 10, 11, 12, 13, 14, 15, 16, 18, 20, 24, 32] {
        let command = sync_after(&world.lab, &format!("ulimit -n {descriptors}"));
        try_once(&mut world, &format!("{descriptors} descriptors"), command);
    }
    world.recover();
    assert_eq!(world.checker.violations, [""; 0]);
}

#[test]
fn nobody_listens() {
    let mut world = World::new(74, Bug::None);
    for ears in
        ["exec > /dev/full", "exec 2> /dev/full", "exec > /dev/full 2>&1", "exec >&-", "exec 2>&-", "exec <&- >&- 2>&-"]
    {
        world.change();
        let command = sync_after(&world.lab, ears);
        let answer: Answer = { command }.output().unwrap().into();
        assert!(matches!(answer.code, 0 | 1 | 3), "{ears}: {}", answer.code);
        world.look();
        world.recover();
        assert_eq!(world.checker.violations, [""; 0], "{ears}");
    }
}

/// A log that stands still holds the program up, and loses nothing: it goes on when somebody reads.
#[test]
fn a_log_that_nobody_reads_for_a_while() {
    let mut world = World::new(75, Bug::None);
    world.lab.set("log", "level = \"debug\"");
    world.change();
    let (mut reader, mut writer) = std::io::pipe().unwrap();
    let log = writer.try_clone().unwrap();
    // Blocks as soon as the pipe is full, which is before anybody reads.
    let filler = std::thread::spawn(move || writer.write_all(&[b'\n'; 256 << 10]).unwrap());
    let mut sync = world.lab.command(&["sync"]).stdout(Stdio::null()).stderr(log).spawn().unwrap();
    let told = std::thread::spawn(move || {
        let mut told = String::new();
        reader.read_to_string(&mut told).unwrap();
        told
    });
    let ended = sync.wait().unwrap();
    filler.join().unwrap();
    assert!(told.join().unwrap().contains("settle_wait"));
    assert!(matches!(ended.code(), Some(0 | 3)), "{ended:?}");
    world.look();
    world.recover();
    assert_eq!(world.checker.violations, [""; 0]);
}

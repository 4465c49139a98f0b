//! The built program under watch: it ends by itself, its memory is measured, and a judge says what it must not have done.
//!
//! Never: decides by the clock. The guard is far beyond every deadline of the program, and only makes a failure of a hang.

use std::fs::{File, read_to_string};
use std::process::{Child, Command};
use std::time::{Duration, Instant};

use postman_scim_sync::sandbox::Standing;

use super::gate::Gate;
use crate::support::{Lab, Lines};

const GUARD: Duration = Duration::from_secs(150);
const SAMPLE: Duration = Duration::from_millis(3);
/// Of safety.md: whatever comes over the wire.
pub const PEAK_MAX_KIB: u64 = 256 * 1024;
/// How files with secrets end in a lab's folder.
const SECRETS: [&str; 4] = ["key", "password", "token", "secret"];

/// How one run ended.
pub struct Ran {
    pub code: Option<i32>,
    /// What it said, on both ways, with its lines joined.
    pub said: String,
    /// The most memory that it ever had (`VmHWM`).
    pub peak_kib: u64,
}

/// One run, with every variable that could name a proxy, all of them the trap's.
pub fn run(lab: &Lab, arguments: &[&str], trap: &Gate) -> Ran {
    let mut command = lab.command(arguments);
    for name in ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"] {
        let proxy = format!("http://{}", trap.address);
        command.env(name, &proxy).env(name.to_lowercase(), &proxy);
    }
    // The system's certificates, where a test says which.
    if lab.path("system.pem").exists() {
        command.env("SSL_CERT_FILE", lab.path("system.pem"));
    }
    watched(lab, command)
}

/// Into files, since nobody reads a pipe while it runs.
pub fn watched(lab: &Lab, mut command: Command) -> Ran {
    let [out, err] = ["ran.out", "ran.err"].map(|name| lab.path(name));
    command.stdout(File::create(&out).unwrap()).stderr(File::create(&err).unwrap());
    let mut child = command.spawn().unwrap();
    let (code, peak_kib) = ended(&mut child);
    let text = [out, err].map(|path| read_to_string(path).unwrap()).concat();
    Ran { code, said: text.flat(), peak_kib }
}

fn ended(child: &mut Child) -> (Option<i32>, u64) {
    let (start, mut peak_kib) = (Instant::now(), 0);
    loop {
        peak_kib = peak_kib.max(high_water_kib(child.id()));
        if let Some(status) = child.try_wait().unwrap() {
            return (status.code(), peak_kib);
        }
        if start.elapsed() > GUARD {
            child.kill().unwrap();
            child.wait().unwrap();
            panic!("it hangs: not ended after {GUARD:?}");
        }
        std::thread::sleep(SAMPLE);
    }
}

/// Nothing once it is a zombie.
fn high_water_kib(pid: u32) -> u64 {
    let status = read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok()).unwrap_or(0)
}

/// All that is wrong with a run that met an attack, in words; nothing where all is well. `words`: one of them is said.
pub fn complaints(lab: &Lab, ran: &Ran, trap: &Gate, code: i32, words: &[&str]) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut unless = |is_right: bool, what: String| wrong.extend((!is_right).then_some(what));
    unless(ran.code == Some(code), format!("it ended with {:?}, and should with {code}", ran.code));
    unless(words.is_empty() || words.iter().any(|word| ran.said.contains(word)), format!("none of {words:?} is said"));
    unless(!ran.said.contains("panicked"), "it panicked".into());
    unless(ran.peak_kib > 0, "its memory was not measured".into());
    unless(ran.peak_kib <= PEAK_MAX_KIB, format!("it took {} KiB", ran.peak_kib));
    let strayed = trap.bytes();
    unless(trap.connections() == 0, format!("another origin was asked, and got {} bytes", strayed.len()));
    for secret in secrets(lab) {
        unless(!has(&strayed, &secret), "another origin got a credential".into());
        unless(!ran.said.contains(&secret), "a credential is said".into());
    }
    let writes = lab.sandbox.writes();
    unless(writes.is_empty(), format!("writes were sent: {writes:?}"));
    let out = lab.sandbox.standing(Standing::Deactivated);
    unless(out.is_empty(), format!("somebody lost access: {out:?}"));
    wrong.iter().map(|what| format!("{what}\n    {:.600}", ran.said)).collect()
}

/// What stands in the lab's files of secrets.
pub fn secrets(lab: &Lab) -> Vec<String> {
    let files = std::fs::read_dir(lab.folder.path()).unwrap().map(|entry| entry.unwrap().path());
    let secret = files.filter(|path| path.extension().is_some_and(|end| SECRETS.iter().any(|secret| end == *secret)));
    secret.map(|path| read_to_string(path).unwrap().trim().to_owned()).collect()
}

pub fn has(bytes: &[u8], part: &str) -> bool {
    bytes.windows(part.len()).any(|window| window == part.as_bytes())
}

#[track_caller]
pub fn none(wrong: &[String]) {
    assert!(wrong.is_empty(), "{} complaints:\n{}", wrong.len(), wrong.join("\n"));
}

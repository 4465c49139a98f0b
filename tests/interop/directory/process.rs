//! Programs from outside: found by name, ended with the test.
//!
//! Never: a process that outlives its test, even one that is killed.

use std::io::{Read, Write};
use std::net::{IpAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

/// The Debian package of `ldapsearch` and the like.
pub const TOOLS: &str = "ldap-utils";

/// Where a program is. Where Debian puts what only root needs is not in everybody's PATH.
pub fn tool(name: &str, package: &str) -> PathBuf {
    let path = format!("{}:/usr/sbin:/sbin", std::env::var("PATH").unwrap_or_default());
    let found = path.split(':').map(|folder| Path::new(folder).join(name)).find(|file| file.is_file());
    found.unwrap_or_else(|| panic!("{name} is not installed: apt-get install --no-install-recommends {package}"))
}

/// A file that a package brings.
pub fn file(path: &str, package: &str) -> String {
    let text = std::fs::read_to_string(path);
    text.unwrap_or_else(|error| panic!("{path}: {error}: apt-get install --no-install-recommends {package}"))
}

/// A server of one process.
pub struct Server(Child);

impl Server {
    /// It dies with us: by `drop`, and by the kernel when we are killed ourselves (`setpriv` of util-linux).
    pub fn spawn(command: &Command, log: &Path) -> Self {
        let mut call = Command::new(tool("setpriv", "util-linux"));
        call.args(["--pdeathsig", "KILL", "--"]).arg(command.get_program()).args(command.get_args());
        call.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
        let log = std::fs::File::create(log).unwrap();
        call.stdin(Stdio::null()).stdout(log.try_clone().unwrap()).stderr(log);
        Self(call.spawn().unwrap())
    }

    pub fn kill(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }

    /// Waits until the address speaks LDAP; false if the server has ended, or does not.
    pub fn answers(&mut self, url: &str) -> bool {
        self.is_up(|| {
            let mut ask = Command::new(tool("ldapsearch", TOOLS));
            ask.args(["-x", "-H", url, "-s", "base", "-b", "", "1.1"]).env("LDAPTLS_REQCERT", "never");
            // 255 is libldap's own: nobody there. Anything else is a server's answer, if only that it tells us nothing.
            ask.output().unwrap().status.code() != Some(255)
        })
    }

    /// Asks until it is up; false if the server has ended, or never is.
    pub fn is_up(&mut self, asked: impl Fn() -> bool) -> bool {
        for _ in 0..1_200 {
            if self.0.try_wait().unwrap().is_some() {
                return false;
            }
            if asked() {
                return true;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        self.kill();
        false
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
    }
}

/// A port of 127.0.0.1 that nobody listens on.
pub fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// An address of this machine's own (127.0.0.0/8) with fixed ports on it. Nobody else's, thread or process, until it is
/// dropped: it listens on a port that no server of ours wants.
pub struct OwnAddress {
    pub name: String,
    _claim: TcpListener,
}

impl OwnAddress {
    const CLAIM: u16 = 63_636;

    /// One on which nobody listens at that port either.
    pub fn with_free(port: u16) -> Self {
        let process = std::process::id();
        for attempt in 0..250_u32 {
            let [_, _, high, low] = (process + attempt).to_be_bytes();
            let ip = IpAddr::from([127, 77, high.clamp(1, 254), low.clamp(1, 254)]);
            let Ok(claim) = TcpListener::bind((ip, Self::CLAIM)) else { continue };
            match TcpListener::bind((ip, port)) {
                Ok(_) => return Self { name: ip.to_string(), _claim: claim },
                Err(error) if error.kind() == std::io::ErrorKind::PermissionDenied => {
                    panic!("port {port} cannot be used ({error}): this server has fixed ports, run the test as root")
                }
                Err(_) => {}
            }
        }
        panic!("no address of 127.77.0.0/16 with a free port {port}")
    }
}

/// Runs a program to its end and asserts that it ended well.
#[track_caller]
pub fn run(command: &mut Command) -> String {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let told = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert!(output.status.success(), "{command:?}: {}\n{}", told(&output.stderr), told(&output.stdout));
    told(&output.stdout)
}

/// Runs a program with that on its standard input: how it ended, and what it said.
pub fn feed(command: &mut Command, text: &str) -> (ExitStatus, String) {
    let mut call = command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let (mut input, text) = (call.stdin.take().unwrap(), text.to_owned());
    // Beside reading what it says, or both could wait for each other. A program that gave up reads no more.
    let writer = std::thread::spawn(move || drop(input.write_all(text.as_bytes())));
    let mut told = String::new();
    call.stderr.take().unwrap().read_to_string(&mut told).unwrap();
    writer.join().unwrap();
    (call.wait().unwrap(), told)
}

/// A folder with all below it; sparse files stay small.
pub fn copy(from: &Path, to: &Path) {
    run(Command::new("cp").args(["-a", "--sparse=always"]).arg(from).arg(to));
}

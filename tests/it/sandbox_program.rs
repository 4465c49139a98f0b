//! `sandbox` as a program of its own: started on a free port, asked over plain sockets as `curl` would, and ended.

use std::fs::File;
use std::io::{BufRead, BufReader, Read, Seek, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};

use serde_json::Value;

/// The running program; dropping it kills it.
pub struct SandboxProgram {
    child: Child,
    out: BufReader<std::process::ChildStdout>,
    /// A file, since nobody empties a pipe while the program runs.
    err: File,
    pub base_url: String,
    pub key: String,
}

/// What it printed until it ended.
pub struct Ended {
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

/// An HTTP answer.
pub struct Reply {
    pub status: u16,
    pub head: String,
    pub body: String,
}

impl Reply {
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.body))
    }
}

pub fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_postman-scim-sync"));
    command.arg("sandbox").args(arguments).env_clear().stdin(Stdio::null());
    command
}

impl SandboxProgram {
    /// Waits until it says where it listens.
    pub fn start(arguments: &[&str]) -> Self {
        let err = tempfile::tempfile().unwrap();
        let mut command = command(arguments);
        command.args(["--listen", "127.0.0.1:0"]).stdout(Stdio::piped()).stderr(err.try_clone().unwrap());
        let mut child = command.spawn().unwrap();
        let mut out = BufReader::new(child.stdout.take().unwrap());
        let mut said = |label: &str| {
            let mut line = String::new();
            out.read_line(&mut line).unwrap();
            line.strip_prefix(label).unwrap_or_else(|| panic!("{label}: {line}")).trim().to_owned()
        };
        let (base_url, key) = (said("Base URL"), said("Key"));
        Self { child, out, err, base_url, key }
    }

    /// One request with a key, on a connection of its own.
    pub fn ask_as(&self, key: &str, method: &str, path: &str, body: &str) -> Reply {
        let rest = self.base_url.strip_prefix("http://").unwrap();
        let (host, base) = rest.split_once('/').unwrap();
        let mut stream = TcpStream::connect(host).unwrap();
        let length = body.len();
        let head = format!(
            "{method} /{base}{path} HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {key}\r\n\
             Content-Type: application/json\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}"
        );
        stream.write_all(head.as_bytes()).unwrap();
        let mut answer = String::new();
        // A reset is an answer too: none.
        let _ = stream.read_to_string(&mut answer);
        let (head, body) = answer.split_once("\r\n\r\n").unwrap_or_default();
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0);
        Reply { status, head: head.to_ascii_lowercase(), body: body.to_owned() }
    }

    pub fn ask(&self, method: &str, path: &str, body: &str) -> Reply {
        self.ask_as(&self.key, method, path, body)
    }

    /// `signal` is `INT` or `TERM`; waits until it has ended.
    pub fn end(mut self, signal: &str) -> Ended {
        let id = self.child.id().to_string();
        let sent = Command::new("kill").args(["-s", signal, &id]).status().unwrap();
        assert!(sent.success());
        let (mut out, mut err) = (String::new(), String::new());
        self.out.read_to_string(&mut out).unwrap();
        let code = self.child.wait().unwrap().code();
        self.err.rewind().unwrap();
        self.err.read_to_string(&mut err).unwrap();
        Ended { code, out, err }
    }
}

impl Drop for SandboxProgram {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

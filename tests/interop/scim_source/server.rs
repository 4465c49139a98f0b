//! SCIM servers nobody here wrote, each a process of the test's own on a free loopback port, gone with it.
//!
//! Never: a server that somebody else started.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::Command;
use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;

use crate::directory::process::{self, free_port};
use crate::python;

/// Obviously false.
pub const TOKEN: &str = "false-token-of-a-test";

/// One answer takes so long at the most: nobody waits for ever for a server that hangs.
const ANSWERED_WITHIN: Duration = Duration::from_secs(60);

/// A running server.
pub struct Server {
    door: Door,
    _process: process::Server,
    _folder: TempDir,
}

/// Where it answers.
struct Door {
    port: u16,
    base: &'static str,
}

/// scim2-server (PyPI), which is strict and pages by cursor only where it is told to announce that.
pub fn scim2_server(cursors: bool) -> Server {
    Server::start("/v2", |port, folder| {
        let mut command = Command::new(python::program("scim2-server"));
        command.args(["--hostname", "127.0.0.1", "--port", port, "--bearer-token", TOKEN]);
        if cursors {
            let file = folder.path().join("provider.json");
            std::fs::write(&file, PROVIDER).unwrap();
            command.arg("--service-provider-config").arg(file);
        }
        command
    })
}

/// canaille (PyPI), which knows no filters, fails at `count`, and writes userNames into groups.
pub fn canaille(people: usize) -> Server {
    Server::start("/scim/v2", |port, _| {
        let mut command = Command::new(python::canaille());
        command.arg(python::script("canaille_server.py")).args([port, &people.to_string(), TOKEN]);
        command
    })
}

const PROVIDER: &str = r#"{
  "schemas": ["urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"],
  "patch": {"supported": true}, "bulk": {"supported": false, "maxOperations": 0, "maxPayloadSize": 0},
  "filter": {"supported": true, "maxResults": 7}, "changePassword": {"supported": false}, "sort": {"supported": true},
  "etag": {"supported": false}, "pagination": {"cursor": true, "index": true, "defaultPaginationMethod": "cursor"},
  "authenticationSchemes": [{"type": "oauthbearertoken", "name": "bearer", "description": "a token"}]
}"#;

impl Server {
    /// On a port that is free; if somebody else takes it meanwhile, on another.
    fn start(base: &'static str, command: impl Fn(&str, &TempDir) -> Command) -> Self {
        let folder = TempDir::new().unwrap();
        let log = folder.path().join("log");
        for _ in 0..20 {
            let door = Door { port: free_port(), base };
            let mut process = process::Server::spawn(&command(&door.port.to_string(), &folder), &log);
            if process.is_up(|| {
                door.ask("GET", "/ServiceProviderConfig", &Value::Null).is_ok_and(|(status, _)| status == 200)
            }) {
                return Self { door, _process: process, _folder: folder };
            }
        }
        panic!("it does not start:\n{}", std::fs::read_to_string(log).unwrap_or_default());
    }

    pub fn url(&self) -> String {
        // Canaille answers to its own name only.
        format!("http://localhost:{}{}", self.door.port, self.door.base)
    }

    /// Asks as the directory's admin, and has to be answered with a 2xx. Returns the resource.
    #[track_caller]
    pub fn done(&self, method: &str, path: &str, body: &Value) -> Value {
        let (status, answer) = self.door.ask(method, path, body).unwrap();
        assert!((200..300).contains(&status), "{method} {path} {body}: {status} {answer}");
        answer
    }
}

impl Door {
    /// One request of the directory's admin. HTTP/1.0, so that the answer is its bytes up to the end.
    fn ask(&self, method: &str, path: &str, body: &Value) -> std::io::Result<(u16, Value)> {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let mut stream = TcpStream::connect(("127.0.0.1", self.port))?;
        stream.set_read_timeout(Some(ANSWERED_WITHIN))?;
        let (base, port, length) = (self.base, self.port, body.len());
        write!(
            stream,
            "{method} {base}{path} HTTP/1.0\r\nHost: localhost:{port}\r\nAuthorization: Bearer {TOKEN}\r\n\
             Content-Type: application/scim+json\r\nContent-Length: {length}\r\n\r\n{body}"
        )?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        let cut = || std::io::Error::other(format!("no answer of HTTP: {answer}"));
        let (head, body) = answer.split_once("\r\n\r\n").ok_or_else(cut)?;
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).ok_or_else(cut)?;
        Ok((status, serde_json::from_str(body).unwrap_or_default()))
    }
}

//! SCIM servers nobody here wrote, each a process of the test's own on a free loopback port, gone with it.
//!
//! Never: a server that somebody else started.

use std::fs::File;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;

use crate::python;

/// Obviously false.
pub const TOKEN: &str = "false-token-of-a-test";

/// A running server.
pub struct Server {
    process: Child,
    port: u16,
    base: &'static str,
    folder: TempDir,
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
        for _ in 0..20 {
            let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
            let log = File::create(folder.path().join("log")).unwrap();
            let mut command = command(&port.to_string(), &folder);
            command.stdin(Stdio::null()).stdout(log.try_clone().unwrap()).stderr(log);
            let process = command.spawn().unwrap();
            let mut server = Self { process, port, base, folder: TempDir::new().unwrap() };
            if server.answers() {
                server.folder = folder;
                return server;
            }
        }
        panic!("it does not start:\n{}", std::fs::read_to_string(folder.path().join("log")).unwrap_or_default());
    }

    fn answers(&mut self) -> bool {
        for _ in 0..1_200 {
            if self.process.try_wait().unwrap().is_some() {
                return false;
            }
            if TcpStream::connect(("127.0.0.1", self.port)).is_ok() {
                return self.ask("GET", "/ServiceProviderConfig", &Value::Null).0 == 200;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        false
    }

    pub fn url(&self) -> String {
        // Canaille answers to its own name only.
        format!("http://localhost:{}{}", self.port, self.base)
    }

    /// One request of the directory's admin. HTTP/1.0, so that the answer is its bytes up to the end.
    pub fn ask(&self, method: &str, path: &str, body: &Value) -> (u16, Value) {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        let (base, port, length) = (self.base, self.port, body.len());
        write!(
            stream,
            "{method} {base}{path} HTTP/1.0\r\nHost: localhost:{port}\r\nAuthorization: Bearer {TOKEN}\r\n\
             Content-Type: application/scim+json\r\nContent-Length: {length}\r\n\r\n{body}"
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        (status, serde_json::from_str(body).unwrap_or_default())
    }

    /// Asks, and has to be answered with a 2xx. Returns the resource.
    #[track_caller]
    pub fn done(&self, method: &str, path: &str, body: &Value) -> Value {
        let (status, answer) = self.ask(method, path, body);
        assert!((200..300).contains(&status), "{method} {path} {body}: {status} {answer}");
        answer
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

//! A server with one answer for everybody: what the sandbox, which tells the truth, cannot say.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// Listens until the test ends; remembers the request lines.
pub struct Canned {
    pub base_url: String,
    seen: Arc<Mutex<Vec<String>>>,
}

impl Canned {
    /// Answers every request with `status` and `body`.
    pub fn new(status: &'static str, body: impl Into<String>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let base_url = format!("http://{}/scim/v2", listener.local_addr().unwrap());
        let seen = Arc::new(Mutex::new(Vec::new()));
        let (remembered, body) = (seen.clone(), body.into());
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                remembered.lock().unwrap().push(request_line(&stream));
                answer(stream, status, &body);
            }
        });
        Self { base_url, seen }
    }

    /// `GET /scim/v2/Users?... HTTP/1.1`, or an empty line for a connection without a request.
    pub fn seen(&self) -> Vec<String> {
        self.seen.lock().unwrap().clone()
    }
}

/// Reads one small request: everything this product sends to a listing has no body.
fn request_line(mut stream: &TcpStream) -> String {
    let (mut head, mut byte) = (Vec::new(), [0]);
    while !head.ends_with(b"\r\n\r\n") && stream.read(&mut byte).unwrap_or(0) == 1 {
        head.push(byte[0]);
    }
    String::from_utf8_lossy(&head).lines().next().unwrap_or_default().to_owned()
}

fn answer(mut stream: TcpStream, status: &str, body: &str) {
    let length = body.len();
    let head = format!("HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n");
    // The client may have gone, which is its right.
    let _ = write!(stream, "{head}connection: close\r\n\r\n{body}");
}

/// A page that shows `shown` members and claims `total`.
pub fn page(total: usize, shown: usize) -> String {
    let member = |n: usize| {
        format!(
            "{{\"id\":\"id-{n}\",\"userName\":\"x{n}@acme.example\",\"active\":true,\
             \"name\":{{\"givenName\":\"X\",\"familyName\":\"Y\"}}}}"
        )
    };
    let members: Vec<String> = (1..=shown).map(member).collect();
    format!(
        "{{\"schemas\":[\"urn:ietf:params:scim:api:messages:2.0:ListResponse\"],\"totalResults\":{total},\
         \"startIndex\":1,\"itemsPerPage\":{shown},\"Resources\":[{}]}}",
        members.join(",")
    )
}

//! A client with nothing between it and the wire, for the tests of the rented directories: header lines as they were sent.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};

use serde_json::Value;

/// What came back.
pub struct Answer {
    pub status: u16,
    /// Each line.
    pub headers: Vec<(String, String)>,
    pub body: String,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {} {}", self.status, self.body))
    }

    pub fn header(&self, name: &str) -> &str {
        self.lines(name).first().copied().unwrap_or_default()
    }

    pub fn lines(&self, name: &str) -> Vec<&str> {
        self.headers.iter().filter(|(found, _)| found == name).map(|(_, value)| value.as_str()).collect()
    }

    /// The members of that name of every object of a list.
    pub fn all(&self, name: &str) -> Vec<String> {
        let body = self.json();
        let list = body.as_array().or_else(|| body["value"].as_array()).cloned();
        let list = list.unwrap_or_else(|| panic!("no list: {body}"));
        list.iter().map(|one| one[name].as_str().unwrap_or_default().to_owned()).collect()
    }
}

/// One request, HTTP/1.0, so that the answer is its bytes up to the end. `url` may be a whole one.
pub fn ask(address: SocketAddr, method: &str, url: &str, headers: &[(&str, &str)], body: &str) -> Answer {
    let target = url.strip_prefix(&format!("http://{address}")).unwrap_or(url);
    let lines: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    let mut stream = TcpStream::connect(address).unwrap();
    let length = body.len();
    write!(stream, "{method} {target} HTTP/1.0\r\nhost: {address}\r\n{lines}content-length: {length}\r\n\r\n{body}")
        .unwrap();
    let mut text = Vec::new();
    // A connection that breaks has said what it said.
    let _ = stream.read_to_end(&mut text);
    let text = String::from_utf8(text).unwrap();
    let (head, body) = text.split_once("\r\n\r\n").unwrap();
    let mut lines = head.lines();
    let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
    let headers = lines.filter_map(|line| line.split_once(": "));
    let headers = headers.map(|(name, value)| (name.to_lowercase(), value.to_owned())).collect();
    Answer { status, headers, body: body.into() }
}

/// A form, encoded.
pub fn form(fields: &[(&str, &str)]) -> String {
    url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish()
}

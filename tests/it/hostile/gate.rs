//! A hostile end of the wire: raw bytes on a port of this machine, in front of a real server or alone. A session goes as it
//! should until a request meets a rule; then the answer is the attack's. Every byte that a client sends is kept.
//!
//! Never: understands an answer. A request is HTTP/1.1 with a `Content-Length`, which is all that this product sends.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Runtime;

/// Between two drops of an answer that drips: each read of it succeeds, and none of them is the last.
const DROP: Duration = Duration::from_millis(40);

/// One thing that the gate does with the connection.
#[derive(Clone)]
pub enum Step {
    Send(Vec<u8>),
    /// The same bytes until the client leaves.
    Flood(Vec<u8>),
    /// A byte now and then, from the beginning again, until the client leaves.
    Drip(Vec<u8>),
    /// Not a word until the client leaves.
    Silence,
    /// No more bytes (a FIN), and the connection stays open for what the client says.
    HalfClose,
    Close,
    Reset,
}

/// What a request meets.
#[derive(Clone)]
pub enum Attack {
    /// The server is not asked.
    Instead(Vec<Step>),
    /// The server does what it was asked, and this is the answer.
    Behind(Vec<Step>),
    /// The server's answer, changed.
    Change(Arc<dyn Fn(Reply) -> Vec<u8> + Send + Sync>),
}

/// An answer of the real server.
pub struct Reply {
    /// Lines, the status line first; none says how long the body is.
    pub head: Vec<String>,
    pub body: Vec<u8>,
}

impl Reply {
    pub fn bytes(self) -> Vec<u8> {
        let mut head: String = self.head.iter().map(|line| format!("{line}\r\n")).collect();
        head.push_str(&format!("content-length: {}\r\n\r\n", self.body.len()));
        [head.into_bytes(), self.body].concat()
    }

    fn of(bytes: &[u8]) -> Self {
        let end = bytes.windows(4).position(|four| four == b"\r\n\r\n").expect("the server answers with HTTP");
        let lines = String::from_utf8_lossy(&bytes[..end]).into_owned();
        let is_kept = |line: &&str| !["content-length", "connection"].iter().any(|name| is_header(line, name));
        Self { head: lines.split("\r\n").filter(is_kept).map(str::to_owned).collect(), body: bytes[end + 4..].to_vec() }
    }
}

fn is_header(line: &str, name: &str) -> bool {
    line.split_once(':').is_some_and(|(key, _)| key.eq_ignore_ascii_case(name))
}

struct Rule {
    /// A part of the request line: `GET /scim/v2/Users?`.
    part: String,
    /// How many that fit are let through before.
    after: usize,
    attack: Attack,
    /// Whether those that fit later meet it, too.
    stays: bool,
}

/// What clients sent.
#[derive(Default)]
struct Seen {
    connections: usize,
    bytes: Vec<u8>,
    /// Request lines, without the version.
    lines: Vec<String>,
}

struct Shared {
    upstream: Option<String>,
    rules: Mutex<Vec<Rule>>,
    rewrite: Mutex<Option<(String, String)>>,
    seen: Mutex<Seen>,
}

pub struct Gate {
    /// `127.0.0.1:4711`
    pub address: String,
    shared: Arc<Shared>,
    _runtime: Runtime,
}

impl Gate {
    /// In front of the server at that address.
    pub fn before(upstream: &str) -> Self {
        Self::start("127.0.0.1:0", Some(upstream.to_owned()))
    }

    /// Where nobody should come: it keeps what it gets, and takes everything for good.
    pub fn trap(address: &str) -> Self {
        let trap = Self::start(address, None);
        trap.meet("", Attack::Instead(vec![Step::Send(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}".to_vec())]));
        trap
    }

    fn start(address: &str, upstream: Option<String>) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let listener = runtime.block_on(TcpListener::bind(address)).unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let (rules, rewrite, seen) = Default::default();
        let shared = Arc::new(Shared { upstream, rules, rewrite, seen });
        let each = shared.clone();
        runtime.spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                each.seen.lock().unwrap().connections += 1;
                tokio::spawn(serve(stream, each.clone()));
            }
        });
        Self { address, shared, _runtime: runtime }
    }

    /// From now on every request whose line has that part meets the attack.
    pub fn meet(&self, part: &str, attack: Attack) {
        self.rule(part, 0, attack, true);
    }

    /// The next one that has that part meets it, and none after; several of these take turns.
    pub fn meet_once(&self, part: &str, attack: Attack) {
        self.rule(part, 0, attack, false);
    }

    /// As `meet_once`, and so many are let through before.
    pub fn meet_after(&self, after: usize, part: &str, attack: Attack) {
        self.rule(part, after, attack, false);
    }

    fn rule(&self, part: &str, after: usize, attack: Attack, stays: bool) {
        self.shared.rules.lock().unwrap().push(Rule { part: part.into(), after, attack, stays });
    }

    /// Whoever has the id `real` at the server is called `shown` on this side.
    pub fn call(&self, real: &str, shown: &str) {
        *self.shared.rewrite.lock().unwrap() = Some((real.into(), shown.into()));
    }

    /// No attack any more. Returns how many that were to come once did not come.
    pub fn peace(&self) -> usize {
        let rules = std::mem::take(&mut *self.shared.rules.lock().unwrap());
        rules.iter().filter(|rule| !rule.stays).count()
    }

    /// The request lines since the last call.
    pub fn lines(&self) -> Vec<String> {
        std::mem::take(&mut self.shared.seen.lock().unwrap().lines)
    }

    /// All that clients ever sent.
    pub fn bytes(&self) -> Vec<u8> {
        self.shared.seen.lock().unwrap().bytes.clone()
    }

    pub fn connections(&self) -> usize {
        self.shared.seen.lock().unwrap().connections
    }
}

async fn serve(mut client: TcpStream, shared: Arc<Shared>) {
    while let Some(request) = read_request(&mut client, &shared).await {
        let line = String::from_utf8_lossy(&request).lines().next().unwrap_or_default().to_owned();
        let line = line.trim_end_matches(" HTTP/1.1").to_owned();
        shared.seen.lock().unwrap().lines.push(line.clone());
        let steps = match shared.attack(&line) {
            None => vec![Step::Send(shared.ask(&request).await.bytes())],
            Some(Attack::Instead(steps)) => steps,
            Some(Attack::Behind(steps)) => {
                shared.ask(&request).await;
                steps
            }
            Some(Attack::Change(change)) => vec![Step::Send(change(shared.ask(&request).await))],
        };
        for step in steps {
            if !play(&mut client, step).await {
                return;
            }
        }
    }
}

/// Whether the connection goes on.
pub async fn play(client: &mut TcpStream, step: Step) -> bool {
    match step {
        Step::Send(bytes) => client.write_all(&bytes).await.is_ok(),
        Step::Flood(bytes) => {
            while client.write_all(&bytes).await.is_ok() {}
            false
        }
        Step::Drip(bytes) => {
            for byte in bytes.iter().cycle() {
                if client.write_all(&[*byte]).await.is_err() {
                    break;
                }
                tokio::time::sleep(DROP).await;
            }
            false
        }
        Step::HalfClose | Step::Silence => {
            if matches!(step, Step::HalfClose) {
                let _ = client.shutdown().await;
            }
            while client.read(&mut [0; 4096]).await.is_ok_and(|n| n > 0) {}
            false
        }
        Step::Close => false,
        Step::Reset => {
            client.set_zero_linger().unwrap();
            false
        }
    }
}

impl Shared {
    fn attack(&self, line: &str) -> Option<Attack> {
        let mut rules = self.rules.lock().unwrap();
        let at = rules.iter().position(|rule| line.contains(&rule.part))?;
        if rules[at].after > 0 {
            rules[at].after -= 1;
            return None;
        }
        Some(if rules[at].stays { rules[at].attack.clone() } else { rules.remove(at).attack })
    }

    async fn ask(&self, request: &[u8]) -> Reply {
        let upstream = self.upstream.as_ref().expect("a trap has no server behind it");
        let rewrite = self.rewrite.lock().unwrap().clone();
        let request = match &rewrite {
            Some((real, shown)) => replaced(request, &format!("/Users/{}", segment(shown)), &format!("/Users/{real}")),
            None => request.to_vec(),
        };
        let end = request.windows(2).position(|two| two == b"\r\n").unwrap();
        let request = [&request[..end], b"\r\nconnection: close", &request[end..]].concat();
        let mut server = TcpStream::connect(upstream).await.unwrap();
        server.write_all(&request).await.unwrap();
        let mut answer = Vec::new();
        // A server that breaks off has said what it said.
        let _ = server.read_to_end(&mut answer).await;
        let mut reply = Reply::of(&answer);
        if let Some((real, shown)) = &rewrite {
            let json = |text: &str| serde_json::Value::from(text).to_string();
            reply.body = replaced(&reply.body, &json(real), &json(shown));
        }
        reply
    }
}

/// An id as one segment of a path, by RFC 3986's unreserved characters.
pub fn segment(id: &str) -> String {
    let is_plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"-._~".contains(byte);
    id.bytes().map(|byte| if is_plain(&byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
}

fn replaced(bytes: &[u8], from: &str, to: &str) -> Vec<u8> {
    String::from_utf8_lossy(bytes).replace(from, to).into_bytes()
}

/// The whole of a request; nothing where the client has gone, or says something else than HTTP.
async fn read_request(client: &mut TcpStream, shared: &Shared) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    loop {
        let mut buffer = [0; 4096];
        let n = client.read(&mut buffer).await.ok().filter(|&n| n > 0)?;
        shared.seen.lock().unwrap().bytes.extend_from_slice(&buffer[..n]);
        bytes.extend_from_slice(&buffer[..n]);
        let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") else { continue };
        let head = String::from_utf8_lossy(&bytes[..end]).to_lowercase();
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse().ok());
        if bytes.len() - end - 4 >= length.unwrap_or(0) {
            return Some(bytes);
        }
    }
}

//! The attacks of safety.md §2.2 that are the same to everybody who reads JSON over HTTP: what comes over the wire in place of an
//! answer, and which words the program has for it.

use std::io::Write;
use std::sync::LazyLock;

use super::gate::{Attack, Step};

/// One attack. Whoever meets it ends at once, and says one of these words.
pub struct Case {
    /// `C4 br`
    pub name: &'static str,
    pub attack: Attack,
    pub words: &'static [&'static str],
}

const OK: &str = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n";
const TOO_LARGE: &[&str] = &["a body of more than 16777216 bytes"];
const BOMB_IN_BOMB: &[&str] =
    &["a body packed more than 100 to 1", "not UTF-8", "check postman.base_url", "something else than a token in JSON"];
const ENCODING: &[&str] = &["a content encoding that was not asked for"];
const REDIRECT: &[&str] = &["and redirects are never followed"];
/// Postman's side, a source's, and a token endpoint's.
pub const NOT_READ: &[&str] =
    &["check postman.base_url", "not JSON as it should be", "not UTF-8", "something else than a token in JSON"];

fn send(head: &str, body: &[u8]) -> Attack {
    let head = format!("{head}content-length: {}\r\n\r\n", body.len());
    Attack::Instead(vec![Step::Send([head.as_bytes(), body].concat())])
}

pub fn json(body: impl AsRef<[u8]>) -> Attack {
    send(OK, body.as_ref())
}

pub fn gzip(body: &[u8]) -> Vec<u8> {
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    packer.write_all(body).unwrap();
    packer.finish().unwrap()
}

fn flood(head: &str, first: &[u8], more: &[u8]) -> Attack {
    Attack::Instead(vec![Step::Send([head.as_bytes(), first].concat()), Step::Flood(more.to_vec())])
}

/// About a thousand to one, and packed once for all.
static BOMB: LazyLock<Vec<u8>> = LazyLock::new(|| gzip(&vec![0; 5_000_000]));

/// C3, C4: sizes.
pub fn sizes() -> Vec<Case> {
    let chunk = format!("10000\r\n{}\r\n", "a".repeat(0x10000)).into_bytes();
    let chunked = format!("{OK}transfer-encoding: chunked\r\n\r\n");
    let ten_gb = format!("{OK}content-length: 10737418240\r\n\r\n");
    let packed = format!("{OK}content-encoding: gzip\r\ntransfer-encoding: chunked\r\n\r\n");
    let zip = |encoding: &str, body: &[u8]| send(&format!("{OK}content-encoding: {encoding}\r\n"), body);
    let bomb = &*BOMB;
    vec![
        case("C3 a body without an end", flood(&chunked, b"", &chunk), TOO_LARGE),
        case("C3 10 GB announced, and sent", flood(&ten_gb, b"{", &[b' '; 0x10000]), TOO_LARGE),
        case("C3 packed, without an end", flood(&packed, b"", &chunk), TOO_LARGE),
        case("C4 a bomb of a thousand to one", zip("gzip", bomb), &["a body packed more than 100 to 1"]),
        case("C4 a bomb in a bomb", zip("gzip", &gzip(bomb)), BOMB_IN_BOMB),
        case("C4 gzip in gzip", zip("gzip, gzip", &gzip(&gzip(b"{}"))), ENCODING),
        case("C4 br", zip("br", b"\x0b\x02\x80{}\x03"), ENCODING),
        case("C4 zstd", zip("zstd", b"\x28\xb5\x2f\xfd\x04\x00"), ENCODING),
        case("C4 deflate", zip("deflate", b"\x78\x9c"), ENCODING),
        case("C4 gzip that is none", zip("gzip", b"{}"), &["a body that is broken gzip"]),
        case(
            "C4 gzip that breaks off",
            zip("gzip", &gzip(b"{\"Resources\":[],\"value\":[]}")[..30]),
            &["a body that is broken gzip"],
        ),
    ]
}

/// C5: what stands where JSON should.
pub fn texts() -> Vec<Case> {
    let deep = format!("{}1{}", "[".repeat(100_000), "]".repeat(100_000));
    let deep_objects = format!("{}1{}", "{\"a\":".repeat(100_000), "}".repeat(100_000));
    let long = |bytes: usize| {
        let text = "a".repeat(bytes);
        let user = format!("{{\"id\":\"{text}\",\"userName\":\"x\",\"active\":true}}");
        format!("{{\"Resources\":[{user}],\"id\":\"{text}\",\"access_token\":3,\"totalResults\":1}}")
    };
    let broken: [(&'static str, &[u8]); 12] = [
        ("C5 deep lists", deep.as_bytes()),
        ("C5 deep objects", deep_objects.as_bytes()),
        (
            "C5 a key twice",
            br#"{"id":"a","id":"b","Resources":[],"Resources":[],"access_token":"a","access_token":"b"}"#,
        ),
        ("C5 NaN", br#"{"Resources":[],"totalResults":NaN}"#),
        ("C5 Infinity", br#"{"Resources":[],"totalResults":-Infinity}"#),
        ("C5 half a surrogate pair", br#"{"id":"\ud800","userName":"\udfff","access_token":"\ud800"}"#),
        ("C5 a byte order mark", b"\xef\xbb\xbf{}"),
        ("C5 UTF-16", b"\xff\xfe{\0}\0"),
        ("C5 NUL", b"{}\0"),
        ("C5 no UTF-8", b"{\"id\":\"\xff\xfe\",\"Resources\":[],\"access_token\":\"\xc3\x28\"}"),
        ("C5 more behind the end", b"{} {}"),
        ("C5 a page for people", b"<!doctype html><title>Sign in</title>"),
    ];
    let mut cases: Vec<Case> = broken.into_iter().map(|(name, body)| case(name, json(body), NOT_READ)).collect();
    cases.push(case("C5 a text of 50 MB", json(long(25_000_000)), TOO_LARGE));
    // Half of it twice is still an answer that is read.
    cases.push(case("C5 a text of 1 MB", json(long(500_000)), NOT_READ));
    cases
}

/// C6: redirects. `here` is where the request went, `other` another origin; both `host:port`.
pub fn redirects(here: &str, other: &str) -> Vec<Case> {
    let port = other.rsplit(':').next().unwrap();
    let to = |name, status: u16, location: &str| {
        case(name, send(&format!("HTTP/1.1 {status} Elsewhere\r\nlocation: {location}\r\n"), b""), REDIRECT)
    };
    vec![
        to("C6 301 to the same host", 301, &format!("http://{here}/scim/v2/Users")),
        to("C6 302 to another port", 302, &format!("http://{other}/")),
        to("C6 303 to another host", 303, &format!("http://localhost:{port}/")),
        to("C6 307 to another scheme", 307, &format!("https://{other}/")),
        to("C6 308 without a scheme", 308, &format!("//{other}/x")),
        to("C6 302 to the metadata address", 302, "http://169.254.169.254/latest/meta-data/"),
        to("C6 307 with a user", 307, &format!("http://{here}@{other}/")),
        to("C6 301 to itself", 301, ""),
        to("C6 302 to a file", 302, "file:///etc/passwd"),
        to("C6 300 to choose from", 300, &format!("http://{other}/")),
        to("C6 304 of nothing", 304, &format!("http://{other}/")),
    ]
}

/// C1, C11: what ends before it is an answer. A read is asked again for; a write is in doubt.
pub fn broken() -> Vec<(&'static str, Vec<Step>)> {
    let bytes = |text: &str| Step::Send(text.as_bytes().to_vec());
    let half = || bytes(&format!("{OK}content-length: 100\r\n\r\n{{\"Resources\":["));
    let chunked = || bytes(&format!("{OK}transfer-encoding: chunked\r\n\r\n5\r\n{{\"Res\r\n"));
    let many = |n: usize| (0..n).map(|at| format!("x-{at}: 1\r\n")).collect::<String>();
    let header = |line: &str| vec![bytes(&format!("{OK}{line}\r\ncontent-length: 2\r\n\r\n{{}}"))];
    vec![
        ("C1 a reset before the head", vec![Step::Reset]),
        ("C1 an end before the head", vec![Step::Close]),
        ("C1 half closed before the head", vec![Step::HalfClose]),
        ("C1 an end in the head", vec![bytes("HTTP/1.1 200 OK\r\ncontent-ty"), Step::Close]),
        ("C1 a reset behind the head", vec![bytes(&format!("{OK}content-length: 100\r\n\r\n")), Step::Reset]),
        ("C1 an end behind the head", vec![bytes(&format!("{OK}content-length: 100\r\n\r\n")), Step::Close]),
        ("C1 an end in the body", vec![half(), Step::Close]),
        ("C1 a reset in the body", vec![half(), Step::Reset]),
        ("C1 half closed in the body", vec![half(), Step::HalfClose]),
        ("C1 an end between two chunks", vec![chunked(), Step::Close]),
        ("C1 a chunk that has no length", vec![chunked(), bytes("nonsense\r\n"), Step::Close]),
        (
            "C3 10 GB announced, and two bytes sent",
            vec![bytes(&format!("{OK}content-length: 10737418240\r\n\r\n{{}}")), Step::Close],
        ),
        ("C3 two lengths", header("content-length: 7")),
        ("C3 a length that is no number", vec![bytes(&format!("{OK}content-length: -1\r\n\r\n")), Step::Close]),
        ("C11 100,000 headers", vec![bytes(&format!("{OK}{}content-length: 2\r\n\r\n{{}}", many(100_000)))]),
        ("C11 101 headers", vec![bytes(&format!("{OK}{}content-length: 2\r\n\r\n{{}}", many(99)))]),
        ("C11 a header of 1 MB", header(&format!("x-long: {}", "a".repeat(1 << 20)))),
        ("C11 a folded header", header("x-folded: a\r\n b")),
        ("C11 a header with a NUL", header("x-nul: a\0b")),
        ("C11 a header without a name", header(": b")),
        ("C11 a line end that is none", header("x-cr: a\rlocation: http://127.0.0.2/")),
        ("C11 no HTTP at all", vec![bytes("SSH-2.0-OpenSSH_9.9\r\n\r\n")]),
        ("C11 HTTP/2 that nobody asked for", vec![bytes("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), Step::Close]),
        ("C11 no status", vec![bytes("HTTP/1.1 OK\r\n\r\n"), Step::Close]),
    ]
}

/// C2: a byte now and then, in the head and in the body, so that no single wait is long.
pub fn slow() -> Vec<(&'static str, Vec<Step>)> {
    let body = Step::Send(format!("{OK}content-length: 100000\r\n\r\n").into_bytes());
    let chunks = Step::Send(format!("{OK}transfer-encoding: chunked\r\n\r\n").into_bytes());
    vec![
        ("C2 a slow head", vec![Step::Drip(b"HTTP/1.1 200 OK\r\nx-a: b\r\nx-b: ".to_vec())]),
        ("C2 a slow body", vec![body, Step::Drip(b" ".to_vec())]),
        ("C2 slow chunks", vec![chunks, Step::Drip(b"1\r\n \r\n".to_vec())]),
        ("C2 nothing at all", vec![Step::Silence]),
    ]
}

fn case(name: &'static str, attack: Attack, words: &'static [&'static str]) -> Case {
    Case { name, attack, words }
}

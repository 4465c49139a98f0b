//! The client against a hostile server: raw bytes over real loopback sockets.

mod server;

use std::io::Write as _;

use secrecy::SecretString;

use super::*;
use server::{Server, Step};

fn short() -> Limits {
    let (connect, first_byte) = (Duration::from_millis(300), Duration::from_millis(700));
    Limits { connect, first_byte, total: Duration::from_millis(1500), ..Limits::default() }
}

fn transport(server: &Server, limits: Limits) -> HttpTransport {
    HttpTransport::with_limits(&server.url(), &Http::default(), limits).unwrap()
}

fn request(method: Method, path: &str) -> Request {
    let body = (method != Method::Get).then(|| b"{}".to_vec());
    Request { method, path: path.into(), authorization: SecretString::from("Bearer PMAK-false"), body }
}

fn get() -> Request {
    request(Method::Get, "/Users?startIndex=1")
}

/// What comes of one GET that is answered with these steps, under the real limits but for the times.
async fn answered(steps: Vec<Step>) -> Result<Response, TransportError> {
    let server = Server::start(move |_| steps.clone()).await;
    let transport = transport(&server, short());
    transport.send(get()).await
}

fn response(headers: &str, body: &[u8]) -> Vec<u8> {
    let mut bytes = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n{headers}\r\n", body.len()).into_bytes();
    bytes.extend_from_slice(body);
    bytes
}

fn ok() -> Vec<Step> {
    vec![Step::Send(response("Content-Type: application/json\r\n", b"{}"))]
}

fn gzip(body: &[u8]) -> Vec<u8> {
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    packer.write_all(body).unwrap();
    packer.finish().unwrap()
}

#[track_caller]
fn refused(answer: &Result<Response, TransportError>, part: &str) {
    match answer {
        Err(TransportError::Refused { reason, .. }) => assert!(reason.contains(part), "{reason}"),
        other => panic!("{other:?}"),
    }
}

#[track_caller]
fn unknown(answer: &Result<Response, TransportError>) {
    assert!(matches!(answer, Err(TransportError::Unknown { .. })), "{answer:?}");
}

#[tokio::test]
async fn sends_what_it_must_and_nothing_more() {
    let server = Server::start(|_| ok()).await;
    let answer = transport(&server, short()).send(request(Method::Patch, "/Users/a%2Fb")).await.unwrap();
    assert_eq!((answer.status, answer.body.as_slice()), (200, &b"{}"[..]));
    assert_eq!(answer.header("content-type"), Some("application/json"));
    let seen = server.requests().remove(0).to_lowercase();
    let (head, body) = seen.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("patch /scim/v2/users/a%2fb http/1.1\r\n"), "{head}");
    let mut names: Vec<&str> = head.lines().skip(1).filter_map(|line| Some(line.split_once(':')?.0)).collect();
    names.sort_unstable();
    let expected =
        ["accept", "accept-encoding", "authorization", "content-length", "content-type", "host", "user-agent"];
    assert_eq!(names, expected);
    assert!(head.contains(&format!("user-agent: postman-scim-sync/{}", env!("CARGO_PKG_VERSION"))));
    assert!(head.contains("authorization: bearer pmak-false") && head.contains("accept-encoding: gzip, identity"));
    assert_eq!(body, "{}");
}

#[tokio::test]
async fn twenty_requests_use_one_connection() {
    let server = Server::start(|_| ok()).await;
    let transport = transport(&server, Limits::default());
    for _ in 0..20 {
        transport.send(get()).await.unwrap();
    }
    assert_eq!((server.requests().len(), server.accepted()), (20, 1));
}

#[tokio::test]
async fn a_redirect_is_refused_and_only_its_host_is_named() {
    for status in [301, 302, 303, 307, 308] {
        for (location, host) in [
            ("https://evil.example/collect?key=1", "evil.example"),
            ("http://169.254.169.254/latest", "169.254.169.254"),
            ("//evil.example/x", "evil.example"),
            ("/elsewhere", "127.0.0.1"),
            ("\u{1}", "nowhere"),
        ] {
            let head = format!("HTTP/1.1 {status} Moved\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n");
            let answer = answered(vec![Step::Send(head.into_bytes())]).await;
            if location == "\u{1}" {
                // hyper does not even read such a header.
                assert!(answer.is_err());
                continue;
            }
            refused(&answer, &format!("a redirect to {host} (HTTP {status})"));
            let text = answer.unwrap_err().to_string();
            assert!(!text.contains("collect") && !text.contains("latest"), "{text}");
        }
    }
}

#[tokio::test]
async fn a_redirect_to_another_listener_never_reaches_it() {
    let other = Server::start(|_| ok()).await;
    let location = format!("HTTP/1.1 307 X\r\nLocation: {}\r\nContent-Length: 0\r\n\r\n", other.url());
    refused(&answered(vec![Step::Send(location.into_bytes())]).await, "a redirect");
    assert_eq!(other.accepted(), 0);
}

#[tokio::test]
async fn a_body_that_never_ends_is_refused() {
    let chunk = format!("10000\r\n{}\r\n", "a".repeat(0x10000)).into_bytes();
    let head = Step::Send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n".to_vec());
    let server = Server::start(move |_| vec![head.clone(), Step::Flood(chunk.clone())]).await;
    let answer = transport(&server, Limits::default()).send(get()).await;
    refused(&answer, "a body of more than 16777216 bytes");
}

#[tokio::test]
async fn the_body_limit_is_exact_plain_and_packed() {
    let limits = Limits { body_bytes_max: 1000, ..short() };
    for (n_bytes, fits) in [(1000, true), (1001, false)] {
        // Hard to pack, so that the ratio is not what refuses.
        let body: Vec<u8> = (0..n_bytes).map(|i: u32| (i.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
        for (headers, sent) in [("", body.clone()), ("Content-Encoding: gzip\r\n", gzip(&body))] {
            let steps = vec![Step::Send(response(headers, &sent))];
            let server = Server::start(move |_| steps.clone()).await;
            let answer = transport(&server, limits).send(get()).await;
            if fits {
                assert_eq!(answer.unwrap().body, body);
            } else {
                refused(&answer, "more than 1000 bytes");
            }
        }
    }
}

#[tokio::test]
async fn a_gzip_bomb_is_refused_by_ratio_and_by_size() {
    let bomb = gzip(&vec![0; 1_000_000]);
    assert!(bomb.len() < 10_000);
    let gzip_header = "Content-Encoding: gzip\r\n";
    refused(&answered(vec![Step::Send(response(gzip_header, &bomb))]).await, "packed more than 100 to 1");
    let twice = gzip(&gzip(&vec![0; 100_000_000]));
    refused(&answered(vec![Step::Send(response("Content-Encoding: gzip, gzip\r\n", &twice))]).await, "encoding");
    let doubled = "Content-Encoding: gzip\r\nContent-Encoding: gzip\r\n";
    refused(&answered(vec![Step::Send(response(doubled, &twice))]).await, "encoding");
    refused(&answered(vec![Step::Send(response("Content-Encoding: br\r\n", b"x"))]).await, "encoding");
    refused(&answered(vec![Step::Send(response(gzip_header, b"{\"not\": \"gzip\"}"))]).await, "broken gzip");
    let cut = &bomb[..bomb.len() / 2];
    assert!(answered(vec![Step::Send(response(gzip_header, cut))]).await.is_err());
}

#[tokio::test]
async fn an_ordinary_packed_body_is_unpacked() {
    let body: String =
        (0..100).map(|i: u64| format!("{{\"id\":\"{:x}\"}},", i.wrapping_mul(0x9e37_79b9_7f4a))).collect();
    let answer = answered(vec![Step::Send(response("Content-Encoding: gzip\r\n", &gzip(body.as_bytes())))]).await;
    assert_eq!(answer.unwrap().body, body.into_bytes());
}

#[tokio::test]
async fn too_many_headers_are_no_answer() {
    let many = |n: usize| (0..n).map(|i| format!("X-{i}: 1\r\n")).collect::<String>();
    // Content-Length is one more.
    assert!(answered(vec![Step::Send(response(&many(99), b"{}"))]).await.is_ok());
    for n in [100, 100_000] {
        assert!(answered(vec![Step::Send(response(&many(n), b"{}"))]).await.is_err(), "{n}");
    }
    let long = |n: usize| format!("X-Long: {}\r\n", "a".repeat(n));
    // The names and "2" make up the rest.
    let rest = "content-length2x-long".len();
    assert!(answered(vec![Step::Send(response(&long(65_536 - rest), b"{}"))]).await.is_ok());
    refused(&answered(vec![Step::Send(response(&long(65_537 - rest), b"{}"))]).await, "too many headers");
    assert!(answered(vec![Step::Send(response(&long(2_000_000), b"{}"))]).await.is_err());
}

#[tokio::test]
async fn a_slow_answer_ends_at_the_total_limit_though_each_read_succeeds() {
    let mut drip = vec![Step::Send(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n".to_vec())];
    for _ in 0..1000 {
        drip.push(Step::Wait(Duration::from_millis(50)));
        drip.push(Step::Send(b"a".to_vec()));
    }
    unknown(&answered(drip).await);
    for begin in ["HTTP/1.1 200 OK\r\nX-Slow: ", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"] {
        let mut drip = vec![Step::Send(begin.as_bytes().to_vec())];
        for _ in 0..1000 {
            drip.push(Step::Wait(Duration::from_millis(50)));
            drip.push(Step::Send(if begin.ends_with(": ") { b"a".to_vec() } else { b"1\r\n \r\n".to_vec() }));
        }
        unknown(&answered(drip).await);
    }
    unknown(&answered(vec![Step::Wait(Duration::from_secs(30))]).await);
}

#[tokio::test]
async fn what_breaks_after_sending_is_unknown() {
    let head = Step::Send(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n".to_vec());
    let chunked = Step::Send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n".to_vec());
    for steps in [
        vec![Step::Close],
        vec![Step::Reset],
        vec![head.clone(), Step::Close],
        vec![head.clone(), Step::Reset],
        vec![head, Step::Send(b"half".to_vec()), Step::Close],
        vec![chunked, Step::Close],
        vec![Step::Send(b"HTTP/1.1 200".to_vec()), Step::Close],
        vec![Step::Send(b"SSH-2.0-OpenSSH\r\n\r\n".to_vec())],
    ] {
        unknown(&answered(steps).await);
    }
}

#[tokio::test]
async fn html_is_an_answer_for_the_layer_above() {
    let answer = answered(vec![Step::Send(response("Content-Type: text/html\r\n", b"<html>sign in</html>"))]).await;
    assert_eq!(answer.unwrap().body, b"<html>sign in</html>");
}

#[tokio::test]
async fn what_cannot_connect_was_not_sent() {
    let closed = {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        Url::parse(&format!("http://{}/", listener.local_addr().unwrap())).unwrap()
    };
    let silent = Server::start(|_| vec![Step::Wait(Duration::from_secs(30))]).await;
    let mut silent_tls = silent.url();
    silent_tls.set_scheme("https").unwrap();
    let plain = Server::start(|_| vec![Step::Send(b"HTTP/1.1 400 no TLS here\r\n\r\n".to_vec())]).await;
    let mut plain_tls = plain.url();
    plain_tls.set_scheme("https").unwrap();
    for url in [closed, silent_tls, plain_tls] {
        let Ok(transport) = HttpTransport::with_limits(&url, &Http::default(), short()) else {
            // A machine without CA certificates has no https at all, and says so at set-up.
            assert_eq!(url.scheme(), "https");
            continue;
        };
        let answer = transport.send(request(Method::Post, "/Users")).await;
        assert!(matches!(answer, Err(TransportError::NotSent { .. })), "{url} {answer:?}");
    }
}

#[tokio::test]
async fn a_refused_path_sends_nothing_and_is_not_repeated_in_the_error() {
    let server = Server::start(|_| ok()).await;
    let transport = transport(&server, short());
    let long = format!("/{}", "a".repeat(8200));
    for path in ["/Users/../secret@x.example", "@secret@x.example", "//secret@x.example", long.as_str()] {
        match transport.send(request(Method::Get, path)).await {
            Err(TransportError::Barred { reason, .. }) => assert!(!reason.contains("secret"), "{reason}"),
            other => panic!("{other:?}"),
        }
    }
    let mut bad_key = get();
    bad_key.authorization = SecretString::from("Bearer a\r\nX: y");
    assert!(matches!(transport.send(bad_key).await, Err(TransportError::Barred { .. })));
    assert_eq!(server.accepted(), 0);
}

/// The stack under us repeats a request only if not one byte of it was written. A server that reads it whole and
/// closes must see it once, on a fresh connection and on a reused one.
#[tokio::test]
async fn a_write_is_never_seen_twice() {
    for answered_before in [0, 1, 3] {
        let dies = move |n: usize| if n < answered_before { ok() } else { vec![Step::Close] };
        let server = Server::start(dies).await;
        let transport = transport(&server, short());
        for _ in 0..answered_before {
            transport.send(get()).await.unwrap();
        }
        unknown(&transport.send(request(Method::Post, "/Users")).await);
        tokio::time::sleep(Duration::from_millis(50)).await;
        let posts = server.requests().iter().filter(|text| text.starts_with("POST")).count();
        assert_eq!((posts, server.requests().len()), (1, answered_before + 1));
    }
}

/// The server closes the idle connection just when the next write comes: however it ends, no write is seen twice.
#[tokio::test]
async fn a_write_on_a_connection_that_closes_meanwhile_is_seen_at_most_once() {
    let server = Server::start(|_| ok().into_iter().chain([Step::Close]).collect()).await;
    let transport = transport(&server, short());
    for round in 0..50 {
        let before = server.requests().len();
        let answer = transport.send(request(Method::Post, "/Users")).await;
        let seen = server.requests().len() - before;
        assert!(seen <= 1 && (answer.is_err() || seen == 1), "{round}: {seen} {answer:?}");
    }
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert!(server.requests().len() <= 50);
}

#[test]
fn set_up_says_what_is_wrong_with_the_configuration() {
    let url = |text: &str| Url::parse(text).unwrap();
    let here = url("http://127.0.0.1:1/");
    let plain = HttpTransport::new(&url("http://api.getpostman.com/scim/v2"), &Http::default()).err().unwrap();
    assert!(plain.to_string().contains("https"), "{plain}");
    let secret = HttpTransport::new(&url("https://me:pass@host.example/"), &Http::default()).err().unwrap();
    assert!(!secret.to_string().contains("pass@"), "{secret}");
    let dir = tempfile::tempdir().unwrap();
    let pem = dir.path().join("ca.pem");
    let http = Http { ca_file: Some(pem.clone()), ..Http::default() };
    assert!(matches!(HttpTransport::new(&here, &http), Err(HttpSetupError::CaFile { .. })));
    std::fs::write(&pem, "no certificate at all").unwrap();
    assert!(matches!(HttpTransport::new(&here, &http), Err(HttpSetupError::CaFile { .. })));
    assert!(HttpTransport::new(&here, &Http::default()).is_ok());
}

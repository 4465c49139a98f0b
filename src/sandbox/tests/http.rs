//! The HTTP door over real sockets: a raw client that sees every byte, so that a reset is seen as a reset.
//!
//! Never: measures time.

use std::io::ErrorKind;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::*;

/// A request as bytes; the connection stays open afterwards.
fn wire(method: &str, path: &str, body: &str) -> Vec<u8> {
    let length = body.len();
    format!(
        "{method} {path} HTTP/1.1\r\nHost: sandbox\r\nAuthorization: Bearer PMAK-active\r\n\
         Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}"
    )
    .into_bytes()
}

/// Reads one answer as its `Content-Length` says: status and body; or the error that came instead.
async fn read_answer(stream: &mut TcpStream) -> std::io::Result<(u16, String)> {
    let mut bytes = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length =
                head.lines().find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length: ")?.parse().ok());
            if body.len() >= length.unwrap_or(0) {
                return Ok((head[9..12].parse().expect("a status"), body.to_owned()));
            }
        }
        if stream.read_buf(&mut bytes).await? == 0 {
            return Err(ErrorKind::UnexpectedEof.into());
        }
    }
}

async fn exchange(served: &Served, method: &str, path: &str, body: &str) -> std::io::Result<(u16, String)> {
    let mut stream = TcpStream::connect(served.address()).await?;
    stream.write_all(&wire(method, path, body)).await?;
    read_answer(&mut stream).await
}

async fn post(served: &Served, user_name: &str) -> std::io::Result<(u16, String)> {
    exchange(served, "POST", "/scim/v2/Users", &new_user(user_name).to_string()).await
}

#[tokio::test]
async fn both_doors_give_the_same_bytes() {
    let (one, other) = (acme(Knobs::default()), acme(Knobs::default()));
    let served = spawn(one.clone()).await.expect("loopback");
    assert_eq!(served.base_url(), format!("http://{}/scim/v2", served.address()));
    for path in ["/Users", "/Users?count=1", "/Users/none", "/Groups", "/ResourceTypes", "/Schemas", "/Users?filter=x"]
    {
        let (status, body) = exchange(&served, "GET", &format!("/scim/v2{path}"), "").await.expect("an answer");
        let inside = send(&other, request(Method::Get, path, None)).expect("an answer");
        assert_eq!((status, body.into_bytes()), (inside.status, inside.body), "{path}");
    }
    assert_eq!(post(&served, "ada@acme.example").await.expect("an answer").0, 201);
    create(&other, "ada@acme.example");
    let seen =
        |sandbox: &Sandbox| sandbox.log().into_iter().map(|l| (l.path, l.outcome, l.scim_id)).collect::<Vec<_>>();
    assert_eq!(seen(&one), seen(&other));
}

#[tokio::test]
async fn outside_the_base_path_is_the_gateway() {
    let served = spawn(acme(Knobs::default())).await.expect("loopback");
    for path in ["/", "/Users", "/scim/v2", "/scim/v20/Users", "/scim/Users"] {
        let (status, body) = exchange(&served, "GET", path, "").await.expect("an answer");
        assert!(status == 404 && body.contains(r#""status":"error""#), "{path}: {body}");
    }
    let (status, _) = exchange(&served, "GET", "/scim/v2/Users/", "").await.expect("an answer");
    assert_eq!(status, 200, "a trailing slash is tolerated");
}

#[tokio::test]
async fn resets_are_resets_before_and_after_the_effect() {
    for (failure, there) in [(Failure::ResetBefore, false), (Failure::NotSent, false), (Failure::ResetAfter, true)] {
        let sandbox = acme(Knobs::default());
        let served = spawn(sandbox.clone()).await.expect("loopback");
        sandbox.fault(Fault::on(Kind::Create, failure.clone()));
        let error = post(&served, "ada@acme.example").await.expect_err("a reset");
        assert_eq!(error.kind(), ErrorKind::ConnectionReset, "{failure:?}");
        assert_eq!(standing_of(&sandbox, "ada@acme.example").is_some(), there, "{failure:?}");
        assert_eq!(sandbox.log()[0].had_effect(), there);
        let again = post(&served, "ada@acme.example").await.expect("an answer").0;
        assert_eq!(again, if there { 409 } else { 201 }, "the door stays open");
    }
}

#[tokio::test]
async fn a_body_can_be_cut_after_the_headers() {
    let sandbox = acme(Knobs::default());
    let served = spawn(sandbox.clone()).await.expect("loopback");
    sandbox.fault(Fault::on(Kind::Create, Failure::CutBody));
    let mut stream = TcpStream::connect(served.address()).await.expect("loopback");
    let body = new_user("ada@acme.example").to_string();
    stream.write_all(&wire("POST", "/scim/v2/Users", &body)).await.expect("written");
    let mut bytes = Vec::new();
    // The kernel may drop the half on a reset; what may never come is the whole.
    let _ = stream.read_to_end(&mut bytes).await;
    let text = String::from_utf8_lossy(&bytes);
    assert!(text.is_empty() || text.starts_with("HTTP/1.1 201"), "{text}");
    assert!(!text.ends_with('}'), "{text}");
    assert_eq!(sandbox.effects(), 1);
}

#[tokio::test]
async fn one_connection_carries_many_requests_and_is_counted_once() {
    let sandbox = acme(Knobs::default());
    let served = spawn(sandbox.clone()).await.expect("loopback");
    let mut stream = TcpStream::connect(served.address()).await.expect("loopback");
    for _ in 0..3 {
        stream.write_all(&wire("GET", "/scim/v2/Users", "")).await.expect("written");
        assert_eq!(read_answer(&mut stream).await.expect("an answer").0, 200);
    }
    assert_eq!((sandbox.connections(), sandbox.log().len()), (1, 3));
    post(&served, "ada@acme.example").await.expect("an answer");
    assert_eq!(sandbox.connections(), 2);
}

#[tokio::test]
async fn a_test_can_act_between_effect_and_answer() {
    let sandbox = acme(Knobs::default());
    let served = spawn(sandbox.clone()).await.expect("loopback");
    sandbox.fault(Fault::on(Kind::Create, Failure::HangAfter(Duration::from_secs(3600))));
    let mut stream = TcpStream::connect(served.address()).await.expect("loopback");
    let body = new_user("ada@acme.example").to_string();
    stream.write_all(&wire("POST", "/scim/v2/Users", &body)).await.expect("written");
    sandbox.wait_for_effects(1).await;
    assert_eq!(standing_of(&sandbox, "ada@acme.example"), Some(Standing::Active));
    assert_eq!(sandbox.log()[0].outcome, Outcome::Late(201));
    // The client is killed here; the next one finds the effect.
    drop(stream);
    assert_eq!(post(&served, "ada@acme.example").await.expect("an answer").0, 409);
}

#[tokio::test]
async fn dropping_the_served_ends_everything() {
    let sandbox = acme(Knobs::default());
    let served = spawn(sandbox.clone()).await.expect("loopback");
    let address = served.address();
    sandbox.fault(Fault::on(Kind::Create, Failure::HangAfter(Duration::from_secs(3600))));
    let mut idle = TcpStream::connect(address).await.expect("loopback");
    let mut hanging = TcpStream::connect(address).await.expect("loopback");
    idle.write_all(&wire("GET", "/scim/v2/Users", "")).await.expect("written");
    read_answer(&mut idle).await.expect("an answer");
    let body = new_user("ada@acme.example").to_string();
    hanging.write_all(&wire("POST", "/scim/v2/Users", &body)).await.expect("written");
    sandbox.wait_for_effects(1).await;
    drop(served);
    assert_eq!(idle.read(&mut [0; 1]).await.expect("a clean end"), 0);
    assert_eq!(hanging.read(&mut [0; 1]).await.expect_err("cut").kind(), ErrorKind::ConnectionReset);
    while TcpStream::connect(address).await.is_ok() {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn an_ordinary_client_gets_along() {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let sandbox = Sandbox::new(Team::acme().crowd(150));
    let served = spawn(sandbox).await.expect("loopback");
    let client = reqwest::Client::builder().no_proxy().build().expect("a client");
    let url = format!("{}/Users", served.base_url());
    let with_api_key = client.get(&url).header("x-api-key", "PMAK-active").send().await.expect("an answer");
    assert_eq!(with_api_key.status(), 401, "x-api-key is for the ordinary API");
    let answer = client.get(&url).header("authorization", "PMAK-active").send().await.expect("an answer");
    assert_eq!(answer.headers()["content-type"], "application/json; charset=utf-8");
    let body: Value = serde_json::from_slice(&answer.bytes().await.expect("a body")).expect("JSON");
    assert_eq!(body["totalResults"], 156);
}

#[tokio::test]
async fn a_held_request_happens_only_if_its_client_waits() {
    let sandbox = acme(Knobs::default());
    let served = spawn(sandbox.clone()).await.expect("loopback");
    sandbox.fault(Fault::on(Kind::Create, Failure::HangBefore(Duration::from_secs(3600))));
    let mut impatient = TcpStream::connect(served.address()).await.expect("loopback");
    impatient
        .write_all(&wire("POST", "/scim/v2/Users", &new_user("ada@acme.example").to_string()))
        .await
        .expect("written");
    while sandbox.log().is_empty() {
        tokio::task::yield_now().await;
    }
    assert_eq!((sandbox.log()[0].outcome, sandbox.effects()), (Outcome::Waiting, 0));
    drop(impatient);
    assert_eq!(post(&served, "ada@acme.example").await.expect("an answer").0, 201, "nobody took the address");

    sandbox.fault(Fault::on(Kind::Create, Failure::HangBefore(Duration::from_millis(1))));
    assert_eq!(post(&served, "bob@acme.example").await.expect("an answer").0, 201);
    let logged = sandbox.log().pop().expect("a request");
    assert_eq!((logged.outcome, &logged.done[..]), (Outcome::Status(201), &[Done::Created][..]));
    assert!(logged.scim_id.is_some());
}

#[tokio::test]
async fn bodies_that_drip_and_bodies_that_are_packed() {
    let sandbox = acme(Knobs::default());
    let served = spawn(sandbox.clone()).await.expect("loopback");
    let plain = exchange(&served, "GET", "/scim/v2/Users?count=1", "").await.expect("an answer");
    sandbox.fault(Fault::reads(Failure::Drip(Duration::ZERO)));
    assert_eq!(exchange(&served, "GET", "/scim/v2/Users?count=1", "").await.expect("an answer"), plain);

    sandbox.fault(Fault::reads(Failure::Bent(Bend::Gzip)));
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = reqwest::Client::builder().no_proxy().build().expect("a client");
    let packed = client.get(format!("{}/Users?count=1", served.base_url())).header("authorization", "PMAK-active");
    let answer = packed.send().await.expect("an answer");
    assert_eq!(answer.headers()["content-encoding"], "gzip");
    let bytes = answer.bytes().await.expect("a body");
    let mut text = String::new();
    std::io::Read::read_to_string(&mut flate2::read::GzDecoder::new(&bytes[..]), &mut text).expect("gzip");
    assert_eq!(text, plain.1);
}

#[tokio::test]
async fn headers_and_overlaps_are_violations_that_only_this_door_sees() {
    let sandbox = acme(Knobs::default());
    let served = spawn(sandbox.clone()).await.expect("loopback");
    let group = sandbox.group("Platform").expect("the fixture has it").id;
    let raw = |head: &str| format!("{head}\r\nHost: sandbox\r\nAuthorization: PMAK-active\r\n").into_bytes();
    let exchange_raw = async |bytes: Vec<u8>| {
        let mut stream = TcpStream::connect(served.address()).await.expect("loopback");
        stream.write_all(&bytes).await.expect("written");
        read_answer(&mut stream).await.expect("an answer").0
    };
    let with = |head: &str, rest: &str| [raw(head), rest.as_bytes().to_vec()].concat();
    exchange_raw(with("GET /scim/v2/Users?count=1 HTTP/1.1", "Accept: text/html\r\n\r\n")).await;
    exchange_raw(with("GET /scim/v2/Users?key=PMAK-active HTTP/1.1", "Accept: application/scim+json\r\n\r\n")).await;
    exchange_raw(with("PATCH /scim/v2/Groups/x HTTP/1.1", "Content-Type: text/plain\r\nContent-Length: 2\r\n\r\n{}"))
        .await;
    sandbox.fault(Fault::on(Kind::RenameGroup, Failure::HangAfter(Duration::from_secs(3600))));
    let mut hanging = TcpStream::connect(served.address()).await.expect("loopback");
    let rename = |to: &str| json!({"Operations": [{"op": "replace", "value": {"displayName": to}}]}).to_string();
    let path = format!("/scim/v2/Groups/{group}");
    hanging.write_all(&wire("PATCH", &path, &rename("A"))).await.expect("written");
    sandbox.wait_for_effects(1).await;
    exchange(&served, "PATCH", &path, &rename("B")).await.expect("an answer");
    let broken: Vec<_> = sandbox.violations().into_iter().map(|violation| (violation.seq, violation.rule)).collect();
    assert_eq!(broken, [(1, "accept"), (2, "key_in_url"), (3, "content_type"), (5, "overlap")]);
    assert!(!format!("{:?}", sandbox.log()).contains("PMAK"));
}

//! The harness can fail: clients that do what this product never does meet the same attacks, and the judge says so.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::Command;

use super::attacks::redirects;
use super::front::Front;
use super::gate::{Attack, Reply};
use super::run::{PEAK_MAX_KIB, Ran, complaints, watched};
use super::target::Team;
use crate::directories::scim::TOKEN;
use crate::support::KEY;

/// A run that nothing is wrong with but what the wire saw.
fn quiet(code: i32) -> Ran {
    Ran { code: Some(code), said: "words".into(), peak_kib: 1 }
}

/// One GET with a credential, as a client without manners sends it. `url`: `http://127.0.0.1:4711/path`.
fn get(url: &str, credential: &str) -> String {
    let (host, path) = url.strip_prefix("http://").unwrap().split_once('/').unwrap();
    let mut stream = TcpStream::connect(host).unwrap();
    write!(
        stream,
        "GET /{path} HTTP/1.1\r\nhost: {host}\r\nauthorization: Bearer {credential}\r\nconnection: close\r\n\r\n"
    )
    .unwrap();
    stream.shutdown(std::net::Shutdown::Write).unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    String::from_utf8(answer).unwrap()
}

#[track_caller]
fn says(complaints: &[String], words: &str) {
    assert!(complaints.iter().any(|complaint| complaint.contains(words)), "{words}: {complaints:?}");
}

#[test]
fn a_client_that_follows_redirects_is_caught() {
    let team = Team::with_work();
    let away = redirects(&team.gate.address, &team.trap.address).remove(1);
    team.gate.meet("GET ", away.attack);
    let answer = get(&format!("http://{}/scim/v2/Users?startIndex=1", team.gate.address), KEY);
    assert!(complaints(&team.lab, &quiet(1), &team.trap, 1, &["words"]).is_empty(), "nothing was followed yet");
    let location = answer.lines().find_map(|line| line.strip_prefix("location: ")).unwrap();
    get(location, KEY);
    let found = complaints(&team.lab, &quiet(1), &team.trap, 1, &["words"]);
    says(&found, "another origin was asked");
    says(&found, "another origin got a credential");
}

#[test]
fn a_client_that_follows_links_is_caught() {
    let front = Front::with_work("scim");
    let link = format!("http://{}/scim/v2/Users?after=x", front.trap.address);
    let linked = move |mut reply: Reply| {
        reply.head.push(format!("link: <{link}>; rel=\"next\""));
        reply.bytes()
    };
    front.gate.meet("GET ", Attack::Change(std::sync::Arc::new(linked)));
    let answer = get(&format!("http://{}/scim/v2/Users", front.gate.address), TOKEN);
    let next = answer.lines().find_map(|line| line.strip_prefix("link: <")?.split('>').next()).unwrap();
    get(next, TOKEN);
    says(&complaints(&front.lab, &quiet(1), &front.trap, 1, &[]), "another origin got a credential");
}

/// `dd` holds a block, whatever its size.
#[test]
fn a_client_without_a_limit_of_size_is_caught() {
    let team = Team::in_step();
    let mut command = Command::new("dd");
    command.args(["if=/dev/zero", "of=/dev/null", "bs=300M", "count=1"]);
    let ran = Ran { said: String::new(), ..watched(&team.lab, command) };
    assert!(ran.peak_kib > PEAK_MAX_KIB, "{}", ran.peak_kib);
    says(&complaints(&team.lab, &ran, &team.trap, 0, &[]), "it took ");
}

#[test]
fn a_write_a_lost_account_a_panic_and_a_wrong_end_are_caught() {
    let team = Team::with_work();
    team.lab.run(&["sync"]).exits(0);
    let ran = Ran { code: None, said: format!("thread 'main' panicked at {KEY}"), peak_kib: 0 };
    let found = complaints(&team.lab, &ran, &team.trap, 1, &["words"]);
    for words in [
        "writes were sent",
        "somebody lost access",
        "it panicked",
        "it ended with None",
        "none of [\"words\"]",
        "not measured",
        "a credential is said",
    ] {
        says(&found, words);
    }
}

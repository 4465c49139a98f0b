//! What goes wrong: clocks, busy and broken endpoints, refusals; and that no word of what is secret is said.

use std::io::Write;
use std::sync::{Arc, Mutex};

use super::*;

/// The clock of this machine is behind or ahead: once more by the endpoint's, and no word of it where nothing is signed.
#[test]
fn a_clock_that_is_off() {
    for off_s in [-86_400, -600, 600, 86_400] {
        let (lab, tokens) = with_key();
        lab.endpoint.change(|knobs| knobs.now_unix_s += off_s);
        assert_eq!(lab.token(&tokens), "false-token-1", "{off_s}");
        assert_eq!(lab.endpoint.n_asked(), 2);
    }
    for off_s in [-30, 30] {
        let (lab, tokens) = with_key();
        lab.endpoint.change(|knobs| knobs.now_unix_s += off_s);
        lab.token(&tokens);
        assert_eq!(lab.endpoint.n_asked(), 1, "within the leeway of the assertion itself");
    }
    // The endpoint says no time.
    let (lab, tokens) = with_key();
    lab.endpoint.change(|knobs| (knobs.now_unix_s, knobs.dated) = (NOW + 600, false));
    assert!(lab.refusal(&tokens).contains("HTTP 401, invalid_grant"));
    assert_eq!(lab.endpoint.n_asked(), 1);

    // The clock is off, and something else is wrong.
    let (lab, tokens) = with_key();
    lab.endpoint.change(|knobs| (knobs.now_unix_s, knobs.client) = (NOW + 600, Client::Basic(ID, SECRET.into())));
    let said = lab.refusal(&tokens);
    assert!(
        said.ends_with("besides, the clock of this machine is 10 min behind the token endpoint's; let NTP set it"),
        "{said}"
    );
    assert_eq!(lab.endpoint.n_asked(), 2);

    let (lab, tokens) = with_secret();
    lab.endpoint.change(|knobs| (knobs.now_unix_s, knobs.client) = (NOW - 600, Client::Basic(ID, "another".into())));
    assert!(!lab.refusal(&tokens).contains("clock"));
    assert_eq!(lab.endpoint.n_asked(), 1);
}

#[test]
fn what_may_pass_is_asked_again_with_another_assertion() {
    let (lab, tokens) = with_key();
    let trouble =
        |status| (status, ("retry-after", if status == 429 { "1" } else { "0" }), json!({ "error": "server_error" }));
    lab.endpoint.change(|knobs| knobs.trouble = [500, 502, 503, 429].map(trouble).into());
    assert_eq!(lab.token(&tokens), "false-token-1");
    let seen = lab.endpoint.change(|knobs| std::mem::take(&mut knobs.seen));
    assert_eq!(seen.iter().collect::<std::collections::BTreeSet<_>>().len(), 5, "no assertion is sent twice");

    // Five tries, and no more; and nobody waits a quarter of an hour.
    lab.pass(4_000);
    lab.endpoint.change(|knobs| knobs.trouble = vec![trouble(503); 9]);
    let said = lab.refusal(&tokens);
    assert!(said.contains("HTTP 503, server_error): the token endpoint is busy, also at the last try"), "{said}");
    assert_eq!(lab.endpoint.n_asked(), 5);
    lab.endpoint.change(|knobs| knobs.trouble = vec![(429, ("retry-after", "900"), json!({}))]);
    let said = lab.refusal(&tokens);
    assert!(said.contains("(HTTP 429) asks to be left alone for 900 s; a later cycle asks again"), "{said}");
    assert_eq!(lab.endpoint.n_asked(), 1);
}

#[test]
fn a_refusal_is_not_asked_about_again() {
    let (lab, tokens) = with_secret();
    for (status, body, expected) in [
        (401, json!({ "error": "invalid_client", "error_codes": [7_000_222] }), "the client secret has expired"),
        (400, json!({ "error": "use_dpop_nonce" }), "Require Demonstrating Proof of Possession"),
        (400, json!({ "error": "invalid_scope" }), "grant it to the client: users.read groups.read"),
        (404, json!("not found"), "there is no token endpoint at that URL"),
        (307, json!({}), "a redirect to elsewhere.example (HTTP 307), and redirects are never followed"),
        (200, json!({ "access_token": "x", "token_type": "DPoP" }), "Require Demonstrating Proof of Possession"),
        (200, json!("<html>"), "something else than a token in JSON"),
    ] {
        let header = ("location", "https://elsewhere.example/token");
        lab.endpoint.change(|knobs| knobs.trouble = vec![(status, header, body)]);
        let said = lab.refusal(&tokens);
        assert!(said.starts_with("127.0.0.1:") && said.contains(expected), "{said}");
        assert_eq!(lab.endpoint.n_asked(), 1);
    }
    // Nothing of it stays.
    lab.token(&tokens);
}

#[test]
fn a_file_that_cannot_be_used_sends_nothing() {
    let (lab, tokens) = with_key();
    lab.file("the.jwk", keys::rsa().public_jwk().to_string());
    assert!(lab.refusal(&tokens).ends_with("the.jwk holds a public JWK; the private one is wanted"));
    std::fs::set_permissions(lab.path("the.jwk"), std::fs::Permissions::from_mode(0o644)).unwrap();
    assert!(lab.refusal(&tokens).contains("may be read by others (mode 0644)"));
    std::fs::remove_file(lab.path("the.jwk")).unwrap();
    assert!(lab.refusal(&tokens).contains("could not read the file"));
    assert_eq!(lab.endpoint.n_asked(), 0);
    // The daemon goes on: the next cycle finds the file mended.
    lab.file("the.jwk", keys::rsa().jwk().to_string());
    lab.token(&tokens);
}

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// The endpoint's errors repeat all that was sent. Neither an error nor the loudest log does.
#[test]
fn nothing_secret_is_said() {
    let log = Log::default();
    let writer = log.clone();
    let subscriber =
        tracing_subscriber::fmt().with_max_level(tracing::Level::TRACE).with_writer(move || writer.clone());
    let mut said = Vec::new();
    let mut secrets = vec!["false-token".to_owned(), "obviously false".into(), "obviously+false".into()];
    tracing::subscriber::with_default(subscriber.finish(), || {
        for (lab, tokens) in [with_secret(), with_key()] {
            // Refused twice, the second time by its clock; then a good one with a clock that is off.
            lab.endpoint.change(|knobs| (knobs.now_unix_s, knobs.life_s) = (NOW + 600, 0));
            said.push(lab.token(&tokens).replace("false-token-1", ""));
            lab.endpoint.change(|knobs| knobs.client = Client::Post(ID, "another".into()));
            let error = lab.ask(&tokens).unwrap_err();
            said.push(format!("{error} {error:?}"));
            lab.endpoint.change(|knobs| {
                let all = json!(knobs.seen.join(" "));
                let header = ("x-odd", "false-token-in-a-header");
                knobs.trouble = vec![(401, header, json!({ "error": all })), (400, header, all)];
                // Headers and assertions: whatever is long.
                let words = knobs.seen.iter().flat_map(|sent| sent.split(['"', ' '])).filter(|word| word.len() > 60);
                secrets.extend(words.map(str::to_owned));
            });
            for _ in 0..2 {
                let error = lab.ask(&tokens).unwrap_err();
                said.push(format!("{error} {error:?}"));
            }
        }
    });
    let log = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    assert!(log.contains("the clock of this machine is 10 min behind"), "the log is on");
    assert!(secrets.iter().any(|secret| secret.starts_with("eyJ")), "an assertion was seen");
    for secret in &secrets {
        for text in said.iter().chain([&log]) {
            assert!(!text.contains(secret), "{secret} in {text}");
        }
    }
}

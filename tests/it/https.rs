//! TLS with a private CA, and the way through a proxy: whom the program believes, and who never gets the key.

pub mod ends;

use std::process::Command;

use rcgen::{CertificateParams, ExtendedKeyUsagePurpose, date_time_ymd};

use crate::support::{Answer, KEY, Lab, Lines, crowd, team};
use ends::{Authority, Identity, Proxy, self_signed, serve_tls, serve_tls_1_1};

/// A name that nobody resolves but the proxy.
const HOST: &str = "scim.acme.example";

fn lab() -> Lab {
    let mut lab = Lab::new(team());
    lab.set("safety", "first_sync = \"apply\"");
    lab.export(&crowd(2));
    lab
}

/// A lab whose team is behind TLS, and a program that trusts `ca`, in PEM.
fn behind_tls(identity: &Identity, ca: Option<&str>) -> Lab {
    let mut lab = lab();
    let port = serve_tls(&lab, identity);
    lab.set("postman", &format!("base_url = \"https://localhost:{port}/scim/v2\""));
    trust(&mut lab, ca);
    lab
}

fn trust(lab: &mut Lab, ca: Option<&str>) {
    if let Some(ca) = ca {
        lab.write("ca.pem", ca);
        lab.set("http", "ca_file = \"ca.pem\"");
    }
}

/// The system's certificates are those of a CA that signed nothing, whatever this machine has.
fn command(lab: &Lab, arguments: &[&str]) -> Command {
    lab.write("system.pem", &Authority::new("System CA").pem);
    let mut command = lab.command(arguments);
    command.env("SSL_CERT_FILE", lab.path("system.pem"));
    command
}

fn run(lab: &Lab, arguments: &[&str]) -> Answer {
    command(lab, arguments).output().unwrap().into()
}

#[test]
fn a_private_ca_is_believed_where_the_configuration_names_it() {
    let ca = Authority::new("Acme CA");
    let lab = behind_tls(&ca.certificate("localhost", |_| {}), Some(&ca.pem));
    let check = run(&lab, &["check"]).exits(0);
    assert!(check.out.contains("ok    Postman"), "{}", check.out);
    run(&lab, &["sync"]).exits(0);
    assert_eq!(lab.active(), ["p1@acme.example", "p2@acme.example"]);
}

#[test]
fn a_certificate_that_is_not_right_ends_it_before_anything_is_sent() {
    type Change = fn(&mut CertificateParams);
    let (ca, other, namesake) = (Authority::new("Acme CA"), Authority::new("Other CA"), Authority::new("Acme CA"));
    let signed = |host: &str, change: Change| ca.certificate(host, change);
    let expired: Change = |params| params.not_after = date_time_ymd(2020, 1, 1);
    let early: Change = |params| params.not_before = date_time_ymd(2090, 1, 1);
    let for_clients: Change = |params| params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    for (identity, ca, words) in [
        (
            signed("localhost", |_| {}),
            None,
            "nobody we trust signed its certificate; http.ca_file can name a private CA",
        ),
        (signed("localhost", |_| {}), Some(&other), "nobody we trust signed its certificate"),
        (signed("localhost", |_| {}), Some(&namesake), "nobody we trust signed its certificate"),
        (self_signed("localhost"), Some(&other), "nobody we trust signed its certificate"),
        (signed("localhost", expired), Some(&ca), "its certificate has expired"),
        (signed("localhost", early), Some(&ca), "its certificate is not valid yet; is the clock right?"),
        (signed(HOST, |_| {}), Some(&ca), "its certificate is for another host"),
        (signed("localhost", for_clients), Some(&ca), "its certificate is refused: "),
    ] {
        let lab = behind_tls(&identity, ca.map(|ca| ca.pem.as_str()));
        for verb in ["check", "sync"] {
            let answer = run(&lab, &[verb]).exits(1);
            let told = format!("{}{}", answer.out, answer.err).flat();
            assert!(told.contains(words) && told.contains("http.ca_file"), "{verb}: {told}");
            assert_eq!(
                answer.err.matches("certificate").count() + answer.out.matches("ertificate").count(),
                1,
                "{told}"
            );
        }
        assert!(lab.sandbox.log().is_empty(), "{words}");
    }
}

#[test]
fn tls_1_1_is_no_tls() {
    let mut lab = lab();
    let port = serve_tls_1_1(&lab);
    lab.set("postman", &format!("base_url = \"https://localhost:{port}/scim/v2\""));
    trust(&mut lab, Some(&Authority::new("Acme CA").pem));
    let answer = run(&lab, &["check"]).exits(1);
    assert!(answer.out.flat().contains("could not connect to localhost"), "{}", answer.out);
}

/// A lab whose team has a name that only the proxy knows.
fn behind_proxy(answer: &'static str) -> (Lab, Proxy) {
    let mut lab = lab();
    let ca = Authority::new("Acme CA");
    let port = serve_tls(&lab, &ca.certificate(HOST, |_| {}));
    let proxy = Proxy::start(&lab, port, answer);
    lab.set("postman", &format!("base_url = \"https://{HOST}/scim/v2\""));
    trust(&mut lab, Some(&ca.pem));
    (lab, proxy)
}

#[test]
fn a_proxy_carries_what_it_cannot_read() {
    let (mut lab, proxy) = behind_proxy("200 OK");
    lab.set("http", &format!("proxy = \"http://127.0.0.1:{}\"", proxy.port));
    run(&lab, &["sync"]).exits(0);
    assert_eq!(lab.active().len(), 2);
    let heads = proxy.heads();
    assert!(
        !heads.is_empty() && heads.iter().all(|head| head.starts_with(&format!("CONNECT {HOST}:443 "))),
        "{heads:?}"
    );
    let seen = [heads.concat().into_bytes(), proxy.bytes()].concat();
    assert!(seen.len() > 1_000);
    for secret in [KEY, "uthorization", "p1@acme.example"] {
        assert!(!seen.windows(secret.len()).any(|window| window == secret.as_bytes()), "{secret} in the clear");
    }
}

#[test]
fn the_environment_names_a_proxy_only_where_the_configuration_says_so() {
    for (setting, n_asked) in [("none", 0), ("environment", 1)] {
        let (mut lab, proxy) = behind_proxy("407 Proxy Authentication Required");
        // A label is 63 letters at most, so that no name server is asked for this one.
        lab.set("postman", &format!("base_url = \"https://{}.example/scim/v2\"", "a".repeat(64)));
        lab.set("http", &format!("proxy = \"{setting}\""));
        let url = format!("http://127.0.0.1:{}", proxy.port);
        let mut command = command(&lab, &["check"]);
        for name in ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy", "HTTP_PROXY"] {
            command.env(name, &url);
        }
        let answer: Answer = command.output().unwrap().into();
        assert_eq!(proxy.heads().len(), n_asked, "{setting}: {}", answer.exits(1).out);
    }
}

#[test]
fn no_proxy_stands_between_us_and_this_machine() {
    let mut lab = lab();
    let proxy = Proxy::start(&lab, 1, "502 Bad Gateway");
    let url = format!("http://127.0.0.1:{}", proxy.port);
    for setting in [url.as_str(), "environment"] {
        lab.set("http", &format!("proxy = \"{setting}\""));
        let mut command = command(&lab, &["check"]);
        command.env("HTTPS_PROXY", &url).env("HTTP_PROXY", &url).env("http_proxy", &url).env("ALL_PROXY", &url);
        Answer::from(command.output().unwrap()).exits(0);
    }
    assert!(proxy.heads().is_empty());
}

#[test]
fn a_proxy_that_wants_a_password_is_named_and_given_one_by_the_environment() {
    const PASSWORD: &str = "canary-9d41";
    // `proxy-user:canary-9d41`, as Basic sends it.
    const BASIC: &str = "cHJveHktdXNlcjpjYW5hcnktOWQ0MQ==";
    let (mut lab, proxy) = behind_proxy("407 Proxy Authentication Required");
    lab.set("http", &format!("proxy = \"http://127.0.0.1:{}\"", proxy.port));
    let told = run(&lab, &["check"]).exits(1).out.flat();
    assert!(told.contains("the proxy wants a user and a password (407); put them into HTTPS_PROXY"), "{told}");
    assert_eq!(proxy.heads().len(), 1, "asking again would not help");

    for answer in ["407 Proxy Authentication Required", "200 OK", "403 Forbidden"] {
        let (mut lab, proxy) = behind_proxy(answer);
        lab.set("http", "proxy = \"environment\"");
        let mut command = command(&lab, &["sync"]);
        command.env("HTTPS_PROXY", format!("http://proxy-user:{PASSWORD}@127.0.0.1:{}", proxy.port));
        command.env("POSTMAN_SCIM_SYNC_LOG", "trace");
        let said: Answer = command.output().unwrap().into();
        assert_eq!(said.code, i32::from(!answer.starts_with("200")), "{answer}: {}", said.out);
        assert!(proxy.heads()[0].contains(&format!("Basic {BASIC}")), "the proxy got it");
        for secret in [PASSWORD, BASIC] {
            assert!(
                !said.out.contains(secret) && !said.err.contains(secret),
                "{secret} in\n{}\n{}",
                said.out,
                said.err
            );
        }
    }
}

#[test]
fn a_password_in_the_configuration_is_refused_and_not_repeated() {
    let mut lab = lab();
    lab.set("http", "proxy = \"http://proxy-user:canary-9d41@127.0.0.1:1\"");
    let refused = lab.run(&["check"]).exits(2);
    assert!(refused.err.contains("http.proxy: must not hold a user or a password"), "{}", refused.err);
    assert!(!refused.err.contains("canary") && !refused.out.contains("canary"), "{}", refused.err);
}

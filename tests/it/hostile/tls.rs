//! C8, on the sources' side and for what `https` does not have: a directory whose TLS is not right gets neither a token nor a
//! password. The TLS ends before a gate, so that a byte behind it would be seen.

use rcgen::{CertificateParams, ExtendedKeyUsagePurpose, date_time_ymd};

use super::beside;
use super::front::{Front, KINDS, WITH_TOKENS};
use super::gate::Gate;
use super::run::{complaints, none, run};
use super::target::Team;
use crate::contract::{FIXTURES, Trouble};
use crate::https::ends::{Authority, Identity, self_signed, serve_hello, serve_tls_before};
use crate::support::{Lab, crowd, team};

type Change = fn(&mut CertificateParams);

/// Certificates that are not right: a name, and the words for it. All but the first two are signed by the CA that is trusted.
const WRONG: [(&str, &str); 7] = [
    ("signed by nobody we know", "nobody we trust signed its certificate"),
    ("signed by itself", "nobody we trust signed its certificate"),
    ("signed by a namesake", "nobody we trust signed its certificate"),
    ("expired", "its certificate has expired"),
    ("not valid yet", "its certificate is not valid yet; is the clock right?"),
    ("for another host", "its certificate is for another host"),
    ("for clients", "its certificate is refused"),
];

fn wrong(name: &str, ca: &Authority) -> Identity {
    let change: Change = match name {
        "signed by nobody we know" => return Authority::new("Other CA").certificate("localhost", |_| {}),
        "signed by itself" => return self_signed("localhost"),
        "signed by a namesake" => return Authority::new("Acme CA").certificate("localhost", |_| {}),
        "for another host" => return ca.certificate("directory.acme.example", |_| {}),
        "expired" => |params| params.not_after = date_time_ymd(2020, 1, 1),
        "not valid yet" => |params| params.not_before = date_time_ymd(2090, 1, 1),
        _ => |params| params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth],
    };
    ca.certificate("localhost", change)
}

/// What it is called, its version and its suite, and what comes behind it.
type Hello = (&'static str, [u8; 2], [u8; 2], &'static [u8]);

/// Hellos that no client should go on from.
const HELLOS: [Hello; 4] = [
    ("TLS 1.0", [3, 1], [0, 0x2f], &[]),
    ("TLS 1.1", [3, 2], [0, 0x2f], &[]),
    ("TLS 1.2 without encryption", [3, 3], [0, 2], &[]),
    // ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, a chain of no certificates, and the end of the hello.
    ("TLS 1.2 without a certificate", [3, 3], [0xc0, 0x2b], &[11, 0, 0, 3, 0, 0, 0, 14, 0, 0, 0]),
];

fn trusted(lab: &Lab, ca: &Authority) {
    lab.write("ca.pem", &ca.pem);
    lab.write("system.pem", &Authority::new("System CA").pem);
}

/// Everything that signs in with one request: one client is under all of them, so the others have two of the seven.
#[test]
fn a_directory_that_is_not_who_it_should_be_gets_no_credential() {
    let kinds = KINDS.into_iter().map(|(kind, _)| kind);
    let all = kinds.flat_map(|kind| {
        let wrong =
            WRONG.iter().filter(move |(name, _)| kind == "scim" || ["expired", "signed by itself"].contains(name));
        wrong.map(move |case| (kind, *case))
    });
    none(&beside(all.collect(), |(kind, (name, words))| {
        let mut front = Front::with_work(kind);
        let ca = Authority::new("Acme CA");
        trusted(&front.lab, &ca);
        front.lab.set("http", "ca_file = \"ca.pem\"");
        let door = front.gate.address.clone();
        let port = serve_tls_before(&front.lab, &wrong(name, &ca), door.clone(), None);
        let before = front.gate.bytes().len();
        front.lab.source(&front.lines.replace(&format!("http://{door}"), &format!("https://localhost:{port}")));
        let ran = front.run();
        let mut found = complaints(&front.lab, &ran, &front.trap, 1, &[words]);
        if front.gate.bytes().len() > before || (WITH_TOKENS.contains(&kind) && !ran.said.contains("token endpoint")) {
            found.push(ran.said);
        }
        found.into_iter().map(|what| format!("C8 {kind}, {name}: {what}")).collect()
    }));
}

#[test]
fn an_ldap_server_that_is_not_who_it_should_be_gets_no_password() {
    let (_, open) = FIXTURES.iter().find(|(name, _)| *name == "openldap").unwrap();
    let certificates = WRONG.iter().map(|(name, words)| (*name, *words));
    let hellos = HELLOS.iter().map(|(name, ..)| (*name, ""));
    none(&beside(certificates.chain(hellos).collect(), |(name, words)| {
        let (mut directory, mut lab) = (open(), Lab::new(team()));
        let (door, trap) = (Gate::trap("127.0.0.1:0"), Gate::trap("127.0.0.1:0"));
        let ca = Authority::new("Acme CA");
        trusted(&lab, &ca);
        directory.show(&lab, &crowd(3), Trouble::None).unwrap();
        let port = match HELLOS.iter().find(|(hello, ..)| *hello == name) {
            Some((_, version, suite, behind)) => serve_hello(&lab, *version, *suite, behind),
            None => serve_tls_before(&lab, &wrong(name, &ca), door.address.clone(), None),
        };
        let lines = directory.lines(&lab).replace("allow_plaintext = true\n", "ca_file = \"ca.pem\"\n");
        let url = lines.split('"').find(|text| text.starts_with("ldap://")).unwrap().to_owned();
        lab.source(&lines.replace(&url, &format!("ldaps://localhost:{port}")));
        let ran = run(&lab, &["sync"], &trap);
        let mut found = complaints(&lab, &ran, &trap, 1, &[words]);
        if !door.bytes().is_empty() {
            found.push(format!("it went on: {}", ran.said));
        }
        found.into_iter().map(|what| format!("C8 ldap, {name}: {what}")).collect()
    }));
}

#[test]
fn a_team_or_a_directory_whose_tls_is_too_old_or_bare_gets_no_key() {
    let all = HELLOS.iter().flat_map(|hello| [("target", hello), ("scim", hello), ("keycloak", hello)]);
    none(&beside(all.collect(), |(side, (name, version, suite, behind))| {
        let ca = Authority::new("Acme CA");
        let (ran, found) = if side == "target" {
            let mut team = Team::with_work();
            trusted(&team.lab, &ca);
            team.lab.set("http", "ca_file = \"ca.pem\"");
            let port = serve_hello(&team.lab, *version, *suite, behind);
            team.lab.set("postman", &format!("base_url = \"https://localhost:{port}/scim/v2\""));
            let ran = run(&team.lab, &["check"], &team.trap);
            let found = complaints(&team.lab, &ran, &team.trap, 1, &["could not connect to localhost"]);
            (ran, found)
        } else {
            let mut front = Front::with_work(side);
            trusted(&front.lab, &ca);
            front.lab.set("http", "ca_file = \"ca.pem\"");
            let port = serve_hello(&front.lab, *version, *suite, behind);
            let here = format!("http://{}", front.gate.address);
            front.lab.source(&front.lines.replace(&here, &format!("https://localhost:{port}")));
            let ran = front.run();
            let found = complaints(&front.lab, &ran, &front.trap, 1, &["could not connect"]);
            (ran, found)
        };
        found.into_iter().map(|what| format!("C8 {side}, {name}: {what} {}", ran.said)).collect()
    }));
}

/// The server is who it should be, and wants to know who we are: nothing of ours can tell it, so it ends there.
#[test]
fn a_server_that_demands_a_certificate_of_ours_is_an_error() {
    let mut team = Team::with_work();
    let ca = Authority::new("Acme CA");
    trusted(&team.lab, &ca);
    team.lab.set("http", "ca_file = \"ca.pem\"");
    let (identity, before) = (ca.certificate("localhost", |_| {}), team.gate.bytes().len());
    let port = serve_tls_before(&team.lab, &identity, team.gate.address.clone(), Some(&ca.pem));
    team.lab.set("postman", &format!("base_url = \"https://localhost:{port}/scim/v2\""));
    let ran = run(&team.lab, &["check"], &team.trap);
    none(&complaints(&team.lab, &ran, &team.trap, 1, &["CertificateRequired"]));
    assert_eq!(team.gate.bytes().len(), before, "nothing went through");
}

//! What the endpoint is shown, checked by it: each grant, each kind of key, and files that change.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use ring::signature::{ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, UnparsedPublicKey};
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::*;

#[test]
fn a_secret_with_anything_in_it_in_the_header_and_in_the_form() {
    let (lab, tokens) = with_secret();
    lab.token(&tokens);
    let lab = Lab::new(Client::Post(ID, SECRET.into()));
    let secret = lab.file("the.secret", SECRET);
    let tokens = lab.tokens(Grant::ClientSecret { client_id: ID.into(), secret, place: Place::Body });
    lab.token(&tokens);
    let seen = lab.endpoint.change(|knobs| knobs.seen.join(""));
    assert!(seen.contains("\"scope\": \"users.read groups.read\""), "{seen}");
}

#[test]
fn a_secret_that_was_rotated_is_read_again() {
    let (lab, tokens) = with_secret();
    lab.token(&tokens);
    lab.endpoint.change(|knobs| knobs.client = Client::Basic(ID, "the second one".into()));
    lab.file("the.secret", "the second one\n");
    lab.pass(4_000);
    assert_eq!(lab.token(&tokens), "false-token-2");
    assert_eq!(lab.endpoint.n_asked(), 2);
}

/// Each assertion is new: the endpoint takes no `jti` twice.
#[test]
fn a_private_key_as_pem_and_as_jwk() {
    let rsa_key = keys::rsa();
    let pem = keys::pem("PRIVATE KEY", &rsa_key.pkcs8());
    for (file, id, kid) in [
        (pem.clone(), Some("chosen"), Some("chosen")),
        (pem, None, None),
        (rsa_key.jwk().to_string(), None, Some("key-of-a-test")),
        (rsa_key.jwk().to_string(), Some("chosen"), Some("chosen")),
    ] {
        let mut header = json!({ "alg": "RS256" });
        if let Some(kid) = kid {
            header["kid"] = json!(kid);
        }
        let lab = Lab::new(Client::Assertion { id: ID, header, verify: rsa(&RSA_PKCS1_2048_8192_SHA256) });
        let key = KeyFile { file: lab.file("the.key", file), id: id.map(str::to_owned), certificate: None };
        let tokens = lab.tokens(Grant::ClientAssertion { client_id: ID.into(), key, audience: None });
        lab.token(&tokens);
        lab.pass(4_000);
        assert_eq!(lab.token(&tokens), "false-token-2");
    }
}

#[test]
fn an_ec_key() {
    let der = keys::ec(&ECDSA_P256_SHA256_FIXED_SIGNING);
    let jwk = keys::ec_jwk(&der);
    let part = |name: &str| BASE64_URL_SAFE_NO_PAD.decode(jwk[name].as_str().unwrap()).unwrap();
    let public = UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, [&[4][..], &part("x"), &part("y")].concat());
    let header = json!({ "alg": "ES256", "kid": "key-of-a-test" });
    let verify = Box::new(move |message: &[u8], signature: &[u8]| public.verify(message, signature).is_ok());
    let lab = Lab::new(Client::Assertion { id: ID, header, verify });
    let key = KeyFile { file: lab.file("the.jwk", jwk.to_string()), id: None, certificate: None };
    lab.token(&lab.tokens(Grant::ClientAssertion { client_id: ID.into(), key, audience: None }));
}

/// As Entra wants it: PS256, and the certificate's SHA-256.
#[test]
fn a_certificate_names_the_key() {
    let pem = keys::pem("PRIVATE KEY", &keys::rsa().pkcs8());
    let pair = rcgen::KeyPair::from_pkcs8_pem_and_sign_algo(&pem, &rcgen::PKCS_RSA_SHA256).unwrap();
    let own = rcgen::CertificateParams::new(Vec::new()).unwrap().self_signed(&pair).unwrap();
    let other = rcgen::generate_simple_self_signed(Vec::new()).unwrap().cert;
    let thumbprint = BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(own.der()));
    let header = json!({ "alg": "PS256", "x5t#S256": thumbprint });
    let lab = Lab::new(Client::Assertion { id: ID, header, verify: rsa(&RSA_PSS_2048_8192_SHA256) });
    let file = lab.file("the.key", &pem);
    let tokens = |certificate: &str| {
        std::fs::write(lab.path("the.crt"), certificate).unwrap();
        let key = KeyFile { file: file.clone(), id: None, certificate: Some(lab.path("the.crt")) };
        lab.tokens(Grant::ClientAssertion { client_id: ID.into(), key, audience: None })
    };
    // A chain, in any order.
    lab.token(&tokens(&format!("{}{}", other.pem(), own.pem())));
    assert_eq!(lab.endpoint.n_asked(), 1);
    for (certificate, expected) in [
        (other.pem(), "the.crt holds no certificate of that private key"),
        (pem.clone(), "the.crt holds no certificate as PEM"),
        (own.pem()[..200].to_owned(), "the.crt holds broken PEM"),
    ] {
        let said = lab.refusal(&tokens(&certificate));
        assert!(said.contains(expected), "{said}");
    }
    assert_eq!(lab.endpoint.n_asked(), 0);
}

#[test]
fn a_foreign_token_is_sent_as_it_is_and_read_again() {
    let lab = Lab::new(Client::Foreign(ID, "first.foreign.token".into()));
    let file = lab.file("token", "first.foreign.token\n");
    // As the kubelet mounts it.
    std::fs::set_permissions(&file.path, std::fs::Permissions::from_mode(0o644)).unwrap();
    let file = SecretFile { keeper: Keeper::Kubernetes, ..file };
    let tokens = lab.tokens(Grant::FederatedToken { client_id: ID.into(), file: file.clone() });
    lab.token(&tokens);
    std::fs::write(&file.path, "second.foreign.token").unwrap();
    lab.endpoint.change(|knobs| knobs.client = Client::Foreign(ID, "second.foreign.token".into()));
    lab.pass(4_000);
    assert_eq!(lab.token(&tokens), "false-token-2");
}

fn key_file() -> Value {
    json!({
        "type": "service_account", "project_id": "acme", "private_key_id": "key-1",
        "private_key": keys::pem("PRIVATE KEY", &keys::rsa().pkcs8()),
        "client_email": "sync@acme.iam.example", "client_id": "1", "token_uri": "https://oauth2.google.example/token",
    })
}

#[test]
fn a_service_account_of_googles_acts_for_an_admin() {
    let claims = json!({
        "iss": "sync@acme.iam.example", "sub": "admin@acme.example", "scope": SCOPE,
        // Wherever it is sent: Google's own clients do the same.
        "aud": "https://oauth2.google.example/token",
    });
    let header = json!({ "alg": "RS256", "kid": "key-1" });
    let lab = Lab::new(Client::Bearer { header, claims, verify: rsa(&RSA_PKCS1_2048_8192_SHA256) });
    let key = lab.file("the.json", key_file().to_string());
    let grant = Grant::JwtBearer { key, subject: Some("admin@acme.example".into()) };
    lab.token(&lab.tokens(grant.clone()));
    // Its clock counts, too.
    lab.endpoint.n_asked();
    lab.endpoint.change(|knobs| knobs.now_unix_s += 7_200);
    lab.token(&lab.tokens(grant));
    assert_eq!(lab.endpoint.n_asked(), 2);
    let without = |name: &str| {
        let mut file = key_file();
        file.as_object_mut().unwrap().remove(name);
        file.to_string()
    };
    lab.endpoint.n_asked();
    for (file, expected) in [
        (String::new(), "the.json is empty"),
        ("canary".into(), "the.json is no key file in JSON"),
        (without("type"), "is not the key of a service account"),
        (without("client_email"), "has no `client_email`"),
        (without("private_key"), "has no `client_email` or no `private_key`"),
        (
            json!({ "type": "service_account", "client_email": "x", "private_key": "canary" }).to_string(),
            "has a `private_key` that holds no",
        ),
    ] {
        let key = lab.file("the.json", file);
        let said = lab.refusal(&lab.tokens(Grant::JwtBearer { key, subject: None }));
        assert!(said.contains(expected) && !said.contains("canary"), "{said}");
    }
    assert_eq!(lab.endpoint.n_asked(), 0);
}

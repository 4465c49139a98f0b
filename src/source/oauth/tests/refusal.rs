//! What is said of each refusal, and that nothing of its body is.

use serde_json::json;

use super::*;
use crate::config::secret::{Keeper, SecretFile};
use crate::source::oauth::{KeyFile, Place};

fn file(name: &str) -> SecretFile {
    SecretFile { path: name.into(), keeper: Keeper::Owner }
}

fn grants() -> [Grant; 4] {
    let client_id = || "the-client".to_owned();
    [
        Grant::ClientSecret { client_id: client_id(), secret: file("the.secret"), place: Place::Basic },
        Grant::ClientAssertion {
            client_id: client_id(),
            key: KeyFile { file: file("the.key"), id: None, certificate: None },
            audience: None,
        },
        Grant::FederatedToken { client_id: client_id(), file: file("the.token") },
        Grant::JwtBearer { key: file("the.json"), subject: Some("admin@acme.example".into()) },
    ]
}

fn explained(status: u16, body: &Value, grant: &Grant) -> String {
    let reply = Reply { status, body: body.to_string().into_bytes(), date_unix_s: None, received_unix_s: 0 };
    Refusal::read(&reply).explain(grant, Some("users.read groups.read"))
}

/// Google has no other word for a scope that is not delegated; to others it says that the client may not ask at all.
#[test]
fn a_scope_that_is_not_granted_is_one_refusal_and_trouble_is_another() {
    let [secret, assertion, federated, bearer] = grants();
    let is_of_scope = |status: u16, code: &str, grant: &Grant| {
        let body = json!({ "error": code }).to_string().into_bytes();
        Refusal::read(&Reply { status, body, date_unix_s: None, received_unix_s: 0 }).is_of_scope(grant)
    };
    for grant in [&secret, &assertion, &federated, &bearer] {
        assert!(is_of_scope(400, "invalid_scope", grant) && is_of_scope(400, "access_denied", grant));
        assert!(!is_of_scope(503, "temporarily_unavailable", grant) && !is_of_scope(400, "invalid_grant", grant));
    }
    assert!(is_of_scope(401, "unauthorized_client", &bearer));
    assert!([&secret, &assertion, &federated].into_iter().all(|grant| !is_of_scope(401, "unauthorized_client", grant)));
}

#[test]
fn each_code_says_what_to_do() {
    let [secret, assertion, federated, bearer] = grants();
    for (grant, code, expected) in [
        (&secret, "invalid_client", "write the secret of the client the-client into the.secret"),
        (&assertion, "invalid_client", "is the public key of the.key registered for the client the-client"),
        (&federated, "invalid_client", "the token in the.token is not accepted"),
        (&bearer, "invalid_client", "the service account of the.json is not known"),
        (&bearer, "invalid_grant", "is admin@acme.example an admin who can sign in"),
        (&secret, "invalid_grant", "into the.secret"),
        (&bearer, "unauthorized_client", "Domain-wide delegation): users.read,groups.read"),
        (&secret, "unauthorized_client", "may not ask for tokens by itself"),
        (&assertion, "invalid_scope", "grant it to the client: users.read groups.read"),
        (&assertion, "use_dpop_nonce", "Require Demonstrating Proof of Possession"),
        (&assertion, "invalid_dpop_proof", "Require Demonstrating Proof of Possession"),
        (&secret, "unsupported_grant_type", "the right token endpoint"),
        (&secret, "something_new", "does not take the request"),
    ] {
        let said = explained(400, &json!({ "error": code, "error_description": "canary" }), grant);
        assert!(said.starts_with(&format!("no access token (HTTP 400, {code}): ")), "{said}");
        assert!(said.contains(expected) && !said.contains("canary"), "{said}");
    }
}

#[test]
fn a_machine_without_a_service_account_is_told_to_get_one() {
    for (status, body) in [(404, json!({})), (403, json!({ "error": "invalid_scope" })), (400, json!("canary"))] {
        let said = explained(status, &body, &Grant::Machine);
        assert!(status == 403 || said.contains("this machine has no service account"), "{said}");
        assert!(!said.contains("canary"), "{said}");
    }
    assert!(explained(503, &json!({}), &Grant::Machine).contains("busy"));
}

#[test]
fn entra_by_its_numbers_and_okta_by_its_codes() {
    let [secret, ..] = grants();
    for (number, advice) in AADSTS {
        let body = json!({ "error": "invalid_client", "error_codes": [number], "error_description": "canary" });
        let expected = format!("no access token (HTTP 401, invalid_client, AADSTS{number}): {advice}");
        assert_eq!(explained(401, &body, &secret), expected);
    }
    let said = explained(429, &json!({ "errorCode": "E0000047", "errorSummary": "canary" }), &secret);
    assert_eq!(said.split(':').next(), Some("no access token (HTTP 429, E0000047)"));
}

#[test]
fn nothing_else_of_a_body_is_repeated() {
    let [secret, ..] = grants();
    for body in [
        json!({ "error": "Canary 7" }),
        json!({ "error": { "canary": 1 } }),
        json!({ "error": "canary".repeat(7) }),
        json!({ "errorCode": "Ecanary7" }),
        json!({ "error_codes": ["canary"] }),
        json!(["canary"]),
    ] {
        for status in [400, 401, 404, 429, 500, 503] {
            let said = explained(status, &body, &secret);
            assert!(
                said.starts_with(&format!("no access token (HTTP {status}): ")) && !said.contains("anary"),
                "{said}"
            );
        }
    }
}

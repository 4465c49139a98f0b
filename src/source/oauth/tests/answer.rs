//! Answers of token endpoints: good ones, odd ones, and what can be told of a token.

use serde_json::json;

use super::*;

fn read(body: &Value) -> Result<Answer, String> {
    Answer::read(body.to_string().as_bytes())
}

fn jwt(claims: &Value) -> String {
    let part = |value: &Value| BASE64_URL_SAFE_NO_PAD.encode(value.to_string());
    format!("{}.{}.c2lnbmF0dXJl", part(&json!({ "alg": "RS256" })), part(claims))
}

#[test]
fn how_long_a_token_lives() {
    for (said, life_s) in [
        (json!(3599), 3_599),
        (json!("3599"), 3_599),
        (json!(60.9), 60),
        (json!(0), 0),
        (json!(-5), 0),
        (json!(u64::MAX), LIFE_MAX_S),
        (json!("soon"), LIFE_DEFAULT_S),
        (Value::Null, LIFE_DEFAULT_S),
    ] {
        let answer = read(&json!({ "access_token": "t", "token_type": "bearer", "expires_in": said })).unwrap();
        assert_eq!(answer.life_s, life_s, "{said}");
    }
}

#[test]
fn what_is_no_token() {
    for (body, expected) in [
        (json!({ "access_token": "canary", "token_type": "DPoP" }), "Require Demonstrating Proof of Possession"),
        (json!({ "access_token": "canary", "token_type": "mac" }), "no bearer token"),
        (json!({ "access_token": "canary" }), "without a `token_type`"),
        (json!({ "access_token": "", "token_type": "Bearer" }), "no `access_token`"),
        (json!({ "access_token": "can\nary", "token_type": "Bearer" }), "no `access_token`"),
        (json!({ "access_token": 7, "token_type": "Bearer" }), "something else than a token"),
        (json!({ "token_type": "Bearer", "id_token": "canary" }), "no `access_token`"),
        (json!("canary"), "something else than a token"),
    ] {
        let reason = read(&body).err().unwrap();
        assert!(reason.contains(expected) && !reason.contains("canary"), "{body}: {reason}");
    }
    assert!(Answer::read(b"<html>sign in</html>").is_err());
}

#[test]
fn what_a_token_allows() {
    let granted = |token: &str, scope: Value, asked: Option<&str>| {
        read(&json!({ "access_token": token, "token_type": "Bearer", "scope": scope })).unwrap().granted(asked)
    };
    let scopes = |granted: &Granted| granted.scopes.iter().cloned().collect::<Vec<_>>().join(" ");

    // Opaque: what the answer says, else what was asked for (RFC 6749 §5.1).
    assert_eq!(scopes(&granted("opaque", json!("a b"), Some("a b c"))), "a b");
    assert_eq!(scopes(&granted("opaque", Value::Null, Some("a b"))), "a b");
    assert_eq!(granted("a.b.c", Value::Null, None), Granted::default());

    let okta =
        jwt(&json!({ "iss": "https://acme.example", "cid": "0oa1", "scp": ["okta.users.read", "okta.groups.read"] }));
    let okta = granted(&okta, json!("okta.users.read okta.groups.read"), None);
    assert_eq!(scopes(&okta), "okta.groups.read okta.users.read");
    assert_eq!((okta.issuer.as_deref(), okta.client.as_deref()), (Some("https://acme.example"), Some("0oa1")));

    let entra = jwt(&json!({ "tid": "t-1", "appid": "a-1", "roles": ["User.Read.All"], "name": "line\nbreak" }));
    let entra = granted(&entra, Value::Null, Some("https://graph.example/.default"));
    assert_eq!((scopes(&entra), entra.tenant.as_deref()), ("User.Read.All".into(), Some("t-1")));
    // No role is granted; what was asked for says nothing of that.
    assert_eq!(scopes(&granted(&jwt(&json!({ "tid": "t-1" })), Value::Null, Some("x/.default"))), "");

    let access = json!({ "realm-management": { "roles": ["view-users", "query-groups"] } });
    let keycloak = granted(&jwt(&json!({ "azp": "sync", "resource_access": access })), json!("email"), None);
    assert_eq!(scopes(&keycloak), "email realm-management/query-groups realm-management/view-users");

    let odd = jwt(&json!({ "scp": ["a\u{1b}[31m", 7, "x".repeat(201)], "roles": { "x": 1 }, "iss": 7, "tid": "\n" }));
    assert_eq!(granted(&odd, Value::Null, None), Granted::default());
}

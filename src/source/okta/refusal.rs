//! Why Okta does not answer a question, and what to do: by its errorCode, or by the challenge of RFC 6750 §3 where there is no
//! body.
//!
//! Never: repeats a summary, which may quote what was asked, or anything of an answer that does not look like a code.

use crate::source::SourceError;
use crate::source::rest::{Answer, Rest};

/// The resource is not there; a path that is none has another code.
pub const NOT_FOUND: &str = "E0000007";

/// `errorCode` of the body.
pub fn code(answer: &Answer) -> Option<String> {
    let said = Rest::said(answer);
    let code = said["errorCode"].as_str()?;
    let is_code = code.len() == 8 && code.starts_with('E') && code[1..].bytes().all(|b| b.is_ascii_digit());
    is_code.then(|| code.to_owned())
}

/// The error for people.
pub fn refused(rest: &Rest, answer: &Answer) -> SourceError {
    let code = code(answer);
    let told = |what: &str| {
        let what = code.as_ref().map_or_else(|| what.to_owned(), |code| format!("{code}: {what}"));
        rest.refused_because(answer, &with_request_id(answer, &what))
    };
    let challenge = answer.header("www-authenticate").unwrap_or_default();
    if answer.status == 401 && challenge.trim_start().starts_with("DPoP") {
        return told(
            "the token has to prove itself (DPoP), which this program does not do; clear \"Require Demonstrating Proof of \
             Possession (DPoP) header in token requests\" in the service app's General Settings",
        );
    }
    if answer.status == 403 && parameter(challenge, "error") == Some("insufficient_scope") {
        let scope = parameter(challenge, "scope").filter(|scope| is_scope(scope)).unwrap_or("that it needs");
        return told(&format!(
            "the token has not got the scope {scope}; grant it to the service app (its page, Okta API Scopes)"
        ));
    }
    match (answer.status, code.as_deref()) {
        (403, _) => told(
            "the account may not read that; give the service app, or the admin whose token it is, an admin role that may, such \
             as Read-only Administrator. Scopes alone are not enough",
        ),
        (400, Some("E0000031" | "E0000053")) => told(
            "Okta does not understand the search; correct source.filter, or the name in scope.groups or group.source",
        ),
        (404, Some(NOT_FOUND)) => told("it is not there, or the account may not see it"),
        (404, _) => told("there is no such API; is `url` the org's own address, as in https://acme.okta.com?"),
        _ => rest.refused(answer),
    }
}

/// What Okta's support asks for.
fn with_request_id(answer: &Answer, what: &str) -> String {
    let is_id = |id: &&str| {
        (1..=64).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_@".contains(&b))
    };
    match answer.header("x-okta-request-id").filter(is_id) {
        Some(id) => format!("{what} (request {id})"),
        None => what.to_owned(),
    }
}

/// One parameter of a challenge: `error="insufficient_scope"`.
fn parameter<'a>(challenge: &'a str, name: &str) -> Option<&'a str> {
    let named = challenge.match_indices(name).find_map(|(at, _)| {
        let begins = challenge[..at].ends_with([' ', ',']);
        challenge[at + name.len()..].strip_prefix("=\"").filter(|_| begins)
    })?;
    named.split('"').next()
}

fn is_scope(text: &str) -> bool {
    let is_part = |b: u8| b.is_ascii_alphanumeric() || b"._ ".contains(&b);
    (1..=200).contains(&text.len()) && text.bytes().all(is_part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_of_a_challenge() {
        let challenge = "Bearer authorization_uri=\"https://x/authorize\", realm=\"https://x\", scope=\"okta.users.read\", \
                         error=\"insufficient_scope\", error_description=\"error=none\"";
        assert_eq!(parameter(challenge, "error"), Some("insufficient_scope"));
        assert_eq!(parameter(challenge, "scope"), Some("okta.users.read"));
        assert_eq!(parameter(challenge, "realm"), Some("https://x"));
        for (challenge, name) in [("", "error"), ("Bearer error", "error"), ("Bearer xerror=\"a\"", "error")] {
            assert_eq!(parameter(challenge, name), None);
        }
        assert!(is_scope("okta.users.read") && !is_scope("<b>") && !is_scope(""));
    }
}

//! Why Google does not answer a question, and what to do: by the `reason` of the first error.
//!
//! Never: repeats a message, which may quote what was asked, or takes a refusal for a limit that passes.

use super::server::scopes;
use crate::config::google_source::{Access, GoogleSettings};
use crate::source::SourceError;
use crate::source::rest::{Answer, Rest, quoted};

/// The resource is not there, or is not to be seen.
pub const NOT_FOUND: &str = "notFound";
/// The resource is not for who asks: of another account, or beyond the admin's role.
pub const FORBIDDEN: &str = "forbidden";
/// A 403 that is a 429 elsewhere: for a user, for a project, and for requests at once.
const LIMITS: [&str; 3] = ["userRateLimitExceeded", "rateLimitExceeded", "quotaExceeded"];

/// `error.errors[0].reason`, if it looks like one.
pub fn reason(answer: &Answer) -> Option<String> {
    let said = Rest::said(answer);
    let reason = said["error"]["errors"][0]["reason"].as_str()?;
    let is_one = (1..=40).contains(&reason.len()) && reason.bytes().all(|b| b.is_ascii_alphanumeric());
    is_one.then(|| reason.to_owned())
}

/// Whether it is one of Google's limits.
pub fn is_limit(answer: &Answer) -> bool {
    reason(answer).is_some_and(|reason| LIMITS.contains(&reason.as_str()))
}

/// The error for people.
pub fn refused(rest: &Rest, settings: &GoogleSettings, answer: &Answer) -> SourceError {
    let reason = reason(answer);
    let told = |what: &str| {
        let what = reason.as_ref().map_or_else(|| what.to_owned(), |reason| format!("{reason}: {what}"));
        rest.refused_because(answer, &what)
    };
    match (answer.status, reason.as_deref()) {
        (403, Some(limit)) if LIMITS.contains(&limit) => told(
            "the quota is used up, also at the 5th try; the next cycle asks again. Lower `limit_share`, or find out who else \
             uses the project and the admin",
        ),
        (403, Some("insufficientPermissions")) => {
            told(&format!("the token has not got the scope that this needs; {}: {}", grant(settings), scopes(settings)))
        }
        (403, Some("accessNotConfigured")) => told(
            "the Admin SDK API is not switched on in the service account's project; enable it (APIs & Services > Library)",
        ),
        (403, _) => told(role(settings)),
        (401, _) => {
            told("the token is not accepted, a new one neither; is the service account still there, and not disabled?")
        }
        (404, Some(NOT_FOUND)) => told("it is not there, or may not be read; correct `domain`"),
        (404, _) => told("there is no such API; is `url` right?"),
        (400, _) => told("Google does not take the question; correct `customer` or `domain`"),
        _ => rest.refused(answer),
    }
}

/// The same of a wanted group: what is not there, or of another account, is no empty group.
pub fn of_group(rest: &Rest, settings: &GoogleSettings, group: &str, answer: &Answer) -> SourceError {
    match (answer.status, reason(answer).as_deref()) {
        (404, Some(NOT_FOUND)) => rest.refused_because(answer, &format!(
            "the group {} is not there; write its address or its id into scope.groups, or into source of its [[group]]",
            quoted(group)
        )),
        (403, Some(FORBIDDEN)) => rest.refused_because(answer, &format!(
            "the group {} may not be read: it is of another account (correct scope.groups or source of its [[group]]), or the account that reads has no \
             admin role with Groups > Read",
            quoted(group)
        )),
        _ => refused(rest, settings, answer),
    }
}

fn grant(settings: &GoogleSettings) -> &'static str {
    match settings.access {
        Access::Key { subject: Some(_), .. } => "grant these in the Admin console (Domain-wide delegation)",
        Access::Key { .. } => "these are asked for",
        Access::Machine => "give the machine these access scopes, or use Kubernetes or Cloud Run, which give any",
    }
}

fn role(settings: &GoogleSettings) -> &'static str {
    match settings.access {
        Access::Key { subject: Some(_), .. } => {
            "the admin in `subject` may not read that; is it still an admin, not suspended, with a role that has Users > Read \
             and, with groups, Groups > Read? And is `customer` or the group of this account?"
        }
        _ => {
            "the service account may not read that; give it an admin role in the Admin console with Users > Read and, with \
             groups, Groups > Read (Account > Admin roles > Assign service accounts), or name an admin in `subject`"
        }
    }
}

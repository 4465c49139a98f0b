//! The invariant recorder: what a correct client of Postman never sends. Each rule reads the request log and nothing
//! else; which of them is broken, and by which request, is `Sandbox::violations`.
//!
//! Never: answers for the client's data, only for its manners; whether the right person was deactivated is for tests.

mod requests;
mod sequences;

use super::limits::Limits;
use super::log::Logged;

/// A request that a correct client does not send.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Violation {
    /// The request, as the log counts.
    pub seq: u64,
    /// The name of the rule.
    pub rule: &'static str,
    pub what: String,
}

/// What the rules look at.
struct Scene<'a> {
    log: &'a [Logged],
    limits: Option<Limits>,
    /// Where the clock stands still, nothing can be said about waiting.
    clock_moves: bool,
}

/// One thing a correct client never does.
pub struct Rule {
    pub name: &'static str,
    /// `A correct client ...`
    pub says: &'static str,
    find: Find,
}

enum Find {
    /// By one request alone.
    Request(fn(&Logged) -> Option<String>),
    /// By what came before it, as far as the log goes back.
    Sequence(fn(&Scene<'_>) -> Vec<(u64, String)>),
    /// By what must have come before it: cannot be told from half a log.
    Whole(fn(&Scene<'_>) -> Vec<(u64, String)>),
}

use Find::{Request, Sequence, Whole};

const fn rule(name: &'static str, says: &'static str, find: Find) -> Rule {
    Rule { name, says, find }
}

pub const RULES: [Rule; 19] = [
    rule("user_delete", "never sends DELETE for a user: Postman has none", Request(requests::user_delete)),
    rule("group_put", "never sends PUT for a group: Postman has none", Request(requests::group_put)),
    rule("count", "asks for at most 100 a page", Request(requests::count)),
    rule("filter", "filters by userName, active or displayName with eq and a quoted value", Request(requests::filter)),
    rule(
        "attributes",
        "sends only userName, name, active; groups: displayName, members",
        Request(requests::attributes),
    ),
    rule("one_operation", "changes one thing of a user in a PATCH", Request(requests::one_operation)),
    rule(
        "members_replaced",
        "adds and removes members, and never replaces them all",
        Request(requests::members_replaced),
    ),
    rule("content_type", "says that its bodies are JSON", Request(requests::content_type)),
    rule("accept", "accepts JSON", Request(requests::accept)),
    rule("key_in_url", "keeps the key out of URLs, which are logged everywhere", Request(requests::key_in_url)),
    rule("overlap", "sends one PATCH of a group at a time", Request(requests::overlap)),
    rule(
        "occupied",
        "deletes a group only when nobody is in it: what becomes of its members is not documented for certain",
        Request(requests::occupied),
    ),
    rule("outsiders", "puts only members of the team into a new group", Request(requests::outsiders)),
    rule("blind_repeat", "reads before it creates somebody again", Sequence(sequences::blind_repeat)),
    rule("unaimed", "reads an account in the minute before it deactivates it", Whole(sequences::unaimed)),
    rule("absent", "writes nothing to an account that was just not there", Sequence(sequences::absent)),
    rule("refused_key", "stops writing when the key is refused", Sequence(sequences::refused_key)),
    rule("over_limit", "keeps within the limits by itself", Sequence(sequences::over_limit)),
    rule("impatient", "waits as long as a 429 asks", Sequence(sequences::impatient)),
];

/// All violations, by request.
pub(super) fn find(log: &[Logged], limits: Option<Limits>, clock_moves: bool, is_whole: bool) -> Vec<Violation> {
    let scene = Scene { log, limits, clock_moves };
    let broken = |rule: &Rule| -> Vec<Violation> {
        let found = match rule.find {
            Request(check) => log.iter().filter_map(|logged| Some((logged.seq, check(logged)?))).collect(),
            Sequence(check) => check(&scene),
            Whole(check) if is_whole => check(&scene),
            Whole(_) => Vec::new(),
        };
        found.into_iter().map(|(seq, what)| Violation { seq, rule: rule.name, what }).collect()
    };
    let mut violations: Vec<Violation> = RULES.iter().flat_map(broken).collect();
    violations.sort_by_key(|violation| violation.seq);
    violations
}

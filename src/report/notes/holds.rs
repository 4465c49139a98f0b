//! People who are set aside: why, and what lets them go on.
//!
//! Never: promises a next try to somebody who waits for a person.

use super::super::clean::{clean, clean_reason};
use super::super::when::{instant, past};
use super::topic::Topic;
use crate::core::snapshot::{Hold, HoldReason};
use crate::core::time::Moment;

pub fn hold_topic(reason: &HoldReason, who: &str) -> Topic {
    const KEEP_OUT: &str = "To keep them out: mark them inactive at the directory.";
    match reason {
        HoldReason::DeactivatedByHand => Topic::new(30, "Deactivated in Postman by hand; not reactivated on a guess")
            .adopting("To let them back in:", who, "")
            .say(KEEP_OUT),
        HoldReason::RemovedByHand => Topic::new(31, "Removed from the team by hand; not added again on a guess")
            .adopting("To let them back in:", who, "")
            .say(KEEP_OUT),
        HoldReason::ReaddressedByHand { .. } => Topic::new(32, "Address changed in Postman by hand")
            .say("To keep the new address: change it at the directory.")
            .adopting("To have the directory's address again:", who, ""),
        HoldReason::Undone => Topic::new(33, "Our changes were undone three times: somebody else provisions them too")
            .say("Find the other writer (an identity provider's Postman app, a script, an admin) and stop it.")
            .adopting("Then:", who, ""),
        HoldReason::WrongAccount { .. } => {
            Topic::new(29, "Not deactivated, because the account is somebody else's now; they may still have access")
                .say("Find their account in Postman under Manage Team, and take it out of the team there.")
                .adopting("Or, if the account shown is theirs:", who, "")
        }
        HoldReason::Conflict => Topic::new(34, "Conflict (409): an invitation made by hand, or another team's account")
            .say(
                "In Postman under Manage Team, remove the pending invitation; an account of another team has to leave \
                 that team first. It is tried again at the time shown.",
            )
            .adopting("To try again at once:", who, ""),
        HoldReason::Invited => Topic::new(35, "Invited, and never seen in the team")
            .say(
                "Ask them to accept the e-mail from Postman. If it is lost, remove the pending invitation in Postman \
                 under Manage Team.",
            )
            .adopting("To try again at once:", who, ""),
        HoldReason::Refused { .. } => Topic::new(36, "Refused by Postman, for this person")
            .say("Correct what the answer names. It is tried again at the time shown.")
            .adopting("To try again at once:", who, ""),
    }
}

/// `since 2026-03-01T12:00:00Z, try 3 at 2026-03-01T16:00:00Z: 400: ...`.
pub fn hold_line(hold: &Hold, now: Moment) -> String {
    let detail = match &hold.reason {
        HoldReason::ReaddressedByHand { to } => format!(": now {}", clean(to.as_str())),
        HoldReason::WrongAccount { found } => format!(": found {}", clean(found.as_str())),
        HoldReason::Refused { detail } => format!(": {}", clean_reason(detail)),
        _ => String::new(),
    };
    match hold.until_unix_s {
        Some(until) => {
            let (since, next) = (instant(hold.since.unix_s), u64::from(hold.tries) + 1);
            format!("since {since}, try {next} at {}{detail}", instant(until))
        }
        None => format!("since {}{detail}", past(hold.since, now)),
    }
}

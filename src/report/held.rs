//! What the guard holds and what no approval lifts, with the command or the setting that lets it through.
//!
//! Never: suggests to approve what an approval does not lift.

use super::change::{changes_and_adoptions, class_title};
use super::clean::{clean, clean_reason};
use super::count;
use super::page::{self, Fix, Page};
use crate::core::guard::{Class, Held, Window};
use crate::core::plan::SourceRefusal;

/// What is held, as plans, cycles and the status have it.
#[derive(Clone, Copy)]
pub struct Holding<'a> {
    pub plan_id: &'a str,
    pub held: &'a [Held],
    pub refusals: &'a [SourceRefusal],
    /// The command that approves it.
    pub approve: &'a str,
}

impl Holding<'_> {
    pub fn is_empty(&self) -> bool {
        self.held.is_empty() && self.refusals.is_empty()
    }

    /// Whether an approval would let something through.
    pub fn can_be_approved(&self) -> bool {
        self.held.iter().any(|held| matches!(held, Held::FirstSync { .. } | Held::OverLimit { .. }))
    }
}

/// The section about everything that waits for a person.
pub fn write_held(page: &mut Page, holding: Holding<'_>) {
    if holding.is_empty() {
        return;
    }
    page.heading(page::ALARM, "HELD: not applied until a person acts");
    for refusal in holding.refusals {
        write_item(page, &refusal_words(refusal), &refusal_fix(refusal));
    }
    for held in holding.held {
        write_item(page, &held_words(held), &held_fix(held, holding.approve));
    }
    if holding.can_be_approved() {
        let plan_id = holding.plan_id;
        let scope = format!("An approval covers exactly the changes of plan {plan_id}, each of them once, for 24 h.");
        page.prose(anstyle::Style::new(), 2, &scope);
    }
}

/// One sentence about something held.
pub fn held_words(held: &Held) -> String {
    match held {
        Held::FirstSync { changes, adoptions } => {
            format!("The first plan for this team: {} wait for a yes.", changes_and_adoptions(*changes, *adoptions))
        }
        Held::NoProtectedAccounts { class, changes } => format!(
            "{} ({changes}): held, because postman.protected is empty; no approval lifts this.",
            class_title(*class)
        ),
        Held::OverLimit { class, changes, approved, window, limit, used } => {
            let of_them = match approved {
                0 => String::new(),
                n => format!(" {n} of them approved already."),
            };
            let limit = match class {
                Class::EmptyGroup => "Always a person's to approve".to_owned(),
                _ => limit_words(*window, *limit, *used),
            };
            format!("{} ({changes}): all held. {limit}.{of_them}", class_title(*class))
        }
        Held::Dependent { changes } => format!(
            "{} for a held change of the same person or group, or for an address that it frees.",
            count(*changes, "more change waits", "more changes wait")
        ),
    }
}

/// One sentence about a source that counts for nothing.
pub fn refusal_words(refusal: &SourceRefusal) -> String {
    match refusal {
        SourceRefusal::Empty { source } => {
            format!(
                "Source {}: not one entry. Empty never means everybody left; no approval lifts this.",
                clean(source)
            )
        }
        SourceRefusal::NobodyInScope { source, entries } => {
            let entries = count(*entries, "entry", "entries");
            format!("Source {}: {entries}, none of them in [scope]; no approval lifts this.", clean(source))
        }
        SourceRefusal::NotUnderstood { source, what, share_percent, last_percent, example } => {
            let (source, what) = (clean(source), clean(what));
            let before = if *last_percent > 0 { format!(", {last_percent} % last time") } else { String::new() };
            let example =
                example.as_ref().map_or(String::new(), |text| format!(" For example {}.", clean_reason(text)));
            format!(
                "Source {source}: not understood ({what}): {share_percent} % of the entries in scope{before}; no approval \
                 lifts this.{example}"
            )
        }
    }
}

fn limit_words(window: Window, limit: u64, used: u64) -> String {
    let window = match window {
        Window::Cycle => return format!("The limit is {limit} in one cycle"),
        Window::Day => "24 h",
        Window::Week => "7 days",
    };
    format!("The limit is {limit} in {window}, and {used} of it {} used", if used == 1 { "is" } else { "are" })
}

fn held_fix(held: &Held, approve: &str) -> Vec<Fix> {
    match held {
        Held::FirstSync { .. } => vec![Fix::typing("After reading the whole plan:", approve)],
        Held::NoProtectedAccounts { .. } => vec![
            Fix::typing(
                "Under [postman], name the owner of the SCIM key and the break-glass accounts, like this:",
                "protected = [\"postman-admin@acme.example\", \"breakglass-*@acme.example\"]",
            ),
            Fix::typing("Then look again:", "postman-scim-sync plan"),
        ],
        Held::OverLimit { class, changes, .. } => vec![Fix::typing(over_limit_fix(*class, *changes), approve)],
        Held::Dependent { .. } => vec![Fix::say("They follow by themselves, once those are let through.")],
    }
}

fn over_limit_fix(class: Class, changes: u64) -> String {
    if class.takes_access_away() {
        let keep = count(changes, "leaver keeps", "leavers keep");
        return format!("{keep} access until (first make sure that the directory is right):");
    }
    if class == Class::EmptyGroup {
        return "A group that is empty all at once is far more often a lost right or a slip than a decision: look at it in the \
                directory. The plan names the groups and whom they lose; to take out exactly those:"
            .into();
    }
    if class == Class::DeleteGroup {
        return "A deleted group is not made again with what others gave it in Postman. To delete them:".into();
    }
    "To let them through:".into()
}

fn refusal_fix(refusal: &SourceRefusal) -> Vec<Fix> {
    match refusal {
        SourceRefusal::Empty { .. } => vec![
            Fix::typing("Check its path, filter and credentials:", "postman-scim-sync check"),
            Fix::say("If it is empty on purpose, take its [[source]] out of the configuration."),
        ],
        SourceRefusal::NobodyInScope { .. } => vec![Fix::typing(
            "Compare scope.groups, scope.include and scope.exclude with what the directory returns:",
            "postman-scim-sync check",
        )],
        SourceRefusal::NotUnderstood { .. } => vec![Fix::typing(
            "Most likely an attribute has a new name. Compare [mapping] and the source's settings with what the \
             directory returns:",
            "postman-scim-sync check",
        )],
    }
}

fn write_item(page: &mut Page, words: &str, fixes: &[Fix]) {
    page.prose(page::WARNING, 2, words);
    fixes.iter().for_each(|fix| page.fix(4, fix));
}

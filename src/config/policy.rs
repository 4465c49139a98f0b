//! The settings a plan depends on: switches, limits, waits, patterns, scope.
//!
//! Never: loosens a limit because it was written unclearly.

use super::findings::Findings;
use super::settings::Settings;
use crate::core::groups::GroupPolicy;
use crate::core::guard::{Limit, Limits, Share};
use crate::core::pattern::Pattern;
use crate::core::policy::{FirstSync, Matches, Policy, Switches};
use crate::core::scope::Scope;

const DEACTIVATIONS: &str = "deactivations";
const MEMBER_REMOVALS: &str = "member_removals";
/// Below this, one slow export can be read twice while it is half written.
const ABSENCE_WAIT_WISE_S: i64 = 15 * 60;
/// Below this, a gateway may still hold a request that we call lost.
const SETTLE_WAIT_WISE_S: i64 = 30;
/// Below this, silence is what lies between two cycles.
const SILENCE_WISE_S: i64 = 15 * 60;

pub(super) fn policy(settings: &Settings, groups: GroupPolicy, findings: &mut Findings) -> Policy {
    let policy = Policy {
        switches: Switches {
            create_users: settings.flag("provisioning.create_users"),
            update_users: settings.flag("provisioning.update_users"),
            deactivate_users: settings.flag("provisioning.deactivate_users"),
        },
        matches: if settings.text("provisioning.matches") == "report" { Matches::Report } else { Matches::Adopt },
        first_sync: if settings.text("safety.first_sync") == "apply" { FirstSync::Apply } else { FirstSync::Approve },
        verified_domains: settings.texts("postman.verified_domains"),
        protected: patterns(settings, "postman.protected"),
        seats: settings.number("postman.seats"),
        limits: Limits {
            deactivations: limit(settings, DEACTIVATIONS, findings),
            creates: limit(settings, "creates", findings),
            renames: limit(settings, "renames", findings),
            readdresses: limit(settings, "readdresses", findings),
            member_removals: limit(settings, MEMBER_REMOVALS, findings),
            member_adds: limit(settings, "member_adds", findings),
            group_creates: limit(settings, "group_creates", findings),
            group_renames: limit(settings, "group_renames", findings),
            group_deletes: limit(settings, "group_deletes", findings),
        },
        groups,
        absence_wait_s: settings.seconds("safety.absence_wait"),
        grace_s: settings.seconds("safety.grace"),
        understood_least_percent: settings.number("safety.understood_least_percent").unwrap_or_default(),
    };
    warn(&policy, settings, findings);
    policy
}

fn warn(policy: &Policy, settings: &Settings, findings: &mut Findings) {
    if policy.protected.is_empty() && policy.switches.deactivate_users {
        findings.warn("nobody can be deactivated while postman.protected is empty");
    }
    if policy.protected.iter().any(|pattern| pattern.as_str().chars().all(|c| c == '*')) {
        findings.warn("postman.protected holds \"*\", so nothing will ever change");
    }
    if policy.absence_wait_s < ABSENCE_WAIT_WISE_S {
        findings.warn("safety.absence_wait is below 15m: an export that is slow to write may look like departures");
    }
    if settings.seconds("safety.silence") < SILENCE_WISE_S {
        findings.warn("safety.silence is below 15m: `status` may say failing between any two cycles");
    }
    if settings.seconds("safety.settle_wait") < SETTLE_WAIT_WISE_S {
        findings.warn("safety.settle_wait is below 30s: a request that arrives late may be sent twice");
    }
}

fn limit(settings: &Settings, class: &str, findings: &mut Findings) -> Limit {
    let path = |part: &str| format!("safety.{class}.{part}");
    let accepted = settings.flag(&path("i_accept_no_limit"));
    let mut share = |part: &str| {
        let share = settings.share(&path(part));
        if share == Some(Share::Percent(100)) && !accepted {
            let advice = format!("if that is meant, write i_accept_no_limit = true in safety.{class}");
            findings.wrong(&path(part), "\"100%\" is no limit", Some(advice));
        }
        share
    };
    let cycle = share("cycle");
    // Only what takes access away is counted over time.
    let takes_away = matches!(class, DEACTIVATIONS | MEMBER_REMOVALS);
    let (day, week) = if takes_away { (share("day"), share("week")) } else { (None, None) };
    Limit { cycle, day, week, at_least: settings.number(&path("at_least")).unwrap_or_default() }
}

pub(super) fn scope(settings: &Settings, sources: &[Settings]) -> Scope {
    let of_source =
        |source: &Settings| Some((source.optional("source.name")?, source.given_texts("source.scope_groups")?));
    Scope {
        groups: settings.texts("scope.groups"),
        groups_of: sources.iter().filter_map(of_source).collect(),
        include: patterns(settings, "scope.include"),
        exclude: patterns(settings, "scope.exclude"),
    }
}

fn patterns(settings: &Settings, path: &str) -> Vec<Pattern> {
    settings.texts(path).iter().map(|text| Pattern::new(text)).collect()
}

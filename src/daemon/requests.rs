//! What commands beside the daemon ask of it, and the cycles that come of it.
//!
//! Never: performs anything.

use serde::{Deserialize, Serialize};

use crate::core::plan::Plan;
use crate::core::time::Moment;
use crate::engine::cycle::{Approval, Asked};
use crate::engine::observe::Refresh;
use crate::store::RequestRow;

pub const SYNC: &str = "sync";
pub const ADOPT: &str = "adopt";
/// A person's decision that is older than this was taken about another state of things: seconds.
const FRESH_S: i64 = 10 * 60;

/// The detail of a `sync`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SyncWish {
    pub refresh: bool,
    /// The id of a plan to apply if it is still the plan.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub approve: Option<String>,
    /// That plan as the person saw it, where it came from a file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shown: Option<Box<Plan>>,
}

/// The detail of an `adopt`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AdoptWish {
    /// A userName; without one every match.
    pub who: Option<String>,
    pub rebind: bool,
    #[serde(default)]
    pub apart: bool,
    /// A group's name at Postman; then nobody's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
}

impl SyncWish {
    /// Text that is no JSON says why, and asks for a plain cycle. None: another version's wish, which is not guessed at.
    pub fn of(detail: &str) -> Option<Self> {
        if detail.starts_with('{') { serde_json::from_str(detail).ok() } else { Some(Self::default()) }
    }
}

/// A request in few words, for people and for the audit chain: `with plan ab12cd34ef`. The kind stands beside it.
pub fn in_words(kind: &str, detail: &str) -> String {
    let adopt = || serde_json::from_str::<AdoptWish>(detail).ok();
    let words = match kind {
        SYNC if detail.starts_with('{') => SyncWish::of(detail).map(|wish| match (wish.approve, wish.refresh) {
            (Some(plan_id), _) => format!("with plan {plan_id}"),
            (None, true) => "with a listing of the team".to_owned(),
            (None, false) => String::new(),
        }),
        ADOPT => adopt().map(|wish| match (wish.who, wish.rebind) {
            (None, _) if wish.group.is_some() => format!("the group {}", wish.group.unwrap_or_default()),
            (Some(who), _) if wish.apart => format!("{who}, apart"),
            (Some(who), true) => format!("{who}, rebind"),
            (Some(who), false) => who,
            (None, _) => "every match".to_owned(),
        }),
        _ => Some(detail.to_owned()),
    };
    words.unwrap_or_else(|| "of another version".to_owned())
}

/// Requests by what has to be done.
#[derive(Debug, Default)]
pub(super) struct Sorted {
    pub adopts: Vec<(RequestRow, AdoptWish)>,
    /// Each with the numbers it answers.
    pub cycles: Vec<(Vec<i64>, Asked)>,
    /// What is too old, or not understood.
    pub refused: Vec<(RequestRow, &'static str)>,
}

/// A cycle for each approval, and then one for all the rest: where a plan has moved, its approval's cycle applies
/// nothing. `wanted`: a cycle is due without any request.
pub(super) fn sort(rows: Vec<RequestRow>, wanted: bool, now: Moment) -> Sorted {
    let mut sorted = Sorted::default();
    let (mut plain, mut refresh) = (Vec::new(), Refresh::WhenDue);
    for row in rows {
        let is_fresh = now.since(row.at) <= FRESH_S;
        match row.kind.as_str() {
            SYNC => {
                let Some(wish) = SyncWish::of(&row.detail) else {
                    sorted.refused.push((row, NOT_UNDERSTOOD));
                    continue;
                };
                let wanted = if wish.refresh { Refresh::Now } else { Refresh::WhenDue };
                match wish.approve {
                    None => {
                        plain.push(row.number);
                        refresh = if wish.refresh { wanted } else { refresh };
                    }
                    Some(plan_id) if is_fresh => {
                        let approval = Some(Approval { plan_id, by: row.by, shown: wish.shown });
                        sorted.cycles.push((vec![row.number], Asked { refresh: wanted, approval }));
                    }
                    Some(_) => sorted.refused.push((row, TOO_OLD)),
                }
            }
            ADOPT if !is_fresh => sorted.refused.push((row, TOO_OLD)),
            ADOPT => match serde_json::from_str(&row.detail) {
                Ok(wish) => sorted.adopts.push((row, wish)),
                Err(_) => sorted.refused.push((row, NOT_UNDERSTOOD)),
            },
            _ => sorted.refused.push((row, NOT_UNDERSTOOD)),
        }
    }
    if wanted || !plain.is_empty() {
        sorted.cycles.push((plain, Asked { refresh, approval: None }));
    }
    sorted
}

const TOO_OLD: &str = "it waited too long; look again, then give the command again";
const NOT_UNDERSTOOD: &str = "this version of the daemon does not know it; restart it with the version of the command";

#[cfg(test)]
mod tests {
    use super::*;

    fn row(number: i64, kind: &str, detail: &str, at: i64) -> RequestRow {
        RequestRow { number, kind: kind.into(), detail: detail.into(), by: "me".into(), at: Moment::at(at) }
    }

    fn cycles(rows: Vec<RequestRow>, wanted: bool) -> Vec<(Vec<i64>, bool, Option<String>)> {
        let sorted = sort(rows, wanted, Moment::at(1_000));
        let cycles = sorted.cycles.into_iter();
        cycles.map(|(n, asked)| (n, asked.refresh == Refresh::Now, asked.approval.map(|a| a.plan_id))).collect()
    }

    #[test]
    fn one_cycle_answers_whoever_asked() {
        let rows = || vec![row(1, SYNC, "plan ab was approved", 1_000), row(2, SYNC, r#"{"refresh":true}"#, 1_000)];
        assert_eq!(cycles(rows(), false), [(vec![1, 2], true, None)]);
        assert_eq!(cycles(rows(), true), [(vec![1, 2], true, None)]);
        assert_eq!(cycles(vec![], true), [(vec![], false, None)]);
        assert_eq!(cycles(vec![], false), []);
    }

    #[test]
    fn each_approval_has_its_own_cycle_and_the_rest_one_after_them() {
        let approve = |n, id: &str| row(n, SYNC, &format!(r#"{{"approve":"{id}"}}"#), 1_000);
        let rows = vec![approve(1, "aa"), row(2, SYNC, r#"{"refresh":true}"#, 1_000), approve(3, "bb")];
        let approvals = [(vec![1], false, Some("aa".to_owned())), (vec![3], false, Some("bb".to_owned()))];
        let all = [&approvals[..], &[(vec![2], true, None)]].concat();
        assert_eq!(cycles(rows, true), all);
        let rows = || vec![approve(1, "aa"), approve(3, "bb")];
        assert_eq!(cycles(rows(), false), approvals);
        let all = [&approvals[..], &[(vec![], false, None)]].concat();
        assert_eq!(cycles(rows(), true), all, "the schedule's cycle is not lost to a plan that moved");
    }

    #[test]
    fn decisions_grow_stale_and_a_plain_cycle_does_not() {
        let rows = vec![
            row(1, ADOPT, r#"{"who":"a@acme.example","rebind":false}"#, 0),
            row(2, SYNC, r#"{"approve":"aa"}"#, 0),
            row(3, SYNC, "", 0),
            row(4, "frobnicate", "", 1_000),
            row(5, ADOPT, "garbage", 1_000),
            row(6, ADOPT, r#"{"who":null,"rebind":false}"#, 1_000),
            row(7, SYNC, r#"{"approve":7}"#, 1_000),
            row(8, SYNC, r#"{"from_the_future":true}"#, 1_000),
        ];
        let sorted = sort(rows, false, Moment::at(1_000));
        assert_eq!(sorted.refused.iter().map(|(row, _)| row.number).collect::<Vec<_>>(), [1, 2, 4, 5, 7, 8]);
        assert_eq!(sorted.cycles.iter().map(|(numbers, _)| numbers.clone()).collect::<Vec<_>>(), [[3]]);
        assert_eq!(sorted.adopts.len(), 1);
    }
    #[test]
    fn a_request_in_words_shows_no_plan() {
        let wish = SyncWish { approve: Some("ab12".into()), shown: Some(Box::default()), ..SyncWish::default() };
        assert_eq!(in_words(SYNC, &serde_json::to_string(&wish).unwrap()), "with plan ab12");
        assert_eq!(in_words(SYNC, r#"{"refresh":true}"#), "with a listing of the team");
        assert_eq!(in_words(SYNC, r#"{"refresh":false}"#), "");
        assert_eq!(in_words(SYNC, "plan ab12 was approved"), "plan ab12 was approved");
        assert_eq!(in_words(SYNC, r#"{"shown":{}, "x":1}"#), "of another version");
        assert_eq!(in_words(ADOPT, r#"{"who":"a@acme.example","rebind":true}"#), "a@acme.example, rebind");
        assert_eq!(in_words(ADOPT, r#"{"who":null,"rebind":false,"group":"Platform"}"#), "the group Platform");
    }
}

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

/// The detail of a `sync`. Text that is none of this asks for a plain cycle.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
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
pub struct AdoptWish {
    /// A userName; without one every match.
    pub who: Option<String>,
    pub rebind: bool,
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

/// A cycle for each approval, and one for all the rest, which joins the first approval if there is one. `wanted`: a cycle
/// is due without any request.
pub(super) fn sort(rows: Vec<RequestRow>, wanted: bool, now: Moment) -> Sorted {
    let mut sorted = Sorted::default();
    let (mut plain, mut refresh) = (Vec::new(), Refresh::WhenDue);
    for row in rows {
        let is_fresh = now.since(row.at) <= FRESH_S;
        match row.kind.as_str() {
            SYNC => {
                let wish: SyncWish = serde_json::from_str(&row.detail).unwrap_or_default();
                if wish.refresh {
                    refresh = Refresh::Now;
                }
                match wish.approve {
                    None => plain.push(row.number),
                    Some(plan_id) if is_fresh => {
                        let approval = Some(Approval { plan_id, by: row.by, shown: wish.shown });
                        sorted.cycles.push((vec![row.number], Asked { refresh: Refresh::WhenDue, approval }));
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
    if sorted.cycles.is_empty() && (wanted || !plain.is_empty()) {
        sorted.cycles.push((Vec::new(), Asked { refresh: Refresh::WhenDue, approval: None }));
    }
    if let Some((numbers, asked)) = sorted.cycles.first_mut() {
        numbers.extend(plain);
        asked.refresh = refresh;
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
    fn each_approval_has_its_own_and_the_rest_joins_the_first() {
        let approve = |n, id: &str| row(n, SYNC, &format!(r#"{{"approve":"{id}"}}"#), 1_000);
        let rows = vec![approve(1, "aa"), row(2, SYNC, r#"{"refresh":true}"#, 1_000), approve(3, "bb")];
        let expected = [(vec![1, 2], true, Some("aa".to_owned())), (vec![3], false, Some("bb".to_owned()))];
        assert_eq!(cycles(rows, true), expected);
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
        ];
        let sorted = sort(rows, false, Moment::at(1_000));
        assert_eq!(sorted.refused.iter().map(|(row, _)| row.number).collect::<Vec<_>>(), [1, 2, 4, 5]);
        assert_eq!(sorted.cycles.iter().map(|(numbers, _)| numbers.clone()).collect::<Vec<_>>(), [[3]]);
        assert_eq!(sorted.adopts.len(), 1);
    }
}

//! The history as it follows from the records of a chain.

mod groups;

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::*;
use crate::core::model::{Account, Name, ScimId, SourceId, UserName};
use crate::core::plan::{Adoption, Change, ChangeKey};
use crate::core::snapshot::{Known, Origin, Standing};
use crate::core::time::Moment;
use crate::engine::outcome::{CycleSummary, Stop};
use crate::report::{Colour, CycleKind, TextOptions};
use crate::store::{AuditRow, CycleId};

const NOW: i64 = 1_772_366_400;

/// A chain in the making.
#[derive(Default)]
struct Chain(Vec<AuditRow>);

impl Chain {
    fn push(&mut self, cycle: Option<i64>, kind: &str, subject: &str, detail: Value) {
        let seq = self.0.len() as i64 + 1;
        let (cycle, kind, subject) = (cycle.map(CycleId), kind.to_owned(), subject.to_owned());
        self.0.push(AuditRow { seq, at_unix_s: NOW + seq, cycle, kind, subject, detail: detail.to_string() });
    }

    fn begin(&mut self, cycle: i64, op: i64, change: &Change, by: Option<&str>) {
        let approval = by.map(|by| json!({"plan": "p1", "by": by}));
        let detail =
            json!({"op": op, "key": change.key(), "change": change, "approved": by.is_some(), "approval": approval});
        self.push(Some(cycle), "begin", &change.id().to_string(), detail);
    }

    fn end(&mut self, cycle: i64, op: i64, change: &Change, ended: &str, by: Option<&str>) {
        let approval = by.map(|by| json!({"plan": "p1", "by": by}));
        let detail = json!({
            "op": op, "key": change.key(), "change": change, "facts": [], "approved": by.is_some(),
            "approval": approval, "ended": {"ended": ended, "detail": "409: \u{1b}[31mtaken"},
        });
        self.push(Some(cycle), ended, &change.id().to_string(), detail);
    }

    fn changes(&self, wanted: Wanted, limit: usize) -> (Vec<ChangeEntry>, u64) {
        let mut changes = Changes::new(wanted, limit);
        self.0.iter().for_each(|row| changes.push(row));
        assert_eq!(changes.unreadable, 0);
        changes.finish()
    }

    fn approvals(&self) -> Vec<ApprovalEntry> {
        let mut approvals = Approvals::new(None, 10);
        self.0.iter().for_each(|row| approvals.push(row));
        approvals.finish().0
    }

    fn approve(&mut self, changes: &[&Change], by: &str, under: &str) {
        self.approve_keys(changes.iter().map(|change| change.key()).collect(), by, under);
    }

    fn approve_keys(&mut self, keys: Vec<ChangeKey>, by: &str, under: &str) {
        let detail = json!({"by": by, "under": under, "expires_unix_s": NOW + 86_400, "keys": keys});
        self.push(None, "approve", "p1", detail);
    }
}

fn account(local: &str) -> Account {
    Account { user_name: UserName::new(format!("{local}@acme.example")), name: Name::new("Ada", "King") }
}

fn create(id: &str, local: &str) -> Change {
    Change::Create { id: SourceId::new("hr", id), account: account(local) }
}

fn readdress(id: &str, from: &str, to: &str) -> Change {
    let (from, to) = (account(from).user_name, account(to).user_name);
    Change::Readdress { depth: 0, id: SourceId::new("hr", id), scim_id: ScimId("s".into()), from, to }
}

fn known(id: &str, local: &str, origin: Origin) -> Value {
    let known = Known {
        id: SourceId::new("hr", id),
        scim_id: ScimId(format!("s{id}")),
        account: account(local),
        standing: Standing::Active,
        absent: None,
        undone: 0,
        origin,
    };
    serde_json::to_value(known).unwrap()
}

fn kinds(entries: &[ChangeEntry]) -> Vec<(String, Outcome)> {
    entries.iter().map(|entry| (entry.kind.clone(), entry.outcome)).collect()
}

#[test]
fn one_entry_a_change_however_it_ended() {
    let mut chain = Chain::default();
    let changes: Vec<Change> = (1..=5).map(|n| create(&n.to_string(), &format!("p{n}"))).collect();
    for (op, change) in (1..).zip(&changes) {
        chain.begin(1, op, change, (op == 1).then_some("tester"));
    }
    chain.end(1, 1, &changes[0], "done", Some("tester"));
    chain.end(1, 2, &changes[1], "rejected", None);
    chain.end(1, 3, &changes[2], "unknown", None);
    // 4 was on its way when the program died, and is never heard of again; 5 too, and is settled.
    chain.push(Some(2), "settled", "", json!({"op": 3, "happened": true}));
    chain.push(Some(2), "known", "hr:3", known("3", "p3", Origin::Created));
    chain.push(Some(2), "settled", "", json!({"op": 5, "happened": false}));
    let (entries, earlier) = chain.changes(Wanted::default(), 10);
    let outcomes: Vec<_> = entries.iter().map(|entry| (entry.id.id.as_str(), entry.outcome)).collect();
    let expected = [
        ("1", Outcome::Done),
        ("2", Outcome::Rejected),
        ("3", Outcome::SettledDone),
        ("5", Outcome::SettledNotDone),
        ("4", Outcome::NoAnswer),
    ];
    assert_eq!((outcomes, earlier), (expected.to_vec(), 0));
    assert_eq!(entries[0].approved_by.as_deref(), Some("tester"));
    assert!(entries.iter().all(|entry| entry.cycle == Some(CycleId(1))), "the cycle is the one that began it");

    let (last, earlier) = chain.changes(Wanted::default(), 2);
    assert_eq!((kinds(&last), earlier), (kinds(&entries[3..]), 3));
    let wanted = Wanted { since_unix_s: Some(NOW + 9), ..Wanted::default() };
    assert_eq!(chain.changes(wanted, 10).0.len(), 2);
    assert!(chain.changes(Wanted { cycle: Some(CycleId(2)), ..Wanted::default() }, 10).0.is_empty());
}

#[test]
fn a_persons_story_goes_on_across_an_address_change() {
    let mut chain = Chain::default();
    chain.push(Some(1), "known", "hr:1", known("1", "ada", Origin::Adopted));
    chain.push(Some(1), "known", "hr:1", known("1", "ada", Origin::Adopted));
    let moves = readdress("1", "ada", "ada.king");
    chain.begin(2, 1, &moves, None);
    chain.end(2, 1, &moves, "done", None);
    chain.push(
        Some(3),
        "hold",
        "hr:1",
        json!({"reason": {"reason": "conflict"}, "since": {"unix_s": 1, "boot": 0,
        "uptime_s": 0}, "until_unix_s": null, "tries": 1}),
    );
    let newcomer = create("2", "ada");
    chain.begin(4, 2, &newcomer, None);
    chain.end(4, 2, &newcomer, "done", None);
    let story = |who: &str| {
        let who = UserName::new(who);
        let people: BTreeSet<String> = chain.0.iter().flat_map(|row| ids_with(row, &who)).collect();
        let wanted = Wanted { people: Some(people.clone()), ..Wanted::default() };
        let kinds: Vec<String> = chain.changes(wanted, 10).0.into_iter().map(|entry| entry.kind).collect();
        (people.into_iter().collect::<Vec<_>>(), kinds)
    };
    let whole = vec!["adopt".to_owned(), "readdress".into(), "hold".into()];
    assert_eq!(story("Ada.King@acme.example"), (vec!["hr:1".to_owned()], whole.clone()));
    assert_eq!(story("hr:1"), (vec!["hr:1".to_owned()], whole));
    // The address went to somebody else: both are told, and that there are two.
    assert_eq!(story("ada@acme.example").0, ["hr:1", "hr:2"]);
    assert_eq!(kinds(&chain.changes(Wanted::default(), 10).0).len(), 3, "without a person, no holds");
}

#[test]
fn an_adoption_by_hand_names_who_decided() {
    let mut chain = Chain::default();
    chain.push(None, "decree", "", json!({"by": "ada (uid 7)", "facts": 2}));
    chain.push(None, "known", "hr:1", known("1", "ada", Origin::Adopted));
    chain.push(None, "release", "hr:1", json!({"source": "hr", "id": "1"}));
    chain.push(Some(3), "known", "hr:2", known("2", "bob", Origin::Adopted));
    let (entries, _) = chain.changes(Wanted::default(), 10);
    let by: Vec<_> = entries.iter().map(|entry| entry.approved_by.as_deref()).collect();
    assert_eq!(by, [Some("ada (uid 7)"), None]);
}

#[test]
fn an_approval_counts_what_had_its_effect_under_it() {
    let mut chain = Chain::default();
    let changes: Vec<Change> = (1..=3).map(|n| create(&n.to_string(), &format!("p{n}"))).collect();
    chain.approve(&changes.iter().collect::<Vec<_>>(), "ada", "f");
    for (op, change) in (1..).zip(&changes) {
        chain.begin(1, op, change, Some("ada"));
    }
    chain.end(1, 1, &changes[0], "done", Some("ada"));
    chain.end(1, 2, &changes[1], "rejected", Some("ada"));
    chain.push(Some(2), "settled", "", json!({"op": 3, "happened": true}));
    assert_eq!(chain.approvals().iter().map(|entry| (entry.changes, entry.used)).collect::<Vec<_>>(), [(3, 2)]);

    chain.approve(&[&changes[1]], "bob", "f");
    chain.begin(3, 4, &changes[1], Some("bob"));
    chain.end(3, 4, &changes[1], "done", Some("bob"));
    let found: Vec<_> = chain.approvals().iter().map(|entry| (entry.used, entry.replaced)).collect();
    assert_eq!(found, [(2, true), (1, false)]);
}

#[test]
fn an_adoption_uses_its_approval_up_and_names_who_gave_it() {
    let mut chain = Chain::default();
    let adoption = |id: &str| Adoption::key_of(&SourceId::new("hr", id), &ScimId(format!("s{id}")));
    chain.approve_keys(vec![create("3", "p3").key(), adoption("1"), adoption("2")], "ada", "f");
    chain.push(Some(1), "known", "hr:1", known("1", "p1", Origin::Adopted));
    // A decision by name is nobody's approved plan.
    chain.push(None, "decree", "", json!({"by": "bob", "facts": 1}));
    chain.push(None, "known", "hr:2", known("2", "p2", Origin::Adopted));
    chain.push(Some(2), "known", "hr:1", known("1", "p1", Origin::Adopted));
    chain.push(Some(2), "known", "hr:4", known("4", "p4", Origin::Adopted));
    assert_eq!(chain.approvals().iter().map(|entry| (entry.changes, entry.used)).collect::<Vec<_>>(), [(3, 1)]);
    let (entries, _) = chain.changes(Wanted::default(), 10);
    let by: Vec<_> = entries.iter().map(|e| (e.approved_by.as_deref(), e.approved_plan.as_deref())).collect();
    assert_eq!(by, [(Some("ada"), Some("p1")), (Some("bob"), None), (None, None)]);
}

#[test]
fn what_had_expired_is_not_replaced() {
    let mut chain = Chain::default();
    let (one, other) = (create("1", "p1"), create("2", "p2"));
    chain.approve(&[&one], "ada", "f");
    chain.approve(&[&other], "ada", "f");
    chain.0[0].detail = chain.0[0].detail.replace(&(NOW + 86_400).to_string(), &(NOW + 3).to_string());
    chain.push(Some(1), "cycle_end", "", json!({}));
    chain.approve(&[&one], "bob", "another");
    let replaced: Vec<_> = chain.approvals().iter().map(|entry| entry.replaced).collect();
    assert_eq!(replaced, [false, true, false]);
}

#[test]
fn a_cycle_that_did_not_do_its_work_says_why() {
    let because = |reason: &str| Some(Stop { reason: reason.into(), advice: None });
    let summary = CycleSummary {
        not_done: 1,
        set_aside: 2,
        stopped: because("the key was refused"),
        moved: because("the plan is another one now"),
        phase_stops: because("no free seat").into_iter().collect(),
        ..CycleSummary::default()
    };
    let failed =
        CycleSummary { sources_failed: vec!["hr.csv: no such file".into()], set_aside: 1, ..Default::default() };
    let entry = |number, summary| CycleEntry {
        cycle: CycleId(number),
        started_unix_s: NOW,
        ended_unix_s: Some(NOW),
        exit_code: Some(1),
        exit_meaning: None,
        summary: Some(summary),
    };
    let entries = Entries::Cycles(vec![entry(6, failed), entry(7, summary)]);
    let history = History { entries, earlier: 0, unreadable: 0, ids: vec![], audit: Audit::NotChecked };
    let now = Moment::at(NOW);
    let text = history_text(&history, &TextOptions { colour: Colour::Never, kind: CycleKind::Dry, now, config: None });
    let why: Vec<&str> = text.lines().filter(|line| line.starts_with("      ")).map(str::trim).collect();
    let expected = [
        "not read: hr.csv: no such file",
        "stopped: the key was refused",
        "nothing applied: the plan is another one now",
        "a phase stopped: no free seat",
        "not done: `history --changes --cycle 7` names each, and why",
        "set aside: `status` and `plan` name who and why",
    ];
    assert_eq!(why, expected, "{text}");
}

#[test]
fn a_record_of_another_version_is_counted_and_nothing_of_a_text_commands_the_terminal() {
    let mut chain = Chain::default();
    let evil = create("1\n= forged", "\u{1b}[31mx\u{202e}");
    chain.begin(1, 1, &evil, Some("\u{1b}]0;t\u{7}me"));
    chain.end(1, 1, &evil, "rejected", Some("\u{1b}]0;t\u{7}me"));
    chain.push(Some(1), "done", "hr:1", json!({"another": "version"}));
    let mut changes = Changes::new(Wanted::default(), 10);
    chain.0.iter().for_each(|row| changes.push(row));
    let unreadable = changes.unreadable;
    let (entries, earlier) = changes.finish();
    let audit = Audit::Broken { record: 3, why: "\u{1b}x".into() };
    let entries = Entries::Changes(entries);
    let history = History { entries, earlier, unreadable, ids: vec!["a\u{1b}".into(), "b".into()], audit };
    let now = Moment::at(NOW);
    let text = history_text(&history, &TextOptions { colour: Colour::Never, kind: CycleKind::Dry, now, config: None });
    assert!(text.contains("1 record is not as this version writes them") && text.contains("BROKEN at record 3"));
    for text in [&text, &history_json(&history), &history_lines(&history)] {
        assert!(!text.contains(['\u{1b}', '\u{202e}', '\u{7}']), "{text:?}");
        assert!(!text.lines().any(|line| line.starts_with("= forged")), "{text}");
    }
}

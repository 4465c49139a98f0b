//! JSON documents hold all that is in the values, under names that scripts may rely on.

use std::collections::BTreeSet;

use serde_json::Value;

use super::super::{cycle_json, plan_json};
use super::fixture::*;
use crate::core::plan::Plan;

fn parsed(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

/// The value itself with the fields that the document adds.
fn with_head(mut value: Value, head: &[(&str, Value)]) -> Value {
    for (key, field) in head {
        value[*key] = field.clone();
    }
    value
}

#[test]
fn a_plan_comes_back_whole() {
    let proposal = rich();
    let json = parsed(&plan_json(&proposal));
    assert_eq!(serde_json::from_value::<Plan>(json["plan"].clone()).unwrap(), proposal.plan);
    let whole = serde_json::to_value(&proposal).unwrap();
    assert_eq!(json, with_head(whole, &[("format", 1.into()), ("document", "plan".into())]));
}

#[test]
fn fields_keep_their_order() {
    let text = plan_json(&rich());
    let is_top = |line: &&str| line.starts_with("  \"");
    let keys: Vec<&str> = text.lines().filter(is_top).filter_map(|line| line.split('"').nth(1)).collect();
    let expected = [
        "format",
        "document",
        "plan_id",
        "plan",
        "held",
        "budget",
        "approved",
        "sources",
        "listed_team",
        "requests",
        "minutes",
        "is_first",
    ];
    assert_eq!(keys, expected);
    assert_eq!(text, plan_json(&rich()));
}

#[test]
fn a_cycle_comes_back_whole() {
    let report = cycle();
    let meaning = "a part is held back until a person acts";
    let head = [("format", 1.into()), ("document", "cycle".into()), ("exit_meaning", meaning.into())];
    assert_eq!(parsed(&cycle_json(&report)), with_head(serde_json::to_value(&report).unwrap(), &head));
}

/// The golden text of the rich proposal is worth something only while it has every variant.
#[test]
fn the_rich_proposal_has_every_variant() {
    let json = serde_json::to_value(rich()).unwrap();
    let tags = |list: &Value, tag: &str| -> BTreeSet<String> {
        let items = list.as_array().into_iter().flatten();
        items.filter_map(|item| item[tag].as_str()).map(str::to_owned).collect()
    };
    let (plan, notes) = (&json["plan"], &json["plan"]["notes"]);
    let nested = |outer: &str| Value::from_iter(notes.as_array().into_iter().flatten().map(|note| note[outer].clone()));
    let reasons = Value::from_iter(nested("hold").as_array().into_iter().flatten().map(|hold| hold["reason"].clone()));
    let counts = [
        (tags(notes, "note"), 22),
        (tags(&nested("rejection"), "because"), 5),
        (tags(&reasons, "reason"), 8),
        (tags(&json["held"], "held"), 4),
        (tags(&plan["refusals"], "refusal"), 3),
        (tags(&plan["changes"], "kind"), 5),
    ];
    for (tags, variants) in counts {
        assert_eq!(tags.len(), variants, "{tags:?}");
    }
}

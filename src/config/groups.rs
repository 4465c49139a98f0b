//! `[[group]]` and the rest of what the configuration says about groups.
//!
//! Never: lets a rule through that no source could answer, or that takes effect only if another setting were on.

use std::collections::BTreeSet;

use config::{Value, ValueKind};

use super::findings::Findings;
use super::layers::place_in_list;
use super::settings::{Settings, at};
use crate::core::groups::rules::{Asked, Rule};
use crate::core::groups::{GroupPolicy, Mode, Switches};

/// The groups that one source is asked for.
#[derive(Clone, Debug, Default)]
pub(super) struct Groups {
    /// `scope.groups`, or the source's `scope_groups`: members are in scope.
    pub scope: Vec<String>,
    /// Of the `[[group]]`s: who is in them is handed over, and decides nobody's access to the team.
    pub pushed: Vec<Asked>,
}

/// The settings of each `[[group]]`, in their order.
pub(super) fn group_settings(merged: &Value, findings: &mut Findings) -> Vec<Settings> {
    let tables = match at(merged, "group").map(|value| &value.kind) {
        Some(ValueKind::Array(tables)) => tables.as_slice(),
        _ => &[],
    };
    let numbered = tables.iter().enumerate();
    numbered.map(|(at, table)| Settings::group(table, place_in_list("group", at), findings)).collect()
}

/// The rules, checked against the names of the sources.
pub(super) fn groups(
    root: &Settings,
    groups: &[Settings],
    sources: &[Settings],
    findings: &mut Findings,
) -> GroupPolicy {
    let mode = match root.text("provisioning.groups").as_str() {
        "push" => Mode::Push,
        "read_back" => Mode::ReadBack,
        _ => Mode::Off,
    };
    let names: Vec<String> = sources.iter().filter_map(|source| source.optional("source.name")).collect();
    let mut seen = BTreeSet::new();
    let mut rules = Vec::new();
    for settings in groups {
        let Some(rule) = rule(settings, &names, findings) else { continue };
        if !seen.insert((rule.from.clone(), rule.asked.text().to_ascii_lowercase())) {
            findings.wrong(&settings.place("group.source"), "stands in another [[group]] already", None);
        }
        rules.push(rule);
    }
    if mode == Mode::Off && !rules.is_empty() {
        findings.warn("[[group]] has no effect while provisioning.groups is \"off\"");
    }
    if mode == Mode::Push && groups.is_empty() {
        let advice = "add a [[group]] with the directory's group as source, or write groups = \"off\"";
        findings.missing("provisioning.groups", "is \"push\", and no [[group]] says which", advice);
    }
    let flag = |key: &str| root.flag(&format!("provisioning.{key}"));
    let switches = Switches {
        create_groups: flag("create_groups"),
        rename_groups: flag("rename_groups"),
        add_members: flag("add_members"),
        remove_members: flag("remove_members"),
        delete_groups: flag("delete_groups"),
    };
    // What is off asks for nothing.
    GroupPolicy { mode, switches, rules: if mode == Mode::Off { Vec::new() } else { rules } }
}

fn rule(settings: &Settings, names: &[String], findings: &mut Findings) -> Option<Rule> {
    let source = settings.optional("group.source")?;
    let asked = Asked::of(source.trim());
    if let Asked::Every { after, .. } = &asked
        && after.contains('*')
    {
        findings.wrong(&settings.place("group.source"), "has more than one *", Some("write one of them".into()));
    }
    let postman = settings.optional("group.postman");
    let stars = postman.as_deref().unwrap_or("*").matches('*').count();
    match &asked {
        Asked::Every { .. } if stars != 1 => {
            let advice = "write one *, for what the * of source stands for".to_owned();
            findings.wrong(&settings.place("group.postman"), "would give many groups one name", Some(advice));
        }
        Asked::One(_) if postman.is_some() && stars > 0 => {
            let advice = "write the name in full, or a pattern with * as source".to_owned();
            findings.wrong(&settings.place("group.postman"), "has a * that stands for nothing", Some(advice));
        }
        _ => {}
    }
    let from = match settings.optional("group.from") {
        // There is a problem with the sources themselves.
        _ if names.is_empty() => return None,
        Some(from) if names.contains(&from) => from,
        Some(_) => {
            let advice = format!("write one of {}", names.join(", "));
            findings.wrong(&settings.place("group.from"), "is the name of no [[source]]", Some(advice));
            return None;
        }
        None => match names {
            [only] => only.clone(),
            _ => {
                let advice = format!("write which source has the group: {}", names.join(", "));
                findings.missing(&settings.place("group.from"), "is missing, and there are several sources", &advice);
                return None;
            }
        },
    };
    Some(Rule { from, asked, postman, adopt: settings.flag("group.adopt") })
}

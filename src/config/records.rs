//! The keys that every source of records has: which attribute is the id, the state, the groups.
//!
//! Never: guesses what a value means; what stands in neither list is unknown.

use super::findings::Findings;
use super::settings::Settings;
use crate::core::groups::rules::Asked;

/// How an entry is understood, whatever it came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordSettings {
    /// Column (or attribute) with the immutable id.
    pub id: String,
    /// Column that says whether the person is active; without it every entry is active.
    pub active: Option<String>,
    /// What `active` may hold; compared ASCII-case-insensitively after trimming. Anything else is unknown.
    pub active_values: Vec<String>,
    pub inactive_values: Vec<String>,
    /// Column with group names, separated by `groups_separator` (default `|`).
    pub groups: Option<String>,
    pub groups_separator: String,
    /// The groups that `[[group]]` asks for: `DirectoryUser::in_groups` and `Evidence::groups`.
    pub pushed: Vec<Asked>,
}

/// The settings of one source; what is wrong or contradicts itself is a finding.
pub(super) fn records(settings: &Settings, pushed: Vec<Asked>, findings: &mut Findings) -> Option<RecordSettings> {
    check_values(settings, findings);
    if settings.optional("source.id").is_none() {
        let advice = "it is the column with the immutable id of a person, never the e-mail";
        findings.missing(&settings.place("source.id"), "is missing", advice);
    }
    Some(RecordSettings {
        id: settings.optional("source.id")?,
        active: settings.optional("source.active"),
        active_values: settings.texts("source.active_values"),
        inactive_values: settings.texts("source.inactive_values"),
        groups: settings.optional("source.groups"),
        groups_separator: settings.text("source.groups_separator"),
        pushed,
    })
}

/// A value that means both would make a person's state depend on the order of two lists.
pub(super) fn check_values(settings: &Settings, findings: &mut Findings) {
    let (active, inactive) = (settings.texts("source.active_values"), settings.texts("source.inactive_values"));
    if let Some(both) = active.iter().find(|a| inactive.iter().any(|i| i.eq_ignore_ascii_case(a))) {
        let message = format!("\"{}\" is in inactive_values too", both.escape_debug());
        findings.wrong(&settings.place("source.active_values"), message, Some("a value means one thing".into()));
    }
    if settings.optional("source.active").is_some() && active.is_empty() {
        let advice = "name the values of active people, or remove active";
        findings.missing(&settings.place("source.active_values"), "is empty, so nobody would be active", advice);
    }
}

//! The rules that no single key can tell, and the `Config` made of what passed them.
//!
//! Never: reads a file, or lets a configuration through in which somebody would fall out of scope by oversight.

use std::collections::BTreeSet;
use std::path::Path;

use config::{Value, ValueKind};

use super::entra_source::entra;
use super::exec_source::exec;
use super::file_source::file;
use super::findings::Findings;
use super::fingerprint::fingerprint;
use super::google_source::google;
use super::groups::{Groups, group_settings, groups};
use super::keycloak_source::keycloak;
use super::layers::place_in_list;
use super::ldap_source::ldap;
use super::okta_source::okta;
use super::policy::{policy, scope};
use super::postman::{Given, http, postman};
use super::schedule::{self, Schedule};
use super::scim_source::scim;
use super::settings::{Settings, at};
use super::{Alarms, Config, Log, LogFormat, SourceKind, SourceSettings};
use crate::core::groups::rules::Asked;
use crate::core::mapping::{Mapping, MappingSettings};

/// What the mapping reads, which is one for all sources.
pub(super) struct Mapped<'a> {
    pub names: &'a [String],
    /// Of these, those that a directory has to have, with the setting that names them: what stands alone in the mapping, and where
    /// every source is of one type, what stands in an expression too. Else that may be meant for another source.
    pub owed: Vec<(&'static str, &'a String)>,
}

const MAPPING: [&str; 3] = ["mapping.user_name", "mapping.given_name", "mapping.family_name"];

/// The names that each source has to know.
fn owed<'a>(root: &Settings, names: &'a [String], is_alone: bool) -> Vec<(&'static str, &'a String)> {
    let texts = MAPPING.map(|key| (key, root.text(key)));
    let alone = |name: &String| texts.iter().find(|(_, text)| text.trim() == name).map(|(key, _)| *key);
    let place = |name: &String| alone(name).or(is_alone.then_some("mapping"));
    names.iter().filter_map(|name| Some((place(name)?, name))).collect()
}

/// The checked configuration; nothing when there are problems among the findings.
pub(super) fn check(merged: &Value, given: Given, path: &Path, findings: &mut Findings) -> Option<Config> {
    let base = path.parent().unwrap_or(Path::new(""));
    let root = Settings::root(merged, findings);
    let sources = source_settings(merged, given.credentials.as_deref(), findings);
    let mapping = mapping(&root, findings);
    let mapped = Mapping::compile(&mapping).map(|compiled| compiled.reads()).unwrap_or_default();
    let scope = scope(&root, &sources);
    let group_tables = group_settings(merged, findings);
    let group_policy = groups(&root, &group_tables, &sources, findings);
    let rules = group_policy.rules.clone();
    let policy = policy(&root, group_policy, findings);
    let postman = postman(&root, given, base, findings);
    let checked: Vec<_> = sources
        .iter()
        .map(|settings| {
            let is_alone = sources.iter().all(|other| other.text("source.type") == settings.text("source.type"));
            let mapped = Mapped { names: &mapped, owed: owed(&root, &mapped, is_alone) };
            let name = settings.text("source.name");
            let pushed = rules.iter().filter(|rule| rule.from == name).map(|rule| rule.asked.clone()).collect();
            source(settings, &root, &mapped, pushed, base, findings)
        })
        .collect();
    check_names(&sources, findings);
    if !findings.problems.is_empty() {
        return None;
    }
    Some(Config {
        path: Some(path.into()),
        postman: postman?,
        http: http(&root, base),
        sources: checked.into_iter().collect::<Option<_>>()?,
        mapping,
        scope,
        policy,
        settle_wait_s: root.seconds("safety.settle_wait"),
        refresh_every_s: root.seconds("schedule.refresh_every"),
        alarms: alarms(&root),
        log: log(&root),
        schedule: schedule(&root)?,
        state_path: base.join(root.text("state.path")),
        warnings: std::mem::take(&mut findings.warnings),
        fingerprint: fingerprint(&root, sources.iter().chain(&group_tables)),
    })
}

fn alarms(root: &Settings) -> Alarms {
    let no_change_s = Some(root.seconds("safety.no_change_alarm")).filter(|&seconds| seconds > 0);
    Alarms { silence_s: root.seconds("safety.silence"), no_change_s }
}

fn log(root: &Settings) -> Log {
    let format = if root.text("log.format") == "json" { LogFormat::Json } else { LogFormat::Text };
    Log { format, level: root.text("log.level").parse().ok() }
}

/// Both were read as values already; here they are kept.
fn schedule(root: &Settings) -> Option<Schedule> {
    Some(Schedule {
        cron: schedule::cron(&root.text("schedule.cron")).ok()?,
        timezone: schedule::timezone(&root.text("schedule.timezone"))?,
        jitter_s: root.seconds("schedule.jitter"),
    })
}

fn source_settings(merged: &Value, credentials: Option<&Path>, findings: &mut Findings) -> Vec<Settings> {
    let tables = match at(merged, "source").map(|value| &value.kind) {
        Some(ValueKind::Array(tables)) => tables.as_slice(),
        _ => &[],
    };
    if tables.is_empty() {
        let advice = "add a [[source]] with a name, a type and what that type needs (config/ has one example each)";
        findings.missing("source", "there is no directory to read", advice);
    }
    let numbered = tables.iter().enumerate();
    numbered.map(|(at, table)| Settings::source(table, place_in_list("source", at), credentials, findings)).collect()
}

fn source(
    settings: &Settings,
    root: &Settings,
    mapped: &Mapped<'_>,
    pushed: Vec<Asked>,
    base: &Path,
    findings: &mut Findings,
) -> Option<SourceSettings> {
    let name = settings.optional("source.name");
    let own_groups = settings.given_texts("source.scope_groups");
    if own_groups.as_ref().is_some_and(Vec::is_empty) {
        let advice = "leave it out, and name the groups of the other sources in their scope_groups";
        findings.missing(&settings.place("source.scope_groups"), "names no group", advice);
    }
    let own = own_groups.is_some();
    let groups = Groups { scope: own_groups.unwrap_or_else(|| root.texts("scope.groups")), pushed };
    let kind = settings.optional("source.type")?;
    if matches!(kind.as_str(), "file" | "exec") && settings.optional("source.groups").is_none() {
        let key = if own { "scope_groups" } else { "scope.groups" };
        if !groups.scope.is_empty() {
            let advice = format!("name the column with the groups, or remove {key}");
            let message = format!("is missing while {key} is set: everybody would fall out of scope");
            findings.missing(&settings.place("source.groups"), message, advice);
        } else if !groups.pushed.is_empty() {
            let message = "is missing while a [[group]] asks for groups of this source";
            findings.missing(&settings.place("source.groups"), message, "name the column with the groups");
        }
    }
    let kind = match kind.as_str() {
        "file" => file(settings, groups, base, findings).map(SourceKind::File),
        "exec" => exec(settings, groups, base, findings).map(SourceKind::Exec),
        "ldap" => ldap(settings, groups, mapped.names.to_vec(), base, findings).map(SourceKind::Ldap),
        "scim" => scim(settings, groups, base, findings).map(SourceKind::Scim),
        "okta" => okta(settings, groups, base, findings).map(SourceKind::Okta),
        "keycloak" => keycloak(settings, root, groups, mapped.names, base, findings).map(SourceKind::Keycloak),
        "entra" => entra(settings, groups, mapped, base, findings).map(SourceKind::Entra),
        "google" => google(settings, groups, mapped, base, findings).map(SourceKind::Google),
        // Said already, by its key.
        _ => return None,
    };
    let (identity, restored) = (settings.optional("source.identity"), settings.optional("source.restored"));
    Some(SourceSettings { name: name?, kind: kind?, identity, restored })
}

/// People are remembered under the name of their source, so it must be one and stay the same.
fn check_names(sources: &[Settings], findings: &mut Findings) {
    let mut seen = BTreeSet::new();
    for settings in sources {
        let Some(name) = settings.optional("source.name") else { continue };
        let place = settings.place("source.name");
        let plain = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
        if name.len() > 64 || !name.chars().all(plain) {
            let advice = "take up to 64 letters, digits, dots, underscores and hyphens".to_owned();
            findings.wrong(&place, "is no name for a source", Some(advice));
        } else if !seen.insert(name.clone()) {
            findings.wrong(&place, format!("\"{name}\" is the name of another source"), None);
        }
    }
}

fn mapping(root: &Settings, findings: &mut Findings) -> MappingSettings {
    let mapping = MappingSettings {
        user_name: root.text("mapping.user_name"),
        given_name: root.text("mapping.given_name"),
        family_name: root.text("mapping.family_name"),
    };
    for (target, message) in Mapping::compile(&mapping).err().unwrap_or_default() {
        let path = format!("mapping.{target}");
        // A value that could not be read is empty here and has been told already.
        if root.optional(&path).is_some() {
            findings.wrong(&path, message, None);
        }
    }
    mapping
}

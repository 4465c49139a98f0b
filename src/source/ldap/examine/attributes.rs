//! Attributes that are asked for and that nobody has: mostly a slip of the pen in `[mapping]`, or a schema without the attribute
//! that says who is locked.
//!
//! Never: asks for a value of an attribute that was not configured; what people have is asked for by name alone.

use crate::config::ldap_source::{Directory, LdapSettings, StateRule};
use crate::config::nearest;
use crate::source::Finding;
use crate::source::ldap::session::Session;
use crate::source::ldap::{groups, people};

/// Names that are shown of one person.
const SHOWN: usize = 40;
const LOCKED: &str = "pwdAccountLockedTime";

/// Where nothing can be asked, nothing is said.
pub async fn of(session: &mut Session, settings: &LdapSettings) -> Vec<Finding> {
    let mut findings = missing(session, settings).await;
    let by_lock = settings.directory == Directory::OpenLdap && matches!(settings.state, StateRule::OfDirectory);
    if by_lock && knows(session, LOCKED).await == Some(false) {
        findings.push(Finding::Unwise(format!(
            "the server has no {LOCKED} (its ppolicy module is not loaded), so everybody counts as active; leavers go by being \
             deleted or moved out of source.bases, or set source.active to an attribute of yours"
        )));
    }
    findings
}

async fn missing(session: &mut Session, settings: &LdapSettings) -> Vec<Finding> {
    let mut some = Vec::new();
    for base in &settings.bases {
        some.extend(session.attribute_names(base, &settings.filter).await.unwrap_or_default());
    }
    some.sort();
    some.dedup();
    let mut findings = Vec::new();
    for name in people::askable(settings) {
        let is_there = some.iter().any(|known| known.eq_ignore_ascii_case(name));
        if !some.is_empty() && !is_there && nobody_has(session, settings, name).await {
            findings.push(told(name, &some));
        }
    }
    findings
}

fn told(name: &str, some: &[String]) -> Finding {
    let near = nearest(name, some.iter().map(String::as_str));
    let near = near.map(|near| format!("did you mean \"{near}\"? ")).unwrap_or_default();
    let some = some.iter().take(SHOWN).map(String::as_str).collect::<Vec<_>>().join(", ");
    Finding::Unwise(format!(
        "nobody shows \"{name}\", which [mapping] or source.attributes name; {near}people there have {some}"
    ))
}

/// A server may know it by another name, and send it under that.
async fn nobody_has(session: &mut Session, settings: &LdapSettings, name: &str) -> bool {
    let filter = groups::people(settings, &format!("({name}=*)"));
    for base in &settings.bases {
        match session.any(base, &filter, &[name]).await {
            Ok(Some(person)) if person.has(name) => return false,
            Ok(_) => {}
            Err(_) => return false,
        }
    }
    true
}

/// Whether the schema has an attribute (RFC 4512 §4.2). None: it is not shown as a whole.
async fn knows(session: &mut Session, name: &str) -> Option<bool> {
    const TYPES: &str = "attributeTypes";
    let root = session.entry("", &["subschemaSubentry"]).await.ok()??;
    let schema = session.entry(root.texts("subschemaSubentry").first()?, &[TYPES]).await.ok()??;
    let quoted = format!("'{name}'");
    schema.has(TYPES).then(|| schema.texts(TYPES).iter().any(|one| one.contains(&quoted)))
}

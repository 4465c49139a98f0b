//! Identity: was this the directory, and the account that reads it, from which the people of this state were read? The
//! identity of a source's first approved cycle is remembered, and a reading of another one is worth nothing.
//!
//! Never: takes another one for granted; that is a person's decision, written down in the configuration.

use std::collections::BTreeMap;

use crate::config::SourceSettings;
use crate::core::evidence::{Evidence, Identity};
use crate::core::text::toml_string;
use crate::planted::Bug;
use crate::source::{Source, SourceError};
use crate::store::{Store, StoreError};

use super::observe::{Context, Observed};

/// The evidence, if it is of the directory it has to be. What the configuration names counts, else what was pinned.
pub fn expected(
    settings: &[SourceSettings],
    pinned: &BTreeMap<String, Identity>,
    source: &dyn Source,
    evidence: Evidence,
) -> Result<Evidence, SourceError> {
    let settings = settings.iter().find(|settings| settings.name == source.name());
    let named = settings.and_then(|settings| settings.identity.as_deref());
    let tells_who = settings.is_some_and(|settings| settings.kind.is_server());
    match wrong(evidence.identity.as_ref(), named, pinned.get(source.name()), tells_who) {
        Some(_) if Bug::BelievesAnyDirectory.is_planted() => Ok(evidence),
        Some(reason) => Err(SourceError::Malformed { place: source.describe(), reason }),
        None => Ok(evidence),
    }
}

/// What is wrong about who was read, if anything is.
fn wrong(now: Option<&Identity>, named: Option<&str>, pinned: Option<&Identity>, tells_who: bool) -> Option<String> {
    match (now, named, pinned) {
        (Some(now), Some(named), _) => (now.to_string() != named).then(|| not_named(now, named)),
        (Some(now), None, Some(before)) => (now != before).then(|| not_pinned(now, before)),
        (None, named, pinned) if named.is_some() || pinned.is_some() && tells_who => {
            Some("the directory does not say which it is and who reads it, so nothing of it counts".into())
        }
        (_, None, _) | (None, ..) => None,
    }
}

fn not_named(now: &Identity, named: &str) -> String {
    let named = toml_string(named);
    format!("this is not the identity = {named} of its [[source]], so nothing of it counts; {}", if_right(now))
}

fn not_pinned(now: &Identity, before: &Identity) -> String {
    let changed = |what: &str, was: &str, is: &str| format!("another {what} than until now: it was {was}, and is {is}");
    let directory =
        (now.directory != before.directory).then(|| changed("directory", &before.directory, &now.directory));
    let account = (now.principal != before.principal).then(|| changed("account", &before.principal, &now.principal));
    let both: Vec<String> = directory.into_iter().chain(account).collect();
    format!("{}, so nothing of it counts; {}", both.join("; "), if_right(now))
}

fn if_right(now: &Identity) -> String {
    format!("if that is right, set identity = {} in its [[source]]", toml_string(&now.to_string()))
}

/// Remembers who was read. `approved`: something of this cycle was let through, or nothing waits for a first approval.
/// A configured identity is one by itself, and takes the place of another.
pub(super) fn pin(
    context: &Context<'_>,
    store: &mut Store,
    observed: &Observed,
    approved: bool,
) -> Result<(), StoreError> {
    let pinned = store.identities()?;
    for (reading, evidence) in observed.good_readings() {
        let Some(identity) = &evidence.identity else { continue };
        let is_named = context.config.sources.iter().any(|s| s.name == reading.source && s.identity.is_some());
        let may = match pinned.get(&reading.source) {
            None => approved || is_named,
            Some(before) => is_named && before != identity,
        };
        if may {
            store.set_identity(&reading.source, identity, observed.now)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn identity(directory: &str, principal: &str) -> Identity {
        Identity { directory: directory.into(), principal: principal.into() }
    }

    #[test]
    fn only_the_directory_that_was_read_before_counts_unless_another_is_named() {
        let (acme, other) = (identity("dc=acme", "cn=sync"), identity("dc=acme \"copy\"", "cn=sync"));
        let admin = identity("dc=acme", "cn=admin");
        assert_eq!(wrong(Some(&acme), None, None, true), None, "the first reading");
        assert_eq!(wrong(Some(&acme), None, Some(&acme), true), None);
        assert_eq!(wrong(Some(&acme), Some("dc=acme as cn=sync"), Some(&other), true), None, "a person says so");
        let because = |now, named, pinned| wrong(now, named, pinned, true).unwrap();
        let told = because(Some(&other), None, Some(&acme));
        assert_eq!(
            told,
            "another directory than until now: it was dc=acme, and is dc=acme \"copy\", so nothing of it counts; \
             if that is right, set identity = \"dc=acme \\\"copy\\\" as cn=sync\" in its [[source]]"
        );
        let told = because(Some(&admin), None, Some(&acme));
        assert!(told.starts_with("another account than until now: it was cn=sync, and is cn=admin, so"), "{told}");
        let neither = identity("x", "y");
        let both = because(Some(&neither), None, Some(&acme));
        assert!(both.contains("directory") && both.contains("; another account"), "{both}");
        // What is named counts before anything was read, and against what was pinned.
        for pinned in [None, Some(&acme)] {
            let told = because(Some(&acme), Some("dc=acme as cn=admin"), pinned);
            assert!(
                told.contains("identity = \"dc=acme as cn=admin\" of its") && told.contains("as cn=sync\" in"),
                "{told}"
            );
        }
        // A server that no longer says who it is; a file never did.
        assert!(wrong(None, Some("dc=acme as cn=sync"), None, true).is_some());
        assert!(wrong(None, None, Some(&acme), true).is_some());
        assert_eq!(wrong(None, None, Some(&acme), false), None);
        assert_eq!(wrong(None, None, None, true), None);
    }
}

//! High water: had the data of this directory come further before? A replica whose replication stopped, and yesterday's
//! copy, are the right directory and know everybody but the newcomers; a look-up there says that those are gone.
//!
//! Never: compares data of one directory with those of another, or takes a step back for right by itself.

use std::collections::BTreeMap;

use crate::config::SourceSettings;
use crate::core::evidence::{Behind, Evidence};
use crate::source::{Source, SourceError};
use crate::store::{Come, Store, StoreError};

use super::observe::{Context, Observed};

/// The evidence, if its data are not behind those of an earlier reading.
pub fn expected(
    settings: &[SourceSettings],
    come: &BTreeMap<String, Come>,
    source: &dyn Source,
    evidence: Evidence,
) -> Result<Evidence, SourceError> {
    let behind = before(settings, come, source.name(), &evidence).and_then(|come| evidence.high_water.behind(&come.to));
    match behind {
        Some(behind) => Err(SourceError::Malformed { place: source.describe(), reason: went_back(&behind) }),
        None => Ok(evidence),
    }
}

/// What this reading is compared with: of the same directory, and not once a person said that it was restored.
fn before<'a>(
    settings: &[SourceSettings],
    come: &'a BTreeMap<String, Come>,
    source: &str,
    evidence: &Evidence,
) -> Option<&'a Come> {
    let directory = &evidence.identity.as_ref()?.directory;
    let restored = restored(settings, source);
    come.get(source).filter(|come| come.directory == *directory && (restored.is_none() || restored == come.restored))
}

fn restored(settings: &[SourceSettings], source: &str) -> Option<String> {
    settings.iter().find(|settings| settings.name == source)?.restored.clone()
}

fn went_back(behind: &Behind) -> String {
    let Behind { server, before, now } = behind;
    let what = match now {
        Some(now) => format!(
            "its data went back, as on a replica that lags and on a restored copy: {server} is at {now}, and was at {before}; \
             nothing of it counts; let replication catch up, or name a server that is up to date first in source.urls"
        ),
        None => format!(
            "it no longer says how far its data have come: {server} was at {before}; nothing of it counts; let the account \
             read contextCSN at the top again, or name a server that is up to date first in source.urls"
        ),
    };
    format!("{what}; if it was restored on purpose, set restored to today's date in its [[source]]")
}

/// Remembers how far the data of good readings had come, whatever becomes of the plan: what they showed is true, and before
/// the first approval nobody is managed whom it could harm.
pub(super) fn remember(context: &Context<'_>, store: &mut Store, observed: &Observed) -> Result<(), StoreError> {
    let settings = &context.config.sources;
    let come = store.high_water()?;
    for (reading, evidence) in observed.good_readings() {
        let Some(identity) = &evidence.identity else { continue };
        let source = &reading.source;
        let before = before(settings, &come, source, evidence);
        let to = before.map_or_else(|| evidence.high_water.clone(), |come| come.to.merged(&evidence.high_water));
        let restored = restored(settings, source).or_else(|| come.get(source)?.restored.clone());
        let now = Come { directory: identity.directory.clone(), to, restored };
        let says_nothing = now.to.by_server.is_empty() && !come.contains_key(source);
        if !says_nothing && come.get(source) != Some(&now) {
            store.set_high_water(source, &now)?;
        }
    }
    Ok(())
}

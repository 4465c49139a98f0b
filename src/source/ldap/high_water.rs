//! How far the data of a directory have come: `contextCSN` of OpenLDAP, `highestCommittedUSN` of Active Directory.
//!
//! Never: a clock of ours; or a failure where a server says nothing, which is for whoever knows what it said before.

use std::collections::BTreeMap;

use super::identity::context;
use super::session::Session;
use crate::core::evidence::HighWater;
use crate::source::SourceError;

/// Operational, at the top of a naming context that is replicated: the last change (CSN) of every server where changes are
/// made, even if this one holds a copy of them (slapo-syncprov(5), draft-chu-ldap-csn-00).
const CONTEXT_CSN: &str = "contextCSN";

/// What the server says now; asked for before people are.
pub async fn of(session: &mut Session, bases: &[String]) -> Result<HighWater, SourceError> {
    // A domain controller counts by itself, so its number says nothing about another one's.
    if let Some((controller, usn)) = session.root().usn() {
        return Ok(HighWater { by_server: BTreeMap::from([(controller.to_owned(), of_usn(usn))]), of_all: false });
    }
    let mut contexts: Vec<String> = bases.iter().map(|base| context(session.root(), base).to_owned()).collect();
    contexts.sort_unstable();
    contexts.dedup();
    let mut by_server = BTreeMap::new();
    for context in contexts {
        let top = session.entry(&context, &[CONTEXT_CSN]).await?.unwrap_or_default();
        let csns = top.texts(CONTEXT_CSN).into_iter().filter_map(of_csn);
        by_server.extend(csns.map(|(server, at)| (format!("server {server} of {context}"), at)));
    }
    Ok(HighWater { by_server, of_all: true })
}

/// The server and the mark of `20261123091200.123456Z#000000#001#000000`: time, count, server and modification, of fixed
/// widths.
fn of_csn(csn: &str) -> Option<(String, String)> {
    let [time, count, server, modification] = csn.split('#').collect::<Vec<_>>().try_into().ok()?;
    let (seconds, fraction) = time.strip_suffix('Z')?.split_once('.')?;
    let is_number = |text: &str, width: usize| text.len() == width && text.bytes().all(|b| b.is_ascii_hexdigit());
    let widths = [(seconds, 14), (fraction, 6), (count, 6), (server, 3), (modification, 6)];
    if !widths.into_iter().all(|(text, width)| is_number(text, width)) {
        return None;
    }
    let part = |from: usize| &seconds[from..from + 2];
    let (year, month, day, hour, minute, second) = (&seconds[..4], part(4), part(6), part(8), part(10), part(12));
    let at = format!(
        "{year}-{month}-{day} {hour}:{minute}:{second}.{fraction} UTC #{}#{}",
        count.to_ascii_lowercase(),
        modification.to_ascii_lowercase()
    );
    Some((server.to_ascii_lowercase(), at))
}

fn of_usn(usn: u64) -> String {
    format!("USN {usn}")
}

/// For the evidence, without what tells changes of one moment apart.
pub fn checked(high_water: &HighWater) -> Vec<String> {
    let short = |at: &str| at.split(" #").next().unwrap_or_default().to_owned();
    high_water.by_server.iter().map(|(server, at)| format!("data of {server} up to {}", short(at))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_csn_is_a_time_of_a_server() {
        let (server, at) = of_csn("20261123091200.123456Z#0000ab#00F#000000").unwrap();
        assert_eq!((server.as_str(), at.as_str()), ("00f", "2026-11-23 09:12:00.123456 UTC #0000ab#000000"));
        for broken in [
            "",
            "20261123091200Z#000000#00#000000",
            "20261123091200.123456Z#000000#000",
            "2026112309120é.12345Z#000000#000#000000",
            "20261123091200.123456Z#000000#000#000000#1",
        ] {
            assert_eq!(of_csn(broken), None, "{broken}");
        }
    }
}

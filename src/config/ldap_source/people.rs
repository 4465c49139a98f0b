//! Where people are: the bases and the filter.
//!
//! Never: lets somebody be read twice, or a filter through that means something else as a part of another one.

use super::Directory;
use crate::config::findings::Findings;
use crate::config::settings::Settings;
use crate::core::dn::Dn;

/// Whoever is below two bases would be read twice.
pub(super) fn check_overlap(bases: &[String], place: &str, findings: &mut Findings) {
    let parsed: Vec<(&String, Dn)> = bases.iter().filter_map(|base| Some((base, Dn::parse(base)?))).collect();
    for (n, (base, dn)) in parsed.iter().enumerate() {
        let is_above = |(other, (_, above)): &(usize, &(&String, Dn))| {
            *other != n && dn.is_below(above) && (dn != above || *other < n)
        };
        if let Some((_, (above, _))) = parsed.iter().enumerate().find(is_above) {
            let advice = "leave it out, since everything below a base is read anyway".to_owned();
            findings.wrong(place, format!("\"{base}\" is in \"{above}\" already"), Some(advice));
        }
    }
}

/// In parentheses, which RFC 4515 asks for and ldap tools add where the outermost are missing.
pub(super) fn filter(settings: &Settings, directory: Option<Directory>, findings: &mut Findings) -> Option<String> {
    let Some(written) = settings.optional("source.filter") else { return Some(directory?.filter().into()) };
    let written = written.trim();
    let filter = if written.starts_with('(') { written.to_owned() } else { format!("({written})") };
    if is_one(&filter) {
        return Some(filter);
    }
    let advice = "write one filter (RFC 4515), such as (&(objectClass=person)(ou=sales)); in a value a parenthesis is \\28 or \\29";
    findings.wrong(
        &settings.place("source.filter"),
        "is no single filter: its parentheses do not match",
        Some(advice.into()),
    );
    None
}

/// Whether the first parenthesis is closed by the last character. In values they are escaped (RFC 4515 §3).
fn is_one(filter: &str) -> bool {
    let mut depth = 0_u32;
    for (at, c) in filter.char_indices() {
        match c {
            '(' => depth += 1,
            ')' if depth == 0 => return false,
            ')' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return at + 1 == filter.len() && filter != "()";
        }
    }
    false
}

//! What an entry says about a person: the id, whether the person is active and why, the groups.
//!
//! Never: takes a missing or unheard-of value for yes, no or empty; it is unknown, and unknown changes nothing.

use serde_json::{Map, Value};

use super::Entry;
use super::columns::{Columns, advice};
use super::groups::AskedGroups;
use super::place::{Place, printable};
use crate::config::records::RecordSettings;
use crate::core::groups::DirectoryGroup;
use crate::core::model::{Active, DirectoryUser, SourceId};
use crate::core::snapshot::id_hash;
use crate::planted::Bug;
use crate::source::SourceError;

/// The most entries that are read.
const MAX_ENTRIES: usize = 2_000_000;

/// The people of one reading. Of those who passed, only a hash of the id and the line are kept: 20 bytes.
pub struct People<'a> {
    source: &'a str,
    settings: &'a RecordSettings,
    columns: Columns,
    place: Place,
    seen: Vec<([u8; 16], u32)>,
    /// Attributes of the first entry, for advice.
    first: Vec<String>,
    has_active: bool,
    has_groups: bool,
    asked: AskedGroups<'a>,
    limit: usize,
}

impl<'a> People<'a> {
    pub fn new(source: &'a str, settings: &'a RecordSettings, columns: Columns, place: Place) -> Self {
        let (seen, first) = (Vec::new(), Vec::new());
        let asked = AskedGroups::new(&settings.pushed, columns.groups.is_some());
        let (has_active, has_groups, limit) = (false, false, MAX_ENTRIES);
        Self { source, settings, columns, place, seen, first, has_active, has_groups, asked, limit }
    }

    /// How many were understood.
    pub fn count(&self) -> usize {
        self.seen.len()
    }

    /// Errors: no usable id, or too many entries.
    pub fn understand(&mut self, entry: Entry) -> Result<DirectoryUser, SourceError> {
        if self.seen.len() == self.limit {
            let reason = format!("more than {} entries; export fewer people", self.limit);
            return Err(self.place.malformed(entry.line, reason));
        }
        let id = self.id(&entry)?;
        self.seen.push((id_hash(&id).to_le_bytes(), u32::try_from(entry.line).unwrap_or(u32::MAX)));
        if self.first.is_empty() {
            self.first = entry.attributes.keys().cloned().collect();
        }
        let (mut active, mut active_because) = self.active(&entry.attributes);
        let place = self.place.line(entry.line);
        let groups = self.groups(&entry.attributes).unwrap_or_else(|because| {
            // Whoever left is in no group, and exports often say nothing of theirs. Of anybody else it is not known.
            if active != Active::No {
                self.asked.doubt(&place, &because);
            }
            // Without its groups an entry would fall out of scope; only an explicit "no" is safe to act on.
            if active == Active::Yes {
                (active, active_because) = (Active::Unknown, because);
            }
            Vec::new()
        });
        let in_groups = self.asked.of(&groups);
        Ok(DirectoryUser { id, attributes: entry.attributes, active, active_because, groups, in_groups, place })
    }

    /// How many there were, and the groups that `[[group]]` asks for. Errors: two have one id, or nobody has an attribute that the
    /// settings name.
    pub fn finish(mut self) -> Result<(u64, Vec<DirectoryGroup>), SourceError> {
        self.seen.sort_unstable();
        let twice = self.seen.windows(2).filter(|pair| pair[0].0 == pair[1].0).min_by_key(|pair| pair[1].1);
        if let Some(&[(_, first), (_, second)]) = twice {
            let reason = format!("the same id as on line {first}; one id is one person, so correct the export");
            return Err(self.place.malformed(u64::from(second), reason));
        }
        let missing = |wanted: &Option<String>, has: bool| wanted.clone().filter(|_| !has && !self.seen.is_empty());
        for (key, wanted) in [
            ("active", missing(&self.columns.active, self.has_active)),
            ("groups", missing(&self.columns.groups, self.has_groups)),
        ] {
            if let Some(wanted) = wanted {
                return Err(self.place.refused(lacks("no entry has", key, &wanted, &self.first)));
            }
        }
        Ok((self.seen.len() as u64, self.asked.found()))
    }

    fn id(&self, entry: &Entry) -> Result<SourceId, SourceError> {
        let malformed = |reason: String| Err(self.place.malformed(entry.line, reason));
        let id = match entry.attributes.get(&self.columns.id) {
            None => {
                let names: Vec<String> = entry.attributes.keys().cloned().collect();
                return malformed(lacks("the entry has no", "id", &self.columns.id, &names));
            }
            Some(Value::String(text)) => text.trim().to_owned(),
            // A number with a fraction or with more than 19 digits has already lost some.
            Some(Value::Number(number)) if number.is_i64() || number.is_u64() => number.to_string(),
            Some(_) => return malformed("the id is neither text nor a whole number; write it as text".into()),
        };
        if id.is_empty() {
            return malformed("the id is empty; give the entry its id, or take it out of the export".into());
        }
        if id.chars().any(char::is_control) {
            return malformed("the id holds a control character; correct it in the export".into());
        }
        Ok(SourceId::new(self.source, id))
    }

    fn active(&mut self, attributes: &Map<String, Value>) -> (Active, String) {
        let Some(column) = &self.columns.active else {
            return (Active::Yes, "every entry counts as active".into());
        };
        let value = attributes.get(column);
        self.has_active |= value.is_some();
        let text = match value {
            None => return (Active::Unknown, format!("{column} is missing")),
            Some(Value::Null) if Bug::NullIsInactive.is_planted() => return (Active::No, format!("{column} is null")),
            Some(Value::Null) => String::new(),
            Some(Value::String(text)) => text.trim().to_owned(),
            Some(Value::Array(_) | Value::Object(_)) => {
                return (Active::Unknown, format!("{column} holds several values"));
            }
            Some(value) => value.to_string(),
        };
        if text.is_empty() {
            return (Active::Unknown, format!("{column} is empty"));
        }
        let among = |values: &[String]| values.iter().any(|value| value.eq_ignore_ascii_case(&text));
        let fact = format!("{column} = \"{}\"", printable(&text));
        match (among(&self.settings.active_values), among(&self.settings.inactive_values)) {
            (true, false) => (Active::Yes, fact),
            (false, true) => (Active::No, fact),
            (false, false) if Bug::UnheardOfIsInactive.is_planted() => (Active::No, fact),
            (false, false) => (Active::Unknown, format!("{fact} (neither in active_values nor in inactive_values)")),
            (true, true) => (Active::Unknown, format!("{fact} (both in active_values and in inactive_values)")),
        }
    }

    /// `Err` says why the groups of this entry are unknown.
    fn groups(&mut self, attributes: &Map<String, Value>) -> Result<Vec<String>, String> {
        let Some(column) = &self.columns.groups else { return Ok(Vec::new()) };
        let value = attributes.get(column);
        self.has_groups |= value.is_some();
        let named = |names: &mut dyn Iterator<Item = &str>| {
            names.map(str::trim).filter(|name| !name.is_empty()).map(str::to_owned).collect()
        };
        let separator = self.settings.groups_separator.as_str();
        match value {
            // An empty separator would make a group of every letter.
            Some(Value::String(text)) if separator.is_empty() => Ok(named(&mut std::iter::once(text.as_str()))),
            Some(Value::String(text)) => Ok(named(&mut text.split(separator))),
            Some(Value::Array(list)) if list.iter().all(Value::is_string) => {
                Ok(named(&mut list.iter().filter_map(Value::as_str)))
            }
            None | Some(Value::Null) => Err(format!("{column} is missing; an entry without groups has an empty list")),
            Some(_) => Err(format!("{column} is neither text nor a list of texts")),
        }
    }
}

fn lacks(who: &str, key: &str, wanted: &str, names: &[String]) -> String {
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    format!("{who} attribute \"{}\", which `{key}` names; {}", printable(wanted), advice(wanted, &names))
}

#[cfg(test)]
pub mod tests;

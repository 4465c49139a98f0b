//! What a source itself says, read in this process: entries and evidence, before anybody decides about them.
//!
//! Never: opens another adapter than the configuration of the lab names, unless a test puts one in its place.

use std::collections::BTreeMap;

use postman_scim_sync::clock::Clock;
use postman_scim_sync::config::{Config, load};
use postman_scim_sync::core::evidence::Evidence;
use postman_scim_sync::core::model::DirectoryUser;
use postman_scim_sync::source::{self, Fold, Source, SourceError};

use crate::support::Lab;

/// A reading that came to its end.
pub struct Reading {
    pub people: Vec<DirectoryUser>,
    pub evidence: Evidence,
}

#[derive(Default)]
struct Kept(Vec<DirectoryUser>);

impl Fold for Kept {
    fn person(&mut self, user: DirectoryUser) {
        self.0.push(user);
    }
}

/// The lab's only source, with these lines, is asked for the groups of these `[[group]]`s from now on.
pub fn ask(lab: &mut Lab, lines: &str, asked: &[&str]) {
    let rule = |asked: &&str| format!("[[group]]\nsource = {}\n", serde_json::Value::from(*asked));
    lab.set("provisioning", if asked.is_empty() { "groups = \"off\"" } else { "groups = \"push\"" });
    lab.source(&format!("{lines}\n{}", asked.iter().map(rule).collect::<String>()));
}

/// One whole reading.
pub fn read(lab: &Lab) -> Result<Reading, SourceError> {
    let config = config(lab);
    read_of(lab, source::open(&config.sources[0], &config.http, Clock::System).as_ref())
}

pub fn config(lab: &Lab) -> Config {
    load(Some(&lab.path("config.toml")), &[]).unwrap()
}

pub fn read_of(lab: &Lab, source: &dyn Source) -> Result<Reading, SourceError> {
    let mut kept = Kept::default();
    let evidence = lab.wait(source.read(&mut kept))?;
    Ok(Reading { people: kept.0, evidence })
}

impl Reading {
    /// Who is in which groups, by this attribute of theirs; whoever is in none is left out.
    pub fn in_groups(&self, attribute: &str) -> BTreeMap<String, Vec<String>> {
        let named = self.people.iter().filter(|user| !user.in_groups.is_empty());
        let sorted = |user: &DirectoryUser| {
            let mut groups = user.in_groups.clone();
            groups.sort();
            groups
        };
        named.map(|user| (user.attributes[attribute].as_str().unwrap_or_default().to_owned(), sorted(user))).collect()
    }

    /// What was found, a line each, sorted: `pm-*: 7 "pm-data" has 3`, or `nobody: Err`.
    pub fn found(&self) -> Vec<String> {
        let mut lines: Vec<String> = self
            .evidence
            .groups
            .iter()
            .map(|group| {
                let found =
                    group.found.as_ref().map(|found| format!("{} {:?} has {}", found.id, found.name, found.members));
                format!("{}: {}", group.asked, found.unwrap_or_else(|_| "Err".into()))
            })
            .collect();
        lines.sort();
        lines
    }

    /// Why nothing is known of what a rule asks for.
    pub fn reasons(&self) -> Vec<&str> {
        self.evidence.groups.iter().filter_map(|group| Some(group.found.as_ref().err()?.as_str())).collect()
    }
}

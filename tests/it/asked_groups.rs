//! The groups of `[[group]]` as a source reads them, and who is in each, before anything is folded or planned.

use std::collections::BTreeMap;

use postman_scim_sync::clock::Clock;
use postman_scim_sync::config::load::parse;
use postman_scim_sync::core::evidence::{Evidence, Followed};
use postman_scim_sync::core::groups::FoundGroup;
use postman_scim_sync::core::model::DirectoryUser;
use postman_scim_sync::engine::nesting;
use postman_scim_sync::source::{self, Fold, SourceError};

use crate::support::Lab;

/// One reading to its end.
pub struct Asked {
    evidence: Evidence,
    /// The addresses of the people in each group, by its id.
    members: BTreeMap<String, Vec<String>>,
    pub people: usize,
}

#[derive(Default)]
struct Everybody(Vec<DirectoryUser>);

impl Fold for Everybody {
    fn person(&mut self, user: DirectoryUser) {
        self.0.push(user);
    }
}

/// Reads the lab's source with a `[[group]]` for each of these.
pub fn try_read(lab: &Lab, asked: &[&str], before: Option<&Asked>) -> Result<Asked, SourceError> {
    let path = lab.path("config.toml");
    let mut text = std::fs::read_to_string(&path).unwrap() + "\n[provisioning]\ngroups = \"read_back\"\n";
    for asked in asked {
        text.push_str(&format!("[[group]]\nsource = {asked:?}\n"));
    }
    let config = parse(&text, &path, &[]).unwrap();
    let source = source::open(&config.sources[0], &config.http, Clock::System);
    let mut everybody = Everybody::default();
    let evidence = lab.wait(source.read(&mut everybody))?;
    let followed: BTreeMap<String, Followed> =
        before.iter().map(|before| (source.name().to_owned(), before.evidence.nesting.followed.clone())).collect();
    let evidence = nesting::expected(&followed, &*source, evidence)?;
    let mut members = BTreeMap::<String, Vec<String>>::new();
    for person in &everybody.0 {
        let mail = person.attributes.get("mail").and_then(|mail| mail.as_str()).unwrap_or("nobody").to_lowercase();
        for id in &person.in_groups {
            members.entry(id.clone()).or_default().push(mail.clone());
        }
    }
    members.values_mut().for_each(|mails| mails.sort());
    Ok(Asked { evidence, members, people: everybody.0.len() })
}

#[track_caller]
pub fn read(lab: &Lab, asked: &[&str]) -> Asked {
    try_read(lab, asked, None).unwrap()
}

/// A reading that knows which groups were followed before.
#[track_caller]
pub fn read_after(lab: &Lab, asked: &[&str], before: &Asked) -> Asked {
    try_read(lab, asked, Some(before)).unwrap()
}

impl Asked {
    /// The groups that a rule got.
    #[track_caller]
    pub fn found(&self, asked: &str) -> Vec<&FoundGroup> {
        let groups = self.evidence.groups.iter().filter(|group| group.asked == asked);
        groups.map(|group| group.found.as_ref().unwrap()).collect()
    }

    /// The one group that a rule got, and the addresses of who is in it.
    #[track_caller]
    pub fn one(&self, asked: &str) -> (&FoundGroup, Vec<&str>) {
        let [group] = self.found(asked).try_into().expect("one group");
        (group, self.members(&group.id))
    }

    pub fn members(&self, id: &str) -> Vec<&str> {
        self.members.get(id).into_iter().flatten().map(String::as_str).collect()
    }

    /// Why a rule got none.
    #[track_caller]
    pub fn why(&self, asked: &str) -> &str {
        let of_rule: Vec<_> = self.evidence.groups.iter().filter(|group| group.asked == asked).collect();
        let [group] = of_rule.as_slice() else { panic!("{of_rule:?}") };
        group.found.as_ref().unwrap_err()
    }

    pub fn checked(&self) -> String {
        self.evidence.checked.join("\n")
    }
}

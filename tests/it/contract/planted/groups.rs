//! An adapter in memory that is wrong in one way about groups, beside a file that is right about people.

use futures_util::future::BoxFuture;
use postman_scim_sync::config::{Config, SourceKind};
use postman_scim_sync::core::evidence::Evidence;
use postman_scim_sync::core::groups::rules::Asked;
use postman_scim_sync::core::groups::{DirectoryGroup, FoundGroup};
use postman_scim_sync::core::model::{Active, DirectoryUser, SourceId};
use postman_scim_sync::source::{Finding, Fold, LookedUp, Source, SourceError};
use serde_json::json;

use crate::contract::{Cannot, Directory, FIXTURES, Group, PAGE, Trouble};
use crate::support::{Lab, Row};

/// What is wrong.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Bug {
    /// Nothing: whoever else fails, fails because of the bug.
    None,
    MissingFailsAll,
    MissingUnsaid,
    MissingIsEmpty,
    EmptyIsMissing,
    Substring,
    LetterCase,
    PageOfGroups,
    PageOfMembers,
    CountsPage,
    NameIsId,
    InByName,
    Twice,
    OncePerGroup,
    IntoScope,
    MembersOnly,
    NamesPeople,
}

/// The directory; the adapter gets a copy of it.
pub struct InMemory {
    file: Box<dyn Directory>,
    bug: Bug,
    people: Vec<Row>,
    groups: Vec<Group>,
}

struct Adapter {
    bug: Bug,
    people: Vec<Row>,
    groups: Vec<Group>,
    asked: Vec<Asked>,
}

impl InMemory {
    pub fn with(bug: Bug) -> Self {
        let (_, open) = FIXTURES.iter().find(|(name, _)| *name == "file").unwrap();
        Self { file: open(), bug, people: Vec::new(), groups: Vec::new() }
    }
}

impl Directory for InMemory {
    fn source_type(&self) -> &'static str {
        self.file.source_type()
    }

    fn lines(&self, lab: &Lab) -> String {
        let lines = self.file.lines(lab);
        // A `[[group]]` needs a column; what stands there this adapter does not read.
        if lines.contains("groups = ") { lines } else { format!("{lines}\ngroups = \"status\"\n") }
    }

    fn mapping(&self) -> [&'static str; 3] {
        self.file.mapping()
    }

    fn show(&mut self, lab: &Lab, people: &[Row], trouble: Trouble) -> Result<(), Cannot> {
        self.people = people.to_vec();
        self.file.show(lab, people, trouble)
    }

    fn hold(&mut self, groups: &[Group]) -> Result<(), Cannot> {
        self.groups = groups.to_vec();
        Ok(())
    }

    fn adapter(&self, config: &Config) -> Box<dyn Source> {
        let SourceKind::File(file) = &config.sources[0].kind else { panic!("the lines are a file's") };
        let (people, groups, asked) = (self.people.clone(), self.groups.clone(), file.records.pushed.clone());
        Box::new(Adapter { bug: self.bug, people, groups, asked })
    }

    fn reason(&self, trouble: Trouble) -> Option<&'static str> {
        self.file.reason(trouble)
    }

    fn can_look_up(&self) -> bool {
        false
    }
}

impl Adapter {
    fn has(&self, bug: Bug) -> bool {
        self.bug == bug
    }

    fn id(&self, group: &Group) -> String {
        if self.has(Bug::NameIsId) { group.name.clone() } else { group.id.clone() }
    }

    fn fits(&self, asked: &Asked, group: &Group) -> bool {
        match asked {
            Asked::One(name) => *name == group.name,
            Asked::Every { before, .. } if self.has(Bug::Substring) => {
                group.name.to_ascii_lowercase().contains(before.as_str())
            }
            Asked::Every { before, .. } if self.has(Bug::LetterCase) => group.name.starts_with(before),
            Asked::Every { .. } => asked.star(&group.name).is_some(),
        }
    }

    fn found(&self, group: &Group) -> FoundGroup {
        let people = group.people.len();
        let members = if self.has(Bug::CountsPage) { people.min(PAGE) } else { people };
        FoundGroup { id: self.id(group), name: group.name.clone(), members: members as u64 }
    }

    /// What one rule means, and what the evidence has of it.
    fn resolved(&self, asked: &Asked) -> Result<(Vec<&Group>, Vec<DirectoryGroup>), SourceError> {
        let is_there = |group: &&Group| !self.has(Bug::EmptyIsMissing) || !group.people.is_empty();
        let page = if self.has(Bug::PageOfGroups) && *asked == Asked::of("pm-*") { PAGE } else { self.groups.len() };
        let fitting = self.groups.iter().filter(|group| self.fits(asked, group)).filter(is_there);
        let fitting: Vec<&Group> = fitting.take(page).collect();
        let told = |found| DirectoryGroup { asked: asked.text(), found };
        let mut groups: Vec<_> = fitting.iter().map(|group| told(Ok(self.found(group)))).collect();
        if let (Asked::One(name), true) = (asked, fitting.is_empty()) {
            let nobody = FoundGroup { id: "0".into(), name: name.clone(), members: 0 };
            let reason = "a group is not there".to_owned();
            match self.bug {
                Bug::MissingFailsAll => return Err(SourceError::Malformed { place: reason.clone(), reason }),
                Bug::MissingUnsaid => {}
                Bug::MissingIsEmpty => groups.push(told(Ok(nobody))),
                Bug::NamesPeople => groups.push(told(Err(format!("not there for {}", self.people[0].mail)))),
                _ => groups.push(told(Err(reason))),
            }
        }
        Ok((fitting, groups))
    }

    fn entry(&self, row: &Row, wanted: &[&Group]) -> DirectoryUser {
        let is_in = |group: &&&Group| {
            let page = if self.has(Bug::PageOfMembers) { PAGE } else { group.people.len() };
            group.people[..page.min(group.people.len())].contains(&row.id)
        };
        let ids = |group: &&Group| if self.has(Bug::InByName) { group.name.clone() } else { self.id(group) };
        let mut in_groups: Vec<String> = wanted.iter().filter(is_in).map(ids).collect();
        in_groups.sort();
        if !self.has(Bug::Twice) {
            in_groups.dedup();
        }
        let groups = if self.has(Bug::IntoScope) { in_groups.clone() } else { Vec::new() };
        DirectoryUser {
            id: SourceId::new("hr", row.id.clone()),
            attributes: json!({ "mail": row.mail }).as_object().unwrap().clone(),
            active: Active::Yes,
            active_because: "in memory".into(),
            groups,
            in_groups,
            place: "in memory".into(),
        }
    }
}

impl Source for Adapter {
    fn name(&self) -> &str {
        "hr"
    }

    fn describe(&self) -> String {
        format!("in memory, and wrong: {:?}", self.bug)
    }

    fn read<'a>(&'a self, fold: &'a mut dyn Fold) -> BoxFuture<'a, Result<Evidence, SourceError>> {
        Box::pin(async move {
            let mut evidence = Evidence::of_listing("hr", self.people.len() as u64);
            let mut wanted = Vec::new();
            for asked in &self.asked {
                let (fitting, groups) = self.resolved(asked)?;
                wanted.extend(fitting);
                evidence.groups.extend(groups);
            }
            if self.has(Bug::OncePerGroup) {
                let mut seen = Vec::new();
                evidence.groups.retain(|group| {
                    let id = group.found.as_ref().map(|found| found.id.clone()).unwrap_or_else(|_| group.asked.clone());
                    let is_new = !seen.contains(&id);
                    seen.push(id);
                    is_new
                });
            }
            for row in &self.people {
                let entry = self.entry(row, &wanted);
                if !self.has(Bug::MembersOnly) || self.asked.len() < 2 || !entry.in_groups.is_empty() {
                    fold.person(entry);
                }
            }
            Ok(evidence)
        })
    }

    fn look_up<'a>(&'a self, ids: &'a [SourceId]) -> BoxFuture<'a, Result<LookedUp, SourceError>> {
        Box::pin(async { Ok(LookedUp::cannot_ask(ids)) })
    }

    fn examine(&self) -> BoxFuture<'_, Vec<Finding>> {
        Box::pin(async { Vec::new() })
    }
}

//! The groups that `[[group]]` asks for, by id or displayName, or every one whose displayName matches a pattern.
//!
//! Never: makes a reading fail because of one of them, or takes what may be a group out of sight for somebody who was deleted.

use std::collections::{BTreeMap, HashSet};

use tokio::sync::Mutex;

use super::find::Finder;
use super::members::inside;
use super::{hash, says_to_be_in};
use crate::core::groups::DirectoryGroup;
use crate::core::groups::rules::Asked;
use crate::core::model::{Active, DirectoryUser};
use crate::core::snapshot::id_hash;
use crate::source::SourceError;
use crate::source::rest::pushed::{self, Directory, Group, Members};
use crate::source::rest::quoted;

/// As many people may be asked about one by one: members of whom nothing says what they are, and whom the listing did not show.
const ASKED_MAX: usize = 100;

/// All of them.
pub struct Pushed {
    pushed: pushed::Pushed,
    nested: bool,
    /// By id, what is known of each beside its members.
    read: BTreeMap<String, Read>,
}

struct Read {
    name: String,
    /// The group and those inside.
    groups: BTreeMap<String, String>,
    /// Members of whom nothing says what they are, until the listing shows them.
    unsaid: BTreeMap<u128, String>,
    members: usize,
    /// How many members were among the people of the listing.
    seen: usize,
    /// Somebody's own `groups` has the group, and its `members` has not them.
    is_cut: bool,
}

/// Asks one server.
struct Server<'a> {
    finder: &'a Finder<'a>,
    source: &'a str,
    read: Mutex<BTreeMap<String, Read>>,
}

impl Pushed {
    pub async fn read(finder: &Finder<'_>, source: &str) -> Result<Self, SourceError> {
        let settings = finder.server.settings;
        let server = Server { finder, source, read: Mutex::default() };
        let pushed = pushed::Pushed::read(&settings.pushed, &server).await?;
        Ok(Self { pushed, nested: settings.nested_groups, read: server.read.into_inner() })
    }

    /// Writes down in which of them a person of the listing is.
    pub fn put(&mut self, user: &mut DirectoryUser) {
        let hash = id_hash(&user.id);
        user.in_groups = self.pushed.of(hash, &user.groups);
        for (id, read) in &mut self.read {
            let inside = self.nested.then_some(&read.groups);
            if user.in_groups.contains(id) {
                read.seen += 1;
                read.unsaid.remove(&hash);
            } else if user.active != Active::No && says_to_be_in(user, id, inside) {
                read.is_cut = true;
            }
        }
    }

    /// After the last person, for the evidence.
    pub async fn evidence(&mut self, finder: &Finder<'_>) -> Result<Vec<DirectoryGroup>, SourceError> {
        for (id, read) in &self.read {
            let doubt = match read.doubt() {
                None if self.nested => is_anybody(finder, &read.unsaid).await.or_else(unanswered)?,
                doubt => doubt,
            };
            if let Some(what) = doubt {
                self.pushed.doubt(id, format!("the group {} {what}", quoted(&read.name)));
            }
        }
        Ok(self.pushed.evidence())
    }
}

impl Read {
    /// What contradicts its `members`.
    fn doubt(&self) -> Option<String> {
        if self.is_cut {
            return Some("is in somebody's own `groups`, and its `members` has not them".into());
        }
        (self.members > 0 && self.seen == 0).then(|| {
            format!(
                "has {} members, and none is among the people who were read; a member's `value` has to be the `id` of a User, and \
                 one that `filter` lets through",
                self.members
            )
        })
    }
}

/// An odd answer about one member is a doubt about the group.
fn unanswered(error: SourceError) -> Result<Option<String>, SourceError> {
    let why = error.about_one()?;
    Ok(Some(format!("has a member of whom nothing says what it is, and who is asked about in vain: {why}")))
}

/// Whether each of these ids is somebody's. One that is nobody's is somebody who was deleted, or a group that may not be read, with
/// people in it: nothing tells them apart.
async fn is_anybody(finder: &Finder<'_>, unsaid: &BTreeMap<u128, String>) -> Result<Option<String>, SourceError> {
    if unsaid.len() > ASKED_MAX {
        return Ok(Some(format!(
            "has more than {ASKED_MAX} members of whom nothing says what they are, and who are not among the people who were read; \
             take people out of it who were deleted, or set nested_groups = false"
        )));
    }
    for id in unsaid.values() {
        if !finder.server.is_id("/Users", id).await? {
            return Ok(Some(format!(
                "has the member {}, which is no User and no Group that may be read, and nothing says what it was; take it out of \
                 the group, give the account the right to read it, or set nested_groups = false",
                quoted(id)
            )));
        }
    }
    Ok(None)
}

impl Server<'_> {
    async fn matching(&self, asked: &Asked) -> Result<Vec<Group>, SourceError> {
        let named = self.finder.named().await;
        let named =
            named.map_err(|error| error.because(|why| format!("groups for {}: {why}", quoted(&asked.text()))))?;
        if named.iter().any(|(_, name)| name.is_empty()) {
            let why = "a group without a displayName, so whether it matches is not known";
            return Err(self.finder.server.rest.malformed(format!("groups for {}: {why}", quoted(&asked.text()))));
        }
        let matching = named.iter().filter(|(_, name)| asked.star(name).is_some());
        Ok(matching.map(|(id, name)| Group { id: id.clone(), name: name.clone(), address: None }).collect())
    }
}

impl Directory for Server<'_> {
    async fn find(&self, asked: &Asked) -> Result<Vec<Group>, SourceError> {
        let wanted = match asked {
            Asked::Every { .. } => return self.matching(asked).await,
            Asked::One(wanted) => wanted,
        };
        let id = self.finder.find(wanted, "group.source").await?;
        let name = self.finder.name(&id).await?;
        Ok(vec![Group { id, name, address: None }])
    }

    async fn members(&self, group: &Group) -> Result<Members, SourceError> {
        let inside = inside(self.finder, &group.name, group.id.clone()).await?;
        let hash = |id: &String| hash(self.source, id);
        let read = Read {
            name: group.name.clone(),
            groups: inside.groups,
            unsaid: inside.unsaid.into_iter().map(|id| (hash(&id), id)).collect(),
            members: inside.members.len(),
            seen: 0,
            is_cut: false,
        };
        self.read.lock().await.insert(group.id.clone(), read);
        let people: HashSet<u128> = inside.members.iter().map(hash).collect();
        Ok(Members::People(people.into()))
    }
}

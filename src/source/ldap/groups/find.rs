//! Where groups are, and which entry a name of `scope.groups` or `[[group]]` means: exactly one; or all whose names are like a
//! pattern.
//!
//! Never: picks one of several.

use std::collections::BTreeMap;

use ldap3::ldap_escape;

use crate::config::ldap_source::{Directory, LdapSettings};
use crate::source::ldap::dn::{Dn, Key};
use crate::source::ldap::entry::Entry;
use crate::source::ldap::root::naming_context;
use crate::source::ldap::session::{NO_ATTRIBUTES, Scope, Session};
use crate::source::{ASKED_GROUPS_MAX, SourceError};

/// Groups that are told from people at most.
const GROUPS_MAX: usize = 200_000;
pub const CLASS: &str = "objectClass";
/// The classes of `filter`, with those of their kind: what has one of them lists its members, or could.
const CLASSES: [&str; 8] = [
    "group",
    "groupOfNames",
    "groupOfUniqueNames",
    "groupOfMembers",
    "groupOfEntries",
    "groupOfURLs",
    "posixGroup",
    "ipaUserGroup",
];
/// Of several groups of one name, so many are named.
const NAMED: usize = 3;

/// A group, by the DN that the server gave it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    pub key: Key,
    pub dn: String,
}

impl Group {
    pub fn of(entry: &Entry) -> Self {
        Self { key: Key::of(&entry.dn), dn: entry.dn.clone() }
    }
}

/// A group that is asked for by its DN or its name.
#[derive(Clone, Copy)]
pub struct Sought<'a> {
    pub name: &'a str,
    /// The key of the configuration that says so.
    pub key: &'static str,
    /// What its entry is asked for.
    pub attributes: &'a [&'a str],
}

/// The places where groups are looked for.
#[derive(Debug)]
pub struct Places {
    pub bases: Vec<String>,
}

impl Places {
    /// `group_bases`, or the naming contexts that the people's bases are in. Errors: none of them is known; in words.
    pub fn of(settings: &LdapSettings, naming_contexts: &[String]) -> Result<Places, String> {
        if !settings.groups.bases.is_empty() {
            return Ok(Places { bases: settings.groups.bases.clone() });
        }
        let mut bases = Vec::new();
        for base in &settings.bases {
            let context = naming_context(naming_contexts, base).ok_or_else(|| {
                format!("the server does not say which directory {base} is in; set group_bases to the DNs below which groups are")
            })?;
            let place = match settings.directory {
                // Below the suffix there is also cn=compat, which shows every group once more.
                Directory::FreeIpa => format!("cn=groups,cn=accounts,{context}"),
                _ => context.to_owned(),
            };
            if !bases.contains(&place) {
                bases.push(place);
            }
        }
        Ok(Places { bases })
    }

    /// Whether the entry is at or below one of them.
    pub fn cover(&self, dn: &str) -> bool {
        let Some(dn) = Dn::parse(dn) else { return false };
        self.bases.iter().filter_map(|base| Dn::parse(base)).any(|base| dn.is_below(&base))
    }
}

/// What every group matches. Object classes that a server does not know match nothing.
pub fn filter(directory: Directory) -> &'static str {
    match directory {
        // Indexed, unlike the object class.
        Directory::ActiveDirectory => "(objectCategory=group)",
        Directory::FreeIpa => "(|(objectClass=ipaUserGroup)(objectClass=posixGroup)(objectClass=groupOfNames))",
        Directory::OpenLdap | Directory::Ds389 | Directory::Other => {
            "(|(objectClass=groupOfNames)(objectClass=groupOfUniqueNames)(objectClass=posixGroup)\
             (objectClass=groupOfMembers)(objectClass=groupOfEntries)(objectClass=groupOfURLs)(objectClass=group))"
        }
    }
}

/// Groups by their DNs.
pub type Known = BTreeMap<Key, String>;

/// All groups.
pub async fn all(session: &mut Session, places: &Places, directory: Directory) -> Result<Known, SourceError> {
    let mut known = Known::new();
    for base in &places.bases {
        at(session, (base, Scope::Subtree), directory, &mut known).await?;
    }
    Ok(known)
}

/// The groups directly below an entry that a member is below, and that the places leave out. Not there, hidden, or on another
/// server: none, and a group that was followed before is missed later on.
pub async fn beside(
    session: &mut Session,
    above: &str,
    directory: Directory,
    known: &mut Known,
) -> Result<(), SourceError> {
    match session.entry(above, &[NO_ATTRIBUTES]).await {
        Ok(Some(_)) => at(session, (above, Scope::OneLevel), directory, known).await,
        Ok(None) | Err(SourceError::Malformed { .. }) => Ok(()),
        Err(unreachable) => Err(unreachable),
    }
}

async fn at(
    session: &mut Session,
    (base, scope): (&str, Scope),
    directory: Directory,
    known: &mut Known,
) -> Result<(), SourceError> {
    let place = session.place().to_owned();
    let mut each = |entry: Entry| {
        if known.len() == GROUPS_MAX {
            let reason = format!("more than {GROUPS_MAX} groups; set group_bases to the DNs below which yours are");
            return Err(SourceError::Malformed { place: place.clone(), reason });
        }
        known.insert(Key::of(&entry.dn), entry.dn);
        Ok(())
    };
    session.search(base, scope, filter(directory), &[NO_ATTRIBUTES], &mut each).await?;
    Ok(())
}

/// The one group that is meant: by its DN, or else by its name.
pub async fn one(
    session: &mut Session,
    places: &Places,
    directory: Directory,
    Sought { name, key, attributes }: Sought<'_>,
) -> Result<Entry, SourceError> {
    if Dn::parse(name).is_some() {
        let more: &[&str] = if attributes.contains(&CLASS) { &[] } else { &[CLASS] };
        let attributes = [attributes, more].concat();
        return match session.entry(name, &attributes).await? {
            Some(entry) if is_person(&entry) => Err(session.malformed(format!(
                "{key}: {name} is a person's entry and no group; name the groups whose members are meant, and single people who should \
                 be in the team in scope.include"
            ))),
            Some(entry) => Ok(entry),
            None => Err(session.malformed(format!(
                "{key}: there is no {name}, or the account that reads may not see it; correct it in {key}, or give that account the right"
            ))),
        };
    }
    let mut found = matching(session, places, &called(name, directory), attributes).await?;
    let n_found = found.len();
    match (n_found, found.pop_first()) {
        (1, Some((_, entry))) => Ok(entry),
        (_, None) => Err(session.malformed(format!(
            "{key}: no group below {} is called {name}, or the account that reads may not see it; write its DN, or look below which DN \
             it is and set group_bases",
            places.bases.join(" and ")
        ))),
        (_, Some((_, first))) => {
            let some: Vec<String> =
                std::iter::once(first).chain(found.into_values()).take(NAMED).map(|entry| entry.dn).collect();
            Err(session.malformed(format!(
                "{key}: {n_found} groups are called {name}; write the DN of the one that is meant: {}",
                some.join(" or ")
            )))
        }
    }
}

/// All groups whose names begin and end like that, as the server compares names.
pub async fn like(
    session: &mut Session,
    places: &Places,
    directory: Directory,
    (before, after): (&str, &str),
    attributes: &[&str],
) -> Result<Vec<Entry>, SourceError> {
    let found = matching(session, places, &named_like(before, after, directory), attributes).await?;
    Ok(found.into_values().collect())
}

/// The groups that a filter finds below the places, each once, in an order of no meaning that is always the same.
async fn matching(
    session: &mut Session,
    places: &Places,
    filter: &str,
    attributes: &[&str],
) -> Result<BTreeMap<Key, Entry>, SourceError> {
    let attributes = if attributes.is_empty() { &[NO_ATTRIBUTES] } else { attributes };
    let place = session.place().to_owned();
    let mut found = BTreeMap::new();
    for base in &places.bases {
        let mut each = |entry: Entry| {
            if found.len() == ASKED_GROUPS_MAX {
                let reason = format!("more than {ASKED_GROUPS_MAX} groups; ask for fewer, or narrow group_bases");
                return Err(SourceError::Malformed { place: place.clone(), reason });
            }
            found.insert(Key::of(&entry.dn), entry);
            Ok(())
        };
        session.search(base, Scope::Subtree, filter, attributes, &mut each).await?;
    }
    Ok(found)
}

/// By what no group is (RFC 4519 §3.12), whatever else the directory's own classes mean.
fn is_person(entry: &Entry) -> bool {
    is_of(entry, "person")
}

fn is_of(entry: &Entry, class: &str) -> bool {
    entry.texts(CLASS).iter().any(|own| own.eq_ignore_ascii_case(class))
}

/// Why an entry that lists nobody is not a group that nobody is in; in words.
pub fn lists_nobody(entry: &Entry) -> Option<&'static str> {
    if is_of(entry, "groupOfURLs") {
        return Some("a dynamic group whose members the server does not list; name a group that lists them");
    }
    let is_group = CLASSES.iter().any(|class| is_of(entry, class));
    (!is_group).then_some("no group, and lists nobody; correct group.source")
}

pub fn called(name: &str, directory: Directory) -> String {
    named(&ldap_escape(name), directory)
}

/// `(cn=before*after)`, of groups.
pub fn named_like(before: &str, after: &str, directory: Directory) -> String {
    named(&format!("{}*{}", ldap_escape(before), ldap_escape(after)), directory)
}

/// The attributes that hold names of groups.
pub fn name_attributes(directory: Directory) -> &'static [&'static str] {
    match directory {
        Directory::ActiveDirectory => &["cn", "sAMAccountName"],
        Directory::OpenLdap | Directory::Ds389 | Directory::FreeIpa | Directory::Other => &["cn"],
    }
}

/// Groups one of whose names is this, a value of RFC 4515.
fn named(value: &str, directory: Directory) -> String {
    let names = name_attributes(directory).iter().map(|attribute| format!("({attribute}={value})"));
    match names.collect::<Vec<_>>().as_slice() {
        [name] => format!("(&{}{name})", filter(directory)),
        names => format!("(&{}(|{}))", filter(directory), names.concat()),
    }
}

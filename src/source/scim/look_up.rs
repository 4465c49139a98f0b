//! One person, asked for by id, as the listing would show them now.
//!
//! A 404 says that somebody is gone only where the same question finds somebody who is there: a token that may not read by id
//! any more, a server that went astray, or a proxy that does not let some character through, answers 404 too.
//! Never: takes an answer about somebody else, or silence, for "gone".

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::groups::Groups;
use super::listing::Listing;
use super::names::id;
use super::person::person;
use super::server::Server;
use crate::core::model::SourceId;
use crate::source::rest::{encoded, quoted};
use crate::source::{Found, SourceError};

const NOBODY: &str = "no-such-id-5b2f0c9e-of-postman-scim-sync";

/// What the server says of one id.
enum Said {
    Gone,
    Is(Map<String, Value>),
    /// There, and not under the filter; or the server cannot say whether the filter holds. An index that lags behind looks the
    /// same, so that this is for a second reading to say.
    Exists,
}

/// One answer an id, in their order.
pub async fn look_up(
    server: &Server<'_>,
    source: &str,
    groups: &Groups,
    ids: &[SourceId],
) -> Result<Vec<Found>, SourceError> {
    let mut found = Vec::new();
    for id in ids {
        found.push(match ask(server, &id.id).await? {
            Said::Gone => Found::Gone,
            Said::Exists => Found::CannotAsk,
            Said::Is(resource) => {
                let mut user = person(source, resource).map_err(|why| server.rest.malformed(why))?;
                groups.put(&mut user);
                Found::Entry(Box::new(user))
            }
        });
    }
    let gone = found.iter_mut().zip(ids).filter(|(found, _)| matches!(found, Found::Gone));
    let mut witnesses = None;
    for (found, id) in gone {
        let witnesses = match &mut witnesses {
            Some(witnesses) => witnesses,
            none => none.insert(Witnesses::of(server).await?),
        };
        if !witnesses.prove(server, &id.id).await? {
            *found = Found::CannotAsk;
        }
    }
    Ok(found)
}

/// By id, and under the configured filter, which a person has to match still.
async fn ask(server: &Server<'_>, wanted: &str) -> Result<Said, SourceError> {
    let Some(filter) = &server.settings.filter else {
        return Ok(server.one("/Users", wanted).await?.map_or(Said::Gone, Said::Is));
    };
    let page = server.matching("/Users", &format!("({filter}) and id eq {}", quoted(wanted))).await?;
    let mut resources = page.map(|page| page.resources).unwrap_or_default();
    match (resources.pop(), resources.is_empty()) {
        // Not under the filter, or the server takes the filter alone and not with another.
        (None, _) => Ok(server.one("/Users", wanted).await?.map_or(Said::Gone, |_| Said::Exists)),
        (Some(resource), true) if id(&resource).as_deref() == Some(wanted) => Ok(Said::Is(resource)),
        _ => Err(server.rest.malformed("/Users answered with others than were asked for by filter")),
    }
}

/// People of the listing, who are found by the question that did not find the others.
struct Witnesses {
    listed: Vec<String>,
    found: Vec<String>,
    not_found: Vec<String>,
}

impl Witnesses {
    /// Of the listing's first page. Errors: there is nobody, or who needs no percent-encoding, or least of it, is not found.
    async fn of(server: &Server<'_>) -> Result<Witnesses, SourceError> {
        let mut listing = Listing::new(server, "/Users", server.settings.filter.as_deref());
        let listed: Vec<String> = listing.next().await?.unwrap_or_default().into_iter().map(|(id, _)| id).collect();
        let Some(first) = listed.iter().min_by_key(|id| odd(id).len()).cloned() else {
            let nobody = "/Users shows nobody any more, so nobody is known to be gone; may the token still read?";
            return Err(server.rest.malformed(nobody));
        };
        if server.one("/Users", &first).await?.is_none() {
            return Err(server.rest.malformed(
                "/Users does not find by id whom it lists, so nobody is known to be gone; may the token read single people?",
            ));
        }
        Ok(Self { listed, found: vec![first], not_found: Vec::new() })
    }

    /// Whether somebody is found whose id has every character that needs encoding in this one.
    async fn prove(&mut self, server: &Server<'_>, gone: &str) -> Result<bool, SourceError> {
        let odd_of_gone = odd(gone);
        let is_like = |id: &&String| odd(id).is_superset(&odd_of_gone);
        if self.found.iter().any(|id| is_like(&id)) {
            return Ok(true);
        }
        let is_new = |id: &&String| !self.not_found.contains(id);
        let Some(witness) = self.listed.iter().filter(is_new).find(is_like).cloned() else { return Ok(false) };
        let is_found = server.one("/Users", &witness).await?.is_some();
        if is_found { &mut self.found } else { &mut self.not_found }.push(witness);
        Ok(is_found)
    }
}

/// The characters of an id that need percent-encoding, those beyond ASCII as one.
fn odd(id: &str) -> BTreeSet<char> {
    let is_odd = |c: &char| encoded(c.encode_utf8(&mut [0; 4])).len() > 1;
    id.chars().filter(is_odd).map(|c| if c.is_ascii() { c } else { char::REPLACEMENT_CHARACTER }).collect()
}

/// Errors: the server answers a filter with people that it does not match.
pub async fn knows_filters(server: &Server<'_>, filter: &str) -> Result<(), SourceError> {
    let both = server.matching("/Users", &format!("({filter}) and id eq {}", quoted(NOBODY))).await?;
    let page = match both {
        Some(page) => page,
        // It takes one at a time, or not ours, which is for the listing to say.
        None => match server.matching("/Users", &of_nobody(filter)).await? {
            Some(page) => page,
            None => return Ok(()),
        },
    };
    if page.resources.is_empty() {
        return Ok(());
    }
    Err(server.rest.malformed(
        "the server answers a filter with people whom it does not match, so `filter` cannot be used; take it out and use [scope]",
    ))
}

/// A filter of the same kind that nobody matches: for `userType eq "Employee"` by userType, else by id.
fn of_nobody(filter: &str) -> String {
    let mut words = filter.split_whitespace();
    let (name, operator, value) = (words.next(), words.next(), words.next());
    let is_equal = operator.is_some_and(|word| word.eq_ignore_ascii_case("eq"));
    let is_text = value.is_some_and(|word| word.starts_with('"') && word.ends_with('"'));
    let name = name.filter(|_| is_equal && is_text && words.next().is_none()).unwrap_or("id");
    format!("{name} eq {}", quoted(NOBODY))
}

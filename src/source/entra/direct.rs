//! People who are assigned by themselves, in the fewest requests.
//!
//! `/users/ID` is one for each. A filter takes fifteen ids, and the listing of everybody 999 people a page, of whom most may be
//! others. How many there are Graph says on the first page, so the choice is made there: what is left by filter, or what is left
//! of the listing. (`getByIds` takes a thousand, and is a POST that does not promise `$select`.)
//! Never: takes a user who was not asked for.

use std::collections::BTreeSet;

use serde_json::Value;

use super::graph::{Graph, USERS, quoted};
use super::listing::Listing;
use super::people::People;
use crate::source::SourceError;
use crate::source::rest::encoded;

/// Ids in one filter ("Use the $filter query parameter": at most 15 with `in`).
const IN_MAX: usize = 15;

/// Hands over these people; says how many were there. Who is assigned and not there was deleted a moment ago.
pub async fn read(
    graph: &Graph<'_>,
    mut users: BTreeSet<String>,
    people: &mut People<'_>,
) -> Result<Option<String>, SourceError> {
    let wanted = users.len();
    if wanted == 0 {
        return Ok(None);
    }
    if wanted > IN_MAX {
        from_listing(graph, &mut users, people).await?;
    }
    let listed = wanted - users.len();
    let asked = by_filter(graph, users, people).await?;
    let came = listed + asked;
    Ok(Some(format!("{came} of the {wanted} users who are assigned by themselves were read")))
}

/// Takes the wanted ones out of the listing, as long as that is fewer requests than a filter. Who is left after the whole
/// listing is asked for by filter too: the listing comes from an index that may lag.
async fn from_listing(
    graph: &Graph<'_>,
    users: &mut BTreeSet<String>,
    people: &mut People<'_>,
) -> Result<(), SourceError> {
    let mut listing = Listing::new(graph, format!("/users?$count=true&{}", graph.select()), USERS);
    listing.first(&mut |row| if took(users, &row) { people.take(row, &[]) } else { Ok(()) }).await?;
    let by_filter = users.len().div_ceil(IN_MAX) as u64;
    if listing.pages_left().is_some_and(|pages| by_filter < pages) {
        return Ok(());
    }
    listing.rest(&mut |row| if took(users, &row) { people.take(row, &[]) } else { Ok(()) }).await?;
    listing.finish("users").map(drop)
}

async fn by_filter(
    graph: &Graph<'_>,
    mut users: BTreeSet<String>,
    people: &mut People<'_>,
) -> Result<usize, SourceError> {
    let left = users.len();
    let ids: Vec<String> = users.iter().cloned().collect();
    for some in ids.chunks(IN_MAX) {
        let list: Vec<String> = some.iter().map(|id| quoted(id)).collect();
        let filter = encoded(&format!("id in ({})", list.join(",")));
        let mut listing = Listing::new(graph, format!("/users?$filter={filter}&{}", graph.properties()), USERS);
        listing
            .rest(&mut |row| {
                if !took(&mut users, &row) {
                    return Err(graph.rest.malformed("/users answered with others than were asked for by filter"));
                }
                people.take(row, &[])
            })
            .await?;
    }
    Ok(left - users.len())
}

fn took(users: &mut BTreeSet<String>, row: &serde_json::Map<String, Value>) -> bool {
    row.get("id").and_then(Value::as_str).is_some_and(|id| users.remove(id))
}

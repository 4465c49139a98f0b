//! Who is assigned to an enterprise application: people, and the people of groups.
//!
//! "Not cascading to nested groups": who is in a group inside an assigned group is not assigned, so only direct members are
//! (Entra, "Assign users and groups to an application").
//! Never: gives somebody access whom Entra itself would not let in.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use serde_json::{Map, Value};

use super::direct;
use super::graph::{APPLICATIONS, Graph};
use super::groups::{self, Group, shown};
use super::listing::Listing;
use super::people::People;
use crate::config::entra_source::is_guid;
use crate::core::model::SourceId;
use crate::core::snapshot::id_hash;
use crate::source::SourceError;
use crate::source::rest::encoded;

const ASSIGNMENT: &str = "take the group's assignment away";

/// The application's service principal.
pub struct Principal {
    pub id: String,
    pub name: String,
    /// Whether only assigned people may sign in; none where Graph does not say.
    pub assignment_required: Option<bool>,
}

/// The rows of `appRoleAssignedTo`: groups stay groups there, and each role makes a row.
struct Assigned {
    users: BTreeSet<String>,
    /// With their names, or ids where Graph has no name any more.
    groups: BTreeMap<String, String>,
    told: String,
}

/// Everybody who is assigned, each once.
pub async fn read(graph: &Graph<'_>, app: &str, people: &mut People<'_>) -> Result<Vec<String>, SourceError> {
    let principal = principal(graph, app).await?;
    let Assigned { mut users, groups, told } = assigned(graph, &principal).await?;
    let mut checked = vec![told];
    // Groups first: who comes by one of them needs no request of their own.
    for (id, name) in groups {
        let group = Group { id, name };
        let listing = groups::members(graph, &group, false, people, &[], |id| {
            users.remove(id);
        })
        .await?;
        if listing.is_empty() {
            groups::is_empty(graph, &group, ASSIGNMENT).await?;
        }
        checked.push(listing.finish(&format!("members of {}", shown(&group.name)))?);
    }
    checked.extend(direct::read(graph, users, people).await?);
    Ok(checked)
}

/// By appId, which is what people know it by, else by object id.
pub async fn principal(graph: &Graph<'_>, app: &str) -> Result<Principal, SourceError> {
    let wanted = app;
    let app = encoded(app);
    let select = "$select=id,appId,displayName,appRoleAssignmentRequired";
    let by_app_id = graph.one(&format!("/servicePrincipals(appId='{app}')?{select}"), APPLICATIONS).await?;
    let found = match by_app_id {
        Some(found) => Some(found),
        None => graph.one(&format!("/servicePrincipals/{app}?{select}"), APPLICATIONS).await?,
    };
    let text = |found: &Map<String, Value>, name: &str| found.get(name).and_then(Value::as_str).map(str::to_owned);
    let id = found.as_ref().and_then(|found| text(found, "id")).filter(|id| is_guid(id));
    let (Some(found), Some(id)) = (found, id) else {
        return Err(graph.rest.malformed(
            "there is no enterprise application with that id, so nobody knows who is assigned; write as `app` the application \
             id or the object id that Entra shows for it under Enterprise applications",
        ));
    };
    let is_wanted = |name: &str| text(&found, name).is_some_and(|id| id.eq_ignore_ascii_case(wanted));
    if !is_wanted("id") && !is_wanted("appId") {
        return Err(graph.rest.malformed("another enterprise application came than the one that `app` asks for by id"));
    }
    let assignment_required = found.get("appRoleAssignmentRequired").and_then(Value::as_bool);
    Ok(Principal { id, name: text(&found, "displayName").unwrap_or_default(), assignment_required })
}

async fn assigned(graph: &Graph<'_>, principal: &Principal) -> Result<Assigned, SourceError> {
    let path = format!("/servicePrincipals/{}/appRoleAssignedTo?{}", principal.id, graph.top());
    let (mut users, mut groups) = (BTreeSet::new(), BTreeMap::new());
    let mut listing = Listing::new(graph, path, APPLICATIONS);
    listing
        .rest(&mut |row| {
            let text = |name: &str| row.get(name).and_then(Value::as_str).unwrap_or_default();
            let id = text("principalId");
            if !is_guid(id) {
                return Err(graph
                    .rest
                    .malformed("an assignment has no principalId, so it is not known who is assigned"));
            }
            match text("principalType") {
                "User" => drop(users.insert(id.to_owned())),
                "Group" => {
                    let name = Some(text("principalDisplayName")).filter(|name| !name.is_empty()).unwrap_or(id);
                    groups.insert(id.to_owned(), name.to_owned());
                }
                // Another application, which is nobody.
                "ServicePrincipal" => {}
                _ => return Err(graph.rest.malformed("an assignment is of no User, Group or ServicePrincipal")),
            }
            Ok(())
        })
        .await?;
    let told = listing.finish(&format!("assignments to {}", shown(&principal.name)))?;
    let told = format!("{told}: {} users, {} groups", users.len(), groups.len());
    Ok(Assigned { users, groups, told })
}

/// Hashes of the ids of everybody who is assigned now, for a look-up. Errors: nobody is.
pub async fn assigned_ids(graph: &Graph<'_>, app: &str, source: &str) -> Result<HashSet<u128>, SourceError> {
    let principal = principal(graph, app).await?;
    let Assigned { users, groups, .. } = assigned(graph, &principal).await?;
    let mut ids: HashSet<u128> = users.into_iter().map(|id| id_hash(&SourceId::new(source, id))).collect();
    for (id, name) in groups {
        let group = Group { id, name };
        let members = groups::member_ids(graph, &group, false, source).await?;
        if members.is_empty() {
            groups::is_empty(graph, &group, ASSIGNMENT).await?;
        }
        ids.extend(members);
    }
    if ids.is_empty() {
        return Err(graph
            .rest
            .malformed("nobody is assigned any more, so nobody is known to have lost the assignment"));
    }
    Ok(ids)
}

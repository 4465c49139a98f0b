//! Which tenant it is, as Graph says it: never by the name in the configuration alone.
//!
//! Never: lets a token of another tenant's pass for the configured one's.

use serde_json::Value;

use super::graph::{Graph, ORGANIZATION};
use crate::config::entra_source::EntraSettings;
use crate::core::evidence::Identity;
use crate::source::SourceError;

pub struct Organization {
    pub id: String,
    pub name: String,
}

impl Organization {
    pub fn identity(&self, settings: &EntraSettings) -> Identity {
        Identity { directory: format!("tenant {}", self.id), principal: format!("application {}", settings.client_id) }
    }
}

/// Errors: Graph answers for another tenant than `tenant` names, by id or by one of its verified domains.
pub async fn read(graph: &Graph<'_>) -> Result<Organization, SourceError> {
    let answer = graph.answer("/organization?$select=id,displayName,verifiedDomains").await?;
    let list = graph.object(&answer, ORGANIZATION)?;
    let one = match list.get("value").and_then(Value::as_array).map(Vec::as_slice) {
        Some([one]) => one,
        _ => return Err(graph.rest.malformed("/organization does not show exactly one tenant")),
    };
    let Some(id) = one["id"].as_str().filter(|id| !id.is_empty()) else {
        return Err(graph.rest.malformed("/organization shows a tenant without an id"));
    };
    let domains = one["verifiedDomains"].as_array().into_iter().flatten();
    let mut names = domains.filter_map(|domain| domain["name"].as_str()).chain([id]);
    if !names.any(|name| name.eq_ignore_ascii_case(&graph.settings.tenant)) {
        return Err(graph.rest.malformed(format!(
            "Graph answers for the tenant {id}, and `tenant` is {}, which is neither that nor one of its verified domains",
            graph.settings.tenant
        )));
    }
    Ok(Organization { id: id.to_owned(), name: one["displayName"].as_str().unwrap_or_default().to_owned() })
}

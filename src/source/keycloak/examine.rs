//! What `check` says of a realm besides a reading: which realm, who reads, and rights that nobody needs.
//!
//! Never: writes. Which roles a token has the token itself says, and nothing is decided by it.

use super::server::{Server, tokens};
use crate::clock::Clock;
use crate::config::Http;
use crate::config::keycloak_source::KeycloakSettings;
use crate::core::text::toml_string;
use crate::source::{Finding, SourceError};

/// Of `realm-management`: what changes people, groups, or what anybody may.
const WRITING: [&str; 6] =
    ["realm-admin", "manage-users", "manage-realm", "manage-clients", "manage-authorization", "impersonation"];

pub async fn examine(settings: &KeycloakSettings, http: &Http, clock: Clock) -> Result<Vec<Finding>, SourceError> {
    let server = Server::open(settings, http, clock)?;
    let identity = server.identity().await?;
    let mut findings = vec![
        Finding::Good(format!("{} at {}", identity.directory, settings.url.host_str().unwrap_or_default())),
        Finding::Good(format!("identity = {}", toml_string(&identity.to_string()))),
    ];
    let granted = tokens(settings, http, clock)?.granted().await?;
    let is_granted = |role: &&str| granted.scopes.contains(&format!("realm-management/{role}"));
    let may_write: Vec<&str> = WRITING.into_iter().filter(|role| is_granted(role)).collect();
    findings.push(if may_write.is_empty() {
        Finding::Good("the token has no role of realm-management that writes".into())
    } else {
        Finding::Unwise(format!(
            "the token may write ({}); only view-users and view-realm are needed, so take the others from the service account",
            may_write.join(", ")
        ))
    });
    if settings.url.scheme() == "http" {
        let clear = "the token travels in clear text; on this machine only, which is all that http:// is allowed for";
        findings.push(Finding::Unwise(clear.into()));
    }
    Ok(findings)
}

//! What `check` says of a realm besides a reading: which realm, who reads, and rights that nobody needs.
//!
//! Never: writes. Which roles a token has the token itself says, and nothing is decided by it.

use super::server::{Server, tokens};
use crate::clock::Clock;
use crate::config::Http;
use crate::config::keycloak_source::KeycloakSettings;
use crate::core::text::toml_string;
use crate::source::oauth::Granted;
use crate::source::rest::in_the_clear;
use crate::source::{Finding, SourceError};

/// Of `realm-management`: what changes people, groups, or what anybody may.
const WRITING: [&str; 9] = [
    "realm-admin",
    "manage-users",
    "manage-realm",
    "manage-clients",
    "manage-authorization",
    "manage-identity-providers",
    "manage-events",
    "create-client",
    "impersonation",
];
/// The client whose roles these are. In the realm `master` it has another name, and a realm role `admin` beside it.
const MANAGEMENT: &str = "realm-management/";

pub async fn examine(settings: &KeycloakSettings, http: &Http, clock: Clock) -> Result<Vec<Finding>, SourceError> {
    let server = Server::open(settings, http, clock)?;
    let identity = server.identity().await?;
    let mut findings = vec![
        Finding::Good(format!("{} at {}", identity.directory, settings.url.host_str().unwrap_or_default())),
        Finding::Good(format!("identity = {}", toml_string(&identity.to_string()))),
    ];
    let granted = tokens(settings, http, clock)?.granted().await?;
    findings.push(rights(&granted));
    findings.extend(in_the_clear(&settings.url));
    Ok(findings)
}

fn rights(granted: &Granted) -> Finding {
    let roles: Vec<&str> = granted.scopes.iter().filter_map(|scope| scope.strip_prefix(MANAGEMENT)).collect();
    let may_write: Vec<&str> = WRITING.into_iter().filter(|role| roles.contains(role)).collect();
    match (roles.as_slice(), may_write.as_slice()) {
        ([], _) => Finding::Unwise(
            "whether the token may write cannot be told: it shows no role of realm-management (a lightweight token, or the \
             realm master); look at the client's page, Service accounts roles: view-users and view-realm are all that is needed"
                .into(),
        ),
        (_, []) => Finding::Good("the token has no role of realm-management that writes".into()),
        _ => Finding::Unwise(format!(
            "the token may write ({}); only view-users and view-realm are needed, so take the others from the service account",
            may_write.join(", ")
        )),
    }
}

//! What `check` says of an Okta org besides a reading: which org, who reads, the app, rights that nobody needs, limits.
//!
//! Never: writes. Whether the service app may is asked of the token endpoint, which is the only one that knows.

use super::server::{Server, inactive, scopes, tokens};
use crate::clock::Clock;
use crate::config::Http;
use crate::config::okta_source::{Access, OktaSettings};
use crate::core::text::toml_string;
use crate::source::rest::in_the_clear;
use crate::source::{Finding, SourceError};

/// What changes people, groups and assignments.
const WRITING: [&str; 3] = ["okta.apps.manage", "okta.groups.manage", "okta.users.manage"];

pub async fn examine(settings: &OktaSettings, http: &Http, clock: Clock) -> Result<Vec<Finding>, SourceError> {
    let server = Server::open(settings, http, clock)?;
    let identity = server.identity().await?;
    let mut findings = vec![
        Finding::Good(format!("{} at {}", identity.directory, settings.url.host_str().unwrap_or_default())),
        Finding::Good(format!("identity = {}", toml_string(&identity.to_string()))),
    ];
    if let Some(app) = server.app().await? {
        findings.push(match app.status.as_str() {
            "ACTIVE" => Finding::Good(format!("{}, active", app.named())),
            _ => Finding::Wrong(inactive(&app), "until then no reading counts".into()),
        });
    }
    findings.push(rights(settings, http, clock).await?);
    if let Some((limit, share)) = server.rest.manners().and_then(|manners| Some((manners.limit()?, manners.share()))) {
        findings.push(Finding::Good(format!(
            "rate limit: {limit} requests in a window, of which {share}% are used at most"
        )));
    }
    findings.extend(in_the_clear(&settings.url));
    Ok(findings)
}

async fn rights(settings: &OktaSettings, http: &Http, clock: Clock) -> Result<Finding, SourceError> {
    if let Access::Ssws { .. } = settings.access {
        return Ok(Finding::Unwise(
            "an SSWS token has all rights of its admin, and whether that admin may write cannot be asked; let it be one with a \
             read-only role, or better use a service app (client_id and private_key_file)"
                .into(),
        ));
    }
    let mut may_write = Vec::new();
    for scope in WRITING {
        // A refusal of that scope is what is hoped for. Whatever else keeps a token back says nothing of it.
        match tokens(settings, scope, http, clock)?.granted_if().await {
            Ok(granted) => may_write.extend(granted.is_some_and(|all| all.scopes.contains(scope)).then_some(scope)),
            Err(error) => {
                let unknown = format!("whether the service app may write ({scope}) cannot be told: {error}");
                return Ok(Finding::Unwise(unknown));
            }
        }
    }
    Ok(if may_write.is_empty() {
        Finding::Good(format!("the service app reads with {} and was refused scopes that write", scopes(settings)))
    } else {
        Finding::Unwise(format!(
            "the service app may write ({}); only {} is needed, so revoke the others in Okta API Scopes",
            may_write.join(", "),
            scopes(settings)
        ))
    })
}

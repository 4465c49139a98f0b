//! What `check` says of a Google Workspace account besides a reading: which account, who reads, rights that nobody needs, limits.
//!
//! Never: writes. Whether the service account may is asked of the token endpoint, which is the only one that knows.

use super::server::{Server, scopes, tokens};
use crate::clock::Clock;
use crate::config::Http;
use crate::config::google_source::{Access, GoogleSettings};
use crate::core::text::toml_string;
use crate::source::rest::in_the_clear;
use crate::source::{Finding, SourceError};

/// What changes people, groups and who is in them.
const WRITING: [&str; 3] = ["admin.directory.user", "admin.directory.group", "admin.directory.group.member"];
const BEGINNING: &str = "https://www.googleapis.com/auth/";

pub async fn examine(settings: &GoogleSettings, http: &Http, clock: Clock) -> Result<Vec<Finding>, SourceError> {
    let server = Server::open(settings, http, clock)?;
    let principal = server.principal().await?;
    let (_, customer) = server.somebody().await?;
    let identity = server.identity(&customer, principal);
    let mut findings = vec![
        Finding::Good(format!("{} at {}", identity.directory, settings.url.host_str().unwrap_or_default())),
        Finding::Good(format!("identity = {}", toml_string(&identity.to_string()))),
        rights(settings, http, clock).await?,
        Finding::Good(format!("at most {}% of Google's 2400 requests a minute are used", settings.limit_share)),
    ];
    findings.extend(in_the_clear(&settings.url));
    Ok(findings)
}

async fn rights(settings: &GoogleSettings, http: &Http, clock: Clock) -> Result<Finding, SourceError> {
    let needed = short(&scopes(settings));
    let Access::Key { subject: Some(subject), .. } = &settings.access else {
        return Ok(Finding::Unwise(format!(
            "the service account acts for nobody but itself, and what its admin role lets it write cannot be asked; let it be a \
             role of your own with Users > Read alone{}",
            if settings.groups.is_empty() && settings.pushed.is_empty() { "" } else { " and Groups > Read" }
        )));
    };
    let mut may_write = Vec::new();
    for scope in WRITING {
        // A refusal of that scope is what is hoped for. Whatever else keeps a token back says nothing of it.
        let asked = format!("{BEGINNING}{scope}");
        match tokens(settings, &asked, http, clock)?.granted_if().await {
            Ok(granted) => may_write.extend(granted.is_some_and(|all| all.scopes.contains(&asked)).then_some(scope)),
            Err(error) => {
                let unknown = format!("whether the service account may write ({scope}) cannot be told: {error}");
                return Ok(Finding::Unwise(unknown));
            }
        }
    }
    Ok(if may_write.is_empty() {
        Finding::Good(format!(
            "the service account reads for {subject} with {needed} and was refused scopes that write"
        ))
    } else {
        Finding::Unwise(format!(
            "the service account may write ({}); only {needed} is needed, so take the others out of Domain-wide delegation",
            may_write.join(", ")
        ))
    })
}

fn short(scopes: &str) -> String {
    scopes.replace(BEGINNING, "").replace(' ', " and ")
}

//! The keys of a `[[source]]` with `type = "keycloak"`.
//!
//! Never: opens a file or a connection.

use std::path::Path;
use std::time::Duration;

use url::Url;

use super::findings::Findings;
use super::groups::Groups;
use super::secret::SecretFile;
use super::settings::Settings;
use crate::core::groups::rules::Asked;

/// Keycloak has no most: the larger the page, the fewer people move between two of them.
const PAGE_SIZE: u32 = 500;
/// What the brief representation of a user has.
const BRIEF: [&str; 8] =
    ["id", "username", "email", "emailVerified", "firstName", "lastName", "createdTimestamp", "federationLink"];

/// How the client signs in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Access {
    Secret(SecretFile),
    /// "Signed JWT".
    Key {
        key: SecretFile,
        key_id: Option<String>,
    },
}

impl Access {
    /// The file with the secret.
    pub fn file(&self) -> &Path {
        match self {
            Access::Secret(file) | Access::Key { key: file, .. } => &file.path,
        }
    }
}

/// Settings of the keycloak source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeycloakSettings {
    /// Without a trailing slash: `https://sso.acme.example`, or with `/auth` behind it where the server has that.
    pub url: Url,
    pub realm: String,
    pub client_id: String,
    pub access: Access,
    /// `scope.groups`: names, paths (`/Engineering/Backend`) or ids of groups. Empty: no group is read.
    pub groups: Vec<String>,
    /// The groups that `[[group]]` asks for: `DirectoryUser::in_groups` and `Evidence::groups`.
    pub pushed: Vec<Asked>,
    /// Whether members of a group within a wanted group count.
    pub nested_groups: bool,
    /// Whether a mapping reads what Keycloak does not have in its brief representation, which costs it a fraction.
    pub is_whole: bool,
    pub page_size: u32,
    /// For one reading as a whole.
    pub timeout: Duration,
    /// Ids of people whom every reading must show active, and inactive.
    pub sentinels: Vec<String>,
    pub inactive_sentinels: Vec<String>,
}

/// The settings of one keycloak source; what is wrong is a finding. `groups` are those of `scope.groups`, `mapped` what the
/// mapping reads by name.
pub(super) fn keycloak(
    settings: &Settings,
    root: &Settings,
    groups: Groups,
    mapped: &[String],
    base: &Path,
    findings: &mut Findings,
) -> Option<KeycloakSettings> {
    let access = access(settings, base, findings);
    let timeout = settings.timeout(findings);
    let url = settings
        .optional("source.url")
        .and_then(|url| Url::parse(&url).ok())
        .filter(|url| is_server(url, settings, findings));
    Some(KeycloakSettings {
        url: url?,
        realm: settings.optional("source.realm")?,
        client_id: settings.optional("source.client_id")?,
        access: access?,
        groups: groups.scope,
        pushed: groups.pushed,
        nested_groups: settings.flag("source.nested_groups"),
        is_whole: is_whole(root, mapped),
        page_size: settings.number("source.page_size").and_then(|size| u32::try_from(size).ok()).unwrap_or(PAGE_SIZE),
        timeout: timeout?,
        sentinels: settings.texts("source.sentinels"),
        inactive_sentinels: settings.texts("source.inactive_sentinels"),
    })
}

/// `attrs["any name"]` of an expression is not among the names.
fn is_whole(root: &Settings, mapped: &[String]) -> bool {
    let targets = ["mapping.user_name", "mapping.given_name", "mapping.family_name"];
    mapped.iter().any(|name| !BRIEF.contains(&name.as_str()))
        || targets.iter().any(|target| root.text(target).contains("attrs"))
}

/// The server itself: what is behind it this program knows.
fn is_server(url: &Url, settings: &Settings, findings: &mut Findings) -> bool {
    let goes_on = ["/realms", "/admin"].into_iter().any(|part| url.path().contains(part));
    if goes_on {
        let advice =
            "write the server's address alone, as in \"https://sso.acme.example\"; the realm has a key of its own";
        findings.missing(&settings.place("source.url"), "leads to a realm or to the console", advice);
    }
    !goes_on
}

fn access(settings: &Settings, base: &Path, findings: &mut Findings) -> Option<Access> {
    let secret = |key: &str| settings.optional(key).map(|file| settings.secret(base.join(file)));
    let mut need = |key: &str, message: &str, advice: &str| {
        findings.missing(&settings.place(key), message, advice);
        None
    };
    if settings.optional("source.client_id").is_none() {
        return need("source.client_id", "is missing", "name the client with a service account that reads");
    }
    match (secret("source.client_secret_file"), secret("source.private_key_file")) {
        (Some(secret), None) => Some(Access::Secret(secret)),
        (None, Some(key)) => Some(Access::Key { key, key_id: settings.optional("source.key_id") }),
        (Some(_), Some(_)) => need(
            "source.client_secret_file",
            "stands beside private_key_file",
            "keep the one that the client's Credentials page has switched on",
        ),
        (None, None) => need(
            "source.client_secret_file",
            "is missing, and so is private_key_file",
            "name a file of mode 0600 with the client's secret, or with its private key",
        ),
    }
}

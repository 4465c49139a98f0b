//! The keys of a `[[source]]` with `type = "scim"`.
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

const PAGE_SIZE: u32 = 100;

/// How pages are asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Paging {
    /// By cursor where the service provider's configuration announces it, else by index.
    Auto,
    /// `startIndex` and `count` (RFC 7644 §3.4.2.4).
    Index,
    /// `cursor` (RFC 9865).
    Cursor,
}

/// What the server wants to see.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Access {
    Bearer { token: SecretFile },
    Basic { user: String, password: SecretFile },
}

impl Access {
    /// The file with the secret.
    pub fn file(&self) -> &Path {
        match self {
            Access::Bearer { token } => &token.path,
            Access::Basic { password, .. } => &password.path,
        }
    }
}

/// Settings of the scim source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScimSettings {
    /// Without a trailing slash: `https://idp.acme.example/scim/v2`.
    pub url: Url,
    pub access: Access,
    /// A SCIM filter (RFC 7644 §3.4.2.2) for the listing of people; everybody without it.
    pub filter: Option<String>,
    pub paging: Paging,
    /// Resources in a page; servers may give fewer.
    pub page_size: u32,
    /// For one reading as a whole.
    pub timeout: Duration,
    /// `scope.groups`: displayNames or ids of groups. Empty: no group is read.
    pub groups: Vec<String>,
    /// The groups that `[[group]]` asks for: `DirectoryUser::in_groups` and `Evidence::groups`.
    pub pushed: Vec<Asked>,
    /// Whether members of a group in a wanted group count.
    pub nested_groups: bool,
    /// Ids of people whom every reading must show active, and inactive.
    pub sentinels: Vec<String>,
    pub inactive_sentinels: Vec<String>,
}

/// The settings of one scim source; what is wrong is a finding. `groups` are those of `scope.groups`.
pub(super) fn scim(settings: &Settings, groups: Groups, base: &Path, findings: &mut Findings) -> Option<ScimSettings> {
    let access = access(settings, base, findings);
    let timeout = settings.timeout(findings);
    let paging = match settings.text("source.paging").as_str() {
        "index" => Paging::Index,
        "cursor" => Paging::Cursor,
        _ => Paging::Auto,
    };
    Some(ScimSettings {
        url: settings.optional("source.url").and_then(|url| Url::parse(&url).ok())?,
        access: access?,
        filter: settings.optional("source.filter"),
        paging,
        page_size: settings.number("source.page_size").and_then(|size| u32::try_from(size).ok()).unwrap_or(PAGE_SIZE),
        timeout: timeout?,
        groups: groups.scope,
        pushed: groups.pushed,
        nested_groups: settings.flag("source.nested_groups"),
        sentinels: settings.texts("source.sentinels"),
        inactive_sentinels: settings.texts("source.inactive_sentinels"),
    })
}

fn access(settings: &Settings, base: &Path, findings: &mut Findings) -> Option<Access> {
    let secret = |key: &str| settings.optional(key).map(|file| settings.secret(base.join(file)));
    let (token, password) = (secret("source.token_file"), secret("source.password_file"));
    let mut need = |key: &str, message: &str, advice: &str| {
        findings.missing(&settings.place(key), message, advice);
        None
    };
    match (token, settings.optional("source.user"), password) {
        (Some(token), None, None) => Some(Access::Bearer { token }),
        (None, Some(user), Some(password)) => Some(Access::Basic { user, password }),
        (Some(_), _, _) => need(
            "source.token_file",
            "stands beside user or password_file",
            "keep the token, or the user with the password",
        ),
        (None, Some(_), None) => need(
            "source.password_file",
            "is missing beside user",
            "name a file of mode 0600 with the account's password",
        ),
        (None, None, Some(_)) => need("source.user", "is missing beside password_file", "name the account"),
        (None, None, None) => need(
            "source.token_file",
            "is missing, and so are user and password_file",
            "name a file of mode 0600 with the bearer token",
        ),
    }
}

//! The keys of a `[[source]]` with `type = "okta"`.
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

/// Okta's statuses of a user who may work. A person who has to set a password, or locked themselves out, still works there.
const ACTIVE: [&str; 5] = ["ACTIVE", "PROVISIONED", "RECOVERY", "PASSWORD_EXPIRED", "LOCKED_OUT"];
const INACTIVE: [&str; 2] = ["SUSPENDED", "DEPROVISIONED"];
/// What the API documents as the most, for assignments and for users.
const PAGE_OF_ASSIGNMENTS: u32 = 500;
const PAGE_OF_USERS: u32 = 200;
const SHARE: u32 = 50;

/// What Okta wants to see.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Access {
    /// An API token of an admin's.
    Ssws { token: SecretFile },
    /// OAuth 2.0 for a service app, with `private_key_jwt`.
    ServiceApp { client_id: String, key: SecretFile, key_id: Option<String> },
}

impl Access {
    /// The file with the secret.
    pub fn file(&self) -> &Path {
        match self {
            Access::Ssws { token: file } | Access::ServiceApp { key: file, .. } => &file.path,
        }
    }
}

/// Whose people are read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Whom {
    /// Whoever is assigned to the app with that id, by themselves or by a group.
    App(String),
    /// Members of the groups of `scope.groups`.
    Groups,
    /// Whoever matches the search expression.
    Search(String),
    Everybody,
}

/// Settings of the okta source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OktaSettings {
    /// Without a trailing slash: `https://acme.okta.com`.
    pub url: Url,
    pub access: Access,
    pub whom: Whom,
    /// `scope.groups`: names or ids of groups.
    pub groups: Vec<String>,
    /// The groups that `[[group]]` asks for: `DirectoryUser::in_groups` and `Evidence::groups`.
    pub pushed: Vec<Asked>,
    /// Statuses, compared ASCII-case-insensitively; any other is unknown.
    pub active_values: Vec<String>,
    pub inactive_values: Vec<String>,
    /// Rows in a page.
    pub page_size: u32,
    /// Percent of the rate limit that is used at most.
    pub limit_share: u32,
    /// For one reading as a whole.
    pub timeout: Duration,
    /// Ids of people whom every reading must show active, and inactive.
    pub sentinels: Vec<String>,
    pub inactive_sentinels: Vec<String>,
}

/// The settings of one okta source; what is wrong is a finding. `groups` are those of `scope.groups`.
pub(super) fn okta(settings: &Settings, groups: Groups, base: &Path, findings: &mut Findings) -> Option<OktaSettings> {
    let access = access(settings, base, findings);
    let timeout = settings.timeout(findings);
    let url = settings
        .optional("source.url")
        .and_then(|url| Url::parse(&url).ok())
        .filter(|url| is_org(url, settings, findings));
    let whom = whom(settings, &groups.scope, findings);
    let values = |key: &str, usual: &[&str]| {
        settings.given_texts(key).unwrap_or_else(|| usual.iter().map(|&status| status.into()).collect())
    };
    let active_values = values("source.active_values", &ACTIVE);
    let inactive_values = values("source.inactive_values", &INACTIVE);
    let is_both = |status: &&String| inactive_values.iter().any(|other| other.eq_ignore_ascii_case(status));
    if let Some(status) = active_values.iter().find(is_both) {
        let advice = "take it out of one of them; what stands in neither changes nothing".to_owned();
        findings.wrong(
            &settings.place("source.active_values"),
            format!("has \"{status}\", and inactive_values has it too"),
            Some(advice),
        );
    }
    let number = |key: &str| settings.number(key).and_then(|number| u32::try_from(number).ok());
    let whom = whom?;
    let page_max = if matches!(whom, Whom::App(_)) { PAGE_OF_ASSIGNMENTS } else { PAGE_OF_USERS };
    Some(OktaSettings {
        url: url?,
        access: access?,
        page_size: number("source.page_size").unwrap_or(page_max).min(page_max),
        whom,
        groups: groups.scope,
        pushed: groups.pushed,
        active_values,
        inactive_values,
        limit_share: number("source.limit_share").unwrap_or(SHARE),
        timeout: timeout?,
        sentinels: settings.texts("source.sentinels"),
        inactive_sentinels: settings.texts("source.inactive_sentinels"),
    })
}

/// The org itself: its admin console's address answers differently, and a path would go in front of `/api/v1`.
fn is_org(url: &Url, settings: &Settings, findings: &mut Findings) -> bool {
    let host = url.host_str().unwrap_or_default();
    let wrong = if host.contains("-admin.okta") {
        Some("is the address of the admin console")
    } else if url.path() != "/" {
        Some("has a path")
    } else {
        None
    };
    if let Some(wrong) = wrong {
        let advice = "write the org's own address alone, as in \"https://acme.okta.com\"";
        findings.missing(&settings.place("source.url"), wrong, advice);
    }
    wrong.is_none()
}

fn whom(settings: &Settings, groups: &[String], findings: &mut Findings) -> Option<Whom> {
    let place = settings.place("source.filter");
    match (settings.optional("source.app"), settings.optional("source.filter")) {
        (Some(_), Some(_)) => {
            findings.missing(&place, "stands beside app", "take it out: the app alone says who is read");
            None
        }
        (Some(app), None) if !is_id(&app) => {
            let advice = "write the app's id: 0oa and 17 more letters and digits, as in the address of its page";
            findings.missing(&settings.place("source.app"), "is no id of an app", advice);
            None
        }
        (Some(app), None) => Some(Whom::App(app)),
        (None, Some(search)) => Some(Whom::Search(search)),
        (None, None) if !groups.is_empty() => Some(Whom::Groups),
        (None, None) => Some(Whom::Everybody),
    }
}

/// What may stand in a path as it is.
fn is_id(text: &str) -> bool {
    text.starts_with("0oa") && text.chars().all(|c| c.is_ascii_alphanumeric())
}

fn access(settings: &Settings, base: &Path, findings: &mut Findings) -> Option<Access> {
    let secret = |key: &str| settings.optional(key).map(|file| settings.secret(base.join(file)));
    let (token, key) = (secret("source.token_file"), secret("source.private_key_file"));
    let mut need = |key: &str, message: &str, advice: &str| {
        findings.missing(&settings.place(key), message, advice);
        None
    };
    match (settings.optional("source.client_id"), key, token) {
        (Some(client_id), Some(key), None) => {
            Some(Access::ServiceApp { client_id, key, key_id: settings.optional("source.key_id") })
        }
        (None, None, Some(token)) => Some(Access::Ssws { token }),
        (Some(_), _, Some(_)) | (_, Some(_), Some(_)) => need(
            "source.token_file",
            "stands beside client_id or private_key_file",
            "keep the service app, whose rights are its own, or the token",
        ),
        (Some(_), None, None) => need(
            "source.private_key_file",
            "is missing beside client_id",
            "name a file of mode 0600 with the service app's private key",
        ),
        (None, Some(_), None) => {
            need("source.client_id", "is missing beside private_key_file", "name the service app: its client ID")
        }
        (None, None, None) => need(
            "source.client_id",
            "is missing, and so are private_key_file and token_file",
            "name the service app and the file with its private key, or a file with an API token",
        ),
    }
}

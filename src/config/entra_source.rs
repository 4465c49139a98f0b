//! The keys of a `[[source]]` with `type = "entra"`.
//!
//! Never: opens a file or a connection, or asks Graph for a property that it does not know: it would refuse the whole listing.

mod properties;

use std::path::{Path, PathBuf};
use std::time::Duration;

use url::Url;

use super::check::Mapped;
use super::findings::Findings;
use super::groups::Groups;
use super::secret::SecretFile;
use super::settings::Settings;
use crate::core::groups::rules::Asked;

/// As many as Graph gives (`$top` of users, members and assignments).
const PAGE_MAX: u32 = 999;
const LIMIT_SHARE: u32 = 50;
/// The clouds: host of Graph, host of the sign-in (Graph, "National cloud deployments").
const CLOUDS: [(&str, &str); 4] = [
    ("graph.microsoft.com", "https://login.microsoftonline.com"),
    ("graph.microsoft.us", "https://login.microsoftonline.us"),
    ("dod-graph.microsoft.us", "https://login.microsoftonline.us"),
    ("microsoftgraph.chinacloudapi.cn", "https://login.partner.microsoftonline.cn"),
];

/// What the token endpoint is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Access {
    Secret(SecretFile),
    Certificate {
        certificate: PathBuf,
        key: SecretFile,
    },
    /// A token of somebody else's, such as a Kubernetes service account's.
    Federated(SecretFile),
}

/// What the ids of objects and applications are. Nothing else goes into a path or a filter as it is.
pub fn is_guid(text: &str) -> bool {
    text.len() == 36 && text.bytes().all(|b| b.is_ascii_hexdigit() || b == b'-')
}

impl Access {
    /// The files it needs.
    pub fn files(&self) -> impl Iterator<Item = &Path> {
        let (one, other) = match self {
            Access::Secret(file) | Access::Federated(file) => (file.path.as_path(), None),
            Access::Certificate { certificate, key } => (certificate.as_path(), Some(key.path.as_path())),
        };
        std::iter::once(one).chain(other)
    }
}

/// Whose reading it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Who {
    /// Whoever is assigned to an enterprise application, by its appId or its object id.
    App(String),
    /// `scope.groups`: displayNames or ids; `nested`: members of groups inside count.
    Groups { names: Vec<String>, nested: bool },
    /// Whom a `$filter` lets through.
    Everybody { filter: Option<String> },
}

/// Settings of the entra source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EntraSettings {
    /// Graph with its version, without a trailing slash: `https://graph.microsoft.com/v1.0`.
    pub url: Url,
    /// What tokens are asked for: `https://graph.microsoft.com/.default`.
    pub scope: String,
    /// `https://login.microsoftonline.com/TENANT/oauth2/v2.0/token`
    pub token_url: Url,
    /// Its id, or one of its domains.
    pub tenant: String,
    pub client_id: String,
    pub access: Access,
    pub who: Who,
    /// The groups that `[[group]]` asks for: `DirectoryUser::in_groups` and `Evidence::groups`.
    pub pushed: Vec<Asked>,
    /// Whether members of groups inside those count.
    pub nested_groups: bool,
    /// `$select`: what every person is asked for.
    pub properties: Vec<String>,
    /// Whether guests of other organisations count.
    pub guests: bool,
    pub page_size: u32,
    /// Percent of Graph's limit above which we slow down.
    pub limit_share: u32,
    /// For one reading as a whole.
    pub timeout: Duration,
    /// Ids of people whom every reading must show active, and inactive.
    pub sentinels: Vec<String>,
    pub inactive_sentinels: Vec<String>,
}

impl EntraSettings {
    /// Properties that only this configuration asks for, by `[mapping]` or `attributes`.
    pub fn own_properties(&self) -> &[String] {
        self.properties.get(properties::USUAL.len()..).unwrap_or_default()
    }
}

/// The settings of one entra source; what is wrong is a finding. `groups` are those of `scope.groups`, `mapped` what the
/// mapping reads: where sources of other types stand beside this one, what is no property of Graph's is theirs.
pub(super) fn entra(
    settings: &Settings,
    groups: Groups,
    mapped: &Mapped<'_>,
    base: &Path,
    findings: &mut Findings,
) -> Option<EntraSettings> {
    let access = access(settings, base, findings);
    let timeout = settings.timeout(findings);
    let who = who(settings, groups.scope, findings);
    let tenant = tenant(settings, findings);
    let client_id =
        needed(settings, "source.client_id", "write the application (client) id of the registration", findings);
    let hosts = hosts(settings, tenant.as_deref(), findings);
    let asked = settings.texts("source.attributes");
    mapped.owed.iter().for_each(|(place, name)| properties::check(name, place, findings));
    for name in &asked {
        properties::check(name, &settings.place("source.attributes"), findings);
    }
    let (url, scope, token_url) = hosts?;
    Some(EntraSettings {
        url,
        scope,
        token_url,
        tenant: tenant?,
        client_id: client_id?,
        access: access?,
        who: who?,
        pushed: groups.pushed,
        nested_groups: settings.flag("source.nested_groups"),
        properties: properties::select(mapped.names.iter().chain(&asked)),
        guests: settings.flag("source.guests"),
        page_size: page_size(settings, findings)?,
        limit_share: settings.number("source.limit_share").and_then(|n| u32::try_from(n).ok()).unwrap_or(LIMIT_SHARE),
        timeout: timeout?,
        sentinels: settings.texts("source.sentinels"),
        inactive_sentinels: settings.texts("source.inactive_sentinels"),
    })
}

fn needed(settings: &Settings, key: &str, advice: &str, findings: &mut Findings) -> Option<String> {
    let value = settings.optional(key).filter(|value| !value.is_empty());
    if value.is_none() {
        findings.missing(&settings.place(key), "is missing", advice);
    }
    value
}

fn page_size(settings: &Settings, findings: &mut Findings) -> Option<u32> {
    let size = settings.number("source.page_size").map_or(Some(PAGE_MAX), |size| u32::try_from(size).ok());
    let size = size.filter(|size| *size <= PAGE_MAX);
    if size.is_none() {
        let most = format!("is more than the {PAGE_MAX} that Graph gives at once");
        findings.missing(&settings.place("source.page_size"), most, "leave it out");
    }
    size
}

/// A tenant by name could be any that this program may sign in at, where the name is one of these.
fn tenant(settings: &Settings, findings: &mut Findings) -> Option<String> {
    let advice = "write the directory (tenant) id, or one of the tenant's domains";
    let tenant = needed(settings, "source.tenant", advice, findings)?;
    let is_plain = |c: char| c.is_ascii_alphanumeric() || ".-".contains(c);
    let is_any = ["common", "organizations", "consumers"].contains(&tenant.as_str());
    if is_any || !tenant.chars().all(is_plain) || tenant.starts_with('.') {
        findings.wrong(&settings.place("source.tenant"), "names no single tenant", Some(advice.into()));
        return None;
    }
    Some(tenant)
}

/// Graph with its version, the scope, and the token endpoint.
fn hosts(settings: &Settings, tenant: Option<&str>, findings: &mut Findings) -> Option<(Url, String, Url)> {
    let url = Url::parse(&settings.optional("source.url")?).ok()?;
    let origin = url.origin().ascii_serialization();
    if !matches!(url.path().trim_end_matches('/'), "" | "/v1.0") {
        let advice = format!("write \"{origin}\"");
        findings.wrong(&settings.place("source.url"), "is more than the address of Graph", Some(advice));
        return None;
    }
    let known = CLOUDS.iter().find(|(graph, _)| url.host_str() == Some(*graph) && url.port().is_none());
    let login = settings.optional("source.login_url").or_else(|| known.map(|(_, login)| (*login).to_owned()));
    let Some(login) = login else {
        let clouds: Vec<String> = CLOUDS.iter().map(|(graph, _)| format!("https://{graph}")).collect();
        let advice = format!("write one of {}, or name the sign-in's address as login_url", clouds.join(", "));
        findings.wrong(&settings.place("source.url"), "is Graph's address in no cloud that is known", Some(advice));
        return None;
    };
    let token = format!("{}/{}/oauth2/v2.0/token", login.trim_end_matches('/'), tenant?);
    let graph = Url::parse(&format!("{origin}/v1.0")).ok()?;
    Some((graph, format!("{origin}/.default"), Url::parse(&token).ok()?))
}

fn who(settings: &Settings, groups: Vec<String>, findings: &mut Findings) -> Option<Who> {
    let (app, filter) = (settings.optional("source.app"), settings.optional("source.filter"));
    let mut beside = |key: &str, other: &str| {
        let mut advice = "keep one of them: people are read by assignment, by group, or by filter".to_owned();
        if other == "scope.groups" {
            advice += "; groups of another source stand there, as its scope_groups";
        }
        findings.wrong(&settings.place(key), format!("stands beside {other}"), Some(advice));
        None
    };
    match (app, filter) {
        (Some(_), Some(_)) => beside("source.app", "filter"),
        (Some(_), None) if !groups.is_empty() => beside("source.app", "scope.groups"),
        (None, Some(_)) if !groups.is_empty() => beside("source.filter", "scope.groups"),
        (Some(app), None) if !is_guid(&app) => {
            let advice =
                "write the application id or the object id that Entra shows for it under Enterprise applications";
            findings.wrong(&settings.place("source.app"), "is no id (GUID)", Some(advice.into()));
            None
        }
        (Some(app), None) => Some(Who::App(app)),
        (None, None) if !groups.is_empty() => {
            Some(Who::Groups { names: groups, nested: settings.flag("source.nested_groups") })
        }
        (None, filter) => Some(Who::Everybody { filter }),
    }
}

fn access(settings: &Settings, base: &Path, findings: &mut Findings) -> Option<Access> {
    let path = |key: &str| settings.optional(key).map(|file| base.join(file));
    let secret = |key: &str| path(key).map(|path| settings.secret(path));
    let (client_secret, federated) = (secret("source.client_secret_file"), secret("source.federated_token_file"));
    let (certificate, key) = (path("source.certificate_file"), secret("source.private_key_file"));
    let mut need = |key: &str, message: &str, advice: &str| {
        findings.missing(&settings.place(key), message, advice);
        None
    };
    match (client_secret, certificate, key, federated) {
        (Some(file), None, None, None) => Some(Access::Secret(file)),
        (None, Some(certificate), Some(key), None) => Some(Access::Certificate { certificate, key }),
        (None, None, None, Some(file)) => Some(Access::Federated(file)),
        (None, Some(_), None, None) => need(
            "source.private_key_file",
            "is missing beside certificate_file",
            "name a file of mode 0600 with the certificate's private key",
        ),
        (None, None, Some(_), None) => need(
            "source.certificate_file",
            "is missing beside private_key_file",
            "name the file with the certificate that was uploaded to the app registration",
        ),
        (None, None, None, None) => need(
            "source.client_secret_file",
            "is missing, and so are certificate_file with private_key_file, and federated_token_file",
            "name a file of mode 0600 with the client secret, or better use a certificate",
        ),
        _ => need(
            "source.client_secret_file",
            "is one of several ways to sign in that are named here",
            "keep client_secret_file, or certificate_file with private_key_file, or federated_token_file",
        ),
    }
}

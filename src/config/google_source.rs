//! The keys of a `[[source]]` with `type = "google"`.
//!
//! Never: opens a file or a connection, or asks Google for a field that it does not know: it would refuse the whole listing.

mod fields;

use std::path::Path;
use std::time::Duration;

use url::Url;

use super::check::Mapped;
use super::findings::Findings;
use super::groups::Groups;
use super::secret::SecretFile;
use super::settings::Settings;
use crate::core::groups::rules::Asked;

const API: &str = "https://admin.googleapis.com";
const LOGIN: &str = "https://oauth2.googleapis.com";
/// What the discovery document has as the most.
const PAGE_MAX: u32 = 500;
const SHARE: u32 = 50;
/// How Google writes the account of who asks.
const OWN: &str = "my_customer";
/// What Google says of somebody who may not work: flags of a User.
const FLAGS: [&str; 2] = ["suspended", "archived"];

/// Whose tokens these are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Access {
    /// A service account's key (JSON), and the admin it acts for by domain-wide delegation; without one it has an admin role
    /// itself.
    Key { key: SecretFile, subject: Option<String> },
    /// The service account of the machine that this runs on, by its metadata server.
    Machine,
}

impl Access {
    /// The file with the secret, if there is one.
    pub fn file(&self) -> Option<&Path> {
        match self {
            Access::Key { key, .. } => Some(&key.path),
            Access::Machine => None,
        }
    }
}

/// Whose people are listed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Whom {
    /// Of an account, by its id, or `my_customer`: that of who asks.
    Customer(String),
    /// Of one domain of an account with several.
    Domain(String),
}

/// Settings of the google source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GoogleSettings {
    /// The API without a trailing slash: `https://admin.googleapis.com`.
    pub url: Url,
    /// `https://oauth2.googleapis.com/token`
    pub token_url: Url,
    pub access: Access,
    pub whom: Whom,
    /// Paths without a trailing slash; empty: all of them.
    pub org_units: Vec<String>,
    /// `scope.groups`: addresses or ids of groups.
    pub groups: Vec<String>,
    /// The groups that `[[group]]` asks for: `DirectoryUser::in_groups` and `Evidence::groups`.
    pub pushed: Vec<Asked>,
    /// Whether members of a group within a wanted group count.
    pub nested_groups: bool,
    /// Whether guests of other organisations count.
    pub guests: bool,
    /// Which of Google's flags make somebody inactive: `suspended`, `archived`.
    pub inactive_values: Vec<String>,
    /// What every User is asked for: top-level fields.
    pub fields: Vec<String>,
    /// People in a page.
    pub page_size: u32,
    /// Percent of the rate limit that is used at most.
    pub limit_share: u32,
    /// For one reading as a whole.
    pub timeout: Duration,
    /// Ids of people whom every reading must show active, and inactive.
    pub sentinels: Vec<String>,
    pub inactive_sentinels: Vec<String>,
}

/// The settings of one google source; what is wrong is a finding. `groups` are those of `scope.groups`,
/// `mapped` what the mapping reads.
pub(super) fn google(
    settings: &Settings,
    groups: Groups,
    mapped: &Mapped<'_>,
    base: &Path,
    findings: &mut Findings,
) -> Option<GoogleSettings> {
    let access = access(settings, base, findings);
    let timeout = settings.timeout(findings);
    let whom = whom(settings, access.as_ref(), findings);
    let org_units = org_units(settings, findings);
    let inactive_values = inactive_values(settings, findings);
    let asked = settings.texts("source.attributes");
    mapped.owed.iter().for_each(|(place, name)| fields::check(name, place, findings));
    asked.iter().for_each(|name| fields::check(name, &settings.place("source.attributes"), findings));
    let host = |key: &str, usual: &str| settings.optional(key).unwrap_or_else(|| usual.to_owned());
    let token_url = format!("{}/token", host("source.login_url", LOGIN));
    let number = |key: &str| settings.number(key).and_then(|number| u32::try_from(number).ok());
    Some(GoogleSettings {
        url: Url::parse(&host("source.url", API)).ok()?,
        token_url: Url::parse(&token_url).ok()?,
        access: access?,
        whom: whom?,
        org_units,
        groups: groups.scope,
        pushed: groups.pushed,
        nested_groups: settings.flag("source.nested_groups"),
        guests: settings.flag("source.guests"),
        inactive_values,
        fields: fields::asked(mapped.names.iter().chain(&asked)),
        page_size: number("source.page_size").unwrap_or(PAGE_MAX).min(PAGE_MAX),
        limit_share: number("source.limit_share").unwrap_or(SHARE),
        timeout: timeout?,
        sentinels: settings.texts("source.sentinels"),
        inactive_sentinels: settings.texts("source.inactive_sentinels"),
    })
}

fn access(settings: &Settings, base: &Path, findings: &mut Findings) -> Option<Access> {
    let key = settings.optional("source.key_file").map(|file| settings.secret(base.join(file)));
    let subject = settings.optional("source.subject");
    let mut need = |key: &str, message: &str, advice: &str| {
        findings.missing(&settings.place(key), message, advice);
        None
    };
    match (key, settings.flag("source.metadata_server"), subject) {
        (Some(_), true, _) => need("source.key_file", "stands beside metadata_server", "keep one of them"),
        (None, true, Some(_)) => need(
            "source.subject",
            "stands beside metadata_server, whose tokens are the service account's own and nobody else's",
            "take it out, and give the service account an admin role in the Admin console",
        ),
        (None, true, None) => Some(Access::Machine),
        (None, false, _) => need(
            "source.key_file",
            "is missing, and so is metadata_server",
            "name the service account's key file (JSON, mode 0600), or write metadata_server = true on a machine at Google",
        ),
        (Some(_), false, Some(subject)) if !subject.contains('@') => need(
            "source.subject",
            "is no address",
            "write the address of the admin for whom the service account reads, as in \"directory-reader@acme.example\"",
        ),
        (Some(key), false, subject) => Some(Access::Key { key, subject }),
    }
}

/// A service account is nobody of the account, so that it has no account of its own to mean.
fn whom(settings: &Settings, access: Option<&Access>, findings: &mut Findings) -> Option<Whom> {
    let is_itself = matches!(access, Some(Access::Machine | Access::Key { subject: None, .. }));
    let is_plain = |text: &String, more: &str| {
        !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || more.contains(c))
    };
    let mut wrong = |key: &str, message: &str, advice: &str| {
        findings.missing(&settings.place(key), message, advice);
        None
    };
    let customer = settings.optional("source.customer").filter(|id| id != OWN);
    match (customer, settings.optional("source.domain")) {
        (Some(_), Some(_)) => wrong("source.domain", "stands beside customer", "keep one of them"),
        (Some(id), None) if !is_plain(&id, "_") => {
            let advice =
                "write the account's id, as in \"C01abc2de\", or leave it out: it is the admin's own account then";
            wrong("source.customer", "is no id of an account", advice)
        }
        (None, Some(domain)) if !is_plain(&domain, ".-") || !domain.contains('.') => {
            wrong("source.domain", "is no domain", "write one of the account's domains, as in \"acme.example\"")
        }
        (None, None) if is_itself => wrong(
            "source.customer",
            "is missing, and so are subject and domain",
            "write the account's id, as the Admin console has it (Account > Account settings > Profile), or name an admin in \
             subject",
        ),
        (Some(id), None) => Some(Whom::Customer(id)),
        (None, Some(domain)) => Some(Whom::Domain(domain.to_ascii_lowercase())),
        (None, None) => Some(Whom::Customer(OWN.into())),
    }
}

/// `/` is all of them.
fn org_units(settings: &Settings, findings: &mut Findings) -> Vec<String> {
    let units = settings.texts("source.org_units");
    for unit in units.iter().filter(|unit| !unit.starts_with('/') || unit.contains("//")) {
        let advice = format!("write its path, as in \"/{}\"", unit.trim_matches('/'));
        findings.missing(&settings.place("source.org_units"), "is no path of an organizational unit", &advice);
    }
    let units: Vec<String> = units.iter().map(|unit| unit.trim_end_matches('/').to_owned()).collect();
    if units.iter().any(String::is_empty) { Vec::new() } else { units }
}

fn inactive_values(settings: &Settings, findings: &mut Findings) -> Vec<String> {
    let flags = || FLAGS.map(str::to_owned).to_vec();
    let values = settings.given_texts("source.inactive_values").unwrap_or_else(flags);
    for value in values.iter().filter(|value| !FLAGS.contains(&value.as_str())) {
        let message = format!("has \"{}\", which is no flag of Google's", value.escape_debug());
        findings.missing(
            &settings.place("source.inactive_values"),
            &message,
            "it is \"suspended\", \"archived\", or both",
        );
    }
    values
}

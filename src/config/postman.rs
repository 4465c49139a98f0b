//! The connection: where the team is, where the key is, and how we get there.
//!
//! Never: opens the key file; `secret` does, each time the key is needed.

use std::path::{Path, PathBuf};

use secrecy::SecretString;
use url::Url;

use super::findings::Findings;
use super::secret::Keeper;
use super::settings::Settings;
use super::values::is_loopback;
use super::{Auth, Http, KeySource, Postman, Proxy};

/// The hosts of Postman's SCIM service (its OpenAPI document and guides).
const HOSTS: [&str; 3] = ["api.getpostman.com", "api.postman.com", "api.eu.postman.com"];
/// Name of the systemd credential.
const CREDENTIAL: &str = "postman-scim-key";

/// What the environment says about the key.
pub(super) struct Given {
    /// `$CREDENTIALS_DIRECTORY` (systemd.exec(5)).
    pub(super) credentials: Option<PathBuf>,
    pub(super) key: Option<SecretString>,
    pub(super) needs: Needs,
}

/// Whether a missing key is a problem.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Needs {
    Key,
    NoKey,
}

/// Nothing when the address or the key is wrong, which is a finding then.
pub(super) fn postman(settings: &Settings, given: Given, base: &Path, findings: &mut Findings) -> Option<Postman> {
    let base_url = settings.optional("postman.base_url").and_then(|text| Url::parse(&text).ok());
    if let Some(url) = &base_url {
        warn_about_host(url, findings);
    }
    let key = key_source(settings, given, base, findings);
    let per_min = |path: &str| settings.number(path).and_then(|number| u32::try_from(number).ok()).unwrap_or(1);
    Some(Postman {
        base_url: base_url?,
        key: key?,
        auth: if settings.text("postman.auth") == "header" { Auth::Header } else { Auth::Bearer },
        writes_per_min: per_min("postman.writes_per_min"),
        reads_per_min: per_min("postman.reads_per_min"),
    })
}

fn warn_about_host(url: &Url, findings: &mut Findings) {
    let host = url.host_str().unwrap_or_default();
    if !is_loopback(url) && !HOSTS.contains(&host) {
        findings.warn(format!("postman.base_url: {host} is none of Postman's hosts ({})", HOSTS.join(", ")));
    }
}

/// The file first, then the systemd credential, then the environment.
fn key_source(settings: &Settings, given: Given, base: &Path, findings: &mut Findings) -> Option<KeySource> {
    const FIELD: &str = "postman.api_key_file";
    if let Some(file) = settings.optional(FIELD) {
        if file.starts_with("PMAK-") {
            let advice = "put it in a file of mode 0600, name that here, and make a new key: this one was written down";
            findings.wrong(FIELD, "looks like the key itself", Some(advice.into()));
            return None;
        }
        if given.key.is_some() {
            findings.warn("the key in the environment is ignored, since postman.api_key_file is set");
        }
        let path = base.join(file);
        return Some(match Keeper::of(&path, given.credentials.as_deref()) {
            Keeper::Systemd => KeySource::Credential(path),
            Keeper::Owner | Keeper::Kubernetes => KeySource::File(path),
        });
    }
    let credential = given.credentials.map(|dir| dir.join(CREDENTIAL));
    match (credential, given.key) {
        (Some(path), key) if key.is_none() || path.exists() => Some(KeySource::Credential(path)),
        (_, Some(key)) => {
            findings
                .warn("the key comes from the environment, which other programs can read; use postman.api_key_file");
            Some(KeySource::Environment(key))
        }
        _ if given.needs == Needs::NoKey => Some(KeySource::Missing),
        _ => {
            let advice = format!("name a file of mode 0600, or give the service LoadCredential={CREDENTIAL}:...");
            findings.wrong(FIELD, "is missing, and so is every other place for the key", Some(advice));
            None
        }
    }
}

pub(super) fn http(settings: &Settings, base: &Path) -> Http {
    let proxy = match settings.text("http.proxy").as_str() {
        "none" => Proxy::None,
        "environment" => Proxy::Environment,
        text => Url::parse(text).map_or(Proxy::None, Proxy::Url),
    };
    Http { proxy, ca_file: settings.optional("http.ca_file").map(|file| base.join(file)) }
}

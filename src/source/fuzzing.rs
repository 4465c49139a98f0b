//! Properties of what directories answer: nobody is called inactive whom the answer does not call so in the directory's
//! own word, and nobody is shown under another id than the answer's.

pub(crate) mod files;
pub(crate) mod quoting;

use std::path::Path;
use std::sync::LazyLock;

use serde_json::{Map, Value};

use super::rest::{Answer, Seen};
use super::scim::names;
use super::{entra, google as google_source, keycloak as keycloak_source, okta as okta_source, scim as scim_source};
use crate::clock::Clock;
use crate::config::{Config, SourceKind, load};
use crate::core::model::{Active, DirectoryUser};

const SOURCE: &str = "corp";

/// A sample of `config/`, which users begin with.
fn sample(text: &str) -> Config {
    load::parse(text, Path::new("/etc/postman-scim-sync/config.toml"), &[]).expect("a sample is right")
}

macro_rules! samples {
    ($($name:ident = $file:literal;)*) => {
        $(static $name: LazyLock<Config> =
            LazyLock::new(|| sample(include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/config/", $file))));)*
    };
}

samples! {
    OKTA = "okta.toml";
    ENTRA = "entra.toml";
    GOOGLE = "google.toml";
    KEYCLOAK = "keycloak.toml";
    SCIM = "scim.toml";
}

/// Whoever came out as inactive was called so, and nobody has control characters in what reports show.
fn judge(user: &DirectoryUser, id: &str, is_called_inactive: bool) {
    assert_eq!(user.id.id, id);
    assert!(user.active != Active::No || is_called_inactive, "inactive, and nothing says so: {}", user.active_because);
    assert!(!user.active_because.chars().any(char::is_control), "{:?}", user.active_because);
}

/// One page of an app's assignments.
pub fn okta(data: &[u8]) {
    static SERVER: LazyLock<okta_source::server::Server<'static>> = LazyLock::new(|| {
        let SourceKind::Okta(settings) = &OKTA.sources[0].kind else { unreachable!("the sample is of Okta") };
        okta_source::server::Server::open(settings, &OKTA.http, Clock::System).expect("no connection is made")
    });
    let Ok(rows) = SERVER.rows(&Answer::of(200, data)) else { return };
    let Ok(rows) = Seen::default().page(rows) else { return };
    for (id, row) in rows {
        let status = row.get("_embedded").and_then(|all| all["user"]["status"].as_str()).unwrap_or_default();
        let inactive = &SERVER.settings.inactive_values;
        let is_inactive = inactive.iter().any(|word| word.eq_ignore_ascii_case(status));
        if let Ok(user) = okta_source::person::person(SOURCE, SERVER.settings, id.clone(), row) {
            judge(&user, &id, is_inactive);
        }
    }
}

/// One page of Graph's users, and the link to the next.
pub fn graph(data: &[u8]) {
    static GRAPH: LazyLock<entra::graph::Graph<'static>> = LazyLock::new(|| {
        let SourceKind::Entra(settings) = &ENTRA.sources[0].kind else { unreachable!("the sample is of Entra") };
        entra::graph::Graph::open(settings, &ENTRA.http, Clock::System).expect("no connection is made")
    });
    let Ok(mut page) = GRAPH.object(&Answer::of(200, data), &[]) else { return };
    if let Some(link) = page.get("@odata.nextLink").and_then(Value::as_str) {
        quoting::stays_below(&GRAPH.settings.url, link, GRAPH.pinned(link).ok().as_deref());
    }
    for row in objects(page.remove("value")) {
        let (id, enabled) = (row.get("id").cloned(), row.get("accountEnabled").cloned());
        if let Ok(user) = entra::person::person(SOURCE, row) {
            let id = id.as_ref().and_then(Value::as_str).expect("an id, since it was taken");
            judge(&user, id, enabled == Some(Value::Bool(false)));
        }
    }
}

/// One page of Google's users.
pub fn google(data: &[u8]) {
    static SERVER: LazyLock<google_source::server::Server<'static>> = LazyLock::new(|| {
        let SourceKind::Google(settings) = &GOOGLE.sources[0].kind else { unreachable!("the sample is of Google") };
        google_source::server::Server::open(settings, &GOOGLE.http, Clock::System).expect("no connection is made")
    });
    let Ok(mut page) = SERVER.object(&Answer::of(200, data)) else { return };
    for row in objects(page.remove("users")) {
        let Some(id) = row.get("id").and_then(Value::as_str).map(str::to_owned) else { continue };
        let is_inactive = SERVER.settings.inactive_values.iter().any(|flag| row.get(flag) == Some(&Value::Bool(true)));
        judge(&google_source::person::person(SOURCE, SERVER.settings, id.clone(), row), &id, is_inactive);
    }
}

/// One page of a realm's users.
pub fn keycloak(data: &[u8]) {
    static SERVER: LazyLock<keycloak_source::server::Server<'static>> = LazyLock::new(|| {
        let SourceKind::Keycloak(settings) = &KEYCLOAK.sources[0].kind else {
            unreachable!("the sample is Keycloak's")
        };
        keycloak_source::server::Server::open(settings, &KEYCLOAK.http, Clock::System).expect("no connection is made")
    });
    let Ok(rows) = SERVER.rows(&Answer::of(200, data)) else { return };
    let Ok(rows) = Seen::default().page(rows) else { return };
    for (id, row) in rows {
        let is_inactive = row.get("enabled") == Some(&Value::Bool(false));
        judge(&keycloak_source::person::person(SOURCE, id.clone(), row), &id, is_inactive);
    }
}

/// One page of a SCIM server's users, in any spelling of the names.
pub fn scim(data: &[u8]) {
    static SERVER: LazyLock<scim_source::server::Server<'static>> = LazyLock::new(|| {
        let SourceKind::Scim(settings) = &SCIM.sources[0].kind else { unreachable!("the sample is of a SCIM server") };
        scim_source::server::Server::unasked(settings, &SCIM.http, Clock::System).expect("no connection is made")
    });
    let Ok(page) = SERVER.list(&Answer::of(200, data)) else { return };
    for resource in page.resources {
        let Ok(user) = scim_source::person::person(SOURCE, resource.clone()) else { continue };
        // Under its own name or under its URN, in any letter case.
        let is_active = |name: &str| {
            let name = name.to_ascii_lowercase();
            name == "active" || (name.starts_with("urn:") && name.ends_with(":active"))
        };
        let mut said = resource.iter().filter(|(name, _)| is_active(name)).map(|(_, value)| names::boolean(value));
        let id = names::id(&resource).unwrap_or_else(|| user.id.id.clone());
        judge(&user, &id, said.any(|said| said == Some(false)));
        assert!(!user.attributes.contains_key("password"));
    }
}

fn objects(rows: Option<Value>) -> Vec<Map<String, Value>> {
    let Some(Value::Array(rows)) = rows else { return Vec::new() };
    rows.into_iter().filter_map(|row| if let Value::Object(row) = row { Some(row) } else { None }).collect()
}

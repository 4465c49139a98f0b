//! One request as it arrives at either door, and what it is: its route, its kind, whom it is about.
//!
//! Never: changes the team.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A request, relative to the SCIM base URL.
#[derive(Clone)]
pub(super) struct Call {
    pub method: String,
    /// Path and query, still percent-encoded. `None` of the path lies outside the base URL.
    pub path: String,
    pub authorization: Option<String>,
    /// Over HTTP only; in-process there are no headers.
    pub types: Option<MediaTypes>,
    pub body: Vec<u8>,
}

/// The media types of a request, as far as it names them.
#[derive(Clone, Default)]
pub(super) struct MediaTypes {
    pub content: Option<String>,
    pub accept: Option<String>,
}

/// Where the call leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Route {
    Users,
    NewUser,
    User(String),
    PutUser(String),
    PatchUser(String),
    Groups,
    NewGroup,
    Group(String),
    PatchGroup(String),
    DeleteGroup(String),
    ServiceProviderConfig,
    ResourceTypes,
    /// The gateway's 404, not SCIM's.
    Nowhere,
}

/// What a request wants, as tests and fault rules speak of it. A PUT or PATCH is named after its gravest wish.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    List,
    /// A list with a `userName` filter.
    Find,
    Get,
    Create,
    Deactivate,
    Reactivate,
    Readdress,
    Rename,
    ListGroups,
    /// A list of groups with a filter.
    FindGroup,
    GetGroup,
    CreateGroup,
    RenameGroup,
    /// A PATCH of a group that changes who is in it.
    ChangeMembers,
    DeleteGroup,
    Discovery,
    Other,
}

/// A call with all that was read out of it once.
#[derive(Clone)]
pub(super) struct Reading {
    pub call: Call,
    pub route: Route,
    pub kind: Kind,
    pub query: Vec<(String, String)>,
    /// `None` when the body is no JSON.
    pub json: Option<Value>,
}

impl Reading {
    pub(super) fn of(call: Call) -> Self {
        let (path, query) = call.path.split_once('?').unwrap_or((&call.path, ""));
        let query: Vec<(String, String)> = url::form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        let route = route(&call.method, path);
        let json = serde_json::from_slice(&call.body).ok();
        let kind = kind(&route, &query, json.as_ref());
        Self { call, route, kind, query, json }
    }

    pub(super) fn is_read(&self) -> bool {
        self.call.method == "GET"
    }

    /// The id in the path.
    pub(super) fn scim_id(&self) -> Option<&str> {
        match &self.route {
            Route::User(id) | Route::PutUser(id) | Route::PatchUser(id) => Some(id),
            Route::Group(id) | Route::PatchGroup(id) | Route::DeleteGroup(id) => Some(id),
            _ => None,
        }
    }

    pub(super) fn is_about_groups(&self) -> bool {
        use Route::{DeleteGroup, Group, Groups, NewGroup, PatchGroup};
        matches!(self.route, Groups | NewGroup | Group(_) | PatchGroup(_) | DeleteGroup(_))
    }

    /// The userName a POST brings, or the one a filter asks for.
    pub(super) fn user_name(&self) -> Option<String> {
        match self.route {
            Route::NewUser => self.json.as_ref()?.get("userName")?.as_str().map(str::to_owned),
            Route::Users => {
                let filter = self.parameter("filter")?;
                filter.split('"').nth(1).filter(|_| self.kind == Kind::Find).map(str::to_owned)
            }
            _ => None,
        }
    }

    pub(super) fn parameter(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

fn route(method: &str, path: &str) -> Route {
    let segments: Vec<&str> = path.trim_matches('/').split('/').collect();
    match (method, segments.as_slice()) {
        ("GET", ["Users"]) => Route::Users,
        ("POST", ["Users"]) => Route::NewUser,
        ("GET", ["Users", id]) => Route::User(decoded(id)),
        ("PUT", ["Users", id]) => Route::PutUser(decoded(id)),
        ("PATCH", ["Users", id]) => Route::PatchUser(decoded(id)),
        ("GET", ["Groups"]) => Route::Groups,
        ("POST", ["Groups"]) => Route::NewGroup,
        ("GET", ["Groups", id]) => Route::Group(decoded(id)),
        ("PATCH", ["Groups", id]) => Route::PatchGroup(decoded(id)),
        ("DELETE", ["Groups", id]) => Route::DeleteGroup(decoded(id)),
        ("GET", ["ServiceProviderConfig"]) => Route::ServiceProviderConfig,
        ("GET", ["ResourceTypes"]) => Route::ResourceTypes,
        _ => Route::Nowhere,
    }
}

/// Percent-decoding of a path segment (RFC 3986 §2.1); here, unlike in a query, a plus is a plus.
fn decoded(segment: &str) -> String {
    let mut bytes = Vec::with_capacity(segment.len());
    let mut rest = segment.as_bytes();
    while let Some((first, tail)) = rest.split_first() {
        let hex = tail.get(..2).and_then(|two| std::str::from_utf8(two).ok());
        match hex.filter(|_| *first == b'%').and_then(|two| u8::from_str_radix(two, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = &tail[2..];
            }
            None => {
                bytes.push(*first);
                rest = tail;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn kind(route: &Route, query: &[(String, String)], json: Option<&Value>) -> Kind {
    match route {
        Route::Users => {
            let by_name = |(key, value): &(String, String)| {
                key == "filter" && value.trim_start().to_ascii_lowercase().starts_with("username")
            };
            if query.iter().any(by_name) { Kind::Find } else { Kind::List }
        }
        Route::NewUser => Kind::Create,
        Route::User(_) => Kind::Get,
        Route::PutUser(_) => json.map_or(Kind::Other, wish),
        Route::PatchUser(_) => {
            let operations = json.and_then(|body| body.get("Operations")?.as_array());
            gravest(operations.into_iter().flatten().map(patch_wish))
        }
        Route::Groups if query.iter().any(|(key, _)| key == "filter") => Kind::FindGroup,
        Route::Groups => Kind::ListGroups,
        Route::NewGroup => Kind::CreateGroup,
        Route::Group(_) => Kind::GetGroup,
        Route::PatchGroup(_) => {
            let operations = json.and_then(|body| body.get("Operations")).and_then(Value::as_array);
            let renames = |operation: &Value| operation.get("value").and_then(|v| v.get("displayName")).is_some();
            let only_renames = operations.is_some_and(|all| all.iter().all(renames));
            if only_renames { Kind::RenameGroup } else { Kind::ChangeMembers }
        }
        Route::DeleteGroup(_) => Kind::DeleteGroup,
        Route::ServiceProviderConfig | Route::ResourceTypes => Kind::Discovery,
        Route::Nowhere => Kind::Other,
    }
}

/// The first of these that is wished for: losing access, having another address, coming back, another name.
fn gravest(wishes: impl Iterator<Item = Kind>) -> Kind {
    let order = [Kind::Deactivate, Kind::Readdress, Kind::Reactivate, Kind::Rename];
    let rank = |kind: &Kind| order.iter().position(|graver| graver == kind).unwrap_or(order.len());
    wishes.min_by_key(rank).unwrap_or(Kind::Other)
}

fn wish(attributes: &Value) -> Kind {
    let active =
        attributes.get("active").map(|active| if is_true(active) { Kind::Reactivate } else { Kind::Deactivate });
    let user_name = attributes.get("userName").map(|_| Kind::Readdress);
    let name = attributes.get("name").map(|_| Kind::Rename);
    gravest([active, user_name, name].into_iter().flatten())
}

fn patch_wish(operation: &Value) -> Kind {
    let value = operation.get("value").unwrap_or(&Value::Null);
    match operation.get("path").and_then(Value::as_str) {
        Some("userName") => Kind::Readdress,
        Some("active") if is_true(value) => Kind::Reactivate,
        Some("active") => Kind::Deactivate,
        _ => wish(value),
    }
}

fn is_true(value: &Value) -> bool {
    value.as_bool().unwrap_or_else(|| value.as_str().is_some_and(|text| text.eq_ignore_ascii_case("true")))
}

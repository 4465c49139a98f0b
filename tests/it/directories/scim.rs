//! A SCIM 2.0 server as the directory (RFC 7643, 7644, 9865): people and groups are data, and each thing that real servers
//! were seen to do is a knob. Serves on a free port of 127.0.0.1 until it is dropped.
//!
//! ```text
//! let idp = ScimServer::start(crowd(5).iter().map(user).collect());
//! lab.write("idp.token", TOKEN);
//! lab.source(&idp.source());                               // mail, givenName and sn are the mapping's defaults
//! idp.change(|directory| { directory.people.remove(2); }); // somebody left
//! idp.change(|directory| directory.failing_page = Some((3, Failure::Status(500))));
//! assert_eq!(idp.requests(), ["/ServiceProviderConfig", ...]); // since the last call, without the base path
//! ```
//!
//! It answers a write with 405 and remembers it; a test that ends with one fails.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::Response;
use futures_util::StreamExt;
use serde_json::{Value, json};

use crate::support::Row;

/// Obviously false.
pub const TOKEN: &str = "false-token-of-a-directory";
const BASE_PATH: &str = "/scim/v2";
const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

/// A server and what it serves.
pub struct ScimServer {
    directory: Arc<Mutex<Directory>>,
    address: SocketAddr,
    _runtime: tokio::runtime::Runtime,
}

/// The data, and the knobs. A knob that is not turned is what RFC 7644 says.
pub struct Directory {
    /// SCIM Users, as they are shown; `user` makes one of a row.
    pub people: Vec<Value>,
    /// SCIM Groups; `group` makes one.
    pub groups: Vec<Value>,
    /// The header that opens it.
    pub authorization: String,
    /// The next request finds this token in force, and in that file.
    pub rotates: Option<(PathBuf, &'static str)>,
    /// Resources in a page, whatever `count` asks.
    pub page_most: usize,
    /// Pages by cursor, and says so.
    pub cursors: bool,
    /// `nextCursor` is always the same.
    pub cursor_repeated: bool,
    /// Every page is the first one.
    pub start_ignored: bool,
    /// What is past the end is the last page again.
    pub last_page_again: bool,
    pub total: Total,
    pub filters: Filters,
    /// `count` is answered 500 with HTML.
    pub count_refused: bool,
    /// The last person of a listing of everybody is the first one again: somebody moved between two pages.
    pub repeated: bool,
    /// That page of Users (from 1) fails, always.
    pub failing_page: Option<(usize, Failure)>,
    /// What goes wrong once: a part of the request (`/Users?`), and how.
    pub trouble: Vec<(&'static str, Failure)>,
    /// The same, always.
    pub always: Vec<(&'static str, Failure)>,
    /// The token may see nobody any more; who asks by id is told 404.
    pub blind: bool,
    /// Ids that are in no listing; by id they are there.
    pub unlisted: BTreeSet<String>,
    /// Ids that are nowhere to be seen.
    pub hidden: BTreeSet<String>,
    /// After the answer to such a request that id is hidden.
    pub hides: Option<(&'static str, &'static str)>,
    /// Groups come without `members`: never, in listings, always.
    pub members: Members,
    /// What `/Me` answers; 501 without it.
    pub me: Option<Value>,
    requests: Vec<String>,
    writes: Vec<String>,
    /// The `Accept` of the last request.
    pub accept: String,
}

#[derive(Clone, Copy, PartialEq)]
pub enum Total {
    True,
    Absent,
    Says(usize),
    /// One more with each page.
    Moves,
}

#[derive(Clone, Copy, PartialEq)]
pub enum Filters {
    Known,
    /// Answered with everybody, 200.
    Ignored,
    /// Answered with nobody, 200.
    Empty,
    Refused,
    /// Known, and two joined by `and` are refused.
    Single,
    /// The same, and one alone is answered with everybody.
    SingleIgnored,
}

#[derive(Clone, Copy, PartialEq)]
pub enum Members {
    Shown,
    NotInListings,
    Hidden,
}

#[derive(Clone, Copy)]
pub enum Failure {
    /// With a SCIM error that repeats what no log should hold.
    Status(u16),
    /// A status with that `Retry-After`.
    Wait(u16, &'static str),
    /// 200, and the connection breaks within the body.
    Cut,
    /// Of a page: everybody on it is shown, and the connection breaks before the list is closed.
    CutBehindPage,
    /// 200, with that body.
    Says(&'static str),
    /// 308 to there.
    Redirect(&'static str),
}

/// What no error may repeat.
pub const CANARY: &str = "canary@acme.example";

/// A row as a SCIM User: `status` of `active` and `inactive` is `active`, an empty one is no `active` at all, any other is text.
pub fn user(row: &Row) -> Value {
    let Row { id, given, family, mail, status } = row;
    let mut user = json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
        "id": id,
        "userName": mail,
        "name": { "givenName": given, "familyName": family },
        "active": match status.as_str() { "active" => json!(true), "inactive" => json!(false), other => json!(other) },
    });
    if status.is_empty() {
        user.as_object_mut().unwrap().remove("active");
    }
    if !mail.is_empty() {
        user["emails"] = json!([{ "value": mail, "type": "work", "primary": true }]);
    }
    user
}

/// The enterprise extension of a User (RFC 7643 §4.3).
pub fn enterprise(mut user: Value, attributes: Value) -> Value {
    user[ENTERPRISE] = attributes;
    user
}

/// A Group whose members are these ids of people.
pub fn group(id: &str, display_name: &str, people: &[&str]) -> Value {
    let members: Vec<_> = people.iter().map(|id| json!({ "value": id, "type": "User" })).collect();
    json!({ "id": id, "displayName": display_name, "members": members })
}

impl ScimServer {
    pub fn start(people: Vec<Value>) -> Self {
        let directory = Directory {
            people,
            groups: Vec::new(),
            authorization: format!("Bearer {TOKEN}"),
            rotates: None,
            page_most: 100,
            cursors: false,
            cursor_repeated: false,
            start_ignored: false,
            last_page_again: false,
            total: Total::True,
            filters: Filters::Known,
            count_refused: false,
            repeated: false,
            failing_page: None,
            trouble: Vec::new(),
            always: Vec::new(),
            blind: false,
            unlisted: BTreeSet::new(),
            hidden: BTreeSet::new(),
            hides: None,
            members: Members::Shown,
            me: None,
            requests: Vec::new(),
            writes: Vec::new(),
            accept: String::new(),
        };
        let directory = Arc::new(Mutex::new(directory));
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let listener = runtime.block_on(tokio::net::TcpListener::bind(("127.0.0.1", 0))).unwrap();
        let address = listener.local_addr().unwrap();
        let service = Router::new().fallback(answer).with_state(directory.clone());
        runtime.spawn(async move { axum::serve(listener, service).await });
        Self { directory, address, _runtime: runtime }
    }

    pub fn url(&self) -> String {
        format!("http://{}{BASE_PATH}", self.address)
    }

    /// Lines of a `[[source]]`; the token is expected in `idp.token`.
    pub fn source(&self) -> String {
        format!("type = \"scim\"\nurl = \"{}\"\ntoken_file = \"idp.token\"\n", self.url())
    }

    /// Changes people, groups or knobs between two requests.
    pub fn change<T>(&self, change: impl FnOnce(&mut Directory) -> T) -> T {
        change(&mut self.directory.lock().unwrap())
    }

    /// The requests since the last call, as they were sent, without the base path.
    pub fn requests(&self) -> Vec<String> {
        self.change(|directory| std::mem::take(&mut directory.requests))
    }

    /// Whatever was no read, ever: `DELETE /Users/1`.
    pub fn writes(&self) -> Vec<String> {
        self.change(|directory| directory.writes.clone())
    }
}

impl Drop for ScimServer {
    /// The source sends nothing but reads, whatever the test is about.
    fn drop(&mut self) {
        if !std::thread::panicking() {
            assert_eq!(self.writes(), Vec::<String>::new());
        }
    }
}

async fn answer(State(directory): State<Arc<Mutex<Directory>>>, request: Request) -> Response {
    let asked = request.uri().path_and_query().map_or("", |both| both.as_str());
    let asked = asked.strip_prefix(BASE_PATH).unwrap_or("/outside").to_owned();
    let authorization =
        request.headers().get("authorization").and_then(|value| value.to_str().ok()).unwrap_or_default();
    let accept = request.headers().get("accept").and_then(|value| value.to_str().ok()).unwrap_or_default();
    let mut directory = directory.lock().unwrap();
    directory.accept = accept.into();
    if request.method() != "GET" {
        directory.writes.push(format!("{} {asked}", request.method()));
        return fail(Failure::Status(405));
    }
    directory.requests.push(asked.clone());
    if let Some((file, token)) = directory.rotates.take() {
        std::fs::write(file, token).unwrap();
        directory.authorization = format!("Bearer {token}");
    }
    if authorization != directory.authorization {
        return fail(Failure::Status(401));
    }
    if let Some((_, failure)) = directory.always.iter().find(|(part, _)| asked.contains(part)) {
        return fail(*failure);
    }
    if let Some(at) = directory.trouble.iter().position(|(part, _)| asked.contains(part)) {
        return fail(directory.trouble.remove(at).1);
    }
    let response = directory.reply(&asked);
    if let Some((_, id)) = directory.hides.take_if(|(part, _)| asked.contains(*part)) {
        directory.hidden.insert(id.into());
    }
    response
}

/// One request's parameters, decoded.
struct Query {
    start: usize,
    count: Option<usize>,
    cursor: Option<String>,
    filter: Option<String>,
}

impl Query {
    fn of(text: &str) -> Self {
        let pairs: Vec<(String, String)> = url::form_urlencoded::parse(text.as_bytes()).into_owned().collect();
        let find = |name: &str| pairs.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone());
        Self {
            start: find("startIndex").and_then(|start| start.parse().ok()).unwrap_or(1).max(1),
            count: find("count").and_then(|count| count.parse().ok()),
            cursor: find("cursor"),
            filter: find("filter"),
        }
    }
}

impl Directory {
    fn reply(&self, asked: &str) -> Response {
        let (path, query) = asked.split_once('?').unwrap_or((asked, ""));
        let segments: Vec<String> = path.split('/').skip(1).map(decoded).collect();
        match segments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
            ["ServiceProviderConfig"] => send(200, &self.provider()),
            ["Me"] => self.me.as_ref().map_or_else(|| fail(Failure::Status(501)), |me| send(200, me)),
            [kind @ ("Users" | "Groups")] => self.list(kind, &Query::of(query)),
            [kind @ ("Users" | "Groups"), id] => self.one(kind, id),
            _ => fail(Failure::Status(404)),
        }
    }

    fn provider(&self) -> Value {
        json!({
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"],
            "documentationUri": "https://idp.acme.example/help",
            "filter": { "supported": matches!(self.filters, Filters::Known | Filters::Single | Filters::SingleIgnored), "maxResults": self.page_most },
            "pagination": { "cursor": self.cursors, "index": true },
            "authenticationSchemes": [{ "type": "oauthbearertoken", "name": "OAuth Bearer Token" }],
        })
    }

    fn resources(&self, kind: &str) -> &[Value] {
        match kind {
            _ if self.blind => &[],
            "Users" => &self.people,
            _ => &self.groups,
        }
    }

    fn one(&self, kind: &str, id: &str) -> Response {
        match self.resources(kind).iter().find(|resource| resource["id"] == id && !self.hidden.contains(id)) {
            Some(resource) => send(200, &self.shown(resource, self.members == Members::Hidden)),
            None => fail(Failure::Status(404)),
        }
    }

    fn shown(&self, resource: &Value, without_members: bool) -> Value {
        let mut resource = resource.clone();
        if without_members {
            resource.as_object_mut().unwrap().remove("members");
        }
        resource
    }

    fn list(&self, kind: &str, query: &Query) -> Response {
        if self.count_refused && query.count.is_some() {
            return html(500);
        }
        let is_out = |id: &str| self.unlisted.contains(id) || self.hidden.contains(id);
        let listed = |resource: &&Value| !resource["id"].as_str().is_some_and(is_out);
        let mut all: Vec<&Value> = self.resources(kind).iter().filter(listed).collect();
        match (&query.filter, self.filters) {
            (Some(filter), Filters::Single | Filters::SingleIgnored) if filter.contains(" and ") => {
                return fail(Failure::Status(400));
            }
            (Some(filter), Filters::Known | Filters::Single) => all.retain(|resource| matches(resource, filter)),
            (Some(_), Filters::Empty) => all.clear(),
            (Some(_), Filters::Refused) => return fail(Failure::Status(400)),
            _ if kind == "Users" && self.repeated && all.len() > 1 => *all.last_mut().unwrap() = all[0],
            _ => {}
        }
        let most = query.count.unwrap_or(self.page_most).min(self.page_most);
        let by_cursor = query.cursor.as_ref().filter(|_| self.cursors);
        let from = match by_cursor {
            Some(cursor) => cursor.trim_start_matches('c').parse().unwrap_or(0),
            None if self.start_ignored => 0,
            None if self.last_page_again && query.start > all.len() => all.len().saturating_sub(1) / most * most,
            None => query.start - 1,
        };
        let page = from / most + 1;
        if let (Some((failing, failure)), "Users") = (self.failing_page, kind)
            && failing == page
            && !matches!(failure, Failure::CutBehindPage)
        {
            return fail(failure);
        }
        let shown = all.iter().skip(from).take(most);
        let without_members = self.members != Members::Shown;
        let shown: Vec<Value> = shown.map(|resource| self.shown(resource, without_members)).collect();
        let mut list = json!({
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"],
            "itemsPerPage": shown.len(),
        });
        match self.total {
            Total::Absent => {}
            Total::True => list["totalResults"] = json!(all.len()),
            Total::Says(total) => list["totalResults"] = json!(total),
            Total::Moves => list["totalResults"] = json!(all.len() + page - 1),
        }
        if by_cursor.is_some() && (from + shown.len() < all.len() || self.cursor_repeated) {
            list["nextCursor"] = json!(format!("c{}", if self.cursor_repeated { 0 } else { from + shown.len() }));
        }
        if !shown.is_empty() {
            list["Resources"] = json!(shown);
        }
        match self.failing_page {
            Some((failing, Failure::CutBehindPage)) if failing == page && kind == "Users" => cut(&list),
            _ => send(200, &list),
        }
    }
}

/// `a eq "x"`, and several of them in parentheses, joined by `and`.
fn matches(resource: &Value, filter: &str) -> bool {
    filter.split(" and ").all(|part| {
        let (name, wanted) = part.trim_matches(['(', ')']).split_once(" eq ").unwrap();
        let wanted: Value = serde_json::from_str(wanted).unwrap();
        let has = name.split('.').fold(resource, |value, name| &value[name]);
        let lower = |value: &Value| value.as_str().filter(|_| name != "id").map(str::to_lowercase);
        has == &wanted || (has.is_string() && lower(has).is_some() && lower(has) == lower(&wanted))
    })
}

fn decoded(segment: &str) -> String {
    let escaped = segment.replace('+', "%2B");
    url::form_urlencoded::parse(escaped.as_bytes()).next().map(|(name, _)| name.into_owned()).unwrap_or_default()
}

fn send(status: u16, body: &Value) -> Response {
    let response = Response::builder().status(status).header("content-type", "application/scim+json");
    response.body(Body::from(body.to_string())).unwrap()
}

/// All but the last brace, which is sent before the connection breaks.
fn cut(list: &Value) -> Response {
    let mut text = list.to_string();
    text.pop();
    let broken = async {
        tokio::task::yield_now().await;
        Err(std::io::Error::other("cut"))
    };
    let parts = futures_util::stream::iter([Ok(text)]).chain(futures_util::stream::once(broken));
    Response::new(Body::from_stream(parts))
}

fn html(status: u16) -> Response {
    let response = Response::builder().status(status).header("content-type", "application/scim+json");
    response.body(Body::from(format!("<!doctype html><title>Internal Server Error</title>{CANARY}"))).unwrap()
}

fn fail(failure: Failure) -> Response {
    let error = |status: u16| json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"], "status": status, "detail": CANARY });
    match failure {
        Failure::Status(500) => html(500),
        Failure::Status(status) => send(status, &error(status)),
        Failure::Wait(status, wait) => {
            let mut response = send(status, &error(status));
            response.headers_mut().insert("retry-after", wait.parse().unwrap());
            response
        }
        Failure::Cut | Failure::CutBehindPage => {
            let parts = [Ok("{\"totalResults\": 1, \"Resources\": ["), Err(std::io::Error::other("cut"))];
            Response::new(Body::from_stream(futures_util::stream::iter(parts)))
        }
        Failure::Says(body) => Response::new(Body::from(body)),
        Failure::Redirect(to) => Response::builder().status(308).header("location", to).body(Body::empty()).unwrap(),
    }
}

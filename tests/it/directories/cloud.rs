//! What the rented directories have in common: HTTP on a free port of 127.0.0.1, what was asked, what goes wrong, and pages
//! behind an opaque token. What a vendor's answers look like is the vendor's own module.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::HeaderMap;
use axum::response::Response;
use futures_util::StreamExt;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// What no error of ours may repeat.
pub const CANARY: &str = "canary@acme.example";

/// One request as it came.
pub struct Asked {
    pub method: String,
    /// `/api/v1/users?limit=200`
    pub target: String,
    /// Decoded, without the first empty one.
    pub path: Vec<String>,
    pub query: Vec<(String, String)>,
    headers: HeaderMap,
    pub body: Vec<u8>,
}

impl Asked {
    pub fn new(method: &str, target: &str, headers: HeaderMap, body: Vec<u8>) -> Self {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let decode = |part: &str| percent_encoding::percent_decode_str(part).decode_utf8_lossy().into_owned();
        Self {
            method: method.into(),
            target: target.into(),
            path: path.split('/').skip(1).map(decode).collect(),
            query: pairs(query.as_bytes()),
            headers,
            body,
        }
    }

    /// The same client asks for something else, as within a batch.
    pub fn again(&self, method: &str, target: &str) -> Self {
        Self::new(method, target, self.headers.clone(), Vec::new())
    }

    pub fn with_header(mut self, name: &'static str, value: &str) -> Self {
        self.headers.insert(name, value.parse().unwrap());
        self
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    pub fn param(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// The body as a form.
    pub fn form(&self) -> BTreeMap<String, String> {
        pairs(&self.body).into_iter().collect()
    }

    fn line(&self) -> String {
        if self.method == "GET" { self.target.clone() } else { format!("{} {}", self.method, self.target) }
    }
}

fn pairs(text: &[u8]) -> Vec<(String, String)> {
    url::form_urlencoded::parse(text).into_owned().collect()
}

/// One answer.
pub struct Reply {
    pub status: u16,
    /// Each a header line of its own.
    pub headers: Vec<(String, String)>,
    pub body: String,
    /// The connection breaks after the body.
    cut: bool,
}

impl Reply {
    pub fn json(status: u16, body: &Value) -> Self {
        Self::text(status, "application/json", body.to_string())
    }

    pub fn text(status: u16, kind: &str, body: String) -> Self {
        Self { status, headers: vec![("content-type".into(), kind.into())], body, cut: false }
    }

    /// No body, and so no kind of it.
    pub fn bare(status: u16) -> Self {
        Self { status, headers: Vec::new(), body: String::new(), cut: false }
    }

    pub fn with(mut self, name: &str, value: impl ToString) -> Self {
        self.headers.push((name.into(), value.to_string()));
        self
    }

    fn into_response(self) -> Response {
        let mut response = Response::builder().status(self.status);
        for (name, value) in &self.headers {
            response = response.header(name, value);
        }
        let body = if self.cut {
            // What came before has to be out when the connection breaks.
            let broken = futures_util::stream::once(async {
                tokio::task::yield_now().await;
                Err(std::io::Error::other("cut"))
            });
            Body::from_stream(futures_util::stream::iter([Ok(self.body)]).chain(broken))
        } else {
            Body::from(self.body)
        };
        response.body(body).unwrap()
    }
}

/// What goes wrong.
#[derive(Clone, Debug)]
pub enum Failure {
    /// A status with a page for people, as a gateway before the API sends it.
    Html(u16),
    /// The vendor's own error body with that status.
    Status(u16),
    /// Too many requests: come back in so many seconds, said as the vendor says it.
    Throttled(u64),
    /// Too many at once, said as the vendor says it.
    Crowded,
    /// 200, and the connection breaks within the body.
    Cut,
    /// The whole answer, and the connection breaks where it should end.
    CutBehind,
    /// 200 with that body.
    Says(&'static str),
    /// That status with that body.
    Refuses(u16, &'static str),
    /// 302 to there.
    Redirect(String),
}

impl Failure {
    /// The answer, where it is the same for every vendor.
    fn plain(&self) -> Option<Reply> {
        Some(match self {
            Self::Html(status) => {
                let page = format!("<!doctype html><title>{status}</title><p>{CANARY}");
                Reply::text(*status, "text/html", page)
            }
            Self::Cut => Reply { cut: true, ..Reply::text(200, "application/json", "[{\"id\": \"".into()) },
            Self::Says(body) => Reply::text(200, "application/json", (*body).into()),
            Self::Refuses(status, body) => Reply::text(*status, "application/json", (*body).into()),
            Self::Redirect(to) => Reply::bare(302).with("location", to),
            Self::Status(_) | Self::Throttled(_) | Self::Crowded | Self::CutBehind => return None,
        })
    }
}

type Moment<D> = (&'static str, usize, Box<dyn FnOnce(&mut D) + Send>);

/// What every rented directory has: what was asked of it, and what goes wrong.
pub struct Common<D> {
    /// Where it is reached: `http://127.0.0.1:4711`.
    pub base: String,
    /// What goes wrong once: a part of the request line (`/users?`), and how.
    pub trouble: Vec<(&'static str, Failure)>,
    /// The same, always.
    pub always: Vec<(&'static str, Failure)>,
    /// How far its clock is ahead of everybody's, in seconds.
    pub clock_ahead: i64,
    pub paging: Paging,
    moments: Vec<Moment<D>>,
    requests: Vec<String>,
    writes: Vec<String>,
    n_made: u64,
}

impl<D> Common<D> {
    pub fn new() -> Self {
        Self {
            base: String::new(),
            trouble: Vec::new(),
            always: Vec::new(),
            clock_ahead: 0,
            paging: Paging::default(),
            moments: Vec::new(),
            requests: Vec::new(),
            writes: Vec::new(),
            n_made: 0,
        }
    }

    /// Just before the `nth` request from now whose line holds that part (from 1) is answered, this happens.
    pub fn before(&mut self, part: &'static str, nth: usize, change: impl FnOnce(&mut D) + Send + 'static) {
        self.moments.push((part, nth, Box::new(change)));
    }

    /// Something that would have changed the directory.
    pub fn wrote(&mut self, asked: &Asked) {
        self.writes.push(asked.line());
    }

    /// Seconds since 1970, on the directory's clock.
    pub fn now(&self) -> i64 {
        let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap();
        i64::try_from(since.as_secs()).unwrap() + self.clock_ahead
    }

    pub fn date(&self) -> String {
        let seconds = u64::try_from(self.now()).unwrap();
        httpdate::fmt_http_date(SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(seconds))
    }

    /// A name that was never given before: a token, the id of a request.
    pub fn fresh(&mut self, kind: &str) -> String {
        self.n_made += 1;
        opaque(&format!("{}{kind}{}", self.base, self.n_made))
    }

    fn due(&mut self, line: &str) -> Vec<Moment<D>> {
        for (part, nth, _) in &mut self.moments {
            *nth -= usize::from(line.contains(*part));
        }
        let (due, later) = std::mem::take(&mut self.moments).into_iter().partition(|(_, nth, _)| *nth == 0);
        self.moments = later;
        due
    }

    fn failure(&mut self, line: &str) -> Option<Failure> {
        if let Some((_, failure)) = self.always.iter().find(|(part, _)| line.contains(part)) {
            return Some(failure.clone());
        }
        let at = self.trouble.iter().position(|(part, _)| line.contains(part))?;
        Some(self.trouble.remove(at).1)
    }
}

/// A vendor's directory.
pub trait Cloud: Send + Sized + 'static {
    fn common(&mut self) -> &mut Common<Self>;
    fn answer(&mut self, asked: &Asked) -> Reply;
    /// `Status`, `Throttled` and `Crowded` in the vendor's words.
    fn fail(&mut self, failure: &Failure) -> Reply;
    /// What is on every answer.
    fn dress(&mut self, asked: &Asked, reply: Reply) -> Reply;
}

fn answered<D: Cloud>(cloud: &mut D, asked: &Asked) -> Reply {
    let line = asked.line();
    cloud.common().requests.push(line.clone());
    for (_, _, change) in cloud.common().due(&line) {
        change(cloud);
    }
    let reply = match cloud.common().failure(&line) {
        Some(Failure::CutBehind) => Reply { cut: true, ..cloud.answer(asked) },
        Some(failure) => failure.plain().unwrap_or_else(|| cloud.fail(&failure)),
        None => cloud.answer(asked),
    };
    cloud.dress(asked, reply)
}

/// A directory that is served until it is dropped.
pub struct Served<D> {
    directory: Arc<Mutex<D>>,
    pub address: SocketAddr,
    _runtime: tokio::runtime::Runtime,
}

impl<D: Cloud> Served<D> {
    pub fn start(mut directory: D) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let listener = runtime.block_on(tokio::net::TcpListener::bind(("127.0.0.1", 0))).unwrap();
        let address = listener.local_addr().unwrap();
        directory.common().base = format!("http://{address}");
        let directory = Arc::new(Mutex::new(directory));
        let service = Router::new().fallback(serve::<D>).with_state(directory.clone());
        runtime.spawn(async move { axum::serve(listener, service).await });
        Self { directory, address, _runtime: runtime }
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Changes people, groups or knobs between two requests.
    pub fn change<T>(&self, change: impl FnOnce(&mut D) -> T) -> T {
        change(&mut locked(&self.directory))
    }

    /// The requests since the last call, as they were sent; what was not a GET begins with its method.
    pub fn requests(&self) -> Vec<String> {
        self.change(|directory| std::mem::take(&mut directory.common().requests))
    }

    /// What would have changed the directory; all of it was refused.
    pub fn writes(&self) -> Vec<String> {
        self.change(|directory| directory.common().writes.clone())
    }
}

/// A test that panicked inside `change` has its own message; the others go on.
fn locked<D>(directory: &Mutex<D>) -> MutexGuard<'_, D> {
    directory.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn serve<D: Cloud>(State(directory): State<Arc<Mutex<D>>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let body = axum::body::to_bytes(body, 1 << 20).await.unwrap_or_default();
    let target = parts.uri.path_and_query().map_or("/", |both| both.as_str());
    let asked = Asked::new(parts.method.as_str(), target, parts.headers, body.to_vec());
    let reply = answered(&mut *locked(&directory), &asked);
    reply.into_response()
}

fn opaque(text: &str) -> String {
    Sha256::digest(text.as_bytes()).iter().take(15).map(|byte| format!("{byte:02x}")).collect()
}

/// Pages, and what goes wrong with them.
#[derive(Default)]
pub struct Paging {
    /// Rows in a page, whatever is asked for and allowed.
    pub most: Option<usize>,
    /// A page begins with the last row of the one before.
    pub repeated: bool,
    /// That page of every listing (from 1) is empty, and has a next one.
    pub empty: Option<usize>,
    /// Links to the next page lead to that origin.
    pub elsewhere: Option<String>,
    /// Every link to the next page leads to the same one.
    pub circle: bool,
    /// That page of every listing (from 2) is empty and leads to itself.
    pub stuck: Option<usize>,
    /// Something in between takes `Link` headers away.
    pub unlinked: bool,
    /// The token is a position: whoever leaves meanwhile makes the next one be skipped.
    pub by_position: bool,
    marks: BTreeMap<String, Mark>,
}

struct Mark {
    /// The listing that it belongs to.
    listing: String,
    last: Option<String>,
    position: usize,
    page: usize,
}

/// One page, and the token of the next one.
pub struct Page {
    pub rows: Vec<Value>,
    pub next: Option<String>,
    pub is_first: bool,
}

impl Paging {
    /// The rows come with the key they are sorted by. `None`: the token is of nothing that we know.
    pub fn page(
        &mut self,
        listing: &str,
        mut rows: Vec<(String, Value)>,
        token: Option<&str>,
        size: usize,
    ) -> Option<Page> {
        rows.sort_by(|(one, _), (other, _)| one.cmp(other));
        let (last, position, page) = match token {
            None => (None, 0, 1),
            Some(token) => {
                let mark = self.marks.get(token).filter(|mark| mark.listing == listing)?;
                (mark.last.clone(), mark.position, mark.page)
            }
        };
        if let Some(token) = token.filter(|_| self.stuck == Some(page)) {
            return Some(Page { rows: Vec::new(), next: Some(token.to_owned()), is_first: false });
        }
        let from = match &last {
            Some(last) if !self.by_position => rows.partition_point(|(key, _)| key <= last),
            _ => position.min(rows.len()),
        };
        let size = self.most.map_or(size, |most| size.min(most));
        let taken = if self.empty == Some(page) { 0 } else { size.min(rows.len() - from) };
        let to = from + taken;
        let back = usize::from(self.repeated && page > 1 && from > 0);
        let next = (to < rows.len()).then(|| {
            let page = if self.circle { 2 } else { page + 1 };
            let (to, last) = if self.circle { (size, None) } else { (to, to.checked_sub(1)) };
            let last = last.map(|at| rows[at].0.clone());
            let token = opaque(&format!("{listing} {page} {to} {}", self.marks.len()));
            self.marks.insert(token.clone(), Mark { listing: listing.into(), last, position: to, page });
            token
        });
        let rows = rows.drain(from - back..to).map(|(_, row)| row).collect();
        Some(Page { rows, next, is_first: token.is_none() })
    }

    /// No token that was given out is good any more.
    pub fn forget(&mut self) {
        self.marks.clear();
    }
}

/// `value` at `profile.login`.
pub fn at<'a>(value: &'a Value, name: &str) -> &'a Value {
    name.split(['.', '/']).fold(value, |value, name| &value[name])
}

/// The given members of an object, in place of the ones it has.
pub fn merged(mut object: Value, members: &Value) -> Value {
    for (name, member) in members.as_object().into_iter().flatten() {
        object[name] = match (&object[name], member) {
            (Value::Object(_), Value::Object(_)) => merged(object[name].clone(), member),
            _ => member.clone(),
        };
    }
    object
}

/// An object of these members only.
pub fn only(object: &Value, names: &[&str]) -> Value {
    let mut shown = json!({});
    for name in names {
        shown[*name] = object[*name].clone();
    }
    shown
}

//! A token endpoint (RFC 6749 §3.2) that checks what it is shown: secrets, the signature and the claims of assertions by
//! RFC 7523 §3, and that no `jti` comes twice. Its errors repeat all that was sent, as some servers' do. Serves on a free
//! port of 127.0.0.1 until it is dropped.
//!
//! Never: takes an assertion for the sake of its form.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::HeaderMap;
use axum::response::Response;
use base64::Engine as _;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use url::Url;

/// When it all happens, by the endpoint's clock.
pub const NOW: i64 = 1_800_000_000;
const PATH: &str = "/tenant/oauth2/v1/token";

pub struct TokenEndpoint {
    state: Arc<Mutex<Knobs>>,
    address: SocketAddr,
    _runtime: tokio::runtime::Runtime,
}

/// Says whether a signature is the client's.
pub type Verify = Box<dyn Fn(&[u8], &[u8]) -> bool + Send>;

/// Whom it believes.
pub enum Client {
    /// The id and the secret, in the header or in the form.
    Basic(&'static str, String),
    Post(&'static str, String),
    /// `private_key_jwt`: the header without `typ`, and the key.
    Assertion {
        id: &'static str,
        header: Value,
        verify: Verify,
    },
    /// A foreign token, as it is.
    Foreign(&'static str, String),
    /// The JWT bearer grant: the header, the claims that do not depend on the time, and the key.
    Bearer {
        header: Value,
        claims: Value,
        verify: Verify,
    },
}

/// A knob that is not turned is what the RFCs say.
pub struct Knobs {
    pub client: Client,
    pub now_unix_s: i64,
    /// Whether answers have a `Date`.
    pub dated: bool,
    pub life_s: i64,
    /// What the answers to come are, before any is as it should be: a status, a header, a body.
    pub trouble: Vec<(u16, (&'static str, &'static str), Value)>,
    /// What else stands in a good answer.
    pub more: Value,
    /// All that was sent, raw, one text a request.
    pub seen: Vec<String>,
    issued: usize,
    jti: BTreeSet<String>,
}

impl TokenEndpoint {
    pub fn start(client: Client) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let state = Arc::new(Mutex::new(Knobs {
            client,
            now_unix_s: NOW,
            dated: true,
            life_s: 3_600,
            trouble: Vec::new(),
            more: json!({}),
            seen: Vec::new(),
            issued: 0,
            jti: BTreeSet::new(),
        }));
        let router = Router::new().fallback(answer).with_state(state.clone());
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let address = listener.local_addr().unwrap();
        runtime.spawn(async move {
            let listener = tokio::net::TcpListener::from_std(listener).unwrap();
            axum::serve(listener, router).await.unwrap();
        });
        Self { state, address, _runtime: runtime }
    }

    pub fn url(&self) -> Url {
        Url::parse(&format!("http://{}{PATH}", self.address)).unwrap()
    }

    pub fn change<T>(&self, change: impl FnOnce(&mut Knobs) -> T) -> T {
        change(&mut self.state.lock().unwrap())
    }

    /// How often it was asked since the last call.
    pub fn n_asked(&self) -> usize {
        self.change(|knobs| std::mem::take(&mut knobs.seen).len())
    }
}

async fn answer(State(state): State<Arc<Mutex<Knobs>>>, request: Request) -> Response {
    let (head, body) = request.into_parts();
    let body = to_bytes(body, 1 << 20).await.unwrap();
    let fields: BTreeMap<String, String> = url::form_urlencoded::parse(&body).into_owned().collect();
    let authorization = text(&head.headers, "authorization");
    let url = format!("http://{}{}", text(&head.headers, "host"), head.uri);
    let is_form = text(&head.headers, "content-type") == "application/x-www-form-urlencoded";
    let mut knobs = state.lock().unwrap();
    let sent = format!("{authorization} {fields:?}");
    knobs.seen.push(sent.clone());
    let mut response = if !knobs.trouble.is_empty() {
        let (status, (name, value), body) = knobs.trouble.remove(0);
        Response::builder().status(status).header(name, value).body(Body::from(body.to_string())).unwrap()
    } else if !is_form || head.method != "POST" || head.uri.path() != PATH {
        refuse(400, "invalid_request", &sent)
    } else {
        match knobs.check(&authorization, &fields, &url) {
            Ok(()) => knobs.token(),
            Err((code, reason)) => refuse(401, code, &format!("{reason}: {sent}")),
        }
    };
    let now = u64::try_from(knobs.now_unix_s).unwrap();
    let date = std::time::UNIX_EPOCH + std::time::Duration::from_secs(now);
    // Without one the server would put its own.
    let date = if knobs.dated { httpdate::fmt_http_date(date) } else { "no date".into() };
    response.headers_mut().insert("date", date.parse().unwrap());
    response
}

fn text(headers: &HeaderMap, name: &str) -> String {
    headers.get(name).map(|value| value.to_str().unwrap().to_owned()).unwrap_or_default()
}

/// RFC 6749 §5.2, with a description that repeats what was sent.
fn refuse(status: u16, code: &str, sent: &str) -> Response {
    let body = json!({ "error": code, "error_description": sent });
    Response::builder().status(status).body(Body::from(body.to_string())).unwrap()
}

type Refused = (&'static str, &'static str);

impl Knobs {
    fn check(&mut self, authorization: &str, fields: &BTreeMap<String, String>, url: &str) -> Result<(), Refused> {
        let field = |name: &str| fields.get(name).map(String::as_str).unwrap_or_default();
        let credentials_grant = field("grant_type") == "client_credentials";
        let by_assertion = field("client_assertion_type") == "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
        let good = match &self.client {
            Client::Basic(id, secret) => {
                credentials_grant && basic(authorization) == Some(((*id).to_owned(), secret.clone()))
            }
            Client::Post(id, secret) => {
                credentials_grant
                    && authorization.is_empty()
                    && (field("client_id"), field("client_secret")) == (id, secret)
            }
            Client::Foreign(id, token) => {
                credentials_grant && by_assertion && (field("client_id"), field("client_assertion")) == (id, token)
            }
            Client::Assertion { id, header, verify } => {
                let (head, claims) =
                    opened(field("client_assertion"), verify).ok_or(("invalid_client", "no such key"))?;
                let named = claims["iss"] == *id && claims["sub"] == *id && claims["aud"] == url && head == *header;
                let jti = claims["jti"].as_str().unwrap_or_default().to_owned();
                if jti.len() < 16 || !self.jti.insert(jti) {
                    return Err(("invalid_client", "a jti that was seen"));
                }
                in_time(&claims, self.now_unix_s, 600)?;
                credentials_grant && by_assertion && named
            }
            Client::Bearer { header, claims: expected, verify } => {
                let (head, mut claims) = opened(field("assertion"), verify).ok_or(("invalid_grant", "no such key"))?;
                in_time(&claims, self.now_unix_s, 3_600)?;
                for name in ["iat", "exp"] {
                    claims.as_object_mut().unwrap().remove(name);
                }
                let grant = "urn:ietf:params:oauth:grant-type:jwt-bearer";
                field("grant_type") == grant && head == *header && claims == *expected && fields.len() == 2
            }
        };
        if good { Ok(()) } else { Err(("invalid_client", "not whom it says")) }
    }

    fn token(&mut self) -> Response {
        self.issued += 1;
        let mut body = json!({ "access_token": format!("false-token-{}", self.issued), "token_type": "Bearer", "expires_in": self.life_s });
        body.as_object_mut().unwrap().extend(self.more.as_object().unwrap().clone());
        Response::new(Body::from(body.to_string()))
    }
}

/// RFC 6749 §2.3.1: encoded as in a form, both.
fn basic(authorization: &str) -> Option<(String, String)> {
    let both = BASE64_STANDARD.decode(authorization.strip_prefix("Basic ")?).ok()?;
    let (id, secret) = std::str::from_utf8(&both).ok()?.split_once(':')?;
    let decoded = |text: &str| url::form_urlencoded::parse(text.as_bytes()).next().map(|(name, _)| name.into_owned());
    Some((decoded(id)?, decoded(secret)?))
}

/// The header without `typ`, and the claims, of a JWT that is signed as it should be.
fn opened(jwt: &str, verify: &Verify) -> Option<(Value, Value)> {
    let (signed, signature) = jwt.rsplit_once('.')?;
    let bytes = |part: &str| BASE64_URL_SAFE_NO_PAD.decode(part).ok();
    if !verify(signed.as_bytes(), &bytes(signature)?) {
        return None;
    }
    let (head, claims) = signed.split_once('.')?;
    let mut head: Value = serde_json::from_slice(&bytes(head)?).ok()?;
    assert_eq!(head.as_object_mut()?.remove("typ"), Some(json!("JWT")));
    Some((head, serde_json::from_slice(&bytes(claims)?).ok()?))
}

/// Strictly: no leeway at all.
fn in_time(claims: &Value, now: i64, life_most_s: i64) -> Result<(), Refused> {
    let begins = [&claims["iat"], &claims["nbf"]].into_iter().filter_map(Value::as_i64).max();
    let ends = claims["exp"].as_i64().ok_or(("invalid_grant", "no exp"))?;
    let begins = begins.ok_or(("invalid_grant", "no iat"))?;
    let fits = begins <= now && now < ends && ends <= now + life_most_s && ends - begins <= life_most_s;
    if fits { Ok(()) } else { Err(("invalid_grant", "not in its time")) }
}

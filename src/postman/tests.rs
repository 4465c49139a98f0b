//! The client against a scripted team: what is sent, what is repeated, what is concluded.

mod errors;
mod groups;
mod lifeline;
mod listing;
mod retries;
mod wire;
mod writes;

use std::sync::Mutex;

use secrecy::{ExposeSecret, SecretString};

use super::*;
use crate::clock::Clock;
use crate::config::{Auth, KeySource};
use crate::core::model::{Account, Member, Name, ScimId, UserName};
use crate::http::{Method, Request, Response, Transport, TransportError};

type Answer = Result<Response, TransportError>;

type Answering = dyn Fn(usize, &Request) -> Answer + Send + Sync;

/// A transport that answers from a closure, and keeps what it was asked.
struct Script {
    answer: Box<Answering>,
    seen: Mutex<Vec<Request>>,
}

impl Transport for Script {
    async fn send(&self, request: Request) -> Answer {
        let n = {
            let mut seen = self.seen.lock().unwrap();
            seen.push(request.clone());
            seen.len() - 1
        };
        (self.answer)(n, &request)
    }
}

/// A reader of a team that answers request number `n`, from 0, with what the closure says.
fn team(answer: impl Fn(usize, &Request) -> Answer + Send + Sync + 'static) -> Reader<Script> {
    team_with_key(KeySource::Environment(SecretString::from("PMAK-false")), answer)
}

fn team_with_key(key: KeySource, answer: impl Fn(usize, &Request) -> Answer + Send + Sync + 'static) -> Reader<Script> {
    let script = Script { answer: Box::new(answer), seen: Mutex::default() };
    let credentials = Credentials::new(key, Auth::Bearer).unwrap();
    let limits = pace::Limits { reads_per_min: 100_000, writes_per_min: 100_000 };
    Reader::new(script, credentials, limits, Clock::virtual_at(1_800_000_000)).with_seed(7)
}

impl Reader<Script> {
    fn paths(&self) -> Vec<String> {
        self.transport().seen.lock().unwrap().iter().map(|r| format!("{} {}", r.method.as_str(), r.path)).collect()
    }

    fn n_sent(&self, method: Method) -> usize {
        self.transport().seen.lock().unwrap().iter().filter(|request| request.method == method).count()
    }

    fn keys(&self) -> Vec<String> {
        let seen = self.transport().seen.lock().unwrap();
        seen.iter().map(|request| request.authorization.expose_secret().to_owned()).collect()
    }
}

fn json(status: u16, body: &str) -> Answer {
    let headers = vec![("content-type".to_owned(), "application/json; charset=utf-8".to_owned())];
    Ok(Response { status, headers, body: body.as_bytes().to_vec() })
}

fn scim_error(status: u16, scim_type: &str, detail: &str) -> Answer {
    let schema = "urn:ietf:params:scim:api:messages:2.0:Error";
    let mut body = serde_json::json!({"schemas": [schema], "detail": detail, "status": status.to_string()});
    if !scim_type.is_empty() {
        body["scimType"] = scim_type.into();
    }
    json(status, &body.to_string())
}

fn user(id: &str, user_name: &str, active: bool) -> serde_json::Value {
    serde_json::json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
        "id": id, "userName": user_name, "name": {"givenName": "Ada", "familyName": "Byron"},
        "externalId": "12345678", "active": active,
        "meta": {"resourceType": "User", "created": "2021-02-22T04:24:13.000Z"},
    })
}

fn page_of(users: &[serde_json::Value], total: Option<usize>) -> Answer {
    let mut body = serde_json::json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"],
        "startIndex": 1, "itemsPerPage": users.len(), "Resources": users,
    });
    if let Some(total) = total {
        body["totalResults"] = total.into();
    }
    json(200, &body.to_string())
}

fn not_sent() -> Answer {
    Err(TransportError::NotSent { host: "host.example".into(), reason: "connection refused".into() })
}

fn unknown() -> Answer {
    Err(TransportError::Unknown { host: "host.example".into(), reason: "reset".into() })
}

fn refused() -> Answer {
    Err(TransportError::Refused { host: "host.example".into(), reason: "a redirect to evil.example".into() })
}

fn id(text: &str) -> ScimId {
    ScimId(text.into())
}

fn ada() -> Account {
    Account { user_name: UserName::new("ada@example.com"), name: Name::new("Ada", "Byron") }
}

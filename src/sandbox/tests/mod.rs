//! The sandbox against the documents: one test per quirk, through the same doors clients use.
//!
//! Never: looks inside the team where an answer would tell.

mod faults;
mod groups;
mod http;
mod odd;
mod service;
mod users;
mod violations;

use secrecy::SecretString;
use serde_json::{Value, json};

use super::*;
use crate::http::{Method, Request, Response, Transport, TransportError};

/// `Team::acme` with some knobs turned.
fn acme(knobs: Knobs) -> Sandbox {
    Sandbox::new(Team::acme().knobs(knobs))
}

fn request(method: Method, path: &str, body: Option<Value>) -> Request {
    let authorization = SecretString::from("Bearer PMAK-active");
    Request { method, path: path.to_owned(), authorization, body: body.map(|body| body.to_string().into_bytes()) }
}

/// In-process sending never waits, so a test needs no runtime.
fn send(sandbox: &Sandbox, request: Request) -> Result<Response, TransportError> {
    futures_util::FutureExt::now_or_never(sandbox.send(request)).expect("the in-process door never waits")
}

/// Status and JSON body.
fn call(sandbox: &Sandbox, method: Method, path: &str, body: Option<Value>) -> (u16, Value) {
    let response = send(sandbox, request(method, path, body)).expect("no fault is set");
    (response.status, serde_json::from_slice(&response.body).unwrap_or(Value::Null))
}

fn get(sandbox: &Sandbox, path: &str) -> (u16, Value) {
    call(sandbox, Method::Get, path, None)
}

fn new_user(user_name: &str) -> Value {
    json!({"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": user_name,
           "name": {"givenName": "Ada", "familyName": "Byron"}, "active": true})
}

fn create(sandbox: &Sandbox, user_name: &str) -> (u16, Value) {
    call(sandbox, Method::Post, "/Users", Some(new_user(user_name)))
}

fn patch(sandbox: &Sandbox, id: &str, operation: Value) -> (u16, Value) {
    let body = json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": [operation]});
    call(sandbox, Method::Patch, &format!("/Users/{id}"), Some(body))
}

fn set_active(sandbox: &Sandbox, id: &str, active: bool) -> (u16, Value) {
    patch(sandbox, id, json!({"op": "replace", "value": {"active": active}}))
}

fn readdress(sandbox: &Sandbox, id: &str, to: &str) -> (u16, Value) {
    patch(sandbox, id, json!({"op": "replace", "path": "userName", "value": to}))
}

fn put(sandbox: &Sandbox, id: &str, body: Value) -> (u16, Value) {
    call(sandbox, Method::Put, &format!("/Users/{id}"), Some(body))
}

/// How many a filter by userName finds.
fn found(sandbox: &Sandbox, user_name: &str) -> usize {
    let filter: String =
        url::form_urlencoded::byte_serialize(format!("userName eq \"{user_name}\"").as_bytes()).collect();
    let (status, body) = get(sandbox, &format!("/Users?filter={filter}"));
    assert_eq!(status, 200);
    body["Resources"].as_array().expect("a list").len()
}

fn id_of(sandbox: &Sandbox, user_name: &str) -> String {
    sandbox.person(user_name).expect("the fixture has them").id
}

fn standing_of(sandbox: &Sandbox, user_name: &str) -> Option<Standing> {
    sandbox.person(user_name).map(|person| person.standing)
}

//! SCIM JSON (RFC 7643, 7644) as Postman speaks it: a tolerant reader and an exact writer.
//!
//! The reader takes unknown attributes, absent names and absent totals. It refuses what could be misread: an `id`,
//! `userName` or `active` that is absent or given twice, and JSON that is nested too deep.
//! Never: sends an attribute that is not documented to work, or repeats a value of the answer in an error.

use std::fmt;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

use crate::core::model::{Account, Member, Name, ScimId, UserName};

#[cfg(any(test, feature = "fuzzing"))]
pub(crate) mod fuzzing;
pub(super) mod groups;

const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
const PATCH_OP: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";
const LIST_RESPONSE: &str = "urn:ietf:params:scim:api:messages:2.0:ListResponse";

/// serde_json itself stops at 128, and not at all in values it skips.
const DEPTH_MAX: usize = 64;
const STRING_BYTES_MAX: usize = 64 * 1024;

/// Why an answer is not the SCIM it must be; for people, without anything of the answer.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct NotScim(String);

impl fmt::Display for NotScim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// One page of a listing (RFC 7644 §3.4.2), of members or of groups.
#[derive(Debug)]
pub(super) struct Page<R> {
    pub resources: Vec<R>,
    /// `totalResults`; wrong under a filter in Postman's own examples.
    pub total: Option<u64>,
}

/// What an error body says, whichever of the four shapes it has.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct ErrorBody {
    /// It is a SCIM error (RFC 7644 §3.12) and not the gateway's.
    pub is_scim: bool,
    pub scim_type: String,
    /// `detail`, `message`, or the start of the body.
    pub text: String,
}

#[derive(Deserialize)]
#[serde(bound = "J: Deserialize<'de>")]
struct ListResponse<J> {
    #[serde(default)]
    schemas: Value,
    #[serde(default, rename = "totalResults")]
    total_results: Value,
    #[serde(default, rename = "Resources")]
    resources: Option<Vec<J>>,
}

#[derive(Deserialize)]
struct UserResource {
    id: String,
    #[serde(rename = "userName")]
    user_name: String,
    #[serde(default)]
    name: Option<NameResource>,
    #[serde(deserialize_with = "active")]
    active: bool,
}

#[derive(Default, Deserialize)]
struct NameResource {
    #[serde(default, rename = "givenName")]
    given_name: Option<String>,
    #[serde(default, rename = "familyName")]
    family_name: Option<String>,
}

/// A boolean; or its word, as some directories and their mirrors write it. Absent or null is neither yes nor no.
fn active<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    match Value::deserialize(deserializer)? {
        Value::Bool(active) => Ok(active),
        Value::String(word) if word.eq_ignore_ascii_case("true") => Ok(true),
        Value::String(word) if word.eq_ignore_ascii_case("false") => Ok(false),
        _ => Err(serde::de::Error::custom("active is no boolean")),
    }
}

/// Reads a page of `GET /Users`.
pub(super) fn page(body: &[u8]) -> Result<Page<Member>, NotScim> {
    page_of(body, UserResource::member)
}

/// `J`: as each stands in the JSON.
fn page_of<J: DeserializeOwned, R>(body: &[u8], one: fn(J) -> Result<R, NotScim>) -> Result<Page<R>, NotScim> {
    let list: ListResponse<J> = read(body, "a SCIM ListResponse")?;
    let says_so = list.schemas.as_array().is_some_and(|s| s.iter().any(|s| s.as_str() == Some(LIST_RESPONSE)));
    // `{}` from whatever answers in between must not read as a team with nobody in it.
    if list.resources.is_none() && !says_so {
        return Err(NotScim("the answer is JSON and no SCIM ListResponse".into()));
    }
    // Absent is as good as empty (RFC 7644 §3.4.2) only where nobody was counted.
    let total = list.total_results.as_u64();
    if list.resources.is_none() && total.is_some_and(|total| total > 0) {
        return Err(NotScim("the ListResponse counts resources and shows none".into()));
    }
    let resources = list.resources.unwrap_or_default().into_iter().map(one);
    Ok(Page { resources: resources.collect::<Result<_, _>>()?, total })
}

/// Reads a single user.
pub(super) fn member(body: &[u8]) -> Result<Member, NotScim> {
    read::<UserResource>(body, "a SCIM User")?.member()
}

impl UserResource {
    fn member(self) -> Result<Member, NotScim> {
        let name = self.name.unwrap_or_default();
        let (given, family) = (name.given_name.unwrap_or_default(), name.family_name.unwrap_or_default());
        if self.id.is_empty() || self.user_name.is_empty() {
            return Err(NotScim("a SCIM User has an empty id or userName".into()));
        }
        if [&self.id, &self.user_name, &given, &family].iter().any(|text| text.len() > STRING_BYTES_MAX) {
            return Err(NotScim("a SCIM User has an attribute longer than 64 KiB".into()));
        }
        let account = Account { user_name: UserName::new(self.user_name), name: Name::new(given, family) };
        Ok(Member { scim_id: ScimId(self.id), account, active: self.active })
    }
}

fn read<'a, T: Deserialize<'a>>(body: &'a [u8], what: &str) -> Result<T, NotScim> {
    if looks_like_html(body) {
        return Err(NotScim(format!("the answer is an HTML page, not {what}")));
    }
    let text = std::str::from_utf8(body).map_err(|_| NotScim(format!("the answer is not UTF-8, not {what}")))?;
    if is_too_deep(body) {
        return Err(NotScim(format!("the answer is nested more than {DEPTH_MAX} deep, not {what}")));
    }
    // serde_json's own message may quote the value it stumbled over.
    serde_json::from_str(text)
        .map_err(|error| NotScim(format!("the answer is not {what} (line {} column {})", error.line(), error.column())))
}

/// Counts brackets outside strings.
fn is_too_deep(body: &[u8]) -> bool {
    let (mut depth, mut in_string, mut escaped) = (0_usize, false, false);
    for byte in body {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            _ if in_string => {}
            b'[' | b'{' => depth += 1,
            b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > DEPTH_MAX {
            return true;
        }
    }
    false
}

fn looks_like_html(body: &[u8]) -> bool {
    body.trim_ascii_start().first() == Some(&b'<')
}

/// Reads an error body: SCIM's, `{"error":{"name","message"}}`, `{"error":"rateLimited","message"}`,
/// problem+json (RFC 9457), or anything else.
pub(super) fn error_body(body: &[u8]) -> ErrorBody {
    if looks_like_html(body) {
        return ErrorBody { text: "an HTML page".into(), ..ErrorBody::default() };
    }
    let json = if is_too_deep(body) { None } else { serde_json::from_slice::<Value>(body).ok() };
    let json = json.unwrap_or_default();
    let text_of = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let schemas = json["schemas"].as_array().into_iter().flatten();
    let is_scim = schemas.filter_map(Value::as_str).any(|schema| schema.ends_with(":2.0:Error"));
    let texts = [&json["detail"], &json["error"]["message"], &json["message"], &json["title"], &json["error"]];
    let found = texts.into_iter().map(text_of).find(|text| !text.is_empty());
    let text = found.unwrap_or_else(|| String::from_utf8_lossy(body).trim().to_owned());
    ErrorBody { is_scim, scim_type: text_of(&json["scimType"]), text }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct NewUser<'a> {
    schemas: [&'static str; 1],
    user_name: &'a str,
    name: NameOut<'a>,
    active: bool,
}

#[derive(Serialize)]
struct NameOnly<'a> {
    schemas: [&'static str; 1],
    name: NameOut<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct NameOut<'a> {
    given_name: &'a str,
    family_name: &'a str,
}

#[derive(Serialize)]
struct PatchOp<O> {
    schemas: [&'static str; 1],
    #[serde(rename = "Operations")]
    operations: O,
}

#[derive(Serialize)]
struct Operation<'a> {
    op: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    path: Option<&'static str>,
    value: OperationValue<'a>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum OperationValue<'a> {
    Active { active: bool },
    UserName(&'a str),
}

fn name_out(name: &Name) -> NameOut<'_> {
    NameOut { given_name: &name.given, family_name: &name.family }
}

fn json(value: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(value).expect("structs of strings and booleans have a JSON form")
}

/// `POST /Users`.
pub(super) fn create(account: &Account) -> Vec<u8> {
    let (user_name, name) = (account.user_name.as_str(), name_out(&account.name));
    json(&NewUser { schemas: [USER], user_name, name, active: true })
}

/// `PUT /Users/{id}` with the name alone: a documented partial body, so that nothing else is touched.
pub(super) fn rename(name: &Name) -> Vec<u8> {
    json(&NameOnly { schemas: [USER], name: name_out(name) })
}

/// `PATCH /Users/{id}`: exactly the documented shape, without a path.
pub(super) fn set_active(active: bool) -> Vec<u8> {
    patch(Operation { op: "replace", path: None, value: OperationValue::Active { active } })
}

/// `PATCH /Users/{id}`: the other documented shape.
pub(super) fn readdress(to: &UserName) -> Vec<u8> {
    patch(Operation { op: "replace", path: Some("userName"), value: OperationValue::UserName(to.as_str()) })
}

fn patch(operation: Operation<'_>) -> Vec<u8> {
    json(&PatchOp { schemas: [PATCH_OP], operations: [operation] })
}

/// `/Users?startIndex=..&count=..`
pub(super) fn list_path(start_index: u64, count: u64) -> String {
    format!("/Users?startIndex={start_index}&count={count}")
}

/// `/Users?filter=userName eq "..."`. The value is a JSON string (RFC 7644 §3.4.2.2), and the whole filter is
/// percent-encoded once, `+` too, which would arrive as a blank.
pub(super) fn find_path(user_name: &str, start_index: u64, count: u64) -> String {
    found_path("Users", "userName", user_name, start_index, count)
}

fn found_path(kind: &str, attribute: &str, value: &str, start_index: u64, count: u64) -> String {
    let filter = format!("{attribute} eq {}", Value::from(value));
    format!("/{kind}?filter={}&startIndex={start_index}&count={count}", percent_encode(&filter))
}

/// `/Users/{id}`, the id as one path segment; `None` for an id that can be none.
pub(super) fn user_path(id: &ScimId) -> Option<String> {
    resource_path("Users", id)
}

fn resource_path(kind: &str, id: &ScimId) -> Option<String> {
    const ID_BYTES_MAX: usize = 1024;
    let possible = !id.0.is_empty() && id.0 != "." && id.0 != ".." && id.0.len() <= ID_BYTES_MAX;
    possible.then(|| format!("/{kind}/{}", percent_encode(&id.0)))
}

/// Everything but RFC 3986's unreserved characters.
fn percent_encode(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len() * 2);
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => encoded.push(char::from(byte)),
            _ => encoded.push_str(&format!("%{byte:02X}")),
        }
    }
    encoded
}

//! A token endpoint's answer (RFC 6749 §5.1), and what can be told of the token in it.
//!
//! Never: lets a claim decide anything; a token is for the API, and only the API can check it (RFC 9068 §4).

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::Value;

use super::refusal::DPOP;

/// Where the answer does not say: `expires_in` is only recommended.
const LIFE_DEFAULT_S: i64 = 300;
/// Whatever it says.
const LIFE_MAX_S: i64 = 86_400;
/// Longer texts are no names.
const NAME_MAX: usize = 200;

/// One token, and what came with it.
pub struct Answer {
    pub token: SecretString,
    pub life_s: i64,
    scope: Option<String>,
}

/// What a token allows and whom it stands for, read without trust.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Granted {
    /// `scope` of the answer; `scp` (Okta) and `roles` (Entra) of a JWT; Keycloak's roles of clients as `client/role`. Where
    /// neither tells any, what was asked for, which is what RFC 6749 §5.1 says of a missing `scope`.
    pub scopes: BTreeSet<String>,
    /// `iss` of a JWT: at Okta and Keycloak the organisation or the realm.
    pub issuer: Option<String>,
    /// `tid` of a JWT: Entra's tenant id.
    pub tenant: Option<String>,
    /// `wids` of a JWT: template ids of Entra's directory roles.
    pub directory_roles: BTreeSet<String>,
    /// `cid` (Okta), `appid` (Entra), `azp` (Keycloak, Google) or `client_id` (RFC 9068) of a JWT.
    pub client: Option<String>,
}

#[derive(Deserialize)]
struct Json {
    access_token: Option<String>,
    token_type: Option<String>,
    /// A number; as text at older endpoints of Microsoft's.
    expires_in: Option<Value>,
    scope: Option<String>,
}

impl Answer {
    /// The error reads behind the place's name, and repeats nothing of the body.
    pub fn read(body: &[u8]) -> Result<Self, String> {
        let wrong = |what: &str| format!("the token endpoint answered with {what}");
        let json: Json = serde_json::from_slice(body)
            .map_err(|_| wrong("something else than a token in JSON; is it the URL of a token endpoint?"))?;
        let token = SecretString::from(json.access_token.unwrap_or_default());
        match json.token_type.as_deref() {
            Some(kind) if kind.eq_ignore_ascii_case("Bearer") => {}
            Some(kind) if kind.eq_ignore_ascii_case("DPoP") => return Err(DPOP.into()),
            Some(_) => return Err(wrong("a token that is no bearer token (RFC 6750)")),
            None => return Err(wrong("JSON without a `token_type`; is it the URL of a token endpoint?")),
        }
        // What may stand in a header (RFC 6750 §2.1).
        if token.expose_secret().is_empty() || !token.expose_secret().bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(wrong("no `access_token` that could stand in a header"));
        }
        Ok(Self { token, life_s: life_s(json.expires_in.as_ref()), scope: json.scope })
    }

    /// `asked` is the scope that was asked for.
    pub fn granted(&self, asked: Option<&str>) -> Granted {
        let claims = claims(self.token.expose_secret());
        let mut scopes: BTreeSet<String> = self.scope.as_deref().map(words).unwrap_or_default();
        let Some(claims) = claims else {
            let scopes = if scopes.is_empty() { asked.map(words).unwrap_or_default() } else { scopes };
            return Granted { scopes, ..Granted::default() };
        };
        for list in ["scp", "scope", "roles"] {
            scopes.extend(list_of(&claims[list]));
        }
        for (client, access) in claims["resource_access"].as_object().into_iter().flatten() {
            scopes
                .extend(list_of(&access["roles"]).map(|role| format!("{client}/{role}")).filter(|role| is_name(role)));
        }
        let text = |name: &str| claims[name].as_str().filter(|text| is_name(text)).map(str::to_owned);
        let client = ["cid", "appid", "azp", "client_id"].into_iter().find_map(text);
        let directory_roles = list_of(&claims["wids"]).collect();
        Granted { scopes, issuer: text("iss"), tenant: text("tid"), directory_roles, client }
    }
}

fn life_s(expires_in: Option<&Value>) -> i64 {
    let said = match expires_in {
        Some(Value::String(text)) => text.parse().ok(),
        Some(number) => number.as_i64().or_else(|| number.as_f64().map(|seconds| seconds as i64)),
        None => None,
    };
    said.unwrap_or(LIFE_DEFAULT_S).clamp(0, LIFE_MAX_S)
}

/// The claims of a JWT (RFC 7519 §3); nothing where it is another kind of token. The signature is not looked at.
fn claims(token: &str) -> Option<Value> {
    let mut parts = token.split('.');
    let (_, payload, _, None) = (parts.next()?, parts.next()?, parts.next()?, parts.next()) else { return None };
    let payload = BASE64_URL_SAFE_NO_PAD.decode(payload).ok()?;
    serde_json::from_slice(&payload).ok().filter(Value::is_object)
}

/// A list, or a text with spaces between.
fn list_of(value: &Value) -> impl Iterator<Item = String> {
    let listed = value.as_array().into_iter().flatten().filter_map(Value::as_str);
    let listed = listed.chain(value.as_str().into_iter().flat_map(str::split_whitespace));
    listed.filter(|text| is_name(text)).map(str::to_owned)
}

fn words(scope: &str) -> BTreeSet<String> {
    scope.split_whitespace().filter(|text| is_name(text)).map(str::to_owned).collect()
}

fn is_name(text: &str) -> bool {
    text.len() <= NAME_MAX && !text.chars().any(char::is_control)
}

#[cfg(test)]
#[path = "tests/answer.rs"]
mod tests;

//! JSON Web Tokens that say who we are (RFC 7519, RFC 7523 §3): made for one request each, minutes long.
//!
//! Never: makes one that could be used twice, or far from now.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use ring::rand::{SecureRandom, SystemRandom};
use secrecy::SecretString;
use serde_json::{Map, Value, json};

use super::key::PrivateKey;

/// Clocks may differ by as much before anybody objects.
pub const LEEWAY_S: i64 = 60;
/// Okta and Google take an hour, Entra advises five to ten minutes.
const LIFE_S: i64 = 300;

/// How the header names the key (RFC 7515 §4.1).
pub enum Header {
    /// `kid`, where there is one.
    Id(Option<String>),
    /// `x5t#S256`: base64url of the SHA-256 of the certificate (DER).
    Certificate(String),
}

/// Who says what to whom.
pub struct Claims<'a> {
    pub issuer: &'a str,
    pub subject: Option<&'a str>,
    pub audience: &'a str,
    /// Google's own claim: the scopes stand in the assertion, and not beside it.
    pub scope: Option<&'a str>,
}

/// A signed assertion in compact form (RFC 7515 §7.1). The error reads behind the key file's name.
pub fn sign(key: &PrivateKey, header: &Header, claims: &Claims<'_>, now_unix_s: i64) -> Result<SecretString, String> {
    let algorithm = key.algorithm(matches!(header, Header::Certificate(_)))?;
    let mut head = Map::from_iter([("alg".into(), json!(algorithm.name)), ("typ".into(), json!("JWT"))]);
    match header {
        Header::Id(None) => {}
        Header::Id(Some(id)) => drop(head.insert("kid".into(), json!(id))),
        Header::Certificate(thumbprint) => drop(head.insert("x5t#S256".into(), json!(thumbprint))),
    }
    let signed = format!("{}.{}", encoded(&head), encoded(&body(claims, now_unix_s)?));
    let signature = key.sign(&algorithm, signed.as_bytes())?;
    Ok(SecretString::from(format!("{signed}.{}", BASE64_URL_SAFE_NO_PAD.encode(signature))))
}

fn body(claims: &Claims<'_>, now_unix_s: i64) -> Result<Map<String, Value>, String> {
    let issued = now_unix_s - LEEWAY_S;
    let mut body = Map::from_iter([
        ("iss".into(), json!(claims.issuer)),
        ("aud".into(), json!(claims.audience)),
        ("iat".into(), json!(issued)),
        ("exp".into(), json!(now_unix_s + LIFE_S)),
    ]);
    // Google's own clients send neither.
    if claims.scope.is_none() {
        body.extend([("nbf".into(), json!(issued)), ("jti".into(), json!(unique()?))]);
    }
    let more = [("sub", claims.subject), ("scope", claims.scope)];
    body.extend(more.into_iter().filter_map(|(name, value)| Some((name.to_owned(), json!(value?)))));
    Ok(body)
}

/// `jti` (RFC 7519 §4.1.7): 128 random bits.
fn unique() -> Result<String, String> {
    let mut bytes = [0; 16];
    SystemRandom::new().fill(&mut bytes).map_err(|_| "cannot sign: the system gives no random numbers")?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

fn encoded(part: &Map<String, Value>) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(Value::Object(part.clone()).to_string())
}

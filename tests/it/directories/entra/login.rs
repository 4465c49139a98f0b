//! The token endpoint: `client_credentials` with a secret, a certificate or a federated token.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::directories::cloud::{Asked, Reply};
use crate::directories::jwt::{Jwt, encode_bytes, sha256};

use super::{Client, Tenant};

const BEARER: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
/// Microsoft allows for five minutes between two clocks.
const SKEW: i64 = 300;

/// Status, OAuth's error, the number of AADSTS, and its words.
type Refusal = (u16, &'static str, u32, String);

impl Tenant {
    pub(super) fn login(&mut self, asked: &Asked) -> Reply {
        let path: Vec<&str> = asked.path.iter().map(String::as_str).collect();
        match (asked.method.as_str(), path.as_slice()) {
            ("POST", [tenant, "oauth2", "v2.0", "token"]) => match self.granted(tenant, asked) {
                Ok(token) => {
                    let lives = self.token_lives;
                    let body = json!({
                        "token_type": "Bearer", "expires_in": lives, "ext_expires_in": lives, "access_token": token,
                    });
                    Reply::json(200, &body).with("cache-control", "no-store, no-cache")
                }
                Err(refusal) => self.refuse(refusal),
            },
            ("GET", [tenant, "v2.0", ".well-known", "openid-configuration"]) => {
                let base = format!("{}/{tenant}", self.login_host());
                let body = json!({
                    "issuer": format!("{}/{}/v2.0", self.login_host(), self.id),
                    "token_endpoint": format!("{base}/oauth2/v2.0/token"),
                    "authorization_endpoint": format!("{base}/oauth2/v2.0/authorize"),
                });
                Reply::json(200, &body)
            }
            _ => Reply::text(404, "text/html", "<!doctype html><title>404</title>".into()),
        }
    }

    fn login_host(&self) -> &str {
        self.login_host.as_ref().unwrap_or(&self.common.base)
    }

    fn refuse(&mut self, (status, error, number, why): Refusal) -> Reply {
        let (trace, date) = (self.common.fresh("trace"), self.common.date());
        let told = format!("AADSTS{number}: {why} Trace ID: {trace} Correlation ID: {trace} Timestamp: {date}");
        let body = json!({
            "error": error, "error_description": told, "error_codes": [number], "timestamp": date, "trace_id": trace,
            "correlation_id": trace, "error_uri": format!("{}/error?code={number}", self.common.base),
        });
        Reply::json(status, &body)
    }

    fn granted(&mut self, tenant: &str, asked: &Asked) -> Result<String, Refusal> {
        if tenant != self.id && !self.domains.contains(&tenant) {
            let why = format!("Tenant '{tenant}' not found. Check to make sure you have the correct tenant ID.");
            return Err((400, "invalid_request", 90002, why));
        }
        let form = asked.form();
        let field = |name: &str| form.get(name).map_or("", String::as_str);
        if field("grant_type") != "client_credentials" {
            let why = format!("The app requested an unsupported grant type '{}'.", field("grant_type"));
            return Err((400, "unsupported_grant_type", 70003, why));
        }
        let id = field("client_id").to_owned();
        let Some(client) = self.clients.get(&id) else {
            let why = format!("Application with identifier '{id}' was not found in the directory '{}'.", self.id);
            return Err((400, "unauthorized_client", 700_016, why));
        };
        self.is_scope(field("scope"))?;
        self.authenticated(client, &id, tenant, &form)?;
        let (now, lives) = (self.common.now(), self.token_lives);
        let claims = json!({
            "aud": self.resource, "iss": format!("https://sts.windows.net/{}/", self.id), "tid": self.id,
            "appid": id, "iat": now, "nbf": now, "exp": now + lives, "roles": self.permissions, "wids": self.roles,
            "uti": self.common.fresh("uti"),
        });
        let part = |value: &Value| encode_bytes(value.to_string().as_bytes());
        let token = format!("{}.{}.ZmFsc2U", part(&json!({ "typ": "JWT", "alg": "RS256" })), part(&claims));
        self.tokens.insert(token.clone(), now + lives);
        Ok(token)
    }

    fn is_scope(&self, scope: &str) -> Result<(), Refusal> {
        let Some(resource) = scope.strip_suffix("/.default") else {
            let why = format!(
                "The provided value for scope {scope} is not valid. Client credential flows must have a scope value \
                 with /.default suffixed to the resource identifier (application ID URI)."
            );
            return Err((400, "invalid_scope", 1_002_012, why));
        };
        if resource != self.resource && resource != self.common.base {
            let why = format!("The resource principal named {resource} was not found in the tenant named Acme.");
            return Err((400, "invalid_resource", 500_011, why));
        }
        Ok(())
    }

    fn authenticated(
        &self,
        client: &Client,
        id: &str,
        tenant: &str,
        form: &BTreeMap<String, String>,
    ) -> Result<(), Refusal> {
        let invalid = |number: u32, why: &str| Err((401, "invalid_client", number, why.to_owned()));
        if let Some(secret) = form.get("client_secret") {
            return match client.secrets.get(secret) {
                Some(false) => Ok(()),
                Some(true) => {
                    invalid(7_000_222, &format!("The provided client secret keys for app '{id}' are expired."))
                }
                None => invalid(
                    7_000_215,
                    "Invalid client secret provided. Ensure the secret being sent in the request is the client secret \
                     value, not the client secret ID.",
                ),
            };
        }
        let Some(assertion) = form.get("client_assertion") else {
            let why = "The request body must contain the following parameter: 'client_assertion' or 'client_secret'.";
            return invalid(7_000_218, why);
        };
        if form.get("client_assertion_type").map(String::as_str) != Some(BEARER) {
            return Err((400, "invalid_request", 900_144, "'client_assertion_type' must be jwt-bearer.".into()));
        }
        let Some(jwt) = Jwt::parse(assertion) else {
            return invalid(50027, "JWT token is invalid or malformed.");
        };
        let is_own = jwt.claim("iss") == id;
        if is_own { self.by_certificate(client, id, tenant, &jwt) } else { self.by_federation(client, &jwt) }
    }

    fn by_certificate(&self, client: &Client, id: &str, tenant: &str, jwt: &Jwt) -> Result<(), Refusal> {
        let invalid = |number: u32, why: &str| Err((401, "invalid_client", number, why.to_owned()));
        let sha1 =
            |der: &[u8]| encode_bytes(ring::digest::digest(&ring::digest::SHA1_FOR_LEGACY_USE_ONLY, der).as_ref());
        // MSAL leaves the padding on.
        let header = |name: &str| jwt.header[name].as_str().map(|text| text.trim_end_matches('='));
        let is_it = |der: &[u8]| match (header("x5t#S256"), header("x5t")) {
            (Some(long), _) if self.sha256_thumbprints => long == sha256(der),
            (_, Some(short)) => short == sha1(der),
            _ => false,
        };
        let Some(certificate) = client.certificates.iter().find(|der| is_it(der)) else {
            return invalid(
                700_027,
                "The certificate with identifier used to sign the client assertion is not registered on application. \
                 [Reason - The key was not found.]",
            );
        };
        if !matches!(jwt.algorithm(), "PS256" | "RS256") || !jwt.is_signed_by_certificate(certificate) {
            return invalid(700_027, "Client assertion failed signature validation.");
        }
        if jwt.claim("sub") != id {
            return invalid(700_021, "Client assertion application identifier doesn't match 'client_id' parameter.");
        }
        let endpoints = [
            format!("{}/{tenant}/oauth2/v2.0/token", self.login_host()),
            format!("{}/{}/oauth2/v2.0/token", self.login_host(), self.id),
        ];
        if !endpoints.iter().any(|endpoint| endpoint == jwt.claim("aud")) {
            return invalid(700_023, "Client assertion audience claim does not match Realm issuer.");
        }
        self.is_now(jwt)
    }

    fn is_now(&self, jwt: &Jwt) -> Result<(), Refusal> {
        let now = self.common.now();
        let has_begun = jwt.time("nbf").is_none_or(|begin| begin <= now + SKEW);
        let goes_on = jwt.time("exp").is_some_and(|end| end > now - SKEW);
        if has_begun && goes_on {
            return Ok(());
        }
        Err((401, "invalid_client", 700_024, "Client assertion is not within its valid time range.".into()))
    }

    fn by_federation(&self, client: &Client, jwt: &Jwt) -> Result<(), Refusal> {
        let none = |number: u32, what: &str, value: &str| {
            let why = format!("No matching federated identity record found for presented assertion {what} '{value}'.");
            Err((400, "invalid_request", number, why))
        };
        let mut trusted: Vec<_> = client.federated.iter().collect();
        for (number, name) in [(700_211, "iss"), (700_213, "sub"), (700_212, "aud")] {
            let claim = jwt.claims[name].as_str().or_else(|| jwt.claims[name][0].as_str()).unwrap_or_default();
            let what = match name {
                "iss" => "issuer",
                "sub" => "subject",
                _ => "audience",
            };
            trusted.retain(|one| match name {
                "iss" => one.issuer == claim,
                "sub" => one.subject == claim,
                _ => one.audience == claim,
            });
            if trusted.is_empty() {
                return none(number, what, claim);
            }
        }
        if !trusted.iter().any(|one| one.keys.iter().any(|key| jwt.is_signed_by(key))) {
            return Err((401, "invalid_client", 50013, "Assertion failed signature validation.".into()));
        }
        self.is_now(jwt)
    }
}

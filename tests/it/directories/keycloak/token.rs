//! What of a realm is public: what it is called, its keys, and `client_credentials` at its token endpoint, with a secret
//! in the header or in the form, or with `private_key_jwt`.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::json;

use crate::directories::cloud::{Asked, Reply};
use crate::directories::jwt::{Jwt, public_jwk, signed};

use super::{Client, Grant, KID, Realm, SERVICE_ACCOUNT, error, not_found};

const ASSERTION: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
/// Keycloak allows for fifteen seconds between two clocks.
const SKEW: i64 = 15;

fn refusal(status: u16, error: &str, why: &str) -> Reply {
    Reply::json(status, &json!({ "error": error, "error_description": why }))
}

fn unauthorized(error: &str) -> Reply {
    refusal(401, error, "Invalid client or Invalid client credentials")
}

impl Realm {
    pub(super) fn issuer(&self) -> String {
        format!("{}/realms/{}", self.url(), self.name)
    }

    pub(super) fn public(&mut self, asked: &Asked, method: &str, realm: &str, path: &[&str]) -> Reply {
        if realm != self.name {
            return error(404, "Realm does not exist");
        }
        let issuer = self.issuer();
        let openid = format!("{issuer}/protocol/openid-connect");
        match (method, path) {
            ("GET", []) => {
                let body = json!({
                    "realm": self.name, "public_key": "ZmFsc2U=", "token-service": openid,
                    "account-service": format!("{issuer}/account"), "tokens-not-before": 0,
                });
                Reply::json(200, &body)
            }
            ("GET", [".well-known", "openid-configuration"]) => {
                let body = json!({
                    "issuer": issuer, "token_endpoint": format!("{openid}/token"), "jwks_uri": format!("{openid}/certs"),
                    "authorization_endpoint": format!("{openid}/auth"),
                    "grant_types_supported": ["authorization_code", "client_credentials", "refresh_token"],
                    "token_endpoint_auth_methods_supported":
                        ["private_key_jwt", "client_secret_basic", "client_secret_post", "tls_client_auth"],
                });
                Reply::json(200, &body)
            }
            ("GET", ["protocol", "openid-connect", "certs"]) => Reply::json(200, &json!({ "keys": [public_jwk(KID)] })),
            ("POST", ["protocol", "openid-connect", "token"]) => match self.granted(asked) {
                Ok(reply) | Err(reply) => reply,
            },
            _ => not_found(),
        }
    }

    fn granted(&mut self, asked: &Asked) -> Result<Reply, Reply> {
        let form = asked.form();
        let field = |name: &str| form.get(name).map_or("", String::as_str);
        if field("grant_type").is_empty() {
            return Err(refusal(400, "invalid_request", "Missing form parameter: grant_type"));
        }
        let (id, client) = self.authenticated(asked)?;
        if !client.has_service_account {
            return Err(refusal(401, "unauthorized_client", "Client not enabled to retrieve service account"));
        }
        if field("grant_type") != "client_credentials" {
            return Err(refusal(400, "unsupported_grant_type", "Unsupported grant_type"));
        }
        let (now, lives) = (self.common.now(), self.token_lives);
        let mut claims = json!({
            "iss": self.issuer(), "sub": SERVICE_ACCOUNT, "typ": "Bearer", "azp": id, "iat": now, "exp": now + lives,
            "jti": self.common.fresh("token"), "scope": "profile email", "client_id": id,
            "preferred_username": format!("service-account-{id}"),
            "resource_access": { "realm-management": { "roles": self.roles } },
        });
        if self.is_lightweight {
            claims["resource_access"] = json!({});
        }
        let token = signed(&json!({ "alg": "RS256", "typ": "JWT", "kid": KID }), &claims);
        let grant = Grant { roles: self.roles.clone(), realm: self.id.clone(), expires: now + lives };
        self.tokens.insert(token.clone(), grant);
        let body = json!({
            "access_token": token, "expires_in": lives, "refresh_expires_in": 0, "token_type": "Bearer",
            "not-before-policy": 0, "scope": "profile email",
        });
        Ok(Reply::json(200, &body).with("cache-control", "no-store"))
    }

    fn authenticated(&mut self, asked: &Asked) -> Result<(String, &Client), Reply> {
        let form = asked.form();
        let field = |name: &str| form.get(name).cloned().unwrap_or_default();
        if !field("client_assertion").is_empty() {
            return self.by_assertion(&field("client_assertion_type"), &field("client_assertion"));
        }
        let (id, secret) = match asked.header("authorization").strip_prefix("Basic ") {
            Some(both) => basic(both).ok_or_else(|| unauthorized("invalid_client"))?,
            None => (field("client_id"), field("client_secret")),
        };
        let client = self.clients.get(&id).ok_or_else(|| unauthorized("invalid_client"))?;
        if client.secret.is_none() || client.secret != Some(secret) {
            return Err(unauthorized("unauthorized_client"));
        }
        Ok((id, client))
    }

    fn by_assertion(&mut self, kind: &str, assertion: &str) -> Result<(String, &Client), Reply> {
        let refused =
            |why: &str| refusal(401, "invalid_client", &format!("Client authentication with signed JWT failed: {why}"));
        if kind != ASSERTION {
            return Err(refusal(400, "invalid_client", "Parameter client_assertion_type has an unknown value"));
        }
        let jwt = Jwt::parse(assertion).ok_or_else(|| refused("Failed to decode token"))?;
        let id = jwt.claim("sub").to_owned();
        let issuer = self.issuer();
        let now = self.common.now();
        let client = self.clients.get(&id).ok_or_else(|| unauthorized("invalid_client"))?;
        if jwt.claim("iss") != id {
            return Err(refused("Issuer mismatch. The issuer should match the subject"));
        }
        let kid = jwt.header["kid"].as_str();
        let mut keys = client.keys.iter().filter(|key| kid.is_none_or(|kid| key["kid"] == kid));
        if !keys.any(|key| jwt.is_signed_by(key)) {
            return Err(refused("Signature on JWT token failed validation"));
        }
        let taken = [issuer.clone(), format!("{issuer}/protocol/openid-connect/token")];
        let audience = &jwt.claims["aud"];
        let several: Vec<&str> = audience.as_array().into_iter().flatten().filter_map(|one| one.as_str()).collect();
        let is_one = |name: &&str| taken.iter().any(|one| one == name);
        let is_it = match audience.as_str() {
            Some(one) => is_one(&one),
            None => several.iter().any(is_one) && (several.len() == 1 || !self.one_audience),
        };
        if !is_it {
            return Err(refused("Invalid token audience"));
        }
        let ends = jwt.time("exp").ok_or_else(|| refused("Token expiration is missing"))?;
        let has_begun = [jwt.time("nbf"), jwt.time("iat")].into_iter().flatten().all(|at| at <= now + SKEW);
        if ends <= now - SKEW || !has_begun {
            return Err(refused("Token is not active"));
        }
        if jwt.claim("jti").is_empty() || !self.assertions_seen.insert(jwt.claim("jti").to_owned()) {
            return Err(refused("Token reuse detected"));
        }
        Ok((id.clone(), &self.clients[&id]))
    }
}

/// RFC 6749 §2.3.1: encoded as in a form, both.
fn basic(both: &str) -> Option<(String, String)> {
    let both = BASE64_STANDARD.decode(both).ok()?;
    let (id, secret) = std::str::from_utf8(&both).ok()?.split_once(':')?;
    let decoded =
        |text: &str| percent_encoding::percent_decode_str(&text.replace('+', " ")).decode_utf8().map(Into::into);
    Some((decoded(id).ok()?, decoded(secret).ok()?))
}

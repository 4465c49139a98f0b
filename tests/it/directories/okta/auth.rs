//! The org's token endpoint: `client_credentials` with `private_key_jwt`, and nothing else, since no other way gives the
//! scopes of the management API.

use serde_json::json;

use crate::directories::cloud::{Asked, Reply};
use crate::directories::jwt::Jwt;

use super::{Grant, Org, TOKEN_PATH, dpop};

const BEARER: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
const LIFETIME_MOST: i64 = 3600;
/// The clocks of two machines; Okta does not say how much it allows.
const SKEW: i64 = 300;

fn refusal(status: u16, error: &str, why: &str) -> Reply {
    Reply::json(status, &json!({ "error": error, "error_description": why }))
}

impl Org {
    pub(super) fn token(&mut self, asked: &Asked) -> Reply {
        match self.granted(asked) {
            Ok(reply) | Err(reply) => reply,
        }
    }

    fn granted(&mut self, asked: &Asked) -> Result<Reply, Reply> {
        let form = asked.form();
        let field = |name: &str| form.get(name).map_or("", String::as_str);
        if !asked.header("content-type").starts_with("application/x-www-form-urlencoded") {
            return Err(refusal(400, "invalid_request", "The body has to be a form."));
        }
        if field("grant_type") != "client_credentials" {
            return Err(refusal(400, "unsupported_grant_type", "The authorization grant type is not supported."));
        }
        let (client, may) = self.authenticated(field("client_assertion_type"), field("client_assertion"))?;
        if !field("client_id").is_empty() && field("client_id") != client {
            return Err(refusal(401, "invalid_client", "'client_id' is not who the assertion is of."));
        }
        let thumbprint = self.proved(asked, &client)?;
        let asked_for: Vec<&str> = field("scope").split_whitespace().collect();
        if asked_for.is_empty() {
            return Err(refusal(400, "invalid_scope", "The scope is missing."));
        }
        // What was not granted is left out; with nothing left there is no token.
        let scopes: Vec<String> =
            asked_for.iter().filter(|scope| may.contains(*scope)).map(|scope| (*scope).to_owned()).collect();
        if scopes.is_empty() {
            let why = "One or more scopes are not configured for the authorization server resource.";
            return Err(refusal(400, "invalid_scope", why));
        }
        let token = format!("false.{}", self.common.fresh("token"));
        let body = json!({
            "token_type": if thumbprint.is_some() { "DPoP" } else { "Bearer" },
            "expires_in": self.token_lives, "access_token": token, "scope": scopes.join(" "),
        });
        let expires = self.common.now() + self.token_lives;
        self.grants.insert(token, Grant { client, scopes, thumbprint, expires });
        Ok(Reply::json(200, &body).with("cache-control", "no-cache, no-store"))
    }

    /// The client, and what it may.
    fn authenticated(&mut self, kind: &str, assertion: &str) -> Result<(String, Vec<&'static str>), Reply> {
        let refused = |why: &str| refusal(401, "invalid_client", why);
        if assertion.is_empty() {
            return Err(refused("Client authentication failed. Only private_key_jwt gives these scopes."));
        }
        if kind != BEARER {
            return Err(refused("The client_assertion_type is invalid."));
        }
        let jwt = Jwt::parse(assertion).ok_or_else(|| refused("The client_assertion is malformed."))?;
        let (id, now) = (jwt.claim("sub").to_owned(), self.common.now());
        let client = self.clients.get(&id).ok_or_else(|| refused("Invalid value for 'client_id' parameter."))?;
        let kid = jwt.header["kid"].as_str();
        let mut keys = client.keys.iter().filter(|key| kid.is_none_or(|kid| key["kid"] == kid));
        if !keys.any(|key| jwt.is_signed_by(key)) {
            return Err(refused("The client_assertion signature is invalid."));
        }
        if jwt.claim("iss") != id {
            return Err(refused("'iss' and 'sub' of the client_assertion must be the client_id."));
        }
        let endpoint = format!("{}{TOKEN_PATH}", self.common.base);
        let audience = &jwt.claims["aud"];
        if *audience != endpoint && !audience.as_array().is_some_and(|all| all.iter().any(|one| *one == endpoint)) {
            return Err(refused(
                "The audience claim for client_assertion must be the endpoint invoked for the request.",
            ));
        }
        // A number, whatever the sample in the documents has.
        match jwt.time("exp") {
            None => return Err(refused("The client_assertion must have an 'exp' claim.")),
            Some(at) if at <= now => return Err(refused("The client_assertion token is expired.")),
            Some(at) if at > now + LIFETIME_MOST => {
                return Err(refused("The client_assertion token has an expiration too far into the future."));
            }
            Some(_) => {}
        }
        if jwt.time("iat").is_some_and(|at| at > now + SKEW) {
            return Err(refused("The client_assertion token was issued in the future."));
        }
        let scopes = client.scopes.clone();
        // Consumed by every request, also by one that is told to come back with a nonce.
        let id_of_it = jwt.claim("jti");
        if !id_of_it.is_empty() && !self.assertions_seen.insert(id_of_it.to_owned()) {
            return Err(refused("The client_assertion token has already been used."));
        }
        Ok((id, scopes))
    }

    /// The thumbprint of the key that the client proved to have, where it has to.
    fn proved(&mut self, asked: &Asked, client: &str) -> Result<Option<String>, Reply> {
        if !self.clients[client].dpop && asked.header("dpop").is_empty() {
            return Ok(None);
        }
        let invalid = |why: &str| refusal(400, "invalid_dpop_proof", why);
        let proof = dpop::proof(asked, &self.common.base, self.common.now()).map_err(|why| invalid(&why))?;
        if proof.nonce.as_ref() != Some(&self.nonce) {
            let why = "Authorization server requires nonce in DPoP proof.";
            return Err(refusal(400, "use_dpop_nonce", why).with("dpop-nonce", &self.nonce));
        }
        if !self.proofs_seen.insert(proof.id) {
            return Err(invalid("The DPoP proof JWT has already been used."));
        }
        Ok(Some(proof.thumbprint))
    }
}

//! Where access tokens come from: the JWT bearer grant (RFC 7523 §2.1) of a service account, with delegation or without;
//! the metadata server of a machine; and `signJwt`, by which a machine without a key file gets an assertion.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::directories::cloud::{Asked, Reply};
use crate::directories::jwt::{Jwt, signed};

use super::{AUDIENCE, Account, Grant, KID, SCOPES};

const LIFETIME_MOST: i64 = 3600;
/// Google does not say how much it allows between two clocks; a guess.
const SKEW: i64 = 300;

fn refusal(status: u16, error: &str, why: &str) -> Reply {
    Reply::json(status, &json!({ "error": error, "error_description": why }))
}

fn invalid(why: &str) -> Reply {
    refusal(400, "invalid_grant", why)
}

impl Account {
    pub(super) fn token(&mut self, asked: &Asked) -> Reply {
        match self.granted(asked) {
            Ok(grant) => self.given(grant, false),
            Err(refused) => refused,
        }
    }

    fn granted(&mut self, asked: &Asked) -> Result<Grant, Reply> {
        let form = asked.form();
        let field = |name: &str| form.get(name).map_or("", String::as_str);
        if field("grant_type") != "urn:ietf:params:oauth:grant-type:jwt-bearer" {
            return Err(refusal(
                400,
                "unsupported_grant_type",
                &format!("Invalid grant_type: {}", field("grant_type")),
            ));
        }
        let jwt = Jwt::parse(field("assertion")).ok_or_else(|| invalid("Bad Request"))?;
        self.checked(&jwt)?;
        let scopes: BTreeSet<String> = jwt.claim("scope").split_whitespace().map(str::to_owned).collect();
        let unauthorized = || {
            let why = "Client is unauthorized to retrieve access tokens using this method, or client not authorized \
                       for any of the scopes requested.";
            refusal(401, "unauthorized_client", why)
        };
        if scopes.is_empty() {
            return Err(refusal(400, "invalid_scope", "Empty or missing scope not allowed."));
        }
        let user = jwt.claim("sub").to_owned();
        let is_own = user.is_empty() || user == self.service_account;
        // One that was not delegated is enough; without anybody to be, no delegation is needed.
        let is_delegated =
            |scope: &String| scope.strip_prefix(SCOPES).is_some_and(|scope| self.granted.contains(&scope));
        if !is_own && !scopes.iter().all(is_delegated) {
            return Err(unauthorized());
        }
        if !is_own && !self.is_somebody(&user) {
            return Err(invalid("Invalid email or User ID"));
        }
        let expires = self.common.now() + self.token_lives;
        Ok(Grant { user: Some(user).filter(|_| !is_own), scopes, expires })
    }

    fn checked(&self, jwt: &Jwt) -> Result<(), Reply> {
        if jwt.claim("iss") != self.service_account {
            return Err(invalid("Invalid grant: account not found"));
        }
        let kid = jwt.header["kid"].as_str();
        let mut keys = self.keys.iter().filter(|key| kid.is_none_or(|kid| key["kid"] == kid));
        if jwt.algorithm() != "RS256" || !keys.any(|key| jwt.is_signed_by(key)) {
            return Err(invalid("Invalid JWT Signature."));
        }
        if jwt.claim("aud") != AUDIENCE && jwt.claim("aud") != format!("{}/token", self.common.base) {
            return Err(invalid("Invalid JWT: Failed audience check."));
        }
        let now = self.common.now();
        let in_time = jwt
            .time("iat")
            .zip(jwt.time("exp"))
            .is_some_and(|(begins, ends)| begins <= now + SKEW && ends > now - SKEW && ends - begins <= LIFETIME_MOST);
        if !in_time {
            return Err(invalid(
                "Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe. Check your \
                 iat and exp values in the JWT claim.",
            ));
        }
        Ok(())
    }

    /// Delegation lets it be anybody in the account, administrator or not.
    fn is_somebody(&self, mail: &str) -> bool {
        let person = self.people.iter().find(|person| person["primaryEmail"] == *mail);
        self.admins.contains_key(mail) || person.is_some_and(|person| person["suspended"] != true)
    }

    fn given(&mut self, grant: Grant, says_scope: bool) -> Reply {
        let token = format!("ya29.false.{}", self.common.fresh("token"));
        let mut body = json!({ "access_token": token, "expires_in": self.token_lives, "token_type": "Bearer" });
        if says_scope {
            body["scope"] = json!(grant.scopes.iter().cloned().collect::<Vec<_>>().join(" "));
        }
        self.tokens.insert(token, grant);
        Reply::json(200, &body)
    }

    /// The metadata server of a machine that runs as the service account: its tokens are never of anybody else.
    pub(super) fn metadata(&mut self, asked: &Asked, path: &[&str]) -> Reply {
        if asked.header("metadata-flavor") != "Google" {
            let page = "<!doctype html><title>403</title><p>Missing Metadata-Flavor:Google header.";
            return Reply::text(403, "text/html", page.into());
        }
        let ["instance", "service-accounts", account, what] = path else {
            return Reply::text(404, "text/html", "<!doctype html><title>404</title>".into());
        };
        let is_it = ["default", self.service_account.as_str()].contains(account);
        let reply = match *what {
            "email" if is_it => Reply::text(200, "application/text", self.service_account.clone()),
            "token" if is_it => {
                let wanted = asked.param("scopes").map(|scopes| scopes.split(',').map(str::to_owned).collect());
                let own = || self.machine_scopes.iter().map(|scope| format!("{SCOPES}{scope}")).collect();
                let expires = self.common.now() + self.token_lives;
                let grant = Grant { user: None, scopes: wanted.unwrap_or_else(own), expires };
                self.given(grant, false)
            }
            _ => Reply::text(404, "text/html", "<!doctype html><title>404</title>".into()),
        };
        reply.with("metadata-flavor", "Google").with("server", "Metadata Server for VM")
    }

    /// IAM Credentials, `projects.serviceAccounts.signJwt`: Google signs with a key that nobody has.
    pub(super) fn sign(&mut self, asked: &Asked, account: &str) -> Reply {
        let denied = |why: &str| {
            let error = json!({ "code": 403, "message": why, "status": "PERMISSION_DENIED" });
            Reply::json(403, &json!({ "error": error }))
        };
        let grant = match self.grant(asked) {
            Ok(grant) => grant,
            Err(refused) => return refused,
        };
        let may = self.may_sign && grant.user.is_none() && grant.scopes.contains(&format!("{SCOPES}cloud-platform"));
        if account != format!("{}:signJwt", self.service_account) || !may {
            return denied("Permission 'iam.serviceAccounts.signJwt' denied on resource (or it may not exist).");
        }
        let body: Value = serde_json::from_slice(&asked.body).unwrap_or_default();
        let claims = body["payload"].as_str().and_then(|text| serde_json::from_str::<Value>(text).ok());
        match claims.filter(|claims| claims["exp"].is_i64()) {
            Some(claims) => {
                let jwt = signed(&json!({ "alg": "RS256", "kid": KID, "typ": "JWT" }), &claims);
                Reply::json(200, &json!({ "keyId": KID, "signedJwt": jwt }))
            }
            None => {
                let why = "The payload has to be a JSON object with exp.";
                let error = json!({ "code": 400, "message": why, "status": "INVALID_ARGUMENT" });
                Reply::json(400, &json!({ "error": error }))
            }
        }
    }
}

//! Why there is no token, and what to do: by the status, the error code of RFC 6749 §5.2, Entra's AADSTS number and Okta's
//! errorCode.
//!
//! Never: repeats a description, or anything else of the body but these codes.

use serde::Deserialize;
use serde_json::Value;

use super::endpoint::Reply;
use super::grant::Grant;

/// What RFC 9449 asks for, which is not built.
pub const DPOP: &str = "the token endpoint wants DPoP proofs (RFC 9449), which this program does not send; at Okta clear \
    \"Require Demonstrating Proof of Possession (DPoP) header in token requests\" in the app's General Settings";

/// A metadata server that gives no token.
const MACHINE: &str = "this machine has no service account, or may not have a token with these scopes; attach one to it (on \
    Compute Engine with these access scopes, on Kubernetes by workload identity)";

/// Entra's numbers, and what they ask for.
const AADSTS: [(u64, &str); 17] = [
    (7_000_215, "the client secret is wrong; write the secret's value into the file, not its id"),
    (7_000_222, "the client secret has expired; make another one in the app registration"),
    (700_016, "the tenant does not know this client id; is it the application (client) id, and the right tenant?"),
    (7_000_112, "the application is disabled in the tenant"),
    (90_002, "there is no such tenant, or it is in another national cloud"),
    (900_023, "the tenant in the URL is neither an id nor a domain name"),
    (700_024, "the assertion is not within its time; is the clock of this machine right?"),
    (700_027, "the certificate is not the application's, or it has expired; upload it to the app registration"),
    (7_000_214, "the assertion is not taken; upload the certificate to the app registration"),
    (700_021, "the assertion's issuer or subject is not the client; is the client id right?"),
    (70_021, "no federated credential of the application matches the token's issuer, subject and audience"),
    (700_211, "no federated credential of the application has the token's issuer"),
    (700_212, "no federated credential of the application has the token's audience"),
    (700_213, "no federated credential of the application has the token's subject"),
    (500_011, "the tenant does not know the API in the scope; is it the right national cloud's?"),
    (1_002_012, "the scope has to be the API's URL with /.default behind it"),
    (53_003, "a conditional access policy blocks it"),
];

/// An answer without a token.
pub struct Refusal {
    status: u16,
    /// `error`, if it looks like a code.
    code: Option<String>,
    /// `error_codes` of Entra.
    numbers: Vec<u64>,
    /// `errorCode` of Okta's API: `E0000047`.
    okta: Option<String>,
}

#[derive(Default, Deserialize)]
struct Json {
    error: Option<Value>,
    error_codes: Option<Vec<u64>>,
    #[serde(rename = "errorCode")]
    okta: Option<String>,
}

impl Refusal {
    pub fn read(reply: &Reply) -> Self {
        let json: Json = serde_json::from_slice(&reply.body).unwrap_or_default();
        let is_code = |text: &&str| text.len() <= 40 && text.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
        let is_okta = |text: &String| text.len() == 8 && text.starts_with('E') && text[1..].parse::<u32>().is_ok();
        let code = json.error.as_ref().and_then(Value::as_str).filter(is_code).map(str::to_owned);
        let numbers = json.error_codes.unwrap_or_default();
        Self { status: reply.status, code, numbers, okta: json.okta.filter(is_okta) }
    }

    /// For people. `scope` is the one that was asked for.
    pub fn explain(&self, grant: &Grant, scope: Option<&str>) -> String {
        let codes = self.code.iter().chain(&self.okta).cloned();
        let codes = codes.chain(self.numbers.iter().map(|number| format!("AADSTS{number}")));
        let codes: Vec<String> = std::iter::once(format!("HTTP {}", self.status)).chain(codes).collect();
        format!("no access token ({}): {}", codes.join(", "), self.advice(grant, scope.unwrap_or("none")))
    }

    /// The scope is not granted, whoever we are. Google says so of a service account that acts for somebody as it does of a
    /// client that may not ask at all.
    pub fn is_of_scope(&self, grant: &Grant) -> bool {
        match self.code.as_deref() {
            Some("invalid_scope" | "access_denied") => true,
            Some("unauthorized_client") => matches!(grant, Grant::JwtBearer { .. }),
            _ => false,
        }
    }

    fn advice(&self, grant: &Grant, scope: &str) -> String {
        let known = AADSTS.into_iter().find(|(number, _)| self.numbers.contains(number));
        if let Some((_, advice)) = known {
            return advice.into();
        }
        match self.code.as_deref() {
            Some("use_dpop_nonce" | "invalid_dpop_proof") => DPOP.into(),
            Some("invalid_client") => identity(grant),
            Some("invalid_grant") => assertion(grant),
            Some("unauthorized_client") => rights(grant, scope),
            Some("invalid_scope" | "consent_required" | "access_denied") => {
                format!("the scope is unknown or not granted; grant it to the client: {scope}")
            }
            Some("invalid_resource" | "invalid_target") => {
                format!("it does not know the API that the scope names: {scope}")
            }
            Some("unsupported_grant_type" | "invalid_request") => {
                "it does not take this kind of request; is it the URL of the right token endpoint?".into()
            }
            _ if matches!(grant, Grant::Machine) => self.of_machine().unwrap_or_else(|| self.by_status()),
            _ => self.by_status(),
        }
    }

    fn of_machine(&self) -> Option<String> {
        matches!(self.status, 400..=404).then(|| MACHINE.into())
    }

    fn by_status(&self) -> String {
        match self.status {
            401 | 403 => "the client is not accepted; are its id, its credentials and its rights as they should be?",
            404 | 405 => "there is no token endpoint at that URL",
            429 | 503 => "the token endpoint is busy, also at the last try; the next cycle asks again",
            500..=599 => "the token endpoint failed; the next cycle asks again",
            _ => "the token endpoint does not take the request; is its URL right?",
        }
        .into()
    }
}

/// `invalid_client`: who we are is not believed.
fn identity(grant: &Grant) -> String {
    let file = grant.file().display();
    match grant {
        Grant::ClientSecret { client_id, .. } => {
            format!("client id or secret are not accepted; write the secret of the client {client_id} into {file}")
        }
        Grant::ClientAssertion { client_id, .. } => format!(
            "the signed assertion is not accepted; is the public key of {file} registered for the client {client_id}, under \
             the same key id, and is the audience right?"
        ),
        Grant::FederatedToken { client_id, .. } => format!(
            "the token in {file} is not accepted; has the client {client_id} a federated credential with its issuer, subject \
             and audience?"
        ),
        Grant::JwtBearer { .. } => {
            format!("the service account of {file} is not known; is it still there, and not disabled?")
        }
        Grant::Machine => MACHINE.into(),
    }
}

/// `invalid_grant`: what we show is not believed.
fn assertion(grant: &Grant) -> String {
    match grant {
        Grant::JwtBearer { key, subject } => {
            let who = subject.as_deref().unwrap_or("nobody");
            let file = key.path.display();
            format!(
                "the assertion is not accepted; is the key of {file} still one of the service account's, is {who} an admin \
                 who can sign in, and is the clock of this machine right?"
            )
        }
        // RFC 6749 has no such case; oidc-provider says it where a DPoP proof is missing.
        other => format!(
            "{}; or does the client demand DPoP proofs (RFC 9449), which this program does not send?",
            identity(other)
        ),
    }
}

/// `unauthorized_client`: known, and not allowed to. Keycloak says this of a wrong secret, too.
fn rights(grant: &Grant, scope: &str) -> String {
    match grant {
        Grant::JwtBearer { .. } => {
            let client_id = grant.service_account().ok().flatten().and_then(|(_, client_id)| client_id);
            let client_id = client_id.map_or_else(String::new, |id| format!(" {id}"));
            // As the console takes them.
            let scope = scope.replace(' ', ",");
            format!(
                "the service account may not act for the admin with all of these scopes; add its client id{client_id} with them \
                 in the Admin console (Security > Access and data control > API controls > Domain-wide delegation): {scope}"
            )
        }
        other => format!(
            "the client may not ask for tokens by itself (client credentials, service account), or {}",
            identity(other)
        ),
    }
}

#[cfg(test)]
#[path = "tests/refusal.rs"]
mod tests;

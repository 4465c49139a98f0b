//! Proofs of possession (RFC 9449), as Okta wants them.

use serde_json::Value;

use crate::directories::cloud::Asked;
use crate::directories::jwt::{Jwt, sha256, thumbprint};

/// How far the time of a proof may be off; Okta does not say.
const SKEW: i64 = 300;

/// A proof that is good for the request it came with.
pub struct Proof {
    /// Good once.
    pub id: String,
    pub thumbprint: String,
    pub nonce: Option<String>,
    /// Of the access token.
    hash: Option<String>,
}

/// The proof of a request to the directory at `base`. The error is what Okta describes it by.
pub fn proof(asked: &Asked, base: &str, now: i64) -> Result<Proof, String> {
    let text = asked.header("dpop");
    if text.is_empty() {
        return Err("The DPoP proof JWT header is missing.".into());
    }
    let proof = Jwt::parse(text).ok_or("The DPoP proof JWT is malformed.")?;
    let jwk = &proof.header["jwk"];
    let path = asked.target.split('?').next().unwrap_or_default();
    let wrong = if proof.header["typ"] != "dpop+jwt" {
        "'typ' must be 'dpop+jwt'"
    } else if ["d", "p", "q"].iter().any(|private| !jwk[*private].is_null()) {
        "'jwk' must not have a private key"
    } else if !proof.is_signed_by(jwk) {
        "the signature is invalid"
    } else if proof.claim("htm") != asked.method {
        "'htm' must be the method of the request"
    } else if proof.claim("htu") != format!("{base}{path}") {
        "'htu' must be the address of the request, without query and fragment"
    } else if proof.time("iat").is_none_or(|at| (at - now).abs() > SKEW) {
        "'iat' must be a time of now"
    } else if proof.claim("jti").is_empty() {
        "'jti' is missing"
    } else {
        let text = |value: &Value| value.as_str().map(str::to_owned);
        return Ok(Proof {
            id: proof.claim("jti").to_owned(),
            thumbprint: thumbprint(jwk),
            nonce: text(&proof.claims["nonce"]),
            hash: text(&proof.claims["ath"]),
        });
    };
    Err(format!("The DPoP proof JWT is invalid: {wrong}."))
}

impl Proof {
    /// It is of the key that the token is bound to, and of that token.
    pub fn goes_with(&self, token: &str, thumbprint: &str) -> Result<(), String> {
        if self.thumbprint != thumbprint {
            return Err("The DPoP proof JWT is of another key than the token.".into());
        }
        if self.hash.as_deref() != Some(&sha256(token.as_bytes())) {
            return Err("'ath' must be the hash of the access token.".into());
        }
        Ok(())
    }
}

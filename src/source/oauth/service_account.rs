//! The key file of a Google service account: JSON with a PKCS#8 key in it.
//!
//! Never: sends anything to the addresses in it.

use secrecy::zeroize::Zeroizing;
use serde::Deserialize;

use super::key::PrivateKey;

/// What a key file says.
pub struct ServiceAccount {
    pub email: String,
    pub key: PrivateKey,
    pub key_id: Option<String>,
    /// A number, which domain-wide delegation is given to.
    pub client_id: Option<String>,
    /// `token_uri`, to which Google's own clients address the assertion, wherever they send it.
    pub audience: Option<String>,
}

#[derive(Deserialize)]
struct Json {
    r#type: Option<String>,
    client_email: Option<String>,
    private_key: Option<String>,
    private_key_id: Option<String>,
    client_id: Option<String>,
    token_uri: Option<String>,
}

impl ServiceAccount {
    /// The error reads behind the file's name.
    pub fn parse(bytes: &[u8]) -> Result<Self, String> {
        const WANTED: &str =
            "create a JSON key for the service account (Google Cloud console > IAM > Service accounts > Keys)";
        if bytes.iter().all(u8::is_ascii_whitespace) {
            return Err(format!("is empty; {WANTED}"));
        }
        // serde's own words might quote the file.
        let json: Json = serde_json::from_slice(bytes).map_err(|_| format!("is no key file in JSON; {WANTED}"))?;
        let private_key = json.private_key.map(Zeroizing::new);
        if json.r#type.as_deref() != Some("service_account") {
            return Err(format!("is not the key of a service account (its `type` is another); {WANTED}"));
        }
        let (Some(email), Some(private_key)) = (json.client_email, private_key) else {
            return Err(format!("has no `client_email` or no `private_key`; {WANTED}"));
        };
        let key =
            PrivateKey::parse(private_key.as_bytes()).map_err(|reason| format!("has a `private_key` that {reason}"))?;
        let is_number = |id: &String| (1..=30).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_digit());
        let client_id = json.client_id.filter(is_number);
        Ok(Self { email, key, key_id: json.private_key_id, client_id, audience: json.token_uri })
    }
}

//! What a token endpoint is shown, and the form it is shown in.
//!
//! Never: keeps a secret or a key. The files are read for every request, so that a rotated one needs no restart.

use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use secrecy::zeroize::Zeroizing;
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use url::Url;
use url::form_urlencoded::{Serializer, byte_serialize};

use super::assertion::{self, Claims, Header};
use super::key::PrivateKey;
use super::service_account::ServiceAccount;
use crate::config::secret::SecretFile;

/// RFC 7523 §2.2.
const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
/// RFC 7523 §2.1.
const JWT_BEARER: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";

/// What a token endpoint is shown.
#[derive(Clone, Debug)]
pub enum Grant {
    /// A client secret (RFC 6749 §2.3.1): Entra, Keycloak.
    ClientSecret { client_id: String, secret: SecretFile, place: Place },
    /// `private_key_jwt` (RFC 7523 §2.2): Okta, Keycloak; Entra with a certificate. `audience` is the token endpoint's URL
    /// unless the server wants its issuer there.
    ClientAssertion { client_id: String, key: KeyFile, audience: Option<String> },
    /// A JWT of somebody else's in a file that rotates, as the client's assertion: Entra's workload identity federation
    /// (`AZURE_FEDERATED_TOKEN_FILE`).
    FederatedToken { client_id: String, file: SecretFile },
    /// The JWT bearer grant (RFC 7523 §2.1) of a Google service account, with the key file (JSON) as Google gives it.
    /// `subject` is the admin it acts for, by domain-wide delegation.
    JwtBearer { key: SecretFile, subject: Option<String> },
    /// Nothing: the metadata server of a machine at Google gives whoever runs there tokens of its service account.
    Machine,
}

/// Where a client secret stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// `client_secret_basic`, in the header.
    Basic,
    /// `client_secret_post`, in the form.
    Body,
}

/// A private key that signs client assertions: PEM or a JWK.
#[derive(Clone, Debug)]
pub struct KeyFile {
    pub file: SecretFile,
    /// `kid`; without it that of the JWK, or none.
    pub id: Option<String>,
    /// PEM, the key's own: the assertion names it by its SHA-256 (`x5t#S256`), and is signed with PS256.
    pub certificate: Option<PathBuf>,
}

impl KeyFile {
    /// For `check`: the certificate that assertions name, as DER; none where none is configured. Errors name the file.
    pub fn own_certificate(&self) -> Result<Option<CertificateDer<'static>>, String> {
        let Some(path) = &self.certificate else { return Ok(None) };
        own_certificate(path, &self.private_key()?).map(Some)
    }

    fn private_key(&self) -> Result<PrivateKey, String> {
        let bytes = self.file.read_pem().map_err(|error| error.to_string())?;
        PrivateKey::parse(&bytes).map_err(|reason| format!("the file {} {reason}", self.file.path.display()))
    }
}

/// One request's worth.
pub struct Credentials {
    pub authorization: Option<SecretString>,
    /// Encoded as a form.
    pub fields: Zeroizing<String>,
}

impl Grant {
    /// The form of one request. Errors name the file and what to do.
    pub fn form(&self, endpoint: &Url, scope: Option<&str>, now_unix_s: i64) -> Result<Credentials, String> {
        let mut fields = Serializer::new(String::new());
        let mut authorization = None;
        match self {
            Grant::ClientSecret { client_id, secret, place } => {
                let secret = secret.read().map_err(|error| error.to_string())?;
                client_credentials(&mut fields, scope);
                match place {
                    Place::Basic => authorization = Some(basic(client_id, &secret)),
                    Place::Body => {
                        fields.append_pair("client_id", client_id);
                        fields.append_pair("client_secret", secret.expose_secret());
                    }
                }
            }
            Grant::ClientAssertion { client_id, key, audience } => {
                let audience = audience.as_deref().unwrap_or(endpoint.as_str());
                let assertion = client_assertion(client_id, key, audience, now_unix_s)?;
                client_credentials(&mut fields, scope);
                identified(&mut fields, client_id, &assertion);
            }
            Grant::FederatedToken { client_id, file } => {
                let assertion = file.read().map_err(|error| error.to_string())?;
                client_credentials(&mut fields, scope);
                identified(&mut fields, client_id, &assertion);
            }
            Grant::JwtBearer { key, subject } => {
                let assertion = bearer_assertion(key, subject.as_deref(), endpoint, scope, now_unix_s)?;
                fields.append_pair("grant_type", JWT_BEARER);
                fields.append_pair("assertion", assertion.expose_secret());
            }
            Grant::Machine => {}
        }
        Ok(Credentials { authorization, fields: Zeroizing::new(fields.finish()) })
    }

    /// Whether the request holds an assertion of ours, so that our clock matters.
    pub fn signs(&self) -> bool {
        matches!(self, Grant::ClientAssertion { .. } | Grant::JwtBearer { .. })
    }

    /// The file that holds what is secret of it; nothing for a machine's own token.
    pub fn file(&self) -> &Path {
        match self {
            Grant::ClientSecret { secret: file, .. }
            | Grant::ClientAssertion { key: KeyFile { file, .. }, .. }
            | Grant::FederatedToken { file, .. }
            | Grant::JwtBearer { key: file, .. } => &file.path,
            Grant::Machine => Path::new(""),
        }
    }

    /// The service account of the key file, and the number that the Admin console knows it by. Errors name the file.
    pub fn service_account(&self) -> Result<Option<(String, Option<String>)>, String> {
        let Grant::JwtBearer { key, .. } = self else { return Ok(None) };
        let bytes = key.read_pem().map_err(|error| error.to_string())?;
        let account = ServiceAccount::parse(&bytes);
        let account = account.map_err(|reason| format!("the file {} {reason}", key.path.display()))?;
        Ok(Some((account.email, account.client_id)))
    }
}

/// RFC 6749 §4.4.2.
fn client_credentials(fields: &mut Serializer<'_, String>, scope: Option<&str>) {
    fields.append_pair("grant_type", "client_credentials");
    if let Some(scope) = scope {
        fields.append_pair("scope", scope);
    }
}

/// RFC 7523 §2.2. `client_id` may be left out there; Entra wants it.
fn identified(fields: &mut Serializer<'_, String>, client_id: &str, assertion: &SecretString) {
    fields.append_pair("client_id", client_id);
    fields.append_pair("client_assertion_type", ASSERTION_TYPE);
    fields.append_pair("client_assertion", assertion.expose_secret());
}

/// RFC 6749 §2.3.1: both are encoded as in a form before they are joined.
fn basic(client_id: &str, secret: &SecretString) -> SecretString {
    let encoded = |text: &str| byte_serialize(text.as_bytes()).collect::<String>();
    let both = Zeroizing::new(format!("{}:{}", encoded(client_id), encoded(secret.expose_secret())));
    SecretString::from(format!("Basic {}", BASE64_STANDARD.encode(both.as_bytes())))
}

fn client_assertion(client_id: &str, key: &KeyFile, audience: &str, now_unix_s: i64) -> Result<SecretString, String> {
    let wrong = |reason: String| format!("the file {} {reason}", key.file.path.display());
    let private = key.private_key()?;
    let header = match &key.certificate {
        Some(path) => Header::Certificate(thumbprint(&own_certificate(path, &private)?)),
        None => Header::Id(key.id.clone().or_else(|| private.id.clone())),
    };
    let claims = Claims { issuer: client_id, subject: Some(client_id), audience, scope: None };
    assertion::sign(&private, &header, &claims, now_unix_s).map_err(wrong)
}

/// base64url of the SHA-256 of a certificate (RFC 7515 §4.1.8).
fn thumbprint(certificate: &[u8]) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(certificate))
}

/// The key's own certificate, whatever else stands in the file.
fn own_certificate(path: &Path, key: &PrivateKey) -> Result<CertificateDer<'static>, String> {
    let wrong = |reason: &str| format!("the file {} {reason}", path.display());
    let text = std::fs::read(path).map_err(|error| wrong(&format!("cannot be read: {error}")))?;
    let certificates: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&text).collect();
    let certificates = certificates.map_err(|_| wrong("holds broken PEM"))?;
    if certificates.is_empty() {
        return Err(wrong("holds no certificate as PEM"));
    }
    let own = certificates.into_iter().find(|certificate| key.belongs_to(certificate));
    own.ok_or_else(|| wrong("holds no certificate of that private key; they have to be a pair"))
}

fn bearer_assertion(
    file: &SecretFile,
    subject: Option<&str>,
    endpoint: &Url,
    scope: Option<&str>,
    now_unix_s: i64,
) -> Result<SecretString, String> {
    let wrong = |reason: String| format!("the file {} {reason}", file.path.display());
    let bytes = file.read_pem().map_err(|error| error.to_string())?;
    let account = ServiceAccount::parse(&bytes).map_err(wrong)?;
    let audience = account.audience.as_deref().unwrap_or(endpoint.as_str());
    let claims = Claims { issuer: &account.email, subject, audience, scope: Some(scope.unwrap_or_default()) };
    assertion::sign(&account.key, &Header::Id(account.key_id.clone()), &claims, now_unix_s).map_err(wrong)
}

//! Private keys that sign JSON Web Tokens (RFC 7515, RFC 7518 §3): RSA and EC, as PEM or as a JWK.
//!
//! Never: tells anything of what stands inside a private key.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use ring::rand::SystemRandom;
use ring::rsa::{KeyPairComponents, PublicKeyComponents};
use ring::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING as P256, ECDSA_P384_SHA384_FIXED_SIGNING as P384, EcdsaKeyPair,
    EcdsaSigningAlgorithm, KeyPair as _, RSA_PKCS1_SHA256, RSA_PKCS1_SHA384, RSA_PKCS1_SHA512, RSA_PSS_SHA256,
    RSA_PSS_SHA384, RSA_PSS_SHA512, RsaEncoding, RsaKeyPair,
};
use rustls::pki_types::pem::{PemObject, SectionKind};
use secrecy::zeroize::Zeroizing;
use serde::Deserialize;

/// Which keys there are, for messages.
const WANTED: &str = "an RSA key of 2048 to 4096 bits, or an EC key on P-256 or P-384";

/// One private key, ready to sign.
pub struct PrivateKey {
    pair: Pair,
    /// `alg` of a JWK (RFC 7517 §4.4).
    alg: Option<String>,
    /// `kid` of a JWK (RFC 7517 §4.5).
    pub id: Option<String>,
}

enum Pair {
    Rsa(RsaKeyPair),
    Ec(&'static str, EcdsaKeyPair),
}

/// How a key signs: a name of RFC 7518 §3.1.
pub struct Algorithm {
    pub name: &'static str,
    /// For RSA; an EC key's curve decides.
    padding: Option<&'static dyn RsaEncoding>,
}

impl PrivateKey {
    /// Reads PEM or a JWK. The error reads behind the file's name.
    pub fn parse(bytes: &[u8]) -> Result<Self, String> {
        match bytes.iter().find(|byte| !byte.is_ascii_whitespace()) {
            None => Err("is empty".into()),
            Some(b'{') => jwk(bytes),
            Some(_) => pem(bytes),
        }
    }

    /// RS256, PS256 where the key goes by a certificate, what a JWK says itself, or what the curve has.
    pub fn algorithm(&self, by_certificate: bool) -> Result<Algorithm, String> {
        let name = match (&self.pair, self.alg.as_deref()) {
            (Pair::Ec(name, _), _) => return Ok(Algorithm { name, padding: None }),
            (Pair::Rsa(_), Some(alg)) => alg,
            (Pair::Rsa(_), None) if by_certificate => "PS256",
            (Pair::Rsa(_), None) => "RS256",
        };
        let table: [(&str, &'static dyn RsaEncoding); 6] = [
            ("RS256", &RSA_PKCS1_SHA256),
            ("RS384", &RSA_PKCS1_SHA384),
            ("RS512", &RSA_PKCS1_SHA512),
            ("PS256", &RSA_PSS_SHA256),
            ("PS384", &RSA_PSS_SHA384),
            ("PS512", &RSA_PSS_SHA512),
        ];
        let found = table.into_iter().find(|(known, _)| *known == name);
        let (name, padding) = found.ok_or("holds a JWK whose `alg` is not one of RS256 to RS512 or PS256 to PS512")?;
        Ok(Algorithm { name, padding: Some(padding) })
    }

    /// The signature as a JWS has it (RFC 7515 §5.1, RFC 7518 §3.3 to §3.5).
    pub fn sign(&self, algorithm: &Algorithm, message: &[u8]) -> Result<Vec<u8>, String> {
        let failed = |_| "holds a key that does not sign".to_owned();
        let random = SystemRandom::new();
        match (&self.pair, algorithm.padding) {
            (Pair::Rsa(pair), Some(padding)) => {
                let mut signature = vec![0; pair.public().modulus_len()];
                pair.sign(padding, &random, message, &mut signature).map_err(failed)?;
                Ok(signature)
            }
            (Pair::Ec(_, pair), None) => Ok(pair.sign(&random, message).map_err(failed)?.as_ref().to_vec()),
            _ => Err("holds a key of another kind than its algorithm's".into()),
        }
    }

    /// Whether a certificate (DER) is this key's: it holds the public key as it is (RFC 5280 §4.1.2.7).
    pub fn belongs_to(&self, certificate: &[u8]) -> bool {
        let public = match &self.pair {
            Pair::Rsa(pair) => pair.public().as_ref(),
            Pair::Ec(_, pair) => pair.public_key().as_ref(),
        };
        certificate.windows(public.len()).any(|window| window == public)
    }
}

/// PKCS#8, and PKCS#1 for RSA.
fn pem(bytes: &[u8]) -> Result<PrivateKey, String> {
    // OpenSSL's encryption of old (RFC 1421 §4.6): headers within the PEM.
    if has(bytes, "Proc-Type: 4,ENCRYPTED") {
        return Err(encrypted());
    }
    let mut keys = Vec::new();
    let mut others = Vec::new();
    for section in <(SectionKind, Vec<u8>)>::pem_slice_iter(bytes) {
        let (kind, der) = section.map_err(|_| "holds broken PEM: is it whole, with its BEGIN and END lines?")?;
        let der = Zeroizing::new(der);
        match kind {
            SectionKind::PrivateKey => keys.push(pkcs8(&der)?),
            SectionKind::RsaPrivateKey => {
                keys.push(RsaKeyPair::from_der(&der).map(Pair::Rsa).map_err(|error| unusable(&error))?);
            }
            SectionKind::EcPrivateKey => return Err(of_another_form("openssl pkey -in OLD -out NEW")),
            other => others.push(other),
        }
    }
    match (keys.pop(), keys.is_empty()) {
        (Some(pair), true) => Ok(PrivateKey { pair, alg: None, id: None }),
        (Some(_), false) => Err("holds several private keys; leave one".into()),
        (None, _) => Err(no_key(bytes, &others)),
    }
}

fn pkcs8(der: &[u8]) -> Result<Pair, String> {
    let ec = |curve, name| EcdsaKeyPair::from_pkcs8(curve, der, &SystemRandom::new()).map(|pair| Pair::Ec(name, pair));
    let rsa = RsaKeyPair::from_pkcs8(der).map(Pair::Rsa);
    rsa.or_else(|error| ec(&P256, "ES256").or_else(|_| ec(&P384, "ES384")).map_err(|_| unusable(&error)))
}

/// Why there is none, by what there is instead.
fn no_key(bytes: &[u8], others: &[SectionKind]) -> String {
    if has(bytes, "-----BEGIN ENCRYPTED PRIVATE KEY-----") {
        encrypted()
    } else if has(bytes, "-----BEGIN OPENSSH PRIVATE KEY-----") {
        of_another_form("ssh-keygen -p -m PKCS8 -N '' -f COPY")
    } else if others.contains(&SectionKind::Certificate) {
        "holds a certificate and no private key".into()
    } else if others.contains(&SectionKind::PublicKey) || has(bytes, "-----BEGIN RSA PUBLIC KEY-----") {
        "holds a public key; the private one is wanted".into()
    } else {
        "holds no private key: neither PEM nor a JWK".into()
    }
}

fn has(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|window| window == text.as_bytes())
}

fn encrypted() -> String {
    "holds an encrypted key, and there is nobody to ask for its passphrase; take it off with \
     `openssl pkey -in OLD -out NEW` and keep the file to yourself (mode 600)"
        .into()
}

fn of_another_form(command: &str) -> String {
    format!("holds a private key in a form that is not read here; make PKCS#8 of it with `{command}`")
}

/// ring says in one word what is wrong, and nothing of the key.
fn unusable(error: &ring::error::KeyRejected) -> String {
    format!("holds a private key that cannot be used ({error}); it has to be {WANTED}")
}

/// RFC 7517, RFC 7518 §6: what Okta gives as a private key. Other members are left alone.
#[derive(Deserialize)]
struct Jwk<'a> {
    kty: Option<&'a str>,
    kid: Option<String>,
    alg: Option<String>,
    crv: Option<&'a str>,
    n: Option<&'a str>,
    e: Option<&'a str>,
    d: Option<&'a str>,
    p: Option<&'a str>,
    q: Option<&'a str>,
    dp: Option<&'a str>,
    dq: Option<&'a str>,
    qi: Option<&'a str>,
    x: Option<&'a str>,
    y: Option<&'a str>,
    /// A JWK set (RFC 7517 §5), or Google's key file: another file.
    keys: Option<serde::de::IgnoredAny>,
    private_key: Option<serde::de::IgnoredAny>,
}

fn jwk(bytes: &[u8]) -> Result<PrivateKey, String> {
    // serde's own words might quote the file.
    let jwk: Jwk<'_> = serde_json::from_slice(bytes).map_err(|_| "holds no JWK: its JSON is broken")?;
    if jwk.keys.is_some() {
        return Err("holds a set of keys; write the one private key alone into the file".into());
    } else if jwk.private_key.is_some() {
        return Err("is a Google service account's key file, and a private key alone is wanted".into());
    } else if jwk.d.is_none() {
        return Err("holds a public JWK; the private one is wanted".into());
    }
    let pair = match jwk.kty {
        Some("RSA") => rsa_jwk(&jwk),
        Some("EC") => ec_jwk(&jwk),
        _ => Err(format!("holds a JWK of another `kty` than RSA and EC; it has to be {WANTED}")),
    }?;
    Ok(PrivateKey { pair, alg: jwk.alg, id: jwk.kid })
}

fn rsa_jwk(jwk: &Jwk<'_>) -> Result<Pair, String> {
    let components = KeyPairComponents {
        public_key: PublicKeyComponents { n: number(jwk.n)?, e: number(jwk.e)? },
        d: number(jwk.d)?,
        p: number(jwk.p)?,
        q: number(jwk.q)?,
        dP: number(jwk.dp)?,
        dQ: number(jwk.dq)?,
        qInv: number(jwk.qi)?,
    };
    RsaKeyPair::from_components(&components).map(Pair::Rsa).map_err(|error| unusable(&error))
}

fn ec_jwk(jwk: &Jwk<'_>) -> Result<Pair, String> {
    let (curve, name): (&'static EcdsaSigningAlgorithm, _) = match jwk.crv {
        Some("P-256") => (&P256, "ES256"),
        Some("P-384") => (&P384, "ES384"),
        _ => return Err(format!("holds a JWK of another curve; it has to be {WANTED}")),
    };
    let private = number(jwk.d)?;
    // The uncompressed point (SEC 1, 2.3.3).
    let public = [&[4][..], &number(jwk.x)?, &number(jwk.y)?].concat();
    let pair = EcdsaKeyPair::from_private_key_and_public_key(curve, &private, &public, &SystemRandom::new());
    pair.map(|pair| Pair::Ec(name, pair)).map_err(|error| unusable(&error))
}

/// Base64urlUInt of RFC 7518 §2.
fn number(value: Option<&str>) -> Result<Zeroizing<Vec<u8>>, String> {
    let decoded = value.and_then(|text| BASE64_URL_SAFE_NO_PAD.decode(text).ok()).filter(|bytes| !bytes.is_empty());
    decoded.map(Zeroizing::new).ok_or_else(|| "holds a JWK that is not whole: a member is missing or broken".into())
}

#[cfg(test)]
#[path = "tests/key.rs"]
mod tests;

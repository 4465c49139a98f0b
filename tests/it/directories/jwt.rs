//! JSON Web Tokens on the side of who checks them, with ring, and an obviously false key to sign with.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use ring::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P384_SHA384_FIXED, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_2048_8192_SHA384,
    RSA_PKCS1_2048_8192_SHA512, RSA_PSS_2048_8192_SHA256, RsaKeyPair, RsaParameters, RsaPublicKeyComponents,
    UnparsedPublicKey,
};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// A token that was taken apart.
pub struct Jwt {
    pub header: Value,
    pub claims: Value,
    signed: String,
    signature: Vec<u8>,
}

impl Jwt {
    pub fn parse(text: &str) -> Option<Self> {
        let (signed, signature) = text.rsplit_once('.')?;
        let (header, claims) = signed.split_once('.')?;
        let object = |part: &str| serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).ok()?).ok();
        let signature = URL_SAFE_NO_PAD.decode(signature).ok()?;
        Some(Self { header: object(header)?, claims: object(claims)?, signed: signed.into(), signature })
    }

    pub fn claim(&self, name: &str) -> &str {
        self.claims[name].as_str().unwrap_or_default()
    }

    /// A time has to be a number; MSAL sends parts of seconds, too (RFC 7519 §2).
    pub fn time(&self, name: &str) -> Option<i64> {
        let time = &self.claims[name];
        #[allow(clippy::cast_possible_truncation, reason = "whole seconds are meant")]
        time.as_i64().or_else(|| time.as_f64().map(|seconds| seconds as i64))
    }

    pub fn algorithm(&self) -> &str {
        self.header["alg"].as_str().unwrap_or_default()
    }

    /// Signed with the private half of that JWK (RFC 7517), by the algorithm that the header says.
    pub fn is_signed_by(&self, jwk: &Value) -> bool {
        let part = |name: &str| URL_SAFE_NO_PAD.decode(jwk[name].as_str().unwrap_or_default()).unwrap_or_default();
        match (self.algorithm(), jwk["kty"].as_str().unwrap_or_default()) {
            (algorithm, "RSA") => rsa(algorithm).is_some_and(|parameters| {
                let key = RsaPublicKeyComponents { n: part("n"), e: part("e") };
                key.verify(parameters, self.signed.as_bytes(), &self.signature).is_ok()
            }),
            (algorithm @ ("ES256" | "ES384"), "EC") => {
                let point = [vec![4], part("x"), part("y")].concat();
                let curve = if algorithm == "ES256" { &ECDSA_P256_SHA256_FIXED } else { &ECDSA_P384_SHA384_FIXED };
                UnparsedPublicKey::new(curve, point).verify(self.signed.as_bytes(), &self.signature).is_ok()
            }
            _ => false,
        }
    }

    /// Signed with the key of that certificate, which is RSA.
    pub fn is_signed_by_certificate(&self, der: &[u8]) -> bool {
        let (_, certificate) = x509_parser::parse_x509_certificate(der).unwrap();
        let key = &certificate.public_key().subject_public_key.data;
        rsa(self.algorithm()).is_some_and(|parameters| {
            UnparsedPublicKey::new(parameters, key).verify(self.signed.as_bytes(), &self.signature).is_ok()
        })
    }
}

fn rsa(algorithm: &str) -> Option<&'static RsaParameters> {
    match algorithm {
        "RS256" => Some(&RSA_PKCS1_2048_8192_SHA256),
        "RS384" => Some(&RSA_PKCS1_2048_8192_SHA384),
        "RS512" => Some(&RSA_PKCS1_2048_8192_SHA512),
        "PS256" => Some(&RSA_PSS_2048_8192_SHA256),
        _ => None,
    }
}

/// What a client's own library would make. RS256, or PS256 if the header says so.
pub fn signed(header: &Value, claims: &Value) -> String {
    let key = key();
    let encode = |part: &Value| URL_SAFE_NO_PAD.encode(part.to_string());
    let text = format!("{}.{}", encode(header), encode(claims));
    let mut signature = vec![0; key.public().modulus_len()];
    let random = ring::rand::SystemRandom::new();
    let padding: &dyn ring::signature::RsaEncoding = match header["alg"].as_str() {
        Some("PS256") => &ring::signature::RSA_PSS_SHA256,
        _ => &ring::signature::RSA_PKCS1_SHA256,
    };
    key.sign(padding, &random, text.as_bytes(), &mut signature).unwrap();
    format!("{text}.{}", encode_bytes(&signature))
}

/// The public half of the false key.
pub fn public_jwk(kid: &str) -> Value {
    let RsaPublicKeyComponents::<Vec<u8>> { n, e } = key().public().into();
    json!({ "kty": "RSA", "kid": kid, "n": encode_bytes(&n), "e": encode_bytes(&e) })
}

/// A certificate of the false key, as DER.
pub fn certificate() -> Vec<u8> {
    let key = rcgen::KeyPair::from_pem_and_sign_algo(KEY, &rcgen::PKCS_RSA_SHA256).unwrap();
    rcgen::CertificateParams::new(vec!["sync.acme.example".into()]).unwrap().self_signed(&key).unwrap().der().to_vec()
}

/// As it is written to a file.
#[allow(dead_code, reason = "for libraries that want a file")]
pub fn pem(label: &str, der: &[u8]) -> String {
    let text = STANDARD.encode(der);
    let lines: Vec<&str> = text.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).unwrap()).collect();
    format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", lines.join("\n"))
}

pub fn encode_bytes(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

pub fn sha256(bytes: &[u8]) -> String {
    encode_bytes(&Sha256::digest(bytes))
}

/// RFC 7638, of an RSA or EC key.
pub fn thumbprint(jwk: &Value) -> String {
    let names: &[&str] = if jwk["kty"] == "EC" { &["crv", "kty", "x", "y"] } else { &["e", "kty", "n"] };
    let members: Vec<String> = names.iter().map(|name| format!("\"{name}\":{}", jwk[*name])).collect();
    sha256(format!("{{{}}}", members.join(",")).as_bytes())
}

fn key() -> RsaKeyPair {
    let text: String = KEY.lines().filter(|line| !line.starts_with("-----")).collect();
    RsaKeyPair::from_pkcs8(&STANDARD.decode(text).unwrap()).unwrap()
}

/// Made for these tests and known to everybody: it opens nothing.
pub const KEY: &str = "\
-----BEGIN PRIVATE KEY-----\n\
MIIEvgIBADANBgkqhkiG9w0BAQEFAASCBKgwggSkAgEAAoIBAQDVKxzpCBQpa3QD\n\
mE9bMCgeyBopYDJfZCr1g1USi4ZqVLM8O2IdF346VB17ccC5Nb/c/QXYEBZnKsVv\n\
uhqVEICXkk+vUjE5uBPntLTs90pTywpBJEayqONG0yK7WIfnhE37r0NaL7vz7LF1\n\
5A1hrvVahsgla+dMlUA1MHui0hEOOcF2DpHdm2Pqj93GvpJJ6Fw98ctSzXc05Zn3\n\
FlXV3C4U+LTO40bfs1U0AvMk/QQupfkFllk3RRTXE86G55BY8ailL/ly/VPxU8QY\n\
YmrxAo+TAkvMMcwR81C1Fp81rTKxWlmC8YSEvI1frWrOZBv69eFONQGDYFU6QP69\n\
WB6yt4VBAgMBAAECggEABhCfCBrnqS1pKqwYPUsFJ/iVz9ArnrnyPvPVAuIQcjOR\n\
zU2Fr5CrjOI3yDZrtU9zabT1iBFtG5h6tFk63BQa40jMjNQewTC6VmhnpMeQtJQT\n\
hp0Y/nTqvZCB0CjnIUkBJSbOyeq2r4AhafgIAg0F0vidz1U3haPSERPO0yzzL0bW\n\
0rKEOKJSbyCK7rgvfiYLQeNLYHnxDO8YVlMnn/JpE2M0IOtq1+UWkQ39lzhHT72g\n\
ppjTyAsUNLF4uDSaDjT4C16Oi7HAruJWoPiocDQfF6pItdu36qcPCaWAgjNznP/3\n\
V8sc2IP+0QMpyK7b/fsWtgu+CQH5juCLfOXbuz0JwQKBgQD+kjQXlpSDJ2ik2JAQ\n\
GcIQ2s68+eTUaWzXLoJ10W9g9vY3EYDRsDlYDKzOsLgrTY+OjtYh8hmpz7mXeGdy\n\
VDGQBhPStLHbUER5+koz7xS660cGXF89lRzUvDbP1ZYUxJBXxW1TFqC1zoXC7jph\n\
T5olmGL6JZvZbXDscRbAuqTAFwKBgQDWXWrZEDmSfvwanaiWGkRuzBn4CBVfx+c5\n\
VkrSEsMXr1Vw1p/fBGWVvcaysXpGy8tWHRMcSIlglVvAy8jOC3lzUM/u7OQ3fFCa\n\
Q9/WJmS31OmwNe5nwxqadc0C3p4B0BQZLTX+6jD4rMOo8+3yBUu2UPE8cuNkXUC1\n\
NGnra80kZwKBgQDb1ELZj7WlYBWULFKTJLsZtOlL9Psule9gDhCoTvfAIuLRAPNd\n\
n7CVITTks2QGOM7byuqMm7Sfl/prG5Uw/BVkimr5zAG+Ih1Pu9vx5uXe16cYjhHM\n\
awRfjDxE0urr+iWvNZRHaMXU2YdWokOVnpi9GE94NZvUcRZPhwSf30y/dwKBgQDR\n\
O51vAUcwloG7+Ob0m+7vtogicMFsG9K1RGUDZwzFsX3UBalGJSSCZBntkQ2ozIJM\n\
K1Tb5nEwtJg6Nq5pbwm8ZMSQkOiwv8ZszJNOk2r7g/YU6I8q+GSfHxxcEK5pVpBH\n\
grmRd0UVdIwF/RHjiQe9jIPqXLlW3S6rr90yzKYPQQKBgGeorQDArh4JV4vnCVH0\n\
iUvuRcj0O1p+EdZI8/9SUahnDeZ+FJQ+Tiv4cKx0oERKusMWGbBGCl1EPN6NJQpI\n\
PsaE9HQfwq9ImwOhkhZVrk7OeBIoT6SsjC9FNfLNzB8Ej9sI8dMqX6rOZC4uZPDV\n\
vzxyFb0HfbAP81pIThvngB8A\n\
-----END PRIVATE KEY-----\n";

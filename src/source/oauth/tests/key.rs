//! Every form a private key comes in signs what its public key verifies; every other file is told apart.

use ring::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED, ECDSA_P384_SHA384_FIXED_SIGNING,
    EcdsaSigningAlgorithm, RSA_PKCS1_2048_8192_SHA256, RSA_PSS_2048_8192_SHA256, RsaPublicKeyComponents,
    UnparsedPublicKey, VerificationAlgorithm,
};
use serde_json::json;

use super::super::tests::keys::{self, pem};
use super::*;

const MESSAGE: &[u8] = b"signed by a test";

#[track_caller]
fn wrong(file: impl AsRef<[u8]>) -> String {
    let parsed = PrivateKey::parse(file.as_ref());
    parsed.and_then(|key| key.algorithm(false)).map(|_| ()).unwrap_err()
}

#[test]
fn rsa_in_every_form() {
    let rsa = keys::rsa();
    let mut ps256 = rsa.jwk();
    ps256["alg"] = json!("PS256");
    let bare = pem("PRIVATE KEY", &rsa.pkcs8());
    for (file, by_certificate, name) in [
        (pem("RSA PRIVATE KEY", &rsa.pkcs1()), false, "RS256"),
        (format!("Bag Attributes\n  friendlyName: x\n{bare}{}", pem("CERTIFICATE", b"of it")), false, "RS256"),
        (bare.replace('\n', "\r\n"), true, "PS256"),
        (rsa.jwk().to_string(), false, "RS256"),
        (format!("\n {ps256}"), false, "PS256"),
    ] {
        let key = PrivateKey::parse(file.as_bytes()).unwrap();
        let algorithm = key.algorithm(by_certificate).unwrap();
        assert_eq!(algorithm.name, name);
        let signature = key.sign(&algorithm, MESSAGE).unwrap();
        let public = RsaPublicKeyComponents { n: rsa.n.to_bytes_be(), e: rsa.e.to_bytes_be() };
        let verification = if name == "RS256" { &RSA_PKCS1_2048_8192_SHA256 } else { &RSA_PSS_2048_8192_SHA256 };
        public.verify(verification, MESSAGE, &signature).unwrap();
        assert_eq!(key.id.is_some(), file.contains("kty"));
    }
}

#[test]
fn ec_in_every_form() {
    let curves: [(&'static EcdsaSigningAlgorithm, &'static dyn VerificationAlgorithm, &str); 2] = [
        (&ECDSA_P256_SHA256_FIXED_SIGNING, &ECDSA_P256_SHA256_FIXED, "ES256"),
        (&ECDSA_P384_SHA384_FIXED_SIGNING, &ECDSA_P384_SHA384_FIXED, "ES384"),
    ];
    for (curve, verification, name) in curves {
        let der = keys::ec(curve);
        let mut files = vec![pem("PRIVATE KEY", &der)];
        if name == "ES256" {
            files.push(keys::ec_jwk(&der).to_string());
        }
        for file in files {
            let key = PrivateKey::parse(file.as_bytes()).unwrap();
            let algorithm = key.algorithm(true).unwrap();
            assert_eq!(algorithm.name, name);
            let signature = key.sign(&algorithm, MESSAGE).unwrap();
            let pair = EcdsaKeyPair::from_pkcs8(curve, &der, &SystemRandom::new()).unwrap();
            UnparsedPublicKey::new(verification, pair.public_key()).verify(MESSAGE, &signature).unwrap();
        }
    }
}

#[test]
fn a_file_without_a_private_key_is_told_apart() {
    let rsa = keys::rsa();
    let certificate = rcgen::generate_simple_self_signed(["idp.example".to_owned()]).unwrap();
    let pkcs1 = pem("RSA PRIVATE KEY", &rsa.pkcs1());
    let traditional = pkcs1.replace("KEY-----\n", "KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,0\n\n");
    let traditional =
        traditional.replacen("-----END RSA PRIVATE KEY-----\nProc", "-----END RSA PRIVATE KEY-----\nx", 1);
    let public_jwk = rsa.public_jwk();
    let set = json!({ "keys": [rsa.jwk()] });
    let google = json!({ "type": "service_account", "private_key": pkcs1 });
    let table = [
        (String::new(), "is empty"),
        ("\n \n".into(), "is empty"),
        ("canary".into(), "holds no private key"),
        (pem("PUBLIC KEY", b"canary"), "holds a public key"),
        (pem("RSA PUBLIC KEY", b"canary"), "holds a public key"),
        (certificate.cert.pem(), "holds a certificate and no private key"),
        (pem("ENCRYPTED PRIVATE KEY", b"canary"), "holds an encrypted key"),
        (traditional, "holds an encrypted key"),
        (pem("OPENSSH PRIVATE KEY", b"canary"), "ssh-keygen -p -m PKCS8"),
        (pem("EC PRIVATE KEY", b"canary"), "openssl pkey -in OLD -out NEW"),
        (pem("PRIVATE KEY", b"canary"), "holds a private key that cannot be used (InvalidEncoding)"),
        (pem("PRIVATE KEY", &rcgen_ed25519()), "holds a private key that cannot be used (WrongAlgorithm)"),
        (format!("{pkcs1}{pkcs1}"), "holds several private keys"),
        (pkcs1[..pkcs1.len() - 40].to_owned(), "holds broken PEM"),
        (public_jwk.to_string(), "holds a public JWK"),
        (set.to_string(), "holds a set of keys"),
        (google.to_string(), "is a Google service account's key file"),
        ("{ \"kty\": \"canary".into(), "its JSON is broken"),
        (json!({ "kty": "oct", "k": "canary", "d": "x" }).to_string(), "of another `kty`"),
        (json!({ "kty": "EC", "crv": "P-521", "d": "x" }).to_string(), "of another curve"),
        (json!({ "kty": "RSA", "n": "AQAB", "e": "AQAB", "d": "can ary" }).to_string(), "not whole"),
    ];
    for (file, expected) in table {
        let reason = wrong(&file);
        assert!(reason.contains(expected) && !reason.contains("canary"), "{file}: {reason}");
    }
    let mut odd = rsa.jwk();
    odd["alg"] = json!("none");
    assert!(wrong(odd.to_string()).contains("`alg` is not one of"));
    // A number that is not the key's: ring notices, and nothing signs with it.
    let mut bent = rsa.jwk();
    bent["d"] = bent["p"].clone();
    assert!(wrong(bent.to_string()).contains("cannot be used"));
}

fn rcgen_ed25519() -> Vec<u8> {
    rcgen::KeyPair::generate_for(&rcgen::PKCS_ED25519).unwrap().serialize_der()
}

#[test]
fn a_certificate_is_the_keys_or_another_ones() {
    let key = |der: &[u8]| PrivateKey::parse(pem("PRIVATE KEY", der).as_bytes()).unwrap();
    let own = rcgen::generate_simple_self_signed(["idp.example".to_owned()]).unwrap();
    assert!(key(&own.signing_key.serialize_der()).belongs_to(own.cert.der()));
    assert!(!key(&keys::ec(&ECDSA_P256_SHA256_FIXED_SIGNING)).belongs_to(own.cert.der()));
    assert!(!key(&keys::rsa().pkcs8()).belongs_to(own.cert.der()));
}

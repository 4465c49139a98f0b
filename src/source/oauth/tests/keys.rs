//! Keys for tests, made while they run. The RSA key is no secret to anybody: its primes stand in RFC 2409 §6.2 and in
//! RFC 5054, appendix A.

use base64::Engine as _;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
use num_bigint::BigUint;
use ring::rand::SystemRandom;
use ring::signature::{EcdsaKeyPair, EcdsaSigningAlgorithm, KeyPair as _};
use serde_json::{Value, json};

const OAKLEY_2: &[u8] =
    b"FFFFFFFFFFFFFFFFC90FDAA22168C234C4C6628B80DC1CD129024E088A67CC74020BBEA63B139B22514A08798E3404DD\
    EF9519B3CD3A431B302B0A6DF25F14374FE1356D6D51C245E485B576625E7EC6F44C42E9A637ED6B0BFF5CB6F406B7ED\
    EE386BFB5A899FA5AE9F24117C4B1FE649286651ECE65381FFFFFFFFFFFFFFFF";
const SRP_1024: &[u8] =
    b"EEAF0AB9ADB38DD69C33F80AFA8FC5E86072618775FF3C0B9EA2314C9C256576D674DF7496EA81D3383B4813D692C6E0\
    E0D5D8E250B98BE48E495C1D6089DAD15DC7D7B46154D6B6CE8EF4AD69B15D4982559B297BCF1885C529F566660E57EC\
    68EDBC3C05726CC02FD4CBF4976EAA9AFD5138FE8376435B9FC61D2FC0EB06E3";

/// The numbers of RFC 8017 §3.2, 2048 bits.
pub struct Rsa {
    pub n: BigUint,
    pub e: BigUint,
    /// d, p, q, dP, dQ, qInv.
    private: [BigUint; 6],
}

pub fn rsa() -> Rsa {
    let number = |hex| BigUint::parse_bytes(hex, 16).unwrap();
    let (p, q, one, e) = (number(OAKLEY_2), number(SRP_1024), BigUint::from(1_u8), BigUint::from(65_537_u32));
    let (p_less, q_less) = (&p - &one, &q - &one);
    // Both primes are safe ones, so the least common multiple is half the product.
    let d = e.modinv(&(&p_less * &q_less / 2_u8)).unwrap();
    let private = [d.clone(), p.clone(), q.clone(), &d % &p_less, &d % &q_less, q.modinv(&p).unwrap()];
    Rsa { n: &p * &q, e, private }
}

impl Rsa {
    /// RFC 8017, A.1.2.
    pub fn pkcs1(&self) -> Vec<u8> {
        let version = BigUint::from(0_u8);
        let numbers = [&version, &self.n, &self.e].into_iter().chain(&self.private);
        sequence(&numbers.flat_map(integer).collect::<Vec<u8>>())
    }

    /// RFC 5958 §2, with rsaEncryption.
    pub fn pkcs8(&self) -> Vec<u8> {
        let algorithm = [0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00];
        sequence(&[integer(&BigUint::from(0_u8)), sequence(&algorithm), tagged(0x04, &self.pkcs1())].concat())
    }

    pub fn public_jwk(&self) -> Value {
        json!({ "kty": "RSA", "use": "sig", "kid": "key-of-a-test", "alg": "RS256", "n": text(&self.n), "e": text(&self.e) })
    }

    pub fn jwk(&self) -> Value {
        let mut jwk = self.public_jwk();
        for (name, number) in ["d", "p", "q", "dp", "dq", "qi"].into_iter().zip(&self.private) {
            jwk[name] = json!(text(number));
        }
        jwk
    }
}

/// PKCS#8 (RFC 5958), as ring makes it.
pub fn ec(curve: &'static EcdsaSigningAlgorithm) -> Vec<u8> {
    EcdsaKeyPair::generate_pkcs8(curve, &SystemRandom::new()).unwrap().as_ref().to_vec()
}

/// The JWK of an EC key on P-256, in ring's form of PKCS#8: the private key has its place in it.
pub fn ec_jwk(pkcs8: &[u8]) -> Value {
    let curve = &ring::signature::ECDSA_P256_SHA256_FIXED_SIGNING;
    let pair = EcdsaKeyPair::from_pkcs8(curve, pkcs8, &SystemRandom::new()).unwrap();
    let point = pair.public_key().as_ref().to_vec();
    let [x, y, d] = [&point[1..33], &point[33..], &pkcs8[36..68]].map(|part| BASE64_URL_SAFE_NO_PAD.encode(part));
    json!({ "kty": "EC", "crv": "P-256", "kid": "key-of-a-test", "x": x, "y": y, "d": d })
}

pub fn pem(label: &str, der: &[u8]) -> String {
    let text = BASE64_STANDARD.encode(der);
    let lines: Vec<&str> = text.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).unwrap()).collect();
    format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", lines.join("\n"))
}

fn text(number: &BigUint) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(number.to_bytes_be())
}

fn integer(number: &BigUint) -> Vec<u8> {
    let bytes = number.to_bytes_be();
    let positive = if bytes[0] & 0x80 == 0 { bytes } else { [&[0][..], &bytes].concat() };
    tagged(0x02, &positive)
}

fn sequence(content: &[u8]) -> Vec<u8> {
    tagged(0x30, content)
}

fn tagged(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = content.len();
    let head = match length {
        0..128 => vec![tag, length as u8],
        128..256 => vec![tag, 0x81, length as u8],
        _ => vec![tag, 0x82, (length >> 8) as u8, length as u8],
    };
    [&head[..], content].concat()
}

//! An authorization server nobody here wrote: oidc-provider (npm), which takes part in OpenID's certification.

#[path = "../../src/source/oauth/tests/keys.rs"]
mod keys;

use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::Duration;

use postman_scim_sync::clock::Clock;
use postman_scim_sync::config::Http;
use postman_scim_sync::config::secret::{Keeper, SecretFile};
use postman_scim_sync::source::oauth::{Grant, Granted, KeyFile, Place, Tokens};
use ring::signature::ECDSA_P256_SHA256_FIXED_SIGNING;
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use tempfile::TempDir;
use url::Url;

use crate::directory::process::{Server, free_port};
use crate::node;

const SECRET: &str = "obviously false: a+b=c & 100%, thirty-two letters long";

struct AuthorizationServer {
    _process: Server,
    url: Url,
    folder: TempDir,
}

impl AuthorizationServer {
    /// On a port that is free; if somebody else takes it meanwhile, on another.
    fn start(clients: &Value) -> Self {
        let folder = TempDir::new().unwrap();
        let log = folder.path().join("log");
        for _ in 0..20 {
            let port = free_port();
            let mut command = node::script("authorization_server");
            command.args([&port.to_string(), &clients.to_string(), "3600"]);
            let process = Server::spawn(&command, &log);
            if ready(&log) && TcpStream::connect(("127.0.0.1", port)).is_ok() {
                let url = Url::parse(&format!("http://127.0.0.1:{port}/token")).unwrap();
                return Self { _process: process, url, folder };
            }
        }
        panic!("it does not start:\n{}", std::fs::read_to_string(log).unwrap_or_default());
    }

    fn file(&self, name: &str, content: &str) -> SecretFile {
        let path = self.folder.path().join(name);
        std::fs::write(&path, content).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
        SecretFile { path, keeper: Keeper::Owner }
    }

    fn secret(&self, client_id: &str, secret: &str, place: Place) -> Grant {
        Grant::ClientSecret { client_id: client_id.into(), secret: self.file("the.secret", secret), place }
    }

    fn signed(&self, client_id: &str, key: &str, audience: Option<String>) -> Grant {
        let key = KeyFile { file: self.file("the.key", key), id: Some("key-of-a-test".into()), certificate: None };
        Grant::ClientAssertion { client_id: client_id.into(), key, audience }
    }

    /// Two tokens in a row, and what the second one allows.
    fn granted(&self, grant: Grant) -> Result<Granted, String> {
        let tokens = Tokens::open(&self.url, Some("users.read"), grant, &Http::default(), Clock::System).unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let first = tokens.token().await.map_err(|error| error.to_string())?;
            assert_eq!(tokens.token().await.unwrap().expose_secret(), first.expose_secret());
            tokens.refused(first.expose_secret()).await;
            assert_ne!(tokens.token().await.unwrap().expose_secret(), first.expose_secret());
            tokens.granted().await.map_err(|error| error.to_string())
        })
    }
}

/// Until it says so, or says what is wrong.
fn ready(log: &Path) -> bool {
    for _ in 0..1_200 {
        let said = std::fs::read_to_string(log).unwrap_or_default();
        if said.contains("ready") || said.contains("Error") {
            return said.contains("ready");
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    false
}

#[track_caller]
fn good(granted: Result<Granted, String>, client: &str) {
    let granted = granted.unwrap();
    assert_eq!(granted.scopes.iter().collect::<Vec<_>>(), ["users.read"]);
    assert_eq!(granted.client.as_deref(), Some(client));
    assert!(granted.issuer.unwrap().starts_with("http://127.0.0.1:"));
}

#[test]
fn a_client_secret_in_the_header_and_in_the_form() {
    let client = |id: &str, method: &str| json!({ "client_id": id, "client_secret": SECRET, "token_endpoint_auth_method": method });
    let server = AuthorizationServer::start(&json!([
        client("basic", "client_secret_basic"),
        client("post", "client_secret_post"),
    ]));
    good(server.granted(server.secret("basic", SECRET, Place::Basic)), "basic");
    good(server.granted(server.secret("post", SECRET, Place::Body)), "post");
    let said = server.granted(server.secret("basic", "another one", Place::Basic)).unwrap_err();
    assert!(said.contains("HTTP 401, invalid_client): client id or secret are not accepted"), "{said}");
}

#[test]
fn a_private_key_and_dpop() {
    let (rsa, ec) = (keys::rsa(), keys::ec(&ECDSA_P256_SHA256_FIXED_SIGNING));
    let mut ec_public = keys::ec_jwk(&ec);
    ec_public.as_object_mut().unwrap().remove("d");
    let mut rsa_public = rsa.public_jwk();
    rsa_public.as_object_mut().unwrap().remove("alg");
    let client = |id: &str, jwk: &Value, alg: &str| {
        json!({
            "client_id": id, "token_endpoint_auth_method": "private_key_jwt", "jwks": { "keys": [jwk] },
            "token_endpoint_auth_signing_alg": alg, "dpop_bound_access_tokens": id == "dpop",
        })
    };
    let server = AuthorizationServer::start(&json!([
        client("rsa", &rsa_public, "RS256"),
        client("pss", &rsa_public, "PS256"),
        client("ec", &ec_public, "ES256"),
        client("dpop", &rsa_public, "RS256"),
    ]));
    let pem = keys::pem("RSA PRIVATE KEY", &rsa.pkcs1());
    let mut pss = rsa.jwk();
    pss["alg"] = json!("PS256");
    good(server.granted(server.signed("rsa", &pem, None)), "rsa");
    good(server.granted(server.signed("pss", &pss.to_string(), None)), "pss");
    good(server.granted(server.signed("ec", &keys::pem("PRIVATE KEY", &ec), None)), "ec");
    // The issuer may be the audience, too; anything else is another server's.
    let issuer = server.url.as_str().trim_end_matches("/token").to_owned();
    let pkcs8 = keys::pem("PRIVATE KEY", &rsa.pkcs8());
    good(server.granted(server.signed("rsa", &pkcs8, Some(issuer))), "rsa");
    for grant in
        [server.signed("rsa", &pem, Some("https://another.example/token".into())), server.signed("ec", &pem, None)]
    {
        let said = server.granted(grant).unwrap_err();
        assert!(said.contains("invalid_client): the signed assertion is not accepted"), "{said}");
    }
    let said = server.granted(server.signed("dpop", &pem, None)).unwrap_err();
    assert!(said.contains("does the client demand DPoP proofs (RFC 9449)"), "{said}");
}

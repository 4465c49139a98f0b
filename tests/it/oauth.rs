//! Access tokens over HTTP: a token endpoint that checks signatures and claims, and what is asked of it when.

#[path = "../../src/source/oauth/tests/keys.rs"]
mod keys;
mod refused;
mod shown;

use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::time::Duration;

use futures_util::future::join_all;
use postman_scim_sync::clock::Clock;
use postman_scim_sync::config::Http;
use postman_scim_sync::config::secret::{Keeper, SecretFile};
use postman_scim_sync::source::SourceError;
use postman_scim_sync::source::oauth::{Grant, KeyFile, Place, Tokens};
use ring::signature::{RSA_PKCS1_2048_8192_SHA256, RSA_PSS_2048_8192_SHA256, RsaParameters, RsaPublicKeyComponents};
use secrecy::ExposeSecret;
use serde_json::json;
use tempfile::TempDir;
use tokio::runtime::Runtime;

use crate::directories::token_endpoint::{Client, NOW, TokenEndpoint, Verify};

const ID: &str = "client of a test: 1+1=2 & 100%";
const SECRET: &str = "obviously false: a+b=c & 100% ключ";
const SCOPE: &str = "users.read groups.read";

/// An endpoint, and a client with files of its own and a clock that can be moved.
struct Lab {
    runtime: Runtime,
    endpoint: TokenEndpoint,
    clock: Clock,
    folder: TempDir,
}

impl Lab {
    fn new(client: Client) -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let clock = runtime.block_on(async { Clock::virtual_at(NOW) });
        Self { runtime, endpoint: TokenEndpoint::start(client), clock, folder: TempDir::new().unwrap() }
    }

    fn file(&self, name: &str, content: impl AsRef<[u8]>) -> SecretFile {
        let path = self.path(name);
        std::fs::write(&path, content).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
        SecretFile { path, keeper: Keeper::Owner }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn tokens(&self, grant: Grant) -> Tokens {
        Tokens::open(&self.endpoint.url(), Some(SCOPE), grant, &Http::default(), self.clock).unwrap()
    }

    fn ask(&self, tokens: &Tokens) -> Result<String, SourceError> {
        self.runtime.block_on(tokens.token()).map(|token| token.expose_secret().to_owned())
    }

    #[track_caller]
    fn token(&self, tokens: &Tokens) -> String {
        self.ask(tokens).unwrap()
    }

    #[track_caller]
    fn refusal(&self, tokens: &Tokens) -> String {
        self.ask(tokens).unwrap_err().to_string()
    }

    /// Lets time pass on both sides.
    fn pass(&self, seconds: u64) {
        self.endpoint.change(|knobs| knobs.now_unix_s += i64::try_from(seconds).unwrap());
        self.runtime.block_on(async {
            tokio::time::pause();
            tokio::time::advance(Duration::from_secs(seconds)).await;
            tokio::time::resume();
        });
    }
}

/// A client with a secret in the header.
fn with_secret() -> (Lab, Tokens) {
    let lab = Lab::new(Client::Basic(ID, SECRET.into()));
    let secret = lab.file("the.secret", format!("{SECRET}\n"));
    let tokens = lab.tokens(Grant::ClientSecret { client_id: ID.into(), secret, place: Place::Basic });
    (lab, tokens)
}

/// A client with the RSA key of the tests.
fn with_key() -> (Lab, Tokens) {
    let header = json!({ "alg": "RS256", "kid": "key-of-a-test" });
    let lab = Lab::new(Client::Assertion { id: ID, header, verify: rsa(&RSA_PKCS1_2048_8192_SHA256) });
    let key = KeyFile { file: lab.file("the.jwk", keys::rsa().jwk().to_string()), id: None, certificate: None };
    let tokens = lab.tokens(Grant::ClientAssertion { client_id: ID.into(), key, audience: None });
    (lab, tokens)
}

fn rsa(parameters: &'static RsaParameters) -> Verify {
    let key = keys::rsa();
    let public = RsaPublicKeyComponents { n: key.n.to_bytes_be(), e: key.e.to_bytes_be() };
    Box::new(move |message, signature| public.verify(parameters, message, signature).is_ok())
}

#[test]
fn a_token_is_used_until_it_ends_soon() {
    // A minute before the end, or a third of the life.
    for (life_s, used_s, renewed_s) in [(3_600, 3_500, 3_540), (180, 80, 120), (60, 20, 40), (0, 0, 0)] {
        let (lab, tokens) = with_secret();
        lab.endpoint.change(|knobs| knobs.life_s = life_s);
        assert_eq!(lab.token(&tokens), "false-token-1");
        if used_s > 0 {
            lab.pass(used_s);
            assert_eq!(lab.token(&tokens), "false-token-1", "{life_s} s");
            lab.pass(renewed_s - used_s);
        }
        assert_eq!(lab.token(&tokens), "false-token-2", "{life_s} s");
        assert_eq!(lab.endpoint.n_asked(), 2);
    }
}

#[test]
fn callers_beside_each_other_ask_once() {
    let (lab, tokens) = with_secret();
    for (token, pass_s) in [("false-token-1", 4_000), ("false-token-2", 0)] {
        let all = lab.runtime.block_on(join_all((0..16).map(|_| tokens.token())));
        assert!(all.into_iter().all(|answer| answer.unwrap().expose_secret() == token));
        assert_eq!(lab.endpoint.n_asked(), 1);
        lab.pass(pass_s);
    }
}

#[test]
fn a_refused_token_is_renewed_once() {
    let (lab, tokens) = with_secret();
    let first = lab.token(&tokens);
    // Eight requests were under way with it.
    lab.runtime.block_on(join_all((0..8).map(|_| tokens.refused(&first))));
    assert_eq!(lab.token(&tokens), "false-token-2");
    // The ninth comes late: the token in force is another.
    lab.runtime.block_on(tokens.refused(&first));
    assert_eq!(lab.token(&tokens), "false-token-2");
    assert_eq!(lab.endpoint.n_asked(), 2);
}

#[test]
fn a_caller_that_gives_up_leaves_the_others_alone() {
    let (lab, tokens) = with_secret();
    lab.endpoint.change(|knobs| knobs.trouble = vec![(503, ("retry-after", "30"), json!({}))]);
    lab.runtime.block_on(async {
        let asking = tokio::time::timeout(Duration::from_millis(200), tokens.token());
        assert!(asking.await.is_err(), "it waits as it was told");
    });
    assert_eq!(lab.token(&tokens), "false-token-1");
}

#[test]
fn what_a_token_allows_costs_no_request_more() {
    let (lab, tokens) = with_secret();
    lab.endpoint.change(|knobs| knobs.more = json!({ "scope": "users.read" }));
    lab.token(&tokens);
    let granted = lab.runtime.block_on(tokens.granted()).unwrap();
    assert_eq!(granted.scopes.into_iter().collect::<Vec<_>>(), ["users.read"]);
    assert_eq!(lab.endpoint.n_asked(), 1);
}

#[test]
fn credentials_go_to_https_or_to_this_machine() {
    let (lab, _) = with_secret();
    let secret = lab.file("the.secret", SECRET);
    for url in
        ["http://idp.acme.example/token", "https://user:pw@idp.acme.example/token", "https://idp.acme.example/token#x"]
    {
        let grant = Grant::ClientSecret { client_id: ID.into(), secret: secret.clone(), place: Place::Body };
        let url = url::Url::parse(url).unwrap();
        let said = Tokens::open(&url, None, grant, &Http::default(), lab.clock).err().unwrap().to_string();
        assert!(said.starts_with("idp.acme.example: the base URL") && !said.contains("pw"), "{said}");
    }
    assert_eq!(lab.endpoint.n_asked(), 0);
}

/// It is not younger than the question: an answer may take its time.
#[test]
fn the_life_of_a_token_begins_when_it_was_asked_for() {
    let (lab, tokens) = with_secret();
    lab.endpoint.change(|knobs| {
        knobs.life_s = 3;
        knobs.trouble = vec![(503, ("retry-after", "2"), json!({}))];
    });
    assert_eq!(lab.token(&tokens), "false-token-1");
    assert_eq!(lab.token(&tokens), "false-token-2", "a third before the end, and two seconds had passed");
}

//! A REST API that takes tokens: one renewal after a 401, and no second one.

use std::os::unix::fs::PermissionsExt;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::{Request, State};
use axum::response::IntoResponse;
use url::Url;

use crate::clock::Clock;
use crate::config::Http;
use crate::config::secret::{Keeper, SecretFile};
use crate::source::oauth::{Grant, Place, Tokens};
use crate::source::rest::{Credential, On500, Rest};

/// What was asked, in order; `/token` gives t1, t2 and so on, and `/Users` takes those from `taken_from`.
struct Api {
    asked: Vec<String>,
    issued: usize,
    taken_from: usize,
}

async fn answer(State(api): State<Arc<Mutex<Api>>>, request: Request) -> impl IntoResponse {
    let mut api = api.lock().unwrap();
    let shown = request.headers().get("authorization").map(|value| value.to_str().unwrap().to_owned());
    let path = request.uri().path().to_owned();
    if path == "/token" {
        api.issued += 1;
        api.asked.push(path);
        return (
            axum::http::StatusCode::OK,
            format!(r#"{{"access_token":"t{}","token_type":"Bearer","expires_in":60}}"#, api.issued),
        );
    }
    let shown = shown.unwrap_or_default();
    api.asked.push(format!("{path} {shown}"));
    let number: usize = shown.trim_start_matches("Bearer t").parse().unwrap();
    let status = if number < api.taken_from { 401 } else { 200 };
    (axum::http::StatusCode::from_u16(status).unwrap(), "{}".to_owned())
}

/// An API, and a client of it; the folder has its secret.
async fn opened(clock: Clock) -> (Arc<Mutex<Api>>, Rest, tempfile::TempDir) {
    let api = Arc::new(Mutex::new(Api { asked: Vec::new(), issued: 0, taken_from: 1 }));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = Url::parse(&format!("http://{}/", listener.local_addr().unwrap())).unwrap();
    let router = Router::new().fallback(answer).with_state(api.clone());
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("the.secret");
    std::fs::write(&path, "obviously false").unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
    let secret = SecretFile { path, keeper: Keeper::Owner };
    let grant = Grant::ClientSecret { client_id: "sync".into(), secret, place: Place::Basic };
    let http = Http::default();
    let tokens = Tokens::open(&base.join("token").unwrap(), None, grant, &http, clock).unwrap();
    let rest = Rest::open(&base, &http, Credential::OAuth(Box::new(tokens)), "application/json", clock).unwrap();
    (api, rest, folder)
}

#[tokio::test]
async fn a_token_that_is_refused_is_renewed_once_a_request() {
    let (api, rest, _folder) = opened(Clock::System).await;
    for (taken_from, status, asked) in [
        (1, 200, &["/token", "/Users Bearer t1"][..]),
        (1, 200, &["/Users Bearer t1"]),
        (2, 200, &["/Users Bearer t1", "/token", "/Users Bearer t2"]),
        (9, 401, &["/Users Bearer t2", "/token", "/Users Bearer t3"]),
    ] {
        api.lock().unwrap().taken_from = taken_from;
        let answer = rest.get("/Users?count=1", On500::TryAgain).await.unwrap();
        assert_eq!(answer.status, status);
        assert_eq!(std::mem::take(&mut api.lock().unwrap().asked), asked);
    }
}

/// A reading of many minutes with tokens that live one: each is renewed before it ends, and no page is asked for twice.
#[tokio::test]
async fn a_token_that_ends_soon_is_renewed_before_anybody_refuses_it() {
    let (api, rest, _folder) = opened(Clock::virtual_at(1_800_000_000)).await;
    let mut expected = Vec::new();
    for token in 1..=5 {
        expected.push("/token".to_owned());
        for _ in 0..2 {
            expected.push(format!("/Users Bearer t{token}"));
            assert_eq!(rest.get("/Users?count=1", On500::TryAgain).await.unwrap().status, 200);
            tokio::time::pause();
            tokio::time::advance(std::time::Duration::from_secs(20)).await;
            tokio::time::resume();
        }
    }
    assert_eq!(api.lock().unwrap().asked, expected);
}

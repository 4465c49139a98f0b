//! The next page is on its way before anybody has looked at this one, and no further one is.

use std::os::unix::fs::PermissionsExt;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::extract::{Request, State};
use url::Url;

use super::*;
use crate::clock::Clock;
use crate::config::Http;
use crate::config::keycloak_source::{Access, KeycloakSettings};
use crate::config::secret::{Keeper, SecretFile};

/// Where the pages that were asked for begin.
type Asked = Arc<Mutex<Vec<u64>>>;

/// Nine people, one on a page; whatever else is asked for gets a token.
async fn answer(State(asked): State<Asked>, request: Request) -> String {
    let query = request.uri().query().unwrap_or_default().to_owned();
    let Some(first) = query.split("first=").nth(1).and_then(|rest| rest.split('&').next()?.parse().ok()) else {
        return r#"{"access_token":"false","token_type":"Bearer"}"#.into();
    };
    asked.lock().unwrap().push(first);
    if first < 9 { format!("[{{\"id\": \"{first}\"}}]") } else { "[]".into() }
}

async fn realm(folder: &std::path::Path) -> (KeycloakSettings, Asked) {
    let asked = Asked::default();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = Url::parse(&format!("http://{}", listener.local_addr().unwrap())).unwrap();
    let router = Router::new().fallback(answer).with_state(asked.clone());
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    let path = folder.join("keycloak.secret");
    std::fs::write(&path, "obviously false").unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
    let settings = KeycloakSettings {
        pushed: Vec::new(),
        url,
        realm: "acme".into(),
        client_id: "sync".into(),
        access: Access::Secret(SecretFile { path, keeper: Keeper::Owner }),
        groups: Vec::new(),
        nested_groups: true,
        is_whole: false,
        page_size: 1,
        timeout: Duration::from_secs(60),
        sentinels: Vec::new(),
        inactive_sentinels: Vec::new(),
    };
    (settings, asked)
}

/// Waits until so many were asked for.
async fn until(asked: &Asked, pages: usize) {
    let enough = async {
        while asked.lock().unwrap().len() < pages {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), enough).await.expect("the page was asked for");
}

/// Where they were counted nobody asks behind the last one; where not, the empty page is the end.
#[tokio::test]
async fn one_page_is_on_its_way_while_one_is_folded() {
    let folder = tempfile::tempdir().unwrap();
    for (wanted, pages) in [(Some(9), 9), (None, 10)] {
        let (settings, asked) = realm(folder.path()).await;
        let server = Server::open(&settings, &Http::default(), Clock::System).unwrap();
        let mut listing = Listing::of(&server, "users", "/users".into(), wanted);
        for page in 1..=9 {
            let rows = listing.next().await.unwrap().unwrap();
            assert_eq!(rows[0].0, (page - 1).to_string());
            // The caller does nothing, and the next one comes; the one behind it is not asked for.
            let n = (page + 1).min(pages);
            until(&asked, n).await;
            assert_eq!(*asked.lock().unwrap(), (0..n as u64).collect::<Vec<_>>());
        }
        while listing.next().await.unwrap().is_some() {}
        assert_eq!((asked.lock().unwrap().len(), listing.seen().entries()), (pages, 9));
    }
}

//! The next page is on its way before anybody has looked at this one, and no further one is.

use std::os::unix::fs::PermissionsExt;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::extract::{Request, State};
use url::Url;

use super::super::person::tests::settings;
use super::*;
use crate::clock::Clock;
use crate::config::Http;
use crate::config::secret::{Keeper, SecretFile};
use crate::source::rest::{Credential, Rest};

/// The numbers of the pages that were asked for.
type Asked = Arc<Mutex<Vec<u32>>>;

/// Page n has one row, n, and leads to n + 1, up to 9.
async fn answer(State(asked): State<Asked>, request: Request) -> String {
    let query = request.uri().query().unwrap_or_default().to_owned();
    let page = query.split_once("&pageToken=").map_or(1, |(_, page)| page.parse().unwrap());
    asked.lock().unwrap().push(page);
    let next = if page < 9 { format!("\"nextPageToken\": \"{}\", ", page + 1) } else { String::new() };
    format!("{{\"kind\": \"admin#directory#users\", {next}\"users\": [{{\"id\": \"{page}\"}}]}}")
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

#[tokio::test]
async fn one_page_is_on_its_way_while_one_is_folded() {
    let (folder, asked, http) = (tempfile::tempdir().unwrap(), Asked::default(), Http::default());
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = Url::parse(&format!("http://{}", listener.local_addr().unwrap())).unwrap();
    let router = Router::new().fallback(answer).with_state(asked.clone());
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    let path = folder.path().join("a.token");
    std::fs::write(&path, "obviously false").unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
    let credential = Credential::Token { scheme: "Bearer", file: SecretFile { path, keeper: Keeper::Owner } };
    let rest = Arc::new(Rest::open(&url, &http, credential, "application/json", Clock::System).unwrap());
    let settings = settings();
    let server = Server { rest, settings: &settings, http: &http, clock: Clock::System };

    let mut listing = Listing::of(&server, Of::People);
    for page in 1..=9 {
        let rows = listing.next().await.unwrap().unwrap();
        assert_eq!(rows[0].0, page.to_string());
        // The caller does nothing, and the next one comes; the one behind it is not asked for.
        until(&asked, (page + 1).min(9)).await;
        assert_eq!(*asked.lock().unwrap(), (1..=u32::try_from(page + 1).unwrap().min(9)).collect::<Vec<_>>());
    }
    assert!(listing.next().await.unwrap().is_none());
    assert_eq!(listing.checked(), "9 in 9 pages");
}

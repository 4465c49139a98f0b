//! The next page is on its way before anybody has looked at this one, and no further one is.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::extract::{Request, State};
use axum::response::IntoResponse;
use url::Url;

use super::super::person::tests::settings;
use super::super::server::Server;
use super::*;
use crate::clock::Clock;
use crate::config::Http;
use crate::config::okta_source::{Access, OktaSettings, Whom};
use crate::config::secret::{Keeper, SecretFile};

/// The numbers of the pages that were asked for.
type Asked = Arc<Mutex<Vec<u32>>>;

/// Page n has one row, n, and leads to n + 1, up to 9.
async fn answer(State(asked): State<Asked>, request: Request) -> impl IntoResponse {
    let query = request.uri().query().unwrap_or_default().to_owned();
    let page = query.strip_prefix("page=").and_then(|page| page.parse().ok()).unwrap_or(0);
    asked.lock().unwrap().push(page);
    let link =
        if page < 9 { format!("</api/v1/users?page={}>; rel=\"next\"", page + 1) } else { "<x>; rel=\"self\"".into() };
    ([("link", link)], format!("[{{\"id\": \"{page}\"}}]"))
}

async fn org(folder: &std::path::Path) -> (OktaSettings, Asked) {
    use std::os::unix::fs::PermissionsExt;
    let asked = Asked::default();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = Url::parse(&format!("http://{}", listener.local_addr().unwrap())).unwrap();
    let router = Router::new().fallback(answer).with_state(asked.clone());
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    let path = folder.join("okta.token");
    std::fs::write(&path, "obviously false").unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
    let access = Access::Ssws { token: SecretFile { path, keeper: Keeper::Owner } };
    (OktaSettings { url, access, ..settings(Whom::Everybody) }, asked)
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
    let folder = tempfile::tempdir().unwrap();
    let (settings, asked) = org(folder.path()).await;
    let server = Server::open(&settings, &Http::default(), Clock::System).unwrap();
    let mut listing = Listing::of(&server, "users", "/api/v1/users?page=1".into());
    for page in 1..=9 {
        let rows = listing.next().await.unwrap().unwrap();
        assert_eq!(rows[0].0, page.to_string());
        // The caller does nothing, and the next one comes; the one behind it is not asked for.
        until(&asked, (page + 1).min(9)).await;
        assert_eq!(*asked.lock().unwrap(), (1..=u32::try_from(page + 1).unwrap().min(9)).collect::<Vec<_>>());
    }
    assert!(listing.next().await.unwrap().is_none());
    assert_eq!(listing.seen().checked(), "9 in 9 pages");
}

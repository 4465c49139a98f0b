//! The next page is on its way before anybody has looked at this one, and no further one is.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::{Request, State};
use axum::response::IntoResponse;
use url::Url;

use super::super::graph::USERS;
use super::*;
use crate::clock::Clock;
use crate::config::Http;
use crate::config::entra_source::{Access, EntraSettings, Who};
use crate::config::secret::{Keeper, SecretFile};

/// Page n has one row, n, and leads to n + 1, up to this one.
const PAGES: usize = 9;

/// Where it is, and the numbers of the pages that were asked for.
struct Tenant {
    base: String,
    asked: Mutex<Vec<usize>>,
}

async fn answer(State(tenant): State<Arc<Tenant>>, request: Request) -> impl IntoResponse {
    if request.uri().path() == "/token" {
        return r#"{"access_token":"false","token_type":"Bearer"}"#.to_owned();
    }
    let page: usize = request.uri().query().unwrap().strip_prefix("page=").unwrap().parse().unwrap();
    tenant.asked.lock().unwrap().push(page);
    let link = format!(r#""@odata.nextLink": "{}/v1.0/users?page={}","#, tenant.base, page + 1);
    let link = if page < PAGES { link } else { String::new() };
    format!(r#"{{{link} "value": [{{"id": "{page}"}}]}}"#)
}

async fn tenant(folder: &Path) -> (EntraSettings, Arc<Tenant>) {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let tenant = Arc::new(Tenant { base: base.clone(), asked: Mutex::default() });
    let router = Router::new().fallback(answer).with_state(tenant.clone());
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    let path = folder.join("the.secret");
    std::fs::write(&path, "obviously false").unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
    let settings = EntraSettings {
        pushed: Vec::new(),
        nested_groups: true,
        url: Url::parse(&format!("{base}/v1.0")).unwrap(),
        scope: format!("{base}/.default"),
        token_url: Url::parse(&format!("{base}/token")).unwrap(),
        tenant: "acme.example".into(),
        client_id: "c1".into(),
        access: Access::Secret(SecretFile { path, keeper: Keeper::Owner }),
        who: Who::Everybody { filter: None },
        properties: Vec::new(),
        guests: false,
        page_size: 1,
        limit_share: 50,
        timeout: Duration::from_secs(600),
        sentinels: Vec::new(),
        inactive_sentinels: Vec::new(),
    };
    (settings, tenant)
}

/// The rows of a page are taken one after the other by a function that waits for the request behind it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_page_is_on_its_way_while_one_is_handed_over() {
    let folder = tempfile::tempdir().unwrap();
    let (settings, tenant) = tenant(folder.path()).await;
    let graph = Graph::open(&settings, &Http::default(), Clock::System).unwrap();
    let mut listing = Listing::new(&graph, "/users?page=1".into(), USERS);
    let mut page = 0;
    let deadline = Instant::now() + Duration::from_secs(60);
    listing
        .rest(&mut |row| {
            page += 1;
            assert_eq!(row["id"], page.to_string());
            let expected: Vec<_> = (1..=(page + 1).min(PAGES)).collect();
            while tenant.asked.lock().unwrap().len() < expected.len() && Instant::now() < deadline {
                std::thread::sleep(Duration::from_millis(5));
            }
            assert_eq!(*tenant.asked.lock().unwrap(), expected, "asked for while page {page} is handed over");
            Ok(())
        })
        .await
        .unwrap();
    assert_eq!(page, PAGES);
}

//! Microsoft's MSAL and msgraph-core for Python against the emulator of Entra ID. MSAL insists on https; the script takes
//! the same requests over to http, so that everything but the transport is Microsoft's.

use serde_json::{Value, json};

use crate::directories::cloud::Failure;
use crate::directories::entra::{APP, CLIENT, Entra, Federated, SECRET, TENANT, group, group_id, user, user_id};
use crate::directories::jwt;
use crate::support::crowd;

use super::{ran, seen};

fn entra() -> Entra {
    let entra = Entra::start_tenant(crowd(5).iter().map(user).collect());
    entra.change(|tenant| {
        tenant.common.paging.most = Some(2);
        tenant.login_host = Some(tenant.common.base.replace("http:", "https:"));
        tenant.groups.push(group("1", "Outer", &[user_id("1"), group_id("2")]));
        tenant.groups.push(group("2", "Inner", &[user_id("2"), user_id("3")]));
        for (kind, id) in [("User", user_id("4")), ("Group", group_id("1")), ("User", user_id("5"))] {
            tenant.assign(kind, &id);
        }
        tenant.clients.get_mut(CLIENT).unwrap().federated.push(Federated {
            issuer: "https://k8s.example".into(),
            subject: "sync".into(),
            audience: "api://AzureADTokenExchange".into(),
            keys: vec![jwt::public_jwk("k8s")],
        });
    });
    entra
}

fn client(entra: &Entra) -> Vec<(String, Value)> {
    let folder = tempfile::TempDir::new().unwrap();
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let der = entra.change(|tenant| tenant.clients[CLIENT].certificates[0].clone());
    let now = entra.change(|tenant| tenant.common.now());
    let audience = "api://AzureADTokenExchange";
    let claims = json!({ "iss": "https://k8s.example", "sub": "sync", "aud": audience, "exp": now + 600 });
    let key = write("false.pem", jwt::KEY);
    let certificate = write("false.crt", &jwt::pem("CERTIFICATE", &der));
    let foreign = write("token", &jwt::signed(&json!({ "alg": "RS256", "kid": "k8s" }), &claims));
    let (url, group) = (entra.url(), group_id("1"));
    ran("entra_client.py", &[&url, TENANT, CLIENT, SECRET, &key, &certificate, &foreign, APP, &group])
}

fn ids(rows: &[&str]) -> Vec<String> {
    rows.iter().map(|row| user_id(row)).collect()
}

#[test]
fn microsofts_libraries_sign_in_and_read_page_by_page() {
    let entra = entra();
    // The middleware of msgraph-core waits as long as it is told, and asks again.
    entra.change(|tenant| tenant.common.trouble.push(("$filter=id", Failure::Throttled(1))));
    let steps = client(&entra);
    for name in ["secret", "certificate, SHA-256", "certificate, SHA-1", "federated token"] {
        assert_eq!(seen(&steps, name), json!(["Bearer", 3599]), "{name}");
    }
    assert_eq!(seen(&steps, "wrong secret"), json!(["invalid_client", [7_000_215]]));
    assert_eq!(seen(&steps, "wrong tenant"), json!("invalid_request"));
    assert_eq!(seen(&steps, "users"), json!(ids(&["1", "2", "3", "4", "5"])));
    assert_eq!(seen(&steps, "transitive users"), json!(ids(&["1", "2", "3"])));
    assert_eq!(seen(&steps, "assigned"), json!([user_id("4"), group_id("1"), user_id("5")]));
    assert_eq!(seen(&steps, "after 429"), json!([user_id("1")]));
    assert_eq!(seen(&steps, "refused")[0], json!(404));
    assert_eq!(entra.writes(), Vec::<String>::new());
}

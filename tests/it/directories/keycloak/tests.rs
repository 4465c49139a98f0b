//! The emulator does what Keycloak's documents say, asked without a library in between. What a library that others made
//! makes of it is in tests/interop.

use serde_json::{Value, json};

use base64::Engine;

use crate::directories::asking::{Answer, ask, form};
use crate::directories::cloud::{CANARY, Failure, merged};
use crate::directories::jwt::{self, Jwt};
use crate::directories::keycloak::*;
use crate::support::crowd;

const USERS: &str = "/admin/realms/acme/users";
const GROUPS: &str = "/admin/realms/acme/groups";
const TOKEN: &str = "/realms/acme/protocol/openid-connect/token";

/// Engineering (1, 2) with Backend (3) in it, and eleven teams in that; Sales (4) is beside it.
fn keycloak(people: usize) -> Keycloak {
    let keycloak = Keycloak::start_realm(crowd(people).iter().map(user).collect());
    keycloak.change(|realm| {
        realm.groups = vec![
            group("1", "Engineering", None, &["1", "2"]),
            group("2", "Backend", Some("1"), &["3"]),
            group("3", "Sales", None, &["4"]),
        ];
        realm.groups.extend((10..21).map(|i| group(&i.to_string(), &format!("Team {i}"), Some("2"), &[])));
    });
    keycloak
}

fn post(keycloak: &Keycloak, basic: Option<&str>, fields: &[(&str, &str)]) -> Answer {
    let basic = basic.map(|both| format!("Basic {}", base64::prelude::BASE64_STANDARD.encode(both)));
    let mut headers = vec![("content-type", "application/x-www-form-urlencoded")];
    headers.extend(basic.as_deref().map(|basic| ("authorization", basic)));
    ask(keycloak.address, "POST", TOKEN, &headers, &form(&[&[("grant_type", "client_credentials")], fields].concat()))
}

fn bearer(keycloak: &Keycloak) -> String {
    let answer = post(keycloak, None, &[("client_id", CLIENT), ("client_secret", SECRET)]);
    format!("Bearer {}", answer.json()["access_token"].as_str().unwrap_or_else(|| panic!("{}", answer.body)))
}

fn with(keycloak: &Keycloak, bearer: &str, target: &str) -> Answer {
    let target = target.replace(' ', "%20").replace('"', "%22");
    ask(keycloak.address, "GET", &target, &[("authorization", bearer)], "")
}

fn get(keycloak: &Keycloak, target: &str) -> Answer {
    with(keycloak, &bearer(keycloak), target)
}

fn said(answer: &Answer) -> (u16, String) {
    (answer.status, answer.json()["error"].as_str().unwrap().to_owned())
}

fn ids(rows: &[&str]) -> Vec<String> {
    rows.iter().map(|row| user_id(row)).collect()
}

fn assertion(keycloak: &Keycloak, other: Value) -> String {
    let now = keycloak.change(|realm| realm.common.now());
    let id = keycloak.change(|realm| realm.common.fresh("jti"));
    let audience = format!("{}/realms/acme", keycloak.url());
    let right = json!({ "iss": CLIENT, "sub": CLIENT, "aud": audience, "iat": now, "exp": now + 60, "jti": id });
    jwt::signed(&json!({ "alg": "RS256", "kid": KID }), &merged(right, &other))
}

fn by_assertion(keycloak: &Keycloak, assertion: &str) -> Answer {
    let kind = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
    post(keycloak, None, &[("client_assertion_type", kind), ("client_assertion", assertion)])
}

#[test]
fn people_come_by_username_and_nothing_says_that_there_are_more() {
    let keycloak = keycloak(101);
    let all = |target: &str| get(&keycloak, &format!("{USERS}{target}")).all("id");
    assert_eq!((all("").len(), all("?max=500").len(), all("?first=100&max=100").len()), (100, 101, 1));
    assert_eq!((all("?first=101"), all("?max=-1").len()), (ids(&[]), 101));
    assert_eq!(all("?max=3"), ids(&["100", "101", "10"]), "p100@, p101@, p10@: by username");
    assert_eq!(get(&keycloak, &format!("{USERS}/count")).json(), json!(101));
    let answer = get(&keycloak, USERS);
    assert_eq!((answer.lines("link"), answer.json()[0].get("attributes")), (Vec::new(), None));
    assert_eq!(get(&keycloak, &format!("{USERS}?first=x")).status, 404, "no number, no such place");
}

#[test]
fn whoever_moves_between_two_pages_hides_or_repeats_somebody() {
    let pages = |change: fn(&mut Realm)| {
        let keycloak = keycloak(4);
        keycloak.change(|realm| realm.common.before("first=2", 1, change));
        let first = get(&keycloak, &format!("{USERS}?first=0&max=2")).all("id");
        [first, get(&keycloak, &format!("{USERS}?first=2&max=2")).all("id")]
    };
    assert_eq!(pages(|_| {}), [ids(&["1", "2"]), ids(&["3", "4"])]);
    assert_eq!(pages(|realm| realm.delete("1")), [ids(&["1", "2"]), ids(&["4"])], "3 is in no page");
    assert_eq!(pages(|realm| realm.rename("1", "zoe")), [ids(&["1", "2"]), ids(&["4", "1"])], "3 is in no page");
    let added = pages(|realm| {
        realm.people.push(user(&crowd(5)[4]));
        realm.rename("5", "aaron");
    });
    assert_eq!(added, [ids(&["1", "2"]), ids(&["2", "3"])], "2 comes twice");
    assert_eq!(pages(|realm| realm.common.paging.repeated = true)[1], ids(&["2", "3"]));
}

#[test]
fn a_person_is_brief_or_whole() {
    let keycloak = keycloak(2);
    keycloak.change(|realm| {
        realm.person("1")["attributes"] = json!({ "department": ["Research"] });
        realm.person("2")["lastName"] = Value::Null;
    });
    let whole = get(&keycloak, USERS).json();
    assert_eq!((&whole[0]["attributes"]["department"][0], whole[1].get("lastName")), (&json!("Research"), None));
    let brief = get(&keycloak, &format!("{USERS}?briefRepresentation=true")).json();
    assert_eq!((brief[0].get("attributes"), &brief[0]["enabled"]), (None, &json!(true)));
    let one = get(&keycloak, &format!("{USERS}/{}", user_id("1"))).json();
    assert_eq!((&one["username"], &one["access"]["manage"]), (&json!("p1@acme.example"), &json!(false)));
    assert_eq!(said(&get(&keycloak, &format!("{USERS}/nobody"))), (404, "User not found".into()));
    keycloak.change(|realm| _ = realm.roles.insert("manage-users"));
    assert_eq!(get(&keycloak, USERS).json()[0]["access"]["manage"], true, "the token can write");
}

#[test]
fn people_are_found_by_what_they_have() {
    let keycloak = keycloak(12);
    keycloak.change(|realm| {
        realm.person("2")["enabled"] = json!(false);
        realm.person("3")["attributes"] = json!({ "team": ["blue sky"] });
        realm.people.push(json!({
            "id": SERVICE_ACCOUNT, "username": "service-account-postman-sync", "enabled": true,
            "serviceAccountClientId": CLIENT,
        }));
    });
    let all = |question: &str| get(&keycloak, &format!("{USERS}?{question}")).all("id");
    let n = |question: &str| get(&keycloak, &format!("{USERS}/count?{question}")).json();
    assert_eq!((all("enabled=false"), n("enabled=false"), n("enabled=true")), (ids(&["2"]), json!(1), json!(11)));
    assert_eq!(all("search=P11"), ids(&["11"]));
    assert_eq!(all("search=1@acme"), ids(&[]), "words begin there");
    assert_eq!(all("search=*1@acme"), ids(&["11", "1"]));
    assert_eq!(all("search=\"p1@acme.example\""), ids(&["1"]));
    assert_eq!(all(&format!("search=id:{} {}", user_id("4"), user_id("5"))), ids(&["4", "5"]));
    assert_eq!(all("username=p1@").len(), 1);
    assert_eq!((all("email=1@acme.example").len(), all("email=1@acme.example&exact=true")), (2, ids(&[])));
    assert_eq!((all("q=team:\"blue sky\""), all("q=team:red")), (ids(&["3"]), ids(&[])));
    assert_eq!(get(&keycloak, USERS).all("id").len(), 12, "service accounts are nobody");
}

#[test]
fn a_list_of_groups_shows_the_top() {
    let keycloak = keycloak(4);
    let top = get(&keycloak, GROUPS).json();
    assert_eq!((&top[0]["name"], &top[1]["name"], top.get(2)), (&json!("Engineering"), &json!("Sales"), None));
    assert_eq!((&top[0]["subGroupCount"], &top[0]["subGroups"]), (&json!(1), &json!([])));
    assert_eq!((top[0].get("attributes"), &top[0]["path"]), (None, &json!("/Engineering")));
    let of = |row: &str, more: &str| get(&keycloak, &format!("{GROUPS}/{}/{more}", group_id(row)));
    let inner = of("1", "children").json();
    assert_eq!((&inner[0]["path"], &inner[0]["subGroupCount"]), (&json!("/Engineering/Backend"), &json!(11)));
    assert_eq!(of("2", "children").all("id").len(), 10, "ten, unless more is asked for");
    assert_eq!(of("2", "children?first=10&max=100").all("id").len(), 1);
    assert_eq!((of("1", "members").all("id"), of("2", "members").all("id")), (ids(&["1", "2"]), ids(&["3"])));
    assert_eq!(of("1", "members?first=1&max=1&briefRepresentation=true").all("id"), ids(&["2"]));
    assert_eq!(get(&keycloak, &format!("{GROUPS}/count?top=true")).json(), json!({ "count": 2 }));
    let found = get(&keycloak, &format!("{GROUPS}?search=Team 20")).json();
    assert_eq!(found[0]["subGroups"][0]["subGroups"][0]["name"], "Team 20", "hanging from its top");
    let flat = get(&keycloak, &format!("{GROUPS}?search=Team 20&populateHierarchy=false"));
    assert_eq!(flat.all("path"), ["/Engineering/Backend/Team 20"]);
    let by_path = |path: &str| get(&keycloak, &format!("/admin/realms/acme/group-by-path/{path}"));
    assert_eq!(by_path("Engineering/Backend").json()["id"], group_id("2"));
    assert_eq!(said(&by_path("Backend")), (404, "Group path does not exist".into()));
    assert_eq!(said(&get(&keycloak, &format!("{GROUPS}/none"))), (404, "Could not find group by id".into()));
    let own = get(&keycloak, &format!("{USERS}/{}/groups", user_id("3")));
    assert_eq!(own.all("path"), ["/Engineering/Backend"]);
}

#[test]
fn old_servers_show_the_whole_tree_under_auth() {
    let keycloak = keycloak(1);
    keycloak.change(|realm| (realm.prefix, realm.is_before_23) = ("/auth", true));
    assert_eq!(ask(keycloak.address, "GET", "/realms/acme", &[], "").status, 404);
    let known = ask(keycloak.address, "GET", "/auth/realms/acme/.well-known/openid-configuration", &[], "").json();
    let token = known["token_endpoint"].as_str().unwrap();
    assert_eq!(token, format!("{}/auth{TOKEN}", keycloak.url()));
    let fields = [("grant_type", "client_credentials"), ("client_id", CLIENT), ("client_secret", SECRET)];
    let kind = [("content-type", "application/x-www-form-urlencoded")];
    let given = ask(keycloak.address, "POST", token, &kind, &form(&fields)).json();
    let bearer = format!("Bearer {}", given["access_token"].as_str().unwrap());
    let groups = with(&keycloak, &bearer, &format!("/auth{GROUPS}")).json();
    assert_eq!((groups[0].get("subGroupCount"), &groups[0]["subGroups"][0]["name"]), (None, &json!("Backend")));
    assert_eq!(groups[0]["subGroups"][0]["subGroups"].as_array().unwrap().len(), 11);
    let children = with(&keycloak, &bearer, &format!("/auth{GROUPS}/{}/children", group_id("1")));
    assert_eq!(children.status, 405);
}

#[test]
fn rights_that_are_missing_refuse_or_hide() {
    let keycloak = keycloak(4);
    let only = |roles: &[&'static str], target: &str| {
        keycloak.change(|realm| realm.roles = roles.iter().copied().collect());
        get(&keycloak, target)
    };
    assert_eq!(said(&only(&[], USERS)), (403, "HTTP 403 Forbidden".into()));
    assert_eq!(only(&["query-groups"], USERS).status, 403);
    let nobody = only(&["query-users"], USERS);
    assert_eq!((nobody.status, nobody.json()), (200, json!([])), "may ask, and sees nobody");
    assert_eq!(only(&["query-users"], &format!("{USERS}/count")).json(), json!(0));
    assert_eq!(only(&["query-users"], &format!("{USERS}/{}", user_id("1"))).status, 403);
    assert_eq!(only(&["query-groups"], GROUPS).json(), json!([]));
    assert_eq!(only(&["query-groups"], &format!("{GROUPS}/{}/members", group_id("1"))).status, 403);
    assert_eq!(only(&["view-users"], USERS).all("id").len(), 4, "it has the others within it");
    assert_eq!(only(&["view-users"], "/admin/realms/acme").json(), json!({ "realm": REALM }), "only its name");
    assert_eq!(only(&["view-realm"], "/admin/realms/acme").json()["id"], REALM_ID);
    assert_eq!(said(&only(&["view-realm"], "/admin/realms/none")), (404, "Realm not found.".into()));
    assert_eq!(only(&["view-users"], "/admin/serverinfo").json(), json!({}));
    keycloak.change(|realm| realm.visible = ids(&["1", "4"]).into_iter().collect());
    assert_eq!(only(&[], &format!("{USERS}?first=0&max=2")).all("id"), ids(&["1"]), "short, and there are more");
    assert_eq!(only(&[], &format!("{USERS}?first=2&max=2")).all("id"), ids(&["4"]));
    assert_eq!(only(&[], &format!("{USERS}/count")).json(), json!(2));
    keycloak.change(|realm| realm.filtered_after_paging = false);
    assert_eq!(only(&[], &format!("{USERS}?max=2")).all("id"), ids(&["1", "4"]));
}

#[test]
fn a_token_is_for_who_has_the_secret_and_short() {
    let keycloak = keycloak(1);
    let given = post(&keycloak, None, &[("client_id", CLIENT), ("client_secret", SECRET)]).json();
    assert_eq!((&given["token_type"], &given["expires_in"]), (&json!("Bearer"), &json!(60)));
    let token = Jwt::parse(given["access_token"].as_str().unwrap()).unwrap();
    assert!(token.is_signed_by(&jwt::public_jwk(KID)));
    let roles = &token.claims["resource_access"]["realm-management"]["roles"];
    assert_eq!((token.claim("azp"), &roles[0]), (CLIENT, &json!("query-groups")));
    assert_eq!(post(&keycloak, Some(&format!("{CLIENT}:{SECRET}")), &[]).status, 200);
    let wrong = post(&keycloak, Some(&format!("{CLIENT}:wrong")), &[]);
    assert_eq!(said(&wrong), (401, "unauthorized_client".into()));
    assert_eq!(said(&post(&keycloak, None, &[("client_id", "none")])), (401, "invalid_client".into()));
    assert_eq!(said(&ask(keycloak.address, "POST", "/realms/none/protocol/openid-connect/token", &[], "")).0, 404);
    let bearer = bearer(&keycloak);
    // Roles that are taken away leave with the token.
    keycloak.change(|realm| realm.roles.clear());
    assert_eq!(with(&keycloak, &bearer, USERS).status, 200);
    keycloak.change(|realm| realm.common.clock_ahead = 61);
    assert_eq!(said(&with(&keycloak, &bearer, USERS)), (401, "HTTP 401 Unauthorized".into()));
    keycloak.change(|realm| realm.clients.get_mut(CLIENT).unwrap().has_service_account = false);
    let off = post(&keycloak, None, &[("client_id", CLIENT), ("client_secret", SECRET)]);
    assert_eq!(said(&off), (401, "unauthorized_client".into()));
}

#[test]
fn an_assertion_is_for_one_audience_and_one_time() {
    let keycloak = keycloak(1);
    let now = keycloak.change(|realm| realm.common.now());
    let endpoint = format!("{}{TOKEN}", keycloak.url());
    let issuer = format!("{}/realms/acme", keycloak.url());
    let status = |other: Value| by_assertion(&keycloak, &assertion(&keycloak, other)).status;
    assert_eq!(
        (status(json!({})), status(json!({ "aud": endpoint })), status(json!({ "aud": [issuer] }))),
        (200, 200, 200)
    );
    for wrong in [
        json!({ "aud": [issuer, endpoint] }),
        json!({ "aud": "https://elsewhere.example" }),
        json!({ "iss": "other" }),
        json!({ "sub": "other" }),
        json!({ "exp": now - 60 }),
        json!({ "iat": now + 600, "exp": now + 700 }),
        json!({ "jti": "" }),
    ] {
        let answer = by_assertion(&keycloak, &assertion(&keycloak, wrong.clone()));
        assert_eq!(said(&answer), (401, "invalid_client".into()), "{wrong}");
    }
    keycloak.change(|realm| realm.one_audience = false);
    assert_eq!(status(json!({ "aud": [issuer, endpoint] })), 200, "before 26.2");
    let once = assertion(&keycloak, json!({}));
    assert_eq!((by_assertion(&keycloak, &once).status, by_assertion(&keycloak, &once).status), (200, 401));
    keycloak.change(|realm| realm.clients.get_mut(CLIENT).unwrap().keys.clear());
    assert_eq!(status(json!({})), 401, "another key");
}

#[test]
fn what_goes_wrong_is_said_by_keycloak_or_by_what_is_before_it() {
    let keycloak = keycloak(1);
    let bearer = bearer(&keycloak);
    let now = |failure: Failure| {
        keycloak.change(|realm| realm.common.trouble.push(("/users", failure)));
        with(&keycloak, &bearer, USERS)
    };
    assert_eq!(said(&now(Failure::Status(500))), (500, "unknown_error".into()));
    assert_eq!(said(&now(Failure::Status(403))), (403, "HTTP 403 Forbidden".into()));
    let many = now(Failure::Throttled(7));
    assert_eq!((many.status, many.header("retry-after")), (429, "7"));
    let full = now(Failure::Crowded);
    assert_eq!((full.status, full.body.as_str()), (503, ""));
    let page = now(Failure::Html(502));
    assert_eq!((page.status, page.header("content-type"), page.body.contains(CANARY)), (502, "text/html", true));
    assert!(serde_json::from_str::<Value>(&now(Failure::Cut).body).is_err());
    // Made again by the same name: what the old one gave out opens nothing.
    keycloak.change(|realm| realm.becomes("4ea1-other", Vec::new()));
    assert_eq!(said(&with(&keycloak, &bearer, USERS)), (401, "HTTP 401 Unauthorized".into()));
    assert_eq!(get(&keycloak, "/admin/realms/acme").json()["id"], "4ea1-other");
    let write = ask(keycloak.address, "DELETE", USERS, &[("authorization", &bearer)], "");
    assert_eq!((write.status, keycloak.writes()), (403, vec![format!("DELETE {USERS}")]));
}

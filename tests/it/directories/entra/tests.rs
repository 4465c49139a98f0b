//! The emulator does what Microsoft's documents say, asked without a library in between. What Microsoft's own libraries
//! make of it is in tests/interop.

use serde_json::{Value, json};

use crate::directories::asking::{Answer, ask, form};
use crate::directories::cloud::{Failure, Paging, merged};
use crate::directories::entra::*;
use crate::directories::jwt;
use crate::support::crowd;

const SCOPE: &str = "https://graph.microsoft.com/.default";
const BEARER: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

fn entra(people: usize) -> Entra {
    Entra::start_tenant(crowd(people).iter().map(user).collect())
}

fn ids(rows: &[&str]) -> Vec<String> {
    rows.iter().map(|row| user_id(row)).collect()
}

fn sign_in(entra: &Entra, tenant: &str, fields: &[(&str, &str)]) -> Answer {
    let fields = [&[("grant_type", "client_credentials"), ("client_id", CLIENT), ("scope", SCOPE)], fields].concat();
    let headers = [("content-type", "application/x-www-form-urlencoded")];
    ask(entra.address, "POST", &format!("/{tenant}/oauth2/v2.0/token"), &headers, &form(&fields))
}

/// With a secret, and what is asked for in place of the usual.
fn token(entra: &Entra) -> String {
    let answer = sign_in(entra, TENANT, &[("client_secret", SECRET)]);
    answer.json()["access_token"].as_str().unwrap().to_owned()
}

struct Reader<'a> {
    entra: &'a Entra,
    bearer: String,
}

impl Reader<'_> {
    fn send(&self, method: &str, target: &str, headers: &[(&str, &str)], body: &str) -> Answer {
        let target = target.replace(' ', "%20");
        let headers = [&[("authorization", self.bearer.as_str())], headers].concat();
        ask(self.entra.address, method, &target, &headers, body)
    }

    fn get(&self, path: &str) -> Answer {
        self.send("GET", &format!("/v1.0{path}"), &[], "")
    }

    /// With the header of the advanced query parameters.
    fn eventual(&self, path: &str) -> Answer {
        self.send("GET", &format!("/v1.0{path}"), &[("ConsistencyLevel", "eventual")], "")
    }

    fn pages(&self, path: &str) -> Vec<Vec<String>> {
        let (mut found, mut next) = (Vec::new(), Some(format!("/v1.0{path}")));
        while let Some(target) = next.take() {
            let answer = self.send("GET", &target, &[], "");
            found.push(answer.all("id"));
            let link = answer.json()["@odata.nextLink"].as_str().map(str::to_owned);
            next = link.filter(|_| found.len() < 20);
        }
        found
    }
}

fn reader(entra: &Entra) -> Reader<'_> {
    Reader { entra, bearer: format!("Bearer {}", token(entra)) }
}

fn code(answer: &Answer) -> (u16, String) {
    (answer.status, answer.json()["error"]["code"].as_str().unwrap_or_default().to_owned())
}

fn refusal(answer: &Answer) -> (u16, String, u64) {
    let body = answer.json();
    let number = body["error_codes"][0].as_u64().unwrap_or_default();
    let told = body["error_description"].as_str().unwrap_or_default();
    assert!(told.starts_with(&format!("AADSTS{number}: ")), "{told}");
    (answer.status, body["error"].as_str().unwrap_or_default().to_owned(), number)
}

#[test]
fn a_secret_opens_its_own_tenant_for_its_own_resource() {
    let entra = entra(1);
    let secret = ("client_secret", SECRET);
    let given = sign_in(&entra, "acme.example", &[secret]).json();
    assert_eq!((&given["token_type"], &given["expires_in"]), (&json!("Bearer"), &json!(3599)));
    assert_eq!(refusal(&sign_in(&entra, "other", &[secret])), (400, "invalid_request".into(), 90002));
    assert_eq!(refusal(&sign_in(&entra, TENANT, &[("client_secret", "x")])), (401, "invalid_client".into(), 7_000_215));
    assert_eq!(refusal(&sign_in(&entra, TENANT, &[])), (401, "invalid_client".into(), 7_000_218));
    let unknown = sign_in(&entra, TENANT, &[secret, ("client_id", "nobody")]);
    assert_eq!(refusal(&unknown), (400, "unauthorized_client".into(), 700_016));
    for (scope, error, number) in [
        ("https://graph.microsoft.com/User.Read.All", "invalid_scope", 1_002_012),
        ("https://graph.microsoft.us/.default", "invalid_resource", 500_011),
    ] {
        assert_eq!(refusal(&sign_in(&entra, TENANT, &[secret, ("scope", scope)])), (400, error.into(), number));
    }
    entra.change(|tenant| tenant.clients.get_mut(CLIENT).unwrap().secrets.insert(SECRET.into(), true));
    assert_eq!(refusal(&sign_in(&entra, TENANT, &[secret])), (401, "invalid_client".into(), 7_000_222));
    assert_eq!(entra.writes(), Vec::<String>::new());
}

fn by_assertion(entra: &Entra, header: &Value, other: &Value) -> Answer {
    let now = entra.change(|tenant| tenant.common.now());
    let audience = format!("{}/{TENANT}/oauth2/v2.0/token", entra.url());
    let right = json!({ "iss": CLIENT, "sub": CLIENT, "aud": audience, "jti": "x", "nbf": now, "exp": now + 600 });
    let assertion = jwt::signed(header, &merged(right, other));
    sign_in(entra, TENANT, &[("client_assertion_type", BEARER), ("client_assertion", &assertion)])
}

#[test]
fn a_certificate_is_known_by_its_thumbprint_and_proved_by_a_signature() {
    let entra = entra(1);
    let der = entra.change(|tenant| tenant.clients[CLIENT].certificates[0].clone());
    let long = json!({ "alg": "PS256", "typ": "JWT", "x5t#S256": jwt::sha256(&der) });
    let sha1 = ring::digest::digest(&ring::digest::SHA1_FOR_LEGACY_USE_ONLY, &der);
    let short = json!({ "alg": "RS256", "typ": "JWT", "x5t": jwt::encode_bytes(sha1.as_ref()) });
    let none = json!({});
    assert_eq!(by_assertion(&entra, &long, &none).status, 200);
    assert_eq!(by_assertion(&entra, &short, &none).status, 200);
    let number = |header: &Value, other: Value| refusal(&by_assertion(&entra, header, &other)).2;
    assert_eq!(number(&json!({ "alg": "PS256", "x5t#S256": "AAAA" }), json!({})), 700_027);
    assert_eq!(number(&merged(long.clone(), &json!({ "alg": "RS384" })), json!({})), 700_027);
    assert_eq!(number(&long, json!({ "aud": "https://login.microsoftonline.com/common" })), 700_023);
    assert_eq!(number(&long, json!({ "sub": "nobody" })), 700_021);
    assert_eq!(number(&long, json!({ "exp": 1 })), 700_024);
    assert_eq!(number(&long, json!({ "nbf": 4_000_000_000_u64 })), 700_024);
    entra.change(|tenant| tenant.sha256_thumbprints = false);
    assert_eq!(number(&long, json!({})), 700_027);
    assert_eq!(by_assertion(&entra, &short, &none).status, 200);
}

#[test]
fn a_foreign_token_is_believed_where_all_three_claims_are_as_registered() {
    let entra = entra(1);
    let claims = json!({ "iss": "https://k8s.example", "sub": "system:serviceaccount:sync:sync", "aud": ["api://AzureADTokenExchange"] });
    entra.change(|tenant| {
        tenant.clients.get_mut(CLIENT).unwrap().federated.push(Federated {
            issuer: "https://k8s.example".into(),
            subject: "system:serviceaccount:sync:sync".into(),
            audience: "api://AzureADTokenExchange".into(),
            keys: vec![jwt::public_jwk("k8s")],
        });
    });
    let header = json!({ "alg": "RS256", "kid": "k8s" });
    assert_eq!(by_assertion(&entra, &header, &claims).status, 200);
    for (name, number) in [("iss", 700_211), ("sub", 700_213), ("aud", 700_212)] {
        let wrong = merged(claims.clone(), &json!({ name: "another" }));
        assert_eq!(refusal(&by_assertion(&entra, &header, &wrong)).2, number, "{name}");
    }
    entra.change(|tenant| tenant.clients.get_mut(CLIENT).unwrap().federated[0].keys.clear());
    assert_eq!(refusal(&by_assertion(&entra, &header, &claims)).2, 50013);
}

#[test]
fn nothing_is_read_without_a_token_that_lives() {
    let entra = entra(1);
    let reader = reader(&entra);
    assert_eq!(reader.get("/users").status, 200);
    entra.change(|tenant| tenant.common.clock_ahead = 3600);
    let old = reader.get("/users");
    assert_eq!(code(&old), (401, "InvalidAuthenticationToken".into()));
    assert!(old.header("www-authenticate").starts_with("Bearer "));
    assert_eq!(code(&ask(entra.address, "GET", "/v1.0/users", &[], "")), (401, "InvalidAuthenticationToken".into()));
}

#[test]
fn what_is_not_selected_is_not_there() {
    let entra = entra(1);
    let reader = reader(&entra);
    let plain = reader.get("/users").json()["value"][0].clone();
    assert_eq!((&plain["surname"], plain.get("accountEnabled")), (&json!("Family1"), None));
    let chosen = reader.get("/users?$select=id,accountEnabled").json()["value"][0].clone();
    assert_eq!(chosen, json!({ "id": user_id("1"), "accountEnabled": true }));
    assert_eq!(code(&reader.get("/users?$select=id,nothing")), (400, "BadRequest".into()));
    let one = reader.get("/users/P1@acme.example?$select=userType").json();
    assert_eq!(one["userType"], "Member");
    assert_eq!(code(&reader.get("/users/nobody")), (404, "Request_ResourceNotFound".into()));
}

#[test]
fn pages_are_of_a_hundred_and_at_most_of_999() {
    let entra = entra(1000);
    let reader = reader(&entra);
    assert_eq!(reader.get("/users").all("id").len(), 100);
    let pages = reader.pages("/users?$select=id&$top=999");
    assert_eq!(pages.iter().map(Vec::len).collect::<Vec<_>>(), [999, 1]);
    assert_eq!(code(&reader.get("/users?$top=1000")), (400, "Request_BadRequest".into()));
    assert_eq!(code(&reader.get("/users?$top=0")), (400, "Request_BadRequest".into()));
    let link = reader.get("/users?$select=id&$top=999").json()["@odata.nextLink"].as_str().unwrap().to_owned();
    assert!(link.starts_with(&format!("{}/v1.0/users?$select=id&$top=999&$skiptoken=", entra.url())), "{link}");
    entra.change(|tenant| tenant.common.paging.forget());
    let late = reader.send("GET", &link, &[], "");
    assert_eq!(code(&late), (400, "Directory_ExpiredPageToken".into()));
}

#[test]
fn pages_break_in_every_way_that_was_seen() {
    let entra = entra(5);
    let reader = reader(&entra);
    let paging = |change: fn(&mut Paging)| {
        entra.change(|tenant| {
            tenant.common.paging = Paging::default();
            tenant.common.paging.most = Some(2);
            change(&mut tenant.common.paging);
        });
        reader.pages("/users?$select=id")
    };
    assert_eq!(paging(|_| {}), [ids(&["1", "2"]), ids(&["3", "4"]), ids(&["5"])]);
    assert_eq!(paging(|paging| paging.empty = Some(1))[..2], [ids(&[]), ids(&["1", "2"])]);
    assert_eq!(paging(|paging| paging.repeated = true)[1], ids(&["2", "3", "4"]));
    assert_eq!(paging(|paging| paging.circle = true).len(), 20);
    entra.change(|tenant| {
        tenant.common.paging = Paging::default();
        tenant.common.paging.most = Some(2);
        tenant.common.before("skiptoken", 1, |tenant| tenant.delete("1"));
    });
    assert_eq!(reader.pages("/users?$select=id"), [ids(&["1", "2"]), ids(&["3", "4"]), ids(&["5"])]);
    assert_eq!(reader.get("/directory/deletedItems/microsoft.graph.user").all("id"), ids(&["1"]));
    assert_eq!(code(&reader.get(&format!("/users/{}", user_id("1")))), (404, "Request_ResourceNotFound".into()));
}

#[test]
fn a_filter_is_taken_as_far_as_it_is_indexed() {
    let entra = entra(3);
    entra.change(|tenant| {
        tenant.people[2] = guest(tenant.people[2].clone());
        tenant.person("2")["accountEnabled"] = json!(false);
        tenant.person("2")["displayName"] = json!("Mary O'Neil");
    });
    let reader = reader(&entra);
    let found = |filter: &str| reader.get(&format!("/users?$filter={filter}")).all("id");
    assert_eq!(found("userType eq 'Guest'"), ids(&["3"]));
    assert_eq!(found("accountEnabled eq true and userType eq 'member'"), ids(&["1"]));
    assert_eq!(found("displayName eq 'Mary O''Neil'"), ids(&["2"]));
    assert_eq!(found(&format!("id in ('{}','{}')", user_id("1"), user_id("3"))), ids(&["1", "3"]));
    let refused = |filter: &str| code(&reader.get(&format!("/users?$filter={filter}")));
    for filter in
        ["accountEnabled eq 'true'", "accountEnabled ne true", "not(accountEnabled eq true)", "otherMails eq 'x'"]
    {
        assert_eq!(refused(filter), (400, "Request_UnsupportedQuery".into()), "{filter}");
    }
    assert_eq!(refused("accountEnabled eq"), (400, "Request_BadRequest".into()));
    assert_eq!(reader.eventual("/users?$filter=accountEnabled ne true&$count=true").all("id"), ids(&["2"]));
}

#[test]
fn members_are_direct_or_of_groups_inside_and_a_cast_wants_its_header() {
    let entra = entra(3);
    entra.change(|tenant| {
        let (outer, inner) = (group_id("1"), group_id("2"));
        tenant.groups.push(group("1", "Outer", &[user_id("1"), inner, "de000000".into()]));
        tenant.groups.push(group("2", "Inner", &[user_id("1"), user_id("2"), outer]));
        tenant.others.push(json!({ "@odata.type": "#microsoft.graph.device", "id": "de000000" }));
    });
    let reader = reader(&entra);
    let path = |rest: &str| format!("/groups/{}/{rest}", group_id("1"));
    let direct = reader.get(&path("members?$select=id,accountEnabled"));
    let types = ["#microsoft.graph.user", "#microsoft.graph.group", "#microsoft.graph.device"];
    let mut told = direct.all("@odata.type");
    told.sort();
    assert_eq!(told, {
        let mut all = types.to_vec();
        all.sort_unstable();
        all
    });
    let cast = path("transitiveMembers/microsoft.graph.user?$count=true&$top=1");
    assert_eq!(code(&reader.get(&cast)), (400, "Request_UnsupportedQuery".into()));
    let first = reader.eventual(&cast).json();
    assert_eq!((&first["@odata.count"], first["value"][0].get("@odata.type")), (&json!(2), None));
    let next = first["@odata.nextLink"].as_str().unwrap();
    assert_eq!(code(&reader.send("GET", next, &[], "")), (400, "Request_UnsupportedQuery".into()), "the header again");
    let next = reader.send("GET", next, &[("ConsistencyLevel", "eventual")], "").json();
    assert_eq!((next.get("@odata.count"), &next["value"][0]["id"]), (None, &json!(user_id("2"))));
    entra.change(|tenant| tenant.plain_cast = PlainCast::Ignored);
    assert_eq!(reader.get(&path("members/microsoft.graph.user")).all("id").len(), 3);
    entra.change(|tenant| tenant.plain_cast = PlainCast::Served);
    assert_eq!(reader.get(&path("members/microsoft.graph.user")).all("id"), ids(&["1"]));
    assert_eq!(code(&reader.get("/groups/x/members")), (404, "Request_ResourceNotFound".into()));
    assert_eq!(reader.get("/groups?$filter=displayName eq 'inner'").all("id"), [group_id("2")]);
    entra.change(Tenant::freeze_index);
    entra.change(|tenant| tenant.groups[0].members.clear());
    assert_eq!(reader.eventual(&path("members/microsoft.graph.user?$count=true")).all("id"), ids(&["1"]), "it lags");
    assert_eq!(reader.get(&path("members")).all("id"), ids(&[]));
}

/// "To list the members of a hidden membership group, the Member.Read.Hidden permission is required" (Graph, "List group members").
#[test]
fn a_hidden_membership_is_an_empty_list() {
    let entra = entra(2);
    entra.change(|tenant| {
        tenant.groups.push(hidden(group("1", "Hidden", &ids(&["1"]))));
        tenant.groups.push(group("2", "Outer", &[user_id("2"), group_id("1")]));
    });
    let reader = reader(&entra);
    let members = |path: &str| reader.get(path).all("id");
    let (hidden, outer) =
        (format!("/groups/{}/members", group_id("1")), format!("/groups/{}/transitiveMembers", group_id("2")));
    assert_eq!((members(&hidden).len(), members(&outer).len()), (0, 2), "the group inside, and nobody in it");
    entra.change(|tenant| tenant.permissions.insert("Member.Read.Hidden"));
    assert_eq!((members(&hidden).len(), members(&outer).len()), (1, 3));
}

#[test]
fn what_may_not_be_read_is_null_in_members_and_403_elsewhere() {
    let entra = entra(1);
    entra.change(|tenant| {
        tenant.groups.push(group("1", "Group", &ids(&["1"])));
        tenant.permissions = ["GroupMember.Read.All"].into();
    });
    let reader = reader(&entra);
    let members = reader.get(&format!("/groups/{}/members?$select=id,mail,accountEnabled", group_id("1"))).json();
    let expected =
        json!({ "@odata.type": "#microsoft.graph.user", "id": user_id("1"), "mail": null, "accountEnabled": null });
    assert_eq!(members["value"][0], expected);
    for path in ["/users", "/organization", &format!("/servicePrincipals(appId='{APP}')/appRoleAssignedTo")] {
        assert_eq!(code(&reader.get(path)), (403, "Authorization_RequestDenied".into()), "{path}");
    }
}

#[test]
fn assignments_are_rows_of_principals_and_groups_stay_groups() {
    let entra = entra(2);
    entra.change(|tenant| {
        tenant.groups.push(group("1", "Group", &ids(&["2"])));
        tenant.assign("User", &user_id("1"));
        tenant.assign("Group", &group_id("1"));
        tenant.assignments.push(Assignment { kind: "User", principal: user_id("1"), role: "r0000000" });
    });
    let reader = reader(&entra);
    let by_app = reader.get(&format!("/servicePrincipals(appId='{APP}')/appRoleAssignedTo?$top=999"));
    assert_eq!(by_app.all("principalType"), ["User", "Group", "User"]);
    assert_eq!(by_app.json()["value"][0]["appRoleId"], DEFAULT_ROLE);
    let by_id = reader.get(&format!("/servicePrincipals/{PRINCIPAL}/appRoleAssignedTo"));
    assert_eq!(by_id.all("principalId"), [user_id("1"), group_id("1"), user_id("1")]);
    assert_eq!(reader.get(&format!("/servicePrincipals(appId='{APP}')")).json()["id"], PRINCIPAL);
    assert_eq!(reader.get(&format!("/servicePrincipals?$filter=appId eq '{APP}'")).all("id"), [PRINCIPAL]);
    assert_eq!(reader.get("/servicePrincipals(appId='x')/appRoleAssignedTo").status, 404);
    assert_eq!(reader.get("/organization").all("id"), [TENANT]);
    entra.change(|tenant| tenant.becomes("another", Vec::new()));
    assert_eq!(reader.get("/organization").all("id"), ["another"]);
}

#[test]
fn two_posts_are_reads_and_no_other() {
    let entra = entra(3);
    let reader = reader(&entra);
    let body = json!({ "ids": [user_id("1"), user_id("3"), "nobody"], "types": ["user"] }).to_string();
    let found = reader.send("POST", "/v1.0/directoryObjects/getByIds?$select=id,accountEnabled", &[], &body);
    assert_eq!(found.all("id"), ids(&["1", "3"]));
    let requests = [("a", "/users?$top=1&$select=id"), ("b", "/users/nobody")];
    let requests = requests.map(|(id, url)| json!({ "id": id, "method": "GET", "url": url }));
    let batch = reader.send("POST", "/v1.0/$batch", &[], &json!({ "requests": requests }).to_string()).json();
    let told =
        |i: usize| (batch["responses"][i]["id"].as_str().unwrap(), batch["responses"][i]["status"].as_u64().unwrap());
    assert_eq!((told(0), told(1)), (("b", 404), ("a", 200)));
    assert_eq!(entra.writes(), Vec::<String>::new());
    assert_eq!(code(&reader.send("DELETE", "/v1.0/users/x", &[], "")), (403, "Authorization_RequestDenied".into()));
    assert_eq!(entra.writes(), ["DELETE /v1.0/users/x"]);
    assert!(entra.requests().contains(&"POST /v1.0/$batch".to_owned()));
}

#[test]
fn who_asks_too_much_is_told_when_to_come_back() {
    let entra = entra(1);
    let reader = reader(&entra);
    let first = reader.get("/users?$select=id");
    assert_eq!((first.header("x-ms-resource-unit"), first.header("retry-after")), ("1", ""));
    assert!(!first.header("request-id").is_empty());
    entra.change(|tenant| tenant.units = 3);
    assert_eq!(reader.get("/users").header("x-ms-throttle-limit-percentage"), "1.0");
    let much = reader.get("/users");
    assert_eq!(code(&much), (429, "TooManyRequests".into()));
    assert!(much.header("retry-after").parse::<u64>().unwrap() <= 10 && !much.header("x-ms-throttle-scope").is_empty());
    entra.change(|tenant| tenant.units = 8000);
    let trouble = [Failure::Throttled(7), Failure::Crowded, Failure::Status(504), Failure::Html(502)];
    entra.change(|tenant| tenant.common.trouble.extend(trouble.map(|failure| ("/users", failure))));
    let told: Vec<(u16, String)> = (0..4)
        .map(|_| reader.get("/users"))
        .map(|answer| (answer.status, answer.header("retry-after").into()))
        .collect();
    assert_eq!(told, [(429, "7".into()), (503, "1".into()), (504, "1".into()), (502, String::new())]);
}

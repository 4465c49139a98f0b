//! The emulator does what Google's documents say, asked without a library in between. What Google's own library makes of
//! it is in tests/interop.

use serde_json::{Value, json};

use crate::directories::asking::{Answer, ask, form};
use crate::directories::cloud::{CANARY, Failure, Paging, merged};
use crate::directories::google::*;
use crate::directories::jwt;
use crate::support::crowd;

const SCOPES: &str = "https://www.googleapis.com/auth/";
const USERS: &str = "/admin/directory/v1/users?customer=my_customer";
const GROUPS: &str = "/admin/directory/v1/groups";

fn google(people: usize) -> Google {
    let google = Google::start_account(crowd(people).iter().map(user).collect());
    google.change(|account| account.groups.push(group("1", "Engineering", &["1", "2"])));
    google
}

/// The assertion of an administrator, with other claims in place of the right ones.
fn exchange(google: &Google, other: Value) -> Answer {
    let now = google.change(|account| account.common.now());
    let scopes = ["user.readonly", "group.readonly", "orgunit.readonly", "customer.readonly"];
    let scopes = scopes.map(|scope| format!("{SCOPES}admin.directory.{scope}")).join(" ");
    let right = json!({
        "iss": SERVICE_ACCOUNT, "sub": ADMIN, "aud": AUDIENCE, "scope": scopes, "iat": now, "exp": now + 3600,
    });
    redeem(google, &jwt::signed(&json!({ "alg": "RS256", "typ": "JWT", "kid": KID }), &merged(right, &other)))
}

fn redeem(google: &Google, assertion: &str) -> Answer {
    let body = form(&[("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"), ("assertion", assertion)]);
    let headers = [("content-type", "application/x-www-form-urlencoded")];
    ask(google.address, "POST", "/token", &headers, &body)
}

fn bearer(answer: &Answer) -> String {
    format!("Bearer {}", answer.json()["access_token"].as_str().unwrap_or_else(|| panic!("{}", answer.body)))
}

fn with(google: &Google, bearer: &str, target: &str) -> Answer {
    let target = target.replace(' ', "%20").replace('\'', "%27");
    ask(google.address, "GET", &target, &[("authorization", bearer)], "")
}

/// As the administrator.
fn get(google: &Google, target: &str) -> Answer {
    let bearer = bearer(&exchange(google, json!({})));
    with(google, &bearer, target)
}

fn reason(answer: &Answer) -> (u16, String) {
    let body = answer.json();
    assert_eq!(body["error"]["code"], answer.status);
    (answer.status, body["error"]["errors"][0]["reason"].as_str().unwrap().to_owned())
}

fn refusal(answer: &Answer) -> (u16, String) {
    (answer.status, answer.json()["error"].as_str().unwrap().to_owned())
}

/// The ids of one page.
fn found(answer: &Answer) -> Vec<String> {
    let body = answer.json();
    let rows = ["users", "groups", "members"].iter().find_map(|rows| body[rows].as_array());
    rows.into_iter().flatten().map(|row| row["id"].as_str().unwrap().to_owned()).collect()
}

fn pages(google: &Google, target: &str) -> Vec<Vec<String>> {
    let (mut all, mut next) = (Vec::new(), String::new());
    let sign = if target.contains('?') { '&' } else { '?' };
    while all.len() < 20 {
        let answer = get(google, &format!("{target}{next}"));
        all.push(found(&answer));
        match answer.json()["nextPageToken"].as_str() {
            Some(token) => next = format!("{sign}pageToken={token}"),
            None => break,
        }
    }
    all
}

fn ids(rows: &[&str]) -> Vec<String> {
    rows.iter().map(|row| user_id(row)).collect()
}

#[test]
fn sizes_are_those_of_each_listing_and_nobody_is_no_list() {
    let google = google(501);
    let rows: Vec<String> = (1..=201).map(|i| i.to_string()).collect();
    google.change(|account| {
        account.groups.push(group("2", "Many", &rows.iter().map(String::as_str).collect::<Vec<_>>()));
    });
    let n = |target: &str| found(&get(&google, target)).len();
    assert_eq!((n(USERS), n(&format!("{USERS}&maxResults=500"))), (100, 500));
    for refused in ["501", "0", "x"] {
        let refused = get(&google, &format!("{USERS}&maxResults={refused}"));
        assert_eq!(reason(&refused), (400, "invalidParameter".into()));
    }
    let many = format!("{GROUPS}/many@acme.example/members");
    assert_eq!((n(&many), n(&format!("{many}?maxResults=500"))), (200, 200), "more is cut where only the text has it");
    assert_eq!(pages(&google, &many).concat().len(), 201);
    google.change(|account| account.people.clear());
    let nobody = get(&google, USERS).json();
    assert_eq!((nobody.get("users"), &nobody["kind"]), (None, &json!("admin#directory#users")));
}

#[test]
fn whose_people_they_are_has_to_be_said() {
    let google = google(2);
    google.change(|account| {
        account.domains.push("other.example".into());
        account.person("2")["primaryEmail"] = json!("p2@other.example");
    });
    let at = |question: &str| get(&google, &format!("/admin/directory/v1/users{question}"));
    assert_eq!(reason(&at("")), (400, "badRequest".into()));
    assert_eq!(found(&at(&format!("?customer={CUSTOMER}"))), ids(&["1", "2"]));
    assert_eq!(found(&at("?domain=other.example")), ids(&["2"]));
    assert_eq!(reason(&at("?domain=nobody.example")), (404, "notFound".into()));
    assert_eq!(reason(&at("?customer=C0other")), (403, "forbidden".into()));
    let account = get(&google, "/admin/directory/v1/customers/my_customer").json();
    assert_eq!((&account["id"], &account["customerDomain"]), (&json!(CUSTOMER), &json!(DOMAIN)));
    google.change(|account| account.becomes("C0other", Vec::new()));
    assert_eq!(get(&google, "/admin/directory/v1/customers/my_customer").json()["id"], "C0other");
}

#[test]
fn people_are_shown_as_far_as_was_asked() {
    let google = google(1);
    google.change(|account| {
        account.person("1")["customSchemas"] = json!({ "hr": { "number": "7" }, "it": { "laptop": "x" } });
        account.person("1")["aliases"] = json!(["old@acme.example"]);
    });
    let one = |question: &str| get(&google, &format!("/admin/directory/v1/users/P1@acme.example{question}")).json();
    let basic = one("");
    assert_eq!((&basic["id"], &basic["customerId"]), (&json!(user_id("1")), &json!(CUSTOMER)));
    assert_eq!((basic.get("customSchemas"), basic["name"]["fullName"].as_str()), (None, Some("Given1 Family1")));
    assert_eq!(one("?projection=full")["customSchemas"]["hr"]["number"], "7");
    let custom = one("?projection=custom&customFieldMask=it");
    assert_eq!(custom["customSchemas"], json!({ "it": { "laptop": "x" } }));
    assert_eq!(one("?viewType=domain_public").get("suspended"), None);
    let masked = get(&google, &format!("{USERS}&fields=nextPageToken,users(id,name/givenName)")).json();
    assert_eq!(masked, json!({ "users": [{ "id": user_id("1"), "name": { "givenName": "Given1" } }] }));
    assert_eq!(get(&google, "/admin/directory/v1/users/old@acme.example").json()["id"], json!(user_id("1")));
    let before = basic["etag"].clone();
    google.change(|account| account.person("1")["suspended"] = json!(true));
    assert_ne!(one("")["etag"], before);
}

#[test]
fn a_query_finds_who_fits_every_clause() {
    let google = google(4);
    google.change(|account| {
        account.person("2")["suspended"] = json!(true);
        account.person("3")["orgUnitPath"] = json!("/Sales/North");
        account.person("4")["archived"] = json!(true);
        account.person("4")["orgUnitPath"] = json!("/Sales South");
    });
    let all = |question: &str| found(&get(&google, &format!("{USERS}&query={question}")));
    assert_eq!(all("isSuspended=true"), ids(&["2"]));
    assert_eq!(all("isSuspended=false isArchived=false"), ids(&["1", "3"]));
    assert_eq!(all("orgUnitPath=/Sales"), ids(&["3"]), "with all that is below it");
    assert_eq!(all("orgUnitPath='/Sales South'"), ids(&["4"]));
    assert_eq!(all("orgUnitPath=/").len(), 4);
    assert_eq!((all("email:p1*"), all("email=P1@acme.example"), all("p1")), (ids(&["1"]), ids(&["1"]), ids(&["1"])));
    for bad in ["isSuspended=maybe", "nothing=1", "isSuspended:true", "email='open", "name:x*", "orgUnitPath=Sales"] {
        assert_eq!(reason(&get(&google, &format!("{USERS}&query={bad}"))), (400, "invalid".into()), "{bad}");
    }
    google.change(|account| {
        account.freeze_search();
        account.person("1")["suspended"] = json!(true);
    });
    assert_eq!(all("isSuspended=true"), ids(&["2"]), "a search may be behind");
    assert_eq!(get(&google, USERS).json()["users"][0]["suspended"], true, "and a list is not");
    google.change(Account::thaw_search);
    assert_eq!(all("isSuspended=true"), ids(&["1", "2"]));
}

#[test]
fn order_is_as_asked_and_who_was_deleted_is_a_list_of_its_own() {
    let google = google(3);
    google.change(|account| {
        account.person("1")["name"]["familyName"] = json!("zebra");
        account.delete("2");
    });
    assert_eq!(found(&get(&google, &format!("{USERS}&orderBy=familyName"))), ids(&["3", "1"]));
    assert_eq!(found(&get(&google, &format!("{USERS}&orderBy=email&sortOrder=DESCENDING"))), ids(&["3", "1"]));
    let deleted = get(&google, &format!("{USERS}&showDeleted=true"));
    assert_eq!((found(&deleted), deleted.json()["users"][0].get("deletionTime").is_some()), (ids(&["2"]), true));
    assert_eq!(reason(&get(&google, "/admin/directory/v1/users/p2@acme.example")), (404, "notFound".into()));
    assert_eq!(found(&get(&google, &format!("{GROUPS}/engineering@acme.example/members"))), ids(&["1"]));
}

#[test]
fn members_are_people_groups_everybody_and_strangers() {
    let google = google(5);
    let member = |who: Who, role: &'static str| Member { who, role };
    google.change(|account| {
        account.groups.push(group("2", "Inner", &["2", "3"]));
        account.groups.push(group("3", "All of us", &[]));
        account.groups[0].members.push(member(Who::Group(group_id("2")), "MEMBER"));
        account.groups[0].members.push(member(Who::External("x@elsewhere.example".into()), "MANAGER"));
        account.groups[0].members[0].role = "OWNER";
        account.groups[2].members.push(member(Who::Customer, "MEMBER"));
        account.person("2")["suspended"] = json!(true);
    });
    let members = format!("{GROUPS}/{}/members", group_id("1"));
    let rows = |target: &str| get(&google, target).json()["members"].as_array().cloned().unwrap_or_default();
    let of = |rows: &[Value], name: &str| -> Vec<String> {
        rows.iter().map(|row| row[name].as_str().unwrap_or_default().to_owned()).collect()
    };
    let direct = rows(&members);
    assert_eq!(of(&direct, "type"), ["GROUP", "USER", "USER", "USER"]);
    assert_eq!(of(&direct, "status"), ["ACTIVE", "ACTIVE", "SUSPENDED", ""]);
    let derived = rows(&format!("{members}?includeDerivedMembership=true"));
    assert_eq!(derived.len(), 5, "each once, and the group stays");
    assert!(of(&derived, "id").contains(&user_id("3")));
    assert_eq!(of(&rows(&format!("{members}?roles=OWNER,MANAGER")), "role"), ["OWNER", "MANAGER"]);
    assert_eq!(reason(&get(&google, &format!("{members}?roles=BOSS"))), (400, "invalid".into()));
    let all = &rows(&format!("{GROUPS}/all-of-us@acme.example/members"))[0];
    assert_eq!((&all["type"], &all["id"], all.get("email")), (&json!("CUSTOMER"), &json!(CUSTOMER), None));
    let has = |key: &str| get(&google, &format!("{GROUPS}/engineering@acme.example/hasMember/{key}"));
    assert_eq!(
        (has("p3@acme.example").json(), has("p5@acme.example").json()),
        (json!({ "isMember": true }), json!({ "isMember": false }))
    );
    assert_eq!(reason(&has("x@elsewhere.example")), (400, "invalid".into()));
    assert_eq!(reason(&has("nobody@acme.example")), (404, "notFound".into()));
    assert_eq!(reason(&get(&google, &format!("{GROUPS}/none@acme.example/members"))), (404, "notFound".into()));
    assert_eq!(reason(&get(&google, &format!("{GROUPS}/a@elsewhere.example/members"))), (403, "forbidden".into()));
}

#[test]
fn groups_are_found_by_name_by_member_and_by_key() {
    let google = google(3);
    google.change(|account| account.groups.push(group("2", "Engine room", &["2"])));
    let all = |question: &str| found(&get(&google, &format!("{GROUPS}?{question}")));
    assert_eq!(all("customer=my_customer"), [group_id("2"), group_id("1")], "by address");
    assert_eq!(all("domain=acme.example&query=name:Engine*").len(), 2);
    assert_eq!(all("customer=my_customer&query=name='Engine room'"), [group_id("2")]);
    assert_eq!(all("userKey=p1@acme.example"), [group_id("1")]);
    assert_eq!(all("customer=my_customer&query=memberKey=p2@acme.example").len(), 2);
    assert_eq!(get(&google, &format!("{GROUPS}?userKey=p3@acme.example")).json().get("groups"), None);
    for (bad, expected) in [
        ("", (400, "badRequest")),
        ("userKey=p1@acme.example&customer=my_customer", (400, "badRequest")),
        ("customer=my_customer&query=name:x", (400, "invalid")),
        ("customer=my_customer&query=memberKey=p2@acme.example name=x", (400, "invalid")),
        ("userKey=nobody@acme.example", (404, "notFound")),
    ] {
        let answer = get(&google, &format!("{GROUPS}?{bad}"));
        assert_eq!(reason(&answer), (expected.0, expected.1.to_owned()), "{bad}");
    }
    let one = get(&google, &format!("{GROUPS}/ENGINEERING@acme.example")).json();
    assert_eq!((&one["name"], &one["directMembersCount"]), (&json!("Engineering"), &json!("2")));
}

#[test]
fn org_units_are_a_tree_without_its_root() {
    let google = google(1);
    let units = "/admin/directory/v1/customer/my_customer/orgunits";
    assert_eq!(get(&google, units).json().get("organizationUnits"), None);
    google.change(|account| account.org_units = vec![org_unit("/Sales"), org_unit("/Sales/North"), org_unit("/IT")]);
    let paths = |question: &str| -> Vec<String> {
        let body = get(&google, &format!("{units}{question}")).json();
        let all = body["organizationUnits"].as_array().cloned().unwrap_or_default();
        all.iter().map(|unit| unit["orgUnitPath"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!((paths(""), paths("?type=all").len()), (vec!["/Sales".to_owned(), "/IT".into()], 3));
    assert_eq!(paths("?type=all&orgUnitPath=/Sales"), ["/Sales/North"]);
    assert_eq!(paths("?type=allIncludingParent&orgUnitPath=/Sales"), ["/Sales", "/Sales/North"]);
}

#[test]
fn pages_break_in_every_way_that_was_seen() {
    let google = google(5);
    let paging = |change: fn(&mut Account)| {
        google.change(|account| {
            account.common.paging = Paging::default();
            account.common.paging.most = Some(2);
            change(account);
        });
        pages(&google, USERS)
    };
    assert_eq!(paging(|_| {}), [ids(&["1", "2"]), ids(&["3", "4"]), ids(&["5"])]);
    assert_eq!(paging(|account| account.common.paging.repeated = true)[1], ids(&["2", "3", "4"]));
    let empty = paging(|account| account.common.paging.empty = Some(2));
    assert_eq!(empty[1..], [ids(&[]), ids(&["3", "4"]), ids(&["5"])]);
    assert_eq!(paging(|account| account.common.paging.circle = true).len(), 20, "it never ends");
    let gone = |by_position: bool| {
        google.change(|account| {
            account.common.paging = Paging::default();
            (account.common.paging.most, account.common.paging.by_position) = (Some(2), by_position);
            account.people = crowd(5).iter().map(user).collect();
            account.common.before("pageToken=", 1, |account| account.delete("1"));
        });
        pages(&google, USERS)
    };
    assert_eq!(gone(false)[1], ids(&["3", "4"]));
    assert_eq!(gone(true)[1], ids(&["4", "5"]), "whoever was third is in no page");
    let token = get(&google, USERS).json()["nextPageToken"].as_str().unwrap().to_owned();
    let elsewhere = get(&google, &format!("{GROUPS}?customer=my_customer&pageToken={token}"));
    assert_eq!(reason(&elsewhere), (400, "invalid".into()), "of another listing");
    google.change(|account| account.common.paging.forget());
    assert_eq!(reason(&get(&google, &format!("{USERS}&pageToken={token}"))), (400, "invalid".into()), "died");
}

#[test]
fn a_rate_limit_is_a_403_of_another_reason() {
    let google = google(1);
    let bearer = bearer(&exchange(&google, json!({})));
    let now = |failure: Failure| {
        google.change(|account| account.common.trouble.push(("/users", failure)));
        with(&google, &bearer, USERS)
    };
    for (failure, expected) in [
        (Failure::Throttled(1), (403, "userRateLimitExceeded")),
        (Failure::Crowded, (403, "quotaExceeded")),
        (Failure::Status(429), (429, "rateLimitExceeded")),
        (Failure::Status(403), (403, "forbidden")),
        (Failure::Status(404), (404, "notFound")),
        (Failure::Status(500), (500, "backendError")),
        (Failure::Status(503), (503, "backendError")),
    ] {
        let answer = now(failure);
        assert_eq!(reason(&answer), (expected.0, expected.1.to_owned()));
        assert_eq!(answer.header("retry-after"), "", "nothing says when to come back");
    }
    let page = now(Failure::Html(502));
    assert_eq!((page.status, page.header("content-type"), page.body.contains(CANARY)), (502, "text/html", true));
    assert!(serde_json::from_str::<Value>(&now(Failure::Cut).body).is_err());
    google.change(|account| account.per_minute = 0);
    assert_eq!(reason(&with(&google, &bearer, USERS)), (403, "userRateLimitExceeded".into()));
    google.change(|account| (account.per_minute, account.is_enabled) = (2400, false));
    assert_eq!(reason(&with(&google, &bearer, USERS)), (403, "accessNotConfigured".into()));
}

#[test]
fn who_reads_has_a_token_the_scope_and_a_role() {
    let google = google(1);
    let bearer_of = |other: Value| bearer(&exchange(&google, other));
    assert_eq!(reason(&with(&google, "Bearer wrong", USERS)), (401, "authError".into()));
    let narrow = bearer_of(json!({ "scope": format!("{SCOPES}admin.directory.user.readonly") }));
    assert_eq!(with(&google, &narrow, USERS).status, 200);
    let refused = with(&google, &narrow, &format!("{GROUPS}?customer=my_customer"));
    assert_eq!(reason(&refused), (403, "insufficientPermissions".into()));
    assert!(refused.header("www-authenticate").contains("insufficient_scope"));
    let nobody = bearer_of(json!({ "sub": "p1@acme.example" }));
    assert_eq!(reason(&with(&google, &nobody, USERS)), (403, "forbidden".into()), "no administrator");
    let own = bearer_of(json!({ "sub": null }));
    assert_eq!(reason(&with(&google, &own, USERS)), (403, "forbidden".into()), "the service account is nobody");
    google.change(|account| account.has_role = true);
    let by_id = format!("/admin/directory/v1/users?customer={CUSTOMER}");
    assert_eq!(with(&google, &own, &by_id).status, 200, "unless it is an administrator itself");
    assert_eq!(reason(&with(&google, &own, USERS)), (400, "invalid".into()), "which has no account of its own");
    google.change(|account| _ = account.admins.insert(ADMIN.into(), false));
    assert_eq!(reason(&with(&google, &narrow, USERS)), (403, "forbidden".into()), "he left while the token lives");
    google.change(Account::expire_tokens);
    assert_eq!(reason(&with(&google, &narrow, USERS)), (401, "authError".into()));
    let write = ask(google.address, "DELETE", "/admin/directory/v1/users/1", &[("authorization", &narrow)], "");
    assert_eq!((write.status, google.writes()), (403, vec!["DELETE /admin/directory/v1/users/1".to_owned()]));
}

#[test]
fn an_assertion_that_is_not_right_gets_no_token() {
    let google = google(2);
    google.change(|account| account.person("2")["suspended"] = json!(true));
    let now = google.change(|account| account.common.now());
    let given = exchange(&google, json!({})).json();
    assert_eq!((&given["token_type"], &given["expires_in"]), (&json!("Bearer"), &json!(3599)));
    let one_more = format!("{SCOPES}admin.directory.user.readonly {SCOPES}admin.directory.user");
    for (wrong, expected) in [
        (json!({ "scope": one_more }), (401, "unauthorized_client")),
        (json!({ "scope": "" }), (400, "invalid_scope")),
        (json!({ "sub": "nobody@acme.example" }), (400, "invalid_grant")),
        (json!({ "sub": "p2@acme.example" }), (400, "invalid_grant")),
        (json!({ "iss": "other@false-project.iam.gserviceaccount.com" }), (400, "invalid_grant")),
        (json!({ "aud": "https://elsewhere.example/token" }), (400, "invalid_grant")),
        (json!({ "iat": now + 1000, "exp": now + 1100 }), (400, "invalid_grant")),
        (json!({ "iat": now - 4000, "exp": now - 1000 }), (400, "invalid_grant")),
        (json!({ "exp": now + 7200 }), (400, "invalid_grant")),
    ] {
        let answer = exchange(&google, wrong.clone());
        assert_eq!(refusal(&answer), (expected.0, expected.1.to_owned()), "{wrong}");
    }
    google.change(|account| account.common.clock_ahead = 4000);
    let skewed = exchange(&google, json!({ "iat": now, "exp": now + 3600 }));
    assert_eq!(refusal(&skewed), (400, "invalid_grant".into()));
    google.change(|account| account.keys[0] = json!({ "kty": "RSA", "kid": KID, "n": "AA", "e": "AQAB" }));
    assert_eq!(refusal(&exchange(&google, json!({}))), (400, "invalid_grant".into()), "another key");
}

#[test]
fn a_machine_without_a_key_has_a_token_of_its_own_and_may_have_an_assertion_signed() {
    let google = google(1);
    let path = "/computeMetadata/v1/instance/service-accounts/default";
    let machine = |what: &str, flavor: &str| {
        ask(google.address, "GET", &format!("{path}/{what}"), &[("metadata-flavor", flavor)], "")
    };
    assert_eq!(machine("token", "").status, 403, "without the header");
    assert_eq!(machine("email", "Google").body, SERVICE_ACCOUNT);
    let own = machine("token", "Google");
    assert_eq!((own.header("metadata-flavor"), &own.json()["expires_in"]), ("Google", &json!(3599)));
    let own = bearer(&own);
    assert_eq!(
        reason(&with(&google, &own, &format!("{GROUPS}?customer=my_customer"))),
        (403, "insufficientPermissions".into())
    );
    let now = google.change(|account| account.common.now());
    let scope = format!("{SCOPES}admin.directory.user.readonly");
    let claims = json!({
        "iss": SERVICE_ACCOUNT, "sub": ADMIN, "aud": AUDIENCE, "scope": scope, "iat": now, "exp": now + 300,
    });
    let sign = || {
        let target = format!("/v1/projects/-/serviceAccounts/{SERVICE_ACCOUNT}:signJwt");
        let body = json!({ "payload": claims.to_string() }).to_string();
        ask(google.address, "POST", &target, &[("authorization", &own)], &body)
    };
    let signed = sign().json()["signedJwt"].as_str().unwrap().to_owned();
    let bearer = bearer(&redeem(&google, &signed));
    assert_eq!(found(&with(&google, &bearer, USERS)), ids(&["1"]));
    google.change(|account| account.may_sign = false);
    assert_eq!((sign().status, &sign().json()["error"]["status"]), (403, &json!("PERMISSION_DENIED")));
    assert_eq!(google.writes(), Vec::<String>::new());
}

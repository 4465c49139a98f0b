//! The emulator does what Okta's documents say, asked without a library in between. What the vendor's own SDK makes of it
//! is in tests/interop.

use serde_json::{Value, json};

use crate::directories::asking::{Answer, ask, form};
use crate::directories::cloud::{CANARY, Failure, Paging, merged};
use crate::directories::jwt;
use crate::directories::okta::*;
use crate::support::crowd;

fn okta(people: usize) -> Okta {
    let okta = Okta::start_org(crowd(people).iter().map(user).collect());
    okta.change(|org| org.groups.push(group("1", "Engineering", &["1", "2"])));
    okta
}

/// As an admin with a token.
fn get(okta: &Okta, target: &str) -> Answer {
    let target = target.replace(' ', "%20").replace('"', "%22");
    ask(okta.address, "GET", &target, &[("authorization", &format!("SSWS {TOKEN}"))], "")
}

fn link(answer: &Answer, relation: &str) -> Option<String> {
    let end = format!(">; rel=\"{relation}\"");
    let lines = answer.lines("link");
    lines.iter().find_map(|line| line.strip_suffix(end.as_str())).map(|line| line.trim_start_matches('<').to_owned())
}

/// Every id of a listing, page by page.
fn pages(okta: &Okta, target: &str) -> Vec<Vec<String>> {
    let (mut found, mut next) = (Vec::new(), Some(target.to_owned()));
    while let Some(target) = next.take() {
        let answer = get(okta, &target);
        found.push(answer.all("id"));
        next = link(&answer, "next").filter(|_| found.len() < 20);
    }
    found
}

fn ids(rows: &[&str]) -> Vec<String> {
    rows.iter().map(|row| user_id(row)).collect()
}

fn code(answer: &Answer) -> (u16, String) {
    (answer.status, answer.json()["errorCode"].as_str().unwrap_or_default().to_owned())
}

/// What the client asserts: its own claims in place of the right ones.
fn assertion(okta: &Okta, other: Value) -> String {
    let now = okta.change(|org| org.common.now());
    let id = okta.change(|org| org.common.fresh("jti"));
    let audience = format!("{}/oauth2/v1/token", okta.url());
    let right = json!({ "iss": CLIENT, "sub": CLIENT, "aud": audience, "iat": now, "exp": now + 300, "jti": id });
    jwt::signed(&json!({ "alg": "RS256", "kid": KID }), &merged(right, &other))
}

fn token(okta: &Okta, assertion: &str, scope: &str, proof: Option<&str>) -> Answer {
    let kind = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
    let body = form(&[
        ("grant_type", "client_credentials"),
        ("scope", scope),
        ("client_assertion_type", kind),
        ("client_assertion", assertion),
    ]);
    let mut headers = vec![("content-type", "application/x-www-form-urlencoded")];
    headers.extend(proof.map(|proof| ("dpop", proof)));
    ask(okta.address, "POST", "/oauth2/v1/token", &headers, &body)
}

#[test]
fn assigned_people_come_in_pages_by_themselves_and_by_their_groups() {
    let okta = okta(5);
    okta.change(|org| {
        org.assign(&["2", "4", "5"]);
        org.assign_group("1");
        org.person("5")["status"] = json!("DEPROVISIONED");
        org.common.paging.most = Some(2);
    });
    let first = get(&okta, &format!("/api/v1/apps/{APP}/users?limit=500&expand=user"));
    assert_eq!(first.all("scope"), ["GROUP", "USER"]);
    assert_eq!(first.json()[0]["_embedded"]["user"]["profile"]["lastName"], "Family1");
    assert_eq!(first.lines("link").len(), 2, "each in a line of its own");
    assert!(link(&first, "next").unwrap().contains("expand=user"));
    let all = pages(&okta, &format!("/api/v1/apps/{APP}/users?limit=500"));
    assert_eq!(all, [ids(&["1", "2"]), ids(&["4"])], "whoever is deactivated has no row");
    assert_eq!(get(&okta, &format!("/api/v1/apps/{APP}/users")).json()[0]["_embedded"], Value::Null);
    assert_eq!(get(&okta, &format!("/api/v1/apps/{APP}/groups?limit=20")).all("id"), [group_id("1")]);
}

#[test]
fn sizes_are_those_of_each_listing() {
    let okta = okta(501);
    okta.change(|org| {
        let all: Vec<String> = (1..=501).map(|i| i.to_string()).collect();
        org.assign(&all.iter().map(String::as_str).collect::<Vec<_>>());
    });
    let n = |target: &str| get(&okta, target).all("id").len();
    let app = format!("/api/v1/apps/{APP}");
    assert_eq!((n(&format!("{app}/users")), n(&format!("{app}/users?limit=500"))), (50, 500));
    assert_eq!((n("/api/v1/users"), n("/api/v1/users?limit=500"), n("/api/v1/users?q=Given")), (200, 200, 10));
    for refused in [format!("{app}/users?limit=501"), format!("{app}/users?limit=0"), format!("{app}/groups?limit=19")]
    {
        assert_eq!(code(&get(&okta, &refused)), (400, "E0000001".into()), "{refused}");
    }
    okta.change(|org| org.limits = Limits::Clamped);
    assert_eq!(n(&format!("{app}/users?limit=501")), 500);
}

#[test]
fn the_plain_list_leaves_out_who_is_deactivated_and_a_search_does_not() {
    let okta = okta(3);
    okta.change(|org| org.person("2")["status"] = json!("DEPROVISIONED"));
    let all = |target: &str| get(&okta, target).all("id");
    assert_eq!(all("/api/v1/users"), ids(&["1", "3"]));
    assert_eq!(all("/api/v1/users?filter=status eq \"DEPROVISIONED\""), ids(&["2"]));
    assert_eq!(all("/api/v1/users?filter=status eq \"deprovisioned\""), ids(&[]), "a filter minds the case");
    assert_eq!(all("/api/v1/users?search=status eq \"deprovisioned\""), ids(&["2"]), "a search does not");
    assert_eq!(all("/api/v1/users?search=profile.lastName sw \"family\" and profile.none eq \"\"").len(), 0);
}

#[test]
fn questions_that_okta_does_not_take_are_refused() {
    let okta = okta(1);
    for (question, expected) in [
        ("filter=profile.department eq \"x\"", "E0000053"),
        ("filter=status ne \"ACTIVE\"", "E0000053"),
        ("filter=not (status eq \"ACTIVE\")", "E0000053"),
        ("filter=profile.login sw \"p\"", "E0000053"),
        ("filter=status eq ACTIVE\"", "E0000053"),
        ("search=status ne \"ACTIVE\"", "E0000031"),
        ("search=profile.department co \"x\"", "E0000031"),
    ] {
        assert_eq!(code(&get(&okta, &format!("/api/v1/users?{question}"))), (400, expected.into()), "{question}");
    }
    let found =
        get(&okta, "/api/v1/users?search=profile.login eq \"P1@acme.example\" or (id eq \"x\" and status gt \"A\")");
    assert_eq!(found.all("id"), ids(&["1"]));
}

#[test]
fn a_search_may_be_behind_and_an_id_never_is() {
    let okta = okta(2);
    okta.change(|org| {
        org.freeze_search();
        org.person("1")["status"] = json!("SUSPENDED");
    });
    assert_eq!(get(&okta, "/api/v1/users?search=id pr").status, 400);
    assert_eq!(get(&okta, "/api/v1/users?search=status eq \"ACTIVE\"").all("id"), ids(&["1", "2"]));
    assert_eq!(get(&okta, "/api/v1/users?filter=status eq \"ACTIVE\"").all("id"), ids(&["2"]));
    assert_eq!(get(&okta, &format!("/api/v1/users/{}", user_id("1"))).json()["status"], "SUSPENDED");
    okta.change(Org::thaw_search);
    assert_eq!(get(&okta, "/api/v1/users?search=status eq \"ACTIVE\"").all("id"), ids(&["2"]));
}

#[test]
fn a_person_is_found_by_id_and_by_login_until_deleted_for_good() {
    let okta = okta(2);
    for name in [user_id("1"), "p1@acme.example".into(), "p1".into()] {
        assert_eq!(get(&okta, &format!("/api/v1/users/{name}")).json()["id"], user_id("1").as_str());
    }
    okta.change(|org| org.delete("1"));
    let gone = get(&okta, &format!("/api/v1/users/{}", user_id("1")));
    assert_eq!(code(&gone), (404, "E0000007".into()));
    assert_eq!(gone.json()["errorSummary"], format!("Not found: Resource not found: {} (User)", user_id("1")));
    assert_eq!(pages(&okta, &format!("/api/v1/groups/{}/users", group_id("1"))), [ids(&["2"])]);
    assert_eq!(code(&get(&okta, "/api/v1/groups/x/users")), (404, "E0000007".into()));
    assert_eq!(code(&get(&okta, "/api/v1/apps/x/users")), (404, "E0000007".into()));
}

#[test]
fn groups_are_found_by_name_and_by_id() {
    let okta = okta(2);
    let found = |target: &str| get(&okta, target).all("id");
    assert_eq!(found("/api/v1/groups?search=profile.name eq \"engineering\""), [group_id("1")]);
    assert_eq!(found("/api/v1/groups?q=Eng"), [group_id("1")]);
    assert_eq!(code(&get(&okta, "/api/v1/groups?filter=profile.name eq \"x\"")), (400, "E0000053".into()));
    let with_stats = get(&okta, "/api/v1/groups?expand=stats&limit=200").json();
    assert_eq!(with_stats[0]["_embedded"]["stats"]["usersCount"], 2);
    assert_eq!(get(&okta, &format!("/api/v1/groups/{}", group_id("1"))).json()["profile"]["name"], "Engineering");
}

#[test]
fn pages_break_in_every_way_that_was_seen() {
    let okta = okta(5);
    let paging = |change: fn(&mut Org)| {
        okta.change(|org| {
            org.common.paging = Paging::default();
            org.common.paging.most = Some(2);
            change(org);
        });
        pages(&okta, "/api/v1/users?limit=200")
    };
    assert_eq!(paging(|_| {}), [ids(&["1", "2"]), ids(&["3", "4"]), ids(&["5"])]);
    assert_eq!(paging(|org| org.common.paging.repeated = true)[1], ids(&["2", "3", "4"]));
    assert_eq!(paging(|org| org.common.paging.empty = Some(2))[1..], [ids(&[]), ids(&["3", "4"]), ids(&["5"])]);
    assert_eq!(paging(|org| org.common.paging.circle = true).len(), 20, "it never ends");
    okta.change(|org| org.common.paging.circle = false);
    okta.change(|org| org.common.paging.elsewhere = Some("http://127.0.0.2:1".into()));
    let next = link(&get(&okta, "/api/v1/users"), "next").unwrap();
    assert!(next.starts_with("http://127.0.0.2:1/api/v1/users?after="), "{next}");
    okta.change(|org| org.common.paging.elsewhere = None);
    let next = link(&get(&okta, "/api/v1/users"), "next").unwrap();
    okta.change(|org| org.common.paging.forget());
    assert_eq!(code(&get(&okta, &next)), (400, "E0000001".into()));
}

#[test]
fn somebody_leaves_between_two_pages() {
    for (by_position, rest) in [(false, ids(&["3", "4"])), (true, ids(&["4"]))] {
        let okta = okta(4);
        okta.change(|org| {
            org.assign(&["1", "2", "3", "4"]);
            org.common.paging.most = Some(2);
            org.common.paging.by_position = by_position;
            org.common.before("after=", 1, |org| org.unassign("1"));
        });
        let all = pages(&okta, &format!("/api/v1/apps/{APP}/users"));
        assert_eq!(all, [ids(&["1", "2"]), rest], "by position: {by_position}");
    }
}

#[test]
fn every_answer_says_what_is_left_of_the_minute() {
    let okta = okta(1);
    okta.change(|org| org.rate_limit = 2);
    let left = |answer: &Answer| {
        ["limit", "remaining", "reset"]
            .map(|what| answer.header(&format!("x-rate-limit-{what}")).parse::<i64>().unwrap())
    };
    let first = get(&okta, "/api/v1/users");
    assert_eq!(left(&first)[..2], [2, 1]);
    assert!(!first.header("x-okta-request-id").is_empty());
    get(&okta, "/api/v1/users");
    let third = get(&okta, "/api/v1/users");
    assert_eq!((code(&third), left(&third)[..2].to_vec()), ((429, "E0000047".into()), vec![2, 0]));
    assert_eq!(third.lines("retry-after"), Vec::<&str>::new());
    assert_eq!(get(&okta, "/api/v1/groups").status, 200, "a bucket of its own");
    // The window is over on the directory's clock, which may be another one than ours.
    okta.change(|org| org.common.clock_ahead = 100);
    let later = get(&okta, "/api/v1/users");
    let date = httpdate::parse_http_date(later.header("date")).unwrap();
    let date = date.duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
    assert_eq!((later.status, left(&later)[1]), (200, 1));
    assert!((59..=60).contains(&(left(&later)[2] - i64::try_from(date).unwrap())), "counted from its own date");
    okta.change(|org| org.common.trouble.push(("/users", Failure::Crowded)));
    let crowded = get(&okta, "/api/v1/users");
    assert_eq!((code(&crowded), left(&crowded)[..2].to_vec()), ((429, "E0000047".into()), vec![0, 0]));
}

#[test]
fn what_is_before_the_api_answers_in_html() {
    let okta = okta(1);
    okta.change(|org| org.common.trouble.extend([500, 502, 504].map(|status| ("/users", Failure::Html(status)))));
    okta.change(|org| org.common.trouble.push(("/users", Failure::Status(500))));
    for status in [500, 502, 504] {
        let answer = get(&okta, "/api/v1/users");
        assert_eq!((answer.status, answer.header("content-type")), (status, "text/html"));
        assert!(answer.body.contains(CANARY));
    }
    assert_eq!(code(&get(&okta, "/api/v1/users")), (500, "E0000009".into()));
    okta.change(|org| org.common.trouble.push(("/users", Failure::Cut)));
    assert!(serde_json::from_str::<Value>(&get(&okta, "/api/v1/users").body).is_err());
    assert_eq!(get(&okta, "/api/v1/users").status, 200);
}

#[test]
fn who_it_is_and_which_org_is_said() {
    let okta = okta(1);
    let known = ask(okta.address, "GET", "/.well-known/okta-organization", &[], "");
    assert_eq!((known.status, known.json()["id"].as_str()), (200, Some(ORG)));
    assert_eq!(get(&okta, "/api/v1/org").json()["id"], ORG);
    assert_eq!(get(&okta, "/api/v1/users/me").json()["profile"]["login"], "admin@acme.example");
    okta.change(|org| org.becomes("00oOTHER", Vec::new()));
    assert_eq!(get(&okta, "/api/v1/org").json()["id"], "00oOTHER");
    assert_eq!(pages(&okta, "/api/v1/users"), [ids(&[])]);
    assert_eq!(code(&ask(okta.address, "GET", "/api/v1/users", &[], "")), (403, "E0000005".into()));
    let wrong = ask(okta.address, "GET", "/api/v1/users", &[("authorization", "SSWS wrong")], "");
    assert_eq!(code(&wrong), (401, "E0000011".into()));
    let write = ask(okta.address, "DELETE", "/api/v1/users/1", &[("authorization", "SSWS wrong")], "");
    assert_eq!((code(&write), okta.writes()), ((403, "E0000006".into()), vec!["DELETE /api/v1/users/1".to_owned()]));
    assert_eq!(okta.requests().len(), 8);
}

#[test]
fn a_token_is_for_who_has_the_key_and_for_what_was_granted() {
    let okta = okta(1);
    let given = token(&okta, &assertion(&okta, json!({})), "okta.users.read okta.logs.read", None).json();
    assert_eq!((&given["token_type"], &given["expires_in"]), (&json!("Bearer"), &json!(3600)));
    assert_eq!(given["scope"], "okta.users.read", "what was not granted is left out");
    let bearer = format!("Bearer {}", given["access_token"].as_str().unwrap());
    let with = |target: &str| ask(okta.address, "GET", target, &[("authorization", &bearer)], "");
    assert_eq!(with("/api/v1/users").status, 200);
    assert_eq!(code(&with("/api/v1/users/me")), (404, "E0000007".into()), "a service app is nobody");
    let narrow = with("/api/v1/groups");
    assert_eq!((narrow.status, narrow.body.as_str()), (403, ""));
    assert!(narrow.header("www-authenticate").contains("scope=\"okta.groups.read\", error=\"insufficient_scope\""));
    okta.change(|org| org.refused_in_body = true);
    assert_eq!(code(&with("/api/v1/groups")), (403, "E0000006".into()));
    okta.change(|org| org.has_role = false);
    assert_eq!(code(&with("/api/v1/users")), (403, "E0000006".into()));
    okta.change(Org::expire_tokens);
    assert_eq!(code(&with("/api/v1/users")), (401, "E0000011".into()));
    assert_eq!(okta.writes(), Vec::<String>::new(), "asking for a token changes nothing");
}

#[test]
fn an_assertion_that_is_not_right_gets_no_token() {
    let okta = okta(1);
    let now = okta.change(|org| org.common.now());
    for wrong in [
        json!({ "aud": "https://acme.okta.com/oauth2/v1/token" }),
        json!({ "exp": now - 1 }),
        json!({ "exp": now + 3700 }),
        json!({ "exp": (now + 300).to_string() }),
        json!({ "iss": "0oaOTHER" }),
        json!({ "sub": "0oaOTHER" }),
        json!({ "iat": now + 1000 }),
    ] {
        let answer = token(&okta, &assertion(&okta, wrong.clone()), "okta.users.read", None);
        assert_eq!((answer.status, answer.json()["error"].as_str()), (401, Some("invalid_client")), "{wrong}");
    }
    let once = assertion(&okta, json!({}));
    assert_eq!(token(&okta, &once, "okta.users.read", None).status, 200);
    assert_eq!(token(&okta, &once, "okta.users.read", None).status, 401, "used");
    let nothing = token(&okta, &assertion(&okta, json!({})), "okta.logs.read", None);
    assert_eq!((nothing.status, nothing.json()["error"].as_str()), (400, Some("invalid_scope")));
    okta.change(|org| {
        org.clients.get_mut(CLIENT).unwrap().keys[0] = json!({ "kty": "RSA", "kid": KID, "n": "AA", "e": "AQAB" })
    });
    assert_eq!(token(&okta, &assertion(&okta, json!({})), "okta.users.read", None).status, 401, "another key");
}

/// With the same key as the assertion, which nobody forbids.
fn proof(okta: &Okta, method: &str, path: &str, more: Value) -> String {
    let now = okta.change(|org| org.common.now());
    let id = okta.change(|org| org.common.fresh("proof"));
    let header = json!({ "alg": "RS256", "typ": "dpop+jwt", "jwk": jwt::public_jwk(KID) });
    let claims = json!({ "htm": method, "htu": format!("{}{path}", okta.url()), "iat": now, "jti": id });
    jwt::signed(&header, &merged(claims, &more))
}

#[test]
fn a_client_that_has_to_prove_itself_is_asked_for_a_nonce() {
    let okta = okta(1);
    okta.change(|org| org.clients.get_mut(CLIENT).unwrap().dpop = true);
    let path = "/oauth2/v1/token";
    let ask_with = |assertion: &str, proof: Option<&str>| token(&okta, assertion, "okta.users.read", proof);
    let error = |answer: &Answer| (answer.status, answer.json()["error"].as_str().unwrap().to_owned());
    let unproved = ask_with(&assertion(&okta, json!({})), None);
    assert_eq!(error(&unproved), (400, "invalid_dpop_proof".into()));
    let used = assertion(&okta, json!({}));
    let told = ask_with(&used, Some(&proof(&okta, "POST", path, json!({}))));
    assert_eq!(error(&told), (400, "use_dpop_nonce".into()));
    let nonce = json!({ "nonce": told.header("dpop-nonce") });
    let again = ask_with(&used, Some(&proof(&okta, "POST", path, nonce.clone())));
    assert_eq!(error(&again), (401, "invalid_client".into()), "the assertion was consumed");
    let given = ask_with(&assertion(&okta, json!({})), Some(&proof(&okta, "POST", path, nonce))).json();
    assert_eq!(given["token_type"], "DPoP");
    let token = given["access_token"].as_str().unwrap();
    let with = |scheme: &str, proof: &str| {
        let headers = [("authorization", format!("{scheme} {token}")), ("dpop", proof.to_owned())];
        let headers = headers.each_ref().map(|(name, value)| (*name, value.as_str()));
        ask(okta.address, "GET", "/api/v1/users?limit=200", &headers, "").status
    };
    let hash = json!({ "ath": jwt::sha256(token.as_bytes()) });
    let good = proof(&okta, "GET", "/api/v1/users", hash.clone());
    assert_eq!((with("DPoP", &good), with("DPoP", &good), with("Bearer", &good)), (200, 401, 401));
    assert_eq!(with("DPoP", &proof(&okta, "GET", "/api/v1/users", json!({}))), 401, "of no token");
    assert_eq!(with("DPoP", &proof(&okta, "GET", "/api/v1/users?limit=200", hash)), 401, "with a query");
}

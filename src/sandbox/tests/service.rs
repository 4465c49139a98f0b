//! What is not about one user: keys, plan, discovery, routing, limits, error bodies, the log, determinism.
//!
//! Never: a fault; those have their own file.

use super::*;

fn with_authorization(sandbox: &Sandbox, path: &str, authorization: &str) -> Response {
    let request =
        Request { authorization: SecretString::from(authorization.to_owned()), ..request(Method::Get, path, None) };
    send(sandbox, request).expect("no fault is set")
}

#[test]
fn keys_and_how_they_are_shown() {
    let sandbox = acme(Knobs::default());
    let table = [
        ("Bearer PMAK-active", 200),
        ("bearer   PMAK-active", 200),
        ("PMAK-active", 200),
        ("Bearer PMAK-previous", 200),
        ("Bearer PMAK-revoked", 401),
        ("Bearer PMAK-orphaned", 403),
        ("Bearer PMAK-unknown", 401),
        ("Basic PMAK-active", 401),
        ("Bearer", 401),
        ("", 401),
    ];
    for (authorization, expected) in table {
        assert_eq!(with_authorization(&sandbox, "/Users", authorization).status, expected, "{authorization:?}");
    }
    sandbox.edit(|team| team.set_key("PMAK-active", KeyState::Revoked));
    assert_eq!(get(&sandbox, "/Users").0, 401);
    let shown = format!("{:?} {:?}", sandbox.log(), sandbox.team());
    assert!(!shown.contains("PMAK"), "no key in a log or a debug print");
}

#[test]
fn team_plan_and_toggle() {
    let sandbox = acme(Knobs::default());
    let id = id_of(&sandbox, "root@acme.example");
    sandbox.edit(|team| team.plan = Plan::Basic);
    assert_eq!(get(&sandbox, "/Users").0, 200, "the plan is asked about on POST only");
    assert!(create(&sandbox, "ada@acme.example").1["detail"].as_str().is_some_and(|d| d.contains("Enterprise")));
    sandbox.edit(|team| team.knobs.plan_checked = PlanChecked::Everywhere);
    assert_eq!(get(&sandbox, "/ServiceProviderConfig").0, 400);

    let sandbox = acme(Knobs::default());
    sandbox.edit(|team| team.existence = Existence::Deleted);
    assert_eq!(get(&sandbox, "/Users").1["detail"], "This Postman team doesn't exist anymore.");
    assert_eq!(set_active(&sandbox, &id, false).1["detail"], "Team doesn't exist.");

    for (scim_off, expected) in [(ScimOff::Unauthorized, 401), (ScimOff::Forbidden, 403)] {
        let sandbox = acme(Knobs { scim_off, ..Knobs::default() });
        sandbox.edit(|team| team.scim = Scim::Off);
        assert_eq!(get(&sandbox, "/Users").0, expected);
    }
}

#[test]
fn discovery() {
    let sandbox = acme(Knobs::default());
    let (status, config) = get(&sandbox, "/ServiceProviderConfig");
    assert_eq!((status, &config["filter"]["maxResults"]), (200, &json!(100)));
    assert!(get(&sandbox, "/ResourceTypes").1.is_array(), "a bare array");
    let body = |path: &str| -> Value {
        let response = with_authorization(&sandbox, path, "PMAK-revoked");
        assert_eq!(response.status, 401);
        serde_json::from_slice(&response.body).expect("JSON")
    };
    assert_eq!(body("/ServiceProviderConfig")["status"], "401");
    assert_eq!(body("/ResourceTypes")["error"]["name"], "AuthenticationError");
    sandbox.edit(|team| team.knobs.resource_types_401 = GatewayBody::Problem);
    assert_eq!(body("/ResourceTypes")["status"], 401);
    sandbox.edit(|team| team.knobs.discovery_auth = DiscoveryAuth::Public);
    assert_eq!(with_authorization(&sandbox, "/ResourceTypes", "").status, 200);
}

#[test]
fn what_is_not_there_is_the_gateways_404() {
    let sandbox = acme(Knobs::default());
    let id = id_of(&sandbox, "root@acme.example");
    let user = format!("/Users/{id}");
    let nowhere = [
        (Method::Delete, user.as_str()),
        (Method::Post, user.as_str()),
        (Method::Put, "/Users"),
        (Method::Put, "/Groups/g1"),
        (Method::Get, "/Schemas"),
        (Method::Post, "/Bulk"),
        (Method::Get, "/Me"),
        (Method::Get, "/ResourceTypes/User"),
        (Method::Get, "/"),
    ];
    for (method, path) in nowhere {
        let (status, body) = call(&sandbox, method, path, None);
        assert_eq!(
            (status, &body["status"], &body["error"]["name"]),
            (404, &json!("error"), &json!("NotFound")),
            "{path}"
        );
    }
    assert_eq!(standing_of(&sandbox, "root@acme.example"), Some(Standing::Active), "DELETE deletes nobody");
    assert_eq!(with_authorization(&sandbox, "/Schemas", "").status, 404);
    sandbox.edit(|team| team.knobs.unrouted = Unrouted::AfterAuth);
    assert_eq!(with_authorization(&sandbox, "/Schemas", "").status, 401);
}

#[test]
fn filters_outside_the_grammar_are_400() {
    let sandbox = acme(Knobs::default());
    for filter in ["userName%20co%20%22a%22", "externalId%20eq%20%221%22", "displayName%20eq%20%22a%22", "x", ""] {
        let (status, error) = get(&sandbox, &format!("/Users?filter={filter}"));
        assert_eq!((status, error.get("scimType")), (400, None), "{filter}");
        assert_eq!(error["detail"], "You've used filter(s) that Postman doesn't support.");
    }
}

#[test]
fn error_bodies_say_status_as_a_string_and_429_as_a_number() {
    let (status, error) = get(&acme(Knobs::default()), "/Users/none");
    assert_eq!((status, &error["status"]), (404, &json!("404")));
    assert_eq!(error["schemas"], json!(["urn:ietf:params:scim:api:messages:2.0:Error"]));
    let sandbox = acme(Knobs { apostrophes: Apostrophes::Typographic, ..Knobs::default() });
    assert_eq!(get(&sandbox, "/Users/none").1["detail"], "This person isn’t a member of the team.");
}

#[test]
fn limits_are_per_team_and_kind_with_the_header_the_knob_wants() {
    let other = |name: &str, value: &str| RetryHeader::Other { name: name.into(), value: value.into() };
    let table = [
        (RetryHeader::Absent, None),
        (RetryHeader::RetryAfter, Some(("retry-after", "60"))),
        (RetryHeader::XRateLimitRetryAfter, Some(("x-ratelimit-retryafter", "60"))),
        (RetryHeader::RetryAfterOneWord, Some(("retryafter", "60"))),
        (RetryHeader::EpochReset, Some(("x-ratelimit-reset", "1767225660"))),
        (other("Retry-After", "soon"), Some(("retry-after", "soon"))),
    ];
    for (retry_header, expected) in table {
        let sandbox = Sandbox::new(Team::acme().limits(Limits { writes_per_min: 1, reads_per_min: 2 }));
        sandbox.edit(|team| team.knobs.retry_header = retry_header);
        assert_eq!(create(&sandbox, "ada@acme.example").0, 201);
        let limited = request(Method::Post, "/Users", Some(new_user("bob@acme.example")));
        let limited = Request { authorization: SecretString::from("PMAK-previous"), ..limited };
        let response = send(&sandbox, limited).expect("an answer");
        let body: Value = serde_json::from_slice(&response.body).expect("JSON");
        assert_eq!((response.status, &body["status"]), (429, &json!(429)), "another key, the same bucket");
        assert_eq!(response.headers.get(1).map(|(name, value)| (name.as_str(), value.as_str())), expected);
        assert_eq!((get(&sandbox, "/Users").0, get(&sandbox, "/Users").0, get(&sandbox, "/Users").0), (200, 200, 429));
        sandbox.set_now(EPOCH_S + 60);
        assert_eq!(create(&sandbox, "bob@acme.example").0, 201);
    }
}

#[test]
fn the_log_tells_everything_but_the_key() {
    let sandbox = acme(Knobs::default());
    let root = id_of(&sandbox, "root@acme.example");
    found(&sandbox, "ada@acme.example");
    let (_, ada) = create(&sandbox, "ada@acme.example");
    readdress(&sandbox, &root, "chief@acme.example");
    put(&sandbox, &root, json!({"name": {"givenName": "A", "familyName": "B"}}));
    set_active(&sandbox, &root, false);
    set_active(&sandbox, &root, true);
    get(&sandbox, "/Users?startIndex=1&count=1");
    let told: Vec<_> = sandbox.log().into_iter().map(|l| (l.seq, l.kind, l.user_name, l.outcome, l.done)).collect();
    let name = |text: &str| Some(text.to_owned());
    let ok = Outcome::Status(200);
    let expected = vec![
        (1, Kind::Find, name("ada@acme.example"), ok, vec![]),
        (2, Kind::Create, name("ada@acme.example"), Outcome::Status(201), vec![Done::Created]),
        (3, Kind::Readdress, name("root@acme.example"), ok, vec![Done::Readdressed]),
        (4, Kind::Rename, name("chief@acme.example"), ok, vec![Done::Renamed]),
        (5, Kind::Deactivate, name("chief@acme.example"), ok, vec![Done::Deactivated]),
        (6, Kind::Reactivate, name("chief@acme.example"), ok, vec![Done::Reactivated]),
        (7, Kind::List, None, ok, vec![]),
    ];
    assert_eq!(told, expected);
    assert_eq!(sandbox.log()[1].scim_id.as_deref(), ada["id"].as_str());
    assert!(sandbox.log()[1].body.as_deref().is_some_and(|body| body.contains("Byron")));
    assert_eq!((sandbox.writes().len(), sandbox.reads().len()), (5, 2));
    sandbox.clear_log();
    assert_eq!((sandbox.log().len(), sandbox.effects()), (0, 5));
}

#[test]
fn a_request_is_named_after_its_gravest_wish() {
    let sandbox = acme(Knobs::default());
    let (name, user_name) = (json!({"givenName": "A"}), "a@acme.example");
    let kind = |method: Method, body: Value| {
        call(&sandbox, method, "/Users/x", Some(body));
        sandbox.log().pop().expect("it was logged").kind
    };
    let put = |body: Value| kind(Method::Put, body);
    assert_eq!(put(json!({"name": name, "userName": user_name, "active": false})), Kind::Deactivate);
    assert_eq!(put(json!({"name": name, "userName": user_name, "active": true})), Kind::Readdress);
    assert_eq!(put(json!({"name": name, "active": true})), Kind::Reactivate);
    assert_eq!((put(json!({"name": name})), put(json!({}))), (Kind::Rename, Kind::Other));
    let to = |active: bool| json!({"op": "replace", "value": {"active": active}});
    let patch = |operations: Value| kind(Method::Patch, json!({"schemas": [], "Operations": operations}));
    assert_eq!(patch(json!([to(true), to(false)])), Kind::Deactivate);
    let readdress = json!({"op": "replace", "path": "userName", "value": user_name});
    assert_eq!((patch(json!([to(true), readdress])), patch(json!([]))), (Kind::Readdress, Kind::Other));
}

#[test]
fn another_team_may_answer_at_the_same_address() {
    let sandbox = acme(Knobs::default());
    let backup = sandbox.team();
    let id = id_of(&sandbox, "root@acme.example");
    sandbox.replace_team(Team::new("Other").seed(2).key("PMAK-active", KeyState::Active).member(
        "z@z.example",
        "Z",
        "Z",
    ));
    assert_eq!(
        (get(&sandbox, "/Users").1["totalResults"].as_u64(), get(&sandbox, &format!("/Users/{id}")).0),
        (Some(1), 404)
    );
    sandbox.replace_team(backup);
    assert_eq!(get(&sandbox, &format!("/Users/{id}")).0, 200);
}

#[test]
fn one_seed_one_story() {
    let story = |seed: u64| {
        let sandbox = Sandbox::new(Team::new("T").seed(seed).key("PMAK-active", KeyState::Active));
        sandbox.storm(seed, 300, Failure::menu());
        let mut told = Vec::new();
        for i in 0..200 {
            let answer = send(&sandbox, request(Method::Post, "/Users", Some(new_user(&format!("u{i}@acme.example")))));
            told.push(answer.map(|response| (response.status, response.body)).map_err(|error| error.to_string()));
            told.push(Ok((0, get_raw(&sandbox))));
        }
        (told, sandbox.log())
    };
    assert_eq!(story(7), story(7));
    assert_ne!(story(7).0, story(8).0);
}

fn get_raw(sandbox: &Sandbox) -> Vec<u8> {
    send(sandbox, request(Method::Get, "/Users", None)).map(|response| response.body).unwrap_or_default()
}

//! Knobs of the protocol, answers that are nearly right, old states, and golden answers of the documents.
//!
//! Never: waits.

use super::*;

fn bent(sandbox: &Sandbox, bend: Bend, path: &str) -> Value {
    sandbox.faults_off();
    sandbox.fault(Fault::reads(Failure::Bent(bend)).always());
    get(sandbox, path).1
}

fn names(page: &Value) -> Vec<String> {
    let resources = page["Resources"].as_array().cloned().unwrap_or_default();
    resources.iter().map(|user| user["userName"].as_str().unwrap_or_default().to_owned()).collect()
}

#[test]
fn listings_that_lie() {
    let sandbox = Sandbox::new(Team::new("T").key("PMAK-active", KeyState::Active).crowd(10));
    let second = "/Users?startIndex=5&count=4";
    let number = |name: &str| name[6..10].parse::<u32>().expect("a number");
    let shown = |bend: Bend| {
        let page = bent(&sandbox, bend, second);
        (names(&page).iter().map(|name| number(name)).collect::<Vec<_>>(), page)
    };
    let table: [(Bend, &[u32], Value); 8] = [
        (Bend::Total { by: 3 }, &[5, 6, 7, 8], json!(13)),
        (Bend::NoTotal, &[5, 6, 7, 8], Value::Null),
        (Bend::EmptyPage, &[], json!(10)),
        (Bend::ShortPage { entries: 2 }, &[5, 6], json!(10)),
        (Bend::Overlap { entries: 1 }, &[4, 5, 6, 7], json!(10)),
        (Bend::Gap { entries: 1 }, &[6, 7, 8, 9], json!(10)),
        (Bend::FirstPageAgain, &[1, 2, 3, 4], json!(10)),
        (Bend::NullResources, &[], json!(10)),
    ];
    for (bend, expected, total) in table {
        let (numbers, page) = shown(bend.clone());
        assert_eq!((numbers.as_slice(), &page["totalResults"]), (expected, &total), "{bend:?}");
        assert_eq!(page["startIndex"], 5, "{bend:?}: the page does not give it away");
    }
    assert!(bent(&sandbox, Bend::NoResources, second).get("Resources").is_none());
    let page = bent(&sandbox, Bend::UnknownAttributes, second);
    assert!(page["x-unknown"].is_object() && page["Resources"][0]["name"]["x-unknown"].is_object());
    let first = bent(&sandbox, Bend::Overlap { entries: 1 }, "/Users?startIndex=1&count=4");
    assert_eq!(first["Resources"][0]["userName"], "member0001@acme.example", "nothing comes before the first page");
}

#[test]
fn media_types_that_are_wrong() {
    let sandbox = acme(Knobs::default());
    sandbox.fault(Fault::reads(Failure::Bent(Bend::ContentType("text/plain".into()))));
    let response = send(&sandbox, request(Method::Get, "/Users", None)).expect("an answer");
    assert_eq!((response.status, response.header("content-type")), (200, Some("text/plain")));
    sandbox.fault(Fault::reads(Failure::Status { status: 429, shape: Shape::Problem }));
    let response = send(&sandbox, request(Method::Get, "/Users", None)).expect("an answer");
    assert_eq!((response.status, response.header("content-type")), (429, Some("application/problem+json")));
}

#[test]
fn a_read_may_be_of_long_ago() {
    let sandbox = acme(Knobs::default());
    let id = id_of(&sandbox, "root@acme.example");
    let path = format!("/Users/{id}");
    set_active(&sandbox, &id, false);
    create(&sandbox, "ada@acme.example");
    sandbox.edit(|team| team.remove_by_hand("deputy@acme.example"));
    let stale = |requests: u64| sandbox.fault(Fault::reads(Failure::Stale { requests }));
    stale(2);
    assert_eq!(get(&sandbox, &path).1["active"], true);
    assert_eq!(get(&sandbox, &path).1["active"], false, "and then it is known again");
    stale(3);
    let then = names(&get(&sandbox, "/Users").1);
    let has = |all: &[String], name: &str| all.iter().any(|one| one == name);
    assert!(has(&then, "deputy@acme.example") && !has(&then, "ada@acme.example"), "what was done by hand counts too");
    let now = names(&get(&sandbox, "/Users").1);
    assert!(!has(&now, "deputy@acme.example") && has(&now, "ada@acme.example"));
    stale(5);
    assert_eq!(found(&sandbox, "ada@acme.example"), 0);
    assert_eq!(found(&sandbox, "ada@acme.example"), 1);
    stale(1000);
    assert_eq!(get(&sandbox, &path).1["active"], true, "before everything");
    assert!(sandbox.group("Platform").is_some(), "the team is as it was");
}

#[test]
fn what_is_undone_leaves_nothing_behind() {
    let sandbox = Sandbox::new(Team::acme().seats(6));
    let before = get(&sandbox, "/Users").1;
    sandbox.fault(Fault::writes(Failure::NoEffect).always());
    let root = id_of(&sandbox, "root@acme.example");
    assert_eq!(create(&sandbox, "ada@acme.example").0, 201);
    assert_eq!(create(&sandbox, "ada@acme.example").0, 201, "neither the address is taken nor the seat");
    assert_eq!(readdress(&sandbox, &root, "chief@acme.example").0, 200);
    assert_eq!(set_active(&sandbox, &root, false).0, 200);
    assert_eq!(get(&sandbox, "/Users").1, before);
    assert_eq!((found(&sandbox, "chief@acme.example"), found(&sandbox, "root@acme.example")), (0, 1));
    assert_eq!((sandbox.members("Platform").len(), sandbox.team().seats_used()), (3, 5));
}

#[test]
fn order_counts_and_quota_are_knobs() {
    let knobs = Knobs { list_order: ListOrder::NewestFirst, items_per_page: ItemsPerPage::Asked, ..Knobs::default() };
    let sandbox = Sandbox::new(Team::new("T").key("PMAK-active", KeyState::Active).knobs(knobs).crowd(4));
    let first = get(&sandbox, "/Users?startIndex=1&count=2").1;
    sandbox.edit(|team| team.add_by_hand("new@acme.example", "N", "N"));
    let second = get(&sandbox, "/Users?startIndex=3&count=7").1;
    assert_eq!(names(&first)[1], names(&second)[0], "somebody came in between, and one is shown twice");
    assert_eq!((&second["itemsPerPage"], names(&second).len()), (&json!(7), 3));

    let quota = |quota_headers: QuotaHeaders| {
        let sandbox = Sandbox::new(Team::acme().limits(Limits::default()));
        sandbox.edit(|team| team.knobs.quota_headers = quota_headers);
        let response = send(&sandbox, request(Method::Get, "/Users", None)).expect("an answer");
        response.headers.into_iter().skip(1).map(|(name, value)| format!("{name}: {value}")).collect::<Vec<_>>()
    };
    assert!(quota(QuotaHeaders::Absent).is_empty());
    assert_eq!(quota(QuotaHeaders::Draft), ["ratelimit: limit=300, remaining=299, reset=60"]);
    assert_eq!(quota(QuotaHeaders::XRateLimit)[1..], ["x-ratelimit-remaining: 299", "x-ratelimit-reset: 1767225660"]);
    assert_eq!(quota(QuotaHeaders::RateLimit)[0], "ratelimit-limit: 300");
}

#[test]
fn put_may_count_as_a_read_and_names_may_be_too_long() {
    for (put_limit, expected) in [(PutLimit::Writes, 429), (PutLimit::Reads, 200)] {
        let sandbox = Sandbox::new(Team::acme().limits(Limits { writes_per_min: 1, reads_per_min: 9 }));
        sandbox.edit(|team| (team.knobs.put_limit, team.knobs.name_chars_max) = (put_limit, 30));
        let root = id_of(&sandbox, "root@acme.example");
        assert_eq!(create(&sandbox, &format!("{}@acme.example", "x".repeat(30))).1["scimType"], "invalidSyntax");
        let name = json!({"name": {"givenName": "A", "familyName": "B"}});
        assert_eq!(put(&sandbox, &root, name).0, expected);
    }
}

#[test]
fn conflicts_and_invitations_that_look_otherwise() {
    let knobs = Knobs {
        other_team_text: OtherTeamText::AlreadyMember,
        invite_status: InviteStatus::Accepted,
        ..Knobs::default()
    };
    let sandbox = acme(knobs);
    assert_eq!(create(&sandbox, "y@other.example").1["detail"], "This person is already a member of the team.");
    assert_eq!((create(&sandbox, "x@gmail.example").0, create(&sandbox, "ada@acme.example").0), (202, 201));
}

#[test]
fn a_wait_as_a_date() {
    let sandbox = acme(Knobs::default());
    sandbox.fault(Fault::any(Failure::TooManyRequests { header: RetryHeader::HttpDate, wait_s: 90 }));
    let response = send(&sandbox, request(Method::Get, "/Users", None)).expect("an answer");
    assert_eq!(response.header("retry-after"), Some("Thu, 01 Jan 2026 00:01:30 GMT"));
}

/// The examples of the research notes, section 17 and 6, byte for byte in meaning.
#[test]
fn golden_answers() {
    let sandbox = Sandbox::new(Team::acme().seats(6));
    let list = get(&sandbox, "/Users?filter=userName%20eq%20%22ada%2Btest%40acme.example%22&startIndex=1&count=100");
    let nobody = json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"], "totalResults": 0,
                        "startIndex": 1, "itemsPerPage": 0, "Resources": []});
    assert_eq!(list, (200, nobody));
    let (status, ada) = create(&sandbox, "ada+test@acme.example");
    assert_eq!((status, &ada["userName"]), (201, &json!("ada+test@acme.example")));
    let error = |status: &str, detail: &str| json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"], "detail": detail, "status": status});
    let mut conflict = error("409", "This person is already a member of the team.");
    conflict["scimType"] = json!("uniqueness");
    assert_eq!(create(&sandbox, "ada+test@acme.example"), (409, conflict));
    let no_seat = "No slots available on your Postman team. Purchase or free up slots to invite more members. For help, \
                   contact Team Admins or members with a Billing role.";
    assert_eq!(create(&sandbox, "bob@acme.example"), (400, error("400", no_seat)));
    let id = ada["id"].as_str().expect("an id");
    let mut inactive = ada.clone();
    inactive["active"] = json!(false);
    assert_eq!(set_active(&sandbox, id, false), (200, inactive));
    let unrouted = json!({"error": {"name": "NotFound", "message": "We can't seem to find what you are looking for."},
                          "status": "error"});
    assert_eq!(call(&sandbox, Method::Delete, &format!("/Users/{id}"), None), (404, unrouted));
    sandbox.edit(|team| {
        (team.limits, team.knobs.apostrophes) =
            (Some(Limits { writes_per_min: 1, reads_per_min: 1 }), Apostrophes::Typographic)
    });
    create(&sandbox, "bob@acme.example");
    let mut limited = error("429", "That’s 1 attempts in less than a minute. Wait for a minute and then try again.");
    limited["status"] = json!(429);
    assert_eq!(create(&sandbox, "bob@acme.example"), (429, limited));
}

/// A walk through everybody in each request would make minutes of this.
#[test]
fn many_people_are_no_burden() {
    let sandbox =
        Sandbox::new(Team::new("T").seats(20_000).verified("acme.example").key("PMAK-active", KeyState::Active));
    for i in 0..10_000 {
        assert_eq!(create(&sandbox, &format!("p{i}@acme.example")).0, 201);
    }
    let mut n = 0;
    for page in 0..100 {
        n += names(&get(&sandbox, &format!("/Users?startIndex={}&count=100", page * 100 + 1)).1).len();
    }
    assert_eq!((n, found(&sandbox, "p9999@acme.example")), (10_000, 1));
}

#[test]
fn a_log_holds_as_much_as_it_may() {
    let sandbox = acme(Knobs::default());
    sandbox.log_at_most(3);
    (0..5).for_each(|_| _ = get(&sandbox, "/Users"));
    assert_eq!(sandbox.log().iter().map(|logged| logged.seq).collect::<Vec<_>>(), [3, 4, 5]);
    sandbox.clear_log();
    get(&sandbox, "/Users");
    assert_eq!(sandbox.log().len(), 1);
}

//! Users: creation and its outcomes, updates, the two case rules, invitations, seats.
//!
//! Never: a fault; those have their own file.

use super::*;

#[test]
fn a_created_user_looks_as_documented() {
    let sandbox = acme(Knobs::default());
    let mut body = new_user("ada@acme.example");
    body["externalId"] = json!("hr-0042");
    body["displayName"] = json!("Ada Byron");
    body["groups"] = json!([]);
    let (status, user) = call(&sandbox, Method::Post, "/Users", Some(body));
    assert_eq!(status, 201);
    let mut keys: Vec<&String> = user.as_object().expect("an object").keys().collect();
    keys.sort();
    assert_eq!(keys, ["active", "externalId", "id", "meta", "name", "schemas", "userName"]);
    let id = user["id"].as_str().expect("a string");
    assert!(id.len() == 48 && id.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b)), "{id}");
    assert!(user["externalId"].as_str().is_some_and(|text| text.parse::<u64>().is_ok()), "Postman's own number");
    assert_eq!(user["meta"]["created"], "2026-01-01T00:00:00.000Z");
    assert_eq!(get(&sandbox, &format!("/Users/{id}")), (200, user.clone()));
    assert_eq!(found(&sandbox, "ada@acme.example"), 1);
}

#[test]
fn knobs_of_the_created_body() {
    let sandbox = acme(Knobs { external_id: ExternalId::Echo, emails: Emails::OnCreate, ..Knobs::default() });
    let mut body = new_user("ada@acme.example");
    body["externalId"] = json!("hr-0042");
    let (_, user) = call(&sandbox, Method::Post, "/Users", Some(body));
    assert_eq!(user["externalId"], "hr-0042");
    assert_eq!(user["emails"][0]["value"], "ada@acme.example");
    let (_, user) = create(&sandbox, "bob@acme.example");
    assert!(user["externalId"].as_str().is_some_and(|text| text.parse::<u64>().is_ok()), "omitted, yet returned");
    assert!(get(&sandbox, &format!("/Users/{}", user["id"].as_str().expect("id"))).1.get("emails").is_none());
}

#[test]
fn post_wants_an_address_and_both_names() {
    let sandbox = acme(Knobs::default());
    let base = new_user("ada@acme.example");
    let broken: &[(&str, Value)] = &[
        ("name", json!({})),
        ("name", json!({"givenName": "Ada"})),
        ("name", json!({"givenName": "Ada", "familyName": ""})),
        ("name", Value::Null),
        ("userName", json!("")),
        ("userName", json!(7)),
        ("active", json!("True")),
    ];
    for (attribute, value) in broken {
        let mut body = base.clone();
        body[*attribute] = value.clone();
        let (status, error) = call(&sandbox, Method::Post, "/Users", Some(body));
        assert_eq!((status, &error["scimType"]), (400, &json!("invalidSyntax")), "{attribute} = {value}");
    }
    assert_eq!(call(&sandbox, Method::Post, "/Users", None).0, 400);
    assert_eq!(sandbox.effects(), 0);
}

#[test]
fn what_post_makes_of_each_standing() {
    let conflict = |detail: &str| (409, detail.to_owned());
    let member = "This person is already a member of the team.";
    let table = [
        ("nobody@elsewhere.example", (201, String::new()), Some(Standing::Active)),
        ("root@acme.example", conflict(member), Some(Standing::Active)),
        ("left@acme.example", conflict(member), Some(Standing::Deactivated)),
        ("invited.by.hand@acme.example", conflict(member), Some(Standing::InvitedByHand)),
        ("x@gmail.example", (201, String::new()), Some(Standing::InvitedByScim)),
        ("y@other.example", conflict("This person belongs to another Postman team."), Some(Standing::Outside)),
    ];
    for (user_name, (status, detail), standing) in table {
        let sandbox = acme(Knobs::default());
        let (got, body) = create(&sandbox, user_name);
        assert_eq!(got, status, "{user_name}");
        assert_eq!(body["detail"].as_str().unwrap_or_default(), detail, "{user_name}");
        assert_eq!(standing_of(&sandbox, user_name), standing, "{user_name}");
    }
}

#[test]
fn a_verified_domain_takes_an_account_in_from_anywhere() {
    let sandbox = acme(Knobs::default());
    sandbox.edit(|team| team.verify_domain("Other.Example"));
    assert_eq!(create(&sandbox, "y@other.example").0, 201);
    assert_eq!(standing_of(&sandbox, "y@other.example"), Some(Standing::Active));
}

#[test]
fn knobs_of_post() {
    let sandbox = acme(Knobs {
        post_deactivated: PostDeactivated::Reactivates,
        manual_invite: ManualInvite::Superseded,
        existing_name: ExistingName::Kept,
        ..Knobs::default()
    });
    let id = id_of(&sandbox, "left@acme.example");
    let (status, user) = create(&sandbox, "left@acme.example");
    assert_eq!((status, user["id"].as_str(), &user["name"]["givenName"]), (201, Some(id.as_str()), &json!("Lea")));
    assert_eq!(sandbox.log()[0].done, [Done::Reactivated]);
    assert_eq!(create(&sandbox, "invited.by.hand@acme.example").0, 201);
    assert_eq!(standing_of(&sandbox, "invited.by.hand@acme.example"), Some(Standing::Active));
}

#[test]
fn addresses_are_unique_whatever_their_case_and_found_only_in_their_own() {
    let sandbox = acme(Knobs::default());
    assert_eq!(create(&sandbox, "mixed.case@acme.example").0, 409);
    assert_eq!(found(&sandbox, "mixed.case@acme.example"), 0, "the trap: a conflict that a look-up does not find");
    assert_eq!(found(&sandbox, "Mixed.Case@acme.example"), 1);

    let sandbox = acme(Knobs { user_name_case: UserNameCase::Sensitive, ..Knobs::default() });
    assert_eq!(create(&sandbox, "mixed.case@acme.example").0, 201);

    let sandbox = acme(Knobs { filter_match: FilterMatch::IgnoringCase, ..Knobs::default() });
    assert_eq!(found(&sandbox, "mixed.case@acme.example"), 1);
    let sandbox = acme(Knobs { filter_match: FilterMatch::Ignored, ..Knobs::default() });
    assert_eq!(found(&sandbox, "mixed.case@acme.example"), 6, "five members and a deactivated one");
}

#[test]
fn a_plus_must_be_encoded() {
    let sandbox = acme(Knobs::default());
    create(&sandbox, "ada+test@acme.example");
    assert_eq!(found(&sandbox, "ada+test@acme.example"), 1);
    let (_, body) = get(&sandbox, "/Users?filter=userName%20eq%20%22ada+test@acme.example%22");
    assert_eq!(body["totalResults"], 0, "a bare plus is a space");
}

#[test]
fn an_open_invitation_is_seen_as_the_knob_says() {
    let table = [
        (InviteVisibility::Hidden, None),
        (InviteVisibility::ListedInactive, Some(false)),
        (InviteVisibility::ListedActive, Some(true)),
    ];
    for (invite_visibility, shown) in table {
        let sandbox = acme(Knobs { invite_visibility, ..Knobs::default() });
        let (_, user) = create(&sandbox, "x@gmail.example");
        let id = user["id"].as_str().expect("id").to_owned();
        assert_eq!(found(&sandbox, "x@gmail.example"), usize::from(shown.is_some()));
        let (status, user) = get(&sandbox, &format!("/Users/{id}"));
        assert_eq!((status == 200).then(|| user["active"].as_bool()).flatten(), shown);
        assert_eq!(create(&sandbox, "x@gmail.example").0, 409, "a second POST does not invite again");
        set_active(&sandbox, &id, true);
        assert_eq!(standing_of(&sandbox, "x@gmail.example"), Some(Standing::InvitedByScim), "only they can accept");
        assert!(sandbox.edit(|team| team.accept_invite("x@gmail.example")));
        assert_eq!(get(&sandbox, &format!("/Users/{id}")).1["active"], true);
    }
}

#[test]
fn seats_bound_creation_and_reactivation_and_are_freed_by_deactivation() {
    let sandbox = acme(Knobs::default());
    sandbox.edit(|team| team.seats = Some(5));
    let left = id_of(&sandbox, "left@acme.example");
    let (status, error) = create(&sandbox, "ada@acme.example");
    assert_eq!((status, error.get("scimType")), (400, None), "no 402, no 403");
    assert_eq!(set_active(&sandbox, &left, true).0, 400);
    let (status, user) = set_active(&sandbox, &id_of(&sandbox, "deputy@acme.example"), false);
    assert_eq!((status, &user["active"]), (200, &json!(false)));
    assert_eq!(create(&sandbox, "ada@acme.example").0, 201);
    assert_eq!(sandbox.team().seats_used(), 5);
}

#[test]
fn an_invitation_holds_a_seat_if_the_knob_says_so() {
    for (invite_seat, expected) in [(InviteSeat::Free, 201), (InviteSeat::Held, 400)] {
        let sandbox = acme(Knobs { invite_seat, ..Knobs::default() });
        sandbox.edit(|team| team.seats = Some(7));
        assert_eq!(create(&sandbox, "x@gmail.example").0, 201);
        assert_eq!(create(&sandbox, "ada@acme.example").0, expected);
    }
}

#[test]
fn deactivated_members_stay_listed_and_keep_their_id() {
    let sandbox = acme(Knobs::default());
    let id = id_of(&sandbox, "deputy@acme.example");
    set_active(&sandbox, &id, false);
    assert_eq!(set_active(&sandbox, &id, false).0, 200, "again: nothing to do, no error");
    assert_eq!(sandbox.log()[1].done, []);
    assert_eq!(found(&sandbox, "deputy@acme.example"), 1);
    assert_eq!(get(&sandbox, "/Users?filter=active%20eq%20%22false%22").1["totalResults"], 2);
    let (status, user) = set_active(&sandbox, &id, true);
    assert_eq!((status, user["id"].as_str()), (200, Some(id.as_str())));

    let sandbox = acme(Knobs { deactivated: Deactivated::Unlisted, ..Knobs::default() });
    assert_eq!(found(&sandbox, "left@acme.example"), 0);
}

#[test]
fn put_takes_partial_bodies() {
    let sandbox = acme(Knobs::default());
    let id = id_of(&sandbox, "root@acme.example");
    let (status, user) = put(&sandbox, &id, json!({"name": {"givenName": "New", "familyName": "Name"}}));
    assert_eq!((status, &user["name"]["familyName"], &user["active"]), (200, &json!("Name"), &json!(true)));
    let (_, user) = put(&sandbox, &id, json!({"userName": "r2@acme.example", "active": false, "locale": "en"}));
    assert_eq!((&user["userName"], &user["active"]), (&json!("r2@acme.example"), &json!(false)));
    assert_eq!(put(&sandbox, &id, json!({"active": true})).1["active"], true);
    assert_eq!(put(&sandbox, &id, json!({"name": {}})).0, 400);
    assert_eq!(put(&sandbox, &id, json!({"schemas": []})).0, 400);
    let did: Vec<Vec<Done>> = sandbox.writes().into_iter().map(|logged| logged.done).collect();
    let expected =
        [vec![Done::Renamed], vec![Done::Readdressed, Done::Deactivated], vec![Done::Reactivated], vec![], vec![]];
    assert_eq!(did, expected);
}

#[test]
fn put_of_before_2024_changes_names_only() {
    let sandbox = acme(Knobs { put: Put::NamesOnly, ..Knobs::default() });
    let id = id_of(&sandbox, "root@acme.example");
    let (status, user) =
        put(&sandbox, &id, json!({"name": {"givenName": "New"}, "active": false, "userName": "z@acme.example"}));
    assert_eq!((status, &user["active"], &user["userName"]), (200, &json!(true), &json!("root@acme.example")));
    assert_eq!(user["name"], json!({"givenName": "New", "familyName": "Admin"}));
}

#[test]
fn addresses_move_only_within_verified_domains() {
    let sandbox = acme(Knobs::default());
    let id = id_of(&sandbox, "root@acme.example");
    let detail = |to: &str| {
        let (status, body) = readdress(&sandbox, &id, to);
        (status, body["detail"].as_str().unwrap_or_default().to_owned())
    };
    let domain = "Unable to update the username for this user. - Domain is not verified";
    let email = "Unable to update the username for this user. - Please provide a valid email";
    assert_eq!(detail("root@other.example"), (400, domain.into()));
    assert_eq!(detail("root at acme"), (400, email.into()));
    assert_eq!(detail("DEPUTY@acme.example").0, 400, "taken");
    assert_eq!(detail("chief@acme.example"), (200, String::new()));
    assert_eq!(found(&sandbox, "chief@acme.example"), 1);
    assert_eq!(create(&sandbox, "root@acme.example").0, 201, "the old address is free");
    sandbox.edit(|team| team.knobs.taken_user_name = TakenUserName::Conflict);
    assert_eq!(detail("deputy@acme.example").0, 409);
    assert_eq!(detail("CHIEF@acme.example").0, 200, "their own address in other letters");
}

#[test]
fn patch_knows_two_shapes() {
    let sandbox = acme(Knobs::default());
    let id = id_of(&sandbox, "root@acme.example");
    let refused = [
        json!({"op": "add", "value": {"active": false}}),
        json!({"op": "Replace", "value": {"active": false}}),
        json!({"op": "replace", "path": "active", "value": false}),
        json!({"op": "replace", "value": {"active": "False"}}),
        json!({"op": "replace", "value": {"active": false, "userName": "z@acme.example"}}),
        json!({"op": "replace", "path": "name.givenName", "value": "Z"}),
        json!({"op": "remove", "path": "userName"}),
        json!({}),
    ];
    for operation in refused {
        let (status, error) = patch(&sandbox, &id, operation.clone());
        assert_eq!((status, &error["scimType"]), (400, &json!("invalidSyntax")), "{operation}");
        assert_eq!(error["detail"], "You've used operation that Postman doesn't support.");
    }
    sandbox.edit(|team| team.knobs.patch = Patch::Lenient);
    assert_eq!(patch(&sandbox, &id, json!({"op": "Replace", "path": "active", "value": "False"})).1["active"], false);
}

#[test]
fn whoever_is_not_in_the_team_is_404_or_403() {
    for (not_in_team, expected) in [(NotInTeam::NotFound, 404), (NotInTeam::Forbidden, 403)] {
        let sandbox = acme(Knobs { not_in_team, ..Knobs::default() });
        let id = id_of(&sandbox, "root@acme.example");
        assert!(sandbox.edit(|team| team.remove_by_hand("root@acme.example")));
        for id in [id.as_str(), "405775fe15ed41872a8eea4c8aa2b38cda9749812cc55c99"] {
            assert_eq!(get(&sandbox, &format!("/Users/{id}")).0, 404);
            let (status, error) = set_active(&sandbox, id, false);
            assert_eq!((status, &error["detail"]), (expected, &json!("This person isn't a member of the team.")));
            assert_eq!(put(&sandbox, id, json!({"name": {"givenName": "A", "familyName": "B"}})).0, expected);
        }
    }
}

#[test]
fn coming_back_after_a_removal() {
    for id_on_return in [IdOnReturn::Same, IdOnReturn::New] {
        let sandbox = acme(Knobs { removal_delay_s: 60, id_on_return, ..Knobs::default() });
        let id = id_of(&sandbox, "root@acme.example");
        sandbox.edit(|team| team.remove_by_hand("root@acme.example"));
        let (status, error) = create(&sandbox, "root@acme.example");
        assert_eq!(status, 400);
        assert!(error["detail"].as_str().is_some_and(|detail| detail.contains("still in progress")));
        sandbox.set_now(EPOCH_S + 60);
        let (status, user) = create(&sandbox, "root@acme.example");
        assert_eq!((status, user["id"] == id.as_str()), (201, id_on_return == IdOnReturn::Same));
        assert_eq!(get(&sandbox, &format!("/Users/{id}")).0 == 200, id_on_return == IdOnReturn::Same);
    }
}

#[test]
fn a_new_user_may_lag_behind_in_lists() {
    let sandbox = acme(Knobs { lag_requests: 2, ..Knobs::default() });
    let (_, user) = create(&sandbox, "ada@acme.example");
    assert_eq!(found(&sandbox, "ada@acme.example"), 0);
    assert_eq!(get(&sandbox, &format!("/Users/{}", user["id"].as_str().expect("id"))).0, 200, "by id at once");
    assert_eq!(found(&sandbox, "ada@acme.example"), 1);
}

#[test]
fn pages() {
    let sandbox = Sandbox::new(Team::acme().crowd(250));
    let page = |query: &str| {
        let (status, body) = get(&sandbox, &format!("/Users?{query}"));
        assert_eq!(status, 200, "{query}");
        (body["totalResults"].as_u64(), body["itemsPerPage"].as_u64(), body["Resources"].as_array().map(Vec::len))
    };
    assert_eq!(page(""), (Some(256), Some(100), Some(100)));
    assert_eq!(page("startIndex=201&count=100"), (Some(256), Some(56), Some(56)));
    assert_eq!(page("startIndex=257"), (Some(256), Some(0), Some(0)));
    assert_eq!(page("startIndex=0&count=1"), (Some(256), Some(1), Some(1)));
    assert_eq!(page("count=0"), (Some(256), Some(0), Some(0)));
    assert_eq!(page("count=10000"), (Some(256), Some(100), Some(100)));
    sandbox.edit(|team| team.knobs.count_above_max = CountAboveMax::Honour);
    assert_eq!(page("count=10000"), (Some(256), Some(256), Some(256)));
    sandbox.edit(|team| team.knobs.totals = Totals::Unfiltered);
    assert_eq!(page("filter=active%20eq%20%22false%22"), (Some(256), Some(1), Some(1)));
}

#[test]
fn hands_change_what_scim_shows() {
    let sandbox = acme(Knobs::default());
    sandbox.set_now(EPOCH_S + 5);
    sandbox.edit(|team| {
        assert!(team.rename_by_hand("root@acme.example", "Ro", "Ot"));
        assert!(team.readdress_by_hand("root@acme.example", "rooty@acme.example"));
        assert!(!team.readdress_by_hand("rooty@acme.example", "deputy@acme.example"));
        assert!(team.deactivate_by_hand("deputy@acme.example"));
        assert!(!team.deactivate_by_hand("deputy@acme.example"));
        assert!(team.reactivate_by_hand("left@acme.example"));
        assert!(team.revoke_invite("invited.by.hand@acme.example"));
        team.add_by_hand("hand@made.example", "Ha", "Nd");
    });
    let (_, user) = get(&sandbox, &format!("/Users/{}", id_of(&sandbox, "rooty@acme.example")));
    assert_eq!(user["name"], json!({"givenName": "Ro", "familyName": "Ot"}));
    assert_eq!(user["meta"]["lastModified"], "2026-01-01T00:00:05.000Z");
    assert_eq!(found(&sandbox, "root@acme.example"), 0);
    assert_eq!(
        get(&sandbox, "/Users?filter=active%20eq%20%22false%22").1["Resources"][0]["userName"],
        "deputy@acme.example"
    );
    assert_eq!(create(&sandbox, "invited.by.hand@acme.example").0, 201);
    assert_eq!(found(&sandbox, "hand@made.example"), 1);
    assert_eq!(sandbox.effects(), 1, "hands are not requests");
}

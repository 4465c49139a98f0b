//! Groups: the resource, the list, the four shapes of PATCH, deletion, and what each knob changes.
//!
//! Never: a fault; those have their own file.

use super::*;

fn group_id(sandbox: &Sandbox, name: &str) -> String {
    sandbox.group(name).expect("the fixture has it").id
}

fn patch_group(sandbox: &Sandbox, id: &str, operations: Value) -> (u16, Value) {
    let body = json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": operations});
    call(sandbox, Method::Patch, &format!("/Groups/{id}"), Some(body))
}

fn new_group(sandbox: &Sandbox, name: &str, members: &[&str]) -> (u16, Value) {
    let members: Vec<Value> = members.iter().map(|id| json!({"value": id})).collect();
    let body = json!({"schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "displayName": name,
                      "members": members});
    call(sandbox, Method::Post, "/Groups", Some(body))
}

fn add(id: &str) -> Value {
    json!({"op": "add", "path": "members", "value": [{"value": id, "display": "whatever"}]})
}

fn remove(id: &str) -> Value {
    json!({"op": "remove", "path": format!("members[value eq \"{id}\"]")})
}

fn rename(to: &str) -> Value {
    json!({"op": "replace", "value": {"id": "whatever", "displayName": to}})
}

#[test]
fn a_group_looks_as_documented() {
    let sandbox = acme(Knobs::default());
    let root = id_of(&sandbox, "root@acme.example");
    let (status, group) = new_group(&sandbox, "Builders", &[&root]);
    let id = group["id"].as_str().expect("a string").to_owned();
    assert!(id.len() == 48 && id.starts_with('g') && id[1..].bytes().all(|b| b.is_ascii_hexdigit()), "{id}");
    let number = group["externalId"].as_str().expect("a string");
    assert!(number.parse::<u64>().is_ok(), "{number}");
    let expected = json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "id": id, "displayName": "Builders",
        "members": [{"value": root, "display": "First Admin"}], "externalId": number,
        "meta": {"resourceType": "Group", "created": "2026-01-01T00:00:00.000Z",
                 "lastModified": "2026-01-01T00:00:00.000Z"}
    });
    assert_eq!((status, &group), (201, &expected));
    assert_eq!(get(&sandbox, &format!("/Groups/{id}")), (200, expected));
    assert_eq!(new_group(&sandbox, "Empty", &[]).1["members"], json!([]));
    let logged = &sandbox.log()[0];
    assert_eq!(
        (logged.kind, &logged.done[..], &logged.scim_id),
        (Kind::CreateGroup, &[Done::GroupCreated][..], &Some(id))
    );
}

#[test]
fn lists_are_filtered_by_the_exact_name_and_paged() {
    let sandbox = acme(Knobs::default());
    let find = |name: &str| {
        let filter: String =
            url::form_urlencoded::byte_serialize(format!("displayName eq {}", json!(name)).as_bytes()).collect();
        get(&sandbox, &format!("/Groups?filter={filter}")).1["totalResults"].clone()
    };
    assert_eq!((find("Platform"), find("platform"), find("Ünïcode & \"quotes\"")), (json!(1), json!(0), json!(1)));
    let (status, page) = get(&sandbox, "/Groups?startIndex=2&count=1");
    assert_eq!((status, &page["totalResults"], &page["itemsPerPage"]), (200, &json!(3), &json!(1)));
    assert_eq!(page["Resources"][0]["displayName"], "Super");
    for filter in ["userName%20eq%20%22a%22", "active%20eq%20%22true%22", "displayName%20ne%20%22a%22", "x"] {
        assert_eq!(get(&sandbox, &format!("/Groups?filter={filter}")).0, 400, "{filter}");
    }
    assert_eq!(get(&sandbox, "/Groups/g1").1["detail"], "This group isn't a member of the team.");
    let kinds: Vec<Kind> = sandbox.log().iter().skip(2).take(3).map(|logged| logged.kind).collect();
    assert_eq!(kinds, [Kind::FindGroup, Kind::ListGroups, Kind::FindGroup]);
}

#[test]
fn what_post_refuses() {
    let sandbox = acme(Knobs::default());
    let left = id_of(&sandbox, "left@acme.example");
    assert_eq!(new_group(&sandbox, "", &[]).1["scimType"], "invalidSyntax");
    assert_eq!(call(&sandbox, Method::Post, "/Groups", None).0, 400);
    let (status, error) = new_group(&sandbox, "Platform", &[]);
    assert_eq!((status, &error["detail"]), (409, &json!("This person is already a member of the team.")));
    assert_eq!(error["scimType"], "uniqueness");
    assert_eq!(new_group(&sandbox, "New", &[&left]).1["detail"], "This person isn't a member of the team.");
    sandbox.edit(|team| team.plan = Plan::Basic);
    assert!(new_group(&sandbox, "New", &[]).1["detail"].as_str().is_some_and(|text| text.contains("Enterprise")));
    assert_eq!(sandbox.effects(), 0);

    sandbox.edit(|team| {
        team.plan = Plan::Enterprise;
        team.knobs.duplicate_group = DuplicateGroup::Allowed;
        team.knobs.absent_member = AbsentMember::Ignored;
    });
    let (status, group) = new_group(&sandbox, "Platform", &[&left]);
    assert_eq!((status, &group["members"]), (201, &json!([])));
}

#[test]
fn a_rename_answers_without_members() {
    for (knob, shown) in [(RenameMembers::Null, Some(Value::Null)), (RenameMembers::Absent, None)] {
        let sandbox = acme(Knobs { rename_members: knob, ..Knobs::default() });
        let id = group_id(&sandbox, "Platform");
        let (status, group) = patch_group(&sandbox, &id, json!([rename("Core")]));
        assert_eq!((status, &group["displayName"], group.get("members")), (200, &json!("Core"), shown.as_ref()));
        assert_eq!(get(&sandbox, &format!("/Groups/{id}")).1["members"].as_array().map(Vec::len), Some(3));
        assert_eq!((sandbox.log()[0].kind, &sandbox.log()[0].done[..]), (Kind::RenameGroup, &[Done::GroupRenamed][..]));
        let (status, error) = patch_group(&sandbox, &id, json!([rename("Super")]));
        assert!(status == 400 && error["detail"].as_str().is_some_and(|text| text.contains("username")), "{error}");
        assert_eq!(patch_group(&sandbox, &id, json!([rename("Core")])).0, 200, "its own name is free");
    }
    let taken_group_name = TakenGroupName::Conflict;
    let sandbox = acme(Knobs { rename_members: RenameMembers::Listed, taken_group_name, ..Knobs::default() });
    let id = group_id(&sandbox, "Platform");
    assert_eq!(patch_group(&sandbox, &id, json!([rename("Super")])).0, 409);
    assert_eq!(patch_group(&sandbox, &id, json!([rename("Core")])).1["members"].as_array().map(Vec::len), Some(3));
}

#[test]
fn members_come_and_go_in_order_and_all_or_none() {
    let sandbox = acme(Knobs::default());
    let id = group_id(&sandbox, "Platform");
    let [root, deputy, sso] =
        ["root@acme.example", "deputy@acme.example", "joined.by.sso@acme.example"].map(|name| id_of(&sandbox, name));
    let (status, group) = patch_group(&sandbox, &id, json!([remove(&root), add(&sso)]));
    assert_eq!(
        (status, &group["members"][1]["display"]),
        (200, &json!("joined.by.sso@acme.example")),
        "an e-mail here"
    );
    assert_eq!(get(&sandbox, &format!("/Groups/{id}")).1["members"][1]["display"], "Jo Ined", "a name there");
    assert_eq!(sandbox.members("Platform").len(), 3);
    assert_eq!(sandbox.log()[0].done, [Done::MembersAdded, Done::MembersRemoved]);
    assert_eq!(sandbox.log()[0].kind, Kind::ChangeMembers);

    let (status, error) = patch_group(&sandbox, &id, json!([remove(&deputy), add("nobody")]));
    assert_eq!((status, &error["detail"]), (403, &json!("This person isn't a member of the team.")));
    assert_eq!(sandbox.members("Platform").len(), 3, "nothing of it happened");
    assert_eq!(patch_group(&sandbox, &id, json!([remove(&root)])).0, 200, "who is not in it can be taken out");

    patch_group(&sandbox, &id, json!([{"op": "replace", "path": "members", "value": [{"value": root}]}]));
    assert_eq!(sandbox.members("Platform"), ["root@acme.example"]);
    patch_group(&sandbox, &id, json!([{"op": "replace", "path": "members"}]));
    assert!(sandbox.members("Platform").is_empty());
}

#[test]
fn shapes_of_patch_that_are_not_documented() {
    let entra = json!([{"op": "Add", "path": "members", "value": [{"value": "x"}]}]);
    let table = [
        (entra.clone(), "You've used operation that Postman doesn't support."),
        (json!([{"op": "remove", "path": "members"}]), "You've used operation that Postman doesn't support."),
        (json!([{"op": "replace", "path": "displayName", "value": "New"}]), "You've used operation"),
        (json!([]), "The request body seems to be incomplete"),
        (json!([{"op": "replace", "value": {"displayName": ""}}]), "The request body seems to be incomplete"),
        (json!([{"op": "add", "path": "members", "value": "x"}]), "The request body seems to be incomplete"),
    ];
    let sandbox = acme(Knobs::default());
    let id = group_id(&sandbox, "Platform");
    for (operations, text) in table {
        let (status, error) = patch_group(&sandbox, &id, operations.clone());
        assert!(
            status == 400 && error["detail"].as_str().is_some_and(|d| d.starts_with(text)),
            "{operations}: {error}"
        );
    }
    sandbox.edit(|team| team.knobs.patch = Patch::Lenient);
    assert_eq!(patch_group(&sandbox, &id, entra).0, 403, "understood, and nobody of that id");
    let root = id_of(&sandbox, "root@acme.example");
    let entra = json!([{"op": "Remove", "path": "members", "value": [{"value": root}]}]);
    assert_eq!((patch_group(&sandbox, &id, entra).0, sandbox.members("Platform").len()), (200, 2));
}

#[test]
fn a_schema_that_is_a_slip_is_taken_and_may_be_wanted() {
    let with = |sandbox: &Sandbox, schema: &str| {
        let body = json!({"schemas": [schema], "Operations": [rename("Core")]});
        call(
            sandbox,
            Method::Patch,
            &format!("/Groups/{}", sandbox.group("Core").map_or_else(|| group_id(sandbox, "Platform"), |g| g.id)),
            Some(body),
        )
        .0
    };
    let sandbox = acme(Knobs { patch_schemas: PatchSchemas::Checked, ..Knobs::default() });
    assert_eq!(with(&sandbox, "urn:ietf:params:scim:api:messages:2.0:PutOp"), 200);
    assert_eq!(with(&sandbox, "urn:ietf:params:scim:api:messages:2.0:PatchOp"), 200);
    assert_eq!(with(&sandbox, "urn:of:something"), 400);
    assert_eq!(with(&acme(Knobs::default()), "urn:of:something"), 200);
}

#[test]
fn a_group_with_the_super_admin_role_wants_a_super_admins_key() {
    let sandbox = acme(Knobs::default());
    let (id, sso) = (group_id(&sandbox, "Super"), id_of(&sandbox, "joined.by.sso@acme.example"));
    let by_team_admin = |method: Method, path: &str, body: Option<Value>| {
        let request = Request { authorization: SecretString::from("PMAK-team-admin"), ..request(method, path, body) };
        send(&sandbox, request).expect("no fault is set").status
    };
    let operations = json!({"schemas": [], "Operations": [add(&sso)]});
    assert_eq!(by_team_admin(Method::Patch, &format!("/Groups/{id}"), Some(operations.clone())), 403);
    assert_eq!(by_team_admin(Method::Delete, &format!("/Groups/{id}"), None), 403);
    let other = group_id(&sandbox, "Platform");
    assert_eq!(by_team_admin(Method::Patch, &format!("/Groups/{other}"), Some(operations)), 200);
    let (status, _) = patch_group(&sandbox, &id, json!([add(&sso)]));
    assert_eq!(status, 200);
}

#[test]
fn a_deleted_group_and_its_members() {
    let table = [
        (GroupDelete::MembersStay, [Standing::Active, Standing::Active]),
        (GroupDelete::DeactivatesSole, [Standing::Active, Standing::Deactivated]),
        (GroupDelete::DeactivatesAll, [Standing::Deactivated, Standing::Deactivated]),
    ];
    for (group_delete, [root, deputy]) in table {
        let sandbox = acme(Knobs { group_delete, ..Knobs::default() });
        let id = group_id(&sandbox, "Platform");
        let (status, body) = call(&sandbox, Method::Delete, &format!("/Groups/{id}"), None);
        assert_eq!((status, body), (204, Value::Null), "and no body");
        assert_eq!(standing_of(&sandbox, "root@acme.example"), Some(root), "{group_delete:?}: is in Super as well");
        assert_eq!(standing_of(&sandbox, "deputy@acme.example"), Some(deputy), "{group_delete:?}");
        assert_eq!(sandbox.log()[0].done[0], Done::GroupDeleted);
        assert_eq!(get(&sandbox, &format!("/Groups/{id}")).0, 404);
        assert_eq!(call(&sandbox, Method::Delete, &format!("/Groups/{id}"), None).0, 404);
    }
}

#[test]
fn who_leaves_the_team_leaves_its_groups() {
    for (memberships, n) in [(Memberships::Dropped, 2), (Memberships::Kept, 3)] {
        let sandbox = acme(Knobs { memberships, ..Knobs::default() });
        let root = id_of(&sandbox, "root@acme.example");
        set_active(&sandbox, &root, false);
        set_active(&sandbox, &root, true);
        assert_eq!(sandbox.members("Platform").len(), n, "{memberships:?}");
        sandbox.edit(|team| team.remove_by_hand("root@acme.example"));
        assert_eq!(sandbox.members("Platform").len(), 2);
    }
}

#[test]
fn groups_of_a_new_user_are_ignored_or_joined() {
    for (post_groups, n) in [(PostGroups::Ignored, 3), (PostGroups::Joined, 4)] {
        let sandbox = acme(Knobs { post_groups, ..Knobs::default() });
        let mut body = new_user("ada@acme.example");
        body["groups"] = json!([group_id(&sandbox, "Platform"), "nothing"]);
        assert_eq!(call(&sandbox, Method::Post, "/Users", Some(body)).0, 201);
        assert_eq!(sandbox.members("Platform").len(), n);
    }
}

#[test]
fn what_people_do_by_hand() {
    let sandbox = acme(Knobs { hand_made_groups: HandMadeGroups::Unlisted, ..Knobs::default() });
    new_group(&sandbox, "Pushed", &[]);
    assert_eq!(get(&sandbox, "/Groups").1["totalResults"], 1);
    sandbox.edit(|team| team.knobs.hand_made_groups = HandMadeGroups::Listed);
    assert_eq!(get(&sandbox, "/Groups").1["totalResults"], 4);
    sandbox.edit(|team| {
        assert!(team.rename_group_by_hand("Pushed", "Pulled") && !team.rename_group_by_hand("Pushed", "x"));
        assert!(team.join_by_hand("Pulled", "root@acme.example") && !team.join_by_hand("Pulled", "left@acme.example"));
        assert!(team.join_by_hand("Pulled", "deputy@acme.example"));
        assert!(team.leave_by_hand("Pulled", "root@acme.example"));
    });
    assert_eq!(sandbox.members("Pulled"), ["deputy@acme.example"]);
    sandbox.edit(|team| assert!(team.delete_group_by_hand("Pulled") && !team.delete_group_by_hand("Pulled")));
    assert!(sandbox.group("Pulled").is_none());
}

#[test]
fn writes_to_groups_count_as_writes() {
    let sandbox = Sandbox::new(Team::acme().limits(Limits { writes_per_min: 1, reads_per_min: 9 }));
    let id = group_id(&sandbox, "Platform");
    assert_eq!(call(&sandbox, Method::Delete, &format!("/Groups/{id}"), None).0, 204);
    let (status, error) = new_group(&sandbox, "New", &[]);
    assert_eq!((status, &error["status"]), (429, &json!(429)));
    assert!(error["detail"].as_str().is_some_and(|text| text.starts_with("That's 1 attempts")));
}

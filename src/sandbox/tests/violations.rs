//! The invariant recorder: for each rule a client that breaks it, and one that does the same thing properly.
//!
//! Never: the rules that only the HTTP door can see; they are with its tests.

use super::*;

/// The rules that were broken, in order.
fn broken(sandbox: &Sandbox) -> Vec<&'static str> {
    sandbox.violations().into_iter().map(|violation| violation.rule).collect()
}

/// A sandbox after what a client did.
fn after(deeds: impl FnOnce(&Sandbox)) -> Vec<&'static str> {
    let sandbox = acme(Knobs::default());
    deeds(&sandbox);
    broken(&sandbox)
}

fn read(sandbox: &Sandbox, user_name: &str) -> String {
    let id = id_of(sandbox, user_name);
    get(sandbox, &format!("/Users/{id}"));
    id
}

/// Sends, and does not mind that there is no answer.
fn post(sandbox: &Sandbox, user_name: &str) {
    let _ = send(sandbox, request(Method::Post, "/Users", Some(new_user(user_name))));
}

fn patch_group(sandbox: &Sandbox, operation: Value) {
    let id = sandbox.group("Platform").expect("the fixture has it").id;
    let body = json!({"schemas": [], "Operations": [operation]});
    call(sandbox, Method::Patch, &format!("/Groups/{id}"), Some(body));
}

#[test]
fn a_good_client_breaks_no_rule() {
    let rules = after(|sandbox| {
        get(sandbox, "/ServiceProviderConfig");
        get(sandbox, "/Users?startIndex=1&count=100");
        get(sandbox, "/Users?filter=active%20eq%20%22true%22");
        assert_eq!(found(sandbox, "ada@acme.example"), 0);
        create(sandbox, "ada@acme.example");
        let root = read(sandbox, "root@acme.example");
        set_active(sandbox, &root, false);
        set_active(sandbox, &root, true);
        readdress(sandbox, &root, "chief@acme.example");
        put(sandbox, &root, json!({"schemas": [], "name": {"givenName": "A", "familyName": "B"}}));
        get(sandbox, "/Groups?filter=displayName%20eq%20%22Platform%22");
        let member = json!([{"value": root, "display": "Root"}]);
        patch_group(sandbox, json!({"op": "add", "path": "members", "value": member}));
        patch_group(sandbox, json!({"op": "remove", "path": format!("members[value eq \"{root}\"]")}));
        patch_group(sandbox, json!({"op": "replace", "value": {"id": "g", "displayName": "Core"}}));
    });
    assert!(rules.is_empty(), "{rules:?}");
}

#[test]
fn a_group_that_somebody_is_in_is_not_deleted() {
    let delete = |sandbox: &Sandbox| {
        let id = sandbox.group("Platform").expect("the fixture has it").id;
        call(sandbox, Method::Delete, &format!("/Groups/{id}"), None);
    };
    assert_eq!(after(delete), ["occupied"]);
    let emptied = after(|sandbox| {
        for name in sandbox.members("Platform") {
            sandbox.edit(|team| team.leave_by_hand("Platform", &name));
        }
        delete(sandbox);
    });
    assert!(emptied.is_empty(), "{emptied:?}");
}

#[test]
fn requests_that_are_wrong_by_themselves() {
    let user = |attribute: &str| {
        let mut body = new_user("ada@acme.example");
        body[attribute] = json!("x");
        body
    };
    let replace = json!({"op": "replace", "value": {"active": true}});
    let operations = |all: Value| json!({"schemas": [], "Operations": all});
    let table = [
        (Method::Delete, "/Users/x", None, "user_delete"),
        (Method::Put, "/Groups/x", Some(json!({})), "group_put"),
        (Method::Get, "/Users?count=101", None, "count"),
        (Method::Get, "/Users?count=all", None, "count"),
        (Method::Get, "/Users?filter=userName%20sw%20%22a%22", None, "filter"),
        (Method::Get, "/Users?filter=displayName%20eq%20%22a%22", None, "filter"),
        (Method::Get, "/Groups?filter=userName%20eq%20%22a%22", None, "filter"),
        (Method::Post, "/Users", Some(user("password")), "attributes"),
        (Method::Post, "/Users", Some(user("emails")), "attributes"),
        (Method::Put, "/Users/x", Some(user("externalId")), "attributes"),
        (Method::Post, "/Users", Some(json!({"name": {"givenName": "A", "middleName": "B"}})), "attributes"),
        (Method::Post, "/Groups", Some(json!({"displayName": "A", "externalId": "1"})), "attributes"),
        (
            Method::Patch,
            "/Users/x",
            Some(operations(json!([{"op": "replace", "value": {"title": "x"}}]))),
            "attributes",
        ),
        (Method::Patch, "/Users/x", Some(operations(json!([replace, replace]))), "one_operation"),
        (Method::Patch, "/Users/x", Some(operations(json!([]))), "one_operation"),
        (
            Method::Patch,
            "/Groups/x",
            Some(operations(json!([{"op": "replace", "path": "members", "value": []}]))),
            "members_replaced",
        ),
        (
            Method::Post,
            "/Groups",
            Some(json!({"schemas": [], "displayName": "New", "members": [{"value": "nobody"}]})),
            "outsiders",
        ),
    ];
    for (method, path, body, rule) in table {
        let rules = after(|sandbox| _ = call(sandbox, method, path, body.clone()));
        assert_eq!(rules, [rule], "{method:?} {path} {body:?}");
    }
}

#[test]
fn a_create_whose_answer_was_lost_is_not_repeated_unread() {
    for failure in [Failure::ResetAfter, Failure::ResetBefore, Failure::StatusAfter { status: 502, shape: Shape::Html }]
    {
        let repeated = |between: fn(&Sandbox)| {
            after(|sandbox| {
                sandbox.fault(Fault::on(Kind::Create, failure.clone()));
                post(sandbox, "ada@acme.example");
                between(sandbox);
                post(sandbox, "Ada@acme.example");
            })
        };
        assert_eq!(repeated(|_| {}), ["blind_repeat"], "{failure:?}");
        assert_eq!(repeated(|sandbox| _ = get(sandbox, "/Users?startIndex=1&count=1")), ["blind_repeat"], "a probe");
        assert!(repeated(|sandbox| _ = get(sandbox, "/Users")).is_empty());
        assert!(repeated(|sandbox| _ = found(sandbox, "ada@acme.example")).is_empty());
    }
    let limited = after(|sandbox| {
        sandbox.fault(Fault::on(Kind::Create, Failure::TooManyRequests { header: RetryHeader::Absent, wait_s: 1 }));
        post(sandbox, "ada@acme.example");
        post(sandbox, "ada@acme.example");
    });
    assert!(limited.is_empty(), "a 429 is no doubt");
}

#[test]
fn a_deactivation_is_aimed() {
    let again = |looks_again: bool| {
        after(|sandbox| {
            let root = read(sandbox, "root@acme.example");
            readdress(sandbox, &root, "chief@acme.example");
            if looks_again {
                read(sandbox, "chief@acme.example");
            }
            set_active(sandbox, &root, false);
        })
    };
    assert_eq!((again(false), again(true)), (vec!["unaimed"], vec![]));
    let later = |later_s: i64| {
        after(|sandbox| {
            let root = read(sandbox, "root@acme.example");
            sandbox.set_now(EPOCH_S + later_s);
            set_active(sandbox, &root, false);
        })
    };
    assert_eq!((later(959), later(960)), (vec![], vec!["unaimed"]), "a look gets old");
    assert_eq!(after(|sandbox| _ = set_active(sandbox, &id_of(sandbox, "root@acme.example"), false)), ["unaimed"]);
    let forgotten = after(|sandbox| {
        sandbox.log_at_most(1);
        let root = read(sandbox, "root@acme.example");
        set_active(sandbox, &root, false);
    });
    assert!(forgotten.is_empty(), "half a log proves nothing");
}

#[test]
fn what_is_absent_is_left_alone() {
    let written = |later_s: i64, listed: bool| {
        after(|sandbox| {
            let root = id_of(sandbox, "root@acme.example");
            sandbox.edit(|team| team.remove_by_hand("root@acme.example"));
            get(sandbox, &format!("/Users/{root}"));
            sandbox.set_now(EPOCH_S + later_s);
            if listed {
                get(sandbox, "/Users");
            }
            set_active(sandbox, &root, true);
        })
    };
    assert_eq!((written(0, false), written(60, false), written(0, true)), (vec!["absent"], vec![], vec![]));
}

#[test]
fn a_group_that_takes_nobody_absent_is_there_itself() {
    let add = |whom: &str| json!({"op": "add", "path": "members", "value": [{"value": whom}]});
    let rules = after(|sandbox| {
        patch_group(sandbox, add("nobody"));
        assert_eq!(sandbox.log()[0].error, Some(ScimError::PersonForbidden));
        patch_group(sandbox, json!({"op": "replace", "value": {"id": "g", "displayName": "Core"}}));
    });
    assert!(rules.is_empty(), "{rules:?}");
    let rules = after(|sandbox| {
        let id = sandbox.group("Platform").expect("the fixture has it").id;
        sandbox.edit(|team| team.delete_group_by_hand("Platform"));
        (0..2).for_each(|_| _ = call(sandbox, Method::Delete, &format!("/Groups/{id}"), None));
    });
    assert_eq!(rules, ["absent"]);
}

#[test]
fn what_the_client_never_read_is_not_held_against_it() {
    let gone = |failure: Failure| {
        after(|sandbox| {
            let root = id_of(sandbox, "root@acme.example");
            sandbox.edit(|team| team.remove_by_hand("root@acme.example"));
            sandbox.fault(Fault::on(Kind::Get, failure));
            let _ = send(sandbox, request(Method::Get, &format!("/Users/{root}"), None));
            set_active(sandbox, &root, true);
        })
    };
    for unread in [
        Failure::ResetAfter,
        Failure::CutBody,
        Failure::Truncated,
        Failure::StatusAfter { status: 500, shape: Shape::Scim },
    ] {
        assert!(gone(unread.clone()).is_empty(), "{unread:?}");
    }
    let hang = std::time::Duration::from_secs(1);
    for read in [Failure::HangBefore(hang), Failure::Drip(hang)] {
        assert_eq!(gone(read.clone()), ["absent"], "{read:?}");
    }
    let writes = |failure: Failure| {
        after(|sandbox| {
            sandbox.edit(|team| team.set_key("PMAK-active", KeyState::Orphaned));
            sandbox.fault(Fault::any(failure).always());
            (0..9).for_each(|i| post(sandbox, &format!("p{i}@acme.example")));
        })
    };
    assert_eq!((writes(Failure::ResetAfter), writes(Failure::HangBefore(hang))), (vec![], vec!["refused_key"]));
}

#[test]
fn a_refused_key_writes_no_more() {
    for state in [KeyState::Revoked, KeyState::Orphaned] {
        let writes = |n: usize| {
            after(|sandbox| {
                sandbox.edit(|team| team.set_key("PMAK-active", state));
                (0..n).for_each(|i| post(sandbox, &format!("p{i}@acme.example")));
            })
        };
        assert!(writes(8).is_empty(), "they may all have been on their way");
        assert_eq!(writes(9), ["refused_key"], "{state:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn limits_and_waits_are_kept() {
    let paced = async |pause_s: u64| {
        let sandbox = Sandbox::new(Team::acme().limits(Limits { writes_per_min: 2, reads_per_min: 9 }));
        sandbox.follow(Clock::virtual_at(EPOCH_S));
        for i in 0..4 {
            post(&sandbox, &format!("p{i}@acme.example"));
            tokio::time::sleep(std::time::Duration::from_secs(pause_s)).await;
        }
        broken(&sandbox)
    };
    assert_eq!(paced(31).await, [""; 0]);
    assert_eq!(paced(20).await, ["over_limit", "over_limit"]);
    let mut hasty = paced(5).await;
    hasty.dedup();
    assert_eq!(hasty, ["over_limit", "impatient"].map(|rule| rule).to_vec());
}

#[test]
fn each_rule_has_a_name_of_its_own_and_a_sentence() {
    let names: std::collections::BTreeSet<&str> = RULES.iter().map(|rule| rule.name).collect();
    assert!(names.len() == RULES.len() && RULES.iter().all(|rule| !rule.says.is_empty()));
}

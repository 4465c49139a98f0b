//! What goes wrong between us and Graph, and that nobody is removed by it.

use std::time::Duration;

use super::*;
use crate::directories::cloud::{CANARY, Failure};

/// A cycle that is worth nothing, says why, and sends nothing; then one that is quiet again.
fn worthless(lab: &Lab, entra: &Entra, words: &str) {
    let said = lab.run(&["sync"]).exits(1);
    assert!(said.out.flat().contains(words), "{words}: {}", said.out);
    assert!(!said.out.contains(CANARY) && !said.err.contains(CANARY));
    assert_eq!(lab.sent(), nothing());
    assert_eq!(entra.writes(), nothing());
}

fn by_group(entra: &Entra) {
    entra.change(|tenant| {
        tenant.groups.push(group("1", "Postman", &["1", "2", "3", "4", "5", "6"].map(user_id)));
        tenant.assign("Group", &group_id("1"));
    });
}

fn small_pages(entra: &Entra) -> String {
    format!("{}page_size = 2\n", assigned(entra))
}

/// Member lists come with nulls; the rest is refused. Each error names what to grant.
#[test]
fn a_narrowed_token_is_an_error_that_names_the_permission() {
    let (lab, entra) = in_step(&crowd(6), assigned, by_group);
    for missing in ["User.Read.All", "GroupMember.Read.All", "Application.Read.All", "Organization.Read.All"] {
        entra.change(|tenant| tenant.permissions.remove(missing));
        worthless(&lab, &entra, missing);
        entra.change(|tenant| tenant.permissions.insert(missing));
    }
    lab.run(&["sync"]).exits(0);
    assert_eq!(lab.sent(), nothing());
}

/// An empty list of a group that hides its members, or is gone, is nobody's leaving: in the reading, and in the look-up.
#[test]
fn an_assigned_group_that_cannot_be_read_removes_nobody() {
    use crate::directories::entra::hidden;
    let (lab, entra) = in_step(&crowd(6), assigned, |entra| {
        by_group(entra);
        entra.change(|tenant| {
            tenant.groups.push(group("2", "Second", &[user_id("6")]));
            tenant.groups[0].members.pop();
            tenant.assign("Group", &group_id("2"));
        });
    });
    let second = |entra: &Entra, group| entra.change(|tenant| tenant.groups[1] = group);
    let shown = group("2", "Second", &[user_id("6")]);
    second(&entra, hidden(shown.clone()));
    worthless(
        &lab,
        &entra,
        "the group \"Second\" hides its members; grant the application permission Member.Read.Hidden",
    );
    entra.change(|tenant| tenant.permissions.insert("Member.Read.Hidden"));
    lab.run(&["sync"]).exits(0);
    assert_eq!(lab.sent(), nothing());
    // Only while the look-up asks: nobody is known to be unassigned.
    entra.change(|tenant| {
        tenant.permissions.remove("Member.Read.Hidden");
        tenant.groups[1].shown["visibility"] = json!(null);
        tenant.groups[1].members.clear();
        tenant.common.before("/users/5e", 1, move |tenant| tenant.groups[1] = hidden(shown));
    });
    let said = lab.run(&["sync"]).exits(3).out.flat();
    assert!(said.contains("hides its members"), "{said}");
    assert_eq!(lab.sent(), nothing());
    // Its list is served for a moment longer than itself.
    let gone = Failure::Refuses(404, "{\"error\":{\"code\":\"Request_ResourceNotFound\"}}");
    entra.change(|tenant| {
        tenant.groups[1].shown["visibility"] = json!(null);
        tenant.groups[1].members.clear();
        tenant.common.always = vec![("000000000002?$select=id,visibility", gone)];
    });
    worthless(&lab, &entra, "the group \"Second\" is not there any more");
}

#[test]
fn a_sentinel_is_shown_as_it_should_be_or_the_reading_counts_for_nothing() {
    let (active, inactive) = (user_id("1"), user_id("2"));
    let lines = |entra: &Entra| {
        with_secret(entra, &format!("sentinels = [\"{active}\"]\ninactive_sentinels = [\"{inactive}\"]"))
    };
    let disable = |entra: &Entra| entra.change(|tenant| tenant.person("2")["accountEnabled"] = json!(false));
    let (lab, entra) = in_step(&crowd(6), lines, disable);
    assert!(lab.run(&["plan"]).exits(0).out.flat().contains("all 2 sentinels were shown"));
    entra.change(|tenant| tenant.person("2")["accountEnabled"] = json!(true));
    worthless(&lab, &entra, &format!("the sentinel {inactive} was not shown inactive"));
    disable(&entra);
    entra.change(|tenant| tenant.person("1")["accountEnabled"] = json!(false));
    worthless(&lab, &entra, &format!("the sentinel {active} was not shown active"));
    entra.change(|tenant| tenant.delete("1"));
    worthless(&lab, &entra, &format!("the sentinel {active} was not shown active"));
}

#[test]
fn another_application_is_not_this_one() {
    let (mut lab, entra) = in_step(&crowd(6), assigned, by_group);
    let other = "{\"id\":\"59000000-0000-4000-8000-00000000000f\",\"appId\":\"a9900000-0000-4000-8000-00000000000f\"}";
    entra.change(|tenant| tenant.common.trouble.push(("/servicePrincipals(appId", Failure::Says(other))));
    worthless(&lab, &entra, "another enterprise application came than the one that `app` asks for by id");
    for same in [APP.to_uppercase(), PRINCIPAL.to_uppercase()] {
        let by_id = Failure::Says(
            "{\"id\":\"59000000-0000-4000-8000-000000000001\",\"appId\":\"a9900000-0000-4000-8000-000000000001\"}",
        );
        entra.change(|tenant| tenant.common.trouble.push(("?$select=id,appId", by_id)));
        lab.source(&with_secret(&entra, &format!("app = \"{same}\"")));
        lab.run(&["sync"]).exits(0);
        assert_eq!(lab.sent(), nothing());
    }
}

/// What was configured, and nothing that was not.
#[test]
fn a_refused_request_says_what_to_correct() {
    let (mut lab, entra) = lab(&crowd(2));
    entra.change(|tenant| tenant.assign("User", &user_id("1")));
    let app = format!("app = \"{APP}\"");
    let bad = Failure::Refuses(400, "{\"error\":{\"code\":\"BadRequest\"}}");
    entra.change(|tenant| tenant.common.always = vec![("/users?", bad)]);
    for (lines, words) in [
        ("", "does not take the request; is `url` the address of Graph in the right cloud?"),
        ("filter = \"surname eq 'x'\"", "does not take the request; correct `filter`\n"),
        ("attributes = [\"city\"]", "correct what [mapping] or `attributes` ask for (city)"),
        (&format!("{app}\nattributes = [\"city\"]"), "correct `app`, or what [mapping] or `attributes` ask for (city)"),
    ] {
        lab.source(&with_secret(&entra, lines));
        let said = lab.run(&["plan"]).exits(1).out;
        assert!(said.contains("/users: HTTP 400: BadRequest: Graph") && said.contains(words), "{words}: {said}");
    }
}

/// An assignment may outlive its group.
#[test]
fn an_assigned_group_that_was_deleted_is_named() {
    let (lab, entra) = in_step(&crowd(6), assigned, by_group);
    entra.change(|tenant| tenant.assign("Group", &group_id("9")));
    worthless(&lab, &entra, &format!("the group \"{}\": /groups: HTTP 404: Request_ResourceNotFound", group_id("9")));
}

#[test]
fn a_link_to_another_place_is_not_followed() {
    let (lab, entra) = in_step(&crowd(6), small_pages, by_group);
    let other = Entra::start_tenant(Vec::new());
    for elsewhere in [other.url(), format!("{}/other", entra.url()), format!("http://x@{}", entra.address)] {
        entra.change(|tenant| tenant.common.paging.elsewhere = Some(elsewhere.clone()));
        worthless(&lab, &entra, "leads to another place than `url`");
    }
    assert_eq!(other.requests(), nothing(), "the token did not go there");
    entra.change(|tenant| tenant.common.paging.elsewhere = None);
    entra.change(|tenant| tenant.common.paging.empty = Some(2));
    lab.run(&["sync"]).exits(0);
    assert_eq!(lab.sent(), nothing(), "an empty page is not the last one");
}

#[test]
fn fewer_than_graph_counted_are_not_all() {
    let (lab, entra) = in_step(&crowd(6), |entra| with_secret(entra, "page_size = 2"), |_| {});
    entra.change(|tenant| {
        tenant.common.paging.by_position = true;
        tenant.common.before("skiptoken", 1, |tenant| tenant.delete("1"));
    });
    worthless(&lab, &entra, "came, and Graph counted 6");
}

#[test]
fn a_token_that_ends_while_people_are_read_is_renewed() {
    let (lab, entra) = in_step(&crowd(6), small_pages, by_group);
    entra.change(|tenant| tenant.common.before("skiptoken", 1, |tenant| tenant.expire_tokens()));
    lab.run(&["sync"]).exits(0);
    assert_eq!(asked(&entra, "POST ").len(), 2);
    assert_eq!(lab.sent(), nothing());
    entra.change(|tenant| tenant.common.always.push(("/organization", Failure::Status(401))));
    worthless(&lab, &entra, "HTTP 401: the credentials are not accepted");
}

#[test]
fn pages_that_are_not_kept_long_enough_are_read_again_by_the_next_cycle() {
    let (lab, entra) = in_step(&crowd(6), small_pages, by_group);
    entra.change(|tenant| tenant.common.before("skiptoken", 1, |tenant| tenant.common.paging.forget()));
    worthless(&lab, &entra, "longer than Graph keeps its pages");
    lab.run(&["sync"]).exits(0);
    assert_eq!(lab.sent(), nothing());
}

/// By id the sign-in refuses; by a domain that moved to another tenant, Graph says another id; and a token of another tenant's,
/// that is no token for the configured one.
#[test]
fn another_tenant_is_not_this_one() {
    let (mut lab, entra) = in_step(&crowd(3), |entra| with_secret(entra, ""), |_| {});
    let people: Vec<_> = (1..=3).map(|i| user(&row(&format!("8{i}"), "Some", "Stranger", &format!("s{i}")))).collect();
    entra.change(|tenant| tenant.becomes("7e000000-0000-4000-8000-00000000000f", people));
    worthless(&lab, &entra, "there is no such tenant");
    lab.source(&with_secret(&entra, "").replace(TENANT, "acme.example"));
    worthless(&lab, &entra, "another directory than until now");
    entra.change(|tenant| {
        tenant.domains = vec!["other.example"];
        tenant.common.before("/organization", 1, |tenant| tenant.id = "7e000000-0000-4000-8000-00000000000e".into());
    });
    lab.source(&with_secret(&entra, "").replace(TENANT, "other.example"));
    entra.change(|tenant| tenant.common.before("/organization", 1, |tenant| tenant.domains = vec!["third.example"]));
    worthless(&lab, &entra, "neither that nor one of its verified domains");
}

#[test]
fn who_is_told_to_wait_waits_and_a_storm_ends_the_reading() {
    let (lab, entra) = in_step(&crowd(6), small_pages, by_group);
    let trouble = [Failure::Throttled(1), Failure::Crowded, Failure::Status(504), Failure::Html(502)];
    entra.change(|tenant| tenant.common.trouble.extend(trouble.map(|failure| ("/members/", failure))));
    lab.run(&["sync"]).exits(0);
    assert!(entra.change(|tenant| tenant.common.trouble.is_empty()));
    entra.change(|tenant| tenant.common.always = vec![("/members/", Failure::Throttled(1))]);
    worthless(&lab, &entra, "HTTP 429: the server is busy, also at the 5th try");
    entra.change(|tenant| tenant.common.always = vec![("/members/", Failure::Throttled(3600))]);
    worthless(&lab, &entra, "asked to be left alone for 3600 s");
    entra.change(|tenant| tenant.common.always.clear());
    lab.run(&["sync"]).exits(0);
    assert_eq!(lab.sent(), nothing());
}

/// Nine tenths are used and eight are ours: a ninth of the ten seconds is kept still before each further request.
#[test]
fn a_share_of_the_limit_is_left_to_others() {
    let (mut lab, entra) = lab(&crowd(4));
    lab.source(&with_secret(&entra, "page_size = 2\nlimit_share = 80"));
    for (used, words, pause) in [
        (Some("0.9"), "slowed down 2 times, to use at most 80 % of the limit", Duration::from_millis(1_111)),
        (Some("0.8"), "page", Duration::ZERO),
        (None, "page", Duration::ZERO),
    ] {
        entra.change(|tenant| tenant.used = used);
        entra.change(|tenant| tenant.arrivals.clear());
        let said = lab.run(&["plan"]).exits(0).out.flat();
        assert!(said.contains(words), "{said}");
        assert_eq!(said.contains("slowed down"), pause > Duration::ZERO, "{said}");
        let arrivals = entra.change(|tenant| std::mem::take(&mut tenant.arrivals));
        assert_eq!(arrivals.len(), 3, "organization, two pages");
        assert!(arrivals.windows(2).all(|two| two[1].0 - two[0].0 >= pause), "{arrivals:?}");
        assert!(arrivals.iter().all(|(_, priority)| priority == "low"), "{arrivals:?}");
    }
}

#[test]
fn what_is_no_answer_of_graphs_counts_for_nothing() {
    let (lab, entra) = in_step(&crowd(3), |entra| with_secret(entra, ""), |_| {});
    for (answer, words) in [
        (Failure::Says("{}"), "no list of Graph's"),
        (Failure::Says("[]"), "no object"),
        (Failure::Says("{\"value\":[], \"@odata.nextLink\": 5}"), "is no text"),
        (Failure::Says("{\"value\":[], \"value\":[]}"), "not JSON as it should be"),
        (Failure::Says("{\"value\":[]}"), "was asked to count users and did not"),
        (Failure::Says("{\"value\":[{\"mail\":\"canary@acme.example\"}]}"), "has no `id`"),
        (Failure::Html(200), "not JSON"),
        (Failure::Redirect("http://127.0.0.1:1/".into()), "a redirect"),
    ] {
        entra.change(|tenant| tenant.common.always = vec![("/users?", answer)]);
        worthless(&lab, &entra, words);
    }
}

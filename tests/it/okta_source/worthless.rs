//! Listings that are not whole, or not of the org that was meant. Each would be the end of half the team, if it were believed.

use super::{by_app, in_step, nothing, service_app};
use crate::directories::cloud::{CANARY, Failure};
use crate::directories::okta::{APP, Org, user};
use crate::support::{Lines, crowd};

type Turn = fn(&mut Org);

#[test]
fn nobody_is_removed_on_account_of_a_worthless_listing() {
    let (lab, okta) = in_step(&crowd(8));
    let turns: &[(Turn, &str)] = &[
        (|org| always(org, "after=", Failure::Html(500)), "/apps: HTTP 500: the server failed"),
        (|org| always(org, "after=", Failure::Html(502)), "/apps: HTTP 502: the server failed"),
        (|org| always(org, "after=", Failure::Status(403)), "/apps: HTTP 403: E0000006: the account may not read that"),
        (|org| always(org, "after=", Failure::Status(404)), "HTTP 404: E0000008: there is no such API; is `url`"),
        (|org| always(org, "after=", Failure::Cut), "no answer"),
        (|org| always(org, "after=", Failure::CutBehind), "no answer"),
        (|org| always(org, "after=", Failure::Throttled(3_600)), "asked to be left alone for 3600 s"),
        (|org| always(org, "after=", Failure::Redirect("https://evil.example/x".into())), "a redirect to evil.example"),
        (|org| always(org, "after=", Failure::Says("{}")), "JSON that is no list"),
        (|org| always(org, "after=", Failure::Says("<html>canary@acme.example")), "not JSON as it should be"),
        (|org| always(org, "after=", Failure::Says("[{}]")), "assignments: a row without an `id`"),
        (|org| always(org, "after=", Failure::Says("[5]")), "assignments: a row that is no object"),
        (|org| always(org, "after=", Failure::Says(r#"[{"id":"x","id":"y"}]"#)), "twice"),
        (|org| org.common.paging.repeated = true, "assignments: an id came twice"),
        (|org| org.common.paging.circle = true, "assignments: an id came twice"),
        (|org| org.common.paging.stuck = Some(2), "leads to one that was read already"),
        (|org| org.common.paging.unlinked = true, "assignments: a page came without a Link header"),
        (
            |org| org.common.paging.elsewhere = Some("http://127.0.0.2:1".into()),
            "/apps: the link to the next page leads to another server, 127.0.0.2, and is not followed",
        ),
        (|org| org.common.before("after=", 1, |org| org.common.paging.forget()), "HTTP 400"),
        (
            |org| org.common.before("after=", 1, |org| org.ssws.clear()),
            "/apps: HTTP 401: the credentials are not accepted",
        ),
        (|org| org.common.before("after=", 1, |org| org.has_role = false), "HTTP 403: E0000006"),
        (|org| org.apps[0].status = "INACTIVE", "is INACTIVE and not ACTIVE"),
        (|org| org.apps.clear(), "there is no app 0oa"),
        (|org| org.apps[0].people.clear(), "nobody is assigned to the app Postman"),
        (|org| org.unlisted.extend(org.apps[0].people.clone()), "Empty never means everybody left"),
        (|org| org.becomes("00oOTHER", crowd(3).iter().map(user).collect()), "nobody is assigned to the app Postman"),
        (|org| org.id = "00oOTHER".into(), "another directory than until now"),
        (|org| always(org, "okta-organization", Failure::Says("{}")), "does not say its id"),
    ];
    for (turn, words) in turns {
        okta.change(|org| {
            org.common.paging.most = Some(2);
            turn(org);
        });
        let said = lab.run(&["sync"]);
        let text = format!("{} {}", said.out.flat(), said.err.flat());
        assert_eq!(said.code, 1, "{words}: {text}");
        assert!(text.contains(words), "{words}: {text}");
        assert!(!text.contains(CANARY) && !text.contains("p1@"), "{words}: {text}");
        assert_eq!((lab.active().len(), lab.sent()), (8, nothing()), "{words}");
        okta.change(restore);
    }
    lab.run(&["sync"]).exits(0);
    assert_eq!((lab.active().len(), lab.sent()), (8, nothing()));
}

fn always(org: &mut Org, part: &'static str, failure: Failure) {
    org.common.always.push((part, failure));
}

/// As it was before.
fn restore(org: &mut Org) {
    use crate::directories::okta::{App, ORG, TOKEN, user_id};
    org.common.always.clear();
    org.common.paging = Default::default();
    org.unlisted.clear();
    org.has_role = true;
    org.id = ORG.into();
    org.people = crowd(8).iter().map(user).collect();
    let people = crowd(8).iter().map(|row| user_id(&row.id)).collect();
    let (groups, rows) = (Vec::new(), Default::default());
    org.apps = vec![App { id: APP.into(), label: "Postman".into(), status: "ACTIVE", people, groups, rows }];
    org.ssws.insert(TOKEN.into(), "00u00000000000000ADMIN".into());
}

/// An empty page in the middle is none of these.
#[test]
fn an_empty_page_with_a_next_one_goes_on() {
    let (lab, okta) = in_step(&crowd(8));
    for page in [1, 2, 4] {
        okta.change(|org| (org.common.paging.most, org.common.paging.empty) = (Some(2), Some(page)));
        lab.run(&["sync"]).exits(0);
        assert_eq!((lab.active().len(), lab.sent()), (8, nothing()));
        assert_eq!(okta.requests().iter().filter(|asked| asked.contains("/users?")).count(), 5);
    }
}

/// Once, or a few times, is nothing.
#[test]
fn what_may_pass_is_asked_again() {
    let (lab, okta) = in_step(&crowd(3));
    for failure in [500, 502, 503, 504].map(Failure::Html).into_iter().chain([
        Failure::Status(500),
        Failure::Cut,
        Failure::CutBehind,
        Failure::Throttled(1),
        Failure::Crowded,
    ]) {
        let said = format!("{failure:?}");
        okta.change(|org| org.common.trouble = vec![("/users?", failure)]);
        lab.run(&["sync"]).exits(0);
        assert!(okta.change(|org| org.common.trouble.is_empty()), "{said}");
        assert_eq!(lab.sent(), nothing(), "{said}");
    }
}

#[test]
fn a_sentinel_that_is_not_shown_ends_the_reading() {
    use crate::directories::okta::user_id;
    let (mut lab, okta) = in_step(&crowd(4));
    let sentinel = |id: &str| format!("{}\nsentinels = [\"{}\"]", by_app(), user_id(id));
    lab.source(&super::source(&okta, &sentinel("2")));
    lab.run(&["sync"]).exits(0);
    okta.change(|org| org.person("2")["status"] = "SUSPENDED".into());
    let said = lab.run(&["sync"]).exits(1).out.flat();
    assert!(said.contains(&format!("the sentinel {} was not shown active", user_id("2"))), "{said}");
    assert_eq!((lab.active().len(), lab.sent()), (4, nothing()));
    let inactive = |id: &str| format!("{}\ninactive_sentinels = [\"{}\"]", by_app(), user_id(id));
    lab.source(&super::source(&okta, &inactive("3")));
    let said = lab.run(&["sync"]).exits(1).out.flat();
    assert!(said.contains(&format!("the sentinel {} was not shown inactive", user_id("3"))), "{said}");
    assert_eq!((lab.active().len(), lab.sent()), (4, nothing()));
    lab.source(&super::source(&okta, &inactive("2")));
    lab.run(&["sync"]).exits(0);
    assert_eq!(lab.sent(), ["deactivate p2@acme.example"]);
    // Another reader of the same org is another reader.
    lab.source(&service_app(&okta, &by_app()));
    let said = lab.run(&["sync"]).exits(1).out.flat();
    assert!(said.contains("another account than until now: it was User 00u"), "{said}");
    assert_eq!((lab.active().len(), lab.sent()), (3, nothing()));
}

/// Members and users have links on every page, as assignments have.
#[test]
fn a_page_that_lost_its_links_is_no_whole_listing() {
    use crate::directories::okta::group;
    let (mut lab, okta) = super::lab(&crowd(6));
    okta.change(|org| org.groups.push(group("1", "Engineering", &["1", "2", "3", "4", "5", "6"])));
    for groups in ["", "groups = [\"Engineering\"]"] {
        lab.source(&super::source(&okta, ""));
        if !groups.is_empty() {
            lab.set("scope", groups);
        }
        lab.run(&["sync"]).exits(0);
        lab.sandbox.clear_log();
        okta.change(|org| (org.common.paging.most, org.common.paging.unlinked) = (Some(2), true));
        let said = lab.run(&["sync"]).exits(1).out.flat();
        assert!(said.contains("a page came without a Link header"), "{said}");
        assert_eq!((lab.active().len(), lab.sent()), (6, nothing()));
        okta.change(|org| org.common.paging = Default::default());
    }
}

/// Connections are taken, and nothing ever comes.
#[test]
fn an_org_that_never_answers_ends_the_reading() {
    let (mut lab, okta) = in_step(&crowd(2));
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let elsewhere = format!("http://{}", silent.local_addr().unwrap());
    let lines = super::source(&okta, &format!("timeout = \"1s\"\n{}", by_app()));
    lab.source(&lines.replace(&okta.url(), &elsewhere));
    let said = lab.run(&["sync"]).exits(1).out.flat();
    assert!(said.contains("not read to the end after 1 s"), "{said}");
    assert_eq!((lab.active().len(), lab.sent()), (2, nothing()));
}

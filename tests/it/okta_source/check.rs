//! `check`: which org, who reads, the app, rights that nobody needs.

use super::{by_app, lab, nothing, service_app, source};
use crate::directories::cloud::Failure;
use crate::directories::okta::{APP, CLIENT, ORG};
use crate::support::{Lines, crowd};

#[test]
fn check_names_the_org_the_reader_and_the_app() {
    let (mut lab, okta) = lab(&crowd(3));
    lab.source(&service_app(&okta, &by_app()));
    let said = lab.run(&["check"]).exits(0).out.flat();
    for part in [
        format!("source hr: Okta org {ORG} at 127.0.0.1"),
        format!("source hr: identity = \"Okta org {ORG} as client {CLIENT}\""),
        format!("source hr: app Postman ({APP}), active"),
        "reads with okta.apps.read and was refused scopes that write".into(),
        "rate limit: 600 requests in a window, of which 50% are used at most".into(),
        format!("read to the end: app Postman ({APP}), assignments: 3 in 1 page"),
        "3 entries, 3 in scope".into(),
    ] {
        assert!(said.contains(&part), "{part}: {said}");
    }
    // A token endpoint that is in trouble has refused no scope.
    for failure in [Failure::Html(403), Failure::Refuses(400, "{\"error\":\"invalid_client\"}")] {
        okta.change(|org| {
            org.common.before("POST /oauth2", 2, |org| org.common.trouble = vec![("POST /oauth2", failure)]);
        });
        let said = lab.run(&["check"]).out.flat();
        assert!(
            said.contains("whether the service app may write (okta.apps.manage) cannot be told: 127.0.0.1"),
            "{said}"
        );
        assert!(!said.contains("was refused scopes that write"), "{said}");
    }
    okta.change(|org| org.clients.get_mut(CLIENT).unwrap().scopes.push("okta.users.manage"));
    let said = lab.run(&["check"]).out.flat();
    assert!(said.contains("the service app may write (okta.users.manage); only okta.apps.read is needed"), "{said}");
    assert_eq!(okta.writes(), nothing());
}

#[test]
fn check_of_a_token_and_of_an_app_that_is_not_in_use() {
    let (mut lab, okta) = lab(&crowd(3));
    let said = lab.run(&["check"]).out.flat();
    assert!(said.contains("an SSWS token has all rights of its admin"), "{said}");
    assert!(said.contains("as User 00u00000000000000ADMIN\""), "{said}");
    okta.change(|org| org.apps[0].status = "INACTIVE");
    let said = lab.run(&["check"]).exits(1).out.flat();
    assert!(said.contains("so that its assignments give nobody anything; activate it"), "{said}");
    lab.source(&source(&okta, "app = \"0oaELSEWHERE\""));
    let said = lab.run(&["check"]).exits(1).out.flat();
    assert!(said.contains("there is no app 0oaELSEWHERE, or the account may not see it; correct `app`"), "{said}");
    lab.source(&source(&okta, "filter = 'profile.nothing'"));
    let said = lab.run(&["check"]).exits(1).out.flat();
    assert!(said.contains("HTTP 400: E0000031: Okta does not understand the search; correct source.filter"), "{said}");
}

//! Tokens: what a service app shows, what it may, and what is said where that is not enough.

use serde_json::json;

use super::{begin, by_app, lab, nothing, service_app, source};
use crate::directories::okta::{CLIENT, Okta, Org, TOKEN, group};
use crate::support::{Lab, Lines, crowd};

fn by_service_app(more: &str) -> (Lab, Okta) {
    let (mut lab, okta) = lab(&crowd(6));
    okta.change(|org| org.common.paging.most = Some(2));
    lab.source(&service_app(&okta, more));
    begin(&lab, &okta);
    (lab, okta)
}

#[test]
fn a_token_that_ends_while_pages_are_read_is_renewed() {
    let (lab, okta) = by_service_app(&by_app());
    for in_body in [false, true] {
        okta.change(|org| {
            org.refused_in_body = in_body;
            org.common.before("after=", 1, Org::expire_tokens);
        });
        lab.run(&["sync"]).exits(0);
        assert_eq!((lab.active().len(), lab.sent()), (6, nothing()));
        let asked = okta.requests().iter().filter(|asked| asked.starts_with("POST /oauth2/v1/token")).count();
        assert_eq!(asked, 2, "one at the beginning and one then");
    }
}

/// The least that a reading needs, and not one more.
#[test]
fn the_least_scopes_are_enough() {
    for (more, scopes) in [
        (by_app(), vec!["okta.apps.read"]),
        (String::new(), vec!["okta.users.read"]),
        ("filter = 'status eq \"ACTIVE\"'".to_owned(), vec!["okta.users.read"]),
    ] {
        let (mut lab, okta) = lab(&crowd(3));
        okta.change(|org| org.clients.get_mut(CLIENT).unwrap().scopes = scopes.clone());
        lab.source(&service_app(&okta, &more));
        begin(&lab, &okta);
        okta.change(|org| org.delete("1"));
        lab.run(&["sync"]).exits(0);
        assert_eq!(lab.sent(), ["deactivate p1@acme.example"], "{scopes:?}");
        // Groups need one more, or two: the groups of one person are a matter of users.
        okta.change(|org| org.groups.push(group("1", "Engineering", &["2", "3"])));
        lab.set("scope", "groups = [\"Engineering\"]");
        let said = lab.run(&["sync"]).exits(1).out.flat();
        let told = "HTTP 403: the token has not got the scope okta.groups.read; grant it to the service app";
        assert!(said.contains(told), "{said}");
        let more = ["okta.groups.read", "okta.users.read"];
        okta.change(|org| org.clients.get_mut(CLIENT).unwrap().scopes.extend(more));
        lab.run(&["sync"]).exits(0);
        assert_eq!(lab.sent(), nothing());
        okta.change(|org| org.groups[0].people.truncate(1));
        lab.run(&["sync"]).exits(0);
        assert_eq!(lab.sent(), ["deactivate p3@acme.example"]);
    }
}

#[test]
fn what_a_token_may_not_is_named() {
    let (lab, okta) = by_service_app(&by_app());
    let refused = |words: &str| {
        let answer = lab.run(&["sync"]).exits(1);
        let said = answer.out.flat();
        assert!(said.contains(words), "{words}: {said}");
        assert!(!format!("{said}{}", answer.err).contains("false."), "a token is shown");
        assert_eq!((lab.active().len(), lab.sent()), (6, nothing()));
    };
    // Consent is taken back while pages are read.
    let take_back = |org: &mut Org| org.clients.get_mut(CLIENT).unwrap().scopes = vec!["okta.users.read"];
    okta.change(|org| org.common.before("after=", 2, take_back));
    refused("the token has not got the scope okta.apps.read; grant it to the service app");
    refused(
        "no access token (HTTP 400, invalid_scope): the scope is unknown or not granted; grant it to the client: okta.apps",
    );
    okta.change(|org| org.clients.get_mut(CLIENT).unwrap().scopes = vec!["okta.apps.read"]);
    okta.change(|org| org.has_role = false);
    refused("HTTP 403: E0000006: the account may not read that; give the service app");
    okta.change(|org| org.has_role = true);
    okta.change(|org| org.clients.get_mut(CLIENT).unwrap().dpop = true);
    refused("\"Require Demonstrating Proof of Possession (DPoP) header in token requests\"");
    okta.change(|org| org.clients.get_mut(CLIENT).unwrap().dpop = false);
    okta.change(|org| org.clients.get_mut(CLIENT).unwrap().keys = vec![json!({ "kty": "RSA", "kid": "other" })]);
    refused("is the public key of");
}

#[test]
fn an_ssws_token_that_was_replaced_is_read_again() {
    let (mut lab, okta) = lab(&crowd(4));
    lab.source(&source(&okta, &by_app()));
    okta.change(|org| org.common.paging.most = Some(2));
    begin(&lab, &okta);
    let file = lab.path("okta.token");
    okta.change(|org| {
        org.common.before("after=", 1, move |org| {
            let admin = org.ssws.remove(TOKEN).unwrap();
            org.ssws.insert("00false-second-token".into(), admin);
            std::fs::write(&file, "00false-second-token").unwrap();
        });
    });
    lab.run(&["sync"]).exits(0);
    assert_eq!((lab.active().len(), lab.sent()), (4, nothing()), "and it is the same reader");
    okta.change(|org| org.ssws.clear());
    let said = lab.run(&["sync"]).exits(1).out.flat();
    assert!(said.contains("HTTP 401: the credentials are not accepted; write the right ones into"), "{said}");
}

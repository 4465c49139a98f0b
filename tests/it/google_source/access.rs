//! Tokens: what the service account shows, what it may, and what is said where that is not enough.

use serde_json::json;

use super::{begin, by_itself, in_step, is_worthless, lab, nothing, source};
use crate::directories::cloud::Failure;
use crate::directories::google::{ADMIN, Account, group};
use crate::support::{Lines, crowd};

const SMALL: &str = "page_size = 2";

#[test]
fn a_token_that_ends_while_pages_are_read_is_renewed() {
    let (lab, google) = in_step(&crowd(6), SMALL);
    google.change(|account| account.common.before("pageToken=", 1, Account::expire_tokens));
    lab.run(&["sync"]).exits(0);
    assert_eq!((lab.active().len(), lab.sent()), (6, nothing()));
    assert_eq!(google.requests().iter().filter(|asked| *asked == "POST /token").count(), 2);
}

/// The least that a reading needs, and not one more.
#[test]
fn the_least_scopes_are_enough_and_a_missing_one_is_named() {
    let (mut lab, google) = lab(&crowd(3), "");
    google.change(|account| {
        account.granted = vec!["admin.directory.user.readonly"];
        account.groups.push(group("1", "Engineering", &["1", "2"]));
    });
    begin(&lab, &google);
    google.change(|account| account.delete("3"));
    lab.run(&["sync"]).exits(0);
    assert_eq!(lab.sent(), ["deactivate p3@acme.example"]);
    lab.set("scope", "groups = [\"engineering@acme.example\"]");
    let told = "no access token (HTTP 401, unauthorized_client): the service account may not act for the admin with all of \
                these scopes; add its client id 100000000000000000000 with them in the Admin console (Security > Access and \
                data control > API controls > Domain-wide delegation): \
                https://www.googleapis.com/auth/admin.directory.user.readonly,\
                https://www.googleapis.com/auth/admin.directory.group.member.readonly";
    is_worthless(&lab, 1, 2, told);
    google.change(|account| account.granted.push("admin.directory.group.member.readonly"));
    lab.run(&["sync"]).exits(0);
    assert_eq!(lab.sent(), nothing());
}

#[test]
fn what_the_reader_may_not_is_named_and_never_asked_again() {
    let (lab, google) = in_step(&crowd(6), SMALL);
    let take_back = |account: &mut Account| {
        account.expire_tokens();
        account.granted.clear();
    };
    google.change(|account| account.common.before("pageToken=", 2, take_back));
    is_worthless(&lab, 1, 6, "(HTTP 401, unauthorized_client)");
    google.change(|account| account.granted = vec!["admin.directory.user.readonly"]);
    google.requests();
    for (reason, words) in [
        (
            "insufficientPermissions",
            "the token has not got the scope that this needs; grant these in the Admin console",
        ),
        ("forbidden", "forbidden: the admin in `subject` may not read that; is it still an admin"),
        ("accessNotConfigured", "the Admin SDK API is not switched on in the service account's project; enable it"),
        ("dailyLimitExceeded", "the admin in `subject` may not read that"),
    ] {
        let body = format!(r#"{{"error":{{"code":403,"message":"x","errors":[{{"reason":"{reason}"}}]}}}}"#);
        let body: &'static str = body.leak();
        google.change(|account| account.common.always = vec![("pageToken=", Failure::Refuses(403, body))]);
        is_worthless(&lab, 1, 6, words);
        let asked = google.requests().into_iter().filter(|asked| asked.contains("pageToken=")).count();
        assert_eq!(asked, 1, "{reason}: a refusal is no limit");
    }
    google.change(|account| account.common.always.clear());
    // The admin leaves in the middle.
    google.change(|account| {
        account.common.before("pageToken=", 1, |account| _ = account.admins.insert(ADMIN.into(), false));
    });
    is_worthless(&lab, 1, 6, "HTTP 403: forbidden: the admin in `subject` may not read that");
    google.change(|account| account.admins.clear());
    is_worthless(&lab, 1, 6, "(HTTP 400, invalid_grant): the assertion is not accepted");
    google.change(|account| {
        account.admins.insert(ADMIN.into(), true);
        account.keys = vec![json!({ "kty": "RSA", "kid": "other", "n": "AA", "e": "AQAB" })];
    });
    is_worthless(&lab, 1, 6, "is the key of");
}

/// An admin role of its own: no delegation is needed, and it is another reader than one who acts for an admin.
#[test]
fn a_service_account_with_a_role_needs_nobody() {
    let (mut lab, google) = lab(&crowd(3), "");
    lab.source(&by_itself(&google));
    google.change(|account| account.granted.clear());
    let said = lab.run(&["sync"]).exits(1).out.flat();
    assert!(
        said.contains("the service account may not read that; give it an admin role in the Admin console"),
        "{said}"
    );
    google.change(|account| account.has_role = true);
    begin(&lab, &google);
    assert_eq!(lab.active().len(), 3);
    google.change(|account| account.granted = vec!["admin.directory.user.readonly"]);
    lab.source(&source(&google, ""));
    is_worthless(&lab, 1, 3, "another account than until now: it was sync@false-project.iam.gserviceaccount.com");
}

#[test]
fn nothing_of_the_key_or_a_token_is_shown() {
    let (lab, google) = in_step(&crowd(3), "");
    google.change(|account| account.common.always = vec![("/users", Failure::Html(403))]);
    let output = lab.command(&["sync"]).env("POSTMAN_SCIM_SYNC_LOG", "trace").output().unwrap();
    let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(said.contains("HTTP 403"), "{said}");
    for secret in ["ya29.", "PRIVATE KEY", "assertion=", "eyJ"] {
        assert!(!said.contains(secret), "{secret}: {said}");
    }
}

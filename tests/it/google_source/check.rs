//! `check`: which account, who reads, rights that nobody needs.

use super::{by_itself, in_step, lab, nothing, source};
use crate::directories::cloud::Failure;
use crate::directories::google::{ADMIN, CUSTOMER, SERVICE_ACCOUNT};
use crate::support::{Lines, crowd};

#[test]
fn check_names_the_account_and_the_reader() {
    let (lab, google) = lab(&crowd(3), "");
    let said = lab.run(&["check"]).exits(0).out.flat();
    for part in [
        format!("source hr: Google Workspace account {CUSTOMER} at 127.0.0.1"),
        format!("source hr: identity = \"Google Workspace account {CUSTOMER} as {SERVICE_ACCOUNT} for {ADMIN}\""),
        format!("reads for {ADMIN} with admin.directory.user.readonly and was refused scopes that write"),
        "at most 100% of Google's 2400 requests a minute are used".into(),
        "read to the end: users: 3 in 1 page".into(),
        "3 entries, 3 in scope".into(),
    ] {
        assert!(said.contains(&part), "{part}: {said}");
    }
    // A token endpoint that is in trouble has refused no scope: here, at the second one.
    for (failure, times) in [(Failure::Status(503), 5), (Failure::Refuses(400, "{\"error\":\"invalid_grant\"}"), 1)] {
        google.change(|account| {
            account.common.before("POST /token", 3, move |account| {
                account.common.trouble = (0..times).map(|_| ("POST /token", failure.clone())).collect();
            });
        });
        let said = lab.run(&["check"]).out.flat();
        assert!(
            said.contains("whether the service account may write (admin.directory.group) cannot be told: 127.0.0.1"),
            "{said}"
        );
        assert!(google.change(|account| account.common.trouble.is_empty()));
    }
    google.change(|account| account.granted.push("admin.directory.user"));
    let said = lab.run(&["check"]).out.flat();
    let told = "the service account may write (admin.directory.user); only admin.directory.user.readonly is needed, so take \
                the others out of Domain-wide delegation";
    assert!(said.contains(told), "{said}");
    assert_eq!(google.writes(), nothing());
}

#[test]
fn check_of_a_service_account_with_a_role_and_of_what_does_not_work() {
    let (mut lab, google) = in_step(&crowd(3), "");
    google.change(|account| account.has_role = true);
    lab.source(&by_itself(&google));
    let said = lab.run(&["check"]).out.flat();
    assert!(said.contains("what its admin role lets it write cannot be asked"), "{said}");
    lab.source(&source(&google, "customer = \"C0elsewhere\""));
    let said = lab.run(&["check"]).exits(1).out.flat();
    assert!(said.contains("forbidden") && said.contains("is `customer` or the group of this account?"), "{said}");
    lab.write("google.json", "{}");
    let said = lab.run(&["check"]).exits(1).out.flat();
    assert!(said.contains("is not the key of a service account"), "{said}");
}

//! A machine without a key: its metadata server gives tokens of its own service account, over plain http, by one name.

use super::{by_itself, in_step, lab, nothing};
use crate::directories::cloud::Failure;
use crate::directories::google::{CUSTOMER, Google, SERVICE_ACCOUNT};
use crate::support::{Answer, Lab, Lines, crowd};

const TOKEN: &str = "/computeMetadata/v1/instance/service-accounts/default/token";

/// The lines of a `[[source]]` on a machine at Google.
fn machine(google: &Google) -> String {
    by_itself(google).replace("key_file = \"google.json\"", "metadata_server = true")
}

fn run(lab: &Lab, google: &Google, verb: &str) -> Answer {
    let host = google.address.to_string();
    lab.command(&[verb]).env("GCE_METADATA_HOST", host).output().unwrap().into()
}

#[test]
fn a_machine_reads_as_its_own_service_account() {
    let (mut lab, google) = lab(&crowd(3), "");
    google.change(|account| account.has_role = true);
    lab.source(&machine(&google));
    run(&lab, &google, "sync").exits(0);
    assert_eq!(lab.active().len(), 3);
    let scope = "scopes=https%3A%2F%2Fwww.googleapis.com%2Fauth%2Fadmin.directory.user.readonly";
    let asked = google.requests();
    assert!(asked.contains(&format!("{TOKEN}?{scope}")), "{asked:?}");
    assert!(!asked.iter().any(|asked| asked.starts_with("POST")), "{asked:?}");
    let said = run(&lab, &google, "check").exits(0).out.flat();
    assert!(
        said.contains(&format!("identity = \"Google Workspace account {CUSTOMER} as {SERVICE_ACCOUNT}\"")),
        "{said}"
    );
    // A token that ends is renewed there.
    google.change(|account| account.common.before("/users", 1, |account| account.expire_tokens()));
    lab.sent();
    run(&lab, &google, "sync").exits(0);
    assert_eq!(lab.sent(), nothing());
    // The machine runs as somebody else.
    google.change(|account| account.service_account = "other@false-project.iam.gserviceaccount.com".into());
    let said = run(&lab, &google, "sync").exits(1).out.flat();
    assert!(said.contains("another account than until now"), "{said}");
    google.change(|account| account.service_account = SERVICE_ACCOUNT.into());
    google.change(|account| account.has_role = false);
    let said = run(&lab, &google, "sync").exits(1).out.flat();
    assert!(said.contains("the service account may not read that; give it an admin role"), "{said}");
    assert_eq!((lab.active().len(), lab.sent()), (3, nothing()));
}

#[test]
fn nothing_but_a_metadata_server_is_believed_or_asked() {
    let (mut lab, google) = in_step(&crowd(3), "");
    lab.source(&machine(&google));
    let token = r#"{"access_token":"ya29.false","expires_in":3599,"token_type":"Bearer"}"#;
    google.change(|account| account.common.always = vec![("/token?", Failure::Says(token))]);
    google.change(|account| account.has_role = true);
    let said = run(&lab, &google, "sync").exits(1).out.flat();
    assert!(said.contains("something that is no metadata server of Google's"), "{said}");
    assert!(!google.requests().iter().any(|asked| asked.contains("/users")), "the token went nowhere");
    for host in ["evil.example", "metadata.google.internal.evil.example", "10.0.0.1", "x@metadata.google.internal"] {
        let output = lab.command(&["sync"]).env("GCE_METADATA_HOST", host).output().unwrap();
        let said = Answer::from(output).exits(1).out.flat();
        assert!(said.contains("GCE_METADATA_HOST is neither metadata.google.internal nor this machine"), "{said}");
    }
    assert_eq!((lab.active().len(), lab.sent(), google.requests()), (3, nothing(), nothing()));
}

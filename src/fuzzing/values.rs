//! Properties of whole documents and of headers: the configuration, a plan's file, how long to wait.

use std::path::Path;
use std::time::Duration;

use serde_json::json;

use crate::cli::plan_file;
use crate::config::load::parse;
use crate::http::headers;
use crate::report::FORMAT;

const NOW_UNIX_S: i64 = 1_800_000_000;

/// Every problem names something; what is taken has a source, a key and an address that the key may go to.
pub fn config_toml(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    match parse(&text, Path::new("/etc/postman-scim-sync/config.toml"), &[]) {
        Ok(config) => {
            assert!(!config.sources.is_empty());
            let again = parse(&text, Path::new("/etc/postman-scim-sync/config.toml"), &[]);
            assert_eq!(again.ok().map(|again| again.fingerprint), Some(config.fingerprint));
        }
        Err(problems) => {
            assert!(!problems.is_empty(), "refused without a reason");
            assert!(problems.iter().all(|problem| !problem.message.is_empty()));
        }
    }
}

/// A plan that is taken hashes to the id that it has, also when it is written again.
pub fn plan_file(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let Ok(plan) = plan_file::parse(&text) else { return };
    let again = json!({ "format": FORMAT, "document": "plan", "plan_id": plan.id(), "plan": plan }).to_string();
    let again = plan_file::parse(&again).expect("what was read can be written and read");
    assert_eq!(again.id(), plan.id());
}

/// A wait is a second at least, and what says nothing asks for none.
pub fn retry_after(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let lines = text.lines().filter_map(|line| line.split_once(':'));
    let headers: Vec<(String, String)> = lines.map(|(name, value)| (name.to_lowercase(), value.to_owned())).collect();
    let waits = [headers::retry_after(&headers, NOW_UNIX_S), headers::retry_after_only(&headers, NOW_UNIX_S)];
    let quota = headers::quota(&headers, NOW_UNIX_S);
    for wait in waits.into_iter().chain([quota.reset]).flatten() {
        assert!(wait >= Duration::from_secs(1));
    }
    assert_ne!(quota.limit, Some(0));
    if headers.is_empty() {
        assert_eq!((waits, quota), ([None, None], headers::Quota::default()));
    }
}

//! libFuzzer around the property that the variable `PROPERTY` names; see `src/fuzzing.rs`.

#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use postman_scim_sync::fuzzing::{Property, property};

static PROPERTY: LazyLock<Property> =
    LazyLock::new(|| property(&std::env::var("PROPERTY").unwrap_or_default()).expect("PROPERTY=NAME, as in run.sh"));

fuzz_target!(|data: &[u8]| PROPERTY(data));

//! Every fuzz target: libFuzzer around the property that has the program's name. See `src/fuzzing.rs`.

#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use postman_scim_sync::fuzzing::{Property, property};

static PROPERTY: LazyLock<Property> =
    LazyLock::new(|| property(env!("CARGO_BIN_NAME")).expect("a target is called like its property"));

fuzz_target!(|data: &[u8]| PROPERTY(data));

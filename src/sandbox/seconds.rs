//! Durations in scenario files: a number of seconds, `0.5` or `30`.
//!
//! Never: takes a number that no clock can wait for.

use std::time::Duration;

use serde::de::Error;
use serde::{Deserialize, Deserializer, Serializer};

/// A day; nobody waits longer for an answer, and not every timer can.
const SECONDS_MAX: f64 = 86_400.0;

pub(super) fn serialize<S: Serializer>(duration: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64(duration.as_secs_f64())
}

pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
    let seconds = f64::deserialize(deserializer)?;
    let duration = Duration::try_from_secs_f64(seconds).ok().filter(|_| seconds <= SECONDS_MAX);
    duration.ok_or_else(|| D::Error::custom(format!("{seconds} is no number of seconds between 0 and {SECONDS_MAX}")))
}

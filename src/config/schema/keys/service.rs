//! The program itself: when, where, how it reaches out, what it logs.
//!
//! Never: a key without a meaning.

use super::super::Key;
use super::super::Kind::*;
use super::super::Reach::*;
use super::super::Unset::*;
use super::{DAY_S, key};

pub(super) const SERVICE: &[Key] = &[
    key(
        "schedule.cron",
        Cron,
        Default("*/15 * * * *"),
        Elsewhere,
        "when the daemon starts a cycle; five or six fields",
    ),
    key("schedule.timezone", Timezone, Default("UTC"), Elsewhere, "where those hours are"),
    key(
        "schedule.jitter",
        Duration { max_s: 3_600 },
        Default("0s"),
        Elsewhere,
        "start up to so much later, at random; for many daemons that read one directory",
    ),
    key(
        "schedule.refresh_every",
        Duration { max_s: 30 * DAY_S },
        Default("24h"),
        Elsewhere,
        "how often the whole team is listed to find changes made by hand",
    ),
    key("state.path", Path, Default("/var/lib/postman-scim-sync/state.db"), Elsewhere, "the local database"),
    key(
        "http.proxy",
        Proxy,
        Default("none"),
        Elsewhere,
        "`none`, `environment` (HTTPS_PROXY and its kin), or the proxy's URL",
    ),
    key("http.ca_file", Path, Nothing, Elsewhere, "PEM file with certificates to trust besides the system's"),
    key(
        "log.format",
        Choice(&["text", "json"]),
        Default("text"),
        Elsewhere,
        "how log lines are written: for people, or one JSON object a line",
    ),
    key(
        "log.level",
        Choice(&["error", "warn", "info", "debug"]),
        Nothing,
        Elsewhere,
        "what is logged; without it `info` for the daemon and `warn` for everything else",
    ),
];

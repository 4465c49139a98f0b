//! What a world begins with: the team and the configuration, as the seed decides.
//!
//! Never: changes anything afterwards.

use std::path::PathBuf;

use fastrand::Rng;
use postman_scim_sync::config::{Alarms, Auth, Config, Http, KeySource, Log, Postman, Schedule};
use postman_scim_sync::core::groups::GroupPolicy;
use postman_scim_sync::core::guard::{Limit, Limits, Share};
use postman_scim_sync::core::mapping::MappingSettings;
use postman_scim_sync::core::pattern::Pattern;
use postman_scim_sync::core::policy::{FirstSync, Matches, Policy, Switches};
use postman_scim_sync::core::scope::Scope;
use postman_scim_sync::sandbox::{KeyState, Knobs, Standing, Team};
use secrecy::SecretString;

use super::chaos::{self, one_in, pick};
use super::directory::{GROUP, Person, State};
use super::wire::SPARE_KEY;

pub const ADMIN: &str = "postman-admin@acme.example";
pub const KEY: &str = "PMAK-simulated-not-a-key";
pub const ABSENCE_WAIT_S: i64 = 3600;
const SETTLE_WAIT_S: i64 = 120;
pub const EPOCH_S: i64 = 1_767_225_600;
/// Deactivations a cycle and class, and a day, where the limits are narrow.
pub const NARROW_CYCLE: u64 = 2;
pub const NARROW_DAY: u64 = 3;

/// The team before the first cycle: strangers, people who are matches, some of them under a former name.
pub fn team(
    seed: u64,
    random: &mut Rng,
    people: &[Person],
    strangers: &[String],
    odd: impl FnOnce(&mut Knobs),
) -> Team {
    let mut knobs = chaos::knobs(random);
    odd(&mut knobs);
    let mut team = Team::new("Simulated")
        .seed(seed)
        .knobs(knobs)
        .verified("acme.example")
        .key(KEY, KeyState::Active)
        .key(SPARE_KEY, KeyState::Active)
        .member(ADMIN, "Postman", "Admin");
    for stranger in strangers {
        team = team.member(stranger, "Con", "Tractor");
    }
    for person in people.iter().filter(|person| person.mail != ADMIN) {
        let standing = match random.u32(..6) {
            0 | 1 => Standing::Active,
            2 if person.state == State::Inactive => Standing::Active,
            2 => Standing::Deactivated,
            _ => continue,
        };
        let given = if random.bool() { &person.given } else { "Former" };
        team = team.person(&person.mail, given, &person.family, standing);
    }
    if one_in(random, 6) {
        let used = team.seats_used();
        team = team.seats(used + random.u32(..4));
    }
    team
}

/// No limit.
pub fn open() -> Limit {
    Limit { cycle: None, day: None, week: None, at_least: 0 }
}

/// A narrow limit.
pub fn few() -> Limit {
    Limit {
        cycle: Some(Share::People(NARROW_CYCLE)),
        day: Some(Share::People(NARROW_DAY)),
        week: Some(Share::People(3 * NARROW_DAY)),
        at_least: 1,
    }
}

/// Limits wide open, or narrow for deactivations.
pub fn config(random: &mut Rng, narrow: bool, groups: GroupPolicy) -> Config {
    let base_url: url::Url = "https://sandbox.example/scim/v2".parse().unwrap();
    let key = KeySource::Environment(SecretString::from(KEY));
    let open = open();
    let deactivations = if narrow { few() } else { open };
    let limits = Limits {
        deactivations,
        creates: open,
        renames: open,
        readdresses: open,
        member_removals: open,
        member_adds: open,
        group_creates: open,
        group_renames: open,
        group_deletes: open,
    };
    Config {
        path: None,
        postman: Postman { base_url, key, auth: Auth::Bearer, writes_per_min: 1800, reads_per_min: 3000 },
        http: Http::default(),
        sources: Vec::new(),
        mapping: MappingSettings { user_name: "mail".into(), given_name: "givenName".into(), family_name: "sn".into() },
        scope: Scope { groups: vec![GROUP.to_owned()], ..Scope::default() },
        policy: Policy {
            switches: Switches { create_users: true, update_users: true, deactivate_users: true },
            matches: Matches::Adopt,
            first_sync: if one_in(random, 6) { FirstSync::Approve } else { FirstSync::Apply },
            verified_domains: vec!["acme.example".into()],
            protected: vec![Pattern::new(ADMIN)],
            seats: None,
            limits,
            groups,
            absence_wait_s: ABSENCE_WAIT_S,
            grace_s: 0,
            understood_least_percent: 80,
        },
        settle_wait_s: SETTLE_WAIT_S,
        refresh_every_s: *pick(random, &[1800, 5400]),
        alarms: Alarms { silence_s: 86_400, no_change_s: None },
        log: Log::default(),
        schedule: Schedule { cron: "* * * * *".parse().unwrap(), timezone: chrono_tz::UTC, jitter_s: 0 },
        state_path: PathBuf::new(),
        warnings: Vec::new(),
        fingerprint: "simulated".into(),
    }
}

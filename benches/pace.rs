//! (c) A push against a limit a minute: how much of the allowed rate is reached, and how often the team says no.

use crate::lab::Lab;
use crate::seconds;

/// Whole windows of a minute that the limit allows; the push ends when the last of them is used up.
const WINDOWS: usize = 3;

pub fn measure(per_min: usize) {
    let people = WINDOWS * per_min;
    let mut lab = Lab::new(0, people, u32::try_from(per_min).unwrap());
    let run = lab.sync();
    let count = lab.team.count();
    assert_eq!(count.writes - count.limited, people);
    let time_s = run.time.as_secs_f64();
    // A sliding window lets a whole minute's worth go at once: at time t, `floor(t / 60) + 1` of them.
    let allowed = ((time_s / 60.0).floor() + 1.0) * per_min as f64;
    println!(
        "pace {per_min} a minute: {people} creates in {}, {:.1} % of what the limit allowed until then; 429 seen: {}",
        seconds(run.time),
        100.0 * people as f64 / allowed,
        count.limited
    );
}

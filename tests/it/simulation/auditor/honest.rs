//! I10, an honest snapshot: sees that the state was lost, and what the rows say at the end beside the team. The first cycle with a
//! lost state takes nothing away, and no row says "in the team" of an account that is not.
//!
//! Never: takes a row for wrong that says itself why it may be (a hold, a doubt).

use std::collections::BTreeSet;

use postman_scim_sync::core::model::ScimId;
use postman_scim_sync::core::snapshot::Known;
use postman_scim_sync::sandbox::{Standing, Team};

use crate::simulation::directory::whose;

use super::seen::{Seen, is_destructive, what};

pub fn check(seen: &Seen<'_>) -> Vec<String> {
    if !seen.after_loss {
        return Vec::new();
    }
    let taken = seen.writes().filter(|write| is_destructive(write));
    taken.map(|write| format!("I10 {} by a state that was lost", what(write))).collect()
}

/// At rest. `aside`: people whom the last report names as not done.
pub fn at_end(rows: &[Known], team: &Team, aside: &BTreeSet<String>) -> Vec<String> {
    let mut wrong = Vec::new();
    for row in rows.iter().filter(|row| !aside.contains(whose(&row.id.id))) {
        let account = team.people().iter().find(|member| ScimId(member.id.clone()) == row.scim_id);
        let standing = account.map(|member| member.standing);
        if row.is_in_team() && matches!(standing, None | Some(Standing::Deactivated | Standing::Outside)) {
            wrong.push(format!("I10 the row of {} says it is in the team, and it is {standing:?}", row.id.id));
        }
    }
    wrong
}

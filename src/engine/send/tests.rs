//! What one request may conclude: from a look that shows somebody else, from a 409, from an answer that never came.
//!
//! Never: plans, or stores.

use super::*;
use crate::clock::Clock;
use crate::config::{Auth, KeySource};
use crate::core::model::{Name, UserName};
use crate::core::plan::Cause::Explicit;
use crate::postman::{Credentials, Reader, pace};
use crate::sandbox::{Failure, Fault, KeyState, Sandbox, Team};

const KEY: &str = "PMAK-false";
const ADA: &str = "ada@acme.example";

fn ada() -> Account {
    Account { user_name: UserName::new(ADA), name: Name::new("Ada", "Byron") }
}

fn id() -> SourceId {
    SourceId::new("corp", "1")
}

/// A team with Ada in it.
fn team() -> (Sandbox, Known) {
    let team = Team::new("Acme").verified("acme.example").key(KEY, KeyState::Active).member(ADA, "Ada", "Byron");
    let sandbox = Sandbox::new(team);
    let scim_id = ScimId(sandbox.person(ADA).unwrap().id);
    let member = Member { scim_id, account: ada(), active: true };
    (sandbox, bound(&id(), &member, Origin::Created))
}

async fn sent(sandbox: &Sandbox, change: &Change, known: Option<&Known>) -> Sent {
    let key = KeySource::Environment(secrecy::SecretString::from(KEY));
    let limits = pace::Limits { reads_per_min: 3_000, writes_per_min: 1_800 };
    let reader = Reader::new(sandbox.clone(), Credentials::new(key, Auth::Bearer).unwrap(), limits, Clock::System);
    let subject = Subject { known, rows: &Rows::default(), hold: None, now: Moment::at(1_800_000_000) };
    send(&Writer::new(&reader), change, subject, Trust::Proven).await
}

#[tokio::test(start_paused = true)]
async fn whoever_has_another_address_by_now_is_not_deactivated() {
    let (sandbox, known) = team();
    let change =
        Change::Deactivate { id: id(), scim_id: known.scim_id.clone(), user_name: UserName::new(ADA), cause: Explicit };
    assert!(sandbox.edit(|team| team.readdress_by_hand(ADA, "bob@acme.example")));
    let Sent { ended, facts, wants_refresh, .. } = sent(&sandbox, &change, Some(&known)).await;
    assert!(matches!(ended, Ended::NotSent { .. }), "{ended:?}");
    let is_wrong = |hold: &Hold| matches!(hold.reason, HoldReason::WrongAccount { .. });
    assert!(matches!(&facts[..], [Fact::Hold(who, hold)] if *who == id() && is_wrong(hold)) && wants_refresh);
    assert!(sandbox.writes().is_empty());
    assert!(sandbox.edit(|team| team.readdress_by_hand("bob@acme.example", ADA)));
    assert_eq!(sent(&sandbox, &change, Some(&known)).await.ended, Ended::Done);
}

#[tokio::test(start_paused = true)]
async fn a_member_whom_a_409_tells_of_is_left_to_the_next_plan() {
    let (sandbox, _) = team();
    let change = Change::Create { id: id(), account: ada() };
    let Sent { ended, facts, wants_refresh, .. } = sent(&sandbox, &change, None).await;
    assert!(matches!(ended, Ended::Rejected { .. }), "{ended:?}");
    assert_eq!(facts, [], "an adoption is shown before it is done");
    assert!(wants_refresh);
}

#[tokio::test(start_paused = true)]
async fn from_a_lost_answer_nothing_is_concluded() {
    for failure in [Failure::ResetBefore, Failure::ResetAfter] {
        let (sandbox, known) = team();
        let (scim_id, user_name) = (known.scim_id.clone(), UserName::new(ADA));
        let rename = |scim_id| Change::Rename {
            id: id(),
            scim_id,
            user_name: user_name.clone(),
            from: Name::new("Ada", "Byron"),
            to: Name::new("Ada", "King"),
        };
        let deactivate =
            Change::Deactivate { id: id(), scim_id: scim_id.clone(), user_name: user_name.clone(), cause: Explicit };
        for change in [rename(scim_id), deactivate] {
            sandbox.fault(Fault::writes(failure.clone()));
            let Sent { ended, facts, stop, .. } = sent(&sandbox, &change, Some(&known)).await;
            assert!(matches!(ended, Ended::Unknown { .. }), "{ended:?}");
            assert_eq!((facts, stop.is_some()), (vec![], false));
        }
        assert_eq!(sandbox.writes().len(), 2, "each was sent once");
    }
}

/// Bugs of `src/planted.rs` that these tests are there for.
#[cfg(feature = "planted")]
#[test]
fn planted_bugs_are_found() {
    use crate::planted::Bug;
    Bug::FiresWithoutAim.is_caught_by(whoever_has_another_address_by_now_is_not_deactivated);
    Bug::AdoptsAtAConflict.is_caught_by(a_member_whom_a_409_tells_of_is_left_to_the_next_plan);
    Bug::RowBeforeTheAnswer.is_caught_by(from_a_lost_answer_nothing_is_concluded);
}

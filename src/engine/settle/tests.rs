//! When a doubt ends without having been seen to happen.
//!
//! Never: sends.

use super::*;
use crate::core::model::{Account, Name, ScimId, UserName};
use crate::core::plan::Cause;
use crate::core::snapshot::OpId;

#[test]
fn what_is_not_seen_may_still_happen_until_the_wait_is_over() {
    let (id, user_name) = (SourceId::new("corp", "1"), UserName::new("ada@acme.example"));
    let (scim_id, name) = (ScimId("s1".into()), Name::new("Ada", "Byron"));
    let account = Account { user_name: user_name.clone(), name };
    let member = Member { scim_id: scim_id.clone(), account: account.clone(), active: true };
    let out = Change::Deactivate { id: id.clone(), scim_id, user_name, cause: Cause::Explicit };
    for (change, shown) in [(out, Some(&member)), (Change::Create { id, account }, None)] {
        let doubt = Doubt { op: OpId(1), change, began: Moment::at(1_000) };
        let facts = |now_s| settled(&doubt, shown, &Snapshot::default(), 120, Moment::at(now_s));
        assert_eq!(facts(1_119), []);
        assert_eq!(facts(1_120)[0], Fact::Settled { op: OpId(1), happened: false });
    }
}

/// Bugs of `src/planted.rs` that these tests are there for.
#[cfg(feature = "planted")]
#[test]
fn planted_bugs_are_found() {
    use crate::planted::Bug;
    Bug::LostIsNotDone.is_caught_by(what_is_not_seen_may_still_happen_until_the_wait_is_over);
}

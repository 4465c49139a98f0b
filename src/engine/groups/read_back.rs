//! The look at a group after the last change of its members: one request, whatever their number.
//!
//! Never: takes a look that failed for an effect, or for none: the marks stay, and the next cycle settles them.

use futures_util::stream::{self, Stream, StreamExt};

use std::collections::BTreeMap;

use crate::core::groups::{GroupId, KnownGroup};
use crate::core::guard::ApprovedChange;
use crate::core::model::{ScimId, SourceId};
use crate::core::plan::Change;
use crate::core::snapshot::{Hold, OpId};
use crate::core::time::Moment;
use crate::http::Transport;
use crate::postman::Reader;
use crate::store::Ended;

use super::judged;
use crate::engine::send::Sent;

/// A change of members that was answered with success, and whose group was not read since.
pub struct Unread<'p> {
    pub change: &'p ApprovedChange,
    pub op: OpId,
    /// Who was asked for.
    pub accounts: Vec<ScimId>,
}

type Answered<'p> = Vec<(&'p ApprovedChange, OpId, Sent)>;

/// Reads each group once, `width` at a time, and says how its changes ended.
pub fn read_back<'s, 'p: 's, T: Transport>(
    reader: &'s Reader<T>,
    unread: BTreeMap<SourceId, Vec<Unread<'p>>>,
    groups: &'s BTreeMap<GroupId, KnownGroup>,
    holds: &'s BTreeMap<SourceId, Hold>,
    now: Moment,
    width: usize,
) -> impl Stream<Item = Answered<'p>> + 's {
    let reads = unread.into_iter().map(move |(id, parts)| async move {
        let row = GroupId::of_subject(&id).and_then(|id| groups.get(&id));
        let shown = match row {
            Some(group) => reader.group(&group.scim_id).await,
            None => Ok(None),
        };
        let ended = |part: Unread<'p>| {
            let sent = match (&shown, &part.change.planned.change) {
                (Ok(shown), Change::Group(change)) => {
                    judged(change, &part.accounts, shown.as_ref(), holds.get(&id), now)
                }
                (Ok(_), _) => Sent::not_sent("not a change of a group"),
                (Err(error), _) => {
                    let detail = format!("answered with success, and the look at the group failed: {error}");
                    Sent::ended(Ended::Unknown { detail }, Vec::new())
                }
            };
            (part.change, part.op, sent)
        };
        parts.into_iter().map(ended).collect()
    });
    stream::iter(reads).buffer_unordered(width)
}

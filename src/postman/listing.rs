//! Whole listings, page by page: members and groups.
//!
//! Never: believes that the pages of a listing are all of it before they add up.

use std::collections::HashSet;
use std::time::Duration;

use tokio::time::Instant;

use super::read::{Reader, listing};
use super::wire::{self, NotScim, Page};
use super::{Cause, PostmanError};
use crate::core::groups::TeamGroup;
use crate::core::model::{Member, ScimId};
use crate::core::snapshot::scim_hash;
use crate::http::Transport;
use crate::planted::Bug;

/// `filter.maxResults` of Postman's ServiceProviderConfig; what a larger `count` does is not documented.
pub(super) const MEMBERS_A_PAGE: u64 = 100;
/// Groups come with their members, and an answer may have 16 MiB: eight groups of 10,000 members, at 200 bytes each.
pub(super) const GROUPS_A_PAGE: u64 = 8;
/// A whole listing, besides what the rate limit itself takes: slow pages one after another are slower than that only
/// when something is wrong.
const LISTING: Duration = Duration::from_secs(30 * 60);
/// As many as the most members need.
const PAGES_MAX: u64 = 20_000;

/// What is listed, and how.
pub(super) struct Listing<R> {
    /// `list the team`
    operation: &'static str,
    /// `members`
    what: &'static str,
    /// By start index and count.
    path: fn(u64, u64) -> String,
    count: u64,
    pub page: fn(&[u8]) -> Result<Page<R>, NotScim>,
    scim_id: fn(&R) -> &ScimId,
    max: usize,
    /// So many of them may be more than an answer can carry.
    may_be_large: bool,
}

pub(super) const MEMBERS: Listing<Member> = Listing {
    operation: "list the team",
    what: "members",
    path: wire::list_path,
    count: MEMBERS_A_PAGE,
    page: wire::page,
    scim_id: |member| &member.scim_id,
    max: 2_000_000,
    may_be_large: false,
};

pub(super) const GROUPS: Listing<TeamGroup> = Listing {
    operation: "list the groups",
    what: "groups",
    path: wire::groups::list_path,
    count: GROUPS_A_PAGE,
    page: wire::groups::page,
    scim_id: |group| &group.scim_id,
    max: 100_000,
    may_be_large: true,
};

/// One pass over a listing.
struct Pass {
    distinct: usize,
    total: Option<u64>,
    /// The last page brought nobody new, so the paging does not work.
    stuck: bool,
}

impl Pass {
    fn is_whole(&self) -> bool {
        match self.total {
            Some(_) if Bug::SkipsTheTotal.is_planted() => true,
            Some(total) => u64::try_from(self.distinct).is_ok_and(|distinct| distinct >= total),
            None => !self.stuck,
        }
    }
}

impl<T: Transport> Reader<T> {
    /// Everything, page by page, advancing by what came back, ids once. The total is cross-checked: a listing that
    /// comes short is read once more, and is then `ShortListing`. Returns how many were shown.
    pub(super) async fn list_all<R>(
        &self,
        all: &Listing<R>,
        each: &mut (dyn FnMut(R) + Send),
    ) -> Result<u64, PostmanError> {
        let mut shown = HashSet::new();
        let start = Instant::now();
        let first = self.pass(all, &mut shown, start, each).await?;
        if !first.is_whole() {
            let second = self.pass(all, &mut shown, start, each).await?;
            if !second.is_whole() {
                let total = second.total.map_or_else(|| "an unknown number".to_owned(), |total| total.to_string());
                let detail = format!("twice, the pages held {} of {total} {}", second.distinct, all.what);
                return Err(listing(all.operation, String::new()).error(Cause::ShortListing, None, &detail));
            }
        }
        Ok(u64::try_from(shown.len()).unwrap_or(u64::MAX))
    }

    async fn pass<R>(
        &self,
        all: &Listing<R>,
        shown: &mut HashSet<u128>,
        start: Instant,
        each: &mut (dyn FnMut(R) + Send),
    ) -> Result<Pass, PostmanError> {
        let mut ids = HashSet::new();
        let (mut start_index, mut total, mut count) = (1, None, all.count);
        for n_pages in 0..PAGES_MAX {
            let call = listing(all.operation, (all.path)(start_index, count));
            if start.elapsed() > LISTING + self.line.pace.least(n_pages) {
                return Err(call.error(Cause::Unavailable, None, "the listing did not end within 30 minutes"));
            }
            let page = match self.page(&call, all.page).await {
                // From here on one by one.
                Err(error) if all.may_be_large && count > 1 && is_refused(&error) => {
                    count = 1;
                    continue;
                }
                page => page?,
            };
            // The total beside an empty page counts only if it is all there is.
            if n_pages == 0 || !page.resources.is_empty() {
                total = page.total;
            }
            if page.resources.is_empty() {
                return Ok(Pass { distinct: ids.len(), total, stuck: false });
            }
            start_index += u64::try_from(page.resources.len()).unwrap_or(u64::MAX);
            let before = ids.len();
            for resource in page.resources {
                let hash = scim_hash((all.scim_id)(&resource));
                ids.insert(if Bug::CountsRepeats.is_planted() { ids.len() as u128 } else { hash });
                if shown.insert(hash) {
                    each(resource);
                }
            }
            if ids.len() == before {
                return Ok(Pass { distinct: ids.len(), total, stuck: true });
            }
            if ids.len() > all.max {
                let detail = format!("more {} than this tool handles ({})", all.what, all.max);
                return Err(call.error(Cause::ShortListing, None, &detail));
            }
        }
        let detail = format!("the pages did not end ({PAGES_MAX})");
        Err(listing(all.operation, String::new()).error(Cause::ShortListing, None, &detail))
    }
}

/// The transport took no answer: a body too large is one reason.
fn is_refused(error: &PostmanError) -> bool {
    error.cause == Cause::NotScim && error.status.is_none()
}

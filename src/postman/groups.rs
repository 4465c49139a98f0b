//! Groups: all of the team's, one by id or by name, and the five requests that change one.
//!
//! Never: replaces a group's members, or concludes who is in it from the answer to a change.

use std::collections::HashSet;

use super::call::Call;
use super::error::About;
use super::listing::{GROUPS, GROUPS_A_PAGE};
use super::pace::Kind;
use super::read::{FIND_PAGES_MAX, NAME_BYTES_MAX, Reader, by_path, listing, not_scim};
use super::wire::groups as wire;
use super::write::Writer;
use super::{Cause, PostmanError};
use crate::core::groups::TeamGroup;
use crate::core::model::ScimId;
use crate::http::{Method, Response, Transport};

impl<T: Transport> Reader<T> {
    /// Every group with its members, each once; cross-checked as the listing of members is. Returns how many were shown.
    pub async fn list_groups(&self, each: &mut (dyn FnMut(TeamGroup) + Send)) -> Result<u64, PostmanError> {
        self.list_all(&GROUPS, each).await
    }

    /// One group by id; `None`: the team has none of that id.
    pub async fn group(&self, id: &ScimId) -> Result<Option<TeamGroup>, PostmanError> {
        let call = by_path("read a group", About::Group(Kind::Read), Method::Get, wire::path(id), None)?;
        let response = match self.send(&call).await {
            Ok(response) => response,
            Err(error) if error.cause == Cause::GroupGone => return Ok(None),
            Err(error) => return Err(error),
        };
        let group = wire::group(&response.body).map_err(|reason| not_scim(&call, &response, &reason))?;
        if group.scim_id != *id {
            return Err(call.error(Cause::NotScim, Some(response.status), "the answer shows another id"));
        }
        Ok(Some(group))
    }

    /// Whether groups can be read at all.
    pub(super) async fn probe_groups(&self) -> Result<(), PostmanError> {
        self.page(&listing("read the groups", wire::list_path(1, 1)), wire::page).await.map(drop)
    }

    /// Every group of exactly that name: the service may let two have it. Whether the filter was applied is seen here.
    pub async fn find_groups(&self, name: &str) -> Result<Vec<TeamGroup>, PostmanError> {
        if name.len() > NAME_BYTES_MAX {
            let detail = "the name is longer than a request can carry";
            return Err(listing("find a group", String::new()).error(Cause::BadRequest, None, detail));
        }
        let (mut start_index, mut ids, mut found) = (1, HashSet::new(), Vec::new());
        for _ in 0..FIND_PAGES_MAX {
            let call = listing("find a group", wire::find_path(name, start_index, GROUPS_A_PAGE));
            let page = self.page(&call, wire::page).await?;
            if page.resources.is_empty() {
                return Ok(found);
            }
            start_index += u64::try_from(page.resources.len()).unwrap_or(u64::MAX);
            let new = page.resources.into_iter().filter(|group| ids.insert(group.scim_id.clone()));
            found.extend(new.filter(|group| group.name == name));
        }
        found.clear();
        let mut keep = |group: TeamGroup| {
            if group.name == name {
                found.push(group);
            }
        };
        self.list_groups(&mut keep).await?;
        Ok(found)
    }
}

/// A 2xx that shows no group, or another one, is `Cause::Unknown`.
impl<T: Transport> Writer<'_, T> {
    /// `POST /Groups`, without members. Returns the group as the answer shows it.
    pub async fn create_group(&self, name: &str) -> Result<TeamGroup, PostmanError> {
        let (path, body) = (Some("/Groups".to_owned()), Some(wire::create(name)));
        let call = by_path("create a group", About::NewGroup, Method::Post, path, body)?;
        let response = self.reader.send(&call).await?;
        shown(&call, &response)
    }

    /// `PATCH` of `displayName`. `Cause::Conflict`: another group has the name. The answer need not show any members.
    pub async fn rename_group(&self, id: &ScimId, to: &str) -> Result<TeamGroup, PostmanError> {
        self.patch("rename a group", About::Group(Kind::Write), id, wire::rename(id, to)).await
    }

    /// `PATCH` with one `add`. `Cause::NotInTeam`: somebody of them is not in the team, and none was added;
    /// `Cause::GroupGone`: there is no such group.
    pub async fn add_members(&self, id: &ScimId, members: &[ScimId]) -> Result<(), PostmanError> {
        self.patch("add members to a group", About::Membership, id, wire::add(members)).await.map(drop)
    }

    /// `PATCH` with one `remove` each; errors as with `add_members`.
    pub async fn remove_members(&self, id: &ScimId, members: &[ScimId]) -> Result<(), PostmanError> {
        self.patch("remove members from a group", About::Membership, id, wire::remove(members)).await.map(drop)
    }

    /// `DELETE`. `Cause::GroupGone`: there is none of that id.
    pub async fn delete_group(&self, id: &ScimId) -> Result<(), PostmanError> {
        let call = by_path("delete a group", About::Group(Kind::Write), Method::Delete, wire::path(id), None)?;
        let response = self.reader.send(&call).await?;
        if response.status != 204 && !response.body.is_empty() {
            return Err(call.error(Cause::Unknown, Some(response.status), "the answer is not that of a deletion"));
        }
        Ok(())
    }

    async fn patch(
        &self,
        operation: &'static str,
        about: About,
        id: &ScimId,
        body: Vec<u8>,
    ) -> Result<TeamGroup, PostmanError> {
        let call = by_path(operation, about, Method::Patch, wire::path(id), Some(body))?;
        let response = self.reader.send(&call).await?;
        let group = shown(&call, &response)?;
        if group.scim_id != *id {
            return Err(call.error(Cause::Unknown, Some(response.status), "the answer shows another id"));
        }
        Ok(group)
    }
}

fn shown(call: &Call, response: &Response) -> Result<TeamGroup, PostmanError> {
    let group = wire::group(&response.body);
    group.map_err(|reason| call.error(Cause::Unknown, Some(response.status), &reason.to_string()))
}

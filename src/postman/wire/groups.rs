//! SCIM JSON about groups (RFC 7643 §4.2), in the shapes that Postman documents.
//!
//! The reader refuses a group without an `id` or a `displayName`, and members of whom it is not said who they are: taken for fewer
//! people than there are, a list would be a wrong one.
//! Never: sends a list of members that takes another's place, or a member's name.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{NotScim, PATCH_OP, Page, PatchOp, STRING_BYTES_MAX, found_path, json, page_of, read, resource_path};
use crate::core::groups::TeamGroup;
use crate::core::model::ScimId;
use crate::planted::Bug;

const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";

#[derive(Deserialize)]
struct GroupResource {
    id: String,
    #[serde(rename = "displayName")]
    display_name: String,
    /// Absent and null say nothing; Postman answers a rename so.
    #[serde(default)]
    members: Option<Vec<MemberResource>>,
}

#[derive(Deserialize)]
struct MemberResource {
    value: String,
}

impl GroupResource {
    fn group(self) -> Result<TeamGroup, NotScim> {
        let members = self.members.map(|members| members.into_iter().map(|member| member.value).collect::<Vec<_>>());
        let ids = || members.iter().flatten();
        if self.id.is_empty() || self.display_name.is_empty() || ids().any(String::is_empty) {
            return Err(NotScim("a SCIM Group has an empty id, displayName or member".into()));
        }
        if ids().chain([&self.id, &self.display_name]).any(|text| text.len() > STRING_BYTES_MAX) {
            return Err(NotScim("a SCIM Group has an attribute longer than 64 KiB".into()));
        }
        let members = members.map(|members| members.into_iter().map(ScimId).collect());
        Ok(TeamGroup { scim_id: ScimId(self.id), name: self.display_name, members })
    }
}

/// Reads a page of `GET /Groups`.
pub(in crate::postman) fn page(body: &[u8]) -> Result<Page<TeamGroup>, NotScim> {
    page_of(body, GroupResource::group)
}

/// Reads a single group.
pub(in crate::postman) fn group(body: &[u8]) -> Result<TeamGroup, NotScim> {
    read::<GroupResource>(body, "a SCIM Group")?.group()
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct NewGroup<'a> {
    schemas: [&'static str; 1],
    display_name: &'a str,
    members: [(); 0],
}

#[derive(Serialize)]
struct Rename<'a> {
    op: &'static str,
    value: NewName<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct NewName<'a> {
    id: &'a str,
    display_name: &'a str,
}

#[derive(Serialize)]
struct Add<'a> {
    op: &'static str,
    path: &'static str,
    value: Vec<MemberOut<'a>>,
}

#[derive(Serialize)]
struct MemberOut<'a> {
    value: &'a str,
}

#[derive(Serialize)]
struct Remove {
    op: &'static str,
    path: String,
}

/// `POST /Groups`: nobody in it yet.
pub(in crate::postman) fn create(name: &str) -> Vec<u8> {
    json(&NewGroup { schemas: [GROUP], display_name: name, members: [] })
}

/// `PATCH /Groups/{id}`: the documented shape, without a path and with the id.
pub(in crate::postman) fn rename(id: &ScimId, to: &str) -> Vec<u8> {
    patch([Rename { op: "replace", value: NewName { id: &id.0, display_name: to } }])
}

/// `PATCH /Groups/{id}`: one operation for all who come in.
pub(in crate::postman) fn add(members: &[ScimId]) -> Vec<u8> {
    let value = members.iter().map(|id| MemberOut { value: &id.0 }).collect();
    let op = if Bug::ReplacesMembers.is_planted() { "replace" } else { "add" };
    patch([Add { op, path: "members", value }])
}

/// `PATCH /Groups/{id}`: one operation for each who goes. The id is a JSON string (RFC 7644 §3.5.2, Figure 1).
pub(in crate::postman) fn remove(members: &[ScimId]) -> Vec<u8> {
    let path = |id: &ScimId| format!("members[value eq {}]", Value::from(id.0.as_str()));
    patch(members.iter().map(|id| Remove { op: "remove", path: path(id) }).collect::<Vec<_>>())
}

fn patch(operations: impl Serialize) -> Vec<u8> {
    json(&PatchOp { schemas: [PATCH_OP], operations })
}

/// `/Groups?startIndex=..&count=..`
pub(in crate::postman) fn list_path(start_index: u64, count: u64) -> String {
    format!("/Groups?startIndex={start_index}&count={count}")
}

/// `/Groups?filter=displayName eq "..."`
pub(in crate::postman) fn find_path(name: &str, start_index: u64, count: u64) -> String {
    found_path("Groups", "displayName", name, start_index, count)
}

/// `/Groups/{id}`, the id as one path segment; `None` for an id that can be none.
pub(in crate::postman) fn path(id: &ScimId) -> Option<String> {
    resource_path("Groups", id)
}

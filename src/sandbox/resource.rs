//! The documents a team answers with: users, groups, listings, and the two of discovery (RFC 7643 §5 and §6).
//!
//! Never: decides who may see them.

use chrono::{DateTime, SecondsFormat};
use serde_json::{Value, json};

use super::groups::Group;
use super::knobs::{Emails, ExternalId, MemberDisplay, RenameMembers};
use super::team::{Person, Team};

pub(super) const USER_SCHEMA: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
pub(super) const GROUP_SCHEMA: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";
const LIST_SCHEMA: &str = "urn:ietf:params:scim:api:messages:2.0:ListResponse";

/// A user as GET, PUT and PATCH return it: no `displayName`, `emails`, `groups`, `meta.location`, no ETag.
pub(super) fn user(team: &Team, person: &Person) -> Value {
    let external_id = match (team.knobs.external_id, &person.sent_external_id) {
        (ExternalId::Echo, Some(sent)) => sent.clone(),
        _ => person.number.to_string(),
    };
    json!({
        "schemas": [USER_SCHEMA],
        "id": person.id,
        "userName": person.user_name,
        "name": {"givenName": person.given, "familyName": person.family},
        "externalId": external_id,
        "active": team.shown_active(person).unwrap_or(true),
        "meta": {"resourceType": "User",
                 "created": timestamp(person.created_s),
                 "lastModified": timestamp(person.modified_s)},
    })
}

/// The body of a 201, also for somebody who was only invited and is not to be seen afterwards.
pub(super) fn created_user(team: &Team, person: &Person) -> Value {
    let mut body = user(team, person);
    if team.knobs.emails == Emails::OnCreate {
        body["emails"] = json!([{"primary": true, "value": person.user_name, "type": "work",
                                 "display": person.user_name}]);
    }
    body
}

/// A group as GET and POST return it.
pub(super) fn group(team: &Team, group: &Group) -> Value {
    with_members(team, group, team.knobs.member_display != MemberDisplay::UserName)
}

/// The answer to a PATCH of members: the same people, called otherwise.
pub(super) fn patched_group(team: &Team, group: &Group) -> Value {
    with_members(team, group, team.knobs.member_display == MemberDisplay::Name)
}

/// The answer to a PATCH that does nothing but rename.
pub(super) fn renamed_group(team: &Team, group: &Group) -> Value {
    let mut body = patched_group(team, group);
    match (team.knobs.rename_members, body.as_object_mut()) {
        (RenameMembers::Null, _) => body["members"] = Value::Null,
        (RenameMembers::Absent, Some(attributes)) => _ = attributes.remove("members"),
        _ => {}
    }
    body
}

fn with_members(team: &Team, group: &Group, by_name: bool) -> Value {
    let member = |at: &usize| {
        let person = &team.people[*at];
        let display = if by_name { format!("{} {}", person.given, person.family) } else { person.user_name.clone() };
        match team.knobs.member_display {
            MemberDisplay::Absent => json!({"value": person.id}),
            _ => json!({"value": person.id, "display": display}),
        }
    };
    json!({
        "schemas": [GROUP_SCHEMA],
        "id": group.id,
        "displayName": group.name,
        "members": group.members.iter().map(member).collect::<Vec<_>>(),
        "externalId": group.number.to_string(),
        "meta": {"resourceType": "Group",
                 "created": timestamp(group.created_s),
                 "lastModified": timestamp(group.modified_s)},
    })
}

/// RFC 7644 §3.4.2.
pub(super) fn list(total: usize, start_index: usize, items_per_page: usize, resources: &[Value]) -> Value {
    json!({"schemas": [LIST_SCHEMA], "totalResults": total, "startIndex": start_index,
           "itemsPerPage": items_per_page, "Resources": resources})
}

/// ISO 8601 in UTC with milliseconds, as in every example.
fn timestamp(unix_s: i64) -> String {
    DateTime::from_timestamp(unix_s, 0).unwrap_or_default().to_rfc3339_opts(SecondsFormat::Millis, true)
}

pub(super) fn service_provider_config() -> Value {
    json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"],
        "documentationUri": "https://learning.postman.com/docs/administration/managing-your-team/configuring-scim",
        "patch": {"supported": true},
        "bulk": {"supported": false, "maxOperations": 0, "maxPayloadSize": 0},
        "filter": {"supported": true, "maxResults": 100},
        "changePassword": {"supported": false},
        "sort": {"supported": false},
        "etag": {"supported": false},
        "authenticationSchemes": [{
            "name": "OAuth Bearer Token",
            "description": "Authentication scheme using the OAuth Bearer Token Standard",
            "specUri": "http://www.rfc-editor.org/info/rfc6750",
            "type": "oauthbearertoken"
        }],
        "meta": {"resourceType": "ServiceProviderConfig",
                 "location": "https://api.postman.com/scim/v2/ServiceProviderConfig"}
    })
}

/// A bare array, not a ListResponse.
pub(super) fn resource_types() -> Value {
    let schema = "urn:ietf:params:scim:schemas:core:2.0:ResourceType";
    json!([
        {"schemas": [schema], "id": "User", "name": "User", "endpoint": "/Users", "description": "User Account",
         "schema": USER_SCHEMA,
         "schemaExtensions": [{"schema": "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User",
                               "required": true}]},
        {"schemas": [schema], "id": "Group", "name": "Group", "endpoint": "/Groups", "description": "Group",
         "schema": GROUP_SCHEMA}
    ])
}

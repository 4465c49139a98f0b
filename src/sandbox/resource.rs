//! The documents a team answers with: users, listings, and the two of discovery (RFC 7643 §5 and §6).
//!
//! Never: decides who may see them.

use chrono::{DateTime, SecondsFormat};
use serde_json::{Value, json};

use super::knobs::{Emails, ExternalId};
use super::team::{Person, Team};

pub(super) const USER_SCHEMA: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
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

/// RFC 7644 §3.4.2; `itemsPerPage` is the number on this page.
pub(super) fn list(total: usize, start_index: usize, resources: &[Value]) -> Value {
    json!({"schemas": [LIST_SCHEMA], "totalResults": total, "startIndex": start_index,
           "itemsPerPage": resources.len(), "Resources": resources})
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
         "schema": "urn:ietf:params:scim:schemas:core:2.0:Group"}
    ])
}

//! The service itself: one call in, status, headers and body out, and a word on what it did to the team.
//!
//! Never: knows of doors or faults.

use crate::http::Response;

use super::body;
use super::call::{Reading, Route};
use super::errors::{self, ScimError, json_response};
use super::group_body;
use super::groups::GroupChange;
use super::knobs::{DiscoveryAuth, InviteStatus, PatchSchemas, PlanChecked, PutLimit, QuotaHeaders, ScimOff, Unrouted};
use super::limits::Bucket;
use super::listing;
use super::people::Done;
use super::resource;
use super::team::{Existence, KeyState, Plan, Scim, Team};

/// An answer, and what the call did.
pub(super) struct Answer {
    pub response: Response,
    pub done: Vec<Done>,
    /// Whom or which group it was about, where that became known only now.
    pub scim_id: Option<String>,
    /// What the answer says no with, if that is of the catalogue.
    pub error: Option<ScimError>,
}

impl From<Response> for Answer {
    fn from(response: Response) -> Self {
        Self { response, done: Vec::new(), scim_id: None, error: None }
    }
}

/// Serves one call.
pub(super) fn answer(team: &mut Team, reading: &Reading) -> Answer {
    if reading.route == Route::Nowhere && team.knobs.unrouted == Unrouted::BeforeAuth {
        return errors::unrouted().into();
    }
    let key = match admit(team, reading) {
        Ok(key) => key,
        Err(refusal) => return refusal,
    };
    let mut answer = operate(team, reading, key).unwrap_or_else(|error| refused(team, error));
    answer.response.headers.extend(quota_headers(team, reading));
    answer
}

fn refused(team: &Team, error: ScimError) -> Answer {
    Answer { error: Some(error), ..error.told(&team.knobs).into() }
}

/// Everything that is asked before the request itself is looked at: key, limit, the key's admin, team, plan.
fn admit(team: &mut Team, reading: &Reading) -> Result<KeyState, Answer> {
    let discovery = matches!(reading.route, Route::ServiceProviderConfig | Route::ResourceTypes);
    let key = key_state(team, reading.call.authorization.as_deref());
    if discovery && team.knobs.discovery_auth == DiscoveryAuth::Public {
        return Ok(key.unwrap_or(KeyState::Active));
    }
    let Some(key) = key else {
        return Err(match reading.route {
            Route::ResourceTypes => errors::gateway_unauthorized(team.knobs.resource_types_401).into(),
            _ => refused(team, ScimError::Unauthorized),
        });
    };
    count(team, reading)?;
    standing(team, reading, key, discovery).map_err(|error| refused(team, error))?;
    Ok(key)
}

/// The state of a key that is let in at all: `Bearer` with any capitals, or the raw key.
fn key_state(team: &Team, authorization: Option<&str>) -> Option<KeyState> {
    let text = authorization?.trim();
    let key = match text.split_once(char::is_whitespace) {
        Some((scheme, key)) if scheme.eq_ignore_ascii_case("bearer") => key.trim_start(),
        _ => text,
    };
    team.keys.get(key).copied().filter(|state| *state != KeyState::Revoked)
}

fn bucket(team: &Team, reading: &Reading) -> Bucket {
    match (reading.call.method.as_str(), team.knobs.put_limit) {
        ("GET", _) | ("PUT", PutLimit::Reads) => Bucket::Reads,
        _ => Bucket::Writes,
    }
}

fn count(team: &mut Team, reading: &Reading) -> Result<(), Answer> {
    let Some(limits) = team.limits else { return Ok(()) };
    let (bucket, now_s) = (bucket(team, reading), team.moment.now_s);
    team.meter.count(limits, bucket, now_s).map_err(|exceeded| {
        let knobs = &team.knobs;
        let told = errors::too_many(exceeded.limit, knobs.apostrophes, &knobs.retry_header, now_s, exceeded.wait_s);
        Answer { error: Some(ScimError::TooMany(exceeded.limit)), ..told.into() }
    })
}

/// How much of the limit is left, where the team tells.
fn quota_headers(team: &Team, reading: &Reading) -> Vec<(String, String)> {
    let Some(limits) = team.limits else { return Vec::new() };
    let now_s = team.moment.now_s;
    let (limit, left, reset_s) = team.meter.left(limits, bucket(team, reading), now_s);
    let three = |prefix: &str| {
        let parts = [("limit", i64::from(limit)), ("remaining", i64::from(left)), ("reset", now_s + reset_s)];
        parts.map(|(part, value)| (format!("{prefix}-{part}"), value.to_string())).to_vec()
    };
    match team.knobs.quota_headers {
        QuotaHeaders::Absent => Vec::new(),
        QuotaHeaders::XRateLimit => three("x-ratelimit"),
        QuotaHeaders::RateLimit => three("ratelimit"),
        QuotaHeaders::Draft => {
            vec![("ratelimit".to_owned(), format!("limit={limit}, remaining={left}, reset={reset_s}"))]
        }
    }
}

fn standing(team: &Team, reading: &Reading, key: KeyState, discovery: bool) -> Result<(), ScimError> {
    if team.plan != Plan::Enterprise && team.knobs.plan_checked == PlanChecked::Everywhere {
        return Err(ScimError::Plan);
    }
    if discovery {
        return Ok(());
    }
    if key == KeyState::Orphaned {
        return Err(ScimError::AdminGone);
    }
    match (team.existence, &reading.route) {
        (Existence::Deleted, Route::PatchUser(_)) => return Err(ScimError::TeamGoneOnPatch),
        (Existence::Deleted, _) => return Err(ScimError::TeamGone),
        (Existence::Exists, _) => {}
    }
    match (team.scim, team.knobs.scim_off) {
        (Scim::On, _) => Ok(()),
        (Scim::Off, ScimOff::Unauthorized) => Err(ScimError::Unauthorized),
        (Scim::Off, ScimOff::Forbidden) => Err(ScimError::ActionForbidden),
    }
}

fn operate(team: &mut Team, reading: &Reading, key: KeyState) -> Result<Answer, ScimError> {
    match &reading.route {
        Route::ServiceProviderConfig => Ok(json_response(200, &resource::service_provider_config()).into()),
        Route::ResourceTypes => Ok(json_response(200, &resource::resource_types()).into()),
        Route::Nowhere => Ok(errors::unrouted().into()),
        _ if reading.is_about_groups() => on_groups(team, reading, key),
        _ => on_users(team, reading),
    }
}

fn on_users(team: &mut Team, reading: &Reading) -> Result<Answer, ScimError> {
    let json = reading.json.as_ref();
    match &reading.route {
        Route::NewUser => {
            let (at, done) = team.create(&body::new_user(json)?)?;
            let person = &team.people[at];
            let status = match (done, team.knobs.invite_status) {
                (Done::Invited, InviteStatus::Ok) => 200,
                (Done::Invited, InviteStatus::Accepted) => 202,
                _ => 201,
            };
            let response = json_response(status, &resource::created_user(team, person));
            Ok(Answer { done: vec![done], scim_id: Some(person.id.clone()), ..response.into() })
        }
        Route::User(id) => Ok(shown(team, team.seen_by_id(id)?).into()),
        Route::PutUser(id) => {
            let at = team.writable_by_id(id)?;
            let update = body::put(json, team.knobs.put, team.knobs.patch)?;
            let done = team.update(at, &update)?;
            Ok(Answer { done, ..shown(team, at).into() })
        }
        Route::PatchUser(id) => {
            let at = team.writable_by_id(id)?;
            check_patch(team, reading)?;
            let done = team.update(at, &body::patch(json, team.knobs.patch)?)?;
            Ok(Answer { done, ..shown(team, at).into() })
        }
        _ => Ok(json_response(200, &listing::users(team, reading)?).into()),
    }
}

fn on_groups(team: &mut Team, reading: &Reading, key: KeyState) -> Result<Answer, ScimError> {
    let json = reading.json.as_ref();
    match &reading.route {
        Route::NewGroup => {
            let (name, members) = group_body::new_group(json)?;
            let id = team.create_group(&name, &members)?;
            let response = json_response(201, &resource::group(team, team.group_by_id(&id)?));
            Ok(Answer { done: vec![Done::GroupCreated], scim_id: Some(id), ..response.into() })
        }
        Route::Group(id) => Ok(json_response(200, &resource::group(team, team.group_by_id(id)?)).into()),
        Route::PatchGroup(id) => {
            team.group_by_id(id)?;
            check_patch(team, reading)?;
            let changes = group_body::changes(json, team.knobs.patch)?;
            let done = team.change_group(id, &changes, key)?;
            let group = team.group_by_id(id)?;
            let only_renames = changes.iter().all(|change| matches!(change, GroupChange::Rename(_)));
            let shown = if only_renames { resource::renamed_group } else { resource::patched_group };
            Ok(Answer { done, ..json_response(200, &shown(team, group)).into() })
        }
        Route::DeleteGroup(id) => {
            let done = team.delete_group(id, key)?;
            Ok(Answer { done, ..Response { status: 204, headers: Vec::new(), body: Vec::new() }.into() })
        }
        _ => Ok(json_response(200, &listing::groups(team, reading)?).into()),
    }
}

fn check_patch(team: &Team, reading: &Reading) -> Result<(), ScimError> {
    let unnamed = team.knobs.patch_schemas == PatchSchemas::Checked && !body::names_patch_schema(reading.json.as_ref());
    if unnamed { Err(ScimError::Syntax) } else { Ok(()) }
}

fn shown(team: &Team, at: usize) -> Response {
    json_response(200, &resource::user(team, &team.people[at]))
}

/// The resource as it is, for a service that says yes and changes nothing.
pub(super) fn as_it_is(team: &Team, scim_id: &str) -> Option<Response> {
    let person = team.seen_by_id(scim_id).ok().map(|at| shown(team, at));
    person.or_else(|| Some(json_response(200, &resource::group(team, team.group_by_id(scim_id).ok()?))))
}

//! What nobody outside Postman knows, each as a field. The defaults are the likeliest reading of the public
//! documents; a client is right only if it is right under every value.
//!
//! Each question that the public documents leave open, and where it is answered:
//!
//! | Question | Here |
//! |---|---|
//! | whose `externalId`; `emails` in the 201 | `external_id`, `emails` |
//! | invitations: how listed, seat, status, made by hand before | `invite_*`, `manual_invite` |
//! | POST for the deactivated, the removed, another team's | `post_deactivated`, `id_on_return`, `existing_name`, `removal_delay_s`, `other_team_text` |
//! | when two userNames are one; a taken one; how filters compare | `user_name_case`, `taken_user_name`, `filter_*` |
//! | an id that is not in the team | `not_in_team`, `absent_member` |
//! | what PUT changes and which limit counts it | `put`, `put_limit` |
//! | PATCH as Entra spells it; its schema | `patch`, `patch_schemas` |
//! | lists: order, `count` above 100, totals, the deactivated, lag | `list_order`, `count_above_max`, `totals`, `items_per_page`, `deactivated`, `lag_requests` |
//! | groups | `duplicate_group`, `taken_group_name`, `member_display`, `rename_members`, `memberships`, `group_delete`, `post_groups`, `hand_made_groups` |
//! | length of names | `name_chars_max` |
//! | headers of a 429 and of the rest | `retry_header`, `quota_headers` |
//! | discovery and unknown paths without a key; the 401 of `/ResourceTypes` | `discovery_auth`, `unrouted`, `resource_types_401` |
//! | SCIM switched off; where the plan is asked about; apostrophes | `scim_off`, `plan_checked`, `apostrophes` |
//!
//! Not a knob is what a setting of the team says: plan, seats, limits, verified domains, the state of a key.
//!
//! Never: holds a fault. A knob is how the service is, a fault is what goes wrong with one request.

mod groups;
mod wire;

pub use groups::*;
pub use wire::*;

use serde::{Deserialize, Serialize};

/// The unknowns. Change a field and leave the rest: `Knobs { totals: Totals::Unfiltered, ..Knobs::default() }`.
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Knobs {
    pub external_id: ExternalId,
    pub invite_visibility: InviteVisibility,
    pub invite_seat: InviteSeat,
    pub not_in_team: NotInTeam,
    pub post_deactivated: PostDeactivated,
    pub manual_invite: ManualInvite,
    pub existing_name: ExistingName,
    pub id_on_return: IdOnReturn,
    pub user_name_case: UserNameCase,
    pub taken_user_name: TakenUserName,
    pub put: Put,
    pub patch: Patch,
    pub emails: Emails,
    pub count_above_max: CountAboveMax,
    pub totals: Totals,
    pub deactivated: Deactivated,
    pub filter_match: FilterMatch,
    pub filter_syntax: FilterSyntax,
    pub apostrophes: Apostrophes,
    pub scim_off: ScimOff,
    pub plan_checked: PlanChecked,
    pub discovery_auth: DiscoveryAuth,
    pub unrouted: Unrouted,
    pub resource_types_401: GatewayBody,
    pub retry_header: RetryHeader,
    pub quota_headers: QuotaHeaders,
    pub put_limit: PutLimit,
    pub patch_schemas: PatchSchemas,
    pub invite_status: InviteStatus,
    pub other_team_text: OtherTeamText,
    pub list_order: ListOrder,
    pub items_per_page: ItemsPerPage,
    pub duplicate_group: DuplicateGroup,
    pub taken_group_name: TakenGroupName,
    pub member_display: MemberDisplay,
    pub rename_members: RenameMembers,
    pub memberships: Memberships,
    pub group_delete: GroupDelete,
    pub absent_member: AbsentMember,
    pub post_groups: PostGroups,
    pub hand_made_groups: HandMadeGroups,
    /// Longer names of people and groups are 400, counted in characters; 0 is no limit.
    pub name_chars_max: usize,
    /// A new user is missing from lists and filters until this many more requests have come.
    pub lag_requests: u64,
    /// Coming back within this many seconds after a deactivation or removal is refused: "Your removal from team
    /// is still in progress" (reported by users of the web application).
    pub removal_delay_s: i64,
}

/// Whose `externalId` is it?
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ExternalId {
    /// Postman's own numeric user id, whatever the client sent.
    #[default]
    Assigned,
    /// What the client sent, if it sent one.
    Echo,
}

/// How an invitation that nobody accepted yet looks in lists and by id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InviteVisibility {
    #[default]
    Hidden,
    ListedInactive,
    ListedActive,
}

/// Whether an open invitation takes a seat.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InviteSeat {
    #[default]
    Free,
    Held,
}

/// What PUT and PATCH say about an id that is not in the team; both are documented. GET says 404.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NotInTeam {
    #[default]
    NotFound,
    Forbidden,
}

/// POST for somebody who is deactivated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PostDeactivated {
    #[default]
    Conflict,
    Reactivates,
}

/// POST for somebody whom a human invited before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ManualInvite {
    /// 409 until a human removes the invitation.
    #[default]
    Conflict,
    /// As if there were no invitation.
    Superseded,
}

/// Whose name stays when POST meets an account that exists elsewhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ExistingName {
    #[default]
    Overwritten,
    Kept,
}

/// The SCIM id of somebody who was removed and comes back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IdOnReturn {
    #[default]
    Same,
    New,
}

/// When two userNames are one account. The filter is case-sensitive in any case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UserNameCase {
    #[default]
    Insensitive,
    Sensitive,
}

/// A new userName that another account has already.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TakenUserName {
    #[default]
    BadRequest,
    Conflict,
}

/// What PUT changes. Until 2024 it was the two names and nothing else, in silence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Put {
    #[default]
    Full,
    NamesOnly,
}

/// Whether PATCH takes the shapes Entra sends (`Replace`, `path: active`, `"False"`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Patch {
    #[default]
    Strict,
    Lenient,
}

/// Whether the 201 carries `emails`, as the examples of 2023 do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Emails {
    #[default]
    Absent,
    OnCreate,
}

/// `count` above the documented 100.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CountAboveMax {
    #[default]
    Cap,
    Honour,
}

/// `totalResults` under a filter; older examples show the size of the team.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Totals {
    #[default]
    Exact,
    Unfiltered,
}

/// Whether deactivated members stay in lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Deactivated {
    #[default]
    Listed,
    Unlisted,
}

/// How well `userName eq` matches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FilterMatch {
    #[default]
    Exact,
    IgnoringCase,
    /// Everybody is returned, whatever was asked.
    Ignored,
}

/// Which undocumented spellings the filter parser takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FilterSyntax {
    #[default]
    Documented,
    /// Also single quotes and a bare `active eq true`.
    Lenient,
}

/// The collections print the typographic apostrophe, the OpenAPI document the straight one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Apostrophes {
    #[default]
    Straight,
    Typographic,
}

/// What every call answers while SCIM is switched off in the team's settings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ScimOff {
    #[default]
    Unauthorized,
    Forbidden,
}

/// Where a team without Enterprise is told so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PlanChecked {
    /// On POST only, as documented.
    #[default]
    OnCreate,
    Everywhere,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DiscoveryAuth {
    #[default]
    Required,
    Public,
}

/// Whether an unknown path answers 404 before it asks for a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unrouted {
    #[default]
    BeforeAuth,
    AfterAuth,
}

/// Which of the gateway's two bodies a 401 of `/ResourceTypes` has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GatewayBody {
    #[default]
    AuthenticationError,
    Problem,
}

/// How a 429 says when to come back.
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum RetryHeader {
    Absent,
    /// `Retry-After`, seconds.
    #[default]
    RetryAfter,
    /// `X-RateLimit-RetryAfter`, seconds.
    XRateLimitRetryAfter,
    /// `RetryAfter`, seconds, as the documents spell it.
    RetryAfterOneWord,
    /// `X-RateLimit-Reset`, UTC epoch seconds.
    EpochReset,
    /// `Retry-After`, an HTTP-date (RFC 9110 §5.6.7).
    HttpDate,
    /// Any header: a date, a garbage value, ten years.
    Other {
        name: String,
        value: String,
    },
}

impl RetryHeader {
    /// The header (name in lower case) that says "in `wait_s` seconds".
    pub(super) fn render(&self, now_s: i64, wait_s: i64) -> Option<(String, String)> {
        let named = |name: &str, value: i64| Some((name.to_owned(), value.to_string()));
        match self {
            Self::Absent => None,
            Self::RetryAfter => named("retry-after", wait_s),
            Self::XRateLimitRetryAfter => named("x-ratelimit-retryafter", wait_s),
            Self::RetryAfterOneWord => named("retryafter", wait_s),
            Self::HttpDate => Some(("retry-after".to_owned(), http_date(now_s.saturating_add(wait_s)))),
            Self::EpochReset => named("x-ratelimit-reset", now_s.saturating_add(wait_s)),
            Self::Other { name, value } => Some((name.to_ascii_lowercase(), value.clone())),
        }
    }
}

fn http_date(unix_s: i64) -> String {
    let at = chrono::DateTime::from_timestamp(unix_s, 0).unwrap_or_default();
    at.format("%a, %d %b %Y %H:%M:%S GMT").to_string()
}

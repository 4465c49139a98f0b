//! What a world has besides the everyday trouble. Each seed chooses a few of them, by a stream of its own: a world with all at
//! once would hide what each does, and a quarter of the worlds have none.
//!
//! Never: draws from the streams of the rest, so that a seed without features is what it was.

use fastrand::Rng;
use postman_scim_sync::postman::pace;
use postman_scim_sync::sandbox::{
    AbsentMember, Bend, DiscoveryAuth, DuplicateGroup, Failure, GatewayBody, GroupDelete, HandMadeGroups, Knobs,
    Limits, MemberDisplay, Memberships, Plan, PlanChecked, PostGroups, PutLimit, QuotaHeaders, RenameMembers,
    RetryHeader, Sandbox, Scim, ScimError, ScimOff, Shape, TakenGroupName, Unrouted,
};

use super::chaos::{one_in, pick};

/// What this world has.
#[derive(Clone, Copy, Debug, Default)]
pub struct Features {
    /// The questions about groups, headers and discovery have answers of this seed's.
    pub odd_service: bool,
    /// Postman's own limits, and 429 where they are met.
    pub rate_limits: bool,
    /// Every failure that a client can get over, and the service switched off or without its plan.
    pub wide_weather: bool,
    /// Answers that say what is not so.
    pub lies: bool,
    pub clock_jumps: bool,
    /// Readings that are complete and wrong: empty, short, out of scope, without states, stale.
    pub wrong_readings: bool,
    pub second_source: bool,
    /// A file: nobody can be asked, and it does not say which directory it is of.
    pub is_file: bool,
    /// Approvals of earlier plans, twice, of nothing, and given ahead.
    pub odd_approvals: bool,
    pub config_changes: bool,
    pub dry_runs: bool,
    /// Another provisioner, who undoes what we did.
    pub rival: bool,
    /// Days without a cycle.
    pub pauses: bool,
}

impl Features {
    pub fn of(random: &mut Rng) -> Self {
        if one_in(random, 4) {
            return Self::default();
        }
        let mut some = || one_in(random, 3);
        Self {
            odd_service: some() || some(),
            rate_limits: some(),
            wide_weather: some(),
            lies: some() && some(),
            clock_jumps: some(),
            wrong_readings: some(),
            second_source: some(),
            is_file: some(),
            odd_approvals: some(),
            config_changes: some(),
            dry_runs: some(),
            rival: some(),
            pauses: some(),
        }
    }
}

/// The rest of what nobody knows of Postman.
pub fn odd_service(knobs: &mut Knobs, random: &mut Rng) {
    let mut odd = || random.bool();
    knobs.scim_off = if odd() { ScimOff::Forbidden } else { ScimOff::Unauthorized };
    knobs.plan_checked = if odd() { PlanChecked::Everywhere } else { PlanChecked::OnCreate };
    knobs.discovery_auth = if odd() { DiscoveryAuth::Public } else { DiscoveryAuth::Required };
    knobs.unrouted = if odd() { Unrouted::AfterAuth } else { Unrouted::BeforeAuth };
    knobs.resource_types_401 = if odd() { GatewayBody::Problem } else { GatewayBody::AuthenticationError };
    knobs.put_limit = if odd() { PutLimit::Reads } else { PutLimit::Writes };
    knobs.duplicate_group = if odd() { DuplicateGroup::Allowed } else { DuplicateGroup::Conflict };
    knobs.taken_group_name = if odd() { TakenGroupName::Conflict } else { TakenGroupName::BadRequest };
    knobs.memberships = if odd() { Memberships::Kept } else { Memberships::Dropped };
    knobs.post_groups = if odd() { PostGroups::Joined } else { PostGroups::Ignored };
    knobs.hand_made_groups = if odd() { HandMadeGroups::Unlisted } else { HandMadeGroups::Listed };
    knobs.member_display =
        *pick(random, &[MemberDisplay::Mixed, MemberDisplay::Name, MemberDisplay::UserName, MemberDisplay::Absent]);
    knobs.rename_members = *pick(random, &[RenameMembers::Null, RenameMembers::Absent, RenameMembers::Listed]);
    knobs.group_delete =
        *pick(random, &[GroupDelete::MembersStay, GroupDelete::DeactivatesSole, GroupDelete::DeactivatesAll]);
    knobs.absent_member = *pick(random, &[AbsentMember::Forbidden, AbsentMember::NotFound, AbsentMember::Ignored]);
    knobs.quota_headers =
        *pick(random, &[QuotaHeaders::Absent, QuotaHeaders::XRateLimit, QuotaHeaders::RateLimit, QuotaHeaders::Draft]);
    knobs.retry_header = pick(random, &retry_headers()).clone();
    // Short enough to refuse a few; where most are refused, a cycle stops.
    knobs.name_chars_max = *pick(random, &[0, 0, 40, 64]);
}

fn retry_headers() -> Vec<RetryHeader> {
    vec![
        RetryHeader::Absent,
        RetryHeader::RetryAfter,
        RetryHeader::XRateLimitRetryAfter,
        RetryHeader::RetryAfterOneWord,
        RetryHeader::EpochReset,
        RetryHeader::HttpDate,
        RetryHeader::Other { name: "Retry-After".into(), value: "soon".into() },
    ]
}

/// The team's limits, and those that the tool keeps to.
pub fn limits(features: Features, sandbox: &Sandbox) -> pace::Limits {
    if !features.rate_limits {
        return pace::Limits { reads_per_min: 3000, writes_per_min: 1800 };
    }
    let Limits { reads_per_min, writes_per_min } = Limits::default();
    sandbox.edit(|team| team.limits = Some(Limits::default()));
    pace::Limits { reads_per_min, writes_per_min }
}

/// Every failure of one request that means something without a socket and says nothing untrue of a success.
fn wide_menu() -> Vec<Failure> {
    let mut menu = Failure::menu();
    let scim = [ScimError::ListFailed, ScimError::UpdateFailed, ScimError::AddFailed, ScimError::TooMany(180)];
    menu.extend(scim.map(Failure::Scim));
    let headers = retry_headers().into_iter();
    menu.extend(headers.map(|header| Failure::TooManyRequests { header, wait_s: 20 }));
    let bends = [Bend::NoResources, Bend::NullResources, Bend::ShortPage { entries: 1 }, Bend::Overlap { entries: 2 }];
    menu.extend(bends.map(Failure::Bent));
    menu.extend([
        Failure::Redirect { location: "https://elsewhere.example/scim/v2/Users".into() },
        Failure::HangAfter(std::time::Duration::from_secs(90)),
        Failure::HangBefore(std::time::Duration::from_secs(1)),
        Failure::Drip(std::time::Duration::from_millis(5)),
        Failure::ResetLate { requests: 9 },
        Failure::Status { status: 408, shape: Shape::Empty },
        Failure::StatusAfter { status: 503, shape: Shape::Empty },
    ]);
    menu
}

/// What says that something is there, not there, or done, and it is not so.
fn lies() -> Vec<Failure> {
    vec![
        Failure::NoEffect,
        Failure::Ignored,
        Failure::Stale { requests: 2 },
        Failure::Stale { requests: 12 },
        Failure::Bent(Bend::EmptyPage),
    ]
}

/// What a storm of this world is made of. Returns its name for the count.
pub fn storm(features: Features, sandbox: &Sandbox, random: &mut Rng) -> Option<&'static str> {
    let choices: Vec<&str> = [(features.wide_weather, "wide storm"), (features.lies, "lying storm")]
        .into_iter()
        .filter_map(|(has, name)| has.then_some(name))
        .collect();
    let name = *random.choice(&choices)?;
    if !one_in(random, 2) {
        return None;
    }
    let (menu, most) = if name == "lying storm" { (lies(), 150) } else { (wide_menu(), 350) };
    sandbox.storm(random.u64(..), random.u32(30..most), menu);
    Some(name)
}

/// The team's owner switches SCIM off, or the plan ran out.
pub fn setting(features: Features, sandbox: &Sandbox, random: &mut Rng) -> Option<&'static str> {
    sandbox.edit(|team| (team.scim, team.plan) = (Scim::On, Plan::Enterprise));
    if !features.wide_weather || !one_in(random, 12) {
        return None;
    }
    let is_off = random.bool();
    sandbox.edit(|team| if is_off { team.scim = Scim::Off } else { team.plan = Plan::Basic });
    Some(if is_off { "SCIM off" } else { "no plan" })
}

//! What happens between cycles: the directory changes, people edit the team by hand, the network storms.
//!
//! Never: touches the protected admin's account by hand, or stops anything in the middle of a cycle.

use fastrand::Rng;
use postman_scim_sync::sandbox::{
    Apostrophes, CountAboveMax, Deactivated, Emails, ExistingName, ExternalId, Failure, FilterMatch, FilterSyntax,
    IdOnReturn, InviteSeat, InviteStatus, InviteVisibility, ItemsPerPage, KeyState, Knobs, ListOrder, ManualInvite,
    NotInTeam, OtherTeamText, Patch, PatchSchemas, PostDeactivated, Put, Sandbox, TakenUserName, Totals, UserNameCase,
};

use super::directory::{Person, State, Truth};
use super::setup::{ADMIN, KEY};

const GIVEN: [&str; 8] = ["Ada", "Grace", "Edsger", "Barbara", "Ken", "Radia", "Leslie", "Margaret"];
const FAMILY: [&str; 8] = ["Byron", "Hopper", "Dijkstra", "Liskov", "Thompson", "Perlman", "Lamport", "Hamilton"];

pub fn pick<'a, V>(random: &mut Rng, from: &'a [V]) -> &'a V {
    &from[random.usize(..from.len())]
}

pub fn one_in(random: &mut Rng, n: u32) -> bool {
    random.u32(..n) == 0
}

/// The `n`th person ever hired.
pub fn person(random: &mut Rng, n: usize) -> Person {
    let (given, family) = (*pick(random, &GIVEN), *pick(random, &FAMILY));
    // Outside the verified domains a create is an invitation.
    let domain = if one_in(random, 12) { "partner.example" } else { "acme.example" };
    let mail = format!("{}.{}{n}@{domain}", given.to_lowercase(), family.to_lowercase());
    let state = if one_in(random, 8) { State::Inactive } else { State::Active };
    Person { id: format!("e{n}"), mail, given: given.into(), family: family.into(), state }
}

/// How this Postman is, as far as nobody knows it.
pub fn knobs(random: &mut Rng) -> Knobs {
    let mut odd = || one_in(random, 4);
    let mut knobs = Knobs {
        invite_seat: if odd() { InviteSeat::Held } else { InviteSeat::Free },
        not_in_team: if odd() { NotInTeam::Forbidden } else { NotInTeam::NotFound },
        post_deactivated: if odd() { PostDeactivated::Reactivates } else { PostDeactivated::Conflict },
        manual_invite: if odd() { ManualInvite::Superseded } else { ManualInvite::Conflict },
        existing_name: if odd() { ExistingName::Kept } else { ExistingName::Overwritten },
        id_on_return: if odd() { IdOnReturn::New } else { IdOnReturn::Same },
        user_name_case: if odd() { UserNameCase::Sensitive } else { UserNameCase::Insensitive },
        taken_user_name: if odd() { TakenUserName::Conflict } else { TakenUserName::BadRequest },
        put: if odd() { Put::NamesOnly } else { Put::Full },
        patch: if odd() { Patch::Lenient } else { Patch::Strict },
        emails: if odd() { Emails::OnCreate } else { Emails::Absent },
        count_above_max: if odd() { CountAboveMax::Honour } else { CountAboveMax::Cap },
        totals: if odd() { Totals::Unfiltered } else { Totals::Exact },
        deactivated: if odd() { Deactivated::Unlisted } else { Deactivated::Listed },
        external_id: if odd() { ExternalId::Echo } else { ExternalId::Assigned },
        filter_syntax: if odd() { FilterSyntax::Lenient } else { FilterSyntax::Documented },
        apostrophes: if odd() { Apostrophes::Typographic } else { Apostrophes::Straight },
        patch_schemas: if odd() { PatchSchemas::Checked } else { PatchSchemas::Unchecked },
        other_team_text: if odd() { OtherTeamText::AlreadyMember } else { OtherTeamText::Own },
        list_order: if odd() { ListOrder::NewestFirst } else { ListOrder::Arrival },
        items_per_page: if odd() { ItemsPerPage::Asked } else { ItemsPerPage::Returned },
        ..Knobs::default()
    };
    knobs.invite_visibility =
        *pick(random, &[InviteVisibility::Hidden, InviteVisibility::ListedInactive, InviteVisibility::ListedActive]);
    knobs.filter_match = *pick(random, &[FilterMatch::Exact, FilterMatch::IgnoringCase, FilterMatch::Ignored]);
    knobs.invite_status = *pick(random, &[InviteStatus::Created, InviteStatus::Ok, InviteStatus::Accepted]);
    knobs.lag_requests = if one_in(random, 4) { random.u64(1..4) } else { 0 };
    knobs.removal_delay_s = if one_in(random, 6) { 1800 } else { 0 };
    knobs
}

/// One thing that happens to one person at the directory.
pub fn change_directory(truth: &mut Truth, random: &mut Rng, hired: &mut usize, strangers: &[String]) {
    let n_people = truth.people.len();
    let who = random.usize(..n_people);
    match random.u32(..16) {
        0..=2 => {
            *hired += 1;
            let mut newcomer = person(random, *hired);
            newcomer.state = State::Active;
            match random.u32(..6) {
                // The address of somebody who left, or of somebody the directory does not know.
                0 if !truth.gone.is_empty() => newcomer.mail = pick(random, &truth.gone).mail.clone(),
                1 if !strangers.is_empty() => newcomer.mail = pick(random, strangers).clone(),
                _ => {}
            }
            truth.people.push(newcomer);
        }
        3..=5 => truth.people[who].state = State::Inactive,
        6..=7 if n_people > 4 => {
            let leaver = truth.people.remove(who);
            truth.gone.push(leaver);
        }
        8..=9 => come_back(truth, random),
        10 => {
            *hired += 1;
            let person = &mut truth.people[who];
            person.family = format!("{}-{}", person.family, pick(random, &FAMILY));
            person.mail = format!("married{hired}@acme.example");
        }
        11 => truth.people[who].given = (*pick(random, &GIVEN)).into(),
        12 => {
            let other = random.usize(..n_people);
            let (a, b) = (truth.people[who].mail.clone(), truth.people[other].mail.clone());
            (truth.people[who].mail, truth.people[other].mail) = (b, a);
        }
        13 => truth.people[who].mail = pick(random, &truth.people).mail.clone(),
        14 => truth.people[who].state = State::Unknown,
        _ => truth.people[who].mail = truth.people[who].mail.to_uppercase(),
    }
}

fn come_back(truth: &mut Truth, random: &mut Rng) {
    if !truth.gone.is_empty() && random.bool() {
        let at = random.usize(..truth.gone.len());
        let mut back = truth.gone.remove(at);
        back.state = State::Active;
        truth.people.push(back);
    } else if let Some(back) = truth.people.iter_mut().find(|person| person.state == State::Inactive) {
        back.state = State::Active;
    }
}

/// Addresses that stand there twice get apart, and everybody has a state again.
pub fn repair_directory(truth: &mut Truth, hired: &mut usize) {
    let mut seen: Vec<String> = Vec::new();
    for person in &mut truth.people {
        if person.state == State::Unknown {
            person.state = State::Active;
        }
        if seen.contains(&person.mail.to_lowercase()) {
            *hired += 1;
            person.mail = format!("repaired{hired}@acme.example");
        }
        seen.push(person.mail.to_lowercase());
    }
}

/// One thing a human admin, or an invitee, does in the web application. Returns the account that is no more to be
/// found where it was, if any.
pub fn edit_team(sandbox: &Sandbox, random: &mut Rng) -> Option<String> {
    let members: Vec<(String, String)> =
        sandbox.team().people().iter().map(|member| (member.user_name.clone(), member.id.clone())).collect();
    let (whom, scim_id) = pick(random, &members).clone();
    if whom == ADMIN {
        return None;
    }
    let what = random.u32(..10);
    let n = random.u32(..1000);
    sandbox.edit(|team| match what {
        0 | 1 => team.rename_by_hand(&whom, "Changed", "Byhand"),
        2 | 3 => team.deactivate_by_hand(&whom),
        4 => team.remove_by_hand(&whom),
        5 | 6 => team.reactivate_by_hand(&whom),
        7 => team.accept_invite(&whom),
        8 => team.readdress_by_hand(&whom, &format!("byhand{n}@acme.example")),
        _ => {
            team.add_by_hand(&format!("stranger{n}@acme.example"), "New", "Stranger");
            true
        }
    });
    matches!(what, 4 | 8).then_some(scim_id)
}

/// Weather in which nothing happens.
pub const CLEAR: &str = "clear";

/// The network during the next cycle, and sometimes the key. Says what it is like.
pub fn weather(sandbox: &Sandbox, random: &mut Rng) -> &'static str {
    sandbox.faults_off();
    sandbox.edit(|team| team.set_key(KEY, KeyState::Active));
    match random.u32(..10) {
        0..=2 => CLEAR,
        3 | 4 => {
            sandbox.storm(random.u64(..), random.u32(50..400), Failure::menu());
            "storm"
        }
        5..=8 => {
            let lost = vec![Failure::ResetAfter, Failure::ResetBefore, Failure::ResetLate { requests: 3 }];
            sandbox.storm(random.u64(..), random.u32(100..500), lost);
            "lost answers"
        }
        _ => {
            let state = if random.bool() { KeyState::Revoked } else { KeyState::Orphaned };
            sandbox.edit(|team| team.set_key(KEY, state));
            "key refused"
        }
    }
}

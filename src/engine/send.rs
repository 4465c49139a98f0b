//! One change, one request: aim where it takes access away, send, compare the answer with what was wanted, and
//! say what follows.
//!
//! Never: stores, or repeats a request whose answer was lost.

use std::collections::BTreeMap;

use crate::core::backoff::{hold_again, hold_for_good};
use crate::core::groups::{GroupId, KnownGroup};
use crate::core::model::{Account, Member, ScimId, SourceId};
use crate::core::plan::Change;
use crate::core::snapshot::{Fact, Hold, HoldReason, Known, Origin, Standing};
use crate::core::time::Moment;
use crate::http::Transport;
use crate::planted::Bug;
use crate::postman::{Blast, Cause, PostmanError, Writer};
use crate::store::{Ended, Proof};

use super::groups;
use super::outcome::{Stop, stop_of};
use super::settle::{bound, effects, shows};

/// The rows that a batch of requests is about.
#[derive(Default)]
pub struct Rows {
    pub known: BTreeMap<SourceId, Known>,
    /// All managed groups; none where the batch is about people.
    pub groups: BTreeMap<GroupId, KnownGroup>,
}

/// What is known of the person, or the group, before the request.
#[derive(Clone, Copy)]
pub struct Subject<'a> {
    pub known: Option<&'a Known>,
    pub rows: &'a Rows,
    pub hold: Option<&'a Hold>,
    pub now: Moment,
}

/// Whether the answer is believed or read back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trust {
    /// A write of this kind was read back from this team before.
    Proven,
    /// The first of its kind, since a 200 is not proof; or a create that may turn out to be an invitation.
    ReadBack,
}

/// How one request ended, with all that follows.
#[derive(Debug)]
pub struct Sent {
    pub ended: Ended,
    pub facts: Vec<Fact>,
    /// What reading back showed.
    pub proof: Option<Proof>,
    pub stop: Option<(Blast, Stop)>,
    /// Something unexpected: the next cycle lists the team.
    pub wants_refresh: bool,
    /// A change of members that was answered with success and has not ended: the group is to be read. The accounts.
    pub unread: Option<Vec<ScimId>>,
    /// It failed for people in it, so that the group's other requests of the kind go on.
    pub is_one_of_several: bool,
    /// Not sent, since nobody of a change of members is in the team yet, or any more.
    pub had_nobody: bool,
}

impl Sent {
    pub fn not_sent(detail: &str) -> Self {
        Self::ended(Ended::NotSent { detail: detail.to_owned() }, Vec::new())
    }

    pub(super) fn ended(ended: Ended, facts: Vec<Fact>) -> Self {
        let (proof, stop) = (None, None);
        let (wants_refresh, is_one_of_several, had_nobody) = (false, false, false);
        Self { ended, facts, proof, stop, wants_refresh, unread: None, is_one_of_several, had_nobody }
    }
}

/// Sends one change.
pub async fn send<T: Transport>(writer: &Writer<'_, T>, change: &Change, subject: Subject<'_>, trust: Trust) -> Sent {
    match attempt(writer, change, subject, trust).await {
        Ok(sent) => sent,
        Err(error) => failed(writer, change, subject, error).await,
    }
}

async fn attempt<T: Transport>(
    writer: &Writer<'_, T>,
    change: &Change,
    subject: Subject<'_>,
    trust: Trust,
) -> Result<Sent, PostmanError> {
    let answer = match change {
        Change::Deactivate { scim_id, user_name, .. } => {
            // Aim before firing: is it still the account the plan means?
            let member = match writer.reader().get(scim_id).await {
                Err(error) => return Ok(not_aimed(error)),
                // The next listing tells whether they are really out.
                Ok(None) => return Ok(Sent { wants_refresh: true, ..done(change, None, subject) }),
                Ok(Some(member)) if !member.active => return Ok(done(change, Some(&member), subject)),
                Ok(Some(member)) => member,
            };
            if member.account.user_name != *user_name && !Bug::FiresWithoutAim.is_planted() {
                return Ok(wrong_account(change, member, subject.now));
            }
            writer.set_active(scim_id, false).await?
        }
        Change::Reactivate { scim_id, .. } => writer.set_active(scim_id, true).await?,
        Change::Readdress { scim_id, to, .. } => writer.readdress(scim_id, to).await?,
        Change::Rename { scim_id, to, .. } => writer.rename(scim_id, to).await?,
        Change::Group(change) => return groups::attempt(writer, change, subject, trust).await,
        Change::Create { account, .. } => return created(writer, change, account, subject, trust).await,
    };
    if trust == Trust::Proven {
        let sent =
            if shows(&answer, change) { done(change, Some(&answer), subject) } else { no_effect(change, subject) };
        return Ok(sent);
    }
    Ok(match writer.reader().get(&answer.scim_id).await {
        // The request was answered with success; that the look-up failed says nothing about it.
        Err(_) => done(change, Some(&answer), subject),
        Ok(shown) => judge(change, shown, subject),
    })
}

/// What reading back says of a request that was answered with success.
fn judge(change: &Change, shown: Option<Member>, subject: Subject<'_>) -> Sent {
    let as_wanted = match &shown {
        Some(member) => shows(member, change),
        None => matches!(change, Change::Deactivate { .. }),
    };
    if as_wanted {
        return Sent { proof: Some(Proof::Works), ..done(change, shown.as_ref(), subject) };
    }
    // No stop: one odd account must not keep the next leaver in. The others go one by one until one is proven.
    Sent { proof: Some(Proof::HasNoEffect { what: change.kind().as_str().to_owned() }), ..no_effect(change, subject) }
}

/// The look before a deactivation failed, so nothing was sent.
pub(super) fn not_aimed(error: PostmanError) -> Sent {
    let stop = (error.blast() != Blast::User).then(|| (error.blast(), stop_of(&error)));
    Sent { stop, ..Sent::not_sent(&error.to_string()) }
}

/// A create shows its member at once only where nobody has to accept an invitation.
async fn created<T: Transport>(
    writer: &Writer<'_, T>,
    change: &Change,
    account: &Account,
    subject: Subject<'_>,
    trust: Trust,
) -> Result<Sent, PostmanError> {
    let answer = writer.create(account).await?;
    if trust == Trust::Proven {
        return Ok(done(change, Some(&answer), subject));
    }
    // From here on the account exists: a failing look-up must not turn the create into a doubt.
    match writer.reader().get(&answer.scim_id).await {
        Ok(Some(member)) => {
            let mut sent = done(change, Some(&member), subject);
            sent.proof = shows(&member, change).then_some(Proof::Works);
            Ok(sent)
        }
        Ok(None) => Ok(invited(change, &answer)),
        // Not known to be in the team: whoever counts as a member, and is not listed, would be taken for removed by hand.
        Err(_) => Ok(Sent { wants_refresh: true, ..invited(change, &answer) }),
    }
}

/// In the team as soon as a listing shows them.
fn invited(change: &Change, answer: &Member) -> Sent {
    let row = Known { standing: Standing::Invited, ..bound(change.id(), answer, Origin::Created) };
    Sent::ended(Ended::Done, vec![Fact::Known(row), Fact::Release(change.id().clone())])
}

fn done(change: &Change, member: Option<&Member>, subject: Subject<'_>) -> Sent {
    Sent::ended(Ended::Done, effects(change, member, subject.known))
}

fn wrong_account(change: &Change, member: Member, now: Moment) -> Sent {
    let reason = HoldReason::WrongAccount { found: member.account.user_name };
    let facts = vec![Fact::Hold(change.id().clone(), hold_for_good(reason, now))];
    let detail = "the account behind the id has another userName than the plan means".to_owned();
    Sent { wants_refresh: true, ..Sent::ended(Ended::NotSent { detail }, facts) }
}

fn no_effect(change: &Change, subject: Subject<'_>) -> Sent {
    let detail = format!("Postman answered with success, and the {} had no effect", change.kind().as_str());
    rejected(change, subject, detail, |detail| HoldReason::Refused { detail })
}

fn rejected(change: &Change, subject: Subject<'_>, detail: String, reason: impl FnOnce(String) -> HoldReason) -> Sent {
    let hold = hold_again(subject.hold, reason(detail.clone()), subject.now);
    Sent::ended(Ended::Rejected { detail }, vec![Fact::Hold(change.id().clone(), hold)])
}

async fn failed<T: Transport>(
    writer: &Writer<'_, T>,
    change: &Change,
    subject: Subject<'_>,
    error: PostmanError,
) -> Sent {
    let detail = error.to_string();
    let stop = stop_of(&error);
    let blast = error.blast();
    let mut sent = match (error.cause, change) {
        (_, Change::Group(change)) => groups::failed(change, subject, &error),
        (Cause::Unknown, _) if Bug::RowBeforeTheAnswer.is_planted() => {
            Sent::ended(Ended::Unknown { detail }, effects(change, None, subject.known))
        }
        (Cause::Unknown, _) => Sent::ended(Ended::Unknown { detail }, Vec::new()),
        (Cause::NotInTeam, _) => not_in_team(change, subject),
        (Cause::Conflict, Change::Create { .. }) => conflict(writer, change, subject, detail).await,
        (Cause::NoConnection | Cause::Stopping, _) => Sent::ended(Ended::NotSent { detail }, Vec::new()),
        _ if blast != Blast::User => Sent::ended(Ended::Rejected { detail }, Vec::new()),
        _ => rejected(change, subject, detail, |detail| HoldReason::Refused { detail }),
    };
    if blast != Blast::User {
        sent.stop = Some((blast, stop));
    }
    sent
}

/// The account is not in the team any more. For a deactivation that is as good; else somebody removed it.
fn not_in_team(change: &Change, subject: Subject<'_>) -> Sent {
    if matches!(change, Change::Deactivate { .. }) {
        return done(change, None, subject);
    }
    let mut facts = vec![Fact::Hold(change.id().clone(), hold_for_good(HoldReason::RemovedByHand, subject.now))];
    if let Some(known) = subject.known {
        facts.push(Fact::Known(Known { standing: Standing::Gone, ..known.clone() }));
    }
    Sent::ended(Ended::Rejected { detail: "not in the team any more".into() }, facts)
}

/// 409: somebody has the address. A member is left to the next plan, which shows the adoption first; without
/// one it is another team's account, or an invitation made by hand.
async fn conflict<T: Transport>(writer: &Writer<'_, T>, change: &Change, subject: Subject<'_>, detail: String) -> Sent {
    let found = match change.user_name() {
        Some(user_name) => writer.reader().find(user_name).await,
        None => Ok(None),
    };
    let ended = Ended::Rejected { detail: detail.clone() };
    match found {
        // A look-up is case-sensitive at Postman; only a listing finds a member in any spelling.
        Ok(None) => Sent { wants_refresh: true, ..rejected(change, subject, detail, |_| HoldReason::Conflict) },
        Ok(Some(member)) => {
            let own = subject.known.filter(|known| known.scim_id == member.scim_id);
            let mut facts = own.map(|known| back_in_team(change.id(), known, &member)).unwrap_or_default();
            let adopted = || Fact::Known(bound(change.id(), &member, Origin::Adopted));
            facts.extend(Bug::AdoptsAtAConflict.is_planted().then(adopted));
            Sent { wants_refresh: true, ..Sent::ended(ended, facts) }
        }
        Err(_) => Sent { wants_refresh: true, ..Sent::ended(ended, Vec::new()) },
    }
}

/// Somebody we took for gone is still listed; the next plan goes on from there.
fn back_in_team(id: &SourceId, known: &Known, member: &Member) -> Vec<Fact> {
    vec![Fact::Known(Known { undone: known.undone, ..bound(id, member, known.origin) })]
}

#[cfg(test)]
mod tests;

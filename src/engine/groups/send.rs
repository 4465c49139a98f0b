//! One change of a group, one request, and what follows from its answer.
//!
//! Never: deletes a group that somebody is in, or stores.

use crate::core::groups::{GroupChange, GroupId, KnownGroup, TeamGroup};
use crate::core::model::ScimId;
use crate::core::snapshot::{Fact, HoldReason, Origin};
use crate::http::Transport;
use crate::postman::{Blast, Cause, PostmanError, Writer};
use crate::store::{Ended, Proof};

use super::{accounts, bound, gone, judged, kind_word, refused};
use crate::engine::send::{Sent, Subject, Trust, not_aimed};

/// Sends one change. One of members that was answered with success has not ended yet: `Sent::unread`.
pub async fn attempt<T: Transport>(
    writer: &Writer<'_, T>,
    change: &GroupChange,
    subject: Subject<'_>,
    trust: Trust,
) -> Result<Sent, PostmanError> {
    if let GroupChange::CreateGroup { id, name } = change {
        return create(writer, change, (id, name), subject, trust).await;
    }
    let Some(group) = subject.rows.groups.get(change.id()) else {
        return Ok(Sent::not_sent("the group is not managed any more"));
    };
    match change {
        GroupChange::RenameGroup { to, .. } => rename(writer, change, (group, to), subject, trust).await,
        GroupChange::DeleteGroup { .. } => delete(writer, change, group, subject, trust).await,
        _ => members(writer, change, group, subject, trust).await,
    }
}

async fn members<T: Transport>(
    writer: &Writer<'_, T>,
    change: &GroupChange,
    group: &KnownGroup,
    subject: Subject<'_>,
    trust: Trust,
) -> Result<Sent, PostmanError> {
    let accounts = accounts(change, |id| subject.rows.known.get(id));
    if accounts.is_empty() {
        let sent = Sent::not_sent("nobody of them is in the team");
        return Ok(Sent { is_one_of_several: true, had_nobody: true, ..sent });
    }
    match change {
        GroupChange::RemoveMembers { .. } => writer.remove_members(&group.scim_id, &accounts).await?,
        _ => writer.add_members(&group.scim_id, &accounts).await?,
    }
    let unread = Sent { unread: Some(accounts.clone()), ..Sent::ended(Ended::Done, Vec::new()) };
    if trust == Trust::Proven {
        return Ok(unread);
    }
    let Ok(shown) = writer.reader().group(&group.scim_id).await else { return Ok(unread) };
    let mut sent = judged(change, &accounts, shown.as_ref(), subject.hold, subject.now);
    sent.proof = match sent.ended {
        Ended::Done => Some(Proof::Works),
        Ended::Rejected { .. } if shown.is_some() => Some(has_no_effect(change)),
        _ => None,
    };
    Ok(sent)
}

/// What a rename's answer shows of members is null: only the name is looked at.
async fn rename<T: Transport>(
    writer: &Writer<'_, T>,
    change: &GroupChange,
    (group, to): (&KnownGroup, &str),
    subject: Subject<'_>,
    trust: Trust,
) -> Result<Sent, PostmanError> {
    let answer = writer.rename_group(&group.scim_id, to).await?;
    let shown = match trust {
        Trust::Proven => None,
        // The request was answered with success; that the look failed says nothing about it.
        Trust::ReadBack => match writer.reader().group(&group.scim_id).await {
            Ok(None) => return Ok(gone(change, subject.now)),
            Ok(shown) => shown,
            Err(_) => None,
        },
    };
    let is_read = shown.is_some();
    let name = shown.unwrap_or(answer).name;
    let mut sent = if name == to {
        done(change, vec![Fact::Group(KnownGroup { name, ..group.clone() })])
    } else {
        no_effect(change, subject)
    };
    sent.proof = is_read.then(|| if sent.ended == Ended::Done { Proof::Works } else { has_no_effect(change) });
    Ok(sent)
}

async fn create<T: Transport>(
    writer: &Writer<'_, T>,
    change: &GroupChange,
    (id, name): (&GroupId, &str),
    subject: Subject<'_>,
    trust: Trust,
) -> Result<Sent, PostmanError> {
    let answer = writer.create_group(name).await?;
    // From here on the group exists: a failing look must not turn the create into a doubt.
    let shown = match trust {
        Trust::Proven => None,
        Trust::ReadBack => writer.reader().group(&answer.scim_id).await.ok(),
    };
    if let Some(None) = shown {
        return Ok(Sent { proof: Some(has_no_effect(change)), ..no_effect(change, subject) });
    }
    let proof = shown.is_some().then_some(Proof::Works);
    let group = shown.flatten().unwrap_or(answer);
    if is_anothers(&group, subject) {
        let detail = "the answer shows a group that was there before".to_owned();
        let sent = refused(change, subject.hold, subject.now, detail, |_| HoldReason::Conflict);
        return Ok(Sent { wants_refresh: true, ..sent });
    }
    Ok(Sent { proof, ..done(change, vec![Fact::Group(bound(id, &group, Origin::Created))]) })
}

/// A new group is empty, and nobody manages it.
fn is_anothers(group: &TeamGroup, subject: Subject<'_>) -> bool {
    let has_members = group.members.as_ref().is_some_and(|members| !members.is_empty());
    has_members || subject.rows.groups.values().any(|known| known.scim_id == group.scim_id)
}

/// Looks before it fires: what becomes of a deleted group's members is not documented for certain.
async fn delete<T: Transport>(
    writer: &Writer<'_, T>,
    change: &GroupChange,
    group: &KnownGroup,
    subject: Subject<'_>,
    trust: Trust,
) -> Result<Sent, PostmanError> {
    let forgotten = || done(change, vec![Fact::ForgetGroup(group.id.clone())]);
    let members = match writer.reader().group(&group.scim_id).await {
        Err(error) => return Ok(not_aimed(error)),
        Ok(None) => return Ok(forgotten()),
        Ok(Some(shown)) => shown.members,
    };
    if let Some(detail) = not_empty(members.as_deref()) {
        let sent = refused(change, subject.hold, subject.now, detail.clone(), |detail| HoldReason::Refused { detail });
        return Ok(Sent { ended: Ended::NotSent { detail }, wants_refresh: true, ..sent });
    }
    writer.delete_group(&group.scim_id).await?;
    if trust == Trust::Proven {
        return Ok(forgotten());
    }
    Ok(match writer.reader().group(&group.scim_id).await {
        Err(_) => forgotten(),
        Ok(None) => Sent { proof: Some(Proof::Works), ..forgotten() },
        Ok(Some(_)) => Sent { proof: Some(has_no_effect(change)), ..no_effect(change, subject) },
    })
}

/// Why a group is not deleted.
fn not_empty(members: Option<&[ScimId]>) -> Option<String> {
    match members {
        Some([]) => None,
        Some(members) => Some(format!("not deleted: {} people are in the group", members.len())),
        None => Some("not deleted: Postman does not say who is in the group".to_owned()),
    }
}

/// What an error leaves behind.
pub fn failed(change: &GroupChange, subject: Subject<'_>, error: &PostmanError) -> Sent {
    let detail = error.to_string();
    let refused =
        |detail: String, reason: fn(String) -> HoldReason| refused(change, subject.hold, subject.now, detail, reason);
    let because = |detail| HoldReason::Refused { detail };
    match error.cause {
        Cause::Unknown => Sent::ended(Ended::Unknown { detail }, Vec::new()),
        Cause::NoConnection | Cause::Stopping => Sent::not_sent(&detail),
        _ if error.blast() != Blast::User => Sent::ended(Ended::Rejected { detail }, Vec::new()),
        Cause::GroupGone => match change {
            GroupChange::DeleteGroup { id, .. } => done(change, vec![Fact::ForgetGroup(id.clone())]),
            _ => gone(change, subject.now),
        },
        Cause::NotAllowed => refused(
            format!("{detail}; a group that gives the Super Admin role needs a key that a Super Admin made"),
            because,
        ),
        Cause::Conflict => Sent { wants_refresh: true, ..refused(detail, |_| HoldReason::Conflict) },
        // Who it was is not said: the next listing shows it, and fewer are asked for at once.
        Cause::NotInTeam => Sent { wants_refresh: true, is_one_of_several: true, ..refused(detail, because) },
        _ => Sent { is_one_of_several: !change.people().is_empty(), ..refused(detail, because) },
    }
}

fn done(change: &GroupChange, mut facts: Vec<Fact>) -> Sent {
    facts.push(Fact::Release(change.id().subject().clone()));
    Sent::ended(Ended::Done, facts)
}

fn no_effect(change: &GroupChange, subject: Subject<'_>) -> Sent {
    let detail = format!("Postman answered with success, and the {} had no effect", kind_word(change));
    refused(change, subject.hold, subject.now, detail, |detail| HoldReason::Refused { detail })
}

fn has_no_effect(change: &GroupChange) -> Proof {
    Proof::HasNoEffect { what: kind_word(change).to_owned() }
}

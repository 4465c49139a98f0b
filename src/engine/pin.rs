//! The pin: is it still the team this state belongs to? Base URL, and the protected members' SCIM ids. Another
//! team's key or a restored team stops the cycle before anything of it is believed.
//!
//! Never: re-pins by itself; a replaced team is a person's decision.

use crate::config::Config;
use crate::core::model::{Member, ScimId, UserName};
use crate::core::time::Moment;
use crate::http::Transport;
use crate::postman::{Blast, Reader};
use crate::store::{Pin, Store, StoreError};

use super::outcome::Stop;
use super::refresh::{Listed, LookError};

/// Fails unless the key opens the pinned team. The listing tells, else one read: in every cycle, so that a dead key
/// or another team is noticed when nothing is to be sent, too.
pub async fn check<T: Transport>(
    config: &Config,
    store: &Store,
    reader: &Reader<T>,
    listed: Option<&Listed>,
) -> Result<(), LookError> {
    let Some(pin) = store.pin()? else { return ask(reader, listed).await };
    let base_url = config.postman.base_url.as_str();
    if pin.base_url != base_url {
        let what = format!("the state belongs to {}, and the base URL is {base_url}", pin.base_url);
        return Err(another_team(&what));
    }
    if pin.members.is_empty() {
        return ask(reader, listed).await;
    }
    let shown = protected(listed);
    if pin.members.iter().any(|(_, pinned)| shown.iter().any(|(_, scim_id)| scim_id == pinned)) {
        return Ok(());
    }
    for (_, scim_id) in &pin.members {
        match reader.get(scim_id).await {
            // Read by id they are in the team, so the listing was not whole; whoever else it left out may be in it, too.
            Ok(Some(member)) if member.active && listed.is_some() => return Err(not_whole()),
            Ok(Some(_)) => return Ok(()),
            Ok(None) => {}
            // One account that cannot be read says nothing about the team.
            Err(error) if error.blast() == Blast::User => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(another_team("none of the protected members of this state is in the team the key opens"))
}

/// Without a pinned member: does the key still open a team? A key that died is noticed in the cycle it died, and
/// not when somebody has to leave.
async fn ask<T: Transport>(reader: &Reader<T>, listed: Option<&Listed>) -> Result<(), LookError> {
    if listed.is_none() {
        reader.probe().await?;
    }
    Ok(())
}

/// Pins the team before the first write, and its protected members as soon as some are found.
pub fn set(config: &Config, store: &mut Store, listed: Option<&Listed>, now: Moment) -> Result<(), StoreError> {
    let members = protected(listed);
    let is_pinned = store.pin()?.is_some_and(|pin| !pin.members.is_empty() || members.is_empty());
    if is_pinned {
        return Ok(());
    }
    store.set_pin(&Pin { base_url: config.postman.base_url.to_string(), members }, now)
}

fn protected(listed: Option<&Listed>) -> Vec<(UserName, ScimId)> {
    let named = |member: &Member| (member.account.user_name.clone(), member.scim_id.clone());
    listed.iter().flat_map(|listed| &listed.protected).map(named).collect()
}

fn not_whole() -> LookError {
    LookError::Team(Stop {
        reason: "list the team: the listing does not show a protected member who is in the team".into(),
        advice: Some("nothing of it is believed; the next cycle lists again".into()),
    })
}

fn another_team(what: &str) -> LookError {
    let advice = "check postman.base_url and the key; if the team was really replaced, move the state file away and \
                  run `sync` again: a lost database costs an adoption, never a removal";
    let reason = format!("this looks like another team: {what}");
    LookError::Team(Stop { reason, advice: Some(advice.into()) })
}

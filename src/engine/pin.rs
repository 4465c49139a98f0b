//! The pin: is it still the team this state belongs to? Base URL, and the protected members' SCIM ids. Another
//! team's key or a restored team stops the cycle before anything of it is believed.
//!
//! Never: re-pins by itself; a replaced team is a person's decision.

use crate::config::Config;
use crate::core::model::{Member, ScimId, UserName};
use crate::core::time::Moment;
use crate::http::Transport;
use crate::postman::Reader;
use crate::store::{Pin, Store, StoreError};

use super::outcome::Stop;
use super::refresh::{Listed, LookError};

/// Fails unless the team is the pinned one. The listing tells, else one read of a pinned member by id.
pub async fn check<T: Transport>(
    config: &Config,
    store: &Store,
    reader: &Reader<T>,
    listed: Option<&Listed>,
) -> Result<(), LookError> {
    let Some(pin) = store.pin()? else { return Ok(()) };
    let base_url = config.postman.base_url.as_str();
    if pin.base_url != base_url {
        let what = format!("the state belongs to {}, and the base URL is {base_url}", pin.base_url);
        return Err(another_team(&what));
    }
    let shown = protected(listed);
    if pin.members.is_empty() || pin.members.iter().any(|member| shown.contains(member)) {
        return Ok(());
    }
    for (user_name, scim_id) in &pin.members {
        let member = reader.get(scim_id).await?;
        if member.is_some_and(|member| member.account.user_name == *user_name) {
            return Ok(());
        }
    }
    Err(another_team("none of the protected members of this state is in the team the key opens"))
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

fn another_team(what: &str) -> LookError {
    let advice = "check postman.base_url and the key; if the team was really replaced, move the state file away and \
                  run `sync` again: a lost database costs an adoption, never a removal";
    let reason = format!("this looks like another team: {what}");
    LookError::Team(Stop { reason, advice: Some(advice.into()) })
}

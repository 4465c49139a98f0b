//! Properties of what Postman's side may answer, and of what is sent to it.

use percent_encoding::percent_decode_str;
use serde_json::Value;

use super::{create, error_body, find_path, groups as group_wire, page, readdress, rename, user_path};
use crate::core::model::{Account, Name, ScimId, UserName};
use crate::postman::Cause;
use crate::postman::error::{About, Verdict, verdict};
use crate::postman::pace::Kind;

/// A listing says of each member what the JSON says, and nobody is inactive who is not called so.
pub fn users(data: &[u8]) {
    let Ok(page) = page(data) else { return };
    // A number that is too large stops serde_json, and nobody here who skips it.
    let Ok(json) = serde_json::from_slice::<Value>(data) else { return };
    let shown = json["Resources"].as_array().map(Vec::as_slice).unwrap_or_default();
    assert_eq!(page.resources.len(), shown.len(), "somebody got lost");
    for (member, json) in page.resources.iter().zip(shown) {
        assert_eq!(json["id"].as_str(), Some(member.scim_id.0.as_str()));
        assert_eq!(json["userName"].as_str(), Some(member.account.user_name.as_str()));
        let word = json["active"].as_str().map(str::to_ascii_lowercase);
        let said = json["active"].as_bool().or_else(|| word?.parse().ok());
        assert_eq!(said, Some(member.active));
    }
}

/// The same of groups: a group that is taken has the members that the JSON has.
pub fn groups(data: &[u8]) {
    let Ok(page) = group_wire::page(data) else { return };
    let Ok(json) = serde_json::from_slice::<Value>(data) else { return };
    let shown = json["Resources"].as_array().map(Vec::as_slice).unwrap_or_default();
    assert_eq!(page.resources.len(), shown.len(), "a group got lost");
    for (group, json) in page.resources.iter().zip(shown) {
        assert_eq!(json["id"].as_str(), Some(group.scim_id.0.as_str()));
        assert_eq!(json["displayName"].as_str(), Some(group.name.as_str()));
        let ids =
            |members: &Vec<Value>| members.iter().filter_map(|m| m["value"].as_str().map(str::to_owned)).collect();
        let said: Option<Vec<String>> = json["members"].as_array().map(ids);
        let read: Option<Vec<String>> = group.members.as_ref().map(|ids| ids.iter().map(|id| id.0.clone()).collect());
        assert_eq!(said, read);
    }
}

/// Whatever stands in an error, it makes nobody gone who was not asked about, and a 401 is about the key.
pub fn error(data: &[u8]) {
    let Some(([status, about], body)) = data.split_first_chunk() else { return };
    let abouts = [
        About::Team,
        About::Newcomer,
        About::Member(Kind::Read),
        About::Member(Kind::Write),
        About::NewGroup,
        About::Group(Kind::Read),
        About::Group(Kind::Write),
        About::Membership,
    ];
    let about = abouts[usize::from(*about) % abouts.len()];
    let status = 400 + u16::from(*status) % 100;
    let said = error_body(body);
    let (cause, is_sure) = match verdict(status, &said, about) {
        Verdict::Is(cause) => (cause, true),
        Verdict::IfTeamReads(cause) => (cause, false),
    };
    if cause == Cause::NotInTeam {
        assert!(matches!(about, About::Member(_) | About::Membership), "{about:?}: nobody was asked about");
        let own_words = said.text.to_lowercase().contains("a member of the team");
        assert!(!is_sure || (status == 404 && said.is_scim) || (status == 403 && own_words), "{status}: surely gone");
    }
    if cause == Cause::GroupGone {
        assert!(matches!(about, About::Group(_) | About::Membership), "{about:?}: no group was asked about");
    }
    assert!(status != 401 || matches!(cause, Cause::KeyRefused | Cause::KeyOrphaned), "401: {cause:?}");
    let shown = crate::postman::PostmanError::new(cause, Some(status), "fuzz", &said.text).to_string();
    assert!(!shown.chars().any(char::is_control), "{shown:?}");
}

/// What stands in a filter, a path or a body is one value, and the one that was meant.
pub fn filter(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let text = text.as_ref();
    for (path, attribute) in [(find_path(text, 1, 10), "userName"), (group_wire::find_path(text, 1, 10), "displayName")]
    {
        let (_, query) = path.split_once("?filter=").expect("a filter");
        let filter = query.strip_suffix("&startIndex=1&count=10").expect("nothing came between");
        assert!(filter.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._~%".contains(&b)), "{filter}");
        let filter = percent_decode_str(filter).decode_utf8().expect("UTF-8");
        let value = filter.strip_prefix(attribute).and_then(|rest| rest.strip_prefix(" eq ")).expect("one comparison");
        assert_eq!(serde_json::from_str::<String>(value).ok().as_deref(), Some(text));
    }
    let id = ScimId(text.to_owned());
    if let Some(path) = user_path(&id) {
        let segment = path.strip_prefix("/Users/").expect("a user's path");
        assert!(!segment.contains(['/', '?', '#']) && !matches!(segment, "" | "." | ".."));
        assert_eq!(percent_decode_str(segment).decode_utf8().ok().as_deref(), Some(text));
    }
    let removal: Value = serde_json::from_slice(&group_wire::remove(std::slice::from_ref(&id))).expect("JSON");
    let value = removal["Operations"][0]["path"].as_str().and_then(|path| path.strip_prefix("members[value eq "));
    let value = value.and_then(|value| value.strip_suffix(']')).expect("one member's path");
    assert_eq!(serde_json::from_str::<String>(value).ok().as_deref(), Some(text));
    bodies(text);
}

fn bodies(text: &str) {
    let parsed = |body: Vec<u8>| serde_json::from_slice::<Value>(&body).expect("JSON");
    let account = Account { user_name: UserName::new(text), name: Name::new(text, text) };
    for (json, has_user_name) in [(parsed(create(&account)), true), (parsed(rename(&account.name)), false)] {
        assert_eq!(json["userName"].as_str(), has_user_name.then_some(text));
        assert_eq!(json["name"]["givenName"].as_str(), Some(account.name.given.as_str()));
        assert_eq!(json["name"]["familyName"].as_str(), Some(account.name.family.as_str()));
    }
    assert_eq!(parsed(readdress(&account.user_name))["Operations"][0]["value"], text);
}

//! What Postman has: the team's groups and people, beside what the state knows of them, as text, JSON and CSV.
//!
//! Never: reads the team or the state; whoever asks fills in the structs.

use serde::Serialize;

use super::clean::clean;
use super::csv::neutral;
use super::json::document;
use super::page::{self, Page};
use super::{TextOptions, count};
use crate::core::groups::GroupId;
use crate::core::model::{Name, ScimId, SourceId, UserName};

/// A member of the team, or of a group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TeamPerson {
    pub scim_id: ScimId,
    /// Absent, with the name, where a group shows somebody whom the listing of the team does not.
    pub user_name: Option<UserName>,
    pub name: Option<Name>,
    pub active: Option<bool>,
    /// The directory id that the account is bound to.
    pub managed: Option<SourceId>,
}

/// A group of the team.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct GroupShown {
    pub name: String,
    pub scim_id: ScimId,
    /// The directory group that it follows.
    pub managed: Option<GroupId>,
    /// Absent: Postman does not say who is in it.
    pub members: Option<Vec<TeamPerson>>,
}

/// A managed group that Postman has not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct GoneGroup {
    pub name: String,
    pub scim_id: ScimId,
    pub managed: GroupId,
}

/// A group that a `[[group]]` names for Postman, and that Postman has not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct WantedGroup {
    pub name: String,
    /// `group.source`.
    pub asked: String,
    /// The `name` of the `[[source]]`.
    pub source: String,
}

/// What `team groups` shows.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct TeamGroups {
    pub groups: Vec<GroupShown>,
    pub gone: Vec<GoneGroup>,
    pub not_there_yet: Vec<WantedGroup>,
}

/// What `team users` shows.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct TeamUsers {
    pub users: Vec<TeamPerson>,
}

pub fn team_groups_text(team: &TeamGroups, options: &TextOptions<'_>) -> String {
    let mut page = Page::new(options);
    let managed = team.groups.iter().filter(|group| group.managed.is_some()).count();
    let all = count(team.groups.len() as u64, "group", "groups");
    page.prose(page::HEADING, 0, &format!("{all} at Postman, {managed} of them managed."));
    for group in &team.groups {
        let members = group.members.as_ref().map_or("members not shown".into(), |members| members_words(members.len()));
        let managed =
            group.managed.as_ref().map_or("not managed".into(), |id| format!("follows {}", clean(&id.to_string())));
        page.heading(page::HEADING, &format!("{}  {members}, {managed}", clean(&group.name)));
        for person in group.members.iter().flatten() {
            page.line(&format!("  {}", person_words(person)));
        }
    }
    if !team.gone.is_empty() {
        page.heading(page::WARNING, &format!("Managed, and gone at Postman ({})", team.gone.len()));
        for group in &team.gone {
            page.line(&format!("  {}  follows {}", clean(&group.name), clean(&group.managed.to_string())));
        }
    }
    if !team.not_there_yet.is_empty() {
        page.heading(
            page::HEADING,
            &format!("Asked for by a [[group]], and not at Postman ({})", team.not_there_yet.len()),
        );
        for group in &team.not_there_yet {
            page.line(&format!("  {}  {} of {}", clean(&group.name), clean(&group.asked), clean(&group.source)));
        }
    }
    page.finish()
}

pub fn team_groups_json(team: &TeamGroups) -> String {
    document("team_groups", team)
}

/// One row a membership; a group with nobody in it has one row.
pub fn team_groups_csv(team: &TeamGroups) -> String {
    let mut rows = vec![
        ["group", "group_id", "follows", "user_name", "given_name", "family_name", "active", "scim_id"]
            .map(str::to_owned),
    ];
    for group in &team.groups {
        let follows = group.managed.as_ref().map(ToString::to_string).unwrap_or_default();
        let of_group = |person: [String; 5]| {
            let [user_name, given, family, active, scim_id] = person;
            [group.name.clone(), group.scim_id.0.clone(), follows.clone(), user_name, given, family, active, scim_id]
        };
        match group.members.as_deref() {
            None | Some([]) => rows.push(of_group(Default::default())),
            Some(members) => rows.extend(members.iter().map(|person| of_group(cells(person)))),
        }
    }
    csv_text(rows)
}

pub fn team_users_text(team: &TeamUsers, options: &TextOptions<'_>) -> String {
    let mut page = Page::new(options);
    page.prose(page::HEADING, 0, &format!("{}.", members_words(team.users.len())));
    for person in &team.users {
        let standing = if person.active == Some(true) { "active" } else { "inactive" };
        let managed =
            person.managed.as_ref().map_or("not managed".into(), |id| format!("follows {}", clean(&id.to_string())));
        page.line(&format!("{}  {standing}, {managed}", person_words(person)));
    }
    page.finish()
}

pub fn team_users_json(team: &TeamUsers) -> String {
    document("team_users", team)
}

pub fn team_users_csv(team: &TeamUsers) -> String {
    let head = ["user_name", "given_name", "family_name", "active", "scim_id", "follows"].map(str::to_owned);
    let row = |person: &TeamPerson| {
        let [user_name, given, family, active, scim_id] = cells(person);
        let follows = person.managed.as_ref().map(ToString::to_string).unwrap_or_default();
        [user_name, given, family, active, scim_id, follows]
    };
    csv_text(std::iter::once(head).chain(team.users.iter().map(row)))
}

/// Rows of equal length as CSV (RFC 4180), lines ended by LF, each cell safe in a spreadsheet.
pub(super) fn csv_text<const N: usize>(rows: impl IntoIterator<Item = [String; N]>) -> String {
    let mut csv = csv::Writer::from_writer(Vec::new());
    for cells in rows {
        csv.write_record(cells.map(|cell| neutral(&cell)))
            .expect("a vector takes what is written, and every row has as many cells");
    }
    String::from_utf8_lossy(&csv.into_inner().unwrap_or_default()).into_owned()
}

fn members_words(n: usize) -> String {
    count(n as u64, "member", "members")
}

fn person_words(person: &TeamPerson) -> String {
    match (&person.user_name, &person.name) {
        (Some(user_name), Some(name)) => format!("{}  {}", clean(user_name.as_str()), clean(&name.to_string())),
        _ => format!("SCIM id {}, whom the listing of the team does not show", clean(&person.scim_id.0)),
    }
}

fn cells(person: &TeamPerson) -> [String; 5] {
    let user_name = person.user_name.as_ref().map(|name| name.as_str().to_owned()).unwrap_or_default();
    let (given, family) = person.name.clone().map(|name| (name.given, name.family)).unwrap_or_default();
    let active = match person.active {
        Some(true) => "yes",
        Some(false) => "no",
        None => "",
    };
    [user_name, given, family, active.to_owned(), person.scim_id.0.clone()]
}

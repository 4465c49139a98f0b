//! `team`: what Postman has, its groups and its people. Works without a state and beside a daemon.
//!
//! Never: writes, to Postman or to the state.

use std::collections::{BTreeSet, HashMap};
use std::path::Path;

use clap::{Args, Subcommand, ValueEnum};

use crate::config::Config;
use crate::core::groups::rules::Asked;
use crate::core::groups::{GroupId, TeamGroup};
use crate::core::model::{Member, ScimId, SourceId};
use crate::http::client::HttpTransport;
use crate::postman::Reader;
use crate::report::team::{self, GoneGroup, GroupShown, TeamGroups, TeamPerson, TeamUsers, WantedGroup};
use crate::report::{CycleKind, TextOptions, shell_word};
use crate::store::Store;

use super::setup::{Setup, asked_to_end, end_when_asked};
use super::{Failure, terminal};

#[derive(Args, Debug, Clone)]
pub struct Options {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand, Debug, Clone)]
enum What {
    /// The team's groups, who is in them, and which of them follow a directory group
    Groups(Groups),
    /// The team's people, and which of them are managed
    Users(Users),
}

#[derive(Args, Debug, Clone)]
struct Groups {
    /// Only the group of that name
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// How to print: csv is one row a membership
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    format: TeamFormat,
}

#[derive(Args, Debug, Clone)]
struct Users {
    /// Only these
    #[arg(long, value_enum, value_name = "STANDING")]
    filter: Option<Standing>,
    /// How to print
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    format: TeamFormat,
}

#[derive(ValueEnum, Clone, Copy, Debug, PartialEq, Eq, Default)]
enum TeamFormat {
    #[default]
    Table,
    Json,
    Csv,
}

#[derive(ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
enum Standing {
    Active,
    Inactive,
}

pub async fn run(path: Option<&Path>, options: &Options) -> Result<u8, Failure> {
    let setup = Setup::load(path)?;
    end_when_asked(&setup.lifeline)?;
    let words = TextOptions { colour: terminal::colour(), kind: CycleKind::Dry, now: setup.clock.now(), config: path };
    terminal::answer(&match &options.what {
        What::Groups(wanted) => {
            let team = groups(&setup, wanted.name.as_deref()).await?;
            match wanted.format {
                TeamFormat::Table => team::team_groups_text(&team, &words),
                TeamFormat::Json => team::team_groups_json(&team),
                TeamFormat::Csv => team::team_groups_csv(&team),
            }
        }
        What::Users(wanted) => {
            let team = users(&setup, wanted.filter).await?;
            match wanted.format {
                TeamFormat::Table => team::team_users_text(&team, &words),
                TeamFormat::Json => team::team_users_json(&team),
                TeamFormat::Csv => team::team_users_csv(&team),
            }
        }
    })?;
    Ok(0)
}

/// All groups with whoever is in them, by name.
pub(super) struct Listed {
    pub groups: Vec<TeamGroup>,
    pub people: HashMap<ScimId, Member>,
}

/// One listing of the groups, then one of the people, so that whoever is in a group is among them.
pub(super) async fn list(setup: &Setup) -> Result<Listed, Failure> {
    let reader = setup.reader()?;
    tokio::select! {
        biased;
        () = setup.lifeline.stopping() => Err(asked_to_end()),
        listed = async {
            let groups = list_groups(&reader).await?;
            Ok(Listed { groups, people: list_people(&reader).await? })
        } => listed,
    }
}

async fn list_groups(reader: &Reader<HttpTransport>) -> Result<Vec<TeamGroup>, Failure> {
    let mut groups = Vec::new();
    reader.list_groups(&mut |group| groups.push(group)).await?;
    for group in groups.iter_mut().filter(|group| group.members.is_none()) {
        // One whose members the listing does not show; alone it may.
        group.members = reader.group(&group.scim_id).await?.and_then(|group| group.members);
    }
    groups.sort_by_cached_key(|group| (group.name.to_lowercase(), group.scim_id.clone()));
    Ok(groups)
}

async fn list_people(reader: &Reader<HttpTransport>) -> Result<HashMap<ScimId, Member>, Failure> {
    let mut people = HashMap::new();
    reader.list(&mut |member| _ = people.insert(member.scim_id.clone(), member)).await?;
    Ok(people)
}

/// What the state knows; nothing without one.
struct Known {
    groups: HashMap<ScimId, (GroupId, String)>,
    people: HashMap<ScimId, SourceId>,
}

fn known<'a>(config: &Config, people: impl Iterator<Item = &'a ScimId>) -> Result<Known, Failure> {
    let Some(store) = Store::view(&config.state_path)? else {
        return Ok(Known { groups: HashMap::new(), people: HashMap::new() });
    };
    let groups = store.groups()?.into_values().map(|group| (group.scim_id, (group.id, group.name)));
    let ids: Vec<ScimId> = people.cloned().collect();
    let rows = store.known_by_scim_ids(&ids)?.into_iter().map(|known| (known.scim_id, known.id));
    Ok(Known { groups: groups.collect(), people: rows.collect() })
}

async fn groups(setup: &Setup, name: Option<&str>) -> Result<TeamGroups, Failure> {
    let Listed { groups, people } = list(setup).await?;
    let known = known(&setup.config, people.keys())?;
    let there: BTreeSet<&ScimId> = groups.iter().map(|group| &group.scim_id).collect();
    let gone = known.groups.iter().filter(|(scim_id, _)| !there.contains(scim_id));
    let mut gone: Vec<GoneGroup> = gone
        .map(|(scim_id, (id, name))| GoneGroup { name: name.clone(), scim_id: scim_id.clone(), managed: id.clone() })
        .collect();
    gone.sort_by(|one, other| one.managed.cmp(&other.managed));
    let not_there_yet = not_there_yet(&setup.config, &groups);
    let shown = groups.into_iter().map(|group| GroupShown {
        managed: known.groups.get(&group.scim_id).map(|(id, _)| id.clone()),
        members: group.members.map(|ids| members(ids, &people, &known)),
        name: group.name,
        scim_id: group.scim_id,
    });
    let mut team = TeamGroups { groups: shown.collect(), gone, not_there_yet };
    if let Some(name) = name {
        let is_it = |found: &str| found.eq_ignore_ascii_case(name);
        team.groups.retain(|group| is_it(&group.name));
        team.gone.retain(|group| is_it(&group.name));
        team.not_there_yet.retain(|group| is_it(&group.name));
        if team == TeamGroups::default() {
            return Err(Failure::new(1, format!("the team has no group called {}", shell_word(name)))
                .advise("`team groups` lists them all"));
        }
    }
    Ok(team)
}

/// Whoever is in a group, by userName.
fn members(ids: Vec<ScimId>, people: &HashMap<ScimId, Member>, known: &Known) -> Vec<TeamPerson> {
    let mut members: Vec<TeamPerson> = ids.into_iter().map(|id| person(id.clone(), people.get(&id), known)).collect();
    members.sort_by_cached_key(|person| (person.user_name.as_ref().map(|name| name.key()), person.scim_id.clone()));
    members
}

fn person(scim_id: ScimId, member: Option<&Member>, known: &Known) -> TeamPerson {
    TeamPerson {
        user_name: member.map(|member| member.account.user_name.clone()),
        name: member.map(|member| member.account.name.clone()),
        active: member.map(|member| member.active),
        managed: known.people.get(&scim_id).cloned(),
        scim_id,
    }
}

/// What rules name for Postman. What they mean at the directory is not asked here, so those that take the directory's name, and
/// patterns, are `plan`'s to compare.
fn not_there_yet(config: &Config, groups: &[TeamGroup]) -> Vec<WantedGroup> {
    let rules = config.policy.groups.rules.iter().filter(|rule| matches!(rule.asked, Asked::One(_)));
    let named = rules.filter_map(|rule| {
        let name = rule.postman.clone()?;
        Some(WantedGroup { name, asked: rule.asked.text(), source: rule.from.clone() })
    });
    named.filter(|wanted| !groups.iter().any(|group| group.name.eq_ignore_ascii_case(&wanted.name))).collect()
}

async fn users(setup: &Setup, filter: Option<Standing>) -> Result<TeamUsers, Failure> {
    let reader = setup.reader()?;
    let people = tokio::select! {
        biased;
        () = setup.lifeline.stopping() => return Err(asked_to_end()),
        people = list_people(&reader) => people?,
    };
    let known = known(&setup.config, people.keys())?;
    let is_wanted = |member: &&Member| filter.is_none_or(|standing| member.active == (standing == Standing::Active));
    let users = people.values().filter(is_wanted).map(|member| person(member.scim_id.clone(), Some(member), &known));
    let mut users: Vec<TeamPerson> = users.collect();
    users.sort_by_cached_key(|person| (person.user_name.as_ref().map(|name| name.key()), person.scim_id.clone()));
    Ok(TeamUsers { users })
}

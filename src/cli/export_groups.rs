//! `export-groups`: the team's groups and their members, as an identity provider imports them.
//!
//! Never: writes to Postman; leaves somebody out without a word.

use std::path::Path;

use clap::{Args, ValueEnum};

use crate::core::dn::Dn;
use crate::report::export::{Bases, ExportedGroup, ExportedMember, export_csv, export_json, export_ldif};
use crate::report::{clean, count};

use super::setup::{Setup, end_when_asked};
use super::team::{Listed, list};
use super::{Failure, terminal};

#[derive(Args, Debug, Clone)]
pub struct Options {
    /// How to write: ldif is groupOfNames, csv one row a membership
    #[arg(long, value_enum, value_name = "FORMAT")]
    format: ExportFormat,
    /// For ldif: the DN below which the groups stand, each cn=NAME
    #[arg(long, value_name = "DN", required_if_eq("format", "ldif"))]
    base: Option<String>,
    /// For ldif: the DN below which the people stand, each mail=USERNAME [default: --base]
    #[arg(long, value_name = "DN")]
    people: Option<String>,
}

#[derive(ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
enum ExportFormat {
    Ldif,
    Csv,
    Json,
}

pub async fn run(path: Option<&Path>, options: &Options) -> Result<u8, Failure> {
    for (option, dn) in [("--base", &options.base), ("--people", &options.people)] {
        if let Some(dn) = dn
            && Dn::parse(dn).is_none_or(|dn| dn.depth() == 0)
        {
            return Err(Failure::new(2, format!("{option} {}: not a distinguished name", clean(dn)))
                .advise("write one as in ou=groups,dc=acme,dc=example"));
        }
    }
    let setup = Setup::load(path)?;
    end_when_asked(&setup.lifeline)?;
    let (groups, unknown) = exported(list(&setup).await?)?;
    let base = options.base.as_deref().unwrap_or_default();
    terminal::answer(&match options.format {
        ExportFormat::Ldif => {
            let people = options.people.as_deref().unwrap_or(base);
            export_ldif(&groups, &Bases { groups: base, people })
        }
        ExportFormat::Csv => export_csv(&groups),
        ExportFormat::Json => export_json(&groups),
    })?;
    if unknown > 0 {
        terminal::tell(&format!(
            "{} left out: the groups show them, and the listing of the team does not.",
            count(unknown, "membership is", "memberships are")
        ));
    }
    Ok(0)
}

/// The groups, and how many memberships are of somebody whom the listing of the team does not show. Errors: a group that does
/// not show its members is no empty one.
fn exported(listed: Listed) -> Result<(Vec<ExportedGroup>, u64), Failure> {
    let Listed { groups, people } = listed;
    let (mut exported, mut unknown) = (Vec::new(), 0);
    for group in groups {
        let Some(ids) = group.members else {
            let what = format!("Postman does not show who is in the group {}", clean(&group.name));
            return Err(Failure::new(1, what).advise("try again; nothing was written"));
        };
        let all = ids.len();
        let members = ids.iter().filter_map(|id| people.get(id)).map(|member| ExportedMember {
            user_name: member.account.user_name.clone(),
            given_name: member.account.name.given.clone(),
            family_name: member.account.name.family.clone(),
        });
        let mut members: Vec<ExportedMember> = members.collect();
        members.sort_by_cached_key(|member| member.user_name.key());
        unknown += (all - members.len()) as u64;
        exported.push(ExportedGroup { name: group.name, scim_id: group.scim_id.0, members });
    }
    Ok((exported, unknown))
}

//! For `check`: which tenant and application, what the application may do, and until when its certificate is good.
//!
//! Never: believes a token's claims for anything but advice.

use super::graph::{APPLICATIONS, GROUPS, Graph, Needs, ORGANIZATION, USERS, lacks};
use super::{assigned, organization};
use crate::config::entra_source::{Access, Who};
use crate::core::text::toml_string;
use crate::http::label;
use crate::source::oauth::{Granted, KeyFile};
use crate::source::rest::in_the_clear;
use crate::source::{Finding, SourceError, certificate};

/// Of a group that hides its members.
const HIDDEN_MEMBERS: &str = "Member.Read.Hidden";
/// Stands in `wids` of every application's token, and is no role that somebody gave it (seen in msgraph-sdk-powershell 1782).
const EVERY_APPLICATION: &str = "0997a1d0-0d1d-4acb-b408-d5ca73121e90";

pub async fn examine(graph: &Graph<'_>, now_unix_s: i64) -> Result<Vec<Finding>, SourceError> {
    let settings = graph.settings;
    let (granted, mut findings) = (graph.granted().await?, certificate(&settings.access, now_unix_s));
    findings.extend(rights(&granted, &settings.who, !settings.pushed.is_empty()));
    if findings.iter().any(|finding| matches!(finding, Finding::Wrong(..))) {
        return Ok(findings);
    }
    let tenant = organization::read(graph).await?;
    let host = label(&settings.url);
    findings.insert(0, Finding::Good(format!("Entra tenant {}, {}, at {host}", toml_string(&tenant.name), tenant.id)));
    findings.insert(1, Finding::Good(format!("identity = {}", toml_string(&tenant.identity(settings).to_string()))));
    if let Who::App(app) = &settings.who {
        findings.push(application(&assigned::principal(graph, app).await?));
    }
    findings.extend(in_the_clear(&settings.url));
    Ok(findings)
}

fn application(principal: &assigned::Principal) -> Finding {
    let name = toml_string(&principal.name);
    match principal.assignment_required {
        Some(false) => Finding::Unwise(format!(
            "the application {name} does not require assignment, so others than those who are read may sign in there; set \
             \"Assignment required\" in its properties"
        )),
        _ => Finding::Good(format!("application {name}, object {}, assignment required", principal.id)),
    }
}

/// Of permissions that this way of reading needs, which are missing; and whether there are others.
fn rights(granted: &Granted, who: &Who, is_pushing: bool) -> Vec<Finding> {
    if granted.tenant.is_none() && granted.client.is_none() {
        let opaque = "what the application may do cannot be told: its token is no JWT. See to it that API permissions has those \
                      that are needed, and no others";
        return vec![Finding::Unwise(opaque.into())];
    }
    let by_who: &[Needs] = match who {
        Who::App(_) => &[APPLICATIONS, GROUPS],
        Who::Groups { .. } => &[GROUPS],
        Who::Everybody { .. } if is_pushing => &[GROUPS],
        Who::Everybody { .. } => &[],
    };
    let has = |needs: &&Needs| needs.iter().any(|permission| granted.scopes.contains(*permission));
    let needed = [USERS, ORGANIZATION];
    let missing = needed.iter().chain(by_who).filter(|needs| !has(needs));
    let mut findings: Vec<Finding> = missing
        .map(|needs| {
            let least = needs.first().copied().unwrap_or_default();
            Finding::Wrong(format!("{least} is not granted"), lacks(needs, "the token says so"))
        })
        .collect();
    findings.push(too_much(granted));
    findings
}

/// Rights that no way of reading needs: whatever writes, and whatever else.
fn too_much(granted: &Granted) -> Finding {
    let reads = |permission: &str| {
        let of_ours = [USERS, GROUPS, APPLICATIONS, ORGANIZATION].iter().any(|needs| needs.contains(&permission));
        permission == HIDDEN_MEMBERS || (of_ours && !permission.contains("Write"))
    };
    let permissions = granted.scopes.iter().map(String::as_str);
    let roles = granted.directory_roles.iter().filter(|role| *role != EVERY_APPLICATION);
    let excess: Vec<String> = permissions
        .clone()
        .filter(|permission| !reads(permission))
        .map(str::to_owned)
        .chain(roles.map(|role| format!("the directory role {role}")))
        .collect();
    if excess.is_empty() {
        Finding::Good(format!("it may {}", permissions.collect::<Vec<_>>().join(", ")))
    } else {
        Finding::Unwise(format!("it may more than read: {}; take that away, nothing here needs it", excess.join(", ")))
    }
}

/// Until when the one is good that we sign in with; whether there is such a one the token endpoint was told.
fn certificate(access: &Access, now_unix_s: i64) -> Vec<Finding> {
    let Access::Certificate { certificate, key } = access else { return Vec::new() };
    let key = KeyFile { file: key.clone(), id: None, certificate: Some(certificate.clone()) };
    let der = key.own_certificate().ok().flatten();
    let (text, findings) = certificate::judge("signs in by certificate", der.as_deref(), now_unix_s);
    std::iter::once(Finding::Good(text)).chain(findings).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn granted(scopes: &[&str]) -> Granted {
        let scopes = scopes.iter().map(|scope| (*scope).to_owned()).collect();
        Granted { scopes, tenant: Some("7e".into()), ..Granted::default() }
    }

    #[test]
    fn what_is_missing_is_named_and_what_writes_is_unwise() {
        let app = Who::App("a".into());
        let least = ["Application.Read.All", "GroupMember.Read.All", "Organization.Read.All", "User.Read.All"];
        assert!(matches!(&rights(&granted(&least), &app, false)[..], [Finding::Good(_)]));
        for missing in least {
            let some: Vec<&str> = least.into_iter().filter(|name| *name != missing).collect();
            let findings = rights(&granted(&some), &app, false);
            assert!(matches!(&findings[0], Finding::Wrong(what, _) if what.starts_with(missing)), "{findings:?}");
        }
        let writes = rights(&granted(&["Directory.ReadWrite.All"]), &app, false);
        assert!(matches!(&writes[..], [Finding::Unwise(what)] if what.contains("ReadWrite")), "{writes:?}");
        let everybody = Who::Everybody { filter: None };
        assert_eq!(rights(&granted(&["Organization.Read.All", "User.Read.All"]), &everybody, false).len(), 1);
        let pushing = rights(&granted(&["Organization.Read.All", "User.Read.All"]), &everybody, true);
        assert!(
            matches!(&pushing[0], Finding::Wrong(what, _) if what.starts_with("GroupMember.Read.All")),
            "{pushing:?}"
        );
    }

    #[test]
    fn whatever_is_no_reading_of_ours_is_too_much() {
        let judged = |more: &str| too_much(&granted(&["User.Read.All", more]));
        for good in ["Directory.Read.All", "Group.Read.All", "Member.Read.Hidden", "Application.Read.All"] {
            assert!(matches!(judged(good), Finding::Good(_)), "{good}");
        }
        for more in [
            "RoleManagement.ReadWrite.Directory",
            "User.EnableDisableAccount.All",
            "Mail.Read",
            "Application.ReadWrite.OwnedBy",
            "Sites.FullControl.All",
        ] {
            let excess = format!("it may more than read: {more}; ");
            assert!(matches!(judged(more), Finding::Unwise(what) if what.starts_with(&excess)), "{more}");
        }
        let with_role =
            |role: &str| Granted { directory_roles: [role.to_owned()].into(), ..granted(&["User.Read.All"]) };
        assert!(matches!(too_much(&with_role(EVERY_APPLICATION)), Finding::Good(_)));
        let admin = too_much(&with_role("62e90394-69f5-4237-9190-012177145e10"));
        assert!(matches!(&admin, Finding::Unwise(what) if what.contains("the directory role 62e90394")), "{admin:?}");
    }

    #[test]
    fn a_token_that_cannot_be_read_says_nothing_and_that_is_said() {
        let told = rights(
            &Granted { scopes: ["x/.default".to_owned()].into(), ..Granted::default() },
            &Who::App("a".into()),
            false,
        );
        assert!(matches!(&told[..], [Finding::Unwise(what)] if what.contains("cannot be told")), "{told:?}");
    }
}

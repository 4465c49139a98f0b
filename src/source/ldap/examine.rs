//! For `check`: every server, what it is and until when its certificate is good, whether all are the same directory, who we
//! are there, what we could write, and attributes that nobody has.
//!
//! Never: tries a write, asks for a secret, or stops at the first server.

mod attributes;
mod rights;

use super::identity;
use super::root::RootDse;
use super::session::Session;
use crate::config::ldap_source::{Bind, Directory, LdapSettings, Security, Server};
use crate::source::{Finding, SourceError, certificate};

/// One server that answered.
struct Examined {
    url: String,
    /// The directory, as the evidence names it.
    directory: String,
    findings: Vec<Finding>,
    session: Session,
}

/// Findings about each server, in the order of the URLs, then about all of them, the account and the settings.
pub async fn examine(settings: &LdapSettings, now_unix_s: i64) -> Vec<Finding> {
    let (mut examined, mut failed) = (Vec::new(), Vec::new());
    for server in &settings.servers {
        match one(settings, server, now_unix_s).await {
            Ok(found) => examined.push(found),
            Err(error) => failed.push(error),
        }
    }
    let mut findings: Vec<Finding> =
        examined.iter_mut().flat_map(|server| std::mem::take(&mut server.findings)).collect();
    let Some(first) = examined.first_mut() else {
        // Where no server answers, the reading fails for the same reason and says it.
        return Vec::new();
    };
    findings.extend(failed.into_iter().map(|error| Finding::Unwise(format!("{error}; readings use another server"))));
    let account = Finding::Good(format!("{} as {}", first.directory, first.session.principal()));
    findings.push(match settings.bind {
        Bind::Anonymous => Finding::Unwise(format!("{}; give it an account that may only read", text(&account))),
        Bind::Simple { .. } | Bind::External { .. } => account,
    });
    findings.extend(rights::of(&mut first.session, settings).await);
    findings.extend(attributes::of(&mut first.session, settings).await);
    findings.extend(another(&examined));
    if settings.sentinels.is_empty() && settings.inactive_sentinels.is_empty() {
        findings.push(Finding::Good(
            "no sentinels; with one active and one inactive account named, a reading under narrowed rights counts for \
             nothing"
                .into(),
        ));
    }
    findings
}

async fn one(settings: &LdapSettings, server: &Server, now_unix_s: i64) -> Result<Examined, SourceError> {
    let alone = LdapSettings { servers: vec![server.clone()], ..settings.clone() };
    let mut session = Session::open(&alone).await?;
    let tops = identity::tops(&mut session, &settings.bases).await?;
    let url = session.place().to_owned();
    let name = name(session.root());
    let (how, mut findings) = match (server.security, session.certificate().await?) {
        (Security::None, _) if server.url.scheme() == "ldapi" => ("on this machine".to_owned(), Vec::new()),
        (Security::None, _) => ("no TLS".to_owned(), Vec::new()),
        (Security::Tls, der) => certificate::judge("TLS", der.as_deref(), now_unix_s),
        (Security::StartTls, der) => certificate::judge("StartTLS", der.as_deref(), now_unix_s),
    };
    findings.insert(0, Finding::Good(format!("{name} at {url}, {how}")));
    findings.extend(tops.iter().filter(|top| top.id.is_none()).map(without_id));
    let directory = identity::directory(&tops);
    Ok(Examined { url, directory, findings, session })
}

fn without_id(top: &identity::Top) -> Finding {
    let what = "another directory of the same name would be taken for this one; let the account read";
    Finding::Unwise(format!("{} shows no id: {what} {}", top.context, identity::IDS.join(", or ")))
}

/// As the server calls itself, or as what it certainly is.
fn name(root: &RootDse) -> String {
    let kind = root.kind().map_or("a server that does not say what it is", Directory::name);
    let own = [root.vendor_name.as_deref(), root.vendor_version.as_deref()];
    let own: Vec<&str> = own.into_iter().flatten().collect();
    if own.is_empty() { kind.to_owned() } else { format!("{kind} ({})", own.join(", ")) }
}

/// Servers that hold another directory than the first.
fn another(examined: &[Examined]) -> Vec<Finding> {
    let Some((first, others)) = examined.split_first() else { return Vec::new() };
    let differ = others.iter().filter(|other| other.directory != first.directory);
    differ
        .map(|other| {
            let what = format!("{} holds {}, and {} {}", first.url, first.directory, other.url, other.directory);
            Finding::Wrong(what, "name servers of one directory in source.urls, and have the others removed".into())
        })
        .collect()
}

fn text(finding: &Finding) -> &str {
    match finding {
        Finding::Good(text) | Finding::Unwise(text) | Finding::Wrong(text, _) => text,
    }
}

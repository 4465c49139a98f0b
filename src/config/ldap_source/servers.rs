//! `source.urls`: the servers, and how each connection is made safe.
//!
//! Never: lets one server's failure lead to a password in clear text at the next.

use std::net::IpAddr;

use url::Url;

use super::super::findings::Findings;
use super::super::settings::Settings;
use super::{Security, Server};

pub(super) fn servers(settings: &Settings, findings: &mut Findings) -> Vec<Server> {
    let place = settings.place("source.urls");
    let urls = settings.texts("source.urls");
    if urls.is_empty() {
        findings.missing(&place, "is empty", "write [\"ldaps://ldap.acme.example\"]");
    }
    let plaintext = settings.flag("source.allow_plaintext");
    let servers: Vec<Server> = urls.iter().filter_map(|url| server(url, plaintext, &place, findings)).collect();
    if plaintext && servers.iter().any(|server| server.security == Security::None && !server.is_local()) {
        findings.warn(format!("{place}: the password and everybody's data travel in clear text (allow_plaintext)"));
    }
    // Whoever makes the first fail, with a wrong certificate for one, would get the password from the second.
    let (safe, clear) = (servers.iter().any(has_tls), servers.iter().any(is_clear));
    if safe && clear {
        let advice = "write ldaps:// for each, or allow_plaintext = false, so that ldap:// uses StartTLS".to_owned();
        findings.wrong(&place, "holds servers with TLS and servers without", Some(advice));
    }
    servers
}

fn server(text: &str, plaintext: bool, place: &str, findings: &mut Findings) -> Option<Server> {
    const ADVICE: &str = "write ldaps://HOST, or ldap://HOST, which uses StartTLS";
    let url = Url::parse(text).ok();
    let security = match url.as_ref().map(Url::scheme) {
        Some("ldaps") => Security::Tls,
        Some("ldap") if plaintext => Security::None,
        Some("ldap") => Security::StartTls,
        Some("ldapi") => Security::None,
        _ => {
            findings.wrong(place, "holds something that is no LDAP URL", Some(ADVICE.into()));
            return None;
        }
    };
    let url = url?;
    let is_bare = url.username().is_empty()
        && url.password().is_none()
        && url.query().is_none()
        && url.fragment().is_none()
        && matches!(url.path(), "" | "/")
        && url.has_host();
    if url.scheme() == "ldapi" && !url.has_host() {
        let advice = "name the socket, with %2F for each slash: ldapi://%2Frun%2Fslapd%2Fldapi".to_owned();
        findings.wrong(place, "holds an ldapi URL without its socket", Some(advice));
        return None;
    }
    if !is_bare {
        let advice = "name the host and the port alone; base, filter and account have keys of their own".to_owned();
        findings.wrong(place, "holds a URL with more than a server in it", Some(advice));
        return None;
    }
    Some(Server { url, security })
}

fn has_tls(server: &Server) -> bool {
    server.security != Security::None
}

/// Whether a password could be read on a network.
fn is_clear(server: &Server) -> bool {
    let host = server.url.host_str().unwrap_or_default().trim_start_matches('[').trim_end_matches(']');
    let is_loopback = host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback());
    !has_tls(server) && !server.is_local() && !is_loopback
}

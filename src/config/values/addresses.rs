//! Values that name a place on the network: base URL, proxy, domains, patterns over e-mails.
//!
//! Never: repeats a URL in a message; it may hold a password.

use url::{Host, Url};

use super::Wrong;

/// https, or http to this machine; without trailing slash.
pub(super) fn base_url(text: &str) -> Result<String, Wrong> {
    const ADVICE: &str = "write scheme, host and path alone, as in \"https://api.getpostman.com/scim/v2\"";
    let url = parse(text).ok_or_else(|| Wrong::new("is no URL", ADVICE))?;
    if !(url.scheme() == "https" || url.scheme() == "http" && is_loopback(&url)) {
        return Err(Wrong::new(
            "must begin with https://",
            "http is for this machine only (localhost, 127.0.0.1, [::1])",
        ));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(Wrong::new("must not hold a user or a password", "a secret belongs in a file of its own"));
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(Wrong::new("must not hold a query or a fragment", ADVICE));
    }
    Ok(url.as_str().trim_end_matches('/').into())
}

/// `none`, `environment` or a URL.
pub(super) fn proxy(text: &str) -> Result<String, Wrong> {
    if matches!(text, "none" | "environment") {
        return Ok(text.into());
    }
    let url = parse(text).filter(|url| matches!(url.scheme(), "http" | "https"));
    let advice = "write \"none\", \"environment\" or one such as \"http://proxy.acme.example:3128\"";
    let url = url.ok_or_else(|| Wrong::new("is no proxy", advice))?;
    if !url.username().is_empty() || url.password().is_some() {
        let advice = "write proxy = \"environment\" and set HTTPS_PROXY";
        return Err(Wrong::new("must not hold a user or a password", advice));
    }
    Ok(url.into())
}

/// The parser drops tabs and line ends and turns `\` into `/`; what needs that is no URL here.
fn parse(text: &str) -> Option<Url> {
    let odd = |c: char| c.is_whitespace() || c.is_control() || c == '\\';
    if text.contains(odd) { None } else { Url::parse(text).ok().filter(Url::has_host) }
}

pub(in crate::config) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// In lower case.
pub(super) fn domain(text: &str) -> Result<String, Wrong> {
    let text = text.trim();
    let odd = |c: char| c.is_whitespace() || c.is_control() || "@/:*".contains(c);
    if text.contains(odd) || text.split('.').any(str::is_empty) {
        let message = format!("\"{}\" is no domain", text.escape_debug());
        return Err(Wrong::new(message, "write it without \"@\" and without \"https://\", such as \"acme.example\""));
    }
    Ok(text.to_ascii_lowercase())
}

/// A pattern that could match an e-mail; one that cannot would protect or exclude nobody, in silence.
pub(super) fn pattern(text: &str) -> Result<String, Wrong> {
    let text = text.trim();
    if text.contains(|c: char| c.is_whitespace() || c.is_control()) || !text.contains(['@', '*']) {
        let message = format!("\"{}\" matches no e-mail address", text.escape_debug());
        return Err(Wrong::new(message, "write one such as \"ada@acme.example\" or \"*@acme.example\""));
    }
    Ok(text.to_ascii_lowercase())
}

//! The next page by `Link` headers (RFC 8288, `rel="next"`), as Okta and others page.
//!
//! Never: follows a link to another origin or to another path: the credentials would go along, or another listing come back.

use url::{Position, Url};

/// The path and query of the next page, relative to `base`; none where there is no such link. `path` is what was asked. The
/// error repeats nothing but a host.
pub fn next(headers: &[(String, String)], base: &Url, path: &str) -> Result<Option<String>, String> {
    let lines = headers.iter().filter(|(name, _)| name == "link").map(|(_, value)| value.as_str());
    let mut found = lines.flat_map(links).filter(|link| link.is_next).map(|link| link.target);
    let Some(target) = found.next() else { return Ok(None) };
    if found.next().is_some() {
        return Err("two links to the next page; which one is right cannot be known".into());
    }
    let asked = format!("{}{path}", base.as_str().trim_end_matches('/'));
    let asked = Url::parse(&asked).map_err(|_| "asked for something that is no URL".to_owned())?;
    let next = asked.join(target).map_err(|_| "the link to the next page is no URL".to_owned())?;
    if next.origin() != base.origin() || !next.username().is_empty() || next.password().is_some() {
        let host = next.host_str().unwrap_or("nowhere");
        return Err(format!("the link to the next page leads to another server, {host}, and is not followed"));
    }
    if next.path() != asked.path() {
        return Err("the link to the next page leads to another listing, and is not followed".into());
    }
    let below = base.path().trim_end_matches('/').len();
    Ok(Some(next[Position::BeforePath..Position::AfterQuery][below..].to_owned()))
}

struct Link<'a> {
    target: &'a str,
    is_next: bool,
}

/// Every link of one header line: `<target>; rel="next", <target>; rel="self"`.
fn links(line: &str) -> Vec<Link<'_>> {
    let mut found = Vec::new();
    let mut rest = line;
    while let Some((target, behind)) = rest.split_once('<').and_then(|(_, rest)| rest.split_once('>')) {
        let parameters = behind.split('<').next().unwrap_or_default();
        found.push(Link { target, is_next: parameters.split(';').any(is_next) });
        rest = &behind[parameters.len()..];
    }
    found
}

/// `rel="next"`, `rel=next`, and `rel="next last"`.
fn is_next(parameter: &str) -> bool {
    let Some((name, value)) = parameter.split_once('=') else { return false };
    let value = value.trim().trim_end_matches(',').trim().trim_matches('"');
    name.trim().eq_ignore_ascii_case("rel") && value.split_whitespace().any(|word| word.eq_ignore_ascii_case("next"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ASKED: &str = "/api/v1/users?limit=200";

    fn next_of(lines: &[&str]) -> Result<Option<String>, String> {
        let headers: Vec<_> = lines.iter().map(|line| ("link".to_owned(), (*line).to_owned())).collect();
        next(&headers, &Url::parse("https://acme.okta.com").unwrap(), ASKED)
    }

    #[test]
    fn the_next_page_in_every_form() {
        let right = Ok(Some("/api/v1/users?after=x%2Cy&limit=200".to_owned()));
        let own = "<https://acme.okta.com/api/v1/users?limit=200>; rel=\"self\"";
        for line in [
            "<https://acme.okta.com/api/v1/users?after=x%2Cy&limit=200>; rel=\"next\"",
            "<https://acme.okta.com:443/api/v1/users?after=x%2Cy&limit=200>;rel=next",
            "</api/v1/users?after=x%2Cy&limit=200>; title=\"a\"; REL=\"last next\"",
        ] {
            assert_eq!(next_of(&[own, line]), right, "{line}");
            assert_eq!(next_of(&[&format!("{own}, {line}")]), right, "{line}");
            assert_eq!(next_of(&[&format!("{line}, {own}")]), right, "{line}");
        }
        for none in [&[own][..], &[], &["nothing"], &["<https://evil.example/>; rel=\"prev\""]] {
            assert_eq!(next_of(none), Ok(None));
        }
    }

    #[test]
    fn no_link_leads_away() {
        for bad in [
            "https://evil.example/api/v1/users?after=x",
            "http://acme.okta.com/api/v1/users?after=x",
            "https://acme.okta.com:8443/api/v1/users?after=x",
            "https://acme.okta.com@evil.example/api/v1/users?after=x",
            "https://user:pw@acme.okta.com/api/v1/users?after=x",
            "//evil.example/api/v1/users?after=x",
            "https://acme.okta.com/api/v1/groups?after=x",
            "https://acme.okta.com/api/v1/users/../logs?after=x",
            "https://acme.okta.com/api/v1/users/00u1?after=x",
        ] {
            assert!(next_of(&[&format!("<{bad}>; rel=\"next\"")]).is_err(), "{bad}");
        }
        let twice = "</api/v1/users?after=x>; rel=\"next\"";
        assert!(next_of(&[twice, twice]).is_err());
    }
}

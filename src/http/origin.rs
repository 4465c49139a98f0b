//! The one origin a transport talks to: which base URLs are allowed, and how a path is put behind one.
//!
//! Never: lets a path, however it is spelled, lead to another origin or out of the base URL's path.

use std::net::IpAddr;

use url::{Host, Url};

/// Checks a base URL and takes the trailing slash off. The error says what is wrong with it, for people.
pub(super) fn base(url: &Url) -> Result<Url, String> {
    match url.scheme() {
        "https" => {}
        "http" if is_loopback(url) => {}
        "http" => return Err("only https is allowed, except to this machine itself: begin it with https://".into()),
        other => return Err(format!("{other} is not a scheme this client speaks: begin it with https://")),
    }
    if url.host().is_none() {
        return Err("it names no host".into());
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err("it holds a user name or a password: take them out".into());
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err("it holds a query or a fragment: take them off".into());
    }
    let mut base = url.clone();
    let path = base.path().trim_end_matches('/').to_owned();
    base.set_path(&path);
    Ok(base)
}

/// The metadata server of a machine at Google. `host` is what Google's own clients take from `GCE_METADATA_HOST`: a host and
/// perhaps a port. It speaks http alone, and is reached without leaving the machine's host: that name, which only there means
/// anything, is the one exception to https. The error is for people.
pub(super) fn metadata(host: Option<&str>) -> Result<Url, String> {
    const HOST: &str = "metadata.google.internal";
    let host = host.unwrap_or(HOST);
    let url = Url::parse(&format!("http://{host}")).ok().filter(|url| url.path() == "/" && url.query().is_none());
    let is_plain = |url: &Url| url.username().is_empty() && url.password().is_none() && url.fragment().is_none();
    url.filter(|url| is_plain(url) && (url.host_str() == Some(HOST) || is_loopback(url)))
        .ok_or_else(|| format!("GCE_METADATA_HOST is neither {HOST} nor this machine; unset it"))
}

/// Whether the host is this machine: `localhost`, 127.0.0.0/8 or `[::1]`.
pub(super) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name.eq_ignore_ascii_case("localhost"),
        Some(Host::Ipv4(ip)) => IpAddr::V4(ip).is_loopback(),
        Some(Host::Ipv6(ip)) => IpAddr::V6(ip).is_loopback(),
        None => false,
    }
}

/// `host` or `host:port`, for messages.
pub(crate) fn label(url: &Url) -> String {
    let host = url.host_str().unwrap_or("no host");
    url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

/// Puts `path` behind the base URL. The error says why a path is refused and never repeats it: a path may hold
/// an address.
pub(super) fn join(base: &Url, path: &str, url_max: usize) -> Result<Url, &'static str> {
    if !path.starts_with('/') || path.starts_with("//") {
        return Err("a path that does not begin with one slash");
    }
    // The WHATWG parser (url crate) reads a backslash as a slash, drops tabs and line ends, and takes %2e for a dot.
    if path.bytes().any(|b| b <= b' ' || b == 0x7f || b == b'\\' || b == b'#') {
        return Err("a path with characters that are not percent-encoded");
    }
    let segments = path.split('?').next().unwrap_or_default().split('/');
    if segments.into_iter().any(is_dots) {
        return Err("a path with a . or .. segment");
    }
    let text = format!("{}{path}", base.as_str().trim_end_matches('/'));
    if text.len() > url_max {
        return Err("a URL longer than the limit");
    }
    let url = Url::parse(&text).map_err(|_| "a path that makes no URL")?;
    let inside = url.origin() == base.origin() && url.path().starts_with(base.path().trim_end_matches('/'));
    if inside { Ok(url) } else { Err("a path that leads away from the base URL") }
}

fn is_dots(segment: &str) -> bool {
    let plain = segment.to_ascii_lowercase().replace("%2e", ".");
    plain == "." || plain == ".."
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> Url {
        Url::parse(text).unwrap()
    }

    #[test]
    fn plain_http_is_for_this_machine_only() {
        for good in
            ["https://api.getpostman.com/scim/v2", "http://localhost:8080/", "http://127.9.9.9", "http://[::1]:1/x"]
        {
            assert!(base(&url(good)).is_ok(), "{good}");
        }
        for bad in [
            "http://api.getpostman.com/scim/v2",
            "http://localhost.evil.example/",
            "http://10.0.0.1/",
            "http://0.0.0.0/",
            "ftp://localhost/",
            "https://user:pw@host.example/",
            "https://host.example/?x=1",
            "https://host.example/#x",
        ] {
            assert!(base(&url(bad)).is_err(), "{bad}");
        }
    }

    #[test]
    fn plain_http_is_for_the_metadata_server_too_and_for_nothing_that_looks_like_it() {
        for good in
            [None, Some("metadata.google.internal"), Some("metadata.google.internal:80"), Some("127.0.0.1:4711")]
        {
            assert!(metadata(good).is_ok(), "{good:?}");
        }
        for bad in [
            "",
            "metadata.google.internal.evil.example",
            "evil.example",
            "169.254.169.254.evil.example",
            "10.0.0.1",
            "metadata.google.internal@evil.example",
            "user:pw@metadata.google.internal",
            "metadata.google.internal/x",
            "metadata.google.internal?x",
            "metadata.google.internal#x",
            "https://metadata.google.internal",
        ] {
            assert!(metadata(Some(bad)).is_err(), "{bad:?}");
        }
        assert!(base(&url("http://metadata.google.internal/")).is_err(), "no source may be there");
    }

    #[test]
    fn a_trailing_slash_makes_no_difference() {
        for text in ["https://host.example/scim/v2", "https://host.example/scim/v2/", "https://host.example/scim/v2//"]
        {
            let base = base(&url(text)).unwrap();
            let joined = join(&base, "/Users?count=1", 8192).unwrap();
            assert_eq!(joined.as_str(), "https://host.example/scim/v2/Users?count=1");
        }
        let root = base(&url("https://host.example")).unwrap();
        assert_eq!(join(&root, "/Users", 8192).unwrap().as_str(), "https://host.example/Users");
    }

    #[test]
    fn no_path_leads_away() {
        let base = base(&url("https://host.example/scim/v2")).unwrap();
        for bad in [
            "Users",
            "@evil.example/",
            "//evil.example/",
            "/\\evil.example/",
            "/Users/../../admin",
            "/Users/%2e%2E/x",
            "/Users/.%2e",
            "/./x",
            "/a b",
            "/a\r\nHost: evil.example",
            "/a#b",
            "https://evil.example/",
            "",
        ] {
            assert!(join(&base, bad, 8192).is_err(), "{bad:?}");
        }
        assert_eq!(join(&base, "/Users/a..b/...", 8192).unwrap().path(), "/scim/v2/Users/a..b/...");
        assert_eq!(join(&base, "/Users?x=../..", 8192).unwrap().path(), "/scim/v2/Users");
    }

    #[test]
    fn the_length_limit_is_exact() {
        let base = base(&url("https://host.example/")).unwrap();
        let fits = format!("/{}", "a".repeat(100 - "https://host.example/".len()));
        assert_eq!(join(&base, &fits, 100).unwrap().as_str().len(), 100);
        assert!(join(&base, &format!("{fits}a"), 100).is_err());
    }
}

//! Properties of what goes into a directory's requests: a value stays one value, and a link stays on its server.

use percent_encoding::percent_decode_str;
use url::Url;

use crate::source::entra::graph;
use crate::source::rest::{encoded, link, quoted};

/// A text is the same after it was quoted, put into a URL and read by the other side, in each directory's way.
pub fn filters(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let text = text.as_ref();
    assert_eq!(percent_decode_str(&encoded(text)).decode_utf8().ok().as_deref(), Some(text));
    // SCIM and Okta: a JSON string.
    assert_eq!(serde_json::from_str::<String>(&quoted(text)).ok().as_deref(), Some(text));
    // OData: every ' within stands twice, so that none ends the value.
    let odata = graph::quoted(text);
    let inside = odata.strip_prefix('\'').and_then(|rest| rest.strip_suffix('\'')).expect("in quotes");
    assert!(!inside.replace("''", "").contains('\''), "{odata}");
    assert_eq!(inside.replace("''", "'"), text);
    in_a_url(text);
}

fn in_a_url(text: &str) {
    let filter = format!("x eq {}", quoted(text));
    let url = format!("https://acme.example/scim/v2/Users?filter={}&count=1", encoded(&filter));
    let url = Url::parse(&url).expect("a URL");
    let pairs: Vec<(String, String)> = url.query_pairs().map(|(key, value)| (key.into(), value.into())).collect();
    assert_eq!(pairs, [("filter".to_owned(), filter), ("count".to_owned(), "1".to_owned())]);
    let url = Url::parse(&format!("https://acme.example/scim/v2/Users/{}", encoded(text))).expect("a URL");
    assert_eq!((url.query(), url.fragment()), (None, None));
    let segments: Vec<&str> = url.path_segments().into_iter().flatten().collect();
    // What a path takes for "here" and "above" is no id; see `may_be_in_a_path`.
    if !matches!(text, "." | "..") {
        let [.., users, id] = segments.as_slice() else { unreachable!("a path has its segments") };
        assert_eq!((*users, percent_decode_str(id).decode_utf8().ok().as_deref()), ("Users", Some(text)));
    }
}

/// The next page is the same listing on the same server.
pub fn link_header(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let headers: Vec<(String, String)> = text.lines().map(|line| ("link".to_owned(), line.to_owned())).collect();
    for (base, asked) in [
        ("https://acme.okta.com", "/api/v1/users?limit=200"),
        ("https://acme.example:8443/directory/", "/api/v1/users?limit=200"),
    ] {
        let base = Url::parse(base).expect("a URL");
        match link::next(&headers, &base, asked) {
            Ok(Some(next)) => {
                let below = base.as_str().trim_end_matches('/');
                let asked = Url::parse(&format!("{below}{asked}")).expect("a URL");
                let next = Url::parse(&format!("{below}{next}")).expect("a path that can be asked for");
                assert_eq!((next.origin(), next.path()), (asked.origin(), asked.path()), "{next}");
                assert!(next.username().is_empty() && next.password().is_none() && next.fragment().is_none());
            }
            Ok(None) => {}
            Err(told) => assert!(!told.is_empty()),
        }
    }
}

/// A link that is followed leads to where it says, and that is below the configured address.
pub fn stays_below(base: &Url, link: &str, followed: Option<&str>) {
    let Some(path) = followed else { return };
    let url =
        Url::parse(&format!("{}{path}", base.as_str().trim_end_matches('/'))).expect("a path that can be asked for");
    assert_eq!(url.origin(), base.origin());
    assert!(url.path().starts_with(base.path()), "{url}");
    assert!(url.username().is_empty() && url.password().is_none());
    let mut said = Url::parse(link).expect("a URL, since it was followed");
    said.set_fragment(None);
    assert_eq!(url, said, "another place than the link's");
}

//! C7: what leads to the next page. Okta and Graph send links; the others send a token or a position, which is one value of one
//! parameter, whatever stands in it.

use std::sync::Arc;

use serde_json::Value;

use super::beside;
use super::front::Front;
use super::gate::{Attack, Gate, Reply};
use super::run::none;

/// Where a hostile link leads. `here` is where the request went, `there` another origin; both `host:port`. `path` is the link's own.
fn away(here: &str, there: &str, path: &str) -> Vec<(&'static str, String)> {
    let (_, port) = there.split_once(':').unwrap();
    vec![
        ("another port", format!("http://{there}{path}")),
        ("another host", format!("http://localhost:{port}{path}")),
        ("another scheme", format!("https://{here}{path}")),
        ("another host behind a user", format!("http://{here}@{there}{path}")),
        ("a user and a password", format!("http://user:pw@{here}{path}")),
        ("no scheme", format!("//{there}{path}")),
        ("a backslash for a slash", format!("http://{there}\\@{here}{path}")),
        ("two backslashes", format!("\\\\{there}{path}")),
        ("dots of another alphabet", format!("http://127\u{3002}0\u{3002}0\u{3002}1:{port}{path}")),
        ("digits of another width", format!("http://\u{ff11}27.0.0.1:{port}{path}")),
        ("an address in hexadecimal", format!("http://0x7f000001:{port}{path}")),
        ("an address as one number", format!("http://2130706433:{port}{path}")),
        ("a tab in the scheme", format!("ht\ttp://{there}{path}")),
        ("the metadata address", format!("http://169.254.169.254{path}")),
        ("a file", "file:///etc/passwd".to_owned()),
        ("data", "data:application/json,[]".to_owned()),
        ("no URL at all", "http://[".to_owned()),
    ]
}

/// Other listings of the same server, in Okta's link.
const OTHER_LISTINGS: [&str; 5] =
    ["/api/v1/logs", "/api/v1/users/../logs", "/api/v1/apps/x/%2e%2e/y", "/oauth2/v1/token", "/api/v1//users"];

/// The link to the next page, replaced, where there is one.
fn relinked(mut reply: Reply, to: &str) -> Vec<u8> {
    for line in reply.head.iter_mut().filter(|line| line.contains("rel=\"next\"")) {
        *line = format!("link: <{to}>; rel=\"next\"");
    }
    if let Ok(mut page) = serde_json::from_slice::<Value>(&reply.body)
        && page["@odata.nextLink"].is_string()
    {
        page["@odata.nextLink"] = to.into();
        reply.body = page.to_string().into_bytes();
    }
    reply.bytes()
}

#[test]
fn no_link_leads_away() {
    let words = ["leads to another", "is no URL", "is not followed", "not sent"];
    none(&beside(vec!["okta_users", "entra_everybody"], |kind| {
        let mut front = Front::with_work(kind);
        let there = Gate::trap("127.0.0.1:0");
        let path = if kind.starts_with("okta") { "/api/v1/users?after=x&limit=5" } else { "/v1.0/users?$skiptoken=x" };
        let mut links = away(&front.gate.address, &there.address, path);
        if kind.starts_with("okta") {
            links.extend(
                OTHER_LISTINGS.map(|path| ("another listing", format!("http://{}{path}?after=x", front.gate.address))),
            );
        }
        let mut wrong = Vec::new();
        for (name, link) in links {
            let change = move |reply| relinked(reply, &link);
            front.gate.meet("GET ", Attack::Change(Arc::new(change)));
            wrong.extend(front.refused(&format!("C7 {kind}: {name}"), &words));
            if there.connections() > 0 {
                wrong.push(format!("C7 {kind}: {name}: another origin was asked: {:?}", there.lines()));
            }
        }
        front.goes_on();
        wrong
    }));
}

/// Where Okta's pages are of the same path, a link may still be too long to be asked for: 8 KiB are the most.
#[test]
fn a_link_is_as_long_as_a_url_may_be() {
    let mut front = Front::with_work("okta_users");
    let begin = format!("http://{}/api/v1/users?after=", front.gate.address);
    for (length, is_sent) in [(8_192, true), (8_193, false)] {
        let link = format!("{begin}{}", "a".repeat(length - begin.len()));
        front.gate.lines();
        front.gate.meet_once("/api/v1/users?", Attack::Change(Arc::new(move |reply| relinked(reply, &link))));
        let ran = front.run();
        assert_eq!(ran.code, Some(1), "{}", ran.said);
        let words = if is_sent { "HTTP 4" } else { "a URL longer than the limit" };
        assert!(ran.said.contains(words), "{length}: {}", ran.said);
        assert_eq!(front.gate.lines().iter().any(|line| line.contains("after=aaaa")), is_sent, "{length}");
    }
    assert!(front.lab.sandbox.writes().is_empty());
    front.goes_on();
}

/// A token of the next page that would be more than a value, if it were put into the URL as it is.
const TOKENS: [&str; 5] =
    ["x&customer=evil", "../../evil", "#x", "x HTTP/1.1\r\nx-evil: 1\r\n\r\n", "%26customer=evil"];

#[test]
fn a_token_of_the_next_page_is_one_value() {
    none(&beside(
        vec![("google", "nextPageToken", "pageToken="), ("scim", "nextCursor", "cursor=")],
        |(kind, name, parameter)| {
            let mut front = Front::with_work(kind);
            if kind == "scim" {
                front.lab.source(&format!("{}paging = \"cursor\"\n", front.lines));
            }
            let mut wrong = Vec::new();
            for token in TOKENS {
                front.gate.lines();
                let change = move |mut reply: Reply| {
                    let page = serde_json::from_slice::<Value>(&reply.body)
                        .ok()
                        .filter(|page| page["users"].is_array() || page["Resources"].is_array());
                    if let Some(mut page) = page {
                        page[name] = token.into();
                        reply.body = page.to_string().into_bytes();
                    }
                    reply.bytes()
                };
                front.gate.meet("GET ", Attack::Change(Arc::new(change)));
                let ran = front.run();
                front.gate.peace();
                let lines = front.gate.lines();
                let encoded = format!("{parameter}{}", super::gate::segment(token));
                let sent = lines.iter().any(|line| line.ends_with(&encoded) || line.contains(&format!("{encoded}&")));
                let is_plain = lines.iter().all(|line| {
                    !line.contains("evil: 1") && !line.contains("&customer=evil") && !line.contains("/../")
                });
                if ran.code != Some(1) || !sent || !is_plain || !front.lab.sandbox.writes().is_empty() {
                    wrong.push(format!("C7 {kind}, {token:?}: {:?} {lines:?} {}", ran.code, ran.said));
                }
            }
            front.goes_on();
            wrong
        },
    ));
}

//! The limits of safety.md §5.1 at the limit and one beyond it, through the built program. Those that would take a minute each are
//! held by unit tests, which `matrix` names.

use std::io::Write;
use std::sync::Arc;

use serde_json::Value;

use super::beside;
use super::front::{DONE, Front};
use super::gate::{Attack, Reply};
use super::run::{none, run};
use super::target::Team;

type Change = Arc<dyn Fn(Reply) -> Vec<u8> + Send + Sync>;

/// The answer with blanks behind it, so that it has that many bytes.
fn padded(bytes: usize) -> Change {
    Arc::new(move |mut reply| {
        reply.body.resize(bytes, b' ');
        reply.bytes()
    })
}

/// The same 200,000 bytes, packed to exactly that many: a comment in the packing fills up.
fn packed(bytes: usize) -> Change {
    Arc::new(move |mut reply| {
        reply.body.resize(200_000, b' ');
        let pack = |comment: usize| {
            let builder = flate2::GzBuilder::new().comment(vec![b'a'; comment]);
            let mut packer = builder.write(Vec::new(), flate2::Compression::best());
            packer.write_all(&reply.body).unwrap();
            packer.finish().unwrap()
        };
        let body = pack(1 + bytes - pack(1).len());
        assert_eq!(body.len(), bytes);
        let head = [reply.head, vec!["content-encoding: gzip".into()]].concat();
        Reply { head, body }.bytes()
    })
}

/// So many headers in all.
fn headers(n: usize) -> Change {
    Arc::new(move |mut reply| {
        // The status is none, and `content-length` is one.
        let more = n - reply.head.len();
        reply.head.extend((0..more).map(|at| format!("x-{at}: 1")));
        reply.bytes()
    })
}

/// So many bytes of headers in all, as names and values.
fn header_bytes(n: usize) -> Change {
    Arc::new(move |mut reply| {
        let of = |line: &String| line.len() - ": ".len();
        let length = reply.body.len().to_string().len() + "content-length".len();
        let rest = n - length - reply.head[1..].iter().map(of).sum::<usize>() - "x-long".len();
        reply.head.push(format!("x-long: {}", "a".repeat(rest)));
        reply.bytes()
    })
}

/// A member of the page that is so deep that the whole is `depth` deep.
fn deep(depth: usize) -> Change {
    Arc::new(move |reply| with_member(reply, &format!("{}{}", "[".repeat(depth - 1), "]".repeat(depth - 1))))
}

/// A name of so many bytes.
fn text(bytes: usize) -> Change {
    Arc::new(move |mut reply| {
        let text = "a".repeat(bytes);
        let mut page: Value = serde_json::from_slice(&reply.body).unwrap();
        // Behind the last page there is nobody.
        if page["Resources"][0].is_object() {
            page["Resources"][0]["name"]["givenName"] = text.as_str().into();
        }
        reply.body = page.to_string().into_bytes();
        reply.bytes()
    })
}

fn with_member(mut reply: Reply, json: &str) -> Vec<u8> {
    let rest = String::from_utf8(reply.body).unwrap();
    reply.body = format!("{{\"x\":{json},{}", rest.trim_start().strip_prefix('{').unwrap()).into_bytes();
    reply.bytes()
}

const MAX: usize = 16 * 1024 * 1024;

/// What is at the limit, what is beyond it, and the words.
fn limits(depth: usize, too_deep: &'static str) -> Vec<(&'static str, Change, Change, &'static str)> {
    vec![
        ("body", padded(MAX), padded(MAX + 1), "a body of more than 16777216 bytes"),
        ("ratio", packed(2_000), packed(1_999), "a body packed more than 100 to 1"),
        ("headers", headers(100), headers(101), "no answer"),
        ("bytes of headers", header_bytes(65_536), header_bytes(65_537), "too many headers"),
        ("depth", deep(depth), deep(depth + 1), too_deep),
        ("text", text(65_536), text(65_537), "longer than 64 KiB"),
    ]
}

#[test]
fn postmans_answers_are_read_up_to_the_limit() {
    none(&beside(limits(64, "nested more than 64 deep"), |(name, at, beyond, words)| {
        let team = Team::with_work();
        team.gate.meet("/Users?startIndex", Attack::Change(beyond));
        let refused = run(&team.lab, &["sync"], &team.trap);
        team.gate.peace();
        let before = team.lab.sent();
        team.gate.meet("/Users?startIndex", Attack::Change(at));
        let read = run(&team.lab, &["sync"], &team.trap);
        let mut after = team.lab.sent();
        after.sort();
        let is_refused = refused.code == Some(1) && refused.said.contains(words) && before.is_empty();
        // The long name is somebody's in the team, and is put right.
        let is_read = DONE_HERE.iter().all(|write| after.contains(&(*write).to_owned())) && read.code != Some(1);
        let what = || {
            format!(
                "{name}: beyond {:?} {before:?} {:.600}; at {:?} {after:?} {:.600}",
                refused.code, refused.said, read.code, read.said
            )
        };
        (!is_refused || !is_read).then(what).into_iter().collect()
    }));
}

const DONE_HERE: [&str; 2] = ["create nina@acme.example", "deactivate p2@acme.example"];

#[test]
fn answers_of_a_directory_are_read_up_to_the_limit() {
    // What serde_json allows.
    none(&beside(limits(127, "recursion limit"), |(name, at, beyond, words)| {
        let front = Front::with_work("scim");
        front.gate.meet("startIndex=6", Attack::Change(beyond));
        let refused = front.run();
        front.gate.peace();
        let before = front.sent();
        front.gate.meet("startIndex=6", Attack::Change(at));
        let read = front.run();
        let after = front.sent();
        let is_refused = refused.code == Some(1) && refused.said.contains(words) && before.is_empty();
        let is_read = name == "text" || (read.code == Some(0) && after == DONE);
        let what = || {
            format!(
                "{name}: beyond {:?} {before:?} {:.600}; at {:?} {after:?} {:.600}",
                refused.code, refused.said, read.code, read.said
            )
        };
        (!is_refused || !is_read || read.code == Some(1)).then(what).into_iter().collect()
    }));
}

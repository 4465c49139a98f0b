//! The sources' side: each directory behind a REST API, and the token endpoints.
//!
//! Every attack is met by the second page, when half of the people were shown, or by the token endpoint.

use std::sync::Arc;

use super::attacks::{Case, broken, redirects, sizes, slow, texts};
use super::beside;
use super::front::{DONE, Front, KINDS, WITH_TOKENS};
use super::gate::{Attack, Gate, Reply};
use super::run::{complaints, has, none, run};

/// Each attack in turn, at that place of that directory.
fn all_refused(front: &Front, kind: &str, place: &str, cases: Vec<Case>) -> Vec<String> {
    let met = |case: Case| {
        front.gate.meet(place, case.attack);
        front.refused(&format!("{kind} at {place}: {}", case.name), case.words)
    };
    cases.into_iter().flat_map(met).collect()
}

/// Where an attack is met: `(fixture, part of the request line)`.
fn places() -> Vec<(&'static str, &'static str)> {
    KINDS.into_iter().chain(WITH_TOKENS.map(|kind| (kind, "POST "))).collect()
}

/// All of them at one source, and the sharpest of each class at the others: one client is under all of them.
#[test]
fn what_is_too_large_or_no_json_is_refused_at_once() {
    none(&beside(places(), |(kind, place)| {
        let mut front = Front::with_work(kind);
        let (mut cases, mut texts) = (sizes(), texts());
        if kind != "scim" {
            let is_kept = |case: &Case| {
                ["thousand", "br", "deep lists", "twice", "UTF-8"].iter().any(|word| case.name.contains(word))
            };
            cases.retain(is_kept);
            texts.retain(is_kept);
        }
        cases.append(&mut texts);
        let wrong = all_refused(&front, kind, place, cases);
        front.goes_on();
        wrong
    }));
}

#[test]
fn no_redirect_is_followed() {
    none(&beside(places(), |(kind, place)| {
        let mut front = Front::with_work(kind);
        let cases = redirects(&front.gate.address, &front.trap.address);
        let n = if kind == "scim" { cases.len() } else { 4 };
        let wrong = all_refused(&front, kind, place, cases.into_iter().take(n).collect());
        front.goes_on();
        wrong
    }));
}

/// Four in a row, each once, and the fifth try gets its answer.
#[test]
fn what_breaks_off_is_asked_for_again_and_changes_nothing() {
    let all = broken();
    let mut groups: Vec<_> = all.chunks(4).map(|four| ("scim", "startIndex=6", four.to_vec())).collect();
    groups.extend(places().into_iter().enumerate().map(|(at, (kind, place))| {
        let four = (0..4).map(|n| all[(at + n * 6) % all.len()].clone()).collect();
        (kind, place, four)
    }));
    none(&beside(groups, |(kind, place, four)| {
        let front = Front::with_work(kind);
        for (_, steps) in &four {
            front.gate.meet_once(place, Attack::Instead(steps.clone()));
        }
        let ran = front.run();
        let (unmet, asked) = (front.gate.peace(), front.gate.lines());
        let names: Vec<&str> = four.iter().map(|(name, _)| *name).collect();
        let mut wrong = Vec::new();
        let tries = asked.iter().filter(|line| line.contains(place)).count();
        if ran.code != Some(0) || unmet > 0 || tries < 5 || front.trap.connections() > 0 {
            wrong.push(format!(
                "{kind} at {place}, {names:?}: {unmet} unmet, {tries} tries, {:?} {}",
                ran.code, ran.said
            ));
        }
        let sent = front.sent();
        if sent != DONE {
            wrong.push(format!("{kind} at {place}, {names:?}: {sent:?}"));
        }
        wrong
    }));
}

/// Always the same: the reading ends with its time, and before that with its tries.
#[test]
fn what_never_gets_better_ends_with_the_time_of_a_reading() {
    let many = broken().into_iter().filter(|(name, _)| ["C11 100,000 headers", "C11 a header of 1 MB"].contains(name));
    let attacks: Vec<_> = slow().into_iter().chain(many).collect();
    let all: Vec<_> =
        places().into_iter().enumerate().map(|(at, place)| (place, attacks[at % attacks.len()].clone())).collect();
    let all = all.into_iter().chain(attacks.iter().map(|attack| (("scim", "startIndex=6"), attack.clone())));
    none(&beside(all.collect(), |((kind, place), (name, steps))| {
        let mut front = Front::with_work(kind);
        front.hurry("1s");
        front.gate.meet(place, Attack::Instead(steps));
        let words = ["not read to the end after 1 s", "no answer"];
        let wrong = front.refused(&format!("{kind} at {place}: {name}"), &words);
        front.goes_on();
        wrong
    }));
}

/// What comes behind the answer is no answer to the next question.
#[test]
fn an_answer_that_nobody_asked_for_is_nobodys() {
    none(&beside(KINDS.to_vec(), |(kind, _)| {
        let front = Front::with_work(kind);
        let forged = br#"{"Resources":[],"totalResults":0,"value":[],"users":[],"id":"evil"}"#;
        let forged = Reply { head: vec!["HTTP/1.1 200 OK".into()], body: forged.to_vec() }.bytes();
        let smuggled = move |reply: Reply| [reply.bytes(), forged.clone()].concat();
        front.gate.meet("GET ", Attack::Change(Arc::new(smuggled)));
        let ran = front.run();
        front.gate.peace();
        let mut wrong = Vec::new();
        let sent = front.sent();
        if ran.code != Some(0) || sent != DONE {
            wrong.push(format!("{kind}: {:?} {} {sent:?}", ran.code, ran.said));
        }
        wrong
    }));
}

/// Nothing in the environment leads a request elsewhere; `run` names the trap as every proxy there is.
#[test]
fn a_name_that_nobody_knows_is_no_reason_to_ask_a_proxy() {
    // A label is 63 letters at most, so that no name server is asked for this one.
    let nowhere = format!("https://{}.example", "a".repeat(64));
    none(&beside(KINDS.to_vec(), |(kind, _)| {
        let mut front = Front::with_work(kind);
        let here = format!("http://{}", front.gate.address);
        front.lab.source(&format!("{}timeout = \"2s\"\n", front.lines.replace(&here, &nowhere)));
        let ran = front.run();
        let words = ["could not connect", "not read to the end after 2 s"];
        let mut wrong = complaints(&front.lab, &ran, &front.trap, 1, &words);
        // A proxy that the configuration wants is asked, and gets nothing but the name.
        front.lab.set("http", "proxy = \"environment\"");
        let proxy = Gate::trap("127.0.0.1:0");
        let ran = run(&front.lab, &["sync"], &proxy);
        if proxy.connections() == 0 || ran.code != Some(1) || has(&proxy.bytes(), "uthorization: Bearer") {
            wrong.push(format!("{kind}, with proxy = \"environment\": {:?} {}", ran.code, ran.said));
        }
        wrong
    }));
}

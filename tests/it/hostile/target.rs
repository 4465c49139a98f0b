//! Postman's side. A team has somebody who left and somebody who is new, so that there is work to do harm with: reads are attacked
//! where a cycle begins and in the listing, writes after they had their effect.

use std::sync::Arc;

use postman_scim_sync::sandbox::{Kind, Standing};

use super::attacks::{Case, broken, json, redirects, sizes, texts};
use super::beside;
use super::gate::{Attack, Gate, Reply};
use super::run::{complaints, none, run};
use crate::support::{Lab, crowd, row, team};

/// A team behind a gate, in step but for p2, who left, and Nina, who is new.
pub struct Team {
    pub lab: Lab,
    pub gate: Gate,
    pub trap: Gate,
}

const DONE: [&str; 2] = ["create nina@acme.example", "deactivate p2@acme.example"];
/// The look at a pinned member that begins a cycle, the listing, and the look at a leaver.
const READS: [&str; 2] = ["GET /scim/v2/Users/", "GET /scim/v2/Users?startIndex"];

impl Team {
    pub fn in_step() -> Self {
        let mut lab = Lab::new(team());
        let (gate, trap) = (Gate::before(&lab.door()), Gate::trap("127.0.0.1:0"));
        lab.set("postman", &format!("base_url = \"http://{}/scim/v2\"", gate.address));
        lab.set("safety", "first_sync = \"apply\"");
        lab.set("safety", "settle_wait = \"0s\"");
        lab.wide_open();
        lab.export(&crowd(5));
        lab.run(&["sync"]).exits(0);
        lab.sandbox.clear_log();
        gate.lines();
        Self { lab, gate, trap }
    }

    pub fn with_work() -> Self {
        let team = Self::in_step();
        let mut people = crowd(5);
        people[1].status = "inactive".into();
        people.push(row("6", "Nina", "Neu", "nina"));
        team.lab.export(&people);
        team
    }

    fn refused(&self, place: &str, case: Case) -> Vec<String> {
        self.gate.meet(place, case.attack);
        let ran = run(&self.lab, &["sync"], &self.trap);
        let mut words = case.words.to_vec();
        words.retain(|word| !word.starts_with("not "));
        let wrong = complaints(&self.lab, &ran, &self.trap, 1, &words);
        let met = self.gate.lines().iter().any(|line| line.contains(place));
        let unmet = (!met).then(|| "it was not met".to_owned());
        self.gate.peace();
        wrong.into_iter().chain(unmet).map(|what| format!("{} at {place}: {what}", case.name)).collect()
    }

    fn goes_on(&self) {
        self.gate.peace();
        self.lab.run(&["sync"]).exits(0);
        let mut sent = self.lab.sent();
        sent.sort();
        assert_eq!(sent, DONE);
    }
}

#[test]
fn an_answer_that_is_none_stops_the_cycle_before_anything_is_written() {
    none(&beside(READS.to_vec(), |place| {
        let team = Team::with_work();
        let mut cases = redirects(&team.gate.address, &team.trap.address);
        // The other place has the same client under it.
        if place == READS[1] {
            cases.extend(sizes());
        }
        cases.extend(texts());
        let wrong = cases.into_iter().flat_map(|case| team.refused(place, case)).collect();
        team.goes_on();
        wrong
    }));
}

#[test]
fn a_read_that_breaks_off_is_asked_for_again() {
    let all = broken();
    let fours: Vec<_> = all.chunks(4).enumerate().map(|(at, four)| (READS[at % 2], four.to_vec())).collect();
    none(&beside(fours, |(place, four)| {
        let team = Team::with_work();
        for (_, steps) in &four {
            team.gate.meet_once(place, Attack::Instead(steps.clone()));
        }
        let ran = run(&team.lab, &["sync"], &team.trap);
        let unmet = team.gate.peace();
        let mut sent = team.lab.sent();
        sent.sort();
        let is_right = ran.code == Some(0) && unmet == 0 && sent == DONE && team.trap.connections() == 0;
        let names: Vec<&str> = four.iter().map(|(name, _)| *name).collect();
        (!is_right)
            .then(|| format!("{names:?} at {place}: {unmet} unmet, {:?} {sent:?} {}", ran.code, ran.said))
            .into_iter()
            .collect()
    }));
}

/// A page with nobody in it and no total, from whatever answers in between, while the member that pins the team is there by id:
/// whoever has to leave would be taken for removed by hand, and keep their access until the next listing.
#[test]
fn a_team_with_nobody_in_it_is_no_team() {
    let team = Team::with_work();
    let list = "urn:ietf:params:scim:api:messages:2.0:ListResponse";
    for body in [
        r#"{"Resources":[]}"#.to_owned(),
        r#"{"id":"\ud800","Resources":[]}"#.to_owned(),
        format!(r#"{{"schemas":["{list}"],"totalResults":0,"Resources":[]}}"#),
    ] {
        let name = "B20 an empty team";
        let words = &["does not show a protected member who is in the team"];
        none(&team.refused(READS[1], Case { name, attack: json(body), words }));
    }
    team.goes_on();
}

/// Each had its effect, and its answer is worth nothing: a doubt that reading settles, and never a second request.
#[test]
fn a_write_whose_answer_is_worth_nothing_is_never_sent_again() {
    let answers = |case: Case| match case.attack {
        Attack::Instead(steps) => Some((case.name, steps)),
        Attack::Behind(_) | Attack::Change(_) => None,
    };
    let is_small = |case: &Case| !case.name.contains(" of 50 MB") && !case.name.contains("without an end");
    let redirects = redirects("127.0.0.1:1", "127.0.0.1:2").into_iter();
    let others = texts().into_iter().chain(sizes()).chain(redirects).filter(is_small).filter_map(answers);
    let all: Vec<_> = broken().into_iter().chain(others).collect();
    let fives: Vec<_> = all.chunks(6).map(<[_]>::to_vec).collect();
    none(&beside(fives, |some| {
        let team = Team::in_step();
        let names: Vec<&str> = some.iter().map(|(name, _)| *name).collect();
        // So many good ones between two, that the sending is not stopped.
        let people: Vec<_> = (10..70).map(|n| row(&n.to_string(), "Given", "Family", &format!("n{n}"))).collect();
        team.lab.export(&[crowd(5), people].concat());
        for (_, steps) in &some {
            team.gate.meet_after(8, "POST ", Attack::Behind(steps.clone()));
        }
        let first = run(&team.lab, &["sync"], &team.trap);
        let unmet = team.gate.peace();
        let second = run(&team.lab, &["sync"], &team.trap);
        let creates = team.lab.sandbox.log().into_iter().filter(|logged| logged.kind == Kind::Create).count();
        let active = team.lab.sandbox.standing(Standing::Active).len();
        let is_right = (first.code, second.code, unmet) == (Some(3), Some(0), 0) && (creates, active) == (60, 66);
        let codes = (first.code, second.code);
        let what =
            || format!("{names:?}: {unmet} unmet, {codes:?}, {creates} creates, {active} active: {:.900}", first.said);
        (!is_right || team.trap.connections() > 0).then(what).into_iter().collect()
    }));
}

/// What comes behind the answer is no answer to the next question: here a team in which nobody is left, and one who may go.
#[test]
fn an_answer_that_nobody_asked_for_is_nobodys() {
    let page = r#"{"schemas":["urn:ietf:params:scim:api:messages:2.0:ListResponse"],"totalResults":0,"Resources":[]}"#;
    let user = r#"{"id":"evil","userName":"p1@acme.example","active":true}"#;
    none(&beside(vec![page, user, ""], |body| {
        let team = Team::with_work();
        let status = if body.is_empty() { "404 Not Found" } else { "200 OK" };
        let forged = Reply { head: vec![format!("HTTP/1.1 {status}")], body: body.as_bytes().to_vec() }.bytes();
        team.gate.meet("/Users", Attack::Change(Arc::new(move |reply| [reply.bytes(), forged.clone()].concat())));
        let ran = run(&team.lab, &["sync"], &team.trap);
        team.gate.peace();
        let mut sent = team.lab.sent();
        sent.sort();
        (ran.code != Some(0) || sent != DONE)
            .then(|| format!("{body}: {:?} {sent:?} {}", ran.code, ran.said))
            .into_iter()
            .collect()
    }));
}

#[test]
fn no_name_and_no_proxy_of_the_environment_leads_elsewhere() {
    let mut team = Team::with_work();
    let nowhere = format!("https://{}.example/scim/v2", "a".repeat(64));
    team.lab.set("postman", &format!("base_url = \"{nowhere}\""));
    let ran = run(&team.lab, &["check"], &team.trap);
    none(&complaints(&team.lab, &ran, &team.trap, 1, &["check the network, the proxy (http.proxy)"]));
    // A proxy that says yes and then speaks HTML itself is no team either, and sees no key.
    for proxy in ["url", "environment"] {
        let proxied = Gate::trap("127.0.0.1:0");
        let setting = if proxy == "url" { format!("http://{}", proxied.address) } else { proxy.to_owned() };
        team.lab.set("http", &format!("proxy = \"{setting}\""));
        let ran = run(&team.lab, &["check"], &proxied);
        let bytes = String::from_utf8_lossy(&proxied.bytes()).into_owned();
        assert!(bytes.starts_with("CONNECT ") && !bytes.contains(crate::support::KEY), "{proxy}: {bytes}");
        assert_eq!(ran.code, Some(1), "{proxy}: {}", ran.said);
        assert!(ran.said.contains("could not connect"), "{proxy}: {}", ran.said);
    }
    assert!(team.lab.sandbox.writes().is_empty());
}

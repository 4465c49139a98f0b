//! The one state machine behind both doors: team, faults, log and clock, advanced one request at a time.
//!
//! Never: waits. What a door has to wait for is in the `Reply`.

use std::time::Duration;

use crate::clock::Clock;
use crate::http::Response;

use super::answer::{Answer, answer, as_it_is};
use super::bend::Bend;
use super::call::{Call, MediaTypes, Reading, Route};
use super::errors::{self, ScimError, Shape, shaped};
use super::faults::{Failure, Faults};
use super::log::{Log, Logged, Outcome, Slip};
use super::team::Team;

/// What a door does with a request.
#[derive(Debug)]
pub(super) enum Reply {
    Answer(Response),
    /// The answer, after this long.
    Late(Response, Duration),
    /// After this long, ask for the reply to request `seq` with `resume`.
    Held(Duration),
    /// The answer, its body byte by byte with that pause between.
    Drip(Response, Duration),
    /// The connection breaks in the middle of this answer's body.
    Cut(Response),
    Reset,
    NotSent,
}

impl Reply {
    fn outcome(&self) -> Outcome {
        match self {
            Self::Answer(response) | Self::Drip(response, _) => Outcome::Status(response.status),
            Self::Late(response, _) => Outcome::Late(response.status),
            Self::Cut(response) => Outcome::Cut(response.status),
            Self::Held(_) => Outcome::Waiting,
            Self::Reset => Outcome::Reset,
            Self::NotSent => Outcome::NotSent,
        }
    }

    /// The client surely reads this answer, all of it.
    fn shows(&self, answer: &Response) -> bool {
        match self {
            Self::Answer(sent) | Self::Drip(sent, _) => sent.status == answer.status && sent.body == answer.body,
            _ => false,
        }
    }
}

/// A request whose effect is still to come.
struct Owed {
    /// `None`: when the door comes back for it.
    due_seq: Option<u64>,
    asked_seq: u64,
    reading: Reading,
}

/// A reply, and all that the log wants to know.
struct Met {
    reply: Reply,
    answer: Answer,
}

pub(super) struct Machine {
    pub team: Team,
    pub faults: Faults,
    pub log: Log,
    /// `None`: the clock stands where it was set.
    pub clock: Option<Clock>,
    owed: Vec<Owed>,
    /// PATCHes of groups that have no answer yet: request and group.
    busy: Vec<(u64, String)>,
}

impl Machine {
    pub(super) fn new(team: Team) -> Self {
        let (faults, log) = (Faults::default(), Log::default());
        Self { team, faults, log, clock: None, owed: Vec::new(), busy: Vec::new() }
    }

    pub(super) fn set_now(&mut self, unix_s: i64) {
        self.clock = None;
        self.team.moment.now_s = unix_s;
    }

    pub(super) fn tick(&mut self) {
        if let Some(clock) = self.clock {
            self.team.moment.now_s = clock.now().unix_s;
        }
    }

    /// Time and the count of requests belong to the sandbox, so they go on.
    pub(super) fn replace_team(&mut self, team: Team) {
        let moment = self.team.moment;
        self.team = team;
        self.team.moment = moment;
    }

    /// Serves one request and says its number; also how many effects there were since the last one, this one's and
    /// belated ones.
    pub(super) fn take(&mut self, call: Call) -> (u64, Reply, u64) {
        self.tick();
        self.team.forget();
        self.team.moment.seq += 1;
        let seq = self.team.moment.seq;
        let belated = self.settle(seq);
        let reading = Reading::of(call);
        let user_name = self.user_name(&reading);
        let failure = self.faults.choose(&reading, user_name.as_deref());
        let slips = self.slips(&reading);
        let met = self.meet(&reading, failure);
        let effects = belated + u64::from(!met.answer.done.is_empty());
        let reply = self.record(reading, user_name, slips, met);
        (seq, reply, effects)
    }

    /// The reply to a request that was held, and how many effects it had.
    pub(super) fn resume(&mut self, seq: u64) -> (Reply, u64) {
        self.tick();
        let held = self.owed.iter().position(|owed| owed.asked_seq == seq && owed.due_seq.is_none());
        let Some(at) = held else { return (Reply::Reset, 0) };
        let Owed { reading, .. } = self.owed.remove(at);
        let answer = answer(&mut self.team, &reading);
        let effects = u64::from(!answer.done.is_empty());
        let reply = Reply::Answer(answer.response.clone());
        self.complete(seq, answer, Some(&reply));
        (reply, effects)
    }

    /// The door is done with a request, answered or not.
    pub(super) fn finished(&mut self, seq: u64) {
        self.owed.retain(|owed| owed.asked_seq != seq || owed.due_seq.is_some());
        self.busy.retain(|(asked_seq, _)| *asked_seq != seq);
    }

    /// All that is owed happens now.
    pub(super) fn settle_all(&mut self) -> u64 {
        self.tick();
        self.settle(u64::MAX)
    }

    fn settle(&mut self, seq: u64) -> u64 {
        let is_due = |owed: &Owed| owed.due_seq.is_some_and(|due_seq| due_seq <= seq);
        let (due, owed) = std::mem::take(&mut self.owed).into_iter().partition(is_due);
        self.owed = owed;
        let mut effects = 0;
        for Owed { asked_seq, reading, .. } in due {
            let answer = answer(&mut self.team, &reading);
            effects += u64::from(!answer.done.is_empty());
            self.complete(asked_seq, answer, None);
        }
        effects
    }

    /// `reply`: what the client gets of it after all.
    fn complete(&mut self, seq: u64, answer: Answer, reply: Option<&Reply>) {
        let moment = self.team.moment;
        let Some(logged) = self.log.find(seq) else { return };
        logged.done = answer.done;
        logged.scim_id = logged.scim_id.take().or(answer.scim_id);
        if let Some(reply) = reply {
            (logged.outcome, logged.answered) = (reply.outcome(), moment);
            (logged.error, logged.wait_s) = (answer.error, asked_wait_s(reply, moment.now_s));
        }
    }

    fn meet(&mut self, reading: &Reading, failure: Option<Failure>) -> Met {
        let Some(failure) = failure else { return self.serve(reading, Reply::Answer) };
        if let Some(reply) = self.refuse(reading, &failure) {
            let error = match (&failure, &reply) {
                (Failure::Scim(error), _) => Some(*error),
                _ => None,
            };
            return Met { reply, answer: Answer { error, ..shaped(0, Shape::Empty).into() } };
        }
        match failure {
            Failure::ResetAfter => self.serve(reading, |_| Reply::Reset),
            Failure::HangAfter(delay) => self.serve(reading, |response| Reply::Late(response, delay)),
            Failure::Drip(pause) => self.serve(reading, |response| Reply::Drip(response, pause)),
            Failure::StatusAfter { status, shape } => {
                let instead = self.error(reading, status, shape);
                self.serve(reading, |_| Reply::Answer(instead))
            }
            Failure::Truncated => self.serve(reading, |mut response| {
                response.body.truncate(response.body.len() / 2);
                Reply::Answer(response)
            }),
            Failure::CutBody => self.serve(reading, Reply::Cut),
            Failure::Bent(bend) => self.bent(reading, &bend),
            Failure::Stale { requests } if reading.is_read() => self.stale(reading, requests),
            Failure::Stale { .. } => self.serve(reading, Reply::Answer),
            Failure::Ignored => self.pretend(reading, Pretence::Unchanged),
            _ => self.pretend(reading, Pretence::Done),
        }
    }

    /// The failures that leave the team untouched, for now or for ever.
    fn refuse(&mut self, reading: &Reading, failure: &Failure) -> Option<Reply> {
        Some(match failure {
            Failure::Status { status, shape } => Reply::Answer(self.error(reading, *status, *shape)),
            Failure::Scim(error) => Reply::Answer(error.told(&self.team.knobs)),
            Failure::TooManyRequests { header, wait_s } => {
                let limit = if reading.is_read() { 300 } else { 180 };
                let (apostrophes, now_s) = (self.team.knobs.apostrophes, self.team.moment.now_s);
                Reply::Answer(errors::too_many(limit, apostrophes, header, now_s, *wait_s))
            }
            Failure::Redirect { location } => {
                let mut response = shaped(302, Shape::Empty);
                response.headers.push(("location".into(), location.clone()));
                Reply::Answer(response)
            }
            Failure::NotSent => Reply::NotSent,
            Failure::ResetBefore => Reply::Reset,
            Failure::ResetLate { requests } => {
                self.owe(reading, Some(self.team.moment.seq + requests));
                Reply::Reset
            }
            Failure::HangBefore(delay) => {
                self.owe(reading, None);
                Reply::Held(*delay)
            }
            _ => return None,
        })
    }

    fn owe(&mut self, reading: &Reading, due_seq: Option<u64>) {
        self.owed.push(Owed { due_seq, asked_seq: self.team.moment.seq, reading: reading.clone() });
    }

    fn serve(&mut self, reading: &Reading, reply: impl FnOnce(Response) -> Reply) -> Met {
        let mut answer = answer(&mut self.team, reading);
        let reply = reply(answer.response.clone());
        answer.error = answer.error.filter(|_| reply.shows(&answer.response));
        Met { reply, answer }
    }

    fn bent(&mut self, reading: &Reading, bend: &Bend) -> Met {
        let answer = answer(&mut self.team, &bend.question(reading));
        Met { reply: Reply::Answer(bend.answer(reading, answer.response.clone())), answer }
    }

    /// The team as it was then answers; only the attempt counts now.
    fn stale(&mut self, reading: &Reading, requests: u64) -> Met {
        let seq = self.team.moment.seq.saturating_sub(1 + requests);
        let mut then = self.team.as_of(seq);
        then.moment.seq = seq;
        let answer = answer(&mut then, reading);
        self.team.meter = then.meter;
        Met { reply: Reply::Answer(answer.response.clone()), answer }
    }

    /// The answer to a request that is then undone.
    fn pretend(&mut self, reading: &Reading, pretence: Pretence) -> Met {
        let mark = self.team.mark();
        let Answer { response, error, .. } = answer(&mut self.team, reading);
        self.team.undo_to(mark);
        let response = match (pretence, reading.scim_id()) {
            (Pretence::Unchanged, Some(id)) if response.status == 200 => as_it_is(&self.team, id).unwrap_or(response),
            _ => response,
        };
        Met { reply: Reply::Answer(response.clone()), answer: Answer { error, ..response.into() } }
    }

    /// A 500 in SCIM's shape has the text of its endpoint; everything else is made up.
    fn error(&self, reading: &Reading, status: u16, shape: Shape) -> Response {
        if (status, shape) != (500, Shape::Scim) {
            return shaped(status, shape);
        }
        let error = match reading.route {
            Route::Users | Route::Groups => ScimError::ListFailed,
            Route::NewUser | Route::NewGroup => ScimError::AddFailed,
            Route::PutUser(_) | Route::PatchUser(_) | Route::PatchGroup(_) => ScimError::UpdateFailed,
            _ => ScimError::FetchOneFailed,
        };
        error.response(self.team.knobs.apostrophes)
    }

    fn user_name(&self, reading: &Reading) -> Option<String> {
        let by_id = reading.scim_id().and_then(|id| self.team.position_of_id(id));
        by_id.map(|at| self.team.people[at].user_name.clone()).or_else(|| reading.user_name())
    }

    fn record(
        &mut self,
        reading: Reading,
        user_name: Option<String>,
        slips: Vec<Slip>,
        Met { reply, answer }: Met,
    ) -> Reply {
        let seq = self.team.moment.seq;
        if let (Route::PatchGroup(id), Reply::Late(..) | Reply::Held(_)) = (&reading.route, &reply) {
            self.busy.push((seq, id.clone()));
        }
        let wait_s = asked_wait_s(&reply, self.team.moment.now_s);
        let in_path = reading.scim_id().map(str::to_owned);
        let Call { method, path, body, authorization, .. } = reading.call;
        let path = if slips.contains(&Slip::KeyInUrl) { "(left out: it holds a key)".to_owned() } else { path };
        let client = self.log.client(authorization.as_deref());
        self.log.push(Logged {
            seq,
            at_unix_s: self.team.moment.now_s,
            client,
            method,
            path,
            kind: reading.kind,
            scim_id: in_path.or(answer.scim_id),
            user_name,
            outcome: reply.outcome(),
            answered: self.team.moment,
            error: answer.error,
            wait_s,
            done: answer.done,
            slips,
            body: (!body.is_empty()).then(|| String::from_utf8_lossy(&body).into_owned()),
        });
        reply
    }

    fn slips(&self, reading: &Reading) -> Vec<Slip> {
        let mut slips = Vec::new();
        if let Some(MediaTypes { content, accept }) = &reading.call.types {
            let json = ["application/json", "application/scim+json"];
            let says_json = |text: &String| json.iter().any(|kind| text.to_ascii_lowercase().contains(kind));
            if !reading.call.body.is_empty() && !content.as_ref().is_some_and(says_json) {
                slips.push(Slip::ContentType);
            }
            if accept.as_ref().is_some_and(|text| !says_json(text) && !text.contains("*/*")) {
                slips.push(Slip::Accept);
            }
        }
        if self.team.keys.keys().any(|key| reading.call.path.contains(key.as_str())) {
            slips.push(Slip::KeyInUrl);
        }
        let overlaps = |id: &String| self.busy.iter().any(|(_, busy)| busy == id);
        if matches!(&reading.route, Route::PatchGroup(id) if overlaps(id)) {
            slips.push(Slip::Overlaps);
        }
        match &reading.route {
            Route::DeleteGroup(id) if self.team.group_by_id(id).is_ok_and(|group| !group.members.is_empty()) => {
                slips.push(Slip::Occupied);
            }
            Route::NewGroup if self.team.names_outsiders(reading.json.as_ref()) => slips.push(Slip::Outsiders),
            _ => {}
        }
        slips
    }
}

/// The wait a 429 asks for, in one of the documented headers.
fn asked_wait_s(reply: &Reply, now_s: i64) -> Option<i64> {
    let Reply::Answer(response) = reply else { return None };
    if response.status != 429 {
        return None;
    }
    let number = |name: &str| response.header(name)?.trim().parse::<i64>().ok();
    let seconds = ["retry-after", "x-ratelimit-retryafter", "retryafter"].into_iter().find_map(number);
    seconds.or_else(|| number("x-ratelimit-reset").map(|at| at.saturating_sub(now_s))).filter(|wait_s| *wait_s > 0)
}

/// What a service shows that did nothing.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Pretence {
    /// The success it claims.
    Done,
    /// The resource as it still is.
    Unchanged,
}

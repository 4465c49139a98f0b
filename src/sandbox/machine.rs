//! The one state machine behind both doors: team, faults, log and clock, advanced one request at a time.
//!
//! Never: waits. What a door has to wait for is in the `Reply`.

use std::time::Duration;

use crate::clock::Clock;
use crate::http::Response;

use super::answer::{Answer, answer, as_it_is};
use super::call::{Call, Reading, Route};
use super::errors::{self, ScimError, Shape, shaped};
use super::faults::{Failure, Faults};
use super::log::{Logged, Outcome};
use super::people::Done;
use super::team::Team;

/// What a door does with a request.
#[derive(Debug)]
pub(super) enum Reply {
    Answer(Response),
    /// The answer, after this long.
    Late(Response, Duration),
    /// The connection breaks in the middle of this answer's body.
    Cut(Response),
    Reset,
    NotSent,
}

impl Reply {
    fn outcome(&self) -> Outcome {
        match self {
            Self::Answer(response) => Outcome::Status(response.status),
            Self::Late(response, _) => Outcome::Late(response.status),
            Self::Cut(response) => Outcome::Cut(response.status),
            Self::Reset => Outcome::Reset,
            Self::NotSent => Outcome::NotSent,
        }
    }
}

/// A request whose effect is still to come.
struct Owed {
    due_seq: u64,
    asked_seq: u64,
    reading: Reading,
}

pub(super) struct Machine {
    pub team: Team,
    pub faults: Faults,
    pub log: Vec<Logged>,
    /// `None`: the clock stands where it was set.
    pub clock: Option<Clock>,
    owed: Vec<Owed>,
}

impl Machine {
    pub(super) fn new(team: Team) -> Self {
        Self { team, faults: Faults::default(), log: Vec::new(), clock: None, owed: Vec::new() }
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

    /// Serves one request; also says how many effects there were since the last one, this one's and belated ones.
    pub(super) fn take(&mut self, call: Call) -> (Reply, u64) {
        self.tick();
        self.team.moment.seq += 1;
        let belated = self.settle(self.team.moment.seq);
        let reading = Reading::of(call);
        let user_name = self.user_name(&reading);
        let failure = self.faults.choose(&reading, user_name.as_deref());
        let (reply, done, scim_id) = self.meet(&reading, failure);
        let effects = belated + u64::from(!done.is_empty());
        self.record(reading, user_name, scim_id, reply.outcome(), done);
        (reply, effects)
    }

    /// All that is owed happens now.
    pub(super) fn settle_all(&mut self) -> u64 {
        self.tick();
        self.settle(u64::MAX)
    }

    fn settle(&mut self, seq: u64) -> u64 {
        let (due, owed) = std::mem::take(&mut self.owed).into_iter().partition(|owed: &Owed| owed.due_seq <= seq);
        self.owed = owed;
        let mut effects = 0;
        for Owed { asked_seq, reading, .. } in due {
            let Answer { done, scim_id, .. } = answer(&mut self.team, &reading);
            effects += u64::from(!done.is_empty());
            if let Some(logged) = self.log.iter_mut().find(|logged| logged.seq == asked_seq) {
                logged.done = done;
                logged.scim_id = logged.scim_id.take().or(scim_id);
            }
        }
        effects
    }

    fn meet(&mut self, reading: &Reading, failure: Option<Failure>) -> (Reply, Vec<Done>, Option<String>) {
        let Some(failure) = failure else { return self.serve(reading, Reply::Answer) };
        if let Some(reply) = self.refuse(reading, &failure) {
            return (reply, Vec::new(), None);
        }
        match failure {
            Failure::ResetAfter => self.serve(reading, |_| Reply::Reset),
            Failure::HangAfter(delay) => self.serve(reading, |response| Reply::Late(response, delay)),
            Failure::StatusAfter { status, shape } => {
                let instead = self.error(reading, status, shape);
                self.serve(reading, |_| Reply::Answer(instead))
            }
            Failure::Truncated => self.serve(reading, |mut response| {
                response.body.truncate(response.body.len() / 2);
                Reply::Answer(response)
            }),
            Failure::CutBody => self.serve(reading, Reply::Cut),
            Failure::Ignored => (Reply::Answer(self.pretend(reading, Pretence::Unchanged)), Vec::new(), None),
            _ => (Reply::Answer(self.pretend(reading, Pretence::Done)), Vec::new(), None),
        }
    }

    /// The failures that leave the team untouched, for now or for ever.
    fn refuse(&mut self, reading: &Reading, failure: &Failure) -> Option<Reply> {
        Some(match failure {
            Failure::Status { status, shape } => Reply::Answer(self.error(reading, *status, *shape)),
            Failure::Scim(error) => Reply::Answer(error.response(self.team.knobs.apostrophes)),
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
                let asked_seq = self.team.moment.seq;
                self.owed.push(Owed { due_seq: asked_seq + requests, asked_seq, reading: reading.clone() });
                Reply::Reset
            }
            _ => return None,
        })
    }

    fn serve(
        &mut self,
        reading: &Reading,
        reply: impl FnOnce(Response) -> Reply,
    ) -> (Reply, Vec<Done>, Option<String>) {
        let Answer { response, done, scim_id } = answer(&mut self.team, reading);
        (reply(response), done, scim_id)
    }

    /// The answer to a request that is then undone.
    fn pretend(&mut self, reading: &Reading, pretence: Pretence) -> Response {
        let before = self.team.clone();
        let response = answer(&mut self.team, reading).response;
        let (meter, made) = (std::mem::take(&mut self.team.meter), self.team.made);
        self.team = before;
        (self.team.meter, self.team.made) = (meter, made);
        match (pretence, reading.scim_id()) {
            (Pretence::Unchanged, Some(id)) if response.status == 200 => as_it_is(&self.team, id).unwrap_or(response),
            _ => response,
        }
    }

    /// A 500 in SCIM's shape has the text of its endpoint; everything else is made up.
    fn error(&self, reading: &Reading, status: u16, shape: Shape) -> Response {
        if (status, shape) != (500, Shape::Scim) {
            return shaped(status, shape);
        }
        let error = match reading.route {
            Route::Users | Route::Groups => ScimError::ListFailed,
            Route::NewUser => ScimError::AddFailed,
            Route::PutUser(_) | Route::PatchUser(_) => ScimError::UpdateFailed,
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
        scim_id: Option<String>,
        outcome: Outcome,
        done: Vec<Done>,
    ) {
        let in_path = reading.scim_id().map(str::to_owned);
        let Call { method, path, body, .. } = reading.call;
        self.log.push(Logged {
            seq: self.team.moment.seq,
            at_unix_s: self.team.moment.now_s,
            method,
            path,
            kind: reading.kind,
            scim_id: in_path.or(scim_id),
            user_name,
            outcome,
            done,
            body: (!body.is_empty()).then(|| String::from_utf8_lossy(&body).into_owned()),
        });
    }
}

/// What a service shows that did nothing.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Pretence {
    /// The success it claims.
    Done,
    /// The resource as it still is.
    Unchanged,
}

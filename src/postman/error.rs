//! What an error of Postman means, how far it reaches and what to do about it.
//!
//! Texts are compared by a part of them, folded (typographic apostrophes, case), and only within a status; an
//! unknown text always lands on the side where nothing is concluded about a person.
//! Never: takes a 401, 403 or 404 that is about the key, the team or the address for somebody who has gone.

use super::pace::Kind;
use super::wire::ErrorBody;
use super::{Blast, Cause, PostmanError};
use crate::planted::Bug;

/// What a request was about: it decides how a 403 or 404 reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum About {
    /// A listing: there is nobody a refusal could be about.
    Team,
    /// Somebody who has no id yet.
    Newcomer,
    /// One member, by id.
    Member(Kind),
    /// A group that has no id yet.
    NewGroup,
    /// One group, by id.
    Group(Kind),
    /// Members of a group: a refusal may be about one of them.
    Membership,
}

/// A cause; or one that stands only if the team itself can be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Is(Cause),
    IfTeamReads(Cause),
}

/// Sorts an answer that is a definite no: 4xx but 408 and 429.
pub(super) fn verdict(status: u16, body: &ErrorBody, about: About) -> Verdict {
    let text = fold(&body.text);
    let says = |part: &str| text.contains(part);
    if let Some(verdict) = group_verdict(status, &text, body, about) {
        return verdict;
    }
    let is_about_person = matches!(about, About::Member(_) | About::Membership);
    match status {
        401 | 403 if says("no longer on your team") => Verdict::Is(Cause::KeyOrphaned),
        401 => Verdict::Is(Cause::KeyRefused),
        400 | 402 | 403 if says("enterprise plan") => Verdict::Is(Cause::Plan),
        400 | 402 | 403 if says("no slots available") => Verdict::Is(Cause::NoSeat),
        400 if says("team doesn't exist") => Verdict::Is(Cause::TeamGone),
        400 if says("domain is not verified") => Verdict::Is(Cause::UnverifiedDomain),
        // Some services answer a duplicate with 400; scimType tells (RFC 7644 §3.12).
        400 if body.scim_type == "uniqueness" => Verdict::Is(Cause::Conflict),
        403 if about == About::Team => Verdict::Is(Cause::KeyOrphaned),
        403 if is_about_person && says("person isn't a member of the team") => Verdict::Is(Cause::NotInTeam),
        403 if says("not allowed to perform") => Verdict::Is(Cause::NotAllowed),
        403 if about == About::Member(Kind::Read) => Verdict::IfTeamReads(Cause::NotInTeam),
        // "Gone" must not be concluded from an unknown text when somebody's access was to be taken.
        403 => Verdict::IfTeamReads(Cause::NotAllowed),
        404 if is_about_person && (body.is_scim || Bug::NotFoundIsGone.is_planted()) => Verdict::Is(Cause::NotInTeam),
        // The gateway's 404, or a proxy's: the address may be wrong.
        404 if is_about_person => Verdict::IfTeamReads(Cause::NotInTeam),
        404 => Verdict::Is(Cause::NotScim),
        409 => Verdict::Is(Cause::Conflict),
        _ => Verdict::Is(Cause::BadRequest),
    }
}

/// What is about a group and not about the key or the team. The texts speak of persons where they mean a group, too.
fn group_verdict(status: u16, text: &str, body: &ErrorBody, about: About) -> Option<Verdict> {
    let says = |part: &str| text.contains(part);
    match (status, about) {
        (403 | 404, About::Group(_) | About::Membership) if says("group isn't a member of the team") => {
            Some(Verdict::Is(Cause::GroupGone))
        }
        (404, About::Group(_)) if body.is_scim || Bug::NotFoundIsNoGroup.is_planted() => {
            Some(Verdict::Is(Cause::GroupGone))
        }
        (404, About::Group(_)) => Some(Verdict::IfTeamReads(Cause::GroupGone)),
        // The only text that this PATCH is documented to have for a name: of a userName, with "try again".
        (400, About::Group(Kind::Write)) if says("update this team member's username") => {
            Some(Verdict::Is(Cause::Conflict))
        }
        _ => None,
    }
}

fn fold(text: &str) -> String {
    text.replace(['\u{2019}', '\u{2018}', '\u{02bc}'], "'").to_lowercase()
}

/// Makes a text of the other side fit to print: one line, at most 200 bytes, no control characters, no addresses.
pub(super) fn presentable(text: &str) -> String {
    const BYTES_MAX: usize = 200;
    let words = text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty());
    let words = words.map(|word| if word.contains('@') { "***" } else { word });
    let mut line = words.take(BYTES_MAX).collect::<Vec<_>>().join(" ");
    let end = (0..=BYTES_MAX.min(line.len())).rev().find(|&at| line.is_char_boundary(at)).unwrap_or(0);
    line.truncate(end);
    line
}

impl PostmanError {
    pub(super) fn new(cause: Cause, status: Option<u16>, operation: &str, detail: &str) -> Self {
        let detail = match (presentable(detail), status) {
            (detail, Some(status)) if detail.is_empty() => format!("HTTP {status} without a text"),
            (detail, _) => detail,
        };
        Self { cause, status, operation: operation.to_owned(), detail }
    }

    /// How far it reaches.
    pub fn blast(&self) -> Blast {
        match self.cause {
            Cause::KeyRefused if Bug::GoesOnAfterA401.is_planted() => Blast::User,
            Cause::KeyRefused | Cause::KeyOrphaned | Cause::Plan | Cause::TeamGone => Blast::Cycle,
            Cause::RateLimited | Cause::Unavailable | Cause::NoConnection | Cause::Stopping => Blast::Cycle,
            Cause::NotScim | Cause::ShortListing => Blast::Cycle,
            Cause::NoSeat => Blast::Phase,
            Cause::Conflict | Cause::NotInTeam | Cause::GroupGone | Cause::NotAllowed => Blast::User,
            Cause::UnverifiedDomain | Cause::BadRequest | Cause::Unknown => Blast::User,
        }
    }

    /// What to do about it, for people.
    pub fn advice(&self) -> Option<&'static str> {
        Some(match self.cause {
            Cause::KeyRefused => {
                "in Postman's team settings, under authentication, check that SCIM provisioning is enabled for the \
                 team, that this is the SCIM API key and not an ordinary API key, and that its status is ACTIVE"
            }
            Cause::KeyOrphaned => {
                "the admin who made the key has left the team or lost the role: make a new SCIM API key with a \
                 service account that is a Super Admin, and check that SCIM provisioning is still enabled"
            }
            Cause::Plan => "SCIM provisioning needs Postman's Enterprise plan, with single sign-on configured",
            Cause::TeamGone => "the key belongs to a team that no longer exists: make one in the right team",
            Cause::NoSeat => "buy seats, or deactivate members who no longer need one; the rest goes on meanwhile",
            Cause::Conflict => {
                "the account belongs to another team, or an invitation made by hand is pending: remove the \
                 invitation in Postman's team settings; it is tried again later"
            }
            Cause::NotAllowed => {
                "make the SCIM API key with a Super Admin: a Team Admin's key may not change members of groups that \
                 hold that role"
            }
            Cause::UnverifiedDomain => "verify the domain in Postman's team settings, or keep the address",
            Cause::RateLimited => {
                "something else uses up the team's SCIM limit: lower postman.writes_per_min and \
                 postman.reads_per_min, or stop the other client"
            }
            Cause::Unavailable => "Postman is in trouble; see status.postman.com. The next cycle tries again",
            Cause::NoConnection => "check the network, the proxy (http.proxy), the CA file (http.ca_file) and the host",
            Cause::NotScim => {
                "check postman.base_url, https://api.getpostman.com/scim/v2 or https://api.eu.postman.com/scim/v2, \
                 and that no proxy or login page stands in between"
            }
            Cause::ShortListing => "members may have changed while they were listed; the next cycle lists again",
            Cause::Stopping | Cause::NotInTeam | Cause::GroupGone | Cause::BadRequest | Cause::Unknown => return None,
        })
    }
}

//! One Google Workspace account for the time of one reading: how it is asked, and who asks.
//!
//! Never: takes a 404 of anything but the API itself for "not there", or an answer about another person for the one asked for.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::refusal;
use crate::clock::Clock;
use crate::config::Http;
use crate::config::google_source::{Access, GoogleSettings, Whom};
use crate::core::evidence::Identity;
use crate::source::SourceError;
use crate::source::oauth::{Grant, Tokens};
use crate::source::records::place::printable;
use crate::source::rest::{Answer, Credential, On500, Pace, Rest, encoded, quoted, text};

const ROOT: &str = "/admin/directory/v1";
const SCOPES: &str = "https://www.googleapis.com/auth/admin.directory.";
/// Directory API, "Limits and quotas": queries a minute, for one user of one project. No answer says how many are left.
const PER_MINUTE: u32 = 2_400;
/// What the discovery document has as the most of members.
const MEMBERS_MAX: u32 = 200;
const GROUPS_MAX: u32 = 200;

/// An account that can be asked.
pub struct Server<'a> {
    pub rest: Arc<Rest>,
    pub settings: &'a GoogleSettings,
    pub(super) http: &'a Http,
    pub(super) clock: Clock,
}

/// What the API says of one id.
pub enum Answered {
    /// As the listing would show them.
    Person(Map<String, Value>),
    /// There is no such person, or no longer.
    Nobody,
    /// It does not answer for this id: it is none of Google's; unless it is the same for every id.
    Refused(SourceError),
}

impl<'a> Server<'a> {
    /// Connects to nothing yet.
    pub fn open(settings: &'a GoogleSettings, http: &'a Http, clock: Clock) -> Result<Self, SourceError> {
        let credential = Credential::OAuth(Box::new(tokens(settings, &scopes(settings), http, clock)?));
        let rest = Rest::open(&settings.url, http, credential, "application/json", clock)?
            .with_root(ROOT)
            .with_pace(Pace::new(PER_MINUTE, settings.limit_share))
            .with_limits_at_403(refusal::is_limit);
        Ok(Self { rest: Arc::new(rest), settings, http, clock })
    }

    /// The service account, and the admin it acts for.
    pub async fn principal(&self) -> Result<String, SourceError> {
        let account = tokens(self.settings, &scopes(self.settings), self.http, self.clock)?.service_account().await?;
        Ok(match &self.settings.access {
            Access::Key { subject: Some(subject), .. } => format!("{account} for {subject}"),
            _ => account,
        })
    }

    /// By the account's id, which stands with every person.
    pub fn identity(&self, customer: &str, principal: String) -> Identity {
        Identity { directory: format!("Google Workspace account {}", printable(customer)), principal }
    }

    /// Errors: the person does not say whose account they are of, or is of another one than those before.
    pub fn customer(&self, of: &mut Option<String>, row: &Map<String, Value>) -> Result<(), SourceError> {
        match (text(row, "customerId"), of.as_deref()) {
            (None, _) => {
                Err(self.rest.malformed("a person without a `customerId`, so that nobody knows whose account it is"))
            }
            (Some(id), Some(before)) if id != before => Err(self.rest.malformed("people of two accounts are shown")),
            (Some(id), _) => {
                of.get_or_insert_with(|| id.to_owned());
                Ok(())
            }
        }
    }

    /// Where the listing of people begins.
    pub fn people(&self) -> String {
        let (fields, size) = (self.settings.fields.join(","), self.settings.page_size);
        let fields = encoded(&format!("kind,nextPageToken,users({fields})"));
        let (whom, projection) = (self.whom(), self.projection());
        format!("{ROOT}/users?{whom}&maxResults={size}&orderBy=email{projection}&fields={fields}")
    }

    /// Where the listing of a group's members begins.
    pub fn members(&self, group: &str) -> String {
        let size = self.settings.page_size.min(MEMBERS_MAX);
        let derived = if self.settings.nested_groups { "&includeDerivedMembership=true" } else { "" };
        let fields = encoded("kind,nextPageToken,members(id,type)");
        format!("{ROOT}/groups/{}/members?maxResults={size}{derived}&fields={fields}", encoded(group))
    }

    /// Where the listing of the account's groups begins, or of those with an address in the domain.
    pub fn groups(&self) -> String {
        let size = self.settings.page_size.min(GROUPS_MAX);
        let fields = encoded("kind,nextPageToken,groups(id,name,email)");
        format!("{ROOT}/groups?{}&maxResults={size}&orderBy=email&fields={fields}", self.whom())
    }

    /// The group with that address, alias or id. Errors: it is not there, may not be read, or is another one.
    pub async fn group(&self, key: &str) -> Result<Map<String, Value>, SourceError> {
        let fields = encoded("id,name,email,aliases,nonEditableAliases");
        let answer = self.get(&format!("{ROOT}/groups/{}?fields={fields}", encoded(key))).await?;
        if matches!(answer.status, 403 | 404) {
            return Err(refusal::of_group(&self.rest, self.settings, key, &answer));
        }
        let group = self.object(&answer)?;
        let aliases = ["aliases", "nonEditableAliases"].map(|name| group.get(name).and_then(Value::as_array));
        let aliases = aliases.into_iter().flatten().flatten().filter_map(Value::as_str);
        let mut names = [text(&group, "id"), text(&group, "email")].into_iter().flatten().chain(aliases);
        if !names.any(|name| name.eq_ignore_ascii_case(key)) {
            return Err(self.rest.malformed(format!("the group {} was asked for, and another one came", quoted(key))));
        }
        drop(names);
        Ok(group)
    }

    /// The id of somebody who is listed, and of the account. Errors: nobody is.
    pub async fn somebody(&self) -> Result<(String, String), SourceError> {
        let fields = encoded("kind,users(id,customerId)");
        let answer = self.get(&format!("{ROOT}/users?{}&maxResults=1&fields={fields}", self.whom())).await?;
        let page = self.object(&answer)?;
        let first = page.get("users").and_then(|users| users.get(0)).and_then(Value::as_object);
        let both = first.and_then(|row| Some((text(row, "id")?.to_owned(), text(row, "customerId")?.to_owned())));
        both.ok_or_else(|| self.rest.malformed(NOBODY))
    }

    /// What the API answers for that one id.
    pub async fn person(&self, id: &str) -> Result<Answered, SourceError> {
        let fields = encoded(&format!("deletionTime,{}", self.settings.fields.join(",")));
        let path = format!("{ROOT}/users/{}?fields={fields}{}", encoded(id), self.projection());
        let answer = self.get(&path).await?;
        match (answer.status, refusal::reason(&answer).as_deref()) {
            (404, Some(refusal::NOT_FOUND)) => return Ok(Answered::Nobody),
            // A 403 is no such answer: an admin's role that was narrowed hides people who are there.
            (400, _) => return Ok(Answered::Refused(refusal::refused(&self.rest, self.settings, &answer))),
            _ => {}
        }
        let mut person = self.object(&answer)?;
        // Somebody is found by an address too, and by an alias.
        if text(&person, "id") != Some(id) {
            return Err(self.rest.malformed("the API answered with another one than was asked for by id"));
        }
        let is_deleted = person.remove("deletionTime").is_some_and(|time| !time.is_null());
        Ok(if is_deleted { Answered::Nobody } else { Answered::Person(person) })
    }

    async fn get(&self, path: &str) -> Result<Answer, SourceError> {
        self.rest.get(path, On500::TryAgain).await
    }

    pub fn object(&self, answer: &Answer) -> Result<Map<String, Value>, SourceError> {
        if answer.status != 200 {
            return Err(refusal::refused(&self.rest, self.settings, answer));
        }
        match self.rest.value(answer)? {
            Value::Object(object) => Ok(object),
            _ => Err(self.rest.malformed("the API answered with JSON that is no object; is `url` right?")),
        }
    }

    fn whom(&self) -> String {
        match &self.settings.whom {
            Whom::Customer(id) => format!("customer={}", encoded(id)),
            Whom::Domain(domain) => format!("domain={}", encoded(domain)),
        }
    }

    /// Schemas of the account's own are shown only to who asks for them.
    fn projection(&self) -> &'static str {
        if self.settings.fields.iter().any(|field| field == "customSchemas") { "&projection=full" } else { "" }
    }
}

pub const NOBODY: &str =
    "nobody is shown. Empty never means everybody left; look at the admin's role, and at `customer` or `domain`";

/// The scopes that such a reading needs, and no others. Whoever may read groups may read their members.
pub fn scopes(settings: &GoogleSettings) -> String {
    let people = format!("{SCOPES}user.readonly");
    match (settings.pushed.is_empty(), settings.groups.is_empty()) {
        (false, _) => format!("{people} {SCOPES}group.readonly"),
        (true, false) => format!("{people} {SCOPES}group.member.readonly"),
        (true, true) => people,
    }
}

/// Tokens with that scope.
pub fn tokens(settings: &GoogleSettings, scope: &str, http: &Http, clock: Clock) -> Result<Tokens, SourceError> {
    match &settings.access {
        Access::Key { key, subject } => {
            let grant = Grant::JwtBearer { key: key.clone(), subject: subject.clone() };
            Tokens::open(&settings.token_url, Some(scope), grant, http, clock)
        }
        // As every client of Google's takes it.
        Access::Machine => Tokens::of_machine(std::env::var("GCE_METADATA_HOST").ok().as_deref(), scope, clock),
    }
}

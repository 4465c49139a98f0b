//! One connection to one server, bound, with what the server said about itself.
//!
//! Never: falls back to clear text, follows a referral, or tries a wrong password at a second server.

use std::collections::BTreeSet;

use ldap3::controls::RawControl;
use ldap3::{Ldap, SearchOptions};

use super::answer::{self, NO_RIGHT, NO_SUCH_OBJECT, SIZE_LIMIT};
use super::bind::Credentials;
use super::driver::Driver;
use super::entry::Entry;
use super::pages::{Pages, Search};
use super::referral::Referral;
use super::root::{PAGED_RESULTS, RootDse, WHO_AM_I};
use super::tls;
use crate::config::ldap_source::{Directory, LdapSettings, Security, Server};
use crate::source::SourceError;

pub use ldap3::Scope;

/// Every entry has an object class.
pub const ANY: &str = "(objectClass=*)";
/// An attribute name that no attribute has: only the DNs are wanted (RFC 4511 §4.5.1.8).
pub const NO_ATTRIBUTES: &str = "1.1";

/// A session. Dropping it closes the connection.
pub struct Session {
    ldap: Ldap,
    driver: Driver,
    root: RootDse,
    principal: String,
    pages: Pages,
}

/// Why there is no session with one server.
enum Refusal {
    /// It cannot be reached; the next may be.
    Unreachable(SourceError),
    /// The next would say the same, or must not be asked.
    Final(SourceError),
}

impl Session {
    /// Connects to the first server that answers. Errors: none does, or one says no.
    pub async fn open(settings: &LdapSettings) -> Result<Self, SourceError> {
        let local = |reason| SourceError::Unreachable { place: "configuration".into(), reason };
        let credentials = Credentials::read(&settings.bind).map_err(local)?;
        let is_safe = |server: &Server| server.security != Security::None;
        let needs_tls = settings.servers.iter().any(is_safe);
        let tls = if needs_tls { Some(tls::config(settings).map_err(local)?) } else { None };
        let mut errors = Vec::new();
        for server in &settings.servers {
            let tls = tls.as_ref().filter(|_| is_safe(server));
            match Self::open_at(server, tls, &credentials, settings).await {
                Ok(session) => return Ok(session),
                Err(Refusal::Final(error)) => return Err(error),
                Err(Refusal::Unreachable(error)) => errors.push(error),
            }
        }
        Err(nobody(errors))
    }

    async fn open_at(
        server: &Server,
        tls: Option<&tls::Config>,
        credentials: &Credentials<'_>,
        settings: &LdapSettings,
    ) -> Result<Self, Refusal> {
        let (mut driver, mut ldap) = Driver::connect(server, tls).await.map_err(Refusal::Unreachable)?;
        let bound = credentials.bind(&mut ldap, &mut driver).await.map_err(Refusal::Unreachable)?;
        if bound.rc != 0 {
            return Err(match answer::bind_refused(&bound) {
                Ok(reason) => Refusal::Final(driver.unreachable(reason)),
                Err(reason) => Refusal::Unreachable(driver.unreachable(reason)),
            });
        }
        let root = root(&mut ldap, &mut driver).await.map_err(Refusal::Unreachable)?;
        if let Some(kind) = root.contradicts(settings.directory) {
            let reason = format!("this is another kind of directory; write directory = \"{kind}\"");
            return Err(Refusal::Final(driver.malformed(reason)));
        }
        let can_say = root.has_extension(WHO_AM_I);
        let principal = credentials.who_am_i(&mut ldap, &mut driver, can_say).await.map_err(Refusal::Final)?;
        Ok(Self { ldap, driver, root, principal, pages: Pages::of(settings.page_size) })
    }

    pub fn root(&self) -> &RootDse {
        &self.root
    }

    /// Who the server says we are: `dn:cn=sync,dc=acme,dc=example`.
    pub fn principal(&self) -> &str {
        &self.principal
    }

    /// The server's URL.
    pub fn place(&self) -> &str {
        self.driver.place()
    }

    /// What went by so far, over all searches.
    pub fn pages(&self) -> &Pages {
        &self.pages
    }

    /// Forgets what the server refused to a search that is not the people's.
    pub fn with_pages_of(&mut self, size: u32) {
        self.pages.size = size;
    }

    /// The continuation references since the last time.
    pub fn take_referred(&mut self) -> BTreeSet<Referral> {
        std::mem::take(&mut self.pages.referred)
    }

    /// Hands on every entry and returns how many there were. Errors: anything less than all of them; `each` refuses one.
    pub async fn search(
        &mut self,
        base: &str,
        scope: Scope,
        filter: &str,
        attributes: &[&str],
        each: &mut (dyn FnMut(Entry) -> Result<(), SourceError> + Send),
    ) -> Result<u64, SourceError> {
        let search = Search { base, scope, filter, attributes };
        if self.root.has_control(PAGED_RESULTS) {
            return self.pages.read((&mut self.ldap, &mut self.driver), search, each).await;
        }
        let page = self.driver.within(search.page(&mut self.ldap)).await?;
        if let Some(reason) = answer::refused(&page.result, base) {
            return Err(self.malformed(reason));
        }
        self.pages.count += 1;
        self.pages.refer(page.referrals);
        let count = page.entries.len() as u64;
        page.entries.into_iter().try_for_each(each)?;
        Ok(count)
    }

    /// One entry by its DN; none where there is none, or where it may not be seen.
    pub async fn entry(&mut self, dn: &str, attributes: &[&str]) -> Result<Option<Entry>, SourceError> {
        let search = Search { base: dn, scope: Scope::Base, filter: ANY, attributes };
        let page = self.driver.within(search.page(&mut self.ldap)).await?;
        if page.result.rc == NO_SUCH_OBJECT {
            return Ok(None);
        }
        match answer::refused(&page.result, dn) {
            None => Ok(page.entries.into_iter().next()),
            Some(reason) => Err(self.malformed(reason)),
        }
    }

    /// One entry, asked for with one control more.
    pub async fn entry_with(
        &mut self,
        dn: &str,
        attributes: &[&str],
        control: RawControl,
    ) -> Result<Option<Entry>, SourceError> {
        self.ldap.with_controls(control);
        self.entry(dn, attributes).await
    }

    /// The server's certificate, DER; none without TLS.
    pub async fn certificate(&mut self) -> Result<Option<Vec<u8>>, SourceError> {
        self.driver.within(self.ldap.get_peer_certificate()).await
    }

    /// Some entry below `base`, none where there is none. Errors: the base is not there.
    pub async fn any(&mut self, base: &str, filter: &str, attributes: &[&str]) -> Result<Option<Entry>, SourceError> {
        let search = Search { base, scope: Scope::Subtree, filter, attributes };
        let ldap = self.ldap.with_search_options(SearchOptions::new().sizelimit(1));
        let page = self.driver.within(search.page(ldap)).await?;
        match answer::refused(&page.result, base) {
            Some(reason) if page.result.rc != SIZE_LIMIT => Err(self.malformed(reason)),
            _ => Ok(page.entries.into_iter().next()),
        }
    }

    /// The names of the attributes that some entry below `base` shows, without a value; empty where there is none.
    pub async fn attribute_names(&mut self, base: &str, filter: &str) -> Result<Vec<String>, SourceError> {
        let search = Search { base, scope: Scope::Subtree, filter, attributes: &["*"] };
        let ldap = self.ldap.with_search_options(SearchOptions::new().sizelimit(1).typesonly(true));
        let page = self.driver.within(search.page(ldap)).await?;
        Ok(page.entries.first().map(|entry| entry.names().map(str::to_owned).collect()).unwrap_or_default())
    }

    /// For the evidence: which server, and how the pages came.
    pub fn checked(&self) -> Vec<String> {
        let Pages { size, size_max, count, ref referred } = self.pages;
        let mut checked = vec![match &self.root.vendor_version {
            Some(version) => format!("server {} ({version})", self.place()),
            None => format!("server {}", self.place()),
        }];
        checked.push(match count {
            1 => "1 page, result code 0".to_owned(),
            _ => format!("{count} pages, result code 0 each, none left"),
        });
        if size < size_max {
            checked.push(format!("pages of {size}, since the server refused {size_max}"));
        }
        let directory = self.root.kind().unwrap_or(Directory::Other);
        let elsewhere: Vec<&Referral> =
            referred.iter().filter(|referral| !referral.is_of_no_people(directory)).collect();
        if let Some(first) = elsewhere.first() {
            let more = if elsewhere.len() == 1 { String::new() } else { format!(" and {} more", elsewhere.len() - 1) };
            checked.push(format!("continuation references not followed: {first}{more}"));
        }
        checked
    }

    /// An error about what this server said.
    pub fn malformed(&self, reason: impl Into<String>) -> SourceError {
        self.driver.malformed(reason)
    }
}

/// The root DSE; empty where the server shows none. Errors: it is not answered, which says nothing about what is in it.
async fn root(ldap: &mut Ldap, driver: &mut Driver) -> Result<RootDse, SourceError> {
    let search = Search { base: "", scope: Scope::Base, filter: ANY, attributes: &RootDse::ATTRIBUTES };
    let page = driver.within(search.page(ldap)).await?;
    match page.result.rc {
        0 | NO_SUCH_OBJECT | NO_RIGHT => Ok(page.entries.first().map(RootDse::of).unwrap_or_default()),
        _ => {
            Err(driver
                .unreachable(format!("what it says about itself (root DSE) failed: {}", answer::words(&page.result))))
        }
    }
}

/// The errors of all servers as one.
fn nobody(mut errors: Vec<SourceError>) -> SourceError {
    match errors.len() {
        1 => errors.remove(0),
        _ => {
            let all: Vec<String> = errors.iter().map(ToString::to_string).collect();
            SourceError::Unreachable { place: "no server answers".into(), reason: all.join("; ") }
        }
    }
}

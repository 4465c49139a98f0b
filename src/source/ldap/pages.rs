//! A search, page by page (RFC 2696). A page is handed on once the server said that it is whole.
//!
//! Never: takes part of a result for all of it; every doubt is an error, and the reading counts for nothing.

use std::collections::BTreeSet;
use std::hash::{DefaultHasher, Hash, Hasher};

use ldap3::controls::{Control, ControlType, MakeCritical, PagedResults};
use ldap3::{Ldap, LdapError, LdapResult, Scope, SearchStream};

use super::answer::{LIMITS, Verdict, judge, words};
use super::driver::{Driver, broken};
use super::entry::Entry;
use super::referral::Referral;
use crate::source::SourceError;

/// Servers that refuse even this let the account read next to nothing; whoever has to, configures less.
const SIZE_MIN: u32 = 50;
/// Two million people in the smallest pages, and some.
const PAGES_MAX: u64 = 50_000;
/// What is held at once; also of a server that knows no pages.
const PAGE_ENTRIES_MAX: usize = 20_000;

/// What is asked.
#[derive(Clone, Copy)]
pub struct Search<'a> {
    pub base: &'a str,
    pub scope: Scope,
    /// RFC 4515.
    pub filter: &'a str,
    pub attributes: &'a [&'a str],
}

/// One answer.
pub struct Page {
    pub entries: Vec<Entry>,
    pub referrals: Vec<Referral>,
    pub result: LdapResult,
    /// Of the paged results control; empty on the last page, none where there is no such control.
    cookie: Option<Vec<u8>>,
}

/// A request on its way.
pub struct Asked<'a> {
    answer: SearchStream<'a, &'a str, Vec<&'a str>>,
}

impl<'a> Search<'a> {
    /// Sends the request, and waits for nothing.
    pub async fn ask(&self, ldap: &mut Ldap, control: Option<PagedResults>) -> Result<Asked<'a>, LdapError> {
        let ldap = match control {
            Some(control) => ldap.with_controls(control.critical()),
            None => ldap,
        };
        let answer = ldap.streaming_search(self.base, self.scope, self.filter, self.attributes.to_vec()).await?;
        Ok(Asked { answer })
    }

    /// One request without pages, with what its answer holds.
    pub async fn page(&self, ldap: &mut Ldap) -> Result<Page, LdapError> {
        self.ask(ldap, None).await?.page().await
    }
}

impl Asked<'_> {
    /// What its answer holds.
    pub async fn page(self) -> Result<Page, LdapError> {
        let mut stream = self.answer;
        let (mut entries, mut referrals) = (Vec::new(), Vec::new());
        while let Some(item) = stream.next().await? {
            if item.is_ref() {
                referrals.push(Referral::parse(item.0).ok_or_else(broken)?);
            } else if !item.is_intermediate() {
                entries.push(Entry::parse(item.0).ok_or_else(broken)?);
            }
            if entries.len() + referrals.len() > PAGE_ENTRIES_MAX {
                return Err(std::io::Error::other(format!(
                    "more than {PAGE_ENTRIES_MAX} entries in one answer; the server has to offer paged results (RFC 2696)"
                ))
                .into());
            }
        }
        let result = stream.finish().await;
        let cookie = cookie(&result.ctrls);
        Ok(Page { entries, referrals, result, cookie })
    }
}

/// How many different ones are kept.
const REFERRED_MAX: usize = 1_000;

/// Where a paged search is, and what went by.
#[derive(Clone, Debug, Default)]
pub struct Pages {
    /// Entries a page, as small as the server made it.
    pub size: u32,
    /// As configured.
    pub size_max: u32,
    pub count: u64,
    /// Continuation references, each once.
    pub referred: BTreeSet<Referral>,
}

/// Where one search goes on.
#[derive(Default)]
struct Progress {
    cookie: Vec<u8>,
    pages: u64,
    entries: u64,
    /// Of the page before.
    content: u64,
}

impl Pages {
    pub fn of(size: u32) -> Self {
        Self { size, size_max: size, ..Self::default() }
    }

    /// All entries, or an error.
    pub async fn read(
        &mut self,
        (ldap, driver): (&mut Ldap, &mut Driver),
        search: Search<'_>,
        each: &mut (dyn FnMut(Entry) -> Result<(), SourceError> + Send),
    ) -> Result<u64, SourceError> {
        let mut at = Progress::default();
        let mut asked = driver.within(search.ask(ldap, self.control(&at))).await?;
        loop {
            let page = driver.within(asked.page()).await?;
            let is_first = at.pages == 0;
            match judge(&page.result, search.base, is_first) {
                Verdict::Whole => {}
                Verdict::TooLarge if self.size > SIZE_MIN => {
                    self.size = (self.size / 2).max(SIZE_MIN);
                    asked = driver.within(search.ask(ldap, self.control(&at))).await?;
                    continue;
                }
                Verdict::TooLarge => {
                    let (size, said) = (self.size, words(&page.result));
                    let reason = format!(
                        "not even {size} entries at once are allowed ({said}); {LIMITS}; or set a smaller source.page_size, \
                         such as 10"
                    );
                    return Err(driver.malformed(reason));
                }
                Verdict::Refused(reason) => return Err(driver.malformed(reason)),
            }
            self.count += 1;
            let more = at.step(&page).map_err(|reason| driver.malformed(reason))?;
            self.refer(page.referrals);
            // The server works on the next page while this one is understood: once asked for, the request is on its way.
            let next = if more { Some(driver.within(search.ask(ldap, self.control(&at))).await?) } else { None };
            page.entries.into_iter().try_for_each(&mut *each)?;
            match next {
                Some(next) => asked = next,
                None => return Ok(at.entries),
            }
        }
    }

    pub fn refer(&mut self, referrals: Vec<Referral>) {
        let left = REFERRED_MAX.saturating_sub(self.referred.len());
        self.referred.extend(referrals.into_iter().take(left));
    }

    fn control(&self, at: &Progress) -> Option<PagedResults> {
        Some(PagedResults { size: i32::try_from(self.size).unwrap_or(i32::MAX), cookie: at.cookie.clone() })
    }
}

impl Progress {
    /// Whether there is more.
    fn step(&mut self, page: &Page) -> Result<bool, String> {
        let cookie = page.cookie.clone().ok_or(
            "an answer without the paged results control (RFC 2696), so that nothing shows whether it was the last page",
        )?;
        let content = content(&page.entries);
        // Some servers have one cookie for a whole search, so it is the page that must not come again.
        if self.pages > 0 && !page.entries.is_empty() && content == self.content && cookie == self.cookie {
            return Err("the same page came twice; the server has to be repaired".into());
        }
        self.pages += 1;
        self.entries += page.entries.len() as u64;
        if self.pages > PAGES_MAX {
            return Err(format!("more than {PAGES_MAX} pages; narrow source.bases or source.filter"));
        }
        (self.cookie, self.content) = (cookie, content);
        Ok(!self.cookie.is_empty())
    }
}

fn cookie(controls: &[Control]) -> Option<Vec<u8>> {
    let of_pages = controls.iter().find(|control| matches!(control.0, Some(ControlType::PagedResults)));
    of_pages.map(|Control(_, raw)| raw.parse::<PagedResults>().cookie)
}

fn content(entries: &[Entry]) -> u64 {
    let mut hash = DefaultHasher::new();
    entries.iter().for_each(|entry| entry.dn.hash(&mut hash));
    hash.finish()
}

#[cfg(test)]
mod tests;

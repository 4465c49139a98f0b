//! One search: what it finds, which part of it the reader sees, and the pages it is given in.

use std::collections::HashMap;

use ldap3_proto::control::LdapControl;
use ldap3_proto::proto::{
    LdapMsg, LdapOp, LdapPartialAttribute, LdapResult, LdapSearchRequest, LdapSearchResultEntry,
    LdapSearchResultReference, LdapSearchScope,
};

use super::Rc;
use super::entry::{Entry, normal};
use super::filter::{Links, matches};
use super::knobs::{LetterCase, Page, PageCap, What};
use super::root_dse::root_dse;
use super::world::{Dialect, World, uuid};

/// Given only to who asks for them by name, or with `+`.
const OPERATIONAL: [&str; 10] = [
    "contextCSN",
    "entryUUID",
    "nsUniqueId",
    "memberOf",
    "pwdAccountLockedTime",
    "nsAccountLock",
    "structuralObjectClass",
    "createTimestamp",
    "modifyTimestamp",
    "primaryGroupToken",
];

const IDS: [&str; 3] = ["entryUUID", "nsUniqueId", "objectGUID"];

/// What is sent for one request, and whether the connection is closed after it.
pub struct Reply {
    pub messages: Vec<LdapMsg>,
    pub close: bool,
}

impl Reply {
    pub fn of(messages: Vec<LdapMsg>) -> Self {
        Self { messages, close: false }
    }
}

/// The paged searches of one connection, by cookie.
#[derive(Default)]
pub struct Searches {
    open: HashMap<Vec<u8>, Found>,
    cookies: u64,
}

/// A search that has pages left.
struct Found {
    scope: LdapSearchScope,
    entries: std::vec::IntoIter<LdapSearchResultEntry>,
    /// The page that was sent last.
    before: Vec<LdapSearchResultEntry>,
    /// The number of the next page.
    page: usize,
    /// How it ends after its last page.
    end: Rc,
}

impl Searches {
    /// One page, or everything where no page was asked for.
    pub fn answer(
        &mut self,
        world: &mut World,
        msgid: i32,
        request: &LdapSearchRequest,
        paging: Option<(i64, Vec<u8>)>,
    ) -> Reply {
        if request.attrs.iter().any(|name| name == "mail")
            && let Some(happens) = world.knobs.before_people.take()
        {
            happens(world);
        }
        let (size, cookie) = match &paging {
            None => (usize::MAX, None),
            Some((size, cookie)) => match page_size(world, *size) {
                Ok(size) => (size, (!cookie.is_empty()).then_some(cookie)),
                Err(rc) => return Reply::of(vec![done(msgid, rc, None, world)]),
            },
        };
        let found = match cookie {
            Some(cookie) => self.open.remove(cookie).ok_or(Rc::UnwillingToPerform),
            None => find(world, request, paging.is_some()),
        };
        let mut found = match found {
            Ok(found) => found,
            Err(rc) => return Reply::of(vec![done(msgid, rc, paging.map(|_| Vec::new()), world)]),
        };
        let page = found.page;
        let is_last = found.entries.len() <= size;
        let what = fault(world, &found, is_last);
        if let (Some(What::Repeat), Some(cookie)) = (&what, cookie) {
            let messages = found.before.iter().cloned().map(|entry| shown(msgid, entry)).collect();
            let cookie = cookie.clone();
            self.open.insert(cookie.clone(), found);
            return Reply::of(ended(messages, done(msgid, Rc::Success, Some(cookie), world)));
        }
        if matches!(what, Some(What::NeverEnds)) {
            let cookie = self.keep(found);
            return Reply::of(vec![done(msgid, Rc::Success, Some(cookie), world)]);
        }
        found.before = found.entries.by_ref().take(size).collect();
        found.page += 1;
        let mut entries = found.before.clone();
        let end = if is_last { found.end.clone() } else { Rc::Success };
        if is_last {
            entries.extend(seen_again(world, request));
        }
        let cookie = match paging {
            None => None,
            Some(_) if is_last => Some(Vec::new()),
            Some(_) => Some(self.keep(found)),
        };
        let mut messages: Vec<LdapMsg> = entries.into_iter().map(|entry| shown(msgid, entry)).collect();
        if page == 1 && request.scope != LdapSearchScope::Base {
            messages.extend(references(msgid, world));
        }
        match what {
            Some(What::Code(rc)) => Reply::of(vec![done(msgid, rc, None, world)]),
            Some(What::EntriesThen(rc)) => Reply::of(ended(messages, done(msgid, rc, None, world))),
            Some(What::Drop) => Reply { messages: Vec::new(), close: true },
            Some(What::DropAfterEntries) => Reply { messages, close: true },
            // A first page has none before it.
            Some(What::Repeat | What::NeverEnds) | None => Reply::of(ended(messages, done(msgid, end, cookie, world))),
        }
    }

    fn keep(&mut self, found: Found) -> Vec<u8> {
        self.cookies += 1;
        let cookie = self.cookies.to_be_bytes().to_vec();
        self.open.insert(cookie.clone(), found);
        cookie
    }
}

fn ended(mut messages: Vec<LdapMsg>, end: LdapMsg) -> Vec<LdapMsg> {
    messages.push(end);
    messages
}

/// How many entries a page has.
fn page_size(world: &World, asked: i64) -> Result<usize, Rc> {
    let asked = usize::try_from(asked).map_err(|_| Rc::ProtocolError)?;
    match world.knobs.page_cap {
        Some(PageCap::Clamp(cap)) => Ok(asked.min(cap)),
        Some(PageCap::Refuse(cap)) if asked > cap => Err(Rc::AdminLimitExceeded),
        Some(PageCap::Refuse(_)) | None => Ok(asked),
    }
}

/// What goes wrong with this page, if anything; it is one time less afterwards.
fn fault(world: &mut World, found: &Found, is_last: bool) -> Option<What> {
    let is_here = |page: Page| page == Page::Nth(found.page) || page == Page::Last && is_last;
    let asks_for_one = found.scope == LdapSearchScope::Base;
    let mut faults = world.knobs.faults.iter_mut().filter(|_| !asks_for_one);
    let fault = faults.find(|fault| fault.times > 0 && is_here(fault.page))?;
    fault.times -= 1;
    Some(fault.what.clone())
}

/// Everything that a search finds, as the reader may see it.
fn find(world: &World, request: &LdapSearchRequest, paged: bool) -> Result<Found, Rc> {
    let found = |entries: Vec<LdapSearchResultEntry>, end| Found {
        scope: request.scope.clone(),
        entries: entries.into_iter(),
        before: Vec::new(),
        page: 1,
        end,
    };
    if request.base.is_empty() && request.scope == LdapSearchScope::Base {
        return match &world.knobs.root_dse {
            Some(rc) => Err(rc.clone()),
            None => Ok(found(vec![selected(world, &root_dse(world), &request.attrs)], Rc::Success)),
        };
    }
    if world.knobs.referral.is_some() {
        return Err(Rc::Referral);
    }
    let base = base_of(world, &request.base).ok_or(Rc::NoSuchObject)?;
    let links = Links::of(world);
    let by_id = IDS.iter().any(|id| format!("{:?}", request.filter).contains(&format!("Equality(\"{id}\"")));
    let asks_for_one = by_id || request.scope == LdapSearchScope::Base;
    let is_unlisted = |entry: &Entry| world.knobs.unlisted.iter().any(|dn| normal(dn) == normal(&entry.dn));
    let mut entries = Vec::new();
    for entry in world.entries.iter().filter(|entry| in_scope(entry, &base, &request.scope)) {
        if let Some(entry) = visible(world, &links, entry)
            && matches(world, &links, &request.filter, &entry)
            && (asks_for_one || !is_unlisted(&entry))
        {
            let mut entry = selected(world, &entry, &request.attrs);
            entry.attributes.iter_mut().filter(|_| request.typesonly).for_each(|attribute| attribute.vals.clear());
            entries.push(entry);
        }
    }
    let own = usize::try_from(request.sizelimit).ok().filter(|limit| *limit > 0);
    let of_page = match world.knobs.page_cap {
        Some(PageCap::Clamp(cap)) if !paged => Some(cap),
        _ => None,
    };
    let limit = [own, of_page, world.knobs.size_limit].into_iter().flatten().min().unwrap_or(usize::MAX);
    let end = if entries.len() > limit { Rc::SizeLimitExceeded } else { Rc::Success };
    entries.truncate(limit);
    Ok(found(entries, end))
}

/// The DN that a search begins at, if the reader may see it. Active Directory also takes `<GUID=...>` ([MS-ADTS] 3.1.1.3.1.2.4).
fn base_of(world: &World, base: &str) -> Option<String> {
    let by_guid = base.strip_prefix("<GUID=").and_then(|rest| rest.strip_suffix('>'));
    let is_base = |entry: &&Entry| match by_guid {
        Some(guid) if world.dialect == Dialect::ActiveDirectory => has_guid(entry, guid),
        _ => normal(&entry.dn) == normal(base),
    };
    let entry = world.entries.iter().find(is_base)?;
    let hidden = world.knobs.hidden_bases.iter().any(|hidden| entry.is_at_or_below(hidden));
    (!hidden).then(|| entry.dn.clone())
}

/// As text in Microsoft's order of bytes, or as the 32 hex digits of the bytes.
fn has_guid(entry: &Entry, guid: &str) -> bool {
    let [bytes] = entry.values("objectGUID") else { return false };
    let Ok([a, b, c, d, e, f, g, h, rest @ ..]) = <[u8; 16]>::try_from(bytes.as_slice()) else { return false };
    let [i, j, k, l, m, n, o, p] = rest;
    let text = uuid([d, c, b, a, f, e, h, g, i, j, k, l, m, n, o, p]);
    let plain: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    guid.eq_ignore_ascii_case(&text) || guid.eq_ignore_ascii_case(&plain)
}

fn in_scope(entry: &Entry, base: &str, scope: &LdapSearchScope) -> bool {
    match scope {
        LdapSearchScope::Base => normal(&entry.dn) == normal(base),
        LdapSearchScope::OneLevel => entry.is_child_of(base),
        LdapSearchScope::Subtree => entry.is_at_or_below(base),
        LdapSearchScope::Children => entry.is_at_or_below(base) && normal(&entry.dn) != normal(base),
    }
}

/// The entry as the reader sees it, with `memberOf` where the server keeps it.
fn visible(world: &World, links: &Links, entry: &Entry) -> Option<Entry> {
    let knobs = &world.knobs;
    let hidden_entry = knobs.hidden_entries.iter().any(|hidden| normal(hidden) == normal(&entry.dn));
    let below_hidden = knobs.hidden_bases.iter().any(|hidden| entry.is_at_or_below(hidden));
    if knobs.mute || hidden_entry || below_hidden {
        return None;
    }
    let groups = if world.member_of { links.groups_of(&entry.dn) } else { &[] };
    let csns = if normal(&entry.dn) == normal(&world.suffix) { knobs.csns.as_slice() } else { &[] };
    let entry = entry.clone().with_all("memberOf", groups).with_all("contextCSN", csns);
    Some(knobs.hidden_attributes.iter().fold(entry, |entry, name| entry.without(name)))
}

/// The attributes that were asked for.
fn selected(world: &World, entry: &Entry, asked: &[String]) -> LdapSearchResultEntry {
    let mut attributes = Vec::new();
    for (name, values) in entry.attributes() {
        for option in options_of(world, name, asked) {
            attributes.extend(ranged(world, name, values, option));
        }
    }
    LdapSearchResultEntry { dn: entry.dn.clone(), attributes }
}

/// How an attribute was asked for: `None` plainly, else the option behind its name.
fn options_of<'a>(world: &World, name: &str, asked: &'a [String]) -> Vec<Option<&'a str>> {
    let is_operational = OPERATIONAL.iter().any(|known| known.eq_ignore_ascii_case(name))
        && !(world.dialect == Dialect::ActiveDirectory && name.eq_ignore_ascii_case("memberOf"));
    let general = if is_operational {
        asked.iter().any(|a| a == "+")
    } else {
        asked.is_empty() || asked.iter().any(|a| a == "*")
    };
    let named = asked.iter().filter_map(|asked| {
        let (plain, option) =
            asked.split_once(';').map_or((asked.as_str(), None), |(name, option)| (name, Some(option)));
        plain.eq_ignore_ascii_case(name).then_some(option)
    });
    let mut options: Vec<_> = named.chain(general.then_some(None)).collect();
    options.dedup();
    options
}

/// An attribute as sent, in parts where it has more values than one answer may hold ([MS-ADTS] 3.1.1.3.1.3.3).
fn ranged(world: &World, name: &str, values: &[Vec<u8>], option: Option<&str>) -> Vec<LdapPartialAttribute> {
    let attribute = |suffix: String, vals: &[Vec<u8>]| LdapPartialAttribute {
        atype: format!("{}{suffix}", spelled(world, name)),
        vals: vals.to_vec(),
    };
    let cap = world.knobs.value_cap.unwrap_or(usize::MAX);
    let range = option.and_then(|option| option.strip_prefix("range=")).and_then(|range| range.split_once('-'));
    let (from, to) = match range {
        None if option.is_some() => return Vec::new(),
        None if values.len() <= cap => return vec![attribute(String::new(), values)],
        None => (0, usize::MAX),
        Some((from, to)) => (from.parse().unwrap_or(usize::MAX), to.parse().unwrap_or(usize::MAX)),
    };
    let breaks_off = world.knobs.range_breaks_at.is_some_and(|at| from >= at);
    if from >= values.len() || to < from || breaks_off {
        return Vec::new();
    }
    let end = values.len().min(to.saturating_add(1)).min(from.saturating_add(cap));
    let last = if end == values.len() { "*".to_owned() } else { (end - 1).to_string() };
    let part = attribute(format!(";range={from}-{last}"), &values[from..end]);
    if range.is_some() { vec![part] } else { vec![attribute(String::new(), &[]), part] }
}

fn spelled(world: &World, name: &str) -> String {
    match world.knobs.letter_case {
        LetterCase::AsStored => name.to_owned(),
        LetterCase::Upper => name.to_uppercase(),
        LetterCase::Lower => name.to_lowercase(),
    }
}

/// The entries that are shown twice.
fn seen_again(world: &World, request: &LdapSearchRequest) -> Vec<LdapSearchResultEntry> {
    let again = |dn: &String| world.entries.iter().find(|entry| normal(&entry.dn) == normal(dn));
    let links = Links::of(world);
    let entries = world.knobs.shown_again.iter().filter_map(again).filter_map(|entry| visible(world, &links, entry));
    let entries = entries.filter(|entry| entry.is_at_or_below(&request.base) && request.scope != LdapSearchScope::Base);
    let entries = entries.filter(|entry| matches(world, &links, &request.filter, entry));
    entries.map(|entry| selected(world, &entry, &request.attrs)).collect()
}

fn references(msgid: i32, world: &World) -> Option<LdapMsg> {
    let uris = world.knobs.references.clone();
    let op = LdapOp::SearchResultReference(LdapSearchResultReference { uris });
    (!world.knobs.references.is_empty()).then(|| LdapMsg::new(msgid, op))
}

fn shown(msgid: i32, entry: LdapSearchResultEntry) -> LdapMsg {
    LdapMsg::new(msgid, LdapOp::SearchResultEntry(entry))
}

fn done(msgid: i32, code: Rc, cookie: Option<Vec<u8>>, world: &World) -> LdapMsg {
    let is_referral = code == Rc::Referral;
    let referral = world.knobs.referral.iter().filter(|_| is_referral).cloned().collect();
    let result = LdapResult { code, matcheddn: String::new(), message: String::new(), referral };
    let control = cookie.map(|cookie| LdapControl::SimplePagedResults { size: 0, cookie });
    LdapMsg::new_with_ctrls(msgid, LdapOp::SearchResultDone(result), control.into_iter().collect())
}

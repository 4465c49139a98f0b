//! What a server refuses, caps, hides or does wrong: data, set before it starts or while it runs.

use std::time::Duration;

use super::{Rc, World};

/// How the server behaves; the default does everything as it should.
#[derive(Clone, Debug, Default)]
pub struct Knobs {
    /// The largest page.
    pub page_cap: Option<PageCap>,
    /// Active Directory's MaxValRange: an attribute with more values comes empty, and as `member;range=0-1499` beside.
    pub value_cap: Option<usize>,
    /// From this index on a ranged attribute is no longer answered: the range breaks off.
    pub range_breaks_at: Option<usize>,
    /// rc 4 after so many entries of one search, over all its pages.
    pub size_limit: Option<usize>,
    pub faults: Vec<Fault>,
    /// URIs in search result references of every search below a base.
    pub references: Vec<String>,
    /// How the search of the root DSE ends instead of with success.
    pub root_dse: Option<Rc>,
    /// rc 10 with this URI for every search but that of the root DSE.
    pub referral: Option<String>,
    /// DNs that, with everything below, answer rc 32, as if an ACL hid them.
    pub hidden_bases: Vec<String>,
    /// The ACL is gone: success, and no entry.
    pub mute: bool,
    /// Attributes that the reader may no longer see, nor find anything by.
    pub hidden_attributes: Vec<String>,
    /// DNs that the reader may no longer see.
    pub hidden_entries: Vec<String>,
    /// DNs that no search shows unless it asks for their id or their DN, as on a replica that lags.
    pub unlisted: Vec<String>,
    /// DNs that are shown once more at the end of the last page.
    pub shown_again: Vec<String>,
    /// `contextCSN` at the top, as OpenLDAP with syncprov shows it.
    pub csns: Vec<String>,
    /// The domain controller that this is, and its `highestCommittedUSN`; DC1 and 12345 otherwise.
    pub controller: Option<(String, u64)>,
    /// How many more binds are taken; afterwards the server is busy.
    pub binds_left: Option<usize>,
    /// What WhoAmI says instead of the bound account.
    pub principal: Option<String>,
    /// How attribute names are written in answers.
    pub letter_case: LetterCase,
    /// StartTLS; a server without certificates answers protocolError.
    pub start_tls: Option<Rc>,
    /// Sent instead of any answer to a search.
    pub garbage: Option<Vec<u8>>,
    /// What happens, once, before the first search that asks for `mail`: the people's.
    pub before_people: Option<fn(&mut World)>,
    /// Before each answer.
    pub delay: Duration,
    /// Between two bytes of an answer.
    pub drip: Duration,
}

/// What a server does with a page size above its cap.
#[derive(Clone, Copy, Debug)]
pub enum PageCap {
    /// Gives so many and says nothing, as Active Directory does. Without paging: so many entries, then rc 4.
    Clamp(usize),
    /// rc 11, as slapd does.
    Refuse(usize),
}

#[derive(Clone, Copy, Debug, Default)]
pub enum LetterCase {
    #[default]
    AsStored,
    Upper,
    Lower,
}

/// Something that goes wrong with a page of a search, whatever it asks for, unless it is of one entry.
#[derive(Clone, Debug)]
pub struct Fault {
    pub page: Page,
    pub what: What,
    /// How often it still happens.
    pub times: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Page {
    /// Counted from 1; a search without paging has one page.
    Nth(usize),
    Last,
}

#[derive(Clone, Debug)]
pub enum What {
    /// No entry, and this result.
    Code(Rc),
    /// The page's entries, and then this result instead of success.
    EntriesThen(Rc),
    /// The connection is closed before anything is sent.
    Drop,
    /// The connection is closed after the entries, before the result: shown and then lost.
    DropAfterEntries,
    /// The page before it once more: its entries, and the cookie that led here.
    Repeat,
    /// No entries and a new cookie, whatever is asked for next.
    NeverEnds,
}

impl Fault {
    /// On the nth page of every search.
    pub fn page(nth: usize, what: What) -> Self {
        Self { page: Page::Nth(nth), what, times: usize::MAX }
    }

    /// On the last page of every search.
    pub fn last(what: What) -> Self {
        Self { page: Page::Last, what, times: usize::MAX }
    }

    pub fn times(mut self, times: usize) -> Self {
        self.times = times;
        self
    }
}

//! Sentinels: entries that every reading has to show, active or inactive. Rights that were narrowed and a replica that is
//! old show by them.
//!
//! Never: lets a reading pass that did not show one of them as it should be.

use super::dn;
use crate::config::ldap_source::LdapSettings;
use crate::core::model::Active;

/// One of them, and what the reading showed.
struct Sentinel<'a> {
    /// An id or a DN, as configured.
    name: &'a str,
    dn: Option<dn::Key>,
    expected: Active,
    seen: Option<Active>,
}

pub struct Sentinels<'a> {
    all: Vec<Sentinel<'a>>,
}

impl<'a> Sentinels<'a> {
    pub fn of(settings: &'a LdapSettings) -> Self {
        let sentinel = |expected| {
            move |name: &'a String| {
                let dn = dn::Dn::parse(name).map(|dn| dn.key());
                Sentinel { name, dn, expected, seen: None }
            }
        };
        let active = settings.sentinels.iter().map(sentinel(Active::Yes));
        Self { all: active.chain(settings.inactive_sentinels.iter().map(sentinel(Active::No))).collect() }
    }

    /// An entry of the reading.
    pub fn see(&mut self, id: &str, dn: &str, active: Active) {
        if self.all.is_empty() {
            return;
        }
        let has_dn = self.all.iter().any(|sentinel| sentinel.dn.is_some());
        let key = has_dn.then(|| dn::Key::of(dn));
        let is_it = |sentinel: &&mut Sentinel<'_>| {
            sentinel.name.eq_ignore_ascii_case(id) || (sentinel.dn.is_some() && sentinel.dn == key)
        };
        self.all.iter_mut().filter(is_it).for_each(|sentinel| sentinel.seen = Some(active));
    }

    /// Errors: which of them was not shown as it should be.
    pub fn confirm(&self) -> Result<(), String> {
        let said = |sentinel: &Sentinel<'_>| {
            let (key, should) = match sentinel.expected {
                Active::No => ("source.inactive_sentinels", "inactive"),
                Active::Yes | Active::Unknown => ("source.sentinels", "active"),
            };
            let is = match sentinel.seen {
                None => {
                    return format!(
                        "was not shown: may the account still read it, and is this the right server? If it was deleted on \
                         purpose, correct {key}"
                    );
                }
                Some(Active::Yes) => "is active",
                Some(Active::No) => "is inactive",
                Some(Active::Unknown) => "is neither active nor inactive",
            };
            format!(
                "{is}, and should be {should}: are states still read rightly? If it was changed on purpose, correct {key}"
            )
        };
        match self.all.iter().find(|sentinel| sentinel.seen != Some(sentinel.expected)) {
            None => Ok(()),
            Some(sentinel) => Err(format!("the sentinel {} {}", sentinel.name, said(sentinel))),
        }
    }

    /// For the evidence.
    pub fn checked(&self) -> Option<String> {
        let count = |expected| self.all.iter().filter(|sentinel| sentinel.expected == expected).count();
        match (count(Active::Yes), count(Active::No)) {
            (0, 0) => None,
            (active, 0) => Some(format!("sentinels: {active} active")),
            (0, inactive) => Some(format!("sentinels: {inactive} inactive")),
            (active, inactive) => Some(format!("sentinels: {active} active, {inactive} inactive")),
        }
    }
}

//! Whether there is another page, and what cannot be one.

use super::*;

fn page(dns: &[&str], cookie: Option<&[u8]>) -> Page {
    let entries = dns.iter().map(|dn| Entry::of(dn, &[])).collect();
    let result = LdapResult { rc: 0, matched: String::new(), text: String::new(), refs: vec![], ctrls: vec![] };
    Page { entries, referrals: Vec::new(), result, cookie: cookie.map(<[u8]>::to_vec) }
}

#[test]
fn an_empty_cookie_is_the_end_and_no_control_is_no_end() {
    let mut at = Progress::default();
    assert_eq!(at.step(&page(&["a", "b"], Some(b"1"))), Ok(true));
    assert_eq!(at.step(&page(&["c"], Some(b""))), Ok(false));
    assert_eq!(at.entries, 3);
    assert!(Progress::default().step(&page(&["a"], None)).unwrap_err().contains("without the paged results control"));
}

/// 389 Directory Server and Samba have one cookie for a whole search.
#[test]
fn a_cookie_may_stay_and_a_page_may_be_empty_but_none_may_come_twice() {
    let mut at = Progress::default();
    for dns in [&["a"][..], &["b"], &[], &[], &["c"]] {
        assert_eq!(at.step(&page(dns, Some(b"0"))), Ok(true));
    }
    assert!(at.step(&page(&["c"], Some(b"0"))).unwrap_err().contains("the same page came twice"));
}

#[test]
fn pages_without_end_are_ended() {
    let mut at = Progress { pages: PAGES_MAX, ..Progress::default() };
    assert!(at.step(&page(&["a"], Some(b"1"))).unwrap_err().contains("more than 50000 pages"));
}

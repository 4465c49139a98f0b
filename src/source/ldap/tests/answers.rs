//! Result codes, the root DSE, entries as they come from the wire.

use ldap3::LdapResult;
use ldap3::asn1::ASNTag;
use ldap3::asn1::{OctetString, Sequence, Set, StructureTag, Tag, TagClass};
use proptest::prelude::*;

use super::entry;
use crate::config::ldap_source::Directory;
use crate::source::ldap::answer::{Verdict, bind_refused, judge, words};
use crate::source::ldap::entry::{Entry, Ranged};
use crate::source::ldap::root::{PAGED_RESULTS, RootDse};

fn result(rc: u32, text: &str) -> LdapResult {
    LdapResult { rc, matched: String::new(), text: text.into(), refs: Vec::new(), ctrls: Vec::new() }
}

#[test]
fn only_success_is_a_whole_page_and_only_a_first_page_may_be_asked_again() {
    for rc in 0..=130 {
        let (first, later) = (judge(&result(rc, ""), "dc=x", true), judge(&result(rc, ""), "dc=x", false));
        match rc {
            0 => assert_eq!((first, later), (Verdict::Whole, Verdict::Whole)),
            4 | 11 | 53 => assert!(first == Verdict::TooLarge && matches!(later, Verdict::Refused(_)), "{rc}"),
            _ => assert!(matches!((first, later), (Verdict::Refused(_), Verdict::Refused(_))), "{rc}"),
        }
    }
}

#[test]
fn a_refusal_says_what_to_do() {
    for (rc, advice) in [
        (3, "timelimit"),
        (4, "size.prtotal=unlimited"),
        (11, "nsPagedSizeLimit"),
        (10, "referrals are not followed"),
        (32, "the base \"dc=x\" does not exist or may not be seen"),
        (50, "right to read"),
    ] {
        let Verdict::Refused(reason) = judge(&result(rc, ""), "dc=x", false) else { panic!("{rc}") };
        assert!(reason.contains(advice), "{reason}");
    }
}

#[test]
fn a_wrong_password_is_final_and_a_busy_server_is_not() {
    let said = "80090308: LdapErr: DSID-0C090449, comment: AcceptSecurityContext error, data 532, v4563\0";
    assert_eq!(bind_refused(&result(49, said)).unwrap(), "the account cannot bind: its password has expired (49)");
    assert!(bind_refused(&result(49, "")).unwrap().contains("password is wrong"));
    assert!(bind_refused(&result(8, "")).unwrap().contains("wants TLS"));
    for rc in [51, 52, 80] {
        assert!(bind_refused(&result(rc, "")).is_err());
    }
    for rc in [1, 2, 10, 14, 32, 34, 48, 50, 53, 118] {
        assert!(bind_refused(&result(rc, "")).is_ok(), "{rc}");
    }
}

#[test]
fn the_servers_text_is_cut_and_cleaned() {
    let said = words(&result(53, &format!("\u{1b}[31mno\r\n{}", "x".repeat(500))));
    assert!(said.starts_with("result 53 unwillingToPerform: [31mnoxxx") && said.len() < 220, "{said}");
}

fn root(attributes: &[(&str, &[&str])]) -> RootDse {
    RootDse::of(&entry(attributes))
}

#[test]
fn a_server_is_known_by_what_it_says_of_itself() {
    let ad = root(&[("supportedCapabilities", &["1.2.840.113556.1.4.1670", "1.2.840.113556.1.4.800"])]);
    let ds = root(&[("VENDORNAME", &["389 Project"]), ("vendorVersion", &["389-Directory/2.3.1"])]);
    let ipa = root(&[("vendorName", &["389 Project"]), ("ipaTopologyPluginVersion", &["1.0"])]);
    let openldap = root(&[("objectClass", &["top", "OpenLDAProotDSE"])]);
    let silent = root(&[("supportedControl", &[PAGED_RESULTS])]);
    use Directory::{ActiveDirectory, Ds389, FreeIpa, OpenLdap, Other};
    for (root, fits, written) in [
        (&ad, vec![ActiveDirectory, Other], "active_directory"),
        (&ds, vec![Ds389, FreeIpa, Other], "389ds"),
        (&ipa, vec![Ds389, FreeIpa, Other], "freeipa"),
        (&openldap, vec![OpenLdap, Other], "openldap"),
        (&silent, vec![OpenLdap, Ds389, FreeIpa, ActiveDirectory, Other], ""),
    ] {
        for configured in [OpenLdap, Ds389, FreeIpa, ActiveDirectory, Other] {
            let expected = (!fits.contains(&configured)).then_some(written);
            assert_eq!(root.contradicts(configured), expected, "{configured:?}");
        }
    }
    assert!(silent.has_control(PAGED_RESULTS) && !ad.has_control(PAGED_RESULTS));
}

#[test]
fn ranges_are_told_from_other_options() {
    let found = entry(&[("Member;Range=1500-2999", &["a", "b"]), ("cn;lang-de", &["c"]), ("x;range=0-*", &["d"])]);
    assert_eq!(found.ranged("member"), Some(Ranged { from: 1_500, to: Some(2_999), values: vec!["a", "b"] }));
    assert_eq!(found.ranged("X"), Some(Ranged { from: 0, to: None, values: vec!["d"] }));
    assert_eq!((found.ranged("cn"), found.texts("cn"), found.texts("member")), (None, vec![], vec![]));
    for broken in
        ["member;range=", "member;range=a-b", "member;range=1", "member;range=-1-5", "member;range=0-99999999999"]
    {
        assert_eq!(entry(&[(broken, &["a"])]).ranged("member"), None, "{broken}");
    }
}

fn octets(text: &str) -> Tag {
    Tag::OctetString(OctetString { inner: text.into(), ..Default::default() })
}

/// A SearchResultEntry with one attribute.
fn sent(dn: &str) -> StructureTag {
    let values = Tag::Set(Set { inner: vec![octets("a@acme.example")], ..Default::default() });
    let attribute = Tag::Sequence(Sequence { inner: vec![octets("mail"), values], ..Default::default() });
    let attributes = Tag::Sequence(Sequence { inner: vec![attribute], ..Default::default() });
    let inner = vec![octets(dn), attributes];
    Tag::Sequence(Sequence { id: 4, class: TagClass::Application, inner }).into_structure()
}

#[test]
fn an_entry_is_taken_apart_or_refused() {
    let ada = Entry::parse(sent("uid=ada,dc=acme")).unwrap();
    assert_eq!((ada.dn.as_str(), ada.texts("Mail")), ("uid=ada,dc=acme", vec!["a@acme.example"]));
    let not_an_entry = Tag::Sequence(Sequence { id: 4, class: TagClass::Application, inner: vec![octets("x")] });
    assert!(Entry::parse(not_an_entry.into_structure()).is_none());
    assert!(Entry::parse(octets("x").into_structure()).is_none());
}

proptest! {
    /// Whatever tree of tags comes, nothing panics.
    #[test]
    fn nothing_that_is_sent_panics(bytes in proptest::collection::vec(any::<u8>(), 0..200), header in any::<bool>()) {
        let mut sent = if header { vec![0x64, u8::try_from(bytes.len().min(127)).unwrap()] } else { Vec::new() };
        sent.extend(bytes);
        if let Ok((_, tag)) = ldap3::asn1::parse_tag(&sent) {
            let _ = Entry::parse(tag);
        }
    }
}

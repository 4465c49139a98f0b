//! Ids as text, and back into the filter that finds them.

use proptest::prelude::*;

use super::entry;
use crate::source::ldap::entry::Entry;
use crate::source::ldap::id;

/// [MS-DTYP] 2.3.4.3's own example: the octets of {00112233-4455-6677-8899-aabbccddeeff}.
const GUID: [u8; 16] = [0x33, 0x22, 0x11, 0x00, 0x55, 0x44, 0x77, 0x66, 0x88, 0x99, 0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0xff];

fn guid(value: &[u8]) -> Entry {
    Entry::of("cn=ada", &[("objectGUID", &[value])])
}

#[test]
fn a_guid_is_written_as_windows_writes_it_and_found_by_its_octets() {
    let text = id::of(&guid(&GUID), "objectguid").unwrap();
    assert_eq!(text, "00112233-4455-6677-8899-aabbccddeeff");
    let found = r"(objectGUID=\33\22\11\00\55\44\77\66\88\99\aa\bb\cc\dd\ee\ff)";
    assert_eq!(id::filter("objectGUID", &text).as_deref(), Some(found));
    assert_eq!(id::filter("objectGUID", &text.to_uppercase()).as_deref(), Some(found));
}

#[test]
fn octets_that_are_no_guid_are_no_id() {
    for value in [&GUID[..15], &[GUID.as_slice(), &[1]].concat(), b""] {
        assert!(id::of(&guid(value), "objectGUID").unwrap_err().contains("no GUID"));
    }
    assert!(id::of(&guid(&GUID), "objectSid").unwrap_err().contains("no objectSid"));
    let octets = Entry::of("cn=ada", &[("objectSid", &[&[1, 5, 0xff]])]);
    assert!(id::of(&octets, "objectSid").unwrap_err().contains("octets and no text"));
}

#[test]
fn text_ids_are_taken_as_they_are() {
    let ada = entry(&[("ENTRYUUID", &["40c1a712-e6b8-11f1-ad1c-9e70c11b8b1b"]), ("employeeNumber", &[" 17 "])]);
    assert_eq!(id::of(&ada, "entryUUID").unwrap(), "40c1a712-e6b8-11f1-ad1c-9e70c11b8b1b");
    assert_eq!(id::of(&ada, "employeeNumber").unwrap(), "17");
    for (values, because) in
        [(&["1", "2"][..], "several values"), (&[""], "an empty x"), (&["a\nb"], "control"), (&[], "has no x")]
    {
        let error = id::of(&entry(&[("x", values)]), "x").unwrap_err();
        assert!(error.contains(because), "{error}");
    }
}

#[test]
fn an_id_stays_one_value_in_a_filter() {
    assert_eq!(id::filter("uid", r"a)(uid=*\").as_deref(), Some(r"(uid=a\29\28uid=\2a\5c)"));
}

/// After another `source.id` was configured, that nobody has the old ids means nothing.
#[test]
fn an_id_that_the_attribute_cannot_hold_is_not_asked_for() {
    for attribute in ["objectGUID", "entryUUID", "ipauniqueid"] {
        for text in [
            "ada",
            "",
            "40c1a712-e6b811f1-ad1c9e70-c11b8b1b",
            "40c1a712e6b811f1ad1c9e70c11b8b1b",
            "+0112233-4455-6677-8899-aabbccddeeff",
        ] {
            assert_eq!(id::filter(attribute, text), None, "{attribute} {text}");
        }
        assert!(id::filter(attribute, "00112233-4455-6677-8899-aabbccddeeff").is_some());
    }
}

proptest! {
    #[test]
    fn every_guid_comes_back(octets in any::<[u8; 16]>()) {
        let text = id::of(&guid(&octets), "objectGUID").unwrap();
        let filter = id::filter("objectGUID", &text).unwrap();
        let written: String = octets.iter().map(|byte| format!("\\{byte:02x}")).collect();
        prop_assert_eq!(filter, format!("(objectGUID={written})"));
    }
}

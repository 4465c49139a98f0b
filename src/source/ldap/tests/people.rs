//! What becomes of an entry: attributes, what is never asked for, sentinels.

use serde_json::json;

use super::{entry, settings};
use crate::config::ldap_source::{Directory, LdapSettings, Membership};
use crate::core::model::Active;
use crate::source::ldap::entry::Entry;
use crate::source::ldap::groups::Groups;
use crate::source::ldap::people::People;

const ID: (&str, &[&str]) = ("entryUUID", &["40c1a712-e6b8-11f1-ad1c-9e70c11b8b1b"]);

fn openldap() -> LdapSettings {
    settings(Directory::OpenLdap, "entryUUID")
}

/// The attributes of one entry, and what the evidence says of the reading.
fn read(settings: &LdapSettings, entry: &Entry) -> (serde_json::Value, Vec<String>) {
    let groups = Groups::none(Membership::Member);
    let mut people = People::new("corp", settings, &groups, 0);
    let person = people.understand(entry).unwrap();
    assert_eq!(person.place, "entryUUID 40c1a712-e6b8-11f1-ad1c-9e70c11b8b1b");
    (person.attributes.into(), people.checked())
}

#[test]
fn attributes_come_under_the_names_that_were_asked_for() {
    let ada = entry(&[ID, ("MAIL", &["a@acme.example", "b@acme.example"]), ("Sn", &["Бајрон"]), ("cn", &["x"])]);
    let dn = "uid=ada,ou=People,dc=acme,dc=example";
    let expected = json!({ "mail": ["a@acme.example", "b@acme.example"], "sn": "Бајрон", "dn": dn });
    assert_eq!(read(&openldap(), &ada), (expected, Vec::new()));
}

#[test]
fn what_is_no_text_or_too_long_is_left_out_whole_and_told() {
    let id = ID.1[0].as_bytes();
    let long = vec![b'x'; (64 << 10) + 1];
    let ada = Entry::of("cn=a", &[("entryUUID", &[id]), ("mail", &[b"a@acme.example", &[0xff]]), ("sn", &[&long])]);
    let told = "of 1 left out: octets and no text, or longer than 64 KiB";
    assert_eq!(read(&openldap(), &ada), (json!({ "dn": "cn=a" }), vec![format!("mail {told}"), format!("sn {told}")]));
    let fits = Entry::of("cn=a", &[("entryUUID", &[id]), ("sn", &[&long[1..]])]);
    assert_eq!(read(&openldap(), &fits).1, Vec::<String>::new());
}

#[test]
fn a_password_is_never_asked_for_and_neither_is_everything() {
    let mut settings = openldap();
    for name in [
        "userPassword",
        "USERPASSWORD;x-old",
        "unicodePwd",
        "ms-Mcs-AdmPwd",
        "2.5.4.35",
        "OID.2.5.4.35",
        "*",
        "+",
        "1.1",
        "",
        "a b",
        "dn",
        "MAIL",
    ] {
        settings.attributes.push(name.into());
    }
    let groups = Groups::none(Membership::Member);
    let people = People::new("corp", &settings, &groups, 0);
    assert_eq!(people.attributes(), ["mail", "sn", "entryUUID", "pwdAccountLockedTime"]);
    assert!(people.checked().contains(&"userPassword is never asked for".to_owned()));
}

#[test]
fn an_entry_without_an_id_ends_the_reading_and_is_not_named() {
    let settings = openldap();
    let groups = Groups::none(Membership::Member);
    let mut people = People::new("corp", &settings, &groups, 0);
    let error = people.understand(&entry(&[("mail", &["ada@acme.example"])])).map(|_| ()).unwrap_err();
    assert!(error.contains("has no entryUUID") && !error.contains("ada"), "{error}");
}

#[test]
fn every_sentinel_has_to_be_shown_as_it_should_be() {
    let id = ID.1[0].to_uppercase();
    for (active, inactive, expected) in [
        (vec!["UID = Ada,OU=people, dc=acme,dc=EXAMPLE", &id], vec![], Ok(())),
        (vec!["uid=eve,ou=People,dc=acme,dc=example"], vec![], Err("was not shown")),
        (vec!["no-such-id"], vec![], Err("was not shown")),
        (vec![], vec![id.as_str()], Err("is active")),
    ] {
        let mut settings = openldap();
        settings.sentinels = active.into_iter().map(str::to_owned).collect();
        settings.inactive_sentinels = inactive.into_iter().map(str::to_owned).collect();
        let groups = Groups::none(Membership::Member);
        let mut people = People::new("corp", &settings, &groups, 0);
        people.understand(&entry(&[ID])).unwrap();
        match (people.sentinels.confirm(), expected) {
            (Ok(()), Ok(())) => {}
            (Err(error), Err(because)) => assert!(error.contains(because), "{error}"),
            (said, _) => panic!("{said:?}"),
        }
    }
}

#[test]
fn an_inactive_sentinel_has_to_be_inactive_and_an_active_one_known_to_be_active() {
    let mut settings = openldap();
    settings.inactive_sentinels = vec![ID.1[0].into()];
    let groups = Groups::none(Membership::Member);
    let mut people = People::new("corp", &settings, &groups, 0);
    let locked = people.understand(&entry(&[ID, ("pwdAccountLockedTime", &["000001010000Z"])])).unwrap();
    assert_eq!(locked.active, Active::No);
    assert_eq!(people.sentinels.confirm(), Ok(()));
    assert_eq!(people.checked(), ["sentinels: 1 inactive"]);
    people.understand(&entry(&[ID, ("pwdAccountLockedTime", &["20260101000000Z"])])).unwrap();
    assert!(people.sentinels.confirm().unwrap_err().contains("neither active nor inactive"));
}

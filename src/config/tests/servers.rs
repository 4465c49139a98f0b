//! The keys of directories that are asked: ldap and scim, what loads and what does not.

use std::path::Path;

use super::super::ldap_source::{Bind, Directory, LdapSettings, Membership, Security, StateRule};
use super::super::scim_source::{Access, Paging, ScimSettings};
use super::super::secret::Keeper;
use super::super::*;
use super::{MINIMAL, parsed, problems};

const LDAP: &str = "\"ldap\"\nurls = ['ldaps://ldap.acme.example']\ndirectory = 'openldap'\n\
                    bases = ['ou=people,dc=acme,dc=example']\nbind_dn = 'cn=sync,dc=acme,dc=example'\npassword_file = 'pw'\n";
const SCIM: &str = "\"scim\"\nurl = 'https://idp.acme.example/scim/v2/'\ntoken_file = 'token'\n";

/// The minimal configuration with another kind of source in place of its file.
fn with(source: &str) -> String {
    MINIMAL.replace("\"file\"\npath = \"people.csv\"\nid = \"id\"\n", source)
}

fn ldap(text: &str) -> LdapSettings {
    match parsed(text, &[]).expect(text).sources.remove(0).kind {
        SourceKind::Ldap(settings) => settings,
        _ => panic!("not an ldap source"),
    }
}

fn scim(text: &str) -> ScimSettings {
    match parsed(text, &[]).expect(text).sources.remove(0).kind {
        SourceKind::Scim(settings) => settings,
        _ => panic!("not a scim source"),
    }
}

/// Each: what is written, and the one problem it leads to.
#[track_caller]
fn each_is_one_problem(cases: &[(String, &str)]) {
    for (text, expected) in cases {
        let told = problems(text, &[]);
        assert!(told.len() == 1 && told[0].contains(expected), "{text}\n{told:#?}");
        assert!(!told[0].contains("canary"), "{told:?}");
    }
}

#[test]
fn the_smallest_ldap_source_has_the_defaults_of_its_directory() {
    for (directory, kind, id, filter, membership) in [
        ("openldap", Directory::OpenLdap, "entryUUID", "(objectClass=person)", Membership::Member),
        ("389ds", Directory::Ds389, "nsUniqueId", "(objectClass=person)", Membership::Member),
        ("freeipa", Directory::FreeIpa, "ipaUniqueID", "(objectClass=person)", Membership::MemberOf),
        (
            "active_directory",
            Directory::ActiveDirectory,
            "objectGUID",
            "(&(objectCategory=person)(objectClass=user))",
            Membership::Chain,
        ),
    ] {
        let settings = ldap(&with(&LDAP.replace("openldap", directory)));
        assert_eq!((settings.directory, settings.id.as_str(), settings.filter.as_str()), (kind, id, filter));
        assert_eq!((settings.groups.membership, settings.groups.nested), (membership, true));
        assert_eq!(
            (settings.state, settings.page_size, settings.timeout.as_secs()),
            (StateRule::OfDirectory, 1_000, 600)
        );
        assert_eq!((settings.servers.len(), settings.servers[0].security), (1, Security::Tls));
        assert_eq!(settings.bases, ["ou=people,dc=acme,dc=example"]);
        let mut asked = settings.attributes;
        asked.sort();
        assert_eq!(asked, ["givenName", "mail", "sn"], "what the mapping reads");
        assert_eq!((settings.sentinels.len(), settings.inactive_sentinels.len(), settings.ca_file), (0, 0, None));
        let Bind::Simple { dn, password } = settings.bind else { panic!("not simple") };
        assert_eq!((dn.as_str(), password.path.as_path()), ("cn=sync,dc=acme,dc=example", Path::new("/etc/acme/pw")));
        assert_eq!(password.keeper, Keeper::Owner);
    }
    let other = ldap(&with(&format!("{}id = 'guid'\n", LDAP.replace("openldap", "other"))));
    assert_eq!(
        (other.directory, other.id.as_str(), other.groups.membership),
        (Directory::Other, "guid", Membership::Member)
    );
}

#[test]
fn an_ldap_source_is_read_with_all_its_keys() {
    let lines = "identity = 'dc=acme as cn=sync'\nid = 'employeeNumber'\nfilter = '(o=acme)'\nattributes = ['title']\n\
                 group_bases = ['ou=groups']\nmembership = 'member_of'\nnested_groups = false\npage_size = 7\n\
                 timeout = '90s'\nca_file = 'ca.pem'\nsentinels = ['a']\ninactive_sentinels = ['b']\n\
                 active = 'state'\nactive_values = ['on']\ninactive_values = ['off']\n\
                 [scope]\ngroups = ['postman']\n";
    let text = with(&format!("{LDAP}{lines}"));
    assert_eq!(parsed(&text, &[]).expect("loads").sources[0].identity.as_deref(), Some("dc=acme as cn=sync"));
    let settings = ldap(&text);
    assert_eq!((settings.id.as_str(), settings.filter.as_str()), ("employeeNumber", "(o=acme)"));
    for written in ["o=acme", " (o=acme) "] {
        let text = text.replace("'(o=acme)'", &format!("'{written}'"));
        assert_eq!(ldap(&text).filter, "(o=acme)", "{written}");
    }
    assert!(settings.attributes.contains(&"title".to_owned()) && settings.attributes.contains(&"mail".to_owned()));
    assert_eq!(
        (&settings.groups.wanted[..], &settings.groups.bases[..]),
        (&["postman".into()][..], &["ou=groups".into()][..])
    );
    assert_eq!((settings.groups.membership, settings.groups.nested), (Membership::MemberOf, false));
    assert_eq!((settings.page_size, settings.timeout.as_secs()), (7, 90));
    assert_eq!(settings.ca_file.as_deref(), Some(Path::new("/etc/acme/ca.pem")));
    assert_eq!((settings.sentinels, settings.inactive_sentinels), (vec!["a".to_owned()], vec!["b".to_owned()]));
    let (active_values, inactive_values) = (vec!["on".into()], vec!["off".into()]);
    assert_eq!(settings.state, StateRule::Attribute { name: "state".into(), active_values, inactive_values });
}

#[test]
fn how_a_connection_is_made_safe() {
    for (url, more, security) in [
        ("ldaps://ldap.acme.example:1636", "", Security::Tls),
        ("ldap://ldap.acme.example", "", Security::StartTls),
        ("ldap://[::1]:389/", "", Security::StartTls),
        ("ldap://ldap.acme.example", "allow_plaintext = true", Security::None),
        ("ldaps://ldap.acme.example", "allow_plaintext = true", Security::Tls),
        ("ldapi://%2Frun%2Fslapd%2Fldapi", "", Security::None),
    ] {
        let text = with(&format!("{}{more}\n", LDAP.replace("ldaps://ldap.acme.example", url)));
        assert_eq!(ldap(&text).servers[0].security, security, "{url} {more}");
        let warnings = parsed(&text, &[]).expect(url).warnings;
        let warned = security == Security::None && !url.starts_with("ldapi");
        assert_eq!(warnings.iter().any(|warning| warning.contains("travel in clear text")), warned, "{warnings:?}");
    }
}

#[test]
fn who_we_are_to_an_ldap_server() {
    let without = LDAP.replace("bind_dn = 'cn=sync,dc=acme,dc=example'\npassword_file = 'pw'\n", "");
    assert_eq!(ldap(&with(&format!("{without}bind = 'anonymous'\n"))).bind, Bind::Anonymous);
    let both = "bind = 'external'\nclient_certificate_file = 'c.pem'\nclient_key_file = 'k.pem'\n";
    let settings = ldap(&with(&format!("{without}{both}")));
    assert_eq!(settings.files().collect::<Vec<_>>(), [Path::new("/etc/acme/c.pem"), Path::new("/etc/acme/k.pem")]);
    let socket = without.replace("ldaps://ldap.acme.example", "ldapi://%2Fldapi");
    assert_eq!(ldap(&with(&format!("{socket}bind = 'external'\n"))).bind, Bind::External { certificate: None });

    let given = parsed(&with(&LDAP.replace("'pw'", "'/run/cred/pw'")), &[("CREDENTIALS_DIRECTORY", "/run/cred")]);
    let SourceKind::Ldap(settings) = given.expect("loads").sources.remove(0).kind else { panic!("not ldap") };
    let Bind::Simple { password, .. } = settings.bind else { panic!("not simple") };
    assert_eq!(password.keeper, Keeper::Systemd, "systemd's file has a mode of its own");
}

#[test]
fn the_keys_of_an_ldap_source_are_checked() {
    let urls = |urls: &str| with(&LDAP.replace("'ldaps://ldap.acme.example'", urls));
    let less = |line: &str| with(&LDAP.replace(&format!("{line}\n"), ""));
    let more = |lines: &str| with(&format!("{LDAP}{lines}\n"));
    let bare = LDAP.replace("bind_dn = 'cn=sync,dc=acme,dc=example'\npassword_file = 'pw'\n", "");
    let bind = |lines: &str| with(&format!("{bare}{lines}\n"));
    each_is_one_problem(&[
        (urls(""), "source[1].urls: is empty; write [\"ldaps://"),
        (urls("'ldap.acme.example'"), "source[1].urls: holds something that is no LDAP URL; write ldaps://HOST"),
        (urls("'https://ldap.acme.example'"), "no LDAP URL"),
        (urls("'nonsense', 'http://x'"), "no LDAP URL"),
        (urls("'ldaps://'"), "source[1].urls:"),
        (urls("'ldapi:///'"), "name the socket"),
        (urls("'ldaps://sync:canary@ldap.acme.example'"), "holds a URL with more than a server in it"),
        (urls("'ldaps://canary@ldap.acme.example'"), "more than a server in it"),
        (urls("'ldaps://ldap.acme.example/dc=acme??sub?(uid=canary)'"), "more than a server in it"),
        (urls("'ldaps://ldap.acme.example', 'ldap://a.example#x'"), "more than a server in it"),
        (
            with(&format!("{}allow_plaintext = true\n", LDAP.replace("'ldaps:", "'ldap://b.acme.example', 'ldaps:"))),
            "source[1].urls: holds servers with TLS and servers without; write ldaps:// for each",
        ),
        (more("id = 'userPassword'"), "source[1].id: \"userPassword\" is never asked for; name one attribute"),
        (more("id = '2.5.4.35'"), "source[1].id: \"2.5.4.35\" is never asked for"),
        (more("active = '*'\nactive_values = ['x']"), "source[1].active: \"*\" is never asked for"),
        (more("active = 'msLAPS-EncryptedPasswordHistory;x'\nactive_values = ['x']"), "is never asked for"),
        (urls("7"), "source[1].urls: must be a text in quotes"),
        (less("urls = ['ldaps://ldap.acme.example']"), "source[1].urls: is missing (servers of one directory"),
        (less("directory = 'openldap'"), "source[1].directory: is missing (what kind of server it is"),
        (less("bases = ['ou=people,dc=acme,dc=example']"), "source[1].bases: is missing (DNs below which"),
        (with(&LDAP.replace("'ou=people,dc=acme,dc=example'", "")), "source[1].bases: is empty"),
        (with(&LDAP.replace("openldap", "opneldap")), "did you mean \"openldap\"?"),
        (with(&LDAP.replace("openldap", "other")), "source[1].id: is missing, and directory = \"other\" has none"),
        (with(&format!("{}id = 5\n", LDAP.replace("openldap", "other"))), "source[1].id: must be a text in quotes"),
        (
            less("password_file = 'pw'"),
            "source[1].password_file: is missing for bind = \"simple\"; name a file of mode 0600",
        ),
        (less("bind_dn = 'cn=sync,dc=acme,dc=example'"), "source[1].bind_dn: is missing for bind = \"simple\""),
        (
            with(&LDAP.replace("'cn=sync,dc=acme,dc=example'", r#""CORP\new""#)),
            r"source[1].bind_dn: holds a control character; a backslash in",
        ),
        (with(&LDAP.replace("'pw'", "7")), "source[1].password_file: must be a text in quotes"),
        (more("bind = 'smiple'"), "did you mean \"simple\"?"),
        (more("client_key_file = 'k'"), "source[1].client_key_file: belongs to bind = \"external\"; remove it"),
        (bind("bind = 'anonymous'\nbind_dn = 'cn=x'"), "source[1].bind_dn: belongs to bind = \"simple\""),
        (bind("bind = 'external'\nclient_key_file = 'k'"), "source[1].client_certificate_file: is missing for bind"),
        (bind("bind = 'external'\nclient_certificate_file = 'c'"), "source[1].client_key_file: is missing for bind"),
        (
            bind("bind = 'external'\nclient_certificate_file = 'c'\nclient_key_file = 7"),
            "source[1].client_key_file: must be a text",
        ),
        (more("timeout = '0s'"), "source[1].timeout: gives the reading no time at all; write \"10m\""),
        (more("timeout = '2d'"), "must be at most 1d"),
        (more("timeout = 'soon'"), "is no duration"),
        (more("page_size = 0"), "source[1].page_size: must be from 1 to 10000, and is 0"),
        (
            with(&LDAP.replace("'ou=people,", "'dc=acme,dc=example', 'OU=people, ")),
            "source[1].bases: \"OU=people, dc=acme,dc=example\" is in \"dc=acme,dc=example\" already; leave it out",
        ),
        (
            with(&LDAP.replace("'ou=people,", "'OU=people,DC=acme,dc=example', 'ou=people,")),
            "\"ou=people,dc=acme,dc=example\" is in \"OU=people,DC=acme,dc=example\" already",
        ),
        (more("filter = '(o=acme'"), "source[1].filter: is no single filter: its parentheses do not match; write one"),
        (more("filter = 'o=acme)'"), "is no single filter"),
        (more("filter = '(o=acme)(o=other)'"), "is no single filter"),
        (more("filter = 'o=acme)(o=other'"), "is no single filter"),
        (more("filter = '()'"), "is no single filter"),
        (more("membership = 'chain'"), "source[1].membership: \"chain\" is known to Active Directory only"),
        (more("active = 'x'\nactive_values = []"), "nobody would be active"),
        (more("active_values = ['A']\ninactive_values = ['a']"), "\"A\" is in inactive_values too"),
        (more("sentinels = 'x'"), "must be a list of texts"),
        (more("path = 'x.csv'"), "source[1].path: belongs to type = \"file\"; remove it, or correct the type"),
        (more("groups = 'g'"), "source[1].groups: belongs to type = \"file\" or \"exec\""),
        (more("token_file = 't'"), "source[1].token_file: belongs to type = \"scim\" or \"okta\""),
        (more("bsaes = []"), "source[1].bsaes: unknown key; did you mean \"bases\"?"),
        (
            MINIMAL.replace("[[source]]", "[[source]]\nidentity = 'x'"),
            "belongs to type = \"ldap\" or \"scim\" or \"okta\" or \"entra\" or \"google\" or \"keycloak\"",
        ),
        (MINIMAL.replace("[[source]]", "[[source]]\nbase = 'x'"), "unknown key"),
    ]);
    let two = problems(&bind("bind = 'external'"), &[]);
    assert_eq!(two.len(), 2, "both files are missing: {two:?}");
}

#[test]
fn the_smallest_scim_source_and_one_with_all_keys() {
    let settings = scim(&with(SCIM));
    assert_eq!(settings.url.as_str(), "https://idp.acme.example/scim/v2");
    assert!(matches!(&settings.access, Access::Bearer { token } if token.path == Path::new("/etc/acme/token")));
    assert_eq!((settings.filter, settings.paging, settings.page_size), (None, Paging::Auto, 100));
    assert_eq!((settings.timeout.as_secs(), settings.nested_groups, settings.groups.len()), (600, true, 0));

    let lines = "user = 'sync'\npassword_file = 'pw'\nfilter = 'userType eq \"Employee\"'\npaging = 'cursor'\n\
                 page_size = 50\ntimeout = '1h'\nnested_groups = false\nsentinels = ['1']\ninactive_sentinels = ['2']\n\
                 identity = 'x'\n[scope]\ngroups = ['Engineers']\n";
    let settings = scim(&with(&format!("{}{lines}", SCIM.replace("token_file = 'token'\n", ""))));
    assert!(matches!(&settings.access, Access::Basic { user, .. } if user == "sync"));
    assert_eq!(settings.access.file(), Path::new("/etc/acme/pw"));
    assert_eq!((settings.filter.as_deref(), settings.paging), (Some("userType eq \"Employee\""), Paging::Cursor));
    assert_eq!((settings.page_size, settings.timeout.as_secs(), settings.nested_groups), (50, 3_600, false));
    assert_eq!((settings.groups, settings.sentinels), (vec!["Engineers".to_owned()], vec!["1".to_owned()]));
    assert_eq!(
        scim(&with(&SCIM.replace("'https://idp.acme.example/scim/v2/'", "'http://127.0.0.1:8080/scim'"))).url.port(),
        Some(8080)
    );
}

#[test]
fn the_keys_of_a_scim_source_are_checked() {
    let url = |url: &str| with(&SCIM.replace("https://idp.acme.example/scim/v2/", url));
    let access = |lines: &str| with(&format!("{}{lines}\n", SCIM.replace("token_file = 'token'\n", "")));
    let more = |lines: &str| with(&format!("{SCIM}{lines}\n"));
    each_is_one_problem(&[
        (url("idp.acme.example"), "source[1].url: is no URL"),
        (url("http://idp.acme.example/scim"), "source[1].url: must begin with https://"),
        (url("https://sync:canary@idp.acme.example"), "source[1].url: must not hold a user or a password"),
        (url("https://idp.acme.example/scim?token=canary"), "must not hold a query"),
        (
            with(&SCIM.replace("url = 'https://idp.acme.example/scim/v2/'\n", "")),
            "source[1].url: is missing (the server's",
        ),
        (access(""), "source[1].token_file: is missing, and so are user and password_file; name a file of mode 0600"),
        (access("token_file = 't'\nuser = 'u'\npassword_file = 'p'"), "source[1].token_file: stands beside user"),
        (access("token_file = 't'\nuser = 'u'"), "stands beside user or password_file"),
        (access("user = 'u'"), "source[1].password_file: is missing beside user"),
        (access("password_file = 'p'"), "source[1].user: is missing beside password_file"),
        (access("user = 5\npassword_file = 'p'"), "source[1].user: must be a text in quotes"),
        (access("token_file = 5"), "source[1].token_file: must be a text in quotes"),
        (more("timeout = '0s'"), "source[1].timeout: gives the reading no time at all"),
        (more("paging = 'offset'"), "is not one of \"auto\", \"index\", \"cursor\""),
        (more("page_size = 10001"), "must be from 1 to 10000"),
        (more("id = 'id'"), "source[1].id: belongs to type = \"file\" or \"exec\" or \"ldap\""),
        (more("active = 'active'"), "source[1].active: belongs to"),
        (more("urls = ['ldaps://x']"), "source[1].urls: belongs to type = \"ldap\""),
        (more("ca_file = 'x'"), "source[1].ca_file: belongs to type = \"ldap\""),
    ]);
}

#[test]
fn what_a_plan_depends_on_is_in_the_fingerprint_of_servers_too() {
    let of = |text: &str| parsed(text, &[]).expect(text).fingerprint;
    let (ldap, scim) = (with(LDAP), with(SCIM));
    for more in
        ["filter = '(x=y)'", "bases = ['dc=x']", "id = 'x'", "membership = 'member_of'", "nested_groups = false"]
    {
        let text = if more.starts_with("bases") {
            with(&LDAP.replace("ou=people,dc=acme,dc=example", "dc=x"))
        } else {
            with(&format!("{LDAP}{more}\n"))
        };
        assert_ne!(of(&text), of(&ldap), "{more}");
    }
    for more in
        ["page_size = 5", "timeout = '1m'", "sentinels = ['x']", "identity = 'x'", "restored = 'x'", "ca_file = 'x'"]
    {
        assert_eq!(of(&with(&format!("{LDAP}{more}\n"))), of(&ldap), "{more}");
    }
    assert_ne!(of(&with(&format!("{SCIM}filter = 'x eq 1'\n"))), of(&scim));
    assert_eq!(of(&with(&format!("{SCIM}paging = 'index'\n"))), of(&scim));
}

/// Every server has to have every group that it is asked for.
#[test]
fn each_of_several_servers_may_have_groups_of_its_own() {
    let second = format!("[[source]]\nname = 'idp'\nscope_groups = ['Staff']\ntype = {SCIM}");
    let groups = |text: &str| {
        let config = parsed(text, &[]).expect(text);
        let of = |source: &SourceSettings| match &source.kind {
            SourceKind::Ldap(settings) => settings.groups.wanted.clone(),
            SourceKind::Scim(settings) => settings.groups.clone(),
            _ => panic!("another kind"),
        };
        let asked: Vec<Vec<String>> = config.sources.iter().map(of).collect();
        (asked, config.scope.groups_of, config.fingerprint)
    };
    let text = format!("{}{second}[scope]\ngroups = ['cn=postman,dc=acme,dc=example']\n", with(LDAP));
    let (asked, own, fingerprint) = groups(&text);
    assert_eq!(asked, [vec!["cn=postman,dc=acme,dc=example"], vec!["Staff"]]);
    assert_eq!(own, std::collections::BTreeMap::from([("idp".to_owned(), vec!["Staff".to_owned()])]));
    assert_ne!(groups(&text.replace("'Staff'", "'Crew'")).2, fingerprint);
    each_is_one_problem(&[
        (text.replace("['Staff']", "[]"), "source[2].scope_groups: names no group"),
        (
            MINIMAL.replace("id = \"id\"", "id = \"id\"\nscope_groups = ['a']"),
            "source[1].groups: is missing while scope_groups is set",
        ),
    ]);
}

//! `[[source]]`: what every type has, then each type's own.
//!
//! Never: a key without a meaning.

use super::super::Key;
use super::super::Kind::*;
use super::super::Reach::*;
use super::super::SOURCE_TYPES;
use super::super::Unset::*;
use super::{DAY_S, key};

const FILE: &[&str] = &["file"];
const EXEC: &[&str] = &["exec"];
const LDAP: &[&str] = &["ldap"];
const SCIM: &[&str] = &["scim"];
const ENTRA: &[&str] = &["entra"];
/// Servers whose tokens come from another address.
const SIGN_INS: &[&str] = &["entra", "google"];
const KEYCLOAK: &[&str] = &["keycloak"];
const GOOGLE: &[&str] = &["google"];
/// Servers that give no more than they are asked for.
const ASKED: &[&str] = &["ldap", "entra", "google"];
/// Servers with a limit on requests that a whole company shares.
const LIMITED: &[&str] = &["okta", "entra", "google"];
/// Servers whose people a filter picks.
const FILTERED: &[&str] = &["ldap", "scim", "okta", "entra"];
/// Servers whose people may be guests.
const GUESTS: &[&str] = &["entra", "google"];
/// Servers with apps that people are assigned to.
const APPS: &[&str] = &["okta", "entra"];
/// Servers that a client signs in to (OAuth 2.0).
const CLIENTS: &[&str] = &["okta", "entra", "keycloak"];
/// Of these, those that take a secret, and those that know a key by an id.
const SECRETS: &[&str] = &["entra", "keycloak"];
const KEY_IDS: &[&str] = &["okta", "keycloak"];
/// Sources whose entries are records with columns.
const RECORDS: &[&str] = &["file", "exec"];
/// Sources that are asked over the network.
const SERVERS: &[&str] = &["ldap", "scim", "okta", "entra", "google", "keycloak"];
/// Servers that are signed in to with a password.
const PASSWORDS: &[&str] = &["ldap", "scim"];
/// Servers whose groups may hold groups.
const NESTED: &[&str] = &["ldap", "scim", "entra", "google", "keycloak"];
/// Servers with a base URL.
const REST: &[&str] = &["scim", "okta", "entra", "google", "keycloak"];
/// Servers with a token that may stand in a file.
const TOKENS: &[&str] = &["scim", "okta"];
/// Sources whose state is told by an attribute with values.
const STATES: &[&str] = &["file", "exec", "ldap"];
/// The same, and those that have one attribute for it.
const WORDS: &[&str] = &["file", "exec", "ldap", "okta"];
/// Where words say that somebody is inactive.
const LEAVERS: &[&str] = &["file", "exec", "ldap", "okta", "google"];
const TIMED: &[&str] = &["exec", "ldap", "scim", "okta", "entra", "google", "keycloak"];

pub(super) const SOURCE: &[Key] = &[
    key("source.name", Text, Problem, Plan, "a name of your choice, kept for good: people are remembered under it"),
    key(
        "source.type",
        Choice(&SOURCE_TYPES),
        Problem,
        Plan,
        "which adapter reads the directory",
    ),
    key(
        "source.scope_groups",
        Texts,
        Nothing,
        Plan,
        "groups of this source whose members are in scope, in place of scope.groups",
    ),
    key(
        "source.identity",
        Text,
        Nothing,
        Elsewhere,
        "the directory and the account as `check` names them; needed only to go on after one of them changed",
    )
    .of(SERVERS),
    key(
        "source.restored",
        Text,
        Nothing,
        Elsewhere,
        "the day of a restore that was meant; each new value lets the directory's data go back once",
    )
    .of(LDAP),
    key("source.path", Path, Problem, Elsewhere, "the export to read").of(FILE),
    key(
        "source.format",
        Choice(&["csv", "json", "jsonl"]),
        Nothing,
        Plan,
        "how it is written; without it the extension tells (.csv .tsv .json .jsonl .ndjson)",
    )
    .of(FILE),
    key(
        "source.id",
        Text,
        Nothing,
        Plan,
        "column or attribute with the immutable id of a person, never the e-mail; ldap has one for each directory",
    )
    .of(STATES),
    key(
        "source.active",
        Text,
        Nothing,
        Plan,
        "column or attribute that says whether a person is active; without it every entry is, ldap: the directory's rule",
    )
    .of(STATES),
    key(
        "source.active_values",
        Texts,
        Default("active,true,yes,1,enabled"),
        Plan,
        "what that column holds for active people; okta: its own statuses",
    )
    .of(WORDS),
    key(
        "source.inactive_values",
        Texts,
        Default("inactive,false,no,0,disabled,terminated"),
        Plan,
        "what it holds for inactive people; any other value is unknown and changes nothing; okta, google: their own words",
    )
    .of(LEAVERS),
    key("source.groups", Text, Nothing, Plan, "column with the names of groups").of(RECORDS),
    key("source.groups_separator", Text, Default("|"), Plan, "what separates them").of(RECORDS),
    key(
        "source.delimiter",
        Choice(&[",", ";", "tab", "\t"]),
        Nothing,
        Plan,
        "what separates columns of a CSV file; without it the header line tells",
    )
    .of(FILE),
    key("source.header", Names, Nothing, Plan, "CSV: column in the file = name used in the mapping").of(FILE),
    key(
        "source.manifest",
        Path,
        Nothing,
        Elsewhere,
        "small JSON file beside the export with its `rows` or `sha256`, to know that it is whole",
    )
    .of(FILE),
    key(
        "source.command",
        Command,
        Problem,
        Plan,
        "program that prints the people, and its arguments; a list, since there is no shell",
    )
    .of(EXEC),
    key(
        "source.timeout",
        Duration { max_s: DAY_S },
        Default("10m"),
        Elsewhere,
        "how long a reading may take in all; then it is ended and nothing of it counts",
    )
    .of(TIMED),
    key(
        "source.output_limit_mib",
        Whole { min: 1, max: 4_096 },
        Default("1024"),
        Elsewhere,
        "how much it may print, in MiB",
    )
    .of(EXEC),
    key("source.environment", Texts, Default(""), Elsewhere, "names of variables it gets besides PATH, HOME and LANG")
        .of(EXEC),
    key(
        "source.urls",
        Texts,
        Problem,
        Elsewhere,
        "servers of one directory in the order they are tried: ldaps://HOST, or ldap://HOST, which uses StartTLS",
    )
    .of(LDAP),
    key(
        "source.directory",
        Choice(&["openldap", "389ds", "freeipa", "active_directory", "other"]),
        Problem,
        Plan,
        "what kind of server it is; decides the defaults of id, active, filter and membership",
    )
    .of(LDAP),
    key(
        "source.bind",
        Choice(&["simple", "external", "anonymous"]),
        Default("simple"),
        Elsewhere,
        "account and password, client certificate (SASL EXTERNAL), or nobody",
    )
    .of(LDAP),
    key("source.bind_dn", Text, Nothing, Elsewhere, "the account that reads; best one that may do nothing else").of(LDAP),
    key("source.password_file", Path, Nothing, Elsewhere, "file with the password of that account, mode 0600")
        .of(PASSWORDS),
    key(
        "source.client_certificate_file",
        Path,
        Nothing,
        Elsewhere,
        "PEM file with the certificate of bind = \"external\"",
    )
    .of(LDAP),
    key("source.client_key_file", Path, Nothing, Elsewhere, "PEM file with its private key, mode 0600").of(LDAP),
    key("source.ca_file", Path, Nothing, Elsewhere, "PEM file; its certificates are trusted besides the system's")
        .of(LDAP),
    key("source.allow_plaintext", Flag, Default("false"), Elsewhere, "ldap:// without StartTLS; unwise, and warned about")
        .of(LDAP),
    key("source.bases", Texts, Problem, Plan, "DNs below which people are; each must have some").of(LDAP),
    key(
        "source.filter",
        Text,
        Nothing,
        Plan,
        "what every person matches: LDAP or SCIM filter, Okta search, `$filter` of Graph; everybody without it (ldap: persons)",
    )
    .of(FILTERED),
    key("source.attributes", Texts, Default(""), Elsewhere, "attributes to ask for besides those of [mapping]").of(ASKED),
    key("source.group_bases", Texts, Default(""), Plan, "DNs below which groups are; without it the whole directory")
        .of(LDAP),
    key(
        "source.membership",
        Choice(&["member_of", "member", "chain"]),
        Nothing,
        Plan,
        "how members of a group are found: by the person, by the group, by Active Directory's rule; set by directory",
    )
    .of(LDAP),
    key("source.nested_groups", Flag, Default("true"), Plan, "whether members of a group inside a group count").of(NESTED),
    key(
        "source.page_size",
        Whole { min: 1, max: 10_000 },
        Nothing,
        Elsewhere,
        "entries in a page: 1000 (ldap), 100 (scim), 500 or 200 (okta), 999 (entra), 500 (google, keycloak), and fewer where the server allows fewer",
    )
    .of(SERVERS),
    key(
        "source.sentinels",
        Texts,
        Default(""),
        Elsewhere,
        "ids (ldap: or DNs) of people whom every reading must show active, or it counts for nothing",
    )
    .of(SERVERS),
    key(
        "source.inactive_sentinels",
        Texts,
        Default(""),
        Elsewhere,
        "ids (ldap: or DNs) of people whom every reading must show inactive: proof that the state can be read",
    )
    .of(SERVERS),
    key(
        "source.url",
        BaseUrl,
        Needed { but: GOOGLE },
        Elsewhere,
        "the server's address: https://idp.acme.example/scim/v2 (scim), https://acme.okta.com, https://graph.microsoft.com (entra)",
    )
    .of(REST),
    key("source.token_file", Path, Nothing, Elsewhere, "file with the bearer token, okta: SSWS token, mode 0600").of(TOKENS),
    key("source.user", Text, Nothing, Elsewhere, "name for HTTP Basic, with password_file, instead of a token").of(SCIM),
    key(
        "source.paging",
        Choice(&["auto", "index", "cursor"]),
        Default("auto"),
        Elsewhere,
        "how pages are asked for; by cursor where the server announces it",
    )
    .of(SCIM),
    key("source.app", Text, Nothing, Plan, "id of the app whose assigned people are read; without it groups, or everybody")
        .of(APPS),
    key("source.client_id", Text, Nothing, Elsewhere, "the application or client that reads").of(CLIENTS),
    key("source.private_key_file", Path, Nothing, Elsewhere, "file with its private key, PEM or JWK, mode 0600").of(CLIENTS),
    key("source.key_id", Text, Nothing, Elsewhere, "`kid` of that key; without it the JWK's").of(KEY_IDS),
    key(
        "source.limit_share",
        Whole { min: 1, max: 100 },
        Default("50"),
        Elsewhere,
        "percent of the provider's rate limit that is used at most; the rest is others'",
    )
    .of(LIMITED),
    key("source.client_secret_file", Path, Nothing, Elsewhere, "file with its secret instead, mode 0600").of(SECRETS),
    key("source.certificate_file", Path, Nothing, Elsewhere, "PEM file with the certificate of that key").of(ENTRA),
    key(
        "source.federated_token_file",
        Path,
        Nothing,
        Elsewhere,
        "file with a token of a federated issuer's, such as Kubernetes, instead of a key",
    )
    .of(ENTRA),
    key("source.login_url", BaseUrl, Nothing, Elsewhere, "where tokens are, if it is not where the provider has them")
        .of(SIGN_INS),
    key("source.tenant", Text, Problem, Elsewhere, "id of the tenant, or one of its domains").of(ENTRA),
    key("source.guests", Flag, Default("false"), Plan, "whether guests of other organisations count").of(GUESTS),
    key("source.realm", Text, Problem, Plan, "the realm whose people are read, as it stands in its addresses").of(KEYCLOAK),
    key("source.key_file", Path, Nothing, Elsewhere, "the service account's key as Google gives it (JSON), mode 0600").of(GOOGLE),
    key(
        "source.subject",
        Text,
        Nothing,
        Elsewhere,
        "the admin for whom the service account reads; without it the service account has an admin role itself",
    )
    .of(GOOGLE),
    key(
        "source.metadata_server",
        Flag,
        Default("false"),
        Elsewhere,
        "tokens of the machine's own service account instead of key_file, on a machine at Google",
    )
    .of(GOOGLE),
    key("source.customer", Text, Nothing, Plan, "id of the account that is read; without it that of the subject").of(GOOGLE),
    key("source.domain", Text, Nothing, Plan, "the one domain of the account that is read; without it all of them").of(GOOGLE),
    key("source.org_units", Texts, Default(""), Plan, "paths of org units; people in them and below are read").of(GOOGLE),
];

//! The table itself. Order, grouping and wording are those of the reference configuration.
//!
//! Never: a key without a meaning.

use super::Kind::*;
use super::Reach::*;
use super::Unset::*;
use super::{Key, Kind, Reach, Unset};

const DAY_S: i64 = 86_400;

/// What only a file has, what only a program has, and what both have.
const FILE: &[&str] = &["file"];
const EXEC: &[&str] = &["exec"];
const RECORDS: &[&str] = &["file", "exec"];
const LDAP: &[&str] = &["ldap"];
const SCIM: &[&str] = &["scim"];
const SERVERS: &[&str] = &["ldap", "scim"];
const STATES: &[&str] = &["file", "exec", "ldap"];
const TIMED: &[&str] = &["exec", "ldap", "scim"];

const fn key(path: &'static str, kind: Kind, unset: Unset, reach: Reach, meaning: &'static str) -> Key {
    Key { path, kind, unset, reach, meaning, types: &[] }
}

impl Key {
    const fn of(self, types: &'static [&'static str]) -> Key {
        Key { types, ..self }
    }
}

/// Every key of this version.
pub const KEYS: &[Key] = &[
    key(
        "postman.base_url",
        BaseUrl,
        Default("https://api.getpostman.com/scim/v2"),
        Elsewhere,
        "the team's SCIM address; https://api.eu.postman.com/scim/v2 for EU data residency",
    ),
    key(
        "postman.api_key_file",
        Path,
        Nothing,
        Elsewhere,
        "file with the SCIM API key, mode 0600; without it the systemd credential `postman-scim-key` is read",
    ),
    key(
        "postman.api_key",
        Secret,
        Nothing,
        Elsewhere,
        "only as POSTMAN_SCIM_SYNC__POSTMAN__API_KEY, and with a warning: other programs can read an environment",
    ),
    key(
        "postman.auth",
        Choice(&["bearer", "header"]),
        Default("bearer"),
        Elsewhere,
        "`Authorization: Bearer KEY`, or the raw key as Okta's Header Auth app sends it",
    ),
    key(
        "postman.verified_domains",
        Domains,
        Default(""),
        Plan,
        "domains verified for the team; an e-mail can change in place only inside them",
    ),
    key(
        "postman.protected",
        Patterns,
        Default(""),
        Plan,
        "members nothing may touch: the key's owner, admins, break-glass; nobody is deactivated while it is empty",
    ),
    key(
        "postman.writes_per_min",
        Whole { min: 1, max: 100_000 },
        Default("180"),
        Elsewhere,
        "writes a minute; Postman allows a team 180, shared by every tool",
    ),
    key(
        "postman.reads_per_min",
        Whole { min: 1, max: 100_000 },
        Default("300"),
        Elsewhere,
        "reads a minute; Postman allows a team 300, shared by every tool",
    ),
    key(
        "postman.seats",
        Whole { min: 1, max: 10_000_000 },
        Nothing,
        Plan,
        "paid seats of the team, so that a plan can say how many are free",
    ),
    key(
        "provisioning.create_users",
        Flag,
        Default("true"),
        Plan,
        "create people who are in the directory and not in the team",
    ),
    key(
        "provisioning.update_users",
        Flag,
        Default("true"),
        Plan,
        "change names and e-mails that changed at the directory",
    ),
    key(
        "provisioning.deactivate_users",
        Flag,
        Default("true"),
        Plan,
        "deactivate managed people who left or fell out of scope",
    ),
    key(
        "provisioning.groups",
        Choice(&["off", "push", "read_back"]),
        Default("off"),
        Plan,
        "groups; only `off` in this version",
    ),
    key(
        "provisioning.matches",
        Choice(&["adopt", "report"]),
        Default("adopt"),
        Plan,
        "a member with the e-mail of a directory person: take under management, or only report",
    ),
    key("source.name", Text, Problem, Plan, "a name of your choice, kept for good: people are remembered under it"),
    key(
        "source.type",
        Choice(&["file", "exec", "ldap", "okta", "entra", "google", "keycloak", "scim"]),
        Problem,
        Plan,
        "which adapter reads the directory; `file`, `exec`, `ldap` or `scim` in this version",
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
    key("source.url", BaseUrl, Problem, Elsewhere, "the server's SCIM address: https://idp.acme.example/scim/v2").of(SCIM),
    key("source.token_file", Path, Nothing, Elsewhere, "file with the bearer token, mode 0600").of(SCIM),
    key("source.user", Text, Nothing, Elsewhere, "name for HTTP Basic, with password_file, instead of a token").of(SCIM),
    key("source.password_file", Path, Nothing, Elsewhere, "file with the password of that account, mode 0600").of(SERVERS),
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
        "LDAP or SCIM filter that every person matches; people without it (ldap: persons), everybody (scim)",
    )
    .of(SERVERS),
    key("source.attributes", Texts, Default(""), Elsewhere, "attributes to ask for besides those of [mapping]").of(LDAP),
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
    key("source.nested_groups", Flag, Default("true"), Plan, "whether members of a group inside a group count").of(SERVERS),
    key(
        "source.paging",
        Choice(&["auto", "index", "cursor"]),
        Default("auto"),
        Elsewhere,
        "how pages are asked for; by cursor where the server announces it",
    )
    .of(SCIM),
    key(
        "source.page_size",
        Whole { min: 1, max: 10_000 },
        Nothing,
        Elsewhere,
        "entries in a page: 1000 (ldap), 100 (scim), and fewer where the server allows fewer",
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
        "what that column holds for active people",
    )
    .of(STATES),
    key(
        "source.inactive_values",
        Texts,
        Default("inactive,false,no,0,disabled,terminated"),
        Plan,
        "what it holds for inactive people; any other value is unknown and changes nothing",
    )
    .of(STATES),
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
        "mapping.user_name",
        Mapping,
        Default("mail"),
        Plan,
        "attribute with the e-mail, or an expression such as \"{{ uid }}@acme.example\"",
    ),
    key("mapping.given_name", Mapping, Default("givenName"), Plan, "attribute with the first name, or an expression"),
    key("mapping.family_name", Mapping, Default("sn"), Plan, "attribute with the last name, or an expression"),
    key(
        "scope.groups",
        Texts,
        Default(""),
        Plan,
        "members of one of these groups are in scope; without groups and include everybody is",
    ),
    key("scope.include", Patterns, Default(""), Plan, "e-mails that are in scope besides"),
    key("scope.exclude", Patterns, Default(""), Plan, "e-mails that are out of scope whatever else says"),
    key(
        "safety.deactivations.cycle",
        Share,
        Default("5%"),
        Plan,
        "how many people may be deactivated in one cycle without approval",
    ),
    key(
        "safety.deactivations.day",
        Share,
        Default("10%"),
        Plan,
        "how many people may be deactivated in 24 hours without approval",
    ),
    key(
        "safety.deactivations.week",
        Share,
        Default("20%"),
        Plan,
        "how many people may be deactivated in 7 days without approval",
    ),
    key(
        "safety.deactivations.at_least",
        Whole { min: 0, max: 1_000 },
        Default("3"),
        Plan,
        "what a team may always do in one cycle, however small it is",
    ),
    key("safety.deactivations.i_accept_no_limit", Flag, Default("false"), Plan, "must be true for a limit of 100%"),
    key(
        "safety.creates.cycle",
        Share,
        Default("20%"),
        Plan,
        "how many people may be created (and, counted apart, reactivated) in one cycle without approval",
    ),
    key(
        "safety.creates.at_least",
        Whole { min: 0, max: 1_000 },
        Default("10"),
        Plan,
        "what a team may always do in one cycle, however small it is",
    ),
    key("safety.creates.i_accept_no_limit", Flag, Default("false"), Plan, "must be true for a limit of 100%"),
    key(
        "safety.renames.cycle",
        Share,
        Default("30%"),
        Plan,
        "how many people may be renamed in one cycle without approval",
    ),
    key(
        "safety.renames.at_least",
        Whole { min: 0, max: 1_000 },
        Default("10"),
        Plan,
        "what a team may always do in one cycle, however small it is",
    ),
    key("safety.renames.i_accept_no_limit", Flag, Default("false"), Plan, "must be true for a limit of 100%"),
    key(
        "safety.readdresses.cycle",
        Share,
        Default("10%"),
        Plan,
        "how many people may be given another e-mail in one cycle without approval",
    ),
    key(
        "safety.readdresses.at_least",
        Whole { min: 0, max: 1_000 },
        Default("3"),
        Plan,
        "what a team may always do in one cycle, however small it is",
    ),
    key("safety.readdresses.i_accept_no_limit", Flag, Default("false"), Plan, "must be true for a limit of 100%"),
    key(
        "safety.absence_wait",
        Duration { max_s: 30 * DAY_S },
        Default("1h"),
        Plan,
        "how far apart two readings must be that miss a person before it counts",
    ),
    key(
        "safety.grace",
        Duration { max_s: 90 * DAY_S },
        Default("0s"),
        Plan,
        "how long absent people wait, with a visible due date; explicitly inactive people never do",
    ),
    key(
        "safety.understood_least_percent",
        Whole { min: 0, max: 100 },
        Default("80"),
        Plan,
        "how much of the last reading's understood share the next one needs; lower it once when a smaller share is right",
    ),
    key(
        "safety.settle_wait",
        Duration { max_s: DAY_S },
        Default("2m"),
        Elsewhere,
        "how long a request whose answer was lost may still take effect",
    ),
    key(
        "safety.silence",
        Duration { max_s: 30 * DAY_S },
        Default("24h"),
        Elsewhere,
        "how long without a good cycle until `status` says failing",
    ),
    key(
        "safety.no_change_alarm",
        Duration { max_s: 365 * DAY_S },
        Default("0s"),
        Elsewhere,
        "how long without any change in the team until `status` asks for attention; 0s never does",
    ),
    key(
        "safety.first_sync",
        Choice(&["approve", "apply"]),
        Default("approve"),
        Plan,
        "whether the very first plan waits for a person",
    ),
    key(
        "schedule.cron",
        Cron,
        Default("*/15 * * * *"),
        Elsewhere,
        "when the daemon starts a cycle; five or six fields",
    ),
    key("schedule.timezone", Timezone, Default("UTC"), Elsewhere, "where those hours are"),
    key(
        "schedule.jitter",
        Duration { max_s: 3_600 },
        Default("0s"),
        Elsewhere,
        "start up to so much later, at random; for many daemons that read one directory",
    ),
    key(
        "schedule.refresh_every",
        Duration { max_s: 30 * DAY_S },
        Default("24h"),
        Elsewhere,
        "how often the whole team is listed to find changes made by hand",
    ),
    key("state.path", Path, Default("/var/lib/postman-scim-sync/state.db"), Elsewhere, "the local database"),
    key(
        "http.proxy",
        Proxy,
        Default("none"),
        Elsewhere,
        "`none`, `environment` (HTTPS_PROXY and its kin), or the proxy's URL",
    ),
    key("http.ca_file", Path, Nothing, Elsewhere, "PEM file with certificates to trust besides the system's"),
    key(
        "log.format",
        Choice(&["text", "json"]),
        Default("text"),
        Elsewhere,
        "how log lines are written: for people, or one JSON object a line",
    ),
    key(
        "log.level",
        Choice(&["error", "warn", "info", "debug"]),
        Nothing,
        Elsewhere,
        "what is logged; without it `info` for the daemon and `warn` for everything else",
    ),
];

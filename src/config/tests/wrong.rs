//! What does not load, and what is said about it.

use super::super::*;
use super::{MINIMAL, parsed, problems, with};

/// The one problem of the minimal configuration with this added.
fn one(section: &str, lines: &str) -> String {
    let told = problems(&with(section, lines), &[]);
    assert_eq!(told.len(), 1, "{lines}: {told:#?}");
    told.into_iter().next().unwrap()
}

#[test]
fn all_problems_are_told_at_once_with_their_lines() {
    let text = r#"
[postman]
base_ur = "https://api.getpostman.com/scim/v2"
auth = "berer"
writes_per_min = "180"
api_key = "canary-not-a-key"

[safety]
deactivations = { cycle = 0.5, days = "10%" }
grace = "1 week"

[[source]]
name = "hr"
type = "file"
path = "people.csv"
active = true

[web]
listen = "127.0.0.1:9464"

[mapping]
user_name = "{{ mail"
password = "pw"

[scope]
groups = ["postman-users"]
"#;
    let environment = [("POSTMAN_SCIM_SYNC__POSTMAN__SEATS", "many"), ("POSTMAN_SCIM_SYNC__SAFETY__GRCE", "1h")];
    let told = problems(text, &environment);
    let expected = [
        "line 2: postman.api_key_file: is missing, and so is every other place for the key; \
         name a file of mode 0600, or give the service LoadCredential=postman-scim-key:...",
        "line 3: postman.base_ur: unknown key; did you mean \"base_url\"?",
        "line 4: postman.auth: \"berer\" is not one of \"bearer\", \"header\"; did you mean \"bearer\"?",
        "line 5: postman.writes_per_min: must be a whole number, and is a text",
        "line 6: postman.api_key: a key inside the configuration file would be read by everybody who reads the file; \
         put it in a file of mode 0600 and name that in postman.api_key_file",
        "line 9: safety.deactivations.days: unknown key; did you mean \"day\"?",
        "line 9: safety.deactivations.cycle: must be a share or a number of people, and is a number with a fraction; \
         write \"5%\" for a share of the team or 5 for a number of people",
        "line 10: safety.grace: \"1 week\" is no duration; \
         write a number and a unit: \"30s\", \"15m\", \"1h\" or \"7d\"",
        "line 12: source[1].groups: is missing while scope.groups is set: everybody would fall out of scope; \
         name the column with the groups, or remove scope.groups",
        "line 12: source[1].id: is missing; it is the column with the immutable id of a person, never the e-mail",
        "line 16: source[1].active: must be a text in quotes, and is true or false",
        "line 18: web: not supported yet; remove the section; the status page comes in a later version",
        "line 22: mapping.user_name: the expression is wrong: unexpected end of input, expected end of variable block",
        "line 23: mapping.password: passwords are never synced: \
         Postman takes exactly user_name, given_name and family_name",
        "POSTMAN_SCIM_SYNC__SAFETY__GRCE: unknown variable; did you mean POSTMAN_SCIM_SYNC__SAFETY__GRACE?",
        "postman.seats: must be a whole number, and is \"many\" (set by POSTMAN_SCIM_SYNC__POSTMAN__SEATS)",
    ];
    assert_eq!(told, expected, "{told:#?}");
    assert!(!format!("{told:?}").contains("canary"));
}

#[test]
fn text_that_is_no_toml_is_one_problem_that_does_not_repeat_the_line() {
    for (text, line) in [
        ("[postman]\napi_key = canary-not-a-key\n", "line 2: this is no TOML: "),
        ("[postman]\nauth = \"bearer\"\nauth = \"header\"\n", "line 3: this is no TOML: "),
        ("postman:\n  base_url: x\n", "line 1: this is no TOML: "),
        ("{\"postman\": {}}", "line 1: this is no TOML: "),
        ("[postman\n", "line 1: this is no TOML: "),
    ] {
        let told = problems(text, &[]);
        assert!(told.len() == 1 && told[0].starts_with(line), "{text}: {told:?}");
        assert!(!told[0].contains("canary"));
    }
}

#[test]
fn a_backslash_that_toml_takes_for_an_escape_is_told() {
    for (value, has) in [(r"CORP\postman", true), (r"C:\", true), (r"CORP\xyz", true), ("a \u{1} b", false)] {
        let told = problems(&format!("[state]\npath = \"{value}\"\n"), &[]);
        assert!(told.len() == 1 && told[0].starts_with("line 2: this is no TOML: "), "{value}: {told:?}");
        assert_eq!(told[0].contains(r"in single quotes it is itself: 'CORP\name'"), has, "{value}: {told:?}");
    }
}

#[test]
fn an_empty_file_says_what_is_needed() {
    let told = problems("", &[]);
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(told[0].starts_with("source: there is no directory to read") || told[1].starts_with("source: there"));
}

#[test]
fn limits_are_read_strictly() {
    for value in
        ["0.5", "'500%'", "-1", "'-1%'", "'5 %'", "'5'", "'05%'", "'+5%'", "'5.0%'", "'101%'", "'%'", "'٥%'", "true"]
            .iter()
            .chain(&["['5%']", "''", "'5%%'", "'0x5%'", "1979-05-27", "'no'", "'five'", "99999999999999999999"])
    {
        let text = with("safety", &format!("deactivations = {{ cycle = {value} }}"));
        let told = problems(&text, &[]);
        assert!(told.len() == 1, "{value}: {told:?}");
        assert!(told[0].contains("safety.deactivations.cycle") || told[0].contains("no TOML"), "{value}: {told:?}");
    }
    for value in ["0.5", "500%", "-1", "5 %", "05", "1e3", "0x5", "5_0", " 5", "no"] {
        let told = problems(MINIMAL, &[("POSTMAN_SCIM_SYNC__SAFETY__CREATES__CYCLE", value)]);
        assert!(told.len() == 1 && told[0].contains("safety.creates.cycle"), "{value}: {told:?}");
    }
    for class in ["deactivations", "creates", "renames", "readdresses"] {
        let windows: &[&str] = if class == "deactivations" { &["cycle", "day", "week"] } else { &["cycle"] };
        for window in windows {
            let told = one("safety", &format!("{class} = {{ {window} = '100%' }}"));
            assert!(told.contains("i_accept_no_limit = true in safety."), "{told}");
        }
    }
    // The yes of one table is no yes for another.
    let text = with("safety", "creates = { i_accept_no_limit = true }\nrenames = { cycle = '100%' }");
    assert_eq!(problems(&text, &[]).len(), 1);
}

#[test]
fn values_out_of_their_kind() {
    for (section, line, expected) in [
        ("postman", "writes_per_min = 0", "postman.writes_per_min: must be from 1 to 100000, and is 0"),
        ("postman", "reads_per_min = 100001", "postman.reads_per_min: must be from 1 to 100000, and is 100001"),
        ("postman", "seats = -1", "postman.seats: must be from 1"),
        ("postman", "seats = 1.0", "postman.seats: must be a whole number, and is a number with a fraction"),
        ("postman", "verified_domains = 'acme.example'", "must be a list of texts, and is a text"),
        ("postman", "verified_domains = ['@acme.example']", "write it without \"@\""),
        ("postman", "verified_domains = ['https://acme.example']", "is no domain"),
        ("postman", "base_url = 'http://api.getpostman.com/scim/v2'", "must begin with https://"),
        ("postman", "base_url = 'http://localhost.evil.example'", "must begin with https://"),
        ("postman", "base_url = 'http://127.0.0.1.evil.example'", "must begin with https://"),
        ("postman", "base_url = 'ftp://localhost'", "must begin with https://"),
        ("postman", "base_url = 'api.getpostman.com'", "is no URL"),
        ("postman", "base_url = 'https://a.example/s?x=1'", "query"),
        ("postman", "base_url = 'https://a.example/s#x'", "fragment"),
        ("postman", "base_url = 'https:\\\\a.example'", "is no URL"),
        ("postman", "base_url = ' https://a.example'", "is no URL"),
        ("postman", "base_url = ''", "postman.base_url: is empty"),
        ("provisioning", "create_users = 'true'", "must be true or false, and is a text"),
        ("provisioning", "create_users = 1", "must be true or false, and is a whole number"),
        (
            "provisioning",
            "groups = 'pull'",
            "provisioning.groups: \"pull\" is not one of \"off\", \"push\", \"read_back\"",
        ),
        ("provisioning", "groups = true", "provisioning.groups: must be a text in quotes, and is true or false"),
        ("provisioning", "groups = 'readback'", "did you mean \"read_back\"?"),
        ("provisioning", "delete_groups = 'yes'", "must be true or false, and is a text"),
        ("provisioning", "matches = 'adpot'", "did you mean \"adopt\"?"),
        ("safety", "grace = 60", "safety.grace: must be a duration, and is a whole number"),
        ("safety", "grace = '60'", "is no duration"),
        ("safety", "grace = '1h30m'", "is no duration"),
        ("safety", "grace = '-1h'", "is no duration"),
        ("safety", "grace = '1H'", "is no duration"),
        ("safety", "grace = '1µ'", "is no duration"),
        ("safety", "grace = '91d'", "must be at most 90d"),
        ("safety", "grace = '99999999999999999999d'", "is no duration"),
        ("safety", "grace = '9223372036854775807d'", "is no duration"),
        ("safety", "deactivations = '5%'", "must be a table, written [safety.deactivations]"),
        ("safety", "renames = { at_least = 1001 }", "must be from 0 to 1000"),
        ("schedule", "cron = '* * * *'", "is no cron expression"),
        ("schedule", "cron = '* * * * * * *'", "is no cron expression"),
        ("schedule", "cron = '$(x) * * * *'", "is no cron expression"),
        ("schedule", "timezone = 'Berlin; x'", "is no time zone"),
        ("scope", "exclude = ['contractors']", "\"contractors\" matches no e-mail address"),
        ("scope", "exclude = ['a@b .c']", "matches no e-mail address"),
        ("scope", "include = ['']", "scope.include: is empty"),
        ("scope", "groups = [1]", "must be a text in quotes"),
        ("http", "proxy = 'yes'", "is no proxy"),
        ("http", "proxy = 'socks5://p.example:1'", "is no proxy"),
        ("state", "path = 5", "state.path: must be a text in quotes"),
        ("mapping", "user_name = ''", "mapping.user_name: is empty"),
        ("mapping", "given_name = '{ name }'", "holds no braces"),
        ("mapping", "given_name = '{{ a|nofilter }}'", "nofilter"),
        ("mapping", "givenName = 'x'", "did you mean \"given_name\"?"),
    ] {
        let told = one(section, line);
        assert!(told.contains(expected), "{line}: {told}");
    }
    for target in ["externalId", "displayName", "email", "roles", "title", "active"] {
        let told = one("mapping", &format!("{target} = 'x'"));
        assert!(told.contains("Postman takes exactly user_name, given_name and family_name"), "{told}");
    }
}

#[test]
fn secrets_that_landed_in_the_wrong_place_are_not_repeated() {
    for (section, line) in [
        ("postman", "base_url = 'https://canary:canary@api.getpostman.com'"),
        ("postman", "auth = 'PMAK-canary-canary-canary-canary'"),
        ("postman", "token = 'canary'"),
        ("http", "proxy = 'http://user:canary@proxy.example:1'"),
    ] {
        assert!(!one(section, line).contains("canary"), "{line}");
    }
    let told = problems(&MINIMAL.replace("scim.key", "PMAK-canary"), &[]);
    assert!(
        told.len() == 1 && told[0].contains("looks like the key itself") && !told[0].contains("canary"),
        "{told:?}"
    );
}

#[test]
fn sources_are_checked() {
    for (line, expected) in [
        ("join = 'id'", "source[1].join: not supported yet; remove it; sources are joined by userName"),
        ("replaces = 'old'", "source[1].replaces: not supported yet; remove it; keep the source's old name"),
        ("actve = 'status'", "source[1].actve: unknown key; did you mean \"active\"?"),
        ("format = 'xml'", "source[1].format: \"xml\" is not one of \"csv\", \"json\", \"jsonl\""),
        ("delimiter = '|'", "source[1].delimiter: \"|\" is not one of"),
        ("active_values = ['A']\ninactive_values = ['a']", "\"A\" is in inactive_values too"),
        ("active = 's'\nactive_values = []", "nobody would be active"),
        ("header = { a = 'x', b = 'x' }", "gives two columns the name \"x\""),
        ("header = ['a']", "must be a table of column = name"),
        ("header = { a = 1 }", "must be a text in quotes"),
        ("format = 'json'\ndelimiter = ','", "source[1].delimiter: is for CSV files only"),
        ("format = 'jsonl'\nheader = { a = 'x' }", "source[1].header: is for CSV files only"),
    ] {
        let told = one("source", line);
        assert!(told.contains(expected), "{line}: {told}");
    }
    for (old, new, expected) in [
        ("\"hr\"", "\"h r\"", "line 6: source[1].name: is no name for a source"),
        ("\"hr\"", "\"ü\"", "is no name for a source"),
        ("\"hr\"", &format!("\"{}\"", "x".repeat(65)), "is no name for a source"),
        ("\"file\"", "\"fiel\"", "did you mean \"file\"?"),
        ("\"file\"", "\"jumpcloud\"", "use \"ldap\" with its LDAP service"),
        ("\"file\"", "\"gsuite\"", "write type = \"google\""),
        ("\"file\"", "\"authentik\"", "use \"ldap\" with its LDAP outpost"),
        ("\"file\"", "\"active_directory\"", "write type = \"ldap\" with directory = \"active_directory\""),
        ("\"file\"", "\"exec\"\ncommand = ['/bin/x']", "source[1].path: belongs to type = \"file\"; remove it"),
        ("\"file\"", "\"workday\"", "\"workday\" is not one of \"file\", \"exec\""),
        ("people.csv", "people.xlsx", "source[1].format: is missing, and the file's extension does not tell"),
        ("id = \"id\"", "", "line 5: source[1].id: is missing"),
        ("[[source]]", "[source]", "line 5: source: must be a list of tables; write [[source]], with two brackets"),
    ] {
        let told = problems(&MINIMAL.replace(old, new), &[]);
        assert!(told.len() == 1 && told[0].contains(expected), "{new}: {told:?}");
    }
    let twice = format!("{MINIMAL}{}", &MINIMAL[MINIMAL.find("[[source]]").unwrap()..]);
    let told = problems(&twice, &[]);
    assert!(told.contains(&"line 11: source[2].name: \"hr\" is the name of another source".to_owned()), "{told:?}");
}

#[test]
fn the_keys_of_a_program_are_checked() {
    let source = |lines: &str| MINIMAL.replace("\"file\"\npath = \"people.csv\"", &format!("\"exec\"\n{lines}"));
    for (lines, expected) in [
        ("", "line 5: source[1].command: is missing (program that prints the people"),
        ("command = 'export --json'", "source[1].command: must be a list of texts, and is a text; write ["),
        ("command = []", "source[1].command: names no program"),
        (
            "command = ['export']",
            "must begin with the path of a program; write its whole path (`command -v NAME` shows it)",
        ),
        ("command = ['']", "must begin with the path of a program"),
        ("command = ['bin/']", "must begin with the path of a program"),
        ("command = ['/bin/x', 7]", "must be a text in quotes, and is a whole number"),
        ("command = [\"/bin/x\", \"a\\u0000b\"]", "holds a NUL character"),
        ("command = ['/bin/x']\ntimeout = '0s'", "source[1].timeout: gives the reading no time at all"),
        ("command = ['/bin/x']\ntimeout = '2d'", "must be at most 1d"),
        ("command = ['/bin/x']\noutput_limit_mib = 4097", "must be from 1 to 4096"),
        ("command = ['/bin/x']\nenvironment = ['CREDENTIALS_DIRECTORY']", "CREDENTIALS_DIRECTORY is never passed on"),
        ("command = ['/bin/x']\nenvironment = ['NOTIFY_SOCKET']", "NOTIFY_SOCKET is never passed on"),
        (
            "command = ['/bin/x']\nenvironment = ['POSTMAN_SCIM_SYNC__POSTMAN__API_KEY']",
            "POSTMAN_SCIM_SYNC__POSTMAN__API_KEY is never passed on",
        ),
        ("command = ['/bin/x']\nenvironment = ['PW=canary']", "holds something that is no name of a variable"),
        ("command = ['/bin/x']\ndelimiter = ','", "source[1].delimiter: belongs to type = \"file\"; remove it"),
        ("command = ['/bin/x']\nmanifest = 'm.json'", "source[1].manifest: belongs to type = \"file\""),
        ("command = ['/bin/x']\ncomand = ['/bin/y']", "source[1].comand: unknown key; did you mean \"command\"?"),
        ("command = ['/bin/x']\nactive = 's'\nactive_values = []", "nobody would be active"),
    ] {
        let told = problems(&source(lines), &[]);
        assert!(told.len() == 1 && told[0].contains(expected), "{lines}: {told:?}");
        assert!(!told[0].contains("canary"));
    }
    assert!(one("source", "command = ['/bin/x']").contains("source[1].command: belongs to type = \"exec\""));
    let scoped = format!("{}[scope]\ngroups = ['postman']\n", source("command = ['/bin/x']"));
    assert!(problems(&scoped, &[])[0].contains("source[1].groups: is missing while scope.groups is set"));
}

#[test]
fn unknown_sections_keys_and_variables_get_a_suggestion() {
    for (section, line, expected) in [
        ("postmann", "x = 1", "line 10: postmann: unknown key; did you mean \"postman\"?"),
        ("Postman", "x = 1", "did you mean \"postman\"?"),
        (
            "safety",
            "max_deactivatons = 5",
            "line 11: safety.max_deactivatons: unknown key; did you mean \"deactivations\"?",
        ),
        ("safety", "protected = []", "did you mean \"postman.protected\"?"),
        ("notify", "webhook_url_file = 'x'", "notify: not supported yet"),
    ] {
        assert!(one(section, line).contains(expected), "{}", one(section, line));
    }
    assert!(problems(&format!("mail = 1\n{MINIMAL}"), &[])[0].starts_with("line 1: mail: unknown key"));
    assert!(problems(&format!("\"postman.auth\" = 'header'\n{MINIMAL}"), &[])[0].starts_with("line 1: "));
    assert!(one("source", "\"header.x\" = 'y'").contains("unknown key"));
    for (variable, expected) in [
        ("POSTMAN_SCIM_SYNC__POSTMAN__BASE_ULR", "did you mean POSTMAN_SCIM_SYNC__POSTMAN__BASE_URL?"),
        ("POSTMAN_SCIM_SYNC__SOURCE__NAME", "a source cannot be set from the environment"),
        ("POSTMAN_SCIM_SYNC__WEB__LISTEN", "not supported yet"),
        ("POSTMAN_SCIM_SYNC__POSTMAN", "unknown variable"),
        ("POSTMAN_SCIM_SYNC__", "unknown variable"),
        ("POSTMAN_SCIM_SYNC__[0].X__Y", "unknown variable"),
    ] {
        let told = problems(MINIMAL, &[(variable, "canary")]);
        assert!(told.len() == 1 && told[0].contains(expected) && !told[0].contains("canary"), "{told:?}");
    }
}

#[test]
fn a_file_that_is_not_there_or_not_text_is_one_problem() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("config.toml");
    let told = load(Some(&path), &[]).unwrap_err();
    assert!(told.len() == 1 && told[0].to_string().contains("name the file with --config"), "{told:?}");
    std::fs::write(&path, [0xff, 0xfe, 0x00]).unwrap();
    let told = load(Some(&path), &[]).unwrap_err();
    assert!(told.len() == 1 && told[0].to_string().contains("UTF-8"), "{told:?}");
}

#[test]
fn no_cut_or_damaged_configuration_panics() {
    let text = include_str!("../../../config/reference.toml");
    for at in (0..text.len()).step_by(31).filter(|at| text.is_char_boundary(*at)) {
        let _ = parsed(&text[..at], &[]);
        let _ = parsed(&format!("{}{}", &text[..at], &text[(at + 3).min(text.len())..]), &[]);
    }
}

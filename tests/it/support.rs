//! What the tests share: a sandbox team over real HTTP, a folder with configuration and export, and the built
//! program run against them.

use std::path::PathBuf;
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use postman_scim_sync::sandbox::{
    Failure, Fault, KeyState, Kind, Logged, Outcome, RULES, Sandbox, Served, Standing, Team, spawn,
};
use tempfile::TempDir;

use crate::canary::Canaries;

/// Obviously false.
pub const KEY: &str = "PMAK-false-key-of-a-test";

/// A team, a directory export and the program.
pub struct Lab {
    pub sandbox: Sandbox,
    served: Option<Served>,
    runtime: tokio::runtime::Runtime,
    pub folder: TempDir,
    /// Lines put into the sections of the configuration, by section.
    extra: Vec<(String, String)>,
    /// The `[[source]]`, if it is another one than the export.
    source: Option<String>,
    /// The `[[group]]`s.
    groups: String,
    /// Rules of a correct client that this test breaks on purpose.
    excused: Vec<&'static str>,
    /// What is wrong with the run is told already; nobody looks for secrets at its end.
    pub is_told: bool,
}

/// A lab that ends asks whether the program ever sent what a correct client never sends, or left a secret anywhere.
impl Drop for Lab {
    fn drop(&mut self) {
        let mut violations = self.sandbox.violations();
        violations.retain(|violation| !self.excused.contains(&violation.rule));
        // A test that failed already has more to say than this.
        let failed = std::thread::panicking();
        assert!(failed || violations.is_empty(), "what a correct client never sends: {violations:#?}");
        if !failed && !self.is_told {
            Canaries::of(self.folder.path()).sweep(self.folder.path());
        }
    }
}

/// One person of the export.
#[derive(Clone, Debug)]
pub struct Row {
    pub id: String,
    pub given: String,
    pub family: String,
    pub mail: String,
    pub status: String,
}

pub fn row(id: &str, given: &str, family: &str, local: &str) -> Row {
    let mail = format!("{local}@acme.example");
    Row { id: id.into(), given: given.into(), family: family.into(), mail, status: "active".into() }
}

/// `n` people, numbered.
pub fn crowd(n: usize) -> Vec<Row> {
    (1..=n).map(|i| row(&format!("{i}"), &format!("Given{i}"), &format!("Family{i}"), &format!("p{i}"))).collect()
}

/// A team with one admin, whom the configuration protects.
pub fn team() -> Team {
    Team::new("Acme").verified("acme.example").key(KEY, KeyState::Active).member("admin@acme.example", "Post", "Man")
}

/// What the program answered.
pub struct Answer {
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl From<Output> for Answer {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code().unwrap_or(-1),
            out: String::from_utf8_lossy(&output.stdout).into_owned(),
            err: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }
}

impl Answer {
    /// Asserts the exit code, and shows everything if it is another.
    #[track_caller]
    pub fn exits(self, code: i32) -> Self {
        assert_eq!(self.code, code, "--- out\n{}\n--- err\n{}", self.out, self.err);
        self
    }

    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.out).unwrap_or_else(|e| panic!("{e}\n{}\n{}", self.out, self.err))
    }
}

impl Lab {
    pub fn new(team: Team) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let sandbox = Sandbox::new(team);
        let served = runtime.block_on(spawn(sandbox.clone())).unwrap();
        let (folder, extra, source, excused) = (TempDir::new().unwrap(), Vec::new(), None, Vec::new());
        let groups = String::new();
        let lab =
            Self { sandbox, served: Some(served), runtime, folder, extra, source, groups, excused, is_told: false };
        lab.write("scim.key", KEY);
        lab.configure();
        lab
    }

    /// Adds a line to a section of the configuration: `lab.set("safety", "first_sync = \"apply\"")`.
    pub fn set(&mut self, section: &str, line: &str) {
        let key = line.split('=').next().unwrap().trim().to_owned();
        self.extra.retain(|(s, l)| s != section || l.split('=').next().unwrap().trim() != key);
        self.extra.push((section.to_owned(), line.to_owned()));
        self.configure();
    }

    /// Another directory than the export: the lines of its `[[source]]` behind the name, which stays.
    pub fn source(&mut self, lines: &str) {
        self.source = Some(format!("[[source]]\nname = \"hr\"\n{lines}\n"));
        self.configure();
    }

    /// The `[[group]]`s of the configuration, as text.
    pub fn groups(&mut self, tables: &str) {
        self.groups = tables.to_owned();
        self.configure();
    }

    /// The sandbox is made to look as if the program broke that rule; see `RULES`.
    pub fn excuse(&mut self, rule: &'static str) {
        assert!(RULES.iter().any(|known| known.name == rule), "no such rule: {rule}");
        self.excused.push(rule);
    }

    /// A team that has been brought into step with `people`, without the first approval.
    pub fn in_step(team: Team, people: &[Row]) -> Self {
        let mut lab = Self::new(team);
        lab.set("safety", "first_sync = \"apply\"");
        lab.set("safety", "settle_wait = \"0s\"");
        lab.wide_open();
        lab.export(people);
        lab.run(&["sync"]).exits(0);
        lab.sandbox.clear_log();
        lab
    }

    /// Limits that hold nothing, for tests that are not about limits.
    pub fn wide_open(&mut self) {
        for class in [
            "deactivations",
            "creates",
            "renames",
            "readdresses",
            "member_removals",
            "member_adds",
            "group_creates",
            "group_renames",
            "group_deletes",
        ] {
            let windows = if matches!(class, "deactivations" | "member_removals") {
                ", day = \"100%\", week = \"100%\""
            } else {
                ""
            };
            self.set(
                "safety",
                &format!("{class} = {{ cycle = \"100%\"{windows}, at_least = 1000, i_accept_no_limit = true }}"),
            );
        }
    }

    fn configure(&self) {
        let base_url = self.served.as_ref().map(Served::base_url).unwrap_or_default();
        let more = |section: &str| -> String {
            self.extra.iter().filter(|(s, _)| s == section).map(|(_, line)| format!("{line}\n")).collect()
        };
        let has = |section: &str, key: &str| {
            self.extra.iter().any(|(s, l)| s == section && l.split('=').next().unwrap().trim() == key)
        };
        let unless = |section: &str, line: &str| {
            let key = line.split('=').next().unwrap().trim();
            if has(section, key) { String::new() } else { format!("{line}\n") }
        };
        let export = || {
            [
                "[[source]]\nname = \"hr\"\ntype = \"file\"\nid = \"id\"\n".to_owned(),
                unless("source", "path = \"people.csv\""),
                unless("source", "active = \"status\""),
                more("source"),
            ]
            .concat()
        };
        let source = self.source.clone().unwrap_or_else(export);
        let text = [
            "[postman]\n".to_owned(),
            unless("postman", &format!("base_url = \"{base_url}\"")),
            unless("postman", "api_key_file = \"scim.key\""),
            unless("postman", "protected = [\"admin@acme.example\"]"),
            unless("postman", "verified_domains = [\"acme.example\"]"),
            unless("postman", "writes_per_min = 100000"),
            unless("postman", "reads_per_min = 100000"),
            more("postman"),
            source,
            "[mapping]\n".to_owned(),
            unless("mapping", "user_name = \"mail\""),
            unless("mapping", "given_name = \"given\""),
            unless("mapping", "family_name = \"family\""),
            more("mapping"),
            "[state]\npath = \"state/state.db\"\n".to_owned(),
        ];
        let mut text = text.concat();
        for section in ["safety", "provisioning", "scope", "schedule", "http", "log"] {
            let lines = more(section);
            if !lines.is_empty() {
                text.push_str(&format!("[{section}]\n{lines}"));
            }
        }
        text.push_str(&self.groups);
        self.write("config.toml", &text);
    }

    /// Writes a file of the lab's folder, readable by its owner only.
    pub fn write(&self, name: &str, content: &str) {
        use std::os::unix::fs::PermissionsExt;
        let path = self.path(name);
        std::fs::write(&path, content).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn export(&self, people: &[Row]) {
        let mut text = "id,given,family,mail,status\n".to_owned();
        for Row { id, given, family, mail, status } in people {
            text.push_str(&format!("{id},{given},{family},{mail},{status}\n"));
        }
        self.write("people.csv", &text);
    }

    /// The program with this lab's configuration, ready to be run or spawned.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_postman-scim-sync"));
        command.args(arguments).arg("--config").arg(self.path("config.toml"));
        command.env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default()).env("USER", "tester");
        if std::env::var_os("CANARIES_AT_TRACE").is_some() {
            command.env("POSTMAN_SCIM_SYNC_LOG", "trace");
        }
        command
    }

    pub fn run(&self, arguments: &[&str]) -> Answer {
        let output = self.command(arguments).output().unwrap();
        let canaries = Canaries::of(self.folder.path());
        canaries.clean("stdout", &output.stdout);
        canaries.clean("stderr", &output.stderr);
        output.into()
    }

    /// The sandbox's HTTP door is closed, as when Postman cannot be reached.
    pub fn unplug(&mut self) {
        self.served = None;
    }

    /// Where the sandbox's HTTP door is: `127.0.0.1:40123`.
    pub fn door(&self) -> String {
        let base_url = self.served.as_ref().map(Served::base_url).unwrap_or_default();
        base_url.trim_start_matches("http://").split('/').next().unwrap().to_owned()
    }

    /// Waits on the lab's runtime: `lab.wait(lab.sandbox.wait_for_effects(1))`.
    pub fn wait<T>(&self, future: impl Future<Output = T>) -> T {
        self.runtime.block_on(future)
    }
}

/// Text as a person reads it, whatever line it was broken at.
pub trait Lines {
    fn flat(&self) -> String;
}

impl Lines for str {
    fn flat(&self) -> String {
        self.split_whitespace().collect::<Vec<_>>().join(" ")
    }
}

/// A server that sends back the `Authorization` it got, between `before` and `after`: what some proxies do in their
/// error pages. Returns its base URL; it listens until the tests end.
pub fn echo(status: &'static str, before: &'static str, after: &'static str) -> String {
    use std::io::{BufRead, BufReader, Write};
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let base_url = format!("http://{}/scim/v2", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let head = BufReader::new(&stream).lines().map_while(Result::ok).take_while(|line| !line.is_empty());
            let named =
                head.filter_map(|line| line.split_once(": ").map(|(name, value)| (name.to_owned(), value.to_owned())));
            let sent: Vec<_> = named.filter(|(name, _)| name.eq_ignore_ascii_case("authorization")).collect();
            let body = format!("{before}{}{after}", sent.first().map_or("nothing", |(_, value)| value));
            let length = body.len();
            // The client may have gone, which is its right.
            let _ = write!(stream, "HTTP/1.1 {status}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}");
        }
    });
    base_url
}

/// What tests say of rows.
impl Row {
    pub fn inactive(mut self) -> Self {
        self.status = "inactive".into();
        self
    }
    pub fn named(mut self, given: &str, family: &str) -> Self {
        (self.given, self.family) = (given.into(), family.into());
        self
    }
    pub fn at(mut self, mail: &str) -> Self {
        self.mail = mail.into();
        self
    }
}

/// What tests ask of reports in JSON.
impl Answer {
    fn proposal(&self) -> serde_json::Value {
        let report = self.json();
        assert_eq!(report["format"], 1, "{}", self.out);
        if report["document"] == "cycle" { report["proposal"].clone() } else { report }
    }

    pub fn plan_id(&self) -> String {
        self.proposal()["plan_id"].as_str().unwrap_or_default().to_owned()
    }

    /// The kinds of the plan's notes, in alphabetical order: `["held:undone", "stranger"]`.
    pub fn notes(&self) -> Vec<String> {
        let proposal = self.proposal();
        let notes = proposal["plan"]["notes"].as_array().into_iter().flatten();
        let mut kinds: Vec<String> = notes
            .map(|note| match note["hold"]["reason"]["reason"].as_str() {
                Some(reason) => format!("held:{reason}"),
                None => note["note"].as_str().unwrap_or_default().to_owned(),
            })
            .collect();
        kinds.sort();
        kinds
    }

    /// What the guard held, or refused to believe: `["over_limit create", "empty"]`.
    pub fn held(&self) -> Vec<String> {
        let proposal = self.proposal();
        let held = proposal["held"].as_array().into_iter().flatten();
        let held = held.map(|held| {
            let class = held["class"].as_str().unwrap_or_default();
            format!("{} {class}", held["held"].as_str().unwrap_or_default()).trim().to_owned()
        });
        let refusals = proposal["plan"]["refusals"].as_array().into_iter().flatten();
        held.chain(refusals.map(|refusal| refusal["refusal"].as_str().unwrap_or_default().to_owned())).collect()
    }
}

/// What most tests do.
impl Lab {
    /// A real cycle, reported as JSON.
    pub fn sync(&self) -> Answer {
        self.run(&["sync", "--format", "json"])
    }

    /// A real cycle that lists the whole team, to see what was done by hand.
    pub fn look(&self) -> Answer {
        self.run(&["sync", "--refresh", "--format", "json"])
    }

    /// A dry run, reported as JSON.
    pub fn plan(&self) -> Answer {
        self.run(&["plan", "--format", "json"])
    }

    /// The writes that arrived since the last call, in order: `["create p1@acme.example"]`.
    pub fn sent(&self) -> Vec<String> {
        let words = |logged: &Logged| {
            let kind = format!("{:?}", logged.kind).to_lowercase();
            format!("{kind} {}", logged.user_name.as_deref().unwrap_or("nobody"))
        };
        let sent = self.sandbox.writes().iter().map(words).collect();
        self.sandbox.clear_log();
        sent
    }

    /// The userNames of those who can work in the team, in alphabetical order, without the admin.
    pub fn active(&self) -> Vec<String> {
        let people = self.sandbox.standing(Standing::Active).into_iter().map(|person| person.user_name);
        let mut names: Vec<String> = people.filter(|name| name != "admin@acme.example").collect();
        names.sort();
        names
    }
}

/// Instances that die.
impl Lab {
    /// Runs a cycle that is killed (SIGKILL) when its `nth` request of that kind had its effect and before the
    /// answer; those in flight beside it may have had theirs or not, and are not answered either.
    pub fn die_at(&self, kind: Kind, nth: u64) {
        self.sandbox.fault(Fault::on(kind, Failure::HangAfter(Duration::from_secs(60))).nth(nth).always());
        self.die_when(|logged| logged.kind == kind && matches!(logged.outcome, Outcome::Late(_)));
        self.sandbox.faults_off();
    }

    /// Runs a cycle that is killed as soon as the sandbox's log has such a request.
    pub fn die_when(&self, seen: impl Fn(&Logged) -> bool) {
        let mut cycle = self.command(&["sync"]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        while !self.sandbox.log().iter().any(&seen) {
            assert!(cycle.try_wait().unwrap().is_none(), "the cycle ended before it could be killed");
            std::thread::yield_now();
        }
        cycle.kill().unwrap();
        cycle.wait().unwrap();
    }
}

//! A folder with a configuration and an export, and the built program run in it with its time and peak memory.

use std::fmt::Write;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::team::{KEY, TeamProcess, person};

pub struct Lab {
    pub folder: TempDir,
    pub team: TeamProcess,
}

/// One run of the program.
pub struct Run {
    pub time: Duration,
    /// Peak resident memory, KiB (proc_pid_status(5), VmHWM; the last look before the end).
    pub peak_kib: u64,
    pub report: serde_json::Value,
}

impl Lab {
    /// A team of `members`, and an export of `people`: the same as far as both go.
    pub fn new(members: usize, people: usize, per_min: u32) -> Self {
        let source = "type = \"file\"\nid = \"id\"\npath = \"people.csv\"\nactive = \"status\"\n\
                      [mapping]\nuser_name = \"mail\"\ngiven_name = \"given\"\nfamily_name = \"family\"\n";
        let lab = Self::with_source(members, per_min, source);
        let mut export = "id,given,family,mail,status\n".to_owned();
        for n in 1..=people {
            let (user_name, given, family) = person(n);
            writeln!(export, "{n},{given},{family},{user_name},active").unwrap();
        }
        lab.write("people.csv", &export);
        lab
    }

    /// A team of `members`, and whatever is read by these lines behind `[[source]]` and its name.
    pub fn with_source(members: usize, per_min: u32, source: &str) -> Self {
        let lab = Self { folder: TempDir::new().unwrap(), team: TeamProcess::start(members, per_min) };
        lab.write("scim.key", KEY);
        lab.configure(per_min, source);
        lab
    }

    fn configure(&self, per_min: u32, source: &str) {
        let per_min = per_min.min(100_000);
        let no_limit = "cycle = \"100%\", i_accept_no_limit = true";
        let text = format!(
            "[postman]\nbase_url = \"{}\"\napi_key_file = \"scim.key\"\nprotected = [\"admin@acme.example\"]\n\
             verified_domains = [\"acme.example\"]\nwrites_per_min = {per_min}\nreads_per_min = {per_min}\n\
             [[source]]\nname = \"hr\"\n{source}\
             [state]\npath = \"state/state.db\"\n[schedule]\ncron = \"0 0 0 1 1 *\"\n\
             [safety]\nfirst_sync = \"apply\"\ncreates = {{ {no_limit} }}\n",
            self.team.base_url
        );
        self.write("config.toml", &text);
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn write(&self, name: &str, content: &str) {
        use std::os::unix::fs::PermissionsExt;
        std::fs::write(self.path(name), content).unwrap();
        std::fs::set_permissions(self.path(name), std::fs::Permissions::from_mode(0o600)).unwrap();
    }

    pub fn spawn(&self, arguments: &[&str]) -> Child {
        self.spawn_to(arguments, std::fs::File::create(self.path("out")).unwrap().into())
    }

    fn spawn_to(&self, arguments: &[&str], out: Stdio) -> Child {
        let mut command = Command::new(env!("CARGO_BIN_EXE_postman-scim-sync"));
        command.args(arguments).arg("--config").arg(self.path("config.toml")).env_clear();
        command.env("POSTMAN_SCIM_SYNC_LOG", "warn");
        command.stdout(out).stderr(std::fs::File::create(self.path("err")).unwrap());
        command.spawn().unwrap()
    }

    /// A cycle that must end well, with its report.
    pub fn sync(&self) -> Run {
        let run = self.run(&["sync", "--format", "json"], std::fs::File::create(self.path("out")).unwrap().into());
        let out = std::fs::read_to_string(self.path("out")).unwrap();
        Run { report: serde_json::from_str(&out).unwrap(), ..run }
    }

    /// A run that must end well.
    pub fn run(&self, arguments: &[&str], out: Stdio) -> Run {
        let start = Instant::now();
        let mut child = self.spawn_to(arguments, out);
        let mut peak_kib = 0;
        let status = loop {
            peak_kib = peak_kib.max(memory_kib(child.id(), "VmHWM:"));
            if let Some(status) = child.try_wait().unwrap() {
                break status;
            }
            std::thread::sleep(Duration::from_millis(1));
        };
        let time = start.elapsed();
        let said = || [std::fs::read_to_string(self.path("err")), std::fs::read_to_string(self.path("out"))];
        assert!(status.success(), "{status}\n{:.4000}", format!("{:?}", said()));
        Run { time, peak_kib, report: serde_json::Value::Null }
    }
}

/// A line of `/proc/PID/status`, KiB; 0 when the process has gone.
pub fn memory_kib(pid: u32, name: &str) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix(name));
    line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok()).unwrap_or(0)
}

/// `12.3 MiB`
pub fn mib(kib: u64) -> String {
    format!("{:.1} MiB", kib as f64 / 1024.0)
}

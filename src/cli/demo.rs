//! `demo`: the real main job on an embedded team, with nothing to set up. Real HTTP on loopback, a real
//! configuration, a real state database; the same code as `plan`, `approve` and `sync`.
//!
//! Never: touches anything outside its own new folder, or talks to anything but this machine.

use std::path::{Path, PathBuf};

use clap::Args;

use crate::clock::Clock;
use crate::report::count;
use crate::sandbox::{KeyState, Sandbox, Served, Standing, Team, spawn};

use super::sample::Sample;
use super::{Failure, approve, plan, sync, terminal};

const KEY: &str = "PMAK-sandbox-key-of-the-demo-not-a-secret";
/// People at the directory in the beginning.
const PEOPLE: [(&str, &str, &str, &str); 8] = [
    ("1001", "Ada", "Byron", "ada"),
    ("1002", "Grace", "Hopper", "grace"),
    ("1003", "Edsger", "Dijkstra", "edsger"),
    ("1004", "Barbara", "Liskov", "barbara"),
    ("1005", "Ken", "Thompson", "ken"),
    ("1006", "Radia", "Perlman", "radia"),
    ("1007", "Leslie", "Lamport", "leslie"),
    ("1008", "Margaret", "Hamilton", "margaret"),
];

#[derive(Args, Debug, Clone, Default)]
pub struct Options {
    /// Keep the sandbox team running afterwards, to try other commands against it (Ctrl-C ends it)
    #[arg(long)]
    stay: bool,
}

/// The demo's own folder with its directory export, configuration, key and state.
struct Stage {
    folder: PathBuf,
    sandbox: Sandbox,
    served: Served,
}

pub async fn run(options: &Options) -> Result<u8, Failure> {
    let stage = Stage::set(Clock::System).await?;
    stage.introduce();
    stage.first_sync().await?;
    stage.a_day_passes().await?;
    stage.quiet_cycle().await?;
    stage.close(options).await;
    Ok(0)
}

impl Stage {
    async fn set(clock: Clock) -> Result<Self, Failure> {
        let folder = new_folder().map_err(|error| Failure::new(1, format!("could not make a folder: {error}")))?;
        // Somebody joined by hand, under an old name; somebody else nobody at the directory knows.
        let team = Team::new("Acme")
            .seats(12)
            .verified("acme.example")
            .key(KEY, KeyState::Active)
            .member("postman-admin@acme.example", "Postman", "Admin")
            .member("Grace@acme.example", "Grace", "Murray")
            .member("contractor@elsewhere.example", "Con", "Tractor");
        let sandbox = Sandbox::new(team);
        sandbox.follow(clock);
        let served =
            spawn(sandbox.clone()).await.map_err(|error| Failure::new(1, format!("no loopback port: {error}")))?;
        let stage = Self { folder, sandbox, served };
        stage.write("config.toml", &config(&stage.served.base_url()))?;
        stage.write("scim.key", KEY)?;
        stage.write("people.csv", &people(&[], &[]))?;
        Ok(stage)
    }

    fn write(&self, name: &str, content: &str) -> Result<(), Failure> {
        super::out::write_private(&self.folder.join(name), content)
    }

    fn config_path(&self) -> PathBuf {
        self.folder.join("config.toml")
    }

    fn introduce(&self) {
        scene("A directory, and a Postman team");
        say(&format!(
            "A sandbox of Postman's SCIM service runs at {}.\nIts team has three members who joined by hand. The \
             directory is an export of eight people:\n{}",
            self.served.base_url(),
            self.folder.join("people.csv").display()
        ));
        self.show_team();
    }

    async fn first_sync(&self) -> Result<(), Failure> {
        scene("1. Look at the plan first");
        command(&["plan"], &self.config_path());
        plan::run(Some(&self.config_path()), &plan::Options::default()).await?;

        scene("2. The first sync waits for a person");
        command(&["sync"], &self.config_path());
        self.sync().await?;
        let plan_id = self.held_plan()?;

        scene("3. Approve exactly that plan, and apply it");
        command(&["approve", &plan_id], &self.config_path());
        let options = approve::Options { plan_id, by: None };
        approve::run(Some(&self.config_path()), &options)?;
        command(&["sync"], &self.config_path());
        self.sync().await?;
        self.show_team();
        Ok(())
    }

    async fn a_day_passes(&self) -> Result<(), Failure> {
        scene("4. Somebody leaves, somebody marries");
        say("Edsger is marked as terminated in the directory. Ada marries: a new name, and a new address.");
        self.write("people.csv", &people(&["1003"], &[("1001", "Ada", "King", "ada.king")]))?;
        command(&["plan"], &self.config_path());
        plan::run(Some(&self.config_path()), &plan::Options::default()).await?;
        say("Few enough changes for the limits: the next cycle needs no approval.");
        command(&["sync"], &self.config_path());
        self.sync().await?;
        self.show_team();
        Ok(())
    }

    async fn quiet_cycle(&self) -> Result<(), Failure> {
        scene("5. Run again: nothing to do");
        self.sandbox.clear_log();
        command(&["sync"], &self.config_path());
        self.sync().await?;
        let (reads, writes) = (self.sandbox.reads().len(), self.sandbox.writes().len());
        let (reads, writes) = (count(reads as u64, "read", "reads"), count(writes as u64, "write", "writes"));
        say(&format!("The sandbox team saw {reads} and {writes} in this cycle."));
        Ok(())
    }

    async fn close(&self, options: &Options) {
        scene("What next");
        let folder = self.folder.display();
        say(&format!(
            "Everything of this demo is in {folder}\n  people.csv   the directory export\n  \
             config.toml  a whole configuration, twenty lines\n  state.db     what was applied, with an audit trail\n\
             Delete the folder when you are done with it."
        ));
        if options.stay {
            say(
                "The team stays up. Edit people.csv, and in another terminal (the program is target/debug/postman-scim-sync \
                 in a clone):",
            );
            for verb in ["status", "plan", "sync"] {
                command(&[verb], &self.config_path());
            }
            say("Ctrl-C ends it.");
            // Without signals there is nothing to wait for.
            let _ = tokio::signal::ctrl_c().await;
            return;
        }
        say(
            "The team ended with this demo. To edit the export and plan again, keep one running:\n\n  postman-scim-sync \
             demo --stay\n\n(From a clone: `cargo run --locked -- demo --stay`.)\n\nFor your own team: take \
             config/reference.toml, name your export and your key in it, and type\n\n  postman-scim-sync check \
             --config my.toml\n  postman-scim-sync plan --config my.toml",
        );
    }

    async fn sync(&self) -> Result<(), Failure> {
        sync::run(Some(&self.config_path()), &sync::Options::default()).await.map(|_| ())
    }

    fn held_plan(&self) -> Result<String, Failure> {
        let store = crate::store::Store::view(&self.folder.join("state.db"))?;
        let plan = store.map(|store| store.last_plan()).transpose()?.flatten();
        plan.map(|plan| plan.id).ok_or_else(|| Failure::new(1, "the demo's first sync stored no plan"))
    }

    fn show_team(&self) {
        let mut lines = vec!["The team in Postman now:".to_owned()];
        for person in self.sandbox.team().people() {
            let name = format!("{} {}", person.given, person.family);
            let state = if person.standing == Standing::Active { "active" } else { "deactivated" };
            lines.push(format!("  {:<32} {name:<22} {state}", person.user_name));
        }
        say(&lines.join("\n"));
    }
}

fn scene(title: &str) {
    terminal::print(&format!("\n== {title} {}", "=".repeat(96usize.saturating_sub(title.len()))));
}

fn say(text: &str) {
    terminal::print(&format!("\n{text}"));
}

fn command(words: &[&str], config: &Path) {
    terminal::print(&format!("\n$ postman-scim-sync {} --config {}\n", words.join(" "), config.display()));
}

/// A new folder that only this user can read.
fn new_folder() -> std::io::Result<PathBuf> {
    use std::os::unix::fs::DirBuilderExt;
    let mut builder = std::fs::DirBuilder::new();
    builder.mode(0o700);
    for _ in 0..100 {
        let name = format!("postman-scim-sync-demo-{:06x}", fastrand::u32(..0x100_0000));
        let folder = std::env::temp_dir().join(name);
        match builder.create(&folder) {
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
            made => return made.map(|()| folder),
        }
    }
    Err(std::io::ErrorKind::AlreadyExists.into())
}

fn config(base_url: &str) -> String {
    Sample {
        head: "# The demo's configuration. config/reference.toml explains every key.".to_owned(),
        base_url,
        key_path: "scim.key",
        verified_domains: &["acme.example".to_owned()],
        protected: &["postman-admin@acme.example"],
        seats: Some(12),
        state_path: "state.db",
    }
    .toml()
}

/// The export, with some people terminated and some renamed.
fn people(terminated: &[&str], renamed: &[(&str, &str, &str, &str)]) -> String {
    let mut text = "id,given,family,mail,status\n".to_owned();
    for person in PEOPLE {
        let (id, given, family, mail) = renamed.iter().find(|new| new.0 == person.0).copied().unwrap_or(person);
        let status = if terminated.contains(&id) { "terminated" } else { "active" };
        text.push_str(&format!("{id},{given},{family},{mail}@acme.example,{status}\n"));
    }
    text
}

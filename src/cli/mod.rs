//! The command line: one file a verb. Wording for terminals lives here and in `report`.
//!
//! Never: decides what is planned or applied, or exits anywhere but at the end of `main`.

mod adopt;
mod adopt_group;
mod approve;
mod beside;
mod check;
mod demo;
mod export_groups;
mod failure;
mod fetch;
mod history;
mod log;
mod out;
mod pause;
mod plan;
pub(crate) mod plan_file;
mod run;
mod sample;
mod sandbox;
mod setup;
mod status;
mod sync;
mod team;
mod terminal;
mod who;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

pub use failure::Failure;

const EXIT_CODES: &str = "Exit codes: 0 in sync or fully applied; 1 the cycle failed; 2 usage or configuration; \
3 applied with some people set aside; 4 held by the guard, approval needed; 5 `plan --exit-code` found changes; \
6 another instance holds the lock; 7 the state database needs attention.";

/// Keeps a Postman team in step with a company directory, and shows the plan first.
#[derive(Parser, Debug)]
#[command(version, about, after_help = EXIT_CODES, disable_help_subcommand = true)]
struct Arguments {
    /// The configuration file [default: /etc/postman-scim-sync/config.toml]
    #[arg(long, short, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand, Debug)]
enum Verb {
    /// The whole thing in one minute: an embedded team, a sample directory, nothing to set up
    Demo(demo::Options),
    /// Test configuration, directory and Postman credentials, and say what to do about each failure
    Check,
    /// Show what a cycle would do, and do nothing: sends only reads, changes no file
    Plan(plan::Options),
    /// Run one cycle: read, plan, and apply what the guard lets through
    Sync(sync::Options),
    /// The daemon: cycles by the schedule, until it is asked to end
    Run,
    /// Let no scheduled cycle start; `sync` by hand still works
    Pause(pause::Pause),
    /// Let scheduled cycles start again
    Resume(pause::Resume),
    /// What the last cycles did, what is held and how healthy this is; the exit code is a health check
    Status(status::Options),
    /// What the cycles did: cycles, changes, approvals, from the audit chain
    History(history::Options),
    /// Let a held plan through: exactly these changes, once, for 24 hours
    Approve(approve::Options),
    /// Take a member under management, or let somebody who was set aside go on
    Adopt(adopt::Options),
    /// The directory as JSON lines, as the file source reads them; --anonymize to show it to others
    Fetch(fetch::Options),
    /// What Postman has: groups with their members, and people; reads only
    Team(team::Options),
    /// The team's groups as an identity provider imports them: LDIF, CSV or JSON; reads only
    ExportGroups(export_groups::Options),
    /// A Postman team of made-up people on this machine, for trying integrations
    #[command(after_help = "It reads no configuration file: --config means nothing here.")]
    Sandbox(sandbox::Options),
}

/// How a report is written.
#[derive(ValueEnum, Clone, Copy, Debug, PartialEq, Eq, Default)]
enum Format {
    #[default]
    Text,
    Json,
}

/// Options of the verbs that look at the team.
#[derive(Args, Debug, Clone, Default)]
struct Looking {
    /// List the whole team now, and not only when it is due
    #[arg(long)]
    refresh: bool,
    /// How to print
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    format: Format,
}

/// Parses the arguments, runs the verb, and returns the exit code.
pub fn main() -> u8 {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            let code = u8::try_from(error.exit_code()).unwrap_or(2);
            // A closed pipe is no reason to panic; there is nobody left to tell.
            let _ = error.print();
            return code;
        }
    };
    // Who starts a daemon reads its log; who types a command reads its answer.
    log::start(if matches!(arguments.verb, Verb::Run) { tracing::Level::INFO } else { tracing::Level::WARN });
    let builds = || tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let runtime = match spare_descriptors().and_then(|()| builds()) {
        Ok(runtime) => runtime,
        Err(error) => {
            let failure = Failure::new(1, format!("could not start the runtime: {error}"));
            return failure
                .advise("allow it more open files and threads: `ulimit -n` and `ulimit -u` say how many")
                .tell();
        }
    };
    let code = runtime.block_on(run(arguments)).unwrap_or_else(|failure| failure.tell());
    // A read that hangs in the system must not keep the process from ending.
    runtime.shutdown_background();
    code
}

async fn run(arguments: Arguments) -> Result<u8, Failure> {
    let config = arguments.config.as_deref();
    match arguments.verb {
        Verb::Demo(options) => demo::run(&options).await,
        Verb::Check => check::run(config).await,
        Verb::Plan(options) => plan::run(config, &options).await,
        Verb::Sync(options) => sync::run(config, &options).await,
        Verb::Run => run::run(config).await,
        Verb::Pause(options) => pause::pause(config, &options),
        Verb::Resume(options) => pause::resume(config, &options),
        Verb::Status(options) => status::run(config, &options),
        Verb::History(options) => history::run(config, &options),
        Verb::Approve(options) => approve::run(config, &options),
        Verb::Adopt(options) => adopt::run(config, &options).await,
        Verb::Fetch(options) => fetch::run(config, &options).await,
        Verb::Team(options) => team::run(config, &options).await,
        Verb::ExportGroups(options) => export_groups::run(config, &options).await,
        Verb::Sandbox(options) => sandbox::run(&options).await,
    }
}

/// The runtime panics where it finds no descriptor for its signals, and a cycle needs some more. Better said at once.
fn spare_descriptors() -> std::io::Result<()> {
    let spare: std::io::Result<Vec<std::fs::File>> = (0..16).map(|_| std::fs::File::open("/dev/null")).collect();
    spare.map(drop)
}

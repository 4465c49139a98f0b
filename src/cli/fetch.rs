//! `fetch`: the directory as JSON Lines, as the file source reads it back. The end line comes only with evidence.
//!
//! Never: sends anything to Postman, or ends well on a reading that did not come to its end.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, BufWriter, ErrorKind, Read, Write};
use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::{Map, Value, json};

use crate::clock::Clock;
use crate::config::ldap_source::StateRule;
use crate::config::{Config, SourceKind, SourceSettings};
use crate::core::evidence::Evidence;
use crate::core::model::{Active, DirectoryUser};
use crate::core::pseudonym::{Keep, Pseudonyms};
use crate::core::text::toml_string;
use crate::lifeline::Lifeline;
use crate::report::{count, json_line};
use crate::source::{self, Fold, Source};

use super::out::{self, Out};
use super::{Failure, setup, terminal};

/// What `id`, `active` and `groups` are called in the output, beside the directory's own attributes.
const ID: &str = "directory_id";
const ACTIVE: &str = "directory_active";
const GROUPS: &str = "directory_groups";

/// The longest object that the file source reads, in bytes.
const LINE_MAX: usize = 1 << 20;
/// Shorter salts could be tried.
const SALT_MIN: usize = 16;
const SALT_MAX: u64 = 4096;

#[derive(Args, Debug, Clone)]
pub struct Options {
    /// Which source, where the configuration has several
    #[arg(long, value_name = "NAME")]
    pub(super) source: Option<String>,
    /// Write to a file, mode 0600, whole or not at all
    #[arg(long, value_name = "FILE")]
    pub(super) out: Option<PathBuf>,
    /// Replace every value by a pseudonym; attribute names and listed states stay
    #[arg(long)]
    pub(super) anonymize: bool,
    /// Pseudonyms that are the same in every file made with this secret (16 bytes or more); random without it
    #[arg(long, value_name = "FILE", requires = "anonymize")]
    pub(super) salt_file: Option<PathBuf>,
}

pub async fn run(path: Option<&Path>, options: &Options) -> Result<u8, Failure> {
    let config = setup::load_without_key(path)?;
    let settings = chosen(&config, options.source.as_deref())?;
    let salt = options.salt_file.as_deref();
    options.out.as_deref().map(|path| out::refuse_in_use(path, &config, salt)).transpose()?;
    let pseudonyms = options.anonymize.then(|| pseudonyms(&config, settings, salt));
    let pseudonyms = pseudonyms.transpose()?;
    let source = source::open(settings, &config.http, Clock::System);
    let lifeline = Lifeline::default();
    setup::end_when_asked(&lifeline)?;
    let end = match &options.out {
        None => {
            let mut lines = Lines::new(BufWriter::new(io::stdout()), pseudonyms);
            let evidence = read(&*source, &mut lines, &lifeline).await;
            lines.finish(evidence)?.1
        }
        Some(file) => {
            let mut lines = Lines::new(Out::create(file)?, pseudonyms);
            let evidence = read(&*source, &mut lines, &lifeline).await;
            let (out, end) = lines.finish(evidence)?;
            out.finish()?;
            end
        }
    };
    tell(settings, options, end);
    Ok(0)
}

/// The source of that name, or the only one.
fn chosen<'a>(config: &'a Config, name: Option<&str>) -> Result<&'a SourceSettings, Failure> {
    let names: Vec<&str> = config.sources.iter().map(|source| source.name.as_str()).collect();
    let found = match (name, &config.sources[..]) {
        (None, [only]) => Some(only),
        (None, _) => None,
        (Some(name), sources) => sources.iter().find(|source| source.name == name),
    };
    found.ok_or_else(|| {
        let what = name.map_or_else(|| "there are several sources".into(), |name| format!("there is no source {name}"));
        Failure::new(2, what).advise(format!("name one with --source: {}", names.join(", ")))
    })
}

/// Reads the directory into the lines, unless the end is asked for; then the file in the making goes away.
async fn read(source: &dyn Source, lines: &mut dyn Fold, lifeline: &Lifeline) -> Result<Evidence, Failure> {
    tokio::select! {
        biased;
        () = lifeline.stopping() => Err(setup::asked_to_end()),
        evidence = source.read(lines) => evidence.map_err(|error| Failure::new(1, error.to_string())),
    }
}

/// How to read the output back, for a person: on standard error, so that a pipe gets only lines.
fn tell(settings: &SourceSettings, options: &Options, entries: u64) {
    // As it is named from everywhere: a relative path would start at the configuration.
    let whole = |path: &PathBuf| path.canonicalize().unwrap_or_else(|_| path.clone()).display().to_string();
    let file = options.out.as_ref().map_or("people.jsonl".into(), whole);
    let scope = if options.anonymize {
        "\n# The n-th of postman.verified_domains is verified-n.example here, the n-th of scope.groups scope-group-n."
    } else {
        ""
    };
    terminal::tell(&format!(
        "# {}, read to the end. To read them back:\n[[source]]\nname = \"{}\"\ntype = \"file\"\npath = {}\n\
         format = \"jsonl\"\nid = \"{ID}\"\nactive = \"{ACTIVE}\"\ngroups = \"{GROUPS}\"{scope}",
        count(entries, "entry", "entries"),
        settings.name,
        toml_string(&file)
    ));
}

/// Entries as they arrive. What goes wrong with one is kept, since a fold has no answer to give.
struct Lines<W: Write> {
    to: W,
    pseudonyms: Option<Pseudonyms>,
    count: u64,
    failed: Option<Failure>,
}

impl<W: Write> Lines<W> {
    fn new(to: W, pseudonyms: Option<Pseudonyms>) -> Self {
        Self { to, pseudonyms, count: 0, failed: None }
    }

    fn write(&mut self, user: DirectoryUser) -> Result<(), Failure> {
        let place = user.place.clone();
        let user = without_ours(user).map_err(|what| Failure::new(1, format!("{place}: {what}")))?;
        let user = match &self.pseudonyms {
            Some(pseudonyms) => pseudonyms.user(user),
            None => user,
        };
        let line = json_line(&object(user));
        if line.len() > LINE_MAX {
            return Err(Failure::new(1, format!("{place}: as JSON the entry is longer than 1 MiB"))
                .advise("the file source would refuse it; let the directory return fewer attributes"));
        }
        self.count += 1;
        self.to.write_all(line.as_bytes()).map_err(|error| cannot_write(&error))
    }

    /// The end line, if there is evidence and everything was written.
    fn finish<E>(mut self, evidence: Result<E, Failure>) -> Result<(W, u64), Failure> {
        let whole = match self.failed.take() {
            Some(failure) => Err(failure),
            None => evidence.map(|_| ()),
        };
        let end = format!("{{\"end\":true,\"count\":{}}}\n", self.count);
        let written = whole.and_then(|()| self.to.write_all(end.as_bytes()).map_err(|error| cannot_write(&error)));
        // What was read is printed even when it is not whole; only the end line says that it is.
        let flushed = self.to.flush().map_err(|error| cannot_write(&error));
        written.and(flushed).map(|()| (self.to, self.count)).map_err(|failure| match failure.advice {
            Some(_) => failure,
            // Whoever read it wanted no more.
            None if failure.what.is_empty() => failure,
            None => failure.advise("the reading is not whole, and has no end line; `check` says more"),
        })
    }
}

impl<W: Write + Send> Fold for Lines<W> {
    fn person(&mut self, user: DirectoryUser) {
        if self.failed.is_none() {
            self.failed = self.write(user).err();
        }
    }
}

fn cannot_write(error: &io::Error) -> Failure {
    match error.kind() {
        ErrorKind::BrokenPipe => Failure::silent(1),
        _ => Failure::new(1, format!("could not write: {error}")),
    }
}

/// What our names hold for an entry.
fn ours(user: &DirectoryUser) -> [(&'static str, Value); 3] {
    let active = match user.active {
        Active::Yes => "active",
        Active::No => "inactive",
        // In no list of values, so that it is unknown again.
        Active::Unknown => "unknown",
    };
    [(ID, json!(user.id.id)), (ACTIVE, json!(active)), (GROUPS, json!(user.groups))]
}

/// A file that `fetch` wrote has our names already; they are made anew, behind the pseudonyms. Errors: the directory has
/// such a name for something else.
fn without_ours(mut user: DirectoryUser) -> Result<DirectoryUser, String> {
    for (name, value) in ours(&user) {
        if user.attributes.remove(name).is_some_and(|other| other != value) {
            return Err(format!("the directory has an attribute {name} of its own; call it otherwise there"));
        }
    }
    Ok(user)
}

/// The entry with its id, state and groups under names of ours.
fn object(mut user: DirectoryUser) -> Map<String, Value> {
    let ours = ours(&user).map(|(name, value)| (name.to_owned(), value));
    user.attributes.extend(ours);
    user.attributes
}

fn pseudonyms(config: &Config, settings: &SourceSettings, salt: Option<&Path>) -> Result<Pseudonyms, Failure> {
    let salt = match salt {
        Some(path) => given_salt(path)?,
        None => random_salt()?,
    };
    let mut keep = states(settings);
    keep.verified_domains = config.policy.verified_domains.clone();
    keep.scope_groups = config.scope.groups.clone();
    let mapping = [&config.mapping.user_name, &config.mapping.given_name, &config.mapping.family_name];
    let is_name = |c: char| c.is_alphanumeric() || c == '_' || c == '-';
    let words = |text: &String| text.split(|c| !is_name(c)).map(str::to_owned).collect::<Vec<_>>();
    keep.names = mapping.into_iter().flat_map(words).collect::<BTreeSet<_>>();
    Ok(Pseudonyms::new(&salt, keep))
}

/// Where the state stands, under the name in the file and under the one it is renamed to, and what it may be.
fn states(settings: &SourceSettings) -> Keep {
    // Only the columns of a file can be renamed.
    let (records, header) = match &settings.kind {
        SourceKind::File(file) => (&file.records, file.header.as_slice()),
        SourceKind::Exec(exec) => (&exec.records, [].as_slice()),
        SourceKind::Ldap(ldap) => return states_of_ldap(&ldap.state),
        SourceKind::Keycloak(_) => return kept_states(vec!["enabled".into()], vec!["true".into(), "false".into()]),
        SourceKind::Scim(_) => return kept_states(vec!["active".into()], vec!["true".into(), "false".into()]),
        SourceKind::Google(google) => {
            return kept_states(google.inactive_values.clone(), vec!["true".into(), "false".into()]);
        }
        SourceKind::Okta(okta) => {
            return kept_states(
                vec!["status".into()],
                [okta.active_values.clone(), okta.inactive_values.clone()].concat(),
            );
        }
        SourceKind::Entra(_) => {
            return kept_states(vec!["accountEnabled".into()], vec!["true".into(), "false".into()]);
        }
    };
    let renamed = |name: &String| header.iter().find(|(from, _)| from == name).map(|(_, to)| to.clone());
    let names = records.active.iter().flat_map(|name| [Some(name.clone()), renamed(name)]).flatten();
    kept_states(names.collect(), [records.active_values.clone(), records.inactive_values.clone()].concat())
}

/// Where the directory has a rule of its own, its attributes hold times and bits too, and say more than the state.
fn states_of_ldap(rule: &StateRule) -> Keep {
    match rule {
        StateRule::OfDirectory => Keep::default(),
        StateRule::Attribute { name, active_values, inactive_values } => {
            kept_states(vec![name.clone()], [active_values.clone(), inactive_values.clone()].concat())
        }
    }
}

fn kept_states(active_attributes: Vec<String>, active_values: Vec<String>) -> Keep {
    Keep { active_attributes, active_values, ..Keep::default() }
}

fn given_salt(path: &Path) -> Result<Vec<u8>, Failure> {
    let mut salt = Vec::new();
    let read = File::open(path).and_then(|file| file.take(SALT_MAX).read_to_end(&mut salt));
    read.map_err(|error| Failure::new(2, format!("could not read the salt {}: {error}", path.display())))?;
    if salt.len() < SALT_MIN {
        return Err(Failure::new(2, format!("the salt in {} is shorter than {SALT_MIN} bytes", path.display()))
            .advise("make one: head -c 32 /dev/urandom > salt"));
    }
    Ok(salt)
}

/// From the kernel's generator (random(4)); gone when the command ends.
fn random_salt() -> Result<Vec<u8>, Failure> {
    let mut salt = vec![0; 32];
    let read = File::open("/dev/urandom").and_then(|mut file| file.read_exact(&mut salt));
    read.map_err(|error| Failure::new(1, format!("could not read /dev/urandom: {error}")))?;
    Ok(salt)
}

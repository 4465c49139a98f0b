//! `fetch`: the directory as JSON Lines, as the file source reads it back. The end line comes only with evidence.
//!
//! Never: sends anything to Postman, or ends well on a reading that did not come to its end.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, BufWriter, Read, Write};
use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::{Map, Value, json};

use crate::config::{Config, SourceKind, SourceSettings};
use crate::core::model::{Active, DirectoryUser};
use crate::core::pseudonym::{Keep, Pseudonyms};
use crate::report::{count, json_line};
use crate::source::{self, Fold};

use super::out::Out;
use super::{Failure, setup};

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
    /// The `name` of the source, where there are several
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
    let settings = choose(&config, options.source.as_deref())?;
    let pseudonyms = options.anonymize.then(|| pseudonyms(&config, settings, options.salt_file.as_deref()));
    let pseudonyms = pseudonyms.transpose()?;
    let source = source::open(settings);
    let end = match &options.out {
        None => {
            let mut lines = Lines::new(BufWriter::new(io::stdout()), pseudonyms);
            let evidence = source.read(&mut lines).await;
            lines.finish(evidence.map_err(|error| Failure::new(1, error.to_string())))?.1
        }
        Some(file) => {
            let mut lines = Lines::new(Out::create(file)?, pseudonyms);
            let evidence = source.read(&mut lines).await;
            let (out, end) = lines.finish(evidence.map_err(|error| Failure::new(1, error.to_string())))?;
            out.finish()?;
            end
        }
    };
    tell(settings, options, end);
    Ok(0)
}

fn choose<'a>(config: &'a Config, name: Option<&str>) -> Result<&'a SourceSettings, Failure> {
    let names = || config.sources.iter().map(|source| source.name.as_str()).collect::<Vec<_>>().join(", ");
    match (name, config.sources.as_slice()) {
        (Some(name), sources) => sources.iter().find(|source| source.name == name).ok_or_else(|| {
            Failure::new(2, format!("there is no source {name}")).advise(format!("the configuration has: {}", names()))
        }),
        (None, [only]) => Ok(only),
        (None, _) => {
            Err(Failure::new(2, "there are several sources").advise(format!("choose one with --source: {}", names())))
        }
    }
}

/// How to read the output back, for a person: on standard error, so that a pipe gets only lines.
fn tell(settings: &SourceSettings, options: &Options, entries: u64) {
    let file = options.out.as_ref().map_or("people.jsonl".into(), |path| path.display().to_string());
    let scope = if options.anonymize {
        "\n# The n-th of postman.verified_domains is verified-n.example here, the n-th of scope.groups scope-group-n."
    } else {
        ""
    };
    anstream::eprintln!(
        "# {}, read to the end. To read them back:\n[[source]]\nname = \"{}\"\ntype = \"file\"\npath = {:?}\n\
         format = \"jsonl\"\nid = \"{ID}\"\nactive = \"{ACTIVE}\"\ngroups = \"{GROUPS}\"{scope}",
        count(entries, "entry", "entries"),
        settings.name,
        file
    );
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
        let user = match &self.pseudonyms {
            Some(pseudonyms) => pseudonyms.user(user),
            None => user,
        };
        let line = json_line(&object(user).map_err(|what| Failure::new(1, format!("{place}: {what}")))?);
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
    Failure::new(1, format!("could not write: {error}"))
}

/// The entry with its id, state and groups under names of ours. Errors: the directory has such a name already, for
/// something else.
fn object(user: DirectoryUser) -> Result<Map<String, Value>, String> {
    let DirectoryUser { id, attributes: mut entry, active, groups, .. } = user;
    let active = match active {
        Active::Yes => "active",
        Active::No => "inactive",
        // In no list of values, so that it is unknown again.
        Active::Unknown => "unknown",
    };
    for (name, value) in [(ID, json!(id.id)), (ACTIVE, json!(active)), (GROUPS, json!(groups))] {
        match entry.get(name) {
            Some(other) if *other != value => {
                return Err(format!("the directory has an attribute {name} of its own; call it otherwise there"));
            }
            _ => entry.insert(name.to_owned(), value),
        };
    }
    Ok(entry)
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
    };
    let renamed = |name: &String| header.iter().find(|(from, _)| from == name).map(|(_, to)| to.clone());
    let names = records.active.iter().flat_map(|name| [Some(name.clone()), renamed(name)]).flatten();
    Keep {
        active_attributes: names.collect(),
        active_values: [records.active_values.clone(), records.inactive_values.clone()].concat(),
        ..Keep::default()
    }
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

//! `check`: the "Test API Credentials" of the Okta page, and the directory and the state with it.

use std::collections::BTreeSet;
use std::path::Path;

use crate::config::{SourceKind, nearest};
use crate::core::groups::DirectoryGroup;
use crate::core::model::{DirectoryUser, UserName};
use crate::core::pattern::Pattern;
use crate::core::reading::SourceReading;
use crate::core::text::toml_string;
use crate::engine::fold::{Folding, Listing};
use crate::engine::outcome::after;
use crate::engine::{high_water, identity, nesting};
use crate::http::Transport;
use crate::postman::Reader;
use crate::report::{clean_reason, count};
use crate::source::{Finding, Fold, Source};
use crate::store::{Store, StoreError};

use super::setup::Setup;
use super::{Failure, terminal};

/// Names of attributes that are kept to be shown.
const NAMES_MAX: usize = 60;

/// One thing that was tested.
struct Step {
    what: String,
    outcome: Outcome,
}

enum Outcome {
    Good(String),
    /// Works, and is unwise.
    Warn(String),
    Bad(String, Option<String>),
}

impl From<Finding> for Outcome {
    fn from(finding: Finding) -> Self {
        match finding {
            Finding::Good(text) => Self::Good(text),
            Finding::Unwise(text) => Self::Warn(text),
            Finding::Wrong(text, advice) => Self::Bad(text, Some(advice)),
        }
    }
}

pub async fn run(config: Option<&Path>) -> Result<u8, Failure> {
    let setup = Setup::load(config)?;
    let mut steps = vec![Step { what: "configuration".into(), outcome: configuration(&setup) }];
    steps.extend(
        setup
            .config
            .warnings
            .iter()
            .map(|warning| Step { what: "configuration".into(), outcome: Outcome::Warn(warning.clone()) }),
    );
    steps.push(Step { what: "state".into(), outcome: state(&setup) });
    steps.extend(names_without_source(&setup).map(|outcome| Step { what: "state".into(), outcome }));
    steps.extend(sources(&setup).await);
    match setup.reader() {
        Ok(reader) => steps.extend(team(&setup, &reader).await),
        Err(failure) => {
            steps.push(Step { what: "key".into(), outcome: Outcome::Bad(failure.what.join("; "), failure.advice) });
        }
    }
    let failed = steps.iter().filter(|step| matches!(step.outcome, Outcome::Bad(..))).count() as u64;
    steps.iter().for_each(print);
    terminal::print(&match failed {
        0 => format!(
            "\nEverything answers. Next: `{}` shows what a cycle would do, and does nothing.",
            terminal::typed("plan", config)
        ),
        n => format!("\n{} failed; nothing was changed.", count(n, "step", "steps")),
    });
    Ok(u8::from(failed > 0))
}

fn print(step: &Step) {
    let (mark, text, advice) = match &step.outcome {
        Outcome::Good(text) => ("ok  ", text, None),
        Outcome::Warn(text) => ("warn", text, None),
        Outcome::Bad(text, advice) => ("FAIL", text, advice.as_ref()),
    };
    terminal::print(&format!("{mark}  {}: {}", step.what, clean_reason(text)));
    if let Some(advice) = advice {
        terminal::print(&format!("      -> {}", clean_reason(advice)));
    }
}

fn configuration(setup: &Setup) -> Outcome {
    let path = setup.config.path.as_ref().map(|path| path.display().to_string());
    Outcome::Good(path.unwrap_or_else(|| "from the environment".into()))
}

fn state(setup: &Setup) -> Outcome {
    let path = setup.config.state_path.display();
    match Store::view(&setup.config.state_path) {
        Ok(None) => match can_make(&setup.config.state_path) {
            Ok(()) => Outcome::Good(format!("{path} will be made by the first `sync`")),
            Err(error) => Outcome::Bad(
                format!("{path} cannot be made: {error}"),
                Some("set state.path to a place that whoever runs `sync` can write".into()),
            ),
        },
        Ok(Some(store)) => match (counted(&store), store.verify_audit()) {
            (Ok((active, inactive)), Ok(Ok(records))) => Outcome::Good(format!(
                "{path}: managed members: {active} active, {inactive} deactivated; audit chain of {} unbroken",
                count(records, "record", "records")
            )),
            (_, Ok(Err((record, why)))) => Outcome::Bad(
                format!("{path}: the audit chain breaks at record {record}: {why}"),
                Some("somebody edited the state; keep the file for whoever investigates".into()),
            ),
            (Err(error), _) | (_, Err(error)) => bad(error),
        },
        Err(error) => bad(error),
    }
}

/// People bound to a source name that the configuration no longer has. What is wrong with the state is told in its own
/// step.
fn names_without_source(setup: &Setup) -> impl Iterator<Item = Outcome> {
    let bound = Store::view(&setup.config.state_path).ok().flatten();
    let bound = bound.and_then(|store| store.managed_by_source().ok()).unwrap_or_default();
    let is_gone = |name: &String| !setup.config.sources.iter().any(|settings| settings.name == *name);
    bound.into_iter().filter(move |(name, members)| *members > 0 && is_gone(name)).map(|(name, members)| {
        let members = count(members, "member is", "members are");
        Outcome::Warn(format!(
            "{members} bound to the source name \"{name}\", which no [[source]] has: they stay as they are; if a source has a \
             new name, give it the old one back"
        ))
    })
}

/// Managed members, active and deactivated.
fn counted(store: &Store) -> Result<(u64, u64), StoreError> {
    Ok((store.managed_active()?, store.managed_inactive()?))
}

/// Whether the nearest folder that exists can be written, tried with a file that is taken away at once.
fn can_make(path: &Path) -> std::io::Result<()> {
    let folder = path.ancestors().skip(1).find(|folder| folder.is_dir()).unwrap_or(Path::new("/"));
    let probe = folder.join(format!(".postman-scim-sync-check-{}", std::process::id()));
    std::fs::OpenOptions::new().write(true).create_new(true).open(&probe)?;
    std::fs::remove_file(&probe)
}

fn bad(error: impl Into<Failure>) -> Outcome {
    let failure: Failure = error.into();
    Outcome::Bad(failure.what.join("; "), failure.advice)
}

/// What each source says of itself, and its reading to the end, as a cycle would read it.
async fn sources(setup: &Setup) -> Vec<Step> {
    let mut steps = Vec::new();
    for source in &setup.sources {
        let what = format!("source {} ({})", source.name(), source.describe());
        let short = |outcome| Step { what: format!("source {}", source.name()), outcome };
        let found: Vec<Outcome> = source.examine().await.into_iter().map(Outcome::from).collect();
        let failed = found.iter().any(|outcome| matches!(outcome, Outcome::Bad(..)));
        steps.extend(found.into_iter().map(short));
        // After a first refusal nothing more is sent: a password that is tried again and again locks accounts.
        if !failed {
            let (checked, outcome) = reading(setup, &**source).await;
            steps.extend(checked.into_iter().map(short));
            steps.push(Step { what, outcome });
        }
    }
    steps
}

/// The fold, and which attributes people in the reading had.
struct Named<'f, 'a> {
    folding: &'f mut Folding<'a>,
    names: BTreeSet<String>,
}

impl Fold for Named<'_, '_> {
    fn person(&mut self, user: DirectoryUser) {
        if self.names.len() < NAMES_MAX {
            let shown = user.attributes.iter().filter(|(_, value)| !value.is_null());
            self.names.extend(shown.map(|(name, _)| name.clone()));
        }
        self.folding.person(user);
    }
}

/// What its evidence rests on, where it says so, and what was understood.
async fn reading(setup: &Setup, source: &dyn Source) -> (Vec<Outcome>, Outcome) {
    let scope = &setup.config.scope;
    let mut folding = Folding::new(&setup.mapping, scope, Listing::NotPlanned, Vec::new(), Default::default());
    let mut named = Named { folding: &mut folding, names: BTreeSet::new() };
    let evidence = source.read(&mut named).await;
    let names = named.names;
    // What is wrong with the state is told in its own step.
    let state = Store::view(&setup.config.state_path).ok().flatten();
    let pinned = state.as_ref().and_then(|store| store.identities().ok()).unwrap_or_default();
    let followed = state.as_ref().and_then(|store| store.followed().ok()).unwrap_or_default();
    let come = state.and_then(|store| store.high_water().ok()).unwrap_or_default();
    let settings = &setup.config.sources;
    let evidence = evidence.and_then(|evidence| identity::expected(settings, &pinned, source, evidence));
    let evidence = evidence.and_then(|evidence| high_water::expected(settings, &come, source, evidence));
    let evidence = evidence.and_then(|evidence| nesting::expected(&followed, source, evidence));
    folding.end_source(source.name(), evidence);
    let read = match Store::in_memory().and_then(|store| folding.finish(&store, &Default::default())) {
        Ok(reading) => reading.sources.into_iter().next(),
        Err(error) => return (Vec::new(), bad(error)),
    };
    let Some(read) = read else { return (Vec::new(), Outcome::Good("nothing read".into())) };
    match &read.evidence {
        Err(why) => (Vec::new(), Outcome::Bad(after(&source.describe(), why).into(), Some(mend(setup, source).into()))),
        Ok(evidence) => {
            let checked = Some(evidence.checked.join(", ")).filter(|checked| !checked.is_empty());
            let checked = checked.map(|checked| Outcome::Good(format!("read to the end: {checked}")));
            let groups = evidence.groups.iter().map(group).chain(unmatched(setup, source, &evidence.groups));
            (checked.into_iter().chain(groups).collect(), understood(&read, &compare(setup, source, &names)))
        }
    }
}

/// A group that is to be pushed.
fn group(group: &DirectoryGroup) -> Outcome {
    let asked = toml_string(&group.asked);
    match &group.found {
        Ok(found) => Outcome::Good(format!(
            "[[group]] {asked}: {}, {}",
            toml_string(&found.name),
            count(found.members, "member", "members")
        )),
        Err(why) => Outcome::Bad(
            format!("[[group]] {asked}: {why}"),
            Some("until it can be read nobody is taken out of a group of this source by it".into()),
        ),
    }
}

/// Patterns of this source that no group of it is like, which a reading says nothing about.
fn unmatched<'a>(setup: &'a Setup, source: &dyn Source, found: &'a [DirectoryGroup]) -> impl Iterator<Item = Outcome> {
    let name = source.name().to_owned();
    let rules = setup.config.policy.groups.rules.iter().filter(move |rule| rule.from == name);
    let asked = rules.map(|rule| rule.asked.text());
    let unmatched = asked.filter(|asked| !found.iter().any(|group| group.asked == *asked));
    unmatched.map(|asked| Outcome::Warn(format!("[[group]] {} matches no group", toml_string(&asked))))
}

/// What to do about a reading that is not whole.
fn mend(setup: &Setup, source: &dyn Source) -> &'static str {
    let settings = setup.config.sources.iter().find(|settings| settings.name == source.name());
    match settings.map(|settings| &settings.kind) {
        Some(SourceKind::Exec(_)) => "mend the program, or what it reads; until then nobody is removed as missing",
        Some(kind) if kind.is_server() => "until a reading counts nobody is removed as missing",
        _ => "mend the directory's export; until then nobody is removed as missing",
    }
}

fn understood(read: &SourceReading, mapping: &str) -> Outcome {
    let understood = read.understood;
    let (in_scope, known) = (understood.in_scope, understood.mapped + understood.inactive);
    let text = format!(
        "{}, {in_scope} in scope, {} inactive, {} understood, {} with a known state",
        count(understood.entries, "entry", "entries"),
        understood.inactive,
        understood.mapped,
        understood.with_state
    );
    if in_scope == 0 {
        let advice =
            "a `sync` holds such a reading; look at what the directory shows (`fetch` prints it) and at [scope]";
        return Outcome::Bad(text, Some(advice.into()));
    }
    if known == in_scope && understood.with_state == in_scope {
        return Outcome::Good(text);
    }
    let unclear = read.unclear.mapping.as_ref().or(read.unclear.state.as_ref());
    let text = format!("{text}; for example {}", unclear.map(String::as_str).unwrap_or_default());
    if understood.mapped == 0 && in_scope > understood.inactive {
        return Outcome::Bad(text, Some(format!("a `sync` holds such a reading; {mapping}")));
    }
    if understood.with_state > 0 {
        return Outcome::Warn(format!("{text}; `plan` names them all"));
    }
    let advice = "a `sync` holds such a reading; correct active, active_values and inactive_values of the source, or give the \
                  account that reads the right to that attribute";
    Outcome::Bad(text, Some(advice.into()))
}

/// What `[mapping]` reads beside what there is.
fn compare(setup: &Setup, source: &dyn Source, names: &BTreeSet<String>) -> String {
    let known = || names.iter().map(String::as_str);
    let near = setup.mapping.reads().into_iter().filter(|read| !known().any(|name| name.eq_ignore_ascii_case(read)));
    let near = near.filter_map(|read| Some(format!("did you mean \"{}\" by \"{read}\"? ", nearest(&read, known())?)));
    let near: String = near.collect();
    let settings = setup.config.sources.iter().find(|settings| settings.name == source.name());
    let all = match settings.map(|settings| &settings.kind) {
        // It is asked for nothing else; what people there have is in a warning above.
        Some(SourceKind::Ldap(_) | SourceKind::Google(_)) => "of what was asked for, ",
        _ => "",
    };
    format!("correct [mapping]: {near}{all}entries have {}", known().collect::<Vec<_>>().join(", "))
}

async fn team<T: Transport>(setup: &Setup, reader: &Reader<T>) -> Vec<Step> {
    let host = setup.config.postman.base_url.host_str().unwrap_or_default().to_owned();
    let what = format!("Postman ({host})");
    let members = match reader.probe().await {
        // After a first refusal nothing more is sent.
        Err(error) => return vec![Step { what, outcome: bad(error) }],
        Ok(members) => members,
    };
    let mut steps = vec![Step {
        what,
        outcome: Outcome::Good(format!(
            "the key opens a team of {}, active and deactivated",
            count(members, "member", "members")
        )),
    }];
    let exact: Vec<UserName> = setup.config.policy.protected.iter().filter_map(Pattern::exact).collect();
    for user_name in exact {
        let what = format!("protected account {user_name}");
        let outcome = match reader.find(&user_name).await {
            Ok(Some(member)) if member.active => Outcome::Good("an active member; nothing will touch it".into()),
            Ok(Some(_)) => Outcome::Warn("a member, and deactivated".into()),
            Ok(None) => Outcome::Warn("not a member; is it spelled as in Postman?".into()),
            Err(error) => bad(error),
        };
        let failed = matches!(outcome, Outcome::Bad(..));
        steps.push(Step { what, outcome });
        if failed {
            break;
        }
    }
    steps
}

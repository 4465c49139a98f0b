//! `history`: what the audit chain and the cycles say. Reads only, beside a running daemon too.

use std::collections::BTreeSet;
use std::path::Path;

use chrono::{DateTime, NaiveDate};
use clap::{Args, ValueEnum};

use crate::clock::Clock;
use crate::core::model::UserName;
use crate::core::time::Moment;
use crate::report::history::{
    Approvals, Changes, CycleEntry, Entries, History, Wanted, groups_called, history_json, history_lines, history_text,
    ids_with,
};
use crate::report::status::Audit;
use crate::report::{CycleKind, TextOptions, clean};
use crate::store::{AuditRow, CycleId, Store};

use super::{Failure, setup, terminal};

/// Records of the audit chain read at once.
const PAGE: u32 = 1_000;

#[derive(Args, Debug, Clone)]
pub struct Options {
    /// One line a change: when, what, whom, how it ended, who approved it
    #[arg(long, conflicts_with = "approvals")]
    pub(super) changes: bool,
    /// Who approved which plan, and how much of it was used
    #[arg(long)]
    pub(super) approvals: bool,
    /// Changes of one person: a userName they have or had, or a directory id as source:id
    #[arg(long, value_name = "WHO", conflicts_with = "approvals")]
    pub(super) who: Option<String>,
    /// Changes of one group and its members: a name it has or had at Postman, or its directory id as source/groups:id
    #[arg(long, value_name = "NAME", conflicts_with_all = ["approvals", "who"])]
    pub(super) group: Option<String>,
    /// Changes of one cycle
    #[arg(long, value_name = "N", conflicts_with = "approvals")]
    pub(super) cycle: Option<i64>,
    /// From then on: 2026-11-01, 2026-11-01T08:00:00Z, or 7d (s, m, h, d) back from now
    #[arg(long, value_name = "WHEN")]
    pub(super) since: Option<String>,
    /// At most so many, the newest [default: 20 cycles or approvals, 200 changes]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub(super) limit: Option<u32>,
    /// How to print: jsonl is one entry a line, without a head
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    pub(super) format: HistoryFormat,
}

/// How a history is written.
#[derive(ValueEnum, Clone, Copy, Debug, PartialEq, Eq, Default)]
pub(super) enum HistoryFormat {
    #[default]
    Text,
    Json,
    Jsonl,
}

pub fn run(path: Option<&Path>, options: &Options) -> Result<u8, Failure> {
    let now = Clock::System.now();
    let since = options.since.as_deref().map(|when| since(when, now)).transpose()?;
    let config = setup::load_without_key(path)?;
    let state = &config.state_path;
    let Some(store) = Store::view(state)? else {
        return Err(Failure::new(1, format!("there is no state at {}", state.display()))
            .advise("no cycle has run yet: look at `plan`, then run `sync`"));
    };
    let history = read(&store, options, since)?;
    terminal::answer(&match options.format {
        HistoryFormat::Json => history_json(&history),
        HistoryFormat::Jsonl => history_lines(&history),
        HistoryFormat::Text => {
            let colour = terminal::colour();
            history_text(&history, &TextOptions { colour, kind: CycleKind::Dry, now, config: path })
        }
    })?;
    if options.format == HistoryFormat::Jsonl {
        warn_beside_lines(&history);
    }
    Ok(if matches!(history.audit, Audit::Broken { .. }) { 1 } else { 0 })
}

/// Lines have no head that could say it.
fn warn_beside_lines(history: &History) {
    if let Audit::Broken { record, why } = &history.audit {
        tracing::error!("the audit chain is broken at record {record}: {why}; don't trust what follows it");
    }
    if history.ids.len() > 1 {
        let ids: Vec<String> = history.ids.iter().map(|id| clean(id)).collect();
        tracing::warn!("several directory ids have had this address: {}", ids.join(", "));
    }
    if history.unreadable > 0 {
        tracing::warn!("{} records are not as this version writes them, and left out", history.unreadable);
    }
    if history.earlier > 0 {
        tracing::warn!("{} earlier entries are left out; --limit shows more", history.earlier);
    }
}

fn read(store: &Store, options: &Options, since: Option<i64>) -> Result<History, Failure> {
    let limit = |default: u32| options.limit.unwrap_or(default) as usize;
    let mut ids = BTreeSet::new();
    // Only changes have a person or a cycle.
    let of_one = options.who.is_some() || options.group.is_some();
    let (entries, earlier, unreadable) = if options.changes || of_one || options.cycle.is_some() {
        if let Some(who) = &options.who {
            let who = UserName::new(who.trim());
            walk(store, |row| ids.extend(ids_with(row, &who)))?;
        }
        if let Some(name) = &options.group {
            walk(store, |row| ids.extend(groups_called(row, name.trim())))?;
        }
        let people = of_one.then(|| ids.clone());
        let wanted = Wanted { people, cycle: options.cycle.map(CycleId), since_unix_s: since };
        let mut changes = Changes::new(wanted, limit(200));
        walk(store, |row| changes.push(row))?;
        let unreadable = changes.unreadable;
        let (entries, earlier) = changes.finish();
        (Entries::Changes(entries), earlier, unreadable)
    } else if options.approvals {
        let mut approvals = Approvals::new(since, limit(20));
        walk(store, |row| approvals.push(row))?;
        let unreadable = approvals.unreadable;
        let (entries, earlier) = approvals.finish();
        (Entries::Approvals(entries), earlier, unreadable)
    } else {
        let (entries, earlier) = cycles(store, since, limit(20))?;
        (Entries::Cycles(entries), earlier, 0)
    };
    let audit = match store.verify_audit()? {
        Ok(records) => Audit::Unbroken { records, head: None },
        Err((record, why)) => Audit::Broken { record, why },
    };
    Ok(History { entries, earlier, unreadable, ids: ids.into_iter().collect(), audit })
}

/// Hands over the whole chain, in order, a page at a time.
fn walk(store: &Store, mut with: impl FnMut(&AuditRow)) -> Result<(), Failure> {
    let mut after = 0;
    loop {
        let page = store.audit_after(after, PAGE)?;
        let Some(last) = page.last() else { return Ok(()) };
        after = last.seq;
        page.iter().for_each(&mut with);
    }
}

/// The last cycles, oldest first, and how many came before them.
fn cycles(store: &Store, since: Option<i64>, limit: usize) -> Result<(Vec<CycleEntry>, u64), Failure> {
    // The store keeps ten thousand of them.
    let rows = store.last_cycles(u32::MAX)?;
    let late = rows.iter().filter(|row| since.is_none_or(|since| row.started.unix_s >= since));
    let earlier = late.clone().count().saturating_sub(limit) as u64;
    let mut entries: Vec<CycleEntry> = late.take(limit).map(CycleEntry::from).collect();
    entries.reverse();
    Ok((entries, earlier))
}

/// A day, a point in time, or how long ago; in seconds since 1970 UTC.
fn since(when: &str, now: Moment) -> Result<i64, Failure> {
    let ago = |text: &str| -> Option<i64> {
        let unit = text.chars().next_back()?;
        let unit_s = match unit {
            's' => 1,
            'm' => 60,
            'h' => 3_600,
            'd' => 86_400,
            _ => return None,
        };
        let number: u32 = text.strip_suffix(unit)?.parse().ok()?;
        Some(now.unix_s - i64::from(number) * unit_s)
    };
    let day = || {
        let day = NaiveDate::parse_from_str(when, "%Y-%m-%d").ok()?;
        Some(day.and_hms_opt(0, 0, 0)?.and_utc().timestamp())
    };
    let instant = || DateTime::parse_from_rfc3339(when).ok().map(|time| time.timestamp());
    ago(when).or_else(day).or_else(instant).ok_or_else(|| {
        Failure::new(2, format!("--since {when}: neither a day, a point in time nor a duration"))
            .advise("write 2026-11-01 (UTC), 2026-11-01T08:00:00Z or 7d")
    })
}

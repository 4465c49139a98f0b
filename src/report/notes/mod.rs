//! Notes in groups: everybody with the same trouble at once, and below them what to do about it.
//!
//! Never: cuts a list that somebody has to act on.

mod groups;
mod holds;
mod line;
mod topic;

use std::collections::BTreeMap;

pub use line::note_line;
use topic::{Length, Topic, topic};

use super::page::{self, Page, Reach};
use crate::core::plan::Note;
use crate::core::time::Moment;

/// So many lines of a list that needs no action.
const LINES_MAX: usize = 10;

struct Group<'a> {
    topic: Topic,
    notes: Vec<&'a Note>,
}

/// How many notes leave a person unlike what the directory wants until somebody acts.
pub fn cases_set_aside(notes: &[Note]) -> u64 {
    notes.iter().filter(|note| note.holds_somebody()).count() as u64
}

/// Two sections: those who are set aside until somebody acts, then what is good to know.
pub fn write_notes<'a>(page: &mut Page, notes: impl IntoIterator<Item = &'a Note>, now: Moment) {
    let (aside, telling): (Vec<&Note>, Vec<&Note>) = notes.into_iter().partition(|note| note.holds_somebody());
    if !aside.is_empty() {
        page.heading(page::WARNING, &format!("SET ASIDE ({}): unlike the directory until somebody acts", aside.len()));
        write_groups(page, &aside, now);
    }
    if !telling.is_empty() {
        page.heading(page::HEADING, &format!("Good to know ({})", telling.len()));
        write_groups(page, &telling, now);
    }
}

fn write_groups(page: &mut Page, notes: &[&Note], now: Moment) {
    let mut groups: BTreeMap<(u8, String), Group<'_>> = BTreeMap::new();
    for note in notes {
        let several = several_of_a_name(note, notes);
        let topic = if several > 1 { groups::several_of_a_name(several) } else { topic(note) };
        let key = (topic.rank, topic.title.clone());
        let group = groups.entry(key).or_insert_with(|| Group { topic, notes: Vec::new() });
        if several > 1 && group.notes.iter().any(|listed| is_of_the_same_group(listed, note)) {
            continue;
        }
        group.notes.push(note);
    }
    groups.values().for_each(|group| write_group(page, group, now));
}

fn several_of_a_name(note: &Note, notes: &[&Note]) -> usize {
    let Note::Group(note) = note else { return 0 };
    let groups = notes.iter().filter_map(|note| if let Note::Group(note) = note { Some(note) } else { None });
    groups::of_one_name(note, groups)
}

fn is_of_the_same_group(one: &Note, other: &Note) -> bool {
    match (one, other) {
        (Note::Group(one), Note::Group(other)) => groups::of_one_name(one, std::iter::once(other)) > 0,
        _ => false,
    }
}

fn write_group(page: &mut Page, group: &Group<'_>, now: Moment) {
    let (all, topic) = (group.notes.len(), &group.topic);
    page.prose(page::WARNING, 2, &format!("{} ({all})", topic.title));
    let shown = if topic.length == Length::Short { all.min(LINES_MAX) } else { all };
    for note in &group.notes[..shown] {
        let line = note_line(page, note, now);
        match note {
            // The reason is a sentence, and several people may be named.
            Note::Group(_) if line.chars().count() + 4 > page::WIDTH => page.prose(page::PLAIN, 4, &line),
            _ => page.line(&format!("    {line}")),
        }
    }
    if shown < all {
        page.line(&format!("    and {} more; --format json has all", all - shown));
    }
    for fix in &topic.fixes {
        page.fix(6, fix);
        if all > 1 && fix.reach == Reach::One {
            page.line("        (the same for each of the others)");
        }
    }
}

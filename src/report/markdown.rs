//! The plan as Markdown, for a pull request or a ticket. The words are those of the text; the changes stand in tables.
//!
//! Outside a code span stand only words of letters and short numbers. Everything else is inside one, where neither
//! CommonMark nor GitHub makes a link, a mention, an image, HTML, a reference to an issue or a table cell of it.
//! Backslashes would not do: GitHub finds addresses and mentions after it has taken them away.
//!
//! Never: prints a text from outside that did not go through `inline`.

use std::collections::BTreeSet;

use super::TextOptions;
use super::change::{class_title, is_held, waits, weight};
use super::clean::clean_reason;
use super::groups;
use super::page::{self, Page};
use super::plan::write_plan;
use crate::core::groups::GroupAdoption;
use crate::core::guard::{Class, Held, held_keys};
use crate::core::plan::{Adoption, Change, ChangeKey, Plan};
use crate::engine::outcome::Proposal;

/// What may follow a word in a sentence, and means nothing to Markdown there.
const PUNCTUATION: [char; 6] = ['.', ',', ';', ':', ')', '?'];

/// The plan as Markdown; no change is left out.
pub fn plan_markdown(proposal: &Proposal, options: &TextOptions<'_>) -> String {
    let page = Page::markdown(options);
    write_plan(page, proposal, options, write_tables)
}

/// One table a class of changes, in the order of the phases, then the adoptions.
fn write_tables(page: &mut Page, plan: &Plan, held: &[Held]) {
    let new: BTreeSet<&ChangeKey> = plan.difference.iter().flat_map(|difference| &difference.new).collect();
    let mark = |keys: &[ChangeKey]| if keys.iter().any(|key| new.contains(key)) { "`*`" } else { "" };
    let waiting = held_keys(plan, held);
    for class in Class::ALL {
        let of_class: Vec<_> = plan.changes.iter().filter(|planned| Class::of(&planned.change) == class).collect();
        if !of_class.is_empty() {
            let whole = is_held(class, held);
            heading(page, class_title(class), weight(of_class.iter().copied()), whole);
            page.raw("| New | Who | Change | Why |\n|---|---|---|---|\n");
            for planned in of_class {
                let (change, why, keys) = (&planned.change, inline(&planned.why), planned.change.keys());
                let who = inline(change.label());
                // One that waits for a change of another class, which is held.
                let waits = if !whole && waits(change, &waiting) { " HELD, see below" } else { "" };
                page.raw(&format!("| {} | {who} | {} | {why}{waits} |\n", mark(&keys), to_what(change)));
            }
        }
    }
    let waits = held.iter().any(|held| matches!(held, Held::FirstSync { .. }));
    if !plan.adoptions.is_empty() {
        heading(page, "Adopt, no request", plan.adoptions.len(), waits);
        page.raw("| New | Who | Name | In the team | At the directory |\n|---|---|---|---|---|\n");
        for adoption in &plan.adoptions {
            page.raw(&format!("| {} | {} |\n", mark(&[adoption.key()]), adoption_cells(adoption)));
        }
    }
    if !plan.group_adoptions.is_empty() {
        heading(page, "Adopt groups, no request", plan.group_adoptions.len(), waits);
        page.raw("| New | Group | In the team | At the directory |\n|---|---|---|---|\n");
        for adoption in &plan.group_adoptions {
            page.raw(&format!("| {} | {} |\n", mark(&[adoption.key()]), group_adoption_cells(adoption)));
        }
    }
}

fn heading(page: &mut Page, title: &str, all: usize, held: bool) {
    let suffix = if held { " HELD, see below" } else { "" };
    page.heading(page::HEADING, &format!("{title} ({all}){suffix}"));
}

fn to_what(change: &Change) -> String {
    match change {
        Change::Deactivate { .. } => "deactivate".into(),
        Change::Group(group) => inline(&groups::what(group)),
        Change::Reactivate { .. } => "reactivate".into(),
        Change::Readdress { to, .. } => format!("→ {}", inline(to.as_str())),
        Change::Create { account, .. } => inline(&account.name.to_string()),
        Change::Rename { from, to, .. } => format!("{} → {}", inline(&from.to_string()), inline(&to.to_string())),
    }
}

fn adoption_cells(adoption: &Adoption) -> String {
    let account = &adoption.member.account;
    let standing = if adoption.member.active { "active" } else { "inactive" };
    let (who, name) = (inline(account.user_name.as_str()), inline(&account.name.to_string()));
    format!("{who} | {name} | {standing} | {}", inline(&adoption.id.to_string()))
}

fn group_adoption_cells(adoption: &GroupAdoption) -> String {
    let (name, members) = (inline(&adoption.group.name), groups::members_words(&adoption.group));
    format!("{name} | {members} | {}", inline(&adoption.id.to_string()))
}

/// Text within a line of Markdown: plain words as they are, everything else in code spans.
pub fn inline(text: &str) -> String {
    let text = clean_reason(text);
    let words: Vec<&str> = text.split(' ').filter(|word| !word.is_empty()).collect();
    let alike = words.chunk_by(|one, next| is_plain(one) == is_plain(next)).map(|words| words.join(" "));
    alike
        .map(|words| if is_plain(words.split(' ').next().unwrap_or_default()) { words } else { code(&words) })
        .collect::<Vec<_>>()
        .join(" ")
}

/// A code span, with the punctuation of the sentence outside. Nothing could escape a backtick or a pipe inside one that
/// stands in a table.
fn code(words: &str) -> String {
    let opened = words.strip_prefix('(').unwrap_or(words);
    let core = opened.trim_end_matches(PUNCTUATION);
    if core.is_empty() {
        return format!("`{words}`").replace('|', "¦");
    }
    let (before, after) = (&words[..words.len() - opened.len()], &opened[core.len()..]);
    format!("{before}`{}`{after}", core.replace('`', "'").replace('|', "¦"))
}

/// A word of letters, or a number too short for a commit, with the punctuation of a sentence around it.
fn is_plain(word: &str) -> bool {
    let core = word.strip_prefix('(').unwrap_or(word).trim_end_matches(PUNCTUATION);
    let is_number = (1..=6).contains(&core.len()) && core.chars().all(|c| c.is_ascii_digit());
    let is_word = |part: &str| !part.is_empty() && part.chars().all(char::is_alphabetic);
    is_number || core.split(['-', '\'']).all(is_word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_words_stand_outside_of_code() {
        for (text, expected) in [
            ("Ada Lovelace", "Ada Lovelace"),
            ("José O'Brien-Łukasz (Ada), 12 of 30.", "José O'Brien-Łukasz (Ada), 12 of 30."),
            ("ada@acme.example", "`ada@acme.example`"),
            ("@octocat and #12", "`@octocat` and `#12`"),
            ("see GH-12, or 230c813fdf", "see `GH-12`, or `230c813fdf`"),
            ("(people.csv line 3): yes", "(`people.csv` line 3): yes"),
            ("... (", "`... (`"),
            (":) (: ``", "`:) (: ''`"),
            ("1234567", "`1234567`"),
            ("![x](http://evil.example/a.png)", "`![x](http://evil.example/a.png`)"),
            ("a|b `c` <img src=x>", "`a¦b 'c' <img src=x>`"),
            ("a\\|b\\", "`a\\¦b\\`"),
            ("www.evil.example x", "`www.evil.example` x"),
            (":rocket: $x$ ~~y~~ **z** _z_", "`:rocket: $x$ ~~y~~ **z** _z_`"),
            ("- - -", "`- - -`"),
            ("", ""),
        ] {
            assert_eq!(inline(text), expected);
        }
    }
}

//! The plan as CSV (RFC 4180): one row a change, an adoption, a note and its person, and a source that counts for
//! nothing. The columns are documented in docs/json.md.
//!
//! Never: a cell that a spreadsheet would take for a formula, or a line break that would forge a row.

use super::TextOptions;
use super::change::waits;
use super::clean::clean_reason;
use super::groups;
use super::held::refusal_words;
use super::notes::note_line;
use super::page::Page;
use super::{Colour, CycleKind};
use crate::core::groups::{GroupAdoption, GroupChange, GroupId, GroupNote, Person};
use crate::core::guard::held_keys;
use crate::core::model::{Member, Name, SourceId, UserName};
use crate::core::plan::{Adoption, Change, Note, PlannedChange};
use crate::core::time::Moment;
use crate::engine::outcome::Proposal;

const COLUMNS: [&str; 17] = [
    "plan_id",
    "row",
    "kind",
    "source",
    "source_id",
    "scim_id",
    "user_name",
    "given_name",
    "family_name",
    "new_user_name",
    "new_given_name",
    "new_family_name",
    "held",
    "detail",
    "group_id",
    "group",
    "new_group",
];

/// One row before it is neutralised; empty where it does not apply.
#[derive(Clone, Default)]
struct Row {
    row: &'static str,
    kind: String,
    source: String,
    source_id: String,
    scim_id: String,
    user_name: String,
    name: Option<Name>,
    new_user_name: String,
    new_name: Option<Name>,
    held: bool,
    detail: String,
    group_id: String,
    group: String,
    new_group: String,
}

/// The plan as CSV, with a header, lines ended by LF.
pub fn plan_csv(proposal: &Proposal, now: Moment) -> String {
    let mut csv = csv::Writer::from_writer(Vec::new());
    let plan = &proposal.plan;
    let page = Page::new(&TextOptions { colour: Colour::Never, kind: CycleKind::Dry, now, config: None });
    let failures = proposal.sources.iter().filter_map(|source| {
        let detail = source.failed.clone()?;
        Some(Row { row: "failure", kind: "source".into(), source: source.source.clone(), detail, ..Row::default() })
    });
    let refusals = plan.refusals.iter().map(|refusal| Row {
        row: "refusal",
        kind: tag(refusal, "refusal"),
        source: refusal.source().to_owned(),
        detail: refusal_words(refusal),
        ..Row::default()
    });
    let held = held_keys(plan, &proposal.held);
    let changes = plan.changes.iter().flat_map(|planned| change_rows(planned, waits(&planned.change, &held)));
    let adoptions = plan.adoptions.iter().map(|adoption| adoption_row(adoption, held.contains(&adoption.key())));
    let groups = plan.group_adoptions.iter();
    let groups = groups.map(|adoption| group_adoption_row(adoption, held.contains(&adoption.key())));
    let notes = plan.notes.iter().flat_map(|note| note_rows(note, &note_line(&page, note, now)));
    let mut write = |cells: [String; 17]| {
        csv.write_record(cells).expect("a vector takes what is written, and every row has as many cells");
    };
    write(COLUMNS.map(str::to_owned));
    for row in failures.chain(refusals).chain(changes).chain(adoptions).chain(groups).chain(notes) {
        write(row.cells(&proposal.plan_id));
    }
    let bytes = csv.into_inner().unwrap_or_default();
    String::from_utf8_lossy(&bytes).into_owned()
}

impl Row {
    fn of(row: &'static str, kind: impl Into<String>, id: &SourceId) -> Self {
        Self { row, kind: kind.into(), source: id.source.clone(), source_id: id.id.clone(), ..Self::default() }
    }

    fn member(self, member: &Member) -> Self {
        let account = &member.account;
        let (scim_id, user_name) = (member.scim_id.0.clone(), account.user_name.as_str().to_owned());
        Self { scim_id, user_name, name: Some(account.name.clone()), ..self }
    }

    fn cells(self, plan_id: &str) -> [String; 17] {
        let names = |name: Option<Name>| name.map(|name| (name.given, name.family)).unwrap_or_default();
        let ((given, family), (new_given, new_family)) = (names(self.name), names(self.new_name));
        let held = if self.held { "yes" } else { "no" };
        let cells = [
            plan_id.to_owned(),
            self.row.to_owned(),
            self.kind,
            self.source,
            self.source_id,
            self.scim_id,
            self.user_name,
            given,
            family,
            self.new_user_name,
            new_given,
            new_family,
            held.to_owned(),
            self.detail,
            self.group_id,
            self.group,
            self.new_group,
        ];
        cells.map(|cell| neutral(&cell))
    }
}

/// One row; of memberships, one a person.
fn change_rows(planned: &PlannedChange, held: bool) -> Vec<Row> {
    let Change::Group(change) = &planned.change else { return vec![change_row(planned, held)] };
    let kind = planned.change.kind().as_str();
    let new_group = match change {
        GroupChange::RenameGroup { to, .. } => to.clone(),
        _ => String::new(),
    };
    let row = Row {
        row: "change",
        kind: kind.into(),
        held,
        detail: planned.why.clone(),
        group_id: change.id().to_string(),
        group: change.name().to_owned(),
        new_group,
        ..Row::default()
    };
    let of = |person: &Person| Row {
        source: person.id.source.clone(),
        source_id: person.id.id.clone(),
        user_name: person.user_name.as_str().to_owned(),
        ..row.clone()
    };
    if change.people().is_empty() { vec![row] } else { change.people().iter().map(of).collect() }
}

fn change_row(planned: &PlannedChange, held: bool) -> Row {
    let change = &planned.change;
    let row = Row {
        scim_id: change.scim_id().map(|id| id.0.clone()).unwrap_or_default(),
        user_name: change.label().to_owned(),
        held,
        detail: planned.why.clone(),
        ..Row::of("change", change.kind().as_str(), change.id())
    };
    match change {
        Change::Deactivate { .. } | Change::Reactivate { .. } | Change::Group(_) => row,
        Change::Readdress { to, .. } => Row { new_user_name: to.as_str().to_owned(), ..row },
        Change::Create { account, .. } => Row { name: Some(account.name.clone()), ..row },
        Change::Rename { from, to, .. } => Row { name: Some(from.clone()), new_name: Some(to.clone()), ..row },
    }
}

fn adoption_row(adoption: &Adoption, held: bool) -> Row {
    let standing = if adoption.member.active { "active" } else { "inactive" };
    let row = Row::of("adoption", "adopt", &adoption.id).member(&adoption.member);
    Row { held, detail: format!("{standing} in the team"), ..row }
}

fn group_adoption_row(adoption: &GroupAdoption, held: bool) -> Row {
    Row {
        row: "adoption",
        kind: "adopt_group".into(),
        scim_id: adoption.group.scim_id.0.clone(),
        held,
        detail: groups::members_words(&adoption.group),
        group_id: adoption.id.to_string(),
        group: adoption.group.name.clone(),
        ..Row::default()
    }
}

fn note_rows(note: &Note, line: &str) -> Vec<Row> {
    let kind = match note {
        Note::Held { hold, .. } | Note::Group(GroupNote::GroupHeld { hold, .. }) => {
            format!("held:{}", tag(&hold.reason, "reason"))
        }
        _ => tag(note, "note"),
    };
    let (ids, user_name) = concerned(note);
    let row = Row {
        row: "note",
        kind,
        user_name: user_name.map(|name| name.as_str().to_owned()).unwrap_or_default(),
        detail: line.to_owned(),
        ..Row::default()
    };
    match note {
        Note::Stranger { member } => vec![row.member(member)],
        Note::Group(note) => group_note_rows(note, &row),
        Note::UnreadSource { source, .. } | Note::NoSuchSource { source, .. } => {
            vec![Row { source: source.clone(), ..row }]
        }
        _ if ids.is_empty() => vec![row],
        _ => ids
            .into_iter()
            .map(|id| Row { source: id.source.clone(), source_id: id.id.clone(), ..row.clone() })
            .collect(),
    }
}

fn group_note_rows(note: &GroupNote, row: &Row) -> Vec<Row> {
    let group = |ids: &[&GroupId], name: &str| -> Vec<Row> {
        let of = |id: &GroupId| Row { group_id: id.to_string(), group: name.to_owned(), ..row.clone() };
        ids.iter().map(|id| of(id)).collect()
    };
    match note {
        GroupNote::GroupUnread { source, asked, .. } => {
            vec![Row { source: source.clone(), group: asked.clone(), ..row.clone() }]
        }
        GroupNote::OnlyCompared { change } => {
            let compared = change_rows(change, false).into_iter();
            let (row_kind, kind, detail) = (row.row, row.kind.clone(), row.detail.clone());
            compared.map(|of| Row { row: row_kind, kind: kind.clone(), detail: detail.clone(), ..of }).collect()
        }
        GroupNote::GroupDiffers { id, name, missing, .. } => {
            let of = |user_name: &UserName| Row { user_name: user_name.as_str().to_owned(), ..row.clone() };
            let with = |row: Row| Row { group_id: id.to_string(), group: name.clone(), ..row };
            if missing.is_empty() { group(&[id], name) } else { missing.iter().map(of).map(with).collect() }
        }
        GroupNote::GroupOnlyAtPostman { name, .. } => vec![Row { group: name.clone(), ..row.clone() }],
        GroupNote::GroupClash { name, ids } => group(&ids.iter().collect::<Vec<_>>(), name),
        GroupNote::MembersPending { id, name, people } => {
            let of = |user_name: &UserName| Row { user_name: user_name.as_str().to_owned(), ..row.clone() };
            let with = |row: Row| Row { group_id: id.to_string(), group: name.clone(), ..row };
            people.iter().map(of).map(with).collect()
        }
        GroupNote::GroupMatch { id, name, .. }
        | GroupNote::GroupHeld { id, name, .. }
        | GroupNote::GroupInDoubt { id, name, .. }
        | GroupNote::GroupEmpty { id, name }
        | GroupNote::GroupDue { id, name, .. }
        | GroupNote::GroupDrift { id, name, .. }
        | GroupNote::GroupStrangers { id, name, .. }
        | GroupNote::GroupOnlyAtDirectory { id, name, .. } => group(&[id], name),
    }
}

/// Whom a note is about.
fn concerned(note: &Note) -> (Vec<&SourceId>, Option<&UserName>) {
    match note {
        Note::Rejected { id, .. } => (vec![id], None),
        Note::Group(_) => (vec![], None),
        Note::Protected { user_name } => (vec![], Some(user_name)),
        Note::Stranger { .. } | Note::UnreadSource { .. } | Note::NoSuchSource { .. } => (vec![], None),
        Note::Match { id, member } => (vec![id], Some(&member.account.user_name)),
        Note::Held { id, user_name, .. } | Note::UnknownState { id, user_name, .. } => (vec![id], user_name.as_ref()),
        Note::Duplicate { user_name, ids } => (ids.iter().collect(), Some(user_name)),
        Note::Swap { ids } => (ids.iter().collect(), None),
        Note::NewDirectoryId { new, user_name, .. } => (vec![new], Some(user_name)),
        Note::UnverifiedDomain { id, from, .. } => (vec![id], Some(from)),
        Note::SwitchedOff { change } => (vec![change.change.id()], change.change.user_name()),
        Note::AdoptedInactive { id, user_name }
        | Note::AddressTaken { id, user_name, .. }
        | Note::AddressTakenByStranger { id, user_name }
        | Note::InDoubt { id, user_name, .. }
        | Note::InvitationPending { id, user_name }
        | Note::InvitationOpen { id, user_name }
        | Note::Due { id, user_name, .. }
        | Note::NotGone { id, user_name, .. }
        | Note::Drift { id, user_name, .. }
        | Note::OtherAddress { id, user_name, .. }
        | Note::SilentSource { id, user_name, .. } => (vec![id], Some(user_name)),
    }
}

/// The name of a variant, as the JSON document has it.
fn tag(value: &impl serde::Serialize, name: &str) -> String {
    let value = serde_json::to_value(value).unwrap_or_default();
    value[name].as_str().unwrap_or_default().to_owned()
}

/// Without line breaks and invisible characters, and with an apostrophe before what a spreadsheet would calculate.
/// Also behind a semicolon: where that separates, a program splits there, quotes or not.
pub(super) fn neutral(cell: &str) -> String {
    let mut safe = String::new();
    for (at, part) in clean_reason(cell).split(';').enumerate() {
        if at > 0 {
            safe.push(';');
        }
        if part.trim_start_matches([' ', '"']).starts_with(is_formula) {
            safe.push('\'');
        }
        safe.push_str(part);
    }
    safe
}

/// The full-width forms count too: some programs fold them.
fn is_formula(c: char) -> bool {
    matches!(c, '=' | '+' | '-' | '@' | '\t' | '\r' | '＝' | '＋' | '－' | '＠')
}

//! Whom the last report names as not done: the only word of the engine that the auditor takes, since an admin reads it too.
//!
//! Never: excuses anybody whom no note names.

use std::collections::BTreeSet;

use postman_scim_sync::core::plan::Note;
use postman_scim_sync::core::snapshot::HoldReason;
use postman_scim_sync::engine::outcome::CycleReport;

use crate::simulation::directory::{Person, whose};

/// Whom the last report names as not done, so that an admin knows.
pub struct SetAside {
    pub ids: BTreeSet<String>,
    addresses: BTreeSet<String>,
    /// Of those, people whose account somebody fights about.
    keep_access: BTreeSet<String>,
}

impl SetAside {
    pub fn of(report: &CycleReport) -> Self {
        let mut set_aside = Self { ids: BTreeSet::new(), addresses: BTreeSet::new(), keep_access: BTreeSet::new() };
        for note in report.proposal.iter().flat_map(|proposal| &proposal.plan.notes) {
            set_aside.read(note);
        }
        set_aside
    }

    fn read(&mut self, note: &Note) {
        match note {
            Note::Rejected { id, .. }
            | Note::AddressTaken { id, .. }
            | Note::AddressTakenByStranger { id, .. }
            | Note::UnverifiedDomain { id, .. }
            | Note::InDoubt { id, .. }
            | Note::SilentSource { id, .. }
            | Note::InvitationPending { id, .. } => {
                self.ids.insert(whose(&id.id).to_owned());
            }
            Note::Held { id, hold, .. } => {
                self.ids.insert(whose(&id.id).to_owned());
                if matches!(hold.reason, HoldReason::Undone | HoldReason::WrongAccount { .. }) {
                    self.keep_access.insert(whose(&id.id).to_owned());
                }
            }
            Note::Duplicate { user_name, ids } => {
                self.addresses.insert(user_name.key());
                self.ids.extend(ids.iter().map(|id| whose(&id.id).to_owned()));
            }
            Note::Swap { ids } => self.ids.extend(ids.iter().map(|id| whose(&id.id).to_owned())),
            Note::NewDirectoryId { new, bound_to, .. } => {
                self.ids.insert(whose(&new.id).to_owned());
                self.keep_access.insert(whose(&bound_to.id).to_owned());
            }
            _ => {}
        }
    }

    /// People whose address is set aside.
    pub fn ids_at(&self, people: &[Person]) -> BTreeSet<String> {
        let aside = people.iter().filter(|person| self.excuses(person));
        aside.map(|person| person.id.clone()).collect()
    }

    pub fn excuses(&self, person: &Person) -> bool {
        self.ids.contains(&person.id) || self.addresses.contains(&person.mail.to_lowercase())
    }

    pub fn keeps_access(&self, id: &str) -> bool {
        self.keep_access.contains(id)
    }
}

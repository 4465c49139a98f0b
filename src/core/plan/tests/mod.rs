//! The planner, proved three ways: one test a rule, every world of three people with an independent checker,
//! and planted bugs that the checker must find.

mod checker;
mod edges;
mod groups;
mod planted;
mod rules;
mod worlds;

use std::collections::BTreeMap;

use super::*;
use crate::core::evidence::{Evidence, Presence, Understood};
use crate::core::groups::TeamGroup;
use crate::core::mapping::Rejection;
use crate::core::model::{Account, DesiredUser, Name, UserName, Wanted};
use crate::core::pattern::Pattern;
use crate::core::policy::{Matches, Policy, Switches, everyday};
use crate::core::reading::{Reading, SourceReading, Unclear};
use crate::core::snapshot::{Absence, Doubt, Hold, HoldReason, Known, OpId, Origin, Snapshot, Standing};
use crate::core::time::Moment;

const HOUR: i64 = 3_600;
const NOW: i64 = 1_800_000_000;

/// Everything a plan depends on, owned, so that a test can say only what matters to it.
#[derive(Clone)]
struct World {
    policy: Policy,
    reading: Reading,
    snapshot: Snapshot,
    team: Option<Team>,
    probes: BTreeMap<SourceId, Presence>,
    team_groups: Option<Vec<TeamGroup>>,
    now: Moment,
}

impl World {
    fn new() -> Self {
        let reading = Reading { sources: vec![source("corp", 100)], ..Reading::default() };
        Self {
            policy: everyday(),
            reading,
            snapshot: Snapshot::default(),
            team: None,
            probes: BTreeMap::new(),
            team_groups: None,
            now: Moment::at(NOW),
        }
    }

    fn plan(&self) -> Plan {
        let active = self.snapshot.known.values().filter(|known| known.is_active()).count();
        let mut by_source = BTreeMap::new();
        for known in self.snapshot.known.values() {
            *by_source.entry(known.id.source.clone()).or_insert(0) += 1;
        }
        plan(&Inputs {
            policy: &self.policy,
            reading: &self.reading,
            snapshot: &self.snapshot,
            managed_active: active as u64,
            managed_by_source: &by_source,
            team: self.team.as_ref(),
            team_active: self.team.as_ref().map(|team| team.active),
            team_groups: self.team_groups.as_deref(),
            memberships: 0,
            probes: &self.probes,
            context: "test",
            now: self.now,
        })
    }

    /// Somebody the directory shows.
    fn person(mut self, id: &str, wanted: Wanted, account: Account) -> Self {
        self.reading.people.push(DesiredUser {
            id: SourceId::new("corp", id),
            wanted,
            account: Ok(account),
            decided_by: "corp".into(),
            place: format!("line {id}"),
        });
        self.reading.people.sort_by(|a, b| a.id.cmp(&b.id));
        self
    }

    fn wanted(self, id: &str, account: Account) -> Self {
        self.person(id, Wanted::In, account)
    }

    fn leaver(self, id: &str, account: Account) -> Self {
        self.person(id, Wanted::Out("status = \"terminated\"".into()), account)
    }

    fn absent(mut self, id: &str) -> Self {
        self.reading.absent.push(SourceId::new("corp", id));
        self
    }

    fn known(mut self, id: &str, standing: Standing, account: Account) -> Self {
        let row = known(id, standing, account);
        self.snapshot.known.insert(row.id.clone(), row);
        self
    }

    fn known_with(self, id: &str, account: Account, edit: impl FnOnce(&mut Known)) -> Self {
        let mut world = self.known(id, Standing::Active, account);
        edit(world.snapshot.known.get_mut(&SourceId::new("corp", id)).unwrap());
        world
    }

    fn held(mut self, id: &str, reason: HoldReason, until_unix_s: Option<i64>) -> Self {
        let hold = Hold { reason, since: self.now, until_unix_s, tries: 1 };
        self.snapshot.holds.insert(SourceId::new("corp", id), hold);
        self
    }

    fn listed(mut self, edit: impl FnOnce(&mut Team)) -> Self {
        edit(self.team.get_or_insert_default());
        self
    }

    fn with(mut self, edit: impl FnOnce(&mut World)) -> Self {
        edit(&mut self);
        self
    }

    /// What a plan says, a line a thing: changes, then adoptions, then notes, then refusals.
    fn says(&self) -> Vec<String> {
        let plan = self.plan();
        assert_eq!(checker::faults(&plan, self), Vec::<String>::new());
        brief(&plan)
    }
}

fn brief(plan: &Plan) -> Vec<String> {
    let change = |planned: &PlannedChange| match &planned.change {
        Change::Deactivate { id, cause, .. } => format!("deactivate {} {cause:?}", id.id),
        Change::Readdress { id, to, .. } => format!("readdress {} to {}", id.id, to.as_str()),
        Change::Reactivate { id, .. } => format!("reactivate {}", id.id),
        Change::Create { id, account } => format!("create {} {}", id.id, account.user_name.as_str()),
        Change::Rename { id, to, .. } => format!("rename {} {to}", id.id),
        Change::Group(group) => format!("{} {}", planned.change.kind().as_str(), group.name()),
    };
    let note = |note: &Note| match note {
        Note::SwitchedOff { change: planned } => format!("off: {}", change(planned)),
        Note::Held { id, hold, .. } => {
            let reason = serde_json::to_value(&hold.reason).unwrap();
            format!("held {} {}", id.id, reason["reason"].as_str().unwrap())
        }
        other => {
            let value = serde_json::to_value(other).unwrap();
            let who = ["id", "new", "bound_to", "ids", "user_name", "member", "source"];
            let who = who.iter().filter_map(|key| value.get(key));
            let who: Vec<String> = who.map(short).collect();
            format!("{} {}", value["note"].as_str().unwrap(), who.join(" "))
        }
    };
    let refusal = |refusal: &SourceRefusal| serde_json::to_value(refusal).unwrap()["refusal"].to_string();
    plan.changes
        .iter()
        .map(change)
        .chain(plan.adoptions.iter().map(|a| format!("adopt {} {}", a.id.id, a.member.account.user_name.as_str())))
        .chain(plan.notes.iter().map(note))
        .chain(plan.refusals.iter().map(refusal))
        .collect()
}

fn short(value: &serde_json::Value) -> String {
    match value {
        serde_json::Value::String(text) => text.clone(),
        serde_json::Value::Array(items) => items.iter().map(short).collect::<Vec<_>>().join("+"),
        other => {
            other.get("id").or(other.get("account").and_then(|a| a.get("user_name"))).map(short).unwrap_or_default()
        }
    }
}

fn source(name: &str, entries: u64) -> SourceReading {
    let understood = Understood { entries, in_scope: entries, inactive: 0, mapped: entries, with_state: entries };
    let evidence = Evidence::of_listing(name, entries);
    SourceReading {
        source: name.into(),
        evidence: Ok(evidence),
        understood,
        last: Some(understood),
        unclear: Unclear::default(),
    }
}

/// `ada` at acme.example, Ada Byron.
fn ada() -> Account {
    account("ada", "Ada", "Byron")
}

fn bob() -> Account {
    account("bob", "Bob", "Noyce")
}

fn account(local: &str, given: &str, family: &str) -> Account {
    Account { user_name: UserName::new(format!("{local}@acme.example")), name: Name::new(given, family) }
}

fn known(id: &str, standing: Standing, account: Account) -> Known {
    Known {
        id: SourceId::new("corp", id),
        scim_id: ScimId(format!("scim-{id}")),
        account,
        standing,
        origin: Origin::Created,
        absent: None,
        undone: 0,
    }
}

fn member(scim_id: &str, account: Account, active: bool) -> Member {
    Member { scim_id: ScimId(scim_id.into()), account, active }
}

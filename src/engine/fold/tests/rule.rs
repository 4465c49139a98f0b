//! What the rule of several sources says has to happen in a world: no code of the fold or the planner is asked.
//!
//! An entry is the human's by its id, by what was joined before, or by the address; one that nobody ever saw in scope is
//! nobody's. The first source in file order that has them in scope, or inactive, decides. A source that was not read could have
//! them. Whom a source lost only now it may still have; and whom one lost after they were put out, nobody behind it brings back.
//! An account belongs to the id that it is bound to.

use super::worlds::{Applied, Row, SOURCES, Shows, World};
use Shows::{Absent, In, Moved, Out, OutOfScope, Renamed, Stripped, Unknown};

pub struct Rule {
    world: World,
}

impl Rule {
    pub fn of(world: World) -> Self {
        Self { world }
    }

    pub fn expected(&self) -> Vec<String> {
        let mut expected = match self.world.row {
            None => self.newcomers(&[0, 1]),
            Some(row) => match row.bound {
                None => self.bound_to_nobody(row),
                Some(own) => Bound { rule: self, row, own, other: 1 - own }.expected(),
            },
        };
        expected.sort();
        expected
    }

    fn shows(&self, at: usize) -> Shows {
        self.world.shows[at]
    }

    fn is_wanted(&self, at: usize) -> bool {
        matches!(self.shows(at), In | Renamed | Moved)
    }

    fn in_scope(&self, at: usize) -> bool {
        !matches!(self.shows(at), Absent | OutOfScope | Stripped)
    }

    fn same_address(&self) -> bool {
        self.world.local(0) == self.world.local(1)
    }

    /// Every source up to this one was read.
    fn may_decide(&self, at: usize) -> bool {
        self.world.read[..=at].iter().all(|read| *read)
    }

    /// Entries that are nobody's yet. Two in scope at one address are one human, about whom the first decides.
    fn newcomers(&self, who: &[usize]) -> Vec<String> {
        let one_human = who.len() == 2 && self.in_scope(0) && self.in_scope(1) && self.same_address();
        let who = if one_human { &who[..1] } else { who };
        let wanted = who.iter().copied().filter(|&at| self.is_wanted(at) && self.may_decide(at));
        let new = |at: usize| self.world.row.is_some_and(|row| row.renumbered && row.bound == Some(at));
        let create = |at: usize| {
            let id = if new(at) { 3 } else { 1 };
            format!("{}:{id} create {}@acme.example", SOURCES[at], self.world.local(at))
        };
        wanted.map(create).collect()
    }

    /// Nobody reads the source of the account: it stays as it is, its address stays taken, and whoever it is by what was joined
    /// gets no other one; nor does an entry that has their address.
    fn bound_to_nobody(&self, row: Row) -> Vec<String> {
        let is_theirs = |at: usize| {
            let joined = row.linked && (at == 0 || (self.in_scope(0) && self.same_address()));
            joined || self.world.local(at) == "ada"
        };
        let others: Vec<usize> = [0, 1].into_iter().filter(|&at| !is_theirs(at)).collect();
        self.newcomers(&others)
    }
}

/// A world with an account that is bound to a source that is configured.
struct Bound<'a> {
    rule: &'a Rule,
    row: Row,
    own: usize,
    other: usize,
}

impl Bound<'_> {
    fn in_team(&self) -> bool {
        self.row.applied.in_team()
    }

    fn own_is_shown(&self) -> bool {
        self.rule.shows(self.own) != Absent && !self.row.renumbered
    }

    /// An account that is out of the team comes back by its own id only.
    fn other_may_speak(&self) -> bool {
        self.in_team() || (self.own_is_shown() && self.rule.in_scope(self.own))
    }

    /// Whether the other source's entry is the human.
    fn other_is_them(&self) -> bool {
        if self.rule.shows(self.other) == Absent {
            return false;
        }
        if self.row.linked {
            return true;
        }
        let at_their_address = if self.own_is_shown() {
            self.rule.same_address()
        } else {
            // Two entries may be them: nobody can say which.
            self.in_team() && self.rule.world.local(self.other) == "ada" && !self.new_id_has("ada")
        };
        self.rule.in_scope(self.other) && at_their_address
    }

    /// Their source has this address under a new id.
    fn new_id_has(&self, local: &str) -> bool {
        self.row.renumbered && self.rule.in_scope(self.own) && self.rule.world.local(self.own) == local
    }

    /// The new id is, or may be, them: it has the address of their account, or of an entry that is them.
    fn is_renumbered(&self) -> bool {
        let at_others = self.other_is_them() && self.new_id_has(self.rule.world.local(self.other));
        self.new_id_has("ada") || (at_others && self.rule.shows(self.other) != OutOfScope)
    }

    fn decides(&self) -> Option<usize> {
        let speaks = |at: usize| match self.rule.shows(at) {
            Absent | OutOfScope => false,
            _ if at == self.own => self.own_is_shown(),
            _ => self.other_is_them() && self.other_may_speak(),
        };
        [0, 1].into_iter().find(|&at| speaks(at))
    }

    /// Shown, active, and out of scope.
    fn is_out_of_scope(&self) -> bool {
        let own = self.own_is_shown() && self.rule.shows(self.own) == OutOfScope;
        own || (self.rule.shows(self.other) == OutOfScope && self.row.linked && self.other_may_speak())
    }

    /// A source before this place had them, and only this reading does not show them, or none since they were put out.
    fn is_lost_before(&self, place: usize) -> bool {
        let own = self.own < place && !self.own_is_shown();
        let other = self.other < place && self.row.linked && self.rule.shows(self.other) == Absent;
        (own || other) && matches!(self.row.applied, Applied::Active | Applied::Inactive | Applied::OutBefore)
    }

    fn expected(&self) -> Vec<String> {
        let mut changes = self.of_account();
        let frees = changes.iter().any(|change| change.contains("readdress"));
        // By the account's address, or by an entry that is them, it is known who they are.
        let is_free = |at: usize| self.rule.world.local(at) != "ada" || (frees && !self.row.renumbered);
        let with_known = self.rule.same_address()
            && self.rule.in_scope(0)
            && self.rule.in_scope(1)
            && (self.other_is_them() || (self.row.linked && self.row.renumbered));
        let is_new = |at: usize| {
            if at == self.own { self.row.renumbered } else { !self.other_is_them() && !self.row.linked }
        };
        let newcomers: Vec<usize> = [0, 1].into_iter().filter(|&at| is_new(at) && is_free(at) && !with_known).collect();
        changes.extend(self.rule.newcomers(&newcomers));
        changes
    }

    fn of_account(&self) -> Vec<String> {
        let id = format!("{}:1", SOURCES[self.own]);
        let leaves = |cause: &str, now: bool| {
            let leaves = self.in_team() && now;
            leaves.then(|| format!("{id} deactivate {cause}")).into_iter().collect::<Vec<_>>()
        };
        let Some(at) = self.decides() else {
            let waited = self.row.applied == Applied::AbsentBefore;
            let sure = waited || (self.is_out_of_scope() && !self.is_lost_before(2));
            let all_read = self.rule.world.read == [true, true];
            let is_new_id = self.row.renumbered && self.is_renumbered() && !self.new_is_out();
            let may_be_there = is_new_id || self.somebody_has_their_address();
            return leaves("Absent", all_read && sure && !may_be_there);
        };
        let is_renumbered = self.row.renumbered && self.own < at && self.is_renumbered() && !self.new_is_out();
        let asks_a_person = is_renumbered || (self.other < at && self.somebody_has_their_address());
        if !self.rule.may_decide(at) || asks_a_person || (self.is_lost_before(at)) {
            return vec![];
        }
        match self.rule.shows(at) {
            Out | Stripped => leaves("Explicit", true),
            Unknown => vec![],
            _ => {
                let back = (!self.in_team()).then(|| format!("{id} reactivate"));
                let name = (self.rule.world.family(at) != "Byron").then(|| format!("{id} rename King"));
                let address =
                    (self.rule.world.local(at) != "ada").then(|| format!("{id} readdress ada.king@acme.example"));
                [back, name, address].into_iter().flatten().collect()
            }
        }
    }

    /// An entry that nobody knows yet has the address of the account.
    fn somebody_has_their_address(&self) -> bool {
        let is_unknown = !self.row.linked && !self.other_is_them() && self.rule.world.local(self.other) == "ada";
        is_unknown && matches!(self.rule.shows(self.other), In | Renamed | Unknown)
    }

    fn new_is_out(&self) -> bool {
        !matches!(self.rule.shows(self.own), In | Renamed | Moved | Unknown)
    }
}

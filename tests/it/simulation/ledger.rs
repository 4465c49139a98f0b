//! The sum over all worlds of a run, and the line of it in the ledger.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;

use serde_json::json;

use super::world::Ending;

#[derive(Debug, Default)]
pub struct Totals {
    worlds: u64,
    cycles: u64,
    crashes: u64,
    lost_answers: u64,
    deactivations: u64,
    violations: u64,
    set_aside: usize,
    people: usize,
    faults: BTreeMap<&'static str, u64>,
}

impl Totals {
    pub fn add(&mut self, ending: &Ending) {
        self.worlds += 1;
        self.cycles += ending.cycles;
        self.crashes += u64::from(ending.crashes);
        self.lost_answers += u64::from(ending.lost_answers);
        self.deactivations += u64::from(ending.deactivations);
        self.violations += ending.violations.len() as u64;
        self.set_aside += ending.set_aside;
        self.people += ending.people;
        for (fault, times) in &ending.faults {
            *self.faults.entry(fault).or_default() += times;
        }
    }

    /// Something went wrong in these worlds, and most people were all the same not set aside.
    pub fn says_something(&self) -> bool {
        self.set_aside * 5 < self.people && self.crashes > 0 && self.lost_answers > 0
    }

    /// Adds a line to the ledger, if there is one.
    pub fn keep(&self, seeds: &Range<u64>) {
        let told = json!({
            "from": seeds.start,
            "to": seeds.end,
            "seeds": self.worlds,
            "cycles": self.cycles,
            "crashes": self.crashes,
            "lost_answers": self.lost_answers,
            "deactivations": self.deactivations,
            "violations": self.violations,
            "faults": self.faults,
        });
        crate::ledger::enter("simulation", &told);
    }
}

impl fmt::Display for Totals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { worlds, cycles, crashes, lost_answers, deactivations, set_aside, people, faults, .. } = self;
        writeln!(f, "{worlds} worlds, {cycles} cycles, {crashes} crashes, {lost_answers} lost answers")?;
        writeln!(f, "{deactivations} deactivations; {set_aside} of {people} people set aside at the end")?;
        write!(f, "{faults:?}")
    }
}

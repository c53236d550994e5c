//! How much of what can go wrong a set of monitors catches: the mutation score of monitoring.

use super::DrillResult;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// How many seeded faults were caught, over all drills.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MutationScore {
    /// Drills that were played.
    pub drills: usize,
    /// Those in which everything went as expected.
    pub passed: usize,
    /// Faults that monitors should catch. Those that are too small to matter are not counted.
    pub seeded: usize,
    /// Those that were caught in time.
    pub caught: usize,
    /// Share of the faults that were caught; `None` if there were none.
    pub share: Option<f64>,
    /// By kind of fault, e.g. `null_burst`.
    pub kinds: BTreeMap<String, KindScore>,
    /// Those that were not caught.
    pub missed: Vec<Mutant>,
    /// Alerts without a reason, over all drills.
    pub false_alarms: usize,
    /// The same for a model and 30 days.
    pub false_alarms_per_30_days: f64,
}

/// The score of one kind of fault.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct KindScore {
    /// How many should be caught.
    pub seeded: usize,
    /// How many were.
    pub caught: usize,
}

/// A fault that was not caught.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mutant {
    /// In which drill.
    pub drill: String,
    /// Its name there, e.g. `f1`.
    pub id: String,
    /// What it is.
    pub fault: String,
    /// In which model.
    pub model: String,
}

/// The score over the results of drills.
pub fn mutation_score(results: &[DrillResult]) -> MutationScore {
    let mut kinds: BTreeMap<String, KindScore> = BTreeMap::new();
    let mut missed = Vec::new();
    for result in results {
        for fault in result.faults.iter().filter(|f| f.expected) {
            let kind = kinds.entry(fault.fault.clone()).or_default();
            kind.seeded += 1;
            if fault.caught {
                kind.caught += 1;
                continue;
            }
            missed.push(Mutant {
                drill: result.drill.clone(),
                id: fault.id.clone(),
                fault: fault.fault.clone(),
                model: fault.model.clone(),
            });
        }
    }
    let seeded = kinds.values().map(|k| k.seeded).sum();
    let caught = kinds.values().map(|k| k.caught).sum();
    let false_alarms = results.iter().map(|r| r.false_alarms.len()).sum();
    let rates = results.iter().flat_map(|r| &r.rates);
    let days: f64 = rates.map(|rate| rate.days).sum();
    MutationScore {
        drills: results.len(),
        passed: results.iter().filter(|r| r.passed).count(),
        seeded,
        caught,
        share: (seeded > 0).then(|| caught as f64 / seeded as f64),
        kinds,
        missed,
        false_alarms,
        false_alarms_per_30_days: if days > 0.0 {
            30.0 * false_alarms as f64 / days
        } else {
            0.0
        },
    }
}

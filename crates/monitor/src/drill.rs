//! Drills: what monitors told of traffic whose truth is known, held against what they should have told.
//!
//! A scenario says which alerts it expects and which it allows ([`Script::of`]); an engine run over its traffic
//! gives [`Transition`]s; [`judge`] says what was found, missed, late or false, [`judge_received`] the same by what a
//! receiver of notices got of it. Whoever plays the traffic is not known here.
//!
//! [`Transition`]: crate::alert::Transition

mod episode;
mod judge;
mod receipt;
mod rehearsal;
mod score;
mod script;
mod words;

pub use judge::judge;
pub use receipt::{Receipt, judge_received};
pub use rehearsal::{Rehearsal, RehearsalOutcome, Scheduled, ended, most_due};
pub use score::{KindScore, Mutant, MutationScore, mutation_score};
pub use script::{Allowed, Expected, Pattern, Script, Seeded};

use crate::window::Window;
use candor_contract::spec::{Family, Measure};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// When drills begin, in event time: Monday 28 September 2026, midnight UTC. Pages count weekends from it.
pub const START_US: i64 = 1_790_553_600_000_000;

/// How a drill went.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DrillResult {
    /// The scenario's name.
    pub drill: String,
    /// The event time that was judged.
    pub judged: Window,
    /// Whether everything went as expected.
    pub passed: bool,
    /// Every fault that was seeded, in the scenario's order.
    pub faults: Vec<FaultResult>,
    /// What became of each expected alert, in the scenario's order.
    pub expected: Vec<ExpectedResult>,
    /// Alerts that were neither expected nor allowed, by time.
    pub false_alarms: Vec<FalseAlarm>,
    /// How often each model had false alarms.
    pub rates: Vec<FalseAlarmRate>,
    /// Notices that the receiver got; `None` if none was asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notices: Option<usize>,
    /// All of it in sentences, what went wrong first.
    pub sentences: Vec<String>,
}

/// Whether a seeded fault was caught.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FaultResult {
    /// Its name in the scenario, e.g. `f1`.
    pub id: String,
    /// What it is, e.g. `null_burst`.
    pub fault: String,
    /// In which model.
    pub model: String,
    /// When it began.
    pub from_us: i64,
    /// The first instant after it; `None` if it stays.
    pub to_us: Option<i64>,
    /// Whether monitors should tell of it; some are too small.
    pub expected: bool,
    /// Whether one of its expected alerts came in time.
    pub caught: bool,
}

/// What became of one expected alert.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ExpectedResult {
    /// The model.
    pub model: String,
    /// The fault that it tells of, e.g. `f1`.
    pub fault: String,
    /// What it tells, e.g. `missing of input_income`.
    pub what: String,
    /// Monitors of any of these measures may tell it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub measures: Vec<Measure>,
    /// Of any of these columns; of all if there are none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub columns: Vec<String>,
    /// In these segments.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub segment: BTreeMap<String, String>,
    /// Monitors that told it within the time it had, by name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub told_by: Vec<String>,
    /// Routes whose notices told it within the time it had, if the drill was judged by what a receiver got.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub routes: Vec<String>,
    /// Whether it came at all.
    pub found: bool,
    /// Whether it came within the time it had.
    pub in_time: bool,
    /// The alert's id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alert: Option<String>,
    /// When it was told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub told_us: Option<i64>,
    /// Microseconds from the fault's beginning until then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delay_us: Option<i64>,
    /// Microseconds from the fault's beginning until the engine decided it, if the drill was judged by what a receiver
    /// got: it was told when its notice was sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decided_delay_us: Option<i64>,
    /// Microseconds by the clock that its notice then took to the receiver.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delivery_us: Option<i64>,
    /// The same in windows of the monitor that told it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delay_windows: Option<f64>,
    /// The monitor that was named as the likely cause then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cause: Option<String>,
    /// Whether that was right.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cause_correct: Option<bool>,
    /// How many alerts told it.
    pub alerts: u32,
    /// How often one of them came back after it was over.
    pub reopened: u32,
    /// Whether no more alerts told it than should.
    pub grouped: bool,
    /// When the last of them was over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resolved_us: Option<i64>,
    /// Whether that was soon enough; `None` if nothing is asked of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resolved_in_time: Option<bool>,
    /// Whether all of it went as expected.
    pub passed: bool,
    /// All of it in a sentence.
    pub sentence: String,
}

/// An alert that was neither expected nor allowed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FalseAlarm {
    /// The alert's id.
    pub alert: String,
    /// The model.
    pub model: String,
    /// The kind of trouble that it told.
    pub family: Family,
    /// When it was told.
    pub fired_us: i64,
    /// When it was over; `None` if it was not.
    pub resolved_us: Option<i64>,
    /// The monitors that breached, the likely cause first.
    pub monitors: Vec<String>,
    /// What it said, in a sentence.
    pub sentence: String,
}

/// How often a model had false alarms.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FalseAlarmRate {
    /// The model.
    pub model: String,
    /// How many.
    pub false_alarms: u32,
    /// Days that were judged.
    pub days: f64,
    /// How many there would be in 30 days.
    pub per_30_days: f64,
}

#[cfg(test)]
mod tests;

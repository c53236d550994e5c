//! Whether the observer itself can be believed: what it says cheaply or early, held against what is known dearly or
//! late.
//!
//! Three comparisons: figures of profiles against the rows ([`compare_profiles`]), estimated performance against the
//! realised one ([`compare_performance`]), alerts against what people said of them ([`compare_verdicts`]). One that is
//! off in two runs in a row is for people ([`Compared::is_visible`]).

mod performance;
mod profiles;
mod verdicts;

pub use performance::compare_performance;
pub use profiles::{Exact, OBSERVED_RANKS, ObservedColumn, Ranked, Summarised, compare_profiles};
pub use verdicts::compare_verdicts;

use crate::window::Window;
use serde::{Deserialize, Serialize};

/// Runs in a row that make a comparison visible.
const RUNS_VISIBLE: u32 = 2;
/// Checks of a comparison that are kept.
const CHECKS_MAX: usize = 30;
/// So often something is called off by chance, of all that is looked at in a comparison.
const ALPHA: f64 = 0.001;

/// What is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Comparison {
    /// Figures of profiles with those of the rows.
    Profiles,
    /// Estimated performance with the realised one.
    Performance,
    /// Alerts with the verdicts of people.
    Verdicts,
}

impl Comparison {
    /// The word, e.g. `profiles`.
    pub const fn name(self) -> &'static str {
        match self {
            Comparison::Profiles => "profiles",
            Comparison::Performance => "performance",
            Comparison::Verdicts => "verdicts",
        }
    }
}

/// How a comparison came out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// The two agree as well as they promise.
    Ok,
    /// They do not.
    Off,
    /// It cannot be told; the sentence says why.
    Unknown,
}

impl Standing {
    /// The word, e.g. `ok`.
    pub const fn name(self) -> &'static str {
        match self {
            Standing::Ok => "ok",
            Standing::Off => "off",
            Standing::Unknown => "unknown",
        }
    }
}

/// One figure of a comparison.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Check {
    /// The figure, e.g. `p95`.
    pub figure: String,
    /// Of which column.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub column: Option<String>,
    /// What is held against the limits.
    pub value: Option<f64>,
    /// Lower end of its 95 % interval, where it has one.
    pub low: Option<f64>,
    /// Upper end.
    pub high: Option<f64>,
    /// It should be no less.
    pub at_least: Option<f64>,
    /// And no more.
    pub at_most: Option<f64>,
    /// Rows or alerts behind it.
    pub n: u64,
    /// How it came out.
    pub state: Standing,
    /// What it says.
    pub sentence: String,
}

/// A comparison of one model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Compared {
    /// What was compared.
    pub comparison: Comparison,
    /// How it came out.
    pub state: Standing,
    /// Runs in a row in which it was off, this one included.
    pub off_runs: u32,
    /// Rows or alerts behind it.
    pub n: u64,
    /// Figures that were compared.
    pub figures: u64,
    /// Columns that they are of.
    pub columns: u64,
    /// The time that was looked at.
    pub window: Option<Window>,
    /// What it says, or why nothing can be told.
    pub sentence: String,
    /// Its figures: all that are off and those nearest to it, at most thirty.
    pub checks: Vec<Check>,
}

impl Compared {
    /// What cannot be told, and why.
    pub fn unknown(comparison: Comparison, why: &str) -> Self {
        Self {
            comparison,
            state: Standing::Unknown,
            off_runs: 0,
            n: 0,
            figures: 0,
            columns: 0,
            window: None,
            sentence: why.to_owned(),
            checks: Vec::new(),
        }
    }

    /// Whether it was off in so many runs that people should see it.
    pub fn is_visible(&self) -> bool {
        self.off_runs >= RUNS_VISIBLE
    }
}

/// What one run says of a model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Observation {
    /// The model.
    pub model: String,
    /// When it was run, microseconds since 1970.
    pub at_us: i64,
    /// The three comparisons.
    pub compared: Vec<Compared>,
}

impl Observation {
    /// Counts on from the run before. A run that could not tell neither adds to what was off nor ends it.
    pub fn follow(&mut self, before: Option<&Observation>) {
        for own in &mut self.compared {
            let before = before.and_then(|b| b.of(own.comparison));
            let was = before.map_or(0, |b| b.off_runs);
            own.off_runs = match own.state {
                Standing::Ok => 0,
                Standing::Off => was.saturating_add(1),
                Standing::Unknown => was,
            };
        }
    }

    /// One of its comparisons.
    pub fn of(&self, comparison: Comparison) -> Option<&Compared> {
        self.compared.iter().find(|c| c.comparison == comparison)
    }

    /// Columns whose figures were off: worth another look.
    pub fn off_columns(&self) -> impl Iterator<Item = &str> {
        let checks = self.compared.iter().flat_map(|c| &c.checks);
        let off = checks.filter(|c| c.state == Standing::Off);
        off.filter_map(|c| c.column.as_deref())
    }
}

#[cfg(test)]
mod tests;

//! How good the answers are: by outcomes, and without them.

use super::figure::Figure;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Performance by outcomes. Metrics have the names of the contract, e.g. `roc_auc`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Performance {
    /// Metric → figure, over current rows with an outcome.
    #[serde(default)]
    pub current: BTreeMap<String, Figure>,
    /// The same over reference rows.
    #[serde(default)]
    pub reference: BTreeMap<String, Figure>,
    /// Metric → current less reference.
    #[serde(default)]
    pub change: BTreeMap<String, Change>,
    /// How many outcomes are known.
    #[serde(default)]
    pub outcomes: Option<Outcomes>,
    /// Which classes were taken for which.
    #[serde(default)]
    pub confusion: Option<Confusion>,
}

/// A difference between current and reference.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Change {
    /// Current less reference.
    pub difference: Figure,
    /// Whether its interval says that the model became worse.
    #[serde(default)]
    pub worse: bool,
    /// Whether its interval says that the model became better.
    #[serde(default)]
    pub better: bool,
}

/// How many outcomes are known.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Outcomes {
    /// Share of the current rows with an outcome.
    pub coverage: Figure,
    /// What a reader must know of it, e.g. that rows with an outcome differ from those without.
    #[serde(default)]
    pub sentence: Option<String>,
}

/// Rows by outcome (first index) and answer (second).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Confusion {
    /// The classes, in the order of both indices.
    pub classes: Vec<String>,
    /// Current rows.
    pub current: Vec<Vec<u64>>,
    /// Reference rows; empty if they have no outcomes.
    #[serde(default)]
    pub reference: Vec<Vec<u64>>,
}

/// Performance without outcomes.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct EstimatedPerformance {
    /// How it was estimated: `cbpe`, `m_cbpe`, `dle`, …
    #[serde(default)]
    pub method: String,
    /// Metric → figure, over current rows.
    #[serde(default)]
    pub current: BTreeMap<String, Figure>,
    /// The same over reference rows.
    #[serde(default)]
    pub reference: BTreeMap<String, Figure>,
    /// Metric → current less reference.
    #[serde(default)]
    pub change: BTreeMap<String, Change>,
    /// What must hold for the estimate to hold. Sentences.
    #[serde(default)]
    pub assumptions: Vec<String>,
    /// Share of current rows that lie where the reference has none.
    #[serde(default)]
    pub outside_support: Option<Figure>,
}

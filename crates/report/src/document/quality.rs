//! Checks of the data's quality.

use super::figure::Figure;
use super::finding::Severity;
use serde::{Deserialize, Serialize};

/// Every check that was made.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Quality {
    /// Breaches first, gravest first.
    #[serde(default)]
    pub checks: Vec<Check>,
}

/// One check.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Check {
    /// Its name, unique in the report, e.g. `income.range`.
    pub name: String,
    /// What sort of check: `completeness`, `type`, `range`, `allowed`, `pattern`, `unique`, `fresh`,
    /// `consistent`, `volume`, …
    #[serde(default)]
    pub kind: String,
    /// The column that it is about, if it is about one.
    #[serde(default)]
    pub column: Option<String>,
    /// What it demands or found, for people.
    #[serde(default)]
    pub sentence: String,
    /// How grave a breach is.
    #[serde(default)]
    pub severity: Severity,
    /// Share of the current rows that fail.
    #[serde(default)]
    pub failing: Figure,
    /// Share of the reference rows that fail.
    #[serde(default)]
    pub reference: Option<f64>,
    /// Whether it is broken.
    #[serde(default)]
    pub breach: bool,
    /// Values or rows that fail, a few, as text.
    #[serde(default)]
    pub examples: Vec<String>,
}

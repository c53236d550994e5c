//! Groups of rows where the model is worse than elsewhere.

use super::figure::Figure;
use serde::{Deserialize, Serialize};

/// Rows of one description.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Slice {
    /// The rows in words, e.g. `region = North and income < 30000`.
    pub description: String,
    /// Its rows.
    pub n: u64,
    /// Their share of the current rows.
    #[serde(default)]
    pub share: Option<f64>,
    /// What was measured, e.g. `accuracy` or `mae`.
    #[serde(default)]
    pub measure: String,
    /// The measure inside.
    #[serde(default)]
    pub inside: Figure,
    /// The measure of all other rows.
    #[serde(default)]
    pub outside: Figure,
    /// Inside less outside.
    #[serde(default)]
    pub difference: Figure,
    /// Share of all errors or loss that falls into it.
    #[serde(default)]
    pub share_of_loss: Option<f64>,
    /// Corrected for everything that was tried.
    #[serde(default)]
    pub adjusted_p_value: Option<f64>,
}

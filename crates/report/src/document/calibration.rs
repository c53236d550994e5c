//! Whether scores are what they say.

use super::figure::Figure;
use serde::{Deserialize, Serialize};

/// Calibration of both sides.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Calibration {
    /// What the score is of, e.g. `class 1` or `the likeliest class`.
    #[serde(default)]
    pub of: String,
    /// Current rows.
    #[serde(default)]
    pub current: Option<Curve>,
    /// Reference rows.
    #[serde(default)]
    pub reference: Option<Curve>,
}

/// A reliability curve and what sums it up.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Curve {
    /// Ascending by score.
    #[serde(default)]
    pub bins: Vec<CurveBin>,
    /// Expected calibration error: mean gap, weighted by rows.
    #[serde(default)]
    pub ece: Option<Figure>,
    /// Largest gap.
    #[serde(default)]
    pub mce: Option<Figure>,
    /// Slope of logistic recalibration; 1 is right.
    #[serde(default)]
    pub slope: Option<Figure>,
    /// Its intercept; 0 is right.
    #[serde(default)]
    pub intercept: Option<Figure>,
    /// Brier score.
    #[serde(default)]
    pub brier: Option<Figure>,
}

/// Rows of nearly the same score.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct CurveBin {
    /// Least score.
    #[serde(default)]
    pub from: f64,
    /// Greatest score.
    #[serde(default)]
    pub to: f64,
    /// Rows.
    #[serde(default)]
    pub n: u64,
    /// Mean score.
    pub predicted: f64,
    /// Share that came true.
    pub observed: Figure,
}

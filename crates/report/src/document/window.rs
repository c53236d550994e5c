//! The current rows cut by time or count.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// One window.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Window {
    /// Its first moment, RFC 3339; `null` if rows have no time.
    #[serde(default)]
    pub from: Option<String>,
    /// Just after its last.
    #[serde(default)]
    pub to: Option<String>,
    /// Its rows.
    #[serde(default)]
    pub n: u64,
    /// Whether rows or outcomes of it are still awaited.
    #[serde(default)]
    pub partial: bool,
    /// Column → effect in units that [`Bands::drift`] bounds.
    #[serde(default)]
    pub drift: BTreeMap<String, Reading>,
    /// Check → failing share.
    #[serde(default)]
    pub quality: BTreeMap<String, Reading>,
    /// Metric → value by outcomes.
    #[serde(default)]
    pub performance: BTreeMap<String, Reading>,
    /// Metric → value without outcomes.
    #[serde(default)]
    pub estimated_performance: BTreeMap<String, Reading>,
}

/// A measure of one window.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Reading {
    /// The value; `null` if it cannot be told.
    #[serde(default)]
    pub value: Option<f64>,
    /// Lower end of the interval.
    #[serde(default)]
    pub low: Option<f64>,
    /// Upper end of the interval.
    #[serde(default)]
    pub high: Option<f64>,
    /// Rows behind it, if not all of the window's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub n: Option<u64>,
    /// Whether its interval lies outside the band.
    #[serde(default)]
    pub breach: bool,
    /// The band of its hour of the week, where the reference has four weeks; [`Bands`] have that of all hours.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected: Option<Expected>,
}

/// What is usual in the hour of the week of a window.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Expected {
    /// Lower end; `null` if it is open.
    #[serde(default)]
    pub low: Option<f64>,
    /// Upper end; `null` if it is open.
    #[serde(default)]
    pub high: Option<f64>,
}

/// Where the measures of windows lie in the reference.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Bands {
    /// By column.
    #[serde(default)]
    pub drift: BTreeMap<String, Band>,
    /// By check.
    #[serde(default)]
    pub quality: BTreeMap<String, Band>,
    /// By metric.
    #[serde(default)]
    pub performance: BTreeMap<String, Band>,
    /// By metric.
    #[serde(default)]
    pub estimated_performance: BTreeMap<String, Band>,
}

/// The range of a measure that the reference makes expected.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Band {
    /// Lower end; `null` if it is open.
    #[serde(default)]
    pub low: Option<f64>,
    /// Upper end; `null` if it is open.
    #[serde(default)]
    pub high: Option<f64>,
    /// Its middle.
    #[serde(default)]
    pub middle: Option<f64>,
    /// How it was made, e.g. `median_mad`; `too_few_windows` if there is none.
    #[serde(default)]
    pub method: String,
    /// Windows of the reference that it was learnt from, or that there are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub windows: Option<u64>,
    /// Windows that it needs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub needed: Option<u64>,
}

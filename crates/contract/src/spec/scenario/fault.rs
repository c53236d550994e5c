//! What may go wrong in a scenario.

use super::span_us;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What goes wrong.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum FaultKind {
    /// The world changes: inputs come from elsewhere, and the truth follows them.
    CovariateDrift,
    /// The world changes: the truth follows the inputs less than it did.
    ConceptDrift,
    /// Inputs are missing.
    NullBurst,
    /// Numbers come in another unit.
    UnitChange,
    /// Categories come that the model never saw.
    NewCategories,
    /// Inputs hold one value for everyone.
    FrozenFeature,
    /// Features are not refreshed: they belong to another time, and no feature build is told.
    StaleData,
    /// Answers take longer.
    LatencySpike,
    /// Requests fail.
    ErrorBurst,
    /// A version goes live that is worse; at the end it is rolled back.
    BadDeployment,
    /// The model answers one group wrongly.
    BiasedGroup,
    /// Many people complain.
    FeedbackStorm,
}

impl FaultKind {
    /// All of them.
    pub const ALL: [FaultKind; 12] = [
        FaultKind::CovariateDrift,
        FaultKind::ConceptDrift,
        FaultKind::NullBurst,
        FaultKind::UnitChange,
        FaultKind::NewCategories,
        FaultKind::FrozenFeature,
        FaultKind::StaleData,
        FaultKind::LatencySpike,
        FaultKind::ErrorBurst,
        FaultKind::BadDeployment,
        FaultKind::BiasedGroup,
        FaultKind::FeedbackStorm,
    ];

    /// The word in specs, e.g. `null_burst`.
    pub const fn name(self) -> &'static str {
        match self {
            FaultKind::CovariateDrift => "covariate_drift",
            FaultKind::ConceptDrift => "concept_drift",
            FaultKind::NullBurst => "null_burst",
            FaultKind::UnitChange => "unit_change",
            FaultKind::NewCategories => "new_categories",
            FaultKind::FrozenFeature => "frozen_feature",
            FaultKind::StaleData => "stale_data",
            FaultKind::LatencySpike => "latency_spike",
            FaultKind::ErrorBurst => "error_burst",
            FaultKind::BadDeployment => "bad_deployment",
            FaultKind::BiasedGroup => "biased_group",
            FaultKind::FeedbackStorm => "feedback_storm",
        }
    }

    /// What `magnitude` means for it; `None` if it has no size.
    pub const fn magnitude(self) -> Option<Magnitude> {
        let (default, above, at_most, meaning) = match self {
            FaultKind::CovariateDrift => (
                1.0,
                0.0,
                10.0,
                "standard deviations that are added; of categories, the share that changes",
            ),
            FaultKind::ConceptDrift => (0.8, 0.0, 1.0, "share of the relation that is lost"),
            FaultKind::NullBurst => (0.6, 0.0, 1.0, "share of rows without a value"),
            FaultKind::UnitChange => (1_000.0, 0.0, 1e6, "factor"),
            FaultKind::NewCategories => (0.3, 0.0, 1.0, "share of rows with an unseen value"),
            FaultKind::FrozenFeature | FaultKind::StaleData => return None,
            FaultKind::LatencySpike => (5.0, 1.0, 1_000.0, "factor"),
            FaultKind::ErrorBurst => (0.3, 0.0, 1.0, "share of requests that fail"),
            FaultKind::BadDeployment => (0.6, 0.0, 1.0, "share of the model's skill that is lost"),
            FaultKind::BiasedGroup => (1.0, 0.0, 5.0, "standard deviations of the model's score"),
            FaultKind::FeedbackStorm => (0.5, 0.0, 1.0, "share of predictions with a complaint"),
        };
        Some(Magnitude {
            default,
            above,
            at_most,
            meaning,
        })
    }

    /// Whether it names columns.
    pub const fn has_columns(self) -> bool {
        matches!(
            self,
            FaultKind::CovariateDrift
                | FaultKind::NullBurst
                | FaultKind::UnitChange
                | FaultKind::NewCategories
                | FaultKind::FrozenFeature
                | FaultKind::StaleData
        )
    }

    /// Whether it may come slowly or again and again.
    pub const fn has_shape(self) -> bool {
        matches!(self, FaultKind::CovariateDrift | FaultKind::ConceptDrift)
    }

    /// Whether `value` says which value it brings.
    pub const fn has_value(self) -> bool {
        matches!(self, FaultKind::CovariateDrift | FaultKind::NewCategories)
    }
}

/// What a fault's size means, and which sizes it may have.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Magnitude {
    /// The size if none is given.
    pub default: f64,
    /// It is greater than this.
    pub above: f64,
    /// It is no greater than this.
    pub at_most: f64,
    /// In words.
    pub meaning: &'static str,
}

/// How a drift comes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Shape {
    /// At once.
    #[default]
    Sudden,
    /// Evenly growing from `from` to `to`, then it stays.
    Gradual,
    /// Coming and going like a wave, once each `period`.
    Recurring,
}

/// Something that goes wrong.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FaultSpec {
    /// What goes wrong.
    pub fault: FaultKind,
    /// In which model.
    pub model: String,
    /// In which inputs, by their names in events. `stale_data` without any means all that the
    /// feature store holds.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub columns: Vec<String>,
    /// Only where these dimensions have these values, e.g. `{region: north}`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub segment: BTreeMap<String, String>,
    /// From when on, counted from the start, e.g. `12d`.
    pub from: String,
    /// Until when; without it, it stays. A gradual drift has reached its size then, and stays.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
    /// How much; its meaning depends on the fault.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub magnitude: Option<f64>,
    /// How a drift comes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shape: Option<Shape>,
    /// How long a recurring drift takes from wave to wave, e.g. `7d`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub period: Option<String>,
    /// The category that comes: unseen ones with `new_categories`, known ones with
    /// `covariate_drift`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
    /// The version that a `bad_deployment` brings.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// What happened, in a sentence; it is told in the truth.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub story: Option<String>,
}

impl FaultSpec {
    /// Microseconds from the start to its beginning; `None` if `from` is no span, which a check
    /// tells.
    pub fn from_us(&self) -> Option<i64> {
        span_us(&self.from)
    }

    /// Microseconds from the start to its end; `None` if it stays.
    pub fn to_us(&self) -> Option<i64> {
        self.to.as_deref().and_then(span_us)
    }

    /// Microseconds from wave to wave.
    pub fn period_us(&self) -> Option<i64> {
        self.period.as_deref().and_then(span_us)
    }

    /// Its size, given or usual; 0 for faults without one.
    pub fn size(&self) -> f64 {
        let usual = self.fault.magnitude().map_or(0.0, |m| m.default);
        self.magnitude.unwrap_or(usual)
    }
}

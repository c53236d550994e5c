//! `Monitor`: a measure, what it is compared with, and when a deviation is an alert.

mod check;
mod measure;

pub use measure::{Family, Measure, MeasureAbout, Scale, Sides};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The spec of a `Monitor`. Only model and measure are needed; the rest has defaults that stay quiet on
/// stationary traffic.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MonitorSpec {
    /// The model that is watched.
    pub model: String,
    /// What is measured in each window, e.g. `missing`.
    pub measure: Measure,
    /// The stored column, e.g. `input_income`, for measures of a column.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub column: Option<String>,
    /// Which figure, for measures with several: a metric such as `roc_auc`, or a stage of the request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metric: Option<String>,
    /// Only rows with this value of a segment, e.g. `{region: north}`, of this `version` or of this `environment`;
    /// one at most.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub segment: BTreeMap<String, String>,
    /// Length of its windows: whole multiples of five minutes up to 30 days, e.g. `1h`, or one to four minutes, e.g.
    /// `1m`, which are read from rows. Absent: the shortest of an hour, six hours and a day whose windows hold enough
    /// rows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub window: Option<String>,
    /// What windows are compared with.
    #[serde(default, skip_serializing_if = "Baseline::is_usual")]
    pub baseline: Baseline,
    /// When a window is a breach.
    #[serde(default, skip_serializing_if = "DecisionRule::is_usual")]
    pub decision: DecisionRule,
    /// How many breaches make an alert.
    #[serde(default, skip_serializing_if = "Sustain::is_usual")]
    pub sustain: Sustain,
    /// Windows with fewer rows tell nothing. Absent: what the measure needs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min_rows: Option<u64>,
    /// The effect from which on a deviation matters, in the measure's unit. Absent: the measure's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub material: Option<f64>,
    /// How bad an alert is at most. Absent: by size and duration.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub severity: Option<Severity>,
    /// Whether it watches; `false` keeps it without any effect.
    #[serde(default = "yes", skip_serializing_if = "is_true")]
    pub enabled: bool,
}

const fn yes() -> bool {
    true
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for it")]
const fn is_true(value: &bool) -> bool {
    *value
}

impl MonitorSpec {
    /// A monitor of `measure` with everything else as usual.
    pub fn of(model: impl Into<String>, measure: Measure) -> Self {
        Self {
            model: model.into(),
            measure,
            column: None,
            metric: None,
            segment: BTreeMap::new(),
            window: None,
            baseline: Baseline::default(),
            decision: DecisionRule::default(),
            sustain: Sustain::default(),
            min_rows: None,
            material: None,
            severity: None,
            enabled: true,
        }
    }

    /// Microseconds of its windows, if it says so.
    pub fn window_us(&self) -> Option<i64> {
        self.window.as_deref().and_then(super::model::duration_us)
    }
}

/// What windows are compared with.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Baseline {
    /// The reference: the model's declared one, or its first full week. With a week and more of it, windows
    /// are held against those of the same hour of the day; with four weeks, of the same hour of the week.
    #[default]
    Reference,
    /// The windows of this time before, e.g. `14d`. What changes slowly becomes normal.
    Trailing(String),
    /// The same hour of the week in the windows before.
    HourOfWeek,
    /// The windows of the version that answered before the present one did.
    PreviousVersion,
    /// The same window of another version, e.g. the champion of a challenger that `segment` names.
    Version(String),
}

/// Segments that every model has: the versions that answer, and where they run.
pub const BUILT_IN_SEGMENTS: [&str; 2] = ["version", "environment"];

impl Baseline {
    fn is_usual(&self) -> bool {
        *self == Self::default()
    }
}

/// When a window is a breach. Whatever the rule, it also needs enough rows.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum DecisionRule {
    /// Its interval lies outside the band learnt from the baseline, by a material effect, and is significant
    /// beside the model's other monitors (Benjamini–Hochberg).
    #[default]
    Band,
    /// Its interval lies outside fixed bounds.
    Bounds {
        /// Smallest value that is fine.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        at_least: Option<f64>,
        /// Largest value that is fine.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        at_most: Option<f64>,
    },
    /// Its error budget burns too fast, in a long and a short window at once.
    Burn {
        /// The promised share of good rows, e.g. 0.995.
        target: f64,
        /// The time that the promise is for, e.g. `30d`.
        over: String,
        /// A row is bad above this value; for `latency` measures.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        above: Option<f64>,
    },
    /// A sequential test that may be looked at after every window: false alarms over all time are at most
    /// `alpha`.
    Sequential {
        /// Share of healthy monitors that ever alarm.
        #[serde(default = "alpha")]
        alpha: f64,
    },
    /// A control chart for small persistent shifts (CUSUM).
    ChangePoint {
        /// Standard deviations at which the sum alarms.
        #[serde(default = "cusum")]
        threshold: f64,
    },
    /// A level that has moved from where it was since it moved last, wherever that is: for models that learn, and for
    /// measures whose level does not last. After 24 windows the new level is what is normal.
    Shift {
        /// Standard errors at which a move is told.
        #[serde(default = "shift")]
        threshold: f64,
    },
    /// A single moment that is odd among the windows before it: a spike, a gap, a break of the daily rhythm. One
    /// window is enough.
    Anomaly {
        /// The score at which it alarms: minus the decimal logarithm of the chance, added over several views of the
        /// figure.
        #[serde(default = "odd")]
        threshold: f64,
    },
}

const fn alpha() -> f64 {
    0.01
}

const fn cusum() -> f64 {
    8.0
}

const fn shift() -> f64 {
    4.5
}

const fn odd() -> f64 {
    9.0
}

impl DecisionRule {
    fn is_usual(&self) -> bool {
        *self == Self::default()
    }
}

/// How many breaches make an alert: `breaches` of the last `of` windows, each counted by how much it tells
/// beyond the ones before (windows that resemble their neighbours tell less).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Sustain {
    /// Breaches that are needed.
    pub breaches: u32,
    /// Among so many windows.
    pub of: u32,
}

impl Default for Sustain {
    fn default() -> Self {
        Self { breaches: 3, of: 4 }
    }
}

impl Sustain {
    fn is_usual(&self) -> bool {
        *self == Self::default()
    }
}

/// How bad something is.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Worth a look.
    Info,
    /// Someone should look today.
    Warning,
    /// Someone should look now.
    Critical,
}

impl Severity {
    /// All, mildest first.
    pub const ALL: [Severity; 3] = [Severity::Info, Severity::Warning, Severity::Critical];

    /// The word, e.g. `warning`.
    pub const fn name(self) -> &'static str {
        match self {
            Severity::Info => "info",
            Severity::Warning => "warning",
            Severity::Critical => "critical",
        }
    }
}

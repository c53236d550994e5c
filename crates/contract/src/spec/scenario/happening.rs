//! What happens in a scenario although nothing is wrong: a good monitor stays silent.

use super::span_us;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What happens. A harmless deployment is one more: `deployments` of a model.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum HappeningKind {
    /// Fewer people ask, as on a holiday.
    Holiday,
    /// More or fewer people ask, e.g. after a campaign.
    TrafficChange,
    /// Events come late, all at once, with the times at which they happened.
    Backfill,
}

impl HappeningKind {
    /// All of them.
    pub const ALL: [HappeningKind; 3] = [
        HappeningKind::Holiday,
        HappeningKind::TrafficChange,
        HappeningKind::Backfill,
    ];

    /// The word in specs, e.g. `traffic_change`.
    pub const fn name(self) -> &'static str {
        match self {
            HappeningKind::Holiday => "holiday",
            HappeningKind::TrafficChange => "traffic_change",
            HappeningKind::Backfill => "backfill",
        }
    }

    /// The factor if none is given, the greatest, and what it means.
    pub const fn factor(self) -> (f64, f64, &'static str) {
        match self {
            HappeningKind::Holiday => (0.6, 1.0, "share of the usual traffic"),
            HappeningKind::TrafficChange => (2.0, 20.0, "factor of the usual traffic"),
            HappeningKind::Backfill => (1.0, 1.0, "share of the events that come late"),
        }
    }
}

/// Something that happens although nothing is wrong.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HappeningSpec {
    /// What happens.
    pub kind: HappeningKind,
    /// To which model; to all of them if none is named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// From when on, counted from the start, e.g. `9d`.
    pub from: String,
    /// Until when; only changed traffic may stay.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
    /// Share or factor of the usual traffic, or share of the events that come late.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub factor: Option<f64>,
    /// When the late events of a `backfill` come, counted from the start.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub arrives: Option<String>,
    /// What happened, in a sentence; it is told in the truth.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub story: Option<String>,
}

impl HappeningSpec {
    /// Microseconds from the start to its beginning; `None` if `from` is no span, which a check
    /// tells.
    pub fn from_us(&self) -> Option<i64> {
        span_us(&self.from)
    }

    /// Microseconds from the start to its end; `None` if it stays.
    pub fn to_us(&self) -> Option<i64> {
        self.to.as_deref().and_then(span_us)
    }

    /// Microseconds from the start until late events come.
    pub fn arrives_us(&self) -> Option<i64> {
        self.arrives.as_deref().and_then(span_us)
    }

    /// Its factor, given or usual.
    pub fn size(&self) -> f64 {
        self.factor.unwrap_or(self.kind.factor().0)
    }

    /// Whether it happens to a model.
    pub fn concerns(&self, model: &str) -> bool {
        self.model.as_deref().is_none_or(|name| name == model)
    }
}

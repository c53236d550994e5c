//! What can be measured in a window: one table from which engine, pages and documents derive.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// A figure of a window.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Measure {
    /// Predictions.
    Volume,
    /// Share of requests that failed.
    Errors,
    /// Median latency in milliseconds.
    LatencyP50,
    /// 95th percentile of the latency in milliseconds.
    LatencyP95,
    /// 99th percentile of the latency in milliseconds.
    LatencyP99,
    /// Share of rows without a value of the column.
    Missing,
    /// Share of rows whose value of the column the reference never had.
    Unseen,
    /// Share of rows whose value of the column is beyond its declared range, or the reference's.
    Range,
    /// Distance of the column's distribution from the reference's, what chance explains taken off.
    Drift,
    /// Mean of the column.
    Mean,
    /// Share of rows with the column's most frequent value.
    Mode,
    /// Feedback for each prediction.
    Feedback,
    /// Share of predictions with negative feedback: wrong, biased, harmful, unhelpful.
    Complaints,
    /// Hours since features were last built, beyond the usual gap.
    Freshness,
    /// A metric of performance, from outcomes.
    Performance,
    /// Share of answered predictions whose outcome is known when performance is told.
    Labels,
    /// Hours until half of the predictions had their outcome.
    LabelDelay,
    /// Mean value of a business effect, which `metric` names.
    Effect,
    /// The widest difference of a rate between protected groups.
    Fairness,
    /// A metric of performance as it probably is, before outcomes come.
    EstimatedPerformance,
    /// How badly the inputs of a row fit together: the error with which the reference's principal components remake
    /// them.
    Reconstruction,
    /// How well a classifier tells the inputs from the reference's: 0.5 is not at all, 1 is always.
    DomainAuc,
}

/// What kind of trouble a measure tells; alerts of one family are one.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Family {
    /// Whether it answers, and how fast.
    Service,
    /// What goes in, comes out and comes true.
    Quality,
    /// Whether monitors would tell: a drill that failed. No measure is of it.
    Drill,
}

impl Family {
    /// The word, e.g. `service`.
    pub const fn name(self) -> &'static str {
        match self {
            Family::Service => "service",
            Family::Quality => "quality",
            Family::Drill => "drill",
        }
    }
}

/// How deviations are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scale {
    /// By difference.
    Linear,
    /// By ratio: of counts and times.
    Log,
}

/// Which deviations are bad.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sides {
    /// Above the baseline.
    Above,
    /// Below it.
    Below,
    /// Either.
    Both,
}

impl Measure {
    /// All, in the order of pages.
    pub const ALL: [Measure; 22] = [
        Measure::Volume,
        Measure::Errors,
        Measure::LatencyP50,
        Measure::LatencyP95,
        Measure::LatencyP99,
        Measure::Missing,
        Measure::Unseen,
        Measure::Range,
        Measure::Drift,
        Measure::Mean,
        Measure::Mode,
        Measure::Feedback,
        Measure::Complaints,
        Measure::Freshness,
        Measure::Performance,
        Measure::Labels,
        Measure::LabelDelay,
        Measure::Effect,
        Measure::Fairness,
        Measure::EstimatedPerformance,
        Measure::Reconstruction,
        Measure::DomainAuc,
    ];

    /// The word in specs and addresses, e.g. `latency_p99`.
    pub const fn name(self) -> &'static str {
        self.about().name
    }

    /// Whether it is told of a sample of the rows, all of their inputs together: of no part of them, and of windows of a
    /// day unless a monitor says otherwise.
    pub const fn is_sampled(self) -> bool {
        matches!(
            self,
            Measure::EstimatedPerformance | Measure::Reconstruction | Measure::DomainAuc
        )
    }

    /// Whether the rows of a window's predictions tell it by themselves, however short the window is.
    pub const fn is_of_rows(self) -> bool {
        matches!(
            self,
            Measure::Volume
                | Measure::Errors
                | Measure::LatencyP50
                | Measure::LatencyP95
                | Measure::LatencyP99
                | Measure::Missing
                | Measure::Unseen
                | Measure::Range
                | Measure::Mode
                | Measure::Mean
                | Measure::Drift
        )
    }

    /// Whether it is told of all rows together only: feedback names a prediction, not its segment.
    pub const fn is_of_all_rows(self) -> bool {
        self.is_sampled()
            || matches!(
                self,
                Measure::Complaints | Measure::Feedback | Measure::Freshness
            )
    }

    /// What holds for it.
    pub const fn about(self) -> &'static MeasureAbout {
        let mut at = 0;
        while at < ABOUT.len() {
            if ABOUT[at].measure as usize == self as usize {
                return &ABOUT[at];
            }
            at += 1;
        }
        &ABOUT[0]
    }
}

impl fmt::Display for Measure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Measure {
    type Err = ();

    fn from_str(word: &str) -> Result<Self, ()> {
        Measure::ALL
            .into_iter()
            .find(|m| m.name() == word)
            .ok_or(())
    }
}

/// What holds for a measure.
#[derive(Debug, Clone, Copy)]
pub struct MeasureAbout {
    /// Which.
    pub measure: Measure,
    /// The word.
    pub name: &'static str,
    /// What people read, e.g. `missing values`.
    pub title: &'static str,
    /// Its unit; empty for shares and scores.
    pub unit: &'static str,
    /// Whether it is of a column.
    pub of_column: bool,
    /// Whether it is one of several figures, which `metric` names.
    pub of_metric: bool,
    /// What kind of trouble it tells.
    pub family: Family,
    /// How far upstream trouble of it lies: of alerts at one time the smallest is the likely cause.
    pub depth: u8,
    /// Which deviations are bad.
    pub sides: Sides,
    /// How deviations are counted.
    pub scale: Scale,
    /// The deviation from which on one matters: a difference, or a ratio.
    pub material: f64,
    /// Rows that a window needs.
    pub min_rows: u64,
    /// The values it may have.
    pub range: (f64, f64),
}

const SHARE: (f64, f64) = (0.0, 1.0);
const POSITIVE: (f64, f64) = (0.0, f64::INFINITY);
const ANY: (f64, f64) = (f64::NEG_INFINITY, f64::INFINITY);

const fn about(
    measure: Measure,
    name: &'static str,
    title: &'static str,
    depth: u8,
) -> MeasureAbout {
    MeasureAbout {
        measure,
        name,
        title,
        unit: "",
        of_column: false,
        of_metric: false,
        family: Family::Quality,
        depth,
        sides: Sides::Above,
        scale: Scale::Linear,
        material: 0.05,
        min_rows: 50,
        range: SHARE,
    }
}

const fn of_column(
    measure: Measure,
    name: &'static str,
    title: &'static str,
    depth: u8,
) -> MeasureAbout {
    MeasureAbout {
        of_column: true,
        ..about(measure, name, title, depth)
    }
}

const fn latency(measure: Measure, name: &'static str, title: &'static str) -> MeasureAbout {
    MeasureAbout {
        unit: "ms",
        family: Family::Service,
        scale: Scale::Log,
        material: 1.5,
        range: POSITIVE,
        ..about(measure, name, title, 1)
    }
}

/// One row for each measure.
const ABOUT: [MeasureAbout; 22] = [
    MeasureAbout {
        unit: "predictions",
        family: Family::Service,
        scale: Scale::Log,
        sides: Sides::Below,
        material: 4.0,
        min_rows: 0,
        range: POSITIVE,
        ..about(Measure::Volume, "volume", "predictions", 0)
    },
    MeasureAbout {
        family: Family::Service,
        material: 0.02,
        min_rows: 20,
        ..about(Measure::Errors, "errors", "failed requests", 0)
    },
    MeasureAbout {
        min_rows: 20,
        ..latency(Measure::LatencyP50, "latency_p50", "median latency")
    },
    latency(
        Measure::LatencyP95,
        "latency_p95",
        "95th percentile of the latency",
    ),
    MeasureAbout {
        min_rows: 300,
        ..latency(
            Measure::LatencyP99,
            "latency_p99",
            "99th percentile of the latency",
        )
    },
    of_column(Measure::Missing, "missing", "missing values", 1),
    of_column(Measure::Unseen, "unseen", "values never seen before", 1),
    of_column(Measure::Range, "range", "values out of range", 1),
    MeasureAbout {
        material: 0.1,
        min_rows: 100,
        ..of_column(Measure::Drift, "drift", "drift", 3)
    },
    MeasureAbout {
        sides: Sides::Both,
        material: 0.0,
        range: ANY,
        ..of_column(Measure::Mean, "mean", "mean", 3)
    },
    MeasureAbout {
        material: 0.3,
        ..of_column(Measure::Mode, "mode", "rows with one value", 1)
    },
    MeasureAbout {
        sides: Sides::Both,
        ..about(
            Measure::Feedback,
            "feedback",
            "feedback for each prediction",
            6,
        )
    },
    MeasureAbout {
        material: 0.02,
        ..about(Measure::Complaints, "complaints", "complaints", 6)
    },
    MeasureAbout {
        unit: "h",
        material: 0.0,
        min_rows: 0,
        range: POSITIVE,
        ..about(Measure::Freshness, "freshness", "age of features", 0)
    },
    MeasureAbout {
        of_metric: true,
        sides: Sides::Both,
        material: 0.02,
        range: ANY,
        ..about(Measure::Performance, "performance", "performance", 5)
    },
    MeasureAbout {
        sides: Sides::Below,
        material: 0.1,
        ..about(Measure::Labels, "labels", "predictions with an outcome", 4)
    },
    MeasureAbout {
        unit: "h",
        scale: Scale::Log,
        material: 1.5,
        range: POSITIVE,
        ..about(
            Measure::LabelDelay,
            "label_delay",
            "time until outcomes come",
            4,
        )
    },
    MeasureAbout {
        of_metric: true,
        sides: Sides::Both,
        material: 0.0,
        range: ANY,
        ..about(Measure::Effect, "effect", "business effect", 6)
    },
    MeasureAbout {
        of_column: true,
        of_metric: true,
        material: 0.1,
        ..about(
            Measure::Fairness,
            "fairness",
            "difference between groups",
            4,
        )
    },
    MeasureAbout {
        of_metric: true,
        sides: Sides::Both,
        material: 0.02,
        min_rows: 100,
        range: ANY,
        ..about(
            Measure::EstimatedPerformance,
            "estimated_performance",
            "estimated performance",
            4,
        )
    },
    MeasureAbout {
        sides: Sides::Both,
        min_rows: 100,
        range: POSITIVE,
        ..about(
            Measure::Reconstruction,
            "reconstruction",
            "reconstruction error of the inputs",
            3,
        )
    },
    MeasureAbout {
        min_rows: 100,
        ..about(
            Measure::DomainAuc,
            "domain_auc",
            "inputs told from the reference's",
            3,
        )
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_measure_has_its_row_and_its_word() {
        for measure in Measure::ALL {
            let about = measure.about();
            assert_eq!(about.measure, measure);
            assert_eq!(about.name.parse(), Ok(measure));
            let word = serde_json::to_value(measure).unwrap();
            assert_eq!(word, about.name);
        }
    }
}

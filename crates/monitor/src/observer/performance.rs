//! Estimated performance held against the realised one.

mod classes;
mod errors;
mod scores;

use super::{ALPHA, Check, Compared, Comparison, Standing};
use crate::answers::{Windows, only};
use crate::outcomes::micros;
use crate::sentence::number;
use crate::window::Window;
use arrow::array::RecordBatch;
use candor_contract::spec::{ModelSpec, Task};
use candor_stats::Figure;

/// Fewer labelled rows tell nothing.
const LABELLED_MIN: usize = 100;

/// Compares the performance that is estimated for the rows of `window` with what came true. Rows are predictions joined
/// with outcomes; those of the reference teach the estimate. Rows without answer or outcome are left out.
///
/// - A regression's errors are estimated from inputs and prediction (DLE): columns `time`, `input_*`, `output_value` and
///   `outcome_value`.
/// - Of several classes the scores are calibrated (CBPE): columns `output_scores_<class>` of each, `output_class` and
///   `outcome_class`.
/// - Of two classes, and where the model names no task, that of one: `output_score`, `output_class` and
///   `outcome_class`.
///
/// It is off if the relation that the reference taught has changed for certain, and with it a measure: of classes by two
/// points or more, of errors by a tenth. How windows of the reference differ among themselves counts as chance, where
/// `time` tells them apart.
pub fn compare_performance(
    window: Window,
    spec: &ModelSpec,
    reference: &RecordBatch,
    current: &RecordBatch,
) -> Compared {
    let sides = Sides {
        length_us: window.length_us(),
        reference,
        current,
    };
    let held = match spec.task {
        Some(Task::Regression) => errors::held(&sides),
        Some(Task::Multiclass) => classes::held(&sides),
        _ => scores::held(spec, &sides),
    };
    match held {
        Ok(held) => told(window, held),
        Err(why) => Compared {
            window: Some(window),
            ..Compared::unknown(Comparison::Performance, &why)
        },
    }
}

/// The rows that are compared.
struct Sides<'a> {
    /// Length of the window that the current rows are of.
    length_us: i64,
    reference: &'a RecordBatch,
    current: &'a RecordBatch,
}

/// Rows of one side with answer and outcome.
struct Known {
    rows: RecordBatch,
    /// Windows as long as the current one.
    windows: Windows,
}

impl Sides<'_> {
    /// The rows of both sides for which `known` tells, of their places, that they have answer and outcome; those of the
    /// reference by windows. `Err` says why there is nothing to compare.
    fn known<K: Fn(usize) -> bool>(
        &self,
        missing: &str,
        known: impl Fn(&RecordBatch) -> Option<K>,
    ) -> Result<[Known; 2], String> {
        let side = |rows: &RecordBatch| only(rows, known(rows)?);
        let (Some(before), Some(now)) = (side(self.reference), side(self.current)) else {
            return Err(missing.to_owned());
        };
        for (own, what) in [(&before, "the reference"), (&now, "the window")] {
            let n = own.num_rows();
            if n < LABELLED_MIN {
                return Err(format!(
                    "{n} rows of {what} have both answer and outcome; {LABELLED_MIN} are needed."
                ));
            }
        }
        Ok([
            Known {
                windows: windows_of(&before, self.length_us),
                rows: before,
            },
            Known {
                windows: Windows::one(now.num_rows()),
                rows: now,
            },
        ])
    }
}

/// Windows of this length that follow one another from the first row on; one of all rows if these have no time.
fn windows_of(rows: &RecordBatch, length_us: i64) -> Windows {
    let times = micros(rows, "time").unwrap_or_default();
    let (Some(first), Some(last)) = (
        times.iter().flatten().min().copied(),
        times.iter().flatten().max().copied(),
    ) else {
        return Windows::one(rows.num_rows());
    };
    let place = |us: i64| u32::try_from((us - first) / length_us.max(1)).unwrap_or(u32::MAX);
    let of_row = times.iter().map(|us| us.map_or(u32::MAX, place));
    Windows {
        of_row: of_row.collect(),
        count: place(last) as usize + 1,
    }
}

/// What was held against what.
struct Held {
    rows: u64,
    measures: Vec<Measured>,
    relation: Relation,
}

/// A measure as it was estimated and as it came true.
struct Measured {
    figure: &'static str,
    /// As people call it.
    name: &'static str,
    realised: Figure,
    expected: f64,
    /// What the realised value may be, at 95 %.
    allowed: (f64, f64),
    /// A gap of this size matters.
    material: f64,
}

impl Measured {
    /// Of a figure whose gap has an interval. `None` if one of them is not defined.
    fn of_gap(
        (figure, name): (&'static str, &'static str),
        (expected, realised): (&Figure, Figure),
        gap: &Figure,
        material: f64,
    ) -> Option<Self> {
        let (expected, off) = (expected.value?, gap.value?);
        realised.value?;
        Some(Self {
            figure,
            name,
            realised,
            expected,
            allowed: (expected + off - gap.high?, expected + off - gap.low?),
            material,
        })
    }

    /// Whether it misses its estimate for certain, by what matters.
    fn is_missed(&self) -> bool {
        let (low, high) = self.allowed;
        self.realised.value.is_some_and(|value| {
            !(low..=high).contains(&value) && (value - self.expected).abs() >= self.material
        })
    }

    fn check(&self, off: bool) -> Option<Check> {
        let value = self.realised.value?;
        let (at_least, at_most) = self.allowed;
        Some(Check {
            figure: self.figure.to_owned(),
            column: None,
            value: Some(value),
            low: self.realised.low,
            high: self.realised.high,
            at_least: Some(at_least),
            at_most: Some(at_most),
            n: self.realised.n,
            state: if off { Standing::Off } else { Standing::Ok },
            sentence: format!(
                "The {} was {}; {} was estimated, which allows {} to {}.",
                self.name,
                number(value),
                number(self.expected),
                number(at_least),
                number(at_most)
            ),
        })
    }
}

/// Whether outcomes still follow from what the estimate knows.
struct Relation {
    p: f64,
    n: u64,
    /// What is said if they do, and if they do not; how certain it is follows.
    kept: String,
    broken: String,
}

impl Relation {
    fn is_broken(&self) -> bool {
        self.p < ALPHA
    }

    fn check(&self, state: Standing) -> Check {
        let said = if self.is_broken() {
            &self.broken
        } else {
            &self.kept
        };
        Check {
            figure: "relation".to_owned(),
            column: None,
            value: Some(self.p),
            low: None,
            high: None,
            at_least: Some(ALPHA),
            at_most: None,
            n: self.n,
            state,
            sentence: format!("{said} (p = {}).", number(self.p)),
        }
    }
}

fn told(window: Window, held: Held) -> Compared {
    let broken = held.relation.is_broken();
    let measures = held.measures.iter();
    let mut checks: Vec<Check> = measures
        .filter_map(|own| own.check(broken && own.is_missed()))
        .collect();
    let off = checks.iter().any(|c| c.state == Standing::Off);
    let state = if off { Standing::Off } else { Standing::Ok };
    checks.push(held.relation.check(state));
    let told: Vec<&str> = checks.iter().map(|c| c.sentence.as_str()).collect();
    Compared {
        state,
        n: held.rows,
        figures: checks.len() as u64,
        window: Some(window),
        sentence: told.join(" "),
        checks,
        ..Compared::unknown(Comparison::Performance, "")
    }
}

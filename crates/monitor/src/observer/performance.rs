//! Estimated performance held against the realised one.

use super::{ALPHA, Check, Compared, Comparison, Standing};
use crate::outcomes::{numbers, positive};
use crate::rows::texts;
use crate::sentence::number;
use crate::window::Window;
use arrow::array::RecordBatch;
use candor_contract::spec::ModelSpec;
use candor_stats::Figure;
use candor_stats::estimate::{Audit, Cbpe, Estimate, Measure, Options, Predictions, realised};

/// Measures that are compared.
const MEASURES: [Measure; 2] = [Measure::RocAuc, Measure::Accuracy];
/// Fewer labelled rows tell nothing.
const LABELLED_MIN: usize = 100;
/// A gap of two points matters, as for monitors of performance.
const MATERIAL: f64 = 0.02;
/// Scores of this size and above are positive where the model names no class.
const THRESHOLD: f64 = 0.5;

/// Compares the performance that calibrated scores promise for the rows of `window` with what came true. Rows are
/// predictions joined with outcomes: `output_score`, `output_class` and `outcome_class`; those of the reference
/// calibrate the scores. Rows without score or outcome are left out.
///
/// It is off if the relation of score and outcome has changed for certain (the audit of estimates) and with it a
/// measure by two points or more.
pub fn compare_performance(
    window: Window,
    spec: &ModelSpec,
    reference: &RecordBatch,
    current: &RecordBatch,
) -> Compared {
    let unknown = |why: &str| Compared {
        window: Some(window),
        ..Compared::unknown(Comparison::Performance, why)
    };
    let (Some(before), Some(now)) = (Rows::of(spec, reference), Rows::of(spec, current)) else {
        return unknown("Rows have no score, or outcomes no class.");
    };
    for (own, what) in [(&before, "the reference"), (&now, "the window")] {
        if own.labels.len() < LABELLED_MIN {
            let n = own.labels.len();
            return unknown(&format!(
                "{n} rows of {what} have both score and outcome; {LABELLED_MIN} are needed."
            ));
        }
    }
    let cbpe = Cbpe::fit(&before.predictions(), &before.labels, &Options::default());
    let estimate = cbpe.estimate(&now.predictions()).pop();
    let real = realised(&now.predictions(), &now.labels).pop();
    let (Some(estimate), Some(real)) = (estimate, real) else {
        return unknown("The window has no rows.");
    };
    let audit = cbpe.audit(&now.predictions(), &now.labels);
    let gaps = MEASURES.map(|m| (m, cbpe.gap(&estimate, &real, m)));
    if gaps.iter().all(|(_, gap)| gap.value.is_none()) {
        return unknown("Neither ROC AUC nor accuracy is defined for these rows.");
    }
    told(window, (&estimate, &real), &audit, &gaps)
}

fn told(
    window: Window,
    (estimate, real): (&Estimate, &Estimate),
    audit: &Audit,
    gaps: &[(Measure, Figure)],
) -> Compared {
    let changed = audit.shift.p < ALPHA;
    let mut checks = Vec::new();
    for (measure, gap) in gaps {
        let off = changed && matters(gap);
        checks.extend(check(*measure, (estimate, real), gap, off));
    }
    let off = checks.iter().any(|c| c.state == Standing::Off);
    let state = if off { Standing::Off } else { Standing::Ok };
    let figures = checks.len() as u64 + 1;
    let told: Vec<&str> = checks.iter().map(|c| c.sentence.as_str()).collect();
    let relation = relation(audit, state);
    let sentence = format!("{} {}", told.join(" "), relation.sentence);
    checks.push(relation);
    Compared {
        state,
        n: real.rows,
        figures,
        window: Some(window),
        sentence,
        checks,
        ..Compared::unknown(Comparison::Performance, "")
    }
}

/// Whether a gap is certain and large enough.
fn matters(gap: &Figure) -> bool {
    let excludes = gap.low.is_some_and(|low| low > 0.0) || gap.high.is_some_and(|high| high < 0.0);
    excludes && gap.value.is_some_and(|gap| gap.abs() >= MATERIAL)
}

/// The realised value within what the estimate allows it.
fn check(
    measure: Measure,
    (estimate, real): (&Estimate, &Estimate),
    gap: &Figure,
    off: bool,
) -> Option<Check> {
    let expected = estimate.figure(measure).value?;
    let own = real.figure(measure);
    let value = own.value?;
    let (below, above) = (gap.value? - gap.low?, gap.high? - gap.value?);
    let (at_least, at_most) = (expected - below, expected + above);
    let name = match measure {
        Measure::RocAuc => "ROC AUC",
        other => other.name(),
    };
    Some(Check {
        figure: measure.name().to_owned(),
        column: None,
        value: Some(value),
        low: own.low,
        high: own.high,
        at_least: Some(at_least),
        at_most: Some(at_most),
        n: real.rows,
        state: if off { Standing::Off } else { Standing::Ok },
        sentence: format!(
            "The {name} was {}; {} was estimated, which allows {} to {}.",
            number(value),
            number(expected),
            number(at_least),
            number(at_most)
        ),
    })
}

/// Whether outcomes still agree with the calibrated scores.
fn relation(audit: &Audit, state: Standing) -> Check {
    let shift = &audit.shift;
    let sentence = if shift.p < ALPHA {
        format!(
            "Outcomes no longer agree with the calibrated scores (p = {}).",
            number(shift.p)
        )
    } else {
        format!(
            "Outcomes agree with the calibrated scores (p = {}).",
            number(shift.p)
        )
    };
    Check {
        figure: "relation".to_owned(),
        column: None,
        value: Some(shift.p),
        low: None,
        high: None,
        at_least: Some(ALPHA),
        at_most: None,
        n: shift.level.n,
        state,
        sentence,
    }
}

/// Rows with score and outcome.
struct Rows {
    scores: Vec<f64>,
    decided: Vec<bool>,
    labels: Vec<Option<bool>>,
    window: Vec<u32>,
}

impl Rows {
    fn of(spec: &ModelSpec, rows: &RecordBatch) -> Option<Self> {
        let is_positive = positive(spec);
        let scores = numbers(rows, "output_score")?;
        let outcomes = rows.column_by_name("outcome_class").and_then(texts)?;
        let classes = rows.column_by_name("output_class").and_then(texts);
        let mut own = Self {
            scores: Vec::new(),
            decided: Vec::new(),
            labels: Vec::new(),
            window: Vec::new(),
        };
        for (at, (score, outcome)) in scores.into_iter().zip(&outcomes).enumerate() {
            let (true, Some(label)) = (score.is_finite(), is_positive(outcome)) else {
                continue;
            };
            let class = classes.as_ref().and_then(|c| is_positive(c.get(at)?));
            own.scores.push(score);
            own.decided.push(class.unwrap_or(score >= THRESHOLD));
            own.labels.push(Some(label));
            own.window.push(0);
        }
        Some(own)
    }

    fn predictions(&self) -> Predictions<'_> {
        Predictions {
            score: &self.scores,
            positive: &self.decided,
            window: &self.window,
            windows: 1,
        }
    }
}

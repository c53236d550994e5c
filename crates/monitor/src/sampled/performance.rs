//! Performance as it probably is: from calibrated scores (CBPE), or from a model of errors (DLE).

use crate::answers::{Input, Scored, Valued, Windows, answered};
use crate::outcomes::{numbers, positive};
use crate::rows::texts;
use arrow::array::RecordBatch;
use candor_contract::spec::{ModelSpec, Task};
use candor_stats::Figure;
use candor_stats::estimate::{Cbpe, Dle, ErrorMeasure, Measure, Options};
use candor_stats::learn::Settings;
use std::collections::BTreeSet;

const ERRORS: [ErrorMeasure; 4] = [
    ErrorMeasure::Mae,
    ErrorMeasure::Mape,
    ErrorMeasure::Mse,
    ErrorMeasure::Rmse,
];

/// Whether performance by this metric can be estimated.
pub(crate) fn is_estimated(metric: &str) -> bool {
    of_classes(metric).is_some() || of_numbers(metric).is_some()
}

/// The measure of classes that a metric of performance is.
fn of_classes(metric: &str) -> Option<Measure> {
    let own = match metric {
        "pr_auc" => Measure::AveragePrecision.name(),
        metric => metric,
    };
    Measure::ALL.into_iter().find(|m| m.name() == own)
}

fn of_numbers(metric: &str) -> Option<ErrorMeasure> {
    ERRORS.into_iter().find(|m| m.name() == metric)
}

/// What was learnt from rows whose outcomes are known.
#[derive(Debug)]
pub(super) enum Performance {
    /// Two classes: metrics, and what makes scores probabilities.
    Classes {
        metrics: Vec<(String, Measure)>,
        cbpe: Box<Cbpe>,
        spec: Box<ModelSpec>,
    },
    /// Numbers: a model of the errors for each metric, over these inputs.
    Numbers {
        metrics: Vec<(String, Dle)>,
        inputs: Vec<Input>,
    },
}

impl Performance {
    /// `None` for other tasks, and where nothing can be learnt.
    pub(super) fn learn(
        spec: &ModelSpec,
        wanted: &BTreeSet<String>,
        labelled: &RecordBatch,
    ) -> Option<Self> {
        match spec.task? {
            Task::Binary => Self::classes(spec, wanted, labelled),
            Task::Regression => Self::numbers(wanted, labelled),
            _ => None,
        }
    }

    fn classes(
        spec: &ModelSpec,
        wanted: &BTreeSet<String>,
        labelled: &RecordBatch,
    ) -> Option<Self> {
        let rows = answered(labelled, "output_score")?;
        let words = rows.column_by_name("outcome_class").and_then(texts)?;
        let labels: Vec<Option<bool>> = words.iter().map(positive(spec)).collect();
        let has = |class: bool| labels.contains(&Some(class));
        let metrics = wanted
            .iter()
            .filter_map(|m| Some((m.clone(), of_classes(m)?)));
        let metrics: Vec<_> = metrics.collect();
        if metrics.is_empty() || !has(true) || !has(false) {
            return None;
        }
        let own = Scored::of(spec, &rows, Windows::one(rows.num_rows()))?;
        let cbpe = Cbpe::fit(&own.predictions(), &labels, &Options::default());
        Some(Performance::Classes {
            metrics,
            cbpe: Box::new(cbpe),
            spec: Box::new(spec.clone()),
        })
    }

    fn numbers(wanted: &BTreeSet<String>, labelled: &RecordBatch) -> Option<Self> {
        let rows = answered(labelled, "output_value")?;
        let outcomes = numbers(&rows, "outcome_value")?;
        if !outcomes.iter().any(|x| x.is_finite()) {
            return None;
        }
        let inputs = Input::all(&rows);
        let told = Valued::of(&inputs, &rows, Windows::one(rows.num_rows()))?;
        let learn = |metric: &String| {
            let measure = of_numbers(metric)?;
            let features = told.features(&inputs);
            let learnt = Dle::fit(
                measure,
                &told.predictions(&features),
                &outcomes,
                &Settings::default(),
            );
            Some((metric.clone(), learnt))
        };
        let metrics: Vec<_> = wanted.iter().filter_map(learn).collect();
        (!metrics.is_empty()).then_some(Performance::Numbers { metrics, inputs })
    }

    /// What is expected of a window's rows.
    pub(super) fn figures(&self, rows: &RecordBatch) -> Vec<(String, Figure)> {
        let told = match self {
            Performance::Classes {
                metrics,
                cbpe,
                spec,
            } => answered(rows, "output_score").and_then(|rows| {
                let own = Scored::of(spec, &rows, Windows::one(rows.num_rows()))?;
                let estimate = cbpe.estimate(&own.predictions()).pop()?;
                let figure =
                    |(name, m): &(String, Measure)| (name.clone(), estimate.figure(*m).clone());
                Some(metrics.iter().map(figure).collect())
            }),
            Performance::Numbers { metrics, inputs } => {
                answered(rows, "output_value").and_then(|rows| {
                    let own = Valued::of(inputs, &rows, Windows::one(rows.num_rows()))?;
                    let features = own.features(inputs);
                    let told = metrics.iter().filter_map(|(name, dle)| {
                        let figure = dle.estimate(&own.predictions(&features)).pop()?;
                        Some((name.clone(), figure))
                    });
                    Some(told.collect())
                })
            }
        };
        told.unwrap_or_default()
    }
}

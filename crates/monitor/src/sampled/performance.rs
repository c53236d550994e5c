//! Performance as it probably is: from calibrated scores (CBPE), or from a model of errors (DLE).

use super::{answered, input_names};
use crate::outcomes::{numbers, positive};
use crate::rows::texts;
use arrow::array::{ArrayRef, RecordBatch};
use arrow::datatypes::DataType;
use candor_contract::spec::{ModelSpec, Task};
use candor_stats::Figure;
use candor_stats::estimate::{
    Cbpe, Dle, ErrorMeasure, Measure, NumberPredictions, Options, Predictions,
};
use candor_stats::learn::{Feature, Settings};
use std::collections::{BTreeMap, BTreeSet};

/// Scores of this size and above are positive where the model names no class.
const THRESHOLD: f64 = 0.5;
/// Texts of more values than that tell nothing of errors.
const CATEGORIES_MAX: usize = 255;
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

/// An input, and how it becomes numbers: words by their place.
#[derive(Debug)]
pub(super) struct Input {
    name: String,
    words: Option<BTreeMap<String, f64>>,
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
        let own = Scored::of(spec, &rows)?;
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
        let names = input_names(&rows).into_iter();
        let inputs: Vec<Input> = names.filter_map(|name| Input::of(name, &rows)).collect();
        let told = Valued::of(&inputs, &rows)?;
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
                let own = Scored::of(spec, &rows)?;
                let estimate = cbpe.estimate(&own.predictions()).pop()?;
                let figure =
                    |(name, m): &(String, Measure)| (name.clone(), estimate.figure(*m).clone());
                Some(metrics.iter().map(figure).collect())
            }),
            Performance::Numbers { metrics, inputs } => {
                answered(rows, "output_value").and_then(|rows| {
                    let own = Valued::of(inputs, &rows)?;
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

/// Rows with a score.
struct Scored {
    scores: Vec<f64>,
    decided: Vec<bool>,
    window: Vec<u32>,
}

impl Scored {
    fn of(spec: &ModelSpec, rows: &RecordBatch) -> Option<Self> {
        let scores = numbers(rows, "output_score")?;
        let is_positive = positive(spec);
        let classes = rows.column_by_name("output_class").and_then(texts);
        let decided = |(at, score): (usize, &f64)| {
            let class = classes.as_ref().and_then(|c| is_positive(c.get(at)?));
            class.unwrap_or(*score >= THRESHOLD)
        };
        Some(Self {
            decided: scores.iter().enumerate().map(decided).collect(),
            window: vec![0; scores.len()],
            scores,
        })
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

impl Input {
    fn of(name: String, rows: &RecordBatch) -> Option<Self> {
        let array = rows.column_by_name(&name)?;
        if is_number(array) {
            return Some(Self { name, words: None });
        }
        let words = texts(array)?;
        let words: BTreeSet<&String> = words.iter().flatten().collect();
        let known = words.into_iter().zip(0_u32..);
        let known: BTreeMap<String, f64> = known
            .map(|(word, at)| (word.clone(), f64::from(at)))
            .collect();
        (known.len() <= CATEGORIES_MAX).then_some(Self {
            name,
            words: Some(known),
        })
    }

    fn read(&self, rows: &RecordBatch) -> Option<Vec<f64>> {
        let Some(known) = &self.words else {
            return numbers(rows, &self.name);
        };
        let words = texts(rows.column_by_name(&self.name)?)?;
        let code = |word: &Option<String>| {
            let code = word.as_ref().and_then(|w| known.get(w));
            code.copied().unwrap_or(f64::NAN)
        };
        Some(words.iter().map(code).collect())
    }
}

fn is_number(array: &ArrayRef) -> bool {
    array.data_type().is_numeric() || *array.data_type() == DataType::Boolean
}

/// Rows with a predicted number.
struct Valued {
    inputs: Vec<Vec<f64>>,
    predicted: Vec<f64>,
    window: Vec<u32>,
}

impl Valued {
    fn of(inputs: &[Input], rows: &RecordBatch) -> Option<Self> {
        let predicted = numbers(rows, "output_value")?;
        Some(Self {
            inputs: inputs.iter().map(|i| i.read(rows)).collect::<Option<_>>()?,
            window: vec![0; predicted.len()],
            predicted,
        })
    }

    fn features(&self, inputs: &[Input]) -> Vec<Feature<'_>> {
        let made = self.inputs.iter().zip(inputs);
        let made = made.map(|(values, input)| match input.words {
            Some(_) => Feature::category(values),
            None => Feature::number(values),
        });
        made.collect()
    }

    fn predictions<'a>(&'a self, features: &'a [Feature<'a>]) -> NumberPredictions<'a> {
        NumberPredictions {
            features,
            prediction: &self.predicted,
            window: &self.window,
            windows: 1,
        }
    }
}

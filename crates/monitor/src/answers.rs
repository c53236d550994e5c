//! Answers of a model as estimates of its performance read them: from rows as they are stored.

use crate::outcomes::{numbers, positive};
use crate::rows::texts;
use arrow::array::{Array, ArrayRef, BooleanArray, RecordBatch};
use arrow::compute::filter_record_batch;
use arrow::datatypes::DataType;
use candor_contract::spec::ModelSpec;
use candor_stats::estimate::{ClassPredictions, NumberPredictions, Predictions};
use candor_stats::learn::Feature;
use candor_stats::performance::MISSING;
use std::collections::{BTreeMap, BTreeSet};

/// Scores of this size and above are positive where the model names no class.
const THRESHOLD: f64 = 0.5;
/// Texts of more values than that tell nothing of errors.
const CATEGORIES_MAX: usize = 255;
/// How columns of the scores by class begin; the class follows.
const SCORES: &str = "output_scores_";

/// The inputs of rows, by name: those that hold something.
pub(crate) fn input_names(rows: &RecordBatch) -> Vec<String> {
    held(rows, "input_")
}

/// The classes that have a score.
pub(crate) fn scored_classes(rows: &RecordBatch) -> Vec<String> {
    let names = held(rows, SCORES).into_iter();
    names.map(|name| name[SCORES.len()..].to_owned()).collect()
}

/// Columns that begin so and hold something.
fn held(rows: &RecordBatch, prefix: &str) -> Vec<String> {
    let schema = rows.schema();
    let named = schema.fields().iter().zip(rows.columns());
    let held = named.filter(|(field, array)| {
        field.name().starts_with(prefix) && array.null_count() < array.len()
    });
    held.map(|(field, _)| field.name().clone()).collect()
}

/// Rows for which `keep` holds of their places.
pub(crate) fn only(rows: &RecordBatch, keep: impl Fn(usize) -> bool) -> Option<RecordBatch> {
    let kept: BooleanArray = (0..rows.num_rows()).map(|row| Some(keep(row))).collect();
    filter_record_batch(rows, &kept).ok()
}

/// Rows that answered: failed requests have no output.
pub(crate) fn answered(rows: &RecordBatch, output: &str) -> Option<RecordBatch> {
    let values = numbers(rows, output)?;
    only(rows, |row| values[row].is_finite())
}

/// The windows that rows are of, each by its number, and how many there are.
#[derive(Debug, Clone)]
pub(crate) struct Windows {
    pub(crate) of_row: Vec<u32>,
    pub(crate) count: usize,
}

impl Windows {
    /// All rows in one.
    pub(crate) fn one(rows: usize) -> Self {
        Self {
            of_row: vec![0; rows],
            count: 1,
        }
    }
}

/// Rows with a score.
pub(crate) struct Scored {
    scores: Vec<f64>,
    decided: Vec<bool>,
    windows: Windows,
}

impl Scored {
    pub(crate) fn of(spec: &ModelSpec, rows: &RecordBatch, windows: Windows) -> Option<Self> {
        let scores = numbers(rows, "output_score")?;
        let is_positive = positive(spec);
        let classes = rows.column_by_name("output_class").and_then(texts);
        let decided = |(at, score): (usize, &f64)| {
            let class = classes.as_ref().and_then(|c| is_positive(c.get(at)?));
            class.unwrap_or(*score >= THRESHOLD)
        };
        Some(Self {
            decided: scores.iter().enumerate().map(decided).collect(),
            windows,
            scores,
        })
    }

    pub(crate) fn predictions(&self) -> Predictions<'_> {
        Predictions {
            score: &self.scores,
            positive: &self.decided,
            window: &self.windows.of_row,
            windows: self.windows.count,
        }
    }
}

/// Rows with a score for each class.
pub(crate) struct Classed {
    scores: Vec<Vec<f64>>,
    chosen: Vec<u32>,
    windows: Windows,
}

impl Classed {
    /// Of these classes; where the model named none, or one without a score, the likeliest counts as chosen. `None` if
    /// a class has no column.
    pub(crate) fn of(classes: &[String], rows: &RecordBatch, windows: Windows) -> Option<Self> {
        let column = |class: &String| numbers(rows, &format!("{SCORES}{class}"));
        let scores: Vec<Vec<f64>> = classes.iter().map(column).collect::<Option<_>>()?;
        let named = class_codes(classes, rows, "output_class");
        let chosen = (0..rows.num_rows()).map(|row| {
            let named = named.as_ref().map_or(MISSING, |codes| codes[row]);
            if named == MISSING {
                likeliest(&scores, row)
            } else {
                named
            }
        });
        Some(Self {
            chosen: chosen.collect(),
            scores,
            windows,
        })
    }

    /// A column of scores for each class.
    pub(crate) fn columns(&self) -> Vec<&[f64]> {
        self.scores.iter().map(Vec::as_slice).collect()
    }

    pub(crate) fn predictions<'a>(&'a self, columns: &'a [&'a [f64]]) -> ClassPredictions<'a> {
        ClassPredictions {
            scores: columns,
            class: &self.chosen,
            window: &self.windows.of_row,
            windows: self.windows.count,
        }
    }
}

/// The places of a column's words among classes; those of others and of none are [`MISSING`].
pub(crate) fn class_codes(classes: &[String], rows: &RecordBatch, name: &str) -> Option<Vec<u32>> {
    let words = texts(rows.column_by_name(name)?)?;
    let places = classes.iter().map(String::as_str).zip(0_u32..);
    let places: BTreeMap<&str, u32> = places.collect();
    let code = |word: &Option<String>| {
        let code = word.as_deref().and_then(|word| places.get(word));
        code.copied().unwrap_or(MISSING)
    };
    Some(words.iter().map(code).collect())
}

fn likeliest(scores: &[Vec<f64>], row: usize) -> u32 {
    let own = scores.iter().map(|column| column[row]).zip(0_u32..);
    let best = own
        .filter(|(score, _)| score.is_finite())
        .max_by(|a, b| a.0.total_cmp(&b.0).then(b.1.cmp(&a.1)));
    best.map_or(MISSING, |(_, class)| class)
}

/// An input, and how it becomes numbers: words by their place.
#[derive(Debug)]
pub(crate) struct Input {
    name: String,
    words: Option<BTreeMap<String, f64>>,
}

impl Input {
    /// The inputs that tell something of errors.
    pub(crate) fn all(rows: &RecordBatch) -> Vec<Self> {
        let names = input_names(rows).into_iter();
        names.filter_map(|name| Self::of(name, rows)).collect()
    }

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
pub(crate) struct Valued {
    inputs: Vec<Vec<f64>>,
    predicted: Vec<f64>,
    windows: Windows,
}

impl Valued {
    /// `None` if a column is missing.
    pub(crate) fn of(inputs: &[Input], rows: &RecordBatch, windows: Windows) -> Option<Self> {
        Some(Self {
            inputs: inputs.iter().map(|i| i.read(rows)).collect::<Option<_>>()?,
            predicted: numbers(rows, "output_value")?,
            windows,
        })
    }

    pub(crate) fn features(&self, inputs: &[Input]) -> Vec<Feature<'_>> {
        let made = self.inputs.iter().zip(inputs);
        let made = made.map(|(values, input)| match input.words {
            Some(_) => Feature::category(values),
            None => Feature::number(values),
        });
        made.collect()
    }

    pub(crate) fn predictions<'a>(&'a self, features: &'a [Feature<'a>]) -> NumberPredictions<'a> {
        NumberPredictions {
            features,
            prediction: &self.predicted,
            window: &self.windows.of_row,
            windows: self.windows.count,
        }
    }
}

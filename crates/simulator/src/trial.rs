//! A scenario played to its end, to be measured by tests.

use crate::calendar::DAY_US;
use crate::{Fleet, Setting};
use arrow::array::{Array, AsArray, RecordBatch};
use arrow::compute::concat_batches;
use arrow::datatypes::{Float64Type, Int64Type, TimestampMicrosecondType};
use candor_contract::Kind;
use candor_contract::spec::{ScenarioSpec, parse};
use std::collections::{BTreeMap, HashMap};

/// A Monday.
pub(crate) const START_US: i64 = 1_790_553_600_000_000;

/// The spec part of a scenario.
pub(crate) fn spec(text: &str) -> ScenarioSpec {
    let head = "apiVersion: candor/v1\nkind: Scenario\nmetadata: {name: trial}\nspec: ";
    let objects = parse(&format!("{head}{text}")).unwrap();
    objects[0].scenario().unwrap().clone()
}

pub(crate) fn setting() -> Setting {
    Setting {
        scenario: "trial".into(),
        start_us: START_US,
        seed: None,
        events: None,
        rate: None,
    }
}

/// A fleet at its start.
pub(crate) fn fleet(text: &str) -> Fleet {
    Fleet::new(&spec(text), setting()).unwrap()
}

/// All events of one model.
pub(crate) struct Trial {
    pub(crate) tables: BTreeMap<Kind, RecordBatch>,
    /// By id of the prediction: 1 or 0 of classes, else the number.
    pub(crate) outcomes: HashMap<String, f64>,
    pub(crate) verdicts: HashMap<String, String>,
}

impl Trial {
    /// Plays a scenario of one model.
    pub(crate) fn of(text: &str) -> Self {
        let mut fleet = fleet(text);
        let mut parts: BTreeMap<Kind, Vec<RecordBatch>> = BTreeMap::new();
        while fleet.at_us() < fleet.end_us() {
            for batch in fleet.advance(fleet.at_us() + DAY_US).unwrap() {
                parts.entry(batch.kind).or_default().push(batch.rows);
            }
        }
        let tables = parts
            .into_iter()
            .map(|(kind, all)| (kind, concat_batches(&all[0].schema(), &all).unwrap()));
        let mut trial = Self {
            tables: tables.collect(),
            outcomes: HashMap::new(),
            verdicts: HashMap::new(),
        };
        if let Some(table) = trial.tables.get(&Kind::Outcome) {
            let numbers = match table.column_by_name("class") {
                Some(_) => words(table, "class")
                    .into_iter()
                    .map(|w| Some(f64::from(matches!(w.as_deref(), Some("1" | "resolved")))))
                    .collect(),
                None => numbers(table, table.schema().field(3).name()),
            };
            let ids = words(table, "prediction_id").into_iter().flatten();
            trial.outcomes = ids.zip(numbers.into_iter().flatten()).collect();
        }
        if let Some(table) = trial.tables.get(&Kind::Feedback) {
            let ids = words(table, "prediction_id").into_iter().flatten();
            trial.verdicts = ids
                .zip(words(table, "verdict").into_iter().flatten())
                .collect();
        }
        trial
    }

    pub(crate) fn predictions(&self) -> &RecordBatch {
        &self.tables[&Kind::Prediction]
    }

    /// Predictions for which `keep` holds of the time in days and the row.
    pub(crate) fn sample(&self, keep: impl Fn(f64, usize) -> bool) -> Sample<'_> {
        let table = self.predictions();
        let times = times(table, "time");
        let day = |t: i64| (t - START_US) as f64 / DAY_US as f64;
        let rows = (0..table.num_rows()).filter(|i| keep(day(times[*i]), *i));
        Sample {
            trial: self,
            rows: rows.collect(),
        }
    }

    pub(crate) fn all(&self) -> Sample<'_> {
        self.sample(|_, _| true)
    }
}

/// Some predictions of a trial.
pub(crate) struct Sample<'a> {
    pub(crate) trial: &'a Trial,
    pub(crate) rows: Vec<usize>,
}

impl Sample<'_> {
    pub(crate) fn numbers(&self, name: &str) -> Vec<Option<f64>> {
        let all = numbers(self.trial.predictions(), name);
        self.rows.iter().map(|i| all[*i]).collect()
    }

    pub(crate) fn words(&self, name: &str) -> Vec<Option<String>> {
        let all = words(self.trial.predictions(), name);
        self.rows.iter().map(|i| all[*i].clone()).collect()
    }

    pub(crate) fn times(&self, name: &str) -> Vec<i64> {
        let all = times(self.trial.predictions(), name);
        self.rows.iter().map(|i| all[*i]).collect()
    }

    pub(crate) fn mean(&self, name: &str, of: impl Fn(f64) -> f64) -> f64 {
        mean(self.numbers(name).into_iter().flatten().map(of))
    }

    /// Share of rows that have no value.
    pub(crate) fn missing(&self, name: &str) -> f64 {
        let table = self.trial.predictions();
        let column = table.column_by_name(name).unwrap();
        mean(self.rows.iter().map(|i| f64::from(column.is_null(*i))))
    }

    /// Share of rows with this word.
    pub(crate) fn share(&self, name: &str, word: &str) -> f64 {
        mean(
            self.words(name)
                .iter()
                .map(|w| f64::from(w.as_deref() == Some(word))),
        )
    }

    /// Answers in `column` with the outcomes that have come.
    pub(crate) fn pairs(&self, column: &str) -> Vec<(f64, f64)> {
        let ids = self.words("id");
        let pairs = ids.iter().zip(self.numbers(column));
        pairs
            .filter_map(|(id, answer)| {
                let outcome = self.trial.outcomes.get(id.as_deref()?)?;
                Some((answer?, *outcome))
            })
            .collect()
    }

    /// Area under the ROC curve of `column`, by ranks.
    pub(crate) fn auc(&self, column: &str) -> f64 {
        let mut pairs = self.pairs(column);
        pairs.sort_by(|a, b| a.0.total_cmp(&b.0));
        let (mut ranks, mut hits) = (0.0, 0.0);
        for (rank, (_, outcome)) in pairs.iter().enumerate() {
            if *outcome > 0.5 {
                ranks += rank as f64 + 1.0;
                hits += 1.0;
            }
        }
        let others = pairs.len() as f64 - hits;
        (ranks - hits * (hits + 1.0) / 2.0) / (hits * others)
    }

    /// Mean absolute error of `output_value`.
    pub(crate) fn mae(&self) -> f64 {
        mean(
            self.pairs("output_value")
                .into_iter()
                .map(|(a, b)| (a - b).abs()),
        )
    }

    /// Mean NDCG of the ranked items by request.
    pub(crate) fn ndcg(&self) -> f64 {
        let mut queries: BTreeMap<String, Vec<(f64, f64)>> = BTreeMap::new();
        let ids = self.words("id");
        let queried = self.words("request_id");
        let positions = self.numbers("output_position");
        for (i, id) in ids.iter().enumerate() {
            let outcome = id.as_ref().and_then(|id| self.trial.outcomes.get(id));
            if let (Some(position), Some(grade)) = (positions[i], outcome) {
                let query = queried[i].clone().unwrap();
                queries.entry(query).or_default().push((position, *grade));
            }
        }
        let gain = |(place, grade): (f64, f64)| (grade.exp2() - 1.0) / (place + 1.0).log2();
        mean(queries.into_values().filter_map(|items| {
            let mut grades: Vec<f64> = items.iter().map(|(_, grade)| *grade).collect();
            grades.sort_by(|a, b| b.total_cmp(a));
            let places = grades.into_iter().enumerate();
            let ideal: f64 = places.map(|(i, grade)| gain((i as f64 + 1.0, grade))).sum();
            let found: f64 = items.into_iter().map(gain).sum();
            (ideal > 0.0).then(|| found / ideal)
        }))
    }

    /// Share of predictions with a verdict among `words`.
    pub(crate) fn verdicts(&self, words: &[&str]) -> f64 {
        let ids = self.words("id");
        mean(ids.into_iter().flatten().map(|id| {
            let said = self.trial.verdicts.get(&id);
            f64::from(said.is_some_and(|said| words.contains(&said.as_str())))
        }))
    }
}

pub(crate) fn mean(values: impl IntoIterator<Item = f64>) -> f64 {
    let (mut sum, mut n) = (0.0, 0.0);
    for value in values {
        sum += value;
        n += 1.0;
    }
    sum / n
}

fn numbers(table: &RecordBatch, name: &str) -> Vec<Option<f64>> {
    let column = table.column_by_name(name).unwrap();
    match column.as_primitive_opt::<Float64Type>() {
        Some(floats) => floats.iter().collect(),
        None => column
            .as_primitive::<Int64Type>()
            .iter()
            .map(|x| x.map(|x| x as f64))
            .collect(),
    }
}

pub(crate) fn words(table: &RecordBatch, name: &str) -> Vec<Option<String>> {
    let column = table.column_by_name(name).unwrap().as_string::<i32>();
    column.iter().map(|w| w.map(str::to_owned)).collect()
}

pub(crate) fn times(table: &RecordBatch, name: &str) -> Vec<i64> {
    let column = table.column_by_name(name).unwrap();
    column
        .as_primitive::<TimestampMicrosecondType>()
        .values()
        .to_vec()
}

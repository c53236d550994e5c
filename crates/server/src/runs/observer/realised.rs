//! Estimated performance and the realised one: the rows of both.

use crate::problem::Problem;
use crate::runs::joined::Aged;
use crate::runs::source::Source;
use crate::runs::subject::{Labels, Subject};
use arrow::array::{Array, RecordBatch};
use arrow::datatypes::{Field, Schema};
use candor_contract::spec::Task;
use candor_contract::{Column, Kind, Layouts, TableId};
use candor_monitor::Window;
use candor_monitor::observer::{Compared, Comparison, compare_performance};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Of the predictions of a window so many must have an outcome.
const COVERAGE_MIN: f64 = 0.9;
/// Windows that are tried, the newest first.
const WINDOWS_MAX: usize = 16;
/// More rows calibrate scores no better.
const SCORED_ROWS_MAX: u64 = 300_000;
/// More rows tell little more of errors, and trees that grow on them cost seconds.
const ERRORS_ROWS_MAX: u64 = 20_000;
/// Of wide rows fewer are read: so many values, of scores and of what trees grow on.
const SCORED_VALUES_MAX: u64 = 8_000_000;
const ERRORS_VALUES_MAX: u64 = 1_000_000;
/// Values of a row beside inputs and scores by class.
const VALUES_OF_ALL: u64 = 10;
/// How columns of inputs and of the scores by class begin; name and class follow.
const INPUT: &str = "input_";
const SCORES: &str = "output_scores_";

/// Compares the newest window after the reference whose outcomes are known.
pub(super) async fn compared(
    source: &Source,
    subject: &Subject,
    now_us: i64,
) -> Result<Compared, Problem> {
    let unknown = |why: &str| Ok(Compared::unknown(Comparison::Performance, why));
    let columns = source
        .lake()
        .layout(&TableId::of(&subject.model, Kind::Prediction));
    let needed = match Needed::of(subject.spec.task, &columns.schema.columns) {
        Ok(needed) => needed,
        Err(why) => return unknown(why),
    };
    if subject.reference.end > now_us {
        return unknown("The reference is not over yet.");
    }
    if !subject.outcome_columns.contains(needed.outcome) {
        let what = needed.outcome;
        return unknown(&format!("No outcome with a {what} has come yet."));
    }
    let Some(labels) = source.labels_now(subject, now_us).await? else {
        return unknown("No outcome has come yet.");
    };
    let asked = Asked {
        source,
        subject,
        needed: &needed,
        now_us,
    };
    let Some((window, current)) = asked.newest(labels).await? else {
        return unknown(
            "No window after the reference, among the newest sixteen that should have their outcomes, has nine of \
             ten and can be read at once.",
        );
    };
    // Outcomes that took longer than the window is old can be known of the reference only: there they do not count.
    let whole = Window {
        from_us: subject.reference.start,
        to_us: subject.reference.end,
    };
    let Some(reference) = asked.rows(whole, now_us - window.to_us).await? else {
        return unknown("The reference has too many rows to be read.");
    };
    let spec = subject.spec.clone();
    let compare = move || compare_performance(window, &spec, &reference, &current);
    let told = tokio::task::spawn_blocking(compare).await;
    told.map_err(|e| Problem::internal(&e))
}

/// What a comparison reads.
#[derive(Debug, PartialEq)]
struct Needed {
    /// What outcomes must have.
    outcome: &'static str,
    /// Columns of predictions beside those that are always read, and how they are called in what is compared.
    columns: BTreeMap<String, String>,
    rows_max: u64,
}

impl Needed {
    /// Of a model of this task whose predictions have these columns. `Err` says why its performance is not compared.
    fn of(task: Option<Task>, columns: &[Column]) -> Result<Self, &'static str> {
        let beginning = |prefix: &str| -> BTreeMap<String, String> {
            let own = columns.iter().filter(|c| c.name.starts_with(prefix));
            own.map(|c| (c.name.clone(), named(c, prefix))).collect()
        };
        let scored = |columns: BTreeMap<String, String>| Self {
            outcome: "class",
            rows_max: SCORED_ROWS_MAX.min(SCORED_VALUES_MAX / values(&columns)),
            columns,
        };
        match task {
            Some(Task::Binary) if columns.iter().any(|c| c.name == "output_score") => {
                Ok(scored(BTreeMap::new()))
            }
            Some(Task::Binary) => Err(
                "Predictions have no score, and performance of two classes is estimated from scores.",
            ),
            Some(Task::Regression) => {
                let columns = beginning(INPUT);
                Ok(Self {
                    outcome: "value",
                    rows_max: ERRORS_ROWS_MAX.min(ERRORS_VALUES_MAX / values(&columns)),
                    columns,
                })
            }
            Some(Task::Multiclass) => match beginning(SCORES) {
                own if own.len() < 2 => Err(
                    "Predictions have no score for each class (`outputs.scores`), and performance of several classes is \
                     estimated from these.",
                ),
                own => Ok(scored(own)),
            },
            Some(Task::Ranking | Task::Generation | Task::Embedding) => {
                Err("Performance cannot be estimated for models of this task.")
            }
            None => Err("The model's task is not known; name it in its Model."),
        }
    }
}

/// Values of a row with these columns.
fn values(columns: &BTreeMap<String, String>) -> u64 {
    VALUES_OF_ALL + columns.len() as u64
}

/// The name of a column as it was sent: storage cannot spell every one.
fn named(column: &Column, prefix: &str) -> String {
    let sent = column.source.as_deref().unwrap_or(&column.name);
    format!("{prefix}{}", sent.strip_prefix(prefix).unwrap_or(sent))
}

/// Who asks for rows, and of what.
struct Asked<'a> {
    source: &'a Source,
    subject: &'a Subject,
    needed: &'a Needed,
    now_us: i64,
}

impl Asked<'_> {
    /// The newest window whose outcomes are known, with its rows.
    async fn newest(&self, labels: Labels) -> Result<Option<(Window, RecordBatch)>, Problem> {
        let last_us = self.now_us - labels.delay_us;
        let mut end_us = Window::around(last_us, labels.length_us).from_us;
        for _ in 0..WINDOWS_MAX {
            let window = Window {
                from_us: end_us - labels.length_us,
                to_us: end_us,
            };
            if window.from_us < self.subject.reference.end {
                return Ok(None);
            }
            let rows = self.rows(window, self.now_us - window.to_us).await?;
            if let Some(rows) = rows.filter(|rows| self.is_known(rows)) {
                return Ok(Some((window, rows)));
            }
            end_us = window.from_us;
        }
        Ok(None)
    }

    fn is_known(&self, rows: &RecordBatch) -> bool {
        let known = rows
            .column_by_name(&format!("outcome_{}", self.needed.outcome))
            .map_or(0, |array| array.len() - array.null_count());
        known > 0 && known as f64 >= COVERAGE_MIN * rows.num_rows() as f64
    }

    /// Predictions of a time with the outcomes that they had at an age, columns called as they were sent. `None` if they
    /// are more than are taken.
    async fn rows(&self, window: Window, age_us: i64) -> Result<Option<RecordBatch>, Problem> {
        let columns: Vec<String> = self.needed.columns.keys().cloned().collect();
        let asked = Aged {
            window,
            told_us: self.now_us,
            age_us,
            columns: &columns,
            rows_max: self.needed.rows_max,
        };
        let rows = self.source.aged_rows(self.subject, asked).await?;
        let called = rows.map(|rows| called(&rows, &self.needed.columns));
        called.transpose().map_err(|e| Problem::internal(&e))
    }
}

/// Rows whose columns have other names.
fn called(
    rows: &RecordBatch,
    names: &BTreeMap<String, String>,
) -> Result<RecordBatch, arrow::error::ArrowError> {
    let schema = rows.schema();
    let fields = schema.fields().iter().map(|field| {
        let name = names.get(field.name()).unwrap_or(field.name());
        Field::new(name, field.data_type().clone(), field.is_nullable())
    });
    let schema = Schema::new(fields.collect::<Vec<_>>());
    RecordBatch::try_new(Arc::new(schema), rows.columns().to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;
    use candor_contract::ColumnType;

    fn columns(names: &[&str]) -> Vec<Column> {
        let column = |name: &&str| Column::new(*name, ColumnType::Number);
        names.iter().map(column).collect()
    }

    #[test]
    fn what_is_read_depends_on_the_task() {
        let all = columns(&["output_score", "output_value", "input_a", "input_b"]);
        let read = |task| Needed::of(Some(task), &all);
        let told = read(Task::Binary).unwrap();
        assert_eq!((told.outcome, told.rows_max), ("class", 300_000));
        assert!(told.columns.is_empty());
        let told = read(Task::Regression).unwrap();
        assert_eq!((told.outcome, told.rows_max), ("value", 20_000));
        assert!(told.columns.keys().eq(["input_a", "input_b"]));
        let why = read(Task::Multiclass).unwrap_err();
        assert!(why.contains("`outputs.scores`"), "{why}");
        for task in [Task::Ranking, Task::Generation, Task::Embedding] {
            let why = read(task).unwrap_err();
            assert!(why.contains("models of this task"), "{why}");
        }
        let why = Needed::of(None, &all).unwrap_err();
        assert!(why.contains("name it in its Model"), "{why}");
        let wide: Vec<String> = (0..790).map(|i| format!("input_{i}")).collect();
        let wide: Vec<&str> = wide.iter().map(String::as_str).collect();
        let told = Needed::of(Some(Task::Regression), &columns(&wide)).unwrap();
        assert_eq!(told.rows_max, 1_250);
    }

    #[test]
    fn scores_are_called_by_the_class_as_it_was_sent() {
        let mut all = columns(&[
            "output_scores_gold",
            "output_scores_a_1",
            "output_scores_b_2",
        ]);
        all[1].source = Some("very good".to_owned());
        all[2].source = Some("output_scores_so so".to_owned());
        let told = Needed::of(Some(Task::Multiclass), &all).unwrap();
        let names: Vec<&str> = told.columns.values().map(String::as_str).collect();
        assert_eq!(
            names,
            [
                "output_scores_very good",
                "output_scores_so so",
                "output_scores_gold"
            ]
        );
    }
}

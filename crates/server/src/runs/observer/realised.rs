//! Estimated performance and the realised one: the rows of both.

use super::exact::day_rows;
use crate::problem::Problem;
use crate::runs::source::Source;
use crate::runs::subject::{Labels, Subject};
use arrow::array::{Array, RecordBatch};
use candor_contract::spec::Task;
use candor_monitor::observer::{Compared, Comparison, compare_performance};
use candor_monitor::{DAY_US, Window};

/// Of the predictions of a window so many must have an outcome.
const COVERAGE_MIN: f64 = 0.9;
/// Windows that are tried, the newest first.
const WINDOWS_MAX: usize = 16;
/// More rows of the reference calibrate scores no better.
const REFERENCE_ROWS_MAX: u64 = 300_000;
/// How often a reference of too many rows is halved.
const HALVES_MAX: usize = 8;
const OUTCOME: &str = "outcome_class";

/// Compares the newest window after the reference whose outcomes are known.
pub(super) async fn compared(
    source: &Source,
    subject: &Subject,
    now_us: i64,
) -> Result<Compared, Problem> {
    let unknown = |why: &str| Ok(Compared::unknown(Comparison::Performance, why));
    if let Some(why) = not_compared(subject) {
        return unknown(why);
    }
    if subject.reference.end > now_us {
        return unknown("The reference is not over yet.");
    }
    if !subject.outcome_columns.contains("class") {
        return unknown("No outcome with a class has come yet.");
    }
    let Some(labels) = source.labels_now(subject, now_us).await? else {
        return unknown("No outcome has come yet.");
    };
    let Some((window, current)) = newest(source, subject, labels, now_us).await? else {
        return unknown(
            "No window after the reference, among the newest sixteen that should have their outcomes, has nine of \
             ten and can be read at once.",
        );
    };
    let Some(reference) = reference(source, subject, now_us).await? else {
        return unknown("The reference has too many rows to be read.");
    };
    let spec = subject.spec.clone();
    let compare = move || compare_performance(window, &spec, &reference, &current);
    let told = tokio::task::spawn_blocking(compare).await;
    told.map_err(|e| Problem::internal(&e))
}

/// Why estimated and realised performance of a model are not compared; `None` if they are.
fn not_compared(subject: &Subject) -> Option<&'static str> {
    let why = match subject.spec.task {
        Some(Task::Binary) if subject.has("output_score") => return None,
        Some(Task::Binary) => {
            "Predictions have no score, and performance of two classes is estimated from scores."
        }
        Some(Task::Regression) => {
            "Errors of numbers are estimated by monitors of `estimated_performance`; they are not compared here yet."
        }
        Some(Task::Multiclass) => {
            "Performance of several classes is estimated in `candor report` only, so it is not compared here."
        }
        Some(Task::Ranking | Task::Generation | Task::Embedding) => {
            "Performance cannot be estimated for models of this task."
        }
        None => "The model's task is not known; name it in its Model.",
    };
    Some(why)
}

/// The newest window whose outcomes are known, with its rows.
async fn newest(
    source: &Source,
    subject: &Subject,
    labels: Labels,
    now_us: i64,
) -> Result<Option<(Window, RecordBatch)>, Problem> {
    let mut end_us = Window::around(now_us - labels.delay_us, labels.length_us).from_us;
    for _ in 0..WINDOWS_MAX {
        let window = Window {
            from_us: end_us - labels.length_us,
            to_us: end_us,
        };
        if window.from_us < subject.reference.end {
            return Ok(None);
        }
        let rows = source.predictions(subject, window, now_us).await?;
        if let Some(rows) = rows.filter(is_known) {
            return Ok(Some((window, rows)));
        }
        end_us = window.from_us;
    }
    Ok(None)
}

fn is_known(rows: &RecordBatch) -> bool {
    let known = rows
        .column_by_name(OUTCOME)
        .map_or(0, |array| array.len() - array.null_count());
    known > 0 && known as f64 >= COVERAGE_MIN * rows.num_rows() as f64
}

/// Rows of the reference: its last days that have no more rows than calibration needs. Where these are too many to be
/// read, the last half, quarter and so on of them.
async fn reference(
    source: &Source,
    subject: &Subject,
    now_us: i64,
) -> Result<Option<RecordBatch>, Problem> {
    let whole = subject.reference.clone();
    let mut window = Window {
        from_us: whole.start,
        to_us: whole.end,
    };
    let mut rows = 0;
    for (day_us, more) in day_rows(source, subject, whole.clone()).await?.iter().rev() {
        rows += more;
        if rows > REFERENCE_ROWS_MAX && day_us + DAY_US < whole.end {
            window.from_us = whole.start.max(day_us + DAY_US);
            break;
        }
    }
    for _ in 0..HALVES_MAX {
        if let Some(rows) = source.predictions(subject, window, now_us).await? {
            return Ok(Some(rows));
        }
        window.from_us += window.length_us() / 2;
    }
    Ok(None)
}

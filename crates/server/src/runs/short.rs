//! Windows that are shorter than those of profiles: read from the rows of predictions, the newest first, and no more
//! of them than a bound.

use super::source::{COUNTED, Source, by_window, literal, schema};
use super::subject::Subject;
use crate::problem::Problem;
use arrow::array::RecordBatch;
use arrow::compute::concat_batches;
use candor_contract::spec::{BUILT_IN_SEGMENTS, Baseline, Measure, MonitorSpec};
use candor_monitor::{DAY_US, HOUR_US, MINUTE_US, Reading, Window, is_short, segment_column};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::Arc;

/// So much of history is watched in short windows, of the reference and of what came after it.
pub(super) const SHORT_HISTORY_US: i64 = 7 * DAY_US;
/// Rows of history are read in pieces of this length, which begin at multiples of it since 1970.
const PIECE_US: i64 = 6 * HOUR_US;
/// Rows that are read at one time, in all pieces together; windows before them tell nothing.
const ROWS_MAX: usize = 5_000_000;

/// What short windows are asked for.
struct Asked {
    columns: Vec<String>,
    /// Built-in segments that are told apart.
    apart: Vec<&'static str>,
}

impl Source {
    /// The windows of `range`, each of `step_us`, with the longer ones of profiles that end in it. Windows that begin
    /// before `since_us` are left unread.
    pub(super) async fn short(
        &self,
        subject: &Subject,
        range: Range<i64>,
        (step_us, base_us): (i64, i64),
        since_us: i64,
    ) -> Result<Vec<Reading>, Problem> {
        let mut readings = unread(&range, step_us);
        let first_us = Window::around(range.start, base_us).from_us;
        let last_us = Window::around(range.end, base_us).from_us;
        if first_us < last_us {
            let told = self.windows(subject, first_us..last_us, base_us);
            for mut whole in told.await? {
                whole.changes.clear();
                if let Some(last) = readings.get_mut(&(whole.window.to_us - step_us)) {
                    last.whole = Some(Arc::new(whole));
                }
            }
        }
        // These are told at once.
        self.changes(subject, &range, step_us, &mut readings)
            .await?;
        let since_us = since_us.max(range.start);
        self.read_short(subject, since_us..range.end, step_us, &mut readings)
            .await?;
        Ok(readings.into_values().collect())
    }

    /// The rows of a short time, by windows of `step_us`, and nothing else.
    pub(super) async fn short_rows(
        &self,
        subject: &Subject,
        range: Range<i64>,
        step_us: i64,
    ) -> Result<Vec<Reading>, Problem> {
        let mut readings = unread(&range, step_us);
        self.read_short(subject, range, step_us, &mut readings)
            .await?;
        Ok(readings.into_values().collect())
    }

    /// Reads rows, the newest first, until they are enough. Pieces of too many are halved.
    async fn read_short(
        &self,
        subject: &Subject,
        range: Range<i64>,
        step_us: i64,
        readings: &mut BTreeMap<i64, Reading>,
    ) -> Result<(), Problem> {
        let asked = Asked::of(subject);
        let mut left = ROWS_MAX;
        let mut waiting = pieces(range);
        while let Some(piece) = waiting.pop() {
            if left == 0 {
                tracing::warn!(
                    model = subject.model.as_str(),
                    until_us = piece.end,
                    "history has too many rows to be watched in short windows so far back"
                );
                break;
            }
            match self.rows_of(subject, &piece, &asked.columns).await? {
                Some(rows) => {
                    left = left.saturating_sub(rows.num_rows());
                    take(&piece, rows, &asked.apart, readings).await?;
                }
                None if piece.end - piece.start > step_us => {
                    let half_us = (piece.end - piece.start) / 2;
                    let middle_us = piece.start + (half_us - half_us % step_us).max(step_us);
                    waiting.extend([piece.start..middle_us, middle_us..piece.end]);
                }
                None => tracing::warn!(
                    model = subject.model.as_str(),
                    from_us = piece.start,
                    "a short window has too many rows to be read"
                ),
            }
        }
        Ok(())
    }

    /// Rows of a time in one order, whatever batches they came in; `None` if they are too many for one answer.
    async fn rows_of(
        &self,
        subject: &Subject,
        range: &Range<i64>,
        columns: &[String],
    ) -> Result<Option<RecordBatch>, Problem> {
        let columns: Vec<String> = columns.iter().map(|c| format!("\"{c}\"")).collect();
        let statement = format!(
            "SELECT time, {} FROM {}.predictions WHERE time >= {} AND time < {} ORDER BY time, id",
            columns.join(", "),
            schema(&subject.model),
            literal(range.start),
            literal(range.end)
        );
        let told = self.ask(&statement).await?;
        if told.cut {
            return Ok(None);
        }
        let all = concat_batches(&told.schema, &told.rows);
        all.map(Some).map_err(|e| Problem::internal(&e))
    }
}

/// The windows of a time, none of them read yet.
fn unread(range: &Range<i64>, step_us: i64) -> BTreeMap<i64, Reading> {
    let mut readings = BTreeMap::new();
    let mut from_us = Window::around(range.start, step_us).from_us;
    while from_us < range.end {
        let window = Window::around(from_us, step_us);
        let reading = Reading {
            is_unread: true,
            ..Reading::empty(window)
        };
        readings.insert(from_us, reading);
        from_us = window.to_us;
    }
    readings
}

/// A time in pieces, oldest first.
fn pieces(range: Range<i64>) -> Vec<Range<i64>> {
    let mut pieces = Vec::new();
    let mut at_us = range.start;
    while at_us < range.end {
        let end_us = Window::around(at_us, PIECE_US).to_us.min(range.end);
        pieces.push(at_us..end_us);
        at_us = end_us;
    }
    pieces
}

/// Puts rows of a piece into its windows; those without any are empty.
async fn take(
    piece: &Range<i64>,
    rows: RecordBatch,
    apart: &[&'static str],
    readings: &mut BTreeMap<i64, Reading>,
) -> Result<(), Problem> {
    for (_, reading) in readings.range_mut(piece.clone()) {
        reading.is_unread = false;
    }
    let parts = by_window(&rows, readings);
    let apart = apart.to_vec();
    let summarise = move || {
        let told = parts.into_iter().map(|(from_us, rows)| {
            // The window itself is put in below.
            let mut told = Reading::of_rows(Window::around(from_us, MINUTE_US), Some(&rows), None);
            told.add_parts(&rows, &apart);
            (from_us, told)
        });
        told.collect::<Vec<_>>()
    };
    let told = tokio::task::spawn_blocking(summarise).await;
    for (from_us, told) in told.map_err(|e| Problem::internal(&e))? {
        if let Some(reading) = readings.get_mut(&from_us) {
            (reading.columns, reading.segments) = (told.columns, told.segments);
        }
    }
    Ok(())
}

impl Asked {
    /// What the monitors of short windows look at.
    fn of(subject: &Subject) -> Self {
        let own = subject.monitors.iter().map(|(_, monitor)| monitor);
        let own = own.filter(|m| m.enabled && m.window_us().is_some_and(is_short));
        let mut columns: BTreeSet<String> = [COUNTED, "status"].map(str::to_owned).into();
        let mut apart = BTreeSet::new();
        for monitor in own {
            columns.extend(column(monitor));
            let rival = matches!(monitor.baseline, Baseline::Version(_)).then_some("version");
            let names = monitor.segment.keys().map(String::as_str).chain(rival);
            for name in names {
                columns.insert(segment_column(name));
                apart.extend(BUILT_IN_SEGMENTS.into_iter().filter(|own| *own == name));
            }
        }
        columns.retain(|c| subject.has(c) && !candor_monitor::is_name(c));
        Self {
            columns: columns.into_iter().collect(),
            apart: apart.into_iter().collect(),
        }
    }
}

/// The column that a monitor's figure is of.
fn column(monitor: &MonitorSpec) -> Option<String> {
    let usual = match monitor.measure {
        Measure::LatencyP50 | Measure::LatencyP95 | Measure::LatencyP99 => Some("latency_ms"),
        Measure::Errors => Some("error_type"),
        _ => None,
    };
    let own = monitor.column.as_deref();
    own.or(usual).map(str::to_owned)
}

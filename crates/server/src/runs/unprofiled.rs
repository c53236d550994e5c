//! What no profiles are kept of: versions and environments side by side, and business effects. Read from rows, of
//! models whose monitors ask for it.

use super::source::{DAY_ROWS_MAX, ROWS_MAX, Source, by_window, literal, schema};
use super::subject::{BY_SEGMENT, OF_ALL, Subject};
use crate::problem::Problem;
use arrow::compute::concat_batches;
use candor_contract::{Kind, TableId};
use candor_monitor::Reading;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

impl Source {
    /// Adds what the rows of each version or environment tell, if a monitor looks at one.
    pub(super) async fn apart(
        &self,
        subject: &Subject,
        readings: &mut BTreeMap<i64, Reading>,
    ) -> Result<(), Problem> {
        let (names, asked) = subject.apart();
        if names.is_empty() {
            return Ok(());
        }
        let names: Vec<&str> = names.into_iter().collect();
        let mut columns: BTreeSet<&str> = asked;
        columns.extend(BY_SEGMENT);
        columns.extend(OF_ALL);
        columns.extend(&names);
        columns.retain(|c| subject.has(c) && !candor_monitor::is_name(c));
        let columns: Vec<&str> = columns.into_iter().collect();
        for range in pieces(subject, readings) {
            let rows = self.rows_by_window(subject, range, &columns, readings);
            for (window_us, rows) in rows.await? {
                if let Some(reading) = readings.get_mut(&window_us) {
                    reading.add_parts(&rows, &names);
                }
            }
        }
        Ok(())
    }

    /// Adds business effects, if one is watched.
    pub(super) async fn effects(
        &self,
        subject: &Subject,
        readings: &mut BTreeMap<i64, Reading>,
    ) -> Result<(), Problem> {
        let table = TableId::of(&subject.model, Kind::Effect);
        if !subject.has_effects() || !self.has(&table) {
            return Ok(());
        }
        let windows: Vec<Range<i64>> = readings
            .values()
            .map(|r| r.window.from_us..r.window.to_us)
            .collect();
        let mut waiting = vec![windows.as_slice()];
        while let Some(windows) = waiting.pop() {
            let (Some(first), Some(last)) = (windows.first(), windows.last()) else {
                continue;
            };
            let statement = format!(
                "SELECT time, name, value FROM {}.effects WHERE time >= {} AND time < {} ORDER BY time, id",
                schema(&subject.model),
                literal(first.start),
                literal(last.end)
            );
            let told = self.ask(&statement).await?;
            if told.cut && windows.len() > 1 {
                let (early, late) = windows.split_at(windows.len() / 2);
                waiting.extend([early, late]);
                continue;
            }
            if told.cut {
                too_many(subject, first.start, "effects");
                continue;
            }
            let all =
                concat_batches(&told.schema, &told.rows).map_err(|e| Problem::internal(&e))?;
            for (window_us, rows) in by_window(&all, readings) {
                if let Some(reading) = readings.get_mut(&window_us) {
                    reading.add_effects(&rows);
                }
            }
        }
        Ok(())
    }
}

/// Times that are read at once, each of windows that follow one another.
fn pieces(subject: &Subject, readings: &BTreeMap<i64, Reading>) -> Vec<Range<i64>> {
    let mut pieces: Vec<Range<i64>> = Vec::new();
    let mut held = 0;
    for reading in readings.values() {
        let (window, rows) = (reading.window, reading.rows());
        if rows >= ROWS_MAX {
            too_many(subject, window.from_us, "predictions");
            held = DAY_ROWS_MAX;
            continue;
        }
        match pieces.last_mut() {
            Some(piece) if piece.end == window.from_us && held + rows <= DAY_ROWS_MAX => {
                piece.end = window.to_us;
                held += rows;
            }
            _ => {
                pieces.push(window.from_us..window.to_us);
                held = rows;
            }
        }
    }
    pieces
}

fn too_many(subject: &Subject, from_us: i64, what: &str) {
    let model = subject.model.as_str();
    tracing::warn!(
        model,
        from_us,
        what,
        "a window has too many rows to be read one by one"
    );
}

//! What a longer time tells by segment: from profiles, or from rows where profiles are too coarse.

use super::source::{COUNTED, DAY_ROWS_MAX, Source, grain, literal, schema, times_of};
use super::subject::Subject;
use crate::problem::Problem;
use arrow::array::{AsArray, RecordBatch};
use arrow::compute::concat_batches;
use arrow::datatypes::Int64Type;
use candor_contract::{Kind, TableId};
use candor_lake::{ProfileQuery, ProfileWindow};
use candor_monitor::{DAY_US, HOUR_US, MINUTE_US, Reading, Window};
use std::collections::BTreeMap;

/// Feedback is on predictions that are at most so old.
const FEEDBACK_US: i64 = 90 * DAY_US;

/// Profiles of one day's part of a time.
struct Day {
    reading: Reading,
    /// Rows that profiles tell, by segment; of those without a value too.
    rows: BTreeMap<String, u64>,
}

impl Source {
    /// Predictions of a time that are in the lake or hot, by the start of their day.
    pub(super) async fn counted(
        &self,
        subject: &Subject,
        window: Window,
    ) -> Result<BTreeMap<i64, u64>, Problem> {
        let day = "date_trunc('day', time)";
        let statement = format!(
            "SELECT {day} AS day, CAST(count(*) AS BIGINT) AS n FROM {}.predictions \
             WHERE time >= {} AND time < {} GROUP BY {day} ORDER BY {day}",
            schema(&subject.model),
            literal(window.from_us),
            literal(window.to_us)
        );
        Ok(counts_of(&self.ask(&statement).await?.rows, "day"))
    }

    /// What `columns` hold in a time, whole and by segment, as one reading. `counts` are the rows of its days; days
    /// whose profiles do not tell them all are read from the rows, unless they are too many.
    pub(super) async fn parts(
        &self,
        subject: &Subject,
        window: Window,
        columns: &[String],
        counts: &BTreeMap<i64, u64>,
    ) -> Result<Reading, Problem> {
        let mut days = self.days(subject, window, columns).await?;
        for (day_us, n) in counts {
            let piece = piece(*day_us, window);
            let day = days.get(day_us);
            let whole = day.map_or(0, |d| d.reading.rows());
            let by_segment = day.and_then(|d| d.rows.values().min().copied());
            let least = match subject.segments.is_empty() {
                true => whole,
                false => by_segment.unwrap_or(0).min(whole),
            };
            if least >= n - n / 100 || *n > DAY_ROWS_MAX {
                continue;
            }
            let reading = self.piece_of_rows(subject, piece, columns).await?;
            let rows = BTreeMap::new();
            days.insert(*day_us, Day { reading, rows });
        }
        let mut whole = Reading::empty(window);
        days.values().for_each(|day| whole.absorb(&day.reading));
        whole.window = window;
        Ok(whole)
    }

    /// What profiles tell, by day.
    async fn days(
        &self,
        subject: &Subject,
        window: Window,
        columns: &[String],
    ) -> Result<BTreeMap<i64, Day>, Problem> {
        let of_hours = window.from_us % HOUR_US == 0 && window.to_us % HOUR_US == 0;
        let step_us = if of_hours { HOUR_US } else { 5 * MINUTE_US };
        let range = window.from_us..window.to_us;
        let mut days = BTreeMap::new();
        let named = columns.iter().map(String::as_str);
        for column in named.chain([COUNTED]).filter(|c| subject.has(c)) {
            let segments = subject.segments.iter().map(Some);
            for segment in [None].into_iter().chain(segments) {
                let query = ProfileQuery {
                    column: Some(column.to_owned()),
                    segment: segment.cloned(),
                    ..subject.profiles(Kind::Prediction, grain(step_us), range.clone())
                };
                let found = self.lake().profiles(&query).await;
                for found in found.map_err(|e| Problem::internal(&e))? {
                    let day_us = Window::around(found.from_us, DAY_US).from_us;
                    let day = days.entry(day_us).or_insert_with(|| Day {
                        reading: Reading::empty(piece(day_us, window)),
                        rows: BTreeMap::new(),
                    });
                    day.take(segment, found);
                }
            }
        }
        Ok(days)
    }

    async fn piece_of_rows(
        &self,
        subject: &Subject,
        piece: Window,
        columns: &[String],
    ) -> Result<Reading, Problem> {
        let mut named: Vec<&str> = columns.iter().map(String::as_str).collect();
        named.push(COUNTED);
        named.extend(
            subject
                .columns
                .iter()
                .map(String::as_str)
                .filter(|c| c.starts_with("segment_")),
        );
        named.retain(|c| subject.has(c));
        let place = BTreeMap::from([(piece.from_us, Reading::empty(piece))]);
        let range = piece.from_us..piece.to_us;
        let found = self
            .rows_by_window(subject, range, &named, &place)
            .await?
            .into_iter()
            .next();
        let reading = found.map(|(_, rows)| Reading::of_rows(piece, Some(&rows), None));
        Ok(reading.unwrap_or_else(|| Reading::empty(piece)))
    }

    /// The verdicts that came in a time, whole and by the segments of their predictions. `None` if there is no
    /// feedback, or more than is taken.
    pub(super) async fn feedback_parts(
        &self,
        subject: &Subject,
        window: Window,
    ) -> Result<Option<Reading>, Problem> {
        if !self.has(&TableId::of(&subject.model, Kind::Feedback)) {
            return Ok(None);
        }
        let own = schema(&subject.model);
        let segments = subject.segments.iter();
        let segments: String = segments.map(|s| format!(", p.\"segment_{s}\"")).collect();
        let statement = format!(
            "SELECT f.verdict{segments} FROM {own}.feedback f LEFT JOIN \
             (SELECT * FROM {own}.predictions WHERE time >= {since} AND time < {to}) p \
             ON f.prediction_id = p.id WHERE f.time >= {from} AND f.time < {to}",
            since = literal(window.from_us - FEEDBACK_US),
            from = literal(window.from_us),
            to = literal(window.to_us),
        );
        let told = self.ask(&statement).await?;
        if told.cut {
            return Ok(None);
        }
        let rows = concat_batches(&told.schema, &told.rows).map_err(|e| Problem::internal(&e))?;
        Ok(Some(Reading::of_rows(window, Some(&rows), None)))
    }
}

impl Day {
    fn take(&mut self, segment: Option<&String>, found: ProfileWindow) {
        let mut one = Reading::empty(self.reading.window);
        let Some(segment) = segment else {
            one.columns.insert(found.column, found.profile);
            return self.reading.absorb(&one);
        };
        if found.column == COUNTED {
            *self.rows.entry(segment.clone()).or_default() += found.profile.rows();
        }
        if let Some(value) = found.segment_value {
            let part = (segment.clone(), value);
            let own = one.segments.entry(part).or_default();
            own.insert(found.column, found.profile);
            self.reading.absorb(&one);
        }
    }
}

/// Counts in the column `n`, by the times in another.
pub(super) fn counts_of(rows: &[RecordBatch], time: &str) -> BTreeMap<i64, u64> {
    let mut counts = BTreeMap::new();
    for batch in rows {
        let numbers = batch.column_by_name("n");
        let numbers = numbers.and_then(|a| a.as_primitive_opt::<Int64Type>());
        let numbers = numbers.into_iter().flat_map(|a| a.values().iter());
        for (at_us, n) in times_of(batch, time).into_iter().zip(numbers) {
            counts.insert(at_us, u64::try_from(*n).unwrap_or(0));
        }
    }
    counts
}

/// The part of a day that lies in a time.
fn piece(day_us: i64, window: Window) -> Window {
    Window {
        from_us: day_us.max(window.from_us),
        to_us: (day_us + DAY_US).min(window.to_us),
    }
}

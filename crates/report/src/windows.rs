//! Rows dealt out to windows.

use crate::error::{Error, Result};
use arrow::array::{Array, ArrayRef, AsArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, TimeUnit, TimestampMicrosecondType};

/// Microseconds of a day, the length of windows that nobody chose.
const DAY_US: i64 = 86_400_000_000;
/// Most windows of a report; longer ones are taken where there would be more.
const WINDOWS_MAX: i64 = 400;
/// Rows of a window where there is no time.
const PARTS: u64 = 20;

/// A window of which this part and more has no rows at an end of the data is not filled.
const EMPTY_PART: f64 = 0.1;

/// The windows of one side.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Windows {
    /// The window of each row; `u32::MAX` for rows without a time.
    pub(crate) of_row: Vec<u32>,
    /// Bounds of each window: microseconds since 1970, or numbers of rows.
    pub(crate) bounds: Vec<(i64, i64)>,
    /// Whether bounds are instants.
    pub(crate) timed: bool,
    /// The earliest and the latest instant.
    pub(crate) span: Option<(i64, i64)>,
}

impl Windows {
    /// Windows with no rows in any.
    pub(crate) fn count(&self) -> usize {
        self.bounds.len()
    }

    /// Length of a window by time, in microseconds.
    pub(crate) fn length_us(&self) -> Option<i64> {
        let (from, to) = self.bounds.first().filter(|_| self.timed)?;
        Some(to - from)
    }

    /// Whether the data begin or end so far inside of each window that they do not fill it; of windows by number whether
    /// rows lack.
    pub(crate) fn partial(&self) -> Vec<bool> {
        let rows = self.of_row.iter().filter(|window| **window != u32::MAX);
        let rows = rows.count().max(2) as f64;
        let widest = self.bounds.iter().map(|(from, to)| to - from).max();
        let widest = widest.unwrap_or(0) as f64;
        let is_partial = |(from, to): &(i64, i64)| match (self.timed, self.span) {
            (true, Some((first, last))) => {
                // Rows that come seldom leave a gap at either end by themselves.
                let usual = 2.0 * (last - first) as f64 / (rows - 1.0);
                let gap = (first - from).max(to - last - 1) as f64;
                gap > EMPTY_PART * (to - from) as f64 + usual
            }
            (true, None) => false,
            (false, _) => ((to - from) as f64) < (1.0 - EMPTY_PART) * widest,
        };
        self.bounds.iter().map(is_partial).collect()
    }

    /// That windows are longer than was asked for, if they are: `asked_us` by time, `asked_rows` by number.
    pub(crate) fn note(&self, asked_us: Option<i64>, asked_rows: Option<u64>) -> Option<String> {
        let (is, asked) = if self.timed {
            let (is, asked) = (self.length_us()?, asked_us.unwrap_or(DAY_US));
            (is > asked).then(|| (long(is), long(asked)))?
        } else {
            let (from, to) = self.bounds.first()?;
            let (is, asked) = ((to - from) as u64, asked_rows?);
            (is > asked).then(|| (format!("{is} rows"), format!("{asked} rows")))?
        };
        let alike = if self.timed {
            ", and both sides have windows of one length"
        } else {
            ""
        };
        Some(format!(
            "Windows are {is} long, not {asked}: a report has at most {WINDOWS_MAX} of a side{alike}."
        ))
    }

    /// By the instants of `times`.
    pub(crate) fn timed(times: &[ArrayRef], every_us: Option<i64>) -> Result<Self> {
        let instants = instants(times)?;
        let known = || instants.iter().copied().filter(|t| *t != i64::MIN);
        let (Some(first), Some(last)) = (known().min(), known().max()) else {
            return Ok(Self {
                of_row: vec![u32::MAX; instants.len()],
                timed: true,
                ..Self::default()
            });
        };
        let mut us = every_us.unwrap_or(DAY_US).max(1);
        // A length that cuts a report to pieces is doubled until its windows can be looked at.
        while last.div_euclid(us) - first.div_euclid(us) >= WINDOWS_MAX {
            us = us.saturating_mul(2);
        }
        let start = first.div_euclid(us);
        let count = (last.div_euclid(us) - start + 1) as usize;
        let mut of_row = Vec::with_capacity(instants.len());
        let (mut low, mut high, mut window) = (1, 0, 0);
        for t in instants {
            if t == i64::MIN {
                of_row.push(u32::MAX);
                continue;
            }
            // Neighbours mostly share a window, and a division takes long.
            if t < low || t >= high {
                window = (t.div_euclid(us) - start) as u32;
                low = (start + i64::from(window)) * us;
                high = low.saturating_add(us);
            }
            of_row.push(window);
        }
        let bound = |at: usize| {
            let from = (start + at as i64) * us;
            (from, from.saturating_add(us))
        };
        Ok(Self {
            of_row,
            bounds: (0..count).map(bound).collect(),
            timed: true,
            span: Some((first, last)),
        })
    }

    /// By number of rows, in the order in which they come; the last window may be smaller.
    pub(crate) fn by_rows(rows: u64, each: Option<u64>) -> Self {
        let each = each.unwrap_or_else(|| rows.div_ceil(PARTS)).max(1);
        let each = each.max(rows.div_ceil(WINDOWS_MAX as u64));
        let bounds = (0..rows.div_ceil(each)).map(|at| {
            let from = at * each;
            (from as i64, (from + each).min(rows) as i64)
        });
        Self {
            of_row: (0..rows).map(|row| (row / each) as u32).collect(),
            bounds: bounds.collect(),
            timed: false,
            span: None,
        }
    }
}

/// A length of time for people, in the largest unit that divides it.
fn long(us: i64) -> String {
    let units = [
        (DAY_US, "day"),
        (3_600_000_000, "hour"),
        (60_000_000, "minute"),
        (1_000_000, "second"),
    ];
    let unit = units.into_iter().find(|(size, _)| us % size == 0);
    let (size, word) = unit.unwrap_or((1, "microsecond"));
    let count = us / size;
    format!("{count} {word}{}", if count == 1 { "" } else { "s" })
}

/// Microseconds since 1970; `i64::MIN` where there is no time.
fn instants(times: &[ArrayRef]) -> Result<Vec<i64>> {
    let mut all = Vec::with_capacity(times.iter().map(|t| t.len()).sum());
    for part in times {
        let micros = cast(part, &DataType::Timestamp(TimeUnit::Microsecond, None));
        let micros = micros.map_err(|e| Error::Read {
            column: "time".to_owned(),
            what: e.to_string(),
        })?;
        let micros = micros.as_primitive::<TimestampMicrosecondType>();
        match micros.nulls() {
            None => all.extend_from_slice(micros.values()),
            Some(_) => all.extend(micros.iter().map(|t| t.unwrap_or(i64::MIN))),
        }
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow::array::TimestampSecondArray;
    use std::sync::Arc;

    #[test]
    fn rows_fall_into_the_window_of_their_time() {
        let times: ArrayRef = Arc::new(TimestampSecondArray::from(vec![
            Some(90_000),
            None,
            Some(10),
            Some(86_400),
        ]));
        let windows = Windows::timed(&[times], None).unwrap();
        assert_eq!(windows.of_row, [1, u32::MAX, 0, 1]);
        assert_eq!(windows.bounds, [(0, DAY_US), (DAY_US, 2 * DAY_US)]);
        assert_eq!(windows.span, Some((10_000_000, 90_000_000_000)));
    }

    #[test]
    fn windows_of_rows_cover_all_of_them() {
        let windows = Windows::by_rows(5, Some(2));
        assert_eq!(windows.of_row, [0, 0, 1, 1, 2]);
        assert_eq!(windows.bounds, [(0, 2), (2, 4), (4, 5)]);
        assert_eq!(Windows::by_rows(0, None).count(), 0);
    }

    #[test]
    fn windows_that_the_data_do_not_fill_are_partial() {
        let times: ArrayRef = Arc::new(TimestampSecondArray::from_iter_values(
            (50_000..200_000).step_by(600),
        ));
        let windows = Windows::timed(&[times], None).unwrap();
        assert_eq!(windows.partial(), [true, false, true]);
        let times: ArrayRef = Arc::new(TimestampSecondArray::from_iter_values(
            (0..172_800).step_by(3_600),
        ));
        let windows = Windows::timed(&[times], None).unwrap();
        assert_eq!(windows.partial(), [false, false]);
        let windows = Windows::by_rows(25, Some(10));
        assert_eq!(windows.partial(), [false, false, true]);
    }

    #[test]
    fn longer_windows_than_asked_for_are_told() {
        let times: ArrayRef = Arc::new(TimestampSecondArray::from(vec![0, 5_000 * 86_400]));
        let windows = Windows::timed(&[times], None).unwrap();
        let told = windows.note(Some(DAY_US), None).unwrap();
        assert!(
            told.starts_with("Windows are 16 days long, not 1 day:"),
            "{told}"
        );
        assert_eq!(windows.note(windows.length_us(), None), None);
        let note = Windows::by_rows(1_000_000, Some(10)).note(None, Some(10));
        assert!(note.unwrap().starts_with("Windows are 2500 rows long"));
    }

    #[test]
    fn many_windows_become_longer_ones() {
        let times: ArrayRef = Arc::new(TimestampSecondArray::from(vec![0, 5_000 * 86_400]));
        assert!(Windows::timed(&[times], None).unwrap().count() <= 400);
    }
}

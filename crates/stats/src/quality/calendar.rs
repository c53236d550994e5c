//! Rows by windows of time, in UTC.

const DAY: i64 = 86_400_000_000;
const WEEK: i64 = 7 * DAY;
/// The first Monday after 1970 began is its fifth day.
const MONDAY: i64 = 4 * DAY;
/// Most windows, empty ones included.
const WINDOWS_MAX: i64 = 1_000_000;
/// First absent windows that are told.
const ABSENT: usize = 10;

/// The windows that time is cut into, closed on the left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Every {
    /// So many microseconds (at least 1), counted from 1970: days, hours, minutes.
    Micros(i64),
    /// Weeks from Monday on.
    Week,
    /// Months of the calendar.
    Month,
}

/// Rows of one window.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Window {
    /// When it begins, in microseconds since 1970.
    pub start: i64,
    /// Rows.
    pub n: u64,
    /// Sum of the finite values.
    pub sum: f64,
    /// Their mean; `None` if there are none.
    pub mean: Option<f64>,
}

/// Windows without rows between the first and the last that have some.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Absent {
    /// Windows from the first to the last.
    pub expected: u64,
    /// Those without rows.
    pub missing: u64,
    /// When the first ten of them begin.
    pub first: Vec<i64>,
    /// The most neighbouring ones.
    pub longest: u64,
}

impl Every {
    /// The number of the window that holds a time.
    fn number(self, time: i64) -> i64 {
        match self {
            Every::Micros(width) => time.div_euclid(width.max(1)),
            Every::Week => time.saturating_sub(MONDAY).div_euclid(WEEK),
            Every::Month => month(time.div_euclid(DAY)),
        }
    }

    /// When a window begins.
    fn start(self, number: i64) -> i64 {
        match self {
            Every::Micros(width) => number.saturating_mul(width.max(1)),
            Every::Week => number.saturating_mul(WEEK).saturating_add(MONDAY),
            Every::Month => first_day(number).saturating_mul(DAY),
        }
    }
}

/// The month of a day since 1970, counted from March of year 0 so that the leap day ends a year.
fn month(day: i64) -> i64 {
    // 719,468 days lie between 1 March of year 0 and 1970.
    let day = day + 719_468;
    let (era, day) = (day.div_euclid(146_097), day.rem_euclid(146_097));
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    (era * 400 + year) * 12 + (5 * day + 2) / 153
}

/// The first day of a month as [`month`] counts them.
fn first_day(month: i64) -> i64 {
    let (year, month) = (month.div_euclid(12), month.rem_euclid(12));
    let (era, year) = (year.div_euclid(400), year.rem_euclid(400));
    let day = 365 * year + year / 4 - year / 100 + (153 * month + 2) / 5;
    era * 146_097 + day - 719_468
}

/// Rows, sums and means by window, from the first with rows to the last, empty ones included; `values` stand
/// beside `times` (microseconds since 1970, in any order). `None` for more than a million windows.
pub fn windows(times: &[i64], values: &[f64], every: Every) -> Option<Vec<Window>> {
    let (first, count) = span(times, every)?;
    let mut made: Vec<Window> = (0..count)
        .map(|at| Window {
            start: every.start(first + at),
            n: 0,
            sum: 0.0,
            mean: None,
        })
        .collect();
    let mut finite = vec![0_u64; made.len()];
    for (row, time) in times.iter().enumerate() {
        let at = (every.number(*time) - first) as usize;
        let (Some(window), Some(finite)) = (made.get_mut(at), finite.get_mut(at)) else {
            continue;
        };
        window.n += 1;
        if let Some(value) = values.get(row).filter(|x| x.is_finite()) {
            window.sum += value;
            *finite += 1;
        }
    }
    for (window, n) in made.iter_mut().zip(finite) {
        window.mean = (n > 0)
            .then(|| window.sum / n as f64)
            .filter(|x| x.is_finite());
    }
    Some(made)
}

/// The windows without rows; `None` for more than a million windows.
pub fn absent(times: &[i64], every: Every) -> Option<Absent> {
    let (first, count) = span(times, every)?;
    let mut seen = vec![false; count as usize];
    for time in times {
        if let Some(seen) = seen.get_mut((every.number(*time) - first) as usize) {
            *seen = true;
        }
    }
    let without = (first..).zip(&seen).filter(|(_, seen)| !**seen);
    let runs = seen
        .chunk_by(|a, b| a == b)
        .filter(|run| run.first() == Some(&false));
    Some(Absent {
        expected: seen.len() as u64,
        missing: seen.iter().filter(|seen| !**seen).count() as u64,
        first: without
            .take(ABSENT)
            .map(|(number, _)| every.start(number))
            .collect(),
        longest: runs.map(|run| run.len() as u64).max().unwrap_or(0),
    })
}

/// The first window with rows, and how many there are to the last.
fn span(times: &[i64], every: Every) -> Option<(i64, i64)> {
    let (Some(first), Some(last)) = (times.iter().min(), times.iter().max()) else {
        return Some((0, 0));
    };
    let (first, last) = (every.number(*first), every.number(*last));
    let count = last.checked_sub(first)?.checked_add(1)?;
    (count <= WINDOWS_MAX).then_some((first, count))
}

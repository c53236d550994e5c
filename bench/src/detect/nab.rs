//! The labelled series of the Numenta benchmark, through the engine.

use super::data::{Result, columns, numbers};
use arrow::array::{ArrayRef, Float64Array, RecordBatch};
use candor_contract::spec::{DecisionRule, Measure, ModelSpec, MonitorSpec};
use candor_monitor::{DAY_US, HOUR_US, MINUTE_US, Reading, Setup, Step, Watch, Window};
use serde_json::Value;
use std::fs;
use std::path::Path;
use std::sync::Arc;

/// The part of a series that detectors may learn from, and the most rows of it.
const PROBATION: (f64, f64) = (0.15, 750.0);
/// The column that is watched.
const COLUMN: &str = "input_value";

/// A series, and where something is wrong in it.
pub(crate) struct Series {
    /// Its file.
    pub(crate) name: String,
    /// Microseconds since 1970 of each row.
    pub(crate) times_us: Vec<i64>,
    /// The value of each row.
    pub(crate) values: Vec<f64>,
    /// First and last row of each window in which something is wrong.
    pub(crate) windows: Vec<(usize, usize)>,
}

/// The series whose file `wanted` holds of, in the order of their names.
pub(crate) fn corpus(shared: &Path, wanted: impl Fn(usize, &str) -> bool) -> Result<Vec<Series>> {
    let folder = shared.join("data/nab");
    let labels: Value = serde_json::from_slice(&fs::read(folder.join("windows.json"))?)?;
    let labels = labels.as_object().ok_or("windows.json is no object")?;
    let own = labels
        .iter()
        .enumerate()
        .filter(|(at, (name, _))| wanted(*at, name));
    own.map(|(_, (name, windows))| series(&folder, name, windows))
        .collect()
}

fn series(folder: &Path, name: &str, windows: &Value) -> Result<Series> {
    let read = columns(&folder.join(format!("{name}.gz")), &["timestamp", "value"])?;
    let [times, values] = &read[..] else {
        return Err("two columns were asked for".into());
    };
    let row = |time: &Value| {
        let time = time.as_str().and_then(|t| t.get(..19));
        let found = time.and_then(|time| times.iter().rposition(|t| t == time));
        found.ok_or_else(|| format!("{name} has no window's end at its row"))
    };
    let pairs = windows.as_array().into_iter().flatten();
    let pair = |pair: &Value| Ok::<_, String>((row(&pair[0])?, row(&pair[1])?));
    Ok(Series {
        name: name.to_owned(),
        windows: pairs.map(pair).collect::<std::result::Result<_, _>>()?,
        values: numbers(values)?,
        times_us: times
            .iter()
            .map(|t| micros(t))
            .collect::<Option<_>>()
            .ok_or("no time")?,
    })
}

/// Microseconds since 1970 of a time like `2014-02-14 14:30:00`.
pub(crate) fn micros(time: &str) -> Option<i64> {
    let part = |from: usize, to: usize| time.get(from..to)?.parse::<i64>().ok();
    let (year, month, day) = (part(0, 4)?, part(5, 7)?, part(8, 10)?);
    // Days from civil: March is the first month.
    let (y, m) = if month > 2 {
        (year, month - 3)
    } else {
        (year - 1, month + 9)
    };
    let leap = y.div_euclid(4) - y.div_euclid(100) + y.div_euclid(400);
    let days = 365 * y + leap + (153 * m + 2) / 5 + day - 719_469;
    Some((((days * 24 + part(11, 13)?) * 60 + part(14, 16)?) * 60 + part(17, 19)?) * 1_000_000)
}

impl Series {
    /// Rows that count for nothing: detectors learn from them.
    pub(crate) fn probation(&self) -> usize {
        (PROBATION.0 * self.values.len() as f64)
            .floor()
            .min(PROBATION.1) as usize
    }

    /// Days in which alarms count.
    fn days(&self) -> f64 {
        let from_us = self.times_us.get(self.probation()).copied().unwrap_or(0);
        (self.times_us.last().copied().unwrap_or(0) - from_us) as f64 / DAY_US as f64
    }

    /// The shortest whole window that holds a row: five minutes or an hour.
    fn window_us(&self) -> i64 {
        let mut steps: Vec<i64> = self.times_us.windows(2).map(|w| w[1] - w[0]).collect();
        steps.sort_unstable();
        let usual_us = steps.get(steps.len() / 2).copied().unwrap_or(0);
        if usual_us >= HOUR_US {
            HOUR_US
        } else {
            5 * MINUTE_US
        }
    }

    /// Windows in the order of time, each with the rows in it: the first, and the first after it.
    fn cut(&self, window_us: i64) -> Vec<(Window, usize, usize)> {
        let mut out: Vec<(Window, usize, usize)> = Vec::new();
        for (row, time_us) in self.times_us.iter().enumerate() {
            match out.last_mut() {
                Some((window, _, end)) if *time_us < window.to_us => *end = row + 1,
                _ => out.push((Window::around(*time_us, window_us), row, row + 1)),
            }
        }
        out
    }

    fn reading(&self, window: Window, rows: std::ops::Range<usize>) -> Result<Reading> {
        let values: ArrayRef = Arc::new(Float64Array::from(self.values[rows].to_vec()));
        let rows = RecordBatch::try_from_iter([(COLUMN, values)])?;
        Ok(Reading::of_rows(window, Some(&rows), None))
    }

    /// The rows at which the engine, with one monitor for odd moments of the mean, tells of an alert.
    pub(crate) fn alerts(&self, threshold: f64) -> Result<Vec<usize>> {
        let window_us = self.window_us();
        let monitor = MonitorSpec {
            column: Some(COLUMN.to_owned()),
            window: Some(format!("{}m", window_us / MINUTE_US)),
            decision: DecisionRule::Anomaly { threshold },
            min_rows: Some(1),
            ..MonitorSpec::of("series", Measure::Mean)
        };
        let setup = Setup {
            model: "series".to_owned(),
            spec: ModelSpec::default(),
            monitors: vec![("odd".to_owned(), monitor)],
            pack: false,
            owner: None,
            maintenance: Vec::new(),
        };
        let cut = self.cut(window_us);
        let known = cut.partition_point(|(_, _, end)| *end <= self.probation());
        let reference: Vec<Reading> = cut[..known]
            .iter()
            .map(|(window, from, end)| self.reading(*window, *from..*end))
            .collect::<Result<_>>()?;
        let mut watch = Watch::learn(setup, &reference);
        let mut rows = Vec::new();
        for (window, from, end) in &cut[known..] {
            let told = watch.close(&self.reading(*window, *from..*end)?);
            let is_new = |step: Step| matches!(step, Step::Fired | Step::Reopened);
            if told
                .iter()
                .any(|t| t.at_us == window.to_us && is_new(t.step))
            {
                rows.push(end - 1);
            }
        }
        Ok(rows)
    }
}

/// What a miss costs and a false alarm, where a hit is worth 1.
#[derive(Debug, Clone, Copy)]
struct Costs {
    miss: f64,
    alarm: f64,
}

/// The benchmark's profiles: standard, few false alarms, few misses.
const PROFILES: [Costs; 3] = [
    Costs {
        miss: 1.0,
        alarm: 0.11,
    },
    Costs {
        miss: 1.0,
        alarm: 0.22,
    },
    Costs {
        miss: 2.0,
        alarm: 0.11,
    },
];

/// How a detector did on series.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Tally {
    /// Windows in which something was wrong.
    pub(crate) windows: usize,
    /// Those of them in which there was an alert.
    pub(crate) hit: usize,
    /// Alerts in windows.
    pub(crate) right: usize,
    /// Alerts elsewhere.
    pub(crate) wrong: usize,
    /// Days that were watched.
    pub(crate) days: f64,
    raw: [f64; 3],
}

impl Tally {
    /// Share of alerts that told of something.
    pub(crate) fn precision(&self) -> f64 {
        self.right as f64 / (self.right + self.wrong).max(1) as f64
    }

    /// Share of windows in which there was an alert.
    pub(crate) fn recall(&self) -> f64 {
        self.hit as f64 / self.windows.max(1) as f64
    }

    /// False alarms a day.
    pub(crate) fn false_a_day(&self) -> f64 {
        self.wrong as f64 / self.days.max(f64::MIN_POSITIVE)
    }

    /// Scores of the benchmark: standard, few false alarms, few misses. 0 is silence, 100 perfect.
    pub(crate) fn scores(&self) -> [f64; 3] {
        let n = self.windows as f64;
        let score = |(raw, costs): (f64, Costs)| {
            let (silent, perfect) = (-costs.miss * n, n);
            100.0 * (raw - silent) / (perfect - silent)
        };
        let [a, b, c] = self.raw;
        [(a, PROFILES[0]), (b, PROFILES[1]), (c, PROFILES[2])].map(score)
    }

    /// Adds a series in which these rows were told, ascending. Rows that follow each other are one alert, whatever the
    /// benchmark's score makes of them.
    pub(crate) fn add(&mut self, series: &Series, rows: &[usize]) {
        let probation = series.probation();
        let mut best: Vec<Option<f64>> = vec![None; series.windows.len()];
        let mut before = None;
        for row in rows.iter().copied().filter(|row| *row >= probation) {
            let inside = series
                .windows
                .iter()
                .position(|(a, b)| (*a..=*b).contains(&row));
            if before.is_none_or(|before| before + 1 < row) {
                match inside {
                    Some(_) => self.right += 1,
                    None => self.wrong += 1,
                }
            }
            before = Some(row);
            if let Some(at) = inside {
                let (a, b) = series.windows[at];
                let place = -((b - row + 1) as f64) / (b - a + 1) as f64;
                let worth = sigmoid(place) / sigmoid(-1.0);
                best[at] = Some(best[at].map_or(worth, |best| best.max(worth)));
            } else {
                let last = series.windows.iter().rfind(|(a, _)| *a <= row);
                let far = |(a, b): &(usize, usize)| sigmoid((row - b) as f64 / (b - a) as f64);
                let worth = last.map_or(-1.0, far);
                self.each(|costs| costs.alarm * worth);
            }
        }
        for ((_, last), best) in series.windows.iter().zip(best) {
            if *last >= probation {
                self.windows += 1;
                self.hit += usize::from(best.is_some());
                self.each(|costs| best.unwrap_or(-costs.miss));
            }
        }
        self.days += series.days();
    }

    fn each(&mut self, worth: impl Fn(Costs) -> f64) {
        for (raw, costs) in self.raw.iter_mut().zip(PROFILES) {
            *raw += worth(costs);
        }
    }
}

/// What a row is worth by its place: -1 is the start of a window, 0 its end.
fn sigmoid(place: f64) -> f64 {
    if place > 3.0 {
        -1.0
    } else {
        2.0 / (1.0 + (5.0 * place).exp()) - 1.0
    }
}

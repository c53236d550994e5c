//! What is normal for a measure: a level, perhaps by hour, and how far windows stray from it by themselves.

use crate::window::{DAY_US, HOUR_US, Window};
use candor_stats::law::{f_sf, normal_quantile, t_quantile, t_sf};
use candor_stats::series::Band;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Hours of a day and of a week.
const DAY_HOURS: usize = 24;
const WEEK_HOURS: usize = 168;
/// Windows of the same hour from which on a level of that hour is told.
const OF_HOUR_MIN: usize = 4;
/// A season is used if it explains so much of the spread.
const SEASON_EXPLAINS: f64 = 0.8;
/// From so many windows on the spread is told by the median deviation, else by the mean square.
const ROBUST_MIN: usize = 20;
/// Half width of a band, in standard deviations of windows.
const REACH: f64 = 3.0;
/// Days of several windows each from which on it is told whether days differ, and how surely they must.
const DAYS_MIN: usize = 5;
const OF_DAY_MIN: f64 = 3.0;
const DAYS_DIFFER: f64 = 0.001;
/// The error of a rival's window is told by its rows, as if by many windows.
const RIVAL_WINDOWS: usize = 1_000;
/// Longest run by which neighbours are taken to resemble one another.
const CORRELATION_MAX: f64 = 0.9;

/// One window of a reference, on the measure's scale.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Sample {
    pub(crate) window: Window,
    pub(crate) value: f64,
    /// Standard error of the value, from its rows.
    pub(crate) error: f64,
}

/// How days differ from one another.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
struct Days {
    /// Standard deviation of a new day's level.
    spread: f64,
    /// Degrees of freedom of that.
    freedom: f64,
}

/// What windows are held against.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Level {
    /// One level, or one for each hour of the day or the week.
    levels: Vec<f64>,
    /// Standard deviation of windows around their level, beyond what their rows explain.
    pub(crate) between: f64,
    /// Typical standard error of a window's own value.
    pub(crate) within: f64,
    /// How far all but the strangest windows strayed.
    strayed: f64,
    /// How far whole days stray, if they differ by more than their windows do: a wet day is wet for all of its hours.
    #[serde(default)]
    days: Option<Days>,
    /// Windows that it was learnt from.
    pub(crate) windows: usize,
    /// How much a window resembles the one before: the lag-one autocorrelation of deviations, as far as it
    /// is certain.
    pub(crate) correlation: f64,
}

impl Level {
    /// Learns from windows in the order of time. `None` from fewer than three.
    ///
    /// The spread between windows is the median absolute deviation (times 1.4826; below 20 windows the root
    /// mean square) less what the windows' own sampling errors explain, so that a window of few rows is allowed
    /// more and one of many no more than it should be.
    pub(crate) fn learn(samples: &[Sample]) -> Option<Self> {
        let all: Vec<f64> = samples.iter().map(|s| s.value).collect();
        if all.len() < 3 {
            return None;
        }
        let middle = median(&all);
        let flat = Self::around(samples, vec![middle]);
        let hours = |count: usize| -> Option<Self> {
            let levels = by_hour(samples, count, middle)?;
            Some(Self::around(samples, levels))
        };
        let season = hours(WEEK_HOURS).or_else(|| hours(DAY_HOURS));
        match season {
            Some(season) if season.total() < SEASON_EXPLAINS * flat.total() => Some(season),
            _ => Some(flat),
        }
    }

    /// The level of a single window of another version, whose value has this standard error: what both windows share is
    /// no difference between them.
    pub(crate) fn of_rival(value: f64, error: f64) -> Self {
        Self {
            levels: vec![value],
            between: error,
            within: 0.0,
            strayed: 0.0,
            days: None,
            windows: RIVAL_WINDOWS,
            correlation: 0.0,
        }
    }

    fn around(samples: &[Sample], levels: Vec<f64>) -> Self {
        let residual = |s: &Sample| s.value - levels[place(levels.len(), s.window)];
        let residuals: Vec<f64> = samples.iter().map(residual).collect();
        let errors: Vec<f64> = samples.iter().map(|s| s.error).collect();
        let within = median(&errors);
        // Levels by hour are learnt from few windows each: what they fitted is not spread that is gone.
        let of_each = samples.len() as f64 / levels.len() as f64;
        let fitted = (of_each / (of_each - 1.0).max(0.5)).sqrt();
        let spread = spread(&residuals) * fitted;
        Self {
            between: (spread * spread - within * within).max(0.0).sqrt(),
            within,
            strayed: strayed(&residuals),
            days: days(samples, &residuals),
            windows: samples.len(),
            correlation: correlation(&residuals),
            levels,
        }
    }

    fn total(&self) -> f64 {
        self.between.hypot(self.within)
    }

    /// The level of a window.
    pub(crate) fn at(&self, window: Window) -> f64 {
        self.levels[place(self.levels.len(), window)]
    }

    /// The level of an ordinary hour.
    pub(crate) fn middle(&self) -> f64 {
        median(&self.levels)
    }

    /// The lower and upper end of what is normal for windows, their sampling error aside.
    pub(crate) fn band(&self, window: Window) -> (f64, f64) {
        let of_windows = (self.reach() * self.spread()).max(self.strayed);
        let half = self.days.map_or(of_windows, |days| {
            let (scale, freedom) = self.by_days(days, 0.0);
            of_windows.max(reach_by(freedom) * scale)
        });
        let level = self.at(window);
        (level - half, level + half)
    }

    /// Three standard deviations, and more where the level was learnt from few windows.
    fn reach(&self) -> f64 {
        if self.windows >= ROBUST_MIN {
            return REACH;
        }
        reach_by(self.freedom())
    }

    fn freedom(&self) -> f64 {
        (self.windows as f64 - 1.0).max(1.0)
    }

    /// Standard deviation of a new window around its level, which is not known exactly either.
    fn spread(&self) -> f64 {
        let each = (self.windows as f64 / self.levels.len() as f64).max(1.0);
        self.between * (1.0 + 1.0 / each).sqrt() + self.within / each.sqrt() * 0.5
    }

    /// Variance that a window whose own value has this standard error adds to a mean of many: windows that resemble
    /// their neighbours add more.
    pub(crate) fn noise(&self, error: f64) -> f64 {
        let stretch = (1.0 + self.correlation) / (1.0 - self.correlation);
        stretch * (self.between * self.between + error * error)
    }

    /// Two-sided p-value of a window's deviation: of a new window of this reference.
    pub(crate) fn p_value(&self, window: Window, value: f64, error: f64) -> f64 {
        let scale = self.spread().hypot(error);
        let off = (value - self.at(window)).abs();
        if scale <= 0.0 {
            return if off > 0.0 { 0.0 } else { 1.0 };
        }
        let of_windows = (2.0 * t_sf(off / scale, self.freedom().max(2.0))).min(1.0);
        let Some(days) = self.days else {
            return of_windows;
        };
        let (scale, freedom) = self.by_days(days, error);
        of_windows.max((2.0 * t_sf(off / scale, freedom)).min(1.0))
    }

    /// Standard deviation of a window of a new day, and the degrees of freedom of that: few where days make most of
    /// it, many where the window's own rows do (Satterthwaite 1946).
    fn by_days(&self, days: Days, error: f64) -> (f64, f64) {
        let of_days = days.spread * days.spread;
        let of_windows = self.spread() * self.spread();
        let all = of_days + of_windows + error * error;
        let doubt = of_days * of_days / days.freedom + of_windows * of_windows / self.freedom();
        (all.sqrt(), (all * all / doubt).max(2.0))
    }
}

/// Three standard deviations where these are known from so few values.
fn reach_by(freedom: f64) -> f64 {
    let outside = 2.0 * candor_stats::law::normal_sf(REACH);
    t_quantile(1.0 - outside / 2.0, freedom)
}

/// Whether days differ by more than the windows within them explain (one-way analysis of variance), and by how much.
/// Windows of one day are no witnesses of their own then: a week of hours is seven days.
fn days(samples: &[Sample], residuals: &[f64]) -> Option<Days> {
    let mut of_day: BTreeMap<i64, Vec<f64>> = BTreeMap::new();
    for (sample, residual) in samples.iter().zip(residuals) {
        let day = sample.window.from_us.div_euclid(DAY_US);
        of_day.entry(day).or_default().push(*residual);
    }
    let (k, n) = (of_day.len(), residuals.len() as f64);
    let each = n / k.max(1) as f64;
    if k < DAYS_MIN || each < OF_DAY_MIN {
        return None;
    }
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
    let middle = mean(residuals);
    let (mut between, mut within) = (0.0, 0.0);
    for values in of_day.values() {
        let own = mean(values);
        between += values.len() as f64 * (own - middle) * (own - middle);
        within += values.iter().map(|x| (x - own) * (x - own)).sum::<f64>();
    }
    let freedom = k as f64 - 1.0;
    let (between, within) = (between / freedom, within / (n - k as f64));
    let differ = within <= 0.0 || f_sf(between / within, freedom, n - k as f64) < DAYS_DIFFER;
    let spread = ((between - within).max(0.0) / each).sqrt() * (1.0 + 1.0 / k as f64).sqrt();
    (differ && spread > 0.0).then_some(Days { spread, freedom })
}

/// Where the level of a window is kept.
fn place(count: usize, window: Window) -> usize {
    if count < DAY_HOURS {
        return 0;
    }
    // The first of January 1970 was a Thursday; weeks begin on Mondays here.
    let hour = (window.from_us.div_euclid(HOUR_US) + 3 * 24).rem_euclid(count as i64);
    usize::try_from(hour).unwrap_or(0)
}

/// Levels by hour, each shrunken toward the whole; `None` unless windows are an hour or shorter and each hour
/// was met often enough.
fn by_hour(samples: &[Sample], count: usize, middle: f64) -> Option<Vec<f64>> {
    if samples.iter().any(|s| s.window.length_us() > HOUR_US) {
        return None;
    }
    let mut hours: Vec<Vec<f64>> = vec![Vec::new(); count];
    for sample in samples {
        hours[place(count, sample.window)].push(sample.value);
    }
    let met = hours.iter().filter(|h| h.len() >= OF_HOUR_MIN).count();
    if met * 4 < count * 3 {
        return None;
    }
    let level = |values: &Vec<f64>| {
        if values.is_empty() {
            return middle;
        }
        let n = values.len() as f64;
        (n * median(values) + middle) / (n + 1.0)
    };
    Some(hours.iter().map(level).collect())
}

fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    let n = sorted.len();
    match n {
        0 => 0.0,
        n if n % 2 == 1 => sorted[n / 2],
        n => f64::midpoint(sorted[n / 2 - 1], sorted[n / 2]),
    }
}

/// Standard deviation of deviations whose level is known.
fn spread(residuals: &[f64]) -> f64 {
    if residuals.len() >= ROBUST_MIN
        && let Ok(band) = Band::learn(residuals, 0.0, (f64::NEG_INFINITY, f64::INFINITY))
    {
        return band.scale;
    }
    let square: f64 = residuals.iter().map(|r| r * r).sum();
    (square / (residuals.len() as f64 - 1.0).max(1.0)).sqrt()
}

/// Windows stray further than a normal law has it: as far as all but one in a hundred did, and the strangest
/// one, which may have been an incident, is no rule.
fn strayed(residuals: &[f64]) -> f64 {
    let mut sizes: Vec<f64> = residuals.iter().map(|r| r.abs()).collect();
    sizes.sort_unstable_by(f64::total_cmp);
    let left_out = 1 + sizes.len() / 100;
    match sizes.len() {
        n if n < ROBUST_MIN => 0.0,
        n => sizes[n - 1 - left_out],
    }
}

/// Lag-one autocorrelation, less its standard error: what is not certain does not delay alerts.
fn correlation(residuals: &[f64]) -> f64 {
    let n = residuals.len();
    if n < ROBUST_MIN {
        return 0.0;
    }
    // Ranks, so that one wild window does not hide what all others say.
    let ranks = ranks(residuals);
    let mean = ranks.iter().sum::<f64>() / n as f64;
    let square: f64 = ranks.iter().map(|r| (r - mean) * (r - mean)).sum();
    let lagged: f64 = ranks
        .windows(2)
        .map(|pair| (pair[0] - mean) * (pair[1] - mean))
        .sum();
    if square <= 0.0 {
        return 0.0;
    }
    let certain = lagged / square - normal_quantile(0.84) / (n as f64).sqrt();
    certain.clamp(0.0, CORRELATION_MAX)
}

fn ranks(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|a, b| values[*a].total_cmp(&values[*b]));
    let mut ranks = vec![0.0; values.len()];
    let mut at = 0;
    while at < order.len() {
        let mut end = at;
        while end < order.len() && values[order[end]].total_cmp(&values[order[at]]).is_eq() {
            end += 1;
        }
        let mean = (at + end - 1) as f64 / 2.0;
        for place in &order[at..end] {
            ranks[*place] = mean;
        }
        at = end;
    }
    ranks
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hourly(values: impl IntoIterator<Item = f64>) -> Vec<Sample> {
        let window = |at: usize| Window::around(at as i64 * HOUR_US, HOUR_US);
        let values = values.into_iter().enumerate();
        let sample = |(at, value)| Sample {
            window: window(at),
            value,
            error: 0.0,
        };
        values.map(sample).collect()
    }

    /// A fixed sequence that looks like noise of standard deviation one.
    fn noise(at: usize) -> f64 {
        let u = ((at as f64 * 0.754_877_666 + 0.5) % 1.0).clamp(1e-9, 1.0 - 1e-9);
        normal_quantile(u)
    }

    #[test]
    fn a_daily_wave_is_a_level_by_hour_not_a_wide_band() {
        let wave = |at: usize| 10.0 * ((at % 24) as f64 / 24.0 * std::f64::consts::TAU).sin();
        let level = Level::learn(&hourly((0..168).map(|at| wave(at) + 0.1 * noise(at)))).unwrap();
        let noon = Window::around(6 * HOUR_US, HOUR_US);
        assert!((level.at(noon) - 10.0).abs() < 1.5, "{}", level.at(noon));
        assert!(level.between < 2.0, "{}", level.between);
    }

    #[test]
    fn what_rows_explain_is_not_spread_between_windows() {
        let mut samples = hourly((0..168).map(|at| 0.01 * noise(at)));
        samples.iter_mut().for_each(|s| s.error = 0.02);
        assert!(Level::learn(&samples).unwrap().between <= 0.0);
    }

    #[test]
    fn neighbours_that_resemble_are_found() {
        let white = Level::learn(&hourly((0..200).map(noise))).unwrap();
        assert!(white.correlation < 0.3, "{}", white.correlation);
        let mut x = 0.0;
        let walk = (0..200).map(|at| {
            x = 0.9 * x + noise(at * 7);
            x
        });
        let walk = Level::learn(&hourly(walk.collect::<Vec<_>>())).unwrap();
        assert!(walk.correlation > 0.5, "{}", walk.correlation);
    }

    #[test]
    fn a_wet_day_is_one_day_not_twenty_four_hours() {
        // Six dry days and a wet one, the fifth.
        let wet = |at: usize| if at / 24 == 4 { 0.6 } else { 0.0 };
        let level = Level::learn(&hourly((0..168).map(|at| wet(at) + 0.02 * noise(at)))).unwrap();
        let next = Window::around(8 * DAY_US, HOUR_US);
        assert!(level.band(next).1 > 0.8, "{:?}", level.band(next));
        assert!(level.p_value(next, 0.8, 0.01) > 0.005, "another wet day");
        assert!(level.p_value(next, 5.0, 0.01) < 1e-4, "a flood");
        // Days that are alike leave the band as it was.
        let alike = Level::learn(&hourly((0..168).map(|at| 0.02 * noise(at)))).unwrap();
        assert_eq!(alike.days, None);
        assert!(alike.band(next).1 < 0.1, "{:?}", alike.band(next));
    }

    #[test]
    fn few_windows_make_a_wide_band() {
        let few = Level::learn(&hourly((0..7).map(noise))).unwrap();
        let many = Level::learn(&hourly((0..60).map(noise))).unwrap();
        let width = |level: &Level| {
            let (low, high) = level.band(Window::around(0, HOUR_US));
            (high - low) / level.between.max(1e-9)
        };
        assert!(width(&few) > 1.3 * width(&many));
    }
}

//! Bands by hour of the week.

use super::band::{Band, finite, median, spread};
use crate::figure::Figure;

/// Hours of a week.
pub const HOURS: usize = 168;

/// Weeks from which on a season is told.
const WEEKS_NEEDED: u64 = 4;
/// Variance of the median of n normal values, times n.
const MEDIAN_VARIANCE: f64 = 1.571;
/// The overall spread weighs as much as so many windows of an hour.
const WEIGHT_OF_ALL: f64 = 8.0;
const REACH: f64 = 3.0;
const HOUR_MICROS: i64 = 3_600_000_000;
/// 1970 began on a Thursday; weeks begin on Monday.
const FIRST_HOUR: i64 = 72;
const METHOD: &str = "hour_of_week";

/// The hour of the week of a time in microseconds since 1970 (UTC), from 0 for Monday's first.
pub fn hour_of_week(micros: i64) -> usize {
    let hour = micros.div_euclid(HOUR_MICROS) + FIRST_HOUR;
    usize::try_from(hour.rem_euclid(HOURS as i64)).unwrap_or(0)
}

/// A band for each hour of the week, shrunk toward the one of all hours.
///
/// The level of an hour is its median, weighed against the overall median as the variance between hours
/// against that of an hour's median (empirical Bayes, Efron and Morris 1973). The spread is that within the hour, and
/// the one of all hours counts like eight more windows.
#[derive(Debug, Clone, PartialEq)]
pub struct Seasonal {
    /// The band of all hours.
    pub overall: Band,
    /// By hour of the week; none until four weeks exist.
    pub hours: Vec<Band>,
}

impl Seasonal {
    /// From windows with the hour of the week in which each began; as in [`Band::learn`]. Hours are told apart once
    /// half of those that have windows have them from four weeks.
    ///
    /// # Errors
    /// A figure that says so, if there are too few windows for any band.
    pub fn learn(
        windows: &[(usize, f64)],
        sampling: f64,
        range: (f64, f64),
    ) -> Result<Self, Figure> {
        let all: Vec<f64> = windows.iter().map(|(_, x)| *x).collect();
        let overall = Band::learn(&all, sampling, range)?;
        let mut by_hour: Vec<Vec<f64>> = vec![Vec::new(); HOURS];
        for (hour, x) in windows.iter().filter(|(_, x)| x.is_finite()) {
            if let Some(values) = by_hour.get_mut(hour % HOURS) {
                values.push(*x);
            }
        }
        let mut counts: Vec<f64> = by_hour.iter().map(|v| v.len() as f64).collect();
        counts.retain(|n| *n > 0.0);
        let weeks = median(&mut counts).unwrap_or_default();
        let hours = if weeks < WEEKS_NEEDED as f64 {
            Vec::new()
        } else {
            bands(&mut by_hour, &overall, sampling, range)
        };
        Ok(Self { overall, hours })
    }

    /// The band for a window that began in this hour of the week.
    pub fn band(&self, hour: usize) -> &Band {
        self.hours.get(hour % HOURS).unwrap_or(&self.overall)
    }
}

fn bands(by_hour: &mut [Vec<f64>], overall: &Band, sampling: f64, range: (f64, f64)) -> Vec<Band> {
    let medians: Vec<Option<f64>> = by_hour.iter_mut().map(|v| median(v)).collect();
    let off = by_hour.iter().zip(&medians).flat_map(|(values, middle)| {
        let middle = middle.unwrap_or_default();
        values.iter().map(move |x| x - middle)
    });
    let off = finite(&off.collect::<Vec<_>>());
    // Residuals are from medians of few values, which makes them too small.
    let hours = medians.iter().flatten().count() as f64;
    let freed = (off.len() as f64 / (off.len() as f64 - hours).max(1.0)).sqrt();
    let within = (spread(&off, 0.0) * freed).max(if sampling > 0.0 { sampling } else { 0.0 });
    let levels: Vec<f64> = medians.iter().flatten().copied().collect();
    let mean_n = off.len() as f64 / hours.max(1.0);
    let of_levels = spread(&levels, overall.middle).powi(2);
    let between = (of_levels - MEDIAN_VARIANCE * within * within / mean_n).max(0.0);
    let each = by_hour.iter().zip(&medians).map(|(values, level)| {
        let Some(level) = level else {
            return *overall;
        };
        let n = values.len() as f64;
        let own = MEDIAN_VARIANCE * within * within / n;
        let trust = if between > 0.0 {
            between / (between + own)
        } else {
            0.0
        };
        let middle = overall.middle + trust * (level - overall.middle);
        let spread = spread(values, *level).powi(2);
        let scale = (n * spread + WEIGHT_OF_ALL * within * within) / (n + WEIGHT_OF_ALL);
        let scale = scale
            .sqrt()
            .max(if sampling > 0.0 { sampling } else { 0.0 });
        let error = trust * own.sqrt();
        let half = REACH * scale + error;
        Band::around(middle, scale, half, range, values.len() as u64, METHOD)
    });
    each.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;

    const ALL: (f64, f64) = (f64::NEG_INFINITY, f64::INFINITY);

    fn weeks(weeks: usize, height: f64) -> Vec<(usize, f64)> {
        let mut random = Random::new(3, 0);
        let hours = (0..weeks * HOURS).map(|at| at % HOURS);
        hours
            .map(|hour| {
                let noise = random.unit() + random.unit() + random.unit() - 1.5;
                let day = if hour % 24 < 12 { height } else { 0.0 };
                (hour, day + noise)
            })
            .collect()
    }

    #[test]
    fn monday_begins_the_week() {
        // 2024-01-01 was a Monday.
        assert_eq!(hour_of_week(1_704_067_200_000_000), 0);
        assert_eq!(hour_of_week(0), 72);
        assert_eq!(hour_of_week(-1), 71);
        assert!(hour_of_week(i64::MIN) < HOURS && hour_of_week(i64::MAX) < HOURS);
    }

    #[test]
    fn a_season_needs_four_weeks() {
        let three = Seasonal::learn(&weeks(3, 10.0), 0.0, ALL).unwrap();
        assert!(three.hours.is_empty());
        let eight = Seasonal::learn(&weeks(8, 10.0), 0.0, ALL).unwrap();
        assert!(eight.band(3).side(0.0).is_some() && eight.band(15).side(10.0).is_some());
        assert!(eight.overall.side(5.0).is_none());
    }

    #[test]
    fn without_a_season_hours_are_pulled_together() {
        let flat = Seasonal::learn(&weeks(6, 0.0), 0.0, ALL).unwrap();
        let off = flat
            .hours
            .iter()
            .map(|b| (b.middle - flat.overall.middle).abs());
        assert!(off.fold(0.0, f64::max) < 0.35);
        let mut random = Random::new(4, 0);
        let next = |hour: usize, random: &mut Random| {
            let x = random.unit() + random.unit() + random.unit() - 1.5;
            usize::from(flat.band(hour).side(x).is_some())
        };
        let outside: usize = (0..5_000).map(|at| next(at, &mut random)).sum();
        assert!(outside < 50, "{outside}");
    }

    #[test]
    fn odd_windows_give_no_nan() {
        let windows: Vec<(usize, f64)> = (0..1_000)
            .map(|at| (at, [0.0, f64::NAN, 1e300, f64::INFINITY, -1e300][at % 5]))
            .collect();
        let learnt = Seasonal::learn(&windows, f64::NAN, (0.0, 1.0)).unwrap();
        assert!(
            learnt
                .hours
                .iter()
                .all(|b| b.figure().value.is_none_or(f64::is_finite))
        );
        assert!(Seasonal::learn(&[], 0.0, ALL).is_err());
    }
}

//! What is normal, learnt from the windows of a reference.

use crate::figure::Figure;

/// From so many windows on a band can be learnt.
pub const WINDOWS_NEEDED: u64 = 20;

/// Makes the median absolute deviation a standard deviation of normal values.
const NORMAL: f64 = 1.4826;
/// The same for the mean absolute deviation.
const NORMAL_MEAN: f64 = 1.2533;
/// Half width, in standard deviations.
const REACH: f64 = 3.0;
/// Variances of the median and of the scaled median absolute deviation of n normal values, times n.
const MEDIAN_VARIANCE: f64 = 1.571;
const MAD_VARIANCE: f64 = 1.361;

/// The range in which a measure of a window is normal. Its ends are open where the measure's own range ends.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Band {
    /// The level.
    pub middle: f64,
    /// Standard deviation of a window's measure.
    pub scale: f64,
    /// Smallest normal value.
    pub low: f64,
    /// Largest normal value.
    pub high: f64,
    /// Windows that it was learnt from.
    pub windows: u64,
    /// `median_mad` or `nannyml`.
    pub method: &'static str,
}

/// The side of a band on which something lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// Below it.
    Below,
    /// Above it.
    Above,
}

impl Band {
    /// The median of the windows' measures ± 3 × 1.4826 × their median absolute deviation, widened by the standard
    /// error of such an end, cut to `range`.
    ///
    /// `sampling` is the standard error of the measure in one window, 0 if unknown: the spread is never taken
    /// for less. Where more than half of the windows agree, the mean absolute deviation stands in for
    /// the median one. Windows without a number are left out.
    ///
    /// # Errors
    /// A figure that says so, if there are fewer than [`WINDOWS_NEEDED`] windows.
    pub fn learn(windows: &[f64], sampling: f64, range: (f64, f64)) -> Result<Self, Figure> {
        let mut values = finite(windows);
        let n = enough(&values, "median_mad")?;
        let middle = median(&mut values).unwrap_or_default();
        let scale = spread(&values, middle).max(if sampling > 0.0 { sampling } else { 0.0 });
        let error = scale * ((MEDIAN_VARIANCE + REACH * REACH * MAD_VARIANCE) / n as f64).sqrt();
        Ok(Self::around(
            middle,
            scale,
            REACH * scale + error,
            range,
            n,
            "median_mad",
        ))
    }

    /// The same for each window from the other ones, so that none is scored against itself.
    ///
    /// # Errors
    /// As [`Band::learn`].
    pub fn learn_from_others(
        windows: &[f64],
        sampling: f64,
        range: (f64, f64),
    ) -> Result<Vec<Self>, Figure> {
        let mut others = windows.to_vec();
        let each = (0..windows.len()).map(|at| {
            let own = others.get_mut(at).map(|w| std::mem::replace(w, f64::NAN));
            let band = Self::learn(&others, sampling, range);
            if let (Some(place), Some(own)) = (others.get_mut(at), own) {
                *place = own;
            }
            band
        });
        each.collect()
    }

    /// The mean of the windows' measures ± 3 of their population standard deviations, cut to `range`: the
    /// thresholds of `NannyML`.
    ///
    /// # Errors
    /// A figure that says so, if there are no windows.
    pub fn nannyml(windows: &[f64], range: (f64, f64)) -> Result<Self, Figure> {
        let values = finite(windows);
        let n = values.len() as f64;
        if values.is_empty() {
            return Err(Figure::too_few(0, 1, "nannyml"));
        }
        let middle = values.iter().map(|x| x / n).sum::<f64>();
        let square = values.iter().map(|x| (x - middle) * (x - middle) / n);
        let scale = square.sum::<f64>().sqrt().min(f64::MAX);
        let windows = values.len() as u64;
        Ok(Self::around(
            middle,
            scale,
            REACH * scale,
            range,
            windows,
            "nannyml",
        ))
    }

    pub(super) fn around(
        middle: f64,
        scale: f64,
        half: f64,
        range: (f64, f64),
        windows: u64,
        method: &'static str,
    ) -> Self {
        Self {
            middle,
            scale,
            low: (middle - half).max(range.0),
            high: (middle + half).min(range.1),
            windows,
            method,
        }
    }

    /// The side on which `value` lies, if it is outside.
    pub fn side(&self, value: f64) -> Option<Side> {
        if value < self.low {
            Some(Side::Below)
        } else if value > self.high {
            Some(Side::Above)
        } else {
            None
        }
    }

    /// The side on which a figure lies, if all of it is outside: its interval, or its value without one. A figure
    /// that does not stand is no breach.
    pub fn breach(&self, figure: &Figure) -> Option<Side> {
        if !figure.is_ok() {
            return None;
        }
        let high = figure.high.or(figure.value)?;
        let low = figure.low.or(figure.value)?;
        if high < self.low {
            Some(Side::Below)
        } else if low > self.high {
            Some(Side::Above)
        } else {
            None
        }
    }

    /// Level and ends as a figure; n is the number of windows.
    pub fn figure(&self) -> Figure {
        Figure::new(
            self.middle,
            (self.low, self.high),
            self.windows,
            self.method,
        )
    }
}

pub(super) fn finite(values: &[f64]) -> Vec<f64> {
    values.iter().copied().filter(|x| x.is_finite()).collect()
}

fn enough(values: &[f64], method: &'static str) -> Result<u64, Figure> {
    let n = values.len() as u64;
    if n < WINDOWS_NEEDED {
        return Err(Figure::too_few(n, WINDOWS_NEEDED, method));
    }
    Ok(n)
}

/// The median, the mean of the middle two; sorts only as far as needed. `None` without values.
pub(super) fn median(values: &mut [f64]) -> Option<f64> {
    let n = values.len();
    if n == 0 {
        return None;
    }
    let (before, upper, _) = values.select_nth_unstable_by(n / 2, f64::total_cmp);
    let upper = *upper;
    if n % 2 == 1 {
        return Some(upper);
    }
    let lower = before.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    Some(f64::midpoint(lower, upper))
}

/// The robust standard deviation around `middle`, at most the largest float.
pub(super) fn spread(values: &[f64], middle: f64) -> f64 {
    let mut off: Vec<f64> = values.iter().map(|x| (x - middle).abs()).collect();
    let mad = median(&mut off).unwrap_or_default();
    let scale = if mad > 0.0 {
        NORMAL * mad
    } else {
        let n = off.len().max(1) as f64;
        NORMAL_MEAN * off.iter().map(|x| x / n).sum::<f64>()
    };
    scale.min(f64::MAX / 1e3)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;

    const ALL: (f64, f64) = (f64::NEG_INFINITY, f64::INFINITY);

    /// Roughly normal: twelve uniform numbers.
    fn normal(random: &mut Random) -> f64 {
        (0..12).map(|_| random.unit()).sum::<f64>() - 6.0
    }

    #[test]
    fn few_windows_say_so() {
        let said = Band::learn(&[1.0; 19], 0.0, ALL).unwrap_err();
        assert_eq!(said.status.name(), "too_few");
        assert!(Band::learn(&[1.0; 20], 0.0, ALL).is_ok());
        assert!(Band::nannyml(&[], ALL).is_err());
    }

    #[test]
    fn outliers_do_not_widen_it() {
        let mut windows: Vec<f64> = (0..40).map(|at| f64::from(at % 5)).collect();
        let before = Band::learn(&windows, 0.0, (0.0, 6.0)).unwrap();
        windows[7] = 1e9;
        windows.push(f64::NAN);
        let after = Band::learn(&windows, 0.0, (0.0, 6.0)).unwrap();
        assert_eq!((before.low, before.high, before.middle), (0.0, 6.0, 2.0));
        assert!((after.scale - before.scale).abs() < 1.0);
        assert_eq!(after.side(6.5), Some(Side::Above));
        assert_eq!(after.side(3.0), None);
    }

    #[test]
    fn the_rate_of_false_alarms_holds_at_small_and_large_numbers_of_windows() {
        for n in [20, 50, 500] {
            let mut random = Random::new(n, 0);
            let mut outside = 0;
            for _ in 0..400 {
                let windows: Vec<f64> = (0..n).map(|_| normal(&mut random)).collect();
                let band = Band::learn(&windows, 0.0, ALL).unwrap();
                let next = (0..10).map(|_| normal(&mut random));
                outside += next.filter(|x| band.side(*x).is_some()).count();
            }
            assert!(outside <= 40, "{n}: {outside} of 4000");
        }
    }

    #[test]
    fn each_window_is_left_out_of_its_own_band() {
        let mut windows = vec![0.0; 30];
        windows[3] = 1.0;
        let bands = Band::learn_from_others(&windows, 0.0, ALL).unwrap();
        assert_eq!(bands[3].side(1.0), Some(Side::Above));
        assert_eq!((bands[3].windows, bands.len()), (29, 30));
    }

    #[test]
    fn a_breach_is_a_whole_interval_outside() {
        let band = Band::nannyml(&[0.0, 1.0], (0.0, 1.0)).unwrap();
        let breach = |low, high| band.breach(&Figure::new(1.2, (low, high), 9, "m"));
        assert_eq!(
            (breach(0.9, 1.5), breach(1.1, 1.5)),
            (None, Some(Side::Above))
        );
        assert_eq!(band.breach(&Figure::too_few(1, 9, "m")), None);
        assert_eq!(band.breach(&Figure::point(-0.1, 9, "m")), Some(Side::Below));
    }

    #[test]
    fn huge_windows_give_finite_bands_or_open_ends() {
        let windows: Vec<f64> = (0..30)
            .map(|at| if at % 2 == 0 { 1e308 } else { -1e308 })
            .collect();
        for band in [
            Band::learn(&windows, f64::NAN, ALL),
            Band::nannyml(&windows, ALL),
        ] {
            assert!(band.unwrap().figure().is_ok());
        }
    }
}

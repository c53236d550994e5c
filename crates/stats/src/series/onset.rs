//! When what an alert is about began.

use super::band::Band;

/// A place is near the best one if twice the difference of their logarithmic likelihoods is at most this: 95 % of
/// a chi-square law with one degree of freedom.
const NEAR: f64 = 3.841;
/// Looks back over so many windows at most.
const LOOKED_BACK: usize = 10_000;

/// The change that best explains a breach.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Onset {
    /// The first window of the new level.
    pub at: usize,
    /// The first window that explains the breach nearly as well (likelihood ratio, about 95 %).
    pub earliest: usize,
    /// And the last one.
    pub latest: usize,
    /// The level since.
    pub level: f64,
    /// How far that is from the known level, in standard deviations of a window.
    pub shift: f64,
    /// Windows from the onset to the end that had a value.
    pub windows: usize,
}

/// The change from the level of `band` to another one that best explains a breach in the last windows of
/// `series`, which is in order of time and ends with or after the breach: the maximum likelihood place of one
/// change (Hinkley 1970).
///
/// Windows without a value are left out. `None` if there are no values or none is off the level.
pub fn onset(series: &[f64], band: &Band) -> Option<Onset> {
    let z = |x: f64| {
        let z = (x - band.middle) / band.scale;
        if z.is_nan() { 0.0 } else { z.clamp(-1e6, 1e6) }
    };
    // Gain of a change at each place, from the end back.
    let (mut sum, mut n) = (0.0, 0_usize);
    let mut gains: Vec<(usize, f64, f64, usize)> = Vec::new();
    let back = series.iter().enumerate().rev().take(LOOKED_BACK);
    for (at, x) in back.filter(|(_, x)| x.is_finite()) {
        sum += z(*x);
        n += 1;
        gains.push((at, sum * sum / n as f64, sum / n as f64, n));
    }
    let best = gains.iter().max_by(|a, b| a.1.total_cmp(&b.1))?;
    let (at, gain, shift, windows) = *best;
    if gain <= 0.0 {
        return None;
    }
    let near = |g: &&(usize, f64, f64, usize)| gain - g.1 <= NEAR && g.2 * shift > 0.0;
    let places = || gains.iter().filter(near).map(|g| g.0);
    let new = series.iter().skip(at).filter(|x| x.is_finite());
    let level = new.map(|x| x / windows as f64).sum();
    Some(Onset {
        at,
        earliest: places().min().unwrap_or(at),
        latest: places().max().unwrap_or(at),
        level,
        shift,
        windows,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;

    fn band() -> Band {
        let windows: Vec<f64> = (0..100).map(|at| f64::from(at % 11) - 5.0).collect();
        Band::learn(&windows, 0.0, (f64::NEG_INFINITY, f64::INFINITY)).unwrap()
    }

    #[test]
    fn it_is_where_the_level_moved() {
        let mut random = Random::new(1, 0);
        let mut noise = || 8.0 * random.unit() - 4.0;
        let mut series: Vec<f64> = (0..60).map(|_| noise()).collect();
        series.extend((0..12).map(|_| 15.0 + noise()));
        series[65] = f64::NAN;
        let found = onset(&series, &band()).unwrap();
        assert_eq!((found.at, found.windows), (60, 11));
        assert!(found.earliest <= 60 && found.latest >= 60 && found.shift > 2.0);
        assert!((found.level - 15.0).abs() < 2.0);
    }

    #[test]
    fn one_window_that_is_off_is_its_own_onset() {
        let mut series = vec![0.0; 30];
        series.push(40.0);
        assert_eq!(onset(&series, &band()).map(|o| o.at), Some(30));
    }

    #[test]
    fn nothing_off_has_no_onset() {
        let still = Band::nannyml(&[1.0; 5], (0.0, 2.0)).unwrap();
        assert_eq!(onset(&[], &still), None);
        assert_eq!(onset(&[1.0, f64::NAN, 1.0], &still), None);
        assert_eq!(onset(&[1.0, 1.5], &still).map(|o| o.at), Some(1));
        assert!(onset(&[1e308, -1e308, 1e308], &band()).is_some());
    }
}

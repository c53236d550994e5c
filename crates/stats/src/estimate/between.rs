//! How windows differ among themselves.

use crate::figure::CONFIDENCE;
use crate::law::{t_quantile, t_sf};

/// What figures of windows vary by, beyond the chance of their rows.
///
/// Rows of one day have things in common that no input tells, so another day's figure is farther off than its
/// rows alone would have it. Windows of the reference show how far: the variance beyond that of rows is the
/// estimate by moments of a random-effects model (DerSimonian and Laird 1986), and as few windows tell it, what
/// is held against it follows Student's law.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Between {
    /// Mean of the windows' figures, each by the rows behind it.
    pub mean: f64,
    /// Variance of a window's figure beyond that of its rows, at least 0.
    pub variance: f64,
    /// Windows that it was learnt from.
    pub windows: usize,
    /// Windows that these are worth, as some have more rows than others (Kish 1965).
    pub effective: f64,
    /// Variance that the rows of a usual window give its figure.
    pub rows: f64,
}

impl Between {
    /// Fewer windows tell nothing of how they differ.
    pub const WINDOWS_MIN: usize = 5;

    /// Of windows, each with its figure and the variance that its rows give this. Those of which one is not
    /// finite, or whose variance is not positive, are left out; `None` if fewer than
    /// [`Between::WINDOWS_MIN`] are left.
    pub fn of(windows: impl IntoIterator<Item = (f64, f64)>) -> Option<Self> {
        let kept: Vec<(f64, f64)> = windows
            .into_iter()
            .filter(|(x, own)| x.is_finite() && own.is_finite() && *own > 0.0)
            .map(|(x, own)| (x, own.recip()))
            .collect();
        if kept.len() < Self::WINDOWS_MIN {
            return None;
        }
        let (mut weight, mut squares, mut sum) = (0.0, 0.0, 0.0);
        for (x, w) in &kept {
            weight += w;
            squares += w * w;
            sum += w * x;
        }
        let mean = sum / weight;
        let spread: f64 = kept.iter().map(|(x, w)| w * (x - mean).powi(2)).sum();
        let beyond = spread - (kept.len() - 1) as f64;
        Some(Self {
            mean,
            variance: (beyond / (weight - squares / weight)).max(0.0),
            windows: kept.len(),
            effective: weight * weight / squares,
            rows: kept.len() as f64 / weight,
        })
    }

    /// The standard error of how far another window is off, whose rows give its figure the variance `own`. Windows of
    /// few rows cannot show how little they differ, so one of more rows than they have is judged as one of theirs.
    fn error(&self, own: f64) -> f64 {
        let learnt = 1.0 + 1.0 / self.effective;
        (own.max(self.rows * learnt) + self.variance * learnt).sqrt()
    }

    fn freedom(&self) -> f64 {
        self.effective - 1.0
    }

    /// Half of the interval at [`CONFIDENCE`] of how far another window may be off.
    pub fn half(&self, own: f64) -> f64 {
        t_quantile(0.5 + CONFIDENCE / 2.0, self.freedom()) * self.error(own)
    }

    /// The p-value of another window that is so far `off`, on either side.
    pub fn p(&self, off: f64, own: f64) -> f64 {
        let error = self.error(own);
        if error > 0.0 {
            (2.0 * t_sf(off.abs() / error, self.freedom())).min(1.0)
        } else {
            f64::from(u8::from(off == 0.0))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_that_differ_by_chance_alone_have_no_variance_of_their_own() {
        let alike = Between::of([0.9, 1.1, 1.0, 0.95, 1.05].map(|x| (x, 0.04))).unwrap();
        assert_eq!((alike.variance, alike.windows), (0.0, 5));
        let told = [alike.mean, alike.effective, alike.rows];
        assert!(
            told.iter()
                .zip([1.0, 5.0, 0.04])
                .all(|(a, b)| (a - b).abs() < 1e-12)
        );
        assert!((alike.half(0.0) - alike.half(0.048)).abs() < 1e-12);
        // Student's law of four degrees of freedom: 2.776.
        assert!((alike.half(0.05) - 2.776_445 * 0.05_f64.sqrt()).abs() < 1e-5);
        // Sample variance 2.5, of which rows make 0.1.
        let apart = Between::of([1.0, 2.0, 3.0, 4.0, 5.0].map(|x| (x, 0.1))).unwrap();
        assert!((apart.variance - 2.4).abs() < 1e-12, "{apart:?}");
        assert!(apart.p(3.0, 0.1) > 0.05 && alike.p(3.0, 0.1) < 0.05);
        assert!((apart.p(apart.half(0.1), 0.1) - 0.05).abs() < 1e-9);
        // One that knows far more than the others is nearly all that is known: nothing is certain.
        let mut one = [1.0, 2.0, 3.0, 4.0, 5.0].map(|x| (x, 0.1));
        one[0].1 = 0.001;
        let one = Between::of(one).unwrap();
        assert!(one.effective < 1.1 && one.p(30.0, 0.1) > 0.05, "{one:?}");
    }

    #[test]
    fn few_windows_and_those_that_tell_nothing_do_not_count() {
        assert_eq!(Between::of([(1.0, 1.0); 4]), None);
        let useless = [(f64::NAN, 1.0), (1.0, 0.0), (1.0, f64::INFINITY)];
        assert_eq!(
            Between::of([(1.0, 1.0); 4].into_iter().chain(useless)),
            None
        );
        assert!(Between::of([(1.0, 1.0); 5]).is_some());
    }
}

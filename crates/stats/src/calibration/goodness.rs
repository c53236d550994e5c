//! Tests of perfect calibration.

use super::forecasts::Forecasts;
use super::reliability::Scheme;
use crate::figure::Figure;
use crate::law::{chi2_sf, normal_two_sided};
use crate::proportion::z;

/// A test of perfect calibration.
#[derive(Debug, Clone, PartialEq)]
pub struct Test {
    /// The size of what was found, in units of its own; where it is not defined, neither is the test.
    pub effect: Figure,
    /// The statistic.
    pub statistic: Option<f64>,
    /// Degrees of freedom of a chi-square statistic.
    pub df: Option<u64>,
    /// Chance of a statistic as extreme if all probabilities were right.
    pub p_value: Option<f64>,
}

impl Test {
    fn undefined(reason: &'static str, n: u64, method: &'static str) -> Self {
        Self {
            effect: Figure::undefined(reason, n, method),
            statistic: None,
            df: None,
            p_value: None,
        }
    }
}

impl Forecasts {
    /// Spiegelhalter's z (1986): the Brier score against what it would be on average if all
    /// probabilities were right, their difference being the effect. Undefined if all probabilities are 0,
    /// ½ or 1.
    pub fn spiegelhalter(&self) -> Test {
        const METHOD: &str = "spiegelhalter";
        let (mut sum, mut variance) = (0.0, 0.0);
        for (p, y) in self.rows() {
            let turn = 1.0 - 2.0 * p;
            sum += (f64::from(u8::from(y)) - p) * turn;
            variance += turn * turn * p * (1.0 - p);
        }
        if variance <= 0.0 {
            let reason = "the probabilities leave the Brier score no spread";
            return Test::undefined(reason, self.n(), METHOD);
        }
        let (rows, sd) = (self.n() as f64, variance.sqrt());
        let (effect, half) = (sum / rows, z() * sd / rows);
        let statistic = sum / sd;
        Test {
            effect: Figure::new(effect, (effect - half, effect + half), self.n(), METHOD),
            statistic: Some(statistic),
            df: None,
            p_value: Some(normal_two_sided(statistic)),
        }
    }

    /// The test of Hosmer and Lemeshow (1980) over `groups` groups of equal mass (usually 10) with
    /// `groups − 2` degrees of freedom; the effect is the mean absolute gap of the groups. It rejects
    /// anything on large samples: read the effect.
    pub fn hosmer_lemeshow(&self, groups: usize) -> Test {
        const METHOD: &str = "hosmer_lemeshow";
        if groups < 3 {
            return Test::undefined("it needs three groups", self.n(), METHOD);
        }
        if self.n() < groups as u64 {
            return Test {
                effect: Figure::too_few(self.n(), groups as u64, METHOD),
                ..Test::undefined("", 0, METHOD)
            };
        }
        let (mut statistic, mut gaps) = (0.0, 0.0);
        for s in self.binned(Scheme::EqualMass, groups) {
            let off = s.positives as f64 - s.expected;
            let variance = s.expected * (1.0 - s.mean());
            gaps += off.abs();
            if variance > 0.0 {
                statistic += off * off / variance;
            } else if off.abs() > 0.0 {
                let reason = "a group of certain probabilities was wrong";
                return Test::undefined(reason, self.n(), METHOD);
            }
        }
        let df = groups as u64 - 2;
        Test {
            effect: Figure::point(gaps / self.n() as f64, self.n(), METHOD),
            statistic: Some(statistic),
            df: Some(df),
            p_value: Some(chi2_sf(statistic, df as f64)),
        }
    }
}

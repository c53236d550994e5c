//! Tails and quantiles of the laws that p-values and intervals come from.
//!
//! Upper tails are computed as such, not as one minus the rest, so that they keep their digits down to
//! the smallest numbers.

mod kolmogorov;
mod omega;
mod paths;

pub use kolmogorov::{kolmogorov_sf, kstwo_sf};
pub use omega::cramer_von_mises_sf;
pub use paths::{ks_exact_one_sided_sf, ks_exact_sf};

use statrs::distribution::{Beta, ChiSquared, ContinuousCDF, FisherSnedecor, StudentsT};
use statrs::function::erf;
use std::f64::consts::SQRT_2;

/// P(Z > x) of the standard normal law.
pub fn normal_sf(x: f64) -> f64 {
    0.5 * erf::erfc(x / SQRT_2)
}

/// P(|Z| > |x|) of the standard normal law.
pub fn normal_two_sided(x: f64) -> f64 {
    erf::erfc(x.abs() / SQRT_2)
}

/// The x with P(Z ≤ x) = p; infinite at 0 and 1.
pub fn normal_quantile(p: f64) -> f64 {
    -SQRT_2 * erf::erfc_inv(2.0 * p)
}

/// P(X > x) of the chi-square law with `df` degrees of freedom; 1 if `df` is not positive.
pub fn chi2_sf(x: f64, df: f64) -> f64 {
    if x <= 0.0 {
        return 1.0;
    }
    ChiSquared::new(df).map_or(1.0, |law| law.sf(x))
}

/// P(T > x) of Student's law with `df` degrees of freedom; that of the normal law if `df` is infinite.
pub fn t_sf(x: f64, df: f64) -> f64 {
    StudentsT::new(0.0, 1.0, df).map_or_else(|_| normal_sf(x), |law| law.sf(x))
}

/// The x with P(T ≤ x) = p of Student's law.
pub fn t_quantile(p: f64, df: f64) -> f64 {
    StudentsT::new(0.0, 1.0, df).map_or_else(|_| normal_quantile(p), |law| law.inverse_cdf(p))
}

/// P(F > x) of the F law with `d1` and `d2` degrees of freedom; 1 if either is not positive.
pub fn f_sf(x: f64, d1: f64, d2: f64) -> f64 {
    if x <= 0.0 {
        return 1.0;
    }
    FisherSnedecor::new(d1, d2).map_or(1.0, |law| law.sf(x))
}

/// The x with P(X ≤ x) = p of the beta law; NaN if `a` or `b` is not positive.
pub fn beta_quantile(p: f64, a: f64, b: f64) -> f64 {
    Beta::new(a, b).map_or(f64::NAN, |law| law.inverse_cdf(p))
}

/// P(X > x) of Pearson's law of type III with the given mean, standard deviation and skewness: a gamma
/// law that was shifted. The normal law where the skewness is below 0.02; no more than a step at the
/// mean where the deviation is not positive.
pub fn pearson3_sf(x: f64, mean: f64, deviation: f64, skewness: f64) -> f64 {
    if deviation.is_nan() || deviation <= 0.0 {
        return f64::from(u8::from(x <= mean));
    }
    let z = (x - mean) / deviation;
    if skewness.is_nan() || skewness < 0.02 {
        return normal_sf(z);
    }
    let shape = 4.0 / (skewness * skewness);
    chi2_sf(2.0 * (shape + z * shape.sqrt()), 2.0 * shape)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tails_are_those_of_the_tables() {
        let close = |a: f64, b: f64| assert!((a - b).abs() <= 1e-9 * b.abs(), "{a} {b}");
        close(normal_sf(1.96), 0.024_997_895_148_220_435);
        close(normal_quantile(0.975), 1.959_963_984_540_054);
        close(chi2_sf(3.841_458_820_694_124, 1.0), 0.05);
        close(t_sf(2.0, 10.0), 0.036_694_017_385_370_2);
    }

    #[test]
    fn pearsons_law_is_the_exponential_one_at_skewness_two() {
        let tail = pearson3_sf(4.0, 1.0, 1.0, 2.0);
        assert!((tail - (-4.0_f64).exp()).abs() < 1e-12, "{tail}");
        assert!((pearson3_sf(1.0, 0.0, 1.0, 0.0) - normal_sf(1.0)).abs() < 1e-15);
        let step = [1.0, 3.0].map(|x| pearson3_sf(x, 2.0, 0.0, 1.0).to_bits());
        assert_eq!(step, [1.0_f64.to_bits(), 0.0_f64.to_bits()]);
    }
}

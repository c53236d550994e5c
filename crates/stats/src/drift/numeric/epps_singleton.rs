//! The test of Epps and Singleton.

use super::pooled::order;
use crate::drift::Comparison;
use crate::figure::Figure;
use crate::law::chi2_sf;
use crate::sample::Sorted;
use nalgebra::{Matrix4, SymmetricEigen, Vector4};

/// Where the characteristic functions are compared, in units of half the pooled interquartile range.
const PLACES: [f64; 2] = [0.4, 0.8];
/// Fewest rows a side.
const ROWS_MIN: u64 = 5;
/// Directions with less variance than this part of the largest are none.
const RANK_CUT: f64 = 1e-12;
/// Below so many rows on both sides the statistic is corrected.
const SMALL: f64 = 25.0;

/// The test of Epps and Singleton (1986) of equal characteristic functions at ±0.4 and ±0.8, values in
/// halves of the pooled interquartile range; good where values are few or whole numbers.
///
/// The statistic W has a chi-square law with as many degrees of freedom as the estimated covariance has
/// rank (4, fewer for few distinct values); it is corrected for small samples where both sides have fewer
/// than 25 rows. The effect is `√(W (1/n + 1/m))`, a Mahalanobis distance of the two functions. Rows of
/// either infinity are left out. Needs five rows a side and a pooled interquartile range above 0.
pub fn epps_singleton(reference: &Sorted, current: &Sorted) -> Comparison {
    let (a, b) = (reference.values(), current.values());
    let sizes = (reference.n(), current.n());
    let all = sizes.0 + sizes.1;
    if sizes.0.min(sizes.1) < ROWS_MIN {
        return Comparison {
            statistic: Figure::too_few(all, 2 * ROWS_MIN, "es"),
            ..Comparison::undefined("es", "", sizes)
        };
    }
    let [low, middle, high] = [0.25, 0.5, 0.75].map(|rank| pooled_quantile(a, b, rank) * 0.25);
    let half = (high - low) * 0.5;
    if half.is_nan() || half <= 0.0 {
        return Comparison::undefined("es", "half of all rows are equal", sizes);
    }
    // A shift turns each pair of sine and cosine and leaves the statistic as it is, but not its digits.
    let place = |x: f64| (x * 0.25 - middle) / half;
    let (mean_a, covariance_a) = waves(a, place);
    let (mean_b, covariance_b) = waves(b, place);
    let (n, m) = (sizes.0 as f64, sizes.1 as f64);
    let covariance = covariance_a * ((n + m) / n) + covariance_b * ((n + m) / m);
    let Some((distance, rank)) = mahalanobis(covariance, mean_a - mean_b) else {
        return Comparison::undefined("es", "the characteristic functions do not vary", sizes);
    };
    let mut w = (n + m) * distance;
    if n.max(m) < SMALL {
        let few = n.powf(-1.7) + m.powf(-1.7);
        w /= 1.0 + (n + m).powf(-0.45) + 10.1 * few;
    }
    Comparison {
        method: "es",
        statistic: Figure::point(w, all, "es"),
        p_value: Some(chi2_sf(w, rank).clamp(0.0, 1.0)),
        effect: Some((w * (1.0 / n + 1.0 / m)).sqrt()),
        effect_name: "mahalanobis",
        reference: sizes.0,
        current: sizes.1,
    }
}

/// By linear interpolation between pooled ranks.
fn pooled_quantile(a: &[f64], b: &[f64], rank: f64) -> f64 {
    let at = rank * (a.len() + b.len()).saturating_sub(1) as f64;
    let low = at.floor();
    let (x, y) = (order(a, b, low as usize), order(a, b, low as usize + 1));
    x * (1.0 - (at - low)) + y * (at - low)
}

/// Mean and covariance (divisor n) of cosine and sine at each place.
fn waves(values: &[f64], place: impl Fn(f64) -> f64) -> (Vector4<f64>, Matrix4<f64>) {
    let of = |x: f64| {
        let x = place(x);
        let [(s1, c1), (s2, c2)] = PLACES.map(|t| (t * x).sin_cos());
        Vector4::new(c1, s1, c2, s2)
    };
    let n = values.len().max(1) as f64;
    let first = values.first().map_or_else(Vector4::zeros, |x| of(*x));
    let (mut sum, mut products) = (Vector4::zeros(), Matrix4::zeros());
    for x in values {
        let wave = of(*x) - first;
        sum += wave;
        products += wave * wave.transpose();
    }
    let mean = sum / n;
    (mean + first, products / n - mean * mean.transpose())
}

/// `d' S⁺ d` and the rank of S; `None` if it is 0 or anything is not finite.
fn mahalanobis(covariance: Matrix4<f64>, difference: Vector4<f64>) -> Option<(f64, f64)> {
    if !covariance
        .iter()
        .chain(difference.iter())
        .all(|x| x.is_finite())
    {
        return None;
    }
    let parts = SymmetricEigen::new(covariance);
    let largest = parts.eigenvalues.max();
    let (mut distance, mut rank) = (0.0, 0.0);
    for (value, direction) in parts
        .eigenvalues
        .iter()
        .zip(parts.eigenvectors.column_iter())
    {
        if *value > RANK_CUT * largest {
            let along = direction.dot(&difference);
            distance += along * along / value;
            rank += 1.0;
        }
    }
    (rank > 0.0).then_some((distance, rank))
}

//! Tests of means and of spread.

use super::Variances;
use super::pooled::{squares, unit};
use crate::drift::Comparison;
use crate::figure::Figure;
use crate::law::{f_sf, t_sf};
use crate::sample::Sorted;

/// The t-test of equal means, two-sided.
///
/// The statistic is t of the reference's mean minus the current one, with its degrees of freedom in
/// `n − 2` ([`Variances::Equal`], Student) or by Welch and Satterthwaite ([`Variances::Any`]). The
/// effect is Cohen's d: the current mean minus the reference's in pooled standard deviations, so that it
/// is positive where values have grown. Rows of either infinity are left out. Needs two rows a side and
/// some spread.
pub fn t_test(reference: &Sorted, current: &Sorted, variances: Variances) -> Comparison {
    let (a, b) = (reference.values(), current.values());
    let sizes = (reference.n(), current.n());
    let method = match variances {
        Variances::Equal => "t_student",
        Variances::Any => "t_welch",
    };
    if a.len().min(b.len()) < 2 {
        return too_few("t", method, sizes);
    }
    let unit = unit(&[a, b]);
    // Differences from a value among them keep large values of little spread exact.
    let middle = a[a.len() / 2] * unit;
    let (mean_a, squares_a) = squares(a, |x| x * unit - middle);
    let (mean_b, squares_b) = squares(b, |x| x * unit - middle);
    let (n, m) = (sizes.0 as f64, sizes.1 as f64);
    let pooled = (squares_a + squares_b) / (n + m - 2.0);
    let (per_a, per_b) = (squares_a / (n - 1.0) / n, squares_b / (m - 1.0) / m);
    let (error, df) = match variances {
        Variances::Equal => ((pooled * (1.0 / n + 1.0 / m)).sqrt(), n + m - 2.0),
        Variances::Any => {
            let sum = per_a + per_b;
            let (x, y) = (per_a / sum, per_b / sum);
            (sum.sqrt(), 1.0 / (x * x / (n - 1.0) + y * y / (m - 1.0)))
        }
    };
    if error.is_nan() || error <= 0.0 {
        return Comparison::undefined("t", "neither sample has spread", sizes);
    }
    let t = (mean_a - mean_b) / error;
    Comparison {
        method: "t",
        statistic: Figure::point(t, sizes.0 + sizes.1, method),
        p_value: Some((2.0 * t_sf(t.abs(), df)).clamp(0.0, 1.0)),
        effect: Some((mean_b - mean_a) / pooled.sqrt()).filter(|d| d.is_finite()),
        effect_name: "cohens_d",
        reference: sizes.0,
        current: sizes.1,
    }
}

/// The test of equal spread of Levene (1960) with the median as the centre (Brown and Forsythe 1974).
///
/// The statistic is W, an F of 1 and `n − 2` degrees of freedom. The effect is the change of
/// the mean distance from the median, current minus reference over their sum: in [−1, 1], ⅓ where it has doubled. Rows of either
/// infinity are left out. Needs two rows a side and distances that differ.
pub fn levene(reference: &Sorted, current: &Sorted) -> Comparison {
    let (a, b) = (reference.values(), current.values());
    let sizes = (reference.n(), current.n());
    if a.len().min(b.len()) < 2 {
        return too_few("levene", "levene", sizes);
    }
    let unit = unit(&[a, b]);
    let from_median = |sample: &Sorted| {
        let median = sample.quantile(0.5).unwrap_or(0.0) * unit;
        squares(sample.values(), |x| (x * unit - median).abs())
    };
    let ((mean_a, squares_a), (mean_b, squares_b)) = (from_median(reference), from_median(current));
    let within = squares_a + squares_b;
    if within.is_nan() || within <= 0.0 {
        return Comparison::undefined("levene", "distances from the median do not differ", sizes);
    }
    let (n, m) = (sizes.0 as f64, sizes.1 as f64);
    let gap = mean_a - mean_b;
    let w = (n + m - 2.0) * (n * m / (n + m)) * (gap * gap / within);
    Comparison {
        method: "levene",
        statistic: Figure::point(w, sizes.0 + sizes.1, "levene"),
        p_value: Some(f_sf(w, 1.0, n + m - 2.0).clamp(0.0, 1.0)),
        effect: Some((mean_b - mean_a) / (mean_b + mean_a)).filter(|x| x.is_finite()),
        effect_name: "spread_change",
        reference: sizes.0,
        current: sizes.1,
    }
}

fn too_few(name: &'static str, method: &'static str, sizes: (u64, u64)) -> Comparison {
    Comparison {
        statistic: Figure::too_few(sizes.0 + sizes.1, 4, method),
        ..Comparison::undefined(name, "", sizes)
    }
}

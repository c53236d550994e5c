//! The test of Anderson and Darling for two samples.

use super::pooled::{ranked, runs};
use crate::drift::Comparison;
use crate::figure::Figure;
use crate::sample::Sorted;

/// Bounds of the table that p comes from.
const CLIPPED: (f64, f64) = (0.001, 0.25);
/// Critical values of two samples at those bounds.
const CRITICAL: (f64, f64) = (6.546, 0.325);
/// The parabola of ln p over the statistic that is nearest (least squares) to the seven critical values of Scholz and Stephens,
/// table 2, at 0.25, 0.1, 0.05, 0.025, 0.01, 0.005 and 0.001.
const PARABOLA: [f64; 3] = [
    -1.077_770_279_820_487_3,
    -1.008_226_564_465_250_4,
    0.018_198_094_574_111_246,
];

/// The test of Anderson and Darling for two samples (Scholz and Stephens 1987, equation 7, mean ranks
/// for ties).
///
/// The statistic is A² brought to its mean and deviation. p is read off their table by a parabola and
/// **clipped to [0.001, 0.25]**: at the ends it only says "at most" and "at least". The effect is
/// `√(A² N / (n m))`: the root mean square of the gap between the two empirical distributions, each
/// place weighted by 1 / (H (1 − H)) with the pooled distribution H. Infinite rows are values beyond all
/// others. Needs two rows on a side and two distinct values.
pub fn anderson(reference: &Sorted, current: &Sorted) -> Comparison {
    let sizes = (ranked(reference), ranked(current));
    let all = sizes.0.saturating_add(sizes.1);
    if sizes.0.min(sizes.1) < 2 {
        return Comparison {
            statistic: Figure::too_few(all, 4, "ad"),
            ..Comparison::undefined("ad", "", sizes)
        };
    }
    let (n, m) = (sizes.0 as f64, sizes.1 as f64);
    let rows = n + m;
    let (mut sum, mut distinct) = (0.0, 0_u64);
    runs(reference, current, |run| {
        distinct += 1;
        let t = run.rows.0 + run.rows.1;
        let pooled = run.upto.0 + run.upto.1 - t / 2.0;
        let weight = pooled * (rows - pooled) - rows * t / 4.0;
        // The last of rows without ties weighs nothing and differs by nothing.
        if weight > 0.0 {
            let one = rows * (run.upto.0 - run.rows.0 / 2.0) - pooled * n;
            let two = rows * (run.upto.1 - run.rows.1 / 2.0) - pooled * m;
            sum += t / rows * (one * one / n + two * two / m) / weight;
        }
    });
    if distinct < 2 {
        return Comparison::undefined("ad", "all rows are equal", sizes);
    }
    let squared = sum * (rows - 1.0) / rows;
    let statistic = (squared - 1.0) / variance(n, m).sqrt();
    Comparison {
        method: "ad",
        statistic: Figure::point(statistic, all, "ad"),
        p_value: Some(p_value(statistic)),
        effect: Some((squared * rows / (n * m)).sqrt()),
        effect_name: "weighted_rms_gap",
        reference: sizes.0,
        current: sizes.1,
    }
}

fn p_value(statistic: f64) -> f64 {
    if statistic > CRITICAL.0 {
        return CLIPPED.0;
    }
    if statistic < CRITICAL.1 {
        return CLIPPED.1;
    }
    let [c, b, a] = PARABOLA;
    (c + statistic * (b + a * statistic)).exp()
}

/// Variance of A² for two samples without drift (equation 4 there).
fn variance(n: f64, m: f64) -> f64 {
    let rows = n + m;
    let inverse = 1.0 / n + 1.0 / m;
    // Sums of 1 / i and of 1 / ((N − i) j) over i < j < N.
    let (mut h, mut g, mut i) = (0.0, 0.0, 1.0);
    while i < rows - 1.0 {
        h += 1.0 / (rows - i);
        g += h / (i + 1.0);
        i += 1.0;
    }
    h += 1.0;
    let k = 2.0;
    let a = (4.0 * g - 6.0) + (10.0 - 6.0 * g) * inverse;
    let b = (2.0 * g - 4.0) * k * k + 8.0 * h * k + (2.0 * g - 14.0 * h - 4.0) * inverse - 8.0 * h
        + 4.0 * g
        - 6.0;
    let c = (6.0 * h + 2.0 * g - 2.0) * k * k
        + (4.0 * h - 4.0 * g + 6.0) * k
        + (2.0 * h - 6.0) * inverse
        + 4.0 * h;
    let d = (2.0 * h + 6.0) * k * k - 4.0 * h * k;
    (((a * rows + b) * rows + c) * rows + d) / ((rows - 1.0) * (rows - 2.0) * (rows - 3.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parabola_passes_near_the_table() {
        let table = [(1.226, 0.1), (1.961, 0.05), (3.752, 0.01), (4.592, 0.005)];
        for (statistic, p) in table {
            assert!((p_value(statistic) / p - 1.0).abs() < 0.03, "{statistic}");
        }
        let ends = [0.0, 9.0].map(|x| p_value(x).to_bits());
        assert_eq!(ends, [0.25_f64, 0.001].map(f64::to_bits));
    }
}

//! How far the mean of vectors has moved.

use super::vectors::Vectors;
use crate::drift::Comparison;
use crate::figure::Figure;
use crate::law::f_sf;
use crate::learn::dot;
use crate::proportion::z;

/// Batches of rows whose means tell how the mean of all varies.
const BATCHES: usize = 100;

/// The sums of a side's vectors in batches that were dealt out in turns.
struct Batches {
    dimension: usize,
    sums: Vec<f64>,
    counts: Vec<f64>,
    rows: u64,
    mean: Vec<f64>,
    /// The trace of the covariance of vectors.
    spread: f64,
}

impl Batches {
    fn of<T: Copy + Into<f64>>(vectors: &Vectors<'_, T>) -> Option<Self> {
        let dimension = vectors.dimension();
        let count = vectors.finite().take(BATCHES).count();
        // Differences are taken from the first vector, so that large values of little spread keep digits.
        let shift: Vec<f64> = vectors
            .finite()
            .next()?
            .iter()
            .map(|x| (*x).into())
            .collect();
        let mut made = Self {
            dimension,
            sums: vec![0.0; dimension * count],
            counts: vec![0.0; count],
            rows: 0,
            mean: vec![0.0; dimension],
            spread: 0.0,
        };
        if dimension == 0 || count < 2 {
            return None;
        }
        let mut squares = 0.0;
        for (row, vector) in vectors.finite().enumerate() {
            let batch = row % count;
            made.counts[batch] += 1.0;
            let sums = &mut made.sums[batch * dimension..(batch + 1) * dimension];
            let mut lanes = [0.0; 4];
            for (at, ((sum, x), shift)) in sums.iter_mut().zip(vector).zip(&shift).enumerate() {
                let away = (*x).into() - shift;
                *sum += away;
                lanes[at % 4] += away * away;
            }
            squares += lanes.iter().sum::<f64>();
            made.rows += 1;
        }
        let n = made.rows as f64;
        for sums in made.sums.chunks_exact(dimension) {
            for (mean, sum) in made.mean.iter_mut().zip(sums) {
                *mean += sum / n;
            }
        }
        let middle = dot(&made.mean, &made.mean);
        made.spread = ((squares - n * middle) / (n - 1.0)).max(0.0);
        for (mean, shift) in made.mean.iter_mut().zip(&shift) {
            *mean += shift;
        }
        for (sums, count) in made.sums.chunks_exact_mut(dimension).zip(&made.counts) {
            for (sum, shift) in sums.iter_mut().zip(&shift) {
                *sum += count * shift;
            }
        }
        Some(made)
    }

    fn count(&self) -> f64 {
        self.counts.len() as f64
    }

    /// Differences of batch means from the mean, scaled so that the sum of their outer products is the
    /// covariance of the mean.
    fn deviations(&self) -> Vec<Vec<f64>> {
        let by = (self.count() * (self.count() - 1.0)).sqrt().recip();
        let batches = self.sums.chunks_exact(self.dimension).zip(&self.counts);
        batches
            .map(|(sums, count)| {
                let means = sums.iter().zip(&self.mean);
                means.map(|(sum, mean)| (sum / count - mean) * by).collect()
            })
            .collect()
    }

    /// The mean without each batch.
    fn without(&self) -> impl Iterator<Item = Vec<f64>> {
        let n = self.rows as f64;
        let batches = self.sums.chunks_exact(self.dimension).zip(&self.counts);
        batches.map(move |(sums, count)| {
            let means = self.mean.iter().zip(sums);
            means
                .map(|(mean, sum)| (n * mean - sum) / (n - count))
                .collect()
        })
    }
}

fn both<T: Copy + Into<f64>>(
    reference: &Vectors<'_, T>,
    current: &Vectors<'_, T>,
    method: &'static str,
) -> Result<(Batches, Batches), Comparison> {
    let rows = (reference.rows() as u64, current.rows() as u64);
    if reference.dimension() != current.dimension() {
        return Err(Comparison::undefined(method, "dimensions differ", rows));
    }
    match (Batches::of(reference), Batches::of(current)) {
        (Some(reference), Some(current)) => Ok((reference, current)),
        _ => {
            let mut made = Comparison::undefined(method, "", rows);
            made.statistic = Figure::too_few(rows.0.min(rows.1), 2, method);
            Err(made)
        }
    }
}

/// The traces of V and V², where V is the covariance of the difference of means.
fn traces(x: &[Vec<f64>], y: &[Vec<f64>]) -> (f64, f64) {
    let trace = |a: &[Vec<f64>]| a.iter().map(|v| dot(v, v)).sum::<f64>();
    let squares = |a: &[Vec<f64>], b: &[Vec<f64>]| -> f64 {
        let pairs = a.iter().flat_map(|a| b.iter().map(move |b| dot(a, b)));
        pairs.map(|product| product * product).sum()
    };
    // The plain square of an estimated covariance is too large (Bai and Saranadasa 1996).
    let own = |a: &[Vec<f64>]| {
        let (trace, df) = (trace(a), a.len() as f64 - 1.0);
        let raw = squares(a, a) - trace * trace / df;
        let made = df * df / ((df + 2.0) * (df - 1.0).max(0.5)) * raw;
        let least = trace * trace / a.first().map_or(1.0, |v| v.len() as f64);
        made.clamp(least, (trace * trace).max(least))
    };
    (trace(x) + trace(y), own(x) + own(y) + 2.0 * squares(x, y))
}

/// How far the mean vector has moved: the Euclidean distance of the means with what chance adds to it taken
/// off, in units of the reference's spread, √ of the trace of its covariance.
///
/// The squared distance exceeds that of the true means by the trace of its covariance V on average; that is
/// subtracted (0 at least). Its interval is normal with variance 4·δᵀVδ + 2·tr V². The p-value is of |Δ|²/tr V
/// against the F law with the degrees of freedom of Box (1954), (tr V)²/tr V². V is estimated from the means
/// of 100 batches a side (each row one, below 100 rows), so one pass over the rows does. Vectors with a number
/// that is not finite are left out.
pub fn centroid_shift<T: Copy + Into<f64>>(
    reference: &Vectors<'_, T>,
    current: &Vectors<'_, T>,
) -> Comparison {
    const METHOD: &str = "centroid_shift";
    let (x, y) = match both(reference, current, METHOD) {
        Ok(sides) => sides,
        Err(comparison) => return comparison,
    };
    let moved: Vec<f64> = y.mean.iter().zip(&x.mean).map(|(y, x)| y - x).collect();
    let square = dot(&moved, &moved);
    let rows = (x.rows, y.rows);
    if x.spread <= 0.0 && square > 0.0 {
        return Comparison::undefined(METHOD, "the reference has no spread", rows);
    }
    let (before, after) = (x.deviations(), y.deviations());
    let (trace, trace_square) = traces(&before, &after);
    let along = before.iter().chain(&after).map(|v| dot(v, &moved).powi(2));
    let own = 2.0 * trace_square;
    let half = z() * (4.0 * along.sum::<f64>() - own).max(own).sqrt();
    let excess = square - trace;
    let unit = if x.spread > 0.0 { x.spread.sqrt() } else { 1.0 };
    let scaled = |square: f64| square.max(0.0).sqrt() / unit;
    let n = x.rows + y.rows;
    let ends = (scaled(excess - half), scaled(excess + half));
    let df = trace * trace / trace_square;
    let p_value = if trace > 0.0 && df.is_finite() {
        f_sf(square / trace, df, df * (x.count() + y.count() - 2.0))
    } else {
        1.0
    };
    // Without a finite sum `max` would hide it.
    let value = if excess.is_finite() {
        scaled(excess)
    } else {
        f64::NAN
    };
    let statistic = Figure::new(value, ends, n, METHOD);
    Comparison {
        method: METHOD,
        p_value: statistic.value.map(|_| p_value),
        effect: statistic.value,
        effect_name: "distance",
        statistic,
        reference: rows.0,
        current: rows.1,
    }
}

/// How far the direction of the mean vector has turned: one minus the cosine between both means, within
/// [0, 2].
///
/// Bias is taken off and the interval made by the jackknife over 100 batches a side (each row one, below 100
/// rows; Efron and Tibshirani 1993, chapter 11). There is no p-value; [`centroid_shift`] has one.
pub fn cosine_shift<T: Copy + Into<f64>>(
    reference: &Vectors<'_, T>,
    current: &Vectors<'_, T>,
) -> Comparison {
    const METHOD: &str = "cosine_shift";
    let (x, y) = match both(reference, current, METHOD) {
        Ok(sides) => sides,
        Err(comparison) => return comparison,
    };
    let turned = away(&x.mean, &y.mean);
    let (mut bias, mut variance) = (0.0, 0.0);
    let left_out = [
        x.without()
            .map(|mean| away(&mean, &y.mean))
            .collect::<Vec<f64>>(),
        y.without().map(|mean| away(&x.mean, &mean)).collect(),
    ];
    for values in left_out {
        let count = values.len() as f64;
        let middle = values.iter().sum::<f64>() / count;
        bias += (count - 1.0) * (middle - turned);
        let squares: f64 = values.iter().map(|v| (v - middle).powi(2)).sum();
        variance += (count - 1.0) / count * squares;
    }
    let (value, half) = (turned - bias, z() * variance.sqrt());
    let rows = (x.rows, y.rows);
    if !value.is_finite() || !half.is_finite() {
        let reason = "a mean is zero or beyond what a float holds";
        return Comparison::undefined(METHOD, reason, rows);
    }
    let cut = |x: f64| x.clamp(0.0, 2.0);
    let ends = (cut(value - half), cut(value + half));
    Comparison {
        method: METHOD,
        statistic: Figure::new(cut(value), ends, rows.0 + rows.1, METHOD),
        p_value: None,
        effect: Some(cut(value)),
        effect_name: "one_minus_cosine",
        reference: rows.0,
        current: rows.1,
    }
}

/// One minus the cosine, from the difference of unit vectors so that small angles keep their digits.
fn away(a: &[f64], b: &[f64]) -> f64 {
    let (long, other) = (dot(a, a).sqrt(), dot(b, b).sqrt());
    let apart = a.iter().zip(b).map(|(a, b)| a / long - b / other);
    0.5 * apart.map(|d| d * d).sum::<f64>()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;

    fn cloud(rows: usize, dimension: usize, seed: u64, by: f64) -> Vec<f32> {
        let mut random = Random::new(seed, 4);
        let mut normal = || (0..12).map(|_| random.unit() - 0.5).sum::<f64>();
        (0..rows * dimension)
            .map(|at| (normal() + if at % dimension == 0 { by } else { 0.2 }) as f32)
            .collect()
    }

    fn shift(x: &[f32], y: &[f32], dimension: usize) -> Comparison {
        centroid_shift(&Vectors::new(x, dimension), &Vectors::new(y, dimension))
    }

    #[test]
    fn without_change_alarms_are_as_many_as_the_level_says() {
        for (dimension, rows) in [(1, 40), (8, 60), (40, 30)] {
            let runs = 400;
            let mut alarms = 0;
            for seed in 0..runs {
                let x = cloud(rows, dimension, 2 * seed, 0.0);
                let y = cloud(rows / 2, dimension, 2 * seed + 1, 0.0);
                alarms += usize::from(shift(&x, &y, dimension).p_value.unwrap() <= 0.05);
            }
            let share = alarms as f64 / runs as f64;
            assert!((0.02..=0.085).contains(&share), "{dimension}: {share}");
        }
    }

    #[test]
    fn the_interval_holds_the_true_distance() {
        // One of four coordinates, each of variance 1, moves by 0.5: a quarter of the spread.
        let (mut held, runs) = (0, 200);
        for seed in 0..runs {
            let (x, y) = (
                cloud(400, 4, 2 * seed, 0.0),
                cloud(300, 4, 2 * seed + 1, 0.5),
            );
            let figure = shift(&x, &y, 4).statistic;
            held += usize::from(figure.low.unwrap() <= 0.25 && 0.25 <= figure.high.unwrap());
        }
        assert!((180..=199).contains(&held), "{held}");
    }

    #[test]
    fn the_cosine_is_that_of_the_means() {
        let (x, y) = ([1.0, 0.0, 1.0, 0.0], [0.0, 2.0, 0.0, 2.0]);
        let made = cosine_shift(&Vectors::new(&x, 2), &Vectors::new(&y, 2));
        assert!((made.effect.unwrap() - 1.0).abs() < 1e-12);
        let (x, y) = (cloud(500, 3, 1, 0.5), cloud(500, 3, 2, 0.5));
        let same = cosine_shift(&Vectors::new(&x, 3), &Vectors::new(&y, 3)).statistic;
        assert!(
            same.low.unwrap() <= 0.0 && same.high.unwrap() < 0.1,
            "{same:?}"
        );
        let y = cloud(500, 3, 2, -0.5);
        let turned = cosine_shift(&Vectors::new(&x, 3), &Vectors::new(&y, 3)).statistic;
        assert!(turned.low.unwrap() > 0.3, "{turned:?}");
    }

    #[test]
    fn what_cannot_be_told_says_why() {
        assert_eq!(shift(&[], &[1.0], 1).statistic.status.name(), "too_few");
        assert_eq!(
            shift(&[1.0; 4], &[2.0; 4], 1).statistic.status.name(),
            "undefined"
        );
        let equal = shift(&[1.0; 4], &[1.0; 4], 1);
        assert_eq!((equal.effect, equal.p_value), (Some(0.0), Some(1.0)));
        let vast = [1e300, -1e300, 1e300, 0.0];
        let made = centroid_shift(&Vectors::new(&vast, 1), &Vectors::new(&vast, 1));
        assert_eq!(made.statistic.status.name(), "undefined");
        let zero = cosine_shift(&Vectors::new(&[0.0; 4], 2), &Vectors::new(&[1.0; 4], 2));
        assert_eq!(zero.statistic.status.name(), "undefined");
    }
}

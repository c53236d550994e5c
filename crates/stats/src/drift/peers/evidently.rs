//! Evidently's tests of a column and its drift preset (version 0.7).
//!
//! Infinities count as missing and missing values are dropped, as it does before it chooses a test. The size of the
//! current sample plays no part in its choice or its thresholds.

use super::arrays::{jensen_shannon, shares, sum};
use crate::drift::binned::{histogram, spaced};
use crate::drift::numeric::ks;
use crate::drift::verdict::steps;
use crate::law::{chi2_sf, normal_sf};
use crate::sample::{Sorted, Tally, aligned};

/// References of at most so many rows get tests, larger ones distances.
const SMALL_MAX: u64 = 1_000;
/// Numbers of so few distinct values are compared as categories by default.
const FEW_MAX: usize = 5;
/// References of so few distinct values are binned by value.
const BY_VALUE_MAX: usize = 20;
/// Shares of zero become this, in PSI and KL.
const FILL: f64 = 1e-4;
/// The least standard deviation that a distance is divided by.
const SPREAD_MIN: f64 = 0.001;
/// The share of drifted columns from which on a data set has drifted.
pub const DRIFT_SHARE: f64 = 0.5;

/// One column of one side.
#[derive(Debug, Clone, Copy)]
pub enum Feature<'a> {
    /// A numerical column.
    Numerical {
        /// Its values.
        values: &'a Sorted,
        /// Whether its type is one of whole numbers, whose bins are at least 1 wide.
        whole: bool,
    },
    /// A categorical column.
    Categorical(&'a Tally),
}

impl Feature<'_> {
    fn n(&self) -> u64 {
        match self {
            Feature::Numerical { values, .. } => values.n(),
            Feature::Categorical(tally) => tally.n(),
        }
    }
}

/// A test of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "they are called as the peer calls them")]
pub enum Test {
    Psi,
    JensenShannon,
    KlDiv,
    Hellinger,
    Wasserstein,
    Ks,
    Energy,
    ChiSquare,
    Z,
}

/// What a test says.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Score {
    /// The test.
    pub test: Test,
    /// A distance or a p-value.
    pub score: f64,
    /// The threshold it was held against.
    pub threshold: f64,
    /// Whether the column has drifted by it.
    pub drifted: bool,
}

impl Test {
    /// All tests.
    pub const ALL: [Test; 9] = [
        Test::Psi,
        Test::JensenShannon,
        Test::KlDiv,
        Test::Hellinger,
        Test::Wasserstein,
        Test::Ks,
        Test::Energy,
        Test::ChiSquare,
        Test::Z,
    ];

    /// The name it is asked for by.
    pub const fn name(self) -> &'static str {
        match self {
            Test::Psi => "psi",
            Test::JensenShannon => "jensenshannon",
            Test::KlDiv => "kl_div",
            Test::Hellinger => "hellinger",
            Test::Wasserstein => "wasserstein",
            Test::Ks => "ks",
            Test::Energy => "ed",
            Test::ChiSquare => "chisquare",
            Test::Z => "z",
        }
    }

    /// The name it is shown by when it was chosen by default.
    pub const fn display_name(self) -> &'static str {
        match self {
            Test::Psi => "PSI",
            Test::JensenShannon => "Jensen-Shannon distance",
            Test::KlDiv => "Kullback-Leibler divergence",
            Test::Hellinger => "Hellinger distance",
            Test::Wasserstein => "Wasserstein distance (normed)",
            Test::Ks => "K-S p_value",
            Test::Energy => "Energy-distance",
            Test::ChiSquare => "chi-square p_value",
            Test::Z => "Z-test p_value",
        }
    }

    /// The test of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|test| test.name() == name)
    }

    /// 0.05 for p-values, 0.1 for distances.
    pub const fn threshold(self) -> f64 {
        match self {
            Test::Ks | Test::ChiSquare | Test::Z => 0.05,
            _ => 0.1,
        }
    }

    /// The test it takes by default: by the rows of the reference and the distinct values of both sides.
    pub fn default_for(reference: &Feature<'_>, current: &Feature<'_>) -> Self {
        let distinct = by_value(reference, current).len();
        let small = reference.n() <= SMALL_MAX;
        let numerical = matches!(reference, Feature::Numerical { .. }) && distinct > FEW_MAX;
        match (numerical, small) {
            (true, true) => Test::Ks,
            (true, false) => Test::Wasserstein,
            (false, false) => Test::JensenShannon,
            (false, true) if distinct > 2 => Test::ChiSquare,
            (false, true) => Test::Z,
        }
    }

    /// Its score. `None` if a side has no values, or if the test is one of numbers and the column has none.
    pub fn score(
        self,
        reference: &Feature<'_>,
        current: &Feature<'_>,
        threshold: Option<f64>,
    ) -> Option<Score> {
        if reference.n() == 0 || current.n() == 0 {
            return None;
        }
        let threshold = threshold.unwrap_or(self.threshold());
        let score = match self {
            Test::Psi => psi(reference, current),
            Test::JensenShannon => {
                let (r, c) = percents(reference, current, false);
                jensen_shannon(&r, &c, None)
            }
            Test::KlDiv => kl_div(reference, current),
            Test::Hellinger => hellinger(reference, current),
            Test::ChiSquare => chi_square(reference, current),
            Test::Z => z(reference, current),
            Test::Wasserstein | Test::Ks | Test::Energy => {
                let (Feature::Numerical { values: a, .. }, Feature::Numerical { values: b, .. }) =
                    (reference, current)
                else {
                    return None;
                };
                self.of_numbers(a, b)
            }
        };
        let drifted = match self {
            Test::Ks => score <= threshold,
            Test::ChiSquare | Test::Z => score < threshold,
            Test::Energy => score > threshold,
            _ => score >= threshold,
        };
        Some(Score {
            test: self,
            score,
            threshold,
            drifted,
        })
    }

    fn of_numbers(self, a: &Sorted, b: &Sorted) -> f64 {
        let (n, m) = (a.n() as f64, b.n() as f64);
        let (mut first, mut second) = (0.0, 0.0);
        match self {
            Test::Ks => ks(a, b).p_value.unwrap_or(1.0),
            _ => {
                steps(a, b, |gap, i, j| {
                    let off = (i as f64 / n - j as f64 / m).abs();
                    first += off * gap;
                    second += off * off * gap;
                });
                match self {
                    Test::Energy => 2.0_f64.sqrt() * second.sqrt(),
                    _ => first / (a.moments().m2 / n).sqrt().max(SPREAD_MIN),
                }
            }
        }
    }
}

/// Rows of both sides by distinct value: numbers ascending, categories by name.
fn by_value(reference: &Feature<'_>, current: &Feature<'_>) -> Vec<(u64, u64)> {
    match (reference, current) {
        (Feature::Numerical { values: a, .. }, Feature::Numerical { values: b, .. }) => {
            let (mut pairs, mut before) = (Vec::new(), (0, 0));
            steps(a, b, |_, i, j| {
                pairs.push((i - before.0, j - before.1));
                before = (i, j);
            });
            pairs
        }
        (Feature::Categorical(a), Feature::Categorical(b)) => {
            let (a, b) = aligned(a, b);
            a.into_iter().zip(b).filter(|(a, b)| a + b > 0).collect()
        }
        // No number is a category.
        (a, b) => vec![(a.n(), 0), (0, b.n())],
    }
}

/// NumPy's Sturges edges over `n` values from `low` to `high`.
fn sturges(low: f64, high: f64, n: f64, whole: bool) -> Vec<f64> {
    let span = high - low;
    if span <= 0.0 {
        return spaced(low - 0.5, high + 0.5, 1);
    }
    let width = span / (n.log2() + 1.0);
    let width = if whole { width.max(1.0) } else { width };
    let bins = (span / width).ceil();
    spaced(low, high, if bins.is_finite() { bins as usize } else { 1 })
}

fn ends(a: &Sorted, b: &Sorted) -> (f64, f64) {
    let low = [a.values().first(), b.values().first()];
    let high = [a.values().last(), b.values().last()];
    let pick = |of: [Option<&f64>; 2], by: fn(f64, f64) -> f64| {
        of.into_iter().flatten().copied().reduce(by).unwrap_or(0.0)
    };
    (pick(low, f64::min), pick(high, f64::max))
}

/// The shares of both sides: by value, or on Sturges' bins of both together for numbers of which the reference has
/// more than twenty distinct.
fn percents(reference: &Feature<'_>, current: &Feature<'_>, fill: bool) -> (Vec<f64>, Vec<f64>) {
    let (n, m) = (reference.n(), current.n());
    let (mut r, mut c) = match (reference, current) {
        (
            Feature::Numerical { values: a, whole },
            Feature::Numerical {
                values: b,
                whole: also,
            },
        ) if a.distinct(BY_VALUE_MAX) > BY_VALUE_MAX => {
            let (low, high) = ends(a, b);
            let edges = sturges(low, high, (n + m) as f64, *whole && *also);
            (
                shares(&histogram(a, &edges), n),
                shares(&histogram(b, &edges), m),
            )
        }
        _ => {
            let (a, b): (Vec<u64>, Vec<u64>) = by_value(reference, current).into_iter().unzip();
            (shares(&a, n), shares(&b, m))
        }
    };
    if fill {
        fill_zeros(&mut r);
        fill_zeros(&mut c);
    }
    (r, c)
}

/// Zeros become 0.0001, or a millionth of the smallest other share where that is no larger.
fn fill_zeros(shares: &mut [f64]) {
    let others = shares.iter().copied().filter(|x| *x > 0.0);
    let least = others.reduce(f64::min).unwrap_or(1.0);
    let fill = if least <= FILL { least / 1e6 } else { FILL };
    for share in shares.iter_mut().filter(|x| **x <= 0.0) {
        *share = fill;
    }
}

fn psi(reference: &Feature<'_>, current: &Feature<'_>) -> f64 {
    let (r, c) = percents(reference, current, true);
    let terms: Vec<f64> = r
        .iter()
        .zip(&c)
        .map(|(r, c)| (r - c) * (r / c).ln())
        .collect();
    sum(&terms)
}

fn kl_div(reference: &Feature<'_>, current: &Feature<'_>) -> f64 {
    let (r, c) = percents(reference, current, true);
    let (r_sum, c_sum) = (sum(&r), sum(&c));
    let pairs = r.iter().zip(&c).map(|(r, c)| (r / r_sum, c / c_sum));
    let terms: Vec<f64> = pairs.map(|(r, c)| r * (r / c).ln()).collect();
    sum(&terms)
}

fn hellinger(reference: &Feature<'_>, current: &Feature<'_>) -> f64 {
    let (n, m) = (reference.n(), current.n());
    let overlap: f64 = match (reference, current) {
        (Feature::Numerical { values: a, whole }, Feature::Numerical { values: b, .. }) => {
            let (low, high) = ends(a, b);
            let distinct = by_value(reference, current).len() as f64;
            let edges = sturges(low, high, distinct, *whole);
            let (Some(first), Some(last)) = (edges.first(), edges.last()) else {
                return 0.0;
            };
            let mean_width = (last - first) / (edges.len() - 1) as f64;
            let density = |rows: u64, width: f64, all: u64| rows as f64 / width / all as f64;
            let rows = histogram(a, &edges).into_iter().zip(histogram(b, &edges));
            let bins = rows.zip(edges.windows(2).map(|pair| pair[1] - pair[0]));
            bins.map(|((a, b), width)| {
                (density(a, width, n) * density(b, width, m)).sqrt() * mean_width
            })
            .fold(0.0, |sum, x| sum + x)
        }
        _ => by_value(reference, current)
            .into_iter()
            .map(|(a, b)| (a as f64 / n as f64 * (b as f64 / m as f64)).sqrt())
            .fold(0.0, |sum, x| sum + x),
    };
    (1.0 - overlap.clamp(0.0, 1.0)).sqrt()
}

/// Goodness of fit of the current counts to the reference's: the reference is taken as exact, and one row of a
/// value that it has not gives p = 0. A single value on both sides gives 1.
fn chi_square(reference: &Feature<'_>, current: &Feature<'_>) -> f64 {
    let scale = current.n() as f64 / reference.n() as f64;
    let pairs = by_value(reference, current);
    let terms: Vec<f64> = pairs
        .iter()
        .map(|(a, b)| {
            let expected = *a as f64 * scale;
            (*b as f64 - expected).powi(2) / expected
        })
        .collect();
    let statistic = sum(&terms);
    match pairs.len() {
        0 | 1 => 1.0,
        _ if statistic.is_infinite() => 0.0,
        bins => chi2_sf(statistic, (bins - 1) as f64),
    }
}

/// The share of all but the first value, pooled and two-sided; as it subtracts from 1, p below 1e-16 is 0.
fn z(reference: &Feature<'_>, current: &Feature<'_>) -> f64 {
    let pairs = by_value(reference, current);
    let (Some((a, b)), true) = (pairs.first(), pairs.len() > 1) else {
        return 1.0;
    };
    let (n, m) = (reference.n() as f64, current.n() as f64);
    let (p, q) = ((n - *a as f64) / n, (m - *b as f64) / m);
    let pooled = (p * n + q * m) / (n + m);
    let z = (p - q) / (pooled * (1.0 - pooled) * (1.0 / n + 1.0 / m)).sqrt();
    2.0 * (1.0 - (1.0 - normal_sf(z.abs())))
}

/// What the drift preset says of a data set.
#[derive(Debug, Clone, PartialEq)]
pub struct DataDrift {
    /// Each column's score, `None` where there is none, in the order given.
    pub columns: Vec<Option<Score>>,
    /// Columns that have drifted.
    pub count: usize,
    /// Their share.
    pub share: f64,
    /// Whether the data set has: whether the share is at least [`DRIFT_SHARE`], or what was asked for.
    pub drifted: bool,
}

/// The drift preset over columns, reference and current, by default tests or by `test` for all.
pub fn data_drift(
    columns: &[(Feature<'_>, Feature<'_>)],
    test: Option<Test>,
    drift_share: f64,
) -> DataDrift {
    let score = |(reference, current): &(Feature<'_>, Feature<'_>)| {
        let test = test.unwrap_or_else(|| Test::default_for(reference, current));
        test.score(reference, current, None)
    };
    let scores: Vec<Option<Score>> = columns.iter().map(score).collect();
    let count = scores.iter().flatten().filter(|s| s.drifted).count();
    let share = if scores.is_empty() {
        0.0
    } else {
        count as f64 / scores.len() as f64
    };
    DataDrift {
        columns: scores,
        count,
        share,
        drifted: share >= drift_share,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_sample_makes_a_test_panic_and_empty_ones_have_no_score() {
        let samples = [
            Sorted::default(),
            Sorted::new([1.0]),
            Sorted::new([1.0, 1e300, -1e308]),
            Sorted::new((0..50).map(f64::from)),
        ];
        let tally = Tally::new([("a".into(), 3), ("b".into(), 0)], 1);
        for test in Test::ALL {
            assert_eq!(Test::named(test.name()), Some(test));
            for a in &samples {
                let of = |values| Feature::Numerical {
                    values,
                    whole: false,
                };
                for b in &samples {
                    let told = test.score(&of(a), &of(b), None);
                    assert_eq!(told.is_none(), a.n() == 0 || b.n() == 0);
                }
                test.score(&of(a), &Feature::Categorical(&tally), None);
            }
        }
        assert!(!data_drift(&[], None, DRIFT_SHARE).drifted);
    }
}

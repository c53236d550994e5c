//! NannyML's drift of single columns by chunk (version 0.13).
//!
//! Missing values are dropped. Reference chunks are scored against the very reference that they are part of, as it
//! does; thresholds are mean + 3 standard deviations (population) of their values.

use super::arrays::{jensen_shannon as distance, shares, sum};
use crate::drift::binned::{WidthRule, histogram, spaced};
use crate::drift::categorical::{Contingency, Deviance, contingency};
use crate::drift::verdict::steps;
use crate::error::{Error, Result};
use crate::sample::{Sorted, Tally, aligned};
use arrow::array::{Array, ArrayRef};

/// References of so many values have Kolmogorov–Smirnov and Wasserstein estimated on bins.
const EXACT_BELOW: u64 = 10_000;
/// As many bins of equal width.
const ESTIMATE_BINS: usize = 10_000;
/// Bins of Doane's rule at most.
const DOANE_MAX: usize = 1_000_000;
/// A chi-square statistic of a smaller p-value alerts, whatever its threshold.
const CHI2_P: f64 = 0.05;
/// Standard deviations above the mean of reference chunks.
const DEVIATIONS: f64 = 3.0;

/// A method.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "they are called as the peer calls them")]
pub enum Method {
    JensenShannon,
    Hellinger,
    KolmogorovSmirnov,
    Wasserstein,
    Chi2,
    LInfinity,
}

impl Method {
    /// The method of this name, e.g. `jensen_shannon`.
    pub fn named(name: &str) -> Option<Self> {
        Some(match name {
            "jensen_shannon" => Method::JensenShannon,
            "hellinger" => Method::Hellinger,
            "kolmogorov_smirnov" => Method::KolmogorovSmirnov,
            "wasserstein" => Method::Wasserstein,
            "chi2" => Method::Chi2,
            "l_infinity" => Method::LInfinity,
            _ => return None,
        })
    }
}

/// Whether Kolmogorov–Smirnov and Wasserstein are exact.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Calculation {
    /// Exact below 10,000 values of the reference.
    Auto,
    /// Always.
    Exact,
    /// Never.
    Estimated,
}

/// A method of numbers, fitted to a reference.
#[derive(Debug, Clone, PartialEq)]
pub enum Continuous {
    /// Jensen–Shannon or Hellinger on Doane's bins.
    Binned {
        /// Which of the two.
        method: Method,
        /// The edges.
        edges: Vec<f64>,
        /// The reference's share of each bin.
        shares: Vec<f64>,
    },
    /// Kolmogorov–Smirnov or Wasserstein, exact.
    Exact {
        /// Which of the two.
        method: Method,
        /// The reference.
        reference: Sorted,
    },
    /// Kolmogorov–Smirnov or Wasserstein on 10,000 bins of equal width.
    Estimated {
        /// Which of the two.
        method: Method,
        /// The edges.
        edges: Vec<f64>,
        /// The reference's share up to the end of each bin.
        cumulated: Vec<f64>,
    },
}

impl Continuous {
    /// Fits `method` to a reference. `None` for a method of categories or without values.
    pub fn fit(method: Method, reference: &Sorted, calculation: Calculation) -> Option<Self> {
        let (n, values) = (reference.n(), reference.values());
        let (low, high) = (*values.first()?, *values.last()?);
        let binned = |edges: &[f64]| shares(&histogram(reference, edges), n);
        let exact = match calculation {
            Calculation::Auto => n < EXACT_BELOW,
            Calculation::Exact => true,
            Calculation::Estimated => false,
        };
        Some(match method {
            Method::JensenShannon | Method::Hellinger => {
                let edges = WidthRule::Doane.edges(reference, false, DOANE_MAX);
                Continuous::Binned {
                    method,
                    shares: binned(&edges),
                    edges,
                }
            }
            Method::KolmogorovSmirnov | Method::Wasserstein if exact => Continuous::Exact {
                method,
                reference: reference.clone(),
            },
            Method::KolmogorovSmirnov | Method::Wasserstein => {
                let edges = if low < high || method == Method::KolmogorovSmirnov {
                    spaced(low, high, ESTIMATE_BINS)
                } else {
                    spaced(low - 0.5, high + 0.5, ESTIMATE_BINS)
                };
                Continuous::Estimated {
                    method,
                    cumulated: cumulated(&binned(&edges), 0.0),
                    edges,
                }
            }
            Method::Chi2 | Method::LInfinity => return None,
        })
    }

    /// The method's value for a chunk; `None` without values.
    pub fn value(&self, chunk: &Sorted) -> Option<f64> {
        if chunk.n() == 0 {
            return None;
        }
        Some(match self {
            Continuous::Binned {
                method,
                edges,
                shares: reference,
            } => {
                let chunk = shares(&histogram(chunk, edges), chunk.n());
                on_bins(*method, reference.clone(), chunk)
            }
            Continuous::Exact { method, reference } => exact(*method, reference, chunk),
            Continuous::Estimated {
                method: Method::Wasserstein,
                edges,
                cumulated,
            } => estimated_wasserstein(edges, cumulated, chunk),
            Continuous::Estimated {
                edges,
                cumulated: reference,
                ..
            } => {
                let n = chunk.n();
                let first = edges.first().copied().unwrap_or(0.0);
                let below = chunk.values().partition_point(|x| *x < first) as f64 / n as f64;
                let inside = cumulated(&shares(&histogram(chunk, edges), n), 0.0);
                let gaps = reference.iter().zip(&inside);
                gaps.map(|(r, c)| (r - (below + c)).abs())
                    .fold(0.0, f64::max)
            }
        })
    }
}

fn cumulated(shares: &[f64], from: f64) -> Vec<f64> {
    let mut all = 0.0;
    let add = |share: &f64| {
        all += share;
        all + from
    };
    shares.iter().map(add).collect()
}

/// What the bins leave over of the chunk becomes one more bin that the reference has not.
fn on_bins(method: Method, mut reference: Vec<f64>, mut chunk: Vec<f64>) -> f64 {
    let left = 1.0 - sum(&chunk);
    if left > 0.0 {
        chunk.push(left);
        reference.push(0.0);
    }
    if method == Method::JensenShannon {
        return distance(&reference, &chunk, Some(2.0));
    }
    let pairs = reference.iter().zip(&chunk);
    let squares: Vec<f64> = pairs.map(|(r, c)| (r.sqrt() - c.sqrt()).powi(2)).collect();
    sum(&squares).sqrt() / 2.0_f64.sqrt()
}

fn exact(method: Method, reference: &Sorted, chunk: &Sorted) -> f64 {
    let (n, m) = (reference.n() as f64, chunk.n() as f64);
    let (mut largest, mut area) = (0.0_f64, 0.0);
    steps(reference, chunk, |gap, i, j| {
        let off = (i as f64 / n - j as f64 / m).abs();
        largest = largest.max(off);
        area += off * gap;
    });
    if method == Method::Wasserstein {
        area
    } else {
        largest
    }
}

/// Its tail terms count one row too many.
fn estimated_wasserstein(edges: &[f64], reference: &[f64], chunk: &Sorted) -> f64 {
    let (Some(first), Some(second), Some(last)) = (edges.first(), edges.get(1), edges.last())
    else {
        return 0.0;
    };
    let (values, n) = (chunk.values(), chunk.n() as f64);
    let below = &values[..values.partition_point(|x| x < first)];
    let above = &values[values.partition_point(|x| x <= last)..];
    let amount = |tail: &[f64]| match tail.len() {
        0 => 0.0,
        rows => (rows + 1) as f64 / n,
    };
    let with_first: Vec<f64> = below.iter().chain([first]).copied().collect();
    let with_last: Vec<f64> = [last].into_iter().chain(above).copied().collect();
    let area_below = area(&with_first, |share| share) * amount(below);
    let area_above = area(&with_last, |share| 1.0 - share) * amount(above);
    let inside = cumulated(&shares(&histogram(chunk, edges), chunk.n()), amount(below));
    let width = second - first;
    let off = reference.iter().zip(&inside);
    let within: Vec<f64> = off.map(|(r, c)| (r - c).abs() * width).collect();
    sum(&within) + area_below + area_above
}

/// The sum over the gaps between distinct ascending values of the gap times `height` of the share of values up to it.
fn area(values: &[f64], height: impl Fn(f64) -> f64) -> f64 {
    let pairs = values.windows(2).enumerate();
    let terms =
        pairs.map(|(at, pair)| height((at + 1) as f64 / values.len() as f64) * (pair[1] - pair[0]));
    terms.sum()
}

/// The reference's categories with their shares on both sides.
fn on_categories(method: Method, reference: &Tally, chunk: &Tally) -> Option<f64> {
    if reference.n() == 0 || chunk.n() == 0 {
        return None;
    }
    let known = reference.counts().iter().filter(|(_, rows)| *rows > 0);
    let (r, c): (Vec<u64>, Vec<u64>) = known.map(|(name, rows)| (*rows, chunk.of(name))).unzip();
    Some(on_bins(
        method,
        shares(&r, reference.n()),
        shares(&c, chunk.n()),
    ))
}

/// Jensen–Shannon distance, base 2, on the reference's categories; unseen ones are one more bin.
pub fn jensen_shannon(reference: &Tally, chunk: &Tally) -> Option<f64> {
    on_categories(Method::JensenShannon, reference, chunk)
}

/// Hellinger distance on the reference's categories; unseen ones are one more bin.
pub fn hellinger(reference: &Tally, chunk: &Tally) -> Option<f64> {
    on_categories(Method::Hellinger, reference, chunk)
}

/// The largest difference of the shares of a category.
pub fn l_infinity(reference: &Tally, chunk: &Tally) -> Option<f64> {
    let (n, m) = (reference.n() as f64, chunk.n() as f64);
    if n <= 0.0 || m <= 0.0 {
        return None;
    }
    let (a, b) = aligned(reference, chunk);
    let off = a.iter().zip(&b);
    off.map(|(a, b)| (*a as f64 / n - *b as f64 / m).abs())
        .reduce(f64::max)
}

/// The contingency test of raw counts, with Yates' correction for two categories.
pub fn chi2(reference: &Tally, chunk: &Tally) -> Option<Contingency> {
    let (a, b) = aligned(reference, chunk);
    contingency(&a, &b, Deviance::Pearson, true)
}

/// How rows are cut into chunks; what is left over is a chunk of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Chunks {
    /// So many rows each.
    Size(usize),
    /// As many rows each as make so many chunks; what the division leaves over is one more.
    Count(usize),
}

impl Chunks {
    /// Ten, its default.
    pub const DEFAULT: Chunks = Chunks::Count(10);

    fn of(self, array: &ArrayRef) -> Vec<ArrayRef> {
        let rows = array.len();
        let size = match self {
            Chunks::Size(size) => size,
            Chunks::Count(count) => rows / count.max(1),
        };
        let size = size.max(1);
        let starts = (0..rows).step_by(size);
        starts
            .map(|from| array.slice(from, size.min(rows - from)))
            .collect()
    }
}

/// A column monitored by chunks.
#[derive(Debug, Clone, PartialEq)]
pub struct Univariate {
    /// The value of each analysis chunk; `None` of one without values.
    pub values: Vec<Option<f64>>,
    /// What values above alert; `None` for chi-square, which alerts on p < 0.05.
    pub upper_threshold: Option<f64>,
    /// Whether each analysis chunk alerts.
    pub alerts: Vec<bool>,
    /// Whether each reference chunk alerts.
    pub reference_alerts: Vec<bool>,
}

impl Univariate {
    /// Alerts of both periods: what its ranking counts.
    pub fn alert_count(&self) -> usize {
        let all = self.alerts.iter().chain(&self.reference_alerts);
        all.filter(|alert| **alert).count()
    }
}

/// Monitors a column of numbers, as continuous.
///
/// # Errors
/// If the column has no numbers, or the method is one of categories.
pub fn continuous(
    method: Method,
    reference: &ArrayRef,
    analysis: &ArrayRef,
    chunks: Chunks,
) -> Result<Univariate> {
    let fitted = Continuous::fit(method, &Sorted::from_array(reference)?, Calculation::Auto);
    let fitted = fitted.ok_or_else(|| foreign(reference))?;
    let values = |array: &ArrayRef| -> Result<Vec<Option<f64>>> {
        let parts = chunks.of(array).into_iter();
        parts
            .map(|part| Ok(fitted.value(&Sorted::from_array(&part)?)))
            .collect()
    };
    let limit = (method == Method::KolmogorovSmirnov).then_some(1.0);
    Ok(held(values(reference)?, values(analysis)?, limit))
}

/// Monitors a column as categorical.
///
/// # Errors
/// If its values cannot be spelled, or the method is one of numbers.
pub fn categorical(
    method: Method,
    reference: &ArrayRef,
    analysis: &ArrayRef,
    chunks: Chunks,
) -> Result<Univariate> {
    let whole = Tally::from_array(reference)?;
    let tallies = |array: &ArrayRef| -> Result<Vec<Tally>> {
        let parts = chunks.of(array).into_iter();
        parts.map(|part| Tally::from_array(&part)).collect()
    };
    let of: fn(&Tally, &Tally) -> Option<f64> = match method {
        Method::JensenShannon => jensen_shannon,
        Method::Hellinger => hellinger,
        Method::LInfinity => l_infinity,
        Method::Chi2 => |a, b| chi2(a, b).map(|table| table.statistic),
        Method::KolmogorovSmirnov | Method::Wasserstein => return Err(foreign(reference)),
    };
    let (before, parts) = (tallies(reference)?, tallies(analysis)?);
    let values = |parts: &[Tally]| parts.iter().map(|part| of(&whole, part)).collect();
    if method == Method::Chi2 {
        let p = |part: &Tally| chi2(&whole, part).is_some_and(|table| table.p_value < CHI2_P);
        return Ok(Univariate {
            values: values(&parts),
            upper_threshold: None,
            alerts: parts.iter().map(p).collect(),
            reference_alerts: before.iter().map(p).collect(),
        });
    }
    Ok(held(values(&before), values(&parts), None))
}

fn foreign(array: &ArrayRef) -> Error {
    Error::Column {
        ty: array.data_type().to_string(),
    }
}

fn held(reference: Vec<Option<f64>>, values: Vec<Option<f64>>, limit: Option<f64>) -> Univariate {
    let known: Vec<f64> = reference.iter().flatten().copied().collect();
    let n = known.len() as f64;
    let mean = sum(&known) / n;
    let squares: Vec<f64> = known.iter().map(|x| (x - mean) * (x - mean)).collect();
    let upper = mean + DEVIATIONS * (sum(&squares) / n).sqrt();
    let upper = limit.map_or(upper, |limit| upper.min(limit));
    let alert = |x: &Option<f64>| x.is_some_and(|x| x > upper);
    Univariate {
        alerts: values.iter().map(alert).collect(),
        reference_alerts: reference.iter().map(alert).collect(),
        upper_threshold: Some(upper).filter(|x| x.is_finite()),
        values,
    }
}

/// Columns by how many alerts they have ([`Univariate::alert_count`]), most first; among equals as they were given.
pub fn alert_count_rank<T>(mut alerts: Vec<(T, usize)>) -> Vec<(T, usize)> {
    alerts.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    alerts
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow::array::Float64Array;
    use std::sync::Arc;

    #[test]
    fn chunks_keep_what_is_left_over_and_empty_ones_have_no_value() {
        let column: ArrayRef = Arc::new(Float64Array::from_iter(
            (0..25).map(|i| (i < 20).then_some(f64::from(i))),
        ));
        let told = continuous(
            Method::KolmogorovSmirnov,
            &column,
            &column,
            Chunks::Size(10),
        );
        let told = told.unwrap();
        assert_eq!(told.values, [Some(0.5), Some(0.5), None]);
        assert_eq!(told.alerts, [false; 3]);
        assert_eq!(Chunks::DEFAULT.of(&column).len(), 13);
        assert!(continuous(Method::Chi2, &column, &column, Chunks::DEFAULT).is_err());
        let none: ArrayRef = Arc::new(Float64Array::new_null(3));
        assert!(continuous(Method::Wasserstein, &none, &column, Chunks::DEFAULT).is_err());
        assert!(categorical(Method::LInfinity, &none, &column, Chunks::DEFAULT).is_ok());
    }

    #[test]
    fn a_reference_of_one_value_is_estimated_without_a_panic() {
        let reference = Sorted::new([3.0, 3.0]);
        for method in [Method::KolmogorovSmirnov, Method::Wasserstein] {
            let fitted = Continuous::fit(method, &reference, Calculation::Estimated).unwrap();
            let value = fitted.value(&Sorted::new([2.0, 3.0, 9.0])).unwrap();
            assert!(value.is_finite(), "{method:?} {value}");
        }
    }
}

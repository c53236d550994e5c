//! Ranked items, query by query.

use super::interval::Mean;
use super::lists::{List, ListFormula};
use super::metric::{Formula, METRICS, Measured, Metric};
use super::order::{Windows, descending};
use crate::figure::Figure;

const NO_QUERIES: &str = "there are no queries";
const NONE_RELEVANT: &str = "no query has a relevant item";

/// Columns of scored items with their relevance, row by row. A column that is shorter than `relevance`
/// lacks its last rows.
#[derive(Debug, Clone, Copy, Default)]
pub struct RankedRows<'a> {
    /// The query of each item.
    pub queries: &'a [u32],
    /// Scores, higher first; NaN where one is missing. Equal scores count as the mean over their orders.
    pub scores: &'a [f64],
    /// Relevance, 0 for none; NaN, infinite or negative where it is missing.
    pub relevance: &'a [f64],
}

/// Performance of one window.
#[derive(Debug, Clone)]
pub struct Ranking {
    measured: Vec<Measured>,
    queries: u64,
    without: u64,
    left_out: u64,
}

/// An item in its window: query, key of its score, row.
type Item = (u32, u64, u32);

impl RankedRows<'_> {
    fn known(&self, row: usize) -> Option<Item> {
        let score = self.scores.get(row).filter(|s| !s.is_nan())?;
        let relevance = self.relevance.get(row)?;
        let is_known = relevance.is_finite() && *relevance >= 0.0;
        let query = *self.queries.get(row)?;
        is_known.then(|| (query, descending(*score), row as u32))
    }
}

impl Ranking {
    /// Of all rows as one window, cut at each of `cuts`.
    pub fn new(rows: &RankedRows<'_>, cuts: &[usize]) -> Self {
        let mut made = Self::windows(rows, 1, |_| 0, cuts);
        made.pop().unwrap_or_else(|| Self::of(rows, &mut [], cuts))
    }

    /// Of many windows: `window[row]` tells the window of a row, counted from 0 to below `windows`. Rows
    /// of other numbers, or without one, are of no window. Items of one query in two windows are two
    /// lists.
    pub fn by_window(
        rows: &RankedRows<'_>,
        window: &[u32],
        windows: usize,
        cuts: &[usize],
    ) -> Vec<Self> {
        let of = |row: usize| window.get(row).map_or(usize::MAX, |w| *w as usize);
        Self::windows(rows, windows, of, cuts)
    }

    fn windows(
        rows: &RankedRows<'_>,
        windows: usize,
        window: impl Fn(usize) -> usize,
        cuts: &[usize],
    ) -> Vec<Self> {
        let n = rows.relevance.len();
        let mut left_out = vec![0; windows];
        for row in (0..n).filter(|row| rows.known(*row).is_none()) {
            if let Some(count) = left_out.get_mut(window(row)) {
                *count += 1;
            }
        }
        let mut parts = Windows::new(n, windows, |row| Some((window(row), rows.known(row)?)));
        let each = parts.each_mut().zip(left_out);
        each.map(|(items, left_out)| Self {
            left_out,
            ..Self::of(rows, items, cuts)
        })
        .collect()
    }

    fn of(rows: &RankedRows<'_>, items: &mut [Item], cuts: &[usize]) -> Self {
        let wanted = wanted(cuts);
        let mut means = vec![Mean::default(); wanted.len()];
        let mut list = List::default();
        let (mut queries, mut without) = (0, 0);
        items.sort_unstable();
        for query in items.chunk_by(|a, b| a.0 == b.0) {
            list.fill(query.iter().map(|(_, key, row)| {
                let relevance = rows.relevance.get(*row as usize).copied();
                (*key, relevance.unwrap_or(0.0))
            }));
            queries += 1;
            without += u64::from(!list.has_relevant());
            for (mean, (_, formula, cut, _)) in means.iter_mut().zip(&wanted) {
                if let Some(x) = list.value(*formula, *cut) {
                    mean.row(x, 1.0);
                }
            }
        }
        let reason = if queries == 0 {
            NO_QUERIES
        } else {
            NONE_RELEVANT
        };
        let figure = |mean: &Mean| match mean.rows() {
            0 => Figure::undefined(reason, queries, "mean_se"),
            _ => mean.figure((0.0, 1.0)),
        };
        let measured = wanted.into_iter().zip(&means);
        let measured = measured
            .map(|((metric, _, _, name), mean)| Measured::named(metric, name, figure(mean)));
        Self {
            measured: measured.collect(),
            queries,
            without,
            left_out: 0,
        }
    }

    /// Queries, each one list.
    pub fn queries(&self) -> u64 {
        self.queries
    }

    /// Queries without a relevant item: NDCG, average precision and recall leave them out, the others
    /// take 0.
    pub fn without_relevant(&self) -> u64 {
        self.without
    }

    /// Items that were left out: no score, no relevance or no query.
    pub fn left_out(&self) -> u64 {
        self.left_out
    }

    /// Every metric of rankings at every cut, in the order of [`METRICS`]; their `n` are queries.
    pub fn figures(&self) -> &[Measured] {
        &self.measured
    }
}

/// Metrics with their formula, cut and name.
fn wanted(cuts: &[usize]) -> Vec<(&'static Metric, ListFormula, usize, String)> {
    let mut wanted = Vec::new();
    for metric in METRICS {
        for formula in metric.formulas {
            match formula {
                Formula::List(formula, true) => {
                    let stem = metric.name.trim_end_matches('k');
                    let cuts = cuts.iter().filter(|k| **k > 0);
                    wanted.extend(cuts.map(|k| (metric, *formula, *k, format!("{stem}{k}"))));
                }
                Formula::List(formula, false) => {
                    wanted.push((metric, *formula, usize::MAX, metric.name.to_owned()));
                }
                _ => {}
            }
        }
    }
    wanted
}

#[cfg(test)]
mod tests {
    use super::super::metric::figure;
    use super::*;

    #[test]
    fn queries_may_lie_scattered_and_lack_items() {
        let rows = RankedRows {
            queries: &[7, 3, 7, 3, 9, 7],
            scores: &[0.9, 0.1, 0.8, 0.7, 0.5, f64::NAN],
            relevance: &[0.0, 1.0, 1.0, 0.0, 0.0, 1.0],
        };
        let made = Ranking::new(&rows, &[1, 10]);
        assert_eq!(
            (made.queries(), made.without_relevant(), made.left_out()),
            (3, 1, 1)
        );
        let of = |name| figure(made.figures(), name).unwrap();
        assert!((of("mrr").value.unwrap() - 1.0 / 3.0).abs() < 1e-15 && of("mrr").n == 3);
        assert_eq!((of("map@10").value, of("map@10").n), (Some(0.5), 2));
        assert_eq!(of("hit@1").value, Some(0.0));
        let windows = Ranking::by_window(&rows, &[0, 1, 0, 1, 2, 0], 4, &[5]);
        assert_eq!(
            windows.iter().map(Ranking::queries).collect::<Vec<_>>(),
            [1, 1, 1, 0]
        );
        assert!(windows[3].figures().iter().all(|m| !m.figure.is_ok()));
    }
}

//! Which outcomes were known when, and how fast they come.

use crate::figure::Figure;
use crate::proportion::share;

/// Rows that tell outcomes, in any order. Columns are as long as the shortest.
#[derive(Debug, Clone, Copy, Default)]
pub struct OutcomeRows<'a> {
    /// The prediction that the outcome is of, counted from 0.
    pub predictions: &'a [u32],
    /// When it became known, in microseconds.
    pub known_at: &'a [i64],
    /// The outcome: a number, a class code, or 0 and 1. NaN takes an earlier one back.
    pub values: &'a [f64],
}

/// What was known at a time.
#[derive(Debug, Clone, PartialEq)]
pub struct Known {
    /// Latest outcome of each prediction; NaN where none is known.
    pub values: Vec<f64>,
    /// When the first outcome of each prediction became known; `None` where none did.
    pub first_at: Vec<Option<i64>>,
    /// Predictions whose outcome changed after it was first known.
    pub corrected: u64,
    /// Rows of later times, which do not count yet.
    pub later: u64,
    /// Rows of predictions that are not there.
    pub unmatched: u64,
    /// Share of predictions whose outcome is known.
    pub coverage: Figure,
}

impl OutcomeRows<'_> {
    fn rows(&self) -> impl Iterator<Item = (u32, i64, f64)> {
        let columns = self.predictions.iter().zip(self.known_at).zip(self.values);
        columns.map(|((prediction, at), value)| (*prediction, *at, *value))
    }
}

/// The latest outcome of each of `predictions` predictions as known at `as_of`, that moment included. Of
/// rows of one moment the last one counts.
///
/// Performance as known then and as known now are two calls with two times.
pub fn latest(rows: &OutcomeRows<'_>, predictions: usize, as_of: i64) -> Known {
    let mut values = vec![f64::NAN; predictions];
    let mut last_at = vec![i64::MIN; predictions];
    let mut first: Vec<Option<(i64, f64)>> = vec![None; predictions];
    let (mut later, mut unmatched) = (0, 0);
    for (prediction, at, value) in rows.rows() {
        let here = prediction as usize;
        if here >= predictions {
            unmatched += 1;
            continue;
        }
        if at > as_of {
            later += 1;
            continue;
        }
        if at >= last_at[here] {
            (values[here], last_at[here]) = (value, at);
        }
        if !value.is_nan() && first[here].is_none_or(|(earliest, _)| at <= earliest) {
            first[here] = Some((at, value));
        }
    }
    let known = values.iter().filter(|x| !x.is_nan()).count() as u64;
    let differs = |(first, last): (&Option<(i64, f64)>, &f64)| {
        first.is_some_and(|(_, value)| !value.total_cmp(last).is_eq())
    };
    let corrected = first
        .iter()
        .zip(&values)
        .filter(|pair| differs(*pair))
        .count();
    Known {
        first_at: first.iter().map(|f| f.map(|(at, _)| at)).collect(),
        corrected: corrected as u64,
        later,
        unmatched,
        coverage: share(known, predictions as u64),
        values,
    }
}

/// A point of the label-maturity curve.
#[derive(Debug, Clone, PartialEq)]
pub struct Matured {
    /// Time since the prediction, in microseconds.
    pub delay: i64,
    /// Of the predictions that are this old, the share whose outcome was known by then.
    pub share: Figure,
}

/// How fast outcomes come: for each delay the share of predictions whose first outcome was known by then,
/// among those that are at least this old at `as_of`, so that young ones do not count as slow.
///
/// `predicted_at` and `first_at` are by prediction, as in [`Known::first_at`]; of later times than `as_of`
/// neither counts. An outcome before its prediction has delay 0.
pub fn maturity(
    predicted_at: &[i64],
    first_at: &[Option<i64>],
    as_of: i64,
    delays: &[i64],
) -> Vec<Matured> {
    // Ages of all predictions; of those with an outcome its delay and their age.
    let mut ages = Vec::with_capacity(predicted_at.len());
    let mut known = Vec::new();
    for (row, at) in predicted_at
        .iter()
        .enumerate()
        .filter(|(_, at)| **at <= as_of)
    {
        let age = as_of.saturating_sub(*at);
        ages.push(age);
        let first = first_at.get(row).copied().flatten().filter(|t| *t <= as_of);
        known.extend(first.map(|first| (first.saturating_sub(*at).max(0), age)));
    }
    ages.sort_unstable();
    let at = |delay: &i64| {
        let old = ages.len() - ages.partition_point(|age| age < delay);
        let known = known.iter().filter(|(d, age)| d <= delay && age >= delay);
        Matured {
            delay: *delay,
            share: share(known.count() as u64, old as u64),
        }
    };
    delays.iter().map(at).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROWS: OutcomeRows<'_> = OutcomeRows {
        predictions: &[0, 1, 0, 2, 9, 1, 2],
        known_at: &[10, 10, 30, 20, 5, 10, 25],
        values: &[0.0, 1.0, 1.0, 5.0, 1.0, 0.0, f64::NAN],
    };

    #[test]
    fn what_is_known_depends_on_when_one_asks() {
        let then = latest(&ROWS, 4, 20);
        assert_eq!(then.values[..3], [0.0, 0.0, 5.0]);
        assert!(then.values[3].is_nan());
        assert_eq!(
            (then.later, then.unmatched, then.coverage.value),
            (2, 1, Some(0.75))
        );
        let now = latest(&ROWS, 4, 30);
        assert_eq!(now.values[..2], [1.0, 0.0]);
        assert!(now.values[2].is_nan(), "it was taken back");
        assert_eq!(now.coverage.value, Some(0.5));
        assert_eq!(now.first_at, [Some(10), Some(10), Some(20), None]);
        assert_eq!(latest(&ROWS, 0, 30).coverage.status.name(), "undefined");
    }

    #[test]
    fn young_predictions_do_not_count_as_slow() {
        let first = [Some(3), Some(12), None, None];
        let curve = maturity(&[0, 5, 10, 90], &first, 100, &[0, 5, 20, 1_000]);
        let of: Vec<_> = curve.iter().map(|m| (m.share.value, m.share.n)).collect();
        assert_eq!(of[0], (Some(0.0), 4));
        assert_eq!(of[1], (Some(0.25), 4));
        assert_eq!(of[2], (Some(2.0 / 3.0), 3));
        assert_eq!(of[3], (None, 0));
    }

    #[test]
    fn times_at_the_ends_of_what_can_be_do_no_harm() {
        let curve = maturity(
            &[i64::MIN, i64::MAX],
            &[Some(i64::MAX), None],
            i64::MAX,
            &[i64::MAX],
        );
        assert_eq!(curve[0].share.n, 1);
    }
}

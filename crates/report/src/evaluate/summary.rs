//! Plain figures of a column, the picture of both sides, and bands of a measure over windows.

use super::ready::Ready;
use crate::document::{Band, Frequent, Histogram, Scalar, Shares, Summary};
use crate::table::Kind;
use candor_contract::format_us;
use candor_stats::drift::is_few_valued;
use candor_stats::estimate::Band as Learnt;
use candor_stats::{Loose, Sorted, Tally};
use std::collections::BTreeMap;

/// Ranks that are told.
const RANKS: [(&str, f64); 7] = [
    ("0.01", 0.01),
    ("0.05", 0.05),
    ("0.25", 0.25),
    ("0.5", 0.5),
    ("0.75", 0.75),
    ("0.95", 0.95),
    ("0.99", 0.99),
];
/// Most values that are told by name.
const TOP: usize = 10;
/// Bins of a picture.
const BINS: usize = 30;
/// Codes of categories are fewer than this part of the values.
const FEW_PART: f64 = 0.05;
/// Categories of a picture.
const CATEGORIES: usize = 20;

/// Plain figures of one side.
pub(super) fn of(side: &Ready, kind: Kind) -> Summary {
    let plain = Summary {
        count: side.rows(),
        nulls: side.missing(),
        ..Summary::default()
    };
    match side {
        Ready::Opaque { .. } => plain,
        Ready::Words(tally) => Summary {
            distinct: Some(tally.counts().len() as u64),
            top: top(
                tally.counts().iter().map(|(word, n)| (word.clone(), *n)),
                side.rows(),
            ),
            ..plain
        },
        Ready::Numbers(sorted) => of_numbers(sorted, kind, plain),
        Ready::Loose(loose) => of_loose(loose, kind, plain),
    }
}

/// Whether numbers are codes of categories, as [`is_few_valued`] has it of sorted ones.
pub(super) fn is_few_valued_unsorted(loose: &Loose) -> bool {
    let few = loose.few().map(|few| few.len() as f64);
    few.is_some_and(|few| few < FEW_PART * loose.n() as f64)
}

/// What can be told without an order: neither ranks nor, of many values, how many differ.
fn of_loose(loose: &Loose, kind: Kind, plain: Summary) -> Summary {
    let moments = loose.moments();
    let numeric = kind != Kind::Time && moments.n > 0;
    let few = loose
        .few()
        .filter(|_| is_few_valued_unsorted(loose) || kind == Kind::Boolean);
    let counted = few
        .unwrap_or_default()
        .iter()
        .map(|(x, n)| spelled(kind, *x, *n));
    Summary {
        distinct: loose.few().map(|few| few.len() as u64),
        mean: numeric.then_some(moments.mean).filter(|x| x.is_finite()),
        std: moments.std().filter(|x| numeric && x.is_finite()),
        min: loose.bounds().map(|(min, _)| scalar(kind, min)),
        max: loose.bounds().map(|(_, max)| scalar(kind, max)),
        top: top(counted, plain.count),
        ..plain
    }
}

fn scalar(kind: Kind, x: f64) -> Scalar {
    match kind {
        Kind::Time => Scalar::Text(format_us(x as i64)),
        _ => Scalar::Number(x),
    }
}

fn spelled(kind: Kind, x: f64, rows: u64) -> (String, u64) {
    match kind {
        Kind::Boolean => ((x > 0.0).to_string(), rows),
        _ => (x.to_string(), rows),
    }
}

fn of_numbers(sorted: &Sorted, kind: Kind, plain: Summary) -> Summary {
    let values = sorted.values();
    let moments = sorted.moments();
    let numeric = kind != Kind::Time && moments.n > 0;
    let quantile = |(name, rank): &(&str, f64)| Some(((*name).to_owned(), sorted.quantile(*rank)?));
    let few = is_few_valued(sorted) || kind == Kind::Boolean;
    Summary {
        distinct: Some(sorted.distinct(usize::MAX) as u64),
        mean: numeric.then_some(moments.mean).filter(|x| x.is_finite()),
        std: moments.std().filter(|x| numeric && x.is_finite()),
        min: values.first().map(|x| scalar(kind, *x)),
        max: values.last().map(|x| scalar(kind, *x)),
        quantiles: if numeric {
            RANKS.iter().filter_map(quantile).collect()
        } else {
            BTreeMap::new()
        },
        top: if few {
            let counted = sorted.counted().into_iter();
            top(counted.map(|(x, n)| spelled(kind, x, n)), plain.count)
        } else {
            Vec::new()
        },
        ..plain
    }
}

fn top(counts: impl Iterator<Item = (String, u64)>, rows: u64) -> Vec<Frequent> {
    let mut all: Vec<(String, u64)> = counts.collect();
    all.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    all.truncate(TOP);
    let told = all.into_iter().map(|(value, count)| Frequent {
        value,
        count,
        share: count as f64 / rows.max(1) as f64,
    });
    told.collect()
}

/// Both sides in the same bins, which the reference alone makes; `None` without values there.
pub(super) fn histogram((before, now): (&Ready, &Ready)) -> Option<Histogram> {
    match (before, now) {
        (Ready::Numbers(a), Ready::Numbers(b))
            if is_few_valued(a) || a.distinct(CATEGORIES) <= 2 =>
        {
            let spelled = |side: &Sorted| {
                let counts = side.counted().into_iter();
                Tally::new(
                    counts.map(|(x, n)| (x.to_string(), n)),
                    side.rows() - side.n(),
                )
            };
            // Numbers stay in their order.
            let names = a
                .counted()
                .into_iter()
                .map(|(x, _)| x.to_string())
                .collect();
            Some(by_name(names, &spelled(a), &spelled(b)))
        }
        (Ready::Numbers(a), Ready::Numbers(b)) => by_range(a, b),
        (Ready::Words(a), Ready::Words(b)) => {
            let frequent = top(a.counts().iter().cloned(), a.rows());
            let mut all: Vec<(&str, u64)> =
                a.counts().iter().map(|(w, n)| (w.as_str(), *n)).collect();
            all.sort_by(|x, y| y.1.cmp(&x.1).then_with(|| x.0.cmp(y.0)));
            let names = all
                .iter()
                .take(CATEGORIES)
                .map(|(word, _)| (*word).to_owned());
            (!frequent.is_empty()).then(|| by_name(names.collect(), a, b))
        }
        _ => None,
    }
}

fn by_name(names: Vec<String>, a: &Tally, b: &Tally) -> Histogram {
    let shares = |side: &Tally| {
        let rows = side.rows().max(1) as f64;
        let bins: Vec<f64> = names
            .iter()
            .map(|name| side.of(name) as f64 / rows)
            .collect();
        let known: u64 = side
            .counts()
            .iter()
            .filter(|(word, _)| a.of(word) > 0)
            .map(|(_, n)| n)
            .sum();
        let own: u64 = names.iter().map(|name| side.of(name)).sum();
        Shares {
            bins,
            other: known.saturating_sub(own) as f64 / rows,
            unseen: (side.n() - known) as f64 / rows,
            missing: side.missing as f64 / rows,
            ..Shares::default()
        }
    };
    Histogram {
        reference: shares(a),
        current: shares(b),
        edges: None,
        categories: Some(names),
    }
}

/// Edges of equally wide bins over the middle of the reference, so that no outlier flattens the picture. Bins of
/// whole numbers hold equally many of them, without their right edge: others would show combs that are not in the data.
fn edges(a: &Sorted) -> Option<Edges> {
    let (low, high) = (a.quantile(0.005)?, a.quantile(0.995)?);
    let (low, high) = if low < high {
        (low, high)
    } else {
        (a.quantile(0.0)?, a.quantile(1.0)?)
    };
    if low < high && a.values().iter().all(|x| x.fract() == 0.0) {
        let (low, high) = (low.floor(), high.ceil());
        let step = ((high - low + 1.0) / BINS as f64).ceil();
        let end = low + step * ((high - low + 1.0) / step).ceil();
        let all = (0..=BINS).map(|i| low + step * i as f64);
        let edges = all.take_while(|edge| *edge <= end).collect();
        return (end.is_finite() && low + step > low).then_some(Edges { edges, whole: true });
    }
    let step = (high - low) / BINS as f64;
    let edge = |i: usize| {
        if i == BINS {
            high
        } else {
            low + step * i as f64
        }
    };
    let edges = (0..=BINS).map(edge).collect();
    (step > 0.0 && step.is_finite()).then_some(Edges {
        edges,
        whole: false,
    })
}

struct Edges {
    edges: Vec<f64>,
    whole: bool,
}

/// The shares of bins, and of what lies beyond them.
fn by_range(a: &Sorted, b: &Sorted) -> Option<Histogram> {
    let Edges { edges, whole } = edges(a)?;
    let high = *edges.last()?;
    let shares = |side: &Sorted| {
        let rows = side.rows().max(1) as f64;
        let values = side.values();
        let mut starts: Vec<usize> = edges
            .iter()
            .map(|e| values.partition_point(|x| x < e))
            .collect();
        // The last bin holds its right edge.
        if let Some(end) = starts.last_mut().filter(|_| !whole) {
            *end = values.partition_point(|x| *x <= high);
        }
        let first = starts.first().copied().unwrap_or(0);
        let last = starts.last().copied().unwrap_or(0);
        Shares {
            bins: starts
                .windows(2)
                .map(|pair| (pair[1] - pair[0]) as f64 / rows)
                .collect(),
            below: (first as u64 + side.below) as f64 / rows,
            above: ((values.len() - last) as u64 + side.above) as f64 / rows,
            missing: side.missing as f64 / rows,
            ..Shares::default()
        }
    };
    Some(Histogram {
        reference: shares(a),
        current: shares(b),
        edges: Some(edges),
        categories: None,
    })
}

/// The range that a measure keeps to in windows of the reference ([`Learnt::robust`]), within `range`. Open below
/// if only growth is bad; open on both sides for fewer than `least` windows.
pub(super) fn band(values: &[f64], least: usize, range: (f64, f64), above_only: bool) -> Band {
    let Some(middle) = Sorted::new(values.iter().copied()).quantile(0.5) else {
        return Band::default();
    };
    let learnt = Learnt::robust(values, range).filter(|band| band.windows >= least);
    Band {
        low: learnt.filter(|_| !above_only).map(|band| band.low),
        high: learnt.map(|band| band.high),
        middle: Some(middle),
        method: if learnt.is_some() {
            "median_mad"
        } else {
            "too_few_windows"
        }
        .to_owned(),
        windows: Some(values.len() as u64),
        needed: Some(least as u64),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_of_a_side_add_up_to_one() {
        let sum = |s: &Shares| {
            s.bins.iter().sum::<f64>() + s.outside().iter().map(|(_, x)| x).sum::<f64>()
        };
        let numbers = |n: u32, f: fn(u32) -> f64| Ready::Numbers(Sorted::new((0..n).map(f)));
        let words =
            |list: &[&str]| Ready::Words(Tally::new(list.iter().map(|w| ((*w).to_owned(), 3)), 1));
        let many: Vec<String> = (0..40).map(|i| format!("w{i}")).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        let cases = [
            (
                numbers(500, f64::from),
                numbers(700, |i| f64::from(i) * 2.0 - 9.0),
            ),
            (
                numbers(500, |i| f64::from(i % 3)),
                numbers(90, |i| f64::from(i % 4)),
            ),
            (
                numbers(500, f64::from),
                numbers(50, |i| if i % 2 == 0 { f64::NAN } else { f64::INFINITY }),
            ),
            (words(&["a", "b"]), words(&["b", "c"])),
            (words(&many), words(&many[30..])),
        ];
        for (before, now) in &cases {
            let histogram = histogram((before, now)).unwrap();
            for side in [&histogram.reference, &histogram.current] {
                assert!((sum(side) - 1.0).abs() < 1e-9, "{side:?}");
            }
        }
    }

    #[test]
    fn a_band_needs_enough_windows() {
        let values: Vec<f64> = (0..40).map(|i| 0.8 + f64::from(i % 5) * 0.01).collect();
        let told = band(&values, 20, (0.0, 1.0), false);
        assert!(
            told.low.unwrap() < 0.8 && told.high.unwrap() > 0.84,
            "{told:?}"
        );
        assert_eq!(band(&values[..5], 20, (0.0, 1.0), false).high, None);
    }
}

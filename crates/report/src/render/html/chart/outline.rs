//! Both sides of a histogram as steps.

use super::super::super::number;
use super::Short;
use crate::document::{Histogram, Shares};
use std::fmt::Write;

/// Shares below which a bar beside the bins is left out.
const SHARE_MIN: f64 = 0.000_5;

/// Edges along the width in [0, 1], and each side's heights: shares per mean width of a bin, so that equal
/// areas are equal shares.
#[derive(Debug, PartialEq)]
pub(super) struct Steps {
    pub(super) places: Vec<f64>,
    pub(super) reference: Vec<f64>,
    pub(super) current: Vec<f64>,
    /// The greatest height, of bars beside the bins too; positive.
    pub(super) highest: f64,
    /// Whether that is of a bar beside the bins.
    pub(super) is_beside: bool,
}

impl Steps {
    /// `None` if the histogram has no bins or its parts do not fit.
    pub(super) fn of(histogram: &Histogram) -> Option<Self> {
        let count = histogram.reference.bins.len();
        if count == 0 || histogram.current.bins.len() != count {
            return None;
        }
        let places = match &histogram.edges {
            Some(edges) => places(edges, count)?,
            None => (0..=count).map(|at| at as f64 / count as f64).collect(),
        };
        let heights = |shares: &Shares| -> Vec<f64> {
            let widths = places.windows(2).map(|pair| pair[1] - pair[0]);
            let height = |(share, width): (&f64, f64)| {
                let height = share / (width * count as f64);
                if height.is_finite() {
                    height.max(0.0)
                } else {
                    0.0
                }
            };
            shares.bins.iter().zip(widths).map(height).collect()
        };
        let (reference, current) = (heights(&histogram.reference), heights(&histogram.current));
        let beside = outside(histogram)
            .into_iter()
            .flat_map(|(_, before, now)| [before, now]);
        let bins = reference.iter().chain(&current).copied();
        let bins = bins.fold(0.0, f64::max);
        let highest = beside.fold(bins, f64::max);
        Some(Self {
            places,
            reference,
            current,
            highest: if highest > 0.0 { highest } else { 1.0 },
            is_beside: highest > bins,
        })
    }
}

fn places(edges: &[f64], count: usize) -> Option<Vec<f64>> {
    let (first, last) = (*edges.first()?, *edges.last()?);
    let span = last - first;
    let ascending = edges.windows(2).all(|pair| pair[0] < pair[1]);
    if edges.len() != count + 1 || !ascending || !span.is_finite() {
        return None;
    }
    Some(edges.iter().map(|edge| (edge - first) / span).collect())
}

/// What lies in no bin and is worth a bar: its word, the reference's share, the current one.
pub(in super::super) fn outside(histogram: &Histogram) -> Vec<(&'static str, f64, f64)> {
    let pairs = histogram
        .reference
        .outside()
        .into_iter()
        .zip(histogram.current.outside());
    pairs
        .map(|((word, before), (_, now))| (word, before, now))
        .filter(|(_, before, now)| before.max(*now) >= SHARE_MIN)
        .collect()
}

/// The bars below and above the bins in words, with their edge: `below 33.5`.
pub(in super::super) fn beyond(histogram: &Histogram, word: &str) -> Option<String> {
    let edge = edge(histogram, word)?;
    Some(format!("{word} {edge}"))
}

/// Where the bars below and above the bins begin.
pub(super) fn edge(histogram: &Histogram, word: &str) -> Option<String> {
    let edges = histogram.edges.as_deref()?;
    let (first, last) = (*edges.first()?, *edges.last()?);
    let edge = match word {
        "below" => first,
        "above" => last,
        _ => return None,
    };
    number::alike(&[Some(edge)], last - first).pop()
}

/// A step line over `places` scaled to `width` × `height`, `highest` at the top; as an area if `closed`.
pub(super) fn path(
    places: &[f64],
    heights: &[f64],
    highest: f64,
    (width, height): (f64, f64),
    closed: bool,
) -> String {
    let mut path = String::with_capacity(heights.len() * 14 + 16);
    let base = Short(height);
    // Writing to a string does not fail.
    let _ = write!(path, "M0 {base}");
    for (value, pair) in heights.iter().zip(places.windows(2)) {
        let top = height * (1.0 - (value / highest).clamp(0.0, 1.0));
        let _ = write!(
            path,
            "V{}H{}",
            rounded(top, height),
            rounded(pair[1] * width, width)
        );
    }
    let _ = write!(path, "V{base}");
    if closed {
        path.push('Z');
    }
    path
}

/// The same as bars with gaps between them, for values without an order.
pub(super) fn bars(
    places: &[f64],
    heights: &[f64],
    highest: f64,
    (width, height): (f64, f64),
) -> String {
    let mut path = String::with_capacity(heights.len() * 24);
    for (value, pair) in heights.iter().zip(places.windows(2)) {
        let gap = (pair[1] - pair[0]) * 0.12;
        let (left, right) = (pair[0] + gap, pair[1] - gap);
        let top = height * (1.0 - (value / highest).clamp(0.0, 1.0));
        // Writing to a string does not fail.
        let _ = write!(
            path,
            "M{} {}V{}H{}V{}",
            rounded(left * width, width),
            Short(height),
            rounded(top, height),
            rounded(right * width, width),
            Short(height)
        );
    }
    path
}

/// Whole numbers where the view is large, one decimal where it is small.
fn rounded(value: f64, size: f64) -> Short {
    let digits = if size >= 500.0 { 1.0 } else { 10.0 };
    Short((value * digits).round() / digits)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn histogram(edges: Option<Vec<f64>>, reference: &[f64], current: &[f64]) -> Histogram {
        let shares = |bins: &[f64]| Shares {
            bins: bins.into(),
            ..Shares::default()
        };
        Histogram {
            edges,
            categories: None,
            reference: shares(reference),
            current: shares(current),
        }
    }

    #[test]
    fn equal_areas_are_equal_shares() {
        let steps = Steps::of(&histogram(
            Some(vec![0.0, 1.0, 4.0]),
            &[0.5, 0.5],
            &[0.2, 0.8],
        ))
        .unwrap();
        assert_eq!(steps.places, [0.0, 0.25, 1.0]);
        let areas = |heights: &[f64]| {
            let widths = steps.places.windows(2).map(|pair| pair[1] - pair[0]);
            heights
                .iter()
                .zip(widths)
                .map(|(h, w)| h * w * 2.0)
                .collect::<Vec<_>>()
        };
        for (area, share) in areas(&steps.current).iter().zip([0.2, 0.8]) {
            assert!((area - share).abs() < 1e-12);
        }
    }

    #[test]
    fn histograms_whose_parts_do_not_fit_have_no_steps() {
        for (edges, reference, current) in [
            (None, &[][..], &[][..]),
            (None, &[1.0], &[0.5, 0.5]),
            (Some(vec![0.0, 1.0]), &[0.5, 0.5], &[0.5, 0.5]),
            (Some(vec![0.0, 0.0, 1.0]), &[0.5, 0.5], &[0.5, 0.5]),
            (Some(vec![0.0, f64::INFINITY]), &[1.0], &[1.0]),
            (Some(vec![-1e308, 1e308]), &[1.0], &[1.0]),
            (Some(vec![f64::NAN, 1.0]), &[1.0], &[1.0]),
        ] {
            assert_eq!(Steps::of(&histogram(edges, reference, current)), None);
        }
    }

    #[test]
    fn steps_are_drawn_from_the_ground_up() {
        let places = [0.0, 0.5, 1.0];
        let drawn = path(&places, &[1.0, 0.5], 1.0, (100.0, 20.0), true);
        assert_eq!(drawn, "M0 20V0H50V10H100V20Z");
    }

    #[test]
    fn values_without_an_order_are_bars_of_their_own() {
        let drawn = bars(&[0.0, 0.5, 1.0], &[1.0, 0.5], 1.0, (100.0, 20.0));
        assert_eq!(drawn, "M6 20V0H44V20M56 20V10H94V20");
    }

    #[test]
    fn only_bars_that_can_be_seen_stand_beside_the_bins() {
        let mut both = histogram(None, &[1.0], &[0.9]);
        both.current.missing = 0.1;
        both.current.unseen = 0.000_01;
        assert_eq!(outside(&both), [("missing", 0.0, 0.1)]);
    }
}

//! Columns of features as bytes.

use super::Feature;
use crate::random::Random;

/// Bins of values; one more, the first, holds what is missing.
pub(super) const BINS_MAX: usize = 255;

/// Edges are learnt from so many rows at most.
const SAMPLE: usize = 200_000;

/// Rows that are written together, so that they stay in the cache.
const BLOCK: usize = 2_048;

/// The stream of chance that picks rows for edges.
const STREAM: u64 = u64::MAX;

/// How the values of each feature become bins.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Binning {
    columns: Vec<Edges>,
}

#[derive(Debug, Clone, PartialEq)]
enum Edges {
    /// Ascending; a value belongs to the bin after the edges below it.
    Number(Vec<f64>),
    /// Ascending codes, one bin each; what is none of them counts as missing.
    Category(Vec<f64>),
}

impl Edges {
    fn bin(&self, x: f64) -> u8 {
        let at = match self {
            Edges::Number(_) if x.is_nan() => return 0,
            Edges::Number(edges) => edges.partition_point(|edge| *edge < x),
            Edges::Category(codes) => match codes.binary_search_by(|c| c.total_cmp(&(x + 0.0))) {
                Ok(at) => at,
                Err(_) => return 0,
            },
        };
        // At most 254 edges or 255 codes.
        (at + 1) as u8
    }

    fn bins(&self) -> usize {
        match self {
            Edges::Number(edges) => edges.len() + 2,
            Edges::Category(codes) => codes.len() + 1,
        }
    }
}

impl Binning {
    /// Learnt from the first `rows` rows.
    pub(super) fn of(features: &[Feature<'_>], rows: usize, bins: usize, seed: u64) -> Self {
        let bins = bins.clamp(2, BINS_MAX);
        let sample = sample(rows, seed);
        let columns = features.iter().map(|feature| {
            let mut values: Vec<f64> = match &sample {
                Some(sample) => sample.iter().map(|&row| feature.at(row)).collect(),
                None => (0..rows).map(|row| feature.at(row)).collect(),
            };
            values.retain(|x| x.is_finite());
            values.iter_mut().for_each(|x| *x += 0.0);
            values.sort_unstable_by(f64::total_cmp);
            if feature.is_category() {
                Edges::Category(frequent(&values, bins))
            } else {
                Edges::Number(edges(&values, bins))
            }
        });
        Self {
            columns: columns.collect(),
        }
    }

    pub(super) fn width(&self) -> usize {
        self.columns.len()
    }

    /// The first bin of each feature, one after the other, and the number of all.
    pub(super) fn offsets(&self) -> Vec<usize> {
        let mut end = 0;
        let mut offsets = vec![0];
        for column in &self.columns {
            end += column.bins();
            offsets.push(end);
        }
        offsets
    }

    pub(super) fn is_category(&self, feature: usize) -> bool {
        matches!(self.columns.get(feature), Some(Edges::Category(_)))
    }

    /// The bins of rows `from..to`, row by row. A feature that is not there is missing.
    pub(super) fn bytes(&self, features: &[Feature<'_>], from: usize, to: usize) -> Vec<u8> {
        let width = self.width();
        let mut bytes = vec![0_u8; width * (to - from)];
        if width == 0 {
            return bytes;
        }
        for (block, rows) in bytes.chunks_mut(width * BLOCK).enumerate() {
            let first = from + block * BLOCK;
            for (at, (edges, feature)) in self.columns.iter().zip(features).enumerate() {
                let cells = rows.iter_mut().skip(at).step_by(width);
                for (row, cell) in cells.enumerate() {
                    *cell = edges.bin(feature.at(first + row));
                }
            }
        }
        bytes
    }
}

/// Rows to learn edges from; all if `None`.
fn sample(rows: usize, seed: u64) -> Option<Vec<usize>> {
    (rows > SAMPLE).then(|| {
        let mut random = Random::new(seed, STREAM);
        (0..SAMPLE).map(|_| random.below(rows)).collect()
    })
}

/// Edges between ascending values, so that bins hold about equally many. A value with more rows than a bin
/// should have gets a bin of its own, and the others share the rest.
fn edges(values: &[f64], bins: usize) -> Vec<f64> {
    let runs: Vec<&[f64]> = values.chunk_by(|a, b| a >= b).collect();
    let one_each = runs.len() <= bins;
    let mut left = values.len();
    let (mut edges, mut filled) = (Vec::new(), 0);
    for pair in runs.windows(2) {
        filled += pair[0].len();
        let target = left.div_ceil(bins - edges.len());
        // A long run starts a new bin.
        if one_each || filled >= target || pair[1].len() >= target {
            edges.push(between(pair[0][0], pair[1][0]));
            left -= filled;
            filled = 0;
        }
        if edges.len() + 1 == bins {
            break;
        }
    }
    edges
}

/// A number that is not below `a` and is below `b`.
fn between(a: f64, b: f64) -> f64 {
    let middle = a / 2.0 + b / 2.0;
    if middle >= a && middle < b { middle } else { a }
}

/// The most frequent of ascending values, ascending.
fn frequent(values: &[f64], most: usize) -> Vec<f64> {
    let mut runs: Vec<&[f64]> = values.chunk_by(|a, b| a >= b).collect();
    // Stable, so that ties go to the smaller code.
    runs.sort_by_key(|run| std::cmp::Reverse(run.len()));
    let mut codes: Vec<f64> = runs.iter().take(most).map(|run| run[0]).collect();
    codes.sort_unstable_by(f64::total_cmp);
    codes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_that_fills_the_column_leaves_bins_to_the_others() {
        let mut values = vec![0.0; 900];
        values.extend((1..=100).map(f64::from));
        let edges = edges(&values, 51);
        assert_eq!(edges.len(), 50);
        assert!(edges[0] >= 0.0 && edges[0] < 1.0);
    }

    #[test]
    fn bins_are_ordered_and_the_missing_come_first() {
        let number = Edges::Number(edges(&[1.0, 2.0, 3.0], 255));
        let bins = [f64::NAN, f64::NEG_INFINITY, 1.0, 2.0, 3.0, f64::INFINITY];
        assert_eq!(bins.map(|x| number.bin(x)), [0, 1, 1, 2, 3, 3]);
        let category = Edges::Category(frequent(&[0.0, 4.0, 4.0, 7.0, 7.0], 2));
        assert_eq!(
            [0.0, 4.0, 7.0, f64::NAN].map(|x| category.bin(x)),
            [0, 1, 2, 0]
        );
        assert_eq!(
            between(1.0, 1.0 + f64::EPSILON).to_bits(),
            1.0_f64.to_bits()
        );
        assert!(edges(&[], 9).is_empty());
    }

    #[test]
    fn no_column_gets_more_bins_than_bytes_have() {
        let values: Vec<f64> = (0..10_000).map(|x| f64::from(x % 3_000)).collect();
        let mut sorted = values.clone();
        sorted.sort_unstable_by(f64::total_cmp);
        let number = Edges::Number(edges(&sorted, BINS_MAX));
        assert!(number.bins() <= 256, "{}", number.bins());
        assert_eq!(number.bin(f64::INFINITY), (number.bins() - 1) as u8);
    }
}

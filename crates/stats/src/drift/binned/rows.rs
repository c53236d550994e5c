//! The bin of each row.

use super::Binning;
use crate::bins::Bins;

/// So few edges are compared with every value, which is quicker than to search.
const SWEPT_MAX: usize = 24;
/// Numbers that are held against the edges in one go.
const BLOCK: usize = 512;

impl Binning {
    /// The place of each number among the counts of [`Binning::of_numbers`]; NaN is missing. `None` if the bins
    /// are of categories.
    pub fn rows_of_numbers(&self, numbers: &[f64]) -> Option<Vec<u16>> {
        let Bins::Edges(edges) = self.bins.as_ref() else {
            return None;
        };
        let missing = self.len as u16;
        let place = |bin: usize| self.places.get(bin).map_or(missing, |place| *place as u16);
        let places: Vec<u16> = (0..=edges.len()).map(place).collect();
        let of = |x: f64, bin: usize| {
            if x.is_nan() {
                missing
            } else {
                places.get(bin).copied().unwrap_or(missing)
            }
        };
        if edges.len() > SWEPT_MAX {
            let search = |x: &f64| of(*x, edges.partition_point(|edge| edge <= x));
            return Some(numbers.iter().map(search).collect());
        }
        let mut rows = Vec::with_capacity(numbers.len());
        for block in numbers.chunks(BLOCK) {
            // Edge by edge, so that several numbers are compared at once.
            let mut bins = [0_u64; BLOCK];
            for edge in edges {
                for (bin, x) in bins.iter_mut().zip(block) {
                    *bin += u64::from(edge <= x);
                }
            }
            let placed = block.iter().zip(bins);
            rows.extend(placed.map(|(x, bin)| of(*x, bin as usize)));
        }
        Some(rows)
    }

    /// The place of each of `words` among the counts of [`Binning::of_categories`]. `None` if the bins are of
    /// numbers.
    pub fn places_of_words(&self, words: &[String]) -> Option<Vec<u16>> {
        let Bins::Categories(names) = self.bins.as_ref() else {
            return None;
        };
        let place = |word: &String| {
            let bin = names.binary_search(word).unwrap_or(names.len());
            self.places
                .get(bin)
                .map_or(self.len as u16, |place| *place as u16)
        };
        Some(words.iter().map(place).collect())
    }

    /// The least number of each place after the first, ascending; none if the bins are of categories.
    pub fn left_edges(&self) -> Vec<f64> {
        match self.bins.as_ref() {
            Bins::Edges(edges) => edges.clone(),
            Bins::Categories(_) => Vec::new(),
        }
    }

    /// The categories that have a bin, ascending; none if the bins are of numbers.
    pub fn names(&self) -> &[String] {
        match self.bins.as_ref() {
            Bins::Edges(_) => &[],
            Bins::Categories(names) => names,
        }
    }

    /// The place of rows without a value among the counts.
    pub fn missing_place(&self) -> u16 {
        self.len as u16
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::loose::Loose;
    use crate::sample::{Sorted, Tally};

    fn counted(places: &[u16], len: usize) -> Vec<u64> {
        let mut counts = vec![0; len];
        places.iter().for_each(|p| counts[usize::from(*p)] += 1);
        counts
    }

    #[test]
    fn rows_fall_where_their_counts_do() {
        let reference = Sorted::new((0..500).map(|i| f64::from(i * i % 97)));
        let values = [
            0.0,
            -1.0,
            96.5,
            f64::NAN,
            f64::INFINITY,
            f64::NEG_INFINITY,
            48.0,
        ];
        for binning in [
            Binning::deciles(&reference),
            Binning::quantiles(&reference, 60),
            Binning::values(&Sorted::new([1.0, 0.0, 48.0])),
        ] {
            let binning = binning.unwrap();
            let rows = binning.rows_of_numbers(&values).unwrap();
            let sample = Sorted::new(values);
            let counts = binning.of_numbers(&sample).unwrap();
            assert_eq!(counted(&rows, binning.len()), counts);
        }
    }

    #[test]
    fn deciles_need_no_order() {
        for values in [
            vec![],
            vec![3.0; 90],
            (0..900)
                .map(|i| f64::from(i * 37 % 211))
                .collect::<Vec<_>>(),
            (0..900).map(|i| f64::from(i * 37 % 20)).collect(),
        ] {
            let sorted = Binning::deciles(&Sorted::new(values.iter().copied()));
            assert_eq!(Binning::deciles_of(&Loose::new(&values)).ok(), sorted.ok());
        }
    }

    #[test]
    fn words_fall_where_their_counts_do() {
        let tally = |words: &[&str]| Tally::new(words.iter().map(|w| ((*w).to_owned(), 1)), 0);
        let binning = Binning::categories(&tally(&["a", "b"])).unwrap();
        let words = ["b".to_owned(), "new".to_owned()];
        let rows = binning.places_of_words(&words).unwrap();
        let counts = binning.of_categories(&tally(&["b", "new"])).unwrap();
        assert_eq!(counted(&rows, binning.len()), counts);
        assert_eq!(usize::from(binning.missing_place()), binning.len() - 1);
    }
}

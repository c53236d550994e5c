//! What the counts on bins are of.

use super::Binning;
use crate::bins::Bins;

/// The values that one count of a [`Binning`] is of.
#[derive(Debug, Clone, PartialEq)]
pub enum Held {
    /// Numbers from the first, included, to the second, excluded; an end that is absent is open.
    Between(Option<f64>, Option<f64>),
    /// One number.
    Number(f64),
    /// One text.
    Text(String),
    /// Values that have no bin of their own.
    Others,
    /// Rows without a value.
    Missing,
}

impl Binning {
    /// What the count at `place` is of; `None` beyond the last one.
    pub fn holds(&self, place: usize) -> Option<Held> {
        if place >= self.len() {
            return None;
        }
        if place == self.len {
            return Some(Held::Missing);
        }
        let edges = match self.bins.as_ref() {
            Bins::Categories(names) => {
                let name = names.get(place).cloned();
                return Some(name.map_or(Held::Others, Held::Text));
            }
            Bins::Edges(edges) => edges,
        };
        let in_order = self.places.iter().copied().eq(0..self.places.len());
        if in_order {
            let low = place.checked_sub(1).and_then(|at| edges.get(at)).copied();
            return Some(Held::Between(low, edges.get(place).copied()));
        }
        if place + 1 == self.len {
            return Some(Held::Others);
        }
        let mut begun = edges.iter().zip(self.places.iter().skip(1));
        let own = begun.find(|(_, at)| **at == place);
        Some(own.map_or(Held::Others, |(value, _)| Held::Number(*value)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::{Sorted, Tally};

    fn all(binning: &Binning) -> Vec<Held> {
        (0..=binning.len())
            .map_while(|at| binning.holds(at))
            .collect()
    }

    #[test]
    fn every_count_says_what_it_is_of() {
        let few = Sorted::new([1.0, 2.0, 5.0]);
        let few = Binning::values(&few).unwrap();
        let number = Held::Number;
        assert_eq!(
            all(&few),
            [
                number(1.0),
                number(2.0),
                number(5.0),
                Held::Others,
                Held::Missing
            ]
        );
        let edges = Binning::of(std::sync::Arc::new(Bins::edges(vec![0.0, 10.0]).unwrap()));
        assert_eq!(
            all(&edges),
            [
                Held::Between(None, Some(0.0)),
                Held::Between(Some(0.0), Some(10.0)),
                Held::Between(Some(10.0), None),
                Held::Missing
            ]
        );
        let words = Tally::new([("b".into(), 2), ("a".into(), 1)], 0);
        let words = Binning::categories(&words).unwrap();
        let text = |word: &str| Held::Text(word.to_owned());
        assert_eq!(
            all(&words),
            [text("a"), text("b"), Held::Others, Held::Missing]
        );
    }
}

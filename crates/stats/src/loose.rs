//! Numbers of a column in the order of their rows: what can be told of them without sorting.

use crate::moments::Moments;
use crate::quantiles::bounds;
use crate::sample::{Sorted, interpolated, key, number};

/// Numbers of at most so many distinct values are counted by value.
pub const FEW_VALUES: usize = 20;
/// Bits of a key that choose its bucket: sign, exponent and the first six of the fraction.
const BITS: u32 = 18;
/// Marks buckets in which no wanted number lies.
const UNWANTED: u32 = u32::MAX;

/// Numbers of a column in the order of their rows: the finite ones, the others counted.
///
/// [`Sorted`] tells more; this is made in a tenth of its time.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Loose {
    values: Vec<f64>,
    /// Each distinct value with its rows, ascending, of at most [`FEW_VALUES`].
    few: Option<Vec<(f64, u64)>>,
    bounds: Option<(f64, f64)>,
    /// Rows without a number: null or NaN.
    pub missing: u64,
    /// Rows of −∞.
    pub below: u64,
    /// Rows of +∞.
    pub above: u64,
}

impl Loose {
    /// Of numbers in any order; NaN stands for a missing one.
    pub fn new(numbers: &[f64]) -> Self {
        let mut made = Self {
            // −0 becomes 0, so that equal values are one value.
            values: numbers
                .iter()
                .filter(|x| x.is_finite())
                .map(|x| x + 0.0)
                .collect(),
            ..Self::default()
        };
        if made.values.len() < numbers.len() {
            for x in numbers.iter().filter(|x| !x.is_finite()) {
                made.missing += u64::from(x.is_nan());
                made.above += u64::from(*x > 0.0);
                made.below += u64::from(*x < 0.0);
            }
        }
        made.few = few(&made.values);
        made.bounds = bounds(&made.values);
        made
    }

    /// The finite values in the order of their rows.
    pub fn values(&self) -> &[f64] {
        &self.values
    }

    /// Finite values.
    pub fn n(&self) -> u64 {
        self.values.len() as u64
    }

    /// All rows.
    pub fn rows(&self) -> u64 {
        self.n() + self.missing + self.below + self.above
    }

    /// The least and the largest finite value; `None` without values.
    pub fn bounds(&self) -> Option<(f64, f64)> {
        self.bounds
    }

    /// Each distinct finite value with its rows, ascending; `None` if there are more than [`FEW_VALUES`].
    pub fn few(&self) -> Option<&[(f64, u64)]> {
        self.few.as_deref()
    }

    /// Count, mean and central moments of the finite values.
    pub fn moments(&self) -> Moments {
        Moments::of(&self.values)
    }

    /// The quantiles at ascending `ranks` in [0, 1], as [`Sorted::quantile`] has them; none without values. Two
    /// passes over the values: they are counted by the leading bits of their keys, then those that share them
    /// with a wanted one are looked at.
    pub fn quantiles(&self, ranks: &[f64]) -> Vec<f64> {
        let Some(last) = self.values.len().checked_sub(1) else {
            return Vec::new();
        };
        let at = |rank: &f64| rank.clamp(0.0, 1.0) * last as f64;
        let mut places: Vec<usize> = Vec::with_capacity(2 * ranks.len());
        for place in ranks.iter().map(|rank| at(rank).floor() as usize) {
            places.extend([place, (place + 1).min(last)]);
        }
        places.sort_unstable();
        places.dedup();
        let values = self.at_places(&places);
        let of = |place: usize| {
            let found = places.binary_search(&place).ok();
            found
                .and_then(|at| values.get(at))
                .copied()
                .unwrap_or(f64::NAN)
        };
        let quantile = |rank: &f64| {
            let low = at(rank).floor();
            let place = low as usize;
            interpolated(of(place), of((place + 1).min(last)), at(rank) - low)
        };
        ranks.iter().map(quantile).collect()
    }

    /// The values that would stand at ascending `places` if all were sorted.
    fn at_places(&self, places: &[usize]) -> Vec<f64> {
        let bucket = |x: f64| (key(x) >> (64 - BITS)) as usize;
        let mut buckets = vec![0_u32; 1 << BITS];
        for x in &self.values {
            if let Some(count) = buckets.get_mut(bucket(*x)) {
                *count += 1;
            }
        }
        // Of each wanted place, its bucket and its place there.
        let mut wanted: Vec<(usize, usize)> = Vec::with_capacity(places.len());
        let (mut before, mut slots, mut next) = (0, 0, places.iter().peekable());
        for count in &mut buckets {
            let until = before + *count as usize;
            let first = wanted.len();
            while let Some(place) = next.next_if(|place| **place < until) {
                wanted.push((slots, place - before));
            }
            *count = UNWANTED;
            if wanted.len() > first {
                *count = slots as u32;
                slots += 1;
            }
            before = until;
        }
        let mut gathered: Vec<Vec<u64>> = vec![Vec::new(); slots];
        for x in &self.values {
            let slot = buckets.get(bucket(*x)).copied().unwrap_or(UNWANTED);
            if slot != UNWANTED {
                gathered[slot as usize].push(key(*x));
            }
        }
        let found = wanted.into_iter().map(|(slot, place)| {
            let (_, key, _) = gathered[slot].select_nth_unstable(place);
            number(*key)
        });
        found.collect()
    }

    /// The same ascending.
    pub fn sorted(&self) -> Sorted {
        let mut sorted = Sorted::new(self.values.iter().copied());
        (sorted.missing, sorted.below, sorted.above) = (self.missing, self.below, self.above);
        sorted
    }
}

/// Each distinct value with its rows, ascending, if there are few.
fn few(values: &[f64]) -> Option<Vec<(f64, u64)>> {
    let mut met: Vec<(u64, u64)> = Vec::with_capacity(FEW_VALUES);
    for x in values {
        let bits = x.to_bits();
        if let Some((_, rows)) = met.iter_mut().find(|(own, _)| *own == bits) {
            *rows += 1;
        } else if met.len() < FEW_VALUES {
            met.push((bits, 1));
        } else {
            return None;
        }
    }
    let mut few: Vec<(f64, u64)> = met
        .into_iter()
        .map(|(bits, rows)| (f64::from_bits(bits), rows))
        .collect();
    few.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
    Some(few)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_is_no_number_is_counted() {
        let loose = Loose::new(&[
            2.0,
            f64::NAN,
            -0.0,
            f64::INFINITY,
            0.0,
            f64::NEG_INFINITY,
            f64::NAN,
        ]);
        assert_eq!(loose.values(), [2.0, 0.0, 0.0]);
        assert_eq!((loose.missing, loose.below, loose.above), (2, 1, 1));
        assert_eq!((loose.rows(), loose.n()), (7, 3));
        assert_eq!(loose.few(), Some(&[(0.0, 2), (2.0, 1)][..]));
        assert_eq!(loose.bounds(), Some((0.0, 2.0)));
        assert!(Loose::default().quantiles(&[0.5]).is_empty());
        let many: Vec<f64> = (0..21).map(f64::from).collect();
        assert_eq!(Loose::new(&many).few(), None);
    }

    proptest! {
        #[test]
        fn it_tells_what_the_sorted_numbers_tell(
            wild in prop::collection::vec(any::<f64>(), 0..300),
            tame in prop::collection::vec(-3_i32..40, 0..300),
            ranks in prop::collection::vec(0.0_f64..=1.0, 1..12),
        ) {
            let mut ranks = ranks;
            ranks.sort_unstable_by(f64::total_cmp);
            let mut numbers: Vec<f64> = tame.into_iter().map(|x| f64::from(x) / 7.0).collect();
            for wild in [Vec::new(), wild] {
                numbers.extend(wild);
                let (loose, sorted) = (Loose::new(&numbers), Sorted::new(numbers.iter().copied()));
                prop_assert_eq!(loose.sorted(), sorted.clone());
                let quantiles: Vec<f64> = ranks.iter().filter_map(|r| sorted.quantile(*r)).collect();
                prop_assert_eq!(loose.quantiles(&ranks), quantiles);
                if let Some(few) = loose.few() {
                    prop_assert_eq!(few, sorted.counted());
                }
            }
        }
    }
}

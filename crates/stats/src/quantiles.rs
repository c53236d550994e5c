//! Quantiles by KLL (Karnin, Lang, Liberty 2016), inserted by whole columns.
//!
//! The stored form is that of Apache DataSketches' compact KLL sketch of doubles. The coin is a hash of
//! the items at hand, so the same values give the same sketch.

mod form;

use std::cmp::Ordering;

/// Accuracy: about three times as many items are kept.
pub(crate) const K: u16 = 200;
/// Smallest capacity of a level.
const LEVEL_MIN: u64 = 8;
/// Most levels: more than any number of rows needs.
const LEVELS_MAX: usize = 61;

/// A sample of finite values with weights 1, 2, 4, …, one list a weight.
#[derive(Debug, Clone, PartialEq)]
pub struct Quantiles {
    k: u16,
    n: u64,
    min: f64,
    max: f64,
    /// Ascending values; those of level `i` stand for `2^i` rows each.
    levels: Vec<Vec<f64>>,
}

impl Default for Quantiles {
    fn default() -> Self {
        Self {
            k: K,
            n: 0,
            min: f64::INFINITY,
            max: f64::NEG_INFINITY,
            levels: vec![Vec::new()],
        }
    }
}

impl Quantiles {
    /// How many values it has seen.
    pub fn n(&self) -> u64 {
        self.n
    }

    /// Adds finite values in any order. Of more than `exact_max` one of every 2, 4, 8 … neighbours
    /// stands for all of them: KLL's sampler (section 3.2 of the paper), which costs no sorting.
    pub fn insert(&mut self, values: &[f64], exact_max: usize) {
        let Some((min, max)) = bounds(values) else {
            return;
        };
        self.min = self.min.min(min);
        self.max = self.max.max(max);
        self.n = self.n.saturating_add(values.len() as u64);
        let mut level = 0;
        while values.len() >> level > exact_max.max(1) {
            level += 1;
        }
        let block = 1 << level;
        let (blocks, rest) = values.split_at(values.len() / block * block);
        let mut sampled = match level {
            0 => blocks.to_vec(),
            _ => sample(blocks, level),
        };
        sort(&mut sampled);
        self.grow(level + 1);
        self.levels[level] = merged(&sampled, &self.levels[level]);
        if !rest.is_empty() {
            let mut rest = rest.to_vec();
            sort(&mut rest);
            self.levels[0] = merged(&rest, &self.levels[0]);
        }
        self.compress();
    }

    /// Adds ascending values with how often each came, exactly: a count is a sum of powers of two.
    pub(crate) fn insert_counted(&mut self, values: &[(f64, u64)]) {
        let (Some(first), Some(last)) = (values.first(), values.last()) else {
            return;
        };
        self.min = self.min.min(first.0);
        self.max = self.max.max(last.0);
        let most = values.iter().map(|(_, count)| *count).max().unwrap_or(0);
        let levels = (u64::BITS - most.leading_zeros()) as usize;
        self.grow(levels.clamp(1, LEVELS_MAX));
        for (level, items) in self.levels.iter_mut().enumerate() {
            let own = values.iter().filter(|(_, count)| count >> level & 1 == 1);
            let own: Vec<f64> = own.map(|(value, _)| *value).collect();
            *items = merged(&own, items);
        }
        let more: u64 = values.iter().map(|(_, count)| *count).sum();
        self.n = self.n.saturating_add(more);
        self.compress();
    }

    /// Adds the values that `other` has seen.
    pub fn merge(&mut self, other: &Self) {
        self.k = self.k.min(other.k);
        self.min = self.min.min(other.min);
        self.max = self.max.max(other.max);
        self.n = self.n.saturating_add(other.n);
        self.grow(other.levels.len());
        for (ours, theirs) in self.levels.iter_mut().zip(&other.levels) {
            *ours = merged(ours, theirs);
        }
        self.compress();
    }

    /// The value of which a share `rank` of all values is not larger; `rank` is cut to [0, 1]. `None`
    /// without values.
    pub fn quantile(&self, rank: f64) -> Option<f64> {
        self.quantiles(&[rank]).map(|found| found[0])
    }

    /// [`Quantiles::quantile`] for several ranks.
    pub fn quantiles(&self, ranks: &[f64]) -> Option<Vec<f64>> {
        if self.n == 0 {
            return None;
        }
        let weighed = self.weighed();
        let of = |rank: &f64| {
            if *rank <= 0.0 {
                return self.min;
            }
            if *rank >= 1.0 {
                return self.max;
            }
            at_rank(&weighed, self.n, *rank).unwrap_or(self.max)
        };
        Some(ranks.iter().map(of).collect())
    }

    /// Share of values that are below `value`, or up to it if `inclusive`.
    pub fn rank(&self, value: f64, inclusive: bool) -> Option<f64> {
        let below = |x: &f64| match x.total_cmp(&value) {
            Ordering::Less => true,
            Ordering::Equal => inclusive,
            Ordering::Greater => false,
        };
        let weight =
            |(level, items): (usize, &Vec<f64>)| (items.partition_point(below) as u64) << level;
        let rows: u64 = self.levels.iter().enumerate().map(weight).sum();
        (self.n > 0).then(|| rows as f64 / self.n as f64)
    }

    /// Bound on the error of a rank, at 99 % confidence: that of Apache DataSketches.
    pub fn rank_error(&self) -> f64 {
        2.296 / f64::from(self.k).powf(0.9723)
    }

    /// All items with the rows they stand for, ascending.
    pub(crate) fn weighed(&self) -> Vec<(f64, u64)> {
        let levels = self.levels.iter().enumerate();
        let mut all: Vec<(f64, u64)> = levels
            .flat_map(|(level, items)| items.iter().map(move |x| (*x, 1 << level)))
            .collect();
        all.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
        all
    }

    fn grow(&mut self, levels: usize) {
        if self.levels.len() < levels {
            self.levels.resize(levels, Vec::new());
        }
    }

    /// Halves full levels until the items fit.
    fn compress(&mut self) {
        loop {
            let count = self.levels.len();
            let kept: usize = self.levels.iter().map(Vec::len).sum();
            if kept as u64 <= capacity(self.k, count) {
                return;
            }
            let full = |level: &usize| {
                self.levels[*level].len() as u64 >= level_capacity(self.k, count, *level)
            };
            let Some(level) = (0..count).find(full) else {
                return;
            };
            self.compact(level);
        }
    }

    /// Lets every second item of a level stand for its neighbour too.
    fn compact(&mut self, level: usize) {
        self.grow(level + 2);
        let items = std::mem::take(&mut self.levels[level]);
        let (single, pairs) = items.split_at(items.len() % 2);
        let promoted: Vec<f64> = pairs
            .iter()
            .skip(usize::from(coin(pairs, level)))
            .step_by(2)
            .copied()
            .collect();
        self.levels[level] = single.to_vec();
        self.levels[level + 1] = merged(&promoted, &self.levels[level + 1]);
    }
}

/// The first value whose rows, with those of the values before, reach `rank` of all `n`.
pub(crate) fn at_rank(weighed: &[(f64, u64)], n: u64, rank: f64) -> Option<f64> {
    let wanted = (rank * n as f64).ceil().max(1.0);
    let mut rows = 0;
    let found = weighed.iter().find(|(_, weight)| {
        rows += weight;
        rows as f64 >= wanted
    });
    found.map(|(value, _)| *value)
}

/// Two ascending lists as one.
fn merged(a: &[f64], b: &[f64]) -> Vec<f64> {
    if b.is_empty() {
        return a.to_vec();
    }
    let mut out = Vec::with_capacity(a.len() + b.len());
    let (mut i, mut j) = (0, 0);
    while i < a.len() && j < b.len() {
        if a[i] <= b[j] {
            out.push(a[i]);
            i += 1;
        } else {
            out.push(b[j]);
            j += 1;
        }
    }
    out.extend_from_slice(&a[i..]);
    out.extend_from_slice(&b[j..]);
    out
}

/// One of each `2^level` neighbours.
fn sample(values: &[f64], level: usize) -> Vec<f64> {
    let block = 1 << level;
    let mut state = seed(values, level);
    let choose = |block: &[f64]| {
        state = state.wrapping_add(GOLDEN);
        block[(mix(state) >> (u64::BITS as usize - level)) as usize]
    };
    values.chunks_exact(block).map(choose).collect()
}

/// Sorts finite values by their bits, which takes half the time of comparing floats.
fn sort(values: &mut [f64]) {
    if values.is_sorted() {
        return;
    }
    values.sort_unstable_by_key(|x| {
        let bits = x.to_bits();
        // All bits of negative ones are turned, else the sign's.
        bits ^ ((bits.cast_signed() >> 63).cast_unsigned() | 1 << 63)
    });
}

/// Smallest and largest; `None` without values.
pub(crate) fn bounds(values: &[f64]) -> Option<(f64, f64)> {
    const LANES: usize = 8;
    let first = *values.first()?;
    let (mut low, mut high) = ([first; LANES], [first; LANES]);
    let mut take = |lane: usize, x: f64| {
        low[lane] = if x < low[lane] { x } else { low[lane] };
        high[lane] = if x > high[lane] { x } else { high[lane] };
    };
    let (chunks, rest) = values.as_chunks::<LANES>();
    for chunk in chunks {
        (0..LANES).for_each(|lane| take(lane, chunk[lane]));
    }
    rest.iter().for_each(|x| take(0, *x));
    let (low, high) = (low.into_iter(), high.into_iter());
    Some((low.fold(first, f64::min), high.fold(first, f64::max)))
}

/// Which of two neighbours stays. A fixed choice would push all ranks one way, a random one would make
/// two runs differ.
fn coin(items: &[f64], level: usize) -> bool {
    seed(items, level) & 1 == 1
}

const GOLDEN: u64 = 0x9E37_79B9_7F4A_7C15;

/// A number that some of the items give, the same each time.
fn seed(items: &[f64], level: usize) -> u64 {
    let samples = [
        0,
        items.len() / 3,
        items.len() / 2,
        items.len().saturating_sub(1),
    ];
    let found = samples.iter().filter_map(|at| items.get(*at));
    let start = (items.len() as u64) ^ ((level as u64) << 48);
    found.fold(start, |hash, x| {
        mix((hash ^ x.to_bits()).wrapping_add(GOLDEN))
    })
}

/// The finishing steps of SplitMix64.
fn mix(mut hash: u64) -> u64 {
    hash = (hash ^ (hash >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    hash = (hash ^ (hash >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    hash ^ (hash >> 31)
}

/// Items that `levels` levels hold.
fn capacity(k: u16, levels: usize) -> u64 {
    (0..levels)
        .map(|level| level_capacity(k, levels, level))
        .sum()
}

/// Items that one level holds: `k` at the top, two thirds of that on each level below, rounded as
/// Apache DataSketches rounds.
fn level_capacity(k: u16, levels: usize, level: usize) -> u64 {
    let depth = levels.saturating_sub(level + 1);
    let shallow = |k: u64, depth: usize| {
        let power = 3_u64.checked_pow(u32::try_from(depth).unwrap_or(u32::MAX));
        power.map_or(0, |power| ((k << (depth + 1)) / power + 1) >> 1)
    };
    let capacity = if depth <= 30 {
        shallow(u64::from(k), depth)
    } else {
        shallow(shallow(u64::from(k), depth / 2), depth - depth / 2)
    };
    capacity.max(LEVEL_MIN)
}

#[cfg(test)]
mod tests;

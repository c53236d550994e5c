//! Gradient-boosted trees over histograms.

mod binning;
mod growth;
mod loss;

pub use loss::Loss;

use crate::random::Random;
use binning::{BINS_MAX, Binning};
use growth::{Ground, Tree};
use loss::{Residuals, sigmoid};

/// Targets are cut here, so that no difference of two overflows.
const TARGET_MAX: f64 = 1e300;

/// Rows whose bins are held at once in prediction.
const BLOCK: usize = 4_096;

/// Chance: streams of a seed beyond those of single trees.
const HELD: u64 = u64::MAX - 1;

/// A column of features, by row. NaN is missing; an infinity is a value beyond all others.
#[derive(Debug, Clone, Copy)]
pub struct Feature<'a> {
    values: Values<'a>,
    category: bool,
}

#[derive(Debug, Clone, Copy)]
enum Values<'a> {
    Double(&'a [f64]),
    Single(&'a [f32]),
}

impl<'a> Feature<'a> {
    /// Ordered numbers, which includes categories whose codes have an order.
    pub fn number(values: &'a [f64]) -> Self {
        Self {
            values: Values::Double(values),
            category: false,
        }
    }

    /// Codes of categories without an order: questions are about one against all others. The 255 most
    /// frequent ones are told apart; others, also those not seen before, count as missing.
    pub fn category(codes: &'a [f64]) -> Self {
        Self {
            values: Values::Double(codes),
            category: true,
        }
    }

    /// Rows.
    pub fn len(&self) -> usize {
        match self.values {
            Values::Double(values) => values.len(),
            Values::Single(values) => values.len(),
        }
    }

    /// Whether it has no rows.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether its values are codes without an order.
    pub fn is_category(&self) -> bool {
        self.category
    }

    /// The value of `row`; NaN if there is none.
    #[inline]
    pub fn at(&self, row: usize) -> f64 {
        match self.values {
            Values::Double(values) => values.get(row).copied().unwrap_or(f64::NAN),
            Values::Single(values) => values.get(row).map_or(f64::NAN, |x| f64::from(*x)),
        }
    }
}

impl<'a> From<&'a [f64]> for Feature<'a> {
    fn from(values: &'a [f64]) -> Self {
        Self::number(values)
    }
}

impl<'a> From<&'a [f32]> for Feature<'a> {
    fn from(values: &'a [f32]) -> Self {
        Self {
            values: Values::Single(values),
            category: false,
        }
    }
}

/// When to stop before all trees are grown.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct EarlyStop {
    /// Share of rows that is held out to judge by, in (0, 1).
    pub share: f64,
    /// Trees without a better loss after which growth stops; trees after the best are dropped.
    pub patience: usize,
}

/// How trees are grown. The defaults are those that gradient boosting is commonly used with (Ke et al.
/// 2017, *LightGBM*).
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// What is made small.
    pub loss: Loss,
    /// Most trees.
    pub trees: usize,
    /// Part of each tree that is added, in (0, 1].
    pub learning_rate: f64,
    /// Most leaves of a tree.
    pub leaves: usize,
    /// Most questions from root to leaf; none if `None`.
    pub depth: Option<u32>,
    /// Penalty on squared values of leaves.
    pub l2: f64,
    /// Fewest rows in a leaf.
    pub leaf_rows_min: u32,
    /// Most bins of a feature, 2 to 255.
    pub bins: usize,
    /// Share of rows that each tree sees, in (0, 1].
    pub row_share: f64,
    /// Share of features that each tree may ask about, in (0, 1].
    pub feature_share: f64,
    /// Whether to stop early.
    pub early_stop: Option<EarlyStop>,
    /// Fixes every choice of rows and features.
    pub seed: u64,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            loss: Loss::Squared,
            trees: 100,
            learning_rate: 0.1,
            leaves: 31,
            depth: None,
            l2: 0.0,
            leaf_rows_min: 20,
            bins: BINS_MAX,
            row_share: 1.0,
            feature_share: 1.0,
            early_stop: None,
            seed: 0,
        }
    }
}

/// A sum of trees, fitted by gradient boosting (Friedman 2001) on histograms of binned features.
///
/// Bins hold about equally many rows; above 200,000 rows their edges come from a seeded sample of that
/// size, and everything else uses all rows. The same rows, settings and seed give the same trees.
#[derive(Debug, Clone, PartialEq)]
pub struct Trees {
    binning: Binning,
    trees: Vec<Tree>,
    start: f64,
    scale: f64,
    logistic: bool,
    gains: Vec<f64>,
}

impl Trees {
    /// Fits `target` by `features`. Rows count whose target is finite and whose weight, if weights are
    /// given, is finite and positive; targets are cut at ±1e300 (logistic loss: to [0, 1]). Columns of
    /// different lengths are read up to the shortest. Without rows or features it is a constant.
    pub fn fit(
        features: &[Feature<'_>],
        target: &[f64],
        weights: Option<&[f64]>,
        settings: &Settings,
    ) -> Self {
        let shortest = features
            .iter()
            .map(Feature::len)
            .min()
            .unwrap_or(target.len());
        let rows = shortest
            .min(target.len())
            .min(weights.map_or(usize::MAX, <[f64]>::len))
            .min(u32::MAX as usize);
        let counts = |row: &u32| {
            let row = *row as usize;
            let weight = weights.map_or(1.0, |w| w[row]);
            target[row].is_finite() && weight.is_finite() && weight > 0.0
        };
        let kept: Vec<u32> = (0..rows as u32).filter(counts).collect();
        let weights = weights.map(|w| unit_mean(&w[..rows], &kept));
        let mut boost = Boost::new(target, weights, kept, settings);
        let binning = Binning::of(features, rows, settings.bins, settings.seed);
        let bytes = binning.bytes(features, 0, rows);
        let (trees, gains) = boost.run(&binning, &bytes);
        let total: f64 = gains.iter().sum();
        Self {
            binning,
            trees,
            start: boost.start,
            scale: boost.scale,
            logistic: settings.loss == Loss::Logistic,
            gains: gains
                .iter()
                .map(|g| if total > 0.0 { g / total } else { 0.0 })
                .collect(),
        }
    }

    /// The prediction for each row, as many as the shortest column has: a value in the units of the target,
    /// or of logistic loss a probability. Missing columns count as missing values.
    pub fn predict(&self, features: &[Feature<'_>]) -> Vec<f64> {
        let mut sums = self.margin(features);
        if self.logistic {
            sums.iter_mut().for_each(|x| *x = sigmoid(*x));
        }
        sums
    }

    /// As [`Trees::predict`], but logistic loss in logits.
    pub fn margin(&self, features: &[Feature<'_>]) -> Vec<f64> {
        let rows = features.iter().map(Feature::len).min().unwrap_or(0);
        let width = self.binning.width();
        if width == 0 {
            return vec![self.start; rows];
        }
        let mut sums = vec![0.0; rows];
        for (block, sums) in sums.chunks_mut(BLOCK).enumerate() {
            let from = block * BLOCK;
            let bytes = self.binning.bytes(features, from, from + sums.len());
            for tree in &self.trees {
                tree.add(&bytes, width, sums);
            }
            sums.iter_mut()
                .for_each(|sum| *sum = self.start + self.scale * *sum);
        }
        sums
    }

    /// The share of each feature in what all questions gained; zeros if none was asked.
    pub fn gains(&self) -> &[f64] {
        &self.gains
    }

    /// Trees.
    pub fn len(&self) -> usize {
        self.trees.len()
    }

    /// Whether it is a constant.
    pub fn is_empty(&self) -> bool {
        self.trees.is_empty()
    }
}

/// Weights with a mean of 1 over the rows `kept`, so that penalties mean the same in any unit. None is less
/// than 1e-30 of the largest.
fn unit_mean(weights: &[f64], kept: &[u32]) -> Vec<f64> {
    let of_kept = || kept.iter().map(|&row| weights[row as usize]);
    let largest = of_kept().fold(0.0, f64::max);
    let part = |weight: f64| (weight / largest).max(1e-30);
    let mean = of_kept().map(part).sum::<f64>() / kept.len() as f64;
    weights.iter().map(|weight| part(*weight) / mean).collect()
}

/// The state of boosting.
struct Boost<'a> {
    settings: &'a Settings,
    target: Vec<f64>,
    fitted: Vec<f64>,
    weights: Option<Vec<f64>>,
    train: Vec<u32>,
    held: Vec<u32>,
    start: f64,
    scale: f64,
}

impl<'a> Boost<'a> {
    fn new(
        target: &[f64],
        weights: Option<Vec<f64>>,
        mut kept: Vec<u32>,
        settings: &'a Settings,
    ) -> Self {
        let rows = weights.as_ref().map_or(target.len(), Vec::len);
        let logistic = settings.loss == Loss::Logistic;
        let (low, high) = if logistic {
            (0.0, 1.0)
        } else {
            (-TARGET_MAX, TARGET_MAX)
        };
        let mut target: Vec<f64> = target[..rows].iter().map(|y| y.clamp(low, high)).collect();
        let mut held = Vec::new();
        if let Some(stop) = settings.early_stop {
            Random::new(settings.seed, HELD).shuffle(&mut kept);
            let share = stop.share.clamp(0.0, 1.0);
            held = kept.split_off(kept.len() - (share * kept.len() as f64) as usize);
            kept.sort_unstable();
        }
        let start = if kept.is_empty() {
            0.0
        } else {
            settings.loss.start(&target, weights.as_deref(), &kept)
        };
        let mut scale = 1.0;
        if !logistic {
            let off = |row: &u32| (target[*row as usize] - start).abs();
            scale = kept.iter().map(off).fold(0.0, f64::max);
            scale = if scale > 0.0 { scale } else { 1.0 };
            target.iter_mut().for_each(|y| *y = (*y - start) / scale);
        }
        Self {
            settings,
            fitted: vec![if logistic { start } else { 0.0 }; target.len()],
            target,
            weights,
            train: kept,
            held,
            start,
            scale,
        }
    }

    fn residuals(&self) -> Residuals<'_> {
        Residuals {
            target: &self.target,
            fitted: &self.fitted,
            weights: self.weights.as_deref(),
        }
    }

    /// Grows all trees; with what the questions about each feature gained.
    fn run(&mut self, binning: &Binning, bytes: &[u8]) -> (Vec<Tree>, Vec<f64>) {
        let width = binning.width();
        let (mut trees, mut gains) = (Vec::new(), vec![0.0; width]);
        if width == 0 || self.train.is_empty() {
            return (trees, gains);
        }
        let offsets = binning.offsets();
        let categories: Vec<bool> = (0..width).map(|at| binning.is_category(at)).collect();
        let loss = self.settings.loss;
        let (mut first, mut second) = (vec![0.0; self.target.len()], vec![0.0; self.target.len()]);
        let mut best = (loss.mean(&self.residuals(), &self.held), 0);
        for number in 0..self.settings.trees {
            loss.derive(&self.residuals(), &mut first, &mut second);
            let mut random = Random::new(self.settings.seed, number as u64);
            let asked = self.features(width, &mut random);
            let (mut seen, unseen) = self.rows(&mut random);
            let ground = Ground {
                bytes,
                width,
                offsets: &offsets,
                categories: &categories,
                asked: &asked,
                first: &first,
                second: &second,
                flat: loss.is_flat() && self.weights.is_none(),
                settings: self.settings,
            };
            let mut grown = ground.grow(&mut seen);
            if grown.tree.is_stump() && self.settings.row_share >= 1.0 && loss.rank().is_none() {
                break;
            }
            self.settle(&mut grown.tree, &grown.leaves, &seen);
            for &row in unseen.iter().chain(&self.held) {
                let row = row as usize;
                self.fitted[row] += grown.tree.value(&bytes[row * width..][..width]);
            }
            trees.push(grown.tree);
            grown
                .gains
                .iter()
                .for_each(|(at, gain)| gains[*at as usize] += gain);
            if self.is_past(&mut best, trees.len()) {
                break;
            }
        }
        if self.settings.early_stop.is_some() && !self.held.is_empty() {
            trees.truncate(best.1);
        }
        (trees, gains)
    }

    /// Whether the held-out loss has not been better for too long; `best` is the best one and its trees.
    fn is_past(&self, best: &mut (f64, usize), trees: usize) -> bool {
        let Some(stop) = self.settings.early_stop.filter(|_| !self.held.is_empty()) else {
            return false;
        };
        let now = self.settings.loss.mean(&self.residuals(), &self.held);
        if now < best.0 {
            *best = (now, trees);
        }
        trees - best.1 >= stop.patience.max(1)
    }

    /// Sets the values of leaves and adds them to the fit of the rows there.
    fn settle(&mut self, tree: &mut Tree, leaves: &[(usize, usize, usize)], seen: &[u32]) {
        let rate = self.settings.learning_rate.clamp(0.0, 1.0);
        for &(leaf, from, to) in leaves {
            let rows = &seen[from..to];
            let value = match self.settings.loss.rank() {
                Some(rank) => Loss::leaf(rank, &self.residuals(), rows),
                None => tree.leaf_value(leaf),
            };
            tree.set(leaf, rate * value);
            for &row in rows {
                self.fitted[row as usize] += rate * value;
            }
        }
    }

    fn features(&self, width: usize, random: &mut Random) -> Vec<bool> {
        let count = (self.settings.feature_share.clamp(0.0, 1.0) * width as f64).ceil() as usize;
        let mut asked: Vec<bool> = (0..width).map(|at| at < count.max(1)).collect();
        if count < width {
            random.shuffle(&mut asked);
        }
        asked
    }

    /// Rows that a tree sees, and those that it does not.
    fn rows(&self, random: &mut Random) -> (Vec<u32>, Vec<u32>) {
        let share = self.settings.row_share;
        if share >= 1.0 {
            return (self.train.clone(), Vec::new());
        }
        let parts: (Vec<u32>, Vec<u32>) = self.train.iter().partition(|_| random.unit() < share);
        if parts.0.is_empty() {
            (parts.1, parts.0)
        } else {
            parts
        }
    }
}

#[cfg(test)]
mod tests;

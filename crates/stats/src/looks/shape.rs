//! Whether events still have the shape of a reference.

use super::{BettingMean, Look, Target};
use crate::figure::Figure;
use crate::random::Random;
use crate::sample::Sorted;

/// A reference of fewer values tells no shape.
pub const SHAPE_NEEDED: u64 = 40;

const METHOD: &str = "rank_betting";
/// Most edges between which ranks are told.
const EDGES: usize = 128;
/// Waves of ranks that are bet on: half a wave tells a shift, a whole one a change of spread, and so on.
const WAVES: usize = 4;
/// How much is bet, from careful to bold.
const STAKES: [f64; 3] = [0.15, 0.45, 0.9];
const BETTORS: usize = 1 + 2 * WAVES * STAKES.len();
/// The share of its capital that each bettor hands to all at each event, so that late changes are seen too.
const HANDED: f64 = 0.001;
/// Random numbers are dealt in runs of so many, so that batches may end anywhere.
const RUN: u64 = 256;

/// Whether a stream of numbers comes from where a reference comes from: the conformal test martingale of
/// Vovk, Nouretdinov and Gammerman (2003), with bets on cosines of the ranks that move from one to the other
/// (the simple jumper of Vovk et al. 2021).
///
/// One half of the reference gives edges; the other half and the events so far are counted between them. The rank
/// of the next event among all these, ties broken by a seeded draw, is uniform as long as the reference and
/// the events could have come in any order. Bettors wager on it.
#[derive(Debug, Clone, PartialEq)]
pub struct Shape {
    /// What the draws among ties come from.
    pub seed: u64,
    /// Ascending edges from one half of the reference.
    pub edges: Vec<f64>,
    /// The other half between them.
    pub reference: Vec<u64>,
    /// The other half and the events so far.
    pub counts: Vec<u64>,
    /// Events so far.
    pub n: u64,
    /// Shares of the capital by bettor.
    pub shares: Vec<f64>,
    /// Logarithm of the whole capital.
    pub ln_capital: f64,
    /// Logarithm of the largest capital so far.
    pub ln_peak: f64,
    /// The mean rank of events within the reference.
    pub rank: BettingMean,
}

impl Shape {
    /// Before the first event. `None` if the reference has fewer than [`SHAPE_NEEDED`] values.
    pub fn new(reference: &Sorted, level: f64, seed: u64) -> Option<Self> {
        if reference.n() < SHAPE_NEEDED {
            return None;
        }
        let mut values = reference.values().to_vec();
        Random::new(seed, u64::MAX).shuffle(&mut values);
        let (first, second) = values.split_at(values.len() / 2);
        let first = Sorted::new(first.iter().copied());
        let ranks = (1..EDGES).map(|at| at as f64 / EDGES as f64);
        let mut edges: Vec<f64> = ranks.filter_map(|rank| first.quantile(rank)).collect();
        edges.dedup_by(|a, b| a <= b);
        // A step up from each edge, so that its own value is told from what lies above it.
        let after: Vec<f64> = edges.iter().map(|edge| edge.next_up()).collect();
        edges.extend(after);
        edges.sort_unstable_by(f64::total_cmp);
        edges.dedup_by(|a, b| a <= b);
        let mut counts = vec![0_u64; edges.len() + 1];
        for x in second {
            if let Some(count) = counts.get_mut(place(&edges, *x)) {
                *count += 1;
            }
        }
        Some(Self {
            seed,
            edges,
            reference: counts.clone(),
            counts,
            n: 0,
            shares: vec![1.0 / BETTORS as f64; BETTORS],
            ln_capital: 0.0,
            ln_peak: 0.0,
            rank: BettingMean::new(Target::point(0.5), (0.0, 1.0), level),
        })
    }

    fn take(&mut self, x: f64, draw: f64) {
        let at = place(&self.edges, x);
        let middle = share_below(&self.reference, at, 0.5);
        self.rank.update(&[middle]);
        if let Some(count) = self.counts.get_mut(at) {
            *count += 1;
        }
        self.wager(share_below(&self.counts, at, draw));
        self.n += 1;
    }

    fn wager(&mut self, rank: f64) {
        let wave = |k: usize| (std::f64::consts::PI * (k + 1) as f64 * rank).cos();
        let waves: [f64; WAVES] = std::array::from_fn(wave);
        let gains = STAKES.iter().flat_map(|stake| {
            waves
                .iter()
                .flat_map(move |wave| [1.0 + stake * wave, 1.0 - stake * wave])
        });
        // The first bettor keeps the money.
        for (share, gain) in self.shares.iter_mut().skip(1).zip(gains) {
            *share *= gain;
        }
        let all: f64 = self.shares.iter().sum();
        if all > 0.0 {
            self.ln_capital += all.ln();
            let gift = HANDED / BETTORS as f64;
            for share in &mut self.shares {
                *share = *share / all * (1.0 - HANDED) + gift;
            }
        }
        self.ln_peak = self.ln_peak.max(self.ln_capital);
    }
}

impl Look for Shape {
    /// Infinities are the smallest and largest of all.
    fn update(&mut self, batch: &[f64]) {
        let mut random = Random::new(self.seed, self.n / RUN);
        for _ in 0..self.n % RUN {
            random.unit();
        }
        for x in batch.iter().filter(|x| !x.is_nan()) {
            if self.n.is_multiple_of(RUN) {
                random = Random::new(self.seed, self.n / RUN);
            }
            self.take(*x, random.unit());
        }
    }

    fn ln_evidence(&self) -> f64 {
        self.ln_capital
    }

    fn ln_peak(&self) -> f64 {
        self.ln_peak
    }

    /// The chance that an event is above a row of the reference, ties counting half; 0.5 if the shape is the same.
    /// Its interval is that of events against this reference, whose own error is not in it.
    fn figure(&self) -> Figure {
        Figure {
            method: METHOD,
            ..self.rank.figure()
        }
    }
}

/// The bin of `x`: closed on the left.
fn place(edges: &[f64], x: f64) -> usize {
    edges.partition_point(|edge| *edge <= x)
}

/// The share of `counts` below bin `at`, and `part` of what is in it.
fn share_below(counts: &[u64], at: usize, part: f64) -> f64 {
    let below: u64 = counts.iter().take(at).sum();
    let own = counts.get(at).copied().unwrap_or(0);
    let rest: u64 = counts.iter().skip(at).sum();
    let all = below + rest;
    if all == 0 {
        return 0.5;
    }
    (below as f64 + part * own as f64) / all as f64
}

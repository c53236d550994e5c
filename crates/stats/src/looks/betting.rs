//! The mean of bounded values, by betting.

use super::{Look, Target, allowed, ln_mean};
use crate::figure::Figure;

/// Candidate means; the interval is true to one step.
const GRID: usize = 512;
/// Most of the capital that a bet may lose.
const STAKE: f64 = 0.5;
const METHOD: &str = "betting";

/// Each candidate mean m with the largest bets on a mean above it and below it: no value within [0, 1] may
/// lose more than [`STAKE`].
static CANDIDATES: [(f64, f64, f64); GRID + 1] = {
    let mut made = [(0.0, f64::MAX, f64::MAX); GRID + 1];
    let mut at = 0;
    while at <= GRID {
        let m = at as f64 / GRID as f64;
        let above = if at > 0 { STAKE / m } else { f64::MAX };
        let below = if at < GRID {
            STAKE / (1.0 - m)
        } else {
            f64::MAX
        };
        made[at] = (m, above, below);
        at += 1;
    }
    made
};

/// The mean of values within known bounds, whatever else their law: the hedged capital process of
/// Waudby-Smith and Ramdas (2024, theorem 3), with predictable plug-in bets.
///
/// Somebody bets against each candidate mean, half on the true mean being above it and half on it being below.
/// A candidate that makes the bettor rich is out for good. Values must be such that each one's mean, given the
/// past, is the same.
#[derive(Debug, Clone, PartialEq)]
pub struct BettingMean {
    /// What the null says about the mean, scaled as values are.
    pub target: Target,
    /// Chance that the sequence of intervals ever misses the mean.
    pub level: f64,
    /// Bounds of the values; others are cut to them.
    pub bounds: (f64, f64),
    /// Values so far.
    pub n: u64,
    /// Values that had to be cut to the bounds.
    pub cut: u64,
    /// Sum of scaled values, with half a value before the first.
    pub sum: f64,
    /// Sum of squared distances of scaled values from the mean so far, with a quarter before the first.
    pub squares: f64,
    /// Sum of the scaled values alone.
    pub total: f64,
    /// Capital of who bets that the mean is above each candidate; candidates below [`Self::out_below`] are
    /// out.
    pub above: Vec<f64>,
    /// Capital of who bets that it is below; candidates from [`Self::out_above`] on are out.
    pub below: Vec<f64>,
    /// So many candidates from below are out.
    pub out_below: usize,
    /// From this candidate on all are out.
    pub out_above: usize,
    /// Logarithm of the capital of who bets that the mean is above the target.
    pub ln_above: f64,
    /// And below it.
    pub ln_below: f64,
    /// Logarithm of the largest evidence so far.
    pub ln_peak: f64,
}

impl BettingMean {
    /// Before the first value. `bounds` are those of all values, in either order; `level` is e.g. 0.05.
    pub fn new(target: Target, bounds: (f64, f64), level: f64) -> Self {
        let bounds = (bounds.0.min(bounds.1), bounds.0.max(bounds.1));
        let scaled = |x| scale(x, bounds).clamp(0.0, 1.0);
        Self {
            target: Target::between(scaled(target.low), scaled(target.high)),
            level: allowed(level),
            bounds,
            n: 0,
            cut: 0,
            sum: 0.5,
            squares: 0.25,
            total: 0.0,
            above: vec![1.0; GRID + 1],
            below: vec![1.0; GRID + 1],
            out_below: 0,
            out_above: GRID + 1,
            ln_above: 0.0,
            ln_below: 0.0,
            ln_peak: 0.0,
        }
    }

    fn take(&mut self, x: f64) {
        let scaled = scale(x, self.bounds);
        self.cut += u64::from(!(0.0..=1.0).contains(&scaled));
        let x = scaled.clamp(0.0, 1.0);
        // The bet uses only what was known before this value.
        let t = self.n as f64 + 1.0;
        let variance = self.squares / t;
        let bet = (2.0 * (2.0 / self.level).ln() / (variance * t * (1.0 + t).ln())).sqrt();
        self.bet_on_grid(x, bet);
        let Target { low, high } = self.target;
        self.ln_above += (bet.min(STAKE / high) * (x - high)).ln_1p();
        self.ln_below += (-bet.min(STAKE / (1.0 - low)) * (x - low)).ln_1p();
        self.ln_peak = self.ln_peak.max(self.ln_evidence());
        self.n += 1;
        self.total += x;
        self.sum += x;
        let mean = self.sum / (t + 1.0);
        self.squares += (x - mean) * (x - mean);
    }

    /// The capital above falls with the candidate and that below rises: so what is out is a run from each
    /// end.
    fn bet_on_grid(&mut self, x: f64, bet: f64) {
        let enough = 2.0 / self.level;
        let Self { above, below, .. } = self;
        let grid = CANDIDATES.iter().zip(above.iter_mut());
        for ((m, most, _), capital) in grid.skip(self.out_below) {
            *capital *= 1.0 + bet.min(*most) * (x - m);
        }
        let grid = CANDIDATES.iter().zip(below.iter_mut());
        for ((m, _, most), capital) in grid.take(self.out_above) {
            *capital *= 1.0 - bet.min(*most) * (x - m);
        }
        while above.get(self.out_below).is_some_and(|c| *c >= enough) {
            self.out_below += 1;
        }
        let rich = |at: usize| below.get(at).is_some_and(|c| *c >= enough);
        while self.out_above > 0 && rich(self.out_above - 1) {
            self.out_above -= 1;
        }
    }
}

impl Look for BettingMean {
    fn update(&mut self, batch: &[f64]) {
        for x in batch.iter().filter(|x| !x.is_nan()) {
            self.take(*x);
        }
    }

    fn ln_evidence(&self) -> f64 {
        ln_mean(self.ln_above, self.ln_below)
    }

    fn ln_peak(&self) -> f64 {
        self.ln_peak
    }

    /// Undefined without values, without bounds that differ, and once no mean at all fits all values: then
    /// the mean has changed on the way.
    fn figure(&self) -> Figure {
        let (low, high) = self.bounds;
        let width = high - low;
        if !(width > 0.0 && width.is_finite()) {
            return Figure::undefined("the bounds are no interval", self.n, METHOD);
        }
        if self.n == 0 {
            return Figure::undefined("there are no values", 0, METHOD);
        }
        if self.out_below > self.out_above {
            return Figure::undefined("no single mean fits all values", self.n, METHOD);
        }
        let at = |candidate: usize| low + width * (candidate as f64 / GRID as f64).min(1.0);
        let ends = (
            at(self.out_below.saturating_sub(1)),
            at(self.out_above.min(GRID)),
        );
        let value = low + width * (self.total / self.n as f64);
        Figure::new(value, ends, self.n, METHOD)
    }
}

fn scale(x: f64, (low, high): (f64, f64)) -> f64 {
    let width = high - low;
    // Without an interval every value is the lower end, and nothing is ever shown.
    let scaled = (x / 2.0 - low / 2.0) / (width / 2.0);
    if scaled.is_nan() { 0.0 } else { scaled }
}

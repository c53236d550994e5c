//! From many findings about the same rows to a few that say it best.

use super::cells::{Bits, Sums, Values};
use super::column::Column;
use super::evidence::{p_value, strength, welch_df};
use super::lattice::{Candidate, Conditions, Lattice};
use crate::figure::{CONFIDENCE, Figure};
use crate::law::t_quantile;
use crate::proportion;
use hashbrown::HashMap;

/// Slices that share more of their rows are one.
const SAME_FROM: f64 = 0.8;
/// A condition stays if the rows that it takes away differ from those it leaves at this p-value: the best
/// of thousands of conditions differs by chance more than the usual 5 %.
const NEEDLESS_ABOVE: f64 = 1e-4;

pub(super) struct Selection<'a> {
    pub(super) columns: &'a [Column<'a>],
    pub(super) values: &'a Values,
    pub(super) lattice: &'a Lattice,
    /// Of p-values, by depth.
    pub(super) weights: [f64; 3],
    /// The largest weighted p-value that stands.
    pub(super) critical: f64,
    /// The accepted rate of false findings over the number tried.
    pub(super) share: f64,
}

/// A slice that is told.
pub(super) struct Kept {
    pub(super) candidate: Candidate,
    pub(super) sums: Sums,
    bits: Bits,
}

impl Selection<'_> {
    pub(super) fn weight(&self, candidate: &Candidate) -> f64 {
        let depth = candidate.conditions.len().saturating_sub(1);
        self.weights.get(depth).copied().unwrap_or(1.0)
    }

    pub(super) fn stands(&self, candidate: &Candidate) -> bool {
        candidate.strength > 0.0 && candidate.p * self.weight(candidate) <= self.critical
    }

    /// The candidates, strongest first, that say something new, each in its simplest form.
    pub(super) fn kept(&self, candidates: Vec<Candidate>, most: usize) -> Vec<Kept> {
        let mut sets = Sets {
            columns: self.columns,
            made: HashMap::new(),
        };
        let mut kept: Vec<Kept> = Vec::new();
        let mut covered = Covered {
            bits: Bits::none(self.values.len()),
            sums: Sums::default(),
        };
        for candidate in candidates {
            if kept.len() >= most {
                break;
            }
            let bits = sets.of(&candidate.conditions);
            if !self.is_new(&bits, &candidate, &kept, &covered) {
                continue;
            }
            let depth = candidate.conditions.len();
            let made = self.simplest(candidate, &mut sets);
            let is_same = made.candidate.conditions.len() == depth;
            if is_same || self.is_new(&made.bits, &made.candidate, &kept, &covered) {
                covered.bits.join(&made.bits);
                covered.sums = covered.bits.sums(self.values);
                kept.push(made);
            }
        }
        kept.sort_by(|a, b| b.candidate.strength.total_cmp(&a.candidate.strength));
        kept
    }

    /// Whether rows that no kept slice has differ by themselves, or a part of a kept slice differs from
    /// the rest of it; never if its rows are nearly those of a kept one.
    fn is_new(&self, bits: &Bits, candidate: &Candidate, kept: &[Kept], covered: &Covered) -> bool {
        if kept.is_empty() {
            return true;
        }
        if kept.iter().any(|k| k.bits.jaccard(bits) > SAME_FROM) {
            return false;
        }
        let own = bits.without(&covered.bits);
        // Rows like those of a kept slice stand by the thousand, and would let as many stand by chance.
        // What is new must stand among the kept: Benjamini and Hochberg's step for the next of them.
        let bound = (kept.len() + 1) as f64 * self.share / self.weight(candidate);
        if own.count() as f64 >= self.lattice.rows_min {
            let own = own.sums(self.values);
            let rest = self.lattice.total - covered.sums - own;
            if self.differs(own, rest, bound) {
                return true;
            }
        }
        let shared = |(_, k): &(usize, &Kept)| k.bits.and(bits).count();
        let Some((at, around)) = kept.iter().enumerate().max_by_key(shared) else {
            return true;
        };
        // Without the rows that another kept slice explains.
        let others = kept.iter().enumerate().filter(|(other, _)| *other != at);
        let around = others.fold(around.bits.clone(), |own, (_, k)| own.without(&k.bits));
        let part = around.and(bits).sums(self.values);
        self.differs(part, around.sums(self.values) - part, bound)
    }

    fn differs(&self, inside: Sums, outside: Sums, bound: f64) -> bool {
        let least = self.lattice.rows_min;
        if inside.n < least || outside.n < least {
            return false;
        }
        let z = strength(inside, outside, self.lattice.is_flag);
        let p = p_value(z, inside, outside, self.lattice.is_flag);
        z > 0.0 && p <= bound
    }

    /// Drops conditions as long as the rows that they take away are like those they leave.
    fn simplest(&self, candidate: Candidate, sets: &mut Sets) -> Kept {
        let mut now = self.measured(candidate.conditions, sets);
        while now.candidate.conditions.len() > 1 {
            let wider = (0..now.candidate.conditions.len()).filter_map(|at| {
                let mut conditions = now.candidate.conditions.clone();
                conditions.remove(at);
                let wider = self.measured(conditions, sets);
                let taken = wider.sums - now.sums;
                let z = strength(now.sums, taken, self.lattice.is_flag);
                let p = p_value(z, now.sums, taken, self.lattice.is_flag);
                let is_needless = taken.n < self.lattice.rows_min || z <= 0.0 || p > NEEDLESS_ABOVE;
                (is_needless && self.stands(&wider.candidate)).then_some(wider)
            });
            let best = wider.max_by(|a, b| a.candidate.strength.total_cmp(&b.candidate.strength));
            match best {
                Some(wider) => now = wider,
                None => break,
            }
        }
        now
    }

    fn measured(&self, conditions: Conditions, sets: &mut Sets) -> Kept {
        let bits = sets.of(&conditions);
        let sums = bits.sums(self.values);
        let outside = self.lattice.total - sums;
        let z = strength(sums, outside, self.lattice.is_flag);
        let candidate = Candidate {
            conditions,
            strength: z,
            p: p_value(z, sums, outside, self.lattice.is_flag),
        };
        Kept {
            candidate,
            sums,
            bits,
        }
    }

    /// Mean target inside and outside, and their difference, in the target's own units.
    pub(super) fn figures(&self, kept: &Kept) -> (Figure, Figure, Figure) {
        let (inside, outside) = (kept.sums, self.lattice.total - kept.sums);
        let Values::Numbers(_, mean, unit) = self.values else {
            let count = |s: Sums| (s.sum as u64, s.n as u64);
            let ((k1, n1), (k2, n2)) = (count(outside), count(inside));
            let effect = proportion::difference((k1, n1), (k2, n2));
            return (proportion::share(k2, n2), proportion::share(k1, n1), effect);
        };
        let se = |s: Sums| {
            let variance = (s.squares - s.sum * s.sum / s.n).max(0.0) / (s.n - 1.0);
            (variance / s.n).sqrt() * unit
        };
        let quantile = |df: f64| t_quantile(0.5 + CONFIDENCE / 2.0, df);
        let figure = |s: Sums| {
            let (at, half) = (mean + unit * s.sum / s.n, quantile(s.n - 1.0) * se(s));
            Figure::new(at, (at - half, at + half), s.n as u64, "mean")
        };
        let d = unit * (inside.sum / inside.n - outside.sum / outside.n);
        let half = quantile(welch_df(inside, outside)) * se(inside).hypot(se(outside));
        let n = self.lattice.total.n as u64;
        let effect = Figure::new(d, (d - half, d + half), n, "welch");
        (figure(inside), figure(outside), effect)
    }
}

/// The rows of all kept slices.
struct Covered {
    bits: Bits,
    sums: Sums,
}

/// Rows of conditions, made once.
struct Sets<'a> {
    columns: &'a [Column<'a>],
    made: HashMap<(usize, (u8, u8)), Bits>,
}

impl Sets<'_> {
    fn of(&mut self, conditions: &[(usize, (u8, u8))]) -> Bits {
        let mut all: Option<Bits> = None;
        for (place, range) in conditions {
            let columns = self.columns;
            let one = self.made.entry((*place, *range)).or_insert_with(|| {
                let column = columns.iter().find(|c| c.place == *place);
                Bits::of(column.map_or(&[], |c| &c.codes), *range)
            });
            all = Some(all.map_or_else(|| one.clone(), |all| all.and(one)));
        }
        all.unwrap_or_else(|| Bits::none(0))
    }
}

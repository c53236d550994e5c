//! The search for slices.

use super::cells::Values;
use super::column::Column;
use super::evidence::Correction;
use super::feature::{Condition, Feature};
use super::lattice::{Best, Candidate, Lattice};
use super::selection::{Kept, Selection};
use crate::figure::Figure;
use crate::moments::Moments;

/// Row steps that conjunctions of three may take: of more, the most promising triples of columns.
const STEPS_MAX: usize = 400_000_000;
/// At least so many triples are tried, whatever the rows.
const TRIPLES_MIN: usize = 60;
/// The strongest candidates, one set of rows each, that are told apart.
const SHORTLIST: usize = 300;

/// What is searched for.
#[derive(Debug, Clone, Copy)]
pub enum Target<'a> {
    /// Rows that are wrong, or chosen, or of any kind.
    Flags(&'a [bool]),
    /// A loss of each row; rows whose loss is not finite are left out. If all are 0 or 1, as flags.
    Losses(&'a [f64]),
}

/// Bounds of the search.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Options {
    /// Most conditions of a slice, 1 to 3.
    pub depth: usize,
    /// Smallest share of the rows that a slice, and its complement, may have.
    pub support_min: f64,
    /// Fewest rows of either.
    pub rows_min: u64,
    /// Rate of false findings that is accepted.
    pub level: f64,
    /// Most slices told.
    pub most: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            depth: 3,
            support_min: 0.01,
            rows_min: 50,
            level: 0.05,
            most: 20,
        }
    }
}

/// Rows that differ from the rest.
#[derive(Debug, Clone, PartialEq)]
pub struct Slice {
    /// All of them hold.
    pub conditions: Vec<Condition>,
    /// Rows inside.
    pub n: u64,
    /// Their share of all rows.
    pub support: f64,
    /// Mean target inside: a share with Wilson's interval, or a mean with Student's.
    pub inside: Figure,
    /// Mean target of all other rows.
    pub outside: Figure,
    /// Inside minus outside, with Newcombe's or Welch's interval; not corrected for the search.
    pub effect: Figure,
    /// Two-sided p-value of the effect, by itself.
    pub p_value: f64,
    /// The same after Benjamini–Hochberg over everything tried, each depth weighted alike.
    pub adjusted_p_value: f64,
}

/// What a search found.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Search {
    /// Slices whose target is higher than outside, the strongest evidence first. Each says something that
    /// those before it do not.
    pub slices: Vec<Slice>,
    /// Conjunctions that the correction counts.
    pub tried: u64,
    /// Rows.
    pub rows: u64,
    /// Rows left out for want of a target.
    pub left_out: u64,
    /// Triples of columns that were counted, out of how many; the others are counted as tried.
    pub triples: (u64, u64),
}

/// Slices in which `target` is higher than outside. O(c²·n) for c columns and n rows.
///
/// Conditions on numbers are unions of neighbouring bins; conjunctions of three take coarser ones. Above
/// 400 million row steps only the triples of columns whose pairs differ most are counted, and the
/// correction counts the others as if they had been tried. Features of fewer rows than the target are not
/// searched.
pub fn search(features: &[Feature], target: &Target, options: &Options) -> Search {
    let (values, kept) = values(target);
    let rows = kept.as_ref().map_or(values.len(), Vec::len);
    let asked = match target {
        Target::Flags(flags) => flags.len(),
        Target::Losses(losses) => losses.len(),
    };
    let mut result = Search {
        rows: rows as u64,
        left_out: (asked - rows) as u64,
        ..Search::default()
    };
    let columns: Vec<Column> = (0..)
        .zip(features)
        .filter(|(_, f)| f.rows() >= asked && rows > 0)
        .map(|(place, feature)| Column::new(place, feature, kept.as_deref(), rows))
        .collect();
    let mut tries = Tries::new(&values, options);
    tries.singles(&columns);
    if options.depth >= 2 {
        let pairs = tries.pairs(&columns);
        if options.depth >= 3 {
            result.triples = tries.triples(&columns, &pairs);
        }
    }
    result.tried = tries.tried.iter().sum();
    result.slices = tries.told(&columns, options);
    result
}

/// [`search`] with "selected or not" as the target: what is different about these rows.
pub fn what_differs(features: &[Feature], selected: &[bool], options: &Options) -> Search {
    search(features, &Target::Flags(selected), options)
}

/// The targets, and which rows have one if not all do.
fn values(target: &Target) -> (Values, Option<Vec<usize>>) {
    let losses = match target {
        Target::Flags(flags) => {
            return (Values::flags(flags.iter().copied()), None);
        }
        Target::Losses(losses) => losses,
    };
    let rows: Vec<usize> = (0..losses.len())
        .filter(|at| losses.get(*at).is_some_and(|x| x.is_finite()))
        .collect();
    let finite: Vec<f64> = losses.iter().copied().filter(|x| x.is_finite()).collect();
    let kept = (rows.len() < losses.len()).then_some(rows);
    // Written so that −0 is 0 and nothing else is near.
    let is_flag = |x: &f64| x.abs() <= 0.0 || (x - 1.0).abs() <= 0.0;
    if finite.iter().all(is_flag) {
        return (Values::flags(finite.iter().map(|x| *x > 0.5)), kept);
    }
    let scale = finite.iter().fold(0.0, |most: f64, x| most.max(x.abs()));
    let scaled: Vec<f64> = finite.iter().map(|x| x / scale).collect();
    let moments = Moments::of(&scaled);
    let sd = (moments.m2 / moments.n.max(1) as f64).sqrt();
    let unit = if sd > 0.0 { sd } else { 1.0 };
    let numbers = scaled.iter().map(|x| (x - moments.mean) / unit).collect();
    (
        Values::Numbers(numbers, moments.mean * scale, unit * scale),
        kept,
    )
}

struct Tries<'a> {
    values: &'a Values,
    lattice: Lattice,
    /// Conjunctions of each depth.
    tried: [u64; 3],
    /// P-values of each depth.
    found: [Vec<f64>; 3],
    candidates: Vec<Candidate>,
}

impl<'a> Tries<'a> {
    fn new(values: &'a Values, options: &Options) -> Self {
        let support = options.support_min.clamp(0.0, 1.0) * values.len() as f64;
        let lattice = Lattice {
            total: values.total(),
            is_flag: matches!(values, Values::Flags(..)),
            rows_min: support.max(options.rows_min.max(2) as f64),
            found: Vec::new(),
            tried: 0,
        };
        Self {
            values,
            lattice,
            tried: [0; 3],
            found: [const { Vec::new() }; 3],
            candidates: Vec::new(),
        }
    }

    fn singles(&mut self, columns: &[Column]) {
        let zeros = vec![0_u16; self.values.len()];
        for column in columns {
            let size = column.fine.size;
            let table = self.values.table(&zeros, &column.codes, size, size);
            let best = self.lattice.walk(&[(column.place, &column.fine)], &table);
            self.candidates.extend(best.candidates);
        }
        self.close(0);
    }

    /// The strongest difference of each pair of columns, by the first and the second.
    fn pairs(&mut self, columns: &[Column]) -> Vec<Vec<f64>> {
        let mut strengths = vec![vec![0.0; columns.len()]; columns.len()];
        for (i, a) in columns.iter().enumerate() {
            let high: Vec<u16> = a.codes.iter().map(|code| u16::from(*code)).collect();
            for (j, b) in columns.iter().enumerate().skip(i + 1) {
                let size = b.fine.size;
                let table = self.values.table(&high, &b.codes, size, a.fine.size * size);
                let best = self
                    .lattice
                    .walk(&[(a.place, &a.fine), (b.place, &b.fine)], &table);
                let strength = self.take(best);
                if let Some(place) = strengths.get_mut(i).and_then(|row| row.get_mut(j)) {
                    *place = strength;
                }
            }
        }
        self.close(1);
        strengths
    }

    fn take(&mut self, best: Best) -> f64 {
        self.candidates.extend(best.candidates);
        best.strength
    }

    /// Counts the triples whose three pairs together differ most; returns how many, of how many.
    fn triples(&mut self, columns: &[Column], pairs: &[Vec<f64>]) -> (u64, u64) {
        let pair = |i: usize, j: usize| {
            pairs
                .get(i)
                .and_then(|row| row.get(j))
                .copied()
                .unwrap_or(0.0)
        };
        let count = columns.len();
        let mut triples: Vec<(f64, [usize; 3])> = Vec::new();
        for i in 0..count {
            for j in i + 1..count {
                let of = |k| {
                    (
                        pair(i, j).powi(2) + pair(i, k).powi(2) + pair(j, k).powi(2),
                        [i, j, k],
                    )
                };
                triples.extend((j + 1..count).map(of));
            }
        }
        let all = triples.len();
        let most = (STEPS_MAX / self.values.len().max(1)).max(TRIPLES_MIN);
        triples.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        let skipped: Vec<[usize; 3]> = triples.iter().skip(most).map(|(_, t)| *t).collect();
        triples.truncate(most);
        let mut chosen: Vec<[usize; 3]> = triples.into_iter().map(|(_, t)| t).collect();
        // In order, so that the keys of a pair serve all its triples.
        chosen.sort_unstable();
        let coarse: Vec<Vec<u8>> = columns.iter().map(Column::coarse_cells).collect();
        for run in chosen.chunk_by(|a, b| a[..2] == b[..2]) {
            self.run(columns, &coarse, run);
        }
        self.close(2);
        let terms = |at: &usize| columns.get(*at).map_or(0, |c| c.coarse.terms.len() as u64);
        let unseen = skipped.iter().map(|t| t.iter().map(terms).product::<u64>());
        self.tried[2] += unseen.sum::<u64>();
        (chosen.len() as u64, all as u64)
    }

    /// Triples of which the first two columns are the same.
    fn run(&mut self, columns: &[Column], coarse: &[Vec<u8>], run: &[[usize; 3]]) {
        let column = |at: usize| Some((columns.get(at)?, coarse.get(at)?));
        let Some([i, j, _]) = run.first() else { return };
        let (Some((a, first)), Some((b, second))) = (column(*i), column(*j)) else {
            return;
        };
        let size = b.coarse.size as u16;
        let rows = first.iter().zip(second);
        let high: Vec<u16> = rows
            .map(|(x, y)| u16::from(*x) * size + u16::from(*y))
            .collect();
        for (c, third) in run.iter().filter_map(|[_, _, k]| column(*k)) {
            let size = c.coarse.size;
            let cells = a.coarse.size * b.coarse.size * size;
            let table = self.values.table(&high, third, size, cells);
            let columns = [
                (a.place, &a.coarse),
                (b.place, &b.coarse),
                (c.place, &c.coarse),
            ];
            let best = self.lattice.walk(&columns, &table);
            self.take(best);
        }
    }

    fn close(&mut self, depth: usize) {
        let found = std::mem::take(&mut self.lattice.found);
        let tried = std::mem::take(&mut self.lattice.tried);
        if let (Some(f), Some(t)) = (self.found.get_mut(depth), self.tried.get_mut(depth)) {
            (*f, *t) = (found, tried);
        }
    }

    /// The correction weighs each depth alike (Genovese, Roeder, Wasserman 2006), so that the many deep
    /// conjunctions do not hide the few plain ones.
    fn told(self, columns: &[Column], options: &Options) -> Vec<Slice> {
        let depths = self.tried.iter().filter(|t| **t > 0).count() as f64;
        let all: u64 = self.tried.iter().sum();
        let weights = self.tried.map(|t| depths * t as f64 / all.max(1) as f64);
        let mut found = Vec::new();
        for (ps, weight) in self.found.into_iter().zip(weights) {
            found.extend(ps.into_iter().map(|p| p * weight));
        }
        let correction = Correction::new(found, all as f64);
        let level = options.level.clamp(0.0, 1.0);
        let selection = Selection {
            columns,
            values: self.values,
            lattice: &self.lattice,
            weights,
            critical: correction.critical(level),
            share: level / all.max(1) as f64,
        };
        let mut candidates = self.candidates;
        candidates.retain(|c| selection.stands(c));
        candidates.sort_by(|a, b| b.strength.total_cmp(&a.strength));
        candidates.truncate(SHORTLIST);
        let kept = selection.kept(candidates, options.most);
        kept.into_iter()
            .map(|kept| told(kept, &selection, &correction))
            .collect()
    }
}

fn told(kept: Kept, selection: &Selection, correction: &Correction) -> Slice {
    let (inside, outside, effect) = selection.figures(&kept);
    let condition = |(place, codes): &(usize, (u8, u8))| {
        let column = selection.columns.iter().find(|c| c.place == *place)?;
        Some(column.feature.condition(*codes))
    };
    let weight = selection.weight(&kept.candidate);
    Slice {
        conditions: kept
            .candidate
            .conditions
            .iter()
            .filter_map(condition)
            .collect(),
        n: kept.sums.n as u64,
        support: kept.sums.n / selection.lattice.total.n,
        inside,
        outside,
        effect,
        p_value: kept.candidate.p,
        adjusted_p_value: correction.adjusted(kept.candidate.p * weight),
    }
}

//! Every conjunction of conditions on one, two or three columns, as sums over cells.

use super::cells::Sums;
use super::evidence::{p_value, strength};
use super::feature::{Level, Term};

/// Candidates kept for each set of columns.
const KEPT: usize = 3;
/// Weaker ones cannot be significant: their p-value is above 5 %.
const STRENGTH_MIN: f64 = 1.9;

/// Conditions by the place of their column, with the range of codes.
pub(super) type Conditions = Vec<(usize, (u8, u8))>;

/// A conjunction that exceeds its complement.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Candidate {
    pub(super) conditions: Conditions,
    pub(super) strength: f64,
    pub(super) p: f64,
}

/// What to try, and what came of it.
pub(super) struct Lattice {
    pub(super) total: Sums,
    pub(super) is_flag: bool,
    /// Fewest rows inside, and outside.
    pub(super) rows_min: f64,
    /// P-values below 5 % of the depth at hand.
    pub(super) found: Vec<f64>,
    /// Conjunctions tried at the depth at hand.
    pub(super) tried: u64,
}

/// The best of one set of columns.
#[derive(Default)]
pub(super) struct Best {
    pub(super) candidates: Vec<Candidate>,
    /// The strongest difference either way.
    pub(super) strength: f64,
}

impl Lattice {
    /// Tries all conjunctions of one condition on each of `columns`, whose cells `table` holds, the last
    /// column's side by side.
    pub(super) fn walk(&mut self, columns: &[(usize, &Level)], table: &[Sums]) -> Best {
        let mut best = Best::default();
        let mut chosen = Vec::with_capacity(columns.len());
        self.step(columns, table, &mut chosen, &mut best);
        best
    }

    fn step(
        &mut self,
        columns: &[(usize, &Level)],
        table: &[Sums],
        chosen: &mut Conditions,
        best: &mut Best,
    ) {
        let Some(((column, level), rest)) = columns.split_first() else {
            return;
        };
        let width: usize = rest.iter().map(|(_, level)| level.size).product();
        let running = running(table, width);
        for term in &level.terms {
            let Some(inside) = between(&running, width, term) else {
                continue;
            };
            let (low, high) = inside;
            if let ([low], [high], true) = (low, high, rest.is_empty()) {
                self.judge(*high - *low, (*column, term.codes), chosen, best);
                continue;
            }
            let cells: Vec<Sums> = high
                .iter()
                .zip(low)
                .map(|(high, low)| *high - *low)
                .collect();
            if cells.iter().map(|c| c.n).sum::<f64>() < self.rows_min {
                continue;
            }
            chosen.push((*column, term.codes));
            self.step(rest, &cells, chosen, best);
            chosen.pop();
        }
    }

    fn judge(
        &mut self,
        inside: Sums,
        last: (usize, (u8, u8)),
        chosen: &[(usize, (u8, u8))],
        best: &mut Best,
    ) {
        let outside = self.total - inside;
        if inside.n < self.rows_min || outside.n < self.rows_min {
            return;
        }
        self.tried += 1;
        let z = strength(inside, outside, self.is_flag);
        best.strength = best.strength.max(z.abs());
        if z.abs() < STRENGTH_MIN {
            return;
        }
        let p = p_value(z, inside, outside, self.is_flag);
        self.found.push(p);
        let is_full = best.candidates.len() >= KEPT;
        let weakest = best.candidates.last().map_or(0.0, |c| c.strength);
        if z <= 0.0 || (is_full && z <= weakest) {
            return;
        }
        let at = best.candidates.partition_point(|c| c.strength >= z);
        let conditions = chosen.iter().copied().chain([last]).collect();
        let made = Candidate {
            conditions,
            strength: z,
            p,
        };
        best.candidates.insert(at, made);
        best.candidates.truncate(KEPT);
    }
}

/// Rows of `width` cells, each the sum of those before it; one more than the table has.
fn running(table: &[Sums], width: usize) -> Vec<Sums> {
    let mut running = vec![Sums::default(); width];
    running.reserve(table.len());
    for (at, cell) in table.iter().enumerate() {
        let before = running.get(at).copied().unwrap_or_default();
        running.push(before + *cell);
    }
    running
}

/// The rows of [`running`] whose difference is what lies within `term`.
fn between<'a>(running: &'a [Sums], width: usize, term: &Term) -> Option<(&'a [Sums], &'a [Sums])> {
    let row = |at: usize| running.get(at * width..(at + 1) * width);
    Some((row(term.cells.0)?, row(term.cells.1 + 1)?))
}

//! Cells: rows by group, decision and outcome.

use crate::figure::Figure;
use crate::proportion::share;
use hashbrown::HashMap;

/// Up to so many possible groups each has its place; more are looked up.
const DENSE_MAX: u64 = 1 << 16;

/// A column that says which group each row belongs to.
#[derive(Debug, Clone, Copy)]
pub struct Attribute<'a> {
    /// Its name, e.g. `sex`.
    pub name: &'a str,
    /// The group of each row, a place in `groups`; one beyond them says that it is not known.
    pub codes: &'a [u32],
    /// Names of the groups.
    pub groups: &'a [String],
}

/// What was decided on each row, and what came. Rows beyond the shortest side are left out.
#[derive(Debug, Clone, Copy)]
pub struct Rows<'a> {
    /// Whether the row was selected (the positive class); `None` if not known.
    pub decisions: &'a [Option<bool>],
    /// Whether the outcome was positive; `None` if not known. Empty without outcomes.
    pub outcomes: &'a [Option<bool>],
    /// Predicted probabilities of the positive class; NaN if not known. Empty without scores.
    pub scores: &'a [f64],
}

/// Counts of one group.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Counts {
    /// Rows by decision (no, yes, not known) and outcome (no, yes, not known).
    pub cells: [[u64; 3]; 3],
    /// Rows with a score and an outcome.
    pub scored: u64,
    /// Sum of score − outcome over them.
    pub excess: f64,
    /// Sum of squares of score − outcome.
    pub squares: f64,
}

/// A share of a group's rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Rate {
    /// Positive outcomes among those known.
    Base,
    /// Selected among decided.
    Selection,
    /// Selected among positive outcomes (recall).
    Tpr,
    /// Selected among negative outcomes.
    Fpr,
    /// Not selected among positive outcomes.
    Fnr,
    /// Not selected among negative outcomes (specificity).
    Tnr,
    /// Positive outcomes among selected (precision).
    Ppv,
    /// Negative outcomes among selected.
    Fdr,
    /// Decisions equal to the outcome.
    Accuracy,
}

impl Rate {
    /// All of them.
    pub const ALL: [Rate; 9] = [
        Rate::Base,
        Rate::Selection,
        Rate::Tpr,
        Rate::Fpr,
        Rate::Fnr,
        Rate::Tnr,
        Rate::Ppv,
        Rate::Fdr,
        Rate::Accuracy,
    ];

    /// Its name in answers.
    pub const fn name(self) -> &'static str {
        match self {
            Rate::Base => "base_rate",
            Rate::Selection => "selection_rate",
            Rate::Tpr => "tpr",
            Rate::Fpr => "fpr",
            Rate::Fnr => "fnr",
            Rate::Tnr => "tnr",
            Rate::Ppv => "ppv",
            Rate::Fdr => "fdr",
            Rate::Accuracy => "accuracy",
        }
    }

    /// What it is called in sentences.
    pub const fn words(self) -> &'static str {
        match self {
            Rate::Base => "base rate",
            Rate::Selection => "selection rate",
            Rate::Tpr => "true positive rate",
            Rate::Fpr => "false positive rate",
            Rate::Fnr => "false negative rate",
            Rate::Tnr => "true negative rate",
            Rate::Ppv => "positive predictive value",
            Rate::Fdr => "false discovery rate",
            Rate::Accuracy => "accuracy",
        }
    }
}

impl Counts {
    /// All rows.
    pub fn n(&self) -> u64 {
        self.cells.iter().flatten().sum()
    }

    /// Rows whose outcome is known.
    pub fn labelled(&self) -> u64 {
        self.cells.iter().map(|[no, yes, _]| no + yes).sum()
    }

    /// Numerator and denominator of a rate.
    pub fn of(&self, rate: Rate) -> (u64, u64) {
        let [[tn, fn_, no], [fp, tp, yes], [_, up, _]] = self.cells;
        match rate {
            Rate::Base => (fn_ + tp + up, self.labelled()),
            Rate::Selection => (fp + tp + yes, fp + tp + yes + tn + fn_ + no),
            Rate::Tpr => (tp, tp + fn_),
            Rate::Fnr => (fn_, tp + fn_),
            Rate::Fpr => (fp, fp + tn),
            Rate::Tnr => (tn, fp + tn),
            Rate::Ppv => (tp, tp + fp),
            Rate::Fdr => (fp, tp + fp),
            Rate::Accuracy => (tp + tn, tp + tn + fp + fn_),
        }
    }

    /// A rate with Wilson's interval; undefined if its denominator is 0.
    pub fn rate(&self, rate: Rate) -> Figure {
        let (k, n) = self.of(rate);
        share(k, n)
    }

    /// Adds the rows of `other`.
    pub fn merge(&mut self, other: &Self) {
        let ours = self.cells.iter_mut().flatten();
        ours.zip(other.cells.iter().flatten())
            .for_each(|(a, b)| *a += b);
        self.scored += other.scored;
        self.excess += other.excess;
        self.squares += other.squares;
    }
}

/// Counts by the combination of the groups of `attributes` (the places in their order), for each
/// combination that has rows, ascending. An unknown group is a place beyond the names. One pass, 10 to
/// 20 ns a row.
pub fn count(attributes: &[Attribute], rows: &Rows) -> Vec<(Vec<usize>, Counts)> {
    let lengths = attributes.iter().map(|a| a.codes.len());
    let n = lengths.fold(rows.decisions.len(), usize::min);
    let sizes: Vec<u64> = attributes
        .iter()
        .map(|a| a.groups.len() as u64 + 1)
        .collect();
    let product = sizes
        .iter()
        .try_fold(1_u64, |all, size| all.checked_mul(*size));
    let counted = match (product, attributes) {
        (Some(product), [one]) if product <= DENSE_MAX => {
            let last = one.groups.len() as u64;
            let place =
                |row: usize| u64::from(one.codes.get(row).copied().unwrap_or(u32::MAX)).min(last);
            dense(n, product, rows, place)
        }
        (Some(product), _) if product <= DENSE_MAX => {
            dense(n, product, rows, |row| key(attributes, &sizes, row))
        }
        _ => sparse(n, rows, |row| key(attributes, &sizes, row)),
    };
    let apart = |(key, counts)| (places(key, &sizes), counts);
    counted.into_iter().map(apart).collect()
}

/// The combination of a row's groups as one number. Above 2⁶⁴ combinations some would share it; a table
/// of that many groups has no meaning anyway.
fn key(attributes: &[Attribute], sizes: &[u64], row: usize) -> u64 {
    let parts = attributes.iter().zip(sizes);
    parts.fold(0_u64, |all, (attribute, size)| {
        let code = attribute.codes.get(row).copied().unwrap_or(u32::MAX);
        all.wrapping_mul(*size)
            .wrapping_add(u64::from(code).min(size - 1))
    })
}

fn places(mut key: u64, sizes: &[u64]) -> Vec<usize> {
    let mut places: Vec<usize> = Vec::with_capacity(sizes.len());
    for size in sizes.iter().rev() {
        places.push((key % size) as usize);
        key /= size;
    }
    places.reverse();
    places
}

fn dense(n: usize, places: u64, rows: &Rows, place: impl Fn(usize) -> u64) -> Vec<(u64, Counts)> {
    let mut counts = vec![Counts::default(); places as usize];
    for row in 0..n {
        if let Some(counts) = counts.get_mut(place(row) as usize) {
            take(counts, rows, row);
        }
    }
    let counts = (0..).zip(counts);
    counts.filter(|(_, c)| c.n() > 0).collect()
}

fn sparse(n: usize, rows: &Rows, key: impl Fn(usize) -> u64) -> Vec<(u64, Counts)> {
    let mut counts: HashMap<u64, Counts> = HashMap::new();
    for row in 0..n {
        take(counts.entry(key(row)).or_default(), rows, row);
    }
    let mut counts: Vec<_> = counts.into_iter().collect();
    counts.sort_unstable_by_key(|(key, _)| *key);
    counts
}

fn take(counts: &mut Counts, rows: &Rows, row: usize) {
    let place = |x: Option<&Option<bool>>| x.copied().flatten().map_or(2, usize::from);
    let outcome = place(rows.outcomes.get(row));
    counts.cells[place(rows.decisions.get(row))][outcome] += 1;
    if let Some(score) = rows
        .scores
        .get(row)
        .filter(|s| outcome < 2 && s.is_finite())
    {
        let off = score - outcome as f64;
        counts.scored += 1;
        counts.excess += off;
        counts.squares += off * off;
    }
}

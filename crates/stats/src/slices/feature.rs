//! Columns as bins and categories, and conditions on them.

use crate::sample::Sorted;
use std::fmt;

/// Most edges of a column of numbers.
const EDGES_MAX: usize = 31;
/// Most categories that conditions name; the rest are only counted.
const NAMED_MAX: usize = 60;
/// Bins and named categories of a column in conjunctions of three.
const COARSE_BINS: usize = 5;
const COARSE_NAMED: usize = 14;
/// Rows that are held against the edges in one go.
const BLOCK: usize = 1_024;
/// Numbers of at most so many distinct values get a bin each.
const FEW: usize = 10;

/// A column whose rows are bins or categories.
#[derive(Debug, Clone, PartialEq)]
pub struct Feature {
    /// The column's name.
    pub name: String,
    kind: Kind,
    codes: Vec<u8>,
}

#[derive(Debug, Clone, PartialEq)]
enum Kind {
    /// Ascending edges.
    Numbers(Vec<f64>),
    /// Names of the categories that have a code of their own, the most frequent first.
    Categories(Vec<String>),
}

/// One condition on a column.
#[derive(Debug, Clone, PartialEq)]
pub struct Condition {
    /// The column's name.
    pub column: String,
    /// What holds for it.
    pub test: Test,
}

/// What holds for a value.
#[derive(Debug, Clone, PartialEq)]
pub enum Test {
    /// It is a number below this one.
    Below(f64),
    /// It is a number not below this one.
    AtLeast(f64),
    /// It is a number not below the first and below the second.
    Between(f64, f64),
    /// It is this category.
    Is(String),
    /// It is missing.
    Missing,
    /// It is not missing.
    Present,
}

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let column = &self.column;
        match &self.test {
            Test::Below(to) => write!(f, "{column} < {to}"),
            Test::AtLeast(from) => write!(f, "{column} ≥ {from}"),
            Test::Between(from, to) => write!(f, "{from} ≤ {column} < {to}"),
            Test::Is(category) => write!(f, "{column} = {category}"),
            Test::Missing => write!(f, "{column} is missing"),
            Test::Present => write!(f, "{column} is not missing"),
        }
    }
}

/// Edges for [`Feature::numbers`]: the reference's deciles, equal ones merged, or its values themselves
/// where they are at most ten. None without two values.
pub fn edges(reference: &Sorted) -> Vec<f64> {
    let mut edges: Vec<f64> = if reference.distinct(FEW) <= FEW {
        reference.counted().into_iter().map(|(x, _)| x).collect()
    } else {
        let deciles = (1..10).map(|i| reference.quantile(f64::from(i) / 10.0));
        deciles.flatten().collect()
    };
    let least = reference.values().first().copied();
    edges.dedup_by(|next, kept| next <= kept);
    edges.retain(|edge| least.is_some_and(|least| *edge > least));
    edges
}

impl Feature {
    /// A column of numbers with bins between ascending `edges` (at most 31 are used), closed on the left,
    /// open at the ends. NaN is missing, a bin of its own.
    pub fn numbers(name: impl Into<String>, values: &[f64], edges: &[f64]) -> Self {
        let mut kept: Vec<f64> = edges.iter().copied().filter(|e| !e.is_nan()).collect();
        kept.sort_unstable_by(f64::total_cmp);
        kept.dedup_by(|next, kept| next <= kept);
        kept.truncate(EDGES_MAX);
        let missing = kept.len() as u8 + 1;
        let mut codes = vec![0_u8; values.len()];
        // Edge by edge, which the compiler turns into comparing many rows at a time.
        for (codes, values) in codes.chunks_mut(BLOCK).zip(values.chunks(BLOCK)) {
            for edge in &kept {
                let rows = codes.iter_mut().zip(values);
                rows.for_each(|(code, x)| *code = code.wrapping_add(u8::from(x >= edge)));
            }
            let rows = codes.iter_mut().zip(values);
            rows.for_each(|(code, x)| *code = if x.is_nan() { missing } else { *code });
        }
        Self {
            name: name.into(),
            codes,
            kind: Kind::Numbers(kept),
        }
    }

    /// A column of categories: the category of each row as a place in `names`; one beyond them is missing.
    /// Conditions name the 60 most frequent.
    pub fn categories(name: impl Into<String>, codes: &[u32], names: &[String]) -> Self {
        let mut rows = vec![0_u64; names.len()];
        for code in codes {
            if let Some(n) = rows.get_mut(*code as usize) {
                *n += 1;
            }
        }
        let mut order: Vec<usize> = (0..names.len()).collect();
        order.sort_by_key(|at| std::cmp::Reverse(rows.get(*at)));
        order.truncate(NAMED_MAX);
        let (missing, rest) = (order.len() as u8, order.len() as u8 + 1);
        let mut own = vec![rest; names.len()];
        for (code, at) in (0..).zip(&order) {
            if let Some(own) = own.get_mut(*at) {
                *own = code;
            }
        }
        let code = |code: &u32| own.get(*code as usize).copied().unwrap_or(missing);
        let named = order.iter().filter_map(|at| names.get(*at).cloned());
        Self {
            name: name.into(),
            kind: Kind::Categories(named.collect()),
            codes: codes.iter().map(code).collect(),
        }
    }

    /// Rows.
    pub fn rows(&self) -> usize {
        self.codes.len()
    }

    pub(super) fn codes(&self) -> &[u8] {
        &self.codes
    }

    /// Codes of values; that of missing ones follows, then that of categories without a name.
    fn values(&self) -> usize {
        match &self.kind {
            Kind::Numbers(edges) => edges.len() + 1,
            Kind::Categories(names) => names.len(),
        }
    }

    /// All codes as they are, with every condition on them.
    pub(super) fn fine(&self) -> Level {
        let values = self.values();
        let bins = (0..values).map(|at| (at, at)).collect();
        self.level((0..values + 2).collect(), bins)
    }

    /// Fewer codes, for conjunctions of three: neighbouring bins merged, rare categories left to the rest.
    pub(super) fn coarse(&self) -> Level {
        let values = self.values();
        let (of_value, bins): (Vec<usize>, usize) = match &self.kind {
            Kind::Numbers(_) if values > COARSE_BINS + 1 => (
                (0..values).map(|at| at * COARSE_BINS / values).collect(),
                COARSE_BINS,
            ),
            Kind::Categories(_) if values > COARSE_NAMED => {
                let own = (0..values).map(|at| {
                    if at < COARSE_NAMED {
                        at
                    } else {
                        COARSE_NAMED + 1
                    }
                });
                (own.collect(), COARSE_NAMED)
            }
            _ => ((0..values).collect(), values),
        };
        let span = |bin: usize| {
            let first = of_value.iter().position(|b| *b == bin).unwrap_or(0);
            let last = of_value.iter().rposition(|b| *b == bin).unwrap_or(0);
            (first, last)
        };
        let spans = (0..bins).map(span).collect();
        let map = of_value.into_iter().chain([bins, bins + 1]).collect();
        self.level(map, spans)
    }

    fn level(&self, map: Vec<usize>, spans: Vec<(usize, usize)>) -> Level {
        let (bins, missing) = (spans.len(), self.values() as u8);
        let term = |low: usize, high: usize| Term {
            cells: (low, high),
            codes: (
                spans.get(low).map_or(0, |s| s.0 as u8),
                spans.get(high).map_or(0, |s| s.1 as u8),
            ),
        };
        let mut terms: Vec<Term> = match &self.kind {
            Kind::Numbers(_) => {
                // The whole range says that the value is not missing.
                let from = (0..bins).flat_map(|low| (low..bins).map(move |high| (low, high)));
                from.map(|(low, high)| term(low, high)).collect()
            }
            Kind::Categories(_) => (0..bins).map(|at| term(at, at)).collect(),
        };
        terms.push(Term {
            cells: (bins, bins),
            codes: (missing, missing),
        });
        Level {
            size: bins + 2,
            map: map.into_iter().map(|code| code as u8).collect(),
            terms,
        }
    }

    /// The condition that a code from `low` to `high` states.
    pub(super) fn condition(&self, (low, high): (u8, u8)) -> Condition {
        let (low, high, values) = (usize::from(low), usize::from(high), self.values());
        let test = match &self.kind {
            _ if low >= values => Test::Missing,
            Kind::Categories(names) => Test::Is(names.get(low).cloned().unwrap_or_default()),
            Kind::Numbers(edges) => {
                let from = low.checked_sub(1).and_then(|at| edges.get(at));
                match (from, edges.get(high)) {
                    (None, None) => Test::Present,
                    (None, Some(to)) => Test::Below(*to),
                    (Some(from), None) => Test::AtLeast(*from),
                    (Some(from), Some(to)) => Test::Between(*from, *to),
                }
            }
        };
        Condition {
            column: self.name.clone(),
            test,
        }
    }
}

/// A column's codes in tables of cells, and the conditions on them.
pub(super) struct Level {
    /// Cells along this column.
    pub(super) size: usize,
    /// The cell of each code.
    pub(super) map: Vec<u8>,
    pub(super) terms: Vec<Term>,
}

/// One condition: a range of cells, and of codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Term {
    pub(super) cells: (usize, usize),
    pub(super) codes: (u8, u8),
}

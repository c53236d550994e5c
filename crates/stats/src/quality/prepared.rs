//! Rules on columns that were counted before.

use super::check::{Check, EXAMPLES, Finding, Label};
use super::masks::reads;
use super::rule::{Counted, Rule};
use crate::figure::Figure;
use crate::loose::Loose;
use crate::proportion::share;
use crate::sample::{Sorted, Tally};
use crate::value_type::ValueType;
use hashbrown::HashSet;

/// Rows from which on a column may be called constant.
const CONSTANT_ROWS: u64 = 30;
/// Chance of so many equal rows, below which a column that varied is called constant.
const CONSTANT_CHANCE: f64 = 1e-6;

/// One side of a column, counted once for every rule.
#[derive(Debug, Clone, Copy)]
pub enum Prepared<'a> {
    /// Numbers, ascending.
    Sorted(&'a Sorted),
    /// Numbers in the order of their rows.
    Loose(&'a Loose),
    /// Words.
    Words(&'a Tally),
    /// Values that are only there or not.
    Opaque {
        /// All rows.
        rows: u64,
        /// Rows without a value.
        missing: u64,
    },
}

impl Prepared<'_> {
    /// All rows.
    pub fn rows(&self) -> u64 {
        match self {
            Prepared::Sorted(side) => side.rows(),
            Prepared::Loose(side) => side.rows(),
            Prepared::Words(side) => side.rows(),
            Prepared::Opaque { rows, .. } => *rows,
        }
    }

    /// Rows without a value.
    pub fn missing(&self) -> u64 {
        match self {
            Prepared::Sorted(side) => side.missing,
            Prepared::Loose(side) => side.missing,
            Prepared::Words(side) => side.missing,
            Prepared::Opaque { missing, .. } => *missing,
        }
    }

    /// The least and the largest finite number.
    pub fn bounds(&self) -> Option<(f64, f64)> {
        match self {
            Prepared::Sorted(side) => Some((*side.values().first()?, *side.values().last()?)),
            Prepared::Loose(side) => side.bounds(),
            _ => None,
        }
    }

    /// Rows of −∞ and of +∞.
    pub fn infinite(&self) -> (u64, u64) {
        match self {
            Prepared::Sorted(side) => (side.below, side.above),
            Prepared::Loose(side) => (side.below, side.above),
            _ => (0, 0),
        }
    }

    fn is_numeric(&self) -> bool {
        matches!(self, Prepared::Sorted(_) | Prepared::Loose(_))
    }

    /// Finite values, in any order.
    fn numbers(&self) -> &[f64] {
        match self {
            Prepared::Sorted(side) => side.values(),
            Prepared::Loose(side) => side.values(),
            _ => &[],
        }
    }

    /// Distinct values, up to 2; of values that are only there or not, 2.
    fn varies(&self) -> usize {
        match self {
            Prepared::Words(side) => side.counts().len().min(2),
            Prepared::Opaque { .. } => 2,
            _ => match self.bounds() {
                None => 0,
                Some((low, high)) => 1 + usize::from(low < high),
            },
        }
    }

    /// The share of all values but the most frequent one.
    fn rarest(&self) -> Option<f64> {
        let counts: Vec<u64> = match self {
            Prepared::Sorted(side) => side.counted().into_iter().map(|(_, n)| n).collect(),
            Prepared::Loose(side) => match side.few() {
                Some(few) => few.iter().map(|(_, n)| *n).collect(),
                None => side
                    .sorted()
                    .counted()
                    .into_iter()
                    .map(|(_, n)| n)
                    .collect(),
            },
            Prepared::Words(side) => side.counts().iter().map(|(_, n)| *n).collect(),
            Prepared::Opaque { .. } => return None,
        };
        let all: u64 = counts.iter().sum();
        let most = counts.into_iter().max()?;
        (all > 0).then(|| (all - most) as f64 / all as f64)
    }
}

impl Rule {
    /// Failing and judged rows of a column that was counted before. `None` if the rule does not suit the column,
    /// or needs its rows one by one.
    pub fn counted(&self, side: Prepared<'_>) -> Option<Counted> {
        let known = side.rows() - side.missing();
        let made = |failed: u64, values: Vec<String>| Counted {
            failed,
            known,
            unknown: side.missing(),
            values,
        };
        let (below, above) = side.infinite();
        match self {
            Rule::Complete => Some(Counted {
                failed: side.missing(),
                known: side.rows(),
                ..Counted::default()
            }),
            Rule::Finite if side.is_numeric() => Some(made(below + above, Vec::new())),
            Rule::Whole if side.is_numeric() => {
                let broken = |x: &&f64| x.fract().abs() > 0.0;
                let failed = side.numbers().iter().filter(broken).count() as u64;
                let values = side.numbers().iter().filter(broken).take(EXAMPLES);
                let values = values.map(f64::to_string).collect();
                Some(made(failed + below + above, values))
            }
            Rule::Range(low, high) if side.is_numeric() => {
                let (failed, values) = outside(side, *low, *high);
                Some(made(failed, values))
            }
            Rule::Allowed(all) => {
                let (failed, values) = strangers(side, all.iter().map(String::as_str))?;
                Some(made(failed, values))
            }
            Rule::Among(tally) => {
                let all = tally.counts().iter().map(|(word, _)| word.as_str());
                let (failed, values) = strangers(side, all)?;
                Some(made(failed, values))
            }
            Rule::Type(ty) => {
                let (failed, values) = foreign(side, *ty)?;
                Some(made(failed, values))
            }
            _ => None,
        }
    }
}

/// Rows beyond the bounds, and the most extreme of them.
fn outside(side: Prepared<'_>, low: Option<f64>, high: Option<f64>) -> (u64, Vec<String>) {
    let (below, above) = side.infinite();
    let infinite = low.map_or(0, |_| below) + high.map_or(0, |_| above);
    let (from, to) = (
        low.unwrap_or(f64::NEG_INFINITY),
        high.unwrap_or(f64::INFINITY),
    );
    let Some((least, most)) = side.bounds() else {
        return (infinite, Vec::new());
    };
    let extreme = [(least, least < from), (most, most > to)];
    let extreme = extreme.into_iter().filter(|(_, is_out)| *is_out);
    let values: Vec<String> = extreme.map(|(x, _)| x.to_string()).collect();
    if values.is_empty() {
        return (infinite, values);
    }
    let failed = match side {
        Prepared::Sorted(side) => {
            let values = side.values();
            let inside =
                values.partition_point(|x| *x <= to) - values.partition_point(|x| *x < from);
            values.len() - inside
        }
        _ => side
            .numbers()
            .iter()
            .filter(|x| **x < from || **x > to)
            .count(),
    };
    (failed as u64 + infinite, values)
}

/// Rows of values that are not `known`, and the most frequent of them. Numbers are compared as numbers.
fn strangers<'a>(
    side: Prepared<'_>,
    known: impl Iterator<Item = &'a str>,
) -> Option<(u64, Vec<String>)> {
    match side {
        Prepared::Words(tally) => {
            let known: HashSet<&str> = known.collect();
            Some(unfit(tally, |word| known.contains(word)))
        }
        Prepared::Sorted(_) | Prepared::Loose(_) => {
            let parsed = known.filter_map(|text| text.trim().parse::<f64>().ok());
            let known: HashSet<u64> = parsed.map(|x| (x + 0.0).to_bits()).collect();
            let strange = |x: &&f64| !known.contains(&x.to_bits());
            let numbers = side.numbers();
            let (below, above) = side.infinite();
            let failed = numbers.iter().filter(strange).count() as u64 + below + above;
            let mut values: Vec<String> = Vec::new();
            for x in numbers.iter().filter(strange) {
                let text = x.to_string();
                if values.len() < EXAMPLES && !values.contains(&text) {
                    values.push(text);
                }
                if values.len() >= EXAMPLES {
                    break;
                }
            }
            Some((failed, values))
        }
        Prepared::Opaque { .. } => None,
    }
}

/// Rows of words that do not fit, and the most frequent of those.
fn unfit(tally: &Tally, fits: impl Fn(&str) -> bool) -> (u64, Vec<String>) {
    let all = tally.counts().iter();
    let mut bad: Vec<(&str, u64)> = all
        .filter(|(word, rows)| *rows > 0 && !fits(word))
        .map(|(word, rows)| (word.as_str(), *rows))
        .collect();
    bad.sort_by(|x, y| y.1.cmp(&x.1).then_with(|| x.0.cmp(y.0)));
    let rows = bad.iter().map(|(_, rows)| rows).sum();
    let named = bad.into_iter().take(EXAMPLES);
    (rows, named.map(|(word, _)| word.to_owned()).collect())
}

/// Rows that cannot be read as `ty`.
fn foreign(side: Prepared<'_>, ty: ValueType) -> Option<(u64, Vec<String>)> {
    match (side, ty) {
        (Prepared::Words(tally), _) => Some(unfit(tally, |word| reads(word.trim(), ty))),
        (Prepared::Opaque { .. }, _) => None,
        (_, ValueType::Number | ValueType::Text) => Some((0, Vec::new())),
        (_, ValueType::Boolean) => strangers(side, ["0", "1"].into_iter()),
        (_, ValueType::Time | ValueType::Opaque) => None,
    }
}

/// A column that varied in the reference and has one value now: it stands still, unless by chance (below one in
/// a million, given how frequent the reference's commonest value is). All known rows fail then, else none.
/// `None` where nothing varied, or for fewer than 30 values.
pub fn constant(label: Label, current: Prepared<'_>, reference: Prepared<'_>) -> Option<Finding> {
    let known = current.rows() - current.missing();
    if reference.varies() < 2 || known < CONSTANT_ROWS {
        return None;
    }
    let stands = current.varies() == 1;
    let by_chance = |share: f64| (1.0 - share).powf(known as f64) >= CONSTANT_CHANCE;
    let broken = stands && reference.rarest().is_some_and(|share| !by_chance(share));
    let failed = if stands { known } else { 0 };
    let check = Check {
        label,
        // Never asked: what fails was counted here.
        rule: Rule::Holds,
        tolerated: 0.0,
    };
    let counted = Counted {
        failed,
        known,
        unknown: current.missing(),
        values: Vec::new(),
    };
    let mut finding = Finding::of(&check, &counted);
    finding.failing = Figure::point(failed as f64 / known as f64, known, "share");
    finding.holds = Some(!broken);
    finding.worse = Some(broken);
    finding.reference = Some(share(0, reference.rows()));
    Some(finding)
}

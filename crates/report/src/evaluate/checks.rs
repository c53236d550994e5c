//! Whether a column is what its spec and its reference say.

use super::ready::Ready;
use crate::document::{Check, Role, Severity};
use crate::roles::Column;
use candor_contract::spec::Feature;
use candor_stats::{Figure, proportion};

/// A share of failing rows that exceeds the reference's by so much is a breach.
const MORE: f64 = 0.05;
/// So is one of so many times the reference's.
const TIMES: f64 = 3.0;
/// Significance that a breach needs beside its size.
const ALPHA: f64 = 0.01;
/// Values that are named as examples.
const EXAMPLES: usize = 5;
/// A reference of so many rows says what values there are.
const REFERENCE_ROWS: u64 = 100;

/// Rows that fail, of all that were looked at.
type Failing = (u64, u64);

/// The checks of one column.
pub(super) fn of_column(
    column: &Column,
    feature: Option<&Feature>,
    (before, now): (&Ready, &Ready),
) -> Vec<Check> {
    let mut checks = vec![completeness(column, feature, before, now)];
    checks.extend(range(column, feature, before, now));
    checks.extend(categories(column, feature, before, now));
    checks.extend(infinite(column, before, now));
    checks.extend(constant(column, before, now));
    checks
}

/// A check by the shares of failing rows on both sides. What must not be fails with its first row.
fn of_shares(
    column: &Column,
    kind: &str,
    sentence: String,
    (before, now): (Option<Failing>, Failing),
    never: bool,
) -> Check {
    let figure = proportion::share(now.0, now.1);
    let breach = if never {
        now.0 > 0
    } else {
        before.is_some_and(|before| worse(before, now))
    };
    Check {
        name: format!("{}.{kind}", column.name),
        kind: kind.to_owned(),
        column: Some(column.name.clone()),
        sentence,
        severity: Severity::Warning,
        failing: (&figure).into(),
        reference: before.filter(|b| b.1 > 0).map(|b| b.0 as f64 / b.1 as f64),
        breach,
        examples: Vec::new(),
    }
}

/// Whether the share of failing rows grew materially and not by chance.
fn worse(before: Failing, now: Failing) -> bool {
    if before.1 == 0 || now.1 == 0 {
        return false;
    }
    let (was, is) = (
        before.0 as f64 / before.1 as f64,
        now.0 as f64 / now.1 as f64,
    );
    let large = is - was >= MORE || (is >= TIMES * was && is - was >= MORE / 5.0);
    large && proportion::equal_shares(before, now) <= ALPHA
}

fn completeness(column: &Column, feature: Option<&Feature>, before: &Ready, now: &Ready) -> Check {
    let required = feature.is_some_and(|f| f.required);
    let gone = column.current.is_none();
    let sentence = if gone {
        format!("{} is not in the current data at all", column.name)
    } else if required {
        format!("{} must be there in every row", column.name)
    } else {
        format!(
            "{} is missing about as often as in the reference",
            column.name
        )
    };
    let shares = (
        (before.missing(), before.rows()),
        (now.missing(), now.rows()),
    );
    let due = column.role == Role::Outcome;
    let mut check = of_shares(
        column,
        "completeness",
        sentence,
        // Outcomes may be due.
        (
            (!due && column.reference.is_some()).then_some(shares.0),
            shares.1,
        ),
        required,
    );
    if gone && !due {
        check.breach = true;
        check.severity = Severity::Critical;
    }
    check
}

/// Numbers within the spec's bounds; without them, within those of the reference.
fn range(column: &Column, feature: Option<&Feature>, before: &Ready, now: &Ready) -> Option<Check> {
    let (Ready::Numbers(a), Ready::Numbers(b)) = (before, now) else {
        return None;
    };
    let said = feature.is_some_and(|f| f.min.is_some() || f.max.is_some());
    let low = feature.and_then(|f| f.min).or(if said {
        None
    } else {
        a.values().first().copied()
    });
    let high = feature.and_then(|f| f.max).or(if said {
        None
    } else {
        a.values().last().copied()
    });
    if low.is_none() && high.is_none() {
        return None;
    }
    let outside = |side: &candor_stats::Sorted| -> Failing {
        let values = side.values();
        let under = low.map_or(0, |low| {
            values.partition_point(|x| *x < low) as u64 + side.below
        });
        let over = high.map_or(0, |high| {
            (values.len() - values.partition_point(|x| *x <= high)) as u64 + side.above
        });
        (under + over, side.n() + side.below + side.above)
    };
    let bound = |x: Option<f64>, none: &str| x.map_or_else(|| none.to_owned(), |x| x.to_string());
    let (from, to) = (bound(low, "−∞"), bound(high, "∞"));
    let sentence = if said {
        format!("{} lies between {from} and {to}", column.name)
    } else {
        format!(
            "{} lies where the reference does, between {from} and {to}",
            column.name
        )
    };
    let mut check = of_shares(
        column,
        "range",
        sentence,
        (Some(outside(a)), outside(b)),
        said,
    );
    if !said {
        // A reference need not have met the largest and the smallest value.
        check.severity = Severity::Notice;
    }
    let values = b.values();
    let under = values.first().filter(|x| low.is_some_and(|low| **x < low));
    let over = values
        .last()
        .filter(|x| high.is_some_and(|high| **x > high));
    check.examples = under.into_iter().chain(over).map(f64::to_string).collect();
    Some(check)
}

/// Words among those that are allowed; without a list, among those of the reference.
fn categories(
    column: &Column,
    feature: Option<&Feature>,
    before: &Ready,
    now: &Ready,
) -> Option<Check> {
    let (a, b) = match (before, now) {
        (Ready::Words(a), Ready::Words(b)) => (a, b),
        _ => return None,
    };
    let allowed = feature.and_then(|f| f.allowed.as_ref());
    let is_known = |word: &str| match allowed {
        Some(words) => words.iter().any(|w| w.0 == word),
        None => a.of(word) > 0,
    };
    let n = a.n();
    let rare = a.counts().iter().filter(|(_, rows)| *rows == 1).count() as u64;
    // Where most words came once, a new one is no surprise.
    if allowed.is_none() && (n < REFERENCE_ROWS || rare * 20 > n) {
        return None;
    }
    let failing = |side: &candor_stats::Tally| -> (Failing, Vec<String>) {
        let mut bad: Vec<(&str, u64)> = side
            .counts()
            .iter()
            .filter(|(w, _)| !is_known(w))
            .map(|(w, n)| (w.as_str(), *n))
            .collect();
        bad.sort_by(|x, y| y.1.cmp(&x.1).then_with(|| x.0.cmp(y.0)));
        let rows = bad.iter().map(|(_, n)| n).sum();
        let named = bad.into_iter().take(EXAMPLES).map(|(w, _)| w.to_owned());
        ((rows, side.n()), named.collect())
    };
    let (now, examples) = failing(b);
    let (before, _) = failing(a);
    let (kind, sentence) = match allowed {
        Some(_) => (
            "allowed",
            format!("{} has allowed values only", column.name),
        ),
        None => (
            "unseen",
            format!("{} has values that the reference has", column.name),
        ),
    };
    let mut check = of_shares(
        column,
        kind,
        sentence,
        (Some(before), now),
        allowed.is_some(),
    );
    check.examples = examples;
    Some(check)
}

fn infinite(column: &Column, before: &Ready, now: &Ready) -> Option<Check> {
    let (Ready::Numbers(a), Ready::Numbers(b)) = (before, now) else {
        return None;
    };
    let share = |side: &candor_stats::Sorted| (side.below + side.above, side.rows());
    if share(a).0 + share(b).0 == 0 {
        return None;
    }
    let sentence = format!("{} is finite", column.name);
    Some(of_shares(
        column,
        "finite",
        sentence,
        (Some(share(a)), share(b)),
        share(a).0 == 0,
    ))
}

/// A column that varied and does not any more.
fn constant(column: &Column, before: &Ready, now: &Ready) -> Option<Check> {
    let distinct = |side: &Ready| match side {
        Ready::Numbers(sorted) => sorted.distinct(2),
        Ready::Words(tally) => tally.counts().len(),
        Ready::Opaque { .. } => 2,
    };
    let known = now.rows() - now.missing();
    if distinct(before) < 2 || known < 30 {
        return None;
    }
    let frozen = distinct(now) == 1;
    let failing = if frozen { known } else { 0 };
    let sentence = format!("{} varies", column.name);
    let mut check = of_shares(
        column,
        "constant",
        sentence,
        (Some((0, before.rows())), (failing, known)),
        false,
    );
    // Rare events may just not have come.
    check.breach =
        frozen && rarest(before).is_some_and(|share| (1.0 - share).powf(known as f64) < 1e-6);
    check.failing = Figure::point(failing as f64 / known as f64, known, "share").into();
    Some(check)
}

/// The share of all values but the most frequent one.
fn rarest(side: &Ready) -> Option<f64> {
    let counts: Vec<u64> = match side {
        Ready::Numbers(sorted) => {
            let runs = sorted.values().chunk_by(|a, b| a >= b);
            runs.map(|run| run.len() as u64).collect()
        }
        Ready::Words(tally) => tally.counts().iter().map(|(_, n)| *n).collect(),
        Ready::Opaque { .. } => return None,
    };
    let all: u64 = counts.iter().sum();
    let most = counts.into_iter().max()?;
    (all > 0).then(|| (all - most) as f64 / all as f64)
}

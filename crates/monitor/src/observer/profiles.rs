//! Figures of profiles held against the rows that they summarise.

use super::{ALPHA, CHECKS_MAX, Check, Compared, Comparison, Standing};
use crate::sentence::number;
use crate::window::Window;
use candor_stats::Profile;
use candor_stats::law::normal_quantile;
use std::cmp::Ordering;

/// Ranks whose quantiles are compared.
pub const OBSERVED_RANKS: [f64; 2] = [0.5, 0.95];
const RANK_NAMES: [&str; OBSERVED_RANKS.len()] = ["median", "p95"];
/// Means may differ by so much, in parts of the exact one: sums of floats depend on their order.
const MEAN_PART: f64 = 1e-9;
/// And in parts of the largest value, where these cancel each other.
const CANCELLED_PART: f64 = 1e-13;
/// Confidence of the bound on ranks that sketches state.
const STATED: f64 = 0.99;
/// Standard errors that an estimate of distinct values may be away, of one looked at by itself.
const ERRORS: f64 = 3.0;

/// How many rows lie at a quantile of a profile.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Ranked {
    /// Rows below it.
    pub below: u64,
    /// Rows up to it, with those that are equal.
    pub up_to: u64,
}

/// What the rows say of a column. Moments and distinct values are of finite numbers; of texts, moments are of their
/// lengths in characters. Times are microseconds.
#[derive(Debug, Clone, PartialEq)]
pub struct Exact {
    /// Rows, missing ones included.
    pub rows: u64,
    /// Rows with a value.
    pub values: u64,
    /// Rows with a finite number, or a text.
    pub finite: u64,
    /// Smallest.
    pub min: Option<f64>,
    /// Largest.
    pub max: Option<f64>,
    /// Mean.
    pub mean: Option<f64>,
    /// Distinct values.
    pub distinct: u64,
    /// Where the profile's quantiles at [`OBSERVED_RANKS`] lie; of texts, none.
    pub ranks: Option<[Ranked; OBSERVED_RANKS.len()]>,
}

/// A column with what its profile and its rows say.
#[derive(Debug, Clone)]
pub struct ObservedColumn {
    /// Its name.
    pub name: String,
    /// What its profile says.
    pub profile: Summarised,
    /// What its rows say.
    pub exact: Exact,
}

/// The figures of a profile that are compared.
#[derive(Debug, Clone, PartialEq)]
pub struct Summarised {
    pub(super) rows: u64,
    pub(super) nulls: u64,
    pub(super) min: Option<f64>,
    pub(super) max: Option<f64>,
    pub(super) mean: Option<f64>,
    /// Estimate, low and high at two standard errors; all equal when exact.
    pub(super) distinct: Option<(f64, f64, f64)>,
    /// Bound on the error of ranks; 0 when exact.
    pub(super) rank_error: f64,
}

impl From<&Profile> for Summarised {
    fn from(profile: &Profile) -> Self {
        let figures = profile.figures();
        Self {
            rows: figures.rows,
            nulls: figures.nulls,
            min: figures.min,
            max: figures.max,
            mean: figures.mean,
            distinct: profile.distinct(),
            rank_error: profile.rank_error(),
        }
    }
}

/// A check with how far it is from its limits, which are at 1.
struct Held {
    check: Check,
    far: f64,
}

/// Compares profiles of `window`, which has `rows` rows as profiles say, with what the rows say.
///
/// Counts, least and largest values must be equal, means to a billionth. Quantiles and numbers of distinct values are
/// estimates: their stated bounds hold for one figure each, and are stretched so that of all that are looked at here
/// one in a thousand times one is called off by chance.
pub fn compare_profiles(window: Window, rows: u64, columns: &[ObservedColumn]) -> Compared {
    if columns.is_empty() {
        return Compared {
            window: Some(window),
            ..Compared::unknown(
                Comparison::Profiles,
                "No column has a profile and rows to compare it with.",
            )
        };
    }
    let z = stretched(columns);
    let mut held: Vec<Held> = columns.iter().flat_map(|c| checks(rows, c, z)).collect();
    held.sort_by(|a, b| b.far.total_cmp(&a.far));
    let off = held
        .iter()
        .filter(|h| h.check.state == Standing::Off)
        .count();
    let (figures, count) = (held.len(), columns.len());
    let span = format!("{figures} figures of {count} columns over {rows} rows");
    let sentence = match held.first() {
        Some(first) if off > 0 => format!(
            "{off} of {span} are outside their bounds. {}",
            first.check.sentence
        ),
        Some(first) if first.far > 0.0 => format!(
            "All {span} are within their bounds; the nearest to its bound is {} of {} at {} % of it.",
            first.check.figure,
            first.check.column.as_deref().unwrap_or("all"),
            number(100.0 * first.far)
        ),
        _ => format!("All {span} are equal."),
    };
    Compared {
        state: if off > 0 { Standing::Off } else { Standing::Ok },
        n: rows,
        figures: figures as u64,
        columns: count as u64,
        window: Some(window),
        sentence,
        checks: held.into_iter().take(CHECKS_MAX).map(|h| h.check).collect(),
        ..Compared::unknown(Comparison::Profiles, "")
    }
}

/// Standard errors that an estimate may be away, if so many are looked at.
fn stretched(columns: &[ObservedColumn]) -> f64 {
    let estimates = columns.iter().map(|c| {
        let ranks = c.exact.ranks.map_or(0, |ranks| ranks.len());
        let sketched = c.profile.distinct.is_some_and(|(_, low, high)| low < high);
        usize::from(c.profile.rank_error > 0.0) * ranks + usize::from(sketched)
    });
    let count = estimates.sum::<usize>().max(1) as f64;
    normal_quantile(1.0 - ALPHA / (2.0 * count)).max(ERRORS)
}

fn checks(rows: u64, column: &ObservedColumn, z: f64) -> Vec<Held> {
    let (told, exact) = (&column.profile, &column.exact);
    let one = Figured {
        column: &column.name,
        n: exact.rows,
    };
    let whole = |x: u64| Some(x as f64);
    // A column that came later in the day has no profile of the rows before: they are missing.
    let nulls = told.nulls + rows.saturating_sub(told.rows);
    let mut held = vec![
        one.equal("rows", whole(rows.max(told.rows)), whole(exact.rows)),
        one.equal("nulls", whole(nulls), whole(exact.rows - exact.values)),
    ];
    if told.distinct.is_some() && exact.finite > 0 {
        held.push(one.equal("min", told.min, exact.min));
        held.push(one.equal("max", told.max, exact.max));
        held.extend(mean(&one, told, exact));
        held.extend(distinct(&one, told, exact, z));
    }
    for (at, ranked) in exact.ranks.iter().flatten().enumerate() {
        held.push(rank(&one, at, *ranked, (exact.finite, told.rank_error, z)));
    }
    held
}

fn mean(one: &Figured<'_>, told: &Summarised, exact: &Exact) -> Option<Held> {
    let wanted = exact.mean?;
    let largest = exact.min?.abs().max(exact.max?.abs());
    let allowed = MEAN_PART * wanted.abs() + CANCELLED_PART * largest;
    Some(one.within(
        "mean",
        told.mean,
        (wanted, allowed, allowed),
        "of the rows it is",
    ))
}

fn distinct(one: &Figured<'_>, told: &Summarised, exact: &Exact, z: f64) -> Option<Held> {
    let (estimate, low, high) = told.distinct?;
    let wanted = exact.distinct as f64;
    if low >= high {
        return Some(one.equal("distinct", Some(estimate), Some(wanted)));
    }
    // The bounds are at two standard errors. Of few values they are narrower than the one that two values make which
    // fall together.
    let allowed = |half: f64| (z * half / 2.0).max(1.0);
    let (below, above) = (allowed(high - estimate), allowed(estimate - low));
    Some(one.within(
        "distinct",
        Some(estimate),
        (wanted, below, above),
        "of the rows it is",
    ))
}

/// The share of rows at a quantile: between those below it and those up to it, whichever is nearest to its rank.
fn rank(
    one: &Figured<'_>,
    at: usize,
    ranked: Ranked,
    (finite, rank_error, z): (u64, f64, f64),
) -> Held {
    let rank = OBSERVED_RANKS[at];
    let share = |rows: u64| rows as f64 / finite.max(1) as f64;
    let (below, up_to) = (share(ranked.below), share(ranked.up_to));
    let value = if below <= up_to {
        rank.clamp(below, up_to)
    } else {
        f64::NAN
    };
    let stretch = (z / normal_quantile(0.5 + STATED / 2.0)).max(1.0);
    let allowed = rank_error * stretch;
    one.within(
        RANK_NAMES[at],
        Some(value),
        (rank, allowed, allowed),
        "as the rank of the profile's value it should be",
    )
}

/// Of which column a figure is, and of how many rows.
struct Figured<'a> {
    column: &'a str,
    n: u64,
}

impl Figured<'_> {
    fn equal(&self, figure: &str, value: Option<f64>, wanted: Option<f64>) -> Held {
        let off = value != wanted;
        let said = |x: Option<f64>| x.map_or_else(|| "nothing".to_owned(), |x| x.to_string());
        let sentence = format!(
            "{figure} of {}: the profile says {}, the rows {}.",
            self.column,
            said(value),
            said(wanted)
        );
        Held {
            far: if off { f64::INFINITY } else { 0.0 },
            check: self.check(figure, value, (wanted, wanted), off, sentence),
        }
    }

    /// A value that may lie so far below and above what is wanted.
    fn within(
        &self,
        figure: &str,
        value: Option<f64>,
        (wanted, below, above): (f64, f64, f64),
        why: &str,
    ) -> Held {
        let (low, high) = (wanted - below, wanted + above);
        let far = match value.and_then(|value| value.partial_cmp(&wanted).zip(Some(value))) {
            Some((Ordering::Equal, _)) => 0.0,
            Some((Ordering::Less, value)) => (wanted - value) / below,
            Some((Ordering::Greater, value)) => (value - wanted) / above,
            None => f64::INFINITY,
        };
        let off = !value.is_some_and(|value| low <= value && value <= high);
        let said = value.map_or_else(|| "nothing".to_owned(), |x| x.to_string());
        let sentence = format!(
            "{figure} of {}: {said}; {why} {wanted}, and {low} to {high} is allowed.",
            self.column
        );
        Held {
            far: if off { far.max(1.0) } else { far },
            check: self.check(figure, value, (Some(low), Some(high)), off, sentence),
        }
    }

    fn check(
        &self,
        figure: &str,
        value: Option<f64>,
        (at_least, at_most): (Option<f64>, Option<f64>),
        off: bool,
        sentence: String,
    ) -> Check {
        Check {
            figure: figure.to_owned(),
            column: Some(self.column.to_owned()),
            value: value.filter(|x| x.is_finite()),
            low: None,
            high: None,
            at_least,
            at_most,
            n: self.n,
            state: if off { Standing::Off } else { Standing::Ok },
            sentence,
        }
    }
}

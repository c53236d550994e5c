//! Whether a column has drifted: material and significant at the sizes of both samples.

mod decision;
mod method;
mod numbers;
mod sample;
mod shares;
mod simulation;

use crate::drift::binned::{Binning, FEW_VALUES};
use crate::drift::categorical::{self, paired};
use crate::drift::comparison::Comparison;
use crate::drift::numeric::{ks, wasserstein_normed};
use crate::sample::{Sorted, Tally};
pub use decision::{ModelColumn, ModelVerdict, Verdict, decide, model_drifted};
pub use method::{About, Method, Takes};
pub(super) use numbers::steps;
pub use sample::Sample;
pub use simulation::{Scene, SceneKind, drift_rate};

/// References of at most so many values are compared by tests, larger ones by distances.
pub const SMALL_MAX: u64 = 1_000;
/// Of so many categories and more the rarest are counted together.
const CATEGORIES_MAX: usize = 256;

/// How a column is compared.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Options {
    /// The method; by default [`default_method`].
    pub method: Option<Method>,
    /// The effect from which on a change is material; by default the method's own.
    pub threshold: Option<f64>,
}

/// One comparison that a verdict rests on.
#[derive(Debug, Clone, PartialEq)]
pub struct Part {
    /// The method's name: that of the column's method first, then `share` or `ks`, `missing`, `unseen` and `range`.
    pub comparison: Comparison,
    /// The effect from which on it is material.
    pub threshold: f64,
    /// Of shares how large the effect may be, four standard errors out: this is held against `threshold`.
    pub reach: Option<f64>,
    /// Whether the effect is material.
    pub material: bool,
    /// Whether it is another view of the column's method, so that either's significance makes the other count.
    pub beside: bool,
    /// The part of the column's error rate that is spent on it; all parts' add up to 0.9.
    pub weight: f64,
}

impl Part {
    /// Whether the effect itself, not only what it may be, reaches the threshold.
    pub fn is_beyond(&self) -> bool {
        let effect = self.comparison.effect;
        effect.is_some_and(|effect| effect.abs() >= self.threshold)
    }

    /// Its p-value in the column's currency: divided by its weight, at most 1.
    pub fn p_value(&self) -> f64 {
        let p = self.comparison.p_value.unwrap_or(1.0);
        if self.weight > 0.0 {
            (p / self.weight).min(1.0)
        } else {
            1.0
        }
    }
}

/// What is known of a column before all columns are decided on together.
#[derive(Debug, Clone, PartialEq)]
pub struct Evidence {
    /// The method of the first part.
    pub method: Method,
    /// All comparisons, the column's method first. Never empty.
    pub parts: Vec<Part>,
}

impl Evidence {
    /// The column's p-value: the smallest of its parts' (a weighted Bonferroni bound), 1 at most.
    pub fn p_value(&self) -> f64 {
        self.parts.iter().map(Part::p_value).fold(1.0, f64::min)
    }

    /// Whether any part is material.
    pub fn is_material(&self) -> bool {
        self.parts.iter().any(|part| part.material)
    }
}

/// The method for a column, from its reference alone, so that it stays the same for all windows. Constant →
/// `unseen`; booleans → `z`; categories, and numbers of at most [`FEW_VALUES`] distinct values that are fewer than 5 % of
/// the rows → `chi2` up to [`SMALL_MAX`] rows with a value, `js` above; other numbers → `ks`,
/// `wasserstein_normed` above.
pub fn default_method(reference: &Sample<'_>) -> Method {
    let small = reference.n() <= SMALL_MAX;
    match reference {
        Sample::Numbers(sample) if is_constant(sample) => Method::Unseen,
        Sample::Booleans { .. } => Method::Z,
        Sample::Numbers(sample) if !is_few_valued(sample) => {
            if small {
                Method::Ks
            } else {
                Method::WassersteinNormed
            }
        }
        _ if small => Method::Chi2,
        _ => Method::Js,
    }
}

/// Whether numbers are codes of categories: at most [`FEW_VALUES`] distinct values, fewer than 5 % of the values.
pub fn is_few_valued(sample: &Sorted) -> bool {
    let distinct = sample.distinct(FEW_VALUES);
    distinct <= FEW_VALUES && (distinct as f64) < 0.05 * sample.n() as f64
}

fn is_constant(sample: &Sorted) -> bool {
    sample.distinct(1) == 1 && sample.n() > 1 && sample.below + sample.above == 0
}

/// Whether one column has drifted, without regard to others: [`evidence`] and [`decide`] for a single one.
pub fn verdict(reference: &Sample<'_>, current: &Sample<'_>, options: &Options) -> Verdict {
    let evidence = evidence(reference, current, options);
    let adjusted = evidence.p_value();
    Verdict::new(evidence, adjusted, decision::ALPHA)
}

/// Compares a column of the current sample with the reference.
///
/// A method that cannot take the column is replaced by the default. Samples of different kinds are compared
/// as if all rows of the current one were missing.
pub fn evidence(reference: &Sample<'_>, current: &Sample<'_>, options: &Options) -> Evidence {
    let gone = gone(reference, current);
    let current = gone.as_ref().unwrap_or(current);
    let fits = |method: &Method| match (reference, method.takes()) {
        (Sample::Numbers(_), Takes::Numbers) | (Sample::Booleans { .. }, Takes::Shares) => true,
        (_, Takes::Counts) => true,
        (Sample::Numbers(_), Takes::Rows) => *method == Method::Unseen,
        _ => false,
    };
    let method = options.method.filter(fits);
    let method = method.unwrap_or_else(|| default_method(reference));
    let threshold = options.threshold.unwrap_or(method.threshold());
    match (reference, current) {
        (Sample::Numbers(a), Sample::Numbers(b)) => match method.takes() {
            Takes::Numbers => of_numbers(method, threshold, a, b),
            Takes::Counts if !is_few_valued(a) && !is_constant(a) => {
                of_binned(method, threshold, a, b)
            }
            _ => {
                let pairs = by_value(a, b);
                of_pairs(method, threshold, &pairs, (a.missing, b.missing))
            }
        },
        (Sample::Categories(a), Sample::Categories(b)) => {
            let pairs = by_category(a, b);
            of_pairs(method, threshold, &pairs, (a.missing, b.missing))
        }
        (
            Sample::Booleans { yes, no, missing },
            Sample::Booleans {
                yes: yes_now,
                no: no_now,
                missing: missing_now,
            },
        ) if method.takes() == Takes::Shares => of_shares(
            method,
            threshold,
            ((*yes, yes + no), (*yes_now, yes_now + no_now)),
            (*missing, *missing_now),
        ),
        (a, b) => {
            let pairs = [
                (yes_rows(a), yes_rows(b)),
                (a.n() - yes_rows(a), b.n() - yes_rows(b)),
            ];
            of_pairs(method, threshold, &pairs, (a.missing(), b.missing()))
        }
    }
}

/// A sample of the reference's kind without values, if the current one is of another kind.
fn gone<'a>(reference: &Sample<'_>, current: &Sample<'a>) -> Option<Sample<'a>> {
    let same = std::mem::discriminant(reference) == std::mem::discriminant(current);
    // No value of one kind is a value of the other.
    (!same).then(|| Sample::Booleans {
        yes: 0,
        no: 0,
        missing: current.rows(),
    })
}

fn yes_rows(sample: &Sample<'_>) -> u64 {
    match sample {
        Sample::Booleans { yes, .. } => *yes,
        _ => sample.n(),
    }
}

fn by_category(a: &Tally, b: &Tally) -> Vec<(u64, u64)> {
    let (a, b) = crate::sample::aligned(a, b);
    a.into_iter().zip(b).collect()
}

/// Rows of both by distinct value; infinities are values too.
fn by_value(a: &Sorted, b: &Sorted) -> Vec<(u64, u64)> {
    let mut pairs = vec![(a.below, b.below)];
    let mut before = (0, 0);
    steps(a, b, |_, i, j| {
        pairs.push((i - before.0, j - before.1));
        before = (i, j);
    });
    pairs.push((a.above, b.above));
    pairs
}

fn of_numbers(method: Method, threshold: f64, a: &Sorted, b: &Sorted) -> Evidence {
    let gap = numbers::gap(a, b, ks);
    let mut main = match method {
        Method::Ks => ks(a, b),
        _ => wasserstein_normed(a, b),
    };
    // The order of values tells whether there is a change, and no outlier hides it; the distance how
    // large it is.
    if let (false, Some((_, p))) = (method == Method::Ks, gap) {
        main.p_value = Some(p);
        main.effect = numbers::beyond_noise(a, b);
        main.effect_name = "standard deviations beyond noise";
    }
    let large = main.effect.is_some_and(|effect| effect >= threshold);
    let wide = gap.is_some_and(|(d, _)| d >= Method::Ks.threshold());
    let by_gap = wide && !large && method != Method::Ks;
    let mut parts = vec![Part {
        comparison: main,
        threshold,
        reach: None,
        material: large || by_gap,
        beside: false,
        weight: WHOLE,
    }];
    if by_gap {
        // Its p-value is that of the distance, so that nothing is spent on it.
        parts.push(Part {
            comparison: ks(a, b),
            threshold: Method::Ks.threshold(),
            reach: None,
            material: true,
            beside: true,
            weight: 0.0,
        });
    }
    add_missing(
        &mut parts,
        MISSING,
        (a.missing, a.rows()),
        (b.missing, b.rows()),
    );
    if let Some((outside, range)) = shares::range(a, b) {
        let rows = ((0, range.reference), (outside, range.current));
        add_rows(&mut parts, (Method::Range, BESIDE), range, rows);
    }
    Evidence { method, parts }
}

fn of_binned(method: Method, threshold: f64, a: &Sorted, b: &Sorted) -> Evidence {
    let counts = Binning::deciles(a).ok().and_then(|binning| {
        let counts = (binning.of_numbers(a)?, binning.of_numbers(b)?);
        Some(counts)
    });
    let (reference, current) =
        counts.unwrap_or_else(|| (vec![a.rows()], vec![b.rows() - b.missing, b.missing]));
    let mut evidence = evidence_of_counts(&reference, &current, method, Some(threshold));
    if let Some((outside, range)) = shares::range(a, b) {
        let rows = ((0, range.reference), (outside, range.current));
        add_rows(&mut evidence.parts, (Method::Range, BESIDE), range, rows);
    }
    evidence
}

/// Compares counts on bins of a [`Binning`], the last of which counts missing rows: of rows, or of merged profiles.
/// A method that does not take counts is replaced by `js`.
///
/// Bins of categories count unseen values together, which suits references that have met all common ones; from
/// rows, [`evidence`] tells unseen values apart and so knows whether they are a surprise.
pub fn evidence_of_counts(
    reference: &[u64],
    current: &[u64],
    method: Method,
    threshold: Option<f64>,
) -> Evidence {
    let missing = |counts: &[u64]| counts.last().copied().unwrap_or(0);
    let rows = |counts: &[u64]| counts.iter().sum::<u64>();
    let main = method.of_counts(reference, current);
    let method = if main.is_some() { method } else { Method::Js };
    let main = main.unwrap_or_else(|| crate::drift::binned::js(reference, current));
    let mut parts = Vec::new();
    let threshold = threshold.unwrap_or(method.threshold());
    add_counted(&mut parts, main, threshold, (reference, current));
    add_missing(
        &mut parts,
        MISSING_COUNTED,
        (missing(reference), rows(reference)),
        (missing(current), rows(current)),
    );
    Evidence { method, parts }
}

fn of_pairs(
    method: Method,
    threshold: f64,
    pairs: &[(u64, u64)],
    (missing, missing_now): (u64, u64),
) -> Evidence {
    let n: u64 = pairs.iter().map(|(a, _)| a).sum();
    let m: u64 = pairs.iter().map(|(_, b)| b).sum();
    let mut parts = Vec::new();
    let (fresh, unseen) = shares::unseen(pairs, (n, m));
    let mut bins = bounded(pairs);
    bins.push((missing, missing_now));
    let (reference, current): (Vec<u64>, Vec<u64>) = bins.into_iter().unzip();
    if let Some(main) = method.of_counts(&reference, &current) {
        add_counted(&mut parts, main, threshold, (&reference, &current));
        add_rows(
            &mut parts,
            (Method::Unseen, BESIDE),
            unseen,
            ((0, n), (fresh, m)),
        );
    } else {
        let material = shares::is_material((0, n), (fresh, m), threshold);
        let constant = pairs.iter().filter(|(a, _)| *a > 0).count() == 1;
        let comparison = if constant {
            shares::unseen_of_constant(pairs, (n, m)).1
        } else {
            unseen
        };
        parts.push(Part {
            comparison,
            threshold,
            reach: shares::farthest((0, n), (fresh, m)),
            material,
            beside: false,
            weight: WHOLE,
        });
    }
    add_missing(
        &mut parts,
        MISSING_COUNTED,
        (missing, n + missing),
        (missing_now, m + missing_now),
    );
    let method = Method::named(parts.first().map_or("", |p| p.comparison.method));
    Evidence {
        method: method.unwrap_or(Method::Unseen),
        parts,
    }
}

fn of_shares(
    method: Method,
    threshold: f64,
    (reference, current): ((u64, u64), (u64, u64)),
    (missing, missing_now): (u64, u64),
) -> Evidence {
    let main = match method {
        Method::Fisher => categorical::fisher(reference, current),
        _ => categorical::z(reference, current),
    };
    let mut parts = vec![Part {
        comparison: main,
        threshold,
        reach: shares::farthest(reference, current),
        material: shares::reaches(reference, current, threshold),
        beside: false,
        weight: WHOLE,
    }];
    add_missing(
        &mut parts,
        MISSING,
        (missing, reference.1 + missing),
        (missing_now, current.1 + missing_now),
    );
    Evidence { method, parts }
}

/// The most frequent of more categories than are told apart, and the others together.
fn bounded(pairs: &[(u64, u64)]) -> Vec<(u64, u64)> {
    let mut all: Vec<(u64, u64)> = pairs.iter().copied().filter(|(a, b)| a + b > 0).collect();
    if all.len() <= CATEGORIES_MAX {
        return all;
    }
    // Stable and by both sides together, which tells nothing about either.
    all.sort_by_key(|(a, b)| std::cmp::Reverse(a + b));
    let cut = all
        .partition_point(|(a, b)| a + b > 1)
        .min(CATEGORIES_MAX - 1);
    let rest = all.split_off(cut);
    let add = |sum: (u64, u64), pair: &(u64, u64)| (sum.0 + pair.0, sum.1 + pair.1);
    all.push(rest.iter().fold((0, 0), add));
    all
}

/// What all parts' weights add up to; the rest is kept for what asymptotic laws are off by.
const WHOLE: f64 = 0.9;
/// Weight that goes from the first part to `unseen` or `range`, whose p-values are tiny if anything is the matter.
const BESIDE: f64 = 0.01;
/// Weight that goes from numbers and booleans to `missing`, the only part that sees missing rows.
const MISSING: f64 = 0.25;
/// Weight that goes from counts to `missing`, which is one of them.
const MISSING_COUNTED: f64 = 0.05;
/// Weight that goes from a comparison of counts to the share that changed most: a change of one category is seen
/// by it, one of many by the distance.
const CHANGED: f64 = 0.3;

/// A comparison of counts, and the share that changed most. Either makes the other's significance material: a
/// change of five points among many categories is a small distance.
fn add_counted(
    parts: &mut Vec<Part>,
    main: Comparison,
    threshold: f64,
    (reference, current): (&[u64], &[u64]),
) {
    let limit = Method::Missing.threshold();
    let share = shares::most_changed(reference, current, limit);
    let material = share.material || main.effect.is_some_and(|effect| effect >= threshold);
    parts.push(Part {
        comparison: main,
        threshold,
        reach: None,
        material,
        beside: false,
        weight: WHOLE,
    });
    let bins = paired(reference, current)
        .filter(|(a, b)| a + b > 0)
        .count();
    // Of two shares the test of both is the test of either.
    let weight = if bins > 2 { CHANGED } else { 0.0 };
    if let Some(main) = parts.first_mut() {
        main.weight = WHOLE - weight;
    }
    parts.push(Part {
        comparison: share.comparison,
        threshold: limit,
        reach: share.reach,
        material: share.material,
        beside: true,
        weight,
    });
}

/// Nothing is spent on missing rows where there are none.
fn add_missing(parts: &mut Vec<Part>, weight: f64, reference: (u64, u64), current: (u64, u64)) {
    if reference.0 + current.0 > 0 {
        let missing = shares::missing(reference, current);
        add_rows(
            parts,
            (Method::Missing, weight),
            missing,
            (reference, current),
        );
    }
}

fn add_rows(
    parts: &mut Vec<Part>,
    (method, weight): (Method, f64),
    comparison: Comparison,
    (reference, current): ((u64, u64), (u64, u64)),
) {
    let threshold = method.threshold();
    if let Some(main) = parts.first_mut() {
        main.weight -= weight;
    }
    let multiple = shares::by_multiple(reference, current, threshold);
    parts.push(Part {
        material: shares::is_material(reference, current, threshold),
        comparison,
        threshold: multiple.unwrap_or(threshold),
        reach: shares::farthest(reference, current),
        beside: false,
        weight,
    });
}

#[cfg(test)]
mod tests;

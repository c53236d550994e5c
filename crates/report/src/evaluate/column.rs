//! One column of both sides: summaries, evidence of drift, checks, and its drift window by window.

use super::checks::{self, Checked};
use super::ready::Ready;
use super::summary;
use super::taken::Taken;
use super::{Request, Section};
use crate::document::{self, Band, Check, Reading};
use crate::error::Result;
use crate::roles::{Column, Roles};
use crate::table::{Kind, Table};
use crate::values::{NO_WORD, Values, Words};
use crate::windows::Windows;
use candor_contract::spec::FeatureType;
use candor_stats::drift::{
    Binning, Evidence, Method, Options, Sample, Takes, evidence, expectation, g, is_few_valued,
    jensen_shannon,
};
use candor_stats::slices::{Feature, edges};
use candor_stats::{Figure, Loose, Sorted, proportion};
use std::f64::consts::LN_2;

/// Both tables with their windows.
pub(super) struct Sides<'a> {
    pub(super) request: &'a Request<'a>,
    pub(super) roles: &'a Roles,
    pub(super) reference: &'a Windows,
    pub(super) current: &'a Windows,
}

/// What was seen of a column.
pub(super) struct Looked {
    pub(super) document: document::Column,
    pub(super) evidence: Option<Evidence>,
    /// The same by other methods.
    pub(super) further: Vec<Evidence>,
    pub(super) checks: Vec<Check>,
    pub(super) windows: Option<Drifting>,
    /// The current rows by bins, for slices.
    pub(super) feature: Option<Feature>,
    /// Some rows of both sides, for methods that look at all inputs together.
    pub(super) some: Option<(Taken, Taken)>,
}

/// A measure window by window.
pub(super) struct ByWindow {
    pub(super) readings: Vec<Reading>,
    pub(super) band: Band,
}

/// Drift window by window, and the share of missing values, if some are missing.
pub(super) struct Drifting {
    pub(super) drift: ByWindow,
    pub(super) missing: Option<ByWindow>,
}

/// Windows of so few rows tell nothing.
const WINDOW_ROWS_MIN: u64 = 30;
/// Windows of the reference from which on a band is learnt.
const BAND_WINDOWS_MIN: usize = 20;
/// A window's Jensen–Shannon distance from which on a change is material.
const MATERIAL: f64 = 0.1;
/// A window's share of missing values is not told to be too large before it exceeds the usual one by so much.
const MISSING_MORE: f64 = 0.01;
/// Significance of a window's change, beside its size.
const ALPHA: f64 = 0.01;
/// Texts of which more than this share of rows is different are no categories.
const FREE_TEXT: f64 = 0.5;
/// Rows from which on that is told.
const FREE_TEXT_ROWS: u64 = 20;

/// Looks at one column.
pub(super) fn look(sides: &Sides<'_>, column: &Column) -> Result<Looked> {
    let request = sides.request;
    let before = read(request.reference, column.reference, column)?;
    let now = read(request.current, column.current, column)?;
    let feature = request.spec.features.get(&column.name);
    let declared = feature.and_then(|f| f.ty);
    let as_words = matches!(declared, Some(FeatureType::Category | FeatureType::Text));
    let (before, now) = match (before, now) {
        (Values::Words(a), b) => (Values::Words(a), Values::Words(b.into_words())),
        (a, Values::Words(b)) => (Values::Words(a.into_words()), Values::Words(b)),
        (a, b) if as_words => (Values::Words(a.into_words()), Values::Words(b.into_words())),
        both => both,
    };
    let joint =
        request.options.tells(Section::Multivariate) && column.role == document::Role::Input;
    let some = joint.then(|| (Taken::of(&before), Taken::of(&now)));
    let seen = Seen::of(sides, column, before, now);
    let ready = (&seen.before, &seen.now);
    let free_text = seen.is_free_text(declared);
    // Outcomes may be due.
    let due = column.role == document::Role::Outcome && seen.now.missing() == seen.now.rows();
    let comparable = !free_text && !due && column.kind != Kind::Time;
    let tells = |section| request.options.tells(section);
    let judged = comparable && tells(Section::Drift);
    let evidence = judged
        .then(|| evidence_of(column.kind, ready, None))
        .flatten();
    let further = if judged {
        further(&request.options.methods, column.kind, ready)
    } else {
        Vec::new()
    };
    let document = document::Column {
        name: column.name.clone(),
        role: column.role,
        value_type: value_type(column.kind, &seen.before, free_text).to_owned(),
        reference: summed(&seen.before, column.kind, free_text),
        current: summed(&seen.now, column.kind, free_text),
        histogram: if free_text {
            None
        } else {
            summary::histogram(ready)
        },
        ..document::Column::default()
    };
    let checks = if tells(Section::Quality) {
        checks::of_column(&Checked {
            column,
            feature,
            before: ready.0,
            now: ready.1,
        })
    } else {
        Vec::new()
    };
    Ok(Looked {
        document,
        evidence,
        further,
        checks,
        windows: seen.windows.filter(|_| comparable),
        feature: seen.feature.filter(|_| comparable),
        some: some.filter(|_| comparable && column.reference.is_some() && column.current.is_some()),
    })
}

/// Figures of a side; whole texts are rows of somebody and are not told.
fn summed(side: &Ready, kind: Kind, free_text: bool) -> document::Summary {
    let mut told = summary::of(side, kind);
    if free_text {
        told.top.clear();
    }
    told
}

fn read(table: &dyn Table, at: Option<usize>, column: &Column) -> Result<Values> {
    match at {
        Some(at) => Values::of(&table.read(at)?, column.kind, &column.name),
        None => Ok(match column.kind {
            Kind::Text => Values::Words(Words {
                codes: vec![NO_WORD; table.rows() as usize],
                words: Vec::new(),
            }),
            _ => Values::Numbers(vec![f64::NAN; table.rows() as usize]),
        }),
    }
}

fn value_type(kind: Kind, before: &Ready, free_text: bool) -> &'static str {
    match (kind, before) {
        _ if free_text => "text",
        (Kind::Boolean, _) => "boolean",
        (Kind::Time, _) => "time",
        (Kind::Vector, _) => "embedding",
        (_, Ready::Words(_)) => "category",
        (_, Ready::Numbers(sorted)) if is_few_valued(sorted) => "category",
        (_, Ready::Loose(loose)) if summary::is_few_valued_unsorted(loose) => "category",
        (Kind::Number, _) => "number",
        _ => "other",
    }
}

fn evidence_of(
    kind: Kind,
    (before, now): (&Ready, &Ready),
    method: Option<Method>,
) -> Option<Evidence> {
    let options = Options {
        method,
        threshold: None,
    };
    match (before, now) {
        (Ready::Numbers(a), Ready::Numbers(b)) if kind == Kind::Boolean => Some(evidence(
            &Sample::booleans(a),
            &Sample::booleans(b),
            &options,
        )),
        (Ready::Numbers(a), Ready::Numbers(b)) => {
            Some(evidence(&Sample::Numbers(a), &Sample::Numbers(b), &options))
        }
        (Ready::Words(a), Ready::Words(b)) => Some(evidence(
            &Sample::Categories(a),
            &Sample::Categories(b),
            &options,
        )),
        _ => None,
    }
}

/// Evidence by the methods that were asked for, as far as they take the column.
fn further(asked: &[String], kind: Kind, ready: (&Ready, &Ready)) -> Vec<Evidence> {
    let all = asked.iter().any(|name| name == "all");
    let wanted = Method::ALL.into_iter().filter(|method| {
        let named = asked.iter().any(|name| name == method.name());
        (all || named) && method.takes() != Takes::Rows
    });
    let told = wanted.filter_map(|method| {
        let found = evidence_of(kind, ready, Some(method))?;
        (found.method == method).then_some(found)
    });
    told.collect()
}

/// What is wanted of the rows.
#[derive(Clone, Copy)]
struct Keep {
    windows: bool,
    feature: bool,
    /// Both sides in the order of their values.
    sorted: bool,
}

/// Both sides after their rows were counted by window.
struct Seen {
    before: Ready,
    now: Ready,
    windows: Option<Drifting>,
    feature: Option<Feature>,
}

impl Seen {
    fn of(sides: &Sides<'_>, column: &Column, before: Values, now: Values) -> Self {
        let tells = |section| sides.request.options.tells(section);
        let keep = Keep {
            windows: tells(Section::Windows),
            sorted: tells(Section::Drift),
            feature: tells(Section::Slices)
                && sides.roles.outcome.is_some()
                && column.role == document::Role::Input,
        };
        match (before, now) {
            (Values::Numbers(a), Values::Numbers(b)) => {
                Self::of_numbers(sides, &column.name, (a, b), keep)
            }
            (Values::Words(a), Values::Words(b)) => {
                Self::of_words(sides, &column.name, (&a, &b), keep)
            }
            (a, b) => Self {
                before: Ready::Opaque {
                    rows: a.rows(),
                    missing: a.missing(),
                },
                now: Ready::Opaque {
                    rows: b.rows(),
                    missing: b.missing(),
                },
                windows: None,
                feature: None,
            },
        }
    }

    fn of_numbers(sides: &Sides<'_>, name: &str, (a, b): (Vec<f64>, Vec<f64>), keep: Keep) -> Self {
        // Sorting takes longest: it is done only where every value's place matters.
        let before = if keep.sorted || keep.feature {
            Ready::Numbers(Sorted::new(a.iter().copied()))
        } else {
            Ready::Loose(Loose::new(&a))
        };
        let binning = keep.windows.then(|| match &before {
            Ready::Numbers(sorted) => Binning::deciles(sorted).ok(),
            Ready::Loose(loose) => Binning::deciles_of(loose).ok(),
            _ => None,
        });
        let windows = binning.flatten().and_then(|binning| {
            let (a, b) = (binning.rows_of_numbers(&a)?, binning.rows_of_numbers(&b)?);
            Some(drifting(
                (&a, sides.reference),
                (&b, sides.current),
                binning.len(),
            ))
        });
        drop(a);
        let feature = match &before {
            Ready::Numbers(sorted) if keep.feature => {
                Some(Feature::numbers(name, &b, &edges(sorted)))
            }
            _ => None,
        };
        let now = if keep.sorted {
            Ready::Numbers(Sorted::new(b))
        } else {
            Ready::Loose(Loose::new(&b))
        };
        Self {
            before,
            now,
            windows,
            feature,
        }
    }

    fn of_words(sides: &Sides<'_>, name: &str, (a, b): (&Words, &Words), keep: Keep) -> Self {
        let before = a.tally();
        let now = b.tally();
        let binning = Binning::categories(&before).ok().filter(|_| keep.windows);
        let windows = binning.and_then(|binning| {
            let (a, b) = (places(&binning, a)?, places(&binning, b)?);
            Some(drifting(
                (&a, sides.reference),
                (&b, sides.current),
                binning.len(),
            ))
        });
        let feature = keep
            .feature
            .then(|| Feature::categories(name, &b.codes, &b.words));
        Self {
            before: Ready::Words(before),
            now: Ready::Words(now),
            windows,
            feature,
        }
    }

    fn is_free_text(&self, declared: Option<FeatureType>) -> bool {
        let Ready::Words(tally) = &self.before else {
            return false;
        };
        match declared {
            Some(FeatureType::Text) => true,
            Some(FeatureType::Category) => false,
            _ => {
                let n = tally.n();
                n >= FREE_TEXT_ROWS && tally.counts().len() as f64 > FREE_TEXT * n as f64
            }
        }
    }
}

fn places(binning: &Binning, words: &Words) -> Option<Vec<u16>> {
    let of_word = binning.places_of_words(&words.words)?;
    let missing = binning.missing_place();
    let place = |code: &u32| of_word.get(*code as usize).copied().unwrap_or(missing);
    Some(words.codes.iter().map(place).collect())
}

/// Rows of each window by bin (`windows` × `bins`), then those of no window.
fn counts(codes: &[u16], windows: &Windows, bins: usize) -> (Vec<u64>, Vec<u64>) {
    let count = windows.count();
    let mut counts = vec![0_u64; (count + 1) * bins];
    for (code, window) in codes.iter().zip(&windows.of_row) {
        let row = (*window as usize).min(count) * bins;
        if let Some(count) = counts.get_mut(row + usize::from(*code)) {
            *count += 1;
        }
    }
    let outside = counts.split_off(count * bins);
    (counts, outside)
}

fn drifting(
    (a, before): (&[u16], &Windows),
    (b, now): (&[u16], &Windows),
    bins: usize,
) -> Drifting {
    let (usual, mut whole) = counts(a, before, bins);
    for window in usual.chunks(bins) {
        for (whole, rows) in whole.iter_mut().zip(window) {
            *whole += rows;
        }
    }
    let band = band(&usual, &whole, bins);
    let limit = band.high.unwrap_or(0.0).max(MATERIAL);
    let (told, _) = counts(b, now, bins);
    let readings = told.chunks(bins).map(|window| {
        let n: u64 = window.iter().sum();
        let value = (n >= WINDOW_ROWS_MIN)
            .then(|| distance(&whole, window))
            .flatten();
        let large = value.is_some_and(|value| value > limit);
        let significant = || g(&whole, window).p_value.is_some_and(|p| p <= ALPHA);
        Reading {
            value,
            breach: large && significant(),
            ..Reading::default()
        }
    });
    Drifting {
        drift: ByWindow {
            readings: readings.collect(),
            band,
        },
        missing: missing(&usual, &told, bins),
    }
}

/// The share of missing values window by window: a breach has clearly more than the reference's windows, and by so
/// much that it matters.
fn missing(usual: &[u64], told: &[u64], bins: usize) -> Option<ByWindow> {
    let shares = |counts: &[u64]| -> Vec<Figure> {
        let windows = counts.chunks(bins).map(|window| {
            let missing = window.last().copied().unwrap_or(0);
            proportion::share(missing, window.iter().sum())
        });
        windows.collect()
    };
    let (before, now) = (shares(usual), shares(told));
    let any = |side: &[Figure]| side.iter().any(|f| f.value.is_some_and(|x| x > 0.0));
    if !any(&before) && !any(&now) {
        return None;
    }
    let large = before.iter().filter(|f| f.n >= WINDOW_ROWS_MIN);
    let values: Vec<f64> = large.filter_map(|f| f.value).collect();
    let band = summary::band(&values, BAND_WINDOWS_MIN, (0.0, 1.0), true);
    let middle = band.middle.unwrap_or(0.0);
    let limit = band.high.unwrap_or(middle).max(middle + MISSING_MORE);
    let readings = now.iter().map(|figure| Reading {
        value: figure.value,
        low: figure.low,
        high: figure.high,
        n: Some(figure.n),
        breach: figure.n >= WINDOW_ROWS_MIN && figure.low.is_some_and(|low| low > limit),
        expected: None,
    });
    Some(ByWindow {
        readings: readings.collect(),
        band,
    })
}

/// The Jensen–Shannon distance, what the sizes of both samples alone explain taken off.
fn distance(reference: &[u64], current: &[u64]) -> Option<f64> {
    let shares = |counts: &[u64]| -> Vec<f64> { counts.iter().map(|n| *n as f64).collect() };
    let raw = jensen_shannon(&shares(reference), &shares(current))? / LN_2.sqrt();
    let expected = expectation("js", reference, current).unwrap_or(0.0);
    Some((raw * raw - expected * expected).max(0.0).sqrt())
}

/// Where the distance lies for windows of the reference, each held against all others together.
fn band(counts: &[u64], whole: &[u64], bins: usize) -> Band {
    let distances = counts.chunks(bins).filter_map(|window| {
        let n: u64 = window.iter().sum();
        let rest: Vec<u64> = whole
            .iter()
            .zip(window)
            .map(|(all, own)| all - own)
            .collect();
        (n >= WINDOW_ROWS_MIN)
            .then(|| distance(&rest, window))
            .flatten()
    });
    let distances: Vec<f64> = distances.collect();
    summary::band(&distances, BAND_WINDOWS_MIN, (0.0, 1.0), true)
}

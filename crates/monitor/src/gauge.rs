//! What a monitor measures: one figure of one window, from profiles.

mod showing;

pub use showing::{Literal, Showing};

use crate::reading::{Columns, Part, Reading, rows};
use crate::window::{HOUR_US, Window};
use candor_contract::spec::{DecisionRule, Measure, ModelSpec, MonitorSpec, Word};
use candor_stats::drift::Binning;
use candor_stats::drift::{Method, evidence_of_counts};
use candor_stats::proportion::{share, wilson};
use candor_stats::{Figure, Profile, ValueType};
use std::collections::BTreeSet;

/// The column that tells whether a request failed, and its word for that.
const STATUS: (&str, &str) = ("status", "error");
const ERROR_TYPE: &str = "error_type";
const LATENCY: &str = "latency_ms";
/// Verdicts of feedback that are complaints.
const COMPLAINTS: [&str; 4] = ["wrong", "biased", "harmful", "unhelpful"];
/// Texts of more distinct values are no categories: new ones are no news.
const WORDS_MAX: usize = 50;
/// A range learnt from a reference is widened by this part on both sides.
const RANGE_MARGIN: f64 = 0.1;
/// Rows of groups below which they are not compared.
const GROUP_MIN: u64 = 30;

/// What is measured, with what it needs to know of the reference.
#[derive(Debug, Clone)]
pub(crate) struct Gauge {
    pub(crate) measure: Measure,
    pub(crate) column: Option<String>,
    pub(crate) metric: Option<String>,
    pub(crate) segment: Option<Part>,
    /// Length of the windows that are declared.
    length_us: Option<i64>,
    min_rows: u64,
    kept: Kept,
}

/// What is kept of the reference.
#[derive(Debug, Clone)]
enum Kept {
    Nothing,
    Bins(Box<Binning>, Vec<u64>),
    Words(BTreeSet<String>),
    Range(f64, f64),
    /// The class whose rate groups are compared by.
    Class(String),
    /// The value above which a row is bad, for error budgets.
    Above(f64),
    /// The type of errors that is counted.
    ErrorType(String),
}

/// A figure of a window.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Gauged {
    pub(crate) figure: Figure,
    /// Of tests: the chance of such a figure if nothing had changed.
    pub(crate) p_value: Option<f64>,
    /// The window of its rows, if it is not the one that was read.
    pub(crate) window: Option<Window>,
}

impl From<Figure> for Gauged {
    fn from(figure: Figure) -> Self {
        Self {
            figure,
            p_value: None,
            window: None,
        }
    }
}

impl Gauge {
    /// Prepares a monitor's measure on the whole reference. `None` if the reference has nothing of it, such as a
    /// column that it lacks.
    pub(crate) fn new(spec: &MonitorSpec, model: &ModelSpec, reference: &Reading) -> Option<Self> {
        let segment = spec.segment.iter().next();
        let segment = segment.map(|(name, value)| (name.clone(), value.clone()));
        let columns = columns_of(reference, segment.as_ref())?;
        let about = spec.measure.about();
        let profile = |name: &str| columns.get(name);
        let of_column = || profile(spec.column.as_deref()?);
        let kept = match spec.measure {
            Measure::Drift => {
                let profile = of_column()?;
                let binning = Binning::of_profile(profile)?;
                let mut counts = binning.of_sketch(profile)?;
                let of_output = spec
                    .column
                    .as_deref()
                    .is_some_and(|c| c.starts_with("output_"));
                let status = columns.get(STATUS.0).filter(|_| of_output);
                if let (Some(missing), Some(status)) = (counts.last_mut(), status) {
                    *missing = missing.saturating_sub(count(status, STATUS.1));
                }
                Kept::Bins(Box::new(binning), counts)
            }
            Measure::Unseen => Kept::Words(words(of_column()?, allowed(spec, model))?),
            Measure::Range => {
                let (low, high) = range(of_column()?, spec, model)?;
                Kept::Range(low, high)
            }
            Measure::Missing | Measure::Mean | Measure::Mode => {
                of_column()?;
                Kept::Nothing
            }
            Measure::Errors => {
                profile(STATUS.0)?;
                match (&spec.metric, &spec.decision) {
                    // The metric of an error budget is its name.
                    (None, _) | (_, DecisionRule::Burn { .. }) => Kept::Nothing,
                    (Some(word), _) => Kept::ErrorType(word.clone()),
                }
            }
            Measure::LatencyP50 | Measure::LatencyP95 | Measure::LatencyP99 => {
                profile(spec.column.as_deref().unwrap_or(LATENCY))?;
                match spec.decision {
                    DecisionRule::Burn {
                        above: Some(above), ..
                    } => Kept::Above(above),
                    _ => Kept::Nothing,
                }
            }
            Measure::Fairness if spec.metric.as_deref() == Some("selection_rate") => {
                let positive = model.positive_class.as_ref().map(|w| w.0.clone());
                Kept::Class(positive.unwrap_or_else(|| "1".to_owned()))
            }
            _ => Kept::Nothing,
        };
        Some(Self {
            measure: spec.measure,
            column: spec.column.clone(),
            metric: spec.metric.clone(),
            segment,
            length_us: spec.window_us(),
            min_rows: spec.min_rows.unwrap_or(about.min_rows),
            kept,
        })
    }

    /// The same of another part of the rows.
    pub(crate) fn on(mut self, part: Option<Part>) -> Self {
        self.segment = part;
        self
    }

    /// Rows of predictions that the figure of `reading` would rest on.
    pub(crate) fn rows(&self, reading: &Reading) -> u64 {
        columns_of(reading, self.segment.as_ref()).map_or(0, rows)
    }

    /// The figure of a window. Too few rows, or none, is an answer too.
    pub(crate) fn read(&self, reading: &Reading) -> Gauged {
        let name = self.measure.name();
        if let Some(joined) = self.joined(reading) {
            return joined;
        }
        if self.measure == Measure::Effect {
            return self.effect(reading).into();
        }
        let Some(columns) = columns_of(reading, self.segment.as_ref()) else {
            return self.of_nothing();
        };
        let n = rows(columns);
        if n < self.min_rows {
            return Figure::too_few(n, self.min_rows, name).into();
        }
        let column = self.column.as_deref().and_then(|c| columns.get(c));
        match self.measure {
            Measure::Volume => volume(n).into(),
            Measure::Errors => self.errors(columns, n).into(),
            Measure::LatencyP50 => self.latency(columns, 0.5).into(),
            Measure::LatencyP95 => self.latency(columns, 0.95).into(),
            Measure::LatencyP99 => self.latency(columns, 0.99).into(),
            Measure::Missing => missing(column, n - self.failed(columns).min(n)).into(),
            Measure::Complaints => complaints(&reading.feedback, n, true).into(),
            Measure::Feedback => complaints(&reading.feedback, n, false).into(),
            Measure::Freshness => freshness(reading).into(),
            Measure::Fairness => self.selection(reading).into(),
            _ => match column {
                // A column that is gone is missing, which its own measure tells.
                None => Figure::too_few(0, self.min_rows, name).into(),
                Some(profile) => self.of_column(profile, self.failed(columns)),
            },
        }
    }

    /// The newest figure from rows that came with the window.
    fn joined(&self, reading: &Reading) -> Option<Gauged> {
        let fits = |j: &&crate::reading::Joined| {
            (j.measure, &j.part) == (self.measure, &self.segment)
                && (&j.metric, &j.column) == (&self.metric, &self.column)
        };
        let mut own = reading.joined.iter().filter(fits);
        let as_long = |j: &&crate::reading::Joined| Some(j.window.length_us()) == self.length_us;
        let joined = own.clone().rfind(as_long).or_else(|| own.next_back())?;
        Some(Gauged {
            window: Some(joined.window),
            ..joined.figure.clone().into()
        })
    }

    fn of_nothing(&self) -> Gauged {
        match self.measure {
            Measure::Volume => volume(0).into(),
            _ => Figure::too_few(0, self.min_rows.max(1), self.measure.name()).into(),
        }
    }

    /// Requests that failed have no output, which their own measure tells.
    fn failed(&self, columns: &Columns) -> u64 {
        let of_output = |c: &String| c.starts_with("output_");
        let status = columns.get(STATUS.0);
        let status = status.filter(|_| self.column.as_ref().is_some_and(of_output));
        status.map_or(0, |profile| count(profile, STATUS.1))
    }

    fn of_column(&self, profile: &Profile, failed: u64) -> Gauged {
        let figures = profile.figures();
        let present = profile
            .rows()
            .saturating_sub(profile.nulls() + figures.nans);
        let name = self.measure.name();
        if present < self.min_rows && self.measure != Measure::Drift {
            return Figure::too_few(present, self.min_rows, name).into();
        }
        match (&self.kept, self.measure) {
            (Kept::Bins(binning, counts), _) => drift(binning, counts, profile, failed),
            (Kept::Words(known), _) => unseen(known, profile, present).into(),
            (Kept::Range(low, high), _) => outside(profile, (*low, *high), present).into(),
            (_, Measure::Mode) => mode(profile, present).into(),
            (_, Measure::Mean) => mean(profile, present, name).into(),
            _ => Figure::undefined("nothing of it is known", present, name).into(),
        }
    }

    /// The share of failed requests, or of those that failed in one way.
    fn errors(&self, columns: &Columns, n: u64) -> Figure {
        let Some(status) = columns.get(STATUS.0) else {
            return Figure::undefined("no request tells its status", n, "errors");
        };
        let failed = match &self.kept {
            Kept::ErrorType(word) => columns.get(ERROR_TYPE).map_or(0, |p| count(p, word)),
            _ => count(status, STATUS.1),
        };
        share(failed.min(n), n)
    }

    /// The mean value of a business effect.
    fn effect(&self, reading: &Reading) -> Figure {
        let name = self.metric.as_deref().unwrap_or_default();
        let known = reading.effects.get(name);
        let n = known.map_or(0, |p| p.rows().saturating_sub(p.nulls()));
        match known {
            Some(profile) if n >= self.min_rows => mean(profile, n, Measure::Effect.name()),
            _ => Figure::too_few(n, self.min_rows, Measure::Effect.name()),
        }
    }

    /// A quantile of the latency, with the interval of order statistics.
    fn latency(&self, columns: &Columns, rank: f64) -> Figure {
        let name = self.measure.name();
        let column = self.column.as_deref().unwrap_or(LATENCY);
        let Some(profile) = columns.get(column) else {
            return Figure::too_few(0, self.min_rows, name);
        };
        let n = profile.rows().saturating_sub(profile.nulls());
        if n < self.min_rows.max(1) {
            return Figure::too_few(n, self.min_rows.max(1), name);
        }
        if let Kept::Above(above) = self.kept {
            let below = profile.rank(above, true).unwrap_or(1.0);
            return share(((1.0 - below) * n as f64).round() as u64, n);
        }
        let half = 1.96 * (rank * (1.0 - rank) / n as f64).sqrt() + profile.rank_error();
        let ranks = [(rank - half).max(0.0), rank, (rank + half).min(1.0)];
        match profile.quantiles(&ranks).as_deref() {
            Some([low, value, high]) => Figure::new(*value, (*low, *high), n, name),
            _ => Figure::undefined("there are no numbers", n, name),
        }
    }

    /// The widest difference between groups in the share of the class.
    fn selection(&self, reading: &Reading) -> Figure {
        let name = "selection_rate";
        let (Some(attribute), Kept::Class(class)) = (&self.column, &self.kept) else {
            return Figure::undefined("no rate of groups is known", 0, name);
        };
        let groups = reading.segments.iter().filter(|((a, _), _)| a == attribute);
        let mut rates = Vec::new();
        for ((_, group), columns) in groups {
            let Some((k, n)) = chosen(columns, class) else {
                continue;
            };
            if group != "other" && n >= GROUP_MIN {
                rates.push((k, n));
            }
        }
        let rate = |(k, n): &(u64, u64)| *k as f64 / *n as f64;
        rates.sort_by(|a, b| rate(a).total_cmp(&rate(b)));
        let n = rates.iter().map(|(_, n)| n).sum();
        match (rates.first(), rates.last()) {
            (Some(low), Some(high)) if rates.len() > 1 => Figure {
                n,
                method: name,
                ..candor_stats::proportion::difference(*low, *high)
            },
            _ => Figure::too_few(n, 2 * GROUP_MIN, name),
        }
    }

    /// The share of the class whose rate groups are compared by, of the rows of one group.
    pub(crate) fn rate(&self, columns: &Columns) -> Figure {
        let name = "selection_rate";
        let Kept::Class(class) = &self.kept else {
            return Figure::undefined("no rate of groups is known", 0, name);
        };
        match chosen(columns, class) {
            Some((_, n)) if n < self.min_rows => Figure::too_few(n, self.min_rows, name),
            Some((k, n)) => share(k, n),
            None => Figure::too_few(0, self.min_rows, name),
        }
    }

    /// What a sentence adds of a drifted column: how its values look now.
    pub(crate) fn remark(&self, reference: &Reading, now: &Reading) -> Option<String> {
        let column = self.column.as_deref()?;
        let before = columns_of(reference, self.segment.as_ref())?.get(column)?;
        let after = columns_of(now, self.segment.as_ref())?.get(column)?;
        remark(before, after)
    }
}

fn remark(before: &Profile, after: &Profile) -> Option<String> {
    let (b, a) = (before.figures(), after.figures());
    if a.distinct == Some(1.0) && b.distinct.is_some_and(|d| d > 1.0) {
        let value = after.frequent(1).first().map(|f| f.value.clone());
        let value = value.unwrap_or_else(|| "the same".to_owned());
        return Some(format!("all rows hold {value}"));
    }
    if before.value_type() == ValueType::Text {
        return None;
    }
    let (from, to) = (b.quantiles[3]?, a.quantiles[3]?);
    let ratio = to / from;
    if from != 0.0 && (ratio.abs() >= 8.0 || ratio.abs() <= 0.125) && ratio > 0.0 {
        let times = if ratio > 1.0 { ratio } else { 1.0 / ratio };
        let way = if ratio > 1.0 { "larger" } else { "smaller" };
        return Some(format!(
            "values are about {} times {way}, as if the unit had changed",
            crate::sentence::number(times)
        ));
    }
    let spread = b.std.filter(|s| *s > 0.0)?;
    let shift = (a.mean? - b.mean?) / spread;
    (shift.abs() >= 0.1).then(|| {
        let way = if shift > 0.0 { "up" } else { "down" };
        format!(
            "its mean went {way} by {} standard deviations",
            crate::sentence::number(shift.abs())
        )
    })
}

fn columns_of<'a>(reading: &'a Reading, part: Option<&Part>) -> Option<&'a Columns> {
    match part {
        None => Some(&reading.columns),
        Some(part) => reading.segments.get(part),
    }
}

/// Rows of the class, and all that have one.
fn chosen(columns: &Columns, class: &str) -> Option<(u64, u64)> {
    let profile = columns.get("output_class")?;
    let n = profile.rows().saturating_sub(profile.nulls());
    Some((count(profile, class), n))
}

fn volume(n: u64) -> Figure {
    let half = 1.96 * (n as f64).sqrt();
    let n_ = n as f64;
    Figure::new(n_, ((n_ - half).max(0.0), n_ + half), n, "volume")
}

fn count(profile: &Profile, word: &str) -> u64 {
    if let Some(all) = profile.all_texts() {
        return all.iter().find(|(w, _)| w == word).map_or(0, |(_, n)| *n);
    }
    let frequent = profile.frequent(usize::MAX);
    frequent
        .iter()
        .find(|f| f.value == word)
        .map_or(0, |f| f.low)
}

fn mean(profile: &Profile, present: u64, name: &'static str) -> Figure {
    let figures = profile.figures();
    let Some(mean) = figures.mean else {
        return Figure::undefined("there are no numbers", present, name);
    };
    let half = 1.96 * figures.std.unwrap_or(0.0) / (present.max(1) as f64).sqrt();
    Figure::new(mean, (mean - half, mean + half), present, name)
}

fn missing(profile: Option<&Profile>, n: u64) -> Figure {
    let gone = profile.map_or(n, |p| {
        let present = p.rows().saturating_sub(p.nulls() + p.figures().nans);
        n.saturating_sub(present)
    });
    share(gone, n)
}

fn complaints(feedback: &Columns, n: u64, negative: bool) -> Figure {
    let Some(verdicts) = feedback.get("verdict") else {
        return share(0, n);
    };
    let k = if negative {
        COMPLAINTS.iter().map(|word| count(verdicts, word)).sum()
    } else {
        verdicts.rows()
    };
    share(k.min(n), n)
}

fn freshness(reading: &Reading) -> Figure {
    let Some(built_us) = reading.built_us else {
        return Figure::undefined("no build of features was told", 0, "freshness");
    };
    let age_us = reading.window.to_us.saturating_sub(built_us).max(0);
    Figure::point(age_us as f64 / HOUR_US as f64, 1, "freshness")
}

fn drift(binning: &Binning, reference: &[u64], profile: &Profile, failed: u64) -> Gauged {
    let Some(mut current) = binning.of_sketch(profile) else {
        let all: u64 = reference.iter().sum();
        let gone = Figure::new(1.0, (1.0, 1.0), profile.rows() + all, "js");
        return Gauged {
            figure: gone,
            p_value: Some(0.0),
            window: None,
        };
    };
    if let Some(missing) = current.last_mut() {
        *missing = missing.saturating_sub(failed);
    }
    let evidence = evidence_of_counts(reference, &current, Method::Js, None);
    let p_value = Some(evidence.p_value());
    let main = evidence.parts.first().map(|part| &part.comparison);
    let n = current.iter().sum();
    let figure = match main.and_then(|c| c.effect) {
        Some(effect) => Figure::point(effect.max(0.0), n, "js"),
        None => Figure::undefined("the distance cannot be told", n, "js"),
    };
    Gauged {
        figure,
        p_value,
        window: None,
    }
}

fn allowed<'a>(spec: &MonitorSpec, model: &'a ModelSpec) -> Option<&'a [Word]> {
    let name = spec.column.as_deref()?.strip_prefix("input_")?;
    model.features.get(name)?.allowed.as_deref()
}

fn words(profile: &Profile, allowed: Option<&[Word]>) -> Option<BTreeSet<String>> {
    let all = profile.all_texts()?;
    if all.is_empty() || all.len() > WORDS_MAX {
        return None;
    }
    let mut words: BTreeSet<String> = all.iter().map(|(word, _)| word.clone()).collect();
    words.extend(allowed.into_iter().flatten().map(|w| w.0.clone()));
    Some(words)
}

fn unseen(known: &BTreeSet<String>, profile: &Profile, present: u64) -> Figure {
    let seen: u64 = match profile.all_texts() {
        Some(all) => all
            .iter()
            .filter(|(word, _)| known.contains(word))
            .map(|(_, n)| *n)
            .sum(),
        None => {
            let frequent = profile.frequent(usize::MAX);
            let known = frequent.iter().filter(|f| known.contains(&f.value));
            known.map(|f| f.high).sum()
        }
    };
    share(present.saturating_sub(seen), present)
}

fn range(profile: &Profile, spec: &MonitorSpec, model: &ModelSpec) -> Option<(f64, f64)> {
    if matches!(profile.value_type(), ValueType::Text | ValueType::Opaque) {
        return None;
    }
    let figures = profile.figures();
    let (min, max) = (figures.min?, figures.max?);
    let margin = RANGE_MARGIN * (max - min);
    let name = spec.column.as_deref()?.strip_prefix("input_");
    let feature = name.and_then(|name| model.features.get(name));
    let declared = |bound: Option<f64>, learnt: f64| bound.unwrap_or(learnt);
    Some((
        declared(feature.and_then(|f| f.min), min - margin),
        declared(feature.and_then(|f| f.max), max + margin),
    ))
}

fn outside(profile: &Profile, (low, high): (f64, f64), present: u64) -> Figure {
    let below = profile.rank(low, false).unwrap_or(0.0);
    let above = 1.0 - profile.rank(high, true).unwrap_or(1.0);
    let share = (below + above).clamp(0.0, 1.0);
    let n = present as f64;
    let (a, b) = wilson(share * n, n);
    Figure::new(share, (a, b), present, "range")
}

/// The share of the most frequent value; of numbers of many values it is next to nothing, and told as such.
fn mode(profile: &Profile, present: u64) -> Figure {
    let top = profile.frequent(1).first().map_or(0, |f| f.low);
    share(top.min(present), present)
}

//! Which rows show what a gauge measures.

use super::{Gauge, Kept};
use crate::reading::Reading;
use candor_contract::spec::Measure;
use candor_stats::drift::{Binning, Held};
use candor_stats::{Profile, ValueType};

/// A value that rows have.
#[derive(Debug, Clone, PartialEq)]
pub enum Literal {
    /// A text.
    Text(String),
    /// A number.
    Number(f64),
    /// True or false.
    Truth(bool),
}

/// Which rows show the trouble that a monitor tells of: by the values of its column, where it has one.
#[derive(Debug, Clone, PartialEq)]
pub enum Showing {
    /// Requests that failed.
    Failed,
    /// Rows without a value.
    Missing,
    /// Numbers from the first, included, to the second, excluded; an end that is absent is open.
    Between(Option<f64>, Option<f64>),
    /// Numbers below the first or above the second.
    Outside(f64, f64),
    /// Rows of this value.
    Value(Literal),
    /// Rows whose value is none of these.
    NoneOf(Vec<Literal>),
    /// The largest numbers.
    Largest,
    /// The smallest numbers.
    Smallest,
    /// Predictions that somebody complained of.
    Complaints,
    /// Predictions with feedback.
    Feedback,
    /// Predictions that were farthest from their outcome.
    Wrong,
}

impl Gauge {
    /// Which rows of `now` show its trouble, held against the reference. `None` if no row can: those that did not
    /// come, groups, features that were not built, values that profiles do not tell.
    pub(crate) fn showing(&self, reference: &Reading, now: &Reading) -> Option<Showing> {
        let of = |reading: &'_ Reading| -> Option<Profile> {
            reading.columns.get(self.column.as_deref()?).cloned()
        };
        match (self.measure, &self.kept) {
            (Measure::Errors, _) => Some(Showing::Failed),
            (Measure::LatencyP50 | Measure::LatencyP95 | Measure::LatencyP99, _) => {
                Some(Showing::Largest)
            }
            (Measure::Missing, _) => Some(Showing::Missing),
            (Measure::Complaints, _) => Some(Showing::Complaints),
            (Measure::Feedback, _) => Some(Showing::Feedback),
            (Measure::Performance, _) => Some(Showing::Wrong),
            (Measure::Mode, _) => most_frequent(&of(now)?).map(Showing::Value),
            (Measure::Mean, _) => {
                let (before, after) = (of(reference)?.figures().mean?, of(now)?.figures().mean?);
                Some(match after >= before {
                    true => Showing::Largest,
                    false => Showing::Smallest,
                })
            }
            (_, Kept::Words(known)) => {
                let known = known.iter().cloned().map(Literal::Text);
                Some(Showing::NoneOf(known.collect()))
            }
            (_, Kept::Range(low, high)) => Some(Showing::Outside(*low, *high)),
            (_, Kept::Bins(binning, counts)) => {
                let profile = of(now)?;
                let place = grown(binning, counts, &profile, self.failed(&now.columns))?;
                of_bin(binning, place, profile.value_type())
            }
            _ => None,
        }
    }
}

fn most_frequent(profile: &Profile) -> Option<Literal> {
    let top = profile.frequent(1).into_iter().next()?;
    match profile.value_type() {
        ValueType::Text => Some(Literal::Text(top.value)),
        ValueType::Boolean => Some(Literal::Truth(top.value == "true")),
        ValueType::Number => top.value.parse().ok().map(Literal::Number),
        ValueType::Time | ValueType::Opaque => None,
    }
}

/// The bin whose share grew most; of equal ones the first.
fn grown(binning: &Binning, reference: &[u64], profile: &Profile, failed: u64) -> Option<usize> {
    let mut current = binning.of_sketch(profile)?;
    if let Some(missing) = current.last_mut() {
        *missing = missing.saturating_sub(failed);
    }
    let total = |counts: &[u64]| counts.iter().sum::<u64>().max(1) as f64;
    let (before, after) = (total(reference), total(&current));
    let mut best: Option<(usize, f64)> = None;
    for (place, (was, is)) in reference.iter().zip(&current).enumerate() {
        let growth = *is as f64 / after - *was as f64 / before;
        if growth > best.map_or(0.0, |(_, most)| most) {
            best = Some((place, growth));
        }
    }
    best.map(|(place, _)| place)
}

fn of_bin(binning: &Binning, place: usize, ty: ValueType) -> Option<Showing> {
    let of_number = |x: f64| match ty {
        ValueType::Number => Some(Literal::Number(x)),
        ValueType::Boolean => Some(Literal::Truth(x > 0.5)),
        ValueType::Time | ValueType::Text | ValueType::Opaque => None,
    };
    let literal = |held: Held| match held {
        Held::Number(x) => of_number(x),
        Held::Text(word) => Some(Literal::Text(word)),
        Held::Between(..) | Held::Others | Held::Missing => None,
    };
    match binning.holds(place)? {
        Held::Missing => Some(Showing::Missing),
        Held::Between(low, high) => {
            (ty == ValueType::Number).then_some(Showing::Between(low, high))
        }
        Held::Others => {
            let known = (0..binning.len()).filter_map(|at| literal(binning.holds(at)?));
            let known: Vec<Literal> = known.collect();
            (!known.is_empty()).then_some(Showing::NoneOf(known))
        }
        held => literal(held).map(Showing::Value),
    }
}

//! Rows by the values of segments, each value beside the rest of its segment.

use crate::outcomes::{Wanted, performance};
use crate::reading::{Part, Reading};
use crate::rows::{SEGMENTS_MAX, VALUES_MAX, texts};
use crate::window::Window;
use arrow::array::{RecordBatch, UInt32Array};
use arrow::compute::take_record_batch;
use candor_contract::spec::ModelSpec;
use std::collections::{BTreeMap, BTreeSet};

/// What is known of all rows of a time, of those with each value of each segment, and of the segment's other rows.
#[derive(Debug, Clone)]
pub struct Parts {
    whole: Reading,
    own: BTreeMap<Part, Reading>,
    rest: BTreeMap<Part, Reading>,
    /// A time of the same length without any row.
    empty: Reading,
}

impl Parts {
    /// From profiles: a reading with its segments. Of `feedback` columns and segments tell what people said of
    /// the predictions of each.
    pub fn of_profiles(mut whole: Reading, feedback: Option<Reading>) -> Self {
        let window = whole.window;
        let segments = std::mem::take(&mut whole.segments);
        let mut own = BTreeMap::new();
        for (part, columns) in segments {
            let reading = Reading {
                columns,
                ..Reading::empty(window)
            };
            own.insert(part, reading);
        }
        if let Some(feedback) = feedback {
            for (part, columns) in feedback.segments {
                if let Some(reading) = own.get_mut(&part) {
                    reading.feedback = columns;
                }
            }
            whole.feedback = feedback.columns;
        }
        let others = |(name, value): &Part| {
            let mut rest = Reading::empty(window);
            let same = own.iter().filter(|((n, v), _)| n == name && v != value);
            same.for_each(|(_, reading)| rest.absorb(reading));
            rest
        };
        let rest = own.keys().map(|part| (part.clone(), others(part)));
        Self {
            rest: rest.collect(),
            own,
            whole,
            empty: Reading::empty(window),
        }
    }

    /// From predictions joined with their outcomes, with columns as [`performance`] takes them and `segment_…`
    /// columns: the figures of performance that are wanted.
    pub fn of_outcomes(
        window: Window,
        model: &ModelSpec,
        wanted: &Wanted,
        rows: &RecordBatch,
    ) -> Self {
        let read = |places: Vec<u32>| {
            let taken = take_record_batch(rows, &UInt32Array::from(places)).ok();
            Reading {
                joined: taken.map_or_else(Vec::new, |own| performance(window, model, wanted, &own)),
                ..Reading::empty(window)
            }
        };
        let schema = rows.schema();
        let fields = schema.fields().iter();
        let names = fields.filter_map(|f| f.name().strip_prefix("segment_"));
        let (mut own, mut rest) = (BTreeMap::new(), BTreeMap::new());
        for name in names.take(SEGMENTS_MAX) {
            let array = rows.column_by_name(&format!("segment_{name}"));
            let values = array.and_then(texts).unwrap_or_default();
            for value in frequent(&values) {
                let part = (name.to_owned(), value.clone());
                own.insert(part.clone(), read(places(&values, &value, true)));
                rest.insert(part, read(places(&values, &value, false)));
            }
        }
        let whole = Reading {
            joined: performance(window, model, wanted, rows),
            ..Reading::empty(window)
        };
        Self {
            whole,
            own,
            rest,
            empty: Reading::empty(window),
        }
    }

    /// All rows.
    pub fn whole(&self) -> &Reading {
        &self.whole
    }

    /// The rows of a part.
    pub fn own(&self, part: &Part) -> Option<&Reading> {
        self.own.get(part)
    }

    /// The rows with other values of the part's segment.
    pub fn rest(&self, part: &Part) -> Option<&Reading> {
        self.rest.get(part).or_else(|| {
            // A value that none of these rows has: all with another one are the rest.
            let same = self.own.iter().find(|((name, _), _)| *name == part.0);
            same.and(Some(&self.whole))
        })
    }

    /// Each part that has rows here or in the reference; those that have none any more are empty.
    pub(super) fn parts<'a>(
        &'a self,
        reference: &'a Parts,
    ) -> impl Iterator<Item = (Part, &'a Reading)> {
        let names: BTreeSet<&Part> = self.own.keys().chain(reference.own.keys()).collect();
        names
            .into_iter()
            .map(|part| (part.clone(), self.own.get(part).unwrap_or(&self.empty)))
    }
}

/// Rows of a value, or of the others.
fn places(values: &[Option<String>], value: &str, is_own: bool) -> Vec<u32> {
    let each = (0_u32..).zip(values);
    let fits = |own: &Option<String>| own.as_deref().is_some_and(|v| (v == value) == is_own);
    each.filter(|(_, v)| fits(v)).map(|(at, _)| at).collect()
}

/// The most frequent values, ascending.
fn frequent(values: &[Option<String>]) -> Vec<String> {
    let mut counts: BTreeMap<&String, u64> = BTreeMap::new();
    for value in values.iter().flatten() {
        *counts.entry(value).or_default() += 1;
    }
    let mut known: Vec<(&String, u64)> = counts.into_iter().collect();
    known.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(b.0)));
    let mut kept: Vec<String> = known
        .into_iter()
        .take(VALUES_MAX)
        .map(|(value, _)| value.clone())
        .collect();
    kept.sort_unstable();
    kept
}

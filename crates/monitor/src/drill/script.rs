//! What a drill expects, with absolute times.

use crate::alert::Symptom;
use crate::window::{DAY_US, Window};
use candor_contract::spec::{AllowSpec, ExpectSpec, Measure, OneOf, Reason, ScenarioSpec};
use std::collections::BTreeMap;

/// A drill's expectations, with absolute times.
#[derive(Debug, Clone, PartialEq)]
pub struct Script {
    /// The scenario's name.
    pub name: String,
    /// The event time that is judged.
    pub judged: Window,
    /// The models that are watched.
    pub models: Vec<String>,
    /// What goes wrong, in the scenario's order; then what happens and is expected to be told.
    pub faults: Vec<Seeded>,
    /// Alerts that must come.
    pub expected: Vec<Expected>,
    /// Alerts that may come.
    pub allowed: Vec<Allowed>,
}

/// A fault, and when it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seeded {
    /// Its name in the scenario, e.g. `f1`.
    pub id: String,
    /// What it is, e.g. `null_burst`.
    pub fault: String,
    /// In which model.
    pub model: String,
    /// When it begins.
    pub from_us: i64,
    /// The first instant after it; `None` if it stays.
    pub to_us: Option<i64>,
}

/// An alert that must come.
#[derive(Debug, Clone, PartialEq)]
pub struct Expected {
    /// Place of its fault in the script.
    pub fault: usize,
    /// What it may tell of, where.
    pub what: Pattern,
    /// Other measures that may be named as the cause.
    pub cause: Vec<Measure>,
    /// It does not count before: the fault's beginning.
    pub from_us: i64,
    /// When it must have been told.
    pub told_by_us: i64,
    /// After this an alert is not of this fault any more.
    pub until_us: i64,
    /// When it must be over; `None` if that does not matter.
    pub over_by_us: Option<i64>,
    /// How many alerts may tell it.
    pub alerts_max: u32,
}

/// An alert that may come.
#[derive(Debug, Clone, PartialEq)]
pub struct Allowed {
    /// What it may tell of, where.
    pub what: Pattern,
    /// When it may be told.
    pub told: Window,
}

/// Which symptoms fit: what is empty fits all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern {
    /// The model; never empty.
    pub model: String,
    /// Any of these measures.
    pub measures: Vec<Measure>,
    /// Any of these columns.
    pub columns: Vec<String>,
    /// All of these segments.
    pub segment: BTreeMap<String, String>,
}

impl Pattern {
    /// Whether a symptom of the model fits.
    pub(super) fn fits(&self, symptom: &Symptom) -> bool {
        let column = symptom.column.as_ref();
        let in_segment = |(name, value)| symptom.segment.get(name) == Some(value);
        (self.measures.is_empty() || self.measures.contains(&symptom.measure))
            && (self.columns.is_empty() || column.is_some_and(|c| self.columns.contains(c)))
            && self.segment.iter().all(in_segment)
    }
}

impl Script {
    /// The script of a scenario that begins at `start_us`.
    pub fn of(name: &str, scenario: &ScenarioSpec, start_us: i64) -> Self {
        let judged = Window {
            from_us: start_us,
            to_us: start_us.saturating_add(i64::from(scenario.days) * DAY_US),
        };
        let faults = scenario.faults.iter().enumerate();
        let mut faults: Vec<Seeded> = faults
            .map(|(place, fault)| seeded(&Reason::Fault(place, fault), &fault.model, start_us))
            .collect();
        let mut expected = Vec::with_capacity(scenario.expect.len());
        for expect in &scenario.expect {
            let Some(reason) = expect.reason_in(scenario) else {
                continue;
            };
            let seeded = seeded(&reason, &expect.model, start_us);
            let place = faults.iter().position(|f| *f == seeded);
            let place = place.unwrap_or_else(|| {
                faults.push(seeded);
                faults.len() - 1
            });
            expected.push(expectation(place, expect, &faults[place], judged.to_us));
        }
        let allowed = scenario.allow.iter().map(|allow| allowed(allow, judged));
        Self {
            name: name.to_owned(),
            judged,
            models: scenario.fleet().into_iter().map(|m| m.name).collect(),
            allowed: allowed.collect(),
            expected,
            faults,
        }
    }
}

fn seeded(reason: &Reason<'_>, model: &str, start_us: i64) -> Seeded {
    let at = |us: i64| start_us.saturating_add(us);
    Seeded {
        id: reason.id(),
        fault: reason.kind().to_owned(),
        model: model.to_owned(),
        from_us: at(reason.from_us().unwrap_or(0)),
        to_us: reason.ends_us().map(at),
    }
}

fn expectation(place: usize, expect: &ExpectSpec, fault: &Seeded, end_us: i64) -> Expected {
    let within_us = expect.within_us().unwrap_or(0);
    let over_us = expect.resolves_within_us();
    let grace_us = within_us.max(over_us.unwrap_or(0));
    let after = |us: i64| fault.to_us.map(|to| to.saturating_add(us));
    Expected {
        fault: place,
        what: Pattern {
            model: expect.model.clone(),
            measures: expect.measure.values().to_vec(),
            columns: values(expect.column.as_ref()),
            segment: expect.segment.clone(),
        },
        cause: values(expect.cause.as_ref()),
        from_us: fault.from_us,
        told_by_us: fault.from_us.saturating_add(within_us),
        until_us: after(grace_us).map_or(end_us, |us| us.min(end_us)),
        over_by_us: over_us.and_then(after),
        alerts_max: expect.alerts.unwrap_or(1),
    }
}

fn allowed(allow: &AllowSpec, judged: Window) -> Allowed {
    let at = |us: i64| judged.from_us.saturating_add(us);
    Allowed {
        what: Pattern {
            model: allow.model.clone(),
            measures: values(allow.measure.as_ref()),
            columns: values(allow.column.as_ref()),
            segment: allow.segment.clone(),
        },
        told: Window {
            from_us: allow.from_us().map_or(judged.from_us, at),
            to_us: allow.to_us().map_or(i64::MAX, at),
        },
    }
}

fn values<T: Clone>(one_of: Option<&OneOf<T>>) -> Vec<T> {
    one_of.map_or_else(Vec::new, |one_of| one_of.values().to_vec())
}

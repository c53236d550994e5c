//! What a drill expects of monitors: which alerts, how soon, and no others.

use super::{FaultSpec, HappeningSpec, ScenarioSpec, Shape, span_us};
use crate::spec::monitor::Measure;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// One value, or a list of values of which any will do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum OneOf<T> {
    /// Just this one.
    One(T),
    /// Any of these.
    Any(Vec<T>),
}

impl<T> OneOf<T> {
    /// The values that will do.
    pub fn values(&self) -> &[T] {
        match self {
            OneOf::One(value) => std::slice::from_ref(value),
            OneOf::Any(values) => values,
        }
    }
}

/// An alert that must come. Alerts that are neither expected nor allowed are false alarms.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ExpectSpec {
    /// Of which model.
    pub model: String,
    /// For which fault: `f1` is the scenario's first. Needed if the model has several. `h1` is the first of
    /// what happens, if it is too much to be fine, such as traffic that breaks down.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fault: Option<String>,
    /// What the alert tells of: a measure, or several of which any will do.
    pub measure: OneOf<Measure>,
    /// Of which stored column, e.g. `input_income`; any will do if there are several, or none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub column: Option<OneOf<String>>,
    /// Only in this segment, e.g. `{region: north}`; any will do if there is none.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub segment: BTreeMap<String, String>,
    /// How long it may take from the fault's beginning until the alert tells of it, e.g. `4h`.
    pub within: String,
    /// How long the alert may go on after the fault's end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resolves_within: Option<String>,
    /// Other measures that may be named as the likely cause, because they are further upstream.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cause: Option<OneOf<Measure>>,
    /// How many alerts may tell of it: 1, and more of a fault that comes in waves.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alerts: Option<u32>,
}

/// An alert that may come, and need not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AllowSpec {
    /// Of which model.
    pub model: String,
    /// What it tells of; whatever it is if none is named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub measure: Option<OneOf<Measure>>,
    /// Of which stored column.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub column: Option<OneOf<String>>,
    /// Only in this segment.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub segment: BTreeMap<String, String>,
    /// From when on it may begin, counted from the start of the scenario.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// Until when it may begin.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
}

impl ExpectSpec {
    /// Microseconds that it may take; `None` if `within` is no span, which a check tells.
    pub fn within_us(&self) -> Option<i64> {
        span_us(&self.within)
    }

    /// Microseconds that it may go on after the fault's end.
    pub fn resolves_within_us(&self) -> Option<i64> {
        self.resolves_within.as_deref().and_then(span_us)
    }

    /// What it tells of: what it names, or the only fault of its model.
    pub fn reason_in<'a>(&self, scenario: &'a ScenarioSpec) -> Option<Reason<'a>> {
        let Some(id) = &self.fault else {
            let faults = scenario.faults.iter().enumerate();
            let mut own = faults.filter(|(_, fault)| fault.model == self.model);
            let (place, fault) = own.next()?;
            return own.next().is_none().then_some(Reason::Fault(place, fault));
        };
        let place = |letter| {
            id.strip_prefix(letter)?
                .parse::<usize>()
                .ok()?
                .checked_sub(1)
        };
        if let Some(place) = place('h') {
            let happening = scenario.happenings.get(place)?;
            return Some(Reason::Happening(place, happening));
        }
        let place = place('f')?;
        Some(Reason::Fault(place, scenario.faults.get(place)?))
    }
}

/// What an expected alert tells of, with its place in the scenario.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Reason<'a> {
    /// Something that goes wrong.
    Fault(usize, &'a FaultSpec),
    /// Something that happens, and is too much to be fine.
    Happening(usize, &'a HappeningSpec),
}

impl Reason<'_> {
    /// Its name, e.g. `f1`.
    pub fn id(&self) -> String {
        match self {
            Reason::Fault(place, _) => format!("f{}", place + 1),
            Reason::Happening(place, _) => format!("h{}", place + 1),
        }
    }

    /// What it is, e.g. `null_burst`.
    pub fn kind(&self) -> &'static str {
        match self {
            Reason::Fault(_, fault) => fault.fault.name(),
            Reason::Happening(_, happening) => happening.kind.name(),
        }
    }

    /// Microseconds from the start to its beginning.
    pub fn from_us(&self) -> Option<i64> {
        match self {
            Reason::Fault(_, fault) => fault.from_us(),
            Reason::Happening(_, happening) => happening.from_us(),
        }
    }

    /// Microseconds from the start to its end; `None` if it stays, as what has drifted gradually does.
    pub fn ends_us(&self) -> Option<i64> {
        match self {
            Reason::Fault(_, fault) if fault.shape == Some(Shape::Gradual) => None,
            Reason::Fault(_, fault) => fault.to_us(),
            Reason::Happening(_, happening) => happening.to_us(),
        }
    }

    /// Whether it concerns a model.
    pub fn concerns(&self, model: &str) -> bool {
        match self {
            Reason::Fault(_, fault) => fault.model == model,
            Reason::Happening(_, happening) => happening.concerns(model),
        }
    }
}

impl AllowSpec {
    /// Microseconds from the start from when on it may begin.
    pub fn from_us(&self) -> Option<i64> {
        self.from.as_deref().and_then(span_us)
    }

    /// Microseconds from the start until when it may begin.
    pub fn to_us(&self) -> Option<i64> {
        self.to.as_deref().and_then(span_us)
    }
}

//! `Scenario`: a fleet whose truth is scripted, for demos, drills and checks.
//!
//! Times are counted from the scenario's start, e.g. `12d6h`, so that one file serves any calendar.

mod check;
mod expect;
mod fault;
mod happening;
mod schedule;

pub use expect::{AllowSpec, ExpectSpec, OneOf, Reason};
pub use fault::{FaultKind, FaultSpec, Magnitude, Shape};
pub use happening::{HappeningKind, HappeningSpec};
pub use schedule::DrillSchedule;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Most days of a scenario.
const DAYS_MAX: u32 = 400;
/// Most events of a scenario.
const EVENTS_MAX: u64 = 10_000_000_000;
/// Most events of a scenario that a server rehearses by itself: some gigabytes in its data directory.
const SCHEDULED_EVENTS_MAX: u64 = 10_000_000;
/// Most models of a scenario.
const MODELS_MAX: usize = 32;
/// Most faults of a scenario; also most happenings, and most alerts expected or allowed.
const FAULTS_MAX: usize = 256;

/// The spec of a `Scenario`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ScenarioSpec {
    /// Seed of everything that is drawn; the same seed gives the same bytes.
    #[serde(default = "seed")]
    pub seed: u64,
    /// Days that the scenario lasts.
    #[serde(default = "days")]
    pub days: u32,
    /// Events of all kinds and models in that time, about.
    #[serde(default = "events")]
    pub events: u64,
    /// The fleet; all four kinds of models, each once, if none is named.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub models: Vec<ScenarioModel>,
    /// What goes wrong, and when.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub faults: Vec<FaultSpec>,
    /// What happens although nothing is wrong, and when.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub happenings: Vec<HappeningSpec>,
    /// Alerts that must come when this is a drill. Any other is a false alarm.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub expect: Vec<ExpectSpec>,
    /// Alerts that may come beside those that must.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub allow: Vec<AllowSpec>,
    /// When a server that has this scenario rehearses it by itself; never if it does not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schedule: Option<DrillSchedule>,
}

const fn seed() -> u64 {
    7
}

const fn days() -> u32 {
    30
}

const fn events() -> u64 {
    1_000_000
}

impl Default for ScenarioSpec {
    fn default() -> Self {
        Self {
            seed: seed(),
            days: days(),
            events: events(),
            models: Vec::new(),
            faults: Vec::new(),
            happenings: Vec::new(),
            expect: Vec::new(),
            allow: Vec::new(),
            schedule: None,
        }
    }
}

/// A kind of model that the simulator knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Archetype {
    /// A binary classifier of loan applications, with protected attributes.
    CreditRisk,
    /// A regression of minutes until a delivery, with intervals.
    DeliveryTime,
    /// A ranking of products for a query.
    ProductRanking,
    /// An assistant that answers customers' questions in text.
    SupportAssistant,
}

impl Archetype {
    /// All of them.
    pub const ALL: [Archetype; 4] = [
        Archetype::CreditRisk,
        Archetype::DeliveryTime,
        Archetype::ProductRanking,
        Archetype::SupportAssistant,
    ];

    /// The word in specs, e.g. `credit-risk`; also the name of a model that is given no other.
    pub const fn name(self) -> &'static str {
        match self {
            Archetype::CreditRisk => "credit-risk",
            Archetype::DeliveryTime => "delivery-time",
            Archetype::ProductRanking => "product-ranking",
            Archetype::SupportAssistant => "support-assistant",
        }
    }
}

/// A model of a scenario's fleet.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ScenarioModel {
    /// Its name.
    pub name: String,
    /// What it is like; needed unless its name says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub like: Option<Archetype>,
    /// Its part of the events, against the other models' parts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub share: Option<f64>,
    /// The version that answers at the start.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// Versions that follow, in order; each knows a little more than the one before. Bad ones are
    /// faults.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub deployments: Vec<Deployment>,
}

/// A new version goes live.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Deployment {
    /// The new version.
    pub version: String,
    /// When, from the start, e.g. `14d10h`.
    pub at: String,
    /// Why, as the change event tells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
}

impl ScenarioModel {
    /// A model that is named after what it is like.
    pub fn of(archetype: Archetype) -> Self {
        Self {
            name: archetype.name().to_owned(),
            like: None,
            share: None,
            version: None,
            deployments: Vec::new(),
        }
    }

    /// What it is like; `None` if nothing says so, which a check tells.
    pub fn archetype(&self) -> Option<Archetype> {
        let named = || Archetype::ALL.into_iter().find(|a| a.name() == self.name);
        self.like.or_else(named)
    }
}

impl Deployment {
    /// Microseconds from the start; `None` if `at` is no span, which a check tells.
    pub fn at_us(&self) -> Option<i64> {
        span_us(&self.at)
    }
}

impl ScenarioSpec {
    /// The models, named or all four.
    pub fn fleet(&self) -> Vec<ScenarioModel> {
        if self.models.is_empty() {
            return Archetype::ALL.map(ScenarioModel::of).to_vec();
        }
        self.models.clone()
    }
}

/// Microseconds of a span of one or more parts, such as `12d6h`; `0d` is one. `None` if it is none.
pub fn span_us(text: &str) -> Option<i64> {
    let mut rest = text;
    let mut total: i64 = 0;
    while !rest.is_empty() {
        let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let letters = rest[digits..]
            .find(|c: char| c.is_ascii_digit())
            .map_or(rest.len(), |at| digits + at);
        let (part, after) = rest.split_at_checked(letters)?;
        let zero = digits > 0 && part[..digits].bytes().all(|b| b == b'0');
        let part_us = if zero {
            super::model::duration_us(&format!("1{}", &part[digits..])).map(|_| 0)
        } else {
            super::model::duration_us(part)
        };
        total = total.checked_add(part_us?)?;
        rest = after;
    }
    (!text.is_empty()).then_some(total)
}

#[cfg(test)]
mod tests;

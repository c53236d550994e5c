//! How often monitors and routes are right, by what people said of alerts, and how much of what drills seeded they found.

mod drills;

pub use drills::{DrillPlayed, RoutePlayed};

use crate::alert::{Judgement, Symptom};
use candor_contract::spec::Measure;
use candor_stats::Figure;
use candor_stats::proportion::share;
use drills::Played;
use std::collections::{BTreeMap, BTreeSet};

/// Alerts by what people said of them; of each alert the last verdict counts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// Something was wrong.
    pub true_positive: u64,
    /// Nothing was wrong.
    pub false_positive: u64,
    /// It was meant to be so.
    pub expected: u64,
    /// Another alert tells the same.
    pub duplicate: u64,
    /// Data were missing, the model was fine.
    pub missing_data: u64,
    /// Nobody said anything yet.
    pub unjudged: u64,
}

impl Tally {
    /// Counts `n` alerts of one verdict.
    pub fn add(&mut self, verdict: Option<Judgement>, n: u64) {
        let count = match verdict {
            Some(Judgement::TruePositive) => &mut self.true_positive,
            Some(Judgement::FalsePositive) => &mut self.false_positive,
            Some(Judgement::Expected) => &mut self.expected,
            Some(Judgement::Duplicate) => &mut self.duplicate,
            Some(Judgement::MissingData) => &mut self.missing_data,
            None => &mut self.unjudged,
        };
        *count += n;
    }

    /// All alerts.
    pub const fn alerts(&self) -> u64 {
        self.judged() + self.unjudged
    }

    /// Alerts with a verdict, whichever.
    pub const fn judged(&self) -> u64 {
        self.true_positive
            + self.false_positive
            + self.expected
            + self.duplicate
            + self.missing_data
    }

    /// The share of true ones among those that were called true or false, with Wilson's interval; undefined without any.
    /// What was expected, a duplicate or for want of data is neither.
    pub fn precision(&self) -> Figure {
        share(self.true_positive, self.true_positive + self.false_positive)
    }

    /// The share of true ones among all that were judged but duplicates: whether it was worth anybody's time.
    pub fn about_something(&self) -> Figure {
        share(self.true_positive, self.judged() - self.duplicate)
    }
}

/// The verdict of a stored word; `None` for a word that no verdict has.
pub fn judgement_of(word: &str) -> Option<Judgement> {
    let all = [
        Judgement::TruePositive,
        Judgement::FalsePositive,
        Judgement::Expected,
        Judgement::Duplicate,
        Judgement::MissingData,
    ];
    all.into_iter().find(|j| j.name() == word)
}

/// Where a monitor looks, and its name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct MonitorPlace {
    /// The model.
    pub model: String,
    /// The monitor's name.
    pub monitor: String,
    /// What it measures.
    pub measure: Measure,
    /// Of which column.
    pub column: Option<String>,
    /// In which segment.
    pub segment: BTreeMap<String, String>,
}

impl MonitorPlace {
    /// The place of an alert's symptom.
    pub fn of_symptom(model: &str, symptom: &Symptom) -> Self {
        Self {
            model: model.to_owned(),
            monitor: symptom.monitor.clone(),
            measure: symptom.measure,
            column: symptom.column.clone(),
            segment: symptom.segment.clone(),
        }
    }
}

/// An alert that fired.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScoredAlert {
    /// The monitor that leads it: the likely cause.
    pub monitor: MonitorPlace,
    /// Routes that told of it.
    pub routes: BTreeSet<String>,
    /// What people said of it last.
    pub verdict: Option<Judgement>,
}

/// What scores are made from.
#[derive(Debug, Clone, Default)]
pub struct ScoreInputs {
    /// Alerts of models; those of drills say nothing of monitors and are no part of it.
    pub alerts: Vec<ScoredAlert>,
    /// Rehearsals, of each drill the newest first: of those that count for a figure only the newest does, since the
    /// same traffic played twice says nothing more.
    pub drills: Vec<DrillPlayed>,
    /// Routes as they are declared.
    pub routes: Vec<RoutePlayed>,
    /// Monitors that watch, so that a fault that nobody told is laid at the right door.
    pub monitors: Vec<MonitorPlace>,
    /// Of this model only; of all if absent.
    pub model: Option<String>,
}

/// How something did.
#[derive(Debug, Clone, PartialEq)]
pub struct Score {
    /// Its alerts by verdict.
    pub tally: Tally,
    /// True ones among those called true or false.
    pub precision: Figure,
    /// Faults of drills that it told within the time they had, among those that it should have told.
    pub recall: Figure,
}

/// How a monitor did.
#[derive(Debug, Clone, PartialEq)]
pub struct MonitorScore {
    /// Its model.
    pub model: String,
    /// Its name.
    pub monitor: String,
    /// By the alerts that it leads.
    pub score: Score,
}

/// How a route did.
#[derive(Debug, Clone, PartialEq)]
pub struct RouteScore {
    /// Its name.
    pub route: String,
    /// By the alerts that it told.
    pub score: Score,
}

/// How all did.
#[derive(Debug, Clone, PartialEq)]
pub struct Scores {
    /// All alerts and all faults.
    pub all: Score,
    /// Monitors with alerts or faults, those with most alerts first.
    pub monitors: Vec<MonitorScore>,
    /// Routes that are declared or told an alert, by name.
    pub routes: Vec<RouteScore>,
}

/// Faults that were told, of those that should have been.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Faults {
    pub(crate) found: u64,
    pub(crate) played: u64,
}

fn scored(tally: Tally, faults: Faults) -> Score {
    Score {
        precision: tally.precision(),
        recall: share(faults.found, faults.played),
        tally,
    }
}

/// Scores monitors and routes. What nobody judged or no drill seeded has a figure without a value and n = 0.
pub fn scores(inputs: &ScoreInputs) -> Scores {
    let is_asked = |model: &str| inputs.model.as_deref().is_none_or(|m| m == model);
    let played = Played::of(inputs);
    let mut all = Tally::default();
    let mut monitors: BTreeMap<(String, String), Tally> = BTreeMap::new();
    let mut routes: BTreeMap<String, Tally> = BTreeMap::new();
    for alert in inputs.alerts.iter().filter(|a| is_asked(&a.monitor.model)) {
        all.add(alert.verdict, 1);
        let place = &alert.monitor;
        let key = (place.model.clone(), place.monitor.clone());
        monitors.entry(key).or_default().add(alert.verdict, 1);
        for route in &alert.routes {
            let own = routes.entry(route.clone()).or_default();
            own.add(alert.verdict, 1);
        }
    }
    for key in played.monitors.keys() {
        monitors.entry(key.clone()).or_default();
    }
    for route in &inputs.routes {
        routes.entry(route.name.clone()).or_default();
    }
    let of_monitor = |(key, tally): ((String, String), Tally)| {
        let faults = played.monitors.get(&key).copied().unwrap_or_default();
        let (model, monitor) = key;
        MonitorScore {
            model,
            monitor,
            score: scored(tally, faults),
        }
    };
    let mut monitors: Vec<MonitorScore> = monitors.into_iter().map(of_monitor).collect();
    // Stable, so that equals stay by model and name.
    monitors.sort_by_key(|m| std::cmp::Reverse(m.score.tally.alerts()));
    let of_route = |(route, tally): (String, Tally)| {
        let faults = played.routes.get(&route).copied().unwrap_or_default();
        RouteScore {
            route,
            score: scored(tally, faults),
        }
    };
    Scores {
        all: scored(all, played.all),
        monitors,
        routes: routes.into_iter().map(of_route).collect(),
    }
}

#[cfg(test)]
mod tests;

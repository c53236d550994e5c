//! Which faults of drills each monitor and each route should have told, and did.

use super::{Faults, MonitorPlace, ScoreInputs};
use crate::drill::{DrillResult, ExpectedResult};
use crate::pack::name_of;
use candor_contract::spec::MonitorSpec;
use std::collections::{BTreeMap, BTreeSet};

/// A drill that was played and judged.
#[derive(Debug, Clone, PartialEq)]
pub struct DrillPlayed {
    /// When it began, by the clock.
    pub started_us: i64,
    /// How it went.
    pub result: DrillResult,
}

/// A route, as far as it says which alerts go by it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoutePlayed {
    /// Its name.
    pub name: String,
    /// Labels that its alerts have.
    pub matches: BTreeMap<String, String>,
    /// Whether it asks how bad an alert is. Drills do not say how bad a fault is, so that nothing is known of such a
    /// route's recall.
    pub by_severity: bool,
    /// When it was last written: drills before that say nothing of it.
    pub changed_us: i64,
}

/// Faults by who should have told them.
#[derive(Debug, Default)]
pub(super) struct Played {
    pub(super) all: Faults,
    /// By model and monitor.
    pub(super) monitors: BTreeMap<(String, String), Faults>,
    /// By route.
    pub(super) routes: BTreeMap<String, Faults>,
}

impl Faults {
    fn add(&mut self, found: bool) {
        self.played += 1;
        self.found += u64::from(found);
    }

    /// Adds a fault of which several alerts were expected, each told or not; without any it is none.
    fn add_told(&mut self, told: impl Iterator<Item = bool>) {
        if let Some(found) = told.reduce(|a, b| a || b) {
            self.add(found);
        }
    }
}

impl Played {
    pub(super) fn of(inputs: &ScoreInputs) -> Self {
        let is_asked = |model: &str| inputs.model.as_deref().is_none_or(|m| m == model);
        let mut played = Self::default();
        for drill in newest(&inputs.drills, |_| true) {
            let faults = drill.result.faults.iter();
            for fault in faults.filter(|f| f.expected && is_asked(&f.model)) {
                played.all.add(fault.caught);
            }
            played.take_monitors(&drill.result, inputs, &is_asked);
        }
        for route in inputs.routes.iter().filter(|r| !r.by_severity) {
            let tells =
                |d: &DrillPlayed| d.started_us >= route.changed_us && d.result.notices.is_some();
            let own = played.routes.entry(route.name.clone()).or_default();
            for drill in newest(&inputs.drills, tells) {
                let faults = by_fault(&drill.result).into_iter();
                for (_, expected) in faults.filter(|(model, _)| is_asked(model)) {
                    let for_it = expected.into_iter().filter(|e| goes_by(route, e));
                    own.add_told(for_it.map(|e| e.routes.contains(&route.name)));
                }
            }
        }
        played
    }

    fn take_monitors(
        &mut self,
        result: &DrillResult,
        inputs: &ScoreInputs,
        is_asked: &impl Fn(&str) -> bool,
    ) {
        for (model, expected) in by_fault(result).into_iter().filter(|(m, _)| is_asked(m)) {
            let mut names: BTreeMap<String, bool> = BTreeMap::new();
            for own in expected {
                for name in should_tell(own, &inputs.monitors) {
                    let told = own.told_by.contains(&name);
                    *names.entry(name).or_default() |= told;
                }
            }
            for (name, told) in names {
                let key = (model.to_owned(), name);
                self.monitors.entry(key).or_default().add(told);
            }
        }
    }
}

/// Of each drill the newest that counts.
fn newest(
    drills: &[DrillPlayed],
    counts: impl Fn(&DrillPlayed) -> bool,
) -> impl Iterator<Item = &DrillPlayed> {
    let mut last: BTreeMap<&str, &DrillPlayed> = BTreeMap::new();
    for drill in drills.iter().filter(|d| counts(d)) {
        let own = last.entry(&drill.result.drill).or_insert(drill);
        if own.started_us < drill.started_us {
            *own = drill;
        }
    }
    last.into_values()
}

/// The expectations of each fault, with the fault's model.
fn by_fault(result: &DrillResult) -> Vec<(&str, Vec<&ExpectedResult>)> {
    let mut out: BTreeMap<(&str, &str), Vec<&ExpectedResult>> = BTreeMap::new();
    for own in &result.expected {
        out.entry((&own.model, &own.fault)).or_default().push(own);
    }
    out.into_iter()
        .map(|((model, _), own)| (model, own))
        .collect()
}

/// The monitors that should tell what is expected: those that watch it, those that told it, or else the one that the
/// default pack would have. A rehearsal of an older form does not say what it expected.
fn should_tell(expected: &ExpectedResult, watching: &[MonitorPlace]) -> BTreeSet<String> {
    let fits = |place: &&MonitorPlace| {
        place.model == expected.model
            && expected.measures.contains(&place.measure)
            && place.segment == expected.segment
            && (expected.columns.is_empty()
                || place
                    .column
                    .as_ref()
                    .is_some_and(|c| expected.columns.contains(c)))
    };
    let own = watching.iter().filter(fits);
    let mut names: BTreeSet<String> = own.map(|place| place.monitor.clone()).collect();
    names.extend(expected.told_by.iter().cloned());
    if let ([measure], true) = (&expected.measures[..], names.is_empty()) {
        names.insert(name_of(&MonitorSpec {
            column: expected.columns.first().cloned(),
            segment: expected.segment.clone(),
            ..MonitorSpec::of(expected.model.clone(), *measure)
        }));
    }
    names
}

/// Whether an alert that tells what is expected would go by a route.
fn goes_by(route: &RoutePlayed, expected: &ExpectedResult) -> bool {
    let any = |test: &dyn Fn(&str, &str) -> bool| {
        let mut measures = expected.measures.iter();
        measures.any(|m| test(m.name(), m.about().family.name()))
    };
    let holds = |(name, value): (&String, &String)| match name.as_str() {
        "model" => expected.model == *value,
        "family" => any(&|_, family| family == value),
        "measure" | "alertname" => any(&|measure, _| measure == value),
        "column" => expected.columns.is_empty() || expected.columns.contains(value),
        other => {
            let segment = other.strip_prefix("segment_");
            let own = segment.and_then(|name| expected.segment.get(name));
            own == Some(value)
        }
    };
    !expected.measures.is_empty() && route.matches.iter().all(holds)
}

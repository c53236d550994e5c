//! How sensitive each monitor should be, from runs over the same history at several sensitivities.
//!
//! A sensitivity is a factor on what matters (`material`). A monitor has a part in an alert if it is one of its symptoms:
//! raised alone, a symptom that leads would only leave the lead to the next one.

use crate::hindsight::{Known, Reason, Told, first};
use crate::window::{DAY_US, Window};
use candor_contract::ModelName;
use candor_contract::spec::{DecisionRule, Measure, MonitorSpec, Scale};
use std::collections::{BTreeMap, BTreeSet};

/// The factors that are tried; one of them is 1.
pub const FACTORS: [f64; 6] = [0.5, 0.75, 1.0, 1.5, 2.0, 3.0];
/// A month, for rates.
const MONTH_US: f64 = 30.0 * DAY_US as f64;
/// Longest name of an object, in bytes, less the room for a number.
const NAME_BYTES: usize = 120;

/// What would matter at a factor: a ratio is scaled by its distance from no change. To five digits, as people write it.
pub fn scaled(measure: Measure, material: f64, factor: f64) -> f64 {
    let exact = match measure.about().scale {
        Scale::Log => material.powf(factor),
        Scale::Linear => material * factor,
    };
    // The shortest decimal of five digits is what a person would have written.
    let rounded = format!("{exact:.4e}").parse();
    rounded.unwrap_or(exact)
}

/// Whether what matters decides anything: for fixed bounds, budgets and charts it does not.
pub fn is_tunable(spec: &MonitorSpec, material: f64) -> bool {
    let by_size = matches!(
        spec.decision,
        DecisionRule::Band | DecisionRule::Shift { .. }
    );
    by_size && material > 0.0
}

/// A name that an object may have, for a monitor of the default pack; a declared one keeps its own. `taken` are names that
/// others have.
pub fn object_name(monitor: &str, taken: &BTreeSet<String>) -> String {
    if ModelName::new(monitor).is_some() {
        return monitor.to_owned();
    }
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    let clean = monitor.chars().map(|c| if fits(c) { c } else { '-' });
    let clean: String = clean.take(NAME_BYTES).collect();
    let clean = clean.replace("..", "--");
    let is_free = |name: &String| ModelName::new(name).is_some() && !taken.contains(name);
    let clean = if ModelName::new(&clean).is_some() {
        clean
    } else {
        format!("monitor-{clean}")
            .chars()
            .take(NAME_BYTES)
            .collect()
    };
    if is_free(&clean) {
        return clean;
    }
    let mut numbered = (2..).map(|n: u32| format!("{clean}-{n}"));
    numbered.find(is_free).unwrap_or(clean)
}

/// A run of all monitors at one factor.
#[derive(Debug, Clone, PartialEq)]
pub struct Tried {
    /// Of what matters.
    pub factor: f64,
    /// Its alerts.
    pub told: Vec<Told>,
}

/// What a run, or a monitor in it, told.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Count {
    /// Alerts, each once.
    pub alerts: usize,
    /// The incidents that were found, by their place among the known ones.
    pub found: BTreeSet<usize>,
    /// Mean time in microseconds from the beginning of a found incident until it was told.
    pub delay_us: Option<i64>,
    /// Alerts of times in which people said that nothing was wrong.
    pub false_alarms: usize,
    /// Alerts of times of which nobody said anything.
    pub not_judged: usize,
}

impl Count {
    /// So many a month of the time that was watched.
    pub fn a_month(n: usize, watched: Window) -> f64 {
        n as f64 * MONTH_US / (watched.length_us().max(1) as f64)
    }

    /// Whether it finds all that `other` finds, and is quieter, or finds more.
    fn betters(&self, other: &Count) -> bool {
        let quiet = |c: &Count| (c.false_alarms, c.not_judged);
        self.found.is_superset(&other.found)
            && (self.found.len() > other.found.len() || quiet(self) < quiet(other))
    }
}

/// Counts a whole run.
pub fn counted(told: &[Told], known: &Known) -> Count {
    let mut delays = Vec::new();
    let mut count = Count {
        alerts: told.len(),
        ..Count::default()
    };
    for (place, incident) in known.incidents.iter().enumerate() {
        if let Some((_, told_us, false)) = first(incident, told) {
            count.found.insert(place);
            delays.push((told_us - incident.from_us).max(0));
        }
    }
    count.delay_us = mean(&delays);
    count.judge(told.iter(), known);
    count
}

/// Counts the alerts of a run that a monitor has a part in, and of the incidents only those at these places.
pub fn counted_of(monitor: &str, own: &BTreeSet<usize>, told: &[Told], known: &Known) -> Count {
    let takes_part = |t: &&Told| t.signs.iter().any(|s| s.monitor == monitor);
    let part: Vec<&Told> = told.iter().filter(takes_part).collect();
    let mut count = Count {
        alerts: part.len(),
        ..Count::default()
    };
    let mut delays = Vec::new();
    for (place, incident) in known.incidents.iter().enumerate() {
        let each = part.iter().filter_map(|t| incident.told_by(t, monitor));
        if let (true, Some(told_us)) = (own.contains(&place), each.min()) {
            count.found.insert(place);
            delays.push(told_us - incident.from_us);
        }
    }
    count.delay_us = mean(&delays);
    count.judge(part.into_iter(), known);
    count
}

impl Count {
    fn judge<'a>(&mut self, told: impl Iterator<Item = &'a Told>, known: &Known) {
        for alert in told {
            match known.reason(alert) {
                Reason::None => self.false_alarms += 1,
                Reason::NotJudged => self.not_judged += 1,
                Reason::Incident | Reason::Neither => {}
            }
        }
    }
}

fn mean(delays: &[i64]) -> Option<i64> {
    let n = i64::try_from(delays.len()).ok().filter(|n| *n > 0)?;
    Some(delays.iter().sum::<i64>() / n)
}

/// Another sensitivity of one monitor.
#[derive(Debug, Clone, PartialEq)]
pub struct Proposal {
    /// The monitor.
    pub monitor: String,
    /// Of what matters to it now.
    pub factor: f64,
    /// The incidents that it answers for, by their place among the known ones: it led the alert that found them.
    pub incidents: BTreeSet<usize>,
}

/// Proposes for each monitor the factor that keeps all incidents it answers for found, or finds more of them, and has a part
/// in the fewest false alarms; then in the fewest alerts that nobody judged, if it answers for any; of equals the one next
/// to 1. A monitor that neither answers for an incident nor has a part in a false alarm stays as it is: of it nothing is
/// known.
pub fn propose(tried: &[Tried], known: &Known, tunable: &BTreeSet<String>) -> Vec<Proposal> {
    let by_distance = by_distance(tried);
    let Some(now) = by_distance.first().filter(|t| distance(t.factor) < 1e-9) else {
        return Vec::new();
    };
    let owned = owned(&by_distance, known);
    let nobody = BTreeSet::new();
    let mut out = Vec::new();
    for monitor in tunable {
        let incidents = owned.get(monitor.as_str()).unwrap_or(&nobody);
        let present = counted_of(monitor, incidents, &now.told, known);
        if incidents.is_empty() && present.false_alarms == 0 {
            continue;
        }
        let rank = |count: &Count| {
            let unjudged = if incidents.is_empty() {
                0
            } else {
                count.not_judged
            };
            (
                std::cmp::Reverse(count.found.len()),
                count.false_alarms,
                unjudged,
            )
        };
        let counts = by_distance
            .iter()
            .map(|t| (t.factor, counted_of(monitor, incidents, &t.told, known)));
        let keeps = counts.filter(|(_, count)| count.found.is_superset(&present.found));
        // Of equals the first: the one next to what is.
        let best = keeps.min_by_key(|(_, count)| rank(count));
        if let Some((factor, _)) = best.filter(|(factor, _)| distance(*factor) > 1e-9) {
            out.push(Proposal {
                monitor: monitor.clone(),
                factor,
                incidents: incidents.clone(),
            });
        }
    }
    out
}

/// How far a factor is from 1.
fn distance(factor: f64) -> f64 {
    factor.max(f64::MIN_POSITIVE).ln().abs()
}

fn by_distance(tried: &[Tried]) -> Vec<&Tried> {
    let mut all: Vec<&Tried> = tried.iter().collect();
    all.sort_by(|a, b| distance(a.factor).total_cmp(&distance(b.factor)));
    all
}

/// Which monitor answers for which incidents: the one that led the alert which found it first, at the factor next to 1 at
/// which one did.
fn owned<'a>(by_distance: &[&'a Tried], known: &Known) -> BTreeMap<&'a str, BTreeSet<usize>> {
    let mut out: BTreeMap<&str, BTreeSet<usize>> = BTreeMap::new();
    for (place, incident) in known.incidents.iter().enumerate() {
        let found = by_distance.iter().find_map(|tried| {
            let (told, _, already) = first(incident, &tried.told)?;
            (!already).then(|| told.monitor())
        });
        if let Some(monitor) = found {
            out.entry(monitor).or_default().insert(place);
        }
    }
    out
}

/// What a run of all proposals together says of them.
#[derive(Debug, Clone, PartialEq)]
pub enum Verified {
    /// It finds all that is found now and is quieter, or finds more.
    Better,
    /// It does not find these incidents any more; without the proposals of these monitors it may.
    Without(Vec<Proposal>),
    /// It is not better than what is.
    NotBetter,
}

/// Holds a run of all proposals together against the present one.
pub fn verified(now: &Tried, then: &[Told], proposals: &[Proposal], known: &Known) -> Verified {
    let (before, after) = (counted(&now.told, known), counted(then, known));
    if after.betters(&before) {
        return Verified::Better;
    }
    let lost: BTreeSet<usize> = before.found.difference(&after.found).copied().collect();
    // Whoever had a part in what is lost.
    let takes_part = |p: &Proposal| {
        lost.iter().any(|place| {
            let incident = known.incidents.get(*place);
            let mut alerts = now.told.iter();
            incident.is_some_and(|i| alerts.any(|t| i.told_by(t, &p.monitor).is_some()))
        })
    };
    let left: Vec<Proposal> = proposals
        .iter()
        .filter(|p| !takes_part(p))
        .cloned()
        .collect();
    if lost.is_empty() || left.is_empty() || left.len() == proposals.len() {
        return Verified::NotBetter;
    }
    Verified::Without(left)
}

#[cfg(test)]
mod tests;

//! What the engine finds: faults of simulated fleets, labelled series, streams whose concept changes.

pub(crate) mod data;
mod fleet;
mod nab;
mod published;
mod streams;

use crate::bars::{Bench, at_most};
use crate::figure::{Bar, Figure, percentile};
use crate::{Result, say};
use candor_contract::spec::{DecisionRule, ScenarioSpec, parse, scenario_of_page};
use candor_monitor::drill::{DrillResult, Script, judge};
use candor_monitor::{DAY_US, HOUR_US};
use candor_stats::series::ODD;
use fleet::{REFERENCE_DAYS, START_US, play};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// Names of these figures begin so: they have a table of their own.
pub(crate) const PREFIX: &str = "detect: ";
/// Faults that should be told in time, in percent.
const CAUGHT: f64 = 90.0;
/// False alarms of a model in a month, at most.
const FALSE_A_MONTH: f64 = 1.0;
const MONTH_DAYS: f64 = 30.0;
/// The best published detector that does not look ahead, on the series that are here.
const NUMENTA: f64 = 71.36;
/// Standard errors at which a moved level is told: the default of the rule.
const MOVED: f64 = 4.5;

/// What drills of one kind of fault told.
#[derive(Default)]
struct Kind {
    drills: u32,
    caught: u32,
    hours: Vec<f64>,
    false_alarms: usize,
    days: f64,
    missed: BTreeMap<String, u32>,
}

impl Bench {
    /// The table of detection.
    pub(crate) fn detect(&self, seeds: u64) -> Result<Vec<Figure>> {
        let mut figures = faults(&self.place.scenarios, seeds)?;
        figures.push(clean(seeds)?);
        let Some(shared) = data::shared(self.place.shared.clone()) else {
            say::aside("detect: labelled series skipped, the shared folder is not there");
            return Ok(figures);
        };
        figures.push(series(&shared)?);
        figures.extend(drifts(&shared)?);
        Ok(figures)
    }
}

/// Every page of one fault that must be told, with each seed.
fn faults(pages: &Path, seeds: u64) -> Result<Vec<Figure>> {
    let mut kinds: BTreeMap<&'static str, Kind> = BTreeMap::new();
    let mut files: Vec<_> = fs::read_dir(pages)?.collect::<std::io::Result<_>>()?;
    files.sort_by_key(fs::DirEntry::file_name);
    for file in files {
        if file.file_name() == "README.md" {
            continue;
        }
        let text = fs::read_to_string(file.path())?;
        let page = scenario_of_page(&text).map_err(|e| format!("{:?}: {e:?}", file.path()))?;
        let name = page.object.metadata.name.clone();
        let Some(scenario) = page.object.scenario() else {
            continue;
        };
        let ([fault], false) = (&scenario.faults[..], scenario.expect.is_empty()) else {
            continue;
        };
        say::aside(&format!("detect: {name}, {seeds} times"));
        for seed in 0..seeds {
            let result = drill(&name, scenario, seed)?;
            kinds
                .entry(fault.fault.name())
                .or_default()
                .add(&name, scenario, &result);
        }
    }
    Ok(kinds
        .into_iter()
        .map(|(fault, kind)| kind.figure(fault))
        .collect())
}

/// Plays a drill with another seed than its own, but for the first time.
fn drill(name: &str, scenario: &ScenarioSpec, seed: u64) -> Result<DrillResult> {
    drill_from(name, scenario, seed, START_US)
}

fn drill_from(
    name: &str,
    scenario: &ScenarioSpec,
    seed: u64,
    start_us: i64,
) -> Result<DrillResult> {
    let told = play(scenario, (seed > 0).then_some(7_000 + seed), start_us)?;
    Ok(judge(&Script::of(name, scenario, start_us), &told))
}

fn watched_days(scenario: &ScenarioSpec) -> f64 {
    let models = scenario.fleet().len() as f64;
    f64::from(scenario.days.saturating_sub(REFERENCE_DAYS)) * models
}

impl Kind {
    fn add(&mut self, name: &str, scenario: &ScenarioSpec, result: &DrillResult) {
        self.drills += 1;
        self.days += watched_days(scenario);
        self.false_alarms += result.false_alarms.len();
        let told = result.expected.iter().filter(|e| e.in_time);
        let delay_us = told.filter_map(|e| e.delay_us).min();
        if let Some(us) = delay_us {
            self.caught += 1;
            self.hours.push(us as f64 / HOUR_US as f64);
        } else {
            *self.missed.entry(name.to_owned()).or_default() += 1;
        }
    }

    fn figure(mut self, fault: &str) -> Figure {
        Figure {
            name: format!("{PREFIX}{fault}"),
            value: 100.0 * f64::from(self.caught) / f64::from(self.drills.max(1)),
            unit: "% told in time",
            bar: Bar::AtLeast(CAUGHT),
            aim: Some(100.0),
            detail: json!({
                "drills": self.drills,
                "delay_h_median": percentile(&mut self.hours, 50.0),
                "delay_h_longest": percentile(&mut self.hours, 100.0),
                "false_alarms_a_month": a_month(self.false_alarms, self.days),
                "missed": self.missed,
            }),
        }
    }
}

fn a_month(alarms: usize, days: f64) -> f64 {
    MONTH_DAYS * alarms as f64 / days.max(f64::MIN_POSITIVE)
}

/// Clean months begin so far apart.
const SEASON_DAYS: i64 = 31;

/// A month of each model in which nothing happens.
fn clean(seeds: u64) -> Result<Figure> {
    let text = "apiVersion: candor/v1\nkind: Scenario\nmetadata: {name: clean}\nspec:\n  days: 37\n  events: 600000\n  \
                models: [{name: credit-risk}, {name: delivery-time}, {name: product-ranking}, {name: support-assistant}]\n";
    let objects = parse(text).map_err(|e| format!("{e:?}"))?;
    let scenario = objects
        .first()
        .and_then(|o| o.scenario())
        .ok_or("no scenario")?;
    let (mut alarms, mut days) = (Vec::new(), 0.0);
    for seed in 0..seeds {
        say::aside(&format!("detect: a clean month, seed {seed}"));
        // Each in another season: weather and weekdays are others.
        let start_us = START_US + SEASON_DAYS * DAY_US * seed.cast_signed();
        let result = drill_from("clean", scenario, seed, start_us)?;
        alarms.extend(
            result
                .false_alarms
                .into_iter()
                .flat_map(|a| a.monitors.into_iter().next()),
        );
        days += watched_days(scenario);
    }
    let mut by: BTreeMap<String, u32> = BTreeMap::new();
    alarms
        .iter()
        .for_each(|monitor| *by.entry(monitor.clone()).or_default() += 1);
    let detail = json!({"models_days": days, "alarms": by});
    let name = format!("{PREFIX}false alarms of a clean fleet");
    let rate = a_month(alarms.len(), days);
    Ok(at_most(
        &name,
        rate,
        "a model and month",
        FALSE_A_MONTH,
        detail,
    ))
}

/// The labelled series of the Numenta benchmark.
fn series(shared: &Path) -> Result<Figure> {
    say::aside("detect: labelled series");
    let all = nab::corpus(shared, |_, _| true)?;
    let mut ours = nab::Tally::default();
    for series in &all {
        ours.add(series, &series.alerts(ODD)?);
    }
    let mut detail = tally(&ours);
    for (name, rows) in published::alerts(shared, &all)? {
        let mut theirs = nab::Tally::default();
        for (series, rows) in all.iter().zip(&rows) {
            theirs.add(series, rows);
        }
        detail[name] = tally(&theirs);
    }
    Ok(Figure {
        name: format!("{PREFIX}NAB, {} series", all.len()),
        value: ours.scores()[0],
        unit: "points",
        bar: Bar::AtLeast(NUMENTA),
        aim: None,
        detail,
    })
}

fn tally(tally: &nab::Tally) -> Value {
    let [standard, low_fp, low_fn] = tally.scores();
    json!({
        "precision": tally.precision(),
        "recall": tally.recall(),
        "windows_hit": tally.hit,
        "windows": tally.windows,
        "false_alarms_a_day": tally.false_a_day(),
        "scores": [standard, low_fp, low_fn],
    })
}

/// Streams whose concept changes at known rows.
fn drifts(shared: &Path) -> Result<Vec<Figure>> {
    let mut figures = Vec::new();
    let mut all = streams::streams(shared, usize::MAX)?;
    all.extend(streams::elec2(shared)?);
    for stream in all {
        say::aside(&format!("detect: {}", stream.name));
        let ours = stream.alerts(&DecisionRule::Shift { threshold: MOVED })?;
        let ours = stream.held(&ours);
        let mut detail = held(&ours);
        detail["changes"] = stream.changes.len().into();
        if stream.in_hindsight {
            detail["changes_known_in_hindsight_only"] = true.into();
        }
        let mut best = usize::MAX;
        for (name, mut peer) in streams::peers() {
            let theirs = stream.held(&stream.rises(peer.as_mut()));
            best = best.min(theirs.sum());
            detail[name] = held(&theirs);
        }
        let name = format!("{PREFIX}{}", stream.name);
        let sum = ours.sum() as f64;
        figures.push(at_most(
            &name,
            sum,
            "misses and false alarms",
            best as f64,
            detail,
        ));
    }
    Ok(figures)
}

fn held(held: &streams::Held) -> Value {
    json!({
        "misses": held.misses,
        "false_alarms": held.false_alarms,
        "delay_rows_median": held.delay(),
    })
}

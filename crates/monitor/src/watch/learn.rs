//! What is normal, from the windows of a reference.

use super::state::{Track, WatchState};
use super::{Monitor, Setup, Watch, is_short};
use crate::alert::NearChange;
use crate::baseline::{Level, Sample};
use crate::burn;
use crate::decide::measured;
use crate::gauge::Gauge;
use crate::maintenance::{Maintenances, under_way};
use crate::pack;
use crate::reading::Reading;
use crate::sustain::Needed;
use crate::window::Window;
use candor_contract::spec::{
    BUILT_IN_SEGMENTS, Baseline, DecisionRule, ModelSpec, MonitorSpec, Sustain,
};
use std::collections::{BTreeMap, BTreeSet};

impl Watch {
    /// Learns from the windows of the reference, in the order of time, each of [`Setup::step_us`]. Watching begins
    /// where the last one ends. What the reference does not have is not watched.
    pub fn learn(setup: Setup, reference: &[Reading]) -> Self {
        let (step_us, base_us) = (setup.step_us(), setup.base_us());
        let begin_us = reference.last().map_or(0, |r| r.window.to_us);
        let (windows, short) = by_length(reference, step_us < base_us);
        let whole = whole(&windows);
        let specs = specs(&setup, &whole);
        let hourly = ordinary_rows(&windows, base_us);
        let maintenance = Maintenances::new(&setup.model, &setup.maintenance);
        let changes: Vec<&NearChange> = reference.iter().flat_map(|r| &r.changes).collect();
        let is_quiet = |spec: &MonitorSpec, window: Window| {
            maintenance.of(spec, window).is_some()
                || under_way(changes.iter().copied(), window).is_some()
        };
        let (mut monitors, mut tracks) = (Vec::new(), Vec::new());
        let mut merged = BTreeMap::new();
        for (name, spec) in specs {
            let Some((gauge, rival)) = gauges(&spec, &setup.spec, &whole) else {
                continue;
            };
            let parts = ordinary_part(&gauge, &whole);
            let window_us = pack::window_us(&spec, hourly * parts);
            let (window_us, read) = match is_short(window_us) {
                true => (window_us, &short),
                false => (window_us.max(base_us), &windows),
            };
            let windows: &Vec<Reading> = merged
                .entry(window_us)
                .or_insert_with(|| longer(read, window_us));
            let windows = windows.iter();
            let windows: Vec<&Reading> = windows.filter(|r| !is_quiet(&spec, r.window)).collect();
            let level = level(&spec, &gauge, &windows);
            tracks.push(track(&name, &spec, &gauge, level.as_ref(), &windows));
            let part = spec.segment.iter().next();
            let gauge = gauge.on(part.map(|(name, value)| (name.clone(), value.clone())));
            let correlation = match spec.decision {
                // One window is enough, whatever its neighbours.
                DecisionRule::Shift { .. } | DecisionRule::Anomaly { .. } => 0.0,
                // What both versions share is no difference.
                _ if rival.is_some() => 0.0,
                _ => level.as_ref().map_or(0.0, |l| l.correlation),
            };
            monitors.push(Monitor {
                needed: Needed::new(persistence(&spec), correlation),
                name,
                spec,
                gauge,
                rival,
                window_us,
                level,
            });
        }
        Self {
            setup,
            step_us,
            base_us,
            reference: whole,
            monitors,
            open: BTreeMap::new(),
            maintenance,
            state: WatchState::new(begin_us, tracks),
        }
    }
}

/// What measures a monitor's figure in the reference, and what measures the version that it is held against. A version or
/// an environment that the reference does not know is held against all of its rows.
fn gauges(
    spec: &MonitorSpec,
    model: &ModelSpec,
    whole: &Reading,
) -> Option<(Gauge, Option<Gauge>)> {
    let own = spec.segment.iter().next();
    let is_new = own.is_some_and(|(name, value)| {
        let part = (name.clone(), value.clone());
        BUILT_IN_SEGMENTS.contains(&name.as_str()) && !whole.segments.contains_key(&part)
    });
    let gauge = if is_new {
        let of_all = MonitorSpec {
            segment: BTreeMap::new(),
            ..spec.clone()
        };
        Gauge::new(&of_all, model, whole)?
    } else {
        Gauge::new(spec, model, whole)?
    };
    let rival = match &spec.baseline {
        Baseline::Version(version) => {
            let part = ("version".to_owned(), version.clone());
            Some(gauge.clone().on(Some(part)))
        }
        _ => None,
    };
    Some((gauge, rival))
}

/// Decisions that control their false alarms themselves need no persistence.
fn persistence(spec: &MonitorSpec) -> Sustain {
    match spec.decision {
        DecisionRule::Band | DecisionRule::Bounds { .. } => spec.sustain,
        DecisionRule::Burn { .. }
        | DecisionRule::Sequential { .. }
        | DecisionRule::ChangePoint { .. }
        | DecisionRule::Shift { .. }
        | DecisionRule::Anomaly { .. } => Sustain { breaches: 1, of: 1 },
    }
}

/// What a monitor remembers before its first window, if it holds windows against those before.
fn track(
    name: &str,
    spec: &MonitorSpec,
    gauge: &Gauge,
    level: Option<&Level>,
    windows: &[&Reading],
) -> Track {
    let mut track = Track::new(name);
    for reading in windows {
        match (&spec.decision, level) {
            // Without the days before, its long windows would be short ones at first.
            (DecisionRule::Burn { .. }, _) => {
                let figure = gauge.read(reading).figure;
                if let Some(share) = figure.value {
                    burn::count(&mut track.counts, reading.window.to_us, share, figure.n);
                }
            }
            (DecisionRule::Anomaly { .. }, _) => {
                let figure = gauge.read(reading).figure;
                if let Some(value) = figure.value.filter(|_| figure.is_ok()) {
                    track.oddness.score(reading.window.from_us, value);
                }
            }
            (DecisionRule::Shift { threshold }, Some(level)) => {
                let (gauged, place) = (gauge.read(reading), (level, reading.window));
                track.shift.take(spec, place, &gauged, *threshold);
            }
            _ => return track,
        }
    }
    track.shift.settle();
    track
}

/// The windows of profiles, and the shorter ones whose rows were read, if there are such.
fn by_length(reference: &[Reading], fine: bool) -> (Vec<&Reading>, Vec<&Reading>) {
    if !fine {
        return (reference.iter().collect(), Vec::new());
    }
    let windows = reference.iter().filter_map(|r| r.whole.as_deref());
    let short = reference.iter().filter(|r| !r.is_unread);
    (windows.collect(), short.collect())
}

/// All windows as one.
fn whole(reference: &[&Reading]) -> Reading {
    let mut windows = reference.iter().copied();
    let mut whole = windows
        .next()
        .cloned()
        .unwrap_or_else(|| Reading::empty(Window::around(0, 1)));
    windows.for_each(|reading| whole.absorb(reading));
    whole
}

/// Declared monitors, and those of the pack that none of them replaces.
fn specs(setup: &Setup, whole: &Reading) -> Vec<(String, MonitorSpec)> {
    let mut out = setup.monitors.clone();
    if setup.pack {
        let place = |s: &MonitorSpec| {
            (
                s.measure,
                s.column.clone(),
                s.metric.clone(),
                s.segment.clone(),
            )
        };
        let declared: BTreeSet<_> = out.iter().map(|(_, s)| place(s)).collect();
        let names: BTreeSet<String> = out.iter().map(|(name, _)| name.clone()).collect();
        let usual = pack::pack(&setup.model, &setup.spec, whole).into_iter();
        let usual = usual.map(|spec| (pack::name_of(&spec), spec));
        out.extend(usual.filter(|(n, s)| !declared.contains(&place(s)) && !names.contains(n)));
    }
    out.retain(|(_, spec)| spec.enabled);
    out
}

/// Rows of an ordinary hour: the median of hours that have any.
fn ordinary_rows(reference: &[&Reading], step_us: i64) -> f64 {
    let mut rows: Vec<u64> = reference.iter().map(|r| r.rows()).collect();
    rows.retain(|n| *n > 0);
    rows.sort_unstable();
    let middle = rows.get(rows.len() / 2).copied().unwrap_or(0);
    middle as f64 * (crate::window::HOUR_US as f64 / step_us as f64)
}

/// The part of all rows that a gauge sees.
fn ordinary_part(gauge: &Gauge, whole: &Reading) -> f64 {
    gauge.rows(whole) as f64 / whole.rows().max(1) as f64
}

/// Windows of a longer length; parts of one at the ends are left out.
fn longer(reference: &[&Reading], length_us: i64) -> Vec<Reading> {
    let mut out: Vec<Reading> = Vec::new();
    for reading in reference.iter().copied() {
        if reading.window.length_us() == length_us {
            out.push(reading.clone());
            continue;
        }
        let window = Window::around(reading.window.from_us, length_us);
        match out.last_mut() {
            Some(last) if last.window.from_us >= window.from_us => last.absorb(reading),
            _ => {
                let mut own = reading.clone();
                // A window that the reference does not begin with is told by its start.
                own.window.from_us = own.window.from_us.max(window.from_us);
                out.push(own);
            }
        }
    }
    out.retain(|r| r.window.length_us() == length_us);
    out
}

fn level(spec: &MonitorSpec, gauge: &Gauge, windows: &[&Reading]) -> Option<Level> {
    let scale = spec.measure.about().scale;
    let sample = |reading: &&Reading| {
        let (value, error) = measured(scale, &gauge.read(reading))?;
        Some(Sample {
            window: reading.window,
            value,
            error,
        })
    };
    let samples: Vec<Sample> = windows.iter().filter_map(sample).collect();
    Level::learn(&samples)
}

//! All monitors of one length of window, decided on together.

use super::{Monitor, Watch};
use crate::baseline::{Level, Sample};
use crate::burn;
use crate::decide::{self, Candidate, FALSE_SHARE, Mark, measured};
use crate::gauge::Gauged;
use crate::maintenance::under_way;
use crate::reading::Reading;
use crate::watch::state::Track;
use crate::window::{DAY_US, Window};
use candor_contract::spec::{Baseline, DecisionRule, Sides, span_us};
use candor_stats::looks::Correction;
use std::borrow::Cow;

/// Most windows of a trailing baseline.
const TRAIL_MAX: usize = 2_016;
/// A control chart is calm below this part of its threshold.
const CHART_CALM: f64 = 0.5;
/// A version before is remembered so long.
const VERSIONS_US: i64 = 84 * DAY_US;
/// Trailing time for the same hour of the week.
const WEEKS_US: i64 = 35 * DAY_US;

impl Watch {
    /// Holds a window against all monitors of its length, and weighs them together.
    pub(super) fn weighed(
        &self,
        length_us: i64,
        reading: &Reading,
    ) -> Vec<(usize, Gauged, Candidate, f64)> {
        let window = reading.window;
        let mut told: Vec<(usize, Gauged, Candidate)> = Vec::new();
        for (at, monitor) in self.monitors.iter().enumerate() {
            if monitor.window_us != length_us {
                continue;
            }
            let gauged = monitor.gauge.read(reading);
            let track = &self.state.tracks[at];
            let own = gauged.window.unwrap_or(window);
            let level = self.baseline(monitor, track, (reading, own));
            let candidate = decide::candidate(&monitor.spec, own, &gauged, level.as_deref());
            told.push((at, gauged, candidate));
        }
        for (at, _, candidate) in &mut told {
            let spec = &self.monitors[*at].spec;
            let window = candidate.point.window;
            let changes = reading.changes.iter().chain(&self.state.changes);
            if self.maintenance.of(spec, window).is_some() || under_way(changes, window).is_some() {
                candidate.point.suppressed = true;
                candidate.point.p_value = None;
            }
        }
        // What is not told counts as a test that showed nothing.
        let p: Vec<f64> = told
            .iter()
            .map(|(_, _, c)| c.point.p_value.unwrap_or(1.0))
            .collect();
        let adjusted = Correction::BenjaminiHochberg.adjusted(&p);
        let told = told.into_iter().zip(adjusted);
        told.map(|((at, gauged, candidate), p)| (at, gauged, candidate, p))
            .collect()
    }

    /// What a window of this monitor is held against: of its own past that before it.
    fn baseline<'a>(
        &self,
        monitor: &'a Monitor,
        track: &Track,
        (reading, window): (&Reading, Window),
    ) -> Option<Cow<'a, Level>> {
        if let Some(rival) = &monitor.rival {
            let scale = monitor.spec.measure.about().scale;
            let (value, error) = measured(scale, &rival.read(reading))?;
            return Some(Cow::Owned(Level::of_rival(value, error)));
        }
        let usual = monitor.level.as_ref().map(Cow::Borrowed);
        if trailing_us(&monitor.spec.baseline).is_none() {
            return usual;
        }
        let span = match monitor.spec.baseline {
            Baseline::PreviousVersion => match self.state.previous_version() {
                Some(span) => span,
                None => return usual,
            },
            _ => i64::MIN..i64::MAX,
        };
        let own = track.trail.iter();
        let own = own.filter(|(us, ..)| span.contains(us) && *us < window.from_us);
        let samples = own.map(|(from_us, value, error)| Sample {
            window: Window::around(*from_us, monitor.window_us),
            value: *value,
            error: *error,
        });
        let learnt = Level::learn(&samples.collect::<Vec<_>>());
        learnt.map(Cow::Owned).or(usual)
    }

    /// Holds a window against all monitors of its length.
    pub(super) fn judge(&mut self, length_us: i64, reading: &Reading) {
        let window = reading.window;
        for (at, gauged, mut candidate, p) in self.weighed(length_us, reading) {
            let monitor = &self.monitors[at];
            if candidate.point.suppressed {
                // It is kept to be seen, and nowhere else.
                let unknown = (Mark::Unknown, false);
                self.state.tracks[at].push(candidate.point, unknown, window.to_us);
                continue;
            }
            let level = match monitor.spec.decision {
                DecisionRule::Shift { .. } => {
                    let own = gauged.window.unwrap_or(window);
                    self.baseline(monitor, &self.state.tracks[at], (reading, own))
                }
                _ => None,
            };
            let level = level.map(Cow::into_owned);
            let track = &mut self.state.tracks[at];
            let (mark, out) = match monitor.spec.decision {
                DecisionRule::Anomaly { threshold } => {
                    odd(monitor, track, &gauged, &mut candidate, threshold)
                }
                DecisionRule::Shift { threshold } => moved(
                    (monitor, track),
                    level.as_ref(),
                    &gauged,
                    &mut candidate,
                    threshold,
                ),
                _ => mark(monitor, track, &gauged, &candidate, p, window),
            };
            let mut point = candidate.point;
            point.p_value = point.p_value.map(|_| p);
            point.breach = out;
            if out {
                track.size = candidate.size;
                track.usual = candidate.usual;
                track.remark = monitor.gauge.remark(&self.reference, reading);
            }
            trail(monitor, track, &gauged, point.window, out);
            track.push(point, (mark, candidate.gross), window.to_us);
        }
    }
}

pub(super) fn trailing_us(baseline: &Baseline) -> Option<i64> {
    match baseline {
        Baseline::Trailing(time) => span_us(time),
        Baseline::HourOfWeek => Some(WEEKS_US),
        Baseline::PreviousVersion => Some(VERSIONS_US),
        Baseline::Reference | Baseline::Version(_) => None,
    }
}

/// Keeps a window for a trailing baseline. Breaches are not what is usual, but a version is held against the one before as
/// that was.
fn trail(monitor: &Monitor, track: &mut Track, gauged: &Gauged, window: Window, out: bool) {
    let Some(time_us) = trailing_us(&monitor.spec.baseline) else {
        return;
    };
    let scale = monitor.spec.measure.about().scale;
    let kept = !out || monitor.spec.baseline == Baseline::PreviousVersion;
    if kept && let Some((value, error)) = measured(scale, gauged) {
        track.trail.push_back((window.from_us, value, error));
    }
    let since = window.to_us - time_us;
    while track.trail.len() > TRAIL_MAX || track.trail.front().is_some_and(|t| t.0 < since) {
        track.trail.pop_front();
    }
}

/// What a window means, by the monitor's rule.
fn mark(
    monitor: &Monitor,
    track: &mut Track,
    gauged: &Gauged,
    candidate: &Candidate,
    p: f64,
    window: Window,
) -> (Mark, bool) {
    let known = candidate.point.band.is_some();
    let by = |out: bool, calm: bool| marked(candidate, out, calm);
    if let Some(plain) = plain(monitor, candidate, p) {
        return plain;
    }
    match &monitor.spec.decision {
        DecisionRule::Burn { target, over, .. } => {
            burnt((monitor, target, over), track, gauged, window)
        }
        DecisionRule::Sequential { alpha } if known => {
            let (out, _) = track.memory.test(candidate.z, *alpha);
            // What was found stays found; an alert is over when windows are calm again, and then it begins anew.
            by(out && !candidate.calm, candidate.calm)
        }
        DecisionRule::ChangePoint { threshold } if known => {
            let sides = decide::sides(&monitor.spec);
            let sum = track.memory.chart(candidate.z, *threshold, sides);
            by(sum > *threshold, sum < CHART_CALM * threshold)
        }
        DecisionRule::Band
        | DecisionRule::Bounds { .. }
        | DecisionRule::Sequential { .. }
        | DecisionRule::ChangePoint { .. }
        | DecisionRule::Shift { .. }
        | DecisionRule::Anomaly { .. } => (Mark::Unknown, false),
    }
}

fn marked(candidate: &Candidate, out: bool, calm: bool) -> (Mark, bool) {
    let known = candidate.point.band.is_some();
    let mark = match (known, out, calm) {
        (false, false, _) => Mark::Unknown,
        (_, true, _) => Mark::Breach,
        (_, _, true) => Mark::Calm,
        _ => Mark::Between,
    };
    (mark, out)
}

/// What a window means by a rule that remembers nothing of the windows before; `None` if the rule is another one.
pub(super) fn plain(monitor: &Monitor, candidate: &Candidate, p: f64) -> Option<(Mark, bool)> {
    let out = match &monitor.spec.decision {
        DecisionRule::Band => candidate.out && p <= FALSE_SHARE,
        DecisionRule::Bounds { .. } => candidate.out,
        _ => return None,
    };
    Some(marked(candidate, out, candidate.calm))
}

/// What a window means by how fast its error budget burns, from the counts up to it. A window that was counted before
/// is counted anew.
pub(super) fn burnt(
    (monitor, target, over): (&Monitor, &f64, &str),
    track: &mut Track,
    gauged: &Gauged,
    window: Window,
) -> (Mark, bool) {
    let Some(value) = gauged.figure.value else {
        return (Mark::Unknown, false);
    };
    let counts = &mut track.counts;
    burn::count(counts, window.to_us, value, gauged.figure.n);
    let until = counts.iter().filter(|c| c.to_us <= window.to_us);
    let until = until.copied().collect();
    let over_us = span_us(over).unwrap_or(30 * DAY_US);
    let fires = burn::burning(&until, monitor.window_us, *target, over_us);
    let mark = match fires {
        Some(_) => Mark::Breach,
        None => Mark::Calm,
    };
    (mark, fires.is_some())
}

/// What a window means by how odd its figure is. An alert tells how odd, not how far from the level.
fn odd(
    monitor: &Monitor,
    track: &mut Track,
    gauged: &Gauged,
    candidate: &mut Candidate,
    threshold: f64,
) -> (Mark, bool) {
    let figure = &gauged.figure;
    let Some(value) = figure.value.filter(|_| figure.is_ok()) else {
        return (Mark::Unknown, false);
    };
    let score = track.oddness.score(candidate.point.window.from_us, value);
    let is_bad = match decide::sides(&monitor.spec) {
        Sides::Above => value > candidate.usual,
        Sides::Below => value < candidate.usual,
        Sides::Both => true,
    };
    let out = score >= threshold && (is_bad || candidate.point.band.is_none());
    candidate.size = score / threshold;
    let mark = if out { Mark::Breach } else { Mark::Calm };
    (mark, out)
}

/// What a window means by whether the level moved of late. An alert tells where it was before, not the reference.
fn moved(
    (monitor, track): (&Monitor, &mut Track),
    level: Option<&Level>,
    gauged: &Gauged,
    candidate: &mut Candidate,
    threshold: f64,
) -> (Mark, bool) {
    let Some(level) = level else {
        return (Mark::Unknown, false);
    };
    let place = (level, candidate.point.window);
    let Some(moved) = track.shift.take(&monitor.spec, place, gauged, threshold) else {
        return (Mark::Unknown, false);
    };
    (candidate.usual, candidate.size) = (moved.usual, moved.size);
    let mark = if moved.out { Mark::Breach } else { Mark::Calm };
    (mark, moved.out)
}

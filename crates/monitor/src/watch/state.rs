//! What a watch remembers from window to window.

use super::Monitor;
use crate::alert::{Alert, Before, NearChange, Point, Symptom};
use crate::burn::Counted;
use crate::decide::{self, Mark};
use crate::group::News;
use crate::maintenance::{Maintenance, Maintenances, under_way};
use crate::oddness::Oddness;
use crate::reading::{Joined, Reading};
use crate::sentence::{self, Place};
use crate::sequence::Memory;
use crate::shift::Shift;
use crate::sustain::{self, Marked};
use crate::window::{DAY_US, Window};
use candor_contract::spec::{Measure, MonitorSpec, Severity};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeSet, VecDeque};
use std::ops::Range;

/// Windows whose figures are kept for charts and evidence.
pub(super) const POINTS_MAX: usize = 48;
/// Windows whose marks are kept.
pub(super) const MARKS_MAX: usize = 256;
/// Changes of the version that are remembered.
const VERSIONS_MAX: usize = 64;
/// Windows of outcomes of which is remembered how many had come.
const OUTCOMES_MAX: usize = 64;
/// Longer windows that wait for being read again.
const LATE_MAX: usize = 256;
/// A deviation of so many times what matters is critical.
const CRITICAL: f64 = 4.0;
/// And one that lasts so long, if it is half as large.
const LONG_US: i64 = DAY_US;

/// All that must survive a restart.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WatchState {
    /// The end of the last closed window.
    pub closed_us: i64,
    /// Windows without any prediction, up to the last.
    pub(super) silent_windows: u32,
    /// Rows of the last windows as they were read: start and count.
    #[serde(default)]
    pub(super) rows: VecDeque<(i64, u64)>,
    /// The same of windows that are shorter than those of profiles.
    #[serde(default, skip_serializing_if = "VecDeque::is_empty")]
    pub(super) short_rows: VecDeque<(i64, u64)>,
    /// Longer windows of which a part was revised since they were read: length and start.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub(super) late: BTreeSet<(i64, i64)>,
    /// How many outcomes had come of windows whose performance was told.
    #[serde(default, skip_serializing_if = "VecDeque::is_empty")]
    pub(super) outcomes: VecDeque<OutcomesTold>,
    /// Which versions answered: from when on, in the order of time.
    #[serde(default, skip_serializing_if = "VecDeque::is_empty")]
    pub(super) versions: VecDeque<(i64, String)>,
    /// What changed lately.
    pub(super) changes: Vec<NearChange>,
    /// Alerts that go on, and those that were over last.
    pub alerts: Vec<Alert>,
    /// One for each monitor, in their order.
    pub(super) tracks: Vec<Track>,
}

impl WatchState {
    pub(super) fn new(closed_us: i64, tracks: Vec<Track>) -> Self {
        Self {
            closed_us,
            silent_windows: 0,
            rows: VecDeque::new(),
            short_rows: VecDeque::new(),
            late: BTreeSet::new(),
            outcomes: VecDeque::new(),
            versions: VecDeque::new(),
            changes: Vec::new(),
            alerts: Vec::new(),
            tracks,
        }
    }
}

/// A window of predictions whose outcomes were told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutcomesTold {
    /// The window of the predictions.
    pub window: Window,
    /// When it was told: by the outcomes that had come then.
    pub told_us: i64,
    /// Its predictions that answered.
    pub rows: u64,
    /// Those of them whose outcome was known when they were read last.
    pub known: u64,
}

impl WatchState {
    /// Notes how many rows a window had when it was read.
    pub(super) fn note_rows(&mut self, from_us: i64, rows: u64) {
        note(&mut self.rows, (from_us, rows), DAY_US);
    }

    /// The same of a window that is shorter than those of profiles.
    pub(super) fn note_short_rows(&mut self, from_us: i64, rows: u64) {
        note(&mut self.short_rows, (from_us, rows), 0);
    }

    /// Notes that a longer window must be read again.
    pub(super) fn note_late(&mut self, length_us: i64, from_us: i64) {
        self.late
            .insert((length_us, Window::around(from_us, length_us).from_us));
        while self.late.len() > LATE_MAX {
            self.late.pop_first();
        }
    }

    /// Notes how many outcomes were known of the windows that were told at `told_us`.
    pub(super) fn note_outcomes(&mut self, told_us: i64, joined: &[Joined]) {
        let of_all = |j: &&Joined| j.measure == Measure::Labels && j.part.is_none();
        for (window, figure) in joined.iter().filter(of_all).map(|j| (j.window, &j.figure)) {
            let rows = figure.n;
            let known = (figure.value.unwrap_or(0.0) * rows as f64).round() as u64;
            match self.outcomes.iter_mut().find(|o| o.window == window) {
                Some(own) => (own.rows, own.known) = (rows, known),
                None => self.outcomes.push_back(OutcomesTold {
                    window,
                    told_us,
                    rows,
                    known,
                }),
            }
        }
        while self.outcomes.len() > OUTCOMES_MAX {
            self.outcomes.pop_front();
        }
    }
}

fn note(rows: &mut VecDeque<(i64, u64)>, (from_us, own): (i64, u64), kept_us: i64) {
    match rows.iter_mut().find(|(us, _)| *us == from_us) {
        Some((_, known)) => *known = own,
        None => rows.push_back((from_us, own)),
    }
    // Those of a day, since longer windows are made of them, or as many as points are kept.
    while rows.len() > POINTS_MAX && rows.front().is_some_and(|(us, _)| *us < from_us - kept_us) {
        rows.pop_front();
    }
}

impl WatchState {
    /// Notes the version that answered most of a window.
    pub(super) fn note_version(&mut self, reading: &Reading) {
        let Some(version) = reading.version() else {
            return;
        };
        if self.versions.back().is_some_and(|(_, own)| *own == version) {
            return;
        }
        self.versions.push_back((reading.window.from_us, version));
        while self.versions.len() > VERSIONS_MAX {
            self.versions.pop_front();
        }
    }

    /// When the version before the present one answered.
    pub(super) fn previous_version(&self) -> Option<Range<i64>> {
        let mut starts = self.versions.iter().rev().map(|(us, _)| *us);
        let end = starts.next()?;
        Some(starts.next()?..end)
    }
}

/// A sustained breach that goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Episode {
    onset_us: i64,
    sustained_us: i64,
}

/// What one monitor saw.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Track {
    pub(super) monitor: String,
    pub(super) marks: VecDeque<Marked>,
    /// The end of the window that was judged last.
    pub(super) judged_us: i64,
    pub(super) points: VecDeque<Point>,
    pub(super) episode: Option<Episode>,
    /// How large the last deviation was, in parts of what matters.
    pub(super) size: f64,
    /// The value where nothing is wrong.
    pub(super) usual: f64,
    pub(super) memory: Memory,
    #[serde(default, skip_serializing_if = "Oddness::is_empty")]
    pub(super) oddness: Oddness,
    #[serde(default, skip_serializing_if = "Shift::is_empty")]
    pub(super) shift: Shift,
    #[serde(default, skip_serializing_if = "VecDeque::is_empty")]
    pub(super) counts: VecDeque<Counted>,
    /// Values of windows before, for trailing baselines: start of the window, value and its error.
    #[serde(default, skip_serializing_if = "VecDeque::is_empty")]
    pub(super) trail: VecDeque<(i64, f64, f64)>,
    /// What the last breach looked like, in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) remark: Option<String>,
}

impl Track {
    pub(super) fn new(monitor: &str) -> Self {
        Self {
            monitor: monitor.to_owned(),
            marks: VecDeque::new(),
            judged_us: i64::MIN,
            points: VecDeque::new(),
            episode: None,
            size: 0.0,
            usual: 0.0,
            memory: Memory::default(),
            oddness: Oddness::default(),
            shift: Shift::default(),
            counts: VecDeque::new(),
            trail: VecDeque::new(),
            remark: None,
        }
    }

    pub(super) fn push(&mut self, point: Point, (mark, gross): (Mark, bool), judged_us: i64) {
        self.judged_us = judged_us;
        self.marks.push_back(Marked {
            window: point.window,
            mark,
            gross,
        });
        self.points.push_back(point);
        while self.marks.len() > MARKS_MAX {
            self.marks.pop_front();
        }
        while self.points.len() > POINTS_MAX {
            self.points.pop_front();
        }
    }

    /// Puts what a window says now in place of what it said; whether that is something else. `told` is a window in
    /// which nothing of this one could be told. Without a mark the window keeps the one that it has.
    pub(super) fn revise(
        &mut self,
        mut point: Point,
        told: Option<Window>,
        mark: Option<(Mark, bool)>,
    ) -> bool {
        let is_own = |p: &&mut Point| {
            p.window == point.window || (p.value.is_none() && Some(p.window) == told)
        };
        let Some(old) = self.points.iter_mut().rev().find(is_own) else {
            return false;
        };
        if (old.value, old.n) == (point.value, point.n) {
            return false;
        }
        point.before = old.before.or(Some(Before {
            value: old.value,
            n: old.n,
            breach: old.breach,
        }));
        if mark.is_none() {
            point.breach = old.breach;
        }
        let was = std::mem::replace(old, point).window;
        let mut marks = self.marks.iter_mut().rev();
        if let Some(marked) = marks.find(|m| m.window == was) {
            marked.window = point.window;
            (marked.mark, marked.gross) = mark.unwrap_or((marked.mark, marked.gross));
        }
        true
    }

    /// Whether nothing goes on, or the last window that told anything was calm.
    pub(super) fn is_calm(&self) -> bool {
        let known = self.marks.iter().rev().find(|m| m.mark != Mark::Unknown);
        self.episode.is_none() || known.is_some_and(|m| m.mark == Mark::Calm)
    }

    /// Whether a breach became sustained, goes on or is over, after a window was marked.
    pub(super) fn follow(
        &mut self,
        monitor: &Monitor,
        at_us: i64,
        patience: usize,
        news: &mut News,
    ) {
        match self.episode {
            Some(_) if sustain::is_over(&self.marks, monitor.needed, patience) => {
                self.episode = None;
                self.memory.forget();
                news.over.push(self.monitor.clone());
            }
            Some(episode) => {
                news.calming &= self.is_calm();
                news.going.push(self.symptom(monitor, episode));
            }
            None => {
                let Some(onset) = sustain::sustained(&self.marks, monitor.needed) else {
                    return;
                };
                let episode = Episode {
                    onset_us: onset.from_us,
                    sustained_us: at_us,
                };
                self.episode = Some(episode);
                news.calming = false;
                news.going.push(self.symptom(monitor, episode));
            }
        }
    }

    fn symptom(&self, monitor: &Monitor, episode: Episode) -> Symptom {
        let spec = &monitor.spec;
        let about = spec.measure.about();
        let breach = self.points.iter().rev().find(|p| p.breach);
        let shown = breach.or(self.points.back()).copied();
        let place = Place {
            column: spec.column.as_deref(),
            metric: spec.metric.as_deref(),
            segment: spec
                .segment
                .iter()
                .next()
                .map(|(n, v)| (n.as_str(), v.as_str())),
        };
        let sentence = shown.map_or_else(String::new, |point| {
            sentence::of_symptom(about, &place, &point, self.usual, self.remark.as_deref())
        });
        Symptom {
            monitor: self.monitor.clone(),
            measure: spec.measure,
            column: spec.column.clone(),
            metric: spec.metric.clone(),
            segment: spec.segment.clone(),
            onset_us: episode.onset_us,
            sustained_us: episode.sustained_us,
            over_us: None,
            severity: self.severity(spec, episode),
            size: self.size,
            sentence,
            points: self.points.iter().copied().collect(),
        }
    }

    fn severity(&self, spec: &MonitorSpec, episode: Episode) -> Severity {
        // What fell into a maintenance does not make it longer.
        let mut points = self.points.iter().rev();
        let last = points.find(|p| !p.suppressed);
        let lasts_us = last.map_or(episode.onset_us, |p| p.window.to_us) - episode.onset_us;
        let gone = spec.measure == Measure::Volume
            && self.points.back().is_some_and(|p| p.n == 0 && p.breach);
        let bad = self.size >= CRITICAL || (self.size >= CRITICAL / 2.0 && lasts_us >= LONG_US);
        let severity = if gone || bad {
            Severity::Critical
        } else {
            Severity::Warning
        };
        spec.severity.map_or(severity, |most| severity.min(most))
    }
}

/// How a monitor stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MonitorState {
    /// There was nothing to learn from yet.
    Learning,
    /// As it should be.
    Ok,
    /// Its last window was a breach, not a sustained one.
    Pending,
    /// A sustained breach goes on.
    Firing,
    /// Its last window told nothing.
    Unknown,
}

impl MonitorState {
    /// The word, e.g. `ok`.
    pub const fn name(self) -> &'static str {
        match self {
            MonitorState::Learning => "learning",
            MonitorState::Ok => "ok",
            MonitorState::Pending => "pending",
            MonitorState::Firing => "firing",
            MonitorState::Unknown => "unknown",
        }
    }
}

/// Why a window tells nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Quiet<'a> {
    /// It fell into a declared maintenance of this name; who declared it, if that was said.
    Maintenance(&'a str, Option<&'a str>),
    /// A change was under way, in words.
    Change(&'a str),
}

/// A monitor as pages show it.
#[derive(Debug, Clone)]
pub struct MonitorView<'a> {
    /// Its name.
    pub name: &'a str,
    /// What it declares, defaults filled in as they are used.
    pub spec: &'a MonitorSpec,
    /// Length of its windows.
    pub window_us: i64,
    /// How it stands.
    pub state: MonitorState,
    /// Breaches that make an alert, and among how many windows, counted in windows that tell something new.
    pub needed: (usize, usize),
    /// The deviation that matters: a difference, or a ratio.
    pub material: f64,
    /// How much neighbouring windows resemble each other in the reference.
    pub correlation: f64,
    /// Windows of the reference.
    pub reference_windows: usize,
    /// The last windows, oldest first.
    pub points: Vec<Point>,
    /// What its last window fell into, so that it tells nothing.
    pub quiet: Option<Quiet<'a>>,
}

impl<'a> MonitorView<'a> {
    pub(super) fn new(
        monitor: &'a Monitor,
        track: &'a Track,
        (maintenance, changes): (&'a Maintenances, &'a [NearChange]),
    ) -> Self {
        let last = track.marks.back().map(|m| m.mark);
        let scale = monitor.spec.measure.about().scale;
        let usual = monitor.level.as_ref();
        let usual = usual.map_or(0.0, |level| decide::unscaled(scale, level.middle()));
        let state = match (track.episode, last) {
            (Some(_), _) => MonitorState::Firing,
            (None, Some(Mark::Breach)) => MonitorState::Pending,
            (None, Some(Mark::Unknown)) => MonitorState::Unknown,
            (None, Some(_)) => MonitorState::Ok,
            (None, None) => MonitorState::Learning,
        };
        Self {
            name: &monitor.name,
            spec: &monitor.spec,
            window_us: monitor.window_us,
            state,
            needed: (monitor.needed.breaches, monitor.needed.of),
            material: decide::material(&monitor.spec, usual),
            correlation: monitor.level.as_ref().map_or(0.0, |l| l.correlation),
            reference_windows: monitor.level.as_ref().map_or(0, |l| l.windows),
            points: track.points.iter().copied().collect(),
            quiet: track
                .points
                .back()
                .filter(|point| point.suppressed)
                .and_then(|point| {
                    let declared = maintenance.of(&monitor.spec, point.window);
                    let declared = declared.map(|Maintenance { name, by, .. }| {
                        Quiet::Maintenance(name.as_str(), by.as_deref())
                    });
                    declared.or_else(|| {
                        let change = under_way(changes.iter(), point.window)?;
                        Some(Quiet::Change(change.what.as_str()))
                    })
                }),
        }
    }
}

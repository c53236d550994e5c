//! What a watch remembers from window to window.

use super::Monitor;
use crate::alert::{Alert, Before, NearChange, Point, Symptom};
use crate::burn::Counted;
use crate::decide::{self, Mark};
use crate::group::News;
use crate::oddness::Oddness;
use crate::reading::Reading;
use crate::sentence::{self, Place};
use crate::sequence::Memory;
use crate::shift::Shift;
use crate::sustain::{self, Marked};
use crate::window::DAY_US;
use candor_contract::spec::{Measure, MonitorSpec, Severity};
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;
use std::ops::Range;

/// Windows whose figures are kept for charts and evidence.
pub(super) const POINTS_MAX: usize = 48;
/// Windows whose marks are kept.
pub(super) const MARKS_MAX: usize = 256;
/// Changes of the version that are remembered.
const VERSIONS_MAX: usize = 64;
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
            versions: VecDeque::new(),
            changes: Vec::new(),
            alerts: Vec::new(),
            tracks,
        }
    }
}

impl WatchState {
    /// Notes how many rows a window had when it was read.
    pub(super) fn note_rows(&mut self, from_us: i64, rows: u64) {
        match self.rows.iter_mut().find(|(own, _)| *own == from_us) {
            Some((_, known)) => *known = rows,
            None => self.rows.push_back((from_us, rows)),
        }
        while self.rows.len() > POINTS_MAX {
            self.rows.pop_front();
        }
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

    /// Puts what a window says now in place of what it said; whether that is something else.
    pub(super) fn revise(&mut self, mut point: Point, (mark, gross): (Mark, bool)) -> bool {
        let mut points = self.points.iter_mut().rev();
        let Some(old) = points.find(|p| p.window == point.window) else {
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
        *old = point;
        let mut marks = self.marks.iter_mut().rev();
        if let Some(marked) = marks.find(|m| m.window == point.window) {
            (marked.mark, marked.gross) = (mark, gross);
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
        let lasts_us = self.marks.back().map_or(0, |m| m.window.to_us) - episode.onset_us;
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
}

impl<'a> MonitorView<'a> {
    pub(super) fn new(monitor: &'a Monitor, track: &'a Track) -> Self {
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
        }
    }
}

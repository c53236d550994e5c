//! The engine of one model.

mod judge;
mod learn;
mod revise;
mod state;
mod step;

pub use state::{MonitorState, MonitorView, OutcomesTold, Quiet, WatchState};
pub use step::{base_us, is_short, step_us};

use crate::alert::{Alert, NearChange, Transition};
use crate::baseline::Level;
use crate::gauge::Gauge;
use crate::group::{Book, News};
use crate::maintenance::{Maintenances, under_way};
use crate::reading::Reading;
use crate::sustain::Needed;
use crate::window::{DAY_US, Window};
use candor_contract::spec::{Family, Measure, ModelSpec, MonitorSpec, SilenceSpec};
use state::Track;
use std::borrow::Cow;
use std::collections::BTreeMap;

/// Changes are remembered so long.
const CHANGES_US: i64 = 8 * DAY_US;
/// How long changes that took time are remembered: as long as windows may be revised.
const LONG_CHANGES_US: i64 = 35 * DAY_US;

/// What a model's watch is set up from.
#[derive(Debug, Clone)]
pub struct Setup {
    /// The model's name.
    pub model: String,
    /// What is declared of it.
    pub spec: ModelSpec,
    /// Who answers for it.
    pub owner: Option<String>,
    /// Declared monitors by name, those of other models left out. One of the same name, or of the same measure
    /// and place, replaces that of the default pack.
    pub monitors: Vec<(String, MonitorSpec)>,
    /// Whether the default pack watches too.
    pub pack: bool,
    /// Declared maintenances by name: silences that say so. Others are left out.
    pub maintenance: Vec<(String, SilenceSpec)>,
}

impl Setup {
    /// Length of the windows that are closed one after the other. See [`step_us`].
    pub fn step_us(&self) -> i64 {
        step_us(self.monitors.iter().map(|(_, m)| m))
    }

    /// Length of the windows that profiles are read of. See [`base_us`].
    pub fn base_us(&self) -> i64 {
        base_us(self.monitors.iter().map(|(_, m)| m))
    }
}

/// A monitor with what it learnt.
#[derive(Debug)]
struct Monitor {
    name: String,
    spec: MonitorSpec,
    gauge: Gauge,
    /// The version that it is held against, window by window.
    rival: Option<Gauge>,
    window_us: i64,
    level: Option<Level>,
    needed: Needed,
}

/// The engine of one model: windows in, alerts out.
#[derive(Debug)]
pub struct Watch {
    setup: Setup,
    step_us: i64,
    /// Length of the windows of profiles; longer than `step_us` if there are monitors of short windows.
    base_us: i64,
    /// The whole reference, for what changed since.
    reference: Reading,
    monitors: Vec<Monitor>,
    /// Longer windows that are under way, by their length.
    open: BTreeMap<i64, Reading>,
    maintenance: Maintenances,
    state: WatchState,
}

impl Watch {
    /// Length of the windows that [`Watch::close`] takes.
    pub fn step_us(&self) -> i64 {
        self.step_us
    }

    /// Length of the windows that profiles are read of.
    pub fn base_us(&self) -> i64 {
        self.base_us
    }

    /// The end of the last closed window: the next one begins there.
    pub fn closed_us(&self) -> i64 {
        self.state.closed_us
    }

    /// The next window to be closed.
    pub fn next(&self) -> Window {
        Window::around(self.state.closed_us, self.step_us)
    }

    /// Alerts that go on, and those that were over last.
    pub fn alerts(&self) -> &[Alert] {
        &self.state.alerts
    }

    /// What must be kept over a restart. [`Watch::resume`] takes it.
    pub fn state(&self) -> &WatchState {
        &self.state
    }

    /// Goes on from a state that was kept. Monitors that were not watched then begin anew. Windows from the one that
    /// [`Watch::reread_us`] tells on must be given to [`Watch::warm`], since those of longer monitors were under
    /// way.
    pub fn resume(&mut self, mut state: WatchState) {
        let mut kept: BTreeMap<String, Track> = state
            .tracks
            .drain(..)
            .map(|track| (track.monitor.clone(), track))
            .collect();
        let learnt = std::mem::take(&mut self.state.tracks);
        state.tracks = learnt
            .into_iter()
            .map(|new| kept.remove(&new.monitor).unwrap_or(new))
            .collect();
        self.state = state;
        self.open.clear();
    }

    /// Takes declared maintenances in place of those of before, for windows that are closed or revised from now on.
    pub fn maintain(&mut self, silences: Vec<(String, SilenceSpec)>) {
        self.maintenance = Maintenances::new(&self.setup.model, &silences);
        self.setup.maintenance = silences;
    }

    /// Whether a maintenance of the whole traffic was declared for a window, or a change was under way.
    fn is_maintained(&self, window: Window) -> bool {
        let volume = MonitorSpec::of(&self.setup.model, Measure::Volume);
        self.maintenance.of(&volume, window).is_some()
            || under_way(self.state.changes.iter(), window).is_some()
    }

    /// Start of the longest window that is under way.
    pub fn reread_us(&self) -> i64 {
        let closed_us = self.state.closed_us;
        let lengths = self.monitors.iter().map(|m| m.window_us);
        let starts = lengths.map(|us| Window::around(closed_us, us).from_us);
        starts.min().unwrap_or(closed_us)
    }

    /// Takes a window that was closed before a restart.
    pub fn warm(&mut self, reading: &Reading) {
        if self.is_fine() {
            self.gather(reading, self.step_us);
        }
        if let Some(whole) = self.whole_of(reading) {
            self.gather(&whole, self.base_us);
        }
        self.open.retain(|us, open| {
            let over = Window::around(open.window.from_us, *us).to_us;
            open.window.to_us < over
        });
    }

    /// Closes the next window. What changed for people comes back, in the order of families.
    ///
    /// Windows that end by [`Watch::closed_us`] are left out; windows that are skipped are taken as empty.
    pub fn close(&mut self, reading: &Reading) -> Vec<Transition> {
        if reading.window.to_us <= self.state.closed_us {
            return Vec::new();
        }
        let mut out = Vec::new();
        while self.next().from_us < reading.window.from_us {
            let empty = Reading::empty(self.next());
            out.extend(self.close_next(&empty));
        }
        out.extend(self.close_next(reading));
        out
    }

    fn close_next(&mut self, reading: &Reading) -> Vec<Transition> {
        let to_us = reading.window.to_us;
        if self.is_fine() {
            self.remember(&reading.changes, to_us);
            self.close_short(reading);
        }
        if let Some(whole) = self.whole_of(reading) {
            self.close_whole(&whole);
        }
        self.state.closed_us = to_us;
        self.tell(to_us)
    }

    /// Whether there are windows that are shorter than those of profiles.
    fn is_fine(&self) -> bool {
        self.step_us < self.base_us
    }

    /// What profiles tell of the window of theirs that ends with `reading`, if one does.
    fn whole_of<'a>(&self, reading: &'a Reading) -> Option<Cow<'a, Reading>> {
        if !self.is_fine() {
            return Some(Cow::Borrowed(reading));
        }
        if reading.window.to_us % self.base_us != 0 {
            return None;
        }
        let empty = || Reading::empty(Window::around(reading.window.from_us, self.base_us));
        let whole = reading.whole.as_deref();
        Some(whole.map_or_else(|| Cow::Owned(empty()), Cow::Borrowed))
    }

    /// Holds a window that is shorter than those of profiles against the monitors of such windows.
    fn close_short(&mut self, reading: &Reading) {
        let (from_us, to_us) = (reading.window.from_us, reading.window.to_us);
        self.gather(reading, self.step_us);
        if reading.is_unread {
            return;
        }
        for length in self.lengths(true).filter(|us| to_us % us == 0) {
            if length == self.step_us {
                self.judge(length, reading);
            } else if let Some(whole) = self.open.remove(&length) {
                self.judge(length, &whole);
            }
        }
        self.state.note_short_rows(from_us, reading.rows());
    }

    /// Holds a window of profiles against the monitors of such windows, and of longer ones that end with it.
    fn close_whole(&mut self, reading: &Reading) {
        let to_us = reading.window.to_us;
        self.remember(&reading.changes, to_us);
        self.state.note_version(reading);
        self.gather(reading, self.base_us);
        for length in self.lengths(false).filter(|us| to_us % us == 0) {
            if length == self.base_us {
                self.judge(length, reading);
            } else if let Some(whole) = self.open.remove(&length) {
                self.judge(length, &whole);
            }
        }
        self.state.note_rows(reading.window.from_us, reading.rows());
        self.state.note_outcomes(to_us, &reading.joined);
        self.state.silent_windows = match reading.rows() {
            // That nothing comes was announced.
            0 if self.is_maintained(reading.window) => self.state.silent_windows,
            0 => self.state.silent_windows.saturating_add(1),
            _ => 0,
        };
    }

    /// Lengths of windows, shortest first: those that are shorter than profiles', or the others.
    fn lengths(&self, short: bool) -> impl Iterator<Item = i64> + use<> {
        let own = self.monitors.iter().map(|m| m.window_us);
        let mut lengths: Vec<i64> = own.filter(|us| is_short(*us) == short).collect();
        lengths.sort_unstable();
        lengths.dedup();
        lengths.into_iter()
    }

    /// Adds a window of length `own_us` to the longer ones of its kind that it is part of.
    fn gather(&mut self, reading: &Reading, own_us: i64) {
        let short = is_short(own_us);
        for length in self.lengths(short).filter(|us| *us != own_us) {
            if reading.is_unread {
                self.open.remove(&length);
                continue;
            }
            let window = Window::around(reading.window.from_us, length);
            match self.open.get_mut(&length) {
                Some(open) if open.window.from_us == window.from_us => {
                    if open.window.to_us < reading.window.to_us {
                        open.absorb(reading);
                    }
                }
                // Of a short window that was not read from its beginning nothing is told.
                _ if short && reading.window.from_us != window.from_us => {
                    self.open.remove(&length);
                }
                _ => {
                    let mut own = reading.clone();
                    own.window.from_us = window.from_us;
                    self.open.insert(length, own);
                }
            }
        }
    }

    fn remember(&mut self, changes: &[NearChange], now_us: i64) {
        let known = &mut self.state.changes;
        known.extend(changes.iter().cloned());
        known.retain(|c| {
            let kept_us = c.until_us.map_or(CHANGES_US, |_| LONG_CHANGES_US);
            c.at_us >= now_us - kept_us
        });
    }

    /// What the monitors' new marks mean for people.
    fn tell(&mut self, at_us: i64) -> Vec<Transition> {
        let mut out = Vec::new();
        for family in [Family::Service, Family::Quality] {
            let news = self.news(family, at_us);
            let mut book = Book {
                model: &self.setup.model,
                alerts: &mut self.state.alerts,
                changes: &self.state.changes,
                owners: (
                    self.setup.owner.as_deref(),
                    self.setup.spec.pipeline_owner.as_deref(),
                ),
            };
            out.extend(book.take(family, news, at_us));
        }
        out
    }

    fn news(&mut self, family: Family, at_us: i64) -> News {
        let mut news = News {
            calming: true,
            ..News::default()
        };
        let patience = self.patience(family);
        for (monitor, track) in self.monitors.iter().zip(&mut self.state.tracks) {
            if monitor.spec.measure.about().family != family {
                continue;
            }
            // Only windows that were closed just now bring news.
            if track.judged_us != at_us {
                news.calming &= track.is_calm();
                continue;
            }
            track.follow(monitor, at_us, patience, &mut news);
        }
        news.silent = self.state.silent_windows >= 3;
        news
    }

    /// An alert that comes and goes is held longer each time.
    fn patience(&self, family: Family) -> usize {
        let open = self
            .state
            .alerts
            .iter()
            .rev()
            .find(|a| a.family == family && a.resolved_us.is_none());
        open.map_or(1, |a| 1 << a.reopened.min(3))
    }

    /// How all monitors stand, for pages and expositions.
    pub fn monitors(&self) -> Vec<MonitorView<'_>> {
        let tracks = self.monitors.iter().zip(&self.state.tracks);
        tracks
            .map(|(m, t)| MonitorView::new(m, t, (&self.maintenance, &self.state.changes)))
            .collect()
    }
}

#[cfg(test)]
mod tests;

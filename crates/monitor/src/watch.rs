//! The engine of one model.

mod judge;
mod learn;
mod state;

pub use state::{MonitorState, MonitorView, WatchState};

use crate::alert::{Alert, NearChange, Transition};
use crate::baseline::Level;
use crate::gauge::Gauge;
use crate::group::{Book, News};
use crate::reading::Reading;
use crate::sustain::Needed;
use crate::window::{DAY_US, HOUR_US, MINUTE_US, Window};
use candor_contract::spec::{Family, ModelSpec, MonitorSpec};
use state::Track;
use std::collections::BTreeMap;

/// The finest windows of profiles.
const STEP_US_MIN: i64 = 5 * MINUTE_US;
/// Changes are remembered so long.
const CHANGES_US: i64 = 8 * DAY_US;

/// What a model's watch is set up from.
#[derive(Debug, Clone)]
pub struct Setup {
    /// The model's name.
    pub model: String,
    /// What is declared of it.
    pub spec: ModelSpec,
    /// Declared monitors by name, those of other models left out. One of the same name, or of the same measure
    /// and place, replaces that of the default pack.
    pub monitors: Vec<(String, MonitorSpec)>,
    /// Whether the default pack watches too.
    pub pack: bool,
}

impl Setup {
    /// Length of the windows that must be read: an hour, or five minutes if a monitor asks for less than one.
    pub fn step_us(&self) -> i64 {
        let shorter = self
            .monitors
            .iter()
            .filter_map(|(_, m)| m.window_us())
            .any(|us| us % HOUR_US != 0);
        if shorter { STEP_US_MIN } else { HOUR_US }
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
    /// The whole reference, for what changed since.
    reference: Reading,
    monitors: Vec<Monitor>,
    /// Longer windows that are under way, by their length.
    open: BTreeMap<i64, Reading>,
    state: WatchState,
}

impl Watch {
    /// Length of the windows that [`Watch::close`] takes.
    pub fn step_us(&self) -> i64 {
        self.step_us
    }

    /// The end of the last closed window: the next one begins there.
    pub fn closed_us(&self) -> i64 {
        self.state.closed_us
    }

    /// Whether a window that was closed not long ago has more rows now than it had then.
    pub fn is_outdated(&self, from_us: i64, rows: u64) -> bool {
        let mut known = self.state.rows.iter();
        known.any(|(own_us, known)| *own_us == from_us && rows > *known)
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

    /// Start of the longest window that is under way.
    pub fn reread_us(&self) -> i64 {
        let closed_us = self.state.closed_us;
        let lengths = self.monitors.iter().map(|m| m.window_us);
        let starts = lengths.map(|us| Window::around(closed_us, us).from_us);
        starts.min().unwrap_or(closed_us)
    }

    /// Takes a window that was closed before a restart.
    pub fn warm(&mut self, reading: &Reading) {
        self.gather(reading);
        self.open.retain(|us, open| {
            let over = Window::around(open.window.from_us, *us).to_us;
            open.window.to_us < over
        });
    }

    /// Closes the next window. What changed for people comes back, in the order of families.
    ///
    /// Windows before [`Watch::closed_us`] are left out; windows that are skipped are taken as empty.
    pub fn close(&mut self, reading: &Reading) -> Vec<Transition> {
        if reading.window.from_us < self.state.closed_us {
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
        self.remember(&reading.changes, to_us);
        self.state.note_version(reading);
        self.gather(reading);
        let mut lengths: Vec<i64> = self.monitors.iter().map(|m| m.window_us).collect();
        lengths.sort_unstable();
        lengths.dedup();
        for length in lengths.into_iter().filter(|us| to_us % us == 0) {
            if length == self.step_us {
                self.judge(length, reading);
            } else if let Some(whole) = self.open.remove(&length) {
                self.judge(length, &whole);
            }
        }
        self.state.closed_us = to_us;
        self.state.note_rows(reading.window.from_us, reading.rows());
        self.state.silent_windows = match reading.rows() {
            0 => self.state.silent_windows.saturating_add(1),
            _ => 0,
        };
        self.tell(to_us)
    }

    /// Adds a window to the longer ones that it is part of.
    fn gather(&mut self, reading: &Reading) {
        for monitor in &self.monitors {
            let length = monitor.window_us;
            if length == self.step_us {
                continue;
            }
            let window = Window::around(reading.window.from_us, length);
            match self.open.get_mut(&length) {
                Some(open) if open.window.from_us == window.from_us => {
                    if open.window.to_us < reading.window.to_us {
                        open.absorb(reading);
                    }
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
        known.retain(|c| c.at_us >= now_us - CHANGES_US);
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
        tracks.map(|(m, t)| MonitorView::new(m, t)).collect()
    }
}

#[cfg(test)]
mod tests;

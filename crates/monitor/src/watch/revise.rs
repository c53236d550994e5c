//! Closed windows that are read again, since rows or outcomes came late. What a window says now takes the place of what it
//! said, both stay to be seen, and alerts that were told stay as they were told: a mark that changed counts from the next
//! window on.

use super::judge::{burnt, plain, trailing_us};
use super::state::{OutcomesTold, Track};
use super::{Monitor, Watch, is_short};
use crate::decide::{Candidate, Mark, measured};
use crate::gauge::Gauged;
use crate::reading::{Joined, Reading};
use crate::window::{DAY_US, Window};
use candor_contract::spec::DecisionRule;

impl Watch {
    /// Whether a window that was closed not long ago has more rows now than it had then: one of profiles
    /// ([`Watch::base_us`]), or a shorter one ([`Watch::step_us`]).
    pub fn is_outdated(&self, window: Window, rows: u64) -> bool {
        let noted = match is_short(window.length_us()) {
            true => &self.state.short_rows,
            false => &self.state.rows,
        };
        let mut known = noted.iter();
        known.any(|(own_us, known)| *own_us == window.from_us && rows > *known)
    }

    /// Takes a closed window again, since late rows changed it: one of [`Watch::base_us`], or of [`Watch::step_us`] if
    /// that is shorter. How many figures changed. Longer windows that it is part of must be read again:
    /// [`Watch::late`] tells them.
    ///
    /// Rules without a memory of their own (bands, bounds) and error budgets mark the window anew. The others keep
    /// their mark, and only the figure is revised.
    pub fn revise(&mut self, reading: &Reading) -> usize {
        let (window, rows) = (reading.window, reading.rows());
        let own_us = window.length_us();
        let short = is_short(own_us);
        match short {
            true => self.state.note_short_rows(window.from_us, rows),
            false => self.state.note_rows(window.from_us, rows),
        }
        for length in self.lengths(short).filter(|us| *us != own_us) {
            self.state.note_late(length, window.from_us);
        }
        self.again(own_us, reading)
    }

    /// Longer windows of which a part was revised since they were read: length, and the time that is to be read
    /// for [`Watch::revise_longer`]. Of one that is still open that is its part up to now; one of more than a day waits
    /// until it is closed.
    pub fn late(&self) -> Vec<(i64, Window)> {
        let closed_us = self.state.closed_us;
        let whole_us = Window::around(closed_us, self.base_us).from_us;
        let told = self.state.late.iter().filter_map(|(length, from_us)| {
            let window = Window::around(*from_us, *length);
            let until_us = match is_short(*length) {
                true => closed_us,
                false => whole_us,
            };
            let waits = window.to_us > until_us && *length > DAY_US;
            let to_us = window.to_us.min(until_us);
            (!waits && window.from_us < to_us).then_some((*length, Window { to_us, ..window }))
        });
        told.collect()
    }

    /// Takes the longer window of this length that begins at `from_us` again: its parts, in the order of time, as they
    /// are known now. Without any it stays as it is. How many figures changed.
    pub fn revise_longer(&mut self, (length_us, from_us): (i64, i64), parts: &[Reading]) -> usize {
        self.state.late.remove(&(length_us, from_us));
        let Some((first, rest)) = parts.split_first() else {
            return 0;
        };
        let mut whole = first.clone();
        rest.iter().for_each(|part| whole.absorb(part));
        let window = Window::around(from_us, length_us);
        if whole.window.to_us >= window.to_us {
            return self.again(length_us, &whole);
        }
        let open = self.open.get_mut(&length_us);
        if let Some(open) = open.filter(|open| {
            (open.window.from_us, open.window.to_us) == (window.from_us, whole.window.to_us)
        }) {
            *open = whole;
        }
        0
    }

    /// Windows whose outcomes were told, in the order in which they were: what was known of them then, or when they were
    /// revised last.
    pub fn outcomes(&self) -> impl Iterator<Item = &OutcomesTold> {
        self.state.outcomes.iter()
    }

    /// Takes the figures of a window again whose outcomes were told at `told_us`, since more of them are known now. How
    /// many figures changed.
    pub fn revise_outcomes(&mut self, told_us: i64, joined: &[Joined]) -> usize {
        self.state.note_outcomes(told_us, joined);
        let mut changed = 0;
        for length in self.lengths(false).filter(|us| told_us % us == 0) {
            let mut reading = Reading::empty(Window {
                from_us: told_us - length,
                to_us: told_us,
            });
            reading.joined = joined.to_vec();
            for (at, gauged, candidate, p) in self.weighed(length, &reading) {
                if gauged.window.is_some() && !self.monitors[at].spec.measure.is_sampled() {
                    let told = Some(reading.window);
                    changed += usize::from(self.put(at, told, (&gauged, candidate), p));
                }
            }
        }
        changed
    }

    /// Holds a window again against all monitors of its length whose figures are of its own rows.
    fn again(&mut self, length_us: i64, reading: &Reading) -> usize {
        let mut changed = 0;
        for (at, gauged, candidate, p) in self.weighed(length_us, reading) {
            // Figures of outcomes are revised when more of these are known.
            if gauged.window.is_none() || self.monitors[at].spec.measure.is_sampled() {
                changed += usize::from(self.put(at, None, (&gauged, candidate), p));
            }
        }
        changed
    }

    /// Puts what a monitor says of a window now in place of what it said. `told` is the window in which figures of
    /// outcomes were told.
    fn put(
        &mut self,
        at: usize,
        told: Option<Window>,
        (gauged, candidate): (&Gauged, Candidate),
        p: f64,
    ) -> bool {
        let (monitor, track) = (&self.monitors[at], &mut self.state.tracks[at]);
        let mut point = candidate.point;
        // Where nothing could be told, only a figure of the monitor's own length has its place.
        let empty = told.filter(|_| point.window.length_us() == monitor.window_us);
        let is_known = track.points.iter().any(|p| p.window == point.window);
        if !is_known && empty.is_none() {
            return false;
        }
        let marked = match &monitor.spec.decision {
            // It fell into a declared maintenance.
            _ if point.suppressed => Some((Mark::Unknown, false)),
            DecisionRule::Burn { target, over, .. } if !point.suppressed => {
                let window = told.unwrap_or(point.window);
                Some(burnt((monitor, target, over), track, gauged, window))
            }
            // What fell into a maintenance goes on telling nothing.
            _ if point.suppressed => None,
            _ => plain(monitor, &candidate, p),
        };
        point.p_value = point.p_value.map(|_| p);
        point.breach = marked.is_some_and(|(_, out)| out);
        let mark: Option<(Mark, bool)> = marked.map(|(mark, _)| (mark, candidate.gross));
        let changed = track.revise(point, empty, mark);
        if changed {
            retrail(monitor, track, gauged, point.window);
        }
        changed
    }
}

/// What a trailing baseline keeps of a window is what is known of it now.
fn retrail(monitor: &Monitor, track: &mut Track, gauged: &Gauged, window: Window) {
    if trailing_us(&monitor.spec.baseline).is_none() {
        return;
    }
    let scale = monitor.spec.measure.about().scale;
    let mut trail = track.trail.iter_mut();
    let kept = trail.find(|(from_us, ..)| *from_us == window.from_us);
    if let (Some(kept), Some((value, error))) = (kept, measured(scale, gauged)) {
        (kept.1, kept.2) = (value, error);
    }
}

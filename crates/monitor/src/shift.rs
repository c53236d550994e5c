//! Whether a level has moved from where it was since it moved last: for what learns, or has no lasting level.
//!
//! All cuts of the windows since the last move are tried: the means on both sides against their errors, a generalised
//! likelihood ratio for one change of unknown place and size. A move for the worse goes on for a day of hourly windows,
//! then the new level is what is normal.

use crate::baseline::Level;
use crate::decide::{least, measured, sides, unscaled};
use crate::gauge::Gauged;
use crate::window::Window;
use candor_contract::spec::{MonitorSpec, Sides};
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;

/// Windows at which cuts are tried; older ones are one part.
const CUTS_MAX: usize = 512;
/// Windows before a cut.
const BEFORE_MIN: f64 = 4.0;
/// So many windows before a cut double what it takes; ten times as many add a tenth.
const YOUNG: f64 = 5.0;
/// Windows for which a move goes on.
const HELD: u32 = 24;

/// What such a decision remembers.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Shift {
    older: Part,
    /// Value and variance of each window, beside the level of the reference.
    newer: VecDeque<(f64, f64)>,
    /// Windows for which the last move still goes on.
    held: u32,
    /// Where the level was before it, and where it went.
    moved: (f64, f64),
}

/// Windows put together.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
struct Part {
    n: f64,
    sum: f64,
    variance: f64,
}

impl Part {
    fn with(self, (value, variance): (f64, f64)) -> Self {
        Self {
            n: self.n + 1.0,
            sum: self.sum + value,
            variance: self.variance + variance,
        }
    }

    fn without(self, other: Self) -> Self {
        Self {
            n: self.n - other.n,
            sum: self.sum - other.sum,
            variance: self.variance - other.variance,
        }
    }

    fn mean(self) -> f64 {
        self.sum / self.n
    }

    /// Variance of the mean.
    fn of_mean(self) -> f64 {
        self.variance.max(0.0) / (self.n * self.n)
    }
}

/// What a window told of the level.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Moved {
    /// Whether a move for the worse goes on.
    pub(crate) out: bool,
    /// The value before it.
    pub(crate) usual: f64,
    /// How far it went, in parts of what matters.
    pub(crate) size: f64,
}

impl Shift {
    /// Takes a window. `None` if its figure does not stand.
    pub(crate) fn take(
        &mut self,
        spec: &MonitorSpec,
        (level, window): (&Level, Window),
        gauged: &Gauged,
        threshold: f64,
    ) -> Option<Moved> {
        let scale = spec.measure.about().scale;
        let (x, error) = measured(scale, gauged)?;
        let error = error.max(of_share(gauged));
        let usual = level.at(window);
        let least = least(spec, unscaled(scale, usual));
        self.add(x - usual, level.noise(error));
        self.held = self.held.saturating_sub(1);
        if let Some(cut) = self.cut(threshold, least) {
            self.turn(cut, sides(spec));
        }
        let (before, after) = self.moved;
        let far = (after - before).abs();
        let size = if least > 0.0 { far / least } else { 1.0 };
        Some(Moved {
            out: self.held > 0,
            usual: unscaled(scale, usual + before),
            size,
        })
    }

    /// Whether there is nothing to remember.
    pub(crate) fn is_empty(&self) -> bool {
        self.newer.is_empty()
    }

    /// What moved so far is known.
    pub(crate) fn settle(&mut self) {
        self.held = 0;
    }

    fn add(&mut self, value: f64, variance: f64) {
        self.newer.push_back((value, variance));
        if self.newer.len() > CUTS_MAX
            && let Some(oldest) = self.newer.pop_front()
        {
            self.older = self.older.with(oldest);
        }
    }

    fn whole(&self) -> Part {
        self.newer
            .iter()
            .fold(self.older, |part, window| part.with(*window))
    }

    /// The clearest cut, if it is clear enough and matters: windows before it that are kept apart.
    fn cut(&self, threshold: f64, least: f64) -> Option<usize> {
        let whole = self.whole();
        let mut before = self.older;
        let mut best: Option<(f64, usize)> = None;
        for (at, window) in self.newer.iter().enumerate() {
            if before.n >= BEFORE_MIN {
                let after = whole.without(before);
                let off = (after.mean() - before.mean()).abs();
                let error = (before.of_mean() + after.of_mean()).sqrt();
                let clear = off / error.max(f64::MIN_POSITIVE) / (1.0 + YOUNG / before.n);
                if off >= least && best.is_none_or(|(most, _)| clear > most) {
                    best = Some((clear, at));
                }
            }
            before = before.with(*window);
        }
        best.filter(|(clear, _)| *clear > threshold)
            .map(|(_, at)| at)
    }

    /// Goes on from the new level.
    fn turn(&mut self, cut: usize, sides: Sides) {
        let whole = self.whole();
        let before = self.newer.drain(..cut).fold(self.older, Part::with);
        self.older = Part::default();
        let (was, is) = (before.mean(), whole.without(before).mean());
        let is_bad = match sides {
            Sides::Above => is > was,
            Sides::Below => is < was,
            Sides::Both => true,
        };
        self.held = if is_bad { HELD } else { 0 };
        self.moved = (was, is);
    }
}

/// Standard error of a share: of few rows Wilson's interval is narrower than that around a half, since it is drawn
/// there. 0 of what is no share.
fn of_share(gauged: &Gauged) -> f64 {
    let figure = &gauged.figure;
    match figure.value {
        Some(p) if figure.method == "wilson" => (p * (1.0 - p) / figure.n.max(1) as f64).sqrt(),
        _ => 0.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A fixed sequence that looks like noise of standard deviation one.
    fn noise(at: usize) -> f64 {
        let u = (at as f64 * 0.754_877_666 + 0.5)
            .fract()
            .clamp(1e-9, 1.0 - 1e-9);
        candor_stats::law::normal_quantile(u)
    }

    /// The windows at which a move begins to be told.
    fn told(values: impl Iterator<Item = f64>, sides: Sides) -> Vec<usize> {
        let mut shift = Shift::default();
        let mut before = false;
        let told = values.map(|value| {
            shift.add(value, 1.0);
            shift.held = shift.held.saturating_sub(1);
            if let Some(cut) = shift.cut(4.5, 0.0) {
                shift.turn(cut, sides);
            }
            let now = shift.held > 0;
            !std::mem::replace(&mut before, now) && now
        });
        let told: Vec<bool> = told.collect();
        (0..told.len()).filter(|at| told[*at]).collect()
    }

    #[test]
    fn each_step_is_told_once_and_soon() {
        let steps = (0..2_000).map(|at| noise(at) + 2.0 * (at / 500) as f64);
        let found = told(steps, Sides::Above);
        assert_eq!(found.len(), 3, "{found:?}");
        let late = found.iter().zip(1..).map(|(at, k)| at - 500 * k);
        assert!(late.clone().all(|late| late < 12), "{found:?}");
    }

    #[test]
    fn steps_to_the_good_side_become_normal_in_silence() {
        let steps =
            (0..1_500).map(|at| noise(at) - if (500..1_000).contains(&at) { 3.0 } else { 0.0 });
        let found = told(steps, Sides::Above);
        assert!(
            matches!(found[..], [at] if (1_000..1_010).contains(&at)),
            "{found:?}"
        );
    }

    #[test]
    fn without_a_step_nothing_is_told_and_memory_is_bounded() {
        assert!(told((0..3_000).map(noise), Sides::Both).is_empty());
        let mut shift = Shift::default();
        (0..3_000).for_each(|at| shift.add(noise(at), 1.0));
        assert_eq!(
            (shift.newer.len(), shift.older.n as usize),
            (CUTS_MAX, 3_000 - CUTS_MAX)
        );
    }
}

//! Persistence: from marks of windows to sustained breaches.

use crate::decide::Mark;
use crate::window::Window;
use candor_contract::spec::Sustain;
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;

/// Neighbours that resemble one another tell less: at most so many windows count as one.
const STRETCH_MAX: f64 = 4.0;
/// Windows without data that may lie between, in parts of those looked at.
const GAPS: usize = 2;

/// How many windows are looked at, and how many of them must be breaches, once counted in windows that tell
/// something of their own: with a lag-one autocorrelation φ, (1+φ)/(1−φ) windows tell as much as one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Needed {
    pub(crate) breaches: usize,
    pub(crate) of: usize,
    /// The same of gross breaches, which tell enough by themselves.
    gross: (usize, usize),
}

impl Needed {
    pub(crate) fn new(sustain: Sustain, correlation: f64) -> Self {
        let stretch = ((1.0 + correlation) / (1.0 - correlation)).clamp(1.0, STRETCH_MAX);
        let many = |n: u32| (f64::from(n) * stretch).round() as usize;
        let breaches = many(sustain.breaches).max(1);
        Self {
            breaches,
            of: many(sustain.of).max(breaches),
            gross: (sustain.breaches.max(1) as usize, sustain.of as usize),
        }
    }
}

/// One window and what it meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Marked {
    pub(crate) window: Window,
    pub(crate) mark: Mark,
    /// Whether a breach is a gross one.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) gross: bool,
}

/// When a sustained breach began.
pub(crate) fn sustained(marks: &VecDeque<Marked>, needed: Needed) -> Option<Window> {
    let last = marks.back().filter(|m| m.mark == Mark::Breach)?;
    debug_assert!(last.window.length_us() > 0);
    let among = |of: usize, counts: fn(&Marked) -> bool| -> (usize, Option<Window>) {
        let near = marks.iter().rev().take(of * GAPS);
        let known = near.filter(|m| m.mark != Mark::Unknown).take(of);
        let found = known.filter(|m| m.mark == Mark::Breach && counts(m));
        found.fold((0, None), |(n, _), m| (n + 1, Some(m.window)))
    };
    let (breaches, onset) = among(needed.of, |_| true);
    if breaches >= needed.breaches {
        return onset;
    }
    let (breaches, onset) = among(needed.gross.1, |m| m.gross);
    onset.filter(|_| breaches >= needed.gross.0)
}

/// Whether a sustained breach is over: as many calm windows in a row as breaches were needed. Windows without
/// data neither count nor break the row.
pub(crate) fn is_over(marks: &VecDeque<Marked>, needed: Needed, patience: usize) -> bool {
    let wanted = needed.breaches * patience.max(1);
    let known = marks.iter().rev().filter(|m| m.mark != Mark::Unknown);
    let calm = known.take(wanted).take_while(|m| m.mark == Mark::Calm);
    calm.count() == wanted
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `b` breach, `B` a gross one, `c` calm, `-` between, `.` nothing known.
    fn marks(text: &str) -> VecDeque<Marked> {
        let each = text.chars().enumerate().map(|(at, letter)| Marked {
            window: Window::around(at as i64, 1),
            mark: match letter {
                'b' => Mark::Breach,
                'c' => Mark::Calm,
                '-' => Mark::Between,
                'B' => Mark::Breach,
                _ => Mark::Unknown,
            },
            gross: letter == 'B',
        });
        each.collect()
    }

    #[test]
    fn three_of_the_last_four_windows_that_tell_anything() {
        let needed = Needed::new(Sustain::default(), 0.0);
        for (text, onset) in [
            ("cbb", None),
            ("cbbb", Some(1)),
            ("bbcb", Some(0)),
            ("bbbc", None),
            ("bb.b", Some(0)),
            ("b.b.b", Some(0)),
            ("b.........bb", None),
            ("b--b-b", None),
        ] {
            let found = sustained(&marks(text), needed).map(|w| w.from_us);
            assert_eq!(found, onset, "{text}");
        }
    }

    #[test]
    fn silence_and_half_measures_end_nothing() {
        let needed = Needed::new(Sustain::default(), 0.0);
        for (text, over) in [
            ("bbbccc", true),
            ("bbbcc", false),
            ("bbb....", false),
            ("bbbc.cc", true),
            ("bbbcc-", false),
            ("bbbcc-ccc", true),
        ] {
            assert_eq!(is_over(&marks(text), needed, 1), over, "{text}");
        }
    }

    #[test]
    fn gross_breaches_are_not_stretched() {
        let needed = Needed::new(Sustain::default(), 0.5);
        for (text, onset) in [
            ("bbbb", None),
            ("cBBB", Some(1)),
            ("BcBB", Some(0)),
            ("BBb", None),
        ] {
            let found = sustained(&marks(text), needed).map(|w| w.from_us);
            assert_eq!(found, onset, "{text}");
        }
    }

    #[test]
    fn windows_that_resemble_their_neighbours_must_be_more() {
        let of = |phi| Needed::new(Sustain::default(), phi);
        assert_eq!((of(0.0).breaches, of(0.0).of), (3, 4));
        assert_eq!((of(0.5).breaches, of(0.5).of), (9, 12));
        assert_eq!((of(0.95).breaches, of(0.95).of), (12, 16));
    }
}

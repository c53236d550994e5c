//! How odd a window's figure is among those before it: decisions about single moments.

use candor_stats::series::Scorer;
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;

/// Figures that are left once there were too many: as far as the scorer's views look back.
const LEFT: usize = 4_312;
/// Figures that are kept at most: six days of five minutes more.
const KEPT_MAX: usize = LEFT + 1_728;

/// What such a decision remembers: figures. The scorer follows from them and nothing else, so that it need not be
/// kept: after a restart they are read to it again.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Oddness {
    /// Start of each window, and its figure.
    figures: VecDeque<(i64, f64)>,
    #[serde(skip)]
    scorer: Option<Box<Scorer>>,
}

impl PartialEq for Oddness {
    fn eq(&self, other: &Self) -> bool {
        self.figures == other.figures
    }
}

impl Oddness {
    /// Takes the figure of a window that began at `from_us`; how odd it is, 0 if it does not stand out.
    pub(crate) fn score(&mut self, from_us: i64, figure: f64) -> f64 {
        if !figure.is_finite() {
            return 0.0;
        }
        if self.figures.len() >= KEPT_MAX {
            self.figures.drain(..self.figures.len() - LEFT);
            self.scorer = None;
        }
        let figures = &self.figures;
        let scorer = self.scorer.get_or_insert_with(|| read_to(figures));
        let score = scorer.update(from_us, figure).score;
        self.figures.push_back((from_us, figure));
        score
    }

    /// Whether there is nothing to remember.
    pub(crate) fn is_empty(&self) -> bool {
        self.figures.is_empty()
    }
}

fn read_to(figures: &VecDeque<(i64, f64)>) -> Box<Scorer> {
    let mut scorer = Box::<Scorer>::default();
    for (from_us, figure) in figures {
        scorer.update(*from_us, *figure);
    }
    scorer
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::window::MINUTE_US;

    /// A fixed sequence that looks like noise, with a spike now and then.
    fn figure(at: usize) -> f64 {
        let noise = (at as f64 * 0.754_877_666).fract() + (at as f64 * 0.569_840_291).fract();
        noise + if at % 1_900 == 1_899 { 9.0 } else { 0.0 }
    }

    fn score(oddness: &mut Oddness, at: usize) -> f64 {
        oddness.score(at as i64 * 5 * MINUTE_US, figure(at))
    }

    #[test]
    fn spikes_are_odd_and_the_rest_is_not() {
        let mut oddness = Oddness::default();
        let scores: Vec<f64> = (0..8_000).map(|at| score(&mut oddness, at)).collect();
        let odd: Vec<usize> = (0..8_000).filter(|at| scores[*at] >= 9.0).collect();
        assert_eq!(odd, [1_899, 3_799, 5_699, 7_599]);
    }

    #[test]
    fn restarts_change_nothing() {
        let (mut whole, mut restarted) = (Oddness::default(), Oddness::default());
        for at in 0..KEPT_MAX + 3_000 {
            if at % 2_477 == 2_476 {
                let kept = serde_json::to_string(&restarted).unwrap();
                restarted = serde_json::from_str(&kept).unwrap();
            }
            let (a, b) = (score(&mut whole, at), score(&mut restarted, at));
            assert_eq!(a.to_bits(), b.to_bits(), "{at}");
        }
        assert!(whole.figures.len() <= KEPT_MAX && whole == restarted);
    }
}

//! How odd each value of a stream is.

use super::tail::Rarity;
use std::collections::VecDeque;

/// A threshold for alerts: values of a stream without incidents seldom reach this score.
pub const ODD: f64 = 9.0;

/// Values of which the median is the recent level.
const RECENT: usize = 12;
/// Values of a window whose mean and spread are watched.
const WINDOW: usize = 36;
/// The window is compared with so many windows before it.
const BEFORE: usize = 6;
/// Parts of a day that have levels of their own: five minutes each.
const SLOTS: usize = 288;
/// A slot's level stands from so many values on.
const SLOT_NEEDED: u32 = 3;
/// And follows a new value by at least this part.
const SLOT_WEIGHT: f64 = 0.1;
/// A score stands out if none was higher among so many values.
const NEWS: u64 = 288;
/// One view alone adds at most this.
const MOST: f64 = 10.0;
/// The weight of the bare level: much of it is in other views too.
const LEVEL_WEIGHT: f64 = 0.5;
/// The finest scale of a tail, as a part of the range of values.
const FINEST: f64 = 0.01;
/// Tails are learnt anew after a fortieth of all values, but within these bounds.
const LEARNT_AFTER: (u64, u64) = (50, 400);
const DAY_MICROS: i64 = 86_400_000_000;
/// Larger values count as this, so that squares stay finite.
const LARGEST: f64 = 1e120;

/// Scores each value of a stream by how rare it is among those before it, and never looks ahead.
///
/// Five views are taken of a value: its level, its distance from the recent median and from the level of this time of day,
/// and the shift and the spread of the newest 36 values. Each view has a history of up to 4,096 values, whose
/// tails are generalised Pareto laws (peaks over threshold: Pickands 1975; on streams: Siffer et al. 2017).
/// The score is the sum of minus the decimal logarithms of the tails' chances (Fisher 1932). It stands out only
/// where it is the largest of 288 values, so that one incident is told once.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Scorer {
    /// Values so far.
    n: u64,
    /// The first value, from which all are told, so that sums keep their digits.
    first: f64,
    newest: VecDeque<f64>,
    slots: Vec<(u32, f64)>,
    level: Rarity,
    recent: Rarity,
    season: Rarity,
    shift: Rarity,
    spread: Rarity,
    since_learnt: u64,
    /// Scores that may still be the largest, descending, with the value they belong to.
    largest: VecDeque<(u64, f64)>,
}

/// What [`Scorer`] says of a value.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Scored {
    /// The sum over all views, from 0.
    pub surprise: f64,
    /// The same where it stands out, otherwise 0: compare this with [`ODD`].
    pub score: f64,
}

impl Scorer {
    /// Scores the next value, of a window that began at `micros` since 1970 (UTC). What is not a finite number is left
    /// out and scores 0.
    pub fn update(&mut self, micros: i64, value: f64) -> Scored {
        if !value.is_finite() {
            return Scored::default();
        }
        let value = value.clamp(-LARGEST, LARGEST);
        if self.n == 0 {
            self.first = value;
            self.slots = vec![(0, 0.0); SLOTS];
        }
        let x = value - self.first;
        self.learn();
        let slot = slot(micros);
        let surprise = self.surprise(x, slot);
        self.keep(x, slot);
        let score = self.standing_out(surprise);
        self.n += 1;
        Scored { surprise, score }
    }

    /// Learns the tails anew, now and then.
    fn learn(&mut self) {
        let (often, seldom) = LEARNT_AFTER;
        if self.since_learnt < (self.n / 40).clamp(often, seldom) {
            return;
        }
        self.since_learnt = 0;
        let (range, middle) = self.level.range().unwrap_or_default();
        let least = (1e-9 * (middle + self.first).abs()).max(1e-12);
        let finest = FINEST * range.max(least);
        for view in [
            &mut self.level,
            &mut self.recent,
            &mut self.season,
            &mut self.shift,
            &mut self.spread,
        ] {
            view.learn(finest);
        }
    }

    /// The sum over all views of `x`, which is not yet among the newest.
    fn surprise(&mut self, x: f64, slot: usize) -> f64 {
        let mut sum = LEVEL_WEIGHT * self.level.take(x).min(MOST);
        let mut last: Vec<f64> = self.newest.iter().rev().take(RECENT).copied().collect();
        if last.len() == RECENT {
            let middle = super::band::median(&mut last).unwrap_or_default();
            sum += self.recent.take(x - middle).min(MOST);
        }
        if let Some((_, level)) = self.slots.get(slot).filter(|s| s.0 >= SLOT_NEEDED) {
            sum += self.season.take(x - level).min(MOST);
        }
        if self.newest.len() + 1 >= WINDOW * (1 + BEFORE) {
            let window = || {
                self.newest
                    .iter()
                    .rev()
                    .take(WINDOW - 1)
                    .copied()
                    .chain([x])
            };
            let mean = window().sum::<f64>() / WINDOW as f64;
            let square = window().map(|x| (x - mean) * (x - mean)).sum::<f64>();
            let before = self.newest.iter().rev().skip(WINDOW - 1);
            let before = before.take(WINDOW * BEFORE).sum::<f64>();
            let shift = mean - before / (WINDOW * BEFORE) as f64;
            sum += self.shift.take(shift).min(MOST);
            sum += self.spread.take((square / WINDOW as f64).sqrt()).min(MOST);
        }
        sum
    }

    fn keep(&mut self, x: f64, slot: usize) {
        if self.newest.len() == WINDOW * (1 + BEFORE) {
            self.newest.pop_front();
        }
        self.newest.push_back(x);
        self.since_learnt += 1;
        if let Some((n, level)) = self.slots.get_mut(slot) {
            *n = n.saturating_add(1);
            *level += (1.0 / f64::from(*n)).max(SLOT_WEIGHT) * (x - *level);
        }
    }

    /// The surprise, if none was larger of late.
    fn standing_out(&mut self, surprise: f64) -> f64 {
        while self
            .largest
            .front()
            .is_some_and(|(at, _)| at + NEWS < self.n)
        {
            self.largest.pop_front();
        }
        let before = self.largest.front().map_or(0.0, |(_, score)| *score);
        while self
            .largest
            .back()
            .is_some_and(|(_, score)| *score <= surprise)
        {
            self.largest.pop_back();
        }
        self.largest.push_back((self.n, surprise));
        if surprise > before { surprise } else { 0.0 }
    }
}

/// The part of the day.
fn slot(micros: i64) -> usize {
    let part = micros.rem_euclid(DAY_MICROS) / (DAY_MICROS / SLOTS as i64);
    usize::try_from(part).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;

    const STEP: i64 = 300_000_000;

    fn scores(values: impl Iterator<Item = f64>) -> Vec<f64> {
        let mut scorer = Scorer::default();
        let scored = values
            .enumerate()
            .map(|(at, x)| scorer.update(at as i64 * STEP, x).score);
        scored.collect()
    }

    fn daily(random: &mut Random, at: usize) -> f64 {
        let part = (at % SLOTS) as f64 / SLOTS as f64;
        let noise = (0..12).map(|_| random.unit()).sum::<f64>() - 6.0;
        50.0 + 20.0 * (std::f64::consts::TAU * part).sin() + noise
    }

    #[test]
    fn spikes_and_shifts_of_a_daily_series_are_odd_and_the_rest_is_not() {
        let mut random = Random::new(1, 0);
        let scores = scores((0..5_000).map(|at| {
            let shift = if at >= 4_000 { 30.0 } else { 0.0 };
            let spike = if at == 2_500 { -60.0 } else { 0.0 };
            daily(&mut random, at) + shift + spike
        }));
        let odd: Vec<usize> = (0..5_000).filter(|at| scores[*at] >= ODD).collect();
        assert!(odd.contains(&2_500), "{odd:?}");
        assert!(odd.iter().any(|at| (4_000..4_040).contains(at)), "{odd:?}");
        let false_alarms = odd.iter().filter(|at| **at < 4_000 && **at != 2_500);
        assert!(false_alarms.count() <= 1, "{odd:?}");
    }

    #[test]
    fn a_value_is_scored_without_what_comes_after_it() {
        let mut random = Random::new(2, 0);
        let values: Vec<f64> = (0..2_000).map(|at| daily(&mut random, at)).collect();
        let whole = scores(values.iter().copied());
        let part = scores(values.iter().take(1_500).copied());
        assert_eq!(whole[..1_500], part[..]);
    }

    #[test]
    fn odd_streams_give_finite_scores() {
        let odd = [f64::NAN, 0.0, 1e300, f64::INFINITY, -1e300, 5.0, -0.0];
        for scores in [
            scores((0..2_000).map(|at| odd[at % odd.len()])),
            scores((0..2_000).map(|_| 7.0)),
            scores((0..2_000).map(|at| 1e15 + (at % 3) as f64)),
        ] {
            assert!(scores.iter().all(|s| s.is_finite() && *s >= 0.0));
        }
        assert_eq!(Scorer::default().update(i64::MIN, 1.0).score.to_bits(), 0);
    }
}

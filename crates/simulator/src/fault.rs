//! What goes wrong: when, where and how much, and what it does to the rows.
//!
//! A fault draws from a stream of its own. So the rows that it does not concern are byte for byte
//! those of the same scenario without it.

use crate::calendar::DAY_US;
use crate::frame::{Frame, Values, Word};
use crate::model::{Input, Model, Nature, round};
use crate::random::Random;
use candor_contract::spec::{FaultKind, Shape};

/// A fault of one model, its times absolute.
#[derive(Debug, Clone)]
pub(crate) struct Fault {
    pub(crate) kind: FaultKind,
    /// Its place in the scenario, which names its stream.
    pub(crate) number: u64,
    pub(crate) columns: Vec<&'static Input>,
    /// Columns of segments, with the value that each has.
    pub(crate) segment: Vec<(&'static str, String)>,
    pub(crate) from_us: i64,
    /// `None` if it stays.
    pub(crate) to_us: Option<i64>,
    pub(crate) size: f64,
    pub(crate) shape: Shape,
    pub(crate) period_us: i64,
    pub(crate) value: Option<String>,
    /// The version that a bad deployment brings.
    pub(crate) version: Option<String>,
    pub(crate) story: Option<String>,
}

impl Fault {
    /// When it has no effect any more; `None` if it stays. What has drifted gradually stays.
    pub(crate) fn ends_us(&self) -> Option<i64> {
        self.to_us.filter(|_| self.shape != Shape::Gradual)
    }

    /// Whether it concerns any time of `[from_us, to_us)`.
    pub(crate) fn touches(&self, from_us: i64, to_us: i64) -> bool {
        self.from_us < to_us && self.ends_us().is_none_or(|end| from_us < end)
    }

    /// How strong it is at an instant, from 0 to 1.
    pub(crate) fn strength(&self, at_us: i64) -> f64 {
        if !self.touches(at_us, at_us + 1) {
            return 0.0;
        }
        let since = (at_us - self.from_us) as f64;
        match self.shape {
            Shape::Sudden => 1.0,
            Shape::Gradual => {
                let length = self.to_us.unwrap_or(self.from_us + DAY_US) - self.from_us;
                (since / length.max(1) as f64).min(1.0)
            }
            Shape::Recurring => {
                let turn = since / self.period_us.max(1) as f64 * std::f64::consts::TAU;
                0.5 * (1.0 - turn.cos())
            }
        }
    }

    /// How strong it is in each row: 0 where time or segment do not fit.
    pub(crate) fn strengths(&self, rows: &Frame, times: &[i64]) -> Vec<f64> {
        let mut strengths: Vec<f64> = times.iter().map(|t| self.strength(*t)).collect();
        for (column, value) in &self.segment {
            for (strength, word) in strengths.iter_mut().zip(rows.words(column)) {
                if word != value {
                    *strength = 0.0;
                }
            }
        }
        strengths
    }

    /// Changes the world itself.
    pub(crate) fn shift(&self, world: &mut Frame, strengths: &[f64], random: &mut Random) {
        for input in &self.columns {
            let Some(values) = world.column_mut(input.column) else {
                continue;
            };
            for (row, strength) in strengths.iter().enumerate() {
                let chance = random.unit();
                if *strength > 0.0 {
                    self.shift_one(input, values, row, *strength, chance);
                }
            }
        }
    }

    fn shift_one(&self, input: &Input, values: &mut Values, row: usize, by: f64, chance: f64) {
        match (&input.nature, values) {
            (Nature::Amount { sigma, .. }, Values::Number(v)) => {
                let factor = (self.size * by * sigma).exp();
                v[row] = v[row].map(|x| round(x * factor, 2));
            }
            (
                Nature::Number {
                    deviation, bounds, ..
                },
                Values::Number(v),
            ) => {
                let step = self.size * by * deviation;
                v[row] = v[row].map(|x| round((x + step).clamp(bounds.0, bounds.1), 4));
            }
            (
                Nature::Count {
                    deviation, bounds, ..
                },
                Values::Integer(v),
            ) => {
                // Between two whole numbers chance decides, so that the mean moves as told.
                let step = (self.size * by * deviation + chance).floor();
                v[row] = v[row].map(|x| (x as f64 + step).clamp(bounds.0, bounds.1) as i64);
            }
            (Nature::Category(choices), Values::Word(v)) if chance < self.size * by => {
                let rarest = choices.last().map_or("", |(word, _)| word);
                let word = self.value.clone().unwrap_or_else(|| rarest.to_owned());
                v[row] = Some(Word::Owned(word));
            }
            _ => {}
        }
    }

    /// Changes what the model gets to see of the world.
    pub(crate) fn spoil(
        &self,
        model: &dyn Model,
        seen: &mut Frame,
        strengths: &[f64],
        random: &mut Random,
    ) {
        if self.kind == FaultKind::StaleData {
            self.make_stale(model, seen, strengths, random);
            return;
        }
        for input in &self.columns {
            let Some(values) = seen.column_mut(input.column) else {
                continue;
            };
            for (row, strength) in strengths.iter().enumerate() {
                let chance = random.unit();
                if *strength <= 0.0 {
                    continue;
                }
                match self.kind {
                    FaultKind::NullBurst if chance < self.size => values.clear(row),
                    FaultKind::UnitChange => rescale(values, row, self.size),
                    FaultKind::NewCategories if chance < self.size => {
                        name(values, row, self.value.as_deref().unwrap_or("unseen"));
                    }
                    FaultKind::FrozenFeature => freeze(values, row, input),
                    _ => {}
                }
            }
        }
    }

    /// Stored features are as they were when the fault began, for somebody else.
    fn make_stale(
        &self,
        model: &dyn Model,
        seen: &mut Frame,
        strengths: &[f64],
        random: &mut Random,
    ) {
        let mut old = seen.clone();
        model.draw(random, &vec![self.from_us; strengths.len()], &mut old);
        for input in &self.columns {
            let (Some(values), Some(before)) =
                (seen.column_mut(input.column), old.column(input.column))
            else {
                continue;
            };
            for (row, _) in strengths.iter().enumerate().filter(|(_, s)| **s > 0.0) {
                values.copy_row(row, before);
            }
        }
    }
}

fn name(values: &mut Values, row: usize, word: &str) {
    if let Values::Word(v) = values {
        v[row] = Some(Word::Owned(word.to_owned()));
    }
}

fn rescale(values: &mut Values, row: usize, factor: f64) {
    match values {
        Values::Number(v) => v[row] = v[row].map(|x| round(x * factor, 9)),
        Values::Integer(v) => v[row] = v[row].map(|x| (x as f64 * factor).round() as i64),
        _ => {}
    }
}

fn freeze(values: &mut Values, row: usize, input: &Input) {
    match values {
        Values::Number(v) => v[row] = Some(input.typical()),
        Values::Integer(v) => v[row] = Some(input.typical() as i64),
        Values::Word(v) => {
            let word = match input.nature {
                Nature::Category(choices) => choices.first().map_or("", |(word, _)| word),
                _ => "",
            };
            v[row] = Some(Word::Borrowed(word));
        }
        Values::Time(_) => {}
    }
}

#[cfg(test)]
mod tests;

//! What the fleet's models are: their laws, and the questions that the simulator asks them.
//!
//! A model lives in a world that it draws. Its inputs tell something of the truth ([`relation`]),
//! in a scale of its own (log-odds, log-minutes, usefulness). What a model answers follows from the
//! inputs that it *sees*, what comes true from those that *are*; faults stand in between.
//!
//! [`relation`]: Model::relation

mod credit;
mod delivery;
mod ranking;
mod support;

use crate::calendar::Season;
use crate::frame::Frame;
use crate::random::Random;
use candor_contract::spec::{Archetype, Task};

/// One choice of a category with its weight.
pub(crate) type Choice = (&'static str, f64);

/// A model of the fleet.
pub(crate) trait Model: Sync + std::fmt::Debug {
    /// What does not depend on the request.
    fn law(&self) -> &'static Law;

    /// Draws the inputs of requests at `times` into `world`, which holds the segments already.
    fn draw(&self, random: &mut Random, times: &[i64], world: &mut Frame);

    /// What the inputs tell of the truth, one value a row, in the model's own scale.
    fn relation(&self, inputs: &Frame) -> Vec<f64>;

    /// What is at stake in each row of the world, for its effect; empty if nothing is.
    fn stake(&self, _world: &Frame) -> Vec<f64> {
        Vec::new()
    }

    /// Adds outputs, and what is derived on the way to them.
    fn answer(&self, rows: &mut Frame, answers: &Answers);

    /// What comes true of the answers: one a row.
    fn follow(&self, rows: &Frame, answers: &Answers, luck: &Luck) -> Vec<Sequel>;

    /// How much more work than usual each row is, for its latency; empty if all are alike.
    fn work(&self, _rows: &Frame) -> Vec<f64> {
        Vec::new()
    }
}

/// What does not depend on the request.
#[derive(Debug)]
pub(crate) struct Law {
    pub(crate) archetype: Archetype,
    pub(crate) task: Task,
    /// Part of the fleet's events.
    pub(crate) share: f64,
    pub(crate) first_version: &'static str,
    pub(crate) season: Season,
    /// Rows that one request makes, e.g. the items of a ranking.
    pub(crate) rows_per_request: usize,
    /// Mean and standard deviation of the relation over the ordinary world.
    pub(crate) center: f64,
    pub(crate) spread: f64,
    /// Standard deviation of what newer versions come to know beyond the inputs, in the same scale.
    pub(crate) learnable: f64,
    /// Standard deviation of what nobody knows.
    pub(crate) hidden: f64,
    /// 1 if a greater signal is worse for those concerned, -1 if it is better.
    pub(crate) adverse: f64,
    pub(crate) segments: &'static [Segment],
    pub(crate) inputs: &'static [Input],
    /// The steps of a request: column, median and spread of the time that it takes.
    pub(crate) stages: &'static [(&'static str, f64, f64)],
    pub(crate) error_rate: f64,
    /// Kinds of failures with their messages and weights.
    pub(crate) errors: &'static [(&'static str, &'static str, f64)],
    /// Time between two builds of the features, in microseconds.
    pub(crate) refresh_us: i64,
    /// What outcomes tell.
    pub(crate) outcome: OutcomeColumn,
    /// When outcomes come, in days after the prediction: the least and the greatest.
    pub(crate) outcome_days: (f64, f64),
    /// Effects for each prediction.
    pub(crate) effect_share: f64,
    pub(crate) feedback: Feedback,
    pub(crate) protected: &'static [&'static str],
    /// Who answers for the model.
    pub(crate) owner: &'static str,
}

/// A dimension of the traffic.
#[derive(Debug)]
pub(crate) struct Segment {
    pub(crate) column: &'static str,
    pub(crate) choices: &'static [Choice],
    /// Whether rows of one request differ in it.
    pub(crate) by_row: bool,
}

/// A feature that a model gets.
#[derive(Debug)]
pub(crate) struct Input {
    pub(crate) column: &'static str,
    pub(crate) nature: Nature,
    /// Share of rows that lack it on an ordinary day.
    pub(crate) gaps: f64,
    /// Whether it comes from the feature store, which is rebuilt now and then.
    pub(crate) stored: bool,
}

/// What an input holds, and what a model imputes where it is missing.
#[derive(Debug)]
pub(crate) enum Nature {
    /// A number around a mean with a standard deviation, within bounds.
    Number {
        mean: f64,
        deviation: f64,
        bounds: (f64, f64),
    },
    /// A positive number whose logarithm is normal: median and spread.
    Amount { median: f64, sigma: f64 },
    /// A whole number.
    Count {
        mean: f64,
        deviation: f64,
        bounds: (f64, f64),
    },
    /// One of some words.
    Category(&'static [Choice]),
    /// Free text.
    Text,
}

impl Input {
    const fn new(column: &'static str, nature: Nature) -> Self {
        Self {
            column,
            nature,
            gaps: 0.0,
            stored: false,
        }
    }

    const fn gaps(mut self, share: f64) -> Self {
        self.gaps = share;
        self
    }

    const fn stored(mut self) -> Self {
        self.stored = true;
        self
    }

    /// Its name in events, without the prefix of inputs.
    pub(crate) fn name(&self) -> &'static str {
        self.column.strip_prefix("input_").unwrap_or(self.column)
    }

    /// What a model takes where it is missing, and the value that a frozen one has.
    pub(crate) fn typical(&self) -> f64 {
        match self.nature {
            Nature::Number { mean, .. } | Nature::Count { mean, .. } => mean,
            Nature::Amount { median, .. } => median,
            Nature::Category(_) | Nature::Text => 0.0,
        }
    }
}

/// Which column an outcome fills.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum OutcomeColumn {
    Class,
    Value,
    Relevance,
}

/// What people say of a model.
#[derive(Debug)]
pub(crate) struct Feedback {
    /// Share of predictions with feedback.
    pub(crate) share: f64,
    /// Verdicts of the pleased and of the others.
    pub(crate) pleased: &'static [Choice],
    pub(crate) annoyed: &'static [Choice],
    /// The verdict and a comment of a storm.
    pub(crate) storm: (&'static str, &'static str),
    pub(crate) by: &'static [Choice],
    /// Whether there is a score of 1 to 5 stars.
    pub(crate) stars: bool,
    /// Longest wait, in hours.
    pub(crate) within_hours: f64,
}

/// What was drawn for each row, whether it is needed or not: so a fault changes nothing but what it
/// says.
#[derive(Debug, Default)]
pub(crate) struct Luck {
    /// Standard normal: what newer versions come to know.
    pub(crate) learnable: Vec<f64>,
    /// Standard normal: what nobody knows.
    pub(crate) hidden: Vec<f64>,
    /// Standard normal: how wrong a broken version is.
    pub(crate) blur: Vec<f64>,
    /// Uniform: what comes true.
    pub(crate) outcome: Vec<f64>,
    /// Uniform: how late.
    pub(crate) delay: Vec<f64>,
    /// Uniform: whether the request fails, and how.
    pub(crate) error: Vec<f64>,
    pub(crate) error_kind: Vec<f64>,
    /// Standard normal, for each stage and what is between them.
    pub(crate) stages: [Vec<f64>; 4],
    /// Uniform: whether people say something, what, who, and when.
    pub(crate) feedback: Vec<f64>,
    pub(crate) verdict: Vec<f64>,
    pub(crate) by: Vec<f64>,
    pub(crate) wait: Vec<f64>,
    /// Uniform: whether business sees something.
    pub(crate) effect: Vec<f64>,
}

/// What the model thinks and what is true, in its own scale.
#[derive(Debug)]
pub(crate) struct Answers {
    /// What the answer follows from.
    pub(crate) signal: Vec<f64>,
    /// What comes true follows from this; what nobody knows is in it.
    pub(crate) truth: Vec<f64>,
    /// Standard deviation of what the answering version does not know.
    pub(crate) doubt: Vec<f64>,
    /// How much worse the answer itself is than an honest one, in spreads.
    pub(crate) harm: Vec<f64>,
    /// Which version answered, counted from 0.
    pub(crate) rank: Vec<usize>,
    /// What is at stake, as [`Model::stake`] tells.
    pub(crate) stake: Vec<f64>,
}

/// What comes true of one answer.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sequel {
    pub(crate) outcome: Verdict,
    /// When, in microseconds after the prediction.
    pub(crate) delay_us: i64,
    /// How satisfied those concerned are, from 0 to 1.
    pub(crate) pleased: f64,
    pub(crate) effect: Option<Effect>,
}

/// The truth of one prediction.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Verdict {
    Class(&'static str),
    Number(f64),
}

/// What the business saw of one prediction, with its outcome.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Effect {
    pub(crate) name: &'static str,
    pub(crate) value: f64,
    pub(crate) unit: &'static str,
}

/// The model of an archetype.
pub(crate) fn of(archetype: Archetype) -> &'static dyn Model {
    match archetype {
        Archetype::CreditRisk => &credit::CreditRisk,
        Archetype::DeliveryTime => &delivery::DeliveryTime,
        Archetype::ProductRanking => &ranking::ProductRanking,
        Archetype::SupportAssistant => &support::SupportAssistant,
    }
}

/// `x` rounded to some digits after the point.
pub(crate) fn round(x: f64, digits: i32) -> f64 {
    let scale = 10f64.powi(digits);
    (x * scale).round() / scale
}

/// The probability of log-odds.
pub(crate) fn logistic(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}

/// The mean of `logistic(x + doubt × z)` over a standard normal `z`, nearly: what a calibrated model
/// says that does not know `z` (MacKay's approximation).
pub(crate) fn expected_logistic(x: f64, doubt: f64) -> f64 {
    logistic(x / (1.0 + std::f64::consts::PI / 8.0 * doubt * doubt).sqrt())
}

#[cfg(test)]
mod tests;

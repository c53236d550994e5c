//! Loan applications: will this one default?

use super::{
    Answers, Choice, Effect, Feedback, Input, Law, Luck, Model, Nature, OutcomeColumn, Segment,
    Sequel, Verdict, expected_logistic, logistic, round,
};
use crate::calendar::{DAY_US, HOUR_US, Season};
use crate::frame::{Frame, Values};
use crate::random::Random;
use candor_contract::spec::{Archetype, Task};

/// Score from which an application is declined.
const THRESHOLD: f64 = 0.3;
/// Log-odds of a default of an ordinary application.
const BASE: f64 = -2.35;

const PURPOSES: [Choice; 4] = [
    ("car", 0.37),
    ("home", 0.28),
    ("other", 0.23),
    ("study", 0.12),
];
const EMPLOYMENTS: [Choice; 4] = [
    ("employed", 0.68),
    ("self-employed", 0.16),
    ("retired", 0.09),
    ("unemployed", 0.07),
];

static LAW: Law = Law {
    archetype: Archetype::CreditRisk,
    task: Task::Binary,
    share: 0.4,
    first_version: "2.3.1",
    season: Season {
        by_hour: [
            0.12, 0.08, 0.06, 0.05, 0.06, 0.10, 0.22, 0.42, 0.66, 0.86, 0.97, 1.0, 0.90, 0.92,
            0.98, 0.96, 0.90, 0.84, 0.80, 0.78, 0.70, 0.55, 0.36, 0.21,
        ],
        by_weekday: [1.05, 1.08, 1.06, 1.02, 0.98, 0.62, 0.55],
    },
    rows_per_request: 1,
    center: -2.0,
    spread: 0.92,
    learnable: 0.55,
    hidden: 0.45,
    adverse: 1.0,
    segments: &[
        Segment {
            column: "segment_region",
            choices: &[
                ("north", 0.22),
                ("south", 0.31),
                ("east", 0.18),
                ("west", 0.21),
                ("islands", 0.08),
            ],
            by_row: false,
        },
        Segment {
            column: "segment_channel",
            choices: &[
                ("web", 0.48),
                ("mobile", 0.33),
                ("branch", 0.12),
                ("partner", 0.07),
            ],
            by_row: false,
        },
        Segment {
            column: "segment_sex",
            choices: &[("female", 0.48), ("male", 0.52)],
            by_row: false,
        },
        Segment {
            column: "segment_age_band",
            choices: &[
                ("18-29", 0.17),
                ("30-44", 0.36),
                ("45-59", 0.33),
                ("60+", 0.14),
            ],
            by_row: false,
        },
    ],
    inputs: &[
        Input::new(
            "input_income",
            Nature::Amount {
                median: 34_000.0,
                sigma: 0.45,
            },
        )
        .gaps(0.02),
        Input::new(
            "input_amount",
            Nature::Amount {
                median: 14_000.0,
                sigma: 1.0,
            },
        ),
        Input::new(
            "input_debt_ratio",
            Nature::Number {
                mean: 0.31,
                deviation: 0.16,
                bounds: (0.0, 1.6),
            },
        )
        .gaps(0.01)
        .stored(),
        Input::new(
            "input_tenure_months",
            Nature::Count {
                mean: 34.0,
                deviation: 50.0,
                bounds: (0.0, 480.0),
            },
        )
        .gaps(0.03),
        Input::new(
            "input_age",
            Nature::Count {
                mean: 43.0,
                deviation: 13.5,
                bounds: (18.0, 84.0),
            },
        ),
        Input::new(
            "input_prior_defaults",
            Nature::Count {
                mean: 0.0,
                deviation: 0.4,
                bounds: (0.0, 9.0),
            },
        )
        .stored(),
        Input::new("input_purpose", Nature::Category(&PURPOSES)),
        Input::new("input_employment", Nature::Category(&EMPLOYMENTS)).gaps(0.02),
    ],
    stages: &[
        ("stage_features_ms", 11.0, 0.45),
        ("stage_model_ms", 6.5, 0.3),
        ("stage_policy_ms", 1.2, 0.25),
    ],
    error_rate: 0.008,
    errors: &[
        (
            "FeatureStoreTimeout",
            "the feature store did not answer in time",
            0.7,
        ),
        (
            "InvalidInput",
            "the application lacks a required document",
            0.3,
        ),
    ],
    refresh_us: 6 * HOUR_US,
    outcome: OutcomeColumn::Class,
    outcome_days: (5.0, 20.0),
    effect_share: 0.9,
    feedback: Feedback {
        share: 0.05,
        pleased: &[("right", 1.0)],
        annoyed: &[("wrong", 0.8), ("unhelpful", 0.15), ("biased", 0.05)],
        storm: (
            "biased",
            "declined without any reason, like everyone I know",
        ),
        by: &[("underwriter", 0.8), ("customer", 0.2)],
        stars: false,
        within_hours: 2.0,
    },
    protected: &["sex", "age_band"],
    owner: "team-credit",
};

/// The model.
#[derive(Debug)]
pub(super) struct CreditRisk;

/// Inputs that move the score, with their attribution columns.
const PARTS: [&str; 5] = [
    "attribution_income",
    "attribution_amount",
    "attribution_tenure_months",
    "attribution_prior_defaults",
    "attribution_debt_ratio",
];

/// Contributions of the inputs to the log-odds of a default, by input.
fn parts(rows: &Frame) -> [Vec<f64>; 5] {
    let job = |word: &str| if word == "unemployed" { 0.35 } else { 0.0 };
    let jobs = rows.words("input_employment");
    let income = rows.numbers("input_income", 34_000.0);
    let each = |column, typical, part: fn(f64) -> f64| -> Vec<f64> {
        rows.numbers(column, typical)
            .into_iter()
            .map(part)
            .collect()
    };
    [
        income
            .iter()
            .zip(jobs)
            .map(|(x, word)| -0.85 * (x.max(1.0) / 34_000.0).ln() + job(word))
            .collect(),
        each("input_amount", 14_000.0, |x| {
            0.32 * (x.max(1.0) / 12_000.0).ln()
        }),
        each("input_tenure_months", 34.0, |x| {
            -0.28 * ((x.max(0.0) + 1.0) / 35.0).ln()
        }),
        each("input_prior_defaults", 0.0, |x| 1.25 * x),
        each("input_debt_ratio", 0.31, |x| 2.6 * (x - 0.31)),
    ]
}

/// An age within a band.
fn age(random: &mut Random, band: &str) -> i64 {
    let (from, to) = match band {
        "18-29" => (18.0, 30.0),
        "30-44" => (30.0, 45.0),
        "45-59" => (45.0, 60.0),
        _ => (60.0, 85.0),
    };
    (from + (to - from) * random.unit()) as i64
}

impl Model for CreditRisk {
    fn law(&self) -> &'static Law {
        &LAW
    }

    fn draw(&self, random: &mut Random, times: &[i64], world: &mut Frame) {
        let n = times.len();
        let mut words: [Vec<&'static str>; 2] = Default::default();
        let mut numbers: [Vec<f64>; 3] = Default::default();
        let mut counts: [Vec<i64>; 3] = Default::default();
        let bands: Vec<String> = world
            .words("segment_age_band")
            .into_iter()
            .map(str::to_owned)
            .collect();
        for band in bands.iter().take(n) {
            let (purpose, employment) = (random.pick(&PURPOSES), random.pick(&EMPLOYMENTS));
            let pay = match employment {
                "unemployed" => 13_500.0,
                "retired" => 22_000.0,
                "self-employed" => 39_000.0,
                _ => 36_000.0,
            };
            let wish = match purpose {
                "home" => 62_000.0,
                "car" => 14_500.0,
                "study" => 9_000.0,
                _ => 5_200.0,
            };
            words[0].push(purpose);
            words[1].push(employment);
            numbers[0].push(round(random.lognormal(pay, 0.38), 2));
            numbers[1].push(round(random.lognormal(wish, 0.55), 0));
            numbers[2].push(round((0.31 + 0.16 * random.normal()).clamp(0.0, 1.6), 4));
            counts[0].push(random.lognormal(34.0, 0.9).min(480.0) as i64);
            counts[1].push(age(random, band));
            let prior = random.unit();
            counts[2].push(i64::from(prior >= 0.88) + i64::from(prior > 0.97));
        }
        let [purpose, employment] = words;
        let [income, amount, debt] = numbers;
        let [tenure, age, prior] = counts;
        world.set("input_income", Values::numbers(income));
        world.set("input_amount", Values::numbers(amount));
        world.set("input_debt_ratio", Values::numbers(debt));
        world.set("input_tenure_months", Values::integers(tenure));
        world.set("input_age", Values::integers(age));
        world.set("input_prior_defaults", Values::integers(prior));
        world.set("input_purpose", Values::words(purpose));
        world.set("input_employment", Values::words(employment));
    }

    fn relation(&self, inputs: &Frame) -> Vec<f64> {
        let [a, b, c, d, e] = parts(inputs);
        (0..a.len())
            .map(|i| BASE + a[i] + b[i] + c[i] + d[i] + e[i])
            .collect()
    }

    fn stake(&self, world: &Frame) -> Vec<f64> {
        world.numbers("input_amount", 14_000.0)
    }

    fn answer(&self, rows: &mut Frame, answers: &Answers) {
        let scores: Vec<f64> = answers
            .signal
            .iter()
            .zip(&answers.doubt)
            .map(|(x, doubt)| round(expected_logistic(*x, *doubt), 6))
            .collect();
        let shown = |name| match rows.column(name) {
            Some(Values::Number(v)) => v.clone(),
            _ => Vec::new(),
        };
        let (income, amount) = (shown("input_income"), shown("input_amount"));
        let log = income.iter().map(|x| x.map(|x| round(x.max(1e-9).ln(), 6)));
        let ratio = income
            .iter()
            .zip(&amount)
            .map(|(i, a)| Some(round((*a)? / (*i)?.max(1e-9), 6)));
        let (log, ratio) = (log.collect(), ratio.collect());
        let parts = parts(rows);
        rows.set("derived_log_income", Values::Number(log));
        rows.set("derived_amount_to_income", Values::Number(ratio));
        let class = scores
            .iter()
            .map(|s| if *s >= THRESHOLD { "1" } else { "0" });
        rows.set("output_class", Values::words(class));
        rows.set("output_score", Values::numbers(scores.iter().copied()));
        for (name, part) in PARTS.into_iter().zip(parts) {
            rows.set(name, Values::numbers(part.into_iter().map(|x| round(x, 6))));
        }
        let base = std::iter::repeat_n(BASE, scores.len());
        rows.set("attribution_base_value", Values::numbers(base));
    }

    fn follow(&self, rows: &Frame, answers: &Answers, luck: &Luck) -> Vec<Sequel> {
        let scores = rows.numbers("output_score", 1.0);
        let sequel = |i: usize| {
            let defaulted = luck.outcome[i] < logistic(answers.truth[i]);
            let declined = scores[i] >= THRESHOLD;
            let gain = if defaulted { -0.45 } else { 0.07 };
            let effect = Effect {
                name: "margin",
                value: round(gain * answers.stake[i], 2),
                unit: "EUR",
            };
            Sequel {
                outcome: Verdict::Class(if defaulted { "1" } else { "0" }),
                delay_us: ((5.0 + 15.0 * luck.delay[i]) * DAY_US as f64) as i64,
                pleased: if declined == defaulted { 0.9 } else { 0.25 },
                effect: (!declined).then_some(effect),
            }
        };
        (0..scores.len()).map(sequel).collect()
    }
}

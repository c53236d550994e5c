//! Products for a query: each prediction is one item, the items of a query share a request.

use super::{
    Answers, Choice, Effect, Feedback, Input, Law, Luck, Model, Nature, OutcomeColumn, Segment,
    Sequel, Verdict, expected_logistic, round,
};
use crate::calendar::{HOUR_US, Season};
use crate::frame::{Frame, Values};
use crate::random::Random;
use candor_contract::spec::{Archetype, Task};

/// Items of a query.
const ITEMS: usize = 5;
/// Usefulness from which an item is clicked, put into the basket, bought.
const GRADES: [f64; 3] = [0.9, 1.9, 2.8];

const QUERIES: [Choice; 12] = [
    ("running shoes", 0.14),
    ("rain jacket", 0.11),
    ("desk lamp", 0.08),
    ("headphones", 0.13),
    ("coffee grinder", 0.07),
    ("yoga mat", 0.08),
    ("backpack", 0.10),
    ("phone case", 0.09),
    ("garden chair", 0.05),
    ("board game", 0.06),
    ("water bottle", 0.05),
    ("winter gloves", 0.04),
];
const CATEGORIES: [Choice; 4] = [
    ("sports", 0.38),
    ("home", 0.25),
    ("electronics", 0.24),
    ("toys", 0.13),
];

static LAW: Law = Law {
    archetype: Archetype::ProductRanking,
    task: Task::Ranking,
    share: 0.25,
    first_version: "2026.10",
    season: Season {
        by_hour: [
            0.30, 0.18, 0.11, 0.08, 0.07, 0.10, 0.18, 0.30, 0.42, 0.52, 0.58, 0.62, 0.68, 0.62,
            0.58, 0.58, 0.62, 0.70, 0.80, 0.92, 1.0, 0.96, 0.76, 0.50,
        ],
        by_weekday: [0.98, 0.94, 0.93, 0.94, 0.96, 1.08, 1.18],
    },
    rows_per_request: ITEMS,
    center: 0.0,
    spread: 0.67,
    learnable: 0.45,
    hidden: 0.7,
    adverse: -1.0,
    segments: &[
        Segment {
            column: "segment_region",
            choices: &[
                ("north", 0.26),
                ("south", 0.27),
                ("east", 0.2),
                ("west", 0.27),
            ],
            by_row: false,
        },
        Segment {
            column: "segment_device",
            choices: &[("mobile", 0.61), ("desktop", 0.31), ("tablet", 0.08)],
            by_row: false,
        },
        Segment {
            column: "segment_user_segment",
            choices: &[("returning", 0.52), ("new", 0.33), ("loyal", 0.15)],
            by_row: false,
        },
        Segment {
            column: "segment_seller",
            choices: &[("brand", 0.4), ("marketplace", 0.38), ("small", 0.22)],
            by_row: true,
        },
    ],
    inputs: &[
        Input::new("input_query", Nature::Category(&QUERIES)),
        Input::new("input_category", Nature::Category(&CATEGORIES)),
        Input::new("input_item", Nature::Text),
        Input::new(
            "input_match",
            Nature::Number {
                mean: 0.55,
                deviation: 0.2,
                bounds: (0.0, 1.0),
            },
        ),
        Input::new(
            "input_popularity",
            Nature::Number {
                mean: 0.4,
                deviation: 0.2,
                bounds: (0.0, 1.0),
            },
        )
        .gaps(0.01)
        .stored(),
        Input::new(
            "input_rating",
            Nature::Number {
                mean: 3.9,
                deviation: 0.6,
                bounds: (1.0, 5.0),
            },
        )
        .gaps(0.04)
        .stored(),
        Input::new(
            "input_price",
            Nature::Amount {
                median: 38.0,
                sigma: 0.7,
            },
        )
        .stored(),
        Input::new(
            "input_days_listed",
            Nature::Count {
                mean: 120.0,
                deviation: 150.0,
                bounds: (0.0, 3_000.0),
            },
        ),
    ],
    stages: &[
        ("stage_retrieve_ms", 14.0, 0.4),
        ("stage_model_ms", 9.0, 0.3),
        ("stage_rules_ms", 1.5, 0.3),
    ],
    error_rate: 0.003,
    errors: &[
        ("IndexUnavailable", "no replica of the index answered", 0.8),
        ("InvalidQuery", "the query is empty after cleaning", 0.2),
    ],
    refresh_us: HOUR_US,
    outcome: OutcomeColumn::Relevance,
    outcome_days: (0.001, 0.25),
    effect_share: 0.005,
    feedback: Feedback {
        share: 0.01,
        pleased: &[("right", 1.0)],
        annoyed: &[("unhelpful", 0.75), ("wrong", 0.25)],
        storm: ("unhelpful", "none of these is what I searched for"),
        by: &[("customer", 1.0)],
        stars: false,
        within_hours: 1.0,
    },
    protected: &["seller"],
    owner: "team-shop",
};

/// The model.
#[derive(Debug)]
pub(super) struct ProductRanking;

impl Model for ProductRanking {
    fn law(&self) -> &'static Law {
        &LAW
    }

    fn draw(&self, random: &mut Random, times: &[i64], world: &mut Frame) {
        let mut words: [Vec<&'static str>; 2] = Default::default();
        let mut numbers: [Vec<f64>; 4] = Default::default();
        let (mut days, mut items) = (Vec::new(), Vec::with_capacity(times.len()));
        for i in 0..times.len() {
            if i % ITEMS == 0 {
                words[0].push(random.pick(&QUERIES));
                words[1].push(random.pick(&CATEGORIES));
            } else {
                words[0].push(words[0][i - 1]);
                words[1].push(words[1][i - 1]);
            }
            let part = |random: &mut Random, mean: f64, deviation: f64, (low, high): (f64, f64)| {
                round((mean + deviation * random.normal()).clamp(low, high), 3)
            };
            numbers[0].push(part(random, 0.55, 0.2, (0.0, 1.0)));
            numbers[1].push(part(random, 0.4, 0.2, (0.0, 1.0)));
            numbers[2].push(round(part(random, 3.9, 0.6, (1.0, 5.0)), 1));
            numbers[3].push(round(random.lognormal(38.0, 0.7), 2));
            items.push(format!("sku-{:05}", random.bits() % 60_000));
            days.push(random.lognormal(80.0, 0.9).min(3_000.0) as i64);
        }
        let [query, category] = words;
        let [matching, popularity, rating, price] = numbers;
        world.set("input_query", Values::words(query));
        world.set("input_category", Values::words(category));
        world.set("input_item", Values::words(items));
        world.set("input_match", Values::numbers(matching));
        world.set("input_popularity", Values::numbers(popularity));
        world.set("input_rating", Values::numbers(rating));
        world.set("input_price", Values::numbers(price));
        world.set("input_days_listed", Values::integers(days));
    }

    fn relation(&self, inputs: &Frame) -> Vec<f64> {
        let popularity = inputs.numbers("input_popularity", 0.4);
        let rating = inputs.numbers("input_rating", 3.9);
        let price = inputs.numbers("input_price", 38.0);
        let days = inputs.numbers("input_days_listed", 80.0);
        let matching = inputs.numbers("input_match", 0.55);
        let of = |i: usize| {
            2.4 * (matching[i] - 0.55) + 1.6 * (popularity[i] - 0.4) + 0.45 * (rating[i] - 3.9)
                - 0.35 * (price[i].max(0.01) / 38.0).ln()
                - 0.05 * ((days[i].max(0.0) + 1.0) / 80.0).ln()
        };
        (0..matching.len()).map(of).collect()
    }

    fn stake(&self, world: &Frame) -> Vec<f64> {
        world.numbers("input_price", 38.0)
    }

    fn answer(&self, rows: &mut Frame, answers: &Answers) {
        let pairs = answers.signal.iter().zip(&answers.doubt);
        let scores: Vec<f64> = pairs
            .map(|(x, doubt)| round(expected_logistic(*x, *doubt), 6))
            .collect();
        let mut positions = Vec::with_capacity(scores.len());
        for query in scores.chunks(ITEMS) {
            for (i, score) in query.iter().enumerate() {
                let before =
                    |(j, other): (usize, &f64)| other.total_cmp(score).then(i.cmp(&j)).is_gt();
                let ahead = query.iter().enumerate().filter(|pair| before(*pair));
                positions.push(1 + ahead.count() as i64);
            }
        }
        rows.set("output_score", Values::numbers(scores));
        rows.set("output_position", Values::integers(positions));
    }

    fn follow(&self, rows: &Frame, answers: &Answers, luck: &Luck) -> Vec<Sequel> {
        let positions = rows.numbers("output_position", 3.0);
        let sequel = |i: usize| {
            let grade = GRADES
                .iter()
                .filter(|from| answers.truth[i] > **from)
                .count();
            let wait = (8.0 * luck.delay[i]).exp2();
            let revenue = Effect {
                name: "revenue",
                value: answers.stake[i],
                unit: "EUR",
            };
            let first = positions[i] < 1.5;
            Sequel {
                outcome: Verdict::Number(grade as f64),
                delay_us: (wait * 60e6) as i64,
                pleased: if first == (grade > 0) { 0.85 } else { 0.35 },
                effect: (grade == GRADES.len()).then_some(revenue),
            }
        };
        (0..positions.len()).map(sequel).collect()
    }
}

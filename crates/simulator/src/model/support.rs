//! An assistant that answers customers' questions in text.

mod phrases;

use super::{
    Answers, Choice, Effect, Feedback, Input, Law, Luck, Model, Nature, OutcomeColumn, Segment,
    Sequel, Verdict, expected_logistic, logistic, round,
};
use crate::calendar::{HOUR_US, Season};
use crate::frame::{Frame, Values};
use crate::random::Random;
use candor_contract::spec::{Archetype, Task};

/// Log-odds that an ordinary question is resolved.
const BASE: f64 = 1.3;
/// Price of a token in and out, in dollars.
const PRICE: (f64, f64) = (0.15e-6, 0.6e-6);
/// Tokens of the instructions that precede each question.
const INSTRUCTIONS: f64 = 210.0;

const TOPICS: [Choice; 6] = [
    ("shipping", 0.27),
    ("returns", 0.21),
    ("billing", 0.19),
    ("account", 0.14),
    ("product", 0.12),
    ("technical", 0.07),
];

static LAW: Law = Law {
    archetype: Archetype::SupportAssistant,
    task: Task::Generation,
    share: 0.1,
    first_version: "assist-3",
    season: Season {
        by_hour: [
            0.14, 0.09, 0.06, 0.05, 0.06, 0.11, 0.24, 0.48, 0.82, 1.0, 0.98, 0.92, 0.78, 0.84,
            0.92, 0.90, 0.84, 0.74, 0.62, 0.56, 0.52, 0.44, 0.32, 0.22,
        ],
        by_weekday: [1.22, 1.10, 1.04, 1.0, 0.98, 0.64, 0.56],
    },
    rows_per_request: 1,
    center: 1.37,
    spread: 0.63,
    learnable: 0.4,
    hidden: 0.5,
    adverse: -1.0,
    segments: &[
        Segment {
            column: "segment_region",
            choices: &[
                ("north", 0.25),
                ("south", 0.25),
                ("east", 0.25),
                ("west", 0.25),
            ],
            by_row: false,
        },
        Segment {
            column: "segment_plan",
            choices: &[("free", 0.56), ("plus", 0.33), ("business", 0.11)],
            by_row: false,
        },
        Segment {
            column: "segment_language",
            choices: &[("en", 0.58), ("de", 0.18), ("fr", 0.13), ("es", 0.11)],
            by_row: false,
        },
    ],
    inputs: &[
        Input::new("input_question", Nature::Text),
        Input::new("input_topic", Nature::Category(&TOPICS)),
        Input::new(
            "input_context_documents",
            Nature::Count {
                mean: 4.0,
                deviation: 1.8,
                bounds: (0.0, 20.0),
            },
        )
        .gaps(0.005)
        .stored(),
        Input::new(
            "input_history_turns",
            Nature::Count {
                mean: 1.0,
                deviation: 1.2,
                bounds: (0.0, 60.0),
            },
        ),
        Input::new(
            "input_sentiment",
            Nature::Number {
                mean: -0.1,
                deviation: 0.4,
                bounds: (-1.0, 1.0),
            },
        ),
    ],
    stages: &[
        ("stage_retrieve_ms", 45.0, 0.4),
        ("stage_generate_ms", 900.0, 0.35),
        ("stage_moderate_ms", 18.0, 0.3),
    ],
    error_rate: 0.012,
    errors: &[
        ("ModelTimeout", "no answer within 30 s", 0.6),
        ("RateLimited", "the provider asked to slow down", 0.3),
        ("ContentFilter", "the answer was held back", 0.1),
    ],
    refresh_us: 6 * HOUR_US,
    outcome: OutcomeColumn::Class,
    outcome_days: (0.04, 2.0),
    effect_share: 0.25,
    feedback: Feedback {
        share: 0.18,
        pleased: &[("right", 1.0)],
        annoyed: &[("unhelpful", 0.62), ("wrong", 0.34), ("harmful", 0.04)],
        storm: ("harmful", "it told me to close my account, twice"),
        by: &[("customer", 0.85), ("agent", 0.15)],
        stars: true,
        within_hours: 0.5,
    },
    protected: &["language"],
    owner: "team-support",
};

/// The model.
#[derive(Debug)]
pub(super) struct SupportAssistant;

/// Tokens of a text, nearly.
fn tokens(text: &str) -> f64 {
    (text.len() as f64 / 4.2).ceil()
}

impl Model for SupportAssistant {
    fn law(&self) -> &'static Law {
        &LAW
    }

    fn draw(&self, random: &mut Random, times: &[i64], world: &mut Frame) {
        let (mut questions, mut topics) = (Vec::new(), Vec::new());
        let mut counts: [Vec<i64>; 2] = Default::default();
        let mut sentiment = Vec::with_capacity(times.len());
        for _ in times {
            let topic = random.pick(&TOPICS);
            questions.push(phrases::question(topic, random));
            topics.push(topic);
            counts[0].push(random.count(4.0).min(20) as i64);
            counts[1].push(random.count(1.0) as i64);
            let mood = (-0.1 + 0.4 * random.normal()).clamp(-1.0, 1.0);
            sentiment.push(round(mood, 3));
        }
        let [documents, turns] = counts;
        world.set("input_question", Values::words(questions));
        world.set("input_topic", Values::words(topics));
        world.set("input_context_documents", Values::integers(documents));
        world.set("input_history_turns", Values::integers(turns));
        world.set("input_sentiment", Values::numbers(sentiment));
    }

    fn relation(&self, inputs: &Frame) -> Vec<f64> {
        let topics = inputs.words("input_topic");
        let documents = inputs.numbers("input_context_documents", 4.0);
        let turns = inputs.numbers("input_history_turns", 1.0);
        let sentiment = inputs.numbers("input_sentiment", -0.1);
        let ease = |topic: &str| match topic {
            "shipping" => 0.45,
            "returns" => 0.3,
            "account" => 0.1,
            "billing" => -0.25,
            "product" => -0.1,
            _ => -0.9,
        };
        let of = |(i, topic): (usize, &str)| {
            let helped = 0.22 * (documents[i].clamp(0.0, 8.0) - 4.0);
            let weary = -0.18 * (turns[i].clamp(0.0, 12.0) - 1.0);
            BASE + ease(topic) + helped + weary + 0.5 * (sentiment[i] + 0.1)
        };
        topics.into_iter().enumerate().map(of).collect()
    }

    fn answer(&self, rows: &mut Frame, answers: &Answers) {
        let n = answers.signal.len();
        let topics = rows.words("input_topic");
        let questions = rows.words("input_question");
        let documents = rows.numbers("input_context_documents", 4.0);
        let turns = rows.numbers("input_history_turns", 1.0);
        let (mut texts, mut sent, mut made, mut cost) = (vec![], vec![], vec![], vec![]);
        for i in 0..n {
            // A harmed answer is vague: that is how it fails those who asked.
            let text = phrases::answer(topics[i], questions[i], answers.harm[i]);
            let question = tokens(questions[i]);
            let prompt =
                INSTRUCTIONS + question + 160.0 * documents[i].max(0.0) + 90.0 * turns[i].max(0.0);
            let completion = tokens(&text);
            sent.push(prompt as i64);
            made.push(completion as i64);
            cost.push(round(PRICE.0 * prompt + PRICE.1 * completion, 9));
            texts.push(text);
        }
        let confidence = answers.signal.iter().zip(&answers.doubt);
        let confidence = confidence.map(|(x, doubt)| round(expected_logistic(*x, *doubt), 6));
        let confidence = Values::numbers(confidence);
        let cooler = |rank: &usize| if *rank == 0 { 0.7 } else { 0.3 };
        let temperature = Values::numbers(answers.rank.iter().map(cooler));
        let seeds = answers.signal.iter().map(|x| (x.to_bits() >> 40) as i64);
        let seeds = Values::integers(seeds);
        rows.set("output_text", Values::words(texts));
        rows.set("output_confidence", confidence);
        rows.set("usage_prompt_tokens", Values::integers(sent));
        rows.set("usage_completion_tokens", Values::integers(made));
        rows.set("usage_cost_usd", Values::numbers(cost));
        rows.set("stochastic_temperature", temperature);
        rows.set("stochastic_seed", seeds);
    }

    fn follow(&self, rows: &Frame, answers: &Answers, luck: &Luck) -> Vec<Sequel> {
        let turns = rows.numbers("input_history_turns", 1.0);
        let sequel = |i: usize| {
            let resolved = luck.outcome[i] < logistic(answers.truth[i] - 2.0 * answers.harm[i]);
            let handling = Effect {
                name: "handling_cost",
                value: round(4.5 + 1.2 * turns[i].clamp(0.0, 12.0), 2),
                unit: "EUR",
            };
            Sequel {
                outcome: Verdict::Class(if resolved { "resolved" } else { "escalated" }),
                delay_us: ((5.6 * luck.delay[i]).exp2() * HOUR_US as f64) as i64,
                pleased: if resolved { 0.88 } else { 0.15 },
                effect: (!resolved).then_some(handling),
            }
        };
        (0..turns.len()).map(sequel).collect()
    }

    fn work(&self, rows: &Frame) -> Vec<f64> {
        let made = rows.numbers("usage_completion_tokens", 45.0);
        made.into_iter().map(|tokens| 0.3 + tokens / 64.0).collect()
    }
}

//! Deliveries of meals: how many minutes from the order to the door?

use super::{
    Answers, Choice, Effect, Feedback, Input, Law, Luck, Model, Nature, OutcomeColumn, Segment,
    Sequel, Verdict, round,
};
use crate::calendar::{DAY_US, HOUR_US, Season, hour, weekday};
use crate::frame::{Frame, Values};
use crate::random::Random;
use candor_contract::spec::{Archetype, Task};

/// Logarithm of the minutes of an ordinary delivery.
const BASE: f64 = 3.2;
/// Standard deviations on each side of an interval of 90 %.
const SIDE: f64 = 1.645;
const MINUTE_US: f64 = 60e6;

const VEHICLES: [Choice; 3] = [("bike", 0.46), ("scooter", 0.38), ("car", 0.16)];

static LAW: Law = Law {
    archetype: Archetype::DeliveryTime,
    task: Task::Regression,
    share: 0.25,
    first_version: "5.1.0",
    season: Season {
        by_hour: [
            0.10, 0.05, 0.03, 0.02, 0.02, 0.03, 0.06, 0.12, 0.18, 0.22, 0.36, 0.66, 0.82, 0.70,
            0.42, 0.32, 0.36, 0.56, 0.90, 1.0, 0.92, 0.66, 0.42, 0.22,
        ],
        by_weekday: [0.84, 0.82, 0.86, 0.94, 1.16, 1.24, 1.14],
    },
    rows_per_request: 1,
    center: 3.22,
    spread: 0.315,
    learnable: 0.1,
    hidden: 0.13,
    adverse: 1.0,
    segments: &[
        Segment {
            column: "segment_region",
            choices: &[
                ("north", 0.27),
                ("south", 0.25),
                ("east", 0.21),
                ("west", 0.27),
            ],
            by_row: false,
        },
        Segment {
            column: "segment_service",
            choices: &[("standard", 0.82), ("express", 0.18)],
            by_row: false,
        },
    ],
    inputs: &[
        Input::new(
            "input_distance_km",
            Nature::Amount {
                median: 3.2,
                sigma: 0.55,
            },
        ),
        Input::new(
            "input_items",
            Nature::Count {
                mean: 3.0,
                deviation: 1.6,
                bounds: (1.0, 40.0),
            },
        ),
        Input::new(
            "input_kitchen_load",
            Nature::Number {
                mean: 0.6,
                deviation: 0.22,
                bounds: (0.0, 2.0),
            },
        )
        .gaps(0.015)
        .stored(),
        Input::new(
            "input_traffic_index",
            Nature::Number {
                mean: 1.05,
                deviation: 0.24,
                bounds: (0.4, 3.0),
            },
        )
        .stored(),
        Input::new(
            "input_rain_mm",
            Nature::Number {
                mean: 0.4,
                deviation: 0.9,
                bounds: (0.0, 60.0),
            },
        )
        .gaps(0.01)
        .stored(),
        Input::new(
            "input_hour",
            Nature::Count {
                mean: 16.0,
                deviation: 5.0,
                bounds: (0.0, 23.0),
            },
        ),
        Input::new("input_vehicle", Nature::Category(&VEHICLES)),
    ],
    stages: &[
        ("stage_geocode_ms", 8.0, 0.5),
        ("stage_features_ms", 5.0, 0.4),
        ("stage_model_ms", 3.0, 0.3),
    ],
    error_rate: 0.005,
    errors: &[
        ("GeocodeFailed", "the address has no coordinates", 0.6),
        (
            "FeatureStoreTimeout",
            "the feature store did not answer in time",
            0.4,
        ),
    ],
    refresh_us: HOUR_US / 4,
    outcome: OutcomeColumn::Value,
    outcome_days: (0.005, 0.05),
    effect_share: 0.02,
    feedback: Feedback {
        share: 0.06,
        pleased: &[("right", 1.0)],
        annoyed: &[("wrong", 0.9), ("unhelpful", 0.1)],
        storm: ("wrong", "an hour late and the food was cold"),
        by: &[("customer", 0.93), ("courier", 0.07)],
        stars: true,
        within_hours: 6.0,
    },
    protected: &[],
    owner: "team-logistics",
};

/// The model.
#[derive(Debug)]
pub(super) struct DeliveryTime;

/// Traffic on the roads, around 1.
fn traffic(at_us: i64) -> f64 {
    let rush = match hour(at_us) {
        7..=9 => 1.32,
        16..=18 => 1.38,
        10..=15 | 19..=20 => 1.08,
        _ => 0.78,
    };
    if weekday(at_us) >= 5 {
        0.86 * rush
    } else {
        rush
    }
}

/// Mean rain of a day in millimetres an hour: some days are wet for everyone.
fn rain(at_us: i64) -> f64 {
    let day = at_us.div_euclid(DAY_US).unsigned_abs();
    let wet = Random::new(day, 0x7261_696e).unit();
    if wet < 0.3 { 8.0 * wet } else { 0.0 }
}

impl Model for DeliveryTime {
    fn law(&self) -> &'static Law {
        &LAW
    }

    fn draw(&self, random: &mut Random, times: &[i64], world: &mut Frame) {
        let mut numbers: [Vec<f64>; 4] = Default::default();
        let (mut items, mut vehicles) = (Vec::new(), Vec::new());
        for at in times {
            let busy = LAW.season.at(*at).min(1.2);
            numbers[0].push(round(random.lognormal(3.2, 0.55).min(40.0), 3));
            let load = 0.25 + 0.6 * busy + 0.14 * random.normal();
            numbers[1].push(round(load.clamp(0.0, 2.0), 3));
            let road = traffic(*at) + 0.13 * random.normal();
            numbers[2].push(round(road.clamp(0.4, 3.0), 3));
            let wet = rain(*at);
            let local = (0.5 * random.normal()).exp();
            numbers[3].push(round(wet * local, 2));
            items.push(1 + random.count(2.0) as i64);
            vehicles.push(random.pick(&VEHICLES));
        }
        let [distance, load, road, rain] = numbers;
        world.set("input_distance_km", Values::numbers(distance));
        world.set("input_items", Values::integers(items));
        world.set("input_kitchen_load", Values::numbers(load));
        world.set("input_traffic_index", Values::numbers(road));
        world.set("input_rain_mm", Values::numbers(rain));
        let hours = times.iter().map(|t| hour(*t) as i64);
        world.set("input_hour", Values::integers(hours));
        world.set("input_vehicle", Values::words(vehicles));
    }

    fn relation(&self, inputs: &Frame) -> Vec<f64> {
        let distance = inputs.numbers("input_distance_km", 3.2);
        let items = inputs.numbers("input_items", 3.0);
        let load = inputs.numbers("input_kitchen_load", 0.6);
        let road = inputs.numbers("input_traffic_index", 1.05);
        let rain = inputs.numbers("input_rain_mm", 0.4);
        let vehicle = |word: &str| match word {
            "bike" => 0.06,
            "car" => 0.09,
            _ => -0.06,
        };
        let minutes = inputs.words("input_vehicle").into_iter().enumerate();
        minutes
            .map(|(i, word)| {
                let far = 0.5 * (distance[i].max(0.05) / 3.2).ln();
                let kitchen = 0.04 * (items[i] - 3.0).clamp(-2.0, 12.0) + 0.35 * (load[i] - 0.6);
                let roads = 0.34 * (road[i] - 1.05) + 0.05 * rain[i].clamp(0.0, 12.0);
                // No believable delivery lasts less than two minutes or more than a day.
                (BASE + far + kitchen + roads + vehicle(word)).clamp(0.7, 7.2)
            })
            .collect()
    }

    fn answer(&self, rows: &mut Frame, answers: &Answers) {
        let minutes = |side: f64| {
            let pairs = answers.signal.iter().zip(&answers.doubt);
            Values::numbers(pairs.map(|(x, doubt)| round((x + side * doubt).exp(), 2)))
        };
        let distance = rows.numbers("input_distance_km", 3.2);
        let log = distance.iter().map(|x| round(x.max(0.001).ln(), 6));
        rows.set("derived_log_distance", Values::numbers(log));
        rows.set("output_value", minutes(0.0));
        rows.set("output_interval_lower", minutes(-SIDE));
        rows.set("output_interval_upper", minutes(SIDE));
        let level = std::iter::repeat_n(0.9, answers.signal.len());
        rows.set("output_interval_level", Values::numbers(level));
    }

    fn follow(&self, rows: &Frame, answers: &Answers, luck: &Luck) -> Vec<Sequel> {
        let promised = rows.numbers("output_value", 25.0);
        let sequel = |i: usize| {
            let minutes = round(answers.truth[i].exp(), 2);
            let late = minutes / promised[i].max(1.0);
            let refund = Effect {
                name: "refund",
                value: round(3.0 + 6.0 * luck.effect[i], 2),
                unit: "EUR",
            };
            Sequel {
                outcome: Verdict::Number(minutes),
                delay_us: (minutes * MINUTE_US) as i64,
                pleased: (1.0 - 2.2 * (late - 1.05)).clamp(0.05, 0.97),
                effect: (late > 1.4).then_some(refund),
            }
        };
        (0..promised.len()).map(sequel).collect()
    }
}

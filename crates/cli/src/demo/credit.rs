//! Believable traffic of one credit-risk model: a pure function of seed, time and number of rows.
//!
//! Applications come by a daily and weekly season. A score follows from a logistic model; whether a
//! loan defaults is drawn from a true probability that the model knows only roughly. Outcomes come
//! 5 to 20 days later. Half way a new version goes live.

use super::random::Random;
use arrow::array::{
    ArrayRef, Float64Builder, Int64Builder, RecordBatch, StringBuilder, TimestampMicrosecondBuilder,
};
use arrow::error::ArrowError;
use std::fmt::Write as _;
use std::sync::Arc;

/// The model's name.
pub(crate) const MODEL: &str = "credit-risk";
/// Its versions, the older first.
pub(crate) const VERSIONS: [&str; 2] = ["2.3.1", "2.4.0"];
/// Days of history.
pub(crate) const DAYS: u32 = 30;

const HOUR_US: i64 = 3_600_000_000;
const DAY_US: i64 = 24 * HOUR_US;
/// Share of all rows that are predictions; outcomes and feedback follow from them.
const PREDICTION_SHARE: f64 = 0.615;
/// Score from which an application is declined.
const THRESHOLD: f64 = 0.5;

const REGIONS: [(&str, f64); 5] = [
    ("north", 0.22),
    ("south", 0.31),
    ("east", 0.18),
    ("west", 0.21),
    ("islands", 0.08),
];
const CHANNELS: [(&str, f64); 4] = [
    ("web", 0.48),
    ("mobile", 0.33),
    ("branch", 0.12),
    ("partner", 0.07),
];
const PURPOSES: [(&str, f64); 4] = [
    ("car", 0.37),
    ("home", 0.28),
    ("other", 0.23),
    ("study", 0.12),
];
const EMPLOYMENTS: [(&str, f64); 4] = [
    ("employed", 0.68),
    ("self-employed", 0.16),
    ("retired", 0.09),
    ("unemployed", 0.07),
];
/// Traffic by hour of the day, in parts of the busiest.
const BY_HOUR: [f64; 24] = [
    0.12, 0.08, 0.06, 0.05, 0.06, 0.10, 0.22, 0.42, 0.66, 0.86, 0.97, 1.0, 0.90, 0.92, 0.98, 0.96,
    0.90, 0.84, 0.80, 0.78, 0.70, 0.55, 0.36, 0.21,
];
/// Traffic by day of the week, Monday first.
const BY_WEEKDAY: [f64; 7] = [1.05, 1.08, 1.06, 1.02, 0.98, 0.62, 0.55];

/// Traffic of a month.
#[derive(Debug, Clone)]
pub(crate) struct Traffic {
    seed: u64,
    from_us: i64,
    predictions: f64,
}

/// The events of one day, ready to send; outcomes and feedback of later days are among them.
#[derive(Debug, Clone)]
pub(crate) struct Day {
    pub(crate) predictions: RecordBatch,
    pub(crate) outcomes: RecordBatch,
    pub(crate) feedback: RecordBatch,
    /// Outcomes that come after the end of the history, earliest first.
    pub(crate) due: Vec<Due>,
}

/// An outcome that is still to come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Due {
    pub(crate) time_us: i64,
    pub(crate) id: String,
    pub(crate) defaulted: bool,
}

impl Traffic {
    /// A month from `from_us` on with about `rows` events of all kinds.
    pub(crate) fn new(seed: u64, from_us: i64, rows: u64) -> Self {
        #[expect(clippy::cast_precision_loss, reason = "about")]
        let predictions = rows as f64 * PREDICTION_SHARE;
        Self {
            seed,
            from_us,
            predictions,
        }
    }

    /// First instant after the history.
    pub(crate) fn to_us(&self) -> i64 {
        self.from_us + i64::from(DAYS) * DAY_US
    }

    /// When the newer version went live.
    pub(crate) fn deployed_us(&self) -> i64 {
        self.from_us + i64::from(DAYS) * DAY_US / 2 + 10 * HOUR_US
    }

    /// The events of day number `day`, counted from 0.
    pub(crate) fn day(&self, day: u32) -> Result<Day, ArrowError> {
        let mut random = Random::new(self.seed, u64::from(day));
        let from_us = self.from_us + i64::from(day) * DAY_US;
        let whole: f64 = (0..DAYS * 24)
            .map(|hour| season(self.from_us + i64::from(hour) * HOUR_US))
            .sum();
        let mut columns = Columns::default();
        for hour in 0..24 {
            let start = from_us + hour * HOUR_US;
            let mean = self.predictions * season(start) / whole;
            let noisy = (mean + mean.sqrt() * random.normal()).max(0.0).round();
            for at in instants(&mut random, start, HOUR_US, noisy) {
                columns.apply(&mut random, at, self);
            }
        }
        columns.due.sort_by_key(|due| due.time_us);
        columns.finish()
    }

    /// `n` applications spread over `[from_us, to_us)`, as they come live.
    pub(crate) fn live(
        &self,
        stream: u64,
        from_us: i64,
        to_us: i64,
        n: u32,
    ) -> Result<Day, ArrowError> {
        let mut random = Random::new(self.seed, u64::from(DAYS) + 1 + stream);
        let mut columns = Columns::default();
        for at in instants(&mut random, from_us, (to_us - from_us).max(1), f64::from(n)) {
            columns.apply(&mut random, at, self);
        }
        columns.finish()
    }
}

/// Outcomes as a batch.
pub(crate) fn outcomes(due: &[Due]) -> Result<RecordBatch, ArrowError> {
    let mut rows = OutcomeColumns::default();
    for one in due {
        rows.push(one);
    }
    rows.finish()
}

/// Traffic at a time, in parts of an ordinary day's busiest hour.
fn season(at_us: i64) -> f64 {
    let hour = usize::try_from(at_us.div_euclid(HOUR_US).rem_euclid(24)).unwrap_or(0);
    // The first of January 1970 was a Thursday.
    let weekday = usize::try_from((at_us.div_euclid(DAY_US) + 3).rem_euclid(7)).unwrap_or(0);
    BY_HOUR[hour] * BY_WEEKDAY[weekday]
}

/// `n` rising instants in a stretch of time.
fn instants(
    random: &mut Random,
    from_us: i64,
    length_us: i64,
    n: f64,
) -> impl Iterator<Item = i64> + use<> {
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        reason = "small numbers"
    )]
    let (step, count) = (length_us as f64 / n.max(1.0), n as i64);
    let mut own = random.clone();
    // Both go on from different places.
    random.bits();
    (0..count).map(move |i| {
        #[expect(
            clippy::cast_precision_loss,
            clippy::cast_possible_truncation,
            reason = "small numbers"
        )]
        let at = ((i as f64 + own.unit()) * step) as i64;
        from_us + at
    })
}

/// One application.
struct Applicant {
    region: &'static str,
    channel: &'static str,
    purpose: &'static str,
    employment: &'static str,
    income: f64,
    amount: f64,
    tenure_months: i64,
    age: i64,
    prior_defaults: i64,
    debt_ratio: f64,
}

impl Applicant {
    fn draw(random: &mut Random) -> Self {
        #[expect(clippy::cast_possible_truncation, reason = "small numbers")]
        let whole = |x: f64| x as i64;
        let employment = random.pick(&EMPLOYMENTS);
        let purpose = random.pick(&PURPOSES);
        let age = whole((43.0 + 13.5 * random.normal()).clamp(18.0, 84.0));
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
        let prior = random.unit();
        Self {
            region: random.pick(&REGIONS),
            channel: random.pick(&CHANNELS),
            purpose,
            employment,
            income: round(random.lognormal(pay, 0.38), 2),
            amount: round(random.lognormal(wish, 0.55), 0),
            tenure_months: whole(random.lognormal(34.0, 0.9).min(480.0)),
            age,
            prior_defaults: if prior < 0.88 {
                0
            } else {
                1 + i64::from(prior > 0.97)
            },
            debt_ratio: round((0.31 + 0.16 * random.normal()).clamp(0.0, 1.6), 4),
        }
    }

    /// Contributions of features to the log-odds of a default.
    fn parts(&self) -> [f64; 5] {
        let job = if self.employment == "unemployed" {
            0.35
        } else {
            0.0
        };
        #[expect(clippy::cast_precision_loss, reason = "small numbers")]
        let (tenure, prior) = (self.tenure_months as f64, self.prior_defaults as f64);
        [
            -0.85 * (self.income / 34_000.0).ln() + job,
            0.32 * (self.amount / 12_000.0).ln(),
            -0.28 * ((tenure + 1.0) / 35.0).ln(),
            1.25 * prior,
            2.6 * (self.debt_ratio - 0.31),
        ]
    }
}

/// Log-odds of a default of an ordinary application.
const BASE: f64 = -2.1;

fn round(x: f64, digits: i32) -> f64 {
    let scale = 10f64.powi(digits);
    (x * scale).round() / scale
}

fn logistic(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}

/// A UUIDv7 of an instant.
fn uuid(random: &mut Random, at_us: i64, out: &mut String) {
    let millis = at_us.div_euclid(1_000).unsigned_abs();
    let (high, low) = (random.bits(), random.bits());
    out.clear();
    let _ = write!(
        out,
        "{:08x}-{:04x}-7{:03x}-{:04x}-{:012x}",
        (millis >> 16) & 0xffff_ffff,
        millis & 0xffff,
        high & 0xfff,
        0x8000 | (high >> 20) & 0x3fff,
        low & 0xffff_ffff_ffff
    );
}

#[derive(Default)]
struct OutcomeColumns {
    id: StringBuilder,
    time: TimestampMicrosecondBuilder,
    class: StringBuilder,
}

impl OutcomeColumns {
    fn push(&mut self, due: &Due) {
        self.id.append_value(&due.id);
        self.time.append_value(due.time_us);
        self.class
            .append_value(if due.defaulted { "1" } else { "0" });
    }

    fn finish(mut self) -> Result<RecordBatch, ArrowError> {
        let id: ArrayRef = Arc::new(self.id.finish());
        RecordBatch::try_from_iter_with_nullable([
            ("id", id.clone(), true),
            ("prediction_id", id, true),
            ("time", times(self.time), true),
            ("class", Arc::new(self.class.finish()), true),
        ])
    }
}

fn times(mut builder: TimestampMicrosecondBuilder) -> ArrayRef {
    Arc::new(builder.finish().with_timezone("UTC"))
}

#[derive(Default)]
struct Columns {
    words: [StringBuilder; 12],
    numbers: [Float64Builder; 16],
    integers: [Int64Builder; 3],
    time: TimestampMicrosecondBuilder,
    outcomes: OutcomeColumns,
    feedback_id: StringBuilder,
    feedback_time: TimestampMicrosecondBuilder,
    feedback: [StringBuilder; 2],
    due: Vec<Due>,
    id: String,
}

const WORDS: [&str; 12] = [
    "id",
    "version",
    "request_id",
    "subject",
    "segment_region",
    "segment_channel",
    "input_purpose",
    "input_employment",
    "output_class",
    "status",
    "error_type",
    "error_message",
];
const NUMBERS: [&str; 16] = [
    "input_income",
    "input_amount",
    "input_debt_ratio",
    "derived_log_income",
    "derived_amount_to_income",
    "output_score",
    "attribution_income",
    "attribution_amount",
    "attribution_tenure_months",
    "attribution_prior_defaults",
    "attribution_debt_ratio",
    "attribution_base_value",
    "latency_ms",
    "stage_features_ms",
    "stage_model_ms",
    "stage_policy_ms",
];
const INTEGERS: [&str; 3] = ["input_tenure_months", "input_age", "input_prior_defaults"];

impl Columns {
    /// One application at `at`, with what follows from it.
    fn apply(&mut self, random: &mut Random, at: i64, traffic: &Traffic) {
        let one = Applicant::draw(random);
        let parts = one.parts();
        let odds = BASE + parts.iter().sum::<f64>();
        // The model sees the truth through noise; the newer version sees a little better.
        let newer = at >= traffic.deployed_us();
        let blur = if newer { 0.38 } else { 0.55 };
        let score = round(logistic(odds + blur * random.normal()), 6);
        let failed = random.chance(0.01);
        let mut id = std::mem::take(&mut self.id);
        uuid(random, at, &mut id);
        self.time.append_value(at);
        self.describe(random, &one, &id, newer, (!failed).then_some(score));
        self.measure(random, &one, parts, (!failed).then_some(score));
        if !failed {
            self.follow(random, &id, at, odds, traffic);
        }
        self.id = id;
    }

    fn describe(
        &mut self,
        random: &mut Random,
        one: &Applicant,
        id: &str,
        newer: bool,
        score: Option<f64>,
    ) {
        let request = format!("req-{:010x}", random.bits() >> 24);
        let subject = format!("customer-{:06}", random.bits() % 400_000);
        let class = score.map(|s| if s >= THRESHOLD { "1" } else { "0" });
        let slow = random.chance(0.7);
        let error = score.is_none().then_some(if slow {
            (
                "FeatureStoreTimeout",
                "the feature store did not answer in time",
            )
        } else {
            ("InvalidInput", "the application lacks a required document")
        });
        let values = [
            Some(id),
            Some(VERSIONS[usize::from(newer)]),
            Some(&request),
            Some(&subject),
            Some(one.region),
            Some(one.channel),
            Some(one.purpose),
            // Partners often leave it out.
            Some(one.employment).filter(|_| one.channel != "partner" || random.chance(0.8)),
            class,
            Some(if score.is_some() { "ok" } else { "error" }),
            error.map(|(kind, _)| kind),
            error.map(|(_, message)| message),
        ];
        for (builder, value) in self.words.iter_mut().zip(values) {
            builder.append_option(value);
        }
    }

    fn measure(
        &mut self,
        random: &mut Random,
        one: &Applicant,
        parts: [f64; 5],
        score: Option<f64>,
    ) {
        let ok = score.is_some();
        let income = Some(one.income).filter(|_| !random.chance(0.02));
        let features = round(random.lognormal(if ok { 11.0 } else { 160.0 }, 0.45), 3);
        let model = round(random.lognormal(6.5, 0.3), 3);
        let policy = round(random.lognormal(1.2, 0.25), 3);
        let [income_part, amount, tenure, prior, debt] = parts.map(|p| ok.then(|| round(p, 6)));
        let values = [
            income,
            Some(one.amount),
            Some(one.debt_ratio).filter(|_| !random.chance(0.01)),
            income.map(|x| round(x.ln(), 6)),
            income.map(|x| round(one.amount / x, 6)),
            score,
            income_part,
            amount,
            tenure,
            prior,
            debt,
            ok.then_some(BASE),
            Some(round(
                features + model + policy + random.lognormal(0.8, 0.5),
                3,
            )),
            Some(features),
            Some(model),
            Some(policy),
        ];
        for (builder, value) in self.numbers.iter_mut().zip(values) {
            builder.append_option(value);
        }
        let tenure = Some(one.tenure_months).filter(|_| !random.chance(0.03));
        for (builder, value) in
            self.integers
                .iter_mut()
                .zip([tenure, Some(one.age), Some(one.prior_defaults)])
        {
            builder.append_option(value);
        }
    }

    /// The outcome, 5 to 20 days later, and now and then what a person thinks.
    fn follow(&mut self, random: &mut Random, id: &str, at: i64, odds: f64, traffic: &Traffic) {
        #[expect(clippy::cast_possible_truncation, reason = "days in microseconds")]
        let delay = ((5.0 + 15.0 * random.unit()) * 86_400e6) as i64;
        let due = Due {
            time_us: at + delay,
            id: id.to_owned(),
            defaulted: random.chance(logistic(odds)),
        };
        if due.time_us < traffic.to_us() {
            self.outcomes.push(&due);
        } else {
            self.due.push(due);
        }
        if random.chance(0.05) {
            let verdict = [
                ("right", 0.82),
                ("wrong", 0.13),
                ("unhelpful", 0.04),
                ("biased", 0.01),
            ];
            let wait = i64::try_from(random.bits() % 7_200_000_000).unwrap_or(0);
            self.feedback_id.append_value(id);
            self.feedback_time
                .append_value((at + wait).min(traffic.to_us().max(at + 1)));
            self.feedback[0].append_value(random.pick(&verdict));
            self.feedback[1].append_value(random.pick(&[("underwriter", 0.8), ("customer", 0.2)]));
        }
    }

    fn finish(self) -> Result<Day, ArrowError> {
        let mut columns: Vec<(&str, ArrayRef, bool)> = vec![("time", times(self.time), true)];
        for (name, mut builder) in WORDS.into_iter().zip(self.words) {
            columns.push((name, Arc::new(builder.finish()), true));
        }
        for (name, mut builder) in NUMBERS.into_iter().zip(self.numbers) {
            columns.push((name, Arc::new(builder.finish()), true));
        }
        for (name, mut builder) in INTEGERS.into_iter().zip(self.integers) {
            columns.push((name, Arc::new(builder.finish()), true));
        }
        let (mut id, [mut verdict, mut by]) = (self.feedback_id, self.feedback);
        let id: ArrayRef = Arc::new(id.finish());
        let feedback = RecordBatch::try_from_iter_with_nullable([
            ("id", id.clone(), true),
            ("prediction_id", id, true),
            ("time", times(self.feedback_time), true),
            ("verdict", Arc::new(verdict.finish()) as ArrayRef, true),
            ("by", Arc::new(by.finish()), true),
        ])?;
        Ok(Day {
            predictions: RecordBatch::try_from_iter_with_nullable(columns)?,
            outcomes: self.outcomes.finish()?,
            feedback,
            due: self.due,
        })
    }
}

#[cfg(test)]
mod tests;

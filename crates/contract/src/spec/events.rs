//! The six kinds of events as types, from which their JSON Schemas are published. Admission decodes
//! straight into columns and never builds these.

use schemars::JsonSchema;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// When something happened: RFC 3339 text, or an integer epoch in seconds, milliseconds,
/// microseconds or nanoseconds, told apart by magnitude.
#[derive(Debug, Clone, JsonSchema)]
#[schemars(untagged)]
pub enum EventTime {
    /// RFC 3339.
    Text(String),
    /// Epoch.
    Epoch(i64),
}

/// A class: a text, or a number or boolean taken as its text.
pub use super::model::Word as Class;

/// Fields that events of every kind may have.
#[derive(Debug, Clone, JsonSchema)]
pub struct Common {
    /// Unique per kind and model, at most 128 bytes; the deduplication key. Absent: the server mints
    /// a UUIDv7 and returns it.
    #[schemars(default, length(max = 128))]
    pub id: Option<String>,
    /// When it happened. Absent: arrival time, marked as such.
    #[schemars(default)]
    pub time: Option<EventTime>,
    /// The model; needed at `/v1/events`.
    #[schemars(default)]
    pub model: Option<String>,
    /// The model's version.
    #[schemars(default)]
    pub version: Option<String>,
    /// Where it ran; `production` by default.
    #[schemars(default)]
    pub environment: Option<String>,
    /// The request, as the sender names it.
    #[schemars(default)]
    pub request_id: Option<String>,
    /// W3C trace id.
    #[schemars(default)]
    pub trace_id: Option<String>,
    /// W3C span id.
    #[schemars(default)]
    pub span_id: Option<String>,
    /// The person or thing that it is about; stored as a keyed hash.
    #[schemars(default)]
    pub subject: Option<String>,
    /// What it may be used for, by the names that a `Policy` gives; absent: nobody was asked.
    #[schemars(default)]
    pub purposes: Option<Vec<String>>,
    /// Values of dimensions, e.g. `region`.
    #[schemars(default)]
    pub segments: BTreeMap<String, String>,
}

/// Fixes the word in `kind`.
macro_rules! kind_word {
    ($name:ident, $word:literal, $doc:literal) => {
        #[doc = $doc]
        #[derive(Debug, Clone, JsonSchema)]
        pub enum $name {
            /// The word.
            #[schemars(rename = $word)]
            Word,
        }
    };
}

kind_word!(PredictionKind, "prediction", "`kind` of a prediction.");
kind_word!(OutcomeKind, "outcome", "`kind` of an outcome.");
kind_word!(FeedbackKind, "feedback", "`kind` of feedback.");
kind_word!(EffectKind, "effect", "`kind` of an effect.");
kind_word!(StageKind, "stage", "`kind` of a stage.");
kind_word!(ChangeKind, "change", "`kind` of a change.");

/// One answer of a model. It has `inputs`, `outputs`, `derived`, `status`, `error` or `usage`.
#[derive(Debug, Clone, JsonSchema)]
pub struct Prediction {
    /// `prediction`, which is also the default.
    #[schemars(default)]
    pub kind: Option<PredictionKind>,
    /// Common fields.
    #[schemars(flatten)]
    pub common: Common,
    /// Features as the model got them.
    #[schemars(default)]
    pub inputs: Map<String, Value>,
    /// Transformed features.
    #[schemars(default)]
    pub derived: Map<String, Value>,
    /// What the model answered.
    #[schemars(default)]
    pub outputs: Option<PredictionOutputs>,
    /// How much each feature moved the answer; `base_value` is the answer without any.
    #[schemars(default)]
    pub attributions: BTreeMap<String, f64>,
    /// Seed, temperature and the like.
    #[schemars(default)]
    pub stochastic: Map<String, Value>,
    /// Ids of the preprocessing steps.
    #[schemars(default)]
    pub preprocessing: Option<Value>,
    /// How long it took, in milliseconds.
    #[schemars(default)]
    pub latency_ms: Option<f64>,
    /// Steps on the way of the request.
    #[schemars(default)]
    pub stages: Vec<RequestStage>,
    /// Whether there was an answer. Absent beside an `error`: there was none.
    #[schemars(default)]
    pub status: Option<Status>,
    /// What failed.
    #[schemars(default)]
    pub error: Option<PredictionError>,
    /// Tokens, cost and the like.
    #[schemars(default)]
    pub usage: Map<String, Value>,
}

/// What a model answered; further fields are kept.
#[derive(Debug, Clone, JsonSchema)]
pub struct PredictionOutputs {
    /// The chosen class.
    #[schemars(default)]
    pub class: Option<Class>,
    /// Score of the positive or chosen class.
    #[schemars(default)]
    pub score: Option<f64>,
    /// Score by class.
    #[schemars(default)]
    pub scores: BTreeMap<String, f64>,
    /// The predicted number.
    #[schemars(default)]
    pub value: Option<f64>,
    /// Where the value lies with a probability of `level`.
    #[schemars(default)]
    pub interval: Option<Interval>,
    /// Items, the best first.
    #[schemars(default)]
    pub ranking: Option<Value>,
    /// The generated text.
    #[schemars(default)]
    pub text: Option<String>,
    /// The vector.
    #[schemars(default)]
    pub embedding: Option<Vec<f64>>,
}

/// A prediction interval.
#[derive(Debug, Clone, JsonSchema)]
pub struct Interval {
    /// Lower end.
    pub lower: f64,
    /// Upper end.
    pub upper: f64,
    /// Probability, e.g. 0.9.
    #[schemars(default)]
    pub level: Option<f64>,
}

/// A step on the way of a request.
#[derive(Debug, Clone, JsonSchema)]
pub struct RequestStage {
    /// Its name.
    pub name: String,
    /// How long it took, in milliseconds.
    #[schemars(default)]
    pub duration_ms: Option<f64>,
    /// How it ended.
    #[schemars(default)]
    pub status: Option<String>,
}

/// Whether there was an answer.
#[derive(Debug, Clone, Copy, JsonSchema)]
#[schemars(rename_all = "lowercase")]
pub enum Status {
    /// There was.
    Ok,
    /// There was not.
    Error,
}

/// What failed.
#[derive(Debug, Clone, JsonSchema)]
pub struct PredictionError {
    /// Kind of failure.
    #[schemars(default, rename = "type")]
    pub kind: Option<String>,
    /// What the model said.
    #[schemars(default)]
    pub message: Option<String>,
}

/// Ground truth of an earlier prediction. A later one corrects an earlier one. It has `class`,
/// `value` or `relevance`.
#[derive(Debug, Clone, JsonSchema)]
pub struct Outcome {
    /// `outcome`; needed at `/v1/events`.
    #[schemars(default)]
    pub kind: Option<OutcomeKind>,
    /// Common fields.
    #[schemars(flatten)]
    pub common: Common,
    /// Id of the prediction.
    pub prediction_id: String,
    /// The true class.
    #[schemars(default)]
    pub class: Option<Class>,
    /// The true number.
    #[schemars(default)]
    pub value: Option<f64>,
    /// How relevant the ranked item was.
    #[schemars(default)]
    pub relevance: Option<f64>,
}

/// What a person thinks of a prediction. It has `verdict`, `score` or `comment`.
#[derive(Debug, Clone, JsonSchema)]
pub struct Feedback {
    /// `feedback`; needed at `/v1/events`.
    #[schemars(default)]
    pub kind: Option<FeedbackKind>,
    /// Common fields.
    #[schemars(flatten)]
    pub common: Common,
    /// Id of the prediction.
    pub prediction_id: String,
    /// `right`, `wrong`, `biased`, `harmful`, `unhelpful`, or a word of your own.
    #[schemars(default)]
    pub verdict: Option<String>,
    /// A grade.
    #[schemars(default)]
    pub score: Option<f64>,
    /// In words.
    #[schemars(default)]
    pub comment: Option<String>,
    /// Who says so.
    #[schemars(default)]
    pub by: Option<String>,
}

/// What the business saw.
#[derive(Debug, Clone, JsonSchema)]
pub struct Effect {
    /// `effect`; needed at `/v1/events`.
    #[schemars(default)]
    pub kind: Option<EffectKind>,
    /// Common fields.
    #[schemars(flatten)]
    pub common: Common,
    /// What was measured.
    pub name: String,
    /// How much.
    pub value: f64,
    /// In which unit.
    #[schemars(default)]
    pub unit: Option<String>,
    /// Id of the prediction, if it belongs to one.
    #[schemars(default)]
    pub prediction_id: Option<String>,
}

/// A pipeline step outside the request: ingestion, feature build.
#[derive(Debug, Clone, JsonSchema)]
pub struct Stage {
    /// `stage`; needed at `/v1/events`.
    #[schemars(default)]
    pub kind: Option<StageKind>,
    /// Common fields.
    #[schemars(flatten)]
    pub common: Common,
    /// What it worked on.
    #[schemars(default)]
    pub dataset: Option<String>,
    /// Its name.
    pub step: String,
    /// Rows that came out.
    #[schemars(default)]
    pub rows: Option<i64>,
    /// Digests of what went in.
    #[schemars(default)]
    pub inputs: Option<Value>,
    /// Digests of what came out.
    #[schemars(default)]
    pub outputs: Option<Value>,
    /// Checks and their results.
    #[schemars(default)]
    pub checks: Option<Value>,
}

/// A deployment, configuration, feature or data change.
#[derive(Debug, Clone, JsonSchema)]
pub struct Change {
    /// `change`; needed at `/v1/events`.
    #[schemars(default)]
    pub kind: Option<ChangeKind>,
    /// Common fields.
    #[schemars(flatten)]
    pub common: Common,
    /// What changed.
    pub what: String,
    /// Where.
    #[schemars(default)]
    pub target: Option<String>,
    /// State before.
    #[schemars(default)]
    pub from: Option<String>,
    /// State after.
    #[schemars(default)]
    pub to: Option<String>,
    /// Who did it.
    #[schemars(default)]
    pub by: Option<String>,
    /// Why.
    #[schemars(default)]
    pub why: Option<String>,
    /// When it will be over, if it takes time: until then, but for a day at most, windows tell nothing of the model.
    #[schemars(default)]
    pub until: Option<EventTime>,
}

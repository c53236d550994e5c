//! `Policy`: how long telemetry is kept, what becomes of personal data, what people agreed to. What
//! it says of access is kept for later versions to read.

use super::model::{DAY_US, NAME_RULE, duration_us};
use super::nearest::nearest;
use super::problem::Problem;
use crate::personal::PersonalKind;
use crate::{Kind, ModelName, TableId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// The spec of a `Policy`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PolicySpec {
    /// The models that it is for; all, and the shared tables too, if none is named.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub models: Vec<String>,
    /// How long rows are kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retention: Option<Retention>,
    /// What becomes of personal data.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub privacy: Option<PrivacyPolicy>,
    /// What data may be used for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub consent: Option<ConsentPolicy>,
    /// Kept, not read by this version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub access: Option<Map<String, Value>>,
}

/// What becomes of personal data before they are stored. Fields that a model's spec calls
/// `sensitive` are dropped whatever a policy says. Of several policies the strictest holds.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PrivacyPolicy {
    /// What becomes of text in fields that are personal; `hash` if it does not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub personal: Option<PersonalAction>,
    /// What becomes of numbers and times in fields that are personal; `coarsen` if it does not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub numbers: Option<NumberAction>,
    /// Kinds of personal data that are masked in text that nobody declared: all but `ip` if it does
    /// not say, none if it is empty.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detect: Option<Vec<PersonalKind>>,
    /// Whether prompts, completions and what tools are given and answer are kept of OpenTelemetry spans;
    /// `drop` if it does not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content: Option<ContentAction>,
    /// What a person decided of single columns, by stored name, e.g. `input_note` or `comment`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub columns: BTreeMap<String, Decision>,
}

/// What becomes of the content of spans, mildest first.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum ContentAction {
    /// It is kept, with what looks personal masked.
    Keep,
    /// Nothing is stored.
    #[default]
    Drop,
}

/// What becomes of personal text, mildest first.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum PersonalAction {
    /// A keyed hash: equal values stay equal, and nobody can tell them.
    #[default]
    Hash,
    /// The mark `[personal]`.
    Mask,
    /// Nothing is stored.
    Drop,
}

/// What becomes of personal numbers and times, mildest first.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum NumberAction {
    /// They are stored as sent.
    Keep,
    /// Two significant digits, or the day: enough to tell drift. Vectors are dropped.
    #[default]
    Coarsen,
    /// Nothing is stored.
    Drop,
}

/// What a person decided of a column, mildest first.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Decision {
    /// It is not personal: stored as sent, not even searched.
    Off,
    /// Personal: hashed.
    Hash,
    /// Personal: masked as a whole.
    Mask,
    /// Not stored.
    Drop,
}

/// What data may be used for. Events name their purposes in `purposes`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ConsentPolicy {
    /// The purposes that there are, by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub purposes: BTreeMap<String, Purpose>,
}

/// One purpose.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Purpose {
    /// What it is, for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub about: Option<String>,
    /// What holds for events that name no purposes at all; `deny` if it does not say.
    #[serde(default)]
    pub unnamed: Consent,
}

/// Whether data may be used.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Consent {
    /// They may not.
    #[default]
    Deny,
    /// They may.
    Allow,
}

/// Longest name of a purpose, in bytes.
pub(crate) const PURPOSE_BYTES_MAX: usize = 64;

/// Whether a word can name a purpose: letters, digits, `_` and `-`.
pub(crate) fn is_purpose(word: &str) -> bool {
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-');
    (1..=PURPOSE_BYTES_MAX).contains(&word.len()) && word.bytes().all(plain)
}

/// How long rows of each table are kept, in whole days, e.g. `400d`. What is not named is kept for
/// ever; alerts are kept for 400 days then.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Retention {
    /// Predictions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub predictions: Option<String>,
    /// Outcomes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcomes: Option<String>,
    /// Feedback.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub feedback: Option<String>,
    /// Effects.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub effects: Option<String>,
    /// Stages; shared by all models.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stages: Option<String>,
    /// Changes; shared by all models.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub changes: Option<String>,
    /// Spans of traces; shared by all models.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub spans: Option<String>,
    /// Rejected rows; shared by all models.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quarantine: Option<String>,
    /// Alerts and their history, from their end on; shared by all models.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alerts: Option<String>,
}

/// The name of alerts beside those of tables.
const ALERTS: &str = "alerts";

impl Retention {
    fn all(&self) -> [(&'static str, Option<&String>); 9] {
        [
            ("predictions", self.predictions.as_ref()),
            ("outcomes", self.outcomes.as_ref()),
            ("feedback", self.feedback.as_ref()),
            ("effects", self.effects.as_ref()),
            ("stages", self.stages.as_ref()),
            ("changes", self.changes.as_ref()),
            ("spans", self.spans.as_ref()),
            ("quarantine", self.quarantine.as_ref()),
            (ALERTS, self.alerts.as_ref()),
        ]
    }
}

/// Whole days of a duration; `None` if it is none or not whole.
fn whole_days(text: &str) -> Option<u32> {
    let us = duration_us(text)?;
    (us % DAY_US == 0)
        .then(|| u32::try_from(us / DAY_US).ok())
        .flatten()
        .filter(|days| *days > 0)
}

impl PolicySpec {
    /// Days that rows of `table` are kept by this policy; `None` if it does not limit them.
    pub fn retention_days(&self, table: &TableId) -> Option<u32> {
        let ours = match table.model() {
            Some(model) => {
                self.models.is_empty() || self.models.iter().any(|m| m == model.as_str())
            }
            None => self.models.is_empty(),
        };
        let all = self.retention.as_ref().filter(|_| ours)?.all();
        let (_, text) = all.into_iter().find(|(name, _)| *name == table.name())?;
        text.and_then(|text| whole_days(text))
    }

    /// Days that alerts are kept after their end by this policy; `None` if it does not say.
    pub fn alert_days(&self) -> Option<u32> {
        let retention = self.retention.as_ref().filter(|_| self.models.is_empty())?;
        whole_days(retention.alerts.as_deref()?)
    }

    pub(crate) fn check(&self, path: &str) -> Vec<Problem> {
        let mut problems = Vec::new();
        for (i, model) in self.models.iter().enumerate() {
            if ModelName::new(model).is_none() {
                problems.push(
                    Problem::new(format!("{path}.models[{i}]"), "This is no model name")
                        .hint(NAME_RULE),
                );
            }
        }
        self.check_retention(path, &mut problems);
        self.check_privacy(path, &mut problems);
        for name in self.consent.iter().flat_map(|c| c.purposes.keys()) {
            if !is_purpose(name) {
                problems.push(
                    Problem::new(
                        format!("{path}.consent.purposes.{name}"),
                        "This is no name of a purpose",
                    )
                    .hint("Use 1 to 64 letters, digits, _ and -"),
                );
            }
        }
        problems
    }

    fn check_retention(&self, path: &str, problems: &mut Vec<Problem>) {
        let Some(retention) = &self.retention else {
            return;
        };
        for (table, text) in retention.all() {
            let at = format!("{path}.retention.{table}");
            if text.is_some_and(|text| whole_days(text).is_none()) {
                problems.push(
                    Problem::new(at, "Rows are kept for whole days")
                        .hint("Write a duration such as 400d"),
                );
            } else if text.is_some() && !self.models.is_empty() && is_shared(table) {
                problems.push(
                    Problem::new(at, "This table is shared by all models")
                        .hint("Limit it in a policy that names no models"),
                );
            }
        }
    }

    fn check_privacy(&self, path: &str, problems: &mut Vec<Problem>) {
        let Some(privacy) = &self.privacy else {
            return;
        };
        for column in privacy.columns.keys() {
            let at = format!("{path}.privacy.columns.{column}");
            if OWN_COLUMNS.contains(&column.as_str()) {
                problems.push(
                    Problem::new(at, "Nobody decides about this column")
                        .hint("Subjects are always hashed; times, models and purposes are kept"),
                );
            } else if !is_stored_name(column) {
                let hint = match nearest(column, STEMS.iter().copied()) {
                    Some(stem) => format!("Did you mean `{stem}`?"),
                    None => format!("Inputs are called input_…, e.g. `input_{column}`"),
                };
                let message = "No column has such a name";
                problems.push(Problem::new(at, message).hint(hint));
            }
        }
    }
}

const OWN_COLUMNS: [&str; 6] = [
    "subject",
    "model",
    "purposes",
    "time",
    "received_at",
    "time_is_arrival",
];

/// Names that columns have or begin with, over all kinds of events.
const STEMS: &[&str] = &[
    "input_",
    "derived_",
    "output_",
    "segment_",
    "stage_",
    "stochastic_",
    "usage_",
    "error_",
    "attribution_",
    "id",
    "prediction_id",
    "request_id",
    "trace_id",
    "span_id",
    "version",
    "environment",
    "preprocessing",
    "status",
    "class",
    "value",
    "relevance",
    "verdict",
    "score",
    "comment",
    "by",
    "name",
    "unit",
    "dataset",
    "step",
    "rows",
    "inputs",
    "outputs",
    "checks",
    "what",
    "target",
    "from",
    "to",
    "why",
    "extra",
];

fn is_stored_name(column: &str) -> bool {
    let begins = STEMS.iter().any(|stem| match stem.strip_suffix('_') {
        Some(_) => column.len() > stem.len() && column.starts_with(stem),
        None => column == *stem,
    });
    begins || crate::spans::has(column)
}

fn is_shared(table: &str) -> bool {
    matches!(table, "quarantine" | "spans" | ALERTS)
        || Kind::ALL
            .into_iter()
            .any(|k| k.table() == table && !k.per_model())
}

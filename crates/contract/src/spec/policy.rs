//! `Policy`: how long telemetry is kept. What else a policy says is kept for later versions to read.

use super::model::{DAY_US, NAME_RULE, duration_us};
use super::problem::Problem;
use crate::{Kind, ModelName, TableId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

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
    /// Kept, not read by this version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub privacy: Option<Map<String, Value>>,
    /// Kept, not read by this version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub consent: Option<Map<String, Value>>,
    /// Kept, not read by this version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub access: Option<Map<String, Value>>,
}

/// How long rows of each table are kept, in whole days, e.g. `400d`. What is not named is kept for
/// ever.
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
    /// Rejected rows; shared by all models.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quarantine: Option<String>,
}

impl Retention {
    fn all(&self) -> [(&'static str, Option<&String>); 7] {
        [
            ("predictions", self.predictions.as_ref()),
            ("outcomes", self.outcomes.as_ref()),
            ("feedback", self.feedback.as_ref()),
            ("effects", self.effects.as_ref()),
            ("stages", self.stages.as_ref()),
            ("changes", self.changes.as_ref()),
            ("quarantine", self.quarantine.as_ref()),
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
        let Some(retention) = &self.retention else {
            return problems;
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
        problems
    }
}

fn is_shared(table: &str) -> bool {
    table == "quarantine"
        || Kind::ALL
            .into_iter()
            .any(|k| k.table() == table && !k.per_model())
}

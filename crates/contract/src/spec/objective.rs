//! `Objective`: a promise about a model's service.

use super::model::{ModelObjective, NAME_RULE, duration_us};
use super::problem::Problem;
use crate::ModelName;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The spec of an `Objective`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ObjectiveSpec {
    /// The model that the promise is about.
    pub model: String,
    /// The figure: `errors`, `latency_ms.p99`, or a metric of performance such as `roc_auc`.
    pub metric: String,
    /// The greatest good value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_most: Option<f64>,
    /// The least good value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_least: Option<f64>,
    /// Share that must be good, e.g. 0.995.
    pub target: f64,
    /// The rolling period, e.g. `30d`.
    pub over: String,
}

impl ObjectiveSpec {
    /// As a model's own spec would tell it.
    pub fn of_model(&self, name: &str) -> ModelObjective {
        ModelObjective {
            name: name.to_owned(),
            metric: self.metric.clone(),
            at_most: self.at_most,
            at_least: self.at_least,
            target: self.target,
            over: self.over.clone(),
        }
    }

    pub(crate) fn check(&self, path: &str) -> Vec<Problem> {
        let mut problems = Vec::new();
        if ModelName::new(&self.model).is_none() {
            let at = format!("{path}.model");
            problems.push(Problem::new(at, "This is no model name").hint(NAME_RULE));
        }
        if !(self.target > 0.0 && self.target < 1.0) {
            let at = format!("{path}.target");
            problems.push(
                Problem::new(at, "A target is a share between 0 and 1")
                    .hint("Write 0.995 for 99.5 %"),
            );
        }
        if duration_us(&self.over).is_none() {
            let at = format!("{path}.over");
            problems.push(Problem::new(at, "This is no time").hint("Write it as 30d"));
        }
        problems
    }
}

//! How a file's columns map to event fields.

use super::{ModelSpec, Task};
use crate::{Kind, Mapping};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Columns of a file by the event field that they hold.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Columns {
    /// Column of the prediction's id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Column of the event time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time: Option<String>,
    /// Column of the model's version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// Column of the environment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub environment: Option<String>,
    /// Column of the person or thing that the prediction is about; stored as a keyed hash.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// Column of the request's id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
    /// Column of the latency in milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub latency_ms: Option<String>,
    /// Columns of inputs. Without it: every column that is not named elsewhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inputs: Option<Vec<String>>,
    /// Columns of what the model answered.
    #[serde(default, skip_serializing_if = "Outputs::is_empty")]
    pub outputs: Outputs,
    /// Columns of attributions, by feature.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub attributions: BTreeMap<String, String>,
    /// Column of the true answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<String>,
    /// Columns of dimensions.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub segments: Vec<String>,
    /// Columns that are not read at all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ignore: Vec<String>,
}

/// Columns of outputs.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Outputs {
    /// Column of the chosen class.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub class: Option<String>,
    /// Column of the positive class's score.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub score: Option<String>,
    /// Columns of scores, by class.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub scores: BTreeMap<String, String>,
    /// Column of the predicted number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
    /// Column of the generated text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// Column of the ranking.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ranking: Option<String>,
    /// Column of the embedding.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub embedding: Option<String>,
}

impl Outputs {
    fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// One role of a column: where the spec says so, the column, and the event field.
pub(super) struct Role<'a> {
    pub(super) path: String,
    pub(super) column: &'a str,
    field: Option<String>,
}

impl Columns {
    pub(super) fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// All roles that the spec gives to columns of predictions, in the order of the fields above.
    pub(super) fn roles(&self) -> Vec<Role<'_>> {
        let outputs = &self.outputs;
        let single = [
            ("id", "id", &self.id),
            ("time", "time", &self.time),
            ("version", "version", &self.version),
            ("environment", "environment", &self.environment),
            ("subject", "subject", &self.subject),
            ("request_id", "request_id", &self.request_id),
            ("latency_ms", "latency_ms", &self.latency_ms),
            ("outputs.class", "output_class", &outputs.class),
            ("outputs.score", "output_score", &outputs.score),
            ("outputs.value", "output_value", &outputs.value),
            ("outputs.text", "output_text", &outputs.text),
            ("outputs.ranking", "output_ranking", &outputs.ranking),
            ("outputs.embedding", "output_embedding", &outputs.embedding),
        ];
        let single = single.into_iter().filter_map(|(path, field, column)| {
            let column = column.as_deref()?;
            Some(Role {
                path: path.into(),
                column,
                field: Some(field.into()),
            })
        });
        let scores = by_name("outputs.scores", "output_scores_", &outputs.scores);
        let attributions = by_name("attributions", "attribution_", &self.attributions);
        let inputs = listed(
            "inputs",
            Some("input_"),
            self.inputs.as_deref().unwrap_or_default(),
        );
        let segments = listed("segments", Some("segment_"), &self.segments);
        let ignored = listed("ignore", None, &self.ignore);
        let outcome = self.outcome.as_deref();
        let outcome = outcome.map(|column| Role {
            path: "outcome".into(),
            column,
            field: None,
        });
        let all = single.chain(scores).chain(inputs).chain(attributions);
        all.chain(outcome).chain(segments).chain(ignored).collect()
    }
}

fn by_name<'a>(
    path: &'a str,
    prefix: &'a str,
    columns: &'a BTreeMap<String, String>,
) -> impl Iterator<Item = Role<'a>> {
    columns.iter().map(move |(name, column)| Role {
        path: format!("{path}.{name}"),
        column,
        field: Some(format!("{prefix}{name}")),
    })
}

fn listed<'a>(
    path: &'a str,
    prefix: Option<&'a str>,
    columns: &'a [String],
) -> impl Iterator<Item = Role<'a>> {
    columns.iter().enumerate().map(move |(i, column)| Role {
        path: format!("{path}[{i}]"),
        column,
        field: prefix.map(|prefix| format!("{prefix}{column}")),
    })
}

impl ModelSpec {
    /// How a file's columns make events of `kind`. Of predictions, the outcome's column is left out;
    /// of outcomes, everything but id, time, version, environment and the outcome.
    ///
    /// Columns that the spec does not name are inputs of predictions, unless it lists the inputs;
    /// then they are left out. Protected columns that have no role become segments.
    pub fn mapping(&self, kind: Kind) -> Mapping {
        match kind {
            Kind::Prediction => self.prediction_mapping(),
            Kind::Outcome => self.outcome_mapping(),
            _ => Mapping::new(self.common_fields("prediction_id")).only_named(),
        }
    }

    fn prediction_mapping(&self) -> Mapping {
        let roles = self.columns.roles();
        let idle = |column: &&String| !roles.iter().any(|role| role.column == column.as_str());
        let protected: Vec<(String, Option<String>)> = self
            .protected
            .iter()
            .filter(idle)
            .map(|column| (column.clone(), Some(format!("segment_{column}"))))
            .collect();
        let fields = roles
            .into_iter()
            .map(|role| (role.column.to_owned(), role.field))
            .chain(protected);
        let mapping = Mapping::new(fields);
        if self.columns.inputs.is_some() {
            mapping.only_named()
        } else {
            mapping
        }
    }

    fn outcome_mapping(&self) -> Mapping {
        let number = matches!(self.task, Some(Task::Regression))
            || (self.task.is_none() && self.columns.outputs.value.is_some());
        let field = match self.task {
            _ if number => "value",
            Some(Task::Ranking) => "relevance",
            _ => "class",
        };
        let outcome = self
            .columns
            .outcome
            .clone()
            .map(|column| (column, Some(field.to_owned())));
        Mapping::new(
            self.common_fields("prediction_id")
                .into_iter()
                .chain(outcome),
        )
        .only_named()
    }

    fn common_fields(&self, id: &str) -> Vec<(String, Option<String>)> {
        let columns = &self.columns;
        let fields = [
            (id, &columns.id),
            ("time", &columns.time),
            ("version", &columns.version),
            ("environment", &columns.environment),
        ];
        fields
            .into_iter()
            .filter_map(|(field, column)| Some((column.clone()?, Some(field.to_owned()))))
            .collect()
    }
}

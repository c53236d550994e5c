//! `Model`: what a model is, how a file's columns map to its events, what its features hold.

mod check;
mod columns;

pub(crate) use check::{DAY_US, NAME_RULE, duration_us};
pub use columns::{Columns, Outputs};

use crate::layout::stored_name;
use crate::{Column, ColumnType};
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize};
use std::collections::BTreeMap;
use std::fmt;

/// The spec of a `Model`. Nothing in it is required.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ModelSpec {
    /// What the model answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub task: Option<Task>,
    /// How columns of a file map to event fields; events need none of it.
    #[serde(default, skip_serializing_if = "Columns::is_empty")]
    pub columns: Columns,
    /// The class whose score `output_score` is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub positive_class: Option<Word>,
    /// Columns by whose groups fairness is judged. They need be neither inputs nor segments.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub protected: Vec<String>,
    /// What is known of inputs, by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub features: BTreeMap<String, Feature>,
    /// What must hold in each row, across its columns.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub checks: Vec<RowCheck>,
    /// Promises about the model's service.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub objectives: Vec<ModelObjective>,
    /// The period that current data are compared with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<Reference>,
    /// How data are cut into windows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub windows: Option<Windows>,
    /// Routes of its alerts, by name, in order of escalation.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub escalation: Vec<String>,
    /// Who answers for the data that reach the model, if it is not its owner: alerts that say that data do not arrive
    /// are theirs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pipeline_owner: Option<String>,
}

/// What a model answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Task {
    /// One of two classes.
    Binary,
    /// One of several classes.
    Multiclass,
    /// A number.
    Regression,
    /// An order of items.
    Ranking,
    /// A text.
    Generation,
    /// A vector.
    Embedding,
}

impl Task {
    /// The word in specs, e.g. `binary`.
    pub const fn name(self) -> &'static str {
        match self {
            Task::Binary => "binary",
            Task::Multiclass => "multiclass",
            Task::Regression => "regression",
            Task::Ranking => "ranking",
            Task::Generation => "generation",
            Task::Embedding => "embedding",
        }
    }
}

impl fmt::Display for Task {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A value of a category: any scalar, kept as text, since files and events often disagree whether
/// a class is `1` or `"1"`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct Word(pub String);

impl<'de> Deserialize<'de> for Word {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        use serde_json::Value;
        match Value::deserialize(deserializer)? {
            Value::String(text) => Ok(Word(text)),
            value @ (Value::Bool(_) | Value::Number(_)) => Ok(Word(value.to_string())),
            _ => Err(serde::de::Error::custom(
                "a text, a number, true or false must be here",
            )),
        }
    }
}

impl JsonSchema for Word {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Word".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "description": "A value of a category; numbers and booleans are taken as their text.",
            "type": ["string", "number", "boolean"],
        })
    }
}

/// What a feature holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum FeatureType {
    /// 64-bit float.
    Number,
    /// Signed 64-bit integer.
    Integer,
    /// One of some words; stored as text.
    Category,
    /// True or false.
    Boolean,
    /// Free text.
    Text,
    /// An instant.
    Time,
    /// A list of numbers.
    Vector,
}

impl FeatureType {
    /// How it is stored.
    pub const fn column_type(self) -> ColumnType {
        match self {
            FeatureType::Number => ColumnType::Number,
            FeatureType::Integer => ColumnType::Integer,
            FeatureType::Category | FeatureType::Text => ColumnType::Text,
            FeatureType::Boolean => ColumnType::Boolean,
            FeatureType::Time => ColumnType::Time,
            FeatureType::Vector => ColumnType::Vector,
        }
    }

    /// The type to propose for a stored column.
    pub const fn of_column(ty: ColumnType) -> Self {
        match ty {
            ColumnType::Number => FeatureType::Number,
            ColumnType::Integer => FeatureType::Integer,
            ColumnType::Text => FeatureType::Category,
            ColumnType::Boolean => FeatureType::Boolean,
            ColumnType::Time => FeatureType::Time,
            ColumnType::Vector => FeatureType::Vector,
            ColumnType::Binary => FeatureType::Text,
        }
    }
}

/// How much a feature tells of a person.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Sensitivity {
    /// Nothing.
    None,
    /// It is personal data.
    Personal,
    /// It is of a specially protected kind, e.g. health.
    Sensitive,
}

/// What is known of one input.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Feature {
    /// What it holds. Values that contradict it are rejected; without it the type is inferred.
    #[serde(default, rename = "type", skip_serializing_if = "Option::is_none")]
    pub ty: Option<FeatureType>,
    /// Whether each prediction must have it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub required: bool,
    /// The values that it may have.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allowed: Option<Vec<Word>>,
    /// Its least value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min: Option<f64>,
    /// Its greatest value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max: Option<f64>,
    /// How much it tells of a person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sensitivity: Option<Sensitivity>,
    /// The SQL expression of other columns that it must equal, e.g. `amount / income`. Reports hold it against that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub derived: Option<String>,
}

/// What must hold in each row, across its columns. Reports check it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RowCheck {
    /// Its name, unique in the model.
    pub name: String,
    /// A SQL expression of columns that must be true, e.g. `net <= gross`; null is not judged.
    pub holds: String,
    /// The share of rows in which it may be false, 0 if nothing is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tolerated: Option<f64>,
    /// How much it matters if it fails; `warning` if nothing is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub severity: Option<CheckSeverity>,
}

/// How much a failed check matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum CheckSeverity {
    /// Good to know.
    Notice,
    /// Somebody should look.
    Warning,
    /// The data must not be used.
    Critical,
}

/// A promise about a model's service.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ModelObjective {
    /// Its name, unique in the model.
    pub name: String,
    /// The figure, e.g. `latency_ms.p99`.
    pub metric: String,
    /// The greatest good value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_most: Option<f64>,
    /// The least good value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_least: Option<f64>,
    /// Share of the time in which it must be good, e.g. 0.995.
    pub target: f64,
    /// The rolling period, e.g. `30d`.
    pub over: String,
}

/// The period that current data are compared with, half open.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Reference {
    /// Its first instant: a date or RFC 3339.
    pub from: String,
    /// The first instant after it.
    pub to: String,
}

/// How data are cut into windows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Windows {
    /// By event time: a duration such as `1d`.
    Every(String),
    /// By number of rows, for files without a meaningful clock.
    Rows(RowWindows),
}

impl Windows {
    /// Length of windows by time, in microseconds.
    pub fn every_us(&self) -> Option<i64> {
        match self {
            Windows::Every(text) => duration_us(text),
            Windows::Rows(_) => None,
        }
    }
}

impl Reference {
    /// Its first instant and the first after it, microseconds since 1970.
    pub fn range_us(&self) -> Option<std::ops::Range<i64>> {
        Some(crate::parse_us(&self.from)?..crate::parse_us(&self.to)?)
    }
}

/// Windows of a number of rows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RowWindows {
    /// Rows of a window.
    pub rows: u64,
}

impl ModelSpec {
    /// The columns of the predictions' table whose types the features declare.
    pub fn declared_columns(&self) -> Vec<Column> {
        self.features
            .iter()
            .filter_map(|(name, feature)| {
                let stored = stored_name("input_", name);
                let plain = stored.strip_prefix("input_") == Some(name);
                Some(Column {
                    source: (!plain).then(|| name.clone()),
                    declared: true,
                    ..Column::new(stored, feature.ty?.column_type())
                })
            })
            .collect()
    }
}

//! One column: what it held before, what it holds now.

use super::drift::Drift;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A column of the data.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Column {
    /// Its name, as the data have it.
    pub name: String,
    /// What it is to the model.
    #[serde(default)]
    pub role: Role,
    /// What its values are: `number`, `category`, `boolean`, `text`, `time`, `embedding`, …
    #[serde(default, rename = "type")]
    pub value_type: String,
    /// Its part in the model's answers, if known; of all columns together 1.
    #[serde(default)]
    pub importance: Option<f64>,
    /// Summary of the reference rows.
    #[serde(default)]
    pub reference: Summary,
    /// Summary of the current rows.
    #[serde(default)]
    pub current: Summary,
    /// Whether it drifted, by the method that suits it; `null` if it was not judged.
    #[serde(default)]
    pub drift: Option<Drift>,
    /// The same by every method that was asked for.
    #[serde(default)]
    pub drift_all: BTreeMap<String, Drift>,
    /// Both sides in the same bins.
    #[serde(default)]
    pub histogram: Option<Histogram>,
}

/// What a column is to the model.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// What the model is given.
    #[default]
    Input,
    /// What preprocessing made of the inputs.
    Derived,
    /// What the model answers.
    Output,
    /// What came true.
    Outcome,
    /// What rows are grouped by.
    Segment,
    /// What the model must be fair about.
    Protected,
    /// Names a row.
    Id,
    /// When a row happened.
    Time,
    /// Anything else.
    #[serde(other)]
    Other,
}

impl Role {
    /// The word for it.
    pub const fn name(self) -> &'static str {
        match self {
            Role::Input => "input",
            Role::Derived => "derived",
            Role::Output => "output",
            Role::Outcome => "outcome",
            Role::Segment => "segment",
            Role::Protected => "protected",
            Role::Id => "id",
            Role::Time => "time",
            Role::Other => "other",
        }
    }
}

/// What is known of one side's values.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Summary {
    /// Rows, with those that lack a value.
    #[serde(default)]
    pub count: u64,
    /// Rows that lack a value.
    #[serde(default)]
    pub nulls: u64,
    /// Different values; an estimate where there are very many.
    #[serde(default)]
    pub distinct: Option<u64>,
    /// Mean of numbers.
    #[serde(default)]
    pub mean: Option<f64>,
    /// Standard deviation of numbers.
    #[serde(default)]
    pub std: Option<f64>,
    /// Least value: a number, or a time as RFC 3339.
    #[serde(default)]
    pub min: Option<Scalar>,
    /// Greatest value.
    #[serde(default)]
    pub max: Option<Scalar>,
    /// Rank in [0, 1] as text → value.
    #[serde(default)]
    pub quantiles: BTreeMap<String, f64>,
    /// The most frequent values, most frequent first.
    #[serde(default)]
    pub top: Vec<Frequent>,
}

impl Summary {
    /// Share of the rows that lack a value; `None` without rows.
    pub fn missing(&self) -> Option<f64> {
        (self.count > 0).then(|| self.nulls as f64 / self.count as f64)
    }
}

/// A number or a text.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Scalar {
    /// A number.
    Number(f64),
    /// A text.
    Text(String),
}

/// A value and its rows.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Frequent {
    /// The value as text.
    pub value: String,
    /// Rows that hold it.
    pub count: u64,
    /// Their share of all rows.
    pub share: f64,
}

/// Shares of both sides in the same bins, for a picture. The bins come from the reference alone.
///
/// Numbers have `edges`, others `categories`. All shares of a side add up to 1.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Histogram {
    /// Ascending; one more than bins. Bins hold their left edge, the last one both.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub edges: Option<Vec<f64>>,
    /// One a bin.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub categories: Option<Vec<String>>,
    /// Shares of the reference rows.
    pub reference: Shares,
    /// Shares of the current rows.
    pub current: Shares,
}

/// One side's shares of its rows.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Shares {
    /// One a bin.
    pub bins: Vec<f64>,
    /// Below the first edge.
    #[serde(default)]
    pub below: f64,
    /// Above the last edge.
    #[serde(default)]
    pub above: f64,
    /// Categories of the reference that have no bin of their own.
    #[serde(default)]
    pub other: f64,
    /// Values that the reference never held.
    #[serde(default)]
    pub unseen: f64,
    /// Without a value.
    #[serde(default)]
    pub missing: f64,
}

impl Shares {
    /// What lies in no bin, each with its word, in the order in which it is drawn.
    pub fn outside(&self) -> [(&'static str, f64); 5] {
        [
            ("below", self.below),
            ("above", self.above),
            ("other", self.other),
            ("unseen", self.unseen),
            ("missing", self.missing),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_reads_with_its_name_alone_and_roles_it_does_not_know_are_other() {
        let column: Column = serde_json::from_str(r#"{"name": "x", "role": "mood"}"#).unwrap();
        assert_eq!(column.role, Role::Other);
        assert_eq!(column.reference.missing(), None);
        let json = serde_json::to_value(&column).unwrap();
        assert_eq!(json["type"], "");
        assert!(json["drift"].is_null());
    }

    #[test]
    fn roles_have_the_words_of_their_json() {
        for role in [
            Role::Input,
            Role::Derived,
            Role::Output,
            Role::Outcome,
            Role::Segment,
            Role::Protected,
            Role::Id,
            Role::Time,
            Role::Other,
        ] {
            assert_eq!(serde_json::to_value(role).unwrap(), role.name());
        }
    }

    #[test]
    fn ends_are_numbers_or_times() {
        let summary: Summary = serde_json::from_str(
            r#"{"count": 4, "nulls": 1, "min": 2, "max": "2026-10-01T00:00:00Z"}"#,
        )
        .unwrap();
        assert_eq!(summary.min, Some(Scalar::Number(2.0)));
        assert!(matches!(summary.max, Some(Scalar::Text(_))));
        assert_eq!(summary.missing(), Some(0.25));
    }
}

//! What a report tells, as data: the JSON of `candor report … --out r.json`, key by key.
//!
//! A section that cannot be told is `null` (or an empty list), and [`Document::absent`] says why. Numbers are
//! finite: what is not known is `null`. Names of columns, classes and groups are kept as they came; whoever
//! shows them must not trust them.

mod calibration;
mod column;
mod drift;
mod evidence;
mod fairness;
mod figure;
mod finding;
mod method;
mod performance;
mod quality;
mod slice;
mod window;

pub use calibration::{Calibration, Curve, CurveBin};
pub use column::{Column, Frequent, Histogram, Role, Scalar, Shares, Summary};
pub use drift::{DataDrift, DecidedBy, Drift, JointDrift};
pub use evidence::Evidence;
pub use fairness::{Disparity, Fairness, GapVerdict, Group};
pub use figure::Figure;
pub use finding::{Finding, Severity, State, Verdict};
pub use method::Method;
pub use performance::{Change, Confusion, EstimatedPerformance, Outcomes, Performance};
pub use quality::{Check, Quality};
pub use slice::Slice;
pub use window::{Band, Bands, Expected, Reading, Window};

use candor_contract::spec::Task;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Version of the form that [`Document`] has; it grows when a key changes its meaning or goes.
pub const SCHEMA_VERSION: u32 = 1;

/// A whole report.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Document {
    /// [`SCHEMA_VERSION`] of the writer.
    #[serde(default = "schema_version")]
    pub schema_version: u32,
    /// Name of the model; empty if nobody gave one.
    #[serde(default)]
    pub model: String,
    /// What the model answers, if it is known.
    #[serde(default)]
    pub task: Option<Task>,
    /// When the report was made, RFC 3339.
    #[serde(default)]
    pub generated_at: String,
    /// What follows from the findings in one sentence; [`Document::state`] where it is absent.
    #[serde(default)]
    pub verdict: Option<Verdict>,
    /// The rows that are compared with.
    #[serde(default)]
    pub reference: Period,
    /// The rows that the report is about.
    #[serde(default)]
    pub current: Period,
    /// Every column, with its summaries and its drift.
    #[serde(default)]
    pub columns: Vec<Column>,
    /// Drift of the data as a whole.
    #[serde(default)]
    pub drift: Option<DataDrift>,
    /// Checks of the data's quality.
    #[serde(default)]
    pub quality: Option<Quality>,
    /// Performance by outcomes.
    #[serde(default)]
    pub performance: Option<Performance>,
    /// Performance without outcomes.
    #[serde(default)]
    pub estimated_performance: Option<EstimatedPerformance>,
    /// Whether scores are what they say.
    #[serde(default)]
    pub calibration: Option<Calibration>,
    /// Groups of the protected attributes, and how far apart they are.
    #[serde(default)]
    pub fairness: Option<Fairness>,
    /// Groups of rows where the model is worse than elsewhere, worst first.
    #[serde(default)]
    pub slices: Vec<Slice>,
    /// The current rows cut by time or count, in order.
    #[serde(default)]
    pub windows: Vec<Window>,
    /// Where the measures of windows lie in the reference.
    #[serde(default)]
    pub bands: Bands,
    /// What a person should know, most important first.
    #[serde(default)]
    pub findings: Vec<Finding>,
    /// Every method and threshold that was used.
    #[serde(default)]
    pub methods: Vec<Method>,
    /// Sections that cannot be told: its key, and why, as a sentence.
    #[serde(default)]
    pub absent: BTreeMap<String, String>,
    /// What was assumed on the way, e.g. which column was taken for the score. Sentences.
    #[serde(default)]
    pub notes: Vec<String>,
}

/// The rows of one side.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Period {
    /// How many.
    #[serde(default)]
    pub rows: u64,
    /// Time of the first one, RFC 3339; `null` if rows have no time.
    #[serde(default)]
    pub from: Option<String>,
    /// Just after the last one.
    #[serde(default)]
    pub to: Option<String>,
}

fn schema_version() -> u32 {
    SCHEMA_VERSION
}

impl Default for Document {
    fn default() -> Self {
        Self {
            schema_version: SCHEMA_VERSION,
            model: String::new(),
            task: None,
            generated_at: String::new(),
            verdict: None,
            reference: Period::default(),
            current: Period::default(),
            columns: Vec::new(),
            drift: None,
            quality: None,
            performance: None,
            estimated_performance: None,
            calibration: None,
            fairness: None,
            slices: Vec::new(),
            windows: Vec::new(),
            bands: Bands::default(),
            findings: Vec::new(),
            methods: Vec::new(),
            absent: BTreeMap::new(),
            notes: Vec::new(),
        }
    }
}

impl Document {
    /// Whether somebody is needed: the verdict's word, else that of the gravest finding; unknown without
    /// rows on either side.
    pub fn state(&self) -> State {
        if let Some(verdict) = &self.verdict {
            return verdict.state;
        }
        if self.current.rows == 0 || self.reference.rows == 0 {
            return State::Unknown;
        }
        let gravest = self.findings.iter().map(|finding| finding.severity).min();
        gravest.map_or(State::Fine, State::of)
    }

    /// The column of a name.
    pub fn column(&self, name: &str) -> Option<(usize, &Column)> {
        let mut columns = self.columns.iter().enumerate();
        columns.find(|(_, column)| column.name == name)
    }

    /// Columns that drifted, and columns that were judged.
    pub fn drifted(&self) -> (usize, usize) {
        let judged = self.columns.iter().filter_map(|c| c.drift.as_ref());
        judged.fold((0, 0), |(drifted, judged), drift| {
            (drifted + usize::from(drift.drifted), judged + 1)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_state_is_that_of_the_gravest_finding_unless_a_verdict_says_otherwise() {
        let finding = |severity| Finding {
            severity,
            ..Finding::default()
        };
        let rows = Period {
            rows: 10,
            ..Period::default()
        };
        let mut document = Document::default();
        assert_eq!(document.state(), State::Unknown);
        (document.reference, document.current) = (rows.clone(), rows);
        assert_eq!(document.state(), State::Fine);
        document.findings = [Severity::Notice, Severity::Critical, Severity::Warning]
            .map(finding)
            .into();
        assert_eq!(document.state(), State::Act);
        document.findings.remove(1);
        assert_eq!(document.state(), State::Watch);
        document.verdict = Some(Verdict {
            state: State::Fine,
            sentence: String::new(),
        });
        assert_eq!(document.state(), State::Fine);
    }

    #[test]
    fn an_empty_object_is_a_document_and_sections_without_figures_are_null() {
        let document: Document = serde_json::from_str("{}").unwrap();
        assert_eq!(document, Document::default());
        let json = serde_json::to_value(&document).unwrap();
        for key in ["quality", "performance", "fairness", "calibration", "drift"] {
            assert!(json[key].is_null(), "{key}");
        }
        for key in ["columns", "slices", "windows", "findings", "methods"] {
            assert_eq!(json[key], serde_json::json!([]), "{key}");
        }
        assert_eq!(json["schema_version"], 1);
    }
}

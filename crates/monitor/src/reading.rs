//! What telemetry tells of one model in one window: what a lake reads, and what the engine decides on.

use crate::alert::NearChange;
use crate::window::Window;
use candor_contract::spec::Measure;
use candor_stats::{Figure, Profile};
use std::collections::BTreeMap;

/// Profiles by stored column, e.g. `input_income`.
pub type Columns = BTreeMap<String, Profile>;

/// A segment and one of its values, e.g. `region` and `north`.
pub type Part = (String, String);

/// One window of one model.
#[derive(Debug, Clone)]
pub struct Reading {
    /// The window.
    pub window: Window,
    /// Profiles of its predictions.
    pub columns: Columns,
    /// The same by values of segments.
    pub segments: BTreeMap<Part, Columns>,
    /// Profiles of the feedback that came in it.
    pub feedback: Columns,
    /// When the model's features were last built, as of the window's end. `None` if that was never told.
    pub built_us: Option<i64>,
    /// What changed in it.
    pub changes: Vec<NearChange>,
    /// Figures that need rows: of predictions joined with outcomes, by the time of the prediction. Each is of
    /// a window that ended before this one's end, once enough of its outcomes were known.
    pub joined: Vec<Joined>,
}

/// A figure that was computed from rows.
#[derive(Debug, Clone, PartialEq)]
pub struct Joined {
    /// The window of its predictions.
    pub window: Window,
    /// What it measures.
    pub measure: Measure,
    /// The metric, e.g. `roc_auc`; of fairness the rate that is compared.
    pub metric: Option<String>,
    /// Of fairness, the attribute.
    pub column: Option<String>,
    /// The figure.
    pub figure: Figure,
}

impl Reading {
    /// A window in which nothing was seen.
    pub fn empty(window: Window) -> Self {
        Self {
            window,
            columns: Columns::new(),
            segments: BTreeMap::new(),
            feedback: Columns::new(),
            built_us: None,
            changes: Vec::new(),
            joined: Vec::new(),
        }
    }

    /// Predictions in it: the rows of the column that has most. Each column of a model is told by all its rows,
    /// but one that came to be later.
    pub fn rows(&self) -> u64 {
        rows(&self.columns)
    }

    /// Adds what another window of the same model tells. A column whose type has changed keeps the newer one.
    pub fn absorb(&mut self, later: &Reading) {
        self.window.to_us = self.window.to_us.max(later.window.to_us);
        absorb(&mut self.columns, &later.columns);
        for (part, columns) in &later.segments {
            absorb(self.segments.entry(part.clone()).or_default(), columns);
        }
        absorb(&mut self.feedback, &later.feedback);
        self.built_us = self.built_us.max(later.built_us);
        self.changes.extend(later.changes.iter().cloned());
        self.joined.extend(later.joined.iter().cloned());
    }
}

/// Rows of the column that has most.
pub(crate) fn rows(columns: &Columns) -> u64 {
    columns.values().map(Profile::rows).max().unwrap_or(0)
}

fn absorb(ours: &mut Columns, theirs: &Columns) {
    for (name, profile) in theirs {
        match ours.get_mut(name) {
            Some(own) => {
                if own.merge(profile).is_err() {
                    *own = profile.clone();
                }
            }
            None => {
                ours.insert(name.clone(), profile.clone());
            }
        }
    }
}

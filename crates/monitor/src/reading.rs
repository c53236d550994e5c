//! What telemetry tells of one model in one window: what a lake reads, and what the engine decides on.

use crate::alert::NearChange;
use crate::window::Window;
use candor_contract::spec::{BUILT_IN_SEGMENTS, Measure};
use candor_stats::{Figure, Profile};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Profiles by stored column, e.g. `input_income`.
pub type Columns = BTreeMap<String, Profile>;

/// A segment and one of its values, e.g. `region` and `north`; `version` and `environment` are segments that every
/// model has.
pub type Part = (String, String);

/// The stored column of a segment.
pub fn segment_column(segment: &str) -> String {
    if BUILT_IN_SEGMENTS.contains(&segment) {
        return segment.to_owned();
    }
    format!("segment_{segment}")
}

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
    /// Profiles of the values of business effects that came in it, by their name.
    pub effects: Columns,
    /// When the model's features were last built, as of the window's end. `None` if that was never told.
    pub built_us: Option<i64>,
    /// What changed in it.
    pub changes: Vec<NearChange>,
    /// Figures that need rows: of predictions joined with outcomes, by the time of the prediction. Each is of
    /// a window that ended before this one's end, once enough of its outcomes were known.
    pub joined: Vec<Joined>,
    /// Of a window that is shorter than those of profiles: what these tell of the longer one that ends with it.
    pub whole: Option<Arc<Reading>>,
    /// Whether the rows of such a short window were left unread: it tells nothing then but by `whole` and `changes`.
    pub is_unread: bool,
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
    /// The part of the rows that it is of; `None` of all.
    pub part: Option<Part>,
    /// The figure.
    pub figure: Figure,
}

impl Joined {
    /// A figure of all rows.
    pub fn new(window: Window, measure: Measure, figure: Figure) -> Self {
        Self {
            window,
            measure,
            metric: None,
            column: None,
            part: None,
            figure,
        }
    }
}

impl Reading {
    /// A window in which nothing was seen.
    pub fn empty(window: Window) -> Self {
        Self {
            window,
            columns: Columns::new(),
            segments: BTreeMap::new(),
            feedback: Columns::new(),
            effects: Columns::new(),
            built_us: None,
            changes: Vec::new(),
            joined: Vec::new(),
            whole: None,
            is_unread: false,
        }
    }

    /// Predictions in it: the rows of the column that has most. Each column of a model is told by all its rows,
    /// but one that came to be later.
    pub fn rows(&self) -> u64 {
        rows(&self.columns)
    }

    /// The version that answered most of it.
    pub(crate) fn version(&self) -> Option<String> {
        let profile = self.columns.get("version")?;
        let most = profile.frequent(1);
        most.first().map(|f| f.value.clone())
    }

    /// Adds what another window of the same model tells. A column whose type has changed keeps the newer one.
    pub fn absorb(&mut self, later: &Reading) {
        self.window.to_us = self.window.to_us.max(later.window.to_us);
        absorb(&mut self.columns, &later.columns);
        for (part, columns) in &later.segments {
            absorb(self.segments.entry(part.clone()).or_default(), columns);
        }
        absorb(&mut self.feedback, &later.feedback);
        absorb(&mut self.effects, &later.effects);
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

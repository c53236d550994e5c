//! Figures of a window that only its rows together tell: performance as it probably is before outcomes come, and
//! whether the inputs as a whole are those of the reference. From samples, since no profile holds what columns say
//! together.

mod inputs;
mod performance;

use crate::reading::Joined;
use crate::window::Window;
use arrow::array::RecordBatch;
use candor_contract::spec::{Measure, ModelSpec, MonitorSpec};
use candor_stats::Figure;
use inputs::Inputs;
use performance::Performance;
pub(crate) use performance::is_estimated;
use std::collections::BTreeSet;

/// Rows of a window, and of a reference, that are enough for all of it.
pub const SAMPLE_ROWS: usize = 10_000;
/// Rows below which nothing is told.
const ROWS_MIN: usize = 100;

/// What is watched of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Together {
    estimated: BTreeSet<String>,
    reconstruction: bool,
    domain: bool,
    lengths_us: BTreeSet<i64>,
}

impl Together {
    /// What declared monitors need; the default pack has nothing of it.
    pub fn new<'a>(monitors: impl IntoIterator<Item = &'a MonitorSpec>) -> Self {
        let mut own = Self::default();
        for monitor in monitors {
            match monitor.measure {
                Measure::EstimatedPerformance => own.estimated.extend(monitor.metric.clone()),
                Measure::Reconstruction => own.reconstruction = true,
                Measure::DomainAuc => own.domain = true,
                _ => continue,
            }
            own.lengths_us.insert(crate::pack::window_us(monitor, 0.0));
        }
        own
    }

    /// Whether nothing of it is watched.
    pub fn is_empty(&self) -> bool {
        self.lengths_us.is_empty()
    }

    /// Whether outcomes of the reference are needed.
    pub fn needs_outcomes(&self) -> bool {
        !self.estimated.is_empty()
    }

    /// Lengths of the windows that it is told of.
    pub fn lengths_us(&self) -> &BTreeSet<i64> {
        &self.lengths_us
    }
}

/// What the reference's rows teach.
#[derive(Debug)]
pub struct Taught {
    together: Together,
    inputs: Option<Inputs>,
    performance: Option<Performance>,
}

impl Taught {
    /// Learns from a sample of the reference, and from rows of it whose outcomes are known, if these are needed. Columns
    /// are as they are stored, outcomes are `outcome_class` and `outcome_value`.
    pub fn by(
        together: &Together,
        spec: &ModelSpec,
        reference: &RecordBatch,
        labelled: Option<&RecordBatch>,
    ) -> Self {
        let of_inputs = together.reconstruction || together.domain;
        let labelled = labelled.filter(|rows| rows.num_rows() >= ROWS_MIN);
        Self {
            together: together.clone(),
            inputs: of_inputs.then(|| Inputs::of(reference)),
            performance: labelled
                .and_then(|rows| Performance::learn(spec, &together.estimated, rows)),
        }
    }

    /// What a sample of a window's rows tells. `estimates`: whether outcomes that taught it were known by then.
    pub fn figures(&self, window: Window, rows: &RecordBatch, estimates: bool) -> Vec<Joined> {
        let mut out = Vec::new();
        let n = rows.num_rows();
        let few = |measure: Measure| {
            let figure = Figure::too_few(n as u64, ROWS_MIN as u64, measure.name());
            (n < ROWS_MIN).then_some(figure)
        };
        if let Some(inputs) = &self.inputs {
            if self.together.reconstruction {
                let figure = few(Measure::Reconstruction);
                let figure = figure.unwrap_or_else(|| inputs.reconstruction(rows));
                out.push(Joined::new(window, Measure::Reconstruction, figure));
            }
            if self.together.domain {
                let figure = few(Measure::DomainAuc);
                let figure = figure.unwrap_or_else(|| inputs.domain(window, rows));
                out.push(Joined::new(window, Measure::DomainAuc, figure));
            }
        }
        let told = self
            .performance
            .iter()
            .filter(|_| estimates && n >= ROWS_MIN);
        for (metric, figure) in told.flat_map(|p| p.figures(rows)) {
            out.push(Joined {
                metric: Some(metric),
                ..Joined::new(window, Measure::EstimatedPerformance, figure)
            });
        }
        out
    }
}

#[cfg(test)]
mod tests;

//! What a measurement found, as data.

use crate::Result;
use crate::{checkout, say};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::fs::File;
use std::io::Write;
use std::path::Path;

/// One measured figure against its bar.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Figure {
    /// What was measured.
    pub(crate) name: String,
    /// The figure.
    pub(crate) value: f64,
    /// Its unit.
    pub(crate) unit: &'static str,
    /// What must be reached.
    pub(crate) bar: Bar,
    /// What we aim at, in the same unit.
    pub(crate) aim: Option<f64>,
    /// All that was seen on the way.
    pub(crate) detail: Value,
}

/// What must be reached.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Bar {
    /// No less than this.
    AtLeast(f64),
    /// No more than this.
    AtMost(f64),
}

impl Figure {
    /// Whether the bar is reached.
    pub(crate) fn is_met(&self) -> bool {
        match self.bar {
            Bar::AtLeast(bar) => self.value >= bar,
            Bar::AtMost(bar) => self.value <= bar,
        }
    }

    /// Prints it and appends it to `results`.
    pub(crate) fn record(&self, results: &Path) -> Result<()> {
        let mut told = serde_json::to_value(self)?;
        told["commit"] = checkout::commit().into();
        let line = told.to_string();
        say::line(&format!("RESULT {line}"));
        let mut file = File::options().create(true).append(true).open(results)?;
        writeln!(file, "{line}")?;
        Ok(())
    }
}

/// What was recorded in a file of results, each with its commit; of a figure that was measured again, the last.
pub(crate) fn recorded(results: &Path) -> Result<Vec<(Figure, String)>> {
    let mut figures: Vec<(Figure, String)> = Vec::new();
    // Units are borrowed from it for good; it is small.
    let text: &'static str = std::fs::read_to_string(results)?.leak();
    for line in text.lines() {
        let figure: Figure = serde_json::from_str(line)?;
        let told: Value = serde_json::from_str(line)?;
        let commit = told["commit"].as_str().unwrap_or("unknown").to_owned();
        match figures.iter_mut().find(|(f, _)| f.name == figure.name) {
            Some(old) => *old = (figure, commit),
            None => figures.push((figure, commit)),
        }
    }
    Ok(figures)
}

/// The `percent`-th percentile of samples, which it sorts; 0 of none.
pub(crate) fn percentile(samples: &mut [f64], percent: f64) -> f64 {
    samples.sort_by(f64::total_cmp);
    let rank = (samples.len() as f64 * percent / 100.0).ceil() as usize;
    let at = rank.clamp(1, samples.len().max(1)) - 1;
    samples.get(at).copied().unwrap_or(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_by_nearest_rank() {
        let mut samples: Vec<f64> = (1..=200).rev().map(f64::from).collect();
        for (percent, expected) in [(50.0, 100.0), (99.0, 198.0), (100.0, 200.0), (0.0, 1.0)] {
            assert!((percentile(&mut samples, percent) - expected).abs() < 1e-9);
        }
        assert!(percentile(&mut [], 99.0).abs() < 1e-9);
    }

    #[test]
    fn bars_hold_at_their_edge() {
        let figure = |value, bar| Figure {
            name: "x".into(),
            value,
            unit: "s",
            bar,
            aim: None,
            detail: Value::Null,
        };
        assert!(figure(5.0, Bar::AtLeast(5.0)).is_met());
        assert!(!figure(4.9, Bar::AtLeast(5.0)).is_met());
        assert!(figure(5.0, Bar::AtMost(5.0)).is_met());
        assert!(!figure(5.1, Bar::AtMost(5.0)).is_met());
    }
}

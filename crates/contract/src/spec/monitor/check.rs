//! What a schema cannot say of a monitor: values that agree with one another.

use super::{Baseline, DecisionRule, MonitorSpec};
use crate::ModelName;
use crate::spec::model::{NAME_RULE, duration_us};
use crate::spec::problem::Problem;

/// Windows are made of the finest windows of profiles.
const STEP_US: i64 = 300_000_000;
/// Longest window.
const WINDOW_US_MAX: i64 = 30 * 86_400_000_000;
/// Most windows that a rule of persistence looks at.
const SUSTAIN_MAX: u32 = 100;
const DURATION_RULE: &str = "Write a whole number and a unit, such as 1h or 7d";

impl MonitorSpec {
    /// What is wrong although each value has the right shape; paths start with `path`.
    pub(crate) fn check(&self, path: &str) -> Vec<Problem> {
        let mut problems = Vec::new();
        let at = |key: &str| format!("{path}.{key}");
        if ModelName::new(&self.model).is_none() {
            problems.push(Problem::new(at("model"), "This is no model name").hint(NAME_RULE));
        }
        let about = self.measure.about();
        for (key, given, needed) in [
            ("column", self.column.is_some(), about.of_column),
            ("metric", self.metric.is_some(), about.of_metric),
        ] {
            if needed && !given {
                let message = format!("`{}` needs a {key}", about.name);
                problems.push(Problem::new(path, message).hint(format!("Add `{key}`")));
            }
        }
        // The latency of a stage is in a column of its own.
        let of_stage = about.unit == "ms";
        if self.column.is_some() && !about.of_column && !of_stage {
            let message = format!("`{}` is not of a column", about.name);
            problems.push(Problem::new(at("column"), message).hint("Leave `column` out"));
        }
        if self.segment.len() > 1 {
            let message = "A monitor looks at one segment at most";
            problems.push(
                Problem::new(at("segment"), message).hint("Write a monitor for each segment"),
            );
        }
        if self.measure.is_of_all_rows() && !self.segment.is_empty() {
            let message = format!("`{}` is of all rows together", about.name);
            problems.push(Problem::new(at("segment"), message).hint("Leave `segment` out"));
        }
        if let Some(window) = &self.window {
            let fits = |us: &i64| us % STEP_US == 0 && *us <= WINDOW_US_MAX;
            if duration_us(window).filter(fits).is_none() {
                let message = "Windows are whole multiples of 5 minutes, up to 30 days";
                problems.push(Problem::new(at("window"), message).hint(DURATION_RULE));
            }
        }
        let sustain = self.sustain;
        if sustain.breaches == 0 || sustain.breaches > sustain.of || sustain.of > SUSTAIN_MAX {
            let message = format!(
                "{} of {} windows cannot be asked for",
                sustain.breaches, sustain.of
            );
            let hint = format!("`breaches` is 1 to `of`, which is {SUSTAIN_MAX} at most");
            problems.push(Problem::new(at("sustain"), message).hint(hint));
        }
        if self.material.is_some_and(|m| !m.is_finite() || m < 0.0) {
            let message = "A material effect is 0 or more";
            problems.push(Problem::new(at("material"), message));
        }
        self.check_decision(&at("decision"), &mut problems);
        self.check_baseline(&at("baseline"), &mut problems);
        problems
    }

    fn check_baseline(&self, path: &str, problems: &mut Vec<Problem>) {
        match &self.baseline {
            Baseline::Trailing(time) if duration_us(time).is_none() => {
                let at = format!("{path}.trailing");
                problems.push(Problem::new(at, "This is no time").hint(DURATION_RULE));
            }
            Baseline::Version(champion) => {
                let own = self.segment.get("version");
                if own.is_none_or(|own| own == champion) {
                    let message = "A version is held against another one";
                    let hint = "Name the version that is watched: segment: {version: 2.1.0}";
                    problems.push(Problem::new(format!("{path}.version"), message).hint(hint));
                }
                if self.decision != DecisionRule::Band {
                    let message = "Versions are held against each other window by window";
                    let hint = "Leave `decision` out";
                    problems.push(Problem::new(path, message).hint(hint));
                }
            }
            _ => {}
        }
    }

    fn check_decision(&self, path: &str, problems: &mut Vec<Problem>) {
        let open = |x: f64| x > 0.0 && x < 1.0;
        match &self.decision {
            DecisionRule::Band => {}
            DecisionRule::Bounds { at_least, at_most } => {
                if at_least.is_none() && at_most.is_none() {
                    let hint = "Add `at_least` or `at_most`";
                    problems.push(Problem::new(path, "Bounds need a bound").hint(hint));
                }
                if let (Some(low), Some(high)) = (at_least, at_most)
                    && low > high
                {
                    let message = format!("No value is at least {low} and at most {high}");
                    problems.push(Problem::new(path, message));
                }
            }
            DecisionRule::Burn { target, over, .. } => {
                if !open(*target) {
                    let message = "A target is a share between 0 and 1";
                    problems.push(
                        Problem::new(format!("{path}.burn.target"), message)
                            .hint("Write 0.995 for 99.5 %"),
                    );
                }
                if duration_us(over).is_none() {
                    let at = format!("{path}.burn.over");
                    problems.push(Problem::new(at, "This is no time").hint(DURATION_RULE));
                }
            }
            DecisionRule::Sequential { alpha } => {
                if !open(*alpha) {
                    let at = format!("{path}.sequential.alpha");
                    problems.push(Problem::new(
                        at,
                        "A share of false alarms is between 0 and 1",
                    ));
                }
            }
            DecisionRule::ChangePoint { threshold } => {
                if !(threshold.is_finite() && *threshold > 0.0) {
                    let at = format!("{path}.change_point.threshold");
                    problems.push(Problem::new(at, "A threshold is above 0"));
                }
            }
            DecisionRule::Shift { threshold } | DecisionRule::Anomaly { threshold } => {
                if !(threshold.is_finite() && *threshold > 0.0) {
                    problems.push(Problem::new(path, "A threshold is above 0"));
                }
            }
        }
    }
}

//! What a schema cannot say of a monitor: values that agree with one another.

use super::{Baseline, DecisionRule, MonitorSpec};
use crate::ModelName;
use crate::spec::model::{NAME_RULE, duration_us};
use crate::spec::problem::Problem;

/// Windows are made of the finest windows of profiles, or of minutes that are read from rows.
const STEP_US: i64 = 300_000_000;
const MINUTE_US: i64 = 60_000_000;
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
        self.check_window(path, &mut problems);
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

    fn check_window(&self, path: &str, problems: &mut Vec<Problem>) {
        let Some(window) = &self.window else {
            return;
        };
        let fits = |us: &i64| {
            let short = *us < STEP_US && us % MINUTE_US == 0;
            short || (us % STEP_US == 0 && *us <= WINDOW_US_MAX)
        };
        let at = format!("{path}.window");
        let Some(window_us) = duration_us(window).filter(fits) else {
            let message =
                "Windows are 1 to 4 minutes, or whole multiples of 5 minutes up to 30 days";
            problems.push(Problem::new(at, message).hint(DURATION_RULE));
            return;
        };
        if window_us >= STEP_US {
            return;
        }
        if !self.measure.is_of_rows() {
            let message = format!("`{}` needs windows of 5 minutes or more", self.measure);
            let hint = "Shorter ones tell volume, errors, latency, missing, unseen, range, mode, mean and drift";
            problems.push(Problem::new(at, message).hint(hint));
        }
        if matches!(
            self.baseline,
            Baseline::HourOfWeek | Baseline::PreviousVersion
        ) {
            let message = "Windows shorter than 5 minutes are held against the reference, another version or a \
                           trailing time";
            let hint = "Leave `baseline` out, or write a longer `window`";
            problems.push(Problem::new(format!("{path}.baseline"), message).hint(hint));
        }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::Measure;

    /// What is wrong with a monitor's window, in a line.
    fn wrong(measure: Measure, window: &str, baseline: Baseline) -> Vec<String> {
        let monitor = MonitorSpec {
            column: measure.about().of_column.then(|| "input_x".to_owned()),
            metric: measure.about().of_metric.then(|| "accuracy".to_owned()),
            window: Some(window.to_owned()),
            baseline,
            ..MonitorSpec::of("m", measure)
        };
        let problems = monitor.check("spec").into_iter();
        problems.map(|p| p.to_string()).collect()
    }

    #[test]
    fn windows_are_a_minute_to_thirty_days() {
        let lengths = [
            ("1m", true),
            ("4m", true),
            ("5m", true),
            ("6m", false),
            ("30s", false),
            ("90s", false),
            ("45m", true),
            ("30d", true),
            ("31d", false),
            ("720h", true),
            ("721h", false),
        ];
        for (window, fits) in lengths {
            let told = wrong(Measure::Errors, window, Baseline::Reference);
            assert_eq!(told.is_empty(), fits, "{window}: {told:?}");
        }
    }

    #[test]
    fn minutes_are_of_what_their_rows_tell() {
        let trailing = Baseline::Trailing("1d".to_owned());
        for (measure, baseline, fits) in [
            (Measure::Drift, Baseline::Reference, true),
            (Measure::Volume, trailing, true),
            (Measure::Volume, Baseline::HourOfWeek, false),
            (Measure::Volume, Baseline::PreviousVersion, false),
            (Measure::Performance, Baseline::Reference, false),
            (Measure::Complaints, Baseline::Reference, false),
            (Measure::DomainAuc, Baseline::Reference, false),
        ] {
            let told = wrong(measure, "1m", baseline.clone());
            assert_eq!(told.is_empty(), fits, "{measure}: {told:?}");
            assert_eq!(wrong(measure, "5m", baseline), [""; 0], "{measure}");
        }
    }
}

//! What a schema cannot say: values that agree with one another.

use super::{
    Feature, FeatureType, ModelObjective, ModelSpec, Outputs, Reference, RowCheck, Task, Windows,
};
use crate::ModelName;
use crate::spec::Problem;
use std::collections::HashMap;

/// Microseconds of a day.
pub(crate) const DAY_US: i64 = 86_400_000_000;

/// How names are spelled.
pub(crate) const NAME_RULE: &str =
    "Use 1 to 128 letters, digits, `.`, `_` or `-`, starting with a letter or digit, without `..`";

const DURATION_RULE: &str = "Write a whole number and a unit: ms, s, m, h, d or w, such as 30d";

/// Microseconds of a duration such as `15m` or `30d`; `None` if it is none or not positive.
pub(crate) fn duration_us(text: &str) -> Option<i64> {
    let digits = text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let (number, unit) = text.split_at_checked(digits)?;
    let unit_us = match unit {
        "ms" => 1_000,
        "s" => 1_000_000,
        "m" => 60_000_000,
        "h" => 3_600_000_000,
        "d" => DAY_US,
        "w" => 7 * DAY_US,
        _ => return None,
    };
    number
        .parse::<i64>()
        .ok()?
        .checked_mul(unit_us)
        .filter(|us| *us > 0)
}

impl ModelSpec {
    /// What is wrong although each value has the right shape; paths start with `path`.
    pub(crate) fn check(&self, path: &str) -> Vec<Problem> {
        let mut problems = Vec::new();
        let at = |key: &str| {
            if path.is_empty() {
                key.to_owned()
            } else {
                format!("{path}.{key}")
            }
        };
        self.check_roles(&at("columns"), &mut problems);
        check_outputs(
            &at("columns.outputs"),
            self.task,
            &self.columns.outputs,
            &mut problems,
        );
        for (name, feature) in &self.features {
            let at = format!("{}.{name}", at("features"));
            if name.is_empty() {
                problems.push(Problem::new(at.clone(), "A feature needs a name"));
            }
            check_feature(&at, feature, &mut problems);
        }
        check_rows(&at("checks"), &self.checks, &mut problems);
        check_objectives(&at("objectives"), &self.objectives, &mut problems);
        if let Some(reference) = &self.reference {
            check_reference(&at("reference"), reference, &mut problems);
        }
        match &self.windows {
            Some(Windows::Every(text)) if duration_us(text).is_none() => {
                problems
                    .push(Problem::new(at("windows"), "This is no duration").hint(DURATION_RULE));
            }
            Some(Windows::Rows(windows)) if windows.rows == 0 => {
                problems.push(Problem::new(at("windows.rows"), "A window needs rows"));
            }
            _ => {}
        }
        for (i, route) in self.escalation.iter().enumerate() {
            if ModelName::new(route).is_none() {
                let at = format!("{}[{i}]", at("escalation"));
                problems.push(Problem::new(at, "This is no name of a route").hint(NAME_RULE));
            }
        }
        problems
    }

    /// A column of a file can be one thing only.
    fn check_roles(&self, path: &str, problems: &mut Vec<Problem>) {
        let mut first: HashMap<&str, String> = HashMap::new();
        for role in self.columns.roles() {
            let at = format!("{path}.{}", role.path);
            if role.column.is_empty() {
                problems.push(Problem::new(at, "A column needs a name"));
            } else if let Some(earlier) = first.get(role.column) {
                let message = format!("Column `{}` has a role already, `{earlier}`", role.column);
                problems.push(Problem::new(at, message).hint("Give each column one role"));
            } else {
                first.insert(role.column, role.path);
            }
        }
    }
}

fn check_outputs(path: &str, task: Option<Task>, outputs: &Outputs, problems: &mut Vec<Problem>) {
    let number = matches!(task, Some(Task::Regression));
    let class = matches!(task, Some(Task::Binary | Task::Multiclass));
    if number && (outputs.class.is_some() || outputs.score.is_some() || !outputs.scores.is_empty())
    {
        problems.push(
            Problem::new(path, "A regression answers with a number")
                .hint("Name its column as `value`"),
        );
    }
    if class && outputs.value.is_some() {
        problems.push(
            Problem::new(
                format!("{path}.value"),
                "A classification answers with classes and scores",
            )
            .hint("Name its columns as `class`, `score` or `scores`"),
        );
    }
}

fn check_rows(path: &str, checks: &[RowCheck], problems: &mut Vec<Problem>) {
    for (i, check) in checks.iter().enumerate() {
        let at = |key: &str| format!("{path}[{i}].{key}");
        if check.name.trim().is_empty() {
            problems.push(Problem::new(at("name"), "A check needs a name"));
        } else if checks.iter().take(i).any(|c| c.name == check.name) {
            problems.push(Problem::new(at("name"), "Another check has this name"));
        }
        if check.holds.trim().is_empty() {
            problems.push(
                Problem::new(at("holds"), "There is nothing to hold")
                    .hint("Write an expression, such as net <= gross"),
            );
        }
        let share = check.tolerated.unwrap_or(0.0);
        if !(0.0..1.0).contains(&share) {
            problems.push(
                Problem::new(at("tolerated"), "This is no share of rows")
                    .hint("Write a number from 0 to below 1"),
            );
        }
    }
}

fn check_feature(path: &str, feature: &Feature, problems: &mut Vec<Problem>) {
    let bounded = feature.min.is_some() || feature.max.is_some();
    let orders = !matches!(
        feature.ty,
        Some(
            FeatureType::Category | FeatureType::Boolean | FeatureType::Text | FeatureType::Vector
        )
    );
    if bounded && !orders {
        problems.push(
            Problem::new(path, "Only numbers and times have bounds")
                .hint("Leave `min` and `max` out"),
        );
    }
    if let (Some(min), Some(max)) = (feature.min, feature.max)
        && min > max
    {
        problems.push(Problem::new(
            format!("{path}.min"),
            "The least value is above the greatest",
        ));
    }
    let Some(allowed) = &feature.allowed else {
        return;
    };
    let at = format!("{path}.allowed");
    if allowed.is_empty() {
        problems.push(Problem::new(at.clone(), "No value is allowed").hint("Leave `allowed` out"));
    }
    for (i, word) in allowed.iter().enumerate() {
        if allowed[..i].contains(word) {
            problems.push(Problem::new(
                format!("{at}[{i}]"),
                format!("`{}` is listed twice", word.0),
            ));
        }
    }
}

fn check_objectives(path: &str, objectives: &[ModelObjective], problems: &mut Vec<Problem>) {
    for (i, objective) in objectives.iter().enumerate() {
        let at = format!("{path}[{i}]");
        if ModelName::new(&objective.name).is_none() {
            problems.push(Problem::new(format!("{at}.name"), "This is no name").hint(NAME_RULE));
        } else if objectives[..i].iter().any(|o| o.name == objective.name) {
            problems.push(Problem::new(
                format!("{at}.name"),
                "Another objective has this name",
            ));
        }
        if objective.at_most.is_some() == objective.at_least.is_some() {
            problems.push(Problem::new(
                at.clone(),
                "An objective has either `at_most` or `at_least`",
            ));
        }
        if !(objective.target > 0.0 && objective.target < 1.0) {
            problems.push(
                Problem::new(
                    format!("{at}.target"),
                    "The target is a share between 0 and 1",
                )
                .hint("Write 0.995 for 99.5 %"),
            );
        }
        if duration_us(&objective.over).is_none() {
            problems.push(
                Problem::new(format!("{at}.over"), "This is no duration").hint(DURATION_RULE),
            );
        }
    }
}

fn check_reference(path: &str, reference: &Reference, problems: &mut Vec<Problem>) {
    let mut read = |key: &str, text: &str| {
        let us = crate::parse_us(text);
        if us.is_none() {
            problems.push(
                Problem::new(format!("{path}.{key}"), "This is no time")
                    .hint("Write a date such as 2026-09-01, or RFC 3339"),
            );
        }
        us
    };
    let (from, to) = (read("from", &reference.from), read("to", &reference.to));
    if let (Some(from), Some(to)) = (from, to)
        && from >= to
    {
        problems.push(Problem::new(path, "The reference ends before it begins"));
    }
}

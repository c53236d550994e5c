//! What a schema cannot say of a scenario: values that agree with one another.

mod expect;
mod happening;

use super::fault::{FaultKind, FaultSpec, Shape};
use super::{
    Archetype, DAYS_MAX, EVENTS_MAX, FAULTS_MAX, MODELS_MAX, SCHEDULED_EVENTS_MAX, ScenarioModel,
    ScenarioSpec, span_us,
};
use crate::ModelName;
use crate::spec::model::{DAY_US, NAME_RULE};
use crate::spec::nearest::nearest;
use crate::spec::problem::Problem;

const SPAN_RULE: &str = "Write whole numbers and units: ms, s, m, h, d or w, such as 12d6h";

impl ScenarioSpec {
    /// What is wrong although each value has the right shape; paths start with `path`.
    pub(crate) fn check(&self, path: &str) -> Vec<Problem> {
        let mut problems = Vec::new();
        if !(1..=DAYS_MAX).contains(&self.days) {
            let message = format!("A scenario lasts 1 to {DAYS_MAX} days");
            problems.push(Problem::new(format!("{path}.days"), message));
        }
        if !(1..=EVENTS_MAX).contains(&self.events) {
            let message = format!("A scenario has 1 to {EVENTS_MAX} events");
            problems.push(Problem::new(format!("{path}.events"), message));
        }
        for (list, what, count, max) in [
            ("models", "models", self.models.len(), MODELS_MAX),
            ("faults", "faults", self.faults.len(), FAULTS_MAX),
            (
                "happenings",
                "happenings",
                self.happenings.len(),
                FAULTS_MAX,
            ),
            ("expect", "expected alerts", self.expect.len(), FAULTS_MAX),
            ("allow", "allowed alerts", self.allow.len(), FAULTS_MAX),
        ] {
            if count > max {
                let message = format!("There are {count} {what}, {max} at most");
                problems.push(Problem::new(format!("{path}.{list}"), message));
            }
        }
        self.check_schedule(path, &mut problems);
        let end_us = i64::from(self.days) * DAY_US;
        for (i, model) in self.models.iter().enumerate() {
            let at = format!("{path}.models[{i}]");
            if self.models[..i].iter().any(|m| m.name == model.name) {
                problems.push(Problem::new(
                    format!("{at}.name"),
                    "Another model has this name",
                ));
            }
            check_model(&at, model, end_us, &mut problems);
        }
        let fleet = self.fleet();
        let names: Vec<&str> = fleet.iter().map(|m| m.name.as_str()).collect();
        for (i, fault) in self.faults.iter().enumerate() {
            let at = format!("{path}.faults[{i}]");
            if !names.contains(&fault.model.as_str()) {
                problems.push(unknown_model(&at, &fault.model, &names));
            }
            check_time(&at, fault, end_us, &mut problems);
            check_keys(&at, fault, &mut problems);
            check_size(&at, fault, &mut problems);
        }
        self.check_drill(path, &names, end_us, &mut problems);
        problems
    }

    /// When it is rehearsed, and whether a server can afford that.
    fn check_schedule(&self, path: &str, problems: &mut Vec<Problem>) {
        let Some(schedule) = &self.schedule else {
            return;
        };
        if schedule.every_us().is_none() {
            let at = format!("{path}.schedule.every");
            let message = "A drill is rehearsed every 1h to 365d";
            problems.push(
                Problem::new(at, message)
                    .hint("Write a whole number of hours, days or weeks, such as 7d"),
            );
        }
        if self.events > SCHEDULED_EVENTS_MAX {
            let message =
                format!("A scenario with a schedule has at most {SCHEDULED_EVENTS_MAX} events");
            problems.push(
                Problem::new(format!("{path}.events"), message)
                    .hint("Write fewer, or leave `schedule` out and run it by `candor drill run`"),
            );
        }
    }

    /// What happens beside the faults, and what is expected of monitors.
    fn check_drill(&self, path: &str, names: &[&str], end_us: i64, problems: &mut Vec<Problem>) {
        let known = |at: &str, model: &str, problems: &mut Vec<Problem>| {
            if !names.contains(&model) {
                problems.push(unknown_model(at, model, names));
            }
            names.contains(&model)
        };
        for (i, happening) in self.happenings.iter().enumerate() {
            let at = format!("{path}.happenings[{i}]");
            if let Some(model) = &happening.model {
                known(&at, model, problems);
            }
            problems.extend(happening::check(&at, happening, end_us));
        }
        for (i, expect) in self.expect.iter().enumerate() {
            let at = format!("{path}.expect[{i}]");
            if known(&at, &expect.model, problems) {
                problems.extend(expect::check(&at, expect, self, end_us));
            }
        }
        for (i, allow) in self.allow.iter().enumerate() {
            let at = format!("{path}.allow[{i}]");
            known(&at, &allow.model, problems);
            problems.extend(expect::check_allowed(&at, allow));
        }
    }
}

fn unknown_model(path: &str, name: &str, known: &[&str]) -> Problem {
    let hint = nearest(name, known.iter().copied()).map_or_else(
        || format!("Its models: {}", known.join(", ")),
        |meant| format!("Did you mean `{meant}`?"),
    );
    let message = format!("`{name}` is no model of this scenario");
    Problem::new(format!("{path}.model"), message).hint(hint)
}

fn check_model(path: &str, model: &ScenarioModel, end_us: i64, problems: &mut Vec<Problem>) {
    if ModelName::new(&model.name).is_none() {
        problems
            .push(Problem::new(format!("{path}.name"), "This is no model name").hint(NAME_RULE));
    } else if model.archetype().is_none() {
        let known = Archetype::ALL.map(Archetype::name).join(", ");
        problems.push(
            Problem::new(path, "Nothing says what this model is like")
                .hint(format!("Add `like`, one of {known}")),
        );
    }
    if model
        .share
        .is_some_and(|share| !(share > 0.0 && share <= 1e6))
    {
        problems.push(Problem::new(
            format!("{path}.share"),
            "A share is greater than 0",
        ));
    }
    let mut last_us = 0;
    for (i, deployment) in model.deployments.iter().enumerate() {
        let at = format!("{path}.deployments[{i}]");
        if deployment.version.is_empty() {
            problems.push(Problem::new(format!("{at}.version"), "This is no version"));
        }
        match deployment.at_us() {
            None => problems
                .push(Problem::new(format!("{at}.at"), "This is no span of time").hint(SPAN_RULE)),
            Some(us) if us >= end_us => problems.push(Problem::new(
                format!("{at}.at"),
                "The scenario has ended by then",
            )),
            Some(us) if us <= last_us => problems.push(
                Problem::new(
                    format!("{at}.at"),
                    "Deployments follow one another after the start",
                )
                .hint("Order them by time"),
            ),
            Some(us) => last_us = us,
        }
    }
}

fn check_time(path: &str, fault: &FaultSpec, end_us: i64, problems: &mut Vec<Problem>) {
    let from = fault.from_us();
    for (key, text) in [
        ("from", Some(&fault.from)),
        ("to", fault.to.as_ref()),
        ("period", fault.period.as_ref()),
    ] {
        if text.is_some_and(|text| span_us(text).is_none()) {
            let at = format!("{path}.{key}");
            problems.push(Problem::new(at, "This is no span of time").hint(SPAN_RULE));
        }
    }
    if from.is_some_and(|from| from >= end_us) {
        problems.push(Problem::new(
            format!("{path}.from"),
            "The scenario has ended by then",
        ));
    }
    if let (Some(from), Some(to)) = (from, fault.to_us())
        && from >= to
    {
        problems.push(Problem::new(
            format!("{path}.to"),
            "The fault ends before it begins",
        ));
    }
    match fault.shape.unwrap_or_default() {
        Shape::Gradual if fault.to.is_none() => problems.push(
            Problem::new(path, "A gradual drift needs a time when it has come")
                .hint("Add `to`, such as 20d"),
        ),
        Shape::Recurring if fault.period_us().is_none_or(|us| us <= 0) => problems.push(
            Problem::new(path, "A recurring drift needs a period").hint("Add `period`, such as 7d"),
        ),
        Shape::Sudden | Shape::Gradual if fault.period.is_some() => problems.push(
            Problem::new(
                format!("{path}.period"),
                "Only a recurring drift has a period",
            )
            .hint("Add `shape: recurring`, or leave `period` out"),
        ),
        _ => {}
    }
}

/// Keys that this fault needs, and keys that mean nothing for it.
fn check_keys(path: &str, fault: &FaultSpec, problems: &mut Vec<Problem>) {
    let kind = fault.fault;
    let needs_columns = kind.has_columns() && kind != FaultKind::StaleData;
    if needs_columns && fault.columns.is_empty() {
        let message = format!("`{}` needs the columns that it is in", kind.name());
        problems.push(Problem::new(path, message).hint("Add `columns`"));
    }
    if kind == FaultKind::BiasedGroup && fault.segment.is_empty() {
        problems.push(
            Problem::new(path, "`biased_group` needs a group")
                .hint("Add `segment`, such as {sex: female}"),
        );
    }
    for (key, given, allowed) in [
        ("columns", !fault.columns.is_empty(), kind.has_columns()),
        (
            "magnitude",
            fault.magnitude.is_some(),
            kind.magnitude().is_some(),
        ),
        ("shape", fault.shape.is_some(), kind.has_shape()),
        ("value", fault.value.is_some(), kind.has_value()),
        (
            "version",
            fault.version.is_some(),
            kind == FaultKind::BadDeployment,
        ),
    ] {
        if given && !allowed {
            let message = format!("`{key}` means nothing for `{}`", kind.name());
            problems.push(Problem::new(format!("{path}.{key}"), message).hint("Leave it out"));
        }
    }
}

fn check_size(path: &str, fault: &FaultSpec, problems: &mut Vec<Problem>) {
    let (Some(size), Some(rule)) = (fault.magnitude, fault.fault.magnitude()) else {
        return;
    };
    let changes_nothing = fault.fault == FaultKind::UnitChange && (size - 1.0).abs() < f64::EPSILON;
    if !(size > rule.above && size <= rule.at_most) || changes_nothing {
        let message = format!(
            "The size of `{}` ({}) is above {} and at most {}",
            fault.fault.name(),
            rule.meaning,
            rule.above,
            rule.at_most
        );
        problems.push(
            Problem::new(format!("{path}.magnitude"), message)
                .hint(format!("Usual is {}", rule.default)),
        );
    }
}

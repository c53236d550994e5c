//! Expectations of a drill: they name what is in the scenario, and come true before it ends.

use super::SPAN_RULE;
use crate::spec::monitor::Measure;
use crate::spec::problem::Problem;
use crate::spec::scenario::expect::Reason;
use crate::spec::scenario::{AllowSpec, ExpectSpec, OneOf, ScenarioSpec, span_us};

/// What is wrong with an expected alert; its model aside.
pub(super) fn check(
    path: &str,
    expect: &ExpectSpec,
    scenario: &ScenarioSpec,
    end_us: i64,
) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (key, text) in [
        ("within", Some(&expect.within)),
        ("resolves_within", expect.resolves_within.as_ref()),
    ] {
        check_span(path, key, text, &mut problems);
    }
    check_measures(path, "measure", Some(&expect.measure), &mut problems);
    check_measures(path, "cause", expect.cause.as_ref(), &mut problems);
    check_column(
        path,
        Some(&expect.measure),
        expect.column.as_ref(),
        &mut problems,
    );
    if expect.alerts == Some(0) {
        problems.push(
            Problem::new(
                format!("{path}.alerts"),
                "What is expected is told by one alert at least",
            )
            .hint("Leave it out"),
        );
    }
    match expect.reason_in(scenario) {
        None => problems.push(no_fault(path, expect, scenario)),
        Some(reason) if !reason.concerns(&expect.model) => {
            let message = format!("`{}` is not in `{}`", reason.id(), expect.model);
            problems.push(Problem::new(format!("{path}.fault"), message));
        }
        Some(reason) => check_deadlines(path, expect, &reason, end_us, &mut problems),
    }
    problems
}

/// What is wrong with an allowed alert; its model aside.
pub(super) fn check_allowed(path: &str, allow: &AllowSpec) -> Vec<Problem> {
    let mut problems = Vec::new();
    check_span(path, "from", allow.from.as_ref(), &mut problems);
    check_span(path, "to", allow.to.as_ref(), &mut problems);
    if let (Some(from), Some(to)) = (allow.from_us(), allow.to_us())
        && from >= to
    {
        problems.push(Problem::new(
            format!("{path}.to"),
            "This ends before it begins",
        ));
    }
    check_measures(path, "measure", allow.measure.as_ref(), &mut problems);
    check_column(
        path,
        allow.measure.as_ref(),
        allow.column.as_ref(),
        &mut problems,
    );
    problems
}

fn check_span(path: &str, key: &str, text: Option<&String>, problems: &mut Vec<Problem>) {
    if text.is_some_and(|text| span_us(text).is_none()) {
        let at = format!("{path}.{key}");
        problems.push(Problem::new(at, "This is no span of time").hint(SPAN_RULE));
    }
}

fn check_measures(
    path: &str,
    key: &str,
    measures: Option<&OneOf<Measure>>,
    problems: &mut Vec<Problem>,
) {
    if measures.is_some_and(|measures| measures.values().is_empty()) {
        problems.push(Problem::new(
            format!("{path}.{key}"),
            "One measure at least must be here",
        ));
    }
}

fn check_column(
    path: &str,
    measures: Option<&OneOf<Measure>>,
    columns: Option<&OneOf<String>>,
    problems: &mut Vec<Problem>,
) {
    let (Some(measures), Some(_)) = (measures, columns) else {
        return;
    };
    let measures = measures.values();
    if !measures.is_empty() && !measures.iter().any(|m| m.about().of_column) {
        let message = format!("`column` means nothing for `{}`", measures[0]);
        problems.push(Problem::new(format!("{path}.column"), message).hint("Leave it out"));
    }
}

fn no_fault(path: &str, expect: &ExpectSpec, scenario: &ScenarioSpec) -> Problem {
    let count = scenario.faults.len();
    if let Some(id) = &expect.fault {
        let message = format!("`{id}` is no fault of this scenario");
        let hint = match count {
            0 => "It has none".to_owned(),
            count => format!("Faults are named by their place: f1 to f{count}"),
        };
        return Problem::new(format!("{path}.fault"), message).hint(hint);
    }
    if scenario.faults.iter().any(|f| f.model == expect.model) {
        let message = format!("`{}` has several faults", expect.model);
        return Problem::new(path, message).hint("Say which with `fault`, such as f1");
    }
    let message = format!("Nothing is wrong with `{}`", expect.model);
    Problem::new(path, message).hint("Add a fault, or write `allow` for what may come without one")
}

/// Whether everything that is expected can be seen before the scenario ends.
fn check_deadlines(
    path: &str,
    expect: &ExpectSpec,
    reason: &Reason<'_>,
    end_us: i64,
    problems: &mut Vec<Problem>,
) {
    let after = |from: Option<i64>, span: Option<i64>| Some(from?.saturating_add(span?));
    let late = |us: Option<i64>| us.is_some_and(|us| us > end_us);
    if late(after(reason.from_us(), expect.within_us())) {
        problems.push(Problem::new(
            format!("{path}.within"),
            "The scenario has ended by then",
        ));
    }
    let Some(span) = expect.resolves_within_us() else {
        return;
    };
    let at = format!("{path}.resolves_within");
    match reason.ends_us() {
        None => problems.push(Problem::new(at, "The fault stays").hint("Leave it out")),
        ends if late(after(ends, Some(span))) => {
            problems.push(Problem::new(at, "The scenario has ended by then"));
        }
        Some(_) => {}
    }
}

//! Happenings: which keys each has, and values that agree.

use super::SPAN_RULE;
use crate::spec::problem::Problem;
use crate::spec::scenario::span_us;
use crate::spec::scenario::{HappeningKind, HappeningSpec};

/// What is wrong with a happening; its model aside.
pub(super) fn check(path: &str, happening: &HappeningSpec, end_us: i64) -> Vec<Problem> {
    let mut problems = Vec::new();
    check_times(path, happening, end_us, &mut problems);
    check_factor(path, happening, &mut problems);
    let kind = happening.kind;
    let late = kind == HappeningKind::Backfill;
    match (late, &happening.arrives) {
        (true, None) => problems.push(
            Problem::new(path, "A backfill needs a time when its events come")
                .hint("Add `arrives`, such as 10d"),
        ),
        (false, Some(_)) => {
            let message = format!("`arrives` means nothing for `{}`", kind.name());
            problems.push(Problem::new(format!("{path}.arrives"), message).hint("Leave it out"));
        }
        _ => {}
    }
    if happening.to.is_none() && kind != HappeningKind::TrafficChange {
        let message = format!("`{}` needs an end", kind.name());
        problems.push(Problem::new(path, message).hint("Add `to`, such as 10d"));
    }
    problems
}

fn check_times(path: &str, happening: &HappeningSpec, end_us: i64, problems: &mut Vec<Problem>) {
    for (key, text) in [
        ("from", Some(&happening.from)),
        ("to", happening.to.as_ref()),
        ("arrives", happening.arrives.as_ref()),
    ] {
        let at = || format!("{path}.{key}");
        match text.map(|text| span_us(text)) {
            Some(None) => {
                problems.push(Problem::new(at(), "This is no span of time").hint(SPAN_RULE));
            }
            Some(Some(us)) if key != "to" && us >= end_us => {
                problems.push(Problem::new(at(), "The scenario has ended by then"));
            }
            _ => {}
        }
    }
    if let (Some(from), Some(to)) = (happening.from_us(), happening.to_us()) {
        if from >= to {
            let message = "This ends before it begins";
            problems.push(Problem::new(format!("{path}.to"), message));
        }
        if happening.arrives_us().is_some_and(|arrives| arrives < to) {
            let message = "Late events come after the last of them has happened";
            problems
                .push(Problem::new(format!("{path}.arrives"), message).hint("Not before its `to`"));
        }
    }
}

fn check_factor(path: &str, happening: &HappeningSpec, problems: &mut Vec<Problem>) {
    let Some(factor) = happening.factor else {
        return;
    };
    let (usual, at_most, meaning) = happening.kind.factor();
    let changes_nothing =
        happening.kind != HappeningKind::Backfill && (factor - 1.0).abs() < f64::EPSILON;
    if !(factor > 0.0 && factor <= at_most) || changes_nothing {
        let name = happening.kind.name();
        let message =
            format!("The factor of `{name}` ({meaning}) is above 0 and at most {at_most}");
        let message = if changes_nothing {
            format!("A factor of 1 changes nothing of `{name}`")
        } else {
            message
        };
        problems.push(
            Problem::new(format!("{path}.factor"), message).hint(format!("Usual is {usual}")),
        );
    }
}

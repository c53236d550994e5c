//! Simulated fleets as `bench` plays them, and what was told in lines.

#[path = "../../../../bench/src/detect/fleet.rs"]
mod played;

use super::data;
use candor_contract::spec::{ScenarioSpec, parse};
use candor_monitor::{DAY_US, HOUR_US, Transition};
pub(crate) use played::Telemetry;

/// The spec part of a scenario.
fn scenario(text: &str) -> ScenarioSpec {
    let head = "apiVersion: candor/v1\nkind: Scenario\nmetadata: {name: trial}\nspec: ";
    let objects = parse(&format!("{head}{text}")).unwrap();
    objects[0].scenario().unwrap().clone()
}

/// Plays a scenario of one model.
pub(crate) fn one_model(text: &str) -> Telemetry {
    one_model_later(text, 0)
}

/// The same so many days later.
pub(crate) fn one_model_later(text: &str, days: i64) -> Telemetry {
    let start_us = played::START_US + days * DAY_US;
    let all = played::telemetry(&scenario(text), None, start_us);
    all.unwrap().remove(0)
}

/// A transition in a line: time from the start, what happened, and why.
pub(crate) fn line(t: &Transition) -> String {
    let hours = (t.at_us - played::START_US) / HOUR_US;
    let symptoms: Vec<&str> = t
        .alert
        .symptoms
        .iter()
        .map(|s| s.monitor.as_str())
        .collect();
    format!(
        "{}d{:02}h {:?} {} {} [{}] {}",
        hours / 24,
        hours % 24,
        t.step,
        t.alert.id,
        t.alert.severity.name(),
        symptoms.join(", "),
        t.alert.cause
    )
}

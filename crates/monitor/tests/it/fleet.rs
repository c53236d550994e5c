//! Simulated fleets as `bench` plays them, and what was told in lines.

#[path = "../../../../bench/src/detect/fleet.rs"]
mod played;

use super::data;
use candor_contract::spec::{ScenarioSpec, parse};
use candor_monitor::{HOUR_US, Transition};
pub(crate) use played::Telemetry;

/// The spec part of a scenario.
fn scenario(text: &str) -> ScenarioSpec {
    let head = "apiVersion: candor/v1\nkind: Scenario\nmetadata: {name: trial}\nspec: ";
    let objects = parse(&format!("{head}{text}")).unwrap();
    objects[0].scenario().unwrap().clone()
}

/// Plays a scenario of one model.
pub(crate) fn one_model(text: &str) -> Telemetry {
    played::telemetry(&scenario(text), None).unwrap().remove(0)
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

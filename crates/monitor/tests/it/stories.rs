//! The clean fleet stays quiet for thirty days after its reference; a null burst upstream is one alert.

use crate::fleet::{line, one_model, one_model_later};
use candor_monitor::{Measure, Step, Transition};

/// Alerts that fired or came back.
fn fired(told: &[Transition]) -> Vec<&Transition> {
    let began = |t: &&Transition| matches!(t.step, Step::Fired | Step::Reopened);
    told.iter().filter(began).collect()
}

/// A model of the fleet without any fault: a reference of a week and thirty days.
fn quiet(model: &str, events: u32) {
    let text = format!("{{days: 37, events: {events}, models: [{{name: {model}}}]}}");
    let (watch, told) = one_model(&text).watch();
    assert!(watch.monitors().len() > 20);
    let lines: Vec<String> = told.iter().map(line).collect();
    // One false alarm a model and month is what the default pack may cost.
    assert!(fired(&told).len() <= 1, "{}", lines.join("\n"));
}

#[test]
fn a_clean_classifier_is_quiet_for_a_month() {
    quiet("credit-risk", 50_000);
}

#[test]
fn a_clean_regression_is_quiet_for_a_month() {
    quiet("delivery-time", 50_000);
}

#[test]
fn wet_days_that_the_reference_hardly_knew_are_no_news() {
    let text = "{days: 37, events: 50000, models: [{name: delivery-time}]}";
    let mut lines = Vec::new();
    let mut alerts = 0;
    for days in [32, 60, 95] {
        let (_, told) = one_model_later(text, days).watch();
        alerts += fired(&told).len();
        lines.extend(told.iter().map(line));
    }
    assert!(alerts <= 3, "{}", lines.join("\n"));
}

#[test]
fn a_clean_ranking_is_quiet_for_a_month() {
    quiet("product-ranking", 60_000);
}

#[test]
fn a_clean_assistant_is_quiet_for_a_month() {
    quiet("support-assistant", 40_000);
}

#[test]
fn what_a_null_burst_does_downstream_is_one_alert_that_names_it() {
    let text = "{days: 10, events: 60000, models: [{name: credit-risk}], faults: [{fault: null_burst, \
                model: credit-risk, columns: [debt_ratio, income], from: 8d8h, to: 9d2h, magnitude: 0.7}]}";
    let (_, told) = one_model(text).watch();
    let fired = fired(&told);
    assert_eq!(
        fired.len(),
        1,
        "{:?}",
        told.iter().map(line).collect::<Vec<_>>()
    );
    let last = told.last().unwrap();
    assert_eq!(last.step, Step::Resolved, "{}", line(last));
    assert_eq!(last.alert.symptoms[0].measure, Measure::Missing);
    assert!(last.alert.symptoms.len() > 1, "{}", line(last));
}

//! The engine on made-up windows: silence, late rows, declared monitors.

mod late;
mod maintenance;
mod short;
mod versions;

use super::{MonitorState, Setup, Watch};
use crate::alert::{State, Step, Symptom, Transition};
use crate::reading::Reading;
use crate::window::{DAY_US, HOUR_US, Window};
use arrow::array::{ArrayRef, Float64Array, RecordBatch, StringArray};
use candor_contract::spec::{DecisionRule, Measure, ModelSpec, MonitorSpec, Sustain};
use std::sync::Arc;

/// A window of `rows` predictions, of which some failed, with an income that is normal.
fn window(hour: i64, rows: usize, failed: usize) -> Reading {
    let window = Window::around(hour * HOUR_US, HOUR_US);
    if rows == 0 {
        return Reading::empty(window);
    }
    let income = |row: usize| 100.0 + ((row * 7919 + hour as usize * 31) % 97) as f64;
    let status = |row: usize| if row < failed { "error" } else { "ok" };
    let columns: Vec<(&str, ArrayRef)> = vec![
        (
            "input_income",
            Arc::new(Float64Array::from_iter_values((0..rows).map(income))),
        ),
        (
            "status",
            Arc::new(StringArray::from_iter_values((0..rows).map(status))),
        ),
    ];
    let rows = RecordBatch::try_from_iter(columns).unwrap();
    Reading::of_rows(window, Some(&rows), None)
}

fn setup(monitors: Vec<MonitorSpec>, pack: bool) -> Setup {
    let named = monitors.into_iter().enumerate();
    Setup {
        model: "m".into(),
        spec: ModelSpec::default(),
        monitors: named
            .map(|(at, spec)| (format!("own-{at}"), spec))
            .collect(),
        pack,
        owner: None,
        maintenance: Vec::new(),
    }
}

/// A watch that learnt from a week of 200 rows an hour with one failure each.
fn watch(monitors: Vec<MonitorSpec>, pack: bool) -> Watch {
    let week: Vec<Reading> = (0..168).map(|hour| window(hour, 200, 1)).collect();
    Watch::learn(setup(monitors, pack), &week)
}

fn steps(told: &[Transition]) -> Vec<(i64, Step, State)> {
    let week = 7 * DAY_US;
    let each = told
        .iter()
        .map(|t| ((t.at_us - week) / HOUR_US, t.step, t.alert.state));
    each.collect()
}

#[test]
fn silence_is_unknown_and_ends_nothing() {
    let mut watch = watch(Vec::new(), true);
    let mut told = Vec::new();
    // Errors, then nothing at all, then all is well.
    for hour in 168..172 {
        told.extend(watch.close(&window(hour, 200, 80)));
    }
    for hour in 172..180 {
        told.extend(watch.close(&window(hour, 0, 0)));
    }
    assert!(
        watch.alerts().iter().all(|a| a.state == State::Unknown),
        "{:?}",
        watch.alerts()
    );
    for hour in 180..190 {
        told.extend(watch.close(&window(hour, 200, 1)));
    }
    let steps = steps(&told);
    assert_eq!(steps[0].1, Step::Fired);
    assert_eq!(told[0].alert.symptoms[0].measure, Measure::Errors);
    assert!(steps.iter().any(|s| s.1 == Step::Lost), "{steps:?}");
    assert!(steps.iter().any(|s| s.1 == Step::Found), "{steps:?}");
    assert_eq!(
        steps.last().map(|s| s.2),
        Some(State::Resolved),
        "{steps:?}"
    );
    assert_eq!(watch.alerts().len(), 1);
}

/// A window whose income went up by `shift` and is missing in every `gap`-th row; 0 for none.
fn income(hour: i64, shift: f64, gap: usize) -> Reading {
    let value = |row: usize| 100.0 + shift + ((row * 7919 + hour as usize * 31) % 97) as f64;
    let is_missing = |row: usize| gap > 0 && row.is_multiple_of(gap);
    let values = (0..200).map(|row| (!is_missing(row)).then(|| value(row)));
    let column: ArrayRef = Arc::new(values.collect::<Float64Array>());
    let rows = RecordBatch::try_from_iter_with_nullable([("input_income", column, true)]).unwrap();
    Reading::of_rows(Window::around(hour * HOUR_US, HOUR_US), Some(&rows), None)
}

#[test]
fn what_lies_upstream_is_the_cause_unless_it_began_days_later() {
    for (late_hours, cause) in [(2, Measure::Missing), (72, Measure::Range)] {
        let week: Vec<Reading> = (0..168).map(|hour| income(hour, 0.0, 0)).collect();
        let mut watch = Watch::learn(setup(Vec::new(), true), &week);
        let begun = 168 + late_hours;
        for hour in 168..begun + 12 {
            let gap = if hour < begun { 0 } else { 2 };
            watch.close(&income(hour, 40.0, gap));
        }
        let alert = &watch.alerts()[0];
        assert!(alert.symptoms.len() > 1, "{alert:?}");
        assert_eq!(alert.symptoms[0].measure, cause, "{}", alert.cause);
    }
}

#[test]
fn what_was_over_before_the_rest_began_is_no_cause_of_it() {
    let week: Vec<Reading> = (0..168).map(|hour| window(hour, 200, 1)).collect();
    let errors = MonitorSpec::of("m", Measure::Errors);
    let volume = MonitorSpec::of("m", Measure::Volume);
    let mut watch = Watch::learn(setup(vec![errors, volume], false), &week);
    // Few requests come and most of them fail; then all is well, so that it is over; then few come, and none fails.
    for hour in 168..186 {
        watch.close(&match hour {
            168..174 => window(hour, 20, 12),
            174..180 => window(hour, 200, 1),
            _ => window(hour, 20, 0),
        });
    }
    let [alert] = watch.alerts() else {
        panic!("one alert: {:?}", watch.alerts());
    };
    assert!(alert.goes_on() && alert.reopened == 1, "{alert:?}");
    let begun = |s: &Symptom| (s.measure, s.onset_us / HOUR_US, s.over_us.is_some());
    let told: Vec<_> = alert.symptoms.iter().map(begun).collect();
    assert_eq!(
        told,
        [(Measure::Volume, 180, false), (Measure::Errors, 168, true)],
        "{}",
        alert.cause
    );
    assert_eq!(alert.onset_us, 168 * HOUR_US);
    assert!(
        alert
            .cause
            .ends_with("1 other sign of this alert had ended"),
        "{}",
        alert.cause
    );
}

#[test]
fn windows_that_are_skipped_are_empty_ones() {
    let (mut one, mut two) = (watch(Vec::new(), true), watch(Vec::new(), true));
    let mut told = one.close(&window(180, 200, 1));
    let each = (168..180).flat_map(|hour| two.close(&window(hour, 0, 0)));
    let mut expected: Vec<Transition> = each.collect();
    expected.extend(two.close(&window(180, 200, 1)));
    assert_eq!(told.len(), expected.len());
    told.truncate(1);
    assert_eq!(told, expected[..1]);
    // A window of the past changes nothing.
    assert!(one.close(&window(170, 200, 100)).is_empty());
}

#[test]
fn late_rows_revise_a_closed_window_and_both_figures_stay() {
    let mut watch = watch(Vec::new(), true);
    watch.close(&window(168, 200, 60));
    let full = window(168, 400, 60);
    assert!(watch.is_outdated(Window::around(168 * HOUR_US, HOUR_US), 400));
    assert!(watch.revise(&full) > 0);
    assert!(!watch.is_outdated(Window::around(168 * HOUR_US, HOUR_US), 400));
    let views = watch.monitors();
    let errors = views.iter().find(|v| v.spec.measure == Measure::Errors);
    let point = errors.unwrap().points.last().copied().unwrap();
    assert_eq!((point.value, point.n), (Some(0.15), 400));
    let before = point.before.unwrap();
    assert_eq!(
        (before.value, before.n, before.breach),
        (Some(0.3), 200, true)
    );
}

#[test]
fn declared_bounds_hold_without_the_pack() {
    let spec = MonitorSpec {
        decision: DecisionRule::Bounds {
            at_least: None,
            at_most: Some(0.05),
        },
        sustain: Sustain { breaches: 2, of: 2 },
        ..MonitorSpec::of("m", Measure::Errors)
    };
    let mut watch = watch(vec![spec], false);
    assert_eq!(watch.monitors().len(), 1);
    // Twelve of two hundred are 6 %, but they may be 4 %.
    let mut told: Vec<Transition> = (168..172)
        .flat_map(|h| watch.close(&window(h, 200, 12)))
        .collect();
    assert!(told.is_empty(), "{:?}", steps(&told));
    told.extend((172..174).flat_map(|h| watch.close(&window(h, 200, 40))));
    assert_eq!(steps(&told), [(6, Step::Fired, State::Firing)]);
    assert_eq!(watch.monitors()[0].state, MonitorState::Firing);
}

#[test]
fn a_sequential_alert_is_over_when_windows_are_calm_again() {
    let spec = MonitorSpec {
        decision: DecisionRule::Sequential { alpha: 0.01 },
        window: Some("1h".into()),
        ..MonitorSpec::of("m", Measure::Errors)
    };
    let mut watch = watch(vec![spec], false);
    let wrong = (168..192).flat_map(|h| watch.close(&window(h, 200, 20)));
    let wrong: Vec<Transition> = wrong.collect();
    assert_eq!(steps(&wrong).len(), 1, "{:?}", steps(&wrong));
    let right: Vec<Transition> = (192..216)
        .flat_map(|h| watch.close(&window(h, 200, 1)))
        .collect();
    assert_eq!(steps(&right), [(25, Step::Resolved, State::Resolved)]);
}

#[test]
fn groups_that_are_chosen_less_are_told_by_their_difference() {
    let day = |day: i64, chosen: usize| {
        let group = |row: usize| if row.is_multiple_of(2) { "a" } else { "b" };
        // Half of each group is chosen, of `b` so many in a hundred.
        let class = |row: usize| {
            let limit = if row.is_multiple_of(2) { 50 } else { chosen };
            if (row / 2 * 37 + day as usize) % 100 < limit {
                "1"
            } else {
                "0"
            }
        };
        let columns: Vec<(&str, ArrayRef)> = vec![
            (
                "output_class",
                Arc::new(StringArray::from_iter_values((0..200).map(class))),
            ),
            (
                "segment_sex",
                Arc::new(StringArray::from_iter_values((0..200).map(group))),
            ),
        ];
        let rows = RecordBatch::try_from_iter(columns).unwrap();
        let hours = (0..24).map(move |h| Window::around((day * 24 + h) * HOUR_US, HOUR_US));
        hours
            .map(|window| Reading::of_rows(window, Some(&rows), None))
            .collect::<Vec<_>>()
    };
    let setup = Setup {
        spec: ModelSpec {
            protected: vec!["sex".into()],
            positive_class: Some(candor_contract::spec::Word("1".into())),
            ..ModelSpec::default()
        },
        ..setup(Vec::new(), true)
    };
    let week: Vec<Reading> = (0..7).flat_map(|d| day(d, 50)).collect();
    let mut watch = Watch::learn(setup, &week);
    let told: Vec<Transition> = (7..10)
        .flat_map(|d| day(d, 20))
        .flat_map(|reading| watch.close(&reading))
        .collect();
    let fair = told.iter().flat_map(|t| &t.alert.symptoms);
    let fair: Vec<_> = fair.filter(|s| s.measure == Measure::Fairness).collect();
    let value = fair.first().and_then(|s| s.points.last()?.value).unwrap();
    assert!((value - 0.3).abs() < 0.05, "{value}");
}

/// One failed request in a hundred is allowed.
fn budget() -> MonitorSpec {
    MonitorSpec {
        decision: DecisionRule::Burn {
            target: 0.99,
            over: "30d".into(),
            above: None,
        },
        window: Some("1h".into()),
        ..MonitorSpec::of("m", Measure::Errors)
    }
}

#[test]
fn a_budget_knows_the_days_before_its_first_window() {
    let mut watch = watch(vec![budget()], false);
    // Five of 30 requests in the first night hour: of the three days before it is nothing.
    let told = watch.close(&window(168, 30, 5));
    assert!(told.is_empty(), "{:?}", steps(&told));
}

#[test]
fn a_budget_that_burns_pages_within_an_hour_and_a_few_errors_do_not() {
    let mut watch = watch(vec![budget()], false);
    let quiet: Vec<Transition> = (168..192)
        .flat_map(|h| watch.close(&window(h, 200, 2)))
        .collect();
    assert!(quiet.is_empty(), "{:?}", steps(&quiet));
    let told = watch.close(&window(192, 200, 80));
    assert_eq!(steps(&told), [(25, Step::Fired, State::Firing)]);
}

//! Versions side by side and one after the other, environments, kinds of errors, business effects.

use super::{setup, steps};
use crate::alert::{Step, Transition};
use crate::reading::Reading;
use crate::watch::{MonitorState, Watch};
use crate::window::{HOUR_US, Window};
use arrow::array::{ArrayRef, Float64Array, RecordBatch, StringArray};
use candor_contract::spec::{Baseline, Measure, MonitorSpec};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Rows of one version in one environment: how many, how many of them failed, and the mean of its scores.
#[derive(Clone, Copy)]
struct Told(&'static str, &'static str, usize, usize, f64);

fn window(hour: i64, told: &[Told]) -> Reading {
    let (mut version, mut environment, mut status, mut kind) = (vec![], vec![], vec![], vec![]);
    let mut score = vec![];
    for Told(own, place, rows, failed, mean) in told {
        for row in 0..*rows {
            version.push(*own);
            environment.push(*place);
            status.push(if row < *failed { "error" } else { "ok" });
            kind.push((row < *failed).then_some(if row.is_multiple_of(2) {
                "timeout"
            } else {
                "input"
            }));
            let wave = ((row * 7919 + hour.unsigned_abs() as usize * 31) % 97) as f64 / 97.0;
            score.push(mean + 0.1 * (wave - 0.5));
        }
    }
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("version", Arc::new(StringArray::from(version))),
        ("environment", Arc::new(StringArray::from(environment))),
        ("status", Arc::new(StringArray::from(status))),
        ("error_type", Arc::new(StringArray::from(kind))),
        ("output_score", Arc::new(Float64Array::from(score))),
    ];
    let columns = columns.into_iter().map(|(name, array)| (name, array, true));
    let rows = RecordBatch::try_from_iter_with_nullable(columns).unwrap();
    let window = Window::around(hour * HOUR_US, HOUR_US);
    let mut reading = Reading::of_rows(window, Some(&rows), None);
    reading.add_parts(&rows, &["version", "environment"]);
    reading
}

/// A watch that learnt from a week of version 1 in production.
fn watch(spec: MonitorSpec) -> Watch {
    let one = Told("1", "production", 200, 2, 0.4);
    let week: Vec<Reading> = (0..168).map(|hour| window(hour, &[one])).collect();
    let spec = MonitorSpec {
        window: Some("1h".into()),
        ..spec
    };
    Watch::learn(setup(vec![spec], false), &week)
}

fn play(watch: &mut Watch, hours: std::ops::Range<i64>, told: &[Told]) -> Vec<Transition> {
    hours
        .flat_map(|hour| watch.close(&window(hour, told)))
        .collect()
}

fn of(segment: &str, value: &str) -> BTreeMap<String, String> {
    BTreeMap::from([(segment.to_owned(), value.to_owned())])
}

#[test]
fn a_challenger_is_held_against_the_champion_of_the_same_hour() {
    let spec = MonitorSpec {
        segment: of("version", "2"),
        baseline: Baseline::Version("1".into()),
        ..MonitorSpec::of("m", Measure::Errors)
    };
    let mut watch = watch(spec);
    let all_fail = [
        Told("1", "production", 200, 40, 0.4),
        Told("2", "production", 100, 20, 0.4),
    ];
    let both = play(&mut watch, 168..180, &all_fail);
    assert!(both.is_empty(), "what fails in both is no difference");
    let one_fails = [
        Told("1", "production", 200, 2, 0.4),
        Told("2", "production", 100, 20, 0.4),
    ];
    let told = play(&mut watch, 180..190, &one_fails);
    assert_eq!(told[0].step, Step::Fired, "{:?}", steps(&told));
    let symptom = &told[0].alert.symptoms[0];
    assert!(
        symptom.sentence.contains("where version is 2"),
        "{}",
        symptom.sentence
    );
    // Without the champion there is nothing to hold it against.
    let alone = [Told("2", "production", 100, 20, 0.4)];
    play(&mut watch, 190..191, &alone);
    let point = watch.monitors()[0].points.last().copied().unwrap();
    assert_eq!((point.n, point.band, point.breach), (100, None, false));
}

#[test]
fn a_version_is_held_against_the_one_before_it() {
    let spec = |baseline: Baseline| MonitorSpec {
        column: Some("output_score".into()),
        material: Some(0.05),
        baseline,
        ..MonitorSpec::of("m", Measure::Mean)
    };
    let version = |name, mean| [Told(name, "production", 200, 2, mean)];
    let story = |baseline: Baseline| {
        let mut watch = watch(spec(baseline));
        let mut told = play(&mut watch, 168..192, &version("1", 0.4));
        told.extend(play(&mut watch, 192..240, &version("2", 0.6)));
        told.extend(play(&mut watch, 240..288, &version("3", 0.6)));
        (steps(&told), watch.monitors()[0].state)
    };
    let (steps, state) = story(Baseline::PreviousVersion);
    let kinds: Vec<Step> = steps.iter().map(|s| s.1).collect();
    let told = [Step::Fired, Step::Grew, Step::Recovering, Step::Resolved];
    assert_eq!(kinds, told, "{steps:?}");
    assert!((24..30).contains(&steps[0].0), "{steps:?}");
    assert!(
        (72..80).contains(&steps[3].0),
        "version 3 is as version 2 was: {steps:?}"
    );
    assert_eq!(state, MonitorState::Ok);
    assert_eq!(story(Baseline::Reference).1, MonitorState::Firing);
}

#[test]
fn an_environment_that_the_reference_does_not_know_is_held_against_all_of_it() {
    let spec = MonitorSpec {
        segment: of("environment", "staging"),
        ..MonitorSpec::of("m", Measure::Errors)
    };
    let mut watch = watch(spec);
    let production = Told("1", "production", 200, 60, 0.4);
    let quiet = play(&mut watch, 168..180, &[production]);
    assert!(quiet.is_empty(), "other environments are not its business");
    let staging = Told("2", "staging", 100, 30, 0.4);
    let told = play(&mut watch, 180..190, &[production, staging]);
    assert_eq!(told[0].step, Step::Fired, "{:?}", steps(&told));
}

#[test]
fn errors_are_counted_by_their_type() {
    let value = |kind: Option<&str>| {
        let spec = MonitorSpec {
            metric: kind.map(str::to_owned),
            ..MonitorSpec::of("m", Measure::Errors)
        };
        let mut watch = watch(spec);
        play(
            &mut watch,
            168..169,
            &[Told("1", "production", 200, 20, 0.4)],
        );
        watch.monitors()[0].points.last().unwrap().value
    };
    for (kind, expected) in [
        (None, 0.1),
        (Some("timeout"), 0.05),
        (Some("input"), 0.05),
        (Some("quota"), 0.0),
    ] {
        assert_eq!(value(kind), Some(expected), "{kind:?}");
    }
}

#[test]
fn a_business_effect_that_falls_is_told() {
    let hour = |hour: i64, mean: f64| {
        let mut reading = window(hour, &[Told("1", "production", 200, 2, 0.4)]);
        let values = (0..100).map(|row| mean + ((row * 37 + hour) % 11) as f64 - 5.0);
        let rows = RecordBatch::try_from_iter(vec![
            (
                "name",
                Arc::new(StringArray::from(vec!["revenue"; 100])) as ArrayRef,
            ),
            ("value", Arc::new(Float64Array::from_iter_values(values))),
        ]);
        reading.add_effects(&rows.unwrap());
        reading
    };
    let spec = MonitorSpec {
        metric: Some("revenue".into()),
        ..MonitorSpec::of("m", Measure::Effect)
    };
    let week: Vec<Reading> = (0..168).map(|at| hour(at, 50.0)).collect();
    let mut watch = Watch::learn(setup(vec![spec], false), &week);
    let mut told: Vec<Transition> = (168..216)
        .flat_map(|at| watch.close(&hour(at, 50.0)))
        .collect();
    assert!(told.is_empty(), "{:?}", steps(&told));
    told.extend((216..312).flat_map(|at| watch.close(&hour(at, 40.0))));
    assert_eq!(told[0].step, Step::Fired, "{:?}", steps(&told));
    let point = told[0].alert.symptoms[0].points.last().copied().unwrap();
    assert_eq!(point.n, 2_400, "a day of them");
}

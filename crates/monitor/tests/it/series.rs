//! The engine over public series whose truth is known: `bench` plays all of them, these tests what fits in a minute.

#[path = "../../../../bench/src/detect/nab.rs"]
mod nab;
#[path = "../../../../bench/src/detect/streams.rs"]
mod streams;

use super::data;
use arrow::array::{ArrayRef, Float64Array, RecordBatch};
use candor_contract::spec::{DecisionRule, Measure, ModelSpec, MonitorSpec};
use candor_monitor::{HOUR_US, Reading, Setup, Step, Watch, Window};
use candor_stats::series::ODD;
use std::path::PathBuf;
use std::sync::Arc;

/// The folder of shared data, if this machine has it; continuous integration must.
fn shared() -> Option<PathBuf> {
    let folder = data::shared(std::env::var_os("CANDOR_SHARED").map(PathBuf::from));
    if folder.is_none() {
        let ci = std::env::var_os("CI").is_some_and(|v| v == "true");
        assert!(!ci, "the shared folder is absent");
        eprintln!("SKIPPED for want of the shared folder: say where it is by CANDOR_SHARED");
    }
    folder
}

#[test]
fn labelled_series_are_told_better_than_by_published_detectors() {
    let Some(shared) = shared() else { return };
    let mut tally = nab::Tally::default();
    for series in nab::corpus(&shared, |_, _| true).unwrap() {
        tally.add(&series, &series.alerts(ODD).unwrap());
    }
    let [standard, low_fp, low_fn] = tally.scores();
    println!(
        "NAB {standard:.2}, low FP {low_fp:.2}, low FN {low_fn:.2}; {} of {} windows hit; precision {:.3}; {:.4} \
         false alarms a day",
        tally.hit,
        tally.windows,
        tally.precision(),
        tally.false_a_day()
    );
    // The best published detector that does not look ahead, at a threshold fitted to the whole corpus.
    assert!(standard > 71.36, "{standard}");
    assert!(tally.recall() > 0.8 && tally.precision() > 0.5, "{tally:?}");
    assert!(tally.false_a_day() < 0.11, "{tally:?}");
}

/// Misses and false alarms together, and how soon changes were told.
fn line(name: &str, held: &streams::Held) -> String {
    let (misses, false_alarms) = (held.misses, held.false_alarms);
    let delay = held.delay().map_or("-".to_owned(), |rows| rows.to_string());
    format!(
        "{name}: {} ({misses} misses, {false_alarms} false), after {delay} rows",
        held.sum()
    )
}

#[test]
fn changes_of_concept_are_told_at_least_as_well_as_by_detectors_of_drift() {
    let Some(shared) = shared() else { return };
    let shift = DecisionRule::Shift { threshold: 4.5 };
    let (mut all, mut best_of_all) = (0, [0; 3]);
    for stream in streams::streams(&shared, usize::MAX).unwrap() {
        let ours = stream.held(&stream.alerts(&shift).unwrap());
        println!("{}: {}", stream.name, line("ours", &ours));
        let mut best = usize::MAX;
        for (total, (name, mut peer)) in best_of_all.iter_mut().zip(streams::peers()) {
            let theirs = stream.held(&stream.rises(peer.as_mut()));
            println!("  {}", line(name, &theirs));
            best = best.min(theirs.sum());
            *total += theirs.sum();
        }
        all += ours.sum();
        assert!(ours.sum() <= best, "{}", stream.name);
    }
    println!("in all: ours {all}, theirs {best_of_all:?}");
    assert!(best_of_all.iter().all(|theirs| all < *theirs));
}

#[test]
fn rises_that_are_known_in_hindsight_are_told() {
    let Some(shared) = shared() else { return };
    let shift = DecisionRule::Shift { threshold: 4.5 };
    for stream in streams::elec2(&shared).unwrap() {
        let ours = stream.held(&stream.alerts(&shift).unwrap());
        println!(
            "{}, {:?}: {}",
            stream.name,
            stream.changes,
            line("ours", &ours)
        );
        for (name, mut peer) in streams::peers() {
            let theirs = stream.held(&stream.rises(peer.as_mut()));
            println!("  {}", line(name, &theirs));
            assert!(ours.misses <= theirs.misses);
        }
        // DDM tells of one rise of the no-change classifier's errors, and of 127 of the model's.
        assert!(ours.false_alarms <= 2, "{ours:?}");
    }
}

/// Hourly means of a column: a daily wave, odd at two moments, higher for good from hour 900 on.
fn readings() -> Vec<Reading> {
    let noise =
        |at: usize| (at as f64 * 0.754_877_666).fract() + (at as f64 * 0.569_840_291).fract();
    let value = |at: usize| {
        let wave = (at as f64 / 24.0 * std::f64::consts::TAU).sin();
        let spike = if matches!(at, 700 | 1_400) { 15.0 } else { 0.0 };
        let step = if at >= 900 { 4.0 } else { 0.0 };
        3.0 * wave + noise(at) + spike + step
    };
    let reading = |at: usize| {
        let values: ArrayRef = Arc::new(Float64Array::from(vec![value(at); 60]));
        let rows = RecordBatch::try_from_iter([("input_value", values)]).unwrap();
        Reading::of_rows(
            Window::around(at as i64 * HOUR_US, HOUR_US),
            Some(&rows),
            None,
        )
    };
    (0..1_600).map(reading).collect()
}

fn setup(decision: DecisionRule) -> Setup {
    let monitor = MonitorSpec {
        column: Some("input_value".to_owned()),
        window: Some("1h".to_owned()),
        decision,
        ..MonitorSpec::of("series", Measure::Mean)
    };
    Setup {
        model: "series".to_owned(),
        spec: ModelSpec::default(),
        monitors: vec![("own".to_owned(), monitor)],
        pack: false,
        owner: None,
        maintenance: Vec::new(),
    }
}

/// The hours at whose ends an alert began, restarted after each `every` windows.
fn told(readings: &[Reading], decision: &DecisionRule, every: usize) -> Vec<i64> {
    let learn = || Watch::learn(setup(decision.clone()), &readings[..400]);
    let mut watch = learn();
    let mut out = Vec::new();
    for (at, reading) in readings[400..].iter().enumerate() {
        let told = watch.close(reading);
        let new = told
            .iter()
            .filter(|t| matches!(t.step, Step::Fired | Step::Reopened));
        out.extend(new.map(|t| t.at_us / HOUR_US));
        if at % every == every - 1 {
            let kept = serde_json::to_string(watch.state()).unwrap();
            watch = learn();
            watch.resume(serde_json::from_str(&kept).unwrap());
        }
    }
    out
}

#[test]
fn odd_moments_are_told_and_over_at_once_whatever_the_restarts() {
    let readings = readings();
    let odd = DecisionRule::Anomaly { threshold: ODD };
    let found = told(&readings, &odd, usize::MAX);
    for spike in [701, 1_401] {
        assert!(found.contains(&spike), "{found:?}");
    }
    assert!(found.len() <= 5, "{found:?}");
    assert_eq!(found, told(&readings, &odd, 97));
}

#[test]
fn a_level_that_moved_is_told_once_and_becomes_normal_whatever_the_restarts() {
    let readings = readings();
    let shift = DecisionRule::Shift { threshold: 4.5 };
    let found = told(&readings, &shift, usize::MAX);
    assert!(
        found.iter().any(|hour| (901..=925).contains(hour)),
        "{found:?}"
    );
    assert!(found.len() <= 4, "{found:?}");
    assert_eq!(found, told(&readings, &shift, 97));
}

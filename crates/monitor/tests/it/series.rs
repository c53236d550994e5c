//! The engine over public series whose truth is known: `bench` plays all of them, these tests what fits in a minute.

#[path = "../../../../bench/src/detect/data.rs"]
mod data;
#[expect(dead_code, reason = "the rest is told by bench")]
#[path = "../../../../bench/src/detect/nab.rs"]
mod nab;
#[expect(dead_code, reason = "the rest is told by bench")]
#[path = "../../../../bench/src/detect/streams.rs"]
mod streams;

use arrow::array::{ArrayRef, Float64Array, RecordBatch};
use candor_contract::spec::{DecisionRule, Measure, ModelSpec, MonitorSpec};
use candor_monitor::{HOUR_US, Reading, Setup, Step, Watch, Window};
use candor_stats::series::ODD;
use std::path::PathBuf;
use std::sync::Arc;

/// The folder of shared data, if this machine has it; continuous integration must.
#[expect(
    clippy::disallowed_methods,
    reason = "tests are told by the environment where data are"
)]
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
fn explore_nab() {
    let Some(shared) = shared() else { return };
    let every: usize = std::env::var("EVERY").map_or(1, |v| v.parse().unwrap());
    let thresholds: Vec<f64> = std::env::var("THRESHOLDS")
        .unwrap_or("9".into())
        .split(',')
        .map(|t| t.parse().unwrap())
        .collect();
    let all = nab::corpus(&shared, |at, _| at % every == 0).unwrap();
    for threshold in thresholds {
        let mut tally = nab::Tally::default();
        for series in &all {
            tally.add(series, &series.alerts(threshold).unwrap());
        }
        println!(
            "{threshold}: scores {:.2?} hit {} of {}, right {} wrong {}, days {:.0}, a day {:.4}",
            tally.scores(),
            tally.hit,
            tally.windows,
            tally.right,
            tally.wrong,
            tally.days,
            tally.false_a_day()
        );
    }
}

#[test]
fn explore_streams() {
    let Some(shared) = shared() else { return };
    let rows: usize = std::env::var("ROWS").map_or(50_000, |v| v.parse().unwrap());
    let thresholds: Vec<f64> = std::env::var("THRESHOLDS")
        .unwrap_or("4,4.5,5".into())
        .split(',')
        .map(|t| t.parse().unwrap())
        .collect();
    let mut all = streams::streams(&shared, rows).unwrap();
    all.extend(streams::elec2(&shared).unwrap());
    for stream in all {
        let rate = stream.wrong.iter().filter(|w| **w).count() as f64 / stream.wrong.len() as f64;
        println!(
            "== {} rate {rate:.3} changes {}",
            stream.name,
            stream.changes.len()
        );
        for at in stream.changes.iter().take(6) {
            let rate = |from: usize, to: usize| {
                let own = &stream.wrong[from..to.min(stream.wrong.len())];
                own.iter().filter(|w| **w).count() as f64 / own.len() as f64
            };
            println!(
                "  {at}: before {:.3}, +300 {:.3} +600 {:.3} +1000 {:.3} +2000 {:.3}",
                rate(at - 1000, *at),
                rate(*at, at + 300),
                rate(at + 300, at + 600),
                rate(at + 600, at + 1000),
                rate(at + 1000, at + 2000)
            );
        }
        for (name, mut peer) in streams::peers() {
            let told = stream.rises(peer.as_mut());
            let held = stream.held(&told);
            println!(
                "{name}: sum {} misses {} false {} delay {:?}",
                held.sum(),
                held.misses,
                held.false_alarms,
                held.delay()
            );
        }
        for threshold in &thresholds {
            let told = stream
                .alerts(&DecisionRule::Shift {
                    threshold: *threshold,
                })
                .unwrap();
            let held = stream.held(&told);
            println!(
                "ours {threshold}: sum {} misses {} false {} delay {:?}",
                held.sum(),
                held.misses,
                held.false_alarms,
                held.delay()
            );
        }
    }
}

/// Hourly means of a column: a daily wave, odd at three moments, higher for good from hour 900 on.
fn readings() -> Vec<Reading> {
    let noise =
        |at: usize| (at as f64 * 0.754_877_666).fract() + (at as f64 * 0.569_840_291).fract();
    let value = |at: usize| {
        let wave = (at as f64 / 24.0 * std::f64::consts::TAU).sin();
        let spike = if matches!(at, 700 | 1_100 | 1_400) {
            15.0
        } else {
            0.0
        };
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
    for spike in [701, 1_101, 1_401] {
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

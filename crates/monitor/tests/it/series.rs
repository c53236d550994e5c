//! The engine over public series whose truth is known: `bench` plays all of them, these tests what fits in a minute.

#[path = "../../../../bench/src/detect/data.rs"]
mod data;
#[expect(dead_code, reason = "the rest is told by bench")]
#[path = "../../../../bench/src/detect/nab.rs"]
mod nab;
#[expect(dead_code, reason = "the rest is told by bench")]
#[path = "../../../../bench/src/detect/streams.rs"]
mod streams;

use candor_contract::spec::DecisionRule;
use candor_stats::series::ODD;
use std::path::PathBuf;

/// The folder of shared data, if this machine has it; continuous integration must.
#[expect(clippy::disallowed_methods, reason = "tests are told by the environment where data are")]
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
            tally.scores(), tally.hit, tally.windows, tally.right, tally.wrong, tally.days, tally.false_a_day()
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
        println!("== {} rate {rate:.3} changes {}", stream.name, stream.changes.len());
        for at in stream.changes.iter().take(6) {
            let rate = |from: usize, to: usize| {
                let own = &stream.wrong[from..to.min(stream.wrong.len())];
                own.iter().filter(|w| **w).count() as f64 / own.len() as f64
            };
            println!("  {at}: before {:.3}, +300 {:.3} +600 {:.3} +1000 {:.3} +2000 {:.3}", rate(at - 1000, *at),
                rate(*at, at + 300), rate(at + 300, at + 600), rate(at + 600, at + 1000), rate(at + 1000, at + 2000));
        }
        for (name, mut peer) in streams::peers() {
            let told = stream.rises(peer.as_mut());
            let held = stream.held(&told);
            println!("{name}: sum {} misses {} false {} delay {:?}", held.sum(), held.misses, held.false_alarms, held.delay());
        }
        for threshold in &thresholds {
            let told = stream.alerts(&DecisionRule::Shift { threshold: *threshold }).unwrap();
            let held = stream.held(&told);
            println!("ours {threshold}: sum {} misses {} false {} delay {:?}", held.sum(), held.misses, held.false_alarms, held.delay());
        }
    }
}

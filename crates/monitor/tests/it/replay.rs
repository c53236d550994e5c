//! The same telemetry gives the same alerts, byte for byte, whatever the restarts between.

use crate::fleet::{Telemetry, one_model};
use candor_monitor::{Reading, Transition, Watch, WatchState};
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use std::sync::OnceLock;

const STORY: &str = "
  days: 11
  events: 16000
  models: [{name: credit-risk}]
  faults:
    - {fault: null_burst, model: credit-risk, columns: [debt_ratio], from: 8d, to: 9d}
    - {fault: covariate_drift, model: credit-risk, columns: [income], from: 9d12h}
";

fn telemetry() -> &'static Telemetry {
    static TOLD: OnceLock<Telemetry> = OnceLock::new();
    TOLD.get_or_init(|| one_model(STORY))
}

/// What an engine that is never stopped tells.
fn uninterrupted() -> &'static str {
    static TOLD: OnceLock<String> = OnceLock::new();
    TOLD.get_or_init(|| bytes(&telemetry().watch().1))
}

fn bytes(told: &[Transition]) -> String {
    serde_json::to_string(told).unwrap()
}

/// Stops after each of `stops` windows and goes on from what was kept, as a server does.
fn with_restarts(telemetry: &Telemetry, stops: &[usize]) -> Vec<Transition> {
    let (reference, later) = telemetry.parts();
    let mut watch = Watch::learn(telemetry.setup(), reference);
    let mut told = Vec::new();
    for (at, reading) in later.iter().enumerate() {
        told.extend(watch.close(reading));
        if stops.contains(&at) {
            let kept = serde_json::to_string(watch.state()).unwrap();
            watch = resumed(telemetry, serde_json::from_str(&kept).unwrap());
        }
    }
    told
}

fn resumed(telemetry: &Telemetry, kept: WatchState) -> Watch {
    let mut watch = Watch::learn(telemetry.setup(), telemetry.parts().0);
    watch.resume(kept);
    let (from_us, to_us) = (watch.reread_us(), watch.closed_us());
    let under_way = |r: &&Reading| r.window.from_us >= from_us && r.window.to_us <= to_us;
    let again = telemetry.readings.iter().filter(under_way);
    again.for_each(|reading| watch.warm(reading));
    watch
}

#[test]
fn faults_are_told_and_over_in_the_end() {
    let (_, told) = telemetry().watch();
    assert!(!told.is_empty());
    assert!(told.iter().any(|t| t.alert.resolved_us.is_some()));
}

#[test]
fn restarts_change_nothing() {
    // A case plays days of traffic, so these are few whatever is asked of other properties.
    let config = ProptestConfig {
        cases: 6,
        ..ProptestConfig::default()
    };
    let stops = prop::collection::vec(0_usize..96, 0..4);
    let outcome = TestRunner::new(config).run(&stops, |stops| {
        let told = bytes(&with_restarts(telemetry(), &stops));
        prop_assert_eq!(told.as_str(), uninterrupted());
        Ok(())
    });
    outcome.unwrap();
}

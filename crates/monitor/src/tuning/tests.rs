use super::*;
use crate::alert::Judgement;
use crate::hindsight::{Incident, Sign};
use crate::window::HOUR_US;
use candor_contract::spec::{Family, Sustain};

/// An alert of these monitors from an hour on, which fires three hours later and lasts twelve.
fn alert(hour: i64, monitors: &[&str]) -> Told {
    let at = |h: i64| (hour + h) * HOUR_US;
    let sign = |monitor: &&str| Sign {
        monitor: (*monitor).to_owned(),
        onset_us: at(0),
        sustained_us: at(3),
        over_us: Some(at(12)),
    };
    Told {
        id: format!("at {hour}"),
        family: Family::Quality,
        cause: String::new(),
        signs: monitors.iter().map(sign).collect(),
        onset_us: at(0),
        fired_us: at(3),
        again_us: Vec::new(),
        over_us: Some(at(12)),
        window_us: HOUR_US,
        verdict: None,
    }
}

/// Incidents at 100 and 200, a false alarm at 300.
fn known() -> Known {
    let incident = |hour: i64| Incident {
        from_us: hour * HOUR_US,
        to_us: Some((hour + 10) * HOUR_US),
        alert: None,
    };
    let live = Told {
        verdict: Some(Judgement::FalsePositive),
        ..alert(300, &["m/a"])
    };
    Known::new(vec![incident(100), incident(200)], vec![live])
}

/// A factor, and the alerts that came by it: hour and monitors.
type Run<'a> = (f64, &'a [(i64, &'a [&'a str])]);

fn tried(runs: &[Run<'_>]) -> Vec<Tried> {
    let run = |(factor, alerts): &(f64, &[(i64, &[&str])])| Tried {
        factor: *factor,
        told: alerts.iter().map(|(h, m)| alert(*h, m)).collect(),
    };
    runs.iter().map(run).collect()
}

fn tunable() -> BTreeSet<String> {
    ["m/a", "m/b", "m/c"].map(str::to_owned).into()
}

fn proposed(runs: &[Run<'_>]) -> Vec<(String, f64)> {
    let all = propose(&tried(runs), &known(), &tunable());
    all.into_iter().map(|p| (p.monitor, p.factor)).collect()
}

#[test]
fn each_monitor_keeps_its_incidents_with_the_fewest_false_alarms_and_the_least_change() {
    let a: &[&str] = &["m/a"];
    let b: &[&str] = &["m/b"];
    let ab: &[&str] = &["m/a", "m/b"];
    for (name, runs, expected) in [
        (
            "nothing is false",
            &[
                (0.5, &[(100, a), (200, b)][..]),
                (1.0, &[(100, a), (200, b)]),
                (2.0, &[(100, a), (200, b)]),
            ][..],
            &[][..],
        ),
        (
            "one is raised just enough, the other keeps its incident",
            &[
                (1.0, &[(100, a), (200, b), (300, a)]),
                (1.5, &[(100, a), (300, a)]),
                (2.0, &[(100, a)]),
                (3.0, &[]),
            ],
            &[("m/a", 2.0)],
        ),
        (
            "a false alarm cannot be had without the incident",
            &[(1.0, &[(100, a), (300, a)]), (2.0, &[])],
            &[],
        ),
        (
            "what is missed now is found lower, next to now",
            &[
                (0.5, &[(100, a), (200, b)]),
                (0.75, &[(100, a), (200, b)]),
                (1.0, &[(100, a)]),
            ],
            &[("m/b", 0.75)],
        ),
        (
            "all that take part in a false alarm are raised",
            &[(1.0, &[(300, ab)]), (1.5, &[(300, b)]), (2.0, &[])],
            &[("m/a", 1.5), ("m/b", 2.0)],
        ),
        (
            "of a monitor whose alerts nobody judged nothing is known",
            &[(1.0, &[(500, &["m/c"])]), (2.0, &[])],
            &[],
        ),
        (
            "with an incident of its own the unjudged count after the false ones",
            &[
                (1.0, &[(100, a), (500, a), (600, a)]),
                (1.5, &[(100, a), (500, a)]),
                (2.0, &[(100, a)]),
                (3.0, &[(100, a)]),
            ],
            &[("m/a", 2.0)],
        ),
        (
            "what may not be tuned stays",
            &[(1.0, &[(300, &["m/burn"])]), (2.0, &[])],
            &[],
        ),
    ] {
        let told = proposed(runs);
        let told: Vec<(&str, f64)> = told.iter().map(|(m, f)| (m.as_str(), *f)).collect();
        assert_eq!(told, expected, "{name}");
    }
}

#[test]
fn an_alert_is_counted_once_and_never_as_found_and_false() {
    let told: Vec<Told> = [(100, "m/a"), (105, "m/a"), (300, "m/a"), (500, "m/b")]
        .map(|(h, m)| alert(h, &[m]))
        .into();
    let all = counted(&told, &known());
    assert_eq!((all.alerts, all.found.len()), (4, 1));
    assert_eq!((all.false_alarms, all.not_judged), (1, 1));
    assert_eq!(all.delay_us, Some(3 * HOUR_US));
    // Still on at the end: found, and not false.
    let open = Told {
        over_us: None,
        ..alert(95, &["m/a"])
    };
    let all = counted(&[open], &known());
    assert_eq!((all.false_alarms, all.not_judged), (0, 0));
    assert_eq!(all.delay_us, Some(0), "never before it began");
    assert_eq!(
        all.found.into_iter().collect::<Vec<_>>(),
        [0],
        "the second began when it was long on"
    );
}

#[test]
fn proposals_are_held_against_one_run_of_all_of_them() {
    let a: &[&str] = &["m/a"];
    let b: &[&str] = &["m/b"];
    let now = &tried(&[(1.0, &[(100, a), (200, b), (300, a)])])[0];
    let proposal = |monitor: &str| Proposal {
        monitor: monitor.to_owned(),
        factor: 2.0,
        incidents: BTreeSet::new(),
    };
    let both = [proposal("m/a"), proposal("m/b")];
    let run = |alerts: &[(i64, &[&str])]| tried(&[(1.0, alerts)]).remove(0).told;
    let held = |then: &[(i64, &[&str])]| verified(now, &run(then), &both, &known());
    assert_eq!(held(&[(100, a), (200, b)]), Verified::Better);
    assert_eq!(held(&[(100, a), (200, b), (300, b)]), Verified::NotBetter);
    let without = Verified::Without(vec![proposal("m/a")]);
    assert_eq!(
        held(&[(100, a)]),
        without,
        "the second had a part in what is lost"
    );
    assert_eq!(held(&[]), Verified::NotBetter);
}

#[test]
fn what_matters_is_scaled_by_its_distance_from_none() {
    for (measure, material, factor, expected) in [
        (Measure::Missing, 0.05, 1.5, 0.075),
        (Measure::Drift, 0.1, 3.0, 0.3),
        (Measure::LatencyP95, 1.5, 2.0, 2.25),
        (Measure::Volume, 4.0, 0.5, 2.0),
        (Measure::Effect, 1.0 / 3.0, 1.0, 0.33333),
    ] {
        let told = scaled(measure, material, factor);
        assert!((told - expected).abs() < 1e-12, "{measure}: {told}");
    }
    let spec = |decision| MonitorSpec {
        decision,
        sustain: Sustain::default(),
        ..MonitorSpec::of("m", Measure::Missing)
    };
    assert!(is_tunable(&spec(DecisionRule::Band), 0.05));
    assert!(!is_tunable(&spec(DecisionRule::Band), 0.0));
    assert!(!is_tunable(
        &spec(DecisionRule::ChangePoint { threshold: 8.0 }),
        0.05
    ));
}

#[test]
fn names_are_those_that_objects_may_have() {
    let taken: BTreeSet<String> = ["m-missing-x".to_owned(), "m-missing-x-2".to_owned()].into();
    for (monitor, name) in [
        ("declared.one_1", "declared.one_1"),
        ("m/drift/y", "m-drift-y"),
        ("m/missing/x", "m-missing-x-3"),
        ("m/drift/ü/region=north east", "m-drift---region-north-east"),
        ("m/drift/x/region=a...b", "m-drift-x-region-a--.b"),
        ("_m/x", "monitor-_m-x"),
    ] {
        assert_eq!(object_name(monitor, &taken), name);
    }
    let long = object_name(&format!("m/{}", "x".repeat(300)), &taken);
    assert!(long.len() <= 128 && ModelName::new(&long).is_some());
}

#[test]
fn a_month_is_thirty_days() {
    let watched = Window {
        from_us: 0,
        to_us: 15 * DAY_US,
    };
    assert!((Count::a_month(2, watched) - 4.0).abs() < 1e-12);
}

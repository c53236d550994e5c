//! Rows and outcomes that come after their window was closed.

use super::*;
use crate::alert::Point;
use crate::reading::Joined;
use candor_stats::proportion::share;

fn errors(window: &str, decision: DecisionRule) -> MonitorSpec {
    MonitorSpec {
        window: Some(window.into()),
        decision,
        ..MonitorSpec::of("m", Measure::Errors)
    }
}

fn at_most(bound: f64) -> DecisionRule {
    DecisionRule::Bounds {
        at_least: None,
        at_most: Some(bound),
    }
}

fn last(watch: &Watch, monitor: usize) -> Point {
    watch.monitors()[monitor].points.last().copied().unwrap()
}

fn before(point: Point) -> Option<(Option<f64>, u64, bool)> {
    point.before.map(|b| (b.value, b.n, b.breach))
}

#[test]
fn longer_windows_are_revised_with_their_parts() {
    let specs = vec![errors("1h", at_most(0.5)), errors("6h", at_most(0.5))];
    let mut watch = watch(specs, false);
    let mut parts: Vec<Reading> = (168..176).map(|h| window(h, 200, 2)).collect();
    parts.iter().for_each(|part| drop(watch.close(part)));
    // An hour of the six that are over, and one of those that go on.
    for at in [1_usize, 7] {
        parts[at] = window(168 + at as i64, 400, 200);
        assert_eq!(watch.revise(&parts[at]), 1, "{at}");
    }
    let six = Window::around(168 * HOUR_US, 6 * HOUR_US);
    let open = Window {
        from_us: six.to_us,
        to_us: 176 * HOUR_US,
    };
    assert_eq!(watch.late(), [(6 * HOUR_US, six), (6 * HOUR_US, open)]);
    let kept = serde_json::to_string(watch.state()).unwrap();
    watch.resume(serde_json::from_str(&kept).unwrap());
    parts[6..].iter().for_each(|part| watch.warm(part));
    let of = |from_us: i64| (6 * HOUR_US, from_us);
    assert_eq!(watch.revise_longer(of(six.from_us), &parts[..6]), 1);
    assert_eq!(watch.revise_longer(of(open.from_us), &parts[6..]), 0);
    assert!(watch.late().is_empty());
    let point = last(&watch, 1);
    assert_eq!((point.n, point.value), (1_400, Some(210.0 / 1_400.0)));
    assert_eq!(before(point), Some((Some(0.01), 1_200, false)));
    // What goes on ends with all of its rows.
    for hour in 176..180 {
        watch.close(&window(hour, 200, 2));
    }
    assert_eq!((last(&watch, 1).n, last(&watch, 1).before), (1_400, None));
}

#[test]
fn a_breach_that_is_known_late_counts_from_the_next_window_on() {
    let spec = MonitorSpec {
        sustain: Sustain { breaches: 2, of: 2 },
        ..errors("1h", at_most(0.05))
    };
    let mut watch = watch(vec![spec], false);
    assert!(watch.close(&window(168, 200, 1)).is_empty());
    watch.revise(&window(168, 400, 100));
    assert!(last(&watch, 0).breach);
    assert!(watch.alerts().is_empty());
    let told = watch.close(&window(169, 200, 40));
    assert_eq!(steps(&told), [(2, Step::Fired, State::Firing)]);
    // What was told stays told when late rows say otherwise.
    let alerts = watch.alerts().to_vec();
    watch.revise(&window(169, 4_000, 40));
    assert!(!last(&watch, 0).breach);
    assert_eq!(watch.alerts(), alerts);
}

#[test]
fn an_error_budget_counts_late_rows() {
    let burn = DecisionRule::Burn {
        target: 0.99,
        over: "30d".into(),
        above: None,
    };
    let mut watch = watch(vec![errors("1h", burn)], false);
    for hour in 168..170 {
        watch.close(&window(hour, 200, 1));
    }
    assert_eq!(watch.revise(&window(169, 300, 101)), 1);
    let point = last(&watch, 0);
    assert!(point.breach);
    assert_eq!(before(point), Some((Some(0.005), 200, false)));
    assert_eq!(watch.monitors()[0].state, MonitorState::Pending);
    // The burnt budget is still burnt when the next hour is fine.
    let counts = &watch.state.tracks[0].counts;
    let newest: Vec<u64> = counts.iter().rev().take(2).map(|c| c.bad).collect();
    assert_eq!(newest, [101, 1]);
}

#[test]
fn rules_with_a_memory_keep_their_mark_and_show_both_figures() {
    for decision in [
        DecisionRule::ChangePoint { threshold: 8.0 },
        DecisionRule::Sequential { alpha: 0.01 },
        DecisionRule::Shift { threshold: 4.5 },
        DecisionRule::Anomaly { threshold: 9.0 },
    ] {
        let mut watch = watch(vec![errors("1h", decision.clone())], false);
        watch.close(&window(168, 200, 1));
        let track = watch.state.tracks[0].clone();
        assert_eq!(watch.revise(&window(168, 400, 300)), 1, "{decision:?}");
        let point = last(&watch, 0);
        assert_eq!(
            (point.value, point.n, point.breach),
            (Some(0.75), 400, false)
        );
        assert_eq!(before(point), Some((Some(0.005), 200, false)));
        let now = &watch.state.tracks[0];
        let memory = |t: &crate::watch::state::Track| (t.marks.clone(), t.memory, t.shift.clone());
        assert_eq!(memory(now), memory(&track), "{decision:?}");
    }
}

#[test]
fn of_a_trailing_baseline_only_what_was_before_counts() {
    let spec = MonitorSpec {
        baseline: candor_contract::spec::Baseline::Trailing("7d".into()),
        ..errors("1h", DecisionRule::Band)
    };
    let mut watch = watch(vec![spec], false);
    for hour in 168..192 {
        watch.close(&window(hour, 200, 1 + hour as usize % 3));
    }
    let band = watch.monitors()[0].points[20].band;
    assert_eq!(watch.revise(&window(188, 250, 3)), 1);
    assert_eq!(watch.monitors()[0].points[20].band, band);
    let kept = watch.state.tracks[0].trail[20];
    assert!((kept.1 - 3.0 / 250.0).abs() < 1e-12, "{kept:?}");
}

/// A day of predictions two days ago, as its outcomes are known now.
fn outcomes(told_us: i64, known: u64, right: u64) -> Vec<Joined> {
    let window = Window {
        from_us: told_us - 3 * DAY_US,
        to_us: told_us - 2 * DAY_US,
    };
    let mut out = vec![Joined::new(window, Measure::Labels, share(known, 1_000))];
    if known >= 500 {
        out.push(Joined {
            metric: Some("accuracy".into()),
            ..Joined::new(window, Measure::Performance, share(right, known))
        });
    }
    out
}

#[test]
fn late_outcomes_revise_what_was_told_and_tell_what_could_not_be() {
    let accuracy = MonitorSpec {
        metric: Some("accuracy".into()),
        window: Some("1d".into()),
        decision: DecisionRule::Bounds {
            at_least: Some(0.8),
            at_most: None,
        },
        ..MonitorSpec::of("m", Measure::Performance)
    };
    let labels = MonitorSpec {
        window: Some("1d".into()),
        decision: at_most(1.0),
        ..MonitorSpec::of("m", Measure::Labels)
    };
    let mut watch = watch(vec![accuracy, labels], false);
    let mut told = Vec::new();
    for hour in 168..216 {
        let mut reading = window(hour, 200, 1);
        let told_us = reading.window.to_us;
        if told_us % DAY_US == 0 {
            // On the first day enough are known, on the second too few.
            let known = if told_us == 8 * DAY_US { 600 } else { 400 };
            reading.joined = outcomes(told_us, known, 540);
            told.push(told_us);
        }
        watch.close(&reading);
    }
    let noted: Vec<_> = watch
        .outcomes()
        .map(|o| (o.told_us, o.rows, o.known))
        .collect();
    assert_eq!(noted, [(8 * DAY_US, 1_000, 600), (9 * DAY_US, 1_000, 400)]);
    for told_us in told {
        // Accuracy and the share of outcomes.
        assert_eq!(
            watch.revise_outcomes(told_us, &outcomes(told_us, 1_000, 700)),
            2
        );
        assert_eq!(
            watch.revise_outcomes(told_us, &outcomes(told_us, 1_000, 700)),
            0
        );
    }
    let points: Vec<_> = watch.monitors()[0].points.clone();
    let shown: Vec<_> = points
        .iter()
        .map(|p| (p.value, p.breach, before(*p)))
        .collect();
    let now = (Some(0.7), true);
    let expected = [
        (now.0, now.1, Some((Some(0.9), 600, false))),
        (now.0, now.1, Some((None, 0, false))),
    ];
    assert_eq!(shown, expected);
    assert!(
        points.iter().all(|p| p.window.to_us <= 7 * DAY_US),
        "{points:?}"
    );
    assert!(watch.outcomes().all(|o| o.known == 1_000));
}

//! Windows that are shorter than those of profiles.

use super::*;
use crate::window::MINUTE_US;

/// A minute of `rows` predictions; with the last one of an hour comes what profiles tell of that.
fn minute(at: i64, rows: usize, failed: usize) -> Reading {
    let mut reading = window(at, rows, failed);
    reading.window = Window::around(at * MINUTE_US, MINUTE_US);
    if (at + 1) % 60 == 0 {
        reading.whole = Some(Arc::new(window(at / 60, 200, 1)));
    }
    reading
}

fn unread(at: i64) -> Reading {
    let reading = minute(at, 0, 0);
    Reading {
        is_unread: true,
        ..reading
    }
}

fn spec(window: &str) -> MonitorSpec {
    MonitorSpec {
        window: Some(window.into()),
        decision: DecisionRule::Bounds {
            at_least: None,
            at_most: Some(0.1),
        },
        sustain: Sustain { breaches: 2, of: 2 },
        ..MonitorSpec::of("m", Measure::Errors)
    }
}

/// A watch that learnt from a day of minutes, the pack beside what is declared.
fn watch(windows: &[&str], pack: bool) -> Watch {
    let day: Vec<Reading> = (0..1_440).map(|at| minute(at, 20, 0)).collect();
    let specs = windows.iter().map(|window| spec(window)).collect();
    Watch::learn(setup(specs, pack), &day)
}

#[test]
fn minutes_are_judged_at_once_and_hours_as_ever() {
    let mut watch = watch(&["1m"], true);
    assert_eq!((watch.step_us(), watch.base_us()), (MINUTE_US, HOUR_US));
    let mut told = Vec::new();
    for at in 1_440..1_560 {
        let failed = if (1_470..1_475).contains(&at) { 12 } else { 0 };
        told.extend(watch.close(&minute(at, 20, failed)));
    }
    let steps: Vec<(i64, Step)> = told.iter().map(|t| (t.at_us / MINUTE_US, t.step)).collect();
    assert_eq!(steps[0], (1_472, Step::Fired), "{steps:?}");
    assert_eq!(steps.last().map(|s| s.1), Some(Step::Resolved), "{steps:?}");
    let views = watch.monitors();
    let of = |us: i64| views.iter().filter(move |v| v.window_us == us);
    assert_eq!(of(MINUTE_US).count(), 1);
    assert!(of(HOUR_US).count() > 0);
    assert!(of(HOUR_US).all(|v| v.points.len() == 2), "{views:?}");
}

#[test]
fn a_minute_that_was_not_read_tells_nothing() {
    let mut watch = watch(&["1m", "2m"], false);
    for at in 1_440..1_445 {
        watch.close(&unread(at));
    }
    assert!(watch.monitors().iter().all(|v| v.points.is_empty()));
    for at in 1_445..1_449 {
        watch.close(&minute(at, 20, 0));
    }
    // Two minutes that were read in part only are left out.
    let points =
        |watch: &Watch| -> Vec<usize> { watch.monitors().iter().map(|v| v.points.len()).collect() };
    assert_eq!(points(&watch), [4, 1]);
    // Windows that are skipped are empty ones, hours too.
    watch.close(&minute(1_520, 20, 0));
    assert_eq!(watch.closed_us(), 1_521 * MINUTE_US);
    assert_eq!(watch.monitors()[0].points.len(), 48);
}

#[test]
fn minutes_are_revised_and_what_they_are_part_of() {
    let mut watch = watch(&["1m", "2m"], false);
    for at in 1_440..1_444 {
        watch.close(&minute(at, 20, 0));
    }
    let late = minute(1_442, 40, 20);
    assert!(watch.is_outdated(late.window, 40));
    assert_eq!(watch.revise(&late), 1);
    assert!(!watch.is_outdated(late.window, 40));
    let two = Window::around(late.window.from_us, 2 * MINUTE_US);
    assert_eq!(watch.late(), [(2 * MINUTE_US, two)]);
    let parts = [late, minute(1_443, 20, 0)];
    let key = (2 * MINUTE_US, two.from_us);
    assert_eq!(watch.revise_longer(key, &parts), 1);
    let views = watch.monitors();
    let n: Vec<u64> = views
        .iter()
        .map(|v| v.points.iter().map(|p| p.n).sum())
        .collect();
    assert_eq!(n, [100, 100]);
}

#[test]
fn restarts_between_change_nothing() {
    let play = |every: i64| {
        let mut engine = watch(&["1m", "3m"], true);
        let mut told = Vec::new();
        let reading = |at: i64| minute(at, 20, if at % 90 < 8 { 15 } else { 0 });
        for at in 1_440..1_620 {
            told.extend(engine.close(&reading(at)));
            if at % every == 0 {
                let kept = serde_json::to_string(engine.state()).unwrap();
                engine = watch(&["1m", "3m"], true);
                engine.resume(serde_json::from_str(&kept).unwrap());
                let from = engine.reread_us() / MINUTE_US;
                (from..=at).for_each(|at| engine.warm(&reading(at)));
            }
        }
        assert!(!told.is_empty());
        serde_json::to_string(&told).unwrap()
    };
    assert_eq!(play(37), play(i64::MAX));
}

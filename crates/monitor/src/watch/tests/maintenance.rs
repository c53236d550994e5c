//! Windows that fall into a declared maintenance, or into a change that takes time, tell nothing.

use super::*;
use crate::alert::NearChange;
use crate::watch::state::Track;
use crate::why::why;
use candor_contract::format_us;
use candor_contract::spec::{Baseline, Matcher, SilenceSpec};

fn maintenance(matchers: &[(&str, &str)], from: i64, to: i64) -> (String, SilenceSpec) {
    let matchers = matchers.iter().map(|(name, value)| Matcher {
        name: (*name).to_owned(),
        value: (*value).to_owned(),
        regex: false,
        not: false,
    });
    let spec = SilenceSpec {
        matchers: matchers.collect(),
        from: Some(format_us(from * HOUR_US)),
        to: format_us(to * HOUR_US),
        by: Some("ann".to_owned()),
        why: "the store moves".to_owned(),
        maintenance: true,
    };
    ("moves".to_owned(), spec)
}

fn watch_in(silences: &[(String, SilenceSpec)], monitors: Vec<MonitorSpec>, pack: bool) -> Watch {
    let week: Vec<Reading> = (0..168).map(|hour| window(hour, 200, 1)).collect();
    let setup = Setup {
        maintenance: silences.to_vec(),
        ..setup(monitors, pack)
    };
    Watch::learn(setup, &week)
}

/// Eight bad hours, then as many good ones as are needed.
fn play(watch: &mut Watch) -> Vec<Transition> {
    let bad = |hour| (170..178).contains(&hour);
    (168..200)
        .flat_map(|hour| watch.close(&window(hour, 200, if bad(hour) { 80 } else { 1 })))
        .collect()
}

#[test]
fn a_fault_within_a_maintenance_is_no_alert_and_why_says_so() {
    let told = play(&mut watch_in(&[], Vec::new(), true));
    assert_eq!(steps(&told)[0], (5, Step::Fired, State::Firing));
    for (matchers, quiet) in [
        (vec![("model", "m")], true),
        (vec![("model", "m"), ("measure", "errors")], true),
        (vec![("model", "m"), ("family", "quality")], false),
        (vec![("model", "n")], false),
    ] {
        let silences = [maintenance(&matchers, 170, 178)];
        let told = play(&mut watch_in(&silences, Vec::new(), true));
        assert_eq!(told.is_empty(), quiet, "{matchers:?} {:?}", steps(&told));
    }
    let silences = [maintenance(&[("model", "m")], 170, 178)];
    let mut watch = watch_in(&silences, Vec::new(), true);
    for hour in 168..172 {
        watch.close(&window(hour, 200, 80));
    }
    let views = watch.monitors();
    let errors = views.iter().find(|v| v.spec.measure == Measure::Errors);
    let errors = errors.unwrap();
    let points: Vec<_> = errors
        .points
        .iter()
        .map(|p| (p.breach, p.suppressed))
        .collect();
    assert_eq!(
        points,
        [(true, false), (true, false), (false, true), (false, true)]
    );
    assert!(errors.points[3].value.is_some(), "it is still seen");
    assert_eq!(errors.state, MonitorState::Unknown);
    let why = why(errors);
    assert!(
        why.contains("It fell into the maintenance moves declared by ann, so it tells nothing."),
        "{why}"
    );
    assert!(
        why.contains("2 of the last 4 windows that told anything were breaches"),
        "{why}"
    );
}

#[test]
fn a_change_that_said_how_long_it_takes_is_waited_for() {
    let play = |watch: &mut Watch, until: Option<i64>| -> Vec<Transition> {
        let hours = 168..200;
        let told = hours.flat_map(|hour| {
            let bad = (170..178).contains(&hour);
            let mut reading = window(hour, 200, if bad { 80 } else { 1 });
            if hour == 170 {
                reading.changes.push(NearChange {
                    at_us: hour * HOUR_US,
                    what: "data of bureau by ci".to_owned(),
                    until_us: until.map(|hour| hour * HOUR_US),
                });
            }
            watch.close(&reading)
        });
        told.collect()
    };
    for (until, quiet) in [
        (None, false),
        (Some(170), false),
        (Some(172), false),
        (Some(178), true),
    ] {
        let told = play(&mut watch_in(&[], Vec::new(), true), until);
        assert_eq!(told.is_empty(), quiet, "{until:?} {:?}", steps(&told));
    }
    // One that never ends is waited for a day.
    let mut watch = watch_in(&[], Vec::new(), true);
    assert!(play(&mut watch, Some(10_000)).is_empty());
    let views = watch.monitors();
    let errors = views.iter().find(|v| v.spec.measure == Measure::Errors);
    let points = &errors.unwrap().points;
    let hours = points.iter().filter(|p| p.suppressed);
    let hours: Vec<i64> = hours.map(|p| p.window.from_us / HOUR_US).collect();
    assert_eq!((hours[0], hours.len()), (170, 24));
    // It is remembered over a restart, said in words, and late rows find it too.
    let mut watch = watch_in(&[], Vec::new(), true);
    let mut reading = window(168, 200, 1);
    reading.changes.push(NearChange {
        at_us: 168 * HOUR_US,
        what: "data of bureau by ci".to_owned(),
        until_us: Some(180 * HOUR_US),
    });
    watch.close(&reading);
    let kept = serde_json::to_string(watch.state()).unwrap();
    let mut watch = watch_in(&[], Vec::new(), true);
    watch.resume(serde_json::from_str(&kept).unwrap());
    watch.close(&window(169, 200, 80));
    assert!(watch.revise(&window(169, 400, 300)) > 0);
    let views = watch.monitors();
    let errors = views.iter().find(|v| v.spec.measure == Measure::Errors);
    let why = why(errors.unwrap());
    let said = "A change was under way (data of bureau by ci), so it tells nothing.";
    assert!(why.contains(said), "{why}");
}

#[test]
fn an_alert_that_goes_on_is_neither_ended_nor_made_worse() {
    let silences = [maintenance(&[("model", "m")], 174, 190)];
    let mut watch = watch_in(&silences, Vec::new(), true);
    let bad = |hour| (168..174).contains(&hour);
    let mut told = Vec::new();
    for hour in 168..190 {
        // Within the maintenance nothing comes at all, then all is fine.
        let rows = if (176..182).contains(&hour) { 0 } else { 200 };
        let failed = if bad(hour) { 80 } else { 1 };
        told.extend(watch.close(&window(hour, rows, failed.min(rows))));
    }
    assert_eq!(steps(&told), [(3, Step::Fired, State::Firing)]);
    for hour in 190..200 {
        told.extend(watch.close(&window(hour, 200, 1)));
    }
    let words: Vec<Step> = told.iter().map(|t| t.step).collect();
    assert_eq!(words, [Step::Fired, Step::Recovering, Step::Resolved]);
    assert_eq!(watch.alerts().len(), 1);
}

#[test]
fn restarts_and_late_declarations_change_nothing_that_was_judged() {
    let silences = [maintenance(&[("model", "m")], 170, 178)];
    let whole = play(&mut watch_in(&silences, Vec::new(), true));
    let mut watch = watch_in(&[], Vec::new(), true);
    let mut told = Vec::new();
    for hour in 168..200 {
        if hour == 170 {
            // Declared while it runs.
            watch.maintain(silences.to_vec());
        }
        let kept = serde_json::to_string(watch.state()).unwrap();
        let mut next = watch_in(&watch.setup.maintenance.clone(), Vec::new(), true);
        next.resume(serde_json::from_str(&kept).unwrap());
        watch = next;
        let failed = if (170..178).contains(&hour) { 80 } else { 1 };
        told.extend(watch.close(&window(hour, 200, failed)));
    }
    assert_eq!(told, whole);
    // Late rows find the window still within it.
    assert!(watch.revise(&window(175, 400, 300)) > 0);
    let views = watch.monitors();
    let points = views.iter().flat_map(|v| &v.points);
    let mut points = points.filter(|p| p.window.from_us == 175 * HOUR_US && p.n == 400);
    assert!(points.all(|p| p.suppressed && !p.breach && p.p_value.is_none()));
}

#[test]
fn nothing_is_learnt_from_a_maintenance() {
    let declared = |baseline, decision| MonitorSpec {
        baseline,
        decision,
        window: Some("1h".into()),
        ..MonitorSpec::of("m", Measure::Errors)
    };
    let burn = DecisionRule::Burn {
        target: 0.99,
        over: "30d".into(),
        above: None,
    };
    let monitors = vec![
        declared(Baseline::Trailing("2d".into()), DecisionRule::Band),
        declared(Baseline::Reference, burn),
        declared(
            Baseline::Reference,
            DecisionRule::ChangePoint { threshold: 8.0 },
        ),
        declared(
            Baseline::Reference,
            DecisionRule::Anomaly { threshold: 9.0 },
        ),
        declared(Baseline::Reference, DecisionRule::Shift { threshold: 4.5 }),
    ];
    let silences = [maintenance(&[("model", "m")], 170, 178)];
    let mut watch = watch_in(&silences, monitors, false);
    assert_eq!(watch.monitors().len(), 5);
    for hour in 168..170 {
        watch.close(&window(hour, 200, 1));
    }
    let remembered = |watch: &Watch| -> Vec<_> {
        let tracks = watch.state.tracks.iter();
        tracks
            .map(|t| {
                let track = Track {
                    points: Default::default(),
                    marks: Default::default(),
                    judged_us: 0,
                    ..t.clone()
                };
                serde_json::to_string(&track).unwrap()
            })
            .collect()
    };
    let before = remembered(&watch);
    let told: Vec<Transition> = (170..178)
        .flat_map(|hour| watch.close(&window(hour, 200, 120)))
        .collect();
    assert!(told.is_empty(), "{:?}", steps(&told));
    assert_eq!(remembered(&watch), before);
}

#[test]
fn a_reference_learns_nothing_from_a_maintenance_either() {
    let spec = MonitorSpec {
        window: Some("1h".into()),
        ..MonitorSpec::of("m", Measure::Errors)
    };
    let failed = |hour: i64| if (60..72).contains(&hour) { 150 } else { 1 };
    let week: Vec<Reading> = (0..168)
        .map(|hour| window(hour, 200, failed(hour)))
        .collect();
    let windows = |silences: Vec<(String, SilenceSpec)>| {
        let setup = Setup {
            maintenance: silences,
            ..setup(vec![spec.clone()], false)
        };
        Watch::learn(setup, &week).monitors()[0].reference_windows
    };
    assert_eq!(windows(Vec::new()), 168);
    assert_eq!(windows(vec![maintenance(&[("model", "m")], 60, 72)]), 156);
    let mut week = week.clone();
    week[60].changes.push(NearChange {
        at_us: 60 * HOUR_US,
        what: "deployment".to_owned(),
        until_us: Some(72 * HOUR_US),
    });
    let learnt = Watch::learn(setup(vec![spec.clone()], false), &week);
    assert_eq!(learnt.monitors()[0].reference_windows, 156);
}

#[test]
fn alerts_carry_their_owner_and_lost_data_are_the_pipelines() {
    let week: Vec<Reading> = (0..168).map(|hour| window(hour, 200, 1)).collect();
    for (pipeline, while_lost) in [(Some("team-feed"), "team-feed"), (None, "team-credit")] {
        let setup = Setup {
            owner: Some("team-credit".into()),
            spec: ModelSpec {
                pipeline_owner: pipeline.map(str::to_owned),
                ..ModelSpec::default()
            },
            ..setup(Vec::new(), true)
        };
        let mut watch = Watch::learn(setup, &week);
        let mut told = Vec::new();
        for hour in 168..172 {
            told.extend(watch.close(&window(hour, 200, 80)));
        }
        for hour in 172..180 {
            told.extend(watch.close(&window(hour, 0, 0)));
        }
        let owner = |t: &Transition| t.alert.labels().get("owner").cloned();
        assert_eq!(owner(&told[0]).as_deref(), Some("team-credit"));
        let lost = told.iter().find(|t| t.step == Step::Lost).unwrap();
        assert_eq!(owner(lost).as_deref(), Some(while_lost));
    }
}

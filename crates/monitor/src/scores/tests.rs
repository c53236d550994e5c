use super::*;
use crate::drill::{ExpectedResult, FaultResult};
use crate::window::Window;
use serde_json::{Value, json};

fn place(name: &str, measure: Measure, column: Option<&str>) -> MonitorPlace {
    MonitorPlace {
        model: "m".to_owned(),
        monitor: name.to_owned(),
        measure,
        column: column.map(str::to_owned),
        segment: BTreeMap::new(),
    }
}

fn missing() -> MonitorPlace {
    place("m/missing/x", Measure::Missing, Some("x"))
}

fn alert(monitor: MonitorPlace, routes: &[&str], verdict: Option<Judgement>) -> ScoredAlert {
    ScoredAlert {
        monitor,
        routes: routes.iter().map(|r| (*r).to_owned()).collect(),
        verdict,
    }
}

fn expected(fault: &str, measure: &str, told_by: &[&str], routes: &[&str]) -> ExpectedResult {
    serde_json::from_value(json!({
        "model": "m", "fault": fault, "what": "", "measures": [measure], "columns": ["x"], "told_by": told_by,
        "routes": routes, "found": true, "in_time": !told_by.is_empty(), "alerts": 1, "reopened": 0, "grouped": true,
        "passed": true, "sentence": "",
    }))
    .unwrap()
}

fn drill(name: &str, started_us: i64, expected: Vec<ExpectedResult>) -> DrillPlayed {
    let fault = |e: &ExpectedResult| FaultResult {
        id: e.fault.clone(),
        fault: "null_burst".to_owned(),
        model: e.model.clone(),
        from_us: 0,
        to_us: None,
        expected: true,
        caught: e.in_time,
    };
    DrillPlayed {
        started_us,
        result: DrillResult {
            drill: name.to_owned(),
            judged: Window {
                from_us: 0,
                to_us: 1,
            },
            passed: false,
            faults: expected.iter().map(fault).collect(),
            expected,
            false_alarms: Vec::new(),
            rates: Vec::new(),
            notices: Some(1),
            sentences: Vec::new(),
        },
    }
}

use crate::drill::DrillResult;

fn route(name: &str, matches: Value, changed_us: i64) -> RoutePlayed {
    RoutePlayed {
        name: name.to_owned(),
        matches: serde_json::from_value(matches).unwrap(),
        by_severity: false,
        changed_us,
    }
}

fn figure(figure: &Figure) -> (Option<f64>, u64) {
    (figure.value, figure.n)
}

#[test]
fn precision_is_of_alerts_called_true_or_false_and_null_without_any() {
    use Judgement::{Duplicate, Expected, FalsePositive, MissingData, TruePositive};
    for (verdicts, value, n) in [
        (&[][..], None, 0),
        (&[None, None], None, 0),
        (
            &[Some(Expected), Some(Duplicate), Some(MissingData)],
            None,
            0,
        ),
        (&[Some(TruePositive)], Some(1.0), 1),
        (&[Some(FalsePositive), None], Some(0.0), 1),
        (
            &[
                Some(TruePositive),
                Some(TruePositive),
                Some(FalsePositive),
                Some(Expected),
                Some(TruePositive),
            ],
            Some(0.75),
            4,
        ),
    ] {
        let mut tally = Tally::default();
        verdicts.iter().for_each(|v| tally.add(*v, 1));
        let precision = tally.precision();
        assert_eq!(figure(&precision), (value, n), "{verdicts:?}");
        assert_eq!(precision.low.is_some(), n > 0, "{verdicts:?}");
        assert_eq!(tally.alerts(), verdicts.len() as u64);
    }
    // Three of four: Wilson's interval.
    let mut tally = Tally::default();
    tally.add(Some(TruePositive), 3);
    tally.add(Some(FalsePositive), 1);
    let precision = tally.precision();
    let near = |x: Option<f64>, want: f64| (x.unwrap() - want).abs() < 1e-3;
    assert!(
        near(precision.low, 0.3006) && near(precision.high, 0.9544),
        "{precision:?}"
    );
}

#[test]
fn every_word_of_a_verdict_is_known() {
    for judgement in [
        "true_positive",
        "false_positive",
        "expected",
        "duplicate",
        "missing_data",
    ] {
        assert_eq!(
            judgement_of(judgement).map(Judgement::name),
            Some(judgement)
        );
    }
    assert_eq!(judgement_of("strange"), None);
}

#[test]
fn alerts_count_for_the_monitor_that_leads_and_the_routes_that_told() {
    use Judgement::{FalsePositive, TruePositive};
    let drift = || place("m/drift/x", Measure::Drift, Some("x"));
    let other = MonitorPlace {
        model: "n".to_owned(),
        monitor: "n/volume".to_owned(),
        ..place("", Measure::Volume, None)
    };
    let inputs = ScoreInputs {
        alerts: vec![
            alert(missing(), &["day", "night"], Some(TruePositive)),
            alert(missing(), &["night"], Some(FalsePositive)),
            alert(missing(), &[], None),
            alert(drift(), &["day"], None),
            alert(other, &["day"], Some(TruePositive)),
        ],
        routes: vec![route("unused", json!({}), 0)],
        ..ScoreInputs::default()
    };
    let told = scores(&inputs);
    assert_eq!((told.all.tally.alerts(), told.all.tally.unjudged), (5, 2));
    let monitors: Vec<_> = told
        .monitors
        .iter()
        .map(|m| {
            (
                m.monitor.as_str(),
                m.score.tally.alerts(),
                figure(&m.score.precision),
            )
        })
        .collect();
    assert_eq!(
        monitors,
        [
            ("m/missing/x", 3, (Some(0.5), 2)),
            ("m/drift/x", 1, (None, 0)),
            ("n/volume", 1, (Some(1.0), 1)),
        ]
    );
    let routes: Vec<_> = told
        .routes
        .iter()
        .map(|r| (r.route.as_str(), figure(&r.score.precision)))
        .collect();
    assert_eq!(
        routes,
        [
            ("day", (Some(1.0), 2)),
            ("night", (Some(0.5), 2)),
            ("unused", (None, 0))
        ]
    );
    let own = scores(&ScoreInputs {
        model: Some("n".to_owned()),
        ..inputs
    });
    assert_eq!((own.all.tally.alerts(), own.monitors.len()), (1, 1));
}

#[test]
fn recall_is_of_the_faults_that_a_monitor_should_have_told_in_each_drills_newest_rehearsal() {
    let told = expected("f1", "missing", &["m/missing/x"], &[]);
    let missed = |fault: &str, measure: &str| expected(fault, measure, &[], &[]);
    let inputs = ScoreInputs {
        drills: vec![
            drill("one", 9, vec![told.clone(), missed("f2", "drift")]),
            // Rehearsed before: the same traffic says nothing more.
            drill(
                "one",
                5,
                vec![missed("f1", "missing"), missed("f2", "drift")],
            ),
            drill("two", 5, vec![missed("f1", "missing")]),
        ],
        monitors: vec![missing(), place("mine", Measure::Drift, Some("x"))],
        ..ScoreInputs::default()
    };
    let recalls = |inputs: &ScoreInputs| -> Vec<(String, Option<f64>, u64)> {
        let own = scores(inputs).monitors.into_iter();
        own.map(|m| (m.monitor, m.score.recall.value, m.score.recall.n))
            .collect()
    };
    let mine = ("mine".to_owned(), Some(0.0), 1);
    let of_missing = ("m/missing/x".to_owned(), Some(0.5), 2);
    assert_eq!(recalls(&inputs), [of_missing.clone(), mine]);
    assert_eq!(figure(&scores(&inputs).all.recall), (Some(1.0 / 3.0), 3));
    // Of a model that nobody watches here, the default pack's monitor is the one.
    let unwatched = ScoreInputs {
        monitors: Vec::new(),
        ..inputs
    };
    let pack = ("m/drift/x".to_owned(), Some(0.0), 1);
    assert_eq!(recalls(&unwatched), [pack, of_missing]);
    let elsewhere = ScoreInputs {
        model: Some("n".to_owned()),
        ..unwatched
    };
    assert_eq!(recalls(&elsewhere), []);
    assert_eq!(figure(&scores(&elsewhere).all.recall), (None, 0));
}

#[test]
fn a_route_answers_for_faults_whose_alerts_would_go_by_it() {
    let told = |routes: &[&str]| expected("f1", "missing", &["m/missing/x"], routes);
    let drills = || {
        vec![
            drill("one", 9, vec![told(&["all"])]),
            drill("two", 9, vec![told(&["all", "mine"])]),
            drill("three", 9, vec![expected("f1", "missing", &[], &[])]),
        ]
    };
    let severe = RoutePlayed {
        by_severity: true,
        ..route("severe", json!({}), 0)
    };
    for (route, recall) in [
        (route("all", json!({}), 0), (Some(2.0 / 3.0), 3)),
        (
            route("mine", json!({"model": "m"}), 0),
            (Some(1.0 / 3.0), 3),
        ),
        (
            route("mine", json!({"family": "quality", "column": "x"}), 0),
            (Some(1.0 / 3.0), 3),
        ),
        (route("mine", json!({"measure": "drift"}), 0), (None, 0)),
        (
            route("mine", json!({"segment_region": "north"}), 0),
            (None, 0),
        ),
        (route("mine", json!({"model": "n"}), 0), (None, 0)),
        (route("new", json!({}), 10), (None, 0)),
        (severe, (None, 0)),
    ] {
        let inputs = ScoreInputs {
            drills: drills(),
            routes: vec![route],
            ..ScoreInputs::default()
        };
        let own = &scores(&inputs).routes[0];
        assert_eq!(figure(&own.score.recall), recall, "{own:?}");
    }
    // Judged without a receiver, nothing is known of routes.
    let mut unheard = drills();
    unheard.iter_mut().for_each(|d| d.result.notices = None);
    let inputs = ScoreInputs {
        drills: unheard,
        routes: vec![route("all", json!({}), 0)],
        ..ScoreInputs::default()
    };
    assert_eq!(figure(&scores(&inputs).routes[0].score.recall), (None, 0));
}

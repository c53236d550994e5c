use super::*;
use crate::window::HOUR_US;
use serde_json::json;

/// An alert with one monitor, in hours.
fn told(id: &str, onset: i64, fired: i64, over: Option<i64>) -> Told {
    Told {
        id: id.to_owned(),
        family: Family::Quality,
        cause: String::new(),
        signs: vec![Sign {
            monitor: format!("m/{id}"),
            onset_us: onset * HOUR_US,
            sustained_us: fired * HOUR_US,
            over_us: over.map(|h| h * HOUR_US),
        }],
        onset_us: onset * HOUR_US,
        fired_us: fired * HOUR_US,
        again_us: Vec::new(),
        over_us: over.map(|h| h * HOUR_US),
        window_us: HOUR_US,
        verdict: None,
    }
}

fn judged(told: Told, verdict: Judgement) -> Told {
    Told {
        verdict: Some(verdict),
        ..told
    }
}

fn incident(from: i64, to: Option<i64>) -> Incident {
    Incident {
        from_us: from * HOUR_US,
        to_us: to.map(|h| h * HOUR_US),
        alert: None,
    }
}

const WATCHED: Window = Window {
    from_us: 0,
    to_us: 1_000 * HOUR_US,
};

#[test]
fn an_alert_is_of_an_incident_that_it_overlaps_or_begins_shortly_before() {
    let own = incident(100, Some(110));
    for (alert, is_of_it) in [
        (told("within", 102, 104, Some(106)), true),
        (told("still on", 102, 108, None), true),
        (told("fires after the end", 108, 140, Some(150)), true),
        (told("on all the time", 20, 23, None), true),
        (told("over at its beginning", 90, 93, Some(100)), false),
        (told("a window before", 99, 100, Some(100)), true),
        (told("two windows before", 98, 99, Some(100)), false),
        (told("at its end", 110, 113, Some(120)), false),
    ] {
        assert_eq!(own.has(&alert), is_of_it, "{}", alert.id);
    }
    assert!(incident(100, None).has(&told("much later", 900, 903, None)));
}

#[test]
fn delays_are_from_the_beginning_to_the_firing_and_never_negative() {
    for (alert, delay, already) in [
        (told("after", 100, 104, Some(106)), Some(4), false),
        (told("open", 104, 130, None), Some(30), false),
        (told("before", 97, 99, None), Some(0), false),
        (told("for days", 20, 23, None), Some(0), true),
        (told("elsewhere", 20, 23, Some(30)), None, false),
    ] {
        let known = Known::new(vec![incident(100, Some(110))], Vec::new());
        let told = look_back(std::slice::from_ref(&alert), WATCHED, &known);
        let found = &told.incidents[0];
        let delay_us = delay.map(|h| h * HOUR_US);
        assert_eq!(
            (found.delay_us, found.already),
            (delay_us, already),
            "{}",
            alert.id
        );
        let counts = delay.is_some() && !already;
        assert_eq!(found.is_found(), counts, "{}", alert.id);
        let share = if counts { 1.0 } else { 0.0 };
        assert_eq!((told.recall.value, told.recall.n), (Some(share), 1));
    }
    // What went on for days and comes back in it tells of it then.
    let mut back = told("back", 20, 23, None);
    back.again_us = vec![60 * HOUR_US, 103 * HOUR_US, 200 * HOUR_US];
    let known = Known::new(vec![incident(100, Some(110))], Vec::new());
    let found = look_back(&[back], WATCHED, &known).incidents.remove(0);
    assert_eq!((found.delay_us, found.already), (Some(3 * HOUR_US), false));
}

#[test]
fn what_was_not_watched_is_neither_found_nor_missed() {
    let known = Known::new(
        vec![incident(-20, Some(-10)), incident(5, Some(9))],
        Vec::new(),
    );
    let told = look_back(&[], WATCHED, &known);
    let watched: Vec<bool> = told.incidents.iter().map(|f| f.watched).collect();
    assert_eq!(watched, [false, true]);
    assert_eq!((told.recall.value, told.recall.n), (Some(0.0), 1));
    let nothing = look_back(&[], WATCHED, &Known::default());
    assert_eq!((nothing.recall.value, nothing.recall.n), (None, 0));
}

#[test]
fn true_alerts_are_incidents_and_those_at_one_time_are_one() {
    use Judgement::{FalsePositive, TruePositive};
    let live = vec![
        judged(told("named", 101, 104, Some(120)), TruePositive),
        judged(told("second", 215, 218, None), TruePositive),
        judged(told("first", 200, 203, Some(220)), TruePositive),
        judged(told("false", 300, 303, Some(310)), FalsePositive),
        told("nobody", 400, 403, Some(410)),
    ];
    let known = Known::new(vec![incident(100, Some(110))], live);
    let first = Incident {
        from_us: 200 * HOUR_US,
        to_us: None,
        alert: Some("first".to_owned()),
    };
    assert_eq!(known.incidents, [incident(100, Some(110)), first]);
}

#[test]
fn a_verdict_speaks_for_all_alerts_of_its_time_and_family() {
    use Judgement::{Expected, FalsePositive, TruePositive};
    let live = vec![
        judged(told("true", 100, 103, Some(110)), TruePositive),
        judged(told("false", 200, 203, Some(210)), FalsePositive),
        judged(told("expected", 300, 303, Some(310)), Expected),
        told("nobody", 400, 403, Some(410)),
    ];
    let known = Known::new(Vec::new(), live);
    let service = Told {
        family: Family::Service,
        ..told("another family", 200, 203, Some(210))
    };
    for (alert, reason) in [
        (told("a", 105, 106, None), Reason::Incident),
        (told("b", 205, 207, Some(260)), Reason::None),
        (told("c", 305, 307, Some(309)), Reason::Neither),
        (told("d", 405, 407, Some(409)), Reason::NotJudged),
        (told("e", 500, 503, None), Reason::NotJudged),
        (service, Reason::NotJudged),
        (
            told("false and expected", 205, 207, Some(305)),
            Reason::None,
        ),
    ] {
        assert_eq!(known.reason(&alert), reason, "{}", alert.id);
    }
}

#[test]
fn alerts_of_a_run_stand_beside_those_that_fired_live() {
    let live = vec![
        told("l1", 100, 106, Some(110)),
        told("l2", 200, 203, Some(210)),
        told("l3", 300, 303, Some(310)),
        told("l4", 400, 403, Some(410)),
        told("after the run", 998, 1_002, None),
    ];
    let run = [
        told("r1", 100, 104, Some(110)),
        told("r2", 200, 205, Some(206)),
        told("r2b", 207, 209, Some(210)),
        told("r3", 300, 303, Some(310)),
        told("r5", 500, 503, Some(510)),
    ];
    let told = look_back(&run, WATCHED, &Known::new(Vec::new(), live));
    let seen: Vec<_> = told
        .alerts
        .iter()
        .map(|b| {
            let hours = b.earlier_us.map(|us| us / HOUR_US);
            (b.alert.as_deref(), b.live.as_deref(), b.change(), hours)
        })
        .collect();
    assert_eq!(
        seen,
        [
            (Some("r1"), Some("l1"), "earlier", Some(2)),
            (Some("r2"), Some("l2"), "later", Some(-2)),
            (Some("r2b"), Some("l2"), "later", Some(-6)),
            (Some("r3"), Some("l3"), "same", Some(0)),
            (Some("r5"), None, "new", None),
            (None, Some("l4"), "missing", None),
        ]
    );
    let live = vec![told_true("l1")];
    let found = look_back(&run, WATCHED, &Known::new(Vec::new(), live));
    let found = &found.incidents[0];
    assert_eq!(found.live.as_deref(), Some("l1"));
    assert_eq!(found.earlier_us, Some(2 * HOUR_US));
}

fn told_true(id: &str) -> Told {
    judged(told(id, 100, 106, Some(110)), Judgement::TruePositive)
}

fn transition(at: i64, step: &str, cause: &str, monitors: &[&str]) -> Transition {
    let symptom = |monitor: &&str| {
        json!({"monitor": monitor, "measure": "missing", "onset_us": 0, "sustained_us": 3, "over_us": null,
            "severity": "warning", "size": 1.0, "sentence": "", "points": []})
    };
    let symptoms: Vec<_> = monitors.iter().map(symptom).collect();
    let over = (step == "resolved").then_some(at);
    serde_json::from_value(json!({"at_us": at, "step": step, "alert": {
        "id": "a", "model": "m", "family": "quality", "state": "firing", "severity": "warning", "onset_us": 0,
        "fired_us": 3, "changed_us": at, "resolved_us": over, "reopened": 0, "cause": cause, "symptoms": symptoms,
        "changes": []}}))
    .unwrap()
}

#[test]
fn an_alert_counts_once_with_what_it_said_first() {
    let steps = [
        transition(3, "fired", "income", &["m/income"]),
        transition(5, "grew", "volume", &["m/volume", "m/debt", "m/income"]),
        transition(7, "resolved", "volume", &["m/volume", "m/debt", "m/income"]),
        transition(9, "reopened", "volume", &["m/volume", "m/debt", "m/income"]),
    ];
    let told = Told::of(&steps);
    assert_eq!(told.len(), 1);
    let (told, monitors): (&Told, Vec<&str>) = (
        &told[0],
        told[0].signs.iter().map(|s| s.monitor.as_str()).collect(),
    );
    assert_eq!(
        (told.monitor(), told.cause.as_str()),
        ("m/income", "income")
    );
    assert_eq!(monitors, ["m/income", "m/volume", "m/debt"]);
    assert_eq!((told.fired_us, told.over_us), (3, None));
    assert_eq!(told.again_us, [9]);
    assert_eq!(once(&steps).len(), 1);
}

use super::script::Script;
use super::*;
use crate::alert::{Alert, Point, State, Step, Symptom, Transition};
use crate::notice::Status;
use crate::window::HOUR_US;
use candor_contract::spec::{Measure, ScenarioSpec, Severity, parse};
use std::collections::BTreeMap;

/// Debt ratios are missing for a day, and requests fail for four hours two days later.
const SCENARIO: &str = "
  days: 15
  models: [{name: credit-risk}, {name: delivery-time}]
  faults:
    - {fault: null_burst, model: credit-risk, columns: [debt_ratio], from: 8d, to: 9d}
    - {fault: error_burst, model: credit-risk, from: 11d, to: 11d4h}
  expect:
    - {model: credit-risk, fault: f1, measure: missing, column: input_debt_ratio, within: 6h,
       resolves_within: 12h}
    - {model: credit-risk, fault: f2, measure: errors, within: 4h}
  allow:
    - {model: credit-risk, measure: missing, column: output_score, from: 11d, to: 12d}
";

fn script(spec: &str) -> Script {
    let head = "apiVersion: candor/v1\nkind: Scenario\nmetadata: {name: trial}\nspec:";
    let objects = parse(&format!("{head}{spec}")).unwrap();
    let spec: &ScenarioSpec = objects[0].scenario().unwrap();
    Script::of("trial", spec, START_US)
}

fn at(hours: i64) -> i64 {
    START_US + hours * HOUR_US
}

/// A symptom that is sustained at an hour of the scenario.
fn symptom(measure: Measure, column: &str, hour: i64) -> Symptom {
    let window = Window {
        from_us: at(hour - 1),
        to_us: at(hour),
    };
    let point = Point {
        window,
        value: Some(0.6),
        low: None,
        high: None,
        n: 100,
        band: None,
        p_value: None,
        breach: true,
        before: None,
        suppressed: false,
    };
    Symptom {
        monitor: format!("credit-risk/{measure}/{column}"),
        measure,
        column: (!column.is_empty()).then(|| column.to_owned()),
        metric: None,
        segment: BTreeMap::new(),
        onset_us: at(hour - 3),
        sustained_us: at(hour),
        over_us: None,
        severity: Severity::Warning,
        size: 1.0,
        sentence: String::new(),
        points: vec![point],
    }
}

/// The steps of one alert: hours, what happened, and the symptoms that go on.
fn alert(id: &str, steps: &[(i64, Step, &[Symptom])]) -> Vec<Transition> {
    let fired_us = at(steps[0].0);
    let of = |(hour, step, going): &(i64, Step, &[Symptom])| {
        let first = going.first().or(steps[0].2.first()).unwrap();
        Transition {
            at_us: at(*hour),
            step: *step,
            alert: Alert {
                id: id.to_owned(),
                model: "credit-risk".to_owned(),
                family: first.measure.about().family,
                state: State::Firing,
                severity: Severity::Warning,
                onset_us: fired_us,
                fired_us,
                changed_us: at(*hour),
                resolved_us: (*step == Step::Resolved).then(|| at(*hour)),
                reopened: 0,
                cause: format!("{} changed.", first.monitor),
                symptoms: going.to_vec(),
                changes: Vec::new(),
                drill: None,
                owner: None,
                pipeline_owner: None,
            },
        }
    };
    steps.iter().map(of).collect()
}

fn missing(hour: i64) -> Symptom {
    symptom(Measure::Missing, "input_debt_ratio", hour)
}

fn drift(hour: i64) -> Symptom {
    symptom(Measure::Drift, "output_score", hour)
}

fn errors(hour: i64) -> Symptom {
    symptom(Measure::Errors, "", hour)
}

const F1: i64 = 8 * 24;
const F2: i64 = 11 * 24;

/// What a good set of monitors tells of the scenario.
fn good() -> Vec<Transition> {
    let (first, more) = (missing(F1 + 3), drift(F1 + 9));
    let mut all = alert(
        "a1",
        &[
            (F1 + 3, Step::Fired, std::slice::from_ref(&first)),
            (F1 + 9, Step::Grew, &[first.clone(), more]),
            (F1 + 30, Step::Resolved, &[]),
        ],
    );
    all.extend(alert(
        "a2",
        &[
            (F2 + 3, Step::Fired, &[errors(F2 + 3)]),
            (F2 + 8, Step::Resolved, &[]),
        ],
    ));
    all
}

/// Judges alerts of the first fault beside a good one of the second.
fn judged(first: Vec<Transition>) -> DrillResult {
    let mut all = first;
    all.extend(good().into_iter().filter(|t| t.alert.id == "a2"));
    judge(&script(SCENARIO), &all)
}

#[test]
fn what_is_told_in_time_once_and_for_its_reason_passes() {
    let result = judge(&script(SCENARIO), &good());
    assert!(result.passed, "{:?}", result.sentences);
    let [first, second] = &result.expected[..] else {
        panic!("{:?}", result.expected);
    };
    assert_eq!(first.delay_us, Some(3 * HOUR_US));
    assert_eq!(first.delay_windows, Some(3.0));
    assert_eq!((first.alerts, first.reopened), (1, 0));
    assert_eq!(first.resolved_in_time, Some(true));
    assert_eq!(second.resolved_in_time, None);
    assert_eq!(
        result.sentences,
        [
            "f1, null_burst in credit-risk: told after 3h (3.0 windows) as \
             credit-risk/missing/input_debt_ratio, over 6h after its end.",
            "f2, error_burst in credit-risk: told after 3h (3.0 windows) as credit-risk/errors/, \
             over 4h after its end.",
        ]
    );
    assert!(result.faults.iter().all(|f| f.expected && f.caught));
}

#[test]
fn what_is_not_told_is_missed() {
    let result = judged(Vec::new());
    assert!(!result.passed && !result.expected[0].found);
    assert_eq!(
        result.sentences[0],
        "f1, null_burst in credit-risk: no alert told missing of input_debt_ratio within 6h."
    );
    assert!(!result.faults[0].caught && result.faults[1].caught);
}

#[test]
fn what_is_told_of_another_model_column_or_measure_does_not_count() {
    for (measure, column, model) in [
        (Measure::Missing, "input_income", "credit-risk"),
        (Measure::Drift, "input_debt_ratio", "credit-risk"),
        (Measure::Missing, "input_debt_ratio", "delivery-time"),
    ] {
        let one = symptom(measure, column, F1 + 3);
        let mut told = alert("a1", &[(F1 + 3, Step::Fired, &[one])]);
        told[0].alert.model = model.to_owned();
        let result = judged(told);
        assert!(!result.expected[0].found, "{measure} {column} {model}");
        assert_eq!(result.false_alarms.len(), 1, "{measure} {column} {model}");
    }
}

#[test]
fn what_is_told_late_is_no_false_alarm_and_no_catch() {
    let told = alert(
        "a1",
        &[
            (F1 + 7, Step::Fired, &[missing(F1 + 7)]),
            (F1 + 26, Step::Resolved, &[]),
        ],
    );
    let result = judged(told);
    let first = &result.expected[0];
    assert!(first.found && !first.in_time && !result.faults[0].caught);
    assert!(result.false_alarms.is_empty());
    assert_eq!(
        result.sentences[0],
        "f1, null_burst in credit-risk: told only after 7h, not within 6h."
    );
}

#[test]
fn what_was_told_before_the_fault_is_a_false_alarm() {
    let early = missing(F1 - 30);
    let told = alert(
        "a1",
        &[(F1 - 30, Step::Fired, std::slice::from_ref(&early))],
    );
    let result = judged(told);
    assert!(!result.expected[0].found);
    assert_eq!(result.false_alarms.len(), 1);
    assert_eq!(
        result.sentences[1],
        "False alarm of credit-risk (quality) at 2026-10-04T18:00:00.000000Z: \
         credit-risk/missing/input_debt_ratio changed."
    );
    // If the true symptom joins it later, the fault is caught, and the early alarm stays a false one.
    let told = alert(
        "a1",
        &[
            (F1 - 30, Step::Fired, &[drift(F1 - 30)]),
            (F1 + 3, Step::Grew, &[missing(F1 + 3), drift(F1 - 30)]),
            (F1 + 30, Step::Resolved, &[]),
        ],
    );
    let result = judged(told);
    assert!(result.expected[0].passed && result.faults[0].caught);
    assert_eq!(result.false_alarms.len(), 1);
}

#[test]
fn a_wrong_cause_is_told() {
    let told = alert(
        "a1",
        &[
            (F1 + 2, Step::Fired, &[drift(F1 + 2)]),
            (F1 + 3, Step::Grew, &[drift(F1 + 2), missing(F1 + 3)]),
            (F1 + 30, Step::Resolved, &[]),
        ],
    );
    let first = &judged(told.clone()).expected[0];
    assert_eq!(first.cause_correct, Some(false));
    assert_eq!(first.delay_us, Some(3 * HOUR_US));
    assert!(
        first
            .sentence
            .contains("said to be credit-risk/drift/output_score")
    );

    let lenient = SCENARIO.replace("within: 6h,", "within: 6h, cause: drift,");
    let result = judge(&script(&lenient), &told);
    assert_eq!(result.expected[0].cause_correct, Some(true));
}

#[test]
fn several_alerts_for_one_fault_are_not_grouped() {
    let of = |id, hour| {
        let steps: [(i64, Step, &[Symptom]); 2] = [
            (hour, Step::Fired, &[missing(hour)]),
            (hour + 1, Step::Resolved, &[]),
        ];
        alert(id, &steps)
    };
    let told = [of("a1", F1 + 3), of("a3", F1 + 12)].concat();
    let result = judged(told.clone());
    let first = &result.expected[0];
    assert_eq!((first.alerts, first.grouped), (2, false));
    assert!(
        first
            .sentence
            .contains("2 alerts told it, 1 at most should")
    );
    assert!(result.false_alarms.is_empty());

    let waves = SCENARIO.replace("within: 6h,", "within: 6h, alerts: 2,");
    assert!(judge(&script(&waves), &told).expected[0].grouped);
}

#[test]
fn an_alert_that_comes_back_is_counted_and_must_be_over_too() {
    let told = alert(
        "a1",
        &[
            (F1 + 3, Step::Fired, &[missing(F1 + 3)]),
            (F1 + 5, Step::Resolved, &[]),
            (F1 + 9, Step::Reopened, &[missing(F1 + 9)]),
            (F1 + 40, Step::Resolved, &[]),
        ],
    );
    let first = &judged(told).expected[0];
    assert_eq!((first.alerts, first.reopened), (1, 1));
    assert_eq!(first.resolved_in_time, Some(false));
    assert!(first.sentence.contains("over only 16h after its end"));
}

#[test]
fn an_alert_that_comes_back_for_what_follows_is_the_same() {
    let told = alert(
        "a1",
        &[
            (F1 + 3, Step::Fired, &[missing(F1 + 3)]),
            (F1 + 20, Step::Resolved, &[]),
            (F1 + 26, Step::Reopened, &[drift(F1 + 26)]),
            (F1 + 34, Step::Resolved, &[]),
        ],
    );
    let result = judged(told);
    assert!(result.false_alarms.is_empty());
    let first = &result.expected[0];
    assert_eq!((first.alerts, first.reopened), (1, 1));
    assert!(first.passed, "{}", first.sentence);
    assert_eq!(first.resolved_us, Some(at(F1 + 34)));
}

#[test]
fn an_alert_that_is_never_over_is_told() {
    let told = alert("a1", &[(F1 + 3, Step::Fired, &[missing(F1 + 3)])]);
    let first = &judged(told).expected[0];
    assert_eq!(first.resolved_in_time, Some(false));
    assert!(first.sentence.contains("the alert was not over at the end"));
}

#[test]
fn what_is_allowed_is_no_false_alarm_at_its_time() {
    let outputs = |hour| symptom(Measure::Missing, "output_score", hour);
    for (hour, false_alarms) in [(F2 + 3, 0), (F2 - 3, 1), (F2 + 24, 1)] {
        let mut all = good();
        all.extend(alert("a3", &[(hour, Step::Fired, &[outputs(hour)])]));
        let result = judge(&script(SCENARIO), &all);
        assert_eq!(result.false_alarms.len(), false_alarms, "{hour}");
        assert_eq!(result.passed, false_alarms == 0, "{hour}");
    }
}

#[test]
fn long_after_its_end_an_alert_is_not_of_the_fault_any_more() {
    let mut all = good();
    all.extend(alert("a3", &[(F1 + 60, Step::Fired, &[missing(F1 + 60)])]));
    let result = judge(&script(SCENARIO), &all);
    assert_eq!(result.false_alarms.len(), 1);
    assert!(result.expected[0].passed);
}

#[test]
fn where_nothing_is_expected_every_alert_is_false() {
    let quiet = script("\n  days: 15\n  models: [{name: credit-risk}, {name: delivery-time}]\n");
    let result = judge(&quiet, &[]);
    assert!(result.passed);
    assert_eq!(result.sentences, ["All was quiet, as it should be."]);
    let result = judge(&quiet, &good());
    assert!(!result.passed);
    let rates: Vec<_> = result
        .rates
        .iter()
        .map(|r| (r.false_alarms, r.per_30_days))
        .collect();
    assert_eq!(rates, [(2, 4.0), (0, 0.0)]);
}

#[test]
fn gradual_drifts_stay_and_segments_must_fit() {
    let spec = "
  days: 14
  faults:
    - {fault: covariate_drift, model: credit-risk, columns: [income], from: 8d, to: 10d, shape: gradual}
  expect:
    - {model: credit-risk, measure: [drift, range], column: [input_income, input_amount],
       segment: {region: north}, within: 3d}
";
    let script = script(spec);
    assert_eq!(script.faults[0].to_us, None);
    assert_eq!(script.expected[0].until_us, script.judged.to_us);
    let mut one = symptom(Measure::Range, "input_amount", F1 + 48);
    let told = |one: &Symptom| alert("a1", &[(F1 + 48, Step::Fired, std::slice::from_ref(one))]);
    assert!(!judge(&script, &told(&one)).passed);
    one.segment.insert("region".to_owned(), "north".to_owned());
    let result = judge(&script, &told(&one));
    assert!(result.passed, "{:?}", result.sentences);
    assert_eq!(
        result.expected[0].what,
        "drift or range of input_income or input_amount in region=north"
    );
}

#[test]
fn traffic_that_breaks_down_may_be_expected_to_be_told() {
    let spec = "
  days: 10
  models: [{name: credit-risk}, {name: delivery-time}]
  happenings: [{kind: traffic_change, from: 8d, to: 9d, factor: 0.05}]
  expect:
    - {model: credit-risk, fault: h1, measure: volume, within: 6h}
    - {model: delivery-time, fault: h1, measure: volume, within: 6h}
";
    let volume = symptom(Measure::Volume, "", F1 + 3);
    let told = alert("a1", &[(F1 + 3, Step::Fired, &[volume])]);
    let result = judge(&script(spec), &told);
    let caught: Vec<_> = result
        .faults
        .iter()
        .map(|f| (f.id.as_str(), f.fault.as_str(), f.model.as_str(), f.caught))
        .collect();
    assert_eq!(
        caught,
        [
            ("h1", "traffic_change", "credit-risk", true),
            ("h1", "traffic_change", "delivery-time", false),
        ]
    );
}

#[test]
fn the_score_tells_which_faults_a_set_of_monitors_catches() {
    let silent = "
  days: 15
  faults: [{fault: null_burst, model: credit-risk, columns: [income], from: 8d, magnitude: 0.01}]
";
    let results = [
        judge(&script(SCENARIO), &good()),
        judged(Vec::new()),
        judge(&script(silent), &[]),
    ];
    let score = mutation_score(&results);
    assert_eq!(
        (score.seeded, score.caught, score.share),
        (4, 3, Some(0.75))
    );
    assert_eq!((score.drills, score.passed, score.false_alarms), (3, 2, 0));
    let missed: Vec<_> = score
        .missed
        .iter()
        .map(|m| (m.id.as_str(), m.fault.as_str()))
        .collect();
    assert_eq!(missed, [("f1", "null_burst")]);
    assert_eq!(
        score.kinds["null_burst"],
        KindScore {
            seeded: 2,
            caught: 1
        }
    );
    assert_eq!(mutation_score(&[]).share, None);
}

#[test]
fn results_are_data_that_can_be_kept() {
    let result = judge(&script(SCENARIO), &good());
    let text = serde_json::to_string(&result).unwrap();
    let again: DrillResult = serde_json::from_str(&text).unwrap();
    assert_eq!(again, result);
    let score = mutation_score(&[result]);
    let text = serde_json::to_string(&score).unwrap();
    assert_eq!(serde_json::from_str::<MutationScore>(&text).unwrap(), score);
}

/// What a receiver gets of what a set of monitors tells, `late` hours later.
fn receipts(told: &[Transition], late: i64) -> Vec<Receipt> {
    let receipt = |t: &Transition| Receipt {
        key: format!("{}/{}", t.alert.id, t.at_us),
        route: "on-call".to_owned(),
        at_us: t.at_us + late * HOUR_US,
        took_us: Some(1_500),
        status: match t.step {
            Step::Resolved => Status::Resolved,
            _ => Status::Firing,
        },
        labels: t.alert.labels(),
        explained: true,
    };
    told.iter().map(receipt).collect()
}

#[test]
fn a_drill_is_judged_by_what_its_receiver_got() {
    let script = script(SCENARIO);
    let told = good();
    let at_once = judge_received(&script, &told, &receipts(&told, 0));
    assert!(at_once.passed, "{:?}", at_once.sentences);
    assert_eq!(at_once.notices, Some(5));
    let first = &at_once.expected[0];
    assert_eq!(first.delay_us, first.decided_delay_us);
    assert_eq!(first.delivery_us, Some(1_500));
    assert_eq!(first.routes, ["on-call"]);
    assert!(!first.told_by.is_empty(), "{first:?}");

    // Decided in time, told too late.
    let late = judge_received(&script, &told, &receipts(&told, 4));
    assert!(!late.passed);
    let first = &late.expected[0];
    let decided = first.decided_delay_us.map(|us| us + 4 * HOUR_US);
    assert_eq!(first.delay_us, decided);
    assert!((first.found, first.in_time) == (true, false), "{first:?}");
    assert!(
        late.sentences[0].contains("told only after 7h, not within 6h"),
        "{:?}",
        late.sentences
    );

    // Decided, and nobody was told.
    let deaf = judge_received(&script, &told, &[]);
    let first = &deaf.expected[0];
    assert!(!first.found && first.decided_delay_us.is_some());
    assert_eq!(
        deaf.sentences[0],
        "f1, missing of input_debt_ratio: decided after 3h, and no receiver was told."
    );
    assert_eq!((deaf.notices, deaf.faults[0].caught), (Some(0), false));
}

#[test]
fn notices_that_say_nothing_or_something_else_do_not_count() {
    let script = script(SCENARIO);
    let told = good();
    let spoilt: [fn(&mut Receipt); 3] = [
        |r| r.explained = false,
        |r| drop(r.labels.insert("measure".into(), "volume".into())),
        |r| drop(r.labels.remove("alert")),
    ];
    for spoil in spoilt {
        let mut got = receipts(&told, 0);
        got.iter_mut().for_each(spoil);
        let result = judge_received(&script, &told, &got);
        assert!(result.expected.iter().all(|e| !e.found), "{result:?}");
        assert!(result.false_alarms.is_empty());
    }
}

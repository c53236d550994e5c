//! Ranking on made-up rows: what moved in one part, everywhere, or nowhere.

use super::{PART_ROWS_MIN, Parts, evidence_window, monitor_of, rows_that_show, worst};
use crate::alert::{Point, Symptom};
use crate::gauge::{Literal, Showing};
use crate::outcomes::Wanted;
use crate::reading::Reading;
use crate::window::{DAY_US, HOUR_US, Window};
use arrow::array::{ArrayRef, Float64Array, RecordBatch, StringArray};
use candor_contract::spec::{Measure, ModelSpec, MonitorSpec, Severity, Task, Word};
use std::collections::BTreeMap;
use std::sync::Arc;

/// A row: region, sex, whether it failed, income, word, latency, class.
#[derive(Clone)]
struct Row {
    region: &'static str,
    sex: &'static str,
    failed: bool,
    income: Option<f64>,
    word: &'static str,
    latency: f64,
    class: &'static str,
}

const REGIONS: [&str; 3] = ["north", "south", "west"];

/// `n` rows a region in which nothing is wrong.
fn usual(n: usize) -> Vec<Row> {
    let of = |region: &'static str| {
        (0..n).map(move |at| Row {
            region,
            sex: if (at / 60) % 2 == 0 { "f" } else { "m" },
            failed: at % 50 == 0,
            income: (at % 40 != 0).then_some(((at * 7919) % 997) as f64),
            word: ["car", "home", "study"][at % 3],
            latency: 20.0 + (at % 37) as f64,
            class: if at % 4 == 0 { "1" } else { "0" },
        })
    };
    REGIONS.into_iter().flat_map(of).collect()
}

fn parts(days: i64, rows: &[Row]) -> Parts {
    let window = Window {
        from_us: 0,
        to_us: days * DAY_US,
    };
    let words = |of: &dyn Fn(&Row) -> &'static str| -> ArrayRef {
        Arc::new(StringArray::from_iter_values(rows.iter().map(of)))
    };
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("segment_region", words(&|r| r.region)),
        ("segment_sex", words(&|r| r.sex)),
        ("status", words(&|r| if r.failed { "error" } else { "ok" })),
        ("input_word", words(&|r| r.word)),
        ("output_class", words(&|r| r.class)),
        (
            "input_income",
            Arc::new(Float64Array::from_iter(rows.iter().map(|r| r.income))),
        ),
        (
            "latency_ms",
            Arc::new(Float64Array::from_iter_values(
                rows.iter().map(|r| r.latency),
            )),
        ),
    ];
    let rows = RecordBatch::try_from_iter_with_nullable(
        columns.into_iter().map(|(name, array)| (name, array, true)),
    )
    .unwrap();
    Parts::of_profiles(Reading::of_rows(window, Some(&rows), None), None)
}

fn spec(measure: Measure, column: Option<&str>) -> MonitorSpec {
    MonitorSpec {
        column: column.map(str::to_owned),
        ..MonitorSpec::of("m", measure)
    }
}

/// Changes rows of the south.
fn south(rows: &mut [Row], change: impl Fn(usize, &mut Row)) {
    let own = rows.iter_mut().filter(|r| r.region == "south");
    own.enumerate().for_each(|(at, row)| change(at, row));
}

fn part(name: &str, value: &str) -> (String, String) {
    (name.to_owned(), value.to_owned())
}

type Case = (Measure, Option<&'static str>, fn(usize, &mut Row));

#[test]
fn the_part_that_moved_is_the_worst_whatever_is_measured() {
    let cases: [Case; 8] = [
        (Measure::Missing, Some("input_income"), |at, row| {
            if at % 3 != 0 {
                row.income = None;
            }
        }),
        (Measure::Errors, None, |at, row| row.failed = at % 4 == 0),
        (Measure::LatencyP95, None, |_, row| row.latency *= 4.0),
        (Measure::Unseen, Some("input_word"), |at, row| {
            if at % 2 == 0 {
                row.word = "boat";
            }
        }),
        (Measure::Range, Some("input_income"), |at, row| {
            if at % 4 == 0 {
                row.income = Some(5000.0);
            }
        }),
        (Measure::Mode, Some("input_word"), |_, row| row.word = "car"),
        (Measure::Drift, Some("input_income"), |_, row| {
            row.income = row.income.map(|x| x * 0.2);
        }),
        (Measure::Mean, Some("input_income"), |_, row| {
            row.income = row.income.map(|x| x + 900.0);
        }),
    ];
    let reference = parts(7, &usual(1200));
    for (measure, column, change) in cases {
        let mut rows = usual(400);
        south(&mut rows, change);
        let told = worst(
            &spec(measure, column),
            &ModelSpec::default(),
            &reference,
            &parts(1, &rows),
        );
        let first = &told.parts[0];
        assert_eq!(first.part, part("region", "south"), "{measure}: {told:?}");
        assert!(first.apart, "{measure}: {told:?}");
        let figures = &first.figures;
        assert!(figures.now.n >= 200 && figures.reference.is_some());
        let others = told.parts.iter().skip(1);
        assert!(others.clone().all(|p| !p.apart), "{measure}: {told:?}");
        assert_eq!(told.parts.len(), 5, "{measure}: {told:?}");
        assert_eq!(told.suppressed, 0);
    }
}

#[test]
fn what_moved_everywhere_is_no_parts_trouble() {
    let reference = parts(7, &usual(1200));
    let mut rows = usual(400);
    for (at, row) in rows.iter_mut().enumerate() {
        if at % 3 == 0 {
            row.income = None;
        }
    }
    let spec = spec(Measure::Missing, Some("input_income"));
    let told = worst(&spec, &ModelSpec::default(), &reference, &parts(1, &rows));
    assert!(told.whole.now.value > Some(0.3), "{told:?}");
    assert_eq!(told.parts.len(), 5);
    for part in &told.parts {
        assert!(!part.apart && part.excess.abs() < 0.05, "{part:?}");
    }
}

#[test]
fn a_part_that_sends_less_is_told_of_a_fall_even_if_nothing_comes() {
    let reference = parts(7, &usual(700));
    for left in [0, 20] {
        let mut rows = usual(100);
        let mut kept = 0;
        rows.retain(|r| {
            kept += usize::from(r.region == "west");
            r.region != "west" || kept <= left
        });
        let spec = spec(Measure::Volume, None);
        let told = worst(&spec, &ModelSpec::default(), &reference, &parts(1, &rows));
        let first = &told.parts[0];
        assert_eq!(first.part, part("region", "west"), "{told:?}");
        assert!(first.apart && first.excess < 0.5, "{told:?}");
        assert_eq!(first.figures.now.value, Some(left as f64));
        assert_eq!(first.figures.reference.as_ref().unwrap().value, Some(100.0));
    }
}

#[test]
fn parts_of_a_few_people_are_left_out_and_counted() {
    let spec = |min_rows| MonitorSpec {
        min_rows,
        ..spec(Measure::Missing, Some("input_income"))
    };
    let reference = parts(7, &usual(1200));
    let mut rows = usual(400);
    // One row too few to be told, all of them without an income.
    let few = PART_ROWS_MIN as usize - 1;
    let mut kept = 0;
    rows.retain_mut(|r| {
        if r.region == "west" {
            kept += 1;
            r.income = None;
        }
        r.region != "west" || kept <= few
    });
    for min_rows in [Some(1), Some(30), None] {
        let told = worst(
            &spec(min_rows),
            &ModelSpec::default(),
            &reference,
            &parts(1, &rows),
        );
        assert_eq!(told.suppressed, 1, "{told:?}");
        assert!(told.rows_min >= PART_ROWS_MIN);
        let mut names = told.parts.iter().map(|p| p.part.1.as_str());
        assert!(!names.any(|value| value == "west"), "{told:?}");
    }
}

#[test]
fn a_value_that_the_reference_never_had_is_held_against_all_rows() {
    let reference = parts(7, &usual(1200));
    let mut rows = usual(400);
    south(&mut rows, |_, row| {
        row.region = "islands";
        row.income = None;
    });
    let spec = spec(Measure::Missing, Some("input_income"));
    let told = worst(&spec, &ModelSpec::default(), &reference, &parts(1, &rows));
    let first = &told.parts[0];
    assert_eq!(first.part, part("region", "islands"), "{told:?}");
    assert_eq!(
        (first.figures.now.value, &first.figures.reference),
        (Some(1.0), &None)
    );
    assert!(first.apart);
    // The south sends nothing any more.
    assert_eq!(told.suppressed, 1);
}

#[test]
fn of_fairness_only_its_groups_are_told() {
    let reference = parts(7, &usual(1200));
    let mut rows = usual(400);
    for row in rows.iter_mut().filter(|r| r.sex == "f") {
        row.class = "0";
    }
    let spec = MonitorSpec {
        metric: Some("selection_rate".to_owned()),
        ..spec(Measure::Fairness, Some("sex"))
    };
    let told = worst(&spec, &ModelSpec::default(), &reference, &parts(1, &rows));
    let names: Vec<&str> = told.parts.iter().map(|p| p.part.0.as_str()).collect();
    assert_eq!(names, ["sex", "sex"], "{told:?}");
    assert!(told.parts.iter().all(|p| p.apart), "{told:?}");
}

#[test]
fn performance_is_told_from_the_outcomes_of_each_part() {
    let window = Window {
        from_us: 0,
        to_us: DAY_US,
    };
    let model = ModelSpec {
        task: Some(Task::Binary),
        positive_class: Some(Word("1".to_owned())),
        ..ModelSpec::default()
    };
    // Scores that tell the classes well; where `wrong`, they tell the opposite half of the time.
    let outcomes = |wrong: &str| {
        let each = || (0..3000_usize).map(|at| (at, REGIONS[at % 3]));
        let truth = |at: usize| (at / 3).is_multiple_of(2);
        let score = |(at, region): (usize, &str)| {
            let noise = ((at * 7919) % 100) as f64 / 400.0;
            let seen = truth(at) != (region == wrong && (at / 6).is_multiple_of(2));
            if seen { 0.6 + noise } else { 0.2 + noise }
        };
        let word = |truth: bool| if truth { "1" } else { "0" };
        RecordBatch::try_from_iter([
            (
                "segment_region",
                Arc::new(StringArray::from_iter_values(each().map(|(_, r)| r))) as ArrayRef,
            ),
            (
                "output_score",
                Arc::new(Float64Array::from_iter_values(each().map(score))),
            ),
            (
                "output_class",
                Arc::new(StringArray::from_iter_values(
                    each().map(|row| word(score(row) > 0.5)),
                )),
            ),
            (
                "outcome_class",
                Arc::new(StringArray::from_iter_values(
                    each().map(|(at, _)| word(truth(at))),
                )),
            ),
        ])
        .unwrap()
    };
    let wanted = Wanted::new(&model, []);
    let before = Parts::of_outcomes(window, &model, &wanted, &outcomes("nowhere"));
    let now = Parts::of_outcomes(window, &model, &wanted, &outcomes("west"));
    for (metric, sign) in [("roc_auc", -1.0), ("accuracy", -1.0), ("log_loss", 1.0)] {
        let spec = MonitorSpec {
            metric: Some(metric.to_owned()),
            ..spec(Measure::Performance, None)
        };
        let told = worst(&spec, &model, &before, &now);
        let first = &told.parts[0];
        assert_eq!(first.part, part("region", "west"), "{metric}: {told:?}");
        assert!(
            first.apart && first.excess * sign > 0.1,
            "{metric}: {told:?}"
        );
        assert_eq!(first.figures.now.n, 1000);
        assert_eq!(
            rows_that_show(&spec, &model, &before, &now),
            Some(Showing::Wrong)
        );
    }
}

#[test]
fn rows_that_show_it_are_those_of_the_trouble() {
    let reference = parts(7, &usual(1200));
    let mut rows = usual(400);
    south(&mut rows, |at, row| {
        row.income = row.income.map(|x| x * 0.2);
        if at % 3 == 0 {
            row.word = "boat";
        }
    });
    let now = parts(1, &rows);
    let shown = |measure, column, segment: Option<&str>| {
        let mut spec = spec(measure, column);
        let segment = segment.map(|value| ("region".to_owned(), value.to_owned()));
        spec.segment.extend(segment);
        rows_that_show(&spec, &ModelSpec::default(), &reference, &now)
    };
    let income = Some("input_income");
    assert_eq!(shown(Measure::Errors, None, None), Some(Showing::Failed));
    assert_eq!(
        shown(Measure::LatencyP95, None, None),
        Some(Showing::Largest)
    );
    assert_eq!(
        shown(Measure::Missing, income, None),
        Some(Showing::Missing)
    );
    assert_eq!(shown(Measure::Mean, income, None), Some(Showing::Smallest));
    let text = |word: &str| Literal::Text(word.to_owned());
    assert_eq!(
        shown(Measure::Unseen, Some("input_word"), None),
        Some(Showing::NoneOf(vec![
            text("car"),
            text("home"),
            text("study")
        ]))
    );
    assert_eq!(
        shown(Measure::Mode, Some("input_word"), Some("south")),
        Some(Showing::Value(text("boat")))
    );
    // A fifth of what they were: the small incomes are more.
    let drifted = shown(Measure::Drift, income, None);
    let Some(Showing::Between(_, Some(edge))) = drifted else {
        panic!("{drifted:?}");
    };
    assert!(edge < 250.0, "{edge}");
    assert_eq!(
        shown(Measure::Drift, Some("input_word"), None),
        Some(Showing::NoneOf(vec![
            text("car"),
            text("home"),
            text("study")
        ]))
    );
    for measure in [Measure::Volume, Measure::Freshness, Measure::Fairness] {
        assert_eq!(shown(measure, None, None), None);
    }
}

fn symptom(measure: Measure, onset: i64, over: Option<i64>, breaches: &[(i64, bool)]) -> Symptom {
    let point = |(hour, breach): &(i64, bool)| Point {
        window: Window::around(hour * HOUR_US, HOUR_US),
        value: Some(0.5),
        low: None,
        high: None,
        n: 100,
        band: None,
        p_value: None,
        breach: *breach,
        before: None,
        suppressed: false,
    };
    Symptom {
        monitor: "own".into(),
        measure,
        column: Some("input_income".into()),
        metric: None,
        segment: BTreeMap::new(),
        onset_us: onset * HOUR_US,
        sustained_us: (onset + 3) * HOUR_US,
        over_us: over.map(|hour| hour * HOUR_US),
        severity: Severity::Warning,
        size: 2.0,
        sentence: String::new(),
        points: breaches.iter().map(point).collect(),
    }
}

#[test]
fn evidence_is_of_the_time_in_which_it_was_out_of_bounds() {
    let points = [(10, true), (11, true), (12, true), (13, false), (14, false)];
    let missing = Measure::Missing;
    let cases = [
        // It goes on: up to the newest closed window, of at most a week.
        (symptom(missing, 10, None, &points), 40, (10, 40)),
        (symptom(missing, 10, None, &points), 400, (400 - 168, 400)),
        // It is over: up to the last breach.
        (symptom(missing, 10, Some(16), &points), 40, (10, 13)),
        (symptom(missing, 10, Some(16), &[]), 40, (10, 16)),
        // What is known of performance, whichever knows more.
        (
            symptom(Measure::Performance, 10, None, &points),
            12,
            (10, 15),
        ),
        (
            symptom(Measure::Performance, 10, None, &points),
            40,
            (10, 40),
        ),
        // What the engine remembered is lost.
        (symptom(missing, 10, None, &points), 0, (10, 13)),
    ];
    for (symptom, closed, (from, to)) in cases {
        let window = evidence_window(&symptom, closed * HOUR_US);
        let hours = (window.from_us / HOUR_US, window.to_us / HOUR_US);
        assert_eq!(hours, (from, to), "{symptom:?}");
    }
}

#[test]
fn a_symptom_is_of_the_declared_monitor_or_tells_its_own() {
    let symptom = symptom(Measure::Missing, 1, None, &[]);
    let declared = MonitorSpec {
        material: Some(0.5),
        ..spec(Measure::Missing, Some("input_income"))
    };
    let other = ("own".to_owned(), spec(Measure::Volume, None));
    let own = monitor_of(&symptom, "m", &[("own".to_owned(), declared.clone())]);
    assert_eq!(own, declared);
    let told = monitor_of(&symptom, "m", &[other]);
    assert_eq!(told, spec(Measure::Missing, Some("input_income")));
}

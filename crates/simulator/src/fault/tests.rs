use super::*;
use crate::trial::{Sample, Trial, mean};
use arrow::array::BooleanArray;
use arrow::compute::filter_record_batch;
use std::ops::Range;

/// A fault, how it is measured, and what the measure is where it is and where it is not.
struct Case {
    model: &'static str,
    fault: &'static str,
    measure: fn(&Sample<'_>) -> f64,
    inside: Range<f64>,
    outside: Range<f64>,
}

/// Days in which the faults are.
const DAYS: Range<f64> = 8.0..12.0;

const CASES: &[Case] = &[
    Case {
        model: "credit-risk",
        fault: "covariate_drift, columns: [income], segment: {channel: web}",
        measure: |s| s.mean("input_income", |x| (x / 34_000.0).ln()),
        inside: 0.35..0.5,
        outside: -0.1..0.05,
    },
    Case {
        model: "credit-risk",
        fault: "covariate_drift, columns: [purpose], value: study, magnitude: 0.5",
        measure: |s| s.share("input_purpose", "study"),
        inside: 0.52..0.6,
        outside: 0.1..0.14,
    },
    Case {
        model: "credit-risk",
        fault: "covariate_drift, columns: [tenure_months]",
        measure: |s| s.mean("input_tenure_months", |x| x),
        inside: 90.0..112.0,
        outside: 45.0..56.0,
    },
    Case {
        model: "credit-risk",
        fault: "concept_drift, magnitude: 1",
        measure: |s| s.auc("output_score"),
        inside: 0.45..0.55,
        outside: 0.68..0.8,
    },
    Case {
        model: "product-ranking",
        fault: "concept_drift, magnitude: 1",
        measure: |s| s.ndcg(),
        inside: 0.5..0.7,
        outside: 0.72..0.95,
    },
    Case {
        model: "credit-risk",
        fault: "null_burst, columns: [debt_ratio], segment: {region: south}",
        measure: |s| s.missing("input_debt_ratio"),
        inside: 0.55..0.66,
        outside: 0.0..0.02,
    },
    Case {
        model: "product-ranking",
        fault: "unit_change, columns: [price], magnitude: 100",
        measure: |s| s.mean("input_price", f64::ln),
        inside: 8.1..8.4,
        outside: 3.5..3.8,
    },
    Case {
        model: "credit-risk",
        fault: "new_categories, columns: [purpose], value: boat, magnitude: 0.25",
        measure: |s| s.share("input_purpose", "boat"),
        inside: 0.21..0.29,
        outside: 0.0..1e-9,
    },
    Case {
        model: "delivery-time",
        fault: "frozen_feature, columns: [traffic_index], segment: {region: west}",
        measure: |s| {
            let mut values = s.numbers("input_traffic_index");
            values.sort_by(|a, b| a.partial_cmp(b).unwrap());
            values.dedup();
            values.len() as f64
        },
        inside: 1.0..2.0,
        outside: 100.0..1e6,
    },
    Case {
        model: "delivery-time",
        fault: "stale_data",
        measure: |s| {
            let built = s.times("derived_features_at");
            let ages = s.times("time").into_iter().zip(built);
            mean(ages.map(|(time, built)| (time - built) as f64 / 3.6e9))
        },
        inside: 40.0..60.0,
        outside: 0.0..0.26,
    },
    Case {
        model: "delivery-time",
        fault: "stale_data, columns: [kitchen_load, traffic_index]",
        measure: |s| s.mae(),
        inside: 4.5..8.0,
        outside: 2.0..4.2,
    },
    Case {
        model: "support-assistant",
        fault: "latency_spike, segment: {plan: free}",
        measure: |s| s.mean("latency_ms", f64::ln).exp(),
        inside: 4_000.0..6_000.0,
        outside: 700.0..1_300.0,
    },
    Case {
        model: "product-ranking",
        fault: "error_burst, magnitude: 0.4",
        measure: |s| s.share("status", "error"),
        inside: 0.36..0.45,
        outside: 0.0..0.01,
    },
    Case {
        model: "delivery-time",
        fault: "bad_deployment, version: x",
        measure: |s| s.mae(),
        inside: 5.0..14.0,
        outside: 2.0..4.2,
    },
    Case {
        model: "credit-risk",
        fault: "bad_deployment, version: x",
        measure: |s| s.auc("output_score"),
        inside: 0.5..0.65,
        outside: 0.68..0.8,
    },
    Case {
        model: "support-assistant",
        fault: "bad_deployment, segment: {language: de}",
        measure: |s| mean(s.pairs("output_confidence").iter().map(|p| p.1)),
        inside: 0.3..0.65,
        outside: 0.7..0.85,
    },
    Case {
        model: "credit-risk",
        fault: "biased_group, segment: {sex: female}",
        measure: |s| s.share("output_class", "1"),
        inside: 0.3..0.5,
        outside: 0.08..0.2,
    },
    Case {
        model: "product-ranking",
        fault: "biased_group, segment: {seller: small}",
        measure: |s| s.mean("output_position", |p| p),
        inside: 3.5..4.5,
        outside: 2.7..3.1,
    },
    Case {
        model: "support-assistant",
        fault: "feedback_storm, segment: {region: east}",
        measure: |s| s.verdicts(&["harmful"]),
        inside: 0.45..0.55,
        outside: 0.0..0.01,
    },
];

fn played(case: &Case, with_fault: bool) -> Trial {
    let fault = format!(
        "{{fault: {}, model: {}, from: 8d, to: 12d}}",
        case.fault, case.model
    );
    Trial::of(&format!(
        "{{days: 33, events: 60000, models: [{{name: {}}}], faults: [{}]}}",
        case.model,
        if with_fault { &fault } else { "" }
    ))
}

/// Which rows a case's fault is in.
fn concerned(case: &Case, trial: &Trial) -> Vec<bool> {
    let spec = crate::trial::spec(&format!(
        "{{faults: [{{fault: {}, model: {}, from: 8d}}]}}",
        case.fault, case.model
    ));
    let segment = spec.faults[0].segment.clone();
    let all = trial.all();
    let columns: Vec<_> = segment
        .iter()
        .map(|(name, value)| (all.words(&format!("segment_{name}")), value))
        .collect();
    let days = trial.sample(|day, _| DAYS.contains(&day)).rows;
    let mut concerned = vec![false; all.rows.len()];
    for row in days {
        concerned[row] = columns
            .iter()
            .all(|(words, value)| words[row].as_deref() == Some(value));
    }
    concerned
}

#[test]
fn every_fault_does_what_it_says_where_and_when_it_says() {
    let mut wrong = Vec::new();
    for case in CASES {
        let trial = played(case, true);
        let concerned = concerned(case, &trial);
        // Outcomes of the last weeks are still to come, and so are not there to be measured.
        let inside = trial.sample(|_, row| concerned[row]);
        let outside = trial.sample(|day, row| day < 13.0 && !concerned[row]);
        let (inside, outside) = ((case.measure)(&inside), (case.measure)(&outside));
        if !case.inside.contains(&inside) || !case.outside.contains(&outside) {
            wrong.push(format!(
                "{}: {}: inside {inside}, outside {outside}",
                case.model, case.fault
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_kind_of_fault_is_measured() {
    for kind in FaultKind::ALL {
        let measured = CASES.iter().any(|c| c.fault.starts_with(kind.name()));
        assert!(measured, "{}", kind.name());
    }
}

#[test]
fn a_fault_changes_nothing_else() {
    for case in CASES {
        let (with, without) = (played(case, true), played(case, false));
        let concerned = concerned(case, &with);
        let others: BooleanArray = concerned.iter().map(|c| Some(!c)).collect();
        let unconcerned = |trial: &Trial| {
            let mut rows = filter_record_batch(trial.predictions(), &others).unwrap();
            // Places in a ranking depend on the other items of the query.
            if let Ok(place) = rows.schema().index_of("output_position") {
                rows.remove_column(place);
            }
            rows
        };
        assert!(
            unconcerned(&with) == unconcerned(&without),
            "{}",
            case.fault
        );
        for kind in [
            candor_contract::Kind::Outcome,
            candor_contract::Kind::Feedback,
        ] {
            let before = with.tables[&kind].num_rows();
            assert!(before > 0, "{kind}");
        }
    }
}

#[test]
fn drifts_come_at_once_slowly_or_in_waves() {
    let fault = |shape, to_us, period_us| Fault {
        kind: FaultKind::CovariateDrift,
        number: 0,
        columns: Vec::new(),
        segment: Vec::new(),
        from_us: 100,
        to_us,
        size: 1.0,
        shape,
        period_us,
        value: None,
        version: None,
        story: None,
    };
    for (shape, to_us, period_us, expected) in [
        (Shape::Sudden, Some(200), 0, [0.0, 1.0, 1.0, 0.0, 0.0]),
        (Shape::Sudden, None, 0, [0.0, 1.0, 1.0, 1.0, 1.0]),
        (Shape::Gradual, Some(200), 0, [0.0, 0.0, 0.5, 1.0, 1.0]),
        (Shape::Recurring, None, 100, [0.0, 0.0, 1.0, 0.0, 1.0]),
        (Shape::Recurring, Some(200), 100, [0.0, 0.0, 1.0, 0.0, 0.0]),
    ] {
        let fault = fault(shape, to_us, period_us);
        for (at, expected) in [99, 100, 150, 200, 250].into_iter().zip(expected) {
            let found = fault.strength(at);
            assert!((found - expected).abs() < 1e-9, "{shape:?} {at}: {found}");
        }
    }
}

#[test]
fn a_gradual_drift_grows_in_the_events() {
    let trial = Trial::of(
        "{days: 20, events: 40000, models: [{name: delivery-time}], faults: [{fault: \
         covariate_drift, model: delivery-time, columns: [distance_km], from: 4d, to: 14d, shape: \
         gradual}]}",
    );
    let mean = |from: f64, to: f64| {
        let sample = trial.sample(|day, _| (from..to).contains(&day));
        sample.mean("input_distance_km", |x| (x / 3.2).ln())
    };
    let means = [mean(0.0, 4.0), mean(8.0, 10.0), mean(14.0, 20.0)];
    for (found, expected) in means.into_iter().zip([0.0, 0.275, 0.55]) {
        assert!((found - expected).abs() < 0.05, "{means:?}");
    }
}

#[test]
fn without_features_no_build_is_told() {
    let trial = Trial::of(
        "{days: 4, events: 4000, models: [{name: delivery-time}], faults: [{fault: stale_data, \
         model: delivery-time, from: 1d, to: 2d}]}",
    );
    let stages = &trial.tables[&candor_contract::Kind::Stage];
    assert_eq!(stages.num_rows(), 3 * 24 * 4);
}

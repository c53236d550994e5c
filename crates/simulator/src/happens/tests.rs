use crate::calendar::{DAY_US, HOUR_US};
use crate::trial::{START_US, Trial, fleet, mean, times, words};
use arrow::array::{BooleanArray, RecordBatch};
use arrow::compute::filter_record_batch;
use candor_contract::Kind;
use std::collections::HashSet;

fn played(model: &str, more: &str) -> Trial {
    Trial::of(&format!(
        "{{days: 6, events: 12000, models: [{{name: {model}}}], faults: [{{fault: null_burst, model: \
         {model}, columns: [{column}], from: 2d, to: 5d}}]{more}}}",
        column = if model == "product-ranking" {
            "price"
        } else {
            "income"
        }
    ))
}

/// Rows of `of` whose ids are among those of `other`.
fn common(of: &RecordBatch, other: &RecordBatch) -> RecordBatch {
    let known: HashSet<_> = words(other, "id").into_iter().collect();
    let mask: BooleanArray = words(of, "id")
        .iter()
        .map(|id| Some(known.contains(id)))
        .collect();
    filter_record_batch(of, &mask).unwrap()
}

fn rows(trial: &Trial, days: std::ops::Range<f64>) -> f64 {
    trial.sample(|day, _| days.contains(&day)).rows.len() as f64
}

#[test]
fn less_traffic_leaves_whole_requests_out_and_changes_no_other() {
    for model in ["credit-risk", "product-ranking"] {
        let usual = played(model, "");
        let less = played(
            model,
            ", happenings: [{kind: holiday, from: 3d, to: 4d, factor: 0.4}]",
        );
        let share = rows(&less, 3.0..4.0) / rows(&usual, 3.0..4.0);
        assert!((0.35..0.45).contains(&share), "{model}: {share}");
        for (kind, table) in &less.tables {
            let before = &usual.tables[kind];
            assert_eq!(&common(before, table), table, "{model} {kind}");
        }
        assert!(
            rows(&less, 0.0..3.0)
                .total_cmp(&rows(&usual, 0.0..3.0))
                .is_eq()
        );
        assert!(
            rows(&less, 4.0..6.0)
                .total_cmp(&rows(&usual, 4.0..6.0))
                .is_eq()
        );
        let answered = less.tables[&Kind::Outcome].num_rows();
        let ids: HashSet<_> = words(less.predictions(), "id").into_iter().collect();
        let told = words(&less.tables[&Kind::Outcome], "prediction_id");
        assert_eq!(told.iter().filter(|id| ids.contains(id)).count(), answered);
    }
}

#[test]
fn more_traffic_adds_requests_and_changes_no_other() {
    for model in ["credit-risk", "product-ranking"] {
        let usual = played(model, "");
        let more = played(
            model,
            ", happenings: [{kind: traffic_change, model: MODEL, from: 3d6h, to: 4d30m, factor: 3}]"
                .replace("MODEL", model)
                .as_str(),
        );
        let (from, to) = (3.25, 4.0 + 0.5 / 24.0);
        let factor = rows(&more, from..to) / rows(&usual, from..to);
        assert!((2.6..3.4).contains(&factor), "{model}: {factor}");
        for (kind, table) in &usual.tables {
            let after = &more.tables[kind];
            assert_eq!(&common(after, table), table, "{model} {kind}");
        }
        assert!(
            rows(&more, 0.0..from)
                .total_cmp(&rows(&usual, 0.0..from))
                .is_eq()
        );
        assert!(
            rows(&more, to..6.0)
                .total_cmp(&rows(&usual, to..6.0))
                .is_eq()
        );
        let made = times(more.predictions(), "time");
        assert!(made.is_sorted());
        let ids: HashSet<_> = words(more.predictions(), "id").into_iter().collect();
        assert_eq!(ids.len(), made.len());
        // The fault is in what was added too.
        let sample = more.sample(|day, _| (from..to).contains(&day));
        let column = if model == "product-ranking" {
            "input_price"
        } else {
            "input_income"
        };
        let missing = sample.missing(column);
        assert!((0.5..0.7).contains(&missing), "{model}: {missing}");
    }
}

#[test]
fn traffic_may_stay_changed() {
    let usual = played("credit-risk", "");
    let more = played(
        "credit-risk",
        ", happenings: [{kind: traffic_change, from: 3d}]",
    );
    let factor = rows(&more, 3.0..6.0) / rows(&usual, 3.0..6.0);
    assert!((1.9..2.1).contains(&factor), "{factor}");
}

const BACKFILL: &str =
    ", happenings: [{kind: backfill, from: 1d6h, to: 1d18h, arrives: 3d, factor: FACTOR}]";

#[test]
fn late_events_come_when_they_arrive_with_the_times_at_which_they_happened() {
    for (model, factor) in [("credit-risk", 1.0), ("product-ranking", 0.3)] {
        let text = format!(
            "{{days: 6, events: 12000, models: [{{name: {model}}}]{}}}",
            BACKFILL.replace("FACTOR", &factor.to_string())
        );
        let usual =
            played_batches(&text.replace(&BACKFILL.replace("FACTOR", &factor.to_string()), ""));
        let late = played_batches(&text);
        let hour = |table: &RecordBatch| -> Vec<f64> {
            let at = times(table, "time").into_iter();
            at.map(|t| (t - START_US) as f64 / HOUR_US as f64).collect()
        };
        let mut held = 0.0;
        let mut concerned = 0.0;
        for (end_h, kind, table) in &late {
            let arrives = matches!(
                kind,
                Kind::Prediction | Kind::Outcome | Kind::Feedback | Kind::Effect
            )
            .then_some(72.0);
            for at in hour(table) {
                let on_time = (end_h - 6.0..*end_h).contains(&at);
                let is_late = (30.0..42.0).contains(&at) && arrives.is_some();
                assert!(
                    on_time || (is_late && (*end_h - 78.0).abs() < 1e-9),
                    "{kind} {at} {end_h}"
                );
                if is_late && *kind == Kind::Prediction {
                    concerned += 1.0;
                    held += f64::from(!on_time);
                }
            }
        }
        let share = held / concerned;
        assert!(
            (factor - 0.07..=factor).contains(&share) || (share - factor).abs() < 0.07,
            "{share}"
        );
        let count = |all: &[(f64, Kind, RecordBatch)]| -> usize {
            all.iter().map(|(.., table)| table.num_rows()).sum()
        };
        assert_eq!(count(&late), count(&usual), "{model}");
    }
}

/// All batches in stretches of six hours, with the hour at which each stretch ends.
fn played_batches(text: &str) -> Vec<(f64, Kind, RecordBatch)> {
    let mut fleet = fleet(text);
    let mut all = Vec::new();
    while fleet.at_us() < fleet.end_us() {
        let to_us = fleet.at_us() + DAY_US / 4;
        let end_h = (to_us - START_US) as f64 / HOUR_US as f64;
        let batches = fleet.advance(to_us).unwrap();
        all.extend(batches.into_iter().map(|b| (end_h, b.kind, b.rows)));
    }
    all
}

#[test]
fn items_of_a_query_come_late_together() {
    let text = format!(
        "{{days: 4, events: 8000, models: [{{name: product-ranking}}]{}}}",
        BACKFILL.replace("FACTOR", "0.3")
    );
    let mut sizes = Vec::new();
    for (end_h, kind, table) in played_batches(&text) {
        if kind == Kind::Prediction && end_h > 77.0 {
            let queries: HashSet<_> = words(&table, "request_id").into_iter().collect();
            sizes.push(table.num_rows() as f64 / queries.len() as f64);
        }
    }
    assert!(!sizes.is_empty());
    let size = mean(sizes);
    assert!((size - 5.0).abs() < 1e-9, "{size}");
}

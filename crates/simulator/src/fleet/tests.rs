use super::*;
use crate::trial::{START_US, Trial, fleet, setting, spec, times, words};
use arrow::compute::concat_batches;
use candor_contract::spec::Archetype;
use proptest::prelude::*;
use std::collections::{BTreeMap, HashSet};

const STORY: &str = "
  seed: 11
  days: 12
  events: 12000
  faults:
    - {fault: null_burst, model: credit-risk, columns: [debt_ratio], segment: {region: north}, from: 2d, to: 4d}
    - {fault: covariate_drift, model: delivery-time, columns: [distance_km], from: 1d, to: 9d, shape: gradual}
    - {fault: bad_deployment, model: support-assistant, from: 3d, to: 5d}
    - {fault: stale_data, model: product-ranking, from: 2d6h, to: 3d}
    - {fault: feedback_storm, model: support-assistant, from: 8d}
";

const HAPPENINGS: &str = "
  happenings:
    - {kind: holiday, from: 3d, to: 4d12h}
    - {kind: traffic_change, model: product-ranking, from: 5d30m, to: 6d10m, factor: 2.5}
    - {kind: backfill, model: credit-risk, from: 2d, to: 2d8h, arrives: 3d1h, factor: 0.5}
    - {kind: backfill, from: 2d, to: 3d, arrives: 3d1h, factor: 0.5}
";

/// All events by model and kind, handed out in stretches that end at `cuts`.
fn played(mut fleet: Fleet, cuts: &[i64]) -> BTreeMap<(String, Kind), RecordBatch> {
    let mut parts: BTreeMap<(String, Kind), Vec<RecordBatch>> = BTreeMap::new();
    for to_us in cuts.iter().copied().chain([fleet.end_us()]) {
        for batch in fleet.advance(to_us).unwrap() {
            let key = (batch.model, batch.kind);
            parts.entry(key).or_default().push(batch.rows);
        }
    }
    parts
        .into_iter()
        .map(|(key, all)| (key, concat_batches(&all[0].schema(), &all).unwrap()))
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn the_same_seed_gives_the_same_events_however_time_is_cut(
        mut cuts in prop::collection::vec(0i64..12 * DAY_US, 0..40),
        seed in 0u64..4,
    ) {
        cuts.sort_unstable();
        let cuts: Vec<i64> = cuts.into_iter().map(|cut| START_US + cut).collect();
        let text = format!("{STORY}{HAPPENINGS}  models: [{{name: credit-risk}}, {{name: delivery-time}}, \
            {{name: product-ranking}}, {{name: support-assistant}}]\n");
        let make = || {
            let setting = Setting { seed: Some(seed), events: Some(1_500), ..setting() };
            Fleet::new(&spec(&text), setting).unwrap()
        };
        prop_assert_eq!(played(make(), &cuts), played(make(), &[]));
    }
}

#[test]
fn another_seed_gives_other_events() {
    let of = |seed| {
        let setting = Setting {
            seed: Some(seed),
            ..setting()
        };
        played(Fleet::new(&spec(STORY), setting).unwrap(), &[])
    };
    let (one, other) = (of(1), of(2));
    for (key, rows) in &one {
        let same = matches!(key.1, Kind::Change);
        assert_eq!(other.get(key) == Some(rows), same, "{key:?}");
    }
}

#[test]
fn a_month_has_about_as_many_events_as_asked_for_in_shares() {
    let all = played(fleet("{days: 30, events: 60000}"), &[]);
    let count = |model: &str| -> usize {
        let of = all
            .iter()
            .filter(|((m, kind), _)| m == model && kind.per_model());
        of.map(|(_, rows)| rows.num_rows()).sum()
    };
    let counts = Archetype::ALL.map(|a| count(a.name()));
    let whole: usize = counts.iter().sum();
    assert!((57_000..63_000).contains(&whole), "{counts:?}");
    for (events, share) in counts.into_iter().zip([0.4, 0.25, 0.25, 0.1]) {
        let seen = events as f64 / whole as f64;
        assert!((seen - share).abs() < 0.03, "{counts:?}");
    }
}

#[test]
fn ids_are_unique_and_sequels_name_earlier_predictions() {
    let all = played(fleet(STORY), &[]);
    for archetype in Archetype::ALL {
        let table = |kind| &all[&(archetype.name().to_owned(), kind)];
        let predictions = table(Kind::Prediction);
        let made: BTreeMap<String, i64> = words(predictions, "id")
            .into_iter()
            .flatten()
            .zip(times(predictions, "time"))
            .collect();
        assert_eq!(made.len(), predictions.num_rows());
        for kind in [Kind::Outcome, Kind::Feedback, Kind::Effect] {
            let sequels = table(kind);
            let ids = words(sequels, "prediction_id");
            let distinct: HashSet<_> = ids.iter().collect();
            assert_eq!(distinct.len(), ids.len(), "{archetype:?} {kind}");
            for (id, time) in ids.iter().flatten().zip(times(sequels, "time")) {
                assert!(made[id] < time, "{archetype:?} {kind} {id}");
            }
        }
        let stages = table(Kind::Stage);
        let distinct: HashSet<_> = words(stages, "id").into_iter().collect();
        assert_eq!(distinct.len(), stages.num_rows());
    }
}

#[test]
fn traffic_follows_the_day_and_the_week_and_rates_do_not() {
    let seasonal = Trial::of("{days: 14, events: 40000, models: [{name: credit-risk}]}");
    let count = |trial: &Trial, from: f64, to: f64, weekend: bool| {
        let fits = |day: f64, _| {
            (from..to).contains(&(day.fract() * 24.0)) && (day.rem_euclid(7.0) >= 5.0) == weekend
        };
        trial.sample(fits).rows.len()
    };
    let noon = count(&seasonal, 9.0, 17.0, false);
    let night = count(&seasonal, 0.0, 8.0, false);
    assert!(noon > 4 * night, "{noon} {night}");
    let weekend = count(&seasonal, 9.0, 17.0, true);
    assert!(noon > 3 * weekend, "{noon} {weekend}");

    let setting = Setting {
        rate: Some(50.0),
        ..setting()
    };
    let mut steady = Fleet::new(&spec("{days: 1}"), setting).unwrap();
    let mut rows = 0;
    for minute in 1..=10 {
        let batches = steady.advance(START_US + minute * 60_000_000).unwrap();
        rows += batches.iter().map(|b| b.rows.num_rows()).sum::<usize>();
    }
    // Outcomes of the last minutes are still to come.
    assert!((20_000..31_000).contains(&rows), "{rows}");
}

#[test]
fn outcomes_come_when_each_model_has_them() {
    let all = played(fleet("{days: 30, events: 40000}"), &[]);
    for (archetype, least_h, greatest_h) in [
        (Archetype::CreditRisk, 120.0, 480.0),
        (Archetype::DeliveryTime, 0.05, 4.0),
        (Archetype::ProductRanking, 0.01, 6.0),
        (Archetype::SupportAssistant, 0.9, 50.0),
    ] {
        let table = |kind| &all[&(archetype.name().to_owned(), kind)];
        let (predictions, outcomes) = (table(Kind::Prediction), table(Kind::Outcome));
        let made: BTreeMap<_, _> = words(predictions, "id")
            .into_iter()
            .zip(times(predictions, "time"))
            .collect();
        let ids = words(outcomes, "prediction_id").into_iter();
        for (id, at) in ids.zip(times(outcomes, "time")) {
            let hours = (at - made[&id]) as f64 / HOUR_US as f64;
            assert!(
                (least_h..greatest_h).contains(&hours),
                "{archetype:?} {hours}"
            );
        }
    }
}

#[test]
fn deployments_are_told_and_named_by_the_predictions() {
    let trial = Trial::of(
        "
  days: 10
  events: 8000
  models:
    - name: delivery-time
      version: '1'
      deployments: [{version: '2', at: 2d6h, why: more data}]
  faults:
    - {fault: bad_deployment, model: delivery-time, from: 5d, to: 7d, version: '3'}
",
    );
    for (from, to, version) in [
        (0.0, 2.25, "1"),
        (2.25, 5.0, "2"),
        (5.0, 7.0, "3"),
        (7.0, 10.0, "2"),
    ] {
        let sample = trial.sample(|day, _| (from..to).contains(&day));
        assert!(sample.rows.len() > 100);
        assert!(sample.share("version", version) >= 1.0, "{version}");
    }
    let changes = &trial.tables[&Kind::Change];
    let told: Vec<String> = ["what", "from", "to", "why"]
        .map(|name| words(changes, name))
        .map(|column| column.into_iter().flatten().collect::<Vec<_>>().join(" | "))
        .into();
    assert_eq!(
        told,
        [
            "deployment | deployment | rollback",
            "1 | 2 | 3",
            "2 | 3 | 2",
            "more data | scheduled retraining | the new version answered worse"
        ]
    );
}

#[test]
fn the_truth_lists_every_fault_with_time_and_place() {
    let truth = fleet(STORY).truth();
    insta::assert_json_snapshot!(truth);
}

#[test]
fn the_truth_lists_what_happened_although_nothing_was_wrong() {
    let truth = fleet(&format!("{STORY}{HAPPENINGS}")).truth();
    insta::assert_json_snapshot!(truth.happenings);
}

#[test]
fn models_are_declared_as_objects_that_the_contract_takes() {
    for object in fleet(STORY).specs() {
        let text = object.to_yaml().unwrap();
        let read = candor_contract::spec::parse(&text);
        assert_eq!(read.unwrap(), [object], "{text}");
    }
}

/// One fault of each kind, an hour long, counted from its beginning.
const INJECTED: &str = "
  faults:
    - {fault: null_burst, model: credit-risk, columns: [debt_ratio], from: 0m, to: 1h, magnitude: 0.6}
    - {fault: error_burst, model: credit-risk, from: 20m, to: 50m, magnitude: 0.5}
    - {fault: latency_spike, model: credit-risk, from: 0m, to: 1h}
    - {fault: bad_deployment, model: credit-risk, from: 0m, to: 40m}
    - {fault: biased_group, model: credit-risk, segment: {sex: female}, from: 0m, to: 1h}
    - {fault: concept_drift, model: credit-risk, from: 5m, to: 1h}
    - {fault: stale_data, model: credit-risk, from: 0m, to: 1h}
    - {fault: feedback_storm, model: credit-risk, from: 0m, to: 1h}
";

#[test]
fn what_is_injected_is_as_if_the_scenario_had_it_from_the_start() {
    const MINUTE_US: i64 = 60_000_000;
    let head = "\n  seed: 5\n  days: 2\n  events: 30000\n  models: [{name: credit-risk}, {name: delivery-time}]\n";
    let injected = spec(&format!("{head}{INJECTED}")).faults;
    for minutes in [0, 120, 1_457] {
        let mut scripted = spec(head);
        scripted.faults.clone_from(&injected);
        let after = |text: &str| {
            let us = candor_contract::spec::span_us(text).unwrap();
            format!("{}m", minutes + us / MINUTE_US)
        };
        for fault in &mut scripted.faults {
            fault.from = after(&fault.from);
            fault.to = fault.to.as_deref().map(&after);
        }
        let mut anew = fleet(head);
        let at_us = START_US + minutes * MINUTE_US;
        let before = anew.advance(at_us).unwrap();
        let told = anew.inject(&injected).unwrap();
        let scripted = Fleet::new(&scripted, setting()).unwrap();
        assert_eq!(told, scripted.truth().faults, "{minutes}");
        assert_eq!(anew.truth().faults, scripted.truth().faults);
        let mut one = played(anew, &[]);
        for batch in before {
            let key = (batch.model, batch.kind);
            let whole = match one.get(&key) {
                Some(rest) => concat_batches(&rest.schema(), [&batch.rows, rest]).unwrap(),
                None => batch.rows,
            };
            one.insert(key, whole);
        }
        assert_eq!(one, played(scripted, &[at_us]), "{minutes}");
    }
}

#[test]
fn an_injected_fault_that_cannot_be_is_refused_whole() {
    let mut fleet = fleet("\n  days: 2\n  events: 3000\n  models: [{name: credit-risk}]\n");
    let fault = "\n  faults:\n    - {fault: latency_spike, model: credit-risk, from: 0m, to: 1h}\n    \
        - {fault: null_burst, model: credit-risk, columns: [rent], from: 0m}\n    \
        - {fault: latency_spike, model: delivery-time, from: 0m}\n";
    let refused = fleet.inject(&spec(fault).faults).unwrap_err().to_string();
    for said in ["`rent` is no input", "`delivery-time` has no traffic here"] {
        assert!(refused.contains(said), "{refused}");
    }
    assert!(fleet.truth().faults.is_empty());
}

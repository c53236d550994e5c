//! Drift by chunks, and the peers' presets, on real data.

use crate::golden::{Case, Suite, column, number, numbers, texts};
use arrow::array::{Array, ArrayRef};
use arrow::datatypes::DataType;
use candor_stats::drift::evidently::{self, DRIFT_SHARE, Feature};
use candor_stats::drift::nannyml::{self, Chunks};
use candor_stats::{Sorted, Tally};
use std::collections::HashMap;

/// A column of the file that an input names, read once.
#[derive(Default)]
struct Files(HashMap<(String, String), ArrayRef>);

impl Files {
    fn column(&mut self, file: &str, name: &str) -> ArrayRef {
        let key = (file.to_owned(), name.to_owned());
        let read = || column(file, name).unwrap_or_else(|| panic!("{file} is absent"));
        self.0.entry(key).or_insert_with(read).clone()
    }
}

fn is_text(array: &ArrayRef) -> bool {
    matches!(array.data_type(), DataType::Utf8 | DataType::LargeUtf8)
}

#[test]
fn univariate_drift_by_chunk() {
    let Some(suite) = Suite::open("drift_monitoring") else {
        return;
    };
    let mut files = Files::default();
    for case in suite.cases("nannyml_univariate") {
        let name = case.inputs["column"].as_str().unwrap();
        let mut side = |key: &str| files.column(case.inputs[key].as_str().unwrap(), name);
        let (reference, analysis) = (side("reference"), side("analysis"));
        let method = nannyml::Method::named(case.params["method"].as_str().unwrap()).unwrap();
        let chunks = Chunks::Size(case.params["chunk_size"].as_u64().unwrap() as usize);
        let told = if is_text(&reference) {
            nannyml::categorical(method, &reference, &analysis, chunks)
        } else {
            nannyml::continuous(method, &reference, &analysis, chunks)
        };
        let told = told.unwrap();
        let values: Vec<f64> = told.values.iter().map(|x| x.unwrap()).collect();
        case.holds_all("value", &values);
        case.holds("upper_threshold", told.upper_threshold.unwrap_or(f64::NAN));
        let alerts = case.expected["alert"].as_array().unwrap();
        let alerts: Vec<bool> = alerts.iter().map(|a| a.as_bool().unwrap()).collect();
        assert_eq!(told.alerts, alerts, "{}", case.id);
    }
}

#[test]
fn columns_ranked_by_their_alerts() {
    let Some(suite) = Suite::open("drift_monitoring") else {
        return;
    };
    let mut files = Files::default();
    for case in suite.cases("alert_count_rank") {
        let method = nannyml::Method::named(case.params["method"].as_str().unwrap()).unwrap();
        let chunks = Chunks::Size(case.params["chunk_size"].as_u64().unwrap() as usize);
        let features = case.params["features"].as_array().unwrap().iter();
        let alerts = features.map(|name| {
            let name = name.as_str().unwrap();
            let mut side = |key: &str| files.column(case.inputs[key].as_str().unwrap(), name);
            let (reference, analysis) = (side("reference"), side("analysis"));
            let told = if is_text(&reference) {
                nannyml::categorical(method, &reference, &analysis, chunks)
            } else {
                nannyml::continuous(method, &reference, &analysis, chunks)
            };
            (name.to_owned(), told.unwrap().alert_count())
        });
        let ranked = nannyml::alert_count_rank(alerts.collect());
        let counts: Vec<f64> = ranked.iter().map(|(_, n)| *n as f64).collect();
        case.holds_all("alerts", &counts);
        let want = case.expected["order"].as_array().unwrap().iter();
        let want = want.map(|name| name.as_str().unwrap().to_owned());
        let mut want: Vec<_> = want.zip(counts.iter().map(|n| *n as usize)).collect();
        let mut got = ranked;
        want.sort();
        got.sort();
        assert_eq!(got, want, "{}", case.id);
    }
}

/// A column of the preset on both sides.
enum Held {
    Numbers([Sorted; 2], bool),
    Categories([Tally; 2]),
}

impl Held {
    fn features(&self) -> (Feature<'_>, Feature<'_>) {
        match self {
            Held::Numbers([a, b], whole) => {
                let of = |values| Feature::Numerical {
                    values,
                    whole: *whole,
                };
                (of(a), of(b))
            }
            Held::Categories([a, b]) => (Feature::Categorical(a), Feature::Categorical(b)),
        }
    }
}

/// The rows of both sides: a range of the file, or those where a column has a value.
fn rows(case: &Case<'_>, files: &mut Files, file: &str, key: &str) -> Vec<usize> {
    if let Some(range) = case.inputs[format!("{key}_rows")].as_array() {
        let at = |i: usize| range[i].as_u64().unwrap() as usize;
        return (at(0)..at(1)).collect();
    }
    let (name, value) = case.inputs[key]
        .as_str()
        .unwrap()
        .split_once(" == ")
        .unwrap();
    let column = texts(&files.column(file, name));
    let here = column.iter().enumerate();
    here.filter(|(_, text)| text.as_deref() == Some(value))
        .map(|(row, _)| row)
        .collect()
}

#[test]
fn the_drift_preset() {
    let Some(suite) = Suite::open("drift_monitoring") else {
        return;
    };
    let mut files = Files::default();
    for case in suite.cases("evidently_data_drift_preset") {
        let file = case.inputs["file"].as_str().unwrap();
        let sides = ["reference", "current"].map(|key| rows(&case, &mut files, file, key));
        let names = |kind: &str| {
            let list = case.params[kind].as_array().unwrap().iter();
            list.map(|n| n.as_str().unwrap().to_owned())
                .collect::<Vec<_>>()
        };
        let (numerical, categorical) = (names("numerical"), names("categorical"));
        let mut held = Vec::new();
        for name in &numerical {
            let all = numbers(&files.column(file, name));
            let whole = all.iter().all(|x| x.fract() == 0.0);
            let side = |rows: &Vec<usize>| Sorted::new(rows.iter().map(|row| all[*row]));
            held.push(Held::Numbers([side(&sides[0]), side(&sides[1])], whole));
        }
        for name in &categorical {
            let all = texts(&files.column(file, name));
            let side = |rows: &Vec<usize>| {
                let known = rows.iter().filter_map(|row| all[*row].clone());
                Tally::new(known.map(|text| (text, 1)), 0)
            };
            held.push(Held::Categories([side(&sides[0]), side(&sides[1])]));
        }
        let columns: Vec<_> = held.iter().map(Held::features).collect();
        let asked = case.params["method"].as_str();
        let test = asked.map(|name| evidently::Test::named(name).unwrap());
        let told = evidently::data_drift(&columns, test, DRIFT_SHARE);
        for (name, score) in numerical.iter().chain(&categorical).zip(&told.columns) {
            let (want, score) = (&case.expected["columns"][name], score.unwrap());
            let method = match asked {
                Some(_) => score.test.name(),
                None => score.test.display_name(),
            };
            assert_eq!(want["method"], method, "{} {name}", case.id);
            case.close(name, number(&want["score"]), score.score);
            case.close(name, number(&want["threshold"]), score.threshold);
            assert_eq!(want["drifted"], score.drifted, "{} {name}", case.id);
        }
        case.holds("drifted_count", told.count as f64);
        case.holds("drifted_share", told.share);
        assert_eq!(case.expected["dataset_drift"], told.drifted, "{}", case.id);
    }
}

//! Change points against annotated series.

use crate::golden::{Suite, column, number, numbers, shared};
use candor_stats::series::{Cost, Search, change_points};
use serde_json::Value;
use std::collections::BTreeSet;

const MARGIN: usize = 5;

/// By annotator, ascending.
type Annotations = Vec<Vec<usize>>;

/// Marks that have a prediction near, each prediction used once.
fn found(marks: &[usize], predicted: &[usize]) -> usize {
    let mut left = predicted.to_vec();
    let mut found = 0;
    for mark in marks {
        let near = left
            .iter()
            .enumerate()
            .filter(|(_, p)| p.abs_diff(*mark) <= MARGIN);
        let nearest = near
            .min_by_key(|(_, p)| (p.abs_diff(*mark), **p))
            .map(|(at, _)| at);
        if let Some(at) = nearest {
            left.remove(at);
            found += 1;
        }
    }
    found
}

fn with_start(marks: &[usize]) -> Vec<usize> {
    let all: BTreeSet<usize> = marks.iter().copied().chain([0]).collect();
    all.into_iter().collect()
}

/// Precision against what any annotator marked, recall as the mean over annotators.
fn f1(annotations: &Annotations, predicted: &[usize]) -> f64 {
    let marks: Vec<Vec<usize>> = annotations.iter().map(|m| with_start(m)).collect();
    let any: BTreeSet<usize> = marks.iter().flatten().copied().collect();
    let any: Vec<usize> = any.into_iter().collect();
    let predicted = with_start(predicted);
    let precision = found(&any, &predicted) as f64 / predicted.len() as f64;
    let recall = marks
        .iter()
        .map(|m| found(m, &predicted) as f64 / m.len() as f64);
    let recall = recall.sum::<f64>() / marks.len() as f64;
    2.0 * precision * recall / (precision + recall)
}

fn segments(cuts: &[usize], n: usize) -> Vec<(usize, usize)> {
    let inner: BTreeSet<usize> = cuts
        .iter()
        .copied()
        .filter(|c| (1..n).contains(c))
        .collect();
    let ends: Vec<usize> = [0].into_iter().chain(inner).chain([n]).collect();
    ends.windows(2).map(|w| (w[0], w[1])).collect()
}

/// The mean over annotators of the best overlap of each segment, weighed by its length.
fn cover(annotations: &Annotations, predicted: &[usize], n: usize) -> f64 {
    let ours = segments(predicted, n);
    let overlap = |(a, b): (usize, usize), (c, d): (usize, usize)| {
        let both = b.min(d).saturating_sub(a.max(c)) as f64;
        both / ((b - a + d - c) as f64 - both)
    };
    let each = annotations.iter().map(|marks| {
        let weighed = segments(marks, n).into_iter().map(|segment| {
            let best = ours
                .iter()
                .map(|o| overlap(segment, *o))
                .fold(0.0, f64::max);
            (segment.1 - segment.0) as f64 * best
        });
        weighed.sum::<f64>() / n as f64
    });
    each.sum::<f64>() / annotations.len() as f64
}

fn json(path: &str) -> Option<Value> {
    Some(serde_json::from_slice(&std::fs::read(shared(path)?).unwrap()).unwrap())
}

fn positions(list: &Value) -> Vec<usize> {
    let list = list.as_array().unwrap().iter();
    list.map(|x| x.as_u64().unwrap() as usize).collect()
}

fn annotations(all: &Value, series: &str) -> Annotations {
    all[series]
        .as_object()
        .unwrap()
        .values()
        .map(positions)
        .collect()
}

#[test]
fn measures_of_change_points() {
    let (Some(suite), Some(all)) = (
        Suite::open("change_points"),
        json("data/tcpd/annotations.json"),
    ) else {
        return;
    };
    for case in suite.cases("tcpd") {
        let annotations = annotations(&all, case.inputs["series"].as_str().unwrap());
        let predicted = positions(&case.inputs["predicted"]);
        let n = case.inputs["n"].as_u64().unwrap() as usize;
        case.holds("f1", f1(&annotations, &predicted));
        case.holds("cover", cover(&annotations, &predicted, n));
    }
}

/// Mean F1 and cover of a search over all series.
fn scores(all: &Value, names: &[String], search: Search) -> (f64, f64) {
    let (mut sum, mut covered) = (0.0, 0.0);
    for name in names {
        let series = json(&format!("data/tcpd/{name}.json")).unwrap();
        let values = series["series"][0]["raw"].as_array().unwrap();
        let values: Vec<f64> = values.iter().map(number).collect();
        let changes = change_points(&values, Cost::L2, search).changes;
        let annotations = annotations(all, name);
        sum += f1(&annotations, &changes) / names.len() as f64;
        covered += cover(&annotations, &changes, values.len()) / names.len() as f64;
    }
    (sum, covered)
}

#[test]
fn our_change_points_are_better_than_published_ones_and_than_none() {
    let (Some(suite), Some(all)) = (
        Suite::open("change_points"),
        json("data/tcpd/annotations.json"),
    ) else {
        return;
    };
    let path = "data/tcpd/published_default_f1.json";
    let theirs = json(path).unwrap();
    let theirs = theirs.as_object().unwrap();
    let names: Vec<String> = theirs.keys().cloned().collect();
    for case in suite.cases("published") {
        for method in case.expected.as_object().unwrap().keys() {
            let mean = if method == "none" {
                let none = names.iter().map(|name| f1(&annotations(&all, name), &[]));
                none.sum::<f64>() / names.len() as f64
            } else {
                let known: Vec<f64> = theirs.values().filter_map(|v| v[method].as_f64()).collect();
                known.iter().sum::<f64>() / known.len() as f64
            };
            case.holds(method, mean);
        }
    }
    let pelt = scores(&all, &names, Search::Pelt);
    let binary = scores(&all, &names, Search::Binary);
    let every: Vec<String> = all.as_object().unwrap().keys().cloned().collect();
    let all_pelt = scores(&all, &every, Search::Pelt);
    eprintln!("F1 and cover: pelt {pelt:.3?}, binary {binary:.3?}, with run_log {all_pelt:.3?}");
    assert!(pelt.0 > 0.75 && binary.0 > 0.75, "{pelt:?} {binary:?}");
}

/// Found places are near known ones, within a window or two.
fn near(found: &[usize], known: &[usize], within: usize) -> bool {
    let close = |at: &usize| known.iter().any(|k| k.abs_diff(*at) <= within);
    found.iter().all(close)
}

/// A change of concept, seen in the errors of a rule that does not learn.
#[test]
fn known_changes_of_concept_are_found_in_windows_of_errors() {
    let Some(suite) = Suite::open("streaming") else {
        return;
    };
    let cases = suite.cases("change_points");
    let case = cases.iter().find(|c| c.id.ends_with("sea")).unwrap();
    let file = case.inputs["file"].as_str().unwrap();
    let read = |name| numbers(&column(file, name).unwrap());
    let (a, b, label) = (read("f1"), read("f2"), read("label"));
    assert_eq!(case.expected["rows"].as_u64(), Some(label.len() as u64));
    let known = positions(&case.expected["positions"]);
    // The rule of the second concept.
    let wrong = |at: usize| f64::from((a[at] + b[at] <= 9.0) != (label[at] > 0.0));
    let window = 250;
    let errors: Vec<f64> = (0..label.len() / window)
        .map(|w| (w * window..(w + 1) * window).map(wrong).sum::<f64>())
        .collect();
    for cost in [Cost::L2, Cost::Poisson] {
        let changes = change_points(&errors, cost, Search::Pelt).changes;
        let found: Vec<usize> = changes.iter().map(|at| at * window).collect();
        assert_eq!(found.len(), known.len(), "{cost:?}: {found:?}");
        assert!(near(&found, &known, 2 * window), "{cost:?}: {found:?}");
    }
}

/// Classes swap places: the mean of each class jumps.
#[test]
fn known_changes_of_place_are_found_in_windows_of_means() {
    let Some(suite) = Suite::open("streaming") else {
        return;
    };
    let cases = suite.cases("change_points");
    let case = cases.iter().find(|c| c.id.ends_with("rbf")).unwrap();
    let file = case.inputs["file"].as_str().unwrap();
    let read = |name| numbers(&column(file, name).unwrap());
    let (a, b, label) = (read("f1"), read("f2"), read("label"));
    assert_eq!(case.expected["rows"].as_u64(), Some(label.len() as u64));
    let known = positions(&case.expected["positions"]);
    let window = 100;
    let classes: BTreeSet<u64> = label.iter().map(|x| *x as u64).collect();
    let mut found = BTreeSet::new();
    for class in classes {
        for values in [&a, &b] {
            let mean = |w: usize| {
                let rows = (w * window..(w + 1) * window).filter(|at| label[*at] as u64 == class);
                let (sum, n) = rows.fold((0.0, 0.0), |(s, n), at| (s + values[at], n + 1.0));
                sum / n
            };
            let means: Vec<f64> = (0..label.len() / window).map(mean).collect();
            let changes = change_points(&means, Cost::L2, Search::Pelt).changes;
            found.extend(changes.into_iter().map(|at| at * window));
        }
    }
    let found: Vec<usize> = found.into_iter().collect();
    let seen = known
        .iter()
        .filter(|k| near(&[**k], &found, window))
        .count();
    let wrong = found
        .iter()
        .filter(|f| !near(&[**f], &known, window))
        .count();
    assert!(
        seen >= 64 && wrong <= 2,
        "{seen} of {} seen, {wrong} wrong",
        known.len()
    );
}

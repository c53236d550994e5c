//! Metrics of regression and ranking against the reference implementations.

use crate::golden::{Case, Suite};
use candor_stats::performance::{
    Measured, NumberRows, RankedRows, Ranking, Regression, RegressionOptions, figure,
};

fn value(measured: &[Measured], name: &str) -> f64 {
    let figure = figure(measured, name).unwrap_or_else(|| panic!("no metric {name}"));
    figure.value.unwrap_or(f64::NAN)
}

fn regression(suite: &Suite) {
    for case in suite.cases("regression_metrics") {
        let (outcomes, predictions) = (
            case.input("y_true").numbers(),
            case.input("y_pred").numbers(),
        );
        let weights = case
            .inputs
            .get("weights")
            .map(|_| case.input("weights").numbers());
        let rows = NumberRows {
            outcomes: &outcomes,
            predictions: &predictions,
            intervals: None,
            weights: weights.as_deref(),
        };
        let options = RegressionOptions {
            levels: vec![0.1, 0.5, 0.9],
        };
        let made = Regression::new(&rows, &options);
        let figures = made.figures();
        for key in case.expected.as_object().unwrap().keys() {
            let got = match key.as_str() {
                "n" => made.rows() as f64,
                _ => value(&figures, key),
            };
            case.holds(key, got);
        }
    }
}

/// The golden name of a figure cut at `k`.
fn at(key: &str, k: u64) -> String {
    let ours = match key {
        "ap_min_k_rel" => "map",
        "ap_over_rel" => "map_relevant",
        "rr" => "mrr",
        "ndcg_exp" => "ndcg",
        other => other,
    };
    format!("{ours}@{k}")
}

/// Lists whose items come in ranked order.
fn ranked(case: &Case<'_>, lists: &[Vec<f64>]) {
    let k = case.params["k"].as_u64().unwrap();
    let (mut queries, mut scores, mut relevance) = (Vec::new(), Vec::new(), Vec::new());
    for (query, list) in (0..).zip(lists) {
        for (place, item) in list.iter().enumerate() {
            queries.push(query);
            scores.push(-(place as f64));
            relevance.push(*item);
        }
    }
    let rows = RankedRows {
        queries: &queries,
        scores: &scores,
        relevance: &relevance,
    };
    let made = Ranking::new(&rows, &[k as usize]);
    for key in case.expected.as_object().unwrap().keys() {
        case.holds(key, value(made.figures(), &at(key, k)));
    }
}

fn lists(suite: &Suite) {
    for case in suite.cases("ranking") {
        ranked(&case, &[case.input("rels").numbers()]);
    }
    for case in suite.cases("ranking_mean") {
        let lists = case.inputs["lists"].as_array().unwrap().iter();
        let list = |l: &serde_json::Value| {
            l.as_array()
                .unwrap()
                .iter()
                .map(|r| r.as_f64().unwrap())
                .collect()
        };
        ranked(&case, &lists.map(list).collect::<Vec<Vec<f64>>>());
    }
}

fn ties(suite: &Suite) {
    for case in suite.cases("ndcg_sklearn") {
        let (relevance, mut scores) = (
            case.input("relevance").numbers(),
            case.input("scores").numbers(),
        );
        if case.params["ignore_ties"].as_bool().unwrap() {
            // The reference then takes the later of equal scores first.
            let mut order: Vec<usize> = (0..scores.len()).collect();
            order.sort_by(|a, b| scores[*a].total_cmp(&scores[*b]));
            for (place, row) in order.into_iter().enumerate() {
                scores[row] = place as f64;
            }
        }
        let queries = vec![0; scores.len()];
        let rows = RankedRows {
            queries: &queries,
            scores: &scores,
            relevance: &relevance,
        };
        let made = Ranking::new(&rows, &[3, scores.len()]);
        case.holds("k3", value(made.figures(), "ndcg_linear@3"));
        case.holds(
            "all",
            value(made.figures(), &format!("ndcg_linear@{}", scores.len())),
        );
    }
}

#[test]
fn metrics_of_numbers_and_rankings_are_those_of_the_reference() {
    let Some(suite) = Suite::open("regression_ranking") else {
        return;
    };
    let held: [(&str, fn(&Suite)); 4] = [
        ("ndcg_sklearn", ties),
        ("ranking", lists),
        ("ranking_mean", lists),
        ("regression_metrics", regression),
    ];
    assert_eq!(suite.functions(), held.map(|(name, _)| name));
    held.iter().for_each(|(_, hold)| hold(&suite));
}

//! Sequential detectors and corrections of many tests against the reference implementations.

use crate::golden::{Suite, column, numbers, texts};
use candor_stats::looks::Correction;
use candor_stats::series::{Adwin, Ddm, Detector, Eddm, HddmA, HddmW, PageHinkley};

/// The streams of the suite, by the end of a case's name.
fn stream(id: &str) -> Vec<f64> {
    let differ = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| f64::from(a != b)).collect();
    if id.ends_with("elec2.no_change") {
        let label = labels();
        differ(&label[1..], &label[..label.len() - 1])
    } else if id.ends_with("elec2.model_error") {
        let of = |name| numbers(&column("elec2/predictions.parquet", name).unwrap());
        differ(&of("y_true")[10_000..], &of("y_pred")[10_000..])
    } else {
        let of = |name| numbers(&column("bike_sharing/predictions.parquet", name).unwrap());
        let pairs = of("y_true").into_iter().zip(of("y_pred"));
        pairs
            .map(|(a, b)| (a - b).abs() / 100.0)
            .skip(2_900)
            .take(6_000)
            .collect()
    }
}

fn labels() -> Vec<f64> {
    let label = column("elec2/elec2.csv.gz", "label").unwrap();
    let texts = texts(&label);
    let first = texts[0].clone();
    texts.iter().map(|t| f64::from(*t != first)).collect()
}

fn detector(id: &str) -> Box<dyn Detector> {
    match id.split('.').next().unwrap() {
        "adwin" => Box::new(Adwin::default()),
        "page_hinkley" => Box::new(PageHinkley::default()),
        "ddm" => Box::new(Ddm::default()),
        "eddm" => Box::new(Eddm::default()),
        "hddm_a" => Box::new(HddmA::default()),
        "hddm_w" => Box::new(HddmW::default()),
        other => panic!("no detector {other}"),
    }
}

#[test]
fn detectors_find_what_the_reference_finds() {
    let Some(suite) = Suite::open("streaming") else {
        return;
    };
    let mut wrong = Vec::new();
    for case in suite.cases("drift_detector") {
        let mut detector = detector(case.id);
        let values = stream(case.id).into_iter().enumerate();
        let found: Vec<u64> = values
            .filter(|(_, x)| detector.update(*x).is_change())
            .map(|(at, _)| at as u64)
            .collect();
        let want = case.expected["detections"].as_array().unwrap();
        let want: Vec<u64> = want.iter().map(|x| x.as_u64().unwrap()).collect();
        let count = case.expected["count"].as_u64().unwrap();
        let within = if case.id.starts_with("adwin") { 64 } else { 0 };
        let close = want
            .iter()
            .zip(&found)
            .all(|(a, b)| a.abs_diff(*b) <= within);
        if found.len() as u64 != count || !close {
            wrong.push(format!("{}: {found:?} not {want:?}", case.id));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_stream_of_errors_has_its_known_rate() {
    let Some(suite) = Suite::open("streaming") else {
        return;
    };
    for case in suite.cases("accuracy") {
        let (errors, label) = (stream("elec2.no_change"), labels());
        case.holds(
            "accuracy",
            1.0 - errors.iter().sum::<f64>() / errors.len() as f64,
        );
        let ones = label.iter().sum::<f64>() / label.len() as f64;
        case.holds("majority", ones.max(1.0 - ones));
    }
}

#[test]
fn adjusted_p_values() {
    let Some(suite) = Suite::open("special_functions") else {
        return;
    };
    for case in suite.cases("adjust_p") {
        let correction = match case.id.rsplit('.').next().unwrap() {
            "bonferroni" => Correction::Bonferroni,
            "holm" => Correction::Holm,
            "fdr_bh" => Correction::BenjaminiHochberg,
            "fdr_by" => Correction::BenjaminiYekutieli,
            other => panic!("no correction {other}"),
        };
        let adjusted = correction.adjusted(&case.input("p").numbers());
        case.holds_all("adjusted", &adjusted);
        let alpha = case.params["alpha"].as_f64().unwrap();
        let reject: Vec<f64> = adjusted.iter().map(|p| f64::from(*p <= alpha)).collect();
        case.holds_all("reject", &reject);
    }
}

//! What every detector does.

use super::*;
use crate::random::Random;

type Make = fn() -> Box<dyn Detector>;

/// Each with a maker, so that a fresh one can be compared.
fn detectors() -> Vec<(&'static str, Make)> {
    vec![
        ("ewma", || Box::new(Ewma::new(0.2, 0.4))),
        ("cusum", || Box::new(Cusum::new(0.2, 0.4))),
        ("page_hinkley", || {
            let mut detector = PageHinkley::default();
            detector.limit = 20.0;
            Box::new(detector)
        }),
        ("adwin", || Box::new(Adwin::default())),
        ("ddm", || Box::new(Ddm::default())),
        ("eddm", || Box::new(Eddm::default())),
        ("hddm_a", || Box::new(HddmA::default())),
        ("hddm_w", || Box::new(HddmW::default())),
    ]
}

fn errors(rate: f64, n: usize, seed: u64) -> Vec<f64> {
    let mut random = Random::new(seed, 0);
    (0..n).map(|_| f64::from(random.unit() < rate)).collect()
}

fn changes(detector: &mut dyn Detector, values: &[f64]) -> Vec<usize> {
    let all = values.iter().enumerate();
    all.filter(|(_, x)| detector.update(**x).is_change())
        .map(|(at, _)| at)
        .collect()
}

#[test]
fn a_rate_that_triples_is_seen_as_a_rise() {
    let values = [errors(0.2, 600, 1), errors(0.7, 200, 2)].concat();
    for (name, make) in detectors() {
        let mut detector = make();
        let signals: Vec<Signal> = values.iter().map(|x| detector.update(*x)).collect();
        let after = signals.iter().skip(600);
        let rose = after
            .filter(|s| **s == Signal::Change(Direction::Up))
            .count();
        assert!(rose > 0, "{name}");
    }
}

#[test]
fn a_stream_of_no_errors_is_quiet() {
    for (name, make) in detectors().into_iter().skip(2) {
        assert!(changes(make().as_mut(), &[0.0; 2_000]).is_empty(), "{name}");
    }
}

#[test]
fn what_is_not_finite_is_left_out() {
    let values = errors(0.3, 1_000, 4);
    let gaps = values.iter().flat_map(|x| [f64::NAN, *x, f64::INFINITY]);
    let gaps: Vec<f64> = gaps.collect();
    for (name, make) in detectors() {
        let plain = changes(make().as_mut(), &values).len();
        assert_eq!(changes(make().as_mut(), &gaps).len(), plain, "{name}");
    }
}

#[test]
fn after_a_reset_it_is_as_new() {
    let (before, values) = (errors(0.5, 333, 5), errors(0.2, 900, 6));
    for (name, make) in detectors() {
        let mut used = make();
        changes(used.as_mut(), &before);
        used.reset();
        let fresh = changes(make().as_mut(), &values);
        assert_eq!(changes(used.as_mut(), &values), fresh, "{name}");
    }
}

#[test]
fn huge_values_do_not_blind_a_detector() {
    let huge = [1e300, -1e300, 0.0, -0.0, f64::MAX, f64::MIN, 1e-320];
    for (_, make) in detectors() {
        let mut detector = make();
        changes(detector.as_mut(), &huge.repeat(40));
        detector.reset();
        let values = [errors(0.1, 400, 7), errors(0.9, 400, 8)].concat();
        assert!(!changes(detector.as_mut(), &values).is_empty());
    }
}

/// Values until the first false alarm, on the mean: what the textbooks tell of these charts.
#[test]
fn charts_have_the_run_lengths_of_the_textbook() {
    let mut random = Random::new(9, 0);
    let mut normal = || {
        let radius = (-2.0 * (1.0 - random.unit()).ln()).sqrt();
        radius * (std::f64::consts::TAU * random.unit()).cos()
    };
    let mut length = |make: &dyn Fn() -> Box<dyn Detector>, shift: f64| {
        let mut run = || {
            let mut detector = make();
            (1..100_000).find(|_| detector.update(normal() + shift).is_change())
        };
        (0..400).map(|_| run().unwrap() as f64 / 400.0).sum::<f64>()
    };
    let cusum = || -> Box<dyn Detector> { Box::new(Cusum::new(0.0, 1.0)) };
    let ewma = || -> Box<dyn Detector> { Box::new(Ewma::new(0.0, 1.0)) };
    let (still, moved) = (length(&cusum, 0.0), length(&cusum, 1.0));
    assert!(
        (400.0..540.0).contains(&still) && (9.0..12.0).contains(&moved),
        "{still} {moved}"
    );
    let (still, moved) = (length(&ewma, 0.0), length(&ewma, 1.0));
    assert!(
        (450.0..650.0).contains(&still) && (8.0..11.0).contains(&moved),
        "{still} {moved}"
    );
}

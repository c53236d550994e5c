use super::*;
use crate::random::Random;
use proptest::prelude::*;

/// Probabilities and outcomes that fit them, after `bend` of the log odds.
fn drawn(n: usize, seed: u64, bend: f64) -> Forecasts {
    let mut random = Random::new(seed, 1);
    let (mut told, mut came) = (Vec::new(), Vec::new());
    for _ in 0..n {
        let p = 0.02 + 0.96 * random.unit();
        let odds = (p / (1.0 - p)).ln() * bend;
        told.push(1.0 / (1.0 + (-odds).exp()));
        came.push(random.unit() < p);
    }
    Forecasts::new(&told, &came)
}

#[test]
fn right_probabilities_are_seldom_found_wrong_whatever_the_sample() {
    for n in [100, 1_000, 10_000] {
        let runs = 200;
        let mut wrong = 0;
        let mut excess = 0.0;
        for seed in 0..runs {
            let curve = drawn(n, seed, 1.0).reliability(Scheme::EqualMass, BINS, seed);
            wrong += usize::from(curve.p_value.unwrap() <= 0.05);
            excess += curve.ece.value.unwrap() - curve.expected_ece.unwrap();
        }
        let (least, most) = (2, 20);
        assert!((least..=most).contains(&wrong), "{n}: {wrong} of {runs}");
        let (excess, sd) = (excess / runs as f64, 1.0 / (n as f64).sqrt());
        assert!(excess.abs() < 0.03 * sd, "{n}: {excess}");
    }
}

#[test]
fn wrong_probabilities_are_found_and_the_line_says_how() {
    let extreme = drawn(5_000, 3, 2.0);
    let curve = extreme.reliability(Scheme::EqualMass, BINS, 1);
    assert!(curve.p_value.unwrap() < 0.01);
    assert!(curve.debiased_ece.low.unwrap() > 0.02, "{curve:?}");
    let line = extreme.recalibration();
    assert!(line.slope.high.unwrap() < 0.6 && line.slope.low.unwrap() > 0.4);
    assert!(extreme.spiegelhalter().p_value.unwrap() < 1e-6);
    assert!(extreme.hosmer_lemeshow(10).p_value.unwrap() < 1e-6);
    let right = drawn(5_000, 3, 1.0);
    let large = right.in_the_large();
    assert!(large.low.unwrap() < 0.0 && large.high.unwrap() > 0.0);
}

#[test]
fn the_interval_of_the_slope_holds_the_true_one() {
    let holds = (0..300_u64).filter(|seed| {
        let slope = drawn(500, *seed, 1.0).recalibration().slope;
        slope.low.unwrap() <= 1.0 && slope.high.unwrap() >= 1.0
    });
    let holds = holds.count();
    assert!((275..=297).contains(&holds), "{holds} of 300");
}

#[test]
fn what_has_no_line_says_why() {
    let reason = |p: &[f64], y: &[bool]| {
        let line = Forecasts::new(p, y).recalibration();
        format!("{:?}", line.slope.status)
    };
    let cases = [
        (vec![], vec![], "one class"),
        (vec![0.1, 0.9], vec![true, true], "one class"),
        (vec![0.1, 0.9], vec![false, true], "parts"),
        (
            vec![0.1, 0.5, 0.5, 0.9],
            vec![false, false, true, true],
            "parts",
        ),
        (vec![0.5, 0.5], vec![false, true], "equal"),
    ];
    for (p, y, want) in cases {
        assert!(reason(&p, &y).contains(want), "{p:?}: {}", reason(&p, &y));
    }
    let huge = platt(&[1e300, -1e300, 1e300, -1e300], &[true, false, false, true]);
    assert_eq!(huge.slope.value, Some(0.0));
    assert!(
        platt(&[1e300, f64::NAN], &[true, false])
            .slope
            .value
            .is_none()
    );
}

#[test]
fn empty_and_foreign_rows_are_no_forecasts() {
    let none = Forecasts::new(&[f64::NAN, 1.5, -0.1, f64::INFINITY], &[true; 4]);
    assert_eq!((none.n(), none.left_out), (0, 4));
    for scheme in [Scheme::EqualMass, Scheme::EqualWidth, Scheme::Sklearn] {
        let curve = none.reliability(scheme, 10, 1);
        assert_eq!((curve.ece.value, curve.p_value), (None, None), "{scheme:?}");
    }
    assert_eq!(none.brier().status.name(), "undefined");
    assert_eq!(none.murphy(), None);
    assert_eq!(none.hosmer_lemeshow(10).effect.status.name(), "too_few");
    let few = Forecasts::new(&[0.5, -1e-9, 1.0 + 1e-9], &[true, false, true]);
    assert_eq!(few.reliability(Scheme::EqualMass, 10, 1).bins.len(), 3);
    assert_eq!(few.probabilities(), [0.0, 0.5, 1.0]);
}

#[test]
fn bins_are_closed_where_their_scheme_says() {
    let forecasts = Forecasts::new(&[0.0, 0.5, 1.0], &[false, true, true]);
    let n = |scheme| -> Vec<u64> {
        let curve = forecasts.reliability(scheme, 2, 1);
        curve.bins.iter().map(|b| b.n).collect()
    };
    assert_eq!(n(Scheme::EqualWidth), [1, 2]);
    assert_eq!(n(Scheme::Sklearn), [2, 1]);
    assert_eq!(n(Scheme::EqualMass), [2, 1]);
}

#[test]
fn coverage_counts_each_side() {
    let inf = f64::INFINITY;
    let actual = [1.0, 2.0, 3.0, f64::NAN, 5.0, inf];
    let found = coverage(
        &actual,
        &[1.0, 3.0, 0.0, 0.0, 9.0, 0.0],
        &[2.0, 4.0, 2.0, 1.0, 8.0, inf],
    );
    assert_eq!(found.coverage.value, Some(0.5));
    assert_eq!(
        (found.below.value, found.above.value),
        (Some(0.25), Some(0.25))
    );
    assert_eq!((found.width.value, found.left_out), (Some(4.0 / 3.0), 2));
    assert_eq!(coverage(&[], &[], &[]).width.status.name(), "undefined");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn the_parts_of_the_brier_score_add_up(
        rows in prop::collection::vec((0_u8..=20, any::<bool>()), 1..200)
    ) {
        let p: Vec<f64> = rows.iter().map(|(p, _)| f64::from(*p) / 20.0).collect();
        let y: Vec<bool> = rows.iter().map(|(_, y)| *y).collect();
        let forecasts = Forecasts::new(&p, &y);
        let whole = forecasts.murphy().unwrap();
        prop_assert!(whole.within.abs() < 1e-12);
        let binned = forecasts.murphy_binned(Scheme::EqualMass, 7).unwrap();
        prop_assert!((binned.uncertainty - whole.uncertainty).abs() < 1e-12);
        for k in [1, 3, 12] {
            for scheme in [Scheme::EqualMass, Scheme::EqualWidth, Scheme::Sklearn] {
                let curve = forecasts.reliability(scheme, k, 5);
                let n: u64 = curve.bins.iter().map(|b| b.n).sum();
                prop_assert_eq!(n, forecasts.n());
                let (ece, mce) = (curve.ece.value.unwrap(), curve.mce.value.unwrap());
                let rms = curve.rms.value.unwrap();
                prop_assert!(ece <= rms + 1e-12 && rms <= mce + 1e-12);
                prop_assert!(curve.ece.low.unwrap() <= ece && ece <= curve.ece.high.unwrap());
            }
        }
    }
}

use super::*;
use proptest::prelude::*;

fn uniform(rows: usize, stream: u64) -> Vec<f64> {
    let mut random = Random::new(11, stream);
    (0..rows).map(|_| random.unit()).collect()
}

fn mean_square(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| (a - b) * (a - b)).sum::<f64>() / a.len() as f64
}

#[test]
fn a_step_and_an_interaction_are_learnt() {
    let (a, b) = (uniform(4_000, 0), uniform(4_000, 1));
    let truth = |a: f64, b: f64| if a > 0.3 { 5.0 * b } else { -2.0 };
    let y: Vec<f64> = a.iter().zip(&b).map(|(&a, &b)| truth(a, b)).collect();
    let noise = uniform(4_000, 2);
    let features = [
        Feature::number(&a),
        Feature::number(&b),
        Feature::number(&noise),
    ];
    let trees = Trees::fit(&features, &y, None, &Settings::default());
    assert!(mean_square(&trees.predict(&features), &y) < 0.02);
    assert!(trees.gains()[2] < 0.01, "{:?}", trees.gains());
    let single: Vec<f32> = a.iter().map(|x| *x as f32).collect();
    let mixed = [Feature::from(&single[..]), features[1], features[2]];
    assert!(mean_square(&trees.predict(&mixed), &y) < 0.1);
}

#[test]
fn medians_and_quantiles_are_predicted() {
    let x = uniform(4_000, 0);
    let noise = uniform(4_000, 1);
    let y: Vec<f64> = x
        .iter()
        .zip(&noise)
        .map(|(x, u)| 10.0 * x + u.powi(4))
        .collect();
    for (loss, rank) in [(Loss::Absolute, 0.5), (Loss::Quantile(0.9), 0.9)] {
        let settings = Settings {
            loss,
            ..Settings::default()
        };
        let features = [Feature::number(&x)];
        let fitted = Trees::fit(&features, &y, None, &settings).predict(&features);
        let below = y.iter().zip(&fitted).filter(|(y, f)| y <= f).count() as f64 / 4_000.0;
        assert!((below - rank).abs() < 0.03, "{loss:?}: {below}");
    }
}

#[test]
fn probabilities_are_calibrated_and_weights_count() {
    let (x, u) = (uniform(6_000, 0), uniform(6_000, 1));
    let y: Vec<f64> = x.iter().zip(&u).map(|(x, u)| f64::from(u < x)).collect();
    let settings = Settings {
        loss: Loss::Logistic,
        trees: 30,
        leaf_rows_min: 100,
        ..Settings::default()
    };
    let features = [Feature::number(&x)];
    let p = Trees::fit(&features, &y, None, &settings).predict(&features);
    assert!(mean_square(&p, &x) < 0.005, "{}", mean_square(&p, &x));
    // Positives count threefold: the odds are three times those before.
    let weights: Vec<f64> = y.iter().map(|y| 1e-8 * (1.0 + 2.0 * y)).collect();
    let p = Trees::fit(&features, &y, Some(&weights), &settings).predict(&features);
    let odds: Vec<f64> = x.iter().map(|x| 3.0 * x / (3.0 * x + 1.0 - x)).collect();
    assert!(mean_square(&p, &odds) < 0.005, "{}", mean_square(&p, &odds));
}

#[test]
fn what_is_missing_goes_where_it_fits_best() {
    let x: Vec<f64> = (0..1_000)
        .map(|i| if i % 3 == 0 { f64::NAN } else { f64::from(i) })
        .collect();
    let y: Vec<f64> = x
        .iter()
        .map(|x| if x.is_nan() || *x > 500.0 { 1.0 } else { 0.0 })
        .collect();
    let features = [Feature::number(&x)];
    let trees = Trees::fit(&features, &y, None, &Settings::default());
    let at = [f64::NAN, 10.0, 900.0, f64::INFINITY, f64::NEG_INFINITY];
    let got = trees.predict(&[Feature::number(&at)]);
    for (got, want) in got.iter().zip([1.0, 0.0, 1.0, 1.0, 0.0]) {
        assert!((got - want).abs() < 0.01, "{got} {want}");
    }
}

#[test]
fn categories_need_no_order() {
    let codes: Vec<f64> = (0..3_000).map(|i| f64::from(i % 7)).collect();
    let y: Vec<f64> = codes
        .iter()
        .map(|c| f64::from([3, 6].contains(&(*c as i32))))
        .collect();
    let settings = Settings {
        leaves: 3,
        trees: 60,
        ..Settings::default()
    };
    let trees = Trees::fit(&[Feature::category(&codes)], &y, None, &settings);
    let got = trees.predict(&[Feature::category(&[3.0, 4.0, 6.0, 99.0])]);
    for (got, want) in got.iter().zip([1.0, 0.0, 1.0, 0.0]) {
        assert!((got - want).abs() < 0.01, "{got} {want}");
    }
}

#[test]
fn growth_stops_when_held_out_rows_gain_nothing() {
    let (x, y) = (uniform(2_000, 0), uniform(2_000, 1));
    let settings = Settings {
        early_stop: Some(EarlyStop {
            share: 0.2,
            patience: 5,
        }),
        ..Settings::default()
    };
    assert!(Trees::fit(&[Feature::number(&x)], &y, None, &settings).len() < 20);
}

#[test]
fn leaves_hold_as_many_rows_as_they_must() {
    let x = uniform(100, 0);
    let y: Vec<f64> = x.iter().map(|x| f64::from(*x > 0.97)).collect();
    let settings = Settings {
        leaf_rows_min: 51,
        ..Settings::default()
    };
    assert!(Trees::fit(&[Feature::number(&x)], &y, None, &settings).is_empty());
}

#[test]
fn a_seed_fixes_samples_of_rows_and_features() {
    let (a, b) = (uniform(1_000, 0), uniform(1_000, 1));
    let y: Vec<f64> = a.iter().zip(&b).map(|(a, b)| a * b).collect();
    let features = [Feature::number(&a), Feature::number(&b)];
    let fit = |seed| {
        let settings = Settings {
            row_share: 0.5,
            feature_share: 0.5,
            seed,
            ..Settings::default()
        };
        Trees::fit(&features, &y, None, &settings).predict(&features)
    };
    assert_eq!(fit(1), fit(1));
    assert_ne!(fit(1), fit(2));
    assert!(mean_square(&fit(1), &y) < 0.01);
}

#[test]
fn nothing_to_learn_from_gives_a_constant() {
    let empty = Trees::fit(&[], &[], None, &Settings::default());
    assert!(empty.predict(&[]).is_empty() && empty.is_empty());
    let nan = [f64::NAN; 3];
    let trees = Trees::fit(
        &[Feature::number(&nan)],
        &[1.0, f64::NAN, 3.0],
        None,
        &Settings::default(),
    );
    assert_eq!(trees.predict(&[Feature::number(&nan)]), [2.0; 3]);
    let weights = [0.0, f64::NAN, -1.0];
    let none = Trees::fit(
        &[Feature::number(&nan)],
        &nan,
        Some(&weights),
        &Settings::default(),
    );
    assert_eq!(none.predict(&[Feature::number(&nan)]), [0.0; 3]);
}

proptest! {
    #[test]
    fn predictions_are_finite_whatever_the_rows(
        rows in prop::collection::vec((any::<f64>(), any::<f64>(), any::<f64>()), 1..80),
        loss in prop::sample::select(vec![
            Loss::Squared, Loss::Absolute, Loss::Quantile(0.8), Loss::Logistic,
        ]),
    ) {
        let column = |of: fn(&(f64, f64, f64)) -> f64| rows.iter().map(of).collect::<Vec<_>>();
        let (a, b, y) = (column(|r| r.0), column(|r| r.1), column(|r| r.2));
        let features = [Feature::number(&a), Feature::category(&b)];
        let settings = Settings { loss, leaf_rows_min: 2, trees: 5, ..Settings::default() };
        let trees = Trees::fit(&features, &y, Some(&b), &settings);
        prop_assert!(trees.predict(&features).iter().all(|p| p.is_finite()));
        let trees = Trees::fit(&features, &y, None, &settings);
        prop_assert!(trees.predict(&features).iter().all(|p| p.is_finite()));
        prop_assert!(trees.predict(&features) == Trees::fit(&features, &y, None, &settings).predict(&features));
    }
}

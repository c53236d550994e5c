use super::*;
use proptest::prelude::*;

fn cloud(rows: usize, dimension: usize, seed: u64, by: f64) -> Vec<f64> {
    let mut random = Random::new(seed, 4);
    let mut normal = || (0..6).map(|_| random.unit() - 0.5).sum::<f64>();
    (0..rows * dimension).map(|_| normal() + by).collect()
}

#[test]
fn the_p_value_is_uniform_without_change() {
    let runs = 400;
    let plan = |seed| MmdPlan {
        permutations: 99,
        seed,
        ..MmdPlan::default()
    };
    let mut alarms = 0;
    for seed in 0..runs {
        let (x, y) = (cloud(30, 3, 2 * seed, 0.0), cloud(20, 3, 2 * seed + 1, 0.0));
        let made = mmd(&Vectors::new(&x, 3), &Vectors::new(&y, 3), &plan(seed));
        alarms += usize::from(made.comparison.p_value.unwrap() <= 0.05);
    }
    let share = alarms as f64 / runs as f64;
    assert!((0.03..=0.07).contains(&share), "{share}");
}

#[test]
fn a_shift_is_found_and_a_large_side_is_sampled() {
    let (x, y) = (cloud(700, 4, 1, 0.0), cloud(60, 4, 2, 0.5));
    let plan = MmdPlan {
        rows: 100,
        ..MmdPlan::default()
    };
    let made = mmd(&Vectors::new(&x, 4), &Vectors::new(&y, 4), &plan);
    assert_eq!(
        (made.comparison.reference, made.comparison.current),
        (100, 60)
    );
    assert_eq!(made.comparison.p_value, Some(0.005));
    assert_eq!(made, mmd(&Vectors::new(&x, 4), &Vectors::new(&y, 4), &plan));
}

#[test]
fn permuted_sums_are_those_of_the_pairs() {
    let (x, y) = (cloud(9, 2, 1, 0.0), cloud(6, 2, 2, 0.3));
    let (x, y) = (Vectors::new(&x, 2), Vectors::new(&y, 2));
    let pooled = Pooled::of(&x, &y, 100, 0).unwrap();
    let kernel: Vec<f64> = pooled.distances().iter().map(|d| (-d).exp()).collect();
    let shuffled = Shuffled::new(kernel.iter().map(|k| *k as f32).collect(), &pooled);
    let direct = mmd2(&x, &y, 1.0).unwrap();
    assert_eq!(pooled.squares_of(&kernel), direct);
    let side: Vec<usize> = (9..15).collect();
    assert!((shuffled.unbiased(&side) - direct.unbiased).abs() < 1e-6);
}

#[test]
fn what_cannot_be_told_says_why() {
    let test = |x: &[f64], y: &[f64]| {
        mmd(
            &Vectors::new(x, 1),
            &Vectors::new(y, 1),
            &MmdPlan::default(),
        )
        .comparison
    };
    assert_eq!(test(&[1.0], &[1.0, 2.0]).statistic.status.name(), "too_few");
    assert_eq!(test(&[], &[f64::NAN; 3]).statistic.status.name(), "too_few");
    let equal = test(&[2.0; 5], &[2.0; 4]);
    assert_eq!((equal.effect, equal.p_value), (Some(0.0), Some(1.0)));
    let vast = test(&[1e300, -1e300, 0.0], &[1e300, 2e300]);
    assert_eq!(vast.statistic.status.name(), "undefined");
    let uneven = mmd(
        &Vectors::new(&[1.0; 8], 2),
        &Vectors::new(&[1.0; 9], 3),
        &MmdPlan::default(),
    );
    assert_eq!(uneven.comparison.statistic.status.name(), "undefined");
    // More than half of all pairs are equal.
    let mostly = test(&[0.0; 20], &[&[0.0; 19][..], &[3.0]].concat());
    assert!(mostly.statistic.is_ok());
    assert_eq!(evidently_mmd(&[1.0; 9], &[2.0; 9]), None);
    assert_eq!(evidently_mmd(&[1.0], &[2.0; 9]), None);
}

proptest! {
    #[test]
    fn the_biased_square_is_never_negative_and_sides_may_be_exchanged(
        x in prop::collection::vec(-50.0..50.0, 4..40),
        y in prop::collection::vec(-50.0..50.0, 4..40),
        gamma in 0.0..2.0,
    ) {
        let (x, y) = (Vectors::new(&x, 2), Vectors::new(&y, 2));
        let (there, back) = (mmd2(&x, &y, gamma).unwrap(), mmd2(&y, &x, gamma).unwrap());
        prop_assert!(there.biased >= 0.0);
        prop_assert!((there.biased - back.biased).abs() < 1e-12);
        prop_assert!((there.unbiased - back.unbiased).abs() < 1e-12);
        prop_assert!(mmd2(&x, &x, gamma).unwrap().biased < 1e-12);
        let gammas = (median_gamma(&x, &y), median_gamma(&y, &x));
        prop_assert_eq!(gammas.0.map(|g| g as f32), gammas.1.map(|g| g as f32));
    }
}

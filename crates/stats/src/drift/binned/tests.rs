use super::*;
use crate::column::Column;
use arrow::array::{ArrayRef, Float64Array, StringArray};
use proptest::prelude::*;

fn close(a: f64, b: f64, within: f64) {
    assert!((a - b).abs() <= within, "{a} {b}");
}

#[test]
fn a_constant_that_becomes_another_is_unseen_mass() {
    let reference = Sorted::new(vec![5.0; 100]);
    let binning = Binning::deciles(&reference).unwrap();
    let count = |values: Vec<f64>| binning.of_numbers(&Sorted::new(values)).unwrap();
    assert_eq!(count(vec![5.0; 3]), [3, 0, 0]);
    assert_eq!(count(vec![7.0, 4.9, f64::NAN, f64::INFINITY]), [0, 3, 1]);
    let then = binning.of_numbers(&reference).unwrap();
    close(
        js(&then, &count(vec![7.0; 100])).statistic.value.unwrap(),
        1.0,
        1e-12,
    );
}

#[test]
fn unseen_missing_and_infinite_rows_have_their_bins() {
    let reference = Tally::new([("a".into(), 5), ("b".into(), 3)], 2);
    let binning = Binning::categories(&reference).unwrap();
    let current = Tally::new([("b".into(), 1), ("c".into(), 4)], 6);
    assert_eq!(binning.of_categories(&current).unwrap(), [0, 1, 4, 6]);
    assert_eq!(binning.of_numbers(&Sorted::default()), None);
    let numbers = Sorted::new((0..100).map(f64::from));
    let deciles = Binning::deciles(&numbers).unwrap();
    let odd = Sorted::new([f64::NEG_INFINITY, f64::INFINITY, f64::NAN]);
    let counts = deciles.of_numbers(&odd).unwrap();
    assert_eq!(
        (counts[0], counts[9], counts[10], counts.len()),
        (1, 1, 1, 11)
    );
}

#[test]
fn one_outlier_moves_no_edge() {
    let mut values: Vec<f64> = (0..5000).map(|i| f64::from(i) / 5000.0).collect();
    let plain = Binning::deciles(&Sorted::new(values.clone())).unwrap();
    values[7] = 1e6;
    let reference = Sorted::new(values);
    let odd = Binning::deciles(&reference).unwrap();
    let (Bins::Edges(a), Bins::Edges(b)) = (plain.bins().as_ref(), odd.bins().as_ref()) else {
        panic!("edges");
    };
    a.iter().zip(b).for_each(|(a, b)| close(*a, *b, 1e-3));
    let shifted = Sorted::new((0..5000).map(|i| f64::from(i) / 5000.0 + 0.6));
    let (r, c) = (odd.of_numbers(&reference), odd.of_numbers(&shifted));
    assert!(psi(&r.unwrap(), &c.unwrap()).effect.unwrap() > 1.0);
}

#[test]
fn what_is_expected_without_change_is_what_comes() {
    // Nine bins and one rare one; mean over deals against the stated expectation.
    let mut random = crate::random::Random::new(5, 0);
    let shares = [0.3, 0.2, 0.1, 0.1, 0.1, 0.1, 0.05, 0.04, 0.009, 0.001];
    let mut sample = |n: u64| {
        let mut counts = [0_u64; 10];
        for _ in 0..n {
            let (u, mut sum, mut at) = (random.unit(), 0.0, 0);
            for (place, share) in shares.iter().enumerate() {
                at = place;
                sum += share;
                if u < sum {
                    break;
                }
            }
            counts[at] += 1;
        }
        counts
    };
    for (name, of) in [
        ("psi", psi as fn(&[u64], &[u64]) -> _),
        ("js", js),
        ("kl", kl),
        ("hellinger", hellinger),
        ("tv", tv),
    ] {
        let (mut found, mut stated, mut below) = (0.0, 0.0, 0);
        let power = if matches!(name, "js" | "hellinger") {
            2
        } else {
            1
        };
        for _ in 0..80 {
            let (a, b) = (sample(2000), sample(300));
            let told = of(&a, &b);
            found += told.statistic.value.unwrap().powi(power);
            stated += expectation(name, &a, &b).unwrap().powi(power);
            below += usize::from(told.p_value.unwrap() < 0.1);
        }
        assert!(
            (found / stated - 1.0).abs() < 0.15,
            "{name} {found} {stated}"
        );
        assert!((1..=18).contains(&below), "{name} {below} of 80 below 0.1");
    }
}

#[test]
fn nothing_panics_without_rows_or_with_one_bin() {
    for of in [psi, js, kl, hellinger, tv] {
        assert_eq!(of(&[], &[]).statistic.status.name(), "undefined");
        assert_eq!(of(&[3], &[5, 0]).p_value, Some(1.0));
        let apart = of(&[1, 0], &[0, 1]);
        assert!(apart.p_value.unwrap() > 0.2 && apart.statistic.is_ok());
        assert!(of(&[1 << 40, 0], &[0, 1 << 40]).p_value.unwrap() < 1e-9);
    }
    assert_eq!(jensen_shannon(&[0.0], &[1.0]), None);
    assert_eq!(psi_additive(&[1, 0], &[1, 1], 0.0), None);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn rows_and_merged_profiles_have_the_same_counts(
        reference in prop::collection::vec(-20_i32..20, 1..200),
        rows in prop::collection::vec(prop::option::of(-30_i32..30), 0..200),
        cut in 0_usize..200,
        scale in prop::sample::select(vec![1.0, 0.37, 1e300]),
    ) {
        let reference = Sorted::new(reference.iter().map(|x| f64::from(*x) * scale));
        let binning = Binning::deciles(&reference).unwrap();
        let column = |rows: &[Option<i32>]| -> ArrayRef {
            let odd = |x: i32| match x { 29 => f64::INFINITY, 28 => f64::NAN, -30 => f64::NEG_INFINITY, x => f64::from(x) * scale };
            Arc::new(Float64Array::from(rows.iter().map(|x| x.map(odd)).collect::<Vec<_>>()))
        };
        let whole = Sorted::from_array(&column(&rows)).unwrap();
        let want = binning.of_numbers(&whole).unwrap();
        prop_assert_eq!(want.iter().sum::<u64>(), rows.len() as u64);
        let (a, b) = rows.split_at(cut.min(rows.len()));
        let profile = |rows| Column::new(&column(rows)).unwrap().profile(Some(binning.bins())).unwrap();
        let mut parts: Vec<Profile> = [profile(a), profile(b)].into_iter().flatten().collect();
        prop_assert_eq!(binning.of_profiles(&parts), Some(want.clone()));
        if let (Some(last), true) = (parts.pop(), parts.len() > 1) {
            parts[0].merge(&last).unwrap();
            prop_assert_eq!(binning.of_profiles(&parts), Some(want));
        }
    }

    #[test]
    fn texts_and_their_profiles_have_the_same_counts(
        reference in prop::collection::vec("[a-e]{1,2}", 1..60),
        rows in prop::collection::vec(prop::option::of("[a-f]{1,2}"), 1..60),
    ) {
        let texts: ArrayRef = Arc::new(StringArray::from(reference));
        let binning = Binning::categories(&Tally::from_array(&texts).unwrap()).unwrap();
        let rows: ArrayRef = Arc::new(StringArray::from(rows));
        let want = binning.of_categories(&Tally::from_array(&rows).unwrap());
        let profile = Column::new(&rows).unwrap().profile(Some(binning.bins())).unwrap();
        prop_assert_eq!(binning.of_profiles(&profile), want);
    }
}

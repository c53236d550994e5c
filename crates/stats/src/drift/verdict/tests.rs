use super::*;
use crate::drift::categorical::normal;
use crate::random::Random;
use proptest::prelude::*;

fn told(reference: &Sample<'_>, current: &Sample<'_>) -> Verdict {
    verdict(reference, current, &Options::default())
}

fn sorted(values: impl IntoIterator<Item = f64>) -> Sorted {
    Sorted::new(values)
}

fn normals(n: usize, shift: f64, seed: u64) -> Vec<f64> {
    let mut random = Random::new(seed, 0);
    (0..n).map(|_| normal(&mut random) + shift).collect()
}

/// The verdict on numbers, and the names of its reasons.
fn of(reference: &[f64], current: &[f64]) -> (bool, Vec<&'static str>) {
    let (a, b) = (
        sorted(reference.iter().copied()),
        sorted(current.iter().copied()),
    );
    let told = told(&Sample::Numbers(&a), &Sample::Numbers(&b));
    let name = |at: &usize| told.evidence.parts[*at].comparison.method;
    (told.drifted, told.reasons.iter().map(name).collect())
}

#[test]
fn one_outlier_hides_nothing_and_is_nothing() {
    let (a, b, moved) = (
        normals(5000, 0.0, 1),
        normals(5000, 0.0, 2),
        normals(5000, 2.0, 3),
    );
    let with = |values: &[f64]| {
        let mut values = values.to_vec();
        values[17] = 1e6;
        values
    };
    assert_eq!(of(&a, &b), (false, vec![]));
    assert_eq!(of(&a, &with(&b)), (false, vec![]));
    assert_eq!(of(&with(&a), &b), (false, vec![]));
    for (reference, current) in [
        (a.clone(), moved.clone()),
        (with(&a), moved.clone()),
        (a.clone(), with(&moved)),
        (with(&a), with(&moved)),
        (with(&a), normals(5000, 0.3, 4)),
    ] {
        assert!(of(&reference, &current).1.contains(&"wasserstein_normed"));
    }
}

#[test]
fn four_of_ten_missing_is_drift_and_one_in_a_thousand_is_not() {
    let a = normals(2000, 0.0, 1);
    let missing = |share: usize| {
        let mut values = normals(2000, 0.0, 2);
        values.iter_mut().step_by(share).for_each(|x| *x = f64::NAN);
        values
    };
    assert_eq!(of(&a, &missing(2)), (true, vec!["missing"]));
    assert_eq!(of(&missing(2), &a).1, ["missing"]);
    assert_eq!(of(&a, &missing(20)).1, ["missing"]);
    assert_eq!(of(&a, &missing(1000)), (false, vec![]));
    assert_eq!(of(&missing(2), &missing(2)), (false, vec![]));
    assert_eq!(of(&a, &vec![f64::NAN; 2000]).1, ["missing"]);
}

#[test]
fn a_constant_reference_knows_only_itself() {
    let mut nearly = vec![5.0; 5000];
    assert_eq!(of(&nearly, &vec![5.0; 300]), (false, vec![]));
    assert_eq!(of(&nearly, &vec![7.0; 300]).1, ["unseen"]);
    assert_eq!(of(&[5.0; 30], &normals(300, 5.0, 1)).1, ["unseen"]);
    nearly[3] = 4.0;
    assert_eq!(of(&vec![5.0; 5000], &nearly), (false, vec![]));
    nearly.iter_mut().step_by(20).for_each(|x| *x = 0.0);
    assert_eq!(of(&vec![5.0; 5000], &nearly).1, ["unseen"]);
}

#[test]
fn an_unseen_category_is_drift_from_five_points_on_and_not_by_one_row() {
    let tally = |new: u64| {
        let rows = 2500 - new / 2;
        Tally::new(
            [("a".into(), rows), ("b".into(), rows), ("new".into(), new)],
            0,
        )
    };
    let of = |new| {
        told(
            &Sample::Categories(&tally(0)),
            &Sample::Categories(&tally(new)),
        )
    };
    assert!(!of(1).drifted);
    let verdict = of(250);
    assert!(verdict.drifted);
    let reasons = verdict.reasons.iter();
    let names: Vec<_> = reasons
        .map(|at| verdict.evidence.parts[*at].comparison.method)
        .collect();
    assert!(names.contains(&"unseen"), "{names:?}");
}

#[test]
fn the_method_follows_from_the_reference() {
    let of = |values: Vec<f64>| default_method(&Sample::Numbers(&sorted(values)));
    assert_eq!(of(normals(1000, 0.0, 1)), Method::Ks);
    assert_eq!(of(normals(1001, 0.0, 1)), Method::WassersteinNormed);
    let coded = |n: usize| (0..n).map(|i| (i % 7) as f64).collect::<Vec<_>>();
    assert_eq!(of(coded(1000)), Method::Chi2);
    assert_eq!(of(coded(5000)), Method::Js);
    assert_eq!(of(coded(100)), Method::Ks);
    assert_eq!(of(vec![1.0; 9]), Method::Unseen);
    let flags = sorted([0.0, 1.0, f64::NAN, 1.0]);
    let flags = Sample::booleans(&flags);
    assert!(matches!(
        flags,
        Sample::Booleans {
            yes: 2,
            no: 1,
            missing: 1
        }
    ));
    assert_eq!(default_method(&flags), Method::Z);
}

#[test]
fn every_method_sees_a_large_change_and_none_sees_one_where_there_is_none() {
    let (a, same, moved) = (
        sorted(normals(3000, 0.0, 1)),
        sorted(normals(3000, 0.0, 2)),
        sorted(normals(3000, 1.0, 3)),
    );
    let flags = |yes| Sample::Booleans {
        yes,
        no: 3000 - yes,
        missing: 0,
    };
    // By `unseen` no number of a continuum is a surprise.
    for method in Method::ALL.into_iter().filter(|m| *m != Method::Unseen) {
        let options = Options {
            method: Some(method),
            threshold: None,
        };
        let (stays, moves) = match method.takes() {
            Takes::Shares => (
                verdict(&flags(900), &flags(905), &options),
                verdict(&flags(900), &flags(1800), &options),
            ),
            _ => (
                verdict(&Sample::Numbers(&a), &Sample::Numbers(&same), &options),
                verdict(&Sample::Numbers(&a), &Sample::Numbers(&moved), &options),
            ),
        };
        assert!(!stays.drifted, "{method:?} {stays:?}");
        assert!(moves.drifted, "{method:?} {moves:?}");
        if matches!(
            method.takes(),
            Takes::Counts | Takes::Numbers | Takes::Shares
        ) {
            assert_eq!(stays.evidence.method, method);
        }
    }
}

#[test]
fn so_few_rows_leave_a_large_change_undecided_and_many_rows_leave_nothing() {
    let flags = |yes, rows: u64| Sample::Booleans {
        yes,
        no: rows - yes,
        missing: 0,
    };
    let few = told(&flags(10, 25), &flags(17, 25));
    assert!(few.undecided && !few.drifted, "{few:?}");
    let many = told(&flags(10_000, 25_000), &flags(10_100, 25_000));
    assert!(!many.undecided && !many.drifted, "{many:?}");
    let moved = told(&flags(10_000, 25_000), &flags(17_000, 25_000));
    assert!(!moved.undecided && moved.drifted, "{moved:?}");
}

#[test]
fn what_a_column_drifted_by_is_a_part_with_its_own_limit() {
    let tally = |first: u64| {
        let rows = 20_000 - first;
        Tally::new([("a".into(), first), ("b".into(), rows)], 0)
    };
    let (a, b) = (tally(7_080), tally(7_790));
    let told = told(&Sample::Categories(&a), &Sample::Categories(&b));
    let by = told
        .evidence
        .parts
        .iter()
        .filter(|part| told.drifted_by(part));
    let by: Vec<&Part> = by.collect();
    let names: Vec<&str> = by.iter().map(|part| part.comparison.method).collect();
    assert_eq!(names, ["share"]);
    let share = by[0];
    assert!(!share.is_beyond() && share.reach.unwrap() >= share.threshold);
    let change = &share.comparison.statistic;
    assert!(change.low.unwrap() > 0.02 && change.high.unwrap() < 0.05);
}

#[test]
fn columns_are_decided_on_together() {
    let column = |k: u64| {
        let flags = |yes| Sample::Booleans {
            yes,
            no: 1000 - yes,
            missing: 0,
        };
        evidence(&flags(300), &flags(300 + k), &Options::default())
    };
    // p of about 0.03 alone is a change, beside nineteen columns that stayed it is none.
    assert!(decide(vec![column(45)], 0.05)[0].drifted);
    let mut many: Vec<Evidence> = (0..19).map(|_| column(0)).collect();
    many.push(column(45));
    assert!(decide(many.clone(), 0.05).iter().all(|v| !v.drifted));
    many.push(column(200));
    let told = decide(many, 0.05);
    assert_eq!(told.iter().filter(|v| v.drifted).count(), 1);
    assert!(
        told.iter()
            .all(|v| v.adjusted_p_value >= v.evidence.p_value())
    );
    assert!(decide(vec![], 0.05).is_empty());
}

#[test]
fn a_model_has_drifted_by_its_outputs_or_by_what_counts_among_its_inputs() {
    let column = |output, importance, drifted| ModelColumn {
        output,
        importance,
        drifted,
    };
    let inputs = [
        column(false, Some(8.0), false),
        column(false, Some(1.0), true),
        column(false, Some(1.0), true),
    ];
    let told = model_drifted(&inputs);
    assert!(!told.drifted && (told.weighted_share - 0.2).abs() < 1e-12 && told.share > 0.6);
    let unknown = inputs.map(|c| ModelColumn {
        importance: None,
        ..c
    });
    assert!(model_drifted(&unknown).drifted);
    assert!(model_drifted(&[inputs[0], column(true, None, true)]).drifted);
    assert!(!model_drifted(&[]).drifted);
}

fn any_number() -> impl Strategy<Value = f64> {
    prop_oneof![
        (-3_i32..3).prop_map(f64::from),
        Just(f64::NAN),
        Just(f64::INFINITY),
        Just(f64::NEG_INFINITY),
        Just(1e300),
        Just(-0.0),
        -1e308..1e308,
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn no_sample_makes_it_panic_and_every_p_is_a_probability(
        a in prop::collection::vec(any_number(), 0..40),
        b in prop::collection::vec(any_number(), 0..40),
        method in prop::option::of(prop::sample::select(Method::ALL.to_vec())),
    ) {
        let (x, y) = (Sorted::new(a), Sorted::new(b));
        let options = Options { method, threshold: None };
        let texts = Tally::new(x.counted().into_iter().map(|(x, n)| (x.to_string(), n)), x.missing);
        let kinds = [Sample::Numbers(&x), Sample::Numbers(&y), Sample::booleans(&x), Sample::booleans(&y), Sample::Categories(&texts)];
        for reference in &kinds {
            for current in &kinds {
                let told = verdict(reference, current, &options);
                let weights: f64 = told.evidence.parts.iter().map(|p| p.weight).sum();
                prop_assert!((weights - WHOLE).abs() < 1e-9);
                for part in &told.evidence.parts {
                    prop_assert!(part.comparison.p_value.is_none_or(|p| (0.0..=1.0).contains(&p)), "{part:?}");
                }
                prop_assert!(std::mem::discriminant(reference) != std::mem::discriminant(current) || told.adjusted_p_value > 0.0);
            }
            prop_assert!(!verdict(reference, reference, &options).drifted);
        }
    }
}

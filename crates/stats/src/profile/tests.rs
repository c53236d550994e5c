use super::*;
use crate::{Bins, Column};
use arrow::array::{ArrayRef, BooleanArray, Float64Array, Int64Array, StringArray};
use proptest::prelude::*;
use std::fmt;
use std::sync::Arc;

fn profile_of(array: ArrayRef, bins: Option<&Arc<Bins>>) -> Profile {
    let column = Column::new(&array).unwrap();
    let found = column.profile(bins).unwrap();
    found.unwrap_or_else(|| Profile::missing(column.value_type(), 0))
}

fn numbers(values: &[Option<f64>], bins: Option<&Arc<Bins>>) -> Profile {
    profile_of(Arc::new(Float64Array::from(values.to_vec())), bins)
}

fn texts(values: &[Option<String>], bins: Option<&Arc<Bins>>) -> Profile {
    profile_of(Arc::new(StringArray::from(values.to_vec())), bins)
}

fn merge(a: &Profile, b: &Profile) -> Profile {
    let mut out = a.clone();
    out.merge(b).unwrap();
    out
}

/// What must be equal however rows were cut: every count, both ends, counts on bins, few values.
fn exact(p: &Profile) -> impl PartialEq + fmt::Debug + use<> {
    let f = p.figures();
    let bins = p.bins().map(|b| b.rows.clone());
    let (numbers, texts) = (
        p.all_numbers().map(<[_]>::to_vec),
        p.all_texts().map(<[_]>::to_vec),
    );
    (
        (f.rows, f.nulls, f.nans, f.infinities),
        (f.min, f.max),
        bins,
        numbers,
        texts,
    )
}

fn round_trip(p: &Profile) -> Profile {
    Profile::from_bytes(&p.to_bytes().unwrap()).unwrap()
}

#[test]
fn edge_cases_have_stated_answers() {
    let (nan, inf) = (f64::NAN, f64::INFINITY);
    type Case<'a> = (&'a [Option<f64>], [u64; 4], Option<f64>, Option<f64>, f64);
    let cases: &[Case<'_>] = &[
        // rows, nulls, nans, infinities; mean; standard deviation; distinct
        (&[], [0, 0, 0, 0], None, None, 0.0),
        (&[None, None], [2, 2, 0, 0], None, None, 0.0),
        (&[Some(7.0); 3], [3, 0, 0, 0], Some(7.0), Some(0.0), 1.0),
        (&[Some(7.0)], [1, 0, 0, 0], Some(7.0), None, 1.0),
        (&[Some(nan), Some(1.0)], [2, 0, 1, 0], Some(1.0), None, 1.0),
        (
            &[Some(inf), Some(-inf), None],
            [3, 1, 0, 2],
            None,
            None,
            0.0,
        ),
        (
            &[Some(0.0), Some(-0.0)],
            [2, 0, 0, 0],
            Some(0.0),
            Some(0.0),
            1.0,
        ),
    ];
    for (values, counts, mean, std, distinct) in cases {
        let profile = round_trip(&numbers(values, None));
        let f = profile.figures();
        assert_eq!(
            [f.rows, f.nulls, f.nans, f.infinities],
            *counts,
            "{values:?}"
        );
        assert_eq!((f.mean, f.std), (*mean, *std), "{values:?}");
        assert_eq!(f.distinct, Some(*distinct), "{values:?}");
        assert_eq!(f.quantiles[3].is_some(), mean.is_some(), "{values:?}");
    }
}

#[test]
fn booleans_integers_and_texts_are_counted() {
    let booleans = profile_of(
        Arc::new(BooleanArray::from(vec![Some(true), None, Some(false)])),
        None,
    );
    assert_eq!(booleans.all_numbers().unwrap(), [(0.0, 1), (1.0, 1)]);
    assert_eq!(booleans.frequent(1)[0].value, "false");
    let integers = profile_of(Arc::new(Int64Array::from(vec![3, 3, 9])), None);
    assert_eq!(
        integers.frequent(1),
        [Frequent {
            value: "3".into(),
            low: 2,
            high: 2
        }]
    );
    let cities = ["Ulm", "Ulm", "Köln"].map(|c| Some(c.to_owned()));
    let cities = texts(&cities, None);
    assert_eq!(
        cities.frequent(9)[0],
        Frequent {
            value: "Ulm".into(),
            low: 2,
            high: 2
        }
    );
    // Lengths in characters.
    assert_eq!(
        (cities.figures().min, cities.figures().max),
        (Some(3.0), Some(4.0))
    );
}

#[test]
fn heavy_hitters_survive_many_other_texts() {
    let rare = (0..20_000).map(|i| format!("visitor {i}"));
    let often = (0..4_000).map(|_| "search".to_owned());
    let all: Vec<_> = rare.chain(often).map(Some).collect();
    let halves = all.chunks(12_000).map(|part| texts(part, None));
    let whole = halves.reduce(|a, b| round_trip(&merge(&a, &b))).unwrap();
    let first = &whole.frequent(1)[0];
    assert_eq!(first.value, "search");
    assert!(first.low <= 4_000 && 4_000 <= first.high, "{first:?}");
    let (estimate, low, high) = whole.distinct().unwrap();
    assert!((low..=high).contains(&estimate));
    assert!((estimate - 20_001.0).abs() < 0.1 * 20_001.0, "{estimate}");
}

#[test]
fn long_texts_are_counted_but_never_kept() {
    let letter = "a letter with a name in it ".repeat(9);
    let profile = texts(&[Some(letter.clone()), Some("short".into())], None);
    let bytes = profile.to_bytes().unwrap();
    assert!(!bytes.windows(12).any(|w| letter.as_bytes().starts_with(w)));
    assert_eq!(profile.frequent(9).len(), 1);
    assert_eq!(profile.figures().distinct.map(f64::round), Some(2.0));
}

#[test]
fn bins_are_closed_on_the_left_with_open_ends() {
    let bins = Arc::new(Bins::edges(vec![10.0, 0.0, 10.0]).unwrap());
    let inf = f64::INFINITY;
    let values = [-inf, -0.1, 0.0, 9.9, 10.0, inf, f64::NAN].map(Some);
    let profile = numbers(&values, Some(&bins));
    assert_eq!(profile.bins().unwrap().rows, [2, 2, 2]);
    let kinds = Arc::new(Bins::categories(vec!["b".into(), "a".into()]).unwrap());
    let values = ["a", "c", "a"].map(|c| Some(c.to_owned()));
    assert_eq!(texts(&values, Some(&kinds)).bins().unwrap().rows, [2, 0, 1]);
    for bad in [vec![], vec![f64::NAN], (0..300).map(f64::from).collect()] {
        assert!(Bins::edges(bad).is_err());
    }
}

#[test]
fn a_reference_gives_bins() {
    let many: Vec<_> = (0..=1000).map(|i| Some(f64::from(i))).collect();
    let Some(Bins::Edges(edges)) = numbers(&many, None).reference_bins() else {
        panic!("numbers have edges");
    };
    assert_eq!(edges.len(), 9);
    assert!((edges[4] - 500.0).abs() <= 14.0, "{edges:?}");
    let few = numbers(&[Some(3.0), Some(1.0), Some(3.0)], None).reference_bins();
    assert_eq!(few, Some(Bins::Edges(vec![1.0, 3.0])));
    let kinds = texts(&[Some("b".into()), Some("a".into())], None).reference_bins();
    assert_eq!(kinds, Some(Bins::Categories(vec!["a".into(), "b".into()])));
    assert_eq!(numbers(&[None], None).reference_bins(), None);
}

#[test]
fn profiles_of_other_bins_merge_without_and_of_other_types_not() {
    let edges = |e| Arc::new(Bins::edges(vec![e]).unwrap());
    let a = numbers(&[Some(1.0)], Some(&edges(0.0)));
    let b = numbers(&[Some(1.0)], Some(&edges(5.0)));
    assert!(merge(&a, &b).bins().is_none());
    assert!(merge(&merge(&a, &b), &a).bins().is_none());
    let missing = Profile::missing(ValueType::Number, 4);
    assert_eq!(merge(&missing, &a).bins(), a.bins());
    let text = Profile::missing(ValueType::Text, 1);
    assert_eq!(
        a.clone().merge(&text),
        Err(Error::Types {
            left: ValueType::Number,
            right: ValueType::Text
        })
    );
}

#[test]
fn a_histogram_from_a_sketch_is_within_its_error() {
    let values: Vec<_> = (0..50_000)
        .map(|i| Some(f64::from(i * 7919 % 50_000)))
        .collect();
    let profile = numbers(&values, None);
    let shares = profile.histogram(&[10_000.0, 30_000.0]).unwrap();
    for (share, expected) in shares.iter().zip([0.2, 0.4, 0.4]) {
        assert!(
            (share - expected).abs() <= 2.0 * profile.rank_error(),
            "{shares:?}"
        );
    }
}

#[test]
fn damaged_profiles_are_errors_not_panics() {
    let many: Vec<_> = (0..500).map(|i| Some(f64::from(i))).collect();
    let words: Vec<_> = (0..500).map(|i| Some(format!("w{i}"))).collect();
    for profile in [
        numbers(&many, None),
        numbers(&many[..9], None),
        texts(&words, None),
    ] {
        let bytes = profile.to_bytes().unwrap();
        for cut in 0..bytes.len() {
            assert!(Profile::from_bytes(&bytes[..cut]).is_err());
        }
        for at in 0..bytes.len() {
            let mut other = bytes.clone();
            other[at] ^= 0x41;
            let _ = Profile::from_bytes(&other);
        }
    }
}

fn any_number() -> impl Strategy<Value = Option<f64>> {
    prop_oneof![
        6 => (-50_i32..50).prop_map(|x| Some(f64::from(x))),
        6 => (-1e6..1e6_f64).prop_map(Some),
        1 => Just(None),
        1 => prop::sample::select(vec![f64::NAN, f64::INFINITY, f64::NEG_INFINITY]).prop_map(Some),
    ]
}

fn any_text() -> impl Strategy<Value = Option<String>> {
    prop_oneof![
        5 => "[a-e]{1,2}".prop_map(Some),
        1 => Just(None),
    ]
}

proptest! {
    #[test]
    fn merges_of_numbers_are_the_whole_in_any_order(
        a in prop::collection::vec(any_number(), 0..120),
        b in prop::collection::vec(any_number(), 0..120),
        c in prop::collection::vec(any_number(), 0..120),
    ) {
        let bins = Arc::new(Bins::edges(vec![-100.0, -1.0, 0.0, 3.0, 1e5]).unwrap());
        let whole = numbers(&[a.clone(), b.clone(), c.clone()].concat(), Some(&bins));
        let [a, b, c] = [a, b, c].map(|part| numbers(&part, Some(&bins)));
        let left = merge(&merge(&a, &b), &c);
        let right = merge(&a, &merge(&b, &c));
        let turned = merge(&merge(&c, &a), &b);
        for other in [left, right, turned] {
            prop_assert_eq!(exact(&whole), exact(&other));
            prop_assert_eq!(exact(&whole), exact(&round_trip(&other)));
        }
        let f = whole.figures();
        let bins: u64 = whole.bins().map_or(0, |b| b.rows.iter().sum());
        prop_assert_eq!(bins, if f.rows == 0 { 0 } else { f.rows - f.nulls - f.nans });
    }

    #[test]
    fn merges_of_texts_are_the_whole_in_any_order(
        a in prop::collection::vec(any_text(), 0..60),
        b in prop::collection::vec(any_text(), 0..60),
    ) {
        let bins = Arc::new(Bins::categories(vec!["a".into(), "bb".into()]).unwrap());
        let whole = texts(&[a.clone(), b.clone()].concat(), Some(&bins));
        let [a, b] = [a, b].map(|part| texts(&part, Some(&bins)));
        prop_assert_eq!(exact(&whole), exact(&merge(&a, &b)));
        prop_assert_eq!(exact(&whole), exact(&round_trip(&merge(&b, &a))));
    }
}

use super::*;
use crate::loose::Loose;
use crate::sample::{Sorted, Tally};
use crate::value_type::ValueType;
use arrow::array::{
    Array, ArrayRef, BooleanArray, Float64Array, Int64Array, ListArray, StringArray,
    TimestampMicrosecondArray,
};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Int32Type};
use proptest::prelude::*;
use std::sync::Arc;
use std::time::Instant;

fn label() -> Label {
    Label {
        name: "check".to_owned(),
        severity: Severity::Warning,
    }
}

fn check(rule: Rule) -> Check {
    Check {
        label: label(),
        rule,
        tolerated: 0.0,
    }
}

fn floats(values: &[Option<f64>]) -> ArrayRef {
    Arc::new(Float64Array::from(values.to_vec()))
}

fn texts(values: &[Option<&str>]) -> ArrayRef {
    Arc::new(StringArray::from(values.to_vec()))
}

fn packed(values: &[Option<&str>]) -> ArrayRef {
    let ty = DataType::Dictionary(DataType::Int32.into(), DataType::Utf8.into());
    cast(&texts(values), &ty).unwrap()
}

/// Failing, unknown and the examples.
fn told(rule: Rule, column: &ArrayRef) -> (u64, u64, Vec<usize>) {
    let found = check(rule).run(column).unwrap();
    assert_eq!(found.failing.n + found.unknown, column.len() as u64);
    (found.failed, found.unknown, found.examples)
}

#[test]
fn each_rule_fails_what_it_should_and_leaves_the_missing() {
    let nan = f64::NAN;
    let numbers = floats(&[
        Some(1.0),
        None,
        Some(nan),
        Some(7.5),
        Some(-0.0),
        Some(f64::INFINITY),
    ]);
    let words = [
        Some("a"),
        Some("B"),
        None,
        Some("a"),
        Some(" 1.5"),
        Some("2024-05-01"),
    ];
    let allowed = || Rule::Allowed(vec!["a".to_owned(), "0".to_owned(), "7.5".to_owned()]);
    let among = Rule::Among(Tally::new([("a".to_owned(), 3)], 0));
    let pattern = || Rule::Pattern("^[a-z]$".to_owned());
    let number_cases = [
        (Rule::Complete, 2, 0, vec![1, 2]),
        (Rule::Range(Some(0.0), Some(5.0)), 2, 2, vec![3, 5]),
        (Rule::Range(None, None), 0, 2, vec![]),
        (Rule::Whole, 2, 2, vec![3, 5]),
        (allowed(), 2, 2, vec![0, 5]),
        (Rule::Unique, 0, 2, vec![]),
        (Rule::Type(ValueType::Number), 0, 2, vec![]),
        (Rule::Type(ValueType::Boolean), 2, 2, vec![3, 5]),
        (Rule::Type(ValueType::Time), 4, 2, vec![0, 3, 4, 5]),
        (Rule::Type(ValueType::Text), 0, 2, vec![]),
    ];
    for (rule, failed, unknown, examples) in number_cases {
        assert_eq!(
            told(rule.clone(), &numbers),
            (failed, unknown, examples),
            "{rule:?}"
        );
    }
    let text_cases = [
        (Rule::Complete, 1, 0, vec![2]),
        (allowed(), 3, 1, vec![1, 4, 5]),
        (among, 3, 1, vec![1, 4, 5]),
        (pattern(), 3, 1, vec![1, 4, 5]),
        (Rule::Unique, 1, 1, vec![3]),
        (Rule::Type(ValueType::Number), 4, 1, vec![0, 1, 3, 5]),
        (Rule::Type(ValueType::Time), 4, 1, vec![0, 1, 3, 4]),
        (Rule::Type(ValueType::Text), 0, 1, vec![]),
    ];
    for (rule, failed, unknown, examples) in text_cases {
        let want = (failed, unknown, examples);
        assert_eq!(told(rule.clone(), &texts(&words)), want, "{rule:?}");
        assert_eq!(told(rule.clone(), &packed(&words)), want, "{rule:?} packed");
    }
}

#[test]
fn rules_that_do_not_suit_a_column_are_errors() {
    let words = texts(&[Some("a")]);
    for rule in [
        Rule::Range(Some(0.0), None),
        Rule::Holds,
        Rule::Pattern("(".to_owned()),
        Rule::Equals {
            expected: texts(&[]),
            absolute: 0.0,
            relative: 0.0,
        },
    ] {
        assert!(check(rule.clone()).run(&words).is_err(), "{rule:?}");
    }
    let lists: ArrayRef = Arc::new(ListArray::from_iter_primitive::<Int32Type, _, _>([
        Some(vec![Some(1)]),
        None,
    ]));
    assert_eq!(told(Rule::Complete, &lists), (1, 0, vec![1]));
    assert_eq!(told(Rule::Type(ValueType::Number), &lists), (1, 1, vec![0]));
    let summary = describe(&lists).unwrap();
    assert_eq!(
        (summary.rows, summary.nulls, summary.distinct),
        (2, 1, None)
    );
}

#[test]
fn rules_over_several_columns_are_boolean_columns() {
    let holds: ArrayRef = Arc::new(BooleanArray::from(vec![Some(true), None, Some(false)]));
    assert_eq!(told(Rule::Holds, &holds), (1, 1, vec![2]));
    let a = floats(&[Some(1.0), Some(0.0), Some(1.0), Some(-0.0), None, None]);
    let b = texts(&[Some("x"), Some("x"), Some("y"), Some("x"), None, None]);
    let first: ArrayRef = Arc::new(firsts(&[a, b]).unwrap());
    assert_eq!(told(Rule::Holds, &first), (2, 0, vec![3, 5]));
    assert_eq!(firsts(&[]).unwrap().len(), 0);
}

#[test]
fn a_derived_column_is_held_against_its_expression() {
    let inf = f64::INFINITY;
    let actual = floats(&[
        Some(1.0),
        Some(1.001),
        None,
        None,
        Some(inf),
        Some(inf),
        Some(5.0),
    ]);
    let expected = floats(&[
        Some(1.0),
        Some(1.0),
        None,
        Some(1.0),
        Some(inf),
        Some(-inf),
        Some(inf),
    ]);
    let rule = |relative| Rule::Equals {
        expected: Arc::clone(&expected),
        absolute: 0.0,
        relative,
    };
    assert_eq!(told(rule(0.0), &actual), (4, 0, vec![1, 3, 5, 6]));
    assert_eq!(told(rule(0.01), &actual), (3, 0, vec![3, 5, 6]));
    let words = Rule::Equals {
        expected: packed(&[Some("a"), Some("b"), None]),
        absolute: 0.0,
        relative: 0.0,
    };
    assert_eq!(
        told(words, &texts(&[Some("a"), Some("c"), None])),
        (1, 0, vec![1])
    );
}

/// `bad` missing ones among `n`.
fn partly(n: usize, bad: usize) -> ArrayRef {
    let values: Vec<Option<f64>> = (0..n).map(|i| (i >= bad).then_some(1.0)).collect();
    floats(&values)
}

#[test]
fn worse_needs_a_material_difference_beyond_chance() {
    let cases = [
        ((1_000, 100), (1_000, 100), false),
        ((1_000, 100), (1_000, 200), true),
        ((100_000, 10_000), (100_000, 11_000), false),
        ((1_000, 0), (1_000, 1), false),
        // Three times as many, but too few to matter.
        ((100_000, 10), (100_000, 100), false),
        ((100_000, 100), (100_000, 1_500), true),
        ((20, 0), (20, 2), false),
        ((1_000, 200), (1_000, 100), false),
    ];
    for ((m, old), (n, new), worse) in cases {
        let found = check(Rule::Complete)
            .compared(&partly(n, new), &partly(m, old))
            .unwrap();
        assert_eq!(found.worse, Some(worse), "{old} of {m}, {new} of {n}");
        let share = new as f64 / n as f64 - old as f64 / m as f64;
        assert!((found.difference.unwrap().value.unwrap() - share).abs() < 1e-12);
    }
    let none = check(Rule::Complete)
        .compared(&partly(0, 0), &partly(5, 0))
        .unwrap();
    assert_eq!(
        (none.worse, none.holds, none.failing.value),
        (None, None, None)
    );
}

#[test]
fn a_check_holds_until_its_interval_leaves_what_is_tolerated() {
    let mut rule = check(Rule::Complete);
    assert_eq!(rule.run(&partly(100, 0)).unwrap().holds, Some(true));
    assert_eq!(rule.run(&partly(100, 1)).unwrap().holds, Some(false));
    rule.tolerated = 0.05;
    assert_eq!(rule.run(&partly(100, 8)).unwrap().holds, Some(true));
    assert_eq!(rule.run(&partly(10_000, 800)).unwrap().holds, Some(false));
}

#[test]
fn freshness_knows_the_usual_gap() {
    let usual = Sorted::new((0..2_000).map(|i| f64::from(i) * 10.0));
    let at = |now| freshness(label(), &Sorted::new([5.0, 100.0]), &usual, now).holds;
    assert_eq!(
        [at(105.0), at(111.0), at(80.0), at(95.0)],
        [Some(true), Some(false), Some(false), Some(true)]
    );
    let few = freshness(label(), &usual, &Sorted::new([1.0, 2.0]), 0.0);
    assert_eq!((few.value.status.name(), few.holds), ("too_few", None));
    let none = freshness(label(), &Sorted::default(), &usual, 0.0);
    assert_eq!((none.value.status.name(), none.holds), ("undefined", None));
}

#[test]
fn volume_is_held_against_usual_windows() {
    let usual: Vec<u64> = (0..40).map(|i| 1_000 + 10 * (i % 7)).collect();
    let holds = |rows, usual: &[u64]| volume(label(), rows, usual).holds;
    assert_eq!(holds(1_040, &usual), Some(true));
    assert_eq!(holds(700, &usual), Some(false));
    assert_eq!(holds(0, &usual), Some(false));
    assert_eq!(holds(900, &[1_000, 1_100, 950]), Some(true));
    assert_eq!(holds(100, &[1_000, 1_100, 950]), Some(false));
    assert_eq!(holds(100, &[1_000]), None);
    assert_eq!(holds(2, &[0, 0, 0]), Some(true));
}

#[test]
fn a_column_that_stands_still_is_found() {
    let numbers = |f: &dyn Fn(i64) -> i64| -> ArrayRef {
        Arc::new(Int64Array::from_iter_values((0..1_000).map(f)))
    };
    let moving = numbers(&|i| i * 7_919 % 101);
    let stuck = numbers(&|i| if i < 900 { i * 7_919 % 101 } else { 5 });
    let constant = numbers(&|_| 1);
    let holds = |a: &ArrayRef, b: &ArrayRef| frozen(label(), a, b).unwrap().holds;
    assert_eq!(holds(&moving, &moving), Some(true));
    assert_eq!(holds(&stuck, &moving), Some(false));
    assert_eq!(holds(&constant, &moving), Some(false));
    assert_eq!(holds(&constant, &constant), Some(true));
    assert_eq!(holds(&moving.slice(0, 0), &moving), None);
    let flags = texts(&[Some("a"), Some("a"), None, None, None, Some("b")]);
    assert_eq!(
        frozen(label(), &flags, &flags).unwrap().value.value,
        Some(2.0)
    );
}

#[test]
fn describing_tells_nothing_of_nothing() {
    let none = describe(&floats(&[None, Some(f64::NAN), Some(f64::NEG_INFINITY)])).unwrap();
    assert_eq!(
        (none.rows, none.nulls, none.infinities, none.mean),
        (3, 2, 1, None)
    );
    let huge = describe(&floats(&[Some(1.7e308), Some(1.7e308), Some(-1.0)])).unwrap();
    assert_eq!((huge.sum, huge.std, huge.max), (None, None, Some(1.7e308)));
    let flags: ArrayRef = Arc::new(BooleanArray::from(vec![true, false, true]));
    let told = describe(&flags).unwrap();
    assert_eq!(told.top, [("true".to_owned(), 2), ("false".to_owned(), 1)]);
    let times: ArrayRef = Arc::new(TimestampMicrosecondArray::from(vec![1, 5]));
    assert_eq!(describe(&times).unwrap().max, Some(5.0));
    assert!(text_profile(&times).is_err());
    assert_eq!(text_profile(&texts(&[None])).unwrap().characters_mean, None);
}

#[test]
fn windows_follow_the_calendar() {
    const DAY: i64 = 86_400_000_000;
    // 29 February 2024 and 1 March 2024.
    let days = [19_782 * DAY, 19_783 * DAY];
    let starts = |every| -> Vec<i64> {
        let found = windows(&days, &[1.0, f64::NAN], every).unwrap();
        found.iter().map(|w| w.start / DAY).collect()
    };
    assert_eq!(starts(Every::Month), [19_754, 19_783]);
    assert_eq!(starts(Every::Week), [19_779]);
    assert_eq!(starts(Every::Micros(DAY)), [19_782, 19_783]);
    assert_eq!(windows(&[0, i64::MAX], &[], Every::Micros(1)), None);
    assert_eq!(windows(&[i64::MIN, i64::MAX], &[], Every::Micros(0)), None);
    assert!(windows(&[i64::MIN], &[], Every::Month).is_some());
    assert_eq!(windows(&[], &[], Every::Week), Some(vec![]));
    let gaps = absent(&[0, 3 * DAY, 5 * DAY], Every::Micros(DAY)).unwrap();
    assert_eq!((gaps.expected, gaps.missing, gaps.longest), (6, 3, 2));
    assert_eq!(gaps.first, [DAY, 2 * DAY, 4 * DAY]);
}

proptest! {
    #[test]
    fn each_time_lies_in_its_window(time in -3_000_000_000_000_000_i64..3_000_000_000_000_000) {
        for every in [Every::Month, Every::Week, Every::Micros(7_001)] {
            let window = windows(&[time], &[], every).unwrap()[0];
            prop_assert!(window.start <= time);
            // The window's start is in it, the microsecond before is not.
            prop_assert_eq!(windows(&[window.start, time], &[], every).unwrap().len(), 1);
            prop_assert_eq!(windows(&[window.start - 1, time], &[], every).unwrap().len(), 2);
        }
    }

    #[test]
    fn uniqueness_counts_repeats(values in prop::collection::vec(prop::option::of(0_i64..20), 0..100)) {
        let column: ArrayRef = Arc::new(Int64Array::from(values.clone()));
        let mut known: Vec<i64> = values.iter().flatten().copied().collect();
        let n = known.len();
        known.sort_unstable();
        known.dedup();
        let found = check(Rule::Unique).run(&column).unwrap();
        prop_assert_eq!(found.failed as usize, n - known.len());
        prop_assert_eq!(found.unknown as usize, values.len() - n);
    }
}

#[test]
#[ignore = "a measurement"]
#[allow(clippy::disallowed_methods, reason = "it measures")]
fn speed_of_twenty_checks_of_a_million_rows() {
    let n = 1_000_000_i64;
    let whole: ArrayRef = Arc::new(Int64Array::from_iter_values((0..n).map(|i| i * 7_919 % n)));
    let real = cast(&whole, &DataType::Float64).unwrap();
    let words: ArrayRef = Arc::new(StringArray::from_iter_values(
        (0..n).map(|i| format!("c{}", i % 40)),
    ));
    let packed = cast(
        &words,
        &DataType::Dictionary(DataType::Int32.into(), DataType::Utf8.into()),
    )
    .unwrap();
    let known = Tally::from_array(&words).unwrap();
    let allowed = || Rule::Allowed(known.counts().iter().map(|(c, _)| c.clone()).collect());
    let equals = || Rule::Equals {
        expected: Arc::clone(&real),
        absolute: 0.0,
        relative: 1e-9,
    };
    let checks = [
        (Rule::Complete, &whole),
        (Rule::Complete, &real),
        (Rule::Complete, &words),
        (Rule::Complete, &packed),
        (Rule::Range(Some(0.0), Some(9e5)), &whole),
        (Rule::Range(Some(0.0), Some(9e5)), &real),
        (Rule::Range(Some(0.0), None), &real),
        (Rule::Whole, &real),
        (Rule::Type(ValueType::Number), &real),
        (Rule::Type(ValueType::Text), &words),
        (Rule::Type(ValueType::Number), &words),
        (allowed(), &words),
        (allowed(), &packed),
        (Rule::Among(known.clone()), &words),
        (Rule::Among(known.clone()), &packed),
        (Rule::Pattern("^c[0-9]+$".to_owned()), &words),
        (Rule::Pattern("^c[0-9]+$".to_owned()), &packed),
        (equals(), &whole),
        (equals(), &real),
        (Rule::Unique, &whole),
    ];
    let all = Instant::now();
    for (rule, column) in checks {
        let name = format!("{rule:?}");
        let name: String = name.chars().take(12).collect();
        let start = Instant::now();
        check(rule).run(column).unwrap();
        println!("{name} {} {:?}", column.data_type(), start.elapsed());
    }
    println!("all {:?}", all.elapsed());
    let start = Instant::now();
    describe(&real).unwrap();
    println!("describe {:?}", start.elapsed());
}

#[test]
fn a_pattern_finds_the_same_in_few_and_in_many_values() {
    let many: ArrayRef =
        Arc::new(StringArray::from_iter((0..9_000).map(|i| {
            (i % 10 > 0).then(|| format!("{}{i}", if i % 3 == 0 { "a" } else { "b" }))
        })));
    let few: ArrayRef =
        Arc::new(StringArray::from_iter((0..9_000).map(|i| {
            (i % 10 > 0).then_some(if i % 3 == 0 { "a1" } else { "b1" })
        })));
    let rule = Rule::Pattern("^a[0-9]+$".to_owned());
    let want = (5_400, 900, vec![1, 2, 4, 5, 7]);
    assert_eq!(told(rule.clone(), &many), want);
    assert_eq!(told(rule, &few), want);
}

#[test]
fn counted_columns_say_what_their_rows_say() {
    let numbers = [1.0, -0.0, 2.5, f64::NAN, f64::INFINITY, 7.0, 7.0];
    let words = ["a", "b", "b", "7", "true"];
    let known = Tally::new([("b".to_owned(), 1), ("2.5".to_owned(), 3)], 0);
    let rules = [
        Rule::Complete,
        Rule::Finite,
        Rule::Whole,
        Rule::Range(Some(0.0), Some(3.0)),
        Rule::Range(None, Some(3.0)),
        Rule::Range(Some(3.0), None),
        Rule::Allowed(vec!["b".to_owned(), "0".to_owned(), "7.0".to_owned()]),
        Rule::Among(known),
        Rule::Type(ValueType::Number),
        Rule::Type(ValueType::Boolean),
    ];
    let column = floats(&numbers.map(Some));
    let texts = texts(&words.map(Some));
    let (sorted, loose) = (Sorted::new(numbers), Loose::new(&numbers));
    let tally = Tally::from_array(&texts).unwrap();
    let mut counted = 0;
    for rule in rules {
        let sides = [
            (&column, Prepared::Sorted(&sorted)),
            (&column, Prepared::Loose(&loose)),
            (&texts, Prepared::Words(&tally)),
        ];
        for (column, side) in sides {
            let Some(found) = rule.counted(side) else {
                continue;
            };
            counted += 1;
            let by_row = check(rule.clone()).run(column).unwrap();
            let told = (found.failed, found.known, found.unknown);
            let want = (by_row.failed, by_row.failing.n, by_row.unknown);
            assert_eq!(told, want, "{rule:?} {side:?}");
            assert_eq!(check(rule.clone()).judge(&found, None).holds, by_row.holds);
        }
    }
    assert_eq!(counted, 25);
    let none = Prepared::Opaque {
        rows: 3,
        missing: 1,
    };
    assert_eq!(Rule::Whole.counted(none), None);
    assert_eq!(Rule::Unique.counted(Prepared::Loose(&loose)), None);
    assert_eq!(Rule::Complete.counted(none).map(|c| c.failed), Some(1));
}

#[test]
fn a_column_that_stands_still_is_constant_unless_by_chance() {
    let flag = |ones: usize, n: usize| -> Vec<f64> {
        (0..n).map(|i| if i < ones { 1.0 } else { 0.0 }).collect()
    };
    let told = |before: &[f64], now: &[f64]| {
        let (before, now) = (Loose::new(before), Loose::new(now));
        let found = constant(label(), Prepared::Loose(&now), Prepared::Loose(&before));
        found.and_then(|found| found.holds)
    };
    assert_eq!(told(&flag(500, 1_000), &flag(0, 100)), Some(false));
    assert_eq!(told(&flag(500, 1_000), &flag(1, 100)), Some(true));
    // One in a thousand may not have come.
    assert_eq!(told(&flag(1, 1_000), &flag(0, 100)), Some(true));
    assert_eq!(told(&flag(0, 1_000), &flag(0, 100)), None);
    assert_eq!(told(&flag(500, 1_000), &flag(0, 20)), None);
}

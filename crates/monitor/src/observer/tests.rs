use super::*;
use crate::window::HOUR_US;
use arrow::array::{ArrayRef, Float64Array, RecordBatch, StringArray};
use candor_contract::spec::ModelSpec;
use candor_stats::{Column, Profile};
use std::collections::BTreeSet;
use std::sync::Arc;

mod performance;

const ROWS: usize = 6_000;
const DAY: Window = Window {
    from_us: 0,
    to_us: 24 * HOUR_US,
};

/// Numbers in [0, 1) that look random, the same each time.
fn units(seed: u64) -> impl Iterator<Item = f64> {
    let mut state = seed;
    std::iter::repeat_with(move || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        (state >> 33) as f64 / (1_u64 << 31) as f64
    })
}

/// A column whose hours were summarised one by one, and what its rows say.
fn observed(name: &str, values: &[Option<f64>]) -> ObservedColumn {
    let mut whole: Option<Profile> = None;
    for hour in values.chunks(values.len().div_ceil(24)) {
        let array: ArrayRef = Arc::new(Float64Array::from(hour.to_vec()));
        let hourly = Column::new(&array).unwrap().profile(None).unwrap().unwrap();
        match &mut whole {
            Some(whole) => whole.merge(&hourly).unwrap(),
            none => *none = Some(hourly),
        }
    }
    let whole = whole.unwrap();
    let known: Vec<f64> = values.iter().flatten().copied().collect();
    let distinct: BTreeSet<u64> = known.iter().map(|x| x.to_bits()).collect();
    let count = |what: &dyn Fn(f64) -> bool| known.iter().filter(|x| what(**x)).count() as u64;
    let quantiles = whole.quantiles(&OBSERVED_RANKS).unwrap();
    let ranked = |at: usize| Ranked {
        below: count(&|x| x < quantiles[at]),
        up_to: count(&|x| x <= quantiles[at]),
    };
    ObservedColumn {
        name: name.to_owned(),
        profile: Summarised::from(&whole),
        exact: Exact {
            rows: values.len() as u64,
            values: known.len() as u64,
            finite: known.len() as u64,
            min: known.iter().copied().reduce(f64::min),
            max: known.iter().copied().reduce(f64::max),
            mean: Some(known.iter().sum::<f64>() / known.len() as f64),
            distinct: distinct.len() as u64,
            ranks: Some([ranked(0), ranked(1)]),
        },
    }
}

/// Many distinct incomes, some of them missing.
fn incomes() -> ObservedColumn {
    let values: Vec<Option<f64>> = units(7)
        .take(ROWS)
        .map(|x| (x > 0.05).then(|| 1_000.0 * (1.0 + x).powi(3) - 1_500.0))
        .collect();
    observed("input_income", &values)
}

/// A handful of terms.
fn terms() -> ObservedColumn {
    let values: Vec<Option<f64>> = units(9)
        .take(ROWS)
        .map(|x| Some(12.0 * (1.0 + (x * 5.0).floor())))
        .collect();
    observed("input_term", &values)
}

fn compared(columns: &[ObservedColumn]) -> Compared {
    compare_profiles(DAY, ROWS as u64, columns)
}

#[test]
fn honest_profiles_are_within_their_bounds() {
    let told = compared(&[incomes(), terms()]);
    assert_eq!(told.state, Standing::Ok, "{}", told.sentence);
    assert_eq!((told.columns, told.figures, told.n), (2, 16, ROWS as u64));
    assert!(told.sentence.contains("within their bounds"), "{told:?}");
    assert_eq!(compared(&[]).state, Standing::Unknown);
}

#[test]
fn a_wrong_figure_of_a_profile_is_called_off() {
    type Lie = fn(&mut ObservedColumn);
    let lies: [(&str, Lie); 12] = [
        ("rows", |c| c.profile.rows += 1),
        ("nulls", |c| c.profile.nulls += 1),
        ("nulls", |c| c.exact.values -= 1),
        ("min", |c| c.profile.min = c.profile.min.map(|x| x - 1e-6)),
        ("max", |c| c.profile.max = None),
        ("mean", |c| {
            c.profile.mean = c.profile.mean.map(|x| x * (1.0 + 1e-6))
        }),
        ("mean", |c| c.profile.mean = Some(f64::NAN)),
        ("distinct", |c| c.exact.distinct = c.exact.distinct * 4 / 5),
        ("distinct", |c| c.exact.distinct = c.exact.distinct * 6 / 5),
        ("median", |c| {
            let ranks = c.exact.ranks.as_mut().unwrap();
            ranks[0].below += 200;
            ranks[0].up_to += 200;
        }),
        ("p95", |c| {
            let ranks = c.exact.ranks.as_mut().unwrap();
            ranks[1].below -= 200;
            ranks[1].up_to -= 200;
        }),
        // What cannot be: fewer rows up to a value than below it.
        ("p95", |c| c.exact.ranks.as_mut().unwrap()[1].up_to = 0),
    ];
    for (figure, lie) in lies {
        let mut columns = [incomes(), terms()];
        lie(&mut columns[0]);
        let told = compared(&columns);
        assert_eq!(told.state, Standing::Off, "{figure}");
        let off: Vec<&Check> = told
            .checks
            .iter()
            .filter(|c| c.state == Standing::Off)
            .collect();
        assert!(off.iter().any(|c| c.figure == figure), "{figure}: {off:?}");
        assert!(
            off.iter()
                .all(|c| c.column.as_deref() == Some("input_income"))
        );
        assert!(told.sentence.contains("input_income"), "{}", told.sentence);
    }
    let mut few = terms();
    few.exact.distinct += 1;
    let told = compared(&[few]);
    assert_eq!(told.state, Standing::Off, "few values are known exactly");
}

#[test]
fn two_values_that_fall_together_are_one_less() {
    let mut column = incomes();
    column.profile.distinct = Some((129.000_04, 129.0, 129.01));
    for (exact, wanted) in [
        (129, Standing::Ok),
        (130, Standing::Ok),
        (131, Standing::Off),
        (127, Standing::Off),
    ] {
        column.exact.distinct = exact;
        assert_eq!(compared(&[column.clone()]).state, wanted, "{exact}");
    }
}

#[test]
fn a_column_that_came_during_the_day_is_missing_before() {
    let mut late = incomes();
    late.profile.rows -= 100;
    late.profile.nulls -= 100;
    assert_eq!(compared(&[late.clone()]).state, Standing::Ok);
    // Rows that had a value are not missing.
    late.profile.rows -= 1;
    assert_eq!(compared(&[late]).state, Standing::Off);
}

/// Predictions of calibrated scores whose outcomes come true with the probability that `truth` makes of the score.
fn predictions(rows: usize, seed: u64, truth: fn(f64) -> f64) -> RecordBatch {
    let pairs: Vec<(f64, bool)> = {
        let (scores, luck) = (units(seed), units(seed + 1_000));
        let rows = scores.skip(10).zip(luck.skip(10)).take(rows);
        rows.map(|(score, luck)| (score, luck < truth(score)))
            .collect()
    };
    let word = |yes: bool| Some(if yes { "1" } else { "0" });
    let scores = Float64Array::from_iter_values(pairs.iter().map(|p| p.0));
    let classes: StringArray = pairs.iter().map(|p| word(p.0 >= 0.5)).collect();
    let outcomes: StringArray = pairs.iter().map(|p| word(p.1)).collect();
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("output_score", Arc::new(scores)),
        ("output_class", Arc::new(classes)),
        ("outcome_class", Arc::new(outcomes)),
    ];
    RecordBatch::try_from_iter(columns).unwrap()
}

#[test]
fn performance_is_off_when_the_relation_of_score_and_outcome_changed() {
    type Case = (&'static str, usize, fn(f64) -> f64, Standing);
    let spec = ModelSpec::default();
    let reference = predictions(5_000, 1, |score| score);
    let cases: [Case; 4] = [
        ("as before", 2_000, |score| score, Standing::Ok),
        ("turned around", 2_000, |score| 1.0 - score, Standing::Off),
        ("nothing to do with it", 2_000, |_| 0.5, Standing::Off),
        ("too few", 50, |score| 1.0 - score, Standing::Unknown),
    ];
    for (what, rows, truth, wanted) in cases {
        let current = predictions(rows, 77, truth);
        let told = compare_performance(DAY, &spec, &reference, &current);
        assert_eq!(told.state, wanted, "{what}: {}", told.sentence);
        assert_eq!(told.window, Some(DAY));
        if wanted != Standing::Unknown {
            assert_eq!((told.figures, told.n), (3, rows as u64), "{what}");
            assert!(told.sentence.contains("ROC AUC"), "{}", told.sentence);
        }
    }
    let bare = reference.project(&[0]).unwrap();
    let told = compare_performance(DAY, &spec, &reference, &bare);
    assert_eq!(told.state, Standing::Unknown);
}

#[test]
fn alerts_are_off_when_most_had_no_reason_for_certain() {
    type Case = (&'static [(&'static str, u64)], u64, Standing);
    let cases: [Case; 7] = [
        (&[], 0, Standing::Ok),
        (&[], 9, Standing::Unknown),
        (&[("false_positive", 4)], 3, Standing::Unknown),
        (&[("false_positive", 5)], 3, Standing::Off),
        // Of five judged two were right: the interval reaches above one half.
        (&[("true_positive", 2), ("expected", 3)], 0, Standing::Ok),
        (
            &[
                ("true_positive", 2),
                ("false_positive", 12),
                ("missing_data", 3),
            ],
            0,
            Standing::Off,
        ),
        // Duplicates tell what another alert told.
        (
            &[("false_positive", 4), ("duplicate", 6)],
            0,
            Standing::Unknown,
        ),
    ];
    for (judged, unjudged, wanted) in cases {
        let named = judged
            .iter()
            .map(|(word, n)| (Some((*word).to_owned()), *n));
        let counts: Vec<_> = named.chain([(None, unjudged)]).collect();
        let told = compare_verdicts(90, &counts);
        assert_eq!(told.state, wanted, "{judged:?}: {}", told.sentence);
        let alerts = counts.iter().map(|(_, n)| n).sum::<u64>();
        assert_eq!(told.n, alerts, "{judged:?}");
    }
    let told = compare_verdicts(90, &[(Some("true_positive".into()), 6), (None, 2)]);
    let shares: Vec<_> = told.checks.iter().map(|c| (c.value, c.n)).collect();
    assert_eq!(shares, [(Some(1.0), 6), (Some(0.25), 8)]);
}

#[test]
fn what_is_off_twice_in_a_row_is_visible() {
    let run = |state: Standing, before: Option<&Observation>| {
        let compared = Compared {
            state,
            ..Compared::unknown(Comparison::Verdicts, "")
        };
        let mut made = Observation {
            model: "m".into(),
            at_us: 0,
            compared: vec![compared],
        };
        made.follow(before);
        made
    };
    let visible = |o: &Observation| o.compared[0].is_visible();
    let first = run(Standing::Off, None);
    assert!(!visible(&first));
    let fine = run(Standing::Ok, Some(&first));
    assert_eq!(fine.compared[0].off_runs, 0);
    let unknown = run(Standing::Unknown, Some(&first));
    assert!(!visible(&unknown));
    let second = run(Standing::Off, Some(&unknown));
    assert!(visible(&second), "what cannot be told ends nothing");
    let text = serde_json::to_string(&second).unwrap();
    let read: Observation = serde_json::from_str(&text).unwrap();
    assert_eq!(read, second);
}

use super::*;

/// Columns `plain` and `moved`; the second has `by` added and is `wide` times as wide.
fn table(rows: usize, seed: u64, by: f64, wide: f64) -> Table<'static> {
    let mut random = Random::new(seed, 9);
    let mut draw = |by: f64, wide: f64| -> Vec<f64> {
        let one = |r: &mut Random| (0..6).map(|_| r.unit() - 0.5).sum::<f64>();
        (0..rows).map(|_| by + wide * one(&mut random)).collect()
    };
    let mut made = Table::default();
    made.add_numbers("plain", draw(0.0, 1.0));
    made.add_numbers("moved", draw(by, wide));
    made
}

#[test]
fn the_column_that_moved_is_named_first() {
    for (by, wide) in [(1.0, 1.0), (0.0, 3.0)] {
        let (a, b) = (table(600, 1, 0.0, 1.0), table(500, 2, by, wide));
        let made = domain_classifier(&a, &b, &DomainPlan::default());
        let figure = &made.comparison.statistic;
        assert!(figure.low.unwrap() > 0.65, "{figure:?}");
        assert!(made.comparison.p_value.unwrap() < 1e-6);
        assert_eq!(made.columns[0].name, "moved");
        assert!(made.columns[0].drop > 0.1 && made.columns[1].drop.abs() < 0.05);
    }
}

#[test]
fn a_column_that_goes_missing_tells_the_sides_apart() {
    let a = table(400, 1, 0.0, 1.0);
    let b = table(400, 2, 0.0, 1.0);
    let mut gaps = Table::default();
    let mut random = Random::new(3, 3);
    for name in ["plain", "moved"] {
        let lost = if name == "moved" { 0.4 } else { 0.0 };
        let values: Vec<f64> = (0..400)
            .map(|_| {
                if random.unit() < lost {
                    f64::NAN
                } else {
                    0.5 - random.unit()
                }
            })
            .collect();
        gaps.add_numbers(name, values);
    }
    let made = domain_classifier(&a, &gaps, &DomainPlan::default());
    assert!(made.comparison.statistic.low.unwrap() > 0.6);
    assert_eq!(made.columns[0].name, "moved");
    let made = domain_classifier(&a, &b, &DomainPlan::default());
    assert!(made.comparison.statistic.low.unwrap() < 0.5);
}

#[test]
fn without_change_the_interval_holds_a_half_as_often_as_it_says() {
    let runs = 300;
    let mut alarms = 0;
    for seed in 0..runs {
        let (a, b) = (
            table(80, 2 * seed, 0.0, 1.0),
            table(60, 2 * seed + 1, 0.0, 1.0),
        );
        let plan = DomainPlan {
            seed,
            ..DomainPlan::default()
        };
        let made = domain_classifier(&a, &b, &plan).comparison;
        alarms += usize::from(made.p_value.unwrap() <= 0.05);
    }
    // Five in a hundred at most, with chance on top.
    assert!(alarms as f64 <= 0.085 * runs as f64, "{alarms} of {runs}");
}

#[test]
fn the_same_rows_twice_give_a_half_within_the_interval() {
    for rows in [40, 41, 333] {
        let a = table(rows, 5, 0.0, 1.0);
        let figure = domain_classifier(&a, &a, &DomainPlan::default())
            .comparison
            .statistic;
        assert!(
            figure.low.unwrap() <= 0.5 && 0.5 <= figure.high.unwrap(),
            "{figure:?}"
        );
    }
}

#[test]
fn what_cannot_be_told_says_why() {
    let few = domain_classifier(
        &table(5, 1, 0.0, 1.0),
        &table(500, 2, 0.0, 1.0),
        &DomainPlan::default(),
    );
    assert_eq!(few.comparison.statistic.status.name(), "too_few");
    let mut other = Table::default();
    other.add_categories("moved", std::iter::repeat_n(Some("x"), 100));
    let foreign = domain_classifier(&table(100, 1, 0.0, 1.0), &other, &DomainPlan::default());
    assert_eq!(foreign.comparison.statistic.status.name(), "undefined");
    let none = domain_auc_linear(&[], &[]);
    assert_eq!(none.status.name(), "undefined");
    let level = domain_auc_linear(&[&[1.0; 30]], &[&[1.0; 20]]);
    assert_eq!(level.value, Some(0.5));
}

#[test]
fn large_sides_are_drawn_from_and_the_seed_fixes_the_rows() {
    let mut random = Random::new(1, 0);
    let rows = drawn(1_000, 100, &mut random);
    assert_eq!(rows.len(), 100);
    assert!(rows.windows(2).all(|pair| pair[0] < pair[1]) && rows[99] > 900);
    let plan = DomainPlan {
        rows: 200,
        ..DomainPlan::default()
    };
    let (a, b) = (table(900, 1, 0.0, 1.0), table(700, 2, 0.5, 1.0));
    let once = domain_classifier(&a, &b, &plan);
    assert_eq!(
        (once.comparison.reference, once.comparison.current),
        (200, 200)
    );
    assert_eq!(once, domain_classifier(&a, &b, &plan));
}

#[test]
fn trees_find_a_relation_that_single_columns_do_not_show() {
    let related = |seed: u64, sign: f64| {
        let mut random = Random::new(seed, 9);
        let mut columns = vec![Vec::new(), Vec::new()];
        for _ in 0..600 {
            let (x, y) = (random.unit() - 0.5, random.unit());
            columns[0].push(x);
            columns[1].push(sign * x.signum() * y);
        }
        let mut made = Table::default();
        for (name, column) in ["x", "y"].into_iter().zip(columns) {
            made.add_numbers(name, column);
        }
        made
    };
    let area = |sign| {
        let made = domain_classifier(&related(1, 1.0), &related(2, sign), &DomainPlan::default());
        made.comparison.statistic
    };
    assert!(area(-1.0).low.unwrap() > 0.95);
    let same = area(1.0);
    assert!(
        same.low.unwrap() <= 0.5 && 0.5 <= same.high.unwrap(),
        "{same:?}"
    );
}

use super::*;
use crate::random::Random;
use crate::sample::Sorted;
use std::time::Instant;

const REGIONS: [&str; 4] = ["north", "south", "east", "west"];

/// Columns of chance: `numbers` uniform ones and one of regions, with the deciles as edges.
struct Drawn {
    numbers: Vec<Vec<f64>>,
    regions: Vec<u32>,
    random: Random,
}

fn drawn(rows: usize, numbers: usize, seed: u64) -> Drawn {
    let mut random = Random::new(seed, 3);
    let mut column =
        || -> Vec<f64> { (0..rows).map(|_| (random.unit() * 100.0).floor()).collect() };
    let numbers = (0..numbers).map(|_| column()).collect();
    let regions = (0..rows).map(|_| random.below(4) as u32).collect();
    Drawn {
        numbers,
        regions,
        random,
    }
}

impl Drawn {
    fn features(&self) -> Vec<Feature> {
        let edges: Vec<f64> = (1..10).map(|i| f64::from(i) * 10.0).collect();
        let numbers = self.numbers.iter().enumerate();
        let names: Vec<String> = REGIONS.iter().map(|r| (*r).to_owned()).collect();
        let mut all: Vec<Feature> = numbers
            .map(|(at, values)| Feature::numbers(format!("x{at}"), values, &edges))
            .collect();
        all.push(Feature::categories("region", &self.regions, &names));
        all
    }

    fn flags(&mut self, rate: impl Fn(&[Vec<f64>], u32, usize) -> f64) -> Vec<bool> {
        let (numbers, regions) = (&self.numbers, &self.regions);
        let rows = regions.iter().enumerate();
        rows.map(|(row, region)| self.random.unit() < rate(numbers, *region, row))
            .collect()
    }
}

fn spelled(slice: &Slice) -> String {
    let mut parts: Vec<String> = slice.conditions.iter().map(ToString::to_string).collect();
    parts.sort_unstable();
    parts.join(" and ")
}

fn found(search: &Search) -> Vec<String> {
    search.slices.iter().map(spelled).collect()
}

#[test]
fn a_planted_slice_is_found_with_its_exact_description() {
    type Planted = fn(&[Vec<f64>], u32, usize) -> bool;
    let cases: [(&str, Planted); 5] = [
        ("x1 ≥ 70", |x, _, i| x[1][i] >= 70.0),
        ("30 ≤ x0 < 50", |x, _, i| (30.0..50.0).contains(&x[0][i])),
        ("region = east", |_, r, _| r == 2),
        ("region = west and x2 < 40", |x, r, i| {
            r == 3 && x[2][i] < 40.0
        }),
        ("region = south and x0 ≥ 60 and x1 < 40", |x, r, i| {
            r == 1 && x[0][i] >= 60.0 && x[1][i] < 40.0
        }),
    ];
    for (at, (want, planted)) in cases.into_iter().enumerate() {
        let mut rows = drawn(20_000, 5, at as u64);
        let flags = rows.flags(|x, r, i| if planted(x, r, i) { 0.4 } else { 0.1 });
        let features = rows.features();
        let told = search(&features, &Target::Flags(&flags), &Options::default());
        assert_eq!(found(&told), [want], "{told:?}");
        let slice = &told.slices[0];
        assert!(slice.effect.low.unwrap() > 0.2 && slice.effect.high.unwrap() < 0.4);
        assert!(slice.adjusted_p_value < 1e-6 && slice.p_value <= slice.adjusted_p_value);
        let inside = (0..20_000)
            .filter(|i| planted(&rows.numbers, rows.regions[*i], *i))
            .count();
        assert_eq!(slice.n, inside as u64);
        let losses: Vec<f64> = flags.iter().map(|y| if *y { 3.0 } else { 1.0 }).collect();
        let real = search(&features, &Target::Losses(&losses), &Options::default());
        assert_eq!(found(&real), [want]);
        let effect = |s: &Slice| s.effect.value.unwrap();
        assert!((effect(&real.slices[0]) - 2.0 * effect(slice)).abs() < 1e-9);
        assert!((real.slices[0].outside.value.unwrap() - 1.2).abs() < 0.05);
    }
}

#[test]
fn two_planted_slices_are_both_found_and_nothing_else() {
    let mut rows = drawn(30_000, 4, 11);
    let flags = rows.flags(|x, r, i| {
        if r == 0 && x[0][i] < 30.0 {
            0.6
        } else if x[3][i] >= 80.0 {
            0.35
        } else {
            0.1
        }
    });
    let told = search(
        &rows.features(),
        &Target::Flags(&flags),
        &Options::default(),
    );
    let mut told = found(&told);
    told.sort_unstable();
    assert_eq!(told, ["region = north and x0 < 30", "x3 ≥ 80"]);
}

#[test]
fn without_a_planted_slice_few_searches_find_one() {
    let (mut flagged, mut skewed) = (0, 0);
    for seed in 0..200 {
        let mut rows = drawn(1_500, 5, 1_000 + seed);
        let flags = rows.flags(|_, _, _| 0.1);
        let features = rows.features();
        let told = search(&features, &Target::Flags(&flags), &Options::default());
        flagged += usize::from(!told.slices.is_empty());
        // Losses with a heavy upper tail.
        let draw = |_| (-2.0 * (1.0 - rows.random.unit()).ln()).powi(2);
        let losses: Vec<f64> = (0..1_500).map(draw).collect();
        let told = search(&features, &Target::Losses(&losses), &Options::default());
        skewed += usize::from(!told.slices.is_empty());
    }
    assert!(flagged <= 10 && skewed <= 10, "{flagged} {skewed} of 200");
}

#[test]
fn what_differs_about_a_selection_is_told() {
    let mut rows = drawn(5_000, 3, 5);
    rows.numbers[1]
        .iter_mut()
        .step_by(10)
        .for_each(|x| *x = f64::NAN);
    let selected: Vec<bool> = rows.numbers[1].iter().map(|x| x.is_nan()).collect();
    let told = what_differs(&rows.features(), &selected, &Options::default());
    assert_eq!(found(&told), ["x1 is missing"]);
    let slice = &told.slices[0];
    assert_eq!(
        (slice.inside.value, slice.outside.value),
        (Some(1.0), Some(0.0))
    );
}

#[test]
fn rows_without_a_loss_are_left_out_and_extremes_do_no_harm() {
    let mut rows = drawn(4_000, 2, 6);
    let flags = rows.flags(|x, _, i| f64::from(u8::from(x[0][i] < 20.0)) * 0.5 + 0.05);
    let mut losses: Vec<f64> = flags
        .iter()
        .map(|y| if *y { 1e300 } else { -1e300 })
        .collect();
    losses[7] = f64::NAN;
    losses[9] = f64::INFINITY;
    let told = search(
        &rows.features(),
        &Target::Losses(&losses),
        &Options::default(),
    );
    assert_eq!((told.rows, told.left_out), (3_998, 2));
    assert_eq!(found(&told), ["x0 < 20"]);
    for losses in [
        vec![],
        vec![2.5; 4_000],
        vec![f64::NAN; 4_000],
        vec![0.0; 10],
    ] {
        let told = search(
            &rows.features(),
            &Target::Losses(&losses),
            &Options::default(),
        );
        assert!(told.slices.is_empty());
    }
    let short = search(
        &drawn(10, 2, 1).features(),
        &Target::Flags(&flags),
        &Options::default(),
    );
    assert_eq!(short.tried, 0);
    assert!(
        search(&[], &Target::Flags(&[]), &Options::default())
            .slices
            .is_empty()
    );
}

#[test]
fn edges_come_from_the_reference() {
    let few = Sorted::new([1.0, 2.0, 2.0, 5.0]);
    assert_eq!(edges(&few), [2.0, 5.0]);
    let many = Sorted::new((0..=100).map(f64::from));
    assert_eq!(
        edges(&many),
        [10.0, 20.0, 30.0, 40.0, 50.0, 60.0, 70.0, 80.0, 90.0]
    );
    let mostly = Sorted::new((0..1_000).map(|i| if i < 700 { 0.0 } else { f64::from(i) }));
    let edges = edges(&mostly);
    assert!(edges.len() == 3 && edges[0] > 0.0, "{edges:?}");
    assert!(super::edges(&Sorted::new([4.0; 9])).is_empty());
}

#[test]
fn many_categories_are_named_by_frequency() {
    let names: Vec<String> = (0..200).map(|i| format!("c{i}")).collect();
    let codes: Vec<u32> = (0..20_000_u32)
        .map(|i| if i % 4 == 0 { 150 } else { i % 200 })
        .collect();
    let selected: Vec<bool> = codes.iter().map(|c| *c == 150).collect();
    let feature = Feature::categories("c", &codes, &names);
    let told = what_differs(&[feature], &selected, &Options::default());
    assert_eq!(found(&told), ["c = c150"]);
}

#[test]
#[ignore = "a measurement"]
#[allow(clippy::disallowed_methods, reason = "it measures")]
fn speed_of_a_million_rows_and_twenty_columns() {
    let mut rows = drawn(1_000_000, 19, 1);
    let flags = rows.flags(|x, r, i| if r == 1 && x[0][i] >= 60.0 { 0.15 } else { 0.1 });
    let start = Instant::now();
    let features = rows.features();
    println!("features {:?}", start.elapsed());
    let losses: Vec<f64> = flags.iter().map(|y| if *y { 3.0 } else { 1.0 }).collect();
    for depth in [1, 2, 3] {
        let options = Options {
            depth,
            ..Options::default()
        };
        let start = Instant::now();
        let told = search(&features, &Target::Flags(&flags), &options);
        println!(
            "flags, depth {depth}: {:?} {:?} {:?}",
            start.elapsed(),
            told.triples,
            found(&told)
        );
        let start = Instant::now();
        let told = search(&features, &Target::Losses(&losses), &options);
        println!(
            "losses, depth {depth}: {:?} {:?} {:?}",
            start.elapsed(),
            told.tried,
            found(&told)
        );
    }
}

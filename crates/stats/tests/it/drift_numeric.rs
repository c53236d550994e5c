//! Drift of numbers against the reference implementations, on properties and by simulation.

use crate::golden::{Case, Suite, number};
use candor_stats::Sorted;
use candor_stats::drift::{
    Alternative, Comparison, Law, QuantileRule, Variances, Wasserstein, anderson, cramer_von_mises,
    cramer_von_mises_by, energy, epps_singleton, ks, ks_by, largest_gap, levene, mann_whitney,
    mann_whitney_by, quantile, t_test, wasserstein, wasserstein_normed, wasserstein_weighted,
};
use proptest::prelude::*;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{RngCore, SeedableRng};

fn sides(case: &Case<'_>) -> (Sorted, Sorted) {
    let side = |key| Sorted::new(case.input(key).numbers());
    (side("reference"), side("current"))
}

fn value(comparison: &Comparison) -> f64 {
    comparison.statistic.value.unwrap_or(f64::NAN)
}

fn p(comparison: &Comparison) -> f64 {
    comparison.p_value.unwrap_or(f64::NAN)
}

/// Holds statistic and p-value of each case of `function`.
fn holds(function: &str, p_key: &str, of: impl Fn(&Case<'_>, &Sorted, &Sorted) -> Comparison) {
    let Some(suite) = Suite::open("drift_numeric") else {
        return;
    };
    for case in suite.cases(function) {
        let (reference, current) = sides(&case);
        let got = of(&case, &reference, &current);
        case.holds("statistic", value(&got));
        case.holds(p_key, p(&got));
        assert!(got.effect.is_some_and(f64::is_finite), "{}", case.id);
    }
}

#[test]
fn ks_by_each_law_and_side() {
    holds("ks_2samp", "p", |case, a, b| {
        let side = match case.params["alternative"].as_str() {
            Some("less") => Alternative::Less,
            Some("greater") => Alternative::Greater,
            _ => Alternative::TwoSided,
        };
        let law = if case.params["method"] == "exact" {
            Law::Exact
        } else {
            Law::Asymptotic
        };
        if case.expected.get("p_limit").is_some() {
            case.holds("p_limit", p(&ks_by(a, b, Law::Limit, side)));
        }
        if case.expected.get("sign").is_some() {
            let gap = largest_gap(a, b, side).unwrap();
            case.holds("sign", f64::from(gap.sign));
            let share =
                |s: &Sorted| s.values().partition_point(|x| *x <= gap.at) as f64 / s.n() as f64;
            case.holds("statistic", (share(a) - share(b)).abs());
        }
        ks_by(a, b, law, side)
    });
}

#[test]
fn distances() {
    let Some(suite) = Suite::open("drift_numeric") else {
        return;
    };
    for case in suite.cases("wasserstein") {
        let (a, b) = sides(&case);
        if case.inputs.get("reference_weights").is_some() {
            let side = |values: &str, weights: &str| -> Vec<(f64, f64)> {
                let weights = case.input(weights).numbers();
                case.input(values)
                    .numbers()
                    .into_iter()
                    .zip(weights)
                    .collect()
            };
            let (a, b) = (
                side("reference", "reference_weights"),
                side("current", "current_weights"),
            );
            case.holds("distance", wasserstein_weighted(&a, &b).unwrap());
            continue;
        }
        case.holds("distance", value(&wasserstein(&a, &b)));
        let each = |s: &Sorted| s.values().iter().map(|x| (*x, 2.0)).collect::<Vec<_>>();
        case.holds(
            "distance",
            wasserstein_weighted(&each(&a), &each(&b)).unwrap(),
        );
    }
    for case in suite.cases("energy_distance") {
        let (a, b) = sides(&case);
        case.holds("distance", value(&energy(&a, &b)));
    }
}

#[test]
fn tests_of_ranks() {
    let law = |case: &Case<'_>| {
        if case.params["method"] == "exact" {
            Law::Exact
        } else {
            Law::Asymptotic
        }
    };
    holds("mann_whitney_u", "p", |case, a, b| {
        mann_whitney_by(a, b, law(case))
    });
    holds("cramer_von_mises_2samp", "p", |case, a, b| {
        cramer_von_mises_by(a, b, law(case))
    });
    holds("anderson_ksamp", "p_clipped", |_, a, b| anderson(a, b));
}

#[test]
fn tests_of_means_and_spread() {
    holds("t_test", "p", |case, a, b| {
        t_test(
            a,
            b,
            if case.params["equal_var"] == true {
                Variances::Equal
            } else {
                Variances::Any
            },
        )
    });
    holds("levene", "p", |_, a, b| levene(a, b));
}

#[test]
fn quantiles_by_every_rule() {
    let Some(suite) = Suite::open("drift_numeric") else {
        return;
    };
    for case in suite.cases("quantile") {
        let rule = match case.params["method"].as_str().unwrap() {
            "inverted_cdf" => QuantileRule::InvertedCdf,
            "hazen" => QuantileRule::Hazen,
            "weibull" => QuantileRule::Weibull,
            "linear" => QuantileRule::Linear,
            "median_unbiased" => QuantileRule::MedianUnbiased,
            "lower" => QuantileRule::Lower,
            "higher" => QuantileRule::Higher,
            "nearest" => QuantileRule::Nearest,
            "midpoint" => QuantileRule::Midpoint,
            other => panic!("no rule {other}"),
        };
        for key in ["values", "tiny"] {
            let sample = Sorted::new(case.input(key).numbers());
            let shares = case.params["q"].as_array().unwrap().iter().map(number);
            let got: Vec<f64> = shares
                .map(|q| quantile(&sample, q, rule).unwrap())
                .collect();
            case.holds_all(key, &got);
        }
    }
}

/// All methods, by name.
const METHODS: [(&str, fn(&Sorted, &Sorted) -> Comparison); 11] = [
    ("ks", ks),
    ("wasserstein", wasserstein),
    ("wasserstein_normed", wasserstein_normed),
    ("energy", energy),
    ("mw", mann_whitney),
    ("cvm", cramer_von_mises),
    ("ad", anderson),
    ("es", epps_singleton),
    ("t", |a, b| t_test(a, b, Variances::Any)),
    ("t", |a, b| t_test(a, b, Variances::Equal)),
    ("levene", levene),
];

#[test]
fn no_input_breaks_a_method() {
    let (inf, nan) = (f64::INFINITY, f64::NAN);
    let samples = [
        vec![],
        vec![nan, nan],
        vec![inf, -inf, inf],
        vec![0.0],
        vec![-0.0, 0.0, 0.0],
        vec![5.0; 40],
        vec![-1.7e308, 1.7e308],
        (0..40).map(|k| 1e300 * f64::from(k - 20)).collect(),
        (0..40).map(|k| 5e-324 * f64::from(k % 7)).collect(),
        (0..40).map(|k| 1e9 + 1e-6 * f64::from(k)).collect(),
        (0..40)
            .map(|k| if k % 3 == 0 { inf } else { f64::from(k % 2) })
            .collect(),
        (0..500).map(f64::from).chain([1e300, nan, -inf]).collect(),
    ];
    for a in &samples {
        for b in &samples {
            let (a, b) = (
                Sorted::new(a.iter().copied()),
                Sorted::new(b.iter().copied()),
            );
            for (name, method) in METHODS {
                let got = method(&a, &b);
                let numbers = [got.statistic.value, got.p_value, got.effect];
                let all = format!("{name} {got:?}");
                assert!(numbers.iter().flatten().all(|x| x.is_finite()), "{all}");
                assert!(
                    got.p_value.is_none_or(|p| (0.0..=1.0).contains(&p)),
                    "{all}"
                );
                assert!(
                    got.statistic.is_ok() == got.statistic.value.is_some(),
                    "{all}"
                );
                assert_eq!(got.method, name);
            }
        }
    }
}

#[test]
fn the_size_of_values_does_not_change_a_verdict() {
    let base: Vec<f64> = (0..60).map(|k| f64::from(k * k % 61)).collect();
    let moved: Vec<f64> = base.iter().map(|x| x * 1.25 + 3.0).collect();
    let (a, b) = (Sorted::new(base.clone()), Sorted::new(moved.clone()));
    for (scale, offset) in [
        (1e300, 0.0),
        (1e-300, 0.0),
        (1.0, 1e9),
        (1e-3, -1e9),
        (2e305, 0.0),
    ] {
        let place = |side: &[f64]| Sorted::new(side.iter().map(|x| x * scale + offset));
        let (far_a, far_b) = (place(&base), place(&moved));
        // Values themselves are rounded at an offset: 1e9 ± 2⁻²³.
        let slack = if offset == 0.0 { 1e-9 } else { 2e-4 };
        for (name, method) in METHODS {
            let (near, far) = (method(&a, &b), method(&far_a, &far_b));
            for (x, y) in [(near.p_value, far.p_value), (near.effect, far.effect)] {
                let (x, y) = (x.unwrap(), y.unwrap_or(f64::NAN));
                assert!(
                    (x - y).abs() <= slack * x.abs().max(1e-3),
                    "{name} {scale} {offset}: {x} {y}"
                );
            }
        }
    }
}

#[test]
fn infinite_rows_count_for_ranks_and_not_for_distances() {
    let base = || (0..100).map(f64::from);
    let a = Sorted::new(base());
    let b = Sorted::new(base().chain([f64::INFINITY; 100]));
    let stand_in = Sorted::new(base().chain([1e6; 100]));
    for (name, method) in METHODS {
        let (with, finite) = (method(&a, &b), method(&a, &stand_in));
        if ["ks", "mw", "cvm", "ad"].contains(&name) {
            assert_eq!(
                (with.p_value, with.statistic),
                (finite.p_value, finite.statistic),
                "{name}"
            );
        } else {
            assert_eq!((with.reference, with.current), (100, 100), "{name}");
        }
    }
    assert!((value(&ks(&a, &b)) - 0.5).abs() < 1e-15);
    assert_eq!(value(&wasserstein(&a, &b)), 0.0);
}

#[test]
fn a_constant_reference_has_no_deviation_to_divide_by() {
    let (five, seven) = (Sorted::new([5.0; 30]), Sorted::new([7.0; 30]));
    let same = wasserstein_normed(&five, &five);
    assert_eq!((same.statistic.value, same.p_value), (Some(0.0), Some(1.0)));
    let moved = wasserstein_normed(&five, &seven);
    assert_eq!(moved.statistic.status.name(), "undefined");
    assert!(p(&moved) < 1e-10);
    assert_eq!(value(&wasserstein(&five, &seven)), 2.0);
    assert_eq!(value(&energy(&five, &seven)), 2.0);
    assert_eq!(energy(&five, &seven).effect, Some(1.0));
}

fn sample(most: usize) -> impl Strategy<Value = Vec<f64>> {
    let tied = (-6_i32..6).prop_map(f64::from);
    let spread = -1e3..1e3_f64;
    prop::collection::vec(prop_oneof![tied, spread], 1..most)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn distances_are_symmetric_and_within_their_ranges(a in sample(80), b in sample(80)) {
        let (a, b) = (Sorted::new(a), Sorted::new(b));
        for (name, method) in [("ks", ks as fn(&Sorted, &Sorted) -> Comparison), ("w", wasserstein), ("e", energy), ("cvm", cramer_von_mises)] {
            let (there, back) = (method(&a, &b), method(&b, &a));
            let (x, y) = (value(&there), value(&back));
            prop_assert!((x - y).abs() <= 1e-9 * x.abs().max(1.0), "{} {} {}", name, x, y);
            prop_assert!((there.p_value.unwrap_or(0.0) - back.p_value.unwrap_or(0.0)).abs() < 1e-9, "{}", name);
        }
        let (d, u) = (ks(&a, &b), mann_whitney(&a, &b));
        prop_assert!((0.0..=1.0).contains(&value(&d)));
        prop_assert!(d.statistic.low.unwrap() <= value(&d) && value(&d) <= d.statistic.high.unwrap());
        prop_assert!((0.0..=1.0).contains(&u.effect.unwrap()));
        let pairs = (a.n() * b.n()) as f64;
        prop_assert!((value(&u) + value(&mann_whitney(&b, &a)) - pairs).abs() < 1e-9);
        prop_assert!((0.001..=0.25).contains(&anderson(&a, &b).p_value.unwrap_or(0.1)));
        let range = a.values().iter().chain(b.values()).fold((f64::MAX, f64::MIN), |r, x| (r.0.min(*x), r.1.max(*x)));
        prop_assert!(value(&wasserstein(&a, &b)) <= (range.1 - range.0) * (1.0 + 1e-12));
    }

    #[test]
    fn the_order_of_rows_does_not_matter(a in sample(60), b in sample(60), seed in any::<u64>()) {
        let mut turned = a.clone();
        let mut random = Numbers::new(seed);
        turned.sort_by_cached_key(|_| random.0.next_u64());
        let (a, turned, b) = (Sorted::new(a), Sorted::new(turned), Sorted::new(b));
        for (_, method) in METHODS {
            prop_assert_eq!(method(&a, &b), method(&turned, &b));
        }
    }

    #[test]
    fn ranks_do_not_see_a_monotone_change(a in sample(60), b in sample(60)) {
        let bent = |side: &[f64]| Sorted::new(side.iter().map(|x| (x / 300.0).exp() * 7.0 - 2.0));
        let (bent_a, bent_b) = (bent(&a), bent(&b));
        let (a, b) = (Sorted::new(a), Sorted::new(b));
        for method in [ks, mann_whitney, cramer_von_mises, anderson] {
            prop_assert_eq!(method(&a, &b), method(&bent_a, &bent_b));
        }
    }

    #[test]
    fn a_shift_is_its_own_distance(a in sample(80), shift in -50_i32..50) {
        let shift = f64::from(shift);
        let moved = Sorted::new(a.iter().map(|x| x + shift));
        let a = Sorted::new(a);
        prop_assert!((value(&wasserstein(&a, &moved)) - shift.abs()).abs() < 1e-9);
    }

    #[test]
    fn the_distance_is_that_of_sorted_rows_side_by_side(rows in prop::collection::vec((-1e3..1e3_f64, -9_i32..9), 1..80)) {
        let (a, b): (Vec<f64>, Vec<f64>) = rows.into_iter().map(|(x, y)| (x, f64::from(y))).unzip();
        let (a, b) = (Sorted::new(a), Sorted::new(b));
        let pairs = a.values().iter().zip(b.values()).map(|(x, y)| (x - y).abs());
        let mean = pairs.sum::<f64>() / a.n() as f64;
        prop_assert!((value(&wasserstein(&a, &b)) - mean).abs() < 1e-9 * mean.max(1.0));
        let means = (a.moments().mean - b.moments().mean).abs();
        prop_assert!(means <= mean + 1e-9);
    }
}

/// Numbers from a seed.
struct Numbers(ChaCha8Rng);

impl Numbers {
    fn new(seed: u64) -> Self {
        Self(ChaCha8Rng::seed_from_u64(seed))
    }

    fn unit(&mut self) -> f64 {
        ((self.0.next_u64() >> 11) as f64 + 0.5) / 9_007_199_254_740_992.0
    }

    fn normal(&mut self) -> f64 {
        let (u, v) = (self.unit(), self.unit());
        (-2.0 * u.ln()).sqrt() * (std::f64::consts::TAU * v).cos()
    }

    fn sample(&mut self, n: usize, draw: fn(&mut Self) -> f64) -> Sorted {
        Sorted::new((0..n).map(|_| draw(self)))
    }
}

/// The share of `runs` pairs of samples from one source with p at or below 0.05.
fn alarms(
    method: fn(&Sorted, &Sorted) -> Comparison,
    draw: fn(&mut Numbers) -> f64,
    (n, m): (usize, usize),
    runs: u32,
) -> f64 {
    let mut random = Numbers::new(20_261_003);
    let mut count = 0;
    for _ in 0..runs {
        let (a, b) = (random.sample(n, draw), random.sample(m, draw));
        count += u32::from(p(&method(&a, &b)) <= 0.05);
    }
    f64::from(count) / f64::from(runs)
}

#[test]
fn a_thousand_runs_without_drift_alarm_as_often_as_they_say() {
    for (name, method) in METHODS {
        let share = alarms(method, Numbers::normal, (200, 200), 1_000);
        assert!((0.03..=0.07).contains(&share), "{name}: {share}");
    }
}

#[test]
fn distances_alarm_as_often_whatever_the_data_and_the_sizes() {
    let kinds: [(&str, fn(&mut Numbers) -> f64); 6] = [
        ("uniform", Numbers::unit),
        ("lognormal", |r| r.normal().exp()),
        ("t2", |r| r.normal() / (-r.unit().ln()).sqrt()),
        ("cauchy", |r| r.normal() / r.normal()),
        ("shares", |r| f64::from(u8::from(r.unit() < 0.3))),
        ("counts", |r| (r.unit() * 6.0).floor()),
    ];
    for (kind, draw) in kinds {
        for (n, m) in [(30, 30), (100, 100), (100, 1_000), (1_000, 100)] {
            let mut random = Numbers::new(77);
            let mut counts = [0; 2];
            for _ in 0..400 {
                let (a, b) = (random.sample(n, draw), random.sample(m, draw));
                counts[0] += u32::from(p(&wasserstein(&a, &b)) <= 0.05);
                counts[1] += u32::from(p(&energy(&a, &b)) <= 0.05);
            }
            // Three standard errors of 400 runs about 3 to 7 %.
            let shares = counts.map(|count| f64::from(count) / 400.0);
            assert!(
                shares.iter().all(|s| (0.01..=0.105).contains(s)),
                "{kind} {n} {m}: {shares:?}"
            );
        }
    }
}

#[test]
fn the_expected_distance_is_the_mean_of_what_comes_without_drift() {
    let draws: [fn(&mut Numbers) -> f64; 3] = [
        Numbers::normal,
        |r| r.normal().exp(),
        |r| (r.unit() * 4.0).floor(),
    ];
    for draw in draws {
        for (n, m) in [(50, 50), (1_000, 60), (400, 400)] {
            let mut random = Numbers::new(5);
            let (mut seen, mut expected) = (0.0, 0.0);
            for _ in 0..600 {
                let (a, b) = (random.sample(n, draw), random.sample(m, draw));
                let found = Wasserstein::of(&a, &b).unwrap();
                seen += found.distance;
                expected += found.expected;
            }
            let ratio = expected / seen;
            assert!((0.93..1.07).contains(&ratio), "{n} {m}: {ratio}");
        }
    }
}

#[test]
fn the_interval_of_the_distance_holds_the_true_one() {
    for shift in [0.0, 0.05, 0.3, 1.0] {
        for (n, m) in [(200, 200), (1_000, 100)] {
            let mut random = Numbers::new(11);
            let mut held = 0;
            for _ in 0..300 {
                let a = random.sample(n, Numbers::normal);
                let b = Sorted::new((0..m).map(|_| random.normal() + shift).collect::<Vec<_>>());
                let figure = wasserstein(&a, &b).statistic;
                held += u32::from(figure.low.unwrap() <= shift && shift <= figure.high.unwrap());
            }
            assert!(held >= 280, "{shift} {n} {m}: {held} of 300");
        }
    }
}

#[test]
fn a_real_change_is_seen() {
    let mut random = Numbers::new(3);
    let a = random.sample(300, Numbers::normal);
    let moved = Sorted::new(
        (0..300)
            .map(|_| random.normal() * 1.1 + 0.6)
            .collect::<Vec<_>>(),
    );
    let wider = Sorted::new((0..300).map(|_| random.normal() * 2.0).collect::<Vec<_>>());
    for (name, method) in METHODS {
        let other = if name == "levene" { &wider } else { &moved };
        assert!(
            p(&method(&a, other)) <= 0.001,
            "{name}: {:?}",
            method(&a, other)
        );
    }
}

#[test]
fn statistics_are_the_same_by_their_definition() {
    // Epps and Singleton on samples whose covariance is told by hand would be long; its invariances are not.
    let mut random = Numbers::new(8);
    let a = random.sample(120, Numbers::normal);
    let b = random.sample(90, |r| r.normal() * 1.5);
    let scaled = |s: &Sorted| Sorted::new(s.values().iter().map(|x| 100.0 - 3.0 * x));
    let (there, turned) = (
        epps_singleton(&a, &b),
        epps_singleton(&scaled(&a), &scaled(&b)),
    );
    assert!((value(&there) / value(&turned) - 1.0).abs() < 1e-6);
    // The energy distance from all pairs.
    let mean = |s: &Sorted, t: &Sorted| {
        let pairs = s
            .values()
            .iter()
            .flat_map(|x| t.values().iter().map(move |y| (x - y).abs()));
        pairs.sum::<f64>() / (s.n() * t.n()) as f64
    };
    let squared = 2.0 * mean(&a, &b) - mean(&a, &a) - mean(&b, &b);
    let got = energy(&a, &b);
    assert!((value(&got) - squared.sqrt()).abs() < 1e-12);
    assert!((got.effect.unwrap() - squared / (2.0 * mean(&a, &b))).abs() < 1e-12);
}

/// Not a test of numbers: `cargo test --release -- --ignored` prints how long a million rows take.
#[test]
#[ignore = "a measurement"]
fn a_million_rows_on_each_side() {
    let mut random = Numbers::new(1);
    let a = random.sample(1_000_000, Numbers::normal);
    let b = random.sample(1_000_000, Numbers::normal);
    let (c, d) = (
        random.sample(10_000, Numbers::normal),
        random.sample(9_999, |r| r.normal() + 3.0),
    );
    for (name, method) in METHODS {
        for (rows, a, b) in [("1M", &a, &b), ("10k", &c, &d)] {
            let times = (0..9).map(|_| {
                let start = std::time::Instant::now();
                std::hint::black_box(method(a, b));
                start.elapsed()
            });
            eprintln!("{name} {rows} {:?}", times.min().unwrap());
        }
    }
}

/// How often 20,000 pairs without drift have p at or below each level; told in the chapter on methods.
#[test]
#[ignore = "a measurement"]
fn alarms_far_out() {
    let kinds: [(&str, fn(&mut Numbers) -> f64); 4] = [
        ("normal", Numbers::normal),
        ("lognormal", |r| r.normal().exp()),
        ("t2", |r| r.normal() / (-r.unit().ln()).sqrt()),
        ("shares", |r| f64::from(u8::from(r.unit() < 0.3))),
    ];
    for (kind, draw) in kinds {
        for (n, m) in [(200, 200), (2_000, 100)] {
            let mut random = Numbers::new(78);
            let mut found = [vec![], vec![], vec![]];
            for _ in 0..20_000 {
                let (a, b) = (random.sample(n, draw), random.sample(m, draw));
                let methods = [wasserstein, energy, ks];
                found
                    .iter_mut()
                    .zip(methods)
                    .for_each(|(all, method)| all.push(p(&method(&a, &b))));
            }
            let at = |all: &Vec<f64>, level: f64| all.iter().filter(|p| **p <= level).count();
            let counts = found.map(|all| [0.05, 0.01, 0.001].map(|level| at(&all, level)));
            eprintln!("{kind} {n} {m} {counts:?}");
        }
    }
}

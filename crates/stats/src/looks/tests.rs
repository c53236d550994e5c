use super::*;
use crate::random::Random;
use crate::sample::Sorted;

const RUNS: u64 = 1_000;
const EVENTS: usize = 1_000;

/// A normal number (Box and Muller 1958).
fn normal(random: &mut Random) -> f64 {
    let radius = (-2.0 * (1.0 - random.unit()).ln()).sqrt();
    radius * (std::f64::consts::TAU * random.unit()).cos()
}

/// Whether a run of events ever gave evidence of 20, and where; looked at after every event.
fn alarm(look: &mut dyn Look, mut event: impl FnMut(usize) -> f64) -> Option<usize> {
    (0..EVENTS).find(|at| {
        look.update(&[event(*at)]);
        look.ln_evidence() >= 20.0_f64.ln()
    })
}

/// The share of runs with an alarm, and the median event of it.
fn alarms(run: impl Fn(u64, &mut Random) -> Option<usize>, runs: u64) -> (f64, usize) {
    let found = (0..runs).filter_map(|seed| run(seed, &mut Random::new(seed, 5)));
    let mut found: Vec<usize> = found.collect();
    found.sort_unstable();
    let middle = found.get(found.len() / 2).copied().unwrap_or(EVENTS);
    (found.len() as f64 / runs as f64, middle)
}

fn reference(seed: u64, n: usize) -> Sorted {
    let mut random = Random::new(seed, 9);
    Sorted::new((0..n).map(|_| normal(&mut random)))
}

/// A skewed value within [0, 1] of mean 1/4.
fn skewed(random: &mut Random) -> f64 {
    random.unit().powi(3)
}

/// At most 5 % of runs may alarm; with 1,000 runs the share is within two standard errors of that.
#[test]
fn without_a_change_at_most_one_run_in_twenty_ever_alarms() {
    let bounded = |_, random: &mut Random| {
        let mut look = BettingMean::new(Target::point(0.25), (0.0, 1.0), 0.05);
        alarm(&mut look, |_| skewed(random))
    };
    let gaussian = |_, random: &mut Random| {
        let mut look = GaussianMean::new(Target::point(3.0), 0.05);
        alarm(&mut look, |_| 3.0 + 2.0 * normal(random))
    };
    let share = |_, random: &mut Random| {
        let mut look = MixtureShare::new(Target::point(0.02), 0.05);
        alarm(&mut look, |_| f64::from(random.unit() < 0.02))
    };
    let shape = |seed, random: &mut Random| {
        let mut look = Shape::new(&reference(seed, 500), 0.05, seed).unwrap();
        alarm(&mut look, |_| normal(random))
    };
    let ties = |seed, random: &mut Random| {
        let mut known = Random::new(seed, 8);
        let known = Sorted::new((0..200).map(|_| known.below(4) as f64));
        let mut look = Shape::new(&known, 0.05, seed).unwrap();
        alarm(&mut look, |_| random.below(4) as f64)
    };
    let (n, m) = (RUNS, RUNS / 2);
    for (name, (share, _)) in [
        ("bounded mean", alarms(bounded, m)),
        ("gaussian mean", alarms(gaussian, n)),
        ("share", alarms(share, n)),
        ("shape", alarms(shape, m)),
        ("shape of few values", alarms(ties, m)),
    ] {
        assert!(share <= 0.064, "{name}: {share}");
    }
}

#[test]
fn a_shift_is_seen_soon() {
    let bounded = |_, random: &mut Random| {
        let mut look = BettingMean::new(Target::point(0.25), (0.0, 1.0), 0.05);
        alarm(&mut look, |_| (skewed(random) + 0.1).min(1.0))
    };
    let gaussian = |_, random: &mut Random| {
        let mut look = GaussianMean::new(Target::between(-0.05, 0.05), 0.05);
        alarm(&mut look, |_| 0.35 + normal(random))
    };
    let share = |_, random: &mut Random| {
        let mut look = MixtureShare::new(Target::point(0.02), 0.05);
        alarm(&mut look, |_| f64::from(random.unit() < 0.06))
    };
    let shift = |seed, random: &mut Random| {
        let mut look = Shape::new(&reference(seed, 500), 0.05, seed).unwrap();
        alarm(&mut look, |_| 0.5 + normal(random))
    };
    let spread = |seed, random: &mut Random| {
        let mut look = Shape::new(&reference(seed, 500), 0.05, seed).unwrap();
        alarm(&mut look, |_| 2.0 * normal(random))
    };
    let late = |seed, random: &mut Random| {
        let mut look = Shape::new(&reference(seed, 2_000), 0.05, seed).unwrap();
        alarm(&mut look, |at| f64::from(at >= 500) + normal(random))
    };
    for (name, (share, middle), soon) in [
        ("bounded mean", alarms(bounded, 100), 250),
        ("gaussian mean", alarms(gaussian, 100), 150),
        ("share", alarms(share, 100), 300),
        ("shape: shift", alarms(shift, 100), 150),
        ("shape: spread", alarms(spread, 100), 150),
        ("shape: late shift", alarms(late, 100), 600),
    ] {
        assert!(share >= 0.95 && middle <= soon, "{name}: {share} {middle}");
    }
}

/// Runs whose interval is ever off the true value.
fn misses(mut look: impl Look, truth: f64, mut event: impl FnMut() -> f64) -> u64 {
    u64::from((0..300).any(|_| {
        look.update(&[event()]);
        let figure = look.figure();
        let off = |end: Option<f64>, sign: f64| end.is_some_and(|e| (e - truth) * sign > 1e-12);
        off(figure.low, 1.0) || off(figure.high, -1.0)
    }))
}

#[test]
fn intervals_hold_the_truth_at_all_times_together() {
    let point = Target::point(0.0);
    let mut missed = [0_u64; 3];
    for seed in 0..400 {
        let mut random = Random::new(seed, 6);
        let look = BettingMean::new(point, (0.0, 1.0), 0.05);
        missed[0] += misses(look, 0.25, || skewed(&mut random));
        let look = GaussianMean::new(point, 0.05);
        missed[1] += misses(look, 0.0, || normal(&mut random));
        let look = MixtureShare::new(point, 0.05);
        missed[2] += misses(look, 0.1, || f64::from(random.unit() < 0.1));
    }
    assert!(missed.iter().all(|m| *m <= 28), "{missed:?}");
}

#[test]
fn intervals_become_narrow() {
    let mut random = Random::new(1, 1);
    let values: Vec<f64> = (0..10_000).map(|_| skewed(&mut random)).collect();
    let width = |look: &mut dyn Look| {
        look.update(&values);
        let figure = look.figure();
        figure.high.unwrap() - figure.low.unwrap()
    };
    // A fixed interval at 95 % would be 0.011 wide.
    let target = Target::point(0.25);
    let betting = width(&mut BettingMean::new(target, (0.0, 1.0), 0.05));
    let gaussian = width(&mut GaussianMean::new(target, 0.05));
    assert!(betting < 0.03 && gaussian < 0.025, "{betting} {gaussian}");
}

#[test]
fn batches_may_end_anywhere() {
    let mut random = Random::new(2, 2);
    let values: Vec<f64> = (0..700).map(|_| normal(&mut random)).collect();
    let mut whole = Shape::new(&reference(1, 300), 0.05, 7).unwrap();
    let mut parts = whole.clone();
    whole.update(&values);
    for batch in values.chunks(37) {
        parts.update(batch);
    }
    assert_eq!(whole, parts);
}

#[test]
fn odd_events_give_no_panic_and_no_nan() {
    let odd = [
        f64::NAN,
        0.0,
        -0.0,
        1e300,
        -1e300,
        f64::INFINITY,
        f64::NEG_INFINITY,
        1.0,
        f64::MIN_POSITIVE,
    ];
    let bounds = [(0.0, 1.0), (0.0, 0.0), (-1e308, 1e308), (f64::NAN, 1.0)];
    let mut looks: Vec<Box<dyn Look>> = Vec::new();
    for bounds in bounds {
        looks.push(Box::new(BettingMean::new(Target::point(0.5), bounds, 0.0)));
    }
    looks.push(Box::new(GaussianMean::new(Target::point(f64::NAN), 2.0)));
    looks.push(Box::new(GaussianMean::new(Target::point(0.0), f64::NAN)));
    looks.push(Box::new(MixtureShare::new(Target::point(0.0), 0.05)));
    looks.push(Box::new(MixtureShare::new(Target::point(f64::NAN), 0.05)));
    let known = Sorted::new((0..50).map(|_| 7.0));
    looks.push(Box::new(Shape::new(&known, 0.05, 1).unwrap()));
    assert!(Shape::new(&Sorted::new([1.0]), 0.05, 1).is_none());
    for (at, look) in looks.iter_mut().enumerate() {
        assert_ne!(look.figure().status.name(), "ok", "{at}");
        look.update(&[]);
        look.update(&odd);
        look.update(&odd);
        let figure = look.figure();
        assert!(figure.value.is_none_or(f64::is_finite), "{at}: {figure:?}");
        assert!(!look.ln_evidence().is_nan(), "{at}");
        assert!((0.0..=1.0).contains(&look.p_value()), "{at}");
        assert!(look.evidence().is_finite(), "{at}");
    }
}

#[test]
fn a_mean_that_moves_on_the_way_fits_no_single_mean() {
    let mut look = BettingMean::new(Target::point(0.2), (0.0, 1.0), 0.05);
    look.update(&[0.2, 0.21, 0.19].repeat(100));
    assert!(look.figure().is_ok());
    look.update(&[0.8, 0.81, 0.79].repeat(100));
    assert_eq!(look.figure().status.name(), "undefined");
}

#[test]
fn e_values_are_rejected_as_by_their_definition() {
    let e = [50.0, 3.0, f64::NAN, 100.0, 0.0];
    let adjusted = e_adjusted(&e);
    // Two e-values reach 5 / (2·0.05) = 50.
    let rejected: Vec<bool> = adjusted.iter().map(|a| *a <= 0.05 + 1e-12).collect();
    assert_eq!(rejected, [true, false, false, true, false]);
    assert!(e_adjusted(&[]).is_empty());
}

#[test]
fn online_alarms_are_mostly_true() {
    let (mut shares, mut found, mut real) = (0.0, 0_u64, 0_u64);
    for seed in 0..200 {
        let mut random = Random::new(seed, 3);
        let mut lord = Lord::new(0.05);
        let (mut alarms, mut wrong) = (0_u64, 0_u64);
        for test in 0..500 {
            let moved = test % 5 == 0;
            let z = normal(&mut random) + if moved { 4.0 } else { 0.0 };
            if lord.update(crate::law::normal_sf(z)).alarm {
                alarms += 1;
                wrong += u64::from(!moved);
            }
        }
        found += alarms - wrong;
        real += 100;
        shares += wrong as f64 / alarms.max(1) as f64 / 200.0;
    }
    assert!(shares <= 0.05, "{shares}");
    assert!(found as f64 > 0.5 * real as f64, "{found} of {real}");
    let mut lord = Lord::new(f64::NAN);
    assert!(!lord.update(f64::NAN).alarm && !lord.update(1e-9).alarm);
}

#[test]
fn corrections_take_odd_p_values() {
    for correction in Correction::ALL {
        assert!(correction.adjusted(&[]).is_empty());
        let adjusted = correction.adjusted(&[f64::NAN, -1.0, 2.0, 0.5, 0.5]);
        assert!(adjusted.iter().all(|p| (0.0..=1.0).contains(p)));
        assert_eq!(adjusted[0].to_bits(), 1.0_f64.to_bits());
        assert_eq!(adjusted[3].to_bits(), adjusted[4].to_bits());
    }
}

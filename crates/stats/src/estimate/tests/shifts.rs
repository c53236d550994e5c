//! How often estimates are said not to hold any more: where nothing changed, and where something did.

use super::*;

/// Levels at which alarms are counted, and the most that chance makes of them: four standard deviations more than
/// is expected.
const LEVELS: [f64; 3] = [0.05, 0.01, 0.001];

#[derive(Default)]
struct Alarms([u64; 3]);

impl Alarms {
    fn take(&mut self, p: f64) {
        for (alarms, level) in self.0.iter_mut().zip(LEVELS) {
            *alarms += u64::from(p < level);
        }
    }

    fn hold(&self, runs: u64, what: &str) {
        for (alarms, level) in self.0.iter().zip(LEVELS) {
            let expected = runs as f64 * level;
            let most = expected + 4.0 * (expected * (1.0 - level)).sqrt();
            let told = &self.0;
            assert!(*alarms as f64 <= most, "{what}: {told:?} of {runs}");
        }
    }
}

fn normal(random: &mut Random) -> f64 {
    let radius = (-2.0 * (1.0 - random.unit()).ln()).sqrt();
    radius * (std::f64::consts::TAU * random.unit()).cos()
}

/// How a world makes errors.
#[derive(Clone, Copy)]
struct World {
    name: &'static str,
    /// Spread of the logarithm of an error's size: 0 for normal errors, more for long tails.
    tail: f64,
    /// Spread of the logarithm by which the errors of a whole day are larger.
    day: f64,
    /// Rows of each window of the reference, over and over.
    rows: &'static [usize],
    /// Rows of the window that is judged.
    now: usize,
}

/// Numbers that were predicted, window by window.
#[derive(Default)]
struct Numbers {
    inputs: [Vec<f64>; 2],
    prediction: Vec<f64>,
    outcome: Vec<f64>,
    window: Vec<u32>,
}

impl Numbers {
    /// Adds a day of rows: errors are `size` times as large as usual, the first input lies around `middle`.
    fn day(&mut self, world: &World, rows: usize, (size, middle): (f64, f64), random: &mut Random) {
        let window = self.window.last().map_or(0, |w| w + 1);
        let day = size * (world.day * normal(random)).exp();
        for _ in 0..rows {
            let x = middle + normal(random);
            let own = (0.4 * x + world.tail * normal(random)).exp();
            let prediction = 20.0 + 5.0 * normal(random);
            self.inputs[0].push(x);
            self.inputs[1].push((4.0 * random.unit()).floor());
            self.prediction.push(prediction);
            self.outcome.push(prediction + day * own * normal(random));
            self.window.push(window);
        }
    }

    fn features(&self) -> [Feature<'_>; 2] {
        let [x, kind] = &self.inputs;
        [Feature::number(x), Feature::category(kind)]
    }

    fn rows<'a>(&'a self, features: &'a [Feature<'a>]) -> NumberPredictions<'a> {
        NumberPredictions {
            features,
            prediction: &self.prediction,
            window: &self.window,
            windows: self.window.last().map_or(0, |w| *w as usize + 1),
        }
    }
}

fn few_trees() -> Settings {
    Settings {
        trees: 10,
        leaves: 8,
        ..Settings::default()
    }
}

/// A week, and a day after it whose errors are `now` times as large and whose inputs lie elsewhere.
fn judged(
    world: &World,
    measure: ErrorMeasure,
    now: (f64, f64),
    run: u64,
    settings: &Settings,
) -> LossShift {
    let mut random = Random::new(31, run);
    let (mut week, mut day) = (Numbers::default(), Numbers::default());
    for rows in world.rows.iter().cycle().take(7) {
        week.day(world, *rows, (1.0, 0.0), &mut random);
    }
    day.day(world, world.now, now, &mut random);
    let (old, new) = (week.features(), day.features());
    LossShift::of(
        measure,
        (&week.rows(&old), &week.outcome),
        (&day.rows(&new), &day.outcome),
        settings,
    )
    .unwrap()
}

const WORLDS: [World; 5] = [
    World {
        name: "days alike",
        tail: 0.0,
        day: 0.0,
        rows: &[300],
        now: 300,
    },
    World {
        name: "days that differ",
        tail: 0.0,
        day: 0.2,
        rows: &[300],
        now: 300,
    },
    World {
        name: "long tails",
        tail: 1.0,
        day: 0.1,
        rows: &[300],
        now: 300,
    },
    World {
        name: "few rows in a large day",
        tail: 0.0,
        day: 0.1,
        rows: &[400, 350, 60],
        now: 2_000,
    },
    World {
        name: "a small window",
        tail: 0.5,
        day: 0.1,
        rows: &[600],
        now: 100,
    },
];

#[test]
fn errors_that_did_not_change_are_seldom_said_to_have() {
    const RUNS: u64 = 200;
    let settings = few_trees();
    for world in WORLDS {
        for measure in [ErrorMeasure::Mae, ErrorMeasure::Rmse] {
            let (mut alarms, mut held) = (Alarms::default(), 0);
            for run in 0..RUNS {
                let shift = judged(&world, measure, (1.0, 0.0), run, &settings);
                alarms.take(shift.p);
                held += u64::from(holds(&shift.gap, 0.0));
            }
            alarms.hold(RUNS, &format!("{}, {measure:?}", world.name));
            assert_eq!(held, RUNS - alarms.0[0], "an interval is the test at 5 %");
        }
    }
}

#[test]
fn errors_that_grew_while_inputs_look_the_same_are_seen() {
    const RUNS: u64 = 40;
    let settings = few_trees();
    // Larger errors, and in how many of the runs at least that is certain at 1 of 1,000.
    for (world, size, seen) in [
        (WORLDS[0], 1.7, 36),
        (WORLDS[0], 2.0, 40),
        // A day's errors are larger or smaller by a fifth: three times is no certainty yet.
        (WORLDS[1], 3.0, 15),
        // Windows of 60 rows among the seven leave less to learn from.
        (WORLDS[3], 2.0, 14),
    ] {
        let mut found = 0;
        for run in 0..RUNS {
            let shift = judged(&world, ErrorMeasure::Mae, (size, 0.0), run, &settings);
            let grew = shift.gap.low.is_some_and(|low| low > 0.0);
            found += u64::from(shift.p < 0.001 && grew);
        }
        assert!(found >= seen, "{}, {size}: {found} of {RUNS}", world.name);
    }
}

#[test]
fn errors_that_are_larger_because_of_the_inputs_were_expected() {
    const RUNS: u64 = 40;
    let mut alarms = Alarms::default();
    for run in 0..RUNS {
        let shift = judged(
            &WORLDS[0],
            ErrorMeasure::Mae,
            (1.0, 1.0),
            run,
            &Settings::default(),
        );
        // e^(0.4 + 0.08) · 0.8 where it was e^0.08 · 0.8.
        let expected = shift.expected.value.unwrap();
        assert!((1.05..1.5).contains(&expected), "{expected}");
        alarms.take(shift.p);
    }
    alarms.hold(RUNS, "inputs moved");
}

#[test]
fn too_few_windows_or_rows_tell_nothing_of_errors() {
    let mut random = Random::new(32, 0);
    let world = WORLDS[0];
    let mut week = Numbers::default();
    for rows in [300, 300, 300, 300, 9] {
        week.day(&world, rows, (1.0, 0.0), &mut random);
    }
    let features = week.features();
    let rows = week.rows(&features);
    let of = |outcome: &[f64]| {
        let both = (&rows, &week.outcome[..]);
        LossShift::of(ErrorMeasure::Mae, both, (&rows, outcome), &few_trees())
    };
    assert_eq!(of(&week.outcome), None, "the fifth window is too small");
    week.day(&world, 10, (1.0, 0.0), &mut random);
    let features = week.features();
    let rows = week.rows(&features);
    let of = |outcome: &[f64]| {
        let both = (&rows, &week.outcome[..]);
        LossShift::of(ErrorMeasure::Mae, both, (&rows, outcome), &few_trees())
    };
    assert_eq!(of(&week.outcome).unwrap().windows, 5);
    assert_eq!(of(&vec![f64::NAN; week.outcome.len()]), None);
}

/// Scores of three classes, the last of them rare, that are their probabilities.
struct Classes {
    scores: [Vec<f64>; 3],
    class: Vec<u32>,
    outcome: Vec<Option<u32>>,
    window: Vec<u32>,
}

impl Classes {
    /// Outcomes are drawn by `truth` of the scores.
    fn new(rows: usize, stream: u64, truth: impl Fn([f64; 3]) -> [f64; 3]) -> Self {
        let mut random = Random::new(33, stream);
        let mut made = Self {
            scores: Default::default(),
            class: Vec::new(),
            outcome: Vec::new(),
            window: (0..rows).map(|row| (row * 7 / rows) as u32).collect(),
        };
        for _ in 0..rows {
            let odds = [0.0, 1.0, -5.0].map(|x: f64| (x + 1.5 * normal(&mut random)).exp());
            let sum: f64 = odds.iter().sum();
            let p = odds.map(|x| x / sum);
            for (scores, p) in made.scores.iter_mut().zip(p) {
                scores.push(p);
            }
            let best = (0..3).max_by(|a, b| p[*a].total_cmp(&p[*b])).unwrap_or(0);
            made.class.push(best as u32);
            let (luck, p) = (random.unit(), truth(p));
            let drawn = u32::from(luck >= p[0]) + u32::from(luck >= p[0] + p[1]);
            made.outcome.push(Some(drawn));
        }
        made
    }

    fn with<T>(&self, windows: usize, of: impl FnOnce(&ClassPredictions<'_>) -> T) -> T {
        let scores = self.scores.each_ref().map(Vec::as_slice);
        let one = vec![0; self.class.len()];
        of(&ClassPredictions {
            scores: &scores,
            class: &self.class,
            window: if windows == 1 { &one } else { &self.window },
            windows,
        })
    }

    fn fit(&self) -> ClassCbpe {
        self.with(7, |rows| {
            ClassCbpe::fit(rows, &self.outcome, &Options::default())
        })
    }
}

#[test]
fn several_classes_that_come_true_as_before_are_seldom_said_not_to() {
    const RUNS: u64 = 300;
    // More rows than taught the probabilities, and fewer.
    for (before, now) in [(3_000, 700), (3_000, 12_000)] {
        let mut alarms = Alarms::default();
        let mut held = [0_u64; 2];
        for run in 0..RUNS {
            let week = Classes::new(before, 2 * run, |p| p);
            let day = Classes::new(now, 2 * run + 1, |p| p);
            let fit = week.fit();
            day.with(1, |rows| {
                alarms.take(fit.shift(rows, &day.outcome).p);
                let estimate = fit.estimate(rows).remove(0);
                let real = realised_classes(rows, &day.outcome).remove(0);
                for (held, measure) in held.iter_mut().zip([Measure::Accuracy, Measure::RocAuc]) {
                    let between = week.with(7, |rows| fit.between(rows, measure));
                    let gap = fit.gap(&estimate, &real, measure, between.as_ref());
                    *held += u64::from(holds(&gap, 0.0));
                }
            });
        }
        alarms.hold(RUNS, &format!("{before} and {now} rows"));
        // 95 %, less four standard deviations.
        assert!(held.iter().all(|h| *h >= 270), "{held:?} of {RUNS}");
    }
}

#[test]
fn a_change_of_some_classes_or_of_all_is_seen_and_named() {
    type Truth = fn([f64; 3]) -> [f64; 3];
    let cases: [(&str, Truth); 3] = [
        ("two change places", |[a, b, c]| [b, a, c]),
        ("half of the rare one is another", |[a, b, c]| {
            [a, b + 0.9 * c, 0.1 * c]
        }),
        ("scores of two say less", |[a, b, c]| {
            let even = 0.25 * (a + b);
            [0.5 * a + even, 0.5 * b + even, c]
        }),
    ];
    let fit = Classes::new(20_000, 1, |p| p).fit();
    for (what, truth) in cases {
        let day = Classes::new(5_000, 2, truth);
        let shift = day.with(1, |rows| fit.shift(rows, &day.outcome));
        assert!(shift.p < 0.001, "{what}: {shift:?}");
        let rare = what.contains("rare");
        assert_eq!(shift.foremost() == Some(2), rare, "{what}: {shift:?}");
    }
    let none = Classes::new(0, 3, |p| p);
    let shift = none.with(1, |rows| fit.shift(rows, &none.outcome));
    assert_eq!((shift.p, shift.foremost()), (1.0, None));
}

#[test]
fn a_rare_class_that_comes_as_rarely_as_before_is_no_change() {
    // One of 1,000: far below where probabilities are cut for their logits.
    let pairs = |ones: u32| (0..40_000_u32).map(move |row| (0.001, f64::from(row < ones)));
    for (ones, is_changed) in [(40, false), (55, false), (400, true)] {
        let shift = ConceptShift::of(pairs(ones), f64::INFINITY);
        assert_eq!(shift.p < 0.001, is_changed, "{ones}: {shift:?}");
    }
}

//! How often verdicts call drift: false alarms where nothing has changed, power where something has.

use super::{Options, Sample, verdict};
use crate::drift::categorical::normal;
use crate::figure::Figure;
use crate::proportion;
use crate::random::Random;
use crate::sample::{Sorted, Tally};

/// What values a simulated column has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SceneKind {
    /// Standard normal.
    Normal,
    /// exp of standard normal.
    Lognormal,
    /// Student's law with three degrees of freedom.
    HeavyTailed,
    /// Whole numbers 0 to 6, most often in the middle.
    IntegerCoded,
    /// True in so many of a hundred rows.
    Boolean(u8),
    /// So many equal categories.
    Categories(u16),
}

impl SceneKind {
    /// The kinds of the table of false alarms.
    pub const ALL: [SceneKind; 8] = [
        SceneKind::Normal,
        SceneKind::Lognormal,
        SceneKind::HeavyTailed,
        SceneKind::IntegerCoded,
        SceneKind::Boolean(20),
        SceneKind::Categories(2),
        SceneKind::Categories(5),
        SceneKind::Categories(50),
    ];

    /// As the table calls it.
    pub fn name(self) -> String {
        match self {
            SceneKind::Normal => "normal".into(),
            SceneKind::Lognormal => "lognormal".into(),
            SceneKind::HeavyTailed => "heavy-tailed (t, 3 df)".into(),
            SceneKind::IntegerCoded => "integer-coded, 7 values".into(),
            SceneKind::Boolean(share) => format!("boolean, {share} %"),
            SceneKind::Categories(count) => format!("{count} categories"),
        }
    }

    /// Standard deviation of numbers.
    fn spread(self) -> f64 {
        use std::f64::consts::E;
        match self {
            SceneKind::Lognormal => (E * (E - 1.0)).sqrt(),
            SceneKind::HeavyTailed => 3.0_f64.sqrt(),
            // Of a binomial law of six trials.
            SceneKind::IntegerCoded => 1.5_f64.sqrt(),
            _ => 1.0,
        }
    }
}

/// A simulated column of two samples.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Scene {
    /// Its values.
    pub kind: SceneKind,
    /// Rows of the reference.
    pub reference: usize,
    /// Rows of the current sample.
    pub current: usize,
    /// How far the current sample is moved: numbers by so many standard deviations (whole numbers by one in
    /// so many rows that the mean moves as far), shares of true rows and of the first category by so
    /// much.
    pub shift: f64,
}

/// How often default verdicts call drift in `repeats` runs of `scene`, with Wilson's interval. Runs are those of
/// `seed`.
pub fn drift_rate(scene: &Scene, repeats: u32, seed: u64) -> Figure {
    let called = (0..repeats).filter(|run| {
        let mut random = Random::new(seed, u64::from(*run));
        called(scene, &mut random)
    });
    proportion::share(called.count() as u64, u64::from(repeats))
}

fn called(scene: &Scene, random: &mut Random) -> bool {
    let options = Options::default();
    match scene.kind {
        SceneKind::Boolean(share) => {
            let mut side = |rows: usize, shift: f64| {
                let p = f64::from(share) / 100.0 + shift;
                let yes = (0..rows).filter(|_| random.unit() < p).count() as u64;
                Sample::Booleans {
                    yes,
                    no: rows as u64 - yes,
                    missing: 0,
                }
            };
            let (a, b) = (side(scene.reference, 0.0), side(scene.current, scene.shift));
            verdict(&a, &b, &options).drifted
        }
        SceneKind::Categories(count) => {
            let a = categories(count, scene.reference, 0.0, random);
            let b = categories(count, scene.current, scene.shift, random);
            verdict(&Sample::Categories(&a), &Sample::Categories(&b), &options).drifted
        }
        kind => {
            let a = numbers(kind, scene.reference, 0.0, random);
            let b = numbers(kind, scene.current, scene.shift, random);
            verdict(&Sample::Numbers(&a), &Sample::Numbers(&b), &options).drifted
        }
    }
}

fn categories(count: u16, rows: usize, shift: f64, random: &mut Random) -> Tally {
    let mut counts = vec![0_u64; usize::from(count).max(2)];
    let first = 1.0 / counts.len() as f64 + shift;
    let others = counts.len() - 1;
    for _ in 0..rows {
        let at = if random.unit() < first {
            0
        } else {
            1 + random.below(others)
        };
        if let Some(count) = counts.get_mut(at) {
            *count += 1;
        }
    }
    let named = counts.into_iter().enumerate();
    Tally::new(named.map(|(at, rows)| (format!("c{at:03}"), rows)), 0)
}

fn numbers(kind: SceneKind, rows: usize, shift: f64, random: &mut Random) -> Sorted {
    let move_by = shift * kind.spread();
    let one = |random: &mut Random| match kind {
        SceneKind::Lognormal => normal(random).exp() + move_by,
        SceneKind::HeavyTailed => {
            let square = |x: f64| x * x;
            let sum: f64 = (0..3).map(|_| square(normal(random))).sum();
            normal(random) / (sum / 3.0).sqrt() + move_by
        }
        SceneKind::IntegerCoded => {
            let ones = (0..6).filter(|_| random.unit() < 0.5).count() as f64;
            ones + f64::from(random.unit() < move_by)
        }
        _ => normal(random) + move_by,
    };
    let values: Vec<f64> = (0..rows).map(|_| one(random)).collect();
    Sorted::new(values)
}

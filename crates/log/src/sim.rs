//! The simulator: journals that live, lose power and are killed on a simulated disk, from seeds.
//!
//! Every life opens the journal, compares it with what was acknowledged and with the independent
//! reader, works for a while and ends in a power cut. A failing seed prints the command that
//! replays it.

mod disk;
mod reader;
mod world;

use std::cell::Cell;
use std::fmt::Write as _;
use world::{Fate, run_seed};

/// A bug that can be built in, to prove that the simulator, or the tests of damage, would see it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Bug {
    SkipDirectorySync,
    AcknowledgeBeforeSync,
    MarkBeforeWrite,
    TrimBeforeSeal,
    KeepTornTail,
    ForgetRunSync,
    BelieveBodies,
    KeepDamageSecret,
}

thread_local! {
    static BUG: Cell<Option<Bug>> = const { Cell::new(None) };
}

/// Runs `what` with `bug` built in.
pub(crate) fn with_bug<T>(bug: Bug, what: impl FnOnce() -> T) -> T {
    BUG.set(Some(bug));
    let done = what();
    BUG.set(None);
    done
}

/// Whether `bug` is built in on this thread.
pub(crate) fn has_bug(bug: Bug) -> bool {
    BUG.get() == Some(bug)
}

/// SplitMix64: small, and the same on every machine.
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0x5151_2b2b)
    }

    pub(crate) fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `bound`.
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        self.roll() % bound
    }

    /// True once in `n` times.
    pub(crate) fn one_in(&mut self, n: u64) -> bool {
        self.below(n) == 0
    }
}

/// Lives of a review; `make prove` lives many times as many.
const SEEDS: u64 = 10_000;

fn number_from_environment(name: &str) -> Option<u64> {
    #[allow(clippy::disallowed_methods, reason = "a test's own switch")]
    std::env::var(name).ok().and_then(|text| text.parse().ok())
}

/// Runs `seeds` on two threads; the failures, and what happened in all of them together.
fn run_seeds(seeds: std::ops::Range<u64>, bug: Option<Bug>, stop_at_first: bool) -> (String, Fate) {
    let run_half = |half: u64| {
        BUG.set(bug);
        let (mut failures, mut fate) = (String::new(), Fate::default());
        for seed in seeds.clone().filter(|seed| seed % 2 == half) {
            let (violations, happened) = run_seed(seed);
            fate.add(&happened);
            for violation in &violations {
                let _ = writeln!(
                    failures,
                    "seed {seed}: {violation}\n  CANDOR_LOG_SEED={seed} cargo test -p candor-log simulated"
                );
            }
            if stop_at_first && !violations.is_empty() {
                break;
            }
        }
        (failures, fate)
    };
    std::thread::scope(|scope| {
        let other = scope.spawn(|| run_half(1));
        let (mut failures, mut fate) = run_half(0);
        let (more, happened) = other.join().unwrap();
        failures.push_str(&more);
        fate.add(&happened);
        (failures, fate)
    })
}

#[test]
fn simulated_lives_keep_what_was_acknowledged_once() {
    let one = number_from_environment("CANDOR_LOG_SEED");
    let times = number_from_environment("CANDOR_PROVE").unwrap_or(1);
    let count = number_from_environment("CANDOR_LOG_SEEDS").unwrap_or(SEEDS * times);
    let seeds = one.map_or(0..count, |seed| seed..seed + 1);
    let (failures, fate) = run_seeds(seeds, None, false);
    assert!(failures.is_empty(), "{failures}");
    // A simulator in which nothing happens proves nothing.
    if one.is_none() && count >= 1000 {
        let Fate {
            acknowledged,
            torn_tails,
            failed,
            full,
            no_space,
            trims,
            runs,
            in_doubt,
        } = fate;
        for happened in [
            acknowledged,
            torn_tails,
            failed,
            full,
            no_space,
            trims,
            runs,
            in_doubt,
        ] {
            assert!(happened > 100, "too little happened: {fate:?}");
        }
    }
}

#[test]
fn a_seed_replays_the_same_life() {
    for seed in 0..20 {
        assert_eq!(run_seed(seed), run_seed(seed));
    }
}

#[test]
fn every_bug_built_in_is_found() {
    let bugs = [
        Bug::SkipDirectorySync,
        Bug::AcknowledgeBeforeSync,
        Bug::MarkBeforeWrite,
        Bug::TrimBeforeSeal,
        Bug::KeepTornTail,
        Bug::ForgetRunSync,
    ];
    for bug in bugs {
        let (failures, _) = run_seeds(0..2000, Some(bug), true);
        assert!(!failures.is_empty(), "{bug:?} went unnoticed");
    }
}

//! Time to delete by. The wall clock may be set wrong, by a person or a time server; what is deleted
//! by it, or forgotten by it, does not come back. So it is compared with the time since the machine
//! started, and with what was seen before: a jump that nothing explains is doubted. While it is,
//! time goes on from where it was last believed, and nothing is deleted.

use serde::{Deserialize, Serialize};

const HOUR_US: i64 = 3_600_000_000;
/// Differences up to this are what time servers, leap seconds and slow clocks explain.
const JUMP_US: i64 = HOUR_US;
/// A clock that ran steadily for so long after a jump is believed: whoever set it meant it.
const STEADY_US: i64 = 24 * HOUR_US;
/// The same after the machine was off, which explains a jump forward but not how far: time servers
/// have had their say by then.
const STEADY_AFTER_START_US: i64 = HOUR_US;

/// What the machine's clocks say at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Look {
    /// Microseconds since 1970, UTC.
    pub(crate) wall_us: i64,
    /// Time since the machine started, where the system tells.
    pub(crate) up: Option<Up>,
}

/// How long a machine has been running.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Up {
    /// Microseconds since its start, sleep included.
    pub(crate) us: i64,
    /// Names the start.
    pub(crate) boot: String,
}

/// A jump that nothing explains.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Doubt {
    /// How long the clock has run steadily since.
    steady_us: i64,
    /// After how long it will be believed.
    needed_us: i64,
}

/// What was seen last.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Memory {
    wall_us: i64,
    up: Up,
    /// By how much the wall clock is ahead of what is believed; 0 without a doubt.
    ahead_us: i64,
    doubt: Option<Doubt>,
}

impl Memory {
    /// Whether the clock is doubted now.
    pub(crate) fn is_in_doubt(&self) -> bool {
        self.doubt.is_some()
    }

    /// By how much the wall clock is ahead of what is believed, in microseconds; 0 without a doubt.
    pub(crate) fn ahead_us(&self) -> i64 {
        self.ahead_us
    }

    /// The time that is believed, in microseconds since 1970.
    pub(crate) fn believed_us(&self) -> i64 {
        self.wall_us.saturating_sub(self.ahead_us)
    }

    fn first(wall_us: i64, up: Up) -> Self {
        Self {
            wall_us,
            up,
            ahead_us: 0,
            doubt: None,
        }
    }

    /// What is known after one more look.
    fn after(self, wall_us: i64, up: Up) -> Self {
        let same_start = up.boot == self.up.boot && up.us >= self.up.us;
        // How long the machine was off is not known.
        let elapsed_us = if same_start { up.us - self.up.us } else { 0 };
        let jump_us = wall_us
            .saturating_sub(self.wall_us)
            .saturating_sub(elapsed_us);
        let ahead_us = self.ahead_us.saturating_add(jump_us);
        let doubt = if jump_us.saturating_abs() > JUMP_US {
            let after_start = !same_start && jump_us > 0;
            let needed_us = if after_start {
                STEADY_AFTER_START_US
            } else {
                STEADY_US
            };
            Some(Doubt {
                steady_us: 0,
                needed_us,
            })
        } else {
            self.doubt.map(|doubt| Doubt {
                steady_us: doubt.steady_us.saturating_add(elapsed_us),
                ..doubt
            })
        };
        let undone = ahead_us.saturating_abs() <= JUMP_US;
        match doubt.filter(|d| !undone && d.steady_us < d.needed_us) {
            Some(doubt) => Self {
                wall_us,
                up,
                ahead_us,
                doubt: Some(doubt),
            },
            None => Self::first(wall_us, up),
        }
    }
}

/// What is known after a look, given what was known before; `None` where the system does not tell
/// how long it has been running, so that nothing can be compared.
pub(crate) fn compare(memory: Option<Memory>, look: Look) -> Option<Memory> {
    let up = look.up?;
    Some(match memory {
        Some(memory) => memory.after(look.wall_us, up),
        None => Memory::first(look.wall_us, up),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY_US: i64 = 24 * HOUR_US;
    const YEAR_US: i64 = 365 * DAY_US;
    const START_US: i64 = 1_700_000_000_000_000;

    /// A machine whose wall clock is off by something.
    struct Machine {
        true_us: i64,
        off_us: i64,
        boots: u32,
        booted_us: i64,
        memory: Option<Memory>,
    }

    impl Machine {
        fn new() -> Self {
            let mut machine = Self {
                true_us: START_US,
                off_us: 0,
                boots: 0,
                booted_us: START_US - HOUR_US,
                memory: None,
            };
            machine.run(1);
            machine
        }

        /// Runs for some minutes with a look at each; whether the clock is in doubt then.
        fn run(&mut self, minutes: i64) -> bool {
            for _ in 0..minutes {
                self.true_us += HOUR_US / 60;
                let up = Up {
                    us: self.true_us - self.booted_us,
                    boot: self.boots.to_string(),
                };
                let look = Look {
                    wall_us: self.true_us + self.off_us,
                    up: Some(up),
                };
                self.memory = compare(self.memory.take(), look);
            }
            self.memory.as_ref().unwrap().is_in_doubt()
        }

        fn is_off_for(&mut self, us: i64) {
            self.true_us += us;
            self.booted_us = self.true_us;
            self.boots += 1;
        }

        /// How far what is believed is from the truth.
        fn error_us(&self) -> i64 {
            self.memory.as_ref().unwrap().believed_us() - self.true_us
        }
    }

    #[test]
    fn jumps_are_doubted_and_time_goes_on_as_before() {
        for off_us in [
            2 * HOUR_US,
            -2 * HOUR_US,
            DAY_US,
            YEAR_US,
            -YEAR_US,
            50 * YEAR_US,
        ] {
            let mut machine = Machine::new();
            machine.off_us = off_us;
            assert!(machine.run(60), "{off_us}");
            assert_eq!(machine.error_us(), 0, "{off_us}");
            assert_eq!(machine.memory.as_ref().unwrap().ahead_us(), off_us);
            // The process may be started again meanwhile: what was seen is on disk.
            let text = serde_json::to_string(&machine.memory).unwrap();
            machine.memory = serde_json::from_str(&text).unwrap();
            assert!(machine.run(60), "{off_us}");
            machine.off_us = 0;
            assert!(!machine.run(1), "undone: {off_us}");
            assert_eq!(machine.error_us(), 0);
        }
    }

    #[test]
    fn steps_of_a_time_server_and_a_leap_day_are_no_jumps() {
        for off_us in [1, -1, HOUR_US / 2, -HOUR_US / 2] {
            let mut machine = Machine::new();
            machine.off_us = off_us;
            assert!(!machine.run(1));
            assert_eq!(machine.error_us(), off_us);
        }
        // 2024-02-28 23:00 UTC.
        let mut machine = Machine::new();
        machine.true_us = 1_709_161_200_000_000;
        machine.booted_us = machine.true_us - HOUR_US;
        machine.memory = None;
        assert!(!machine.run(3 * 24 * 60));
    }

    #[test]
    fn a_jump_that_lasts_is_believed_after_a_day_of_running() {
        let mut machine = Machine::new();
        machine.off_us = YEAR_US;
        assert!(machine.run(24 * 60));
        assert!(!machine.run(2));
        assert_eq!(machine.error_us(), YEAR_US);
    }

    #[test]
    fn a_machine_that_was_off_is_believed_after_an_hour_unless_time_went_backwards() {
        let mut machine = Machine::new();
        machine.is_off_for(20 * DAY_US);
        assert!(machine.run(1));
        assert!(machine.error_us() < 0, "too early rather than too late");
        assert!(machine.run(58));
        assert!(!machine.run(3));
        assert_eq!(machine.error_us(), 0);
        machine.is_off_for(HOUR_US / 2);
        assert!(!machine.run(1), "a quick restart");
        machine.is_off_for(HOUR_US / 2);
        machine.off_us = -YEAR_US;
        assert!(machine.run(23 * 60));
    }

    #[test]
    fn without_a_time_since_the_start_nothing_is_compared() {
        let look = Look {
            wall_us: 1,
            up: None,
        };
        assert_eq!(compare(None, look), None);
    }
}

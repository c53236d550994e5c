//! Many tests one after the other, without an end.

/// So many alarms are remembered. What older ones gave is nearly spent; without them levels are lower.
pub const LORD_KEPT: usize = 1_000;

/// Makes the weights of all tests together at most 1.
const NORM: f64 = 0.079;

/// LORD++ (Ramdas, Yang, Wainwright and Jordan 2017): p-values come one after the other, each is decided at
/// once, and the expected share of false alarms among all alarms stays at most `level`. Tests are
/// independent; each alarm earns a right to be bolder, quiet makes more careful.
#[derive(Debug, Clone, PartialEq)]
pub struct Lord {
    /// Largest expected share of false alarms.
    pub level: f64,
    /// What may be spent before the first alarm; half the level.
    pub wealth: f64,
    /// Tests so far.
    pub tests: u64,
    /// The test that was the first alarm, from 1.
    pub first: Option<u64>,
    /// The tests that were later alarms, ascending; the last [`LORD_KEPT`].
    pub later: Vec<u64>,
}

/// One decision of [`Lord`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LordTest {
    /// The p-value had to be at most this.
    pub level: f64,
    /// Whether it was.
    pub alarm: bool,
}

impl Lord {
    /// Before the first test; `level` is cut to [0, 1].
    pub fn new(level: f64) -> Self {
        let level = if level.is_nan() {
            0.0
        } else {
            level.clamp(0.0, 1.0)
        };
        Self {
            level,
            wealth: level / 2.0,
            tests: 0,
            first: None,
            later: Vec::new(),
        }
    }

    /// What the next p-value must not exceed.
    pub fn next_level(&self) -> f64 {
        let test = self.tests + 1;
        let weight = |alarm: u64| weight(test.saturating_sub(alarm));
        let first = self.first.map_or(0.0, weight);
        let later: f64 = self.later.iter().map(|alarm| weight(*alarm)).sum();
        weight(0) * self.wealth + first * (self.level - self.wealth) + later * self.level
    }

    /// Decides the next p-value. What is not a number is a test without an alarm.
    pub fn update(&mut self, p: f64) -> LordTest {
        let level = self.next_level();
        self.tests += 1;
        let alarm = p <= level;
        if alarm && self.first.is_none() {
            self.first = Some(self.tests);
        } else if alarm {
            self.later.push(self.tests);
            let surplus = self.later.len().saturating_sub(LORD_KEPT);
            self.later.drain(..surplus);
        }
        LordTest { level, alarm }
    }
}

/// The weight of the `t`-th test since an alarm (Javanmard and Montanari 2018): log(t ∨ 2) / (t·exp(√log t)).
fn weight(t: u64) -> f64 {
    if t == 0 {
        return 0.0;
    }
    let t = t as f64;
    NORM * t.max(2.0).ln() / (t * t.ln().sqrt().exp())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_weights_of_all_tests_add_up_to_at_most_one() {
        let until = 1_000_000_u64;
        let sum: f64 = (1..=until).map(weight).sum();
        // The rest is below the integral of the weight: 2·Γ(4, s) at s = √log(until).
        let s = (until as f64).ln().sqrt();
        let rest = NORM * 2.0 * (-s).exp() * (s.powi(3) + 3.0 * s * s + 6.0 * s + 6.0);
        assert!(sum + rest <= 1.0 && sum + rest > 0.98, "{sum} {rest}");
    }
}

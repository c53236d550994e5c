//! How often and how patiently a request is sent again.

use std::fmt;
use std::time::Duration;

/// Longest wait before one attempt, whatever the server asks for.
const WAIT_MAX: Duration = Duration::from_secs(30);
/// First wait when the server names none; it doubles with every attempt.
const WAIT_FIRST: Duration = Duration::from_millis(100);

type Jitter = Box<dyn Fn() -> f64 + Send + Sync>;
type Pause = Box<dyn Fn(Duration) + Send + Sync>;

/// What to do when the server is full (503) or could not be reached. The randomness and the waiting
/// are the caller's, so that tests and simulations decide both.
pub struct Retry {
    attempts: u32,
    jitter: Jitter,
    pause: Pause,
}

impl Retry {
    /// At most `attempts` tries altogether. `jitter` gives numbers in `[0, 1)` that spread clients
    /// over time; `pause` waits.
    pub fn new(
        attempts: u32,
        jitter: impl Fn() -> f64 + Send + Sync + 'static,
        pause: impl Fn(Duration) + Send + Sync + 'static,
    ) -> Self {
        Self {
            attempts: attempts.max(1),
            jitter: Box::new(jitter),
            pause: Box::new(pause),
        }
    }

    /// One try only.
    pub fn never() -> Self {
        Self::new(1, || 0.0, |_| ())
    }

    /// Whether another try follows after try number `made`, counted from 1.
    pub(crate) fn again(&self, made: u32) -> bool {
        made < self.attempts
    }

    /// Waits before the next try: what the server asked for, else twice as long each time, plus up
    /// to half of it.
    pub(crate) fn wait(&self, made: u32, asked: Option<Duration>) {
        (self.pause)(self.delay(made, asked));
    }

    fn delay(&self, made: u32, asked: Option<Duration>) -> Duration {
        let doubled = WAIT_FIRST.saturating_mul(1 << made.saturating_sub(1).min(16));
        let base = asked.unwrap_or(doubled).min(WAIT_MAX);
        base + base.mul_f64((self.jitter)().clamp(0.0, 1.0) / 2.0)
    }
}

impl fmt::Debug for Retry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Retry")
            .field("attempts", &self.attempts)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_and_follow_the_server_within_a_bound() {
        let calm = Retry::new(9, || 0.0, |_| ());
        let wild = Retry::new(9, || 1.0, |_| ());
        let ms = Duration::from_millis;
        assert_eq!(calm.delay(1, None), ms(100));
        assert_eq!(calm.delay(3, None), ms(400));
        assert_eq!(wild.delay(3, None), ms(600));
        assert_eq!(calm.delay(1, Some(ms(2_000))), ms(2_000));
        assert_eq!(calm.delay(40, None), WAIT_MAX);
        assert_eq!(calm.delay(1, Some(Duration::from_secs(86_400))), WAIT_MAX);
        assert!(calm.again(8) && !calm.again(9) && !Retry::never().again(1));
    }
}

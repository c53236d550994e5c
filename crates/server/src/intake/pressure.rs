//! Whether more requests may wait, so that those that are taken do not wait long.

use crate::problem::Problem;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// Requests that are taken however long they wait: enough to keep decoders and the log busy.
const ALWAYS: usize = 6;
/// With more of them on their way, new ones are refused while requests wait longer than this.
const WAIT: Duration = Duration::from_millis(20);
/// Weight of the newest wait in the mean, as a shift.
const NEWEST: u32 = 2;

/// Requests on their way and how long they wait before they are worked on.
#[derive(Debug, Default)]
pub(crate) struct Pressure {
    under_way: AtomicUsize,
    /// Moving mean of waits, in microseconds.
    wait_us: AtomicU64,
}

/// A request on its way; dropped when it is answered.
#[derive(Debug)]
pub(crate) struct UnderWay(Arc<Pressure>);

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.0.under_way.fetch_sub(1, Ordering::AcqRel);
    }
}

impl Pressure {
    /// Refuses at once what would wait too long.
    ///
    /// # Errors
    /// 503, while others wait.
    pub(crate) fn check(&self) -> Result<(), Problem> {
        let wait = Duration::from_micros(self.wait_us.load(Ordering::Relaxed));
        if self.under_way.load(Ordering::Acquire) >= ALWAYS && wait > WAIT {
            return Err(Problem::busy(
                "More requests come than the server can take.",
            ));
        }
        Ok(())
    }

    /// Takes a request.
    pub(crate) fn enter(self: &Arc<Self>) -> UnderWay {
        self.under_way.fetch_add(1, Ordering::AcqRel);
        UnderWay(Arc::clone(self))
    }

    /// Notes how long a request waited until it was worked on.
    pub(crate) fn waited_since(&self, entered: Instant) {
        let us = u64::try_from(entered.elapsed().as_micros()).unwrap_or(u64::MAX);
        self.note(us);
    }

    fn note(&self, us: u64) {
        let mean = self.wait_us.load(Ordering::Relaxed);
        // Two that note at once lose one of a mean of many.
        let next = mean - (mean >> NEWEST) + (us >> NEWEST);
        self.wait_us.store(next, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_requests_are_taken_however_long_they_wait() {
        let pressure = Arc::new(Pressure::default());
        (0..20).for_each(|_| pressure.note(5_000_000));
        let mut taken: Vec<UnderWay> = (0..ALWAYS - 1).map(|_| pressure.enter()).collect();
        assert!(pressure.check().is_ok());
        taken.push(pressure.enter());
        assert_eq!(pressure.check().unwrap_err().code, "busy");
        taken.pop();
        assert!(pressure.check().is_ok());
    }

    #[test]
    fn many_requests_are_taken_while_waits_are_short() {
        let pressure = Arc::new(Pressure::default());
        let taken: Vec<UnderWay> = (0..500).map(|_| pressure.enter()).collect();
        assert!(pressure.check().is_ok());
        (0..20).for_each(|_| pressure.note(100_000));
        assert!(pressure.check().is_err());
        (0..20).for_each(|_| pressure.note(1_000));
        assert!(pressure.check().is_ok());
        drop(taken);
    }
}

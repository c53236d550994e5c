//! Whether more requests may wait, so that those that are taken do not wait long.

use crate::problem::Problem;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// Requests that are taken however long they wait: enough to keep decoders and the log busy.
const ALWAYS: usize = 6;
/// With more of them on their way, new ones are refused while requests wait longer than this.
const WAIT: Duration = Duration::from_millis(20);
/// What waits told longer ago says nothing of now: those that wait to be read may be slow senders.
const STALE: Duration = Duration::from_millis(100);
/// After a refusal there is a crowd for so long.
const CROWD: Duration = Duration::from_secs(1);
/// Weight of the newest wait in the mean, as a shift.
const NEWEST: u32 = 2;

/// Requests on their way, from before their body is read, and how long they wait before they are worked
/// on.
#[derive(Debug)]
pub(crate) struct Pressure {
    under_way: AtomicUsize,
    /// Moving mean of waits, in microseconds.
    wait_us: AtomicU64,
    began: Instant,
    /// When the last wait was noted, in microseconds since `began`.
    noted_us: AtomicU64,
    /// When the last request was refused, in microseconds since `began`; 0 if none was.
    refused_us: AtomicU64,
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
    /// No request on its way.
    pub(crate) fn new(now: Instant) -> Self {
        Self {
            under_way: AtomicUsize::new(0),
            wait_us: AtomicU64::new(0),
            began: now,
            noted_us: AtomicU64::new(0),
            refused_us: AtomicU64::new(0),
        }
    }

    /// Takes a request, or refuses at once what would wait too long: behind others, or, in a crowd, until the
    /// lake is at ease.
    ///
    /// # Errors
    /// 503, while others wait.
    pub(crate) fn enter(
        self: &Arc<Self>,
        now: Instant,
        at_ease: bool,
    ) -> Result<UnderWay, Problem> {
        let before = self.under_way.fetch_add(1, Ordering::AcqRel);
        let taken = UnderWay(Arc::clone(self));
        let waits = before >= ALWAYS && self.wait(now) > WAIT;
        if waits || !at_ease && self.is_crowd(now) {
            self.refused_us
                .store(self.since_began(now), Ordering::Relaxed);
            return Err(Problem::busy(
                "More requests come than the server can take.",
            ));
        }
        Ok(taken)
    }

    /// Whether requests were refused just now: then a reply that is held back slows nobody down, it only
    /// takes the place of another.
    pub(crate) fn is_crowd(&self, now: Instant) -> bool {
        let refused = self.refused_us.load(Ordering::Relaxed);
        refused > 0 && self.since_began(now).saturating_sub(refused) < micros(CROWD)
    }

    fn since_began(&self, now: Instant) -> u64 {
        micros(now.duration_since(self.began))
    }

    /// How long requests wait at present.
    fn wait(&self, now: Instant) -> Duration {
        let noted = Duration::from_micros(self.noted_us.load(Ordering::Relaxed));
        if now.duration_since(self.began).saturating_sub(noted) > STALE {
            return Duration::ZERO;
        }
        Duration::from_micros(self.wait_us.load(Ordering::Relaxed))
    }

    /// Notes how long a request waited until it was worked on.
    pub(crate) fn waited(&self, entered: Instant, now: Instant) {
        let mean = self.wait_us.load(Ordering::Relaxed);
        let newest = micros(now.duration_since(entered));
        // Two that note at once lose one of a mean of many.
        let next = mean - (mean >> NEWEST) + (newest >> NEWEST);
        self.wait_us.store(next, Ordering::Relaxed);
        self.noted_us
            .store(self.since_began(now), Ordering::Relaxed);
    }
}

fn micros(span: Duration) -> u64 {
    u64::try_from(span.as_micros()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A server at which requests have waited for `wait`, and a moment just after.
    fn under(wait: Duration) -> (Arc<Pressure>, Instant) {
        let began = crate::clock::start();
        let now = began + Duration::from_secs(60);
        let pressure = Arc::new(Pressure::new(began));
        (0..30).for_each(|_| pressure.waited(now - wait, now));
        (pressure, now)
    }

    fn enter(pressure: &Arc<Pressure>, now: Instant, requests: usize) -> Vec<UnderWay> {
        (0..requests)
            .map_while(|_| pressure.enter(now, true).ok())
            .collect()
    }

    #[test]
    fn few_requests_are_taken_however_long_they_wait() {
        let (pressure, now) = under(Duration::from_secs(5));
        let mut taken = enter(&pressure, now, 100);
        assert_eq!(taken.len(), ALWAYS);
        assert_eq!(pressure.enter(now, true).unwrap_err().code, "busy");
        taken.pop();
        assert!(pressure.enter(now, true).is_ok());
    }

    #[test]
    fn many_requests_are_taken_while_waits_are_short() {
        let (pressure, now) = under(Duration::from_millis(1));
        assert_eq!(enter(&pressure, now, 500).len(), 500);
    }

    #[test]
    fn slow_senders_do_not_keep_others_out() {
        let (pressure, now) = under(Duration::from_secs(5));
        let slow = enter(&pressure, now, ALWAYS);
        assert!(pressure.enter(now, true).is_err());
        let later = now + STALE + Duration::from_millis(1);
        assert!(pressure.enter(later, true).is_ok());
        drop(slow);
    }

    #[test]
    fn a_lake_that_is_behind_takes_from_few_and_refuses_a_crowd() {
        let (pressure, now) = under(Duration::from_secs(5));
        assert!(pressure.enter(now, false).is_ok(), "nobody was refused yet");
        let taken = enter(&pressure, now, ALWAYS);
        assert!(pressure.enter(now, true).is_err());
        drop(taken);
        assert!(pressure.is_crowd(now));
        assert!(pressure.enter(now, false).is_err());
        assert!(pressure.enter(now, true).is_ok());
        assert!(pressure.enter(now + CROWD, false).is_ok());
    }
}

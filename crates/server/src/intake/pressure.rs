//! Whether more requests may come in, so that those that are taken are answered soon.

use crate::clock;
use crate::problem::Problem;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// Requests that are taken whatever the pace: enough to keep decoders and the log busy.
const ALWAYS: usize = 6;
/// With more of them on their way, new ones are refused that would take longer than this at the present pace.
const WAIT: Duration = Duration::from_millis(25);
/// After a refusal there is a crowd for so long.
const CROWD: Duration = Duration::from_secs(1);
/// Weight of the newest pace in the mean, as a shift.
const NEWEST: u32 = 3;
/// A longer pace counts as this, at which none but [`ALWAYS`] are taken: one sync that takes long is no overload.
const PACE_NS_MAX: u64 = WAIT.as_nanos() as u64 / 4;
/// Who sends a body for longer than this gives up the place until it is sent, so that slow senders keep
/// nobody out.
pub(crate) const SLOW: Duration = Duration::from_millis(200);
/// Requests of fewer bytes are taken however many there are: by tens they cost as one.
const SMALL: usize = 16 << 10;

/// Requests on their way, from before their body is read until they are answered, and how fast they are
/// dealt with. By Little's law a new one takes as long as those on their way take one after another.
#[derive(Debug)]
pub(crate) struct Pressure {
    under_way: AtomicUsize,
    began: Instant,
    /// Moving mean of the time from one answer to the next while [`ALWAYS`] were on their way, in
    /// nanoseconds.
    pace_ns: AtomicU64,
    /// When so many came to be on their way, or were answered last; in nanoseconds since `began`.
    busy_ns: AtomicU64,
    /// When the last request was refused, in nanoseconds since `began`; 0 if none was.
    refused_ns: AtomicU64,
}

/// A place for a request on its way; dropped when it is answered.
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
            began: now,
            pace_ns: AtomicU64::new(0),
            busy_ns: AtomicU64::new(0),
            refused_ns: AtomicU64::new(0),
        }
    }

    /// Takes a request of so many bytes, if they are known, or refuses at once what would wait too long: behind
    /// others, or, in a crowd, until the lake is at ease.
    ///
    /// # Errors
    /// 503, while others wait.
    pub(crate) fn enter(
        self: &Arc<Self>,
        now: Instant,
        bytes: Option<usize>,
        at_ease: bool,
    ) -> Result<UnderWay, Problem> {
        let (taken, before) = self.count(now);
        if bytes.is_some_and(|bytes| bytes < SMALL) {
            return Ok(taken);
        }
        let waits = before >= ALWAYS && self.wait_ns(before + 1) > nanos(WAIT);
        if waits || !at_ease && self.is_crowd(now) {
            self.refused_ns.store(self.since(now), Ordering::Relaxed);
            return Err(Problem::busy(
                "More requests come than the server can take.",
            ));
        }
        Ok(taken)
    }

    /// Waits for what a request sends. Who takes longer than `slow` has no place meanwhile.
    pub(crate) async fn while_sent<T>(
        self: &Arc<Self>,
        place: UnderWay,
        slow: Duration,
        sent: impl Future<Output = T>,
    ) -> (T, UnderWay) {
        let mut sent = std::pin::pin!(sent);
        if let Ok(read) = tokio::time::timeout(slow, &mut sent).await {
            return (read, place);
        }
        drop(place);
        let read = sent.await;
        (read, self.count(clock::start()).0)
    }

    /// A place, and how many there were before.
    fn count(self: &Arc<Self>, now: Instant) -> (UnderWay, usize) {
        let before = self.under_way.fetch_add(1, Ordering::AcqRel);
        if before + 1 == ALWAYS {
            self.busy_ns.store(self.since(now), Ordering::Relaxed);
        }
        (UnderWay(Arc::clone(self)), before)
    }

    /// How long the last of so many requests takes.
    fn wait_ns(&self, requests: usize) -> u64 {
        let pace = self.pace_ns.load(Ordering::Relaxed);
        pace.saturating_mul(requests as u64)
    }

    /// Notes that so many requests are about to be answered together.
    pub(crate) fn answered(&self, requests: usize, now: Instant) {
        if requests == 0 || self.under_way.load(Ordering::Acquire) < ALWAYS {
            return;
        }
        let now = self.since(now);
        let last = self.busy_ns.swap(now, Ordering::Relaxed);
        let newest = (now.saturating_sub(last) / requests as u64).min(PACE_NS_MAX);
        let mean = self.pace_ns.load(Ordering::Relaxed);
        // Two that note at once lose one of a mean of many.
        let next = mean - (mean >> NEWEST) + (newest >> NEWEST);
        self.pace_ns.store(next, Ordering::Relaxed);
    }

    /// Whether requests were refused just now: then a reply that is held back slows nobody down, it only
    /// takes the place of another.
    pub(crate) fn is_crowd(&self, now: Instant) -> bool {
        let refused = self.refused_ns.load(Ordering::Relaxed);
        refused > 0 && self.since(now).saturating_sub(refused) < nanos(CROWD)
    }

    fn since(&self, now: Instant) -> u64 {
        nanos(now.duration_since(self.began))
    }
}

fn nanos(span: Duration) -> u64 {
    u64::try_from(span.as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A busy server that answers a request each `pace`, and the moment of the last answer.
    fn at_pace(pace: Duration) -> (Arc<Pressure>, Instant) {
        let began = clock::start();
        let mut now = began + Duration::from_secs(60);
        let pressure = Arc::new(Pressure::new(began));
        let busy: Vec<UnderWay> = (0..ALWAYS).map(|_| pressure.count(now).0).collect();
        for _ in 0..60 {
            now += pace;
            pressure.answered(1, now);
        }
        drop(busy);
        (pressure, now)
    }

    fn enter(pressure: &Arc<Pressure>, now: Instant, requests: usize) -> Vec<UnderWay> {
        (0..requests)
            .map_while(|_| pressure.enter(now, None, true).ok())
            .collect()
    }

    #[test]
    fn few_requests_are_taken_however_long_they_wait() {
        let (pressure, now) = at_pace(Duration::from_secs(5));
        let mut taken = enter(&pressure, now, 100);
        assert_eq!(taken.len(), ALWAYS);
        assert_eq!(pressure.enter(now, None, true).unwrap_err().code, "busy");
        taken.pop();
        assert!(pressure.enter(now, None, true).is_ok());
    }

    #[test]
    fn as_many_are_taken_as_are_answered_in_time() {
        let (pressure, now) = at_pace(Duration::from_millis(1));
        let taken = enter(&pressure, now, 500).len();
        assert!((24..=27).contains(&taken), "{taken}");
        let (pressure, now) = at_pace(Duration::from_micros(10));
        assert_eq!(enter(&pressure, now, 500).len(), 500);
    }

    #[test]
    fn many_that_are_answered_together_are_fast() {
        let (pressure, mut now) = at_pace(Duration::from_millis(100));
        let busy = (0..200).map(|_| pressure.count(now).0).collect::<Vec<_>>();
        for _ in 0..60 {
            now += Duration::from_millis(5);
            pressure.answered(100, now);
        }
        assert!(pressure.enter(now, None, true).is_ok());
        drop(busy);
    }

    #[test]
    fn one_sync_that_takes_long_is_no_overload() {
        let (pressure, mut now) = at_pace(Duration::from_micros(10));
        let busy = enter(&pressure, now, 64);
        now += Duration::from_secs(1);
        pressure.answered(busy.len(), now);
        drop(busy);
        assert_eq!(enter(&pressure, now, 20).len(), 20);
    }

    #[test]
    fn small_requests_are_taken_however_many_there_are() {
        let (pressure, now) = at_pace(Duration::from_secs(5));
        let _busy = enter(&pressure, now, ALWAYS);
        for (bytes, is_taken) in [(Some(200), true), (Some(SMALL), false), (None, false)] {
            assert_eq!(
                pressure.enter(now, bytes, true).is_ok(),
                is_taken,
                "{bytes:?}"
            );
        }
    }

    #[tokio::test]
    async fn who_sends_slowly_has_no_place_until_it_is_sent() {
        let (pressure, now) = at_pace(Duration::from_secs(5));
        let places = || pressure.under_way.load(Ordering::Acquire);
        let quick = async { places() };
        let place = pressure.count(now).0;
        let (meanwhile, place) = pressure.while_sent(place, SLOW, quick).await;
        assert_eq!((meanwhile, places()), (1, 1));
        // It sends until the place is given up.
        let slow = async {
            while places() > 0 {
                tokio::task::yield_now().await;
            }
            places()
        };
        let (meanwhile, place) = pressure.while_sent(place, Duration::ZERO, slow).await;
        assert_eq!((meanwhile, places()), (0, 1));
        drop(place);
        assert_eq!(places(), 0);
    }

    #[test]
    fn a_lake_that_is_behind_takes_from_few_and_refuses_a_crowd() {
        let (pressure, now) = at_pace(Duration::from_secs(5));
        assert!(
            pressure.enter(now, None, false).is_ok(),
            "nobody was refused yet"
        );
        let taken = enter(&pressure, now, ALWAYS);
        assert!(pressure.enter(now, None, true).is_err());
        drop(taken);
        assert!(pressure.is_crowd(now));
        assert!(pressure.enter(now, None, false).is_err());
        assert!(pressure.enter(now, None, true).is_ok());
        assert!(pressure.enter(now + CROWD, None, false).is_ok());
    }
}

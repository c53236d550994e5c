//! The command line's clock. Everything below it takes time as a parameter.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// Microseconds since 1970.
#[expect(
    clippy::disallowed_methods,
    reason = "the command line reads the clock"
)]
pub(crate) fn now_us() -> i64 {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    i64::try_from(since.as_micros()).unwrap_or(i64::MAX)
}

/// A running stopwatch.
#[expect(
    clippy::disallowed_methods,
    reason = "the command line reads the clock"
)]
pub(crate) fn start() -> Instant {
    Instant::now()
}

/// Waits in this thread.
#[expect(
    clippy::disallowed_methods,
    reason = "commands are synchronous and may wait"
)]
pub(crate) fn pause(duration: Duration) {
    std::thread::sleep(duration);
}

/// A number in `[0, 1)` that differs from call to call and from process to process, to spread
/// retries. Good for nothing else.
pub(crate) fn jitter() -> f64 {
    let nanos = now_us().unsigned_abs() ^ (u64::from(std::process::id()) << 20);
    let mixed = nanos.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40;
    f64::from(u32::try_from(mixed).unwrap_or(0)) / f64::from(1u32 << 24)
}

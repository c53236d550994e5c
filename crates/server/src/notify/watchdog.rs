//! The dead man's switch: a POST every minute while alerts are evaluated and delivered. Somebody outside
//! waits for it, and tells people when it stays away.

use super::http::Post;
use candor_contract::format_us;
use serde_json::json;
use std::sync::atomic::{AtomicI64, Ordering};

/// How often it is told.
const EVERY_US: i64 = 60_000_000;
/// A last evaluation that is older than this is a dead evaluator; a notice that waits longer, a blocked route.
const SILENCE_US: i64 = 120_000_000;

/// Who waits.
#[derive(Debug)]
pub(crate) struct Watchdog {
    url: String,
    told_us: AtomicI64,
}

impl Watchdog {
    pub(crate) fn new(url: &str) -> Self {
        Self {
            url: url.to_owned(),
            told_us: AtomicI64::new(0),
        }
    }

    /// Whether a minute has passed since it was last so; asking counts.
    pub(crate) fn is_time(&self, now_us: i64) -> bool {
        let told_us = self.told_us.load(Ordering::Relaxed);
        // A clock that was set back does not silence it.
        let due = now_us < told_us || now_us - told_us >= EVERY_US;
        if due {
            self.told_us.store(now_us, Ordering::Relaxed);
        }
        due
    }

    /// What it is told.
    pub(crate) fn post(&self, now_us: i64) -> Post {
        Post {
            url: self.url.clone(),
            content_type: "application/json".into(),
            headers: Vec::new(),
            body: json!({"alive_at": format_us(now_us)})
                .to_string()
                .into_bytes(),
            named_only: false,
        }
    }
}

/// Whether the server started so shortly ago that nothing need be evaluated yet.
pub(crate) fn is_patient(now_us: i64, started_us: i64) -> bool {
    (0..=SILENCE_US).contains(&(now_us - started_us))
}

/// Why it is not told, if it is not.
pub(crate) fn withheld(
    now_us: i64,
    evaluated_us: i64,
    oldest_us: Option<i64>,
) -> Option<&'static str> {
    if now_us - evaluated_us > SILENCE_US {
        return Some("alerts were not evaluated for two minutes");
    }
    if oldest_us.is_some_and(|us| now_us - us > SILENCE_US) {
        return Some("a notice waits for more than two minutes");
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dead_evaluator_and_a_blocked_route_keep_it_silent() {
        let now_us = 1_000_000_000;
        let ago = |seconds: i64| now_us - seconds * 1_000_000;
        assert_eq!(withheld(now_us, ago(100), None), None);
        assert_eq!(withheld(now_us, ago(100), Some(ago(100))), None);
        assert!(
            withheld(now_us, ago(121), None)
                .unwrap()
                .contains("evaluated")
        );
        assert!(withheld(now_us, 0, None).is_some(), "it never was");
        assert!(
            withheld(now_us, ago(1), Some(ago(121)))
                .unwrap()
                .contains("waits")
        );
    }

    #[test]
    fn a_start_is_given_two_minutes() {
        let started_us = 1_000_000_000;
        let after = |seconds: i64| is_patient(started_us + seconds * 1_000_000, started_us);
        assert_eq!([-1, 0, 120, 121].map(after), [false, true, true, false]);
    }

    #[test]
    fn it_is_told_every_minute_whatever_the_clock_does() {
        let watchdog = Watchdog::new("https://example.org");
        let asked = [100, 101, 160, 219, 220, 30, 31];
        let told = asked.map(|s| watchdog.is_time(s * 1_000_000));
        assert_eq!(told, [true, false, true, false, true, true, false]);
    }
}

//! Remembers for a moment that the catalog is away, so that requests are told at once and not one
//! after another when they have waited for it.

use crate::clock;
use crate::problem::Problem;
use std::future::Future;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

/// How long the catalog is left alone after it could not be reached.
const PAUSE_US: i64 = 2_000_000;
/// How long those wait for it who can do without.
const PATIENCE: Duration = Duration::from_millis(500);

/// Whether the catalog was away a moment ago.
#[derive(Debug, Default)]
pub(crate) struct Outage {
    until_us: AtomicI64,
}

impl Outage {
    /// Whether it is left alone. A clock that was set back does not prolong that.
    fn is_paused(&self) -> bool {
        let left_us = self.until_us.load(Ordering::Relaxed) - clock::now_us();
        (1..=PAUSE_US).contains(&left_us)
    }

    /// Asks the catalog, unless it was away a moment ago: then the answer is the same 503 as if it
    /// had been asked.
    pub(crate) async fn ask<T>(
        &self,
        call: impl Future<Output = candor_catalog::Result<T>>,
    ) -> Result<T, Problem> {
        if self.is_paused() {
            return Err(Problem::catalog_away());
        }
        let answer = call.await;
        match &answer {
            Ok(_) => self.until_us.store(0, Ordering::Relaxed),
            Err(candor_catalog::Error::Unavailable { .. }) => self.pause(),
            Err(_) => {}
        }
        answer.map_err(Problem::from)
    }

    /// The same, for a caller that knows an older answer: the wait is short.
    pub(crate) async fn ask_briefly<T>(
        &self,
        call: impl Future<Output = candor_catalog::Result<T>>,
    ) -> Result<T, Problem> {
        match tokio::time::timeout(PATIENCE, self.ask(call)).await {
            Ok(answer) => answer,
            Err(_) => {
                self.pause();
                Err(Problem::catalog_away())
            }
        }
    }

    fn pause(&self) {
        let until_us = clock::now_us() + PAUSE_US;
        self.until_us.store(until_us, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use candor_catalog::Error;

    #[tokio::test]
    async fn after_a_failure_nobody_waits_for_a_moment() {
        let outage = Outage::default();
        assert_eq!(outage.ask(async { Ok(1) }).await, Ok(1));
        let lost = outage.ask_briefly(std::future::pending::<Result<u8, Error>>());
        assert_eq!(lost.await, Err(Problem::catalog_away()));
        let asked = outage.ask(std::future::pending::<Result<u8, Error>>());
        assert_eq!(asked.await, Err(Problem::catalog_away()));
    }

    #[tokio::test]
    async fn a_refusal_is_no_outage() {
        let outage = Outage::default();
        let what = "model m".to_owned();
        let refused = outage.ask(async { Err::<u8, _>(Error::NotFound { what }) });
        assert_eq!(refused.await.map_err(|p| p.status), Err(404));
        assert_eq!(outage.ask(async { Ok(1) }).await, Ok(1));
    }
}

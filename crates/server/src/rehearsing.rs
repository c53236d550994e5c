//! Which drill is rehearsed now, and which ones somebody asked for.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use tokio::sync::Notify;

/// What doors and the one who rehearses tell each other. A server that stops forgets it.
#[derive(Debug, Default)]
pub(crate) struct Rehearsing {
    now: Mutex<Now>,
    asks: Notify,
}

#[derive(Debug, Default)]
struct Now {
    /// When somebody asked, by drill; known drills only.
    asked: BTreeMap<String, i64>,
    /// The drill that runs, and since when.
    running: Option<(String, i64)>,
}

impl Rehearsing {
    fn now(&self) -> MutexGuard<'_, Now> {
        self.now.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Asks for a known drill; asking twice is asking once.
    pub(crate) fn ask(&self, drill: &str, at_us: i64) {
        self.now().asked.entry(drill.to_owned()).or_insert(at_us);
        self.asks.notify_one();
    }

    /// When somebody asked, by drill.
    pub(crate) fn asked(&self) -> BTreeMap<String, i64> {
        self.now().asked.clone()
    }

    /// Forgets who asked for drills that are not known any more.
    pub(crate) fn keep(&self, is_known: impl Fn(&String) -> bool) {
        self.now().asked.retain(|drill, _| is_known(drill));
    }

    /// Until somebody asks.
    pub(crate) async fn somebody_asks(&self) {
        self.asks.notified().await;
    }

    /// The drill that runs, and since when.
    pub(crate) fn running(&self) -> Option<(String, i64)> {
        self.now().running.clone()
    }

    /// A drill runs from now on, while what is returned is kept.
    pub(crate) fn begin(&self, drill: &str, at_us: i64) -> Running<'_> {
        let mut now = self.now();
        now.asked.remove(drill);
        now.running = Some((drill.to_owned(), at_us));
        Running(self)
    }
}

/// While it is there, a drill runs.
pub(crate) struct Running<'a>(&'a Rehearsing);

impl Drop for Running<'_> {
    fn drop(&mut self) {
        self.0.now().running = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_asked_for_begins_once_and_runs_while_it_is_kept() {
        let rehearsing = Rehearsing::default();
        rehearsing.ask("a", 5);
        rehearsing.ask("a", 9);
        rehearsing.ask("gone", 7);
        rehearsing.keep(|drill| drill == "a");
        assert_eq!(rehearsing.asked(), BTreeMap::from([("a".to_owned(), 5)]));
        let running = rehearsing.begin("a", 11);
        assert_eq!(rehearsing.running(), Some(("a".to_owned(), 11)));
        assert!(rehearsing.asked().is_empty());
        drop(running);
        assert_eq!(rehearsing.running(), None);
    }
}

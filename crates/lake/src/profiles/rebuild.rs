//! Rebuilding profiles from rows: what is asked for, and how far it is. The flusher does the work.

use candor_contract::ModelName;
use std::collections::{BTreeMap, VecDeque};
use std::ops::Range;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// How far a rebuild is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RebuildProgress {
    /// Days that have rows in the range asked for.
    pub days: usize,
    /// Days whose profiles are new.
    pub days_done: usize,
    /// Whether it goes on.
    pub running: bool,
    /// Why it stopped before its end.
    pub error: Option<String>,
}

/// What is to do next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Step {
    /// Take bins from the profiles of this time, microseconds since 1970.
    Refer(Range<i64>),
    /// Make the profiles of a day, days since 1970.
    Day(i32),
}

#[derive(Debug, Default)]
struct Rebuild {
    left: VecDeque<Step>,
    progress: RebuildProgress,
}

/// The newest rebuild of each model.
#[derive(Debug, Default)]
pub(crate) struct Rebuilds(Mutex<BTreeMap<ModelName, Rebuild>>);

impl Rebuilds {
    fn all(&self) -> MutexGuard<'_, BTreeMap<ModelName, Rebuild>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Begins a rebuild of `days`, with bins from the time of a reference if there is one; `None` while
    /// one is running.
    pub(crate) fn begin(
        &self,
        model: &ModelName,
        days: Vec<i32>,
        reference: Option<Range<i64>>,
    ) -> Option<RebuildProgress> {
        let mut all = self.all();
        if all.get(model).is_some_and(|r| r.progress.running) {
            return None;
        }
        let progress = RebuildProgress {
            days: days.len(),
            running: !days.is_empty() || reference.is_some(),
            ..RebuildProgress::default()
        };
        let refer = reference.into_iter().map(Step::Refer);
        let rebuild = Rebuild {
            left: refer.chain(days.into_iter().map(Step::Day)).collect(),
            progress: progress.clone(),
        };
        all.insert(model.clone(), rebuild);
        Some(progress)
    }

    pub(crate) fn progress(&self, model: &ModelName) -> Option<RebuildProgress> {
        self.all().get(model).map(|r| r.progress.clone())
    }

    /// A model with something to do.
    pub(crate) fn next(&self) -> Option<(ModelName, Step)> {
        let all = self.all();
        let mut running = all.iter().filter(|(_, r)| r.progress.running);
        running.find_map(|(model, r)| Some((model.clone(), r.left.front()?.clone())))
    }

    /// Notes how the step that [`Rebuilds::next`] told went.
    pub(crate) fn done(&self, model: &ModelName, outcome: Result<(), String>) {
        let mut all = self.all();
        let Some(rebuild) = all.get_mut(model) else {
            return;
        };
        match outcome {
            Ok(()) => {
                if let Some(Step::Day(_)) = rebuild.left.pop_front() {
                    rebuild.progress.days_done += 1;
                }
                rebuild.progress.running = !rebuild.left.is_empty();
            }
            Err(error) => {
                rebuild.progress.running = false;
                rebuild.progress.error = Some(error);
            }
        }
    }
}

//! The observer observed: once a day each model's profiles are held against its rows, estimated performance against
//! the realised one, alerts against their verdicts.
//!
//! It has a task of its own, one model at a time, so that windows are closed meanwhile.

mod exact;
mod realised;

use super::live::models;
use super::setup::subject;
use super::source::Source;
use crate::clock;
use crate::problem::Problem;
use crate::state::State;
use candor_catalog::StoredObservation;
use candor_contract::{Kind, ModelName, TableId};
use candor_monitor::observer::{Compared, Observation, compare_verdicts};
use candor_monitor::{DAY_US, MINUTE_US};
use std::collections::BTreeMap;
use std::time::Duration;
use tokio::sync::watch;

/// How often it looks whether a model is due.
const TICK: Duration = Duration::from_secs(10);
/// Longest run of one model.
const RUN_MAX: Duration = Duration::from_secs(120);
/// A day is looked at so long after its end: its rows may be late, its windows are closed then.
const AFTER_DAY_US: i64 = 30 * MINUTE_US;
/// A model without a closed day, or whose run failed, is looked at again after this.
const AGAIN_US: i64 = MINUTE_US;
const FAILED_AGAIN_US: i64 = 10 * MINUTE_US;
/// Alerts of so many days are held against their verdicts.
const VERDICT_DAYS: u32 = 90;
/// Observations that are read at once.
const PAGE: u32 = 1_000;

/// Runs until it is told to stop.
pub(crate) async fn run(state: State, mut stopping: watch::Receiver<bool>) {
    // When each model is due; one that is not here is.
    let mut due: Option<BTreeMap<String, i64>> = None;
    loop {
        tokio::select! {
            () = tokio::time::sleep(TICK) => {}
            _ = stopping.wait_for(|stop| *stop) => return,
        }
        tokio::select! {
            outcome = round(&state, &mut due) => if let Err(problem) = outcome {
                let reason = &problem.detail;
                tracing::error!(reason, "the observer could not go on; it is tried again");
            },
            _ = stopping.wait_for(|stop| *stop) => return,
        }
    }
}

/// Observes all models that are due.
async fn round(state: &State, due: &mut Option<BTreeMap<String, i64>>) -> Result<(), Problem> {
    let due = match due {
        Some(due) => due,
        none => none.insert(remembered(state).await?),
    };
    let models = models(state).await?;
    due.retain(|name, _| models.iter().any(|m| m.as_str() == name));
    for model in models {
        let now_us = clock::now_us();
        if due.get(model.as_str()).is_some_and(|us| now_us < *us) {
            continue;
        }
        let next_us = match scheduled(state, &model, now_us).await {
            Ok(true) => next_us(now_us),
            Ok(false) => now_us + AGAIN_US,
            Err(problem) => {
                let (model, reason) = (model.as_str(), &problem.detail);
                tracing::warn!(
                    model,
                    reason,
                    "a model could not be observed; it is tried again"
                );
                now_us + FAILED_AGAIN_US
            }
        };
        due.insert(model.as_str().to_owned(), next_us);
    }
    Ok(())
}

/// When a model that was observed at `at_us` is due again: so long after the day that had not ended then.
const fn next_us(at_us: i64) -> i64 {
    let ended_us = at_us - AFTER_DAY_US;
    (ended_us.div_euclid(DAY_US) + 1) * DAY_US + AFTER_DAY_US
}

/// The beginning of the day that cannot be looked at yet.
const fn open_day_us(now_us: i64) -> i64 {
    (now_us - AFTER_DAY_US).div_euclid(DAY_US) * DAY_US
}

/// When models are due by what the catalog has; it is shown too.
async fn remembered(state: &State) -> Result<BTreeMap<String, i64>, Problem> {
    let page = state.catalog.newest_observations(None, PAGE).await?;
    let mut due = BTreeMap::new();
    for stored in page.items {
        if let Some(known) = read(&stored) {
            show(state, &known);
            due.insert(stored.model, next_us(stored.at_us));
        }
    }
    Ok(due)
}

/// Whether a model had something to be looked at.
async fn scheduled(state: &State, model: &ModelName, now_us: i64) -> Result<bool, Problem> {
    let table = TableId::of(model, Kind::Prediction);
    let volumes = state.lake.volumes();
    let own = volumes.iter().find(|(id, _)| *id == table);
    let first_us = own.and_then(|(_, volume)| volume.time_us).map(|t| t.0);
    if first_us.is_none_or(|us| us >= open_day_us(now_us)) {
        return Ok(false);
    }
    Ok(observe(state, model, now_us).await?.is_some())
}

/// Runs it for one model at once. `None` if it has no predictions in the lake.
pub(crate) async fn on_demand(
    state: &State,
    model: &ModelName,
) -> Result<Option<Observation>, Problem> {
    let permit = state.turns.observing.try_acquire();
    let _permit = permit.map_err(|_| Problem::busy("Another run of the observer is under way."))?;
    observe(state, model, clock::now_us()).await
}

/// Compares, keeps and shows.
async fn observe(
    state: &State,
    model: &ModelName,
    now_us: i64,
) -> Result<Option<Observation>, Problem> {
    let stored = state.catalog.observations(model.as_str(), None, 1).await?;
    let before = stored.items.first().and_then(read);
    let comparing = compared(state, model, before.as_ref(), now_us);
    let found = tokio::time::timeout(RUN_MAX, comparing).await;
    let found = found.map_err(|_| {
        let seconds = RUN_MAX.as_secs();
        Problem::busy(format!(
            "Comparing {model} took more than {seconds} seconds."
        ))
    })?;
    let Some(compared) = found? else {
        return Ok(None);
    };
    let mut made = Observation {
        model: model.as_str().to_owned(),
        at_us: now_us,
        compared,
    };
    made.follow(before.as_ref());
    let stored = StoredObservation {
        model: made.model.clone(),
        at_us: now_us,
        body: serde_json::to_value(&made).map_err(|e| Problem::internal(&e))?,
    };
    state.catalog.put_observation(&stored).await?;
    show(state, &made);
    tell(&made);
    Ok(Some(made))
}

async fn compared(
    state: &State,
    model: &ModelName,
    before: Option<&Observation>,
    now_us: i64,
) -> Result<Option<Vec<Compared>>, Problem> {
    let source = Source::new(&state.lake, &state.sql);
    let Some(subject) = subject(&source, &state.catalog, model, now_us).await? else {
        return Ok(None);
    };
    let again: Vec<&str> = before.map_or_else(Vec::new, |b| b.off_columns().collect());
    let profiles = exact::compared(&source, &subject, &again, open_day_us(now_us)).await?;
    let performance = realised::compared(&source, &subject, now_us).await?;
    let since_us = now_us - i64::from(VERDICT_DAYS) * DAY_US;
    let counts = state.catalog.verdict_counts(model.as_str(), since_us);
    let verdicts = compare_verdicts(VERDICT_DAYS, &counts.await?);
    Ok(Some(vec![profiles, performance, verdicts]))
}

/// What is stored; `None` if another version wrote it in a form that this one does not know.
pub(crate) fn read(stored: &StoredObservation) -> Option<Observation> {
    match serde_json::from_value(stored.body.clone()) {
        Ok(made) => Some(made),
        Err(error) => {
            let model = stored.model.as_str();
            tracing::warn!(model, %error, "an observation cannot be read and is left out");
            None
        }
    }
}

fn show(state: &State, made: &Observation) {
    let visible = made.compared.iter();
    let visible = visible.map(|c| (c.comparison.name(), c.is_visible()));
    state.exposed.set_observed(&made.model, visible.collect());
}

fn tell(made: &Observation) {
    for own in made.compared.iter().filter(|c| c.is_visible()) {
        tracing::warn!(
            model = made.model.as_str(),
            comparison = own.comparison.name(),
            runs = own.off_runs,
            said = own.sentence.as_str(),
            "the observer is off: what it says cheaply does not agree with what is known"
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_model_is_due_once_a_day_half_an_hour_after_midnight() {
        const HOUR: i64 = 60 * MINUTE_US;
        let day = 20_000 * DAY_US;
        let cases = [
            (day - 1, day + AFTER_DAY_US),
            // On demand before the day before could be looked at.
            (day + 10 * MINUTE_US, day + AFTER_DAY_US),
            (day + AFTER_DAY_US, day + DAY_US + AFTER_DAY_US),
            (day + 5 * HOUR, day + DAY_US + AFTER_DAY_US),
        ];
        for (at_us, due_us) in cases {
            assert_eq!(next_us(at_us), due_us, "{}", at_us - day);
            assert!(open_day_us(due_us) >= (at_us - AFTER_DAY_US).div_euclid(DAY_US) * DAY_US);
        }
        assert_eq!(open_day_us(day + 10 * MINUTE_US), day - DAY_US);
        assert_eq!(open_day_us(day + AFTER_DAY_US), day);
    }
}

//! The engine over history: what would have fired, when, and why. Nobody is told.

use super::live::close_all;
use super::setup::{learn, subject};
use super::source::Source;
use crate::clock;
use crate::problem::Problem;
use crate::standing::MonitorStanding;
use crate::state::State;
use candor_contract::ModelName;
use candor_contract::spec::MonitorSpec;
use candor_monitor::{DAY_US, Transition, Window};

/// History is read in pieces of this length, which begin at multiples of it since 1970.
const PIECE_US: i64 = 7 * DAY_US;

/// What is tried.
pub(crate) struct Trial {
    pub(crate) model: ModelName,
    /// Until when; until now if it does not say.
    pub(crate) to_us: Option<i64>,
    /// Monitors in place of those of the same name, or of the same measure and place.
    pub(crate) monitors: Vec<(String, MonitorSpec)>,
    /// Whether only these watch, and neither declared ones nor the default pack.
    pub(crate) only: bool,
}

/// What came of it.
pub(crate) struct Tried {
    pub(crate) transitions: Vec<Transition>,
    pub(crate) monitors: Vec<MonitorStanding>,
    /// The time that was watched: from the end of the reference on.
    pub(crate) watched: Window,
    pub(crate) windows: u64,
}

/// Runs the engine over a model's history.
pub(crate) async fn run(state: &State, trial: Trial) -> Result<Tried, Problem> {
    let permit = state.backtests.try_acquire();
    let _permit = permit.map_err(|_| Problem::busy("Other backtests are running."))?;
    let source = Source::new(&state.lake, &state.sql);
    let now_us = clock::now_us();
    let to_us = trial.to_us.unwrap_or(now_us);
    let missing = || Problem::not_found(&format!("prediction of {} in the lake", trial.model));
    let subject = subject(&source, &state.catalog, &trial.model, to_us.max(now_us)).await?;
    let mut subject = subject.ok_or_else(missing)?;
    if trial.only {
        subject.monitors.clear();
    }
    for (name, spec) in trial.monitors {
        subject.monitors.retain(|(n, _)| *n != name);
        subject.monitors.push((name, spec));
    }
    let learnt = learn(&source, &subject, !trial.only, to_us.max(now_us)).await?;
    let Some(mut watch) = learnt else {
        let detail = format!(
            "The reference of {} is not over yet, so nothing can be held against it.",
            trial.model
        );
        return Err(Problem::bad_request("no_reference", detail).hint(
            "Name an earlier `reference` in its Model, or wait until its first week is over.",
        ));
    };
    let begin_us = watch.closed_us();
    let step_us = watch.step_us();
    let mut transitions = Vec::new();
    let mut windows = 0;
    while watch.next().to_us <= to_us {
        let from_us = watch.closed_us();
        let end_us = Window::around(from_us, PIECE_US).to_us.min(to_us);
        let end_us = end_us - end_us.rem_euclid(step_us);
        if end_us <= from_us {
            break;
        }
        let readings = source.readings(&subject, from_us..end_us, step_us).await?;
        windows += readings.len() as u64;
        let run = tokio::task::spawn_blocking(move || {
            let told = close_all(&mut watch, &readings);
            (watch, told)
        });
        let (back, told) = run.await.map_err(|e| Problem::internal(&e))?;
        watch = back;
        transitions.extend(told);
    }
    let watched = Window {
        from_us: begin_us,
        to_us: watch.closed_us(),
    };
    Ok(Tried {
        monitors: watch.monitors().iter().map(MonitorStanding::from).collect(),
        transitions,
        watched,
        windows,
    })
}

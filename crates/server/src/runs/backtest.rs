//! The engine over history: what would have fired, when, and why. Nobody is told.

use super::live::close_all;
use super::setup::{learn, subject};
use super::short::SHORT_HISTORY_US;
use super::source::Source;
use super::subject::Subject;
use crate::clock;
use crate::problem::Problem;
use crate::standing::MonitorStanding;
use crate::state::State;
use candor_contract::ModelName;
use candor_contract::spec::MonitorSpec;
use candor_monitor::{DAY_US, HOUR_US, Transition, Window};
use std::ops::Range;

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
    /// Monitors that nothing can be told of.
    pub(crate) not_watched: Vec<String>,
    /// The time that was watched: from the end of the reference on.
    pub(crate) watched: Window,
    pub(crate) windows: u64,
    /// Since when monitors of windows that are shorter than those of profiles watched, if there are such.
    pub(crate) short_from_us: Option<i64>,
}

/// Runs the engine over a model's history.
pub(crate) async fn run(state: &State, trial: Trial) -> Result<Tried, Problem> {
    let permit = state.turns.backtests.try_acquire();
    let _permit = permit.map_err(|_| Problem::busy("Other backtests are running."))?;
    let source = Source::new(&state.lake, &state.sql);
    let now_us = clock::now_us();
    let to_us = trial.to_us.unwrap_or(now_us);
    let missing = || Problem::not_found(&format!("prediction of {} in the lake", trial.model));
    let subject = subject(&source, &state.catalog, &trial.model, to_us.max(now_us)).await?;
    let mut subject = subject.ok_or_else(missing)?;
    change(&mut subject, trial.monitors, trial.only);
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
    // Short windows are read from rows, of which history may have any number.
    let since_us = Window::around(to_us - SHORT_HISTORY_US, HOUR_US).from_us;
    let short_from_us = (step_us < watch.base_us()).then_some(since_us.max(begin_us));
    let mut pieces = pieces(begin_us, to_us - to_us.rem_euclid(step_us)).into_iter();
    let read = |piece: Option<Range<i64>>| async {
        match piece {
            Some(piece) => {
                let readings = source.readings(&subject, piece, step_us, since_us);
                readings.await.map(Some)
            }
            None => Ok(None),
        }
    };
    let mut transitions = Vec::new();
    let mut windows = 0;
    // The next piece is read while this one is judged.
    let mut ahead = read(pieces.next()).await?;
    while let Some(readings) = ahead {
        windows += readings.len() as u64;
        let run = tokio::task::spawn_blocking(move || {
            let told = close_all(&mut watch, &readings);
            (watch, told)
        });
        let (next, ran) = tokio::join!(read(pieces.next()), run);
        let (back, told) = ran.map_err(|e| Problem::internal(&e))?;
        (ahead, watch) = (next?, back);
        transitions.extend(told);
    }
    let watched = Window {
        from_us: begin_us,
        to_us: watch.closed_us(),
    };
    let views = watch.monitors();
    Ok(Tried {
        monitors: views.iter().map(MonitorStanding::from).collect(),
        not_watched: subject.not_watched(&views),
        transitions,
        watched,
        windows,
        short_from_us,
    })
}

/// Puts the monitors that are tried in place of declared ones.
fn change(subject: &mut Subject, monitors: Vec<(String, MonitorSpec)>, only: bool) {
    if only {
        subject.monitors.clear();
    }
    for (name, spec) in monitors {
        subject.monitors.retain(|(n, _)| *n != name);
        subject.monitors.push((name, spec));
    }
    // Outcomes are joined row by row: only if something looks at them.
    if only && !subject.has_outcome_monitors() {
        subject.labels = None;
    }
}

/// History from `from_us` to `to_us` in pieces.
fn pieces(from_us: i64, to_us: i64) -> Vec<Range<i64>> {
    let mut pieces = Vec::new();
    let mut at_us = from_us;
    while at_us < to_us {
        let end_us = Window::around(at_us, PIECE_US).to_us.min(to_us);
        pieces.push(at_us..end_us);
        at_us = end_us;
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_end_where_all_pieces_end_whatever_they_begin_with() {
        let week = PIECE_US;
        for (from_us, to_us, ends) in [
            (0, 0, vec![]),
            (HOUR_US, 0, vec![]),
            (0, HOUR_US, vec![HOUR_US]),
            (
                week - HOUR_US,
                2 * week + HOUR_US,
                vec![week, 2 * week, 2 * week + HOUR_US],
            ),
        ] {
            let told = pieces(from_us, to_us);
            assert_eq!(told.iter().map(|p| p.end).collect::<Vec<_>>(), ends);
            assert!(told.windows(2).all(|pair| pair[0].end == pair[1].start));
            assert!(told.first().is_none_or(|first| first.start == from_us));
        }
    }
}

//! The live run: closes windows as time goes, keeps what the engine remembers, tells people.

use super::arrivals::Arrivals;
use super::lookback::Looked;
use super::setup::{learn, subject};
use super::short::SHORT_HISTORY_US;
use super::source::Source;
use super::subject::Subject;
use crate::exposition::Measured;
use crate::problem::Problem;
use crate::standing::{ModelStanding, MonitorStanding};
use crate::state::{AlertTold, State};
use crate::{clock, routing};
use candor_catalog::{AlertChange, AlertRecord, RunStep, WatchUpdate};
use candor_contract::{Kind, ModelName, TableId, format_us};
use candor_monitor::{
    Alert, DAY_US, HOUR_US, MINUTE_US, MonitorView, Reading, Step, Transition, Watch, WatchState,
    Window,
};
use std::collections::BTreeMap;
use std::time::Duration;
use tokio::sync::watch;

/// How often it looks whether a window can be closed.
const TICK: Duration = Duration::from_secs(10);
/// A window is closed so long after its end: rows of it may be on their way.
const LATENESS_US: i64 = 2 * MINUTE_US;
/// History is caught up with in pieces of this length, which begin at multiples of it since 1970.
const PIECE_US: i64 = 7 * DAY_US;
/// Declarations are read anew this often even when nothing is known to have changed.
const RENEW_US: i64 = 10 * MINUTE_US;
/// A model that is not watched yet, or no more after a failure, is looked at this often.
const LOOK_US: i64 = MINUTE_US;
/// Alerts that ended long ago are looked for this often.
const FORGET_EVERY_US: i64 = HOUR_US;
/// Models that are watched.
const MODELS_MAX: u32 = 1_000;

/// A model that is watched.
struct Watched {
    subject: Subject,
    watch: Watch,
    /// When its declarations were read.
    read_us: i64,
    /// When it was looked for what came late.
    looked: Looked,
    /// The state that the catalog has.
    stored_us: Option<i64>,
}

/// Runs until it is told to stop.
pub(crate) async fn run(state: State, mut stopping: watch::Receiver<bool>) {
    let source = Source::new(&state.lake, &state.sql);
    let mut round = Round::default();
    let mut next = TICK;
    let mut forgot_us = 0;
    loop {
        tokio::select! {
            () = tokio::time::sleep(next) => {}
            _ = stopping.wait_for(|stop| *stop) => return,
        }
        let now_us = clock::now_us();
        let mut good = true;
        let models = match models(&state).await {
            Ok(models) => models,
            Err(problem) => {
                tell(&problem, "the list of models");
                continue;
            }
        };
        let come = come(&state);
        round.begin(state.watching.declared());
        for model in models {
            if *stopping.borrow() {
                return;
            }
            let Some(come) = come.get(&model) else {
                continue;
            };
            if let Err(problem) = follow((&state, &source), &mut round, &model, *come, now_us).await
            {
                tell(&problem, model.as_str());
                // What was in memory may be ahead of what is stored: begin from there.
                round.watched.remove(&model);
                good = false;
            }
        }
        match routing::step(&state.catalog, now_us).await {
            Ok(stepped) => {
                if stepped.notices > 0 {
                    state.notifier.wake();
                }
                let wait_us = stepped.next_us.map_or(i64::MAX, |us| us - clock::now_us());
                let wait = Duration::from_micros(u64::try_from(wait_us).unwrap_or(0));
                next = TICK.min(wait.max(Duration::from_millis(200)));
            }
            Err(problem) => {
                tell(&problem, "routes");
                good = false;
            }
        }
        forget(&state, &mut forgot_us).await;
        if good {
            state.notifier.evaluated(now_us);
        }
    }
}

/// Drops alerts that ended long ago, by the time that storage ages by: a doubtful clock deletes nothing.
async fn forget(state: &State, forgot_us: &mut i64) {
    let now_us = state.clock.now_us();
    if now_us - *forgot_us < FORGET_EVERY_US {
        return;
    }
    match routing::forget_alerts(&state.catalog, now_us).await {
        Ok(0) => *forgot_us = now_us,
        // There may be more.
        Ok(dropped) => tracing::info!(dropped, "alerts that ended long ago were dropped"),
        Err(problem) => tell(&problem, "old alerts"),
    }
}

fn tell(problem: &Problem, what: &str) {
    let reason = &problem.detail;
    tracing::error!(
        what,
        reason,
        "monitoring could not go on; it is tried again"
    );
}

pub(super) async fn models(state: &State) -> Result<Vec<ModelName>, Problem> {
    let page = state.catalog.models(None, MODELS_MAX).await?;
    let names = page.items.iter().filter_map(|m| ModelName::new(&m.name));
    Ok(names.collect())
}

/// The predictions of each model that are in the lake: how many, and the time of the newest.
fn come(state: &State) -> BTreeMap<ModelName, (u64, i64)> {
    let volumes = state.lake.volumes();
    let own = volumes.iter().filter_map(|(id, volume)| match id {
        TableId::Model(model, Kind::Prediction) => {
            let (_, newest_us) = volume.time_us?;
            let rows = volume.lake_rows + volume.hot_rows;
            Some((model.clone(), (rows, newest_us)))
        }
        _ => None,
    });
    own.collect()
}

/// The models that are watched, and when the others were looked at last.
#[derive(Default)]
struct Round {
    watched: BTreeMap<ModelName, Watched>,
    looked_us: BTreeMap<ModelName, i64>,
    arrivals: Arrivals,
    /// How often something was put in force when this round and the one before began.
    declared: (u64, u64),
}

impl Round {
    fn begin(&mut self, declared: u64) {
        self.declared = (declared, self.declared.0);
    }

    /// Whether a model's declarations are to be read now.
    fn is_due(&self, model: &ModelName, now_us: i64) -> bool {
        match self.watched.get(model) {
            _ if self.declared.0 != self.declared.1 => true,
            Some(own) => now_us - own.read_us >= RENEW_US,
            None => self
                .looked_us
                .get(model)
                .is_none_or(|us| now_us - us >= LOOK_US),
        }
    }
}

/// Closes all windows of a model that are due.
async fn follow(
    (state, source): (&State, &Source),
    round: &mut Round,
    model: &ModelName,
    come: (u64, i64),
    now_us: i64,
) -> Result<(), Problem> {
    let until_us = round.arrivals.look(model, come, now_us);
    if until_us == i64::MIN {
        return Ok(());
    }
    if round.is_due(model, now_us) {
        round.looked_us.insert(model.clone(), now_us);
        renew((state, source), &mut round.watched, model, until_us, now_us).await?;
    }
    let Some(own) = round.watched.get_mut(model) else {
        return Ok(());
    };
    while own.watch.next().to_us + LATENESS_US <= until_us {
        let from_us = own.watch.closed_us();
        let due_us = until_us - LATENESS_US;
        let due_us = due_us - due_us.rem_euclid(own.watch.step_us());
        let to_us = Window::around(from_us, PIECE_US).to_us.min(due_us);
        let step_us = own.watch.step_us();
        let since_us = Window::around(until_us - SHORT_HISTORY_US, HOUR_US).from_us;
        let readings = source
            .readings(&own.subject, from_us..to_us, step_us, since_us)
            .await?;
        let told: Vec<Transition> = readings.iter().flat_map(|r| own.watch.close(r)).collect();
        store(state, own, &told, now_us).await?;
        show(state, own);
    }
    revise(state, source, own, now_us).await
}

/// Revises closed windows of which rows or outcomes came late.
async fn revise(
    state: &State,
    source: &Source,
    own: &mut Watched,
    now_us: i64,
) -> Result<(), Problem> {
    if !own.looked.is_due(now_us, state.late_us) {
        return Ok(());
    }
    let found = source.look_back(&own.subject, &mut own.watch, &mut own.looked);
    let found = found.await?;
    if found.windows > 0 {
        let model = own.subject.model.as_str();
        let (windows, figures) = (found.windows, found.figures);
        tracing::info!(
            model,
            windows,
            figures,
            "what came late revised closed windows"
        );
        store(state, own, &[], now_us).await?;
        show(state, own);
    }
    Ok(())
}

/// Reads what is declared, learns and goes on from what is stored. A model whose declarations are as they were keeps
/// its engine.
async fn renew(
    (state, source): (&State, &Source),
    watched: &mut BTreeMap<ModelName, Watched>,
    model: &ModelName,
    until_us: i64,
    now_us: i64,
) -> Result<(), Problem> {
    let Some(subject) = subject(source, &state.catalog, model, until_us).await? else {
        return Ok(());
    };
    if let Some(own) = watched.get_mut(model)
        && own.subject == subject
    {
        own.read_us = now_us;
        return Ok(());
    }
    if let Some(own) = watched.get_mut(model)
        && subject.differs_in_maintenance(&own.subject)
    {
        own.watch.maintain(subject.maintenance.clone());
        own.read_us = now_us;
        own.subject = subject;
        return Ok(());
    }
    let Some(mut watch) = learn(source, &subject, true, until_us).await? else {
        show_learning(state, &subject);
        return Ok(());
    };
    let stored = state.catalog.watch(model.as_str()).await?;
    let stored_us = stored.as_ref().map(|s| s.closed_us);
    if let Some(stored) = stored {
        match serde_json::from_str::<WatchState>(&stored.state) {
            Ok(kept) => {
                watch.resume(kept);
                warm(source, &subject, &mut watch).await?;
            }
            Err(error) => tracing::warn!(
                model = model.as_str(), %error,
                "what monitoring remembered cannot be read; it is made again from history"
            ),
        }
    }
    let own = Watched {
        subject,
        watch,
        read_us: now_us,
        looked: Looked::new(now_us),
        stored_us,
    };
    show(state, &own);
    watched.insert(model.clone(), own);
    Ok(())
}

/// Reads the windows again that longer ones are made of.
async fn warm(source: &Source, subject: &Subject, watch: &mut Watch) -> Result<(), Problem> {
    let (from_us, to_us) = (watch.reread_us(), watch.closed_us());
    if from_us < to_us {
        // Of short windows at most minutes are under way.
        let since_us = Window::around(to_us, HOUR_US).from_us;
        let readings = source.readings(subject, from_us..to_us, watch.step_us(), since_us);
        for reading in readings.await? {
            watch.warm(&reading);
        }
    }
    Ok(())
}

/// Keeps what the engine remembers and what it told, at once.
async fn store(
    state: &State,
    own: &mut Watched,
    told: &[Transition],
    now_us: i64,
) -> Result<(), Problem> {
    let text = serde_json::to_string(own.watch.state()).map_err(|e| Problem::internal(&e))?;
    let closed_us = own.watch.closed_us();
    let changes = told.iter().map(change).collect::<Result<Vec<_>, _>>();
    let step = RunStep {
        watch: Some(WatchUpdate {
            model: own.subject.model.as_str().to_owned(),
            state: text,
            closed_us,
            was_closed_us: own.stored_us,
        }),
        alerts: changes.map_err(|e| Problem::internal(&e))?,
        ..RunStep::default()
    };
    state.catalog.store_step(&step, now_us).await?;
    own.stored_us = Some(closed_us);
    for transition in told {
        // Nobody may listen.
        let _ = state.alerts.send(AlertTold::from(transition));
    }
    Ok(())
}

/// A change of an alert as the catalog keeps it.
pub(crate) fn change(transition: &Transition) -> serde_json::Result<AlertChange> {
    let step = serde_json::to_value(transition.step)?;
    Ok(AlertChange {
        alert: record(&transition.alert)?,
        at_us: transition.at_us,
        step: step.as_str().unwrap_or_default().to_owned(),
        details: serde_json::Value::Null,
        forget_acknowledgement: transition.step == Step::Reopened,
    })
}

fn record(alert: &Alert) -> serde_json::Result<AlertRecord> {
    Ok(AlertRecord {
        id: alert.id.clone(),
        model: alert.model.clone(),
        family: alert.family.name().to_owned(),
        state: alert.state.name().to_owned(),
        severity: alert.severity.name().to_owned(),
        onset_us: alert.onset_us,
        fired_us: alert.fired_us,
        changed_us: alert.changed_us,
        resolved_us: alert.resolved_us,
        body: serde_json::to_value(alert)?,
    })
}

fn show_learning(state: &State, subject: &Subject) {
    let standing = ModelStanding {
        state: "learning",
        reference_from: format_us(subject.reference.start),
        reference_to: format_us(subject.reference.end),
        closed: None,
        monitors: Vec::new(),
        not_watched: Vec::new(),
    };
    let name = subject.model.as_str().to_owned();
    state.watching.set(name, standing);
}

/// Shows pages and expositions how monitors stand.
fn show(state: &State, own: &Watched) {
    let views = own.watch.monitors();
    let name = own.subject.model.as_str();
    let measured = views.iter().filter_map(|view| measured(name, view));
    state.exposed.set(name, measured.collect());
    let standing = ModelStanding {
        state: "watching",
        reference_from: format_us(own.subject.reference.start),
        reference_to: format_us(own.subject.reference.end),
        closed: Some(format_us(own.watch.closed_us())),
        monitors: views.iter().map(MonitorStanding::from).collect(),
        not_watched: own.subject.not_watched(&views),
    };
    state.watching.set(name.to_owned(), standing);
}

fn measured(model: &str, view: &MonitorView<'_>) -> Option<Measured> {
    let point = view.points.iter().rev().find(|p| p.value.is_some())?;
    let segment = view.spec.segment.iter().next();
    let length = match view.window_us {
        us if us % DAY_US == 0 => format!("{}d", us / DAY_US),
        us if us % HOUR_US == 0 => format!("{}h", us / HOUR_US),
        us => format!("{}m", us / MINUTE_US),
    };
    Some(Measured {
        model: model.to_owned(),
        measure: view.spec.measure.name().to_owned(),
        column: view.spec.column.clone().unwrap_or_default(),
        metric: view.spec.metric.clone().unwrap_or_default(),
        segment: segment.map_or_else(String::new, |(n, v)| format!("{n}={v}")),
        window: length,
        value: point.value?,
        low: point.low,
        high: point.high,
        n: point.n,
    })
}

/// What a window tells, for the run over history.
pub(super) fn close_all(watch: &mut Watch, readings: &[Reading]) -> Vec<Transition> {
    readings.iter().flat_map(|r| watch.close(r)).collect()
}

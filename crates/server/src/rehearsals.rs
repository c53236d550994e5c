//! Drills on a schedule: rehearsed one at a time in a [`Shadow`], kept, and told of when they fail.

mod retold;
mod shadow;

use crate::problem::Problem;
use crate::runs::live::change;
use crate::state::{AlertTold, State};
use crate::{clock, policy, routing};
use candor_catalog::{AlertChange, Catalog, DrillRun, DrillUpdate, RunStep};
use candor_contract::spec::{Object, SpecKind};
use candor_monitor::drill::{Rehearsal, RehearsalOutcome, Scheduled, ended, most_due};
use candor_monitor::{Alert, Family, Transition};
pub use retold::Delivered;
pub(crate) use retold::retell;
use serde_json::{Value, json};
pub(crate) use shadow::Shadow;
use std::time::Duration;
use tokio::sync::watch;

/// How often it looks whether a drill is due.
const TICK: Duration = Duration::from_secs(5);

/// A drill with a schedule, and how it stands.
#[derive(Debug)]
pub(crate) struct Planned {
    pub(crate) scheduled: Scheduled,
    /// Since when it runs, if it does.
    pub(crate) running_us: Option<i64>,
}

/// All drills with a schedule, by name, and how they stand.
pub(crate) async fn planned(state: &State) -> Result<Vec<Planned>, Problem> {
    let drills = drills(state).await?;
    let running = state.rehearsing.running();
    let planned = |drill: Drill| Planned {
        running_us: running
            .as_ref()
            .filter(|(name, _)| *name == drill.scheduled.drill)
            .map(|(_, since_us)| *since_us),
        scheduled: drill.scheduled,
    };
    let mut all: Vec<Planned> = drills.into_iter().map(planned).collect();
    all.sort_by(|a, b| a.scheduled.drill.cmp(&b.scheduled.drill));
    Ok(all)
}

/// Asks for a rehearsal as soon as the one that runs is over. `None` if no drill with a schedule has this name. A
/// server that stops forgets it.
pub(crate) async fn ask(state: &State, name: &str) -> Result<Option<Planned>, Problem> {
    let is_it = |p: &Planned| p.scheduled.drill == name;
    if !planned(state).await?.iter().any(is_it) {
        return Ok(None);
    }
    state.rehearsing.ask(name, clock::now_us());
    Ok(planned(state).await?.into_iter().find(is_it))
}

/// Runs until it is told to stop.
pub(crate) async fn run(state: State, shadow: Shadow, mut stopping: watch::Receiver<bool>) {
    shadow.clear().await;
    loop {
        tokio::select! {
            () = tokio::time::sleep(TICK) => {}
            () = state.rehearsing.somebody_asks() => {}
            _ = stopping.wait_for(|stop| *stop) => return,
        }
        if let Err(problem) = step(&state, &shadow, &mut stopping).await {
            let reason = problem.detail;
            tracing::error!(reason, "drills could not go on; it is tried again");
        }
    }
}

/// A scenario with a schedule.
struct Drill {
    object: Object,
    models: Vec<String>,
    scheduled: Scheduled,
}

/// Ends alerts of drills that are not rehearsed any more; rehearses the one that is due.
async fn step(
    state: &State,
    shadow: &Shadow,
    stopping: &mut watch::Receiver<bool>,
) -> Result<(), Problem> {
    let drills = drills(state).await?;
    forget(state, &drills).await?;
    let started_us = clock::now_us();
    let scheduled: Vec<Scheduled> = drills.iter().map(|d| d.scheduled.clone()).collect();
    let due = most_due(&scheduled, started_us);
    let due = due.and_then(|due| drills.iter().find(|d| d.scheduled == *due));
    let Some(drill) = due else { return Ok(()) };
    let beside = beside(&state.catalog, &drill.models).await?;
    let name = drill.scheduled.drill.as_str();
    tracing::info!(drill = name, "a drill begins");
    let _running = state.rehearsing.begin(name, started_us);
    // A drill that is cut off because the server stops is rehearsed after the next start.
    let Some(outcome) = shadow.play(&drill.object, &beside, stopping).await else {
        return Ok(());
    };
    let rehearsal = Rehearsal {
        drill: name.to_owned(),
        model: drill.models.first().cloned().unwrap_or_default(),
        started_us,
        ended_us: clock::now_us().max(started_us),
        outcome,
    };
    keep(state, &rehearsal, drill.scheduled.started_us).await
}

/// All scenarios with a schedule, with when they were rehearsed last.
async fn drills(state: &State) -> Result<Vec<Drill>, Problem> {
    let last = state.catalog.last_drills().await?;
    let all = policy::revisions(&state.catalog, SpecKind::Scenario.name()).await?;
    let asked = state.rehearsing.asked();
    let drill = |(object, changed_us): (Object, i64)| {
        let scenario = object.scenario()?;
        let every_us = scenario.schedule.as_ref()?.every_us()?;
        let name = object.metadata.name.clone();
        let models = scenario.fleet().into_iter().map(|m| m.name).collect();
        let scheduled = Scheduled {
            started_us: last.get(&name).copied(),
            asked_us: asked.get(&name).copied(),
            drill: name,
            every_us,
            changed_us,
        };
        Some(Drill {
            object,
            models,
            scheduled,
        })
    };
    Ok(all.into_iter().filter_map(drill).collect())
}

/// What people declared of these models, and all routes: they watch and tell in the shadow, too.
async fn beside(catalog: &Catalog, models: &[String]) -> Result<Vec<Object>, Problem> {
    let mut out = Vec::new();
    // Which way notices take is rehearsed, too; who they would reach is not told.
    out.extend(policy::objects(catalog, SpecKind::Route.name()).await?);
    for kind in [SpecKind::Model, SpecKind::Monitor, SpecKind::Objective] {
        let all = policy::objects(catalog, kind.name()).await?;
        let of_them = |object: &Object| {
            let monitor = object.monitor().map(|m| &m.model);
            let model = monitor.or(object.objective().map(|o| &o.model));
            models.contains(model.unwrap_or(&object.metadata.name))
        };
        out.extend(all.into_iter().filter(of_them));
    }
    Ok(out)
}

/// The alerts of drills that go on.
async fn open(catalog: &Catalog) -> Result<Vec<Alert>, Problem> {
    let stored = catalog.open_alerts().await?;
    let of_drills = stored
        .iter()
        .filter(|a| a.record.family == Family::Drill.name());
    Ok(of_drills.filter_map(routing::alert).collect())
}

/// Ends the alerts of drills that have no schedule any more: nothing would ever end them.
async fn forget(state: &State, drills: &[Drill]) -> Result<(), Problem> {
    let is_known = |name: &String| drills.iter().any(|d| d.scheduled.drill == *name);
    state.rehearsing.keep(is_known);
    let now_us = clock::now_us();
    for alert in open(&state.catalog).await? {
        if !alert.drill.as_ref().is_some_and(is_known) {
            let over = ended(&alert, now_us);
            let details = json!({"why": "the drill has no schedule any more"});
            let alerts = vec![told(&over, details)?];
            let step = RunStep {
                alerts,
                ..RunStep::default()
            };
            state.catalog.store_step(&step, now_us).await?;
            let _ = state.alerts.send(AlertTold::from(&over));
        }
    }
    Ok(())
}

/// Keeps a rehearsal and what it means for the drill's alert, at once.
async fn keep(
    state: &State,
    rehearsal: &Rehearsal,
    was_started_us: Option<i64>,
) -> Result<(), Problem> {
    let open = open(&state.catalog).await?;
    let own = |a: &&Alert| a.drill.as_ref() == Some(&rehearsal.drill);
    let transition = rehearsal.follow_up(open.iter().find(own));
    let alerts = transition.iter().map(|t| told(t, Value::Null));
    let body = serde_json::to_value(&rehearsal.outcome).map_err(|e| Problem::internal(&e))?;
    let step = RunStep {
        drill: Some(DrillUpdate {
            run: DrillRun {
                name: rehearsal.drill.clone(),
                started_us: rehearsal.started_us,
                took_us: rehearsal.ended_us - rehearsal.started_us,
                passed: rehearsal.outcome.passed(),
                body,
            },
            was_started_us,
        }),
        alerts: alerts.collect::<Result<_, _>>()?,
        ..RunStep::default()
    };
    state.catalog.store_step(&step, rehearsal.ended_us).await?;
    let (drill, passed) = (&rehearsal.drill, rehearsal.outcome.passed());
    if let RehearsalOutcome::NotRun(reason) = &rehearsal.outcome {
        tracing::error!(drill, reason, "a drill could not be run");
    }
    tracing::info!(drill, passed, "a drill is over");
    if let Some(transition) = &transition {
        // Nobody may listen.
        let _ = state.alerts.send(AlertTold::from(transition));
    }
    Ok(())
}

fn told(transition: &Transition, details: Value) -> Result<AlertChange, Problem> {
    let change = change(transition).map_err(|e| Problem::internal(&e))?;
    Ok(AlertChange { details, ..change })
}

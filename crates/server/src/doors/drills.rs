//! Drills that were rehearsed on their schedule.

use super::{Answer, Page, Paging};
use crate::problem::Problem;
use crate::rehearsals::{self, Planned};
use crate::state::State;
use axum::Json;
use axum::extract::{Path, Query, State as Extract};
use axum::http::StatusCode;
use candor_catalog::DrillRun;
use candor_contract::format_us;
use candor_monitor::drill::{
    DrillResult, ExpectedResult, FalseAlarm, FaultResult, RehearsalOutcome,
};
use serde::{Deserialize, Serialize};

/// Which rehearsals.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Choice {
    /// Of this drill, by its scenario's name.
    #[serde(default)]
    name: String,
}

/// A rehearsal of a drill. Times in it are those of its traffic, unless it says otherwise.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct DrillView {
    /// The scenario's name.
    name: String,
    /// When it began, by the clock of this server.
    started_at: String,
    took_seconds: f64,
    /// Whether everything went as expected.
    passed: bool,
    /// Why it could not be run; null if it was.
    not_run: Option<String>,
    /// What was wrong in its traffic.
    faults: Vec<FaultView>,
    /// What became of each expected alert.
    expected: Vec<ExpectedView>,
    /// Sentences of those that did not come as expected.
    misses: Vec<String>,
    /// Alerts that were neither expected nor allowed.
    false_alarms: Vec<FalseAlarmView>,
    /// All of it in sentences, what went wrong first.
    sentences: Vec<String>,
}

/// A fault of a drill.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct FaultView {
    /// Its name in the scenario, e.g. `f1`.
    id: String,
    /// What it is, e.g. `null_burst`.
    fault: String,
    model: String,
    /// Whether monitors should tell of it.
    expected: bool,
    caught: bool,
}

/// An alert that a drill expects.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct ExpectedView {
    model: String,
    /// The fault that it tells of, e.g. `f1`.
    fault: String,
    /// What it tells, e.g. `missing of input_income`.
    what: String,
    found: bool,
    in_time: bool,
    /// From the beginning of the fault until it was told: until its notice was sent.
    delay_seconds: Option<f64>,
    /// From the beginning of the fault until monitors decided it; waits of routes come after that.
    decided_seconds: Option<f64>,
    /// How long its notice then took to the receiver, by the clock of this server.
    delivery_seconds: Option<f64>,
    /// The monitor that was named as the likely cause.
    cause: Option<String>,
    passed: bool,
    sentence: String,
}

/// An alert of a drill that should not have come.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct FalseAlarmView {
    model: String,
    family: String,
    fired_at: String,
    /// The monitors that breached, the likely cause first.
    monitors: Vec<String>,
    sentence: String,
}

/// List rehearsals of drills, the newest first
///
/// Scenarios with a `schedule` are rehearsed by the server: their traffic is played to a server of its own, and
/// its alerts are held against those that the scenario expects. Kept for 400 days.
#[utoipa::path(get, path = "/v1/drills", tag = "alerts", params(Choice, Paging),
    responses((status = 200, body = Page<DrillView>)))]
pub(crate) async fn list_drills(
    Extract(state): Extract<State>,
    Query(choice): Query<Choice>,
    Query(paging): Query<Paging>,
) -> Answer<Page<DrillView>> {
    let page = state
        .catalog
        .drills(&choice.name, paging.cursor.as_deref(), paging.limit())
        .await?;
    let items = page.items.into_iter().map(view).collect::<Result<_, _>>()?;
    Ok(Json(Page {
        items,
        next_cursor: page.next,
    }))
}

/// A drill with a schedule.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct PlannedView {
    /// The scenario's name.
    name: String,
    /// From one rehearsal to the next.
    every_seconds: f64,
    /// When its last rehearsal began; null if there was none.
    last_started_at: Option<String>,
    /// When it is rehearsed next; one at a time, so that it may have to wait.
    due_at: String,
    /// `waiting` for its time, `asked` for by somebody, or `running`.
    state: &'static str,
    /// Since when it runs; null if it does not.
    running_since: Option<String>,
}

impl From<Planned> for PlannedView {
    fn from(planned: Planned) -> Self {
        let scheduled = planned.scheduled;
        Self {
            every_seconds: seconds(scheduled.every_us),
            last_started_at: scheduled.started_us.map(format_us),
            due_at: format_us(scheduled.due_us()),
            state: match (planned.running_us, scheduled.asked_us) {
                (Some(_), _) => "running",
                (None, Some(_)) => "asked",
                (None, None) => "waiting",
            },
            running_since: planned.running_us.map(format_us),
            name: scheduled.drill,
        }
    }
}

/// List drills with a schedule, and which one runs
#[utoipa::path(get, path = "/v1/drills/schedule", tag = "alerts",
    responses((status = 200, body = Page<PlannedView>)))]
pub(crate) async fn list_schedule(Extract(state): Extract<State>) -> Answer<Page<PlannedView>> {
    let planned = rehearsals::planned(&state).await?;
    Ok(Json(Page {
        items: planned.into_iter().map(PlannedView::from).collect(),
        next_cursor: None,
    }))
}

/// Rehearse a drill now
///
/// It begins when the rehearsal that runs is over; asking twice is asking once. How it went is listed by
/// `GET /v1/drills`. A server that stops before it begins forgets it.
#[utoipa::path(post, path = "/v1/drills/{name}/rehearse", tag = "alerts", params(("name" = String, Path)),
    responses((status = 202, body = PlannedView), (status = 404, body = Problem)))]
pub(crate) async fn rehearse(
    Extract(state): Extract<State>,
    Path(name): Path<String>,
) -> Result<(StatusCode, Json<PlannedView>), Problem> {
    let planned = rehearsals::ask(&state, &name).await?;
    let planned = planned.ok_or_else(|| {
        Problem::not_found(&format!("drill {name}")).hint("Apply a Scenario with a `schedule`.")
    })?;
    Ok((StatusCode::ACCEPTED, Json(planned.into())))
}

fn seconds(us: i64) -> f64 {
    us as f64 / 1e6
}

fn view(run: DrillRun) -> Result<DrillView, Problem> {
    let outcome = serde_json::from_value(run.body).map_err(|e| Problem::internal(&e))?;
    let mut view = DrillView {
        name: run.name,
        started_at: format_us(run.started_us),
        took_seconds: seconds(run.took_us),
        passed: run.passed,
        not_run: None,
        faults: Vec::new(),
        expected: Vec::new(),
        misses: Vec::new(),
        false_alarms: Vec::new(),
        sentences: Vec::new(),
    };
    match outcome {
        RehearsalOutcome::NotRun(why) => view.not_run = Some(why),
        RehearsalOutcome::Judged(result) => view.tell(*result),
    }
    Ok(view)
}

impl DrillView {
    fn tell(&mut self, result: DrillResult) {
        let missed = result.expected.iter().filter(|e| !e.passed);
        self.misses = missed.map(|e| e.sentence.clone()).collect();
        self.faults = result.faults.into_iter().map(FaultView::from).collect();
        self.expected = result
            .expected
            .into_iter()
            .map(ExpectedView::from)
            .collect();
        let alarms = result.false_alarms.into_iter();
        self.false_alarms = alarms.map(FalseAlarmView::from).collect();
        self.sentences = result.sentences;
    }
}

impl From<FaultResult> for FaultView {
    fn from(fault: FaultResult) -> Self {
        Self {
            id: fault.id,
            fault: fault.fault,
            model: fault.model,
            expected: fault.expected,
            caught: fault.caught,
        }
    }
}

impl From<ExpectedResult> for ExpectedView {
    fn from(result: ExpectedResult) -> Self {
        Self {
            model: result.model,
            fault: result.fault,
            what: result.what,
            found: result.found,
            in_time: result.in_time,
            delay_seconds: result.delay_us.map(seconds),
            decided_seconds: result.decided_delay_us.map(seconds),
            delivery_seconds: result.delivery_us.map(seconds),
            cause: result.cause,
            passed: result.passed,
            sentence: result.sentence,
        }
    }
}

impl From<FalseAlarm> for FalseAlarmView {
    fn from(alarm: FalseAlarm) -> Self {
        Self {
            model: alarm.model,
            family: alarm.family.name().to_owned(),
            fired_at: format_us(alarm.fired_us),
            monitors: alarm.monitors,
            sentence: alarm.sentence,
        }
    }
}

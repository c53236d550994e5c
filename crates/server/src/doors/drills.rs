//! Drills that were rehearsed on their schedule.

use super::{Answer, Page, Paging};
use crate::problem::Problem;
use crate::state::State;
use axum::Json;
use axum::extract::{Query, State as Extract};
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

//! How a model's monitors stand, and what they would have told.

use super::Answer;
use super::models::{known, model_name};
use crate::problem::Problem;
use crate::runs::backtest::{self, Trial};
use crate::standing::{ModelStanding, MonitorStanding};
use crate::state::State;
use axum::Json;
use axum::extract::{Path, Query, State as Extract};
use candor_contract::spec::Object;
use candor_contract::{format_us, parse_us};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Most monitors that are tried at once.
const MONITORS_MAX: usize = 1_000;

/// How much of each monitor.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct Windows {
    /// Only so many windows, the newest that tell a value; all that are kept if absent.
    newest: Option<usize>,
}

/// Show how a model's monitors stand
///
/// Each with the figures of its last windows and the band that they were held against.
#[utoipa::path(get, path = "/v1/models/{model}/monitors", tag = "monitoring",
    params(("model" = String, Path), Windows),
    responses((status = 200, body = ModelStanding), (status = 400, body = Problem),
        (status = 404, body = Problem)))]
pub(crate) async fn show_monitors(
    Extract(state): Extract<State>,
    Path(model): Path<String>,
    Query(windows): Query<Windows>,
) -> Answer<ModelStanding> {
    let model = known(&state, &model).await?;
    let standing = state.watching.of(&model.name, windows.newest);
    standing.map(Json).ok_or_else(|| {
        Problem::not_found(&format!("monitor of {}", model.name))
            .hint("Models are watched from a minute after their first prediction on.")
    })
}

/// An instant.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct Instant {
    /// RFC 3339; now if absent.
    at: Option<String>,
}

/// How monitors stood at an instant, and the alerts of then.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct Why {
    model: String,
    /// The end of the last window that was closed by then.
    at: String,
    /// Alerts that went on, as they were told last.
    #[schema(value_type = Vec<Object>)]
    alerts: Vec<candor_monitor::Alert>,
    /// Each monitor in a sentence: value, band, persistence; those that tell something first.
    monitors: Vec<WhyMonitor>,
}

/// A monitor in a sentence.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct WhyMonitor {
    name: String,
    state: &'static str,
    why: String,
}

/// Say why people were told of a model at an instant, or not
///
/// The engine is run over history up to then, so that the answer holds for any instant that the lake still has.
/// Who was told of an alert is on the alert's own page, `/v1/alerts/{id}/why`.
#[utoipa::path(get, path = "/v1/models/{model}/why", operation_id = "why_of_model", tag = "monitoring",
    params(("model" = String, Path), Instant),
    responses((status = 200, body = Why), (status = 400, body = Problem), (status = 404, body = Problem)))]
pub(crate) async fn why(
    Extract(state): Extract<State>,
    Path(model): Path<String>,
    Query(instant): Query<Instant>,
) -> Answer<Why> {
    let model = known(&state, &model).await?;
    if let Some(at) = &instant.at
        && super::profiles::instant("at", at)? > crate::clock::now_us()
    {
        let problem = Problem::bad_request("invalid_query", "`at` lies in the future.");
        return Err(problem.hint("Leave it out to ask about now."));
    }
    let asked = BacktestRequest {
        model: model.name.clone(),
        to: instant.at,
        monitors: Vec::new(),
        only: false,
    };
    let tried = backtest::run(&state, trial(&asked)?).await?;
    let mut alerts: BTreeMap<String, candor_monitor::Alert> = BTreeMap::new();
    for transition in tried.transitions {
        alerts.insert(transition.alert.id.clone(), transition.alert);
    }
    alerts.retain(|_, alert| alert.state.is_active());
    let rank = |state: &str| match state {
        "firing" => 0,
        "pending" => 1,
        "unknown" => 2,
        _ => 3,
    };
    let mut monitors: Vec<WhyMonitor> = tried
        .monitors
        .into_iter()
        .map(|m| WhyMonitor {
            name: m.name,
            state: m.state,
            why: m.why,
        })
        .collect();
    monitors.sort_by_key(|m| rank(m.state));
    Ok(Json(Why {
        model: model.name,
        at: format_us(tried.watched.to_us),
        alerts: alerts.into_values().collect(),
        monitors,
    }))
}

/// What is tried on history.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct BacktestRequest {
    /// The model.
    model: String,
    /// Until when, RFC 3339; until now if absent.
    to: Option<String>,
    /// Monitors to try, as objects of kind `Monitor`; each takes the place of the one of its name, or of the same
    /// measure and place.
    #[serde(default)]
    #[schema(value_type = Vec<Object>)]
    monitors: Vec<serde_json::Value>,
    /// Whether only these watch, without the declared ones and the default pack.
    #[serde(default)]
    only: bool,
}

/// What would have been told.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct Backtest {
    model: String,
    /// The time that was watched: from the end of the reference on.
    from: String,
    to: String,
    /// Since when monitors of windows shorter than five minutes watched, if there are such: of history at most seven
    /// days of rows are read for them.
    #[serde(skip_serializing_if = "Option::is_none")]
    short_from: Option<String>,
    /// Windows that were closed.
    windows: u64,
    /// Monitors that watched.
    monitors: u64,
    /// Milliseconds that it took.
    elapsed_ms: f64,
    /// Every change that people would have been told of, by time.
    #[schema(value_type = Vec<Object>)]
    transitions: Vec<candor_monitor::Transition>,
    /// How each monitor stands at the end.
    standing: Vec<MonitorStanding>,
    /// Monitors that nothing can be told of: the reference has no such column, segment or outcome.
    not_watched: Vec<String>,
}

/// Run monitors over history
///
/// The same engine as live, over what the lake holds: which alerts would have fired, when, and why. Nobody is told.
#[utoipa::path(post, path = "/v1/backtests", tag = "monitoring", request_body = BacktestRequest,
    responses((status = 200, body = Backtest), (status = 400, body = Problem),
        (status = 404, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn run_backtest(
    Extract(state): Extract<State>,
    Json(asked): Json<BacktestRequest>,
) -> Answer<Backtest> {
    let started = crate::clock::start();
    let trial = trial(&asked)?;
    let tried = backtest::run(&state, trial).await?;
    Ok(Json(Backtest {
        model: asked.model,
        from: format_us(tried.watched.from_us),
        to: format_us(tried.watched.to_us),
        short_from: tried.short_from_us.map(format_us),
        windows: tried.windows,
        monitors: tried.monitors.len() as u64,
        elapsed_ms: started.elapsed().as_secs_f64() * 1e3,
        transitions: tried.transitions,
        standing: tried.monitors,
        not_watched: tried.not_watched,
    }))
}

fn trial(asked: &BacktestRequest) -> Result<Trial, Problem> {
    let to_us = match &asked.to {
        None => None,
        Some(text) => Some(parse_us(text).ok_or_else(|| {
            Problem::bad_request("invalid_time", "`to` is no time.")
                .hint("Write it as 2026-11-29T18:00:00Z.")
        })?),
    };
    if asked.monitors.len() > MONITORS_MAX {
        let detail = format!("At most {MONITORS_MAX} monitors are tried at once.");
        return Err(Problem::bad_request("too_many_monitors", detail));
    }
    let mut monitors = Vec::new();
    for value in &asked.monitors {
        let object = Object::from_value(value).map_err(|problems| {
            let detail = format!("A monitor is not right: {problems}");
            Problem::bad_request("invalid_spec", detail)
        })?;
        let Some(spec) = object.monitor().filter(|m| m.model == asked.model) else {
            let detail = format!("{} is no Monitor of {}.", object.metadata.name, asked.model);
            return Err(Problem::bad_request("invalid_spec", detail));
        };
        crate::policy::watchable(&object)?;
        monitors.push((object.metadata.name.clone(), spec.clone()));
    }
    Ok(Trial {
        model: model_name(&asked.model)?,
        to_us,
        monitors,
        only: asked.only,
    })
}

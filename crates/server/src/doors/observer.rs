//! Whether the observer itself can be believed.

use super::models::{known, model_name};
use super::{Answer, Page, Paging};
use crate::problem::Problem;
use crate::runs::observer;
use crate::state::State;
use axum::Json;
use axum::extract::{Query, State as Extract};
use candor_contract::format_us;
use candor_monitor::observer::{Check, Compared, Observation, Standing};
use serde::{Deserialize, Serialize};

/// Which observations.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Choice {
    /// Those of this model, the newest first, one a day; without it the newest of each model.
    model: Option<String>,
}

/// What one run said of a model.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct ObservationView {
    model: String,
    /// When it was run.
    at: String,
    comparisons: Vec<ComparisonView>,
}

/// Something cheap or early, held against something dear or late.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct ComparisonView {
    /// `profiles` (with the rows), `performance` (estimated with realised) or `verdicts` (of people, with alerts).
    comparison: &'static str,
    /// `ok`, `off` or `unknown`.
    state: &'static str,
    /// Runs in a row in which it was off, this one included. From two on it is told at `/metrics`.
    off_runs: u32,
    /// Rows or alerts behind it.
    n: u64,
    /// Figures that were compared, and of how many columns.
    figures: u64,
    columns: u64,
    /// The time that was looked at.
    from: Option<String>,
    to: Option<String>,
    /// What it says, or why nothing can be told.
    sentence: String,
    /// Figures: those that are off and those nearest to it.
    checks: Vec<CheckView>,
}

/// One figure of a comparison.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct CheckView {
    /// E.g. `p95`, `roc_auc`, `precision`.
    figure: String,
    column: Option<String>,
    /// What is held against the limits, with the ends of its interval where it has one.
    value: Option<f64>,
    low: Option<f64>,
    high: Option<f64>,
    /// The limits.
    at_least: Option<f64>,
    at_most: Option<f64>,
    /// Rows or alerts behind it.
    n: u64,
    state: &'static str,
    sentence: String,
}

impl From<Check> for CheckView {
    fn from(check: Check) -> Self {
        Self {
            figure: check.figure,
            column: check.column,
            value: check.value,
            low: check.low,
            high: check.high,
            at_least: check.at_least,
            at_most: check.at_most,
            n: check.n,
            state: check.state.name(),
            sentence: check.sentence,
        }
    }
}

impl From<Compared> for ComparisonView {
    fn from(own: Compared) -> Self {
        Self {
            comparison: own.comparison.name(),
            state: own.state.name(),
            off_runs: own.off_runs,
            n: own.n,
            figures: own.figures,
            columns: own.columns,
            from: own.window.map(|w| format_us(w.from_us)),
            to: own.window.map(|w| format_us(w.to_us)),
            sentence: own.sentence,
            checks: own.checks.into_iter().map(CheckView::from).collect(),
        }
    }
}

impl From<Observation> for ObservationView {
    fn from(made: Observation) -> Self {
        Self {
            at: format_us(made.at_us),
            model: made.model,
            comparisons: made.compared.into_iter().map(Into::into).collect(),
        }
    }
}

/// Show whether the observer can be believed
///
/// Once a day each model's profiles are held against its rows, estimated performance against the realised one, alerts
/// against the verdicts of people. Of each model the newest run, with those figures only that are off; of one model
/// its last 400 days with all that is kept.
#[utoipa::path(get, path = "/v1/observer", tag = "monitoring", params(Choice, Paging),
    responses((status = 200, body = Page<ObservationView>), (status = 400, body = Problem),
        (status = 404, body = Problem)))]
pub(crate) async fn list_observations(
    Extract(state): Extract<State>,
    Query(choice): Query<Choice>,
    Query(paging): Query<Paging>,
) -> Answer<Page<ObservationView>> {
    let (cursor, limit) = (paging.cursor.as_deref(), paging.limit());
    let page = match &choice.model {
        Some(model) => {
            let model = known(&state, model).await?;
            let page = state.catalog.observations(&model.name, cursor, limit);
            page.await?
        }
        None => state.catalog.newest_observations(cursor, limit).await?,
    };
    let mut made: Vec<Observation> = page.items.iter().filter_map(observer::read).collect();
    if choice.model.is_none() {
        for own in made.iter_mut().flat_map(|m| &mut m.compared) {
            own.checks.retain(|c| c.state == Standing::Off);
        }
    }
    Ok(Json(Page {
        items: made.into_iter().map(ObservationView::from).collect(),
        next_cursor: page.next,
    }))
}

/// What is to be observed.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Asked {
    /// The model.
    model: String,
}

/// Observe a model now
///
/// It counts as a run, and takes the place of an earlier one of the same day.
#[utoipa::path(post, path = "/v1/observer/runs", tag = "monitoring", request_body = Asked,
    responses((status = 200, body = ObservationView), (status = 400, body = Problem),
        (status = 404, body = Problem), (status = 503, body = Problem)))]
pub(crate) async fn run_observer(
    Extract(state): Extract<State>,
    Json(asked): Json<Asked>,
) -> Answer<ObservationView> {
    let model = model_name(&asked.model)?;
    let made = observer::on_demand(&state, &model).await?;
    let made =
        made.ok_or_else(|| Problem::not_found(&format!("prediction of {model} in the lake")))?;
    Ok(Json(made.into()))
}

//! Alerts: what fired, why, what people said of it, and who was told.

mod evidence;
pub(crate) mod scores;
mod views;

use super::{Answer, Page, Paging};
use crate::clock;
use crate::problem::Problem;
use crate::routing::{self, Scene};
use crate::runs;
use crate::state::State;
use axum::Json;
use axum::extract::{Path, Query, State as Extract};
use axum::http::StatusCode;
use candor_catalog::{AlertFilter, Signed};
use candor_contract::parse_us;
use candor_monitor::{Judgement, route};
pub(crate) use evidence::EvidenceView;
use serde::Deserialize;
pub(crate) use views::{AlertPage, AlertView, WhyPage, WhyView};

/// Deliveries of one alert that are shown, at most: the newest.
const DELIVERIES_MAX: u32 = 200;
/// Longest name and reason, in bytes.
const BY_BYTES_MAX: usize = 256;
const WHY_BYTES_MAX: usize = 4_096;

/// Which alerts.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Choice {
    /// Of this model.
    #[serde(default)]
    model: String,
    /// `firing`, `acknowledged` (it fires, and somebody looks after it), `unknown`, `recovering` or `resolved`.
    #[serde(default)]
    state: String,
    /// `info`, `warning` or `critical`.
    #[serde(default)]
    severity: String,
    /// That still went on then, RFC 3339.
    from: Option<String>,
    /// That had fired before then, RFC 3339.
    to: Option<String>,
}

fn time(name: &str, text: Option<&String>) -> Result<Option<i64>, Problem> {
    let Some(text) = text else { return Ok(None) };
    let us = parse_us(text).ok_or_else(|| {
        let detail = format!("`{name}` is no time.");
        Problem::bad_request("invalid_time", detail).hint("Write it as 2026-11-29T18:00:00Z.")
    })?;
    Ok(Some(us))
}

/// List alerts, the newest first
///
/// Without the points of their charts, which one alert's own page has.
#[utoipa::path(get, path = "/v1/alerts", tag = "alerts", params(Choice, Paging),
    responses((status = 200, body = Page<AlertView>)))]
pub(crate) async fn list_alerts(
    Extract(state): Extract<State>,
    Query(choice): Query<Choice>,
    Query(paging): Query<Paging>,
) -> Answer<Page<AlertView>> {
    let filter = AlertFilter {
        from_us: time("from", choice.from.as_ref())?,
        to_us: time("to", choice.to.as_ref())?,
        model: choice.model,
        state: choice.state,
        severity: choice.severity,
    };
    let page = state
        .catalog
        .alerts(&filter, paging.cursor.as_deref(), paging.limit())
        .await?;
    let items = page.items.iter().map(AlertView::brief).collect();
    Ok(Json(Page {
        items,
        next_cursor: page.next,
    }))
}

/// Show an alert with its history and who was told
#[utoipa::path(get, path = "/v1/alerts/{id}", tag = "alerts", params(("id" = String, Path)),
    responses((status = 200, body = AlertPage), (status = 404, body = Problem)))]
pub(crate) async fn show_alert(
    Extract(state): Extract<State>,
    Path(id): Path<String>,
) -> Answer<AlertPage> {
    let stored = state.catalog.alert(&id).await?;
    let stored = stored.ok_or_else(|| Problem::not_found(&format!("alert {id}")))?;
    let history = state.catalog.alert_history(&id).await?;
    let notices = state.catalog.notices_of(&id, DELIVERIES_MAX).await?;
    Ok(Json(AlertPage::new(&stored, &history, &notices)))
}

/// Who looks after an alert.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Acknowledging {
    /// Who.
    by: String,
    /// Why, or what is done; may be empty.
    #[serde(default)]
    why: String,
}

/// Say that somebody looks after an alert
///
/// It is then neither repeated nor escalated. The last one who says so counts; all stay in its history.
#[utoipa::path(post, path = "/v1/alerts/{id}/acknowledge", tag = "alerts", params(("id" = String, Path)),
    request_body = Acknowledging,
    responses((status = 200, body = AlertView), (status = 400, body = Problem), (status = 404, body = Problem)))]
pub(crate) async fn acknowledge(
    Extract(state): Extract<State>,
    Path(id): Path<String>,
    Json(asked): Json<Acknowledging>,
) -> Answer<AlertView> {
    let signed = signed(&asked.by, &asked.why)?;
    state.catalog.acknowledge_alert(&id, &signed).await?;
    brief(&state, &id).await
}

/// What an alert was.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Judging {
    /// `true_positive`, `false_positive`, `expected`, `duplicate` or `missing_data`.
    #[schema(value_type = String)]
    verdict: Judgement,
    /// Why: without a reason nobody learns from it.
    reason: String,
    /// Who says so.
    by: String,
}

/// Say what an alert was
///
/// The last verdict counts; all stay in its history.
#[utoipa::path(post, path = "/v1/alerts/{id}/verdict", tag = "alerts", params(("id" = String, Path)),
    request_body = Judging,
    responses((status = 200, body = AlertView), (status = 400, body = Problem), (status = 404, body = Problem)))]
pub(crate) async fn judge(
    Extract(state): Extract<State>,
    Path(id): Path<String>,
    Json(asked): Json<Judging>,
) -> Answer<AlertView> {
    if asked.reason.trim().is_empty() {
        let detail = "A verdict needs a `reason`.";
        return Err(Problem::bad_request("no_reason", detail)
            .hint("Say in a sentence what was found; the next alert of this kind shows it."));
    }
    let signed = signed(&asked.by, &asked.reason)?;
    let word = asked.verdict.name();
    state.catalog.judge_alert(&id, word, &signed).await?;
    brief(&state, &id).await
}

/// An instant of an alert's life.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct Moment {
    /// RFC 3339; now if absent.
    at: Option<String>,
}

impl Moment {
    /// The instant, if one is asked about that is over.
    fn past_us(&self, now_us: i64) -> Result<Option<i64>, Problem> {
        let Some(text) = &self.at else {
            return Ok(None);
        };
        let at_us = super::profiles::instant("at", text)?;
        if at_us > now_us {
            let problem = Problem::bad_request("invalid_query", "`at` lies in the future.");
            return Err(problem.hint("Leave it out to ask about now."));
        }
        Ok(Some(at_us))
    }
}

/// Say why people were told of an alert, or not
///
/// One answer for each route, with the receivers that it could not reach. With `at` it is answered from what is
/// recorded: the alert as it was then, routes and silences that were in force, who had acknowledged, and notices that
/// had been decided. What the records do not tell is in `not_recorded`.
#[utoipa::path(get, path = "/v1/alerts/{id}/why", operation_id = "why_of_alert", tag = "alerts",
    params(("id" = String, Path), Moment),
    responses((status = 200, body = WhyPage), (status = 400, body = Problem), (status = 404, body = Problem)))]
pub(crate) async fn why(
    Extract(state): Extract<State>,
    Path(id): Path<String>,
    Query(moment): Query<Moment>,
) -> Answer<WhyPage> {
    let stored = state.catalog.alert(&id).await?;
    let stored = stored.ok_or_else(|| Problem::not_found(&format!("alert {id}")))?;
    let now_us = clock::now_us();
    if let Some(at_us) = moment.past_us(now_us)? {
        let past = routing::past(&state.catalog, &stored, at_us, now_us).await?;
        let past = past.ok_or_else(unreadable)?;
        let view = |why| WhyView::then(why, &past.notices, at_us);
        let items = past.whys.into_iter().map(view).collect();
        return Ok(Json(WhyPage::new(items, at_us, past.not_recorded)));
    }
    let alert = routing::alert(&stored).ok_or_else(unreadable)?;
    let scene = Scene::read(&state.catalog).await?;
    let (routes, silences) = (&scene.routes, &scene.silences);
    let told = route::explain(&alert, now_us, routes, silences, &scene.router);
    let notices = state.catalog.notices_of(&id, DELIVERIES_MAX).await?;
    let view = |why| WhyView::new(why, &notices);
    let items = told.into_iter().map(view).collect();
    Ok(Json(WhyPage::new(items, now_us, Vec::new())))
}

/// Show what backs an alert: where it is worst, and rows that show it
///
/// Of the likely cause and up to two more of its monitors: the same figure by the values of each segment, beside that
/// of the reference, and predictions of its time. It is read anew each time: rows that retention removed are gone.
#[utoipa::path(get, path = "/v1/alerts/{id}/evidence", tag = "alerts", params(("id" = String, Path)),
    responses((status = 200, body = EvidenceView), (status = 404, body = Problem),
        (status = 503, body = Problem)))]
pub(crate) async fn show_evidence(
    Extract(state): Extract<State>,
    Path(id): Path<String>,
) -> Answer<EvidenceView> {
    let stored = state.catalog.alert(&id).await?;
    let stored = stored.ok_or_else(|| Problem::not_found(&format!("alert {id}")))?;
    let alert = routing::alert(&stored).ok_or_else(unreadable)?;
    let told = runs::evidence::evidence(&state, &alert).await?;
    Ok(Json(EvidenceView::new(&alert, told)))
}

fn unreadable() -> Problem {
    let status = StatusCode::INTERNAL_SERVER_ERROR;
    let detail = "The stored alert cannot be read; the server's log tells why.";
    Problem::new(status, "internal", detail)
}

async fn brief(state: &State, id: &str) -> Answer<AlertView> {
    // The next step of the router looks at it; nobody needs to be woken.
    let stored = state.catalog.alert(id).await?;
    let stored = stored.ok_or_else(|| Problem::not_found(&format!("alert {id}")))?;
    Ok(Json(AlertView::brief(&stored)))
}

fn signed(by: &str, why: &str) -> Result<Signed, Problem> {
    let by = by.trim();
    if by.is_empty() || by.len() > BY_BYTES_MAX || why.len() > WHY_BYTES_MAX {
        let detail =
            format!("`by` takes 1 to {BY_BYTES_MAX} bytes, the reason at most {WHY_BYTES_MAX}.");
        return Err(Problem::bad_request("invalid_signature", detail));
    }
    Ok(Signed {
        by: by.to_owned(),
        at_us: clock::now_us(),
        why: why.trim().to_owned(),
    })
}

//! Silences: when alerts that match are kept and shown, and nobody is told.

use super::{Answer, Page};
use crate::clock;
use crate::problem::Problem;
use crate::silencing::{self, Silence};
use crate::state::State;
use axum::Json;
use axum::extract::{Path, Query, State as Extract};
use axum::http::StatusCode;
use candor_contract::format_us;
use candor_contract::spec::{Matcher, SilenceSpec};
use serde::{Deserialize, Serialize};

/// A silence.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct SilenceView {
    name: String,
    /// `pending`, `active` or `expired`.
    state: &'static str,
    matchers: Vec<MatcherView>,
    from: String,
    to: String,
    by: Option<String>,
    why: String,
    /// Whether it is a maintenance, in which windows tell nothing; left out if not.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    maintenance: bool,
}

/// A condition on a label; all of a silence must hold.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct MatcherView {
    /// The label, e.g. `model`.
    name: String,
    /// The value, or an expression that the whole value must match.
    value: String,
    /// Whether `value` is a regular expression.
    #[serde(default)]
    regex: bool,
    /// Whether it must not match.
    #[serde(default)]
    not: bool,
}

/// A silence to be made.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SilenceRequest {
    /// Its name; a fresh one if absent. An existing silence of the name is replaced.
    name: Option<String>,
    matchers: Vec<MatcherView>,
    /// From when on, RFC 3339; at once if absent.
    from: Option<String>,
    /// Until when, RFC 3339.
    to: String,
    /// Who asks for it.
    by: Option<String>,
    /// Why.
    why: String,
    /// Whether it is a maintenance: windows that overlap it tell nothing. It selects by `model`, which it must, and
    /// `family`, `measure` and `column`.
    #[serde(default)]
    maintenance: bool,
}

/// Which silences.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Choice {
    /// Also those that ended in the last days, and maintenances that ended as long ago as alerts are kept.
    #[serde(default)]
    expired: bool,
}

impl SilenceView {
    fn of(silence: &Silence, now_us: i64) -> Self {
        let matchers = silence.spec.matchers.iter().map(|m| MatcherView {
            name: m.name.clone(),
            value: m.value.clone(),
            regex: m.regex,
            not: m.not,
        });
        Self {
            name: silence.name.clone(),
            state: silence.state(now_us),
            matchers: matchers.collect(),
            from: format_us(silence.begins_us()),
            to: format_us(silence.ends_us()),
            by: silence.spec.by.clone(),
            why: silence.spec.why.clone(),
            maintenance: silence.spec.maintenance,
        }
    }
}

/// List silences
#[utoipa::path(get, path = "/v1/silences", tag = "alerts", params(Choice),
    responses((status = 200, body = Page<SilenceView>)))]
pub(crate) async fn list_silences(
    Extract(state): Extract<State>,
    Query(choice): Query<Choice>,
) -> Answer<Page<SilenceView>> {
    let now_us = clock::now_us();
    let all = silencing::all(&state.catalog).await?;
    let shown = all
        .iter()
        .filter(|s| choice.expired || s.state(now_us) != "expired");
    Ok(Json(Page {
        items: shown.map(|s| SilenceView::of(s, now_us)).collect(),
        next_cursor: None,
    }))
}

/// Make a silence
///
/// It is stored as an object of kind `Silence`, with its history. Alerts that match are kept and shown.
#[utoipa::path(post, path = "/v1/silences", tag = "alerts", request_body = SilenceRequest,
    responses((status = 201, body = SilenceView), (status = 422, body = Problem)))]
pub(crate) async fn create_silence(
    Extract(state): Extract<State>,
    Json(asked): Json<SilenceRequest>,
) -> Result<(StatusCode, Json<SilenceView>), Problem> {
    let now_us = clock::now_us();
    let matchers = asked.matchers.into_iter().map(|m| Matcher {
        name: m.name,
        value: m.value,
        regex: m.regex,
        not: m.not,
    });
    let spec = SilenceSpec {
        matchers: matchers.collect(),
        from: asked.from,
        to: asked.to,
        by: asked.by,
        why: asked.why,
        maintenance: asked.maintenance,
    };
    let made = silencing::put(&state.catalog, asked.name.as_deref(), &spec, now_us).await?;
    state.watching.declare();
    Ok((StatusCode::CREATED, Json(SilenceView::of(&made, now_us))))
}

/// End a silence
#[utoipa::path(delete, path = "/v1/silences/{name}", tag = "alerts", params(("name" = String, Path)),
    responses((status = 204), (status = 404, body = Problem)))]
pub(crate) async fn end_silence(
    Extract(state): Extract<State>,
    Path(name): Path<String>,
) -> Result<StatusCode, Problem> {
    silencing::end(&state.catalog, &name, clock::now_us()).await?;
    state.watching.declare();
    Ok(StatusCode::NO_CONTENT)
}

//! Alerts and silences in the form of Alertmanager's API, version 2, for its own tools and whatever reads from
//! one. A receiver there is a route here.

use crate::clock;
use crate::problem::Problem;
use crate::routing::Scene;
use crate::silencing::{self, Silence};
use crate::state::State;
use axum::Json;
use axum::extract::{Path, RawQuery, State as Extract};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use candor_contract::spec::Matcher;
use candor_monitor::State as AlertStage;
use candor_monitor::matcher::Matchers;
use candor_monitor::notice::alertmanager::{
    AlertGroup, AlertState, GettableAlert, GettableSilence, NamedReceiver, PostableSilence,
    ServerStatus, gettable_alert, gettable_silence, groups, matcher, silence_spec,
};
use candor_monitor::route::muting;
use std::collections::BTreeMap;

/// A refusal: Alertmanager's are a text in JSON.
pub(crate) struct Refusal(StatusCode, String);

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        (self.0, Json(self.1)).into_response()
    }
}

impl From<Problem> for Refusal {
    fn from(problem: Problem) -> Self {
        let status = StatusCode::from_u16(problem.status);
        Self(
            status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR),
            problem.detail,
        )
    }
}

fn bad(why: impl ToString) -> Refusal {
    Refusal(StatusCode::BAD_REQUEST, why.to_string())
}

type Told<T> = Result<Json<T>, Refusal>;

/// Which alerts or silences.
struct Query {
    filter: Matchers,
    filtered: bool,
    receiver: Option<Matchers>,
    flags: BTreeMap<String, bool>,
}

impl Query {
    fn read(text: Option<&str>) -> Result<Self, Refusal> {
        let (mut filter, mut receiver, mut flags) = (Vec::new(), None, BTreeMap::new());
        for (name, value) in url::form_urlencoded::parse(text.unwrap_or_default().as_bytes()) {
            match name.as_ref() {
                "filter" => filter.push(matcher(&value).map_err(bad)?),
                "receiver" if !value.is_empty() => {
                    let expression = Matcher {
                        name: "receiver".into(),
                        value: value.into_owned(),
                        regex: true,
                        not: false,
                    };
                    receiver = Some(Matchers::new(&[expression]).map_err(bad)?);
                }
                "active" | "silenced" | "inhibited" | "unprocessed" | "muted" | "expired"
                | "pending" => {
                    let flag = value
                        .parse()
                        .map_err(|_| bad(format!("`{name}` is true or false, not `{value}`")))?;
                    flags.insert(name.into_owned(), flag);
                }
                _ => {}
            }
        }
        Ok(Self {
            filtered: !filter.is_empty(),
            filter: Matchers::new(&filter).map_err(bad)?,
            receiver,
            flags,
        })
    }

    /// All flags are on unless they are turned off.
    fn wants(&self, flag: &str) -> bool {
        self.flags.get(flag).copied().unwrap_or(true)
    }

    fn holds(&self, labels: &BTreeMap<String, String>) -> bool {
        !self.filtered || self.filter.hold(labels)
    }

    fn is_for(&self, route: &str) -> bool {
        let labels = || BTreeMap::from([("receiver".to_owned(), route.to_owned())]);
        self.receiver.as_ref().is_none_or(|m| m.hold(&labels()))
    }

    fn shows(&self, alert: &GettableAlert) -> bool {
        let status = &alert.status;
        let of_receiver =
            self.receiver.is_none() || alert.receivers.iter().any(|r| self.is_for(&r.name));
        of_receiver
            && self.holds(&alert.labels)
            && (status.state != AlertState::Active || self.wants("active"))
            && (status.state != AlertState::Unprocessed || self.wants("unprocessed"))
            && (status.silenced_by.is_empty() || self.wants("silenced"))
            && (status.inhibited_by.is_empty() || self.wants("inhibited"))
            && (status.muted_by.is_empty() || self.wants("muted"))
    }
}

fn shown(state: &State, scene: &Scene, query: &Query) -> Vec<GettableAlert> {
    let (now_us, external_url) = (clock::now_us(), state.notifier.external_url());
    let goes_on = scene
        .alerts
        .iter()
        .filter(|l| l.alert.state != AlertStage::Resolved);
    goes_on
        .map(|listed| {
            let muting = muting(listed, now_us, scene.inputs());
            gettable_alert(&listed.alert, &muting, now_us, external_url)
        })
        .filter(|alert| query.shows(alert))
        .collect()
}

/// Alerts that go on, in Alertmanager's form
///
/// Takes `filter` (repeated matchers), `receiver` (an expression), `active`, `silenced`, `inhibited`,
/// `unprocessed` and `muted`.
#[utoipa::path(get, path = "/api/v2/alerts", operation_id = "alertmanager_list_alerts", tag = "alertmanager",
    params(("filter" = Option<Vec<String>>, Query), ("receiver" = Option<String>, Query),
        ("active" = Option<bool>, Query), ("silenced" = Option<bool>, Query),
        ("inhibited" = Option<bool>, Query), ("unprocessed" = Option<bool>, Query)),
    responses((status = 200, body = Vec<serde_json::Value>), (status = 400, body = String, content_type = "application/json")))]
pub(crate) async fn list_alerts(
    Extract(state): Extract<State>,
    RawQuery(query): RawQuery,
) -> Told<Vec<GettableAlert>> {
    let query = Query::read(query.as_deref())?;
    let scene = Scene::read(&state.catalog).await?;
    Ok(Json(shown(&state, &scene, &query)))
}

/// Alerts that go on in groups, in Alertmanager's form
#[utoipa::path(get, path = "/api/v2/alerts/groups", tag = "alertmanager",
    params(("filter" = Option<Vec<String>>, Query), ("receiver" = Option<String>, Query),
        ("active" = Option<bool>, Query), ("silenced" = Option<bool>, Query),
        ("inhibited" = Option<bool>, Query)),
    responses((status = 200, body = Vec<serde_json::Value>), (status = 400, body = String, content_type = "application/json")))]
pub(crate) async fn list_groups(
    Extract(state): Extract<State>,
    RawQuery(query): RawQuery,
) -> Told<Vec<AlertGroup>> {
    let query = Query::read(query.as_deref())?;
    let scene = Scene::read(&state.catalog).await?;
    let alerts = shown(&state, &scene, &query);
    let by = scene.routes.iter();
    let by = by.map(|(name, route)| (name.clone(), route.group_by.clone()));
    let mut groups = groups(&alerts, &by.collect());
    groups.retain(|group| query.is_for(&group.receiver.name));
    Ok(Json(groups))
}

/// What answers, in Alertmanager's form
#[utoipa::path(get, path = "/api/v2/status", tag = "alertmanager",
    responses((status = 200, body = serde_json::Value)))]
pub(crate) async fn status(Extract(state): Extract<State>) -> Json<ServerStatus> {
    let started_us = state.notifier.started_us();
    Json(ServerStatus::new(env!("CARGO_PKG_VERSION"), started_us))
}

/// Routes, in Alertmanager's form
#[utoipa::path(get, path = "/api/v2/receivers", tag = "alertmanager",
    responses((status = 200, body = Vec<serde_json::Value>)))]
pub(crate) async fn list_receivers(Extract(state): Extract<State>) -> Told<Vec<NamedReceiver>> {
    let routes = crate::routing::routes(&state.catalog).await?;
    let named = routes.into_iter().map(|(name, _)| NamedReceiver { name });
    Ok(Json(named.collect()))
}

fn gettable(silence: &Silence, now_us: i64) -> GettableSilence {
    gettable_silence(&silence.name, &silence.spec, silence.written_us, now_us)
}

/// Silences, in Alertmanager's form
///
/// Takes `filter` (repeated matchers, asked of what the silences' own matchers say), `active`, `pending` and
/// `expired`.
#[utoipa::path(get, path = "/api/v2/silences", operation_id = "alertmanager_list_silences", tag = "alertmanager",
    params(("filter" = Option<Vec<String>>, Query)),
    responses((status = 200, body = Vec<serde_json::Value>), (status = 400, body = String, content_type = "application/json")))]
pub(crate) async fn list_silences(
    Extract(state): Extract<State>,
    RawQuery(query): RawQuery,
) -> Told<Vec<GettableSilence>> {
    let query = Query::read(query.as_deref())?;
    let now_us = clock::now_us();
    let all = silencing::all(&state.catalog).await?;
    let chosen = all.iter().filter(|silence| {
        let said = silence.spec.matchers.iter().filter(|m| !m.not);
        let said = said.map(|m| (m.name.clone(), m.value.clone())).collect();
        query.wants(silence.state(now_us)) && query.holds(&said)
    });
    Ok(Json(chosen.map(|s| gettable(s, now_us)).collect()))
}

/// Make or replace a silence, in Alertmanager's form
#[utoipa::path(post, path = "/api/v2/silences", operation_id = "alertmanager_create_silence", tag = "alertmanager",
    request_body = serde_json::Value,
    responses((status = 200, body = serde_json::Value), (status = 400, body = String, content_type = "application/json"), (status = 404, body = String, content_type = "application/json")))]
pub(crate) async fn create_silence(
    Extract(state): Extract<State>,
    Json(asked): Json<PostableSilence>,
) -> Told<serde_json::Value> {
    let now_us = clock::now_us();
    let mut spec = silence_spec(&asked, now_us).map_err(bad)?;
    let id = asked.id.as_deref().filter(|id| !id.is_empty());
    if let Some(id) = id {
        // Alertmanager has no word for it.
        spec.maintenance = silencing::one(&state.catalog, id).await?.spec.maintenance;
    }
    let made = silencing::put(&state.catalog, id, &spec, now_us).await?;
    state.watching.declare();
    Ok(Json(serde_json::json!({"silenceID": made.name})))
}

/// Show a silence, in Alertmanager's form
#[utoipa::path(get, path = "/api/v2/silence/{id}", tag = "alertmanager", params(("id" = String, Path)),
    responses((status = 200, body = serde_json::Value), (status = 404, body = String, content_type = "application/json")))]
pub(crate) async fn show_silence(
    Extract(state): Extract<State>,
    Path(id): Path<String>,
) -> Told<GettableSilence> {
    let silence = silencing::one(&state.catalog, &id).await?;
    Ok(Json(gettable(&silence, clock::now_us())))
}

/// End a silence, in Alertmanager's form
#[utoipa::path(delete, path = "/api/v2/silence/{id}", operation_id = "alertmanager_end_silence", tag = "alertmanager", params(("id" = String, Path)),
    responses((status = 200), (status = 404, body = String, content_type = "application/json")))]
pub(crate) async fn end_silence(
    Extract(state): Extract<State>,
    Path(id): Path<String>,
) -> Result<StatusCode, Refusal> {
    silencing::end(&state.catalog, &id, clock::now_us()).await?;
    state.watching.declare();
    Ok(StatusCode::OK)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn queries_are_read_as_alertmanagers_tools_write_them() {
        let text = "filter=model%3D%22loan%22&filter=severity%3D~%22warning%7Ccritical%22&silenced=false&receiver=on.*&other=x";
        let query = Query::read(Some(text)).ok().unwrap();
        assert!(!query.wants("silenced") && query.wants("active"));
        assert!(query.is_for("oncall") && !query.is_for("an-oncall"));
        let labels = |model: &str| {
            let pairs = [("model", model), ("severity", "critical")];
            pairs.map(|(k, v)| (k.to_owned(), v.to_owned())).into()
        };
        assert!(query.holds(&labels("loan")) && !query.holds(&labels("other")));
        let all = Query::read(None).ok().unwrap();
        assert!(all.holds(&labels("loan")) && all.is_for("oncall"));
        for wrong in ["filter=model", "active=yes", "receiver=("] {
            let refused = Query::read(Some(wrong)).err().unwrap();
            assert_eq!(refused.0, StatusCode::BAD_REQUEST, "{wrong}");
        }
    }
}

//! Telemetry in.

use crate::intake::{Content, Events, Incoming, Reply};
use crate::problem::Problem;
use crate::state::State;
use axum::Json;
use axum::body::Body;
use axum::extract::{Path, Query, State as Extract};
use axum::http::{HeaderMap, StatusCode, header};
use candor_contract::{Door, Format, Kind, Mapping, ModelName, TraceContext};
use serde::Deserialize;
use std::sync::Arc;

/// How a file's columns are read.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Reading {
    /// Name of a `Model` spec whose `columns` say what each column of the file is.
    mapping: Option<String>,
}

/// Take events of mixed kinds and models
///
/// NDJSON or a JSON array. Each event names its `model`; `kind` is `prediction` unless it says
/// otherwise. The answer comes after the accepted rows are on stable storage.
#[utoipa::path(post, path = "/v1/events", tag = "telemetry",
    params(("traceparent" = Option<String>, Header, description = "W3C trace context, for events that name no trace")),
    request_body(content = String, content_type = "application/x-ndjson", description = "One event a line"),
    responses((status = 200, body = Reply), (status = 400, body = Problem), (status = 413, body = Problem),
        (status = 415, body = Problem), (status = 503, body = Problem)))]
pub(crate) async fn post_events(
    Extract(state): Extract<State>,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<Reply>, Problem> {
    let format = format(&headers)?;
    if !matches!(format, Format::Json | Format::Ndjson) {
        return Err(unsupported("events of mixed kinds come as NDJSON or JSON"));
    }
    take(&state, &headers, body, format, Door::Mixed, None).await
}

macro_rules! one_kind {
    ($name:ident, $path:literal, $kind:expr, $title:literal) => {
        #[doc = $title]
        ///
        /// NDJSON, a JSON array, CSV, an Arrow IPC stream or Parquet, by content type. Table-like
        /// formats use flattened names: `input_amount`, `output_score`.
        #[utoipa::path(post, path = $path, tag = "telemetry",
            params(("model" = String, Path, description = "Model name"), Reading,
                ("traceparent" = Option<String>, Header, description = "W3C trace context, for events that name no trace")),
            request_body(content = String, content_type = "application/x-ndjson", description = "One event a line"),
            responses((status = 200, body = Reply), (status = 400, body = Problem), (status = 404, body = Problem),
                (status = 413, body = Problem), (status = 415, body = Problem), (status = 503, body = Problem)))]
        pub(crate) async fn $name(
            Extract(state): Extract<State>,
            Path(model): Path<String>,
            Query(reading): Query<Reading>,
            headers: HeaderMap,
            body: Body,
        ) -> Result<Json<Reply>, Problem> {
            let model = super::models::model_name(&model)?;
            take_one(&state, model, $kind, &reading, &headers, body).await
        }
    };
}

one_kind!(
    post_predictions,
    "/v1/models/{model}/predictions",
    Kind::Prediction,
    "Take predictions of one model"
);
one_kind!(
    post_outcomes,
    "/v1/models/{model}/outcomes",
    Kind::Outcome,
    "Take outcomes of one model"
);
one_kind!(
    post_feedback,
    "/v1/models/{model}/feedback",
    Kind::Feedback,
    "Take feedback on one model"
);
one_kind!(
    post_effects,
    "/v1/models/{model}/effects",
    Kind::Effect,
    "Take business effects of one model"
);

async fn take_one(
    state: &State,
    model: ModelName,
    kind: Kind,
    reading: &Reading,
    headers: &HeaderMap,
    body: Body,
) -> Result<Json<Reply>, Problem> {
    let format = format(headers)?;
    let mapping = match &reading.mapping {
        Some(name) => Some(super::specs::mapping(state, name, kind).await?),
        None => None,
    };
    take(
        state,
        headers,
        body,
        format,
        Door::One { model, kind },
        mapping,
    )
    .await
}

async fn take(
    state: &State,
    headers: &HeaderMap,
    body: Body,
    format: Format,
    door: Door,
    mapping: Option<Arc<Mapping>>,
) -> Result<Json<Reply>, Problem> {
    let place = state.intake.place(length(headers))?;
    let (body, place) = state.intake.read(place, body).await?;
    let encoding = headers
        .get(header::CONTENT_ENCODING)
        .map_or("", |v| v.to_str().unwrap_or("?"));
    let encoding = encoding.trim().to_ascii_lowercase();
    let trace = headers.get("traceparent").and_then(|v| v.to_str().ok());
    let events = Events {
        trace: trace.and_then(TraceContext::parse),
        format,
        door,
        mapping,
    };
    let incoming = Incoming {
        body,
        encoding,
        content: Content::Events(events),
    };
    state.intake.take(incoming, place).await.map(Json)
}

/// How many bytes a body says it has.
pub(super) fn length(headers: &HeaderMap) -> Option<usize> {
    let length = headers.get(header::CONTENT_LENGTH)?;
    length.to_str().ok()?.parse().ok()
}

fn format(headers: &HeaderMap) -> Result<Format, Problem> {
    let given = headers
        .get(header::CONTENT_TYPE)
        .and_then(|v| v.to_str().ok());
    let Some(given) = given else {
        return Err(unsupported("the request has no Content-Type"));
    };
    Format::from_content_type(given).ok_or_else(|| unsupported(&format!("`{given}` is not known")))
}

fn unsupported(what: &str) -> Problem {
    Problem::new(
        StatusCode::UNSUPPORTED_MEDIA_TYPE,
        "unknown_content_type",
        format!("Cannot read this body: {what}."),
    )
    .hint(
        "Set Content-Type to application/x-ndjson, application/json, text/csv, \
             application/vnd.apache.arrow.stream or application/vnd.apache.parquet \
             (curl: use --json instead of -d).",
    )
}

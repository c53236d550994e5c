//! OpenTelemetry's traces in, over HTTP: `/v1/traces` of the OTLP specification.
//!
//! Its replies and refusals have the form of the request, protocol buffers or JSON, as the
//! specification wants it; so do those of whatever stands before the door.

use crate::intake::{Content, Incoming, Reply};
use crate::problem::{PROBLEM, Problem};
use crate::state::State;
use axum::body::Body;
use axum::extract::{Request, State as Extract};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use candor_otlp::{Form, Partial, StatusCode as Code, accepted, status};

/// The door's path.
const PATH: &str = "/v1/traces";
/// Largest refusal that is read to be told in another form.
const REFUSAL_BYTES_MAX: usize = 64 << 10;
/// Rejected rows that a reply tells of.
const TOLD_MAX: usize = 3;

const PROTOBUF: &str = "application/x-protobuf";
const JSON: &str = "application/json";

/// Take OpenTelemetry traces
///
/// OTLP over HTTP: an `ExportTraceServiceRequest` as protocol buffers or JSON. Spans become rows of the
/// table `spans`; each answer of a model that they tell of is a prediction of that model, too. The
/// answer comes after the accepted spans are on stable storage.
#[utoipa::path(post, path = "/v1/traces", tag = "telemetry",
    request_body(content((Vec<u8> = "application/x-protobuf"), (serde_json::Value = "application/json")), description = "An ExportTraceServiceRequest"),
    responses((status = 200, content((Vec<u8> = "application/x-protobuf"), (serde_json::Value = "application/json")), description = "An ExportTraceServiceResponse, in the form of the request; `partial_success` tells what was rejected"),
        (status = 400, content((Vec<u8> = "application/x-protobuf"), (serde_json::Value = "application/json")), description = "A Status, in the form of the request"),
        (status = 401, content((Vec<u8> = "application/x-protobuf"), (serde_json::Value = "application/json")), description = "A Status: the token is missing, unknown, expired or revoked"),
        (status = 403, content((Vec<u8> = "application/x-protobuf"), (serde_json::Value = "application/json")), description = "A Status: the token lacks the scope, or another site asks"),
        (status = 413, content((Vec<u8> = "application/x-protobuf"), (serde_json::Value = "application/json")), description = "A Status: the body is too large"),
        (status = 415, content((Vec<u8> = "application/x-protobuf"), (serde_json::Value = "application/json")), description = "A Status: the body's type or packing is not known"),
        (status = 503, content((Vec<u8> = "application/x-protobuf"), (serde_json::Value = "application/json")), description = "A Status: send the same export again after the time in Retry-After")))]
pub(crate) async fn post_traces(
    Extract(state): Extract<State>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    let form = form(&headers).ok_or_else(|| {
        let status = StatusCode::UNSUPPORTED_MEDIA_TYPE;
        let detail = format!("Traces come as {PROTOBUF} or {JSON}.");
        Problem::new(status, "unknown_content_type", detail)
    })?;
    let encoding = headers
        .get(header::CONTENT_ENCODING)
        .map_or("", |v| v.to_str().unwrap_or("?"));
    let encoding = encoding.trim().to_ascii_lowercase();
    let place = state.intake.place(super::events::length(&headers))?;
    let (body, place) = state.intake.read(place, body).await?;
    let incoming = Incoming {
        body,
        encoding,
        content: Content::Traces(form),
    };
    let reply = state.intake.take(incoming, place).await?;
    let body = accepted(form, &partial(&reply));
    Ok(([(header::CONTENT_TYPE, media_type(form))], body).into_response())
}

fn media_type(form: Form) -> HeaderValue {
    HeaderValue::from_static(match form {
        Form::Protobuf => PROTOBUF,
        Form::Json => JSON,
    })
}

fn form(headers: &HeaderMap) -> Option<Form> {
    let given = headers.get(header::CONTENT_TYPE)?.to_str().ok()?;
    let essence = given.split(';').next().unwrap_or_default().trim();
    match essence.to_ascii_lowercase().as_str() {
        PROTOBUF | "application/protobuf" => Some(Form::Protobuf),
        JSON => Some(Form::Json),
        _ => None,
    }
}

/// What the protocol tells of a reply: how many spans were not taken, and why. That a span is stored
/// and yet no prediction is a warning.
pub(crate) fn partial(reply: &Reply) -> Partial {
    let mut told: Vec<String> = Vec::new();
    for row in &reply.rejected {
        let line = format!("span {}: {} ({})", row.index, row.message, row.code);
        if told.len() < TOLD_MAX {
            told.push(line);
        }
    }
    let more = usize::try_from(reply.rejected_count).unwrap_or(usize::MAX);
    let more = more.saturating_sub(told.len());
    if more > 0 {
        told.push(format!("and {more} more, which the quarantine tells"));
    }
    Partial {
        rejected_spans: u64::from(reply.rejected_spans),
        message: told.join("; "),
    }
}

/// The protocol's code for a refusal.
pub(crate) fn code(status: u16) -> Code {
    match status {
        401 => Code::Unauthenticated,
        403 => Code::PermissionDenied,
        413 => Code::ResourceExhausted,
        408 | 503 => Code::Unavailable,
        404 | 405 => Code::Unimplemented,
        400..=499 => Code::InvalidArgument,
        _ => Code::Internal,
    }
}

/// A refusal as one line: the stable code behind what people read.
pub(crate) fn said_of(code: &str, detail: &str, hint: &str) -> String {
    let space = if hint.is_empty() { "" } else { " " };
    format!("{detail}{space}{hint} ({code})")
}

/// Tells refusals at the door of traces in the form of the request.
pub(crate) async fn in_its_form(request: Request, next: Next) -> Response {
    if request.uri().path() != PATH {
        return next.run(request).await;
    }
    let form = form(request.headers()).unwrap_or(Form::Json);
    let response = next.run(request).await;
    let is_problem = response
        .headers()
        .get(header::CONTENT_TYPE)
        .is_some_and(|v| v.as_bytes() == PROBLEM.as_bytes());
    if !is_problem {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    let said = axum::body::to_bytes(body, REFUSAL_BYTES_MAX).await;
    let told = said.ok().and_then(|said| {
        let problem: serde_json::Value = serde_json::from_slice(&said).ok()?;
        let [code, detail, hint] =
            ["code", "detail", "hint"].map(|member| problem[member].as_str().unwrap_or(""));
        Some(said_of(code, detail, hint))
    });
    let body = status(form, code(parts.status.as_u16()), &told.unwrap_or_default());
    parts.headers.remove(header::CONTENT_LENGTH);
    parts.headers.insert(header::CONTENT_TYPE, media_type(form));
    Response::from_parts(parts, body.into())
}

//! Probes, and bringing hot rows to the lake on demand.

use super::Answer;
use crate::problem::Problem;
use crate::state::State;
use axum::Json;
use axum::extract::State as Extract;
use axum::http::StatusCode;
use serde::Serialize;
use std::sync::atomic::Ordering;

/// State of the server.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct Health {
    /// `live` or `ready`.
    status: &'static str,
    /// Version of the program.
    version: &'static str,
}

const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Whether the process lives
#[utoipa::path(get, path = "/health/live", tag = "operation", security(()),
    responses((status = 200, body = Health)))]
pub(crate) async fn live() -> Json<Health> {
    Json(Health {
        status: "live",
        version: VERSION,
    })
}

/// Whether it takes requests
///
/// Not while it starts or stops. What it cannot take for a while is refused by each door, with 503 and `Retry-After`.
#[utoipa::path(get, path = "/health/ready", tag = "operation", security(()),
    responses((status = 200, body = Health), (status = 503, body = Problem)))]
pub(crate) async fn ready(Extract(state): Extract<State>) -> Answer<Health> {
    if !state.ready.load(Ordering::Acquire) {
        let status = StatusCode::SERVICE_UNAVAILABLE;
        return Err(Problem::new(
            status,
            "not_ready",
            "The server is starting or stopping.",
        ));
    }
    Ok(Json(Health {
        status: "ready",
        version: VERSION,
    }))
}

/// What a flush did.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct Flushed {
    flushed: bool,
}

/// Bring all rows to the lake now
///
/// Rows are durable and visible without it. It serves those who are about to read the Delta tables
/// with another engine.
#[utoipa::path(post, path = "/v1/flush", tag = "operation", responses((status = 200, body = Flushed)))]
pub(crate) async fn flush(Extract(state): Extract<State>) -> Answer<Flushed> {
    state.lake.flush().await;
    Ok(Json(Flushed { flushed: true }))
}

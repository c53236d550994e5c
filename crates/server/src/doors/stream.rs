//! `GET /v1/stream`: what was just stored and alerts as they change, as server-sent events.

use crate::intake::Stored;
use crate::rows_json::objects;
use crate::state::State;
use axum::extract::{Query, State as Extract};
use axum::response::sse::{Event, KeepAlive, Sse};
use futures::{Stream, StreamExt};
use serde::Deserialize;
use std::convert::Infallible;
use tokio_stream::wrappers::BroadcastStream;
use tokio_stream::wrappers::errors::BroadcastStreamRecvError;

/// Rows shown of one stored batch; the event says how many there were.
const ROWS_MAX: usize = 20;

/// Which rows to show.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Tail {
    /// One model's rows only.
    model: Option<String>,
}

/// Watch events as they are stored
///
/// Each message `events` has the table, the number of rows, and the first twenty of them; each message
/// `alert` what happened to one. A slow listener is told how many messages it missed (`missed`), nobody waits for it.
#[utoipa::path(get, path = "/v1/stream", tag = "telemetry", params(Tail),
    responses((status = 200, content_type = "text/event-stream", body = String)))]
pub(crate) async fn stream(
    Extract(state): Extract<State>,
    Query(tail): Query<Tail>,
) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let stored = BroadcastStream::new(state.intake.stored.subscribe());
    let alerts = BroadcastStream::new(state.alerts.subscribe());
    let model = tail.model.clone();
    let events = stored.filter_map(move |item| {
        let event = match item {
            Ok(stored) => shown(&stored, tail.model.as_deref()),
            Err(BroadcastStreamRecvError::Lagged(missed)) => behind(missed),
        };
        std::future::ready(event.map(Ok))
    });
    let alerts = alerts.filter_map(move |item| {
        let event = match item {
            Ok(alert) if model.as_ref().is_none_or(|m| *m == alert.model) => {
                Event::default().event("alert").json_data(alert).ok()
            }
            Ok(_) => None,
            Err(BroadcastStreamRecvError::Lagged(missed)) => behind(missed),
        };
        std::future::ready(event.map(Ok))
    });
    Sse::new(futures::stream::select(events, alerts)).keep_alive(KeepAlive::default())
}

fn behind(missed: u64) -> Option<Event> {
    let data = serde_json::json!({"messages": missed});
    Event::default().event("missed").json_data(data).ok()
}

fn shown(stored: &Stored, model: Option<&str>) -> Option<Event> {
    let own = stored.table.model().map(|m| m.as_str());
    if model.is_some() && own != model {
        return None;
    }
    let data = serde_json::json!({
        "table": stored.table.name(),
        "model": own,
        "row_count": stored.batch.num_rows(),
        "rows": objects(&stored.batch, ROWS_MAX),
    });
    Event::default().event("events").json_data(data).ok()
}

//! `GET /v1/stream`: what was just stored, as server-sent events.

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
/// Each message `events` has the table, the number of rows, and the first twenty of them. A slow
/// listener is told how many messages it missed (`missed`), nobody waits for it.
#[utoipa::path(get, path = "/v1/stream", tag = "telemetry", params(Tail),
    responses((status = 200, content_type = "text/event-stream", body = String)))]
pub(crate) async fn stream(
    Extract(state): Extract<State>,
    Query(tail): Query<Tail>,
) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let stored = BroadcastStream::new(state.intake.stored.subscribe());
    let events = stored.filter_map(move |item| {
        let event = match item {
            Ok(stored) => shown(&stored, tail.model.as_deref()),
            Err(BroadcastStreamRecvError::Lagged(missed)) => Event::default()
                .event("missed")
                .json_data(serde_json::json!({"messages": missed}))
                .ok(),
        };
        std::future::ready(event.map(Ok))
    });
    Sse::new(events).keep_alive(KeepAlive::default())
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

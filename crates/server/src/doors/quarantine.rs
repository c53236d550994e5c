//! Rejected rows: read them, mend what rejected them, replay them.

use super::{Answer, Page};
use crate::clock;
use crate::intake::{Content, Events, Incoming, Reply};
use crate::problem::Problem;
use crate::state::State;
use axum::Json;
use axum::extract::{Query, State as Extract};
use bytes::Bytes;
use candor_contract::{Door, Format, Kind};
use candor_lake::QueryRequest;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;

/// Rows replayed by one request, at most.
const REPLAY_MAX: u32 = 10_000;

/// Which rejected rows.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams, utoipa::ToSchema)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Choice {
    /// One model's.
    model: Option<String>,
    /// One code's, e.g. `type_mismatch`.
    code: Option<String>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
    /// Most items, up to 1,000; 100 by default.
    limit: Option<u32>,
    /// Rows with these ids only (replay).
    #[param(ignore)]
    ids: Vec<String>,
}

/// A rejected row.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub(crate) struct QuarantinedRow {
    id: String,
    received_at: String,
    model: Option<String>,
    kind: Option<String>,
    row: i64,
    code: String,
    message: String,
    /// The row as sent, except what may not be stored in clear.
    raw: String,
    /// When it was replayed with success.
    replayed_at: Option<String>,
}

/// List rejected rows
#[utoipa::path(get, path = "/v1/quarantine", tag = "quarantine", params(Choice),
    responses((status = 200, body = Page<QuarantinedRow>)))]
pub(crate) async fn list_quarantine(
    Extract(state): Extract<State>,
    Query(choice): Query<Choice>,
) -> Answer<Page<QuarantinedRow>> {
    let limit = choice.limit.unwrap_or(100).clamp(1, 1000);
    let items = find(&state, &choice, limit).await?;
    let full = items.len() == usize::try_from(limit).unwrap_or(usize::MAX);
    let next_cursor = items.last().filter(|_| full).map(|r| r.id.clone());
    Ok(Json(Page { items, next_cursor }))
}

/// What a replay did.
#[derive(Debug, Default, Serialize, utoipa::ToSchema)]
pub(crate) struct Replayed {
    /// Rows tried.
    rows: u32,
    /// Rows that are stored now.
    accepted: u32,
    duplicates: u32,
    /// Rows that were rejected once more; they are in the quarantine anew.
    rejected: u32,
}

/// Replay rejected rows
///
/// Rows go through the front door again, as they were sent, after whatever rejected them was mended
/// (a spec, a limit). Rows replayed with success before are left out.
#[utoipa::path(post, path = "/v1/quarantine/replay", tag = "quarantine", request_body = Choice,
    responses((status = 200, body = Replayed), (status = 400, body = Problem)))]
pub(crate) async fn replay_quarantine(
    Extract(state): Extract<State>,
    Json(choice): Json<Choice>,
) -> Answer<Replayed> {
    let rows = find(&state, &choice, REPLAY_MAX).await?;
    let open = rows.into_iter().filter(|r| r.replayed_at.is_none());
    let mut groups: HashMap<(Option<String>, Option<String>), Vec<QuarantinedRow>> = HashMap::new();
    for row in open {
        groups
            .entry((row.model.clone(), row.kind.clone()))
            .or_default()
            .push(row);
    }
    let mut total = Replayed::default();
    for ((model, kind), rows) in groups {
        let reply = send(&state, model.as_deref(), kind.as_deref(), &rows).await?;
        total.rows += u32::try_from(rows.len()).unwrap_or(u32::MAX);
        total.accepted += reply.accepted;
        total.duplicates += reply.duplicates;
        total.rejected += reply.rejected_count;
        let failed: Vec<u32> = reply.rejected.iter().map(|r| r.index).collect();
        let done: Vec<String> = rows
            .iter()
            .zip(0u32..)
            .filter(|(_, i)| !failed.contains(i))
            .map(|(row, _)| row.id.clone())
            .collect();
        state.catalog.mark_replayed(&done, clock::now_us()).await?;
    }
    Ok(Json(total))
}

async fn send(
    state: &State,
    model: Option<&str>,
    kind: Option<&str>,
    rows: &[QuarantinedRow],
) -> Result<Reply, Problem> {
    let door = match (model, kind.and_then(|k| k.parse::<Kind>().ok())) {
        (Some(model), Some(kind)) if kind.per_model() => Door::One {
            model: super::models::model_name(model)?,
            kind,
        },
        _ => Door::Mixed,
    };
    // A row may span lines as it was sent; a line break outside of texts means nothing in JSON.
    let lines: Vec<String> = rows
        .iter()
        .map(|r| r.raw.replace(['\n', '\r'], " "))
        .collect();
    let events = Events {
        trace: None,
        format: Format::Ndjson,
        door,
        mapping: None,
    };
    let incoming = Incoming {
        body: Bytes::from(lines.join("\n")).into(),
        encoding: String::new(),
        content: Content::Events(events),
    };
    let place = state.intake.place(None)?;
    state.intake.take(incoming, place).await
}

/// A text as an SQL literal.
fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

fn condition(choice: &Choice) -> String {
    let mut all = vec!["true".to_owned()];
    all.extend(
        choice
            .model
            .as_deref()
            .map(|m| format!("model = {}", literal(m))),
    );
    all.extend(
        choice
            .code
            .as_deref()
            .map(|c| format!("code = {}", literal(c))),
    );
    all.extend(
        choice
            .cursor
            .as_deref()
            .map(|c| format!("id < {}", literal(c))),
    );
    if !choice.ids.is_empty() {
        let ids: Vec<String> = choice.ids.iter().map(|id| literal(id)).collect();
        all.push(format!("id IN ({})", ids.join(", ")));
    }
    all.join(" AND ")
}

async fn find(state: &State, choice: &Choice, limit: u32) -> Result<Vec<QuarantinedRow>, Problem> {
    let known = state
        .lake
        .volumes()
        .into_iter()
        .any(|(id, _)| id.name() == "quarantine");
    if !known {
        return Ok(Vec::new());
    }
    let sql = format!(
        "SELECT id, received_at, model, kind, row, code, message, raw FROM quarantine \
         WHERE {} ORDER BY id DESC LIMIT {limit}",
        condition(choice)
    );
    let limits = state.sql.limits(None, Some(u64::from(limit)));
    let request = QueryRequest {
        sql,
        now_us: clock::now_us(),
        limits,
        purpose: None,
    };
    let mut statement = state.sql.ask(request).await?;
    let outcome = crate::sql::read(&mut statement).await;
    statement.end(outcome.is_err());
    let (_, batches, _) = outcome?;
    let mut rows = Vec::new();
    for batch in &batches {
        crate::rows_json::append_rows(batch, &mut rows);
    }
    let ids: Vec<String> = rows.iter().filter_map(|r| text(r, 0)).collect();
    let replayed = state.catalog.replayed(&ids).await?;
    let quarantined = rows.into_iter().filter_map(|row| {
        let id = text(&row, 0)?;
        Some(QuarantinedRow {
            received_at: text(&row, 1)?,
            model: text(&row, 2),
            kind: text(&row, 3),
            row: row.get(4)?.as_i64()?,
            code: text(&row, 5)?,
            message: text(&row, 6)?,
            raw: text(&row, 7)?,
            replayed_at: replayed.get(&id).map(|&us| candor_contract::format_us(us)),
            id,
        })
    });
    Ok(quarantined.collect())
}

fn text(row: &[serde_json::Value], at: usize) -> Option<String> {
    row.get(at)?.as_str().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn choices_cannot_escape_their_quotes() {
        let choice = Choice {
            model: Some("a' OR '1'='1".into()),
            ids: vec!["x".into()],
            ..Choice::default()
        };
        assert_eq!(
            condition(&choice),
            "true AND model = 'a'' OR ''1''=''1' AND id IN ('x')"
        );
    }
}

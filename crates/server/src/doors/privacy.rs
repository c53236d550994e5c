//! What the guard found in a model's columns, so that a person may decide.

use super::Answer;
use super::models::{known, model_name};
use crate::problem::Problem;
use crate::state::State;
use axum::Json;
use axum::extract::{Path, State as Extract};
use candor_contract::{Column, Layouts, format_us};
use serde::Serialize;
use std::collections::BTreeMap;

/// Likely personal data in one column. All of it was masked.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct FindingView {
    table: &'static str,
    column: String,
    /// How often each kind was masked, e.g. `{"email": 2}`.
    kinds: BTreeMap<String, u64>,
    /// Values that were personal and nothing else.
    whole: u64,
    /// Rows of the table since the first finding.
    rows: u64,
    /// `masked`: single places are. `suspected`: the column is treated as personal until a person
    /// decides. `decided`: a `Model` or `Policy` says what it is.
    state: &'static str,
    first_at: String,
    last_at: String,
}

/// Show likely personal data in a model's columns
///
/// Decide with `features.*.sensitivity` of the `Model`, or `privacy.columns` of a `Policy`.
#[utoipa::path(get, path = "/v1/models/{model}/privacy", tag = "models",
    params(("model" = String, Path)),
    responses((status = 200, body = Vec<FindingView>), (status = 404, body = Problem)))]
pub(crate) async fn show_privacy(
    Extract(state): Extract<State>,
    Path(model): Path<String>,
) -> Answer<Vec<FindingView>> {
    let name = model_name(&known(&state, &model).await?.name)?;
    let privacy = state.findings.privacy();
    let all = state.findings.all().into_iter();
    let ours = all.filter(|f| f.table.model() == Some(&name));
    let views = ours.map(|f| {
        let layout = state.lake.layout(&f.table);
        let column = layout.schema.column(&f.column).cloned();
        let column =
            column.unwrap_or_else(|| Column::new(&f.column, candor_contract::ColumnType::Text));
        FindingView {
            table: f.table.name(),
            state: match (privacy.is_decided(&f.table, &column), f.suspected) {
                (true, _) => "decided",
                (false, true) => "suspected",
                (false, false) => "masked",
            },
            column: f.column,
            kinds: f.kinds,
            whole: f.whole,
            rows: f.seen,
            first_at: format_us(f.first_us),
            last_at: format_us(f.last_us),
        }
    });
    Ok(Json(views.collect()))
}

//! Models, their versions, schemas and volumes.

use super::{Answer, Page, Paging};
use crate::problem::Problem;
use crate::state::State;
use axum::Json;
use axum::extract::{Path, Query, State as Extract};
use candor_catalog::{Model, SchemaRevision, Version};
use candor_contract::{Kind, Layouts, ModelName, TableId, TableSchema, format_us};
use candor_lake::Volume;
use serde::Serialize;

pub(crate) fn model_name(text: &str) -> Result<ModelName, Problem> {
    ModelName::new(text).ok_or_else(|| {
        Problem::bad_request("invalid_model_name", "This is not a model name.").hint(
            "Use 1 to 128 letters, digits, '.', '_' or '-', starting with a letter or digit, \
             without '..'.",
        )
    })
}

/// A model.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct ModelView {
    name: String,
    /// `draft` until a spec is applied, then `registered`.
    state: String,
    task: Option<String>,
    owner: Option<String>,
    first_seen_at: String,
    /// Rows of each of its tables.
    volumes: Vec<VolumeView>,
}

/// Counts of one table.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct VolumeView {
    table: String,
    /// All rows: in the lake and still in the log.
    rows: u64,
    lake_rows: u64,
    lake_bytes: u64,
    files: u64,
    hot_rows: u64,
    /// Earliest and latest event time of the rows in the lake.
    from: Option<String>,
    to: Option<String>,
    /// Where other engines find the Delta table.
    location: String,
}

impl VolumeView {
    fn of(state: &State, id: &TableId, volume: &Volume) -> Self {
        Self {
            table: id.name().to_owned(),
            rows: volume.lake_rows + volume.hot_rows,
            lake_rows: volume.lake_rows,
            lake_bytes: volume.lake_bytes,
            files: volume.files,
            hot_rows: volume.hot_rows,
            from: volume.time_us.map(|(from, _)| format_us(from)),
            to: volume.time_us.map(|(_, to)| format_us(to)),
            location: state.lake.location(id),
        }
    }
}

fn volumes(state: &State, model: &str) -> Vec<VolumeView> {
    let all = state.lake.volumes();
    let own = all
        .iter()
        .filter(|(id, _)| id.model().is_some_and(|m| m.as_str() == model));
    own.map(|(id, volume)| VolumeView::of(state, id, volume))
        .collect()
}

fn view(state: &State, model: Model) -> ModelView {
    ModelView {
        volumes: volumes(state, &model.name),
        state: model.state.to_string(),
        task: model.task,
        owner: model.owner,
        first_seen_at: format_us(model.first_seen_us),
        name: model.name,
    }
}

/// List models
#[utoipa::path(get, path = "/v1/models", tag = "models", params(Paging),
    responses((status = 200, body = Page<ModelView>)))]
pub(crate) async fn list_models(
    Extract(state): Extract<State>,
    Query(paging): Query<Paging>,
) -> Answer<Page<ModelView>> {
    let page = state
        .catalog
        .models(paging.cursor.as_deref(), paging.limit())
        .await?;
    let items = page.items.into_iter().map(|m| view(&state, m)).collect();
    Ok(Json(Page {
        items,
        next_cursor: page.next,
    }))
}

pub(super) async fn known(state: &State, model: &str) -> Result<Model, Problem> {
    let name = model_name(model)?;
    let found = state.catalog.model(name.as_str()).await?;
    found.ok_or_else(|| Problem::not_found(&format!("model {name}")))
}

/// Show a model
#[utoipa::path(get, path = "/v1/models/{model}", tag = "models", params(("model" = String, Path)),
    responses((status = 200, body = ModelView), (status = 404, body = Problem)))]
pub(crate) async fn show_model(
    Extract(state): Extract<State>,
    Path(model): Path<String>,
) -> Answer<ModelView> {
    let model = known(&state, &model).await?;
    Ok(Json(view(&state, model)))
}

/// A version of a model as it was seen.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct VersionView {
    version: String,
    environment: String,
    /// Whether somebody registered it, or it was only seen in events.
    registered: bool,
    first_seen_at: String,
}

/// List a model's versions
#[utoipa::path(get, path = "/v1/models/{model}/versions", tag = "models",
    params(("model" = String, Path)),
    responses((status = 200, body = Page<VersionView>), (status = 404, body = Problem)))]
pub(crate) async fn list_versions(
    Extract(state): Extract<State>,
    Path(model): Path<String>,
) -> Answer<Page<VersionView>> {
    let model = known(&state, &model).await?;
    let versions: Vec<Version> = state.catalog.versions(&model.name).await?;
    let items = versions.into_iter().map(|v| VersionView {
        version: v.version,
        environment: v.environment,
        registered: v.registered,
        first_seen_at: format_us(v.first_seen_us),
    });
    Ok(Json(Page {
        items: items.collect(),
        next_cursor: None,
    }))
}

/// Current schema of one table, and how it came to be.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct SchemaView {
    table: String,
    version: u32,
    #[schema(value_type = Vec<Object>)]
    columns: serde_json::Value,
    history: Vec<SchemaStep>,
}

/// One version of a schema.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct SchemaStep {
    version: u32,
    at: String,
    why: String,
    #[schema(value_type = Vec<Object>)]
    changes: serde_json::Value,
}

/// Show a model's schemas
///
/// Each table's columns now, and every version with what changed and why.
#[utoipa::path(get, path = "/v1/models/{model}/schema", tag = "models",
    params(("model" = String, Path)),
    responses((status = 200, body = Vec<SchemaView>), (status = 404, body = Problem)))]
pub(crate) async fn show_schema(
    Extract(state): Extract<State>,
    Path(model): Path<String>,
) -> Answer<Vec<SchemaView>> {
    let model = known(&state, &model).await?;
    let name = model_name(&model.name)?;
    let mut out = Vec::new();
    for kind in Kind::ALL.into_iter().filter(|k| k.per_model()) {
        let id = TableId::of(&name, kind);
        let history: Vec<SchemaRevision> = state.catalog.schema_history(&id.path()).await?;
        if history.is_empty() {
            continue;
        }
        let current: TableSchema = state.lake.layout(&id).schema.clone();
        out.push(SchemaView {
            table: id.name().to_owned(),
            version: current.version,
            columns: serde_json::to_value(&current.columns).unwrap_or_default(),
            history: history
                .into_iter()
                .map(|r| SchemaStep {
                    version: r.schema.version,
                    at: format_us(r.at_us),
                    why: r.why,
                    changes: serde_json::to_value(&r.changes).unwrap_or_default(),
                })
                .collect(),
        });
    }
    Ok(Json(out))
}

/// Show a model's volumes
#[utoipa::path(get, path = "/v1/models/{model}/volumes", tag = "models",
    params(("model" = String, Path)),
    responses((status = 200, body = Vec<VolumeView>), (status = 404, body = Problem)))]
pub(crate) async fn show_volumes(
    Extract(state): Extract<State>,
    Path(model): Path<String>,
) -> Answer<Vec<VolumeView>> {
    let model = known(&state, &model).await?;
    Ok(Json(volumes(&state, &model.name)))
}

/// Show the spec that Candor would propose
///
/// Inferred from what the model has sent; adopt it with `candor apply`.
#[utoipa::path(get, path = "/v1/models/{model}/proposal", tag = "models",
    params(("model" = String, Path)),
    responses((status = 200, body = Object), (status = 404, body = Problem)))]
pub(crate) async fn show_proposal(
    Extract(state): Extract<State>,
    Path(model): Path<String>,
) -> Answer<serde_json::Value> {
    let model = known(&state, &model).await?;
    let name = model_name(&model.name)?;
    let layout = state.lake.layout(&TableId::of(&name, Kind::Prediction));
    let object = candor_contract::spec::propose(&model.name, &layout.schema);
    let json = serde_json::to_value(&object).map_err(|e| Problem::internal(&e))?;
    Ok(Json(json))
}

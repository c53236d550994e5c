//! Declarative objects: put, get, delete, with their whole history.

use super::{Answer, Page, Paging};
use crate::clock;
use crate::problem::Problem;
use crate::state::State;
use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, Query, State as Extract};
use axum::http::StatusCode;
use candor_catalog::SpecRevision;
use candor_contract::spec::{self, Difference, ModelSpec, Object};
use candor_contract::{Kind, Mapping, TableId, format_us};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// A stored object at one revision.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct SpecView {
    kind: String,
    name: String,
    revision: u32,
    at: String,
    author: String,
    why: String,
    deleted: bool,
    #[schema(value_type = Object)]
    object: serde_json::Value,
}

impl SpecView {
    fn of(revision: SpecRevision) -> Self {
        Self {
            kind: revision.kind,
            name: revision.name,
            revision: revision.revision,
            at: format_us(revision.at_us),
            author: revision.author,
            why: revision.why,
            deleted: revision.deleted,
            object: revision.body,
        }
    }
}

/// What a `PUT` did, or would do.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct SpecChange {
    kind: String,
    name: String,
    /// The revision now; with `dry_run` the one that stays.
    revision: u32,
    changed: bool,
    dry_run: bool,
    #[schema(value_type = Vec<Object>)]
    diff: Vec<Difference>,
    /// Columns whose stored values contradict the declared type, so that they keep theirs.
    kept: Vec<String>,
    /// What is worth knowing of it, e.g. that no model of that name is known yet.
    notes: Vec<String>,
}

/// How to put.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Putting {
    /// Only tell the difference.
    #[serde(default)]
    dry_run: bool,
    /// Why, for the history.
    #[serde(default)]
    why: String,
}

/// Put an object
///
/// YAML or JSON. An identical object makes no new revision.
#[utoipa::path(put, path = "/v1/specs/{kind}/{name}", tag = "specs",
    params(("kind" = String, Path), ("name" = String, Path), Putting),
    request_body(content = String, content_type = "application/yaml"),
    responses((status = 200, body = SpecChange), (status = 400, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn put_spec(
    Extract(state): Extract<State>,
    Path((kind, name)): Path<(String, String)>,
    Query(putting): Query<Putting>,
    body: Bytes,
) -> Answer<SpecChange> {
    let object = parse(&body)?;
    if object.kind.to_string() != kind || object.metadata.name != name {
        let detail = format!(
            "The object is {} {}, the address says {kind} {name}.",
            object.kind, object.metadata.name
        );
        return Err(Problem::bad_request("spec_mismatch", detail));
    }
    crate::policy::watchable(&object)?;
    let new = serde_json::to_value(&object).map_err(|e| Problem::internal(&e))?;
    let old = state
        .catalog
        .spec(&kind, &name, None)
        .await?
        .filter(|r| !r.deleted);
    let empty = serde_json::Value::Null;
    let diff = spec::diff(old.as_ref().map_or(&empty, |r| &r.body), &new);
    let revision = old.as_ref().map_or(0, |r| r.revision);
    let mut change = SpecChange {
        kind: kind.clone(),
        name: name.clone(),
        revision,
        changed: !diff.is_empty(),
        dry_run: putting.dry_run,
        diff,
        kept: Vec::new(),
        notes: notes(&state, &object).await?,
    };
    if !putting.dry_run {
        let now_us = clock::now_us();
        let stored = state
            .catalog
            .put_spec(&kind, &name, &new, "api", &putting.why, now_us)
            .await?;
        change.revision = stored.revision;
        if let Some(model) = object.model() {
            change.kept = adopt(&state, &object, model).await?;
        }
        crate::policy::apply(&state.catalog, &state.lake, &state.findings).await?;
        state.watching.declare();
    }
    Ok(Json(change))
}

/// Models that an object is about and that nobody knows: perhaps a slip, perhaps still to come.
async fn notes(state: &State, object: &Object) -> Result<Vec<String>, Problem> {
    let mut notes = Vec::new();
    for name in object.models() {
        if state.catalog.model(name).await?.is_none() {
            notes.push(format!(
                "no model `{name}` is known yet; the {} waits for its first prediction or its Model",
                object.kind.to_string().to_lowercase()
            ));
        }
    }
    Ok(notes)
}

/// Registers the model and fixes the types that its spec declares.
async fn adopt(state: &State, object: &Object, model: &ModelSpec) -> Result<Vec<String>, Problem> {
    let name = super::models::model_name(&object.metadata.name)?;
    let now_us = clock::now_us();
    let task = model.task.map(|t| t.to_string());
    state
        .catalog
        .register_model(
            name.as_str(),
            task.as_deref(),
            object.metadata.owner.as_deref(),
            now_us,
        )
        .await?;
    let id = TableId::of(&name, Kind::Prediction);
    state
        .registry
        .declare(
            &id,
            &model.declared_columns(),
            "declared by the model's spec",
        )
        .await
}

fn parse(body: &[u8]) -> Result<Object, Problem> {
    let text = std::str::from_utf8(body)
        .map_err(|_| Problem::bad_request("invalid_spec", "The object is not UTF-8."))?;
    let parsed = spec::parse(text);
    match parsed {
        Ok(objects) if objects.len() == 1 => objects
            .into_iter()
            .next()
            .ok_or_else(|| Problem::bad_request("invalid_spec", "The body holds no object.")),
        Ok(objects) => {
            let detail = format!(
                "The body holds {} objects; this address takes one.",
                objects.len()
            );
            Err(Problem::bad_request("invalid_spec", detail))
        }
        Err(problems) => {
            let all: Vec<String> = problems.iter().map(ToString::to_string).collect();
            let status = StatusCode::UNPROCESSABLE_ENTITY;
            Err(Problem::new(status, "invalid_spec", all.join(" ")))
        }
    }
}

/// Show an object
#[utoipa::path(get, path = "/v1/specs/{kind}/{name}", tag = "specs",
    params(("kind" = String, Path), ("name" = String, Path)),
    responses((status = 200, body = SpecView), (status = 404, body = Problem)))]
pub(crate) async fn show_spec(
    Extract(state): Extract<State>,
    Path((kind, name)): Path<(String, String)>,
) -> Answer<SpecView> {
    let found = state
        .catalog
        .spec(&kind, &name, None)
        .await?
        .filter(|r| !r.deleted);
    found
        .map(|r| Json(SpecView::of(r)))
        .ok_or_else(|| Problem::not_found(&format!("{kind} {name}")))
}

/// Delete an object; its history stays
#[utoipa::path(delete, path = "/v1/specs/{kind}/{name}", tag = "specs",
    params(("kind" = String, Path), ("name" = String, Path)),
    responses((status = 204), (status = 404, body = Problem)))]
pub(crate) async fn delete_spec(
    Extract(state): Extract<State>,
    Path((kind, name)): Path<(String, String)>,
) -> Result<StatusCode, Problem> {
    state
        .catalog
        .delete_spec(&kind, &name, "api", "", clock::now_us())
        .await?;
    crate::policy::apply(&state.catalog, &state.lake, &state.findings).await?;
    state.watching.declare();
    Ok(StatusCode::NO_CONTENT)
}

/// Show every revision of an object
#[utoipa::path(get, path = "/v1/specs/{kind}/{name}/history", tag = "specs",
    params(("kind" = String, Path), ("name" = String, Path)),
    responses((status = 200, body = Page<SpecView>), (status = 404, body = Problem)))]
pub(crate) async fn spec_history(
    Extract(state): Extract<State>,
    Path((kind, name)): Path<(String, String)>,
) -> Answer<Page<SpecView>> {
    let history = state.catalog.spec_history(&kind, &name).await?;
    if history.is_empty() {
        return Err(Problem::not_found(&format!("{kind} {name}")));
    }
    let items = history.into_iter().map(SpecView::of).collect();
    Ok(Json(Page {
        items,
        next_cursor: None,
    }))
}

/// List objects of one kind
#[utoipa::path(get, path = "/v1/specs/{kind}", tag = "specs", params(("kind" = String, Path), Paging),
    responses((status = 200, body = Page<SpecView>)))]
pub(crate) async fn list_specs(
    Extract(state): Extract<State>,
    Path(kind): Path<String>,
    Query(paging): Query<Paging>,
) -> Answer<Page<SpecView>> {
    list(&state, Some(&kind), &paging).await
}

/// List all objects
#[utoipa::path(get, path = "/v1/specs", tag = "specs", params(Paging),
    responses((status = 200, body = Page<SpecView>)))]
pub(crate) async fn list_all_specs(
    Extract(state): Extract<State>,
    Query(paging): Query<Paging>,
) -> Answer<Page<SpecView>> {
    list(&state, None, &paging).await
}

async fn list(state: &State, kind: Option<&str>, paging: &Paging) -> Answer<Page<SpecView>> {
    let page = state
        .catalog
        .specs(kind, paging.cursor.as_deref(), paging.limit())
        .await?;
    let items = page.items.into_iter().map(SpecView::of).collect();
    Ok(Json(Page {
        items,
        next_cursor: page.next,
    }))
}

/// The column mapping that a `Model` spec holds, for events of `kind`.
pub(crate) async fn mapping(
    state: &State,
    name: &str,
    kind: Kind,
) -> Result<Arc<Mapping>, Problem> {
    let found = state
        .catalog
        .spec("Model", name, None)
        .await?
        .filter(|r| !r.deleted);
    let found = found.ok_or_else(|| Problem::not_found(&format!("Model spec named {name}")))?;
    let object = Object::from_value(&found.body).map_err(|p| Problem::internal(&p))?;
    let spec = object
        .model()
        .ok_or_else(|| Problem::not_found(&format!("Model spec named {name}")))?;
    Ok(Arc::new(spec.mapping(kind)))
}

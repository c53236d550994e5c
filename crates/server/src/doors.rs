//! The HTTP doors. Each route is in exactly one of three groups, which says what it needs.

pub(crate) mod alertmanager;
pub(crate) mod alerts;
mod description;
pub(crate) mod drills;
pub(crate) mod erasures;
pub(crate) mod events;
pub(crate) mod fairness;
pub(crate) mod grpc;
mod health;
mod interface;
pub(crate) mod keys;
mod metrics;
pub(crate) mod models;
pub(crate) mod monitors;
pub(crate) mod observer;
pub(crate) mod privacy;
pub(crate) mod profiles;
mod quarantine;
pub(crate) mod silences;
pub(crate) mod specs;
pub(crate) mod sql;
pub(crate) mod stream;
pub(crate) mod tokens;
pub(crate) mod traces;

use crate::guard::{may_change, may_ingest, may_read};
use crate::problem::{Problem, uniform};
use crate::state::State;
use axum::extract::DefaultBodyLimit;
use axum::http::{HeaderName, HeaderValue, header};
use axum::middleware::{from_fn, from_fn_with_state, map_response};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use description::{Description, declare};
use serde::Serialize;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::set_header::SetResponseHeaderLayer;
use utoipa::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// One page of a list.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct Page<T> {
    /// The items, in order.
    pub(crate) items: Vec<T>,
    /// Pass it as `cursor` for the next page; null on the last.
    pub(crate) next_cursor: Option<String>,
}

fn ingest_routes() -> OpenApiRouter<State> {
    let doors = OpenApiRouter::new()
        .routes(routes!(events::post_events))
        .routes(routes!(events::post_predictions))
        .routes(routes!(events::post_outcomes))
        .routes(routes!(events::post_feedback))
        .routes(routes!(events::post_effects))
        .routes(routes!(traces::post_traces));
    declare(doors, "ingest")
}

fn read_routes() -> OpenApiRouter<State> {
    let doors = OpenApiRouter::new()
        .routes(routes!(sql::post_sql))
        .routes(routes!(models::list_models))
        .routes(routes!(models::show_model))
        .routes(routes!(models::list_versions))
        .routes(routes!(models::show_schema))
        .routes(routes!(models::show_volumes))
        .routes(routes!(privacy::show_privacy))
        .routes(routes!(fairness::show_fairness))
        .routes(routes!(models::show_proposal))
        .routes(routes!(profiles::list_profiles))
        .routes(routes!(profiles::show_rebuild))
        .routes(routes!(specs::list_all_specs))
        .routes(routes!(specs::list_specs))
        .routes(routes!(specs::show_spec))
        .routes(routes!(specs::spec_history))
        .routes(routes!(quarantine::list_quarantine))
        .routes(routes!(monitors::show_monitors))
        .routes(routes!(monitors::why))
        .routes(routes!(monitors::run_backtest))
        .routes(routes!(observer::list_observations))
        .routes(routes!(observer::run_observer))
        .routes(routes!(alerts::list_alerts))
        .routes(routes!(alerts::scores::show_scores))
        .routes(routes!(alerts::show_alert))
        .routes(routes!(alerts::show_evidence))
        .routes(routes!(alerts::why))
        .routes(routes!(drills::list_drills))
        .routes(routes!(drills::list_schedule))
        .routes(routes!(silences::list_silences))
        .routes(routes!(alertmanager::list_alerts))
        .routes(routes!(alertmanager::list_groups))
        .routes(routes!(alertmanager::status))
        .routes(routes!(alertmanager::list_receivers))
        .routes(routes!(alertmanager::list_silences))
        .routes(routes!(alertmanager::show_silence))
        .routes(routes!(stream::stream))
        .routes(routes!(metrics::metrics));
    declare(doors, "read")
}

fn change_routes() -> OpenApiRouter<State> {
    let doors = OpenApiRouter::new()
        .routes(routes!(specs::put_spec))
        .routes(routes!(specs::delete_spec))
        .routes(routes!(quarantine::replay_quarantine))
        .routes(routes!(profiles::rebuild_profiles))
        .routes(routes!(tokens::list_tokens, tokens::create_token))
        .routes(routes!(tokens::revoke_token))
        .routes(routes!(health::flush))
        .routes(routes!(alerts::acknowledge))
        .routes(routes!(alerts::judge))
        .routes(routes!(drills::rehearse))
        .routes(routes!(silences::create_silence))
        .routes(routes!(silences::end_silence))
        .routes(routes!(alertmanager::create_silence))
        .routes(routes!(alertmanager::end_silence))
        .routes(routes!(keys::list_keys))
        .routes(routes!(keys::rotate_key))
        .routes(routes!(erasures::erase, erasures::list_erasures));
    declare(doors, "admin")
}

fn open_routes() -> OpenApiRouter<State> {
    let doors = OpenApiRouter::new()
        .routes(routes!(health::live))
        .routes(routes!(health::ready));
    declare(doors, "none")
}

/// All routes and their description. Liveness and readiness are open to everyone, as probes carry
/// no tokens.
pub(crate) fn router(state: State) -> Router {
    let guard_ingest = from_fn_with_state(state.clone(), may_ingest);
    let guard_read = from_fn_with_state(state.clone(), may_read);
    let guard_change = from_fn_with_state(state.clone(), may_change);
    let (router, api) = OpenApiRouter::with_openapi(Description::openapi())
        .merge(ingest_routes().route_layer(guard_ingest))
        .merge(read_routes().route_layer(guard_read))
        .merge(change_routes().route_layer(guard_change))
        .merge(open_routes())
        .split_for_parts();
    let page = utoipa_swagger_ui::SwaggerUi::new("/api/docs").url("/api/openapi.json", api);
    let header = |name: HeaderName, value: &'static str| {
        SetResponseHeaderLayer::if_not_present(name, HeaderValue::from_static(value))
    };
    router
        .merge(page)
        .fallback(interface::answer)
        .method_not_allowed_fallback(wrong_method)
        // One layer of layers: each call of `layer` boxes every route once more.
        .layer((
            from_fn(traces::in_its_form),
            CatchPanicLayer::custom(panicked),
            header(header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
            header(header::X_FRAME_OPTIONS, "DENY"),
            header(header::REFERRER_POLICY, "no-referrer"),
            header(header::CACHE_CONTROL, "no-store"),
            map_response(uniform),
            DefaultBodyLimit::max(state.intake.body_bytes_max()),
        ))
        .with_state(state)
}

/// The door of OpenTelemetry's traces alone, for a port of its own.
pub(crate) fn traces_router(state: State) -> Router {
    let guard_ingest = from_fn_with_state(state.clone(), may_ingest);
    Router::new()
        .route("/v1/traces", post(traces::post_traces))
        .route_layer(guard_ingest)
        .method_not_allowed_fallback(wrong_method)
        .layer((
            from_fn(traces::in_its_form),
            CatchPanicLayer::custom(panicked),
            map_response(uniform),
            DefaultBodyLimit::max(state.intake.body_bytes_max()),
        ))
        .with_state(state)
}

/// The description of all routes, for generated documents.
pub(crate) fn openapi() -> utoipa::openapi::OpenApi {
    OpenApiRouter::<State>::with_openapi(Description::openapi())
        .merge(ingest_routes())
        .merge(read_routes())
        .merge(change_routes())
        .merge(open_routes())
        .into_openapi()
}

fn panicked(_: Box<dyn std::any::Any + Send>) -> Response {
    let detail = "The server met a fault of its own; nothing of this request was stored.";
    let status = axum::http::StatusCode::INTERNAL_SERVER_ERROR;
    Problem::new(status, "internal", detail).into_response()
}

async fn wrong_method() -> Problem {
    let status = axum::http::StatusCode::METHOD_NOT_ALLOWED;
    Problem::new(
        status,
        "method_not_allowed",
        "This address does not take that method.",
    )
}

/// Catalog lists are paged by a cursor.
#[derive(Debug, serde::Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Paging {
    /// `next_cursor` of the page before.
    pub(crate) cursor: Option<String>,
    /// Most items, up to 1,000; 100 by default.
    pub(crate) limit: Option<u32>,
}

impl Paging {
    pub(crate) fn limit(&self) -> u32 {
        self.limit.unwrap_or(100).clamp(1, 1000)
    }
}

pub(crate) type Answer<T> = Result<Json<T>, Problem>;

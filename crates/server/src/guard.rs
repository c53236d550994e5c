//! The three groups of routes: what a request must be allowed to do before it reaches a door.

use crate::identity::Scope;
use crate::state::State;
use axum::extract::{Request, State as Extract};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

async fn guard(state: &State, request: Request, next: Next, scope: Scope) -> Response {
    let identity = &state.identity;
    let allowed = match identity
        .check_site(request.method(), request.headers())
        .await
    {
        Ok(()) => identity.allow(request.headers(), scope).await,
        Err(problem) => Err(problem),
    };
    match allowed {
        Ok(()) => next.run(request).await,
        Err(problem) => problem.into_response(),
    }
}

/// Lets requests through that may send telemetry.
pub(crate) async fn may_ingest(state: Extract<State>, request: Request, next: Next) -> Response {
    guard(&state, request, next, Scope::Ingest).await
}

/// Lets requests through that may read.
pub(crate) async fn may_read(state: Extract<State>, request: Request, next: Next) -> Response {
    guard(&state, request, next, Scope::Read).await
}

/// Lets requests through that may change things.
pub(crate) async fn may_change(state: Extract<State>, request: Request, next: Next) -> Response {
    guard(&state, request, next, Scope::Admin).await
}

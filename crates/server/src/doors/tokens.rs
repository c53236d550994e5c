//! API tokens: shown once, stored as hashes, scoped, expiring, revocable.

use super::{Answer, Page, Paging};
use crate::clock;
use crate::identity::{Scope, TOKEN_PREFIX, fresh_token, token_hash};
use crate::problem::Problem;
use crate::state::State;
use axum::Json;
use axum::extract::{Path, Query, State as Extract};
use axum::http::StatusCode;
use candor_catalog::{Catalog, NewToken, Token};
use candor_contract::{format_us, parse_us};
use serde::{Deserialize, Serialize};

/// A token to be made.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct TokenRequest {
    /// What it is for.
    name: String,
    /// `ingest`, `read`, `admin`.
    scopes: Vec<String>,
    /// When it ends, RFC 3339; never if absent.
    expires_at: Option<String>,
}

/// A token as it is listed.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct TokenView {
    /// Names it in lists and for revocation.
    pub id: String,
    /// What it is for.
    pub name: String,
    /// What it allows.
    pub scopes: Vec<String>,
    /// Its first characters, to tell tokens apart.
    pub prefix: String,
    /// When it was made.
    pub created_at: String,
    /// When it ends.
    pub expires_at: Option<String>,
    /// When it was revoked.
    pub revoked_at: Option<String>,
    /// The token itself, shown only once, when it is made.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token: Option<String>,
}

impl TokenView {
    fn of(token: Token, text: Option<String>) -> Self {
        Self {
            id: token.id,
            name: token.name,
            scopes: token.scopes,
            prefix: token.prefix,
            created_at: format_us(token.created_us),
            expires_at: token.expires_us.map(format_us),
            revoked_at: token.revoked_us.map(format_us),
            token: text,
        }
    }
}

/// Makes a token in a catalog; used by the door and by the command line on a data directory.
pub(crate) async fn make(
    catalog: &Catalog,
    name: &str,
    scopes: &[String],
    expires_at: Option<&str>,
) -> Result<TokenView, Problem> {
    let known = |s: &String| Scope::ALL.contains(&s.as_str());
    if scopes.is_empty() || !scopes.iter().all(known) || name.trim().is_empty() {
        let detail = "A token needs a name and scopes out of ingest, read and admin.";
        return Err(Problem::bad_request("invalid_token", detail));
    }
    let now_us = clock::now_us();
    let expires_us = match expires_at {
        None => None,
        Some(text) => Some(parse_us(text).filter(|&us| us > now_us).ok_or_else(|| {
            Problem::bad_request(
                "invalid_token",
                "`expires_at` must be a future RFC 3339 time.",
            )
        })?),
    };
    let text = fresh_token().map_err(|e| Problem::internal(&e))?;
    let new = NewToken {
        name: name.trim().to_owned(),
        scopes: scopes.to_vec(),
        hash: token_hash(&text),
        prefix: text.chars().take(TOKEN_PREFIX.len() + 6).collect(),
        expires_us,
    };
    let token = catalog.create_token(&new, now_us).await?;
    Ok(TokenView::of(token, Some(text)))
}

/// All tokens of a catalog, newest first.
pub(crate) async fn all(catalog: &Catalog) -> Result<Vec<TokenView>, Problem> {
    Ok(catalog
        .tokens()
        .await?
        .into_iter()
        .map(|t| TokenView::of(t, None))
        .collect())
}

/// Make a token
#[utoipa::path(post, path = "/v1/tokens", tag = "identity", request_body = TokenRequest,
    responses((status = 201, body = TokenView), (status = 400, body = Problem)))]
pub(crate) async fn create_token(
    Extract(state): Extract<State>,
    Json(request): Json<TokenRequest>,
) -> Result<(StatusCode, Json<TokenView>), Problem> {
    let expires = request.expires_at.as_deref();
    let made = make(&state.catalog, &request.name, &request.scopes, expires).await?;
    state.identity.forget();
    Ok((StatusCode::CREATED, Json(made)))
}

/// List tokens
#[utoipa::path(get, path = "/v1/tokens", tag = "identity", params(Paging),
    responses((status = 200, body = Page<TokenView>)))]
pub(crate) async fn list_tokens(
    Extract(state): Extract<State>,
    Query(_paging): Query<Paging>,
) -> Answer<Page<TokenView>> {
    Ok(Json(Page {
        items: all(&state.catalog).await?,
        next_cursor: None,
    }))
}

/// Revoke a token
#[utoipa::path(delete, path = "/v1/tokens/{id}", tag = "identity", params(("id" = String, Path)),
    responses((status = 204), (status = 404, body = Problem)))]
pub(crate) async fn revoke_token(
    Extract(state): Extract<State>,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    state.catalog.revoke_token(&id, clock::now_us()).await?;
    state.identity.forget();
    Ok(StatusCode::NO_CONTENT)
}

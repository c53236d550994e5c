//! The installation's keys: which there are, and rotation. Secrets are never shown.

use super::Answer;
use crate::keyring::KeyError;
use crate::keyring::KeyView;
use crate::problem::Problem;
use crate::state::State;
use axum::Json;
use axum::extract::{Path, State as Extract};
use candor_contract::KeyPurpose;

/// List keys, without their secrets
#[utoipa::path(get, path = "/v1/keys", tag = "keys", responses((status = 200, body = Vec<KeyView>)))]
pub(crate) async fn list_keys(Extract(state): Extract<State>) -> Answer<Vec<KeyView>> {
    Ok(Json(state.keys.list()))
}

/// Make a new key for a purpose
///
/// It is in use when this answers. Older keys are kept: stored hashes stay as they are, and a person
/// is still found by them.
#[utoipa::path(post, path = "/v1/keys/{purpose}/rotate", tag = "keys",
    params(("purpose" = String, Path, description = "`subject` or `personal`")),
    responses((status = 200, body = KeyView), (status = 400, body = Problem),
        (status = 404, body = Problem)))]
pub(crate) async fn rotate_key(
    Extract(state): Extract<State>,
    Path(purpose): Path<String>,
) -> Answer<KeyView> {
    let known = KeyPurpose::ALL.into_iter().find(|p| p.name() == purpose);
    let known = known.ok_or_else(|| Problem::not_found(&format!("key purpose {purpose}")))?;
    let keys = state.keys.clone();
    let made = tokio::task::spawn_blocking(move || keys.rotate(known)).await;
    match made.map_err(|e| Problem::internal(&e))? {
        Ok(view) => Ok(Json(view)),
        Err(error @ KeyError::NotRotated { .. }) => {
            Err(Problem::bad_request("not_rotated", error.to_string()))
        }
        Err(error) => Err(Problem::internal(&error)),
    }
}

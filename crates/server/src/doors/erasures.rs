//! Erasing a person's rows, and the receipts.

use super::{Answer, Page};
use crate::erasure::Receipt;
use crate::problem::Problem;
use crate::state::State;
use axum::Json;
use axum::extract::State as Extract;
use serde::Deserialize;
use tokio::runtime::Handle;
use tokio::sync::oneshot;

/// Receipts shown, at most.
const RECEIPTS_MAX: u32 = 1000;

/// Whose rows.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Asked {
    /// The subject as it was sent, or its stored form.
    subject: String,
    /// Only rows of this model.
    model: Option<String>,
}

/// Erase a person
///
/// Removes all rows stored by now whose `subject` is the one given, the outcomes, feedback and effects
/// of these predictions, and rejected rows that name either. Answers when nothing of them is left in
/// the log, in files of the lake and in their history. Rows that come later are not affected. A
/// statement that is running may fail and can be asked again. An erasure that fails is tried again every ten
/// seconds and at the next start, until it is done; then its receipt is there.
#[utoipa::path(post, path = "/v1/erasures", tag = "erasures", request_body = Asked,
    responses((status = 200, body = Receipt), (status = 400, body = Problem)))]
pub(crate) async fn erase(
    Extract(state): Extract<State>,
    Json(asked): Json<Asked>,
) -> Answer<Receipt> {
    if asked.subject.is_empty() {
        let detail = "`subject` must not be empty.";
        return Err(Problem::bad_request("empty_subject", detail));
    }
    let model = asked.model.as_deref().map(super::models::model_name);
    let model = model.transpose()?;
    let (reply, answer) = oneshot::channel();
    // The work goes on if the caller hangs up.
    crate::task::spawn_on(&Handle::current(), async move {
        let erasures = &state.erasures;
        let done = erasures.carry_out(&asked.subject, model.as_ref()).await;
        let _ = reply.send(done);
    });
    let done = answer.await;
    done.map_err(|_| Problem::busy("The server is stopping."))?
        .map(Json)
}

/// List receipts of erasures, the newest first
#[utoipa::path(get, path = "/v1/erasures", tag = "erasures",
    responses((status = 200, body = Page<Receipt>)))]
pub(crate) async fn list_erasures(Extract(state): Extract<State>) -> Answer<Page<Receipt>> {
    let all = state.catalog.erasures(RECEIPTS_MAX).await?;
    let receipts = all
        .into_iter()
        .map(|erasure| serde_json::from_value(erasure.body))
        .collect::<Result<Vec<Receipt>, _>>();
    Ok(Json(Page {
        items: receipts.map_err(|e| Problem::internal(&e))?,
        next_cursor: None,
    }))
}

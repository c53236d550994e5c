//! Errors as `application/problem+json` (RFC 9457): one sentence, a stable code, a hint.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use candor_lake::{QueryCode, QueryFailure};
use serde::Serialize;

/// The media type of every refusal.
pub(crate) const PROBLEM: &str = "application/problem+json";
/// Longest text of a framework's refusal, in bytes.
const DETAIL_BYTES_MAX: usize = 16 << 10;

/// What went wrong with a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Problem {
    /// A page about this code.
    #[serde(rename = "type")]
    pub kind: String,
    /// The status in words.
    pub title: &'static str,
    /// HTTP status.
    pub status: u16,
    /// One sentence.
    pub detail: String,
    /// Stable code.
    pub code: &'static str,
    /// How to mend it; may be empty.
    pub hint: String,
    #[serde(skip)]
    #[schema(ignore)]
    retry_after_s: Option<u32>,
}

impl Problem {
    pub(crate) fn new(status: StatusCode, code: &'static str, detail: impl Into<String>) -> Self {
        Self {
            kind: format!("urn:candor:problem:{code}"),
            title: status.canonical_reason().unwrap_or("Error"),
            status: status.as_u16(),
            detail: detail.into(),
            code,
            hint: String::new(),
            retry_after_s: None,
        }
    }

    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = hint.into();
        self
    }

    pub(crate) fn bad_request(code: &'static str, detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, code, detail)
    }

    pub(crate) fn not_found(what: &str) -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "not_found",
            format!("There is no {what}."),
        )
    }

    /// Too busy: try again after a moment.
    pub(crate) fn busy(detail: impl Into<String>) -> Self {
        let mut problem = Self::new(StatusCode::SERVICE_UNAVAILABLE, "busy", detail);
        problem.retry_after_s = Some(1);
        problem
            .hint("Send the same request again after the time in Retry-After; nothing was stored.")
    }

    /// The catalog cannot be reached now.
    pub(crate) fn catalog_away() -> Self {
        let status = StatusCode::SERVICE_UNAVAILABLE;
        let detail = "The catalog cannot be reached now.";
        let mut problem = Self::new(status, "catalog_unavailable", detail);
        problem.retry_after_s = Some(2);
        problem
            .hint("Send the same request again after the time in Retry-After; nothing was stored.")
    }

    /// Whether it is [`Problem::catalog_away`].
    pub(crate) fn is_outage(&self) -> bool {
        self.code == "catalog_unavailable"
    }

    pub(crate) fn internal(error: &(dyn std::error::Error + 'static)) -> Self {
        tracing::error!(error, "request failed");
        let detail = "The server could not do this; its log tells why.";
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", detail)
    }
}

/// Gives the refusals of the HTTP framework, which are plain text, the shape of all others.
pub(crate) async fn uniform(response: Response) -> Response {
    let plain = response
        .headers()
        .get(header::CONTENT_TYPE)
        .is_none_or(|v| v.as_bytes().starts_with(b"text/plain"));
    let status = response.status();
    if !status.is_client_error() || !plain {
        return response;
    }
    let code = match status {
        StatusCode::PAYLOAD_TOO_LARGE => "body_too_large",
        StatusCode::UNSUPPORTED_MEDIA_TYPE => "unknown_content_type",
        _ => "malformed_request",
    };
    let said = axum::body::to_bytes(response.into_body(), DETAIL_BYTES_MAX).await;
    let said = said.unwrap_or_default();
    Problem::new(status, code, String::from_utf8_lossy(&said)).into_response()
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let retry = self.retry_after_s;
        let mut response = (status, Json(self)).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(PROBLEM));
        if let Some(seconds) = retry {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}

impl From<candor_lake::Error> for Problem {
    fn from(error: candor_lake::Error) -> Self {
        match error {
            candor_lake::Error::Full { .. } => Problem::busy(error.to_string()),
            candor_lake::Error::TooLarge { .. } => {
                let status = StatusCode::PAYLOAD_TOO_LARGE;
                Problem::new(status, "batch_too_large", error.to_string())
                    .hint("Send smaller batches.")
            }
            candor_lake::Error::TooMany { .. } => {
                Problem::bad_request("too_many_profiles", error.to_string())
                    .hint("Ask for fewer columns, a shorter range or a coarser grain.")
            }
            candor_lake::Error::Stopped => Problem::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "stopped",
                error.to_string(),
            ),
            other => Problem::internal(&other),
        }
    }
}

impl From<QueryFailure> for Problem {
    fn from(failure: QueryFailure) -> Self {
        let status = match failure.code {
            // Not 408, which invites clients to repeat the statement.
            QueryCode::SqlTimeLimit
            | QueryCode::SqlMemoryLimit
            | QueryCode::SqlResultLimit
            | QueryCode::SqlWorkerDied => StatusCode::UNPROCESSABLE_ENTITY,
            QueryCode::SqlStorage | QueryCode::SqlInternal => StatusCode::INTERNAL_SERVER_ERROR,
            _ => StatusCode::BAD_REQUEST,
        };
        Problem::new(status, failure.code.as_str(), failure.message).hint(failure.hint)
    }
}

impl From<candor_catalog::Error> for Problem {
    fn from(error: candor_catalog::Error) -> Self {
        use candor_catalog::Error as E;
        match error {
            E::NotFound { .. } => {
                Problem::new(StatusCode::NOT_FOUND, "not_found", error.to_string())
            }
            // Away, a full disk, a lock that is held: nothing was stored, and it may pass.
            E::Unavailable { .. } => {
                tracing::warn!(%error, "the catalog cannot be reached");
                Problem::catalog_away()
            }
            E::Conflict { .. } => Problem::new(StatusCode::CONFLICT, "conflict", error.to_string()),
            E::Invalid { .. } => Problem::bad_request("invalid_request", error.to_string()),
            other => Problem::internal(&other),
        }
    }
}

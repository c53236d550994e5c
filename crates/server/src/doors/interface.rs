//! The web interface: its files, and its page at every address that a browser may be sent to.

use crate::clock;
use crate::problem::Problem;
use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use candor_ui::File;
use std::fmt::Write as _;

/// Addresses of doors: what is not found below them is no page.
const DOORS: [&str; 4] = ["v1", "api", "health", "metrics"];
/// Kept by browsers for good: the name tells the content.
const FOREVER: &str = "public, max-age=31536000, immutable";
/// Asked for again each time.
const AGAIN: &str = "no-cache";

/// What no door answers: a file of the interface, its page, or a problem.
pub(crate) async fn answer(method: Method, uri: Uri, headers: HeaderMap) -> Response {
    let path = uri.path().trim_start_matches('/');
    let reads = method == Method::GET || method == Method::HEAD;
    let first = path.split('/').next().unwrap_or_default();
    if !reads || DOORS.contains(&first) {
        return no_door(&uri).into_response();
    }
    if let Some(found) = candor_ui::file(path) {
        return file(found, &headers);
    }
    if path.is_empty() || accepts(&headers, &header::ACCEPT, "text/html") {
        return page(path);
    }
    no_door(&uri).into_response()
}

fn no_door(uri: &Uri) -> Problem {
    Problem::not_found(&format!("page at {}", uri.path()))
        .hint("GET /api/openapi.json lists every address; /api/docs shows them.")
}

fn accepts(headers: &HeaderMap, name: &header::HeaderName, what: &str) -> bool {
    let told = headers.get(name).and_then(|v| v.to_str().ok());
    told.is_some_and(|told| told.contains(what))
}

fn file(file: &'static File, headers: &HeaderMap) -> Response {
    let kept = if file.is_hashed() { FOREVER } else { AGAIN };
    let told = [
        (header::CONTENT_TYPE, file.content_type()),
        (header::CACHE_CONTROL, kept),
        (header::VARY, "accept-encoding"),
    ];
    if accepts(headers, &header::ACCEPT_ENCODING, "gzip") {
        let packed = [(header::CONTENT_ENCODING, "gzip")];
        return (told, packed, Body::from(file.gzip)).into_response();
    }
    (told, Body::from(file.plain())).into_response()
}

/// The page, with a nonce of its own for the styles that the component kit adds. No script but the
/// interface's own files runs, and nothing is asked of another host.
fn page(path: &str) -> Response {
    let Ok(random) = clock::random::<16>() else {
        return Problem::busy("The system gives no randomness.").into_response();
    };
    let nonce = random.iter().fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    });
    let policy = format!(
        "default-src 'none'; script-src 'self'; style-src 'self' 'nonce-{nonce}'; img-src 'self' data: blob:; \
         font-src 'self'; connect-src 'self'; worker-src 'self'; manifest-src 'self'; base-uri 'self'; \
         form-action 'self'; frame-ancestors 'none'"
    );
    let Ok(policy) = HeaderValue::try_from(policy) else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let depth = path.matches('/').count();
    let headers = [
        (header::CONTENT_SECURITY_POLICY, policy),
        (
            header::CONTENT_TYPE,
            HeaderValue::from_static("text/html; charset=utf-8"),
        ),
    ];
    (headers, candor_ui::page(depth, &nonce)).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn get(path: &str, accept: &'static str) -> Response {
        let mut headers = HeaderMap::new();
        headers.insert(header::ACCEPT, HeaderValue::from_static(accept));
        answer(Method::GET, path.parse().unwrap(), headers).await
    }

    #[tokio::test]
    async fn browsers_get_the_page_and_programs_a_problem() {
        for (path, accept, status) in [
            ("/", "*/*", 200),
            ("/models/credit/drift", "text/html,*/*", 200),
            ("/models/credit/drift", "application/json", 404),
            ("/v1/nothing", "text/html", 404),
            ("/api/nothing", "text/html", 404),
        ] {
            let reply = get(path, accept).await;
            assert_eq!(reply.status(), status, "{path} as {accept}");
        }
        let reply = answer(Method::POST, "/models".parse().unwrap(), HeaderMap::new()).await;
        assert_eq!(reply.status(), 404);
    }

    #[tokio::test]
    async fn each_page_has_a_nonce_of_its_own_and_runs_no_inline_script() {
        let policy = async || {
            let reply = get("/", "text/html").await;
            let policy = reply.headers()[header::CONTENT_SECURITY_POLICY]
                .to_str()
                .unwrap();
            policy.to_owned()
        };
        let (one, other) = (policy().await, policy().await);
        assert_ne!(one, other);
        assert!(
            one.contains("script-src 'self';") && !one.contains("unsafe"),
            "{one}"
        );
    }
}

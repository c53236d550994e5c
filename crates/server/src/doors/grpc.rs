//! OpenTelemetry's traces in, over gRPC.
//!
//! One method that takes one message and answers with one, so the protocol is a frame around each: a
//! byte that says whether it is packed, four bytes of length, the message; the status comes in trailers.
//! <https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md>. Written out here since a framework
//! would unpack bodies before the budgets of the intake see them.

use super::traces::{code, partial, said_of};
use crate::identity::Scope;
use crate::intake::{Content, Incoming};
use crate::problem::Problem;
use crate::state::State;
use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State as Extract};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use bytes::{BufMut, Bytes, BytesMut};
use candor_otlp::{Form, StatusCode as Code, accepted};
use http_body_util::{BodyExt, Full};
use tower_http::catch_panic::CatchPanicLayer;

/// The method's path.
const PATH: &str = "/opentelemetry.proto.collector.trace.v1.TraceService/Export";
/// Media type of requests and replies.
const GRPC: &str = "application/grpc";
/// Bytes before a message: its flag and its length.
const HEAD_BYTES: usize = 5;
/// Longest message of a refusal, in bytes before it is escaped.
const MESSAGE_BYTES_MAX: usize = 1024;

const ENCODING: HeaderName = HeaderName::from_static("grpc-encoding");
const ACCEPT_ENCODING: HeaderName = HeaderName::from_static("grpc-accept-encoding");
const STATUS: HeaderName = HeaderName::from_static("grpc-status");
const MESSAGE: HeaderName = HeaderName::from_static("grpc-message");

/// The method alone, for a port of its own.
pub(crate) fn router(state: State) -> Router {
    Router::new()
        .fallback(answer)
        .layer(CatchPanicLayer::custom(
            |_: Box<dyn std::any::Any + Send>| {
                refused(Code::Internal, "the server met a fault of its own")
            },
        ))
        .with_state(state)
}

async fn answer(Extract(state): Extract<State>, request: Request) -> Response {
    let is_grpc = request
        .headers()
        .get(header::CONTENT_TYPE)
        .is_some_and(|v| v.as_bytes().starts_with(GRPC.as_bytes()));
    if !is_grpc || request.method() != Method::POST {
        // What is no gRPC would not read a status in trailers.
        return StatusCode::UNSUPPORTED_MEDIA_TYPE.into_response();
    }
    if request.uri().path() != PATH {
        let detail =
            "this port takes opentelemetry.proto.collector.trace.v1.TraceService/Export only";
        return refused(Code::Unimplemented, detail);
    }
    match export(&state, request).await {
        Ok(reply) => replied(&reply),
        Err(refusal) => refusal,
    }
}

/// Takes one export; the message of the reply.
async fn export(state: &State, request: Request) -> Result<Vec<u8>, Response> {
    let (parts, body) = request.into_parts();
    let refuse = |problem: Problem| {
        let code = match problem.code {
            "unknown_encoding" => Code::Unimplemented,
            _ => code(problem.status),
        };
        refused(code, &said_of(problem.code, &problem.detail, &problem.hint))
    };
    let identity = &state.identity;
    identity
        .check_site(&parts.method, &parts.headers)
        .await
        .map_err(refuse)?;
    identity
        .allow(&parts.headers, Scope::Ingest)
        .await
        .map_err(refuse)?;
    let place = state.intake.place(None).map_err(refuse)?;
    let (mut body, place) = state.intake.read(place, body).await.map_err(refuse)?;
    let (message, is_packed) = unframed(&body.bytes)
        .ok_or_else(|| refused(Code::InvalidArgument, "the body is not one message of gRPC"))?;
    body.bytes = message;
    let incoming = Incoming {
        body,
        encoding: match is_packed {
            true => encoding(&parts.headers),
            false => String::new(),
        },
        content: Content::Traces(Form::Protobuf),
    };
    let reply = state.intake.take(incoming, place).await.map_err(refuse)?;
    Ok(accepted(Form::Protobuf, &partial(&reply)))
}

fn encoding(headers: &HeaderMap) -> String {
    let given = headers.get(ENCODING).and_then(|v| v.to_str().ok());
    // A packed message whose packing nobody names cannot be read.
    given.unwrap_or("?").trim().to_ascii_lowercase()
}

/// The one message of a body, and whether it is packed.
fn unframed(body: &Bytes) -> Option<(Bytes, bool)> {
    let (head, message) = body.split_first_chunk::<HEAD_BYTES>()?;
    let [flag, length @ ..] = *head;
    let length = usize::try_from(u32::from_be_bytes(length)).ok()?;
    (flag <= 1 && message.len() == length).then(|| (body.slice(HEAD_BYTES..), flag == 1))
}

fn replied(message: &[u8]) -> Response {
    let mut framed = BytesMut::with_capacity(HEAD_BYTES + message.len());
    framed.put_u8(0);
    framed.put_u32(u32::try_from(message.len()).unwrap_or(0));
    framed.put_slice(message);
    let mut trailers = HeaderMap::new();
    trailers.insert(STATUS, HeaderValue::from_static("0"));
    let trailers = std::future::ready(Some(Ok(trailers)));
    let body = Full::new(framed.freeze()).with_trailers(trailers);
    with_headers(Response::new(Body::new(body)))
}

/// A reply that is a status alone.
fn refused(code: Code, message: &str) -> Response {
    let mut response = with_headers(Response::new(Body::empty()));
    let headers = response.headers_mut();
    headers.insert(STATUS, HeaderValue::from(code as u16));
    if let Ok(message) = HeaderValue::try_from(escaped(message.trim())) {
        headers.insert(MESSAGE, message);
    }
    response
}

fn with_headers(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(GRPC));
    let packings = HeaderValue::from_static("identity,gzip,zstd");
    headers.insert(ACCEPT_ENCODING, packings);
    response
}

/// As messages of statuses are spelled: what is not printable ASCII, and `%`, by its bytes.
fn escaped(message: &str) -> String {
    let mut out = String::with_capacity(message.len());
    for byte in message.bytes().take(MESSAGE_BYTES_MAX) {
        match byte {
            b'%' => out.push_str("%25"),
            b' '..=b'~' => out.push(char::from(byte)),
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_is_one_whole_frame() {
        let framed = |bytes: &'static [u8]| unframed(&Bytes::from_static(bytes));
        let message = Bytes::from_static(b"hi");
        assert_eq!(framed(b"\0\0\0\0\x02hi"), Some((message.clone(), false)));
        assert_eq!(framed(b"\x01\0\0\0\x02hi"), Some((message, true)));
        assert_eq!(framed(b"\0\0\0\0\0"), Some((Bytes::new(), false)));
        for broken in [
            &b""[..],
            b"\0\0\0\0",
            b"\0\0\0\0\x03hi",
            b"\0\0\0\0\x01hi",
            b"\x02\0\0\0\x02hi",
            b"\0\xff\xff\xff\xffhi",
        ] {
            assert_eq!(
                unframed(&Bytes::copy_from_slice(broken)),
                None,
                "{broken:?}"
            );
        }
    }

    #[test]
    fn messages_are_escaped() {
        assert_eq!(escaped("100 % größe\n"), "100 %25 gr%C3%B6%C3%9Fe%0A");
    }
}

//! Replies as the protocol wants them: in the form of the request.

use crate::rules::Form;
use crate::wire::Message;
use serde_json::json;

/// What became of an export that was taken, all or in part.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Partial {
    /// Spans that were not taken. The sender must not send them again.
    pub rejected_spans: u64,
    /// Why; a warning if nothing was rejected; empty if all is well.
    pub message: String,
}

/// The codes of `google.rpc.Status` and of gRPC that are needed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum StatusCode {
    /// All is well.
    Ok = 0,
    /// The export cannot be read, and never will be.
    InvalidArgument = 3,
    /// There is no such method.
    Unimplemented = 12,
    /// The token lacks a scope.
    PermissionDenied = 7,
    /// The export is larger than it may be.
    ResourceExhausted = 8,
    /// A fault of the server.
    Internal = 13,
    /// Not now: the sender should send the export again.
    Unavailable = 14,
    /// A token is missing or unknown.
    Unauthenticated = 16,
}

/// An `ExportTraceServiceResponse`.
pub fn accepted(form: Form, partial: &Partial) -> Vec<u8> {
    let is_whole = partial.rejected_spans == 0 && partial.message.is_empty();
    match form {
        Form::Protobuf if is_whole => Vec::new(),
        Form::Protobuf => {
            let success = Message::default()
                .number(1, partial.rejected_spans)
                .bytes(2, partial.message.as_bytes());
            Message::default().bytes(1, &success.finish()).finish()
        }
        Form::Json if is_whole => b"{}".to_vec(),
        Form::Json => {
            // 64-bit integers are text in JSON of protocol buffers.
            let rejected = partial.rejected_spans.to_string();
            let success = json!({"rejectedSpans": rejected, "errorMessage": partial.message});
            json!({ "partialSuccess": success })
                .to_string()
                .into_bytes()
        }
    }
}

/// A `google.rpc.Status`, the body of refusals over HTTP.
pub fn status(form: Form, code: StatusCode, message: &str) -> Vec<u8> {
    match form {
        Form::Protobuf => Message::default()
            .number(1, code as u64)
            .bytes(2, message.as_bytes())
            .finish(),
        Form::Json => json!({"code": code as u8, "message": message})
            .to_string()
            .into_bytes(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replies_have_the_form_of_the_request() {
        let whole = Partial::default();
        assert_eq!(accepted(Form::Protobuf, &whole), b"");
        assert_eq!(accepted(Form::Json, &whole), b"{}");
        let partial = Partial {
            rejected_spans: 2,
            message: "why".into(),
        };
        assert_eq!(
            accepted(Form::Protobuf, &partial),
            b"\x0a\x07\x08\x02\x12\x03why"
        );
        let json = accepted(Form::Json, &partial);
        let json: serde_json::Value = serde_json::from_slice(&json).unwrap();
        assert_eq!(json["partialSuccess"]["rejectedSpans"], "2");
        assert_eq!(
            status(Form::Protobuf, StatusCode::Unavailable, "x"),
            b"\x08\x0e\x12\x01x"
        );
        let json = status(Form::Json, StatusCode::InvalidArgument, "x");
        assert_eq!(json, br#"{"code":3,"message":"x"}"#);
    }
}

//! Why a row was not taken.

use crate::Kind;
use serde::{Deserialize, Serialize};
use std::fmt;

/// Stable code of a rejected row. The words are part of the contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Code {
    /// The bytes are not JSON.
    MalformedJson,
    /// The bytes are not a row of the file's format.
    MalformedRow,
    /// The bytes are not UTF-8.
    InvalidUtf8,
    /// The JSON value is not an object.
    NotAnObject,
    /// The row is larger than `row_bytes_max`.
    RowTooLarge,
    /// Objects and arrays are nested deeper than `nesting_max`.
    NestingTooDeep,
    /// The table would have more than `columns_max` columns.
    TooManyColumns,
    /// A required field is absent or null.
    MissingField,
    /// A value contradicts the field's fixed or declared type.
    TypeMismatch,
    /// An object names one field twice.
    DuplicateKey,
    /// `kind` is none of the six.
    UnknownKind,
    /// `kind` differs from the door's kind.
    KindMismatch,
    /// `model` is not a model name.
    InvalidModelName,
    /// `model` differs from the door's model.
    ModelMismatch,
    /// `id` is longer than 128 bytes.
    IdTooLong,
    /// `time` is neither RFC 3339 nor an epoch.
    InvalidTime,
    /// `time` lies too far before arrival.
    TimeTooOld,
    /// `time` lies too far after arrival.
    TimeInFuture,
    /// An integer or float has no 64-bit form.
    NumberOutOfRange,
    /// Personal data in the row could not be masked.
    MaskingFailed,
}

impl Code {
    /// The word in replies, e.g. `type_mismatch`.
    pub const fn name(self) -> &'static str {
        match self {
            Code::MalformedJson => "malformed_json",
            Code::MalformedRow => "malformed_row",
            Code::InvalidUtf8 => "invalid_utf8",
            Code::NotAnObject => "not_an_object",
            Code::RowTooLarge => "row_too_large",
            Code::NestingTooDeep => "nesting_too_deep",
            Code::TooManyColumns => "too_many_columns",
            Code::MissingField => "missing_field",
            Code::TypeMismatch => "type_mismatch",
            Code::DuplicateKey => "duplicate_key",
            Code::UnknownKind => "unknown_kind",
            Code::KindMismatch => "kind_mismatch",
            Code::InvalidModelName => "invalid_model_name",
            Code::ModelMismatch => "model_mismatch",
            Code::IdTooLong => "id_too_long",
            Code::InvalidTime => "invalid_time",
            Code::TimeTooOld => "time_too_old",
            Code::TimeInFuture => "time_in_future",
            Code::NumberOutOfRange => "number_out_of_range",
            Code::MaskingFailed => "masking_failed",
        }
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What is wrong with a row: a code for machines, a sentence for people. The sentence names fields
/// and types, never values, since values may be personal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Stable code.
    pub code: Code,
    /// One sentence.
    pub message: String,
}

impl Fault {
    pub(crate) fn new(code: Code, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
        }
    }
}

/// A row that was not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rejection {
    /// Position in the request, from 0.
    pub row: u32,
    /// What is wrong.
    pub fault: Fault,
    /// The row as sent, except that what may not be stored in clear is hashed, masked or left out;
    /// JSON where the format has a JSON form, so that it can be corrected and replayed.
    pub raw: String,
}

/// A rejected row with its request.
#[derive(Debug, Clone)]
pub struct Rejected {
    /// Index of the request among those admitted together.
    pub request: u32,
    /// The model, where known.
    pub model: Option<String>,
    /// The kind, where known.
    pub kind: Option<Kind>,
    /// The row and its fault.
    pub rejection: Rejection,
}

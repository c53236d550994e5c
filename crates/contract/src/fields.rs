//! The fields of each kind of event, as contract tables: one place from which decoders, schemas and
//! documents derive.

use crate::schema::{Column, ColumnType, TableSchema};
use crate::{Kind, TableId};
use ColumnType::{Boolean, Integer, Number, Text, Time};

/// What the contract says of one top-level field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    /// One value in a column of its own.
    Scalar(ColumnType),
    /// Any JSON value, kept in its spelling.
    Json,
    /// Named values, each in a column `<prefix><name>`, types inferred.
    Object(&'static str),
    /// Named values of one fixed type, e.g. segments.
    Fixed(&'static str, ColumnType),
    /// The list of stages, flattened to `stage_<name>_ms` and `stage_<name>_status`.
    Stages,
    /// Fields that admission itself needs.
    Special(Special),
}

/// Fields with a meaning of their own in admission.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Special {
    Kind,
    Model,
    Id,
    Time,
    Subject,
    Purposes,
}

/// One row of a kind's field table.
#[derive(Debug, Clone, Copy)]
pub(crate) struct FieldRow {
    pub(crate) name: &'static str,
    pub(crate) shape: Shape,
}

const fn field(name: &'static str, shape: Shape) -> FieldRow {
    FieldRow { name, shape }
}

const COMMON: &[FieldRow] = &[
    field("id", Shape::Special(Special::Id)),
    field("time", Shape::Special(Special::Time)),
    field("kind", Shape::Special(Special::Kind)),
    field("model", Shape::Special(Special::Model)),
    field("subject", Shape::Special(Special::Subject)),
    field("purposes", Shape::Special(Special::Purposes)),
    field("version", Shape::Scalar(Text)),
    field("environment", Shape::Scalar(Text)),
    field("request_id", Shape::Scalar(Text)),
    field("trace_id", Shape::Scalar(Text)),
    field("span_id", Shape::Scalar(Text)),
    field("segments", Shape::Fixed("segment_", Text)),
];

const PREDICTION: &[FieldRow] = &[
    field("inputs", Shape::Object("input_")),
    field("derived", Shape::Object("derived_")),
    field("outputs", Shape::Object("output_")),
    field("attributions", Shape::Fixed("attribution_", Number)),
    field("stochastic", Shape::Object("stochastic_")),
    field("preprocessing", Shape::Json),
    field("latency_ms", Shape::Scalar(Number)),
    field("stages", Shape::Stages),
    field("status", Shape::Scalar(Text)),
    field("error", Shape::Fixed("error_", Text)),
    field("usage", Shape::Object("usage_")),
];

const OUTCOME: &[FieldRow] = &[
    field("prediction_id", Shape::Scalar(Text)),
    field("class", Shape::Scalar(Text)),
    field("value", Shape::Scalar(Number)),
    field("relevance", Shape::Scalar(Number)),
];

const FEEDBACK: &[FieldRow] = &[
    field("prediction_id", Shape::Scalar(Text)),
    field("verdict", Shape::Scalar(Text)),
    field("score", Shape::Scalar(Number)),
    field("comment", Shape::Scalar(Text)),
    field("by", Shape::Scalar(Text)),
];

const EFFECT: &[FieldRow] = &[
    field("name", Shape::Scalar(Text)),
    field("value", Shape::Scalar(Number)),
    field("unit", Shape::Scalar(Text)),
    field("prediction_id", Shape::Scalar(Text)),
];

const STAGE: &[FieldRow] = &[
    field("dataset", Shape::Scalar(Text)),
    field("step", Shape::Scalar(Text)),
    field("rows", Shape::Scalar(Integer)),
    field("inputs", Shape::Json),
    field("outputs", Shape::Json),
    field("checks", Shape::Json),
];

const CHANGE: &[FieldRow] = &[
    field("what", Shape::Scalar(Text)),
    field("target", Shape::Scalar(Text)),
    field("from", Shape::Scalar(Text)),
    field("to", Shape::Scalar(Text)),
    field("by", Shape::Scalar(Text)),
    field("why", Shape::Scalar(Text)),
    field("until", Shape::Scalar(Time)),
];

/// Output fields whose type the contract fixes; other outputs are inferred.
const OUTPUTS: &[(&str, ColumnType)] = &[
    ("output_class", Text),
    ("output_score", Number),
    ("output_value", Number),
    ("output_text", Text),
    ("output_interval_lower", Number),
    ("output_interval_upper", Number),
    ("output_interval_level", Number),
];

/// The fields that only `kind` has.
pub(crate) fn own_fields(kind: Kind) -> &'static [FieldRow] {
    match kind {
        Kind::Prediction => PREDICTION,
        Kind::Outcome => OUTCOME,
        Kind::Feedback => FEEDBACK,
        Kind::Effect => EFFECT,
        Kind::Stage => STAGE,
        Kind::Change => CHANGE,
    }
}

/// The fields at the top of events of `kind`.
pub(crate) fn all(kind: Kind) -> impl Iterator<Item = &'static FieldRow> {
    COMMON.iter().chain(own_fields(kind))
}

/// The shape of top-level field `name` of `kind`; `None` for extra fields.
pub(crate) fn shape(kind: Kind, name: &str) -> Option<Shape> {
    all(kind).find(|f| f.name == name).map(|f| f.shape)
}

/// The type that the contract fixes for a column of `kind`, if it does.
pub(crate) fn fixed_type(kind: Kind, column: &str) -> Option<ColumnType> {
    if let Some(Shape::Scalar(ty)) = shape(kind, column) {
        return Some(ty);
    }
    let by_name = OUTPUTS
        .iter()
        .find(|(name, _)| *name == column)
        .map(|(_, ty)| *ty);
    if kind != Kind::Prediction {
        return column.starts_with("segment_").then_some(Text);
    }
    by_name.or_else(|| {
        let number = column.starts_with("attribution_")
            || column.starts_with("output_scores_")
            || (column.starts_with("stage_") && column.ends_with("_ms"));
        let text = column.starts_with("segment_")
            || column.starts_with("error_")
            || (column.starts_with("stage_") && column.ends_with("_status"));
        if number {
            Some(Number)
        } else {
            text.then_some(Text)
        }
    })
}

/// Fields of which at least one must be present, and the sentence that says so.
pub(crate) fn required(kind: Kind) -> (&'static [&'static str], &'static [&'static str]) {
    match kind {
        Kind::Prediction => (
            &[],
            &["inputs", "outputs", "derived", "status", "error", "usage"],
        ),
        Kind::Outcome => (&["prediction_id"], &["class", "value", "relevance"]),
        Kind::Feedback => (&["prediction_id"], &["verdict", "score", "comment"]),
        Kind::Effect => (&["name", "value"], &[]),
        Kind::Stage => (&["step"], &[]),
        Kind::Change => (&["what"], &[]),
    }
}

/// The columns that each table of `id` has from its first day; schema version 1.
pub fn base_schema(id: &TableId) -> TableSchema {
    let fixed = |name: &str, ty| Column {
        declared: true,
        ..Column::new(name, ty)
    };
    let kind = match id {
        TableId::Model(_, kind) | TableId::Shared(kind) => *kind,
        TableId::Quarantine => return crate::quarantine::schema(),
        TableId::Profiles(_) => return crate::profiles::schema(),
        TableId::Spans => return crate::spans::schema(),
    };
    let mut columns = vec![
        fixed("id", Text),
        fixed("time", Time),
        fixed("received_at", Time),
        fixed("time_is_arrival", Boolean),
        fixed("model", Text),
        fixed("version", Text),
        fixed("environment", Text),
        fixed("request_id", Text),
        fixed("trace_id", Text),
        fixed("span_id", Text),
        fixed("subject", Text),
        fixed("purposes", Text),
    ];
    let scalars = own_fields(kind).iter().filter_map(|f| match f.shape {
        Shape::Scalar(ty) => Some(fixed(f.name, ty)),
        Shape::Json => Some(fixed(f.name, Text)),
        _ => None,
    });
    columns.extend(scalars);
    if kind == Kind::Prediction {
        columns.extend(OUTPUTS[..4].iter().map(|(name, ty)| fixed(name, *ty)));
        columns.extend([fixed("error_type", Text), fixed("error_message", Text)]);
    }
    columns.push(fixed("extra", Text));
    TableSchema {
        version: 1,
        columns,
    }
}

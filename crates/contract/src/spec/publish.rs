//! Schemas of objects, events and tables, for editors and other people's tools.

use super::events::{Change, Effect, Feedback, Outcome, Prediction, Stage};
use super::model::ModelSpec;
use super::monitor::MonitorSpec;
use super::object::{API_VERSION, Metadata, SpecKind};
use super::objective::ObjectiveSpec;
use super::policy::PolicySpec;
use super::route::{RouteSpec, SilenceSpec};
use super::scenario::ScenarioSpec;
use crate::fields::{self, Shape};
use crate::{ColumnType, Kind, TableId, base_schema};
use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, SchemaGenerator};
use serde_json::{Value, json};

fn generator() -> SchemaGenerator {
    SchemaSettings::draft2020_12().into_generator()
}

/// The JSON Schema (draft 2020-12) of a whole object of `kind`.
pub fn json_schema(kind: SpecKind) -> Value {
    let mut generator = generator();
    let metadata = generator.subschema_for::<Metadata>();
    let (spec, required) = match kind {
        SpecKind::Model => (
            generator.subschema_for::<ModelSpec>().to_value(),
            json!(["spec"]),
        ),
        SpecKind::Policy => (
            generator.subschema_for::<PolicySpec>().to_value(),
            json!(["spec"]),
        ),
        SpecKind::Scenario => (
            generator.subschema_for::<ScenarioSpec>().to_value(),
            json!(["spec"]),
        ),
        SpecKind::Monitor => (
            generator.subschema_for::<MonitorSpec>().to_value(),
            json!(["spec"]),
        ),
        SpecKind::Route => (
            generator.subschema_for::<RouteSpec>().to_value(),
            json!(["spec"]),
        ),
        SpecKind::Objective => (
            generator.subschema_for::<ObjectiveSpec>().to_value(),
            json!(["spec"]),
        ),
        SpecKind::Silence => (
            generator.subschema_for::<SilenceSpec>().to_value(),
            json!(["spec"]),
        ),
        _ => (json!({"type": "object"}), json!(["spec"])),
    };
    let mut keys = json!(["apiVersion", "kind", "metadata"]);
    if let (Some(keys), Some(more)) = (keys.as_array_mut(), required.as_array()) {
        keys.extend(more.iter().cloned());
    }
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": kind.name(),
        "type": "object",
        "properties": {
            "apiVersion": {"const": API_VERSION},
            "kind": {"const": kind.name()},
            "metadata": metadata,
            "spec": spec,
        },
        "required": keys,
        "additionalProperties": false,
        "$defs": generator.take_definitions(true),
    })
}

/// The JSON Schema of a bare file with only the `spec` part of a `Model`.
pub(crate) fn bare_model_schema() -> Value {
    generator().into_root_schema_for::<ModelSpec>().to_value()
}

fn event_schema(kind: Kind) -> Value {
    fn root<T: JsonSchema>() -> Value {
        generator().into_root_schema_for::<T>().to_value()
    }
    match kind {
        Kind::Prediction => root::<Prediction>(),
        Kind::Outcome => root::<Outcome>(),
        Kind::Feedback => root::<Feedback>(),
        Kind::Effect => root::<Effect>(),
        Kind::Stage => root::<Stage>(),
        Kind::Change => root::<Change>(),
    }
}

/// The columns of a table of `kind`, which are also those of Arrow and Parquet bodies: fixed fields,
/// and families of columns of which each model has its own.
fn arrow_schema(kind: Kind) -> Value {
    const INFERRED: &str = "inferred";
    let columns = base_schema(&TableId::Shared(kind)).columns;
    let field = |name: &str, ty: &str| json!({"name": name, "type": ty, "nullable": true});
    let fixed: Vec<Value> = columns
        .iter()
        .map(|c| field(&c.name, arrow_word(c.ty)))
        .collect();
    let families: Vec<Value> = fields::all(kind)
        .filter_map(|row| match row.shape {
            Shape::Object(prefix) => Some((prefix, INFERRED)),
            Shape::Fixed(prefix, ty) => Some((prefix, arrow_word(ty))),
            _ => None,
        })
        .map(|(prefix, ty)| json!({"prefix": prefix, "type": ty}))
        .collect();
    let inferred = [
        ColumnType::Boolean,
        ColumnType::Integer,
        ColumnType::Number,
        ColumnType::Text,
        ColumnType::Time,
        ColumnType::Vector,
    ]
    .map(arrow_word);
    json!({
        "title": format!("Arrow columns of each {kind}"),
        "fields": fixed,
        "families": families,
        "inferred_types": inferred,
    })
}

/// The Arrow type as pyarrow spells it.
fn arrow_word(ty: ColumnType) -> &'static str {
    match ty {
        ColumnType::Boolean => "bool",
        ColumnType::Integer => "int64",
        ColumnType::Number => "double",
        ColumnType::Text => "string",
        ColumnType::Time => "timestamp[us, tz=UTC]",
        ColumnType::Vector => "list<double>",
        ColumnType::Binary => "binary",
    }
}

/// All published schemas: file name and text. Committed below `docs/reference/schemas/`.
pub fn published_schemas() -> Vec<(String, String)> {
    let text = |schema: &Value| format!("{schema:#}\n");
    let objects = SpecKind::ALL.into_iter().map(|kind| {
        (
            format!("{}.json", kind.name().to_lowercase()),
            text(&json_schema(kind)),
        )
    });
    let bare = ("model-spec.json".to_owned(), text(&bare_model_schema()));
    let events = Kind::ALL
        .into_iter()
        .map(|kind| (format!("event-{kind}.json"), text(&event_schema(kind))));
    let columns = Kind::ALL
        .into_iter()
        .map(|kind| (format!("arrow-{kind}.json"), text(&arrow_schema(kind))));
    objects.chain([bare]).chain(events).chain(columns).collect()
}

//! The published files say what the code says.

use super::super::{SpecKind, json_schema, published_schemas};
use crate::Kind;
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};

const PROTO: &str = include_str!("../../../../../docs/reference/candor.proto");

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/reference/schemas")
}

#[test]
#[expect(
    clippy::disallowed_methods,
    reason = "only this test reads the environment, to write files"
)]
fn committed_schemas_are_fresh() {
    let folder = folder();
    if std::env::var("CANDOR_PUBLISH").is_ok() {
        fs::create_dir_all(&folder).unwrap();
        for (name, text) in published_schemas() {
            fs::write(folder.join(name), text).unwrap();
        }
    }
    let mut wanted = Vec::new();
    for (name, text) in published_schemas() {
        let found = fs::read_to_string(folder.join(&name)).unwrap_or_default();
        assert!(
            found == text,
            "{name} is stale: run this test with CANDOR_PUBLISH=1"
        );
        wanted.push(name);
    }
    for entry in fs::read_dir(&folder).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        assert!(wanted.contains(&name), "{name} is not published any more");
    }
}

#[test]
fn every_schema_is_closed_over_its_references() {
    fn references(value: &Value, found: &mut Vec<String>) {
        match value {
            Value::Array(items) => items.iter().for_each(|v| references(v, found)),
            Value::Object(map) => {
                found.extend(map.get("$ref").and_then(Value::as_str).map(str::to_owned));
                map.values().for_each(|v| references(v, found));
            }
            _ => {}
        }
    }
    for (name, text) in published_schemas() {
        let schema: Value = serde_json::from_str(&text).unwrap();
        let mut found = Vec::new();
        references(&schema, &mut found);
        for reference in found {
            let pointer = reference.strip_prefix('#').unwrap();
            assert!(schema.pointer(pointer).is_some(), "{name}: {reference}");
        }
    }
    assert!(
        json_schema(SpecKind::Model)
            .pointer("/$defs/ModelSpec/properties/columns")
            .is_some()
    );
}

fn event(kind: Kind) -> Value {
    let name = format!("event-{kind}.json");
    let (_, text) = published_schemas()
        .into_iter()
        .find(|(n, _)| *n == name)
        .unwrap();
    serde_json::from_str(&text).unwrap()
}

#[test]
fn events_have_the_fields_that_admission_knows_and_may_have_others() {
    for kind in Kind::ALL {
        let schema = event(kind);
        let properties = schema["properties"].as_object().unwrap();
        for field in properties.keys() {
            assert!(
                crate::fields::shape(kind, field).is_some(),
                "{kind}: {field} would be extra"
            );
        }
        for field in crate::fields::own_fields(kind) {
            assert!(
                properties.contains_key(field.name),
                "{kind} lacks {}",
                field.name
            );
        }
        assert_ne!(
            schema.get("additionalProperties"),
            Some(&Value::Bool(false)),
            "{kind}"
        );
        let needed: Vec<&str> = crate::fields::required(kind).0.to_vec();
        let required: Vec<&str> = schema["required"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .collect();
        assert_eq!(required, needed, "{kind}");
    }
}

/// Names and numbers of a message's own fields.
fn message(name: &str) -> Vec<(String, u32)> {
    let start = PROTO.find(&format!("message {name} {{")).unwrap();
    let (mut depth, mut fields) = (0, Vec::new());
    for line in PROTO[start..].lines() {
        let code = line.split("//").next().unwrap_or_default().trim();
        if depth == 1
            && let Some((left, right)) = code.split_once('=')
        {
            let field = left.split_whitespace().last().unwrap().to_owned();
            fields.push((field, right.trim().trim_end_matches(';').parse().unwrap()));
        }
        depth += code.matches('{').count();
        depth -= code.matches('}').count();
        if depth == 0 {
            break;
        }
    }
    fields
}

fn assert_same_fields(message_name: &str, properties: &Value) {
    let fields = message(message_name);
    let mut names: Vec<&str> = fields.iter().map(|(n, _)| n.as_str()).collect();
    let mut numbers: Vec<u32> = fields.iter().map(|(_, n)| *n).collect();
    names.sort_unstable();
    numbers.sort_unstable();
    let count = numbers.len();
    numbers.dedup();
    assert_eq!(numbers.len(), count, "{message_name} uses a number twice");
    let wanted: Vec<&str> = properties
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    assert_eq!(names, wanted, "{message_name}");
}

#[test]
fn the_protobuf_file_has_the_same_fields() {
    let names = [
        "Prediction",
        "Outcome",
        "Feedback",
        "Effect",
        "Stage",
        "Change",
    ];
    for (kind, name) in Kind::ALL.into_iter().zip(names) {
        assert_same_fields(name, &event(kind)["properties"]);
    }
    let inner = event(Kind::Prediction);
    for (name, def) in [
        ("Outputs", "PredictionOutputs"),
        ("Interval", "Interval"),
        ("RequestStage", "RequestStage"),
        ("Error", "PredictionError"),
    ] {
        assert_same_fields(name, &inner["$defs"][def]["properties"]);
    }
}

#[test]
fn the_protobuf_file_is_well_formed() {
    assert!(PROTO.contains("\nsyntax = \"proto3\";\n"));
    let code: String = PROTO
        .lines()
        .filter_map(|l| l.split("//").next())
        .collect::<Vec<_>>()
        .join("\n");
    assert_eq!(code.matches('{').count(), code.matches('}').count());
    let declared = |ty: &str| code.contains(&format!("message {ty} {{"));
    for line in code
        .lines()
        .map(str::trim)
        .filter(|l| l.contains('=') && !l.starts_with("syntax"))
    {
        assert!(line.ends_with(';'), "{line}");
        let left = line.split('=').next().unwrap().trim();
        let ty = left
            .trim_start_matches("optional ")
            .trim_start_matches("repeated ");
        let ty = ty.rsplit_once(' ').unwrap().0;
        let known = [
            "string",
            "double",
            "int32",
            "google.protobuf.Value",
            "google.protobuf.Struct",
        ];
        assert!(
            known.contains(&ty) || ty.starts_with("map<string, ") || declared(ty),
            "{line}"
        );
    }
}

//! From a file's tree to checked objects.

use super::model::{ModelSpec, NAME_RULE};
use super::nearest::nearest;
use super::object::{API_VERSION, Body, Metadata, Object, SpecKind};
use super::problem::{Problem, Problems};
use super::tree::{self, Content, Node};
use super::{openslo, publish, shape};
use crate::ModelName;
use serde_json::{Map, Value};

impl Object {
    /// Checks an object that is JSON already, e.g. one out of the catalog.
    ///
    /// # Errors
    /// All that is wrong with it.
    pub fn from_value(value: &Value) -> Result<Self, Problems> {
        Self::read(&Node::from_value(value))
    }

    pub(crate) fn read(node: &Node) -> Result<Self, Problems> {
        if node.child("apiVersion").and_then(Node::text) == Some(openslo::VERSION) {
            return openslo::read(node);
        }
        let kind = kind_of(node)?;
        let schema = publish::json_schema(kind);
        let problems = shape::check(node, &schema, &schema, "");
        Problems::from(problems).or(())?;
        let value = node.to_value();
        let object = build(kind, &value)
            .map_err(|e| Problems::from(node.problem("", format!("This is no {kind}: {e}"))))?;
        let mut problems = check_names(&object.metadata);
        match &object.spec {
            Body::Model(spec) => problems.extend(spec.check("spec")),
            Body::Policy(spec) => problems.extend(spec.check("spec")),
            Body::Scenario(spec) => problems.extend(spec.check("spec")),
            Body::Monitor(spec) => problems.extend(spec.check("spec")),
            Body::Route(spec) => problems.extend(spec.check("spec")),
            Body::Silence(spec) => problems.extend(spec.check("spec")),
            Body::Objective(spec) => problems.extend(spec.check("spec")),
            Body::Other(_) => {}
        }
        for problem in &mut problems {
            let place = node.locate(&problem.path);
            *problem = problem.clone().at(place.line, place.column);
        }
        Problems::from(problems).or(object)
    }
}

impl ModelSpec {
    /// Reads a `Model` object, or a bare file with only the `spec` part; its name if it has one.
    ///
    /// # Errors
    /// All that is wrong with the file, in the order of its lines.
    pub fn parse_bare_or_object(text: &str) -> Result<(Option<String>, Self), Problems> {
        let mut documents = tree::read(text)?;
        let count = documents.len();
        let (1, Some(node)) = (count, documents.pop()) else {
            let message = format!("One model's spec must be here, not {count} documents");
            return Err(Problem::new("", message).into());
        };
        if node.child("apiVersion").is_some() || node.child("kind").is_some() {
            let object = Object::read(&node)?;
            return match object.spec {
                Body::Model(spec) => Ok((Some(object.metadata.name), *spec)),
                _ => {
                    let message = format!("A Model must be here, not a {}", object.kind);
                    Err(node.problem("kind", message).into())
                }
            };
        }
        Self::read_bare(&node).map(|spec| (None, spec))
    }

    fn read_bare(node: &Node) -> Result<Self, Problems> {
        let schema = publish::bare_model_schema();
        Problems::from(shape::check(node, &schema, &schema, "")).or(())?;
        let spec: Self = serde_json::from_value(node.to_value())
            .map_err(|e| Problems::from(node.problem("", format!("This is no Model: {e}"))))?;
        let problems = spec.check("").into_iter().map(|problem| {
            let place = node.locate(&problem.path);
            problem.at(place.line, place.column)
        });
        Problems::from(problems.collect::<Vec<_>>()).or(spec)
    }
}

/// The kind, from the two keys that must be right before anything else can be checked.
fn kind_of(node: &Node) -> Result<SpecKind, Problems> {
    if !matches!(node.content, Content::Map(_)) {
        return Err(node
            .problem("", format!("An object must be here, not {}", node.name()))
            .into());
    }
    let mut problems = Vec::new();
    match node.child("apiVersion") {
        Some(version) if version.text() == Some(API_VERSION) => {}
        Some(version) => problems.push(
            version
                .problem("apiVersion", "This version of objects is not known")
                .hint(format!("Write `apiVersion: {API_VERSION}`")),
        ),
        None => problems.push(
            node.problem("", "`apiVersion` is missing")
                .hint(format!("Write `apiVersion: {API_VERSION}`")),
        ),
    }
    let names = || SpecKind::ALL.into_iter().map(SpecKind::name);
    let known = || format!("Known kinds: {}", names().collect::<Vec<_>>().join(", "));
    let kind = node.child("kind");
    let word = kind.and_then(Node::text);
    match (kind, word.map(str::parse::<SpecKind>)) {
        (_, Some(Ok(kind))) if problems.is_empty() => return Ok(kind),
        (_, Some(Ok(_))) => {}
        (Some(kind), _) => {
            let meant = nearest(word.unwrap_or_default(), names());
            let hint = meant.map_or_else(known, |meant| format!("Did you mean `{meant}`?"));
            problems.push(
                kind.problem("kind", "This kind of object is not known")
                    .hint(hint),
            );
        }
        (None, _) => problems.push(node.problem("", "`kind` is missing").hint(known())),
    }
    Err(problems.into())
}

fn build(kind: SpecKind, value: &Value) -> Result<Object, serde_json::Error> {
    let part = |key: &str| {
        value
            .get(key)
            .cloned()
            .unwrap_or_else(|| Value::Object(Map::new()))
    };
    let spec = part("spec");
    Ok(Object {
        kind,
        metadata: serde_json::from_value(part("metadata"))?,
        spec: match kind {
            SpecKind::Model => Body::Model(serde_json::from_value(spec)?),
            SpecKind::Policy => Body::Policy(serde_json::from_value(spec)?),
            SpecKind::Scenario => Body::Scenario(serde_json::from_value(spec)?),
            SpecKind::Monitor => Body::Monitor(serde_json::from_value(spec)?),
            SpecKind::Route => Body::Route(serde_json::from_value(spec)?),
            SpecKind::Silence => Body::Silence(serde_json::from_value(spec)?),
            SpecKind::Objective => Body::Objective(serde_json::from_value(spec)?),
            _ => Body::Other(serde_json::from_value(spec)?),
        },
    })
}

fn check_names(metadata: &Metadata) -> Vec<Problem> {
    let mut problems = Vec::new();
    if ModelName::new(&metadata.name).is_none() {
        problems.push(Problem::new("metadata.name", "This is no name").hint(NAME_RULE));
    }
    problems
}

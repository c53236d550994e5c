//! The envelope that all objects share.

use super::model::ModelSpec;
use super::monitor::MonitorSpec;
use super::objective::ObjectiveSpec;
use super::policy::PolicySpec;
use super::route::{RouteSpec, SilenceSpec};
use super::scenario::ScenarioSpec;
use schemars::JsonSchema;
use serde::ser::{SerializeStruct, Serializer};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

/// The only version of objects so far.
pub const API_VERSION: &str = "candor/v1";

/// What an object declares.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
pub enum SpecKind {
    /// A model and how its files' columns map.
    Model,
    /// A measure with baseline and decision.
    Monitor,
    /// A service level objective.
    Objective,
    /// Where alerts go.
    Route,
    /// When alerts stay quiet.
    Silence,
    /// What people do in an incident.
    Runbook,
    /// What Candor may do by itself.
    Playbook,
    /// A piece of the map.
    Component,
    /// Privacy, retention, consent and access.
    Policy,
    /// A drill or simulation.
    Scenario,
    /// What a role may do.
    Role,
    /// Who has a role.
    Binding,
    /// A scheduled report.
    Report,
}

impl SpecKind {
    /// All kinds, in the contract's order.
    pub const ALL: [SpecKind; 13] = [
        SpecKind::Model,
        SpecKind::Monitor,
        SpecKind::Objective,
        SpecKind::Route,
        SpecKind::Silence,
        SpecKind::Runbook,
        SpecKind::Playbook,
        SpecKind::Component,
        SpecKind::Policy,
        SpecKind::Scenario,
        SpecKind::Role,
        SpecKind::Binding,
        SpecKind::Report,
    ];

    /// The word in files and addresses, e.g. `Model`.
    pub const fn name(self) -> &'static str {
        match self {
            SpecKind::Model => "Model",
            SpecKind::Monitor => "Monitor",
            SpecKind::Objective => "Objective",
            SpecKind::Route => "Route",
            SpecKind::Silence => "Silence",
            SpecKind::Runbook => "Runbook",
            SpecKind::Playbook => "Playbook",
            SpecKind::Component => "Component",
            SpecKind::Policy => "Policy",
            SpecKind::Scenario => "Scenario",
            SpecKind::Role => "Role",
            SpecKind::Binding => "Binding",
            SpecKind::Report => "Report",
        }
    }
}

impl fmt::Display for SpecKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for SpecKind {
    type Err = ();

    fn from_str(word: &str) -> Result<Self, ()> {
        SpecKind::ALL
            .into_iter()
            .find(|k| k.name() == word)
            .ok_or(())
    }
}

/// Who an object is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Metadata {
    /// Unique within its kind: letters, digits, `.`, `_` and `-`, at most 128 bytes.
    pub name: String,
    /// Who answers for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// Short words to select by.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: BTreeMap<String, String>,
    /// Longer notes that Candor keeps and never reads.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub annotations: BTreeMap<String, String>,
}

/// What an object says.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Body {
    /// Of a `Model`.
    Model(Box<ModelSpec>),
    /// Of a `Policy`.
    Policy(Box<PolicySpec>),
    /// Of a `Scenario`.
    Scenario(Box<ScenarioSpec>),
    /// Of a `Monitor`.
    Monitor(Box<MonitorSpec>),
    /// Of a `Route`.
    Route(Box<RouteSpec>),
    /// Of a `Silence`.
    Silence(Box<SilenceSpec>),
    /// Of an `Objective`.
    Objective(Box<ObjectiveSpec>),
    /// Of a kind that this version keeps without reading it.
    Other(Map<String, Value>),
}

/// A declarative object.
#[derive(Debug, Clone, PartialEq)]
pub struct Object {
    /// What it declares.
    pub kind: SpecKind,
    /// Who it is.
    pub metadata: Metadata,
    /// What it says.
    pub spec: Body,
}

impl Serialize for Object {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut out = serializer.serialize_struct("Object", 4)?;
        out.serialize_field("apiVersion", API_VERSION)?;
        out.serialize_field("kind", &self.kind)?;
        out.serialize_field("metadata", &self.metadata)?;
        out.serialize_field("spec", &self.spec)?;
        out.end()
    }
}

impl Object {
    /// A `Model` called `name`.
    pub fn of_model(name: impl Into<String>, spec: ModelSpec) -> Self {
        let metadata = Metadata {
            name: name.into(),
            ..Metadata::default()
        };
        Self {
            kind: SpecKind::Model,
            metadata,
            spec: Body::Model(Box::new(spec)),
        }
    }

    /// The spec of a `Model`.
    pub fn model(&self) -> Option<&ModelSpec> {
        match &self.spec {
            Body::Model(spec) => Some(spec),
            _ => None,
        }
    }

    /// The spec of a `Policy`.
    pub fn policy(&self) -> Option<&PolicySpec> {
        match &self.spec {
            Body::Policy(spec) => Some(spec),
            _ => None,
        }
    }

    /// The spec of a `Scenario`.
    pub fn scenario(&self) -> Option<&ScenarioSpec> {
        match &self.spec {
            Body::Scenario(spec) => Some(spec),
            _ => None,
        }
    }

    /// The spec of a `Monitor`.
    pub fn monitor(&self) -> Option<&MonitorSpec> {
        match &self.spec {
            Body::Monitor(spec) => Some(spec),
            _ => None,
        }
    }

    /// The models that it is about, by name, besides the one that a `Model` is of.
    pub fn models(&self) -> Vec<&str> {
        match &self.spec {
            Body::Monitor(spec) => vec![&spec.model],
            Body::Objective(spec) => vec![&spec.model],
            Body::Policy(spec) => spec.models.iter().map(String::as_str).collect(),
            Body::Route(spec) => spec
                .matches
                .get("model")
                .into_iter()
                .map(String::as_str)
                .collect(),
            _ => Vec::new(),
        }
    }

    /// The spec of a `Route`.
    pub fn route(&self) -> Option<&RouteSpec> {
        match &self.spec {
            Body::Route(spec) => Some(spec),
            _ => None,
        }
    }

    /// The spec of a `Silence`.
    pub fn silence(&self) -> Option<&SilenceSpec> {
        match &self.spec {
            Body::Silence(spec) => Some(spec),
            _ => None,
        }
    }

    /// The spec of an `Objective`.
    pub fn objective(&self) -> Option<&ObjectiveSpec> {
        match &self.spec {
            Body::Objective(spec) => Some(spec),
            _ => None,
        }
    }

    /// What changes from `old` (nothing, if there is none) to `self`.
    pub fn diff(old: Option<&Object>, new: &Object) -> Vec<super::Difference> {
        let json = |object: &Object| serde_json::to_value(object).unwrap_or_default();
        super::diff(&old.map_or(Value::Null, json), &json(new))
    }

    /// As a YAML document.
    ///
    /// # Errors
    /// [`std::fmt::Error`] if a text in it has no YAML form.
    pub fn to_yaml(&self) -> Result<String, fmt::Error> {
        serde_saphyr::to_string(self).map_err(|_| fmt::Error)
    }
}

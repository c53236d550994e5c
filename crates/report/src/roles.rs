//! What each column of the data is to the model.

use crate::document::Role;
use crate::error::{Error, Result};
use crate::table::{Field, Kind, Table, place};
use candor_contract::spec::{ModelSpec, Task};

/// A column that is looked at: its role and its places in both tables.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Column {
    pub(crate) name: String,
    pub(crate) role: Role,
    pub(crate) kind: Kind,
    pub(crate) integer: bool,
    pub(crate) reference: Option<usize>,
    pub(crate) current: Option<usize>,
}

/// The columns of both sides by their roles.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Roles {
    pub(crate) task: Option<Task>,
    pub(crate) columns: Vec<Column>,
    pub(crate) id: Option<String>,
    pub(crate) time: Option<String>,
    pub(crate) outcome: Option<String>,
    pub(crate) class: Option<String>,
    pub(crate) score: Option<String>,
    pub(crate) scores: Vec<(String, String)>,
    pub(crate) value: Option<String>,
    pub(crate) query: Option<String>,
    pub(crate) positive: Option<String>,
    pub(crate) protected: Vec<String>,
}

/// Names of telemetry's own columns, so that an export is read without a spec.
const KNOWN: [(&str, &str); 7] = [
    ("time", "time"),
    ("id", "id"),
    ("output_score", "score"),
    ("output_class", "class"),
    ("output_value", "value"),
    ("outcome", "outcome"),
    ("request_id", "query"),
];
/// How columns of telemetry begin, by which an export is told from a table whose `status` or `version` may be an input.
const TELEMETRY: [&str; 2] = ["input_", "output_"];
/// Telemetry's columns that tell nothing of inputs.
const ASIDE: [&str; 18] = [
    "kind",
    "model",
    "version",
    "environment",
    "request_id",
    "trace_id",
    "span_id",
    "subject",
    "purposes",
    "preprocessing",
    "latency_ms",
    "status",
    "error_type",
    "error_message",
    "extra",
    "day",
    "received_at",
    "time_is_arrival",
];
const ATTRIBUTION: &str = "attribution_";

impl Roles {
    /// What `spec` says of the columns of both sides; columns that it does not name are inputs, unless it
    /// lists them.
    pub(crate) fn of(spec: &ModelSpec, reference: &dyn Table, current: &dyn Table) -> Result<Self> {
        let mut roles = Self::named(spec, current);
        roles.columns = columns(spec, &roles, reference, current);
        for (name, role) in roles.needed(spec) {
            for (side, table) in [("reference", reference), ("current", current)] {
                // Outcomes of current rows may be due.
                let due = role == "the outcome" && side == "current";
                if place(table, &name).is_none() && !due {
                    return Err(Error::Missing {
                        column: name,
                        role,
                        side,
                    });
                }
            }
        }
        roles.task = spec.task.or_else(|| roles.guessed(reference));
        Ok(roles)
    }

    fn named(spec: &ModelSpec, current: &dyn Table) -> Self {
        let outputs = &spec.columns.outputs;
        let known = |what: &str, said: &Option<String>| {
            said.clone().or_else(|| {
                let (name, _) = KNOWN.iter().find(|(_, known)| *known == what)?;
                place(current, name).map(|_| (*name).to_owned())
            })
        };
        Self {
            task: spec.task,
            columns: Vec::new(),
            id: known("id", &spec.columns.id),
            time: known("time", &spec.columns.time),
            outcome: known("outcome", &spec.columns.outcome),
            class: known("class", &outputs.class),
            score: known("score", &outputs.score),
            scores: outputs.scores.clone().into_iter().collect(),
            value: known("value", &outputs.value),
            query: known("query", &spec.columns.request_id),
            positive: spec.positive_class.as_ref().map(|word| word.0.clone()),
            protected: spec.protected.clone(),
        }
    }

    /// The columns that the spec itself names, with what it says that they are.
    fn needed(&self, spec: &ModelSpec) -> Vec<(String, String)> {
        let said =
            |role: &str, name: &Option<String>| name.clone().map(|name| (name, role.to_owned()));
        let outputs = &spec.columns.outputs;
        let one = [
            said("the outcome", &spec.columns.outcome),
            said("the class", &outputs.class),
            said("the score", &outputs.score),
            said("the predicted value", &outputs.value),
        ];
        let inputs = spec.columns.inputs.iter().flatten();
        let inputs = inputs.map(|name| (name.clone(), "an input".to_owned()));
        let protected = spec.protected.iter();
        let protected = protected.map(|name| (name.clone(), "protected".to_owned()));
        one.into_iter()
            .flatten()
            .chain(inputs)
            .chain(protected)
            .collect()
    }

    /// The task that the columns speak for.
    fn guessed(&self, reference: &dyn Table) -> Option<Task> {
        let kind = |name: &Option<String>| {
            let at = place(reference, name.as_deref()?)?;
            Some(reference.fields()[at].kind)
        };
        if self.value.is_some() {
            Some(Task::Regression)
        } else if !self.scores.is_empty() {
            Some(Task::Multiclass)
        } else if self.score.is_some() {
            Some(Task::Binary)
        } else {
            (kind(&self.class)? == Kind::Boolean).then_some(Task::Binary)
        }
    }
}

fn columns(
    spec: &ModelSpec,
    roles: &Roles,
    reference: &dyn Table,
    current: &dyn Table,
) -> Vec<Column> {
    let mut all: Vec<&Field> = current.fields().iter().collect();
    let only_before = |f: &&Field| place(current, &f.name).is_none();
    all.extend(reference.fields().iter().filter(only_before));
    let exported = all.iter().any(|field| {
        TELEMETRY
            .iter()
            .any(|begins| field.name.starts_with(begins))
    });
    let columns = all.into_iter().filter_map(|field| {
        let role = role(spec, roles, exported, &field.name)?;
        Some(Column {
            name: field.name.clone(),
            role,
            kind: field.kind,
            integer: field.integer,
            reference: place(reference, &field.name),
            current: place(current, &field.name),
        })
    });
    columns.collect()
}

fn role(spec: &ModelSpec, roles: &Roles, exported: bool, name: &str) -> Option<Role> {
    let is = |said: &Option<String>| said.as_deref() == Some(name);
    let listed = |names: &[String]| names.iter().any(|n| n == name);
    let own = &spec.columns;
    if roles.scores.iter().any(|(_, column)| column == name)
        || [&roles.class, &roles.score, &roles.value]
            .into_iter()
            .any(is)
        || [&own.outputs.text, &own.outputs.embedding]
            .into_iter()
            .any(is)
        || name.starts_with("output_")
    {
        return Some(Role::Output);
    }
    if is(&roles.outcome) {
        return Some(Role::Outcome);
    }
    if own.inputs.as_deref().is_some_and(listed) {
        return Some(Role::Input);
    }
    if listed(&own.segments) || name.starts_with("segment_") {
        return Some(Role::Segment);
    }
    if listed(&spec.protected) {
        return Some(Role::Protected);
    }
    let aside = [
        &roles.id,
        &roles.time,
        &own.version,
        &own.environment,
        &own.subject,
    ];
    if aside.into_iter().any(is)
        || [&own.request_id, &own.latency_ms, &own.outputs.ranking]
            .into_iter()
            .any(is)
        || listed(&own.ignore)
        || own.attributions.values().any(|column| column == name)
        || (exported && (ASIDE.contains(&name) || name.starts_with(ATTRIBUTION)))
    {
        return None;
    }
    own.inputs.is_none().then_some(Role::Input)
}

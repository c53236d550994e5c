//! What watches a drill's models beside what the simulator declares, and which way notices take: `--with`.

use crate::commands::objects::{self, Files};
use crate::failure::Failure;
use candor_contract::spec::{Body, Metadata, Object, ObjectiveSpec, Receiver, RouteSpec, SpecKind};
use candor_sdk::Client;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// Objects of files, of which drills take those of their models.
#[derive(Debug, Clone, Default)]
pub(super) struct Beside {
    objects: Vec<Object>,
}

impl Beside {
    /// Reads files of Monitors, Objectives, Routes, and Models, of which only the objectives count.
    pub(super) fn read(files: &[PathBuf]) -> Result<Self, Failure> {
        let files = Files {
            files: files.to_vec(),
        };
        Self::of(files.read()?)
    }

    fn of(all: Vec<Object>) -> Result<Self, Failure> {
        let mut objects = Vec::new();
        for object in all {
            match &object.spec {
                Body::Monitor(_) | Body::Objective(_) | Body::Route(_) => objects.push(object),
                Body::Model(_) => objects.extend(promises(&object)),
                _ => return Err(useless(&object)),
            }
        }
        Ok(Self { objects })
    }

    /// Declares what is of `models`, and the routes: all of them lead to the web hook at `url`, and no further. Without
    /// any there is one that tells everything at once.
    pub(super) fn declare(
        &self,
        client: &Client,
        models: &[String],
        url: &str,
    ) -> Result<(), Failure> {
        for object in self.objects.iter().filter(|o| is_of(o, models)) {
            objects::put(client, object, false)?;
        }
        let routes = self.objects.iter();
        let routes = routes.filter_map(|o| Some(route(&o.metadata, o.route()?.clone(), url)));
        let mut routes: Vec<Object> = routes.collect();
        if routes.is_empty() {
            let metadata = Metadata {
                name: "drill".to_owned(),
                ..Metadata::default()
            };
            routes.push(route(&metadata, at_once(), url));
        }
        for object in &routes {
            objects::put(client, object, false)?;
        }
        Ok(())
    }
}

/// A route that decides as it did, and tells nobody but the web hook.
fn route(metadata: &Metadata, mut spec: RouteSpec, url: &str) -> Object {
    let hook = || {
        vec![Receiver::Webhook {
            url: url.to_owned(),
            secret: None,
        }]
    };
    spec.receivers = hook();
    if let Some(escalate) = &mut spec.escalate {
        escalate.receivers = hook();
    }
    Object {
        kind: SpecKind::Route,
        metadata: metadata.clone(),
        spec: Body::Route(Box::new(spec)),
    }
}

/// Everything, at once. What joins an alert that goes on is told when it is repeated, as everywhere.
fn at_once() -> RouteSpec {
    RouteSpec {
        matches: BTreeMap::new(),
        at_least: None,
        receivers: Vec::new(),
        group_by: vec!["model".to_owned()],
        group_wait: "0s".to_owned(),
        group_interval: "1s".to_owned(),
        repeat_interval: "4h".to_owned(),
        quiet: Vec::new(),
        escalate: None,
        template: None,
    }
}

fn is_of(object: &Object, models: &[String]) -> bool {
    let monitor = object.monitor().map(|m| &m.model);
    let model = monitor.or(object.objective().map(|o| &o.model));
    model.is_some_and(|model| models.contains(model))
}

/// The objectives of a `Model` as objects of their own. Their names are the model's own, those of objects are not.
fn promises(model: &Object) -> Vec<Object> {
    let spec = model.model();
    let objectives = spec.into_iter().flat_map(|m| m.objectives.iter());
    let object = |(at, own): (usize, &candor_contract::spec::ModelObjective)| {
        let mut metadata = model.metadata.clone();
        metadata.name = format!("objective-{}-{:016x}", at + 1, place(&model.metadata.name));
        Object {
            kind: SpecKind::Objective,
            spec: Body::Objective(Box::new(ObjectiveSpec {
                model: model.metadata.name.clone(),
                metric: own.metric.clone(),
                at_most: own.at_most,
                at_least: own.at_least,
                target: own.target,
                over: own.over.clone(),
            })),
            metadata,
        }
    };
    objectives.enumerate().map(object).collect()
}

/// A number for a model's name: the two together could be too long for an object.
fn place(model: &str) -> u64 {
    let hash = blake3::hash(model.as_bytes());
    let first: [u8; 8] = hash.as_bytes()[..8].try_into().unwrap_or_default();
    u64::from_be_bytes(first)
}

fn useless(object: &Object) -> Failure {
    let (kind, name) = (object.kind, &object.metadata.name);
    Failure::usage(
        "useless_object",
        format!("{kind} {name} watches and tells nothing, so that a drill cannot be run with it"),
    )
    .mend("give --with files of Monitor, Objective, Model and Route objects")
}

#[cfg(test)]
mod tests {
    use super::*;
    use candor_contract::spec::parse;

    #[test]
    fn a_models_objectives_become_objects_and_what_watches_nothing_is_refused() {
        let text = "apiVersion: candor/v1\nkind: Model\nmetadata: {name: loan}\nspec:\n  objectives:\n    \
             - {name: fast, metric: latency_ms.p99, at_most: 300, target: 0.99, over: 30d}\n---\n\
             apiVersion: candor/v1\nkind: Monitor\nmetadata: {name: gaps}\nspec: {model: other, measure: missing, column: input_age}\n";
        let beside = Beside::of(parse(text).unwrap()).unwrap();
        let own: Vec<&Object> = beside
            .objects
            .iter()
            .filter(|o| is_of(o, &["loan".to_owned()]))
            .collect();
        assert_eq!(beside.objects.len(), 2);
        assert_eq!(own.len(), 1);
        assert_eq!(own[0].objective().unwrap().metric, "latency_ms.p99");
        let written = own[0].to_yaml().unwrap();
        assert_eq!(&parse(&written).unwrap()[0], own[0]);
        let text = "apiVersion: candor/v1\nkind: Scenario\nmetadata: {name: s}\nspec: {}\n";
        let refused = Beside::of(parse(text).unwrap()).unwrap_err();
        assert_eq!(refused.code, "useless_object");
    }
}

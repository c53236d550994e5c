//! The monitors of a model as objects with another sensitivity.

use super::Tuned;
use crate::failure::Failure;
use candor_contract::spec::{Body, Metadata, MonitorSpec, Object, SpecKind};
use candor_monitor::hindsight::Told;
use candor_monitor::tuning::{is_tunable, object_name, scaled};
use candor_sdk::Client;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// Most monitors that a server tries at once.
const MONITORS_MAX: usize = 1_000;

/// A monitor that can be tuned.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Own {
    /// As it stands.
    pub(super) name: String,
    /// As an object: its own name if it is declared, or one for the default pack's.
    pub(super) object_name: String,
    /// What it declares.
    pub(super) spec: MonitorSpec,
    /// What matters to it now.
    pub(super) material: f64,
}

impl Own {
    /// Those of a run that can be tuned, by name. Of very many those that told something come first.
    pub(super) fn all(told: &Value, present: &[Told]) -> BTreeMap<String, Self> {
        let list = |name: &str| {
            told.get(name)
                .and_then(Value::as_array)
                .into_iter()
                .flatten()
        };
        let names = list("standing").filter_map(|own| own.get("name")?.as_str());
        let unheard = list("not_watched").filter_map(Value::as_str);
        let mut taken: BTreeSet<String> = names.chain(unheard).map(str::to_owned).collect();
        let mut all: Vec<Self> = list("standing").filter_map(Self::of).collect();
        let signs = present.iter().flat_map(|t| &t.signs);
        let told: BTreeSet<&str> = signs.map(|s| s.monitor.as_str()).collect();
        all.sort_by_key(|own| !told.contains(own.name.as_str()));
        all.truncate(MONITORS_MAX);
        for own in &mut all {
            own.object_name = object_name(&own.name, &taken);
            taken.insert(own.object_name.clone());
        }
        all.into_iter().map(|own| (own.name.clone(), own)).collect()
    }

    fn of(standing: &Value) -> Option<Self> {
        let spec: MonitorSpec = serde_json::from_value(standing.get("spec")?.clone()).ok()?;
        let material = standing.get("material")?.as_f64()?;
        let name = standing.get("name")?.as_str()?.to_owned();
        is_tunable(&spec, material).then_some(Self {
            name,
            object_name: String::new(),
            spec,
            material,
        })
    }

    /// What matters at a factor.
    pub(super) fn material_at(&self, factor: f64) -> f64 {
        scaled(self.spec.measure, self.material, factor)
    }

    /// The monitor at a factor: all of it as it is, but what matters.
    pub(super) fn at(&self, factor: f64) -> Object {
        let spec = MonitorSpec {
            material: Some(self.material_at(factor)),
            ..self.spec.clone()
        };
        Object {
            kind: SpecKind::Monitor,
            metadata: Metadata {
                name: self.object_name.clone(),
                ..Metadata::default()
            },
            spec: Body::Monitor(Box::new(spec)),
        }
    }
}

/// A run in which monitors have their own names again.
pub(super) fn restored(mut told: Vec<Told>, names: &BTreeMap<String, String>) -> Vec<Told> {
    for sign in told.iter_mut().flat_map(|t| &mut t.signs) {
        if let Some(name) = names.get(&sign.monitor) {
            sign.monitor.clone_from(name);
        }
    }
    told
}

/// The proposed monitors; declared ones keep their owners and labels.
pub(super) fn objects(client: &Client, tuned: &Tuned) -> Result<Vec<Object>, Failure> {
    let mut out = Vec::new();
    for proposal in &tuned.proposals {
        let Some(own) = tuned.monitors.get(&proposal.monitor) else {
            continue;
        };
        let mut object = own.at(proposal.factor);
        if own.object_name == own.name {
            let kind = SpecKind::Monitor.name();
            match client.spec(kind, &own.name) {
                Err(error) if error.status() == Some(404) => {}
                Err(error) => return Err(error.into()),
                Ok(declared) => keep_metadata(&mut object, &declared),
            }
        }
        out.push(object);
    }
    Ok(out)
}

fn keep_metadata(object: &mut Object, declared: &Value) {
    let metadata = declared.pointer("/object/metadata").cloned();
    if let Ok(metadata) = serde_json::from_value(metadata.unwrap_or_default()) {
        object.metadata = metadata;
    }
}

/// The file's text.
pub(super) fn yaml(model: &str, objects: &[Object]) -> Result<String, Failure> {
    let mut out =
        format!("# What should matter to the monitors of {model}, as `candor tune` proposes it.\n");
    for (place, object) in objects.iter().enumerate() {
        let text = object.to_yaml().map_err(|_| {
            let name = &object.metadata.name;
            Failure::service("internal", format!("the monitor {name} has no YAML form"))
        })?;
        out.push_str(if place == 0 { "" } else { "---\n" });
        out.push_str(text.trim_end());
        out.push('\n');
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use candor_contract::spec::{Baseline, DecisionRule, Measure, Sustain, parse};
    use serde_json::json;

    fn standing(name: &str, spec: &MonitorSpec, material: f64) -> Value {
        json!({"name": name, "measure": spec.measure, "material": material, "spec": spec})
    }

    #[test]
    fn proposals_are_whole_monitors_that_can_be_applied() {
        let pack = MonitorSpec {
            column: Some("input_x".to_owned()),
            segment: BTreeMap::from([("region".to_owned(), "north".to_owned())]),
            ..MonitorSpec::of("m", Measure::Drift)
        };
        let declared = MonitorSpec {
            window: Some("6h".to_owned()),
            baseline: Baseline::Trailing("14d".to_owned()),
            sustain: Sustain { breaches: 2, of: 3 },
            ..MonitorSpec::of("m", Measure::Errors)
        };
        let budget = MonitorSpec {
            decision: DecisionRule::Burn {
                target: 0.99,
                over: "30d".to_owned(),
                above: None,
            },
            ..MonitorSpec::of("m", Measure::Errors)
        };
        let told = json!({"not_watched": ["m-drift-input_x-region-north"], "standing": [
            standing("m/drift/input_x/region=north", &pack, 0.15),
            standing("mine", &declared, 0.02),
            standing("m/errors/promise", &budget, 0.02),
        ]});
        let all = Own::all(&told, &[]);
        let names: Vec<&str> = all.keys().map(String::as_str).collect();
        assert_eq!(
            names,
            ["m/drift/input_x/region=north", "mine"],
            "budgets stay"
        );
        let objects: Vec<Object> = all.values().map(|own| own.at(2.0)).collect();
        let text = yaml("m", &objects).unwrap();
        let read = parse(&text).unwrap();
        assert_eq!(read, objects, "{text}");
        assert_eq!(read[0].metadata.name, "m-drift-input_x-region-north-2");
        let tuned = read[0].monitor().unwrap();
        assert_eq!((tuned.material, &tuned.segment), (Some(0.3), &pack.segment));
        let tuned = read[1].monitor().unwrap();
        assert_eq!(read[1].metadata.name, "mine");
        let expected = MonitorSpec {
            material: Some(0.04),
            ..declared
        };
        assert_eq!(*tuned, expected);
    }

    #[test]
    fn a_declared_monitor_keeps_who_answers_for_it() {
        let own = Own {
            name: "mine".to_owned(),
            object_name: "mine".to_owned(),
            spec: MonitorSpec::of("m", Measure::Errors),
            material: 0.02,
        };
        let mut object = own.at(1.5);
        let declared =
            json!({"revision": 3, "object": {"metadata": {"name": "mine", "owner": "team"}}});
        keep_metadata(&mut object, &declared);
        assert_eq!(object.metadata.owner.as_deref(), Some("team"));
    }
}

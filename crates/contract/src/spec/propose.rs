//! The spec that Candor proposes for a model it knows from events only.

use super::model::{Feature, FeatureType, ModelSpec, Task};
use super::object::Object;
use crate::schema::TableSchema;

/// The spec of `model` as its predictions' table suggests: each input with its inferred type, and
/// the task where the outputs tell it.
pub fn propose(model: &str, schema: &TableSchema) -> Object {
    let mut spec = ModelSpec {
        task: task(schema),
        ..ModelSpec::default()
    };
    for column in &schema.columns {
        let Some(rest) = column.name.strip_prefix("input_") else {
            continue;
        };
        let name = column.source.clone().unwrap_or_else(|| rest.to_owned());
        let feature = Feature {
            ty: Some(FeatureType::of_column(column.ty)),
            ..Feature::default()
        };
        spec.features.insert(name, feature);
    }
    Object::of_model(model, spec)
}

/// The task that the outputs tell. Every table has columns for class, score, value and text, so only
/// outputs beyond these tell anything.
fn task(schema: &TableSchema) -> Option<Task> {
    let any = |prefix: &str| schema.columns.iter().any(|c| c.name.starts_with(prefix));
    let scores = schema
        .columns
        .iter()
        .filter(|c| c.name.starts_with("output_scores_"))
        .count();
    match scores {
        0 if any("output_ranking") => Some(Task::Ranking),
        0 if any("output_embedding") => Some(Task::Embedding),
        0 if any("output_interval_") => Some(Task::Regression),
        0 | 1 => None,
        2 => Some(Task::Binary),
        _ => Some(Task::Multiclass),
    }
}

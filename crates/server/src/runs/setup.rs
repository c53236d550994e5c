//! What of a model is watched, and what it is held against.

use super::short::SHORT_HISTORY_US;
use super::source::Source;
use super::subject::{Labels, Subject};
use crate::policy;
use crate::problem::Problem;
use crate::silencing;
use candor_catalog::Catalog;
use candor_contract::spec::Object;
use candor_contract::{Kind, Layouts, ModelName, TableId};
use candor_lake::Lake;
use candor_monitor::{DAY_US, HOUR_US, Reading, Watch, Window};
use std::collections::BTreeSet;

/// The reference of a model that declares none: its first full week.
const REFERENCE_US: i64 = 7 * DAY_US;
const INPUT_SEGMENT: &str = "segment_";

/// What is known of a model. `None` if it has no predictions in the lake yet.
pub(crate) async fn subject(
    source: &Source,
    catalog: &Catalog,
    model: &ModelName,
    now_us: i64,
) -> Result<Option<Subject>, Problem> {
    let table = TableId::of(model, Kind::Prediction);
    let Some((first_us, _)) = times(source.lake(), &table) else {
        return Ok(None);
    };
    let declared = catalog.spec("Model", model.as_str(), None).await?;
    let declared = declared.and_then(|revision| Object::from_value(&revision.body).ok());
    let owner = declared.as_ref().and_then(|d| d.metadata.owner.clone());
    let spec = declared.as_ref().and_then(Object::model).cloned();
    let mut spec = spec.unwrap_or_default();
    let objectives = policy::objects(catalog, "Objective").await?;
    spec.objectives
        .extend(objectives.iter().filter_map(|object| {
            let own = object.objective().filter(|o| o.model == model.as_str())?;
            Some(own.of_model(&object.metadata.name))
        }));
    let monitors = policy::objects(catalog, "Monitor").await?;
    let monitors = monitors.iter().filter_map(|object| {
        let spec = object.monitor()?;
        (spec.model == model.as_str()).then(|| (object.metadata.name.clone(), spec.clone()))
    });
    let columns = names(source.lake(), &table);
    let segments = columns.iter().filter_map(|c| c.strip_prefix(INPUT_SEGMENT));
    let reference = spec.reference.as_ref().and_then(|r| r.range_us());
    let reference = reference.unwrap_or_else(|| {
        let begin = Window::around(first_us + HOUR_US - 1, HOUR_US).from_us;
        begin..begin + REFERENCE_US
    });
    let mut subject = Subject {
        model: model.clone(),
        monitors: monitors.collect(),
        owner,
        maintenance: silencing::maintenances(catalog, model).await?,
        segments: segments.map(str::to_owned).collect(),
        outcome_columns: names(source.lake(), &TableId::of(model, Kind::Outcome)),
        columns,
        spec,
        reference,
        labels: None,
    };
    // A model whose spec says nothing is told by what it answers.
    if subject.spec.task.is_none() {
        subject.spec.task = task(&subject);
    }
    if subject.reference.end > now_us {
        return Ok(Some(subject));
    }
    subject.labels = source.labels(&subject, subject.reference.end).await?;
    if subject.labels.is_none() && subject.outcome_columns.len() > 1 {
        // Outcomes may come later than the reference is long.
        subject.labels = Some(Labels {
            delay_us: REFERENCE_US,
            length_us: DAY_US,
        });
    }
    Ok(Some(subject))
}

fn task(subject: &Subject) -> Option<candor_contract::spec::Task> {
    use candor_contract::spec::Task;
    if subject.has("output_value") {
        return Some(Task::Regression);
    }
    (subject.has("output_class") && subject.has("output_score")).then_some(Task::Binary)
}

fn times(lake: &Lake, table: &TableId) -> Option<(i64, i64)> {
    let all = lake.volumes();
    all.iter().find(|(id, _)| id == table)?.1.time_us
}

fn names(lake: &Lake, table: &TableId) -> BTreeSet<String> {
    let layout = lake.layout(table);
    let columns = layout.schema.columns.iter();
    columns.map(|c| c.name.clone()).collect()
}

/// Learns what is normal from the reference. `None` while it is not over at `now_us`, or empty.
pub(crate) async fn learn(
    source: &Source,
    subject: &Subject,
    pack: bool,
    now_us: i64,
) -> Result<Option<Watch>, Problem> {
    if subject.reference.end > now_us {
        return Ok(None);
    }
    let setup = subject.setup(pack);
    let step_us = setup.step_us();
    let range = subject.reference.clone();
    let since_us = range.end - SHORT_HISTORY_US;
    let readings = source.readings(subject, range, step_us, since_us).await?;
    let whole = |r: &Reading| r.whole.as_deref().map_or_else(|| r.rows(), Reading::rows);
    if readings.iter().all(|r| whole(r) == 0) {
        return Ok(None);
    }
    let learnt = tokio::task::spawn_blocking(move || Watch::learn(setup, &readings)).await;
    learnt.map(Some).map_err(|e| Problem::internal(&e))
}

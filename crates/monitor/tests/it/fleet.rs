//! A simulated model's telemetry as the engine reads it: by hours, without a lake between.

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch, StringArray, UInt32Array};
use arrow::compute::{cast, concat_batches, take_record_batch};
use arrow::datatypes::{DataType, Field, Schema, TimestampMicrosecondType};
use candor_contract::Kind;
use candor_contract::spec::{ModelSpec, ScenarioSpec, Task, parse};
use candor_monitor::{
    DAY_US, HOUR_US, NearChange, Reading, Setup, Transition, Watch, Window, performance_window_us,
};
use candor_simulator::{Batch, Fleet, Setting};
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

/// A Monday.
pub(crate) const START_US: i64 = 1_790_553_600_000_000;
/// The reference: the first week.
pub(crate) const REFERENCE_US: i64 = 7 * DAY_US;

/// The spec part of a scenario.
pub(crate) fn scenario(text: &str) -> ScenarioSpec {
    let head = "apiVersion: candor/v1\nkind: Scenario\nmetadata: {name: trial}\nspec: ";
    let objects = parse(&format!("{head}{text}")).unwrap();
    objects[0].scenario().unwrap().clone()
}

/// One model's telemetry by hours.
pub(crate) struct Telemetry {
    pub(crate) model: String,
    pub(crate) spec: ModelSpec,
    pub(crate) readings: Vec<Reading>,
}

/// What is kept of rows to be joined later.
#[derive(Default)]
struct Rows {
    predictions: Vec<RecordBatch>,
    outcomes: Vec<RecordBatch>,
    built_us: Option<i64>,
    length_us: i64,
}

/// Plays a scenario to its end.
pub(crate) fn play(scenario: &ScenarioSpec) -> Vec<Telemetry> {
    let setting = Setting {
        scenario: "trial".into(),
        start_us: START_US,
        seed: None,
        events: None,
        rate: None,
    };
    let mut fleet = Fleet::new(scenario, setting).unwrap();
    let mut told: BTreeMap<String, (Vec<Reading>, Rows)> = BTreeMap::new();
    let specs: HashMap<String, ModelSpec> = fleet
        .specs()
        .iter()
        .map(|o| (o.metadata.name.clone(), o.model().unwrap().clone()))
        .collect();
    let models: Vec<String> = specs.keys().cloned().collect();
    while fleet.at_us() < fleet.end_us() {
        let window = Window::around(fleet.at_us(), HOUR_US);
        let batches = fleet.advance(window.to_us).unwrap();
        for model in &models {
            let own: Vec<&Batch> = batches.iter().filter(|b| b.model == *model).collect();
            let (readings, rows) = told.entry(model.clone()).or_default();
            readings.push(reading(window, &own, rows, &specs[model]));
        }
    }
    let telemetry = told.into_iter().map(|(model, (readings, _))| Telemetry {
        spec: specs[&model].clone(),
        model,
        readings,
    });
    telemetry.collect()
}

fn reading(window: Window, batches: &[&Batch], rows: &mut Rows, spec: &ModelSpec) -> Reading {
    let of = |kind: Kind| batches.iter().find(|b| b.kind == kind).map(|b| &b.rows);
    let predictions = of(Kind::Prediction);
    let mut reading = Reading::of_rows(window, predictions, of(Kind::Feedback));
    rows.predictions.extend(predictions.cloned());
    rows.outcomes.extend(of(Kind::Outcome).cloned());
    if let Some(builds) = of(Kind::Stage) {
        rows.built_us = times(builds).into_iter().max().max(rows.built_us);
    }
    reading.built_us = rows.built_us;
    if let Some(changes) = of(Kind::Change) {
        let text = |name: &str| {
            changes
                .column_by_name(name)
                .unwrap()
                .as_string::<i32>()
                .clone()
        };
        let (what, to) = (text("what"), text("to"));
        for (at, at_us) in times(changes).into_iter().enumerate() {
            let what = format!("{} {}", what.value(at), to.value(at));
            reading.changes.push(NearChange { at_us, what });
        }
    }
    // Outcomes that come within six hours or the day; what takes longer has no figures here.
    let length_us = match spec.task {
        Some(Task::Regression) => performance_window_us(100.0, HOUR_US),
        _ => DAY_US,
    };
    rows.length_us = rows.length_us.max(length_us);
    if window.to_us % rows.length_us == 0 {
        let before = Window::around(window.from_us - rows.length_us, rows.length_us);
        if let Some(joined) = joined(rows, before) {
            reading.joined = candor_monitor::performance(before, spec, &joined);
        }
    }
    reading
}

pub(crate) fn times(rows: &RecordBatch) -> Vec<i64> {
    let time = rows.column_by_name("time").unwrap();
    let time = cast(
        time,
        &DataType::Timestamp(arrow::datatypes::TimeUnit::Microsecond, None),
    );
    let time = time.unwrap();
    time.as_primitive::<TimestampMicrosecondType>()
        .values()
        .to_vec()
}

/// The predictions of a window with their outcomes, if most are known.
fn joined(rows: &mut Rows, window: Window) -> Option<RecordBatch> {
    let all = concat_batches(&rows.predictions.first()?.schema(), &rows.predictions).ok()?;
    let times = times(&all);
    let kept = times
        .iter()
        .enumerate()
        .filter(|(_, us)| window.holds(**us));
    let kept: Vec<u32> = kept.map(|(at, _)| at as u32).collect();
    let own = take_record_batch(&all, &UInt32Array::from(kept)).unwrap();
    rows.predictions = vec![all];
    let outcomes = concat_batches(&rows.outcomes.first()?.schema(), &rows.outcomes).ok()?;
    let text = |rows: &RecordBatch, name: &str| -> StringArray {
        let array = cast(rows.column_by_name(name).unwrap(), &DataType::Utf8).unwrap();
        array.as_string::<i32>().clone()
    };
    let ids = text(&outcomes, "prediction_id");
    let place: HashMap<&str, u32> = ids.iter().flatten().zip(0_u32..).collect();
    let own_ids = text(&own, "id");
    let found: Vec<Option<u32>> = own_ids.iter().map(|id| place.get(id?).copied()).collect();
    let known = found.iter().flatten().count();
    if known * 2 < found.len() {
        return None;
    }
    let matched = take_record_batch(&outcomes, &UInt32Array::from(found)).unwrap();
    let mut fields = own.schema().fields().to_vec();
    let mut columns: Vec<ArrayRef> = own.columns().to_vec();
    for name in ["class", "value", "relevance"] {
        if let Some(column) = matched.column_by_name(name) {
            let field = Field::new(format!("outcome_{name}"), column.data_type().clone(), true);
            fields.push(Arc::new(field));
            columns.push(column.clone());
        }
    }
    RecordBatch::try_new(Arc::new(Schema::new(fields)), columns).ok()
}

impl Telemetry {
    pub(crate) fn setup(&self) -> Setup {
        Setup {
            model: self.model.clone(),
            spec: self.spec.clone(),
            monitors: Vec::new(),
            pack: true,
        }
    }

    pub(crate) fn reference(&self) -> &[Reading] {
        &self.readings[..(REFERENCE_US / HOUR_US) as usize]
    }

    pub(crate) fn later(&self) -> &[Reading] {
        &self.readings[(REFERENCE_US / HOUR_US) as usize..]
    }

    /// Everything that the engine tells.
    pub(crate) fn watch(&self) -> (Watch, Vec<Transition>) {
        let mut watch = Watch::learn(self.setup(), self.reference());
        let told = self.later().iter().flat_map(|r| watch.close(r)).collect();
        (watch, told)
    }
}

/// A transition in a line: time from the start, what happened, and why.
pub(crate) fn line(t: &Transition) -> String {
    let hours = (t.at_us - START_US) / HOUR_US;
    let symptoms: Vec<String> = t.alert.symptoms.iter().map(|s| s.monitor.clone()).collect();
    format!(
        "{}d{:02}h {:?} {} {} [{}] {}",
        hours / 24,
        hours % 24,
        t.step,
        t.alert.id,
        t.alert.severity.name(),
        symptoms.join(", "),
        t.alert.cause
    )
}

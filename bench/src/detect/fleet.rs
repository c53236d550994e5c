//! A simulated fleet's telemetry as the engine reads it, by hours, without a lake between.

use super::data::Result;
use arrow::array::{Array, ArrayRef, AsArray, RecordBatch, StringArray, UInt32Array};
use arrow::compute::{cast, concat_batches, take_record_batch};
use arrow::datatypes::{DataType, Field, Schema, TimeUnit, TimestampMicrosecondType};
use candor_contract::Kind;
use candor_contract::spec::{ModelSpec, ScenarioSpec, Task};
use candor_monitor::{
    DAY_US, HOUR_US, NearChange, Reading, Setup, Transition, Wanted, Watch, Window,
    outcome_figures, performance_window_us,
};
use candor_simulator::{Batch, Fleet, Setting};
use std::collections::HashMap;
use std::sync::Arc;

/// Event time begins on a Monday, as in all drills.
pub(crate) const START_US: i64 = 1_790_553_600_000_000;
/// The reference: the first week.
pub(crate) const REFERENCE_DAYS: u32 = 7;

/// One model's telemetry.
pub(crate) struct Telemetry {
    pub(crate) model: String,
    pub(crate) spec: ModelSpec,
    /// Each hour, from the scenario's start.
    pub(crate) readings: Vec<Reading>,
}

/// Rows that wait for their outcomes.
#[derive(Default)]
struct Rows {
    predictions: Vec<RecordBatch>,
    outcomes: Vec<RecordBatch>,
    built_us: Option<i64>,
}

/// Plays a scenario to its end. Weather and weekdays are those of the time from `start_us` on.
pub(crate) fn telemetry(
    scenario: &ScenarioSpec,
    seed: Option<u64>,
    start_us: i64,
) -> Result<Vec<Telemetry>> {
    let setting = Setting {
        scenario: "detect".into(),
        start_us,
        seed,
        events: None,
        rate: None,
    };
    let mut fleet = Fleet::new(scenario, setting).map_err(|e| format!("{e:?}"))?;
    let specs = fleet.specs();
    let member = |object: &candor_contract::spec::Object| {
        let telemetry = Telemetry {
            model: object.metadata.name.clone(),
            spec: object.model()?.clone(),
            readings: Vec::new(),
        };
        Some((telemetry, Rows::default()))
    };
    let mut members: Vec<(Telemetry, Rows)> = specs.iter().filter_map(member).collect();
    while fleet.at_us() < fleet.end_us() {
        let window = Window::around(fleet.at_us(), HOUR_US);
        let batches = fleet.advance(window.to_us)?;
        for (member, rows) in &mut members {
            let own: Vec<&Batch> = batches.iter().filter(|b| b.model == member.model).collect();
            member
                .readings
                .push(rows.reading(window, &own, &member.spec)?);
        }
    }
    Ok(members.into_iter().map(|(member, _)| member).collect())
}

/// Plays a scenario to its end with the default pack watching; everything that the engine tells, by time.
pub(crate) fn play(
    scenario: &ScenarioSpec,
    seed: Option<u64>,
    start_us: i64,
) -> Result<Vec<Transition>> {
    let members = telemetry(scenario, seed, start_us)?;
    let mut told: Vec<Transition> = members.iter().flat_map(|m| m.watch().1).collect();
    told.sort_by_key(|t| t.at_us);
    Ok(told)
}

impl Telemetry {
    pub(crate) fn setup(&self) -> Setup {
        Setup {
            model: self.model.clone(),
            spec: self.spec.clone(),
            monitors: Vec::new(),
            pack: true,
            owner: None,
            maintenance: Vec::new(),
        }
    }

    /// The hours of the reference, and those after it.
    pub(crate) fn parts(&self) -> (&[Reading], &[Reading]) {
        let hours = REFERENCE_DAYS as usize * 24;
        self.readings.split_at(hours.min(self.readings.len()))
    }

    /// The engine after all of it, and everything that it told.
    pub(crate) fn watch(&self) -> (Watch, Vec<Transition>) {
        let (reference, later) = self.parts();
        let mut watch = Watch::learn(self.setup(), reference);
        let told = later.iter().flat_map(|r| watch.close(r)).collect();
        (watch, told)
    }
}

impl Rows {
    fn reading(&mut self, window: Window, batches: &[&Batch], spec: &ModelSpec) -> Result<Reading> {
        let of = |kind: Kind| batches.iter().find(|b| b.kind == kind).map(|b| &b.rows);
        let predictions = of(Kind::Prediction);
        let mut reading = Reading::of_rows(window, predictions, of(Kind::Feedback));
        self.predictions.extend(predictions.cloned());
        self.outcomes.extend(of(Kind::Outcome).cloned());
        if let Some(builds) = of(Kind::Stage) {
            self.built_us = times(builds)?.into_iter().max().max(self.built_us);
        }
        reading.built_us = self.built_us;
        if let Some(changes) = of(Kind::Change) {
            let (what, to) = (text(changes, "what")?, text(changes, "to")?);
            for (at, at_us) in times(changes)?.into_iter().enumerate() {
                let what = format!("{} {}", what.value(at), to.value(at));
                reading.changes.push(NearChange {
                    at_us,
                    what,
                    until_us: None,
                });
            }
        }
        // Outcomes of deliveries come within the hour, others within the day.
        let length_us = match spec.task {
            Some(Task::Regression) => performance_window_us(100.0, HOUR_US),
            _ => DAY_US,
        };
        if window.to_us % length_us == 0 {
            let before = Window::around(window.from_us - length_us, length_us);
            if let Some(joined) = self.joined(before)? {
                reading.joined = outcome_figures(before, spec, &Wanted::new(spec, []), &joined);
            }
        }
        Ok(reading)
    }

    /// The predictions of a window with the outcomes that are known.
    fn joined(&mut self, window: Window) -> Result<Option<RecordBatch>> {
        let (Some(first), Some(outcome)) = (self.predictions.first(), self.outcomes.first()) else {
            return Ok(None);
        };
        let all = concat_batches(&first.schema(), &self.predictions)?;
        let outcomes = concat_batches(&outcome.schema(), &self.outcomes)?;
        let times = times(&all)?;
        let rows = |fits: &dyn Fn(i64) -> bool| {
            let rows = times.iter().zip(0_u32..).filter(|(us, _)| fits(**us));
            UInt32Array::from(rows.map(|(_, at)| at).collect::<Vec<_>>())
        };
        let own = take_record_batch(&all, &rows(&|us| window.holds(us)))?;
        self.predictions = vec![take_record_batch(&all, &rows(&|us| us >= window.to_us))?];
        let ids = text(&outcomes, "prediction_id")?;
        let place: HashMap<&str, u32> = ids.iter().flatten().zip(0_u32..).collect();
        let own_ids = text(&own, "id")?;
        let found: Vec<Option<u32>> = own_ids.iter().map(|id| place.get(id?).copied()).collect();
        let matched = take_record_batch(&outcomes, &UInt32Array::from(found))?;
        self.outcomes = vec![outcomes];
        let mut fields = own.schema().fields().to_vec();
        let mut columns: Vec<ArrayRef> = own.columns().to_vec();
        for name in ["time", "class", "value", "relevance"] {
            if let Some(column) = matched.column_by_name(name) {
                let field = Field::new(format!("outcome_{name}"), column.data_type().clone(), true);
                fields.push(Arc::new(field));
                columns.push(Arc::clone(column));
            }
        }
        Ok(Some(RecordBatch::try_new(
            Arc::new(Schema::new(fields)),
            columns,
        )?))
    }
}

fn text(rows: &RecordBatch, name: &str) -> Result<StringArray> {
    let column = rows
        .column_by_name(name)
        .ok_or_else(|| format!("no column {name}"))?;
    Ok(cast(column, &DataType::Utf8)?.as_string::<i32>().clone())
}

fn times(rows: &RecordBatch) -> Result<Vec<i64>> {
    let time = rows.column_by_name("time").ok_or("no column time")?;
    let time = cast(time, &DataType::Timestamp(TimeUnit::Microsecond, None))?;
    Ok(time
        .as_primitive::<TimestampMicrosecondType>()
        .values()
        .to_vec())
}

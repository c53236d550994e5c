//! Rows of a file as events: columns renamed to event fields, and an id for each row.
//!
//! A row without a mapped id gets `<12 hex of the file's content hash>-<row>`, so that importing
//! the same bytes again meets the same ids. The outcome of a row has the id of its prediction.

use crate::source::Chunk;
use crate::wire;
use arrow::array::{Array, ArrayRef, RecordBatch, StringArray};
use arrow::compute::{cast, filter_record_batch, is_not_null};
use arrow::datatypes::{DataType, Field, Schema};
use candor_contract::spec::ModelSpec;
use candor_contract::{Format, Kind, Mapping};
use serde_json::{Map, Value};
use std::sync::Arc;

/// Fields of which an outcome has one.
const OUTCOME_FIELDS: [&str; 3] = ["class", "value", "relevance"];

/// How a file's rows become events.
#[derive(Debug, Clone)]
pub(crate) struct Plan {
    predictions: Option<Mapping>,
    outcomes: Option<Mapping>,
}

/// Events of one kind, ready to send.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Events {
    pub(crate) kind: Kind,
    pub(crate) format: Format,
    pub(crate) body: Vec<u8>,
    pub(crate) rows: usize,
}

/// The ids of a chunk's rows.
#[derive(Debug, Clone)]
pub(crate) struct RowIds {
    /// First 12 hex digits of the file's content hash.
    pub(crate) file: String,
    /// Row of the file at which the chunk starts, from 0.
    pub(crate) first: u64,
}

impl RowIds {
    /// The id of row `at` of the chunk.
    pub(crate) fn id(&self, at: usize) -> String {
        format!("{}-{}", self.file, self.first + at as u64)
    }
}

impl Plan {
    /// With a spec its `columns` say what each column is, and a column of outcomes makes outcomes
    /// too. Without one the columns are flattened field names already.
    pub(crate) fn new(spec: Option<&ModelSpec>) -> Self {
        Self {
            predictions: spec.map(|s| s.mapping(Kind::Prediction)),
            outcomes: spec
                .filter(|s| s.columns.outcome.is_some())
                .map(|s| s.mapping(Kind::Outcome)),
        }
    }

    /// The events of a chunk: predictions, then outcomes if there are any.
    pub(crate) fn events(&self, chunk: &Chunk, ids: &RowIds) -> Result<Vec<Events>, String> {
        let mut all = vec![one(
            chunk,
            self.predictions.as_ref(),
            Kind::Prediction,
            ids,
        )?];
        if self.outcomes.is_some() {
            all.push(one(chunk, self.outcomes.as_ref(), Kind::Outcome, ids)?);
        }
        all.retain(|events| events.rows > 0);
        Ok(all)
    }
}

fn one(
    chunk: &Chunk,
    mapping: Option<&Mapping>,
    kind: Kind,
    ids: &RowIds,
) -> Result<Events, String> {
    match chunk {
        Chunk::Batch(batch) => arrow(batch, mapping, kind, ids),
        Chunk::Records(header, records) => csv(header, records, mapping, kind, ids),
        Chunk::Objects(objects) => Ok(ndjson(objects, mapping, kind, ids)),
    }
}

/// The event field of a column, `None` if it is left out.
fn field(mapping: Option<&Mapping>, column: &str) -> Option<String> {
    match mapping {
        Some(mapping) => mapping.field(column).map(std::borrow::Cow::into_owned),
        None => Some(column.to_owned()),
    }
}

/// Name of the field that holds the row's id in events of `kind`.
const fn id_field(kind: Kind) -> &'static str {
    if matches!(kind, Kind::Outcome) {
        "prediction_id"
    } else {
        "id"
    }
}

fn arrow(
    batch: &RecordBatch,
    mapping: Option<&Mapping>,
    kind: Kind,
    ids: &RowIds,
) -> Result<Events, String> {
    let wrong = |e: arrow::error::ArrowError| e.to_string();
    let (mut fields, mut arrays): (Vec<Field>, Vec<ArrayRef>) = (Vec::new(), Vec::new());
    for (column, array) in batch.schema().fields().iter().zip(batch.columns()) {
        if let Some(name) = field(mapping, column.name()) {
            fields.push(column.as_ref().clone().with_name(name).with_nullable(true));
            arrays.push(array.clone());
        }
    }
    let given = fields.iter().position(|f| f.name() == id_field(kind));
    let row_ids: ArrayRef = match given {
        Some(at) => cast(&arrays[at], &DataType::Utf8).map_err(wrong)?,
        None => {
            let made = (0..batch.num_rows()).map(|at| Some(ids.id(at)));
            Arc::new(made.collect::<StringArray>())
        }
    };
    if given.is_none() {
        fields.push(Field::new(id_field(kind), DataType::Utf8, true));
        arrays.push(row_ids.clone());
    }
    if kind == Kind::Outcome {
        fields.push(Field::new("id", DataType::Utf8, true));
        arrays.push(row_ids);
    }
    let truth = fields
        .iter()
        .position(|f| OUTCOME_FIELDS.contains(&f.name().as_str()));
    let mut out = RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays).map_err(wrong)?;
    if let (Kind::Outcome, Some(at)) = (kind, truth)
        && out.column(at).null_count() > 0
    {
        let known = is_not_null(out.column(at)).map_err(wrong)?;
        out = filter_record_batch(&out, &known).map_err(wrong)?;
    }
    let body = wire::arrow_stream(&out).map_err(wrong)?;
    Ok(Events {
        kind,
        format: Format::Arrow,
        body,
        rows: out.num_rows(),
    })
}

/// CSV stays CSV: what a cell means is then decided in one place, the contract's.
fn csv(
    header: &[String],
    records: &[csv::StringRecord],
    mapping: Option<&Mapping>,
    kind: Kind,
    ids: &RowIds,
) -> Result<Events, String> {
    let wrong = |e: csv::Error| e.to_string();
    let kept: Vec<(usize, String)> = header
        .iter()
        .enumerate()
        .filter_map(|(at, column)| Some((at, field(mapping, column)?)))
        .collect();
    let at = |name: &str| {
        kept.iter()
            .find(|(_, field)| field == name)
            .map(|(at, _)| *at)
    };
    let id_at = at(id_field(kind));
    let truth_at = OUTCOME_FIELDS.iter().find_map(|name| at(name));
    let mut out = csv::Writer::from_writer(Vec::new());
    let extra = match (id_at, kind) {
        (None, Kind::Outcome) => &["prediction_id", "id"][..],
        (Some(_), Kind::Outcome) | (None, _) => &["id"][..],
        (Some(_), _) => &[][..],
    };
    let names = kept.iter().map(|(_, field)| field.as_str());
    out.write_record(names.chain(extra.iter().copied()))
        .map_err(wrong)?;
    let mut rows = 0;
    for (row, record) in records.iter().enumerate() {
        if kind == Kind::Outcome
            && truth_at
                .and_then(|at| record.get(at))
                .is_none_or(str::is_empty)
        {
            continue;
        }
        let id = match id_at
            .and_then(|at| record.get(at))
            .filter(|id| !id.is_empty())
        {
            Some(id) => id.to_owned(),
            None => ids.id(row),
        };
        let cells = kept.iter().map(|(at, name)| match record.get(*at) {
            Some("") | None if name == id_field(kind) => id.as_str(),
            cell => cell.unwrap_or_default(),
        });
        out.write_record(cells.chain(extra.iter().map(|_| id.as_str())))
            .map_err(wrong)?;
        rows += 1;
    }
    let body = out.into_inner().map_err(|e| e.to_string())?;
    Ok(Events {
        kind,
        format: Format::Csv,
        body,
        rows,
    })
}

fn ndjson(
    objects: &[Map<String, Value>],
    mapping: Option<&Mapping>,
    kind: Kind,
    ids: &RowIds,
) -> Events {
    let (mut body, mut rows) = (Vec::new(), 0);
    for (at, object) in objects.iter().enumerate() {
        let mut event: Map<String, Value> = object
            .iter()
            .filter_map(|(column, value)| Some((field(mapping, column)?, value.clone())))
            .collect();
        let known = |name: &&str| event.get(*name).is_some_and(|v| !v.is_null());
        if kind == Kind::Outcome && !OUTCOME_FIELDS.iter().any(known) {
            continue;
        }
        let id = match event.get(id_field(kind)) {
            Some(Value::String(id)) if !id.is_empty() => id.clone(),
            Some(Value::Number(id)) => id.to_string(),
            _ => ids.id(at),
        };
        event.insert(id_field(kind).to_owned(), id.clone().into());
        event.insert("id".to_owned(), id.into());
        body.extend_from_slice(Value::Object(event).to_string().as_bytes());
        body.push(b'\n');
        rows += 1;
    }
    Events {
        kind,
        format: Format::Ndjson,
        body,
        rows,
    }
}

#[cfg(test)]
mod tests;

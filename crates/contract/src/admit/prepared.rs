//! Rows that another decoder has made columns of already: spans, and the predictions that they tell.

use super::origins::Rows;
use super::{Admission, Door, Format, Request, Tally, columnar};
use crate::keys::SUBJECT_PREFIX;
use crate::part::{Origin, Part};
use crate::rejection::{Code, Fault};
use crate::schema::{Column, ColumnType};
use crate::{Kind, ModelName, TableId, base_schema};
use arrow::array::{
    Array, ArrayRef, AsArray, RecordBatch, StringArray, StringBuilder, TimestampMicrosecondArray,
};
use arrow::datatypes::Schema as ArrowSchema;
use bytes::Bytes;
use std::sync::Arc;

impl Admission<'_> {
    /// Begins a request whose rows come decoded; its index among those admitted together.
    pub fn begin(&mut self) -> u32 {
        self.tallies.push(Tally::default());
        self.request_index()
    }

    /// Says that a request begun with [`Admission::begin`] could not be read at all.
    pub fn unreadable(&mut self, request: u32, reason: &str) {
        if let Some(tally) = self.tally(request) {
            tally.unreadable = Some(crate::guard::name(reason).into_owned());
        }
    }

    /// Says how many rows a request brought.
    pub fn brought(&mut self, request: u32, rows: u32) {
        if let Some(tally) = self.tally(request) {
            tally.rows = rows;
        }
    }

    fn tally(&mut self, request: u32) -> Option<&mut Tally> {
        self.tallies.get_mut(usize::try_from(request).ok()?)
    }

    /// Rejects a row that is no event of any model, e.g. a span. `raw` is what may be kept of it.
    pub fn refuse_row(&mut self, at: Origin, fault: Fault, raw: &str) {
        self.push_rejected(None, None, at, fault, raw.as_bytes());
    }

    /// Takes spans: columns of the table of spans, `subject` as the sender wrote it, one origin a row.
    /// Those that were taken before are known by their trace and id.
    ///
    /// # Errors
    /// The columns are not those of spans.
    pub fn add_spans(&mut self, spans: &RecordBatch, origins: &[Origin]) -> Result<(), String> {
        let text = |name: &str| -> Result<&StringArray, String> {
            let array = spans.column_by_name(name);
            let array = array.and_then(|a| a.as_string_opt::<i32>());
            array.ok_or_else(|| format!("spans have no `{name}`"))
        };
        let (traces, ids) = (text("trace_id")?, text("span_id")?);
        let keys = self.setting.keys;
        let fingerprints = (0..spans.num_rows())
            .map(|row| keys.span_fingerprint(traces.value(row), ids.value(row)))
            .collect();
        let schema = base_schema(&TableId::Spans);
        let mut columns = Vec::with_capacity(spans.num_columns() + 1);
        let mut arrays: Vec<ArrayRef> = Vec::with_capacity(spans.num_columns() + 1);
        for (field, array) in spans.schema().fields().iter().zip(spans.columns()) {
            let column = schema.column(field.name());
            let column = column.ok_or_else(|| format!("spans have no `{}`", field.name()))?;
            columns.push(column.clone());
            arrays.push(match field.name().as_str() {
                "subject" => self.hashed(array.as_string::<i32>()),
                _ => array.clone(),
            });
        }
        let now_us = self.setting.now_us;
        let arrived = TimestampMicrosecondArray::from_value(now_us, spans.num_rows());
        columns.push(Column {
            declared: true,
            ..Column::new("received_at", ColumnType::Time)
        });
        arrays.push(Arc::new(arrived.with_timezone("UTC")));
        let fields: Vec<_> = columns.iter().map(Column::field).collect();
        let batch = RecordBatch::try_new(Arc::new(ArrowSchema::new(fields)), arrays)
            .map_err(|e| e.to_string())?;
        for origin in origins {
            self.taken_of(*origin, None);
        }
        self.add_part(Part {
            table: TableId::Spans,
            // Spans are no events; nothing looks at the kind of what has no model.
            kind: Kind::Stage,
            batch,
            columns,
            fingerprints,
            origins: origins.to_vec(),
        });
        Ok(())
    }

    fn hashed(&self, subjects: &StringArray) -> ArrayRef {
        let bytes = subjects.len() * (SUBJECT_PREFIX.len() + 41);
        let mut out = StringBuilder::with_capacity(subjects.len(), bytes);
        for subject in subjects {
            let subject = subject.filter(|s| !s.is_empty());
            out.append_option(subject.map(|s| self.setting.keys.subject(s)));
        }
        Arc::new(out.finish())
    }

    /// Takes events of one model and kind as columns of flattened names, one origin a row. They are
    /// checked like those of a file; bad rows are rejected one by one, all of them if the table would
    /// have too many columns.
    pub fn add_events(
        &mut self,
        model: &ModelName,
        kind: Kind,
        events: &RecordBatch,
        origins: &[Origin],
    ) {
        let door = Door::One {
            model: model.clone(),
            kind,
        };
        let request = Request {
            body: Bytes::new(),
            format: Format::Arrow,
            door: &door,
            mapping: None,
            trace: None,
        };
        let taken = columnar::take(self, &request, model, kind, &Rows::Given(origins), events);
        if let Err(reason) = taken {
            for origin in origins {
                let fault = Fault::new(Code::TooManyColumns, &reason);
                self.push_rejected(Some(model), Some(kind), *origin, fault, b"{}");
            }
        }
    }
}

//! Arrow IPC streams and Parquet: whole columns are cast and checked at once.

use crate::admit::arrays::{canonical, conform, epoch_at, row_as_json, row_object, text};
use crate::admit::origins::Rows;
use crate::admit::stream::{self, Bounds, guarded};
use crate::admit::{Admission, Door, Request};
use crate::column::word;
use crate::consent;
use crate::fields::{self, Shape, Special};
use crate::flat::field_of;
use crate::keys::SUBJECT_PREFIX;
use crate::layout::TableLayout;
use crate::part::Part;
use crate::rejection::{Code, Fault};
use crate::rows::DEFAULT_ENVIRONMENT;
use crate::schema::{Column, ColumnType};
use crate::table::ID_BYTES_MAX;
use crate::{Kind, ModelName, TableId};
use arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, RecordBatch, StringArray, StringBuilder, StructArray,
    TimestampMicrosecondArray, TimestampMicrosecondBuilder,
};
use arrow::compute::{cast, filter_record_batch};
use arrow::datatypes::{DataType, Schema as ArrowSchema, TimestampMicrosecondType};
use std::sync::Arc;

/// Bytes that a body's columns may unpack to, as a multiple of the bytes of a body.
const UNPACKED_MAX: usize = 4;

/// Decodes an Arrow IPC stream.
pub(crate) fn decode_arrow(
    admission: &mut Admission<'_>,
    request: &Request<'_>,
) -> Result<(), String> {
    let batches = stream::batches(&request.body, bounds(admission))?;
    let from = admission.part_count();
    let decoded = decode_batches(admission, request, batches);
    admission.let_go_of(request.body.len(), from);
    decoded
}

/// Decodes a Parquet file.
pub(crate) fn decode_parquet(
    admission: &mut Admission<'_>,
    request: &Request<'_>,
) -> Result<(), String> {
    use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
    let damaged = |reason: String| format!("not a Parquet file: {reason}");
    let bounds = bounds(admission);
    let mut reader = guarded(|| {
        let builder = ParquetRecordBatchReaderBuilder::try_new(request.body.clone())
            .map_err(|e| e.to_string())?;
        let metadata = builder.metadata();
        let bytes = metadata.row_groups().iter().map(|g| g.total_byte_size());
        let bytes = bytes.fold(0i64, |sum, bytes| sum.saturating_add(bytes.max(0)));
        bounds.check(metadata.file_metadata().num_rows(), bytes)?;
        let builder = builder.with_batch_size(65_536);
        builder.build().map_err(|e| e.to_string())
    })
    .map_err(damaged)?;
    let batches = std::iter::from_fn(move || {
        guarded(|| reader.next().transpose().map_err(|e| e.to_string())).transpose()
    });
    decode_batches(admission, request, batches)
}

fn bounds(admission: &Admission<'_>) -> Bounds {
    let limits = admission.setting().limits;
    Bounds {
        rows: limits.rows_max,
        bytes: limits.batch_bytes_max.saturating_mul(UNPACKED_MAX),
    }
}

fn decode_batches(
    admission: &mut Admission<'_>,
    request: &Request<'_>,
    batches: impl Iterator<Item = Result<RecordBatch, String>>,
) -> Result<(), String> {
    let Door::One { model, kind } = request.door else {
        return Err(
            "column formats name no kind; send them to /v1/models/{model}/{predictions,…}".into(),
        );
    };
    let mut row = 0;
    for batch in batches {
        match batch {
            Ok(batch) => {
                let rows = Rows::From(admission.request_index(), row);
                take(admission, request, model, *kind, &rows, &batch)?;
                row += u32::try_from(batch.num_rows()).unwrap_or(u32::MAX);
            }
            Err(error) => {
                let fault = Fault::new(
                    Code::MalformedRow,
                    format!("the file is broken from here on: {error}; rows before it were taken"),
                );
                let table = admission.table_for(Some(model), *kind);
                admission.reject(request, Some(table), row, fault, b"");
                row += 1;
                break;
            }
        }
    }
    admission.counted(row);
    Ok(())
}

/// One batch on its way: its columns so far, and which rows are bad.
struct Intake {
    kind: Kind,
    layout: Arc<TableLayout>,
    rows: usize,
    columns_max: usize,
    columns: Vec<Column>,
    arrays: Vec<ArrayRef>,
    faults: Vec<Option<Fault>>,
    any_fault: bool,
    present: Vec<(usize, ArrayRef)>,
    extra: Vec<(String, ArrayRef)>,
    id: Option<StringArray>,
    time: Option<TimestampMicrosecondArray>,
}

/// Takes a batch of events of one model and kind, whose rows came where `from` says.
pub(super) fn take(
    admission: &mut Admission<'_>,
    request: &Request<'_>,
    model: &ModelName,
    kind: Kind,
    from: &Rows<'_>,
    batch: &RecordBatch,
) -> Result<(), String> {
    let id = TableId::of(model, kind);
    let rows = batch.num_rows();
    let mut intake = Intake {
        kind,
        layout: admission.layout(&id),
        rows,
        columns_max: admission.setting().limits.columns_max,
        columns: Vec::new(),
        arrays: Vec::new(),
        faults: vec![None; rows],
        any_fault: false,
        present: Vec::new(),
        extra: Vec::new(),
        id: None,
        time: None,
    };
    let mut named = Vec::new();
    for (field, array) in batch.schema().fields().iter().zip(batch.columns()) {
        if let Some(name) = field_of(request.mapping, field.name()) {
            flatten(name.into_owned(), array.clone(), &mut named);
        }
    }
    for (name, _) in &mut named {
        *name = crate::guard::name(name).into_owned();
    }
    for (name, array) in &named {
        intake.add(admission, request, name, array)?;
    }
    intake.finish_common(admission, request, model)?;
    let faulty = std::mem::take(&mut intake.faults);
    if intake.any_fault {
        for (i, fault) in faulty.iter().enumerate() {
            if let Some(fault) = fault {
                let raw = row_as_json(&named, i);
                admission.reject_in(&id, kind, from.origin(i), fault.clone(), raw.as_bytes());
            }
        }
    }
    let part = intake.into_part(admission, id, from, &faulty)?;
    if let Some(part) = part {
        admission.add_part(part);
    }
    Ok(())
}

/// Structs become their fields, names joined by `_`.
fn flatten(name: String, array: ArrayRef, out: &mut Vec<(String, ArrayRef)>) {
    if let Some(fields) = array.as_any().downcast_ref::<StructArray>() {
        for (field, child) in fields.fields().iter().zip(fields.columns()) {
            let plural = matches!(
                name.as_str(),
                "inputs" | "outputs" | "segments" | "attributions" | "stages"
            );
            let prefix = if plural {
                name.trim_end_matches('s')
            } else {
                &name
            };
            flatten(format!("{prefix}_{}", field.name()), child.clone(), out);
        }
    } else {
        out.push((name, array));
    }
}

impl Intake {
    fn add(
        &mut self,
        admission: &Admission<'_>,
        request: &Request<'_>,
        name: &str,
        array: &ArrayRef,
    ) -> Result<(), String> {
        if array.null_count() == array.len() || array.data_type() == &DataType::Null {
            return Ok(());
        }
        let shape = fields::shape(self.kind, name);
        let own = fields::own_fields(self.kind)
            .iter()
            .position(|f| f.name == name);
        match shape {
            Some(Shape::Special(Special::Id)) => {
                self.id = Some(text(array)?);
            }
            Some(Shape::Special(Special::Time)) => self.set_time(admission, array)?,
            Some(Shape::Special(Special::Subject)) => self.set_subject(admission, array)?,
            Some(Shape::Special(Special::Purposes)) => self.set_purposes(array)?,
            Some(Shape::Special(special)) => self.check_door(request, special, array)?,
            Some(Shape::Scalar(_) | Shape::Json) => {
                if let Some(own) = own {
                    self.present.push((own, array.clone()));
                }
                self.set(name.to_owned(), None, array)?;
            }
            _ => match crate::flat::split(self.kind, name) {
                Some((prefix, rest, own)) => {
                    if let Some(own) = own {
                        self.present.push((own, array.clone()));
                    }
                    let stored = crate::layout::stored_name(prefix, rest);
                    let source = (!stored.ends_with(rest)).then(|| rest.to_owned());
                    self.set(stored, source, array)?;
                }
                None => self.extra.push((name.to_owned(), array.clone())),
            },
        }
        Ok(())
    }

    fn fail(&mut self, row: usize, fault: impl FnOnce() -> Fault) {
        self.any_fault = true;
        self.faults[row].get_or_insert_with(fault);
    }

    fn set(
        &mut self,
        name: String,
        source: Option<String>,
        array: &ArrayRef,
    ) -> Result<(), String> {
        let (mut ty, mut array) = canonical(array)?;
        let known = self.layout.column(&name).cloned();
        let fixed = fields::fixed_type(self.kind, &name);
        let declared = fixed.or(known.as_ref().filter(|c| c.declared).map(|c| c.ty));
        if let Some(to) = declared
            && ty != to
        {
            if ty.join(to) == to {
                array = conform(&array, to)?;
            } else {
                self.mismatch(source.as_deref().unwrap_or(&name), &array, ty, to);
                return Ok(());
            }
            ty = to;
        }
        let max = self.columns_max;
        if known.is_none() && self.layout.schema.columns.len() + self.columns.len() >= max {
            return Err(format!("the table would have more than {max} columns"));
        }
        if self.columns.iter().any(|c| c.name == name) {
            return Err(format!("two columns of the file name the field `{name}`"));
        }
        self.columns.push(Column {
            source,
            declared: declared.is_some(),
            ..Column::new(name, ty)
        });
        self.arrays.push(array);
        Ok(())
    }

    /// Rejects every row that has a value in a column of the wrong type.
    fn mismatch(&mut self, shown: &str, array: &ArrayRef, ty: ColumnType, to: ColumnType) {
        let message = format!("`{shown}` is {}, but its type is {}", word(ty), word(to));
        for row in (0..array.len()).filter(|&i| array.is_valid(i)) {
            self.fail(row, || Fault::new(Code::TypeMismatch, message.clone()));
        }
    }

    fn set_time(&mut self, admission: &Admission<'_>, array: &ArrayRef) -> Result<(), String> {
        let mut times = TimestampMicrosecondBuilder::with_capacity(array.len());
        let utc = DataType::Timestamp(arrow::datatypes::TimeUnit::Microsecond, Some("UTC".into()));
        let as_time = match array.data_type() {
            DataType::Timestamp(..) | DataType::Date32 | DataType::Date64 => {
                let cast = cast(array, &utc).map_err(|e| e.to_string())?;
                Some(cast)
            }
            _ => None,
        };
        let plain = if as_time.is_none() {
            Some(canonical(array)?.1)
        } else {
            None
        };
        for row in 0..array.len() {
            if array.is_null(row) {
                times.append_null();
                continue;
            }
            let us = match (&as_time, &plain) {
                (Some(t), _) => Some(t.as_primitive::<TimestampMicrosecondType>().value(row)),
                (None, Some(p)) => epoch_at(p, row),
                _ => None,
            };
            times.append_option(us);
            match us {
                None => self.fail(row, || {
                    Fault::new(Code::InvalidTime, "`time` is neither a time nor an epoch")
                }),
                Some(us) => {
                    if let Err(fault) = admission.setting().check_time(us) {
                        self.fail(row, || fault);
                    }
                }
            }
        }
        self.time = Some(times.finish().with_timezone("UTC"));
        Ok(())
    }

    fn set_subject(&mut self, admission: &Admission<'_>, array: &ArrayRef) -> Result<(), String> {
        let plain = text(array)?;
        let hashed_bytes = plain.len() * (SUBJECT_PREFIX.len() + 41);
        let mut hashed = StringBuilder::with_capacity(plain.len(), hashed_bytes);
        for subject in &plain {
            hashed.append_option(
                subject
                    .filter(|s| !s.is_empty())
                    .map(|s| admission.setting().keys.subject(s)),
            );
        }
        self.columns.push(Column {
            declared: true,
            ..Column::new("subject", ColumnType::Text)
        });
        self.arrays.push(Arc::new(hashed.finish()));
        Ok(())
    }

    /// Purposes come as lists of text, or spelt as in a cell of CSV.
    fn set_purposes(&mut self, array: &ArrayRef) -> Result<(), String> {
        let lists = cast(array, &DataType::new_list(DataType::Utf8, true)).ok();
        let lists = lists.filter(|_| array.data_type().is_nested());
        let cells = if lists.is_none() {
            Some(text(array)?)
        } else {
            None
        };
        let mut stored = StringBuilder::with_capacity(array.len(), array.len() * 16);
        for row in 0..array.len() {
            if array.is_null(row) {
                stored.append_null();
                continue;
            }
            let purposes = match (&lists, &cells) {
                (Some(lists), _) => {
                    let list = lists.as_list::<i32>().value(row);
                    consent::stored(
                        list.as_string::<i32>()
                            .iter()
                            .map(Option::unwrap_or_default),
                    )
                }
                (None, Some(cells)) => consent::of_cell(cells.value(row)),
                (None, None) => Ok(String::new()),
            };
            match purposes {
                Ok(purposes) => stored.append_value(purposes),
                Err(fault) => {
                    stored.append_null();
                    self.fail(row, || fault);
                }
            }
        }
        self.push("purposes", ColumnType::Text, Arc::new(stored.finish()));
        Ok(())
    }

    fn check_door(
        &mut self,
        request: &Request<'_>,
        special: Special,
        array: &ArrayRef,
    ) -> Result<(), String> {
        let words = text(array)?;
        for (row, word) in words.iter().enumerate() {
            if let Some(Err(fault)) = word.map(|w| request.door.check(special, w)) {
                self.fail(row, || fault);
            }
        }
        Ok(())
    }

    /// The columns that every event has, and the checks that need whole rows.
    fn finish_common(
        &mut self,
        admission: &Admission<'_>,
        request: &Request<'_>,
        model: &ModelName,
    ) -> Result<(), String> {
        self.check_required();
        let now_us = admission.setting().now_us;
        let rows = self.rows;
        let time = self.time.take();
        let arrival: BooleanArray = match &time {
            Some(t) => (0..rows).map(|i| Some(t.is_null(i))).collect(),
            None => BooleanArray::from(vec![true; rows]),
        };
        let time: TimestampMicrosecondArray = match time {
            Some(t) if t.null_count() == 0 => t,
            Some(t) => t
                .iter()
                .map(|us| Some(us.unwrap_or(now_us)))
                .collect::<TimestampMicrosecondArray>(),
            None => TimestampMicrosecondArray::from_value(now_us, rows),
        };
        let received = TimestampMicrosecondArray::from_value(now_us, rows).with_timezone("UTC");
        self.push(
            "time",
            ColumnType::Time,
            Arc::new(time.with_timezone("UTC")),
        );
        self.push("time_is_arrival", ColumnType::Boolean, Arc::new(arrival));
        self.push("received_at", ColumnType::Time, Arc::new(received));
        if !self.kind.per_model() {
            let models = StringArray::from(vec![model.as_str(); rows]);
            self.push("model", ColumnType::Text, Arc::new(models));
        }
        self.complete("environment", |_| Some(DEFAULT_ENVIRONMENT));
        if let Some(trace) = request.trace {
            let own = self.texts("trace_id");
            let named = |row: usize| own.as_ref().is_some_and(|own| own.is_valid(row));
            self.complete("span_id", |row| (!named(row)).then_some(&*trace.span_id));
            self.complete("trace_id", |_| Some(&*trace.trace_id));
        }
        if !self.extra.is_empty() {
            let extra: StringArray = (0..rows).map(|row| row_object(&self.extra, row)).collect();
            self.push("extra", ColumnType::Text, Arc::new(extra));
        }
        Ok(())
    }

    fn texts(&self, name: &str) -> Option<StringArray> {
        let at = self.columns.iter().position(|c| c.name == name)?;
        self.arrays[at].as_string_opt::<i32>().cloned()
    }

    /// Gives rows that have no text in column `name` another.
    fn complete<'v>(&mut self, name: &str, other: impl Fn(usize) -> Option<&'v str>) {
        let own = self.texts(name);
        if own.as_ref().is_some_and(|own| own.null_count() == 0) {
            return;
        }
        let of = |row: usize| {
            let own = own.as_ref().filter(|own| own.is_valid(row));
            own.map(|own| own.value(row)).or_else(|| other(row))
        };
        let all: ArrayRef = Arc::new((0..self.rows).map(of).collect::<StringArray>());
        match self.columns.iter().position(|c| c.name == name) {
            Some(at) => self.arrays[at] = all,
            None => self.push(name, ColumnType::Text, all),
        }
    }

    fn push(&mut self, name: &str, ty: ColumnType, array: ArrayRef) {
        self.columns.push(Column {
            declared: true,
            ..Column::new(name, ty)
        });
        self.arrays.push(array);
    }

    fn check_required(&mut self) {
        let own = fields::own_fields(self.kind);
        let (all, any) = fields::required(self.kind);
        let of = |name: &str| own.iter().position(|f| f.name == name);
        let present = std::mem::take(&mut self.present);
        let valid = |own: Option<usize>, row: usize| {
            present
                .iter()
                .any(|(i, array)| Some(*i) == own && array.is_valid(row))
        };
        let dense = |own: Option<usize>| {
            present
                .iter()
                .any(|(i, array)| Some(*i) == own && array.null_count() == 0)
        };
        for name in all.iter().filter(|name| !dense(of(name))) {
            for row in (0..self.rows).filter(|&row| !valid(of(name), row)) {
                self.any_fault = true;
                self.faults[row].get_or_insert_with(|| {
                    let message = format!("`{name}` is required and must not be null");
                    Fault::new(Code::MissingField, message)
                });
            }
        }
        if any.is_empty() || any.iter().any(|name| dense(of(name))) {
            return;
        }
        for row in (0..self.rows).filter(|&row| !any.iter().any(|name| valid(of(name), row))) {
            self.any_fault = true;
            self.faults[row].get_or_insert_with(|| {
                let names = any
                    .iter()
                    .map(|n| format!("`{n}`"))
                    .collect::<Vec<_>>()
                    .join(", ");
                Fault::new(
                    Code::MissingField,
                    format!("at least one of {names} is needed"),
                )
            });
        }
    }

    fn into_part(
        mut self,
        admission: &mut Admission<'_>,
        id: TableId,
        from: &Rows<'_>,
        faults: &[Option<Fault>],
    ) -> Result<Option<Part>, String> {
        let given = self.id.take();
        let mut ids = StringBuilder::with_capacity(self.rows, self.rows * 24);
        let mut keep = vec![true; self.rows];
        let (mut fingerprints, mut origins) =
            (Vec::with_capacity(self.rows), Vec::with_capacity(self.rows));
        for row in 0..self.rows {
            let at = from.origin(row);
            let known = given
                .as_ref()
                .filter(|ids| ids.is_valid(row))
                .map(|ids| ids.value(row));
            let known = known.filter(|id| !id.is_empty());
            keep[row] = faults[row].is_none();
            match known {
                Some(id) if id.len() > ID_BYTES_MAX => {
                    if keep[row] {
                        let message = format!(
                            "`id` has {} bytes; at most {ID_BYTES_MAX} are allowed",
                            id.len()
                        );
                        admission.reject_at(at, Fault::new(Code::IdTooLong, message));
                        keep[row] = false;
                    }
                    ids.append_value("");
                }
                Some(id_text) => {
                    ids.append_value(id_text);
                    if keep[row] {
                        fingerprints.push(admission.fingerprint(id.model(), self.kind, id_text));
                        origins.push(at);
                        admission.taken_of(at, None);
                    }
                }
                None => {
                    let minted = admission.mint();
                    ids.append_value(&minted);
                    if keep[row] {
                        fingerprints.push(0);
                        origins.push(at);
                        admission.taken_of(at, Some(minted));
                    }
                }
            }
        }
        self.push("id", ColumnType::Text, Arc::new(ids.finish()));
        let fields: Vec<_> = self.columns.iter().map(Column::field).collect();
        let mut batch = RecordBatch::try_new(Arc::new(ArrowSchema::new(fields)), self.arrays)
            .map_err(|e| e.to_string())?;
        if keep.iter().any(|k| !k) {
            batch = filter_record_batch(&batch, &BooleanArray::from(keep))
                .map_err(|e| e.to_string())?;
        }
        let kind = self.kind;
        Ok((batch.num_rows() > 0).then_some(Part {
            table: id,
            kind,
            batch,
            columns: self.columns,
            fingerprints,
            origins,
        }))
    }
}

//! Files that are read once, whole: CSV, NDJSON and Arrow.

use super::field;
use crate::failure::Failure;
use crate::source::{Chunk, FileFormat, Packing, Source, format_of};
use arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use arrow::compute::cast;
use arrow::csv::reader::Format;
use arrow::datatypes::{DataType, Schema};
use candor_report::{Field, Result, Table};
use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Rows of a part of a column.
const PART_ROWS: usize = 65_536;

/// Columns in memory.
pub(super) struct Batches {
    fields: Vec<Field>,
    columns: Vec<Vec<ArrayRef>>,
    rows: u64,
}

impl Batches {
    pub(super) fn read(
        paths: &[PathBuf],
        progress: &dyn Fn(u64),
    ) -> std::result::Result<Self, Failure> {
        let mut batches = Vec::new();
        for path in paths {
            let read = match format_of(path) {
                Some((FileFormat::Csv, packing)) => csv(path, packing),
                Some((FileFormat::Ndjson, packing)) => ndjson(path, packing),
                _ => frames(path),
            };
            batches.append(&mut read.map_err(|e| Failure::file(path, &e))?);
            progress(std::fs::metadata(path).map_or(0, |m| m.len()));
        }
        Self::of(batches).map_err(|e| match paths {
            [path, ..] => Failure::file(path, &e),
            [] => Failure::usage("no_files", e),
        })
    }

    fn of(batches: Vec<RecordBatch>) -> std::result::Result<Self, String> {
        let schemas = batches.iter().map(|b| b.schema().as_ref().clone());
        let schema = Schema::try_merge(schemas).map_err(|e| e.to_string())?;
        let rows = batches.iter().map(|b| b.num_rows() as u64).sum();
        let mut columns: Vec<Vec<ArrayRef>> = vec![Vec::new(); schema.fields().len()];
        for batch in &batches {
            for (column, parts) in schema.fields().iter().zip(&mut columns) {
                parts.push(match batch.column_by_name(column.name()) {
                    Some(values) => compact(values),
                    None => arrow::array::new_null_array(column.data_type(), batch.num_rows()),
                });
            }
        }
        let fields = schema.fields().iter();
        let fields = fields.map(|c| field(c.name(), c.data_type())).collect();
        Ok(Self {
            fields,
            columns,
            rows,
        })
    }
}

/// Words as a dictionary where that is smaller.
fn compact(values: &ArrayRef) -> ArrayRef {
    if !matches!(values.data_type(), DataType::Utf8) {
        return Arc::clone(values);
    }
    let ty = DataType::Dictionary(DataType::Int32.into(), DataType::Utf8.into());
    match cast(values, &ty) {
        Ok(packed) if packed.as_any_dictionary().values().len() * 4 < values.len() => packed,
        _ => Arc::clone(values),
    }
}

impl Table for Batches {
    fn fields(&self) -> &[Field] {
        &self.fields
    }

    fn rows(&self) -> u64 {
        self.rows
    }

    fn read(&self, at: usize) -> Result<Vec<ArrayRef>> {
        Ok(self.columns.get(at).cloned().unwrap_or_default())
    }
}

fn frames(path: &Path) -> std::result::Result<Vec<RecordBatch>, String> {
    let source = Source::open(path).map_err(|f| f.sentence)?;
    source
        .map(|chunk| match chunk.map_err(|f| f.sentence)? {
            Chunk::Batch(batch) => Ok(batch),
            _ => Err("this is no Arrow file".to_owned()),
        })
        .collect()
}

fn unpacked(path: &Path, packing: Packing) -> std::result::Result<Box<dyn BufRead>, String> {
    let file = File::open(path).map_err(|e| e.to_string())?;
    let bytes: Box<dyn Read> = match packing {
        Packing::None => Box::new(file),
        Packing::Gzip => Box::new(flate2::read::MultiGzDecoder::new(BufReader::new(file))),
        Packing::Zstd => {
            Box::new(zstd::stream::read::Decoder::new(file).map_err(|e| e.to_string())?)
        }
    };
    Ok(Box::new(BufReader::with_capacity(1 << 18, bytes)))
}

/// A CSV file with a header; all rows tell the types.
fn csv(path: &Path, packing: Packing) -> std::result::Result<Vec<RecordBatch>, String> {
    let wrong = |e: arrow::error::ArrowError| e.to_string();
    let format = Format::default().with_header(true);
    let (schema, _) = format
        .infer_schema(unpacked(path, packing)?, None)
        .map_err(wrong)?;
    let reader = arrow::csv::ReaderBuilder::new(Arc::new(schema))
        .with_format(format)
        .with_batch_size(PART_ROWS)
        .build_buffered(unpacked(path, packing)?)
        .map_err(wrong)?;
    reader.map(|batch| batch.map_err(wrong)).collect()
}

/// NDJSON; objects are taken apart, `{"inputs": {"age": 3}}` gives the column `input_age`.
fn ndjson(path: &Path, packing: Packing) -> std::result::Result<Vec<RecordBatch>, String> {
    let wrong = |e: arrow::error::ArrowError| e.to_string();
    let (schema, _) =
        arrow::json::reader::infer_json_schema(unpacked(path, packing)?, None).map_err(wrong)?;
    let reader = arrow::json::ReaderBuilder::new(Arc::new(schema))
        .with_batch_size(PART_ROWS)
        .build(unpacked(path, packing)?)
        .map_err(wrong)?;
    reader
        .map(|batch| flat(&batch.map_err(wrong)?).map_err(wrong))
        .collect()
}

/// Objects of events by the prefix of their columns.
const PREFIXES: [(&str, &str); 5] = [
    ("inputs", "input"),
    ("outputs", "output"),
    ("derived", "derived"),
    ("attributions", "attribution"),
    ("segments", "segment"),
];

fn flat(batch: &RecordBatch) -> std::result::Result<RecordBatch, arrow::error::ArrowError> {
    let mut columns: Vec<(String, ArrayRef)> = Vec::new();
    for (field, values) in batch.schema().fields().iter().zip(batch.columns()) {
        take_apart(field.name(), values, &mut columns);
    }
    let columns = columns
        .into_iter()
        .map(|(name, values)| (name, values, true));
    RecordBatch::try_from_iter_with_nullable(columns)
}

fn take_apart(name: &str, values: &ArrayRef, into: &mut Vec<(String, ArrayRef)>) {
    let Some(parts) = values.as_struct_opt() else {
        into.push((name.to_owned(), Arc::clone(values)));
        return;
    };
    let prefix = PREFIXES.iter().find(|(object, _)| *object == name);
    let prefix = prefix.map_or(name, |(_, prefix)| prefix);
    for (part, values) in parts.fields().iter().zip(parts.columns()) {
        take_apart(&format!("{prefix}_{}", part.name()), values, into);
    }
}

//! Parquet files, read a column at a time.

use super::field;
use super::files::Found;
use crate::failure::Failure;
use arrow::array::{ArrayRef, DictionaryArray, Int32Array, StringArray};
use arrow::datatypes::{DataType, Field as ArrowField, Schema, SchemaRef};
use candor_report::{Error, Field, Kind, Result, Table};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReaderBuilder,
};
use std::fs::File;
use std::path::Path;
use std::sync::Arc;

/// Rows of a part of a column.
const PART_ROWS: usize = 131_072;

/// Files of one schema, one after the other.
pub(super) struct Files {
    files: Vec<(Found, ArrowReaderMetadata)>,
    fields: Vec<Field>,
    rows: u64,
}

impl Files {
    pub(super) fn open(found: &[Found]) -> std::result::Result<Self, Failure> {
        let mut files = Vec::with_capacity(found.len());
        let mut rows = 0;
        for one in found {
            let metadata = metadata(&one.path).map_err(|e| Failure::file(&one.path, &e))?;
            let in_file = metadata.metadata().file_metadata().num_rows();
            rows += u64::try_from(in_file).unwrap_or(0);
            files.push((one.clone(), metadata));
        }
        let mut fields: Vec<Field> = Vec::new();
        for (one, metadata) in &files {
            for column in metadata.schema().fields() {
                let found = field(column.name(), column.data_type());
                match fields.iter_mut().find(|f| f.name == found.name) {
                    None => fields.push(found),
                    Some(known) if known.kind == found.kind => known.integer &= found.integer,
                    Some(known) => {
                        let sentence = format!(
                            "the column {} has another type than in the files before",
                            known.name
                        );
                        return Err(Failure::usage("mixed_types", sentence).at(one.path.display()));
                    }
                }
            }
            for (name, _) in &one.constants {
                if !fields.iter().any(|f| f.name == *name) {
                    fields.push(field(name, &DataType::Utf8));
                }
            }
        }
        Ok(Self {
            files,
            fields,
            rows,
        })
    }
}

/// The schema and row groups of a file. Words are read as dictionaries, as most files hold them.
fn metadata(path: &Path) -> std::result::Result<ArrowReaderMetadata, String> {
    let wrong = |e: parquet::errors::ParquetError| e.to_string();
    let file = File::open(path).map_err(|e| e.to_string())?;
    let plain = ArrowReaderMetadata::load(&file, ArrowReaderOptions::new()).map_err(wrong)?;
    let schema = with_dictionaries(plain.schema());
    let options = ArrowReaderOptions::new().with_schema(schema);
    // What cannot be read as a dictionary is read as it is.
    Ok(ArrowReaderMetadata::try_new(Arc::clone(plain.metadata()), options).unwrap_or(plain))
}

fn with_dictionaries(schema: &SchemaRef) -> SchemaRef {
    let fields = schema.fields().iter().map(|field| match field.data_type() {
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => {
            let ty = DataType::Dictionary(DataType::Int32.into(), DataType::Utf8.into());
            Arc::new(ArrowField::new(field.name(), ty, field.is_nullable()))
        }
        _ => Arc::clone(field),
    });
    Arc::new(Schema::new_with_metadata(
        fields.collect::<Vec<_>>(),
        schema.metadata().clone(),
    ))
}

impl Table for Files {
    fn fields(&self) -> &[Field] {
        &self.fields
    }

    fn rows(&self) -> u64 {
        self.rows
    }

    fn read(&self, at: usize) -> Result<Vec<ArrayRef>> {
        let Some(field) = self.fields.get(at) else {
            return Ok(Vec::new());
        };
        let failed = |what: String| Error::Read {
            column: field.name.clone(),
            what,
        };
        let mut parts = Vec::new();
        for (one, metadata) in &self.files {
            let schema = metadata.schema();
            let Ok(place) = schema.index_of(&field.name) else {
                let rows = metadata.metadata().file_metadata().num_rows();
                let rows = usize::try_from(rows).unwrap_or(0);
                let constant = one.constants.iter().find(|(name, _)| *name == field.name);
                parts.push(match constant {
                    Some((_, Some(value))) => repeated(value, rows),
                    _ => missing(field.kind, rows),
                });
                continue;
            };
            let file = File::open(&one.path).map_err(|e| failed(e.to_string()))?;
            let builder =
                ParquetRecordBatchReaderBuilder::new_with_metadata(file, metadata.clone());
            let mask = ProjectionMask::roots(builder.parquet_schema(), [place]);
            let reader = builder
                .with_projection(mask)
                .with_batch_size(PART_ROWS)
                .build();
            for batch in reader.map_err(|e| failed(e.to_string()))? {
                let batch = batch.map_err(|e| failed(e.to_string()))?;
                parts.push(Arc::clone(batch.column(0)));
            }
        }
        Ok(parts)
    }
}

/// One word in every row.
fn repeated(value: &str, rows: usize) -> ArrayRef {
    let keys = Int32Array::from_value(0, rows);
    let words: ArrayRef = Arc::new(StringArray::from(vec![value]));
    match DictionaryArray::try_new(keys, words) {
        Ok(array) => Arc::new(array),
        Err(_) => missing(Kind::Text, rows),
    }
}

/// A column that a file does not have: nothing but nulls.
fn missing(kind: Kind, rows: usize) -> ArrayRef {
    let ty = match kind {
        Kind::Boolean => DataType::Boolean,
        Kind::Time => DataType::Timestamp(arrow::datatypes::TimeUnit::Microsecond, None),
        Kind::Text => DataType::Utf8,
        Kind::Number | Kind::Vector | Kind::Other => DataType::Float64,
    };
    arrow::array::new_null_array(&ty, rows)
}

//! Files as tables that a report reads a column at a time: Parquet and Delta column by column from disk,
//! CSV, NDJSON and Arrow once into memory.

mod batches;
mod expressed;
mod files;
mod joined;
mod narrowed;
mod parquet;

pub(crate) use expressed::Expressed;
pub(crate) use joined::Joined;
pub(crate) use narrowed::{Narrowed, Rows};

use crate::failure::Failure;
use crate::source::{FileFormat, format_of, unknown};
use arrow::datatypes::DataType;
use candor_report::{Field, Kind, Table};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Opens what a person named: files, patterns such as `days/*.parquet`, or a Delta table's folder. All files of
/// one side have one form and are read one after the other.
pub(crate) fn open(
    named: &[String],
    progress: &dyn Fn(u64),
) -> Result<Arc<dyn Table + Send>, Failure> {
    let files = files::found(named)?;
    let form = |path: &Path| format_of(path).ok_or_else(|| unknown(path));
    let Some(first) = files.first() else {
        return Err(Failure::usage("no_files", "no file was named"));
    };
    let (format, _) = form(&first.path)?;
    for found in &files {
        if form(&found.path)?.0 != format {
            return Err(Failure::usage(
                "mixed_formats",
                "files of one side have different formats",
            )
            .at(found.path.display())
            .mend("name files of one format at a time"));
        }
    }
    Ok(match format {
        FileFormat::Parquet => Arc::new(parquet::Files::open(&files)?),
        _ => {
            let paths: Vec<PathBuf> = files.into_iter().map(|found| found.path).collect();
            Arc::new(batches::Batches::read(&paths, progress)?)
        }
    })
}

/// What a column is to a report.
fn field(name: &str, ty: &DataType) -> Field {
    Field {
        name: name.to_owned(),
        kind: kind(ty),
        integer: ty.is_integer(),
    }
}

fn kind(ty: &DataType) -> Kind {
    match ty {
        DataType::Boolean => Kind::Boolean,
        DataType::Timestamp(..) | DataType::Date32 | DataType::Date64 => Kind::Time,
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => Kind::Text,
        DataType::Dictionary(_, values) => kind(values),
        DataType::List(item) | DataType::LargeList(item) | DataType::FixedSizeList(item, _)
            if item.data_type().is_numeric() =>
        {
            Kind::Vector
        }
        ty if ty.is_numeric() => Kind::Number,
        _ => Kind::Other,
    }
}

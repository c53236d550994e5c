//! Reading profiles: rows of the files that may hold them, merged by window.

use super::grain::Grain;
use super::rows::{self, Key, Row, stored, unreadable};
use crate::error::{Error, Result};
use crate::query::FileEntry;
use crate::store::{Ranged, Store};
use arrow::array::{ArrayRef, AsArray, BooleanArray, RecordBatch};
use arrow::compute::and;
use arrow::datatypes::TimestampMicrosecondType;
use arrow::error::ArrowError;
use candor_contract::{Kind, ModelName, TableId};
use candor_stats::Profile;
use futures::TryStreamExt;
use object_store::path::Path;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{ArrowPredicateFn, RowFilter};
use parquet::arrow::async_reader::ParquetRecordBatchStreamBuilder;
use parquet::schema::types::SchemaDescriptor;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

/// Which profiles.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProfileQuery {
    /// Of which model.
    pub model: ModelName,
    /// Of which events.
    pub kind: Kind,
    /// Length of the windows.
    pub grain: Grain,
    /// Windows that begin at or after this, microseconds since 1970.
    pub from_us: i64,
    /// Windows that begin before this.
    pub to_us: i64,
    /// One column, or all.
    pub column: Option<String>,
    /// By the values of a segment, or of all rows.
    pub segment: Option<String>,
    /// Most profiles; more are an error.
    pub limit: usize,
}

/// The profile of one column in one window.
#[derive(Debug, Clone)]
pub struct ProfileWindow {
    /// Start of the window, microseconds since 1970.
    pub from_us: i64,
    /// The column, e.g. `input_income`.
    pub column: String,
    /// Value of the segment; `None` for rows without one, or if no segment was asked for.
    pub segment_value: Option<String>,
    /// What is known of its values.
    pub profile: Profile,
}

/// Reads what `query` asks for from files of its model's table.
pub(crate) async fn read(
    store: &Store,
    files: &[FileEntry],
    query: &ProfileQuery,
) -> Result<Vec<ProfileWindow>> {
    let asked: Vec<&FileEntry> = files.iter().filter(|f| may_hold(f, query)).collect();
    let found = merged(store, &asked, query).await?;
    let told = found.into_iter().map(|(key, profile)| ProfileWindow {
        from_us: key.time_us,
        column: key.column.as_ref().to_owned(),
        segment_value: key.value.map(|v| v.as_ref().to_owned()),
        profile,
    });
    Ok(told.collect())
}

/// The plain figures of the same, as columns named as the table's. A day that is one file is read
/// without its sketches; only days that maintenance has not merged yet need them.
pub(crate) async fn figures(
    store: &Store,
    files: &[FileEntry],
    query: &ProfileQuery,
) -> Result<Vec<RecordBatch>> {
    let mut days: BTreeMap<Option<i32>, Vec<&FileEntry>> = BTreeMap::new();
    for file in files.iter().filter(|f| may_hold(f, query)) {
        days.entry(file.day).or_default().push(file);
    }
    let (mut out, mut rows) = (Vec::new(), 0);
    for files in days.into_values() {
        let mut batches = match files.as_slice() {
            [one] => matching(store, one, query, &FIGURES).await?,
            several => {
                let found = merged(store, several, query).await?;
                let made = found
                    .into_iter()
                    .map(|(key, profile)| Row::new(key, &profile));
                let batch = rows::batch(&made.collect::<Result<Vec<_>>>()?, &table(query))?;
                vec![chosen(&batch)?]
            }
        };
        rows += batches.iter().map(RecordBatch::num_rows).sum::<usize>();
        if rows > query.limit {
            return Err(too_many(query.limit));
        }
        out.append(&mut batches);
    }
    Ok(out)
}

/// The columns of [`figures`], in the order of the table's.
fn chosen(batch: &RecordBatch) -> Result<RecordBatch> {
    let schema = batch.schema();
    let kept = schema.fields().iter().enumerate();
    let kept = kept.filter(|(_, f)| {
        ASKED.contains(&f.name().as_str()) || FIGURES.contains(&f.name().as_str())
    });
    let at: Vec<usize> = kept.map(|(at, _)| at).collect();
    batch.project(&at).map_err(Error::arrow("choose figures"))
}

fn too_many(max: usize) -> Error {
    Error::TooMany {
        what: "profiles",
        max,
    }
}

async fn merged(
    store: &Store,
    files: &[&FileEntry],
    query: &ProfileQuery,
) -> Result<BTreeMap<Key, Profile>> {
    let mut found: BTreeMap<Key, Profile> = BTreeMap::new();
    for file in files {
        for batch in matching(store, file, query, &SKETCHES).await? {
            for row in stored(&batch)? {
                let profile = row.profile()?;
                match found.entry(row.key) {
                    Entry::Vacant(entry) => {
                        entry.insert(profile);
                    }
                    Entry::Occupied(mut entry) => {
                        entry.get_mut().merge(&profile).map_err(unreadable)?;
                    }
                }
            }
            if found.len() > query.limit {
                return Err(too_many(query.limit));
            }
        }
    }
    Ok(found)
}

fn may_hold(file: &FileEntry, query: &ProfileQuery) -> bool {
    file.time_min_us.is_none_or(|us| us < query.to_us)
        && file.time_max_us.is_none_or(|us| us >= query.from_us)
}

/// Columns that tell whether a row is asked for.
const ASKED: [&str; 5] = ["time", "grain", "kind", "column", "segment"];
/// Further columns of whole profiles.
const SKETCHES: [&str; 3] = ["type", "segment_value", "sketch"];
/// Further columns of plain figures.
const FIGURES: [&str; 18] = [
    "type",
    "segment_value",
    "rows",
    "nulls",
    "nans",
    "infinities",
    "mean",
    "std",
    "min",
    "max",
    "distinct",
    "p01",
    "p05",
    "p25",
    "p50",
    "p75",
    "p95",
    "p99",
];

fn table(query: &ProfileQuery) -> TableId {
    TableId::Profiles(query.model.clone())
}

/// The rows of one file that are asked for. Sketches of other rows are not even decoded.
async fn matching(
    store: &Store,
    file: &FileEntry,
    query: &ProfileQuery,
    further: &[&str],
) -> Result<Vec<RecordBatch>> {
    let failed = |source: parquet::errors::ParquetError| Error::Arrow {
        what: "read profiles",
        source: source.into(),
    };
    let folder = table(query).path();
    let path = Path::parse(format!("{folder}/{}", file.path))
        .map_err(Error::table("name a file of", &folder))?;
    let reader = Ranged::new(store, path, file.bytes);
    let builder = ParquetRecordBatchStreamBuilder::new(reader)
        .await
        .map_err(failed)?;
    let schema = builder.parquet_schema();
    let wanted = ASKED.iter().chain(further);
    let projection = mask(schema, wanted.copied());
    let asked = query.clone();
    let filter = ArrowPredicateFn::new(mask(schema, ASKED.into_iter()), move |batch| {
        keeps(&batch, &asked)
    });
    let reader = builder
        .with_projection(projection)
        .with_row_filter(RowFilter::new(vec![Box::new(filter)]))
        .build()
        .map_err(failed)?;
    reader.try_collect().await.map_err(failed)
}

fn mask<'a>(schema: &SchemaDescriptor, names: impl Iterator<Item = &'a str>) -> ProjectionMask {
    ProjectionMask::columns(schema, names)
}

fn keeps(
    batch: &RecordBatch,
    query: &ProfileQuery,
) -> std::result::Result<BooleanArray, ArrowError> {
    let column = |name: &str| -> std::result::Result<&ArrayRef, ArrowError> {
        let found = batch.column_by_name(name);
        found.ok_or_else(|| ArrowError::SchemaError(format!("no column {name}")))
    };
    let is = |name: &str, wanted: Option<&str>| {
        let values = column(name)?.as_string_opt::<i32>();
        let values = values.ok_or_else(|| ArrowError::SchemaError(format!("{name} is no text")))?;
        Ok::<BooleanArray, ArrowError>(values.iter().map(|v| Some(v == wanted)).collect())
    };
    let time = column("time")?.as_primitive_opt::<TimestampMicrosecondType>();
    let time = time.ok_or_else(|| ArrowError::SchemaError("time is no time".to_owned()))?;
    let window = query.from_us..query.to_us;
    let mut kept: BooleanArray = time
        .values()
        .iter()
        .map(|us| Some(window.contains(us)))
        .collect();
    kept = and(&kept, &is("grain", Some(query.grain.name()))?)?;
    kept = and(&kept, &is("kind", Some(query.kind.name()))?)?;
    kept = and(&kept, &is("segment", query.segment.as_deref())?)?;
    if query.column.is_some() {
        kept = and(&kept, &is("column", query.column.as_deref())?)?;
    }
    Ok(kept)
}

#[cfg(test)]
mod tests;

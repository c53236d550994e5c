//! Merging rows of the profiles' table that summarise the same.

use super::rows::{Key, Row, Stored, batch, stored};
use crate::error::{Error, Result};
use arrow::array::{AsArray, RecordBatch};
use arrow::compute::sum;
use arrow::datatypes::Int64Type;
use candor_contract::TableId;

/// The rows of one day's batches with one row for each key, in the order of keys.
pub(crate) fn fold(batches: &[RecordBatch], id: &TableId) -> Result<Vec<RecordBatch>> {
    let mut all: Vec<Stored<'_>> = Vec::new();
    for batch in batches {
        all.append(&mut stored(batch)?);
    }
    all.sort_by(|a, b| a.key.cmp(&b.key));
    let mut rows = Vec::new();
    for same in all.chunk_by(|a, b| a.key == b.key) {
        rows.push(folded(same)?);
    }
    let before: i64 = batches.iter().filter_map(counted).sum();
    let after: u64 = rows.iter().map(Row::rows).sum();
    if i64::try_from(after).ok() != Some(before) {
        return Err(Error::Check {
            table: id.path(),
            what: "merging profiles would change the number of rows that they summarise".to_owned(),
        });
    }
    Ok(vec![batch(&rows, id)?])
}

fn folded(same: &[Stored<'_>]) -> Result<Row> {
    let [first, rest @ ..] = same else {
        return Err(Error::Entry {
            what: "no profile to merge".to_owned(),
        });
    };
    let mut profile = first.profile()?;
    for other in rest {
        let merged = profile.merge(&other.profile()?);
        merged.map_err(super::rows::unreadable)?;
    }
    let key: Key = first.key.clone();
    Row::new(key, &profile)
}

fn counted(batch: &RecordBatch) -> Option<i64> {
    sum(batch
        .column_by_name("rows")?
        .as_primitive_opt::<Int64Type>()?)
}

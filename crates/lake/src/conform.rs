//! Brings rows to a table's schema: columns in stored order, narrower types cast, absent ones null.

use crate::error::{Error, Result};
use arrow::array::{
    ArrayRef, BooleanArray, RecordBatch, RecordBatchOptions, StringArray, new_null_array,
};
use arrow::compute::cast;
use arrow::datatypes::{DataType, SchemaRef};
use candor_contract::TableId;
use std::sync::{Arc, Mutex, PoisonError};

/// The partition column: the UTC day of `time`.
pub(crate) const DAY: &str = "day";

/// `batch` with exactly the columns of `schema`. `model` is filled in for tables of one model,
/// where the log does not repeat it.
pub(crate) fn conform(
    batch: &RecordBatch,
    schema: &SchemaRef,
    table: &TableId,
) -> Result<RecordBatch> {
    let rows = batch.num_rows();
    let columns: Result<Vec<ArrayRef>> = schema
        .fields()
        .iter()
        .map(|field| {
            let Some(array) = batch.column_by_name(field.name()) else {
                if let (DAY, Some(time)) = (field.name().as_str(), batch.column_by_name("time")) {
                    return cast(time, &DataType::Date32)
                        .map_err(Error::arrow("find the day of rows"));
                }
                return Ok(absent(field.name(), field.data_type(), rows, table));
            };
            if array.data_type() == field.data_type() {
                return Ok(array.clone());
            }
            cast(array, field.data_type()).map_err(Error::arrow("bring rows to the table's schema"))
        })
        .collect();
    let options = RecordBatchOptions::new().with_row_count(Some(rows));
    RecordBatch::try_new_with_options(schema.clone(), columns?, &options)
        .map_err(Error::arrow("bring rows to the table's schema"))
}

fn absent(name: &str, ty: &DataType, rows: usize, table: &TableId) -> ArrayRef {
    match (name, table.model()) {
        ("model", Some(model)) => Arc::new(StringArray::from_iter_values(std::iter::repeat_n(
            model.as_str(),
            rows,
        ))),
        ("time_is_arrival", _) => Arc::new(BooleanArray::from(vec![false; rows])),
        _ => nulls(ty, rows),
    }
}

/// Rows of the null arrays that are kept.
const NULLS_KEPT: usize = 65_536;

/// Nulls, shared by all batches: a table has many columns that a batch does not bring.
fn nulls(ty: &DataType, rows: usize) -> ArrayRef {
    static KEPT: Mutex<Vec<(DataType, ArrayRef)>> = Mutex::new(Vec::new());
    if rows > NULLS_KEPT {
        return new_null_array(ty, rows);
    }
    // Columns have six types, so there are six entries at most.
    let mut kept = KEPT.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some((_, array)) = kept.iter().find(|(known, _)| known == ty) {
        return array.slice(0, rows);
    }
    let array = new_null_array(ty, NULLS_KEPT);
    kept.push((ty.clone(), array.clone()));
    array.slice(0, rows)
}

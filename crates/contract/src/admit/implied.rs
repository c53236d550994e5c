//! What an event implies without saying it: a prediction that tells an error and no status has failed.

use crate::Kind;
use crate::part::Part;
use crate::schema::{Column, ColumnType};
use arrow::array::{Array, ArrayRef, AsArray, RecordBatch, StringArray};
use arrow::datatypes::{DataType, Schema as ArrowSchema};
use std::sync::Arc;

const STATUS: &str = "status";
/// What an error tells of itself.
const TOLD: [&str; 2] = ["error_type", "error_message"];
const FAILED: &str = "error";

/// Fills in the status of failed predictions that name none. Everything else stays as it is.
pub(crate) fn status(part: &mut Part) {
    if part.kind != Kind::Prediction {
        return;
    }
    let told: Vec<&StringArray> = TOLD
        .iter()
        .filter_map(|name| texts(&part.batch, name))
        .collect();
    let is_told = |row: usize| {
        let mut told = told.iter();
        told.any(|array| array.is_valid(row) && !array.value(row).is_empty())
    };
    let place = part.columns.iter().position(|c| c.name == STATUS);
    let known = texts(&part.batch, STATUS);
    if place.is_some() && known.is_none() {
        return;
    }
    let of_row = |row: usize| known.filter(|a| a.is_valid(row)).map(|a| a.value(row));
    let rows = 0..part.batch.num_rows();
    if !rows
        .clone()
        .any(|row| of_row(row).is_none() && is_told(row))
    {
        return;
    }
    let filled = rows.map(|row| of_row(row).or_else(|| is_told(row).then_some(FAILED)));
    let filled: ArrayRef = Arc::new(filled.collect::<StringArray>());
    let mut columns = part.columns.clone();
    let mut arrays = part.batch.columns().to_vec();
    match place {
        Some(at) => arrays[at] = filled,
        None => {
            columns.push(Column {
                declared: true,
                ..Column::new(STATUS, ColumnType::Text)
            });
            arrays.push(filled);
        }
    }
    let fields: Vec<_> = columns.iter().map(Column::field).collect();
    if let Ok(batch) = RecordBatch::try_new(Arc::new(ArrowSchema::new(fields)), arrays) {
        (part.batch, part.columns) = (batch, columns);
    }
}

fn texts<'a>(batch: &'a RecordBatch, name: &str) -> Option<&'a StringArray> {
    let array = batch.column_by_name(name)?;
    (*array.data_type() == DataType::Utf8).then(|| array.as_string::<i32>())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ModelName, TableId};

    fn part(columns: &[(&str, Vec<Option<&str>>)]) -> Part {
        let named = columns.iter().map(|(name, values)| {
            let array: ArrayRef = Arc::new(StringArray::from(values.clone()));
            (*name, array, true)
        });
        let batch = RecordBatch::try_from_iter_with_nullable(named).unwrap();
        let columns = columns
            .iter()
            .map(|(name, _)| Column::new(*name, ColumnType::Text));
        Part {
            table: TableId::of(&ModelName::new("m").unwrap(), Kind::Prediction),
            kind: Kind::Prediction,
            fingerprints: vec![0; batch.num_rows()],
            origins: Vec::new(),
            columns: columns.collect(),
            batch,
        }
    }

    fn statuses(mut part: Part) -> Option<Vec<Option<String>>> {
        status(&mut part);
        assert_eq!(part.columns.len(), part.batch.num_columns());
        let told = texts(&part.batch, STATUS)?;
        Some(told.iter().map(|word| word.map(str::to_owned)).collect())
    }

    #[test]
    fn an_error_without_a_status_has_failed() {
        let types = vec![Some("timeout"), Some("timeout"), None, Some("")];
        let known = vec![None, Some("ok"), Some("error"), None];
        let told = statuses(part(&[("status", known), ("error_type", types.clone())]));
        let expected = [Some("error"), Some("ok"), Some("error"), None];
        assert_eq!(told, Some(expected.map(|w| w.map(str::to_owned)).to_vec()));
        let told = statuses(part(&[("error_message", types)]));
        let expected = [Some("error"), Some("error"), None, None];
        assert_eq!(told, Some(expected.map(|w| w.map(str::to_owned)).to_vec()));
    }

    #[test]
    fn rows_without_an_error_stay_as_they_are() {
        assert_eq!(
            statuses(part(&[("error_type", vec![None, Some("")])])),
            None
        );
        let known = vec![Some("ok"), None];
        let told = statuses(part(&[
            ("status", known.clone()),
            ("error_type", vec![None; 2]),
        ]));
        let expected: Vec<_> = known.iter().map(|w| w.map(str::to_owned)).collect();
        assert_eq!(told, Some(expected));
    }
}

//! Treats the columns of a part.

use super::{Guard, MaskError, Masked, PERSONAL_MARK, Treatment, coarse, numbers, text};
use crate::keys::Keys;
use crate::part::Part;
use crate::personal::{Counts, Kinds, PersonalKind, Seeking, holds_address, is_account};
use crate::schema::{Column, ColumnType};
use crate::spec::{NumberAction, PersonalAction};
use arrow::array::{Array, ArrayRef, AsArray, RecordBatch, StringArray, StringBuilder};
use arrow::datatypes::Schema as ArrowSchema;
use std::sync::Arc;

/// What a column becomes.
enum Outcome {
    Same,
    Other(ArrayRef),
    Gone,
}

pub(super) fn treat(
    guard: &Guard<'_>,
    part: &mut Part,
    masked: &mut Vec<Masked>,
) -> Result<(), MaskError> {
    let mut changed = false;
    let mut columns = Vec::with_capacity(part.columns.len());
    let mut arrays = Vec::with_capacity(part.columns.len());
    for (column, array) in part.columns.iter().zip(part.batch.columns()) {
        match treat_column(guard, part, column, array, masked)? {
            Outcome::Same => {
                columns.push(column.clone());
                arrays.push(array.clone());
            }
            Outcome::Other(array) => {
                changed = true;
                columns.push(column.clone());
                arrays.push(array);
            }
            Outcome::Gone => changed = true,
        }
    }
    if changed {
        let fields: Vec<_> = columns.iter().map(Column::field).collect();
        let schema = Arc::new(ArrowSchema::new(fields));
        part.batch = RecordBatch::try_new(schema, arrays).map_err(|e| MaskError {
            column: String::new(),
            reason: e.to_string(),
        })?;
        part.columns = columns;
    }
    Ok(())
}

fn treat_column(
    guard: &Guard<'_>,
    part: &Part,
    column: &Column,
    array: &ArrayRef,
    masked: &mut Vec<Masked>,
) -> Result<Outcome, MaskError> {
    let treatment = guard.privacy.of_column(&part.table, column);
    match (treatment, column.ty) {
        (Treatment::Keep, _) => Ok(Outcome::Same),
        (Treatment::Drop, _) => Ok(Outcome::Gone),
        (Treatment::Search(kinds), ColumnType::Text) => {
            search(part, column, array.as_string::<i32>(), kinds, masked)
        }
        (Treatment::Identifier, ColumnType::Text) => {
            Ok(identifiers(array.as_string::<i32>(), guard.keys))
        }
        (Treatment::Search(kinds), ColumnType::Integer | ColumnType::Number) => {
            search_numbers(part, column, array, kinds, masked)
        }
        (Treatment::Search(_) | Treatment::Identifier, _) => Ok(Outcome::Same),
        (Treatment::Personal { text, .. }, ColumnType::Text) => {
            let plain = array.as_string::<i32>();
            Ok(Outcome::Other(match text {
                PersonalAction::Hash => hashed(plain, guard.keys),
                _ => marked(plain),
            }))
        }
        (Treatment::Personal { number, .. }, ty) => Ok(by_number(number, ty, array)),
    }
}

fn by_number(action: NumberAction, ty: ColumnType, array: &ArrayRef) -> Outcome {
    match (action, ty) {
        (NumberAction::Keep, _) | (_, ColumnType::Boolean) => Outcome::Same,
        (NumberAction::Coarsen, ColumnType::Integer) => Outcome::Other(coarse::integers(array)),
        (NumberAction::Coarsen, ColumnType::Number) => Outcome::Other(coarse::numbers(array)),
        (NumberAction::Coarsen, ColumnType::Time) => Outcome::Other(coarse::times(array)),
        // A coarse vector would mean something else.
        _ => Outcome::Gone,
    }
}

fn search(
    part: &Part,
    column: &Column,
    array: &StringArray,
    kinds: Kinds,
    masked: &mut Vec<Masked>,
) -> Result<Outcome, MaskError> {
    let name = column.source.as_deref().unwrap_or(&column.name);
    let found = text::search(array, Seeking::new(kinds, name));
    if found.is_empty() {
        return Ok(Outcome::Same);
    }
    for hit in &found {
        note(part, column, hit.row, hit.finding.kind, hit.whole, masked);
    }
    let array = text::replace(array, &found).ok_or_else(|| too_large(column))?;
    Ok(Outcome::Other(Arc::new(array)))
}

/// Inputs and outputs may be anything; other numbers of the contract are measures.
fn search_numbers(
    part: &Part,
    column: &Column,
    array: &ArrayRef,
    kinds: Kinds,
    masked: &mut Vec<Masked>,
) -> Result<Outcome, MaskError> {
    if column.declared {
        return Ok(Outcome::Same);
    }
    let name = column.source.as_deref().unwrap_or(&column.name);
    let found = numbers::search(array, kinds, name);
    if found.is_empty() {
        return Ok(Outcome::Same);
    }
    for (row, kind) in &found {
        note(part, column, *row, *kind, true, masked);
    }
    let hidden = numbers::hide(array, &found);
    hidden.map(Outcome::Other).ok_or_else(|| MaskError {
        column: column.name.clone(),
        reason: "its numbers could not be hidden".to_owned(),
    })
}

/// Counts one finding for the request that its row came with.
fn note(
    part: &Part,
    column: &Column,
    row: usize,
    kind: PersonalKind,
    whole: bool,
    masked: &mut Vec<Masked>,
) {
    let request = part.origins.get(row).map_or(0, |o| o.request);
    let known = masked.last().is_some_and(|last| {
        last.request == request && last.column == column.name && last.table == part.table
    });
    if !known {
        masked.push(Masked {
            request,
            table: part.table.clone(),
            column: column.name.clone(),
            counts: Counts::default(),
            whole: 0,
        });
    }
    if let Some(entry) = masked.last_mut() {
        entry.counts.add(kind);
        entry.whole += u64::from(whole);
    }
}

fn too_large(column: &Column) -> MaskError {
    MaskError {
        column: column.name.clone(),
        reason: "its text grew beyond two gigabytes".to_owned(),
    }
}

/// Identifiers with something surely personal in them, hashed; others as they are.
fn identifiers(array: &StringArray, keys: &Keys) -> Outcome {
    let signs = memchr::memchr(b'@', array.value_data()).is_some();
    let personal = |id: &str| is_account(id.as_bytes()) || (signs && holds_address(id.as_bytes()));
    if !array.iter().flatten().any(personal) {
        return Outcome::Same;
    }
    let mut out = StringBuilder::with_capacity(array.len(), array.value_data().len());
    for id in array {
        match id {
            Some(id) if personal(id) => out.append_value(keys.personal(id)),
            other => out.append_option(other),
        }
    }
    Outcome::Other(Arc::new(out.finish()))
}

fn hashed(array: &StringArray, keys: &Keys) -> ArrayRef {
    let mut out = StringBuilder::with_capacity(array.len(), array.len() * 45);
    let mut last: Option<(&str, String)> = None;
    for value in array {
        let Some(value) = value else {
            out.append_null();
            continue;
        };
        // Neighbours often agree.
        if last.as_ref().is_none_or(|(before, _)| *before != value) {
            last = Some((value, keys.personal(value)));
        }
        out.append_option(last.as_ref().map(|(_, hash)| hash));
    }
    Arc::new(out.finish())
}

fn marked(array: &StringArray) -> ArrayRef {
    let marks = array.iter().map(|value| value.map(|_| PERSONAL_MARK));
    Arc::new(marks.collect::<StringArray>())
}

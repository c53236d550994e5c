//! Which rows pass, as boolean columns.

use crate::column::value_type;
use crate::error::{Error, Result};
use crate::value_type::ValueType;
use arrow::array::{Array, ArrayRef, AsArray, BooleanArray, Float64Array, StringArray};
use arrow::buffer::{BooleanBuffer, NullBuffer};
use arrow::compute::kernels::cast_utils::string_to_timestamp_nanos;
use arrow::compute::{cast, regexp_is_match_scalar, take};
use arrow::datatypes::{DataType, Float64Type, Int64Type, TimeUnit, UInt64Type};
use arrow::row::{RowConverter, SortField};
use hashbrown::{HashMap, HashSet};
use std::sync::Arc;

/// Of so many distinct texts each is matched once.
const FEW: usize = 4_096;

fn foreign(column: &ArrayRef) -> Error {
    Error::Column {
        ty: column.data_type().to_string(),
    }
}

/// Numbers of a column; of times, microseconds.
pub(super) fn floats(column: &ArrayRef) -> Result<Float64Array> {
    let to = |array: &ArrayRef, ty: &DataType| cast(array, ty).map_err(|_| foreign(column));
    let array = match value_type(column.data_type()) {
        Some(ValueType::Boolean | ValueType::Number) => Arc::clone(column),
        Some(ValueType::Time) => to(
            &to(column, &DataType::Timestamp(TimeUnit::Microsecond, None))?,
            &DataType::Int64,
        )?,
        _ => return Err(foreign(column)),
    };
    Ok(to(&array, &DataType::Float64)?
        .as_primitive::<Float64Type>()
        .clone())
}

pub(super) fn strings(column: &ArrayRef) -> Result<StringArray> {
    let texts = cast(column, &DataType::Utf8).map_err(|_| foreign(column))?;
    Ok(texts.as_string::<i32>().clone())
}

/// A mask over a column's distinct values where they are a dictionary, else over the column.
fn by_value(
    column: &ArrayRef,
    mask: impl Fn(&ArrayRef) -> Result<BooleanArray>,
) -> Result<BooleanArray> {
    let DataType::Dictionary(_, _) = column.data_type() else {
        return mask(column);
    };
    let dictionary = column.as_any_dictionary();
    let values = mask(dictionary.values())?;
    let rows = take(&values, dictionary.keys(), None).map_err(|_| foreign(column))?;
    Ok(rows.as_boolean().clone())
}

fn is_float(ty: &DataType) -> bool {
    matches!(
        ty,
        DataType::Float16 | DataType::Float32 | DataType::Float64
    )
}

/// Which rows have a value.
fn present(column: &ArrayRef) -> BooleanBuffer {
    let nulls = column.logical_nulls();
    let valid = nulls.map_or_else(
        || BooleanBuffer::new_set(column.len()),
        NullBuffer::into_inner,
    );
    if !is_float(column.data_type()) {
        return valid;
    }
    let Ok(floats) = floats(column) else {
        return valid;
    };
    let values = floats.values();
    let numbers = BooleanBuffer::collect_bool(values.len(), |row| !values[row].is_nan());
    &valid & &numbers
}

pub(super) fn complete(column: &ArrayRef) -> BooleanArray {
    BooleanArray::new(present(column), None)
}

/// Which numbers pass.
pub(super) fn numbers(column: &ArrayRef, passes: impl Fn(f64) -> bool) -> Result<BooleanArray> {
    by_value(column, |column| {
        let floats = floats(column)?;
        let values = floats.values();
        let mask = BooleanBuffer::collect_bool(values.len(), |row| passes(values[row]));
        Ok(BooleanArray::new(
            mask,
            Some(NullBuffer::new(present(column))),
        ))
    })
}

/// Which values can be read as this type.
pub(super) fn typed(column: &ArrayRef, ty: ValueType) -> Result<BooleanArray> {
    let own = value_type(column.data_type());
    let all = |passes: bool| {
        let mask = if passes {
            BooleanBuffer::new_set(column.len())
        } else {
            BooleanBuffer::new_unset(column.len())
        };
        Ok(BooleanArray::new(
            mask,
            Some(NullBuffer::new(present(column))),
        ))
    };
    match (own, ty) {
        (Some(own), ty) if own == ty => all(true),
        (Some(ValueType::Opaque) | None, _) | (_, ValueType::Opaque) => all(false),
        (_, ValueType::Text) | (Some(ValueType::Boolean), ValueType::Number) => all(true),
        (Some(ValueType::Number), ValueType::Boolean) => {
            numbers(column, |x| x.abs() <= 0.0 || (x - 1.0).abs() <= 0.0)
        }
        (Some(ValueType::Text), _) => by_value(column, |column| {
            let texts = strings(column)?;
            let reads = |text: Option<&str>| text.map(|text| reads(text.trim(), ty));
            Ok(texts.iter().map(reads).collect())
        }),
        _ => all(false),
    }
}

pub(super) fn reads(text: &str, ty: ValueType) -> bool {
    match ty {
        ValueType::Number => text.parse::<f64>().is_ok(),
        ValueType::Time => string_to_timestamp_nanos(text).is_ok(),
        ValueType::Boolean => {
            let words = ["true", "false", "yes", "no", "t", "f", "y", "n", "0", "1"];
            words.iter().any(|word| text.eq_ignore_ascii_case(word))
        }
        ValueType::Text | ValueType::Opaque => true,
    }
}

/// Which values are among `known`. Numbers are compared as numbers.
pub(super) fn among<'a>(
    column: &ArrayRef,
    known: impl Iterator<Item = &'a str>,
) -> Result<BooleanArray> {
    let known: HashSet<&str> = known.collect();
    by_value(column, |column| {
        if value_type(column.data_type()) == Some(ValueType::Number) {
            let parsed = known
                .iter()
                .filter_map(|text| text.trim().parse::<f64>().ok());
            let bits: HashSet<u64> = parsed.map(|x| (x + 0.0).to_bits()).collect();
            return numbers(column, |x| bits.contains(&(x + 0.0).to_bits()));
        }
        let texts = strings(column)?;
        let mut mask =
            BooleanBuffer::collect_bool(texts.len(), |row| known.contains(texts.value(row)));
        mask = &mask & &present(column);
        Ok(BooleanArray::new(mask, texts.nulls().cloned()))
    })
}

pub(super) fn matching(column: &ArrayRef, pattern: &str) -> Result<BooleanArray> {
    by_value(column, |column| {
        let texts = strings(column)?;
        let matches = |texts: &StringArray| {
            let mask = regexp_is_match_scalar(texts, pattern, None);
            mask.map_err(|e| Error::Rule {
                what: e.to_string(),
            })
        };
        let Some((values, rows)) = few(&texts) else {
            return matches(&texts);
        };
        let found = matches(&values)?;
        let row = |at: &usize| found.is_valid(*at).then(|| found.value(*at));
        Ok(rows.iter().map(row).collect())
    })
}

/// The distinct values of a column and the place of each row's among them; `None` if they are many. A search
/// in each of a few values is much cheaper than in each row.
fn few(texts: &StringArray) -> Option<(StringArray, Vec<usize>)> {
    let mut places: HashMap<Option<&str>, usize> = HashMap::new();
    let mut values = Vec::new();
    let mut rows = Vec::with_capacity(texts.len());
    for text in texts {
        let place = *places.entry(text).or_insert_with(|| {
            values.push(text);
            values.len() - 1
        });
        if place >= FEW {
            return None;
        }
        rows.push(place);
    }
    Some((StringArray::from(values), rows))
}

/// Which rows are the first with their values over all `columns`: the others are duplicates. −0 and 0 are
/// equal, missing values too. Exact; O(n) with one encoded row kept for each.
///
/// # Errors
/// If the columns differ in length or cannot be compared.
pub fn firsts(columns: &[ArrayRef]) -> Result<BooleanArray> {
    let Some(first) = columns.first() else {
        return Ok(BooleanArray::from(Vec::<bool>::new()));
    };
    let one_zero = |column: &ArrayRef| -> Result<ArrayRef> {
        if is_float(column.data_type()) {
            let floats = floats(column)?;
            let values =
                floats.unary::<_, Float64Type>(|x| if x.is_nan() { f64::NAN } else { x + 0.0 });
            return Ok(Arc::new(values));
        }
        Ok(Arc::clone(column))
    };
    let plain: Vec<ArrayRef> = columns.iter().map(one_zero).collect::<Result<_>>()?;
    let fields = plain.iter().map(|c| SortField::new(c.data_type().clone()));
    let converter = RowConverter::new(fields.collect()).map_err(|_| foreign(first))?;
    let encoded = converter
        .convert_columns(&plain)
        .map_err(|_| foreign(first))?;
    let mut seen = HashSet::with_capacity(encoded.num_rows());
    Ok(encoded.iter().map(|row| Some(seen.insert(row))).collect())
}

/// Which rows hold a value for the first time; missing ones cannot be judged.
pub(super) fn unique(column: &ArrayRef) -> Result<BooleanArray> {
    let ty = column.data_type();
    let firsts: BooleanBuffer = if is_float(ty) {
        let floats = floats(column)?;
        let mut seen = HashSet::with_capacity(floats.len());
        let first = |x: Option<f64>| x.is_none_or(|x| seen.insert((x + 0.0).to_bits()));
        floats.iter().map(first).collect()
    } else if ty.is_integer() || matches!(ty, DataType::Timestamp(..)) {
        let wide = match ty {
            DataType::UInt64 => DataType::UInt64,
            _ => DataType::Int64,
        };
        let whole = cast(column, &wide).map_err(|_| foreign(column))?;
        // Of null rows too, which the mask below leaves out; their values must not count as seen.
        let bits = |row: usize| match &wide {
            DataType::UInt64 => whole.as_primitive::<UInt64Type>().value(row),
            _ => whole.as_primitive::<Int64Type>().value(row).cast_unsigned(),
        };
        let mut seen = HashSet::with_capacity(whole.len());
        let first = |row| whole.is_null(row) || seen.insert(bits(row));
        (0..whole.len()).map(first).collect()
    } else {
        firsts(std::slice::from_ref(column))?.values().clone()
    };
    Ok(BooleanArray::new(
        firsts,
        Some(NullBuffer::new(present(column))),
    ))
}

/// Which rows equal those of `expected`.
pub(super) fn equal(
    column: &ArrayRef,
    expected: &ArrayRef,
    (absolute, relative): (f64, f64),
) -> Result<BooleanArray> {
    if column.len() != expected.len() {
        return Err(Error::Rule {
            what: "the columns differ in length".to_owned(),
        });
    }
    let (ours, theirs) = (present(column), present(expected));
    let judged = |equal: &dyn Fn(usize) -> bool| {
        let row = |row: usize| match (ours.value(row), theirs.value(row)) {
            (true, true) => equal(row),
            (a, b) => a == b,
        };
        BooleanArray::new(BooleanBuffer::collect_bool(column.len(), row), None)
    };
    if let (Ok(a), Ok(b)) = (floats(column), floats(expected)) {
        let near = |row: usize| {
            let (a, b) = (a.value(row), b.value(row));
            // Infinite ones are equal only if they are the same.
            let off = (a - b).abs();
            a.total_cmp(&b).is_eq() || (off.is_finite() && off <= absolute + relative * b.abs())
        };
        return Ok(judged(&near));
    }
    let (a, b) = (strings(column)?, strings(expected)?);
    Ok(judged(&|row| a.value(row) == b.value(row)))
}

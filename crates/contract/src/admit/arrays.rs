//! Arrow columns brought to the contract's types, and rows of them spelt as JSON.

use crate::schema::ColumnType;
use arrow::array::{Array, ArrayRef, AsArray, StringArray};
use arrow::compute::{CastOptions, cast, cast_with_options};
use arrow::datatypes::{DataType, Float64Type, Int64Type};

pub(super) fn epoch_at(array: &ArrayRef, row: usize) -> Option<i64> {
    match array.data_type() {
        DataType::Int64 => crate::time::epoch_us(array.as_primitive::<Int64Type>().value(row)),
        DataType::Float64 => {
            crate::time::epoch_us_f64(array.as_primitive::<Float64Type>().value(row))
        }
        DataType::Utf8 => crate::time::parse_us(array.as_string::<i32>().value(row)),
        _ => None,
    }
}

pub(super) fn text(array: &ArrayRef) -> Result<StringArray, String> {
    let array = cast(array, &DataType::Utf8).map_err(|e| e.to_string())?;
    Ok(array.as_string::<i32>().clone())
}

/// The narrowest contract type that holds an Arrow column, and the column in it.
pub(super) fn canonical(array: &ArrayRef) -> Result<(ColumnType, ArrayRef), String> {
    use DataType as D;
    let ty = match array.data_type() {
        D::Dictionary(_, value) if !value.is_numeric() => ColumnType::Text,
        D::Dictionary(_, value) => {
            return canonical(&cast(array, value).map_err(|e| e.to_string())?);
        }
        D::Boolean => ColumnType::Boolean,
        D::Int8 | D::Int16 | D::Int32 | D::Int64 | D::UInt8 | D::UInt16 | D::UInt32 => {
            ColumnType::Integer
        }
        D::UInt64 => {
            let strict = CastOptions {
                safe: false,
                ..Default::default()
            };
            return Ok(match cast_with_options(array, &D::Int64, &strict) {
                Ok(exact) => (ColumnType::Integer, exact),
                Err(_) => (
                    ColumnType::Text,
                    cast(array, &D::Utf8).map_err(|e| e.to_string())?,
                ),
            });
        }
        t if t.is_floating() => ColumnType::Number,
        D::Decimal32(..) | D::Decimal64(..) | D::Decimal128(..) | D::Decimal256(..) => {
            ColumnType::Number
        }
        D::Timestamp(..) | D::Date32 | D::Date64 => ColumnType::Time,
        D::List(item) | D::LargeList(item) | D::FixedSizeList(item, _)
            if item.data_type().is_numeric() =>
        {
            ColumnType::Vector
        }
        _ => ColumnType::Text,
    };
    let out = conform(array, ty).map_err(|e| {
        format!(
            "a column of type {} cannot be stored: {e}",
            array.data_type()
        )
    })?;
    Ok((ty, out))
}

/// Casts to the Arrow type of a contract type; a no-op when it has it already.
pub(super) fn conform(array: &ArrayRef, ty: ColumnType) -> Result<ArrayRef, String> {
    let to = ty.arrow();
    if array.data_type() == &to {
        return Ok(array.clone());
    }
    cast(array, &to).map_err(|e| e.to_string())
}

/// The named values of one row as a JSON object; `None` when all are null.
pub(super) fn row_object(named: &[(String, ArrayRef)], row: usize) -> Option<String> {
    let mut object = serde_json::Map::new();
    for (name, array) in named.iter().filter(|(_, array)| array.is_valid(row)) {
        let one = array.slice(row, 1);
        let value = match canonical(&one) {
            Ok((ColumnType::Integer, a)) => a.as_primitive::<Int64Type>().value(0).into(),
            Ok((ColumnType::Number, a)) => a.as_primitive::<Float64Type>().value(0).into(),
            Ok((ColumnType::Boolean, a)) => a.as_boolean().value(0).into(),
            _ => text(&one).map_or(serde_json::Value::Null, |t| t.value(0).into()),
        };
        object.insert(name.clone(), value);
    }
    (!object.is_empty()).then(|| serde_json::Value::Object(object).to_string())
}

pub(super) fn row_as_json(named: &[(String, ArrayRef)], row: usize) -> String {
    row_object(named, row).unwrap_or_else(|| "{}".into())
}

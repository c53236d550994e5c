//! Arrow rows as JSON values, for answers that people read.

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use arrow::compute::cast;
use arrow::datatypes::{
    DataType, Float32Type, Float64Type, Int64Type, TimestampMicrosecondType, UInt64Type,
};
use serde_json::{Map, Value};

/// Appends the rows of a batch as lists of values.
pub(crate) fn append_rows(batch: &RecordBatch, rows: &mut Vec<Vec<Value>>) {
    let columns: Vec<Vec<Value>> = batch.columns().iter().map(values).collect();
    let mut columns: Vec<_> = columns.into_iter().map(Vec::into_iter).collect();
    for _ in 0..batch.num_rows() {
        rows.push(
            columns
                .iter_mut()
                .map(|c| c.next().unwrap_or(Value::Null))
                .collect(),
        );
    }
}

/// The rows of a batch as objects; nulls are left out.
pub(crate) fn objects(batch: &RecordBatch, rows_max: usize) -> Vec<Value> {
    let batch = batch.slice(0, batch.num_rows().min(rows_max));
    let schema = batch.schema();
    let mut rows = Vec::new();
    append_rows(&batch, &mut rows);
    let named = rows.into_iter().map(|row| {
        let fields = schema
            .fields()
            .iter()
            .zip(row)
            .filter(|(_, value)| !value.is_null());
        Value::Object(
            fields
                .map(|(f, v)| (f.name().clone(), v))
                .collect::<Map<_, _>>(),
        )
    });
    named.collect()
}

/// NaN and infinities have no JSON number; they are spelt out.
fn number(x: f64) -> Value {
    serde_json::Number::from_f64(x).map_or_else(|| Value::from(x.to_string()), Value::Number)
}

fn values(array: &ArrayRef) -> Vec<Value> {
    let of = |f: &dyn Fn(usize) -> Value| -> Vec<Value> {
        (0..array.len())
            .map(|i| if array.is_null(i) { Value::Null } else { f(i) })
            .collect()
    };
    match array.data_type() {
        DataType::Boolean => of(&|i| array.as_boolean().value(i).into()),
        DataType::Float64 => of(&|i| number(array.as_primitive::<Float64Type>().value(i))),
        DataType::Float32 => {
            of(&|i| number(f64::from(array.as_primitive::<Float32Type>().value(i))))
        }
        DataType::UInt64 => of(&|i| array.as_primitive::<UInt64Type>().value(i).into()),
        t if t.is_integer() => match cast(array, &DataType::Int64) {
            Ok(wide) => of(&|i| wide.as_primitive::<Int64Type>().value(i).into()),
            Err(_) => of(&|_| Value::Null),
        },
        DataType::Timestamp(..) => {
            let micros =
                DataType::Timestamp(arrow::datatypes::TimeUnit::Microsecond, Some("UTC".into()));
            match cast(array, &micros) {
                Ok(t) => of(&|i| {
                    let us = t.as_primitive::<TimestampMicrosecondType>().value(i);
                    candor_contract::format_us(us).into()
                }),
                Err(_) => of(&|_| Value::Null),
            }
        }
        DataType::List(_) => of(&|i| values(&array.as_list::<i32>().value(i)).into()),
        _ => match cast(array, &DataType::Utf8) {
            Ok(text) => of(&|i| text.as_string::<i32>().value(i).into()),
            Err(_) => of(&|i| {
                arrow::util::display::array_value_to_string(array, i)
                    .map_or(Value::Null, Value::from)
            }),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow::array::{Float64Array, Int32Array, StringArray, TimestampMicrosecondArray};
    use std::sync::Arc;

    #[test]
    fn values_keep_their_kind_and_nothing_is_lost_in_silence() {
        let time = TimestampMicrosecondArray::from(vec![Some(0), None]).with_timezone("UTC");
        let batch = RecordBatch::try_from_iter([
            ("n", Arc::new(Int32Array::from(vec![1, -2])) as ArrayRef),
            ("x", Arc::new(Float64Array::from(vec![0.5, f64::NAN]))),
            ("s", Arc::new(StringArray::from(vec!["a", "b"]))),
            ("t", Arc::new(time)),
        ])
        .unwrap();
        let mut rows = Vec::new();
        append_rows(&batch, &mut rows);
        let json = serde_json::to_string(&rows).unwrap();
        assert_eq!(
            json,
            r#"[[1,0.5,"a","1970-01-01T00:00:00.000000Z"],[-2,"NaN","b",null]]"#
        );
        assert_eq!(objects(&batch, 1)[0]["s"], "a");
        assert_eq!(objects(&batch.slice(1, 1), 1)[0].get("t"), None);
    }
}

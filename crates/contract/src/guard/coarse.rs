//! Personal numbers made coarse: two significant digits still tell a drift, and no longer a person.

use arrow::array::{ArrayRef, AsArray, Float64Array, Int64Array, TimestampMicrosecondArray};
use arrow::datatypes::{Float64Type, Int64Type, TimestampMicrosecondType};
use std::sync::Arc;

const DAY_US: i64 = 86_400_000_000;

/// Rounded to two significant digits.
pub(crate) fn integers(array: &ArrayRef) -> ArrayRef {
    let coarse = |x: i64| {
        let mut unit: i64 = 1;
        while x.unsigned_abs() / unit.unsigned_abs() >= 100 {
            unit *= 10;
        }
        let rounded = (i128::from(x) + i128::from(unit / 2 * x.signum())) / i128::from(unit)
            * i128::from(unit);
        i64::try_from(rounded).unwrap_or(x / unit * unit)
    };
    let values = array.as_primitive::<Int64Type>();
    Arc::new(values.iter().map(|x| x.map(coarse)).collect::<Int64Array>())
}

/// Rounded to two significant digits; what is not finite stays.
pub(crate) fn numbers(array: &ArrayRef) -> ArrayRef {
    let coarse = |x: f64| {
        if x == 0.0 || !x.is_finite() {
            return x;
        }
        // By way of text, so that 0.35 does not become 0.35000000000000003.
        format!("{x:.1e}").parse().unwrap_or(0.0)
    };
    let values = array.as_primitive::<Float64Type>();
    Arc::new(
        values
            .iter()
            .map(|x| x.map(coarse))
            .collect::<Float64Array>(),
    )
}

/// The beginning of its day.
pub(crate) fn times(array: &ArrayRef) -> ArrayRef {
    let values = array.as_primitive::<TimestampMicrosecondType>();
    let coarse = |us: i64| us.div_euclid(DAY_US) * DAY_US;
    let days = values.iter().map(|us| us.map(coarse));
    Arc::new(
        days.collect::<TimestampMicrosecondArray>()
            .with_timezone("UTC"),
    )
}

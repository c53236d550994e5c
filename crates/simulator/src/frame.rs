//! Rows under construction, column by column.

use arrow::array::{
    ArrayRef, Float64Array, Int64Array, RecordBatch, StringArray, TimestampMicrosecondArray,
};
use arrow::error::ArrowError;
use std::borrow::Cow;
use std::sync::Arc;

/// A word or text of a row.
pub(crate) type Word = Cow<'static, str>;

/// The values of one column.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Values {
    Number(Vec<Option<f64>>),
    Integer(Vec<Option<i64>>),
    Word(Vec<Option<Word>>),
    /// Microseconds since 1970.
    Time(Vec<Option<i64>>),
}

impl Values {
    pub(crate) fn numbers(values: impl IntoIterator<Item = f64>) -> Self {
        Values::Number(values.into_iter().map(Some).collect())
    }

    pub(crate) fn integers(values: impl IntoIterator<Item = i64>) -> Self {
        Values::Integer(values.into_iter().map(Some).collect())
    }

    pub(crate) fn words<W: Into<Word>>(values: impl IntoIterator<Item = W>) -> Self {
        Values::Word(values.into_iter().map(|w| Some(w.into())).collect())
    }

    pub(crate) fn times(values: impl IntoIterator<Item = i64>) -> Self {
        Values::Time(values.into_iter().map(Some).collect())
    }

    /// Takes the value of a row away.
    pub(crate) fn clear(&mut self, row: usize) {
        match self {
            Values::Number(v) => v[row] = None,
            Values::Integer(v) | Values::Time(v) => v[row] = None,
            Values::Word(v) => v[row] = None,
        }
    }

    /// Gives a row the value that it has in a column of the same type.
    pub(crate) fn copy_row(&mut self, row: usize, from: &Values) {
        match (self, from) {
            (Values::Number(a), Values::Number(b)) => a[row] = b[row],
            (Values::Integer(a), Values::Integer(b)) | (Values::Time(a), Values::Time(b)) => {
                a[row] = b[row];
            }
            (Values::Word(a), Values::Word(b)) => a[row].clone_from(&b[row]),
            _ => {}
        }
    }

    /// The values of some rows, in their order.
    fn pick(&self, rows: &[usize]) -> Values {
        match self {
            Values::Number(v) => Values::Number(rows.iter().map(|row| v[*row]).collect()),
            Values::Integer(v) => Values::Integer(rows.iter().map(|row| v[*row]).collect()),
            Values::Word(v) => Values::Word(rows.iter().map(|row| v[*row].clone()).collect()),
            Values::Time(v) => Values::Time(rows.iter().map(|row| v[*row]).collect()),
        }
    }

    fn append(&mut self, other: Values) {
        match (self, other) {
            (Values::Number(a), Values::Number(b)) => a.extend(b),
            (Values::Integer(a), Values::Integer(b)) | (Values::Time(a), Values::Time(b)) => {
                a.extend(b);
            }
            (Values::Word(a), Values::Word(b)) => a.extend(b),
            _ => {}
        }
    }

    /// The first `rows` values; the others stay.
    fn take(&mut self, rows: usize) -> Values {
        match self {
            Values::Number(v) => Values::Number(v.drain(..rows).collect()),
            Values::Integer(v) => Values::Integer(v.drain(..rows).collect()),
            Values::Word(v) => Values::Word(v.drain(..rows).collect()),
            Values::Time(v) => Values::Time(v.drain(..rows).collect()),
        }
    }

    fn array(self) -> ArrayRef {
        match self {
            Values::Number(v) => Arc::new(Float64Array::from(v)),
            Values::Integer(v) => Arc::new(Int64Array::from(v)),
            Values::Word(v) => Arc::new(StringArray::from_iter(v)),
            Values::Time(v) => Arc::new(TimestampMicrosecondArray::from(v).with_timezone("UTC")),
        }
    }
}

/// Rows as named columns of the same length.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Frame {
    columns: Vec<(&'static str, Values)>,
}

impl Frame {
    /// Puts a column, in the place of one of the same name.
    pub(crate) fn set(&mut self, name: &'static str, values: Values) {
        match self.column_mut(name) {
            Some(old) => *old = values,
            None => self.columns.push((name, values)),
        }
    }

    pub(crate) fn column(&self, name: &str) -> Option<&Values> {
        self.columns
            .iter()
            .find(|(n, _)| *n == name)
            .map(|(_, values)| values)
    }

    pub(crate) fn column_mut(&mut self, name: &str) -> Option<&mut Values> {
        self.columns
            .iter_mut()
            .find(|(n, _)| *n == name)
            .map(|(_, values)| values)
    }

    pub(crate) fn columns_mut(&mut self) -> impl Iterator<Item = (&'static str, &mut Values)> {
        self.columns
            .iter_mut()
            .map(|(name, values)| (*name, values))
    }

    /// A column as numbers; `typical` where there is none, as a model would impute it.
    pub(crate) fn numbers(&self, name: &str, typical: f64) -> Vec<f64> {
        match self.column(name) {
            Some(Values::Number(v)) => v.iter().map(|x| x.unwrap_or(typical)).collect(),
            Some(Values::Integer(v)) => v.iter().map(|x| x.map_or(typical, |x| x as f64)).collect(),
            _ => Vec::new(),
        }
    }

    /// A column as words, empty where there is none.
    pub(crate) fn words(&self, name: &str) -> Vec<&str> {
        match self.column(name) {
            Some(Values::Word(v)) => v.iter().map(|w| w.as_deref().unwrap_or("")).collect(),
            _ => Vec::new(),
        }
    }

    /// Adds rows of the same columns.
    pub(crate) fn append(&mut self, other: Frame) {
        if self.columns.is_empty() {
            *self = other;
            return;
        }
        for ((_, mine), (_, theirs)) in self.columns.iter_mut().zip(other.columns) {
            mine.append(theirs);
        }
    }

    /// The rows before `to_us`, whose times rise; the others stay.
    pub(crate) fn take_before(&mut self, to_us: i64) -> Frame {
        let rows = match self.column("time") {
            Some(Values::Time(times)) => times.partition_point(|t| t.is_some_and(|t| t < to_us)),
            _ => 0,
        };
        let columns = self.columns.iter_mut();
        Frame {
            columns: columns.map(|(n, v)| (*n, v.take(rows))).collect(),
        }
    }

    /// The rows for which `keep` holds of their places.
    pub(crate) fn only(&self, keep: impl Fn(usize) -> bool) -> Frame {
        let rows: Vec<usize> = (0..self.len()).filter(|row| keep(*row)).collect();
        self.pick(&rows)
    }

    /// The rows by time; those of one time stay as they are.
    pub(crate) fn by_time(&self) -> Frame {
        let mut rows: Vec<usize> = (0..self.len()).collect();
        if let Some(Values::Time(times)) = self.column("time") {
            rows.sort_by_key(|row| times[*row]);
        }
        self.pick(&rows)
    }

    fn pick(&self, rows: &[usize]) -> Frame {
        let columns = self.columns.iter();
        Frame {
            columns: columns.map(|(n, v)| (*n, v.pick(rows))).collect(),
        }
    }

    /// How many rows there are.
    fn len(&self) -> usize {
        match self.columns.first() {
            Some((_, Values::Number(v))) => v.len(),
            Some((_, Values::Integer(v) | Values::Time(v))) => v.len(),
            Some((_, Values::Word(v))) => v.len(),
            None => 0,
        }
    }

    /// Whether there are no rows.
    pub(crate) fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// As Arrow; every column may be null.
    pub(crate) fn batch(self) -> Result<RecordBatch, ArrowError> {
        let columns = self.columns.into_iter();
        RecordBatch::try_from_iter_with_nullable(
            columns.map(|(name, values)| (name, values.array(), true)),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(times: &[i64]) -> Frame {
        let mut frame = Frame::default();
        frame.set("time", Values::times(times.iter().copied()));
        frame.set("word", Values::words(times.iter().map(|t| format!("w{t}"))));
        frame
    }

    #[test]
    fn rows_come_out_in_the_order_of_time_and_once() {
        let mut pending = frame(&[1, 2, 3]);
        pending.append(frame(&[4, 4, 9]));
        let mut whole = pending.take_before(3);
        assert_eq!(whole, frame(&[1, 2]));
        whole.append(pending.take_before(5));
        whole.append(pending.take_before(5));
        assert_eq!(whole, frame(&[1, 2, 3, 4, 4]));
        assert_eq!(pending, frame(&[9]));
        assert!(!pending.is_empty() && pending.take_before(9).is_empty());
        assert!(Frame::default().take_before(9).is_empty());
        assert_eq!(whole.batch().unwrap().num_rows(), 5);
    }

    #[test]
    fn what_is_missing_is_imputed() {
        let mut frame = Frame::default();
        frame.set("n", Values::Integer(vec![Some(3), None]));
        frame.set("w", Values::Word(vec![None, Some("a".into())]));
        assert_eq!(frame.numbers("n", 7.0), [3.0, 7.0]);
        assert_eq!(frame.words("w"), ["", "a"]);
        frame.column_mut("n").unwrap().clear(0);
        assert_eq!(frame.numbers("n", 7.0), [7.0, 7.0]);
    }
}

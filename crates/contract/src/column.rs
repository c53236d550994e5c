//! One growing column: typed values, nulls, widening in place, and roll-back of a rejected row.

use crate::rejection::{Code, Fault};
use crate::schema::{Column, ColumnType, vector_item};
use arrow::array::{
    ArrayRef, BooleanArray, Float64Array, Int64Array, ListArray, NullBufferBuilder, StringArray,
    TimestampMicrosecondArray,
};
use arrow::buffer::{Buffer, OffsetBuffer, ScalarBuffer};
use std::sync::Arc;

/// Largest magnitude up to which every integer has its own 64-bit float.
const EXACT_MAX: i64 = 1 << 53;

/// One value on its way into a column.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Cell<'a> {
    Boolean(bool),
    Integer(i64),
    Number(f64),
    Text(&'a str),
    Time(i64),
    /// A list of numbers, and its JSON spelling for columns that hold text.
    Vector(&'a [f64], &'a str),
}

impl Cell<'_> {
    pub(crate) fn ty(&self) -> ColumnType {
        match self {
            Cell::Boolean(_) => ColumnType::Boolean,
            Cell::Integer(_) => ColumnType::Integer,
            Cell::Number(_) => ColumnType::Number,
            Cell::Text(_) => ColumnType::Text,
            Cell::Time(_) => ColumnType::Time,
            Cell::Vector(..) => ColumnType::Vector,
        }
    }
}

#[derive(Debug)]
enum Values {
    Boolean(Vec<bool>),
    Integer(Vec<i64>),
    Number(Vec<f64>),
    Text { offsets: Vec<i32>, bytes: Vec<u8> },
    Time(Vec<i64>),
    Vector { offsets: Vec<i32>, items: Vec<f64> },
}

impl Values {
    fn new(ty: ColumnType) -> Self {
        match ty {
            ColumnType::Boolean => Values::Boolean(Vec::new()),
            ColumnType::Integer => Values::Integer(Vec::new()),
            ColumnType::Number => Values::Number(Vec::new()),
            // No event has bytes; text is what holds anything.
            ColumnType::Text | ColumnType::Binary => Values::Text {
                offsets: vec![0],
                bytes: Vec::new(),
            },
            ColumnType::Time => Values::Time(Vec::new()),
            ColumnType::Vector => Values::Vector {
                offsets: vec![0],
                items: Vec::new(),
            },
        }
    }

    fn ty(&self) -> ColumnType {
        match self {
            Values::Boolean(_) => ColumnType::Boolean,
            Values::Integer(_) => ColumnType::Integer,
            Values::Number(_) => ColumnType::Number,
            Values::Text { .. } => ColumnType::Text,
            Values::Time(_) => ColumnType::Time,
            Values::Vector { .. } => ColumnType::Vector,
        }
    }

    /// Makes the column `len` long; new places hold a default that the null mask hides.
    fn resize(&mut self, len: usize) {
        match self {
            Values::Boolean(v) => v.resize(len, false),
            Values::Integer(v) | Values::Time(v) => v.resize(len, 0),
            Values::Number(v) => v.resize(len, 0.0),
            Values::Text { offsets, bytes } => {
                let end = resize_offsets(offsets, len);
                bytes.truncate(end);
            }
            Values::Vector { offsets, items } => {
                let end = resize_offsets(offsets, len);
                items.truncate(end);
            }
        }
    }
}

/// Resizes to `len` lists, new ones empty; returns where the last list ends.
fn resize_offsets(offsets: &mut Vec<i32>, len: usize) -> usize {
    let last = offsets
        .get(len.min(offsets.len() - 1))
        .copied()
        .unwrap_or(0);
    offsets.resize(len + 1, last);
    usize::try_from(last).unwrap_or(0)
}

/// A column under construction. Rows that set nothing are null.
#[derive(Debug)]
pub(crate) struct ColumnBuilder {
    pub(crate) column: Column,
    /// The type is part of the contract or of a spec: values that do not fit are rejected.
    fixed: bool,
    values: Values,
    nulls: NullBufferBuilder,
    len: usize,
}

impl ColumnBuilder {
    pub(crate) fn new(column: Column, fixed: bool) -> Self {
        let values = Values::new(column.ty);
        Self {
            column,
            fixed,
            values,
            nulls: NullBufferBuilder::new(0),
            len: 0,
        }
    }

    /// Whether `row` has a value already, or a null that was set on purpose.
    pub(crate) fn has(&self, row: usize) -> bool {
        self.len > row
    }

    /// Sets the value of `row`, which must be the last row begun.
    pub(crate) fn set(&mut self, row: usize, cell: Cell<'_>) -> Result<(), Fault> {
        if self.len > row {
            return Err(self.twice());
        }
        self.pad(row);
        self.push(cell)?;
        self.nulls.append_non_null();
        self.len = row + 1;
        Ok(())
    }

    fn twice(&self) -> Fault {
        let name = self.column.source.as_ref().unwrap_or(&self.column.name);
        Fault::new(
            Code::DuplicateKey,
            format!("`{name}` is given twice; send each field once"),
        )
    }

    fn push(&mut self, cell: Cell<'_>) -> Result<(), Fault> {
        match (&mut self.values, cell) {
            (Values::Number(v), Cell::Number(x)) => v.push(x),
            (Values::Text { offsets, bytes }, Cell::Text(s)) => push_text(offsets, bytes, s),
            (Values::Integer(v), Cell::Integer(x)) => v.push(x),
            (Values::Number(v), Cell::Integer(x))
                if x.unsigned_abs() <= EXACT_MAX.unsigned_abs() =>
            {
                #[expect(clippy::cast_precision_loss, reason = "exact up to 2^53")]
                v.push(x as f64);
            }
            (Values::Boolean(v), Cell::Boolean(x)) => v.push(x),
            (Values::Time(v), Cell::Time(x)) => v.push(x),
            (Values::Vector { offsets, items }, Cell::Vector(x, _)) => {
                items.extend_from_slice(x);
                offsets.push(i32::try_from(items.len()).unwrap_or(i32::MAX));
            }
            (Values::Text { offsets, bytes }, other) => {
                push_text(offsets, bytes, &spell(other));
            }
            (_, cell) => return self.widen_and_push(cell),
        }
        Ok(())
    }

    #[cold]
    fn widen_and_push(&mut self, cell: Cell<'_>) -> Result<(), Fault> {
        if self.fixed {
            return Err(self.mismatch(cell.ty()));
        }
        let mut to = self.values.ty().join(cell.ty());
        if to == ColumnType::Number && !self.exact_as_number(cell) {
            to = ColumnType::Text;
        }
        self.widen(to);
        self.push(cell)
    }

    /// Integers beyond 2^53 have no float of their own: such columns become text instead.
    fn exact_as_number(&self, cell: Cell<'_>) -> bool {
        let exact = |x: &i64| x.unsigned_abs() <= EXACT_MAX.unsigned_abs();
        let here = !matches!(cell, Cell::Integer(x) if !exact(&x));
        let before = !matches!(&self.values, Values::Integer(v) if !v.iter().all(exact));
        here && before
    }

    fn mismatch(&self, got: ColumnType) -> Fault {
        let name = self.column.source.as_ref().unwrap_or(&self.column.name);
        Fault::new(
            Code::TypeMismatch,
            format!(
                "`{name}` is {}, but its type is {}",
                word(got),
                word(self.column.ty)
            ),
        )
    }

    fn widen(&mut self, to: ColumnType) {
        let mut wide = Values::new(to);
        match (&self.values, &mut wide) {
            (Values::Integer(from), Values::Number(into)) => {
                #[expect(clippy::cast_precision_loss, reason = "checked by exact_as_number")]
                into.extend(from.iter().map(|&x| x as f64));
            }
            (from, Values::Text { offsets, bytes }) => {
                for i in 0..self.len {
                    push_text(offsets, bytes, &spell_at(from, i));
                }
            }
            _ => {}
        }
        wide.resize(self.len.max(length(&self.values)));
        self.values = wide;
        self.column.ty = to;
    }

    fn pad(&mut self, len: usize) {
        if self.len < len {
            self.values.resize(len);
            self.nulls.append_n_nulls(len - self.len);
            self.len = len;
        }
    }

    /// Forgets everything from `row` on.
    pub(crate) fn truncate(&mut self, row: usize) {
        if self.len > row {
            self.nulls.truncate(row);
            self.len = row;
        }
        self.values.resize(self.len);
    }

    /// The text set for `row`, if this is a text column that has one.
    pub(crate) fn text(&self, row: usize) -> Option<&str> {
        match &self.values {
            Values::Text { offsets, bytes } if self.len > row => text_at(offsets, bytes, row),
            _ => None,
        }
    }

    pub(crate) fn finish(mut self, rows: usize) -> (Column, ArrayRef) {
        self.pad(rows);
        let nulls = self.nulls.finish();
        let array: ArrayRef = match self.values {
            Values::Boolean(v) => Arc::new(BooleanArray::new(v.into(), nulls)),
            Values::Integer(v) => Arc::new(Int64Array::new(v.into(), nulls)),
            Values::Number(v) => Arc::new(Float64Array::new(v.into(), nulls)),
            Values::Time(v) => {
                Arc::new(TimestampMicrosecondArray::new(v.into(), nulls).with_timezone("UTC"))
            }
            Values::Text { offsets, bytes } => {
                let offsets = OffsetBuffer::new(ScalarBuffer::from(offsets));
                Arc::new(StringArray::new(offsets, Buffer::from_vec(bytes), nulls))
            }
            Values::Vector { offsets, items } => Arc::new(ListArray::new(
                vector_item(),
                OffsetBuffer::new(ScalarBuffer::from(offsets)),
                Arc::new(Float64Array::from(items)),
                nulls,
            )),
        };
        (self.column, array)
    }
}

fn length(values: &Values) -> usize {
    match values {
        Values::Boolean(v) => v.len(),
        Values::Integer(v) | Values::Time(v) => v.len(),
        Values::Number(v) => v.len(),
        Values::Text { offsets, .. } | Values::Vector { offsets, .. } => offsets.len() - 1,
    }
}

fn push_text(offsets: &mut Vec<i32>, bytes: &mut Vec<u8>, text: &str) {
    bytes.extend_from_slice(text.as_bytes());
    offsets.push(i32::try_from(bytes.len()).unwrap_or(i32::MAX));
}

fn text_at<'a>(offsets: &[i32], bytes: &'a [u8], row: usize) -> Option<&'a str> {
    let from = usize::try_from(*offsets.get(row)?).ok()?;
    let to = usize::try_from(*offsets.get(row + 1)?).ok()?;
    std::str::from_utf8(bytes.get(from..to)?).ok()
}

/// The JSON spelling of a value, without quotes for text.
pub(crate) fn spell(cell: Cell<'_>) -> String {
    match cell {
        Cell::Boolean(x) => x.to_string(),
        Cell::Integer(x) => x.to_string(),
        Cell::Number(x) => format!("{x:?}"),
        Cell::Text(x) => x.to_owned(),
        Cell::Time(x) => crate::time::format_us(x),
        Cell::Vector(_, json) => json.to_owned(),
    }
}

fn spell_at(values: &Values, i: usize) -> String {
    match values {
        Values::Boolean(v) => spell(Cell::Boolean(v[i])),
        Values::Integer(v) => spell(Cell::Integer(v[i])),
        Values::Number(v) => spell(Cell::Number(v[i])),
        Values::Time(v) => spell(Cell::Time(v[i])),
        Values::Text { offsets, bytes } => {
            text_at(offsets, bytes, i).unwrap_or_default().to_owned()
        }
        Values::Vector { offsets, items } => {
            let at = |i: usize| usize::try_from(offsets[i]).unwrap_or(0);
            format!("{:?}", &items[at(i)..at(i + 1)])
        }
    }
}

/// A type as a person would say it.
pub(crate) fn word(ty: ColumnType) -> &'static str {
    match ty {
        ColumnType::Boolean => "a boolean",
        ColumnType::Integer => "an integer",
        ColumnType::Number => "a number",
        ColumnType::Text => "text",
        ColumnType::Time => "a time",
        ColumnType::Vector => "a list of numbers",
        ColumnType::Binary => "bytes",
    }
}

#[cfg(test)]
mod tests;

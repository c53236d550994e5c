//! Columns that grow row by row; what a row does not set is null.

use arrow::array::{
    ArrayRef, Float64Builder, Int64Builder, RecordBatch, StringBuilder, TimestampMicrosecondBuilder,
};
use arrow::datatypes::{Field, Schema};
use candor_contract::ColumnType;
use std::sync::Arc;

/// Names the columns of a table: `Column`, whose members are their numbers, and `COLUMNS`, for [`Sheet::new`].
macro_rules! columns {
    ($($variant:ident $name:literal $ty:ident,)*) => {
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        #[repr(usize)]
        enum Column { $($variant,)* }

        const COLUMNS: &[(&str, ColumnType)] = &[$(($name, ColumnType::$ty),)*];
    };
}
pub(crate) use columns;

enum Builder {
    Text(StringBuilder),
    Integer(Int64Builder),
    Number(Float64Builder),
    Time(TimestampMicrosecondBuilder),
}

struct Growing {
    name: &'static str,
    ty: ColumnType,
    /// Made with the column's first value.
    builder: Option<Builder>,
    rows: usize,
}

/// Rows under construction.
pub(crate) struct Sheet {
    columns: Vec<Growing>,
    rows: usize,
}

impl Sheet {
    /// Columns are numbered as they are given.
    pub(crate) fn new(columns: &[(&'static str, ColumnType)]) -> Self {
        let growing = columns.iter().map(|&(name, ty)| Growing {
            name,
            ty,
            builder: None,
            rows: 0,
        });
        Self {
            columns: growing.collect(),
            rows: 0,
        }
    }

    pub(crate) fn text(&mut self, column: usize, value: &str) {
        if let Some(Builder::Text(builder)) = self.place(column) {
            builder.append_value(value);
        }
    }

    pub(crate) fn integer(&mut self, column: usize, value: i64) {
        if let Some(Builder::Integer(builder)) = self.place(column) {
            builder.append_value(value);
        }
    }

    pub(crate) fn number(&mut self, column: usize, value: f64) {
        if let Some(Builder::Number(builder)) = self.place(column) {
            builder.append_value(value);
        }
    }

    /// In microseconds.
    pub(crate) fn time(&mut self, column: usize, us: i64) {
        if let Some(Builder::Time(builder)) = self.place(column) {
            builder.append_value(us);
        }
    }

    /// The builder of a column with all rows before this one; `None` if this one has a value already.
    fn place(&mut self, column: usize) -> Option<&mut Builder> {
        let rows = self.rows;
        let growing = self.columns.get_mut(column)?;
        if growing.rows > rows {
            return None;
        }
        let missing = rows - growing.rows;
        growing.rows = rows + 1;
        let ty = growing.ty;
        let builder = growing.builder.get_or_insert_with(|| Builder::new(ty));
        builder.append_nulls(missing);
        Some(builder)
    }

    /// Ends a row.
    pub(crate) fn end(&mut self) {
        self.rows += 1;
    }

    /// The columns that have a value in any row; `None` if there is no row.
    pub(crate) fn finish(self) -> Option<RecordBatch> {
        let rows = self.rows;
        let mut fields = Vec::new();
        let mut arrays = Vec::new();
        for growing in self.columns {
            let Some(mut builder) = growing.builder else {
                continue;
            };
            builder.append_nulls(rows - growing.rows.min(rows));
            fields.push(Field::new(growing.name, growing.ty.arrow(), true));
            arrays.push(builder.finish());
        }
        let batch = RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays).ok()?;
        (rows > 0).then_some(batch)
    }
}

impl Builder {
    fn new(ty: ColumnType) -> Self {
        match ty {
            ColumnType::Integer => Builder::Integer(Int64Builder::new()),
            ColumnType::Number => Builder::Number(Float64Builder::new()),
            ColumnType::Time => {
                Builder::Time(TimestampMicrosecondBuilder::new().with_timezone("UTC"))
            }
            _ => Builder::Text(StringBuilder::new()),
        }
    }

    fn append_nulls(&mut self, n: usize) {
        if n == 0 {
            return;
        }
        match self {
            Builder::Text(builder) => builder.append_nulls(n),
            Builder::Integer(builder) => builder.append_nulls(n),
            Builder::Number(builder) => builder.append_nulls(n),
            Builder::Time(builder) => builder.append_nulls(n),
        }
    }

    fn finish(&mut self) -> ArrayRef {
        match self {
            Builder::Text(builder) => Arc::new(builder.finish()),
            Builder::Integer(builder) => Arc::new(builder.finish()),
            Builder::Number(builder) => Arc::new(builder.finish()),
            Builder::Time(builder) => Arc::new(builder.finish()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow::array::Array;

    #[test]
    fn rows_that_set_nothing_are_null_and_columns_without_a_value_are_not_there() {
        let columns = [
            ("a", ColumnType::Integer),
            ("b", ColumnType::Text),
            ("c", ColumnType::Time),
        ];
        let mut sheet = Sheet::new(&columns);
        sheet.integer(0, 1);
        sheet.end();
        sheet.text(1, "x");
        sheet.text(1, "the second value of a row is left out");
        sheet.end();
        sheet.end();
        let batch = sheet.finish().unwrap();
        assert_eq!((batch.num_rows(), batch.num_columns()), (3, 2));
        assert_eq!(batch.column(0).null_count(), 2);
        assert!(batch.column(1).is_valid(1) && batch.column(1).is_null(0));
        assert!(Sheet::new(&columns).finish().is_none());
    }
}

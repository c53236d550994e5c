//! A table that evaluates SQL expressions over its columns, by the query engine.

use arrow::array::{Array, ArrayRef};
use arrow::compute::{cast, concat};
use arrow::datatypes::{DataType, Field as ArrowField, Schema, TimeUnit};
use candor_report::{Error, Field, Kind, Result, Table};
use candor_server::offline::Expression;
use std::sync::Arc;

/// Another table with expressions.
pub(crate) struct Expressed {
    table: Arc<dyn Table + Send>,
}

impl Expressed {
    pub(crate) fn new(table: Arc<dyn Table + Send>) -> Self {
        Self { table }
    }

    fn schema(&self) -> Schema {
        let fields = self.table.fields().iter();
        let fields = fields.filter_map(|field| {
            let ty = column_type(field.kind)?;
            Some(ArrowField::new(&field.name, ty, true))
        });
        Schema::new(fields.collect::<Vec<_>>())
    }
}

/// How a column is seen by expressions: all numbers are floats, so that `a / b` is what it is elsewhere.
fn column_type(kind: Kind) -> Option<DataType> {
    match kind {
        Kind::Number => Some(DataType::Float64),
        Kind::Boolean => Some(DataType::Boolean),
        Kind::Time => Some(DataType::Timestamp(TimeUnit::Microsecond, None)),
        Kind::Text => Some(DataType::Utf8),
        Kind::Vector | Kind::Other => None,
    }
}

impl Table for Expressed {
    fn fields(&self) -> &[Field] {
        self.table.fields()
    }

    fn rows(&self) -> u64 {
        self.table.rows()
    }

    fn read(&self, at: usize) -> Result<Vec<ArrayRef>> {
        self.table.read(at)
    }

    fn express(&self, text: &str) -> Result<Vec<ArrayRef>> {
        let wrong = |what: String| Error::Spec {
            what: format!("`{text}`: {what}"),
        };
        let expression =
            Expression::of(text, &self.schema()).map_err(|error| wrong(error.to_string()))?;
        let mut columns = Vec::new();
        for field in expression.schema().fields() {
            let place = self.fields().iter().position(|f| f.name == *field.name());
            let parts = match place {
                Some(at) => self.table.read(at)?,
                None => Vec::new(),
            };
            let typed = parts.iter().map(|part| cast(part, field.data_type()));
            let typed: std::result::Result<Vec<ArrayRef>, _> = typed.collect();
            columns.push(typed.map_err(|error| wrong(error.to_string()))?);
        }
        let columns = aligned(columns).map_err(|error| wrong(error.to_string()))?;
        let lengths: Vec<usize> = match columns.first() {
            Some(parts) => parts.iter().map(|part| part.len()).collect(),
            None => vec![self.rows() as usize],
        };
        let evaluated = lengths.into_iter().enumerate().map(|(at, rows)| {
            let own = columns.iter().filter_map(|parts| parts.get(at).cloned());
            let value = expression.evaluate(own.collect(), rows);
            value.map_err(|error| wrong(error.to_string()))
        });
        evaluated.collect()
    }
}

/// Columns in parts of equal length; each in one part where they differ.
fn aligned(
    columns: Vec<Vec<ArrayRef>>,
) -> std::result::Result<Vec<Vec<ArrayRef>>, arrow::error::ArrowError> {
    let lengths = |parts: &[ArrayRef]| parts.iter().map(|p| p.len()).collect::<Vec<_>>();
    let alike = columns
        .windows(2)
        .all(|pair| lengths(&pair[0]) == lengths(&pair[1]));
    if alike {
        return Ok(columns);
    }
    let whole = columns.iter().map(|parts| {
        let parts: Vec<&dyn Array> = parts.iter().map(AsRef::as_ref).collect();
        Ok(vec![concat(&parts)?])
    });
    whole.collect()
}

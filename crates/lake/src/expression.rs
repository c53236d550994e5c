//! One SQL expression over the columns of a row, for those who have columns and no table.

use arrow::array::{ArrayRef, RecordBatch, RecordBatchOptions};
use arrow::datatypes::{Schema, SchemaRef};
use datafusion::common::DFSchema;
use datafusion::error::DataFusionError;
use datafusion::physical_expr::PhysicalExpr;
use datafusion::prelude::{SessionConfig, SessionContext};
use std::sync::Arc;

/// An expression that was understood.
#[derive(Debug, Clone)]
pub struct Expression {
    physical: Arc<dyn PhysicalExpr>,
    /// Of the columns that it reads.
    schema: SchemaRef,
}

/// What is wrong with an expression, or with a row of it.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct ExpressionError(String);

impl From<DataFusionError> for ExpressionError {
    fn from(error: DataFusionError) -> Self {
        let text = error.strip_backtrace();
        let first = text.lines().next().unwrap_or_default();
        Self(first.to_owned())
    }
}

impl Expression {
    /// Reads `text` over the columns of `schema`, whose names are written as they are, in double quotes if they are
    /// no plain words.
    ///
    /// # Errors
    /// If it is no expression of a row, names another column, or its types do not go together.
    pub fn of(text: &str, schema: &Schema) -> Result<Self, ExpressionError> {
        let mut config = SessionConfig::new();
        let options = config.options_mut();
        options.sql_parser.enable_ident_normalization = false;
        options.execution.time_zone = Some("+00:00".to_owned());
        let session = SessionContext::new_with_config(config);
        let all = DFSchema::try_from(schema.clone())?;
        let parsed = session.parse_sql_expr(text, &all)?;
        let read = parsed.column_refs();
        let fields = schema.fields().iter();
        let used = fields.filter(|field| read.iter().any(|column| column.name() == field.name()));
        let schema = Schema::new(used.cloned().collect::<Vec<_>>());
        let known = DFSchema::try_from(schema.clone())?;
        Ok(Self {
            physical: session.create_physical_expr(parsed, &known)?,
            schema: Arc::new(schema),
        })
    }

    /// The columns that it reads, with their types.
    pub fn schema(&self) -> &Schema {
        &self.schema
    }

    /// Its value in each of `rows` rows of the columns of [`Expression::schema`].
    ///
    /// # Errors
    /// If the columns are others, or a row cannot be evaluated.
    pub fn evaluate(
        &self,
        columns: Vec<ArrayRef>,
        rows: usize,
    ) -> Result<ArrayRef, ExpressionError> {
        let options = RecordBatchOptions::new().with_row_count(Some(rows));
        let schema = Arc::clone(&self.schema);
        let batch = RecordBatch::try_new_with_options(schema, columns, &options)
            .map_err(DataFusionError::from)?;
        Ok(self.physical.evaluate(&batch)?.into_array(rows)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow::array::{AsArray, Float64Array, StringArray};
    use arrow::datatypes::{DataType, Field, Float64Type};

    fn schema() -> Schema {
        Schema::new(vec![
            Field::new("Net", DataType::Float64, true),
            Field::new("gross", DataType::Float64, true),
            Field::new("the purpose", DataType::Utf8, true),
        ])
    }

    #[test]
    fn an_expression_reads_the_columns_it_names() {
        let made = Expression::of("Net <= gross * 2", &schema()).unwrap();
        let names: Vec<&String> = made.schema().fields().iter().map(|f| f.name()).collect();
        assert_eq!(names, ["Net", "gross"]);
        let net: ArrayRef = Arc::new(Float64Array::from(vec![Some(1.0), Some(9.0), None]));
        let gross: ArrayRef = Arc::new(Float64Array::from(vec![1.0, 2.0, 3.0]));
        let found = made.evaluate(vec![net, gross], 3).unwrap();
        let found: Vec<Option<bool>> = found.as_boolean().iter().collect();
        assert_eq!(found, [Some(true), Some(false), None]);
        let words: ArrayRef = Arc::new(StringArray::from(vec!["car", "home"]));
        let made = Expression::of("length(\"the purpose\") = 3", &schema()).unwrap();
        assert_eq!(
            made.evaluate(vec![words], 2)
                .unwrap()
                .as_boolean()
                .true_count(),
            1
        );
        let made = Expression::of("1.5", &schema()).unwrap();
        let one = made.evaluate(Vec::new(), 2).unwrap();
        assert_eq!(one.as_primitive::<Float64Type>().values(), &[1.5, 1.5]);
    }

    #[test]
    fn what_is_no_expression_of_a_row_is_refused() {
        for text in [
            "",
            "net",
            "Net <",
            "sum(Net) > 1",
            "Net and gross",
            "(select 1)",
            "Net; drop",
        ] {
            let made = Expression::of(text, &schema());
            assert!(made.is_err(), "{text}: {made:?}");
        }
    }
}

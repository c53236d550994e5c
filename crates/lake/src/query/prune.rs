//! Which files a query need not open: told by the day and the range of time of each.

use super::snapshot::FileEntry;
use arrow::array::{
    Array, ArrayRef, BooleanArray, Date32Array, RecordBatch, RecordBatchOptions, StringArray,
    TimestampMicrosecondArray, UInt64Array,
};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Schema, SchemaRef};
use datafusion::catalog::Session;
use datafusion::common::pruning::PruningStatistics;
use datafusion::common::{Column, DFSchema, ScalarValue, internal_err};
use datafusion::error::Result;
use datafusion::logical_expr::Expr;
use datafusion::logical_expr::utils::conjunction;
use datafusion::physical_optimizer::pruning::PruningPredicateBuilder;
use std::collections::HashSet;
use std::sync::Arc;

/// Column that each file has one value of.
pub(super) const DAY: &str = "day";
/// Column that each model's table has one value of.
pub(super) const MODEL: &str = "model";
/// Event time.
pub(super) const TIME: &str = "time";

/// Whether all columns of `filter` are among `constants`, so that it holds for all rows of a file
/// or for none.
pub(super) fn is_constant(filter: &Expr, constants: &[&str]) -> bool {
    let columns = filter.column_refs();
    !columns.is_empty()
        && columns.iter().all(|c| constants.contains(&c.name.as_str()))
        && !filter.is_volatile()
}

/// One row per file: its day and model, as far as `schema` has them.
fn constants_of(schema: &Schema, files: &[FileEntry], model: Option<&str>) -> Result<RecordBatch> {
    let mut fields = Vec::new();
    let mut columns: Vec<ArrayRef> = Vec::new();
    for field in schema.fields() {
        let column: ArrayRef = match (field.name().as_str(), model) {
            (DAY, _) => Arc::new(files.iter().map(|f| f.day).collect::<Date32Array>()),
            (MODEL, Some(model)) => {
                Arc::new(StringArray::from_iter_values(files.iter().map(|_| model)))
            }
            _ => continue,
        };
        fields.push(Arc::clone(field));
        columns.push(cast(&column, field.data_type())?);
    }
    let options = RecordBatchOptions::new().with_row_count(Some(files.len()));
    Ok(RecordBatch::try_new_with_options(
        Arc::new(Schema::new(fields)),
        columns,
        &options,
    )?)
}

/// For each file whether `filters`, all of them constant, hold for its rows.
fn holds(session: &dyn Session, filters: Vec<Expr>, constants: &RecordBatch) -> Result<Vec<bool>> {
    let Some(filter) = conjunction(filters) else {
        return Ok(vec![true; constants.num_rows()]);
    };
    let schema = DFSchema::try_from(constants.schema().as_ref().clone())?;
    let verdicts = session
        .create_physical_expr(filter, &schema)?
        .evaluate(constants)?;
    let verdicts = verdicts.into_array(constants.num_rows())?;
    let verdicts = cast(&verdicts, &DataType::Boolean)?;
    let Some(verdicts) = verdicts.as_any().downcast_ref::<BooleanArray>() else {
        return internal_err!("a filter that is not boolean");
    };
    Ok((0..constants.num_rows())
        .map(|at| verdicts.is_valid(at) && verdicts.value(at))
        .collect())
}

/// Whether a table of `model` can have rows that pass `filters`.
pub(super) fn model_passes(
    session: &dyn Session,
    filters: &[Expr],
    schema: &Schema,
    model: &str,
) -> Result<bool> {
    let own: Vec<Expr> = filters
        .iter()
        .filter(|f| is_constant(f, &[MODEL]))
        .cloned()
        .collect();
    let one = FileEntry {
        path: String::new(),
        bytes: 0,
        rows: 0,
        day: None,
        time_min_us: None,
        time_max_us: None,
    };
    let constants = constants_of(schema, &[one], Some(model))?;
    Ok(holds(session, own, &constants)?
        .first()
        .copied()
        .unwrap_or(true))
}

/// The files that may hold rows that pass `filters`. Filters on constants hold for every row of
/// the files that are kept.
pub(super) fn kept(
    session: &dyn Session,
    filters: &[Expr],
    schema: &SchemaRef,
    files: Vec<FileEntry>,
    model: Option<&str>,
) -> Result<Vec<FileEntry>> {
    if filters.is_empty() || files.is_empty() {
        return Ok(files);
    }
    let names: &[&str] = if model.is_some() {
        &[DAY, MODEL]
    } else {
        &[DAY]
    };
    let (constant, other): (Vec<Expr>, Vec<Expr>) =
        filters.iter().cloned().partition(|f| is_constant(f, names));
    let constants = constants_of(schema, &files, model)?;
    let mut keep = holds(session, constant, &constants)?;
    if let Some(other) = conjunction(other) {
        let df_schema = DFSchema::try_from(schema.as_ref().clone())?;
        let predicate = session.create_physical_expr(other, &df_schema)?;
        // A filter that statistics cannot judge keeps all files; the scan applies it to rows.
        let pruning = PruningPredicateBuilder::new().with_file_schema(Arc::clone(schema));
        if let Some(predicate) = pruning.build(predicate) {
            let bounds = Bounds {
                files: &files,
                constants: &constants,
                time: time_type(schema),
            };
            for (keep, may) in keep.iter_mut().zip(predicate.prune(&bounds)?) {
                *keep &= may;
            }
        }
    }
    Ok(files
        .into_iter()
        .zip(keep)
        .filter(|(_, keep)| *keep)
        .map(|(file, _)| file)
        .collect())
}

fn time_type(schema: &Schema) -> Option<DataType> {
    let field = schema.field_with_name(TIME).ok()?;
    matches!(field.data_type(), DataType::Timestamp(..)).then(|| field.data_type().clone())
}

/// What is known of files without opening them.
struct Bounds<'a> {
    files: &'a [FileEntry],
    constants: &'a RecordBatch,
    time: Option<DataType>,
}

impl Bounds<'_> {
    fn values(
        &self,
        column: &Column,
        time_us: impl Fn(&FileEntry) -> Option<i64>,
    ) -> Option<ArrayRef> {
        if column.name == TIME {
            let times: TimestampMicrosecondArray = self.files.iter().map(time_us).collect();
            let times = times.with_timezone("UTC");
            return cast(&times, self.time.as_ref()?).ok();
        }
        self.constants.column_by_name(&column.name).cloned()
    }
}

impl PruningStatistics for Bounds<'_> {
    fn min_values(&self, column: &Column) -> Option<ArrayRef> {
        self.values(column, |f| f.time_min_us)
    }

    fn max_values(&self, column: &Column) -> Option<ArrayRef> {
        self.values(column, |f| f.time_max_us)
    }

    fn num_containers(&self) -> usize {
        self.files.len()
    }

    fn null_counts(&self, _: &Column) -> Option<ArrayRef> {
        None
    }

    fn row_counts(&self) -> Option<ArrayRef> {
        Some(Arc::new(UInt64Array::from_iter_values(
            self.files.iter().map(|f| f.rows),
        )))
    }

    fn contained(&self, _: &Column, _: &HashSet<ScalarValue>) -> Option<BooleanArray> {
        None
    }
}

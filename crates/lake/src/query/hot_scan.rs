//! Rows that are not flushed yet, fetched from the parent while the plan runs.

use super::frame::{HotCursor, TableHead};
use super::link::Link;
use super::prune::{DAY, MODEL, TIME};
use arrow::array::{
    Array, ArrayRef, BooleanArray, RecordBatch, RecordBatchOptions, StringArray, new_null_array,
};
use arrow::compute::{cast, filter_record_batch};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use arrow_ipc::reader::StreamReader;
use datafusion::catalog::Session;
use datafusion::common::stats::Precision;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::common::{DFSchema, Statistics, internal_err};
use datafusion::error::{DataFusionError, Result};
use datafusion::execution::TaskContext;
use datafusion::logical_expr::Expr;
use datafusion::logical_expr::utils::conjunction;
use datafusion::physical_expr::{EquivalenceProperties, Partitioning, PhysicalExpr};
use datafusion::physical_plan::execution_plan::{Boundedness, EmissionType};
use datafusion::physical_plan::metrics::{BaselineMetrics, ExecutionPlanMetricsSet, MetricsSet};
use datafusion::physical_plan::statistics::StatisticsArgs;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{
    DisplayAs, DisplayFormatType, ExecutionPlan, PlanProperties, SendableRecordBatchStream,
};
use futures::{StreamExt, stream};
use std::fmt;
use std::sync::Arc;

/// Reads the hot rows of one table.
#[derive(Debug, Clone)]
pub(super) struct HotScan {
    link: Link,
    head: TableHead,
    /// Columns read: those of the result, then those that only the filter needs.
    read: SchemaRef,
    /// How many of them are the result's.
    wanted: usize,
    filter: Option<Arc<dyn PhysicalExpr>>,
    properties: Arc<PlanProperties>,
    metrics: ExecutionPlanMetricsSet,
}

impl HotScan {
    /// A scan of columns `projection` of `schema`. Filters on constants are applied here, since
    /// the table promised that for all its rows.
    pub(super) fn new(
        session: &dyn Session,
        link: &Link,
        head: &TableHead,
        schema: &SchemaRef,
        projection: &[usize],
        constant: Vec<Expr>,
    ) -> Result<Self> {
        let result = Arc::new(schema.project(projection)?);
        let mut fields: Vec<Arc<Field>> = result.fields().iter().cloned().collect();
        for column in constant.iter().flat_map(Expr::column_refs) {
            if !fields.iter().any(|f| *f.name() == column.name) {
                fields.push(Arc::new(schema.field_with_name(&column.name)?.clone()));
            }
        }
        let read = Arc::new(Schema::new(fields));
        let filter = match conjunction(constant) {
            Some(filter) => {
                let df_schema = DFSchema::try_from(read.as_ref().clone())?;
                Some(session.create_physical_expr(filter, &df_schema)?)
            }
            None => None,
        };
        let properties = Arc::new(PlanProperties::new(
            EquivalenceProperties::new(Arc::clone(&result)),
            Partitioning::UnknownPartitioning(1),
            EmissionType::Incremental,
            Boundedness::Bounded,
        ));
        Ok(Self {
            link: link.clone(),
            head: head.clone(),
            wanted: result.fields().len(),
            read,
            filter,
            properties,
            metrics: ExecutionPlanMetricsSet::new(),
        })
    }

    /// Fits rows as the parent keeps them to the columns read.
    fn conform(&self, rows: &RecordBatch) -> Result<RecordBatch> {
        let columns = self
            .read
            .fields()
            .iter()
            .map(|field| self.column(rows, field));
        let columns = columns.collect::<Result<Vec<_>>>()?;
        let options = RecordBatchOptions::new().with_row_count(Some(rows.num_rows()));
        let batch = RecordBatch::try_new_with_options(Arc::clone(&self.read), columns, &options)?;
        let batch = match &self.filter {
            Some(filter) => {
                let keep = filter.evaluate(&batch)?.into_array(batch.num_rows())?;
                let Some(keep) = keep.as_any().downcast_ref::<BooleanArray>() else {
                    return internal_err!("a filter that is not boolean");
                };
                filter_record_batch(&batch, keep)?
            }
            None => batch,
        };
        Ok(batch.project(&(0..self.wanted).collect::<Vec<_>>())?)
    }

    fn column(&self, rows: &RecordBatch, field: &Field) -> Result<ArrayRef> {
        if let (MODEL, Some(model)) = (field.name().as_str(), &self.head.key.model) {
            let constant = StringArray::from_iter_values((0..rows.num_rows()).map(|_| model));
            return Ok(cast(&constant, field.data_type())?);
        }
        if let Some(column) = rows.column_by_name(field.name()) {
            return Ok(cast(column, field.data_type())?);
        }
        match rows.column_by_name(TIME) {
            Some(time) if field.name() == DAY => {
                Ok(cast(&cast(time, &DataType::Date32)?, field.data_type())?)
            }
            _ => Ok(new_null_array(field.data_type(), rows.num_rows())),
        }
    }

    async fn chunk(&self, from: HotCursor) -> Result<(RecordBatch, Option<HotCursor>)> {
        let mut columns: Vec<String> = self
            .read
            .fields()
            .iter()
            .map(|f| f.name().clone())
            .collect();
        if self.head.key.model.is_some() {
            columns.retain(|name| name != MODEL);
        }
        // A batch without a day has it from its time.
        if columns.iter().any(|name| name == DAY) && !columns.iter().any(|name| name == TIME) {
            columns.push(TIME.to_owned());
        }
        let chunk = self.link.hot(self.head.key.clone(), columns, from).await;
        let chunk = chunk.map_err(|e| DataFusionError::External(Box::new(e)))?;
        let mut reader = StreamReader::try_new(&chunk.stream[..], None)?;
        let rows = match reader.next() {
            Some(batch) => self.conform(&batch?)?,
            None => RecordBatch::new_empty(self.schema()),
        };
        Ok((rows, chunk.next))
    }
}

impl DisplayAs for HotScan {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "HotScan: rows={}", self.head.hot_rows)?;
        match &self.filter {
            Some(filter) => write!(f, ", filter={filter}"),
            None => Ok(()),
        }
    }
}

impl ExecutionPlan for HotScan {
    fn name(&self) -> &'static str {
        "HotScan"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        Vec::new()
    }

    fn apply_expressions(
        &self,
        f: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        match &self.filter {
            Some(filter) => f(filter),
            None => Ok(TreeNodeRecursion::Continue),
        }
    }

    fn with_new_children(
        self: Arc<Self>,
        _: Vec<Arc<dyn ExecutionPlan>>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        Ok(self)
    }

    fn execute(&self, _: usize, _: Arc<TaskContext>) -> Result<SendableRecordBatchStream> {
        let metrics = BaselineMetrics::new(&self.metrics, 0);
        let scan = self.clone();
        let batches = stream::try_unfold(Some(HotCursor::default()), move |from| {
            let scan = scan.clone();
            async move {
                let Some(from) = from else { return Ok(None) };
                scan.chunk(from).await.map(Some)
            }
        });
        let batches = batches.inspect(move |batch| {
            if let Ok(batch) = batch {
                metrics.record_output(batch.num_rows());
            }
        });
        Ok(Box::pin(RecordBatchStreamAdapter::new(
            self.schema(),
            batches,
        )))
    }

    fn metrics(&self) -> Option<MetricsSet> {
        Some(self.metrics.clone_inner())
    }

    fn statistics_from_inputs(
        &self,
        _: &[Arc<Statistics>],
        _: &StatisticsArgs,
    ) -> Result<Arc<Statistics>> {
        let mut statistics = Statistics::new_unknown(&self.schema());
        if let Ok(rows) = usize::try_from(self.head.hot_rows) {
            statistics.num_rows = if self.filter.is_none() {
                Precision::Exact(rows)
            } else {
                Precision::Inexact(rows)
            };
        }
        Ok(Arc::new(statistics))
    }
}

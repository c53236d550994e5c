//! The tables of one kind of all models as one table: all columns by name, null where a model has
//! none, text where models disagree about a type.

use super::prune::{self, DAY, MODEL};
use super::scan::LakeTable;
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use async_trait::async_trait;
use candor_contract::{ColumnType, TableId, base_schema};
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::ScalarValue;
use datafusion::error::Result;
use datafusion::logical_expr::{Expr, TableProviderFilterPushDown, TableType};
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_expr::expressions::{CastExpr, Column, Literal};
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::empty::EmptyExec;
use datafusion::physical_plan::projection::ProjectionExec;
use datafusion::physical_plan::union::UnionExec;
use std::collections::HashMap;
use std::sync::Arc;

/// A view over tables of several models.
#[derive(Debug)]
pub(super) struct UnionView {
    members: Vec<Arc<LakeTable>>,
    schema: SchemaRef,
}

impl UnionView {
    /// A view over `members`, which are tables like `id`. Without any it has the columns that every
    /// such table has, so it can be asked before there is a model.
    pub(super) fn new(id: &TableId, members: Vec<Arc<LakeTable>>) -> Self {
        let mut schemas: Vec<SchemaRef> = members.iter().map(|m| m.schema()).collect();
        if members.is_empty() {
            let mut fields = base_schema(id).arrow().fields().to_vec();
            fields.push(Arc::new(Field::new(DAY, DataType::Date32, true)));
            schemas.push(Arc::new(Schema::new(fields)));
        }
        let mut at: HashMap<String, usize> = HashMap::new();
        let mut fields: Vec<Field> = Vec::new();
        for schema in &schemas {
            for field in schema.fields() {
                match at.get(field.name()) {
                    Some(at) => {
                        let joined = join(fields[*at].data_type(), field.data_type());
                        fields[*at] = Field::new(field.name(), joined, true);
                    }
                    None => {
                        at.insert(field.name().clone(), fields.len());
                        fields.push(field.as_ref().clone());
                    }
                }
            }
        }
        Self {
            members,
            schema: Arc::new(Schema::new(fields)),
        }
    }

    async fn member(
        &self,
        session: &dyn Session,
        member: &LakeTable,
        projection: &[usize],
        filters: &[Expr],
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let own = member.schema();
        let fields: Vec<_> = projection.iter().map(|at| self.schema.field(*at)).collect();
        let mut columns: Vec<usize> = fields
            .iter()
            .filter_map(|f| own.index_of(f.name()).ok())
            .collect();
        columns.dedup();
        let fits = |filter: &&Expr| {
            filter.column_refs().iter().all(|c| {
                let (ours, theirs) = (
                    self.schema.field_with_name(&c.name),
                    own.field_with_name(&c.name),
                );
                matches!((ours, theirs), (Ok(a), Ok(b)) if a.data_type() == b.data_type())
            })
        };
        let filters: Vec<Expr> = filters.iter().filter(fits).cloned().collect();
        let scan = member
            .scan(session, Some(&columns), &filters, limit)
            .await?;
        let found = scan.schema();
        let shown = fields.iter().map(|field| {
            let shown: Arc<dyn PhysicalExpr> = match found.index_of(field.name()) {
                Ok(at) if found.field(at).data_type() == field.data_type() => {
                    Arc::new(Column::new(field.name(), at))
                }
                Ok(at) => {
                    let column = Arc::new(Column::new(field.name(), at));
                    Arc::new(CastExpr::new(column, field.data_type().clone(), None))
                }
                Err(_) => Arc::new(Literal::new(ScalarValue::try_from(field.data_type())?)),
            };
            Ok((shown, field.name().clone()))
        });
        Ok(Arc::new(ProjectionExec::try_new(
            shown.collect::<Result<Vec<_>>>()?,
            scan,
        )?))
    }
}

/// The type that holds values of both.
fn join(a: &DataType, b: &DataType) -> DataType {
    match (ColumnType::from_arrow(a), ColumnType::from_arrow(b)) {
        _ if a == b => a.clone(),
        (Some(a), Some(b)) => a.join(b).arrow(),
        _ => DataType::Utf8,
    }
}

#[async_trait]
impl TableProvider for UnionView {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    fn table_type(&self) -> TableType {
        TableType::View
    }

    fn supports_filters_pushdown(
        &self,
        filters: &[&Expr],
    ) -> Result<Vec<TableProviderFilterPushDown>> {
        Ok(filters
            .iter()
            .map(|filter| match prune::is_constant(filter, &[DAY, MODEL]) {
                true => TableProviderFilterPushDown::Exact,
                false => TableProviderFilterPushDown::Inexact,
            })
            .collect())
    }

    async fn scan(
        &self,
        session: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let projection: Vec<usize> = projection
            .cloned()
            .unwrap_or_else(|| (0..self.schema.fields().len()).collect());
        let mut parts = Vec::with_capacity(self.members.len());
        for member in &self.members {
            let model = member.head().key.model.as_deref().unwrap_or_default();
            if prune::model_passes(session, filters, &self.schema, model)? {
                parts.push(
                    self.member(session, member, &projection, filters, limit)
                        .await?,
                );
            }
        }
        match parts.len() {
            0 => Ok(Arc::new(EmptyExec::new(Arc::new(
                self.schema.project(&projection)?,
            )))),
            1 => Ok(parts.remove(0)),
            _ => UnionExec::try_new(parts),
        }
    }
}

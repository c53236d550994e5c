//! Only the rows that may be used for a purpose, whatever a statement asks.

use arrow::datatypes::SchemaRef;
use candor_contract::TableId;
use datafusion::catalog::TableProvider;
use datafusion::catalog::view::ViewTable;
use datafusion::datasource::provider_as_source;
use datafusion::error::Result;
use datafusion::functions::string::expr_fn::contains;
use datafusion::logical_expr::{Expr, LogicalPlanBuilder};
use datafusion::prelude::{col, lit};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// What the rows of an answer must have been given for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ForPurpose {
    /// The purpose.
    pub name: String,
    /// Whether rows that name no purposes at all may be used.
    pub unnamed: bool,
    /// Models for which the contrary of `unnamed` holds.
    pub other_models: Vec<String>,
}

impl ForPurpose {
    /// `table` without the rows that may not be used.
    pub(super) fn limit(
        &self,
        name: &str,
        table: Arc<dyn TableProvider>,
    ) -> Result<Arc<dyn TableProvider>> {
        let keep = if name == TableId::Quarantine.name() {
            // Nobody has looked what a rejected row agrees to.
            lit(false)
        } else {
            self.keep(&table.schema())
        };
        let plan = LogicalPlanBuilder::scan(name, provider_as_source(table), None)?
            .filter(keep)?
            .build()?;
        Ok(Arc::new(ViewTable::new(plan, None)))
    }

    fn keep(&self, schema: &SchemaRef) -> Expr {
        let models = self.other_models.iter().map(|m| lit(m.as_str()));
        let models: Vec<Expr> = models.collect();
        let unnamed = match models.is_empty() {
            true => lit(self.unnamed),
            false => col("model").in_list(models, self.unnamed),
        };
        if schema.index_of("purposes").is_err() {
            return unnamed;
        }
        // Names of purposes hold no quote, so this cannot end elsewhere.
        let word = format!("\"{}\"", self.name.replace('"', ""));
        let named = contains(col("purposes"), lit(word));
        let given = col("purposes").is_not_null().and(named);
        given.or(col("purposes").is_null().and(unnamed))
    }
}

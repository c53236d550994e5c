//! Names for derived tables that have none.
//!
//! The engine drops a projection whose expressions read the same as those of the projection below
//! it, so `SELECT y + y AS y FROM (SELECT y + y AS y FROM …)` would add once. With a name for
//! each subquery the columns are qualified and no longer read the same.

use datafusion::sql::sqlparser::ast::{
    Ident, Query, TableAlias, TableFactor, VisitMut, VisitorMut,
};
use std::ops::ControlFlow;

#[derive(Debug, Default)]
struct Naming {
    named: usize,
}

impl VisitorMut for Naming {
    type Break = ();

    fn post_visit_table_factor(&mut self, factor: &mut TableFactor) -> ControlFlow<()> {
        if let TableFactor::Derived {
            alias: alias @ None,
            ..
        } = factor
        {
            self.named += 1;
            *alias = Some(TableAlias {
                explicit: true,
                name: Ident::new(format!("_subquery_{}", self.named)),
                columns: Vec::new(),
                at: None,
            });
        }
        ControlFlow::Continue(())
    }
}

/// Names every derived table of `query` that has no name.
pub(super) fn name_subqueries(query: &mut Query) {
    // This visitor never breaks off.
    let _ = query.visit(&mut Naming::default());
}

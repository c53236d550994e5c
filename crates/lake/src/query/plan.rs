//! From a statement to a plan that may run, on a thread whose stack is sized for it.

use super::bounds;
use super::catalog;
use super::failure::QueryFailure;
use super::limits::{PLAN_STACK_BYTES, QueryRequest};
use super::link::Link;
use super::session::Engine;
use super::statement::{self, Admitted};
use datafusion::execution::TaskContext;
use datafusion::execution::context::SQLOptions;
use datafusion::logical_expr::LogicalPlanBuilder;
use datafusion::physical_plan::ExecutionPlan;
use std::sync::Arc;
use tokio::runtime::Handle;
use tokio::sync::oneshot;

/// A plan that passed all bounds.
#[derive(Debug)]
pub(super) struct Planned {
    pub(super) plan: Arc<dyn ExecutionPlan>,
    pub(super) context: Arc<TaskContext>,
}

/// Parses, checks and plans. `alive` is held as long as the thread works, which no one can stop.
pub(super) async fn plan(
    engine: Arc<Engine>,
    link: Link,
    request: QueryRequest,
    alive: Arc<()>,
) -> Result<Planned, QueryFailure> {
    let (sender, receiver) = oneshot::channel();
    let runtime = Handle::current();
    let work = move || {
        let planned = statement::admit(&request.sql)
            .and_then(|admitted| runtime.block_on(resolve(&engine, &link, &request, admitted)));
        drop(alive);
        // Nobody waits any more when the query was given up.
        let _ = sender.send(planned);
    };
    std::thread::Builder::new()
        .name("sql-plan".to_owned())
        .stack_size(PLAN_STACK_BYTES)
        .spawn(work)
        .map_err(QueryFailure::internal)?;
    receiver
        .await
        .map_err(|_| QueryFailure::internal("planning ended early"))?
}

async fn resolve(
    engine: &Engine,
    link: &Link,
    request: &QueryRequest,
    admitted: Admitted,
) -> Result<Planned, QueryFailure> {
    let failed = |e| QueryFailure::of_engine(&e, request.limits.memory_bytes);
    let catalogs = catalog::open(engine, link, admitted.need, request.purpose.as_ref()).await?;
    let session = engine.session(request, catalogs)?;
    let logical = session
        .statement_to_plan(admitted.parsed)
        .await
        .map_err(failed)?;
    bounds::check_size(&logical)?;
    let reading = SQLOptions::new()
        .with_allow_ddl(false)
        .with_allow_dml(false)
        .with_allow_statements(false);
    reading
        .verify_plan(&logical)
        .map_err(|_| QueryFailure::not_allowed("This statement"))?;
    let logical = if admitted.is_query {
        // One row more than may be shown tells that there are more.
        let rows = usize::try_from(request.limits.rows_max)
            .unwrap_or(usize::MAX)
            .saturating_add(1);
        LogicalPlanBuilder::from(logical)
            .limit(0, Some(rows))
            .and_then(LogicalPlanBuilder::build)
            .map_err(failed)?
    } else {
        logical
    };
    let plan = session
        .create_physical_plan(&logical)
        .await
        .map_err(failed)?;
    bounds::check_joins(plan.as_ref())?;
    Ok(Planned {
        plan,
        context: session.task_ctx(),
    })
}

//! Bounds on plans: how large one may be, and how many pairs of rows its joins may look at.

use super::failure::{QueryCode, QueryFailure};
use super::limits::{JOIN_PAIRS_MAX, PLAN_NODES_MAX};
use datafusion::common::stats::Precision;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::error::DataFusionError;
use datafusion::logical_expr::LogicalPlan;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::joins::{CrossJoinExec, NestedLoopJoinExec};
use datafusion::physical_plan::statistics::{StatisticsArgs, StatisticsContext};
use datafusion::physical_plan::union::UnionExec;
use datafusion::physical_plan::unnest::UnnestExec;

/// Refuses a plan that named subqueries multiply beyond measure.
pub(super) fn check_size(plan: &LogicalPlan) -> Result<(), QueryFailure> {
    let mut nodes = 0usize;
    plan.apply_with_subqueries(|_| {
        nodes += 1;
        Ok::<_, DataFusionError>(match nodes > PLAN_NODES_MAX {
            true => TreeNodeRecursion::Stop,
            false => TreeNodeRecursion::Continue,
        })
    })
    .map_err(|e| QueryFailure::of_engine(&e, 0))?;
    if nodes > PLAN_NODES_MAX {
        let has =
            format!("more than {PLAN_NODES_MAX} steps once its named subqueries are written out");
        return Err(QueryFailure::too_complex(
            &has,
            PLAN_NODES_MAX,
            "Use each named subquery less often.",
        ));
    }
    Ok(())
}

/// Refuses joins without an equality over more pairs than a query's time allows.
pub(super) fn check_joins(plan: &dyn ExecutionPlan) -> Result<(), QueryFailure> {
    rows(plan).map(|_| ())
}

/// How many rows a part of a plan gives at most, filters aside; `u64::MAX` if unknown.
fn rows(plan: &dyn ExecutionPlan) -> Result<u64, QueryFailure> {
    let inputs = plan
        .children()
        .into_iter()
        .map(|c| rows(c.as_ref()))
        .collect::<Result<Vec<_>, _>>()?;
    let any = |largest: Option<u64>| largest.unwrap_or(u64::MAX);
    let most = match inputs.as_slice() {
        [] => leaf_rows(plan),
        [left, right] if plan.is::<CrossJoinExec>() || plan.is::<NestedLoopJoinExec>() => {
            let pairs = left.saturating_mul(*right);
            if pairs > JOIN_PAIRS_MAX {
                return Err(QueryFailure::new(
                    QueryCode::SqlTooComplex,
                    format!(
                        "A join without an equality would look at {pairs} pairs; at most {JOIN_PAIRS_MAX} are allowed."
                    ),
                    "Join on an equality (a.id = b.id), or narrow both sides first.",
                ));
            }
            pairs
        }
        many if plan.is::<UnionExec>() => many.iter().fold(0u64, |sum, n| sum.saturating_add(*n)),
        [one] if plan.is::<UnnestExec>() => one.saturating_mul(1_000),
        many => any(many.iter().copied().max()),
    };
    Ok(plan.fetch().map_or(most, |fetch| most.min(fetch as u64)))
}

fn leaf_rows(plan: &dyn ExecutionPlan) -> u64 {
    let context = StatisticsContext::new();
    match context
        .compute(plan, &StatisticsArgs::new())
        .map(|s| s.num_rows)
    {
        Ok(Precision::Exact(rows) | Precision::Inexact(rows)) => rows as u64,
        _ => u64::MAX,
    }
}

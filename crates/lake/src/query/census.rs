//! One walk over a parsed statement: counts held against bounds, clauses against the allow-list.

use super::failure::QueryFailure;
use super::functions;
use super::limits::{
    CTES_MAX, EXPANDED_MAX, EXPRESSION_DEPTH_MAX, EXPRESSIONS_MAX, QUERIES_MAX, RELATIONS_MAX,
    SELECT_ITEMS_MAX, WILDCARDS_MAX,
};
use datafusion::sql::sqlparser::ast::{
    Expr, GroupByExpr, ObjectName, ObjectNamePart, Query, Select, SelectItem, SetExpr, TableFactor,
    Visitor,
};
use std::collections::HashMap;
use std::ops::ControlFlow;

/// Counts and refusals, taken in one walk over the tree.
#[derive(Debug, Default)]
pub(super) struct Census {
    depth: usize,
    expressions: usize,
    select_items: usize,
    wildcards: usize,
    ctes: usize,
    queries: usize,
    selects: usize,
    relations: usize,
    grouping_sets: usize,
    /// Tables named in each query that is open, outermost first.
    open: Vec<u64>,
    /// Named subqueries that are not read yet: address and name.
    bodies: HashMap<usize, String>,
    /// Tables that each named subquery stands for, those inside it multiplied out.
    weights: HashMap<String, u64>,
    calls: functions::Calls,
}

type Flow = ControlFlow<QueryFailure>;

fn bounded(count: usize, max: usize, what: &str, hint: &str) -> Flow {
    if count <= max {
        return ControlFlow::Continue(());
    }
    ControlFlow::Break(QueryFailure::too_complex(
        &format!("{count} {what}"),
        max,
        hint,
    ))
}

fn refused(what: &str) -> Flow {
    ControlFlow::Break(QueryFailure::not_allowed(what))
}

/// The subquery is written out at each use of its name, so it counts that often.
fn weighed(weight: u64) -> Flow {
    if weight <= EXPANDED_MAX {
        return ControlFlow::Continue(());
    }
    let has = format!("named subqueries that stand for {weight} tables");
    let hint = "Use each named subquery less often.";
    ControlFlow::Break(QueryFailure::too_complex(&has, EXPANDED_MAX, hint))
}

fn address(query: &Query) -> usize {
    std::ptr::from_ref(query) as usize
}

impl Visitor for Census {
    type Break = QueryFailure;

    fn pre_visit_query(&mut self, query: &Query) -> Flow {
        self.queries += 1;
        bounded(
            self.queries,
            QUERIES_MAX,
            "subqueries",
            "Ask in several statements.",
        )?;
        self.open.push(1);
        if let Some(with) = &query.with {
            self.ctes += with.cte_tables.len();
            for cte in &with.cte_tables {
                self.bodies
                    .insert(address(&cte.query), cte.alias.name.value.to_lowercase());
            }
            if with.recursive {
                return refused("WITH RECURSIVE");
            }
            bounded(
                self.ctes,
                CTES_MAX,
                "named subqueries",
                "Ask in several statements.",
            )?;
        }
        let extras = !query.locks.is_empty()
            || query.for_clause.is_some()
            || query.settings.is_some()
            || query.format_clause.is_some()
            || !query.pipe_operators.is_empty();
        if extras {
            return refused("A clause after the query (FOR, SETTINGS, FORMAT, |>)");
        }
        check_body(&query.body)
    }

    fn post_visit_query(&mut self, query: &Query) -> Flow {
        let weight = self.open.pop().unwrap_or(1);
        match self.bodies.remove(&address(query)) {
            // Names may be shadowed; the heavier one counts for all of a name.
            Some(name) => {
                let known = self.weights.entry(name).or_default();
                *known = weight.max(*known);
            }
            None => {
                if let Some(outer) = self.open.last_mut() {
                    *outer = outer.saturating_add(weight);
                }
            }
        }
        weighed(weight)
    }

    fn pre_visit_select(&mut self, select: &Select) -> Flow {
        self.selects += 1;
        bounded(
            self.selects,
            QUERIES_MAX,
            "times SELECT",
            "Ask in several statements.",
        )?;
        self.select_items += select.projection.len();
        bounded(
            self.select_items,
            SELECT_ITEMS_MAX,
            "selected columns",
            "Select fewer columns.",
        )?;
        let is_wild = |i: &&SelectItem| {
            matches!(
                i,
                SelectItem::Wildcard(_) | SelectItem::QualifiedWildcard(..)
            )
        };
        self.wildcards += select.projection.iter().filter(is_wild).count();
        bounded(
            self.wildcards,
            WILDCARDS_MAX,
            "times *",
            "Name the columns.",
        )?;
        if select.into.is_some() {
            return refused("SELECT INTO");
        }
        if !select.lateral_views.is_empty() || !select.connect_by.is_empty() {
            return refused("LATERAL VIEW or CONNECT BY");
        }
        let modifiers = match &select.group_by {
            GroupByExpr::All(modifiers) | GroupByExpr::Expressions(_, modifiers) => modifiers,
        };
        if !modifiers.is_empty() {
            return refused("A modifier of GROUP BY");
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_relation(&mut self, name: &ObjectName) -> Flow {
        let weight = match name.0.as_slice() {
            [ObjectNamePart::Identifier(name)] => self.weights.get(&name.value.to_lowercase()),
            _ => None,
        };
        let weight = weight.copied().unwrap_or(1);
        if let Some(open) = self.open.last_mut() {
            *open = open.saturating_add(weight);
            weighed(*open)?;
        }
        self.relations += 1;
        bounded(
            self.relations,
            RELATIONS_MAX,
            "tables",
            "Ask in several statements.",
        )
    }

    fn pre_visit_table_factor(&mut self, factor: &TableFactor) -> Flow {
        match factor {
            TableFactor::Table {
                args,
                with_hints,
                version,
                json_path,
                sample,
                ..
            } => {
                if args.is_some() {
                    return refused("A table function");
                }
                if !with_hints.is_empty()
                    || version.is_some()
                    || json_path.is_some()
                    || sample.is_some()
                {
                    return refused("A table with hints, versions, paths or samples");
                }
                ControlFlow::Continue(())
            }
            TableFactor::Derived { .. }
            | TableFactor::NestedJoin { .. }
            | TableFactor::UNNEST { .. } => ControlFlow::Continue(()),
            _ => refused("This kind of table"),
        }
    }

    fn pre_visit_expr(&mut self, expr: &Expr) -> Flow {
        self.depth += 1;
        self.expressions += 1;
        if self.depth > EXPRESSION_DEPTH_MAX {
            let has = format!("an expression more than {EXPRESSION_DEPTH_MAX} levels deep");
            let hint = "Use IN (…) in place of a chain of OR, and sums in place of a chain of +.";
            return ControlFlow::Break(QueryFailure::too_complex(&has, EXPRESSION_DEPTH_MAX, hint));
        }
        bounded(
            self.expressions,
            EXPRESSIONS_MAX,
            "expressions",
            "Filter by a range or a join.",
        )?;
        if let Expr::Cube(sets) | Expr::Rollup(sets) | Expr::GroupingSets(sets) = expr {
            self.grouping_sets += 1;
            bounded(
                self.grouping_sets,
                1,
                "grouping sets",
                "Ask in several statements.",
            )?;
            let max = if matches!(expr, Expr::Cube(_)) { 8 } else { 64 };
            bounded(
                sets.len(),
                max,
                "elements of a grouping set",
                "Group by fewer columns.",
            )?;
        }
        match self.calls.check(expr) {
            Ok(()) => ControlFlow::Continue(()),
            Err(failure) => ControlFlow::Break(failure),
        }
    }

    fn post_visit_expr(&mut self, _: &Expr) -> Flow {
        self.depth = self.depth.saturating_sub(1);
        ControlFlow::Continue(())
    }
}

/// Refuses statements that hide in the place of a query.
fn check_body(body: &SetExpr) -> Flow {
    let mut left = vec![body];
    while let Some(body) = left.pop() {
        match body {
            SetExpr::Select(_) | SetExpr::Query(_) | SetExpr::Values(_) => {}
            SetExpr::SetOperation {
                left: a, right: b, ..
            } => left.extend([a.as_ref(), b.as_ref()]),
            _ => return refused("A statement in place of a query"),
        }
    }
    ControlFlow::Continue(())
}

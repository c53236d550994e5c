//! What a statement may be: an allow-list on the parsed tree, and bounds that hold before planning.
//!
//! Tokens are counted before the parser sees them, since a chain of operators becomes a tree as
//! deep as the chain is long, and deep trees overflow stacks. Everything here runs on the planning
//! thread, whose stack is sized for the bounds in `limits`.

use super::failure::QueryFailure;
use super::frame::{Need, TableKey};
use super::functions;
use super::limits::{
    BRACKETS_DEEP_MAX, CTES_MAX, EXPRESSION_DEPTH_MAX, EXPRESSIONS_MAX, QUERIES_MAX, RELATIONS_MAX,
    SELECT_ITEMS_MAX, SQL_BYTES_MAX, STEPS_MAX, TOKENS_MAX, WILDCARDS_MAX,
};
use super::session::{CATALOG, SHARED_SCHEMA};
use datafusion::common::TableReference;
use datafusion::sql::parser::{DFParserBuilder, Statement as Parsed};
use datafusion::sql::resolve::resolve_table_references;
use datafusion::sql::sqlparser::ast::{
    Expr, GroupByExpr, ObjectName, Query, Select, SelectItem, SetExpr, Statement as Sql,
    TableFactor, Visit, Visitor,
};
use datafusion::sql::sqlparser::dialect::GenericDialect;
use datafusion::sql::sqlparser::keywords::Keyword;
use datafusion::sql::sqlparser::tokenizer::{Token, TokenWithSpan, Tokenizer};
use std::ops::ControlFlow;

/// Tables of the information schema that may be read; the others tell settings or plans.
const INFORMATION_TABLES: [&str; 3] = ["tables", "columns", "schemata"];
const INFORMATION_SCHEMA: &str = "information_schema";

/// A statement that may be planned.
#[derive(Debug)]
pub(super) struct Admitted {
    pub(super) parsed: Parsed,
    pub(super) need: Need,
    /// Whether the result is rows of a query, to be cut at the row limit.
    pub(super) is_query: bool,
}

/// Parses `sql` and holds it against the allow-list and the bounds.
pub(super) fn admit(sql: &str) -> Result<Admitted, QueryFailure> {
    if sql.len() > SQL_BYTES_MAX {
        let has = format!("{} bytes", sql.len());
        return Err(QueryFailure::too_complex(
            &has,
            SQL_BYTES_MAX,
            "Send the data as events, not as SQL.",
        ));
    }
    let dialect = GenericDialect {};
    let tokens = Tokenizer::new(&dialect, sql)
        .tokenize_with_location()
        .map_err(|e| QueryFailure::of_parser(&e.to_string()))?;
    check_tokens(&tokens)?;
    let mut statements = DFParserBuilder::new(tokens)
        .with_dialect(&dialect)
        .with_recursion_limit(BRACKETS_DEEP_MAX)
        .build()
        .and_then(|mut parser| parser.parse_statements())
        .map_err(|e| QueryFailure::of_engine(&e, 0))?;
    let parsed = match (statements.pop_front(), statements.is_empty()) {
        (Some(one), true) => one,
        (None, _) => return Err(QueryFailure::of_parser("The statement is empty")),
        (Some(_), false) => return Err(QueryFailure::not_allowed("More than one statement")),
    };
    let is_query = check_kind(&parsed)?;
    if let Some(sql) = sql_of(&parsed) {
        let mut census = Census::default();
        if let ControlFlow::Break(failure) = sql.visit(&mut census) {
            return Err(failure);
        }
    }
    let (references, _) =
        resolve_table_references(&parsed, true).map_err(|e| QueryFailure::of_engine(&e, 0))?;
    let synthetic = matches!(
        sql_of(&parsed),
        Some(Sql::ShowTables { .. } | Sql::ShowColumns { .. })
    );
    let need = if synthetic {
        Need::All
    } else {
        needed(&references)?
    };
    Ok(Admitted {
        parsed,
        need,
        is_query,
    })
}

fn check_tokens(tokens: &[TokenWithSpan]) -> Result<(), QueryFailure> {
    let (mut count, mut steps, mut deep) = (0usize, 0usize, 0usize);
    for token in tokens {
        let step = match &token.token {
            Token::Whitespace(_) => continue,
            Token::Word(word) => word.keyword != Keyword::NoKeyword,
            Token::Number(..)
            | Token::SingleQuotedString(_)
            | Token::Comma
            | Token::Period
            | Token::SemiColon
            | Token::EOF => false,
            Token::LParen | Token::LBracket | Token::LBrace => {
                deep += 1;
                false
            }
            Token::RParen | Token::RBracket | Token::RBrace => {
                deep = deep.saturating_sub(1);
                false
            }
            _ => true,
        };
        count += 1;
        steps += usize::from(step);
        if deep > BRACKETS_DEEP_MAX {
            let has = format!("more than {BRACKETS_DEEP_MAX} brackets inside one another");
            return Err(QueryFailure::too_complex(
                &has,
                BRACKETS_DEEP_MAX,
                "Name inner parts with WITH.",
            ));
        }
    }
    if count > TOKENS_MAX {
        return Err(QueryFailure::too_complex(
            &format!("{count} words"),
            TOKENS_MAX,
            "Filter by a range or a join.",
        ));
    }
    if steps > STEPS_MAX {
        let has = format!("{steps} operators and keywords");
        return Err(QueryFailure::too_complex(
            &has,
            STEPS_MAX,
            "Use IN (…) in place of a chain of OR.",
        ));
    }
    Ok(())
}

/// The statement inside, of EXPLAIN too.
fn sql_of(parsed: &Parsed) -> Option<&Sql> {
    match parsed {
        Parsed::Statement(sql) => Some(sql),
        Parsed::Explain(explain) => match explain.statement.as_ref() {
            Parsed::Statement(sql) => Some(sql),
            _ => None,
        },
        _ => None,
    }
}

/// Whether the statement is a plain query; an error if it is not on the list.
fn check_kind(parsed: &Parsed) -> Result<bool, QueryFailure> {
    match parsed {
        Parsed::Statement(sql) => match sql.as_ref() {
            Sql::Query(_) => Ok(true),
            Sql::ShowTables { .. } | Sql::ShowColumns { .. } | Sql::ExplainTable { .. } => {
                Ok(false)
            }
            other => Err(QueryFailure::not_allowed(&first_words(&other.to_string()))),
        },
        Parsed::Explain(explain) => match explain.statement.as_ref() {
            Parsed::Statement(sql) if matches!(sql.as_ref(), Sql::Query(_)) => Ok(false),
            _ => Err(QueryFailure::not_allowed("EXPLAIN of anything but a query")),
        },
        Parsed::CreateExternalTable(_) => Err(QueryFailure::not_allowed("CREATE EXTERNAL TABLE")),
        Parsed::CopyTo(_) => Err(QueryFailure::not_allowed("COPY")),
        Parsed::Reset(_) => Err(QueryFailure::not_allowed("RESET")),
    }
}

fn first_words(statement: &str) -> String {
    let words: Vec<&str> = statement.split_whitespace().take(2).collect();
    words
        .join(" ")
        .chars()
        .take(40)
        .collect::<String>()
        .to_uppercase()
}

fn needed(references: &[TableReference]) -> Result<Need, QueryFailure> {
    let mut keys = Vec::with_capacity(references.len());
    let mut all = false;
    for reference in references {
        if reference.catalog().is_some_and(|c| c != CATALOG) {
            return Err(unknown_table(&reference.to_string(), &[]));
        }
        if reference.schema() == Some(INFORMATION_SCHEMA) {
            if !INFORMATION_TABLES.contains(&reference.table()) {
                return Err(QueryFailure::not_allowed(&reference.to_string()));
            }
            all = true;
            continue;
        }
        let model = reference
            .schema()
            .filter(|s| *s != SHARED_SCHEMA)
            .map(str::to_owned);
        keys.push(TableKey {
            model,
            table: reference.table().to_owned(),
        });
    }
    Ok(if all { Need::All } else { Need::Tables(keys) })
}

/// A table that is not there; `names` are those that are.
pub(super) fn unknown_table(name: &str, names: &[String]) -> QueryFailure {
    let plain = name.replace('"', "");
    let hint = match super::failure::nearest(&plain, names.iter().map(String::as_str)) {
        Some(near) => match near.rsplit_once('.') {
            Some((model, table)) => format!("Did you mean \"{model}\".{table}?"),
            None => format!("Did you mean {near}?"),
        },
        None => "SHOW TABLES tells what there is.".to_owned(),
    };
    QueryFailure::new(
        super::QueryCode::SqlUnknownTable,
        format!("There is no table {name}."),
        hint,
    )
}

/// Counts and refusals, taken in one walk over the tree.
#[derive(Debug, Default)]
struct Census {
    depth: usize,
    expressions: usize,
    select_items: usize,
    wildcards: usize,
    ctes: usize,
    queries: usize,
    selects: usize,
    relations: usize,
    grouping_sets: usize,
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
        if let Some(with) = &query.with {
            self.ctes += with.cte_tables.len();
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

    fn pre_visit_relation(&mut self, _: &ObjectName) -> Flow {
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

//! What a statement may be: an allow-list on the parsed tree, and bounds that hold before planning.
//!
//! Tokens are counted before the parser sees them, since a chain of operators becomes a tree as
//! deep as the chain is long, and deep trees overflow stacks. Everything here runs on the planning
//! thread, whose stack is sized for the bounds in `limits`.

use super::census::Census;
use super::failure::QueryFailure;
use super::frame::{Need, TableKey};
use super::limits::{BRACKETS_DEEP_MAX, PARSER_DEPTH_MAX, SQL_BYTES_MAX, STEPS_MAX, TOKENS_MAX};
use super::naming::name_subqueries;
use super::session::{CATALOG, SHARED_SCHEMA};
use candor_contract::{Kind, TableId};
use datafusion::common::TableReference;
use datafusion::sql::parser::{DFParserBuilder, Statement as Parsed};
use datafusion::sql::resolve::resolve_table_references;
use datafusion::sql::sqlparser::ast::{Query, Statement as Sql, Visit};
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
        .with_recursion_limit(PARSER_DEPTH_MAX)
        .build()
        .and_then(|mut parser| parser.parse_statements())
        .map_err(|e| QueryFailure::of_engine(&e, 0))?;
    let mut parsed = match (statements.pop_front(), statements.is_empty()) {
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
    if let Some(query) = query_of(&mut parsed) {
        name_subqueries(query);
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

/// The query inside, of EXPLAIN too.
fn query_of(parsed: &mut Parsed) -> Option<&mut Query> {
    let sql = match parsed {
        Parsed::Statement(sql) => sql,
        Parsed::Explain(explain) => match explain.statement.as_mut() {
            Parsed::Statement(sql) => sql,
            _ => return None,
        },
        _ => return None,
    };
    match sql.as_mut() {
        Sql::Query(query) => Some(query),
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
    let shared = Kind::ALL.iter().map(|kind| kind.table());
    let others = [TableId::Quarantine.name(), TableId::Spans.name()];
    let all = names.iter().map(String::as_str).chain(shared).chain(others);
    let hint = match super::failure::nearest(&plain, all) {
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

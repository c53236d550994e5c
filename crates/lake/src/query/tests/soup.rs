//! Statements made of whatever SQL is made of: the check never panics, and whatever it lets through
//! only reads.

use crate::query::statement::admit;
use datafusion::sql::parser::{DFParserBuilder, Statement as Parsed};
use datafusion::sql::sqlparser::ast::{Statement, Visit, Visitor};
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use std::ops::ControlFlow;

const WORDS: &[&str] = &[
    "SELECT",
    "FROM",
    "WHERE",
    "WITH",
    "AS",
    "(",
    ")",
    ",",
    "*",
    ";",
    "1",
    "'x'",
    "\"m\"",
    "predictions",
    "m.predictions",
    "JOIN",
    "ON",
    "UNION ALL",
    "EXCEPT",
    "ORDER BY",
    "LIMIT",
    "INTO",
    "INSERT INTO",
    "VALUES",
    "UPDATE",
    "SET",
    "DELETE FROM",
    "COPY",
    "TO",
    "'/etc/passwd'",
    "CREATE TABLE",
    "CREATE EXTERNAL TABLE",
    "STORED AS CSV LOCATION",
    "DROP TABLE",
    "TRUNCATE",
    "MERGE INTO",
    "USING",
    "EXPLAIN",
    "ANALYZE",
    "SHOW",
    "TABLES",
    "COLUMNS",
    "DESCRIBE",
    "PREPARE",
    "EXECUTE",
    "RETURNING",
    "CALL",
    "GRANT",
    "ALTER",
    "RECURSIVE",
    "LATERAL",
    "UNNEST",
    "generate_series(1, 9)",
    "information_schema.tables",
    "information_schema.df_settings",
    "read_csv('x')",
    "=",
    "+",
    "-",
    "||",
    "::",
    "NOT",
    "NULL",
    "CASE WHEN",
    "END",
    "$1",
    "?",
    "@",
    "--",
    "/*",
    "*/",
    "\u{0}",
    "\u{202e}",
    "'",
    "\"",
    "`",
    "\\",
    "\n",
];

fn soup() -> impl Strategy<Value = String> {
    let words = prop::collection::vec(prop::sample::select(WORDS), 1..30);
    words.prop_map(|words| words.join(" "))
}

/// Good statements with a stretch replaced.
fn mutated() -> impl Strategy<Value = String> {
    let good = prop::sample::select(
        &[
            "SELECT model, count(*) FROM predictions WHERE time > now() - INTERVAL '1 day' GROUP BY model ORDER BY 2",
            "WITH a AS (SELECT id FROM m.predictions) SELECT * FROM a JOIN m.outcomes o ON o.prediction_id = a.id",
            "EXPLAIN SELECT avg(output_score) FROM m.predictions",
            "SELECT 1 UNION ALL SELECT 2",
            "WITH x AS (SELECT 1) INSERT INTO m.predictions SELECT * FROM x",
            "SELECT * INTO t FROM m.predictions",
            "COPY (SELECT 1) TO 'x'",
        ][..],
    );
    let place = any::<prop::sample::Index>;
    (good, place(), place(), soup()).prop_map(|(good, from, to, new)| {
        let (from, to) = (from.index(good.len()), to.index(good.len()));
        let (from, to) = (from.min(to), from.max(to));
        format!("{}{new}{}", &good[..from], &good[to..])
    })
}

/// Finds statements inside of statements that do anything but read.
struct Writes(Option<String>);

impl Visitor for Writes {
    type Break = ();

    fn pre_visit_statement(&mut self, statement: &Statement) -> ControlFlow<()> {
        let reads = matches!(
            statement,
            Statement::Query(_)
                | Statement::ShowTables { .. }
                | Statement::ShowColumns { .. }
                | Statement::ExplainTable { .. }
        );
        if reads {
            return ControlFlow::Continue(());
        }
        self.0 = Some(statement.to_string());
        ControlFlow::Break(())
    }
}

/// What a parsed statement would do besides reading.
fn writes(parsed: &Parsed) -> Option<String> {
    match parsed {
        Parsed::Statement(statement) => {
            let mut writes = Writes(None);
            let _ = statement.visit(&mut writes);
            writes.0
        }
        Parsed::Explain(explain) => writes(&explain.statement),
        other => Some(format!("{other:?}")),
    }
}

/// An allow-list that lets everything through which can be parsed.
fn admit_all(sql: &str) -> Option<Parsed> {
    let parser = DFParserBuilder::new(sql).build();
    parser.ok()?.parse_statements().ok()?.pop_front()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 15 * ProptestConfig::default().cases, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_is_let_through_only_reads(sql in prop_oneof![soup(), mutated(), ".{0,200}"]) {
        if let Ok(admitted) = admit(&sql) {
            prop_assert_eq!(writes(&admitted.parsed), None);
        }
    }
}

#[test]
fn an_open_allow_list_is_found() {
    // It ends with the first that is found.
    let config = ProptestConfig {
        cases: 50 * ProptestConfig::default().cases,
        failure_persistence: None,
        ..ProptestConfig::default()
    };
    let outcome = TestRunner::new(config).run(&mutated(), |sql| {
        let parsed = admit_all(&sql);
        prop_assert_eq!(parsed.as_ref().and_then(writes), None);
        Ok(())
    });
    assert!(outcome.is_err(), "nothing that writes was ever made");
}

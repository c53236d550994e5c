//! What queries may not do. Each hostile statement has its code within two seconds.

use super::Shelf;
use crate::query::QueryCode::*;
use crate::query::*;
use std::sync::Arc;
use std::time::Duration;

fn repeated(text: &str, times: usize, between: &str) -> String {
    vec![text; times].join(between)
}

fn ctes(count: usize) -> String {
    let named: Vec<String> = (0..count).map(|n| format!("c{n} AS (SELECT 1)")).collect();
    format!("WITH {} SELECT 1", named.join(", "))
}

fn doubling(levels: usize) -> String {
    let mut sql = "WITH c0 AS (SELECT id FROM predictions)".to_owned();
    for n in 1..=levels {
        let p = n - 1;
        sql += &format!(", c{n} AS (SELECT a.id FROM c{p} a JOIN c{p} b ON a.id = b.id)");
    }
    format!("{sql} SELECT count(*) FROM c{levels}")
}

type Cases = Vec<(String, QueryCode)>;

/// Too long, too deep, too wide.
fn too_large() -> Cases {
    let p = "predictions";
    vec![
        (
            format!("SELECT {}", repeated("1", 2_000, " + ")),
            SqlTooComplex,
        ),
        (
            format!("SELECT {}", repeated("1", 300, " + ")),
            SqlTooComplex,
        ),
        (
            format!(
                "SELECT * FROM {p} WHERE {}",
                repeated("id = 'x'", 20_000, " OR ")
            ),
            SqlTooComplex,
        ),
        (
            format!("SELECT {}1{}", "(".repeat(500), ")".repeat(500)),
            SqlTooComplex,
        ),
        (format!("SELECT {}1", "NOT ".repeat(2_000)), SqlSyntax),
        (format!("SELECT {}1", "- ".repeat(2_000)), SqlTooComplex),
        (
            format!("SELECT 1{}", " IS NULL".repeat(1_000)),
            SqlTooComplex,
        ),
        (format!("SELECT 1{}", "::int".repeat(1_000)), SqlTooComplex),
        (
            format!("SELECT {}1{}", "abs(".repeat(70), ")".repeat(70)),
            SqlTooComplex,
        ),
        (
            format!(
                "SELECT {}",
                repeated("CASE WHEN true THEN 1 ELSE ", 200, "")
            ),
            SqlSyntax,
        ),
        (ctes(1_000), SqlTooComplex),
        (doubling(30), SqlTooComplex),
        (
            format!("SELECT {}", repeated("1", 10_000, ", ")),
            SqlTooComplex,
        ),
        (
            format!("SELECT {} FROM {p}", repeated("*", 100, ", ")),
            SqlTooComplex,
        ),
        (
            format!(
                "SELECT id FROM {p} WHERE id IN ({})",
                repeated("'x'", 30_000, ",")
            ),
            SqlTooComplex,
        ),
        (repeated("SELECT 1", 1_000, " UNION ALL "), SqlTooComplex),
        (
            format!("SELECT 1 FROM {}", repeated(p, 200, ", ")),
            SqlTooComplex,
        ),
        (format!("SELECT '{}'", "x".repeat(2 << 20)), SqlTooComplex),
        (
            format!(
                "SELECT 1 FROM {p} GROUP BY CUBE({})",
                repeated("id", 30, ", ")
            ),
            SqlTooComplex,
        ),
    ]
}

/// Much out of little.
fn amplified() -> Cases {
    let p = "predictions";
    vec![
        ("SELECT * FROM generate_series(9876543210)".into(), SqlNotAllowed),
        ("SELECT * FROM range(0, 10)".into(), SqlNotAllowed),
        ("SELECT generate_series(1, 9876543210)".into(), SqlTooComplex),
        ("SELECT unnest(range(9876543210))".into(), SqlTooComplex),
        (format!("SELECT range(input_age) FROM {p}"), SqlNotAllowed),
        ("SELECT repeat('x', 9876543210)".into(), SqlTooComplex),
        ("SELECT repeat(repeat('x', 10000), 10000)".into(), SqlTooComplex),
        (format!("SELECT repeat(id, input_age) FROM {p}"), SqlNotAllowed),
        ("SELECT lpad('x', 2000000000)".into(), SqlTooComplex),
        ("SELECT array_repeat(1, 2000000000)".into(), SqlTooComplex),
        ("SELECT array_resize([1], 2000000000)".into(), SqlTooComplex),
        ("SELECT \"REPEAT\"('x', 2000000000)".into(), SqlTooComplex),
        ("SELECT arrow_cast(NULL, 'FixedSizeBinary(2147483647)')".into(), SqlNotAllowed),
        ("SELECT CAST(NULL AS INT[2000000000])".into(), SqlNotAllowed),
        (
            format!(
                "SELECT sum(a.output_score) FROM {p} a, {p} b, {p} c, {p} d, {p} e WHERE a.output_score + e.output_score > b.output_score + c.output_score + d.output_score"
            ),
            SqlTooComplex,
        ),
        ("WITH RECURSIVE t AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM t) SELECT count(*) FROM t".into(), SqlNotAllowed),
    ]
}

/// Regular expressions.
fn patterns() -> Cases {
    let p = "predictions";
    vec![
        (
            format!(r"SELECT count(*) FROM {p} WHERE id ~ '(\w{{1000}}){{1000}}'"),
            SqlTooComplex,
        ),
        (
            format!("SELECT count(*) FROM {p} WHERE regexp_like(id, id)"),
            SqlNotAllowed,
        ),
        (
            format!("SELECT count(*) FROM {p} WHERE id SIMILAR TO id"),
            SqlNotAllowed,
        ),
        (
            format!(
                "SELECT regexp_replace(id, '{}', '') FROM {p}",
                "a?".repeat(600)
            ),
            SqlTooComplex,
        ),
    ]
}

/// Anything but reading.
fn not_reading() -> Cases {
    let p = "predictions";
    vec![
        ("CREATE TABLE t AS SELECT 1".into(), SqlNotAllowed),
        ("CREATE VIEW v AS SELECT 1".into(), SqlNotAllowed),
        (
            "CREATE EXTERNAL TABLE t STORED AS CSV LOCATION '/etc/passwd'".into(),
            SqlNotAllowed,
        ),
        (
            "CREATE FUNCTION f(INT) RETURNS INT RETURN $1".into(),
            SqlNotAllowed,
        ),
        (format!("COPY {p} TO '/tmp/x.csv'"), SqlNotAllowed),
        (
            "COPY (SELECT 1) TO '/tmp/x.parquet' STORED AS PARQUET".into(),
            SqlNotAllowed,
        ),
        (format!("INSERT INTO {p} VALUES (1)"), SqlNotAllowed),
        (format!("DELETE FROM {p}"), SqlNotAllowed),
        (format!("UPDATE {p} SET id = ''"), SqlNotAllowed),
        (format!("DROP TABLE {p}"), SqlNotAllowed),
        (format!("TRUNCATE TABLE {p}"), SqlNotAllowed),
        (
            "SET datafusion.execution.target_partitions = 64".into(),
            SqlNotAllowed,
        ),
        ("SHOW ALL".into(), SqlNotAllowed),
        (
            "SHOW datafusion.execution.target_partitions".into(),
            SqlNotAllowed,
        ),
        (
            "RESET datafusion.execution.target_partitions".into(),
            SqlNotAllowed,
        ),
        ("PREPARE q AS SELECT 1".into(), SqlNotAllowed),
        ("BEGIN".into(), SqlNotAllowed),
        (format!("ANALYZE TABLE {p}"), SqlNotAllowed),
        (format!("SELECT * INTO t FROM {p}"), SqlNotAllowed),
        (format!("SELECT * FROM {p} FOR UPDATE"), SqlNotAllowed),
        (format!("EXPLAIN DELETE FROM {p}"), SqlNotAllowed),
        (
            format!("EXPLAIN ANALYZE COPY {p} TO '/tmp/x.csv'"),
            SqlNotAllowed,
        ),
        ("SELECT 1; SELECT 2".into(), SqlNotAllowed),
        ("SELECT 1; DROP TABLE x".into(), SqlNotAllowed),
        (
            "SELECT * FROM information_schema.df_settings".into(),
            SqlNotAllowed,
        ),
        (
            "SELECT * FROM read_csv('/etc/passwd')".into(),
            SqlNotAllowed,
        ),
        (
            "SELECT * FROM read_parquet('/etc/passwd')".into(),
            SqlNotAllowed,
        ),
    ]
}

/// Anything but the lake's tables.
fn elsewhere() -> Cases {
    vec![
        ("SELECT * FROM '/etc/passwd'".into(), SqlUnknownTable),
        (
            "SELECT * FROM '../credit-risk/predictions/x.parquet'".into(),
            SqlUnknownTable,
        ),
        (
            "SELECT * FROM \"file:///etc/passwd\"".into(),
            SqlUnknownTable,
        ),
        (
            "SELECT * FROM 'http://127.0.0.1/x.csv'".into(),
            SqlUnknownTable,
        ),
        (
            "SELECT * FROM other.public.predictions".into(),
            SqlUnknownTable,
        ),
        ("SELECT * FROM \"../x\".predictions".into(), SqlUnknownTable),
    ]
}

/// Mistakes.
fn wrong() -> Cases {
    let p = "predictions";
    vec![
        ("".into(), SqlSyntax),
        ("-- nothing".into(), SqlSyntax),
        ("SELEC 1".into(), SqlSyntax),
        ("SELECT 1 +".into(), SqlSyntax),
        ("SELECT 'open".into(), SqlSyntax),
        (format!("SELECT no_such_function(id) FROM {p}"), SqlInvalid),
        (format!("SELECT sum(id || 'x') + true FROM {p}"), SqlInvalid),
    ]
}

fn hostile() -> Cases {
    let groups = [
        too_large(),
        amplified(),
        patterns(),
        not_reading(),
        elsewhere(),
        wrong(),
    ];
    groups.into_iter().flatten().collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn hostile_statements_are_refused_by_code() {
    let shelf = Arc::new(Shelf::credit());
    let mut wrong = Vec::new();
    for (sql, code) in hostile() {
        let head: String = sql.chars().take(80).collect();
        match tokio::time::timeout(Duration::from_secs(2), shelf.ask(&sql)).await {
            Err(_) => wrong.push(format!("{head}: no reply within 2 s")),
            Ok(Ok(told)) => wrong.push(format!("{head}: answered {}", told.summary.rows)),
            Ok(Err(failure)) if failure.code != code => {
                wrong.push(format!("{head}: {} ({failure})", failure.code.as_str()));
            }
            Ok(Err(failure)) => assert!(failure.message.ends_with(['.', '?', '!']), "{failure}"),
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn reasonable_statements_are_not_refused() {
    let shelf = Arc::new(Shelf::credit());
    let p = "predictions";
    for sql in [
        format!(
            "SELECT id FROM {p} WHERE id IN ({})",
            repeated("'p000001'", 5_000, ",")
        ),
        format!("SELECT {} FROM {p}", repeated("1", 100, " + ")),
        format!(
            "SELECT id FROM {p} WHERE {}",
            repeated("id = 'x'", 100, " OR ")
        ),
        format!("SELECT {}1{}", "(".repeat(20), ")".repeat(20)),
        ctes(50),
        doubling(5),
        format!(
            "SELECT date_trunc('hour', time) h, round(avg(output_score), 2) FROM {p} GROUP BY h ORDER BY h"
        ),
        format!("SELECT rpad(id, 10, '.'), repeat('x', 10), range(0, 5) FROM {p}"),
        format!("SELECT id FROM {p} WHERE id ~ '^p0+[1-9]$' AND regexp_like(id, '\\d+')"),
        format!("SELECT a.id FROM {p} a JOIN {p} b USING (id) ORDER BY a.time DESC LIMIT 5"),
        format!("SELECT count(*) FROM {p} a, {p} b WHERE a.output_score < b.output_score"),
        format!("SELECT id, lag(output_score) OVER (PARTITION BY model ORDER BY time) FROM {p}"),
        format!("SELECT model, day, count(*) FROM {p} GROUP BY GROUPING SETS ((model), (day), ())"),
        format!("SELECT approx_percentile_cont(output_score, 0.95), stddev(output_score) FROM {p}"),
        "SELECT * FROM (VALUES (1, 'a'), (2, 'b')) v(n, t); ".to_owned(),
        format!("(SELECT id FROM {p}) EXCEPT (SELECT id FROM {p} WHERE output_score > 5)"),
    ] {
        let told = shelf.ask(&sql).await;
        assert!(told.is_ok(), "{:.100}: {}", sql, told.unwrap_err());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn misspelt_names_get_the_nearest_one() {
    let shelf = Arc::new(Shelf::credit());
    for (sql, code, hint) in [
        (
            "SELECT * FROM prediction",
            SqlUnknownTable,
            "Did you mean predictions?",
        ),
        (
            r#"SELECT * FROM "credit_risk".predictions"#,
            SqlUnknownTable,
            r#"Did you mean "credit-risk".predictions?"#,
        ),
        (
            "SELECT output_scores FROM predictions",
            SqlUnknownColumn,
            "Did you mean output_score?",
        ),
        (
            "SELECT * FROM zzz",
            SqlUnknownTable,
            "SHOW TABLES tells what there is.",
        ),
    ] {
        let failure = shelf.ask(sql).await.unwrap_err();
        assert_eq!(
            (failure.code, failure.hint.as_str()),
            (code, hint),
            "{sql}: {failure}"
        );
    }
}

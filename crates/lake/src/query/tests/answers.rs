//! What queries answer.

use super::shelf::{columns, worker};
use super::{Shelf, day, hour, score_rows};
use crate::query::*;
use arrow::array::{Int64Array, RecordBatch, StringArray, TimestampMicrosecondArray};
use candor_contract::{Kind, TableId};
use std::sync::Arc;

async fn cells(shelf: &Arc<Shelf>, sql: &str) -> String {
    shelf.ask(sql).await.unwrap().cells()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn files_and_hot_rows_are_seen_each_once() {
    let shelf = Arc::new(Shelf::credit());
    let sql = r#"SELECT count(*), count(DISTINCT id), sum(output_score), min(time), max(time)
                 FROM "credit-risk".predictions WHERE output_score >= 0"#;
    let sum: i64 = (0..78).sum();
    assert_eq!(
        cells(&shelf, sql).await,
        format!("78|78|{sum}.0|2026-01-01T00:00:00Z|2026-01-04T05:00:00Z")
    );
    assert_eq!(
        cells(&shelf, "SELECT count(*) FROM predictions WHERE id > ''").await,
        "78"
    );
    assert_eq!(
        cells(&shelf, "SELECT 1 FROM predictions LIMIT 2").await,
        "1\n1"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn a_range_of_time_opens_only_its_files() {
    let shelf = Arc::new(Shelf::credit());
    for (filter, rows, files) in [
        (
            "time BETWEEN '2026-01-02T00:00:00Z' AND '2026-01-02T05:00:00Z'",
            6,
            1,
        ),
        ("time >= '2026-01-03'", 30, 1),
        ("time < TIMESTAMP '2026-01-01T12:00:00Z'", 12, 1),
        ("time = '2026-01-02T01:00:00Z'", 1, 1),
        (
            "time >= '2026-01-02T23:00:00Z' AND time < '2026-01-03T01:00:00Z'",
            2,
            2,
        ),
        ("day = DATE '2026-01-02'", 24, 1),
        ("day = '2026-01-02'", 24, 1),
        ("day > '2026-01-02'", 30, 1),
        (
            "day IN ('2026-01-01', '2026-01-04') AND model = 'credit-risk'",
            30,
            1,
        ),
        ("day = '2026-01-04'", 6, 0),
        ("model = 'other'", 0, 0),
        ("time > now() - INTERVAL '8 days'", 29, 1),
    ] {
        let sql = format!(
            r#"SELECT count(*), avg(output_score) FROM "credit-risk".predictions WHERE {filter}"#
        );
        let told = shelf.ask(&sql).await.unwrap();
        assert_eq!(
            told.cells().split('|').next(),
            Some(rows.to_string().as_str()),
            "{filter}"
        );
        assert_eq!(told.summary.scanned_files, files, "{filter}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn counts_are_answered_without_opening_a_file() {
    let mut shelf = Shelf::empty();
    for d in 0..3 {
        let path = shelf.file("m", d, &score_rows(d, 0, 24));
        std::fs::remove_file(path).unwrap();
    }
    shelf.hot("m", score_rows(3, 0, 5));
    let shelf = Arc::new(shelf);
    assert_eq!(
        cells(&shelf, "SELECT count(*) FROM m.predictions").await,
        "77"
    );
    assert_eq!(
        cells(&shelf, "SELECT count(*) FROM predictions").await,
        "77"
    );
    let failure = shelf
        .ask("SELECT sum(output_score) FROM m.predictions")
        .await
        .unwrap_err();
    assert_eq!(failure.code, QueryCode::SqlStorage);
    assert!(!failure.message.contains(&shelf.root()), "{failure}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn a_view_over_models_joins_columns_by_name() {
    let mut shelf = Shelf::empty();
    shelf.file("a", 0, &score_rows(0, 0, 3));
    let texts = |ages: Vec<&str>| -> RecordBatch {
        let times = (0..ages.len() as i64).map(|h| hour(1, h));
        columns(vec![
            (
                "id",
                Arc::new(StringArray::from_iter_values(
                    ages.iter().map(|a| format!("b{a}")),
                )),
            ),
            (
                "time",
                Arc::new(TimestampMicrosecondArray::from_iter_values(times).with_timezone("UTC")),
            ),
            ("input_age", Arc::new(StringArray::from(ages))),
            ("input_plan", Arc::new(StringArray::from(vec!["gold"; 2]))),
        ])
    };
    shelf.file("b", 1, &texts(vec!["x", "y"]));
    let shelf = Arc::new(shelf);
    let sql = "SELECT model, id, input_age, input_plan, output_score FROM predictions ORDER BY id";
    assert_eq!(
        cells(&shelf, sql).await,
        "b|bx|x|gold|\nb|by|y|gold|\na|p000000|0||0.0\na|p000001|1||1.0\na|p000002|2||2.0"
    );
    let told = shelf
        .ask("SELECT count(id) FROM predictions WHERE model = 'b'")
        .await
        .unwrap();
    assert_eq!(
        (told.cells().as_str(), told.summary.scanned_files),
        ("2", 1)
    );
    let by_model = "SELECT model, count(*) FROM predictions GROUP BY model ORDER BY model";
    assert_eq!(cells(&shelf, by_model).await, "a|3\nb|2");
    let sql = "SELECT count(*) FROM predictions WHERE input_plan = 'gold' AND input_age = 'x'";
    assert_eq!(cells(&shelf, sql).await, "1");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn a_filter_on_the_model_opens_no_other_models_files() {
    let mut shelf = Shelf::empty();
    std::fs::remove_file(shelf.file("gone", 0, &score_rows(0, 0, 3))).unwrap();
    shelf.file("kept", 0, &score_rows(0, 0, 4));
    let shelf = Arc::new(shelf);
    for filter in [
        "model = 'kept'",
        "model IN ('kept')",
        "model <> 'gone'",
        "model LIKE 'k%'",
    ] {
        let sql = format!("SELECT max(output_score) FROM predictions WHERE {filter}");
        assert_eq!(cells(&shelf, &sql).await, "3.0", "{filter}");
    }
    shelf
        .ask("SELECT max(output_score) FROM predictions")
        .await
        .unwrap_err();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn old_files_read_as_null_or_wider() {
    let mut shelf = Shelf::empty();
    let time = |h| Arc::new(TimestampMicrosecondArray::from(vec![hour(0, h)]).with_timezone("UTC"));
    shelf.file(
        "m",
        0,
        &columns(vec![
            ("time", time(0)),
            ("input_x", Arc::new(Int64Array::from(vec![7]))),
        ]),
    );
    shelf.file(
        "m",
        0,
        &columns(vec![
            ("time", time(1)),
            ("input_x", Arc::new(StringArray::from(vec!["seven"]))),
            ("input_new", Arc::new(StringArray::from(vec!["new"]))),
        ]),
    );
    let shelf = Arc::new(shelf);
    let sql = "SELECT input_x, input_new FROM m.predictions ORDER BY time";
    assert_eq!(cells(&shelf, sql).await, "7|\nseven|new");
    let sql = "SELECT input_new FROM m.predictions WHERE input_x = '7'";
    assert_eq!(cells(&shelf, sql).await, "");
    assert_eq!(
        cells(
            &shelf,
            "SELECT count(*) FROM m.predictions WHERE input_x = '7'"
        )
        .await,
        "1"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn hot_rows_come_in_pieces_and_lose_none() {
    let mut shelf = Shelf::empty();
    shelf.hot("m", score_rows(0, 0, 70_000));
    shelf.hot("m", score_rows(0, 0, 0));
    shelf.hot("m", score_rows(0, 70_000, 70_001));
    let shelf = Arc::new(shelf);
    let sql = "SELECT count(DISTINCT id), sum(output_score), count(day) FROM m.predictions";
    assert_eq!(cells(&shelf, sql).await, "70001|2450035000.0|70001");
    let sql = "SELECT count(*) FROM (SELECT 1 FROM m.predictions LIMIT 70000)";
    assert_eq!(cells(&shelf, sql).await, "70000");
    let sql = "SELECT id FROM m.predictions ORDER BY output_score DESC LIMIT 1";
    assert_eq!(cells(&shelf, sql).await, "p070000");
    let sql = format!(
        "SELECT count(*) FROM m.predictions WHERE day = '{}'",
        "2026-01-01"
    );
    assert_eq!(cells(&shelf, &sql).await, "25", "{}", day(0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn the_lake_describes_itself() {
    let mut shelf = Shelf::credit();
    shelf.file_of(TableId::Shared(Kind::Change), 0, &score_rows(0, 0, 1));
    let shelf = Arc::new(shelf);
    let tables = cells(&shelf, "SHOW TABLES").await;
    assert!(
        tables.contains("candor|credit-risk|predictions|BASE TABLE"),
        "{tables}"
    );
    assert!(tables.contains("candor|_all|predictions|VIEW"), "{tables}");
    assert!(
        tables.contains("candor|_all|changes|BASE TABLE"),
        "{tables}"
    );
    let described = cells(&shelf, r#"DESCRIBE "credit-risk".predictions"#).await;
    assert!(
        described.contains("output_score|Float64|YES"),
        "{described}"
    );
    assert!(described.contains("model|Utf8|YES"), "{described}");
    let shown = cells(&shelf, "SHOW COLUMNS FROM predictions").await;
    assert!(shown.contains("output_score"), "{shown}");
    let sql = "SELECT table_schema FROM information_schema.columns WHERE column_name = 'output_score' ORDER BY 1";
    assert_eq!(cells(&shelf, sql).await, "_all\n_all\ncredit-risk");
    assert_eq!(cells(&shelf, "SELECT count(*) FROM changes").await, "1");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn plans_show_the_pruned_scan_and_no_path_of_the_server() {
    let shelf = Arc::new(Shelf::credit());
    let sql =
        r#"SELECT avg(output_score) FROM "credit-risk".predictions WHERE time >= '2026-01-03'"#;
    let plan = shelf.ask(&format!("EXPLAIN {sql}")).await.unwrap().text();
    assert!(plan.contains("pruning_predicate"), "{plan}");
    assert!(plan.contains("HotScan: rows=6"), "{plan}");
    assert!(
        plan.contains("part-2.parquet") && !plan.contains("part-1.parquet"),
        "{plan}"
    );
    assert!(!plan.contains(&shelf.root()), "{plan}");
    let ran = shelf
        .ask(&format!("EXPLAIN ANALYZE {sql}"))
        .await
        .unwrap()
        .text();
    assert!(
        ran.contains("output_rows=") && !ran.contains(&shelf.root()),
        "{ran}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn an_empty_lake_has_empty_views() {
    let shelf = Arc::new(Shelf::empty());
    assert_eq!(
        cells(
            &shelf,
            "SELECT count(*), max(output_score) FROM predictions"
        )
        .await,
        "0|"
    );
    assert_eq!(
        cells(&shelf, "SELECT count(*) FROM outcomes WHERE value > 1").await,
        "0"
    );
    assert_eq!(cells(&shelf, "SELECT 1 + 1, upper('x')").await, "2|X");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn one_worker_answers_many_questions_and_survives_failures() {
    let shelf = Arc::new(Shelf::credit());
    let mut stream = worker();
    for (sql, expected) in [
        ("SELECT count(*) FROM predictions", Ok("78")),
        (
            "SELECT nonsense FROM predictions",
            Err(QueryCode::SqlUnknownColumn),
        ),
        (
            "SELECT 1 / 0 FROM predictions WHERE output_score > 0",
            Err(QueryCode::SqlFailed),
        ),
        ("SELECT max(output_score) FROM predictions", Ok("77.0")),
    ] {
        let (told, back) = shelf.ask_on(stream, sql, QueryLimits::default()).await;
        match (&told, expected) {
            (Ok(told), Ok(cells)) => assert_eq!(told.cells(), cells, "{sql}"),
            (Err(failure), Err(code)) => assert_eq!(failure.code, code, "{sql}: {failure}"),
            _ => panic!("{sql}: {told:?}"),
        }
        stream = back.expect(sql);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn the_clock_is_the_parents() {
    let shelf = Arc::new(Shelf::empty());
    assert_eq!(cells(&shelf, "SELECT now()").await, "2026-01-11T00:00:00Z");
    assert_eq!(cells(&shelf, "SELECT current_date").await, "2026-01-11");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn steps_that_read_the_same_are_all_taken() {
    let mut shelf = Shelf::empty();
    shelf.file("m", 0, &score_rows(0, 0, 2));
    shelf.hot("m", score_rows(0, 2, 3));
    let shelf = Arc::new(shelf);
    let first = "SELECT output_score AS y FROM m.predictions";
    for sql in [
        format!("SELECT max(y) FROM (SELECT y + y AS y FROM (SELECT y + y AS y FROM ({first})))"),
        format!(
            "WITH a AS ({first}), b AS (SELECT y + y AS y FROM a), c AS (SELECT y + y AS y FROM b)
             SELECT max(y) FROM c"
        ),
        format!(
            "SELECT max(y) FROM (SELECT t.y + t.y AS y FROM (SELECT t.y + t.y AS y FROM ({first}) t) t) t"
        ),
        format!(
            "WITH t AS (WITH t AS (WITH t AS ({first}) SELECT y + y AS y FROM t) SELECT y + y AS y FROM t)
             SELECT max(y) FROM t"
        ),
    ] {
        assert_eq!(cells(&shelf, &sql).await, "8.0", "{sql}");
    }
}

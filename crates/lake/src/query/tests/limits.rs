//! What ends a query: time, memory, rows, bytes, a parent that is gone, a worker that is gone.

use super::shelf::{worker, worker_within};
use super::{Shelf, hour, score_rows};
use crate::query::*;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

fn crowd() -> Arc<Shelf> {
    crowd_of(9_000)
}

fn crowd_of(rows: i64) -> Arc<Shelf> {
    let mut shelf = Shelf::empty();
    shelf.file("m", 0, &score_rows(0, 0, rows));
    Arc::new(shelf)
}

/// Looks at all pairs of rows, in few long steps.
const SLOW: &str = "SELECT sum(sqrt(a.output_score * b.output_score)) FROM m.predictions a
                    JOIN m.predictions b ON a.output_score < b.output_score + sin(a.output_score)";

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn a_slow_query_ends_at_its_time_limit() {
    let limits = QueryLimits {
        time_ms: 200,
        ..QueryLimits::default()
    };
    let shelf = crowd_of(3_000);
    let asked = shelf.ask_on(worker(), SLOW, limits);
    let (told, back) = tokio::time::timeout(Duration::from_secs(2), asked)
        .await
        .unwrap();
    assert_eq!(told.unwrap_err().code, QueryCode::SqlTimeLimit);
    // A worker that could not stop says so and is not used again.
    if let Some(stream) = back {
        let asked = shelf.ask_on(stream, "SELECT count(*) FROM predictions", limits);
        let (told, _) = tokio::time::timeout(Duration::from_secs(2), asked)
            .await
            .unwrap();
        assert_eq!(told.unwrap().cells(), "3000");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn a_greedy_query_ends_at_its_memory_limit() {
    let limits = QueryLimits {
        memory_bytes: 200_000,
        ..QueryLimits::default()
    };
    let sql = "SELECT id, count(*) FROM predictions GROUP BY id";
    let failure = crowd().ask_within(sql, limits).await.unwrap_err();
    assert_eq!(failure.code, QueryCode::SqlMemoryLimit, "{failure}");
    assert_eq!(crowd().ask(sql).await.unwrap().summary.rows, 9_000);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn memory_outside_the_pool_ends_a_query_too() {
    let limits = QueryLimits {
        memory_bytes: 1 << 20,
        ..QueryLimits::default()
    };
    let small = WorkerLimits {
        slack_bytes: 4 << 20,
        ..WorkerLimits::default()
    };
    // Each level is ten times as long; none of it is told to the pool.
    let mut sql = "SELECT id AS x FROM m.predictions".to_owned();
    for _ in 0..3 {
        sql = format!("SELECT {} AS x FROM ({sql})", ["x"; 10].join(" || "));
    }
    let sql = format!("SELECT max(length(x)) FROM ({sql})");
    let (told, _) = crowd().ask_on(worker_within(small), &sql, limits).await;
    assert_eq!(told.unwrap_err().code, QueryCode::SqlMemoryLimit);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn results_are_cut_at_their_limits_and_say_so() {
    let shelf = crowd();
    let sql = "SELECT id FROM m.predictions ORDER BY id";
    for (rows_max, rows, truncated) in [(10, 10, true), (9_000, 9_000, false), (0, 0, true)] {
        let limits = QueryLimits {
            rows_max,
            ..QueryLimits::default()
        };
        let told = shelf.ask_within(sql, limits).await.unwrap();
        let seen: usize = told.batches.iter().map(|b| b.num_rows()).sum();
        assert_eq!((told.summary.rows, seen as u64), (rows, rows));
        assert_eq!(told.summary.truncated, truncated, "{rows_max}");
    }
    let limits = QueryLimits {
        result_bytes_max: 1_000,
        ..QueryLimits::default()
    };
    let told = shelf.ask_within(sql, limits).await.unwrap();
    assert!(
        told.summary.truncated && told.summary.rows < 9_000,
        "{:?}",
        told.summary
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn a_worker_ends_when_the_parent_hangs_up() {
    let (ours, theirs) = tokio::io::duplex(1 << 16);
    let worker = tokio::spawn(async move { work(theirs, &WorkerLimits::default()).await });
    let snapshot = crowd_of(3_000) as Arc<dyn Snapshot>;
    let mut answer = ask(ours, snapshot, QueryRequest::new(SLOW, hour(0, 0)));
    assert!(
        tokio::time::timeout(Duration::from_millis(300), answer.next())
            .await
            .is_err()
    );
    assert!(
        answer.into_stream().is_none(),
        "a connection in the middle of an answer is spoilt"
    );
    let end = tokio::time::timeout(Duration::from_secs(2), worker)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(end, Ok(WorkerEnd::HungUp));
}

#[tokio::test]
async fn a_worker_that_dies_is_told() {
    let (ours, mut theirs) = tokio::io::duplex(1 << 16);
    tokio::spawn(async move {
        let mut some = [0; 16];
        theirs.read_exact(&mut some).await.unwrap();
    });
    let mut answer = ask(
        ours,
        crowd() as Arc<dyn Snapshot>,
        QueryRequest::new("SELECT 1", 0),
    );
    assert_eq!(
        answer.schema().await.unwrap_err().code,
        QueryCode::SqlWorkerDied
    );
    assert_eq!(
        answer.next().await.unwrap_err().code,
        QueryCode::SqlWorkerDied
    );
    assert!(answer.into_stream().is_none());
}

#[tokio::test]
async fn a_silent_worker_is_given_up_after_the_time_limit() {
    let (ours, _theirs) = tokio::io::duplex(1 << 16);
    let limits = QueryLimits {
        time_ms: 1,
        ..QueryLimits::default()
    };
    let request = QueryRequest {
        limits,
        ..QueryRequest::new("SELECT 1", 0)
    };
    let mut answer = ask(ours, crowd() as Arc<dyn Snapshot>, request);
    assert_eq!(
        answer.next().await.unwrap_err().code,
        QueryCode::SqlTimeLimit
    );
    assert!(answer.into_stream().is_none());
}

#[tokio::test]
async fn a_frame_longer_than_the_bound_is_not_read() {
    let (ours, mut theirs) = tokio::io::duplex(1 << 16);
    theirs.write_all(&u32::MAX.to_le_bytes()).await.unwrap();
    let mut answer = ask(
        ours,
        crowd() as Arc<dyn Snapshot>,
        QueryRequest::new("SELECT 1", 0),
    );
    assert_eq!(
        answer.next().await.unwrap_err().code,
        QueryCode::SqlWorkerDied
    );
}

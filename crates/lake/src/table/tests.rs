mod mutations;

use super::*;
use crate::store::Store;
use crate::store::s3_server::{Fault, S3Server};
use crate::store::tests::Place;
use arrow::array::{ArrayRef, AsArray, StringArray, TimestampMicrosecondArray};
use candor_contract::base_schema;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

const APP: &str = "candor-test";
const NOON_US: i64 = 1_767_268_800_000_000;

fn id() -> TableId {
    TableId::from_path("models/m/outcomes").unwrap()
}

/// One row an hour, from noon on.
fn rows(from: i64, to: i64) -> RecordBatch {
    let ids: ArrayRef = Arc::new(StringArray::from_iter_values(
        (from..to).map(|i| format!("r{i}")),
    ));
    let times = (from..to).map(|i| NOON_US + i * 3_600_000_000);
    let time: ArrayRef =
        Arc::new(TimestampMicrosecondArray::from_iter_values(times).with_timezone("UTC"));
    let batch = RecordBatch::try_from_iter([("id", ids), ("time", time)]).unwrap();
    conform(&batch, &base_schema(&id()).arrow(), &id()).unwrap()
}

async fn open(store: &Arc<Store>) -> (Table, RepairReport) {
    Table::open_or_create(store.clone(), &id(), &base_schema(&id()))
        .await
        .unwrap()
}

#[tokio::test]
async fn a_flush_done_twice_changes_nothing() {
    for place in Place::each() {
        let store = place.open().await;
        let (mut table, report) = open(&store).await;
        assert!(report.is_clean());
        for _ in 0..2 {
            table.append(vec![rows(0, 5)], (APP, 7)).await.unwrap();
            assert_eq!(table.rows(), 5);
        }
        assert_eq!(table.flushed_through(APP).await.unwrap(), Some(7));
        let (again, report) = open(&store).await;
        assert!(report.is_clean());
        assert_eq!((again.rows(), again.files().len()), (5, 1));
        assert_eq!(again.flushed_through(APP).await.unwrap(), Some(7));
    }
}

#[tokio::test]
async fn rows_are_cut_by_day_and_ordered_by_time() {
    for place in Place::each() {
        let store = place.open().await;
        let (mut table, _) = open(&store).await;
        table
            .append(vec![rows(24, 48), rows(0, 24)], (APP, 1))
            .await
            .unwrap();
        let files = table.files();
        let days: Vec<_> = files.iter().map(|f| (f.day, f.rows)).collect();
        assert_eq!(
            days,
            [(Some(20_454), 12), (Some(20_455), 24), (Some(20_456), 12)]
        );
        assert_eq!(files[0].time_min_us, Some(NOON_US));
    }
}

#[tokio::test]
async fn a_damaged_end_of_the_log_is_set_aside_and_flushed_again() {
    let damages = ["empty", "torn", "file missing"].into_iter();
    for (damage, place) in damages.flat_map(|d| Place::each().map(|p| (d, p))) {
        let store = place.open().await;
        let (mut table, _) = open(&store).await;
        table.append(vec![rows(0, 5)], (APP, 1)).await.unwrap();
        let first: Vec<String> = table.files().iter().map(|f| f.path.clone()).collect();
        table.append(vec![rows(5, 9)], (APP, 2)).await.unwrap();
        let folder = place.files().join(id().path());
        let commit = folder.join("_delta_log/00000000000000000002.json");
        match damage {
            "empty" => std::fs::write(&commit, b"").unwrap(),
            "torn" => {
                let bytes = std::fs::read(&commit).unwrap();
                std::fs::write(&commit, &bytes[..bytes.len() - 10]).unwrap();
            }
            _ => {
                let second = table
                    .files()
                    .iter()
                    .map(|f| f.path.clone())
                    .find(|p| !first.contains(p));
                std::fs::remove_file(folder.join(second.unwrap())).unwrap();
            }
        }
        let (mut table, report) = open(&store).await;
        assert_eq!(report.set_aside.len(), 1, "{damage}");
        assert_eq!(table.rows(), 5, "{damage}");
        assert_eq!(
            table.flushed_through(APP).await.unwrap(),
            Some(1),
            "{damage}"
        );
        table.append(vec![rows(5, 9)], (APP, 2)).await.unwrap();
        let (table, report) = open(&store).await;
        assert!(report.is_clean(), "{damage}: {report:?}");
        assert_eq!(table.rows(), 9, "{damage}");
    }
}

#[tokio::test]
async fn wider_types_rewrite_and_keep_every_row() {
    for place in Place::each() {
        let store = place.open().await;
        let (mut table, _) = open(&store).await;
        let mut schema = base_schema(&id());
        schema
            .columns
            .push(Column::new("segment_n", ColumnType::Integer));
        table.evolve(&schema).await.unwrap();
        let n: ArrayRef = Arc::new(arrow::array::Int64Array::from_iter_values(0..5));
        let with = |base: RecordBatch, n: ArrayRef| {
            let time = base.column_by_name("time").unwrap().clone();
            let ids = base.column_by_name("id").unwrap().clone();
            let batch = RecordBatch::try_from_iter([("id", ids), ("time", time), ("segment_n", n)])
                .unwrap();
            conform(&batch, &schema.arrow(), &id()).unwrap()
        };
        table
            .append(vec![with(rows(0, 5), n)], (APP, 1))
            .await
            .unwrap();
        let widen = [candor_contract::SchemaChange::Widen {
            column: "segment_n".into(),
            from: ColumnType::Integer,
            to: ColumnType::Text,
        }];
        table.evolve(&schema.apply(&widen)).await.unwrap();
        assert_eq!(table.rows(), 5);
        assert_eq!(
            table.schema().column("segment_n").unwrap().ty,
            ColumnType::Text
        );
        assert_eq!(table.flushed_through(APP).await.unwrap(), Some(1));
    }
}

#[tokio::test]
async fn small_files_merge_and_old_days_go() {
    for place in Place::each() {
        let store = place.open().await;
        let (mut table, _) = open(&store).await;
        for i in 0..10 {
            table
                .append(vec![rows(i, i + 1)], (APP, i + 1))
                .await
                .unwrap();
        }
        let merged = table.compact(&CompactPolicy::default()).await.unwrap();
        assert!(!merged.more);
        assert_eq!(
            (merged.files, table.files().len(), table.rows()),
            (10, 1, 10)
        );
        assert_eq!(table.vacuum(i64::MAX / 2, 0).await.unwrap(), 10);
        table.append(vec![rows(24, 26)], (APP, 11)).await.unwrap();
        assert_eq!(table.retain(20_455).await.unwrap(), 1);
        assert_eq!(table.rows(), 2);
        let (table, report) = open(&store).await;
        assert!(report.is_clean(), "{report:?}");
        assert_eq!(table.rows(), 2);
    }
}

/// Half of the faults are in commits whose log entry landed.
#[tokio::test]
async fn a_commit_whose_answer_was_lost_is_found_and_not_done_again() {
    for fault in [
        Fault::AnswerLost,
        Fault::AnswerFalse,
        Fault::Cut,
        Fault::Fails,
    ] {
        let server = S3Server::start();
        let place = Place::Server(server);
        let store = place.open().await;
        let Place::Server(server) = &place else {
            return;
        };
        let (mut table, _) = open(&store).await;
        for position in 1..=6 {
            let commits = AtomicUsize::new(0);
            server.plan(move |method, path| {
                let commit = method.as_str() == "PUT" && path.contains("/_delta_log/");
                // Retries of the client meet the same fault, so that it gives up too.
                let hit = commit && position % 2 == 0;
                match hit && commits.fetch_add(1, Ordering::Relaxed) < 3 {
                    true => fault,
                    false => Fault::None,
                }
            });
            let batch = || vec![rows(position, position + 1)];
            if table.append(batch(), (APP, position)).await.is_err() {
                server.heal();
                table.append(batch(), (APP, position)).await.unwrap();
            }
            assert_eq!(table.rows(), u64::try_from(position).unwrap(), "{fault:?}");
        }
        server.heal();
        let (table, report) = open(&store).await;
        assert!(report.is_clean(), "{report:?}");
        assert_eq!((table.rows(), table.files().len()), (6, 6), "{fault:?}");
    }
}

#[tokio::test]
async fn a_merge_whose_answer_was_lost_leaves_every_row_once() {
    let place = Place::Server(S3Server::start());
    let store = place.open().await;
    let Place::Server(server) = &place else {
        return;
    };
    let (mut table, _) = open(&store).await;
    for i in 0..6 {
        table
            .append(vec![rows(i, i + 1)], (APP, i + 1))
            .await
            .unwrap();
    }
    // The merge lands; its answer and all reading after it is lost.
    let landed = AtomicBool::new(false);
    server.plan(move |method, path| {
        if landed.load(Ordering::SeqCst) {
            return Fault::Fails;
        }
        let commit = method.as_str() == "PUT" && path.contains("/_delta_log/");
        landed.store(commit, Ordering::SeqCst);
        if commit {
            Fault::AnswerLost
        } else {
            Fault::None
        }
    });
    table.compact(&CompactPolicy::default()).await.unwrap_err();
    server.heal();
    // A vacuum right after must not delete what the merge wrote.
    table.vacuum(i64::MAX / 2, 0).await.unwrap();
    assert_eq!((table.rows(), table.files().len()), (6, 1));
    let (table, report) = open(&store).await;
    assert!(report.is_clean(), "{report:?}");
    assert_eq!((table.rows(), table.files().len()), (6, 1));
}

#[tokio::test]
async fn a_checkpoint_is_written_and_read_again() {
    for place in Place::each() {
        let store = place.open().await;
        let (mut table, _) = open(&store).await;
        for i in 0..25 {
            table
                .append(vec![rows(i, i + 1)], (APP, i + 1))
                .await
                .unwrap();
        }
        assert!(table.checkpoint().await.unwrap());
        let log = place.files().join(id().path()).join("_delta_log");
        assert!(log.join("_last_checkpoint").exists());
        let (table, report) = open(&store).await;
        assert!(report.is_clean(), "{report:?}");
        assert_eq!((table.rows(), table.files().len()), (25, 25));
        assert_eq!(table.flushed_through(APP).await.unwrap(), Some(25));
    }
}

#[tokio::test]
async fn erased_rows_are_in_no_file_and_no_version() {
    for place in Place::each() {
        erased_rows_are_gone_from(&place).await;
    }
}

#[tokio::test]
async fn erased_rows_are_in_no_version_that_a_bucket_keeps() {
    erased_rows_are_gone_from(&Place::Server(S3Server::versioned())).await;
}

async fn erased_rows_are_gone_from(place: &Place) {
    let store = place.open().await;
    let (mut table, _) = open(&store).await;
    // Bounds of ids are in commits: the first and the last id of a file stand there in clear.
    table.append(vec![rows(10, 15)], (APP, 1)).await.unwrap();
    table.append(vec![rows(15, 16)], (APP, 2)).await.unwrap();
    table.compact(&CompactPolicy::default()).await.unwrap();
    let keep = |batch: &RecordBatch| {
        let ids = batch.column_by_name("id").unwrap().as_string::<i32>();
        ids.iter()
            .map(|id| Some(!matches!(id, Some("r10" | "r15"))))
            .collect()
    };
    let holds_any = |versions: &[Vec<u8>]| {
        let mut all = versions.iter();
        all.any(|bytes| bytes.windows(3).any(|w| w == b"r10" || w == b"r15"))
    };
    let gone = table.erase(keep).await.unwrap();
    assert_eq!((gone.rows, gone.files), (2, 2));
    assert_eq!(table.files().len(), 2, "a file without rows is none");
    assert!(table.forget_history().await.unwrap() > 0);
    if let Place::Server(server) = place {
        assert!(!holds_any(&server.kept()));
    }
    assert_eq!(table.erase(keep).await.unwrap().rows, 0);
    assert_eq!(table.forget_history().await.unwrap(), 0);

    let mut found = Vec::new();
    let mut folders = vec![place.files()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let bytes = std::fs::read(&path).unwrap();
            let holds = |id: &str| bytes.windows(id.len()).any(|w| w == id.as_bytes());
            if holds("r10") || holds("r15") {
                found.push(path);
            }
        }
    }
    assert_eq!(found, Vec::<std::path::PathBuf>::new());

    // The table goes on without the commits that it was read from, and so does who opens it.
    assert_eq!(table.flushed_through(APP).await.unwrap(), Some(2));
    table.append(vec![rows(20, 21)], (APP, 3)).await.unwrap();
    assert_eq!(table.flushed_through(APP).await.unwrap(), Some(3));
    let (mut again, report) = open(&store).await;
    assert!(report.is_clean());
    assert_eq!(again.rows(), 5);
    assert_eq!(again.flushed_through(APP).await.unwrap(), Some(3));
    again.append(vec![rows(21, 22)], (APP, 4)).await.unwrap();
    let (last, report) = open(&store).await;
    assert!(report.is_clean());
    assert_eq!(last.rows(), 6);
}

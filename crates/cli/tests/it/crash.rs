//! Killed, torn and damaged: every acknowledged event is there exactly once.

use crate::sandbox::Sandbox;
use serde_json::json;
use std::path::{Path, PathBuf};

const NDJSON: (&str, &str) = ("content-type", "application/x-ndjson");

fn send(sandbox: &Sandbox, model: &str, ids: std::ops::Range<u32>) -> u64 {
    let rows: String = ids
        .map(|i| {
            format!("{{\"id\":\"{i}\",\"inputs\":{{\"x\":{i}}},\"outputs\":{{\"score\":0.5}}}}\n")
        })
        .collect();
    let path = format!("/v1/models/{model}/predictions");
    sandbox
        .http("POST", &path, &[NDJSON], rows.as_bytes())
        .counts()
        .0
}

fn segments(sandbox: &Sandbox) -> Vec<PathBuf> {
    let log = std::fs::read_dir(sandbox.data().join("log")).unwrap();
    let mut files: Vec<_> = log
        .map(|e| e.unwrap().path())
        .filter(|p| p.extension().is_some_and(|e| e == "log"))
        .collect();
    files.sort();
    files
}

fn newest_commit(table: &Path) -> PathBuf {
    let log = std::fs::read_dir(table.join("_delta_log")).unwrap();
    let mut files: Vec<_> = log
        .map(|e| e.unwrap().path())
        .filter(|p| p.extension().is_some_and(|e| e == "json"))
        .collect();
    files.sort();
    files.pop().unwrap()
}

/// Where a record's ids lie in a segment.
fn find(bytes: &[u8], ids: &[u8]) -> usize {
    bytes.windows(ids.len()).position(|w| w == ids).unwrap()
}

/// Rows are kept in the log: nothing is flushed while the test looks.
const NO_FLUSH: &str = "[storage]\nflush_age_ms = 3600000\n";

#[test]
fn a_torn_tail_is_repaired_and_reported_and_whole_records_stay() {
    let mut sandbox = Sandbox::with_config(NO_FLUSH);
    for batch in 0..5 {
        assert_eq!(send(&sandbox, "m", batch * 100..batch * 100 + 100), 100);
    }
    sandbox.kill();
    let segment = segments(&sandbox).pop().unwrap();
    let mut bytes = std::fs::read(&segment).unwrap();
    let last = find(&bytes, b"400401402");
    bytes[last..].fill(0);
    std::fs::write(&segment, bytes).unwrap();
    sandbox.launch();
    assert!(
        sandbox.log().contains("the log was repaired"),
        "{}",
        sandbox.log()
    );
    let left = sandbox.sql("SELECT count(*), count(DISTINCT id) FROM m.predictions");
    assert_eq!(left, json!([[400, 400]]), "{}", sandbox.log());
    assert_eq!(
        send(&sandbox, "m", 400..500),
        100,
        "what was torn may be sent again"
    );
}

#[test]
fn damage_in_the_middle_is_isolated_and_reported() {
    let mut sandbox = Sandbox::with_config(NO_FLUSH);
    for batch in 0..5 {
        assert_eq!(send(&sandbox, "m", batch * 100..batch * 100 + 100), 100);
    }
    sandbox.kill();
    let segment = segments(&sandbox).remove(0);
    let mut bytes = std::fs::read(&segment).unwrap();
    let end = bytes.iter().rposition(|&b| b != 0).unwrap();
    let middle = end / 2;
    bytes[middle..middle + 8]
        .iter_mut()
        .for_each(|b| *b ^= 0x55);
    std::fs::write(&segment, bytes).unwrap();
    let doctor = || {
        let data = sandbox.data();
        let told = sandbox.candor(&["doctor", "--data", data.to_str().unwrap()]);
        let said = String::from_utf8_lossy(&told.stdout).into_owned();
        (told.status.code(), said)
    };
    let lost = "of the log cannot be read, and what was acknowledged with them is lost";
    let (code, said) = doctor();
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains(lost), "{said}");
    sandbox.launch();
    assert!(sandbox.log().contains(lost), "{}", sandbox.log());
    let left = sandbox.sql("SELECT count(*), count(DISTINCT id) FROM m.predictions");
    assert_eq!(left, json!([[400, 400]]), "{}", sandbox.log());
    assert_eq!(
        send(&sandbox, "m", 0..500),
        100,
        "what was lost may be sent again"
    );
    assert_eq!(sandbox.stop(), Some(0));
}

#[test]
fn a_damaged_newest_commit_is_set_aside_and_its_rows_are_flushed_again() {
    for (damage, size) in [("empty", 0), ("torn", 120)] {
        let mut sandbox = Sandbox::with_config(NO_FLUSH);
        send(&sandbox, "m", 0..1000);
        sandbox.client().flush().unwrap();
        send(&sandbox, "m", 1000..2000);
        sandbox.client().flush().unwrap();
        sandbox.kill();
        let table = sandbox.data().join("lake/models/m/predictions");
        let commit = newest_commit(&table);
        let bytes = std::fs::read(&commit).unwrap();
        std::fs::write(&commit, &bytes[..size]).unwrap();
        sandbox.launch();
        assert!(
            sandbox.log().contains("set aside"),
            "{damage}: {}",
            sandbox.log()
        );
        let all = "SELECT count(*), count(DISTINCT id) FROM m.predictions";
        assert_eq!(sandbox.sql(all), json!([[2000, 2000]]), "{damage}");
        sandbox.client().flush().unwrap();
        assert_eq!(
            sandbox.sql(all),
            json!([[2000, 2000]]),
            "{damage}, flushed again"
        );
        let volumes = sandbox.client().read("/v1/models/m/volumes").unwrap();
        assert!(
            volumes.to_string().contains("\"lake_rows\":2000"),
            "{volumes}"
        );
    }
}

#[test]
fn a_lake_that_cannot_be_written_fills_the_store_which_says_so_and_recovers() {
    let sandbox = Sandbox::with_config("[storage]\nhot_bytes_max = 3000000\n");
    // A file where the table's folder should be: no flush succeeds while it is there.
    let obstacle = sandbox.data().join("lake/models/m");
    std::fs::create_dir_all(obstacle.parent().unwrap()).unwrap();
    std::fs::write(&obstacle, b"in the way").unwrap();
    let text = "x".repeat(100);
    let batch = |n: u32| -> String {
        let row = |i| {
            format!(
                "{{\"id\":\"{n}-{i}\",\"inputs\":{{\"text\":\"{text}\"}},\"outputs\":{{\"score\":0.5}}}}\n"
            )
        };
        (0..2000).map(row).collect()
    };
    let post = |n: u32| {
        let path = "/v1/models/m/predictions";
        sandbox.http("POST", path, &[NDJSON], batch(n).as_bytes())
    };
    let (mut taken, mut refused) = (0, None);
    for n in 0..60 {
        let reply = post(n);
        if reply.status == 503 {
            refused = Some((n, reply));
            break;
        }
        taken += reply.counts().0;
    }
    let (n, refused) = refused.expect("the bound was never reached");
    let wait = refused
        .header("retry-after")
        .map(|s| s.parse::<u64>().unwrap());
    assert!(wait.is_some_and(|s| s >= 1), "{}", refused.text());
    let all = "SELECT count(*), count(DISTINCT id) FROM m.predictions";
    assert_eq!(
        sandbox.sql(all),
        json!([[taken, taken]]),
        "what was taken is there"
    );
    std::fs::remove_file(&obstacle).unwrap();
    sandbox.client().flush().unwrap();
    assert_eq!(post(n).counts().0, 2000, "room again");
    assert_eq!(sandbox.sql(all), json!([[taken + 2000, taken + 2000]]));
}

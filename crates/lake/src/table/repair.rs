//! Before a table is opened: a power cut may have left its newest log entry empty, torn, or naming
//! files that are not there. Such entries are moved aside, never deleted; the log still has their
//! rows and brings them again.

use crate::error::Result;
use bytes::Bytes;
use futures::TryStreamExt;
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt};
use parquet::file::metadata::ParquetMetaDataReader;
use serde_json::Value;

/// Newest log entries whose files are looked for. Older ones were durable before those were begun.
const CHECKED: usize = 8;

/// What was set aside.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RepairReport {
    /// Files moved to `_damaged/`, each with the reason.
    pub set_aside: Vec<(String, String)>,
}

impl RepairReport {
    /// Whether nothing had to be done.
    pub fn is_clean(&self) -> bool {
        self.set_aside.is_empty()
    }
}

/// Sets damaged ends of the table's log aside.
pub(crate) async fn repair(store: &dyn ObjectStore, table: &Path) -> Result<RepairReport> {
    let mut report = RepairReport::default();
    let log = table.clone().join("_delta_log");
    let failed = super::failed("repair", table);
    let files: Vec<_> = store
        .list(Some(&log))
        .try_collect()
        .await
        .map_err(&failed)?;
    let mut commits: Vec<Path> = Vec::new();
    for file in files {
        let name = file.location.filename().unwrap_or_default().to_owned();
        if is_commit(&name) {
            commits.push(file.location);
        } else if name == "_last_checkpoint" || name.ends_with(".checkpoint.parquet") {
            let bytes = read(store, &file.location).await.map_err(&failed)?;
            if !checkpoint_is_whole(&name, &bytes) {
                let hint = log.clone().join("_last_checkpoint");
                set_aside(
                    store,
                    table,
                    &file.location,
                    "damaged checkpoint",
                    &mut report,
                )
                .await
                .map_err(&failed)?;
                if file.location != hint && store.head(&hint).await.is_ok() {
                    set_aside(
                        store,
                        table,
                        &hint,
                        "it may name a damaged checkpoint",
                        &mut report,
                    )
                    .await
                    .map_err(&failed)?;
                }
            }
        }
    }
    commits.sort();
    let first = commits.len().saturating_sub(CHECKED);
    let mut bad: Option<(usize, String)> = None;
    for (i, commit) in commits.iter().enumerate().skip(first) {
        let bytes = read(store, commit).await.map_err(&failed)?;
        if let Err(reason) = check(store, table, &bytes).await {
            bad = Some((i, reason));
            break;
        }
    }
    if let Some((from, reason)) = bad {
        // Later entries build on the bad one: newest first, so that a crash leaves no gap.
        for commit in commits[from..].iter().rev() {
            set_aside(store, table, commit, &reason, &mut report)
                .await
                .map_err(&failed)?;
        }
    }
    Ok(report)
}

fn is_commit(name: &str) -> bool {
    name.strip_suffix(".json")
        .is_some_and(|n| n.len() == 20 && n.bytes().all(|b| b.is_ascii_digit()))
}

async fn read(store: &dyn ObjectStore, path: &Path) -> object_store::Result<Bytes> {
    store.get(path).await?.bytes().await
}

fn checkpoint_is_whole(name: &str, bytes: &Bytes) -> bool {
    if name == "_last_checkpoint" {
        return serde_json::from_slice::<Value>(bytes).is_ok_and(|v| v["version"].is_u64());
    }
    ParquetMetaDataReader::new().parse_and_finish(bytes).is_ok()
}

/// Whether a log entry is whole and its files are there with the sizes it tells.
async fn check(
    store: &dyn ObjectStore,
    table: &Path,
    bytes: &[u8],
) -> std::result::Result<(), String> {
    if bytes.is_empty() {
        return Err("the log entry is empty".into());
    }
    let mut removed = Vec::new();
    let mut added = Vec::new();
    for line in bytes
        .split(|&b| b == b'\n')
        .filter(|l| !l.trim_ascii().is_empty())
    {
        let action: Value =
            serde_json::from_slice(line).map_err(|_| "the log entry is torn".to_owned())?;
        if let Some(path) = action["remove"]["path"].as_str() {
            removed.push(path.to_owned());
        }
        if let Some(path) = action["add"]["path"].as_str() {
            added.push((path.to_owned(), action["add"]["size"].as_u64()));
        }
    }
    for (path, size) in added {
        let location = Path::parse(format!("{table}/{path}"))
            .map_err(|_| format!("the log entry names the odd file {path}"))?;
        match store.head(&location).await {
            Ok(meta) if Some(meta.size) == size => {}
            // A later compaction and vacuum may have removed it for good reason; sizes never change.
            Err(object_store::Error::NotFound { .. })
                if was_vacuumed(store, table, &path).await => {}
            Ok(_) => return Err(format!("{path} has the wrong size")),
            Err(_) => return Err(format!("{path} is missing")),
        }
    }
    Ok(())
}

/// Whether a later entry removed the file: then its absence is no damage.
async fn was_vacuumed(store: &dyn ObjectStore, table: &Path, path: &str) -> bool {
    let log = table.clone().join("_delta_log");
    let Ok(files) = store.list(Some(&log)).try_collect::<Vec<_>>().await else {
        return false;
    };
    for file in files
        .iter()
        .filter(|f| is_commit(f.location.filename().unwrap_or_default()))
    {
        if let Ok(bytes) = read(store, &file.location).await {
            let text = String::from_utf8_lossy(&bytes);
            if text
                .lines()
                .any(|l| l.contains("\"remove\"") && l.contains(path))
            {
                return true;
            }
        }
    }
    false
}

async fn set_aside(
    store: &dyn ObjectStore,
    table: &Path,
    file: &Path,
    reason: &str,
    report: &mut RepairReport,
) -> object_store::Result<()> {
    let name = file.filename().unwrap_or_default().to_owned();
    let dir = table.clone().join("_damaged");
    let taken: Vec<_> = store.list(Some(&dir)).try_collect().await?;
    let to = dir.join(format!("{:04}-{name}", taken.len()));
    store.rename(file, &to).await?;
    report.set_aside.push((name, reason.to_owned()));
    Ok(())
}

//! Before a table is opened: a power cut may have left its newest log entry empty, torn, or naming
//! files that are not there. Such entries are moved aside, never deleted; the log still has their
//! rows and brings them again.

use crate::error::{Error, Result};
use bytes::Bytes;
use futures::TryStreamExt;
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::file::metadata::ParquetMetaDataReader;
use serde_json::Value;

/// Newest log entries whose files are looked for. Older ones were durable before those were begun.
const CHECKED: usize = 8;

/// How a Parquet file begins and ends.
const MAGIC: &[u8] = b"PAR1";
/// Length of the footer and [`MAGIC`].
const TAIL_BYTES: u64 = 8;

/// What was set aside.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RepairReport {
    /// Files moved to `_damaged/`, each with the reason.
    pub set_aside: Vec<(String, String)>,
    /// Whether commits are among them, so that their rows must come from the log again.
    pub lost_commits: bool,
}

impl RepairReport {
    /// Whether nothing had to be done.
    pub fn is_clean(&self) -> bool {
        self.set_aside.is_empty()
    }
}

const HINT: &str = "_last_checkpoint";
const CHECKPOINT: &str = ".checkpoint.parquet";

/// Sets damaged ends of the table's log aside.
pub(crate) async fn repair(store: &dyn ObjectStore, table: &Path) -> Result<RepairReport> {
    let mut report = RepairReport::default();
    let log = table.clone().join("_delta_log");
    let failed = Error::table("repair", table);
    let files: Vec<_> = store
        .list(Some(&log))
        .try_collect()
        .await
        .map_err(&failed)?;
    let of_checkpoints = |name: &str| name == HINT || name.ends_with(CHECKPOINT);
    let (mut commits, mut checkpoints) = (Vec::new(), Vec::new());
    for file in files {
        match file.location.filename().unwrap_or_default() {
            name if is_commit(name) => commits.push(file.location),
            name if of_checkpoints(name) => checkpoints.push(file.location),
            _ => {}
        }
    }
    commits.sort();
    let newest = commits.last().and_then(version_of);
    repair_checkpoints(store, table, (&checkpoints, newest), &mut report)
        .await
        .map_err(&failed)?;
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
        report.lost_commits = true;
        // Later entries build on the bad one: newest first, so that a crash leaves no gap.
        for commit in commits[from..].iter().rev() {
            set_aside(store, table, commit, &reason, &mut report)
                .await
                .map_err(&failed)?;
        }
    }
    Ok(report)
}

/// Sets aside checkpoints that are damaged or of commits after the `newest`, and the hint if it names none that is there: a table without
/// either is read from its commits, one whose hint is wrong not at all.
async fn repair_checkpoints(
    store: &dyn ObjectStore,
    table: &Path,
    (files, newest): (&[Path], Option<u64>),
    report: &mut RepairReport,
) -> object_store::Result<()> {
    let (mut named, mut sound) = (None, Vec::new());
    for file in files {
        let name = file.filename().unwrap_or_default();
        let bytes = read(store, file).await?;
        if name == HINT {
            let hint = serde_json::from_slice::<Value>(&bytes).ok();
            let version = hint.and_then(|hint| hint["version"].as_u64());
            named = Some((file, version));
        } else if version_of(file) > newest {
            // Nothing could be added after a gap.
            report.lost_commits = true;
            set_aside(store, table, file, "its commit is gone", report).await?;
        } else if checkpoint_is_whole(&bytes) {
            sound.extend(version_of(file));
        } else {
            set_aside(store, table, file, "damaged checkpoint", report).await?;
        }
    }
    if let Some((hint, version)) = named
        && version.is_none_or(|version| !sound.contains(&version))
    {
        set_aside(store, table, hint, "it names no sound checkpoint", report).await?;
    }
    Ok(())
}

fn version_of(file: &Path) -> Option<u64> {
    let name = file.filename().unwrap_or_default();
    name.split('.').next()?.parse().ok()
}

fn is_commit(name: &str) -> bool {
    name.strip_suffix(".json")
        .is_some_and(|n| n.len() == 20 && n.bytes().all(|b| b.is_ascii_digit()))
}

async fn read(store: &dyn ObjectStore, path: &Path) -> object_store::Result<Bytes> {
    store.get(path).await?.bytes().await
}

fn checkpoint_is_whole(bytes: &Bytes) -> bool {
    // All of it: the table cannot be opened without any part.
    let reader = ParquetRecordBatchReaderBuilder::try_new(bytes.clone()).and_then(|r| r.build());
    reader.is_ok_and(|mut batches| batches.all(|batch| batch.is_ok()))
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
            Ok(meta) if Some(meta.size) == size => {
                if !data_is_whole(store, &location, meta.size).await {
                    return Err(format!("{path} is damaged"));
                }
            }
            // A later compaction and vacuum may have removed it for good reason; sizes never change.
            Err(object_store::Error::NotFound { .. })
                if was_vacuumed(store, table, &path).await => {}
            Ok(_) => return Err(format!("{path} has the wrong size")),
            Err(_) => return Err(format!("{path} is missing")),
        }
    }
    Ok(())
}

/// Whether a data file begins and ends as it should. What a power cut leaves of a file is cut off or
/// zeroed from some point on; the middle is checked by whoever reads it.
async fn data_is_whole(store: &dyn ObjectStore, file: &Path, size: u64) -> bool {
    let Some(tail_at) = size
        .checked_sub(TAIL_BYTES)
        .filter(|at| *at >= MAGIC.len() as u64)
    else {
        return false;
    };
    let Ok(head) = store.get_range(file, 0..MAGIC.len() as u64).await else {
        return false;
    };
    let Ok(tail) = store.get_range(file, tail_at..size).await else {
        return false;
    };
    let Some((length, MAGIC)) = tail.split_first_chunk::<4>() else {
        return false;
    };
    let footer_at = tail_at.checked_sub(u64::from(u32::from_le_bytes(*length)));
    let Some(footer_at) = footer_at.filter(|_| *head == *MAGIC) else {
        return false;
    };
    let footer = store.get_range(file, footer_at..tail_at).await;
    footer.is_ok_and(|footer| ParquetMetaDataReader::decode_metadata(&footer).is_ok())
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

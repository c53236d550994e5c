//! Keeping a table tidy: compaction, retention, checkpoints, vacuum. One task a table does it.

use super::{Table, remove};
use crate::error::Result;
use crate::query::FileEntry;
use candor_contract::TableId;
use deltalake::kernel::Action;
use deltalake::protocol::{DeltaOperation, checkpoints};
use futures::TryStreamExt;
use object_store::ObjectStoreExt;
use object_store::path::Path;
use std::collections::{BTreeMap, HashSet};
use tokio::runtime::Handle;

/// Commits between checkpoints.
const CHECKPOINT_EVERY: u64 = 20;

/// Which files are merged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CompactPolicy {
    /// Files below this size are small.
    pub(crate) small_bytes: u64,
    /// A day with this many small files is compacted. Of profiles, which become fewer by it, two are enough in a day
    /// to which nothing came since the last round.
    pub(crate) files_min: usize,
    /// Merged files stay below about this size.
    pub(crate) merged_bytes: u64,
    /// Merged files stay below this many rows, which bounds memory.
    pub(crate) merged_rows: u64,
    /// Rows merged in one round, so that flushes do not wait long.
    pub(crate) round_rows: u64,
}

/// What a round of compaction did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Compacted {
    /// Files that were merged away.
    pub(crate) files: u64,
    /// There is more to merge.
    pub(crate) more: bool,
}

impl CompactPolicy {
    /// The policy of a table. Rows of profiles are large and are merged in memory, so fewer at once.
    pub(crate) fn of(id: &TableId) -> Self {
        match id {
            TableId::Profiles(_) => Self {
                merged_bytes: 32 << 20,
                merged_rows: 100_000,
                ..Self::default()
            },
            _ => Self::default(),
        }
    }
}

impl Default for CompactPolicy {
    fn default() -> Self {
        Self {
            small_bytes: 16 << 20,
            files_min: 4,
            merged_bytes: 64 << 20,
            merged_rows: 1_000_000,
            round_rows: 1_000_000,
        }
    }
}

impl Table {
    /// Merges small files of days, one round of them.
    pub(crate) async fn compact(&mut self, policy: &CompactPolicy) -> Result<Compacted> {
        self.settle().await?;
        let before = self.rows();
        let mut by_day: BTreeMap<Option<i32>, Vec<FileEntry>> = BTreeMap::new();
        for file in self.files.iter().filter(|f| f.bytes < policy.small_bytes) {
            by_day.entry(file.day).or_default().push(file.clone());
        }
        let (folds, now) = (self.folds(), small(&by_day));
        let was = std::mem::replace(&mut self.small_files, now.clone());
        let is_at_rest = |day| folds && was.get(day) == now.get(day);
        let crowded = by_day
            .iter()
            .filter(|(day, files)| files.len() >= policy.files_min || is_at_rest(day))
            .map(|(_, files)| files);
        let mut groups = crowded.flat_map(|files| groups(files, policy)).peekable();
        let schema = self.schema.arrow();
        let (mut files, mut rows) = (0, 0);
        while rows < policy.round_rows
            && let Some(group) = groups.next()
        {
            let actions = self.rewrite(group, &schema).await?;
            let operation = DeltaOperation::Optimize {
                predicate: None,
                target_size: i64::try_from(policy.merged_bytes).unwrap_or(i64::MAX),
            };
            self.commit(actions, None, operation).await?;
            files += group.len() as u64;
            rows += group.iter().map(|file| file.rows).sum::<u64>();
        }
        if self.rows() != before && !self.folds() {
            return Err(self.check("compaction changed the number of rows"));
        }
        let more = groups.peek().is_some();
        Ok(Compacted { files, more })
    }

    /// Drops whole days before `before_day` (days since 1970); returns how many files went.
    pub(crate) async fn retain(&mut self, before_day: i32) -> Result<u64> {
        self.settle().await?;
        let old: Vec<Action> = self
            .files
            .iter()
            .filter(|f| f.day.is_some_and(|day| day < before_day))
            .map(|f| Action::Remove(remove(f, true)))
            .collect();
        if old.is_empty() {
            return Ok(0);
        }
        let gone = old.len() as u64;
        let predicate = Some(format!("day < '{}'", super::stats::day_text(before_day)));
        self.commit(old, None, DeltaOperation::Delete { predicate })
            .await?;
        Ok(gone)
    }

    /// Writes a checkpoint if enough commits came since the last, so that opening stays quick.
    pub(crate) async fn checkpoint(&mut self) -> Result<bool> {
        self.settle().await?;
        let version = self.delta.version().unwrap_or(0);
        if version < self.checkpointed + CHECKPOINT_EVERY {
            return Ok(false);
        }
        self.write_checkpoint().await?;
        Ok(true)
    }

    /// Writes a checkpoint of the newest version.
    pub(super) async fn write_checkpoint(&mut self) -> Result<()> {
        let (delta, runtime) = (self.delta.clone(), Handle::current());
        // It waits for the store without yielding: here, a store's connections would not be driven.
        let work = move || runtime.block_on(checkpoints::create_checkpoint(&delta, None));
        let written = tokio::task::spawn_blocking(work).await;
        written
            .map_err(self.failed("write a checkpoint of"))?
            .map_err(self.failed("write a checkpoint of"))?;
        self.checkpointed = self.delta.version().unwrap_or(0);
        Ok(())
    }

    /// Deletes data files that no commit refers to and that are older than `grace_us`: longer than
    /// the longest query. Returns how many went.
    pub(crate) async fn vacuum(&mut self, now_us: i64, grace_us: i64) -> Result<u64> {
        self.settle().await?;
        let vacuum = self.failed("vacuum");
        let live: HashSet<String> = self
            .files
            .iter()
            .map(|f| format!("{}/{}", self.path, f.path))
            .collect();
        let all: Vec<_> = self
            .store
            .files()
            .list(Some(&self.path))
            .try_collect()
            .await
            .map_err(&vacuum)?;
        let before_ms = (now_us - grace_us).div_euclid(1_000);
        let dead: Vec<Path> = all
            .into_iter()
            .filter(|f| f.last_modified.timestamp_millis() < before_ms)
            .map(|f| f.location)
            .filter(|p| is_data(p, &self.path) && !live.contains(p.as_ref()))
            .collect();
        for path in &dead {
            self.store.files().delete(path).await.map_err(&vacuum)?;
        }
        Ok(dead.len() as u64)
    }
}

/// Small files of each day, as many and as large as they are.
pub(super) type SmallFiles = BTreeMap<Option<i32>, (usize, u64)>;

fn small(by_day: &BTreeMap<Option<i32>, Vec<FileEntry>>) -> SmallFiles {
    let days = by_day.iter();
    days.map(|(day, files)| (*day, (files.len(), files.iter().map(|f| f.bytes).sum())))
        .collect()
}

/// Whether a path is a data file of the table: below a day, and Parquet.
fn is_data(path: &Path, table: &Path) -> bool {
    let Some(mut parts) = path.prefix_match(table) else {
        return false;
    };
    parts.next().is_some_and(|p| p.as_ref().starts_with("day="))
        && path.as_ref().ends_with(".parquet")
}

/// Neighbours in time that fit into one merged file.
fn groups<'a>(files: &'a [FileEntry], policy: &CompactPolicy) -> Vec<&'a [FileEntry]> {
    let mut out = Vec::new();
    let (mut from, mut bytes, mut rows) = (0, 0, 0);
    for (i, file) in files.iter().enumerate() {
        if bytes + file.bytes > policy.merged_bytes || rows + file.rows > policy.merged_rows {
            out.push(&files[from..i]);
            (from, bytes, rows) = (i, 0, 0);
        }
        bytes += file.bytes;
        rows += file.rows;
    }
    out.push(&files[from..]);
    out.retain(|group| group.len() > 1);
    out
}

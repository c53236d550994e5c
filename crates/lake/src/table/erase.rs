//! Rows that leave a table for good, with every trace of them in its history.

use super::{Effort, Table, parquet, remove};
use crate::conform::conform;
use crate::error::{Error, Result};
use arrow::array::{Array, AsArray, BooleanArray, RecordBatch};
use arrow::compute::filter_record_batch;
use bytes::Bytes;
use deltalake::kernel::Action;
use deltalake::protocol::DeltaOperation;
use futures::TryStreamExt;
use object_store::ObjectStoreExt;
use object_store::path::Path;
use std::collections::{BTreeMap, BTreeSet, HashSet};

/// Columns that tell whose a row is.
const TELLING: [&str; 5] = ["id", "subject", "prediction_id", "model", "raw"];

/// What went.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Gone {
    pub(crate) rows: u64,
    pub(crate) files: u64,
}

impl Table {
    /// Ids of the rows with one of `subjects`.
    pub(crate) async fn ids_of(&self, subjects: &HashSet<String>) -> Result<HashSet<String>> {
        let mut ids = HashSet::new();
        for file in self.files.iter() {
            let bytes = self.bytes_of(file).await?;
            for batch in parquet::decode_columns(bytes, &["id", "subject"])? {
                let column = |name: &str| batch.column_by_name(name)?.as_string_opt::<i32>();
                let (Some(id), Some(subject)) = (column("id"), column("subject")) else {
                    continue;
                };
                let rows = (0..batch.num_rows()).filter(|&row| subject.is_valid(row));
                let theirs = rows.filter(|&row| subjects.contains(subject.value(row)));
                ids.extend(theirs.map(|row| id.value(row).to_owned()));
            }
        }
        Ok(ids)
    }

    /// Days, since 1970, with rows that `keep` says no to.
    pub(crate) async fn days_losing(
        &self,
        keep: impl Fn(&RecordBatch) -> BooleanArray,
    ) -> Result<BTreeSet<i32>> {
        let mut days = BTreeSet::new();
        for file in self.files.iter() {
            let Some(day) = file.day.filter(|day| !days.contains(day)) else {
                continue;
            };
            let telling = parquet::decode_columns(self.bytes_of(file).await?, &TELLING)?;
            if telling.iter().any(|batch| keep(batch).false_count() > 0) {
                days.insert(day);
            }
        }
        Ok(days)
    }

    /// Those of the values in `sought`, by column, which only rows hold that `keep` says no to.
    pub(crate) async fn only_lost(
        &self,
        sought: &BTreeMap<&str, &BTreeSet<String>>,
        keep: impl Fn(&RecordBatch) -> BooleanArray,
    ) -> Result<BTreeSet<(String, String)>> {
        let names: Vec<&str> = TELLING.iter().chain(sought.keys()).copied().collect();
        let (mut lost, mut left) = (BTreeSet::new(), BTreeSet::new());
        for file in self.files.iter() {
            for batch in parquet::decode_columns(self.bytes_of(file).await?, &names)? {
                let keep = keep(&batch);
                for (name, sought) in sought {
                    let (stays, goes) = told_apart(&batch, name, sought, &keep);
                    left.extend(stays.into_iter().map(|text| (*name, text)));
                    lost.extend(goes.into_iter().map(|text| (*name, text)));
                }
            }
        }
        let only = lost.difference(&left);
        Ok(only
            .map(|(name, text)| ((*name).to_owned(), (*text).clone()))
            .collect())
    }

    /// Writes files anew without the rows that `keep` says no to, in one commit.
    pub(crate) async fn erase(
        &mut self,
        keep: impl Fn(&RecordBatch) -> BooleanArray,
    ) -> Result<Gone> {
        self.settle().await?;
        let before = self.rows();
        let mut gone = Gone::default();
        let mut actions = Vec::new();
        for file in self.files.clone().iter() {
            let bytes = self.bytes_of(file).await?;
            let telling = parquet::decode_columns(bytes.clone(), &TELLING)?;
            let lost: usize = telling.iter().map(|b| keep(b).false_count()).sum();
            if lost == 0 {
                continue;
            }
            gone.rows += lost as u64;
            gone.files += 1;
            actions.push(Action::Remove(remove(file, true)));
            let left = self.without(bytes, &keep)?;
            if left.iter().any(|batch| batch.num_rows() > 0) {
                let adds = self.write(left, "rewritten", Effort::Compaction).await?;
                actions.extend(adds.into_iter().map(Action::Add));
            }
        }
        if actions.is_empty() {
            return Ok(gone);
        }
        let operation = DeltaOperation::Delete { predicate: None };
        self.commit(actions, None, operation).await?;
        if self.rows() + gone.rows != before {
            return Err(self.check("an erasure removed another number of rows than it found"));
        }
        Ok(gone)
    }

    fn without(
        &self,
        bytes: Bytes,
        keep: &impl Fn(&RecordBatch) -> BooleanArray,
    ) -> Result<Vec<RecordBatch>> {
        let schema = self.schema.arrow();
        let whole = parquet::decode(bytes)?;
        let left = whole.iter().map(|batch| {
            let left =
                filter_record_batch(batch, &keep(batch)).map_err(Error::arrow("leave out rows"))?;
            conform(&left, &schema, &self.id)
        });
        left.filter(|batch| batch.as_ref().map_or(true, |b| b.num_rows() > 0))
            .collect()
    }

    /// Makes the newest version the only one: a checkpoint of it, and nothing of those before, nor
    /// data files that only they refer to, nor what repairs set aside or crashes left half written. Commits
    /// hold bounds of ids, so they have to go as well. Returns how many files went.
    pub(crate) async fn forget_history(&mut self) -> Result<u64> {
        let mut gone = self.vacuum(i64::MAX / 2, 0).await?;
        gone += self.store.forget_staged(&self.path)?;
        let Some(version) = self.delta.version() else {
            return Ok(gone);
        };
        let (log, aside) = (
            self.path.clone().join("_delta_log"),
            self.path.clone().join("_damaged"),
        );
        let is_older = |name: &str| version_of(name).is_some_and(|v| v < version);
        let old = self.files_below(&log, is_older).await?;
        if !old.is_empty() {
            self.write_checkpoint().await?;
        }
        let aside = self.files_below(&aside, |_| true).await?;
        // What is known of the table was read from these commits, and some of it is read from them again.
        self.in_doubt |= !old.is_empty();
        gone += self.delete(old.iter().chain(&aside)).await?;
        self.settle().await?;
        // A bucket may keep what was deleted.
        Ok(gone + self.store.forget_versions(&self.path).await?)
    }

    async fn delete(&self, paths: impl Iterator<Item = &Path>) -> Result<u64> {
        let mut gone = 0;
        for path in paths {
            let deleted = self.store.files().delete(path).await;
            deleted.map_err(self.failed("forget the history of"))?;
            gone += 1;
        }
        Ok(gone)
    }

    async fn files_below(&self, dir: &Path, wanted: impl Fn(&str) -> bool) -> Result<Vec<Path>> {
        let all: Vec<_> = self
            .store
            .files()
            .list(Some(dir))
            .try_collect()
            .await
            .map_err(self.failed("list files of"))?;
        let paths = all.into_iter().map(|f| f.location);
        Ok(paths
            .filter(|path| path.filename().is_some_and(&wanted))
            .collect())
    }
}

/// Values in `sought` of a column: in rows to keep, and in others.
fn told_apart<'s>(
    batch: &RecordBatch,
    name: &str,
    sought: &'s BTreeSet<String>,
    keep: &BooleanArray,
) -> (BTreeSet<&'s String>, BTreeSet<&'s String>) {
    let column = batch.column_by_name(name);
    let texts = column.and_then(|column| column.as_string_opt::<i32>());
    let rows = texts.into_iter().flatten().zip(keep);
    let found = rows.filter_map(|(text, keep)| Some((sought.get(text?)?, keep == Some(true))));
    let (stays, goes): (Vec<_>, Vec<_>) = found.partition(|(_, keep)| *keep);
    let texts = |all: Vec<(&'s String, bool)>| all.into_iter().map(|(text, _)| text).collect();
    (texts(stays), texts(goes))
}

/// The version that a file of Delta's log belongs to.
fn version_of(name: &str) -> Option<u64> {
    let (digits, _) = name.split_once('.')?;
    (digits.len() == 20).then(|| digits.parse().ok())?
}

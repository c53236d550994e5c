//! From the log to the lake: hot rows become Parquet files and a Delta commit that names the log
//! position, so that doing it again changes nothing.
//!
//! One thread runs all of it, flush and maintenance alike: no table ever has two writers here.

mod profiling;

pub(crate) use profiling::{Profiling, app_id as profiles_app_id};

use crate::error::{Error, Result};
use crate::ingest::Message;
use crate::store::Store;
use crate::table::{CompactPolicy, Compacted, Table, Written};
use crate::tables::Tables;
use crate::view::{HotRows, TableView};
use arrow::array::RecordBatch;
use candor_contract::{Kind, TableId, TableSchema};
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use tokio::sync::{Notify, mpsc, oneshot};

/// When hot rows go to the lake, and how the lake is kept tidy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FlushPolicy {
    /// Flush a table at this many hot bytes.
    pub bytes: u64,
    /// Flush a table when its oldest hot row is this old, in microseconds.
    pub age_us: i64,
    /// Flush every table when all hot rows together reach this many bytes.
    pub total_bytes: u64,
    /// Keep files that no version refers to for this long, in microseconds: longer than the
    /// longest query.
    pub vacuum_after_us: i64,
    /// Do maintenance (checkpoint, compaction, vacuum, retention) this often, in microseconds.
    pub maintain_every_us: i64,
    /// Summarise what is flushed.
    pub profiles: bool,
}

/// Fewer bytes are never worth a commit of their own.
const FLUSH_BYTES_MIN: u64 = 1 << 20;

impl Default for FlushPolicy {
    fn default() -> Self {
        Self {
            bytes: 64 << 20,
            age_us: 10_000_000,
            total_bytes: 160 << 20,
            vacuum_after_us: 3_600_000_000,
            maintain_every_us: 60_000_000,
            profiles: true,
        }
    }
}

/// Figures of the flush for `/metrics`.
#[derive(Debug, Default)]
pub struct FlushFigures {
    /// Flushes of one table each.
    pub flushes: AtomicU64,
    /// Rows brought to the lake.
    pub rows: AtomicU64,
    /// Flushes that failed and will be tried again.
    pub failures: AtomicU64,
    /// Small files merged away.
    pub compacted_files: AtomicU64,
}

/// Owns the Delta tables. [`Flusher::step`] is called again and again by one thread.
pub struct Flusher {
    pub(crate) tables: Arc<Tables>,
    pub(crate) store: Arc<Store>,
    pub(crate) deltas: HashMap<TableId, Table>,
    pub(crate) app_id: String,
    pub(crate) policy: FlushPolicy,
    pub(crate) figures: Arc<FlushFigures>,
    pub(crate) wake: Arc<Notify>,
    pub(crate) done: Arc<Notify>,
    pub(crate) room: Arc<Notify>,
    pub(crate) force: Arc<AtomicU64>,
    pub(crate) forced: Arc<AtomicU64>,
    pub(crate) log: mpsc::Sender<Message>,
    pub(crate) maintained_us: i64,
    pub(crate) profiling: Profiling,
    pub(crate) erasures: mpsc::Receiver<crate::erasure::Job>,
    /// Work of the log's index that is under way.
    pub(crate) job: Option<tokio::task::JoinHandle<()>>,
    /// Nothing is deleted by its age while this is true.
    pub(crate) hold_deletion: bool,
    /// Tables that could not be flushed, until they are.
    pub(crate) paused: HashMap<TableId, Pause>,
    /// Days kept of each table; absent: for ever.
    pub(crate) retention: Arc<std::sync::Mutex<HashMap<TableId, u32>>>,
}

const DAY_US: i64 = 86_400_000_000;
/// First and longest pause before a table that could not be flushed is tried again, in microseconds:
/// each try encodes its rows again.
const PAUSE_US: (i64, i64) = (250_000, 5_000_000);

/// When a table that could not be flushed is tried again.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pause {
    until_us: i64,
    length_us: i64,
}

impl Pause {
    fn after(before: Option<Self>, now_us: i64) -> Self {
        let (first, longest) = PAUSE_US;
        let length_us = before.map_or(first, |p| (p.length_us * 2).min(longest));
        Self {
            until_us: now_us.saturating_add(length_us),
            length_us,
        }
    }
}

impl Flusher {
    /// Flushes what is due at `now_us`, then tidies if it is time for that. A table that fails is
    /// reported and tried again at the next step; the others go on.
    pub async fn step(&mut self, now_us: i64) -> Vec<(TableId, Error)> {
        let asked = self.force.load(Ordering::Acquire);
        let forced = asked > self.forced.load(Ordering::Acquire);
        let crowded = self.tables.hot_bytes() >= self.policy.total_bytes;
        let mut failures = Vec::new();
        let (mut flushed, mut waiting) = (false, false);
        for view in self.tables.all() {
            let (bytes, oldest) = view.pending();
            let Some(oldest) = oldest else { continue };
            let old = now_us.saturating_sub(oldest) >= self.policy.age_us;
            if !(forced || crowded || old || bytes >= self.policy.bytes) {
                continue;
            }
            let pause = self.paused.get(&view.id).copied();
            if pause.is_some_and(|p| now_us < p.until_us) {
                waiting = true;
                continue;
            }
            match self.flush(&view).await {
                Ok(()) => {
                    flushed = true;
                    self.paused.remove(&view.id);
                }
                Err(error) => {
                    let next = Pause::after(pause, now_us);
                    self.paused.insert(view.id.clone(), next);
                    self.figures.failures.fetch_add(1, Ordering::Relaxed);
                    failures.push((view.id.clone(), error));
                }
            }
        }
        if flushed {
            self.tell_committer().await;
        } else {
            // A full queue means that the log is not idle.
            let _ = self.log.try_send(Message::Tick);
        }
        if forced && failures.is_empty() && !waiting {
            self.forced.fetch_max(asked, Ordering::AcqRel);
            self.done.notify_waiters();
        }
        if self.rebuild().await {
            // A day at a time, so that flushes do not wait long.
            self.wake.notify_one();
        }
        self.erase_waiting().await;
        if now_us.saturating_sub(self.maintained_us) >= self.policy.maintain_every_us {
            self.maintained_us = now_us;
            failures.extend(self.maintain(now_us).await);
        }
        failures
    }

    /// Whether maintenance leaves everything in place that only its age makes deletable: for
    /// callers that doubt the time they tell.
    pub fn hold_deletion(&mut self, hold: bool) {
        self.hold_deletion = hold;
    }

    /// Brings all hot rows to the lake, whatever their size and age.
    pub(crate) async fn flush_all(&mut self) -> Result<()> {
        for view in self.tables.all() {
            self.flush(&view).await?;
        }
        Ok(())
    }

    /// Lets the log be trimmed. What would hold up the committer and flushes is done beside them, one
    /// job at a time; the log is trimmed after it.
    async fn tell_committer(&mut self) {
        if self.job.as_ref().is_some_and(|job| !job.is_finished()) {
            return;
        }
        let (reply, work) = oneshot::channel();
        // A full queue means that the committer is busy; it will be told after the next flush.
        if self.log.try_send(Message::Flushed(reply)).is_err() {
            return;
        }
        if let Ok(Some(job)) = work.await {
            let log = self.log.clone();
            // Nobody to tell: then the log has ended, and the work is done again at the next start.
            let work = move || drop(log.blocking_send(Message::Done(job.run())));
            self.job = Some(tokio::task::spawn_blocking(work));
        }
    }

    /// Waits for work that is done beside flushes.
    pub(crate) async fn job_is_done(&mut self) {
        if let Some(job) = self.job.take() {
            // A job that panicked is offered again.
            let _ = job.await;
        }
    }

    /// Waits until there may be something to do.
    pub fn wake(&self) -> Arc<Notify> {
        self.wake.clone()
    }

    /// Brings the rows that are hot now to the lake: a few at a time where many wait, so that memory
    /// does not grow with them.
    async fn flush(&mut self, view: &TableView) -> Result<()> {
        let Some(last) = view.last_seq() else {
            return Ok(());
        };
        let most = (self.policy.bytes / 2).saturating_add(self.policy.bytes);
        let most = most.max(FLUSH_BYTES_MIN);
        while self
            .flush_oldest(view, most)
            .await?
            .is_some_and(|through| through < last)
        {}
        Ok(())
    }

    /// Brings the oldest hot rows to the lake, until they have `bytes`; the last record of them.
    async fn flush_oldest(&mut self, view: &TableView, bytes: u64) -> Result<Option<u64>> {
        let hot = view.begin_flush(bytes);
        let Some(through) = hot.last().map(|h| h.last_seq) else {
            return Ok(None);
        };
        let layout = view.layout();
        let profiled = self.profiled_through(&view.id).await?;
        let schema = layout.schema.arrow();
        let conformed = |h: &HotRows| crate::conform::conform(&h.batch, &schema, &view.id);
        let batches = hot.iter().map(conformed).collect::<Result<Vec<_>>>()?;
        let unprofiled = hot
            .iter()
            .zip(&batches)
            .filter(|(h, _)| h.first_seq > profiled);
        let unprofiled: Vec<_> = unprofiled.map(|(_, batch)| batch.clone()).collect();
        drop(hot);
        let rows: usize = batches.iter().map(|batch| batch.num_rows()).sum();
        let version = i64::try_from(through).unwrap_or(i64::MAX);
        let under_way = self.begin_profile(view, unprofiled).await?;
        // Encoding and summarising share the processors; then profiles are committed first, so that
        // rows in the lake always have theirs.
        let written = self.write(view, &layout.schema, (batches, version)).await;
        if let Some(under_way) = under_way {
            self.end_profile(under_way, through).await?;
        }
        let written = written?;
        let delta = self.delta(&view.id)?;
        if let Some(written) = written {
            delta.add(written).await?;
        }
        let gone = view.publish(delta.files(), through);
        self.tables.forget_hot(gone);
        self.room.notify_waiters();
        self.figures.flushes.fetch_add(1, Ordering::Relaxed);
        self.figures.rows.fetch_add(rows as u64, Ordering::Relaxed);
        Ok(Some(through))
    }

    fn delta(&mut self, id: &TableId) -> Result<&mut Table> {
        self.deltas.get_mut(id).ok_or_else(|| Error::Check {
            table: id.path(),
            what: "it is not open".to_owned(),
        })
    }

    /// Writes files of rows that are yet to be committed; `None` if the table has them.
    async fn write(
        &mut self,
        view: &TableView,
        schema: &TableSchema,
        (batches, position): (Vec<RecordBatch>, i64),
    ) -> Result<Option<Written>> {
        if !self.deltas.contains_key(&view.id) {
            let opening = Table::open_or_create(self.store.clone(), &view.id, schema);
            let opened = opening.await?.0;
            self.deltas.insert(view.id.clone(), opened);
        }
        let app_id = self.app_id.clone();
        let delta = self.delta(&view.id)?;
        delta.evolve(schema).await?;
        delta.prepare(batches, (&app_id, position)).await
    }

    async fn maintain(&mut self, now_us: i64) -> Vec<(TableId, Error)> {
        let mut failures = Vec::new();
        let mut more = false;
        let retention = match self.retention.lock() {
            Ok(days) => days.clone(),
            Err(poisoned) => poisoned.into_inner().clone(),
        };
        for (id, delta) in &mut self.deltas {
            let (mut days, mut grace_us) =
                (kept_days(&retention, id), Some(self.policy.vacuum_after_us));
            if self.hold_deletion {
                (days, grace_us) = (None, None);
            }
            match tidy(delta, days, now_us, grace_us).await {
                Ok(merged) => {
                    more |= merged.more;
                    self.figures
                        .compacted_files
                        .fetch_add(merged.files, Ordering::Relaxed);
                    if let Some(view) = self.tables.find(id) {
                        view.publish(delta.files(), 0);
                    }
                }
                Err(error) => failures.push((id.clone(), error)),
            }
        }
        if more {
            // The next round comes after whatever is to be flushed meanwhile.
            self.maintained_us = now_us.saturating_sub(self.policy.maintain_every_us);
            self.wake.notify_one();
        }
        failures
    }
}

/// Profiles hold frequent values of their rows, so they are dropped with the predictions.
fn kept_days(retention: &HashMap<TableId, u32>, id: &TableId) -> Option<u32> {
    let rows = match id {
        TableId::Profiles(model) => &TableId::of(model, Kind::Prediction),
        other => other,
    };
    retention.get(rows).copied()
}

/// Maintains one table; without `grace_us` no file is deleted.
async fn tidy(
    delta: &mut Table,
    days: Option<u32>,
    now_us: i64,
    grace_us: Option<i64>,
) -> Result<Compacted> {
    if let Some(days) = days {
        let today = now_us.div_euclid(DAY_US);
        let before = today - i64::from(days);
        delta
            .retain(i32::try_from(before).unwrap_or(i32::MIN))
            .await?;
    }
    let policy = CompactPolicy::of(delta.id());
    let merged = delta.compact(&policy).await?;
    delta.checkpoint().await?;
    if let Some(grace_us) = grace_us.filter(|_| !merged.more) {
        delta.vacuum(now_us, grace_us).await?;
    }
    Ok(merged)
}

#[cfg(test)]
mod tests;

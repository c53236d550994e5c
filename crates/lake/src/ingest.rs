//! The way in: rows become durable in the log, then visible, then their sender hears of it.
//!
//! One thread owns the journal. It takes whatever requests are waiting, commits them together with
//! one sync, makes their rows visible and answers. While it syncs, the next requests queue up; that
//! is all the group commit there is, and it needs no timer.

use crate::entry::{self, Rows};
use crate::error::{Error, Result};
use crate::tables::Tables;
use bytes::Bytes;
use candor_contract::Part;
use candor_log::{Committed, Entry, Job, JobDone, Journal, Key, RealFs};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use tokio::sync::{mpsc, oneshot};

/// Most bytes of entries that one sync covers.
const GROUP_BYTES_MAX: usize = 8 << 20;
/// Bound on the bytes of [`entry::head`].
const HEAD_BYTES: usize = 16;
/// Most requests that one sync covers.
const GROUP_MAX: usize = 1024;
/// Requests waiting for the committer; more are refused.
pub(crate) const QUEUE_MAX: usize = 1024;

/// Rows of requests on their way into the log.
pub struct Batch {
    parts: Vec<Rows>,
    keys: Vec<Key>,
    sections: Vec<Bytes>,
}

impl Batch {
    /// Encodes admitted parts for the log. Costs time in proportion to the rows, so it is done by
    /// whoever decoded them and not by the committer.
    pub fn encode(parts: &[Part]) -> Result<Self> {
        let keys = parts
            .iter()
            .flat_map(|p| p.fingerprints.iter().map(|&f| Key(f)))
            .collect();
        let parts: Vec<Rows> = parts
            .iter()
            .map(|p| Rows {
                table: p.table.clone(),
                batch: p.batch.clone(),
            })
            .collect();
        let sections = parts.iter().map(entry::section).collect::<Result<_>>()?;
        Ok(Self {
            parts,
            keys,
            sections,
        })
    }

    /// Bytes of the log that it takes, its keys included.
    pub(crate) fn bytes(&self) -> usize {
        let sections: usize = self.sections.iter().map(Bytes::len).sum();
        sections + self.keys.len() * size_of::<Key>() + HEAD_BYTES
    }
}

impl Entry for Batch {
    fn keys(&self) -> &[Key] {
        &self.keys
    }

    fn payload(&mut self, duplicate: &[bool]) -> Option<Vec<Bytes>> {
        if duplicate.contains(&true) {
            let mut from = 0;
            let mut left = Vec::new();
            for rows in &self.parts {
                let to = from + rows.batch.num_rows();
                // A batch that cannot be filtered stays whole: a duplicate row is better than a
                // lost one.
                match rows.without(&duplicate[from..to]) {
                    Ok(Some(rows)) => left.push(rows),
                    Ok(None) => {}
                    Err(_) => left.push(rows.clone()),
                }
                from = to;
            }
            self.sections = left
                .iter()
                .filter_map(|rows| entry::section(rows).ok())
                .collect();
            self.parts = left;
        }
        if self.parts.is_empty() {
            return None;
        }
        let mut payload = vec![entry::head(self.sections.len())];
        payload.append(&mut self.sections);
        Some(payload)
    }
}

pub(crate) enum Message {
    Append(Batch, oneshot::Sender<Result<Vec<u32>>>),
    /// Rows reached the lake: the log may be trimmed. The answer is work to do before, away from
    /// the committer, and to be given back as [`Message::Done`].
    Flushed(oneshot::Sender<Option<Job<RealFs>>>),
    /// The work that a flush asked for: now the log is trimmed.
    Done(JobDone<RealFs>),
    /// The log goes on in a new segment; the answer is the last record before it.
    Roll(oneshot::Sender<Result<u64>>),
    /// Asks for the oldest record that the log still holds.
    First(oneshot::Sender<u64>),
    /// Some time has passed: an idle log is marked as whole.
    Tick,
    /// The end: everything queued before it is committed.
    Stop,
}

/// Figures of the log for `/metrics` and back-pressure.
#[derive(Debug, Default)]
pub struct LogFigures {
    /// Bytes in segment files.
    pub bytes: AtomicU64,
    /// Their bound.
    pub bytes_max: AtomicU64,
    /// Records committed since start.
    pub commits: AtomicU64,
    /// Syncs since start.
    pub syncs: AtomicU64,
    /// Rows dropped as duplicates since start.
    pub duplicates: AtomicU64,
    /// Deduplication keys held.
    pub keys: AtomicU64,
    /// Bytes in memory by which a new key is told without reading: some 1.5 a key.
    pub filter_bytes: AtomicU64,
    /// Their bound; beyond it the oldest keys are looked up on disk.
    pub filter_bytes_max: AtomicU64,
    /// Trims and merges that failed and will be tried again.
    pub failures: AtomicU64,
}

/// Owns the journal. [`Committer::run`] is the life of one thread.
pub struct Committer {
    pub(crate) journal: Journal<RealFs>,
    pub(crate) queue: mpsc::Receiver<Message>,
    pub(crate) tables: Arc<Tables>,
    pub(crate) figures: Arc<LogFigures>,
    pub(crate) now_us: Arc<dyn Fn() -> i64 + Send + Sync>,
    /// Whether the log has its mark after the last record.
    pub(crate) settled: bool,
}

impl Committer {
    /// Serves until every [`crate::Lake`] handle is gone or [`crate::Lake::stop`] was called. An
    /// error means that the log stopped: waiting senders have been told, nothing more is taken, and
    /// the process must restart to recover from disk.
    pub fn run(mut self) -> Result<()> {
        let mut waiting = Vec::new();
        let mut replies = Vec::new();
        while let Some(first) = self.queue.blocking_recv() {
            let (mut stop, mut chores) = (false, Vec::new());
            let mut bytes = 0;
            let mut next = Some(first);
            while let Some(message) = next.take() {
                match message {
                    Message::Append(batch, reply) => {
                        bytes += batch.bytes();
                        waiting.push(batch);
                        replies.push(reply);
                    }
                    Message::Stop => stop = true,
                    chore => chores.push(chore),
                }
                if bytes < GROUP_BYTES_MAX && waiting.len() < GROUP_MAX && !stop {
                    next = self.queue.try_recv().ok();
                }
            }
            self.commit(&mut waiting, &mut replies)?;
            for chore in chores {
                // Nothing is lost by it, and the next flush asks again; if the log itself is broken,
                // the next commit tells.
                if self.tend(chore).is_err() {
                    self.figures.failures.fetch_add(1, Ordering::Relaxed);
                }
            }
            self.show();
            if stop {
                return Ok(());
            }
        }
        Ok(())
    }

    fn commit(
        &mut self,
        group: &mut Vec<Batch>,
        replies: &mut Vec<oneshot::Sender<Result<Vec<u32>>>>,
    ) -> Result<()> {
        if group.is_empty() {
            return Ok(());
        }
        self.settled = false;
        let now_us = (self.now_us)();
        let outcome = self.journal.commit(group, now_us);
        let replies = std::mem::take(replies);
        let batches = std::mem::take(group);
        match outcome {
            Ok(committed) => {
                self.figures
                    .commits
                    .fetch_add(batches.len() as u64, Ordering::Relaxed);
                self.figures.syncs.fetch_add(1, Ordering::Relaxed);
                for ((batch, reply), done) in batches.into_iter().zip(replies).zip(committed) {
                    self.show_rows(&batch, &done, now_us)?;
                    let count = done.duplicates.len() as u64;
                    self.figures.duplicates.fetch_add(count, Ordering::Relaxed);
                    // The sender may have hung up; its rows stay.
                    let _ = reply.send(Ok(done.duplicates));
                }
                Ok(())
            }
            Err(candor_log::Error::Full { .. }) => {
                for reply in replies {
                    let _ = reply.send(Err(Error::Full { what: "log" }));
                }
                Ok(())
            }
            Err(error) => {
                for reply in replies {
                    let _ = reply.send(Err(Error::Stopped));
                }
                Err(error.into())
            }
        }
    }

    fn show_rows(&self, batch: &Batch, done: &Committed, now_us: i64) -> Result<()> {
        if let Some(seq) = done.seq {
            self.tables.push(seq, &batch.parts, now_us)?;
        }
        Ok(())
    }

    /// What is done between commits.
    fn tend(&mut self, chore: Message) -> Result<()> {
        match chore {
            Message::Flushed(reply) => {
                self.journal.expire((self.now_us)())?;
                let job = self.journal.job(self.flushed_through());
                if job.is_none() {
                    self.trim()?;
                }
                // Work that nobody takes is offered again after the next flush.
                let _ = reply.send(job);
            }
            Message::Done(done) => {
                self.journal.install(done)?;
                self.trim()?;
            }
            Message::Roll(reply) => {
                let rolled = self.journal.roll_over();
                let last = self.journal.usage().log.durable;
                // Whoever asked and left will ask again.
                let _ = reply.send(rolled.map(|()| last).map_err(Error::from));
            }
            Message::First(reply) => {
                let _ = reply.send(self.journal.usage().log.first);
            }
            Message::Tick if !self.settled => {
                self.journal.settle()?;
                self.settled = true;
            }
            _ => {}
        }
        Ok(())
    }

    /// The newest record that every table has in the lake. Only this thread appends, so whatever is
    /// not hot now is in the lake.
    fn flushed_through(&self) -> u64 {
        let next = self.journal.usage().log.next;
        self.tables.first_seq().unwrap_or(next).saturating_sub(1)
    }

    fn trim(&mut self) -> Result<()> {
        match self.flushed_through() {
            0 => Ok(()),
            through => Ok(self.journal.trim(through)?),
        }
    }

    pub(crate) fn show(&self) {
        let usage = self.journal.usage();
        self.figures.bytes.store(usage.log.bytes, Ordering::Relaxed);
        self.figures
            .bytes_max
            .store(usage.log.bytes_max, Ordering::Relaxed);
        let keys = usage.seen.memory_keys as u64 + usage.seen.run_keys;
        self.figures.keys.store(keys, Ordering::Relaxed);
        let (bytes, max) = (usage.seen.filter_bytes, usage.seen.filter_bytes_max);
        self.figures.filter_bytes.store(bytes, Ordering::Relaxed);
        self.figures.filter_bytes_max.store(max, Ordering::Relaxed);
    }
}

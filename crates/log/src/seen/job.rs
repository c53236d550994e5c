//! Heavy work that the caller may run on another thread: writing and merging runs.

use super::filter::Filter;
use super::run::{self, Run, RunHeader, RunWriter};
use super::{Generation, Seen, Slot};
use crate::error::{Error, IoContext, Result};
use crate::fs::Fs;
use std::io;
use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;

/// Runs of about one size are merged when there are so many in a row.
const MERGE_RUNS: usize = 4;

/// Work on run files. It may be run on any thread, while the index is in use.
#[derive(Debug)]
pub struct Job<F: Fs> {
    fs: F,
    dir: PathBuf,
    uuid: [u8; 16],
    number: u64,
    work: Work<F>,
}

/// A [`Job`] that was run, to be given back to [`Seen::install`].
#[derive(Debug)]
pub struct JobDone<F: Fs> {
    work: Work<F>,
    path: PathBuf,
    result: io::Result<Written<F>>,
}

type Written<F> = (Arc<Run<<F as Fs>::File>>, Filter);

#[derive(Debug)]
enum Work<F: Fs> {
    Seal(Arc<Generation>),
    Merge(Vec<Arc<Run<F::File>>>),
}

impl<F: Fs> Job<F> {
    /// Does the work. It reads and writes files, for up to some seconds.
    pub fn run(self) -> JobDone<F> {
        let path = run::run_path(&self.dir, self.number);
        let result = match &self.work {
            Work::Seal(generation) => self.seal(generation),
            Work::Merge(parts) => self.merge(parts),
        };
        if result.is_err() {
            // Best effort: what is left is removed when the index is opened.
            let _removed = self.fs.remove(&path.with_extension("tmp"));
        }
        JobDone {
            work: self.work,
            path,
            result,
        }
    }

    fn writer(&self, header: RunHeader, keys: u64) -> io::Result<RunWriter<'_, F>> {
        RunWriter::new(&self.fs, &self.dir, header, keys)
    }

    fn seal(&self, generation: &Generation) -> io::Result<Written<F>> {
        let mut keys: Vec<u128> = generation.keys.iter().copied().collect();
        keys.sort_unstable();
        let header = RunHeader::new(self.uuid, self.number, generation.seqs, generation.times);
        let mut writer = self.writer(header, keys.len() as u64)?;
        for key in keys {
            writer.push(key)?;
        }
        writer.finish()
    }

    fn merge(&self, parts: &[Arc<Run<F::File>>]) -> io::Result<Written<F>> {
        let headers = || parts.iter().map(|run| run.header);
        let first_seq = headers().map(|h| h.first_seq).min().unwrap_or(0);
        let last_seq = headers().map(|h| h.last_seq).max().unwrap_or(0);
        let from_us = headers().map(|h| h.from_us).min().unwrap_or(0);
        let to_us = headers().map(|h| h.to_us).max().unwrap_or(0);
        let (seqs, times) = ((first_seq, last_seq), (from_us, to_us));
        let header = RunHeader::new(self.uuid, self.number, seqs, times);
        run::merge(parts, self.writer(header, headers().map(|h| h.keys).sum())?)
    }
}

impl<F: Fs> Seen<F> {
    /// Work worth doing now, if there is any. One job at a time; give it back to
    /// [`Seen::install`] before asking for the next.
    pub fn job(&mut self) -> Option<Job<F>> {
        self.seal_job().or_else(|| self.merge_job())
    }

    /// As [`Seen::job`], and makes the keys of records up to `seq` ready for it first.
    pub fn job_through(&mut self, seq: u64) -> Option<Job<F>> {
        self.freeze_through(seq);
        self.job()
    }

    pub(super) fn seal_job(&mut self) -> Option<Job<F>> {
        let generation = Arc::clone(self.frozen.front()?);
        Some(self.new_job(Work::Seal(generation)))
    }

    fn new_job(&mut self, work: Work<F>) -> Job<F> {
        let number = self.number_next;
        self.number_next += 1;
        let (fs, dir) = (self.fs.clone(), self.dir.clone());
        Job {
            fs,
            dir,
            uuid: self.uuid,
            number,
            work,
        }
    }

    fn merge_job(&mut self) -> Option<Job<F>> {
        let parts = self.mergeable()?;
        let parts = parts.map(|at| Arc::clone(&self.slots[at].run)).collect();
        Some(self.new_job(Work::Merge(parts)))
    }

    /// Neighbours of one bucket that are worth merging: four of about one size, or all of a past
    /// bucket, or, if there are too many runs, any two.
    fn mergeable(&self) -> Option<Range<usize>> {
        let crowded = self.slots.len() > self.options.runs_max;
        let newest = self.slots.last().map(|slot| self.bucket(slot));
        let mut start = 0;
        while start < self.slots.len() {
            let mut end = start + 1;
            while end < self.slots.len() && self.are_neighbours(end - 1, end) {
                end += 1;
            }
            let past = newest != Some(self.bucket(&self.slots[start]));
            if end - start > 1 && (past || crowded) {
                return Some(start..end);
            }
            let alike = self.of_one_size(start..end);
            if alike.is_some() {
                return alike;
            }
            start = end;
        }
        None
    }

    /// Enough runs in a row within `range` whose sizes differ by less than sixteen times.
    fn of_one_size(&self, range: Range<usize>) -> Option<Range<usize>> {
        let tier = |at: usize| self.slots[at].run.header.keys.max(1).ilog2() / 2;
        let mut from = range.start;
        for at in range.start + 1..=range.end {
            let ends = at == range.end || tier(at) > tier(from) || tier(at) + 1 < tier(from);
            if ends && at - from >= MERGE_RUNS {
                return Some(from..at);
            }
            if ends {
                from = at;
            }
        }
        None
    }

    fn bucket(&self, slot: &Slot<F::File>) -> i64 {
        slot.run.header.to_us.div_euclid(self.bucket_us())
    }

    /// Whether nothing lies between two runs, so that their merger covers what they cover.
    fn are_neighbours(&self, left: usize, right: usize) -> bool {
        let (left, right) = (&self.slots[left], &self.slots[right]);
        left.mergeable
            && right.mergeable
            && self.bucket(left) == self.bucket(right)
            && left.run.header.last_seq + 1 == right.run.header.first_seq
    }

    /// Takes a finished job's result into use.
    ///
    /// # Errors
    /// [`Error::Io`] if the job failed: nothing has changed, the work will be offered again.
    pub fn install(&mut self, done: JobDone<F>) -> Result<()> {
        let JobDone { work, path, result } = done;
        if let (Err(error), Work::Merge(parts)) = (&result, &work)
            && error.kind() == io::ErrorKind::InvalidData
        {
            self.keep_apart(parts);
        }
        let (run, filter) = result.map_err(|source| Error::Io {
            what: "write",
            path: path.clone(),
            source,
        })?;
        let replaced = match &work {
            Work::Seal(generation) => {
                let before = self.frozen.len();
                self.frozen
                    .retain(|frozen| !Arc::ptr_eq(frozen, generation));
                before > self.frozen.len()
            }
            Work::Merge(parts) => self.replace_parts(parts),
        };
        if !replaced {
            // Meanwhile done by another job, or expired.
            return self.fs.remove(&path).doing("remove", &path);
        }
        self.slots.push(Slot::new(run, filter, true));
        self.sort_slots();
        self.bound_filters();
        if let Work::Merge(parts) = &work {
            for part in parts {
                self.fs.remove(&part.path).doing("remove", &part.path)?;
            }
        }
        Ok(())
    }

    fn replace_parts(&mut self, parts: &[Arc<Run<F::File>>]) -> bool {
        let is_part = |slot: &Slot<F::File>| parts.iter().any(|part| Arc::ptr_eq(part, &slot.run));
        let all = self.slots.iter().filter(|slot| is_part(slot)).count() == parts.len();
        if all {
            self.slots.retain(|slot| !is_part(slot));
        }
        all
    }

    /// A merge met a damaged block: its parts are not merged again. Which one it is shows when a
    /// lookup reads the block.
    fn keep_apart(&mut self, parts: &[Arc<Run<F::File>>]) {
        for slot in &mut self.slots {
            slot.mergeable &= !parts.iter().any(|part| Arc::ptr_eq(part, &slot.run));
        }
    }
}

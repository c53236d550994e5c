//! Log and index of seen keys together: the group commit.

#[cfg(test)]
mod tests;

use crate::error::{Error, Result, is_out_of_space};
use crate::fs::Fs;
use crate::log::{Log, OpenReport, Options, Record, Replay, Usage, peek_uuid};
use crate::seen::{Job, JobDone, Key, Seen, SeenOptions, SeenReport, SeenUsage};
use ahash::RandomState;
use bytes::Bytes;
use hashbrown::HashSet;
use std::ops::Range;
use std::path::Path;

const SEEN_DIR: &str = "seen";

/// What one caller wants to store: rows, each with a key, that become one record or none.
pub trait Entry {
    /// The rows' keys in order; `Key(0)` for rows that are never deduplicated.
    fn keys(&self) -> &[Key];

    /// What to store, given for each row whether its key is already stored. Called once; `None`
    /// if nothing is left to store.
    fn payload(&mut self, duplicate: &[bool]) -> Option<Vec<Bytes>>;
}

/// What became of an [`Entry`]. It is durable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Committed {
    /// The number of its record; `None` if nothing was left to store.
    pub seq: Option<u64>,
    /// The rows whose keys were stored before, in order.
    pub duplicates: Vec<u32>,
}

/// The bounds of a [`Journal`].
#[derive(Debug, Clone, Default)]
pub struct JournalOptions {
    /// Of the log.
    pub log: Options,
    /// Of the index of seen keys.
    pub seen: SeenOptions,
}

/// What opening a journal came upon.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct JournalReport {
    /// In the log.
    pub log: OpenReport,
    /// In the index of seen keys.
    pub seen: SeenReport,
}

impl JournalReport {
    /// Acknowledged records that cannot be read any more, in sentences.
    pub fn losses(&self) -> Vec<String> {
        let damaged = self.log.damaged.iter().map(|range| {
            let records = match range.to_seq - range.from_seq {
                1 => format!("record {}", range.from_seq),
                _ => format!("records {} to {}", range.from_seq, range.to_seq - 1),
            };
            let kept = match &range.copy {
                Some(copy) => format!("the damaged segment was copied to {}", copy.display()),
                None => "no copy of the segment could be made".to_owned(),
            };
            format!("{records} of the log cannot be read, and what was acknowledged with them is lost; {kept}")
        });
        damaged.collect()
    }

    /// What was mended without any loss, in sentences.
    pub fn repairs(&self) -> Vec<String> {
        let torn = self.log.torn_tail.iter().map(|tail| {
            format!(
                "{} bytes of a write that was never acknowledged were cut off the log's end",
                tail.bytes
            )
        });
        let moved = self.log.set_aside.iter().map(|path| {
            format!(
                "{} did not belong to the log and was set aside",
                path.display()
            )
        });
        let seen = self.seen.set_aside.iter().map(|path| {
            format!(
                "{} of the index of seen ids was damaged and set aside: what it knew may be stored twice if it is sent again",
                path.display()
            )
        });
        torn.chain(moved).chain(seen).collect()
    }
}

/// What a journal holds and may hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct JournalUsage {
    /// The log.
    pub log: Usage,
    /// The index of seen keys.
    pub seen: SeenUsage,
}

/// A log that stores the row of each key once within the horizon.
#[derive(Debug)]
pub struct Journal<F: Fs> {
    log: Log<F>,
    seen: Seen<F>,
    /// Keys that the group in hand stores.
    fresh: HashSet<u128, RandomState>,
    flags: Vec<bool>,
    keys: Vec<Key>,
    stored: Stored,
}

/// Records of the group in hand that are appended and not yet marked as seen.
#[derive(Debug, Default)]
struct Stored {
    keys: Vec<Key>,
    records: Vec<(u64, Range<usize>)>,
}

impl<F: Fs> Journal<F> {
    /// Opens the journal in `dir`, which is created if need be; `fresh_uuid` names a new one. What
    /// was seen is rebuilt from run files and log.
    ///
    /// # Errors
    /// As [`Log::open`].
    pub fn open(
        fs: F,
        dir: &Path,
        options: JournalOptions,
        fresh_uuid: [u8; 16],
        now_us: i64,
    ) -> Result<(Self, JournalReport)> {
        Self::open_with(fs, dir, options, fresh_uuid, now_us, |_| {})
    }

    /// As [`Journal::open`], and hands each readable record to `visit` in order, which saves
    /// reading the log again.
    ///
    /// # Errors
    /// As [`Log::open`].
    pub fn open_with(
        fs: F,
        dir: &Path,
        options: JournalOptions,
        fresh_uuid: [u8; 16],
        now_us: i64,
        mut visit: impl FnMut(&Record),
    ) -> Result<(Self, JournalReport)> {
        let JournalOptions {
            log: mut log_options,
            seen: seen_options,
        } = options;
        let seen_dir = dir.join(SEEN_DIR);
        let oldest_us = now_us.saturating_sub(seen_options.horizon_us);
        let open_seen = |uuid| Seen::open(fs.clone(), &seen_dir, seen_options.clone(), uuid);
        let uuid = peek_uuid(&fs, dir)?.unwrap_or(fresh_uuid);
        let (mut seen, mut seen_report) = open_seen(uuid)?;
        // A run holds keys of durable records only, so the log has reached at least its range.
        log_options.durable_floor = log_options.durable_floor.max(seen.covered());
        let (log, log_report) =
            Log::open_with(fs.clone(), dir, log_options, fresh_uuid, |record| {
                if !seen.covers(record.seq) {
                    let known = if record.stamp >= oldest_us {
                        usize::MAX
                    } else {
                        0
                    };
                    seen.insert(record.seq, record.stamp, record.keys().take(known));
                    // If a run cannot be written now, its keys stay in memory: bounded by the log.
                    let _later = seen.make_room();
                }
                visit(record);
            })?;
        if log.uuid() != uuid {
            (seen, seen_report) = open_seen(log.uuid())?;
        }
        seen.expire(now_us)?;
        let half = |at| u64::from_le_bytes(crate::frame::array(&uuid, at));
        let (low, high) = (half(0), half(8));
        let journal = Self {
            log,
            seen,
            fresh: HashSet::with_hasher(RandomState::with_seeds(low, high, !low, !high)),
            flags: Vec::new(),
            keys: Vec::new(),
            stored: Stored::default(),
        };
        Ok((
            journal,
            JournalReport {
                log: log_report,
                seen: seen_report,
            },
        ))
    }

    /// The identity of the journal in `dir`, if there is one: what is stored elsewhere under it
    /// tells [`Options::durable_floor`] before the journal is opened.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn peek_uuid(fs: &F, dir: &Path) -> Result<Option<[u8; 16]>> {
        peek_uuid(fs, dir)
    }

    /// The identity of the log, see [`Log::uuid`].
    pub fn uuid(&self) -> [u8; 16] {
        self.log.uuid()
    }

    /// Stores a group of entries with one sync. Rows whose key was stored within the horizon, or
    /// earlier in the group, are duplicates. When this returns, all is durable and marked as seen;
    /// an entry is one record, whole or absent.
    ///
    /// # Errors
    /// [`Error::Full`] and [`Error::TooLarge`]: the group is refused and the journal stays usable;
    /// if it was larger than a batch, entries at its start may be stored. After [`Error::Io`] what
    /// became of the group shows when the journal is opened again.
    pub fn commit<E: Entry>(&mut self, group: &mut [E], now_us: i64) -> Result<Vec<Committed>> {
        self.seen
            .make_room()
            .map_err(|error| self.full_if_no_space(error))?;
        self.keys.clear();
        for entry in &*group {
            self.keys.extend_from_slice(entry.keys());
        }
        self.seen.lookup(&self.keys, &mut self.flags);
        self.fresh.clear();
        self.stored.keys.clear();
        self.stored.records.clear();
        let mut outcomes = Vec::with_capacity(group.len());
        let mut start = 0;
        for entry in group {
            let rows = start..start + entry.keys().len();
            start = rows.end;
            match self.append(entry, rows, now_us) {
                Ok(outcome) => outcomes.push(outcome),
                Err(error) => {
                    self.log.discard();
                    return Err(error);
                }
            }
        }
        self.sync(now_us)?;
        Ok(outcomes)
    }

    fn full_if_no_space(&self, error: Error) -> Error {
        match error {
            Error::Io { ref source, .. } if is_out_of_space(source) => {
                let Usage {
                    bytes, bytes_max, ..
                } = self.log.usage();
                Error::Full { bytes, bytes_max }
            }
            error => error,
        }
    }

    fn append<E: Entry>(
        &mut self,
        entry: &mut E,
        rows: Range<usize>,
        now_us: i64,
    ) -> Result<Committed> {
        let keys = &self.keys[rows.clone()];
        let flags = &mut self.flags[rows];
        let from = self.stored.keys.len();
        for (Key(key), flag) in keys.iter().zip(&mut *flags) {
            *flag = *flag || (*key != 0 && !self.fresh.insert(*key));
            if !*flag && *key != 0 {
                self.stored.keys.push(Key(*key));
            }
        }
        let duplicates = (0..)
            .zip(&*flags)
            .filter_map(|(row, flag)| flag.then_some(row))
            .collect();
        let Some(payload) = entry.payload(flags) else {
            for Key(key) in self.stored.keys.drain(from..) {
                self.fresh.remove(&key);
            }
            return Ok(Committed {
                seq: None,
                duplicates,
            });
        };
        let keys = from..self.stored.keys.len();
        let payload_bytes = payload.iter().map(Bytes::len).sum::<usize>();
        if self
            .log
            .outgrows_batch((payload_bytes + keys.len() * 16) as u64)
        {
            self.sync(now_us)?;
        }
        let seq = self
            .log
            .append(now_us, &self.stored.keys[keys.clone()], &payload)?;
        self.stored.records.push((seq, keys));
        Ok(Committed {
            seq: Some(seq),
            duplicates,
        })
    }

    /// Makes the appended records durable, and only then marks their keys.
    fn sync(&mut self, now_us: i64) -> Result<()> {
        #[cfg(test)]
        if crate::sim::has_bug(crate::sim::Bug::MarkBeforeWrite) {
            for (seq, keys) in self.stored.records.drain(..) {
                self.seen
                    .insert(seq, now_us, self.stored.keys[keys].iter().copied());
            }
        }
        self.log.sync()?;
        for (seq, keys) in self.stored.records.drain(..) {
            self.seen
                .insert(seq, now_us, self.stored.keys[keys].iter().copied());
        }
        Ok(())
    }

    /// Writes a mark when idle, see [`Log::settle`].
    ///
    /// # Errors
    /// As [`Log::settle`].
    pub fn settle(&mut self) -> Result<()> {
        self.log.settle()
    }

    /// Goes on in a new segment, see [`Log::roll_over`].
    ///
    /// # Errors
    /// As [`Log::roll_over`].
    pub fn roll_over(&mut self) -> Result<()> {
        self.log.roll_over()
    }

    /// The durable records from `from_seq` on, see [`Log::replay`].
    pub fn replay(&self, from_seq: u64) -> Replay<F> {
        self.log.replay(from_seq)
    }

    /// Removes whole segments of records up to `through_seq`, which must be durable elsewhere;
    /// their keys are made durable in runs first. That takes some 0.1 s a million keys, unless a
    /// [`Journal::job`] for the same number was run before.
    ///
    /// # Errors
    /// As [`Log::trim`] and [`Seen::seal_through`].
    pub fn trim(&mut self, through_seq: u64) -> Result<()> {
        let Some(gone) = self.log.trimmable(through_seq) else {
            return Ok(());
        };
        #[cfg(test)]
        if crate::sim::has_bug(crate::sim::Bug::TrimBeforeSeal) {
            return self.log.trim(through_seq);
        }
        self.seen.seal_through(gone)?;
        self.log.trim(through_seq)
    }

    /// Work worth doing on another thread before [`Journal::trim`] of `through_seq`; also merges
    /// of runs. One job at a time; give it back to [`Journal::install`].
    pub fn job(&mut self, through_seq: u64) -> Option<Job<F>> {
        match self.log.trimmable(through_seq) {
            Some(gone) => self.seen.job_through(gone),
            None => self.seen.job(),
        }
    }

    /// Takes a finished job's result into use.
    ///
    /// # Errors
    /// As [`Seen::install`]: nothing is lost, the work will be offered again.
    pub fn install(&mut self, done: JobDone<F>) -> Result<()> {
        self.seen.install(done)
    }

    /// Forgets keys beyond the horizon, see [`Seen::expire`].
    ///
    /// # Errors
    /// As [`Seen::expire`].
    pub fn expire(&mut self, now_us: i64) -> Result<()> {
        self.seen.expire(now_us)
    }

    /// What the journal holds.
    pub fn usage(&self) -> JournalUsage {
        JournalUsage {
            log: self.log.usage(),
            seen: self.seen.usage(),
        }
    }
}

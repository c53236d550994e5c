//! Which keys were stored within the horizon (`docs/formats/seen.md`).

mod filter;
mod job;
mod run;
#[cfg(test)]
mod tests;

use crate::error::{IoContext, Result};
use crate::fs::Fs;
use filter::Filter;
use hashbrown::HashTable;
use run::Run;
use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::Arc;

pub use job::{Job, JobDone};

const DAY_US: i64 = 86_400_000_000;
/// Runs are merged within these parts of the horizon.
const BUCKETS: i64 = 14;
/// Generations that wait for being written, beyond which nothing more is taken.
const FROZEN_MAX: usize = 2;
const DAMAGED_DIR: &str = "damaged";

/// A 128-bit key: a uniform hash, computed by the caller. 0 means "never deduplicated".
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Key(pub u128);

/// The bounds of a [`Seen`].
#[derive(Debug, Clone)]
pub struct SeenOptions {
    /// For how long after its arrival a key is found, in microseconds; found up to a fourteenth
    /// longer.
    pub horizon_us: i64,
    /// Keys in memory before they are written to a run. Up to three times as many are held while
    /// they are written; each takes about 20 bytes.
    pub memory_keys_max: usize,
    /// Bytes of filters in memory. Beyond it the oldest runs are looked up on disk every time.
    pub filter_bytes_max: u64,
    /// Number of runs above which runs of one bucket are merged whatever their size.
    pub runs_max: usize,
}

impl Default for SeenOptions {
    fn default() -> Self {
        Self {
            horizon_us: 7 * DAY_US,
            memory_keys_max: 1_800_000,
            filter_bytes_max: 256 << 20,
            runs_max: 64,
        }
    }
}

/// What opening the index came upon.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SeenReport {
    /// Number of run files.
    pub runs: usize,
    /// Number of keys in them.
    pub keys: u64,
    /// Damaged run files, moved to `damaged/` if that was possible.
    pub set_aside: Vec<PathBuf>,
}

/// What the index holds and may hold.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SeenUsage {
    /// Keys in memory, not in a run yet.
    pub memory_keys: usize,
    /// The bound on `memory_keys`.
    pub memory_keys_max: usize,
    /// Run files.
    pub runs: usize,
    /// Keys in run files.
    pub run_keys: u64,
    /// Bytes of filters in memory.
    pub filter_bytes: u64,
    /// The bound on `filter_bytes`.
    pub filter_bytes_max: u64,
    /// Runs without a filter, for want of memory.
    pub runs_unfiltered: usize,
    /// Runs found damaged since the index was opened.
    pub runs_damaged: usize,
}

/// Keys in memory.
#[derive(Debug)]
struct Generation {
    keys: HashTable<u128>,
    seqs: (u64, u64),
    times: (i64, i64),
}

/// A run and what is known about it here.
#[derive(Debug)]
struct Slot<T> {
    run: Arc<Run<T>>,
    filter: Option<Filter>,
    /// A block was found damaged.
    damaged: bool,
    /// The damage was counted and the file moved aside.
    reported: bool,
    /// Whether a merge may read it.
    mergeable: bool,
    /// Of this log: its sequence numbers mean something.
    own: bool,
}

/// A set of keys with a horizon in arrival time.
#[derive(Debug)]
pub struct Seen<F: Fs> {
    fs: F,
    dir: PathBuf,
    options: SeenOptions,
    uuid: [u8; 16],
    seeds: (u64, u64),
    active: Generation,
    frozen: VecDeque<Arc<Generation>>,
    /// In order of their sequence numbers.
    slots: Vec<Slot<F::File>>,
    number_next: u64,
    hits: Vec<usize>,
    runs_damaged: usize,
}

impl<T> Slot<T> {
    fn new(run: Arc<Run<T>>, filter: Filter, own: bool) -> Self {
        let (damaged, reported) = (false, false);
        Self {
            run,
            filter: Some(filter),
            damaged,
            reported,
            mergeable: own,
            own,
        }
    }
}

impl Generation {
    fn new(first_seq: u64) -> Self {
        let seqs = (first_seq, first_seq.saturating_sub(1));
        Self {
            keys: HashTable::new(),
            seqs,
            times: (i64::MAX, i64::MIN),
        }
    }

    fn contains(&self, hash: u64, key: u128) -> bool {
        !self.keys.is_empty() && self.keys.find(hash, |k| *k == key).is_some()
    }
}

impl<F: Fs> Seen<F> {
    /// Opens the index in `dir`, which is created if need be, for the log named `uuid`. Records of
    /// the log that it does not cover ([`Seen::covers`]) are to be inserted next, in order.
    ///
    /// # Errors
    /// [`crate::Error::Io`], [`crate::Error::Version`]; damage is not an error but in the report.
    pub fn open(
        fs: F,
        dir: &Path,
        options: SeenOptions,
        uuid: [u8; 16],
    ) -> Result<(Self, SeenReport)> {
        fs.create_dir(dir).doing("create", dir)?;
        let half = |at| u64::from_le_bytes(crate::frame::array(&uuid, at));
        let mut seen = Self {
            fs,
            dir: dir.to_owned(),
            options,
            uuid,
            seeds: (half(0), half(8)),
            active: Generation::new(1),
            frozen: VecDeque::new(),
            slots: Vec::new(),
            number_next: 1,
            hits: Vec::new(),
            runs_damaged: 0,
        };
        let set_aside = seen.load()?;
        let usage = seen.usage();
        Ok((
            seen,
            SeenReport {
                runs: usage.runs,
                keys: usage.run_keys,
                set_aside,
            },
        ))
    }

    fn load(&mut self) -> Result<Vec<PathBuf>> {
        let mut set_aside = Vec::new();
        // A run is renamed before the directory is synced: a process may have been killed between.
        self.fs
            .sync_dir(&self.dir)
            .doing("sync directory", &self.dir)?;
        let mut names = self.fs.list(&self.dir).doing("list", &self.dir)?;
        names.sort();
        for name in names.iter().filter(|name| name.starts_with("run-")) {
            let path = self.dir.join(name);
            if name.ends_with(".tmp") {
                self.fs.remove(&path).doing("remove", &path)?;
                continue;
            }
            let Some(number) = name
                .strip_prefix("run-")
                .and_then(|n| n.strip_suffix(".seen"))
            else {
                continue;
            };
            self.number_next = self.number_next.max(number.parse().unwrap_or(0) + 1);
            match Run::open(&self.fs, path.clone())? {
                Some((run, filter)) => {
                    let own = run.header.uuid == self.uuid;
                    self.slots.push(Slot::new(run, filter, own));
                }
                None => set_aside.push(self.set_aside(&path)),
            }
        }
        self.drop_merged()?;
        self.bound_filters();
        Ok(set_aside)
    }

    /// Removes runs whose range lies in that of a newer one: parts whose merger a crash cut short
    /// (invariant 4).
    fn drop_merged(&mut self) -> Result<()> {
        let own: Vec<_> = self
            .slots
            .iter()
            .filter(|s| s.own)
            .map(|s| s.run.header)
            .collect();
        let mut kept = Vec::new();
        for slot in self.slots.drain(..) {
            let header = slot.run.header;
            let within = |h: &run::RunHeader| {
                h.number > header.number
                    && h.first_seq <= header.first_seq
                    && h.last_seq >= header.last_seq
            };
            if slot.own && own.iter().any(within) {
                self.fs
                    .remove(&slot.run.path)
                    .doing("remove", &slot.run.path)?;
            } else {
                kept.push(slot);
            }
        }
        self.slots = kept;
        self.sort_slots();
        Ok(())
    }

    fn sort_slots(&mut self) {
        self.slots
            .sort_by_key(|slot| (slot.own, slot.run.header.first_seq));
    }

    /// Moves a damaged file to `damaged/`, as far as possible.
    fn set_aside(&self, path: &Path) -> PathBuf {
        let damaged = self.dir.join(DAMAGED_DIR);
        let to = damaged.join(path.file_name().unwrap_or_default());
        let moved = self.fs.create_dir(&damaged).and_then(|()| {
            self.fs.rename(path, &to)?;
            self.fs.sync_dir(&damaged)?;
            self.fs.sync_dir(&self.dir)
        });
        if moved.is_ok() { to } else { path.to_owned() }
    }

    /// Whether a run holds the keys of record `seq`.
    pub fn covers(&self, seq: u64) -> bool {
        let after = self
            .slots
            .partition_point(|slot| !slot.own || slot.run.header.first_seq <= seq);
        let before = self.slots[..after].iter().rev().take_while(|slot| slot.own);
        before.take(2).any(|slot| slot.run.header.last_seq >= seq)
    }

    /// The highest number that a run covers; 0 without runs. The log must have reached it.
    pub fn covered(&self) -> u64 {
        let own = self.slots.iter().filter(|slot| slot.own);
        own.map(|slot| slot.run.header.last_seq).max().unwrap_or(0)
    }

    /// Marks the keys of record `seq`, which arrived at `stamp_us` and is durable. Records are
    /// given in order, those without keys too. Touches no file.
    pub fn insert(&mut self, seq: u64, stamp_us: i64, keys: impl IntoIterator<Item = Key>) {
        let bucket = |us: i64| us.div_euclid(self.bucket_us());
        let jumps = seq > self.active.seqs.1 + 1;
        if self.active.keys.is_empty() {
            let first_seq = if jumps { seq } else { self.active.seqs.0 };
            self.active.seqs.0 = first_seq;
        } else if jumps || bucket(self.active.times.1) != bucket(stamp_us) {
            self.freeze(seq);
        }
        self.active.seqs.1 = self.active.seqs.1.max(seq);
        let (
            seeds,
            Generation {
                keys: set, times, ..
            },
        ) = (self.seeds, &mut self.active);
        for Key(key) in keys {
            if key != 0 {
                let hash = hash(seeds, key);
                set.entry(hash, |k| *k == key, |k| self::hash(seeds, *k))
                    .or_insert(key);
                *times = (times.0.min(stamp_us), times.1.max(stamp_us));
            }
        }
    }

    /// Sets the keys in memory apart for being written.
    fn freeze(&mut self, next_seq: u64) {
        let active = std::mem::replace(&mut self.active, Generation::new(next_seq));
        if !active.keys.is_empty() {
            self.frozen.push_back(Arc::new(active));
        }
    }

    /// Sees to it that keys can be inserted: to be called before anything is made durable whose
    /// keys will be. If the caller did not run the [`Job`]s, they are run here.
    ///
    /// # Errors
    /// [`crate::Error::Io`]: a run could not be written. Nothing is lost; try again later.
    pub fn make_room(&mut self) -> Result<()> {
        if self.active.keys.len() >= self.options.memory_keys_max {
            self.freeze(self.active.seqs.1 + 1);
        }
        while self.frozen.len() > FROZEN_MAX {
            self.seal_one()?;
        }
        Ok(())
    }

    /// Makes the keys of all records up to `seq` durable in runs.
    ///
    /// # Errors
    /// As [`Seen::make_room`].
    pub fn seal_through(&mut self, seq: u64) -> Result<()> {
        self.freeze_through(seq);
        while self
            .frozen
            .front()
            .is_some_and(|generation| generation.seqs.0 <= seq)
        {
            self.seal_one()?;
        }
        Ok(())
    }

    fn freeze_through(&mut self, seq: u64) {
        if !self.active.keys.is_empty() && self.active.seqs.0 <= seq {
            self.freeze(self.active.seqs.1 + 1);
        }
    }

    fn seal_one(&mut self) -> Result<()> {
        match self.seal_job() {
            Some(job) => self.install(job.run()),
            None => Ok(()),
        }
    }

    /// For each key whether it is seen, into `seen`. Key 0 never is.
    pub fn lookup(&mut self, keys: &[Key], seen: &mut Vec<bool>) {
        seen.clear();
        seen.extend(
            keys.iter()
                .map(|Key(key)| *key != 0 && self.in_memory(*key)),
        );
        let mut damaged = false;
        for slot in self.slots.iter_mut().rev() {
            self.hits.clear();
            match &slot.filter {
                Some(filter) => filter.collect_hits(keys, &mut self.hits),
                None => self.hits.extend(0..keys.len()),
            }
            self.hits.retain(|at| !seen[*at] && keys[*at].0 != 0);
            for at in &self.hits {
                match slot.run.contains(keys[*at].0) {
                    Some(found) => seen[*at] = found,
                    None => slot.damaged = true,
                }
            }
            damaged |= slot.damaged && !slot.reported;
        }
        if damaged {
            self.report_damage();
        }
    }

    /// Moves damaged runs aside. What of them is readable is used until the index is opened again;
    /// then their keys come back from the log.
    fn report_damage(&mut self) {
        for at in 0..self.slots.len() {
            let slot = &mut self.slots[at];
            if slot.damaged && !slot.reported {
                (slot.reported, slot.mergeable) = (true, false);
                self.runs_damaged += 1;
                let path = slot.run.path.clone();
                self.set_aside(&path);
            }
        }
    }

    fn in_memory(&self, key: u128) -> bool {
        let hash = hash(self.seeds, key);
        self.active.contains(hash, key) || self.frozen.iter().any(|g| g.contains(hash, key))
    }

    /// Forgets what arrived longer ago than the horizon, whole runs at a time.
    ///
    /// # Errors
    /// [`crate::Error::Io`]: a file could not be removed; try again later.
    pub fn expire(&mut self, now_us: i64) -> Result<()> {
        let oldest_us = now_us.saturating_sub(self.options.horizon_us);
        if self.active.times.1 < oldest_us {
            self.active = Generation::new(self.active.seqs.1 + 1);
        }
        self.frozen
            .retain(|generation| generation.times.1 >= oldest_us);
        while let Some(at) = self
            .slots
            .iter()
            .position(|s| s.run.header.to_us < oldest_us)
        {
            let path = self.slots[at].run.path.clone();
            match self.fs.remove(&path) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                    return Err(error).doing("remove", &path);
                }
                _ => self.slots.remove(at),
            };
        }
        Ok(())
    }

    /// What the index holds.
    pub fn usage(&self) -> SeenUsage {
        let frozen = self.frozen.iter().map(|g| g.keys.len()).sum::<usize>();
        let filters = self.slots.iter().filter_map(|slot| slot.filter.as_ref());
        SeenUsage {
            memory_keys: self.active.keys.len() + frozen,
            memory_keys_max: self.options.memory_keys_max * (1 + FROZEN_MAX),
            runs: self.slots.len(),
            run_keys: self.slots.iter().map(|slot| slot.run.header.keys).sum(),
            filter_bytes: filters.map(Filter::bytes).sum(),
            filter_bytes_max: self.options.filter_bytes_max,
            runs_unfiltered: self
                .slots
                .iter()
                .filter(|slot| slot.filter.is_none())
                .count(),
            runs_damaged: self.runs_damaged,
        }
    }

    fn bucket_us(&self) -> i64 {
        (self.options.horizon_us / BUCKETS).max(1)
    }

    /// Gives up the oldest filters beyond the bound on memory.
    fn bound_filters(&mut self) {
        let mut bytes = 0;
        for slot in self.slots.iter_mut().rev() {
            bytes += slot.run.fences_bytes() + slot.filter.as_ref().map_or(0, Filter::bytes);
            if bytes > self.options.filter_bytes_max {
                slot.filter = None;
            }
        }
    }
}

/// A hash for the table in memory. Seeded, so that keys chosen by strangers do not collide in it.
fn hash(seeds: (u64, u64), key: u128) -> u64 {
    let (low, high) = (key as u64 ^ seeds.0, (key >> 64) as u64 ^ seeds.1);
    let product = u128::from(low | 1) * u128::from(high | 1);
    (product as u64) ^ ((product >> 64) as u64)
}

//! One seed's world: a disk, clients that send and send again, a lake that takes what was flushed.

use super::Dice;
use super::disk::{Faults, SimFs};
use super::reader::{Plain, read_log};
use crate::fs::{Access, Fs, read_whole};
use crate::{Entry, Error, Journal, JournalOptions, Key, Options, Record, SeenOptions, each_once};
use bytes::Bytes;
use std::collections::HashSet;
use std::path::Path;
use std::sync::{Arc, Mutex};

const DIR: &str = "/data/log";
const LIVES: u64 = 5;

/// How often what happened.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Fate {
    pub(super) acknowledged: u64,
    pub(super) torn_tails: u64,
    pub(super) failed: u64,
    pub(super) full: u64,
    pub(super) no_space: u64,
    pub(super) trims: u64,
    pub(super) runs: u64,
    pub(super) in_doubt: u64,
}

impl Fate {
    pub(super) fn add(&mut self, other: &Self) {
        self.acknowledged += other.acknowledged;
        self.torn_tails += other.torn_tails;
        self.failed += other.failed;
        self.full += other.full;
        self.no_space += other.no_space;
        self.trims += other.trims;
        self.runs += other.runs;
        self.in_doubt += other.in_doubt;
    }
}

/// What outlives the process: clients and lake.
struct World {
    dice: Dice,
    disk: SimFs,
    life: u64,
    over: bool,
    options: JournalOptions,
    error_one_in: u64,
    now_us: i64,
    next_id: u64,
    acknowledged: HashSet<u64>,
    in_doubt: Vec<Vec<u64>>,
    lake: Vec<u64>,
    lake_position: u64,
    violations: Vec<String>,
    fate: Fate,
}

/// A request of some events, each known by its id.
struct Request {
    keys: Vec<Key>,
    ids: Vec<u64>,
    padding: usize,
}

fn key(id: u64) -> Key {
    Key((u128::from(id) + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835))
}

impl Entry for Request {
    fn keys(&self) -> &[Key] {
        &self.keys
    }

    fn payload(&mut self, duplicate: &[bool]) -> Option<Vec<Bytes>> {
        let fresh: Vec<u64> = self
            .ids
            .iter()
            .zip(duplicate)
            .filter(|(_, d)| !**d)
            .map(|(id, _)| *id)
            .collect();
        if fresh.is_empty() {
            return None;
        }
        let mut parts = vec![Bytes::from((fresh.len() as u64).to_le_bytes().to_vec())];
        parts.extend(
            fresh
                .iter()
                .map(|id| Bytes::from(id.to_le_bytes().to_vec())),
        );
        parts.push(Bytes::from(vec![0xaa; self.padding]));
        Some(parts)
    }
}

fn ids(payload: &[u8]) -> Vec<u64> {
    let word = |at: usize| u64::from_le_bytes(payload[at * 8..at * 8 + 8].try_into().unwrap());
    (1..=usize::try_from(word(0)).unwrap()).map(word).collect()
}

/// Lives one seed through; what broke the promises, and what happened.
pub(super) fn run_seed(seed: u64) -> (Vec<String>, Fate) {
    let mut dice = Dice::new(seed);
    let mut builder = turmoil::Builder::new();
    builder.rng_seed(seed);
    builder.fs().block_size(512);
    if dice.one_in(2) {
        builder.fs().sync_probability(0.1);
    }
    let world = Arc::new(Mutex::new(World::new(seed, dice)));
    let mut sim = builder.build();
    let of_host = Arc::clone(&world);
    sim.host("server", move || {
        let world = Arc::clone(&of_host);
        async move {
            world.lock().unwrap().live();
            std::future::pending::<()>().await;
            Ok(())
        }
    });
    loop {
        while !world.lock().unwrap().over {
            sim.step().unwrap();
        }
        let mut now = world.lock().unwrap();
        if now.life > LIVES || !now.violations.is_empty() {
            now.fate.acknowledged = now.acknowledged.len() as u64;
            let no_space = now.disk.0.lock().unwrap().no_space;
            now.fate.no_space = no_space;
            return (std::mem::take(&mut now.violations), now.fate);
        }
        now.over = false;
        drop(now);
        sim.crash("server");
        sim.bounce("server");
    }
}

impl World {
    fn new(seed: u64, mut dice: Dice) -> Self {
        let error_one_in = if dice.one_in(2) {
            30 + dice.below(300)
        } else {
            0
        };
        let shuffled = dice.one_in(2);
        let faults = Faults {
            dice: Dice::new(!seed),
            error_one_in,
            shuffled,
            full: false,
            no_space: 0,
        };
        let segment_bytes = 16 << 10;
        let total_bytes_max = segment_bytes * (4 + dice.below(8));
        let memory_keys_max = usize::try_from(5 + dice.below(100)).unwrap();
        Self {
            dice,
            disk: SimFs(Arc::new(Mutex::new(faults))),
            life: 0,
            over: false,
            options: JournalOptions {
                log: Options {
                    segment_bytes,
                    total_bytes_max,
                    ..Options::default()
                },
                seen: SeenOptions {
                    memory_keys_max,
                    ..SeenOptions::default()
                },
            },
            error_one_in,
            now_us: 0,
            next_id: 0,
            acknowledged: HashSet::new(),
            in_doubt: Vec::new(),
            lake: Vec::new(),
            lake_position: 0,
            violations: Vec::new(),
            fate: Fate::default(),
        }
    }

    /// One life of the machine, up to a power cut, with some lives of the process within.
    fn live(&mut self) {
        self.life += 1;
        // The last life is a good one: in it everything must be there.
        let last = self.life > LIVES;
        if last {
            let mut faults = self.disk.0.lock().unwrap();
            (faults.error_one_in, faults.full) = (0, false);
        }
        for _ in 0..=self.dice.below(2) {
            if let Some(journal) = self.open() {
                self.work(journal, last);
            }
            if last {
                break;
            }
        }
        self.over = true;
    }

    fn violated(&mut self, what: String) {
        self.violations.push(format!("life {}: {what}", self.life));
    }

    fn open(&mut self) -> Option<Journal<SimFs>> {
        let mut found = Vec::new();
        let mut options = self.options.clone();
        options.log.durable_floor = self.lake_position;
        let uuid = [u8::try_from(self.life).unwrap(); 16];
        let visit = |record: &Record| {
            found.push(Plain {
                seq: record.seq,
                stamp: record.stamp,
                keys: record.keys().map(|key| key.0).collect(),
                payload: record.payload.to_vec(),
            });
        };
        let (disk, now_us) = (self.disk.clone(), self.now_us);
        let opened = Journal::open_with(disk, Path::new(DIR), options, uuid, now_us, visit);
        let (journal, report) = match opened {
            Ok(opened) => opened,
            Err(Error::Io { source, what, path }) => {
                self.fate.failed += 1;
                if self.error_one_in == 0 && source.kind() != std::io::ErrorKind::StorageFull {
                    self.violated(format!("cannot open: {what} {}: {source}", path.display()));
                }
                return None;
            }
            Err(error) => {
                self.violated(format!("cannot open: {error}"));
                return None;
            }
        };
        self.fate.torn_tails += u64::from(report.log.torn_tail.is_some());
        if !report.log.damaged.is_empty() {
            self.violated(format!(
                "damage without corruption: {:?}",
                report.log.damaged
            ));
        }
        self.compare(&journal, found);
        Some(journal)
    }

    /// Compares what was found with the independent reader, a replay and the promise.
    fn compare(&mut self, journal: &Journal<SimFs>, found: Vec<Plain>) {
        match self.read_independently() {
            Ok(plain) if plain == found => {}
            Ok(_) => self.violated("the independent reader finds other records".into()),
            Err(error) => self.violated(format!("the independent reader: {error}")),
        }
        let replayed: Vec<_> = journal
            .replay(1)
            .filter_map(Result::ok)
            .map(|r| r.seq)
            .collect();
        if !replayed
            .iter()
            .copied()
            .eq(found.iter().map(|record| record.seq))
        {
            self.violated("a replay finds other records".into());
        }
        let position = self.lake_position;
        let hot = found.into_iter().filter(|record| record.seq > position);
        let stored = hot
            .flat_map(|record| ids(&record.payload))
            .chain(self.lake.iter().copied());
        let breaches = each_once(
            self.acknowledged.iter().copied(),
            stored.collect::<Vec<_>>(),
        );
        if !breaches.is_empty() {
            self.violated(format!("{breaches:?}"));
        }
    }

    fn read_independently(&self) -> Result<Vec<Plain>, String> {
        let dir = Path::new(DIR);
        let mut files = Vec::new();
        for name in self.disk.list(dir).unwrap() {
            if name.starts_with("segment-") {
                let file = self.disk.open(&dir.join(&name), Access::Read).unwrap();
                files.push((name, read_whole(&file).unwrap()));
            }
        }
        read_log(&files)
    }

    fn work(&mut self, mut journal: Journal<SimFs>, last: bool) {
        for _ in 0..self.dice.below(40) {
            self.now_us += 1000;
            self.disk.0.lock().unwrap().full = !last && self.dice.one_in(10);
            let going = match self.dice.below(10) {
                0 => self.flush(&mut journal),
                1 => self.run_job(&mut journal),
                2 => journal.settle().is_ok(),
                _ => {
                    let group = (0..=self.dice.below(4)).map(|_| self.request()).collect();
                    self.send(&mut journal, group)
                }
            };
            if !going {
                return;
            }
        }
        if last {
            self.finish(&mut journal);
        }
    }

    /// Whatever is in doubt is sent until it is stored; then the lake holds each event once.
    fn finish(&mut self, journal: &mut Journal<SimFs>) {
        for tries in 0.. {
            self.flush(journal);
            let Some(ids) = self.in_doubt.pop() else {
                break;
            };
            self.send(
                journal,
                vec![Request {
                    keys: keys(&ids),
                    ids,
                    padding: 0,
                }],
            );
            if tries > 1000 {
                self.violated("what is in doubt is never taken".into());
                return;
            }
        }
        let breaches = each_once(self.acknowledged.iter().copied(), self.lake.iter().copied());
        if !breaches.is_empty() {
            self.violated(format!("in the end: {breaches:?}"));
        }
        if self.lake.len() as u64 != self.next_id {
            self.violated(format!(
                "{} of {} events are in the lake",
                self.lake.len(),
                self.next_id
            ));
        }
    }

    /// New events mostly; else some sent before, acknowledged or in doubt.
    fn request(&mut self) -> Request {
        let padding = match self.dice.below(20) {
            0 => self.dice.below(9000),
            1..5 => self.dice.below(2000),
            _ => self.dice.below(200),
        };
        let mut ids: Vec<u64> = match self.dice.below(5) {
            0 if !self.in_doubt.is_empty() => {
                let at = self.dice.below(self.in_doubt.len() as u64);
                self.in_doubt.swap_remove(usize::try_from(at).unwrap())
            }
            1 if self.next_id > 0 => (0..=self.dice.below(4))
                .map(|_| self.dice.below(self.next_id))
                .collect(),
            _ => Vec::new(),
        };
        if ids.is_empty() || self.dice.one_in(4) {
            let new = 1 + self.dice.below(5);
            ids.extend(self.next_id..self.next_id + new);
            self.next_id += new;
        }
        Request {
            keys: keys(&ids),
            ids,
            padding: usize::try_from(padding).unwrap(),
        }
    }

    /// Whether the process lives on.
    fn send(&mut self, journal: &mut Journal<SimFs>, mut group: Vec<Request>) -> bool {
        match journal.commit(&mut group, self.now_us) {
            Ok(_) => {
                self.acknowledged
                    .extend(group.into_iter().flat_map(|request| request.ids));
                true
            }
            Err(error) => {
                self.fate.in_doubt += group.len() as u64;
                self.in_doubt
                    .extend(group.into_iter().map(|request| request.ids));
                match error {
                    Error::Full { .. } => {
                        self.fate.full += 1;
                        self.flush(journal)
                    }
                    _ => {
                        self.fate.failed += 1;
                        false
                    }
                }
            }
        }
    }

    /// Moves what is durable to the lake, then trims.
    fn flush(&mut self, journal: &mut Journal<SimFs>) -> bool {
        let durable = journal.usage().log.durable;
        let from = self.lake_position + 1;
        let records: Result<Vec<_>, _> = journal.replay(from).collect();
        match records {
            Ok(records) => {
                self.lake
                    .extend(records.iter().flat_map(|record| ids(&record.payload)));
                self.lake_position = durable;
            }
            Err(error) => {
                self.violated(format!("cannot replay: {error}"));
                return false;
            }
        }
        if self.dice.one_in(2) && !self.run_job(journal) {
            return false;
        }
        self.fate.trims += 1;
        match journal.trim(durable) {
            Ok(()) | Err(Error::Full { .. }) => true,
            Err(Error::Io { source, .. }) => source.kind() == std::io::ErrorKind::StorageFull,
            Err(_) => false,
        }
    }

    fn run_job(&mut self, journal: &mut Journal<SimFs>) -> bool {
        let Some(job) = journal.job(self.lake_position) else {
            return true;
        };
        self.fate.runs += 1;
        // A job that failed is offered again.
        let _retried = journal.install(job.run());
        true
    }
}

fn keys(ids: &[u64]) -> Vec<Key> {
    ids.iter().map(|id| key(*id)).collect()
}

use super::*;
use crate::frame::array;
use crate::real_fs::RealFs;
use std::fs;

const UUID: [u8; 16] = [5; 16];
const DAY_US: i64 = 86_400_000_000;

/// Rows whose payload is their key.
struct Rows(Vec<Key>);

impl Entry for Rows {
    fn keys(&self) -> &[Key] {
        &self.0
    }

    fn payload(&mut self, duplicate: &[bool]) -> Option<Vec<Bytes>> {
        let fresh = self
            .0
            .iter()
            .zip(duplicate)
            .filter(|(_, duplicate)| !**duplicate);
        let parts: Vec<_> = fresh
            .map(|(key, _)| Bytes::from(key.0.to_le_bytes().to_vec()))
            .collect();
        (!parts.is_empty()).then_some(parts)
    }
}

fn small() -> JournalOptions {
    JournalOptions {
        log: Options {
            segment_bytes: 16 << 10,
            total_bytes_max: 256 << 10,
            ..Options::default()
        },
        seen: SeenOptions {
            memory_keys_max: 500,
            ..SeenOptions::default()
        },
    }
}

fn open(dir: &Path, now_us: i64) -> (Journal<RealFs>, JournalReport) {
    Journal::open(RealFs, dir, small(), UUID, now_us).unwrap()
}

fn key(n: u64) -> Key {
    // A bijection that spreads, as the callers' hashes do.
    Key((u128::from(n) + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835))
}

fn rows(keys: impl IntoIterator<Item = u64>) -> Rows {
    Rows(keys.into_iter().map(key).collect())
}

fn stored(journal: &Journal<RealFs>) -> Vec<u128> {
    let payloads = journal.replay(1).map(|record| record.unwrap().payload);
    payloads
        .flat_map(|p| {
            p.chunks(16)
                .map(|k| u128::from_le_bytes(array(k, 0)))
                .collect::<Vec<_>>()
        })
        .collect()
}

#[test]
fn a_row_is_stored_once_in_its_entry_its_group_and_ever_after() {
    let dir = tempfile::tempdir().unwrap();
    let (mut journal, _) = open(dir.path(), 0);
    let mut group = [
        rows([1, 2, 1]),
        rows([2, 3]),
        rows([1, 3]),
        Rows(vec![Key(0), Key(0)]),
    ];
    let done = journal.commit(&mut group, 0).unwrap();
    let outcome = |seq, duplicates: &[u32]| Committed {
        seq,
        duplicates: duplicates.to_vec(),
    };
    let expected = [
        outcome(Some(1), &[2]),
        outcome(Some(2), &[0]),
        outcome(None, &[0, 1]),
        outcome(Some(3), &[]),
    ];
    assert_eq!(done, expected);
    assert_eq!(stored(&journal), [key(1).0, key(2).0, key(3).0, 0, 0]);
    drop(journal);
    let (mut journal, _) = open(dir.path(), 1);
    let done = journal
        .commit(&mut [rows([3, 4]), Rows(vec![Key(0)])], 1)
        .unwrap();
    assert_eq!(done, [outcome(Some(4), &[0]), outcome(Some(5), &[])]);
}

#[test]
fn keys_outlive_the_trimming_of_their_records() {
    let dir = tempfile::tempdir().unwrap();
    let (mut journal, _) = open(dir.path(), 0);
    for n in 0..300 {
        journal
            .commit(&mut [rows(n * 10..n * 10 + 10)], n.try_into().unwrap())
            .unwrap();
        if n % 50 == 49 {
            if n > 150 {
                while let Some(job) = journal.job(n) {
                    journal.install(job.run()).unwrap();
                }
            }
            journal.trim(n).unwrap();
        }
    }
    assert!(journal.usage().log.first > 200);
    for reopened in [false, true] {
        if reopened {
            drop(journal);
            journal = open(dir.path(), 300).0;
        }
        let keys: Vec<_> = (0..6000).map(key).collect();
        let mut seen = Vec::new();
        journal.seen.lookup(&keys, &mut seen);
        let expected: Vec<_> = (0..6000).map(|n| n < 3000).collect();
        assert_eq!(seen, expected);
    }
}

#[test]
fn keys_are_forgotten_after_the_horizon() {
    let dir = tempfile::tempdir().unwrap();
    let (mut journal, _) = open(dir.path(), 0);
    for day in 0..20 {
        let now_us = i64::try_from(day).unwrap() * DAY_US;
        journal.commit(&mut [rows([day])], now_us).unwrap();
        journal.seen.seal_through(u64::MAX).unwrap();
        journal.expire(now_us).unwrap();
    }
    let runs = journal.usage().seen.runs;
    assert!(runs <= 9, "{runs} runs");
    let done = journal.commit(&mut [rows(0..20)], 19 * DAY_US).unwrap();
    let duplicates = &done[0].duplicates;
    assert_eq!(duplicates, &(12..20).collect::<Vec<u32>>());
}

#[test]
fn a_damaged_run_is_set_aside_and_its_keys_come_back_from_the_log() {
    let dir = tempfile::tempdir().unwrap();
    let (mut journal, _) = open(dir.path(), 0);
    journal.commit(&mut [rows(0..100)], 0).unwrap();
    journal.seen.seal_through(1).unwrap();
    journal.commit(&mut [rows(100..200)], 0).unwrap();
    journal.seen.seal_through(2).unwrap();
    drop(journal);
    let run = dir.path().join("seen/run-00000000000000000001.seen");
    let mut bytes = fs::read(&run).unwrap();
    bytes[70] ^= 1;
    fs::write(&run, bytes).unwrap();
    let (mut journal, report) = open(dir.path(), 0);
    assert_eq!(report.seen.set_aside.len(), 1);
    let done = journal.commit(&mut [rows(0..200)], 0).unwrap();
    assert_eq!(done[0].seq, None);
}

#[test]
fn an_index_that_reaches_further_than_the_log_shows_what_is_lost() {
    let dir = tempfile::tempdir().unwrap();
    let (mut journal, _) = open(dir.path(), 0);
    for n in 0..10 {
        journal.commit(&mut [rows([n])], 0).unwrap();
    }
    journal.seen.seal_through(10).unwrap();
    drop(journal);
    let segment = dir.path().join("segment-00000000000000000001.log");
    let mut bytes = fs::read(&segment).unwrap();
    bytes[512 * 6..].fill(0);
    fs::write(&segment, bytes).unwrap();
    let (journal, report) = open(dir.path(), 0);
    assert_eq!(report.log.records, 5);
    assert_eq!(report.log.next, 11);
    let damaged: Vec<_> = report
        .log
        .damaged
        .iter()
        .map(|d| (d.from_seq, d.to_seq))
        .collect();
    assert_eq!(damaged, [(6, 11)]);
    assert_eq!(journal.replay(1).filter(Result::is_err).count(), 1);
}

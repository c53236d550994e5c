mod damage;

use super::*;
use crate::real_fs::RealFs;
use std::fs;

const UUID: [u8; 16] = [7; 16];

fn small() -> Options {
    Options {
        segment_bytes: 16 << 10,
        total_bytes_max: 256 << 10,
        ..Options::default()
    }
}

fn open(dir: &Path) -> (Log<RealFs>, OpenReport) {
    Log::open(RealFs, dir, small(), UUID).unwrap()
}

fn payload(seq: u64) -> Vec<u8> {
    vec![u8::try_from(seq % 251).unwrap() + 1; 100 + usize::try_from(seq % 300).unwrap()]
}

fn fill(log: &mut Log<RealFs>, records: u64, batch: u64) {
    for n in 0..records {
        let seq = log.usage().next;
        let stamp = i64::try_from(seq).unwrap();
        assert_eq!(
            log.append(stamp, &[Key(u128::from(seq))], &[payload(seq)])
                .unwrap(),
            seq
        );
        if n % batch == batch - 1 {
            assert_eq!(log.sync().unwrap(), seq);
        }
    }
    log.sync().unwrap();
}

fn seqs(log: &Log<RealFs>, from: u64) -> Vec<u64> {
    let check = |record: Record| {
        assert_eq!(record.payload, payload(record.seq));
        assert_eq!(record.stamp, i64::try_from(record.seq).unwrap());
        assert_eq!(
            record.keys().collect::<Vec<_>>(),
            [Key(u128::from(record.seq))]
        );
        record.seq
    };
    log.replay(from)
        .map(|record| check(record.unwrap()))
        .collect()
}

#[test]
fn records_come_back_in_order_after_reopening() {
    let dir = tempfile::tempdir().unwrap();
    let (mut log, report) = open(dir.path());
    assert_eq!((report.records, report.first, report.next), (0, 1, 1));
    fill(&mut log, 500, 7);
    assert!(log.usage().segments > 5);
    assert_eq!(seqs(&log, 1), (1..=500).collect::<Vec<_>>());
    assert_eq!(seqs(&log, 321), (321..=500).collect::<Vec<_>>());
    drop(log);
    let (mut log, report) = Log::open(RealFs, dir.path(), small(), [9; 16]).unwrap();
    let clean = OpenReport {
        records: 500,
        first: 1,
        next: 501,
        ..OpenReport::default()
    };
    assert_eq!(report, clean);
    assert_eq!(log.uuid(), UUID);
    fill(&mut log, 20, 1);
    assert_eq!(seqs(&log, 490), (490..=520).collect::<Vec<_>>());
}

#[test]
fn records_are_not_replayed_before_they_are_synced() {
    let dir = tempfile::tempdir().unwrap();
    let (mut log, _) = open(dir.path());
    log.append(0, &[], &[b"lost"]).unwrap();
    assert_eq!(log.replay(1).count(), 0);
    log.discard();
    assert_eq!(log.append(0, &[], &[b"kept"]).unwrap(), 1);
    log.sync().unwrap();
    let found: Vec<_> = log.replay(1).map(|r| r.unwrap().payload).collect();
    assert_eq!(found, ["kept"]);
}

#[test]
fn a_record_larger_than_a_segment_gets_its_own() {
    let dir = tempfile::tempdir().unwrap();
    let (mut log, _) = open(dir.path());
    fill(&mut log, 3, 1);
    let big = vec![3; 70_000];
    assert_eq!(log.append(4, &[], &[&big]).unwrap(), 4);
    log.sync().unwrap();
    drop(log);
    let (log, report) = open(dir.path());
    assert_eq!(report.records, 4);
    assert_eq!(log.replay(4).next().unwrap().unwrap().payload, big);
}

#[test]
fn a_log_that_rolled_over_can_be_trimmed_to_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let (mut log, _) = open(dir.path());
    fill(&mut log, 3, 1);
    log.trim(3).unwrap();
    assert_eq!(seqs(&log, 1), [1, 2, 3], "the segment in use stays");
    log.roll_over().unwrap();
    log.roll_over().unwrap();
    assert_eq!(log.usage().segments, 2, "an empty segment is not left");
    fill(&mut log, 1, 1);
    log.trim(3).unwrap();
    assert_eq!((log.usage().first, seqs(&log, 1)), (4, vec![4]));
    drop(log);
    let (log, report) = open(dir.path());
    assert_eq!((report.first, report.next), (4, 5));
    assert_eq!(seqs(&log, 1), [4]);
}

#[test]
fn a_full_log_says_so_and_takes_more_once_trimmed() {
    let dir = tempfile::tempdir().unwrap();
    let (mut log, _) = open(dir.path());
    let mut last = 0;
    let full = loop {
        match log.append(0, &[], &[vec![1; 1000]]) {
            Ok(seq) => last = seq,
            Err(error) => break error,
        }
        log.sync().unwrap();
    };
    assert!(matches!(full, Error::Full { .. }), "{full}");
    let on_disk = fs::read_dir(dir.path())
        .unwrap()
        .map(|e| e.unwrap().metadata().unwrap().len());
    assert!(on_disk.sum::<u64>() <= small().total_bytes_max + 4096);
    log.trim(last / 2).unwrap();
    assert!(log.usage().first > 1 && log.usage().first <= last / 2 + 1);
    assert_eq!(log.append(0, &[], &[vec![1; 1000]]).unwrap(), last + 1);
    log.sync().unwrap();
    let first = log.usage().first;
    drop(log);
    let (_, report) = open(dir.path());
    assert_eq!(
        (report.first, report.next, report.damaged),
        (first, last + 2, vec![])
    );
}

#[test]
fn a_record_that_can_never_fit_is_too_large() {
    let dir = tempfile::tempdir().unwrap();
    let (mut log, _) = open(dir.path());
    let refused = log.append(0, &[], &[vec![1; 100_000]]).unwrap_err();
    assert!(matches!(refused, Error::TooLarge { .. }), "{refused}");
    fill(&mut log, 1, 1);
}

/// Not a test: prints what the log costs. `cargo test -p candor-log speed -- --ignored --nocapture`
#[test]
#[ignore = "prints figures"]
#[allow(
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "prints figures"
)]
fn speed_of_the_log() {
    use std::time::Instant;
    let dir = tempfile::tempdir_in(".").unwrap();
    let options = Options {
        total_bytes_max: 2 << 30,
        ..Options::default()
    };
    let (mut log, _) = Log::open(RealFs, dir.path(), options.clone(), UUID).unwrap();
    let payload = vec![5; 8 << 10];
    let keys: Vec<_> = (1..40).map(Key).collect();
    let started = Instant::now();
    for _ in 0..7_000 {
        for _ in 0..16 {
            log.append(0, &keys, &[&payload]).unwrap();
        }
        log.sync().unwrap();
    }
    let bytes = log.usage().bytes;
    println!("append: {bytes} bytes in {:?}", started.elapsed());
    let started = Instant::now();
    let count = log
        .replay(1)
        .filter(|record| record.as_ref().unwrap().payload.len() == 8 << 10);
    println!(
        "replay: {} records in {:?}",
        count.count(),
        started.elapsed()
    );
    let started = Instant::now();
    for _ in 0..1000 {
        log.append(0, &[], &[b"one"]).unwrap();
        log.sync().unwrap();
    }
    println!("1000 small syncs in {:?}", started.elapsed());
    drop(log);
    let started = Instant::now();
    let (_, report) = Log::open(RealFs, dir.path(), options, UUID).unwrap();
    println!(
        "open: {} records in {:?}",
        report.records,
        started.elapsed()
    );
}

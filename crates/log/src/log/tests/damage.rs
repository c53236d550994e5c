//! Damage of every kind: all of it is found or harmless, and nothing is dropped in silence.

use super::*;
use crate::memory_fs::MemoryFs;
use crate::sim::{Bug, with_bug};
use proptest::prelude::*;
use std::collections::BTreeMap;

const DIR: &str = "/log";

/// A log of some segments as it lies on disk, and what it holds.
struct Sample {
    disk: MemoryFs,
    records: BTreeMap<u64, Bytes>,
    segments: Vec<PathBuf>,
}

fn options() -> Options {
    Options {
        segment_bytes: 16 << 10,
        total_bytes_max: 512 << 10,
        ..Options::default()
    }
}

fn reopen(disk: &MemoryFs) -> (Log<MemoryFs>, OpenReport) {
    Log::open(disk.clone(), Path::new(DIR), options(), [3; 16]).unwrap()
}

fn sample(records: u64, settle: bool) -> Sample {
    let disk = MemoryFs::default();
    let (mut log, _) = Log::open(disk.clone(), Path::new(DIR), options(), UUID).unwrap();
    for seq in 1..=records {
        let keys: Vec<_> = (0..seq % 4)
            .map(|n| Key(u128::from(seq * 10 + n)))
            .collect();
        log.append(seq.cast_signed(), &keys, &[payload(seq)])
            .unwrap();
        if seq % 3 == 0 {
            log.sync().unwrap();
        }
    }
    log.sync().unwrap();
    if settle {
        log.settle().unwrap();
    }
    let records = log
        .replay(1)
        .map(|r| r.unwrap())
        .map(|r| (r.seq, r.payload))
        .collect();
    let segment = |path: &PathBuf| path.extension().is_some_and(|e| e == "log");
    let segments = disk.paths().into_iter().filter(segment).collect();
    Sample {
        disk,
        records,
        segments,
    }
}

/// Opens the damaged log: each record is there as it was, or reported as missing. `may_end` allows
/// that the log ends early without a word, as after a suffix of zeroes.
fn check(sample: &Sample, disk: &MemoryFs, may_end: bool) -> Result<OpenReport, TestCaseError> {
    let (mut log, report) = reopen(disk);
    let (mut found, mut missing) = (BTreeMap::new(), Vec::new());
    for record in log.replay(1) {
        match record {
            Ok(record) => prop_assert!(found.insert(record.seq, record.payload).is_none()),
            Err(Error::Damaged { from_seq, to_seq }) => missing.push(from_seq..to_seq),
            Err(error) => return Err(TestCaseError::fail(error.to_string())),
        }
    }
    let ranges: Vec<_> = report
        .damaged
        .iter()
        .map(|d| d.from_seq..d.to_seq)
        .collect();
    let all = |ranges: &[std::ops::Range<u64>]| {
        ranges
            .iter()
            .cloned()
            .flatten()
            .take(9999)
            .collect::<Vec<_>>()
    };
    prop_assert_eq!(all(&missing), all(&ranges));
    for (seq, payload) in &found {
        prop_assert_eq!(
            sample.records.get(seq),
            Some(payload),
            "record {} is another",
            seq
        );
    }
    for seq in sample.records.keys().filter(|seq| !found.contains_key(seq)) {
        let damaged = ranges.iter().any(|range| range.contains(seq));
        let torn = report
            .torn_tail
            .as_ref()
            .is_some_and(|torn| torn.from_seq <= *seq);
        prop_assert!(
            damaged || torn || may_end && *seq >= report.next,
            "{} is gone: {:?}",
            seq,
            report
        );
    }
    prop_assert_eq!(report.records, found.len() as u64);
    // Life goes on, and what was reported is reported again.
    let next = log.append(0, &[], &[b"onward"]).unwrap();
    prop_assert!(found.keys().all(|seq| *seq < next));
    log.sync().unwrap();
    let (log, again) = reopen(disk);
    prop_assert_eq!(log.replay(next).next().unwrap().unwrap().payload, "onward");
    prop_assert_eq!(again.records, report.records + 1);
    let ranges = |report: &OpenReport| -> Vec<_> {
        report
            .damaged
            .iter()
            .map(|d| (d.from_seq, d.to_seq))
            .collect()
    };
    prop_assert_eq!(ranges(&again), ranges(&report));
    prop_assert_eq!(&again.torn_tail, &None);
    Ok(report)
}

#[test]
fn a_flipped_bit_anywhere_is_found_or_harmless() {
    let sample = sample(120, true);
    assert!(sample.segments.len() > 1);
    for path in &sample.segments {
        for at in 0..sample.disk.bytes(path).len() {
            let disk = sample.disk.fork();
            disk.edit(path, |bytes| bytes[at] ^= 1 << (at % 8));
            match check(&sample, &disk, false) {
                // All but the mark at the end is below a durable mark, so nothing may look torn.
                Ok(report) if report.records == 120 => {}
                Ok(report) if report.records == 119 && report.torn_tail.is_none() => {}
                other => panic!("{} byte {at}: {other:?}", path.display()),
            }
        }
    }
}

#[test]
fn damage_in_the_middle_costs_only_what_it_hits() {
    let sample = sample(200, true);
    let disk = sample.disk.fork();
    // The body of the frame that starts the third batch.
    let third = sample.records[&7].clone();
    disk.edit(&sample.segments[0], |bytes| {
        let at = bytes
            .windows(third.len())
            .position(|w| w == &third[..])
            .unwrap();
        bytes[at] ^= 4;
    });
    let report = check(&sample, &disk, false).unwrap();
    assert_eq!(report.records, 199);
    let damaged = &report.damaged[0];
    assert_eq!(
        (damaged.from_seq, damaged.to_seq, damaged.segment),
        (7, 8, 1)
    );
    let copy = damaged.copy.as_ref().unwrap();
    assert!(copy.starts_with("/log/damaged"));
    assert_eq!(disk.bytes(copy), disk.bytes(&sample.segments[0]));
}

#[test]
fn a_log_that_believes_damage_or_keeps_it_secret_is_noticed() {
    let sample = sample(120, true);
    let payload = sample.records[&7].clone();
    let disk = sample.disk.fork();
    disk.edit(&sample.segments[0], |bytes| {
        let mut windows = bytes.windows(payload.len());
        let at = windows.position(|w| w == &payload[..]).unwrap();
        bytes[at] ^= 4;
    });
    check(&sample, &disk.fork(), false).unwrap();
    for (bug, expected) in [
        (Bug::BelieveBodies, "record 7 is another"),
        (Bug::KeepDamageSecret, "left: `[7]`"),
    ] {
        let found = with_bug(bug, || check(&sample, &disk.fork(), false));
        let said = found.expect_err("went unnoticed").to_string();
        assert!(said.contains(expected), "{bug:?}: {said}");
    }
}

#[test]
fn a_segment_cut_anywhere_loses_nothing_in_silence() {
    let sample = sample(200, true);
    for (index, path) in sample.segments.iter().enumerate() {
        let last = index + 1 == sample.segments.len();
        for to in (0..sample.disk.bytes(path).len()).step_by(61) {
            let disk = sample.disk.fork();
            disk.edit(path, |bytes| bytes.truncate(to));
            if let Err(error) = check(&sample, &disk, last) {
                panic!("{} cut at {to}: {error}", path.display());
            }
        }
    }
}

#[test]
fn a_missing_segment_is_reported() {
    let sample = sample(400, true);
    for path in &sample.segments {
        let disk = sample.disk.fork();
        disk.remove(path).unwrap();
        let report = check(&sample, &disk, false).unwrap();
        assert_eq!(report.damaged.len(), 1, "{}", path.display());
    }
}

#[test]
fn swapped_copied_and_foreign_segments_are_harmless() {
    let sample = sample(400, true);
    let [first, second, ..] = &sample.segments[..] else {
        panic!("too few segments")
    };
    let bytes = |path: &Path| sample.disk.bytes(path);
    let swapped = sample.disk.fork();
    swapped.put(first, bytes(second));
    swapped.put(second, bytes(first));
    let copied = sample.disk.fork();
    copied.put(&segment_path(Path::new(DIR), 99), bytes(first));
    let foreign = sample.disk.fork();
    let (mut other, _) =
        Log::open(MemoryFs::default(), Path::new(DIR), options(), [1; 16]).unwrap();
    other.append(0, &[], &[b"not ours"]).unwrap();
    other.sync().unwrap();
    foreign.put(
        &segment_path(Path::new(DIR), 77),
        other.fs.bytes(&other.active.path),
    );
    for (disk, set_aside) in [(swapped, 0), (copied, 1), (foreign, 1)] {
        let report = check(&sample, &disk, false).unwrap();
        assert_eq!((report.records, report.set_aside.len()), (400, set_aside));
    }
}

#[test]
fn a_lost_id_file_or_header_is_made_up_for_by_the_other() {
    let sample = sample(100, true);
    let no_id = sample.disk.fork();
    no_id.remove(&Path::new(DIR).join("log.id")).unwrap();
    let no_headers = sample.disk.fork();
    for path in &sample.segments {
        no_headers.edit(path, |bytes| bytes[..512].fill(0xee));
    }
    for disk in [no_id, no_headers] {
        let report = check(&sample, &disk, false).unwrap();
        assert_eq!((report.records, report.damaged), (100, vec![]));
        assert_eq!(reopen(&disk).0.uuid(), UUID);
    }
}

#[test]
fn a_newer_format_is_refused_untouched() {
    let sample = sample(10, false);
    let disk = sample.disk.fork();
    disk.edit(&sample.segments[0], |bytes| {
        let mut header = SegmentHeader::decode(bytes).unwrap();
        header.version += 1;
        bytes[..512].copy_from_slice(&header.encode());
    });
    let before: Vec<_> = disk.paths().iter().map(|path| disk.bytes(path)).collect();
    let refused = Log::open(disk.clone(), Path::new(DIR), options(), UUID).unwrap_err();
    assert!(
        matches!(refused, Error::Version { version: 2, .. }),
        "{refused}"
    );
    let after: Vec<_> = disk.paths().iter().map(|path| disk.bytes(path)).collect();
    assert_eq!(before, after);
}

/// One thing that goes wrong with a file.
#[derive(Debug, Clone)]
enum Harm {
    Flip {
        file: usize,
        at: usize,
        bit: u8,
    },
    Zero {
        file: usize,
        at: usize,
        bytes: usize,
    },
    Noise {
        file: usize,
        at: usize,
        bytes: usize,
    },
    Cut {
        file: usize,
        at: usize,
    },
    Swap {
        file: usize,
        other: usize,
    },
    Copy {
        file: usize,
        other: usize,
    },
}

fn harm() -> impl Strategy<Value = Harm> {
    let (file, at) = (0_usize..64, 0_usize..40_000);
    prop_oneof![
        4 => (file.clone(), at.clone(), 0_u8..8).prop_map(|(file, at, bit)| Harm::Flip { file, at, bit }),
        2 => (file.clone(), at.clone(), 1_usize..6000)
            .prop_map(|(file, at, bytes)| Harm::Zero { file, at, bytes }),
        2 => (file.clone(), at.clone(), 1_usize..6000)
            .prop_map(|(file, at, bytes)| Harm::Noise { file, at, bytes }),
        1 => (file.clone(), at).prop_map(|(file, at)| Harm::Cut { file, at }),
        1 => (file.clone(), 0_usize..64).prop_map(|(file, other)| Harm::Swap { file, other }),
        1 => (file, 0_usize..64).prop_map(|(file, other)| Harm::Copy { file, other }),
    ]
}

fn inflict(sample: &Sample, disk: &MemoryFs, harm: &Harm) {
    let path = |file: usize| &sample.segments[file % sample.segments.len()];
    let fill = |file: usize, at: usize, length: usize, value: fn(usize) -> u8| {
        disk.edit(path(file), |bytes| {
            let start = at % bytes.len().max(1);
            for (n, byte) in bytes.iter_mut().skip(start).take(length).enumerate() {
                *byte = value(n);
            }
        });
    };
    match *harm {
        Harm::Flip { file, at, bit } => disk.edit(path(file), |bytes| {
            let at = at % bytes.len().max(1);
            bytes
                .iter_mut()
                .skip(at)
                .take(1)
                .for_each(|byte| *byte ^= 1 << bit);
        }),
        Harm::Zero { file, at, bytes } => fill(file, at, bytes, |_| 0),
        Harm::Noise { file, at, bytes } => {
            fill(file, at, bytes, |n| u8::try_from(n * 37 % 255).unwrap() + 1);
        }
        Harm::Cut { file, at } => disk.edit(path(file), |bytes| {
            let to = at % bytes.len().max(1);
            bytes.truncate(to);
        }),
        Harm::Swap { file, other } => {
            let (one, two) = (disk.bytes(path(file)), disk.bytes(path(other)));
            disk.put(path(file), two);
            disk.put(path(other), one);
        }
        Harm::Copy { file, other } => disk.put(path(other), disk.bytes(path(file))),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn several_harms_together_drop_nothing_in_silence(
        records in 1_u64..300,
        settle: bool,
        harms in prop::collection::vec(harm(), 1..4),
    ) {
        let sample = sample(records, settle);
        let disk = sample.disk.fork();
        for harm in &harms {
            inflict(&sample, &disk, harm);
        }
        // The end may be zeroed, cut or replaced as a whole; then nothing tells how far it went.
        let last = sample.segments.len() - 1;
        let hits_end = |harm: &Harm| match *harm {
            Harm::Flip { .. } => false,
            Harm::Zero { file, .. } | Harm::Cut { file, .. } | Harm::Noise { file, .. } => {
                file % sample.segments.len() == last
            }
            Harm::Swap { .. } | Harm::Copy { .. } => true,
        };
        check(&sample, &disk, harms.iter().any(hits_end))?;
    }
}

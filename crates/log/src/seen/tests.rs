use super::*;
use crate::memory_fs::MemoryFs;
use crate::real_fs::RealFs;
use std::time::Instant;

const UUID: [u8; 16] = [4; 16];

fn key(n: u64) -> Key {
    let mut dice = crate::sim::Dice::new(n);
    Key(u128::from(dice.roll()) << 64 | u128::from(dice.roll()))
}

fn insert<F: Fs>(seen: &mut Seen<F>, seq: u64, stamp_us: i64, keys: std::ops::Range<u64>) {
    seen.insert(seq, stamp_us, keys.map(key));
}

fn found<F: Fs>(seen: &mut Seen<F>, keys: std::ops::Range<u64>) -> Vec<u64> {
    let mut flags = Vec::new();
    seen.lookup(&keys.clone().map(key).collect::<Vec<_>>(), &mut flags);
    keys.zip(flags)
        .filter(|(_, flag)| *flag)
        .map(|(n, _)| n)
        .collect()
}

fn work<F: Fs>(seen: &mut Seen<F>) -> usize {
    let mut jobs = 0;
    while let Some(job) = seen.job() {
        seen.install(job.run()).unwrap();
        jobs += 1;
    }
    jobs
}

fn small() -> SeenOptions {
    SeenOptions {
        memory_keys_max: 100,
        ..SeenOptions::default()
    }
}

fn open(fs: &MemoryFs, options: SeenOptions) -> (Seen<MemoryFs>, SeenReport) {
    Seen::open(fs.clone(), Path::new("/seen"), options, UUID).unwrap()
}

#[test]
fn keys_are_found_in_memory_in_runs_and_after_merging() {
    let fs = MemoryFs::default();
    let (mut seen, _) = open(&fs, small());
    for seq in 1..=200 {
        seen.make_room().unwrap();
        insert(&mut seen, seq, 0, seq * 20..seq * 20 + 20);
        if seq % 10 == 0 {
            work(&mut seen);
        }
    }
    assert_eq!(found(&mut seen, 0..5000), (20..4020).collect::<Vec<_>>());
    seen.seal_through(200).unwrap();
    work(&mut seen);
    let usage = seen.usage();
    assert_eq!((usage.memory_keys, usage.run_keys), (0, 4000));
    assert!(usage.runs < 10, "{usage:?}");
    assert_eq!(found(&mut seen, 0..5000), (20..4020).collect::<Vec<_>>());
    let (mut seen, report) = open(&fs, small());
    assert_eq!((report.runs, report.keys), (usage.runs, 4000));
    assert!((1..=200).all(|seq| seen.covers(seq)) && !seen.covers(201));
    assert_eq!(seen.covered(), 200);
    assert_eq!(found(&mut seen, 0..5000), (20..4020).collect::<Vec<_>>());
}

#[test]
fn heavy_work_can_be_done_on_another_thread() {
    let fs = MemoryFs::default();
    let (mut seen, _) = open(&fs, small());
    insert(&mut seen, 1, 0, 0..500);
    let job = seen.job_through(1).unwrap();
    let done = std::thread::spawn(move || {
        let job: Job<MemoryFs> = job;
        job.run()
    });
    // Meanwhile the keys are still found, and more come in.
    insert(&mut seen, 2, 0, 500..600);
    assert_eq!(found(&mut seen, 0..700).len(), 600);
    seen.install(done.join().unwrap()).unwrap();
    assert_eq!((seen.usage().runs, seen.usage().memory_keys), (1, 100));
    assert_eq!(found(&mut seen, 0..700).len(), 600);
}

#[test]
fn key_zero_is_never_seen() {
    let (mut seen, _) = open(&MemoryFs::default(), small());
    seen.insert(1, 0, [Key(0), Key(0)]);
    let mut flags = Vec::new();
    seen.lookup(&[Key(0)], &mut flags);
    assert_eq!((flags, seen.usage().memory_keys), (vec![false], 0));
}

#[test]
fn runs_without_filter_are_looked_up_on_disk() {
    let fs = MemoryFs::default();
    let (mut seen, _) = open(
        &fs,
        SeenOptions {
            filter_bytes_max: 0,
            ..small()
        },
    );
    insert(&mut seen, 1, 0, 0..3000);
    seen.seal_through(1).unwrap();
    assert_eq!(seen.usage().runs_unfiltered, 1);
    assert_eq!(
        found(&mut seen, 2900..3100),
        (2900..3000).collect::<Vec<_>>()
    );
}

#[test]
fn a_job_whose_work_was_done_meanwhile_leaves_nothing_behind() {
    let fs = MemoryFs::default();
    let (mut seen, _) = open(&fs, small());
    insert(&mut seen, 1, 0, 0..50);
    let job = seen.job_through(1).unwrap();
    seen.seal_through(1).unwrap();
    seen.install(job.run()).unwrap();
    assert_eq!((seen.usage().runs, fs.paths().len()), (1, 1));
    assert_eq!(found(&mut seen, 0..60), (0..50).collect::<Vec<_>>());
}

#[test]
fn parts_of_a_merger_cut_short_are_removed_at_the_next_start() {
    let fs = MemoryFs::default();
    let (mut seen, _) = open(&fs, small());
    for seq in 1..=4 {
        insert(&mut seen, seq, 0, seq * 10..seq * 10 + 10);
        seen.seal_through(seq).unwrap();
    }
    let job = seen.job().unwrap();
    let _never_installed = job.run();
    assert_eq!(fs.paths().len(), 5);
    let (mut seen, report) = open(&fs, small());
    assert_eq!((report.runs, report.keys, fs.paths().len()), (1, 40, 1));
    assert_eq!(found(&mut seen, 0..99), (10..50).collect::<Vec<_>>());
}

#[test]
fn every_damaged_byte_of_a_run_is_noticed() {
    let fs = MemoryFs::default();
    let (mut seen, _) = open(&fs, small());
    insert(&mut seen, 1, 0, 0..600);
    seen.seal_through(1).unwrap();
    let path = fs.paths().remove(0);
    for at in (0..fs.bytes(&path).len()).step_by(7) {
        let disk = fs.fork();
        disk.edit(&path, |bytes| bytes[at] ^= 0x10);
        let (mut seen, report) = open(&disk, small());
        let right = found(&mut seen, 0..600).len() == 600;
        let noticed = report.set_aside.len() + seen.usage().runs_damaged;
        assert!(right || noticed == 1, "byte {at}");
        if noticed > 0 {
            assert!(!disk.paths().contains(&path), "byte {at}");
        }
    }
}

/// Not a test: prints what lookups cost. `cargo test -p candor-log speed -- --ignored --nocapture`
#[test]
#[ignore = "prints figures"]
#[allow(
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "prints figures"
)]
fn speed_of_lookups() {
    let dir = tempfile::tempdir().unwrap();
    let options = SeenOptions {
        memory_keys_max: 1_000_000,
        ..SeenOptions::default()
    };
    let (mut seen, _) = Seen::open(RealFs, dir.path(), options, UUID).unwrap();
    let mut flags = Vec::new();
    let mut measure = |what: &str, seen: &mut Seen<RealFs>, from: u64, count: u64| {
        let started = Instant::now();
        for start in (from..from + count).step_by(1000) {
            seen.lookup(
                &(start..start + 1000).map(key).collect::<Vec<_>>(),
                &mut flags,
            );
        }
        println!(
            "{what}: {} ns a key",
            started.elapsed().as_nanos() / u128::from(count)
        );
    };
    for run in 0..9_u64 {
        let started = Instant::now();
        for batch in 0..1000 {
            let from = run * 1_000_000 + batch * 1000;
            insert(&mut seen, run * 1000 + batch + 1, 0, from..from + 1000);
        }
        println!(
            "insert: {} ns a key",
            started.elapsed().as_nanos() / 1_000_000
        );
        if run == 0 {
            measure("in memory, absent", &mut seen, 1 << 40, 1_000_000);
            measure("in memory, present", &mut seen, 0, 1_000_000);
        }
        if run < 8 {
            let started = Instant::now();
            let job = seen.job_through(u64::MAX).unwrap();
            let frozen = started.elapsed();
            seen.install(job.run()).unwrap();
            println!(
                "seal: {:?} ({frozen:?} of it in the caller)",
                started.elapsed()
            );
        }
    }
    measure("8 runs, absent", &mut seen, 1 << 40, 1_000_000);
    measure("8 runs, present", &mut seen, 0, 200_000);
    let started = Instant::now();
    println!("{} jobs in {:?}", work(&mut seen), started.elapsed());
}

#[test]
fn the_filter_lets_few_absent_keys_pass_and_every_present_one() {
    let mut filter = Filter::for_keys(100_000);
    (0..100_000).for_each(|n| filter.insert(key(n).0));
    assert!((0..100_000).all(|n| filter.contains(key(n).0)));
    let passed = (100_000..200_000)
        .filter(|n| filter.contains(key(*n).0))
        .count();
    assert!(passed < 800, "{passed} of 100,000 passed");
}

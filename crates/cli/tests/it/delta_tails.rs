//! Delta tables whose end is damaged in every way that a power cut or a bad disk knows: the table
//! opens, the damage is set aside and told, and the log brings the rows again.

use crate::ledger::Ledger;
use crate::sandbox::Sandbox;
use candor_server::Breach;
use std::fs;
use std::path::{Path, PathBuf};

/// Nothing is flushed but on request; a checkpoint comes with the next round of maintenance.
const QUIET: &str =
    "[storage]\nflush_age_ms = 3600000\nlog_bytes_max = 16777216\nmaintain_every_s = 1\n";
/// Commits before a table is stopped: more than there are between two checkpoints.
const FLUSHES: u64 = 24;

/// What is done to a file of some length.
#[derive(Debug, Clone, Copy)]
enum Damage {
    /// Cut to this part of its length, in percent.
    Cut(usize),
    /// Its last byte is gone.
    CutLast,
    /// Filled with zeroes from here to there, in percent.
    Zero(usize, usize),
    /// Replaced by noise of the same length.
    Noise,
    Delete,
}

impl Damage {
    fn inflict(self, path: &Path) {
        let mut bytes = fs::read(path).unwrap();
        let at = |percent: usize| bytes.len() * percent / 100;
        match self {
            Damage::Cut(to) => bytes.truncate(at(to)),
            Damage::CutLast => bytes.truncate(bytes.len() - 1),
            Damage::Zero(from, to) => {
                let range = at(from)..at(to);
                bytes[range].fill(0);
            }
            Damage::Noise => bytes
                .iter_mut()
                .for_each(|b| *b = b.wrapping_mul(31) ^ 0x5a),
            Damage::Delete => return fs::remove_file(path).unwrap(),
        }
        fs::write(path, bytes).unwrap();
    }
}

/// The newest files of a table, by what they are.
struct Tail {
    log: PathBuf,
    table: PathBuf,
}

impl Tail {
    fn of(sandbox: &Sandbox) -> Self {
        let table = sandbox.data().join("lake/models/m/predictions");
        let log = table.join("_delta_log");
        Self { log, table }
    }

    fn commits(&self) -> Vec<PathBuf> {
        sorted(&self.log, ".json")
    }

    fn newest_commit(&self) -> PathBuf {
        self.commits().pop().unwrap()
    }

    fn checkpoint(&self) -> PathBuf {
        sorted(&self.log, ".checkpoint.parquet").pop().unwrap()
    }

    fn hint(&self) -> PathBuf {
        self.log.join("_last_checkpoint")
    }

    /// The data file that the newest commit adds.
    fn newest_data(&self) -> PathBuf {
        let commit = fs::read_to_string(self.newest_commit()).unwrap();
        let mut actions = commit
            .lines()
            .map(|l| serde_json::from_str::<serde_json::Value>(l).unwrap());
        let path = actions
            .find_map(|a| a["add"]["path"].as_str().map(str::to_owned))
            .unwrap();
        self.table.join(path.replace("%3D", "="))
    }

    fn set_aside(&self) -> Vec<PathBuf> {
        sorted(&self.table.join("_damaged"), "")
    }
}

fn sorted(dir: &Path, end: &str) -> Vec<PathBuf> {
    let mut files: Vec<_> = fs::read_dir(dir)
        .into_iter()
        .flatten()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.to_str().is_some_and(|p| p.ends_with(end)))
        .collect();
    files.sort();
    files
}

/// A table of many commits with a checkpoint, closed by a kill.
fn table() -> (Sandbox, Ledger) {
    let mut sandbox = Sandbox::with_config(QUIET);
    let ledger = Ledger::new("m", None);
    let tail = Tail::of(&sandbox);
    for _ in 0..FLUSHES {
        assert!(ledger.send(sandbox.url(), 20).is_stored());
        sandbox.client().flush().unwrap();
    }
    while !tail.hint().exists() {
        std::thread::sleep(std::time::Duration::from_millis(50));
        sandbox.client().flush().unwrap();
    }
    assert!(ledger.send(sandbox.url(), 20).is_stored());
    sandbox.client().flush().unwrap();
    sandbox.kill();
    (sandbox, ledger)
}

/// Opens a damaged copy of the table; what is missing or double before and after the next flush.
fn open_damaged(
    original: &Sandbox,
    ledger: &Ledger,
    damage: impl Fn(&Tail),
) -> (Sandbox, Vec<Breach<u64>>) {
    let mut sandbox = Sandbox::prepare(QUIET);
    sandbox.copy_data_of(original);
    damage(&Tail::of(&sandbox));
    sandbox.launch();
    let mut breaches = ledger.breaches(&sandbox);
    let flushed = sandbox.client().flush();
    assert!(flushed.is_ok(), "{flushed:?}\n{}", sandbox.log());
    breaches.extend(ledger.breaches(&sandbox));
    (sandbox, breaches)
}

const DAMAGES: [Damage; 11] = [
    Damage::Cut(0),
    Damage::Cut(1),
    Damage::Cut(25),
    Damage::Cut(50),
    Damage::Cut(90),
    Damage::CutLast,
    Damage::Zero(0, 100),
    Damage::Zero(0, 10),
    Damage::Zero(50, 100),
    Damage::Noise,
    Damage::Delete,
];

mod heavy {
    use super::*;

    #[test]
    fn a_damaged_end_is_set_aside_and_brought_again() {
        let (original, ledger) = table();
        let files: [(&str, fn(&Tail) -> PathBuf); 4] = [
            ("newest commit", Tail::newest_commit),
            ("checkpoint", Tail::checkpoint),
            ("_last_checkpoint", Tail::hint),
            ("newest data", Tail::newest_data),
        ];
        for (name, file) in files {
            for damage in DAMAGES {
                let (sandbox, breaches) =
                    open_damaged(&original, &ledger, |tail| damage.inflict(&file(tail)));
                let shown = format!("{name}: {damage:?}\n{}", sandbox.log());
                assert_eq!(breaches, [], "{shown}");
                let harmless = matches!(damage, Damage::CutLast) && name != "newest data"
                    || name == "_last_checkpoint";
                let deleted = matches!(damage, Damage::Delete);
                let told = sandbox.log().contains("set aside");
                assert!(told || deleted || harmless, "{shown}");
                assert_eq!(told, !Tail::of(&sandbox).set_aside().is_empty(), "{shown}");
            }
        }
    }

    #[test]
    fn several_damages_at_once_cost_nothing_either() {
        let (original, ledger) = table();
        let cases: [(&str, fn(&Tail)); 5] = [
            ("the checkpoint's commit and all after it gone", |tail| {
                let checkpoint = tail.checkpoint();
                let name = checkpoint.file_name().unwrap().to_str().unwrap();
                let commit = format!("{}.json", name.split('.').next().unwrap());
                for path in tail.commits() {
                    if path.file_name().unwrap().to_str().unwrap() >= commit.as_str() {
                        fs::remove_file(path).unwrap();
                    }
                }
            }),
            ("no checkpoint at all", |tail| {
                fs::remove_file(tail.checkpoint()).unwrap();
                fs::remove_file(tail.hint()).unwrap();
            }),
            ("three newest commits gone", |tail| {
                tail.commits()
                    .iter()
                    .rev()
                    .take(3)
                    .for_each(|c| fs::remove_file(c).unwrap());
            }),
            ("newest commit torn, its data zeroed", |tail| {
                Damage::Zero(0, 100).inflict(&tail.newest_data());
                Damage::Cut(50).inflict(&tail.newest_commit());
            }),
            ("checkpoint empty, newest commit empty", |tail| {
                Damage::Cut(0).inflict(&tail.checkpoint());
                Damage::Cut(0).inflict(&tail.newest_commit());
            }),
        ];
        for (name, damage) in cases {
            let (sandbox, breaches) = open_damaged(&original, &ledger, damage);
            assert_eq!(breaches, [], "{name}\n{}", sandbox.log());
        }
    }

    #[test]
    fn rows_that_the_log_has_no_more_are_reported_as_missing() {
        let mut original =
            Sandbox::with_config("[storage]\nflush_age_ms = 3600000\nlog_bytes_max = 1048576\n");
        let ledger = Ledger::new("m", None);
        // Several segments: the first ones are trimmed, with what is only in the lake then.
        for _ in 0..10 {
            assert!(ledger.send(original.url(), 1000).is_stored());
            original.client().flush().unwrap();
        }
        original.kill();
        let first_data = |tail: &Tail| {
            let commits = tail.commits();
            commits[1..]
                .iter()
                .for_each(|c| fs::remove_file(c).unwrap());
            Damage::Cut(50).inflict(&commits[0]);
        };
        let (sandbox, breaches) = open_damaged(&original, &ledger, first_data);
        assert!(!breaches.is_empty(), "the log still had everything");
        assert!(breaches.iter().all(|b| matches!(b, Breach::Lost(_))));
        assert!(
            sandbox.log().contains("cannot be brought again"),
            "{}",
            sandbox.log()
        );
    }
}

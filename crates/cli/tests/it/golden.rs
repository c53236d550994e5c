//! Data directories of every released version, kept for ever: each later version reads all of each.
//! What a newer version wrote is refused, and not a byte of it is touched.
//!
//! A directory and its answers for the version in `Cargo.toml` are made by
//! `CANDOR_GOLDEN=1 cargo test -p candor --test it golden::heavy::this_version`.

use crate::sandbox::{Sandbox, candor};
use crate::shim::Shim;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

const NDJSON: (&str, &str) = ("content-type", "application/x-ndjson");
/// Small segments, so that the log is trimmed and keys lie in runs.
const SMALL: &str = "[storage]\nflush_age_ms = 3600000\nlog_bytes_max = 1048576\n";
/// Statements whose answers are kept.
const QUESTIONS: [&str; 9] = [
    "SELECT count(*), count(DISTINCT id), sum(input_x), min(output_score), max(output_score) FROM m.predictions",
    "SELECT input_word, count(*) FROM m.predictions GROUP BY 1 ORDER BY 1",
    "SELECT id, prediction_id, class FROM m.outcomes ORDER BY id",
    "SELECT count(*), count(subject), count(DISTINCT subject) FROM m.predictions",
    "SELECT count(*) FROM m.feedback",
    "SELECT count(*) FROM m.effects",
    "SELECT code, count(*) FROM quarantine GROUP BY 1 ORDER BY 1",
    "SELECT model, count(*) FROM predictions GROUP BY 1 ORDER BY 1",
    "SELECT \"column\", sum(\"rows\"), max(max) FROM m.profiles WHERE kind = 'prediction' AND grain = '1d' GROUP BY 1 ORDER BY 1",
];

/// What a golden directory must answer.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Golden {
    /// When it was closed, in microseconds.
    closed_us: i64,
    /// Each question with its rows.
    answers: BTreeMap<String, Value>,
    /// An event that is in it.
    known_event: String,
    /// A model's spec, as it was put.
    spec: Value,
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden")
}

fn ask(sandbox: &Sandbox) -> BTreeMap<String, Value> {
    let answer = |question: &&str| (question.to_string(), sandbox.sql(question));
    QUESTIONS.iter().map(answer).collect()
}

/// What a server over a golden directory answers otherwise than it must.
fn differences(sandbox: &Sandbox, golden: &Golden) -> Vec<String> {
    let mut different = Vec::new();
    for (question, must) in &golden.answers {
        let answer = sandbox.sql(question);
        if answer != *must {
            different.push(format!("{question}: {answer}, not {must}"));
        }
    }
    let spec = sandbox.http("GET", "/v1/specs/Model/m", &[], b"").json();
    if spec["object"] != golden.spec {
        different.push(format!("the spec: {spec}"));
    }
    let again = golden.known_event.as_bytes();
    let reply = sandbox.http("POST", "/v1/models/m/predictions", &[NDJSON], again);
    if reply.counts().1 != 1 {
        different.push(format!("a known event was taken again: {}", reply.text()));
    }
    different
}

/// A sandbox over an unpacked golden directory, at the time when that was closed.
fn unpack(version: &str, shim: &Shim) -> (Sandbox, Golden) {
    let answers = fs::read(folder().join(format!("{version}.json"))).unwrap();
    let golden: Golden = serde_json::from_slice(&answers).unwrap();
    let sandbox = Sandbox::prepare(SMALL).environment(shim.environment());
    shim.set_clock_off_by_us(golden.closed_us + 60_000_000 - sandbox.now_us());
    fs::create_dir(sandbox.data()).unwrap();
    let packed = fs::read(folder().join(format!("{version}.tar.zst"))).unwrap();
    let tar = zstd::decode_all(packed.as_slice()).unwrap();
    let mut unpacking = Command::new("tar")
        .args(["-xf", "-", "-C"])
        .arg(sandbox.data())
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    unpacking.stdin.take().unwrap().write_all(&tar).unwrap();
    assert!(unpacking.wait().unwrap().success());
    (sandbox, golden)
}

fn versions() -> Vec<String> {
    let names = fs::read_dir(folder()).unwrap().flatten();
    let names = names.map(|e| e.file_name().into_string().unwrap());
    names
        .filter_map(|n| n.strip_suffix(".tar.zst").map(str::to_owned))
        .collect()
}

/// Everything that a data directory can hold, some of it in the lake and some in the log.
fn fill(sandbox: &Sandbox) -> (String, Value) {
    let post = |kind: &str, body: &str| {
        let path = format!("/v1/models/m/{kind}");
        sandbox
            .http("POST", &path, &[NDJSON], body.as_bytes())
            .counts()
    };
    let spec = json!({"apiVersion": "candor/v1", "kind": "Model", "metadata": {"name": "m", "owner": "golden"},
        "spec": {"task": "binary"}});
    let put = sandbox.http(
        "PUT",
        "/v1/specs/Model/m",
        &[("content-type", "application/yaml")],
        spec.to_string().as_bytes(),
    );
    assert_eq!(put.status, 200, "{}", put.text());
    let event = |i: usize| {
        let word = ["red", "green", "blue", "\u{fc}ber"][i % 4];
        json!({"id": format!("g{i}"), "version": format!("v{}", i % 3), "subject": format!("person-{}", i % 7),
            "inputs": {"x": i, "word": word, "ok": i.is_multiple_of(2), "f": 0.5}, "outputs": {"score": 0.25}})
        .to_string()
    };
    for from in [0, 1000, 2000] {
        let batch: Vec<String> = (from..from + 1000).map(event).collect();
        assert_eq!(post("predictions", &batch.join("\n")).0, 1000);
        sandbox.client().flush().unwrap();
    }
    for (kind, event) in [
        (
            "outcomes",
            r#"{"id":"o1","prediction_id":"g1","class":"good"}"#,
        ),
        ("feedback", r#"{"id":"f1","prediction_id":"g1","score":4}"#),
        (
            "effects",
            r#"{"id":"e1","prediction_id":"g1","name":"margin","value":12.5}"#,
        ),
    ] {
        assert_eq!(post(kind, event).0, 1, "{kind}");
    }
    let bad = r#"{"id":"bad","outputs":{"score":"high"}}"#;
    assert_eq!(post("predictions", bad).2.len(), 1);
    let other = r#"{"id":"n1","model":"n","outputs":{"score":1}}"#;
    assert_eq!(
        sandbox
            .http("POST", "/v1/events", &[NDJSON], other.as_bytes())
            .counts()
            .0,
        1
    );
    let shown = sandbox.http("GET", "/v1/specs/Model/m", &[], b"").json();
    (event(5), shown["object"].clone())
}

fn make(version: &str) {
    let mut sandbox = Sandbox::with_config(SMALL);
    let (known_event, spec) = fill(&sandbox);
    let golden = Golden {
        closed_us: sandbox.now_us(),
        answers: ask(&sandbox),
        known_event,
        spec,
    };
    // Not asked to end, so that rows stay in the log.
    sandbox.kill();
    let has = |folder: &str, end: &str| {
        let files = fs::read_dir(sandbox.data().join(folder)).unwrap().flatten();
        files
            .map(|e| e.path())
            .any(|p| p.to_str().unwrap().ends_with(end))
    };
    assert!(
        has("log", ".log") && has("log/seen", ".seen"),
        "no run of keys"
    );
    let tar = Command::new("tar")
        .args([
            "--sparse",
            "--sort=name",
            "--owner=0",
            "--group=0",
            "-cf",
            "-",
            "-C",
        ])
        .arg(sandbox.data())
        // These tell of the machine that it was made on.
        .args(["LOCK", "server.json", "clock.json"].map(|name| format!("--exclude=./{name}")))
        .arg(".")
        .output()
        .unwrap();
    assert!(tar.status.success());
    let packed = zstd::encode_all(tar.stdout.as_slice(), 19).unwrap();
    fs::create_dir_all(folder()).unwrap();
    fs::write(folder().join(format!("{version}.tar.zst")), packed).unwrap();
    let answers = serde_json::to_string_pretty(&golden).unwrap() + "\n";
    fs::write(folder().join(format!("{version}.json")), answers).unwrap();
}

mod heavy {
    use super::*;

    #[test]
    fn this_version_has_a_golden_directory() {
        let version = env!("CARGO_PKG_VERSION");
        if std::env::var_os("CANDOR_GOLDEN").is_some() {
            make(version);
        }
        assert!(
            versions().iter().any(|v| v == version),
            "make one, as said above"
        );
    }

    #[test]
    fn every_golden_directory_is_read_whole() {
        for version in versions() {
            let shim = Shim::compile();
            let (mut sandbox, golden) = unpack(&version, &shim);
            sandbox.launch();
            let log = sandbox.log();
            assert_eq!(differences(&sandbox, &golden), [""; 0], "{version}: {log}");
            assert!(
                !log.contains("ERROR") && !log.contains("WARN"),
                "{version}: {log}"
            );
            sandbox.client().flush().unwrap();
            assert_eq!(
                differences(&sandbox, &golden),
                [""; 0],
                "{version}, flushed"
            );
        }
    }

    #[test]
    fn a_golden_directory_that_lost_something_is_noticed() {
        let shim = Shim::compile();
        let (mut sandbox, golden) = unpack(&versions()[0], &shim);
        // A segment and the runs of keys are gone.
        fs::remove_dir_all(sandbox.data().join("log")).unwrap();
        sandbox.launch();
        let different = differences(&sandbox, &golden);
        assert!(different.len() >= 3, "{different:?}");
    }

    #[test]
    fn what_a_newer_version_wrote_is_refused_untouched() {
        let cases: [(&str, fn(&Path), &str); 4] = [
            (
                "a segment of the log",
                |data| patch(&first(&data.join("log"), ".log"), 64),
                "version 2",
            ),
            (
                "a run of keys",
                |data| patch(&first(&data.join("log/seen"), ".seen"), 92),
                "version 2",
            ),
            ("the catalog", add_migration, "newer Candor"),
            ("a table", add_protocol, "reader version"),
        ];
        for (name, age, said) in cases {
            let shim = Shim::compile();
            let (sandbox, _) = unpack(&versions()[0], &shim);
            // A newer Candor has brought the catalog to its form first.
            let data = sandbox.data().display().to_string();
            let tokens = candor().args(["token", "list", "--data", &data]).output();
            assert!(tokens.unwrap().status.success(), "{name}");
            // Whoever opens the catalog may bring its log into its file.
            run_sql(&sandbox.data(), "");
            age(&sandbox.data());
            let before = digests(&sandbox.data());
            let serve = candor()
                .args(["serve", "--listen", "127.0.0.1:0", "--config"])
                .arg(sandbox.folder().join("candor.toml"))
                .arg("--data")
                .arg(sandbox.data())
                .envs(shim.environment())
                .stdin(Stdio::null())
                .output()
                .unwrap();
            let told = String::from_utf8_lossy(&serve.stderr).into_owned();
            assert!(!serve.status.success(), "{name}: {told}");
            assert!(told.contains(said), "{name}: {told}");
            let after = digests(&sandbox.data());
            assert_eq!(before, after, "{name}");
        }
    }
}

fn first(folder: &Path, end: &str) -> PathBuf {
    let mut files: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .flatten()
        .map(|e| e.path())
        .collect();
    files.retain(|path| path.to_str().unwrap().ends_with(end));
    files.sort();
    files.remove(0)
}

/// Raises the version at byte 8 of a header that ends with its checksum at `crc_at`.
fn patch(file: &Path, crc_at: usize) {
    let mut bytes = fs::read(file).unwrap();
    assert_eq!(bytes[8..12], 1_u32.to_le_bytes());
    bytes[8] = 2;
    let crc = crc32c(&bytes[..crc_at]).to_le_bytes();
    bytes[crc_at..crc_at + 4].copy_from_slice(&crc);
    fs::write(file, bytes).unwrap();
}

fn crc32c(bytes: &[u8]) -> u32 {
    let step = |crc: u32, _| (crc >> 1) ^ (0x82f6_3b78 & (crc & 1).wrapping_neg());
    !bytes
        .iter()
        .fold(!0, |crc, byte| (0..8).fold(crc ^ u32::from(*byte), step))
}

fn add_migration(data: &Path) {
    run_sql(
        data,
        "INSERT INTO _sqlx_migrations SELECT 9999, 'x', installed_on, success, checksum, 0 FROM _sqlx_migrations LIMIT 1",
    );
}

/// Runs a statement on the catalog and leaves everything in its file.
pub(crate) fn run_sql(data: &Path, statement: &str) {
    let script = "import sqlite3, sys\n\
        db = sqlite3.connect(sys.argv[1])\n\
        db.execute(sys.argv[2])\n\
        db.commit()\n\
        db.execute('PRAGMA wal_checkpoint(TRUNCATE)')\n\
        db.close()\n";
    let done = Command::new("python3")
        .args(["-c", script])
        .arg(data.join("catalog.sqlite"))
        .arg(statement)
        .status()
        .unwrap();
    assert!(done.success());
}

fn add_protocol(data: &Path) {
    let log = data.join("lake/models/m/predictions/_delta_log");
    let mut commits: Vec<_> = fs::read_dir(&log)
        .unwrap()
        .flatten()
        .map(|e| e.path())
        .collect();
    commits.retain(|path| path.extension().is_some_and(|e| e == "json"));
    let next = log.join(format!("{:020}.json", commits.len()));
    let protocol = r#"{"protocol":{"minReaderVersion":99,"minWriterVersion":99}}"#;
    fs::write(next, format!("{protocol}\n")).unwrap();
}

/// Every file's digest, but for what merely opening a directory leaves behind.
fn digests(data: &Path) -> BTreeMap<PathBuf, blake3::Hash> {
    let mut all = BTreeMap::new();
    let mut folders = vec![data.to_owned()];
    while let Some(folder) = folders.pop() {
        for path in fs::read_dir(&folder).unwrap().flatten().map(|e| e.path()) {
            let name = path.file_name().unwrap().to_str().unwrap();
            if path.is_dir() {
                folders.push(path);
            } else if !["LOCK", "catalog.sqlite-wal", "catalog.sqlite-shm"].contains(&name) {
                all.insert(path.clone(), blake3::hash(&fs::read(&path).unwrap()));
            }
        }
    }
    all
}

//! `candor report` as a whole process, beside the peers' packages on the same files.

use crate::bars::{Bench, at_most};
use crate::figure::{Bar, Figure};
use crate::{Result, clock, results, say};
use serde_json::json;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

/// Runs of each case; the quickest counts, as for the peers.
const RUNS: usize = 3;
/// How often the memory of a running report is read.
const EVERY: Duration = Duration::from_millis(5);
const MIB: f64 = 1_048_576.0;

/// One kind of report beside a peer.
struct Case {
    name: &'static str,
    /// Sections that are told; all if there are none.
    only: &'static str,
    /// The peer's measurement and its name.
    peer: (&'static str, &'static str),
    /// How many times as quick as the peer it must be, and what we aim at.
    times: (f64, Option<f64>),
    /// Most memory, in MiB.
    memory: Option<f64>,
}

const CASES: [Case; 7] = [
    Case {
        name: "report, drift of 20 columns",
        only: "drift",
        peer: ("engine_drift_duckdb", "DuckDB's bare statistics"),
        times: (1.0, Some(2.0)),
        memory: Some(500.0),
    },
    Case {
        name: "report, whole",
        only: "",
        peer: ("evidently_default", "Evidently's drift"),
        times: (30.0, Some(60.0)),
        memory: Some(800.0),
    },
    Case {
        name: "report, estimated performance by day",
        only: "estimated_performance",
        peer: ("nannyml_cbpe", "NannyML's CBPE"),
        times: (30.0, None),
        memory: None,
    },
    Case {
        name: "report, drift of columns by day",
        only: "windows",
        peer: ("nannyml_univariate", "NannyML's univariate drift"),
        times: (40.0, None),
        memory: None,
    },
    Case {
        name: "report, multivariate",
        only: "multivariate",
        peer: ("nannyml_pca", "NannyML's PCA"),
        times: (10.0, None),
        memory: None,
    },
    Case {
        name: "report, fairness of two attributes",
        only: "fairness",
        peer: ("fair_frame", "Fairlearn's MetricFrame"),
        times: (100.0, None),
        memory: None,
    },
    Case {
        name: "report, quality",
        only: "quality",
        peer: ("quality_ge", "Great Expectations"),
        times: (10.0, None),
        memory: None,
    },
];

/// What a run took.
struct Run {
    seconds: f64,
    peak_mib: f64,
}

impl Bench {
    /// Every case on the peers' table of a million rows a side, then sizes.
    pub(crate) fn reports(&self, peers: Option<&Path>) -> Result<Vec<Figure>> {
        let current = self.place.table.clone();
        let mut figures = Vec::new();
        for case in CASES {
            let run = self.quickest(&current, case.only)?;
            let name = case.name;
            match results::peer_wall_s(peers, case.peer.0)? {
                Some(peer_s) => figures.push(Figure {
                    name: format!("{name}, against {}", case.peer.1),
                    value: peer_s / run.seconds,
                    unit: "x",
                    bar: Bar::AtLeast(case.times.0),
                    aim: case.times.1,
                    detail: json!({"seconds": run.seconds, "peer_seconds": peer_s, "peak_mib": run.peak_mib}),
                }),
                None => say::aside(&format!("  {name}: {:.2} s; {} was not measured", run.seconds, case.peer.1)),
            }
            if let Some(most) = case.memory {
                figures.push(at_most(
                    &format!("{name}, memory"),
                    run.peak_mib,
                    "MiB",
                    most,
                    json!({"seconds": run.seconds}),
                ));
            }
        }
        figures.extend(self.sizes(&current)?);
        Ok(figures)
    }

    /// The same report over more rows: time grows with them, memory stays within its bound.
    fn sizes(&self, current: &Path) -> Result<Vec<Figure>> {
        let of = |rows: &str| {
            let name = current
                .file_name()
                .map(|n| n.to_string_lossy().into_owned())
                .unwrap_or_default();
            current.with_file_name(name.replace("_1000000.", &format!("_{rows}.")))
        };
        let (small, large) = (of("100000"), of("10000000"));
        let mut detail = serde_json::Map::new();
        let one = self.quickest(current, "drift")?;
        detail.insert("seconds_1000000".to_owned(), one.seconds.into());
        if small.exists() {
            let run = self.quickest(&small, "drift")?;
            detail.insert("seconds_100000".to_owned(), run.seconds.into());
        }
        if !large.exists() {
            say::aside(&format!(
                "  {} is not there: ten million rows were not measured",
                large.display()
            ));
            return Ok(Vec::new());
        }
        let run = self.quickest(&large, "drift")?;
        detail.insert("seconds_10000000".to_owned(), run.seconds.into());
        let whole = self.report(&large, "")?;
        let seconds = json!({"seconds": whole.seconds});
        Ok(vec![
            at_most(
                "report, ten times the rows take",
                run.seconds / one.seconds,
                "x",
                11.0,
                detail.into(),
            ),
            at_most(
                "report, memory at ten million rows a side, drift",
                run.peak_mib,
                "MiB",
                2_048.0,
                json!(null),
            ),
            at_most(
                "report, memory at ten million rows a side, whole",
                whole.peak_mib,
                "MiB",
                2_048.0,
                seconds,
            ),
        ])
    }

    fn quickest(&self, current: &Path, only: &str) -> Result<Run> {
        let runs: Result<Vec<Run>> = (0..RUNS).map(|_| self.report(current, only)).collect();
        let best = runs?
            .into_iter()
            .min_by(|a, b| a.seconds.total_cmp(&b.seconds));
        best.ok_or_else(|| "no run".into())
    }

    fn report(&self, current: &Path, only: &str) -> Result<Run> {
        let name = current.to_string_lossy().replace("wide_cur_", "wide_ref_");
        let spec = Path::new(env!("CARGO_MANIFEST_DIR")).join("wide.yaml");
        let out: PathBuf = self.place.dir.join("report.html");
        fs::create_dir_all(&self.place.dir)?;
        let mut command = Command::new(&self.place.candor);
        command
            .arg("report")
            .arg(current)
            .args(["--reference", &name]);
        command.arg("--spec").arg(spec).arg("--out").arg(out);
        if !only.is_empty() {
            command.args(["--only", only]);
        }
        let began = clock::start();
        let mut child = command
            .stdout(Stdio::null())
            .stderr(Stdio::inherit())
            .spawn()?;
        let mut peak = 0.0_f64;
        let status = loop {
            if let Some(status) = child.try_wait()? {
                break status;
            }
            peak = peak.max(highest(child.id()));
            clock::pause(EVERY);
        };
        let seconds = began.elapsed().as_secs_f64();
        if !status.success() {
            return Err(format!("candor report ended with {status}").into());
        }
        Ok(Run {
            seconds,
            peak_mib: peak / MIB,
        })
    }
}

/// The most resident bytes that a process had so far.
fn highest(pid: u32) -> f64 {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib = line.and_then(|l| l.trim().trim_end_matches(" kB").parse::<f64>().ok());
    kib.unwrap_or(0.0) * 1_024.0
}

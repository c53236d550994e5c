//! The measurements and the bars they are held against.

use crate::cold::{self, thirty_days};
use crate::figure::{Bar, Figure};
use crate::flood::{self, Flood, Plan};
use crate::server::{self, Server};
use crate::{Place, Result, disk, say, single, visible};
use serde_json::{Value, json};
use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

const GIB: u64 = 1 << 30;
/// Free bytes of the disk below which a run ends early.
const DISK_FREE_MIN: u64 = 8 * GIB;
/// Most resident memory, in MiB.
const MEMORY_MIB: f64 = 1_024.0;
/// Most that memory may grow from the second quarter of a long run to its last, in percent.
const GROWTH_PERCENT: f64 = 10.0;
/// Maintenance that does not keep a load waiting for a minute.
const TIDY_OFTEN: &str = "[storage]\nmaintain_every_s = 2\n";
/// Rows stay in the log, whatever their size and age.
const HOLD_FLUSH: &str = "[storage]\nflush_bytes = 17179869184\nflush_age_ms = 86400000\n\
                          hot_bytes_max = 34359738368\nlog_bytes_max = 3221225472\n";

/// Counts and averages the files named by its argument.
const DUCKDB: &str = "\
import duckdb, sys, time
con = duckdb.connect()
t = time.perf_counter()
n, _ = con.execute(f\"select count(*), avg(output_score) from read_parquet('{sys.argv[1]}')\").fetchone()
print(n, (time.perf_counter() - t) * 1e3)
";

/// Where and how long to measure.
pub(crate) struct Bench {
    pub(crate) place: Place,
}

impl Bench {
    /// Takes the folder for itself.
    pub(crate) fn new(mut place: Place) -> Result<Self> {
        let absolute =
            |path: &PathBuf| fs::canonicalize(path).map_err(|e| format!("{}: {e}", path.display()));
        place.candor = absolute(&place.candor)?;
        fs::create_dir_all(&place.dir)?;
        place.dir = absolute(&place.dir)?;
        Ok(Self { place })
    }

    /// A server with settings `config` over what the folder holds.
    fn launch(&self, name: &str, config: &str) -> Result<Server> {
        server::start(&self.place.candor, &self.place.dir.join(name), config)
    }

    /// The same over an empty data directory.
    pub(crate) fn fresh(&self, name: &str, config: &str) -> Result<Server> {
        say::aside(&format!("{name}: starting on a fresh directory"));
        self.clear(name);
        self.launch(name, config)
    }

    pub(crate) fn clear(&self, name: &str) {
        // A leftover folder costs disk, not correctness: the next run deletes it.
        let _ = fs::remove_dir_all(self.place.dir.join(name));
    }

    fn plan(&self, kind: &str, content_type: &'static str, connections: usize) -> Plan {
        Plan {
            folder: self.place.rows.join(kind),
            content_type,
            model: "bench",
            connections: self.place.connections.unwrap_or(connections),
            length: Duration::from_secs(self.place.seconds),
            events_max: u64::MAX,
            rate: 0,
            patient: true,
            times: None,
            log_bytes_max: u64::MAX,
            disk_free_min: DISK_FREE_MIN,
        }
    }

    pub(crate) fn ndjson_plan(&self) -> Plan {
        self.plan("ndjson", "application/x-ndjson", 4)
    }

    pub(crate) fn arrow_plan(&self, kind: &str) -> Plan {
        self.plan(kind, "application/vnd.apache.arrow.stream", 3)
    }

    /// Runs a plan on a fresh server and says what memory it took.
    fn flood(&self, name: &str, unit: &'static str, plan: &Plan) -> Result<(Flood, Figure)> {
        let server = self.fresh(name, "")?;
        let flood = flood::run(&server, plan, 0)?;
        let gauges = server.gauges()?;
        server.stop()?;
        self.clear(name);
        let mut detail = serde_json::to_value(&flood)?;
        detail["lake_bytes_per_row"] = (gauges.lake_bytes / gauges.lake_rows).into();
        detail["lake_files"] = gauges.lake_files.into();
        let (bar, aim) = match unit {
            "events/s" => (120_000.0, 300_000.0),
            _ => (600_000.0, 1_500_000.0),
        };
        let figure = Figure {
            name: name.into(),
            value: flood.events_per_s,
            unit,
            bar: Bar::AtLeast(bar),
            aim: Some(aim),
            detail,
        };
        Ok((flood, figure))
    }

    /// NDJSON batches.
    pub(crate) fn ndjson(&self) -> Result<Vec<Figure>> {
        let (flood, figure) = self.flood("ndjson", "events/s", &self.ndjson_plan())?;
        let memory = peak("ndjson", flood.memory.peak_mib);
        Ok(vec![figure, memory])
    }

    /// NDJSON batches for `length`, which tells of memory over time as well.
    pub(crate) fn memory(&self, length: Duration) -> Result<Vec<Figure>> {
        let plan = Plan {
            length,
            ..self.ndjson_plan()
        };
        let (flood, figure) = self.flood("ndjson, long", "events/s", &plan)?;
        let memory = &flood.memory;
        // What grows with the number of events by design, up to `candor_dedup_filter_bytes_max`.
        let kept = (
            memory.early_mib - flood.filters_mib.0,
            memory.late_mib - flood.filters_mib.1,
        );
        let growth = Figure {
            name: format!("memory growth over {:.0} s of ndjson", flood.seconds),
            value: 100.0 * (memory.late_mib / memory.early_mib - 1.0),
            unit: "%",
            bar: Bar::AtMost(GROWTH_PERCENT),
            aim: Some(0.0),
            detail: json!({
                "percent_without_filters_of_seen_keys": 100.0 * (kept.1 / kept.0 - 1.0),
                "filters_mib": flood.filters_mib,
            }),
        };
        let peak = peak("ndjson, long", memory.peak_mib);
        Ok(vec![figure, peak, growth])
    }

    /// Arrow IPC streams.
    pub(crate) fn arrow(&self) -> Result<Vec<Figure>> {
        let (flood, figure) = self.flood("arrow", "rows/s", &self.arrow_plan("arrow"))?;
        Ok(vec![figure, peak("arrow", flood.memory.peak_mib)])
    }

    /// Parquet files.
    pub(crate) fn parquet(&self) -> Result<Vec<Figure>> {
        let plan = self.plan("parquet", "application/vnd.apache.parquet", 3);
        let (flood, figure) = self.flood("parquet", "rows/s", &plan)?;
        Ok(vec![figure, peak("parquet", flood.memory.peak_mib)])
    }

    /// Single events.
    pub(crate) fn single(&self) -> Result<Vec<Figure>> {
        let server = self.fresh("single", "")?;
        let length = Duration::from_secs(self.place.seconds);
        let connections = self.place.connections.unwrap_or(64);
        let ndjson = self.place.rows.join("ndjson");
        let single = single::run(&server, &ndjson, connections, length)?;
        server.stop()?;
        self.clear("single");
        let detail = serde_json::to_value(&single)?;
        let rate = Figure {
            name: "single".into(),
            value: single.requests_per_s,
            unit: "requests/s",
            bar: Bar::AtLeast(15_000.0),
            aim: None,
            detail,
        };
        let late = at_most("single, p99", single.p99_ms, "ms", 50.0, Value::Null);
        Ok(vec![rate, late, peak("single", single.memory.peak_mib)])
    }

    /// From reply to visible, alone and under a load of `rate` events a second.
    pub(crate) fn visible(&self, samples: usize, rate: u64) -> Result<Vec<Figure>> {
        let server = self.fresh("visible", "")?;
        let plan = Plan {
            rate,
            length: Duration::from_secs(self.place.seconds.min(30)),
            ..self.ndjson_plan()
        };
        let (idle, loaded, flood) = visible::run(&server, &plan, samples)?;
        server.stop()?;
        self.clear("visible");
        let name = format!("visible, p99 under {:.0} events/s", flood.events_per_s);
        Ok(vec![
            at_most(
                "visible, p99",
                idle.p99_ms,
                "ms",
                100.0,
                serde_json::to_value(&idle)?,
            ),
            at_most(
                &name,
                loaded.p99_ms,
                "ms",
                100.0,
                serde_json::to_value(&loaded)?,
            ),
        ])
    }

    /// Bytes at rest.
    pub(crate) fn disk(&self) -> Result<Vec<Figure>> {
        let server = self.fresh("disk", TIDY_OFTEN)?;
        let quiet = Duration::from_secs(8);
        let disk = disk::run(&server, &self.place.rows.join("distinct"), quiet)?;
        server.stop()?;
        self.clear("disk");
        let detail = serde_json::to_value(&disk)?;
        Ok(vec![at_most("disk", disk.ratio, "x pyarrow", 0.8, detail)])
    }

    /// A day of a large table after a restart.
    pub(crate) fn scan(&self, rows: u64) -> Result<Vec<Figure>> {
        self.clear("scan");
        let plan = Plan {
            model: "narrow",
            events_max: rows,
            length: Duration::from_secs(900),
            times: Some(thirty_days(rows)),
            ..self.arrow_plan("narrow")
        };
        let launch = |config: &str| self.launch("scan", config);
        let duckdb = |day: &str| self.duckdb(day);
        let scan = cold::scan(launch, &plan, TIDY_OFTEN, 5, duckdb)?;
        self.clear("scan");
        let detail = serde_json::to_value(&scan)?;
        let name = format!(
            "scan of a day of {:.0} million rows, cold",
            rows as f64 / 1e6
        );
        Ok(vec![at_most(
            &name,
            scan.cold_ms_median,
            "ms",
            300.0,
            detail,
        )])
    }

    /// DuckDB over the files of one day of the scan's lake: its count, and milliseconds.
    fn duckdb(&self, day: &str) -> Option<(u64, f64)> {
        let python = self.place.python.as_ref()?;
        let files = self.place.dir.join("scan/data/lake/**");
        let files = format!("{}/day={day}/*.parquet", files.display());
        let output = Command::new(python)
            .args(["-c", DUCKDB, &files])
            .output()
            .ok()?;
        let told = String::from_utf8_lossy(&output.stdout).into_owned();
        let (count, ms) = told.trim().split_once(' ')?;
        Some((count.parse().ok()?, ms.parse().ok()?))
    }

    /// Getting ready with `rows` in the lake and `log_mib` in the log.
    pub(crate) fn start(&self, rows: u64, log_mib: u64) -> Result<Vec<Figure>> {
        self.clear("start");
        let lake = Plan {
            events_max: rows,
            length: Duration::from_secs(600),
            ..self.arrow_plan("arrow")
        };
        let log = Plan {
            events_max: u64::MAX,
            log_bytes_max: log_mib << 20,
            ..lake.clone()
        };
        let start = cold::restart(
            |config| self.launch("start", config),
            &lake,
            &log,
            HOLD_FLUSH,
        )?;
        self.clear("start");
        let detail = serde_json::to_value(&start)?;
        Ok(vec![
            at_most("start after a kill", start.ready_s_max, "s", 5.0, detail),
            peak("start", start.peak_mib),
        ])
    }
}

pub(crate) fn at_most(
    name: &str,
    value: f64,
    unit: &'static str,
    bar: f64,
    detail: Value,
) -> Figure {
    Figure {
        name: name.into(),
        value,
        unit,
        bar: Bar::AtMost(bar),
        aim: None,
        detail,
    }
}

fn peak(of: &str, mib: f64) -> Figure {
    at_most(
        &format!("memory, peak of {of}"),
        mib,
        "MiB",
        MEMORY_MIB,
        Value::Null,
    )
}

//! What a restart costs: a day's scan of a large table, and getting ready after a kill.

use crate::figure::percentile;
use crate::flood::{self, Flood, Plan};
use crate::server::{self, Server};
use crate::watch::Watch;
use crate::{Result, clock, say};
use serde::Serialize;
use std::fs;
use std::path::Path;
use std::process::Command;

/// 2026-01-01, the first of the thirty days.
const FIRST_US: i64 = 1_767_225_600_000_000;
const DAY_US: i64 = 86_400_000_000;
const DAYS: i64 = 30;

/// Scans of one day, each after a restart.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Scan {
    pub(crate) rows: u64,
    pub(crate) day_rows: u64,
    pub(crate) load_s: f64,
    pub(crate) lake_mib: f64,
    pub(crate) lake_files: f64,
    /// Whether the page cache was emptied before each start.
    pub(crate) cache_dropped: bool,
    /// The first statement after each restart.
    pub(crate) cold_ms: Vec<f64>,
    pub(crate) cold_ms_median: f64,
    pub(crate) cold_ms_max: f64,
    /// DuckDB's count and mean of the same day's files, cold, in a process that has loaded it; 0 if
    /// it was not there or counted otherwise (files already merged away still lie there).
    pub(crate) duckdb_cold_ms: Vec<f64>,
    /// The same statement once more.
    pub(crate) warm_ms: Vec<f64>,
    pub(crate) ready_s: Vec<f64>,
}

/// Event times that spread `rows` rows over thirty days.
pub(crate) fn thirty_days(rows: u64) -> (i64, i64) {
    let step = DAYS * DAY_US / rows.max(1).cast_signed();
    (FIRST_US, step.max(1))
}

/// Loads, then scans one day after each of `restarts` restarts.
pub(crate) fn scan(
    start: impl Fn(&str) -> Result<Server>,
    plan: &Plan,
    config: &str,
    restarts: usize,
    duckdb: impl Fn(&str) -> Option<(u64, f64)>,
) -> Result<Scan> {
    let server = start(config)?;
    let flood = flood::run(&server, plan, 0)?;
    say::aside(&format!(
        "  {} rows loaded; waiting for maintenance",
        flood.accepted
    ));
    let gauges = server.settle(std::time::Duration::from_secs(8))?;
    server.stop()?;
    let (from, step) = plan.times.ok_or("a scan needs rows spread over days")?;
    let mut out = Scan {
        rows: flood.accepted,
        day_rows: 0,
        load_s: flood.seconds + flood.flush_s,
        lake_mib: gauges.lake_bytes / 1_048_576.0,
        lake_files: gauges.lake_files,
        cache_dropped: true,
        cold_ms: Vec::new(),
        cold_ms_median: 0.0,
        cold_ms_max: 0.0,
        duckdb_cold_ms: Vec::new(),
        warm_ms: Vec::new(),
        ready_s: Vec::new(),
    };
    for round in 0..restarts {
        out.cache_dropped &= drop_cache();
        let server = start("")?;
        out.ready_s.push(server.ready_s);
        let day = from + (3 + 5 * round.cast_signed() as i64) % DAYS * DAY_US;
        let before = |us: i64| (us - from + step - 1).div_euclid(step);
        let expected = (before(day + DAY_US) - before(day)).unsigned_abs();
        let question = format!(
            "SELECT count(*), avg(output_score) FROM \"{}\".predictions WHERE time BETWEEN '{}' AND '{}'",
            plan.model,
            clock::rfc3339(day),
            clock::rfc3339(day + DAY_US - 1)
        );
        for times in [&mut out.cold_ms, &mut out.warm_ms] {
            let mut sql = server.connect()?;
            let began = clock::start();
            let answer = server::ask(&mut sql, &question)?;
            times.push(began.elapsed().as_secs_f64() * 1e3);
            if answer["rows"][0][0].as_u64() != Some(expected) {
                return Err(format!("{expected} rows expected: {answer}").into());
            }
        }
        out.day_rows = expected;
        server.kill()?;
        drop_cache();
        let peer = duckdb(&clock::rfc3339(day)[..10]);
        let peer = peer.filter(|p| p.0 == expected).map_or(0.0, |p| p.1);
        out.duckdb_cold_ms.push(peer);
    }
    out.cold_ms_median = percentile(&mut out.cold_ms.clone(), 50.0);
    out.cold_ms_max = percentile(&mut out.cold_ms.clone(), 100.0);
    Ok(out)
}

/// Starts after kills with a full log.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Start {
    pub(crate) lake_rows: f64,
    pub(crate) log_rows: u64,
    pub(crate) log_mib: f64,
    pub(crate) cache_dropped: bool,
    /// Seconds from the start of the process until ready; the last with default settings, those
    /// before it with the flush held off so that the log stays.
    pub(crate) ready_s: Vec<f64>,
    pub(crate) ready_s_max: f64,
    /// Memory of the last start until its rows were counted, in MiB.
    pub(crate) peak_mib: f64,
}

/// Loads `lake` and brings it to the lake, loads `log` with the flush held off by `held`, kills, and
/// starts again.
pub(crate) fn restart(
    launch: impl Fn(&str) -> Result<Server>,
    lake: &Plan,
    log: &Plan,
    held: &str,
) -> Result<Start> {
    let server = launch("")?;
    let first = flood::run(&server, lake, 0)?;
    say::aside(&format!("  {} rows in the lake", first.accepted));
    server.stop()?;
    let server = launch(held)?;
    let second: Flood = flood::load(&server, log)?;
    let gauges = server.gauges()?;
    say::aside(&format!(
        "  {:.0} MiB in the log, {} rows",
        gauges.log_bytes / 1_048_576.0,
        second.accepted
    ));
    server.kill()?;
    let mut out = Start {
        lake_rows: gauges.lake_rows,
        log_rows: second.accepted,
        log_mib: gauges.log_bytes / 1_048_576.0,
        cache_dropped: true,
        ready_s: Vec::new(),
        ready_s_max: 0.0,
        peak_mib: 0.0,
    };
    for config in [held, held, ""] {
        out.cache_dropped &= drop_cache();
        let server = launch(config)?;
        say::aside(&format!("  ready after {:.2} s", server.ready_s));
        out.ready_s.push(server.ready_s);
        out.ready_s_max = out.ready_s_max.max(server.ready_s);
        let watch = Watch::start(server.pid());
        server.check_count(lake.model, first.accepted + second.accepted)?;
        out.peak_mib = watch.finish().peak_mib;
        server.kill()?;
    }
    Ok(out)
}

/// Empties the page cache, where that is allowed.
fn drop_cache() -> bool {
    let synced = Command::new("sync").status().is_ok_and(|s| s.success());
    synced && fs::write(Path::new("/proc/sys/vm/drop_caches"), "3").is_ok()
}

//! Whole batches as fast as the server takes them, or at a given rate, over a few connections.

use crate::bodies::{self, Body, Ids};
use crate::clock;
use crate::figure::percentile;
use crate::http::{Connection, HUNG_UP};
use crate::server::Server;
use crate::watch::{self, Memory, Watch};
use crate::{Result, say};
use serde::Serialize;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// A told wait is kept, but not beyond this.
const RETRY_MAX: Duration = Duration::from_secs(1);

/// What to send, how, for how long.
#[derive(Debug, Clone)]
pub(crate) struct Plan {
    /// Folder of templates.
    pub(crate) folder: PathBuf,
    /// Their content type.
    pub(crate) content_type: &'static str,
    /// The model that the events are of.
    pub(crate) model: &'static str,
    /// Connections, each with a thread.
    pub(crate) connections: usize,
    /// Ends after this time.
    pub(crate) length: Duration,
    /// Ends once this many events are accepted.
    pub(crate) events_max: u64,
    /// Events a second over all connections; 0 for as fast as possible.
    pub(crate) rate: u64,
    /// What is refused is sent again after the wait that was told; else the server is asked before a body is
    /// sent, as the SDK does once it was refused, and what is refused is dropped.
    pub(crate) patient: bool,
    /// Event times: `None` for the moment of sending, otherwise the first and the step, in
    /// microseconds.
    pub(crate) times: Option<(i64, i64)>,
    /// Ends once the log has this many bytes.
    pub(crate) log_bytes_max: u64,
    /// Ends when the disk has fewer free bytes than this.
    pub(crate) disk_free_min: u64,
}

/// What came of it.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Flood {
    pub(crate) accepted: u64,
    pub(crate) seconds: f64,
    pub(crate) events_per_s: f64,
    pub(crate) mb_per_s: f64,
    pub(crate) bytes_per_event: f64,
    pub(crate) requests: usize,
    pub(crate) p50_ms: f64,
    pub(crate) p99_ms: f64,
    /// Requests answered with 503 and sent again.
    pub(crate) refused: u64,
    /// Time to a refusal, 99th percentile.
    pub(crate) refusal_p99_ms: f64,
    /// Of those, how many lost the answer because the server hung up while they were being sent.
    pub(crate) hung_up: u64,
    /// Events a second in the slowest ten seconds.
    pub(crate) slowest_10s_per_s: f64,
    /// Seconds until what was hot at the end was in the lake.
    pub(crate) flush_s: f64,
    /// Highest of the log's bytes while it ran, in MiB.
    pub(crate) log_mib_max: f64,
    pub(crate) server_cpu_s: f64,
    pub(crate) client_cpu_s: f64,
    /// Processor seconds that neither used.
    pub(crate) foreign_cpu_s: f64,
    pub(crate) memory: Memory,
    /// Filters of seen keys, in MiB: means of the second and of the last quarter, as of `memory`.
    pub(crate) filters_mib: (f64, f64),
}

/// What the threads share.
struct Shared {
    accepted: AtomicU64,
    refused: AtomicU64,
    hung_up: AtomicU64,
    time_us: AtomicU64,
    stop: AtomicBool,
}

/// One connection's share.
struct Lane {
    /// Of accepted requests.
    latencies: Vec<f64>,
    /// Of refusals.
    refusals: Vec<f64>,
    bytes: u64,
}

/// Runs a plan, brings its rows to the lake, and checks by SQL that `before` events and all accepted
/// ones are queryable.
pub(crate) fn run(server: &Server, plan: &Plan, before: u64) -> Result<Flood> {
    let mut flood = load(server, plan)?;
    let flushing = clock::start();
    server.flush()?;
    flood.flush_s = flushing.elapsed().as_secs_f64();
    server.check_count(plan.model, before + flood.accepted)?;
    Ok(flood)
}

/// Runs a plan; what it sent may still be hot.
pub(crate) fn load(server: &Server, plan: &Plan) -> Result<Flood> {
    let templates = bodies::templates(&plan.folder, usize::MAX)?;
    let from = plan.times.map_or(0, |t| t.0);
    let shared = Shared {
        accepted: AtomicU64::new(0),
        refused: AtomicU64::new(0),
        hung_up: AtomicU64::new(0),
        time_us: AtomicU64::new(from.unsigned_abs()),
        stop: AtomicBool::new(false),
    };
    let watch = Watch::start(server.pid());
    let before = cpu_s(server.pid());
    let began = clock::start();
    let (lanes, seen) = std::thread::scope(|scope| {
        let mut handles = Vec::new();
        for lane in 0..plan.connections {
            let part = share(&templates, lane, plan.connections);
            let shared = &shared;
            let address = server.address;
            handles.push(scope.spawn(move || {
                let outcome = drive(address, plan, part, lane as u64, shared, began);
                if outcome.is_err() {
                    shared.stop.store(true, Ordering::Relaxed);
                }
                outcome
            }));
        }
        let seen = observe(server, plan, &shared, began);
        let lanes: Result<Vec<Lane>> = handles
            .into_iter()
            .map(|h| h.join().map_err(|_| "a sending thread panicked")?)
            .collect();
        (lanes, seen)
    });
    let seconds = began.elapsed().as_secs_f64();
    let lanes = lanes?;
    let seen = seen?;
    let after = cpu_s(server.pid());
    let used = (after.0 - before.0, after.1 - before.1, after.2 - before.2);
    let memory = watch.finish();
    let accepted = shared.accepted.load(Ordering::Relaxed);
    let mut latencies: Vec<f64> = lanes.iter().flat_map(|l| l.latencies.clone()).collect();
    let mut refusals: Vec<f64> = lanes.iter().flat_map(|l| l.refusals.clone()).collect();
    let bytes: u64 = lanes.iter().map(|l| l.bytes).sum();
    Ok(Flood {
        accepted,
        seconds,
        events_per_s: accepted as f64 / seconds,
        mb_per_s: bytes as f64 / seconds / 1e6,
        bytes_per_event: bytes as f64 / accepted.max(1) as f64,
        requests: latencies.len(),
        p50_ms: percentile(&mut latencies, 50.0),
        p99_ms: percentile(&mut latencies, 99.0),
        refused: shared.refused.load(Ordering::Relaxed),
        refusal_p99_ms: percentile(&mut refusals, 99.0),
        hung_up: shared.hung_up.load(Ordering::Relaxed),
        slowest_10s_per_s: slowest(&seen.counts),
        flush_s: 0.0,
        log_mib_max: seen.log_bytes_max / 1_048_576.0,
        server_cpu_s: used.0,
        client_cpu_s: used.1,
        foreign_cpu_s: (used.2 - used.0 - used.1).max(0.0),
        memory,
        filters_mib: (quarter(&seen.filters_mib, 1), quarter(&seen.filters_mib, 3)),
    })
}

/// The templates of one of several connections; where there are fewer of them, they are shared.
fn share(templates: &[Body], lane: usize, lanes: usize) -> Vec<Body> {
    let from = lane % templates.len().max(1);
    templates
        .iter()
        .skip(from)
        .step_by(lanes)
        .cloned()
        .collect()
}

/// Processor seconds so far: of the server, of this process, of the machine.
fn cpu_s(server: u32) -> (f64, f64, f64) {
    let own = watch::cpu_s(std::process::id());
    (watch::cpu_s(server), own, watch::machine_cpu_s())
}

/// Sends bodies until the plan ends.
fn drive(
    address: SocketAddr,
    plan: &Plan,
    mut bodies: Vec<Body>,
    lane: u64,
    shared: &Shared,
    began: Instant,
) -> Result<Lane> {
    let mut connection = Connection::open(address)?;
    let mut ids = Ids::new(lane);
    let path = format!("/v1/models/{}/predictions", plan.model);
    let mut out = Lane {
        latencies: Vec::new(),
        refusals: Vec::new(),
        bytes: 0,
    };
    let count = bodies.len();
    let mut last_us = 0;
    // What was dropped goes out again as it is: an overload is not to be spent on making bodies.
    let mut dropped = vec![false; count];
    for (number, at) in (0..count).cycle().enumerate() {
        let body = &mut bodies[at];
        let rows = body.rows() as u64;
        if plan.rate > 0 {
            // In turn: lanes that sent at the same moment would offer bursts.
            let share = (number as u64 * plan.connections as u64 + lane) * rows;
            let due = Duration::from_secs_f64(share as f64 / plan.rate as f64);
            clock::pause(due.saturating_sub(began.elapsed()));
        }
        let enough = shared.accepted.load(Ordering::Relaxed) >= plan.events_max;
        if began.elapsed() >= plan.length || enough || shared.stop.load(Ordering::Relaxed) {
            break;
        }
        if !std::mem::take(&mut dropped[at]) {
            let (from, step) = times(plan, shared, rows, &mut last_us);
            body.renew(&mut ids, from, step);
        }
        let sent = clock::start();
        let delivered = deliver(
            &mut connection,
            plan,
            &path,
            body,
            shared,
            &mut out.refusals,
        )?;
        let Some(accepted) = delivered else {
            dropped[at] = true;
            continue;
        };
        out.latencies.push(sent.elapsed().as_secs_f64() * 1e3);
        out.bytes += body.bytes.len() as u64;
        shared.accepted.fetch_add(accepted, Ordering::Relaxed);
        if accepted != rows {
            return Err(format!("{accepted} of {rows} new events were accepted").into());
        }
    }
    Ok(out)
}

/// Time of the first of `rows` events and the step between them, in microseconds.
fn times(plan: &Plan, shared: &Shared, rows: u64, last_us: &mut i64) -> (i64, i64) {
    let Some((_, step)) = plan.times else {
        *last_us = clock::now_us().max(*last_us + rows.cast_signed());
        return (*last_us, 1);
    };
    let span = rows * step.unsigned_abs();
    let from = shared.time_us.fetch_add(span, Ordering::Relaxed);
    (from.cast_signed(), step)
}

/// Posts a body, again as long as the server is busy and the plan is patient; the number of accepted
/// events, `None` if it was dropped. Times of refusals are added to `refusals`.
fn deliver(
    connection: &mut Connection,
    plan: &Plan,
    path: &str,
    body: &Body,
    shared: &Shared,
    refusals: &mut Vec<f64>,
) -> Result<Option<u64>> {
    loop {
        let sent = clock::start();
        let reply = if plan.patient {
            connection.post(path, plan.content_type, &body.bytes)?
        } else {
            connection.post_asking(path, plan.content_type, &body.bytes)?
        };
        match reply.status {
            200 => {
                let told: serde_json::Value = serde_json::from_slice(&reply.body)?;
                return Ok(Some(told["accepted"].as_u64().unwrap_or(0)));
            }
            503 | HUNG_UP => {
                shared.refused.fetch_add(1, Ordering::Relaxed);
                refusals.push(sent.elapsed().as_secs_f64() * 1e3);
                if reply.status == HUNG_UP {
                    shared.hung_up.fetch_add(1, Ordering::Relaxed);
                }
                if !plan.patient {
                    return Ok(None);
                }
                clock::pause(Duration::from_secs(reply.retry_after_s.max(1)).min(RETRY_MAX));
            }
            status => {
                let text = String::from_utf8_lossy(&reply.body).into_owned();
                return Err(format!("status {status}: {text}").into());
            }
        }
    }
}

/// What the observer saw.
#[derive(Default)]
struct Seen {
    /// Accepted events after each second.
    counts: Vec<u64>,
    log_bytes_max: f64,
    /// Filters of seen keys after each second, in MiB.
    filters_mib: Vec<f64>,
}

/// Tells progress, and ends the run when its time, its events or the disk are used up.
fn observe(server: &Server, plan: &Plan, shared: &Shared, began: Instant) -> Result<Seen> {
    let mut seen = Seen::default();
    let mut told = (0.0, 0);
    while began.elapsed() < plan.length && !shared.stop.load(Ordering::Relaxed) {
        // A log that must reach a size is looked at more often, so that it does not overshoot.
        let every = if plan.log_bytes_max < u64::MAX {
            100
        } else {
            1_000
        };
        clock::pause(Duration::from_millis(every).min(plan.length.saturating_sub(began.elapsed())));
        let accepted = shared.accepted.load(Ordering::Relaxed);
        seen.counts.push(accepted);
        let gauges = server.gauges()?;
        seen.log_bytes_max = seen.log_bytes_max.max(gauges.log_bytes);
        seen.filters_mib.push(gauges.filter_bytes / 1_048_576.0);
        let now = began.elapsed().as_secs_f64();
        if now - told.0 >= 10.0 {
            let rate = (accepted - told.1) as f64 / (now - told.0);
            say::aside(&format!(
                "  {now:5.0} s  {rate:>9.0} events/s  log {:.0} MiB  hot {:.0} MiB  refused {}",
                gauges.log_bytes / 1_048_576.0,
                gauges.hot_bytes / 1_048_576.0,
                shared.refused.load(Ordering::Relaxed)
            ));
            told = (now, accepted);
        }
        if accepted >= plan.events_max {
            break;
        }
        if gauges.log_bytes >= plan.log_bytes_max as f64 {
            shared.stop.store(true, Ordering::Relaxed);
        }
        if disk_free(&plan.folder) < plan.disk_free_min {
            say::aside("  the disk is nearly full: this run ends early");
            shared.stop.store(true, Ordering::Relaxed);
        }
    }
    Ok(seen)
}

/// Free bytes of the disk that `path` is on.
fn disk_free(path: &Path) -> u64 {
    let told = std::process::Command::new("df")
        .args(["--output=avail", "-B1"])
        .arg(path)
        .output();
    let text = told.map_or(String::new(), |o| {
        String::from_utf8_lossy(&o.stdout).into_owned()
    });
    let free = text.lines().nth(1).and_then(|l| l.trim().parse().ok());
    free.unwrap_or(u64::MAX)
}

/// Mean of one quarter (0 to 3) of the samples; 0 of none.
fn quarter(samples: &[f64], number: usize) -> f64 {
    let length = samples.len() / 4;
    let part = &samples[number * length..(number + 1) * length];
    part.iter().sum::<f64>() / part.len().max(1) as f64
}

/// The lowest rate over ten seconds, given counts after each second; 0 if it took less.
fn slowest(counts: &[u64]) -> f64 {
    let tens = counts.windows(11).map(|w| (w[10] - w[0]) as f64 / 10.0);
    let slowest = tens.fold(f64::INFINITY, f64::min);
    if slowest.is_finite() { slowest } else { 0.0 }
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_quarter_has_its_mean() {
        let samples: Vec<f64> = (0..8).map(f64::from).collect();
        let rounded = |number| (super::quarter(&samples, number) * 10.0).round() as i64;
        assert_eq!((rounded(1), rounded(3)), (25, 65));
        assert!(super::quarter(&[], 3).abs() < 1e-9);
    }

    #[test]
    fn the_slowest_ten_seconds_are_found() {
        let mut counts: Vec<u64> = (0..30).map(|s| s * 100).collect();
        for late in &mut counts[15..] {
            *late -= 50;
        }
        assert!((super::slowest(&counts) - 95.0).abs() < 1e-9);
        assert!(super::slowest(&counts[..5]).abs() < 1e-9);
    }
}

//! What a process tree uses, as the kernel tells it: memory over time, processor time.

use crate::clock;
use serde::Serialize;
use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

/// Time between samples.
const EVERY: Duration = Duration::from_millis(200);
const MIB: f64 = 1_048_576.0;

/// Resident memory of a process and all below it, over the time of a run.
#[derive(Debug, Clone, Default, Serialize)]
pub(crate) struct Memory {
    /// Highest sum of resident bytes, in MiB.
    pub(crate) peak_mib: f64,
    /// The same of the server's own process, without SQL workers, in MiB.
    pub(crate) server_peak_mib: f64,
    /// Mean of the second quarter of the run, in MiB.
    pub(crate) early_mib: f64,
    /// Mean of the last quarter of the run, in MiB.
    pub(crate) late_mib: f64,
    /// Number of samples.
    pub(crate) samples: usize,
}

/// Samples until it is asked to finish.
pub(crate) struct Watch {
    stop: Arc<AtomicBool>,
    thread: JoinHandle<Vec<(f64, f64)>>,
}

impl Watch {
    /// Begins to watch the tree of `pid`.
    pub(crate) fn start(pid: u32) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let stopping = stop.clone();
        let thread = std::thread::spawn(move || {
            let mut samples = Vec::new();
            while !stopping.load(Ordering::Relaxed) {
                let own = resident(pid);
                let below: f64 = tree(pid)[1..].iter().map(|&p| resident(p)).sum();
                samples.push((own + below, own));
                clock::pause(EVERY);
            }
            samples
        });
        Self { stop, thread }
    }

    /// Ends and sums up.
    pub(crate) fn finish(self) -> Memory {
        self.stop.store(true, Ordering::Relaxed);
        let samples = self.thread.join().unwrap_or_default();
        sum_up(&samples)
    }
}

fn sum_up(samples: &[(f64, f64)]) -> Memory {
    let max = |of: fn(&(f64, f64)) -> f64| samples.iter().map(of).fold(0.0, f64::max);
    let mean = |part: &[(f64, f64)]| {
        let count = part.len().max(1);
        part.iter().map(|s| s.0).sum::<f64>() / count as f64
    };
    let quarter = samples.len() / 4;
    Memory {
        peak_mib: max(|s| s.0) / MIB,
        server_peak_mib: max(|s| s.1) / MIB,
        early_mib: mean(&samples[quarter..2 * quarter]) / MIB,
        late_mib: mean(&samples[samples.len() - quarter..]) / MIB,
        samples: samples.len(),
    }
}

/// The process and all below it.
pub(crate) fn tree(pid: u32) -> Vec<u32> {
    let mut found = vec![pid];
    let mut next = 0;
    while next < found.len() {
        let tasks = fs::read_dir(format!("/proc/{}/task", found[next]));
        for task in tasks.into_iter().flatten().flatten() {
            let children = fs::read_to_string(task.path().join("children")).unwrap_or_default();
            found.extend(
                children
                    .split_whitespace()
                    .filter_map(|c| c.parse::<u32>().ok()),
            );
        }
        next += 1;
    }
    found
}

/// Resident bytes of one process; 0 once it is gone.
fn resident(pid: u32) -> f64 {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let line = status.lines().find_map(|l| l.strip_prefix("VmRSS:"));
    let kib = line.and_then(|l| l.split_whitespace().next()?.parse::<f64>().ok());
    kib.unwrap_or(0.0) * 1024.0
}

/// Seconds of processor time that a process has used, in user and in kernel mode.
pub(crate) fn cpu_s(pid: u32) -> f64 {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    let fields: Vec<&str> = stat
        .rsplit_once(')')
        .map_or("", |(_, rest)| rest)
        .split_whitespace()
        .collect();
    let ticks: f64 = fields
        .get(11..13)
        .unwrap_or_default()
        .iter()
        .filter_map(|f| f.parse::<f64>().ok())
        .sum();
    ticks / 100.0
}

/// Seconds of processor time that the whole machine has used since it started.
pub(crate) fn machine_cpu_s() -> f64 {
    let stat = fs::read_to_string("/proc/stat").unwrap_or_default();
    let first = stat.lines().next().unwrap_or_default();
    let fields: Vec<f64> = first
        .split_whitespace()
        .skip(1)
        .filter_map(|f| f.parse().ok())
        .collect();
    let busy: f64 = fields
        .iter()
        .take(3)
        .chain(fields.iter().skip(5).take(2))
        .sum();
    busy / 100.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_is_summed_up_by_its_quarters() {
        let samples: Vec<(f64, f64)> = (0..8).map(|i| (f64::from(i) * MIB, MIB)).collect();
        let memory = sum_up(&samples);
        let rounded = |v: f64| (v * 10.0).round() as i64;
        assert_eq!(rounded(memory.peak_mib), 70);
        assert_eq!(rounded(memory.server_peak_mib), 10);
        assert_eq!(
            (rounded(memory.early_mib), rounded(memory.late_mib)),
            (25, 65)
        );
        assert_eq!(sum_up(&[]).samples, 0);
    }

    #[test]
    fn this_process_is_seen() {
        let own = std::process::id();
        assert!(resident(own) > 0.0 && tree(own)[0] == own && machine_cpu_s() > 0.0);
    }
}

//! The machine that figures were measured on, told so that others can compare.

use crate::figure::percentile;
use crate::{Result, checkout, clock};
use std::fs::{self, File};
use std::io::Write;
use std::path::Path;
use std::process::Command;

/// Syncs measured.
const SYNCS: usize = 1_000;

/// One line a property, in Markdown.
pub(crate) fn describe(disk: &Path, candor: &Path) -> Result<String> {
    let (p50_us, p99_us) = sync_us(disk)?;
    let date = clock::rfc3339(clock::now_us());
    let commit = checkout::commit();
    let mount = told(
        "df",
        &["--output=source,fstype,size", "-h", &disk.to_string_lossy()],
    );
    let mount = mount.lines().nth(1).unwrap_or("unknown").to_owned();
    let mount = mount.split_whitespace().collect::<Vec<_>>().join(", ");
    let kernel = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    let version = told(&candor.to_string_lossy(), &["--version"]);
    Ok(format!(
        "- {} x {}, {:.1} GiB RAM, Linux {}\n\
         - disk {mount}: append of 4 KiB + fdatasync p50 {p50_us:.0} us, p99 {p99_us:.0} us ({SYNCS} times)\n\
         - {}, commit {}, {version}, release build\n",
        cores(),
        proc_value("/proc/cpuinfo", "model name"),
        proc_value("/proc/meminfo", "MemTotal")
            .trim_end_matches(" kB")
            .parse::<f64>()
            .unwrap_or(0.0)
            / 1_048_576.0,
        kernel.trim(),
        &date[..16],
        commit,
    ))
}

fn cores() -> usize {
    std::thread::available_parallelism().map_or(0, usize::from)
}

fn proc_value(path: &str, key: &str) -> String {
    let text = fs::read_to_string(path).unwrap_or_default();
    let line = text.lines().find(|l| l.starts_with(key));
    let value = line.and_then(|l| l.split_once(':'));
    value.map_or("unknown".into(), |(_, v)| v.trim().to_owned())
}

fn told(program: &str, args: &[&str]) -> String {
    let output = Command::new(program).args(args).output();
    output.map_or("unknown".into(), |o| {
        String::from_utf8_lossy(&o.stdout).trim().to_owned()
    })
}

/// Microseconds of an append of 4 KiB with its sync: 50th and 99th percentile.
fn sync_us(disk: &Path) -> Result<(f64, f64)> {
    let path = disk.join("sync-probe");
    let mut file = File::create(&path)?;
    let mut times = Vec::with_capacity(SYNCS);
    let mut block = vec![0u8; 4_096];
    for round in 0..SYNCS {
        // The disk below a virtual machine may fold equal blocks.
        for (i, byte) in block.iter_mut().enumerate() {
            *byte = ((round * 4_096 + i).wrapping_mul(2_654_435_761) >> 11) as u8;
        }
        let began = clock::start();
        file.write_all(&block)?;
        file.sync_data()?;
        times.push(began.elapsed().as_secs_f64() * 1e6);
    }
    fs::remove_file(path)?;
    Ok((percentile(&mut times, 50.0), percentile(&mut times, 99.0)))
}

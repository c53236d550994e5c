//! What a worker process does to itself before it reads the first statement.

use super::failure::QueryFailure;
use super::limits::WorkerLimits;
use rustix::process::{Resource, Rlimit, setrlimit};

/// Stack of the threads that run plans, bytes; only touched pages cost memory.
pub const WORKER_STACK_BYTES: usize = 16 << 20;
/// How far the scheduler puts queries behind ingestion.
const NICE: i32 = 10;

/// Bounds this process for good: address space, open files, no core dump, low priority. Call it
/// once, in a process that does nothing but run queries.
///
/// # Errors
/// If the system refuses a limit.
pub fn confine(limits: &WorkerLimits) -> Result<(), QueryFailure> {
    let set = |resource, to| {
        let limit = Rlimit {
            current: Some(to),
            maximum: Some(to),
        };
        setrlimit(resource, limit).map_err(QueryFailure::internal)
    };
    set(Resource::As, limits.address_space_bytes)?;
    set(Resource::Core, 0)?;
    set(Resource::Nofile, limits.open_files)?;
    rustix::process::nice(NICE).map_err(QueryFailure::internal)?;
    Ok(())
}

/// Resident memory of this process, bytes; `None` where the system does not tell.
pub(super) fn resident_bytes() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kib: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kib << 10)
}

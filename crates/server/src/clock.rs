//! The only place that reads the time and draws randomness.

mod steady;

use crate::private_file::private_file;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use steady::{Look, Memory, Up, compare};

/// What was seen of the clock is written down this often, in microseconds.
const KEEP_EVERY_US: i64 = 60_000_000;

/// Microseconds since 1970, UTC.
#[expect(
    clippy::disallowed_methods,
    reason = "this is the adapter that others take as a parameter"
)]
pub(crate) fn now_us() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    since.map_or(0, |d| i64::try_from(d.as_micros()).unwrap_or(i64::MAX))
}

/// A moment to measure time from.
#[expect(
    clippy::disallowed_methods,
    reason = "the one place that reads the time"
)]
pub(crate) fn start() -> std::time::Instant {
    std::time::Instant::now()
}

/// Fresh random bytes from the operating system.
pub(crate) fn random<const N: usize>() -> Result<[u8; N], getrandom::Error> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes)?;
    Ok(bytes)
}

/// The time that storage ages by: the wall clock, unless that jumped without an explanation (see
/// [`steady`]). What it saw is kept in the data directory.
#[derive(Debug)]
pub(crate) struct SteadyClock {
    data: PathBuf,
    boot: Option<String>,
    seen: Mutex<Seen>,
}

#[derive(Debug)]
struct Seen {
    memory: Option<Memory>,
    kept_us: i64,
}

impl SteadyClock {
    /// A clock that goes on from what was seen in the data directory.
    pub(crate) fn open(data: &Path) -> Self {
        let memory = read_clock(data).and_then(|bytes| {
            let memory = serde_json::from_slice(&bytes);
            memory
                .inspect_err(|error| tracing::warn!(%error, "clock.json is damaged; the wall clock is believed"))
                .ok()
        });
        let clock = Self {
            data: data.to_owned(),
            boot: std::fs::read_to_string("/proc/sys/kernel/random/boot_id").ok(),
            seen: Mutex::new(Seen { memory, kept_us: 0 }),
        };
        let _now = clock.now_us();
        clock
    }

    /// The time that is believed, in microseconds since 1970, UTC.
    pub(crate) fn now_us(&self) -> i64 {
        let mut seen = self.seen();
        let look = Look {
            wall_us: now_us(),
            up: self.up(),
        };
        let wall_us = look.wall_us;
        let doubted = seen.is_in_doubt();
        seen.memory = compare(seen.memory.take(), look);
        match (doubted, seen.is_in_doubt()) {
            (false, true) => tracing::warn!(
                ahead_s = seen.ahead_us() / 1_000_000,
                "the clock jumped and nothing explains it; nothing is deleted by age until it is set right or was steady for long enough"
            ),
            (true, false) => tracing::info!("the clock is believed again"),
            _ => {}
        }
        seen.memory.as_ref().map_or(wall_us, Memory::believed_us)
    }

    /// By how much the wall clock is ahead of what is believed, in microseconds; `None` without a
    /// doubt.
    pub(crate) fn doubt_us(&self) -> Option<i64> {
        let seen = self.seen();
        seen.is_in_doubt().then(|| seen.ahead_us())
    }

    /// Writes down what was seen, if it is time for that.
    pub(crate) fn keep(&self) {
        let (memory, due) = {
            let mut seen = self.seen();
            let now_us = seen.memory.as_ref().map_or(0, Memory::believed_us);
            let due = now_us.saturating_sub(seen.kept_us).saturating_abs() >= KEEP_EVERY_US;
            if due {
                seen.kept_us = now_us;
            }
            (seen.memory.clone(), due)
        };
        let Some(memory) = memory.filter(|_| due) else {
            return;
        };
        let written = serde_json::to_vec(&memory)
            .map_err(std::io::Error::other)
            .and_then(|bytes| write_clock(&self.data, &bytes));
        if let Err(error) = written {
            tracing::debug!(%error, "what was seen of the clock could not be kept");
        }
    }

    fn up(&self) -> Option<Up> {
        // Unlike `Instant`, this goes on while the machine sleeps and means something to the next
        // process.
        let text = std::fs::read_to_string("/proc/uptime").ok()?;
        let (seconds, hundredths) = text.split_whitespace().next()?.split_once('.')?;
        let us = seconds.parse::<i64>().ok()?.checked_mul(1_000_000)?;
        let fraction_us = hundredths.parse::<i64>().ok()?.checked_mul(10_000)?;
        Some(Up {
            us: us.checked_add(fraction_us)?,
            boot: self.boot.clone()?,
        })
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Seen {
    fn is_in_doubt(&self) -> bool {
        self.memory.as_ref().is_some_and(Memory::is_in_doubt)
    }

    fn ahead_us(&self) -> i64 {
        self.memory.as_ref().map_or(0, Memory::ahead_us)
    }
}

/// What was seen of the machine's clock, if it was kept.
fn read_clock(data: &Path) -> Option<Vec<u8>> {
    std::fs::read(data.join("clock.json")).ok()
}

/// Keeps what was seen of the machine's clock: the old text or the new one, never half of it.
fn write_clock(data: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let temporary = data.join("clock.json.tmp");
    let mut file = private_file(&temporary)?;
    file.set_len(0)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    std::fs::rename(&temporary, data.join("clock.json"))
}

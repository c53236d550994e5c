//! Something that happens although nothing is wrong.

use crate::random::Random;
use candor_contract::spec::HappeningKind;

/// Where the streams of happenings begin: beyond those of faults.
pub(crate) const STREAM: u64 = 1 << 32;
/// Digits and one dash of a UUIDv7 that are its time in milliseconds.
const INSTANT: usize = 13;

/// Something that happens to one model, its times absolute.
#[derive(Debug, Clone)]
pub(crate) struct Happening {
    pub(crate) kind: HappeningKind,
    /// Its place in the scenario, which names its stream.
    pub(crate) number: u64,
    pub(crate) from_us: i64,
    /// `None` if it stays.
    pub(crate) to_us: Option<i64>,
    pub(crate) size: f64,
    /// When late events come.
    pub(crate) arrives_us: Option<i64>,
    pub(crate) story: Option<String>,
}

impl Happening {
    pub(crate) fn holds(&self, at_us: i64) -> bool {
        self.from_us <= at_us && self.to_us.is_none_or(|to| at_us < to)
    }

    pub(crate) fn touches(&self, from_us: i64, to_us: i64) -> bool {
        self.from_us < to_us && self.to_us.is_none_or(|to| from_us < to)
    }

    pub(crate) fn is_late(&self) -> bool {
        self.kind == HappeningKind::Backfill
    }

    /// Whether an event comes late. All events of one request do, and what follows from it.
    pub(crate) fn delays(&self, member: u64, seed: u64, at_us: i64, id: &str) -> bool {
        if !self.is_late() || !self.holds(at_us) {
            return false;
        }
        let instant = id.get(..INSTANT).unwrap_or(id);
        let path = [member, hash(instant), STREAM + self.number];
        Random::at(seed, path).unit() < self.size
    }
}

/// FNV-1a.
fn hash(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

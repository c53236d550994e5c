//! Request bodies: templates made by `bench/rows.py`, whose ids and times are overwritten in place
//! before each use, so that every event is new and making it costs the client next to nothing.

use crate::Result;
use crate::clock;
use memchr::memmem;
use serde::Deserialize;
use std::fs;
use std::path::Path;

const PLACE_ID: &[u8] = b"########-####-7###-####-############";
const PLACE_TIME: &[u8] = b"0000-00-00T00:00:00.000000Z";
const PLACE_US: i64 = 0x7A5C_3E19_0B6D_42F1;
const HEX: &[u8; 16] = b"0123456789abcdef";

/// What a folder of bodies holds.
#[derive(Debug, Deserialize)]
pub(crate) struct Index {
    /// Rows of all bodies.
    pub(crate) rows: u64,
    /// The bodies in order.
    pub(crate) bodies: Vec<Listed>,
    /// Bytes of the same rows as written by pyarrow's defaults.
    #[serde(default)]
    pub(crate) pyarrow_bytes: u64,
    /// The same without their ids.
    #[serde(default)]
    pub(crate) pyarrow_bytes_without_id: u64,
}

/// One body of a folder.
#[derive(Debug, Deserialize)]
pub(crate) struct Listed {
    /// Its file.
    pub(crate) file: String,
    /// Its rows.
    pub(crate) rows: usize,
}

impl Index {
    /// Reads the index of a folder.
    pub(crate) fn read(folder: &Path) -> Result<Self> {
        let path = folder.join("index.json");
        let text = fs::read(&path).map_err(|e| {
            format!(
                "{}: {e}; bench/rows.py makes it (`make bench` does all)",
                path.display()
            )
        })?;
        Ok(serde_json::from_slice(&text)?)
    }
}

/// A body and where its ids and times are.
#[derive(Debug, Clone)]
pub(crate) struct Body {
    /// The bytes to send.
    pub(crate) bytes: Vec<u8>,
    ids: Vec<u32>,
    times: Vec<u32>,
    /// Whether times are text (NDJSON) rather than 64-bit integers.
    text: bool,
}

impl Body {
    /// Finds the placeholders. Fails unless there is one id and one time for each of `rows` rows.
    pub(crate) fn new(bytes: Vec<u8>, rows: usize) -> Result<Self> {
        let ids = positions(&bytes, PLACE_ID);
        let texts = positions(&bytes, PLACE_TIME);
        let text = !texts.is_empty();
        let times = if text {
            texts
        } else {
            positions(&bytes, &PLACE_US.to_le_bytes())
        };
        if (ids.len(), times.len()) != (rows, rows) {
            return Err(format!(
                "a body of {rows} rows has {} ids and {} times to overwrite",
                ids.len(),
                times.len()
            )
            .into());
        }
        Ok(Self {
            bytes,
            ids,
            times,
            text,
        })
    }

    /// Number of rows.
    pub(crate) fn rows(&self) -> usize {
        self.ids.len()
    }

    /// Gives every row a new id and the times `from_us`, `from_us + step_us`, …
    pub(crate) fn renew(&mut self, ids: &mut Ids, from_us: i64, step_us: i64) {
        let mut us = from_us;
        let mut spelled = (i64::MIN, String::new());
        for (&id, &time) in self.ids.iter().zip(&self.times) {
            let (id, time) = (id as usize, time as usize);
            ids.write(us, &mut self.bytes[id..id + PLACE_ID.len()]);
            if self.text {
                let second = us.div_euclid(1_000_000);
                if spelled.0 != second {
                    spelled = (second, clock::rfc3339(us));
                }
                let to = &mut self.bytes[time..time + PLACE_TIME.len()];
                to[..20].copy_from_slice(&spelled.1.as_bytes()[..20]);
                digits(us.rem_euclid(1_000_000), &mut to[20..26]);
                to[26] = b'Z';
            } else {
                self.bytes[time..time + 8].copy_from_slice(&us.to_le_bytes());
            }
            us += step_us;
        }
    }

    /// The id of row `row` as last given.
    pub(crate) fn id(&self, row: usize) -> String {
        let at = self.ids[row] as usize;
        String::from_utf8_lossy(&self.bytes[at..at + PLACE_ID.len()]).into_owned()
    }
}

fn positions(bytes: &[u8], place: &[u8]) -> Vec<u32> {
    memmem::find_iter(bytes, place)
        .map(|at| u32::try_from(at).unwrap_or(u32::MAX))
        .collect()
}

/// Reads all templates of a folder; `max` of them at most.
pub(crate) fn templates(folder: &Path, max: usize) -> Result<Vec<Body>> {
    let index = Index::read(folder)?;
    let listed = index.bodies.iter().take(max);
    listed
        .map(|b| Body::new(fs::read(folder.join(&b.file))?, b.rows))
        .collect()
}

/// Ids in the form of UUIDv7: the time of the event, then bits that no other id of this run has.
#[derive(Debug)]
pub(crate) struct Ids {
    state: u64,
}

impl Ids {
    /// A sequence of its own for each `lane` of each run.
    pub(crate) fn new(lane: u64) -> Self {
        let run = clock::now_us().unsigned_abs();
        Self {
            state: run.rotate_left(40) ^ (lane << 48),
        }
    }

    /// Writes the next id for an event at `us`.
    fn write(&mut self, us: i64, to: &mut [u8]) {
        // splitmix64: every state gives another number.
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut random = self.state;
        random = (random ^ (random >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        random = (random ^ (random >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        random ^= random >> 31;
        let ms = us.div_euclid(1_000).unsigned_abs();
        let high = (ms << 16) | 0x7000 | (self.state & 0xfff);
        let low = (random & 0x3fff_ffff_ffff_ffff) | 0x8000_0000_0000_0000;
        let (high, low) = (high.to_be_bytes(), low.to_be_bytes());
        let mut at = 0;
        for (i, byte) in high.iter().chain(&low).enumerate() {
            if matches!(i, 4 | 6 | 8 | 10) {
                to[at] = b'-';
                at += 1;
            }
            to[at] = HEX[usize::from(byte >> 4)];
            to[at + 1] = HEX[usize::from(byte & 15)];
            at += 2;
        }
    }
}

fn digits(mut value: i64, to: &mut [u8]) {
    for digit in to.iter_mut().rev() {
        *digit = b'0' + u8::try_from(value % 10).unwrap_or(0);
        value /= 10;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    fn body(time: &[u8]) -> Body {
        let row = [b"x", PLACE_ID, b"y", time, b"z\n"].concat();
        Body::new(row.repeat(3), 3).unwrap()
    }

    #[test]
    fn a_renewed_body_differs_in_ids_and_times_only() {
        let mut text = body(PLACE_TIME);
        text.renew(&mut Ids::new(1), 951_827_696_999_999, 1);
        let told = String::from_utf8(text.bytes.clone()).unwrap();
        let lines: Vec<&str> = told.lines().collect();
        assert_eq!(lines[0][38..], *"2000-02-29T12:34:56.999999Zz");
        assert_eq!(lines[1][38..], *"2000-02-29T12:34:57.000000Zz");
        assert_eq!(lines[0][1..37], text.id(0));
        assert_eq!((&lines[0][15..16], &lines[0][9..10]), ("7", "-"));
        let mut binary = body(&PLACE_US.to_le_bytes());
        binary.renew(&mut Ids::new(1), 5, 2);
        assert_eq!(binary.bytes[38..46], 5i64.to_le_bytes());
        assert_eq!(binary.bytes[48 + 38..48 + 46], 7i64.to_le_bytes());
    }

    #[test]
    fn a_body_without_a_place_for_each_row_is_refused() {
        assert!(Body::new(PLACE_ID.to_vec(), 1).is_err());
    }

    #[test]
    fn ids_do_not_repeat_within_and_across_lanes() {
        let mut seen = HashSet::new();
        for lane in 0..4 {
            let mut ids = Ids::new(lane);
            for _ in 0..10_000 {
                let mut id = [0; 36];
                ids.write(1_000, &mut id);
                assert!(seen.insert(id));
            }
        }
    }
}

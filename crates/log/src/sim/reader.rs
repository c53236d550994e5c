//! An independent reader of a healthy log, written from `docs/formats/log.md` and sharing nothing
//! with the log's own code: it must come to the same records.

use std::collections::BTreeMap;

/// A record as the paper describes it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Plain {
    pub(crate) seq: u64,
    pub(crate) stamp: i64,
    pub(crate) keys: Vec<u128>,
    pub(crate) payload: Vec<u8>,
}

/// CRC-32C, bit by bit as in the textbook, by a table of one byte.
struct Crc([u32; 256]);

impl Crc {
    fn new() -> Self {
        let step = |crc: u32| {
            if crc & 1 == 1 {
                (crc >> 1) ^ 0x82f6_3b78
            } else {
                crc >> 1
            }
        };
        Self(std::array::from_fn(|byte| {
            (0..8).fold(byte as u32, |crc, _| step(crc))
        }))
    }

    fn go_on(&self, from: u32, bytes: &[u8]) -> u32 {
        let add =
            |crc: u32, byte: &u8| (crc >> 8) ^ self.0[((crc ^ u32::from(*byte)) & 255) as usize];
        !bytes.iter().fold(!from, add)
    }
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap())
}

fn u64_at(bytes: &[u8], at: usize) -> u64 {
    u64::from_le_bytes(bytes[at..at + 8].try_into().unwrap())
}

/// One segment's base, records, and the number after the last.
fn read_segment(crc: &Crc, file: &[u8]) -> Result<(u64, Vec<Plain>), String> {
    if &file[..8] != b"candrlog" || u32_at(file, 8) != 1 || file[68..512].iter().any(|b| *b != 0) {
        return Err("not a segment".into());
    }
    if crc.go_on(0, &file[..64]) != u32_at(file, 64) {
        return Err("damaged header".into());
    }
    let seed = crc.go_on(crc.go_on(0, &file[16..32]), &file[32..40]);
    let base = u64_at(file, 40);
    let (mut at, mut next, mut records) = (512, base, Vec::new());
    let mut sealed = false;
    while at + 48 <= file.len() && file[at..at + 48].iter().any(|byte| *byte != 0) {
        let head = &file[at..at + 48];
        let body_bytes = u32_at(head, 8) as usize;
        let body = file
            .get(at + 48..at + 48 + body_bytes)
            .ok_or("body beyond the end")?;
        if sealed {
            return Err(format!("a frame after the footer at {at}"));
        }
        if crc.go_on(seed, &head[4..]) != u32_at(head, 0)
            || crc.go_on(seed, body) != u32_at(head, 4)
        {
            return Err(format!("bad CRC at {at}"));
        }
        if head[42..].iter().any(|byte| *byte != 0) || head[41] > 1 {
            return Err(format!("bad padding at {at}"));
        }
        let seq = u64_at(head, 16);
        if u64_at(head, 24) >= next {
            return Err(format!("durable runs ahead at {at}"));
        }
        match head[40] {
            1 if seq == next => {
                let keys_bytes = u32_at(head, 12) as usize * 16;
                let key = |bytes: &[u8]| u128::from_le_bytes(bytes.try_into().unwrap());
                records.push(Plain {
                    seq,
                    stamp: u64_at(head, 32).cast_signed(),
                    keys: body[..keys_bytes].chunks(16).map(key).collect(),
                    payload: body[keys_bytes..].to_vec(),
                });
                next += 1;
            }
            2 | 3 if seq + 1 == next => {}
            4 if seq + 1 == next => {
                sealed = true;
                if u64_at(body, 0) != records.len() as u64 {
                    return Err("the footer counts differently".into());
                }
            }
            kind => {
                return Err(format!(
                    "kind {kind}, number {seq} at {at}, expected {next}"
                ));
            }
        }
        let align = if head[41] == 1 { 512 } else { 8 };
        let end = (at + 48 + body_bytes).next_multiple_of(align);
        if file[at + 48 + body_bytes..end.min(file.len())]
            .iter()
            .any(|byte| *byte != 0)
        {
            return Err(format!("no zeroes after the frame at {at}"));
        }
        at = end;
    }
    if file[at.min(file.len())..].iter().any(|byte| *byte != 0) {
        return Err(format!("no zeroes from {at} on"));
    }
    Ok((base, records))
}

/// All records of the segments, given as (name, bytes).
pub(crate) fn read_log(files: &[(String, Vec<u8>)]) -> Result<Vec<Plain>, String> {
    let crc = Crc::new();
    assert_eq!(crc.go_on(0, b"123456789"), 0xe306_9283);
    let mut segments = BTreeMap::new();
    for (name, bytes) in files {
        if name.starts_with("segment-") && name.ends_with(".log") {
            segments.insert(u64_at(bytes, 32), (name, bytes));
        }
    }
    let mut all: Vec<Plain> = Vec::new();
    let mut next = None;
    for (name, bytes) in segments.into_values() {
        let (base, records) = read_segment(&crc, bytes).map_err(|e| format!("{name}: {e}"))?;
        if next.is_some_and(|next| next != base) {
            return Err(format!("{name} starts at {base}, expected {next:?}"));
        }
        next = Some(base + records.len() as u64);
        all.extend(records);
    }
    Ok(all)
}

//! What the last segment holds and where it was torn, before anything is changed.

use crate::frame::{self, Frame, Kind, SEGMENT_HEADER_BYTES, Step, Walk};

/// What a last segment holds, before anything is changed.
#[derive(Default)]
pub(super) struct Survey {
    /// Ranges at or below the highest durable mark that are missing.
    pub(super) damaged: Vec<(u64, u64)>,
    /// Where the torn tail starts, and the record number expected there.
    pub(super) torn: Option<(u64, u64)>,
    /// Where the first record starts that no mark says is durable.
    pub(super) unproven: Option<u64>,
    /// The last valid frame before the torn tail, and where it starts.
    pub(super) last: Option<(u64, Frame)>,
    /// Where the valid frames end.
    pub(super) end: u64,
    /// The end of the bytes that are not zero.
    pub(super) nonzero: u64,
    pub(super) records: u64,
    /// Whether a mark says that something in the segment is durable, and so its header.
    pub(super) proven: bool,
}

pub(super) fn survey(bytes: &[u8], seed: u32, base: u64) -> Survey {
    let mut durable = base - 1;
    let mut walk = Walk::new(seed, base);
    while let Some(step) = walk.step(bytes) {
        if let Step::Frame { frame, .. } = step {
            durable = durable.max(frame.durable);
        }
    }
    let proven = durable >= base;
    let mut found = Survey {
        proven,
        end: SEGMENT_HEADER_BYTES,
        nonzero: nonzero_end(bytes),
        ..Survey::default()
    };
    let mut walk = Walk::new(seed, base);
    while let Some(step) = walk.step(bytes) {
        match step {
            Step::Frame { offset, frame } => {
                found.last = Some((offset, frame));
                found.end = frame.end(offset);
                found.records += u64::from(frame.kind == Kind::Record);
                if frame.kind == Kind::Record && frame.seq > durable {
                    found.unproven.get_or_insert(offset);
                }
            }
            Step::Bad {
                from_seq,
                to_seq: Some(to_seq),
                end,
                ..
            } if from_seq <= durable => {
                found.damaged.push((from_seq, to_seq));
                found.end = end;
            }
            Step::Bad {
                offset, from_seq, ..
            } => {
                found.torn = Some((offset, from_seq));
                break;
            }
        }
    }
    found
}

impl Survey {
    /// Ends the last batch at its last whole frame, if others of it were cut off, with nothing but
    /// zeroes up to the next. Returns where the next batch goes, and from where on bytes were changed.
    pub(super) fn seal_batch(&self, bytes: &mut [u8], seed: u32) -> (u64, Option<u64>) {
        let batch_end = frame::align_up(self.end, frame::BATCH_ALIGN);
        let Some((offset, mut frame)) = self.last else {
            return (batch_end, None);
        };
        let at = usize::try_from(offset).unwrap_or(usize::MAX);
        let body = at.saturating_add(frame::FRAME_HEADER_BYTES);
        let is_cut = !frame.last;
        if is_cut {
            frame.last = true;
            if let Some(header) = bytes.get_mut(at..body) {
                header.copy_from_slice(&frame.encode(seed));
            }
        }
        let frame_end = frame.end(offset);
        let body_end = body.saturating_add(frame.body_bytes as usize);
        let padding = bytes.get_mut(body_end..usize::try_from(frame_end).unwrap_or(usize::MAX));
        let stale = padding.filter(|padding| !frame::is_zero(padding));
        let is_stale = stale.map(|padding| padding.fill(0)).is_some();
        let end = if is_cut { frame_end } else { batch_end };
        (end, (is_cut || is_stale).then_some(offset))
    }
}

pub(super) fn nonzero_end(bytes: &[u8]) -> u64 {
    let mut end = bytes.len();
    while end > 0 {
        let start = end.saturating_sub(4096);
        if !frame::is_zero(&bytes[start..end]) {
            let zeroes = bytes[start..end]
                .iter()
                .rev()
                .take_while(|byte| **byte == 0)
                .count();
            return (end - zeroes) as u64;
        }
        end = start;
    }
    0
}

pub(super) fn range(bytes: &[u8], from: u64, to: u64) -> &[u8] {
    let at = |offset: u64| {
        usize::try_from(offset)
            .unwrap_or(usize::MAX)
            .min(bytes.len())
    };
    bytes.get(at(from)..at(to)).unwrap_or_default()
}

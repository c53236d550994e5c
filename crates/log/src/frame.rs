//! The bytes of segment headers and frames, and a walk over them (`docs/formats/log.md`).

/// Batches start at multiples of this: a disk sector, the unit in which a write can tear.
pub(crate) const BATCH_ALIGN: u64 = 512;
/// Frames within a batch start at multiples of this.
pub(crate) const FRAME_ALIGN: u64 = 8;
/// Bytes of a segment's header.
pub(crate) const SEGMENT_HEADER_BYTES: u64 = 512;
/// Bytes of a frame's header.
pub(crate) const FRAME_HEADER_BYTES: usize = 48;
/// The newest format version that this code reads, and the one it writes.
pub(crate) const VERSION: u32 = 1;
/// Flag of the last frame of a batch.
pub(crate) const LAST_IN_BATCH: u8 = 1;

const MAGIC: &[u8; 8] = b"candrlog";
const HEADER_CHECKED_BYTES: usize = 64;
const ZEROES: [u8; 4096] = [0; 4096];

const _: () = assert!(BATCH_ALIGN.is_multiple_of(FRAME_ALIGN));
const _: () = assert!(SEGMENT_HEADER_BYTES.is_multiple_of(BATCH_ALIGN));
const _: () = assert!((FRAME_HEADER_BYTES as u64).is_multiple_of(FRAME_ALIGN));

/// The first multiple of `align` at or after `offset`.
pub(crate) fn align_up(offset: u64, align: u64) -> u64 {
    offset.next_multiple_of(align)
}

/// What both CRCs of a frame continue from: foreign and recycled bytes do not match.
pub(crate) fn seed(uuid: &[u8; 16], number: u64) -> u32 {
    crc32c::crc32c_append(crc32c::crc32c(uuid), &number.to_le_bytes())
}

/// Whether all bytes are zero.
pub(crate) fn is_zero(bytes: &[u8]) -> bool {
    bytes
        .chunks(ZEROES.len())
        .all(|chunk| chunk == &ZEROES[..chunk.len()])
}

/// The `N` bytes at `at`; zeroes where `bytes` is too short.
pub(crate) fn array<const N: usize>(bytes: &[u8], at: usize) -> [u8; N] {
    let mut out = [0; N];
    if let Some(part) = bytes.get(at..at + N) {
        out.copy_from_slice(part);
    }
    out
}

/// A segment's header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct SegmentHeader {
    pub(crate) version: u32,
    pub(crate) uuid: [u8; 16],
    pub(crate) number: u64,
    pub(crate) base: u64,
    pub(crate) trimmed: u64,
    pub(crate) capacity: u64,
}

impl SegmentHeader {
    /// The header's bytes.
    pub(crate) fn encode(&self) -> [u8; SEGMENT_HEADER_BYTES as usize] {
        let mut out = [0; SEGMENT_HEADER_BYTES as usize];
        out[0..8].copy_from_slice(MAGIC);
        out[8..12].copy_from_slice(&self.version.to_le_bytes());
        out[16..32].copy_from_slice(&self.uuid);
        out[32..40].copy_from_slice(&self.number.to_le_bytes());
        out[40..48].copy_from_slice(&self.base.to_le_bytes());
        out[48..56].copy_from_slice(&self.trimmed.to_le_bytes());
        out[56..64].copy_from_slice(&self.capacity.to_le_bytes());
        let crc = crc32c::crc32c(&out[..HEADER_CHECKED_BYTES]);
        out[HEADER_CHECKED_BYTES..HEADER_CHECKED_BYTES + 4].copy_from_slice(&crc.to_le_bytes());
        out
    }

    /// The header at the start of `bytes`, if it is whole.
    pub(crate) fn decode(bytes: &[u8]) -> Option<Self> {
        let checked = bytes.get(..HEADER_CHECKED_BYTES)?;
        let crc = u32::from_le_bytes(array(bytes, HEADER_CHECKED_BYTES));
        if bytes.get(..8)? != MAGIC || crc32c::crc32c(checked) != crc {
            return None;
        }
        Some(Self {
            version: u32::from_le_bytes(array(bytes, 8)),
            uuid: array(bytes, 16),
            number: u64::from_le_bytes(array(bytes, 32)),
            base: u64::from_le_bytes(array(bytes, 40)),
            trimmed: u64::from_le_bytes(array(bytes, 48)),
            capacity: u64::from_le_bytes(array(bytes, 56)),
        })
    }
}

/// What a frame is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A record: keys and payload.
    Record = 1,
    /// Nothing but the durable mark.
    Mark = 2,
    /// Records up to a number may be removed.
    Trim = 3,
    /// The end of a segment.
    Footer = 4,
}

impl Kind {
    fn of(byte: u8) -> Option<Self> {
        [Self::Record, Self::Mark, Self::Trim, Self::Footer]
            .into_iter()
            .find(|k| *k as u8 == byte)
    }
}

/// A frame's header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Frame {
    pub(crate) kind: Kind,
    pub(crate) last: bool,
    pub(crate) body_crc: u32,
    pub(crate) body_bytes: u32,
    pub(crate) keys: u32,
    pub(crate) seq: u64,
    pub(crate) durable: u64,
    pub(crate) stamp: i64,
}

impl Frame {
    /// The header's bytes under `seed`.
    pub(crate) fn encode(&self, seed: u32) -> [u8; FRAME_HEADER_BYTES] {
        let mut out = [0; FRAME_HEADER_BYTES];
        out[4..8].copy_from_slice(&self.body_crc.to_le_bytes());
        out[8..12].copy_from_slice(&self.body_bytes.to_le_bytes());
        out[12..16].copy_from_slice(&self.keys.to_le_bytes());
        out[16..24].copy_from_slice(&self.seq.to_le_bytes());
        out[24..32].copy_from_slice(&self.durable.to_le_bytes());
        out[32..40].copy_from_slice(&self.stamp.to_le_bytes());
        out[40] = self.kind as u8;
        out[41] = if self.last { LAST_IN_BATCH } else { 0 };
        let crc = crc32c::crc32c_append(seed, &out[4..]);
        out[0..4].copy_from_slice(&crc.to_le_bytes());
        out
    }

    /// The header at the start of `bytes`, if it is whole under `seed`.
    pub(crate) fn decode(bytes: &[u8], seed: u32) -> Option<Self> {
        let bytes = bytes.get(..FRAME_HEADER_BYTES)?;
        let kind = Kind::of(bytes[40])?;
        let plain = bytes[41] <= LAST_IN_BATCH && is_zero(&bytes[42..]);
        let crc = u32::from_le_bytes(array(bytes, 0));
        if !plain || crc32c::crc32c_append(seed, &bytes[4..]) != crc {
            return None;
        }
        Some(Self {
            kind,
            last: bytes[41] == LAST_IN_BATCH,
            body_crc: u32::from_le_bytes(array(bytes, 4)),
            body_bytes: u32::from_le_bytes(array(bytes, 8)),
            keys: u32::from_le_bytes(array(bytes, 12)),
            seq: u64::from_le_bytes(array(bytes, 16)),
            durable: u64::from_le_bytes(array(bytes, 24)),
            stamp: i64::from_le_bytes(array(bytes, 32)),
        })
    }

    /// Where the frame ends, if it starts at `offset`, padding to the next frame included.
    pub(crate) fn end(&self, offset: u64) -> u64 {
        let end = offset + FRAME_HEADER_BYTES as u64 + u64::from(self.body_bytes);
        align_up(end, if self.last { BATCH_ALIGN } else { FRAME_ALIGN })
    }

    /// The first record number that may follow this frame.
    pub(crate) fn next_seq(&self) -> u64 {
        self.seq.saturating_add(1)
    }

    /// Bytes of the keys at the start of the body.
    pub(crate) fn keys_bytes(&self) -> usize {
        self.keys as usize * 16
    }

    fn follows(&self, expected: u64) -> bool {
        match self.kind {
            Kind::Record => self.seq >= expected,
            _ => self.next_seq() >= expected,
        }
    }

    fn follows_directly(&self, expected: u64) -> bool {
        match self.kind {
            Kind::Record => self.seq == expected,
            _ => self.next_seq() == expected,
        }
    }

    /// The first record number this frame leaves no doubt about.
    fn first_seq(&self) -> u64 {
        match self.kind {
            Kind::Record => self.seq,
            _ => self.next_seq(),
        }
    }
}

/// What a [`Walk`] comes upon.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    /// A valid frame with the expected number.
    Frame {
        /// Where its header starts.
        offset: u64,
        /// Its header.
        frame: Frame,
    },
    /// Bytes that are neither a valid frame nor the zeroes after the last one.
    Bad {
        /// Where they start.
        offset: u64,
        /// Where the next valid frame starts, or the end of the bytes.
        end: u64,
        /// The number expected at `offset`.
        from_seq: u64,
        /// The number expected after them; `None` if nothing valid follows.
        to_seq: Option<u64>,
    },
}

/// Walks over a segment's bytes from one frame to the next, over damage too.
#[derive(Debug)]
pub(crate) struct Walk {
    seed: u32,
    offset: u64,
    expected: u64,
}

impl Walk {
    /// A walk over a whole segment file whose first record should be number `base`.
    pub(crate) fn new(seed: u32, base: u64) -> Self {
        Self {
            seed,
            offset: SEGMENT_HEADER_BYTES,
            expected: base,
        }
    }

    /// The record number expected next.
    pub(crate) fn expected(&self) -> u64 {
        self.expected
    }

    /// The next step over `bytes`, the whole segment; `None` at its end.
    pub(crate) fn step(&mut self, bytes: &[u8]) -> Option<Step> {
        let offset = self.offset;
        let tail = tail(bytes, offset);
        if let Some(frame) = frame_at(tail, self.seed).filter(|f| f.follows_directly(self.expected))
        {
            self.offset = frame.end(offset);
            self.expected = frame.next_seq();
            return Some(Step::Frame { offset, frame });
        }
        if is_zero(tail) {
            None
        } else {
            Some(self.bad(bytes))
        }
    }

    fn bad(&mut self, bytes: &[u8]) -> Step {
        let (start, from_seq) = (self.offset, self.expected);
        let mut offset = match Frame::decode(tail(bytes, start), self.seed) {
            // Sound, but numbers are missing before it.
            Some(_) if frame_at(tail(bytes, start), self.seed).is_some() => start,
            // The header is sound, so what it says about the body's length is: sought from there,
            // frames that only lie inside of the body are not taken for the log's own.
            Some(frame) if frame.end(start) <= bytes.len() as u64 => frame.end(start),
            _ => start + FRAME_ALIGN,
        };
        while offset < bytes.len() as u64 {
            match frame_at(tail(bytes, offset), self.seed) {
                Some(frame) if frame.follows(from_seq) => {
                    self.offset = offset;
                    self.expected = frame.first_seq();
                    let to_seq = Some(self.expected);
                    return Step::Bad {
                        offset: start,
                        end: offset,
                        from_seq,
                        to_seq,
                    };
                }
                _ => offset += FRAME_ALIGN,
            }
        }
        self.offset = bytes.len() as u64;
        Step::Bad {
            offset: start,
            end: self.offset,
            from_seq,
            to_seq: None,
        }
    }
}

/// What is left of `bytes` from `offset`; empty beyond the end.
fn tail(bytes: &[u8], offset: u64) -> &[u8] {
    usize::try_from(offset)
        .ok()
        .and_then(|at| bytes.get(at..))
        .unwrap_or_default()
}

/// The frame at the start of `bytes`, if header and body are valid.
fn frame_at(bytes: &[u8], seed: u32) -> Option<Frame> {
    let frame = Frame::decode(bytes, seed)?;
    let body = bytes.get(FRAME_HEADER_BYTES..FRAME_HEADER_BYTES + frame.body_bytes as usize)?;
    let sound = crc32c::crc32c_append(seed, body) == frame.body_crc;
    #[cfg(test)]
    let sound = sound || crate::sim::has_bug(crate::sim::Bug::BelieveBodies);
    (sound && frame.keys_bytes() <= body.len()).then_some(frame)
}

//! The log itself: one writer over segment files.

mod open;
mod replay;
#[cfg(test)]
mod tests;

use crate::error::{Error, IoContext, Result, is_out_of_space};
use crate::frame::{
    self, BATCH_ALIGN, FRAME_ALIGN, FRAME_HEADER_BYTES, Frame, Kind, SEGMENT_HEADER_BYTES,
    SegmentHeader, align_up,
};
use crate::fs::{Access, Fs, FsFile};
use crate::seen::Key;
use aligned_vec::{AVec, ConstAlign};
use bytes::Bytes;
use std::collections::VecDeque;
use std::path::{Path, PathBuf};

pub(crate) use open::peek_uuid;
pub use open::{DamagedRange, OpenReport, TornTail};
pub use replay::Replay;

const MIB: u64 = 1 << 20;
/// The buffer for a batch is given back when it grew beyond this.
const PENDING_BYTES_KEPT: usize = 32 * MIB as usize;
const SEGMENT_BYTES_MIN: u64 = 16 << 10;
const PAGE_BYTES: u64 = 4096;

/// What the log may use, and what is known about it from elsewhere.
#[derive(Debug, Clone)]
pub struct Options {
    /// Size of a segment in bytes, at least 16 KiB. A larger batch gets a larger segment.
    pub segment_bytes: u64,
    /// Bound on the size of all segments in bytes, at least four segments.
    pub total_bytes_max: u64,
    /// The most bytes that one record may have, keys included. At most a third of
    /// `total_bytes_max` is accepted, so that a record can never be refused for ever.
    pub record_bytes_max: u64,
    /// A record number that is known from elsewhere to have been durable; 0 for none. Numbers up
    /// to it are not used again, and are reported as damaged if the log has lost them.
    pub durable_floor: u64,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            segment_bytes: 64 * MIB,
            total_bytes_max: 1024 * MIB,
            record_bytes_max: 160 * MIB,
            durable_floor: 0,
        }
    }
}

impl Options {
    fn check(&self) -> Result<()> {
        if self.segment_bytes < SEGMENT_BYTES_MIN || self.segment_bytes > 1 << 40 {
            return Err(Error::Options("a segment has 16 KiB to 1 TiB"));
        }
        if self.total_bytes_max / 4 < self.segment_bytes {
            return Err(Error::Options("the log's bound is at least four segments"));
        }
        Ok(())
    }

    /// Bytes at the end of a segment for marks and the footer only (invariant 8).
    fn reserve(&self) -> u64 {
        align_up((self.segment_bytes / 8).min(32 << 10), BATCH_ALIGN)
    }

    /// The most bytes that a record may have, its keys included: what [`Log::append`] holds to.
    pub fn record_bytes_bound(&self) -> u64 {
        self.record_bytes_max.min(self.batch_bytes_max())
    }

    /// The most bytes that one record and one batch may have.
    fn batch_bytes_max(&self) -> u64 {
        (self.total_bytes_max / 3).min(u64::from(u32::MAX) / 2)
    }
}

/// One record as it was appended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// Its number.
    pub seq: u64,
    /// What the caller stamped it with.
    pub stamp: i64,
    /// What the caller appended, in one piece.
    pub payload: Bytes,
    keys: Bytes,
}

impl Record {
    /// The record's keys in the order given.
    pub fn keys(&self) -> impl ExactSizeIterator<Item = Key> + '_ {
        self.keys
            .chunks_exact(16)
            .map(|bytes| Key(u128::from_le_bytes(frame::array(bytes, 0))))
    }

    fn of(segment: &Bytes, offset: u64, frame: &Frame) -> Self {
        // The walk has checked that the frame lies within the segment.
        let body = usize::try_from(offset).unwrap_or(usize::MAX - (1 << 40)) + FRAME_HEADER_BYTES;
        let payload = body + frame.keys_bytes();
        Self {
            seq: frame.seq,
            stamp: frame.stamp,
            keys: segment.slice(body..payload),
            payload: segment.slice(payload..body + frame.body_bytes as usize),
        }
    }
}

/// What the log holds and may hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Usage {
    /// Bytes of all segments, the active one with what is preallocated.
    pub bytes: u64,
    /// The bound on `bytes`.
    pub bytes_max: u64,
    /// Number of segment files.
    pub segments: usize,
    /// The first record number that is not trimmed.
    pub first: u64,
    /// The number that the next record gets.
    pub next: u64,
    /// Every record up to this number is durable.
    pub durable: u64,
}

/// A segment that no longer changes.
#[derive(Debug, Clone)]
struct Sealed {
    number: u64,
    path: PathBuf,
    base: u64,
    next: u64,
    bytes: u64,
}

/// The segment that is written to.
#[derive(Debug)]
struct Active<T> {
    number: u64,
    path: PathBuf,
    file: T,
    base: u64,
    records: u64,
    capacity: u64,
    /// Where the next batch goes, a multiple of 512.
    offset: u64,
}

/// Bytes of a batch, in memory aligned as a disk wants it, so that they can be written from there.
type BatchBytes = AVec<u8, ConstAlign<{ PAGE_BYTES as usize }>>;

/// A frame in the batch being gathered; its CRCs are known when its segment is.
#[derive(Debug)]
struct Pending {
    at: usize,
    frame: Frame,
}

/// An append-only log of records. One value writes to a directory at a time; the caller sees to
/// that with a lock on the data directory.
#[derive(Debug)]
pub struct Log<F: Fs> {
    fs: F,
    dir: PathBuf,
    options: Options,
    uuid: [u8; 16],
    sealed: VecDeque<Sealed>,
    active: Active<F::File>,
    first: u64,
    next: u64,
    durable: u64,
    trimmed: u64,
    batch: BatchBytes,
    pending: Vec<Pending>,
    poisoned: bool,
    /// The highest number that any file has.
    number_max: u64,
}

impl<F: Fs> Log<F> {
    /// The identity of this log, from the caller's random bytes when the directory was new.
    /// Sequence numbers mean something only together with it.
    pub fn uuid(&self) -> [u8; 16] {
        self.uuid
    }

    /// Adds a record to the batch and returns its number. It is durable only after the next
    /// [`Log::sync`]. `stamp` is handed back by [`Log::replay`], as are `keys`.
    ///
    /// # Errors
    /// [`Error::Full`] and [`Error::TooLarge`]: the record was not added, earlier ones still are in
    /// the batch. A batch may hold a third of the bound; beyond it sync first. [`Error::Poisoned`].
    pub fn append(
        &mut self,
        stamp: i64,
        keys: &[Key],
        payload: &[impl AsRef<[u8]>],
    ) -> Result<u64> {
        self.check()?;
        let payload_bytes = payload
            .iter()
            .map(|part| part.as_ref().len() as u64)
            .sum::<u64>();
        let body_bytes = payload_bytes + keys.len() as u64 * 16;
        let bytes_max = self.options.record_bytes_bound();
        let frame_bytes = align_up(FRAME_HEADER_BYTES as u64 + body_bytes, FRAME_ALIGN);
        if frame_bytes > bytes_max {
            return Err(Error::TooLarge {
                bytes: body_bytes,
                bytes_max,
            });
        }
        let batch_bytes = self.batch.len() as u64 + frame_bytes;
        if batch_bytes > self.options.batch_bytes_max() || !self.has_room(batch_bytes) {
            return Err(self.full());
        }
        let seq = self.next;
        let frame = self.frame(Kind::Record, seq, body_bytes, keys.len(), stamp);
        self.batch
            .reserve(usize::try_from(frame_bytes).unwrap_or(0));
        self.push(frame, |batch| {
            for key in keys {
                batch.extend_from_slice(&key.0.to_le_bytes());
            }
            for part in payload {
                batch.extend_from_slice(part.as_ref());
            }
        });
        self.next += 1;
        Ok(seq)
    }

    /// Whether a record of `bytes` must wait for the next batch.
    pub(crate) fn outgrows_batch(&self, bytes: u64) -> bool {
        let margin = (FRAME_HEADER_BYTES as u64) + FRAME_ALIGN;
        let batch_bytes = self.batch.len() as u64 + bytes + margin;
        !self.pending.is_empty() && batch_bytes > self.options.batch_bytes_max()
    }

    /// Makes everything appended durable, with one write and one sync, and returns the highest
    /// durable number.
    ///
    /// # Errors
    /// [`Error::Full`]: the disk is full; the batch is dropped, its numbers will be given again.
    /// [`Error::Io`]: the log is poisoned, whether the batch is on disk shows when it is opened.
    pub fn sync(&mut self) -> Result<u64> {
        self.check()?;
        if !self.pending.is_empty() {
            self.write_batch(false)?;
        }
        Ok(self.durable)
    }

    /// Drops everything appended since the last sync.
    pub fn discard(&mut self) {
        self.next = self.durable + 1;
        self.clear_batch();
    }

    /// Writes a mark that everything is durable, if none is there and there is room. To be called
    /// when idle: it lets damage to the last batch be told from a torn tail.
    ///
    /// # Errors
    /// As [`Log::sync`].
    pub fn settle(&mut self) -> Result<()> {
        self.check()?;
        let spare = self
            .active
            .capacity
            .saturating_sub(self.options.reserve() / 2);
        if !self.pending.is_empty() || self.active.offset + BATCH_ALIGN > spare {
            return Ok(());
        }
        let mark = self.frame(Kind::Mark, self.durable, 0, 0, 0);
        self.push(mark, |_| {});
        self.write_batch(true)
    }

    /// Goes on in a new segment, so that everything stored so far can be trimmed once it is durable
    /// elsewhere. Does nothing if the segment in use has no record.
    ///
    /// # Errors
    /// As [`Log::sync`].
    pub fn roll_over(&mut self) -> Result<()> {
        self.sync()?;
        if self.active.base > self.durable {
            return Ok(());
        }
        self.roll(0)
    }

    /// Removes whole segments whose records all have numbers up to `through_seq`; never the
    /// active one. Syncs what is pending.
    ///
    /// # Errors
    /// As [`Log::sync`]; if a file cannot be removed the log stays usable.
    pub fn trim(&mut self, through_seq: u64) -> Result<()> {
        self.sync()?;
        let Some(trimmed) = self.trimmable(through_seq) else {
            return Ok(());
        };
        let mark = self.frame(Kind::Trim, self.durable, 8, 0, 0);
        self.push(mark, |batch| {
            batch.extend_from_slice(&trimmed.to_le_bytes())
        });
        self.write_batch(true)?;
        self.trimmed = self.trimmed.max(trimmed);
        while let Some(front) = self.sealed.front().filter(|s| s.next <= trimmed + 1) {
            self.fs.remove(&front.path).doing("remove", &front.path)?;
            self.sealed.pop_front();
            self.first = self.sealed.front().map_or(self.active.base, |s| s.base);
        }
        let synced = self
            .fs
            .sync_dir(&self.dir)
            .doing("sync directory", &self.dir);
        self.poison_unless(synced)
    }

    /// The highest number that [`Log::trim`] of `through_seq` would remove.
    pub(crate) fn trimmable(&self, through_seq: u64) -> Option<u64> {
        let gone = self
            .sealed
            .iter()
            .take_while(|s| s.next <= through_seq.saturating_add(1));
        gone.last().map(|segment| segment.next - 1)
    }

    /// The durable records from `from_seq` on, or from the first that is not trimmed. The value
    /// owns what it needs and may be sent elsewhere; records appended later are not in it, and
    /// segments trimmed while it runs give an error.
    pub fn replay(&self, from_seq: u64) -> Replay<F> {
        Replay::new(self, from_seq)
    }

    /// What the log holds.
    pub fn usage(&self) -> Usage {
        Usage {
            bytes: self.sealed_bytes() + self.active.capacity,
            bytes_max: self.options.total_bytes_max,
            segments: self.sealed.len() + 1,
            first: self.first,
            next: self.next,
            durable: self.durable,
        }
    }

    fn check(&self) -> Result<()> {
        if self.poisoned {
            Err(Error::Poisoned)
        } else {
            Ok(())
        }
    }

    fn full(&self) -> Error {
        let bytes = self.sealed_bytes() + self.active.capacity;
        Error::Full {
            bytes,
            bytes_max: self.options.total_bytes_max,
        }
    }

    fn sealed_bytes(&self) -> u64 {
        self.sealed.iter().map(|segment| segment.bytes).sum()
    }

    fn poison_unless<T>(&mut self, result: Result<T>) -> Result<T> {
        self.poisoned |= result.is_err();
        result
    }

    fn frame(&self, kind: Kind, seq: u64, body_bytes: u64, keys: usize, stamp: i64) -> Frame {
        // Both lengths are below `batch_bytes_max`, which fits.
        let body_bytes = u32::try_from(body_bytes).unwrap_or(u32::MAX);
        let keys = u32::try_from(keys).unwrap_or(u32::MAX);
        let durable = self.durable;
        Frame {
            kind,
            last: false,
            body_crc: 0,
            body_bytes,
            keys,
            seq,
            durable,
            stamp,
        }
    }

    fn push(&mut self, frame: Frame, write_body: impl FnOnce(&mut BatchBytes)) {
        self.pending.push(Pending {
            at: self.batch.len(),
            frame,
        });
        self.batch.extend_from_slice(&[0; FRAME_HEADER_BYTES]);
        write_body(&mut self.batch);
        self.batch
            .resize(self.batch.len().next_multiple_of(FRAME_ALIGN as usize), 0);
    }

    fn clear_batch(&mut self) {
        self.pending.clear();
        self.batch.clear();
        if self.batch.capacity() > PENDING_BYTES_KEPT {
            self.batch = BatchBytes::new(0);
        }
    }

    /// Whether the active segment takes a batch of `bytes`.
    fn fits(&self, bytes: u64, control: bool) -> bool {
        let kept = if control {
            BATCH_ALIGN
        } else {
            self.options.reserve()
        };
        self.active.offset + align_up(bytes, BATCH_ALIGN) + kept <= self.active.capacity
    }

    fn has_room(&self, bytes: u64) -> bool {
        self.fits(bytes, false) || self.room_for(self.capacity_for(bytes))
    }

    fn room_for(&self, capacity: u64) -> bool {
        let used = self.sealed_bytes() + self.active.offset + BATCH_ALIGN;
        used + capacity <= self.options.total_bytes_max
    }

    fn capacity_for(&self, bytes: u64) -> u64 {
        let needed = SEGMENT_HEADER_BYTES + align_up(bytes, BATCH_ALIGN) + self.options.reserve();
        align_up(needed.max(self.options.segment_bytes), PAGE_BYTES)
    }

    /// Writes and syncs the pending frames as one batch, in a new segment if need be.
    fn write_batch(&mut self, control: bool) -> Result<()> {
        let bytes = align_up(self.batch.len() as u64, BATCH_ALIGN);
        if !self.fits(bytes, control) {
            let rolled = self.roll(bytes);
            if let Err(Error::Full { .. }) = rolled {
                self.discard();
            }
            rolled?;
        }
        self.finish_frames();
        self.batch
            .resize(self.batch.len().next_multiple_of(BATCH_ALIGN as usize), 0);
        let Active {
            file, path, offset, ..
        } = &self.active;
        let written = file.write_at(&self.batch, *offset).doing("write", path);
        self.poison_unless(written)?;
        let synced = sync_data(&self.active);
        self.poison_unless(synced)?;
        self.active.offset += bytes;
        self.active.records += self.next - 1 - self.durable;
        self.durable = self.next - 1;
        self.clear_batch();
        Ok(())
    }

    /// Fills in the headers, now that the segment is known.
    fn finish_frames(&mut self) {
        let seed = frame::seed(&self.uuid, self.active.number);
        let last = self.pending.len().saturating_sub(1);
        for (index, Pending { at, frame }) in self.pending.iter_mut().enumerate() {
            let body = *at + FRAME_HEADER_BYTES;
            let bytes = &self.batch[body..body + frame.body_bytes as usize];
            frame.body_crc = crc32c::crc32c_append(seed, bytes);
            frame.last = index == last;
            self.batch[*at..body].copy_from_slice(&frame.encode(seed));
        }
    }

    /// Goes on in a new segment that takes a batch of `bytes`. If there is no room, nothing has
    /// changed (invariant 6).
    fn roll(&mut self, bytes: u64) -> Result<()> {
        let capacity = self.capacity_for(bytes);
        if !self.room_for(capacity) {
            return Err(self.full());
        }
        let header = SegmentHeader {
            version: frame::VERSION,
            uuid: self.uuid,
            number: self.number_max + 1,
            base: self.durable + 1,
            trimmed: self.trimmed,
            capacity,
        };
        match create_segment(&self.fs, &self.dir, &header) {
            Ok(active) => {
                self.number_max = active.number;
                let old = std::mem::replace(&mut self.active, active);
                let sealed = self.seal(old);
                self.poison_unless(sealed)
            }
            Err(Error::Io { source, .. }) if is_out_of_space(&source) => {
                let path = segment_path(&self.dir, header.number);
                let undone = self.undo_creation(&path);
                self.poison_unless(undone)?;
                Err(self.full())
            }
            Err(error) => self.poison_unless(Err(error)),
        }
    }

    fn undo_creation(&self, path: &Path) -> Result<()> {
        match self.fs.remove(path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                Err(error).doing("remove", path)
            }
            _ => self
                .fs
                .sync_dir(&self.dir)
                .doing("sync directory", &self.dir),
        }
    }

    /// Writes the footer of a segment whose successor is durable (invariant 5) and gives back what
    /// it did not use.
    fn seal(&mut self, old: Active<F::File>) -> Result<()> {
        let seed = frame::seed(&self.uuid, old.number);
        let body = old.records.to_le_bytes();
        let mut footer = self.frame(Kind::Footer, self.durable, body.len() as u64, 0, 0);
        footer.body_crc = crc32c::crc32c_append(seed, &body);
        footer.last = true;
        let mut batch = footer.encode(seed).to_vec();
        batch.extend_from_slice(&body);
        batch.resize(BATCH_ALIGN as usize, 0);
        let bytes = old.offset + BATCH_ALIGN;
        old.file
            .write_at(&batch, old.offset)
            .doing("write", &old.path)?;
        old.file.sync().doing("sync", &old.path)?;
        old.file.truncate(bytes).doing("cut", &old.path)?;
        let Active {
            number, path, base, ..
        } = old;
        self.sealed.push_back(Sealed {
            number,
            path,
            base,
            next: self.durable + 1,
            bytes,
        });
        Ok(())
    }
}

/// Makes what was written to the segment durable.
fn sync_data<T: FsFile>(active: &Active<T>) -> Result<()> {
    #[cfg(test)]
    if crate::sim::has_bug(crate::sim::Bug::AcknowledgeBeforeSync) {
        return Ok(());
    }
    active.file.sync().doing("sync", &active.path)
}

/// The canonical path of segment `number`.
fn segment_path(dir: &Path, number: u64) -> PathBuf {
    dir.join(format!("segment-{number:020}.log"))
}

/// Creates a segment, durable with its directory entry. Only what happens before the first sync
/// can be answered with "out of space"; a failed sync is final whatever it says.
fn create_segment<F: Fs>(fs: &F, dir: &Path, header: &SegmentHeader) -> Result<Active<F::File>> {
    let path = segment_path(dir, header.number);
    let file = fs
        .open(&path, Access::CreateUnread)
        .doing("create", &path)?;
    file.allocate(header.capacity).doing("preallocate", &path)?;
    file.write_at(&header.encode(), 0).doing("write", &path)?;
    let synced = file.sync().and_then(|()| fs.sync_dir(dir));
    synced.map_err(std::io::Error::other).doing("sync", &path)?;
    Ok(Active {
        number: header.number,
        path,
        file,
        base: header.base,
        records: 0,
        capacity: header.capacity,
        offset: SEGMENT_HEADER_BYTES,
    })
}

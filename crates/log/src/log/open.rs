//! Opening: what is on disk is checked, repaired where it was torn, and handed out.

mod aside;
mod find;
mod survey;

use super::{Active, BatchBytes, Log, Options, Record, Sealed, create_segment, segment_path};
use crate::error::{IoContext, Result};
use crate::frame::{self, Frame, Kind, SegmentHeader, Step, Walk, array};
use crate::fs::{Access, Fs, FsFile, read_whole, write_whole};
use bytes::Bytes;
use find::{Found, ID_NAME, elect_uuid, encode_id, find_segments, read_id};
use std::collections::{BTreeMap, VecDeque};
use std::path::{Path, PathBuf};
use survey::{nonzero_end, range, survey};

pub(crate) use find::peek_uuid;

/// What opening a log came upon.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OpenReport {
    /// Number of readable records.
    pub records: u64,
    /// The first record number that is not trimmed.
    pub first: u64,
    /// The number that the next record gets.
    pub next: u64,
    /// The end of the last segment that was cut off, if it was torn.
    pub torn_tail: Option<TornTail>,
    /// Ranges of records that are missing, in order.
    pub damaged: Vec<DamagedRange>,
    /// Files that did not belong and were moved to `damaged/`.
    pub set_aside: Vec<PathBuf>,
}

/// Bytes after the last whole record, of a write that was never acknowledged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TornTail {
    /// Number of the segment.
    pub segment: u64,
    /// Where the cut was made, in bytes.
    pub offset: u64,
    /// How many bytes were cut off.
    pub bytes: u64,
    /// The first record number that was cut off; it will be given again.
    pub from_seq: u64,
    /// Where the bytes were copied to; `None` if that failed.
    pub copy: Option<PathBuf>,
}

/// Acknowledged records `from_seq..to_seq` that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DamagedRange {
    /// Number of the segment that held the first of them.
    pub segment: u64,
    /// The first missing number.
    pub from_seq: u64,
    /// The number after the last missing one.
    pub to_seq: u64,
    /// Where the damaged segment was copied to; `None` if it is missing or the copy failed.
    pub copy: Option<PathBuf>,
}

impl<F: Fs> Log<F> {
    /// Opens the log in `dir`, which is created if need be; `fresh_uuid` names a new one.
    ///
    /// # Errors
    /// [`Error::Options`], [`Error::Version`] and [`Error::Io`]; damage is not an error but in the
    /// report.
    pub fn open(
        fs: F,
        dir: &Path,
        options: Options,
        fresh_uuid: [u8; 16],
    ) -> Result<(Self, OpenReport)> {
        Self::open_with(fs, dir, options, fresh_uuid, |_| {})
    }

    /// As [`Log::open`], and hands each readable record to `visit` in order, which saves reading
    /// the log again.
    ///
    /// # Errors
    /// As [`Log::open`].
    pub fn open_with(
        fs: F,
        dir: &Path,
        options: Options,
        fresh_uuid: [u8; 16],
        mut visit: impl FnMut(&Record),
    ) -> Result<(Self, OpenReport)> {
        options.check()?;
        fs.create_dir(dir).doing("create", dir)?;
        // What a process saw that was killed before its sync of the directory is not durable yet.
        fs.sync_dir(dir).doing("sync directory", dir)?;
        let names = fs.list(dir).doing("list", dir)?;
        let mut found = find_segments(&fs, dir, &names)?;
        let id = read_id(&fs, dir)?;
        let uuid = elect_uuid(&found, id).unwrap_or(fresh_uuid);
        // Names count too: no new segment may meet one.
        let number_max = found
            .iter()
            .map(|s| s.number.max(s.named))
            .max()
            .unwrap_or(0);
        let mut recovery = Recovery {
            fs: &fs,
            dir,
            options: &options,
            uuid,
            visit: &mut visit,
            report: OpenReport::default(),
            sealed: VecDeque::new(),
            expected: None,
            trimmed: 0,
            footer: false,
            // Names count too: no new segment may meet one.
            number_max: found
                .iter()
                .map(|s| s.number.max(s.named))
                .max()
                .unwrap_or(0),
        };
        recovery.set_strangers_aside(&mut found);
        recovery.drop_unfinished(&mut found)?;
        // A directory without any record's home is a new log, whatever its id file says.
        let uuid = if found.is_empty() { fresh_uuid } else { uuid };
        recovery.uuid = uuid;
        if id != Some(uuid) {
            write_whole(&fs, dir, ID_NAME, &encode_id(&uuid)).doing("write", &dir.join(ID_NAME))?;
        }
        let last = found.pop();
        for segment in found {
            recovery.read_sealed(segment)?;
        }
        let active = recovery.read_last(last)?;
        let (report, sealed, trimmed) = recovery.conclude(&active);
        let (first, next) = (report.first, report.next);
        let log = Self {
            dir: dir.to_owned(),
            uuid,
            sealed,
            active,
            first,
            next,
            durable: next - 1,
            trimmed,
            batch: BatchBytes::new(0),
            pending: Vec::new(),
            poisoned: false,
            // One more may have been created, or not: a gap is harmless.
            number_max: number_max + 1,
            options,
            fs,
        };
        Ok((log, report))
    }
}

/// The state of opening, as the segments are gone through in order.
struct Recovery<'a, F: Fs> {
    fs: &'a F,
    dir: &'a Path,
    options: &'a Options,
    uuid: [u8; 16],
    visit: &'a mut dyn FnMut(&Record),
    report: OpenReport,
    sealed: VecDeque<Sealed>,
    /// The record number expected next; `None` before the first segment.
    expected: Option<u64>,
    trimmed: u64,
    /// Whether the segment read last has a footer.
    footer: bool,
    number_max: u64,
}

impl<F: Fs> Recovery<'_, F> {
    /// Leaves one file for each number, all of this log, in order.
    fn set_strangers_aside(&mut self, found: &mut Vec<Found>) {
        let mut own: BTreeMap<u64, Found> = BTreeMap::new();
        let mut strangers = Vec::new();
        for segment in found.drain(..) {
            if segment
                .header
                .is_some_and(|header| header.uuid != self.uuid)
            {
                strangers.push(segment);
                continue;
            }
            let canonical = segment_path(self.dir, segment.number) == segment.path;
            let rank = |s: &Found, canonical: bool| (s.header.is_some(), canonical);
            match own.get(&segment.number) {
                Some(other) if rank(other, !canonical) > rank(&segment, canonical) => {
                    strangers.push(segment);
                }
                _ => strangers.extend(own.insert(segment.number, segment)),
            }
        }
        for stranger in &strangers {
            self.set_aside(stranger);
        }
        found.extend(own.into_values());
    }

    fn copy_segment(&self, segment: &Found, bytes: &[u8]) -> Option<PathBuf> {
        self.copy_aside(&format!("segment-{:020}.log", segment.number), bytes)
    }

    fn seed(&self, segment: &Found) -> u32 {
        frame::seed(&self.uuid, segment.number)
    }

    fn read(&self, segment: &Found) -> Result<Vec<u8>> {
        let path = &segment.path;
        let file = self.fs.open(path, Access::Read).doing("open", path)?;
        read_whole(&file).doing("read", path)
    }

    /// Takes segments off the end whose creation was not finished.
    fn drop_unfinished(&mut self, found: &mut Vec<Found>) -> Result<()> {
        while let Some(last) = found.last().filter(|segment| segment.header.is_none()) {
            let bytes = self.read(last)?;
            let mut walk = Walk::new(self.seed(last), 0);
            while matches!(walk.step(&bytes), Some(Step::Bad { to_seq: None, .. })) {}
            if walk.expected() > 0 {
                break;
            }
            let Some(last) = found.pop() else { break };
            if frame::is_zero(&bytes) {
                self.fs.remove(&last.path).doing("remove", &last.path)?;
                self.fs
                    .sync_dir(self.dir)
                    .doing("sync directory", self.dir)?;
            } else {
                self.set_aside(&last);
            }
        }
        Ok(())
    }

    fn damaged(&mut self, segment: u64, from_seq: u64, to_seq: u64, copy: Option<PathBuf>) {
        #[cfg(test)]
        if crate::sim::has_bug(crate::sim::Bug::KeepDamageSecret) {
            return;
        }
        if to_seq > from_seq {
            self.report.damaged.push(DamagedRange {
                segment,
                from_seq,
                to_seq,
                copy,
            });
        }
    }

    /// Begins a segment: where its records should start, or `None` if it is a stale one.
    fn begin(&mut self, segment: &Found) -> Option<u64> {
        let Some(header) = segment.header else {
            return Some(
                self.expected
                    .or_else(|| self.first_seq(segment))
                    .unwrap_or(1),
            );
        };
        self.trimmed = self.trimmed.max(header.trimmed);
        let expected = self.expected.unwrap_or(header.base);
        if header.base < expected {
            return None;
        }
        if let Some(before) = self.sealed.back_mut() {
            before.next = header.base;
        }
        if header.base > expected {
            let before = self.sealed.back().map_or(segment.number, |s| s.number);
            let copy = self.sealed.back().and_then(|s| {
                let bytes = read_whole(&self.fs.open(&s.path, Access::Read).ok()?).ok()?;
                self.copy_aside(&format!("segment-{before:020}.log"), &bytes)
            });
            self.damaged(before, expected, header.base, copy);
        }
        Some(header.base)
    }

    /// The number that the first valid frame of a segment without header leaves expected.
    fn first_seq(&self, segment: &Found) -> Option<u64> {
        let bytes = self.read(segment).ok()?;
        let mut walk = Walk::new(self.seed(segment), 0);
        while let Some(step) = walk.step(&bytes) {
            if let Step::Bad {
                to_seq: Some(to_seq),
                ..
            } = step
            {
                return Some(to_seq);
            }
        }
        None
    }

    /// A segment that has a successor: all of its records are durable (invariant 4).
    fn read_sealed(&mut self, segment: Found) -> Result<()> {
        let Some(base) = self.begin(&segment) else {
            self.set_aside(&segment);
            return Ok(());
        };
        let bytes = Bytes::from(self.read(&segment)?);
        let mut walk = Walk::new(self.seed(&segment), base);
        self.footer = false;
        while let Some(step) = walk.step(&bytes) {
            match step {
                Step::Frame { offset, frame } => self.take(&bytes, offset, &frame),
                Step::Bad {
                    from_seq, to_seq, ..
                } => {
                    let copy = self.copy_segment(&segment, &bytes);
                    self.damaged(segment.number, from_seq, to_seq.unwrap_or(from_seq), copy);
                }
            }
        }
        self.expected = Some(walk.expected());
        self.push_sealed(segment, base, walk.expected(), bytes.len() as u64);
        Ok(())
    }

    fn push_sealed(&mut self, segment: Found, base: u64, next: u64, bytes: u64) {
        let Found { number, path, .. } = segment;
        self.sealed.push_back(Sealed {
            number,
            path,
            base,
            next,
            bytes,
        });
    }

    fn take(&mut self, bytes: &Bytes, offset: u64, frame: &Frame) {
        match frame.kind {
            Kind::Record => {
                self.report.records += 1;
                (self.visit)(&Record::of(bytes, offset, frame));
            }
            Kind::Mark => {}
            Kind::Trim => {
                let body = usize::try_from(offset).unwrap_or(0) + frame::FRAME_HEADER_BYTES;
                self.trimmed = self.trimmed.max(u64::from_le_bytes(array(bytes, body)));
            }
            Kind::Footer => self.footer = true,
        }
    }

    /// The segment that was written to last; the one to write to next comes back.
    fn read_last(&mut self, last: Option<Found>) -> Result<Active<F::File>> {
        let mut active = None;
        match last {
            Some(segment) => match self.begin(&segment) {
                Some(base) => active = self.repair(segment, base)?,
                None => self.set_aside(&segment),
            },
            None => self.footer = false,
        }
        let mut next = self.expected.unwrap_or(1);
        if self.footer {
            // A footer says that there was a next segment, so its records are lost, in unknown
            // number. None of their numbers may be used again (invariant 1).
            let most = self
                .options
                .batch_bytes_max()
                .max(self.options.segment_bytes);
            let to_seq = next + most / frame::FRAME_HEADER_BYTES as u64;
            self.damaged(self.number_max, next, to_seq, None);
            next = to_seq;
        }
        if self.options.durable_floor >= next {
            let to_seq = self.options.durable_floor + 1;
            // Without any segment, the gap before the first one is reported like any such gap.
            if self.expected.is_some() {
                self.damaged(self.number_max, next, to_seq, None);
            }
            next = to_seq;
        }
        let reached = self.expected.replace(next);
        match active {
            Some(active) if reached == Some(next) => return Ok(active),
            Some(Active {
                number,
                path,
                base,
                capacity: bytes,
                ..
            }) => {
                self.sealed.push_back(Sealed {
                    number,
                    path,
                    base,
                    next,
                    bytes,
                });
            }
            None => {}
        }
        if let Some(before) = self.sealed.back_mut() {
            before.next = next;
        }
        create_segment(
            self.fs,
            self.dir,
            &SegmentHeader {
                version: frame::VERSION,
                uuid: self.uuid,
                number: self.number_max + 1,
                base: next,
                trimmed: self.trimmed,
                capacity: self
                    .options
                    .segment_bytes
                    .next_multiple_of(super::PAGE_BYTES),
            },
        )
    }

    /// The report, the sealed segments and the trim mark.
    fn conclude(self, active: &Active<F::File>) -> (OpenReport, VecDeque<Sealed>, u64) {
        let Self {
            mut report,
            sealed,
            trimmed,
            expected,
            ..
        } = self;
        let base = sealed.front().map_or(active.base, |segment| segment.base);
        report.first = base.min(trimmed + 1);
        report.next = expected.unwrap_or(1);
        if report.first < base {
            let segment = sealed
                .front()
                .map_or(active.number, |segment| segment.number);
            let (from_seq, to_seq) = (report.first, base);
            report.damaged.insert(
                0,
                DamagedRange {
                    segment,
                    from_seq,
                    to_seq,
                    copy: None,
                },
            );
        }
        (report, sealed, trimmed)
    }

    /// Cuts a torn tail, makes durable what may not be, and hands the records out. Returns the
    /// segment if it can be written to; else it has been put with the sealed ones.
    fn repair(&mut self, segment: Found, base: u64) -> Result<Option<Active<F::File>>> {
        let mut bytes = self.read(&segment)?;
        let seed = self.seed(&segment);
        let found = survey(&bytes, seed, base);
        for (from_seq, to_seq) in &found.damaged {
            let copy = self.copy_segment(&segment, &bytes);
            self.damaged(segment.number, *from_seq, *to_seq, copy);
        }
        let file = self
            .fs
            .open(&segment.path, Access::Write)
            .doing("open", &segment.path)?;
        if let Some((offset, from_seq)) = found.torn {
            self.cut(&segment, &mut bytes, offset, from_seq);
        }
        let (end, sealed) = found.seal_batch(&mut bytes, seed);
        if let Some(header) = segment.header.filter(|_| !found.proven) {
            file.write_at(&header.encode(), 0)
                .doing("repair", &segment.path)?;
            file.sync().doing("sync", &segment.path)?;
        }
        let to = found.nonzero.max(end);
        let torn = found.torn.map(|(offset, _)| offset);
        let changed = [found.unproven, torn, sealed].into_iter().flatten().min();
        #[cfg(test)]
        let changed = changed.filter(|_| !crate::sim::has_bug(crate::sim::Bug::KeepTornTail));
        if let Some(from) = changed {
            let part = range(&bytes, from, to);
            let written = file.write_at(part, from).and_then(|()| file.sync());
            written.doing("repair", &segment.path)?;
        }
        let bytes = Bytes::from(bytes);
        let mut walk = Walk::new(seed, base);
        self.footer = false;
        while let Some(step) = walk.step(&bytes) {
            if let Step::Frame { offset, frame } = step {
                self.take(&bytes, offset, &frame);
            }
        }
        self.expected = Some(walk.expected());
        let size = bytes.len() as u64;
        let Some(header) = segment.header.filter(|_| !self.footer) else {
            // Without a sound header nothing more is written to it.
            self.push_sealed(segment, base, walk.expected(), size);
            return Ok(None);
        };
        let capacity = header.capacity.max(size);
        if size < capacity {
            file.allocate(capacity)
                .doing("preallocate", &segment.path)?;
        }
        let Found { number, path, .. } = segment;
        let records = found.records;
        Ok(Some(Active {
            number,
            path,
            file,
            base,
            records,
            capacity,
            offset: end,
        }))
    }

    fn cut(&mut self, segment: &Found, bytes: &mut [u8], offset: u64, from_seq: u64) {
        let nonzero = nonzero_end(bytes);
        let torn = range(bytes, offset, nonzero);
        let name = format!("segment-{:020}.tail-{offset}", segment.number);
        let copy = self.copy_aside(&name, torn);
        let (segment, cut) = (segment.number, torn.len() as u64);
        self.report.torn_tail = Some(TornTail {
            segment,
            offset,
            bytes: cut,
            from_seq,
            copy,
        });
        if let Some(tail) = usize::try_from(offset)
            .ok()
            .and_then(|at| bytes.get_mut(at..))
        {
            tail.fill(0);
        }
    }
}

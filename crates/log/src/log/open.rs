//! Opening: what is on disk is checked, repaired where it was torn, and handed out.

use super::{Active, Log, Options, Record, Sealed, create_segment, segment_path};
use crate::error::{Error, IoContext, Result};
use crate::frame::{self, Frame, Kind, SEGMENT_HEADER_BYTES, SegmentHeader, Step, Walk, array};
use crate::fs::{Access, Fs, FsFile, read_full, read_whole, write_whole};
use bytes::Bytes;
use std::collections::{BTreeMap, HashMap, VecDeque};
use std::path::{Path, PathBuf};

const ID_NAME: &str = "log.id";
const ID_MAGIC: &[u8; 8] = b"candlgid";
const DAMAGED_DIR: &str = "damaged";

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
            number_max: found.iter().map(|s| s.number).max().unwrap_or(0),
            lost_end: false,
        };
        recovery.set_strangers_aside(&mut found);
        recovery.drop_unfinished(&mut found)?;
        // A directory without any record's home is a new log, whatever its id file says.
        let uuid = if found.is_empty() && !recovery.lost_end {
            fresh_uuid
        } else {
            uuid
        };
        recovery.uuid = uuid;
        if id != Some(uuid) {
            write_whole(&fs, dir, ID_NAME, &encode_id(&uuid)).doing("write", &dir.join(ID_NAME))?;
        }
        let last = found.pop();
        for segment in found {
            recovery.read_sealed(segment)?;
        }
        let active = recovery.read_last(last)?;
        let Recovery {
            mut report,
            sealed,
            trimmed,
            expected,
            ..
        } = recovery;
        let next = expected.unwrap_or(1);
        let base = sealed.front().map_or(active.base, |s: &Sealed| s.base);
        let first = base.min(trimmed + 1);
        if first < base {
            let segment = sealed.front().map_or(active.number, |s| s.number);
            let lost = DamagedRange {
                segment,
                from_seq: first,
                to_seq: base,
                copy: None,
            };
            report.damaged.insert(0, lost);
        }
        (report.first, report.next) = (first, next);
        let log = Self {
            dir: dir.to_owned(),
            uuid,
            sealed,
            active,
            first,
            next,
            durable: next - 1,
            trimmed,
            batch: Vec::new(),
            pending: Vec::new(),
            poisoned: false,
            options,
            fs,
        };
        Ok((log, report))
    }
}

/// A segment file as found.
struct Found {
    number: u64,
    path: PathBuf,
    name: String,
    header: Option<SegmentHeader>,
}

fn find_segments<F: Fs>(fs: &F, dir: &Path, names: &[String]) -> Result<Vec<Found>> {
    let mut found = Vec::new();
    for name in names {
        let number = name
            .strip_prefix("segment-")
            .and_then(|n| n.strip_suffix(".log"));
        let Some(number) = number.and_then(|n| n.parse().ok()) else {
            continue;
        };
        let path = dir.join(name);
        let file = fs.open(&path, Access::Read).doing("open", &path)?;
        let mut bytes = [0; SEGMENT_HEADER_BYTES as usize];
        read_full(&file, &mut bytes, 0).doing("read", &path)?;
        let header = SegmentHeader::decode(&bytes);
        if let Some(SegmentHeader { version, .. }) = header.filter(|h| h.version > frame::VERSION) {
            return Err(Error::Version {
                path,
                version,
                version_max: frame::VERSION,
            });
        }
        let number = header.map_or(number, |header| header.number);
        found.push(Found {
            number,
            path,
            name: name.clone(),
            header,
        });
    }
    Ok(found)
}

/// The uuid of the log in `dir`, if there is one.
pub(crate) fn peek_uuid<F: Fs>(fs: &F, dir: &Path) -> Result<Option<[u8; 16]>> {
    fs.create_dir(dir).doing("create", dir)?;
    let names = fs.list(dir).doing("list", dir)?;
    Ok(elect_uuid(
        &find_segments(fs, dir, &names)?,
        read_id(fs, dir)?,
    ))
}

fn encode_id(uuid: &[u8; 16]) -> [u8; 32] {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(ID_MAGIC);
    bytes[8..24].copy_from_slice(uuid);
    let crc = crc32c::crc32c(&bytes[..24]);
    bytes[24..28].copy_from_slice(&crc.to_le_bytes());
    bytes
}

fn read_id<F: Fs>(fs: &F, dir: &Path) -> Result<Option<[u8; 16]>> {
    let path = dir.join(ID_NAME);
    let file = match fs.open(&path, Access::Read) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        file => file.doing("open", &path)?,
    };
    let mut bytes = [0; 32];
    read_full(&file, &mut bytes, 0).doing("read", &path)?;
    let uuid = array(&bytes, 8);
    Ok((encode_id(&uuid) == bytes).then_some(uuid))
}

/// The uuid that most of the headers and the id file name.
fn elect_uuid(found: &[Found], id: Option<[u8; 16]>) -> Option<[u8; 16]> {
    let mut votes: HashMap<[u8; 16], usize> = HashMap::new();
    for uuid in found
        .iter()
        .filter_map(|s| s.header.map(|h| h.uuid))
        .chain(id)
    {
        *votes.entry(uuid).or_default() += 1;
    }
    votes
        .into_iter()
        .max_by_key(|(uuid, count)| (*count, Some(*uuid) == id, *uuid))
        .map(|v| v.0)
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
    /// Whether a last segment that held records is gone altogether.
    lost_end: bool,
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

    /// Moves a file to `damaged/`. If that fails the file stays; it is not used either way.
    fn set_aside(&mut self, segment: &Found) {
        let damaged = self.dir.join(DAMAGED_DIR);
        let moved = self.fs.create_dir(&damaged).and_then(|()| {
            let names = self.fs.list(&damaged)?;
            let free = |name: &String| !names.contains(name);
            let name = (0..)
                .map(|n| format!("{}.aside-{n}", segment.name))
                .find(free);
            let to = damaged.join(name.unwrap_or_default());
            self.fs.rename(&segment.path, &to)?;
            self.fs.sync_dir(&damaged)?;
            self.fs.sync_dir(self.dir)?;
            Ok(to)
        });
        self.report
            .set_aside
            .push(moved.unwrap_or_else(|_| segment.path.clone()));
    }

    /// Copies bytes to `damaged/`, once for each name. Best effort: a full disk must not keep the
    /// log from opening.
    fn copy_aside(&self, name: &str, bytes: &[u8]) -> Option<PathBuf> {
        let damaged = self.dir.join(DAMAGED_DIR);
        self.fs.create_dir(&damaged).ok()?;
        if !self.fs.list(&damaged).ok()?.iter().any(|n| n == name) {
            write_whole(self.fs, &damaged, name, bytes).ok()?;
        }
        Some(damaged.join(name))
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
        let end = found.seal_batch(&mut bytes, seed);
        let from = found.unproven.unwrap_or(end).min(end);
        if let Some(header) = segment.header.filter(|_| !found.proven) {
            file.write_at(&header.encode(), 0)
                .doing("repair", &segment.path)?;
            file.sync().doing("sync", &segment.path)?;
        }
        let to = found.nonzero.max(end);
        #[cfg(test)]
        let found = if crate::sim::has_bug(crate::sim::Bug::KeepTornTail) {
            Survey {
                unproven: None,
                torn: None,
                ..found
            }
        } else {
            found
        };
        if found.unproven.is_some() || found.torn.is_some() {
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

/// What a last segment holds, before anything is changed.
#[derive(Default)]
struct Survey {
    /// Ranges at or below the highest durable mark that are missing.
    damaged: Vec<(u64, u64)>,
    /// Where the torn tail starts, and the record number expected there.
    torn: Option<(u64, u64)>,
    /// Where the first record starts that no mark says is durable.
    unproven: Option<u64>,
    /// The last valid frame before the torn tail, and where it starts.
    last: Option<(u64, Frame)>,
    /// Where the valid frames end.
    end: u64,
    /// The end of the bytes that are not zero.
    nonzero: u64,
    records: u64,
    /// Whether a mark says that something in the segment is durable, and so its header.
    proven: bool,
}

fn survey(bytes: &[u8], seed: u32, base: u64) -> Survey {
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
    /// Ends the last batch at its last whole frame, if others of it were cut off. Returns where
    /// the next batch goes.
    fn seal_batch(&self, bytes: &mut [u8], seed: u32) -> u64 {
        let Some((offset, mut frame)) = self.last.filter(|(_, frame)| !frame.last) else {
            return frame::align_up(self.end, frame::BATCH_ALIGN);
        };
        frame.last = true;
        let at = usize::try_from(offset).unwrap_or(usize::MAX);
        if let Some(header) = bytes.get_mut(at..at.saturating_add(frame::FRAME_HEADER_BYTES)) {
            header.copy_from_slice(&frame.encode(seed));
        }
        frame.end(offset)
    }
}

fn nonzero_end(bytes: &[u8]) -> u64 {
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

fn range(bytes: &[u8], from: u64, to: u64) -> &[u8] {
    let at = |offset: u64| {
        usize::try_from(offset)
            .unwrap_or(usize::MAX)
            .min(bytes.len())
    };
    bytes.get(at(from)..at(to)).unwrap_or_default()
}

//! Reading records back in order.

use super::{Log, Record};
use crate::error::{Error, IoContext, Result};
use crate::frame::{self, Kind, Step, Walk};
use crate::fs::{Access, Fs, FsFile, read_full};
use bytes::Bytes;
use std::collections::VecDeque;
use std::io;
use std::path::PathBuf;

/// The records of a log from one number up to what was durable when it was made. A missing range
/// gives one [`Error::Damaged`], then the records go on.
#[derive(Debug)]
pub struct Replay<F: Fs> {
    fs: F,
    uuid: [u8; 16],
    segments: VecDeque<Piece>,
    current: Option<Current>,
    spare: Bytes,
    held: Option<Record>,
    expected: u64,
    durable: u64,
}

#[derive(Debug)]
struct Piece {
    path: PathBuf,
    number: u64,
    base: u64,
}

#[derive(Debug)]
struct Current {
    bytes: Bytes,
    walk: Walk,
}

impl<F: Fs> Replay<F> {
    pub(super) fn new(log: &Log<F>, from_seq: u64) -> Self {
        let expected = from_seq.max(log.first);
        let sealed = log.sealed.iter().filter(|segment| segment.next > expected);
        let mut segments: VecDeque<_> = sealed
            .map(|s| Piece {
                path: s.path.clone(),
                number: s.number,
                base: s.base,
            })
            .collect();
        let active = &log.active;
        let (path, number, base) = (active.path.clone(), active.number, active.base);
        segments.push_back(Piece { path, number, base });
        Self {
            fs: log.fs.clone(),
            uuid: log.uuid,
            segments,
            current: None,
            spare: Bytes::new(),
            held: None,
            expected,
            durable: log.durable,
        }
    }

    /// Reads the next segment; `None` if there is none.
    fn advance(&mut self) -> Result<Option<()>> {
        let Some(piece) = self.segments.pop_front() else {
            return Ok(None);
        };
        let file = self
            .fs
            .open(&piece.path, Access::Read)
            .doing("open", &piece.path)?;
        let bytes = self.read_into_spare(&file).doing("read", &piece.path)?;
        let walk = Walk::new(frame::seed(&self.uuid, piece.number), piece.base);
        self.current = Some(Current { bytes, walk });
        Ok(Some(()))
    }

    /// The file's bytes, in the buffer of the segment before if no record of it is alive: fresh
    /// memory costs about as much as the reading.
    fn read_into_spare(&mut self, file: &F::File) -> io::Result<Bytes> {
        let spare = std::mem::take(&mut self.spare);
        let mut buffer = spare.try_into_mut().unwrap_or_default();
        buffer.resize(usize::try_from(file.size()?).map_err(io::Error::other)?, 0);
        let read = read_full(file, &mut buffer, 0)?;
        buffer.truncate(read);
        Ok(buffer.freeze())
    }

    /// The next record that is readable and wanted.
    fn read(&mut self) -> Result<Option<Record>> {
        loop {
            let Some(current) = &mut self.current else {
                match self.advance()? {
                    Some(()) => continue,
                    None => return Ok(None),
                }
            };
            match current.walk.step(&current.bytes) {
                Some(Step::Frame { offset, frame }) if frame.kind == Kind::Record => {
                    if frame.seq > self.durable {
                        self.segments.clear();
                        self.current = None;
                    } else if frame.seq >= self.expected {
                        return Ok(Some(Record::of(&current.bytes, offset, &frame)));
                    }
                }
                Some(_) => {}
                None => {
                    if let Some(done) = self.current.take() {
                        self.spare = done.bytes;
                    }
                }
            }
        }
    }

    fn step(&mut self) -> Result<Option<Record>> {
        let record = match self.held.take() {
            Some(record) => Some(record),
            None => self.read()?,
        };
        let reached = record
            .as_ref()
            .map_or(self.durable + 1, |record| record.seq);
        if reached > self.expected {
            let damaged = Error::Damaged {
                from_seq: self.expected,
                to_seq: reached,
            };
            self.expected = reached;
            self.held = record;
            return Err(damaged);
        }
        self.expected = self.expected.max(reached + u64::from(record.is_some()));
        Ok(record)
    }
}

impl<F: Fs> Iterator for Replay<F> {
    type Item = Result<Record>;

    fn next(&mut self) -> Option<Result<Record>> {
        let step = self.step();
        if let Err(Error::Io { .. }) = step {
            // What could not be read is not known to be missing: the replay ends here.
            (self.current, self.durable) = (None, self.expected.saturating_sub(1));
            self.segments.clear();
        }
        step.transpose()
    }
}

//! Immutable sorted files of keys (`docs/formats/seen.md`).

use super::filter::Filter;
use crate::error::{Error, IoContext, Result};
use crate::frame::{array, is_zero};
use crate::fs::{Access, Fs, FsFile, read_full};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

const MAGIC: &[u8; 8] = b"candseen";
const VERSION: u32 = 1;
const BLOCK_BYTES: usize = 4096;
const BLOCK_KEYS: usize = 255;
const BLOCK_CHECKED_BYTES: usize = 4084;
const HEADER_CHECKED_BYTES: usize = 92;
/// Output and merge input are moved in pieces of this size.
const PIECE_BYTES: usize = 64 * BLOCK_BYTES;

const _: () = assert!(BLOCK_KEYS * 16 + 4 == BLOCK_CHECKED_BYTES);

/// What a run holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct RunHeader {
    pub(super) uuid: [u8; 16],
    pub(super) number: u64,
    pub(super) keys: u64,
    pub(super) first_seq: u64,
    pub(super) last_seq: u64,
    pub(super) from_us: i64,
    pub(super) to_us: i64,
    blocks: u32,
    lines: u64,
    index_crc: u32,
}

impl RunHeader {
    /// The header of a run that is about to be written.
    pub(super) fn new(uuid: [u8; 16], number: u64, seqs: (u64, u64), times: (i64, i64)) -> Self {
        let ((first_seq, last_seq), (from_us, to_us)) = (seqs, times);
        let (keys, blocks, lines, index_crc) = (0, 0, 0, 0);
        Self {
            uuid,
            number,
            keys,
            first_seq,
            last_seq,
            from_us,
            to_us,
            blocks,
            lines,
            index_crc,
        }
    }

    fn encode(&self) -> [u8; BLOCK_BYTES] {
        let mut out = [0; BLOCK_BYTES];
        out[0..8].copy_from_slice(MAGIC);
        out[8..12].copy_from_slice(&VERSION.to_le_bytes());
        out[12..16].copy_from_slice(&self.blocks.to_le_bytes());
        out[16..32].copy_from_slice(&self.uuid);
        let words = [self.number, self.keys, self.first_seq, self.last_seq];
        for (at, word) in words.into_iter().enumerate() {
            out[32 + at * 8..40 + at * 8].copy_from_slice(&word.to_le_bytes());
        }
        out[64..72].copy_from_slice(&self.from_us.to_le_bytes());
        out[72..80].copy_from_slice(&self.to_us.to_le_bytes());
        out[80..88].copy_from_slice(&self.lines.to_le_bytes());
        out[88..92].copy_from_slice(&self.index_crc.to_le_bytes());
        let crc = crc32c::crc32c(&out[..HEADER_CHECKED_BYTES]);
        out[92..96].copy_from_slice(&crc.to_le_bytes());
        out
    }

    /// The version and the header, if the bytes are whole.
    fn decode(bytes: &[u8]) -> Option<(u32, Self)> {
        let crc = crc32c::crc32c(bytes.get(..HEADER_CHECKED_BYTES)?);
        let whole = u32::from_le_bytes(array(bytes, 92)) == crc && is_zero(bytes.get(96..)?);
        if !whole || bytes.get(..8)? != MAGIC {
            return None;
        }
        let word = |at| u64::from_le_bytes(array(bytes, at));
        let header = Self {
            uuid: array(bytes, 16),
            number: word(32),
            keys: word(40),
            first_seq: word(48),
            last_seq: word(56),
            from_us: i64::from_le_bytes(array(bytes, 64)),
            to_us: i64::from_le_bytes(array(bytes, 72)),
            blocks: u32::from_le_bytes(array(bytes, 12)),
            lines: word(80),
            index_crc: u32::from_le_bytes(array(bytes, 88)),
        };
        Some((u32::from_le_bytes(array(bytes, 8)), header))
    }

    fn block_seed(&self, block: usize) -> u32 {
        let seed = crc32c::crc32c_append(crc32c::crc32c(&self.uuid), &self.number.to_le_bytes());
        crc32c::crc32c_append(seed, &(block as u64).to_le_bytes())
    }

    fn block_offset(block: usize) -> u64 {
        ((block + 1) * BLOCK_BYTES) as u64
    }
}

/// An open run; its filter is kept apart, since it may be given up.
#[derive(Debug)]
pub(super) struct Run<T> {
    pub(super) path: PathBuf,
    pub(super) header: RunHeader,
    file: T,
    /// The first key of each block.
    fences: Vec<u128>,
}

/// The path of run `number`.
pub(super) fn run_path(dir: &Path, number: u64) -> PathBuf {
    dir.join(format!("run-{number:020}.seen"))
}

/// What reading a run comes to, if the system does its part.
pub(super) type Checked<T> = Option<T>;

impl<T: FsFile> Run<T> {
    /// Opens a run; `None` if it is damaged.
    pub(super) fn open<F: Fs<File = T>>(
        fs: &F,
        path: PathBuf,
    ) -> Result<Checked<(Arc<Self>, Filter)>> {
        let file = fs.open(&path, Access::Read).doing("open", &path)?;
        let mut bytes = [0; BLOCK_BYTES];
        read_full(&file, &mut bytes, 0).doing("read", &path)?;
        let Some((version, header)) = RunHeader::decode(&bytes) else {
            return Ok(None);
        };
        if version > VERSION {
            return Err(Error::Version {
                path,
                version,
                version_max: VERSION,
            });
        }
        let blocks = header.blocks as usize;
        let offset = RunHeader::block_offset(blocks);
        let fences_bytes = blocks as u64 * 16;
        let size = file.size().doing("read", &path)?;
        let filter_bytes = header.lines.checked_mul(64);
        if filter_bytes.is_none_or(|bytes| offset + fences_bytes + bytes != size) {
            return Ok(None);
        }
        let mut index = vec![0; usize::try_from(size - offset).unwrap_or(0)];
        read_full(&file, &mut index, offset).doing("read", &path)?;
        if crc32c::crc32c(&index) != header.index_crc {
            return Ok(None);
        }
        let (fences, filter) = index.split_at(blocks * 16);
        let fences = fences
            .chunks_exact(16)
            .map(|b| u128::from_le_bytes(array(b, 0)))
            .collect();
        let run = Arc::new(Self {
            path,
            header,
            file,
            fences,
        });
        Ok(Filter::decode(filter).map(|filter| (run, filter)))
    }

    /// Whether the run holds `key`; `None` if the block is damaged or cannot be read.
    pub(super) fn contains(&self, key: u128) -> Checked<bool> {
        let after = self.fences.partition_point(|first| *first <= key);
        let Some(block) = after.checked_sub(1) else {
            return Some(false);
        };
        let mut bytes = [0; BLOCK_BYTES];
        let read = read_full(&self.file, &mut bytes, RunHeader::block_offset(block)).ok()?;
        let keys = check_block(&self.header, block, bytes.get(..read)?)?;
        let at = |index: usize| u128::from_le_bytes(array(&bytes, index * 16));
        // Keys are uniform: guess where it lies, then walk, bounded by the block.
        let mut low = 0;
        let mut high = keys;
        while low < high {
            let middle = usize::midpoint(low, high);
            match at(middle).cmp(&key) {
                std::cmp::Ordering::Equal => return Some(true),
                std::cmp::Ordering::Less => low = middle + 1,
                std::cmp::Ordering::Greater => high = middle,
            }
        }
        Some(false)
    }

    /// Bytes of the fences in memory.
    pub(super) fn fences_bytes(&self) -> u64 {
        self.fences.len() as u64 * 16
    }

    /// All keys in order.
    fn keys(self: &Arc<Self>) -> RunKeys<T> {
        RunKeys {
            run: Arc::clone(self),
            block: 0,
            piece: Vec::new().into_iter(),
        }
    }
}

/// The number of keys in a block, if it is whole.
fn check_block(header: &RunHeader, block: usize, bytes: &[u8]) -> Checked<usize> {
    let crc = crc32c::crc32c_append(header.block_seed(block), bytes.get(..BLOCK_CHECKED_BYTES)?);
    let keys = u32::from_le_bytes(array(bytes, BLOCK_KEYS * 16)) as usize;
    let whole = bytes.len() == BLOCK_BYTES
        && crc == u32::from_le_bytes(array(bytes, BLOCK_CHECKED_BYTES))
        && keys <= BLOCK_KEYS;
    whole.then_some(keys)
}

struct RunKeys<T> {
    run: Arc<Run<T>>,
    block: usize,
    piece: std::vec::IntoIter<u128>,
}

impl<T: FsFile> RunKeys<T> {
    fn next(&mut self) -> io::Result<Option<u128>> {
        if let Some(key) = self.piece.next() {
            return Ok(Some(key));
        }
        let left = self.run.header.blocks as usize - self.block;
        let mut bytes = vec![0; (left * BLOCK_BYTES).min(PIECE_BYTES)];
        let offset = RunHeader::block_offset(self.block);
        let read = read_full(&self.run.file, &mut bytes, offset)?;
        let mut keys = Vec::with_capacity(bytes.len() / 16);
        for block in bytes[..read].chunks(BLOCK_BYTES) {
            let damaged = || io::Error::new(io::ErrorKind::InvalidData, "damaged block");
            let count = check_block(&self.run.header, self.block, block).ok_or_else(damaged)?;
            keys.extend((0..count).map(|at| u128::from_le_bytes(array(block, at * 16))));
            self.block += 1;
        }
        self.piece = keys.into_iter();
        Ok(self.piece.next())
    }
}

/// Writes a run, key by key in ascending order.
pub(super) struct RunWriter<'a, F: Fs> {
    fs: &'a F,
    dir: &'a Path,
    temporary: PathBuf,
    file: F::File,
    header: RunHeader,
    filter: Filter,
    fences: Vec<u128>,
    block: Vec<u8>,
    out: Vec<u8>,
    offset: u64,
    last: Option<u128>,
}

impl<'a, F: Fs> RunWriter<'a, F> {
    /// A writer for up to `keys_max` keys.
    pub(super) fn new(
        fs: &'a F,
        dir: &'a Path,
        header: RunHeader,
        keys_max: u64,
    ) -> io::Result<Self> {
        let temporary = run_path(dir, header.number).with_extension("tmp");
        let file = fs.open(&temporary, Access::Create)?;
        Ok(Self {
            fs,
            dir,
            temporary,
            file,
            header,
            filter: Filter::for_keys(keys_max),
            fences: Vec::new(),
            block: Vec::with_capacity(BLOCK_BYTES),
            out: Vec::with_capacity(PIECE_BYTES),
            offset: BLOCK_BYTES as u64,
            last: None,
        })
    }

    /// Adds a key; one equal to that before is left out.
    pub(super) fn push(&mut self, key: u128) -> io::Result<()> {
        if self.last.replace(key) == Some(key) {
            return Ok(());
        }
        if self.block.is_empty() {
            self.fences.push(key);
        }
        self.filter.insert(key);
        self.header.keys += 1;
        self.block.extend_from_slice(&key.to_le_bytes());
        if self.block.len() == BLOCK_KEYS * 16 {
            self.end_block()
        } else {
            Ok(())
        }
    }

    fn end_block(&mut self) -> io::Result<()> {
        let keys = (self.block.len() / 16) as u32;
        let seed = self.header.block_seed(self.fences.len() - 1);
        self.block.resize(BLOCK_KEYS * 16, 0);
        self.block.extend_from_slice(&keys.to_le_bytes());
        let crc = crc32c::crc32c_append(seed, &self.block);
        self.block.extend_from_slice(&crc.to_le_bytes());
        self.block.resize(BLOCK_BYTES, 0);
        self.out.append(&mut self.block);
        if self.out.len() >= PIECE_BYTES {
            self.write_out()
        } else {
            Ok(())
        }
    }

    fn write_out(&mut self) -> io::Result<()> {
        self.file.write_at(&self.out, self.offset)?;
        self.offset += self.out.len() as u64;
        self.out.clear();
        Ok(())
    }

    fn sync(&self) -> io::Result<()> {
        #[cfg(test)]
        if crate::sim::has_bug(crate::sim::Bug::ForgetRunSync) {
            return Ok(());
        }
        self.file.sync()
    }

    /// Ends the run and makes it durable under its name (invariant 4).
    pub(super) fn finish(mut self) -> io::Result<(Arc<Run<F::File>>, Filter)> {
        if !self.block.is_empty() {
            self.end_block()?;
        }
        let start = self.out.len();
        self.out
            .extend(self.fences.iter().flat_map(|key| key.to_le_bytes()));
        self.filter.encode(&mut self.out);
        self.header.index_crc = crc32c::crc32c(&self.out[start..]);
        self.header.blocks = u32::try_from(self.fences.len()).map_err(io::Error::other)?;
        self.header.lines = self.filter.lines();
        self.write_out()?;
        self.file.write_at(&self.header.encode(), 0)?;
        self.sync()?;
        let path = run_path(self.dir, self.header.number);
        self.fs.rename(&self.temporary, &path)?;
        self.fs.sync_dir(self.dir)?;
        // The simulated file system follows paths, not descriptors, over a rename.
        let file = self.fs.open(&path, Access::Read)?;
        let Self {
            header,
            fences,
            filter,
            ..
        } = self;
        Ok((
            Arc::new(Run {
                path,
                header,
                file,
                fences,
            }),
            filter,
        ))
    }
}

/// Merges runs, given in order of their sequence numbers, into the writer.
pub(super) fn merge<F: Fs>(
    parts: &[Arc<Run<F::File>>],
    mut writer: RunWriter<'_, F>,
) -> io::Result<(Arc<Run<F::File>>, Filter)> {
    let mut keys: Vec<_> = parts.iter().map(Run::keys).collect();
    let mut heads = std::collections::BinaryHeap::new();
    for (index, keys) in keys.iter_mut().enumerate() {
        heads.extend(keys.next()?.map(|key| std::cmp::Reverse((key, index))));
    }
    while let Some(std::cmp::Reverse((key, index))) = heads.pop() {
        writer.push(key)?;
        heads.extend(
            keys[index]
                .next()?
                .map(|key| std::cmp::Reverse((key, index))),
        );
    }
    writer.finish()
}

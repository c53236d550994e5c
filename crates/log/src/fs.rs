//! The files that the log needs, as a trait, so that the simulator can lose them.

use std::fmt::Debug;
use std::io;
use std::path::Path;

/// How a file is opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// For reading only.
    Read,
    /// An existing file, for reading and writing.
    Write,
    /// A new file, for reading and writing; fails if it exists.
    Create,
    /// A new file that is written once and read only after a crash: it should not displace from the
    /// page cache what is read often.
    CreateUnread,
}

impl Access {
    /// Whether the file must not exist.
    pub fn creates(self) -> bool {
        matches!(self, Access::Create | Access::CreateUnread)
    }
}

/// A file system. [`crate::RealFs`] is the machine's; tests bring a simulated one.
pub trait Fs: Clone + Debug + Send + Sync + 'static {
    /// An open file.
    type File: FsFile;
    /// Opens the file at `path`.
    fn open(&self, path: &Path, access: Access) -> io::Result<Self::File>;
    /// The names in `dir`, in any order.
    fn list(&self, dir: &Path) -> io::Result<Vec<String>>;
    /// Makes sure that `dir` exists, with its parents, durably.
    fn create_dir(&self, dir: &Path) -> io::Result<()>;
    /// Renames a file within the file system, replacing what was at `to`.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;
    /// Removes a file.
    fn remove(&self, path: &Path) -> io::Result<()>;
    /// Makes the entries of `dir` durable.
    fn sync_dir(&self, dir: &Path) -> io::Result<()>;
}

/// An open file of an [`Fs`].
pub trait FsFile: Debug + Send + Sync + 'static {
    /// Size in bytes.
    fn size(&self) -> io::Result<u64>;
    /// Reads up to `buf.len()` bytes at `offset`; returns how many, 0 at the end.
    fn read_at(&self, buf: &mut [u8], offset: u64) -> io::Result<usize>;
    /// Writes all of `bytes` at `offset`.
    fn write_at(&self, bytes: &[u8], offset: u64) -> io::Result<()>;
    /// Makes data and size durable.
    fn sync(&self) -> io::Result<()>;
    /// Reserves disk space up to `bytes` and extends the file with zeroes to that size.
    fn allocate(&self, bytes: u64) -> io::Result<()>;
    /// Cuts the file to `bytes`.
    fn truncate(&self, bytes: u64) -> io::Result<()>;
}

/// Reads from `offset` until `buf` is full or the file ends; returns how many bytes.
pub(crate) fn read_full(file: &impl FsFile, buf: &mut [u8], offset: u64) -> io::Result<usize> {
    let mut done = 0;
    while done < buf.len() {
        match file.read_at(&mut buf[done..], offset + done as u64) {
            Ok(0) => break,
            Ok(bytes) => done += bytes,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(done)
}

/// The whole file's bytes.
pub(crate) fn read_whole(file: &impl FsFile) -> io::Result<Vec<u8>> {
    let size = usize::try_from(file.size()?).map_err(io::Error::other)?;
    let mut bytes = vec![0; size];
    let read = read_full(file, &mut bytes, 0)?;
    bytes.truncate(read);
    Ok(bytes)
}

/// Writes a file so that it appears whole or not at all: temporary name, sync, rename, sync of
/// the directory.
pub(crate) fn write_whole<F: Fs>(fs: &F, dir: &Path, name: &str, bytes: &[u8]) -> io::Result<()> {
    let temporary = dir.join(format!("{name}.tmp"));
    match fs.remove(&temporary) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let file = fs.open(&temporary, Access::Create)?;
    file.write_at(bytes, 0)?;
    file.sync()?;
    drop(file);
    fs.rename(&temporary, &dir.join(name))?;
    fs.sync_dir(dir)
}

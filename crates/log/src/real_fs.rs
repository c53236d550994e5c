//! The machine's own files.
//!
//! What is read again only after a crash goes past the page cache where it can:
//! a buffered write allocates, fills, writes back and frees a page for every 4 KiB, which on a virtual
//! machine whose host reclaims free memory was seen to cost ten times the write itself.

use crate::frame::BATCH_ALIGN;
use crate::fs::{Access, Fs, FsFile};
use rustix::fs::OFlags;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, FileExt, OpenOptionsExt};
use std::path::Path;

/// The machine's file system. Files are created with mode 0600, directories with 0700.
#[derive(Debug, Clone, Copy, Default)]
pub struct RealFs;

/// An open file of the machine.
#[derive(Debug)]
pub struct RealFile {
    file: File,
    /// The same file without the page cache, if it is ours and its file system can do that.
    direct: Option<File>,
}

impl Fs for RealFs {
    type File = RealFile;

    fn open(&self, path: &Path, access: Access) -> io::Result<RealFile> {
        let mut options = OpenOptions::new();
        options.read(true).write(access != Access::Read).mode(0o600);
        options.create_new(access.creates());
        let file = options.open(path)?;
        let flags = i32::try_from(OFlags::DIRECT.bits()).unwrap_or(0);
        let direct = (access == Access::CreateUnread)
            .then(|| {
                OpenOptions::new()
                    .write(true)
                    .custom_flags(flags)
                    .open(path)
            })
            .and_then(io::Result::ok);
        Ok(RealFile { file, direct })
    }

    fn list(&self, dir: &Path) -> io::Result<Vec<String>> {
        let mut names = Vec::new();
        for entry in fs::read_dir(dir)? {
            // Names that are not Unicode are not ours.
            names.extend(entry?.file_name().into_string().ok());
        }
        Ok(names)
    }

    fn create_dir(&self, dir: &Path) -> io::Result<()> {
        match DirBuilder::new().mode(0o700).create(dir) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => return Ok(()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let parent = dir.parent().ok_or(error)?;
                self.create_dir(parent)?;
                DirBuilder::new().mode(0o700).create(dir)?;
            }
            Err(error) => return Err(error),
        }
        match dir.parent() {
            Some(parent) if parent.as_os_str().is_empty() => self.sync_dir(Path::new(".")),
            Some(parent) => self.sync_dir(parent),
            None => Ok(()),
        }
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        fs::rename(from, to)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        fs::remove_file(path)
    }

    fn sync_dir(&self, dir: &Path) -> io::Result<()> {
        File::open(dir)?.sync_all()
    }
}

impl FsFile for RealFile {
    fn size(&self) -> io::Result<u64> {
        Ok(self.file.metadata()?.len())
    }

    fn read_at(&self, buf: &mut [u8], offset: u64) -> io::Result<usize> {
        self.file.read_at(buf, offset)
    }

    fn write_at(&self, bytes: &[u8], offset: u64) -> io::Result<()> {
        let aligned = |n: u64| n.is_multiple_of(BATCH_ALIGN);
        let whole_sectors =
            aligned(offset) && aligned(bytes.len() as u64) && aligned(bytes.as_ptr().addr() as u64);
        if let (Some(direct), true) = (&self.direct, whole_sectors) {
            match direct.write_all_at(bytes, offset) {
                // The sectors of this disk are larger: the same bytes once more, the usual way.
                Err(error) if error.kind() == io::ErrorKind::InvalidInput => {}
                done => return done,
            }
        }
        self.file.write_all_at(bytes, offset)
    }

    fn sync(&self) -> io::Result<()> {
        self.file.sync_data()
    }

    fn allocate(&self, bytes: u64) -> io::Result<()> {
        use rustix::io::Errno;
        match rustix::fs::fallocate(&self.file, rustix::fs::FallocateFlags::empty(), 0, bytes) {
            Ok(()) => Ok(()),
            // Not every file system can reserve. Then the space is only promised, and a full disk
            // is met by a write, which poisons: safe, less comfortable.
            Err(Errno::OPNOTSUPP | Errno::NOSYS) => self.file.set_len(bytes.max(self.size()?)),
            Err(error) => Err(error.into()),
        }
    }

    fn truncate(&self, bytes: u64) -> io::Result<()> {
        self.file.set_len(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fs::read_whole;
    use aligned_vec::{AVec, ConstAlign};

    #[test]
    fn whole_sectors_and_parts_of_them_read_back_alike() {
        let temp = tempfile::tempdir().unwrap();
        let path = temp.path().join("file");
        let file = RealFs.open(&path, Access::CreateUnread).unwrap();
        file.allocate(16 << 10).unwrap();
        let mut expected = vec![0; 16 << 10];
        let bytes: AVec<u8, ConstAlign<4096>> =
            AVec::from_iter(0, (0..8192).map(|i| (i % 251) as u8));
        for (from, to, offset) in [
            (0, 512, 512),
            (0, 4096, 1024),
            (3, 515, 512),
            (0, 100, 4096),
            (512, 1536, 4096),
            (0, 8192, 8192),
        ] {
            file.write_at(&bytes[from..to], offset).unwrap();
            file.sync().unwrap();
            let offset = offset as usize;
            expected[offset..offset + to - from].copy_from_slice(&bytes[from..to]);
            assert!(read_whole(&file).unwrap() == expected, "{from}..{to}");
        }
        drop(file);
        let again = RealFs.open(&path, Access::Read).unwrap();
        assert!(read_whole(&again).unwrap() == expected);
    }
}

//! turmoil's simulated disk behind [`Fs`], with failing syncs and blocks that persist in any order.

use super::{Bug, Dice, has_bug};
use crate::fs::{Access, Fs, FsFile};
use std::io::{self, ErrorKind};
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::sync::{Arc, Mutex};
use turmoil::fs::shim::std::fs as shim;

const BLOCK_BYTES: usize = 512;

/// What goes wrong on the disk, beyond what turmoil does by itself.
pub(super) struct Faults {
    pub(super) dice: Dice,
    /// One in so many syncs and writes fails; 0 for none.
    pub(super) error_one_in: u64,
    /// Blocks of one write persist independently of each other.
    pub(super) shuffled: bool,
    /// Whether files can grow.
    pub(super) full: bool,
    /// How often a file could not.
    pub(super) no_space: u64,
}

#[derive(Clone)]
pub(super) struct SimFs(pub(super) Arc<Mutex<Faults>>);

pub(super) struct SimFile {
    file: shim::File,
    fs: SimFs,
}

impl std::fmt::Debug for SimFs {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SimFs")
    }
}

impl std::fmt::Debug for SimFile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SimFile")
    }
}

impl SimFs {
    fn may_fail(&self) -> io::Result<()> {
        let mut faults = self.0.lock().unwrap();
        let odds = faults.error_one_in;
        if odds > 0 && faults.dice.one_in(odds) {
            return Err(io::Error::other("simulated failure"));
        }
        Ok(())
    }

    fn write(&self, file: &shim::File, bytes: &[u8], offset: u64) -> io::Result<()> {
        let step = {
            let mut faults = self.0.lock().unwrap();
            if faults.full && offset + bytes.len() as u64 > file.metadata()?.len() {
                faults.no_space += 1;
                return Err(ErrorKind::StorageFull.into());
            }
            if faults.shuffled {
                BLOCK_BYTES
            } else {
                bytes.len().max(1)
            }
        };
        for (index, block) in bytes.chunks(step).enumerate() {
            file.write_all_at(block, offset + (index * step) as u64)?;
        }
        Ok(())
    }
}

impl Fs for SimFs {
    type File = SimFile;

    fn open(&self, path: &Path, access: Access) -> io::Result<SimFile> {
        let mut options = shim::OpenOptions::new();
        options.read(true).write(access != Access::Read);
        options.create_new(access.creates());
        Ok(SimFile {
            file: options.open(path)?,
            fs: self.clone(),
        })
    }

    fn list(&self, dir: &Path) -> io::Result<Vec<String>> {
        let name =
            |entry: io::Result<shim::DirEntry>| Ok(entry?.file_name().into_string().unwrap());
        shim::read_dir(dir)?.map(name).collect()
    }

    fn create_dir(&self, dir: &Path) -> io::Result<()> {
        if shim::exists(dir) {
            return Ok(());
        }
        let parent = dir.parent().unwrap();
        self.create_dir(parent)?;
        shim::create_dir(dir)?;
        shim::sync_dir(parent)
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.may_fail()?;
        shim::rename(from, to)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        // turmoil knows files by their paths: what was written to this one and not synced would be
        // written to the next of its name.
        if path.extension().is_some_and(|ending| ending == "tmp") && shim::exists(path) {
            let file = shim::OpenOptions::new().write(true).open(path)?;
            file.set_len(0)?;
        }
        shim::remove_file(path)
    }

    fn sync_dir(&self, dir: &Path) -> io::Result<()> {
        self.may_fail()?;
        if has_bug(Bug::SkipDirectorySync) {
            Ok(())
        } else {
            shim::sync_dir(dir)
        }
    }
}

impl FsFile for SimFile {
    fn size(&self) -> io::Result<u64> {
        Ok(self.file.metadata()?.len())
    }

    fn read_at(&self, buf: &mut [u8], offset: u64) -> io::Result<usize> {
        self.file.read_at(buf, offset)
    }

    fn write_at(&self, bytes: &[u8], offset: u64) -> io::Result<()> {
        if let Err(error) = self.fs.may_fail() {
            // A failed write may have written something.
            self.fs
                .write(&self.file, &bytes[..bytes.len() / 2], offset)?;
            return Err(error);
        }
        self.fs.write(&self.file, bytes, offset)
    }

    fn sync(&self) -> io::Result<()> {
        self.fs.may_fail()?;
        self.file.sync_data()
    }

    fn allocate(&self, bytes: u64) -> io::Result<()> {
        let from = self.size()?;
        let zeroes = vec![0; usize::try_from(bytes.saturating_sub(from)).unwrap()];
        if zeroes.is_empty() {
            Ok(())
        } else {
            self.fs.write(&self.file, &zeroes, from)
        }
    }

    fn truncate(&self, bytes: u64) -> io::Result<()> {
        self.file.set_len(bytes)
    }
}

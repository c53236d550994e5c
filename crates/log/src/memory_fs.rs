//! Files in memory, for tests that damage and reopen a log many thousand times.

use crate::fs::{Access, Fs, FsFile};
use std::collections::BTreeMap;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

type Content = Arc<Mutex<Vec<u8>>>;

#[derive(Debug, Clone, Default)]
pub(crate) struct MemoryFs(Arc<Mutex<BTreeMap<PathBuf, Content>>>);

#[derive(Debug)]
pub(crate) struct MemoryFile(Content);

impl MemoryFs {
    /// A copy that shares nothing.
    pub(crate) fn fork(&self) -> Self {
        let files = self.0.lock().unwrap();
        let copy = |content: &Content| Arc::new(Mutex::new(content.lock().unwrap().clone()));
        let copies = files
            .iter()
            .map(|(path, content)| (path.clone(), copy(content)));
        Self(Arc::new(Mutex::new(copies.collect())))
    }

    pub(crate) fn paths(&self) -> Vec<PathBuf> {
        self.0.lock().unwrap().keys().cloned().collect()
    }

    /// Changes a file's bytes behind the log's back.
    pub(crate) fn edit(&self, path: &Path, edit: impl FnOnce(&mut Vec<u8>)) {
        edit(&mut self.0.lock().unwrap()[path].lock().unwrap());
    }

    pub(crate) fn put(&self, path: &Path, bytes: Vec<u8>) {
        self.0
            .lock()
            .unwrap()
            .insert(path.to_owned(), Arc::new(Mutex::new(bytes)));
    }

    pub(crate) fn bytes(&self, path: &Path) -> Vec<u8> {
        self.0.lock().unwrap()[path].lock().unwrap().clone()
    }
}

impl Fs for MemoryFs {
    type File = MemoryFile;

    fn open(&self, path: &Path, access: Access) -> io::Result<MemoryFile> {
        let mut files = self.0.lock().unwrap();
        match (files.get(path), access) {
            (Some(_), access) if access.creates() => Err(ErrorKind::AlreadyExists.into()),
            (Some(content), _) => Ok(MemoryFile(Arc::clone(content))),
            (None, access) if access.creates() => {
                let content = Content::default();
                files.insert(path.to_owned(), Arc::clone(&content));
                Ok(MemoryFile(content))
            }
            (None, _) => Err(ErrorKind::NotFound.into()),
        }
    }

    fn list(&self, dir: &Path) -> io::Result<Vec<String>> {
        let files = self.0.lock().unwrap();
        let within = files.keys().filter(|path| path.parent() == Some(dir));
        Ok(within
            .map(|path| path.file_name().unwrap().to_str().unwrap().to_owned())
            .collect())
    }

    fn create_dir(&self, _: &Path) -> io::Result<()> {
        Ok(())
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        let mut files = self.0.lock().unwrap();
        let content = files.remove(from).ok_or(ErrorKind::NotFound)?;
        files.insert(to.to_owned(), content);
        Ok(())
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        let removed = self.0.lock().unwrap().remove(path);
        removed.map(|_| ()).ok_or(ErrorKind::NotFound.into())
    }

    fn sync_dir(&self, _: &Path) -> io::Result<()> {
        Ok(())
    }
}

impl FsFile for MemoryFile {
    fn size(&self) -> io::Result<u64> {
        Ok(self.0.lock().unwrap().len() as u64)
    }

    fn read_at(&self, buf: &mut [u8], offset: u64) -> io::Result<usize> {
        let content = self.0.lock().unwrap();
        let tail = content
            .get(usize::try_from(offset).unwrap()..)
            .unwrap_or_default();
        let bytes = tail.len().min(buf.len());
        buf[..bytes].copy_from_slice(&tail[..bytes]);
        Ok(bytes)
    }

    fn write_at(&self, bytes: &[u8], offset: u64) -> io::Result<()> {
        let mut content = self.0.lock().unwrap();
        let start = usize::try_from(offset).unwrap();
        let end = start + bytes.len();
        if content.len() < end {
            content.resize(end, 0);
        }
        content[start..end].copy_from_slice(bytes);
        Ok(())
    }

    fn sync(&self) -> io::Result<()> {
        Ok(())
    }

    fn allocate(&self, bytes: u64) -> io::Result<()> {
        let mut content = self.0.lock().unwrap();
        let bytes = usize::try_from(bytes).unwrap();
        if content.len() < bytes {
            content.resize(bytes, 0);
        }
        Ok(())
    }

    fn truncate(&self, bytes: u64) -> io::Result<()> {
        self.0
            .lock()
            .unwrap()
            .truncate(usize::try_from(bytes).unwrap());
        Ok(())
    }
}

//! The data directory: private and locked.

use crate::Error;
use crate::keyring::{KeyError, KeyRing, MasterKey};
use crate::private_file::private_file;
use std::fs::{self, File};
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::{Path, PathBuf};

/// A data directory that only this process uses, until it is dropped.
#[derive(Debug)]
pub(crate) struct DataDir {
    path: PathBuf,
    _lock: File,
}

impl DataDir {
    /// Opens or makes the directory (mode 0700) and takes its lock.
    pub(crate) fn open(path: &Path) -> Result<Self, Error> {
        let io = |what| {
            move |source| Error::Io {
                what,
                path: path.display().to_string(),
                source,
            }
        };
        fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(path)
            .map_err(io("create"))?;
        let mode = fs::metadata(path)
            .map_err(io("inspect"))?
            .permissions()
            .mode();
        if mode & 0o077 != 0 {
            let private = fs::Permissions::from_mode(0o700);
            fs::set_permissions(path, private).map_err(io("make private"))?;
        }
        let lock = private_file(&path.join("LOCK")).map_err(io("open the lock of"))?;
        match lock.try_lock() {
            Ok(()) => Ok(Self {
                path: path.to_owned(),
                _lock: lock,
            }),
            Err(fs::TryLockError::WouldBlock) => Err(Error::Locked {
                path: path.display().to_string(),
            }),
            Err(fs::TryLockError::Error(source)) => Err(io("lock")(source)),
        }
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// The installation's keys, made at the first start; sealed under `master` if one is given.
    pub(crate) fn keys(&self, master: Option<&MasterKey>) -> Result<KeyRing, KeyError> {
        KeyRing::open(&self.path, master)
    }

    /// Tells local tools where the server listens.
    pub(crate) fn announce(&self, url: &str) -> Result<(), Error> {
        let path = self.path.join("server.json");
        let text = serde_json::json!({"url": url, "pid": std::process::id()}).to_string();
        let written = private_file(&path).and_then(|mut file| {
            file.set_len(0)?;
            file.write_all(text.as_bytes())
        });
        written.map_err(|source| Error::Io {
            what: "write",
            path: path.display().to_string(),
            source,
        })
    }

    pub(crate) fn withdraw(&self) {
        // A stale file does no harm: its reader finds nobody at the address.
        let _ = fs::remove_file(self.path.join("server.json"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_directory_is_private_and_locked() {
        let temp = tempfile::tempdir().unwrap();
        let path = temp.path().join("data");
        let dir = DataDir::open(&path).unwrap();
        assert!(matches!(DataDir::open(&path), Err(Error::Locked { .. })));
        dir.keys(None).unwrap();
        for (file, mode) in [("", 0o700), ("keys", 0o700), ("LOCK", 0o600)] {
            let meta = fs::metadata(path.join(file)).unwrap();
            assert_eq!(meta.permissions().mode() & 0o777, mode, "{file}");
        }
        drop(dir);
        DataDir::open(&path).unwrap();
    }
}

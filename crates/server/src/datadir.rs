//! The data directory: private, locked, with the installation's secrets.

use crate::Error;
use crate::clock;
use candor_contract::Keys;
use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
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

    /// The installation's keys, made at the first start.
    pub(crate) fn keys(&self) -> Result<Keys, Error> {
        let dir = self.path.join("keys");
        let path = dir.join("admission.key");
        let io = |what| {
            let shown = path.display().to_string();
            move |source| Error::Io {
                what,
                path: shown.clone(),
                source,
            }
        };
        if !path.exists() {
            fs::DirBuilder::new()
                .recursive(true)
                .mode(0o700)
                .create(&dir)
                .map_err(io("create"))?;
            let bytes: [u8; 40] = clock::random().map_err(|e| Error::Random(e.to_string()))?;
            let temporary = dir.join("admission.key.tmp");
            let mut file = private_file(&temporary).map_err(io("create"))?;
            file.set_len(0).map_err(io("write"))?;
            file.write_all(&bytes).map_err(io("write"))?;
            file.sync_all().map_err(io("sync"))?;
            fs::rename(&temporary, &path).map_err(io("create"))?;
            File::open(&dir)
                .and_then(|d| d.sync_all())
                .map_err(io("sync"))?;
            File::open(&self.path)
                .and_then(|d| d.sync_all())
                .map_err(io("sync"))?;
        }
        let bytes = fs::read(&path).map_err(io("read"))?;
        let parts = bytes.split_first_chunk::<32>().and_then(|(subject, rest)| {
            Some(Keys {
                subject: *subject,
                fingerprint_seed: u64::from_le_bytes(rest.try_into().ok()?),
            })
        });
        parts.ok_or_else(|| Error::DamagedKey {
            path: path.display().to_string(),
        })
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

/// What was seen of the machine's clock, if it was kept.
pub(crate) fn read_clock(data: &Path) -> Option<Vec<u8>> {
    fs::read(data.join("clock.json")).ok()
}

/// Keeps what was seen of the machine's clock: the old text or the new one, never half of it.
pub(crate) fn write_clock(data: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let temporary = data.join("clock.json.tmp");
    let mut file = private_file(&temporary)?;
    file.set_len(0)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&temporary, data.join("clock.json"))
}

fn private_file(path: &Path) -> std::io::Result<File> {
    OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .open(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_directory_is_private_locked_and_keeps_its_keys() {
        let temp = tempfile::tempdir().unwrap();
        let path = temp.path().join("data");
        let dir = DataDir::open(&path).unwrap();
        assert!(matches!(DataDir::open(&path), Err(Error::Locked { .. })));
        let keys = dir.keys().unwrap();
        assert_eq!(dir.keys().unwrap().subject, keys.subject);
        for (file, mode) in [
            ("", 0o700),
            ("keys", 0o700),
            ("keys/admission.key", 0o600),
            ("LOCK", 0o600),
        ] {
            let meta = fs::metadata(path.join(file)).unwrap();
            assert_eq!(meta.permissions().mode() & 0o777, mode, "{file}");
        }
        drop(dir);
        let dir = DataDir::open(&path).unwrap();
        assert_eq!(dir.keys().unwrap().fingerprint_seed, keys.fingerprint_seed);
        fs::write(path.join("keys/admission.key"), b"short").unwrap();
        assert!(matches!(dir.keys(), Err(Error::DamagedKey { .. })));
    }
}

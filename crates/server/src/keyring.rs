//! The installation's keys: one ring a purpose, sealed at rest, rotated without losing old ones.
//! Format: `docs/formats/keys.md`.

mod error;
mod sealing;

pub use error::KeyError;
pub use sealing::MasterKey;

use crate::clock;
use crate::private_file::private_file;
use candor_contract::{Key, KeyPurpose, Keys, format_us};
use sealing::Sealed;
use serde::{Deserialize, Serialize};
use std::fs::{self, File};
use std::io::Write;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

const FORMAT: u32 = 1;
/// Most keys of all purposes together; a rotation beyond it is refused.
const KEYS_MAX: usize = 1_000;

/// The file of keys.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct KeyFile {
    format: u32,
    /// Id of the master key.
    master: String,
    /// Oldest first; the last one of a purpose is the one in use.
    keys: Vec<Sealed>,
}

/// One key, as people may see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct KeyView {
    /// What it is for: `subject`, `personal` or `fingerprint`.
    pub purpose: &'static str,
    /// The id that its hashes carry.
    pub id: String,
    /// When it was made.
    pub made_at: String,
    /// Whether new hashes are made by it; others serve to find old ones.
    pub in_use: bool,
}

/// A key that is open.
#[derive(Debug, Clone)]
struct Open {
    purpose: KeyPurpose,
    key: Key,
    made_us: i64,
}

/// The keys of an installation.
pub(crate) struct KeyRing {
    path: PathBuf,
    master: MasterKey,
    open: Mutex<Vec<Open>>,
    current: RwLock<Arc<Keys>>,
}

impl KeyRing {
    /// Opens the keys below `data`, or makes them at the first start. Without a `master` key given
    /// one lies beside them, for its owner's eyes only: enough against a stray copy of the file, not
    /// against one of the directory.
    pub(crate) fn open(data: &Path, master: Option<&MasterKey>) -> Result<Self, KeyError> {
        let dir = data.join("keys");
        let path = dir.join("keys.json");
        fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&dir)
            .map_err(io("create", &dir))?;
        let known = path.exists();
        let master = match master {
            Some(master) => master.clone(),
            None => own_master(&dir, known)?,
        };
        let open = if known {
            read(&path, &master)?
        } else {
            first_keys(&dir)?
        };
        let ring = Self {
            path,
            master,
            current: RwLock::new(Arc::new(keys_of(&open))),
            open: Mutex::new(open),
        };
        if !known {
            ring.write(&ring.lock())?;
        }
        // The first version's file: its keys are sealed now.
        let first = dir.join(FIRST_VERSION);
        if first.exists() {
            fs::remove_file(&first).map_err(io("remove", &first))?;
            sync_dir(&dir)?;
        }
        Ok(ring)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Open>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The keys as they are now.
    pub(crate) fn keys(&self) -> Arc<Keys> {
        self.current
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// All keys without their secrets, the newest first.
    pub(crate) fn list(&self) -> Vec<KeyView> {
        let open = self.lock();
        let in_use = |purpose| open.iter().rfind(|o| o.purpose == purpose).map(|o| o.key);
        let view = |o: &Open| KeyView {
            purpose: o.purpose.name(),
            id: o.key.id().to_owned(),
            made_at: format_us(o.made_us),
            in_use: in_use(o.purpose) == Some(o.key),
        };
        open.iter().rev().map(view).collect()
    }

    /// Makes a new key for `purpose`; it is in use when this returns. Fingerprints cannot be
    /// rotated: ids seen before would not be recognised.
    pub(crate) fn rotate(&self, purpose: KeyPurpose) -> Result<KeyView, KeyError> {
        let mut open = self.lock();
        if purpose == KeyPurpose::Fingerprint || open.len() >= KEYS_MAX {
            return Err(KeyError::NotRotated {
                purpose: purpose.name(),
            });
        }
        let mut next = open.clone();
        next.push(fresh(purpose)?);
        self.write(&next)?;
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(keys_of(&next));
        *open = next;
        drop(open);
        self.list().into_iter().next().ok_or(KeyError::NotRotated {
            purpose: purpose.name(),
        })
    }

    /// Writes all keys, sealed, in place of what was there.
    fn write(&self, open: &[Open]) -> Result<(), KeyError> {
        let keys = open
            .iter()
            .map(|o| self.master.seal(o.purpose, &o.key, o.made_us))
            .collect::<Result<Vec<_>, KeyError>>()?;
        let file = KeyFile {
            format: FORMAT,
            master: self.master.id().to_owned(),
            keys,
        };
        let text =
            serde_json::to_string_pretty(&file).map_err(|e| KeyError::Random(e.to_string()))?;
        replace(&self.path, text.as_bytes())
    }
}

const FIRST_VERSION: &str = "admission.key";
const OWN_MASTER: &str = "master.key";

/// The keys of a new installation, or those of the first version's file: 32 bytes for subjects and 8
/// for fingerprints, in clear.
fn first_keys(dir: &Path) -> Result<Vec<Open>, KeyError> {
    let path = dir.join(FIRST_VERSION);
    if !path.exists() {
        return KeyPurpose::ALL.into_iter().map(fresh).collect();
    }
    let bytes = fs::read(&path).map_err(io("read", &path))?;
    let damaged = || KeyError::DamagedKey {
        path: path.display().to_string(),
    };
    let (subject, seed) = bytes.split_first_chunk::<32>().ok_or_else(damaged)?;
    let mut fingerprint = [0; 32];
    let seed: [u8; 8] = seed.try_into().map_err(|_| damaged())?;
    fingerprint[..8].copy_from_slice(&seed);
    let of = |purpose, secret| Open {
        purpose,
        key: Key::new(secret),
        made_us: clock::now_us(),
    };
    Ok(vec![
        of(KeyPurpose::Subject, *subject),
        fresh(KeyPurpose::Personal)?,
        of(KeyPurpose::Fingerprint, fingerprint),
    ])
}

fn fresh(purpose: KeyPurpose) -> Result<Open, KeyError> {
    let secret: [u8; 32] = clock::random().map_err(|e| KeyError::Random(e.to_string()))?;
    Ok(Open {
        purpose,
        key: Key::new(secret),
        made_us: clock::now_us(),
    })
}

/// The master key that lies beside the keys; made if there are no keys yet.
fn own_master(dir: &Path, keys_exist: bool) -> Result<MasterKey, KeyError> {
    let path = dir.join(OWN_MASTER);
    if path.exists() {
        return MasterKey::read(&path);
    }
    if keys_exist {
        return Err(KeyError::NoMaster {
            path: dir.display().to_string(),
        });
    }
    let secret: [u8; 32] = clock::random().map_err(|e| KeyError::Random(e.to_string()))?;
    let master = MasterKey::new(secret);
    replace(&path, master.text().as_bytes())?;
    Ok(master)
}

fn read(path: &Path, master: &MasterKey) -> Result<Vec<Open>, KeyError> {
    let damaged = || KeyError::DamagedKey {
        path: path.display().to_string(),
    };
    let text = fs::read(path).map_err(io("read", path))?;
    let file: KeyFile = serde_json::from_slice(&text).map_err(|_| damaged())?;
    if file.format != FORMAT {
        return Err(damaged());
    }
    if file.master != master.id() {
        return Err(KeyError::WrongMaster {
            path: path.display().to_string(),
            sealed: file.master,
            given: master.id().to_owned(),
        });
    }
    let open = file
        .keys
        .iter()
        .map(|sealed| {
            let key = master.open(sealed).ok_or_else(damaged)?;
            Ok(Open {
                purpose: sealed.purpose,
                key,
                made_us: sealed.made_us,
            })
        })
        .collect::<Result<Vec<_>, KeyError>>()?;
    let whole = |purpose| open.iter().any(|o| o.purpose == purpose);
    if KeyPurpose::ALL.into_iter().all(whole) {
        Ok(open)
    } else {
        Err(damaged())
    }
}

/// The keys that admission needs; every purpose has one.
fn keys_of(open: &[Open]) -> Keys {
    let newest = |purpose| {
        let last = open.iter().rfind(|o| o.purpose == purpose);
        last.map_or([0; 32], |o| *o.key.secret())
    };
    let subject = newest(KeyPurpose::Subject);
    let fingerprint = newest(KeyPurpose::Fingerprint);
    let mut seed = [0; 8];
    seed.copy_from_slice(&fingerprint[..8]);
    let old = open
        .iter()
        .rev()
        .filter(|o| o.purpose == KeyPurpose::Subject);
    Keys::new(
        subject,
        newest(KeyPurpose::Personal),
        u64::from_le_bytes(seed),
    )
    .with_old_subjects(old.skip(1).map(|o| o.key))
}

fn io(what: &'static str, path: &Path) -> impl Fn(std::io::Error) -> KeyError + use<> {
    let path = path.display().to_string();
    move |source| KeyError::Io {
        what,
        path: path.clone(),
        source,
    }
}

/// Puts bytes in the place of a private file, whole or not at all.
fn replace(path: &Path, bytes: &[u8]) -> Result<(), KeyError> {
    let temporary = path.with_extension("tmp");
    let write = || -> std::io::Result<()> {
        let mut file = private_file(&temporary)?;
        file.set_len(0)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&temporary, path)
    };
    write().map_err(io("write", path))?;
    path.parent().map_or(Ok(()), sync_dir)?;
    path.parent()
        .and_then(Path::parent)
        .map_or(Ok(()), sync_dir)
}

fn sync_dir(dir: &Path) -> Result<(), KeyError> {
    File::open(dir)
        .and_then(|d| d.sync_all())
        .map_err(io("sync", dir))
}

#[cfg(test)]
mod tests;

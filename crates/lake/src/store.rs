//! Where the lake's files lie: a folder of this machine, or a bucket of an S3-compatible store.
//!
//! Both keep what they acknowledged and write an object only if there is none, which is all that
//! Delta's commits need. The log is always on this machine.

mod bucket;
mod direct;
mod probe;
mod ranged;
mod synced;
mod versions;

#[cfg(test)]
pub(crate) mod s3_server;
#[cfg(test)]
pub(crate) mod tests;

pub use bucket::{Bucket, Credentials};
pub(crate) use ranged::Ranged;

use crate::error::{Error, Result};
use candor_contract::TableId;
use deltalake::logstore::{LogStoreRef, StorageConfig, default_logstore};
use object_store::path::Path;
use object_store::prefix::PrefixStore;
use object_store::{ObjectStore, ObjectStoreExt, PutMode, PutPayload};
use std::path::Path as FsPath;
use std::sync::Arc;
use synced::SyncedStore;
use url::Url;
use versions::Versions;

/// Names the log that a lake in a bucket is written from.
const OWNER: &str = "_candor/owner";

/// The files of one lake; clones share connections.
#[derive(Debug, Clone)]
pub(crate) struct Store {
    /// Paths from the lake's root.
    files: Arc<dyn ObjectStore>,
    /// The same files with paths from the root of what holds them, as `deltalake` wants it.
    whole: Arc<dyn ObjectStore>,
    /// Where the lake's root is in there, as a URL that ends with `/`.
    url: Url,
    /// How people and engines name the root: a folder or a URL.
    location: String,
    bucket: Option<Arc<Bucket>>,
    versions: Option<Versions>,
}

impl Store {
    /// The lake below the folder `root`, which is made if need be.
    pub(crate) fn folder(root: &FsPath) -> Result<Self> {
        let synced = SyncedStore::open(root)?;
        let url = Url::from_directory_path(synced.root()).map_err(|()| Error::Io {
            what: "name",
            path: root.display().to_string(),
            source: std::io::Error::other("the folder has no URL"),
        })?;
        Ok(Self {
            location: synced.root().display().to_string(),
            whole: Arc::new(synced.at_root()),
            files: Arc::new(synced),
            url,
            bucket: None,
            versions: None,
        })
    }

    /// The lake in a bucket, once the store has shown that it can be relied on.
    ///
    /// # Errors
    /// [`Error::Store`] if it cannot be reached or does not do what it should.
    pub(crate) async fn bucket(bucket: &Bucket) -> Result<Self> {
        let (bucket, client) = (Arc::new(bucket.clone()), Arc::new(bucket.client()?));
        let versions = Versions::new(&bucket, &client, &bucket.options())?;
        let location = bucket.url();
        let url = Url::parse(&format!("{location}/"))
            .map_err(|e| Error::store(&location, "has no name", e))?;
        let store = Self {
            files: Arc::new(PrefixStore::new(client.clone(), bucket.prefix())),
            whole: client,
            url,
            location,
            bucket: Some(bucket),
            versions: Some(versions),
        };
        probe::probe(store.files.as_ref(), &store.location).await?;
        Ok(store)
    }

    /// Deletes for good what the store still has of files below `folder` that were replaced or
    /// deleted; a folder of this machine has nothing of them. Returns how many versions went.
    ///
    /// # Errors
    /// [`Error::Store`] if the store does not let go of them.
    pub(crate) async fn forget_versions(&self, folder: &Path) -> Result<u64> {
        let (Some(versions), Some(bucket)) = (&self.versions, &self.bucket) else {
            return Ok(0);
        };
        let mut below = bucket.prefix();
        below.extend(folder.parts());
        versions.forget(&format!("{below}/")).await
    }

    /// Deletes what writes that a crash cut off left below `folder`. Objects of a bucket are whole or not
    /// there. Only the one that writes there may ask for it. Returns how many files went.
    ///
    /// # Errors
    /// [`Error::Io`] if they cannot be deleted.
    pub(crate) fn forget_staged(&self, folder: &Path) -> Result<u64> {
        if self.bucket.is_some() {
            return Ok(0);
        }
        let dir = FsPath::new(&self.location).join(folder.as_ref());
        direct::forget_staged(&dir).map_err(|source| Error::Io {
            what: "delete what a crash left below",
            path: dir.display().to_string(),
            source,
        })
    }

    /// The files, with paths from the lake's root.
    pub(crate) fn files(&self) -> &dyn ObjectStore {
        self.files.as_ref()
    }

    /// The bucket, if the lake is in one.
    pub(crate) fn in_bucket(&self) -> Option<&Arc<Bucket>> {
        self.bucket.as_ref()
    }

    /// The lake's root, as people and engines name it.
    pub(crate) fn location(&self) -> &str {
        &self.location
    }

    /// Delta's log of a table, committed to by writing an object only if there is none. A folder is
    /// made for it where there are folders.
    pub(crate) fn delta_log(&self, id: &TableId) -> Result<LogStoreRef> {
        let path = id.path();
        let io = |source| Error::Io {
            what: "create",
            path: format!("{}/{path}", self.location),
            source,
        };
        if self.bucket.is_none() {
            std::fs::create_dir_all(FsPath::new(&self.location).join(&path)).map_err(io)?;
        }
        let odd = |e| io(std::io::Error::other(e));
        let url = self
            .url
            .join(&format!("{path}/"))
            .map_err(|e| odd(e.to_string()))?;
        let below = Path::from_url_path(url.path()).map_err(|e| odd(e.to_string()))?;
        let table = Arc::new(PrefixStore::new(self.whole.clone(), below));
        let config = StorageConfig::default();
        Ok(default_logstore(table, self.whole.clone(), &url, &config))
    }

    /// The folders right below `path`.
    pub(crate) async fn folders(&self, path: &str) -> Result<Vec<String>> {
        let below = Path::from(path);
        let listed = self.files.list_with_delimiter(Some(&below)).await;
        match listed {
            Ok(listed) => Ok(listed
                .common_prefixes
                .iter()
                .filter_map(|folder| Some(folder.filename()?.to_owned()))
                .collect()),
            Err(object_store::Error::NotFound { .. }) => Ok(Vec::new()),
            Err(error) => Err(Error::store(&self.location, "cannot be listed", error)),
        }
    }

    /// Makes sure that this lake is written from the log `uuid` alone: a folder is locked with its
    /// data directory, a bucket may be named in several configurations.
    ///
    /// # Errors
    /// [`Error::Owned`] if another log is its owner.
    pub(crate) async fn claim(&self, uuid: [u8; 16]) -> Result<()> {
        if self.bucket.is_none() {
            return Ok(());
        }
        let failed = |e| Error::store(&self.location, "cannot be claimed", e);
        let (path, mine) = (
            Path::from(OWNER),
            format!("{:032x}", u128::from_be_bytes(uuid)),
        );
        let put = self
            .files
            .put_opts(
                &path,
                PutPayload::from(mine.clone()),
                PutMode::Create.into(),
            )
            .await;
        match put {
            // An answer may have been lost: only what is there tells.
            Ok(_) | Err(object_store::Error::AlreadyExists { .. }) => {}
            Err(error) => return Err(failed(error)),
        }
        let found = self.files.get(&path).await.map_err(failed)?;
        let found = found.bytes().await.map_err(failed)?;
        if found.as_ref() == mine.as_bytes() {
            return Ok(());
        }
        Err(Error::Owned {
            place: self.location.clone(),
            marker: OWNER,
        })
    }
}

//! Object storage on local disk that keeps what it says: `object_store`'s own local store never
//! syncs, so a commit it acknowledged may be gone, or torn, after a power cut.

use super::direct;
use crate::error::{Error, Result};
use futures::stream::BoxStream;
use futures::{StreamExt, TryStreamExt};
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::{
    CopyOptions, GetOptions, GetResult, ListResult, MultipartUpload, ObjectMeta, ObjectStore,
    PutMode, PutMultipartOptions, PutOptions, PutPayload, PutResult, RenameOptions,
};
use std::collections::HashSet;
use std::fmt;
use std::fs::File;
use std::path::{Path as FsPath, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A local store that syncs file and directories before it answers.
#[derive(Debug, Clone)]
pub(super) struct SyncedStore {
    inner: Arc<LocalFileSystem>,
    root: Arc<PathBuf>,
    syncs: Arc<AtomicU64>,
    /// Directories whose entry in the one above is on stable storage.
    anchored: Arc<Mutex<HashSet<PathBuf>>>,
}

/// Directories remembered as synced; beyond it they are synced again.
const ANCHORED_MAX: usize = 100_000;

impl SyncedStore {
    /// The store of everything below `root`, which is made if need be.
    pub(super) fn open(root: &FsPath) -> Result<Self> {
        let io = |source| Error::Io {
            what: "open",
            path: root.display().to_string(),
            source,
        };
        std::fs::create_dir_all(root).map_err(io)?;
        let root = root.canonicalize().map_err(io)?;
        let inner = LocalFileSystem::new_with_prefix(&root)
            .map_err(|e| io(std::io::Error::other(e)))?
            .with_automatic_cleanup(false);
        Ok(Self {
            inner: Arc::new(inner),
            root: Arc::new(root),
            syncs: Arc::default(),
            anchored: Arc::default(),
        })
    }

    /// The same store with paths from the root of the file system, as `deltalake` wants it.
    pub(super) fn at_root(&self) -> Self {
        let inner = LocalFileSystem::new().with_automatic_cleanup(false);
        Self {
            inner: Arc::new(inner),
            ..self.clone()
        }
    }

    /// The folder of the store.
    pub(super) fn root(&self) -> &FsPath {
        &self.root
    }

    fn file(&self, location: &Path) -> object_store::Result<PathBuf> {
        self.inner.path_to_filesystem(location)
    }

    /// Syncs a file, its directory, and those above that were not synced since they were made.
    async fn sync(&self, location: &Path, with_file: bool) -> object_store::Result<()> {
        let file = self.file(location)?;
        let store = self.clone();
        self.syncs.fetch_add(1, Ordering::Relaxed);
        blocking(move || {
            if with_file {
                File::open(&file)?.sync_all()?;
            }
            match file.parent() {
                Some(dir) => store.sync_dirs(dir),
                None => Ok(()),
            }
        })
        .await
    }
}

impl SyncedStore {
    fn sync_dirs(&self, dir: &FsPath) -> std::io::Result<()> {
        File::open(dir)?.sync_all()?;
        let inside = dir.ancestors().take_while(|d| *d != self.root.as_path());
        for dir in inside.take_while(|d| d.starts_with(self.root.as_path())) {
            if self.anchored().contains(dir) {
                break;
            }
            if let Some(above) = dir.parent() {
                File::open(above)?.sync_all()?;
            }
            let mut anchored = self.anchored();
            if anchored.len() >= ANCHORED_MAX {
                anchored.clear();
            }
            anchored.insert(dir.to_owned());
        }
        Ok(())
    }

    fn anchored(&self) -> MutexGuard<'_, HashSet<PathBuf>> {
        self.anchored.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> std::io::Result<T> + Send + 'static,
) -> object_store::Result<T> {
    let done = tokio::task::spawn_blocking(work).await;
    let done = done.unwrap_or_else(|panicked| Err(std::io::Error::other(panicked)));
    done.map_err(|source| object_store::Error::Generic {
        store: "SyncedStore",
        source: source.into(),
    })
}

impl fmt::Display for SyncedStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SyncedStore({})", self.root.display())
    }
}

#[async_trait::async_trait]
impl ObjectStore for SyncedStore {
    async fn put_opts(
        &self,
        location: &Path,
        payload: PutPayload,
        opts: PutOptions,
    ) -> object_store::Result<PutResult> {
        if payload.content_length() >= direct::BYTES_MIN && matches!(opts.mode, PutMode::Overwrite)
        {
            let (file, large) = (self.file(location)?, payload.clone());
            if blocking(move || direct::write(&file, &large)).await? {
                self.sync(location, false).await?;
                return Ok(PutResult {
                    e_tag: None,
                    version: None,
                });
            }
        }
        let put = self.inner.put_opts(location, payload, opts).await?;
        self.sync(location, true).await?;
        Ok(put)
    }

    async fn put_multipart_opts(
        &self,
        location: &Path,
        opts: PutMultipartOptions,
    ) -> object_store::Result<Box<dyn MultipartUpload>> {
        let inner = self.inner.put_multipart_opts(location, opts).await?;
        Ok(Box::new(SyncedUpload {
            inner,
            store: self.clone(),
            location: location.clone(),
        }))
    }

    async fn get_opts(
        &self,
        location: &Path,
        options: GetOptions,
    ) -> object_store::Result<GetResult> {
        self.inner.get_opts(location, options).await
    }

    fn delete_stream(
        &self,
        locations: BoxStream<'static, object_store::Result<Path>>,
    ) -> BoxStream<'static, object_store::Result<Path>> {
        let store = self.clone();
        let deleted = self.inner.delete_stream(locations);
        deleted
            .and_then(move |location| {
                let store = store.clone();
                async move {
                    store.sync(&location, false).await?;
                    Ok(location)
                }
            })
            .boxed()
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, object_store::Result<ObjectMeta>> {
        self.inner.list(prefix)
    }

    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> object_store::Result<ListResult> {
        self.inner.list_with_delimiter(prefix).await
    }

    async fn copy_opts(
        &self,
        from: &Path,
        to: &Path,
        options: CopyOptions,
    ) -> object_store::Result<()> {
        self.inner.copy_opts(from, to, options).await?;
        self.sync(to, true).await
    }

    async fn rename_opts(
        &self,
        from: &Path,
        to: &Path,
        options: RenameOptions,
    ) -> object_store::Result<()> {
        self.inner.rename_opts(from, to, options).await?;
        self.sync(to, true).await?;
        self.sync(from, false).await
    }
}

#[derive(Debug)]
struct SyncedUpload {
    inner: Box<dyn MultipartUpload>,
    store: SyncedStore,
    location: Path,
}

#[async_trait::async_trait]
impl MultipartUpload for SyncedUpload {
    fn put_part(&mut self, data: PutPayload) -> object_store::UploadPart {
        self.inner.put_part(data)
    }

    async fn complete(&mut self) -> object_store::Result<PutResult> {
        let put = self.inner.complete().await?;
        self.store.sync(&self.location, true).await?;
        Ok(put)
    }

    async fn abort(&mut self) -> object_store::Result<()> {
        self.inner.abort().await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use object_store::ObjectStoreExt;

    #[tokio::test]
    async fn every_change_is_synced_before_it_is_acknowledged() {
        let temp = tempfile::tempdir().unwrap();
        let store = SyncedStore::open(temp.path()).unwrap();
        let syncs = || store.syncs.load(Ordering::Relaxed);
        let (a, b) = (Path::from("x/y/a"), Path::from("x/b"));
        store.put(&a, PutPayload::from_static(b"1")).await.unwrap();
        assert_eq!(syncs(), 1);
        store.rename(&a, &b).await.unwrap();
        assert_eq!(syncs(), 3);
        store.copy(&b, &a).await.unwrap();
        assert_eq!(syncs(), 4);
        store.delete(&a).await.unwrap();
        assert_eq!(syncs(), 5);
        let mut upload = store.put_multipart(&a).await.unwrap();
        upload
            .put_part(PutPayload::from_static(b"2"))
            .await
            .unwrap();
        upload.complete().await.unwrap();
        assert_eq!(syncs(), 6);
        assert_eq!(
            store.get(&b).await.unwrap().bytes().await.unwrap().as_ref(),
            b"1"
        );
    }
}

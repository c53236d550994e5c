//! Before a lake is put into a store, the store shows that it does what commits rest on. One that
//! cannot write an object only if there is none would let a commit replace another.

use crate::error::{Error, Result};
use futures::TryStreamExt;
use object_store::path::Path;
use object_store::{Error as StoreError, ObjectStore, ObjectStoreExt, PutMode, PutPayload};

/// Where the objects of a probe are.
const PROBES: &str = "_candor/probe";

/// Writes, reads, lists and deletes one small object.
///
/// # Errors
/// [`Error::Store`] with what the store did not do.
pub(super) async fn probe(store: &dyn ObjectStore, place: &str) -> Result<()> {
    let name = uuid::Uuid::new_v4().simple().to_string();
    let path = Path::from(format!("{PROBES}/{name}"));
    let outcome = examine(store, place, &path).await;
    // After a refusal its object may be left; it hurts nobody.
    let _ = store.delete(&path).await;
    outcome
}

async fn examine(store: &dyn ObjectStore, place: &str, path: &Path) -> Result<()> {
    let failed = |what: &'static str| move |e: StoreError| Error::store(place, what, e);
    let lies = |what: &str| Error::Store {
        place: place.to_owned(),
        what: format!("cannot be relied on: {what}"),
    };
    let first = PutPayload::from_static(b"first");
    store
        .put_opts(path, first, PutMode::Create.into())
        .await
        .map_err(failed("cannot be written"))?;
    let again = PutPayload::from_static(b"again");
    match store.put_opts(path, again, PutMode::Create.into()).await {
        Err(StoreError::AlreadyExists { .. }) => {}
        Ok(_) => {
            return Err(lies(
                "it replaced an object that was to be written only if there is none (If-None-Match), so one commit could replace another",
            ));
        }
        Err(error) => return Err(failed("cannot be written")(error)),
    }
    check_read(store, path, b"first")
        .await
        .map_err(failed("cannot be read"))?
        .then_some(())
        .ok_or_else(|| lies("it does not give back what was written"))?;
    let third = PutPayload::from_static(b"third");
    store
        .put(path, third)
        .await
        .map_err(failed("cannot be written"))?;
    check_read(store, path, b"third")
        .await
        .map_err(failed("cannot be read"))?
        .then_some(())
        .ok_or_else(|| lies("it gives back old contents after an object was replaced"))?;
    if !listed(store, path)
        .await
        .map_err(failed("cannot be listed"))?
    {
        return Err(lies("it does not list what was just written"));
    }
    store
        .delete(path)
        .await
        .map_err(failed("cannot be deleted from"))?;
    match store.head(path).await {
        Err(StoreError::NotFound { .. }) => Ok(()),
        Ok(_) => Err(lies("it still shows what was deleted")),
        Err(error) => Err(failed("cannot be read")(error)),
    }
}

/// Whether the object reads as `wanted`, whole and in part.
async fn check_read(
    store: &dyn ObjectStore,
    path: &Path,
    wanted: &[u8],
) -> object_store::Result<bool> {
    let whole = match store.get(path).await {
        Ok(found) => found.bytes().await?,
        Err(StoreError::NotFound { .. }) => return Ok(false),
        Err(error) => return Err(error),
    };
    let part = store.get_range(path, 1..3).await?;
    Ok(whole.as_ref() == wanted && Some(part.as_ref()) == wanted.get(1..3))
}

async fn listed(store: &dyn ObjectStore, path: &Path) -> object_store::Result<bool> {
    let probes = Path::from(PROBES);
    let all: Vec<_> = store.list(Some(&probes)).try_collect().await?;
    Ok(all.iter().any(|o| o.location == *path && o.size == 5))
}

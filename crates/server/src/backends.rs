//! Which catalog and which lake a data directory belongs to. It remembers them without their
//! secrets, so that a start with other settings is refused before anything is written.

use crate::Error;
use crate::config::Config;
use candor_catalog::Catalog;
use serde::{Deserialize, Serialize};
use std::fs::{self, File};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

const FILE: &str = "backends.json";
const SQLITE_FILE: &str = "catalog.sqlite";
const SQLITE: &str = "sqlite";
const POSTGRES: &str = "postgres";
const LAKE_FOLDER: &str = "lake";
const FOLDER: &str = "folder";

/// What a data directory remembers. A part that is empty was not used yet.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Backends {
    /// `sqlite` or `postgres`.
    catalog: String,
    /// `folder`, or the URL of a place in a bucket.
    lake: String,
}

impl Backends {
    fn of(config: &Config) -> Self {
        let catalog = match config.catalog.is_empty() {
            true => SQLITE,
            false => POSTGRES,
        };
        let lake = match config.storage.lake.trim_end_matches('/') {
            "" => FOLDER,
            url => url,
        };
        Self {
            catalog: catalog.to_owned(),
            lake: lake.to_owned(),
        }
    }

    /// What the directory at `data` was used with. Only what was begun with other settings than the
    /// defaults remembers them in a file; those leave a file and a folder of their own.
    fn stored(data: &Path) -> Result<Self, Error> {
        let path = data.join(FILE);
        match fs::read(&path) {
            Ok(bytes) => serde_json::from_slice(&bytes).map_err(|e| io("read", &path)(e.into())),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                let found = |name: &str, meaning: &str| match data.join(name).exists() {
                    true => meaning.to_owned(),
                    false => String::new(),
                };
                Ok(Self {
                    catalog: found(SQLITE_FILE, SQLITE),
                    lake: found(LAKE_FOLDER, FOLDER),
                })
            }
            Err(error) => Err(io("read", &path)(error)),
        }
    }
}

fn io(what: &'static str, path: &Path) -> impl Fn(std::io::Error) -> Error {
    let path = path.display().to_string();
    move |source| Error::Io {
        what,
        path: path.clone(),
        source,
    }
}

/// Refuses settings that do not fit the data directory.
pub(crate) fn check(config: &Config) -> Result<(), Error> {
    let wanted = Backends::of(config);
    let stored = Backends::stored(&config.data)?;
    let pairs = [
        ("catalog", stored.catalog, wanted.catalog),
        ("lake", stored.lake, wanted.lake),
    ];
    for (what, stored, wanted) in pairs {
        if !stored.is_empty() && stored != wanted {
            return Err(Error::OtherBackend {
                path: config.data.display().to_string(),
                what,
                stored,
                wanted,
            });
        }
    }
    Ok(())
}

/// Remembers the settings of a data directory, which [`check`] found fitting; who calls it holds the
/// directory's lock.
pub(crate) fn remember(config: &Config) -> Result<(), Error> {
    let wanted = Backends::of(config);
    if Backends::stored(&config.data)? == wanted {
        return Ok(());
    }
    let path = config.data.join(FILE);
    let temporary = config.data.join("backends.json.tmp");
    let write = || {
        let text = serde_json::to_string(&wanted)?;
        let mut file = File::options()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(&temporary)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        fs::rename(&temporary, &path)?;
        File::open(&config.data)?.sync_all()
    };
    write().map_err(io("write", &path))
}

/// Opens the catalog that the settings name.
pub(crate) async fn open_catalog(config: &Config) -> Result<Catalog, Error> {
    check(config)?;
    Ok(if config.catalog.is_empty() {
        Catalog::open(&config.data.join(SQLITE_FILE)).await?
    } else {
        Catalog::connect(config.catalog.reveal()).await?
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Secret;

    fn config(data: &Path, catalog: &str) -> Config {
        Config {
            data: data.to_owned(),
            catalog: Secret::new(catalog),
            ..Config::default()
        }
    }

    #[test]
    fn a_directory_keeps_to_the_lake_it_was_made_with() {
        let folder = tempfile::tempdir().unwrap();
        let with = |lake: &str| {
            let mut config = config(folder.path(), "");
            config.storage.lake = lake.to_owned();
            config
        };
        remember(&with("s3://bucket/a/")).unwrap();
        check(&with("s3://bucket/a")).unwrap();
        for other in ["", "s3://bucket/b"] {
            let refused = check(&with(other)).unwrap_err();
            assert!(matches!(refused, Error::OtherBackend { .. }), "{refused}");
        }
    }

    #[test]
    fn a_directory_keeps_to_the_catalog_it_was_made_with() {
        let folder = tempfile::tempdir().unwrap();
        let (own, shared) = (
            config(folder.path(), ""),
            config(folder.path(), "postgres://ann:s3cr3t@db/candor"),
        );
        check(&own).unwrap();
        check(&shared).unwrap();
        remember(&shared).unwrap();
        let refused = check(&own).unwrap_err();
        assert!(matches!(refused, Error::OtherBackend { .. }), "{refused}");
        check(&shared).unwrap();
        // Another host of the same database, or a new password, is no other catalog.
        check(&config(folder.path(), "postgres://ann@db2/candor")).unwrap();
        let kept = fs::read_to_string(folder.path().join(FILE)).unwrap();
        assert!(!kept.contains("s3cr3t"), "{kept}");
    }

    #[test]
    fn a_directory_with_a_sqlite_catalog_is_known_by_it() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join(SQLITE_FILE), b"").unwrap();
        // It was interrupted before its lake was begun, so that may still be anywhere.
        let mut elsewhere = config(folder.path(), "");
        elsewhere.storage.lake = "s3://bucket".to_owned();
        check(&elsewhere).unwrap();
        check(&config(folder.path(), "")).unwrap();
        let refused = check(&config(folder.path(), "postgres://db/candor")).unwrap_err();
        assert!(refused.to_string().contains("sqlite"), "{refused}");
    }
}

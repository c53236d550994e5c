//! What holds for the SQLite file alone.

use super::*;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

pub(super) fn place() -> Place {
    Place::File(TempDir::new().unwrap())
}

/// A name with all that a URL would read as its own.
pub(super) fn file(folder: &TempDir) -> PathBuf {
    folder.path().join("catalog 100%?a#b.sqlite")
}

#[tokio::test]
async fn the_file_is_private_and_settings_are_safe() {
    let folder = TempDir::new().unwrap();
    let path = file(&folder);
    let catalog = Catalog::open(&path).await.unwrap();
    catalog.set_setting("a", "1").await.unwrap();
    for end in ["", "-wal", "-shm"] {
        let path = format!("{}{end}", path.display());
        let mode = std::fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{path}");
    }
    let mut tx = catalog.write().await.unwrap();
    let journal: String = sqlx::query_scalar("PRAGMA journal_mode")
        .fetch_one(&mut *tx)
        .await
        .unwrap();
    let mut flags = Vec::new();
    for pragma in [
        "PRAGMA synchronous",
        "PRAGMA foreign_keys",
        "PRAGMA busy_timeout",
    ] {
        let value: i64 = sqlx::query_scalar(pragma)
            .fetch_one(&mut *tx)
            .await
            .unwrap();
        flags.push(value);
    }
    assert_eq!((journal.as_str(), flags), ("wal", vec![2, 1, 5_000]));
}

#[tokio::test]
async fn what_is_no_database_is_refused_and_left_as_it_is() {
    let folder = TempDir::new().unwrap();
    let path = file(&folder);
    let text = "this is no database, but long enough to be mistaken for one".repeat(100);
    std::fs::write(&path, &text).unwrap();
    let refused = Catalog::open(&path).await.unwrap_err();
    assert!(matches!(refused, Error::Damaged { .. }), "{refused}");
    assert_eq!(
        std::fs::read_to_string(&path).unwrap(),
        text,
        "nothing is deleted to recover"
    );
    let nowhere = Catalog::open(&folder.path().join("none/catalog.sqlite")).await;
    assert!(matches!(nowhere, Err(Error::Unavailable { .. })));
}

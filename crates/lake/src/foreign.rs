//! Delta tables that are not the lake's own.

use crate::error::{Error, Result};
use std::path::{Path, PathBuf};
use url::Url;

/// A live file of a Delta table on this machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeltaFile {
    /// The Parquet file.
    pub path: PathBuf,
    /// Columns that are not in it, with the one value that all its rows have.
    pub partition: Vec<(String, Option<String>)>,
}

/// The live files of the Delta table in `folder`, in the order of their paths.
///
/// # Errors
/// If there is no such table, or if rows of a file are marked as deleted: then the file does not say which rows
/// there are.
pub async fn delta_files(folder: &Path) -> Result<Vec<DeltaFile>> {
    let name = folder.display().to_string();
    let whole = std::fs::canonicalize(folder).map_err(Error::table("find", &name))?;
    let url = Url::from_directory_path(&whole).map_err(|()| Error::Check {
        table: name.clone(),
        what: "its path is no address".to_owned(),
    })?;
    let table = deltalake::open_table(url)
        .await
        .map_err(Error::table("open", &name))?;
    let state = table.snapshot().map_err(Error::table("read", &name))?;
    let keys = state.metadata().partition_columns().to_vec();
    let mut files = Vec::new();
    for file in state.log_data() {
        if file.deletion_vector_descriptor().is_some() {
            return Err(Error::Check {
                table: name,
                what: "rows of its files are marked as deleted; rewrite it first (OPTIMIZE or REORG … PURGE)".to_owned(),
            });
        }
        let values = file.partition_values_map();
        let value = |key: &String| (key.clone(), values.get(key).cloned().flatten());
        files.push(DeltaFile {
            path: whole.join(file.path().as_ref()),
            partition: keys.iter().map(value).collect(),
        });
    }
    files.sort_unstable_by(|a, b| a.path.cmp(&b.path));
    Ok(files)
}

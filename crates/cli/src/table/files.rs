//! From what a person named to files.

use crate::failure::Failure;
use crate::local;
use std::path::{Path, PathBuf};

/// Most files of one side.
const FILES_MAX: usize = 10_000;

/// A file, and columns that are not in it with the one value that all its rows have.
#[derive(Debug, Clone)]
pub(super) struct Found {
    pub(super) path: PathBuf,
    pub(super) constants: Vec<(String, Option<String>)>,
}

impl From<PathBuf> for Found {
    fn from(path: PathBuf) -> Self {
        Self {
            path,
            constants: Vec::new(),
        }
    }
}

/// The files of names, patterns and Delta tables, in the order of their names.
pub(super) fn found(named: &[String]) -> Result<Vec<Found>, Failure> {
    let mut files = Vec::new();
    for name in named {
        let path = Path::new(name);
        if path.join("_delta_log").is_dir() {
            files.append(&mut delta(path)?);
        } else if path.is_dir() {
            files.append(&mut folder(path)?);
        } else if path.exists() {
            files.push(path.to_owned().into());
        } else {
            files.append(&mut pattern(name)?);
        }
    }
    if files.len() > FILES_MAX {
        let sentence = format!("{} files are too many for one report", files.len());
        return Err(
            Failure::usage("too_many_files", sentence).mend(format!("name at most {FILES_MAX}"))
        );
    }
    Ok(files)
}

/// The Parquet files of a folder.
fn folder(path: &Path) -> Result<Vec<Found>, Failure> {
    pattern(&path.join("*.parquet").display().to_string())
}

fn pattern(name: &str) -> Result<Vec<Found>, Failure> {
    let wrong = |what: String| Failure::usage("bad_pattern", what).at(name);
    let paths = glob::glob(name).map_err(|e| wrong(e.to_string()))?;
    let paths: Result<Vec<PathBuf>, _> = paths.take(FILES_MAX + 1).collect();
    let paths = paths.map_err(|e| wrong(e.to_string()))?;
    if paths.is_empty() {
        return Err(Failure::usage("no_such_file", "there is no such file")
            .at(name)
            .mend(
                "name a file, a pattern such as 'days/*.parquet', or the folder of a Delta table",
            ));
    }
    Ok(paths.into_iter().map(Found::from).collect())
}

/// The live files of a Delta table.
fn delta(path: &Path) -> Result<Vec<Found>, Failure> {
    let files = local::delta_files(path).map_err(|failure| failure.at(path.display()))?;
    let found = files.into_iter().map(|file| Found {
        path: file.path,
        constants: file.partition,
    });
    Ok(found.collect())
}

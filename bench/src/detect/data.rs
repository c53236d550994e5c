//! Labelled data of the shared folder.

use flate2::read::GzDecoder;
use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};

/// What went wrong, told to a person.
pub(crate) type Result<T> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// The shared folder: `named`, or the first one called `shared` beside the repository or above.
pub(crate) fn shared(named: Option<PathBuf>) -> Option<PathBuf> {
    let above = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors();
    let beside = || {
        above
            .map(|folder| folder.join("shared"))
            .find(|f| f.is_dir())
    };
    named.or_else(beside).filter(|folder| folder.is_dir())
}

/// Columns of a packed CSV file, as texts.
pub(crate) fn columns(path: &Path, names: &[&str]) -> Result<Vec<Vec<String>>> {
    let file = File::open(path).map_err(|e| format!("{}: {e}", path.display()))?;
    let mut rows = csv::Reader::from_reader(GzDecoder::new(file));
    let header = rows.headers()?.clone();
    let places: BTreeMap<&str, usize> = header.iter().zip(0..).collect();
    let place = |name: &&str| {
        let at = places.get(name).copied();
        at.ok_or_else(|| format!("no column {name} in {}", path.display()))
    };
    let places: Vec<usize> = names
        .iter()
        .map(place)
        .collect::<std::result::Result<_, _>>()?;
    let mut out = vec![Vec::new(); names.len()];
    for row in rows.records() {
        let row = row?;
        for (column, at) in out.iter_mut().zip(&places) {
            column.push(row.get(*at).unwrap_or_default().to_owned());
        }
    }
    Ok(out)
}

/// Texts as numbers.
pub(crate) fn numbers(texts: &[String]) -> Result<Vec<f64>> {
    let number = |text: &String| text.parse().map_err(|e| format!("`{text}`: {e}").into());
    texts.iter().map(number).collect()
}

//! How far each import got, in a small file, so that an interrupted one goes on where it stopped.
//!
//! It only saves time: rows sent twice have the same ids, and the server keeps one of each.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Imports kept; the oldest by name go first, since a stale entry costs nothing but time.
const KEPT_MAX: usize = 1_000;

/// The file with its content.
#[derive(Debug)]
pub(crate) struct Journal {
    path: PathBuf,
    told: Told,
}

#[derive(Debug, Default, Serialize, Deserialize)]
struct Told {
    /// Rows that the server took, by import.
    rows: BTreeMap<String, u64>,
}

impl Journal {
    /// Reads the file; one that is absent or damaged tells nothing.
    pub(crate) fn open(path: &Path) -> Self {
        let text = std::fs::read(path).unwrap_or_default();
        Self {
            path: path.to_owned(),
            told: serde_json::from_slice(&text).unwrap_or_default(),
        }
    }

    /// Names the import of a file (by its content) as a model on a server, with a mapping.
    pub(crate) fn key(server: &str, model: &str, content: &str, mapping: &str) -> String {
        let parts = [server, model, content, mapping].join("\u{0}");
        blake3::hash(parts.as_bytes()).to_hex()[..32].to_owned()
    }

    /// Rows of an import that the server took already.
    pub(crate) fn rows(&self, key: &str) -> u64 {
        self.told.rows.get(key).copied().unwrap_or(0)
    }

    /// Notes how far an import got.
    pub(crate) fn note(&mut self, key: &str, rows: u64) -> std::io::Result<()> {
        self.told.rows.insert(key.to_owned(), rows);
        while self.told.rows.len() > KEPT_MAX {
            self.told.rows.pop_first();
        }
        self.write()
    }

    /// Forgets an import that is complete.
    pub(crate) fn forget(&mut self, key: &str) -> std::io::Result<()> {
        match self.told.rows.remove(key) {
            Some(_) => self.write(),
            None => Ok(()),
        }
    }

    fn write(&self) -> std::io::Result<()> {
        if let Some(folder) = self.path.parent().filter(|f| !f.as_os_str().is_empty()) {
            std::fs::create_dir_all(folder)?;
        }
        let text = serde_json::to_vec(&self.told)?;
        let new = self.path.with_extension("new");
        std::fs::write(&new, text)?;
        std::fs::rename(&new, &self.path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn progress_outlives_the_process_and_damage_is_a_fresh_start() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a/b/import.json");
        let key = Journal::key("http://x", "m", "hash", "");
        let mut journal = Journal::open(&path);
        assert_eq!(journal.rows(&key), 0);
        journal.note(&key, 7).unwrap();
        assert_eq!(Journal::open(&path).rows(&key), 7);
        journal.forget(&key).unwrap();
        assert_eq!(Journal::open(&path).rows(&key), 0);
        std::fs::write(&path, b"{half").unwrap();
        assert_eq!(Journal::open(&path).rows(&key), 0);
    }

    #[test]
    fn imports_differ_by_server_model_content_and_mapping() {
        let key = Journal::key;
        let all = [
            key("s", "m", "c", "x"),
            key("t", "m", "c", "x"),
            key("s", "n", "c", "x"),
            key("s", "m", "d", "x"),
            key("s", "m", "c", ""),
        ];
        for (i, one) in all.iter().enumerate() {
            assert!(!all[..i].contains(one));
        }
    }
}

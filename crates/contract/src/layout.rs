//! How names become columns.

use crate::schema::{Column, TableSchema};
use hashbrown::HashMap;
use std::sync::Arc;

/// Longest stored name; longer ones are cut and told apart by a hash.
const NAME_BYTES_MAX: usize = 160;

/// A table's schema with its look-up maps, made once per schema version and shared.
#[derive(Debug, Default)]
pub struct TableLayout {
    /// The schema.
    pub schema: TableSchema,
    by_name: HashMap<String, usize>,
    by_lower: HashMap<String, usize>,
}

impl TableLayout {
    /// Indexes `schema`.
    pub fn new(schema: TableSchema) -> Arc<Self> {
        let names = || schema.columns.iter().enumerate();
        let by_name = names().map(|(i, c)| (c.name.clone(), i)).collect();
        let by_lower = names().map(|(i, c)| (c.name.to_lowercase(), i)).collect();
        Arc::new(Self {
            by_name,
            by_lower,
            schema,
        })
    }

    pub(crate) fn column(&self, name: &str) -> Option<&Column> {
        self.by_name
            .get(name)
            .and_then(|&i| self.schema.columns.get(i))
    }

    pub(crate) fn by_lower(&self, lower: &str) -> Option<&str> {
        let column = self
            .by_lower
            .get(lower)
            .and_then(|&i| self.schema.columns.get(i));
        column.map(|c| c.name.as_str())
    }
}

/// The stored name of `key` below `prefix`. Letters, digits, `_`, `-` and `.` are kept; a key with
/// anything else (Delta and Parquet readers stumble over spaces, braces and the like) has those
/// replaced by `_` and a hash of the key appended, so that distinct keys stay distinct.
pub(crate) fn stored_name(prefix: &str, key: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.');
    if !key.is_empty() && key.chars().all(plain) && prefix.len() + key.len() <= NAME_BYTES_MAX {
        return format!("{prefix}{key}");
    }
    hashed_name(prefix, key)
}

/// The stored name of `key` below `prefix`, made unique by a hash.
pub(crate) fn hashed_name(prefix: &str, key: &str) -> String {
    let plain = |c: char| {
        if c.is_alphanumeric() || matches!(c, '-' | '.') {
            c
        } else {
            '_'
        }
    };
    let room = NAME_BYTES_MAX.saturating_sub(prefix.len() + 9) / 4;
    let short: String = key.chars().take(room).map(plain).collect();
    let hash = blake3::hash(key.as_bytes());
    format!("{prefix}{short}_{}", &hash.to_hex()[..8])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_keys_become_plain_distinct_names() {
        let long = "k".repeat(1 << 20);
        let keys = [
            "",
            " ",
            "a b",
            "a_b",
            "a;b",
            "{x}",
            "\u{202e}evil",
            "a\0b",
            "__proto__",
            "größe",
            &long,
        ];
        let names: Vec<String> = keys.iter().map(|k| stored_name("input_", k)).collect();
        for (i, name) in names.iter().enumerate() {
            assert!(name.len() <= NAME_BYTES_MAX, "{name}");
            assert!(!names[..i].contains(name), "{name}");
            assert!(!name.contains([' ', ',', ';', '{', '}', '(', ')', '\n', '\t', '=', '\0']));
        }
        assert_eq!(names[3], "input_a_b");
        assert_eq!(names[8], "input___proto__");
        assert_eq!(names[9], "input_größe");
    }
}

//! Settings of a server: defaults, then `candor.toml`, then flags.

use crate::keyring::MasterKey;
use candor_contract::Limits;
use serde::{Deserialize, Serialize};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

/// Where a server listens by default.
pub const DEFAULT_LISTEN: &str = "127.0.0.1:7411";

/// All settings. Every field has a default, unknown fields are errors.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Data directory.
    pub data: PathBuf,
    /// Address and port of the HTTP door; port 0 takes a free one.
    pub listen: SocketAddr,
    /// Names in `Host` headers that are accepted besides the address itself.
    pub hosts: Vec<String>,
    /// Bounds on telemetry.
    pub limits: Limits,
    /// Bounds of the log and the way to the lake.
    pub storage: Storage,
    /// Bounds of SQL.
    pub sql: Sql,
    /// File with the master key that the installation's keys are sealed under; without one it lies
    /// beside them.
    pub master_key_file: Option<PathBuf>,
    /// The master key itself, never out of a file of settings.
    #[serde(skip)]
    pub master_key: Option<MasterKey>,
}

/// Bounds of the log, of memory and of the flush.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Storage {
    /// Most bytes of the log; ingestion answers 503 beyond it.
    pub log_bytes_max: u64,
    /// Most bytes of rows on their way to the lake.
    pub hot_bytes_max: u64,
    /// Most bytes of requests that are being decoded.
    pub intake_bytes_max: usize,
    /// A table is flushed at this size.
    pub flush_bytes: u64,
    /// A table is flushed when its oldest row is this old, in milliseconds.
    pub flush_age_ms: u64,
    /// An id is recognised as a duplicate for this many hours.
    pub dedup_hours: u64,
    /// Maintenance runs this often, in seconds.
    pub maintain_every_s: u64,
    /// Unreferenced files are removed after this many seconds.
    pub vacuum_after_s: u64,
}

/// Bounds of one statement and of all together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Sql {
    /// Most statements at once.
    pub concurrent_max: usize,
    /// Longest a statement may run, in milliseconds.
    pub time_ms_max: u64,
    /// Most memory of a statement, in bytes.
    pub memory_bytes_max: u64,
    /// Rows of an answer, if the statement's sender does not ask for fewer or more.
    pub rows_default: u64,
    /// Most rows of an answer, whoever asks.
    pub rows_max: u64,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            data: PathBuf::from("candor-data"),
            listen: SocketAddr::from(([127, 0, 0, 1], 7411)),
            hosts: Vec::new(),
            limits: Limits::default(),
            storage: Storage::default(),
            sql: Sql::default(),
            master_key_file: None,
            master_key: None,
        }
    }
}

impl Default for Storage {
    fn default() -> Self {
        Self {
            log_bytes_max: 1 << 30,
            hot_bytes_max: 256 << 20,
            intake_bytes_max: 96 << 20,
            flush_bytes: 64 << 20,
            flush_age_ms: 10_000,
            dedup_hours: 7 * 24,
            maintain_every_s: 60,
            vacuum_after_s: 3_600,
        }
    }
}

impl Default for Sql {
    fn default() -> Self {
        Self {
            concurrent_max: 3,
            time_ms_max: 30_000,
            memory_bytes_max: 512 << 20,
            rows_default: 10_000,
            rows_max: 1_000_000,
        }
    }
}

/// Why settings could not be read.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("cannot read {}: {source}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The system's answer.
        source: std::io::Error,
    },
    /// The file is not valid.
    #[error("{} is not a valid configuration: {source}", path.display())]
    Invalid {
        /// The file.
        path: PathBuf,
        /// What the parser says, with line and column.
        source: Box<toml::de::Error>,
    },
}

impl Config {
    /// The master key that was given, if one was.
    ///
    /// # Errors
    /// As [`MasterKey::read`].
    pub fn master(&self) -> Result<Option<MasterKey>, crate::Error> {
        match (&self.master_key, &self.master_key_file) {
            (Some(key), _) => Ok(Some(key.clone())),
            (None, Some(file)) => MasterKey::read(file).map(Some),
            (None, None) => Ok(None),
        }
    }

    /// Reads a TOML file.
    pub fn read(path: &Path) -> Result<Self, ConfigError> {
        let text = std::fs::read_to_string(path).map_err(|source| ConfigError::Unreadable {
            path: path.to_owned(),
            source,
        })?;
        toml::from_str(&text).map_err(|source| ConfigError::Invalid {
            path: path.to_owned(),
            source: Box::new(source),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_overrides_defaults_and_unknown_keys_are_errors() {
        let config: Config =
            toml::from_str("listen = \"127.0.0.1:0\"\n[sql]\nrows_max = 5\n").unwrap();
        assert_eq!((config.listen.port(), config.sql.rows_max), (0, 5));
        assert_eq!(config.storage, Storage::default());
        assert!(
            toml::from_str::<Config>("[sql]\nrow_max = 5")
                .unwrap_err()
                .to_string()
                .contains("row_max")
        );
        assert_eq!(DEFAULT_LISTEN, Config::default().listen.to_string());
    }
}

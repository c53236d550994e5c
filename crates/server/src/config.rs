//! Settings of a server: defaults, then `candor.toml`, then flags. `docs/reference/settings.md` tells each key;
//! a test compares both.

use crate::keyring::{KeyError, MasterKey};
use crate::secret::Secret;
use candor_contract::Limits;
use candor_lake::{Bucket, Credentials};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
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
    /// URL of the PostgreSQL that holds the catalog, `postgres://user:password@host/database`;
    /// empty for the SQLite file in the data directory.
    pub catalog: Secret,
    /// Bounds on telemetry.
    pub limits: Limits,
    /// Where the lake lies, bounds of the log and the way to the lake.
    pub storage: Storage,
    /// How to reach the bucket of a lake on object storage.
    pub s3: S3,
    /// Bounds of SQL.
    pub sql: Sql,
    /// How models are watched.
    pub monitoring: Monitoring,
    /// How people are told of alerts.
    pub notify: Notify,
    /// Ports of OpenTelemetry.
    pub otlp: Otlp,
    /// File with the master key that the installation's keys are sealed under; without one it lies
    /// beside them.
    pub master_key_file: Option<PathBuf>,
    /// The master key itself, never out of a file of settings.
    #[serde(skip)]
    pub master_key: Option<MasterKey>,
}

/// Ports on which OpenTelemetry's exporters find this server without being told a path. Traces come
/// in at `/v1/traces` of the main port, too.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Otlp {
    /// Address and port for gRPC, or `off`. Empty for port 4317 beside the main port; then a port that
    /// is taken is a warning, and none is opened where the main port is any free one.
    pub grpc: String,
    /// The same for HTTP, and 4318.
    pub http: String,
}

/// Where a port of OpenTelemetry is opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct OtlpPort {
    pub(crate) address: SocketAddr,
    /// Whether the server must not start without it.
    pub(crate) is_asked_for: bool,
}

impl Otlp {
    const GRPC: u16 = 4317;
    const HTTP: u16 = 4318;

    /// Where gRPC is taken in beside a main port at `listen`.
    pub(crate) fn grpc(&self, listen: SocketAddr) -> Result<Option<OtlpPort>, ConfigError> {
        port(&self.grpc, listen, Self::GRPC)
    }

    /// Where HTTP is taken in beside a main port at `listen`.
    pub(crate) fn http(&self, listen: SocketAddr) -> Result<Option<OtlpPort>, ConfigError> {
        port(&self.http, listen, Self::HTTP)
    }
}

fn port(given: &str, listen: SocketAddr, port: u16) -> Result<Option<OtlpPort>, ConfigError> {
    match given {
        "off" => Ok(None),
        // Whoever takes any free port runs several servers at once.
        "" if listen.port() == 0 => Ok(None),
        "" => Ok(Some(OtlpPort {
            address: SocketAddr::new(listen.ip(), port),
            is_asked_for: false,
        })),
        given => match given.parse() {
            Ok(address) => Ok(Some(OtlpPort {
                address,
                is_asked_for: true,
            })),
            Err(_) => Err(ConfigError::OtlpPort {
                given: given.to_owned(),
                port,
            }),
        },
    }
}

/// How models are watched.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Monitoring {
    /// Whether windows are closed and people told as time goes. Backtests run without it, too.
    pub live: bool,
    /// Seconds between two looks for rows that came after their window was closed, 10 at least.
    pub late_seconds: u64,
    /// Seconds that the rehearsal of a drill may take; a longer one is given up, and is an alert.
    pub drill_seconds_max: u64,
}

impl Monitoring {
    /// Microseconds between two looks for rows that came late.
    pub(crate) fn late_us(&self) -> i64 {
        let seconds = self.late_seconds.clamp(10, 86_400);
        i64::try_from(seconds).unwrap_or(600) * 1_000_000
    }
}

impl Default for Monitoring {
    fn default() -> Self {
        Self {
            live: true,
            late_seconds: 600,
            drill_seconds_max: 30 * 60,
        }
    }
}

/// Where the lake lies; bounds of the log, of memory and of the flush.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Storage {
    /// URL of the lake, `s3://bucket/prefix`; empty for the folder `lake` in the data directory.
    pub lake: String,
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
    /// Each flush is summarised by column and window. Rows flushed without have no profiles until
    /// they are rebuilt.
    pub profiles: bool,
}

/// How to reach an S3-compatible store. What is empty is taken from the environment by the command
/// line (`AWS_ENDPOINT_URL`, `AWS_REGION`, `AWS_ACCESS_KEY_ID` and so on).
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct S3 {
    /// URL of the store; empty for Amazon's own.
    pub endpoint: String,
    /// Region that requests are signed for; empty for `us-east-1`.
    pub region: String,
    /// Public part of the key; empty to ask the machine's own service for keys.
    pub access_key_id: String,
    /// Secret part of the key.
    pub secret_access_key: Secret,
    /// Third part of temporary keys.
    pub session_token: Secret,
}

/// Environment variables that begin so are secrets that routes may name: `CANDOR_SECRET_PAGER` is `pager`.
pub const SECRET_PREFIX: &str = "CANDOR_SECRET_";

/// How people are told of alerts.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Notify {
    /// Address under which people reach this server, for links; empty for the one that it listens on.
    pub external_url: String,
    /// Addresses, networks and hosts that receivers may have although they are not public, such as
    /// `127.0.0.1`, `10.0.0.0/8` or `alertmanager`; only these are reached without encryption.
    pub allow: Vec<String>,
    /// Folder whose files are secrets that routes name.
    pub secrets_dir: Option<PathBuf>,
    /// Where a POST goes every minute while alerts are evaluated and delivered; whoever waits for it there
    /// tells people when it stays away.
    pub watchdog_url: Secret,
    /// The mail relay.
    pub smtp: Smtp,
    /// Secrets by the end of their variable's name, never out of a file of settings.
    #[serde(skip)]
    pub secrets: BTreeMap<String, Secret>,
}

/// The mail relay.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Smtp {
    /// Its name; empty for none.
    pub host: String,
    /// Its port; by default that of its encryption.
    pub port: Option<u16>,
    /// Who mails are from, e.g. `Candor <candor@example.org>`.
    pub from: String,
    /// How the way to it is encrypted.
    pub tls: SmtpTls,
    /// Name to sign in with; empty for none.
    pub user: String,
    /// Password to sign in with.
    pub password: Secret,
}

/// How the way to a mail relay is encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SmtpTls {
    /// From the first byte on; port 465.
    Implicit,
    /// After a greeting, or not at all; port 587.
    #[default]
    Starttls,
    /// In clear, for a relay on the same machine; port 25. It takes no password.
    None,
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
            catalog: Secret::default(),
            limits: Limits::default(),
            storage: Storage::default(),
            s3: S3::default(),
            sql: Sql::default(),
            monitoring: Monitoring::default(),
            notify: Notify::default(),
            otlp: Otlp::default(),
            master_key_file: None,
            master_key: None,
        }
    }
}

impl Default for Storage {
    fn default() -> Self {
        Self {
            lake: String::new(),
            log_bytes_max: 1 << 30,
            hot_bytes_max: 256 << 20,
            intake_bytes_max: 96 << 20,
            flush_bytes: 64 << 20,
            flush_age_ms: 10_000,
            dedup_hours: 7 * 24,
            maintain_every_s: 60,
            vacuum_after_s: 3_600,
            profiles: true,
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
    /// The lake's URL names no bucket.
    #[error(
        "storage.lake must be s3://bucket or s3://bucket/prefix, of letters, digits, '.', '_' and '-'; leave it out for a folder in the data directory"
    )]
    NoBucket,
    /// A port of OpenTelemetry is no address.
    #[error("`{given}` is no address such as 127.0.0.1:{port}; write that, or off")]
    OtlpPort {
        /// What was given.
        given: String,
        /// The port that the protocol names.
        port: u16,
    },
    /// How people are told of alerts cannot work.
    #[error("{why}")]
    Notify {
        /// One sentence.
        why: String,
    },
}

impl Config {
    /// The master key that was given, if one was.
    ///
    /// # Errors
    /// As [`MasterKey::read`].
    pub fn master(&self) -> Result<Option<MasterKey>, KeyError> {
        match (&self.master_key, &self.master_key_file) {
            (Some(key), _) => Ok(Some(key.clone())),
            (None, Some(file)) => MasterKey::read(file).map(Some),
            (None, None) => Ok(None),
        }
    }

    /// The bucket of the lake; `None` for a folder of this machine.
    ///
    /// # Errors
    /// [`ConfigError::NoBucket`] if the lake's URL names none.
    pub(crate) fn bucket(&self) -> Result<Option<Bucket>, ConfigError> {
        let (url, s3) = (&self.storage.lake, &self.s3);
        if url.is_empty() {
            return Ok(None);
        }
        let mut bucket = Bucket::parse(url).ok_or(ConfigError::NoBucket)?;
        if !s3.endpoint.is_empty() {
            bucket.endpoint = Some(s3.endpoint.clone());
        }
        if !s3.region.is_empty() {
            bucket.region.clone_from(&s3.region);
        }
        bucket.credentials = Credentials {
            access_key_id: s3.access_key_id.clone(),
            secret_access_key: s3.secret_access_key.reveal().to_owned(),
            session_token: s3.session_token.reveal().to_owned(),
        };
        Ok(Some(bucket))
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
mod tests;
